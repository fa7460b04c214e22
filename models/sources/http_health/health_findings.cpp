/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/http_health/health_document.h"
#include "sources/http_health/http_health.h"
#include "sources/http_source.h"

#include <QJsonDocument>
#include <QSet>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int levelCap = 8; ///< of a check's path

/// The pointer to `field` of a member: the member itself where no field is named.
QString below(const QString &member, const QString &field)
{
    return field.isEmpty() ? member : member + u'/' + field;
}

Value<Level> levelOf(const HealthDocument &document, const HealthMap &map, const QString &pointer)
{
    Value<Level> level{.value = {}, .origin = {0, pointer}};
    const QJsonValue found = document.at(pointer);
    const Value<QString> word = document.word(pointer);
    if (!word.has())
        return level;
    const auto it = map.words.find(word->toLower());
    if (it != map.words.end())
        level.value = it->second;
    else if (found.isBool())
        level.value = found.toBool() ? Level::Ok : Level::Down;
    else
        level.value = Level::Unknown;
    return level;
}

HealthCheck checkAt(HealthDocument &document, const HealthMap &map, const QString &path, const HealthMap::Check &at)
{
    HealthCheck check;
    check.path = path;
    if (!at.status.isEmpty()) {
        check.level = levelOf(document, map, at.status);
        check.word = document.word(at.status);
        if (!check.level.has())
            document.refuse(HealthCheck::kind, at.status, u"nothing there that tells a status"_s);
    }
    if (!at.latency.isEmpty())
        check.latency = document.millis(HealthCheck::kind, at.latency, at.latencyFactor);
    if (!at.detail.isEmpty())
        check.detail = document.word(at.detail);
    if (const auto unit = document.word(at.unit); check.detail.has() && unit.has())
        check.detail.value = *check.detail + u' ' + *unit;
    return check;
}

/// The checks of one document: each path once (the first wins), so that no member's name can stand in for another.
class Checks
{
public:
    Checks(HealthDocument &document, const HealthMap &map, QList<Fact> &facts)
        : m_document(document)
        , m_map(map)
        , m_facts(facts)
    {
    }

    void add(const QString &path, const HealthMap::Check &at)
    {
        if (m_paths.size() >= HealthMap::checkCap) {
            if (!std::exchange(m_full, true))
                m_document.refuse(HealthCheck::kind, at.status,
                                  u"more checks; only the first %1 are shown"_s.arg(HealthMap::checkCap));
            return;
        }
        if (path.count(u'/') >= levelCap) {
            m_document.refuse(HealthCheck::kind, at.status,
                              u"a path of more than %1 levels is not shown"_s.arg(levelCap));
            return;
        }
        if (m_paths.contains(path)) {
            m_document.refuse(HealthCheck::kind, at.status, u"another check is called '%1' already"_s.arg(path));
            return;
        }
        m_paths.insert(path);
        m_facts.append(checkAt(m_document, m_map, path, at));
    }

private:
    HealthDocument &m_document;
    const HealthMap &m_map;
    QList<Fact> &m_facts;
    QSet<QString> m_paths;
    bool m_full = false;
};

void addChecks(HealthDocument &document, const HealthMap &map, QList<Fact> &facts)
{
    Checks checks(document, map, facts);
    if (!map.status.isEmpty()) {
        HealthMap::Check self;
        self.status = map.status;
        checks.add(map.root, self);
    }
    for (const HealthMap::Check &check : map.checks) {
        if (check.each.isEmpty()) {
            checks.add(check.name, check);
            continue;
        }
        const QStringList names = document.members(HealthCheck::kind, check.each);
        for (const QString &name : names) {
            const QString member = check.each + pointerStep(name);
            HealthMap::Check at = check;
            at.status = below(member, check.status);
            at.latency = check.latency.isEmpty() ? QString() : below(member, check.latency);
            at.detail = check.detail.isEmpty() ? QString() : below(member, check.detail);
            const QString prefix = check.prefix.isEmpty() ? QString() : check.prefix + u'/';
            checks.add(prefix + pathStep(name), at);
        }
    }
}

