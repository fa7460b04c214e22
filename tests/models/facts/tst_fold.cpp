/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "facts/state.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace std::chrono_literals;

namespace {
const Instant start{std::chrono::hours{24 * 365 * 50}};

template <class T>
Value<T> measured(T value)
{
    return {.value = value, .origin = {.exchange = 0, .pointer = u"/x"_s}};
}

Breaker openai(BreakerState state, qint64 failures = 0, qint64 calls = 0)
{
    Breaker b;
    b.id = u"openai"_s;
    b.state = measured(state);
    b.failures = measured(failures);
    b.failureThreshold = measured<qint64>(5);
    b.callsTotal = measured(calls);
    return b;
}

/// As opossum's metrics tell it: without a state.
Breaker openings(std::optional<qint64> count)
{
    Breaker b;
    b.id = u"openai"_s;
    b.openedTotal = {.value = count, .origin = {}};
    return b;
}

Reading answer(std::chrono::seconds after, QList<Fact> facts, const QString &source = u"health"_s)
{
    return {.deployment = u"quoted"_s,
            .source = source,
            .takenAt = start + after,
            .latency = 1ms,
            .outcome = Findings{.facts = std::move(facts), .refusals = {}},
            .exchanges = {}};
}

Reading failed(std::chrono::seconds after, ErrorCode code = ErrorCode::Unreachable)
{
    return {.deployment = u"quoted"_s,
            .source = u"health"_s,
            .takenAt = start + after,
            .latency = 1ms,
            .outcome = failure(code, u"connection refused"_s, u"http://h/health"_s),
            .exchanges = {}};
}

QStringList told(const DeploymentState &state)
{
    static const QHash<EventKind, QString> words{
        {EventKind::BreakerChanged, u"breaker"_s}, {EventKind::HealthChanged, u"health"_s},
        {EventKind::LimiterChanged, u"limiter"_s}, {EventKind::SourceLost, u"lost"_s},
        {EventKind::SourceBack, u"back"_s},        {EventKind::CounterReset, u"reset"_s},
        {EventKind::FailedOver, u"failover"_s},    {EventKind::RoleChanged, u"role"_s},
        {EventKind::SchemaChanged, u"schema"_s},   {EventKind::KeyChanged, u"key"_s},
        {EventKind::FlagChanged, u"flag"_s},       {EventKind::Deployed, u"deploy"_s},
        {EventKind::BackupTaken, u"backup"_s}};
    QStringList lines;
    for (const Event &e : state.events)
        lines.append(QStringList{words.value(e.kind), e.subject, e.from, e.to}.join(u' ').trimmed() +
                     (e.by.isEmpty() ? QString() : u" by "_s + e.by) + (e.wasUnseen ? u" unseen"_s : QString()));
    return lines;
}
} // namespace

class TestFold : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eventsFollowTheReadings_data();
    void eventsFollowTheReadings();
    void aFailoverIsToldOnceAndDatesFromTheFall();
    void aFailoverIsDatedByTheSentinelsWhereTheyTell();
    void watchingBeginsWithTheFirstReadingGoodOrNot();
    void aFailureKeepsTheLastGoodAnswer();
    void aFactNoLongerToldIsGone();
    void aCounterNoLongerToldHasNoRate();
    void aClockSetBackIsFollowed();
    void twoSourcesOfOneCounterDoNotMakeTraffic();
    void aVanishedNameTakesOnlyItsOwnCounters();
    void openedAtDatesTheTransition();
    void aBreakerThatOpenedAgainBetweenTwoReadingsIsSeen();
    void aCounterWindowForgetsAndCountsRestarts_data();
    void aCounterWindowForgetsAndCountsRestarts();
    void eventsAreBounded();
    void foldIsPure();
    void samplesLeaveOutTextTimesAndTheUnmeasured();
    void factsPrintWithUnmeasuredFieldsTold();
};

