/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/act.h"

#include "actions/approval_table.h"
#include "actions/desk.h"
#include "actions/pg_witness.h"
#include "actions/registry.h"
#include "actions/reverts.h"
#include "cli/audit.h"
#include "cli/given_secret.h"
#include "cli/handing_over.h"
#include "cli/output.h"
#include "cli/terminal_text.h"
#include "cli/text_report.h"
#include "profile/environment.h"
#include "sources/source.h"
#include "words/action_words.h"
#include "words/audit_words.h"
#include "words/words.h"

#include <QCborArray>
#include <QCborValue>
#include <QFile>
#include <QRegularExpression>
#include <QSaveFile>

#include <algorithm>
#include <functional>
#include <unistd.h>

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

void show(const Plan &plan, bool isUndo = false)
{
    for (const QString &line : words::lines(plan, isUndo))
        print(forTerminal(line));
}

/// `told`: what of it was printed before.
void show(const Report &report, const Report &told = {})
{
    for (const QString &line : linesOf(report, told))
        print(line);
    print(forTerminal(words::say(report.ending)));
}

int codeOf(const Report &report)
{
    switch (report.ending) {
    case Ending::Done:
    case Ending::DoneWarned:
    case Ending::Undone:
    case Ending::Settled:
        return report.error ? refused : 0;
    case Ending::Refused:
        return refused;
    case Ending::NeedsPerson:
        break;
    }
    return needsPerson;
}

/// With the policy that is named or lies beside the profile.
std::expected<Engine, QList<Error>> engineOf(const Options &options, const Desk &desk, const Clock &clock)
{
    auto policy = loadPolicy(options.policy, options.profiles.first());
    if (!policy)
        return std::unexpected(policy.error());
    Engine engine(*desk.journal, clock, desk.who);
    engine.setPolicy(std::move(*policy));
    return engine;
}

Action::Deadline soon()
{
    return std::chrono::steady_clock::now() + patience;
}

Result<Plan> planIn(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return failure(ErrorCode::NotFound, file.errorString(), path);
    auto plan = planFromFile(file.read(1 << 20));
    if (!plan)
        plan.error().where = path;
    return plan;
}

/// The table of approvals in the store that `action` acts on. Whether there is one shows when it is used.
Result<ApprovalTable> tableOf(const QString &action, const Profile &profile)
{
    const auto place = placeOf(action, profile);
    if (!place)
        return std::unexpected(place.error());
    auto store = PgStore::open(*place, soon());
    if (!store)
        return std::unexpected(store.error());
    return ApprovalTable(std::move(*store));
}

bool isMissing(const Error &error)
{
    return error.code == ErrorCode::NotFound || error.code == ErrorCode::Forbidden;
}

/// What second persons have given: in the file that is named, and in the deployment's own table where there is one.
Result<void> takeApprovals(const Options &options, const Plan &plan, const Profile &profile, const Desk &desk,
                           Engine &engine)
{
    QList<Approval> approvals;
    if (!options.approval.isEmpty()) {
        QFile file(options.approval);
        if (!file.open(QIODevice::ReadOnly))
            return failure(ErrorCode::NotFound, file.errorString(), options.approval);
        auto approval = approvalFrom(file.read(1 << 20));
        if (!approval)
            return failure(approval.error().code, approval.error().message, options.approval);
        approvals.append(std::move(*approval));
    }
    engine.setApprovals(approvals);
    if (!placeOf(plan.settings, profile))
        return {}; // no PostgreSQL, so no table
    auto table = tableOf(plan.settings, profile);
    if (!table)
        return std::unexpected(table.error());
    const auto given = table->given(plan.id(), soon());
    if (!given && !isMissing(given.error()))
        return std::unexpected(given.error());
    if (given) {
        approvals += *given;
        const auto shared = std::make_shared<ApprovalTable>(std::move(*table));
        engine.setClaim(
            [shared, who = desk.who.id](const Approval &approval) { return shared->use(approval, who, soon()); });
    }
    engine.setApprovals(approvals);
    return {};
}

bool asksForName(const Plan &plan, Risk risk)
{
    return risk != Risk::Low || isProduction(plan.target.environment);
}

/// As one word of a shell.
QString inShell(QString word)
{
    static const QRegularExpression plain(u"^[A-Za-z0-9_@%+=:,./-]+$"_s);
    return plain.match(word).hasMatch() ? word : u"'"_s + word.replace(u"'"_s, u"'\\''"_s) + u"'"_s;
}

