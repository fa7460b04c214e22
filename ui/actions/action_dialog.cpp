/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/action_dialog.h"

#include "actions/sections.h"
#include "profile/environment.h"
#include "theme/card.h"
#include "theme/hatching.h"
#include "theme/text_label.h"
#include "words/action_words.h"
#include "words/words.h"

#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QLineEdit>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QStyle>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Phase = ActionRun::Phase;
using Way = ActionRun::Way;
constexpr int margin = 16;
constexpr QSize size100{680, 760};

Status statusOf(Check::Result result)
{
    return result == Check::Result::Passed   ? Status::Ok
           : result == Check::Result::Warned ? Status::Degraded
                                             : Status::Down;
}

Status statusOf(StepReport::State state)
{
    switch (state) {
    case StepReport::State::Done:
    case StepReport::State::Already:
    case StepReport::State::Reverted:
        return Status::Ok;
    case StepReport::State::Failed:
        return Status::Down;
    case StepReport::State::Waiting:
        return Status::NotAvailable;
    case StepReport::State::Running:
    case StepReport::State::Unknown:
        break;
    }
    return Status::Unknown;
}

Status statusOf(Ending ending)
{
    switch (ending) {
    case Ending::Done:
        return Status::Ok;
    case Ending::Undone:
        return Status::Muted;
    case Ending::Refused:
        return Status::Down;
    case Ending::DoneWarned:
    case Ending::NeedsPerson:
        break;
    }
    return Status::Degraded;
}

bool failed(const Check *check)
{
    return check != nullptr && check->result == Check::Result::Failed;
}

qsizetype countFailed(const ActionRun &run)
{
    return std::ranges::count(run.checks, Check::Result::Failed, &Check::result);
}

/// Text of a deployment on a button: no letter of it is a shortcut.
QString plain(QString text)
{
    return text.replace(u'&', u"&&"_s);
}

QPushButton *button(const QString &name, const QString &text)
{
    auto *button = new QPushButton(text);
    button->setObjectName(name);
    button->setAutoDefault(false);
    return button;
}
} // namespace

ActionDialog::ActionDialog(const Theme &theme, QWidget *parent)
    : QDialog(parent)
    , m_theme(theme)
    , m_edge(new ProductionEdge(theme, this))
    , m_title(new Label(theme, TextSize::Mid, true))
    , m_risk(new Label(theme, TextSize::Caption, true))
    , m_badge(new EnvironmentBadge(theme))
    , m_place(new Label(theme))
    , m_state(new Card(theme))
    , m_stateText(new Label(theme))
    , m_changes(new Section(theme, u"action-changes"_s))
    , m_impact(new Section(theme, u"action-impact"_s))
    , m_checks(new Section(theme, u"action-checks"_s))
    , m_steps(new Section(theme, u"action-steps"_s))
    , m_wrong(new Section(theme, u"action-wrong"_s))
    , m_confirmation(new QWidget)
    , m_confirmationTitle(new Label(theme, TextSize::Body, true))
    , m_reasonLabel(new Label(theme))
    , m_reason(new QLineEdit)
    , m_nameLabel(new Label(theme))
    , m_name(new QLineEdit)
    , m_approvalLabel(new Label(theme))
    , m_approval(new Label(theme))
    , m_id(new Label(theme, TextSize::Caption))
    , m_again(button(u"action-again"_s, tr("Check again")))
    , m_ask(button(u"action-ask"_s, tr("Ask for approval")))
    , m_resume(button(u"action-resume"_s, tr("Resume…")))
    , m_undo(button(u"action-undo"_s, tr("Undo…")))
    , m_close(button(u"action-close"_s, tr("Cancel")))
    , m_act(button(u"action-act"_s, QString()))
{
    setObjectName(u"action-dialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    auto *content = new QWidget;
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(margin, margin, margin, margin);
    column->setSpacing(14);
    buildHead(column);
    m_impact->setTitle(tr("What it touches, measured now"));
    m_checks->setPaired(true);
    m_checks->setTitle(tr("Checked just now"));
    m_steps->setTitle(tr("Steps"));
    m_wrong->setTitle(tr("If it goes wrong"));
    for (Section *section : {m_changes, m_impact, m_checks, m_steps, m_wrong})
        column->addWidget(section);
    buildConfirmation();
    column->addWidget(m_confirmation);
    column->addStretch(1);

    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(content);
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, ProductionEdge::thickness, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(scroll, 1);
    buildFoot(outer);
    QSize size(theme.px(size100.width()), theme.px(size100.height()));
    if (const QScreen *on = parent == nullptr ? QGuiApplication::primaryScreen() : parent->screen())
        size = size.boundedTo(on->availableSize() - QSize(40, 40));
    resize(size);
}

void ActionDialog::buildHead(QVBoxLayout *column)
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
    m_place->setWordWrap(3);
    second->addWidget(m_badge, 0, Qt::AlignTop);
    second->addWidget(m_place, 1);
    m_state->setObjectName(u"action-state"_s);
    m_stateText->setObjectName(u"action-state-text"_s);
    m_stateText->setWordWrap(20);
    auto *body = new QVBoxLayout;
    body->setContentsMargins(0, 0, 0, 0);
    body->addWidget(m_stateText);
    m_state->setBody(body);
    column->addLayout(first);
    column->addLayout(second);
    column->addWidget(m_state);
}

