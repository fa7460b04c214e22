/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/engine.h"
#include "actions/feature_flag/feature_flag.h"
#include "actions/redis_store.h"
#include "actions/registry.h"
#include "bench.h"
#include "fake_flags.h"
#include "sources/io_line.h"
#include "support/server_fixtures.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <mutex>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;
using Fault = FakeFlags::Fault;
using Kind = FakeFlags::Kind;

namespace {
const QString flag = u"voice"_s;

Kind kindCalled(const QString &name)
{
    return name == "posthog"_L1 ? Kind::PostHog : name == "unleash"_L1 ? Kind::Unleash : Kind::Plain;
}

/// `http`: of both connections, beside the token; `redis`: the port of one that keeps the lease; 0: nothing keeps it.
Profile profileWith(const QByteArray &http, const QByteArray &options, const QString &tokenFile, quint16 redis = 0)
{
    const QByteArray connection = "{kind: http, " + http + ", bearer: \"file:" + tokenFile.toUtf8() + "\"}\n";
    const QByteArray keeper =
        "  redis_operator: {kind: redis, host: 127.0.0.1, port: " + QByteArray::number(redis) + "}\n";
    const QByteArray text =
        "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n  flag_server: " + connection +
        "  flag_operator: " + connection + (redis == 0 ? QByteArray() : keeper) +
        "sources:\n  flags: {kind: http-flags, connection: flag_server, " + options +
        "}\nactions:\n  flags: {kind: feature-flag, source: flags, connection: flag_operator" +
        (redis == 0 ? "}\n" : ", lease: {connection: redis_operator}}\n");
    const auto profile = parseProfile(text, u"shop.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    return *profile;
}

QByteArray httpAt(quint16 port)
{
    return "url: \"http://127.0.0.1:" + QByteArray::number(port) + '"';
}

Profile profileAt(quint16 port, Kind kind, const QString &tokenFile, quint16 redis = 0)
{
    return profileWith(httpAt(port), FakeFlags::options(kind), tokenFile, redis);
}

/// A team's own interface that answers for one flag, whatever its name, and tells what it was asked.
struct OwnServer
{
    QString name = flag;
    QByteArray toChange = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"; ///< the answer
    std::mutex lock;
    QJsonValue on = true;
    QList<QByteArray> lines; ///< "PUT /flags/voice HTTP/1.1", without those that list all
    HttpFixture http{[this](const QByteArray &received) -> std::optional<QByteArray> {
        const std::lock_guard guard(lock);
        const QByteArray line = received.left(received.indexOf('\r'));
        const bool isList = line.startsWith("GET /flags ");
        if (!isList)
            lines.append(line);
        if (line.startsWith("PUT")) {
            on = received.contains("\"on\":true");
            return toChange;
        }
        const QJsonObject told{{u"name"_s, name}, {u"on"_s, on}, {u"percent"_s, 50}};
        const QByteArray body = (isList ? QJsonDocument(QJsonArray{told}) : QJsonDocument(told)).toJson();
        return "HTTP/1.1 200 OK\r\nETag: \"" + QByteArray(on.toBool() ? "1" : "2") +
               "\"\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    }};
};

std::unique_ptr<Action> actionOf(const Profile &profile, const Clock &clock)
{
    auto action = makeAction(u"flags"_s, profile, clock);
    if (!action)
        qFatal("%s", qPrintable(action.error().first().message));
    return std::move(*action);
}

const Check *checkCalled(const QList<Check> &checks, const QString &code)
{
    const auto it = std::ranges::find(checks, code, [](const Check &check) { return check.phrase.code; });
    return it == checks.end() ? nullptr : &*it;
}

bool isDone(const Report &report)
{
    return report.ending == Ending::Done || report.ending == Ending::DoneWarned;
}
} // namespace

/// Flags behind PostHog's, Unleash's and a team's own interface, on servers that behave as those do.
class TestHttpFlags : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aFlagIsSetAndSetBack_data();
    void aFlagIsSetAndSetBack();
    void theSourceTellsWhatTheActionSets_data() { kinds(true); }
    void theSourceTellsWhatTheActionSets();
    void itIsOffBeforeItsPercentageGrows();
    void whoeverSetsItMeanwhileIsNotOverwritten_data();
    void whoeverSetsItMeanwhileIsNotOverwritten();
    void whoeverSetItSinceIsNotTakenBackByItself_data();
    void whoeverSetItSinceIsNotTakenBackByItself();
    void whoComparesAndWhoDoesNotIsTold();
    void ofHalfAnAnswerOneLooks_data();
    void ofHalfAnAnswerOneLooks();
    void whatWasDoneAndBadlyAnsweredIsDone_data();
    void whatWasDoneAndBadlyAnsweredIsDone();
    void aNameLeadsNowhereElse_data();
    void aNameLeadsNowhereElse();
    void aRefusalIsInWords_data();
    void aRefusalIsInWords();
    void whatIsNotKnownIsNotWritten_data();
    void whatIsNotKnownIsNotWritten();
    void whatCannotBeIsRefusedBeforeAnything_data();
    void whatCannotBeIsRefusedBeforeAnything();
    void anotherProjectBehindTheSameNameIsNeverTouched_data() { kinds(false); }
    void anotherProjectBehindTheSameNameIsNeverTouched();
    void anotherTlsKeyIsAnotherServer_data();
    void anotherTlsKeyIsAnotherServer();
    void ofTwoWhoActAtOnceOneDoes();
    void whoActsNowIsNamed();
    void aProfileSaysHowFlagsAreTold_data();
    void aProfileSaysHowFlagsAreTold();

private:
    static void kinds(bool withPlain);
    [[nodiscard]] Profile profile(Kind kind) const { return profileAt(m_fake->port(), kind, m_token); }
    /// What the server holds.
    [[nodiscard]] FakeFlags::Flag held(const QString &name = flag) const
    {
        const std::lock_guard guard(m_fake->lock);
        return m_fake->flags.at(name);
    }
    [[nodiscard]] qsizetype changes() const
    {
        const std::lock_guard guard(m_fake->lock);
        return m_fake->changes.size();
    }
    void start(Kind kind) { m_fake = std::make_unique<FakeFlags>(kind); }
    SystemClock m_clock;
    SecretFiles m_secrets;
    QString m_token;
    std::unique_ptr<FakeFlags> m_fake;
};

void TestHttpFlags::init()
{
    m_token = m_secrets.keep("flag-token").name;
}

void TestHttpFlags::kinds(bool withPlain)
{
    QTest::addColumn<QString>("name");
    QTest::newRow("PostHog") << u"posthog"_s;
    QTest::newRow("Unleash") << u"unleash"_s;
    if (withPlain)
        QTest::newRow("a team's own") << u"plain"_s;
}

void TestHttpFlags::aFlagIsSetAndSetBack_data()
{
    kinds(true);
}

void TestHttpFlags::aFlagIsSetAndSetBack()
{
    QFETCH(QString, name);
    start(kindCalled(name));
    const bool hasRollout = name != "plain"_L1;
    std::map<QString, QString> set{{u"enabled"_s, u"false"_s}};
    if (hasRollout)
        set[u"rollout"_s] = u"10"_s;
    Bench bench;
    const auto action = actionOf(profile(kindCalled(name)), m_clock);
    const Plan plan = planned(*action, wishFor(flag, set));
    QCOMPARE(plan.steps.size(), hasRollout ? 2 : 1);
    const Report done = bench.engine.run(*action, plan);
    QVERIFY2(isDone(done), qPrintable(said(done)));
    QVERIFY(!held().enabled);
    QCOMPARE(held().rollouts, QList<int>{hasRollout ? 10 : 50});
    QCOMPARE(changes(), plan.steps.size());
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QVERIFY(held().enabled);
    QCOMPARE(held().rollouts, QList<int>{50});
    QCOMPARE(held(u"maps"_s).rollouts, (QList<int>{10, 20}));
}

void TestHttpFlags::theSourceTellsWhatTheActionSets()
{
    QFETCH(QString, name);
    start(kindCalled(name));
    {
        const std::lock_guard guard(m_fake->lock);
        m_fake->flags[u"docs"_s] = {.id = 9, .enabled = true, .rollouts = {100}}; // on another page
    }
    const Profile shop = profile(kindCalled(name));
    const auto factory = sourceFactory(shop.sources.first(), shop);
    QVERIFY(factory);
    IoLine line(nullptr);
    const auto answer = line.poll(u"flags"_s, *factory, soon());
    QVERIFY(answer && answer->outcome);
    QVERIFY(answer->outcome->refusals.isEmpty());
    QCOMPARE(answer->outcome->facts.size(), 3);
    const auto called = [&](const QString &key) {
        for (const Fact &fact : answer->outcome->facts) {
            if (const auto *found = std::get_if<FeatureFlag>(&fact); found != nullptr && found->key == key)
                return *found;
        }
        return FeatureFlag();
    };
    QCOMPARE(called(flag).set.value, u"on"_s);
    QCOMPARE(called(flag).rollout.value, 50);
    QCOMPARE(called(u"docs"_s).set.value, u"on"_s);
    QCOMPARE(called(u"maps"_s).set.value, u"off"_s);
    if (name != "plain"_L1)
        QVERIFY(!called(u"maps"_s).rollout.has()); // two conditions have no percentage together
    QVERIFY(!called(flag).effective.has());
    QCOMPARE(called(flag).updatedBy.has(), name == "posthog"_L1);
    QCOMPARE(actionOn(called(flag), shop).value_or(QString()), u"flags"_s);
    for (const Exchange &exchange : answer->exchanges)
        QVERIFY(!exchange.command.contains(u"flag-token"_s));
}

void TestHttpFlags::itIsOffBeforeItsPercentageGrows()
{
    start(Kind::Unleash);
    const auto action = actionOf(profile(Kind::Unleash), m_clock);
    const auto whats = [](const Plan &plan) {
        return QStringList{plan.steps[0].arguments.value(2), plan.steps[1].arguments.value(2)};
    };
    QCOMPARE(whats(planned(*action, wishFor(flag, {{u"enabled"_s, u"false"_s}, {u"rollout"_s, u"90"_s}}))),
             (QStringList{u"enabled"_s, u"rollout"_s}));
    {
        const std::lock_guard guard(m_fake->lock);
        m_fake->flags[flag].enabled = false;
    }
    QCOMPARE(whats(planned(*action, wishFor(flag, {{u"enabled"_s, u"true"_s}, {u"rollout"_s, u"5"_s}}))),
             (QStringList{u"rollout"_s, u"enabled"_s}));
}

void TestHttpFlags::whoeverSetsItMeanwhileIsNotOverwritten_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("what");
    QTest::newRow("PostHog, the same field") << u"posthog"_s << u"rollout"_s;
    QTest::newRow("an ETag") << u"plain"_s << u"enabled"_s;
}

void TestHttpFlags::whoeverSetsItMeanwhileIsNotOverwritten()
{
    QFETCH(QString, name);
    QFETCH(QString, what);
    start(kindCalled(name));
    {
        const std::lock_guard guard(m_fake->lock);
        m_fake->meanwhile = [](FakeFlags &fake) {
            fake.flags[flag].rollouts = {77};
            ++fake.flags[flag].version;
        };
    }
    Bench bench;
    const auto action = actionOf(profile(kindCalled(name)), m_clock);
    const Plan plan = planned(*action, wishFor(flag, {{what, what == "rollout"_L1 ? u"10"_s : u"false"_s}}));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(!isDone(report), qPrintable(said(report)));
    QVERIFY2(said(report).contains(u"somebody else changed it"_s) || said(report).contains(u"not as"_s),
             qPrintable(said(report)));
    QCOMPARE(held().rollouts, QList<int>{77});
    QVERIFY(held().enabled);
}

void TestHttpFlags::whoeverSetItSinceIsNotTakenBackByItself_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("isSeen");
    QTest::newRow("PostHog") << u"posthog"_s << true;
    QTest::newRow("an ETag") << u"plain"_s << true;
    QTest::newRow("Unleash, whose values alone are compared") << u"unleash"_s << false;
}

