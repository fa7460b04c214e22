/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/redis_store.h"
#include "support/server_fixtures.h"

#include <QElapsedTimer>
#include <QTest>

#include <csignal>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
constexpr auto marker = "quarterdeck:environment";

RedisStore::Deadline within(std::chrono::milliseconds time)
{
    return std::chrono::steady_clock::now() + time;
}

RedisStore::Deadline soon()
{
    return within(20s);
}

RedisStore::Place placeOf(const RedisConnection &connection, const QString &environment = u"production"_s)
{
    return {.deployment = u"shop"_s,
            .environment = environment,
            .marker = QString::fromLatin1(marker),
            .connection = connection};
}

RedisStore opened(const RedisConnection &connection, const QString &environment = u"production"_s)
{
    auto store = RedisStore::open(placeOf(connection, environment), soon());
    if (!store)
        qFatal("%s", qPrintable(store.error().message));
    return std::move(*store);
}

/// Sets `key` to "after" where it is "before".
RedisStore::Change swap(const QByteArray &key = "app:x")
{
    return {.body = "  if redis.call('GET', keys[1]) ~= args[1] then return 'changed' end\n"
                    "  return {{'SET', keys[1], args[2]}}\n",
            .keys = {key},
            .arguments = {"before", "after"}};
}
} // namespace

/// What actions stand on: a real Redis proved, leased, and changed in one step.
class TestRedisStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void itTellsWhoseRedisItIs();
    void withoutAMarkerNothingTells();
    void aMarkerThatIsNoneIsSaid();
    void oneHoldsTheLeaseAndIsNamed();
    void aLapsedLeaseIsTakenWithAHigherFence();
    void aLostFenceDoesNotFallBack();
    void whoLostTheLeaseChangesNothing();
    void aChangeComparesFirst();
    void anotherRedisBehindTheAddressIsNotTouched();
    void aRestartedRedisIsAnother();
    void aReplicaIsRefused();
    void aDemotedMasterChangesNothing();
    void afterAFailoverTheSetIsStillTheSame();
    void whatAUserMayNotDoIsSaid_data();
    void whatAUserMayNotDoIsSaid();
    void aChangeOfWhichAPartIsForbiddenIsNotBegun();
    void aRedisOutOfMemoryChangesNothing();
    void aSilentRedisIsATimeOutNotAnAnswer();
    void whoIsStoppedDoesNotWait();

private:
    std::unique_ptr<test::RedisFixture> m_redis;
};

void TestRedisStore::init()
{
    m_redis = std::make_unique<test::RedisFixture>("secret");
    m_redis->command({"SET", marker, "shop/production"});
    m_redis->command({"SET", "app:x", "before"});
}

void TestRedisStore::itTellsWhoseRedisItIs()
{
    const RedisStore store = opened(m_redis->connection());
    QCOMPARE(store.target().system, u"redis"_s);
    QCOMPARE(store.target().identity.first(2), (QStringList{u"shop"_s, u"production"_s}));
    QCOMPARE(store.target().identity.value(2).size(), 40);
    QVERIFY(store.isMarked());
    QVERIFY(!store.differsFrom(store.target()));
    // A profile for staging that leads to production.
    const RedisStore other = opened(m_redis->connection(), u"staging"_s);
    QVERIFY(other.differsFrom(other.target())->message.contains(u"shop/production"_s));
    Target clone = store.target();
    clone.identity[1] = u"staging"_s;
    QVERIFY(store.differsFrom(clone)->message.contains(u"shop/staging"_s));
    clone = store.target();
    clone.identity[5] = u"3"_s;
    QVERIFY(store.differsFrom(clone)->message.contains(u"database"_s));
}

void TestRedisStore::withoutAMarkerNothingTells()
{
    m_redis->command({"DEL", marker});
    RedisStore store = opened(m_redis->connection());
    QVERIFY(!store.isMarked());
    QVERIFY(!store.differsFrom(store.target()));
    QVERIFY(store.guarded(store.take(u"ada@desk"_s, 60s, soon()).value(), store.target(), swap(), soon()));
}

void TestRedisStore::aMarkerThatIsNoneIsSaid()
{
    m_redis->command({"SET", marker, "production"});
    const auto store = RedisStore::open(placeOf(m_redis->connection()), soon());
    QVERIFY(!store);
    QVERIFY2(store.error().message.contains(u"DEPLOYMENT/ENVIRONMENT"_s), qPrintable(store.error().message));
}

