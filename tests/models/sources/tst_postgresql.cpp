/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "servers/local_pgbouncer.h"
#include "sources/pgbouncer/bouncer_facts.h"
#include "sources/postgresql/ask.h"
#include "sources/postgresql/postgres_facts.h"
#include "support/server_fixtures.h"
#include "wire/postgres.h"

#include <QFile>
#include <QTest>

#include <libpq-fe.h>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
const PostgresConnection viewer{.host = u"db"_s,
                                .port = 5432,
                                .database = u"app"_s,
                                .user = u"viewer"_s,
                                .password = {},
                                .sslmode = u"verify-full"_s,
                                .tls = {}};

/// As psql -A prints it; "-" is NULL.
PgRows rows(const QByteArray &table)
{
    PgRows rows;
    const auto lines = table.split('\n');
    for (const QByteArray &column : lines.first().split('|'))
        rows.columns.append(QString::fromLatin1(column));
    for (const QByteArray &line : lines.mid(1)) {
        QList<std::optional<QByteArray>> cells;
        for (const QByteArray &cell : line.split('|'))
            cells.append(cell == "-" ? std::nullopt : std::optional(cell));
        rows.rows.append(cells);
    }
    return rows;
}

const QByteArray replicationHead = "name|address|port|state|sync_state|lag_bytes|delay_ms";
const QByteArray sessionsHead = "pid|user|application|state|wait_event|statement|running_for_ms|blocked_by|blocking";
const QByteArray statementsHead = "queryid|userid|users|statement|calls|total_ms|mean_ms|longest_ms|rows|hidden";
const QByteArray relationsHead = "relation|size|rows|dead_rows|vacuumed_at_ms";
const QByteArray poolsHead =
    "database|user|cl_active|cl_waiting|sv_active|sv_idle|sv_used|maxwait|maxwait_us|pool_mode";

PgAnswers captured()
{
    PgAnswers answers = postgresStatements({});
    answers.statistics.rows = rows("database|version|is_standby|statements_schema\napp|15.14|0|public");
    askDetails(answers, {});
    answers.activity.rows = rows("active|waiting|idle_in_transaction|hidden|longest_query_ms\n2|1|3|0|12.5");
    answers.replication.rows = rows(replicationHead);
    answers.sessions.rows = rows(sessionsHead);
    answers.statements.rows = rows(statementsHead);
    answers.relations.rows = rows(relationsHead);
    return answers;
}

BouncerAnswers capturedPools(const QByteArray &pools)
{
    BouncerAnswers answers;
    answers.pools.rows = rows(pools);
    answers.databases.rows = rows("name|host|pool_size|paused|disabled\napp|127.0.0.1|25|0|0\npgbouncer|-|2|0|0");
    answers.config.rows = rows("key|value|default|changeable\nadmin_users|||yes\nmax_client_conn|1000|100|yes");
    return answers;
}

template <class F>
QList<F> all(const Result<Findings> &found)
{
    QList<F> facts;
    for (const Fact &fact : found->facts) {
        if (const auto *f = std::get_if<F>(&fact))
            facts.append(*f);
    }
    return facts;
}

/// "KIND/NAME FIELD=VALUE …", "-" for what is not measured.
template <class F>
QStringList said(const Result<Findings> &found)
{
    QStringList lines;
    for (const F &fact : all<F>(found))
        lines.append(toWord(Fact(fact)));
    return lines;
}

/// "PART: CODE" of all that was refused.
QStringList refused(const Result<Findings> &found)
{
    QStringList lines;
    for (const Refusal &refusal : found->refusals)
        lines.append(refusal.what + u": "_s + toWord(refusal.error.code));
    return lines;
}

const Error *refusal(const Result<Findings> &found, const QString &what)
{
    const auto it = std::ranges::find(found->refusals, what, &Refusal::what);
    return it == found->refusals.end() ? nullptr : &it->error;
}

/// A client's connection that stays open.
class Client
{
public:
    Client(quint16 port, const QByteArray &user, const QByteArray &password, const QByteArray &database = "app")
        : m_connection(
              PQconnectdb(("host=127.0.0.1 sslmode=disable gssencmode=disable application_name=client port=" +
                           QByteArray::number(port) + " user=" + user + " password=" + password + " dbname=" + database)
                              .constData()),
              &PQfinish)
    {
        if (PQstatus(m_connection.get()) != CONNECTION_OK)
            qFatal("%s", PQerrorMessage(m_connection.get()));
    }
    QByteArray run(const QByteArray &sql)
    {
        const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(m_connection.get(), sql.constData()),
                                                                   &PQclear);
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            qFatal("%s", PQerrorMessage(m_connection.get()));
        return PQntuples(result.get()) > 0 ? QByteArray(PQgetvalue(result.get(), 0, 0)) : QByteArray();
    }
    /// Does not wait for the answer.
    void send(const QByteArray &sql)
    {
        if (!PQsendQuery(m_connection.get(), sql.constData()))
            qFatal("%s", PQerrorMessage(m_connection.get()));
    }
    [[nodiscard]] QString pid() const { return QString::number(PQbackendPID(m_connection.get())); }

