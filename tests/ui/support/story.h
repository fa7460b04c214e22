/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/clock.h"
#include "history/logbook.h"

#include <array>
#include <optional>

namespace qd::test {

/// The profile of the story's deployment: sources "health" (http-health), "redis", "postgresql"; breakers openai,
/// anthropic, stripe, resend; caches contractor, pricing, templates; tiers login, demo, reads, writes.
[[nodiscard]] Profile storyProfile(const QString &name = QStringLiteral("quoted"),
                                   const QString &environment = QStringLiteral("production"));

/// A deployment that lives in simulated time and tells a logbook about itself every 5 seconds, as its sources would.
/// Deterministic: the same calls make the same readings. Every value carries an origin that lies in its reply.
class Story
{
public:
    explicit Story(Profile profile = storyProfile());

    [[nodiscard]] Logbook &logbook() { return m_logbook; }
    [[nodiscard]] ManualClock &clock() { return m_clock; }
    /// The `length` that ends now.
    [[nodiscard]] TimeRange last(std::chrono::milliseconds length = std::chrono::hours{1}) const;

    /// Goes on as things stand.
    void live(std::chrono::seconds length);

    /// openai fails: its breaker opens after 10 s and every minute lets one trial fail; stripe answers slowly and
    /// opens now and then; errors and latency rise, contractor's hit rate falls, logins run into their limit.
    void startOutage();
    void endOutage();
    /// From now on that source fails with `error`; nothing: it answers again.
    void setFailing(const QString &source, std::optional<Error> error);
    /// From now on the redis source answers, but may not scan for limits.
    void setLimitsRefused(bool refused) { m_limitsRefused = refused; }
    void setLimiterMode(LimiterMode mode) { m_limiterMode = mode; }
    /// What the deployment says of its storage: text to be shown as it stands.
    void setStorageDetail(const QString &detail) { m_storageDetail = detail; }

    /// A healthy hour, then 220 s of outage: openai open, half-open in 45 s.
    static void untilIncident(Story &story);

private:
    struct Dependency
    {
        QString name;
        qint64 threshold;
        std::chrono::seconds recovery;
        double callsPerSecond;
        Millis latency;
        BreakerState state = BreakerState::Closed;
        qint64 failures = 0;
        Instant openedAt{};
        double calls = 0;
        double failed = 0;
        double rejected = 0;
    };
    struct Group
    {
        QString name;
        double lookupsPerSecond;
        double hitShare;
        double hits = 0;
        double misses = 0;
    };
    struct Counter
    {
        QString tier;
        QString client;
        QString scope;
        qint64 limit;
        std::chrono::seconds window;
        double fill; ///< of the limit by the end of the window
    };

    void step();
    void stepDependencies(double wave);
    void stepOpenai(Dependency &openai);
    void stepStripe(Dependency &stripe);
    void stepRest(double wave);
    void tell(const QString &source, const Reading &answer);
    [[nodiscard]] Reading health() const;
    [[nodiscard]] Reading redis() const;
    [[nodiscard]] Reading postgresql() const;
    [[nodiscard]] Reading reading(const QString &source, Millis latency) const;
    /// −1 to 1, smooth with some noise; another one for each `salt`.
    [[nodiscard]] double wave(int salt) const;

    ManualClock m_clock;
    Logbook m_logbook;
    std::array<Dependency, 4> m_dependencies;
    std::array<Group, 3> m_groups;
    QList<Counter> m_counters;
    std::optional<Instant> m_outageSince;
    QHash<QString, Error> m_failing;
    bool m_limitsRefused = false;
    LimiterMode m_limiterMode = LimiterMode::Redis;
    QString m_storageDetail = QStringLiteral("s3");
    double m_requests = 120'000;
    double m_errors = 410;
    double m_loginRefusals = 12;
    double m_readRefusals = 3;
};

} // namespace qd::test