/// Runs `deed` with all that acting takes. The plan's own profile has to be named: a plan is no way to a deployment.
/// `isUndo`: it is taken back.
int act(const Options &options, const Plan &plan, Desk &desk,
        const std::function<Report(Engine &, Action &, const Plan &)> &deed, bool isUndo = false)
{
    const auto profile = loadWhole(options.profiles.first());
    if (!profile)
        return fail(profile.error());
    const SystemClock clock;
    const auto action = makeAction(plan.settings, *profile, clock);
    if (!action)
        return fail(action.error());
    show(plan, isUndo);
    const bool goesOn = options.command == Options::Command::Apply || options.command == Options::Command::Resume;
    auto handing = HandingOver::ready(goesOn ? plan : Plan(), options);
    if (!handing)
        return fail(handing.error());
    auto engine = engineOf(options, desk, clock);
    if (!engine)
        return fail(engine.error());
    if (engine->riskOf(plan) == Risk::High) {
        if (const auto taken = takeApprovals(options, plan, *profile, desk, *engine); !taken)
            return fail(taken.error());
    }
    Report told;
    if (isatty(STDOUT_FILENO) == 1) // who reads it later reads it in order
        engine->setProgress([&told](const Report &now) {
            if (told.steps.isEmpty())
                told.steps = QList<StepReport>(now.steps.size()); // that they wait is no news
            for (const QString &line : linesOf(now, told))
                print(line);
            told.steps = now.steps;
            told.checks += now.checks; // a report may have the later ones alone
        });
    const Report report = deed(*engine, **action, plan);
    show(report, told);
    if (report.error)
        fail(*report.error);
    if (report.ending == Ending::DoneWarned && !plan.undo.isEmpty())
        print(forTerminal(u"To take it back: quarterdeck-cli undo %1 --profile %2%3"_s.arg(
            QString::fromLatin1(plan.id().toHex().first(12)), inShell(options.profiles.first()),
            asksForName(plan, engine->riskOf(plan)) ? u" --confirm "_s + inShell(plan.target.deployment) : QString())));
    if (goesOn && (report.ending == Ending::Done || report.ending == Ending::DoneWarned)) {
        if (const auto handed = handing->handOver(desk, plan, clock.now()); !handed) {
            fail(handed.error());
            return needsPerson;
        }
    }
    return codeOf(report);
}

Result<Desk> deskOf(const Options &options)
{
    DeskPlace place{.directory = options.desk, .witness = options.witness, .readOnly = options.readOnly};
    if (!options.witnessConnection.isEmpty()) {
        auto connection = witnessConnection(options.witnessConnection, options.profiles.first());
        if (!connection)
            return std::unexpected(connection.error());
        place.witnessStore = std::move(*connection);
    }
    return openDesk(place, patience);
}

/// The one unfinished or finished plan whose id begins so, or that lies in the file of that name.
Result<QByteArray> planCalled(Journal &journal, const QString &beginning)
{
    if (QFile::exists(beginning)) {
        const auto plan = planIn(beginning);
        return plan ? Result<QByteArray>(plan->id()) : std::unexpected(plan.error());
    }
    constexpr qsizetype fewestDigits = 4;
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
    if (hex.size() < fewestDigits)
        return failure(ErrorCode::BadInput, u"expected at least %1 digits of the plan's id"_s.arg(fewestDigits),
                       beginning);
    if (found.isEmpty())
        return failure(
            ErrorCode::NotFound,
            u"no plan that was begun at this desk is called so; 'audit tail' and 'unfinished' show which were"_s,
            beginning);
    if (found.size() > 1)
        return failure(ErrorCode::NotFound,
                       u"%1 plans of the journal are called so; write more of its id"_s.arg(found.size()), beginning);
    return found.first();
}

/// `risk`: the plan's, as the policy has it now.
Result<void> confirm(const Options &options, const Plan &plan, Risk risk)
{
    if (!asksForName(plan, risk) || options.confirm == plan.target.deployment)
        return {};
    const QString wanted =
        u"this plan touches %1; write --confirm and the name of the deployment"_s.arg(plan.target.environment);
    return failure(ErrorCode::BadInput,
                   options.confirm.isEmpty() ? wanted
                                             : u"the plan is for %1, and --confirm says %2; %3"_s.arg(
                                                   plan.target.deployment, options.confirm, wanted),
                   options.words.first());
}

