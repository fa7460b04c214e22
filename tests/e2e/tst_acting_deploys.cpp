/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/hand.h"
#include "proof/programs.h"
#include "support/http_fixture.h"

#include <QCheckBox>
#include <QFile>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace qd::testing;
using proof::Programs;

namespace {
struct Hosted
{
    Programs::Name program;
    QByteArray source; ///< its kind and options
    QString service;
};

Hosted hostedOn(const QString &platform)
{
    if (platform == "Kubernetes"_L1)
        return {.program = Programs::Name::Kubectl,
                .source =
                    "kind: kubernetes, program: ./kubectl, namespace: shop, deployment: shop-api, flags: {LOG_LEVEL:"
                    " text}",
                .service = u"shop-api"_s};
    if (platform == "Railway"_L1)
        return {.program = Programs::Name::Railway,
                .source = "kind: railway, program: ./railway, service: shop, flags: {LOG_LEVEL: text}",
                .service = u"shop"_s};
    return {.program = Programs::Name::Docker,
            .source = "kind: compose, program: ./docker, file: ./docker-compose.yml, service: shop",
            .service = u"shop"_s};
}
} // namespace

/// Services on Kubernetes, on Railway and of docker compose are deployed from the real window, through programs that
/// are really run; the platform behind these is seen to have changed.
class TestActingDeploys : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aServiceIsRedeployedAndWatched_data() { platforms(true); }
    void aServiceIsRedeployedAndWatched();
    void whatIsNotProvedGoodIsWatchedOn_data() { platforms(true); }
    void whatIsNotProvedGoodIsWatchedOn();
    void whatIsNotProvedGoodIsTakenBack_data() { platforms(false); }
    void whatIsNotProvedGoodIsTakenBack();

private:
    static void platforms(bool withCompose);
    /// Of the row's platform, with this time to be proved good in.
    [[nodiscard]] QString profile(const Hosted &hosted, const QByteArray &watch) const;
    void say(const QByteArray &health);
    /// From Activity, until it ended.
    [[nodiscard]] bool redeploy(Hand &hand, const QString &service);
    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<Programs> m_programs;
    std::unique_ptr<test::HttpFixture> m_health;
};

void TestActingDeploys::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_programs = std::make_unique<Programs>(m_directory->path(), u"production"_s, u"sk_live_51"_s);
    proof::writePrograms(m_directory->path(), m_programs->port());
    m_health = std::make_unique<test::HttpFixture>();
    say("ok");
}

void TestActingDeploys::say(const QByteArray &health)
{
    m_health->answer("/health", {.body = "{\"status\": \"" + health + "\"}"});
}

void TestActingDeploys::platforms(bool withCompose)
{
    QTest::addColumn<QString>("platform");
    QTest::newRow("Kubernetes") << u"Kubernetes"_s;
    QTest::newRow("Railway") << u"Railway"_s;
    if (withCompose)
        QTest::newRow("docker compose") << u"docker compose"_s;
}

QString TestActingDeploys::profile(const Hosted &hosted, const QByteArray &watch) const
{
    QFile file(m_directory->filePath(u"shop.yaml"_s));
    const QByteArray text =
        "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n  http: {url: \"" +
        m_health->url().toEncoded() +
        "\"}\nsources:\n  health: {kind: http-health, interval: 1 s, path: /health, map: {status: /status, words: {ok: "
        "ok,"
        " down: down}}}\n  platform: {interval: 1 s, " +
        hosted.source +
        "}\nactions:\n  redeploy: {kind: redeploy, environment: NODE_ENV, pace: 10 ms, watch: " + watch +
        "}\n  variables: {kind: platform-variable, environment: NODE_ENV, pace: 10 ms, watch: " + watch + "}\n";
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() ? file.fileName() : QString();
}

bool TestActingDeploys::redeploy(Hand &hand, const QString &service)
{
    hand.open(PageId::Activity);
    auto *button = hand.find<QPushButton>(u"service-redeploy"_s);
    if (!QTest::qWaitFor([&] { return button->isVisible() && button->isEnabled(); }, Hand::settleMs))
        return false;
    button->setFocus();
    QTest::keyClick(button, Qt::Key_Space);
    return hand.waitForPhase(ActionRun::Phase::Ready) &&
           hand.text(u"action-title"_s) == u"Redeploy %1"_s.arg(service) && hand.confirm() &&
           hand.waitForPhase(ActionRun::Phase::Ended);
}