void ActionDialog::buildConfirmation()
{
    m_confirmation->setObjectName(u"action-confirmation"_s);
    m_reason->setObjectName(u"action-reason"_s);
    m_reason->setMaxLength(static_cast<int>(maxReasonLength));
    m_name->setObjectName(u"action-name"_s);
    m_approval->setObjectName(u"action-approval"_s);
    m_approval->setWordWrap(6);
    m_approvalLabel->setText(tr("Second person"));
    auto *grid = new QGridLayout(m_confirmation);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    grid->addWidget(m_confirmationTitle, 0, 0, 1, 2);
    int row = 1;
    const std::pair<Label *, QWidget *> rows[]{
        {m_reasonLabel, m_reason}, {m_nameLabel, m_name}, {m_approvalLabel, m_approval}};
    for (const auto &[label, field] : rows) {
        label->setTone(Tone::Muted);
        grid->addWidget(label, row, 0);
        grid->addWidget(field, row++, 1);
    }
    grid->setColumnStretch(1, 1);
    connect(m_reason, &QLineEdit::textChanged, this, &ActionDialog::showButtons);
    connect(m_name, &QLineEdit::textChanged, this, &ActionDialog::showButtons);
}

void ActionDialog::buildFoot(QVBoxLayout *column)
{
    auto *foot = new QVBoxLayout;
    foot->setContentsMargins(margin, 10, margin, 12);
    foot->setSpacing(8);
    auto *row = new QHBoxLayout;
    auto *last = new QHBoxLayout;
    row->setSpacing(8);
    last->setSpacing(8);
    m_id->setObjectName(u"action-id"_s);
    m_id->setTone(Tone::Faint);
    QPushButton *copyAll = button(u"action-copy"_s, tr("Copy"));
    copyAll->setAccessibleName(tr("Copy all of this as text"));
    row->addWidget(m_id);
    row->addWidget(copyAll);
    row->addStretch(1);
    for (QPushButton *each : {m_again, m_ask, m_resume, m_undo})
        row->addWidget(each);
    last->addStretch(1);
    last->addWidget(m_close);
    last->addWidget(m_act);
    foot->addLayout(row);
    foot->addLayout(last);
    column->addLayout(foot);
    m_close->setFocus();
    connect(copyAll, &QPushButton::clicked, this, &ActionDialog::copy);
    connect(m_again, &QPushButton::clicked, this,
            [this] { Q_EMIT lookAgainRequested(isHigh() ? m_reason->text().trimmed() : QString()); });
    connect(m_ask, &QPushButton::clicked, this, &ActionDialog::approvalRequested);
    connect(m_resume, &QPushButton::clicked, this, [this] { offer(Way::Resume); });
    connect(m_undo, &QPushButton::clicked, this, [this] { offer(Way::Undo); });
    connect(m_close, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_act, &QPushButton::clicked, this, [this] {
        if (!isConfirmed())
            return;
        m_asked = false;
        Q_EMIT confirmed(m_way, m_reason->text().trimmed());
    });
}

