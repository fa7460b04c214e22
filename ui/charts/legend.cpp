/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/legend.h"

#include <QFontMetrics>
#include <QPainter>

namespace qd {
namespace {
constexpr int sample = 14;
constexpr int gap = 5;
constexpr int between = 14;
} // namespace

Legend::Legend(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void Legend::setEntries(QList<Entry> entries)
{
    if (entries == m_entries)
        return;
    m_entries = std::move(entries);
    QStringList names;
    for (const Entry &entry : m_entries)
        names.append(entry.label);
    setAccessibleName(tr("Legend: %1").arg(names.join(QStringLiteral(", "))));
    updateGeometry();
    update();
}

QSize Legend::sizeHint() const
{
    const QFontMetrics metrics(m_theme.font(TextSize::Caption));
    int width = 0;
    for (const Entry &entry : m_entries)
        width += (width > 0 ? between : 0) + sample + gap + metrics.horizontalAdvance(entry.label);
    return {width + 1, metrics.height()};
}

void Legend::paintEvent(QPaintEvent *)
{
    QPainter p(this);
    p.setRenderHint(QPainter::Antialiasing);
    p.setFont(m_theme.font(TextSize::Caption));
    const QFontMetrics metrics = p.fontMetrics();
    const auto &series = m_theme.colours().series;
    int x = 0;
    for (const Entry &entry : m_entries) {
        const int wanted = metrics.horizontalAdvance(entry.label);
        const int room = width() - x - sample - gap;
        if (room < metrics.averageCharWidth() * 3)
            break;
        QPen pen(series.at(static_cast<size_t>(std::max(entry.colourIndex, 0)) % series.size()), 2);
        if (entry.dashed)
            pen.setDashPattern({2, 1});
        pen.setCapStyle(Qt::FlatCap);
        p.setPen(pen);
        p.drawLine(QPointF(x, height() / 2.0), QPointF(x + sample, height() / 2.0));
        p.setPen(m_theme.colours().muted);
        p.drawText(QRect(x + sample + gap, 0, room, height()), Qt::AlignLeft | Qt::AlignVCenter,
                   metrics.elidedText(entry.label, Qt::ElideRight, room));
        x += sample + gap + wanted + between;
    }
}

} // namespace qd
