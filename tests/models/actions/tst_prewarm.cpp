/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/cache_flush/cache_flush.h"
#include "bench.h"
#include "support/http_fixture.h"
#include "support/server_fixtures.h"

#include <QTest>

#include <thread>

using namespace qd;
using namespace qd::test;

namespace {
constexpr auto marker = "quarterdeck:environment";
constexpr int pages = 20;

CacheKeys keysAt(const RedisConnection &redis, quint16 http)
{
    CacheKeys keys{
        .place = {.deployment = u"shop"_s,
                  .environment = u"production"_s,
                  .marker = QString::fromLatin1(marker),
                  .connection = redis},
        .pattern = u"cache:{group}:*"_s,
        .groups = {u"pricing"_s, u"templates"_s},
        .counters = {.hash = u"app:stats"_s, .hits = u"hits:{group}"_s, .misses = u"misses:{group}"_s, .source = {}},
        .warming = {}};
    keys.counters.sample = 100ms;
    keys.warming.connection.base = QUrl(u"http://127.0.0.1:%1"_s.arg(http));
    for (int i = 1; i <= pages; ++i)
        keys.warming.paths[u"pricing"_s].append(u"/pricing/%1"_s.arg(i));
    keys.warming.pace = 1ms;
    keys.warming.watchTime = 10s;
    keys.warming.look = 20ms;
    keys.warming.wanted = {{u"pricing"_s, Share{0.8}}};
    return keys;
}

Wish flushAndWarm()
{
    return wishFor(u"pricing"_s, {{u"then"_s, u"prewarm"_s}});
}

/// A service that reads through its cache, and counts.
class CachingService
{
public:
    explicit CachingService(RedisFixture &redis)
        : m_redis(redis)
        , m_http([this](const QByteArray &received) { return answer(received); })
    {
    }
    ~CachingService()
    {
        m_isDone = true;
        if (m_readers.joinable())
            m_readers.join();
    }
    CachingService(const CachingService &) = delete;
    CachingService &operator=(const CachingService &) = delete;

    [[nodiscard]] quint16 port() const { return m_http.port(); }
    /// Somebody looks at one page after the other from now on.
    void haveReaders()
    {
        m_readers = std::thread([this] {
            for (int i = 0; !m_isDone; ++i) {
                read(1 + i % pages);
                std::this_thread::sleep_for(2ms);
            }
        });
    }
    void read(int page)
    {
        const QByteArray key = "cache:pricing:" + QByteArray::number(page);
        const bool isHit = m_redis.command({"EXISTS", key}) == "1";
        m_redis.command({"HINCRBY", "app:stats", isHit ? "hits:pricing" : "misses:pricing", "1"});
        if (!isHit && !forgets)
            m_redis.command({"SET", key, "x", "EX", "600"});
    }

    std::atomic<int> status = 200;     ///< of each answer
    std::atomic<bool> forgets = false; ///< it caches nothing any more
    std::atomic<int> asked = 0;
    std::atomic<int> changed = 0; ///< asked with anything but GET

private:
    std::optional<QByteArray> answer(const QByteArray &received)
    {
        const QList<QByteArray> line = received.left(received.indexOf('\r')).split(' ');
        ++asked;
        if (line.value(0) != "GET")
            ++changed;
        if (status == 0)
            return std::nullopt;
        if (status == 200)
            read(line.value(1).mid(line.value(1).lastIndexOf('/') + 1).toInt());
        return "HTTP/1.1 " + QByteArray::number(status) + " X\r\nContent-Length: 2\r\n\r\n{}";
    }

    RedisFixture &m_redis;
    std::atomic<bool> m_isDone = false;
    HttpFixture m_http;
    std::thread m_readers;
};

const Check *checkOf(const Report &report, QStringView code)
{
    const auto it = std::ranges::find(report.checks, code, [](const Check &check) { return check.phrase.code; });
    return it == report.checks.end() ? nullptr : &*it;
}
} // namespace

/// A cache that is filled again and watched, seen in its service's own counters.
class TestPrewarm : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aFlushedGroupIsWarmedAndItsHitRateIsBack();
    void aRateThatIsNotBackInTimeIsAWarning();
    void whereNobodyReadsNoRateIsTold();
    void badAnswersAreCounted_data();
    void badAnswersAreCounted();
    void whatIsStoppedIsGoneOnWith();
    void warmingAloneDeletesNothing();
    void aSourceMayCount();
    void whatCannotBeIsRefusedBeforeAnything();
    void anotherProfileMakesAnotherPlan();
    void aWrongTargetIsNeverTouched_data();
    void aWrongTargetIsNeverTouched();
    void ofTwoWhoActAtOnceOneDoes();
    void aProfileSaysWhatMayBeDone();