int bringToAnEnd(const Options &options, const std::function<Report(Engine &, Action &, const Plan &)> &deed,
                 bool isUndo = false)
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
    const auto policy = loadPolicy(options.policy, options.profiles.first());
    if (!policy)
        return fail(policy.error());
    if (const auto confirmed = confirm(options, *plan, *policy ? (*policy)->riskOf(*plan) : plan->risk); !confirmed)
        return fail(confirmed.error());
    if (const auto given = giveSecret(*plan, options.secretFile, false); !given)
        return fail(given.error());
    return act(options, *plan, *desk, deed, isUndo);
}

/// Whether it was carried out from this desk: then nobody needs to approve it any more, unless it is to be taken back.
Result<bool> wasBegun(Journal &journal, const Plan &plan)
{
    const auto entries = journal.entries({.planId = plan.id()}, patience);
    if (!entries)
        return std::unexpected(entries.error());
    return std::ranges::find(*entries, u"start"_s, &Entry::kind) != entries->end();
}
} // namespace

QStringList linesOf(const Report &report, const Report &told)
{
    const auto lineOf = [](const Check &check) {
        return forTerminal(u"  %1  %2"_s.arg(toWord(check.result), words::sentence(check)));
    };
    const auto lineOfStep = [](const Report &of, qsizetype i) {
        const QString error = of.steps[i].error ? u": "_s + of.steps[i].error->message : QString();
        return forTerminal(u"  step %1  %2%3"_s.arg(i + 1).arg(words::say(of.steps[i].state), error));
    };
    QStringList lines;
    for (const Check &check : report.checks) {
        const QString line = lineOf(check);
        if (std::ranges::find(told.checks, line, lineOf) == told.checks.end())
            lines += line;
    }
    for (qsizetype i = 0; i < report.steps.size(); ++i) {
        if (i >= told.steps.size() || lineOfStep(report, i) != lineOfStep(told, i))
            lines += lineOfStep(report, i);
    }
    return lines;
}

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
    auto engine = engineOf(options, *desk, clock);
    if (!engine)
        return fail(engine.error());
    Wish wish{.resource = options.words.value(1),
              .set = {},
              .author = {},
              .reason = options.reason,
              .revertAfter = options.revertAfter};
    for (const QString &word : options.words.sliced(2)) {
        const qsizetype equals = word.indexOf(u'=');
        if (equals < 1)
            return fail(Error{ErrorCode::BadInput, u"expected NAME=VALUE, such as enabled=false"_s, word});
        wish.set[word.left(equals)] = word.sliced(equals + 1);
    }
    const auto plan = engine->plan(**action, id, wish);
    if (!plan)
        return fail(plan.error());
    show(*plan);
    const QString path =
        options.out.isEmpty() ? QString::fromLatin1(plan->id().toHex().first(12)) + u".plan"_s : options.out;
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(toFile(*plan)) < 0 || !file.commit())
        return fail(Error{ErrorCode::Forbidden, file.errorString(), path});
    print(forTerminal(u"Written to %1; nothing was changed."_s.arg(path)));
    for (const Check &check : engine->check(**action, *plan)) {
        const bool isStillToCome = check.phrase.code == "approved"_L1 || check.phrase.code == "reason-given"_L1;
        if (check.result == Check::Result::Failed && !isStillToCome && check.error)
            print(forTerminal(u"As things stand it would be refused: %1"_s.arg(check.error->message)));
    }
    if (plan->risk == Risk::High && plan->reason.trimmed().isEmpty())
        print(
            u"It is of high risk, and what is of high risk needs a reason: make the plan again, with --reason TEXT."_s);
    else
        print(forTerminal(u"Next: quarterdeck-cli %1 %2 --profile %3%4%5"_s.arg(
            plan->risk == Risk::High ? u"ask"_s : u"apply"_s, inShell(path), inShell(options.profiles.first()),
            plan->risk == Risk::High || !asksForName(*plan, plan->risk)
                ? QString()
                : u" --confirm "_s + inShell(plan->target.deployment),
            (handsOver(*plan) && plan->risk != Risk::High ? u" --reveal"_s : QString()) +
                (options.policy.isEmpty() ? QString() : u" --policy "_s + inShell(options.policy)) +
                (options.desk.isEmpty() ? QString() : u" --desk "_s + inShell(options.desk)))));
    return 0;
}

