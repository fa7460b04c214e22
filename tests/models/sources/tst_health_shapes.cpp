/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/source.h"
#include "support/http_fixture.h"
#include "wire/http.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;

namespace {
ProfileResult profileWith(const QUrl &url, const QByteArray &options)
{
    return parseProfile("quarterdeck: 1\nname: d\nenvironment: test\nconnections:\n  http: {url: '" + url.toEncoded() +
                            "'}\nsources:\n  health: {kind: http-health, path: /health" + options + "}\n",
                        u"p.yaml"_s);
}

/// "database ok up 1.5ms detail" of each check and "name state share" of each breaker; "-" is not measured.
QString line(const Fact &fact)
{
    const auto text = [](const Value<QString> &v) { return v.has() ? *v : u"-"_s; };
    if (const auto *check = std::get_if<HealthCheck>(&fact))
        return QStringList{check->path, check->level.has() ? toWord(*check->level) : u"-"_s, text(check->word),
                           check->latency.has() ? QString::number(check->latency->count()) + u"ms"_s : u"-"_s,
                           text(check->detail)}
            .join(u' ');
    if (const auto *breaker = std::get_if<Breaker>(&fact))
        return u"breaker %1 %2 %3"_s.arg(breaker->id, breaker->state.has() ? toWord(*breaker->state) : u"-"_s,
                                         breaker->failureShare.has() ? QString::number(breaker->failureShare->of1)
                                                                     : u"-"_s);
    return toWord(fact);
}

QStringList lines(const Findings &findings)
{
    QStringList all;
    for (const Fact &fact : findings.facts)
        all.append(line(fact));
    return all;
}

QByteArray breaker(const QByteArray &status, const QByteArray &state, const QByteArray &rate)
{
    return R"({"status":")" + status + R"(","details":{"failureRate":)" + rate +
           R"(,"failureRateThreshold":"50.0%","slowCallRate":"-1.0%","bufferedCalls":3,"failedCalls":1,)"
           R"("notPermittedCalls":0,"state":")" +
           state + "\"}}";
}
} // namespace

/// Documents in shapes that none of the sandbox's services uses, served over HTTP.
class TestHealthShapes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void documentsNeedNoMap_data();
    void documentsNeedNoMap();
    void everyCheckHasItsOrigin();
    void whatIsNoRateIsRefusedAlone_data();
    void whatIsNoRateIsRefusedAlone();
    void aFloodOfComponentsIsCapped();
    void hiddenComponentsAreNotRefused();
    void aShapeStandsInPlaceOfAMap_data();
    void aShapeStandsInPlaceOfAMap();

private:
    SourceAnswer ask(const QByteArray &options, int status, const QByteArray &body);
    HttpClient m_http;
};

SourceAnswer TestHealthShapes::ask(const QByteArray &options, int status, const QByteArray &body)
{
    test::HttpFixture server;
    server.answer("/health", {.status = status, .contentType = "application/health+json", .body = body});
    const auto profile = profileWith(server.url(), options);
    const auto factory = sourceFactory(profile->sources.first(), *profile);
    if (!factory)
        return {.outcome = std::unexpected(factory.error().first()), .exchanges = {}};
    const auto source = (*factory)({.http = &m_http});
    std::optional<SourceAnswer> answer;
    const Call call = source->poll([&](const SourceAnswer &a) { answer = a; });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, 10'000))
        return {.outcome = failure(ErrorCode::Timeout, u"the source never answered"_s), .exchanges = {}};
    return *answer;
}

