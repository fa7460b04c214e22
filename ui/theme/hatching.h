/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

class QPainter;

namespace qd {

/// Diagonal stripes: production's pattern, so that it is not told by red alone.
void paintHatching(QPainter &painter, const QRectF &rect, const QColor &colour);

/// The environment's name; production stands out by word, border and pattern.
class EnvironmentBadge : public QWidget
{
    Q_OBJECT

public:
    explicit EnvironmentBadge(const Theme &theme, QWidget *parent = nullptr);

    void setEnvironment(const QString &environment);
    [[nodiscard]] QString environment() const { return m_environment; }
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    QString m_environment;
};

/// The strip along the window's upper edge while production is looked at.
class ProductionEdge : public QWidget
{
    Q_OBJECT

public:
    explicit ProductionEdge(const Theme &theme, QWidget *parent);

    static constexpr int thickness = 4;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
};

} // namespace qd