int applyPlan(const Options &options)
{
    const auto plan = planIn(options.words.first());
    if (!plan)
        return fail(plan.error());
    if (const auto confirmed = confirm(options, *plan, plan->risk); !confirmed)
        return fail(confirmed.error());
    auto desk = deskOf(options);
    if (!desk)
        return fail(desk.error());
    if (const auto given = giveSecret(*plan, options.secretFile, true); !given)
        return fail(given.error());
    return act(options, *plan, *desk, std::mem_fn(&Engine::run));
}

int askForApproval(const Options &options)
{
    const auto profile = loadWhole(options.profiles.first());
    if (!profile)
        return fail(profile.error());
    const auto plan = planIn(options.words.first());
    if (!plan)
        return fail(plan.error());
    const auto desk = deskOf(options);
    if (!desk)
        return fail(desk.error());
    const auto begun = wasBegun(*desk->journal, *plan);
    if (!begun)
        return fail(begun.error());
    const SystemClock clock;
    auto engine = engineOf(options, *desk, clock);
    if (!engine)
        return fail(engine.error());
    // Of what was done, taking it back is another deed, where the policy has it of high risk.
    const bool isUndo = *begun && engine->riskOf(*plan) == Risk::High;
    if (*begun && !isUndo)
        return fail(
            Error{ErrorCode::BadInput, u"this plan was carried out before; make a new one"_s, options.words.first()});
    const auto action = makeAction(plan->settings, *profile, clock);
    if (!action)
        return fail(action.error().first());
    for (const Check &check : isUndo ? engine->checkUndo(**action, *plan) : QList<Check>()) {
        if (check.result == Check::Result::Failed && check.phrase.code != "approved"_L1 && check.error)
            return fail(*check.error);
    }
    auto table = tableOf(plan->settings, *profile);
    if (!table)
        return fail(table.error());
    const auto asked = isUndo ? table->askToUndo(*plan, desk->who.id, soon()) : table->ask(*plan, soon());
    if (!asked)
        return fail(asked.error());
    show(*plan, isUndo);
    print(forTerminal(
        u"It waits for approval. Somebody else runs: quarterdeck-cli approve %1 --profile FILE --confirm %2"_s.arg(
            QString::fromLatin1(plan->id().toHex().first(12)), plan->target.deployment)));
    return 0;
}

int approvePlan(const Options &options)
{
    auto desk = deskOf(options);
    if (!desk)
        return fail(desk.error());
    const auto profile = loadWhole(options.profiles.first());
    if (!profile)
        return fail(profile.error());
    const auto policy = loadPolicy(options.policy, options.profiles.first());
    if (!policy)
        return fail(policy.error());
    if (!*policy)
        return fail(Error{ErrorCode::NotFound, u"there is no policy, so nobody may approve; write one"_s,
                          options.profiles.first()});
    const bool isFile = QFile::exists(options.words.first());
    auto table = isFile ? Result<ApprovalTable>(failure(ErrorCode::NotFound, {})) : ApprovalTable::of(*profile, soon());
    if (!isFile && !table)
        return fail(table.error());
    const auto asked =
        isFile ? Result<AskedPlan>(failure(ErrorCode::NotFound, {})) : table->asked(options.words.first(), soon());
    if (!isFile && !asked)
        return fail(asked.error());
    const auto plan = isFile ? planIn(options.words.first()) : Result<Plan>(asked->plan);
    if (!plan)
        return fail(plan.error());
    show(*plan, asked && asked->isUndo);
    // A file does not say whether that was done meanwhile, and an approval given after its end serves to take it back.
    if (isFile && !plan->undo.isEmpty())
        print(forTerminal(
            u"  If it was carried out already, this approves that it is taken back: %1"_s.arg(words::undoing(*plan))));
    if (plan->target.deployment != profile->name || plan->target.environment != profile->environment)
        return fail(Error{ErrorCode::BadInput, u"the plan is for another deployment than the profile"_s,
                          options.words.first()});
    if (const auto confirmed = confirm(options, *plan, plan->risk); !confirmed)
        return fail(confirmed.error());
    const SystemClock clock;
    const auto approval = approveAt(*desk, *policy, *plan, clock.now(), options.validity, patience);
    if (!approval)
        return fail(approval.error());
    if (table && options.out.isEmpty()) {
        if (const auto given = table->give(*approval, soon()); !given)
            return fail(given.error());
        print(forTerminal(
            u"Approved, in the deployment's own table; it lasts %1."_s.arg(words::duration(Millis(options.validity)))));
        return 0;
    }
    const QString path =
        options.out.isEmpty() ? QString::fromLatin1(plan->id().toHex().first(12)) + u".approval"_s : options.out;
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(toLine(*approval) + '\n') < 0 || !file.commit())
        return fail(Error{ErrorCode::Forbidden, file.errorString(), path});
    print(forTerminal(u"Approved, in %1; it lasts %2. Send it to %3."_s.arg(
        path, words::duration(Millis(options.validity)), plan->author)));
    return 0;
}

