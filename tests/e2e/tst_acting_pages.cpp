/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/hand.h"
#include "e2e/sandbox_redis.h"
#include "support/server_fixtures.h"

#include <QApplication>
#include <QFile>
#include <QProcess>

using namespace Qt::StringLiterals;
using namespace qd;
using qd::testing::Hand;
using qd::testing::LiveSandbox;

namespace {
constexpr int settleMs = Hand::settleMs;
}

/// What the pages Limits, Cache and Breakers do in Redis, by keyboard, with the deployment's own Redis seen to have
/// changed; and what they say where nothing can be done.
class TestActingPages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void aClientIsUnblocked();
    void aGroupIsFlushedByThePlanOfTheTerminal();
    void aBreakerIsResetAndHeldOpen();
    void breakersInTheServicesMemorySayThatNothingCanBeDone();
    void aReadOnlyConsoleReachesNoAction();

private:
    [[nodiscard]] QByteArray redis(const QList<QByteArray> &words) const
    {
        return qd::testing::askRedis(m_sandbox, u"quoted"_s, words);
    }
    LiveSandbox m_sandbox;
    std::unique_ptr<QTemporaryDir> m_desk;
};

void TestActingPages::initTestCase()
{
    QVERIFY2(m_sandbox.start({u"--no-load"_s}), qPrintable(m_sandbox.lastError()));
}

void TestActingPages::init()
{
    m_desk = std::make_unique<QTemporaryDir>();
}

