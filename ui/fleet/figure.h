/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

namespace qd {

class Label;

/// One number of a tile: a caption and the value under it. Answers *Why?* by its context menu and by W.
class Figure : public QWidget
{
    Q_OBJECT

public:
    Figure(const Theme &theme, const QString &caption, QWidget *parent = nullptr);

    /// `more` is a tooltip: plain text.
    void setValue(const QString &text, Tone tone, const Because &because, const QString &more = {});
    [[nodiscard]] QString text() const;
    [[nodiscard]] QString caption() const { return m_caption; }

Q_SIGNALS:
    void whyRequested(const qd::Because &because, const QString &label);

protected:
    void contextMenuEvent(QContextMenuEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void ask();
    const Theme &m_theme;
    QString m_caption;
    Label *m_value;
    Because m_because;
};

} // namespace qd