void TestHealthShapes::documentsNeedNoMap_data()
{
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QStringList>("facts");
    const auto row = [](const char *name, const QByteArray &options, int status, const QByteArray &body,
                        const QStringList &facts) { QTest::newRow(name) << options << status << body << facts; };
    const QByteArray actuator = ", shape: actuator";
    row("Spring Boot 3", actuator, 503,
        R"({"status":"DOWN","components":{
            "db":{"status":"DOWN","components":{
                "orders":{"status":"UP","details":{"database":"PostgreSQL","validationQuery":"isValid"
}
}
, "audit":
{
    "status" : "DOWN", "details" : {"error" : "java.sql.SQLException: refused"}
}
}
}
, "diskSpace" : {"status" : "UP", "details" : {"total" : 10, "free" : 5, "exists" : true}},
                "mail" : {"status" : "OUT_OF_SERVICE"},
                         "queue" : {"status" : "UNKNOWN"},
                                   "search" : {"status" : "WARMING_UP"}
}
, "groups" : [ "liveness", "readiness" ]
})",
        {u" down DOWN - HTTP 503"_s, u"db down DOWN - -"_s, u"db/audit down DOWN - java.sql.SQLException: refused"_s,
         u"db/orders ok UP - -"_s, u"diskSpace ok UP - -"_s, u"mail down OUT_OF_SERVICE - -"_s,
         u"queue unknown UNKNOWN - -"_s, u"search unknown WARMING_UP - -"_s});
    // A word that Spring does not know is left out when it sums up: the whole stays up.
    row("resilience4j's breakers", actuator, 200,
        R"({"status":"UP","components":{"circuitBreakers":{"status":"UP","details":{"a":)" +
            breaker("UP", "CLOSED", "\"-1.0%\"") + ",\"b\":" + breaker("CIRCUIT_OPEN", "OPEN", "\"62.5%\"") +
            ",\"c\":" + breaker("CIRCUIT_HALF_OPEN", "HALF_OPEN", "\"0.0%\"") +
            ",\"d\":" + breaker("UNKNOWN", "METRICS_ONLY", "\"100.0%\"") + "}}}}",
        {u" ok UP - -"_s, u"circuitBreakers ok UP - -"_s, u"circuitBreakers/a ok UP - -"_s,
         u"circuitBreakers/b unknown CIRCUIT_OPEN - -"_s, u"circuitBreakers/c unknown CIRCUIT_HALF_OPEN - -"_s,
         u"circuitBreakers/d unknown UNKNOWN - -"_s, u"breaker a closed -"_s, u"breaker b open 0.625"_s,
         u"breaker c half-open 0"_s, u"breaker d disabled 1"_s});
    row("Spring Boot 2.1", actuator, 200,
        R"({"status":"UP","details":{"db":{"status":"UP","details":{"hello":1}},"aCircuitBreaker":)" +
            breaker("UP", "CLOSED", "\"12.0%\"") + "}}",
        {u" ok UP - -"_s, u"aCircuitBreaker ok UP - -"_s, u"db ok UP - -"_s, u"breaker aCircuitBreaker closed 0.12"_s});
    row("below a root", actuator + ", root: liveness", 200,
        R"({"status":"UP","components":{"livenessState":{"status":"UP"}}})",
        {u"liveness ok UP - -"_s, u"liveness/livenessState ok UP - -"_s});
    const QByteArray healthJson = ", shape: health+json";
    row("health+json, one warns among those that pass", healthJson, 200,
        R"({"status":"pass","version":"1","checks":{
            "cassandra:responseTime":[{"componentId":"a1","status":"pass","observedValue":250,"observedUnit":"ms"},
                                      {"componentId":"b2","status":"warn","observedValue":1.5,"observedUnit":"s"}],
            "cassandra:connections":[{"status":"pass","observedValue":75}],
            "cpu:utilization":[{"status":"warn","observedValue":85,"observedUnit":"percent"}],
            "uptime":[{"status":"pass","observedValue":1209600.245,"observedUnit":"s"}],
            "queue":[{"status":"fail","output":"no route"}],
            "cache:responseTime":{"status":"ok","observedValue":2,"observedUnit":"furlongs"}}})",
        {u" ok pass - -"_s, u"cache ok ok - 2 furlongs"_s, u"cassandra/connections ok pass - 75"_s,
         u"cassandra/responseTime/a1 ok pass 250ms -"_s, u"cassandra/responseTime/b2 degraded warn 1500ms -"_s,
         u"cpu degraded warn - 85 percent"_s, u"queue down fail - no route"_s, u"uptime ok pass - 1209600.245 s"_s});
    row("health+json that fails", healthJson, 503, R"({"status":"fail","output":"x"})", {u" down fail - HTTP 503"_s});
    row("health+json, in other words", healthJson, 200, R"({"status":"up"})", {u" ok up - -"_s});
    row("health+json, instances without a name", healthJson, 200,
        R"({"status":"error","checks":{"db:up":[{"status":"down"},{"status":"sideways"}]}})",
        {u" down error - -"_s, u"db/up/1 down down - -"_s, u"db/up/2 unknown sideways - -"_s});
    const QByteArray terminus = ", shape: terminus";
    row("terminus", terminus, 503,
        R"({"status":"error","info":{"redis":{"status":"up"}},"error":{"database":{"status":"down"}},
            "details":{"redis":{"status":"up"},"database":{"status":"down","message":"timeout of 1000ms exceeded"}}})",
        {u" down error - HTTP 503"_s, u"database down down - timeout of 1000ms exceeded"_s, u"redis ok up - -"_s});
    row("terminus that says no more", terminus, 503, R"({"status":"error"})", {u" down error - HTTP 503"_s});
    const QByteArray aspnet = ", shape: aspnet";
    row("ASP.NET", aspnet, 200,
        R"({"status":"Degraded","totalDuration":"00:00:05.1","entries":{
            "npgsql":{"data":{},"duration":"00:00:05.0123456","status":"Healthy","tags":[]},
            "redis":{"data":{},"description":"slow","duration":"1.02:03:04","status":"Degraded"},
            "smtp":{"data":{},"duration":"00:00:00.0000000","status":"Unhealthy"}}})",
        {u" degraded Degraded - -"_s, u"npgsql ok Healthy 5012.35ms -"_s,
         u"redis degraded Degraded 9.3784e+07ms slow"_s, u"smtp down Unhealthy 0ms -"_s});
}