void TestHttpFlags::whoeverSetItSinceIsNotTakenBackByItself()
{
    QFETCH(QString, name);
    QFETCH(bool, isSeen);
    start(kindCalled(name));
    ManualClock clock(Instant(std::chrono::milliseconds(1'795'000'000'000)));
    const auto action = actionOf(profile(kindCalled(name)), clock);
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    Engine engine(*journal, clock, {.id = u"ada"_s, .host = u"desk"_s});
    Wish wish = wishFor(flag, {{u"enabled"_s, u"false"_s}});
    wish.revertAfter = 30min;
    const auto plan = engine.plan(*action, u"flags"_s, wish);
    QVERIFY(plan);
    const QList<Check> checks = engine.check(*action, *plan);
    const Check *compared = checkCalled(checks, u"change-compared"_s);
    QVERIFY(compared);
    QCOMPARE(compared->error && compared->error->message.contains(u"taken back by itself"_s), !isSeen);
    QVERIFY(isDone(engine.run(*action, *plan)));
    {
        const std::lock_guard guard(m_fake->lock);
        m_fake->flags[flag].version += 2; // on, and off again, by somebody else
    }
    clock.advance(30min);
    const Report report = engine.revertDue(*action, *plan);
    QVERIFY2(report.ending == (isSeen ? Ending::Refused : Ending::Undone), qPrintable(said(report)));
    QCOMPARE(held().enabled, !isSeen);
}

