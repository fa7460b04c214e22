/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/view.h"
#include "watch/watcher.h"

#include <QElapsedTimer>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace std::chrono_literals;

namespace {
const Instant start{std::chrono::hours{24 * 365 * 50}};

Profile quoted()
{
    Profile p;
    p.name = u"quoted"_s;
    p.environment = u"production"_s;
    p.connections[u"redis"_s] = RedisConnection{};
    p.sources = {{.id = u"health"_s, .kind = u"http-health"_s, .interval = 5s, .deadline = 5s, .options = {}},
                 {.id = u"redis"_s, .kind = u"redis"_s, .interval = 5s, .deadline = 5s, .options = {}},
                 {.id = u"postgresql"_s, .kind = u"postgresql"_s, .interval = 10s, .deadline = 5s, .options = {}}};
    p.breakers = {{.name = u"openai"_s, .failureThreshold = 5, .recoveryTimeout = 60s}};
    p.caches = {{.group = u"contractor"_s, .ttl = 600s, .hitRateAtLeast = Share{0.8}},
                {.group = u"pricing"_s, .ttl = 1800s, .hitRateAtLeast = Share{0.8}}};
    p.tiers = {{.name = u"auth"_s, .limit = 5, .window = 60s, .scopes = {}},
               {.name = u"reads"_s, .limit = 120, .window = 60s, .scopes = {}}};
    return p;
}

template <class T>
Value<T> measured(T value, const QString &pointer = u"/x"_s)
{
    return {.value = value, .origin = {.exchange = 0, .pointer = pointer}};
}

Reading answer(const QString &source, Instant at, QList<Fact> facts, QList<Refusal> refusals = {})
{
    return {.deployment = u"quoted"_s,
            .source = source,
            .takenAt = at,
            .latency = 2ms,
            .outcome = Findings{.facts = std::move(facts), .refusals = std::move(refusals)},
            .exchanges = {{.command = u"curl http://h/health/full"_s,
                           .reply = R"({"x":1})",
                           .format = Exchange::Format::Json,
                           .truncated = false}}};
}

Reading failed(const QString &source, Instant at, ErrorCode code)
{
    return {.deployment = u"quoted"_s,
            .source = source,
            .takenAt = at,
            .latency = 2ms,
            .outcome = failure(code, u"no"_s, u"h:1"_s),
            .exchanges = {}};
}

HealthCheck check(const QString &path, Level level)
{
    return {.path = path, .level = measured(level), .word = measured(toWord(level)), .latency = {}, .detail = {}};
}

Breaker openai(BreakerState state, qint64 calls = 0, qint64 failures = 0)
{
    Breaker b;
    b.id = u"openai"_s;
    b.state = measured(state);
    b.failures = measured<qint64>(state == BreakerState::Open ? 5 : 0);
    b.failureThreshold = measured<qint64>(5);
    b.recoveryTimeout = measured(Millis(60s));
    b.openedAt = state == BreakerState::Open ? measured(start) : Value<Instant>{};
    b.callsTotal = measured(calls);
    b.failuresTotal = measured(failures);
    b.rejectedTotal = measured<qint64>(0);
    return b;
}

Cache cache(const QString &group, qint64 hits, qint64 misses)
{
    return {.group = group, .hits = measured(hits), .misses = measured(misses), .keys = {}, .longestTtl = {}};
}

RateLimit counter(const QString &client, qint64 used, qint64 limit, const QString &tier = u"auth"_s)
{
    return {.tier = tier,
            .client = client,
            .scope = u"/login"_s,
            .used = measured(used),
            .limit = measured(limit),
            .window = measured(Millis(60s)),
            .resetsAt = measured(start + 30s)};
}

DeploymentState folded(const QList<Reading> &readings)
{
    DeploymentState state;
    for (const Reading &reading : readings)
        state = fold(std::move(state), reading);
    return state;
}

/// Everything answers, at `at`.
QList<Reading> healthy(Instant at)
{
    return {answer(u"health"_s, at, {check({}, Level::Ok), openai(BreakerState::Closed)}),
            answer(u"redis"_s, at, {cache(u"contractor"_s, 0, 0), RedisServer{}}),
            answer(u"postgresql"_s, at, {Database{.database = u"quoted"_s}})};
}

QStringList codes(const DeploymentView &v)
{
    QStringList words;
    for (const Reason &r : v.reasons)
        words.append(QString::number(static_cast<int>(r.code)) + u':' + toWord(r.status) + u':' + r.subject);
    return words;
}

bool hasReason(const DeploymentView &v, Reason::Code code, Status status, const QString &subject = {})
{
    return std::ranges::any_of(v.reasons, [&](const Reason &r) {
        return r.code == code && r.status == status && (subject.isEmpty() || r.subject == subject);
    });
}
} // namespace

class TestView : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keysAreShownBesideTheLookupsOfAnotherSource();
    void theServerToWriteToLeads();
    void latencyNeedsEnoughRequestsToBeJudged();
    void whatAMetricIsExpectedToBe_data();
    void whatAMetricIsExpectedToBe();
    void aSilentSourceTellsNothingOfAMetric();
    void whatIsOutOfItsBoundsIsShownFirst();
    void aTierThatRefusesMuchIsAReason();
    void aStandbyThatNobodyStreamsToIsLost();
    void whatLagsOrWaitsTooLongIsAReason_data();
    void whatLagsOrWaitsTooLongIsAReason();
    void aListSaysWhyItIsEmpty();
    void aBreakerMayHaveItsStateFromOneSourceAndItsCountsFromAnother_data();
    void aBreakerMayHaveItsStateFromOneSourceAndItsCountsFromAnother();
    void aHealthyDeploymentHasNoReasons();
    void aBackupThatIsOverdueIsAReason_data();
    void aBackupThatIsOverdueIsAReason();
    void theFourStatesAreToldApart();
    void whatTheProfileExpectsHasARowBeforeAnythingWasRead();
    void aBreakersOwnFailureShareStandsWhereNobodyCountsItsCalls();
    void aBreakersThresholdThatNobodyWroteIsNotZero();
    void anOpenBreakerCountsDown();
    void aFailedTrialOpensNoSecondTime();
    void aServiceGoneWhileItsStoresAnswerIsDown();
    void whenNothingAnswersNobodyKnows();
    void aSourceThatNeverAnsweredIsNotMeasuredAndSaysWhy();
    void aServiceThatNeverAnsweredWhileItsStoresDoIsDown();
    void aRefusedSourceKeepsItsLastGoodData();
    void aRefusedPartConcernsThatPartAlone();
    void aSetWithoutAQuorumIsDegraded_data();
    void aSetWithoutAQuorumIsDegraded();
    void aSentinelThatNoneReachesIsAReason();
    void aReplicaThatSentinelsKnowAndTheMasterHasNotIsLost();
    void aPartThatIsNotThereYetIsANote();
    void aPartThatWasNeverReadInTimeIsNotMeasured();
    void whatASourceRefusesInPartIsRefusedWhereItTellsNoneOfIt();
    void aCounterThatIsRefusedInAFactIsNotOneThatNobodyMeasures();
    void aServiceThatSaysNothingKnownIsNotHealthy_data();
    void aServiceThatSaysNothingKnownIsNotHealthy();
    void aBreakerInAnUnknownStateIsNotHealthy();
    void aWordThatIsNotKnownIsDated();
    void aScanThatWasCutIsNotZero_data();
    void aScanThatWasCutIsNotZero();
    void aHostileHealthDocumentStaysSmall();
    void anAnswerFromTheFutureCannotVouchForNow();
    void staleBeginsAfterTwiceTheIntervalAndTheDeadline();
    void refusedCallsAreTrafficAndTheEarliestReasonDatesTheStatus();
    void aServerErrorIsNoRefusal();
    void anErrorOfASecretSaysWhereItIsWritten();
    void aRateNeedsEnoughLookupsToBeJudged();
    void errorsNeedEnoughRequestsToBeJudged();
    void countersNearestToFullComeFirst();
    void theConsolesOwnLimitCountsNoClient();
    void countingElsewhereIsAFallback();
    void anEmptyRedisIsNoEmptyTierWhereNobodyCountsInIt_data();
    void anEmptyRedisIsNoEmptyTierWhereNobodyCountsInIt();
    void aDegradedServiceIsExplainedByItsBreaker();
    void aFailingSourceExplainsTheCheckOfItsSystem();
    void oneServerThatIsGoneIsOneReason();
    void theHealthTreeIsDepthFirst();
    void ofTwoWhoTellTheFreshAndTheWorseIsBelieved_data();
    void ofTwoWhoTellTheFreshAndTheWorseIsBelieved();
    void partsWithoutAParentGetOneAsBadAsTheWorst();
    void anExplanationHoldsFormulaRuleAndReply();
    void delaysStayWithinTwoIntervals_data();
    void delaysStayWithinTwoIntervals();
};

void TestView::aBreakerMayHaveItsStateFromOneSourceAndItsCountsFromAnother_data()
{
    QTest::addColumn<QString>("metrics");
    QTest::newRow("counts come first") << u"a-metrics"_s;
    QTest::newRow("counts come last") << u"metrics"_s;
}

void TestView::aBreakerMayHaveItsStateFromOneSourceAndItsCountsFromAnother()
{
    QFETCH(QString, metrics);
    Profile p = quoted();
    p.sources.append({.id = metrics, .kind = u"prometheus"_s, .interval = 5s, .deadline = 5s, .options = {}});
    Breaker state = openai(BreakerState::Open);
    state.callsTotal = state.failuresTotal = state.rejectedTotal = {};
    Breaker counts;
    counts.id = state.id;
    counts.callsTotal = measured<qint64>(100);
    counts.failuresTotal = measured<qint64>(10);
    DeploymentState told = folded({answer(u"health"_s, start, {state}), answer(metrics, start, {counts})});
    counts.callsTotal = measured<qint64>(140);
    counts.failuresTotal = measured<qint64>(30);
    told = fold(std::move(told), answer(u"health"_s, start + 10s, {state}));
    told = fold(std::move(told), answer(metrics, start + 10s, {counts}));
    const BreakerView row = view(told, p, start + 10s).breakers[0];
    QCOMPARE(row.state.value, BreakerState::Open);
    QVERIFY(row.status == Status::Down);
    QCOMPARE(row.calls.value, 140);
    QCOMPARE(row.calls.because.source, metrics);
    QCOMPARE(row.errorShare->of1, 0.5);
    // Counts that are stale by now are not shown as if they were as fresh as the state.
    told = fold(std::move(told), answer(u"health"_s, start + 60s, {state}));
    const BreakerView later = view(told, p, start + 60s).breakers[0];
    QVERIFY(later.freshness.kind == Freshness::Kind::Fresh);
    QVERIFY(!later.calls.has());
    QVERIFY(!later.errorShare.has());
}

