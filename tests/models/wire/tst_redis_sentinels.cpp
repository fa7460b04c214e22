/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/http_fixture.h"
#include "support/server_fixtures.h"
#include "wire/redis.h"

#include <QElapsedTimer>
#include <QTest>

#include <atomic>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using qd::test::HttpFixture;
using qd::test::RedisFixture;
using qd::test::RedisSetFixture;

namespace {

using Replies = Result<QList<RedisReply>>;

Replies ask(RedisClient &client, const QList<RedisCommand> &commands, std::chrono::milliseconds deadline = 3s)
{
    std::optional<Replies> outcome;
    const Call call = client.run(commands, deadline, [&](Replies got) { outcome = std::move(got); });
    [&] { QTRY_VERIFY_WITH_TIMEOUT(outcome.has_value(), 60'000); }();
    return outcome.value_or(failure(ErrorCode::Internal, u"nothing was delivered"_s));
}

QByteArray bulk(const QByteArray &text)
{
    return '$' + QByteArray::number(text.size()) + "\r\n" + text + "\r\n";
}

QByteArray addressReply(const QByteArray &host, quint16 port)
{
    return "*2\r\n" + bulk(host) + bulk(QByteArray::number(port));
}

/// Answers whatever it is asked.
HttpFixture::RawScript saying(const QByteArray &reply)
{
    return [reply](const QByteArray &) { return std::optional(reply); };
}

RedisConnection watchedBy(const QList<quint16> &sentinels)
{
    RedisConnection connection;
    for (const quint16 port : sentinels)
        connection.sentinels.append({u"127.0.0.1"_s, port});
    connection.master = u"shop"_s;
    return connection;
}

class TestRedisSentinels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theMasterIsFollowedThroughAFailover()
    {
        RedisSetFixture set("right");
        RedisClient client(set.connection());
        QVERIFY(ask(client, {{"SET", "k", "before"}}));
        QCOMPARE(client.server().port, set.first().port());
        QTRY_COMPARE_WITH_TIMEOUT(set.ask(set.second(), {"GET", "k"}), QByteArray("before"), 30'000);
        set.first().kill();
        const auto lost = ask(client, {{"GET", "k"}}, 500ms);
        QVERIFY(!lost);
        QCOMPARE(lost.error().code, ErrorCode::Unreachable);
        QVERIFY2(lost.error().where.startsWith(u"127.0.0.1:%1, named by Sentinel 127.0.0.1:"_s.arg(set.first().port())),
                 qPrintable(lost.error().where));
        Replies after = lost;
        const auto answersAgain = [&] {
            after = ask(client, {{"GET", "k"}}, 500ms);
            return after.has_value();
        };
        QTRY_VERIFY_WITH_TIMEOUT(answersAgain(), 60'000);
        QCOMPARE(after->size(), 1);
        QCOMPARE(after->at(0).text, QByteArray("before"));
        QCOMPARE(client.server().port, set.second().port());
        QCOMPARE(set.ask(set.second(), {"ROLE"}), QByteArray("master"));
        QVERIFY(set.first().restart());
        QVERIFY(ask(client, {{"SET", "k", "after"}})->at(0).type == RedisReply::Type::Status);
    }

    void aMasterThatWasDemotedIsLeftBeforeItAnswers()
    {
        RedisFixture old;
        RedisFixture young;
        std::atomic<quint16> master{old.server().port()};
        const HttpFixture sentinel(
            [&](const QByteArray &) { return std::optional(addressReply("127.0.0.1", master)); });
        RedisClient client(watchedBy({sentinel.port()}));
        QVERIFY(ask(client, {{"SET", "k", "old"}}));
        QCOMPARE(sentinel.connections(), 1);
        QVERIFY(ask(client, {{"GET", "k"}}));
        QCOMPARE(sentinel.connections(), 1); // the connection stands, and nobody is asked again
        old.command({"REPLICAOF", "127.0.0.1", "1"});
        master = young.server().port();
        const auto replies = ask(client, {{"SET", "k", "young"}, {"GET", "k"}});
        QVERIFY2(replies, replies ? "" : qPrintable(replies.error().message));
        QCOMPARE(replies->at(1).text, QByteArray("young"));
        QCOMPARE(young.command({"GET", "k"}), QByteArray("young"));
        QCOMPARE(client.server().port, young.server().port());
    }

    void whoIsNamedAndIsNoMasterIsRefused()
    {
        RedisFixture replica({}, {"replicaof 127.0.0.1 1"});
        const HttpFixture sentinel(saying(addressReply("127.0.0.1", replica.server().port())));
        RedisClient client(watchedBy({sentinel.port()}));
        for (int i = 0; i < 2; ++i) {
            const auto refused = ask(client, {{"GET", "k"}});
            QVERIFY(!refused);
            QCOMPARE(refused.error().code, ErrorCode::Unavailable);
            QCOMPARE(
                refused.error().where,
                u"127.0.0.1:%1, named by Sentinel 127.0.0.1:%2"_s.arg(replica.server().port()).arg(sentinel.port()));
        }
        QCOMPARE(sentinel.connections(), 2);
    }

    void aReadOnlyServerIsAskedNothingMore()
    {
        std::atomic<quint16> port{0};
        const HttpFixture both([&](const QByteArray &received) -> std::optional<QByteArray> {
            if (received.contains("GET-MASTER-ADDR-BY-NAME"))
                return addressReply("127.0.0.1", port);
            const QByteArray role = "*3\r\n" + bulk("master") + ":0\r\n*0\r\n";
            return role + (received.contains("SET") ? "-READONLY You can't write against a read only replica.\r\n"
                                                    : "+PONG\r\n");
        });
        port = both.port();
        RedisClient client(watchedBy({both.port()}));
        QVERIFY(ask(client, {{"PING"}}));
        QVERIFY(ask(client, {{"PING"}}));
        QCOMPARE(both.connections(), 2);
        const auto refused = ask(client, {{"SET", "k", "v"}});
        QVERIFY(refused && refused->at(0).type == RedisReply::Type::Error);
        QVERIFY(ask(client, {{"PING"}}));
        QCOMPARE(both.connections(), 4);
    }

    void oneSentinelThatTellsIsEnough()
    {
        RedisSetFixture set("right");
        RedisConnection connection = set.connection();
        set.sentinel(0).kill();
        set.sentinel(1).sendSignal(SIGSTOP);
        QElapsedTimer clock;
        clock.start();
        RedisClient client(connection);
        const auto replies = ask(client, {{"PING"}}, 4s);
        QVERIFY2(replies, replies ? "" : qPrintable(replies.error().message));
        QVERIFY2(clock.elapsed() < 3000, qPrintable(QString::number(clock.elapsed())));
        set.sentinel(1).sendSignal(SIGCONT);
    }

    void theNextSentinelIsAskedWhereOneIsBehind()
    {
        RedisFixture redis;
        const HttpFixture behind(saying(addressReply("127.0.0.1", *sandbox::freePort())));
        const HttpFixture sentinel(saying(addressReply("127.0.0.1", redis.server().port())));
        RedisClient client(watchedBy({behind.port(), sentinel.port()}));
        QCOMPARE(ask(client, {{"PING"}}).error().code, ErrorCode::Unreachable);
        QVERIFY(ask(client, {{"PING"}}));
    }

    void nobodyTellsWhoIsMaster_data()
    {
        QTest::addColumn<QByteArray>("reply");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("why");
        QTest::newRow("another set") << QByteArray("*-1\r\n") << ErrorCode::NotFound << u"check 'master'"_s;
        QTest::newRow("a host that is none")
            << addressReply("10.0.0.1 -p 1; rm", 6379) << ErrorCode::BadReply << u"something else"_s;
        QTest::newRow("no port") << addressReply("10.0.0.1", 0) << ErrorCode::BadReply << u"something else"_s;
        QTest::newRow("half an address") << "*1\r\n" + bulk("10.0.0.1") << ErrorCode::BadReply << u"something else"_s;
        QTest::newRow("a Redis that is no Sentinel")
            << QByteArray("-ERR unknown command 'SENTINEL'\r\n") << ErrorCode::ServerError << u"unknown command"_s;
        QTest::newRow("no right") << QByteArray("-NOAUTH Authentication required.\r\n") << ErrorCode::AuthRequired
                                  << u"NOAUTH"_s;
    }
    void nobodyTellsWhoIsMaster()
    {
        QFETCH(QByteArray, reply);
        QFETCH(ErrorCode, code);
        QFETCH(QString, why);
        const HttpFixture sentinel(saying(reply));
        const quint16 nobody = *sandbox::freePort();
        RedisClient client(watchedBy({nobody, sentinel.port()}));
        const auto outcome = ask(client, {{"PING"}});
        QVERIFY(!outcome);
        QCOMPARE(outcome.error().code, code);
        QVERIFY2(outcome.error().message.contains(u"'shop'"_s) && outcome.error().message.contains(why),
                 qPrintable(outcome.error().message));
        QCOMPARE(outcome.error().where, u"127.0.0.1:%1"_s.arg(sentinel.port()));
        RedisClient alone(watchedBy({nobody}));
        QCOMPARE(ask(alone, {{"PING"}}).error().code, ErrorCode::Unreachable);
    }

    void aMasterAcrossTheNetworkNeedsTlsOrALeave()
    {
        const HttpFixture sentinel(saying(addressReply("192.0.2.1", 6379)));
        RedisConnection connection = watchedBy({sentinel.port()});
        connection.inClearOnLoopbackAlone = true;
        RedisClient client(connection);
        const auto refused = ask(client, {{"PING"}}, 500ms);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::BadInput);
        QVERIFY2(refused.error().message.contains(u"'tls: true'"_s), qPrintable(refused.error().message));
        QVERIFY(refused.error().where.startsWith(u"192.0.2.1:6379"_s));
    }

    void eachSideHasItsOwnPassword()
    {
        RedisSetFixture set("right");
        qd::test::SecretFiles secrets;
        RedisConnection connection = set.connection();
        connection.sentinelPassword = secrets.keep("mistaken");
        RedisClient client(connection);
        const auto refused = ask(client, {{"PING"}});
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::AuthRequired);
        QVERIFY(!refused.error().message.contains(u"mistaken"_s));
        connection = set.connection();
        connection.password = secrets.keep("mistaken");
        RedisClient other(connection);
        QCOMPARE(ask(other, {{"PING"}}).error().code, ErrorCode::AuthRequired);
        connection.sentinelPassword = SecretRef{SecretRef::Scheme::File, u"/nonexistent/secret"_s};
        RedisClient unknown(connection);
        QCOMPARE(ask(unknown, {{"PING"}}).error().where, u"file:/nonexistent/secret"_s); // a profile knows its place
    }

    void aCallMayBeDroppedAndAClientMayGoAtAnyMoment()
    {
        RedisFixture redis;
        const HttpFixture silent(saying({}));
        const HttpFixture sentinel(saying(addressReply("127.0.0.1", redis.server().port())));
        RedisClient client(watchedBy({silent.port(), sentinel.port()}));
        {
            const Call dropped = client.run({{"PING"}}, 3s, [](const Replies &) { QFAIL("delivered"); });
            QTRY_COMPARE_WITH_TIMEOUT(silent.connections(), 1, 30'000);
        }
        QVERIFY(ask(client, {{"PING"}}));
        auto going = std::make_unique<RedisClient>(watchedBy({*sandbox::freePort()}));
        bool called = false;
        const Call call = going->run({{"PING"}}, 3s, [&](const Replies &) {
            called = true;
            going.reset();
        });
        QTRY_VERIFY_WITH_TIMEOUT(called, 30'000);
        going = std::make_unique<RedisClient>(watchedBy({silent.port()}));
        const Call waiting = going->run({{"PING"}}, 3s, [](const Replies &) { QFAIL("delivered"); });
        QTRY_COMPARE_WITH_TIMEOUT(silent.connections(), 3, 30'000);
        going.reset();
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestRedisSentinels)
#include "tst_redis_sentinels.moc"