private:
    [[nodiscard]] CacheKeys keys() { return keysAt(m_redis->connection(), m_service->port()); }
    [[nodiscard]] int cached()
    {
        return m_redis->command({"EVAL", "return #redis.call('KEYS', 'cache:pricing:*')", "0"}).toInt();
    }
    [[nodiscard]] qint64 counted(const QByteArray &field)
    {
        return m_redis->command({"HGET", "app:stats", field + ":pricing"}).toLongLong();
    }
    std::unique_ptr<CachingService> m_service; ///< goes before its Redis
    std::unique_ptr<RedisFixture> m_redis;
    SystemClock m_clock;
};

void TestPrewarm::init()
{
    m_service.reset();
    m_redis = std::make_unique<RedisFixture>();
    m_redis->command({"SET", marker, "shop/production"});
    m_service = std::make_unique<CachingService>(*m_redis);
    m_redis->command({"EVAL", "for i = 1, 20 do redis.call('SET', 'cache:pricing:' .. i, 'x', 'EX', 600) end", "0"});
    m_redis->command({"HSET", "app:stats", "hits:pricing", "180", "misses:pricing", "20"});
}

void TestPrewarm::aFlushedGroupIsWarmedAndItsHitRateIsBack()
{
    m_service->haveReaders();
    Bench bench;
    const auto action = flushCache(keys(), m_clock);
    const Plan plan = planned(*action, flushAndWarm());
    QCOMPARE(plan.steps.size(), 3);
    QCOMPARE(plan.steps[1], (Phrase{u"cache-warmed"_s, {u"pricing"_s, u"20"_s}}));
    QCOMPARE(plan.steps[2], (Phrase{u"cache-watched"_s, {u"pricing"_s, u"80"_s, u"10"_s}}));
    const auto rate = std::ranges::find(plan.impact, u"hit-rate"_s, &Measure::what);
    QVERIFY(rate != plan.impact.end() && rate->number.value_or(0) >= 90);
    const auto reads = std::ranges::find(plan.impact, u"more-database-reads"_s, &Measure::what);
    QVERIFY(reads != plan.impact.end() && reads->number == pages); // each key once
    const qint64 misses = counted("misses");
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QVERIFY2(counted("misses") >= misses + pages, "the hit rate never went down");
    QCOMPARE(cached(), pages);
    QVERIFY(m_service->asked == pages && m_service->changed == 0);
    const Check *answers = checkOf(report, u"cache-answers");
    QVERIFY(answers && answers->result == Check::Result::Passed);
    QCOMPARE(answers->phrase.arguments.value(1), u"20 × 200"_s);
    const Check *back = checkOf(report, u"hit-rate-back");
    QVERIFY(back && back->phrase.arguments.value(1).toInt() >= 80);
    QVERIFY(bench.engine.undo(*action, plan).ending == Ending::Refused);
}

void TestPrewarm::aRateThatIsNotBackInTimeIsAWarning()
{
    m_service->haveReaders();
    CacheKeys slow = keys();
    slow.warming.watchTime = 300ms;
    Bench bench;
    const auto action = flushCache(slow, m_clock);
    const Plan plan = planned(*action, flushAndWarm());
    m_service->forgets = true;
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::DoneWarned, qPrintable(said(report)));
    const Check *rate = checkOf(report, u"hit-rate-back");
    QVERIFY(rate && rate->result == Check::Result::Warned);
    QVERIFY2(rate->error->message.contains(u"it is 0 % after 1 s, and was to be 80 % again"_s),
             qPrintable(said(report)));
    QVERIFY(bench.journal->unfinished(patience)->isEmpty());
}

