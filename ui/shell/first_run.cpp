/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/first_run.h"

#include "theme/empty_state.h"
#include "theme/theme.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QShowEvent>
#include <QStyle>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// As long as a line of text is read with ease.
constexpr int widest = 480;
/// Of both buttons, whatever they say.
constexpr int buttonWidth = 200;

/// What most people want to do here. The style sheet looks at a property when it is polished only.
void setPrimary(QPushButton *button, bool isPrimary)
{
    button->setProperty("primary", isPrimary);
    button->style()->unpolish(button);
    button->style()->polish(button);
}
} // namespace

FirstRun::FirstRun(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_state(new EmptyState(theme))
    , m_demo(new QPushButton(tr("Explore the demo")))
    , m_add(new QPushButton(tr("Add a deployment…")))
{
    setObjectName(u"first-run"_s);
    m_demo->setObjectName(u"first-run-demo"_s);
    m_add->setObjectName(u"first-run-add"_s);
    m_state->addAction(m_demo);
    m_state->addAction(m_add);
    // The stretches give way to the text first, so that it is narrow only where there is room to spare.
    auto *row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(m_state, 100);
    row->addStretch(1);
    auto *column = new QVBoxLayout(this);
    column->addStretch(1);
    column->addLayout(row);
    column->addStretch(2);
    const auto setWidths = [this, &theme] {
        m_state->setMaximumWidth(theme.px(widest));
        for (QPushButton *button : {m_demo, m_add})
            button->setMinimumWidth(theme.px(buttonWidth));
    };
    setWidths();
    connect(&theme, &Theme::changed, this, setWidths);
    connect(m_demo, &QPushButton::clicked, this, &FirstRun::demoRequested);
    connect(m_add, &QPushButton::clicked, this, &FirstRun::addRequested);
    setDemo(Demo::NotInstalled);
}

void FirstRun::setDemo(Demo demo, const QString &trouble)
{
    m_demo->setVisible(demo != Demo::NotInstalled);
    m_demo->setEnabled(demo == Demo::Offered);
    setPrimary(m_demo, demo != Demo::NotInstalled);
    setPrimary(m_add, demo == Demo::NotInstalled);
    m_demo->setText(demo == Demo::Starting ? tr("Starting the demo…") : tr("Explore the demo"));
    if (!trouble.isEmpty())
        m_state->setState(Status::Degraded, tr("The demo did not start"), trouble);
    else if (demo == Demo::NotInstalled)
        m_state->setState(Status::Muted, tr("No deployment is open"),
                          tr("Add one by its profile, a YAML file that says where its systems are."));
    else
        m_state->setState(Status::Muted, tr("No deployment is open"),
                          tr("The demo starts a real service with its Redis and PostgreSQL on this machine alone, and "
                             "takes all of it away again. Or add a deployment by its profile, a YAML file that says "
                             "where its systems are."));
}

void FirstRun::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (!event->spontaneous() && m_demo->isEnabled() && !m_demo->isHidden())
        m_demo->setFocus();
}

} // namespace qd
