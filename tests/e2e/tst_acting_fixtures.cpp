/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/hand.h"
#include "support/fake_actuator.h"
#include "support/override_limiter.h"
#include "support/server_fixtures.h"

#include <QApplication>
#include <QComboBox>
#include <QDateTime>
#include <QFile>
#include <QProcess>
#include <QSpinBox>

using namespace Qt::StringLiterals;
using namespace qd;
using qd::testing::Hand;

namespace {
constexpr int settleMs = Hand::settleMs;
const QString client = u"10.1.2.3"_s;
} // namespace

/// Acting on layouts that none of the sandbox's deployments has, in window and terminal, with the service itself seen
/// to have changed.
class TestActingFixtures : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aBreakerOfAnActuatorIsSetAtTheTerminal();
    void aBreakerOfAnActuatorIsForcedOpenInTheWindow();
    void aBreakerThatNoActionReachesSaysSo();
    void aBreakerInRedisIsHeldOpenAndResetAtTheTerminal();
    void aLimitIsRaisedAtTheTerminal();
    void aLimitIsRaisedAndTakenBackInTheWindow();

private:
    struct Outcome
    {
        int code = -1;
        QString out;
        QString error;
        [[nodiscard]] QByteArray all() const { return (out + error).toUtf8(); }
    };
    [[nodiscard]] Outcome run(const QStringList &arguments) const;
    [[nodiscard]] QString write(const QByteArray &profile) const;
    [[nodiscard]] QString actuatorProfile(const QByteArray &actions) const;
    [[nodiscard]] QString limiterProfile() const;
    [[nodiscard]] bool letsIn() const;
    std::unique_ptr<QTemporaryDir> m_desk;
    std::unique_ptr<test::FakeActuator> m_actuator;
    std::unique_ptr<test::RedisFixture> m_redis;
};

void TestActingFixtures::init()
{
    m_desk = std::make_unique<QTemporaryDir>();
    m_actuator = std::make_unique<test::FakeActuator>();
    m_redis = std::make_unique<test::RedisFixture>();
    m_redis->command({"SET", "quarterdeck:environment", "shop/production"});
}

TestActingFixtures::Outcome TestActingFixtures::run(const QStringList &arguments) const
{
    QProcess process;
    process.setWorkingDirectory(m_desk->path());
    process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                  arguments + QStringList{u"--profile"_s, m_desk->filePath(u"shop.yaml"_s), u"--desk"_s,
                                          m_desk->filePath(u"desk"_s)});
    if (!process.waitForFinished(settleMs))
        process.kill();
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

QString TestActingFixtures::write(const QByteArray &profile) const
{
    QFile file(m_desk->filePath(u"shop.yaml"_s));
    const QByteArray text = "quarterdeck: 1\nname: shop\nenvironment: production\n" + profile;
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() ? file.fileName() : QString();
}

QString TestActingFixtures::actuatorProfile(const QByteArray &actions) const
{
    const QByteArray url = "\"http://127.0.0.1:" + QByteArray::number(m_actuator->port()) + '"';
    return write(
        "connections:\n  http: {url: " + url + "}\n  http_operator: {kind: http, url: " + url +
        "}\n  redis_operator: {kind: redis, host: 127.0.0.1, port: " + QByteArray::number(m_redis->server().port()) +
        "}\nsources:\n  ready: {kind: http-health, path: /actuator/health, shape: actuator, interval: 1 s}\n"
        "breakers:\n  - {name: stripe}\n" +
        actions);
}