private:
    std::unique_ptr<PGconn, decltype(&PQfinish)> m_connection;
};
} // namespace

/// What PostgreSQL and pgBouncer say, over captured answers and on real servers.
class TestPostgresql : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();

    void whatAServerSaysOfItself();
    void replicasAreTold_data();
    void replicasAreTold();
    void sessionsSayWhoWaitsForWhom();
    void oneMissingRightIsToldOfEachPart();
    void statementsAreMasked();
    void withoutStatementsOneIsToldHowToGetThem_data();
    void withoutStatementsOneIsToldHowToGetThem();
    void aTableThatIsHeldHasNoSize();
    void aStandbyBesideItsPrimaryIsNotAskedForTheTables();
    void poolsAreReadByName_data();
    void poolsAreReadByName();
    void aPoolSaysWhereItsNumbersStand();
    void aPartOfTheConsoleThatIsRefusedSpoilsNothingElse();
    void theConsoleHasItsOwnDatabase();

    void aLockNamesItsBlocker();
    void aStandbyIsFollowed();
    void aLogicalSlotIsNoStandby();
    void aPasswordInAStatementIsNowhere();
    void aViewerWithoutRightsIsToldWhatToGrant();
    void aDatabaseWithoutTheExtensionSaysSo();
    void detailsAreReadAtEverySixthPoll();
    void aPoolThatIsFullLetsItsClientsWait();
    void askingIsNoFailedTransaction();
    void theConsoleIsSentNoTimeout();
    void theConsoleRefusesWhoIsNoneOfItsUsers_data();
    void theConsoleRefusesWhoIsNoneOfItsUsers();

private:
    std::unique_ptr<Source> source(const PostgresConnection &connection, const QString &kind = u"postgresql"_s,
                                   const QString &name = u"postgresql"_s);
    static SourceAnswer ask(Source &source);
    SourceAnswer ask(const PostgresConnection &connection, const QString &kind = u"postgresql"_s,
                     const QString &name = u"postgresql"_s);
    PostgresConnection console(const QString &user, const QByteArray &password);

    std::unique_ptr<test::PostgresFixture> m_server;
    QTemporaryDir m_bouncerDirectory;
    std::optional<sandbox::LocalPgBouncer> m_bouncer;
    test::SecretFiles m_secrets;
    PgPool m_pool;
};

void TestPostgresql::initTestCase()
{
    m_server = std::make_unique<test::PostgresFixture>(QList<QByteArray>{
        "shared_preload_libraries = 'pg_stat_statements'", "autovacuum = off", "wal_level = logical"});
    m_server->execute("CREATE EXTENSION pg_stat_statements; CREATE ROLE viewer LOGIN PASSWORD 'see'; "
                      "CREATE ROLE watcher LOGIN PASSWORD 'see' IN ROLE pg_monitor; "
                      "CREATE ROLE standby LOGIN REPLICATION PASSWORD 'follow'; "
                      "CREATE TABLE accounts (id int PRIMARY KEY, amount int); "
                      "INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 1000) i; ANALYZE");
    QFile::setPermissions(m_bouncerDirectory.path(),
                          QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther);
    auto bouncer =
        sandbox::LocalPgBouncer::launch({.directory = m_bouncerDirectory.path(),
                                         .serverPort = m_server->server().port(),
                                         .database = "app",
                                         .users = {{"owner", "owner-password"}, {"watcher", "see"}, {"viewer", "see"}},
                                         .statsUser = "watcher",
                                         .adminUser = "owner",
                                         .poolSize = 1,
                                         .maxClients = 50});
    QVERIFY2(bouncer, bouncer ? "" : qPrintable(bouncer.error().message));
    m_bouncer.emplace(std::move(*bouncer));
    QVERIFY(m_bouncer->waitReady());
}

std::unique_ptr<Source> TestPostgresql::source(const PostgresConnection &connection, const QString &kind,
                                               const QString &name)
{
    Profile profile;
    profile.connections[name] = connection;
    const auto factory = sourceFactory(
        {.id = u"it"_s, .kind = kind, .connection = name, .interval = 5s, .deadline = 5s, .options = {}}, profile);
    if (!factory)
        qFatal("%s", qPrintable(factory.error().first().message));
    return (*factory)({.http = nullptr, .postgres = &m_pool});
}

SourceAnswer TestPostgresql::ask(Source &source)
{
    std::optional<SourceAnswer> answer;
    const Call call = source.poll([&](const SourceAnswer &a) { answer = a; });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, 10'000))
        return {.outcome = failure(ErrorCode::Timeout, u"the source never answered"_s), .exchanges = {}};
    return *answer;
}

SourceAnswer TestPostgresql::ask(const PostgresConnection &connection, const QString &kind, const QString &name)
{
    const auto asked = source(connection, kind, name);
    return ask(*asked);
}

PostgresConnection TestPostgresql::console(const QString &user, const QByteArray &password)
{
    PostgresConnection to = m_server->connection(user, password);
    to.port = m_bouncer->port();
    to.database = u"pgbouncer"_s;
    return to;
}

