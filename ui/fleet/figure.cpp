/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fleet/figure.h"

#include "theme/text_label.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {

Figure::Figure(const Theme &theme, const QString &caption, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_caption(caption)
    , m_value(new Label(theme, TextSize::Body, true, this))
{
    auto *name = new Label(theme, TextSize::Caption, false, this);
    name->setTone(Tone::Faint);
    name->setText(caption);
    m_value->setNumeric(true);
    for (Label *label : {name, m_value}) {
        label->setFocusPolicy(Qt::NoFocus);
        label->setContextMenuPolicy(Qt::NoContextMenu);
    }
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addWidget(name);
    column->addWidget(m_value);
    setFocusPolicy(Qt::TabFocus);
}

void Figure::setValue(const QString &text, Tone tone, const Because &because, const QString &more)
{
    m_because = because;
    setToolTip(more.isEmpty() ? QString() : u"<span>%1</span>"_s.arg(more.toHtmlEscaped()));
    if (m_value->text() == text && m_value->tone() == tone)
        return;
    m_value->setText(text);
    m_value->setTone(tone);
    setAccessibleName(u"%1: %2"_s.arg(m_caption, text));
    updateGeometry();
}

QString Figure::text() const
{
    return m_value->text();
}

void Figure::ask()
{
    Q_EMIT whyRequested(m_because, u"%1: %2"_s.arg(m_caption, m_value->text()));
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
