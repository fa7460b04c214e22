/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/http_health/http_health.h"

#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace qd;

namespace {
const QString url = u"http://127.0.0.1/health/full"_s;

/// The map of the preset, so that the preset itself is what is tested.
HealthMap presetMap(const QString &source)
{
    const auto profile = parseProfile(
        "quarterdeck: 1\nname: q\nenvironment: e\npreset: quoted\nconnections:\n  http: {url: 'http://127.0.0.1'}\n",
        u"p.yaml"_s);
    QList<Error> errors;
    for (const SourceSpec &spec : profile->sources) {
        if (spec.id == source)
            return readHealthMap(*spec.options.find(u"map"), &errors);
    }
    return {};
}

HttpReply reply(int status, const QByteArray &body, const QByteArray &type = "application/json")
{
    HttpReply made;
    made.status = status;
    made.contentType = type;
    made.body = body;
    return made;
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

const QByteArray full = R"({"status":"degraded","database":{"status":"ok","latency_ms":1.25},
"cache":{"available":false,"latency_ms":null},
"storage":{"backend":"local","status":"ok","latency_ms":0},
"external":{"openai":{"status":"down","latency_ms":900},"a/b":{"status":"sideways"}},
"circuit_breakers":{"openai":{"state":"open","failure_count":5,"failure_threshold":5,"recovery_timeout":60,
 "opened_at":1750000000.5,"calls_total":100,"failures_total":7,"rejected_total":0},
 "stripe":{"state":"half_open","failure_count":0,"failure_threshold":3,"recovery_timeout":30,"opened_at":null,
 "calls_total":1,"failures_total":0,"rejected_total":2}},
"rate_limiting":{"backend":"memory","rejected_total":{"auth":3,"demo":0}},
"requests":{"total":1000,"errors_total":4,"latency_ms":{"p50":3.5,"p95":20}}})";
} // namespace

class TestHttpHealth : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everythingInTheDocumentIsFoundWithItsOrigin();
    void notMeasuredAndZeroAreToldApart();
    void a503WithABodyIsAnAnswer();
    void opossumsBooleansAreAState_data();
    void opossumsBooleansAreAState();
    void numbersThatAreNoneAreRefusedAlone_data();
    void numbersThatAreNoneAreRefusedAlone();
    void repliesThatAreNoneSayWhatAndWhere_data();
    void repliesThatAreNoneSayWhatAndWhere();
    void aFloodOfMembersIsCapped();
    void aMembersNameIsOneStepOfThePath();
    void aPathIsTakenOnce();
    void checksOfADocumentAreCapped();
    void hostileTextIsCleaned();
    void aSecretInWhatIsSaidIsMasked();
    void evidenceIsMaskedAndCapped();
};