void TestHttpFlags::whoComparesAndWhoDoesNotIsTold()
{
    for (const Kind kind : {Kind::PostHog, Kind::Unleash, Kind::Plain}) {
        start(kind);
        Bench bench;
        const auto action = actionOf(profile(kind), m_clock);
        const Plan plan = planned(*action, wishFor(flag, {{u"enabled"_s, u"false"_s}}));
        const QList<Check> checks = bench.engine.check(*action, plan);
        const Check *compared = checkCalled(checks, u"change-compared"_s);
        QVERIFY(compared);
        QCOMPARE(compared->result, kind == Kind::Unleash ? Check::Result::Warned : Check::Result::Passed);
        QCOMPARE(checkCalled(checks, u"target-marked"_s) != nullptr, kind == Kind::Plain);
        // Nothing leases where the profile names no PostgreSQL.
        QCOMPARE(checkCalled(checks, u"nobody-else-acts"_s)->result, Check::Result::Warned);
    }
}

void TestHttpFlags::ofHalfAnAnswerOneLooks_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("fault");
    QTest::addColumn<bool>("happened");
    for (const QString &name : {u"posthog"_s, u"unleash"_s, u"plain"_s}) {
        QTest::addRow("%s, 500 after it was done", qPrintable(name)) << name << int(Fault::FailsAfter) << true;
        QTest::addRow("%s, it hung up after it was done", qPrintable(name)) << name << int(Fault::HangsUp) << true;
        QTest::addRow("%s, 500 and nothing was done", qPrintable(name)) << name << int(Fault::FailsBefore) << false;
    }
}

