/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/rows.h"
#include "watch/judgement.h"
#include "watch/row_parts.h"

using namespace Qt::StringLiterals;

namespace qd {

Rows::Rows(const DeploymentState &state, const Profile &profile, const Sources &sources, Instant at)
    : m_state(state)
    , m_profile(profile)
    , m_sources(sources)
    , m_at(at)
{
}

const CounterWindow *Rows::window(const QString &source, const Fact &fact, QStringView field) const
{
    const auto it = m_state.counters.find(counterKey(source, keyOf(fact) + u'/' + field.toString()));
    return it == m_state.counters.end() || it->second.points.isEmpty() ? nullptr : &it->second;
}

RequestsView Rows::requests() const
{
    RequestsView row;
    const QString kind = QString::fromLatin1(Requests::kind);
    row.freshness = m_sources.ofMissing(kind);
    for (const auto &[source, fact] : speaker<Requests>()) {
        row.freshness = m_sources.of(source, kind);
        row.latencyP50 = shown(source, fact, fact.latencyP50);
        row.latencyP95 = shown(source, fact, fact.latencyP95);
        row.total = shown(source, fact, fact.total);
        row.errors = shown(source, fact, fact.errorsTotal);
        const CounterWindow *total = window(source, fact, u"total");
        const CounterWindow *errors = window(source, fact, u"errors_total");
        row.rate = rateOf(total, because(source, fact.total));
        explainBy(row.rate, row.total);
        explainBy(row.errorShare, row.errors, row.total);
        if (total && errors && total->increase() && errors->increase()) {
            row.errorShare = shareOf(*errors->increase(), *total->increase(),
                                     {because(source, fact.errorsTotal), because(source, fact.total)});
            row.errorShare.because.rule = u"profile: thresholds.errors = %1 %, judged from %2 requests a minute"_s.arg(
                num(m_profile.errorsAtMost.of1 * 100), num(judgedFrom));
            if (row.errorShare.has() && *total->increase() >= judgedFrom && *row.errorShare > m_profile.errorsAtMost &&
                row.freshness.kind == Freshness::Kind::Fresh)
                row.errorShare.status = Status::Degraded;
        }
        row.latencyP95.because.rule =
            u"profile: thresholds.latency_p95 = %1 ms, judged from %2 requests a minute"_s.arg(
                num(Millis(m_profile.latencyP95AtMost).count()), num(judgedFrom));
        row.isLatencyJudged = !fact.total.has() || (total && total->increase().value_or(0) >= judgedFrom);
        if (row.latencyP95.has() && row.isLatencyJudged && *row.latencyP95 > Millis(m_profile.latencyP95AtMost) &&
            row.freshness.kind == Freshness::Kind::Fresh)
            row.latencyP95.status = Status::Degraded;
    }
    return row;
}

template <class F>
QList<ServerView<F>> Rows::servers() const
{
    QList<ServerView<F>> found;
    const QString kind = QString::fromLatin1(F::kind);
    const auto facts = factsOf<F>(m_state);
    for (const SourceSpec &spec : m_profile.sources) {
        for (const auto &[source, fact] : facts) {
            if (source == spec.id)
                found.append({.source = source, .freshness = m_sources.of(source, kind), .fact = fact});
        }
    }
    return found;
}

QList<ServerView<RedisServer>> Rows::redisServers() const
{
    return servers<RedisServer>();
}

QList<ServerView<Database>> Rows::databases() const
{
    return servers<Database>();
}

namespace {
template <class F>
ServerView<F> leading(const QList<ServerView<F>> &servers, const Freshness &missing, auto leads)
{
    const auto it = std::ranges::find_if(servers, [&](const ServerView<F> &server) {
        return server.freshness.kind == Freshness::Kind::Fresh && leads(*server.fact);
    });
    if (it != servers.end())
        return *it;
    return servers.isEmpty() ? ServerView<F>{.source = {}, .freshness = missing, .fact = {}} : servers.first();
}
} // namespace

ServerView<RedisServer> Rows::master(const QList<ServerView<RedisServer>> &servers) const
{
    return leading(servers, m_sources.ofMissing(QString::fromLatin1(RedisServer::kind)),
                   [](const RedisServer &redis) { return redis.role.valueOr({}) == "master"_L1; });
}

ServerView<Database> Rows::primary(const QList<ServerView<Database>> &servers) const
{
    return leading(servers, m_sources.ofMissing(QString::fromLatin1(Database::kind)),
                   [](const Database &database) { return database.isStandby.has() && *database.isStandby == 0; });
}

} // namespace qd