void TestHttpHealth::everythingInTheDocumentIsFoundWithItsOrigin()
{
    const auto found = healthFindings(reply(200, full), presetMap(u"health"_s), url);
    QVERIFY(found);
    const auto root = named<HealthCheck>(*found, {});
    QCOMPARE(*root->level, Level::Degraded);
    QCOMPARE(*root->word, u"degraded"_s);
    QVERIFY(!root->detail.has());
    QCOMPARE(*named<HealthCheck>(*found, u"cache"_s)->level, Level::Down);
    QCOMPARE(*named<HealthCheck>(*found, u"storage"_s)->detail, u"local"_s);
    QCOMPARE(*named<HealthCheck>(*found, u"external/openai"_s)->level, Level::Down);
    const auto odd = named<HealthCheck>(*found, u"external/a\u2215b"_s);
    QCOMPARE(*odd->level, Level::Unknown);
    QCOMPARE(*odd->word, u"sideways"_s);
    QCOMPARE(odd->word.origin, (Origin{0, u"/external/a~1b/status"_s}));

    const auto openai = named<Breaker>(*found, u"openai"_s);
    QCOMPARE(*openai->state, BreakerState::Open);
    QCOMPARE(openai->state.origin, (Origin{0, u"/circuit_breakers/openai/state"_s}));
    QCOMPARE(*openai->recoveryTimeout, Millis(60'000));
    QCOMPARE(*openai->openedAt, Instant(std::chrono::milliseconds(1'750'000'000'500)));
    QCOMPARE(*openai->callsTotal, 100);
    QCOMPARE(*named<Breaker>(*found, u"stripe"_s)->state, BreakerState::HalfOpen);
    QCOMPARE(*named<Limiter>(*found, {})->mode, LimiterMode::Memory);
    QCOMPARE(*named<LimitTier>(*found, u"auth"_s)->rejectedTotal, 3);
    QCOMPARE(*named<Requests>(*found, {})->latencyP95, Millis(20));
    QVERIFY(found->refusals.isEmpty());
}

void TestHttpHealth::notMeasuredAndZeroAreToldApart()
{
    const auto found = healthFindings(reply(200, full), presetMap(u"health"_s), url);
    QVERIFY(!named<HealthCheck>(*found, u"cache"_s)->latency.has());
    QCOMPARE(named<HealthCheck>(*found, u"storage"_s)->latency.value, Millis(0));
    QVERIFY(!named<Breaker>(*found, u"stripe"_s)->openedAt.has());
    QCOMPARE(named<Breaker>(*found, u"openai"_s)->rejectedTotal.value, 0);
}

void TestHttpHealth::a503WithABodyIsAnAnswer()
{
    const auto found =
        healthFindings(reply(503, R"({"status":"unhealthy","database":"error"})"), presetMap(u"liveness"_s), url);
    QVERIFY(found);
    QCOMPARE(*named<HealthCheck>(*found, u"liveness"_s)->level, Level::Down);
    QCOMPARE(*named<HealthCheck>(*found, u"liveness"_s)->detail, u"HTTP 503"_s);
    QCOMPARE(*named<HealthCheck>(*found, u"liveness/database"_s)->level, Level::Down);
}

void TestHttpHealth::opossumsBooleansAreAState_data()
{
    QTest::addColumn<QByteArray>("state");
    QTest::addColumn<BreakerState>("means");
    QTest::addColumn<QString>("origin");
    QTest::addColumn<int>("refused");
    const QString at = u"/dependencies/stripe/breaker/state"_s;
    QTest::newRow("closed") << QByteArray(R"({"enabled":true,"closed":true,"open":false,"halfOpen":false})")
                            << BreakerState::Closed << at + u"/closed"_s << 0;
    QTest::newRow("open") << QByteArray(R"({"enabled":true,"closed":false,"open":true,"halfOpen":false})")
                          << BreakerState::Open << at + u"/open"_s << 0;
    QTest::newRow("half-open") << QByteArray(R"({"enabled":true,"closed":false,"open":false,"halfOpen":true})")
                               << BreakerState::HalfOpen << at + u"/halfOpen"_s << 0;
    QTest::newRow("disabled") << QByteArray(R"({"enabled":false,"closed":true,"open":false,"halfOpen":false})")
                              << BreakerState::Disabled << at << 0;
    QTest::newRow("two at once") << QByteArray(R"({"closed":true,"open":true})") << BreakerState::Unknown << at << 1;
    QTest::newRow("a word") << QByteArray(R"("open")") << BreakerState::Open << at << 0;
}

void TestHttpHealth::opossumsBooleansAreAState()
{
    QFETCH(QByteArray, state);
    QFETCH(BreakerState, means);
    QFETCH(QString, origin);
    QFETCH(int, refused);
    HealthMap map;
    map.status = u"/status"_s;
    map.words = {{u"ready"_s, Level::Ok}};
    map.breakers = {{.each = u"/dependencies"_s, .state = u"breaker/state"_s}};
    const QByteArray body =
        R"({"status":"ready","dependencies":{"database":{"status":"up"},"stripe":{"breaker":{"state":)" + state +
        "}}}}";
    const auto found = healthFindings(reply(200, body), map, url);
    QVERIFY(found);
    const auto stripe = named<Breaker>(*found, u"stripe"_s);
    QVERIFY(stripe);
    QCOMPARE(*stripe->state, means);
    QCOMPARE(stripe->state.origin.pointer, origin);
    QCOMPARE(found->refusals.size(), refused);
    QVERIFY(!named<Breaker>(*found, u"database"_s)); // it has none
}

void TestHttpHealth::numbersThatAreNoneAreRefusedAlone_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("text") << QByteArray(R"("12")");
    QTest::newRow("negative") << QByteArray("-1");
    QTest::newRow("fraction") << QByteArray("1.5");
    QTest::newRow("beyond 2^53") << QByteArray("1e300");
    QTest::newRow("list") << QByteArray("[]");
    QTest::newRow("boolean") << QByteArray("true");
}

void TestHttpHealth::numbersThatAreNoneAreRefusedAlone()
{
    QFETCH(QByteArray, value);
    QByteArray body = full;
    body.replace("\"calls_total\":100", "\"calls_total\":" + value);
    const auto found = healthFindings(reply(200, body), presetMap(u"health"_s), url);
    QVERIFY(found);
    QVERIFY(!named<Breaker>(*found, u"openai"_s)->callsTotal.has());
    QCOMPARE(*named<Breaker>(*found, u"openai"_s)->failuresTotal, 7);
    QCOMPARE(found->refusals.size(), 1);
    QCOMPARE(found->refusals.first().what, u"breaker/circuit_breakers/openai/calls_total"_s);
    QCOMPARE(found->refusals.first().error.code, ErrorCode::BadReply);
}

void TestHttpHealth::repliesThatAreNoneSayWhatAndWhere_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("what");
    const auto row = [](const char *name, int status, const QByteArray &body, ErrorCode code, const QString &what) {
        QTest::newRow(name) << status << body << code << what;
    };
    const QByteArray html = "<!DOCTYPE html><html><body>Sign in</body></html>";
    row("401", 401, full, ErrorCode::AuthRequired, u"'bearer' or 'headers' under connections.http"_s);
    row("403", 403, full, ErrorCode::Forbidden, u"403"_s);
    row("404", 404, html, ErrorCode::NotFound, u"check the source's 'path'"_s);
    row("302", 302, {}, ErrorCode::Redirected, u"302"_s);
    row("429", 429, R"({"error":"x"})", ErrorCode::Unavailable, u"429"_s);
    row("HTML", 200, html, ErrorCode::BadReply, u"an HTML page"_s);
    row("HTML of a failing proxy", 502, html, ErrorCode::ServerError, u"HTTP 502 with an HTML page"_s);
    row("empty", 200, {}, ErrorCode::BadReply, u"an empty body"_s);
    row("text", 200, "SERVER_IS_READY", ErrorCode::BadReply, u"not JSON"_s);
    row("list", 200, "[1]", ErrorCode::BadReply, u"a list"_s);
    row("number without end", 200, R"({"status":"ok","x":1e400})", ErrorCode::BadReply, u"not JSON"_s);
    row("cut off", 200, full.left(200), ErrorCode::BadReply, u"not JSON"_s);
    row("another document", 200, R"({"hello":"world"})", ErrorCode::BadReply, u"check these and 'path'"_s);
    row("a failure as JSON", 500, R"({"detail":"Internal Server Error"})", ErrorCode::ServerError, u"HTTP 500"_s);
}