void TestPrewarm::whereNobodyReadsNoRateIsTold()
{
    CacheKeys quick = keys();
    quick.warming.watchTime = 100ms;
    Bench bench;
    const auto action = flushCache(quick, m_clock);
    const Report report = bench.engine.run(*action, planned(*action, flushAndWarm()));
    QVERIFY2(report.ending == Ending::DoneWarned, qPrintable(said(report)));
    QVERIFY2(checkOf(report, u"hit-rate-back")->error->message.contains(u"too few looked anything up"_s),
             qPrintable(said(report)));
    QCOMPARE(cached(), pages);
    // Nor where nothing was counted yet.
    m_redis->command({"DEL", "app:stats"});
    QCOMPARE(planned(*action, flushAndWarm()).steps.last().code, u"cache-watched"_s);
}

void TestPrewarm::badAnswersAreCounted_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("asked");
    QTest::addColumn<QString>("says");
    QTest::newRow("500") << 500 << pages << u"20 × 500"_s;
    QTest::newRow("404") << 404 << pages << u"20 × 404"_s;
    QTest::newRow("asked too often") << 429 << 1 << u"1 × 429"_s;
    QTest::newRow("nobody answers") << 0 << 3 << u"3 × no answer"_s;
}

void TestPrewarm::badAnswersAreCounted()
{
    QFETCH(int, status);
    QFETCH(int, asked);
    QFETCH(QString, says);
    CacheKeys quick = keys();
    quick.warming.watchTime = 50ms;
    Bench bench;
    const auto action = flushCache(quick, m_clock);
    const Plan plan = planned(*action, flushAndWarm());
    m_service->status = status;
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::DoneWarned, qPrintable(said(report)));
    const Check *answers = checkOf(report, u"cache-answers");
    QVERIFY(answers && answers->result == Check::Result::Warned);
    QVERIFY2(answers->error->message.contains(says), qPrintable(said(report)));
    QVERIFY2(status == 0 || m_service->asked == asked, qPrintable(QString::number(m_service->asked)));
    QCOMPARE(cached(), 0);
}

void TestPrewarm::whatIsStoppedIsGoneOnWith()
{
    CacheKeys quick = keys();
    quick.warming.watchTime = 50ms;
    const auto stop = std::make_shared<std::atomic<bool>>(false);
    const auto action = flushCache(quick, m_clock, stop);
    Bench bench;
    const Plan plan = planned(*action, flushAndWarm());
    bench.engine.setBoundary([&](const QString &boundary) {
        if (boundary == "effect:1:before"_L1)
            *stop = true;
    });
    const Report stopped = bench.engine.run(*action, plan);
    QVERIFY2(stopped.ending == Ending::NeedsPerson, qPrintable(said(stopped)));
    QCOMPARE(bench.journal->unfinished(patience)->size(), 1);
    m_redis->command({"DEL", "quarterdeck:lease"}); // it could not be given back
    bench.engine.setBoundary({});
    const Report resumed = bench.engine.resume(*flushCache(quick, m_clock), plan);
    QVERIFY2(resumed.ending == Ending::DoneWarned, qPrintable(said(resumed))); // nobody reads
    QCOMPARE(resumed.steps.first().state, StepReport::State::Already);
    QCOMPARE(cached(), pages);
}

void TestPrewarm::warmingAloneDeletesNothing()
{
    m_service->haveReaders();
    m_redis->command({"SET", "cache:pricing:99", "kept"});
    m_redis->command({"DEL", "cache:pricing:7"});
    Bench bench;
    const auto action = prewarmCache(keys(), m_clock);
    const Plan plan = planned(*action, wishFor(u"pricing"_s));
    QCOMPARE(plan.risk, Risk::Low);
    QCOMPARE(plan.steps.size(), 2);
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_redis->command({"GET", "cache:pricing:99"}), QByteArray("kept"));
    QCOMPARE(cached(), pages + 1);
    QCOMPARE(m_service->asked, pages);
}

