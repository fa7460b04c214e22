/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"
#include "words/words.h"

#include <QFrame>

class QBoxLayout;
class QToolButton;
class QVBoxLayout;

namespace qd {

class DeploymentPage;

/// Something that a page must say before all else: what happened, where, and what to do.
struct Notice
{
    Status status = Status::Unknown;
    QString subject; ///< the source
    QString what;
    QString where;
    QString advice;
    bool operator==(const Notice &) const = default;
};

/// All of it, on lines of their own: for a tooltip.
[[nodiscard]] QString inFull(const words::ErrorWords &said);

/// One notice for each source that should tell one of `kinds` and cannot, or may not tell all of it.
[[nodiscard]] QList<Notice> noticesOf(const DeploymentView &view, const QStringList &kinds);

/// The notices of a page, on top of it, beside the last good data: the first two in short, wrapped and never cut, and
/// all that is known of all of them on demand. Hidden where there are none.
class PageNotice : public QFrame
{
    Q_OBJECT

public:
    PageNotice(DeploymentPage &page, QWidget *parent);

    void setNotices(const QList<Notice> &notices);
    [[nodiscard]] const QList<Notice> &notices() const { return m_notices; }

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void rebuild();
    void tellRest();
    void fitPairs();
    [[nodiscard]] QWidget *line(const Notice &notice);
    [[nodiscard]] QWidget *block(const Notice &notice);
    DeploymentPage &m_page;
    QVBoxLayout *m_column;
    QToolButton *m_details;
    QList<Notice> m_notices;
    QList<QWidget *> m_lines;
    /// What happened beside the rest of it, with the width in px that takes.
    QList<std::pair<QBoxLayout *, int>> m_pairs;
};

} // namespace qd