void ActionDialog::setRun(const ActionRun &run)
{
    const bool isNew = run.id != m_run.id;
    const bool becameReady = run.phase == Phase::Ready && m_run.phase != Phase::Ready;
    m_run = run;
    if (isNew && run.plan)
        m_reason->setText(run.plan->reason);
    if (isNew)
        m_asked = run.phase != Phase::Earlier && run.phase != Phase::Looking;
    if (becameReady) { // another plan than the one that was confirmed
        m_asked = true;
        m_way = Way::Run;
        m_name->clear();
    }
    showHead();
    showState();
    if (run.plan)
        showPlan(*run.plan);
    showChecks();
    showSteps();
    showConfirmation();
    showButtons();
    if (becameReady && run.mayRun() && run.plan->risk != Risk::Low && !m_name->hasFocus())
        (run.plan->risk == Risk::High ? m_reason : m_name)->setFocus();
}

void ActionDialog::offer(Way way)
{
    m_way = way;
    m_asked = true;
    m_name->clear();
    showConfirmation();
    showButtons();
    if (m_name->isVisibleTo(this))
        m_name->setFocus();
    else
        m_close->setFocus();
}

std::optional<Plan> ActionDialog::plan() const
{
    std::optional<Plan> plan = m_run.plan;
    if (plan && m_run.phase == Phase::Ready && !isHigh())
        plan->reason = m_reason->text().trimmed();
    return plan;
}

void ActionDialog::showHead()
{
    const QString deed = words::deed(m_run);
    setWindowTitle(u"%1 · %2"_s.arg(deed, words::place(m_run)));
    m_title->setText(deed);
    m_badge->setEnvironment(m_run.environment);
    m_edge->setVisible(isProduction(m_run.environment));
    m_risk->setVisible(m_run.plan.has_value());
    if (!m_run.plan) {
        m_place->setText(words::place(m_run));
        return;
    }
    const Plan &plan = *m_run.plan;
    const bool isProved = std::ranges::any_of(m_run.checks, [](const Check &check) {
        return check.phrase.code == "target-proved"_L1 && check.result == Check::Result::Passed;
    });
    m_place->setText(isProved ? tr("%1, %2 at %3, proved to be this deployment's")
                                    .arg(words::text(plan.target.deployment), words::text(plan.target.system),
                                         words::text(plan.target.address))
                              : tr("%1, %2 at %3")
                                    .arg(words::text(plan.target.deployment), words::text(plan.target.system),
                                         words::text(plan.target.address)));
    m_risk->setText(words::say(plan.risk));
    m_risk->setTone(plan.risk == Risk::Low ? Tone::Muted : plan.risk == Risk::Medium ? Tone::Warn : Tone::Down);
}

void ActionDialog::say(Status status, const QString &title, const QString &text)
{
    m_state->setGlyph(status);
    m_state->setAccent(status);
    m_state->setTitle(title);
    m_stateText->setText(text);
    m_stateText->setVisible(!text.isEmpty());
}

