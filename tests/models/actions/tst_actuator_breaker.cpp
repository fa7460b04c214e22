/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/breaker/breaker.h"
#include "actions/registry.h"
#include "bench.h"
#include "support/fake_actuator.h"
#include "support/server_fixtures.h"
#include "wire/tls.h"

#include <QTest>

using namespace qd;
using namespace qd::test;
using Fault = FakeActuator::Fault;

namespace {
const QString stripe = u"stripe"_s;

RedisStore::Place placeAt(quint16 redis)
{
    RedisStore::Place place{.deployment = u"shop"_s,
                            .environment = u"production"_s,
                            .marker = u"quarterdeck:environment"_s,
                            .connection = {}};
    place.connection.host = u"127.0.0.1"_s;
    place.connection.port = redis;
    return place;
}

ActuatorBreakers breakersAt(quint16 port)
{
    ActuatorBreakers breakers{.place = {.deployment = u"shop"_s, .environment = u"production"_s, .lease = {}},
                              .connection = {},
                              .endpoint = u"/actuator/circuitbreakers"_s,
                              .markerPath = u"/actuator/info"_s,
                              .markerAt = u"/app/environment"_s,
                              .names = {stripe, u"resend"_s, u"twilio"_s}};
    breakers.connection.base = QUrl(u"http://127.0.0.1:%1"_s.arg(port));
    return breakers;
}

std::unique_ptr<Action> leased(quint16 port, quint16 redis, const Clock &clock)
{
    ActuatorBreakers breakers = breakersAt(port);
    breakers.place.lease = placeAt(redis);
    return setActuatorBreaker(std::move(breakers), clock);
}

Wish forcedOpen()
{
    return wishFor(stripe, {{u"state"_s, u"open"_s}});
}
} // namespace

/// Breakers of a service's Actuator, seen in what the service has afterwards.
class TestActuatorBreaker : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_service = std::make_unique<FakeActuator>(); }
    void aBreakerIsSetAndSetBack_data();
    void aBreakerIsSetAndSetBack();
    void whatOpenedByItselfIsClosedForGood();
    void whatCannotBeIsRefusedBeforeAnything_data();
    void whatCannotBeIsRefusedBeforeAnything();
    void aNameLeadsNowhereElse();
    void anEndpointThatIsNotExposedIsSaidSo();
    void aServiceThatFailsHalfWayIsLookedAt_data();
    void aServiceThatFailsHalfWayIsLookedAt();
    void whoSetItSinceIsNotOverwritten();
    void aWrongServiceIsNeverTouched_data();
    void aWrongServiceIsNeverTouched();
    void anotherTlsKeyIsAnotherServer();
    void withoutALeaseOneIsWarned();
    void aProfileSaysWhatMayBeDone();

private:
    [[nodiscard]] std::unique_ptr<Action> action() const
    {
        return setActuatorBreaker(breakersAt(m_service->port()), m_clock);
    }
    std::unique_ptr<FakeActuator> m_service;
    SystemClock m_clock;
};

void TestActuatorBreaker::aBreakerIsSetAndSetBack_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("wish");
    QTest::addColumn<QString>("after");
    QTest::newRow("forced open") << u"CLOSED"_s << u"open"_s << u"FORCED_OPEN"_s;
    QTest::newRow("closed") << u"FORCED_OPEN"_s << u"closed"_s << u"CLOSED"_s;
    QTest::newRow("disabled") << u"CLOSED"_s << u"disabled"_s << u"DISABLED"_s;
    QTest::newRow("enabled") << u"DISABLED"_s << u"closed"_s << u"CLOSED"_s;
}

