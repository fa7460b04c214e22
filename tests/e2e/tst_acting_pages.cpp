/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/pg_witness.h"
#include "actions/verify_dialog.h"
#include "audit/journal.h"
#include "e2e/hand.h"
#include "e2e/sandbox_redis.h"
#include "sources/source.h"
#include "support/server_fixtures.h"

#include <QApplication>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>

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
    void theDeploymentIsVerifiedAndTheEvidenceKept();
    void aReadOnlyConsoleReachesNoAction();
    void whatEndedIsTakenBackFromActivity();
    void whatOthersDoAndAskForShowsOnActivity();
    void withoutThePolicyThatWasThereNothingIsAllowed();
    void aWitnessInPostgresFindsAJournalThatWasRolledBack();

private:
    [[nodiscard]] QByteArray redis(const QList<QByteArray> &words) const
    {
        return qd::testing::askRedis(m_sandbox, u"quoted"_s, words);
    }
    /// At the same desk; empty: it failed.
    [[nodiscard]] QString atTheTerminal(const QStringList &arguments);
    /// The profile, beside which a policy lets ada do everything; what is of `risk` at least.
    [[nodiscard]] QString profileWithPolicy(const QByteArray &risk);
    [[nodiscard]] static QString rowsOf(Hand &hand);
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
    QCOMPARE(button->text(), u"Unblock 10.1.2.4 in quoted…"_s);
    // Filtered away it is not chosen any more, and no neighbour in its place.
    auto *filter = hand.find<QLineEdit>(u"limit-filter"_s);
    filter->setText(u"203.0"_s);
    QVERIFY(!button->isEnabled());
    QCOMPARE(hand.text(u"limit-act-hint"_s), u"Choose a client above to unblock it."_s);
    filter->setText(u"10.1.2.4"_s);
    QVERIFY(!button->isEnabled());
    QTest::keyClick(table, Qt::Key_Home, Qt::ControlModifier);
    QVERIFY(isChosen());
    QVERIFY(button->isEnabled());
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
    QCOMPARE(hand.find<QPushButton>(u"cache-flush-pricing"_s)->text(), u"Empty and warm pricing…"_s);
    QVERIFY(hand.press(hand.find<QWidget>(u"cache-card-pricing"_s), u"cache-flush-pricing"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    QCOMPARE(hand.text(u"action-title"_s), u"Empty and warm the cache pricing"_s);

    QProcess terminal;
    terminal.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                   {u"plan"_s, u"flush"_s, u"pricing"_s, u"then=prewarm"_s, u"--profile"_s, m_sandbox.profile(),
                    u"--out"_s, m_desk->filePath(u"p.plan"_s), u"--desk"_s, m_desk->path()});
    QVERIFY(terminal.waitForFinished(settleMs));
    QCOMPARE(terminal.exitCode(), 0);
    QFile file(m_desk->filePath(u"p.plan"_s));
    QVERIFY(file.open(QIODevice::ReadOnly));
    auto planned = planFromFile(file.readAll());
    QVERIFY(planned.has_value());
    planned->madeAt = hand.dialog()->run().plan->madeAt;
    QCOMPARE(hand.dialog()->run().plan->bytes(), planned->bytes());

    QCOMPARE(redis({"GET", "cache:pricing:1"}), QByteArray("x"));
    QVERIFY(hand.confirm());
    // People go on reading, so that its hit rate can be told.
    int reader = 0;
    QVERIFY(QTest::qWaitFor(
        [&] {
            ++reader;
            static_cast<void>(m_sandbox.page(u"/api/pricing/%1"_s.arg(1 + reader % 50),
                                             {{"X-Forwarded-For", "203.0.113." + QByteArray::number(reader % 200)}}));
            return hand.dialog()->run().phase == ActionRun::Phase::Ended;
        },
        2 * settleMs));
    QCOMPARE(hand.state(), u"Done"_s);
    const QByteArray warmed = redis({"GET", "cache:pricing:1"});
    QVERIFY2(warmed.contains("\"id\""), warmed.constData());
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
                              u"Choose a breaker above to close it or to hold it open."_s, settleMs);
    QVERIFY(!reset->isEnabled());
    auto *card = hand.find<QWidget>(u"breaker-card-stripe"_s);
    card->setFocus();
    QTest::keyClick(card, Qt::Key_Space);
    QTRY_VERIFY2_WITH_TIMEOUT(reset->isEnabled(), qPrintable(hand.text(u"breaker-act-hint"_s)), settleMs);
    QCOMPARE(reset->text(), u"Close stripe in shop…"_s);
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
        QVERIFY(!button->isVisible() && !button->isEnabled());
    }
    QVERIFY2(hand.text(u"breaker-act-hint"_s).contains(u"nothing outside can close them"_s),
             qPrintable(hand.text(u"breaker-act-hint"_s)));
    // Nor is there a way once it is known who tells them.
    QTRY_VERIFY_WITH_TIMEOUT(hand.window().logbooks().first()->view().breakers.value(0).state.has(), settleMs);
    QTest::mouseClick(hand.find<QWidget>(u"breaker-card-openai"_s), Qt::LeftButton);
    QVERIFY(!hand.find<QPushButton>(u"breaker-reset"_s)->isVisible());
    QVERIFY(hand.text(u"breaker-act-hint"_s).startsWith(u"openai lives in the memory of the service"_s));
    QVERIFY(hand.console().acting().runs().isEmpty());
}

