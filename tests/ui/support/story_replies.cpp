/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "ui/support/story_replies.h"

#include <QDateTime>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace qd::test {
namespace {
QString pointer(const QStringList &path)
{
    QString text;
    for (QString part : path) {
        part.replace(u'~', u"~0"_s).replace(u'/', u"~1"_s);
        text += u'/' + part;
    }
    return text;
}

/// Sets `value` at `path` and says where it stands.
Origin put(QJsonObject &root, const QStringList &path, const QJsonValue &value, int exchange = 0)
{
    QList<QJsonObject> parents{root};
    for (qsizetype i = 0; i + 1 < path.size(); ++i)
        parents.append(parents.last().value(path[i]).toObject());
    QJsonValue child = value;
    for (qsizetype i = path.size() - 1; i >= 0; --i) {
        parents[i].insert(path[i], child);
        child = parents[i];
    }
    root = parents.first();
    return {exchange, pointer(path)};
}

QString healthWord(Level level)
{
    switch (level) {
    case Level::Ok:
        return u"healthy"_s;
    case Level::Degraded:
        return u"degraded"_s;
    case Level::Down:
        return u"unhealthy"_s;
    case Level::Unknown:
        break;
    }
    return u"unknown"_s;
}

double number(Millis millis)
{
    return std::round(millis.count() * 100) / 100;
}
} // namespace

void HealthReply::check(const QString &path, Level level, std::optional<Millis> latency, const QString &detail)
{
    const QStringList at = path.isEmpty() ? QStringList{} : path.split(u'/');
    HealthCheck fact;
    fact.path = path;
    fact.word = {healthWord(level), put(m_root, at + QStringList{u"status"_s}, healthWord(level))};
    fact.level = {level, fact.word.origin};
    if (latency)
        fact.latency = {Millis{number(*latency)}, put(m_root, at + QStringList{u"latency_ms"_s}, number(*latency))};
    if (!detail.isEmpty())
        fact.detail = {detail, put(m_root, at + QStringList{u"backend"_s}, detail)};
    m_facts.append(fact);
}

void HealthReply::breaker(const BreakerLine &line)
{
    const auto field = [&](const QString &name, const QJsonValue &value) {
        return put(m_root, {u"circuit_breakers"_s, line.name, name}, value);
    };
    Breaker fact;
    fact.id = line.name;
    fact.state = {line.state, field(u"state"_s, toWord(line.state))};
    fact.failures = {line.failures, field(u"failure_count"_s, line.failures)};
    fact.failureThreshold = {line.threshold, field(u"failure_threshold"_s, line.threshold)};
    fact.recoveryTimeout = {Millis(line.recovery), field(u"recovery_timeout"_s, qint64{line.recovery.count()})};
    if (line.openedAt != Instant{}) {
        const auto at = QDateTime::fromMSecsSinceEpoch(line.openedAt.time_since_epoch().count(), Qt::UTC);
        fact.openedAt = {line.openedAt, field(u"opened_at"_s, at.toString(Qt::ISODateWithMs))};
    }
    fact.callsTotal = {line.calls, field(u"calls_total"_s, line.calls)};
    fact.failuresTotal = {line.failed, field(u"failures_total"_s, line.failed)};
    fact.rejectedTotal = {line.rejected, field(u"rejected_total"_s, line.rejected)};
    m_facts.append(fact);
}

void HealthReply::limiter(LimiterMode mode)
{
    Limiter fact;
    const Origin origin = put(m_root, {u"rate_limiting"_s, u"backend"_s}, toWord(mode));
    fact.mode = {mode, origin};
    fact.word = {toWord(mode), origin};
    m_facts.append(fact);
}

void HealthReply::refusals(const QString &tier, qint64 total)
{
    m_facts.append(LimitTier{
        .tier = tier, .rejectedTotal = {total, put(m_root, {u"rate_limiting"_s, u"rejected_total"_s, tier}, total)}});
}

void HealthReply::requests(qint64 total, qint64 errors, Millis p50, Millis p95)
{
    Requests fact;
    fact.total = {total, put(m_root, {u"requests"_s, u"total"_s}, total)};
    fact.errorsTotal = {errors, put(m_root, {u"requests"_s, u"errors_total"_s}, errors)};
    fact.latencyP50 = {Millis{number(p50)}, put(m_root, {u"requests"_s, u"latency_ms"_s, u"p50"_s}, number(p50))};
    fact.latencyP95 = {Millis{number(p95)}, put(m_root, {u"requests"_s, u"latency_ms"_s, u"p95"_s}, number(p95))};
    m_facts.append(fact);
}

