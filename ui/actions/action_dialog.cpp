/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/action_dialog.h"

#include "actions/action_head.h"
#include "actions/confirmation.h"
#include "actions/sections.h"
#include "profile/environment.h"
#include "theme/hatching.h"
#include "theme/text_label.h"
#include "words/action_words.h"
#include "words/words.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QScrollBar>
#include <QStyle>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
using Phase = ActionRun::Phase;
using Way = ActionRun::Way;
constexpr int margin = 16;
constexpr QSize size100{700, 240}; ///< it grows to what it holds

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
    , m_content(new QWidget)
    , m_scroll(new QScrollArea(this))
    , m_foot(new QBoxLayout(QBoxLayout::LeftToRight))
    , m_edge(new ProductionEdge(theme, this))
    , m_head(new ActionHead(theme))
    , m_changes(new Section(theme, u"action-changes"_s))
    , m_impact(new Section(theme, u"action-impact"_s))
    , m_checks(new Section(theme, u"action-checks"_s))
    , m_steps(new Section(theme, u"action-steps"_s))
    , m_wrong(new Section(theme, u"action-wrong"_s))
    , m_confirmation(new Confirmation(theme))
    , m_waiting(new QTimer(this))
    , m_again(button(u"action-again"_s, tr("Check again")))
    , m_ask(button(u"action-ask"_s, tr("Ask for approval")))
    , m_resume(button(u"action-resume"_s, tr("Resume…")))
    , m_undo(button(u"action-undo"_s, tr("Undo…")))
    , m_keep(button(u"action-keep"_s, tr("Let it stay…")))
    , m_settle(button(u"action-settle"_s, tr("Settle…")))
    , m_close(button(u"action-close"_s, tr("Cancel")))
    , m_act(button(u"action-act"_s, QString()))
{
    setObjectName(u"action-dialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    auto *column = new QVBoxLayout(m_content);
    column->setContentsMargins(margin, margin, margin, margin);
    column->setSpacing(10);
    column->addWidget(m_head);
    m_checks->setPaired(true);
    m_checks->setTitle(tr("Checked just now"));
    m_steps->setTitle(tr("Steps"));
    m_wrong->setTitle(tr("If it goes wrong"));
    for (Section *section : {m_changes, m_impact, m_checks, m_steps, m_wrong})
        column->addWidget(section);
    column->addWidget(m_confirmation);
    column->addStretch(1);

    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setWidget(m_content);
    m_content->installEventFilter(this);
    installEventFilter(this);
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, ProductionEdge::thickness, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(m_scroll, 1);
    buildFoot(outer);
    resize(QSize(theme.px(size100.width()), theme.px(size100.height())).boundedTo(largest()));
}

QSize ActionDialog::largest() const
{
    const QScreen *on = parentWidget() == nullptr ? QGuiApplication::primaryScreen() : parentWidget()->screen();
    return on == nullptr ? QSize(QWIDGETSIZE_MAX, QWIDGETSIZE_MAX) : on->availableSize() - QSize(40, 40);
}

void ActionDialog::growToContent()
{
    // Beside a scroll bar: what fits only without one keeps the one it has.
    const int bar = m_scroll->verticalScrollBar()->sizeHint().width();
    const int content = m_content->layout()->totalHeightForWidth(m_scroll->width() - bar);
    const int wanted = std::min(ProductionEdge::thickness + content + m_foot->sizeHint().height(), largest().height());
    const bool isOther = wanted != std::exchange(m_wantedHeight, wanted);
    // Never lower: its buttons would move under the pointer. And what a person made smaller stays so.
    if (!isOther || wanted <= height())
        return;
    resize(width(), wanted);
    const int below = frameGeometry().bottom() - screen()->availableGeometry().bottom();
    if (isVisible() && below > 0)
        move(x(), std::max(screen()->availableGeometry().top(), y() - below));
}

bool ActionDialog::eventFilter(QObject *object, QEvent *event)
{
    if ((object == m_content || object == this) && event->type() == QEvent::LayoutRequest)
        QMetaObject::invokeMethod(this, &ActionDialog::growToContent, Qt::QueuedConnection);
    return QDialog::eventFilter(object, event);
}

void ActionDialog::showEvent(QShowEvent *event)
{
    layout()->activate();
    growToContent();
    QDialog::showEvent(event);
}

void ActionDialog::buildFoot(QVBoxLayout *column)
{
    m_foot->setContentsMargins(margin, 10, margin, 12);
    m_foot->setSpacing(8);
    auto *row = new QHBoxLayout;
    auto *last = new QHBoxLayout;
    row->setSpacing(8);
    last->setSpacing(8);
    QPushButton *copyAll = button(u"action-copy"_s, tr("Copy"));
    copyAll->setAccessibleName(tr("Copy all of this as text"));
    row->addWidget(copyAll);
    row->addStretch(1);
    for (QPushButton *each : {m_again, m_ask, m_keep, m_settle, m_resume, m_undo})
        row->addWidget(each);
    last->addStretch(1);
    last->addWidget(m_close);
    last->addWidget(m_act);
    m_foot->addLayout(row, 1);
    m_foot->addLayout(last);
    column->addLayout(m_foot);
    m_close->setFocus();
    setTabOrder(m_act, copyAll);
    connect(m_confirmation, &Confirmation::typed, this, [this] {
        if (m_run.plan)
            showPlan(*plan());
        showButtons();
    });
    connect(copyAll, &QPushButton::clicked, this, &ActionDialog::copy);
    connect(m_again, &QPushButton::clicked, this,
            [this] { Q_EMIT lookAgainRequested(isHigh() ? m_confirmation->said() : Confirmed()); });
    connect(m_ask, &QPushButton::clicked, this, &ActionDialog::approvalRequested);
    m_waiting->setInterval(10s);
    connect(m_waiting, &QTimer::timeout, this, &ActionDialog::approvalAwaited);
    connect(m_resume, &QPushButton::clicked, this, [this] { offer(Way::Resume); });
    connect(m_undo, &QPushButton::clicked, this, [this] { offer(Way::Undo); });
    connect(m_keep, &QPushButton::clicked, this, [this] { offer(Way::Keep); });
    connect(m_settle, &QPushButton::clicked, this, [this] { offer(Way::Settle); });
    connect(m_close, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_act, &QPushButton::clicked, this, [this] {
        if (!isConfirmed())
            return;
        m_asked = false;
        m_confirmation->giveSecret(m_run);
        Q_EMIT confirmed(m_way, m_confirmation->said());
    });
}

void ActionDialog::setRun(const ActionRun &run)
{
    const bool isNew = run.id != m_run.id;
    const bool isNextPhase = isNew || run.phase != m_run.phase;
    const bool becameReady = run.phase == Phase::Ready && m_run.phase != Phase::Ready;
    m_run = run;
    if (isNew && run.plan && !run.asked)
        m_confirmation->take(*run.plan);
    if (isNew && run.asked)
        m_way = Way::Approve;
    if (isNew)
        m_asked = run.phase != Phase::Earlier && run.phase != Phase::Looking;
    if (becameReady) { // another plan than the one that was confirmed
        m_asked = true;
        m_way = Way::Run;
        m_confirmation->clearName();
    }
    m_edge->setVisible(isProduction(run.environment));
    showDeed();
    showChecks();
    showSteps();
    showConfirmation();
    showButtons();
    if (!run.waitsForApproval())
        m_waiting->stop();
    else if (!m_waiting->isActive())
        m_waiting->start();
    if (isNextPhase)
        moveFocus();
}

void ActionDialog::showDeed()
{
    setWindowTitle(u"%1 · %2"_s.arg(deed(), words::place(m_run)));
    m_head->setRun(m_run, deed());
    if (m_run.plan)
        showPlan(*plan());
}

void ActionDialog::moveFocus()
{
    const bool isReady = m_run.phase == Phase::Ready;
    const bool needsReason = isHigh() && (!m_run.plan || m_run.plan->reason.trimmed().isEmpty());
    const bool isFirst = isReady ? needsReason : m_way == Way::Settle;
    const bool asks = isOffered() || (isReady && isHigh());
    if (asks && isReady && m_confirmation->hasName())
        return;
    if (!asks || !m_confirmation->focus(isFirst))
        m_close->setFocus();
}

bool ActionDialog::isUndo() const
{
    if (m_run.asked)
        return m_run.asked->isUndo;
    if (m_run.phase == Phase::Running)
        return m_run.way == Way::Undo;
    if (m_run.phase == Phase::Ended && (!isOffered() || m_way == Way::Run))
        return m_run.way == Way::Undo;
    return m_way == Way::Undo;
}

bool ActionDialog::isToCome() const
{
    const bool isOver = m_run.phase == Phase::Ended || m_run.phase == Phase::Earlier;
    return !isOver || (isUndo() && (m_run.phase == Phase::Earlier || isOffered()));
}

QString ActionDialog::deed() const
{
    return !m_run.plan ? words::deed(m_run) : isUndo() ? words::deedOfUndo(*m_run.plan) : words::deed(*m_run.plan);
}

void ActionDialog::offer(Way way)
{
    m_way = way;
    m_asked = true;
    m_confirmation->clearName();
    if (way == Way::Settle || way == Way::Keep) // the plan's own reason says nothing of that
        m_confirmation->clearReason();
    showDeed();
    showConfirmation();
    showButtons();
    moveFocus();
}

std::optional<Plan> ActionDialog::plan() const
{
    std::optional<Plan> plan = m_run.plan;
    if (plan && m_run.phase == Phase::Ready && !isHigh())
        plan->reason = m_confirmation->reason();
    if (plan && m_run.phase == Phase::Ready && !isHigh() && canRevertByItself(*plan))
        plan->revertAfter = m_confirmation->said().revertAfter;
    return plan;
}

void ActionDialog::showPlan(const Plan &plan)
{
    const Ending ending = m_run.report.ending;
    const bool isDone =
        m_run.phase == Phase::Ended &&
        (m_run.way == Way::Undo ? ending == Ending::Undone : ending == Ending::Done || ending == Ending::DoneWarned);
    m_changes->setTitle(isToCome() ? tr("What will change")
                        : isDone   ? tr("What was changed")
                                   : tr("What was to change"));
    QList<Section::Line> changes;
    for (const Change &change : plan.changes) {
        const words::ChangeWords said = words::wordsOf(plan, change);
        const QString &before = isUndo() ? said.after : said.before;
        const QString &after = isUndo() ? said.before : said.after;
        changes.append({.glyph = {}, .cells = {said.what, before, u"→ "_s + after}, .tip = said.key});
    }
    m_changes->setLines(changes);
    showImpact(plan);
    showWrong(plan);
}

void ActionDialog::showImpact(const Plan &plan)
{
    QList<Section::Line> lines;
    for (const Measure &each : plan.impact)
        lines.append({.glyph = {}, .cells = {words::sentence(each)}});
    const bool isPlanned = m_run.phase == Phase::Ready || m_run.phase == Phase::Checking;
    m_impact->setTitle(lines.isEmpty() ? tr("What it touches")
                       : isPlanned
                           ? tr("What it touches, measured now")
                           : tr("What it touches, as it was measured at %1").arg(words::shortTime(plan.madeAt)));
    if (isToCome() || (m_run.phase == Phase::Earlier && m_run.isUnfinished)) {
        for (const QString &each : words::meanwhile(plan, isUndo()))
            lines.append({.glyph = {}, .cells = {each}});
    }
    m_impact->setLines(lines);
}

void ActionDialog::showWrong(Plan plan)
{
    QList<Section::Line> lines;
    const bool isOver = (m_run.phase == Phase::Ended || m_run.phase == Phase::Earlier) && !m_run.isUnfinished;
    // It stands where it is chosen; and what a person let stay, or what was not done, is not undone any more.
    if (m_run.phase == Phase::Ready || (isOver && !m_run.revertsAt))
        plan.revertAfter = {};
    const bool isUndone = m_run.phase == Phase::Ended && m_run.report.ending == Ending::Undone;
    if (!isUndone) { // else nothing of it is left to go wrong
        for (const QString &each : words::ifItGoesWrong(plan, isUndo()))
            lines.append({.glyph = {}, .cells = {each}, .tone = Tone::Muted});
        if (plan.undo.isEmpty()) {
            lines.first().glyph = Status::Degraded;
            lines.first().tone = Tone::Text;
        }
    }
    m_wrong->setLines(lines);
}

void ActionDialog::showChecks()
{
    QList<Section::Line> lines;
    const QStringList names = words::namesOf(m_run);
    for (const Check &check : m_run.checks) {
        // A person who is waited for has refused nothing; what is to be done for it stands where it is confirmed.
        const bool isWaiting = check.phrase.code == "approved"_L1 && check.error && awaitsApproval();
        const Status status = isWaiting ? Status::Degraded : statusOf(check.result);
        lines.append({.glyph = status,
                      .cells = {isWaiting ? words::sentence(check.phrase) : words::finding(check, names)},
                      .tone = status == Status::Ok ? Tone::Text : toneOf(status)});
    }
    if (m_run.phase == Phase::Checking)
        lines = {{.cells = {tr("The journal, the target and its state are being checked")}, .isWorking = true}};
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
        QString said = step;
        if (report.error)
            said += u'\n' + words::text(report.error->message);
        lines.append({.glyph = status,
                      .cells = {said, words::say(report.state)},
                      .tone = status == Status::Down ? Tone::Down : Tone::Text,
                      .mark = QString::number(i + 1),
                      .isWorking = report.state == StepReport::State::Running});
    }
    m_steps->setLines(lines);
}

