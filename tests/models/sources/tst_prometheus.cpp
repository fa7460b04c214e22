/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/prometheus/prometheus.h"
#include "support/http_fixture.h"
#include "wire/http.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
/// As luckygas exposes it (python prometheus_client).
const QByteArray pythonSource = R"(
    kind: prometheus
    map:
      breakers:
        name: name
        state: circuit_breaker_state
        state_label: circuit_breaker_state
        calls: circuit_breaker_calls_total{result!="rejected"}
        failures_total: circuit_breaker_calls_total{result="failure"}
        rejected: circuit_breaker_calls_total{result="rejected"}
      caches: {group: cache, hits: cache_hits_total, misses: cache_misses_total}
      rejected: {tier: tier, count: rate_limit_hits_total}
      requests:
        total: http_requests_total
        errors: http_requests_total{status=~"5.."}
        latency_s: http_request_duration_seconds
    metrics: [orders_total, revenue_twd_total, prediction_latency_seconds, "order_processing_*"]
)";
/// As storefront exposes it (prom-client and opossum-prometheus).
const QByteArray nodeSource = R"(
    kind: prometheus
    map:
      breakers:
        name: name
        calls: circuit{event=~"success|failure"}
        failures_total: circuit{event="failure"}
        rejected: circuit{event="reject"}
        opened: circuit{event="open"}
      caches:
        group: cache
        hits: cache_requests_total{result="hit"}
        misses: cache_requests_total{result="miss"}
      requests:
        total: http_request_duration_seconds_count
        errors: http_request_duration_seconds_count{code=~"5.."}
        latency_s: http_request_duration_seconds
    metrics: [orders_total, push_receipts_total, nodejs_active_handles_total, lag, circuit_perf]
)";

/// As resilience4j's Micrometer binding writes it, with simpleclient's comma.
const QByteArray javaSource = R"(
    kind: prometheus
    map:
      breakers:
        name: name
        state: resilience4j_circuitbreaker_state
        state_label: state
        calls: resilience4j_circuitbreaker_calls_seconds_count
        failures_total: resilience4j_circuitbreaker_calls_seconds_count{kind="failed"}
        rejected: resilience4j_circuitbreaker_not_permitted_calls_total
        failure_rate: resilience4j_circuitbreaker_failure_rate
)";

QByteArray profileText(const QByteArray &source)
{
    return "quarterdeck: 1\nname: d\nenvironment: test\nconnections:\n  http: {url: 'http://127.0.0.1'}\n"
           "sources:\n  metrics:" +
           source;
}

MetricMap mapOf(const QByteArray &source)
{
    const auto profile = parseProfile(profileText(source), u"p.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    QList<Error> errors;
    const ConfigNode &node = profile->sources.first().options;
    ConfigReader reader(node, &errors);
    const MetricMap map = readMetricMap(reader, node, &errors);
    if (!errors.isEmpty())
        qFatal("%s", qPrintable(errors.first().message));
    return map;
}

QByteArray data(const char *name)
{
    QFile file(QFINDTESTDATA(u"data/"_s + QString::fromUtf8(name)));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

PageFacts read(const QByteArray &page, const MetricMap &map, const AllBuckets &earlier = {},
               Exposition::Format format = Exposition::Format::Text)
{
    const auto parsed = parseExposition(page, format);
    if (!parsed)
        qFatal("%s", qPrintable(parsed.error().message));
    return pageFacts(*parsed, map, earlier, u"http://127.0.0.1/metrics"_s);
}

QStringList lines(const Findings &findings)
{
    QStringList lines;
    for (const Fact &fact : findings.facts)
        lines.append(toWord(fact));
    return lines;
}

template <class F>
std::optional<F> named(const Findings &findings, const QString &name)
{
    for (const Fact &fact : findings.facts) {
        if (const auto *f = std::get_if<F>(&fact); f && f->name() == name)
            return *f;
    }
    return std::nullopt;
}

QStringList refusals(const Findings &findings)
{
    QStringList said;
    for (const Refusal &refusal : findings.refusals)
        said.append(refusal.what + u": "_s + refusal.error.message);
    return said;
}

QByteArray states(const QByteArray &name, const QByteArray &one)
{
    QByteArray page;
    for (const char *state : {"closed", "open", "half_open", "disabled", "forced_open", "metrics_only"})
        page += "resilience4j_circuitbreaker_state{name=\"" + name + "\",state=\"" + state + "\",} " +
                (one.contains(QByteArray("|") + state + "|") ? "1.0" : "0.0") + "\n";
    return page;
}
} // namespace

class TestPrometheus : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothFormatsSayTheSame_data();
    void bothFormatsSayTheSame();
    void everyFactHasItsLineForOrigin();
    void notOnThePageIsNotZero();
    void opossumTellsNoState();
    void resilience4jTellsOneOfSixStates_data();
    void resilience4jTellsOneOfSixStates();
    void aFailureRateIsAShareUnlessThereIsNoVerdict_data();
    void aFailureRateIsAShareUnlessThereIsNoVerdict();
    void numbersThatAreNoCountsAreRefusedAlone();
    void whatWasLeftOutIsNotZero();
    void aLabelThatNoSeriesHasIsRefused_data();
    void aLabelThatNoSeriesHasIsRefused();
    void aHistogramHasSoManyBuckets();
    void aPageHasSoManyBuckets();
    void bucketsOlderThanTheWindowAreForgotten();
    void quantilesAreThoseOfPromql_data();
    void quantilesAreThoseOfPromql();
    void latencyIsThatOfTheLastMinute();
    void metricsBecomeSeries();
    void metricsAreCappedAndItIsSaid();
    void ofSeveralMomentsTheLatestCounts();
    void hostileLabelsAreCleanedAndSecretsMasked();
    void flagsAreSaid();
    void largePagesKeepTheLinesThatWereRead();
    void selectorsAreThoseOfPromql_data();
    void selectorsAreThoseOfPromql();
    void brokenSelectorsSayWhere_data();
    void brokenSelectorsSayWhere();
    void brokenOptionsAreReported_data();
    void brokenOptionsAreReported();
    void anAddressForAConnectionIsNotQuoted();
    void aPageIsReadOverHttp();
    void aTokenThatWasRefusedIsReadAgain();
    void aPageElsewhereGetsNoTokenOfAnother();
    void repliesThatAreNoPageSayWhy_data();
    void repliesThatAreNoPageSayWhy();

private:
    SourceAnswer poll(Source &source);
    std::unique_ptr<Source> sourceAt(const QUrl &base, const QByteArray &source);
    HttpClient m_http;
};