void TestView::aBreakersOwnFailureShareStandsWhereNobodyCountsItsCalls()
{
    Breaker fact = openai(BreakerState::Closed);
    fact.callsTotal = fact.failuresTotal = fact.rejectedTotal = {};
    fact.failureShare = measured(Share{0.25});
    const auto row = [&] { return view(folded({answer(u"health"_s, start, {fact})}), quoted(), start).breakers[0]; };
    QCOMPARE(row().errorShare.value, Share{0.25});
    fact.failureShare.value = Share{0};
    QCOMPARE(row().errorShare.value, Share{0});
    fact.failureShare.value.reset();
    QVERIFY(!row().errorShare.has());
    // Its calls are counted: without one within a minute there is no share of them.
    fact.failureShare.value = Share{0.25};
    fact.callsTotal = fact.failuresTotal = measured<qint64>(4);
    QVERIFY(!row().errorShare.has());
}

void TestView::ofTwoWhoTellTheFreshAndTheWorseIsBelieved_data()
{
    QTest::addColumn<QString>("path");
    QTest::newRow("the whole") << QString();
    QTest::newRow("a part") << u"database"_s;
}

void TestView::ofTwoWhoTellTheFreshAndTheWorseIsBelieved()
{
    QFETCH(QString, path);
    Profile profile = quoted();
    for (const QString &id : {u"a"_s, u"z"_s})
        profile.sources.append({.id = id, .kind = u"http-health"_s, .connection = {}, .options = {}});
    const auto statusOf = [&](const QList<Reading> &readings, Instant at) {
        const DeploymentView v = view(folded(readings), profile, at);
        const auto row = std::ranges::find(v.health, path, &HealthView::path);
        return row == v.health.end() ? Status::NotAvailable : row->status;
    };
    const auto says = [&](const QString &source, Instant at, Level level) {
        return answer(source, at, {check(path, level)});
    };
    // Whatever their names are.
    QCOMPARE(statusOf({says(u"a"_s, start, Level::Down), says(u"z"_s, start, Level::Ok)}, start), Status::Down);
    QCOMPARE(statusOf({says(u"a"_s, start, Level::Ok), says(u"z"_s, start, Level::Down)}, start), Status::Down);
    const Instant later = start + 10min;
    QCOMPARE(statusOf({says(u"a"_s, start, Level::Ok), says(u"z"_s, later, Level::Down)}, later), Status::Down);
    QCOMPARE(statusOf({says(u"a"_s, later, Level::Ok), says(u"z"_s, start, Level::Down)}, later), Status::Ok);
    QCOMPARE(statusOf({says(u"a"_s, later, Level::Down), says(u"z"_s, start, Level::Ok)}, later), Status::Down);
}

void TestView::aHealthyDeploymentHasNoReasons()
{
    const DeploymentView v = view(folded(healthy(start)), quoted(), start + 1s);
    QVERIFY2(v.reasons.isEmpty(), qPrintable(codes(v).join(u' ')));
    QVERIFY(v.status == Status::Ok);
    QCOMPARE(v.lastAnswer, start);
}

void TestView::theFourStatesAreToldApart()
{
    const Profile profile = quoted();
    // zero: measured, and nothing there
    DeploymentState state = folded(healthy(start));
    DeploymentView v = view(state, profile, start + 1s);
    QCOMPARE(v.caches[0].hits.value, 0);
    QVERIFY(v.caches[0].freshness.kind == Freshness::Kind::Fresh);
    QVERIFY(!v.caches[0].hitRate.has());
    // not measured: the source answered and did not mention it
    QCOMPARE(v.caches[1].group, u"pricing"_s);
    QVERIFY(!v.caches[1].hits.has());
    QVERIFY(v.caches[1].freshness.kind == Freshness::Kind::Pending);
    // stale since: it answered once, and no more
    state = fold(state, failed(u"redis"_s, start + 6s, ErrorCode::Unreachable));
    v = view(state, profile, start + 7s);
    QVERIFY(v.caches[0].freshness.kind == Freshness::Kind::Stale);
    QCOMPARE(v.caches[0].freshness.since, start);
    QCOMPARE(v.caches[0].hits.value, 0);
    QVERIFY(v.caches[0].status == Status::Unknown);
    // refused because
    state = fold(state, failed(u"redis"_s, start + 12s, ErrorCode::AuthRequired));
    v = view(state, profile, start + 13s);
    QVERIFY(v.caches[0].freshness.kind == Freshness::Kind::Refused);
    QVERIFY(v.caches[0].freshness.error->code == ErrorCode::AuthRequired);
    QVERIFY(v.caches[1].freshness.kind == Freshness::Kind::Refused);
    // silence alone makes stale, too
    v = view(folded(healthy(start)), profile, start + 10min);
    QVERIFY(v.caches[0].freshness.kind == Freshness::Kind::Stale);
    QVERIFY(v.status == Status::Unknown);
}

void TestView::aBreakersThresholdThatNobodyWroteIsNotZero()
{
    Profile p = quoted();
    p.breakers = {{.name = u"openai"_s}};
    const BreakerView row = view({}, p, start).breakers[0];
    QVERIFY(!row.threshold.has());
    QVERIFY(!row.recoveryTimeout.has());
}

void TestView::whatTheProfileExpectsHasARowBeforeAnythingWasRead()
{
    const DeploymentView v = view({}, quoted(), start);
    QVERIFY(v.status == Status::Unknown);
    QCOMPARE(v.breakers.size(), 1);
    QCOMPARE(v.breakers[0].threshold.value, 5);
    QVERIFY(!v.breakers[0].state.has());
    QCOMPARE(v.caches.size(), 2);
    QCOMPARE(v.tiers.size(), 2);
    QVERIFY(!v.tiers[0].clients.has());
    QCOMPARE(v.health.size(), 1);
    QVERIFY(v.health[0].freshness.kind == Freshness::Kind::Pending);
}