void TestHttpFlags::ofHalfAnAnswerOneLooks()
{
    QFETCH(QString, name);
    QFETCH(int, fault);
    QFETCH(bool, happened);
    start(kindCalled(name));
    m_fake->fault = static_cast<Fault>(fault);
    Bench bench;
    const auto action = actionOf(profile(kindCalled(name)), m_clock);
    const Plan plan = planned(*action, wishFor(flag, {{u"enabled"_s, u"false"_s}}));
    const Report report = bench.engine.run(*action, plan);
    QCOMPARE(held().enabled, !happened);
    QCOMPARE(changes(), 1); // never a blind retry
    QVERIFY2(isDone(report) == happened, qPrintable(said(report)));
    {
        const std::lock_guard guard(m_fake->lock);
        m_fake->fault = Fault::None;
    }
    if (!bench.journal->unfinished(patience)->isEmpty())
        QVERIFY(isDone(bench.engine.resume(*action, plan)));
}

void TestHttpFlags::whatWasDoneAndBadlyAnsweredIsDone_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("too large") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{");
    QTest::newRow("no HTTP") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: zz\r\n\r\n{");
    QTest::newRow("see other") << QByteArray("HTTP/1.1 303 See Other\r\nLocation: /flags\r\nContent-Length: 0\r\n\r\n");
}

void TestHttpFlags::whatWasDoneAndBadlyAnsweredIsDone()
{
    QFETCH(QByteArray, answer);
    OwnServer server;
    server.toChange = answer;
    Bench bench;
    const auto action = actionOf(profileAt(server.http.port(), Kind::Plain, m_token), m_clock);
    const Plan plan = planned(*action, wishFor(flag, {{u"enabled"_s, u"false"_s}}));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(isDone(report), qPrintable(said(report)));
    const std::lock_guard guard(server.lock);
    QVERIFY(!server.on.toBool());
    QCOMPARE(std::ranges::count_if(server.lines, [](const QByteArray &line) { return line.startsWith("PUT"); }), 1);
    QVERIFY(bench.journal->unfinished(patience)->isEmpty());
}

void TestHttpFlags::aNameLeadsNowhereElse_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("step"); // of the path; empty: it is not asked
    QTest::newRow("a plain one") << u"new checkout"_s << QByteArray("new%20checkout");
    QTest::newRow("up and down") << u"../admin/reset"_s << QByteArray("..%2Fadmin%2Freset");
    QTest::newRow("two steps") << u"a/b"_s << QByteArray("a%2Fb");
    QTest::newRow("a query") << u"x?y=1"_s << QByteArray("x%3Fy%3D1");
    QTest::newRow("a fragment") << u"x#y"_s << QByteArray("x%23y");
    QTest::newRow("encoded already") << u"a%2Fb"_s << QByteArray("a%252Fb");
    QTest::newRow("up") << u".."_s << QByteArray();
    QTest::newRow("the same") << u"."_s << QByteArray();
}