void TestPostgresql::whatAServerSaysOfItself()
{
    PgAnswers answers = captured();
    answers.statistics.rows = rows(
        "database|version|max_connections|is_standby|size|numbackends|xact_commit|xact_rollback|blks_hit|blks_read|"
        "deadlocks|oldest_transaction_ids|wraparound_limit|archived|failed|last_archived_at_ms|last_failed_at_ms|"
        "statements_schema|replay_delay_ms\n"
        "app|15.14|100|0|8000000|3|10|0|90|-4|0|1024|200000000|17|2|1795266604000|-|public|-");
    const auto found = postgresFindings(answers, {.server = u"main"_s}, viewer);
    QCOMPARE(
        said<Database>(found),
        QStringList{u"database/main version=15.14 connections=3 max_connections=100 active=2 longest_query_ms=12.5 "
                    "size_bytes=8000000 commits_total=10 rollbacks_total=0 blocks_hit_total=90 "
                    "blocks_read_total=- deadlocks_total=0 is_standby=0 replay_delay_ms=- waiting=1 "
                    "idle_in_transaction=3 oldest_transaction_ids=1024 wraparound_limit=200000000 "
                    "archived_total=17 archive_failures_total=2 last_archived_at=1795266604000 "
                    "last_archive_failure_at=- schema_version=- environment=-"_s});
    QCOMPARE(all<Database>(found).first().waiting.origin, (Origin{1, u"/0/waiting"_s}));
    QCOMPARE(refused(found), QStringList());
}

void TestPostgresql::replicasAreTold_data()
{
    QTest::addColumn<QByteArray>("table");
    QTest::addColumn<QStringList>("lines");
    const auto r = [](const char *name, const QByteArray &table, const QStringList &lines) {
        QTest::newRow(name) << table << lines;
    };
    r("none", {}, {});
    r("streaming", "replica_1|127.0.0.1|43630|streaming|async|0|0.167",
      {u"replica/postgresql/replica_1 address=127.0.0.1:43630 state=streaming sync=async lag_bytes=0 delay_ms=0.167"_s});
    r("by a socket, and never heard of yet", "replica_1|-|-1|catchup|sync|-|-",
      {u"replica/postgresql/replica_1 address=- state=catchup sync=sync lag_bytes=- delay_ms=-"_s});
    r("namesakes", "walreceiver|10.0.0.1|1|streaming|async|5|1\nwalreceiver|10.0.0.2|2|streaming|async|6|1",
      {u"replica/postgresql/10.0.0.1:1 address=10.0.0.1:1 state=streaming sync=async lag_bytes=5 delay_ms=1"_s,
       u"replica/postgresql/10.0.0.2:2 address=10.0.0.2:2 state=streaming sync=async lag_bytes=6 delay_ms=1"_s});
    r("gone", "replica_1|-|-|inactive|-|104857600|-",
      {u"replica/postgresql/replica_1 address=- state=inactive sync=- lag_bytes=104857600 delay_ms=-"_s});
}

void TestPostgresql::replicasAreTold()
{
    QFETCH(QByteArray, table);
    QFETCH(QStringList, lines);
    PgAnswers answers = captured();
    answers.replication.rows = rows(table.isEmpty() ? replicationHead : replicationHead + '\n' + table);
    const auto found = postgresFindings(answers, {}, viewer);
    QCOMPARE(said<Replica>(found), lines);
    QCOMPARE(refused(found), QStringList());
}

void TestPostgresql::sessionsSayWhoWaitsForWhom()
{
    PgAnswers answers = captured();
    answers.sessions.rows = rows(
        sessionsHead +
        "\n4711|owner||active|Lock: transactionid|UPDATE accounts SET amount = 1|950.5|4712, a prepared transaction|0"
        "\n4712|owner|psql|idle in transaction|Client: ClientRead|ALTER ROLE bob PASSWORD 'hunter2'|61000|-|1"
        "\n4713|-|-|active|-|autovacuum: VACUUM public.accounts|-5|-|0");
    const auto found = postgresFindings(answers, {}, viewer);
    QCOMPARE(said<Session>(found),
             (QStringList{u"session/4711 user=owner application= state=active wait_event=Lock: transactionid "
                          "statement=UPDATE accounts SET amount = 1 running_for_ms=950.5 "
                          "blocked_by=4712, a prepared transaction blocking=0"_s,
                          u"session/4712 user=owner application=psql state=idle in transaction "
                          "wait_event=Client: ClientRead statement=ALTER ROLE bob PASSWORD '••••' "
                          "running_for_ms=61000 blocked_by=- blocking=1"_s,
                          u"session/4713 user=- application=- state=active wait_event=- "
                          "statement=autovacuum: VACUUM public.accounts running_for_ms=0 blocked_by=- blocking=0"_s}));
}

