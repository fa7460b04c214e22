/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "ui/support/story.h"

#include "ui/support/story_replies.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::test {
namespace {
constexpr auto stepLength = 5s;
const Instant storyStart{1'794'837'731s}; // 2026-11-16 13:02:11 UTC

/// Evenly spread −1 to 1 from a number (splitmix64).
double noise(quint64 n)
{
    n += 0x9e3779b97f4a7c15ULL;
    n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9ULL;
    n = (n ^ (n >> 27)) * 0x94d049bb133111ebULL;
    n ^= n >> 31;
    return static_cast<double>(n >> 11) / static_cast<double>(1ULL << 52) - 1.0;
}

SourceSpec source(const QString &id, const QString &kind, std::chrono::milliseconds interval)
{
    SourceSpec spec;
    spec.id = id;
    spec.kind = kind;
    spec.interval = interval;
    return spec;
}
} // namespace

Profile storyProfile(const QString &name, const QString &environment)
{
    Profile profile;
    profile.name = name;
    profile.title = u"Quote service"_s;
    profile.environment = environment;
    profile.preset = u"quoted"_s;
    profile.connections[u"http"_s] = HttpConnection{.base = QUrl(u"http://127.0.0.1:8000"_s), .bearer = {}, .tls = {}};
    profile.connections[u"redis"_s] = RedisConnection{};
    profile.connections[u"postgresql"_s] = PostgresConnection{};
    profile.sources = {source(u"health"_s, u"http-health"_s, 5s), source(u"redis"_s, u"redis"_s, 5s),
                       source(u"postgresql"_s, u"postgresql"_s, 10s)};
    profile.breakers = {{u"openai"_s, 5, 60s}, {u"anthropic"_s, 3, 30s}, {u"stripe"_s, 3, 30s}, {u"resend"_s, 5, 60s}};
    profile.caches = {
        {u"contractor"_s, 600s, Share{0.8}}, {u"pricing"_s, 1800s, Share{0.9}}, {u"templates"_s, 300s, Share{0.7}}};
    profile.tiers = {{u"login"_s, 5, 60s, {u"/api/auth/login"_s}},
                     {u"demo"_s, 5, 3600s, {u"/api/demo/quote"_s}},
                     {u"reads"_s, 120, 60s, {u"/api/read"_s}},
                     {u"writes"_s, 60, 60s, {u"/api/write"_s}}};
    return profile;
}

Story::Story(Profile profile)
    : m_clock(storyStart)
    , m_logbook(std::move(profile), m_clock)
    , m_dependencies{Dependency{.name = u"openai"_s,
                                .threshold = 5,
                                .recovery = 60s,
                                .callsPerSecond = 9,
                                .latency = Millis{820}},
                     Dependency{.name = u"anthropic"_s,
                                .threshold = 3,
                                .recovery = 30s,
                                .callsPerSecond = 22,
                                .latency = Millis{640}},
                     Dependency{.name = u"stripe"_s,
                                .threshold = 3,
                                .recovery = 30s,
                                .callsPerSecond = 16,
                                .latency = Millis{310}},
                     Dependency{.name = u"resend"_s,
                                .threshold = 5,
                                .recovery = 60s,
                                .callsPerSecond = 0,
                                .latency = Millis{0}}}
    , m_groups{Group{.name = u"contractor"_s, .lookupsPerSecond = 64, .hitShare = 0.88},
               Group{.name = u"pricing"_s, .lookupsPerSecond = 41, .hitShare = 0.96},
               Group{.name = u"templates"_s, .lookupsPerSecond = 12, .hitShare = 0.81}}
    , m_counters{{u"login"_s, u"203.0.113.8"_s, u"/api/auth/login"_s, 5, 60s, 0.6},
                 {u"reads"_s, u"198.51.100.20"_s, u"/api/read"_s, 120, 60s, 0.85},
                 {u"demo"_s, u"198.51.100.3"_s, u"/api/demo/quote"_s, 5, 3600s, 0.6},
                 {u"reads"_s, u"192.0.2.44"_s, u"/api/read"_s, 120, 60s, 0.42},
                 {u"writes"_s, u"192.0.2.44"_s, u"/api/write"_s, 60, 60s, 0.35},
                 {u"reads"_s, u"2001:db8:7::5"_s, u"/api/read"_s, 120, 60s, 0.21},
                 {u"writes"_s, u"198.51.100.20"_s, u"/api/write"_s, 60, 60s, 0.15},
                 {u"login"_s, u"192.0.2.17"_s, u"/api/auth/login"_s, 5, 60s, 0.2}}
{
}

TimeRange Story::last(std::chrono::milliseconds length) const
{
    return {m_clock.now() - length, m_clock.now()};
}

void Story::live(std::chrono::seconds length)
{
    for (auto lived = 0s; lived < length; lived += stepLength) {
        m_clock.advance(stepLength);
        step();
    }
}

void Story::startOutage()
{
    m_outageSince = m_clock.now();
}

void Story::endOutage()
{
    m_outageSince.reset();
}

void Story::setFailing(const QString &source, std::optional<Error> error)
{
    if (error)
        m_failing.insert(source, *error);
    else
        m_failing.remove(source);
}

void Story::untilIncident(Story &story)
{
    story.live(3600s - 220s);
    story.startOutage();
    story.live(220s);
}

double Story::wave(int salt) const
{
    const double t = std::chrono::duration<double>(m_clock.now() - storyStart).count();
    const double slow = std::sin(t / 611.0 + salt) * 0.45 + std::sin(t / 173.0 + 2.0 * salt) * 0.25;
    return slow + 0.3 * noise(static_cast<quint64>(t) * 31U + static_cast<quint64>(salt));
}

void Story::step()
{
    stepDependencies(wave(1));
    stepRest(wave(2));
    tell(u"health"_s, health());
    tell(u"redis"_s, redis());
    tell(u"postgresql"_s, postgresql());
    m_logbook.tick();
}

void Story::stepDependencies(double wave)
{
    const double seconds = std::chrono::duration<double>(stepLength).count();
    for (Dependency &dependency : m_dependencies) {
        const double calls = dependency.callsPerSecond * (1 + 0.25 * wave) * seconds;
        if (m_outageSince && dependency.name == "openai"_L1) {
            stepOpenai(dependency);
            continue;
        }
        if (m_outageSince && dependency.name == "stripe"_L1) {
            stepStripe(dependency);
            continue;
        }
        dependency.state = BreakerState::Closed;
        dependency.failures = 0;
        dependency.calls += calls;
        dependency.failed += calls * 0.01;
    }
}

void Story::stepOpenai(Dependency &openai)
{
    const auto since = m_clock.now() - *m_outageSince;
    const double calls = openai.callsPerSecond * std::chrono::duration<double>(stepLength).count();
    if (since < 10s) {
        openai.failures = 3;
        openai.calls += calls;
        openai.failed += calls * 0.8;
        return;
    }
    const auto inCycle = (since - 10s) % 65s;
    openai.failures = openai.threshold;
    if (inCycle >= 60s) {
        openai.state = BreakerState::HalfOpen;
        openai.calls += 1;
        openai.failed += 1;
        return;
    }
    if (openai.state != BreakerState::Open)
        openai.openedAt = m_clock.now() - inCycle;
    openai.state = BreakerState::Open;
    openai.rejected += calls;
}

void Story::stepStripe(Dependency &stripe)
{
    const auto inCycle = (m_clock.now() - *m_outageSince) % 80s;
    const double calls = stripe.callsPerSecond * std::chrono::duration<double>(stepLength).count();
    if (inCycle < 35s) {
        stripe.state = BreakerState::Closed;
        stripe.failures = 1;
        stripe.calls += calls;
        stripe.failed += calls * 0.28;
    } else if (inCycle < 60s) {
        if (stripe.state != BreakerState::Open)
            stripe.openedAt = m_clock.now();
        stripe.state = BreakerState::Open;
        stripe.failures = stripe.threshold;
        stripe.rejected += calls;
    } else {
        stripe.state = BreakerState::HalfOpen;
        stripe.calls += 3;
        stripe.failed += 1;
    }
}

void Story::stepRest(double wave)
{
    const double seconds = std::chrono::duration<double>(stepLength).count();
    const double requests = 158 * (1 + 0.2 * wave) * seconds;
    m_requests += requests;
    m_errors += requests * (m_outageSince ? 0.042 : 0.006 * (1 + 0.5 * wave));
    for (Group &group : m_groups) {
        const double lookups = group.lookupsPerSecond * (1 + 0.2 * wave) * seconds;
        const bool hurt = m_outageSince && group.name == "contractor"_L1;
        const double share = std::clamp((hurt ? 0.71 : group.hitShare) + 0.03 * wave, 0.0, 1.0);
        group.hits += lookups * share;
        group.misses += lookups * (1 - share);
    }
    if (m_outageSince)
        m_loginRefusals += 2.1 * seconds;
    m_readRefusals += 0.02 * seconds;
}

void Story::tell(const QString &source, const Reading &answer)
{
    Reading said = answer;
    if (const auto it = m_failing.constFind(source); it != m_failing.cend())
        said.outcome = std::unexpected(*it);
    m_logbook.take(said);
}

Reading Story::reading(const QString &source, Millis latency) const
{
    return {.deployment = m_logbook.profile().name,
            .source = source,
            .takenAt = m_clock.now(),
            .latency = latency,
            .outcome = Findings{},
            .exchanges = {}};
}

Reading Story::health() const
{
    const bool trouble = m_outageSince.has_value();
    HealthReply reply;
    const Level whole = trouble ? Level::Degraded : Level::Ok;
    reply.check(u""_s, whole, {}, {});
    reply.check(u"database"_s, Level::Ok, Millis{1.2 + 0.3 * wave(3)}, u"PostgreSQL"_s);
    reply.check(u"cache"_s, m_limiterMode == LimiterMode::Redis ? Level::Ok : Level::Down, Millis{0.4 + 0.1 * wave(4)},
                {});
    reply.check(u"storage"_s, Level::Ok, Millis{31 + 5 * wave(5)}, m_storageDetail);
    reply.check(u"external"_s, whole, {}, {});
    for (const Dependency &d : m_dependencies) {
        const bool refused = d.state == BreakerState::Open;
        const bool quiet = d.callsPerSecond <= 0;
        reply.check(u"external/"_s + d.name,
                    refused ? Level::Down
                    : quiet ? Level::Unknown
                            : Level::Ok,
                    refused || quiet ? std::optional<Millis>{} : d.latency * (1 + 0.2 * wave(6)), {});
    }
    for (const Dependency &d : m_dependencies) {
        reply.breaker({.name = d.name,
                       .state = d.state,
                       .failures = d.failures,
                       .threshold = d.threshold,
                       .recovery = d.recovery,
                       .openedAt = d.openedAt,
                       .calls = std::llround(d.calls),
                       .failed = std::llround(d.failed),
                       .rejected = std::llround(d.rejected)});
    }
    reply.limiter(m_limiterMode);
    reply.refusals(u"login"_s, std::llround(m_loginRefusals));
    reply.refusals(u"demo"_s, 2);
    reply.refusals(u"reads"_s, std::llround(m_readRefusals));
    reply.refusals(u"writes"_s, 0);
    reply.requests(std::llround(m_requests), std::llround(m_errors),
                   Millis{(trouble ? 260 : 120) * (1 + 0.15 * wave(7))},
                   Millis{(trouble ? 1240 : 430) * (1 + 0.15 * wave(8))});
    Reading said = reading(u"health"_s, Millis{trouble ? 212.0 : 38 + 6 * wave(9)});
    reply.writeTo(said);
    return said;
}

Reading Story::redis() const
{
    RedisReplies replies;
    replies.info(Bytes{std::llround((212 + 9 * wave(10)) * 1'000'000)}, Bytes{512'000'000}, std::llround(m_requests));
    for (const Group &g : m_groups)
        replies.cache(g.name, std::llround(g.hits), std::llround(g.misses), std::llround(g.lookupsPerSecond * 14));
    if (m_limitsRefused) {
        replies.refuse(QString::fromLatin1(RateLimit::kind),
                       {ErrorCode::Forbidden, u"NOPERM this user has no permissions to run the 'scan' command"_s,
                        u"127.0.0.1:6379"_s});
    } else {
        for (const Counter &c : m_counters) {
            const auto window = std::chrono::duration_cast<std::chrono::milliseconds>(c.window);
            const auto into = m_clock.now().time_since_epoch() % window;
            const double part = std::chrono::duration<double>(into) / std::chrono::duration<double>(window);
            const bool flooded = m_outageSince && c.tier == "login"_L1 && c.fill > 0.5;
            const double used = flooded ? static_cast<double>(c.limit) : static_cast<double>(c.limit) * c.fill;
            replies.limit(c.tier, c.client, c.scope, std::llround(used * (c.limit > 100 ? 0.6 + 0.4 * part : 1)),
                          c.limit, window, m_clock.now() + (window - into));
        }
    }
    Reading said = reading(u"redis"_s, Millis{0.4 + 0.1 * wave(11)});
    replies.writeTo(said);
    return said;
}

Reading Story::postgresql() const
{
    Reading said = reading(u"postgresql"_s, Millis{1.9 + 0.3 * wave(12)});
    const auto at = [](const char *pointer) { return Origin{0, QString::fromLatin1(pointer)}; };
    Database database;
    database.database = u"quoted"_s;
    database.version = {u"15.14"_s, at("/0/version")};
    database.connections = {18 + std::llround(4 * wave(13)), at("/0/connections")};
    database.maxConnections = {100, at("/0/max_connections")};
    database.size = {Bytes{1'204'000'000}, at("/0/size")};
    database.commitsTotal = {std::llround(m_requests * 1.4), at("/0/xact_commit")};
    said.outcome = Findings{.facts = {database}, .refusals = {}};
    said.exchanges = {
        {.command = u"psql -h 127.0.0.1 -d quoted -c 'select * from pg_stat_database'"_s,
         .reply = QByteArrayLiteral(
             R"([{"version":"15.14","connections":18,"max_connections":100,"size":1204000000,"xact_commit":168000}])"),
         .format = Exchange::Format::Json,
         .truncated = false}};
    return said;
}

} // namespace qd::test
