/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/password/password_rotation.h"
#include "actions/registry.h"
#include "bench.h"
#include "fake_render.h"
#include "parts/database.h"
#include "parts/redis_link.h"
#include "support/server_fixtures.h"

#include <QCryptographicHash>
#include <QDir>
#include <QTest>
#include <QUrl>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;
using Fault = FakeRender::Fault;

namespace {
const QString redisUrl = u"REDIS_URL"_s;
const QString databaseUrl = u"DATABASE_URL"_s;
const QByteArray first = "first-password-7731";
const QByteArray operators = "operator-password-5512";

QByteArray hashOf(const QByteArray &secret)
{
    return QCryptographicHash::hash(secret, QCryptographicHash::Sha256).toHex();
}

/// What a service does that was deployed on `render`: it keeps a connection to each store and opens others, with what
/// its live deploy was started with.
class Worker
{
public:
    /// `postgres`: its port, where the login is no URL.
    explicit Worker(FakeRender &render, quint16 postgres = 0)
        : m_render(render)
        , m_postgres(postgres)
        , m_thread([this] { work(); })
    {
    }
    ~Worker()
    {
        m_isOver = true;
        m_thread.join();
    }
    Worker(const Worker &) = delete;
    Worker &operator=(const Worker &) = delete;
    std::atomic<int> served = 0;
    std::atomic<int> failed = 0;

private:
    void work()
    {
        QString deploy;
        std::unique_ptr<sandbox::RedisLink> redis;
        std::unique_ptr<sandbox::Database> database;
        while (!m_isOver) {
            QUrl toRedis;
            QUrl toDatabase;
            {
                const std::lock_guard guard(m_render.lock);
                const auto live = std::ranges::find(m_render.deploys, u"live"_s, &FakeRender::Deploy::status);
                if (live->id != deploy) {
                    deploy = live->id;
                    redis.reset();
                    database.reset();
                }
                toRedis = QUrl(live->variables[redisUrl]);
                toDatabase = QUrl(live->variables[databaseUrl]);
                if (m_postgres != 0)
                    toDatabase =
                        QUrl(u"postgresql://app_a:%1@127.0.0.1:%2/app"_s.arg(live->variables[u"POSTGRES_PASSWORD"_s])
                                 .arg(m_postgres));
            }
            if (toRedis.isValid() && !toRedis.isEmpty()) {
                const sandbox::RedisAddress address{.port = static_cast<quint16>(toRedis.port()),
                                                    .password = toRedis.password().toUtf8(),
                                                    .user = toRedis.userName().toUtf8()};
                if (!redis)
                    redis = std::make_unique<sandbox::RedisLink>(address);
                count(redis->command({"GET", "stock"}).has_value());
                count(sandbox::RedisLink(address).command({"GET", "stock"}).has_value());
            }
            if (toDatabase.isValid() && !toDatabase.isEmpty()) {
                const sandbox::DatabaseAddress address{static_cast<quint16>(toDatabase.port()), "app",
                                                       toDatabase.userName().toUtf8(), toDatabase.password().toUtf8()};
                if (!database)
                    database = std::make_unique<sandbox::Database>(address);
                count(database->query("SELECT count(*) FROM orders").has_value());
                count(sandbox::Database(address).query("SELECT count(*) FROM orders").has_value());
            }
            std::this_thread::sleep_for(50ms);
        }
    }
    void count(bool isServed) { ++(isServed ? served : failed); }
    FakeRender &m_render;
    const quint16 m_postgres;
    std::atomic<bool> m_isOver = false;
    std::thread m_thread;
};
} // namespace

/// Passwords that a service logs in to its stores with, rotated on its platform and in the stores.
class TestPasswords : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aUrlGetsAnotherLoginAndNothingElse_data();
    void aUrlGetsAnotherLoginAndNothingElse();
    void aRedisPasswordIsRotatedAndNobodyIsRefused();
    void aRestartOfRedisKeepsTheNewOne_data();
    void aRestartOfRedisKeepsTheNewOne();
    void whoConnectedBeforeHoldsItUp();
    void twoPasswordsAreFinishedOrRotated_data();
    void twoPasswordsAreFinishedOrRotated();
    void whatFailsHalfWayIsTakenBackOrGoneOnWith_data();
    void whatFailsHalfWayIsTakenBackOrGoneOnWith();
    void whatCannotBeInRedisIsRefusedBeforeAnything_data();
    void whatCannotBeInRedisIsRefusedBeforeAnything();
    void rolesTakeTurnsAndNobodyIsRefused();
    void rolesThatDifferAreRefused_data();
    void rolesThatDifferAreRefused();
    void bothRolesThatLogInAreFinished();
    void oneRolesPasswordIsChanged();
    void whatCannotBeSetBackIsNotTakenFromTheRole();
    void whoeverIsAskedForNoPasswordIsRefused_data();
    void whoeverIsAskedForNoPasswordIsRefused();
    void halfALoginIsPutBack_data();
    void halfALoginIsPutBack();
    void halfALoginOfSomebodyElseIsLeft();
    void whatCannotBeInPostgresIsRefusedBeforeAnything_data();
    void whatCannotBeInPostgresIsRefusedBeforeAnything();
    void oneOfTwoConsolesRotates();
    void anotherStoreIsNotTouched();

