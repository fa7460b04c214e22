/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/hand.h"
#include "e2e/live_sandbox.h"
#include "models/actions/fake_flags.h"
#include "support/server_fixtures.h"

#include <QCheckBox>
#include <QFile>
#include <QJsonObject>
#include <QProcess>
#include <QSpinBox>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace qd::testing;
using qd::test::FakeFlags;

namespace {
/// Chooses a flag by keyboard.
bool choose(Hand &hand, const QString &flag)
{
    hand.open(PageId::Flags);
    auto *table = hand.find<QTableView>(u"flag-table"_s);
    const auto row = [&] {
        for (int i = 0; i < table->model()->rowCount(); ++i) {
            if (table->model()->index(i, 0).data().toString() == flag)
                return i;
        }
        return -1;
    };
    if (table == nullptr || !QTest::qWaitFor([&] { return row() >= 0; }, Hand::settleMs))
        return false;
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Home, Qt::ControlModifier);
    for (int i = 0; i < row(); ++i)
        QTest::keyClick(table, Qt::Key_Down);
    return true;
}

QString stateOf(Hand &hand, const QString &flag)
{
    const QAbstractItemModel &model = *hand.find<QTableView>(u"flag-table"_s)->model();
    for (int row = 0; row < model.rowCount(); ++row) {
        if (model.index(row, 0).data().toString() == flag)
            return model.index(row, 3).data().toString();
    }
    return {};
}

bool confirmed(Hand &hand)
{
    return hand.waitForPhase(ActionRun::Phase::Ready) && hand.confirm() && hand.waitForPhase(ActionRun::Phase::Ended) &&
           hand.dialog()->run().report.ending != Ending::NeedsPerson;
}
} // namespace

/// Flags in Redis, in PostHog, in Unleash and on a platform, set from the terminal and from the real window; the stores
/// themselves are seen to have changed.
class TestActingFlags : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void fromATerminalInRedis();
    void fromATerminalBehindHttp_data();
    void fromATerminalBehindHttp();
    void fromTheWindowInRedis();
    void fromTheWindowBehindHttp_data();
    void fromTheWindowBehindHttp();
    void aFlagThatIsTakenBackByItselfSaysWhen();
    void aNumberIsSetFromTheWindow();

private:
    [[nodiscard]] QByteArray cli(const QStringList &arguments, int expected = 0) const;
    [[nodiscard]] QString write(const QByteArray &profile) const;
    [[nodiscard]] QString inRedis() const;
    /// Of the row's kind, which stands behind m_server from then on.
    [[nodiscard]] QString behindHttp();
    [[nodiscard]] FakeFlags::Flag posted() const
    {
        const std::lock_guard guard(m_server->lock);
        return m_server->flags.at(u"voice"_s);
    }
    static void aServiceIsActedOn(Hand &hand, LiveSandbox &sandbox);
    std::unique_ptr<QTemporaryDir> m_desk;
    std::unique_ptr<test::RedisFixture> m_redis;
    std::unique_ptr<FakeFlags> m_server;
};

void TestActingFlags::init()
{
    m_desk = std::make_unique<QTemporaryDir>();
    m_redis = std::make_unique<test::RedisFixture>();
    m_redis->command({"SET", "quarterdeck:environment", "shop/production"});
    m_redis->command({"HSET", "app:flags", "voice", "on", "voice:rollout", "50", "maps", "off"});
}

