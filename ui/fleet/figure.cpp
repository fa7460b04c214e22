/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fleet/figure.h"

#include "theme/tabular.h"
#include "theme/text_label.h"

#include <QContextMenuEvent>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {

Figure::Figure(const Theme &theme, const QString &caption, const QString &shortCaption, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_caption(caption)
    , m_shortCaption(shortCaption)
    , m_name(new Label(theme, TextSize::Caption, false, this))
    , m_value(new Label(theme, TextSize::Body, true, this))
{
    m_name->setTone(Tone::Faint);
    m_name->setText(caption);
    m_value->setNumeric(true);
    for (Label *label : {m_name, m_value}) {
        label->setFocusPolicy(Qt::NoFocus);
        label->setContextMenuPolicy(Qt::NoContextMenu);
    }
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addWidget(m_name);
    column->addWidget(m_value);
    setFocusPolicy(Qt::TabFocus);
    connect(&theme, &Theme::changed, this, [this] { m_widths = {}; });
}

void Figure::setValue(const QString &text, Tone tone, const Because &because, const QString &more,
                      const QString &shortText)
{
    m_because = because;
    setToolTip(more.isEmpty() ? QString() : u"<span>%1</span>"_s.arg(more.toHtmlEscaped()));
    const QString &brief = shortText.isEmpty() ? text : shortText;
    if (text != m_text || brief != m_shortText)
        m_widths = {};
    m_text = text;
    m_shortText = brief;
    m_value->setTone(tone);
    setAccessibleName(u"%1: %2"_s.arg(m_caption, text));
    showTexts();
}

int Figure::widthIf(bool isShort) const
{
    std::optional<int> &width = m_widths.at(isShort ? 1 : 0);
    if (!width)
        width = measured(isShort);
    return *width;
}

int Figure::measured(bool isShort) const
{
    const QFontMetricsF caption(m_theme.font(TextSize::Caption));
    const QFontMetricsF value(m_theme.font(TextSize::Body, true));
    return static_cast<int>(std::ceil(std::max(caption.horizontalAdvance(isShort ? m_shortCaption : m_caption),
                                               tabular::widthOf(isShort ? m_shortText : m_text, value)))) +
           1;
}

void Figure::setShort(bool isShort)
{
    m_isShort = isShort;
    showTexts();
}

void Figure::showTexts()
{
    m_name->setText(m_isShort ? m_shortCaption : m_caption);
    m_value->setText(m_isShort ? m_shortText : m_text);
}

void Figure::ask()
{
    Q_EMIT whyRequested(m_because, u"%1: %2"_s.arg(m_caption, m_text));
}

void Figure::contextMenuEvent(QContextMenuEvent *event)
{
    QMenu menu(this);
    connect(menu.addAction(tr("Why?\tW")), &QAction::triggered, this, &Figure::ask);
    menu.exec(event->globalPos());
    event->accept();
}

void Figure::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_W && event->modifiers() == Qt::NoModifier) {
        ask();
        return;
    }
    QWidget::keyPressEvent(event);
}

void Figure::paintEvent(QPaintEvent *)
{
    if (!hasFocus())
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_theme.colours().accent, 2));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 3, 3);
}

} // namespace qd