/// As where a service tells its lookups in a page of metrics alone.
void TestPrewarm::aSourceMayCount()
{
    HttpFixture metrics;
    metrics.answer("/metrics",
                   {.contentType = "text/plain; version=0.0.4",
                    .body = "# TYPE cache_hits_total counter\ncache_hits_total{cache=\"pricing\"} 900\n"
                            "# TYPE cache_misses_total counter\ncache_misses_total{cache=\"pricing\"} 100\n"});
    const auto profile = parseProfile(
        "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n  http: {url: \"http://127.0.0.1:" +
            QByteArray::number(metrics.port()) +
            "\"}\n  redis: {host: 127.0.0.1}\nsources:\n  metrics: {kind: prometheus, map: {caches: {group: cache, "
            "hits: cache_hits_total, misses: cache_misses_total}}}\n",
        u"shop.yaml"_s);
    QVERIFY(profile);
    CacheKeys counted = keys();
    counted.counters = {.hash = {},
                        .hits = {},
                        .misses = {},
                        .source = u"metrics"_s,
                        .factory = *sourceFactory(profile->sources.first(), *profile)};
    counted.warming.watchTime = 50ms;
    counted.warming.wanted.clear();
    const auto action = flushCache(counted, m_clock);
    const Plan plan = planned(*action, flushAndWarm());
    const auto rate = std::ranges::find(plan.impact, u"hit-rate"_s, &Measure::what);
    QVERIFY(rate != plan.impact.end());
    QCOMPARE(rate->number, 90);
    QCOMPARE(rate->source, u"metrics"_s);
    QCOMPARE(plan.steps.last(), (Phrase{u"cache-watched"_s, {u"pricing"_s, u"85"_s, u"1"_s}})); // nearly what it was
    const auto hits = std::ranges::find(plan.impact, u"cache-hits"_s, &Measure::what);
    QCOMPARE(hits->number, 0); // nobody looked anything up meanwhile
}

void TestPrewarm::whatCannotBeIsRefusedBeforeAnything()
{
    const auto flush = flushCache(keys(), m_clock);
    const auto warm = prewarmCache(keys(), m_clock);
    QCOMPARE(flush->plan(wishFor(u"pricing"_s, {{u"then"_s, u"coffee"_s}}), soon()).error().code, ErrorCode::BadInput);
    QCOMPARE(warm->plan(wishFor(u"pricing"_s, {{u"then"_s, u"prewarm"_s}}), soon()).error().code, ErrorCode::BadInput);
    QCOMPARE(warm->plan(wishFor(u"orders"_s), soon()).error().code, ErrorCode::NotFound);
    const auto nothing = warm->plan(wishFor(u"templates"_s), soon());
    QVERIFY(!nothing && nothing.error().message.contains(u"'warm'"_s));
    m_redis->command({"SET", "cache:templates:1", "x"});
    const auto uncounted = flush->plan(wishFor(u"templates"_s, {{u"then"_s, u"prewarm"_s}}), soon());
    QVERIFY(!uncounted && uncounted.error().code == ErrorCode::NotFound);
    QCOMPARE(planned(*flush, wishFor(u"templates"_s)).steps.size(), 1);
    QCOMPARE(m_service->asked, 0);
}