private:
    void startRedis(const QList<QByteArray> &lines = {}, const QByteArray &operatorRules = {});
    void startPostgres();
    [[nodiscard]] std::unique_ptr<Action> action(const QString &id, const QByteArray &watch = "30 s");
    [[nodiscard]] QByteArray set(const QString &variable)
    {
        const std::lock_guard guard(m_render->lock);
        return m_render->variables[variable].toUtf8();
    }
    void setTo(const QString &variable, const QString &value)
    {
        const std::lock_guard guard(m_render->lock);
        m_render->variables[variable] = value;
    }
    [[nodiscard]] static QByteArray passwordIn(const QByteArray &url)
    {
        return QUrl(QString::fromUtf8(url)).password().toUtf8();
    }
    [[nodiscard]] QList<QByteArray> hashes()
    {
        QList<QByteArray> all;
        for (const QByteArray &word : aclLine().split(' ')) {
            if (word.startsWith('#'))
                all.append(word.sliced(1));
        }
        return all;
    }
    /// As ACL LIST has it.
    [[nodiscard]] QByteArray aclLine();
    [[nodiscard]] bool letsIn(const QByteArray &user, const QByteArray &password);
    [[nodiscard]] bool roleLetsIn(const QByteArray &user, const QByteArray &password)
    {
        return sandbox::Database({m_postgres->server().port(), "app", user, password}).query("SELECT 1").has_value();
    }
    /// Everything that a rotation writes, in the plan, the report, the journal and the servers' logs.
    [[nodiscard]] QByteArray written(const Bench &bench, const Plan &plan, const Report &report) const;
    [[nodiscard]] QByteArray deploymentUrl(const QByteArray &user, const QByteArray &password) const
    {
        return "postgresql://" + user + ':' + password +
               "@127.0.0.1:" + QByteArray::number(m_postgres->server().port()) + "/app?schema=public&sslmode=disable";
    }
    void fail(const QByteArray &what, Fault fault, const QString &health = u"ok"_s)
    {
        const std::lock_guard guard(m_render->lock);
        m_render->faulty = what;
        m_render->fault = fault;
        m_render->health = health;
    }
    void live()
    {
        const std::lock_guard guard(m_render->lock);
        m_render->deploys.first().variables = m_render->variables;
    }

    std::unique_ptr<FakeRender> m_render;
    std::unique_ptr<test::RedisFixture> m_redis;
    std::unique_ptr<test::PostgresFixture> m_postgres;
    bool m_hasDatabase = false; ///< in this test
    SecretFiles m_secrets;
    SystemClock m_clock;
    QByteArray m_options; ///< of the database's action
};

void TestPasswords::init()
{
    m_redis.reset();
    m_hasDatabase = false;
    m_options = "roles: [app_a, app_b], variables: {url: DATABASE_URL}";
    m_render = std::make_unique<FakeRender>();
}

void TestPasswords::startRedis(const QList<QByteArray> &lines, const QByteArray &operatorRules)
{
    m_redis = std::make_unique<test::RedisFixture>(
        "", QList<QByteArray>{"slowlog-log-slower-than 0", "slowlog-max-len 4096", "loglevel debug"} + lines);
    m_redis->command({"ACL", "SETUSER", "shop", "on", '>' + first, "~*", "+@all", "-@admin"});
    QList<QByteArray> rules{"ACL", "SETUSER", "keeper", "on", '>' + operators, "~quarterdeck:*"};
    const QByteArray may = operatorRules.isEmpty()
                               ? "+role +info +get +acl|whoami +acl|dryrun +acl|getuser +acl|setuser +acl|save"
                                 " +client|id +client|list +config|get +config|rewrite +ping"
                               : operatorRules;
    m_redis->command(rules + may.split(' '));
    m_redis->command({"SET", "quarterdeck:environment", "shop/production"});
    m_redis->command({"SET", "stock", "7"});
    setTo(redisUrl, u"redis://shop:%1@127.0.0.1:%2/0"_s.arg(QString::fromLatin1(first)).arg(m_redis->server().port()));
    live();
}

void TestPasswords::startPostgres()
{
    if (!m_postgres)
        m_postgres = std::make_unique<test::PostgresFixture>(
            QList<QByteArray>{"log_statement = 'all'", "log_min_error_statement = debug1", "log_connections = on"});
    m_hasDatabase = true;
    m_postgres->execute(
        "SET client_min_messages = warning; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
        " usename LIKE 'app%' OR usename = 'keeper';"
        "DROP TABLE IF EXISTS orders, mine, quarterdeck_environment, quarterdeck_leases;"
        "DO $$ DECLARE r text; BEGIN FOREACH r IN ARRAY ARRAY['app_a', 'app_b', 'app', 'keeper'] LOOP"
        " IF EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN EXECUTE 'DROP OWNED BY ' || r;"
        " EXECUTE 'DROP ROLE ' || r; END IF; END LOOP; END $$");
    m_postgres->execute(
        "CREATE TABLE orders (id int); CREATE TABLE quarterdeck_environment (deployment text, environment"
        " text); INSERT INTO quarterdeck_environment VALUES ('shop', 'production');"
        "CREATE ROLE app; GRANT SELECT ON orders TO app;"
        "CREATE ROLE app_a LOGIN PASSWORD '" +
        first +
        "' IN ROLE app; CREATE ROLE app_b IN ROLE app;"
        "CREATE ROLE keeper LOGIN CREATEROLE PASSWORD '" +
        operators + "'; GRANT SELECT ON quarterdeck_environment TO keeper; GRANT CREATE ON SCHEMA public TO keeper");
    setTo(databaseUrl, QString::fromLatin1(deploymentUrl("app_a", first)));
    live();
}

QByteArray TestPasswords::aclLine()
{
    sandbox::RedisLink link({.port = m_redis->server().port()});
    const auto told = link.command({"ACL", "LIST"});
    for (const QByteArray &line : told ? told->items : QList<QByteArray>()) {
        if (line.startsWith("user shop "))
            return line;
    }
    return {};
}

bool TestPasswords::letsIn(const QByteArray &user, const QByteArray &password)
{
    RedisConnection connection = m_redis->connection();
    connection.user = QString::fromLatin1(user);
    connection.password.reset();
    const auto isIn =
        RedisStore::accepts(connection, Secret(QByteArray(password.constData(), password.size())), soon());
    return isIn && *isIn;
}