void ActionDialog::showEnding()
{
    const Report &report = m_run.report;
    const QString name = words::text(m_run.deployment);
    if (report.ending == Ending::Undone && report.error)
        say(Status::Down, tr("It failed; all is as before"), words::explainActing(*report.error, false));
    else if (report.error)
        say(statusOf(report.ending), words::say(report.ending),
            words::explainActing(*report.error, m_run.isUnfinished));
    else
        say(statusOf(report.ending), words::say(report.ending),
            report.ending == Ending::Undone ? tr("%1 itself shows it as it was before.").arg(name)
                                            : tr("%1 itself shows it.").arg(name));
}

void ActionDialog::showState()
{
    const QString error = m_run.error ? words::explainActing(*m_run.error, false) : QString();
    switch (m_run.phase) {
    case Phase::Planning:
        say(Status::Unknown, tr("Reading how it is now…"), tr("Nothing is changed by this."));
        return;
    case Phase::Refused:
        say(Status::Down, tr("This cannot be done; nothing was changed"), error);
        return;
    case Phase::Checking:
        say(Status::Unknown, tr("Checking…"), tr("Nothing is changed by this."));
        return;
    case Phase::Ready:
        if (m_run.error)
            say(Status::Down, tr("That could not be done; nothing was changed"), error);
        else if (isHigh() && failed(m_run.check(u"reason-given")))
            say(Status::Degraded, tr("It is of high risk: give a reason first"),
                tr("What a second person approves has it in it. Nothing was changed."));
        else if (isHigh() && failed(m_run.check(u"approved")) && countFailed(m_run) == 1)
            say(Status::Degraded,
                m_run.isAsked ? tr("It waits for a second person") : tr("It is of high risk: it needs a second person"),
                tr("Nothing was changed."));
        else if (countFailed(m_run) > 0)
            say(Status::Down, tr("A check refuses it; nothing was changed"),
                tr("What is wrong stands below. Mend it, and check again."));
        else
            say(Status::Ok, tr("Ready; nothing was changed yet"),
                m_run.plan->risk == Risk::Low ? tr("Every check lets it pass.")
                                              : tr("Every check lets it pass. Confirm below to have it done."));
        return;
    case Phase::Looking:
        say(Status::Unknown, tr("Looking how its steps stand…"), tr("Nothing is changed by this."));
        return;
    case Phase::Earlier:
        if (m_run.error)
            say(Status::Down, tr("How it stands cannot be read; nothing was changed"), error);
        else if (m_run.isUnfinished)
            say(Status::Degraded, tr("It was begun and never came to its end"),
                tr("Below is how its steps stand now. Resume does what is left; undo takes back what was done. Each "
                   "looks before it does anything."));
        else
            say(Status::Muted, tr("It has ended"), tr("Below is how its steps stand now."));
        return;
    case Phase::Running:
        say(Status::Unknown, m_run.way == Way::Undo ? tr("Being undone…") : tr("Running…"),
            tr("It goes on when this window is closed. The bar below the window's title leads back here."));
        return;
    case Phase::Ended:
        showEnding();
        return;
    }
}

void ActionDialog::showPlan(const Plan &plan)
{
    const bool isDone = m_run.phase == Phase::Ended &&
                        (m_run.report.ending == Ending::Done || m_run.report.ending == Ending::DoneWarned);
    const bool isOver = m_run.phase == Phase::Ended || m_run.phase == Phase::Earlier;
    m_changes->setTitle(isDone ? tr("What was changed") : isOver ? tr("What was to change") : tr("What will change"));
    QList<Section::Line> changes;
    for (const Change &change : plan.changes) {
        const words::ChangeWords said = words::wordsOf(plan, change);
        changes.append({.glyph = {}, .cells = {said.what, said.before, u"→ "_s + said.after}});
    }
    m_changes->setLines(changes);
    QList<Section::Line> impact;
    for (const Measure &each : plan.impact)
        impact.append({.glyph = {}, .cells = {words::sentence(each)}});
    m_impact->setLines(impact);
    QList<Section::Line> wrong;
    for (const QString &each : words::ifItGoesWrong(plan))
        wrong.append({.glyph = {}, .cells = {each}, .tone = Tone::Muted});
    m_wrong->setLines(wrong);
}