void TestPrometheus::bothFormatsSayTheSame_data()
{
    QTest::addColumn<QByteArray>("page");
    QTest::addColumn<Exposition::Format>("format");
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QStringList>("facts");
    const QStringList python{
        u"breaker/einvoice state=1 failures=- failure_threshold=- recovery_timeout_ms=- opened_at=- calls_total=12 failures_total=0 rejected_total=0 opened_total=- failure_share=-"_s,
        u"breaker/maps state=3 failures=- failure_threshold=- recovery_timeout_ms=- opened_at=- calls_total=45 failures_total=5 rejected_total=7 opened_total=- failure_share=-"_s,
        u"cache/customers hits_total=90 misses_total=10 keys=- longest_ttl_ms=-"_s,
        u"cache/routes hits_total=3 misses_total=0 keys=- longest_ttl_ms=-"_s,
        u"tier/basic rejected_total=4"_s,
        u"requests/ total=100 errors_total=5 latency_p50_ms=- latency_p95_ms=-"_s,
        u"metric/orders_total{status=\"created\"} value=7 count=- sum=- p50=- p95=-"_s,
        u"metric/revenue_twd_total value=12345.5 count=- sum=- p50=- p95=-"_s,
        u"metric/order_processing_delay_seconds value=2.5 count=- sum=- p50=- p95=-"_s,
        u"metric/prediction_latency_seconds value=- count=4 sum=1.45 p50=- p95=-"_s};
    QTest::newRow("client_python, text") << data("client_python.prom") << Exposition::Format::Text << pythonSource
                                         << python;
    QTest::newRow("client_python, OpenMetrics")
        << data("client_python.om") << Exposition::Format::OpenMetrics << pythonSource << python;
    const QStringList node{
        u"breaker/stripe state=- failures=- failure_threshold=- recovery_timeout_ms=- opened_at=- calls_total=7 failures_total=4 rejected_total=2 opened_total=1 failure_share=-"_s,
        u"cache/products hits_total=8 misses_total=2 keys=- longest_ttl_ms=-"_s,
        u"cache/weather hits_total=0 misses_total=1 keys=- longest_ttl_ms=-"_s,
        u"requests/ total=3 errors_total=1 latency_p50_ms=- latency_p95_ms=-"_s,
        u"metric/circuit_perf{event=\"success\",name=\"stripe\"} value=- count=3 sum=0 p50=0 p95=0"_s,
        u"metric/circuit_perf{event=\"failure\",name=\"stripe\"} value=- count=4 sum=0 p50=0 p95=0"_s,
        u"metric/orders_total value=3 count=- sum=- p50=- p95=-"_s,
        u"metric/nodejs_active_handles_total value=2 count=- sum=- p50=- p95=-"_s,
        u"metric/lag value=- count=- sum=- p50=- p95=-"_s};
    QTest::newRow("prom-client, text") << data("prom_client.prom") << Exposition::Format::Text << nodeSource << node;
    QTest::newRow("prom-client, OpenMetrics")
        << data("prom_client.om") << Exposition::Format::OpenMetrics << nodeSource << node;
}

void TestPrometheus::bothFormatsSayTheSame()
{
    QFETCH(QByteArray, page);
    QFETCH(Exposition::Format, format);
    QFETCH(QByteArray, source);
    QFETCH(QStringList, facts);
    const PageFacts made = read(page, mapOf(source), {}, format);
    QCOMPARE(lines(made.findings), facts);
    QCOMPARE(refusals(made.findings), QStringList());
}

void TestPrometheus::everyFactHasItsLineForOrigin()
{
    const Findings found = read(data("client_python.prom"), mapOf(pythonSource)).findings;
    const auto maps = named<Breaker>(found, u"maps"_s);
    QCOMPARE(maps->state.origin, (Origin{0, u"circuit_breaker_state{circuit_breaker_state=\"open\",name=\"maps\"}"_s}));
    QCOMPARE(maps->failuresTotal.origin,
             (Origin{0, u"circuit_breaker_calls_total{name=\"maps\",result=\"failure\"}"_s}));
    QCOMPARE(maps->callsTotal.origin, (Origin{0, u"circuit_breaker_calls_total"_s})); // a sum
    QCOMPARE(named<Cache>(found, u"routes"_s)->misses.origin, (Origin{0, u"cache_misses_total"_s}));
    QCOMPARE(named<Metric>(found, u"revenue_twd_total"_s)->value.origin, (Origin{0, u"revenue_twd_total"_s}));
    QCOMPARE(named<Metric>(found, u"prediction_latency_seconds"_s)->sum.origin,
             (Origin{0, u"prediction_latency_seconds_sum"_s}));
}

void TestPrometheus::notOnThePageIsNotZero()
{
    // Described without series: nothing has been counted. Not even described: nobody knows.
    const Findings described =
        read("# TYPE cache_hits_total counter\n# TYPE cache_misses_total counter\ncache_misses_total{cache=\"a\"} 2\n",
             mapOf(pythonSource))
            .findings;
    QCOMPARE(named<Cache>(described, u"a"_s)->hits.value, 0);
    const Findings absent = read("cache_misses_total{cache=\"a\"} 2\n", mapOf(pythonSource)).findings;
    QVERIFY(!named<Cache>(absent, u"a"_s)->hits.has());
    QVERIFY(!named<Requests>(absent, {}));
    QVERIFY(
        refusals(absent).contains(u"cache/cache_hits_total: there is no metric 'cache_hits_total' on the page; check "
                                  "the source's 'path' and 'map'"_s));
    QVERIFY(std::ranges::all_of(absent.refusals, [](const Refusal &r) { return r.error.code == ErrorCode::NotFound; }));
}

