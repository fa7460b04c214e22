/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/policy.h"

#include "actions/registry.h"
#include "audit/signing.h"

#include <QFile>
#include <QFileInfo>
#include <QLocale>

#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qint64 fileCap = 1024LL * 1024;
constexpr qsizetype longestName = 100;

bool isOf(const QStringList &list, const QString &word, Qt::CaseSensitivity letters = Qt::CaseSensitive)
{
    return list.isEmpty() || list.contains(word, letters);
}

bool sameName(const QString &one, const QString &other)
{
    return one.compare(other, Qt::CaseInsensitive) == 0;
}

QString hint(const QString &word, const QStringList &known)
{
    const QString nearest = nearestOf(word, known);
    return nearest.isEmpty() ? u"expected one of %1"_s.arg(known.join(u", "_s)) : u"did you mean '%1'?"_s.arg(nearest);
}

/// The words of `key`. An empty list would mean all, and whoever writes one means none.
QStringList wordsIn(ConfigReader &reader, const QString &key)
{
    QStringList list = reader.strings(key);
    if (reader.has(key) && list.isEmpty())
        reader.error(reader.node(key), u"'%1': expected at least one word; leave the key out for all"_s.arg(key));
    if (std::ranges::any_of(list, [](const QString &word) { return word.trimmed().isEmpty(); }))
        reader.error(reader.node(key), u"'%1': a word is empty; write it or take it out"_s.arg(key));
    return list;
}

PolicyScope scopeIn(ConfigReader &reader, const ConfigNode &node)
{
    PolicyScope scope{.actions = wordsIn(reader, u"actions"_s),
                      .environments = wordsIn(reader, u"environments"_s),
                      .deployments = wordsIn(reader, u"deployments"_s)};
    const QStringList kinds = actionKinds();
    for (const QString &kind : std::as_const(scope.actions)) {
        if (!kinds.contains(kind))
            reader.error(node, u"'actions': there is no kind '%1'; %2"_s.arg(kind, hint(kind, kinds)));
    }
    return scope;
}

void readPeople(ConfigReader &reader, const QStringList &roles, Policy &policy, QList<Error> &errors)
{
    for (const ConfigNode &node : reader.maps(u"operators")) {
        ConfigReader one(node, &errors);
        Policy::Person person{.name = one.requiredString(u"name"), .key = {}, .roles = {}};
        const QString key = one.requiredString(u"key");
        person.roles = one.strings(u"roles");
        one.finish();
        if (const auto bytes = publicKeyFromText(key))
            person.key = *bytes;
        else if (!key.isEmpty())
            one.error(one.node(u"key"),
                      u"'key': %1; 'quarterdeck-cli key' prints one's own"_s.arg(bytes.error().message));
        if (person.name.size() > longestName)
            one.error(node, u"'name': expected at most %1 characters"_s.arg(longestName));
        for (const QString &role : std::as_const(person.roles)) {
            if (!roles.contains(role))
                one.error(one.node(u"roles"), u"'roles': there is no role '%1'; %2"_s.arg(role, hint(role, roles)));
        }
        for (const Policy::Person &other : std::as_const(policy.people)) {
            if (sameName(other.name, person.name))
                one.error(node, u"the operator '%1' is named twice"_s.arg(person.name));
            if (!person.key.isEmpty() && other.key == person.key)
                one.error(node, u"%1 and %2 have the same key; each operator needs their own, or one could approve for "
                                "the other"_s.arg(other.name, person.name));
        }
        policy.people.append(person);
    }
}