void TestPostgresql::oneMissingRightIsToldOfEachPart()
{
    PgAnswers answers = captured();
    answers.activity.rows = rows("active|waiting|idle_in_transaction|hidden|longest_query_ms\n0|0|0|4|0");
    answers.replication.rows = rows(replicationHead + "\nreplica_1|-|-|-|-|-|-");
    answers.sessions.rows = rows(sessionsHead + "\n4711|viewer||active|-|SELECT 1|1|-|0");
    answers.statements.rows = rows(statementsHead + "\n-|10|1|<insufficient privilege>|9|1|1|1|1|9");
    const auto found = postgresFindings(answers, {}, viewer);
    QCOMPARE(refused(found), (QStringList{u"database/activity: forbidden"_s, u"replica: forbidden"_s,
                                          u"session: forbidden"_s, u"statement: forbidden"_s}));
    for (const Refusal &refusal : found->refusals)
        QVERIFY(refusal.error.message.contains(u"GRANT pg_read_all_stats TO viewer"_s));
    const Database database = all<Database>(found).first();
    QVERIFY(!database.active.has() && !database.waiting.has() && !database.idleInTransaction.has());
    QVERIFY(all<Replica>(found).isEmpty() && all<Session>(found).isEmpty() && all<Statement>(found).isEmpty());
}

void TestPostgresql::statementsAreMasked()
{
    PgAnswers answers = captured();
    answers.statements.rows = rows(statementsHead + "\n-77|10|2|SELECT|1000|5000.5|5|91|0|0");
    answers.statements.rows->rows[0][3] =
        "SELECT *\n FROM x -- " + QString(QChar(0x202E)).toUtf8() + QByteArray(2000, 'y');
    answers.statements.rows->rows.append(
        {"78", "10", "1", "CREATE ROLE bob LOGIN PASSWORD 'hunter2", "1", "2", "2", "2", std::nullopt, "0"});
    const auto found = all<Statement>(postgresFindings(answers, {}, viewer));
    QCOMPARE(found.size(), 2);
    QCOMPARE(found[0].id, u"-77/10"_s);
    QVERIFY(found[0].text->startsWith(u"SELECT *  FROM x -- yyy"_s));
    QCOMPARE(found[0].text->size(), 1000);
    QCOMPARE(found[0].rows.value, 0);
    QCOMPARE(found[0].total.value, Millis(5000.5));
    QCOMPARE(found[1].id, u"78"_s);
    QCOMPARE(found[1].text.value, u"CREATE ROLE bob LOGIN PASSWORD '••••'"_s);
    QVERIFY(!found[1].rows.has());
}

void TestPostgresql::withoutStatementsOneIsToldHowToGetThem_data()
{
    QTest::addColumn<ErrorCode>("code"); // of the server's refusal; Cancelled: the extension is not there
    QTest::addColumn<QString>("says");
    QTest::newRow("not there") << ErrorCode::Cancelled << u"CREATE EXTENSION pg_stat_statements"_s;
    QTest::newRow("old") << ErrorCode::NotFound << u"ALTER EXTENSION pg_stat_statements UPDATE"_s;
    QTest::newRow("no right") << ErrorCode::Forbidden << u"GRANT pg_monitor TO viewer"_s;
    QTest::newRow("not loaded") << ErrorCode::ServerError << u"said the server"_s;
}

void TestPostgresql::withoutStatementsOneIsToldHowToGetThem()
{
    QFETCH(ErrorCode, code);
    QFETCH(QString, says);
    PgAnswers answers = captured();
    answers.statements.rows = failure(code, u"said the server"_s, u"db:5432"_s);
    if (code == ErrorCode::Cancelled)
        answers.statements.sql.clear();
    const auto found = postgresFindings(answers, {}, viewer);
    const Error *error = refusal(found, u"statement"_s);
    QVERIFY(error && found->refusals.size() == 1);
    QVERIFY2(error->message.contains(says), qPrintable(error->message));
    // Where the profile says that there is none, nobody is told.
    QCOMPARE(refused(postgresFindings(answers, {.hasStatements = false}, viewer)), QStringList());
}

void TestPostgresql::aTableThatIsHeldHasNoSize()
{
    PgAnswers answers = captured();
    answers.relations.rows = rows(relationsHead + "\npublic.accounts|-|1000|0|-\npublic.t|0|-|-|1795266604000");
    const auto found = postgresFindings(answers, {}, viewer);
    QCOMPARE(said<Relation>(found),
             (QStringList{u"relation/public.accounts size_bytes=- rows=1000 dead_rows=0 vacuumed_at=-"_s,
                          u"relation/public.t size_bytes=0 rows=- dead_rows=- vacuumed_at=1795266604000"_s}));
    answers.relations.rows = failure(ErrorCode::Timeout, u"the statement was cancelled"_s, u"db:5432"_s);
    QCOMPARE(refused(postgresFindings(answers, {}, viewer)), QStringList{u"relation: timeout"_s});
}

void TestPostgresql::aStandbyBesideItsPrimaryIsNotAskedForTheTables()
{
    PgAnswers answers = postgresStatements({});
    answers.statistics.rows = rows("is_standby|statements_schema\n1|odd schema");
    askDetails(answers, {.server = u"replica"_s, .hasStatements = false});
    QVERIFY(answers.relations.sql.isEmpty() && answers.statements.sql.isEmpty());
    // Nobody else tells them where it is the only one that is watched.
    askDetails(answers, {});
    QVERIFY(!answers.relations.sql.isEmpty());
    QVERIFY(answers.statements.sql.contains("odd schema.pg_stat_statements"));
}

