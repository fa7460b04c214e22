/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/action_words.h"

#include "sources/switch_word.h"
#include "words/api_key_words.h"
#include "words/backup_words.h"
#include "words/key_words.h"
#include "words/password_words.h"
#include "words/secret_words.h"
#include "words/verify_words.h"
#include "words/words.h"

#include <QCoreApplication>
#include <QDateTime>

#include <algorithm>
#include <array>
#include <utility>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(Actions)
};

QString valueOf(const std::optional<QString> &value)
{
    return value ? text(*value) : Tr::tr("nothing");
}

QString what(const QString &code)
{
    if (code == "enabled"_L1)
        return Tr::tr("set");
    if (code == "rollout"_L1)
        return Tr::tr("rollout, in percent");
    if (code == "opened_at"_L1)
        return Tr::tr("counted as opened at");
    if (code == "fail_counter"_L1)
        return Tr::tr("failures counted");
    return text(code);
}

/// Of seconds since 1970.
QString timeOf(const std::optional<QString> &seconds)
{
    bool ok = false;
    const qint64 number = seconds.value_or(QString()).toLongLong(&ok);
    return ok ? QDateTime::fromSecsSinceEpoch(number).toString(u"yyyy-MM-dd HH:mm:ss"_s) : valueOf(seconds);
}

/// "7 of 5": what a counter's step tells.
QString counted(const QStringList &told)
{
    if (told.value(3).isEmpty())
        return Tr::tr("a count that cannot be read");
    return told.value(4).isEmpty() ? text(told.value(3))
                                   : Tr::tr("%1 of %2").arg(text(told.value(3)), text(told.value(4)));
}

/// "10.1.2.3 in auth (/login)": `what` where a counter's step tells.
QString inTier(const QString &what, const QStringList &told)
{
    const QString words = Tr::tr("%1 in %2").arg(what, text(told.value(1)));
    const bool isPart = !told.value(2).isEmpty() && told.value(2) != told.value(1);
    return isPart ? u"%1 (%2)"_s.arg(words, text(told.value(2))) : words;
}

/// "7 of 5 in auth (/login), over in 42 s": what a counter's step tells after its client.
QString counterWords(const QStringList &told)
{
    const QString words = inTier(counted(told), told);
    return told.value(5).isEmpty() ? Tr::tr("%1, for no set time").arg(words)
                                   : Tr::tr("%1, over in %2 s").arg(words, text(told.value(5)));
}

/// "600 s"; of a variable.
QString settingOf(const std::optional<QString> &value, const QString &unit)
{
    if (!value)
        return Tr::tr("not set");
    return unit.isEmpty() ? text(*value) : Tr::tr("%1 %2").arg(text(*value), text(unit));
}

/// The unit of a variable's plan.
QString unitOf(const Plan &plan)
{
    return plan.steps.isEmpty() ? QString() : plan.steps.first().arguments.value(1);
}

QString deployOf(const std::optional<QString> &deploy)
{
    return deploy ? text(*deploy) : Tr::tr("a new deploy");
}

QString variableDeed(const QString &key, const std::optional<QString> &value, const QString &unit, bool redeploys)
{
    const QString set =
        value ? Tr::tr("Set %1 to %2").arg(text(key), settingOf(value, unit)) : Tr::tr("Remove %1").arg(text(key));
    return redeploys ? Tr::tr("%1 and redeploy").arg(set) : set;
}

QString onOff(const std::optional<QString> &value)
{
    const auto on = value ? isOn(*value) : std::nullopt;
    return !on ? valueOf(value) : *on ? Tr::tr("on") : Tr::tr("off");
}

/// "1 h"; of seconds, or of what has no end.
QString lastingOf(const std::optional<QString> &seconds)
{
    bool ok = false;
    const qint64 number = seconds.value_or(QString()).toLongLong(&ok);
    return ok ? duration(Millis(std::chrono::seconds(number))) : seconds ? Tr::tr("without an end") : Tr::tr("nothing");
}

/// What a client may where nobody raised its limit; empty: not known.
QString ownLimit(const QString &limit)
{
    return limit.isEmpty() ? Tr::tr("as much as everybody") : text(limit);
}