void TestActingPages::aClientIsUnblocked()
{
    const QByteArray key = "LIMITS:LIMITER/10.1.2.4//login/5/1/minute";
    QCOMPARE(redis({"SET", key, "7", "PX", "600000"}), QByteArray("OK"));
    Hand hand(m_sandbox.profile(), m_desk->path());
    hand.open(PageId::Limits);
    auto *table = hand.find<QTableView>(u"limit-table"_s);
    const auto isChosen = [&] { return table->currentIndex().siblingAtColumn(1).data().toString() == "10.1.2.4"_L1; };
    QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() > 0, settleMs);
    QVERIFY(!hand.find<QPushButton>(u"limit-unblock"_s)->isEnabled());
    QCOMPARE(hand.text(u"limit-act-hint"_s), u"Choose a client above to unblock it."_s);
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Home, Qt::ControlModifier);
    for (int i = 0; i < 100 && !isChosen(); ++i)
        QTest::keyClick(table, Qt::Key_Down);
    QVERIFY(isChosen());
    auto *button = hand.find<QPushButton>(u"limit-unblock"_s);
    QVERIFY2(button->isEnabled(), qPrintable(hand.text(u"limit-act-hint"_s)));
    QCOMPARE(button->text(), u"Unblock 10.1.2.4…"_s);
    QVERIFY(hand.press(table, u"limit-unblock"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    QCOMPARE(hand.text(u"action-title"_s), u"Unblock 10.1.2.4"_s);
    QCOMPARE(redis({"GET", key}), QByteArray("7"));
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Done"_s);
    QCOMPARE(redis({"EXISTS", key}), QByteArray("0"));
    // The row is gone, and with it what could be done.
    QTRY_COMPARE_WITH_TIMEOUT(button->isEnabled(), false, settleMs);
}

void TestActingPages::aGroupIsFlushedByThePlanOfTheTerminal()
{
    QCOMPARE(redis({"SET", "cache:pricing:1", "x", "EX", "600"}), QByteArray("OK"));
    QCOMPARE(redis({"SET", "cache:templates:1", "x", "EX", "600"}), QByteArray("OK"));
    Hand hand(m_sandbox.profile(), m_desk->path());
    hand.open(PageId::Cache);
    QTRY_VERIFY_WITH_TIMEOUT(hand.find<QPushButton>(u"cache-flush-pricing"_s) != nullptr, settleMs);
    QCOMPARE(hand.find<QPushButton>(u"cache-flush-pricing"_s)->text(), u"Flush pricing…"_s);
    QVERIFY(hand.press(hand.find<QWidget>(u"cache-card-pricing"_s), u"cache-flush-pricing"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    QCOMPARE(hand.text(u"action-title"_s), u"Empty the cache pricing"_s);

    QProcess terminal;
    terminal.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                   {u"plan"_s, u"flush"_s, u"pricing"_s, u"--profile"_s, m_sandbox.profile(), u"--out"_s,
                    m_desk->filePath(u"p.plan"_s), u"--desk"_s, m_desk->path()});
    QVERIFY(terminal.waitForFinished(settleMs));
    QCOMPARE(terminal.exitCode(), 0);
    QFile file(m_desk->filePath(u"p.plan"_s));
    QVERIFY(file.open(QIODevice::ReadOnly));
    auto planned = planFrom(file.readAll());
    QVERIFY(planned.has_value());
    planned->madeAt = hand.dialog()->run().plan->madeAt;
    QCOMPARE(hand.dialog()->run().plan->bytes(), planned->bytes());

    QCOMPARE(redis({"EXISTS", "cache:pricing:1"}), QByteArray("1"));
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Done"_s);
    QCOMPARE(redis({"EXISTS", "cache:pricing:1"}), QByteArray("0"));
    QCOMPARE(redis({"EXISTS", "cache:templates:1"}), QByteArray("1"));
}

/// None of the sandbox's services keeps its breakers in Redis.
void TestActingPages::aBreakerIsResetAndHeldOpen()
{
    test::RedisFixture redis;
    redis.command({"SET", "quarterdeck:environment", "shop/production"});
    redis.command({"SET", "stripe:pybreaker:state", "open"});
    redis.command({"SET", "stripe:pybreaker:fail_counter", "3"});
    redis.command({"SET", "stripe:pybreaker:opened_at", "1777640400"});
    QFile profile(m_desk->filePath(u"shop.yaml"_s));
    QVERIFY(profile.open(QIODevice::WriteOnly));
    const QByteArray port = QByteArray::number(redis.connection().port);
    profile.write("quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n"
                  "  redis: {host: 127.0.0.1, port: " +
                  port + "}\n  redis_operator: {kind: redis, host: 127.0.0.1, port: " + port +
                  "}\nsources:\n  breakers: {kind: pybreaker, connection: redis, interval: 1 s}\n"
                  "actions:\n  breaker: {kind: breaker}\nbreakers:\n  - {name: stripe, failures: 3, recovery: 30 s}\n");
    profile.close();
    Hand hand(profile.fileName(), m_desk->filePath(u"desk"_s));
    QVERIFY(!hand.window().logbooks().isEmpty());
    hand.open(PageId::Breakers);
    QTRY_VERIFY_WITH_TIMEOUT(hand.find<QWidget>(u"breaker-card-stripe"_s) != nullptr, settleMs);
    auto *reset = hand.find<QPushButton>(u"breaker-reset"_s);
    QTRY_COMPARE_WITH_TIMEOUT(hand.text(u"breaker-act-hint"_s),
                              u"Choose a breaker above to reset it or to hold it open."_s, settleMs);
    QVERIFY(!reset->isEnabled());
    auto *card = hand.find<QWidget>(u"breaker-card-stripe"_s);
    card->setFocus();
    QTest::keyClick(card, Qt::Key_Space);
    QVERIFY2(reset->isEnabled(), qPrintable(hand.text(u"breaker-act-hint"_s)));
    QCOMPARE(reset->text(), u"Reset stripe…"_s);
    QVERIFY(hand.press(card, u"breaker-reset"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    QCOMPARE(hand.text(u"action-title"_s), u"Close the breaker stripe"_s);
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Done"_s);
    QCOMPARE(redis.command({"GET", "stripe:pybreaker:state"}), QByteArray("closed"));
    QCOMPARE(redis.command({"GET", "stripe:pybreaker:fail_counter"}), QByteArray("0"));
    QTest::keyClick(hand.dialog(), Qt::Key_Escape);
    QTRY_VERIFY(hand.dialog() == nullptr);

    QVERIFY(hand.press(card, u"breaker-hold"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    QCOMPARE(hand.text(u"action-title"_s), u"Hold the breaker stripe open for 10 min"_s);
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(redis.command({"GET", "stripe:pybreaker:state"}), QByteArray("open"));
    QVERIFY(redis.command({"GET", "stripe:pybreaker:opened_at"}) != "1777640400");
}

void TestActingPages::breakersInTheServicesMemorySayThatNothingCanBeDone()
{
    Hand hand(m_sandbox.profile(), m_desk->path());
    hand.open(PageId::Breakers);
    QTRY_VERIFY_WITH_TIMEOUT(hand.find<QWidget>(u"breaker-card-openai"_s) != nullptr, settleMs);
    for (const QString &name : {u"breaker-reset"_s, u"breaker-hold"_s}) {
        const auto *button = hand.find<QPushButton>(name);
        QVERIFY(button->isVisible() && !button->isEnabled());
        QVERIFY2(button->toolTip().contains(u"memory of the service"_s), qPrintable(button->toolTip()));
    }
    QVERIFY2(hand.text(u"breaker-act-hint"_s).contains(u"nothing outside can close them"_s),
             qPrintable(hand.text(u"breaker-act-hint"_s)));
    // Nor is there a way once it is known who tells them.
    QTRY_VERIFY_WITH_TIMEOUT(hand.window().logbooks().first()->view().breakers.value(0).state.has(), settleMs);
    QTest::mouseClick(hand.find<QWidget>(u"breaker-card-openai"_s), Qt::LeftButton);
    QVERIFY(!hand.find<QPushButton>(u"breaker-reset"_s)->isEnabled());
    QVERIFY(hand.console().acting().runs().isEmpty());
}

void TestActingPages::aReadOnlyConsoleReachesNoAction()
{
    const QString desk = m_desk->filePath(u"desk"_s);
    QCOMPARE(redis({"SET", "LIMITS:LIMITER/10.1.2.4//login/5/1/minute", "7", "PX", "600000"}), QByteArray("OK"));
    Hand hand(m_sandbox.profile(), desk, true);
    hand.open(PageId::Limits);
    auto *table = hand.find<QTableView>(u"limit-table"_s);
    QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() > 0, settleMs);
    table->setCurrentIndex(table->model()->index(0, 0));
    hand.open(PageId::Cache);
    QTRY_VERIFY_WITH_TIMEOUT(hand.find<QPushButton>(u"cache-flush-pricing"_s) != nullptr, settleMs);
    hand.open(PageId::Breakers);
    for (const QString &name : {u"limit-unblock"_s, u"cache-flush-pricing"_s, u"breaker-reset"_s, u"breaker-hold"_s}) {
        auto *button = hand.find<QPushButton>(name);
        QVERIFY2(!button->isEnabled() && button->toolTip().contains(u"read-only"_s), qPrintable(name));
        QTest::keyClick(button, Qt::Key_Return);
        button->click();
    }
    for (const QString &name : {u"limit-act-hint"_s, u"cache-act-hint"_s, u"breaker-act-hint"_s})
        QVERIFY2(hand.text(name).contains(u"read-only"_s), qPrintable(name));
    QVERIFY(hand.console().acting().runs().isEmpty());
    QVERIFY(!QFileInfo::exists(desk));
}

QTEST_MAIN(TestActingPages)
#include "tst_acting_pages.moc"