void TestActuatorBreaker::aBreakerIsSetAndSetBack()
{
    QFETCH(QString, before);
    QFETCH(QString, wish);
    QFETCH(QString, after);
    m_service->setState(stripe, before);
    Bench bench;
    const auto act = action();
    const Plan plan = planned(*act, wishFor(stripe, {{u"state"_s, wish}}));
    QCOMPARE(plan.changes, (QList<Change>{{u"state"_s, before, after}}));
    QCOMPARE(plan.risk, Risk::Medium);
    QVERIFY(m_service->changes().isEmpty());
    const Report report = bench.engine.run(*act, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_service->state(stripe), after);
    QCOMPARE(m_service->state(u"resend"_s), u"OPEN"_s);
    const Report undone = bench.engine.undo(*act, plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QCOMPARE(m_service->state(stripe), before);
    QCOMPARE(m_service->changes().size(), 2);
}

/// Nothing outside can make a breaker open so that it tries again by itself.
void TestActuatorBreaker::whatOpenedByItselfIsClosedForGood()
{
    Bench bench;
    const auto act = action();
    const Plan plan = planned(*act, wishFor(u"resend"_s));
    QVERIFY(plan.undo.isEmpty());
    const Report report = bench.engine.run(*act, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_service->state(u"resend"_s), u"CLOSED"_s);
    QCOMPARE(bench.engine.undo(*act, plan).ending, Ending::Refused);
}

void TestActuatorBreaker::whatCannotBeIsRefusedBeforeAnything_data()
{
    using Set = std::map<QString, QString>;
    QTest::addColumn<QString>("name");
    QTest::addColumn<Set>("set");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("not in the profile") << u"paypal"_s << Set{{u"state"_s, u"open"_s}} << ErrorCode::NotFound;
    QTest::newRow("not in the service") << u"twilio"_s << Set{{u"state"_s, u"open"_s}} << ErrorCode::NotFound;
    QTest::newRow("no such state") << stripe << Set{{u"state"_s, u"half-open"_s}} << ErrorCode::BadInput;
    QTest::newRow("for a time") << stripe << Set{{u"state"_s, u"open"_s}, {u"for"_s, u"60"_s}} << ErrorCode::BadInput;
    QTest::newRow("no such thing") << stripe << Set{{u"colour"_s, u"red"_s}} << ErrorCode::BadInput;
    QTest::newRow("as it is") << stripe << Set{{u"state"_s, u"closed"_s}} << ErrorCode::BadInput;
}

void TestActuatorBreaker::whatCannotBeIsRefusedBeforeAnything()
{
    using Set = std::map<QString, QString>;
    QFETCH(QString, name);
    QFETCH(Set, set);
    QFETCH(ErrorCode, code);
    const auto plan = action()->plan(wishFor(name, set), soon());
    QVERIFY(!plan);
    QCOMPARE(plan.error().code, code);
    QVERIFY(m_service->changes().isEmpty());
    QCOMPARE(m_service->state(u"twilio"_s), QString()); // not even made
}

void TestActuatorBreaker::aNameLeadsNowhereElse()
{
    const QStringList names{u"../a/stripe"_s, u".."_s};
    ActuatorBreakers breakers = breakersAt(m_service->port());
    breakers.names = names;
    for (const QString &name : names)
        m_service->setState(name, u"CLOSED"_s);
    const auto act = setActuatorBreaker(std::move(breakers), m_clock);
    Bench bench;
    const Report report = bench.engine.run(*act, planned(*act, wishFor(names[0], {{u"state"_s, u"open"_s}})));
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_service->state(stripe), u"CLOSED"_s);
    const auto up = act->plan(wishFor(names[1], {{u"state"_s, u"open"_s}}), soon());
    QVERIFY(!up);
    QCOMPARE(up.error().code, ErrorCode::BadInput);
    QCOMPARE(m_service->changes().size(), 1);
}

void TestActuatorBreaker::anEndpointThatIsNotExposedIsSaidSo()
{
    const auto act = action();
    const Plan plan = planned(*act, forcedOpen());
    for (const auto &[fault, code, says] :
         {std::tuple(Fault::NotExposed, ErrorCode::NotFound, u"management.endpoints.web.exposure.include"_s),
          std::tuple(Fault::ReadOnly, ErrorCode::Unsupported, u"circuitbreakers.access=unrestricted"_s),
          std::tuple(Fault::Refuses, ErrorCode::Forbidden, u"403"_s)}) {
        m_service->setFault(fault);
        Bench bench;
        const Report report = bench.engine.run(*act, plan);
        QVERIFY2(report.ending == (fault == Fault::NotExposed ? Ending::Refused : Ending::Undone),
                 qPrintable(said(report)));
        QCOMPARE(report.error->code, code);
        QVERIFY2(report.error->message.contains(says), qPrintable(said(report)));
        QCOMPARE(m_service->state(stripe), u"CLOSED"_s);
    }
    m_service->setFault(Fault::NotExposed);
    const auto unseen = act->plan(forcedOpen(), soon());
    QVERIFY(!unseen && unseen.error().message.contains(u"not exposed"_s));
}

void TestActuatorBreaker::aServiceThatFailsHalfWayIsLookedAt_data()
{
    QTest::addColumn<Fault>("fault");
    QTest::addColumn<Ending>("ending");
    QTest::newRow("500, not done") << Fault::FailsBefore << Ending::NeedsPerson;
    QTest::newRow("500, done") << Fault::FailsAfter << Ending::Done;
    QTest::newRow("hung up, done") << Fault::HangsUp << Ending::Done;
}

