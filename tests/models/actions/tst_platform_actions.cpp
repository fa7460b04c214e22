/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/engine.h"
#include "actions/platform/platform_action.h"
#include "actions/platform/program_services.h"
#include "actions/platform/render_service.h"
#include "actions/registry.h"
#include "bench.h"
#include "fake_render.h"
#include "support/server_fixtures.h"

#include <QCborArray>
#include <QCborValue>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;
using Fault = FakeRender::Fault;

namespace {
const QString ttl = u"CACHE_TTL"_s;

SourceFactory healthAt(quint16 port)
{
    Profile profile;
    HttpConnection http;
    http.base = QUrl(u"http://127.0.0.1:%1"_s.arg(port));
    profile.connections[u"http"_s] = http;
    SourceSpec spec{.id = u"health"_s, .kind = u"http-health"_s, .connection = {}, .options = {}};
    spec.options = *parseYaml("path: /health\nmap: {status: /status, words: {ok: ok, degraded: degraded, down: down}}",
                              u"health.yaml"_s);
    const auto factory = sourceFactory(spec, profile);
    if (!factory)
        qFatal("%s", qPrintable(factory.error().first().message));
    return *factory;
}

ServicePlatform platformAt(quint16 port, const QString &service = u"srv-shop1"_s)
{
    ServicePlatform platform;
    platform.deployment = u"shop"_s;
    platform.environment = u"production"_s;
    platform.marker = u"NODE_ENV"_s;
    using Type = PlatformMap::Type;
    platform.map.flags = {{ttl, Type::Number}, {u"PUSH_DISABLED"_s, Type::Boolean}, {u"LOG_LEVEL"_s, Type::Text}};
    platform.map.units = {{ttl, u"s"_s}};
    RenderOptions options;
    options.service = service;
    options.connection.base = QUrl(u"http://127.0.0.1:%1"_s.arg(port));
    options.connectionName = u"platform_operator"_s;
    platform.service = [options](IoLine &io) { return renderService(options, io); };
    platform.health = {{.id = u"health"_s, .factory = healthAt(port)}};
    platform.watchTime = 3s;
    platform.pace = 10ms;
    return platform;
}

std::unique_ptr<Action> actionAt(quint16 port, PlatformDeed deed, const Clock &clock)
{
    return platformAction(deed, platformAt(port), clock);
}

PlatformDeed deedCalled(const QString &kind)
{
    return kind == "variable"_L1   ? PlatformDeed::SetVariable
           : kind == "redeploy"_L1 ? PlatformDeed::Redeploy
           : kind == "restart"_L1  ? PlatformDeed::Restart
                                   : PlatformDeed::RollBack;
}

Wish wishOf(const QString &kind)
{
    return kind == "variable"_L1 ? wishFor(ttl, {{u"value"_s, u"300"_s}, {u"then"_s, u"redeploy"_s}})
                                 : wishFor(u"shop"_s);
}
} // namespace

/// Actions on a service's platform, seen in what the platform has afterwards.
class TestPlatformActions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aVariableIsSetAndSetBack_data();
    void aVariableIsSetAndSetBack();
    void whoSetItSinceIsNotOverwritten();
    void aVariableIsLiveOnceItsDeployIsProvedGood();
    void whatIsNotProvedGoodIsGoneOnWithOrRolledBack();
    void aDegradedServiceIsWarnedOf();
    void aFailedDeployIsTriedAgainOrTakenBack();
    void aServiceIsRestarted();
    void aServiceIsRolledBack();
    void aPlatformThatFailsHalfWayIsLookedAt_data();
    void aPlatformThatFailsHalfWayIsLookedAt();
    void aColleaguesDeployIsNotOurs();
    void whatCannotBeIsRefusedBeforeAnything_data();
    void whatCannotBeIsRefusedBeforeAnything();
    void aValueThatMayBeASecretIsNotShown();
    void aWrongServiceIsNeverTouched_data();
    void aWrongServiceIsNeverTouched();
    void whatAProgramSetsIsOnItsStdinAlone_data();
    void whatAProgramSetsIsOnItsStdinAlone();
    void aProfileSaysWhatMayBeDone();
    void whatIsDeployedIsVerified_data();
    void whatIsDeployedIsVerified();
    void whatReadingsTellIsWarnedOf_data();
    void whatReadingsTellIsWarnedOf();
    void aDeploySaysWhatItTouches();