void TestFold::eventsFollowTheReadings_data()
{
    QTest::addColumn<QList<Reading>>("readings");
    QTest::addColumn<QStringList>("events");
    using enum BreakerState;
    QTest::newRow("first sight is no change") << QList{answer(0s, {openai(Open)})} << QStringList{};
    QTest::newRow("same again is no change")
        << QList{answer(0s, {openai(Closed)}), answer(1s, {openai(Closed)})} << QStringList{};
    QTest::newRow("the whole circle") << QList{answer(0s, {openai(Closed)}), answer(1s, {openai(Open)}),
                                               answer(2s, {openai(HalfOpen)}), answer(3s, {openai(Closed)})}
                                      << QStringList{u"breaker openai closed open"_s,
                                                     u"breaker openai open half-open"_s,
                                                     u"breaker openai half-open closed"_s};
    QTest::newRow("lost once, back once") << QList{answer(0s, {}), failed(1s), failed(2s), answer(3s, {})}
                                          << QStringList{u"lost health"_s, u"back health"_s};
    QTest::newRow("what never answered is not lost")
        << QList{failed(0s), failed(1s), answer(2s, {}), failed(3s), answer(4s, {})}
        << QStringList{u"lost health unseen"_s, u"back health unseen"_s, u"lost health"_s, u"back health"_s};
    QTest::newRow("a change during a failure is seen after it")
        << QList{answer(0s, {openai(Closed)}), failed(1s), answer(2s, {openai(Open)})}
        << QStringList{u"lost health"_s, u"back health"_s, u"breaker openai closed open"_s};
    QTest::newRow("a counter that falls is a restart")
        << QList{answer(0s, {openai(Closed, 0, 100)}), answer(1s, {openai(Closed, 0, 3)})}
        << QStringList{u"reset health"_s};
    HealthCheck database{.path = u"database"_s, .level = measured(Level::Ok), .word = {}, .latency = {}, .detail = {}};
    HealthCheck down = database;
    down.level = measured(Level::Down);
    QTest::newRow("health") << QList{answer(0s, {database}), answer(1s, {down})}
                            << QStringList{u"health database ok down"_s};
    HealthCheck silent = database;
    silent.level = {};
    QTest::newRow("not measured is no level") << QList{answer(0s, {database}), answer(1s, {silent})} << QStringList{};
    const Limiter redis{.mode = measured(LimiterMode::Redis), .word = {}};
    const Limiter memory{.mode = measured(LimiterMode::Memory), .word = {}};
    QTest::newRow("limiter") << QList{answer(0s, {redis}), answer(1s, {memory})}
                             << QStringList{u"limiter  redis memory"_s};
    RedisServer master;
    master.role = measured(u"master"_s);
    RedisServer slave;
    slave.role = measured(u"slave"_s);
    QTest::newRow("Redis changes its role")
        << QList{answer(0s, {slave}), answer(1s, {master})} << QStringList{u"role health slave master"_s};
    Database standby{.database = u"shop"_s};
    standby.isStandby = measured(qint64{1});
    standby.schemaVersion = measured(u"41ae"_s);
    Database promoted = standby;
    promoted.isStandby = measured(qint64{0});
    promoted.schemaVersion = measured(u"52bf"_s);
    QTest::newRow("a standby is promoted, its schema migrated")
        << QList{answer(0s, {standby}), answer(1s, {promoted})}
        << QStringList{u"role health standby primary"_s, u"schema shop 41ae 52bf"_s};
    const SigningKey next{.id = u"k2"_s, .state = measured(KeyState::Next)};
    const SigningKey active{.id = u"k2"_s, .state = measured(KeyState::Active)};
    QTest::newRow("a key is made and activated") << QList{answer(0s, {}), answer(1s, {next}), answer(2s, {active})}
                                                 << QStringList{u"key k2  next"_s, u"key k2 next active"_s};
    Reading blind = answer(0s, {});
    blind.outcome->refusals = {{.what = u"signing_key"_s, .error = {ErrorCode::Forbidden, u"denied"_s, {}}}};
    QTest::newRow("what was out of sight is not new") << QList{blind, answer(1s, {active})} << QStringList{};
    const FeatureFlag off{.key = u"beta"_s, .set = measured(u"off"_s), .updatedBy = measured(u"ann"_s)};
    const FeatureFlag on{.key = u"beta"_s, .set = measured(u"on"_s), .updatedBy = measured(u"bob"_s)};
    QTest::newRow("a flag") << QList{answer(0s, {off}), answer(1s, {on})} << QStringList{u"flag beta off on by bob"_s};
    const Deploy building{.id = u"dep-2"_s, .status = measured(u"build_in_progress"_s)};
    const Deploy live{.id = u"dep-2"_s, .status = measured(u"live"_s)};
    QTest::newRow("a deploy") << QList{answer(0s, {}), answer(1s, {building}), answer(2s, {live})}
                              << QStringList{u"deploy dep-2  build_in_progress"_s,
                                             u"deploy dep-2 build_in_progress live"_s};
    const auto backup = [](const QString &id, std::chrono::minutes after, const QString &trouble = {}) {
        Backup b{.id = id};
        b.takenAt = measured(start + after);
        b.format = measured(u"custom"_s);
        if (!trouble.isEmpty())
            b.trouble = measured(trouble);
        return b;
    };
    const Backup a = backup(u"a"_s, -3h);
    const Backup b = backup(u"b"_s, -2h);
    const Backup c = backup(u"c"_s, -1h);
    QTest::newRow("a backup") << QList{answer(0s, {}), answer(1s, {a}), answer(2s, {a, b})}
                              << QStringList{u"backup a"_s, u"backup b"_s};
    QTest::newRow("a backup older than the newest was not taken now")
        << QList{answer(0s, {b, c}), answer(1s, {c, a})} << QStringList{};
    QTest::newRow("a backup from the future hides none")
        << QList{answer(0s, {backup(u"z"_s, 9h)}), answer(1s, {backup(u"z"_s, 9h), a})} << QStringList{u"backup a"_s};
    QTest::newRow("an empty file was not taken")
        << QList{answer(0s, {a}), answer(1s, {a, backup(u"b"_s, -2h, u"empty file"_s)})} << QStringList{};
    Backup unread = b;
    unread.format.value.reset();
    QTest::newRow("a file that nobody could read was not taken, nor once its rights are mended")
        << QList{answer(0s, {a}), answer(1s, {a, unread}), answer(2s, {a, b})} << QStringList{};
    QTest::newRow("a backup is taken once it is written")
        << QList{answer(0s, {a}), answer(1s, {a, backup(u"b"_s, -2h, u"still written"_s)}), answer(2s, {a, b})}
        << QStringList{u"backup b"_s};
    Reading cut = answer(0s, {a});
    cut.outcome->refusals = {{.what = u"backup/rest"_s, .error = {ErrorCode::TooLarge, u"over 500"_s, {}}}};
    QTest::newRow("of many backups one may have been there before") << QList{cut, answer(1s, {a, b})} << QStringList{};
    QTest::newRow("a breaker without a state was seen opening")
        << QList{answer(0s, {openings(0)}), answer(1s, {openings(2)}), answer(2s, {openings(2)})}
        << QStringList{u"breaker openai  open"_s};
    QTest::newRow("what was counted before is no opening now")
        << QList{answer(0s, {openings({})}), answer(1s, {openings(2)})} << QStringList{};
    QTest::newRow("its counter began anew")
        << QList{answer(0s, {openings(2)}), answer(1s, {openings(1)})} << QStringList{u"reset health"_s};
    QTest::newRow("an opening that another source tells as a state")
        << QList{answer(0s, {openings(0)}), answer(1s, {openai(Closed)}, u"ready"_s), answer(2s, {openings(1)}),
                 answer(3s, {openai(Open)}, u"ready"_s)}
        << QStringList{u"breaker openai closed open"_s};
}