void TestActuatorBreaker::aServiceThatFailsHalfWayIsLookedAt()
{
    QFETCH(Fault, fault);
    QFETCH(Ending, ending);
    Bench bench;
    const auto act = action();
    const Plan plan = planned(*act, forcedOpen());
    m_service->setFault(fault);
    const Report report = bench.engine.run(*act, plan);
    QVERIFY2(report.ending == ending, qPrintable(said(report)));
    QCOMPARE(m_service->changes().size(), 1); // never sent again blindly
    if (ending == Ending::Done)
        return;
    m_service->setFault(Fault::None);
    const Report resumed = bench.engine.resume(*act, plan);
    QVERIFY2(resumed.ending == Ending::Done, qPrintable(said(resumed)));
    QCOMPARE(m_service->state(stripe), u"FORCED_OPEN"_s);
}

void TestActuatorBreaker::whoSetItSinceIsNotOverwritten()
{
    Bench bench;
    const auto act = action();
    const Plan late = planned(*act, forcedOpen());
    m_service->setState(stripe, u"HALF_OPEN"_s);
    QCOMPARE(bench.engine.run(*act, late).ending, Ending::Refused);
    m_service->setState(stripe, u"CLOSED"_s);
    const Plan plan = planned(*act, forcedOpen());
    // Between the look and the deed.
    bench.engine.setBoundary([&](const QString &boundary) {
        if (boundary == "effect:0:before"_L1)
            m_service->setState(stripe, u"DISABLED"_s);
    });
    const Report report = bench.engine.run(*act, plan);
    QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
    QCOMPARE(m_service->state(stripe), u"DISABLED"_s);
    QVERIFY(m_service->changes().isEmpty());
}

void TestActuatorBreaker::aWrongServiceIsNeverTouched_data()
{
    QTest::addColumn<QString>("marker");
    QTest::addColumn<bool>("isElsewhere");
    QTest::newRow("another's, behind the same address") << u"longmem/production"_s << false;
    QTest::newRow("staging, behind the same address") << u"shop/staging"_s << false;
    QTest::newRow("one that says nothing, behind the same address") << QString() << false;
    QTest::newRow("a clone at another port") << u"shop/production"_s << true;
    QTest::newRow("another's at another port") << u"longmem/production"_s << true;
    QTest::newRow("staging at another port") << u"staging"_s << true;
}

