/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/verifying.h"
#include "theme/theme.h"

#include <QDialog>

class QCheckBox;
class QPushButton;
class QVBoxLayout;

namespace qd {

class Label;
class Logbook;
class ProductionEdge;
class Section;

/// What is looked at after a deploy, what came of each, and the evidence to copy. Requests in a row are sent only where
/// somebody ticks that, and the box is there only where they may be sent at all.
class VerifyDialog : public QDialog
{
    Q_OBJECT

public:
    /// All must outlive it.
    VerifyDialog(const Logbook &logbook, const DeskPlace &place, const Theme &theme, QWidget *parent = nullptr);

    /// Nothing where the profile's list cannot be read: then it says why.
    void start();
    [[nodiscard]] const Verifying &verifying() const { return *m_verifying; }

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void buildHead(QVBoxLayout *column);
    void buildFoot(QVBoxLayout *column);
    void showResults();
    void copy() const;

    const Logbook &m_logbook;
    const Theme &m_theme;
    ProductionEdge *m_edge;
    const bool m_isReadOnly;
    const std::expected<Checklist, QList<Error>> m_checklist;
    Verifying *m_verifying;
    int m_burst = 0; ///< the most requests in a row that may be sent here; 0: none
    Label *m_summary;
    Section *m_list;
    Label *m_evidence;
    QCheckBox *m_agree;
    QPushButton *m_again;
    QPushButton *m_copy;
    QPushButton *m_close;
};

} // namespace qd
