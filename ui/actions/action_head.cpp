/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/action_head.h"

#include "theme/card.h"
#include "theme/hatching.h"
#include "theme/text_label.h"
#include "words/action_words.h"
#include "words/words.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Phase = ActionRun::Phase;
using Way = ActionRun::Way;

Status statusOf(Ending ending)
{
    switch (ending) {
    case Ending::Done:
        return Status::Ok;
    case Ending::Undone:
    case Ending::Settled:
        return Status::Muted;
    case Ending::Refused:
        return Status::Down;
    case Ending::DoneWarned:
    case Ending::NeedsPerson:
        break;
    }
    return Status::Degraded;
}
} // namespace

ActionHead::ActionHead(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_title(new Label(theme, TextSize::Mid, true))
    , m_risk(new Label(theme, TextSize::Caption, true))
    , m_badge(new EnvironmentBadge(theme))
    , m_place(new Label(theme))
    , m_id(new Label(theme, TextSize::Caption))
    , m_state(new Card(theme))
    , m_stateText(new Label(theme))
{
    m_title->setObjectName(u"action-title"_s);
    m_title->setWordWrap(4);
    m_risk->setObjectName(u"action-risk"_s);
    auto *first = new QHBoxLayout;
    first->setSpacing(12);
    first->addWidget(m_title, 1);
    first->addWidget(m_risk, 0, Qt::AlignTop);
    auto *second = new QHBoxLayout;
    second->setSpacing(12);
    m_place->setObjectName(u"action-place"_s);
    m_place->setTone(Tone::Muted);
    m_place->setWordWrap(5);
    second->addWidget(m_badge, 0, Qt::AlignTop);
    second->addWidget(m_place, 1);
    m_id->setObjectName(u"action-id"_s);
    m_id->setTone(Tone::Faint);
    second->addWidget(m_id, 0, Qt::AlignTop);
    m_state->setObjectName(u"action-state"_s);
    m_stateText->setObjectName(u"action-state-text"_s);
    m_stateText->setWordWrap(20);
    auto *body = new QVBoxLayout;
    body->setContentsMargins(0, 0, 0, 0);
    body->addWidget(m_stateText);
    m_state->setBody(body);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(14);
    column->addLayout(first);
    column->addLayout(second);
    column->addWidget(m_state);
}

void ActionHead::showPlace(const ActionRun &run)
{
    m_badge->setEnvironment(run.environment);
    m_risk->setVisible(run.plan.has_value());
    if (!run.plan) {
        m_place->setText(words::place(run));
        return;
    }
    const Plan &plan = *run.plan;
    const bool isProved = std::ranges::any_of(run.checks, [](const Check &check) {
        return check.phrase.code == "target-proved"_L1 && check.result == Check::Result::Passed;
    });
    m_place->setText(isProved ? tr("%1, %2 at %3, proved to be this deployment's")
                                    .arg(words::text(plan.target.deployment), words::text(plan.target.system),
                                         words::text(plan.target.address))
                              : tr("%1, %2 at %3")
                                    .arg(words::text(plan.target.deployment), words::text(plan.target.system),
                                         words::text(plan.target.address)));
    const Risk risk = run.risk();
    m_risk->setText(words::say(risk));
    m_risk->setTone(risk == Risk::Low ? Tone::Muted : risk == Risk::Medium ? Tone::Warn : Tone::Down);
}

void ActionHead::setId(const QString &id)
{
    m_id->setText(id.isEmpty() ? QString() : tr("Plan %1").arg(id));
}

void ActionHead::say(Status status, const QString &title, const QString &text)
{
    m_state->setGlyph(status);
    m_state->setAccent(status);
    m_state->setTitle(title);
    m_stateText->setText(text);
    m_stateText->setVisible(!text.isEmpty());
}

void ActionHead::sayWorking(const QString &title, const QString &text)
{
    say(Status::Unknown, title, text);
    m_state->setWorking();
}

void ActionHead::showEnding(const ActionRun &run)
{
    const Report &report = run.report;
    const QString name = words::text(run.deployment);
    if (run.way == Way::Keep || report.ending == Ending::Settled) {
        if (report.error)
            say(Status::Down, tr("That could not be done; nothing was changed"),
                words::explainActing(*report.error, false, words::namesOf(run)));
        else if (run.way == Way::Keep)
            say(Status::Ok, tr("It stays as it is"), tr("It is not taken back by itself any more."));
        else
            say(Status::Muted, words::say(report.ending), tr("The journal has what you found; nothing was changed."));
        return;
    }
    if (report.ending == Ending::Undone && report.error)
        say(Status::Down, tr("It failed; all is as before"),
            words::explainActing(*report.error, false, words::namesOf(run)));
    else if (report.error)
        say(statusOf(report.ending), words::say(report.ending),
            words::explainActing(*report.error, run.isUnfinished, words::namesOf(run)));
    else if (report.ending == Ending::DoneWarned)
        say(Status::Degraded, words::say(report.ending),
            run.plan->undo.isEmpty()
                ? tr("%1 itself shows it. What is not as it should be stands below.").arg(name)
                : tr("%1 itself shows it. What is not as it should be stands below; undo takes it back.").arg(name));
    else
        say(statusOf(report.ending), words::say(report.ending),
            report.ending == Ending::Undone ? tr("%1 itself shows it: %2").arg(name, words::undoing(*run.plan))
            : run.revertsAt                 ? tr("%1 itself shows it. It %2.")
                                  .arg(name, words::revertsIn(*run.revertsAt, *run.revertsAt - run.plan->revertAfter))
                            : tr("%1 itself shows it.").arg(name));
}

void ActionHead::showReady(const ActionRun &run)
{
    const bool isHigh = run.plan && run.plan->risk == Risk::High;
    if (run.error)
        say(Status::Down, tr("That could not be done; nothing was changed"),
            words::explainActing(*run.error, false, words::namesOf(run)));
    else if (isHigh && run.hasFailed(u"reason-given"))
        say(Status::Degraded, tr("It is of high risk: give a reason first"),
            tr("What a second person approves has it in it. Nothing was changed."));
    else if (isHigh && run.hasFailed(u"approved") && run.countFailed() == 1)
        say(Status::Degraded,
            run.isAsked ? tr("It waits for a second person") : tr("It is of high risk: it needs a second person"),
            tr("Nothing was changed."));
    else if (run.countFailed() > 0)
        say(Status::Down, tr("A check refuses it; nothing was changed"),
            tr("What is wrong stands below. Mend it, and check again."));
    else
        say(Status::Ok, tr("Ready; nothing was changed yet"),
            run.plan->risk == Risk::Low ? tr("All checks pass.")
                                        : tr("All checks pass. Confirm below to have it done."));
}

void ActionHead::showEarlier(const ActionRun &run)
{
    // What was looked at and is neither as before nor as after is an error of nobody's but BadInput.
    const bool isChanged = std::ranges::any_of(run.report.steps, [](const StepReport &step) {
        return step.state == StepReport::State::Unknown && step.error && step.error->code == ErrorCode::BadInput;
    });
    if (run.error)
        say(Status::Down, tr("How it stands cannot be read; nothing was changed"),
            words::explainActing(*run.error, false, words::namesOf(run)));
    else if (run.maySettle())
        say(Status::Degraded,
            isChanged ? tr("Unfinished, and somebody changed it since")
                      : tr("Unfinished, and how it stands cannot be looked at"),
            tr("Resume and undo change nothing that somebody else changed. Look at it yourself; then settle it, and "
               "say what you found."));
    else if (run.isUnfinished)
        say(Status::Degraded, tr("It was begun and never came to its end"),
            tr("Below is how its steps stand now. Resume does what is left; undo takes back what was done. Each "
               "looks before it does anything."));
    else if (run.hasFailed(u"approved") && run.countFailed() == 1)
        say(Status::Degraded,
            run.isAsked ? tr("It waits for a second person")
                        : tr("Taking it back is of high risk: it needs a second person"),
            tr("Somebody else approves the plan once more, on their Activity or by quarterdeck-cli approve %1. Nothing "
               "was changed.")
                .arg(QString::fromLatin1(run.plan->id().toHex().first(12))));
    else if (run.countFailed() > 0)
        say(Status::Down, tr("It has ended, and cannot be taken back now; nothing was changed"),
            tr("What is wrong stands below."));
    else
        say(Status::Muted, tr("It has ended"),
            run.revertsAt
                ? tr("Below is how its steps stand now. It is to be taken back by itself, at %1 or at the next "
                     "start of a console after that.")
                      .arg(words::clockTime(*run.revertsAt))
                : tr("Below is how its steps stand now."));
}

void ActionHead::showReview(const ActionRun &run)
{
    const AskedPlan &asked = *run.asked;
    const QString who = asked.isUndo ? tr("%1 asks for a second person, to take it back.").arg(words::text(asked.who))
                                     : tr("%1 asks for a second person.").arg(words::text(asked.who));
    const QString why = run.plan->reason.isEmpty() ? QString() : tr("Reason: %1").arg(words::text(run.plan->reason));
    const QString text = QStringList{who, why}.join(u' ').trimmed();
    if (run.error)
        say(Status::Down, tr("That could not be done; nothing was approved"),
            words::explainActing(*run.error, false, words::namesOf(run)));
    else if (run.hasFailed(u"may-approve"))
        say(Status::Down, tr("You cannot be its second person"), text);
    else if (!run.mayApprove())
        say(Status::Down, tr("A check refuses it: it could not be carried out"), text);
    else
        say(Status::Degraded, tr("It waits for a second person"), text);
}

void ActionHead::showState(const ActionRun &run)
{
    const QString error = run.error ? words::explainActing(*run.error, false, words::namesOf(run)) : QString();
    switch (run.phase) {
    case Phase::Planning:
        sayWorking(tr("Reading how it is now…"), tr("Nothing is changed by this."));
        return;
    case Phase::Refused:
        say(Status::Down, tr("This cannot be done; nothing was changed"), error);
        return;
    case Phase::Checking:
        sayWorking(tr("Checking…"), tr("Nothing is changed by this."));
        return;
    case Phase::Ready:
        showReady(run);
        return;
    case Phase::Looking:
        sayWorking(tr("Looking how its steps stand…"), tr("Nothing is changed by this."));
        return;
    case Phase::Earlier:
        showEarlier(run);
        return;
    case Phase::Running:
        sayWorking(run.way == Way::Undo ? tr("Being undone…") : tr("Running…"),
                   tr("It goes on when this window is closed. The bar below the window's title leads back here."));
        return;
    case Phase::Ended:
        showEnding(run);
        return;
    case Phase::Review:
        showReview(run);
        return;
    case Phase::Approved:
        say(Status::Ok, tr("You approved it"),
            tr("It lasts until %1, and can be used once: %2 carries it out.")
                .arg(words::clockTime(run.approvedUntil.value_or(Instant())), words::text(run.asked->who)));
        return;
    }
}

/// As it was typed; before it begins it stands where it is typed.
void ActionHead::showReason(const ActionRun &run)
{
    const bool isBegun = run.phase == Phase::Running || run.phase == Phase::Ended || run.phase == Phase::Earlier;
    if (!isBegun || !run.plan || run.plan->reason.isEmpty())
        return;
    const QString reason = tr("Reason: %1").arg(words::text(run.plan->reason));
    const QString said = m_stateText->text();
    m_stateText->setText(said.isEmpty() ? reason : said + u'\n' + reason);
    m_stateText->show();
}

void ActionHead::setRun(const ActionRun &run, const QString &deed)
{
    m_title->setText(deed);
    showPlace(run);
    showState(run);
    showReason(run);
}

QStringList ActionHead::text() const
{
    QStringList text{m_place->text()};
    if (!m_id->text().isEmpty())
        text.append(m_id->text());
    if (m_risk->isVisibleTo(this))
        text.append(m_risk->text());
    text.append(m_state->title());
    if (!m_stateText->text().isEmpty())
        text.append(m_stateText->text());
    return text;
}

} // namespace qd