void HealthReply::writeTo(Reading &reading) const
{
    reading.outcome = Findings{.facts = m_facts, .refusals = {}};
    reading.exchanges = {{.command = u"curl -sS http://127.0.0.1:8000/health/full"_s,
                          .reply = QJsonDocument(m_root).toJson(QJsonDocument::Compact),
                          .format = Exchange::Format::Json,
                          .truncated = false}};
}

void RedisReplies::info(Bytes used, Bytes most, qint64 commands)
{
    const auto line = [&](const char *key, const QString &value) {
        m_info += QString::fromLatin1(key) + u':' + value + u"\r\n"_s;
        return Origin{0, QString::fromLatin1(key)};
    };
    RedisServer fact;
    fact.version = {u"7.0.15"_s, line("redis_version", u"7.0.15"_s)};
    fact.role = {u"master"_s, line("role", u"master"_s)};
    fact.usedMemory = {used, line("used_memory", QString::number(used.count))};
    fact.maxMemory = {most, line("maxmemory", QString::number(most.count))};
    fact.evictionPolicy = {u"allkeys-lru"_s, line("maxmemory_policy", u"allkeys-lru"_s)};
    fact.evictedTotal = {0, line("evicted_keys", u"0"_s)};
    fact.expiredTotal = {commands / 40, line("expired_keys", QString::number(commands / 40))};
    fact.clients = {14, line("connected_clients", u"14"_s)};
    fact.keyspaceHitsTotal = {commands * 9 / 10, line("keyspace_hits", QString::number(commands * 9 / 10))};
    fact.keyspaceMissesTotal = {commands / 10, line("keyspace_misses", QString::number(commands / 10))};
    fact.commandsTotal = {commands * 3, line("total_commands_processed", QString::number(commands * 3))};
    fact.uptime = {Millis{std::chrono::hours{94}}, line("uptime_in_seconds", u"338400"_s)};
    m_findings.facts.append(fact);
}

void RedisReplies::cache(const QString &group, qint64 hits, qint64 misses, qint64 keys)
{
    Cache fact;
    fact.group = group;
    fact.hits = {hits, put(m_stats, {u"hits:"_s + group}, QString::number(hits), 1)};
    fact.misses = {misses, put(m_stats, {u"misses:"_s + group}, QString::number(misses), 1)};
    fact.keys = {keys, put(m_stats, {u"keys:"_s + group}, QString::number(keys), 1)};
    m_findings.facts.append(fact);
}

void RedisReplies::limit(const QString &tier, const QString &client, const QString &scope, qint64 used, qint64 most,
                         std::chrono::milliseconds window, Instant resetsAt)
{
    const QString key = u"LIMITS:LIMITER/%1/%2/%3/%4/second"_s.arg(client, scope)
                            .arg(most)
                            .arg(std::chrono::duration_cast<std::chrono::seconds>(window).count());
    RateLimit fact;
    fact.tier = tier;
    fact.client = client;
    fact.scope = scope;
    fact.used = {used, put(m_limits, {key, u"value"_s}, used, 2)};
    fact.limit = {most, put(m_limits, {key, u"limit"_s}, most, 2)};
    fact.window = {Millis(window), fact.limit.origin};
    fact.resetsAt = {resetsAt, put(m_limits, {key, u"resets_at_ms"_s}, qint64{resetsAt.time_since_epoch().count()}, 2)};
    m_findings.facts.append(fact);
}

void RedisReplies::refuse(const QString &what, const Error &error)
{
    m_findings.refusals.append({what, error});
}

void RedisReplies::writeTo(Reading &reading) const
{
    reading.outcome = m_findings;
    const auto json = [](const QString &command, const QJsonObject &object) {
        return Exchange{.command = command,
                        .reply = QJsonDocument(object).toJson(QJsonDocument::Compact),
                        .format = Exchange::Format::Json,
                        .truncated = false};
    };
    reading.exchanges = {{.command = u"redis-cli -p 6379 INFO"_s,
                          .reply = m_info.toUtf8(),
                          .format = Exchange::Format::Text,
                          .truncated = false},
                         json(u"redis-cli -p 6379 HGETALL quoted:cache:stats"_s, m_stats),
                         json(u"redis-cli -p 6379 --scan --pattern 'LIMITS:*'"_s, m_limits)};
}

} // namespace qd::test