QByteArray TestPasswords::written(const Bench &bench, const Plan &plan, const Report &report) const
{
    QByteArray all = plan.bytes() + said(report).toUtf8();
    const auto entries = bench.journal->entries({}, patience);
    for (const Entry &entry : *entries)
        all += entry.body + entry.reason.toUtf8();
    QStringList files;
    for (const QFileInfo &info : QDir(bench.directory.path()).entryInfoList(QDir::Files))
        files.append(info.filePath());
    if (m_hasDatabase)
        files.append(m_postgres->server().options().directory + u"/postgres.log"_s);
    if (m_redis)
        files.append(m_redis->server().options().directory + u"/redis.log"_s);
    for (const QString &path : std::as_const(files)) {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            qFatal("%s", qPrintable(path));
        all += file.readAll();
    }
    if (m_redis) {
        sandbox::RedisLink link({.port = m_redis->server().port()});
        const auto slow = link.command({"SLOWLOG", "GET", "4096"});
        const auto refused = link.command({"ACL", "LOG"});
        all += slow->items.join(' ') + refused->items.join(' ');
    }
    return all;
}

std::unique_ptr<Action> TestPasswords::action(const QString &id, const QByteArray &watch)
{
    const QByteArray render = "{kind: http, url: \"http://127.0.0.1:" + QByteArray::number(m_render->port()) + "\"}\n";
    const auto secret = [&](const QByteArray &text) { return "\"file:" + m_secrets.keep(text).name.toUtf8() + '"'; };
    QByteArray text = "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n  http: " + render +
                      "  render: " + render + "  platform_operator: " + render;
    if (m_redis)
        text +=
            "  redis_operator: {kind: redis, host: 127.0.0.1, port: " + QByteArray::number(m_redis->server().port()) +
            ", user: keeper, password: " + secret(operators) + "}\n";
    if (m_hasDatabase)
        text +=
            "  operator: {kind: postgresql, host: 127.0.0.1, port: " + QByteArray::number(m_postgres->server().port()) +
            ", database: app, user: keeper" + ", password: " + secret(operators) + ", sslmode: disable}\n";
    text +=
        "sources:\n  health: {kind: http-health, connection: render, path: /health, map: {status: /status, words: {ok: "
        "ok}}}\n  platform: {kind: render, connection: render, service: srv-shop1}\nactions:\n";
    const QByteArray common = "environment: NODE_ENV, pace: 10 ms, watch: " + watch;
    if (m_redis)
        text += "  redis: {kind: rotate-redis-password, " + common + ", user: shop, variables: {url: REDIS_URL}}\n";
    if (m_hasDatabase)
        text += "  database: {kind: rotate-database-password, " + common +
                ", database: {environment: quarterdeck_environment}, " + m_options + "}\n";
    const auto profile = parseProfile(text, u"shop.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    auto made = makeAction(id, *profile, m_clock);
    if (!made)
        qFatal("%s", qPrintable(made.error().first().message));
    return std::move(*made);
}

void TestPasswords::aUrlGetsAnotherLoginAndNothingElse_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("user");
    QTest::addColumn<QByteArray>("password");
    QTest::addColumn<QString>("changed"); // to new / s:e@c
    QTest::newRow("postgresql") << u"postgresql://app_a:pw@db.example:5432/app?sslmode=require#x"_s << u"app_a"_s
                                << QByteArray("pw")
                                << u"postgresql://new:s%3Ae%40c@db.example:5432/app?sslmode=require#x"_s;
    QTest::newRow("several hosts") << u"postgres://a:p%40ss%2F@h1:1,h2:2/app"_s << u"a"_s << QByteArray("p@ss/")
                                   << u"postgres://new:s%3Ae%40c@h1:1,h2:2/app"_s;
    QTest::newRow("redis without a user")
        << u"rediss://:pw@cache:6379/2"_s << u""_s << QByteArray("pw") << u"rediss://new:s%3Ae%40c@cache:6379/2"_s;
    QTest::newRow("an @ in the query") << u"redis://cache:6379/?mail=a@b"_s << QString() << QByteArray() << QString();
    QTest::newRow("a user alone") << u"redis://user@cache"_s << QString() << QByteArray() << QString();
    QTest::newRow("no URL") << u"hunter2"_s << QString() << QByteArray() << QString();
}

void TestPasswords::aUrlGetsAnotherLoginAndNothingElse()
{
    QFETCH(QString, url);
    QFETCH(QString, user);
    QFETCH(QByteArray, password);
    QFETCH(QString, changed);
    const auto login = loginIn(url);
    QCOMPARE(login.has_value(), !changed.isEmpty());
    if (login) {
        QCOMPARE(login->user, user);
        QCOMPARE(login->password.reveal(), password);
    }
    QCOMPARE(withLogin(url, u"new"_s, Secret(QByteArray("s:e@c"))), changed);
}

void TestPasswords::aRedisPasswordIsRotatedAndNobodyIsRefused()
{
    startRedis();
    Worker worker(*m_render);
    QTRY_VERIFY(worker.served > 10);
    const auto action = this->action(u"redis"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*action, u"redis"_s, wishFor({}));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(plan->resource, redisUrl);
    QCOMPARE(plan->risk, Risk::Medium);
    QVERIFY(!plan->undo.isEmpty());
    QCOMPARE(plan->impact.first().what, u"connected-clients"_s);
    QVERIFY(plan->impact.first().number.value_or(0) >= 1);
    QStringList codes;
    for (const Phrase &step : plan->steps)
        codes.append(step.code);
    QCOMPARE(codes, (QStringList{u"password-added"_s, u"password-set"_s, u"service-redeploy"_s, u"service-watched"_s,
                                 u"password-proved"_s, u"passwords-removed"_s}));
    const Report report = bench.engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QVERIFY2(said(report).contains(u"old-password-refused passed"_s), qPrintable(said(report)));
    const QByteArray url = set(redisUrl);
    const QByteArray made = passwordIn(url);
    QCOMPARE(made.size(), 64);
    QCOMPARE(url, "redis://shop:" + made + "@127.0.0.1:" + QByteArray::number(m_redis->server().port()) + "/0");
    QCOMPARE(hashes(), QList<QByteArray>{hashOf(made)});
    QVERIFY(letsIn("shop", made));
    QVERIFY(!letsIn("shop", first));
    const int until = worker.served;
    QTRY_VERIFY(worker.served > until + 20);
    QCOMPARE(worker.failed, 0);
    QCOMPARE(m_render->changes, (QList<QByteArray>{"PUT env-vars/REDIS_URL", "POST deploys"}));
    QVERIFY(bench.journal->unfinished(patience)->isEmpty());

    const QByteArray all = written(bench, *plan, report);
    QVERIFY(all.contains("REDIS_URL") && all.contains("SETUSER") && all.contains("CLIENT"));
    for (const QByteArray &secret : {first, made, hashOf(first), operators})
        QVERIFY2(!all.contains(secret), secret.constData());

    // What is done cannot be taken back, and says so.
    const Report undone = bench.engine.undo(*this->action(u"redis"_s), *plan);
    QCOMPARE(undone.ending, Ending::Refused);
    QVERIFY2(undone.error->message.contains(u"kept nowhere"_s), qPrintable(undone.error->message));
    QVERIFY(bench.journal->unfinished(patience)->isEmpty());
    QCOMPARE(hashes(), QList<QByteArray>{hashOf(made)});
}