QString TestActingFixtures::limiterProfile() const
{
    const QByteArray redis = "host: 127.0.0.1, port: " + QByteArray::number(m_redis->server().port());
    const QByteArray overrides = "overrides: {key: \"limits:override:{client}\"}";
    return write("connections:\n  redis: {" + redis + "}\n  redis_operator: {kind: redis, " + redis +
                 "}\nsources:\n  redis:\n    kind: redis\n    interval: 1 s\n"
                 "    limits: {layout: express-rate-limit, prefix: \"rl:\", tier: api, " +
                 overrides +
                 "}\ntiers:\n  - {name: api, limit: 5, window: 10 m}\nactions:\n"
                 "  unblock: {kind: unblock-client, limits: {layout: express-rate-limit, prefix: \"rl:\", tier: api}}\n"
                 "  raise: {kind: raise-limit, tier: api, at_most: 50, " +
                 overrides + "}\n");
}

bool TestActingFixtures::letsIn() const
{
    return test::OverrideLimiter([this](const QList<QByteArray> &words) { return m_redis->command(words); }, 5)
        .letsIn(client);
}

const QByteArray breakerAction =
    "actions:\n  breaker: {kind: breaker, endpoint: /actuator/circuitbreakers, environment: "
    "{get: /actuator/info, at: /app/environment}, lease: {connection: redis_operator}}\n";