void TestHttpFlags::aNameLeadsNowhereElse()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, step);
    OwnServer server;
    server.name = name;
    const Profile shop = profileAt(server.http.port(), Kind::Plain, m_token);
    const auto factory = sourceFactory(shop.sources.first(), shop);
    QVERIFY(factory);
    IoLine line(nullptr);
    const auto answer = line.poll(u"flags"_s, *factory, soon());
    QVERIFY(answer && answer->outcome);
    QCOMPARE(answer->outcome->facts.size(), step.isEmpty() ? 0 : 1);
    QCOMPARE(answer->outcome->refusals.size(), step.isEmpty() ? 1 : 0);
    Bench bench;
    const auto action = actionOf(shop, m_clock);
    const auto plan = action->plan(wishFor(name, {{u"enabled"_s, u"false"_s}}), soon());
    QCOMPARE(plan.has_value(), !step.isEmpty());
    if (plan)
        QVERIFY(isDone(bench.engine.run(*action, *plan)));
    const std::lock_guard guard(server.lock);
    QCOMPARE(server.lines.contains("PUT /flags/" + step + " HTTP/1.1"), !step.isEmpty());
    for (const QByteArray &asked : std::as_const(server.lines))
        QCOMPARE(asked.split(' ').value(1), "/flags/" + step);
    QCOMPARE(server.lines.isEmpty(), step.isEmpty());
}

void TestHttpFlags::aRefusalIsInWords_data()
{
    QTest::addColumn<int>("fault");
    QTest::addColumn<QString>("says");
    QTest::newRow("403") << int(Fault::Refuses) << u"refuses (403)"_s;
    QTest::newRow("401") << int(Fault::Strange) << u"does not take the token (401)"_s;
}

void TestHttpFlags::aRefusalIsInWords()
{
    QFETCH(int, fault);
    QFETCH(QString, says);
    for (const Kind kind : {Kind::PostHog, Kind::Unleash}) {
        start(kind);
        m_fake->fault = static_cast<Fault>(fault);
        Bench bench;
        const auto action = actionOf(profile(kind), m_clock);
        const Plan plan = planned(*action, wishFor(flag, {{u"enabled"_s, u"false"_s}}));
        const Report report = bench.engine.run(*action, plan);
        QVERIFY2(!isDone(report) && said(report).contains(says), qPrintable(said(report)));
        QVERIFY(held().enabled);
        // It is known that nothing happened.
        QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
        QVERIFY(bench.journal->unfinished(patience)->isEmpty());
    }
}