void TestRedisStore::oneHoldsTheLeaseAndIsNamed()
{
    RedisStore ada = opened(m_redis->connection());
    RedisStore bob = opened(m_redis->connection());
    QVERIFY(ada.lease(soon()) && !*ada.lease(soon()));
    const auto taken = ada.take(u"ada@desk"_s, 60s, soon());
    QVERIFY2(taken, taken ? "" : qPrintable(taken.error().message));
    QCOMPARE(bob.lease(soon()).value()->holder, u"ada@desk"_s);
    const auto refused = bob.take(u"bob@tower"_s, 60s, soon());
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Unavailable);
    QVERIFY2(refused.error().message.contains(u"ada@desk"_s), qPrintable(refused.error().message));
    // Held for longer it is the same lease.
    m_redis->command({"PEXPIRE", "quarterdeck:lease", "900"});
    QVERIFY(ada.renew(*taken, 60s, soon()));
    QCOMPARE(bob.lease(soon()).value()->fence, taken->fence);
    QVERIFY(bob.lease(soon()).value()->left > 50s);
    QVERIFY(ada.giveBack(*taken, soon()));
    const auto second = bob.take(u"bob@tower"_s, 60s, soon());
    QVERIFY(second && second->fence > taken->fence);
    // What ada had is worth nothing any more.
    QVERIFY(ada.giveBack(*taken, soon()));
    QVERIFY(!ada.renew(*taken, 60s, soon()));
    QCOMPARE(ada.lease(soon()).value()->holder, u"bob@tower"_s);
}

void TestRedisStore::aLapsedLeaseIsTakenWithAHigherFence()
{
    RedisStore ada = opened(m_redis->connection());
    const auto first = ada.take(u"ada@desk"_s, 1s, soon());
    QVERIFY(first);
    std::optional<Lease> second;
    const auto isTaken = [&] {
        const auto taken = ada.take(u"bob@tower"_s, 60s, soon());
        if (taken)
            second = *taken;
        return taken.has_value();
    };
    QTRY_VERIFY(isTaken());
    QVERIFY(second->fence > first->fence);
}

void TestRedisStore::aLostFenceDoesNotFallBack()
{
    RedisStore ada = opened(m_redis->connection());
    const auto first = ada.take(u"ada@desk"_s, 60s, soon());
    QVERIFY(first);
    m_redis->command({"FLUSHALL"}); // as eviction does to one of them
    m_redis->command({"SET", marker, "shop/production"});
    const auto second = ada.take(u"ada@desk"_s, 60s, soon());
    QVERIFY(second && second->fence > first->fence);
}

void TestRedisStore::whoLostTheLeaseChangesNothing()
{
    RedisStore ada = opened(m_redis->connection());
    const auto taken = ada.take(u"ada@desk"_s, 60s, soon());
    QVERIFY(taken);
    m_redis->command({"DEL", "quarterdeck:lease"});
    QVERIFY(ada.take(u"bob@tower"_s, 60s, soon()));
    const auto late = ada.guarded(*taken, ada.target(), swap(), soon());
    QVERIFY(!late);
    QCOMPARE(late.error().code, ErrorCode::Unavailable);
    QVERIFY2(late.error().message.contains(u"lease was lost"_s), qPrintable(late.error().message));
    QCOMPARE(m_redis->command({"GET", "app:x"}), QByteArray("before"));
}

void TestRedisStore::aChangeComparesFirst()
{
    RedisStore store = opened(m_redis->connection());
    const auto taken = store.take(u"ada@desk"_s, 60s, soon());
    QVERIFY(taken);
    QVERIFY(store.tryOut(store.target(), swap(), soon()));
    QCOMPARE(m_redis->command({"GET", "app:x"}), QByteArray("before"));
    const auto first = store.guarded(*taken, store.target(), swap(), soon());
    QVERIFY2(first, first ? "" : qPrintable(first.error().message));
    QCOMPARE(m_redis->command({"GET", "app:x"}), QByteArray("after"));
    const auto second = store.guarded(*taken, store.target(), swap(), soon());
    QVERIFY(!second);
    QCOMPARE(second.error().code, ErrorCode::BadInput);
    const auto counted =
        store.guarded(*taken, store.target(),
                      {.body = "  return {{'UNLINK', keys[1], keys[2]}}\n", .keys = {"app:x", "app:y"}}, soon());
    QCOMPARE(counted.value_or(-1), 1);
}