void ActionDialog::showChecks()
{
    QList<Section::Line> lines;
    for (const Check &check : m_run.checks) {
        const Status status = statusOf(check.result);
        lines.append({.glyph = status,
                      .cells = {words::finding(check)},
                      .tone = status == Status::Ok ? Tone::Text : toneOf(status)});
    }
    if (m_run.phase == Phase::Checking)
        lines = {{.glyph = Status::Unknown, .cells = {tr("The journal, the target and its state are being checked")}}};
    m_checks->setLines(lines);
}

void ActionDialog::showSteps()
{
    QList<Section::Line> lines;
    const qsizetype count = m_run.plan ? m_run.plan->steps.size() : 0;
    for (qsizetype i = 0; i < count; ++i) {
        const QString step = words::sentence(m_run.plan->steps[i]);
        if (i >= m_run.report.steps.size()) {
            lines.append({.glyph = {}, .cells = {step}, .mark = QString::number(i + 1)});
            continue;
        }
        const StepReport &report = m_run.report.steps[i];
        const Status status = statusOf(report.state);
        QString said = u"%1 %2"_s.arg(i + 1).arg(step);
        if (report.error)
            said += u'\n' + words::text(report.error->message);
        lines.append({.glyph = status,
                      .cells = {said, words::say(report.state)},
                      .tone = status == Status::Down ? Tone::Down : Tone::Text});
    }
    m_steps->setLines(lines);
}

bool ActionDialog::isHigh() const
{
    return m_run.plan && m_run.plan->risk == Risk::High && m_way == Way::Run;
}

bool ActionDialog::isOffered() const
{
    if (!m_run.plan || m_run.isBusy() || !m_asked)
        return false;
    if (m_way == Way::Run)
        return m_run.mayRun();
    return m_run.phase == Phase::Earlier || m_run.phase == Phase::Ended;
}

bool ActionDialog::isConfirmed() const
{
    if (!isOffered())
        return false;
    const Risk risk = m_run.plan->risk;
    if (risk != Risk::Low && m_name->text() != m_run.plan->target.deployment)
        return false;
    return !isHigh() || m_reason->text().trimmed() == m_run.plan->reason; // as it was approved
}

void ActionDialog::showConfirmation()
{
    const bool isAsked = isOffered() || (isHigh() && m_run.phase == Phase::Ready);
    m_confirmation->setVisible(isAsked && m_run.plan->risk != Risk::Low);
    if (!isAsked)
        return;
    m_confirmationTitle->setText(m_way == Way::Undo     ? tr("Confirm undoing it")
                                 : m_way == Way::Resume ? tr("Confirm resuming it")
                                                        : tr("Confirm"));
    const QString name = words::text(m_run.plan->target.deployment);
    m_nameLabel->setText(tr("Type %1").arg(name));
    m_name->setAccessibleName(m_nameLabel->text());
    m_reasonLabel->setText(isHigh() ? tr("Reason") : tr("Reason (optional)"));
    m_reason->setAccessibleName(m_reasonLabel->text());
    for (QWidget *widget : {static_cast<QWidget *>(m_reasonLabel), static_cast<QWidget *>(m_reason)})
        widget->setVisible(m_way == Way::Run);
    showApproval();
}

void ActionDialog::showApproval()
{
    const Check *approved = isHigh() ? m_run.check(u"approved") : nullptr;
    m_approvalLabel->setVisible(isHigh());
    m_approval->setVisible(isHigh());
    if (approved == nullptr)
        m_approval->setText(tr("not checked yet"));
    else if (!approved->error)
        m_approval->setText(words::sentence(approved->phrase));
    else if (m_run.isAsked)
        m_approval->setText(tr("%1\nThey see it with: quarterdeck-cli approve %2 --profile FILE --confirm %3")
                                .arg(words::text(approved->error->message),
                                     QString::fromLatin1(m_run.plan->id().toHex().first(12)),
                                     words::text(m_run.plan->target.deployment)));
    else
        m_approval->setText(words::text(approved->error->message));
}

