/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/http_fixture.h"
#include "verify/verification.h"

#include <QCborArray>
#include <QCborValue>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace Qt::StringLiterals;
using namespace qd;
using qd::test::HttpFixture;
using namespace std::chrono_literals;

/// What is looked at after a deploy, against a server that answers well and badly.
class TestVerification : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysWhatIsWrongWithAList_data();
    void saysWhatIsWrongWithAList();
    void looksAtAnAnswer_data();
    void looksAtAnAnswer();
    void aBurstNeedsConsentAndItsPlace_data();
    void aBurstNeedsConsentAndItsPlace();
    void aBurstEndsWithTheAnswerThatWasExpected();
    void aStrangerShowsNoCredentials();
    void whatReadingsTell();
    void oneThatHangsStopsNothingElse();
    void canBeStopped();
    void aBurstThatIsStoppedProvesNothing();
    void aRedirectIsAnAnswer();
    void theEvidenceHoldsWhatWasFound();

private:
    [[nodiscard]] Profile profileWith(const QByteArray &items, const QByteArray &environment = "staging") const;
    [[nodiscard]] QList<Verified> verified(const Profile &profile, const VerifyWish &wish = {}) const;
    HttpFixture m_server;
    QTemporaryDir m_directory;
};

Profile TestVerification::profileWith(const QByteArray &items, const QByteArray &environment) const
{
    qputenv("TST_VERIFY_TOKEN", "tell-nobody");
    const QByteArray yaml = "quarterdeck: 1\nname: shop\nenvironment: " + environment +
                            "\nconnections:\n  http: {url: \"" + m_server.url().toString().toUtf8() +
                            "\", bearer: \"env:TST_VERIFY_TOKEN\"}\nsources:\n  health: {kind: http-health, path: "
                            "/health, map: {status: /status, words: {ok: ok}}}\nverify:\n" +
                            items + '\n';
    const auto profile = parseProfile(yaml, u"shop.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    return *profile;
}

QList<Verified> TestVerification::verified(const Profile &profile, const VerifyWish &wish) const
{
    const auto list = checklistOf(profile);
    if (!list)
        qFatal("%s", qPrintable(list.error().first().message));
    return verify(profile, *list, wish);
}

void TestVerification::saysWhatIsWrongWithAList_data()
{
    QTest::addColumn<QByteArray>("item");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *name, const QByteArray &item, const QString &error) {
        QTest::newRow(name) << "  - {name: a, " + item + '}' << error;
    };
    row("nothing to look at", "title: T", u"'a': expected one of get, burst"_s);
    row("two things", "get: /x, hit_rate: 80 %, expect: {status: 200}", u"'a': expected one of get, burst"_s);
    row("no expectation", "get: /x", u"'a': 'expect' says nothing"_s);
    row("another server", "get: //evil.example/x, expect: {status: 200}", u"expected a path that begins with '/'"_s);
    row("no status", "get: /x, expect: {status: fine}", u"'status': expected codes of HTTP"_s);
    row("a secret", "get: /x, send: {authorization: Bearer abc}, expect: {status: 200}", u"no secret stands"_s);
    row("a second header", R"(get: /x, send: {X: "a\r\nHost: b"}, expect: {status: 200})", u"one line of text"_s);
    row("no pointer", "get: /x, expect: {json: {status: ok}}", u"expected JSON Pointers"_s);
    row("an unknown key", "get: /x, expect: {status: 200}, retries: 3", u"retries"_s);
    row("too many", "burst: /x, requests: 100000, expect: {status: 429}", u"requests"_s);
    row("another state", "breakers: open", u"breakers"_s);
}

void TestVerification::saysWhatIsWrongWithAList()
{
    QFETCH(QByteArray, item);
    QFETCH(QString, error);
    const auto list = checklistOf(profileWith(item));
    QVERIFY(!list);
    QVERIFY2(list.error().first().message.contains(error), qPrintable(list.error().first().message));
    QVERIFY2(list.error().first().where.startsWith("shop.yaml:"_L1), qPrintable(list.error().first().where));
    QVERIFY(!list.error().first().message.contains("abc"_L1));
}