void TestRedisStore::anotherRedisBehindTheAddressIsNotTouched()
{
    RedisStore store = opened(m_redis->connection());
    const auto taken = store.take(u"ada@desk"_s, 60s, soon());
    QVERIFY(taken);
    // At the same port, with the same lease and data: only whose it is tells them apart.
    const auto swapped = [&](const QByteArray &name) {
        const QByteArray lease = m_redis->command({"GET", "quarterdeck:lease"});
        if (!m_redis->server().restart())
            qFatal("no restart");
        if (!name.isEmpty())
            m_redis->command({"SET", marker, name});
        m_redis->command({"SET", "app:x", "before"});
        m_redis->command({"SET", "quarterdeck:lease", lease});
    };
    for (const QByteArray &name : {QByteArray("shop/staging"), QByteArray(), QByteArray("shop/production")}) {
        swapped(name);
        // The connection that was is noticed to be gone first.
        Result<qint64> made = 0;
        const auto isAnswered = [&] {
            made = store.guarded(*taken, store.target(), swap(), soon());
            return made || made.error().code != ErrorCode::Unreachable;
        };
        QTRY_VERIFY(isAnswered());
        QVERIFY(!made);
        QCOMPARE(made.error().code, ErrorCode::BadInput);
        QVERIFY2(made.error().message.contains(u"another Redis"_s), qPrintable(made.error().message));
        QCOMPARE(m_redis->command({"GET", "app:x"}), QByteArray("before"));
    }
}

void TestRedisStore::aRestartedRedisIsAnother()
{
    const Target target = opened(m_redis->connection()).target();
    QVERIFY(m_redis->server().restart());
    m_redis->command({"SET", marker, "shop/production"});
    const RedisStore store = opened(m_redis->connection());
    QVERIFY2(store.differsFrom(target)->message.contains(u"restarted"_s),
             qPrintable(store.differsFrom(target)->message));
}

void TestRedisStore::aReplicaIsRefused()
{
    test::RedisFixture replica(
        "secret", {"replicaof 127.0.0.1 " + QByteArray::number(m_redis->server().port()), "masterauth secret"});
    const auto store = RedisStore::open(placeOf(replica.connection()), soon());
    QVERIFY(!store);
    QCOMPARE(store.error().code, ErrorCode::Unavailable);
    QVERIFY2(store.error().message.contains(u"replica"_s), qPrintable(store.error().message));
}

void TestRedisStore::aDemotedMasterChangesNothing()
{
    RedisStore store = opened(m_redis->connection());
    const auto taken = store.take(u"ada@desk"_s, 60s, soon());
    QVERIFY(taken);
    m_redis->command({"CONFIG", "SET", "replica-read-only", "no"}); // it would take the change, and lose it
    m_redis->command({"REPLICAOF", "127.0.0.1", "1"});
    const auto made = store.guarded(*taken, store.target(), swap(), soon());
    QVERIFY(!made);
    QCOMPARE(made.error().code, ErrorCode::Unavailable);
    QCOMPARE(m_redis->command({"GET", "app:x"}), QByteArray("before"));
}

void TestRedisStore::afterAFailoverTheSetIsStillTheSame()
{
    test::RedisSetFixture set("secret");
    static_cast<void>(set.ask(set.first(), {"SET", marker, "shop/production"}));
    static_cast<void>(set.ask(set.first(), {"SET", "app:x", "before"}));
    QTRY_COMPARE_WITH_TIMEOUT(set.ask(set.second(), {"EXISTS", "app:x"}), QByteArray("1"), 30'000);
    const Target planned = [&] {
        RedisStore store = opened(set.connection());
        QTest::qCompare(store.target().address, u"127.0.0.1:%1"_s.arg(set.first().port()), "", "", __FILE__, __LINE__);
        return store.target();
    }();
    set.first().kill();
    std::optional<RedisStore> store;
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            auto again = RedisStore::open(placeOf(set.connection()), within(3s));
            if (again)
                store = std::move(*again);
            return again.has_value();
        }(),
        60'000);
    QCOMPARE(store->target().address, u"127.0.0.1:%1"_s.arg(set.second().port()));
    QVERIFY2(!store->differsFrom(planned), "the same data, promoted");
    const auto taken = store->take(u"ada@desk"_s, 60s, soon());
    QVERIFY2(taken, taken ? "" : qPrintable(taken.error().message));
    const auto made = store->guarded(*taken, planned, swap(), soon());
    QVERIFY2(made, made ? "" : qPrintable(made.error().message));
    QCOMPARE(set.ask(set.second(), {"GET", "app:x"}), QByteArray("after"));
}