void TestPostgresql::poolsAreReadByName_data()
{
    QTest::addColumn<QByteArray>("table");
    QTest::addColumn<QStringList>("lines");
    QTest::newRow("1.18") << poolsHead + "\napp|owner|12|3|25|0|4|11|500000|transaction\n"
                                         "pgbouncer|pgbouncer|1|0|0|0|0|0|0|statement"
                          << QStringList{u"pool/app/owner mode=transaction clients_active=12 clients_waiting=3 "
                                         "servers_active=25 servers_idle=4 size=25 max_clients=1000 "
                                         "longest_wait_ms=11500 is_paused=0"_s};
    QTest::newRow("fewer columns, another order, NULLs")
        << QByteArray("user|database|cl_waiting|maxwait|sv_idle|cl_active\nowner|other|-|2|0|0")
        << QStringList{u"pool/other/owner mode=- clients_active=0 clients_waiting=- servers_active=- servers_idle=0 "
                       "size=- max_clients=1000 longest_wait_ms=2000 is_paused=-"_s};
    QTest::newRow("none") << poolsHead << QStringList();
}

void TestPostgresql::poolsAreReadByName()
{
    QFETCH(QByteArray, table);
    QFETCH(QStringList, lines);
    const auto found = bouncerFindings(capturedPools(table), viewer);
    QCOMPARE(said<Pool>(found), lines);
    QCOMPARE(refused(found), QStringList());
}

void TestPostgresql::aPoolSaysWhereItsNumbersStand()
{
    const auto found = bouncerFindings(
        capturedPools(poolsHead + "\na|b|1|0|0|1|0|0|0|session\napp|owner|1|0|0|1|0|0|0|session"), viewer);
    const Pool pool = all<Pool>(found).last();
    QCOMPARE(pool.clientsActive.origin, (Origin{0, u"/1/cl_active"_s}));
    QCOMPARE(pool.serversIdle.origin, (Origin{0, u"/1"_s}));
    QCOMPARE(pool.size.origin, (Origin{1, u"/0/pool_size"_s}));
    QCOMPARE(pool.maxClients.origin, (Origin{2, u"/1/value"_s}));
}

void TestPostgresql::aPartOfTheConsoleThatIsRefusedSpoilsNothingElse()
{
    BouncerAnswers answers = capturedPools(poolsHead + "\napp|owner|1|0|0|1|0|0|0|session");
    answers.databases.rows = failure(ErrorCode::Forbidden, u"admin access needed"_s, u"db:6432"_s);
    const auto found = bouncerFindings(answers, viewer);
    QCOMPARE(refused(found), QStringList{u"pool/size: forbidden"_s});
    const Pool pool = all<Pool>(found).first();
    QVERIFY(!pool.size.has() && !pool.isPaused.has());
    // Its exchange is left out, so the next one moves up.
    QCOMPARE(pool.maxClients.origin, (Origin{1, u"/1/value"_s}));
    QCOMPARE(pool.maxClients.value, 1000);
    answers.pools.rows = failure(ErrorCode::Forbidden, u"not allowed"_s, u"db:6432"_s);
    QVERIFY(bouncerFindings(answers, viewer).error().message.contains(u"stats_users"_s));
}

void TestPostgresql::theConsoleHasItsOwnDatabase()
{
    Profile profile;
    profile.connections[u"pgbouncer"_s] = viewer;
    const auto factory = sourceFactory({.id = u"pools"_s,
                                        .kind = u"pgbouncer"_s,
                                        .connection = u"pgbouncer"_s,
                                        .interval = 5s,
                                        .deadline = 5s,
                                        .options = {}},
                                       profile);
    QVERIFY(!factory);
    QVERIFY(factory.error().first().message.contains(u"'database: pgbouncer'"_s));
}