void TestActingFixtures::aBreakerOfAnActuatorIsSetAtTheTerminal()
{
    QVERIFY(!actuatorProfile(breakerAction).isEmpty());
    const Outcome planned = run({u"plan"_s, u"breaker"_s, u"stripe"_s, u"state=open"_s, u"--out"_s, u"p.plan"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    QVERIFY2(planned.out.contains(u"Force the breaker stripe open in shop · production"_s), planned.all().constData());
    QVERIFY2(planned.out.contains(u"CLOSED → FORCED_OPEN"_s), planned.all().constData());
    const Outcome applied = run({u"apply"_s, u"p.plan"_s, u"--confirm"_s, u"shop"_s});
    QVERIFY2(applied.code == 0, applied.all().constData());
    QCOMPARE(m_actuator->state(u"stripe"_s), u"FORCED_OPEN"_s);
    const Outcome undone = run({u"undo"_s, u"p.plan"_s, u"--confirm"_s, u"shop"_s});
    QVERIFY2(undone.code == 0, undone.all().constData());
    QCOMPARE(m_actuator->state(u"stripe"_s), u"CLOSED"_s);
    const Outcome unlisted = run({u"plan"_s, u"breaker"_s, u"resend"_s, u"--out"_s, u"q.plan"_s});
    QVERIFY2(unlisted.code == 1 && unlisted.error.contains(u"the profile has no breaker 'resend', but stripe"_s),
             unlisted.all().constData());
    QCOMPARE(m_actuator->changes().size(), 2);
}

void TestActingFixtures::aBreakerOfAnActuatorIsForcedOpenInTheWindow()
{
    Hand hand(actuatorProfile(breakerAction), m_desk->filePath(u"desk"_s));
    QVERIFY(!hand.window().logbooks().isEmpty());
    hand.open(PageId::Breakers);
    QTRY_VERIFY_WITH_TIMEOUT(hand.find<QWidget>(u"breaker-card-stripe"_s) != nullptr, settleMs);
    auto *hold = hand.find<QPushButton>(u"breaker-hold"_s);
    QTRY_COMPARE_WITH_TIMEOUT(hand.text(u"breaker-act-hint"_s),
                              u"Choose a breaker above to close it or to hold it open."_s, settleMs);
    auto *card = hand.find<QWidget>(u"breaker-card-stripe"_s);
    card->setFocus();
    QTest::keyClick(card, Qt::Key_Space);
    QTRY_VERIFY2_WITH_TIMEOUT(hold->isEnabled(), qPrintable(hand.text(u"breaker-act-hint"_s)), settleMs);
    QVERIFY(hand.press(card, u"breaker-hold"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    QCOMPARE(hand.text(u"action-title"_s), u"Force the breaker stripe open"_s);
    QVERIFY(m_actuator->changes().isEmpty());
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Done"_s);
    QCOMPARE(m_actuator->state(u"stripe"_s), u"FORCED_OPEN"_s);
    QTest::keyClick(hand.dialog(), Qt::Key_Escape);
    QTRY_VERIFY(hand.dialog() == nullptr);
    QVERIFY(hand.press(card, u"breaker-reset"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(m_actuator->state(u"stripe"_s), u"CLOSED"_s);
}

void TestActingFixtures::aBreakerThatNoActionReachesSaysSo()
{
    Hand hand(actuatorProfile({}), m_desk->filePath(u"desk"_s));
    QVERIFY(!hand.window().logbooks().isEmpty());
    hand.open(PageId::Breakers);
    QTRY_VERIFY_WITH_TIMEOUT(hand.find<QWidget>(u"breaker-card-stripe"_s) != nullptr, settleMs);
    QTRY_VERIFY_WITH_TIMEOUT(hand.window().logbooks().first()->view().breakers.value(0).state.has(), settleMs);
    QTest::mouseClick(hand.find<QWidget>(u"breaker-card-stripe"_s), Qt::LeftButton);
    QTRY_VERIFY2_WITH_TIMEOUT(
        hand.text(u"breaker-act-hint"_s).contains(u"names no action 'breaker' with an 'endpoint'"_s),
        qPrintable(hand.text(u"breaker-act-hint"_s)), settleMs);
    QVERIFY(!hand.find<QPushButton>(u"breaker-hold"_s)->isEnabled());
}

void TestActingFixtures::aBreakerInRedisIsHeldOpenAndResetAtTheTerminal()
{
    const auto held = [&](const QByteArray &what) { return m_redis->command({"GET", "stripe:pybreaker:" + what}); };
    m_redis->command({"MSET", "stripe:pybreaker:state", "closed", "stripe:pybreaker:fail_counter", "1"});
    QVERIFY(!write("connections:\n  redis_operator: {kind: redis, host: 127.0.0.1, port: " +
                   QByteArray::number(m_redis->server().port()) +
                   "}\nsources:\n  breakers: {kind: pybreaker, connection: redis_operator}\nactions:\n"
                   "  breaker: {kind: breaker}\nbreakers:\n  - {name: stripe, failures: 3, recovery: 30 s}\n")
                 .isEmpty());
    const auto act = [&](const QString &set) {
        const Outcome planned = run({u"plan"_s, u"breaker"_s, u"stripe"_s, set, u"--out"_s, u"p.plan"_s});
        return planned.code == 0 ? run({u"apply"_s, u"p.plan"_s, u"--confirm"_s, u"shop"_s}) : planned;
    };
    const Outcome opened = act(u"state=open"_s);
    QVERIFY2(opened.code == 0, opened.all().constData());
    QCOMPARE(held("state"), QByteArray("open"));
    QVERIFY(held("opened_at").toLongLong() > QDateTime::currentSecsSinceEpoch());
    QFile::remove(m_desk->filePath(u"p.plan"_s));
    const Outcome reset = act(u"state=closed"_s);
    QVERIFY2(reset.code == 0, reset.all().constData());
    QCOMPARE(held("state"), QByteArray("closed"));
    QCOMPARE(held("fail_counter"), QByteArray("0"));
    const Outcome undone = run({u"undo"_s, u"p.plan"_s, u"--confirm"_s, u"shop"_s});
    QVERIFY2(undone.code == 0, undone.all().constData());
    QCOMPARE(held("state"), QByteArray("open"));
}

void TestActingFixtures::aLimitIsRaisedAtTheTerminal()
{
    QVERIFY(!limiterProfile().isEmpty());
    for (int call = 0; call < 5; ++call)
        QVERIFY(letsIn());
    QVERIFY(!letsIn());
    const Outcome planned = run({u"plan"_s, u"raise"_s, client, u"limit=20"_s, u"for=3600"_s, u"--out"_s, u"p.plan"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    QVERIFY2(planned.out.contains(u"Raise the limit of 10.1.2.3 to 20 for 1 h in shop"_s), planned.all().constData());
    const Outcome applied = run({u"apply"_s, u"p.plan"_s, u"--confirm"_s, u"shop"_s});
    QVERIFY2(applied.code == 0, applied.all().constData());
    QVERIFY(letsIn());
    const Outcome undone = run({u"undo"_s, u"p.plan"_s, u"--confirm"_s, u"shop"_s});
    QVERIFY2(undone.code == 0, undone.all().constData());
    QVERIFY(!letsIn());
    const Outcome endless = run({u"plan"_s, u"raise"_s, client, u"limit=20"_s, u"--out"_s, u"q.plan"_s});
    QVERIFY2(endless.code == 1 && endless.error.contains(u"expected an end"_s), endless.all().constData());
}

void TestActingFixtures::aLimitIsRaisedAndTakenBackInTheWindow()
{
    for (int call = 0; call < 5; ++call)
        QVERIFY(letsIn());
    QVERIFY(!letsIn());
    Hand hand(limiterProfile(), m_desk->filePath(u"desk"_s));
    QVERIFY(!hand.window().logbooks().isEmpty());
    hand.open(PageId::Limits);
    auto *table = hand.find<QTableView>(u"limit-table"_s);
    QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() > 0, settleMs);
    auto *raise = hand.find<QPushButton>(u"limit-raise"_s);
    auto *lower = hand.find<QPushButton>(u"limit-lower"_s);
    QVERIFY(!raise->isEnabled() && !lower->isVisible());
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Home, Qt::ControlModifier);
    QTRY_VERIFY2_WITH_TIMEOUT(raise->isEnabled(), qPrintable(hand.text(u"limit-act-hint"_s)), settleMs);
    auto *to = hand.find<QSpinBox>(u"limit-raise-to"_s);
    QVERIFY(to->isVisible());
    QCOMPARE(to->value(), 10);   // twice what it may now
    QCOMPARE(to->maximum(), 50); // at_most
    to->setValue(30);
    hand.find<QComboBox>(u"limit-raise-for"_s)->setCurrentIndex(0);
    QCOMPARE(raise->text(), u"Raise 10.1.2.3 to 30 in shop…"_s);
    QVERIFY(hand.press(table, u"limit-raise"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    QCOMPARE(hand.text(u"action-title"_s), u"Raise the limit of 10.1.2.3 to 30 for 15 min"_s);
    QVERIFY(!letsIn());
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Done"_s);
    QVERIFY(letsIn());
    QTest::keyClick(hand.dialog(), Qt::Key_Escape);
    QTRY_VERIFY(hand.dialog() == nullptr);
    // The page tells it beside the client.
    QTRY_COMPARE_WITH_TIMEOUT(hand.window().logbooks().first()->view().limits.value(0).limit.value.value_or(0), 30,
                              settleMs);
    QTRY_VERIFY_WITH_TIMEOUT(lower->isVisible() && lower->isEnabled(), settleMs);
    QVERIFY2(hand.text(u"limit-raised"_s).startsWith(u"10.1.2.3 in "_s) &&
                 hand.text(u"limit-raised"_s).contains(u": limit of 30 until "_s),
             qPrintable(hand.text(u"limit-raised"_s)));
    const auto until = hand.window().logbooks().first()->view().limits.value(0).limitUntil.value;
    const Instant now = SystemClock().now();
    QVERIFY(until && *until > now + std::chrono::minutes(13) && *until < now + std::chrono::minutes(17));
    QCOMPARE(lower->text(), u"Take back the limit of 10.1.2.3 in shop…"_s);
    QVERIFY(hand.press(table, u"limit-lower"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    QCOMPARE(hand.text(u"action-title"_s), u"Take back the raised limit of 10.1.2.3"_s);
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QVERIFY(!letsIn());
}

QTEST_MAIN(TestActingFixtures)
#include "tst_acting_fixtures.moc"