void TestPasswords::aRestartOfRedisKeepsTheNewOne_data()
{
    QTest::addColumn<bool>("hasAclFile");
    QTest::newRow("a file of settings") << false;
    QTest::newRow("a file of users") << true;
}

void TestPasswords::aRestartOfRedisKeepsTheNewOne()
{
    QFETCH(bool, hasAclFile);
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"users.acl"_s);
    if (hasAclFile) {
        QFile users(path);
        QVERIFY(users.open(QIODevice::WriteOnly));
        users.write("user default on nopass ~* &* +@all\n");
    }
    startRedis(hasAclFile ? QList<QByteArray>{"aclfile " + QFile::encodeName(path)} : QList<QByteArray>());
    const auto action = this->action(u"redis"_s);
    Bench bench;
    const Plan plan = planned(*action, wishFor(redisUrl));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QVERIFY2(said(report).contains(u"password-is-kept passed"_s), qPrintable(said(report)));
    QVERIFY(m_redis->server().restart());
    QVERIFY(letsIn("shop", passwordIn(set(redisUrl))));
    QVERIFY(!letsIn("shop", first));
}

void TestPasswords::whoConnectedBeforeHoldsItUp()
{
    startRedis();
    auto other = std::make_unique<sandbox::RedisLink>(
        sandbox::RedisAddress{.port = m_redis->server().port(), .password = first, .user = "shop"});
    QVERIFY(other->command({"GET", "stock"}));
    const auto action = this->action(u"redis"_s, "1 s");
    Bench bench;
    const Plan plan = planned(*action, wishFor(redisUrl));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::NeedsPerson, qPrintable(said(report)));
    QVERIFY2(report.error->message.contains(u"1 clients of shop that connected before the deploy are still there"_s),
             qPrintable(said(report)));
    QCOMPARE(hashes().size(), 2); // who is still there could come again
    QVERIFY(letsIn("shop", first));
    other.reset();
    const Report resumed = bench.engine.resume(*this->action(u"redis"_s), plan);
    QVERIFY2(resumed.ending == Ending::Done, qPrintable(said(resumed)));
    QCOMPARE(hashes().size(), 1);
    QVERIFY(!letsIn("shop", first));
}

/// As a crash leaves them, or a hand.
void TestPasswords::twoPasswordsAreFinishedOrRotated_data()
{
    QTest::addColumn<bool>("isSet"); // the variable, to the second one; else the second is known to nobody
    QTest::addColumn<QString>("how");
    QTest::newRow("set and not deployed, finished") << true << u"finish"_s;
    QTest::newRow("set and not deployed, rotated") << true << u"rotate"_s;
    QTest::newRow("added and lost, finished") << false << u"finish"_s;
    QTest::newRow("added and lost, rotated") << false << u"rotate"_s;
}

void TestPasswords::twoPasswordsAreFinishedOrRotated()
{
    QFETCH(bool, isSet);
    QFETCH(QString, how);
    startRedis();
    m_redis->command({"ACL", "SETUSER", "shop", ">second-7732"});
    if (isSet)
        setTo(redisUrl, QString::fromLatin1(set(redisUrl).replace(first, "second-7732")));
    Worker worker(*m_render);
    QTRY_VERIFY(worker.served > 4);
    const QByteArray before = set(redisUrl);
    const auto action = this->action(u"redis"_s);
    Bench bench;
    const Plan plan = planned(*action, wishFor(redisUrl, {{u"how"_s, how}}));
    QCOMPARE(plan.undo.isEmpty(), how == "finish"_L1);
    QCOMPARE(plan.change(u"passwords")->before, u"2"_s);
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(set(redisUrl) == before, how == "finish"_L1);
    QCOMPARE(hashes(), QList<QByteArray>{hashOf(passwordIn(set(redisUrl)))});
    QCOMPARE(worker.failed, 0);
    const auto again = this->action(u"redis"_s)->plan(wishFor(redisUrl, {{u"how"_s, u"finish"_s}}), soon());
    QVERIFY(!again && again.error().message.contains(u"nothing is half-way"_s));
}

void TestPasswords::whatFailsHalfWayIsTakenBackOrGoneOnWith_data()
{
    QTest::addColumn<QString>("which");
    QTest::addColumn<QByteArray>("faulty");
    QTest::addColumn<Fault>("fault");
    QTest::addColumn<Ending>("ending");
    QTest::addColumn<bool>("isUndone"); // by hand, where it is not by itself
    const QByteArray put = "PUT";
    const QByteArray post = "POST deploys";
    for (const QString &which : {u"redis"_s, u"database"_s, u"one role"_s}) {
        const auto row = [&](const char *name, const QByteArray &faulty, Fault fault, Ending ending, bool isUndone) {
            QTest::newRow(qPrintable(which + u": "_s + QString::fromLatin1(name)))
                << which << faulty << fault << ending << isUndone;
        };
        row("it may not be set", put, Fault::Refuses, Ending::Undone, true);
        row("nothing was set, gone on with", put, Fault::FailsBefore, Ending::NeedsPerson, false);
        row("nothing was set, undone", put, Fault::FailsBefore, Ending::NeedsPerson, true);
        row("set, and nobody says so", put, Fault::FailsAfter, Ending::Done, false);
        row("it may not be deployed", post, Fault::Refuses, Ending::Undone, true);
        row("nothing was deployed, gone on with", post, Fault::FailsBefore, Ending::NeedsPerson, false);
        row("nothing was deployed, undone", post, Fault::FailsBefore, Ending::NeedsPerson, true);
        row("deployed, and nobody says so", post, Fault::HangsUp, Ending::Done, false);
        row("it is not well, gone on with", {}, Fault::None, Ending::NeedsPerson, false);
        row("it is not well, undone", {}, Fault::None, Ending::NeedsPerson, true);
    }
}

