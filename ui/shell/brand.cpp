/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/brand.h"

#include <QPainter>

#include <array>

using namespace Qt::StringLiterals;

namespace qd {

Brand::Brand(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, &QWidget::updateGeometry);
}

QSize Brand::sizeHint() const
{
    return {m_theme.px(160), m_theme.px(36)};
}

void Brand::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double scale = m_theme.px(20) / 20.0;
    const double top = (height() - 20 * scale) / 2;
    painter.save();
    painter.translate(width() < sizeHint().width() ? (width() - 20 * scale) / 2 : m_theme.px(8), top);
    painter.scale(scale, scale);
    painter.setPen(QPen(m_theme.colours().accent, 1));
    const std::array spokes{QLineF(10, 1.6, 10, 18.4), QLineF(1.6, 10, 18.4, 10), QLineF(4, 4, 16, 16),
                            QLineF(16, 4, 4, 16)};
    painter.drawLines(spokes.data(), static_cast<int>(spokes.size()));
    painter.setPen(QPen(m_theme.colours().accent, 1.6));
    painter.drawEllipse(QPointF(10, 10), 8.4, 8.4);
    painter.setBrush(m_theme.colours().surface);
    painter.drawEllipse(QPointF(10, 10), 3, 3);
    painter.restore();
    if (width() < sizeHint().width())
        return; // a narrow rail has room for the wheel alone
    painter.setPen(m_theme.colours().text);
    painter.setFont(m_theme.font(TextSize::Title, true));
    painter.drawText(rect().adjusted(m_theme.px(36), 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, u"Quarterdeck"_s);
}

} // namespace qd
