/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QWidget>

namespace qd {

/// A list of rows, each as tall as its text needs, that shows as many of them as fit, so that a card neither cuts a row
/// nor stays half empty. It asks for the room of a few rows of one line and takes what it is given.
class FittingRows : public QWidget
{
    Q_OBJECT

public:
    /// Asks for the room of `least` rows (of fewer where fewer are wanted).
    FittingRows(int least, int spacing, QWidget *parent = nullptr);

    /// Takes a row at the end; the row becomes this widget's.
    void add(QWidget *row);
    /// The first `wanted` rows have something to show.
    void setWanted(int wanted);
    [[nodiscard]] int shownCount() const { return m_shown; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    /// The first row stands whole, however many lines it takes.
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

Q_SIGNALS:
    /// Another number of rows fits now.
    void shownCountChanged();

protected:
    void resizeEvent(QResizeEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] static int heightOf(const QWidget &row, int width);
    void arrange();
    int m_least;
    int m_spacing;
    QList<QWidget *> m_rows;
    int m_wanted = 0;
    int m_shown = 0;
};

} // namespace qd