private:
    [[nodiscard]] std::unique_ptr<Action> action(PlatformDeed deed)
    {
        return actionAt(m_render->port(), deed, m_clock);
    }
    [[nodiscard]] std::optional<QString> variable(const QString &key)
    {
        const std::lock_guard guard(m_render->lock);
        const auto found = m_render->variables.find(key);
        return found == m_render->variables.end() ? std::nullopt : std::optional(found->second);
    }
    void set(const QString &key, const QString &value)
    {
        const std::lock_guard guard(m_render->lock);
        m_render->variables[key] = value;
    }
    /// What the live deploy was started with.
    [[nodiscard]] QString live(const QString &key)
    {
        const std::lock_guard guard(m_render->lock);
        for (const FakeRender::Deploy &deploy : std::as_const(m_render->deploys)) {
            if (deploy.status == "live"_L1 && deploy.variables.contains(key))
                return deploy.variables.at(key);
        }
        return {};
    }
    std::unique_ptr<FakeRender> m_render;
    std::unique_ptr<test::PostgresFixture> m_postgres; ///< of those that read a schema's version
    SystemClock m_clock;
};

void TestPlatformActions::init()
{
    m_render = std::make_unique<FakeRender>();
}

void TestPlatformActions::aVariableIsSetAndSetBack_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("after");
    QTest::newRow("a number") << ttl << u"600"_s << u"300"_s << u"300"_s;
    QTest::newRow("to zero") << ttl << u"600"_s << u"0"_s << u"0"_s;
    QTest::newRow("not set before") << ttl << QString() << u"300"_s << u"300"_s;
    QTest::newRow("removed") << ttl << u"600"_s << QString() << QString();
    QTest::newRow("on") << u"PUSH_DISABLED"_s << u"false"_s << u"on"_s << u"true"_s;
    QTest::newRow("in its own style") << u"PUSH_DISABLED"_s << u"1"_s << u"false"_s << u"0"_s;
    QTest::newRow("a text") << u"LOG_LEVEL"_s << u"info"_s << u"debug"_s << u"debug"_s;
}

void TestPlatformActions::aVariableIsSetAndSetBack()
{
    QFETCH(QString, key);
    QFETCH(QString, before);
    QFETCH(QString, value);
    QFETCH(QString, after);
    const auto orNothing = [](const QString &text) { return text.isNull() ? std::nullopt : std::optional(text); };
    if (!before.isNull())
        set(key, before);
    Bench bench;
    const auto action = this->action(PlatformDeed::SetVariable);
    const Plan plan =
        planned(*action, wishFor(key, value.isNull() ? std::map<QString, QString>{{u"remove"_s, u"true"_s}}
                                                     : std::map<QString, QString>{{u"value"_s, value}}));
    QCOMPARE(plan.risk, Risk::Medium);
    QCOMPARE(plan.changes, (QList<Change>{{u"variable"_s, orNothing(before), orNothing(after)}}));
    QCOMPARE(plan.target.identity, (QStringList{u"srv-shop1"_s, u"shop"_s, u"production"_s}));
    QVERIFY(variable(key) == orNothing(before));
    const Report report = bench.engine.run(*action, plan);
    // No lease here: it is said.
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QVERIFY2(said(report).contains(u"nobody-else-acts warned"_s), qPrintable(said(report)));
    QVERIFY2(said(report).contains(u"variable-waits passed"_s), qPrintable(said(report)));
    QVERIFY(variable(key) == orNothing(after));
    QCOMPARE(m_render->changes.size(), 1);
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QVERIFY(variable(key) == orNothing(before));
    QVERIFY(bench.journal->unfinished(patience)->isEmpty());
}

void TestPlatformActions::whoSetItSinceIsNotOverwritten()
{
    set(ttl, u"600"_s);
    Bench bench;
    const auto action = this->action(PlatformDeed::SetVariable);
    const Plan outdated = planned(*action, wishFor(ttl, {{u"value"_s, u"300"_s}}));
    set(ttl, u"900"_s);
    const Report refused = bench.engine.run(*action, outdated);
    QVERIFY2(refused.ending == Ending::Refused, qPrintable(said(refused)));
    QVERIFY(m_render->changes.isEmpty());
    const Plan plan = planned(*action, wishFor(ttl, {{u"value"_s, u"300"_s}}));
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
    set(ttl, u"120"_s);
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::NeedsPerson, qPrintable(said(undone)));
    QCOMPARE(variable(ttl).value_or(QString()), u"120"_s);
}