void TestFold::aFailoverIsToldOnceAndDatesFromTheFall()
{
    const auto sentinel = [](const QString &id, const QString &address, std::optional<Instant> fall = {}) {
        Sentinel s{.id = id, .master = u"mymaster"_s};
        s.masterAddress = measured(address);
        s.silentSince.value = fall;
        return s;
    };
    const QString before = u"10.0.0.1:6379"_s;
    const QString after = u"10.0.0.2:6379"_s;
    DeploymentState state =
        fold({}, answer(0s, {sentinel(u"a"_s, before), sentinel(u"b"_s, before), sentinel(u"c"_s, before)}));
    state = fold(state, answer(5s, {sentinel(u"a"_s, before), sentinel(u"b"_s, before, start + 3s),
                                    sentinel(u"c"_s, before, start + 4s)}));
    state = fold(state, answer(9s, {sentinel(u"a"_s, after), sentinel(u"b"_s, after), sentinel(u"c"_s, before)}));
    // One that was cut off tells of it minutes later.
    state = fold(state, answer(300s, {sentinel(u"a"_s, after), sentinel(u"b"_s, after), sentinel(u"c"_s, after)}));
    QCOMPARE(told(state), QStringList{u"failover mymaster 10.0.0.1:6379 10.0.0.2:6379"_s});
    QCOMPARE(state.events.first().took, Millis(6s));
    QCOMPARE(state.events.first().at, start + 9s);
    // Nobody saw the fall, as with a failover by hand: how long it took is not known. Back is another one.
    state = fold(state, answer(320s, {sentinel(u"a"_s, before), sentinel(u"b"_s, before), sentinel(u"c"_s, before)}));
    QCOMPARE(state.events.size(), 2);
    QVERIFY(!state.events.last().took);
}