void TestPrewarm::anotherProfileMakesAnotherPlan()
{
    const Plan plan = planned(*flushCache(keys(), m_clock), flushAndWarm());
    CacheKeys edited = keys();
    edited.warming.paths[u"pricing"_s] = {u"/admin/rebuild"_s};
    Bench bench;
    const Report report = bench.engine.run(*flushCache(edited, m_clock), plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QVERIFY(m_service->asked == 0 && cached() == pages);
}

void TestPrewarm::aWrongTargetIsNeverTouched_data()
{
    QTest::addColumn<QByteArray>("other");
    QTest::newRow("another marker") << QByteArray("longmem/production");
    QTest::newRow("a clone") << QByteArray("shop/production");
    QTest::newRow("staging") << QByteArray("shop/staging");
    QTest::newRow("no marker") << QByteArray();
}

void TestPrewarm::aWrongTargetIsNeverTouched()
{
    QFETCH(QByteArray, other);
    RedisFixture elsewhere;
    elsewhere.command({"SET", "cache:pricing:1", "x"});
    if (!other.isEmpty())
        elsewhere.command({"SET", marker, other});
    for (const bool isFlush : {true, false}) {
        const auto at = [&](const RedisConnection &redis) {
            return isFlush ? flushCache(keysAt(redis, m_service->port()), m_clock)
                           : prewarmCache(keysAt(redis, m_service->port()), m_clock);
        };
        Bench bench;
        const Plan plan = planned(*at(m_redis->connection()), isFlush ? flushAndWarm() : wishFor(u"pricing"_s));
        const Report report = bench.engine.run(*at(elsewhere.connection()), plan);
        QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    }
    QCOMPARE(elsewhere.command({"EVAL", "return #redis.call('KEYS', '*')", "0"}), other.isEmpty() ? "1" : "2");
    QCOMPARE(m_service->asked, 0);
}

void TestPrewarm::ofTwoWhoActAtOnceOneDoes()
{
    constexpr int rounds = 20;
    CacheKeys quick = keys();
    quick.warming.watchTime = 1ms;
    quick.warming.paths[u"pricing"_s] = {u"/pricing/1"_s};
    const QTemporaryDir directories[2];
    std::array<std::unique_ptr<Journal>, 2> journals{journalIn(directories[0]), journalIn(directories[1])};
    for (int round = 0; round < rounds; ++round) {
        const int before = m_service->asked;
        std::array<Report, 2> reports;
        std::array<std::optional<Plan>, 2> plans;
        for (std::size_t who : {0U, 1U}) {
            Wish wish = wishFor(u"pricing"_s);
            wish.author = who == 0 ? u"ada"_s : u"bob"_s;
            plans.at(who) = planned(*prewarmCache(quick, m_clock), wish);
        }
        const auto act = [&](std::size_t who) {
            const SystemClock clock;
            const auto action = prewarmCache(quick, clock);
            Engine engine(*journals.at(who), clock, {.id = plans.at(who)->author, .host = u"desk"_s});
            reports.at(who) = engine.run(*action, *plans.at(who));
        };
        std::thread other(act, 1);
        act(0);
        other.join();
        // One after the other both may; never both at once.
        int did = 0;
        for (const Report &report : reports)
            did += report.ending == Ending::DoneWarned ? 1 : 0;
        QVERIFY2(did >= 1, qPrintable(said(reports[0]) + u" | "_s + said(reports[1])));
        QCOMPARE(m_service->asked - before, did);
    }
}

void TestPrewarm::aProfileSaysWhatMayBeDone()
{
    const QByteArray head =
        "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n"
        "  http: {url: \"http://127.0.0.1:9\"}\n  redis: {host: 127.0.0.1}\n"
        "  redis_operator: {kind: redis, host: 127.0.0.1}\n"
        "sources:\n  redis: {kind: redis}\n  health: {kind: http-health, path: /h, shape: actuator}\n"
        "caches:\n  - {name: pricing}\nactions:\n";
    const auto check = [&](const QByteArray &actions) { return wrongIn(head + actions); };
    const QByteArray flush = "  a: {kind: cache-flush, keys: \"cache:{group}:*\", ";
    QCOMPARE(check(flush +
                   "counted_by: redis, watch: 1 m, warm: {pace: 10 ms, paths: {pricing: [\"/p/{1-40}\", /q]}}}\n"
                   "  b: {kind: prewarm, warm: {paths: {pricing: [/p/1]}}}\n"),
             QString());
    QVERIFY(check("  b: {kind: prewarm}\n").contains(u"'warm' is missing"_s));
    QVERIFY(check(flush + "counted_by: metrics}\n").contains(u"no source 'metrics'"_s));
    QVERIFY(check(flush + "counted_by: health}\n").contains(u"tells no lookups"_s));
    QVERIFY(check(flush + "counted_by: redis, stats: {hash: h, hits: x}}\n").contains(u"already"_s));
    for (const char *path :
         {"\"http://evil.example/\"", "\"//evil.example/\"", "p/1", "\"/p/{1-9999}\"", "\"/p/{x}\"", "\"/p/{9-1}\""})
        QVERIFY2(check(flush + "warm: {paths: {pricing: [" + path + "]}}}\n").contains(u"expected up to 200 paths"_s),
                 path);
    QVERIFY(check(flush + "warm: {paths: {orders: [/p/1]}}}\n").contains(u"'orders'"_s));
    QVERIFY(check(flush + "warm: {connection: api, paths: {pricing: [/p/1]}}}\n").contains(u"'api'"_s));
    const auto profile =
        parseProfile(head + "  b: {kind: prewarm, warm: {paths: {pricing: [/p/1]}}}\n", u"shop.yaml"_s);
    QVERIFY(profile);
    QCOMPARE(warmingActionOf(u"prewarm", u"pricing"_s, *profile), u"b"_s);
    QCOMPARE(warmingActionOf(u"prewarm", u"orders"_s, *profile), QString());
    QCOMPARE(warmingActionOf(u"cache-flush", u"pricing"_s, *profile), QString());
}

QTEST_GUILESS_MAIN(TestPrewarm)
#include "tst_prewarm.moc"
