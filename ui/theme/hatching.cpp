/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "theme/hatching.h"

#include "profile/environment.h"

#include <QPainter>
#include <QPainterPath>
#include <QtMath>

using namespace Qt::StringLiterals;

namespace qd {

void paintHatching(QPainter &painter, const QRectF &rect, const QColor &colour)
{
    constexpr double period = 8;
    constexpr double stripe = 3;
    painter.save();
    painter.setClipRect(rect, Qt::IntersectClip);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    const int stripes = qCeil((rect.width() + rect.height()) / period);
    for (int i = 0; i < stripes; ++i) {
        const QPointF head(rect.left() + i * period, rect.top());
        const QPointF foot(head.x() - rect.height(), rect.bottom());
        painter.drawPolygon(QPolygonF({foot, head, head + QPointF(stripe, 0), foot + QPointF(stripe, 0)}));
    }
    painter.restore();
}

EnvironmentBadge::EnvironmentBadge(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setObjectName(u"environment-badge"_s);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, &QWidget::updateGeometry);
}

void EnvironmentBadge::setEnvironment(const QString &environment)
{
    if (environment == m_environment)
        return;
    m_environment = environment;
    setAccessibleName(tr("Environment: %1").arg(environment));
    updateGeometry();
    update();
}

QSize EnvironmentBadge::sizeHint() const
{
    const QFontMetrics metrics(m_theme.font(TextSize::Caption, true));
    const int width = metrics.horizontalAdvance(m_environment.toUpper()) + m_theme.px(16);
    return {std::min(width, m_theme.px(180)), metrics.height() + m_theme.px(6)};
}

void EnvironmentBadge::paintEvent(QPaintEvent *)
{
    const Colours &colours = m_theme.colours();
    const bool loud = isProduction(m_environment);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    if (loud) {
        QPainterPath path;
        path.addRoundedRect(box, 4, 4);
        painter.save();
        painter.setClipPath(path);
        paintHatching(painter, box, colours.downBack);
        painter.restore();
    }
    painter.setPen(loud ? colours.production : colours.line);
    painter.drawRoundedRect(box, 4, 4);
    painter.setFont(m_theme.font(TextSize::Caption, true));
    painter.setPen(loud ? colours.production : colours.muted);
    const QString word =
        painter.fontMetrics().elidedText(m_environment.toUpper(), Qt::ElideRight, width() - m_theme.px(12));
    painter.drawText(rect(), Qt::AlignCenter, word);
}

ProductionEdge::ProductionEdge(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setObjectName(u"production-edge"_s);
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void ProductionEdge::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), m_theme.colours().surface);
    paintHatching(painter, rect(), m_theme.colours().production);
}

} // namespace qd
