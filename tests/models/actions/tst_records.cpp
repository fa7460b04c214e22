/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/acting.h"
#include "actions/feature_flag/feature_flag.h"
#include "actions/records.h"
#include "actions/registry.h"

#include <QCborArray>
#include <QCborValue>
#include <QFileInfo>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
constexpr auto patience = 10s;

Plan planOf(const QString &flag)
{
    return {.action = u"feature-flag"_s,
            .settings = u"flags"_s,
            .target = {.deployment = u"shop"_s, .environment = u"production"_s},
            .resource = flag,
            .changes = {{.what = u"enabled"_s, .before = u"true"_s, .after = u"false"_s}},
            .steps = {{u"flag-set"_s, {flag}}},
            .undo = {{u"flag-set-back"_s, {flag, u"enabled"_s, u"true"_s}}},
            .risk = Risk::Medium,
            .author = u"ada"_s};
}

FeatureFlag flagIn(const QString &where)
{
    FeatureFlag flag{.key = u"voice"_s};
    if (!where.isEmpty())
        flag.where = {.value = where, .origin = {}};
    return flag;
}
} // namespace

/// What the journal tells of actions, and who may act at all.
class TestRecords : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatWasBegunIsToldWithItsEnd();
    void aReadOnlyDeskIsNotOpened();
    void aDamagedJournalIsSaidAtTheStart();
    void aFlagIsSetWhereItLies_data();
    void aFlagIsSetWhereItLies();
    void aVariableIsSetOnItsPlatform();
    void approvalsLieWhereATableTellsWhichDeploymentItIs();
};

void TestRecords::whatWasBegunIsToldWithItsEnd()
{
    const QTemporaryDir directory;
    auto journal = *Journal::open({.path = directory.filePath(u"journal.sqlite"_s)}, patience);
    Instant at{1'000'000ms};
    const auto note = [&](const Plan &plan, const QString &kind, const QCborArray &body, const QString &who) {
        at += 1s;
        QVERIFY(journal->append({.at = at,
                                 .kind = kind,
                                 .operatorId = who,
                                 .host = u"desk"_s,
                                 .deployment = plan.target.deployment,
                                 .planId = plan.id(),
                                 .body = QCborValue(body).toCbor()},
                                patience));
    };
    const Plan done = planOf(u"done"_s);
    const Plan killed = planOf(u"killed"_s);
    const Plan halted = planOf(u"halted"_s);
    note(done, u"start"_s, {done.bytes()}, u"ada"_s);
    note(killed, u"start"_s, {killed.bytes()}, u"ada"_s);
    note(done, u"end"_s, {u"done"_s}, u"ada"_s);
    note(halted, u"start"_s, {halted.bytes()}, u"ada"_s);
    note(halted, u"halt"_s, {u"needs-a-person"_s, u"timeout"_s, u"no answer"_s, u"db"_s}, u"ada"_s);
    note(done, u"undo"_s, {done.bytes()}, u"bob"_s);
    note(done, u"end"_s, {u"undone"_s}, u"bob"_s);

    const auto records = recordsIn(*journal, patience);
    QVERIFY(records);
    QStringList told;
    for (const ActionRecord &record : *records)
        told.append(u"%1 %2 %3 %4 %5%6"_s.arg(record.plan->resource, record.beginning, record.operatorId,
                                              record.ending ? toWord(*record.ending) : u"-"_s,
                                              record.isUnfinished ? u"unfinished"_s : u"ended"_s,
                                              record.error.isEmpty() ? QString() : u": "_s + record.error));
    QCOMPARE(told,
             QStringList({u"done undo bob undone ended"_s, u"halted start ada needs-a-person unfinished: no answer"_s,
                          u"killed start ada - unfinished"_s, u"done start ada done ended"_s}));
}

