/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"

#include "history/logbook.h"
#include "sources/source.h"
#include "watch/watcher.h"

#include <QJsonArray>
#include <QTest>

#include <cmath>

using namespace Qt::StringLiterals;
using namespace qd;
using qd::testing::LiveSandbox;

namespace {
/// Two intervals of the sandbox's slowest source are 4 s; a busy machine takes its time.
constexpr int settleMs = 60'000;

const Freshness *freshness(const Logbook &book, const QString &source)
{
    for (const SourceView &s : book.view().sources) {
        if (s.id == source)
            return &s.freshness;
    }
    return nullptr;
}

bool isFresh(const Logbook &book, const QString &source)
{
    const Freshness *f = freshness(book, source);
    return f && f->kind == Freshness::Kind::Fresh;
}
} // namespace

/// The console's knowledge beside the deployment's own, on real Redis, PostgreSQL and HTTP.
class TestLive : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void everythingIsSeenWithinSeconds();
    void countsEqualTheServicesOwn();
    void aBreakerIsSeenGoingRound();
    void refusalsAreCountedAndTheLimitIsSeenReached();
    void whatIsTakenAwayIsSeenAndSeenBack_data();
    void whatIsTakenAwayIsSeenAndSeenBack();

private:
    /// Waits for an answer of every source that was asked after now.
    void waitForNewReadings();
    void compareBreakers();
    [[nodiscard]] bool allFresh() const;
    /// Counts the answers of `source`, good or not, to questions asked from now on.
    void countPolls(const QString &source);

    QString m_counted;
    Instant m_countedFrom;
    int m_polls = 0;
    std::unique_ptr<LiveSandbox> m_sandbox;
    SystemClock m_clock;
    std::unique_ptr<IoThread> m_io;
    std::unique_ptr<Logbook> m_book;
    std::unique_ptr<Watcher> m_watcher;
    QTimer m_tick;
};

void TestLive::init()
{
    m_sandbox = std::make_unique<LiveSandbox>();
    QVERIFY2(m_sandbox->start({u"--time-scale"_s, u"6"_s}), qPrintable(m_sandbox->lastError()));
    const ProfileResult profile = loadProfile(m_sandbox->profile());
    QVERIFY(profile.has_value());
    QVERIFY(checkSources(*profile).isEmpty());
    m_io = std::make_unique<IoThread>();
    m_book = std::make_unique<Logbook>(*profile, m_clock);
    m_watcher = std::make_unique<Watcher>(*profile, *m_io, m_clock);
    connect(m_watcher.get(), &Watcher::read, m_book.get(), &Logbook::take);
    connect(m_watcher.get(), &Watcher::read, this, [this](const Reading &reading) {
        const auto asked = reading.takenAt - std::chrono::duration_cast<std::chrono::milliseconds>(reading.latency);
        if (reading.source == m_counted && asked >= m_countedFrom)
            ++m_polls;
    });
    connect(&m_tick, &QTimer::timeout, m_book.get(), &Logbook::tick);
    m_tick.start(200);
    m_watcher->start();
}

void TestLive::cleanup()
{
    m_tick.stop();
    m_watcher.reset();
    m_io.reset();
    m_book.reset();
    m_sandbox.reset();
}

bool TestLive::allFresh() const
{
    return std::ranges::all_of(m_book->view().sources,
                               [](const SourceView &s) { return s.freshness.kind == Freshness::Kind::Fresh; });
}

void TestLive::waitForNewReadings()
{
    const Instant now = m_clock.now();
    const auto asked = [&](const SourceView &s) {
        const auto it = m_book->state().sources.find(s.id);
        return it != m_book->state().sources.end() && it->second.good &&
               it->second.good->takenAt -
                       std::chrono::duration_cast<std::chrono::milliseconds>(it->second.good->latency) >
                   now;
    };
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::all_of(m_book->view().sources, asked), settleMs);
    m_book->tick();
}

/// With what the full health tells of each, while nobody calls.
void TestLive::compareBreakers()
{
    const QJsonObject own = m_sandbox->get(u"/health/full"_s)["circuit_breakers"_L1].toObject();
    const auto breakers = factsOf<Breaker>(m_book->state());
    QCOMPARE(breakers.size(), own.size());
    int opened = 0;
    for (const auto &[source, breaker] : breakers) {
        const QJsonObject told = own[breaker.id].toObject();
        QCOMPARE(breaker.failures.valueOr(-1), told["failure_count"_L1].toInteger(-2));
        QCOMPARE(breaker.failureThreshold.valueOr(-1), told["failure_threshold"_L1].toInteger(-2));
        QVERIFY(breaker.recoveryTimeout.has());
        QCOMPARE(breaker.recoveryTimeout->count(), 1000 * told["recovery_timeout"_L1].toDouble(-2));
        QCOMPARE(breaker.openedAt.has(), told["opened_at"_L1].isDouble());
        if (!breaker.openedAt.has())
            continue;
        ++opened;
        const double at = 1000 * told["opened_at"_L1].toDouble();
        QVERIFY(std::abs(static_cast<double>(breaker.openedAt->time_since_epoch().count()) - at) <= 1);
    }
    QCOMPARE(opened, 1);
}

