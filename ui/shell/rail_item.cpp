/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/rail_item.h"

#include "theme/glyph.h"
#include "words/words.h"

#include <QPainter>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int glyphSize = 14;
constexpr int glyphGap = 4;
constexpr int tightPadding = 2;
} // namespace

RailItem::RailItem(const Theme &theme, const QString &text, int indent, QWidget *parent)
    : QAbstractButton(parent)
    , m_theme(theme)
    , m_indent(indent)
{
    setText(text);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
    describe();
}

void RailItem::setStatus(std::optional<Status> status)
{
    if (status == m_status)
        return;
    m_status = status;
    describe();
    update();
}

void RailItem::setNote(const QString &note)
{
    if (note == m_note)
        return;
    m_note = note;
    describe();
    update();
}

void RailItem::setMark(Mark mark)
{
    if (mark == m_mark)
        return;
    m_mark = mark;
    update();
}

void RailItem::setQuiet(bool quiet)
{
    m_quiet = quiet;
}

void RailItem::setCompact(bool compact)
{
    if (compact == m_compact)
        return;
    m_compact = compact;
    describe();
    updateGeometry();
    update();
}

void RailItem::setTight(bool tight)
{
    if (tight == m_tight)
        return;
    m_tight = tight;
    updateGeometry();
    update();
}

int RailItem::padding() const
{
    return m_theme.px(m_tight ? tightPadding : 7);
}

void RailItem::setShortText(const QString &text)
{
    m_shortText = text;
}

void RailItem::describe()
{
    QStringList words{text()};
    if (m_status)
        words.append(words::say(*m_status));
    if (!m_note.isEmpty())
        words.append(m_note);
    setAccessibleName(words.join(u", "_s));
    setToolTip(m_compact ? words.join(u", "_s).toHtmlEscaped() : QString());
    updateGeometry(); // a note takes a line of its own in a narrow rail
}

QSize RailItem::sizeHint() const
{
    const QFontMetrics metrics(m_theme.font(m_compact ? TextSize::Caption : TextSize::Body));
    if (!m_compact)
        return {metrics.horizontalAdvance(text()) + m_theme.px(32 + m_indent), metrics.height() + 2 * padding()};
    const int lines = metrics.height() * (m_note.isEmpty() ? 1 : 2);
    return {m_theme.px(48), lines + 2 * padding() + m_theme.px(m_status ? glyphSize + glyphGap : 0)};
}

void RailItem::paintEvent(QPaintEvent *)
{
    const Colours &colours = m_theme.colours();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    if (m_mark != Mark::None || underMouse()) {
        painter.setPen(m_mark == Mark::Current ? QPen(colours.line) : QPen(Qt::NoPen));
        painter.setBrush(m_mark == Mark::Open ? Qt::NoBrush : QBrush(colours.raised));
        painter.drawRoundedRect(box, 6, 6);
    }
    if (hasFocus()) {
        painter.setPen(QPen(colours.accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    }
    if (m_compact)
        paintCompact(painter);
    else
        paintWide(painter);
}

void RailItem::paintWide(QPainter &painter) const
{
    const Colours &colours = m_theme.colours();
    const int side = m_theme.px(8);
    int left = side + m_theme.px(m_indent);
    if (m_status) {
        const int size = m_theme.px(glyphSize);
        paintGlyph(painter, QRectF(left, (height() - size) / 2.0, size, size), *m_status, colours);
        left += size + m_theme.px(8);
    }
    int right = width() - side;
    if (!m_note.isEmpty()) {
        painter.setFont(m_theme.font(TextSize::Caption));
        painter.setPen(colours.muted);
        const int note = painter.fontMetrics().horizontalAdvance(m_note);
        painter.drawText(QRect(right - note, 0, note, height()), Qt::AlignCenter, m_note);
        right -= note + m_theme.px(8);
    }
    const bool strong = m_mark == Mark::Open || (m_mark == Mark::Current && m_indent == 0);
    painter.setFont(m_theme.font(TextSize::Body, strong));
    painter.setPen(m_quiet && m_mark == Mark::None ? colours.muted : colours.text);
    const QString shown = painter.fontMetrics().elidedText(text(), Qt::ElideRight, right - left);
    painter.drawText(QRect(left, 0, right - left, height()), Qt::AlignLeft | Qt::AlignVCenter, shown);
}

void RailItem::paintCompact(QPainter &painter) const
{
    const Colours &colours = m_theme.colours();
    int top = padding();
    if (m_status) {
        const int size = m_theme.px(glyphSize);
        paintGlyph(painter, QRectF((width() - size) / 2.0, top, size, size), *m_status, colours);
        top += size + m_theme.px(glyphGap);
    }
    const auto line = [&](const QFont &font, const QColor &colour, const QString &text) {
        painter.setFont(font);
        painter.setPen(colour);
        const QRect row(2, top, width() - 4, painter.fontMetrics().height());
        painter.drawText(row, Qt::AlignCenter, painter.fontMetrics().elidedText(text, Qt::ElideRight, row.width()));
        top += row.height();
    };
    line(m_theme.font(TextSize::Caption, m_mark == Mark::Open),
         m_quiet && m_mark == Mark::None ? colours.muted : colours.text, m_shortText.isEmpty() ? text() : m_shortText);
    if (!m_note.isEmpty())
        line(m_theme.font(TextSize::Caption), colours.muted, m_note);
}

} // namespace qd