void TestActingPages::theDeploymentIsVerifiedAndTheEvidenceKept()
{
    Hand hand(m_sandbox.profile(), m_desk->path());
    hand.open(PageId::Overview);
    // What readings tell is looked at, too: they have to be there.
    const auto told = [&] { return hand.window().logbooks().first()->view().database.fact.has_value(); };
    QTRY_VERIFY_WITH_TIMEOUT(told(), settleMs);
    hand.find<QPushButton>(u"verify-open"_s)->click();
    auto *dialog = hand.find<VerifyDialog>(u"verify-dialog"_s);
    QVERIFY(dialog != nullptr);
    QTRY_COMPARE_WITH_TIMEOUT(hand.text(u"verify-evidence"_s), u"The evidence is in the journal."_s, settleMs);
    const auto of = [&](const QString &name) {
        const QList<Verified> results = dialog->verifying().results();
        const auto found = std::ranges::find(results, name, &Verified::name);
        return found == results.end() ? u"missing"_s : toWord(found->result);
    };
    for (const QString &name : {u"liveness"_s, u"health"_s, u"api"_s, u"schema"_s})
        QVERIFY2(of(name) == "passed"_L1, qPrintable(name + u": "_s + of(name)));
    QCOMPARE(of(u"rate-limit"_s), u"skipped"_s); // nobody agreed to that
    const auto journal = Journal::open({.path = m_desk->filePath(u"journal.sqlite"_s)}, std::chrono::seconds(10));
    QVERIFY(journal);
    const auto entries = (*journal)->entries({}, std::chrono::seconds(10));
    QVERIFY(entries && std::ranges::find(*entries, u"check"_s, &Entry::kind) != entries->end());
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
        QVERIFY2(!button->isEnabled() && !button->isVisible(), qPrintable(name));
        QTest::keyClick(button, Qt::Key_Return);
        button->click();
    }
    for (const QString &name : {u"limit-act-hint"_s, u"cache-act-hint"_s, u"breaker-act-hint"_s}) {
        QVERIFY2(!hand.find<Label>(name)->isVisible(), qPrintable(name));
    }
    QVERIFY(hand.find<Label>(u"read-only"_s)->isVisible());
    QVERIFY(hand.console().acting().runs().isEmpty());
    QVERIFY(!QFileInfo::exists(desk));
}

QString TestActingPages::atTheTerminal(const QStringList &arguments)
{
    QProcess process;
    process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                  arguments + QStringList{u"--desk"_s, m_desk->filePath(u"desk"_s)});
    if (!process.waitForFinished(settleMs) || process.exitCode() != 0) {
        qWarning("%s", process.readAllStandardError().constData());
        return {};
    }
    return QString::fromUtf8(process.readAllStandardOutput());
}