void TestFold::aFailoverIsDatedByTheSentinelsWhereTheyTell()
{
    const auto sentinel = [](const QString &id, const QString &address, Instant since,
                             std::optional<Instant> fall = {}) {
        Sentinel s{.id = id, .master = u"mymaster"_s};
        s.masterAddress = measured(address);
        s.masterSince = measured(since);
        s.silentSince.value = fall;
        return s;
    };
    const QString before = u"10.0.0.1:6379"_s;
    const QString after = u"10.0.0.2:6379"_s;
    // c was cut off, and had the other one for its master all the time.
    DeploymentState state =
        fold({}, answer(8s, {sentinel(u"a"_s, before, start - 1h, start + 3s), sentinel(u"b"_s, before, start - 1h),
                             sentinel(u"c"_s, after, start + 4s)}));
    DeploymentState split = state;
    state = fold(state, answer(11s, {sentinel(u"a"_s, after, start + 10s), sentinel(u"b"_s, after, start + 9s),
                                     sentinel(u"c"_s, before, start - 2h)}));
    QCOMPARE(state.events.first().at, start + 9s);
    QCOMPARE(state.events.first().took, Millis(6s));
    QCOMPARE(state.events.first().to, after);
    // What was before the fall is not what followed it.
    split = fold(split, answer(11s, {sentinel(u"a"_s, after, start + 2s), sentinel(u"b"_s, before, start - 1h)}));
    QCOMPARE(split.events.first().at, start + 11s);
    QCOMPARE(split.events.first().took, Millis(8s));
    // By hand: dated, and nobody knows how long it took.
    DeploymentState byHand = fold({}, answer(20s, {sentinel(u"a"_s, before, start)}));
    byHand = fold(byHand, answer(22s, {sentinel(u"a"_s, after, start + 21s)}));
    QCOMPARE(byHand.events.first().at, start + 21s);
    QVERIFY(!byHand.events.first().took);
}

void TestFold::eventsFollowTheReadings()
{
    QFETCH(QList<Reading>, readings);
    QFETCH(QStringList, events);
    DeploymentState state;
    for (const Reading &reading : readings)
        state = fold(std::move(state), reading);
    QCOMPARE(told(state), events);
}

void TestFold::watchingBeginsWithTheFirstReadingGoodOrNot()
{
    DeploymentState state;
    QVERIFY(!state.watchedSince);
    state = fold(state, failed(5s));
    QCOMPARE(*state.watchedSince, start + 5s);
    state = fold(state, answer(9s, {}));
    QCOMPARE(*state.watchedSince, start + 5s);
    state = fold(state, answer(2s, {})); // the clock was set back
    QCOMPARE(*state.watchedSince, start + 2s);
}

void TestFold::aFailureKeepsTheLastGoodAnswer()
{
    DeploymentState state = fold({}, answer(0s, {openai(BreakerState::Closed)}));
    state = fold(state, failed(5s));
    state = fold(state, failed(6s, ErrorCode::Timeout));
    const SourceState &source = state.sources.at(u"health"_s);
    QCOMPARE(source.failures, 2);
    QCOMPARE(source.errorSince, start + 5s);
    QCOMPARE(source.error->code, ErrorCode::Timeout);
    QCOMPARE(source.good->takenAt, start);
    QCOMPARE(factsOf<Breaker>(state).size(), 1);
    state = fold(state, answer(7s, {}));
    QVERIFY(!state.sources.at(u"health"_s).error);
    QCOMPARE(state.sources.at(u"health"_s).failures, 0);
}

