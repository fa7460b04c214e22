/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "history/series_store.h"
#include "theme/theme.h"

#include <QWidget>

class QPainter;

namespace qd {

/// A small line without axes. y runs from the lowest to the highest value (from 0 where `fromZero`); gaps are gaps.
void paintSparkline(QPainter &painter, const QRectF &rect, const Columns &columns, const QColor &colour,
                    bool fromZero = false);

class Sparkline : public QWidget
{
    Q_OBJECT

public:
    explicit Sparkline(const Theme &theme, QWidget *parent = nullptr);

    void setColumns(Columns columns);
    void setColourIndex(int index);
    void setFromZero(bool fromZero);

    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    Columns m_columns;
    int m_colourIndex = 0;
    bool m_fromZero = false;
};

} // namespace qd