void TestActingDeploys::aServiceIsRedeployedAndWatched()
{
    QFETCH(QString, platform);
    const Hosted hosted = hostedOn(platform);
    Hand hand(profile(hosted, "30 s"), m_directory->filePath(u"desk"_s));
    QVERIFY(!hand.window().logbooks().isEmpty());
    QCOMPARE(m_programs->deploys(hosted.program), QByteArray("0+0"));
    QVERIFY2(redeploy(hand, hosted.service), qPrintable(hand.state()));
    const Report &report = hand.dialog()->run().report;
    QVERIFY2(report.ending == Ending::Done || report.ending == Ending::DoneWarned, qPrintable(hand.state()));
    QCOMPARE(hand.dialog()->run().plan->steps.last().code, u"service-watched"_s);
    QCOMPARE(report.steps.last().state, StepReport::State::Done);
    QVERIFY(std::ranges::any_of(report.checks, [](const Check &check) {
        return check.phrase.code == "service-healthy"_L1 && check.result == Check::Result::Passed;
    }));
    QCOMPARE(m_programs->deploys(hosted.program), QByteArray("1+0"));
}

/// None of these platforms goes back from here to what it deployed before: it is watched on, until it is good.
void TestActingDeploys::whatIsNotProvedGoodIsWatchedOn()
{
    QFETCH(QString, platform);
    const Hosted hosted = hostedOn(platform);
    Hand hand(profile(hosted, "1 s"), m_directory->filePath(u"desk"_s));
    QVERIFY(!hand.window().logbooks().isEmpty());
    say("down");
    QVERIFY2(redeploy(hand, hosted.service), qPrintable(hand.state()));
    QCOMPARE(hand.dialog()->run().report.ending, Ending::NeedsPerson);
    QVERIFY2(hand.dialog()->run().report.error->message.contains(u"not proved good within"_s),
             qPrintable(hand.dialog()->run().report.error->message));
    QVERIFY(!hand.find<QPushButton>(u"action-undo"_s)->isVisible());
    QVERIFY(hand.find<QPushButton>(u"action-resume"_s)->isVisible());
    say("ok");
    QVERIFY(hand.press(hand.dialog(), u"action-resume"_s, Qt::Key_Space));
    QVERIFY(hand.confirm());
    const auto ending = [&] { return hand.dialog()->run().report.ending; };
    QTRY_VERIFY2_WITH_TIMEOUT(hand.dialog()->run().phase == ActionRun::Phase::Ended &&
                                  (ending() == Ending::Done || ending() == Ending::DoneWarned),
                              qPrintable(hand.state()), Hand::settleMs);
    QCOMPARE(m_programs->deploys(hosted.program), QByteArray("1+0")); // no second time
}

void TestActingDeploys::whatIsNotProvedGoodIsTakenBack()
{
    QFETCH(QString, platform);
    const Hosted hosted = hostedOn(platform);
    Hand hand(profile(hosted, "1 s"), m_directory->filePath(u"desk"_s));
    QVERIFY(!hand.window().logbooks().isEmpty());
    hand.open(PageId::Flags);
    auto *table = hand.find<QTableView>(u"flag-table"_s);
    QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() > 0, Hand::settleMs);
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Home, Qt::ControlModifier);
    auto *value = hand.find<QLineEdit>(u"flag-value"_s);
    QTRY_VERIFY_WITH_TIMEOUT(value->isVisible() && hand.find<QCheckBox>(u"flag-redeploy"_s)->isChecked(),
                             Hand::settleMs);
    value->setFocus();
    value->selectAll();
    QTest::keyClicks(value, u"debug"_s);
    QVERIFY(hand.press(value, u"flag-act"_s, Qt::Key_Space));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    say("down");
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.dialog()->run().report.ending, Ending::NeedsPerson);
    QCOMPARE(m_programs->variable(hosted.program, u"LOG_LEVEL"_s), QByteArray("debug/debug"));
    auto *undo = hand.find<QPushButton>(u"action-undo"_s);
    QVERIFY(undo->isVisible() && undo->isEnabled());
    QVERIFY(hand.press(hand.dialog(), u"action-undo"_s, Qt::Key_Space));
    QVERIFY(hand.confirm());
    QTRY_COMPARE_WITH_TIMEOUT(hand.state(), u"Undone"_s, Hand::settleMs);
    QVERIFY(m_programs->variable(hosted.program, u"LOG_LEVEL"_s).startsWith("info/"));
}

int main(int argc, char *argv[])
{
    const QApplication app(argc, argv);
    TestActingDeploys test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_acting_deploys.moc"