void TestHealthShapes::documentsNeedNoMap()
{
    QFETCH(QByteArray, options);
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QStringList, facts);
    const SourceAnswer answer = ask(options, status, body);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(lines(*answer.outcome), facts);
    QVERIFY2(answer.outcome->refusals.isEmpty(),
             answer.outcome->refusals.isEmpty() ? "" : qPrintable(answer.outcome->refusals[0].error.message));
}

void TestHealthShapes::everyCheckHasItsOrigin()
{
    const SourceAnswer answer =
        ask(", shape: actuator", 200,
            R"({"status":"UP","components":{"circuitBreakers":{"status":"UP","details":{"a/b":)" +
                breaker("UP", "OPEN", "\"-1.0%\"") + "}}}}");
    QVERIFY(answer.outcome);
    const auto check = std::get<HealthCheck>(answer.outcome->facts[2]);
    QCOMPARE(check.path, u"circuitBreakers/a\u2215b"_s);
    const QString at = u"/components/circuitBreakers/details/a~1b"_s;
    QCOMPARE(check.level.origin, (Origin{0, at + u"/status"_s}));
    const auto found = std::get<Breaker>(answer.outcome->facts[3]);
    QCOMPARE(found.id, u"a/b"_s);
    QCOMPARE(found.state.origin, (Origin{0, at + u"/details/state"_s}));
    QCOMPARE(found.failureShare.origin, (Origin{0, at + u"/details/failureRate"_s}));
    // What counts a window, or since the last transition, is no count of its own.
    QVERIFY(!found.failures.has() && !found.callsTotal.has() && !found.failuresTotal.has() &&
            !found.rejectedTotal.has());
}

void TestHealthShapes::whatIsNoRateIsRefusedAlone_data()
{
    QTest::addColumn<QByteArray>("rate");
    QTest::addColumn<QString>("shown");
    QTest::addColumn<int>("refused");
    const auto row = [](const char *name, const QByteArray &rate, const QString &shown, int refused) {
        QTest::newRow(name) << rate << shown << refused;
    };
    row("too few calls", "\"-1.0%\"", u"-"_s, 0);
    row("too few calls, as a number", "-1", u"-"_s, 0);
    row("null", "null", u"-"_s, 0);
    row("zero", "0", u"0"_s, 0);
    row("a number", "12.5", u"0.125"_s, 0);
    row("below", "\"-2.0%\"", u"-"_s, 1);
    row("above", "\"100.5%\"", u"-"_s, 1);
    row("no number", "\"NaN%\"", u"-"_s, 1);
    row("a word", "\"high\"", u"-"_s, 1);
    row("nothing but the sign", "\"%\"", u"-"_s, 1);
    row("a list", "[1]", u"-"_s, 1);
}