void TestVerification::looksAtAnAnswer_data()
{
    using enum Verified::Finding;
    QTest::addColumn<QByteArray>("expect");
    QTest::addColumn<Verified::Finding>("finding");
    QTest::addColumn<QStringList>("arguments");
    const auto row = [](const char *name, const QByteArray &expect, Verified::Finding finding,
                        const QStringList &arguments = {}) { QTest::newRow(name) << expect << finding << arguments; };
    row("status", "{status: 200}", None);
    row("one of two", "{status: [204, 200]}", None);
    row("another status", "{status: [404, 503]}", StatusDiffers, {u"200"_s, u"404, 503"_s});
    row("header", "{headers: {x-frame-options: DENY}}", None);
    row("any value", "{headers: {X-Frame-Options: any}}", None);
    row("another value", "{headers: {X-Frame-Options: SAMEORIGIN}}", HeaderDiffers,
        {u"X-Frame-Options"_s, u"DENY"_s, u"SAMEORIGIN"_s});
    row("no header", "{headers: {Retry-After: any}}", HeaderMissing, {u"Retry-After"_s});
    row("one too many", "{headers: {X-Frame-Options: none}}", HeaderPresent, {u"X-Frame-Options"_s, u"DENY"_s});
    row("none, rightly", "{headers: {Server: none}}", None);
    row("member", R"({json: {/status: ok, /cache/available: "true", /n: "3"}})", None);
    row("another member", "{json: {/cache/available: \"false\"}}", MemberDiffers,
        {u"/cache/available"_s, u"true"_s, u"false"_s});
    row("no member", "{json: {/database: any}}", MemberMissing, {u"/database"_s});
    row("null is there", "{json: {/nothing: any}}", None);
    row("a member too many", "{json: {/status: none}}", MemberPresent, {u"/status"_s, u"ok"_s});
    row("fast", "{within: 10 s}", None);
    // What calls itself a secret is told nowhere.
    row("a token", "{json: {/access_token: none}}", MemberPresent, {u"/access_token"_s, u"••••"_s});
    row("below a secret", "{json: {/credentials/login: other}}", MemberDiffers,
        {u"/credentials/login"_s, u"••••"_s, u"other"_s});
    row("a cookie", "{headers: {Set-Cookie: none}}", HeaderPresent, {u"Set-Cookie"_s, u"••••"_s});
    row("a key", "{headers: {X-Api-Key: other}}", HeaderDiffers, {u"X-Api-Key"_s, u"••••"_s, u"other"_s});
}

void TestVerification::looksAtAnAnswer()
{
    QFETCH(QByteArray, expect);
    QFETCH(Verified::Finding, finding);
    QFETCH(QStringList, arguments);
    m_server.answer("/health", {.body = R"({"status": "ok", "cache": {"available": true}, "n": 3, "nothing": null,
                                "access_token": "abc123topsecret", "credentials": {"login": "abc123topsecret"}})",
                                .headers = {"X-Frame-Options: DENY", "Set-Cookie: session=abc123topsecret; HttpOnly",
                                            "X-Api-Key: abc123topsecret"}});
    const auto results = verified(profileWith("  - {name: a, get: /health, expect: " + expect + '}'));
    QCOMPARE(results.size(), 1);
    QCOMPARE(results[0].finding, finding);
    QCOMPARE(results[0].arguments, arguments);
    QCOMPARE(results[0].result,
             finding == Verified::Finding::None ? Verified::Result::Passed : Verified::Result::Failed);
    QCOMPARE(results[0].status, 200);
    QVERIFY(results[0].command.startsWith("curl"_L1));
    QVERIFY(!results[0].command.contains("tell-nobody"_L1));
    QVERIFY(!evidenceOf(results, {}, {}, {}, {}).body.contains("topsecret"));
}

void TestVerification::aBurstNeedsConsentAndItsPlace_data()
{
    QTest::addColumn<QByteArray>("environment");
    QTest::addColumn<QByteArray>("more");
    QTest::addColumn<bool>("agreed");
    QTest::addColumn<Verified::Finding>("finding");
    using enum Verified::Finding;
    QTest::newRow("nobody agreed") << QByteArray("staging") << QByteArray() << false << NeedsConsent;
    QTest::newRow("agreed") << QByteArray("staging") << QByteArray() << true << NeverSo;
    QTest::newRow("production") << QByteArray("Production") << QByteArray() << true << NotInProduction;
    QTest::newRow("production, allowed") << QByteArray("production") << QByteArray("in_production: true, ") << true
                                         << NeverSo;
    QTest::newRow("production, allowed, not agreed")
        << QByteArray("production") << QByteArray("in_production: true, ") << false << NeedsConsent;
    QTest::newRow("elsewhere") << QByteArray("staging") << QByteArray("in: [production], ") << true << OtherPlace;
}

void TestVerification::aBurstNeedsConsentAndItsPlace()
{
    QFETCH(QByteArray, environment);
    QFETCH(QByteArray, more);
    QFETCH(bool, agreed);
    QFETCH(Verified::Finding, finding);
    m_server.answer("/burst", {.body = "{}"});
    const auto before = m_server.requests().size();
    const auto results = verified(
        profileWith("  - {name: a, burst: /burst, requests: 7, " + more + "expect: {status: 429}}", environment),
        {.mayBurst = agreed});
    QCOMPARE(results[0].finding, finding);
    const bool isSent = finding == Verified::Finding::NeverSo;
    QCOMPARE(results[0].result, isSent ? Verified::Result::Failed : Verified::Result::Skipped);
    QCOMPARE(m_server.requests().size() - before, isSent ? 7 : 0);
}

