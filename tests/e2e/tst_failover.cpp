/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"
#include "history/logbook.h"
#include "parts/redis_link.h"
#include "sources/source.h"
#include "watch/watcher.h"
#include "words/words.h"

#include <QFile>
#include <QFileInfo>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using qd::sandbox::RedisLink;
using qd::testing::LiveSandbox;

/// The story redis-failover, on real Redis under real Sentinels, and what the console says of it.
class TestFailover : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup();
    void theConsoleTellsOfTheFailoverAndFollowsIt();
    void aLostQuorumIsTold();

private:
    void open(const QStringList &arguments);
    [[nodiscard]] int port(const QString &part) const;
    [[nodiscard]] std::optional<sandbox::RedisAnswer> command(const QString &part,
                                                              const QList<QByteArray> &words) const;
    [[nodiscard]] int namedPort(int sentinel) const;
    [[nodiscard]] const Event *failover() const;
    [[nodiscard]] bool isOnMaster(int port) const;
    [[nodiscard]] const Reason *quorumLost() const;

    SystemClock m_clock;
    std::unique_ptr<LiveSandbox> m_sandbox;
    std::unique_ptr<IoThread> m_io;
    std::unique_ptr<Logbook> m_book;
    std::unique_ptr<Watcher> m_watcher;
    QTimer m_tick;
};

void TestFailover::cleanup()
{
    m_tick.stop();
    m_watcher.reset();
    m_io.reset();
    m_book.reset();
    m_sandbox.reset();
}