void TestPrometheus::opossumTellsNoState()
{
    const auto stripe = named<Breaker>(read(data("prom_client.prom"), mapOf(nodeSource)).findings, u"stripe"_s);
    QVERIFY(!stripe->state.has());
    QVERIFY(!stripe->openedAt.has());
    QCOMPARE(stripe->openedTotal.value, 1);
    QCOMPARE(stripe->openedTotal.origin, (Origin{0, u"circuit{name=\"stripe\",event=\"open\"}"_s}));
    // A breaker that has never opened has no such series.
    const Findings other = read("# TYPE circuit counter\ncircuit{name=\"push\",event=\"success\"} 3\n"
                                "circuit{name=\"sms\",event=\"open\"} 2\n",
                                mapOf(nodeSource))
                               .findings;
    QCOMPARE(named<Breaker>(other, u"push"_s)->openedTotal.value, 0);
    QCOMPARE(named<Breaker>(other, u"sms"_s)->callsTotal.value, 0);
    // Before traffic there is no series at all, and nobody knows.
    const Findings none = read("# TYPE circuit counter\n", mapOf(nodeSource)).findings;
    QVERIFY(std::ranges::none_of(none.facts, [](const Fact &f) { return std::holds_alternative<Breaker>(f); }));
}

void TestPrometheus::resilience4jTellsOneOfSixStates_data()
{
    QTest::addColumn<QByteArray>("ones");
    QTest::addColumn<BreakerState>("state");
    QTest::addColumn<int>("refused");
    QTest::newRow("closed") << QByteArray("|closed|") << BreakerState::Closed << 0;
    QTest::newRow("open") << QByteArray("|open|") << BreakerState::Open << 0;
    QTest::newRow("half-open") << QByteArray("|half_open|") << BreakerState::HalfOpen << 0;
    QTest::newRow("forced open") << QByteArray("|forced_open|") << BreakerState::Open << 0;
    QTest::newRow("disabled") << QByteArray("|disabled|") << BreakerState::Disabled << 0;
    QTest::newRow("metrics only") << QByteArray("|metrics_only|") << BreakerState::Disabled << 0;
    QTest::newRow("none") << QByteArray() << BreakerState::Unknown << 1;
    QTest::newRow("two") << QByteArray("|open|closed|") << BreakerState::Unknown << 1;
}

void TestPrometheus::resilience4jTellsOneOfSixStates()
{
    QFETCH(QByteArray, ones);
    QFETCH(BreakerState, state);
    QFETCH(int, refused);
    const QByteArray page =
        "# TYPE resilience4j_circuitbreaker_state gauge\n" + states("other", "|closed|") + states("payments", ones) +
        "# TYPE resilience4j_circuitbreaker_calls_seconds summary\n"
        "resilience4j_circuitbreaker_calls_seconds_count{kind=\"successful\",name=\"payments\",} 8.0\n"
        "resilience4j_circuitbreaker_calls_seconds_sum{kind=\"successful\",name=\"payments\",} 1.64E9\n"
        "resilience4j_circuitbreaker_calls_seconds_count{kind=\"failed\",name=\"payments\",} 2.0\n"
        "# TYPE resilience4j_circuitbreaker_not_permitted_calls_total counter\n"
        "# TYPE resilience4j_circuitbreaker_failure_rate gauge\n"
        "resilience4j_circuitbreaker_failure_rate{name=\"payments\",} -1.0\n";
    const Findings found = read(page, mapOf(javaSource)).findings;
    const auto payments = named<Breaker>(found, u"payments"_s);
    QCOMPARE(*payments->state, state);
    QCOMPARE(payments->callsTotal.value, 10);
    QCOMPARE(payments->failuresTotal.value, 2);
    QCOMPARE(payments->rejectedTotal.value, 0);
    QVERIFY(!payments->failureShare.has());
    QCOMPARE(*named<Breaker>(found, u"other"_s)->state, BreakerState::Closed);
    QCOMPARE(found.refusals.size(), refused);
}

void TestPrometheus::aFailureRateIsAShareUnlessThereIsNoVerdict_data()
{
    QTest::addColumn<QByteArray>("rate");
    QTest::addColumn<std::optional<double>>("share");
    QTest::addColumn<int>("refused");
    QTest::newRow("some") << QByteArray("62.5") << std::optional(0.625) << 0;
    QTest::newRow("none failed") << QByteArray("0.0") << std::optional(0.0) << 0;
    QTest::newRow("all failed") << QByteArray("100") << std::optional(1.0) << 0;
    QTest::newRow("too few calls") << QByteArray("-1.0") << std::optional<double>() << 0;
    QTest::newRow("no number") << QByteArray("NaN") << std::optional<double>() << 0;
    QTest::newRow("negative") << QByteArray("-2") << std::optional<double>() << 1;
    QTest::newRow("too much") << QByteArray("101") << std::optional<double>() << 1;
}

void TestPrometheus::aFailureRateIsAShareUnlessThereIsNoVerdict()
{
    QFETCH(QByteArray, rate);
    QFETCH(std::optional<double>, share);
    QFETCH(int, refused);
    const Findings found = read("# TYPE f gauge\nf{name=\"a\"} " + rate + "\n",
                                mapOf("\n    kind: prometheus\n    map: {breakers: {name: name, failure_rate: f}}\n"))
                               .findings;
    const auto breaker = named<Breaker>(found, u"a"_s);
    QVERIFY(breaker);
    QCOMPARE(breaker->failureShare.value.transform([](Share s) { return s.of1; }), share);
    QCOMPARE(breaker->failureShare.origin, (Origin{0, u"f{name=\"a\"}"_s}));
    QCOMPARE(found.refusals.size(), refused);
}

