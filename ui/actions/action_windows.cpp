/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/action_windows.h"

#include "actions/action_bar.h"
#include "actions/action_dialog.h"
#include "actions/close_dialog.h"
#include "actions/secret_shelf.h"
#include "words/action_words.h"
#include "words/audit_words.h"
#include "words/words.h"

#include <QWidget>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
using Phase = ActionRun::Phase;

QString nameOf(const ActionRun &run)
{
    return QObject::tr("%1 in %2").arg(words::deed(run), words::place(run));
}

/// What it made and nobody was handed.
QStringList notHandedOver(const ActionRun &run)
{
    return run.plan ? secretShelf().notHandedOver(run.plan->id()) : QStringList();
}

/// Nobody can be handed it any more.
bool isGone(const ActionRun &run, const QString &key)
{
    return !secretShelf().names(SecretShelf::Way::Made, run.plan->id()).contains(key);
}

QString endOf(const ActionRun &run)
{
    const QString said = QObject::tr("%1: %2").arg(nameOf(run), words::say(run.report.ending));
    const QString key = notHandedOver(run).value(0);
    return key.isEmpty()      ? said
           : isGone(run, key) ? QObject::tr("%1. Nobody was handed the new key %2, and it is gone: issue another one")
                                    .arg(said, words::text(key))
                              : QObject::tr("%1. A new key waits to be handed over").arg(said);
}

QString byItself(const ActionRun &run)
{
    const QString said = words::say(run.report.ending);
    const QString end = run.report.error ? u"%1. %2"_s.arg(said, words::text(run.report.error->message)) : said;
    return QObject::tr("%1: it was due to be taken back by itself. %2").arg(nameOf(run), end);
}

Status statusOf(Ending ending)
{
    return ending == Ending::Done      ? Status::Ok
           : ending == Ending::Undone  ? Status::Muted
           : ending == Ending::Settled ? Status::Muted
           : ending == Ending::Refused ? Status::Down
                                       : Status::Degraded;
}
} // namespace

ActionWindows::ActionWindows(Acting &acting, const Theme &theme, ActionBar &bar, QWidget &window)
    : QObject(&window)
    , m_acting(acting)
    , m_theme(theme)
    , m_bar(bar)
    , m_window(window)
{
    connect(&acting, &Acting::changed, this, &ActionWindows::onChange);
    connect(&acting, &Acting::newsChanged, this, &ActionWindows::showBar);
    connect(&acting, &Acting::revealNoted, this,
            [this](qint64 id, const QString &name, Reveal reveal, const QString &error) {
                if (const QPointer<ActionDialog> dialog = m_dialogs.value(id))
                    dialog->revealNoted(name, reveal, error);
            });
    m_keeping.setSingleShot(true);
    connect(&m_keeping, &QTimer::timeout, this, &ActionWindows::showBar);
    connect(&bar, &ActionBar::chosen, this, &ActionWindows::choose);
    connect(&bar, &ActionBar::dismissed, this, &ActionWindows::dismiss);
}

void ActionWindows::plan(const Profile &profile, const QString &settings, const Wish &wish)
{
    open(m_acting.plan(profile, settings, wish));
}

void ActionWindows::takeUp(const Profile &profile, const ActionRecord &record, ActionRun::Way way)
{
    for (const ActionRun &run : m_acting.runs()) {
        if (!run.plan || run.plan->id() != record.planId)
            continue;
        if (!run.isByItself || run.isBusy()) {
            open(run.id, way);
            return;
        }
        m_acting.leave(run.id); // what nobody pressed a button for has nothing to go on with
    }
    open(m_acting.takeUp(profile, record), way);
}

void ActionWindows::review(const Profile &profile, const AskedPlan &asked)
{
    for (const ActionRun &run : m_acting.runs()) {
        if (run.asked == asked) {
            open(run.id);
            return;
        }
    }
    open(m_acting.review(profile, asked));
}

void ActionWindows::open(qint64 id, ActionRun::Way way)
{
    const ActionRun *run = m_acting.run(id);
    if (run == nullptr)
        return;
    QPointer<ActionDialog> &dialog = m_dialogs[id];
    if (!dialog) {
        dialog = new ActionDialog(m_theme, &m_window);
        connect(dialog, &ActionDialog::confirmed, this,
                [this, id](ActionRun::Way chosen, const Confirmed &said) { m_acting.carryOut(id, chosen, said); });
        connect(dialog, &ActionDialog::lookAgainRequested, this,
                [this, id](const Confirmed &said) { m_acting.lookAgain(id, said); });
        connect(dialog, &ActionDialog::approvalRequested, this, [this, id] { m_acting.askForApproval(id); });
        connect(dialog, &ActionDialog::revealRequested, this,
                [this, id](const QString &name, Reveal reveal) { m_acting.noteReveal(id, name, reveal); });
        connect(dialog, &ActionDialog::approvalAwaited, this, [this, id] { m_acting.lookForApproval(id); });
        connect(dialog, &QDialog::finished, this, [this, id] { closed(id); });
    }
    dialog->setRun(*run);
    if (way != ActionRun::Way::Run)
        dialog->offer(way);
    dialog->show();
    dialog->raise();
    dialog->activateWindow();
    showBar();
}

