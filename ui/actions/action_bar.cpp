/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/action_bar.h"

#include "theme/glyph.h"
#include "theme/text_label.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>

using namespace Qt::StringLiterals;

namespace qd {

ActionBar::ActionBar(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_column(new QVBoxLayout(this))
{
    setObjectName(u"action-bar"_s);
    setAccessibleName(tr("Actions"));
    m_column->setContentsMargins(16, 4, 16, 5);
    m_column->setSpacing(4);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    hide();
}

void ActionBar::setRows(const QList<Row> &rows)
{
    if (rows == m_rows)
        return;
    m_rows = rows;
    // A row's own button may be what brought us here.
    while (QLayoutItem *item = m_column->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    for (const Row &row : rows)
        m_column->addWidget(makeRow(row));
    setVisible(!rows.isEmpty());
}

QWidget *ActionBar::makeRow(const Row &row)
{
    auto *widget = new QWidget;
    auto *line = new QHBoxLayout(widget);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    auto *glyph = new GlyphLabel(m_theme, 14);
    if (row.isRunning)
        glyph->setWorking();
    else
        glyph->setStatus(row.status);
    auto *text = new Label(m_theme);
    text->setObjectName(u"action-bar-text"_s);
    text->setText(row.text);
    text->setTone(row.status == Status::Ok || row.status == Status::Unknown ? Tone::Text : toneOf(row.status));
    line->addWidget(glyph);
    line->addWidget(text, 1);
    const auto add = [&](const QString &name, const QString &word, auto signal) {
        auto *button = new QPushButton(word);
        button->setObjectName(name);
        button->setAccessibleName(u"%1: %2"_s.arg(word, row.text));
        connect(button, &QPushButton::clicked, this, [this, signal, key = row.key] { Q_EMIT(this->*signal)(key); });
        line->addWidget(button);
    };
    add(u"action-bar-show"_s, tr("Show"), &ActionBar::chosen);
    if (row.canBeDismissed)
        add(u"action-bar-dismiss"_s, tr("Dismiss"), &ActionBar::dismissed);
    return widget;
}

void ActionBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.colours().raised);
    painter.fillRect(QRect(0, height() - 1, width(), 1), m_theme.colours().line);
}

} // namespace qd