QString deedOf(QStringView kind, const QString &resource, const std::map<QString, QString> &set)
{
    if (const QString key = keyDeed(kind, resource); !key.isEmpty())
        return key;
    if (const QString password = passwordDeed(kind, resource, set); !password.isEmpty())
        return password;
    if (const QString backup = backupDeed(kind, resource); !backup.isEmpty())
        return backup;
    if (kind == "unblock-client"_L1)
        return Tr::tr("Unblock %1").arg(text(resource));
    if (kind == "raise-limit"_L1) {
        const auto limit = set.find(u"limit"_s);
        const auto lasts = set.find(u"for"_s);
        return limit == set.end() || lasts == set.end()
                   ? Tr::tr("Take back the raised limit of %1").arg(text(resource))
                   : Tr::tr("Raise the limit of %1 to %2 for %3")
                         .arg(text(resource), text(limit->second), lastingOf(lasts->second));
    }
    if (kind == "prewarm"_L1)
        return Tr::tr("Warm the cache %1").arg(text(resource));
    if (kind == "cache-flush"_L1)
        return set.contains(u"then"_s) ? Tr::tr("Empty and warm the cache %1").arg(text(resource))
                                       : Tr::tr("Empty the cache %1").arg(text(resource));
    if (kind == "breaker"_L1) {
        const auto seconds = set.find(u"for"_s);
        if (seconds != set.end())
            return Tr::tr("Hold the breaker %1 open for %2")
                .arg(text(resource), duration(Millis(std::chrono::seconds(seconds->second.toLongLong()))));
        const auto state = set.find(u"state"_s);
        const QString to = state == set.end() ? QString() : state->second.toLower();
        return to == "open"_L1 || to == "forced_open"_L1 ? Tr::tr("Force the breaker %1 open").arg(text(resource))
               : to == "disabled"_L1                     ? Tr::tr("Disable the breaker %1").arg(text(resource))
                                                         : Tr::tr("Close the breaker %1").arg(text(resource));
    }
    const QString service = resource.isEmpty() ? Tr::tr("the service") : text(resource); // until its name was read
    if (kind == "redeploy"_L1)
        return Tr::tr("Redeploy %1").arg(service);
    if (kind == "restart"_L1)
        return Tr::tr("Restart %1").arg(service);
    if (kind == "roll-back"_L1) {
        const auto wished = set.find(u"to"_s);
        const auto to = wished == set.end() ? set.find(u"deploy"_s) : wished;
        return to == set.end() || to->second.isEmpty() ? Tr::tr("Roll back %1").arg(service)
                                                       : Tr::tr("Roll back %1 to %2").arg(service, text(to->second));
    }
    if (const auto value = set.find(u"value"_s); kind == "platform-variable"_L1 && value != set.end())
        return variableDeed(resource, value->second, {}, set.contains(u"then"_s));
    QStringList parts;
    if (const auto enabled = set.find(u"enabled"_s); enabled != set.end())
        parts.append(Tr::tr("Turn %1 %2").arg(text(resource), onOff(enabled->second)));
    if (const auto rollout = set.find(u"rollout"_s); rollout != set.end())
        parts.append(parts.isEmpty()
                         ? Tr::tr("Set the rollout of %1 to %2 %").arg(text(resource), text(rollout->second))
                         : Tr::tr("set its rollout to %1 %").arg(text(rollout->second)));
    return parts.isEmpty() ? Tr::tr("Change %1").arg(text(resource)) : parts.join(Tr::tr(" and "));
}

/// "Turn voice_quotes on again"; empty: no short sentence says it.
QString undoPart(const Phrase &phrase)
{
    const auto argument = [&](qsizetype index) { return text(phrase.arguments.value(index)); };
    if (phrase.code == "flag-set-back"_L1 && phrase.arguments.value(1) == "enabled"_L1)
        return Tr::tr("Turn %1 %2 again").arg(argument(0), onOff(phrase.arguments.value(2)));
    if (phrase.code == "flag-set-back"_L1 && phrase.arguments.value(1) == "rollout"_L1)
        return argument(2).isEmpty() ? Tr::tr("Take the rollout of %1 away again").arg(argument(0))
                                     : Tr::tr("Set the rollout of %1 back to %2 %").arg(argument(0), argument(2));
    if (phrase.code == "variable-set-back"_L1)
        return argument(1).isEmpty()
                   ? Tr::tr("Remove %1 again").arg(argument(0))
                   : Tr::tr("Set %1 back to %2").arg(argument(0), settingOf(phrase.arguments.value(1), argument(2)));
    if (phrase.code == "service-rolled-back"_L1)
        return Tr::tr("Roll back %1 to %2").arg(argument(0), argument(1));
    if (phrase.code == "breaker-set-back"_L1)
        return Tr::tr("Set the breaker %1 back to %2").arg(argument(0), argument(1));
    if (phrase.code == "counter-restored"_L1)
        return Tr::tr("Put back what counted against %1").arg(argument(0));
    if (phrase.code == "limit-put-back"_L1)
        return argument(1).isEmpty() ? Tr::tr("Take back the raised limit of %1").arg(argument(0))
                                     : Tr::tr("Set the limit of %1 back to %2").arg(argument(0), argument(1));
    for (const auto &said : {keyUndo(phrase), passwordUndo(phrase), backupUndo(phrase)}) {
        if (!said.isEmpty())
            return said;
    }
    return {};
}

QString inPlace(const QString &deed, const Plan &plan)
{
    return Tr::tr("%1 in %2 · %3").arg(deed, text(plan.target.deployment), text(plan.target.environment));
}

/// Where a verb of ours stands first.
QString uncapital(QString text)
{
    if (!text.isEmpty())
        text[0] = text[0].toLower();
    return text;
}
} // namespace