/// The breaker's state as a word. opossum's toJSON() has booleans instead: the one that is true counts.
Value<QString> stateWord(const HealthDocument &document, const QString &pointer)
{
    Value<QString> word = document.word(pointer);
    const QJsonObject flags = document.at(pointer).toObject();
    QStringList set;
    for (const QString &flag : {u"closed"_s, u"open"_s, u"halfOpen"_s}) {
        if (flags.value(flag).toBool())
            set.append(flag);
    }
    if (flags.value("enabled"_L1) == QJsonValue(false))
        set = {u"disabled"_s};
    if (set.isEmpty())
        return word;
    word.value = set.join(u" and "_s);
    if (set.size() == 1 && flags.contains(set.first()))
        word.origin.pointer += u'/' + set.first();
    return word;
}

void addBreaker(HealthDocument &document, const HealthMap::Breakers &map, const QString &name, const QString &member,
                QList<Fact> &facts)
{
    const auto count = [&](const QString &field) {
        return field.isEmpty() ? Value<qint64>{} : document.count(Breaker::kind, below(member, field));
    };
    // Among dependencies ("breaker/state") those without a breaker are none.
    const qsizetype inner = map.state.lastIndexOf(u'/');
    if (inner > 0 && document.at(below(member, map.state.left(inner))).isUndefined())
        return;
    Breaker breaker;
    breaker.id = cleaned(name);
    const Value<QString> word = stateWord(document, below(member, map.state));
    breaker.state.origin = word.origin;
    if (word.has()) {
        const auto state = breakerState(*word);
        breaker.state.value = state.value_or(BreakerState::Unknown);
        if (!state)
            document.refuse(Breaker::kind, word.origin.pointer,
                            u"'%1' is no state of a circuit breaker that is known here"_s.arg(*word));
    } else {
        document.refuse(Breaker::kind, word.origin.pointer, u"expected the breaker's state, found nothing"_s);
    }
    breaker.failures = count(map.failures);
    breaker.failureThreshold = count(map.threshold);
    if (!map.recovery.isEmpty())
        breaker.recoveryTimeout = document.millis(Breaker::kind, below(member, map.recovery), 1000);
    if (!map.openedAt.isEmpty())
        breaker.openedAt = document.instant(Breaker::kind, below(member, map.openedAt));
    breaker.callsTotal = count(map.calls);
    breaker.failuresTotal = count(map.failuresTotal);
    breaker.rejectedTotal = count(map.rejected);
    if (!map.failureRate.isEmpty())
        breaker.failureShare = document.share(Breaker::kind, below(member, map.failureRate));
    facts.append(breaker);
}

void addBreakers(HealthDocument &document, const HealthMap::Breakers &map, QList<Fact> &facts)
{
    const QStringList names = document.members(Breaker::kind, map.each);
    for (const QString &name : names)
        addBreaker(document, map, name, map.each + pointerStep(name), facts);
}

void addLimits(HealthDocument &document, const HealthMap &map, QList<Fact> &facts)
{
    if (!map.limiterMode.isEmpty()) {
        Limiter limiter;
        limiter.word = document.word(map.limiterMode);
        limiter.mode.origin = limiter.word.origin;
        if (limiter.word.has()) {
            const auto it = map.limiterWords.find(limiter.word->toLower());
            limiter.mode.value = it == map.limiterWords.end() ? LimiterMode::Unknown : it->second;
            facts.append(limiter);
        }
    }
    if (map.rejectedEach.isEmpty())
        return;
    const QStringList tiers = document.members(LimitTier::kind, map.rejectedEach);
    for (const QString &tier : tiers) {
        facts.append(LimitTier{.tier = cleaned(tier),
                               .rejectedTotal = document.count(LimitTier::kind, map.rejectedEach + pointerStep(tier))});
    }
}