void TestHealthShapes::whatIsNoRateIsRefusedAlone()
{
    QFETCH(QByteArray, rate);
    QFETCH(QString, shown);
    QFETCH(int, refused);
    const SourceAnswer answer = ask(", shape: actuator", 200,
                                    R"({"status":"UP","components":{"circuitBreakers":{"status":"UP","details":{"a":)" +
                                        breaker("UP", "OPEN", rate) + "}}}}");
    QVERIFY(answer.outcome);
    QCOMPARE(lines(*answer.outcome).last(), u"breaker a open "_s + shown);
    QCOMPARE(answer.outcome->refusals.size(), refused);
    if (refused > 0)
        QCOMPARE(answer.outcome->refusals[0].what,
                 u"breaker/components/circuitBreakers/details/a/details/failureRate"_s);
}

void TestHealthShapes::aFloodOfComponentsIsCapped()
{
    QByteArray wide = R"({"status":"UP","components":{)";
    for (int i = 0; i < 2000; ++i)
        wide += "\"c" + QByteArray::number(i) + R"(":{"status":"UP"},)";
    QByteArray deep;
    for (int i = 0; i < 200; ++i)
        deep += R"("a":{"status":"UP","components":{)";
    const SourceAnswer answer = ask(", shape: actuator", 200, wide + deep + QByteArray("}}").repeated(200) + "}}");
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(answer.outcome->facts.size(), 500);
    QVERIFY(answer.outcome->refusals.last().error.message.contains(u"only the first 500"_s));
    const SourceAnswer tower = ask(", shape: actuator", 200,
                                   R"({"status":"UP","components":{)" + deep + QByteArray("}}").repeated(200) + "}}");
    QVERIFY2(tower.outcome, tower.outcome ? "" : qPrintable(tower.outcome.error().message));
    QCOMPARE(tower.outcome->facts.size(), 9);
    QVERIFY(tower.outcome->refusals.last().error.message.contains(u"more than 8 levels"_s));
}

void TestHealthShapes::hiddenComponentsAreNotRefused()
{
    const SourceAnswer answer = ask(", shape: actuator", 200, R"({"status":"UP"})");
    QVERIFY(answer.outcome);
    QCOMPARE(lines(*answer.outcome), QStringList{u" ok UP - -"_s});
    QVERIFY(answer.outcome->refusals.isEmpty());
    // Another document is none of ours.
    const SourceAnswer other = ask(", shape: actuator", 200, R"({"hello":"world"})");
    QVERIFY(!other.outcome);
    QCOMPARE(other.outcome.error().code, ErrorCode::BadReply);
}

void TestHealthShapes::aShapeStandsInPlaceOfAMap_data()
{
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<QString>("says");
    QTest::newRow("shape") << QByteArray(", shape: health+json") << QString();
    QTest::newRow("map") << QByteArray(", map: {status: /status}") << QString();
    QTest::newRow("neither") << QByteArray() << u"expected either 'map'"_s;
    QTest::newRow("both") << QByteArray(", shape: aspnet, map: {status: /status}") << u"expected either 'map'"_s;
    QTest::newRow("unknown") << QByteArray(", shape: actuater") << u"expected one of actuator"_s;
    QTest::newRow("a root beside a map") << QByteArray(", root: r, map: {status: /status}") << u"'root' belongs"_s;
}

void TestHealthShapes::aShapeStandsInPlaceOfAMap()
{
    QFETCH(QByteArray, options);
    QFETCH(QString, says);
    const auto profile = profileWith(QUrl(u"http://127.0.0.1"_s), options);
    QVERIFY(profile);
    const QList<Error> errors = checkSources(*profile);
    QCOMPARE(errors.size(), says.isEmpty() ? 0 : 1);
    if (!says.isEmpty())
        QVERIFY2(errors.first().message.contains(says), qPrintable(errors.first().message));
}

QTEST_GUILESS_MAIN(TestHealthShapes)
#include "tst_health_shapes.moc"