QString capital(QString text, const QStringList &names)
{
    const QString first = text.section(u' ', 0, 0);
    const bool isWord = std::ranges::all_of(first, [](QChar each) {
        return (each >= u'a' && each <= u'z') || each == u'\'' || each == u',' || each == u':';
    });
    if (!first.isEmpty() && isWord && !names.contains(first))
        text[0] = text[0].toUpper();
    return text;
}

QStringList namesOf(const ActionRun &run)
{
    QStringList names{run.deployment, run.environment, run.settings, run.wish.resource};
    if (run.plan) {
        names += {run.plan->resource, run.plan->target.deployment, run.plan->author};
        for (const Phrase &step : run.plan->steps)
            names += step.arguments;
    }
    return names;
}

QString undoing(const Plan &plan)
{
    QStringList undo;
    for (const Phrase &phrase : plan.undo)
        undo.append(sentence(phrase));
    return undo.join(u"; "_s);
}

QString undoDeed(const Plan &plan)
{
    QStringList parts;
    for (const Phrase &phrase : plan.undo) {
        // Of one that goes on as it is nothing is done.
        if (phrase.code == "service-goes-on"_L1 && plan.undo.size() > 1)
            continue;
        const QString part = undoPart(phrase);
        if (part.isEmpty())
            return {};
        if (!parts.contains(part))
            parts.append(parts.isEmpty() ? part : uncapital(part));
    }
    const bool isFlag = plan.action == "feature-flag"_L1 && plan.undo.size() == 2;
    if (isFlag && parts.size() == 2 && !plan.undo[1].arguments.value(2).isEmpty())
        parts[1] = Tr::tr("set its rollout back to %1 %").arg(text(plan.undo[1].arguments.value(2)));
    return parts.size() > 2 ? QString() : parts.join(Tr::tr(" and "));
}

QString deedOfUndo(const Plan &plan, bool isByItself)
{
    const QString deed = undoDeed(plan);
    return (isByItself ? Tr::tr("Undo by itself: %1") : Tr::tr("Undo: %1"))
        .arg(deed.isEmpty() ? undoing(plan) : uncapital(deed));
}

QStringList meanwhile(const Plan &plan, bool isUndo)
{
    const auto restarts = [](const Phrase &each) {
        return each.code == "service-redeploy"_L1 || each.code == "service-restart"_L1 ||
               each.code == "service-roll-back"_L1 || each.code == "service-rolled-back"_L1;
    };
    if (const QStringList keys = apiKeyMeanwhile(plan, isUndo); !keys.isEmpty())
        return keys;
    const QList<Phrase> &done = isUndo ? plan.undo : plan.steps;
    const auto found = std::ranges::find_if(done, restarts);
    if (found == done.end())
        return {};
    if (found->arguments.value(3) == "Kubernetes"_L1) // replaces as its deployment says
        return {Tr::tr("Meanwhile: Kubernetes replaces the service's pods. While it does, requests may fail; what a "
                       "pod counts in memory (breakers, limits) starts anew.")};
    return {Tr::tr("Meanwhile: the service restarts; requests may fail for some seconds, and what it counts in memory "
                   "(breakers, limits) starts anew.")};
}

QString deed(const Plan &plan)
{
    if (plan.action == "platform-variable"_L1)
        return variableDeed(plan.resource, plan.changes.value(0).after, unitOf(plan), plan.steps.size() > 1);
    std::map<QString, QString> set;
    if (!plan.steps.isEmpty() && plan.steps.first().code == "breaker-open"_L1)
        set[u"for"_s] = plan.steps.first().arguments.value(1);
    for (const Change &change : plan.changes)
        set[change.what] = change.after.value_or(QString());
    if (plan.action == "cache-flush"_L1 && !plan.steps.isEmpty() && plan.steps.last().code != "cache-part"_L1)
        set[u"then"_s] = u"prewarm"_s;
    if (!plan.steps.isEmpty() && plan.steps.first().code == "limit-raised"_L1) {
        set[u"limit"_s] = plan.steps.first().arguments.value(1);
        set[u"for"_s] = plan.steps.first().arguments.value(2);
    }
    return deedOf(plan.action, plan.resource, set);
}

QString deed(const Wish &wish)
{
    return deedOf(wish.set.contains(u"value"_s) ? QStringView(u"platform-variable") : QStringView(u"feature-flag"),
                  wish.resource, wish.set);
}

QString deed(QStringView kind, const Wish &wish)
{
    return deedOf(kind, wish.resource, wish.set);
}

QString deed(const ActionRun &run)
{
    if (run.plan && (run.way == ActionRun::Way::Undo || (run.asked && run.asked->isUndo)))
        return deedOfUndo(*run.plan);
    return run.plan ? deed(*run.plan) : deed(run.kind, run.wish);
}

QString readOnly()
{
    return Tr::tr("This console is read-only: it was started so, and nothing can be done from it.");
}

QString finding(const Check &check, const QStringList &names)
{
    // Of what is still to be given, the name says what.
    const bool isToCome = check.phrase.code == "approved"_L1 || check.phrase.code == "reason-given"_L1;
    if (!check.error || isToCome)
        return sentence(check);
    return capital(text(check.error->message), names);
}