void TestPlatformActions::aVariableIsLiveOnceItsDeployIsProvedGood()
{
    set(ttl, u"600"_s);
    m_render->deploys.first().variables = m_render->variables;
    Bench bench;
    const auto action = this->action(PlatformDeed::SetVariable);
    const Plan plan = planned(*action, wishOf(u"variable"_s));
    QCOMPARE(plan.steps.size(), 3);
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QVERIFY2(said(report).contains(u"service-healthy passed"_s), qPrintable(said(report)));
    QCOMPARE(live(ttl), u"300"_s);
    QCOMPARE(m_render->changes, (QList<QByteArray>{"PUT env-vars/CACHE_TTL", "POST deploys"}));
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QCOMPARE(live(ttl), u"600"_s);
    QCOMPARE(variable(ttl).value_or(QString()), u"600"_s);
}

void TestPlatformActions::whatIsNotProvedGoodIsGoneOnWithOrRolledBack()
{
    for (const bool isResumed : {true, false}) {
        init();
        set(ttl, u"600"_s);
        m_render->deploys.first().variables = m_render->variables;
        Bench bench;
        const auto action = this->action(PlatformDeed::SetVariable);
        const Plan plan = planned(*action, wishOf(u"variable"_s));
        {
            const std::lock_guard guard(m_render->lock);
            m_render->health = u"down"_s;
        }
        const Report report = bench.engine.run(*action, plan);
        QVERIFY2(report.ending == Ending::NeedsPerson, qPrintable(said(report)));
        QVERIFY2(report.error && report.error->message.contains(u"not proved good within 3 s (health: down)"_s),
                 qPrintable(said(report)));
        QCOMPARE(live(ttl), u"300"_s); // whoever looks decides
        QCOMPARE(*bench.journal->unfinished(patience), QList<QByteArray>{plan.id()});
        {
            const std::lock_guard guard(m_render->lock);
            m_render->health = isResumed ? u"ok"_s : u"down"_s;
        }
        const Report ended = isResumed ? bench.engine.resume(*action, plan) : bench.engine.undo(*action, plan);
        QVERIFY2(ended.ending == (isResumed ? Ending::Done : Ending::Undone), qPrintable(said(ended)));
        QCOMPARE(live(ttl), isResumed ? u"300"_s : u"600"_s);
        QCOMPARE(m_render->changes.count("POST deploys"), 1);
    }
}

void TestPlatformActions::aDegradedServiceIsWarnedOf()
{
    m_render->health = u"degraded"_s;
    Bench bench;
    const auto action = this->action(PlatformDeed::Redeploy);
    const Report report = bench.engine.run(*action, planned(*action, wishFor(u"shop"_s)));
    QVERIFY2(report.ending == Ending::DoneWarned, qPrintable(said(report)));
    QVERIFY2(said(report).contains(u"it says health: degraded"_s), qPrintable(said(report)));
}

void TestPlatformActions::aFailedDeployIsTriedAgainOrTakenBack()
{
    for (const bool isResumed : {true, false}) {
        init();
        set(ttl, u"600"_s);
        m_render->deploys.first().variables = m_render->variables;
        m_render->nextEndsAs = u"build_failed"_s;
        Bench bench;
        const auto action = this->action(PlatformDeed::SetVariable);
        const Plan plan = planned(*action, wishOf(u"variable"_s));
        const Report report = bench.engine.run(*action, plan);
        QVERIFY2(report.ending == Ending::NeedsPerson && report.error->message.contains(u"build_failed"_s),
                 qPrintable(said(report)));
        QCOMPARE(live(ttl), u"600"_s);
        const Report ended = isResumed ? bench.engine.resume(*action, plan) : bench.engine.undo(*action, plan);
        QVERIFY2(ended.ending == (isResumed ? Ending::Done : Ending::Undone), qPrintable(said(ended)));
        QCOMPARE(live(ttl), isResumed ? u"300"_s : u"600"_s);
        QCOMPARE(variable(ttl).value_or(QString()), isResumed ? u"300"_s : u"600"_s);
        QCOMPARE(m_render->changes.count("POST rollback"), 0); // it never was live
    }
}

void TestPlatformActions::aServiceIsRestarted()
{
    Bench bench;
    const auto action = this->action(PlatformDeed::Restart);
    const Plan plan = planned(*action, wishFor(u"shop"_s));
    QVERIFY(plan.undo.isEmpty());
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_render->restarts, QStringList{u"evt-1"_s});
    QCOMPARE(m_render->deploys.size(), 2);
}

void TestPlatformActions::aServiceIsRolledBack()
{
    Bench bench;
    const auto action = this->action(PlatformDeed::RollBack);
    const Plan plan = planned(*action, wishFor(u"shop"_s));
    QCOMPARE(plan.changes, (QList<Change>{{u"deploy"_s, u"dep-2"_s, u"dep-1"_s}}));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_render->deploys.first().trigger, u"rollback"_s);
    QCOMPARE(m_render->deploys.first().status, u"live"_s);
}