void TestPrometheus::numbersThatAreNoCountsAreRefusedAlone()
{
    const MetricMap map = mapOf(pythonSource);
    const QByteArray page = "cache_hits_total{cache=\"a\"} -1\ncache_hits_total{cache=\"b\"} 1.5\n"
                            "cache_hits_total{cache=\"c\"} 1e300\ncache_hits_total{cache=\"d\"} 4\ncache_hits_total 5\n"
                            "cache_hits_total{cache=\"e\"} NaN\n"
                            "# TYPE cache_misses_total counter\n"
                            "cache_misses_total{cache=\"a\"} 1\ncache_misses_total{cache=\"b\"} 1\n";
    const Findings found = read(page, map).findings;
    QVERIFY(!named<Cache>(found, u"b"_s)->hits.has());
    QVERIFY(!named<Cache>(found, u"c"_s)->hits.has());
    QCOMPARE(named<Cache>(found, u"d"_s)->hits.value, 4);
    QVERIFY(!named<Cache>(found, u"a"_s)->hits.has());
    const QStringList said = refusals(found);
    QVERIFY(said.contains(u"cache/cache_hits_total: line 1: expected a number from 0 on, found -1"_s));
    QVERIFY(said.contains(u"cache/cache_hits_total: expected a whole number, found 1.5"_s));
    QVERIFY(said.contains(u"cache/cache_hits_total: a series lacks the label 'cache'"_s));
}

void TestPrometheus::whatWasLeftOutIsNotZero()
{
    QByteArray page = "# TYPE h counter\n";
    for (int i = 0; i < 600; ++i)
        page += "h{g=\"" + QByteArray::number(i) + "\"} 5\n";
    page += "# TYPE m counter\n";
    for (int i = 599; i >= 0; --i)
        page += "m{g=\"" + QByteArray::number(i) + "\"} 95\n";
    const Findings found =
        read(page, mapOf("\n    kind: prometheus\n    map: {caches: {group: g, hits: h, misses: m}}\n")).findings;
    QCOMPARE(found.facts.size(), 600);
    QCOMPARE(named<Cache>(found, u"300"_s)->hits.value, 5);
    QCOMPARE(named<Cache>(found, u"300"_s)->misses.value, 95);
    QVERIFY(!named<Cache>(found, u"0"_s)->misses.has());
    QVERIFY(!named<Cache>(found, u"599"_s)->hits.has());
    QVERIFY(refusals(found).contains(u"cache/h: more than 500 of them; only the first are shown"_s));
}

void TestPrometheus::aLabelThatNoSeriesHasIsRefused_data()
{
    QTest::addColumn<QByteArray>("page");
    QTest::addColumn<QString>("errors");
    QTest::addColumn<std::optional<qint64>>("count");
    QTest::addColumn<QStringList>("refused");
    const auto row = [](const char *name, const QByteArray &page, const QString &errors, std::optional<qint64> count,
                        const QString &refused = {}) {
        QTest::newRow(name) << "# TYPE r counter\n" + page << errors << count
                            << (refused.isEmpty() ? QStringList() : QStringList{refused});
    };
    const QByteArray page = "r{code=\"200\"} 10\nr{code=\"500\"} 90\n";
    const QString refused = u"requests/r: no series of 'r' has the label 'status'; check the source's 'map'"_s;
    row("known", page, u"r{code=~\"5..\"}"_s, 90);
    row("known, without such a value", page, u"r{code=~\"4..\"}"_s, 0);
    row("unknown", page, u"r{status=~\"5..\"}"_s, {}, refused);
    row("unknown and known", page, u"r{code=\"500\",status=\"x\"}"_s, {}, refused);
    row("unknown and negated", page, u"r{status!=\"200\"}"_s, {}, refused);
    row("of some series", page + "r{status=\"x\"} 1\n", u"r{status=\"y\"}"_s, 0);
    row("meant to lack it", page, u"r{status=\"\"}"_s, 100);
    row("no series yet", {}, u"r{status=~\"5..\"}"_s, 0);
}

void TestPrometheus::aLabelThatNoSeriesHasIsRefused()
{
    QFETCH(QByteArray, page);
    QFETCH(QString, errors);
    QFETCH(std::optional<qint64>, count);
    QFETCH(QStringList, refused);
    const Findings found = read(page, mapOf("\n    kind: prometheus\n    map: {requests: {total: r, errors: '" +
                                            errors.toUtf8() + "'}}\n"))
                               .findings;
    const auto requests = named<Requests>(found, {});
    QVERIFY(requests && requests->total.has());
    QCOMPARE(requests->errorsTotal.value, count);
    QCOMPARE(refusals(found), refused);
}

void TestPrometheus::aHistogramHasSoManyBuckets()
{
    QByteArray page = "# TYPE h histogram\n";
    for (int i = 1; i <= 300; ++i)
        page += "h_bucket{le=\"" + QByteArray::number(i) + "\"} 1\n";
    const MetricMap map = mapOf("\n    kind: prometheus\n    map: {requests: {latency_s: h}}\n    metrics: [h]\n");
    const PageFacts most = read(page, map);
    QCOMPARE(most.buckets.at(u"h"_s).size(), 300U);
    QVERIFY(!refusals(most.findings).join(u'\n').contains(u"buckets"_s));
    const PageFacts more = read(page + "h_bucket{le=\"301\"} 1\nh_bucket{le=\"+Inf\"} 1\n", map, most.buckets);
    QCOMPARE(more.buckets.size(), 2U);
    for (const auto &[name, buckets] : more.buckets)
        QCOMPARE(buckets.size(), 300U);
    QVERIFY(refusals(more.findings).contains(u"requests/h_bucket: more than 300 buckets; only the first are read"_s));
    QVERIFY(refusals(more.findings).contains(u"metric/h_bucket: more than 300 buckets; only the first are read"_s));
    QVERIFY(!named<Metric>(more.findings, u"h"_s)->p50.has());
}