QString explainActing(const Error &error, bool mayHaveHappened, const QStringList &names)
{
    const auto advice = [&]() -> QString {
        switch (error.code) {
        case ErrorCode::Forbidden:
            return Tr::tr(
                "Give the role that acts this right, or name another role under 'connections' of the profile.");
        case ErrorCode::AuthRequired:
            return Tr::tr("Look at user and password of the connection that acts, under 'connections' of the profile.");
        case ErrorCode::Timeout:
        case ErrorCode::Unreachable:
        case ErrorCode::ServerError:
        case ErrorCode::Cancelled:
            return mayHaveHappened ? Tr::tr("Whether it happened is not known. Verify looks, and changes nothing.")
                                   : Tr::tr("Check again once it answers.");
        case ErrorCode::Unavailable:
            return Tr::tr("Check again in a while.");
        case ErrorCode::BadInput:
            return {}; // says it itself
        default:
            return explain(error).advice;
        }
    };
    QStringList lines{capital(text(error.message), names), text(error.where), advice()};
    lines.removeAll(QString());
    return lines.join(u'\n');
}

QString place(const ActionRun &run)
{
    return u"%1 · %2"_s.arg(text(run.deployment), text(run.environment));
}

ChangeWords wordsOf(const Plan &plan, const Change &change)
{
    if (change.what == "enabled"_L1)
        return {text(plan.resource), onOff(change.before), onOff(change.after)};
    if (plan.action == "cache-flush"_L1)
        return {Tr::tr("keys of %1").arg(text(plan.resource)), valueOf(change.before), valueOf(change.after),
                text(change.what)};
    const auto counter = plan.changes.indexOf(change);
    if (plan.action == "unblock-client"_L1 && counter >= 0 && counter < plan.steps.size())
        return {inTier(text(plan.resource), plan.steps[counter].arguments), counted(plan.steps[counter].arguments),
                Tr::tr("may ask again"), text(change.what)};
    if (change.what == "rollout"_L1) {
        const auto percent = [](const std::optional<QString> &value) {
            return value ? Tr::tr("%1 % of its subjects").arg(text(*value)) : Tr::tr("nothing");
        };
        return {Tr::tr("rollout"), percent(change.before), percent(change.after)};
    }
    if (change.what == "variable"_L1)
        return {text(plan.resource), settingOf(change.before, unitOf(plan)), settingOf(change.after, unitOf(plan))};
    if (change.what == "deploy"_L1)
        return {Tr::tr("live deploy"), deployOf(change.before), deployOf(change.after)};
    if (change.what == "client-limit"_L1) {
        const QString own = plan.steps.isEmpty() ? QString() : plan.steps.first().arguments.last();
        return {Tr::tr("limit of %1").arg(text(plan.resource)), change.before ? text(*change.before) : ownLimit(own),
                change.after ? text(*change.after) : ownLimit(own)};
    }
    if (const KeyChange key = keyChange(change); !key.what.isEmpty())
        return {key.what, key.before, key.after};
    if (const KeyChange password = passwordChange(change); !password.what.isEmpty())
        return {password.what, password.before, password.after};
    if (change.what == "limit-lasts"_L1)
        return {Tr::tr("lasts"), lastingOf(change.before), lastingOf(change.after)};
    if (change.what == "opened_at"_L1)
        return {what(change.what), timeOf(change.before), timeOf(change.after)};
    return {what(change.what), valueOf(change.before), valueOf(change.after)};
}

QStringList ifItGoesWrong(const Plan &plan, bool isUndo)
{
    QStringList said;
    if (plan.undo.isEmpty())
        said.append(Tr::tr("This cannot be undone."));
    const QString ways = plan.undo.isEmpty() ? Tr::tr("verify or resume it") : Tr::tr("verify, resume or undo it");
    said.append(Tr::tr("Every step is journalled before it is done. If this console dies half-way, its next start "
                       "shows the action and offers to %1. If the target changes meanwhile, nothing is changed.")
                    .arg(ways));
    if (!plan.undo.isEmpty())
        said.append(isUndo ? Tr::tr("What undoing does: %1.").arg(undoing(plan))
                           : Tr::tr("Undone by one button, then or later: %1.").arg(undoing(plan)));
    if (!isUndo && plan.revertAfter.count() > 0)
        said.append(revertsAfter(plan.revertAfter, plan.target));
    return said;
}

QString revertsAfter(std::chrono::seconds time, const Target &target)
{
    const QString said = Tr::tr("It is undone automatically %1 after it is done, unless somebody else changes it "
                                "meanwhile: reverts while a console is open; else at the next start.")
                             .arg(duration(Millis(time)));
    // What tells of flags otherwise warns of it by itself.
    constexpr std::array withoutVersions{"redis"_L1,  "actuator"_L1, "http-keys"_L1,
                                         "render"_L1, "railway"_L1,  "kubernetes"_L1};
    if (std::ranges::find(withoutVersions, target.system) == withoutVersions.end())
        return said;
    return said + u' ' +
           Tr::tr("Values alone are compared there: what somebody changed and changed back meanwhile looks untouched, "
                  "and is undone.");
}

