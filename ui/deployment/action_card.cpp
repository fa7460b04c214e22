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

QString textOf(const ActionRecord &record, Instant now)
{
    return ActionCard::tr("%1, done by %2: %3")
        .arg(words::deed(record), words::text(record.operatorId), words::revertsIn(*record.revertsAt, now));
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
    QList<ActionRecord> pending;
    for (const ActionRecord &record : news.records) {
        if (record.revertsAt && record.plan && record.deployment == deployment)
            pending.append(record);
    }
    const QStringList troubles = troublesOf(news);
    setVisible(!unfinished.isEmpty() || !troubles.isEmpty() || !pending.isEmpty() || waiting != Waiting{});
    if (unfinished == m_shown && troubles == m_troubles && waiting == m_waiting && pending == m_pending) {
        for (const ActionRecord &record : std::as_const(pending))
            m_pendingTexts[record.planId]->setText(textOf(record, now));
        return;
    }
    m_shown = unfinished;
    m_pending = pending;
    m_pendingTexts.clear();
    m_waiting = waiting;
    m_troubles = troubles;
    const Status status = !troubles.isEmpty()                      ? Status::Down
                          : !unfinished.isEmpty() || waiting.error ? Status::Degraded
                                                                   : Status::Muted;
    setAccent(status);
    setGlyph(status);
    auto *body = new QWidget;
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    const auto begin = [&](bool isAny, const QString &heading) {
        if (isAny && column->isEmpty())
            setTitle(heading);
        else if (isAny)
            column->addWidget(makeHeading(heading));
    };
    begin(!troubles.isEmpty(), tr("The journal of actions"));
    for (const QString &trouble : troubles)
        column->addWidget(makeLine(u"journal-trouble"_s, trouble));
    begin(!unfinished.isEmpty(), tr("Begun and never ended"));
    for (const ActionRecord &record : std::as_const(unfinished))
        column->addWidget(makeUnfinished(record, now));
    begin(waiting != Waiting{}, tr("Waiting for a second person"));
    for (const AskedPlan &asked : waiting.plans)
        column->addWidget(makeWaiting(asked, now));
    if (waiting.error) {
        const words::ErrorWords said = words::explain(*waiting.error);
        column->addWidget(makeLine(
            u"waiting-error"_s, tr("What waits for a second person cannot be read: %1 %2").arg(said.what, said.where)));
    }
    begin(!pending.isEmpty(), tr("To be taken back by itself"));
    for (const ActionRecord &record : std::as_const(pending))
        column->addWidget(makePending(record, now));
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

QWidget *ActionCard::makeHeading(const QString &text)
{
    auto *label = new Label(theme(), TextSize::Body, true);
    label->setObjectName(u"action-heading"_s);
    label->setText(text);
    return label;
}

QWidget *ActionCard::makeRow(const QString &kind, const QByteArray &planId, const QString &name, const QString &text,
                             const Deeds &deeds, const QStringList &enabled)
{
    auto *row = new QWidget;
    auto *line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    auto *label = new Label(theme());
    label->setObjectName(kind + u"-text"_s);
    label->setWordWrap(6);
    label->setText(text);
    line->addWidget(label, 1);
    for (const auto &[deed, word] : deeds) {
        auto *button = new QPushButton(word);
        button->setObjectName(u"%1-%2"_s.arg(kind, deed));
        button->setAccessibleName(u"%1: %2"_s.arg(word, name));
        button->setEnabled(enabled.contains(deed));
        connect(button, &QPushButton::clicked, this, [this, planId, deed = deed] { Q_EMIT requested(planId, deed); });
        line->addWidget(button, 0, Qt::AlignTop);
    }
    return row;
}

QWidget *ActionCard::makeUnfinished(const ActionRecord &record, Instant now)
{
    const QString name = words::deed(record);
    const QString text =
        tr("%1: begun %2 by %3 on %4. It may have happened or not: look first.")
            .arg(name, words::shortTime(record.at, now), words::text(record.operatorId), words::text(record.host));
    QStringList enabled;
    if (record.plan)
        enabled = record.plan->undo.isEmpty() ? QStringList{u"verify"_s, u"resume"_s}
                                              : QStringList{u"verify"_s, u"resume"_s, u"undo"_s};
    return makeRow(u"unfinished"_s, record.planId, name, text,
                   {{u"verify"_s, tr("Verify")}, {u"resume"_s, tr("Resume…")}, {u"undo"_s, tr("Undo…")}}, enabled);
}

QWidget *ActionCard::makeWaiting(const AskedPlan &asked, Instant now)
{
    const Plan &plan = asked.plan;
    const QString name = asked.isUndo ? words::deedOfUndo(plan) : words::deed(plan);
    const QString reason = plan.reason.isEmpty() ? QString() : u" (%1)"_s.arg(words::text(plan.reason));
    const QString text =
        tr("%1 waits for a second person: %2 asked for it; planned %3%4. Plan %5")
            .arg(name, words::text(asked.who), words::shortTime(plan.madeAt, now), reason, shortId(plan.id()));
    return makeRow(u"waiting"_s, plan.id(), name, text, {{u"review"_s, tr("Look and approve…")}}, {u"review"_s});
}

QWidget *ActionCard::makePending(const ActionRecord &record, Instant now)
{
    QWidget *row = makeRow(u"pending"_s, record.planId, words::deed(record), textOf(record, now),
                           {{u"keep"_s, tr("Let it stay…")}, {u"undo"_s, tr("Undo now…")}}, {u"keep"_s, u"undo"_s});
    m_pendingTexts[record.planId] = row->findChild<Label *>(u"pending-text"_s);
    return row;
}

} // namespace qd