QString TestActingPages::rowsOf(Hand &hand)
{
    const QAbstractItemModel &model = *hand.find<QTableView>(u"activity-table"_s)->model();
    QStringList all;
    for (int row = 0; row < model.rowCount(); ++row) {
        QStringList cells;
        for (int column = 0; column < model.columnCount(); ++column)
            cells.append(model.index(row, column).data().toString());
        all.append(cells.join(u" | "_s));
    }
    return all.join(u'\n');
}

void TestActingPages::whatEndedIsTakenBackFromActivity()
{
    const QByteArray key = "LIMITS:LIMITER/10.1.2.6//login/5/1/minute";
    QCOMPARE(redis({"SET", key, "7", "PX", "600000"}), QByteArray("OK"));
    const QString plan = m_desk->filePath(u"p.plan"_s);
    QVERIFY(
        !atTheTerminal({u"plan"_s, u"unblock"_s, u"10.1.2.6"_s, u"--profile"_s, m_sandbox.profile(), u"--out"_s, plan})
             .isEmpty());
    QVERIFY(
        !atTheTerminal({u"apply"_s, plan, u"--profile"_s, m_sandbox.profile(), u"--confirm"_s, u"quoted"_s}).isEmpty());
    QCOMPARE(redis({"EXISTS", key}), QByteArray("0"));

    Hand hand(m_sandbox.profile(), m_desk->filePath(u"desk"_s));
    hand.open(PageId::Activity);
    auto *table = hand.find<QTableView>(u"activity-table"_s);
    QTRY_VERIFY2_WITH_TIMEOUT(rowsOf(hand).contains(u"7 of 5 → may ask again: Done"_s), qPrintable(rowsOf(hand)),
                              settleMs);
    auto *undo = hand.find<QPushButton>(u"activity-undo"_s);
    QCOMPARE(hand.text(u"activity-act-hint"_s), u"Choose an action above to take it back."_s);
    QVERIFY(!undo->isEnabled());
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Home, Qt::ControlModifier);
    for (int i = 0; i < 100 && !undo->isEnabled(); ++i)
        QTest::keyClick(table, Qt::Key_Down);
    QCOMPARE(undo->text(), u"Undo: put back what counted against 10.1.2.6 in quoted…"_s);
    QVERIFY(hand.press(table, u"activity-undo"_s));
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Earlier));
    QCOMPARE(hand.text(u"action-risk"_s), u"Medium risk"_s);
    QCOMPARE(redis({"EXISTS", key}), QByteArray("0"));
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Undone"_s);
    QCOMPARE(redis({"GET", key}), QByteArray("7"));
    QTest::keyClick(hand.dialog(), Qt::Key_Escape);
    QTRY_VERIFY2_WITH_TIMEOUT(rowsOf(hand).contains(u"may ask again → 7 of 5: Done"_s), qPrintable(rowsOf(hand)),
                              settleMs);
    QTRY_VERIFY_WITH_TIMEOUT(!undo->isEnabled(), settleMs);
    QCOMPARE(hand.text(u"activity-act-hint"_s), u"Nothing of it is left to take back."_s);
}

QString TestActingPages::profileWithPolicy(const QByteArray &risk)
{
    const QString key = atTheTerminal({u"key"_s}).trimmed();
    const QString path = m_desk->filePath(u"quoted.yaml"_s);
    QFile policy(m_desk->filePath(u"policy.yaml"_s));
    if (key.isEmpty() || !QFile::copy(m_sandbox.profile(), path) || !policy.open(QIODevice::WriteOnly))
        return {};
    policy.write("quarterdeck_policy: 1\nroles: {lead: [{may: [act, approve]}]}\nrisks: [{at_least: " + risk +
                 "}]\noperators:\n  - " + QString(key).replace(u"[]"_s, u"[lead]"_s).toUtf8() + '\n');
    return path;
}

