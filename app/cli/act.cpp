/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/act.h"

#include "actions/desk.h"
#include "actions/registry.h"
#include "cli/output.h"
#include "cli/terminal_text.h"
#include "cli/text_report.h"
#include "sources/source.h"
#include "words/action_words.h"

#include <QFile>
#include <QSaveFile>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::cli {
namespace {
constexpr int refused = 1;
constexpr int needsPerson = 2;
constexpr auto patience = 30s;

int fail(const Error &error)
{
    const QString where = error.where.isEmpty() ? QString() : error.where + u": "_s;
    printError(forTerminal(where + error.message));
    return refused;
}

int fail(const QList<Error> &errors)
{
    printError(textReport(errors).chopped(1));
    return refused;
}

void show(const Plan &plan)
{
    for (const QString &line : words::lines(plan))
        print(forTerminal(line));
}

void show(const Report &report)
{
    for (const Check &check : report.checks)
        print(forTerminal(u"  %1  %2"_s.arg(toWord(check.result), words::sentence(check))));
    for (qsizetype i = 0; i < report.steps.size(); ++i) {
        const StepReport &step = report.steps[i];
        const QString error = step.error ? u": "_s + step.error->message : QString();
        print(forTerminal(u"  step %1  %2%3"_s.arg(i + 1).arg(words::say(step.state), error)));
    }
    print(forTerminal(words::say(report.ending)));
}

int codeOf(const Report &report)
{
    switch (report.ending) {
    case Ending::Done:
    case Ending::DoneWarned:
    case Ending::Undone:
        return report.error ? refused : 0;
    case Ending::Refused:
        return refused;
    case Ending::NeedsPerson:
        break;
    }
    return needsPerson;
}

Action::Deadline soon()
{
    return std::chrono::steady_clock::now() + patience;
}

/// Runs `deed` with all that acting takes. The plan's own profile has to be named: a plan is no way to a deployment.
int act(const Options &options, const Plan &plan, Desk &desk, Report (Engine::*deed)(Action &, const Plan &))
{
    const auto profile = loadWhole(options.profiles.first());
    if (!profile)
        return fail(profile.error());
    const SystemClock clock;
    const auto action = makeAction(plan.settings, *profile, clock);
    if (!action)
        return fail(action.error());
    show(plan);
    Engine engine(*desk.journal, clock, desk.who);
    const Report report = (engine.*deed)(**action, plan);
    show(report);
    if (report.error)
        fail(*report.error);
    return codeOf(report);
}

Result<Desk> deskOf(const Options &options)
{
    return openDesk({.directory = options.desk, .witness = options.witness, .readOnly = options.readOnly}, patience);
}

/// The one unfinished or finished plan whose id begins so.
Result<QByteArray> planCalled(Journal &journal, const QString &beginning)
{
    QString hex = beginning.toLower();
    hex.remove(u'·');
    QList<QByteArray> found;
    const auto entries = journal.entries({.limit = 100'000, .newest = true}, patience);
    if (!entries)
        return std::unexpected(entries.error());
    for (const Entry &entry : *entries) {
        if (entry.kind == "start"_L1 && entry.planId.toHex().startsWith(hex.toLatin1()))
            found.append(entry.planId);
    }
    if (hex.size() < 4 || found.size() != 1)
        return failure(ErrorCode::NotFound,
                       u"%1 plans of the journal are called so; write more of its id"_s.arg(
                           hex.size() < 4 ? u"too many"_s : QString::number(found.size())),
                       beginning);
    return found.first();
}

int bringToAnEnd(const Options &options, Report (Engine::*deed)(Action &, const Plan &))
{
    auto desk = deskOf(options);
    if (!desk)
        return fail(desk.error());
    const auto id = planCalled(*desk->journal, options.words.first());
    if (!id)
        return fail(id.error());
    const auto plan = plannedIn(*desk->journal, *id, patience);
    if (!plan)
        return fail(plan.error());
    return act(options, *plan, *desk, deed);
}
} // namespace

int makePlan(const Options &options)
{
    const auto profile = loadWhole(options.profiles.first());
    if (!profile)
        return fail(profile.error());
    auto desk = deskOf(options);
    if (!desk)
        return fail(desk.error());
    const SystemClock clock;
    const QString id = options.words.first();
    const auto action = makeAction(id, *profile, clock);
    if (!action)
        return fail(action.error());
    Wish wish{.resource = options.words.value(1), .set = {}, .author = desk->who.id, .reason = options.reason};
    for (const QString &word : options.words.sliced(2)) {
        const qsizetype equals = word.indexOf(u'=');
        if (equals < 1)
            return fail(Error{ErrorCode::BadInput, u"expected NAME=VALUE, such as enabled=false"_s, word});
        wish.set[word.left(equals)] = word.sliced(equals + 1);
    }
    auto plan = (*action)->plan(wish, soon());
    if (!plan)
        return fail(plan.error());
    plan->settings = id;
    show(*plan);
    const QString path =
        options.out.isEmpty() ? QString::fromLatin1(plan->id().toHex().first(12)) + u".plan"_s : options.out;
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(plan->bytes()) < 0 || !file.commit())
        return fail(Error{ErrorCode::Forbidden, file.errorString(), path});
    print(forTerminal(u"Written to %1; nothing was changed."_s.arg(path)));
    return 0;
}

int applyPlan(const Options &options)
{
    QFile file(options.words.first());
    if (!file.open(QIODevice::ReadOnly))
        return fail(Error{ErrorCode::NotFound, file.errorString(), file.fileName()});
    const auto plan = planFrom(file.read(1 << 20));
    if (!plan)
        return fail(Error{plan.error().code, plan.error().message, file.fileName()});
    if (plan->risk == Risk::High)
        return fail(Error{ErrorCode::Unsupported,
                          u"a plan of high risk needs a second person, and approvals are not there yet"_s,
                          file.fileName()});
    if (plan->risk != Risk::Low && options.confirm != plan->target.deployment)
        return fail(Error{ErrorCode::BadInput,
                          u"this plan touches %1; write --confirm and its name"_s.arg(plan->target.environment),
                          file.fileName()});
    auto desk = deskOf(options);
    if (!desk)
        return fail(desk.error());
    return act(options, *plan, *desk, &Engine::run);
}

int listUnfinished(const Options &options)
{
    auto desk = deskOf(options);
    if (!desk)
        return fail(desk.error());
    const auto plans = desk->journal->unfinished(patience);
    if (!plans)
        return fail(plans.error());
    for (const QByteArray &id : *plans) {
        const auto plan = plannedIn(*desk->journal, id, patience);
        print(forTerminal(u"%1  %2"_s.arg(QString::fromLatin1(id.toHex().first(12)),
                                          plan ? words::title(*plan) : plan.error().message)));
    }
    if (plans->isEmpty())
        print(u"Nothing is unfinished."_s);
    return plans->isEmpty() ? 0 : needsPerson;
}

int resumePlan(const Options &options)
{
    return bringToAnEnd(options, &Engine::resume);
}

int undoPlan(const Options &options)
{
    return bringToAnEnd(options, &Engine::undo);
}

} // namespace qd::cli