void TestFailover::open(const QStringList &arguments)
{
    m_sandbox = std::make_unique<LiveSandbox>(u"luckygas"_s);
    QVERIFY2(m_sandbox->start(arguments), qPrintable(m_sandbox->lastError()));
    const ProfileResult profile = loadWhole(m_sandbox->profile());
    QVERIFY2(profile, profile ? "" : qPrintable(profile.error().first().message));
    m_io = std::make_unique<IoThread>();
    m_book = std::make_unique<Logbook>(*profile, m_clock);
    m_watcher = std::make_unique<Watcher>(*profile, *m_io, m_clock);
    connect(m_watcher.get(), &Watcher::read, m_book.get(), &Logbook::take);
    connect(&m_tick, &QTimer::timeout, m_book.get(), &Logbook::tick);
    m_tick.start(200);
    m_watcher->start();
    QTRY_VERIFY_WITH_TIMEOUT(isOnMaster(port(u"redis"_s)), 30'000);
}

int TestFailover::port(const QString &part) const
{
    const QJsonObject deployment = m_sandbox->description().value("deployments"_L1).toObject();
    return deployment.value("luckygas"_L1).toObject().value(part).toObject().value("port"_L1).toInt();
}

std::optional<sandbox::RedisAnswer> TestFailover::command(const QString &part, const QList<QByteArray> &words) const
{
    QFile file(QFileInfo(m_sandbox->profile()).path() + u"/redis-password"_s);
    const QByteArray password = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    return RedisLink({.port = static_cast<quint16>(port(part)), .password = password}).command(words);
}

/// Whom a Sentinel sends its clients to.
int TestFailover::namedPort(int sentinel) const
{
    const auto address =
        command(u"redis-sentinel-%1"_s.arg(sentinel), {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "luckygas-master"});
    return address ? address->items.value(1).toInt() : 0;
}

const Event *TestFailover::failover() const
{
    const auto &events = m_book->view().events;
    const auto it = std::ranges::find(events, EventKind::FailedOver, &Event::kind);
    return it == events.end() ? nullptr : &*it;
}

/// Whether the console reads Redis now, and at that port.
bool TestFailover::isOnMaster(int port) const
{
    const auto &redis = m_book->view().redis;
    if (redis.freshness.kind != Freshness::Kind::Fresh || !redis.fact || redis.fact->role.valueOr({}) != "master"_L1)
        return false;
    const auto &exchanges = m_book->state().sources.at(redis.source).good->exchanges;
    return exchanges.first().command.contains(u"-p %1 INFO"_s.arg(port));
}

const Reason *TestFailover::quorumLost() const
{
    const auto &reasons = m_book->view().reasons;
    const auto it = std::ranges::find(reasons, Reason::Code::QuorumLost, &Reason::code);
    return it == reasons.end() ? nullptr : &*it;
}

void TestFailover::theConsoleTellsOfTheFailoverAndFollowsIt()
{
    open({u"--story"_s, u"redis-failover"_s}); // ten seconds later the master is killed
    if (QTest::currentTestFailed())
        return;
    QCOMPARE(m_book->view().sentinels.rows.size(), 3);
    QTRY_VERIFY_WITH_TIMEOUT(!command(u"redis"_s, {"PING"}), 60'000);
    const Instant fall = m_clock.now();
    const int replica = port(u"redis-replica"_s);
    const auto isNamed = [&] { return namedPort(1) == replica || namedPort(2) == replica || namedPort(3) == replica; };
    QTRY_VERIFY_WITH_TIMEOUT(isNamed(), 30'000);
    const Millis took = m_clock.now() - fall;
    QTRY_VERIFY_WITH_TIMEOUT(isOnMaster(replica), 30'000);
    QTRY_VERIFY_WITH_TIMEOUT(failover() != nullptr, 30'000);
    const Event event = *failover();
    QCOMPARE(event.subject, u"luckygas-master"_s);
    QCOMPARE(event.from, u"127.0.0.1:%1"_s.arg(port(u"redis"_s)));
    QCOMPARE(event.to, u"127.0.0.1:%1"_s.arg(replica));
    QVERIFY(event.took.has_value());
    const QString both = u"shown %1 ms, measured %2 ms"_s.arg(event.took->count()).arg(took.count());
    qInfo("%s", qPrintable(both));
    QVERIFY2(std::abs((*event.took - took).count()) < 3000, qPrintable(both));
    QVERIFY2(took < 10s, qPrintable(both));
    QCOMPARE(words::sentence(event),
             u"luckygas-master failed over in %1: %2 → %3"_s.arg(words::duration(*event.took), event.from, event.to));
}

void TestFailover::aLostQuorumIsTold()
{
    open({u"--no-load"_s});
    if (QTest::currentTestFailed())
        return;
    QVERIFY(!quorumLost());
    QVERIFY2(m_sandbox->fault(u"sentinel-stop"_s, u"1"_s), qPrintable(m_sandbox->lastError()));
    const auto unmeasured = [&] {
        return std::ranges::count_if(m_book->view().sentinels.rows,
                                     [](const Told<Sentinel> &row) { return !row.fact.flags.has(); });
    };
    QTRY_VERIFY_WITH_TIMEOUT(unmeasured() == 1, 30'000);
    QVERIFY(!quorumLost()); // two of three are a majority
    QVERIFY2(m_sandbox->fault(u"sentinel-stop"_s, u"2"_s), qPrintable(m_sandbox->lastError()));
    QTRY_VERIFY_WITH_TIMEOUT(quorumLost() != nullptr, 30'000);
    QCOMPARE(quorumLost()->subject, u"luckygas-master"_s);
    QCOMPARE(quorumLost()->count, 1);
    QCOMPARE(quorumLost()->threshold, 2);
    QVERIFY(quorumLost()->since.has_value());
    QVERIFY(m_book->view().status == Status::Degraded);
    QCOMPARE(words::sentence(*quorumLost()), u"luckygas-master cannot fail over: 1 of the 2 Sentinels that it takes"_s);
    QVERIFY(isOnMaster(port(u"redis"_s))); // the one that is left still leads there
    QVERIFY2(m_sandbox->fault(u"heal"_s), qPrintable(m_sandbox->lastError()));
    QTRY_VERIFY_WITH_TIMEOUT(quorumLost() == nullptr && unmeasured() == 0, 30'000);
}

QTEST_GUILESS_MAIN(TestFailover)
#include "tst_failover.moc"