QString revertsIn(Instant at, Instant now)
{
    const auto left = at - now;
    const QString time = left > std::chrono::minutes(1)
                             ? duration(Millis(std::chrono::ceil<std::chrono::minutes>(left)))
                             : duration(Millis(std::chrono::ceil<std::chrono::seconds>(left)));
    return at > now ? Tr::tr("reverts in %1, at %2, while a console is open; else at the next start")
                          .arg(time, shortTime(at, now))
                    : Tr::tr("is due to revert: while a console is open; else at the next start");
}

QString outcome(const ActionRecord &record)
{
    if (record.beginning == "kept"_L1)
        return Tr::tr("It stays");
    if (record.beginning == "left"_L1)
        return text(record.error);
    if (record.isUnfinished)
        return record.ending ? Tr::tr("Unfinished: needs a person") : Tr::tr("Unfinished");
    if (!record.ending)
        return Tr::tr("gone on with later");
    switch (*record.ending) {
    case Ending::Refused:
        return Tr::tr("Refused, nothing touched");
    case Ending::Done:
        return Tr::tr("Done");
    case Ending::DoneWarned:
        return Tr::tr("Done, with warnings");
    case Ending::Undone: // of an undo: it did what it says
        return record.beginning == "undo"_L1 ? Tr::tr("Done") : Tr::tr("Undone");
    case Ending::Settled:
        return Tr::tr("Settled by a person: %1").arg(text(record.error));
    case Ending::NeedsPerson:
        break;
    }
    return Tr::tr("Left half-way");
}

QString change(const ActionRecord &record)
{
    const bool changesNothing =
        record.beginning == "kept"_L1 || record.beginning == "left"_L1 || record.beginning == "settle"_L1;
    if (!record.plan || changesNothing)
        return {};
    QStringList changes;
    for (const Change &each : record.plan->changes) {
        const ChangeWords said = wordsOf(*record.plan, each);
        const bool isBack = record.beginning == "undo"_L1;
        changes.append(u"%1 → %2"_s.arg(isBack ? said.after : said.before, isBack ? said.before : said.after));
    }
    // Of a breaker and of many counters the first tells enough.
    const bool isFlag = record.plan->action == "feature-flag"_L1;
    return isFlag || changes.size() < 2 ? changes.join(u", "_s) : Tr::tr("%1 and more").arg(changes.first());
}

QString deed(const ActionRecord &record)
{
    const QString name = record.plan ? deed(*record.plan) : Tr::tr("plan %1").arg(shortId(record.planId));
    if (record.beginning == "kept"_L1)
        return Tr::tr("Let it stay: %1").arg(name);
    if ((record.beginning == "left"_L1 || record.beginning == "undo"_L1) && record.plan)
        return deedOfUndo(*record.plan, record.isByItself);
    if (record.beginning == "left"_L1 || (record.beginning == "undo"_L1 && record.isByItself))
        return Tr::tr("Undo by itself: %1").arg(name);
    if (record.beginning == "undo"_L1)
        return Tr::tr("Undo: %1").arg(name);
    if (record.beginning == "settle"_L1)
        return Tr::tr("Settle: %1").arg(name);
    return record.beginning == "resume"_L1 ? Tr::tr("Resume: %1").arg(name) : name;
}

QString progress(const ActionRun &run)
{
    const qsizetype all = run.plan ? run.plan->steps.size() : 0;
    for (qsizetype i = 0; i < std::min(all, run.report.steps.size()); ++i) {
        if (run.report.steps[i].state == StepReport::State::Running)
            return Tr::tr("step %1 of %2").arg(i + 1).arg(all);
    }
    return run.report.checks.isEmpty() && run.way == ActionRun::Way::Run
               ? Tr::tr("checks")
               : Tr::tr("%n steps", nullptr, static_cast<int>(all));
}

QString title(const Plan &plan)
{
    return inPlace(deed(plan), plan);
}

QString sentence(const Change &change)
{
    if (const KeyChange key = keyChange(change); !key.what.isEmpty())
        return Tr::tr("%1: %2 → %3").arg(key.what, key.before, key.after);
    if (const KeyChange password = passwordChange(change); !password.what.isEmpty())
        return Tr::tr("%1: %2 → %3").arg(password.what, password.before, password.after);
    if (change.what == "limit-lasts"_L1)
        return Tr::tr("lasts: %1 → %2").arg(lastingOf(change.before), lastingOf(change.after));
    if (change.what == "client-limit"_L1)
        return Tr::tr("limit of its own: %1 → %2").arg(valueOf(change.before), valueOf(change.after));
    if (change.what == "opened_at"_L1)
        return Tr::tr("%1: %2 → %3").arg(what(change.what), timeOf(change.before), timeOf(change.after));
    if (change.what == "variable"_L1)
        return Tr::tr("set: %1 → %2").arg(settingOf(change.before, {}), settingOf(change.after, {}));
    if (change.what == "deploy"_L1)
        return Tr::tr("live deploy: %1 → %2").arg(deployOf(change.before), deployOf(change.after));
    return Tr::tr("%1: %2 → %3").arg(what(change.what), valueOf(change.before), valueOf(change.after));
}