void ActionDialog::showButtons()
{
    const Phase phase = m_run.phase;
    const bool hasFailed = countFailed(m_run) > 0;
    const bool hasNewReason = isHigh() && phase == Phase::Ready && m_reason->text().trimmed() != m_run.plan->reason;
    const bool isUndone = m_run.report.ending == Ending::Undone || m_run.report.ending == Ending::Refused;
    const bool hasEnded = phase == Phase::Ended;
    const bool mayBringToAnEnd = m_run.plan && (phase == Phase::Earlier || hasEnded);
    m_ask->setVisible(isHigh() && phase == Phase::Ready && !hasNewReason && failed(m_run.check(u"approved")) &&
                      !failed(m_run.check(u"reason-given")) && !m_run.isAsked);
    m_again->setVisible(phase == Phase::Refused || (phase == Phase::Ready && (hasFailed || hasNewReason)) ||
                        phase == Phase::Earlier || (hasEnded && m_run.report.ending == Ending::Refused) ||
                        (hasEnded && m_run.isUnfinished));
    m_again->setText(mayBringToAnEnd && m_run.isUnfinished ? tr("Verify again")
                     : hasNewReason                        ? tr("Plan with this reason")
                                                           : tr("Check again"));
    const bool offersResume = isOffered() && m_way == Way::Resume;
    const bool offersUndo = isOffered() && m_way == Way::Undo;
    m_resume->setVisible(mayBringToAnEnd && m_run.isUnfinished && !offersResume);
    m_undo->setVisible(mayBringToAnEnd && !m_run.plan->undo.isEmpty() && (m_run.isUnfinished || !isUndone) &&
                       !offersUndo);
    m_close->setText(phase == Phase::Running || hasEnded || phase == Phase::Earlier ? tr("Close") : tr("Cancel"));
    const bool isReady = phase == Phase::Ready || phase == Phase::Checking || isOffered();
    m_act->setVisible(m_run.plan && isReady && (m_way == Way::Run ? phase != Phase::Earlier : isOffered()));
    const QString deed = words::deed(m_run);
    const QString name = words::text(m_run.deployment);
    m_act->setText(plain(m_way == Way::Undo     ? tr("Undo in %1: %2").arg(name, deed)
                         : m_way == Way::Resume ? tr("Resume in %1: %2").arg(name, deed)
                                                : tr("%1 in %2").arg(deed, name)));
    m_act->setEnabled(isConfirmed());
    if (const bool isDanger = isProduction(m_run.environment); m_act->property("danger").toBool() != isDanger) {
        m_act->setProperty("danger", isDanger);
        m_act->style()->unpolish(m_act); // a style sheet looks once
        m_act->style()->polish(m_act);
    }
    const std::optional<Plan> shown = plan();
    m_id->setText(shown ? tr("Plan %1").arg(shortId(shown->id())) : QString());
}

void ActionDialog::copy() const
{
    QStringList text{windowTitle(), m_place->text()};
    if (m_risk->isVisibleTo(this))
        text.append(m_risk->text());
    text.append(m_state->title());
    if (!m_stateText->text().isEmpty())
        text.append(m_stateText->text());
    for (const Section *section : {m_changes, m_impact, m_checks, m_steps, m_wrong})
        text += section->text();
    text.append(m_id->text());
    QGuiApplication::clipboard()->setText(text.join(u'\n'));
}

void ActionDialog::resizeEvent(QResizeEvent *event)
{
    QDialog::resizeEvent(event);
    m_edge->setGeometry(0, 0, width(), ProductionEdge::thickness);
    m_edge->raise();
}

} // namespace qd