void TestLive::countPolls(const QString &source)
{
    m_counted = source;
    m_countedFrom = m_clock.now();
    m_polls = 0;
}

void TestLive::everythingIsSeenWithinSeconds()
{
    QTRY_VERIFY_WITH_TIMEOUT(allFresh(), settleMs);
    const DeploymentView &v = m_book->view();
    QCOMPARE(v.sources.size(), 8);
    const auto sawAll = [&] {
        return std::ranges::all_of(v.sources, [](const SourceView &s) { return s.refusals.isEmpty(); });
    };
    QTRY_VERIFY_WITH_TIMEOUT(sawAll(), settleMs); // cache counters exist from the first lookup on
    QCOMPARE(v.breakers.size(), 4);
    QCOMPARE(v.caches.size(), 3);
    QCOMPARE(v.tiers.size(), 4);
    QVERIFY(v.limiter.mode.value == LimiterMode::Redis);
    QVERIFY(v.database.fact && v.database.fact->version.has());
    QCOMPARE(v.database.fact->environment.valueOr({}), u"quoted/production"_s);
    QVERIFY(v.redis.fact && v.redis.fact->usedMemory.has());
    QVERIFY(v.health.size() > 5);
}

void TestLive::countsEqualTheServicesOwn()
{
    QTRY_VERIFY_WITH_TIMEOUT(allFresh(), settleMs);
    QTRY_VERIFY_WITH_TIMEOUT(m_book->view().caches.first().hits.value.value_or(0) > 20, settleMs);
    QVERIFY2(m_sandbox->pauseLoad(), qPrintable(m_sandbox->lastError()));
    waitForNewReadings();
    const QJsonObject oracle = m_sandbox->oracle();
    const DeploymentView &v = m_book->view();

    const QJsonObject caches = oracle.value("cache"_L1).toObject();
    QCOMPARE(caches.size(), v.caches.size());
    for (const CacheView &cache : v.caches) {
        const QJsonObject own = caches.value(cache.group).toObject();
        QCOMPARE(cache.hits.value, own.value("hits"_L1).toInteger(-1));
        QCOMPARE(cache.misses.value, own.value("misses"_L1).toInteger(-1));
    }
    const QJsonObject breakers = oracle.value("breakers"_L1).toObject();
    QVERIFY(breakers.size() == 4);
    QCOMPARE(v.breakers.size(), breakers.size());
    for (const BreakerView &breaker : v.breakers) {
        const QJsonObject own = breakers.value(breaker.name).toObject();
        QCOMPARE(breaker.calls.value, own.value("calls_total"_L1).toInteger(-1));
        QCOMPARE(breaker.failed.value, own.value("failures_total"_L1).toInteger(-1));
        QCOMPARE(breaker.rejected.value, own.value("rejected_total"_L1).toInteger(-1));
    }
    const QJsonObject requests = oracle.value("requests"_L1).toObject();
    QVERIFY(requests.value("total"_L1).toInteger() > 0);
    QCOMPARE(v.requests.total.value, requests.value("total"_L1).toInteger(-1));
    QCOMPARE(v.requests.errors.value, requests.value("errors_total"_L1).toInteger(-1));
    QVERIFY(v.requests.latencyP50.has() && v.requests.latencyP95.has());
    QCOMPARE(v.requests.latencyP50->count(), requests["latency_ms"_L1]["p50"_L1].toDouble(-1));
    QCOMPARE(v.requests.latencyP95->count(), requests["latency_ms"_L1]["p95"_L1].toDouble(-1));
    // Counters expire on their own: compare those that both still know.
    QHash<QString, qint64> own;
    const QJsonArray limits = oracle.value("limits"_L1).toArray();
    for (const QJsonValue &limit : limits)
        own.insert(limit["client"_L1].toString() + u' ' + limit["scope"_L1].toString(), limit["used"_L1].toInteger());
    int compared = 0;
    for (const LimitView &limit : v.limits) {
        const auto it = own.constFind(limit.client + u' ' + limit.scope);
        if (it == own.cend())
            continue;
        QCOMPARE(limit.used.value, *it);
        ++compared;
    }
    QVERIFY2(compared >= 5, qPrintable(u"%1 of %2 counters compared"_s.arg(compared).arg(own.size())));
}