QString sentence(const Phrase &phrase)
{
    if (const QString key = keySentence(phrase); !key.isEmpty())
        return key;
    if (const QString password = passwordSentence(phrase); !password.isEmpty())
        return password;
    if (const QString secret = secretSentence(phrase); !secret.isEmpty())
        return secret;
    if (const QString backup = backupSentence(phrase); !backup.isEmpty())
        return backup;
    const auto argument = [&](qsizetype index) { return text(phrase.arguments.value(index)); };
    if (phrase.code == "flag-set"_L1)
        return Tr::tr("Set %1 in its table, if it is still as it was found").arg(argument(0));
    if (phrase.code == "flag-set-in"_L1)
        return Tr::tr("Set %1 in the %2, if it is still as it was found").arg(argument(0), argument(1));
    if (phrase.code == "flag-set-through"_L1)
        return phrase.arguments.value(2) == "rollout"_L1
                   ? Tr::tr("Set the rollout of %1 through %2, if it is still as it was found")
                         .arg(argument(0), argument(1))
                   : Tr::tr("Set %1 through %2, if it is still as it was found").arg(argument(0), argument(1));
    if (phrase.code == "change-compared"_L1)
        return Tr::tr("Who else sets it at the same moment is not overwritten");
    if (phrase.code == "flag-set-back"_L1)
        return phrase.arguments.value(1) == "enabled"_L1
                   ? Tr::tr("%1 is turned %2 again").arg(argument(0), onOff(phrase.arguments.value(2)))
               : phrase.arguments.value(1) == "rollout"_L1
                   ? (argument(2).isEmpty()
                          ? Tr::tr("the rollout of %1 is taken away again").arg(argument(0))
                          : Tr::tr("the rollout of %1 is set back to %2 %").arg(argument(0), argument(2)))
                   : Tr::tr("%1 of %2 is set back to %3")
                         .arg(what(phrase.arguments.value(1)), argument(0), argument(2));
    if (phrase.code == "variable-set"_L1)
        return Tr::tr("Set %1 on %2, if it is still as it was found; it is not live until the service is redeployed")
            .arg(argument(0), argument(2));
    if (phrase.code == "variable-set-back"_L1)
        return phrase.arguments.value(1).isEmpty()
                   ? Tr::tr("%1 is removed again, if it stands as it was left").arg(argument(0))
                   : Tr::tr("%1 is set back to %2, if it stands as it was left")
                         .arg(argument(0), settingOf(phrase.arguments.value(1), argument(2)));
    if (phrase.code == "service-redeploy"_L1)
        return Tr::tr("Have %1 deploy %2 again, with the variables as they are set then").arg(argument(3), argument(0));
    if (phrase.code == "service-restart"_L1)
        return Tr::tr("Have %1 restart %2, with the variables it was started with").arg(argument(2), argument(0));
    if (phrase.code == "service-roll-back"_L1)
        return Tr::tr("Have %1 bring %2 back to %3, with the variables of that deploy")
            .arg(argument(3), argument(0), argument(2));
    if (phrase.code == "service-watched"_L1)
        return Tr::tr("Watch %1 until it is live and well, for %2 at most").arg(argument(0), argument(1));
    if (phrase.code == "service-rolled-back"_L1)
        return Tr::tr("%1 is rolled back to %2").arg(argument(0), argument(1));
    if (phrase.code == "service-goes-on"_L1)
        return Tr::tr("%1 goes on with what it was started with, as %2 has no roll-back: redeploy it")
            .arg(argument(0), argument(1));
    if (phrase.code == "service-healthy"_L1)
        return Tr::tr("%1 is live, and its health is good").arg(argument(0));
    if (phrase.code == "variable-waits"_L1)
        return Tr::tr("%1 is set, not live until redeploy").arg(argument(0));
    if (phrase.code == "counter-removed"_L1)
        return Tr::tr("Take away what counts against %1: %2").arg(argument(0), counterWords(phrase.arguments));
    if (phrase.code == "counter-restored"_L1)
        return Tr::tr("What counted against %1 in %2 is put back with the time it has left then, if nothing was "
                      "counted since")
            .arg(argument(0), argument(1));
    if (phrase.code == "limit-raised"_L1)
        return Tr::tr("Let %1 have %2 for %3 from then on, if it is still as it was found")
            .arg(argument(0), argument(1), lastingOf(phrase.arguments.value(2)));
    if (phrase.code == "limit-removed"_L1)
        return Tr::tr("Take away the limit of %2 that %1 has of its own, if it is still as it was found")
            .arg(argument(0), argument(1));
    if (phrase.code == "limit-put-back"_L1)
        return phrase.arguments.value(1).isEmpty()
                   ? Tr::tr("%1 has %2 again, if nobody set another limit since")
                         .arg(argument(0), ownLimit(phrase.arguments.value(2)))
                   : Tr::tr("%1 has %2 again, with the time it has left then, if nobody set another limit since")
                         .arg(argument(0), argument(1));
    if (phrase.code == "cache-part"_L1)
        return Tr::tr("Delete the keys of %1 in small batches, part %2 of %3")
            .arg(argument(0), argument(1), argument(2));
    if (phrase.code == "cache-warmed"_L1)
        return Tr::tr("Ask the service for %2 pages of %1, so that they are cached again")
            .arg(argument(0), argument(1));
    if (phrase.code == "cache-watched"_L1)
        return Tr::tr("Watch %1 until its hit rate is %2 % again, for %3 at most")
            .arg(argument(0), argument(1), lastingOf(phrase.arguments.value(2)));
    if (phrase.code == "cache-answers"_L1)
        return phrase.arguments.value(1).isEmpty()
                   ? Tr::tr("The service was asked for what warms %1").arg(argument(0))
                   : Tr::tr("What warms %1 was answered: %2").arg(argument(0), argument(1));
    if (phrase.code == "hit-rate-back"_L1)
        return phrase.arguments.value(1).isEmpty()
                   ? Tr::tr("The hit rate of %1 is back").arg(argument(0))
                   : Tr::tr("The hit rate of %1 is back: %2 %").arg(argument(0), argument(1));
    if (phrase.code == "breaker-close"_L1)
        return Tr::tr("Close %1 and count its failures from 0, if it is still as it was found").arg(argument(0));
    if (phrase.code == "breaker-open"_L1)
        return Tr::tr("Open %1 and hold it open until %2, if it is still as it was found")
            .arg(argument(0), timeOf(phrase.arguments.value(2)));
    if (phrase.code == "breaker-told"_L1) {
        const QString told = phrase.arguments.value(1);
        const QString guard = Tr::tr("in the instance that answers, if it is still as it was found");
        return told == "CLOSE"_L1 ? Tr::tr("Close %1 %2").arg(argument(0), guard)
               : told == "FORCE_OPEN"_L1
                   ? Tr::tr("Force %1 open until somebody closes it, %2").arg(argument(0), guard)
                   : Tr::tr("Disable %1, so that it lets all calls through, %2").arg(argument(0), guard);
    }
    if (phrase.code == "breaker-set-back"_L1)
        return Tr::tr("%1 is set back to %2, if it stands as it was left").arg(argument(0), argument(1));
    if (phrase.code == "target-marked"_L1)
        return Tr::tr("It says which deployment it belongs to");
    if (phrase.code == "may-change"_L1)
        return Tr::tr("The user that acts may do all of it");
    if (phrase.code == "done-as-expected"_L1)
        return Tr::tr("%1 is as the plan expected").arg(argument(0));
    if (phrase.code == "journal-writable"_L1)
        return Tr::tr("The journal can be written");
    if (phrase.code == "plan-not-used"_L1)
        return Tr::tr("This plan was not carried out before");
    if (phrase.code == "target-reached"_L1)
        return Tr::tr("The store answers");
    if (phrase.code == "target-proved"_L1)
        return Tr::tr("It is the store that the plan was made for");
    if (phrase.code == "state-as-planned"_L1)
        return Tr::tr("It is as the plan found it");
    if (phrase.code == "nobody-else-acts"_L1)
        return Tr::tr("Nobody else acts on this deployment");
    if (phrase.code == "role"_L1 && phrase.arguments.isEmpty())
        return Tr::tr("There is no policy: one operator, and only what is of low or medium risk");
    if (phrase.code == "role"_L1)
        return phrase.arguments.size() > 1 ? Tr::tr("%1 may do this, as %2").arg(argument(0), argument(1))
                                           : Tr::tr("%1 may do this").arg(argument(0));
    if (phrase.code == "freeze"_L1)
        return Tr::tr("Nothing is frozen");
    if (phrase.code == "risk-as-policy"_L1)
        return Tr::tr("The policy knows no higher risk");
    if (phrase.code == "reason-given"_L1)
        return Tr::tr("A reason is given");
    if (phrase.code == "approved"_L1)
        return phrase.arguments.isEmpty() ? Tr::tr("Waiting for a second person")
                                          : Tr::tr("%1 approved it").arg(argument(0));
    if (phrase.code == "verified"_L1) {
        const QString found = finding(phrase.arguments.value(1), phrase.arguments.mid(2));
        return found.isEmpty() ? argument(0) : u"%1: %2"_s.arg(argument(0), found);
    }
    if (phrase.code == "checklist"_L1)
        return Tr::tr("What the profile lists to look at after a deploy");
    if (phrase.code == "evidence-kept"_L1)
        return Tr::tr("The evidence is kept in the journal");
    if (phrase.code == "may-approve"_L1)
        return Tr::tr("%1 may approve it").arg(argument(0));
    if (phrase.code == "revert-pending"_L1)
        return Tr::tr("It is to be taken back by itself");
    if (phrase.code == "begun-here"_L1)
        return Tr::tr("It was begun from here, and is to be ended");
    if (phrase.code == "may-undo"_L1)
        return Tr::tr("It can be taken back still");
    if (phrase.code == "flag-as-expected"_L1)
        return Tr::tr("%1 is as the plan expected").arg(argument(0));
    return text(phrase.code);
}