bool ActionDialog::isHigh() const
{
    return qd::isHigh(m_run, m_way);
}

bool ActionDialog::awaitsApproval() const
{
    return isHigh() && m_run.phase == Phase::Ready && m_run.hasFailed(u"approved");
}

bool ActionDialog::isOffered() const
{
    if (!m_run.plan || m_run.isBusy() || !m_asked)
        return false;
    if (m_way == Way::Run)
        return m_run.mayRun();
    if (m_way == Way::Approve)
        return m_run.mayApprove();
    if (m_way == Way::Settle)
        return m_run.maySettle();
    if (m_way == Way::Keep)
        return m_run.revertsAt && (m_run.phase == Phase::Earlier || m_run.phase == Phase::Ended);
    const bool isRefused = m_run.phase == Phase::Earlier && m_run.countFailed() > 0;
    return (m_run.phase == Phase::Earlier && !isRefused) || m_run.phase == Phase::Ended;
}

bool ActionDialog::isConfirmed() const
{
    return isOffered() && m_confirmation->confirms(m_run, m_way);
}

void ActionDialog::showConfirmation()
{
    m_confirmation->setRun(m_run, m_way, isOffered() || (isHigh() && m_run.phase == Phase::Ready));
}

void ActionDialog::showButtons()
{
    m_foot->setDirection(QBoxLayout::TopToBottom); // else each that is shown widens the window at once
    const Phase phase = m_run.phase;
    const bool hasFailed = m_run.countFailed() > 0;
    const Confirmed said = m_confirmation->said();
    const bool hasNewReason = isHigh() && phase == Phase::Ready &&
                              (said.reason != m_run.plan->reason || said.revertAfter != m_run.plan->revertAfter);
    const bool isUndone = m_run.report.ending == Ending::Undone || m_run.report.ending == Ending::Refused;
    const bool hasEnded = phase == Phase::Ended;
    const bool mayBringToAnEnd = m_run.plan && (phase == Phase::Earlier || hasEnded);
    const bool isUndoUnapproved = phase == Phase::Earlier && !m_run.isUnfinished && m_run.countFailed() == 1;
    m_ask->setVisible(((isHigh() && phase == Phase::Ready && !hasNewReason) || isUndoUnapproved) &&
                      m_run.hasFailed(u"approved") && !m_run.hasFailed(u"reason-given") && !m_run.isAsked);
    m_again->setVisible(phase == Phase::Refused || (phase == Phase::Ready && (hasFailed || hasNewReason)) ||
                        phase == Phase::Earlier || phase == Phase::Review ||
                        (hasEnded && m_run.report.ending == Ending::Refused) || (hasEnded && m_run.isUnfinished));
    m_again->setText(mayBringToAnEnd && m_run.isUnfinished ? tr("Verify again")
                     : hasNewReason                        ? tr("Plan with this")
                                                           : tr("Check again"));
    const bool offersResume = isOffered() && m_way == Way::Resume;
    const bool offersUndo = isOffered() && m_way == Way::Undo;
    m_resume->setVisible(mayBringToAnEnd && m_run.isUnfinished && !offersResume);
    m_undo->setVisible(mayBringToAnEnd && !m_run.plan->undo.isEmpty() && (m_run.isUnfinished || !isUndone) &&
                       !offersUndo && (phase != Phase::Earlier || !hasFailed));
    m_keep->setVisible(mayBringToAnEnd && m_run.revertsAt && (!isOffered() || m_way != Way::Keep));
    m_settle->setVisible(m_run.maySettle() && (!isOffered() || m_way != Way::Settle));
    m_close->setText(phase == Phase::Running || phase == Phase::Approved || hasEnded || phase == Phase::Earlier
                         ? tr("Close")
                         : tr("Cancel"));
    const bool isReady = phase == Phase::Ready || phase == Phase::Checking || isOffered();
    m_act->setVisible(m_run.plan && isReady && (m_way == Way::Run ? phase != Phase::Earlier : isOffered()));
    m_act->setText(plain(actText()));
    m_act->setEnabled(isConfirmed());
    if (const bool isDanger = isProduction(m_run.environment); m_act->property("danger").toBool() != isDanger) {
        m_act->setProperty("danger", isDanger);
        m_act->style()->unpolish(m_act); // a style sheet looks once
        m_act->style()->polish(m_act);
    }
    const std::optional<Plan> shown = plan();
    m_head->setId(shown ? shortId(shown->id()) : QString());
    fitFoot();
}