void ActionWindows::closed(qint64 id)
{
    m_dialogs.remove(id);
    m_acting.leave(id);
    showBar();
}

void ActionWindows::onChange(qint64 id)
{
    const ActionRun *run = m_acting.run(id);
    if (const QPointer<ActionDialog> dialog = m_dialogs.value(id); dialog && run != nullptr)
        dialog->setRun(*run);
    showBar();
    if (m_closesAfter && !m_acting.isActing()) {
        m_closesAfter = false;
        Q_EMIT closeAgain();
    }
}

void ActionWindows::showBar()
{
    QList<ActionBar::Row> rows;
    for (const ActionRun &run : m_acting.runs()) {
        const QString key = u"run/%1"_s.arg(run.id);
        if (run.phase == Phase::Running)
            rows.append({.key = key,
                         .status = Status::Unknown,
                         .text = tr("%1: running, %2").arg(nameOf(run), words::progress(run)),
                         .isRunning = true});
        else if (run.phase == Phase::Ended && !m_dialogs.value(run.id))
            rows.append({.key = key,
                         .status = statusOf(run.report.ending),
                         .text = run.isByItself ? byItself(run) : endOf(run),
                         .canBeDismissed = true});
    }
    const bool mayGo = std::ranges::any_of(m_acting.runs(), [](const ActionRun &run) {
        return std::ranges::any_of(notHandedOver(run), [&](const QString &key) { return !isGone(run, key); });
    });
    if (mayGo)
        m_keeping.start(1s);
    const JournalNews &news = m_acting.news();
    for (const ActionRecord &record : news.records) {
        const bool isHere = std::ranges::any_of(
            m_acting.runs(), [&](const ActionRun &run) { return run.plan && run.plan->id() == record.planId; });
        if (record.isUnfinished && !isHere)
            rows.append({.key = u"unfinished/"_s + record.deployment,
                         .status = Status::Degraded,
                         .text = tr("%1 in %2: begun by %3 and never ended. Activity of %2 offers to verify, resume or "
                                    "undo it.")
                                     .arg(words::deed(record), words::text(record.deployment),
                                          words::text(record.operatorId))});
    }
    if (news.found && !news.found->whole())
        rows.append(
            {.key = u"journal/damaged"_s,
             .status = Status::Down,
             .text = tr("The journal of actions is damaged: %1").arg(words::sentence(news.found->damages.first())),
             .canBeDismissed = true});
    if (news.error) {
        const words::ErrorWords said = words::explain(*news.error);
        rows.append(
            {.key = u"journal/unread"_s,
             .status = Status::Down,
             .text =
                 tr("The journal of actions cannot be read, so nothing can be done: %1 %2").arg(said.what, said.where),
             .canBeDismissed = true});
    }
    rows.removeIf([this](const ActionBar::Row &row) { return m_dismissed.contains(row.key); });
    m_bar.setRows(rows);
}

void ActionWindows::choose(const QString &key)
{
    if (key.startsWith(u"run/"_s))
        open(key.sliced(4).toLongLong());
    else
        Q_EMIT journalRequested(key.startsWith(u"unfinished/"_s) ? key.sliced(11) : QString());
}

void ActionWindows::dismiss(const QString &key)
{
    if (key.startsWith(u"run/"_s)) {
        const qint64 id = key.sliced(4).toLongLong();
        const ActionRun *run = m_acting.run(id);
        if (run != nullptr && !notHandedOver(*run).isEmpty())
            open(id); // which says that it would be gone
        else
            m_acting.leave(id);
        return;
    }
    m_dismissed.append(key);
    showBar();
}

bool ActionWindows::mayClose()
{
    if (m_closesNow)
        return true;
    QStringList running;
    QStringList keys;
    for (const ActionRun &run : m_acting.runs()) {
        if (run.phase == Phase::Running)
            running.append(nameOf(run));
        for (const QString &key : notHandedOver(run))
            keys.append((isGone(run, key) ? tr("%1, of %2: it is gone already, issue another one") : tr("%1, of %2"))
                            .arg(words::text(key), nameOf(run)));
    }
    if (running.isEmpty() && keys.isEmpty())
        return true;
    auto *dialog = new CloseDialog(m_theme, running, keys, &m_window);
    connect(dialog, &CloseDialog::closeNowRequested, this, [this] {
        m_closesNow = true;
        m_acting.stopAll();
        Q_EMIT closeAgain();
    });
    connect(dialog, &CloseDialog::closeAfterRequested, this, [this] {
        m_closesAfter = m_acting.isActing();
        if (!m_closesAfter)
            Q_EMIT closeAgain();
    });
    dialog->show();
    return false;
}

} // namespace qd