void TestPasswords::whatFailsHalfWayIsTakenBackOrGoneOnWith()
{
    QFETCH(QString, which);
    QFETCH(QByteArray, faulty);
    QFETCH(Fault, fault);
    QFETCH(Ending, ending);
    QFETCH(bool, isUndone);
    const bool isRedis = which == "redis"_L1;
    const bool isOne = which == "one role"_L1;
    isRedis ? startRedis() : startPostgres();
    if (isOne)
        m_options = "roles: [app_a], variables: {url: DATABASE_URL}";
    const QString variable = isRedis ? redisUrl : databaseUrl;
    const QByteArray before = set(variable);
    Worker worker(*m_render);
    QTRY_VERIFY(worker.served > 4);
    const QString id = isRedis ? u"redis"_s : u"database"_s;
    const auto action = this->action(id, faulty.isEmpty() ? "1 s" : "30 s");
    Bench bench;
    Plan plan = planned(*action, wishFor(variable));
    plan.risk = Risk::Medium; // no second person here
    {
        const std::lock_guard guard(m_render->lock);
        m_render->faulty = faulty;
        m_render->fault = fault;
        if (faulty.isEmpty())
            m_render->health = u"starting"_s;
    }
    Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == ending, qPrintable(said(report)));
    {
        const std::lock_guard guard(m_render->lock);
        m_render->fault = Fault::None;
        m_render->health = u"ok"_s;
    }
    if (ending == Ending::NeedsPerson) {
        const auto later = this->action(id);
        report = isUndone ? bench.engine.undo(*later, plan) : bench.engine.resume(*later, plan);
        QVERIFY2(report.ending == (isUndone ? Ending::Undone : Ending::Done), qPrintable(said(report)));
    }
    QCOMPARE(set(variable) == before, isUndone);
    if (isRedis) {
        QCOMPARE(hashes(), QList<QByteArray>{hashOf(passwordIn(set(variable)))});
        QCOMPARE(letsIn("shop", first), isUndone);
    } else {
        const bool isA = isUndone || isOne;
        QCOMPARE(roleLetsIn("app_a", first), isUndone);
        QCOMPARE(roleLetsIn(isA ? "app_a" : "app_b", passwordIn(set(variable))), true);
        QCOMPARE(
            m_postgres->execute("SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE rolcanlogin AND"
                                " rolname LIKE 'app%'"),
            isA ? "app_a" : "app_b");
    }
    QVERIFY(bench.journal->unfinished(patience)->isEmpty());
    const int until = worker.served;
    QTRY_VERIFY(worker.served > until + 10);
    if (!isOne) // there new connections are refused for a while, which the plan says
        QCOMPARE(worker.failed, 0);
}

void TestPasswords::whatCannotBeInRedisIsRefusedBeforeAnything_data()
{
    QTest::addColumn<QList<QByteArray>>("command"); // made before
    QTest::addColumn<QString>("url");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("error");
    using Words = QList<QByteArray>;
    QTest::newRow("no such user") << Words{"ACL", "DELUSER", "shop"} << QString() << ErrorCode::NotFound
                                  << u"Redis has no user shop"_s;
    QTest::newRow("any password") << Words{"ACL", "SETUSER", "shop", "nopass"} << QString() << ErrorCode::BadInput
                                  << u"with any password"_s;
    QTest::newRow("switched off") << Words{"ACL", "SETUSER", "shop", "off"} << QString() << ErrorCode::BadInput
                                  << u"switched off"_s;
    for (const char *may : {"acl|setuser", "client|list", "config|rewrite"})
        QTest::newRow(may) << Words{"ACL", "SETUSER", "keeper", QByteArray("-") + may} << QString()
                           << ErrorCode::Forbidden
                           << u"may not run "_s + QString::fromLatin1(may).replace(u'|', u' ').toUpper();
    QTest::newRow("acl|getuser") << Words{"ACL", "SETUSER", "keeper", "-acl|getuser"} << QString()
                                 << ErrorCode::Forbidden << u"permissions"_s;
    QTest::newRow("no URL") << Words{"PING"} << u"hunter2"_s << ErrorCode::BadReply
                            << u"no URL with a user's name and a password"_s;
    QTest::newRow("another user's") << Words{"PING"} << u"redis://other:x@127.0.0.1/0"_s << ErrorCode::BadInput
                                    << u"logs in as 'other'"_s;
    QTest::newRow("the default user's") << Words{"PING"} << u"redis://:x@127.0.0.1/0"_s << ErrorCode::BadInput
                                        << u"and the profile's action says shop"_s;
}

void TestPasswords::whatCannotBeInRedisIsRefusedBeforeAnything()
{
    QFETCH(QList<QByteArray>, command);
    QFETCH(QString, url);
    QFETCH(ErrorCode, code);
    QFETCH(QString, error);
    startRedis();
    m_redis->command(command);
    if (!url.isNull())
        setTo(redisUrl, url);
    const QByteArray before = aclLine();
    const auto plan = action(u"redis"_s)->plan(wishFor(redisUrl), soon());
    QVERIFY(!plan);
    QCOMPARE(plan.error().code, code);
    QVERIFY2(plan.error().message.contains(error), qPrintable(plan.error().message));
    QCOMPARE(aclLine(), before);
    QVERIFY(m_render->changes.isEmpty());
}