void TestActingPages::whatOthersDoAndAskForShowsOnActivity()
{
    const QString profile = profileWithPolicy("high");
    QVERIFY(!profile.isEmpty());
    Hand hand(profile, m_desk->filePath(u"desk"_s));
    QVERIFY(!hand.window().logbooks().isEmpty());
    hand.open(PageId::Activity);
    QTRY_VERIFY_WITH_TIMEOUT(!hand.console().acting().waiting(u"quoted"_s).error, settleMs);
    QCOMPARE(hand.text(u"waiting-text"_s), QString());
    const QString plan = m_desk->filePath(u"p.plan"_s);
    QVERIFY(!atTheTerminal({u"plan"_s, u"flags"_s, u"instant_demo"_s, u"enabled=false"_s, u"--profile"_s, profile,
                            u"--reason"_s, u"INC-12"_s, u"--out"_s, plan})
                 .isEmpty());
    QVERIFY(!atTheTerminal({u"ask"_s, plan, u"--profile"_s, profile}).isEmpty());
    QTRY_VERIFY_WITH_TIMEOUT(
        hand.text(u"waiting-text"_s).startsWith(u"Turn instant_demo off waits for a second person"_s), settleMs);
    QVERIFY2(hand.text(u"waiting-text"_s).contains(u"(INC-12)"_s), qPrintable(hand.text(u"waiting-text"_s)));
    QVERIFY(hand.find<QWidget>(u"action-card"_s)->isVisible());

    // What is done in Redis is asked for in the same table.
    QCOMPARE(redis({"SET", "LIMITS:LIMITER/10.1.2.9//login/5/1/minute", "7", "PX", "600000"}), QByteArray("OK"));
    const QString inRedis = m_desk->filePath(u"r.plan"_s);
    QVERIFY(!atTheTerminal({u"plan"_s, u"unblock"_s, u"10.1.2.9"_s, u"--profile"_s, profile, u"--reason"_s, u"INC-13"_s,
                            u"--out"_s, inRedis})
                 .isEmpty());
    QVERIFY(!atTheTerminal({u"ask"_s, inRedis, u"--profile"_s, profile}).isEmpty());
    QTRY_COMPARE_WITH_TIMEOUT(hand.console().acting().waiting(u"quoted"_s).plans.size(), 2, settleMs);

    // Another console at this desk refuses it: nobody approved it. That it tried shows, too.
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"no second person"_s));
    QVERIFY(atTheTerminal({u"apply"_s, plan, u"--profile"_s, profile, u"--confirm"_s, u"quoted"_s}).isEmpty());
    const QByteArray key = "LIMITS:LIMITER/10.1.2.7//login/5/1/minute";
    QCOMPARE(redis({"SET", key, "7", "PX", "600000"}), QByteArray("OK"));
    QVERIFY(QFile::remove(m_desk->filePath(u"policy.yaml"_s)));
    const QString other = m_desk->filePath(u"q.plan"_s);
    QVERIFY(
        !atTheTerminal({u"plan"_s, u"unblock"_s, u"10.1.2.7"_s, u"--profile"_s, profile, u"--out"_s, other}).isEmpty());
    QVERIFY(!atTheTerminal({u"apply"_s, other, u"--profile"_s, profile, u"--confirm"_s, u"quoted"_s}).isEmpty());
    QTRY_VERIFY2_WITH_TIMEOUT(rowsOf(hand).contains(u"Unblock 10.1.2.7"_s), qPrintable(rowsOf(hand)), settleMs);
}