void TestPlatformActions::aPlatformThatFailsHalfWayIsLookedAt_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QByteArray>("faulty");
    QTest::addColumn<int>("fault");
    QTest::addColumn<bool>("isDone");
    const QList<std::pair<QString, QByteArray>> all{{u"variable"_s, "PUT"},
                                                    {u"redeploy"_s, "POST deploys"},
                                                    {u"restart"_s, "POST restart"},
                                                    {u"roll-back"_s, "POST rollback"}};
    for (const auto &[kind, faulty] : all) {
        QTest::addRow("%s, 500 before", qPrintable(kind)) << kind << faulty << int(Fault::FailsBefore) << false;
        QTest::addRow("%s, 500 after", qPrintable(kind)) << kind << faulty << int(Fault::FailsAfter) << true;
        QTest::addRow("%s, hung up", qPrintable(kind)) << kind << faulty << int(Fault::HangsUp) << true;
        QTest::addRow("%s, refused", qPrintable(kind)) << kind << faulty << int(Fault::Refuses) << false;
    }
}

/// What is asked for is asked for once; whether it came to be is looked at.
void TestPlatformActions::aPlatformThatFailsHalfWayIsLookedAt()
{
    QFETCH(QString, kind);
    QFETCH(QByteArray, faulty);
    QFETCH(int, fault);
    QFETCH(bool, isDone);
    set(ttl, u"600"_s);
    Bench bench;
    const auto action = this->action(deedCalled(kind));
    const Plan plan = planned(*action, wishOf(kind));
    {
        const std::lock_guard guard(m_render->lock);
        m_render->faulty = faulty;
        m_render->fault = Fault(fault);
    }
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == (isDone                           ? Ending::Done
                               : Fault(fault) == Fault::Refuses ? Ending::Undone
                                                                : Ending::NeedsPerson),
             qPrintable(said(report)));
    QCOMPARE(m_render->changes.count(m_render->changes.value(0)), 1);
    if (isDone || Fault(fault) == Fault::Refuses)
        return;
    QCOMPARE(report.steps.first().state, StepReport::State::Unknown);
    {
        const std::lock_guard guard(m_render->lock);
        m_render->fault = Fault::None;
    }
    const Report resumed = bench.engine.resume(*action, plan);
    QVERIFY2(resumed.ending == Ending::Done, qPrintable(said(resumed)));
}

/// Nobody knows whether ours began, and then a commit of somebody else's was deployed.
void TestPlatformActions::aColleaguesDeployIsNotOurs()
{
    Bench bench;
    const auto action = this->action(PlatformDeed::Redeploy);
    const Plan plan = planned(*action, wishOf(u"redeploy"_s));
    {
        const std::lock_guard guard(m_render->lock);
        m_render->faulty = "POST deploys";
        m_render->fault = Fault::FailsBefore;
    }
    QCOMPARE(bench.engine.run(*action, plan).ending, Ending::NeedsPerson);
    {
        const std::lock_guard guard(m_render->lock);
        m_render->fault = Fault::None;
        m_render->deploys.prepend({.id = u"dep-9"_s, .status = u"live"_s, .trigger = u"new_commit"_s, .variables = {}});
        m_render->changes.clear();
    }
    const Report resumed = bench.engine.resume(*action, plan);
    QVERIFY2(resumed.ending == Ending::NeedsPerson, qPrintable(said(resumed)));
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::NeedsPerson, qPrintable(said(undone)));
    QVERIFY(m_render->changes.isEmpty());
}