void TestPrometheus::aPageHasSoManyBuckets()
{
    QByteArray page;
    for (int h = 0; h < 51; ++h) {
        const QByteArray name = 'h' + QByteArray::number(h);
        page += "# TYPE " + name + " histogram\n";
        for (int i = 1; i <= 200; ++i)
            page += name + "_bucket{le=\"" + QByteArray::number(i) + "\"} 1\n";
    }
    const PageFacts found = read(page, mapOf("\n    kind: prometheus\n    metrics: ['h*']\n"));
    std::size_t kept = 0;
    for (const auto &[name, buckets] : found.buckets)
        kept += buckets.size();
    QCOMPARE(kept, 10'000U);
    QVERIFY(refusals(found.findings)
                .contains(u"metric/buckets: more than 10000 buckets on the page; only the first are read"_s));
}

void TestPrometheus::bucketsOlderThanTheWindowAreForgotten()
{
    const auto page = [](double count) { return AllBuckets{{u"h"_s, {{1, count}}}}; };
    const auto counted = [](const AllBuckets &buckets) { return buckets.empty() ? -1 : buckets.begin()->second.at(1); };
    const BucketHistory::Time start{};
    BucketHistory often(10s);
    QCOMPARE(counted(often.earliest(start)), -1.0);
    for (int i = 0; i < 10; ++i)
        often.add(start + i * 10s, page(i));
    QCOMPARE(counted(often.earliest(start + 100s)), 4.0);
    // The source did not answer for a while.
    QCOMPARE(counted(often.earliest(start + 145s)), 9.0);
    QCOMPARE(counted(often.earliest(start + 151s)), -1.0);
    BucketHistory seldom(5min);
    seldom.add(start, page(0));
    QCOMPARE(counted(seldom.earliest(start + 301s)), 0.0);
    seldom.add(start + 301s, page(1));
    QCOMPARE(counted(seldom.earliest(start + 602s)), 1.0);
    BucketHistory quick(10s); // asked by hand, over and over
    for (int i = 0; i < 100; ++i)
        quick.add(start + i * 10ms, page(i));
    QCOMPARE(counted(quick.earliest(start + 1s)), 0.0);
    BucketHistory fast(100ms);
    for (int i = 0; i < 1000; ++i)
        fast.add(start + i * 100ms, page(i));
    QCOMPARE(fast.size(), 60);
    QCOMPARE(counted(fast.earliest(start + 99'900ms)), 400.0);
}

void TestPrometheus::quantilesAreThoseOfPromql_data()
{
    QTest::addColumn<Buckets>("earlier");
    QTest::addColumn<Buckets>("now");
    QTest::addColumn<double>("q");
    QTest::addColumn<std::optional<double>>("value");
    constexpr double inf = std::numeric_limits<double>::infinity();
    const auto row = [](const char *name, const Buckets &earlier, const Buckets &now, double q,
                        std::optional<double> value) { QTest::newRow(name) << earlier << now << q << value; };
    row("half way in the first bucket", {}, {{1, 10}, {2, 10}, {inf, 10}}, 0.5, 0.5);
    row("in a later bucket", {}, {{1, 10}, {3, 20}, {inf, 20}}, 0.75, 2);
    row("what came since alone", {{1, 100}, {3, 100}, {inf, 100}}, {{1, 100}, {3, 110}, {inf, 110}}, 0.5, 2);
    row("above the last bound", {}, {{1, 0}, {2, 1}, {inf, 10}}, 0.95, 2);
    row("a bound below zero first", {}, {{-1, 10}, {1, 10}, {inf, 10}}, 0.5, -1);
    row("began anew", {{1, 100}, {inf, 100}}, {{1, 4}, {inf, 4}}, 0.5, 0.5);
    row("nothing came", {{1, 4}, {inf, 4}}, {{1, 4}, {inf, 4}}, 0.5, {});
    row("no last bucket", {}, {{1, 4}, {2, 4}}, 0.5, {});
    row("no buckets", {}, {}, 0.5, {});
    row("the last bucket alone", {}, {{inf, 4}}, 0.5, {});
}

void TestPrometheus::quantilesAreThoseOfPromql()
{
    QFETCH(Buckets, earlier);
    QFETCH(Buckets, now);
    QFETCH(double, q);
    QFETCH(std::optional<double>, value);
    QCOMPARE(quantile(earlier, now, q), value);
}

void TestPrometheus::latencyIsThatOfTheLastMinute()
{
    const MetricMap map = mapOf(pythonSource);
    const PageFacts first = read(data("client_python.prom"), map);
    QVERIFY(!named<Requests>(first.findings, {})->latencyP95.has());
    // Ten slow requests after a hundred faster ones: the last minute has slow ones only.
    QByteArray page = data("client_python.prom");
    for (const char *bound : {"5.0", "+Inf"}) {
        const QByteArray line =
            QByteArray("http_request_duration_seconds_bucket{le=\"") + bound + R"(",method="GET"} )";
        QVERIFY(page.contains(line + "80.0"));
        page.replace(line + "80.0", line + "90.0");
    }
    page.replace("prediction_latency_seconds_bucket{le=\"2.0\"} 4.0",
                 "prediction_latency_seconds_bucket{le=\"2.0\"} 6.0");
    page.replace("prediction_latency_seconds_bucket{le=\"+Inf\"} 4.0",
                 "prediction_latency_seconds_bucket{le=\"+Inf\"} 6.0");
    const PageFacts second = read(page, map, first.buckets);
    const auto requests = named<Requests>(second.findings, {});
    QCOMPARE(requests->latencyP50.value, Millis(3000));
    QCOMPARE(requests->latencyP95.value, Millis(4800));
    QCOMPARE(requests->latencyP50.origin, (Origin{0, u"http_request_duration_seconds_bucket"_s}));
    QCOMPARE(named<Metric>(second.findings, u"prediction_latency_seconds"_s)->p50.value, 1.25);
    // Nothing came since: not measured, and not the old number.
    QVERIFY(!named<Requests>(read(page, map, second.buckets).findings, {})->latencyP50.has());
}

void TestPrometheus::metricsBecomeSeries()
{
    const Findings found = read(data("client_python.prom"), mapOf(pythonSource)).findings;
    const auto samples = [&](const QString &name) {
        QStringList said;
        for (const Sample &sample : samplesOf(*named<Metric>(found, name)))
            said.append(sample.series + u' ' + QString::number(sample.value) +
                        (sample.behaviour == Behaviour::Counter ? u" counter"_s : u" gauge"_s));
        return said;
    };
    QCOMPARE(samples(u"orders_total{status=\"created\"}"_s),
             QStringList{u"metric/orders_total{status=\"created\"}/value 7 counter"_s});
    QCOMPARE(samples(u"order_processing_delay_seconds"_s),
             QStringList{u"metric/order_processing_delay_seconds/value 2.5 gauge"_s});
    QCOMPARE(samples(u"prediction_latency_seconds"_s),
             QStringList({u"metric/prediction_latency_seconds/count 4 counter"_s,
                          u"metric/prediction_latency_seconds/sum 1.45 counter"_s}));
    const auto orders = named<Metric>(found, u"orders_total{status=\"created\"}"_s);
    QCOMPARE(orders->help, u"Orders"_s);
    QCOMPARE(orders->type, u"counter"_s);
    const Findings node = read(data("prom_client.prom"), mapOf(nodeSource)).findings;
    QVERIFY(samplesOf(*named<Metric>(node, u"lag"_s)).isEmpty());
}

void TestPrometheus::metricsAreCappedAndItIsSaid()
{
    QByteArray page = "# TYPE orders_total counter\n";
    for (int i = 0; i < 700; ++i)
        page += "orders_total{shop=\"" + QByteArray::number(i) + "\"} 1\n";
    const Findings found = read(page, mapOf("\n    kind: prometheus\n    metrics: ['*']\n")).findings;
    QCOMPARE(found.facts.size(), 500);
    QCOMPARE(refusals(found), QStringList{u"metric/metrics: more metrics than are kept: 200 of 700 are left out; name "
                                          "fewer under 'metrics'"_s});
    QCOMPARE(found.refusals.first().error.code, ErrorCode::TooLarge);
}

void TestPrometheus::ofSeveralMomentsTheLatestCounts()
{
    const QByteArray page =
        "# TYPE cache_hits counter\ncache_hits_total{cache=\"a\"} 1 1\ncache_hits_total{cache=\"a\"} 2 2\n"
        "# TYPE cache_misses counter\n# TYPE orders counter\norders_total 5 1\norders_total 6 2\n# EOF\n";
    const Findings found = read(page, mapOf(pythonSource), {}, Exposition::Format::OpenMetrics).findings;
    QCOMPARE(named<Cache>(found, u"a"_s)->hits.value, 2);
    QCOMPARE(named<Metric>(found, u"orders_total"_s)->value.value, 6);
}

void TestPrometheus::hostileLabelsAreCleanedAndSecretsMasked()
{
    const QByteArray page =
        "orders_total{a=\"x\\n" + QByteArray::fromHex("e280ae") + QByteArray(1000, 'y') +
        "\",password=\"hunter2\"} 1\norders_total{a=\"redis://:hunter3@h\",password=\"hunter3\"} 1\n";
    const Findings found = read(page, mapOf("\n    kind: prometheus\n    metrics: [orders_total]\n")).findings;
    QCOMPARE(found.facts.size(), 2);
    const auto &metric = std::get<Metric>(found.facts.first());
    QCOMPARE(metric.labels[0].second.size(), 200);
    QVERIFY(metric.labels[0].second.startsWith("x yyy"_L1));
    QVERIFY(!metric.name().contains("hunter"_L1));
    QVERIFY(metric.value.origin.pointer.contains("password=\""_L1));
    QVERIFY(!metric.value.origin.pointer.contains("hunter"_L1));
    QVERIFY(!std::get<Metric>(found.facts.last()).name().contains("hunter"_L1));
}

void TestPrometheus::flagsAreSaid()
{
    const Findings found = read("# TYPE orders_total counter\norders_total -1\norders_total -1\n",
                                mapOf("\n    kind: prometheus\n    metrics: [orders_total]\n"))
                               .findings;
    QCOMPARE(refusals(found),
             QStringList{u"metric/page: the page contradicts its format in 3 places, first in line 2: a "
                         "count below zero"_s});
}

void TestPrometheus::largePagesKeepTheLinesThatWereRead()
{
    QByteArray page;
    for (int i = 0; i < 20'000; ++i)
        page += "other{n=\"" + QByteArray::number(i) + "\"} 1\n";
    page += "# TYPE orders_total counter\norders_total{shop=\"1\"} 7\n";
    const MetricMap map = mapOf("\n    kind: prometheus\n    metrics: [orders_total]\n");
    QCOMPARE(read(page, map).lines, QByteArray("orders_total{shop=\"1\"} 7\n"));
    QCOMPARE(read("a 1\norders_total 7\n", map).lines, QByteArray("a 1\norders_total 7\n"));
}

void TestPrometheus::selectorsAreThoseOfPromql_data()
{
    QTest::addColumn<QString>("selector");
    QTest::addColumn<QStringList>("samples");
    const auto row = [](const char *selector, const QStringList &samples) {
        QTest::newRow(selector) << QString::fromUtf8(selector) << samples;
    };
    row("m", {u"1"_s, u"2"_s, u"3"_s, u"4"_s});
    row(" m { } ", {u"1"_s, u"2"_s, u"3"_s, u"4"_s});
    row("m{code=\"500\"}", {u"2"_s});
    row("m{code!=\"500\"}", {u"1"_s, u"3"_s, u"4"_s});
    row("m{ code =~ \"5..\" , }", {u"2"_s, u"3"_s});
    row("m{code=~\"5.\"}", {}); // anchored
    row(R"(m{code!~"5..",code!=""})", {u"1"_s});
    row("m{code=\"\"}", {u"4"_s});
    row(R"(m{path="a\\b\""})", {u"3"_s});
    row("n", {});
}

void TestPrometheus::selectorsAreThoseOfPromql()
{
    QFETCH(QString, selector);
    QFETCH(QStringList, samples);
    const auto parsed = parseSelector(selector);
    QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().message));
    const auto page = parseExposition(
        "m{code=\"200\"} 1\nm{code=\"500\"} 2\nm{code=\"503\",path=\"a\\\\b\\\"\"} 3\nm{path=\"x\"} 4\nmm 5\n",
        Exposition::Format::Text);
    QStringList found;
    for (const Exposition::Family &family : page->families) {
        for (const Exposition::Sample &sample : family.samples) {
            if (parsed->names(family, sample.name) && parsed->matches(*page, sample))
                found.append(QString::number(sample.value));
        }
    }
    QCOMPARE(found, samples);
}