void TestRecords::aReadOnlyDeskIsNotOpened()
{
    const QTemporaryDir directory;
    const DeskPlace place{.directory = directory.filePath(u"desk"_s), .witness = {}, .readOnly = true};
    const auto desk = openDesk(place, patience);
    QVERIFY(!desk);
    QCOMPARE(desk.error().code, ErrorCode::Forbidden);
    const SystemClock clock;
    Acting acting(clock, place);
    QSignalSpy news(&acting, &Acting::newsChanged);
    acting.readJournal();
    const qint64 id = acting.plan({}, u"flags"_s, {.resource = u"voice"_s});
    QTRY_COMPARE(acting.run(id)->phase, ActionRun::Phase::Refused);
    QCOMPARE(acting.run(id)->error->code, ErrorCode::Forbidden);
    QVERIFY(!QFileInfo::exists(place.directory));
    QCOMPARE(news.size(), 0);
}

void TestRecords::aDamagedJournalIsSaidAtTheStart()
{
    const QTemporaryDir directory;
    const DeskPlace place{.directory = directory.path(), .witness = {}};
    {
        const auto desk = openDesk(place, patience);
        QVERIFY(desk);
        QVERIFY(desk->journal->append({.kind = u"note"_s, .reason = u"OPS-311"_s}, patience));
    }
    QFile file(journalPath(place));
    QVERIFY(file.open(QIODevice::ReadWrite));
    QByteArray bytes = file.readAll();
    QVERIFY(bytes.contains("OPS-311"));
    file.seek(bytes.indexOf("OPS-311"));
    file.write("OPS-312");
    file.close();
    const SystemClock clock;
    Acting acting(clock, place);
    acting.readJournal();
    QTRY_VERIFY(acting.news().found.has_value());
    QVERIFY(!acting.news().found->whole());
    QCOMPARE(acting.news().found->damages.first().kind, Damage::Kind::Changed);
}

void TestRecords::aFlagIsSetWhereItLies_data()
{
    QTest::addColumn<QString>("where");
    QTest::addColumn<bool>("hasAction");
    QTest::addColumn<bool>("hasConnection");
    QTest::addColumn<QString>("says");
    QTest::newRow("in the table") << u"table feature_flags"_s << true << true << QString();
    QTest::newRow("in another table") << u"table flags"_s << true << true << u"cannot set it"_s;
    QTest::newRow("a hash") << u"hash app:flags"_s << true << true << u"cannot set it"_s;
    QTest::newRow("a variable") << u"variable ENABLE_DOCS"_s << true << true << u"no action for the platform's"_s;
    QTest::newRow("nobody says where") << QString() << true << true << u"not told"_s;
    QTest::newRow("no action") << u"table feature_flags"_s << false << true << u"names no action"_s;
    QTest::newRow("no connection") << u"table feature_flags"_s << true << false << u"connection 'operator'"_s;
}

void TestRecords::aFlagIsSetWhereItLies()
{
    QFETCH(QString, where);
    QFETCH(bool, hasAction);
    QFETCH(bool, hasConnection);
    QFETCH(QString, says);
    Profile profile{.name = u"shop"_s};
    if (hasAction)
        profile.actions = {{.id = u"flags"_s,
                            .kind = u"feature-flag"_s,
                            .connection = {},
                            .options = *parseYaml("table: feature_flags", u"p.yaml"_s)}};
    if (hasConnection)
        profile.connections[u"operator"_s] = PostgresConnection{.host = u"db"_s};
    const auto action = actionOn(flagIn(where), profile);
    QCOMPARE(action.has_value(), says.isEmpty());
    if (action)
        QCOMPARE(*action, u"flags"_s);
    else
        QVERIFY2(action.error().message.contains(says), qPrintable(action.error().message));
}