void TestHttpHealth::repliesThatAreNoneSayWhatAndWhere()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(ErrorCode, code);
    QFETCH(QString, what);
    const auto found = healthFindings(reply(status, body, "text/plain"), presetMap(u"health"_s), url);
    QVERIFY(!found);
    QCOMPARE(found.error().code, code);
    QVERIFY2(found.error().message.contains(what), qPrintable(found.error().message));
    QCOMPARE(found.error().where, url);
}

void TestHttpHealth::aFloodOfMembersIsCapped()
{
    QByteArray body = R"({"status":"ok","external":{)";
    for (int i = 0; i < 2000; ++i)
        body += R"("e)" + QByteArray::number(i) + R"(":{"status":"ok"},)";
    body += R"("z":{}}})";
    const auto found = healthFindings(reply(200, body), presetMap(u"health"_s), url);
    QVERIFY(found);
    QVERIFY(found->facts.size() < 520);
    QVERIFY(found->refusals.size() <= 20);
    QVERIFY(std::ranges::any_of(found->refusals,
                                [](const Refusal &r) { return r.error.message.contains("only the first 500"_L1); }));
}

void TestHttpHealth::aMembersNameIsOneStepOfThePath()
{
    const QByteArray deep = QByteArray("a/").repeated(90);
    const QByteArray body = R"({"status":"ok","external":{"":{"status":"ok"},")" + deep + R"(":{"status":"ok"}}})";
    const auto found = healthFindings(reply(200, body), presetMap(u"health"_s), url);
    QVERIFY(found);
    int members = 0;
    for (const Fact &fact : found->facts) {
        const auto *check = std::get_if<HealthCheck>(&fact);
        if (!check || !check->path.startsWith("external"_L1))
            continue;
        QCOMPARE(check->path.count(u'/'), 1);
        ++members;
    }
    QCOMPARE(members, 2);
    QVERIFY(named<HealthCheck>(*found, u"external/_"_s));

    HealthMap map;
    map.checks = {{.name = u"a/b/c/d/e/f/g/h"_s, .status = u"/status"_s},
                  {.name = u"a/b/c/d/e/f/g/h/i"_s, .status = u"/status"_s}};
    const auto levels = healthFindings(reply(200, body), map, url);
    QVERIFY(levels);
    QCOMPARE(levels->facts.size(), 1);
    QCOMPARE(levels->refusals.size(), 1);
}