void TestPrometheus::brokenSelectorsSayWhere_data()
{
    QTest::addColumn<QString>("selector");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *selector, const QString &error) {
        QTest::newRow(selector) << QString::fromUtf8(selector) << error;
    };
    row("{a=\"b\"}", u"column 1: expected the name of a metric, found '{'"_s);
    row("m{a}", u"column 4: expected =, !=, =~ or !~, found '}'"_s);
    row("m{a!\"b\"}", u"column 5: expected = or ~ after !, found '\"'"_s);
    row("m{a=b}", u"column 5: expected '\"', found 'b'"_s);
    row("m{a=\"b\"", u"column 8: expected ',' or '}', found the end of the line"_s);
    row("m{a=~\"(\"}", u"column 6: expected a regular expression, found '\"'"_s);
    row("m[5m]", u"column 2: expected '{' or the end, found '['"_s);
}

void TestPrometheus::brokenSelectorsSayWhere()
{
    QFETCH(QString, selector);
    QFETCH(QString, error);
    const auto parsed = parseSelector(selector);
    QVERIFY(!parsed);
    QCOMPARE(parsed.error().code, ErrorCode::BadInput);
    QCOMPARE(parsed.error().message, error);
}

void TestPrometheus::brokenOptionsAreReported_data()
{
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *name, const QByteArray &options, const QString &error) {
        QTest::newRow(name) << QByteArray("\n    kind: prometheus\n") + options << error;
    };
    const QByteArray some = "    metrics: [a]\n";
    row("nothing", {}, u"nothing is read from the page"_s);
    row("no path", some + "    path: metrics\n", u"expected a path such as /metrics"_s);
    row("unknown key", some + "    metric: b\n", u"metric"_s);
    row("selector", "    map: {requests: {total: 'a{'}}\n", u"column 3"_s);
    row("breakers without a label", "    map: {breakers: {calls: a}}\n", u"'name'"_s);
    row("breakers of nothing", "    map: {breakers: {name: a}}\n", u"maps nothing"_s);
    row("state without a label", "    map: {breakers: {name: a, state: b}}\n", u"'state_label'"_s);
    row("half a cache", "    map: {caches: {group: a, hits: b}}\n", u"'misses' is missing"_s);
    row("tier and name", "    map: {rejected: {tier: a, name: b, count: c}}\n", u"expected either 'tier'"_s);
    row("neither tier nor name", "    map: {rejected: {count: c}}\n", u"expected either 'tier'"_s);
}

