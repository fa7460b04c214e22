/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/problems_page.h"

#include "theme/card.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QFileInfo>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {

ProblemsPage::ProblemsPage(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setObjectName(u"problems-page"_s);
    auto *content = new QWidget;
    m_cards = new QVBoxLayout(content);
    m_cards->setContentsMargins(16, 16, 16, 16);
    m_cards->setSpacing(12);
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(content);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(scroll);
}

void ProblemsPage::setProblems(const QList<ProfileProblem> &problems)
{
    while (QLayoutItem *item = m_cards->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const ProfileProblem &problem : problems)
        m_cards->addWidget(makeCard(problem));
    m_cards->addStretch(1);
}

QWidget *ProblemsPage::makeCard(const ProfileProblem &problem)
{
    auto *card = new Card(m_theme);
    card->setAccent(Status::Degraded);
    card->setGlyph(Status::Degraded);
    card->setTitle(QFileInfo(problem.file).fileName(), TextSize::Title);
    const auto faults = static_cast<int>(problem.errors.size());
    card->setNote(faults == 1 ? tr("1 fault") : tr("%n faults", nullptr, faults));
    auto *body = new QWidget;
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(0, 4, 0, 0);
    column->setSpacing(4);
    const auto line = [&](const QString &text, Tone tone, bool strong) {
        if (text.isEmpty())
            return;
        auto *label = new Label(m_theme, TextSize::Body, strong);
        label->setObjectName(u"problem-line"_s);
        label->setTone(tone);
        label->setWordWrap(4);
        label->setText(text);
        column->addWidget(label);
    };
    for (const Error &error : problem.errors) {
        line(error.message, Tone::Text, true);
        line(error.where, Tone::Muted, false);
        column->addSpacing(4);
    }
    line(tr("Nothing of it is watched. Mend %1, then open it again.").arg(problem.file), Tone::Muted, false);
    auto *again = new QPushButton(tr("Open it again"));
    again->setObjectName(u"problem-retry"_s);
    connect(again, &QPushButton::clicked, this, [this, file = problem.file] { Q_EMIT retryRequested(file); });
    column->addWidget(again, 0, Qt::AlignLeft);
    card->setBody(body);
    return card;
}

} // namespace qd