void readRoles(const ConfigNode &roles, Policy &policy, QList<Error> &errors)
{
    for (const ConfigNode::Entry &role : roles.entries) {
        if (role.value.kind != ConfigNode::Kind::List)
            errors.append({ErrorCode::BadInput,
                           u"'%1': expected a list of what this role may do (lines of '- may: …')"_s.arg(role.key),
                           role.value.where()});
        for (const ConfigNode &node : role.value.items) {
            ConfigReader one(node, &errors);
            Policy::Grant grant{.role = role.key, .act = false, .approve = false, .scope = scopeIn(one, node)};
            const QStringList may = one.strings(u"may");
            one.finish();
            grant.act = may.contains(u"act"_s);
            grant.approve = may.contains(u"approve"_s);
            if (may.isEmpty())
                one.error(node, u"'may' is missing: expected [act], [approve] or [act, approve]"_s);
            for (const QString &word : may) {
                if (word != "act"_L1 && word != "approve"_L1)
                    one.error(one.node(u"may"), u"'may': '%1' is not act or approve"_s.arg(word));
            }
            policy.grants.append(grant);
        }
    }
}

/// "16:00".
std::optional<QTime> timeIn(const QString &text)
{
    const QTime time = QTime::fromString(text, u"H:mm"_s);
    return time.isValid() ? std::optional(time) : std::nullopt;
}

/// "2026-12-24" and nothing else: what stands behind it would be passed over.
QDate dateIn(const QString &text)
{
    const auto form = u"yyyy-MM-dd"_s;
    const QDate date = QDate::fromString(text, form);
    return date.toString(form) == text ? date : QDate();
}

std::optional<QDateTime> momentIn(const QString &text)
{
    const QDateTime naive = QDateTime::fromString(text, u"yyyy-MM-dd H:mm"_s);
    return naive.isValid() ? std::optional(QDateTime(naive.date(), naive.time(), Qt::UTC)) : std::nullopt;
}

void readFreezeTimes(ConfigReader &one, const ConfigNode &node, Policy::Freeze &freeze)
{
    const QString from = one.requiredString(u"from");
    const QString to = one.requiredString(u"to");
    static const QStringList days{u"mon"_s, u"tue"_s, u"wed"_s, u"thu"_s, u"fri"_s, u"sat"_s, u"sun"_s};
    const QStringList weekdays = wordsIn(one, u"weekdays"_s);
    const QStringList dates = wordsIn(one, u"dates"_s);
    for (const QString &day : weekdays) {
        freeze.weekdays.append(static_cast<int>(days.indexOf(day)) + 1);
        if (!days.contains(day))
            one.error(one.node(u"weekdays"), u"'weekdays': '%1' is none; %2"_s.arg(day, hint(day, days)));
    }
    for (const QString &date : dates) {
        freeze.dates.append(dateIn(date));
        if (!freeze.dates.last().isValid())
            one.error(one.node(u"dates"),
                      u"'dates': '%1' is none; write each day by itself, such as 2026-12-24"_s.arg(date));
    }
    const auto first = timeIn(from);
    const auto last = to == "24:00"_L1 ? QTime(0, 0) : timeIn(to); // the beginning of the next day
    const auto begin = momentIn(from);
    const auto end = momentIn(to);
    if (begin && end) {
        freeze.span = {*begin, *end};
        if (*end <= *begin)
            one.error(one.node(u"to"), u"'to': it has to come after 'from'"_s);
        if (!weekdays.isEmpty() || !dates.isEmpty())
            one.error(node, u"'from' and 'to' have dates already; leave out weekdays and dates"_s);
    } else if (first && last) {
        freeze.from = *first;
        freeze.to = *last;
    } else if (!from.isEmpty() && !to.isEmpty()) {
        one.error(node, u"'from' and 'to': expected two times such as 16:00, or two with dates such as 2026-12-20 "
                        "18:00"_s);
    }
}

void readFreezes(ConfigReader &reader, Policy &policy, QList<Error> &errors)
{
    for (const ConfigNode &node : reader.maps(u"freezes")) {
        ConfigReader one(node, &errors);
        Policy::Freeze freeze{.scope = scopeIn(one, node),
                              .zone = {},
                              .span = {},
                              .from = {},
                              .to = {},
                              .weekdays = {},
                              .dates = {},
                              .reason = one.requiredString(u"reason")};
        const QString zone = one.requiredString(u"zone");
        freeze.zone = QTimeZone(zone.toUtf8());
        if (!zone.isEmpty() && !QTimeZone::isTimeZoneIdAvailable(zone.toUtf8()))
            one.error(one.node(u"zone"),
                      u"'zone': there is no time zone '%1'; expected one such as Europe/Berlin or UTC"_s.arg(zone));
        readFreezeTimes(one, node, freeze);
        one.finish();
        policy.freezes.append(freeze);
    }
}