void TestActingPages::withoutThePolicyThatWasThereNothingIsAllowed()
{
    const QString profile = profileWithPolicy("medium");
    QVERIFY(!profile.isEmpty());
    const QByteArray key = "LIMITS:LIMITER/10.1.2.8//login/5/1/minute";
    QCOMPARE(redis({"SET", key, "7", "PX", "600000"}), QByteArray("OK"));
    Hand hand(profile, m_desk->filePath(u"desk"_s));
    Acting &acting = hand.console().acting();
    const auto loaded = loadWhole(profile);
    const Wish wish{.resource = u"10.1.2.8"_s, .set = {}, .author = {}, .reason = {}};
    const auto planned = [&] {
        const qint64 id = acting.plan(*loaded, u"unblock"_s, wish);
        if (!QTest::qWaitFor([&] { return !acting.run(id)->isBusy(); }, settleMs))
            return ActionRun{};
        return *acting.run(id);
    };
    const ActionRun allowed = planned();
    QVERIFY2(allowed.mayRun(), qPrintable(allowed.error ? allowed.error->message : QString()));
    // Even what was allowed before is not done.
    QVERIFY(QFile::rename(m_desk->filePath(u"policy.yaml"_s), m_desk->filePath(u"policy.away"_s)));
    acting.carryOut(allowed.id, ActionRun::Way::Run, {});
    QTRY_COMPARE_WITH_TIMEOUT(acting.run(allowed.id)->phase, ActionRun::Phase::Ended, settleMs);
    QCOMPARE(acting.run(allowed.id)->report.ending, Ending::Refused);
    const ActionRun refused = planned();
    QCOMPARE(refused.phase, ActionRun::Phase::Refused);
    QCOMPARE(refused.error->message, u"the policy file is gone: nothing is allowed until it is back"_s);
    QCOMPARE(redis({"GET", key}), QByteArray("7"));
    QVERIFY(QFile::rename(m_desk->filePath(u"policy.away"_s), m_desk->filePath(u"policy.yaml"_s)));
    QVERIFY(planned().mayRun());
}

void TestActingPages::aWitnessInPostgresFindsAJournalThatWasRolledBack()
{
    const auto store = witnessConnection(u"operator"_s, m_sandbox.profile());
    QVERIFY(store);
    const DeskPlace place{.directory = m_desk->path(), .witness = {}, .readOnly = false, .witnessStore = *store};
    const QString journal = journalPath(place);
    const auto loaded = loadWhole(m_sandbox.profile());
    for (const QByteArray &client : {QByteArray("10.1.3.1"), QByteArray("10.1.3.2")}) {
        QCOMPARE(redis({"SET", "LIMITS:LIMITER/" + client + "//login/5/1/minute", "7", "PX", "600000"}),
                 QByteArray("OK"));
        {
            Hand hand(m_sandbox.profile(), place);
            Acting &acting = hand.console().acting();
            const qint64 id =
                acting.plan(*loaded, u"unblock"_s,
                            {.resource = QString::fromLatin1(client), .set = {}, .author = {}, .reason = {}});
            QTRY_VERIFY_WITH_TIMEOUT(acting.run(id)->mayRun(), settleMs);
            acting.carryOut(id, ActionRun::Way::Run, {});
            QTRY_COMPARE_WITH_TIMEOUT(acting.run(id)->report.ending, Ending::Done, settleMs);
        }
        if (client == "10.1.3.1")
            QVERIFY(QFile::copy(journal, journal + u".older"_s));
    }
    {
        Hand hand(m_sandbox.profile(), place);
        QTRY_VERIFY_WITH_TIMEOUT(hand.console().acting().news().found.has_value(), settleMs);
        QVERIFY(hand.console().acting().news().found->whole());
        QVERIFY(hand.console().acting().news().found->witnessedSeq.has_value());
    }
    for (const QString &part : {QString(), u"-wal"_s, u"-shm"_s})
        QFile::remove(journal + part);
    QVERIFY(QFile::rename(journal + u".older"_s, journal));
    Hand hand(m_sandbox.profile(), place);
    QTRY_VERIFY2_WITH_TIMEOUT(hand.text(u"action-bar-text"_s).startsWith(u"The journal of actions is damaged"_s),
                              qPrintable(hand.text(u"action-bar-text"_s)), settleMs);
}

QTEST_MAIN(TestActingPages)
#include "tst_acting_pages.moc"