void TestRedisStore::whatAUserMayNotDoIsSaid_data()
{
    QTest::addColumn<QByteArray>("rights");
    QTest::addColumn<QString>("says");
    QTest::newRow("no scripts") << QByteArray("~* +@all -eval") << u"'eval'"_s;
    QTest::newRow("no INFO") << QByteArray("~* +@all -info") << u"'info'"_s;
    QTest::newRow("no keys of ours") << QByteArray("~app:* +@all") << u"key"_s;
    QTest::newRow("not this key") << QByteArray("~quarterdeck:* +@all") << u"key"_s;
    QTest::newRow("no SET") << QByteArray("~* +@all -set") << u"SET"_s;
}

void TestRedisStore::whatAUserMayNotDoIsSaid()
{
    QFETCH(QByteArray, rights);
    QFETCH(QString, says);
    QList<QByteArray> user{"ACL", "SETUSER", "someone", "on", ">pw"};
    m_redis->command(user + rights.split(' '));
    auto store = RedisStore::open(placeOf(m_redis->connection(u"someone"_s, "pw")), soon());
    const auto tried = store ? store->tryOut(store->target(), swap(), soon()) : std::unexpected(store.error());
    QVERIFY(!tried);
    const Error &error = tried.error();
    QCOMPARE(error.code, ErrorCode::Forbidden);
    QVERIFY2(error.message.contains(says), qPrintable(error.message));
    QCOMPARE(m_redis->command({"GET", "app:x"}), QByteArray("before"));
}

void TestRedisStore::aChangeOfWhichAPartIsForbiddenIsNotBegun()
{
    m_redis->command({"ACL", "SETUSER", "someone", "on", ">pw", "~*", "+@all", "-del"});
    RedisStore store = opened(m_redis->connection(u"someone"_s, "pw"));
    RedisStore owner = opened(m_redis->connection());
    const auto taken = owner.take(u"ada@desk"_s, 60s, soon());
    QVERIFY(taken);
    const auto made = store.guarded(
        *taken, store.target(),
        {.body = "  return {{'SET', keys[1], 'after'}, {'DEL', keys[2]}}\n", .keys = {"app:x", marker}}, soon());
    QVERIFY(!made);
    QCOMPARE(made.error().code, ErrorCode::Forbidden);
    QVERIFY2(made.error().message.contains(u"DEL"_s), qPrintable(made.error().message));
    QCOMPARE(m_redis->command({"GET", "app:x"}), QByteArray("before"));
}

void TestRedisStore::aRedisOutOfMemoryChangesNothing()
{
    RedisStore store = opened(m_redis->connection());
    const auto taken = store.take(u"ada@desk"_s, 60s, soon());
    QVERIFY(taken);
    m_redis->command({"CONFIG", "SET", "maxmemory", "1"});
    const auto made = store.guarded(*taken, store.target(), swap(), soon());
    QVERIFY(!made);
    QCOMPARE(made.error().code, ErrorCode::Unavailable);
    QCOMPARE(m_redis->command({"GET", "app:x"}), QByteArray("before"));
}

void TestRedisStore::aSilentRedisIsATimeOutNotAnAnswer()
{
    RedisStore store = opened(m_redis->connection());
    const auto taken = store.take(u"ada@desk"_s, 60s, soon());
    QVERIFY(taken);
    m_redis->server().sendSignal(SIGSTOP);
    QElapsedTimer waited;
    waited.start();
    const auto made = store.guarded(*taken, store.target(), swap(), within(500ms));
    m_redis->server().sendSignal(SIGCONT);
    QVERIFY(!made);
    QCOMPARE(made.error().code, ErrorCode::Timeout);
    QVERIFY(waited.elapsed() < 10'000);
    // It was sent, and happens when the server wakes up; who looks sees it.
    QTRY_COMPARE(m_redis->command({"GET", "app:x"}), QByteArray("after"));
    QVERIFY(store.lease(soon()));
}

void TestRedisStore::whoIsStoppedDoesNotWait()
{
    const auto stop = std::make_shared<std::atomic<bool>>(false);
    auto store = RedisStore::open(placeOf(m_redis->connection()), soon(), stop);
    QVERIFY(store);
    m_redis->server().sendSignal(SIGSTOP);
    const auto restore = qScopeGuard([&] { m_redis->server().sendSignal(SIGCONT); });
    std::thread stopper([&] {
        std::this_thread::sleep_for(200ms);
        *stop = true;
    });
    const auto asked = store->lease(within(60s));
    stopper.join();
    QVERIFY(!asked);
    QCOMPARE(asked.error().code, ErrorCode::Cancelled);
}

QTEST_GUILESS_MAIN(TestRedisStore)
#include "tst_redis_store.moc"