void TestView::anOpenBreakerCountsDown()
{
    QList<Reading> readings = healthy(start - 5s);
    readings += answer(u"health"_s, start + 1s, {check({}, Level::Ok), openai(BreakerState::Open)});
    const DeploymentState state = folded(readings);
    DeploymentView v = view(state, quoted(), start + 2s);
    QCOMPARE(v.breakers[0].halfOpenIn->count(), 58'000.0);
    QVERIFY(v.breakers[0].status == Status::Down);
    QVERIFY(v.breakers[0].lastTransition.has_value());
    QCOMPARE(v.openBreakers(), 1);
    QVERIFY(v.status == Status::Degraded);
    QCOMPARE(v.since, start);
    v = view(state, quoted(), start + 5s);
    QCOMPARE(v.breakers[0].halfOpenIn->count(), 55'000.0);
    const auto still = answer(u"health"_s, start + 64s, {check({}, Level::Ok), openai(BreakerState::Open)});
    v = view(fold(state, still), quoted(), start + 65s);
    QCOMPARE(v.breakers[0].halfOpenIn->count(), 0.0);
    // Whether a service that no longer answers will ever try again, nobody knows.
    v = view(fold(state, failed(u"health"_s, start + 6s, ErrorCode::Unreachable)), quoted(), start + 7s);
    QVERIFY(v.breakers[0].state.has());
    QVERIFY(!v.breakers[0].halfOpenIn.has());
}

void TestView::aFailedTrialOpensNoSecondTime()
{
    QList<Reading> readings = healthy(start - 5s);
    const auto tell = [&](std::chrono::seconds after, BreakerState state, std::chrono::seconds opened) {
        Breaker breaker = openai(state);
        if (state == BreakerState::Open)
            breaker.openedAt = measured(start + opened);
        readings += answer(u"health"_s, start + after, {check({}, Level::Ok), breaker});
        return view(folded(readings), quoted(), start + after);
    };
    (void)tell(1s, BreakerState::Open, 1s);
    DeploymentView v = tell(61s, BreakerState::HalfOpen, {});
    QCOMPARE(v.reasons.first().code, Reason::Code::BreakerHalfOpen);
    QCOMPARE(v.reasons.first().since, start + 1s);
    QCOMPARE(v.breakers[0].lastTransition->to, toWord(BreakerState::HalfOpen));
    (void)tell(63s, BreakerState::Open, 63s);
    v = tell(130s, BreakerState::Open, 125s); // nobody saw this trial
    QCOMPARE(v.reasons.first().code, Reason::Code::BreakerOpen);
    QCOMPARE(v.reasons.first().since, start + 1s);
    QCOMPARE(v.breakers[0].lastTransition->at, start + 1s);
    QCOMPARE(v.breakers[0].lastTransition->failedTrials, 2);
    (void)tell(140s, BreakerState::Closed, {});
    v = tell(150s, BreakerState::Open, 150s);
    QCOMPARE(v.reasons.first().since, start + 150s);
    QCOMPARE(v.breakers[0].lastTransition->failedTrials, 0);
}

void TestView::aServiceGoneWhileItsStoresAnswerIsDown()
{
    QList<Reading> readings = healthy(start);
    readings += failed(u"health"_s, start + 5s, ErrorCode::Unreachable);
    const DeploymentView v = view(folded(readings), quoted(), start + 6s);
    QVERIFY(v.status == Status::Down);
    QVERIFY(hasReason(v, Reason::Code::SourceFailing, Status::Down, u"health"_s));
    QVERIFY(v.breakers[0].status == Status::Unknown);
    // It refuses since it first did; what it said is of its last answer.
    QCOMPARE(v.since, start + 5s);
    QCOMPARE(v.sources[0].failingSince, start + 5s);
    QCOMPARE(v.sources[0].freshness.since, start);
}

void TestView::whenNothingAnswersNobodyKnows()
{
    QList<Reading> readings = healthy(start);
    for (const QString &source : {u"health"_s, u"redis"_s, u"postgresql"_s})
        readings += failed(source, start + 5s, ErrorCode::Unreachable);
    const DeploymentView v = view(folded(readings), quoted(), start + 6s);
    QVERIFY2(v.status == Status::Unknown, qPrintable(codes(v).join(u' ')));
    QCOMPARE(v.since, start + 5s);
    QCOMPARE(v.lastAnswer, start);
}

void TestView::aSourceThatNeverAnsweredIsNotMeasuredAndSaysWhy()
{
    QList<Reading> readings = healthy(start);
    readings[1] = failed(u"redis"_s, start, ErrorCode::Unreachable);
    readings += failed(u"redis"_s, start + 5s, ErrorCode::Timeout);
    const DeploymentView v = view(folded(readings), quoted(), start + 6s);
    for (const Freshness &freshness : {v.sources[1].freshness, v.caches[0].freshness, v.tiers[0].freshness}) {
        QVERIFY(freshness.kind == Freshness::Kind::Pending);
        QCOMPARE(freshness.since, start);
        QVERIFY(freshness.error->code == ErrorCode::Timeout);
    }
    QCOMPARE(v.reasons.size(), 1);
    QVERIFY(hasReason(v, Reason::Code::SourceFailing, Status::Degraded, u"redis"_s));
    QCOMPARE(v.reasons.first().since, start);
    QVERIFY(v.reasons.first().error->code == ErrorCode::Timeout);
    QCOMPARE(v.since, start);
}

void TestView::aServiceThatNeverAnsweredWhileItsStoresDoIsDown()
{
    QList<Reading> readings = healthy(start + 1s);
    readings[0] = failed(u"health"_s, start, ErrorCode::Unreachable);
    const DeploymentView v = view(folded(readings), quoted(), start + 2s);
    QVERIFY(v.health[0].freshness.error.has_value());
    QVERIFY(hasReason(v, Reason::Code::SourceFailing, Status::Down, u"health"_s));
    QVERIFY(v.status == Status::Down);
    QCOMPARE(v.since, start);
    const DeploymentView alone = view(folded({readings[0]}), quoted(), start + 2s);
    QVERIFY(alone.status == Status::Unknown);
    QCOMPARE(alone.since, start);
}

void TestView::aRefusedSourceKeepsItsLastGoodData()
{
    QList<Reading> readings = healthy(start);
    readings += answer(u"redis"_s, start + 1s, {cache(u"contractor"_s, 40, 2)});
    readings += failed(u"redis"_s, start + 6s, ErrorCode::Forbidden);
    const DeploymentView v = view(folded(readings), quoted(), start + 7s);
    QCOMPARE(v.caches[0].hits.value, 40);
    QVERIFY(v.caches[0].freshness.kind == Freshness::Kind::Refused);
    QVERIFY(hasReason(v, Reason::Code::SourceFailing, Status::Degraded, u"redis"_s));
    QVERIFY(v.status == Status::Degraded);
}

void TestView::aBackupThatIsOverdueIsAReason_data()
{
    QTest::addColumn<QList<int>>("hours"); // ago
    QTest::addColumn<QString>("troubled"); // these
    QTest::addColumn<QString>("unread");   // these
    QTest::addColumn<bool>("isOld");
    QTest::addColumn<int>("age"); // in the reason, in hours; -1: there is none
    QTest::newRow("in time") << QList{25, 49} << QString() << QString() << false << 0;
    QTest::newRow("takes its time") << QList{26, 50} << QString() << QString() << false << 0;
    QTest::newRow("overdue") << QList{50, 27} << QString() << QString() << true << 27;
    QTest::newRow("the newest is none") << QList{1, 27} << u"1"_s << QString() << true << 27;
    QTest::newRow("all are none") << QList{1, 2} << u"1 2"_s << QString() << true << -1;
    QTest::newRow("none at all") << QList<int>{} << QString() << QString() << true << -1;
    QTest::newRow("from the future") << QList{-20, 27} << QString() << QString() << true << 27;
    QTest::newRow("a clock that is a little ahead") << QList{-1} << QString() << QString() << false << 0;
    QTest::newRow("nobody could read the newest") << QList{1, 27} << QString() << u"1"_s << false << 0;
    QTest::newRow("nobody could read an older one") << QList{27, 50} << QString() << u"50"_s << true << 27;
}

void TestView::aBackupThatIsOverdueIsAReason()
{
    QFETCH(QList<int>, hours);
    QFETCH(QString, troubled);
    QFETCH(QString, unread);
    QFETCH(bool, isOld);
    QFETCH(int, age);
    Profile p = quoted();
    p.sources.append(
        {.id = u"backups"_s, .kind = u"backup-directory"_s, .interval = 60s, .deadline = 5s, .options = {}});
    QList<Fact> backups;
    for (const int ago : std::as_const(hours)) {
        Backup backup;
        backup.id = QString::number(ago);
        backup.takenAt = measured(start - std::chrono::hours(ago));
        if (troubled.split(u' ').contains(backup.id))
            backup.trouble = measured(u"empty file"_s);
        else if (!unread.split(u' ').contains(backup.id))
            backup.format = measured(u"custom"_s);
        backups.append(backup);
    }
    const DeploymentState told = folded(healthy(start) + QList{answer(u"backups"_s, start, backups)});
    const auto isTold = [&](const DeploymentView &v) {
        return std::ranges::any_of(v.reasons, [](const Reason &r) { return r.code == Reason::Code::BackupOld; });
    };
    QVERIFY2(!isTold(view(told, p, start)), "without a policy nothing is too old");
    p.backupPolicy = BackupPolicy{.keep = 24h};
    QVERIFY2(!isTold(view(told, p, start)), "a policy that does not say how often");
    p.backupPolicy = BackupPolicy{.every = 24h};
    const DeploymentView v = view(told, p, start);
    QCOMPARE(isTold(v), isOld);
    QVERIFY(v.status == (isOld ? Status::Degraded : Status::Ok));
    if (isOld) {
        const Reason &reason = v.reasons.first();
        QCOMPARE(reason.threshold, 24 * 60);
        QCOMPARE(reason.count, age < 0 ? std::nullopt : std::optional<qint64>(age * 60));
        QCOMPARE(reason.subject, age < 0 ? QString() : QString::number(age));
        QCOMPARE(reason.since, age < 0 ? std::nullopt : std::optional(start - std::chrono::hours(age) + 24h));
    }
    QVERIFY2(!isTold(view(told, p, start + 1h)), "what is stale says nothing of now");
}

void TestView::aRefusedPartConcernsThatPartAlone()
{
    const Refusal scan{.what = u"limit"_s,
                       .error = {.code = ErrorCode::Forbidden, .message = u"NOPERM"_s, .where = {}}};
    const QList<Reading> readings{answer(u"health"_s, start, {check({}, Level::Ok)}),
                                  answer(u"redis"_s, start, {cache(u"contractor"_s, 1, 0)}, {scan}),
                                  answer(u"postgresql"_s, start, {})};
    const DeploymentView v = view(folded(readings), quoted(), start + 1s);
    QVERIFY(v.caches[0].freshness.kind == Freshness::Kind::Fresh);
    QVERIFY(v.tiers[0].freshness.kind == Freshness::Kind::Refused);
    QVERIFY(!v.tiers[0].clients.has());
    QVERIFY(hasReason(v, Reason::Code::PartRefused, Status::Degraded, u"redis"_s));
}

void TestView::aSetWithoutAQuorumIsDegraded_data()
{
    QTest::addColumn<QList<int>>("votes"); // of each Sentinel: 0, 1, -1 for one that does not answer
    QTest::addColumn<bool>("lost");
    QTest::newRow("all") << QList<int>{1, 1, 1} << false;
    QTest::newRow("one is gone") << QList<int>{1, -1, 1} << false;
    QTest::newRow("two are gone") << QList<int>{-1, 0, -1} << true;
    QTest::newRow("two are gone, and it has not noticed yet") << QList<int>{-1, 1, -1} << false;
    QTest::newRow("one is cut off, the others decide") << QList<int>{0, 1, 1} << false;
    QTest::newRow("nobody reaches another") << QList<int>{0, 0, 0} << true;
    QTest::newRow("nobody says") << QList<int>{-1, -1, -1} << false;
}

void TestView::aSetWithoutAQuorumIsDegraded()
{
    QFETCH(QList<int>, votes);
    QFETCH(bool, lost);
    Profile profile = quoted();
    profile.sources.append(
        {.id = u"sentinel"_s, .kind = u"redis-sentinel"_s, .interval = 5s, .deadline = 5s, .options = {}});
    QList<Fact> sentinels;
    for (const int vote : std::as_const(votes)) {
        Sentinel sentinel{.id = u"h:%1"_s.arg(sentinels.size()), .master = u"shop"_s};
        if (vote >= 0) {
            sentinel.canDecide = measured<qint64>(vote);
            sentinel.usable = measured<qint64>(vote == 0 ? 1 : 2);
            sentinel.quorum = measured<qint64>(1);
            sentinel.majority = measured<qint64>(2);
        }
        sentinels.append(sentinel);
    }
    QList<Reading> readings = healthy(start);
    readings += answer(u"sentinel"_s, start, sentinels);
    const DeploymentView v = view(folded(readings), profile, start + 1s);
    QCOMPARE(hasReason(v, Reason::Code::QuorumLost, Status::Degraded, u"shop"_s), lost);
    QVERIFY(v.status == (lost ? Status::Degraded : Status::Ok));
    if (lost) {
        QCOMPARE(v.reasons.first().count, 1);
        QCOMPARE(v.reasons.first().threshold, 2); // the majority, which is more than the quorum
    }
    // What they said a while ago says nothing of now.
    QVERIFY(!hasReason(view(folded(readings), profile, start + 1h), Reason::Code::QuorumLost, Status::Degraded));
}

void TestView::aSentinelThatNoneReachesIsAReason()
{
    Profile profile = quoted();
    profile.sources.append(
        {.id = u"sentinel"_s, .kind = u"redis-sentinel"_s, .interval = 5s, .deadline = 5s, .options = {}});
    const auto seen = [&](const QList<std::pair<int, int>> &counts) { // usable of known; -1: not told
        QList<Fact> sentinels;
        for (const auto &[usable, known] : counts) {
            Sentinel sentinel{.id = u"h:%1"_s.arg(sentinels.size()), .master = u"shop"_s};
            sentinel.canDecide = measured<qint64>(usable == 1 ? 0 : 1);
            if (usable >= 0)
                sentinel.usable = measured<qint64>(usable);
            if (known >= 0)
                sentinel.known = measured<qint64>(known);
            sentinels.append(sentinel);
        }
        return view(folded(healthy(start) + QList{answer(u"sentinel"_s, start, sentinels)}), profile, start + 1s);
    };
    const DeploymentView v = seen({{2, 3}, {2, 3}});
    QVERIFY(hasReason(v, Reason::Code::SentinelLost, Status::Degraded, u"shop"_s));
    QCOMPARE(v.status, Status::Degraded);
    QCOMPARE(v.reasons.first().count, 1);
    QCOMPARE(v.reasons.first().threshold, 3);
    for (const auto &counts : {QList<std::pair<int, int>>{{3, 3}, {3, 3}}, {{3, 3}, {1, 3}}, {{2, -1}}, {{-1, 3}}})
        QCOMPARE(seen(counts).status, Status::Ok);
    // No quorum says it already.
    QVERIFY(!hasReason(seen({{1, 3}}), Reason::Code::SentinelLost, Status::Degraded));
}

void TestView::aReplicaThatSentinelsKnowAndTheMasterHasNotIsLost()
{
    Profile profile = quoted();
    profile.sources.append(
        {.id = u"sentinel"_s, .kind = u"redis-sentinel"_s, .interval = 5s, .deadline = 5s, .options = {}});
    const auto watcher = [](const QString &master, std::optional<qint64> replicas) {
        Sentinel sentinel{.id = u"h:"_s + master, .master = master};
        if (replicas)
            sentinel.replicas = measured(*replicas);
        return Fact(sentinel);
    };
    const auto seen = [&](const QList<Fact> &redis, const QList<Fact> &sentinels, const QList<Refusal> &refusals = {},
                          std::chrono::seconds after = 1s) {
        return view(folded(healthy(start) +
                           QList{answer(u"redis"_s, start, redis, refusals), answer(u"sentinel"_s, start, sentinels)}),
                    profile, start + after);
    };
    RedisServer master;
    master.role = measured(u"master"_s);
    RedisServer slave;
    slave.role = measured(u"slave"_s);
    const Replica replica{.system = u"redis"_s, .id = u"h:6380"_s};
    const DeploymentView v = seen({master}, {watcher(u"shop"_s, 1)});
    QVERIFY(hasReason(v, Reason::Code::ReplicaLost, Status::Degraded, u"shop"_s));
    QCOMPARE(v.status, Status::Degraded);
    const auto isLost = [](const DeploymentView &view) {
        return hasReason(view, Reason::Code::ReplicaLost, Status::Degraded);
    };
    QVERIFY(!isLost(seen({master, replica}, {watcher(u"shop"_s, 1)})));
    QVERIFY(!isLost(seen({master}, {watcher(u"shop"_s, 0)})));
    QVERIFY(!isLost(seen({master}, {watcher(u"shop"_s, {})})));
    QVERIFY(!isLost(seen({slave}, {watcher(u"shop"_s, 1)})));
    QVERIFY(!isLost(seen({RedisServer{}}, {watcher(u"shop"_s, 1)})));
    QVERIFY2(!isLost(seen({master}, {watcher(u"shop"_s, 1), watcher(u"till"_s, 1)})), "whose replica it is, none says");
    const Refusal refused{.what = u"replica"_s,
                          .error = {.code = ErrorCode::Forbidden, .message = u"NOPERM"_s, .where = {}}};
    QVERIFY(!isLost(seen({master}, {watcher(u"shop"_s, 1)}, {refused})));
    QVERIFY(!isLost(seen({master}, {watcher(u"shop"_s, 1)}, {}, 1h)));
}

void TestView::aPartThatIsNotThereYetIsANote()
{
    const Refusal empty{.what = u"cache/counters"_s,
                        .error = {.code = ErrorCode::NotFound, .message = u"empty"_s, .where = {}}};
    QList<Reading> readings = healthy(start);
    readings += answer(u"redis"_s, start + 1s, {cache(u"contractor"_s, 0, 0)}, {empty});
    const DeploymentView v = view(folded(readings), quoted(), start + 2s);
    QVERIFY(v.status == Status::Ok);
    QVERIFY(hasReason(v, Reason::Code::PartRefused, Status::Ok, u"redis"_s));
    QVERIFY(v.caches[0].freshness.kind == Freshness::Kind::Fresh);
}

void TestView::aPartThatWasNeverReadInTimeIsNotMeasured()
{
    const QList<Refusal> late{
        {.what = u"limit"_s, .error = {.code = ErrorCode::Timeout, .message = u"no reply in 5 s"_s, .where = {}}}};
    QList<Reading> readings = healthy(start);
    readings += answer(u"redis"_s, start + 1s, {cache(u"contractor"_s, 1, 0)}, late);
    DeploymentView v = view(folded(readings), quoted(), start + 2s);
    QVERIFY(v.tiers[0].freshness.kind == Freshness::Kind::Pending);
    QCOMPARE(v.tiers[0].freshness.error->message, u"no reply in 5 s"_s);
    // Some of them were read, and that is as old as it is.
    readings += answer(u"redis"_s, start + 6s, {counter(u"1.2.3.4"_s, 1, 5)}, late);
    v = view(folded(readings), quoted(), start + 7s);
    QVERIFY(v.limits[0].freshness.kind == Freshness::Kind::Stale);
    QCOMPARE(v.limits[0].freshness.since, start + 6s);
}

void TestView::whatASourceRefusesInPartIsRefusedWhereItTellsNoneOfIt()
{
    const Refusal wrong{.what = u"breaker/circuit_state"_s,
                        .error = {.code = ErrorCode::NotFound, .message = u"no such metric"_s, .where = {}}};
    QList<Reading> readings = healthy(start);
    readings += answer(u"health"_s, start + 1s, {check({}, Level::Ok)}, {wrong});
    DeploymentView v = view(folded(readings), quoted(), start + 2s);
    QVERIFY(v.breakers[0].freshness.kind == Freshness::Kind::Refused);
    QCOMPARE(v.breakers[0].freshness.error->message, u"no such metric"_s);
    // One that names others has not refused this one, and "breakers" is another kind.
    Breaker stripe;
    stripe.id = u"stripe"_s;
    readings += answer(u"health"_s, start + 2s, {check({}, Level::Ok), stripe}, {wrong});
    v = view(folded(readings), quoted(), start + 3s);
    QCOMPARE(v.breakers[0].name, u"openai"_s);
    QVERIFY(v.breakers[0].freshness.kind == Freshness::Kind::Pending);
    readings += answer(u"health"_s, start + 3s, {check({}, Level::Ok)}, {{u"breakers/x"_s, wrong.error}});
    v = view(folded(readings), quoted(), start + 4s);
    QVERIFY(v.breakers[0].freshness.kind == Freshness::Kind::Pending);
}

void TestView::aCounterThatIsRefusedInAFactIsNotOneThatNobodyMeasures()
{
    const auto refusal = [](const QString &what) {
        return Refusal{what, {.code = ErrorCode::BadReply, .message = what, .where = {}}};
    };
    Breaker fact = openai(BreakerState::Closed);
    fact.callsTotal = {.value = {}, .origin = {.exchange = 0, .pointer = u"/breakers/openai/calls"_s}};
    fact.failuresTotal = {.value = {}, .origin = {.exchange = 0, .pointer = u"failures_total{name=\"openai\"}"_s}};
    fact.rejectedTotal = {.value = {}, .origin = {.exchange = 0, .pointer = u"rejected_total"_s}};
    QList<Reading> readings = healthy(start);
    readings += answer(u"health"_s, start + 1s, {check({}, Level::Ok), fact},
                       {refusal(u"breaker/breakers/openai/calls"_s), refusal(u"breaker/failures_total"_s),
                        refusal(u"cache/rejected_total"_s)});
    const DeploymentState state = folded(readings);
    BreakerView row = view(state, quoted(), start + 2s).breakers[0];
    QVERIFY(row.freshness.kind == Freshness::Kind::Fresh);
    const Freshness calls = freshnessOf(row.calls, row.freshness);
    QVERIFY(calls.kind == Freshness::Kind::Refused);
    QCOMPARE(calls.error->message, u"breaker/breakers/openai/calls"_s);
    QVERIFY(freshnessOf(row.failed, row.freshness).kind == Freshness::Kind::Refused);
    QVERIFY(freshnessOf(row.errorShare, row.freshness).kind == Freshness::Kind::Refused);
    QVERIFY(freshnessOf(row.traffic, row.freshness).kind == Freshness::Kind::Refused);
    QVERIFY(freshnessOf(row.rejected, row.freshness).kind == Freshness::Kind::Fresh); // said of another kind
    QVERIFY(freshnessOf(row.state, row.freshness).kind == Freshness::Kind::Fresh);
    // A source that is gone refuses nothing.
    row = view(fold(state, failed(u"health"_s, start + 6s, ErrorCode::Unreachable)), quoted(), start + 7s).breakers[0];
    QVERIFY(freshnessOf(row.calls, row.freshness).kind == Freshness::Kind::Stale);
}

void TestView::aServiceThatSaysNothingKnownIsNotHealthy_data()
{
    QTest::addColumn<Value<Level>>("root");
    QTest::newRow("a word that the profile does not know") << measured(Level::Unknown);
    QTest::newRow("no status at all") << Value<Level>{};
}

void TestView::aServiceThatSaysNothingKnownIsNotHealthy()
{
    QFETCH(Value<Level>, root);
    QList<Reading> readings = healthy(start);
    HealthCheck self = check({}, Level::Ok);
    self.level = root;
    readings += answer(u"health"_s, start + 1s, {self, check(u"database"_s, Level::Ok)});
    QVERIFY(view(folded(readings), quoted(), start + 2s).status == Status::Unknown);
}

void TestView::aBreakerInAnUnknownStateIsNotHealthy()
{
    QList<Reading> readings = healthy(start);
    readings += answer(u"health"_s, start + 1s, {check({}, Level::Ok), openai(BreakerState::Unknown)});
    const DeploymentView v = view(folded(readings), quoted(), start + 2s);
    QVERIFY(v.status == Status::Unknown);
    QVERIFY(hasReason(v, Reason::Code::HealthUnknown, Status::Unknown, u"openai"_s));
}

void TestView::aWordThatIsNotKnownIsDated()
{
    QList<Reading> readings = healthy(start);
    readings += answer(u"health"_s, start + 5s, {check({}, Level::Unknown), openai(BreakerState::Closed)});
    readings += answer(u"health"_s, start + 9s, {check({}, Level::Unknown), openai(BreakerState::Unknown)});
    const DeploymentView v = view(folded(readings), quoted(), start + 10s);
    for (const Reason &reason : v.reasons)
        QCOMPARE(reason.since, start + (reason.subject.isEmpty() ? 5s : 9s));
    QCOMPARE(v.reasons.size(), 2);
    QCOMPARE(v.since, start + 5s);
}

void TestView::aScanThatWasCutIsNotZero_data()
{
    QTest::addColumn<QString>("part");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("timed out") << u"limit"_s << ErrorCode::Timeout;
    QTest::newRow("only the first keys") << u"limit/keys"_s << ErrorCode::TooLarge;
}

void TestView::aScanThatWasCutIsNotZero()
{
    QFETCH(QString, part);
    QFETCH(ErrorCode, code);
    QList<Reading> readings = healthy(start);
    readings +=
        answer(u"redis"_s, start + 1s, {}, {{.what = part, .error = {.code = code, .message = {}, .where = {}}}});
    const DeploymentView v = view(folded(readings), quoted(), start + 2s);
    QVERIFY(!v.tiers[0].clients.has());
    QVERIFY(!v.tiers[0].clientsAtLimit.has());
    QVERIFY(v.tiers[0].status == Status::Unknown);
}

void TestView::aHostileHealthDocumentStaysSmall()
{
    QList<Fact> facts{check({}, Level::Ok)};
    for (int i = 0; i < 500; ++i) {
        facts.append(check(u"external/n%1"_s.arg(i) + u"/a"_s.repeated(100), Level::Ok));
        facts.append(check(u"external/same"_s, Level::Ok));
    }
    QElapsedTimer timer;
    timer.start();
    const DeploymentView v = view(folded({answer(u"health"_s, start, facts)}), quoted(), start);
    QVERIFY2(v.health.size() < 20, qPrintable(QString::number(v.health.size())));
    QVERIFY2(timer.elapsed() < 5'000, qPrintable(QString::number(timer.elapsed())));
}

void TestView::anAnswerFromTheFutureCannotVouchForNow()
{
    const DeploymentState state = folded(healthy(start + 1h));
    QVERIFY(view(state, quoted(), start).sources[0].freshness.kind == Freshness::Kind::Stale);
    QVERIFY(view(state, quoted(), start + 1h - 1s).sources[0].freshness.kind == Freshness::Kind::Fresh);
}

void TestView::staleBeginsAfterTwiceTheIntervalAndTheDeadline()
{
    const Profile profile = quoted();
    const DeploymentState state = folded(healthy(start));
    const auto edge = profile.staleAfter(u"redis"_s);
    QVERIFY(view(state, profile, start + edge).caches[0].freshness.kind == Freshness::Kind::Fresh);
    QVERIFY(view(state, profile, start + edge + 1ms).caches[0].freshness.kind == Freshness::Kind::Stale);
}

void TestView::refusedCallsAreTrafficAndTheEarliestReasonDatesTheStatus()
{
    Breaker before = openai(BreakerState::Closed, 100);
    Breaker after = openai(BreakerState::Open, 110);
    after.rejectedTotal = measured<qint64>(30);
    const QList<Reading> readings{answer(u"health"_s, start - 10s, {check({}, Level::Ok), before}),
                                  answer(u"health"_s, start, {check({}, Level::Degraded), after}),
                                  failed(u"redis"_s, start + 4s, ErrorCode::AuthRequired),
                                  answer(u"postgresql"_s, start, {})};
    const DeploymentView v = view(folded(readings), quoted(), start + 5s);
    QCOMPARE(v.breakers[0].traffic->rate, 4.0);
    QVERIFY(v.status == Status::Degraded);
    QCOMPARE(v.since, start);
}

void TestView::aServerErrorIsNoRefusal()
{
    QList<Reading> readings = healthy(start);
    readings += failed(u"redis"_s, start + 1s, ErrorCode::ServerError);
    QVERIFY(view(folded(readings), quoted(), start + 2s).caches[0].freshness.kind == Freshness::Kind::Stale);
}

void TestView::anErrorOfASecretSaysWhereItIsWritten()
{
    Profile profile = quoted();
    std::get<RedisConnection>(profile.connections.at(u"redis"_s)).password =
        SecretRef{SecretRef::Scheme::Env, u"QD_PW"_s, u"p.yaml:7:3"_s};
    QList<Reading> readings = healthy(start);
    readings[1] = failed(u"redis"_s, start, ErrorCode::AuthRequired);
    readings[1].outcome = failure(ErrorCode::AuthRequired, u"QD_PW is not set"_s, u"env:QD_PW"_s);
    const DeploymentView v = view(folded(readings), profile, start + 1s);
    for (const std::optional<Error> &error :
         {v.sources[1].error, v.sources[1].freshness.error, v.caches[0].freshness.error, v.reasons.first().error})
        QCOMPARE(error->where, u"env:QD_PW, written at p.yaml:7:3"_s);
}

void TestView::aRateNeedsEnoughLookupsToBeJudged()
{
    QList<Reading> few = healthy(start);
    few += answer(u"redis"_s, start + 5s, {cache(u"contractor"_s, 1, 9)});
    DeploymentView v = view(folded(few), quoted(), start + 6s);
    QCOMPARE(v.caches[0].hitRate->of1, 0.1);
    QVERIFY(v.caches[0].status == Status::Ok);
    QList<Reading> many = healthy(start);
    many += answer(u"redis"_s, start + 5s, {cache(u"contractor"_s, 70, 30)});
    v = view(folded(many), quoted(), start + 6s);
    QCOMPARE(v.caches[0].hitRate->of1, 0.7);
    QVERIFY(v.caches[0].status == Status::Degraded);
    QVERIFY(hasReason(v, Reason::Code::HitRateLow, Status::Degraded, u"contractor"_s));
    QCOMPARE(v.lowestHitRate()->group, u"contractor"_s);
}

void TestView::errorsNeedEnoughRequestsToBeJudged()
{
    const auto of = [](qint64 errors, qint64 total) {
        const auto told = [](std::chrono::seconds after, qint64 failed, qint64 all) {
            Requests requests;
            requests.total = measured(all);
            requests.errorsTotal = measured(failed);
            return answer(u"health"_s, start + after, {check({}, Level::Ok), requests});
        };
        return view(folded(healthy(start) + QList{told(1s, 0, 0), told(6s, errors, total)}), quoted(), start + 7s);
    };
    const DeploymentView few = of(9, 9);
    QCOMPARE(few.requests.errorShare->of1, 1.0);
    QVERIFY2(few.status == Status::Ok && few.reasons.isEmpty(), qPrintable(codes(few).join(u' ')));
    const DeploymentView many = of(30, 90);
    QVERIFY(many.status == Status::Degraded && hasReason(many, Reason::Code::ErrorsHigh, Status::Degraded));
}

void TestView::latencyNeedsEnoughRequestsToBeJudged()
{
    const auto of = [](std::optional<qint64> total, double p95, std::chrono::seconds after = 7s) {
        const auto told = [&](std::chrono::seconds at, qint64 all) {
            Requests requests;
            if (total)
                requests.total = measured(all);
            requests.latencyP95 = measured(Millis(p95));
            return answer(u"health"_s, start + at, {check({}, Level::Ok), requests});
        };
        return view(folded(healthy(start) + QList{told(1s, 0), told(6s, total.value_or(0))}), quoted(), start + after);
    };
    const auto isSlow = [](const DeploymentView &v) {
        return hasReason(v, Reason::Code::LatencyHigh, Status::Degraded);
    };
    QVERIFY(!isSlow(of(9, 3'600)));
    QVERIFY(!isSlow(of(90, 2'000)));
    const DeploymentView v = of(90, 3'600);
    QVERIFY(isSlow(v));
    QCOMPARE(v.status, Status::Degraded);
    QCOMPARE(v.requests.latencyP95.status, Status::Degraded);
    QCOMPARE(v.reasons.first().count, 3'600);
    QCOMPARE(v.reasons.first().threshold, 2'000);
    QCOMPARE(v.requests.latencyP95.because.rule,
             u"profile: thresholds.latency_p95 = 2000 ms, judged from 20 requests a minute"_s);
    QVERIFY2(isSlow(of({}, 3'600)), "nobody counts the requests");
    QVERIFY(!isSlow(of(90, 3'600, 1h)));
}

void TestView::whatAMetricIsExpectedToBe_data()
{
    using Measure = Expectation::Measure;
    QTest::addColumn<Measure>("measure");
    QTest::addColumn<QString>("selector");
    QTest::addColumn<QString>("said"); // "value unit status"
    const auto row = [](const char *name, Measure measure, const char *selector, const char *said) {
        QTest::newRow(name) << measure << QString::fromLatin1(selector) << QString::fromLatin1(said);
    };
    row("a gauge", Measure::Value, "delay_seconds", "3 s degraded");
    row("the worst of several", Measure::Value, "queue", "7  degraded");
    row("one of several", Measure::Value, "queue{name=\"mail\"}", "1  ok");
    row("a counter's minute", Measure::PerMinute, "hooks_total{code=~\"4..\"}", "5 /min degraded");
    row("without its suffix", Measure::PerMinute, "hooks{code=\"401\"}", "2 /min ok");
    row("none ever counted", Measure::PerMinute, "hooks_total{code=\"500\"}", "0 /min ok");
    row("no such metric", Measure::PerMinute, "books_total", "- /min unknown");
    row("no such gauge", Measure::Value, "books", "-  unknown");
    row("no such label", Measure::Value, "queue{name=\"fax\"}", "-  unknown");
    row("a histogram's 95th", Measure::P95, "push_seconds", "4 s degraded");
}

void TestView::whatAMetricIsExpectedToBe()
{
    QFETCH(Expectation::Measure, measure);
    QFETCH(QString, selector);
    QFETCH(QString, said);
    Profile profile = quoted();
    profile.sources.append(
        {.id = u"metrics"_s, .kind = u"prometheus"_s, .interval = 5s, .deadline = 5s, .options = {}});
    profile.expectations = {
        {.title = u"As agreed"_s, .measure = measure, .metric = *parseSelector(selector), .atMost = 2}};
    const auto metric = [](const QString &family, const QString &label, const QString &value, double number) {
        Metric m{.family = family};
        m.labels = {{label, value}};
        m.type = family.endsWith("_total"_L1) ? u"counter"_s : u"gauge"_s;
        m.value = measured(number);
        return Fact(m);
    };
    const auto page = [&](std::chrono::seconds after, double refused, double unknown) {
        Metric push{.family = u"push_seconds"_s};
        push.type = u"histogram"_s;
        push.p95 = measured(4.0);
        return answer(u"metrics"_s, start + after,
                      {metric(u"delay_seconds"_s, {}, {}, 3), metric(u"queue"_s, u"name"_s, u"mail"_s, 1),
                       metric(u"queue"_s, u"name"_s, u"print"_s, 7),
                       metric(u"hooks_total"_s, u"code"_s, u"200"_s, 100 * refused),
                       metric(u"hooks_total"_s, u"code"_s, u"400"_s, refused),
                       metric(u"hooks_total"_s, u"code"_s, u"401"_s, unknown), Fact(push)});
    };
    const auto readings = healthy(start) + QList{page(0s, 10, 4), page(5s, 13, 6)};
    const DeploymentView v = view(folded(readings), profile, start + 6s);
    const ExpectationView &row = v.expectations.first();
    const QString value = row.value.has() ? QString::number(*row.value) : u"-"_s;
    QCOMPARE(u"%1 %2 %3"_s.arg(value, row.unit, toWord(row.status)), said);
    QVERIFY(!row.value.has() || !row.value.because.rule.isEmpty());
    QCOMPARE(hasReason(v, Reason::Code::MetricOutOfBounds, Status::Degraded, u"As agreed"_s),
             row.status == Status::Degraded);
    if (row.status == Status::Degraded) {
        QCOMPARE(v.reasons.first().number, row.value.value);
        QCOMPARE(v.reasons.first().bound, 2.0);
    }
    const DeploymentView later = view(folded(readings), profile, start + 1h);
    QCOMPARE(later.expectations.first().status, Status::Unknown);
    QVERIFY(!hasReason(later, Reason::Code::MetricOutOfBounds, Status::Degraded));
}

void TestView::aSilentSourceTellsNothingOfAMetric()
{
    using Measure = Expectation::Measure;
    const auto queue = [](const QString &name, double number) {
        Metric m{.family = u"queue"_s};
        m.labels = {{u"name"_s, name}};
        m.type = u"counter"_s;
        m.value = measured(number);
        return Fact(m);
    };
    for (const auto &[silent, speaking] :
         {std::pair(u"metrics-1"_s, u"metrics-2"_s), std::pair(u"metrics-2"_s, u"metrics-1"_s)}) {
        Profile profile = quoted();
        for (const QString &id : {silent, speaking})
            profile.sources.append({.id = id, .kind = u"prometheus"_s, .interval = 5s, .deadline = 5s, .options = {}});
        const auto row = [&](Measure measure, const QString &selector, double before) {
            profile.expectations = {
                {.title = u"As agreed"_s, .measure = measure, .metric = *parseSelector(selector), .atMost = 100}};
            const DeploymentView v =
                view(folded(QList{answer(silent, start, {queue(u"mail"_s, 0), queue(u"fax"_s, 0)}),
                                  answer(silent, start + 5s, {queue(u"mail"_s, before), queue(u"fax"_s, before)})} +
                            healthy(start + 1h) + QList{answer(speaking, start + 1h, {queue(u"mail"_s, 10)})}),
                     profile, start + 1h);
            return std::pair(v.expectations.first(), hasReason(v, Reason::Code::MetricOutOfBounds, Status::Degraded));
        };
        for (const double before : {50.0, 500.0}) {
            const auto [shown, isReason] = row(Measure::Value, u"queue"_s, before);
            QCOMPARE(shown.value.value, 10.0);
            QCOMPARE(shown.value.because.source, speaking);
            QCOMPARE(shown.freshness.kind, Freshness::Kind::Fresh);
            QCOMPARE(shown.status, Status::Ok);
            QVERIFY(!isReason);
            const auto [left, isLeftReason] = row(Measure::Value, u"queue{name=\"fax\"}"_s, before);
            QCOMPARE(left.value.value, before);
            QCOMPARE(left.freshness.kind, Freshness::Kind::Stale);
            QCOMPARE(left.status, Status::Unknown);
            QVERIFY(!isLeftReason);
            const auto [counted, isCountedReason] = row(Measure::PerMinute, u"queue"_s, before);
            QVERIFY(!counted.value.has() && !isCountedReason);
            QCOMPARE(counted.status, Status::Unknown);
        }
    }
}

void TestView::whatIsOutOfItsBoundsIsShownFirst()
{
    Profile profile = quoted();
    profile.sources.append(
        {.id = u"metrics"_s, .kind = u"prometheus"_s, .interval = 5s, .deadline = 5s, .options = {}});
    profile.expectations = {
        {.title = u"Workers"_s, .metric = {.metric = "workers", .matchers = {}}, .atMost = 100, .atLeast = 1}};
    const auto shown = [&](const QList<double> &numbers) {
        QList<Fact> facts;
        for (const double number : numbers) {
            Metric m{.family = u"workers"_s};
            m.labels = {{u"host"_s, QString::number(facts.size())}};
            m.value = measured(number);
            facts.append(m);
        }
        const DeploymentView v =
            view(folded(healthy(start) + QList{answer(u"metrics"_s, start, facts)}), profile, start + 1s);
        const Reason *reason = v.reasons.isEmpty() ? nullptr : &v.reasons.first();
        return u"%1 %2 %3"_s.arg(*v.expectations.first().value)
            .arg(toWord(v.status))
            .arg(reason ? QString::number(reason->bound.value_or(-1)) : u"-"_s);
    };
    QCOMPARE(shown({50, 0}), u"0 degraded 1"_s);
    QCOMPARE(shown({0, 50}), u"0 degraded 1"_s);
    QCOMPARE(shown({0, 50, 101}), u"101 degraded 100"_s);
    QCOMPARE(shown({2, 50}), u"50 ok -"_s);
}

void TestView::aTierThatRefusesMuchIsAReason()
{
    const auto of = [](qint64 refused, const QList<Fact> &counters, std::chrono::seconds after = 7s,
                       LimiterMode mode = LimiterMode::Redis) {
        const auto told = [mode](std::chrono::seconds at, qint64 total) {
            return answer(u"health"_s, start + at,
                          {check({}, Level::Ok), LimitTier{.tier = u"auth"_s, .rejectedTotal = measured(total)},
                           Limiter{.mode = measured(mode), .word = {}}});
        };
        return view(folded(healthy(start) +
                           QList{told(1s, 400), told(6s, 400 + refused), answer(u"redis"_s, start + 6s, counters)}),
                    quoted(), start + after);
    };
    const QList<Fact> counters{counter(u"a"_s, 5, 5), counter(u"b"_s, 90, 5), counter(u"c"_s, 1, 5)};
    const auto refuses = [](const DeploymentView &v) {
        return hasReason(v, Reason::Code::LimitRefusing, Status::Degraded, u"auth"_s);
    };
    QVERIFY(!refuses(of(30, counters)));
    QCOMPARE(of(30, counters).tiers[0].refused.value, 30);
    const DeploymentView v = of(85, counters);
    QVERIFY(refuses(v));
    const Reason &reason = v.reasons.first();
    QCOMPARE(reason.count, 85);
    QCOMPARE(reason.threshold, 30);
    QCOMPARE(reason.client, u"b"_s);
    QCOMPARE(reason.route, u"/login"_s);
    QCOMPARE(reason.clients, 2);
    QCOMPARE(v.tiers[0].refused.status, Status::Degraded);
    const DeploymentView unknown = of(85, {counter(u"c"_s, 1, 5)});
    QVERIFY(refuses(unknown) && unknown.reasons.first().client.isEmpty());
    QCOMPARE(unknown.tiers[0].status, Status::Degraded);
    QVERIFY(!refuses(of(85, counters, 1h)));
    const DeploymentView elsewhere = of(85, counters, 7s, LimiterMode::Memory);
    const auto told = std::ranges::find(elsewhere.reasons, Reason::Code::LimitRefusing, &Reason::code);
    QVERIFY(told != elsewhere.reasons.end() && told->client.isEmpty() && told->clients == 0);
}

void TestView::aStandbyThatNobodyStreamsToIsLost()
{
    Profile profile = quoted();
    profile.sources.append(
        {.id = u"replica"_s, .kind = u"postgresql"_s, .interval = 5s, .deadline = 5s, .options = {}});
    Database primary{.database = u"quoted"_s};
    primary.isStandby = measured<qint64>(0);
    Database standby{.server = u"replica"_s, .database = u"quoted"_s};
    standby.isStandby = measured<qint64>(1);
    const auto replica = [](const QString &state) {
        return Fact(Replica{.system = u"postgresql"_s, .id = u"replica_1"_s, .state = measured(state)});
    };
    const auto seen = [&](const QList<Fact> &replicas, const QList<Fact> &second, const QList<Refusal> &refusals = {},
                          std::chrono::seconds after = 1s) {
        return view(
            folded(healthy(start) + QList{answer(u"postgresql"_s, start, QList<Fact>{primary} + replicas, refusals),
                                          answer(u"replica"_s, start, second)}),
            profile, start + after);
    };
    const auto lost = [](const DeploymentView &v) {
        QStringList names;
        for (const Reason &reason : v.reasons) {
            if (reason.code == Reason::Code::ReplicaLost && reason.word == u"postgresql"_s)
                names.append(reason.subject);
        }
        return names.join(u' ');
    };
    QCOMPARE(lost(seen({replica(u"streaming"_s)}, {standby})), QString());
    const DeploymentView v = seen({replica(u"inactive"_s)}, {standby});
    QCOMPARE(lost(v), u"replica_1"_s);
    QCOMPARE(v.status, Status::Degraded);
    QCOMPARE(v.replicas.rows.first().status, Status::Degraded);
    QCOMPARE(lost(seen({replica(u"lost"_s)}, {standby})), u"replica_1"_s);
    QCOMPARE(lost(seen({}, {standby})), u"replica"_s); // it answers, follows, and is not connected
    QCOMPARE(lost(seen({}, {primary})), QString());
    // A logical slot is a subscriber's, that may be paused: it is no standby, and stands for none.
    Replica logical{.system = u"postgresql"_s, .id = u"changes"_s, .state = measured(u"logical, inactive"_s)};
    logical.lag = measured(Bytes{1LL << 40});
    const DeploymentView paused = seen({replica(u"streaming"_s), logical}, {standby});
    QCOMPARE(paused.reasons.size(), 0);
    QCOMPARE(paused.replicas.rows.size(), 2);
    QVERIFY(std::ranges::all_of(paused.replicas.rows, [](const auto &row) { return row.status != Status::Degraded; }));
    QCOMPARE(lost(seen({logical}, {standby})), u"replica"_s);
    const Refusal refused{.what = u"replica"_s,
                          .error = {.code = ErrorCode::Forbidden, .message = u"no right"_s, .where = {}}};
    QCOMPARE(lost(seen({}, {standby}, {refused})), QString());
    QCOMPARE(lost(seen({replica(u"inactive"_s)}, {standby}, {}, 1h)), QString());
}

void TestView::whatLagsOrWaitsTooLongIsAReason_data()
{
    QTest::addColumn<qint64>("lag"); // bytes; -1: not measured
    QTest::addColumn<qint64>("delay");
    QTest::addColumn<qint64>("wait");
    QTest::addColumn<QStringList>("said");
    const qint64 most = 64LL * 1024 * 1024;
    QTest::newRow("nothing measured") << -1LL << -1LL << -1LL << QStringList();
    QTest::newRow("at its limit") << most << 60'000LL << 10'000LL << QStringList();
    QTest::newRow("many bytes") << most + 1 << 0LL << 0LL << QStringList{u"replica_1 67108865 of 67108864 bytes"_s};
    QTest::newRow("late") << 0LL << 75'000LL << 0LL << QStringList{u"replica 75000 of 60000 ms"_s};
    QTest::newRow("waits") << 0LL << 0LL << 12'000LL << QStringList{u"app/owner 12000 of 10000 ms"_s};
}

void TestView::whatLagsOrWaitsTooLongIsAReason()
{
    QFETCH(qint64, lag);
    QFETCH(qint64, delay);
    QFETCH(qint64, wait);
    QFETCH(QStringList, said);
    Profile p = quoted();
    p.sources.append({.id = u"replica"_s, .kind = u"postgresql"_s, .interval = 5s, .deadline = 5s, .options = {}});
    p.sources.append({.id = u"pgbouncer"_s, .kind = u"pgbouncer"_s, .interval = 5s, .deadline = 5s, .options = {}});
    Replica replica{.system = u"postgresql"_s, .id = u"replica_1"_s};
    Database standby{.server = u"replica"_s, .database = u"quoted"_s};
    Pool pool{.database = u"app"_s, .user = u"owner"_s};
    if (lag >= 0)
        replica.lag = measured(Bytes{lag});
    if (delay >= 0)
        standby.replayDelay = measured(Millis(static_cast<double>(delay)));
    if (wait >= 0)
        pool.longestWait = measured(Millis(static_cast<double>(wait)));
    const auto readings =
        healthy(start) + QList{answer(u"postgresql"_s, start, {Database{.database = u"quoted"_s}, replica}),
                               answer(u"replica"_s, start, {standby}), answer(u"pgbouncer"_s, start, {pool})};
    const DeploymentView v = view(folded(readings), p, start + 1s);
    QStringList told;
    for (const Reason &reason : v.reasons)
        told.append(u"%1 %2 of %3 %4"_s.arg(reason.subject).arg(*reason.count).arg(*reason.threshold).arg(reason.word));
    QCOMPARE(told, said);
    QCOMPARE(v.status, said.isEmpty() ? Status::Ok : Status::Degraded);
    QCOMPARE(v.replicas.rows.first().status, lag > 64LL * 1024 * 1024 ? Status::Degraded : Status::Ok);
    QCOMPARE(v.pools.rows.first().status, wait > 10'000 ? Status::Degraded : Status::Ok);
    // What nobody can tell any more is no reason; that it is silent is another.
    const DeploymentView later = view(folded(readings), p, start + 1h);
    QVERIFY(!hasReason(later, Reason::Code::ReplicaLagging, Status::Degraded));
    QVERIFY(!hasReason(later, Reason::Code::ClientsWaiting, Status::Degraded));
}

void TestView::countersNearestToFullComeFirst()
{
    const QList<Reading> readings{
        answer(u"redis"_s, start, {counter(u"a"_s, 1, 5), counter(u"b"_s, 7, 5), counter(u"c"_s, 4, 5)})};
    const DeploymentView v = view(folded(readings), quoted(), start + 10s);
    QCOMPARE(v.limits[0].client, u"b"_s);
    QVERIFY(v.limits[0].status == Status::Down);
    QCOMPARE(v.limits[1].client, u"c"_s);
    QVERIFY(v.limits[1].status == Status::Degraded);
    QVERIFY(v.limits[2].status == Status::Ok);
    QCOMPARE(v.limits[0].resetsIn->count(), 20'000.0);
    QCOMPARE(v.nearestLimit()->client, u"b"_s);
    QCOMPARE(v.tiers[0].clients.value, 3);
    QCOMPARE(v.tiers[0].clientsAtLimit.value, 1);
    QCOMPARE(v.tiers[1].clients.value, 0); // reads: scanned, nobody there
}

void TestView::theConsolesOwnLimitCountsNoClient()
{
    QList<Reading> readings{answer(u"redis"_s, start, {counter(u"a"_s, 1, 5)}),
                            answer(u"health"_s, start, {check({}, Level::Ok), counter(u"quarterdeck"_s, 5, 5)})};
    DeploymentView v = view(folded(readings), quoted(), start + 10s);
    QCOMPARE(v.limits.size(), 2);
    QCOMPARE(v.limits[0].client, u"quarterdeck"_s);
    QVERIFY(v.limits[0].status == Status::Down);
    QCOMPARE(v.tiers[0].clients.value, 1);
    QCOMPARE(v.tiers[0].clientsAtLimit.value, 0);
    QVERIFY(v.tiers[0].status == Status::Ok);
    // Where nobody scans for counters, nobody knows how many clients there are.
    readings = {readings[1]};
    v = view(folded(readings), quoted(), start + 10s);
    QCOMPARE(v.limits.size(), 1);
    QVERIFY(!v.tiers[0].clients.has());
}

void TestView::countingElsewhereIsAFallback()
{
    QList<Reading> readings = healthy(start);
    readings += answer(u"health"_s, start + 5s,
                       {check({}, Level::Ok), Limiter{.mode = measured(LimiterMode::Memory), .word = {}}});
    const DeploymentView v = view(folded(readings), quoted(), start + 6s);
    QVERIFY(v.limiter.status == Status::Degraded);
    QVERIFY(hasReason(v, Reason::Code::LimiterFallback, Status::Degraded));
    Profile without = quoted();
    without.connections.clear();
    QVERIFY(view(folded(readings), without, start + 6s).limiter.status == Status::Ok);
}

void TestView::anEmptyRedisIsNoEmptyTierWhereNobodyCountsInIt_data()
{
    const auto says = [](LimiterMode mode) {
        return answer(u"health"_s, start + 5s, {check({}, Level::Ok), Limiter{.mode = measured(mode), .word = {}}});
    };
    const Reading gone = failed(u"health"_s, start + 10s, ErrorCode::Unreachable);
    QTest::addColumn<QList<Reading>>("health");
    QTest::addColumn<Status>("status");
    QTest::newRow("in Redis") << QList{says(LimiterMode::Redis)} << Status::Ok;
    QTest::newRow("does not say") << QList{answer(u"health"_s, start + 5s, {check({}, Level::Ok)})} << Status::Ok;
    QTest::newRow("in memory") << QList{says(LimiterMode::Memory)} << Status::Unknown;
    QTest::newRow("fails open") << QList{says(LimiterMode::FailingOpen)} << Status::Unknown;
    QTest::newRow("dead") << QList{says(LimiterMode::Redis), gone} << Status::Unknown;
    QTest::newRow("dead from the first") << QList{gone} << Status::Unknown;
}

void TestView::anEmptyRedisIsNoEmptyTierWhereNobodyCountsInIt()
{
    QFETCH(QList<Reading>, health);
    QFETCH(Status, status);
    const Reading restarted = answer(u"redis"_s, start + 10s, {RedisServer{}});
    const TierView tier = view(folded(health + QList{restarted}), quoted(), start + 11s).tiers[0];
    QVERIFY(tier.status == status);
    QCOMPARE(tier.clients.value, status == Status::Ok ? std::optional<qint64>(0) : std::nullopt);
    QCOMPARE(tier.clientsAtLimit.value, tier.clients.value);
}

void TestView::aDegradedServiceIsExplainedByItsBreaker()
{
    QList<Reading> readings = healthy(start - 5s);
    readings +=
        answer(u"health"_s, start,
               {check({}, Level::Degraded), check(u"external/openai"_s, Level::Down), openai(BreakerState::Open)});
    const DeploymentView v = view(folded(readings), quoted(), start + 1s);
    QVERIFY(v.reasons.first().code == Reason::Code::BreakerOpen);
    QVERIFY(!hasReason(v, Reason::Code::HealthDown, Status::Degraded, u"external/openai"_s));
}

void TestView::aFailingSourceExplainsTheCheckOfItsSystem()
{
    QList<Reading> readings = healthy(start);
    readings += answer(u"health"_s, start + 5s,
                       {check({}, Level::Down), check(u"database"_s, Level::Down), check(u"cache"_s, Level::Down),
                        check(u"liveness"_s, Level::Down), check(u"liveness/database"_s, Level::Down),
                        check(u"liveness/disk"_s, Level::Ok)});
    readings += failed(u"postgresql"_s, start + 5s, ErrorCode::Unreachable);
    DeploymentView v = view(folded(readings), quoted(), start + 6s);
    QStringList said;
    for (const Reason &reason : v.reasons)
        said.append(reason.subject + u'<' + reason.cause);
    QCOMPARE(said, (QStringList{u"<"_s, u"cache<"_s, u"postgresql<"_s, u"database<postgresql"_s}));
    // A password of the console's that is wrong is no reason for the service to be without its database.
    readings += failed(u"postgresql"_s, start + 7s, ErrorCode::AuthRequired);
    v = view(folded(readings), quoted(), start + 8s);
    QVERIFY(std::ranges::all_of(v.reasons, [](const Reason &reason) { return reason.cause.isEmpty(); }));
}

void TestView::oneServerThatIsGoneIsOneReason()
{
    Profile p = quoted();
    p.sources.append({.id = u"metrics"_s, .kind = u"prometheus"_s, .interval = 5s, .deadline = 5s, .options = {}});
    const auto gone = [](const QString &source, std::chrono::seconds after, const QString &where, ErrorCode code) {
        Reading reading = failed(source, start + after, code);
        reading.outcome = failure(code, u"no"_s, where);
        return reading;
    };
    const auto failing = [&](ErrorCode code, const QString &where) {
        QList<Reading> readings = healthy(start);
        readings += gone(u"metrics"_s, 4s, where, code);
        readings += gone(u"health"_s, 5s, u"http://h:1/health"_s, code);
        QStringList said;
        for (const Reason &reason : view(folded(readings), p, start + 6s).reasons)
            said.append(reason.subject + u'=' + toWord(reason.status));
        return said;
    };
    QCOMPARE(failing(ErrorCode::Unreachable, u"http://h:1/metrics"_s), QStringList{u"health=down"_s});
    QCOMPARE(failing(ErrorCode::Unreachable, u"http://h:2/metrics"_s).size(), 2);
    QCOMPARE(failing(ErrorCode::NotFound, u"http://h:1/metrics"_s).size(), 2); // each of its own path
}

void TestView::theHealthTreeIsDepthFirst()
{
    const QList<Reading> readings{answer(u"health"_s, start,
                                         {check(u"external/openai"_s, Level::Ok), check(u"database"_s, Level::Ok),
                                          check(u"external"_s, Level::Ok), check({}, Level::Ok)})};
    QStringList paths;
    for (const HealthView &h : view(folded(readings), quoted(), start).health)
        paths.append(QString(h.depth, u'>') + h.path);
    QCOMPARE(paths, (QStringList{u""_s, u">database"_s, u">external"_s, u">>external/openai"_s}));
}

void TestView::partsWithoutAParentGetOneAsBadAsTheWorst()
{
    const QList<Reading> readings{
        answer(u"health"_s, start,
               {check({}, Level::Ok), check(u"liveness"_s, Level::Ok), check(u"external/openai"_s, Level::Down),
                check(u"external/stripe"_s, Level::Ok)})};
    const DeploymentView v = view(folded(readings), quoted(), start);
    QStringList rows;
    for (const HealthView &h : v.health)
        rows.append(h.path + u'=' + toWord(h.status));
    QCOMPARE(rows, (QStringList{u"=ok"_s, u"liveness=ok"_s, u"external=down"_s, u"external/openai=down"_s,
                                u"external/stripe=ok"_s}));
    QCOMPARE(v.health[2].depth, 1);
    // Its part has said it already.
    QVERIFY(!hasReason(v, Reason::Code::HealthDown, Status::Degraded, u"external"_s));
}

void TestView::anExplanationHoldsFormulaRuleAndReply()
{
    QList<Reading> readings = healthy(start);
    readings += answer(u"redis"_s, start + 5s, {cache(u"contractor"_s, 70, 30)});
    const DeploymentState state = folded(readings);
    const DeploymentView v = view(state, quoted(), start + 6s);
    const Explanation why = explain(state, v.caches[0].hitRate.because);
    QCOMPARE(why.formula, u"70 / 100, growth over the last minute"_s);
    QVERIFY(why.rule.contains(u"hit_rate_at_least = 80 %"_s));
    QCOMPARE(why.steps.size(), 2);
    QCOMPARE(why.steps[0].reply, QByteArray(R"({"x":1})"));
    QCOMPARE(why.steps[0].pointer, u"/x"_s);
    QCOMPARE(why.steps[0].takenAt, start + 5s);
}

void TestView::delaysStayWithinTwoIntervals_data()
{
    QTest::addColumn<int>("failures");
    for (const int failures : {0, 1, 2, 3, 4, 100})
        QTest::addRow("%d", failures) << failures;
}

void TestView::delaysStayWithinTwoIntervals()
{
    QFETCH(int, failures);
    for (const double spread : {0.0, 0.5, 1.0}) {
        const auto delay = nextDelay(1000ms, failures, spread);
        QVERIFY(delay >= 900ms);
        QVERIFY(delay < 2000ms);
        if (failures > 0)
            QVERIFY(delay >= nextDelay(1000ms, failures - 1, spread));
    }
    QVERIFY(nextDelay(1000ms, failures, 0) != nextDelay(1000ms, failures, 1));
}

void TestView::theServerToWriteToLeads()
{
    Profile p = quoted();
    p.sources.append({.id = u"redis-2"_s, .kind = u"redis"_s, .interval = 5s, .deadline = 5s, .options = {}});
    const auto redis = [](const QString &server, const QString &role) {
        RedisServer fact;
        fact.server = server;
        fact.role = measured(role);
        return fact;
    };
    const auto at = [&](Instant now, const QString &first, const QString &second) {
        return QList{answer(u"redis"_s, now, {redis({}, first)}), answer(u"redis-2"_s, now, {redis(u"b"_s, second)})};
    };
    DeploymentState state = folded(at(start, u"master"_s, u"slave"_s));
    DeploymentView v = view(state, p, start + 1s);
    QCOMPARE(v.redis.source, u"redis"_s);
    QCOMPARE(v.redisServers.size(), 2);
    state = folded(at(start, u"slave"_s, u"master"_s));
    QCOMPARE(view(state, p, start + 1s).redis.source, u"redis-2"_s);
    // A master that does not answer any more leads nobody.
    state = fold(state, failed(u"redis-2"_s, start + 2s, ErrorCode::Unreachable));
    v = view(state, p, start + 3s);
    QCOMPARE(v.redis.source, u"redis"_s);
    QCOMPARE(v.redisServers.last().freshness.kind, Freshness::Kind::Stale);
    QCOMPARE(view({}, p, start).redis.freshness.kind, Freshness::Kind::Pending);
}

void TestView::aListSaysWhyItIsEmpty()
{
    const auto replica = [](const QString &id) { return Replica{.system = u"postgresql"_s, .id = id}; };
    const auto replicas = [](const QList<Reading> &readings) {
        return view(folded(readings), quoted(), start + 1s).replicas;
    };
    QCOMPARE(replicas({}).freshness.kind, Freshness::Kind::Pending);
    // Both who could say so answered and told of none: that is none, and no "not measured".
    const auto none = replicas({answer(u"postgresql"_s, start, {}), answer(u"redis"_s, start, {})});
    QCOMPARE(none.freshness.kind, Freshness::Kind::Fresh);
    QVERIFY(none.rows.isEmpty());
    const auto two =
        replicas({answer(u"postgresql"_s, start, {replica(u"b"_s), replica(u"a"_s)}), answer(u"redis"_s, start, {})});
    QCOMPARE(two.freshness.kind, Freshness::Kind::Fresh);
    QCOMPARE(two.rows.size(), 2);
    QCOMPARE(two.rows.first().fact.id, u"a"_s);
    QCOMPARE(two.rows.first().status, Status::Ok);
    const auto refused = replicas({answer(
        u"postgresql"_s, start, {},
        {{.what = QString::fromLatin1(Replica::kind), .error = {ErrorCode::Forbidden, u"no right"_s, u"h:1"_s}}})});
    QCOMPARE(refused.freshness.kind, Freshness::Kind::Refused);
    QVERIFY(refused.rows.isEmpty());
    const auto lost = replicas({answer(u"postgresql"_s, start, {replica(u"a"_s)}),
                                failed(u"postgresql"_s, start + 1s, ErrorCode::Unreachable)});
    QCOMPARE(lost.freshness.kind, Freshness::Kind::Stale);
    QCOMPARE(lost.rows.first().status, Status::Unknown);
}

void TestView::keysAreShownBesideTheLookupsOfAnotherSource()
{
    Cache keys = cache(u"pricing"_s, 0, 0);
    keys.hits = keys.misses = {};
    keys.keys = measured<qint64>(40);
    auto readings = healthy(start);
    readings.append(answer(u"health"_s, start, {cache(u"pricing"_s, 9, 1)}));
    readings.append(answer(u"redis"_s, start, {keys}));
    const auto row = [&](Instant at) { return view(folded(readings), quoted(), at).caches[1]; };
    QCOMPARE(row(start + 1s).hits.value, 9);
    QCOMPARE(row(start + 1s).keys.value, 40);
    QCOMPARE(row(start + 1s).keys.because.source, u"redis"_s);
    // Old keys do not stand beside new lookups as if they were of one moment.
    readings.append(answer(u"health"_s, start + 60s, {cache(u"pricing"_s, 19, 1)}));
    QCOMPARE(row(start + 61s).hits.value, 19);
    QVERIFY(!row(start + 61s).keys.has());
}

QTEST_GUILESS_MAIN(TestView)
#include "tst_view.moc"