void TestHttpHealth::aPathIsTakenOnce()
{
    // The same after cleaning: an invisible character does not make a second check.
    const QByteArray body = R"({"status":"ok","external":{"a":{"status":"down"},"a\u202e":{"status":"ok"}}})";
    const auto found = healthFindings(reply(200, body), presetMap(u"health"_s), url);
    QVERIFY(found);
    QCOMPARE(std::ranges::count_if(found->facts,
                                   [](const Fact &fact) {
                                       const auto *check = std::get_if<HealthCheck>(&fact);
                                       return check && check->path == "external/a"_L1;
                                   }),
             1);
    QCOMPARE(*named<HealthCheck>(*found, u"external/a"_s)->level, Level::Down);
    QVERIFY(std::ranges::any_of(found->refusals,
                                [](const Refusal &r) { return r.error.message.contains("another check"_L1); }));
}

void TestHttpHealth::checksOfADocumentAreCapped()
{
    QByteArray body = R"({"status":"ok")";
    HealthMap map;
    for (const char *part : {"a", "b"}) {
        body += QByteArray(",\"") + part + "\":{";
        for (int i = 0; i < 400; ++i)
            body += (i > 0 ? ",\"e" : "\"e") + QByteArray::number(i) + R"(":{"status":"ok"})";
        body += "}";
        const QString name = QString::fromLatin1(part);
        map.checks.append({.each = u'/' + name, .prefix = name, .status = u"status"_s});
    }
    const auto found = healthFindings(reply(200, body + "}"), map, url);
    QVERIFY(found);
    QCOMPARE(found->facts.size(), 500);
    QCOMPARE(found->refusals.size(), 1);
    QVERIFY(found->refusals.first().error.message.contains("only the first 500"_L1));
}

void TestHttpHealth::hostileTextIsCleaned()
{
    const QByteArray body = R"({"status":"ok\u001b[2J\u202eevil\n)" + QByteArray(1000, 'x') + R"("})";
    const auto found = healthFindings(reply(200, body), presetMap(u"health"_s), url);
    QVERIFY(found);
    const QString word = *named<HealthCheck>(*found, {})->word;
    QCOMPARE(word.size(), 200);
    QVERIFY(word.startsWith("ok [2Jevil x"_L1));
}

void TestHttpHealth::aSecretInWhatIsSaidIsMasked()
{
    const QByteArray body = R"({"status":"ok","storage":{"status":"ok","backend":"s3 at https://u:hunter2@h/b down"},)"
                            R"("requests":{"total":"redis://:hunter2@h"},)"
                            R"("external":{"openai":{"status":"no: postgresql://app:hunter2@db/app"}}})";
    const auto found = healthFindings(reply(200, body), presetMap(u"health"_s), url);
    QVERIFY(found);
    QString all;
    for (const Fact &fact : found->facts)
        all += toWord(fact) + u'\n';
    for (const Refusal &refusal : found->refusals)
        all += refusal.error.message + u'\n';
    QVERIFY2(all.contains(u"s3 at https://u:••••@h/b down"_s), qPrintable(all));
    QVERIFY2(all.contains(u"no: postgresql://app:••••@db/app"_s), qPrintable(all));
    QVERIFY2(all.contains(u"redis://:••••@h"_s), qPrintable(all));
    QVERIFY2(!all.contains(u"hunter2"_s), qPrintable(all));
}

void TestHttpHealth::evidenceIsMaskedAndCapped()
{
    const Exchange exchange = evidence(u"curl"_s, R"({"api_key":"hunter2","status":"ok"})");
    QVERIFY(!exchange.reply.contains("hunter2"));
    QVERIFY(exchange.reply.contains("\"status\":\"ok\""));
    QVERIFY(!exchange.truncated);
    // A secret longer than what is kept has no end in it.
    const Exchange half = evidence(u"curl"_s, R"({"a":[1],"password":"x, hunter2 )" + QByteArray(100'000, 'y') + "\"}");
    QVERIFY(!half.reply.contains("hunter2"));
    QVERIFY(half.reply.contains("\"a\":[1]"));
    const Exchange large = evidence(u"curl"_s, QByteArray(1'000'000, 'x'));
    QVERIFY(large.truncated);
    QCOMPARE(large.reply.size(), Exchange::evidenceCap);
}

QTEST_GUILESS_MAIN(TestHttpHealth)
#include "tst_http_health.moc"
