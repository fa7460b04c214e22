/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/onsets.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace std::chrono_literals;

namespace {
const Instant start{std::chrono::hours{24 * 365 * 50}};
using Since = std::optional<Instant>;

Profile quoted()
{
    Profile p;
    p.name = u"quoted"_s;
    p.sources = {{.id = u"health"_s, .kind = u"http-health"_s, .interval = 5s, .deadline = 5s, .options = {}},
                 {.id = u"redis"_s, .kind = u"redis"_s, .interval = 5s, .deadline = 5s, .options = {}}};
    p.caches = {{.group = u"pricing"_s, .ttl = 1800s, .hitRateAtLeast = Share{0.8}}};
    p.expectations = {
        {.title = u"Oldest order"_s, .metric = {.metric = "delay_seconds", .matchers = {}}, .unit = {}, .atMost = 60}};
    p.tiers = {{.name = u"auth"_s, .limit = 5, .window = 60s, .scopes = {}}};
    return p;
}

template <class T>
Value<T> measured(T value)
{
    return {.value = value, .origin = {.exchange = 0, .pointer = u"/x"_s}};
}

Fact lookups(qint64 hits, qint64 misses)
{
    return Cache{
        .group = u"pricing"_s, .hits = measured(hits), .misses = measured(misses), .keys = {}, .longestTtl = {}};
}

Fact counter(qint64 used)
{
    return RateLimit{.tier = u"auth"_s,
                     .client = u"203.0.113.8"_s,
                     .scope = u"/login"_s,
                     .used = measured(used),
                     .limit = measured<qint64>(5),
                     .window = {},
                     .resetsAt = {}};
}

Fact slow(qint64 total, Millis p95)
{
    Requests fact;
    fact.total = measured(total);
    fact.latencyP95 = measured(p95);
    return fact;
}

Fact waiting(double seconds)
{
    Metric fact{.family = u"delay_seconds"_s};
    fact.value = measured(seconds);
    return fact;
}

Fact requests(qint64 total, qint64 errors)
{
    Requests fact;
    fact.total = measured(total);
    fact.errorsTotal = measured(errors);
    return fact;
}

const Fact well =
    HealthCheck{.path = {}, .level = measured(Level::Ok), .word = measured(u"ok"_s), .latency = {}, .detail = {}};

/// One who watches a deployment: sees it at once at every reading.
class Watch
{
public:
    void health(std::chrono::seconds after, const QList<Fact> &facts) { take(u"health"_s, after, Findings{facts, {}}); }
    void redis(std::chrono::seconds after, const QList<Fact> &facts, const QStringList &refused = {})
    {
        Findings findings{facts, {}};
        for (const QString &what : refused)
            findings.refusals.append({what, {ErrorCode::Forbidden, u"NOPERM"_s, {}}});
        take(u"redis"_s, after, findings);
    }
    void redisFails(std::chrono::seconds after) { fails(u"redis"_s, after); }
    void fails(const QString &source, std::chrono::seconds after)
    {
        failsBy(source, failure(ErrorCode::Unreachable, u"connection refused"_s), after);
    }
    void failsBy(const QString &source, const Result<Findings> &failure, std::chrono::seconds after)
    {
        take(source, after, failure);
    }
    [[nodiscard]] const DeploymentView &view() const { return m_view; }
    /// "AT subject: to", in seconds; without those of the deployment itself.
    [[nodiscard]] QStringList events() const
    {
        QStringList lines;
        for (const Event &event : m_events) {
            if (event.kind != EventKind::StatusChanged)
                lines.append(u"%1 %2: %3"_s.arg((event.at - start) / 1s).arg(event.subject, event.to));
        }
        return lines;
    }
    /// "AT from to", of the deployment itself.
    [[nodiscard]] QStringList fall() const
    {
        QStringList lines;
        for (const Event &event : m_events) {
            if (event.kind == EventKind::StatusChanged && event.subject == u"quoted"_s)
                lines.append(u"%1 %2 %3"_s.arg((event.at - start) / 1s).arg(event.from, event.to));
        }
        return lines;
    }
    [[nodiscard]] const Reason *reason(Reason::Code code, const QString &word = {}) const
    {
        for (const Reason &reason : m_view.reasons) {
            if (reason.code == code && reason.word == word)
                return &reason;
        }
        return nullptr;
    }

private:
    void take(const QString &source, std::chrono::seconds after, const Result<Findings> &outcome)
    {
        m_state = fold(std::move(m_state), {.deployment = u"quoted"_s,
                                            .source = source,
                                            .takenAt = start + after,
                                            .latency = 1ms,
                                            .outcome = outcome,
                                            .exchanges = {}});
        DeploymentView next = qd::view(m_state, quoted(), start + after);
        m_events += m_onsets.date(next, m_view);
        m_view = std::move(next);
    }
    DeploymentState m_state;
    DeploymentView m_view;
    QList<Event> m_events;
    Onsets m_onsets;
};
} // namespace

