/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/limit_delegate.h"

#include "deployment/sort_header.h"
#include "theme/meter_bar.h"
#include "theme/tabular.h"
#include "words/words.h"

#include <QApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QVariant valueOf(const QModelIndex &index, int column)
{
    return index.siblingAtColumn(column).data(ValueRole);
}
} // namespace

QString clientOf(const QString &client)
{
    return client.isEmpty() ? LimitDelegate::tr("all clients") : words::text(client);
}

QString usedOf(qint64 used, qint64 limit)
{
    if (used <= limit)
        return words::of(used, limit);
    return LimitDelegate::tr("%1, %2 refused").arg(words::of(limit, limit), words::count(used - limit));
}

QString usedText(const QModelIndex &index, const TableModel &columns)
{
    const QVariant used = valueOf(index, columns.columnOf("used"_L1));
    const QVariant limit = valueOf(index, columns.columnOf("limit"_L1));
    return used.isValid() && limit.isValid() ? usedOf(used.toLongLong(), limit.toLongLong())
                                             : words::missing(index.data(FreshnessRole).value<Freshness>());
}

LimitDelegate::LimitDelegate(const Theme &theme, const TableModel &columns, QObject *parent)
    : QStyledItemDelegate(parent)
    , m_theme(theme)
    , m_columns(columns)
{
}

bool LimitDelegate::isFill(const QModelIndex &index) const
{
    return index.column() == m_columns.columnOf("fill"_L1);
}

void LimitDelegate::initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    const bool fresh = index.data(KnownRole).value<Known>() == Known::Measured;
    option->palette.setColor(QPalette::Text, m_theme.colourOf(fresh ? Tone::Text : Tone::Stale));
    option->textElideMode = Qt::ElideMiddle;
    if (isFill(index))
        option->text.clear(); // paint() writes it beside the bar
}

void LimitDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QStyledItemDelegate::paint(painter, option, index);
    if (!isFill(index))
        return;
    const QVariant fill = index.data(ValueRole);
    const Status status = limitMark(index.data(StatusRole).value<Status>(), m_deployment);
    painter->save();
    const int margin = SortHeader::textMargin(m_theme);
    const QRect inside = option.rect.adjusted(margin, 0, -margin, -1); // above the line, as the other cells
    const QFont font = m_theme.font(TextSize::Body, true);
    const QFontMetricsF metrics(font);
    // All bars are equally long, that they can be compared; a text that would need more room says what is new.
    const int textWidth = m_theme.px(inside.width() < m_theme.px(220) ? 84 : 128);
    QString text = usedText(index, m_columns);
    if (tabular::widthOf(text, metrics) > textWidth)
        text = text.section(u", "_s, -1);
    const double written = tabular::widthOf(text, metrics);
    const double baseline = inside.top() + (inside.height() - metrics.height()) / 2 + metrics.ascent();
    painter->setFont(font);
    painter->setPen(m_theme.colourOf(fill.isValid() ? toneOf(status) : Tone::Stale));
    tabular::draw(*painter, {inside.right() + 1 - written, baseline}, text);
    const int barHeight = m_theme.px(8);
    const int taken = std::max(textWidth, static_cast<int>(std::ceil(written))) + m_theme.px(12);
    const QRect bar(inside.left(), inside.center().y() - barHeight / 2, inside.width() - taken, barHeight);
    if (bar.width() > 8)
        paintMeter(*painter, bar, fill.isValid() ? std::optional(Share{fill.toDouble()}) : std::nullopt, status,
                   m_theme);
    painter->restore();
}

QSize LimitDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QSize size = QStyledItemDelegate::sizeHint(option, index);
    size.setHeight(std::max(size.height(), m_theme.px(28)));
    if (isFill(index))
        size.setWidth(m_theme.px(180));
    return size;
}

} // namespace qd