void TestRecords::aVariableIsSetOnItsPlatform()
{
    Profile profile{.name = u"shop"_s};
    profile.sources = {{.id = u"platform"_s, .kind = u"render"_s, .connection = {}, .options = {}}};
    profile.actions = {{.id = u"variables"_s, .kind = u"platform-variable"_s, .connection = {}, .options = {}}};
    FeatureFlag flag = flagIn(u"variable ENABLE_DOCS"_s);
    flag.set.value = u"off"_s;
    QVERIFY(!actionOn(flag, profile)); // nobody may
    profile.connections[u"platform_operator"_s] = HttpConnection{.base = QUrl(u"http://127.0.0.1:9"_s)};
    QCOMPARE(actionOn(flag, profile).value_or(QString()), u"variables"_s);
    flag.set.value = u"600"_s;
    QCOMPARE(actionOn(flag, profile).value_or(QString()), u"variables"_s);
    profile.sources.first().options =
        *parseYaml("flags: {ENABLE_DOCS: {type: number, unit: s}, LOG_LEVEL: text}", u"p.yaml"_s);
    flag.key = u"ENABLE_DOCS"_s;
    QVERIFY(formOf(flag, profile).type == PlatformMap::Type::Number);
    QCOMPARE(formOf(flag, profile).unit, u"s"_s);
    profile.sources.clear();
    QVERIFY(!actionOn(flag, profile));
}

/// What acts in Redis names a key as its 'environment', and what acts on a platform a variable.
void TestRecords::approvalsLieWhereATableTellsWhichDeploymentItIs()
{
    const auto action = [](const QString &id, const QByteArray &options) {
        return ActionSpec{.id = id, .kind = u"any"_s, .connection = {}, .options = *parseYaml(options, u"p.yaml"_s)};
    };
    Profile profile{.name = u"shop"_s, .environment = u"production"_s};
    profile.connections[u"operator"_s] = PostgresConnection{.host = u"db"_s};
    profile.connections[u"approvers"_s] = PostgresConnection{.host = u"other"_s};
    profile.connections[u"redis_operator"_s] = RedisConnection();
    profile.actions = {action(u"unblock"_s, "{environment: \"shop:which\"}"),
                       action(u"restart"_s, "{environment: NODE_ENV}")};
    profile.actions[0].connection = u"redis_operator"_s;
    for (const QString &id : {u"unblock"_s, u"restart"_s}) {
        const auto place = placeOf(id, profile);
        QVERIFY(place);
        QCOMPARE(place->marker, QString());
        QCOMPARE(place->connection.host, u"db"_s);
    }
    profile.actions += {action(u"breaker"_s, "{lease: {connection: redis_operator, environment: \"shop:which\"}}"),
                        action(u"roll-back"_s, "{lease: {connection: approvers, environment: told}}"),
                        action(u"flags"_s, "{table: flags, environment: marks}")};
    for (const QString &id : {u"unblock"_s, u"restart"_s, u"breaker"_s, u"roll-back"_s}) {
        QCOMPARE(placeOf(id, profile)->marker, u"told"_s);
        QCOMPARE(placeOf(id, profile)->connection.host, u"other"_s);
    }
    QCOMPARE(placeOf(u"flags"_s, profile)->marker, u"marks"_s);
    QCOMPARE(placeOf(u"flags"_s, profile)->connection.host, u"db"_s);
    // What acts on a table that its source names has its approvals there.
    profile.sources.append({.id = u"api_keys"_s, .kind = u"api-keys"_s, .connection = {}, .options = {}});
    profile.sources.append({.id = u"keys"_s, .kind = u"redis-signing-keys"_s, .connection = {}, .options = {}});
    profile.actions.append(action(u"revoke"_s, "{environment: here}"));
    profile.actions.last().kind = u"revoke-api-key"_s;
    profile.actions.append(action(u"rotate"_s, "{environment: \"shop:which\"}"));
    profile.actions.last().kind = u"rotate-signing-key"_s; // of a ring in Redis
    QCOMPARE(placeOf(u"revoke"_s, profile)->marker, u"here"_s);
    QCOMPARE(placeOf(u"revoke"_s, profile)->connection.host, u"db"_s);
    QCOMPARE(placeOf(u"rotate"_s, profile)->marker, u"told"_s);
    profile.connections.clear();
    QVERIFY(!placeOf(u"unblock"_s, profile));
}

QTEST_GUILESS_MAIN(TestRecords)
#include "tst_records.moc"