void TestHttpFlags::whatIsNotKnownIsNotWritten_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("enabled") << QByteArray(R"({"on": {enabled}, "percent": {rollout}})");
    QTest::newRow("on or off") << QByteArray(R"({"on": "{on_off}", "percent": {rollout}})");
}

void TestHttpFlags::whatIsNotKnownIsNotWritten()
{
    QFETCH(QByteArray, body);
    OwnServer server;
    server.on = QJsonValue::Null;
    const QByteArray options = "title: T, list: {get: /flags, key: /name}, get: \"/flags/{flag}\", set: /on, "
                               "rollout_percent: /percent, etag: true, write: {rollout: {method: PUT, path: "
                               "\"/flags/{flag}\", body: '" +
                               body + "'}}";
    const auto action = actionOf(profileWith(httpAt(server.http.port()), options, m_token), m_clock);
    Bench bench;
    const Report report = bench.engine.run(*action, planned(*action, wishFor(flag, {{u"rollout"_s, u"10"_s}})));
    QVERIFY2(report.ending == Ending::Undone && report.error, qPrintable(said(report)));
    QCOMPARE(report.error->code, ErrorCode::BadReply);
    const std::lock_guard guard(server.lock);
    QVERIFY(std::ranges::none_of(server.lines, [](const QByteArray &line) { return line.startsWith("PUT"); }));
}

void TestHttpFlags::whatCannotBeIsRefusedBeforeAnything_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("resource");
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("says");
    for (const QString &name : {u"posthog"_s, u"unleash"_s, u"plain"_s})
        QTest::addRow("%s, no such flag", qPrintable(name))
            << name << u"voices"_s << u"enabled"_s << u"true"_s << u"it has maps, voice"_s;
    QTest::newRow("a path") << u"unleash"_s << u"../../voice"_s << u"enabled"_s << u"true"_s << u"it has maps"_s;
    QTest::newRow("several conditions") << u"posthog"_s << u"maps"_s << u"rollout"_s << u"5"_s << u"or several"_s;
    QTest::newRow("several strategies") << u"unleash"_s << u"maps"_s << u"rollout"_s << u"5"_s << u"or several"_s;
    QTest::newRow("no way to set it") << u"plain"_s << flag << u"rollout"_s << u"5"_s << u"does not say how"_s;
    QTest::newRow("so already") << u"unleash"_s << flag << u"enabled"_s << u"true"_s << u"is on already"_s;
}

void TestHttpFlags::whatCannotBeIsRefusedBeforeAnything()
{
    QFETCH(QString, name);
    QFETCH(QString, resource);
    QFETCH(QString, what);
    QFETCH(QString, value);
    QFETCH(QString, says);
    start(kindCalled(name));
    const auto plan = actionOf(profile(kindCalled(name)), m_clock)->plan(wishFor(resource, {{what, value}}), soon());
    QVERIFY(!plan);
    QVERIFY2(plan.error().message.contains(says), qPrintable(plan.error().message));
    QCOMPARE(changes(), 0);
}

void TestHttpFlags::anotherProjectBehindTheSameNameIsNeverTouched()
{
    QFETCH(QString, name);
    const Kind kind = kindCalled(name);
    start(kind);
    Bench bench;
    const auto action = actionOf(profile(kind), m_clock);
    const Plan plan = planned(*action, wishFor(flag, {{u"enabled"_s, u"false"_s}}));
    FakeFlags elsewhere(kind);
    elsewhere.project = u"uuid-2"_s;
    const auto swapped = actionOf(profileAt(elsewhere.port(), kind, m_token), m_clock);
    const Report report = bench.engine.run(*swapped, plan);
    QVERIFY2(report.ending == Ending::Refused && said(report).contains(u"uuid-2"_s), qPrintable(said(report)));
    QVERIFY(elsewhere.changes.isEmpty());
    // Nor where it is swapped between the checks and the deed.
    bench.engine.setBoundary([&](const QString &boundary) {
        if (boundary != "effect:0:before"_L1)
            return;
        const std::lock_guard guard(m_fake->lock);
        m_fake->project = u"uuid-3"_s;
    });
    const Report late = bench.engine.run(*action, plan);
    QVERIFY2(!isDone(late), qPrintable(said(late)));
    QVERIFY(held().enabled);
    QCOMPARE(changes(), 0);
}

