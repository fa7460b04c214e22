/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "theme/text_label.h"

#include "theme/tabular.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFontMetrics>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QTextLayout>
#include <QToolTip>

#include <cmath>

namespace qd {
namespace {
// Nothing that is shown in a label needs more, and layout is not linear in it.
constexpr qsizetype longest = 2000;
} // namespace

Label::Label(const Theme &theme, TextSize size, bool strong, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_size(size)
    , m_strong(strong)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void Label::setTexts(const QStringList &texts)
{
    QStringList lines;
    for (const QString &text : texts) {
        lines.append(text.left(longest));
        if (m_lines == 1)
            lines.last().replace(u'\n', u' ');
    }
    if (lines == m_texts || lines.isEmpty())
        return;
    m_texts = lines;
    setAccessibleName(m_texts.first());
    updateGeometry();
    update();
}

void Label::setSize(TextSize size)
{
    if (size == m_size)
        return;
    m_size = size;
    updateGeometry();
    update();
}

void Label::setTone(Tone tone)
{
    if (tone == m_tone)
        return;
    m_tone = tone;
    update();
}

void Label::setAlignment(Qt::Alignment alignment)
{
    m_alignment = alignment;
    update();
}

void Label::setNumeric(bool numeric)
{
    m_numeric = numeric;
    updateGeometry();
    update();
}

void Label::setWordWrap(int most)
{
    m_lines = std::max(1, most);
    QSizePolicy policy(QSizePolicy::Preferred, m_lines > 1 ? QSizePolicy::Minimum : QSizePolicy::Fixed);
    policy.setHeightForWidth(m_lines > 1);
    setSizePolicy(policy);
    updateGeometry();
    update();
}

void Label::setElideMode(Qt::TextElideMode mode)
{
    m_elide = mode;
    update();
}

QFont Label::currentFont() const
{
    return m_theme.font(m_size, m_strong);
}

QFontMetrics Label::metrics() const
{
    return QFontMetrics(currentFont());
}

int Label::widthOf(const QString &line) const
{
    return m_numeric ? static_cast<int>(std::ceil(tabular::widthOf(line, QFontMetricsF(currentFont()))))
                     : metrics().horizontalAdvance(line);
}

QString Label::elided(const QString &line, int width) const
{
    return m_numeric ? tabular::elided(line, QFontMetricsF(currentFont()), m_elide, width)
                     : metrics().elidedText(line, m_elide, width);
}

QString Label::textFor(int width) const
{
    for (const QString &text : m_texts.first(m_texts.size() - 1)) {
        if (linesOf(text, width).join(u' ') == text)
            return text;
    }
    return m_texts.last();
}

QStringList Label::linesFor(int width) const
{
    return linesOf(textFor(width), width);
}

QStringList Label::linesOf(const QString &text, int width) const
{
    if (m_lines == 1)
        return {elided(text, width)};
    QStringList lines;
    QTextLayout layout(QString(text).replace(u'\n', QChar::LineSeparator), currentFont()); // it breaks at no '\n'
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(width);
        if (lines.size() + 1 == m_lines) {
            lines.append(elided(text.mid(line.textStart()).replace(u'\n', u' '), width));
            break;
        }
        lines.append(text.mid(line.textStart(), line.textLength()).trimmed());
    }
    layout.endLayout();
    return lines;
}

QSize Label::sizeHint() const
{
    return {widthOf(m_texts.first()) + 1, metrics().height()};
}

QSize Label::minimumSizeHint() const
{
    const int line = metrics().height();
    return {std::min(widthOf(m_texts.first()) + 1, 2 * line), line};
}

int Label::heightForWidth(int width) const
{
    const auto lines = std::max<qsizetype>(1, linesFor(std::max(width, 1)).size());
    return static_cast<int>(lines) * metrics().height();
}

void Label::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setFont(currentFont());
    painter.setPen(m_theme.colourOf(m_tone));
    const int lineHeight = metrics().height();
    const QStringList lines = linesFor(width());
    const int tall = lineHeight * static_cast<int>(lines.size());
    int y = m_alignment & Qt::AlignTop ? 0 : (height() - tall) / 2;
    if (m_alignment & Qt::AlignBottom)
        y = height() - tall;
    y += metrics().ascent();
    for (const QString &text : lines) {
        const int spare = width() - widthOf(text);
        int x = 0;
        if (m_alignment & Qt::AlignHCenter)
            x = spare / 2;
        else if (m_alignment & Qt::AlignRight)
            x = spare;
        const QPoint start(std::max(x, 0), y);
        if (m_numeric)
            tabular::draw(painter, start, text);
        else
            painter.drawText(start, text);
        y += lineHeight;
    }
    if (hasFocus()) {
        painter.setPen(QPen(m_theme.colours().accent, 1));
        painter.setRenderHint(QPainter::Antialiasing);
        painter.drawRoundedRect(QRectF(rect()).adjusted(.5, .5, -.5, -.5), 3, 3);
    }
}

void Label::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy)) {
        QApplication::clipboard()->setText(text());
        return;
    }
    QWidget::keyPressEvent(event);
}

void Label::contextMenuEvent(QContextMenuEvent *event)
{
    if (contextMenuPolicy() != Qt::DefaultContextMenu || text().isEmpty()) {
        event->ignore();
        return;
    }
    QMenu menu(this);
    connect(menu.addAction(tr("Copy")), &QAction::triggered, this,
            [this] { QApplication::clipboard()->setText(text()); });
    menu.exec(event->globalPos());
}

bool Label::isElided() const
{
    const auto solid = [](const QString &text) { return text.simplified().remove(u' '); };
    return solid(linesFor(width()).join(u' ')) != solid(m_texts.first()); // a line may break within a word
}

bool Label::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    QString tip = toolTip();
    if (tip.isEmpty() && isElided())
        tip = m_texts.first();
    // A tooltip guesses whether its text is markup; escaped inside markup it is what it says.
    QToolTip::showText(
        help->globalPos(),
        tip.isEmpty() ? QString() : QStringLiteral("<p style='white-space:pre-wrap'>%1</p>").arg(tip.toHtmlEscaped()),
        this);
    return true;
}

} // namespace qd