void TestLive::aBreakerIsSeenGoingRound()
{
    QTRY_VERIFY_WITH_TIMEOUT(allFresh(), settleMs);
    const auto state = [&] { return m_book->view().breakers.first().state.value.value_or(BreakerState::Unknown); };
    QCOMPARE(m_book->view().breakers.first().name, u"openai"_s);
    QVERIFY(state() == BreakerState::Closed);
    QVERIFY2(m_sandbox->fault(u"openai-down"_s), qPrintable(m_sandbox->lastError()));
    QTRY_VERIFY_WITH_TIMEOUT(state() == BreakerState::Open, settleMs);
    QVERIFY(m_book->view().breakers.first().halfOpenIn.has());
    QVERIFY(m_book->view().status == Status::Degraded);
    // It stays half-open while nobody asks.
    QVERIFY2(m_sandbox->pauseLoad(), qPrintable(m_sandbox->lastError()));
    QVERIFY(m_sandbox->fault(u"openai-down"_s, {}, false));
    QTRY_VERIFY_WITH_TIMEOUT(state() == BreakerState::HalfOpen, settleMs);
    waitForNewReadings();
    compareBreakers();
    if (QTest::currentTestFailed())
        return;
    QVERIFY2(m_sandbox->resumeLoad(), qPrintable(m_sandbox->lastError()));
    QTRY_VERIFY_WITH_TIMEOUT(state() == BreakerState::Closed, settleMs);
    QStringList path;
    for (const Event &event : m_book->state().events) {
        if (event.kind == EventKind::BreakerChanged && event.subject == "openai"_L1)
            path.append(event.to);
    }
    QCOMPARE(path.first(), u"open"_s);
    QVERIFY2(path.contains(u"half-open"_s), qPrintable(path.join(u" → "_s)));
    QCOMPARE(path.last(), u"closed"_s);
}

void TestLive::refusalsAreCountedAndTheLimitIsSeenReached()
{
    QTRY_VERIFY_WITH_TIMEOUT(allFresh(), settleMs);
    QVERIFY2(m_sandbox->fault(u"flood"_s, u"auth"_s), qPrintable(m_sandbox->lastError()));
    const auto auth = [&] { return m_book->view().tiers.first(); };
    QCOMPARE(auth().tier, u"auth"_s);
    QTRY_VERIFY_WITH_TIMEOUT(auth().clientsAtLimit.value.value_or(0) > 0, settleMs);
    QVERIFY(m_book->view().limits.first().fill->of1 >= 1);
    QTRY_VERIFY_WITH_TIMEOUT(auth().rejected.value.value_or(0) > 0, settleMs);
    QVERIFY(m_sandbox->fault(u"flood"_s, u"auth"_s, false));
    QVERIFY2(m_sandbox->pauseLoad(), qPrintable(m_sandbox->lastError()));
    waitForNewReadings();
    const QJsonObject rejected = m_sandbox->oracle().value("rejected"_L1).toObject();
    QCOMPARE(m_book->view().tiers.size(), rejected.size());
    for (const TierView &tier : m_book->view().tiers)
        QCOMPARE(tier.rejected.value, rejected.value(tier.tier).toInteger(-1));
}

void TestLive::whatIsTakenAwayIsSeenAndSeenBack_data()
{
    QTest::addColumn<QString>("take");
    QTest::addColumn<QString>("give");
    QTest::addColumn<QString>("source");
    QTest::newRow("redis") << u"redis-stop"_s << u"redis-start"_s << u"redis"_s;
    QTest::newRow("postgresql") << u"postgres-stop"_s << u"postgres-start"_s << u"postgresql"_s;
    QTest::newRow("service") << u"service-kill"_s << u"service-start"_s << u"health"_s;
}

void TestLive::whatIsTakenAwayIsSeenAndSeenBack()
{
    QFETCH(QString, take);
    QFETCH(QString, give);
    QFETCH(QString, source);
    QTRY_VERIFY_WITH_TIMEOUT(allFresh(), settleMs);
    QVERIFY2(m_sandbox->fault(take), qPrintable(m_sandbox->lastError()));
    countPolls(source);
    // A late answer alone is stale, too.
    QTRY_VERIFY_WITH_TIMEOUT(freshness(*m_book, source)->kind == Freshness::Kind::Stale &&
                                 freshness(*m_book, source)->error.has_value(),
                             settleMs);
    QVERIFY2(m_polls <= 2, qPrintable(u"seen after %1 polls"_s.arg(m_polls)));
    QVERIFY(m_book->view().status == Status::Degraded || m_book->view().status == Status::Down);
    QVERIFY2(m_sandbox->fault(give), qPrintable(m_sandbox->lastError()));
    countPolls(source);
    QTRY_VERIFY_WITH_TIMEOUT(isFresh(*m_book, source), settleMs);
    QVERIFY2(m_polls <= 2, qPrintable(u"seen back after %1 polls"_s.arg(m_polls)));
    QTRY_VERIFY_WITH_TIMEOUT(allFresh(), settleMs);
}

QTEST_GUILESS_MAIN(TestLive)
#include "tst_live.moc"