/// PostHog's version guards them, though nothing leases.
void TestHttpFlags::anotherTlsKeyIsAnotherServer_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("isBack");
    QTest::addColumn<QString>("from");
    for (const auto &[title, name] :
         {std::pair("PostHog", u"posthog"_s), {"Unleash", u"unleash"_s}, {"a team's own", u"plain"_s}}) {
        for (const bool isBack : {false, true}) {
            const char *way = isBack ? "taken back" : "done";
            QTest::addRow("%s, before it is %s", title, way) << name << isBack << QString();
            QTest::addRow("%s, once it is being %s", title, way) << name << isBack << u"effect:0:before"_s;
        }
    }
}

/// Its certificate is good: it is from the same authority, for the same name. What is known stands open to the server
/// that was planned for, and what changes anything goes on a connection of its own.
void TestHttpFlags::anotherTlsKeyIsAnotherServer()
{
    QFETCH(QString, name);
    QFETCH(bool, isBack);
    QFETCH(QString, from);
    const Kind kind = kindCalled(name);
    TestCa ca;
    const auto own = ca.issue(u"IP:127.0.0.1"_s);
    const auto other = ca.issue(u"IP:127.0.0.1"_s);
    m_fake = std::make_unique<FakeFlags>(kind, own);
    const Profile shop = profileWith("url: \"https://127.0.0.1:" + QByteArray::number(m_fake->port()) + "\", ca: \"" +
                                         ca.file().toUtf8() + '"',
                                     FakeFlags::options(kind), m_token);
    const auto action = actionOf(shop, m_clock);
    Bench bench;
    const Plan plan = planned(*action, wishFor(flag, {{u"enabled"_s, u"false"_s}}));
    QVERIFY(!plan.target.tlsKey().isEmpty());
    if (isBack)
        QVERIFY(isDone(bench.engine.run(*action, plan)));
    const FakeFlags::Flag before = held();
    const qsizetype done = changes();
    if (from.isEmpty())
        m_fake->show(other);
    bench.engine.setBoundary([&](const QString &boundary) {
        if (boundary == from)
            m_fake->show(other);
    });
    const auto undoing = actionOf(shop, m_clock); // whoever takes it back has no connection to what it was
    const Report report = isBack ? bench.engine.undo(*undoing, plan) : bench.engine.run(*undoing, plan);
    QVERIFY2(!isDone(report) && (!isBack || report.ending != Ending::Undone), qPrintable(said(report)));
    QVERIFY2(said(report).contains(u"another TLS key"_s), qPrintable(said(report)));
    QCOMPARE(changes(), done);
    QCOMPARE(held(), before);
    // It is the key that keeps it from being done.
    bench.engine.setBoundary({});
    m_fake->show(own);
    const auto again = actionOf(shop, m_clock);
    const Report well = isBack ? bench.engine.undo(*again, plan)
                               : bench.engine.run(*again, planned(*again, wishFor(flag, {{u"enabled"_s, u"false"_s}})));
    QVERIFY2(isBack ? well.ending == Ending::Undone : isDone(well), qPrintable(said(well)));
    QVERIFY(changes() > done);
}

void TestHttpFlags::ofTwoWhoActAtOnceOneDoes()
{
    const QTemporaryDir directories[2];
    for (int round = 0; round < 50; ++round) {
        start(Kind::PostHog);
        const Profile shop = profile(Kind::PostHog);
        std::array<Report, 2> reports;
        std::array<bool, 2> hasPlan{};
        const auto act = [&](std::size_t who) {
            const auto journal = journalIn(directories[who]);
            const SystemClock clock;
            const auto action = actionOf(shop, clock);
            Wish wish = wishFor(flag, {{u"rollout"_s, who == 0 ? u"10"_s : u"20"_s}});
            wish.author = who == 0 ? u"ada"_s : u"bob"_s;
            const auto plan = action->plan(wish, soon());
            Engine engine(*journal, clock, {.id = wish.author, .host = u"desk"_s});
            hasPlan.at(who) = plan.has_value();
            if (plan)
                reports.at(who) = engine.run(*action, *plan);
        };
        std::thread other(act, 1);
        act(0);
        other.join();
        // A change that is refused leaves the version as it was.
        const bool after = hasPlan[0] && hasPlan[1];
        const int done = int(isDone(reports[0])) + int(isDone(reports[1]));
        QVERIFY2(after && done >= 1, qPrintable(said(reports[0]) + u" | "_s + said(reports[1])));
        QCOMPARE(held().version, 1 + done);
    }
}