class TestOnsets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aHitRateIsLowSinceItFell()
    {
        Watch watch;
        watch.health(0s, {well});
        watch.redis(0s, {lookups(0, 0)});
        watch.redis(5s, {lookups(100, 0)});
        QVERIFY(!watch.reason(Reason::Code::HitRateLow));
        watch.redis(10s, {lookups(100, 50)});
        QCOMPARE(watch.reason(Reason::Code::HitRateLow)->since, Since(start + 10s));
        QCOMPARE(watch.view().since, Since(start + 10s));
        watch.redis(15s, {lookups(100, 60)});
        QCOMPARE(watch.reason(Reason::Code::HitRateLow)->since, Since(start + 10s));
    }

    void whatEndedBeginsAnew()
    {
        Watch watch;
        watch.redis(0s, {lookups(0, 0)});
        watch.redis(5s, {lookups(100, 0)});
        watch.redis(10s, {lookups(100, 50)});
        watch.redis(15s, {lookups(900, 50)});
        QVERIFY(!watch.reason(Reason::Code::HitRateLow));
        watch.redis(20s, {lookups(900, 900)});
        QCOMPARE(watch.reason(Reason::Code::HitRateLow)->since, Since(start + 20s));
    }

    void anIdleMinuteEndsIt()
    {
        Watch watch;
        watch.redis(0s, {lookups(100, 100)});
        watch.redis(5s, {lookups(100, 150)});
        QVERIFY(watch.reason(Reason::Code::HitRateLow));
        for (std::chrono::seconds after = 10s; after <= 80s; after += 5s)
            watch.redis(after, {lookups(100, 150)});
        QVERIFY(!watch.reason(Reason::Code::HitRateLow));
        watch.redis(85s, {lookups(100, 200)});
        QCOMPARE(watch.reason(Reason::Code::HitRateLow)->since, Since(start + 85s));
    }

    void whatStoodAtTheFirstLookHasNoDate()
    {
        Watch watch;
        watch.health(0s, {well, requests(0, 0)});
        watch.redis(0s, {lookups(0, 0), counter(5)}, {u"redis"_s});
        watch.health(5s, {well, requests(100, 90)});
        watch.redis(5s, {lookups(10, 90), counter(6)}, {u"redis"_s});
        for (const auto code : {Reason::Code::HitRateLow, Reason::Code::ErrorsHigh, Reason::Code::LimitReached}) {
            QVERIFY(watch.reason(code));
            QCOMPARE(watch.reason(code)->since, Since());
        }
        QCOMPARE(watch.reason(Reason::Code::PartRefused, u"redis"_s)->since, Since());
        QCOMPARE(watch.view().status, Status::Degraded);
        QCOMPARE(watch.view().since, Since());
    }

    void aLagIsDatedByTheReadingThatToldItFirst()
    {
        const auto replica = [](qint64 lag) {
            return Fact(Replica{.system = u"redis"_s,
                                .id = u"r"_s,
                                .lag = {.value = Bytes{lag}, .origin = {.exchange = 0, .pointer = {}}}});
        };
        Watch watch;
        watch.redis(0s, {replica(0)});
        watch.redis(5s, {replica(100'000'000)});
        watch.redis(10s, {replica(200'000'000)});
        QCOMPARE(watch.reason(Reason::Code::ReplicaLagging, u"bytes"_s)->since, Since(start + 5s));
        watch.redis(15s, {replica(0)});
        QVERIFY(!watch.reason(Reason::Code::ReplicaLagging, u"bytes"_s));
    }

    void notToSeeItForAWhileDoesNotEndIt()
    {
        Watch watch;
        watch.redis(0s, {lookups(0, 0), counter(1)});
        watch.redis(5s, {lookups(100, 0), counter(1)});
        watch.redis(10s, {lookups(100, 50), counter(5)});
        watch.redisFails(15s);
        QVERIFY(!watch.reason(Reason::Code::HitRateLow));
        QVERIFY(!watch.reason(Reason::Code::LimitReached));
        watch.redis(20s, {lookups(100, 60), counter(5)});
        QCOMPARE(watch.reason(Reason::Code::HitRateLow)->since, Since(start + 10s));
        QCOMPARE(watch.reason(Reason::Code::LimitReached)->since, Since(start + 10s));
    }

    void whatBeganUnseenHasNoDate()
    {
        Watch watch;
        watch.redis(0s, {lookups(0, 0), counter(1)});
        watch.redisFails(5s);
        watch.redis(10s, {lookups(0, 90), counter(5)});
        QCOMPARE(watch.reason(Reason::Code::HitRateLow)->since, Since());
        QCOMPARE(watch.reason(Reason::Code::LimitReached)->since, Since());
    }

    void errorsAreDatedByWhenTheyRose()
    {
        Watch watch;
        watch.health(0s, {well, requests(0, 0)});
        watch.health(5s, {well, requests(100, 0)});
        watch.health(10s, {well, requests(200, 50)});
        QCOMPARE(watch.reason(Reason::Code::ErrorsHigh)->since, Since(start + 10s));
    }

    void latencyIsDatedByWhenItRose()
    {
        Watch watch;
        watch.health(0s, {well, slow(0, 30ms)});
        watch.health(5s, {well, slow(100, 30ms)});
        watch.health(10s, {well, slow(200, 3'600ms)});
        watch.health(15s, {well, slow(300, 2'600ms)});
        QCOMPARE(watch.reason(Reason::Code::LatencyHigh)->since, Since(start + 10s));
        watch.health(20s, {well, slow(400, 30ms)});
        watch.health(80s, {well, slow(500, 30ms)});
        QCOMPARE(watch.events(), (QStringList{u"10 : degraded"_s, u"20 : ok"_s}));
    }

    void aLullDoesNotEndALatency()
    {
        Watch watch;
        watch.health(0s, {well, slow(0, 30ms)});
        watch.health(5s, {well, slow(100, 30ms)});
        watch.health(10s, {well, slow(200, 3'600ms)});
        for (int lull = 0; lull < 5; ++lull)
            watch.health(40s + lull * 30s, {well, slow(201 + lull, 3'600ms)});
        QVERIFY(!watch.reason(Reason::Code::LatencyHigh));
        watch.health(165s, {well, slow(305, 3'600ms)});
        QVERIFY(watch.reason(Reason::Code::LatencyHigh));
        QCOMPARE(watch.reason(Reason::Code::LatencyHigh)->since, Since(start + 10s));
        watch.health(170s, {well, slow(405, 30ms)});
        watch.health(225s, {well, slow(505, 30ms)});
        watch.health(230s, {well, slow(605, 30ms)});
        QCOMPARE(watch.events(), (QStringList{u"10 : degraded"_s, u"170 : ok"_s}));
    }

    void aLatencyThatRoseInALullIsDatedByTheFirstLookAfterIt()
    {
        Watch watch;
        watch.health(0s, {well, slow(0, 3'600ms)});
        watch.health(5s, {well, slow(100, 3'600ms)}); // judged for the first time: it stood
        QVERIFY(watch.reason(Reason::Code::LatencyHigh));
        QVERIFY(!watch.reason(Reason::Code::LatencyHigh)->since);
        watch.health(10s, {well, slow(200, 30ms)});
        for (int lull = 0; lull < 3; ++lull)
            watch.health(40s + lull * 30s, {well, slow(201 + lull, 30ms)});
        watch.health(105s, {well, slow(305, 3'600ms)});
        QVERIFY(watch.reason(Reason::Code::LatencyHigh));
        QCOMPARE(watch.reason(Reason::Code::LatencyHigh)->since, Since(start + 105s));
    }

    void aMetricIsDatedByWhenItLeftItsBounds()
    {
        Watch watch;
        watch.health(0s, {well, waiting(5)});
        watch.health(5s, {well, waiting(61)});
        watch.health(10s, {well, waiting(66)});
        QCOMPARE(watch.reason(Reason::Code::MetricOutOfBounds, u"s"_s)->since, Since(start + 5s));
        watch.health(15s, {well});
        watch.health(20s, {well, waiting(76)}); // nobody saw it come back
        QCOMPARE(watch.reason(Reason::Code::MetricOutOfBounds, u"s"_s)->since, Since(start + 5s));
        watch.health(25s, {well, waiting(1)});
        watch.health(90s, {well, waiting(1)});
        QCOMPARE(watch.events(), (QStringList{u"5 Oldest order: degraded"_s, u"25 Oldest order: ok"_s}));
    }

    void refusalsAreDatedWithoutTheCounters()
    {
        const auto refused = [](qint64 total) {
            return Fact(LimitTier{.tier = u"auth"_s, .rejectedTotal = measured(total)});
        };
        Watch watch;
        watch.health(0s, {well, refused(0)});
        watch.redisFails(1s);
        watch.health(5s, {well, refused(10)});
        watch.health(10s, {well, refused(50)});
        watch.health(15s, {well, refused(90)});
        QCOMPARE(watch.reason(Reason::Code::LimitRefusing)->since, Since(start + 10s));
    }

    void eachRefusedPartHasItsOwnDate()
    {
        Watch watch;
        watch.redis(0s, {lookups(0, 0)});
        watch.redis(5s, {lookups(0, 0)}, {u"limit"_s});
        watch.redis(10s, {lookups(0, 0)}, {u"redis"_s, u"limit"_s});
        QCOMPARE(watch.reason(Reason::Code::PartRefused, u"limit"_s)->since, Since(start + 5s));
        QCOMPARE(watch.reason(Reason::Code::PartRefused, u"redis"_s)->since, Since(start + 10s));
    }

    void whatBeginsAndEndsIsAnEvent()
    {
        Watch watch;
        watch.redis(0s, {lookups(0, 0), counter(1)});
        watch.redis(5s, {lookups(100, 0), counter(1)});
        watch.redis(10s, {lookups(100, 50), counter(5)});
        const QStringList begun{u"10 pricing: degraded"_s, u"10 auth: degraded"_s};
        QCOMPARE(watch.events(), begun);
        watch.redis(15s, {lookups(900, 50), counter(1)});
        watch.redis(20s, {lookups(900, 900), counter(5)}); // it hovers
        watch.redisFails(25s);
        watch.redis(90s, {lookups(900, 1'800), counter(5)});
        QCOMPARE(watch.events(), begun);
        watch.redis(100s, {lookups(9'000, 1'800), counter(1)});
        watch.redis(159s, {lookups(19'000, 1'800), counter(1)});
        QCOMPARE(watch.events(), begun);
        watch.redis(160s, {lookups(20'000, 1'800), counter(1)});
        QCOMPARE(watch.events().mid(2), (QStringList{u"100 pricing: ok"_s, u"100 auth: ok"_s}));
    }

    void whatStoodAtTheFirstLookDidNotBeginThen()
    {
        Watch watch;
        watch.redis(0s, {lookups(0, 0), counter(5)});
        watch.redis(5s, {lookups(10, 90), counter(6)});
        QVERIFY(watch.reason(Reason::Code::LimitReached));
        QCOMPARE(watch.events(), QStringList());
    }

    void aStatusIsAsOldAsTheFirstOfItsReasons()
    {
        const auto part = [](const QString &path, Level level) {
            return HealthCheck{.path = path, .level = {.value = level, .origin = {}}};
        };
        Watch watch;
        const auto health = [&](std::chrono::seconds after, Level database, Level cache) {
            watch.health(after, {well, part(u"database"_s, database), part(u"cache"_s, cache)});
        };
        health(0s, Level::Ok, Level::Ok);
        health(5s, Level::Down, Level::Ok);
        QCOMPARE(watch.view().status, Status::Degraded);
        QCOMPARE(watch.view().since, Since(start + 5s));
        health(9s, Level::Ok, Level::Down); // one takes over from the other
        QCOMPARE(watch.view().status, Status::Degraded);
        QCOMPARE(watch.view().since, Since(start + 5s));
        health(12s, Level::Ok, Level::Ok);
        health(15s, Level::Ok, Level::Down);
        QCOMPARE(watch.view().since, Since(start + 15s));
    }

    void whatGotBetterButNotWellHasStoodSinceItBegan()
    {
        Watch watch;
        const auto health = [&](std::chrono::seconds after, Level whole, Level part) {
            const auto check = [](const QString &path, Level level) {
                return HealthCheck{.path = path, .level = {.value = level, .origin = {}}};
            };
            watch.health(after, {check({}, whole), check(u"cache"_s, part)});
        };
        health(0s, Level::Ok, Level::Ok);
        health(5s, Level::Down, Level::Ok);
        health(9s, Level::Ok, Level::Down);
        QCOMPARE(watch.view().status, Status::Degraded);
        QCOMPARE(watch.view().since, Since(start + 5s));
        QCOMPARE(watch.reason(Reason::Code::HealthDown)->since, Since(start + 9s)); // each reason has its own
        health(12s, Level::Down, Level::Down);                                      // it was not down between
        QCOMPARE(watch.view().since, Since(start + 12s));
        health(15s, Level::Ok, Level::Down);
        QCOMPARE(watch.view().since, Since(start + 5s));
        health(20s, Level::Ok, Level::Ok);
        QCOMPARE(watch.view().since, Since());
        health(25s, Level::Ok, Level::Down);
        QCOMPARE(watch.view().since, Since(start + 25s));
    }

    void whatStoodAtTheFirstLookIsNotDatedByWhatBeginsLater()
    {
        Watch watch;
        watch.redis(0s, {lookups(0, 0)}, {u"redis"_s}); // a right is missing since nobody knows when
        watch.health(0s, {well, requests(0, 0)});
        QCOMPARE(watch.view().status, Status::Degraded);
        QCOMPARE(watch.view().since, Since());
        watch.health(5s, {well, requests(100, 0)});
        watch.health(10s, {well, requests(200, 50)});
        QCOMPARE(watch.reason(Reason::Code::ErrorsHigh)->since, Since(start + 10s));
        QCOMPARE(watch.view().since, Since());
        watch.redis(11s, {lookups(0, 0)}); // the first is over, and it was never well between
        QVERIFY(!watch.reason(Reason::Code::PartRefused, u"redis"_s));
        QCOMPARE(watch.view().status, Status::Degraded);
        QCOMPARE(watch.view().since, Since());
        watch.health(15s, {well, requests(100'000, 50)});
        QCOMPARE(watch.view().status, Status::Ok);
        watch.health(20s, {well, requests(100'100, 100'000)});
        QCOMPARE(watch.view().status, Status::Degraded);
        QCOMPARE(watch.view().since, Since(start + 20s));
    }

    void whatGetsWorseIsDatedAnew()
    {
        Watch watch;
        watch.health(0s, {well});
        watch.redis(0s, {counter(1)});
        const auto failsBy = [&](ErrorCode code, std::chrono::seconds after) {
            watch.failsBy(u"health"_s, failure(code, u"no"_s), after);
        };
        failsBy(ErrorCode::Forbidden, 5s);
        watch.redis(6s, {lookups(0, 0), counter(1)}, {u"redis"_s});
        QCOMPARE(watch.view().status, Status::Degraded);
        failsBy(ErrorCode::Unreachable, 10s); // it fails since 5 s, and is down since now
        QCOMPARE(watch.view().status, Status::Down);
        QCOMPARE(watch.view().since, Since(start + 10s));
        watch.redis(11s, {lookups(0, 0), counter(1)}, {u"redis"_s});
        QCOMPARE(watch.view().since, Since(start + 10s));
    }

    void theFallOfTheWholeIsOneEvent()
    {
        Watch watch;
        watch.health(0s, {well});
        watch.redis(0s, {counter(1)});
        watch.health(5s, {well, requests(0, 0)});
        watch.health(10s, {well, requests(100, 50)}); // degraded alone is told by its reason
        watch.health(15s, {well, requests(10'000, 50)});
        QCOMPARE(watch.fall(), QStringList());
        watch.redisFails(20s); // and a second later the rest of the machine
        watch.fails(u"health"_s, 21s);
        QCOMPARE(watch.fall(), (QStringList{u"21 ok unknown"_s}));
        watch.redis(60s, {counter(1)}); // the stores are back, the service is not
        watch.health(70s, {well});
        QCOMPARE(watch.fall().mid(1), (QStringList{u"60 unknown down"_s, u"70 down ok"_s}));
    }

    void aFallAfterAWhileBeginsWhereItStood()
    {
        Watch watch;
        watch.health(0s, {well});
        watch.redis(0s, {counter(1)});
        watch.redisFails(5s);
        watch.fails(u"health"_s, 8s);
        QCOMPARE(watch.fall(), QStringList{u"8 degraded unknown"_s});
    }

    void whatIsDownAtTheFirstLookDidNotGoDownThen()
    {
        Watch watch;
        watch.redis(0s, {counter(1)});
        watch.fails(u"health"_s, 1s);
        QCOMPARE(watch.view().status, Status::Down);
        QCOMPARE(watch.fall(), QStringList());
        watch.health(5s, {well});
        QCOMPARE(watch.fall(), QStringList{u"5 down ok"_s});
    }

    void aNoteDoesNotDateAHealthyStatus()
    {
        Watch watch;
        watch.health(0s, {well});
        watch.redis(0s, {counter(1)});
        watch.redis(5s, {counter(5)});
        QCOMPARE(watch.reason(Reason::Code::LimitReached)->since, Since(start + 5s));
        QCOMPARE(watch.view().status, Status::Ok);
        QCOMPARE(watch.view().since, Since());
    }
};

QTEST_GUILESS_MAIN(TestOnsets)
#include "tst_onsets.moc"
