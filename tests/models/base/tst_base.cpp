/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/call.h"
#include "base/redact.h"
#include "base/secret.h"

#include <QElapsedTimer>
#include <QTest>
#include <QThread>

#include <thread>

using namespace Qt::StringLiterals;
using namespace qd;

class TestBase : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void maskedHidesEveryCredential_data();
    void maskedHidesEveryCredential();
    void whatAServerTellsBackIsHidden();
    void maskedKeepsTheRest_data();
    void maskedKeepsTheRest();
    void maskedTakesTimeLinearInTheText_data();
    void maskedTakesTimeLinearInTheText();
    void shownUrlHasNoCredentials_data();
    void shownUrlHasNoCredentials();
    void aSecretPrintsAsDotsAndMovesOut();
    void aSecretIsWipedInPlace();
    void aCallDeliversOnceOnItsOwnersThread();
    void aDroppedCallNeverDeliversAndAborts();
    void anAbortDoesNotRunAfterDelivery();
};

void TestBase::maskedHidesEveryCredential_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("json member") << QByteArray(R"({"password": "hunter2secret", "a": 1})");
    QTest::newRow("json member with quotes inside") << QByteArray(R"({"api_key":"hun\"hunter2secret"})");
    QTest::newRow("json number") << QByteArray(R"({"token":hunter2secret})");
    QTest::newRow("nested name") << QByteArray(R"({"STRIPE_SECRET_KEY":"hunter2secret"})");
    QTest::newRow("bearer header") << QByteArray("Authorization: Bearer hunter2secret");
    QTest::newRow("url password") << QByteArray("redis://user:hunter2secret@10.0.0.1:6379/0");
    QTest::newRow("url password in json") << QByteArray(R"({"url":"postgresql://u:hunter2secret@h/db"})");
    QTest::newRow("conninfo") << QByteArray("host=x password=hunter2secret user=y");
    QTest::newRow("sql") << QByteArray("ALTER ROLE bob PASSWORD 'hunter2secret'");
    QTest::newRow("info line") << QByteArray("masterauth_password:hunter2secret\r\nport:1");
    QTest::newRow("long string before it")
        << R"({"private_key":")" + QByteArray(30'000, 'x') + R"(","password":"hunter2secret"})";
    QTest::newRow("list") << QByteArray(R"({"tokens":["abc","hunter2secret"]})");
    QTest::newRow("object") << QByteArray(R"({"credentials":{"user":"u","x":["hunter2secret"]}})");
    QTest::newRow("JSON in a string") << QByteArray(R"({"config":"{\"password\":\"hunter2secret\"}"})");
    QTest::newRow("JSON in a string in a string")
        << QByteArray(R"({"a":"{\"b\":\"{\\\"password\\\":\\\"hunter2secret\\\"}\"}"})");
    QTest::newRow("name of two words") << QByteArray(R"({"db password":"hunter2secret"})");
    QTest::newRow("api key in words") << QByteArray("the api key: hunter2secret");
    for (const char *name : {"pwd", "pw", "jwt", "auth", "pass", "requirepass", "masterauth", "X-Amz-Signature"}) {
        QTest::newRow(name) << QByteArray(R"({")") + name + R"(":"hunter2secret"})";
        QTest::addRow("%s in text", name) << QByteArray(name) + "=hunter2secret";
    }
    QTest::newRow("auth object") << QByteArray(R"({"auth":{"user":"u","value":"hunter2secret"}})");
    QTest::newRow("auth list") << QByteArray(R"({"auth":["hunter2secret"]})");
    QTest::newRow("member twice") << QByteArray(R"({"password":"hunter2secret","password":null})");
    QTest::newRow("spaces around =") << QByteArray(R"(password = "hunter2secret")");
    QTest::newRow("single quotes") << QByteArray("password: 'hunter two hunter2secret'");
    QTest::newRow("words to the end of the line") << QByteArray("password: hunter hunter2secret");
    QTest::newRow("escaped name") << QByteArray(R"({"pass\u0077ord":"hunter2secret"})");
    QTest::newRow("escaped name, cut off") << QByteArray(R"({"pass\u0077ord":"x hunter2secret)");
    QTest::newRow("cut off after a comma") << QByteArray(R"({"password":"a,b,hunter2secret)");
    QTest::newRow("cut off list") << QByteArray(R"({"tokens":["a","hunter2secret)");
    QTest::newRow("cut off string with JSON") << QByteArray(R"({"config":"{\"password\":\"a,hunter2secret)");
    QTest::newRow("url password with / and @") << QByteArray("redis://u:p/w@hunter2secret@h:6379/0");
    QTest::newRow("url user alone") << QByteArray("https://hunter2secret@sentry.io/1");
    QTest::newRow("url query") << QByteArray("see https://h/x?a=1&token=hunter2secret&b=2");
    QTest::newRow("url as a name") << QByteArray(R"({"redis://:hunter2secret@h":1})");
    QTest::newRow("cookie") << QByteArray("Cookie: a=b; session=hunter2secret");
    QTest::newRow("flag") << QByteArray("tool --password hunter2secret");
    QTest::newRow("key of a constraint") << QByteArray("Key (token)=(hunter2secret) already exists.");
    QTest::newRow("xml") << QByteArray("<password>a hunter2secret</password>");
    QTest::newRow("dsn") << QByteArray("SENTRY_DSN=https://hunter2secret@sentry.io/1");
}

void TestBase::maskedHidesEveryCredential()
{
    QFETCH(QByteArray, text);
    const QByteArray safe = masked(text);
    QVERIFY2(!safe.contains("hunter2secret"), safe.constData());
    QVERIFY2(safe.contains("••••"), safe.constData());
}

void TestBase::whatAServerTellsBackIsHidden()
{
    const QByteArray secret = "k+7/9 lm=4";
    for (const QByteArray &form : {secret, QByteArray("k+7\\/9 lm=4"), QByteArray("k%2B7%2F9%20lm%3D4")})
        QCOMPARE(withoutSecrets("no " + form + ", twice " + form, {"of-another", secret}),
                 QByteArray("no ••••, twice ••••"));
    QCOMPARE(withoutSecrets("a short one", {"short", {}}), QByteArray("a short one"));
}

void TestBase::maskedKeepsTheRest_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("health") << QByteArray(R"({"status": "healthy", "cache": {"available": true, "latency_ms": 0.4}})");
    QTest::newRow("keys") << QByteArray(R"({"keyspace_hits": 12, "keys": 4, "kid": "k1"})");
    QTest::newRow("info") << QByteArray("used_memory:1024\r\nrole:master\r\n");
    QTest::newRow("tier called auth") << QByteArray(R"({"rejected_total": {"auth": 3, "demo": 0}})");
    QTest::newRow("check called auth") << QByteArray(R"({"auth": {"status": "up", "latency_ms": 1.50}})");
    QTest::newRow("info of logins") << QByteArray("acl_access_denied_auth:0\r\n");
    QTest::newRow("words") << QByteArray(R"({"seconds_needed": "three", "bypass": "on"})");
    QTest::newRow("error") << QByteArray(R"(FATAL: password authentication failed for user "bob")");
    QTest::newRow("column") << QByteArray(R"(column "password" does not exist)");
    QTest::newRow("path with @") << QByteArray("https://medium.com/@bob");
    QTest::newRow("digits") << QByteArray(R"({"id": 12345678901234567890, "x": 1.10})");
    QTest::newRow("utf-8") << QByteArray("{\"name\":\"樂\"}");
}

void TestBase::maskedKeepsTheRest()
{
    QFETCH(QByteArray, text);
    QCOMPARE(masked(text), text);
}

void TestBase::maskedTakesTimeLinearInTheText_data()
{
    QTest::addColumn<QByteArray>("piece");
    for (const char *piece : {"dsn", "a://", "a:b@c://", "token=", R"("password":)", "password:[", R"(\u0077)",
                              "auth '", R"({"a":)", "[", "api key "})
        QTest::newRow(piece) << QByteArray(piece);
}

void TestBase::maskedTakesTimeLinearInTheText()
{
    QFETCH(QByteArray, piece);
    const QByteArray text = piece.repeated(200'000 / piece.size());
    QElapsedTimer timer;
    timer.start();
    QVERIFY(!masked(text).isEmpty());
    // A pass takes some 10 ms, a second one for each name takes minutes.
    QVERIFY2(timer.elapsed() < 3'000, qPrintable(QString::number(timer.elapsed())));
}

void TestBase::shownUrlHasNoCredentials_data()
{
    QTest::addColumn<QUrl>("url");
    QTest::addColumn<QString>("text");
    QTest::newRow("plain") << QUrl(u"http://h:1/health"_s) << u"http://h:1/health"_s;
    QTest::newRow("user info") << QUrl(u"http://bob:pw@h/health"_s) << u"http://h/health"_s;
    QTest::newRow("token") << QUrl(u"https://h/x?token=abc&a=1"_s) << u"https://h/x?token=••••&a=1"_s;
    QTest::newRow("auth") << QUrl(u"https://h/x?auth=abc"_s) << u"https://h/x?auth=••••"_s;
    QTest::newRow("jwt") << QUrl(u"https://h/x?jwt=abc"_s) << u"https://h/x?jwt=••••"_s;
    QTest::newRow("key") << QUrl(u"https://h/x?key=abc"_s) << u"https://h/x?key=••••"_s;
}

void TestBase::shownUrlHasNoCredentials()
{
    QFETCH(QUrl, url);
    QFETCH(QString, text);
    QCOMPARE(shown(url), text);
}

void TestBase::aSecretPrintsAsDotsAndMovesOut()
{
    Secret secret(QByteArray("hunter2"));
    QCOMPARE(toWord(secret), u"••••"_s);
    Secret taken = std::move(secret);
    QCOMPARE(taken.reveal(), QByteArray("hunter2"));
    QVERIFY(secret.isEmpty()); // NOLINT(bugprone-use-after-move): this is what is tested
    const Secret second = taken.copy();
    QCOMPARE(second.reveal(), QByteArray("hunter2"));
}

void TestBase::aSecretIsWipedInPlace()
{
    QByteArray bytes(64, 'x');
    const char *place = bytes.constData();
    bytes.reserve(64);
    const Secret secret(std::move(bytes));
    // The caller's buffer is dead, but its memory was cleansed before it was given back: the secret has its own.
    QVERIFY(secret.reveal().constData() != place);
    QCOMPARE(secret.reveal(), QByteArray(64, 'x'));
}

void TestBase::aCallDeliversOnceOnItsOwnersThread()
{
    QObject owner;
    auto line = std::make_shared<Call::Line>();
    int delivered = 0;
    const QThread *on = nullptr;
    const Call call(line);
    std::thread worker([&] {
        for (int i = 0; i < 3; ++i) {
            Call::deliver(line, &owner, [&] {
                ++delivered;
                on = QThread::currentThread();
            });
        }
    });
    worker.join();
    QVERIFY(call.pending());
    QTRY_COMPARE(delivered, 1);
    QCoreApplication::processEvents();
    QCOMPARE(delivered, 1);
    QCOMPARE(on, QThread::currentThread());
    QVERIFY(!call.pending());
}

void TestBase::aDroppedCallNeverDeliversAndAborts()
{
    QObject owner;
    auto line = std::make_shared<Call::Line>();
    int delivered = 0;
    int aborted = 0;
    {
        const Call call(line, [&] { ++aborted; });
        std::thread worker([&] { Call::deliver(line, &owner, [&] { ++delivered; }); });
        worker.join();
    }
    QCoreApplication::processEvents();
    QCOMPARE(delivered, 0);
    QCOMPARE(aborted, 1);
    QVERIFY(line->dropped());
}

void TestBase::anAbortDoesNotRunAfterDelivery()
{
    QObject owner;
    auto line = std::make_shared<Call::Line>();
    int aborted = 0;
    {
        Call call(line, [&] { ++aborted; });
        Call::deliver(line, &owner, [] {});
        call.drop();
    }
    QCOMPARE(aborted, 0);
}

QTEST_GUILESS_MAIN(TestBase)
#include "tst_base.moc"
