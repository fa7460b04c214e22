/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "theme/empty_state.h"

#include "theme/glyph.h"
#include "theme/text_label.h"

#include <QVBoxLayout>

namespace qd {

EmptyState::EmptyState(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_column(new QVBoxLayout(this))
    , m_glyph(new GlyphLabel(theme, 28, this))
    , m_headline(new Label(theme, TextSize::Title, true, this))
    , m_advice(new Label(theme, TextSize::Body, false, this))
{
    m_column->setContentsMargins(16, 24, 16, 24);
    m_column->setSpacing(8);
    m_headline->setAlignment(Qt::AlignHCenter | Qt::AlignVCenter);
    m_headline->setWordWrap(2);
    m_advice->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    m_advice->setWordWrap(4);
    m_advice->setTone(Tone::Muted);
    m_column->addStretch(1);
    m_column->addWidget(m_glyph, 0, Qt::AlignHCenter);
    m_column->addWidget(m_headline);
    m_column->addWidget(m_advice);
    m_column->addStretch(1);
}

void EmptyState::setState(Status status, const QString &headline, const QString &whatToDo)
{
    m_glyph->setStatus(status);
    // A glyph tells of trouble; where nothing is wrong it would only decorate.
    m_glyph->setVisible(status != Status::Muted);
    m_headline->setText(headline);
    m_advice->setText(whatToDo);
    setAccessibleName(headline);
    setAccessibleDescription(whatToDo);
}

void EmptyState::addAction(QWidget *widget)
{
    m_column->insertWidget(m_column->count() - 1, widget, 0, Qt::AlignHCenter);
}

} // namespace qd