void TestPlatformActions::whatCannotBeIsRefusedBeforeAnything_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("resource");
    QTest::addColumn<QString>("set"); ///< "value=1 then=x"
    QTest::addColumn<QString>("says");
    QTest::newRow("no flag") << u"variable"_s << u"PORT"_s << u"value=1"_s << u"it has no 'PORT', but CACHE_TTL"_s;
    QTest::newRow("a secret") << u"variable"_s << u"JWT_SECRET"_s << u"value=x"_s << u"it has no 'JWT_SECRET'"_s;
    QTest::newRow("no number") << u"variable"_s << ttl << u"value=soon"_s << u"expected a number (in s)"_s;
    QTest::newRow("no value") << u"variable"_s << ttl << QString() << u"expected what to set"_s;
    QTest::newRow("both") << u"variable"_s << ttl << u"value=1 remove=true"_s << u"expected what to set"_s;
    QTest::newRow("as it is") << u"variable"_s << ttl << u"value=600"_s << u"nothing would change"_s;
    QTest::newRow("neither true nor false")
        << u"variable"_s << u"PUSH_DISABLED"_s << u"value=maybe"_s << u"expected true or false"_s;
    QTest::newRow("not set, removed") << u"variable"_s << u"LOG_LEVEL"_s << u"remove=true"_s
                                      << u"nothing would change"_s;
    QTest::newRow("a line break") << u"variable"_s << u"LOG_LEVEL"_s << u"value=a\nb"_s << u"expected a text"_s;
    QTest::newRow("another service") << u"redeploy"_s << u"till"_s << QString() << u"the service is called shop"_s;
    QTest::newRow("no such option") << u"restart"_s << u"shop"_s << u"now=true"_s << u"means nothing here"_s;
    QTest::newRow("no such deploy") << u"roll-back"_s << u"shop"_s << u"to=dep-9"_s << u"no earlier deploy"_s;
    QTest::newRow("the live one") << u"roll-back"_s << u"shop"_s << u"to=dep-2"_s << u"no earlier deploy"_s;
    QTest::newRow("under way") << u"redeploy"_s << u"shop"_s << QString() << u"is under way (created)"_s;
}

void TestPlatformActions::whatCannotBeIsRefusedBeforeAnything()
{
    QFETCH(QString, kind);
    QFETCH(QString, resource);
    QFETCH(QString, set);
    QFETCH(QString, says);
    this->set(ttl, u"600"_s);
    this->set(u"JWT_SECRET"_s, u"tellnobody"_s);
    if (says.contains(u"under way"_s))
        m_render->deploys.prepend({.id = u"dep-3"_s, .status = u"created"_s, .trigger = u"api"_s, .variables = {}});
    std::map<QString, QString> wanted;
    for (const QString &word : set.split(u' ', Qt::SkipEmptyParts))
        wanted[word.section(u'=', 0, 0)] = word.section(u'=', 1);
    const auto plan = action(deedCalled(kind))->plan(wishFor(resource, wanted), soon());
    QVERIFY(!plan);
    QVERIFY2(plan.error().message.contains(says), qPrintable(plan.error().message));
    QVERIFY(m_render->changes.isEmpty());
}

void TestPlatformActions::aValueThatMayBeASecretIsNotShown()
{
    set(ttl, u"hunter2"_s);
    const auto plan = action(PlatformDeed::SetVariable)->plan(wishFor(ttl, {{u"value"_s, u"300"_s}}), soon());
    QVERIFY(!plan);
    QCOMPARE(plan.error().code, ErrorCode::BadReply);
    QVERIFY(!plan.error().message.contains(u"hunter2"_s));
}

void TestPlatformActions::aWrongServiceIsNeverTouched_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("other");
    for (const QString &kind : {u"variable"_s, u"redeploy"_s, u"restart"_s, u"roll-back"_s}) {
        for (const QString &other : {u"another name"_s, u"staging"_s, u"unmarked"_s, u"gone"_s})
            QTest::addRow("%s, %s", qPrintable(kind), qPrintable(other)) << kind << other;
    }
}