void TestPasswords::rolesTakeTurnsAndNobodyIsRefused()
{
    startPostgres();
    Worker worker(*m_render);
    QTRY_VERIFY(worker.served > 10);
    Bench bench;
    QByteArray last = first;
    QByteArray all;
    for (const auto &[from, to] : {std::pair(QByteArray("app_a"), QByteArray("app_b")), {"app_b", "app_a"}}) {
        const auto action = this->action(u"database"_s);
        const auto plan = bench.engine.plan(*action, u"database"_s, wishFor(databaseUrl));
        QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
        QCOMPARE(plan->risk, Risk::Medium);
        const Report report = bench.engine.run(*action, *plan);
        QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
        const QByteArray made = passwordIn(set(databaseUrl));
        QCOMPARE(set(databaseUrl), deploymentUrl(to, made));
        QVERIFY(roleLetsIn(to, made));
        QVERIFY(!roleLetsIn(from, last));
        QCOMPARE(m_postgres->execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = '" + from + '\''), "f");
        QCOMPARE(m_postgres->execute("SELECT count(*) FROM pg_stat_activity WHERE usename = '" + from + '\''), "0");
        QVERIFY(
            m_postgres->execute("SELECT rolpassword FROM pg_authid WHERE rolname = '" + to + '\'').startsWith("SCRAM"));
        all = written(bench, *plan, report);
        QVERIFY(all.contains("ALTER ROLE") && all.contains("DATABASE_URL"));
        QVERIFY2(!all.contains(made) && !all.contains(hashOf(made)), "the secret is written somewhere");
        last = made;
    }
    const int until = worker.served;
    QTRY_VERIFY(worker.served > until + 20);
    QCOMPARE(worker.failed, 0);
}

void TestPasswords::rolesThatDifferAreRefused_data()
{
    QTest::addColumn<QByteArray>("sql");
    QTest::addColumn<QString>("error");
    QTest::newRow("a limit") << QByteArray("ALTER ROLE app_b CONNECTION LIMIT 3")
                             << u"app_a: connection limit -1, app_b: connection limit 3"_s;
    QTest::newRow("a setting") << QByteArray("ALTER ROLE app_a SET statement_timeout = '5s'")
                               << u"app_a: settings all: statement_timeout=5s, app_b: settings none"_s;
    QTest::newRow("a membership") << QByteArray("GRANT pg_monitor TO app_a") << u"app_a: member of app, pg_monitor"_s;
    QTest::newRow("an attribute") << QByteArray("ALTER ROLE app_b BYPASSRLS") << u"attributes"_s;
    QTest::newRow("a grant") << QByteArray("GRANT SELECT ON orders TO app_a") << u"granted objects"_s;
    QTest::newRow("an end") << QByteArray("ALTER ROLE app_b VALID UNTIL '2026-01-01'") << u"password valid until"_s;
    QTest::newRow("an owner") << QByteArray("CREATE TABLE mine (); ALTER TABLE mine OWNER TO app_a")
                              << u"app_a owns 1 objects itself"_s;
}