/// The deployment's own Redis keeps the lease that PostHog does not.
void TestHttpFlags::whoActsNowIsNamed()
{
    start(Kind::PostHog);
    RedisFixture redis;
    redis.command({"SET", "quarterdeck:environment", "shop/production"});
    auto store = RedisStore::open({.deployment = u"shop"_s,
                                   .environment = u"production"_s,
                                   .marker = u"quarterdeck:environment"_s,
                                   .connection = redis.connection()},
                                  soon());
    QVERIFY(store);
    const auto taken = store->take(u"bob@tower"_s, 60s, soon());
    QVERIFY(taken);
    Bench bench;
    const auto action = actionOf(profileAt(m_fake->port(), Kind::PostHog, m_token, redis.connection().port), m_clock);
    const Plan plan = planned(*action, wishFor(flag, {{u"enabled"_s, u"false"_s}}));
    const Report refused = bench.engine.run(*action, plan);
    QVERIFY2(refused.ending == Ending::Refused && said(refused).contains(u"bob@tower"_s), qPrintable(said(refused)));
    QCOMPARE(changes(), 0);
    QVERIFY(store->giveBack(*taken, soon()));
    QVERIFY(isDone(bench.engine.run(*action, plan)));
    QVERIFY(!held().enabled);
    QCOMPARE(redis.command({"EXISTS", "quarterdeck:lease"}), QByteArray("0"));
}

void TestHttpFlags::aProfileSaysHowFlagsAreTold_data()
{
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<QString>("says");
    for (const Kind kind : {Kind::PostHog, Kind::Unleash, Kind::Plain})
        QTest::addRow("kind %d", int(kind)) << FakeFlags::options(kind) << QString();
    QTest::newRow("no such interface") << QByteArray("api: posthook") << u"is none of posthog, unleash"_s;
    QTest::newRow("no project") << QByteArray("api: posthog") << u"project"_s;
    QTest::newRow("a path as project") << QByteArray("api: posthog, project: ../9") << u"letters, digits"_s;
    QTest::newRow("no pointer") << QByteArray("title: T, list: {get: /f, key: name}, set: /on") << u"JSON Pointer"_s;
    QTest::newRow("no set") << QByteArray("title: T, list: {get: /f, key: /name}") << u"'set' is missing"_s;
    QTest::newRow("an ETag of nothing") << QByteArray("title: T, list: {get: /f, key: /name}, set: /on, etag: true")
                                        << u"expected 'get'"_s;
}

void TestHttpFlags::aProfileSaysHowFlagsAreTold()
{
    QFETCH(QByteArray, options);
    QFETCH(QString, says);
    const auto profile = parseProfile("quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n"
                                      "  http: {url: \"http://127.0.0.1:9\"}\n"
                                      "  platform_operator: {kind: http, url: \"http://127.0.0.1:9\"}\n"
                                      "sources:\n  flags: {kind: http-flags, " +
                                          options + "}\nactions:\n  flags: {kind: feature-flag, source: flags}\n",
                                      u"shop.yaml"_s);
    QVERIFY(profile);
    for (const QList<Error> &errors : {checkActions(*profile), checkSources(*profile)}) {
        QStringList all;
        for (const Error &error : errors)
            all.append(error.message);
        QVERIFY2(all.isEmpty() == says.isEmpty() && all.join(u'\n').contains(says), qPrintable(all.join(u'\n')));
    }
}

QTEST_GUILESS_MAIN(TestHttpFlags)
#include "tst_http_flags.moc"