void TestPostgresql::aLockNamesItsBlocker()
{
    const quint16 port = m_server->server().port();
    Client holder(port, "owner", "owner-password");
    Client waiter(port, "owner", "owner-password");
    Client idle(port, "owner", "owner-password");
    holder.run("BEGIN; LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE");
    waiter.send("UPDATE accounts SET amount = 1 WHERE id = 1");
    SourceAnswer answer;
    const auto sessions = [&] { return all<Session>(answer.outcome); };
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            answer = ask(m_server->connection(u"watcher"_s, "see"));
            return answer.outcome && sessions().size() == 2 &&
                   sessions()[1].blockedBy.has() != sessions()[0].blockedBy.has();
        }(),
        30'000);
    QList<Session> found = sessions();
    std::ranges::sort(found, {}, [](const Session &s) { return s.blockedBy.has(); });
    QCOMPARE(found[0].pid, holder.pid());
    QCOMPARE(found[0].blocking.value, 1);
    QCOMPARE(found[0].state.value, u"idle in transaction"_s);
    QVERIFY(found[0].runningFor.has());
    QCOMPARE(found[1].pid, waiter.pid());
    QCOMPARE(found[1].blockedBy.value, holder.pid());
    QCOMPARE(found[1].blocking.value, 0);
    QCOMPARE(found[1].waitEvent.value, u"Lock: relation"_s);
    QCOMPARE(found[1].statement.value, u"UPDATE accounts SET amount = 1 WHERE id = 1"_s);
    QCOMPARE(found[1].application.value, u"client"_s);
    const Database database = all<Database>(answer.outcome).first();
    QCOMPARE(database.waiting.value, 1);
    QCOMPARE(database.idleInTransaction.value, 1);
    // Nothing waits for the table, and nothing but its size is missing.
    QCOMPARE(refused(answer.outcome), (QStringList{}));
    const auto relations = all<Relation>(answer.outcome);
    const auto accounts = std::ranges::find(relations, u"public.accounts"_s, &Relation::relation);
    QVERIFY(accounts != relations.end());
    QVERIFY(!accounts->size.has());
    QCOMPARE(accounts->rows.value, 1000);
    holder.run("ROLLBACK");
    const SourceAnswer after = ask(m_server->connection(u"watcher"_s, "see"));
    const auto unheld = all<Relation>(after.outcome);
    QVERIFY(std::ranges::find(unheld, u"public.accounts"_s, &Relation::relation)->size->count > 32 * 1024);
    QCOMPARE(all<Database>(after.outcome).first().waiting.value, 0);
}