void ActionDialog::fitFoot()
{
    int wanted = 2 * margin + m_foot->spacing();
    for (int i = 0; i < m_foot->count(); ++i) {
        m_foot->itemAt(i)->invalidate(); // what was shown or hidden just now counts
        wanted += m_foot->itemAt(i)->sizeHint().width();
    }
    m_foot->setDirection(wanted <= width() ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

QString ActionDialog::actText() const
{
    const QString name = words::text(m_run.deployment);
    const QString undo = m_way == Way::Undo && m_run.plan ? words::undoDeed(*m_run.plan) : QString();
    switch (m_way) {
    case Way::Undo:
        return undo.isEmpty() ? tr("Undo in %1: %2").arg(name, m_run.plan ? words::undoing(*m_run.plan) : QString())
                              : tr("%1 in %2").arg(undo, name);
    case Way::Resume:
        return tr("Resume in %1: %2").arg(name, deed());
    case Way::Keep:
        return tr("Let it stay in %1: %2").arg(name, deed());
    case Way::Settle:
        return tr("Settle in %1: %2").arg(name, deed());
    case Way::Approve:
        return tr("Approve in %1: %2").arg(name, deed());
    case Way::Run:
        break;
    }
    return tr("%1 in %2").arg(deed(), name);
}

void ActionDialog::copy() const
{
    QStringList text = QStringList{windowTitle()} + m_head->text();
    for (const Section *section : {m_changes, m_impact, m_checks, m_steps, m_wrong})
        text += section->text();
    QGuiApplication::clipboard()->setText(text.join(u'\n'));
}

void ActionDialog::resizeEvent(QResizeEvent *event)
{
    QDialog::resizeEvent(event);
    fitFoot();
    m_edge->setGeometry(0, 0, width(), ProductionEdge::thickness);
    m_edge->raise();
}

} // namespace qd
