/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/value_rows.h"

#include "deployment/deployment_page.h"
#include "deployment/value_label.h"
#include "theme/text_label.h"

#include <QGridLayout>

namespace qd {

ValueRows::ValueRows(DeploymentPage &page, QWidget *parent)
    : QWidget(parent)
    , m_page(page)
    , m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(8);
    m_grid->setVerticalSpacing(4);
    m_grid->setColumnStretch(1, 1);
}

ValueLabel *ValueRows::add(const QString &name, const QString &subject)
{
    const int row = m_grid->rowCount();
    auto *label = new Label(m_page.theme(), TextSize::Body, false, this);
    label->setTone(Tone::Muted);
    label->setText(name);
    auto *value = new ValueLabel(m_page, TextSize::Body, false, this);
    value->setSubject(subject);
    value->setSpelt();
    value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_grid->addWidget(label, row, 0);
    m_grid->addWidget(value, row, 1);
    return value;
}

} // namespace qd