void TestPostgresql::aStandbyIsFollowed()
{
    QTemporaryDir directory;
    QFile::setPermissions(directory.path(),
                          QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther);
    sandbox::LocalPostgres::Options options = m_server->server().options();
    options.directory = directory.path();
    options.port = 0;
    options.primary = {.port = m_server->server().port(), .user = "standby", .password = "follow", .slot = "second"};
    options.configLines += {"cluster_name = 'second'", "archive_mode = on", "archive_command = 'true'"};
    auto standby = sandbox::LocalPostgres::start(options);
    QVERIFY2(standby, standby ? "" : qPrintable(standby.error().message));
    PostgresConnection to = m_server->connection(u"watcher"_s, "see");
    const auto replicas = [&] { return all<Replica>(ask(to).outcome); };
    QTRY_VERIFY_WITH_TIMEOUT(replicas().size() == 1 && replicas().first().state.value == u"streaming"_s, 30'000);
    QTRY_VERIFY_WITH_TIMEOUT(replicas().first().lag.value == Bytes{0}, 30'000);
    QCOMPARE(replicas().first().id, u"second"_s);
    QVERIFY(replicas().first().address->startsWith(u"127.0.0.1:"_s));
    QVERIFY(replicas().first().delay.has());

    PostgresConnection second = to;
    second.port = standby->port();
    const auto follower = [&] { return ask(second, u"postgresql"_s, u"second"_s); };
    const auto database = [&] { return all<Database>(follower().outcome).first(); };
    const SourceAnswer answer = follower();
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(refused(answer.outcome), QStringList());
    QCOMPARE(database().name(), u"second"_s);
    QCOMPARE(database().isStandby.value, 1);
    QVERIFY(!database().archivedTotal.has() && !database().lastArchivedAt.has());
    QVERIFY(database().oldestTransactionIds.has());
    QVERIFY(all<Replica>(answer.outcome).isEmpty() && all<Relation>(answer.outcome).isEmpty());
    QVERIFY(!all<Database>(ask(to).outcome).first().replayDelay.has());
    m_server->execute("UPDATE accounts SET amount = 2");
    QTRY_VERIFY_WITH_TIMEOUT(database().replayDelay.value == Millis(0), 30'000);

    Client admin(standby->port(), "owner", "owner-password");
    // While nobody writes, the last commit grows old, and nothing is late.
    const QByteArray isOld("SELECT clock_timestamp() - pg_last_xact_replay_timestamp() > interval '2 s'");
    QTRY_COMPARE_WITH_TIMEOUT(admin.run(isOld), "t", 30'000);
    QCOMPARE(database().replayDelay.value, Millis(0));
    admin.run("SELECT pg_wal_replay_pause()");
    QTRY_COMPARE_WITH_TIMEOUT(admin.run("SELECT pg_get_wal_replay_pause_state()"), "paused", 30'000);
    m_server->execute("UPDATE accounts SET amount = 3");
    QTRY_VERIFY_WITH_TIMEOUT(replicas().first().lag->count > 10'000, 30'000);
    QTRY_VERIFY_WITH_TIMEOUT(*database().replayDelay > Millis(500), 30'000);
    QCOMPARE(replicas().first().state.value, u"streaming"_s);
    admin.run("SELECT pg_wal_replay_resume()");
    QTRY_VERIFY_WITH_TIMEOUT(database().replayDelay.value == Millis(0), 30'000);
    QTRY_VERIFY_WITH_TIMEOUT(replicas().first().lag.value == Bytes{0}, 30'000);

    standby->stop();
    QTRY_VERIFY_WITH_TIMEOUT(replicas().first().state.value == u"inactive"_s, 30'000);
    QCOMPARE(replicas().size(), 1);
    QCOMPARE(replicas().first().id, u"second"_s);
    const qint64 held = replicas().first().lag->count;
    m_server->execute("UPDATE accounts SET amount = 4");
    QTRY_VERIFY2(replicas().first().lag->count > held, qPrintable(toWord(replicas().first())));
    m_server->execute("SELECT pg_drop_replication_slot('second')");
    QVERIFY(replicas().isEmpty());
}

void TestPostgresql::aLogicalSlotIsNoStandby()
{
    m_server->execute("SELECT pg_create_logical_replication_slot('changes', 'pgoutput')");
    const auto replicas = all<Replica>(ask(m_server->connection(u"watcher"_s, "see")).outcome);
    m_server->execute("SELECT pg_drop_replication_slot('changes')");
    QCOMPARE(replicas.size(), 1);
    QCOMPARE(replicas.first().id, u"changes"_s);
    QCOMPARE(replicas.first().state.value, u"logical, inactive"_s);
    QVERIFY(replicas.first().lag.has());
}

void TestPostgresql::aPasswordInAStatementIsNowhere()
{
    m_server->execute("SELECT pg_stat_statements_reset()");
    m_server->execute("ALTER ROLE standby PASSWORD 'hunter2hunter2'");
    Client client(m_server->server().port(), "owner", "owner-password");
    client.send(
        "DO $do$ BEGIN EXECUTE 'ALTER ROLE standby PASSWORD ''hunter2hunter2'''; PERFORM pg_sleep(20); END $do$");
    SourceAnswer answer;
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            answer = ask(m_server->connection(u"watcher"_s, "see"));
            return answer.outcome && !all<Session>(answer.outcome).isEmpty();
        }(),
        30'000);
    const auto statements = said<Statement>(answer.outcome);
    QVERIFY2(std::ranges::any_of(statements,
                                 [](const QString &s) { return s.contains(u"ALTER ROLE standby PASSWORD '••••'"_s); }),
             qPrintable(statements.join(u'\n')));
    QString everything = statements.join(u'\n') + said<Session>(answer.outcome).join(u'\n');
    for (const Exchange &exchange : std::as_const(answer.exchanges))
        everything += exchange.command + QString::fromUtf8(exchange.reply);
    QVERIFY(everything.contains(u"pg_sleep"_s) || everything.contains(u"DO $do$"_s));
    QVERIFY2(!everything.contains(u"hunter2"_s), qPrintable(everything));
}

void TestPostgresql::aViewerWithoutRightsIsToldWhatToGrant()
{
    Client other(m_server->server().port(), "owner", "owner-password");
    other.send("SELECT pg_sleep(20)");
    m_server->execute("SELECT pg_create_physical_replication_slot('reserved', true)");
    const SourceAnswer answer = ask(m_server->connection(u"viewer"_s, "see"));
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(refused(answer.outcome),
             (QStringList{u"database/activity: forbidden"_s, u"session: forbidden"_s, u"statement: forbidden"_s}));
    QVERIFY(all<Database>(answer.outcome).first().maxConnections.has());
    // Slots are shown to everybody.
    QCOMPARE(all<Replica>(answer.outcome).value(0).id, u"reserved"_s);
    QVERIFY(!all<Relation>(answer.outcome).isEmpty());
    m_server->execute("SELECT pg_drop_replication_slot('reserved')");
    QCOMPARE(refused(ask(m_server->connection(u"watcher"_s, "see")).outcome), QStringList());
}

void TestPostgresql::aDatabaseWithoutTheExtensionSaysSo()
{
    PostgresConnection to = m_server->connection(u"watcher"_s, "see");
    to.database = u"postgres"_s;
    const SourceAnswer answer = ask(to);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(refused(answer.outcome), QStringList{u"statement: not-found"_s});
    QVERIFY(refusal(answer.outcome, u"statement"_s)->message.contains(u"in the database postgres"_s));
}

void TestPostgresql::detailsAreReadAtEverySixthPoll()
{
    const auto asked = source(m_server->connection(u"watcher"_s, "see"));
    m_server->execute("DROP TABLE IF EXISTS later");
    QList<bool> seen;
    for (int poll = 0; poll < 7; ++poll) {
        const SourceAnswer answer = ask(*asked);
        QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
        const auto relations = all<Relation>(answer.outcome);
        const auto accounts = std::ranges::find(relations, u"public.accounts"_s, &Relation::relation);
        QVERIFY(accounts != relations.end() && !all<Statement>(answer.outcome).isEmpty());
        const Exchange &shown = answer.exchanges.at(accounts->size.origin.exchange);
        QVERIFY(shown.reply.contains("asked_at") && shown.reply.contains("public.accounts"));
        seen.append(std::ranges::find(relations, u"public.later"_s, &Relation::relation) != relations.end());
        if (poll == 0)
            m_server->execute("CREATE TABLE later AS SELECT 1 AS one");
    }
    QCOMPARE(seen, (QList<bool>{false, false, false, false, false, false, true}));
    m_server->execute("DROP TABLE later");
}

void TestPostgresql::aPoolThatIsFullLetsItsClientsWait()
{
    const auto asked = source(console(u"watcher"_s, "see"), u"pgbouncer"_s, u"pgbouncer"_s);
    const auto pool = [&] {
        const SourceAnswer answer = ask(*asked);
        if (!answer.outcome)
            qFatal("%s", qPrintable(answer.outcome.error().message));
        return all<Pool>(answer.outcome).value(0);
    };
    Client first(m_bouncer->port(), "owner", "owner-password");
    first.run("BEGIN");
    Client second(m_bouncer->port(), "owner", "owner-password");
    second.send("SELECT 1");
    QTRY_COMPARE_WITH_TIMEOUT(pool().clientsWaiting.value, 1, 30'000);
    const Pool full = pool();
    QCOMPARE(full.name(), u"app/owner"_s);
    QCOMPARE(full.mode.value, u"transaction"_s);
    QCOMPARE(full.clientsActive.value, 1);
    QCOMPARE(full.serversActive.value, 1);
    QCOMPARE(full.serversIdle.value, 0);
    QCOMPARE(full.size.value, 1);
    QCOMPARE(full.maxClients.value, 50);
    QCOMPARE(full.isPaused.value, 0);
    QTRY_VERIFY_WITH_TIMEOUT(*pool().longestWait > Millis(100), 30'000);
    first.run("COMMIT");
    QTRY_COMPARE_WITH_TIMEOUT(pool().clientsWaiting.value, 0, 30'000);
    QCOMPARE(pool().longestWait.value, Millis(0));
    QTRY_COMPARE_WITH_TIMEOUT(pool().serversIdle.value, 1, 30'000);
    Client admin(m_bouncer->port(), "owner", "owner-password", "pgbouncer");
    admin.run("PAUSE app");
    QTRY_COMPARE_WITH_TIMEOUT(pool().isPaused.value, 1, 30'000);
    admin.run("RESUME app");
    QTRY_COMPARE_WITH_TIMEOUT(pool().isPaused.value, 0, 30'000);
}

void TestPostgresql::askingIsNoFailedTransaction()
{
    m_server->execute("CREATE DATABASE asked", "postgres");
    PostgresConnection connection = m_server->connection(u"watcher"_s, "see");
    connection.database = u"asked"_s;
    const auto counted = [&](const QByteArray &what) {
        return m_server->execute("SELECT " + what + " FROM pg_stat_database WHERE datname = 'asked'", "postgres")
            .toInt();
    };
    {
        auto asked = PgConnection::open(connection, std::chrono::steady_clock::now() + 10s);
        QVERIFY(asked);
        for (int i = 0; i < 5; ++i)
            QVERIFY(askReadOnly(*asked, "SELECT 1", std::chrono::steady_clock::now() + 10s));
    }
    // A session tells its counts when it ends.
    QTRY_VERIFY_WITH_TIMEOUT(counted("xact_commit") + counted("xact_rollback") >= 5, 20'000);
    QCOMPARE(counted("xact_rollback"), 0);
}

void TestPostgresql::theConsoleIsSentNoTimeout()
{
    const auto in = [](std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; };
    auto connection = PgConnection::open(console(u"watcher"_s, "see"), in(2s));
    QVERIFY2(connection, connection ? "" : qPrintable(connection.error().message));
    // Longer than it was opened for: elsewhere statement_timeout would be set.
    QVERIFY(connection->query("SHOW POOLS", {}, in(60s)));
    const auto refused = connection->query("BEGIN", {}, in(5s));
    QCOMPARE(refused.error().code, ErrorCode::Unsupported);
    QVERIFY(refused.error().message.startsWith(u"pgBouncer says: "_s));
    QVERIFY(connection->usable());
}

void TestPostgresql::theConsoleRefusesWhoIsNoneOfItsUsers_data()
{
    QTest::addColumn<QString>("user");
    QTest::addColumn<QByteArray>("password");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("wrong password") << u"watcher"_s << QByteArray("hunter2") << ErrorCode::AuthRequired;
    QTest::newRow("not of the console's") << u"viewer"_s << QByteArray("see") << ErrorCode::Forbidden;
    QTest::newRow("unknown") << u"nobody"_s << QByteArray("see") << ErrorCode::AuthRequired;
}

void TestPostgresql::theConsoleRefusesWhoIsNoneOfItsUsers()
{
    QFETCH(QString, user);
    QFETCH(QByteArray, password);
    QFETCH(ErrorCode, code);
    const SourceAnswer answer = ask(console(user, password), u"pgbouncer"_s, u"pgbouncer"_s);
    QVERIFY(!answer.outcome);
    QCOMPARE(answer.outcome.error().code, code);
    QVERIFY(!answer.outcome.error().message.contains(u"hunter2"_s));
}

QTEST_GUILESS_MAIN(TestPostgresql)
#include "tst_postgresql.moc"