void TestPlatformActions::aWrongServiceIsNeverTouched()
{
    QFETCH(QString, kind);
    QFETCH(QString, other);
    FakeRender elsewhere;
    elsewhere.variables[ttl] = u"600"_s;
    if (other == "another name"_L1)
        elsewhere.name = u"shop-copy"_s;
    else if (other == "staging"_L1)
        elsewhere.variables[u"NODE_ENV"_s] = u"staging"_s;
    else if (other == "unmarked"_L1)
        elsewhere.variables.erase(u"NODE_ENV"_s);
    set(ttl, u"600"_s);
    Bench bench;
    const auto own = action(deedCalled(kind));
    const Plan plan = planned(*own, wishOf(kind));
    const auto swapped = platformAction(
        deedCalled(kind), platformAt(elsewhere.port(), other == "gone"_L1 ? u"srv-gone"_s : u"srv-shop1"_s), m_clock);
    const Report report = bench.engine.run(*swapped, plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QVERIFY(elsewhere.changes.isEmpty());
    QVERIFY(m_render->changes.isEmpty());
    // Nor where it is led elsewhere between the checks and the deed.
    QVERIFY(!swapped->begin(plan, u"ada@desk"_s, soon()));
    QVERIFY(!swapped->perform(plan, 0, soon()));
    QVERIFY(!swapped->revert(plan, 0, soon()));
    QVERIFY(elsewhere.changes.isEmpty());
}

void TestPlatformActions::whatAProgramSetsIsOnItsStdinAlone_data()
{
    QTest::addColumn<QByteArray>("ends");
    QTest::newRow("well") << QByteArray("exit 0");
    QTest::newRow("killed after it was done") << QByteArray("kill -9 $$");
    QTest::newRow("failed after it was done") << QByteArray("echo 'Failed to fetch' >&2; exit 1");
}

void TestPlatformActions::whatAProgramSetsIsOnItsStdinAlone()
{
    QFETCH(QByteArray, ends);
    const QTemporaryDir directory;
    QFile script(directory.filePath(u"railway"_s));
    QVERIFY(script.open(QIODevice::WriteOnly));
    const QByteArray lines = "#!/bin/sh\ncd '" + directory.path().toUtf8() +
                             "'\necho \"$*\" >>argv\nnow_it_is() { printf '{\"RAILWAY_PROJECT_ID\":\"p\","
                             "\"RAILWAY_ENVIRONMENT_ID\":\"e\",\"RAILWAY_SERVICE_ID\":\"s\",\"RAILWAY_SERVICE_NAME\":"
                             "\"shop\",\"NODE_ENV\":\"production\",\"LOG_LEVEL\":\"%s\"}' \"$1\" >set; }\n"
                             "[ -e set ] || now_it_is info\ncase \"$1\" in\nvariables) cat set ;;\n"
                             "variable) now_it_is \"$(cat)\"; " +
                             ends + " ;;\nesac\n";
    script.write(lines);
    script.close();
    QVERIFY(script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    RailwayOptions options;
    options.program = script.fileName();
    options.service = u"shop"_s;
    ServicePlatform platform = platformAt(m_render->port());
    platform.service = [options](IoLine &line) { return railwayService(options, {}, line); };
    Bench bench;
    const auto action = platformAction(PlatformDeed::SetVariable, platform, m_clock);
    const Plan plan = planned(*action, wishFor(u"LOG_LEVEL"_s, {{u"value"_s, u"canary7731"_s}}));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    const auto read = [&](const QString &name) {
        QFile file(directory.filePath(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    QVERIFY(read(u"set"_s).contains("canary7731"));
    QCOMPARE(read(u"argv"_s).count("variable set LOG_LEVEL --stdin --skip-deploys"), 1);
    QVERIFY(!read(u"argv"_s).contains("canary7731"));
}

void TestPlatformActions::aProfileSaysWhatMayBeDone()
{
    const QByteArray text = R"(quarterdeck: 1
name: shop
environment: production
connections:
  render: {kind: http, url: "http://127.0.0.1:9"}
  http: {url: "http://127.0.0.1:9"}
  platform_operator: {kind: http, url: "http://127.0.0.1:9"}
sources:
  platform:
    kind: render
    connection: render
    service: srv-shop1
    flags: {CACHE_TTL: {type: number, unit: s}, LOG_LEVEL: text}
  health: {kind: http-health, path: /health, map: {status: /status}}
  database: {kind: postgresql}
actions:
  variables: {kind: platform-variable, environment: NODE_ENV, watch: 5 m}
  redeploy: {kind: redeploy, health: [nothing]}
  watched: {kind: redeploy, health: [database]}
  restart: {kind: restart, source: elsewhere}
  roll-back: {kind: roll-back, environment: JWT_SECRET}
)";
    const auto profile = parseProfile(text, u"shop.yaml"_s);
    QVERIFY2(profile, profile ? "" : qPrintable(profile.error().first().message));
    QVERIFY(makeAction(u"variables"_s, *profile, m_clock));
    const auto errorOf = [&](const QString &id) {
        const auto made = makeAction(id, *profile, m_clock);
        return made ? QString() : made.error().first().message;
    };
    QVERIFY2(errorOf(u"redeploy"_s).contains(u"the profile has no source 'nothing'"_s),
             qPrintable(errorOf(u"redeploy"_s)));
    QVERIFY2(errorOf(u"watched"_s).contains(u"'database' is of kind postgresql"_s), qPrintable(errorOf(u"watched"_s)));
    QVERIFY2(errorOf(u"restart"_s).contains(u"that the source 'elsewhere' watches"_s),
             qPrintable(errorOf(u"restart"_s)));
    QVERIFY2(errorOf(u"roll-back"_s).contains(u"called like a secret"_s), qPrintable(errorOf(u"roll-back"_s)));
    // Who only watches has neither the connection nor, perhaps, the source.
    Profile watching = *profile;
    watching.connections.erase(u"platform_operator"_s);
    watching.actions = {profile->actions.first(), *std::ranges::find(profile->actions, u"restart"_s, &ActionSpec::id)};
    QVERIFY(!makeAction(u"variables"_s, watching, m_clock));
    QVERIFY(checkActions(watching).isEmpty());
}

void TestPlatformActions::whatIsDeployedIsVerified_data()
{
    QTest::addColumn<QString>("deed");
    QTest::addColumn<int>("expected"); // status of the health
    QTest::addColumn<Ending>("ending");
    QTest::newRow("redeployed, as it should be") << u"redeploy"_s << 200 << Ending::Done;
    QTest::newRow("redeployed, and not") << u"redeploy"_s << 204 << Ending::DoneWarned;
    QTest::newRow("restarted, and not") << u"restart"_s << 204 << Ending::DoneWarned;
    QTest::newRow("set and deployed, and not") << u"variable"_s << 204 << Ending::DoneWarned;
}

void TestPlatformActions::whatIsDeployedIsVerified()
{
    QFETCH(QString, deed);
    QFETCH(int, expected);
    QFETCH(Ending, ending);
    const auto profile = parseProfile(
        "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n  http: {url: "
        "\"http://127.0.0.1:" +
            QByteArray::number(m_render->port()) +
            "\"}\nsources:\n  health: {kind: http-health, path: /health, map: {status: /status}}\nverify:\n"
            "  - {name: liveness, title: It answers, get: /health, expect: {status: " +
            QByteArray::number(expected) +
            "}}\n  - {name: elsewhere, get: /health, in: [staging], expect: {status: 500}}\n"
            "  - {name: limit, burst: /health, requests: 9, in_production: true, expect: {status: 429}}\n"
            "  - {name: breakers, breakers: closed}\n",
        u"shop.yaml"_s);
    QVERIFY2(profile, profile ? "" : qPrintable(profile.error().first().message));
    set(ttl, u"600"_s);
    ServicePlatform platform = platformAt(m_render->port());
    platform.profile = *profile;
    const auto action = platformAction(deedCalled(deed), platform, m_clock);
    Bench bench;
    const Plan plan = planned(*action, wishOf(deed));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == ending, qPrintable(said(report)));
    const auto verified = [&](const Check &check) { return check.phrase.code == "verified"_L1; };
    QCOMPARE(std::ranges::count_if(report.checks, verified),
             1); // no burst, nothing that readings tell, none of staging
    const Check found = *std::ranges::find_if(report.checks, verified);
    QCOMPARE(found.result, ending == Ending::Done ? Check::Result::Passed : Check::Result::Warned);
    QCOMPARE(found.phrase.arguments, ending == Ending::Done
                                         ? QStringList({u"It answers"_s, u"none"_s})
                                         : QStringList({u"It answers"_s, u"status-differs"_s, u"200"_s, u"204"_s}));
    const auto entries = bench.journal->entries({.planId = plan.id()}, patience);
    const auto evidence = std::ranges::find(*entries, u"check"_s, &Entry::kind);
    QVERIFY(evidence != entries->end());
    QCOMPARE(QCborValue::fromCbor(evidence->body).toArray().at(0).toArray().at(0).toString(), u"liveness"_s);
    if (!plan.undo.isEmpty()) // what fails there can be taken back
        QCOMPARE(bench.engine.undo(*action, plan).ending, Ending::Undone);
}

void TestPlatformActions::whatReadingsTellIsWarnedOf_data()
{
    QTest::addColumn<QByteArray>("verify");
    QTest::addColumn<QByteArray>("breaker"); // its state; empty: it is not told
    QTest::addColumn<int>("hits");           // of 100 lookups; -1: there were none
    QTest::addColumn<QString>("finding");    // empty: all is well
    const QByteArray listed = "verify: [{name: breakers, breakers: closed}, {name: warm, hit_rate: 80 %},"
                              " {name: schema, schema_version: '7'}]\n";
    const QByteArray closed = "closed";
    const QByteArray open = "open";
    QTest::newRow("all well") << listed << closed << 90 << QString();
    QTest::newRow("a breaker opened") << listed << open << 90 << u"breakers-open stripe"_s;
    QTest::newRow("a breaker opened, and nothing is listed") << QByteArray() << open << 90 << u"breakers-open stripe"_s;
    QTest::newRow("its breakers are not told") << listed << QByteArray() << 90 << u"not-measured stripe"_s;
    QTest::newRow("a cold cache") << listed << closed << 10 << u"hit-rate-low pricing 10 %"_s;
    QTest::newRow("a cache that nobody asked yet") << listed << closed << -1 << QString();
    QTest::newRow("the schema is behind")
        << QByteArray(listed).replace("'7'", "'8'") << closed << 90 << u"schema-differs 7 8"_s;
}

/// Its health is good in all of these.
void TestPlatformActions::whatReadingsTellIsWarnedOf()
{
    QFETCH(QByteArray, verify);
    QFETCH(QByteArray, breaker);
    QFETCH(int, hits);
    QFETCH(QString, finding);
    if (!m_postgres) {
        m_postgres = std::make_unique<test::PostgresFixture>();
        m_postgres->execute("CREATE TABLE alembic_version (version_num text); GRANT SELECT ON alembic_version TO owner;"
                            "INSERT INTO alembic_version VALUES ('7')");
    }
    test::HttpFixture told;
    QByteArray page;
    if (!breaker.isEmpty())
        page += "breaker_state{name=\"stripe\",state=\"" + breaker + "\"} 1\n";
    page += "hits_total{cache=\"pricing\"} " + QByteArray::number(std::max(hits, 0)) +
            "\nmisses_total{cache=\"pricing\"} " + QByteArray::number(hits < 0 ? 0 : 100 - hits) + '\n';
    told.answer("/metrics", {.contentType = "text/plain; version=0.0.4", .body = page});
    auto profile = parseProfile(
        "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n  http: {url: \"" + told.url().toEncoded() +
            "\"}\n  postgresql: {host: 127.0.0.1, database: app, user: owner}\nbreakers: [{name: stripe}]\n"
            "caches: [{name: pricing}]\nsources:\n  postgresql: {kind: postgresql, schema_version: alembic_version}\n"
            "  metrics:\n    kind: prometheus\n    map:\n"
            "      breakers: {name: name, state: breaker_state, state_label: state}\n"
            "      caches: {group: cache, hits: hits_total, misses: misses_total}\n" +
            verify,
        u"shop.yaml"_s);
    QVERIFY2(profile, profile ? "" : qPrintable(profile.error().first().message));
    profile->connections[u"postgresql"_s] = m_postgres->connection();
    ServicePlatform platform = platformAt(m_render->port());
    platform.profile = *profile;
    const auto action = platformAction(PlatformDeed::Redeploy, platform, m_clock);
    Bench bench;
    const Plan plan = planned(*action, wishOf(u"redeploy"_s));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == (finding.isEmpty() ? Ending::Done : Ending::DoneWarned), qPrintable(said(report)));
    QStringList warned;
    for (const Check &check : report.checks) {
        if (check.phrase.code == "verified"_L1 && check.result == Check::Result::Warned)
            warned.append(check.phrase.arguments.sliced(1).join(u' ').trimmed());
    }
    QCOMPARE(warned, finding.isEmpty() ? QStringList() : QStringList{finding});
}

void TestPlatformActions::aDeploySaysWhatItTouches()
{
    ServicePlatform platform = platformAt(m_render->port());
    Wish wish = wishOf(u"redeploy"_s);
    const auto impact = [&] {
        return planned(*platformAction(PlatformDeed::Redeploy, platform, m_clock), wish).impact;
    };
    QCOMPARE(impact().size(), 1);
    QVERIFY(impact().first().what == "reach"_L1 && !impact().first().number);
    wish.known = {{u"requests-per-minute"_s, 0, u"per-minute"_s, u"as it was watched last"_s}};
    QCOMPARE(impact(), wish.known); // none a minute is not the same as not known
    platform.measures = {
        {.what = u"live-sessions"_s, .table = u"sessions"_s, .expiresAt = u"expires_at"_s, .revokedAt = {}, .at = {}}};
    QCOMPARE(impact().size(), 2);
    QVERIFY(!impact().last().number && impact().last().source.contains(u"no PostgreSQL is named under lease"_s));
    test::PostgresFixture server;
    server.execute("CREATE TABLE sessions (expires_at timestamptz); GRANT SELECT ON sessions TO owner;"
                   "INSERT INTO sessions SELECT now() + interval '1 h' FROM generate_series(1, 7)");
    platform.lease = PgStore::Place{
        .deployment = u"shop"_s, .environment = u"production"_s, .marker = {}, .connection = server.connection()};
    QCOMPARE(impact().last(), (Measure{u"live-sessions"_s, 7, u"count"_s, u"counted in sessions"_s}));
    // A variable that waits for its deploy touches nothing yet.
    wish = wishFor(ttl, {{u"value"_s, u"300"_s}});
    QVERIFY(planned(*platformAction(PlatformDeed::SetVariable, platform, m_clock), wish).impact.isEmpty());
}

QTEST_GUILESS_MAIN(TestPlatformActions)

#include "tst_platform_actions.moc"