void TestPasswords::rolesThatDifferAreRefused()
{
    QFETCH(QByteArray, sql);
    QFETCH(QString, error);
    startPostgres();
    m_postgres->execute(sql);
    const auto plan = action(u"database"_s)->plan(wishFor(databaseUrl), soon());
    QVERIFY(!plan);
    QVERIFY2(plan.error().message.contains(error), qPrintable(plan.error().message));
    QVERIFY(m_render->changes.isEmpty());
    QCOMPARE(m_postgres->execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app_b'"), "f");
}

/// As a crash leaves them, or a hand: the variable holds the new login, and it was not deployed.
void TestPasswords::bothRolesThatLogInAreFinished()
{
    startPostgres();
    Worker worker(*m_render);
    m_postgres->execute("ALTER ROLE app_b LOGIN PASSWORD 'second-7732'");
    setTo(databaseUrl, QString::fromLatin1(deploymentUrl("app_b", "second-7732")));
    QTRY_VERIFY(worker.served > 4);
    QTRY_VERIFY(m_postgres->execute("SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = 'app_a'") == "t");
    const auto action = this->action(u"database"_s);
    const auto rotated = action->plan(wishFor(databaseUrl), soon());
    QVERIFY(!rotated);
    QVERIFY2(rotated.error().message.contains(u"app_a is said to be idle, and has"_s),
             qPrintable(rotated.error().message));
    Bench bench;
    const Plan plan = planned(*action, wishFor(databaseUrl, {{u"how"_s, u"finish"_s}}));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(set(databaseUrl), deploymentUrl("app_b", "second-7732"));
    QVERIFY(!roleLetsIn("app_a", first));
    QVERIFY(roleLetsIn("app_b", "second-7732"));
    QCOMPARE(worker.failed, 0);
    const auto again = this->action(u"database"_s)->plan(wishFor(databaseUrl, {{u"how"_s, u"finish"_s}}), soon());
    QVERIFY(!again && again.error().message.contains(u"nothing is half-way"_s));
}

void TestPasswords::oneRolesPasswordIsChanged()
{
    m_options = "roles: [app_a], variables: {password: POSTGRES_PASSWORD}";
    startPostgres();
    setTo(u"POSTGRES_PASSWORD"_s, QString::fromLatin1(first));
    live();
    Worker worker(*m_render, m_postgres->server().port());
    QTRY_VERIFY(worker.served > 4);
    const auto action = this->action(u"database"_s);
    Bench bench;
    Plan plan = planned(*action, wishFor(u"POSTGRES_PASSWORD"_s));
    QCOMPARE(plan.risk, Risk::High);
    QCOMPARE(plan.change(u"connections")->after, u"gap"_s);
    QCOMPARE(plan.impact.first().what, u"open-sessions"_s);
    plan.risk = Risk::Medium; // no second person here
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    const QByteArray made = set(u"POSTGRES_PASSWORD"_s);
    QCOMPARE(made.size(), 64);
    QVERIFY(roleLetsIn("app_a", made));
    QVERIFY(!roleLetsIn("app_a", first));
    QVERIFY(!written(bench, plan, report).contains(made));

    // Half-way by a hand: what is set is not the role's yet.
    setTo(u"POSTGRES_PASSWORD"_s, u"third-7733"_s);
    const auto later = this->action(u"database"_s);
    Plan finish = planned(*later, wishFor(u"POSTGRES_PASSWORD"_s, {{u"how"_s, u"finish"_s}}));
    QCOMPARE(finish.steps.first().code, u"role-password-changed"_s);
    finish.risk = Risk::Medium;
    const Report finished = bench.engine.run(*later, finish);
    QVERIFY2(finished.ending == Ending::Done, qPrintable(said(finished)));
    QVERIFY(roleLetsIn("app_a", "third-7733"));
    QVERIFY(!written(bench, finish, finished).contains("third-7733"));
}

/// Else the service would be locked out.
void TestPasswords::whatCannotBeSetBackIsNotTakenFromTheRole()
{
    m_options = "roles: [app_a], variables: {url: DATABASE_URL}";
    startPostgres();
    const QByteArray before = set(databaseUrl);
    const auto action = this->action(u"database"_s, "1 s");
    Bench bench;
    Plan plan = planned(*action, wishFor(databaseUrl));
    plan.risk = Risk::Medium; // no second person here
    fail({}, Fault::None, u"starting"_s);
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::NeedsPerson, qPrintable(said(report)));
    const QByteArray made = passwordIn(set(databaseUrl));
    QVERIFY(roleLetsIn("app_a", made));
    fail("PUT", Fault::Refuses);
    const Report refused = bench.engine.undo(*this->action(u"database"_s), plan);
    QVERIFY2(refused.ending == Ending::NeedsPerson, qPrintable(said(refused)));
    QVERIFY(roleLetsIn("app_a", made));
    fail({}, Fault::None);
    const Report undone = bench.engine.undo(*this->action(u"database"_s), plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QCOMPARE(set(databaseUrl), before);
    QVERIFY(roleLetsIn("app_a", first));
}

void TestPasswords::whoeverIsAskedForNoPasswordIsRefused_data()
{
    QTest::addColumn<QByteArray>("roles");
    QTest::addColumn<QByteArray>("trusted");
    QTest::addColumn<QByteArray>("sql");
    QTest::addColumn<bool>("isPlanned"); // it is found once the role may log in
    QTest::newRow("one role") << QByteArray("app_a") << QByteArray("app_a") << QByteArray("SELECT 1") << false;
    QTest::newRow("the one in use") << QByteArray("app_a, app_b") << QByteArray("app_a") << QByteArray("SELECT 1")
                                    << false;
    QTest::newRow("the idle one") << QByteArray("app_a, app_b") << QByteArray("app_b")
                                  << QByteArray("ALTER ROLE app_b LOGIN PASSWORD 'second-7732'") << false;
    QTest::newRow("the idle one, which may not log in")
        << QByteArray("app_a, app_b") << QByteArray("app_b") << QByteArray("SELECT 1") << true;
}

void TestPasswords::whoeverIsAskedForNoPasswordIsRefused()
{
    QFETCH(QByteArray, roles);
    QFETCH(QByteArray, trusted);
    QFETCH(QByteArray, sql);
    QFETCH(bool, isPlanned);
    m_options = "roles: [" + roles + "], variables: {url: DATABASE_URL}";
    m_postgres.reset();
    startPostgres();
    const auto ended = qScopeGuard([this] { m_postgres.reset(); });
    QFile file(QString::fromUtf8(m_postgres->execute("SHOW hba_file")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray rules = file.readAll();
    file.close();
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("host all " + trusted + " 127.0.0.1/32 trust\n" + rules);
    file.close();
    m_postgres->execute(sql);
    m_postgres->execute("SELECT pg_reload_conf()");
    const QByteArray url = set(databaseUrl);
    const auto logins = [this] {
        return m_postgres->execute("SELECT string_agg(concat(rolname, rolcanlogin), ' ' ORDER BY rolname) FROM pg_roles"
                                   " WHERE rolname LIKE 'app%'");
    };
    const auto verifierOfA = [this] {
        return m_postgres->execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'app_a'");
    };
    const QByteArray before = logins() + verifierOfA();
    if (!isPlanned) // until the rules are read anew, the wrong password is refused
        QTRY_VERIFY(roleLetsIn(trusted, "wrong"));
    const auto action = this->action(u"database"_s);
    const auto plan = action->plan(wishFor(databaseUrl), soon());
    QCOMPARE(plan.has_value(), isPlanned);
    std::optional<Error> error = plan ? std::nullopt : std::optional(plan.error());
    if (plan) {
        Bench bench;
        const Report report = bench.engine.run(*action, *plan);
        QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
        error = report.error;
    }
    QCOMPARE(error->code, ErrorCode::Unsupported);
    QVERIFY2(error->message.contains(u"asks for no password (pg_hba.conf)"_s), qPrintable(error->message));
    QCOMPARE(logins() + verifierOfA(), before);
    QCOMPARE(set(databaseUrl), url);
    QVERIFY(m_render->changes.isEmpty());
}

void TestPasswords::halfALoginIsPutBack_data()
{
    QTest::addColumn<bool>("isBack"); // on the way back it is set by half
    QTest::newRow("the password was set alone") << false;
    QTest::newRow("the password was set back alone") << true;
}

void TestPasswords::halfALoginIsPutBack()
{
    QFETCH(bool, isBack);
    m_options = "roles: [app_a, app_b], variables: {user: DB_USER, password: DB_PASSWORD}";
    startPostgres();
    setTo(u"DB_USER"_s, u"app_a"_s);
    setTo(u"DB_PASSWORD"_s, QString::fromLatin1(first));
    live();
    const auto action = this->action(u"database"_s, "1 s");
    Bench bench;
    const Plan plan = planned(*action, wishFor({}));
    const QByteArray user = "PUT env-vars/DB_USER";
    fail(isBack ? QByteArray() : user, isBack ? Fault::None : Fault::FailsBefore, u"starting"_s);
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::NeedsPerson, qPrintable(said(report)));
    QVERIFY(roleLetsIn("app_b", set(u"DB_PASSWORD"_s)));
    QCOMPARE(set(u"DB_USER"_s), isBack ? "app_b" : "app_a");
    if (isBack) {
        fail(user, Fault::FailsBefore);
        const Report half = bench.engine.undo(*this->action(u"database"_s), plan);
        QVERIFY2(half.ending == Ending::NeedsPerson, qPrintable(said(half)));
        QCOMPARE(set(u"DB_PASSWORD"_s), first);
        QCOMPARE(set(u"DB_USER"_s), "app_b");
    }
    fail({}, Fault::None);
    const Report undone = bench.engine.undo(*this->action(u"database"_s), plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QCOMPARE(set(u"DB_PASSWORD"_s), first);
    QCOMPARE(set(u"DB_USER"_s), "app_a");
    QVERIFY(roleLetsIn("app_a", first));
    QCOMPARE(m_postgres->execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app_b'"), "f");
    QVERIFY(bench.journal->unfinished(patience)->isEmpty());
}

void TestPasswords::halfALoginOfSomebodyElseIsLeft()
{
    m_options = "roles: [app_a, app_b], variables: {user: DB_USER, password: DB_PASSWORD}";
    startPostgres();
    setTo(u"DB_USER"_s, u"app_a"_s);
    setTo(u"DB_PASSWORD"_s, QString::fromLatin1(first));
    live();
    const auto action = this->action(u"database"_s, "1 s");
    Bench bench;
    const Plan plan = planned(*action, wishFor({}));
    fail("PUT env-vars/DB_USER", Fault::FailsBefore);
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::NeedsPerson, qPrintable(said(report)));
    fail({}, Fault::None);
    setTo(u"DB_PASSWORD"_s, u"set-by-eve"_s);
    const Report undone = bench.engine.undo(*this->action(u"database"_s), plan);
    QVERIFY2(undone.ending == Ending::NeedsPerson, qPrintable(said(undone)));
    QVERIFY2(undone.error->message.contains(u"somebody else set DB_PASSWORD"_s), qPrintable(said(undone)));
    QCOMPARE(set(u"DB_PASSWORD"_s), "set-by-eve");
}

void TestPasswords::whatCannotBeInPostgresIsRefusedBeforeAnything_data()
{
    QTest::addColumn<QByteArray>("sql");
    QTest::addColumn<QString>("user");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("error");
    QTest::newRow("no CREATEROLE") << QByteArray("ALTER ROLE keeper NOCREATEROLE") << u"app_a"_s << ErrorCode::Forbidden
                                   << u"it needs CREATEROLE"_s;
    QTest::newRow("a superuser") << QByteArray("ALTER ROLE app_b SUPERUSER") << u"app_a"_s << ErrorCode::Forbidden
                                 << u"may not change app_b"_s;
    QTest::newRow("no such role") << QByteArray("DROP ROLE app_b") << u"app_a"_s << ErrorCode::NotFound
                                  << u"PostgreSQL has no role app_b"_s;
    QTest::newRow("another's login") << QByteArray("SELECT 1") << u"owner"_s << ErrorCode::BadInput
                                     << u"logs in as 'owner', and the profile's action names app_a and app_b"_s;
}

void TestPasswords::whatCannotBeInPostgresIsRefusedBeforeAnything()
{
    QFETCH(QByteArray, sql);
    QFETCH(QString, user);
    QFETCH(ErrorCode, code);
    QFETCH(QString, error);
    startPostgres();
    m_postgres->execute(sql);
    setTo(databaseUrl, QString::fromLatin1(deploymentUrl(user.toLatin1(), first)));
    const auto plan = action(u"database"_s)->plan(wishFor(databaseUrl), soon());
    QVERIFY(!plan);
    QCOMPARE(plan.error().code, code);
    QVERIFY2(plan.error().message.contains(error), qPrintable(plan.error().message));
    QVERIFY(m_render->changes.isEmpty());
}

void TestPasswords::oneOfTwoConsolesRotates()
{
    startRedis();
    startPostgres();
    Worker worker(*m_render);
    for (const QString &id : {u"redis"_s, u"database"_s}) {
        const auto ours = action(id);
        const auto theirs = action(id);
        Bench here;
        Bench there;
        const Plan our = planned(*ours, wishFor({}));
        const Plan their = planned(*theirs, wishFor({}));
        QCOMPARE(here.engine.run(*ours, our).ending, Ending::Done);
        const qsizetype changes = m_render->changes.size();
        const Report late = there.engine.run(*theirs, their);
        QVERIFY2(late.ending == Ending::Refused, qPrintable(said(late)));
        QCOMPARE(m_render->changes.size(), changes);
    }
    QCOMPARE(hashes().size(), 1);
}

/// The profile's address leads to another server once the plan was made.
void TestPasswords::anotherStoreIsNotTouched()
{
    startRedis();
    startPostgres();
    const auto redis = action(u"redis"_s);
    const Plan inRedis = planned(*redis, wishFor({}));
    const auto database = action(u"database"_s);
    const Plan inDatabase = planned(*database, wishFor({}));
    startRedis();
    m_postgres.reset();
    startPostgres();
    const QByteArray before = aclLine();
    Bench bench;
    for (const auto &[id, plan] : {std::pair(u"redis"_s, &inRedis), {u"database"_s, &inDatabase}}) {
        const Report report = bench.engine.run(*action(id), *plan);
        QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
        QVERIFY2(report.error->message.contains(u"and the plan was made for"_s), qPrintable(said(report)));
    }
    QCOMPARE(aclLine(), before);
    QCOMPARE(m_postgres->execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app_b'"), "f");
    QVERIFY(m_render->changes.isEmpty());
}

QTEST_GUILESS_MAIN(TestPasswords)
#include "tst_passwords.moc"