void TestPrometheus::brokenOptionsAreReported()
{
    QFETCH(QByteArray, options);
    QFETCH(QString, error);
    const auto profile = parseProfile(profileText(options), u"p.yaml"_s);
    QVERIFY(profile);
    const QList<Error> errors = checkSources(*profile);
    QVERIFY2(std::ranges::any_of(errors, [&](const Error &e) { return e.message.contains(error); }),
             errors.isEmpty() ? "no error" : qPrintable(errors.first().message));
    QVERIFY(errors.first().where.startsWith("p.yaml:"_L1));
    QVERIFY(!errors.first().message.contains("pass"_L1));
}

void TestPrometheus::anAddressForAConnectionIsNotQuoted()
{
    const QTemporaryDir directory;
    QFile file(directory.filePath(u"p.yaml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(profileText("\n    kind: prometheus\n    metrics: [a]\n    connection: 'https://u:hunter2@h/'\n"));
    file.close();
    const auto profile = loadWhole(file.fileName());
    QVERIFY(!profile);
    QVERIFY(!profile.error().isEmpty());
    for (const Error &error : profile.error())
        QVERIFY2(!error.message.contains("hunter2"_L1), qPrintable(error.message));
}

std::unique_ptr<Source> TestPrometheus::sourceAt(const QUrl &base, const QByteArray &source)
{
    auto profile = *parseProfile(profileText(source), u"p.yaml"_s);
    profile.connections[u"http"_s] = HttpConnection{
        .base = base, .bearer = SecretRef{SecretRef::Scheme::Env, u"QD_TEST_METRICS_BEARER"_s}, .tls = {}};
    const auto factory = sourceFactory(profile.sources.first(), profile);
    return factory ? (*factory)({.http = &m_http, .postgres = nullptr}) : nullptr;
}

SourceAnswer TestPrometheus::poll(Source &source)
{
    std::optional<SourceAnswer> answer;
    const Call call = source.poll([&](const SourceAnswer &a) { answer = a; });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, 10'000))
        return {.outcome = failure(ErrorCode::Timeout, u"the source never answered"_s), .exchanges = {}};
    return *answer;
}

void TestPrometheus::aPageIsReadOverHttp()
{
    qputenv("QD_TEST_METRICS_BEARER", "hunter2hunter2");
    test::HttpFixture server;
    const QByteArray openMetrics = "application/openmetrics-text; version=0.0.1; charset=utf-8";
    server.answer("/base/metrics", {.contentType = openMetrics, .body = data("client_python.om")});
    const auto source = sourceAt(server.url(u"/base"_s), pythonSource);
    const SourceAnswer first = poll(*source);
    QVERIFY2(first.outcome, first.outcome ? "" : qPrintable(first.outcome.error().message));
    QCOMPARE(*named<Breaker>(*first.outcome, u"maps"_s)->state, BreakerState::Open);
    QCOMPARE(first.exchanges.size(), 1);
    QVERIFY(first.exchanges[0].format == Exchange::Format::Text);
    QVERIFY(first.exchanges[0].reply.contains("revenue_twd_total 12345.5"));
    QVERIFY(first.exchanges[0].command.contains("/base/metrics"_L1));
    QVERIFY(!first.exchanges[0].command.contains("hunter2"_L1));
    const QByteArray head = server.requests().first().head;
    QVERIFY(head.contains("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4"));
    QVERIFY(head.contains("hunter2hunter2"));

    QByteArray later = data("client_python.om");
    later.replace(R"(le="+Inf",method="POST"} 20.0)", R"(le="+Inf",method="POST"} 30.0)");
    later.replace(R"(le="5.0",method="POST"} 20.0)", R"(le="5.0",method="POST"} 30.0)");
    server.answer("/base/metrics", {.contentType = openMetrics, .body = later});
    const SourceAnswer second = poll(*source);
    QCOMPARE(named<Requests>(*second.outcome, {})->latencyP50.value, Millis(3000));
}

void TestPrometheus::aTokenThatWasRefusedIsReadAgain()
{
    test::HttpFixture server;
    const auto source = sourceAt(server.url(), "\n    kind: prometheus\n    metrics: [up]\n");
    const auto sent = [&](int status, const char *token) {
        qputenv("QD_TEST_METRICS_BEARER", token);
        server.answer("/metrics", {.status = status, .contentType = "text/plain; version=0.0.4", .body = "up 1\n"});
        poll(*source);
        const QByteArray head = server.requests().last().head;
        return head.sliced(head.indexOf("Bearer ") + 7, 3);
    };
    QCOMPARE(sent(200, "one"), QByteArray("one"));
    QCOMPARE(sent(401, "two"), QByteArray("one"));
    QCOMPARE(sent(200, "two"), QByteArray("two"));
    QCOMPARE(sent(500, "three"), QByteArray("two"));
    QCOMPARE(sent(200, "three"), QByteArray("two"));
}

void TestPrometheus::aPageElsewhereGetsNoTokenOfAnother()
{
    qputenv("QD_TEST_METRICS_BEARER", "hunter2hunter2");
    test::HttpFixture service;
    test::HttpFixture exporter;
    exporter.answer("/metrics", {.contentType = "text/plain; version=0.0.4", .body = "up 1\n"});
    auto profile = *parseProfile(profileText("\n    kind: prometheus\n    connection: exporter\n    metrics: [up]\n"),
                                 u"p.yaml"_s);
    profile.connections[u"http"_s] = HttpConnection{
        .base = service.url(), .bearer = SecretRef{SecretRef::Scheme::Env, u"QD_TEST_METRICS_BEARER"_s}, .tls = {}};
    profile.connections[u"exporter"_s] = HttpConnection{.base = exporter.url(), .bearer = {}, .tls = {}};
    const auto factory = sourceFactory(profile.sources.first(), profile);
    QVERIFY(factory);
    const SourceAnswer answer = poll(*(*factory)({.http = &m_http, .postgres = nullptr}));
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(named<Metric>(*answer.outcome, u"up"_s)->value.value, 1);
    QVERIFY(!exporter.requests().first().head.toLower().contains("authorization"));
    QVERIFY(service.requests().isEmpty());
}

void TestPrometheus::repliesThatAreNoPageSayWhy_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<qint64>("endless");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("what");
    const auto row = [](const char *name, int status, const QByteArray &type, const QByteArray &body, ErrorCode code,
                        const QString &what, qint64 endless = 0) {
        QTest::newRow(name) << status << type << body << endless << code << what;
    };
    const QByteArray plain = "text/plain; version=0.0.4";
    row("401", 401, plain, "up 1\n", ErrorCode::AuthRequired, u"'bearer'"_s);
    row("403", 403, plain, "up 1\n", ErrorCode::Forbidden, u"403"_s);
    row("404", 404, plain, "no such page", ErrorCode::NotFound, u"'path'"_s);
    row("500", 500, plain, "error gathering metrics", ErrorCode::ServerError, u"HTTP 500"_s);
    row("HTML", 200, "text/html", "<html>", ErrorCode::BadReply, u"an HTML page"_s);
    row("JSON", 200, "application/json", "{}", ErrorCode::BadReply, u"JSON"_s);
    row("protocol buffers", 200, "application/vnd.google.protobuf", "x", ErrorCode::Unsupported, u"protocol buffers"_s);
    row("broken", 200, plain, "up 1\nup\n", ErrorCode::BadReply, u"line 2, column 3"_s);
    row("cut off", 200, "application/openmetrics-text", "up 1\n", ErrorCode::BadReply, u"# EOF"_s);
    row("endless", 200, plain, "up 1\n", ErrorCode::TooLarge, u""_s, 64 * 1024 * 1024);
}

void TestPrometheus::repliesThatAreNoPageSayWhy()
{
    qputenv("QD_TEST_METRICS_BEARER", "hunter2hunter2");
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(qint64, endless);
    QFETCH(ErrorCode, code);
    QFETCH(QString, what);
    test::HttpFixture server;
    server.answer("/metrics", {.status = status, .contentType = type, .body = body, .endless = endless});
    const auto source = sourceAt(server.url(), "\n    kind: prometheus\n    metrics: [up]\n");
    const SourceAnswer answer = poll(*source);
    QVERIFY(!answer.outcome);
    QCOMPARE(answer.outcome.error().code, code);
    QVERIFY2(answer.outcome.error().message.contains(what), qPrintable(answer.outcome.error().message));
    QVERIFY(answer.outcome.error().where.contains("/metrics"_L1));
}

QTEST_GUILESS_MAIN(TestPrometheus)
#include "tst_prometheus.moc"
