/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/http_fixture.h"
#include "support/server_fixtures.h"
#include "wire/redis.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using qd::test::HttpFixture;
using qd::test::RedisFixture;

namespace {

using Replies = Result<QList<RedisReply>>;

Replies ask(RedisClient &client, const QList<RedisCommand> &commands, std::chrono::milliseconds deadline = 3s)
{
    std::optional<Replies> outcome;
    const Call call = client.run(commands, deadline, [&](Replies got) { outcome = std::move(got); });
    [&] { QTRY_VERIFY_WITH_TIMEOUT(outcome.has_value(), 60'000); }();
    return outcome.value_or(failure(ErrorCode::Internal, u"nothing was delivered"_s));
}

RedisConnection to(const HttpFixture &server)
{
    RedisConnection connection;
    connection.host = u"127.0.0.1"_s;
    connection.port = server.port();
    return connection;
}

class TestRedis : public QObject
{
    Q_OBJECT

private:
    test::TestCa m_ca;
    test::TestCa m_otherCa;

private Q_SLOTS:
    void aPipelineIsAnsweredInItsOrder()
    {
        RedisFixture redis;
        RedisClient client(redis.connection());
        const auto replies =
            ask(client, {{"SET", "a", "1"}, {"INCR", "a"}, {"GET", "none"}, {"LPUSH", "a", "x"}, {"MGET", "a", "b"}});
        QVERIFY2(replies, replies ? "" : qPrintable(replies.error().message));
        QCOMPARE(replies->size(), 5);
        QCOMPARE(replies->at(0).type, RedisReply::Type::Status);
        QCOMPARE(replies->at(1).integer, 2);
        QCOMPARE(replies->at(2).type, RedisReply::Type::Nil);
        QCOMPARE(errorOf(replies->at(3), {}).code, ErrorCode::BadReply); // WRONGTYPE spoils nothing else
        QCOMPARE(replies->at(4).items.size(), 2);
        QCOMPARE(replies->at(4).items[0].text, QByteArray("2"));
        QCOMPARE(replies->at(4).items[1].type, RedisReply::Type::Nil);
    }

    void theDatabaseIsSelected()
    {
        RedisFixture redis;
        RedisConnection third = redis.connection();
        third.database = 3;
        RedisClient client(third);
        QVERIFY(ask(client, {{"SET", "only-here", "1"}}));
        QCOMPARE(redis.command({"EXISTS", "only-here"}), QByteArray("0"));
        third.database = 99;
        RedisClient nowhere(third);
        QCOMPARE(ask(nowhere, {{"PING"}}).error().code, ErrorCode::NotFound);
    }

    void passwordsAndRoles()
    {
        RedisFixture redis("right-password", {"user viewer on >viewer-password ~* +ping +select"});
        RedisClient good(redis.connection());
        QVERIFY(ask(good, {{"PING"}}));
        RedisClient none(redis.connection({}, {}));
        QCOMPARE(ask(none, {{"PING"}}).error().code, ErrorCode::AuthRequired);
        RedisClient wrong(redis.connection({}, "wrong-password"));
        const auto refused = ask(wrong, {{"PING"}});
        QCOMPARE(refused.error().code, ErrorCode::AuthRequired);
        QVERIFY(!refused.error().message.contains(u"wrong-password"_s));
        RedisClient viewer(redis.connection(u"viewer"_s, "viewer-password"));
        const auto replies = ask(viewer, {{"PING"}, {"GET", "a"}});
        QVERIFY(replies);
        QCOMPARE(errorOf(replies->at(1), {}).code, ErrorCode::Forbidden);
        RedisConnection lost = redis.connection();
        lost.password = SecretRef{SecretRef::Scheme::File, u"/nonexistent/secret"_s};
        RedisClient unknown(lost);
        QCOMPARE(ask(unknown, {{"PING"}}).error().code, ErrorCode::AuthRequired);
    }

    void itComesBackAfterARestart()
    {
        RedisFixture redis;
        RedisClient client(redis.connection());
        QVERIFY(ask(client, {{"PING"}}));
        redis.server().kill();
        QTRY_COMPARE_WITH_TIMEOUT(ask(client, {{"PING"}}).error().code, ErrorCode::Unreachable, 30'000);
        QVERIFY(redis.server().restart());
        QVERIFY(ask(client, {{"PING"}}));
    }

    void aStoppedServerCostsOnlyTheDeadlineAndIsUsedAgain()
    {
        RedisFixture redis;
        RedisClient client(redis.connection());
        QVERIFY(ask(client, {{"PING"}}));
        redis.server().sendSignal(SIGSTOP);
        QElapsedTimer clock;
        clock.start();
        const auto late = ask(client, {{"PING"}}, 200ms);
        QCOMPARE(late.error().code, ErrorCode::Timeout);
        QVERIFY2(clock.elapsed() < 10'000, QByteArray::number(clock.elapsed()).constData());
        redis.server().sendSignal(SIGCONT);
        QVERIFY(ask(client, {{"PING"}}));
    }

    void callsWaitForEachOtherWithinTheirOwnDeadline()
    {
        RedisFixture redis;
        RedisClient client(redis.connection());
        QList<int> order;
        std::optional<ErrorCode> third;
        const Call a = client.run({{"BLPOP", "nothing", "0.4"}}, 3s, [&](const Replies &) { order.append(1); });
        const Call b = client.run({{"PING"}}, 3s, [&](const Replies &r) { order.append(r ? 2 : -2); });
        const Call c =
            client.run({{"PING"}}, 100ms, [&](const Replies &r) { third = r ? ErrorCode::Internal : r.error().code; });
        QTRY_COMPARE_WITH_TIMEOUT(order, (QList<int>{1, 2}), 30'000);
        QCOMPARE(third, ErrorCode::Timeout);
    }

    void aDroppedCallDoesNotShiftTheNextOnesReplies()
    {
        RedisFixture redis;
        RedisClient client(redis.connection());
        QVERIFY(ask(client, {{"SET", "k", "v"}}));
        {
            const Call dropped =
                client.run({{"BLPOP", "nothing", "0.2"}}, 3s, [](const Replies &) { QFAIL("delivered"); });
            QTRY_VERIFY_WITH_TIMEOUT(redis.command({"CLIENT", "LIST"}).contains("cmd=blpop"), 30'000);
        }
        const auto replies = ask(client, {{"GET", "k"}});
        QVERIFY(replies);
        QCOMPARE(replies->at(0).text, QByteArray("v"));
    }

    void aClientMayGoFromItsOwnCallback()
    {
        RedisFixture redis;
        auto client = std::make_unique<RedisClient>(redis.connection());
        bool called = false;
        const Call call = client->run({{"PING"}}, 3s, [&](const Replies &) {
            called = true;
            client.reset();
        });
        QTRY_VERIFY_WITH_TIMEOUT(called, 30'000);
        const HttpFixture hangsUp([](const QByteArray &) -> std::optional<QByteArray> { return std::nullopt; });
        client = std::make_unique<RedisClient>(to(hangsUp));
        called = false;
        const Call lost = client->run({{"PING"}}, 3s, [&](const Replies &) {
            called = true;
            client.reset();
        });
        QTRY_VERIFY_WITH_TIMEOUT(called, 30'000);
    }

    void hostileRepliesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("reply");
        QTest::addColumn<ErrorCode>("code");
        QTest::newRow("2^31 elements claimed") << QByteArray("*2147483647\r\n") << ErrorCode::TooLarge;
        QTest::newRow("elements over the cap, nested")
            << QByteArray("*2\r\n*600\r\n") + QByteArray(":1\r\n").repeated(600) + "*600\r\n"
            << ErrorCode::TooLarge;
        QTest::newRow("1.5 GB bulk claimed")
            << QByteArray("$1500000000\r\n") + QByteArray(80'000, 'x') << ErrorCode::TooLarge;
        QTest::newRow("1.5 GB bulk claimed, then silence") << QByteArray("$1500000000\r\nx") << ErrorCode::Timeout;
        QTest::newRow("deep nesting") << QByteArray("*1\r\n").repeated(50) + ":1\r\n" << ErrorCode::BadReply;
        QTest::newRow("garbage") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n") << ErrorCode::BadReply;
        QTest::newRow("a reply too many") << QByteArray("+PONG\r\n+PONG\r\n") << ErrorCode::BadReply;
        QTest::newRow("a reply too many, begun") << QByteArray("+PONG\r\n*2\r\n") << ErrorCode::BadReply;
        QTest::newRow("negative length") << QByteArray("$-5\r\n") << ErrorCode::BadReply;
        QTest::newRow("half a reply") << QByteArray("$5\r\nab") << ErrorCode::Timeout;
        QTest::newRow("still loading") << QByteArray("-LOADING Redis is loading the dataset in memory\r\n")
                                       << ErrorCode::Unavailable;
    }
    void hostileRepliesAreRefused()
    {
        QFETCH(QByteArray, reply);
        QFETCH(ErrorCode, code);
        const HttpFixture server([reply](const QByteArray &) { return std::optional(reply); });
        RedisClient client(to(server), {.maxBytes = 64 * 1024, .maxElements = 1000});
        const auto outcome = ask(client, {{"PING"}}, code == ErrorCode::Timeout ? 300ms : 5s);
        QVERIFY(!outcome);
        QCOMPARE(outcome.error().code, code);
        QCOMPARE(outcome.error().where, u"127.0.0.1:%1"_s.arg(server.port()));
    }

    void aLineWithoutAnEndIsRefusedEarly()
    {
        const HttpFixture server([](const QByteArray &) { return std::optional('+' + QByteArray(200 * 1024, 'a')); });
        RedisClient client(to(server));
        QCOMPARE(ask(client, {{"PING"}}, 2s).error().code, ErrorCode::BadReply);
        const QByteArray large(200 * 1024, 'a');
        const HttpFixture honest([large](const QByteArray &) { return std::optional("$204800\r\n" + large + "\r\n"); });
        RedisClient other(to(honest));
        const auto replies = ask(other, {{"GET", "large"}});
        QVERIFY(replies);
        QCOMPARE(replies->at(0).text, large);
    }

    void whatAServerSaysIsCleaned()
    {
        const QString said = u"ERR "_s + QChar(0x202E) + u"evil"_s + QChar(0x9B) + u"2J\x1b[2J"_s;
        const Error error = errorOf({.type = RedisReply::Type::Error, .text = said.toUtf8()}, {});
        QCOMPARE(error.message, u"Redis says: ERR evil 2J [2J"_s);
    }

    void eachPipelineHasAWholeBudget()
    {
        const HttpFixture server(
            [](const QByteArray &) { return std::optional<QByteArray>("*3\r\n:1\r\n:2\r\n:3\r\n"); });
        RedisClient few(to(server), {.maxBytes = 1000, .maxElements = 5});
        RedisClient small(to(server), {.maxBytes = 20, .maxElements = 1000});
        for (int i = 0; i < 3; ++i) {
            QVERIFY(ask(few, {{"PING"}}));
            QVERIFY(ask(small, {{"PING"}}));
        }
        QCOMPARE(server.connections(), 2);
    }

    void aPasswordThatChangedIsReadAgain()
    {
        RedisFixture redis("right-password");
        const RedisConnection connection = redis.connection({}, "wrong-password");
        RedisClient client(connection);
        QCOMPARE(ask(client, {{"PING"}}).error().code, ErrorCode::AuthRequired);
        QFile file(connection.password->name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("right-password");
        file.close();
        QVERIFY(ask(client, {{"PING"}}));
    }

    void aConnectionLostInMidReplyIsUnreachable()
    {
        const HttpFixture server([](const QByteArray &received) -> std::optional<QByteArray> {
            if (received.contains("PING"))
                return QByteArray("$5\r\nab");
            return std::nullopt;
        });
        RedisClient client(to(server));
        std::optional<Replies> outcome;
        const Call call = client.run({{"PING"}}, 500ms, [&](Replies got) { outcome = std::move(got); });
        QTRY_VERIFY_WITH_TIMEOUT(outcome, 30'000);
        const HttpFixture hangsUp([](const QByteArray &) -> std::optional<QByteArray> { return std::nullopt; });
        RedisClient other(to(hangsUp));
        QCOMPARE(ask(other, {{"PING"}}).error().code, ErrorCode::Unreachable);
    }

    void nobodyThereAndNoSuchName()
    {
        RedisConnection connection;
        connection.host = u"no-such-host.invalid"_s;
        RedisClient unknown(connection);
        QCOMPARE(ask(unknown, {{"PING"}}).error().code, ErrorCode::Unreachable);
        connection.host = u"127.0.0.1"_s;
        connection.port = *sandbox::freePort();
        RedisClient closed(connection);
        QCOMPARE(ask(closed, {{"PING"}}).error().code, ErrorCode::Unreachable);
    }

    void plainTextBehindTlsIsSaidToBe()
    {
        RedisFixture redis;
        RedisConnection connection = redis.connection();
        connection.useTls = true;
        RedisClient client(connection);
        const auto outcome = ask(client, {{"PING"}}, 300ms); // redis-server waits for the end of a line
        QVERIFY(!outcome);
        QCOMPARE(outcome.error().code, ErrorCode::Timeout);
        QVERIFY2(outcome.error().message.contains(u"TLS"_s), qPrintable(outcome.error().message));
    }

    void anAnswerInClearBehindTlsIsATlsFailure()
    {
        const HttpFixture server(
            [](const QByteArray &) { return std::optional<QByteArray>("-ERR Protocol error\r\n"); });
        RedisConnection connection = to(server);
        connection.useTls = true;
        RedisClient client(connection);
        const auto outcome = ask(client, {{"PING"}});
        QVERIFY(!outcome);
        QCOMPARE(outcome.error().code, ErrorCode::TlsFailure);
        QVERIFY2(outcome.error().message.contains(u"does this port speak TLS?"_s), qPrintable(outcome.error().message));
    }

    void aCertificateCountsByItsAuthorityAndItsName_data()
    {
        QTest::addColumn<QString>("names");
        QTest::addColumn<QString>("ca");
        QTest::addColumn<QString>("why");
        QTest::addColumn<QString>("advice");
        const QString here = u"DNS:localhost,IP:127.0.0.1"_s;
        QTest::newRow("trusted") << here << m_ca.file() << QString() << QString();
        QTest::newRow("unknown to the system") << here << QString() << u"issuer certificate"_s << u"'ca'"_s;
        QTest::newRow("of another authority") << here << m_otherCa.file() << u"issuer certificate"_s << u"'ca'"_s;
        QTest::newRow("for another host") << u"DNS:elsewhere.test"_s << m_ca.file() << u"host name did not match"_s
                                          << u"have one issued for this name"_s;
    }
    void aCertificateCountsByItsAuthorityAndItsName()
    {
        QFETCH(QString, names);
        QFETCH(QString, ca);
        QFETCH(QString, why);
        QFETCH(QString, advice);
        const auto certificate = m_ca.issue(names);
        const quint16 port = *sandbox::freePort();
        RedisFixture redis("right-password", {"tls-port " + QByteArray::number(port), "tls-auth-clients no",
                                              "tls-cert-file " + QFile::encodeName(certificate.file),
                                              "tls-key-file " + QFile::encodeName(certificate.keyFile)});
        RedisConnection connection = redis.connection();
        connection.port = port;
        connection.useTls = true;
        connection.tls.caFile = ca;
        RedisClient client(connection);
        const auto outcome = ask(client, {{"PING"}});
        if (why.isEmpty()) {
            QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().message));
            QCOMPARE(outcome->at(0).text, QByteArray("PONG"));
            return;
        }
        QVERIFY(!outcome);
        QCOMPARE(outcome.error().code, ErrorCode::TlsFailure);
        const QString message = outcome.error().message;
        QVERIFY2(message.contains(u"127.0.0.1:%1"_s.arg(port)), qPrintable(message));
        QVERIFY2(message.contains(why) && message.contains(advice), qPrintable(message));
    }

    void cliLinesHoldNoSecret()
    {
        RedisConnection connection;
        connection.host = u"h"_s;
        connection.database = 2;
        QCOMPARE(redisCliLine(connection, {"HGETALL", "quoted:cache:stats"}),
                 u"redis-cli -h h -p 6379 -n 2 HGETALL quoted:cache:stats"_s);
        for (const RedisCommand &command :
             {RedisCommand{"AUTH", "hunter2"}, RedisCommand{"CONFIG", "SET", "requirepass", "hunter2"}})
            QVERIFY(!redisCliLine(connection, command).contains(u"hunter2"_s));
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestRedis)
#include "tst_redis.moc"