QString sentence(const Check &check)
{
    if (!check.error)
        return sentence(check.phrase);
    if (check.phrase.code == "reason-given"_L1)
        return Tr::tr("No reason is given yet: %1").arg(text(check.error->message));
    return u"%1: %2"_s.arg(sentence(check.phrase), text(check.error->message));
}

QString sentence(const Measure &measure)
{
    if (QString use = apiKeyMeasure(measure); !use.isEmpty())
        return use;
    if (const QString backup = backupMeasure(measure); !backup.isEmpty())
        return backup;
    const QString name = measure.what == "live-sessions"_L1         ? Tr::tr("live sessions")
                         : measure.what == "requests-per-minute"_L1 ? Tr::tr("requests a minute")
                         : measure.what == "live-tokens"_L1         ? Tr::tr("tokens alive")
                         : measure.what == "reach"_L1               ? Tr::tr("what it touches besides")
                         : measure.what == "cache-keys"_L1          ? Tr::tr("keys")
                         : measure.what == "cache-hits"_L1          ? Tr::tr("hits a minute")
                         : measure.what == "hit-rate"_L1    ? Tr::tr("% hit rate since its counters were started")
                         : measure.what == "more-misses"_L1 ? Tr::tr("more misses at most in the first minute")
                         : measure.what == "more-database-reads"_L1
                             ? Tr::tr("more reads of the database at most in the first minute")
                             : text(QString(measure.what).replace(u'-', u' '));
    if (!measure.number)
        return Tr::tr("%1: not measured (%2)").arg(name, text(measure.source));
    return u"%1 %2 (%3)"_s.arg(count(*measure.number), name, text(measure.source));
}