void TestVerification::aBurstEndsWithTheAnswerThatWasExpected()
{
    m_server.answer("/limited", {.status = 429, .body = "{}", .headers = {"Retry-After: 7"}});
    const auto before = m_server.requests().size();
    const auto results =
        verified(profileWith("  - {name: a, burst: /limited, expect: {status: 429, headers: {Retry-After: any}}}"),
                 {.mayBurst = true});
    QCOMPARE(results[0].result, Verified::Result::Passed);
    QCOMPARE(results[0].finding, Verified::Finding::AfterSo);
    QCOMPARE(results[0].arguments, QStringList(u"1"_s));
    QCOMPARE(m_server.requests().size() - before, 1);
}

void TestVerification::aStrangerShowsNoCredentials()
{
    m_server.answer("/who", {.status = 401, .body = "{}"});
    const auto results = verified(
        profileWith("  - {name: known, get: /who, send: {Origin: \"https://a.example\"}, expect: {status: 401}}\n"
                    "  - {name: unknown, get: /who, stranger: true, expect: {status: 401}}"));
    QCOMPARE(results[0].result, Verified::Result::Passed);
    QCOMPARE(results[1].result, Verified::Result::Passed);
    const auto requests = m_server.requests();
    const auto known = requests.at(requests.size() - 2).head;
    QVERIFY2(known.contains("Bearer tell-nobody") && known.contains("https://a.example"), known.constData());
    QVERIFY2(!requests.last().head.contains("Bearer"), requests.last().head.constData());
}

void TestVerification::whatReadingsTell()
{
    const Profile profile = profileWith("  - {name: warm, hit_rate: 80 %}\n  - {name: closed, breakers: closed}\n"
                                        "  - {name: schema, schema_version: v2}");
    const auto unseen = verified(profile);
    for (const Verified &each : unseen) {
        QCOMPARE(each.result, Verified::Result::Unknown);
        QCOMPARE(each.finding, Verified::Finding::NotMeasured);
    }
    DeploymentView view;
    const Freshness fresh{.kind = Freshness::Kind::Fresh};
    CacheView cache{.group = u"pricing"_s, .freshness = fresh};
    cache.hitRate.value = Share{0.61};
    BreakerView breaker{.name = u"stripe"_s, .freshness = fresh};
    breaker.state.value = BreakerState::HalfOpen;
    Database database;
    database.schemaVersion.value = u"v1"_s;
    view.caches = {cache};
    view.breakers = {breaker};
    view.database = {.source = u"pg"_s, .freshness = fresh, .fact = database};
    const auto bad = verified(profile, {.view = view});
    QCOMPARE(bad[0].finding, Verified::Finding::HitRateLow);
    QCOMPARE(bad[0].arguments, QStringList(u"pricing 61 %"_s));
    QCOMPARE(bad[1].arguments, QStringList(u"stripe"_s));
    QCOMPARE(bad[2].arguments, (QStringList{u"v1"_s, u"v2"_s}));
    const Profile anySchema = profileWith("  - {name: schema, schema_version: any}");
    QCOMPARE(verified(anySchema, {.view = view})[0].result, Verified::Result::Passed);
    view.database.fact->schemaVersion.value.reset();
    QCOMPARE(verified(anySchema, {.view = view})[0].result, Verified::Result::Unknown);
    view.caches[0].hitRate.value = Share{0.8};
    view.breakers[0].state.value = BreakerState::Closed;
    view.database.fact->schemaVersion.value = u"v2"_s;
    for (const Verified &each : verified(profile, {.view = view}))
        QCOMPARE(each.result, Verified::Result::Passed);
    // Who has just begun to look has no last minute.
    view.caches[0].hitRate.value.reset();
    view.caches[0].hitRateTotal.value = Share{0.7999};
    QCOMPARE(verified(profile, {.view = view})[0].arguments, QStringList(u"pricing 79 %"_s));
    view.caches[0].hitRateTotal.value = Share{0.8};
    QCOMPARE(verified(profile, {.view = view})[0].result, Verified::Result::Passed);
    // Of some it is not known: then not of all.
    CacheView idle{.group = u"idle"_s, .freshness = fresh};
    BreakerView unsure{.name = u"unsure"_s, .freshness = fresh};
    unsure.state.value = BreakerState::Unknown;
    DeploymentView some = view;
    some.caches.append(idle);
    some.breakers.append(unsure);
    QCOMPARE(verified(profile, {.view = some})[0].result, Verified::Result::Unknown);
    QCOMPARE(verified(profile, {.view = some})[0].arguments, QStringList(u"idle"_s));
    QCOMPARE(verified(profile, {.view = some})[1].result, Verified::Result::Unknown);
    QCOMPARE(verified(profile, {.view = some})[1].arguments, QStringList(u"unsure"_s));
    some.breakers[0].state.value = BreakerState::Open;
    QCOMPARE(verified(profile, {.view = some})[1].result, Verified::Result::Failed);
    // What is stale is not what is.
    view.caches[0].freshness.kind = Freshness::Kind::Stale;
    view.breakers[0].freshness.kind = Freshness::Kind::Stale;
    view.database.freshness.kind = Freshness::Kind::Stale;
    for (const Verified &each : verified(profile, {.view = view}))
        QCOMPARE(each.result, Verified::Result::Unknown);
}