void readRisks(ConfigReader &reader, Policy &policy, QList<Error> &errors)
{
    for (const ConfigNode &node : reader.maps(u"risks")) {
        ConfigReader one(node, &errors);
        Policy::Raise raise{.scope = scopeIn(one, node)};
        if (!one.has(u"at_least"))
            one.error(node, u"'at_least' is missing: expected medium or high"_s);
        // A policy that says "low" would mean to lower something, which none can.
        if (one.oneOf(u"at_least", {u"medium"_s, u"high"_s}, u"high"_s) == "high"_L1)
            raise.atLeast = Risk::High;
        else
            raise.atLeast = Risk::Medium;
        one.finish();
        policy.raises.append(raise);
    }
}
} // namespace

bool PolicyScope::covers(const Plan &plan) const
{
    return isOf(actions, plan.action) && isOf(environments, plan.target.environment, Qt::CaseInsensitive) &&
           isOf(deployments, plan.target.deployment);
}

std::optional<QDateTime> Policy::Freeze::until(Instant now) const
{
    const QDateTime there = QDateTime::fromMSecsSinceEpoch(now.time_since_epoch().count(), zone);
    const QDateTime wall(there.date(), there.time(), Qt::UTC);
    const auto stands = [&](const QDateTime &begin, const QDateTime &end) { return begin <= wall && wall < end; };
    if (span)
        return stands(span->first, span->second) ? std::optional(span->second) : std::nullopt;
    for (const int ago : {0, 1}) { // yesterday's may last into today
        const QDate day = wall.date().addDays(-ago);
        const bool isNamed = weekdays.contains(day.dayOfWeek()) || dates.contains(day);
        const QDateTime end(to > from ? day : day.addDays(1), to, Qt::UTC);
        if ((isNamed || (weekdays.isEmpty() && dates.isEmpty())) && stands(QDateTime(day, from, Qt::UTC), end))
            return end;
    }
    return std::nullopt;
}

const Policy::Person *Policy::person(const QString &name) const
{
    const auto it = std::ranges::find_if(people, [&](const Person &each) { return sameName(each.name, name); });
    return it == people.end() ? nullptr : &*it;
}

Risk Policy::riskOf(const Plan &plan) const
{
    Risk risk = plan.risk;
    for (const Raise &raise : raises) {
        if (raise.scope.covers(plan))
            risk = std::max(risk, raise.atLeast);
    }
    return risk;
}

QStringList Policy::rolesFor(bool Grant::*right, const Plan &plan) const
{
    QStringList roles;
    for (const Grant &grant : grants) {
        if (grant.*right && grant.scope.covers(plan) && !roles.contains(grant.role))
            roles.append(grant.role);
    }
    return roles;
}

QString Policy::roleFor(const Person &who, bool Grant::*right, const Plan &plan) const
{
    const QStringList roles = rolesFor(right, plan);
    const auto it = std::ranges::find_if(roles, [&](const QString &role) { return who.roles.contains(role); });
    return it == roles.end() ? QString() : *it;
}

std::expected<Policy, QList<Error>> parsePolicy(const QByteArray &yaml, const QString &file)
{
    const auto root = parseYaml(yaml, file);
    if (!root)
        return std::unexpected(QList<Error>{root.error()});
    QList<Error> errors;
    Policy policy;
    ConfigReader reader(*root, &errors);
    if (!reader.has(u"quarterdeck_policy"))
        reader.error(*root, u"'quarterdeck_policy: 1' is missing; is this a policy?"_s);
    static_cast<void>(reader.integer(u"quarterdeck_policy", 1, 1, 1));
    const ConfigNode roles = reader.map(u"roles");
    QStringList names;
    for (const ConfigNode::Entry &role : roles.entries)
        names.append(role.key);
    readRoles(roles, policy, errors);
    readPeople(reader, names, policy, errors);
    readFreezes(reader, policy, errors);
    readRisks(reader, policy, errors);
    if (policy.people.isEmpty() && !reader.has(u"operators"))
        reader.error(*root, u"'operators' is missing: nobody could act"_s);
    reader.finish();
    if (errors.isEmpty())
        return policy;
    sortByPlace(errors);
    return std::unexpected(errors);
}