QString say(Risk risk)
{
    switch (risk) {
    case Risk::Low:
        return Tr::tr("Low risk");
    case Risk::Medium:
        return Tr::tr("Medium risk");
    case Risk::High:
        break;
    }
    return Tr::tr("High risk");
}

QString say(Ending ending)
{
    switch (ending) {
    case Ending::Refused:
        return Tr::tr("Refused: nothing was touched");
    case Ending::Done:
        return Tr::tr("Done");
    case Ending::DoneWarned:
        return Tr::tr("Done, with warnings");
    case Ending::Undone:
        return Tr::tr("Undone");
    case Ending::Settled:
        return Tr::tr("Settled: a person said what they found");
    case Ending::NeedsPerson:
        break;
    }
    return Tr::tr("Unfinished: look, then resume, undo or settle");
}

QString say(StepReport::State state)
{
    switch (state) {
    case StepReport::State::Waiting:
        return Tr::tr("waiting");
    case StepReport::State::Running:
        return Tr::tr("running");
    case StepReport::State::Done:
        return Tr::tr("done");
    case StepReport::State::Already:
        return Tr::tr("was so already");
    case StepReport::State::Failed:
        return Tr::tr("failed");
    case StepReport::State::Reverted:
        return Tr::tr("taken back");
    case StepReport::State::Unknown:
        break;
    }
    return Tr::tr("not known: look");
}

QStringList lines(const Plan &plan, bool isUndo)
{
    QStringList lines{isUndo ? inPlace(deedOfUndo(plan), plan) : title(plan),
                      u"%1 · %2 · plan %3"_s.arg(say(plan.risk), text(plan.target.address), shortId(plan.id()))};
    const auto part = [&](const QString &name, const auto &all) {
        for (const auto &each : all)
            lines.append(u"  %1  %2"_s.arg(name, sentence(each)));
    };
    QList<Change> changes = plan.changes;
    for (Change &each : changes) {
        if (isUndo)
            std::swap(each.before, each.after);
    }
    part(Tr::tr("change"), changes);
    if (!isUndo)
        part(Tr::tr("step  "), plan.steps);
    part(Tr::tr("undo  "), plan.undo);
    if (plan.undo.isEmpty())
        lines.append(Tr::tr("  undo    this cannot be undone"));
    if (plan.revertAfter.count() > 0 && !isUndo)
        lines.append(u"  "_s + Tr::tr("reverts %1").arg(revertsAfter(plan.revertAfter, plan.target)));
    part(Tr::tr("touches"), plan.impact);
    for (const QString &each : meanwhile(plan, isUndo))
        lines.append(u"  "_s + each);
    if (!plan.reason.isEmpty())
        lines.append(Tr::tr("  reason  %1").arg(text(plan.reason)));
    return lines;
}

} // namespace qd::words