void TestVerification::oneThatHangsStopsNothingElse()
{
    m_server.answer("/cut", {.body = QByteArray(1000, 'x'), .pace = HttpFixture::Answer::Pace::CutOff});
    m_server.answer("/fine", {.body = "{}"});
    const auto results = verified(profileWith("  - {name: cut, get: /cut, expect: {status: 200}}\n"
                                              "  - {name: fine, get: /fine, expect: {status: 200}}"));
    QCOMPARE(results[0].result, Verified::Result::Unknown);
    QCOMPARE(results[0].finding, Verified::Finding::NoAnswer);
    QVERIFY(results[0].error);
    QCOMPARE(results[1].result, Verified::Result::Passed);
    QCOMPARE(summaryOf(results), Verified::Result::Unknown);
}

void TestVerification::canBeStopped()
{
    m_server.answer("/silent", {.pace = HttpFixture::Answer::Pace::Silent});
    const auto stop = std::make_shared<std::atomic<bool>>(false);
    int told = 0;
    QElapsedTimer timer;
    timer.start();
    const auto results = verified(profileWith("  - {name: a, get: /silent, expect: {status: 200}}\n"
                                              "  - {name: b, get: /silent, expect: {status: 200}}"),
                                  {.progress =
                                       [&](const QList<Verified> &all) {
                                           ++told;
                                           if (all[0].result == Verified::Result::Running)
                                               *stop = true;
                                       },
                                   .stop = stop});
    QVERIFY2(timer.elapsed() < 5'000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(results[0].result, Verified::Result::Unknown);
    QCOMPARE(results[1].result, Verified::Result::Waiting);
    QVERIFY(told >= 2);
}

void TestVerification::aBurstThatIsStoppedProvesNothing()
{
    m_server.answer("/slow", {.body = "{}", .pace = HttpFixture::Answer::Pace::Dripping}); // 40 ms each
    const auto stop = std::make_shared<std::atomic<bool>>(false);
    std::jthread stopper([stop] {
        std::this_thread::sleep_for(100ms);
        *stop = true;
    });
    const auto results = verified(profileWith("  - {name: a, burst: /slow, requests: 1000, expect: {status: 429}}"),
                                  {.mayBurst = true, .stop = stop});
    QCOMPARE(results[0].result, Verified::Result::Unknown);
    QCOMPARE(results[0].error.value_or(Error{}).code, ErrorCode::Cancelled);
}

void TestVerification::aRedirectIsAnAnswer()
{
    m_server.answer("/old", {.status = 302, .body = "", .headers = {"Location: /login"}});
    m_server.answer("/login", {.body = "{}"});
    const auto results =
        verified(profileWith("  - {name: a, get: /old, expect: {status: 302, headers: {Location: /login}}}\n"
                             "  - {name: b, get: /old, stranger: true, expect: {status: 200}}"));
    QCOMPARE(results[0].result, Verified::Result::Passed);
    QCOMPARE(results[1].finding, Verified::Finding::StatusDiffers);
}

void TestVerification::theEvidenceHoldsWhatWasFound()
{
    m_server.answer("/health", {.status = 503, .body = "{}"});
    const Profile profile = profileWith("  - {name: a, get: /health, expect: {status: 200}}");
    const auto results = verified(profile);
    const Entry entry = evidenceOf(results, profile, Instant(5s), u"maria"_s, u"desk"_s);
    QVERIFY(check(entry));
    QCOMPARE(entry.kind, u"check"_s);
    QCOMPARE(entry.deployment, u"shop"_s);
    const QCborArray item = QCborValue::fromCbor(entry.body).toArray().at(0).toArray();
    QCOMPARE(item.at(0).toString(), u"a"_s);
    QCOMPARE(item.at(1).toString(), u"failed"_s);
    QCOMPARE(item.at(2).toString(), u"status-differs"_s);
    QCOMPARE(item.at(6).toInteger(), 503);
    QCOMPARE(item.at(8).toByteArray().size(), 32);
    QVERIFY(!entry.body.contains("tell-nobody"));
}

QTEST_GUILESS_MAIN(TestVerification)
#include "tst_verification.moc"