void TestActuatorBreaker::aWrongServiceIsNeverTouched()
{
    QFETCH(QString, marker);
    QFETCH(bool, isElsewhere);
    Bench bench;
    const Plan plan = planned(*action(), forcedOpen());
    FakeActuator elsewhere;
    FakeActuator &wrong = isElsewhere ? elsewhere : *m_service;
    wrong.setMarker(marker);
    const auto swapped = setActuatorBreaker(breakersAt(wrong.port()), m_clock);
    const Report report = bench.engine.run(*swapped, plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    if (marker != "shop/production"_L1)
        QVERIFY(!swapped->plan(forcedOpen(), soon()));
    // Nor where it is swapped between the checks and the deed.
    m_service->setMarker(u"shop/production"_s);
    Bench late;
    late.engine.setBoundary([&](const QString &boundary) {
        if (boundary == "effect:0:before"_L1)
            m_service->setMarker(marker == "shop/production"_L1 ? u"other/production"_s : marker);
    });
    const Report cut = late.engine.run(*action(), plan);
    QVERIFY2(cut.ending == Ending::Undone, qPrintable(said(cut)));
    QVERIFY(wrong.changes().isEmpty() && m_service->changes().isEmpty());
}

void TestActuatorBreaker::anotherTlsKeyIsAnotherServer()
{
    TestCa ca;
    const auto certificate = ca.issue(u"IP:127.0.0.1"_s);
    HttpFixture server(certificate);
    server.answer("/actuator/info", {.body = R"({"app": {"environment": "shop/production"}})"});
    server.answer("/actuator/circuitbreakers", {.body = R"({"circuitBreakers": {"stripe": {"state": "CLOSED"}}})"});
    for (const bool isMarked : {true, false}) {
        ActuatorBreakers breakers = breakersAt(server.port());
        breakers.connection.base = server.url();
        breakers.connection.tls.caFile = ca.file();
        if (!isMarked)
            breakers.markerPath.clear();
        const auto act = setActuatorBreaker(std::move(breakers), m_clock);
        Plan plan = planned(*act, forcedOpen());
        QCOMPARE(plan.target.tlsKey(), QString::fromLatin1(tlsKeyOf(QSslCertificate(certificate.pem))));
        plan.target.identity = plan.target.ownWords();
        plan.target.setTlsKey("of-another-server");
        Bench bench;
        const Report report = bench.engine.run(*act, plan);
        QVERIFY2(report.ending == Ending::Refused && said(report).contains(u"another TLS key"_s),
                 qPrintable(said(report)));
    }
    QVERIFY(std::ranges::none_of(server.requests(), [](const auto &request) { return request.method != "GET"; }));
}

void TestActuatorBreaker::withoutALeaseOneIsWarned()
{
    Bench bench;
    const auto act = action();
    const QList<Check> checks = bench.engine.check(*act, planned(*act, forcedOpen()));
    const auto lease = std::ranges::find(checks, u"nobody-else-acts"_s, [](const Check &c) { return c.phrase.code; });
    QVERIFY(lease != checks.end());
    QCOMPARE(lease->result, Check::Result::Warned);
    RedisFixture redis;
    const auto withLease = leased(m_service->port(), redis.server().port(), m_clock);
    auto store = RedisStore::open(placeAt(redis.server().port()), soon());
    QVERIFY(store && store->take(u"bob@tower"_s, 60s, soon()));
    const Report report = bench.engine.run(*withLease, planned(*withLease, forcedOpen()));
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QVERIFY2(report.error->message.contains(u"bob@tower"_s), qPrintable(said(report)));
    // One that leads elsewhere leases nothing here.
    redis.command({"DEL", "quarterdeck:lease"});
    redis.command({"SET", "quarterdeck:environment", "longmem/production"});
    const auto stray = leased(m_service->port(), redis.server().port(), m_clock);
    QVERIFY(bench.engine.run(*stray, planned(*stray, forcedOpen())).ending == Ending::Refused);
    QVERIFY(m_service->changes().isEmpty());
}

void TestActuatorBreaker::aProfileSaysWhatMayBeDone()
{
    const QByteArray head = "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n"
                            "  http: {url: \"http://127.0.0.1:9\"}\n"
                            "  http_operator: {kind: http, url: \"http://127.0.0.1:9\"}\n"
                            "sources:\n  ready: {kind: http-health, path: /actuator/health, shape: actuator}\n"
                            "  health: {kind: http-health, path: /h, map: {status: /s, words: {ok: ok}}}\n"
                            "breakers:\n  - {name: stripe}\nactions:\n";
    const auto check = [&](const QByteArray &actions) { return wrongIn(head + actions); };
    const QByteArray endpoint = "  a: {kind: breaker, endpoint: /actuator/circuitbreakers";
    QCOMPARE(check(endpoint + "}\n"), QString());
    QCOMPARE(check(endpoint + ", environment: {get: /actuator/info, at: /app/environment}, "
                              "lease: {connection: redis_operator, environment: \"app:which\"}}\n"),
             QString());
    QVERIFY(check("  a: {kind: breaker, endpoint: actuator}\n").contains(u"expected a path"_s));
    QVERIFY(check(endpoint + ", environment: {get: /actuator/info}}\n").contains(u"at"_s));
    QVERIFY(check(endpoint + ", keys: x}\n").contains(u"keys"_s));

    auto profile = parseProfile(head + endpoint + "}\n", u"shop.yaml"_s);
    QVERIFY(profile);
    const auto source = [&](const QString &id) { return *std::ranges::find(profile->sources, id, &SourceSpec::id); };
    QCOMPARE(breakerActionOn(source(u"ready"_s), *profile).value_or(QString()), u"a"_s);
    QCOMPARE(breakerActionOn(source(u"health"_s), *profile).error().code, ErrorCode::Unsupported);
    profile->connections.erase(u"http_operator"_s); // who only watches
    QVERIFY(checkActions(*profile).isEmpty());
    const auto cannot = breakerActionOn(source(u"ready"_s), *profile);
    QVERIFY(!cannot && cannot.error().message.contains(u"http_operator"_s));
    profile->actions.clear();
    QCOMPARE(breakerActionOn(source(u"ready"_s), *profile).error().code, ErrorCode::NotFound);
}

QTEST_GUILESS_MAIN(TestActuatorBreaker)
#include "tst_actuator_breaker.moc"
