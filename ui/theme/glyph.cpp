/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "theme/glyph.h"

#include "words/words.h"

#include <QPainter>
#include <QPainterPath>

namespace qd {
namespace {
// All shapes are drawn in a square of 14 units.
constexpr double side = 14;

void ring(QPainter &p, const QColor &colour)
{
    QPen pen(colour, 1.6);
    pen.setDashPattern({1.65, 1.1}); // in pen widths
    pen.setCapStyle(Qt::FlatCap);
    p.setPen(pen);
    p.setBrush(Qt::NoBrush);
    p.drawEllipse(QPointF(7, 7), 5.9, 5.9);
    QPainterPath mark;
    mark.moveTo(5.4, 5.6);
    mark.cubicTo(5.6, 3.6, 8.6, 3.8, 8.4, 5.6);
    mark.cubicTo(8.3, 6.7, 7, 6.7, 7, 7.9);
    mark.moveTo(7, 9.3);
    mark.lineTo(7, 10.5);
    p.setPen(QPen(colour, 1.35));
    p.drawPath(mark);
}

void check(QPainter &p, const Colours &c)
{
    p.setBrush(c.ok);
    p.drawEllipse(QPointF(7, 7), 6, 6);
    p.setPen(QPen(c.surface, 1.6));
    p.setBrush(Qt::NoBrush);
    p.drawPolyline(QPolygonF{{4, 7.2}, {6.2, 9.4}, {10, 5}});
}

void triangle(QPainter &p, const Colours &c)
{
    p.setBrush(c.warn);
    p.setPen(QPen(c.warn, 0.8, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin));
    p.drawPolygon(QPolygonF{{7, 1.2}, {13, 12.2}, {1, 12.2}});
    p.setPen(QPen(c.surface, 1.5));
    p.drawLine(QPointF(7, 5), QPointF(7, 8.6));
    p.drawLine(QPointF(7, 9.8), QPointF(7, 11.2));
}

void octagon(QPainter &p, const Colours &c)
{
    p.setBrush(c.down);
    p.drawPolygon(
        QPolygonF{{4.3, .8}, {9.7, .8}, {13.2, 4.3}, {13.2, 9.7}, {9.7, 13.2}, {4.3, 13.2}, {.8, 9.7}, {.8, 4.3}});
    p.setPen(QPen(c.surface, 1.6));
    p.drawLine(QPointF(4.7, 4.7), QPointF(9.3, 9.3));
    p.drawLine(QPointF(9.3, 4.7), QPointF(4.7, 9.3));
}

/// To be followed by restore().
void enterSquare(QPainter &painter, const QRectF &rect)
{
    const double size = std::min(rect.width(), rect.height());
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(rect.center() - QPointF(size, size) / 2);
    painter.scale(size / side, size / side);
    painter.setPen(Qt::NoPen);
}
} // namespace

void paintWorking(QPainter &painter, const QRectF &rect, const Colours &colours)
{
    enterSquare(painter, rect);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colours.line, 1.8));
    painter.drawEllipse(QPointF(7, 7), 5.6, 5.6);
    painter.setPen(QPen(colours.accent, 1.8, Qt::SolidLine, Qt::RoundCap));
    constexpr int degree = 16; // as drawArc() counts
    painter.drawArc(QRectF(1.4, 1.4, 11.2, 11.2), 90 * degree, -130 * degree);
    painter.restore();
}

void paintGlyph(QPainter &painter, const QRectF &rect, Status status, const Colours &colours)
{
    enterSquare(painter, rect);
    switch (status) {
    case Status::Ok:
        check(painter, colours);
        break;
    case Status::Degraded:
        triangle(painter, colours);
        break;
    case Status::Down:
        octagon(painter, colours);
        break;
    case Status::Unknown:
        ring(painter, colours.stale);
        break;
    case Status::Muted:
        painter.setBrush(colours.mute);
        painter.drawRoundedRect(QRectF(1, 5.4, 12, 3.2), 1.6, 1.6);
        break;
    case Status::NotAvailable:
        painter.setPen(QPen(colours.stale, 1.2));
        painter.drawLine(QPointF(3, 7), QPointF(11, 7));
        break;
    }
    painter.restore();
}

GlyphLabel::GlyphLabel(const Theme &theme, int size, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_size(size)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleName(words::say(m_status));
    connect(&theme, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void GlyphLabel::setStatus(Status status)
{
    if (status == m_status && !m_working)
        return;
    m_status = status;
    m_working = false;
    setAccessibleName(words::say(status));
    update();
}

void GlyphLabel::setWorking()
{
    m_working = true;
    setAccessibleName(tr("under way"));
    update();
}

QSize GlyphLabel::sizeHint() const
{
    return {m_theme.px(m_size), m_theme.px(m_size)};
}

void GlyphLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    if (m_working)
        paintWorking(painter, rect(), m_theme.colours());
    else
        paintGlyph(painter, rect(), m_status, m_theme.colours());
}

} // namespace qd
