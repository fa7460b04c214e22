/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/action_card.h"

#include "theme/text_label.h"
#include "words/action_words.h"
#include "words/audit_words.h"
#include "words/words.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QStringList troublesOf(const JournalNews &news)
{
    QStringList troubles;
    if (news.error) {
        const words::ErrorWords said = words::explain(*news.error);
        troubles.append(ActionCard::tr("The journal cannot be read, so nothing can be done from here. %1 %2 %3")
                            .arg(said.what, said.where, said.advice));
    }
    if (news.found && !news.found->whole()) {
        for (const Damage &damage : news.found->damages)
            troubles.append(words::sentence(damage));
    }
    constexpr qsizetype most = 5;
    if (troubles.size() > most) {
        const qsizetype more = troubles.size() - most;
        troubles = troubles.first(most);
        troubles.append(ActionCard::tr("and %1 more: run quarterdeck-cli audit verify").arg(more));
    }
    return troubles;
}
} // namespace

ActionCard::ActionCard(const Theme &theme, QWidget *parent)
    : Card(theme, parent)
{
    setObjectName(u"action-card"_s);
    hide();
}

void ActionCard::show(const JournalNews &news, const Waiting &waiting, const QString &deployment, Instant now)
{
    QList<ActionRecord> unfinished;
    for (const ActionRecord &record : news.records) {
        if (record.isUnfinished && record.deployment == deployment)
            unfinished.append(record);
    }
    const QStringList troubles = troublesOf(news);
    setVisible(!unfinished.isEmpty() || !troubles.isEmpty() || waiting != Waiting{});
    if (unfinished == m_shown && troubles == m_troubles && waiting == m_waiting)
        return;
    m_shown = unfinished;
    m_waiting = waiting;
    m_troubles = troubles;
    const Status status = !troubles.isEmpty()                      ? Status::Down
                          : !unfinished.isEmpty() || waiting.error ? Status::Degraded
                                                                   : Status::Muted;
    setAccent(status);
    setGlyph(status);
    setTitle(!troubles.isEmpty()     ? tr("The journal of actions")
             : !unfinished.isEmpty() ? tr("Begun and never ended")
                                     : tr("Waiting for a second person"));
    auto *body = new QWidget;
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    for (const QString &trouble : troubles)
        column->addWidget(makeLine(u"journal-trouble"_s, trouble));
    for (const ActionRecord &record : std::as_const(unfinished))
        column->addWidget(makeRow(record, now));
    for (const Plan &plan : waiting.plans)
        column->addWidget(
            makeLine(u"waiting-text"_s,
                     tr("%1 waits for a second person: %2 asked for it %3%4. Who has a role for it runs "
                        "quarterdeck-cli approve %5 "
                        "--profile FILE --confirm %6")
                         .arg(words::deed(plan), words::text(plan.author), words::shortTime(plan.madeAt, now),
                              plan.reason.isEmpty() ? QString() : u" (%1)"_s.arg(words::text(plan.reason)),
                              QString::fromLatin1(plan.id().toHex().first(12)), words::text(plan.target.deployment))));
    if (waiting.error) {
        const words::ErrorWords said = words::explain(*waiting.error);
        column->addWidget(makeLine(
            u"waiting-error"_s, tr("What waits for a second person cannot be read: %1 %2").arg(said.what, said.where)));
    }
    setBody(body);
}

QWidget *ActionCard::makeLine(const QString &name, const QString &text)
{
    auto *label = new Label(theme());
    label->setObjectName(name);
    label->setWordWrap(6);
    label->setText(text);
    return label;
}

QWidget *ActionCard::makeRow(const ActionRecord &record, Instant now)
{
    auto *row = new QWidget;
    auto *line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    auto *text = new Label(theme());
    text->setObjectName(u"unfinished-text"_s);
    text->setWordWrap(4);
    const QString name = words::deed(record);
    text->setText(
        tr("%1: begun %2 by %3 on %4. It may have happened or not: look first.")
            .arg(name, words::shortTime(record.at, now), words::text(record.operatorId), words::text(record.host)));
    line->addWidget(text, 1);
    const std::pair<QString, QString> deeds[]{
        {u"verify"_s, tr("Verify")}, {u"resume"_s, tr("Resume…")}, {u"undo"_s, tr("Undo…")}};
    for (const auto &[deed, word] : deeds) {
        auto *button = new QPushButton(word);
        button->setObjectName(u"unfinished-"_s + deed);
        button->setAccessibleName(u"%1: %2"_s.arg(word, name));
        button->setEnabled(record.plan && (deed != "undo"_L1 || !record.plan->undo.isEmpty()));
        connect(button, &QPushButton::clicked, this,
                [this, id = record.planId, deed = deed] { Q_EMIT requested(id, deed); });
        line->addWidget(button, 0, Qt::AlignTop);
    }
    return row;
}

} // namespace qd