void TestFold::aFactNoLongerToldIsGone()
{
    DeploymentState state = fold({}, answer(0s, {openai(BreakerState::Closed, 0, 10)}));
    QVERIFY(state.counters.contains(counterKey(u"health"_s, u"breaker/openai/calls_total"_s)));
    state = fold(state, answer(1s, {}));
    QVERIFY(factsOf<Breaker>(state).isEmpty());
    QVERIFY(!state.counters.contains(counterKey(u"health"_s, u"breaker/openai/calls_total"_s)));
}

void TestFold::aCounterNoLongerToldHasNoRate()
{
    const QString calls = counterKey(u"health"_s, u"breaker/openai/calls_total"_s);
    DeploymentState state = fold({}, answer(0s, {openai(BreakerState::Closed, 0, 10)}));
    state = fold(state, answer(5s, {openai(BreakerState::Open, 0, 20)}));
    QVERIFY(state.counters.at(calls).rate().has_value());
    Breaker without = openai(BreakerState::Open);
    without.callsTotal = {};
    state = fold(state, answer(10s, {without}));
    QVERIFY(!state.counters.contains(calls));
    QVERIFY(state.since.contains(u"breaker/openai"_s));
    state = fold(state, answer(15s, {openai(BreakerState::Open, 0, 40)}));
    QVERIFY(!state.counters.at(calls).rate()); // nobody saw how it grew
}

void TestFold::aClockSetBackIsFollowed()
{
    DeploymentState state = fold({}, answer(3600s, {openai(BreakerState::Closed, 0, 100)}));
    state = fold(state, answer(0s, {openai(BreakerState::Open, 5, 101)}));
    QCOMPARE(told(state), QStringList{u"breaker openai closed open"_s});
    QCOMPARE(state.sources.at(u"health"_s).good->takenAt, start);
    // Nothing can be said of the rate across the step.
    QVERIFY(!state.counters.at(counterKey(u"health"_s, u"breaker/openai/calls_total"_s)).rate());
    state = fold(state, failed(7200s));
    QCOMPARE(state.sources.at(u"health"_s).failures, 1);
    // It has not failed since a moment that is yet to come.
    state = fold(state, failed(1s));
    QCOMPARE(state.sources.at(u"health"_s).errorSince, start + 1s);
}

void TestFold::twoSourcesOfOneCounterDoNotMakeTraffic()
{
    DeploymentState state;
    for (int i = 0; i < 5; ++i) {
        state = fold(state, answer(std::chrono::seconds(i), {openai(BreakerState::Closed, 0, 1000 + i)}, u"a"_s));
        state = fold(state, answer(std::chrono::seconds(i), {openai(BreakerState::Closed, 0, 998)}, u"b"_s));
    }
    QVERIFY(told(state).isEmpty());
    QCOMPARE(state.counters.at(counterKey(u"a"_s, u"breaker/openai/calls_total"_s)).increase(), 4.0);
    QCOMPARE(state.counters.at(counterKey(u"b"_s, u"breaker/openai/calls_total"_s)).increase(), 0.0);
}

void TestFold::aVanishedNameTakesOnlyItsOwnCounters()
{
    Breaker nested = openai(BreakerState::Closed, 0, 7);
    nested.id = u"openai/chat"_s;
    DeploymentState state = fold({}, answer(0s, {openai(BreakerState::Closed, 0, 1), nested}));
    state = fold(state, answer(1s, {nested}));
    QVERIFY(!state.counters.contains(counterKey(u"health"_s, u"breaker/openai/calls_total"_s)));
    QVERIFY(state.counters.contains(counterKey(u"health"_s, u"breaker/openai/chat/calls_total"_s)));
}