int printKey(const Options &options)
{
    const auto desk = deskOf(options);
    if (!desk)
        return fail(desk.error());
    print(forTerminal(u"{name: %1, key: %2, roles: []}"_s.arg(desk->who.id, publicKeyText(desk->who.key))));
    return 0;
}

int listUnfinished(const Options &options)
{
    auto desk = deskOf(options);
    if (!desk)
        return fail(desk.error());
    const auto plans = desk->journal->unfinished(patience);
    if (!plans)
        return fail(plans.error());
    const auto pending = pendingReverts(*desk->journal, patience);
    if (!pending)
        return fail(pending.error());
    const auto list = [&](const QByteArray &id, const QString &told) {
        const auto plan = plannedIn(*desk->journal, id, patience);
        print(forTerminal(u"%1  %2%3"_s.arg(QString::fromLatin1(id.toHex().first(12)),
                                            plan ? words::title(*plan) : plan.error().message, told)));
    };
    for (const QByteArray &id : *plans)
        list(id, {});
    const Instant now = SystemClock().now();
    bool isDue = false;
    for (const PendingRevert &each : *pending) {
        list(each.planId, u"  "_s + words::revertsIn(each.at, now));
        isDue = isDue || each.at <= now;
    }
    if (plans->isEmpty())
        print(pending->isEmpty() ? u"Nothing is unfinished."_s : u"Nothing else is unfinished."_s);
    if (const QString said = words::sentence(desk->journal->witness()); !said.isEmpty())
        print(forTerminal(said));
    return plans->isEmpty() && !isDue ? 0 : needsPerson;
}

int resumePlan(const Options &options)
{
    return bringToAnEnd(options, std::mem_fn(&Engine::resume));
}

int undoPlan(const Options &options)
{
    return bringToAnEnd(options, std::mem_fn(&Engine::undo), true);
}

int keepPlan(const Options &options)
{
    return bringToAnEnd(options, [&options](Engine &engine, Action &, const Plan &plan) {
        return engine.keep(plan, options.reason.left(maxReasonLength));
    });
}

int settlePlan(const Options &options)
{
    auto desk = deskOf(options);
    if (!desk)
        return fail(desk.error());
    const auto id = planCalled(*desk->journal, options.words.first());
    const auto plan = id ? plannedIn(*desk->journal, *id, patience) : std::unexpected(id.error());
    if (!plan)
        return fail(plan.error());
    const auto profile = loadWhole(options.profiles.first());
    if (!profile)
        return fail(profile.error());
    const SystemClock clock;
    auto engine = engineOf(options, *desk, clock);
    if (!engine)
        return fail(engine.error());
    show(*plan);
    if (const auto confirmed = confirm(options, *plan, engine->riskOf(*plan)); !confirmed)
        return fail(confirmed.error());
    const auto action = makeAction(plan->settings, *profile, clock);
    // Only where the profile has it no more nobody can look.
    if (!action && action.error().first().code != ErrorCode::NotFound)
        return fail(action.error());
    const Report report = engine->settle(action ? action->get() : nullptr, *plan, options.reason.left(maxReasonLength));
    show(report);
    return report.error ? fail(*report.error) : codeOf(report);
}

int revertDue(const Options &options)
{
    const auto profile = loadWhole(options.profiles.first());
    if (!profile)
        return fail(profile.error());
    auto desk = deskOf(options);
    if (!desk)
        return fail(desk.error());
    const auto pending = pendingReverts(*desk->journal, patience);
    if (!pending)
        return fail(pending.error());
    const Instant now = SystemClock().now();
    int worst = 0;
    bool isAny = false;
    for (const PendingRevert &each : *pending) {
        const auto plan = plannedIn(*desk->journal, each.planId, patience);
        if (each.at > now || (plan && plan->target.deployment != profile->name))
            continue;
        isAny = true;
        worst = std::max(worst,
                         plan ? act(options, *plan, *desk, std::mem_fn(&Engine::revertDue), true) : fail(plan.error()));
    }
    if (!isAny)
        print(forTerminal(u"Nothing of %1 is due to be taken back."_s.arg(profile->name)));
    return worst;
}

} // namespace qd::cli