QByteArray TestActingFlags::cli(const QStringList &arguments, int expected) const
{
    QProcess process;
    process.setWorkingDirectory(m_desk->path());
    process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                  arguments + QStringList{u"--desk"_s, m_desk->path()});
    if (!process.waitForFinished(60'000))
        process.kill();
    const QByteArray all = process.readAllStandardOutput() + process.readAllStandardError();
    return process.exitCode() == expected ? all : "ended with " + QByteArray::number(process.exitCode()) + ": " + all;
}

QString TestActingFlags::write(const QByteArray &profile) const
{
    QFile token(m_desk->filePath(u"token"_s));
    if (!token.open(QIODevice::WriteOnly))
        return {};
    token.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    token.write("flag-token");
    QFile file(m_desk->filePath(u"shop.yaml"_s));
    if (!file.open(QIODevice::WriteOnly))
        return {};
    file.write("quarterdeck: 1\nname: shop\nenvironment: production\n" + profile);
    return file.fileName();
}

QString TestActingFlags::inRedis() const
{
    const QByteArray server =
        "{kind: redis, host: 127.0.0.1, port: " + QByteArray::number(m_redis->connection().port) + "}\n";
    const QByteArray layout = "hash: \"app:flags\", rollout: \"{flag}:rollout\"}\n";
    return write("connections:\n  redis: " + server + "  redis_operator: " + server +
                 "sources:\n  flags: {kind: redis-flags, interval: 1 s, " + layout +
                 "actions:\n  flags: {kind: feature-flag, " + layout);
}

QString TestActingFlags::behindHttp()
{
    QFETCH(FakeFlags::Kind, kind);
    m_server = std::make_unique<FakeFlags>(kind);
    const QByteArray server = "{kind: http, url: \"http://127.0.0.1:" + QByteArray::number(m_server->port()) +
                              "\", bearer: \"file:token\"}\n";
    return write("connections:\n  flags: " + server + "  flags_operator: " + server +
                 "sources:\n  flags: {kind: http-flags, connection: flags, interval: 1 s, " + FakeFlags::options(kind) +
                 "}\nactions:\n  flags: {kind: feature-flag, source: flags, connection: flags_operator}\n");
}

void TestActingFlags::fromATerminalInRedis()
{
    const QString profile = inRedis();
    const QByteArray planned = cli({u"plan"_s, u"flags"_s, u"voice"_s, u"enabled=false"_s, u"rollout=10"_s,
                                    u"--profile"_s, profile, u"--out"_s, u"p.plan"_s});
    QVERIFY2(planned.contains("Set voice in the hash app:flags, if it is still as it was found"), planned.constData());
    QCOMPARE(m_redis->command({"HGET", "app:flags", "voice"}), QByteArray("on"));
    const QByteArray applied = cli({u"apply"_s, u"p.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"shop"_s});
    QVERIFY2(applied.contains("Done"), applied.constData());
    QCOMPARE(m_redis->command({"HGET", "app:flags", "voice"}), QByteArray("off"));
    QCOMPARE(m_redis->command({"HGET", "app:flags", "voice:rollout"}), QByteArray("10"));
    const QByteArray undone = cli({u"undo"_s, u"p.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"shop"_s});
    QVERIFY2(undone.contains("Undone"), undone.constData());
    QCOMPARE(m_redis->command({"HGET", "app:flags", "voice"}), QByteArray("on"));
    const QByteArray refused =
        cli({u"plan"_s, u"flags"_s, u"voices"_s, u"enabled=false"_s, u"--profile"_s, profile}, 1);
    QVERIFY2(refused.contains("it has maps, voice"), refused.constData());
}

void TestActingFlags::fromATerminalBehindHttp_data()
{
    QTest::addColumn<FakeFlags::Kind>("kind");
    QTest::addColumn<QByteArray>("step");
    QTest::newRow("PostHog") << FakeFlags::Kind::PostHog << QByteArray("Set the rollout of voice through PostHog");
    QTest::newRow("Unleash") << FakeFlags::Kind::Unleash << QByteArray("Set the rollout of voice through Unleash");
}

void TestActingFlags::fromATerminalBehindHttp()
{
    QFETCH(QByteArray, step);
    const QString profile = behindHttp();
    const QByteArray planned =
        cli({u"plan"_s, u"flags"_s, u"voice"_s, u"rollout=10"_s, u"--profile"_s, profile, u"--out"_s, u"p.plan"_s});
    QVERIFY2(planned.contains(step), planned.constData());
    const QByteArray applied = cli({u"apply"_s, u"p.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"shop"_s});
    QVERIFY2(applied.contains("Done"), applied.constData());
    QCOMPARE(posted().rollouts, QList<int>{10});
    const QByteArray undone = cli({u"undo"_s, u"p.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"shop"_s});
    QVERIFY2(undone.contains("Undone"), undone.constData());
    QCOMPARE(posted().rollouts, QList<int>{50});
}

void TestActingFlags::fromTheWindowInRedis()
{
    Hand hand(inRedis(), m_desk->path());
    QVERIFY(choose(hand, u"voice"_s));
    auto *percent = hand.find<QSpinBox>(u"flag-percent"_s);
    auto *setPercent = hand.find<QPushButton>(u"flag-percent-act"_s);
    QTRY_VERIFY(percent->isVisible());
    QCOMPARE(percent->value(), 50);
    QVERIFY(!setPercent->isEnabled()); // it is so already
    QVERIFY(Hand::tabTo(percent, u"flag-percent"_s));
    percent->selectAll();
    QTest::keyClicks(percent, u"25"_s);
    QVERIFY(setPercent->isEnabled());
    QVERIFY(hand.press(percent, u"flag-percent-act"_s, Qt::Key_Space));
    QVERIFY2(confirmed(hand), qPrintable(hand.state()));
    QCOMPARE(m_redis->command({"HGET", "app:flags", "voice:rollout"}), QByteArray("25"));
    QCOMPARE(m_redis->command({"HGET", "app:flags", "voice"}), QByteArray("on"));
    hand.dialog()->close();
    // What has none has no field for it.
    QVERIFY(choose(hand, u"maps"_s));
    QTRY_VERIFY(!percent->isVisible());
    QVERIFY(!hand.find<QLineEdit>(u"flag-value"_s)->isVisible());
}

void TestActingFlags::fromTheWindowBehindHttp_data()
{
    fromATerminalBehindHttp_data();
}

void TestActingFlags::fromTheWindowBehindHttp()
{
    Hand hand(behindHttp(), m_desk->path());
    QVERIFY(choose(hand, u"voice"_s));
    auto *button = hand.find<QPushButton>(u"flag-act"_s);
    QTRY_COMPARE(button->text(), u"Turn voice off in shop…"_s);
    QVERIFY(hand.press(hand.find<QTableView>(u"flag-table"_s), u"flag-act"_s, Qt::Key_Space));
    QVERIFY2(confirmed(hand), qPrintable(hand.state()));
    QVERIFY(!posted().enabled);
    QCOMPARE(posted().rollouts, QList<int>{50});
    hand.dialog()->close();
    QTRY_COMPARE_WITH_TIMEOUT(button->text(), u"Turn voice on in shop…"_s, Hand::settleMs);
}

void TestActingFlags::aNumberIsSetFromTheWindow()
{
    LiveSandbox sandbox(u"storefront"_s);
    QVERIFY2(sandbox.start({u"--no-load"_s}), qPrintable(sandbox.lastError()));
    const QString ttl = u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s;
    const auto live = [&] {
        return sandbox.oracle().value("flags"_L1).toObject().value("RECOMMENDATIONS_CACHE_TTL"_L1).toInt();
    };
    const int before = live();
    Hand hand(sandbox.profile(), m_desk->path());
    QVERIFY(choose(hand, ttl));
    auto *value = hand.find<QLineEdit>(u"flag-value"_s);
    auto *button = hand.find<QPushButton>(u"flag-act"_s);
    auto *redeploy = hand.find<QCheckBox>(u"flag-redeploy"_s);
    QTRY_VERIFY(value->isVisible() && redeploy->isVisible());
    QCOMPARE(hand.text(u"flag-unit"_s), u"s"_s);
    QVERIFY2(hand.text(u"flag-act-hint"_s).contains(ttl + u" is "_s), qPrintable(hand.text(u"flag-act-hint"_s)));
    QVERIFY(!button->isEnabled());
    value->setFocus();
    value->selectAll();
    QTest::keyClicks(value, u"much"_s);
    QVERIFY(!button->isEnabled());
    QVERIFY(hand.text(u"flag-act-hint"_s).contains(u"takes a number"_s));
    value->selectAll();
    QTest::keyClicks(value, u"777"_s);
    QVERIFY(button->isEnabled());
    QCOMPARE(button->text(), u"Set RECOMMENDATI…ERRIDE to 777 s in storefront…"_s);
    redeploy->setChecked(false);
    QVERIFY(hand.text(u"flag-act-hint"_s).contains(u"not live until redeploy"_s));
    QVERIFY(hand.press(value, u"flag-act"_s, Qt::Key_Space));
    QVERIFY2(confirmed(hand), qPrintable(hand.state()));
    hand.dialog()->close();
    QCOMPARE(live(), before);
    // It stays so until it is deployed, though Render tells nothing of it.
    redeploy->setChecked(true);
    QTRY_VERIFY_WITH_TIMEOUT(hand.text(u"flag-act-hint"_s).contains(u"is 777 s now"_s), Hand::settleMs);
    QTRY_VERIFY_WITH_TIMEOUT(hand.text(u"flag-act-hint"_s).contains(u"set from here, and is not live until redeploy"_s),
                             Hand::settleMs);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(hand, ttl), u"set, not live until redeploy"_s, Hand::settleMs);
    value->selectAll();
    QTest::keyClicks(value, u"778"_s);
    QVERIFY(hand.press(value, u"flag-act"_s, Qt::Key_Space));
    QVERIFY2(confirmed(hand), qPrintable(hand.state()));
    QCOMPARE(live(), 778);
    QTRY_VERIFY_WITH_TIMEOUT(hand.text(u"flag-act-hint"_s).contains(u"is 778 s now"_s), Hand::settleMs);
    QVERIFY(!hand.text(u"flag-act-hint"_s).contains(u"not live"_s));
    QTRY_VERIFY2_WITH_TIMEOUT(stateOf(hand, ttl).startsWith(u"live since "_s), qPrintable(stateOf(hand, ttl)),
                              Hand::settleMs);
    hand.dialog()->close();
    aServiceIsActedOn(hand, sandbox);
}

/// Its earlier value lives again once it is rolled back, which is not known of the value that is set.
void TestActingFlags::aServiceIsActedOn(Hand &hand, LiveSandbox &sandbox)
{
    hand.open(PageId::Activity);
    auto *table = hand.find<QTableView>(u"deploy-table"_s);
    auto *redeploy = hand.find<QPushButton>(u"service-redeploy"_s);
    auto *back = hand.find<QPushButton>(u"service-back"_s);
    QTRY_VERIFY_WITH_TIMEOUT(redeploy->isVisible() && table->model()->rowCount() > 3, Hand::settleMs);
    QCOMPARE(redeploy->text(), u"Redeploy storefront in production…"_s);
    QCOMPARE(hand.find<QPushButton>(u"service-restart"_s)->text(), u"Restart storefront in production…"_s);
    QVERIFY(!back->isEnabled());
    QVERIFY2(hand.text(u"service-act-hint"_s).contains(u"Choose an earlier deploy above to roll back to it."_s),
             qPrintable(hand.text(u"service-act-hint"_s)));
    const auto requests = [&] { return sandbox.oracle().value("requests"_L1).toObject().value("total"_L1).toInt(); };
    for (int i = 0; i < 40; ++i)
        static_cast<void>(sandbox.page(u"/api/v1/products/7"_s));
    const int before = requests();
    QVERIFY(hand.press(table, u"service-restart"_s));
    QVERIFY2(confirmed(hand), qPrintable(hand.state()));
    QCOMPARE(hand.text(u"action-title"_s), u"Restart storefront"_s);
    QVERIFY(requests() < before);
    hand.dialog()->close();

    const int rows = table->model()->rowCount();
    const QString earlier = table->model()->index(1, 0).data().toString();
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Home, Qt::ControlModifier);
    QVERIFY(!back->isEnabled());
    QVERIFY(hand.text(u"service-act-hint"_s).contains(u" is live: "_s));
    QTest::keyClick(table, Qt::Key_Down);
    QVERIFY2(back->isEnabled(), qPrintable(hand.text(u"service-act-hint"_s)));
    QVERIFY2(back->accessibleName().startsWith(u"Roll back to %1 in storefront"_s.arg(earlier)),
             qPrintable(back->accessibleName()));
    QVERIFY(hand.press(table, u"service-back"_s));
    QVERIFY2(confirmed(hand), qPrintable(hand.state()));
    QCOMPARE(hand.dialog()->run().plan->changes.first().after, earlier);
    QVERIFY2(hand.text(u"action-title"_s).startsWith(u"Roll back storefront"_s) &&
                 hand.text(u"action-title"_s).endsWith(u" to "_s + earlier),
             qPrintable(hand.text(u"action-title"_s)));
    hand.dialog()->close();
    QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() > rows, Hand::settleMs);
    hand.open(PageId::Flags);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(hand, u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s), u"not known"_s, Hand::settleMs);
}

void TestActingFlags::aFlagThatIsTakenBackByItselfSaysWhen()
{
    const QString profile = inRedis();
    Hand hand(profile, m_desk->path());
    QVERIFY(choose(hand, u"voice"_s));
    Acting &acting = hand.console().acting();
    const qint64 id =
        acting.plan(hand.window().logbooks().first()->profile(), u"flags"_s,
                    {.resource = u"voice"_s, .set = {{u"enabled"_s, u"false"_s}}, .author = {}, .reason = {}});
    QTRY_VERIFY_WITH_TIMEOUT(acting.run(id)->mayRun(), Hand::settleMs);
    acting.carryOut(id, ActionRun::Way::Run, {.reason = {}, .revertAfter = std::chrono::minutes(15)});
    QTRY_COMPARE_WITH_TIMEOUT(acting.run(id)->report.ending, Ending::Done, Hand::settleMs);
    acting.readJournal();
    QTRY_VERIFY2_WITH_TIMEOUT(stateOf(hand, u"voice"_s).startsWith(u"back on at "_s),
                              qPrintable(stateOf(hand, u"voice"_s)), Hand::settleMs);
    // Somebody else turned it on meanwhile: nothing is left that could come back.
    m_redis->command({"HSET", "app:flags", "voice", "on"});
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(hand, u"voice"_s), u"not known"_s, Hand::settleMs);
}

int main(int argc, char *argv[])
{
    const QApplication app(argc, argv);
    TestActingFlags test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_acting_flags.moc"