void TestFold::openedAtDatesTheTransition()
{
    Breaker open = openai(BreakerState::Open, 5);
    open.openedAt = measured(start + 3s);
    DeploymentState state = fold({}, answer(0s, {openai(BreakerState::Closed)}));
    state = fold(state, answer(5s, {open}));
    QCOMPARE(state.events.last().at, start + 3s);
    QCOMPARE(state.events.last().count, 5);
    QCOMPARE(state.since.at(u"breaker/openai"_s), start + 3s);
    // A deployment whose clock is ahead does not date it into the future.
    Breaker ahead = open;
    ahead.openedAt = measured(start + 60s);
    state = fold({}, answer(0s, {openai(BreakerState::Closed)}));
    state = fold(state, answer(5s, {ahead}));
    QCOMPARE(state.events.last().at, start + 5s);
}

void TestFold::aBreakerThatOpenedAgainBetweenTwoReadingsIsSeen()
{
    Breaker first = openai(BreakerState::Open, 5);
    first.openedAt = measured(start);
    Breaker again = openai(BreakerState::Open, 6);
    again.openedAt = measured(start + 60s);
    DeploymentState state = fold({}, answer(1s, {first}));
    state = fold(state, answer(61s, {again}));
    QCOMPARE(told(state), QStringList{u"breaker openai half-open open"_s});
    QCOMPARE(state.events.last().at, start + 60s);
    QCOMPARE(fold(state, answer(62s, {again})).events.size(), 1);
}

void TestFold::aCounterWindowForgetsAndCountsRestarts_data()
{
    QTest::addColumn<QList<double>>("values"); // one a 10 s
    QTest::addColumn<double>("increase");
    QTest::newRow("steady") << QList<double>{0, 10, 20} << 20.0;
    QTest::newRow("restart") << QList<double>{100, 110, 4} << 14.0;
    QTest::newRow("idle is zero, not unknown") << QList<double>{7, 7} << 0.0;
    QTest::newRow("only the last minute") << QList<double>{0, 100, 101, 102, 103, 104, 105, 106} << 6.0;
}

void TestFold::aCounterWindowForgetsAndCountsRestarts()
{
    QFETCH(QList<double>, values);
    QFETCH(double, increase);
    CounterWindow window;
    QVERIFY(!window.rate());
    Instant at = start;
    for (const double value : values) {
        window.append(at, value);
        at += 10s;
    }
    QCOMPARE(window.increase().value_or(-1), increase);
    const std::chrono::duration<double> span = window.points.last().at - window.points.first().at;
    QCOMPARE(window.rate()->rate, increase / span.count());
    QVERIFY(span <= CounterWindow::span);
}

void TestFold::eventsAreBounded()
{
    DeploymentState state;
    for (int i = 0; i < 1200; ++i)
        state = fold(std::move(state),
                     answer(std::chrono::seconds(i), {openai(i % 2 ? BreakerState::Open : BreakerState::Closed)}));
    QCOMPARE(state.events.size(), DeploymentState::eventCap);
    QCOMPARE(state.events.last().at, start + 1199s);
}

void TestFold::foldIsPure()
{
    const Reading first = answer(0s, {openai(BreakerState::Closed)});
    const Reading next = answer(1s, {openai(BreakerState::Open)});
    const DeploymentState before = fold({}, first);
    const DeploymentState after = fold(before, next);
    QCOMPARE(fold(before, next), after);
    QCOMPARE(before, fold({}, first));
}

void TestFold::samplesLeaveOutTextTimesAndTheUnmeasured()
{
    Breaker b = openai(BreakerState::Open, 0, 7);
    b.openedAt = measured(start);
    QStringList lines;
    for (const Sample &s : samplesOf(b))
        lines.append(s.series + u'=' + QString::number(s.value));
    QCOMPARE(lines, (QStringList{u"breaker/openai/state=3"_s, u"breaker/openai/failures=0"_s,
                                 u"breaker/openai/failure_threshold=5"_s, u"breaker/openai/calls_total=7"_s}));
}

void TestFold::factsPrintWithUnmeasuredFieldsTold()
{
    const Cache cache{.group = u"pricing"_s, .hits = measured<qint64>(0), .misses = {}, .keys = {}, .longestTtl = {}};
    QCOMPARE(toWord(Fact(cache)), u"cache/pricing hits_total=0 misses_total=- keys=- longest_ttl_ms=-"_s);
}

QTEST_GUILESS_MAIN(TestFold)
#include "tst_fold.moc"