std::expected<std::optional<Policy>, QList<Error>> loadPolicy(const QString &path, const QString &profile)
{
    QFile file(path.isEmpty() ? QFileInfo(profile).path() + u"/policy.yaml"_s : path);
    if (path.isEmpty() && !QFileInfo::exists(file.fileName()) && !QFileInfo(file.fileName()).isSymLink())
        return std::nullopt;
    if (!file.open(QIODevice::ReadOnly))
        return std::unexpected(QList<Error>{
            {ErrorCode::NotFound,
             u"the policy cannot be read: %1; nothing is done while nobody knows who may"_s.arg(file.errorString()),
             file.fileName()}});
    auto policy = parsePolicy(file.read(fileCap + 1), file.fileName());
    if (!policy)
        return std::unexpected(policy.error());
    return std::optional(std::move(*policy));
}

Check roleCheck(const std::optional<Policy> &policy, const Plan &plan, const Operator &who)
{
    Check check{.phrase = {u"role"_s, {}}};
    if (!policy)
        return check;
    const auto failed = [&](const QString &why) {
        check.result = Check::Result::Failed;
        check.error = Error{ErrorCode::Forbidden, why, plan.target.address};
        return check;
    };
    check.phrase.arguments = {who.id};
    const Policy::Person *person = policy->person(who.id);
    if (!person)
        return failed(u"the policy names no operator '%1'; whoever keeps it adds the name, a role and the key %2"_s.arg(
            who.id, publicKeyText(who.key)));
    if (person->key != who.key)
        return failed(u"the policy has another key for %1 than this desk, whose is %2"_s.arg(person->name,
                                                                                             publicKeyText(who.key)));
    const QString role = policy->roleFor(*person, &Policy::Grant::act, plan);
    if (role.isEmpty()) {
        const QStringList roles = policy->rolesFor(&Policy::Grant::act, plan);
        return failed(u"no role of %1 may do this on %2 (%3); %4 may"_s.arg(
            person->name, plan.target.deployment, plan.target.environment,
            roles.isEmpty() ? u"nobody"_s : roles.join(u", "_s)));
    }
    check.phrase.arguments.append(role);
    return check;
}

Check freezeCheck(const Policy &policy, const Plan &plan, Instant now)
{
    Check check{.phrase = {u"freeze"_s, {}}};
    for (const Policy::Freeze &freeze : policy.freezes) {
        const auto until = freeze.scope.covers(plan) ? freeze.until(now) : std::nullopt;
        if (!until || check.error)
            continue;
        check.result = Check::Result::Failed;
        check.error =
            Error{ErrorCode::Forbidden,
                  u"%1; until %2 %3"_s.arg(freeze.reason, QLocale::c().toString(*until, u"ddd yyyy-MM-dd HH:mm"),
                                           QString::fromUtf8(freeze.zone.id())),
                  plan.target.address};
    }
    return check;
}

Check riskCheck(const Policy &policy, const Plan &plan)
{
    Check check{.phrase = {u"risk-as-policy"_s, {toWord(policy.riskOf(plan))}}};
    if (policy.riskOf(plan) != plan.risk) {
        check.result = Check::Result::Failed;
        check.error = Error{ErrorCode::BadInput,
                            u"the plan was made for %1 risk, and the policy has it at %2; make it again"_s.arg(
                                toWord(plan.risk), toWord(policy.riskOf(plan))),
                            plan.target.address};
    }
    return check;
}

} // namespace qd