void addRequests(HealthDocument &document, const HealthMap::Traffic &map, QList<Fact> &facts)
{
    Requests requests;
    if (!map.total.isEmpty())
        requests.total = document.count(Requests::kind, map.total);
    if (!map.errors.isEmpty())
        requests.errorsTotal = document.count(Requests::kind, map.errors);
    if (!map.p50.isEmpty())
        requests.latencyP50 = document.millis(Requests::kind, map.p50);
    if (!map.p95.isEmpty())
        requests.latencyP95 = document.millis(Requests::kind, map.p95);
    if (requests != Requests{})
        facts.append(requests);
}

Error notJson(const HttpReply &reply, const QString &problem, const QString &where)
{
    const QByteArray start = reply.body.left(512).trimmed().toLower();
    const bool html =
        reply.contentType.toLower().contains("html") || start.startsWith("<!doctype") || start.startsWith("<html");
    const QString what = reply.body.trimmed().isEmpty() ? u"an empty body"_s
                         : html                         ? u"an HTML page (a login, a proxy or a wrong path?)"_s
                                                        : problem;
    const bool failed = reply.status >= 500;
    return {failed ? ErrorCode::ServerError : ErrorCode::BadReply,
            u"expected a JSON object, got HTTP %1 with %2"_s.arg(reply.status).arg(what), where};
}
/// JSON, but with nothing in it that the map looks for.
Error notOurs(const HttpReply &reply, const QString &where)
{
    if (reply.status >= 500)
        return {ErrorCode::ServerError,
                u"the server failed (HTTP %1), and its body is no health document"_s.arg(reply.status), where};
    return {
        ErrorCode::BadReply,
        u"HTTP %1 with JSON that holds nothing of what the source's 'map' or 'shape' names; check these and 'path'"_s
            .arg(reply.status),
        where};
}

bool saysAnything(const Fact &fact)
{
    bool any = false;
    const auto see = [&](const char *, Behaviour, const auto &value) { any = any || value.has(); };
    std::visit([&](const auto &f) { eachField(f, see); }, fact);
    return any;
}
} // namespace

QString pathStep(const QString &name)
{
    QString step = cleaned(name);
    step.replace(u'/', QChar(0x2215)); // ∕, the division slash
    return step.isEmpty() ? u"_"_s : step;
}

Result<Findings> healthFindings(const HttpReply &reply, const HealthMap &map, const QString &where)
{
    return healthFindings(reply, [&](const QJsonObject &) { return map; }, where);
}

Result<Findings> healthFindings(const HttpReply &reply, const MapOf &mapFor, const QString &where)
{
    if (const auto error = refusedBy(reply, where))
        return std::unexpected(*error);
    QJsonParseError parse;
    const QJsonDocument json = QJsonDocument::fromJson(reply.body, &parse);
    if (parse.error != QJsonParseError::NoError)
        return std::unexpected(notJson(
            reply, u"text that is not JSON (%1 at byte %2)"_s.arg(parse.errorString()).arg(parse.offset), where));
    if (!json.isObject())
        return std::unexpected(notJson(reply, u"a list"_s, where));

    const HealthMap map = mapFor(json.object());
    HealthDocument document(json.object(), where);
    Findings findings;
    addChecks(document, map, findings.facts);
    for (const HealthMap::Breakers &breakers : map.breakers) {
        if (breakers.name.isEmpty())
            addBreakers(document, breakers, findings.facts);
        else
            addBreaker(document, breakers, breakers.name, breakers.each, findings.facts);
    }
    addLimits(document, map, findings.facts);
    if (map.requests)
        addRequests(document, *map.requests, findings.facts);
    findings.refusals = document.refusals();

    if (std::ranges::none_of(findings.facts, saysAnything))
        return std::unexpected(notOurs(reply, where));
    const bool failed = reply.status < 200 || reply.status > 299;
    // There is none where its path was too deep.
    if (auto *root = std::get_if<HealthCheck>(&findings.facts.first()); failed && root && !map.status.isEmpty())
        root->detail = {.value = u"HTTP %1"_s.arg(reply.status), .origin = {0, QString()}};
    return findings;
}

} // namespace qd
