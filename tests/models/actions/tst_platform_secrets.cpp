/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/platform_action.h"
#include "parts/database.h"
#include "proof/programs.h"
#include "proof/proving.h"
#include "support/http_fixture.h"
#include "support/server_fixtures.h"

#include <QDir>
#include <QTest>

#include <thread>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;
using proof::AdasEngine;
using proof::Programs;
using Name = Programs::Name;

namespace {
const QString jwt = u"JWT_SECRET"_s;
const QString level = u"LOG_LEVEL"_s;
const QString password = u"POSTGRES_PASSWORD"_s;
const QString user = u"POSTGRES_USER"_s;
const QByteArray first = "first-password-7731";
const QByteArray oldSecret = "sk-7731-old+one-signs"; ///< as Programs has it

Name nameOf(const QString &platform)
{
    return platform == "kubernetes"_L1 ? Name::Kubectl : Name::Docker;
}

/// What runs on the platform: it has a session of PostgreSQL, with what it was deployed with.
class Service
{
public:
    Service(const Programs &programs, Name name, quint16 port)
        : m_thread([this, &programs, name, port] {
            QByteArray login;
            std::unique_ptr<sandbox::Database> database;
            while (!m_isOver) {
                const QByteArray role = programs.variable(name, user).split('/').last();
                const QByteArray secret = programs.variable(name, password).split('/').last();
                if (!secret.isEmpty() && login != role + '/' + secret) {
                    login = role + '/' + secret;
                    database = std::make_unique<sandbox::Database>(
                        sandbox::DatabaseAddress{port, "app", role.isEmpty() ? "app_a" : role, secret});
                }
                m_isServed = database && database->query("SELECT 1");
                std::this_thread::sleep_for(20ms);
            }
        })
    {
    }
    ~Service()
    {
        m_isOver = true;
        m_thread.join();
    }
    Service(const Service &) = delete;
    Service &operator=(const Service &) = delete;
    [[nodiscard]] bool isServed() const { return m_isServed; }

private:
    std::atomic<bool> m_isOver = false;
    std::atomic<bool> m_isServed = false;
    std::thread m_thread;
};
} // namespace

/// Secrets that lie on Kubernetes and beside a compose file, swapped by programs that are really run; what became of
/// them is told by the platform behind these.
class TestPlatformSecrets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanupTestCase() { qputenv("PATH", m_pathBefore); }
    void aSecretIsSwappedAndStandsNowhere_data() { platforms(); }
    void aSecretIsSwappedAndStandsNowhere();
    void whoSetsItInThatVeryMomentIsNotOverwritten_data() { platforms(); }
    void whoSetsItInThatVeryMomentIsNotOverwritten();
    void whatCannotBeSwappedIsRefusedBefore_data();
    void whatCannotBeSwappedIsRefusedBefore();
    void aSaltIsNotSwapped();
    void whatAPlatformCanDoIsSaid_data();
    void whatAPlatformCanDoIsSaid();
    void aPlainVariableOfComposeIsSetAndSetBack();
    void aPlainVariableThatLiesInASecretIsNotShown();
    void aLoginIsRotatedAndPutBack_data();
    void aLoginIsRotatedAndPutBack();
    void whoSetsAPasswordMeanwhileIsNotOverwritten_data() { platforms(); }
    void whoSetsAPasswordMeanwhileIsNotOverwritten();
    void aPasswordIsNotLeftWithoutItsUser_data() { platforms(); }
    void aPasswordIsNotLeftWithoutItsUser();

private:
    static void platforms()
    {
        QTest::addColumn<QString>("platform");
        QTest::newRow("Kubernetes") << u"kubernetes"_s;
        QTest::newRow("docker compose") << u"compose"_s;
    }
    [[nodiscard]] std::unique_ptr<Action> action(const QString &platform, const QString &id = u"swap"_s,
                                                 const QByteArray &more = {}) const;
    /// In place of kubectl: tells that Deployment, and of its Secret this.
    void putKubectl(const QByteArray &secret) const;
    [[nodiscard]] QByteArray set(const QString &platform, const QString &key = jwt) const
    {
        return m_programs->variable(nameOf(platform), key).split('/').first();
    }
    /// With app_a, which may log in, and app_b; a service logs in as the first. `isTwo`: they take turns.
    void startPostgres(const QString &platform, bool isTwo);
    [[nodiscard]] bool letsIn(const QByteArray &role, const QByteArray &secret)
    {
        return sandbox::Database({m_postgres->server().port(), "app", role, secret}).query("SELECT 1").has_value();
    }
    void answerHealth(const QByteArray &status)
    {
        m_health.answer("/health", {.body = "{\"status\": \"" + status + "\"}"});
    }
    struct Desk
    {
        QTemporaryDir directory;
        std::unique_ptr<Journal> journal = journalIn(directory);
        SystemClock clock;
        AdasEngine engine{*journal, clock};
    };
    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<Programs> m_programs;
    std::unique_ptr<PostgresFixture> m_postgres;
    SecretFiles m_secrets;
    QByteArray m_connection; ///< of PostgreSQL, and its action
    QByteArray m_database;
    HttpFixture m_health;
    QByteArray m_pathBefore;
    SystemClock m_clock;
};

void TestPlatformSecrets::initTestCase()
{
    m_pathBefore = qgetenv("PATH");
}

void TestPlatformSecrets::init()
{
    answerHealth("ok");
    m_postgres.reset();
    m_connection.clear();
    m_database.clear();
    m_programs.reset();
    m_directory = std::make_unique<QTemporaryDir>();
    m_programs = std::make_unique<Programs>(m_directory->path(), u"production"_s, u"sk-7731-old+one"_s);
    proof::writePrograms(m_directory->path(), m_programs->port());
    qputenv("PATH", m_directory->path().toUtf8() + ':' + m_pathBefore);
}

std::unique_ptr<Action> TestPlatformSecrets::action(const QString &platform, const QString &id,
                                                    const QByteArray &more) const
{
    const QByteArray path = m_directory->path().toUtf8();
    const QByteArray service =
        platform == "kubernetes"_L1
            ? "kind: kubernetes, program: \"" + path + "/kubectl\", namespace: shop, deployment: shop-api"
        : platform == "railway"_L1 ? "kind: railway, program: \"" + path + "/railway\", service: shop"
                                   : "kind: compose, program: \"" + path + "/docker\", service: shop, file: \"" + path +
                                         "/docker-compose.yml\"";
    const Profile profile = proof::profileOf(
        "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n  http: {url: \"" +
        m_health.url().toEncoded() + "\"}\n" + m_connection +
        "sources:\n  health: {kind: http-health, path: /health, map: {status: /status, words: {ok: ok}}}\n"
        "  platform: {" +
        service +
        ", flags: {LOG_LEVEL: text}, signing_keys: [JWT_SECRET, OTHER_SECRET]}\nactions:\n  swap: {kind: swap-secret, "
        "environment: NODE_ENV, "
        "pace: 10 ms, watch: 10 s" +
        more + "}\n  plain: {kind: platform-variable, environment: NODE_ENV}\n" + m_database);
    return proof::actionOf(profile, id, m_clock);
}

void TestPlatformSecrets::aSecretIsSwappedAndStandsNowhere()
{
    QFETCH(QString, platform);
    const auto action = this->action(platform);
    Desk desk;
    const auto plan = desk.engine.plan(*action, u"swap"_s, wishFor(jwt));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(plan->risk, Risk::High);
    QVERIFY(plan->undo.isEmpty());
    QCOMPARE(plan->impact.first().what, u"live-sessions"_s);
    QVERIFY(!plan->impact.first().number);
    QVERIFY2(plan->impact.first().source.contains(u"counted nowhere"_s), qPrintable(plan->impact.first().source));
    QCOMPARE(set(platform), oldSecret);
    const Report report = desk.engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    const QByteArray told = m_programs->variable(nameOf(platform), jwt);
    const QByteArray made = told.split('/').first();
    QCOMPARE(made.size(), 64);
    QCOMPARE(told, made + '/' + made); // it is live as well
    QCOMPARE(set(platform, level), "info");
    QVERIFY(desk.journal->unfinished(patience)->isEmpty());

    QByteArray written = plan->bytes() + said(report).toUtf8() + action->evidence();
    const auto entries = desk.journal->entries({}, patience);
    QVERIFY(entries);
    for (const Entry &entry : *entries)
        written += entry.body + entry.reason.toUtf8();
    int changes = 0;
    for (const Programs::Ran &ran : m_programs->ran()) {
        changes += ran.changes() ? 1 : 0;
        written += ran.arguments.join(u' ').toUtf8() + ran.environment.join(' ');
    }
    QCOMPARE(changes, 2);
    QVERIFY(written.contains("JWT_SECRET") && written.contains("PATH="));
    for (const QByteArray &secret : {oldSecret, made, QByteArray::fromHex(made)}) {
        QVERIFY(!written.contains(secret));
        QVERIFY(!written.contains(secret.toHex()));
        QVERIFY(!written.contains(secret.toBase64()));
        QVERIFY(!written.contains(secret.toBase64(QByteArray::Base64UrlEncoding)));
    }
}

void TestPlatformSecrets::whoSetsItInThatVeryMomentIsNotOverwritten()
{
    QFETCH(QString, platform);
    const auto action = this->action(platform);
    Desk desk;
    const auto plan = desk.engine.plan(*action, u"swap"_s, wishFor(jwt));
    QVERIFY(plan);
    // After it was read and compared, before it is written.
    m_programs->interfere({.word = platform == "kubernetes"_L1 ? u"patch"_s : u"mv -f"_s,
                           .name = nameOf(platform),
                           .key = jwt,
                           .value = u"set-by-eve"_s});
    const Report report = desk.engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report))); // nothing was done
    QVERIFY2(
        report.error->message.contains(platform == "kubernetes"_L1 ? u"has been modified"_s : u"nothing was changed"_s),
        qPrintable(said(report)));
    QCOMPARE(report.error->code, ErrorCode::BadInput);
    QCOMPARE(m_programs->variable(nameOf(platform), jwt), "set-by-eve/" + oldSecret);
}

void TestPlatformSecrets::putKubectl(const QByteArray &secret) const
{
    QFile script(m_directory->filePath(u"kubectl"_s));
    const QByteArray deployment =
        R"({"metadata":{"uid":"u1","name":"shop-api"},"spec":{"selector":{"matchLabels":{"app":"shop"}},"template":{"spec":{"containers":[{"name":"api","env":[{"name":"LOG_LEVEL","valueFrom":{"secretKeyRef":{"name":"secrets","key":"level"}}}],"envFrom":[{"configMapRef":{"name":"config"}},{"secretRef":{"name":"secrets"}}]}]}}},"status":{}})";
    if (!script.open(QIODevice::WriteOnly | QIODevice::Truncate))
        qFatal("no kubectl");
    script.write("#!/bin/sh\necho \"$*\" >>'" + m_directory->filePath(u"argv"_s).toUtf8() +
                 "'\ncase \"$*\" in\n*deployment*json*) echo '" + deployment +
                 "' ;;\n*configmap*) echo "
                 "'{\"immutable\":true,\"metadata\":{},\"data\":{\"NODE_ENV\":\"production\"}}' ;;\n*) " +
                 secret + " ;;\nesac\n");
}

void TestPlatformSecrets::whatCannotBeSwappedIsRefusedBefore_data()
{
    QTest::addColumn<QString>("platform");
    QTest::addColumn<QByteArray>("how");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("error");
    const QByteArray data = R"("data":{"JWT_SECRET":"eA=="}})";
    QTest::newRow("immutable") << u"kubernetes"_s
                               << R"(echo '{"immutable":true,"metadata":{"resourceVersion":"1"},)" + data + "'"
                               << ErrorCode::Unsupported << u"lies in the Secret secrets, which is immutable"_s;
    QTest::newRow("written by a controller")
        << u"kubernetes"_s
        << R"(echo '{"metadata":{"ownerReferences":[{"kind":"ExternalSecret","name":"shop","controller":true}]},)" +
               data + "'"
        << ErrorCode::Unsupported << u"which ExternalSecret shop writes: it would write the old one again"_s;
    QTest::newRow("may not")
        << u"kubernetes"_s
        << QByteArray(R"(echo 'Error from server (Forbidden): secrets "secrets" is forbidden' >&2; exit 1)")
        << ErrorCode::Forbidden << u"kubectl's user needs 'get' and 'patch' on secrets of the namespace shop"_s;
    QTest::newRow("not there") << u"kubernetes"_s << QByteArray(R"(echo '{"metadata":{},"data":{}}')")
                               << ErrorCode::NotFound << u"JWT_SECRET is not set on Kubernetes"_s;
    QTest::newRow("from elsewhere") << u"compose"_s << QByteArray("exported") << ErrorCode::Unsupported
                                    << u"is exported in the environment there"_s;
    QTest::newRow("not in the file") << u"compose"_s << QByteArray("other") << ErrorCode::NotFound
                                     << u"there is no line OTHER_SECRET="_s;
    QTest::newRow("not given on") << u"compose"_s << QByteArray("unused") << ErrorCode::Unsupported
                                  << u"does not give it to shop"_s;
    QTest::newRow("set in the compose file itself")
        << u"compose"_s << QByteArray("literal") << ErrorCode::Unsupported << u"does not come from"_s;
}

void TestPlatformSecrets::whatCannotBeSwappedIsRefusedBefore()
{
    QFETCH(QString, platform);
    QFETCH(QByteArray, how);
    QFETCH(ErrorCode, code);
    QFETCH(QString, error);
    if (platform == "kubernetes"_L1)
        putKubectl(how);
    const auto unset = qScopeGuard([] { qunsetenv("JWT_SECRET"); });
    QString key = jwt;
    QFile docker(m_directory->filePath(u"docker"_s));
    if (how == "exported") {
        qputenv("JWT_SECRET", "x");
    } else if (how == "other") {
        key = u"OTHER_SECRET"_s;
    } else if (how == "literal" || how == "unused") {
        QVERIFY(docker.open(QIODevice::WriteOnly | QIODevice::Truncate));
        const QByteArray given = how == "literal" ? R"(,"JWT_SECRET":"another")" : "";
        docker.write("#!/bin/sh\ncase \"$*\" in\n*info*) echo m1 ;;\n*config*) echo '{\"name\":\"shop\",\"services\":{"
                     "\"shop\":{\"environment\":{\"NODE_ENV\":\"production\"" +
                     given + "}}}}' ;;\nesac\n");
        docker.close();
    }
    const auto plan = action(platform)->plan(wishFor(key), soon());
    QVERIFY(!plan);
    QVERIFY2(plan.error().message.contains(error), qPrintable(plan.error().message));
    QCOMPARE(plan.error().code, code);
    for (const Programs::Ran &ran : m_programs->ran())
        QVERIFY2(!ran.changes(), qPrintable(ran.arguments.join(u' ')));
    QFile argv(m_directory->filePath(u"argv"_s));
    QVERIFY(!argv.open(QIODevice::ReadOnly) || !argv.readAll().contains("patch"));
}

void TestPlatformSecrets::aSaltIsNotSwapped()
{
    for (const char *salt : {"API_KEY_SALT", "salt", "PASSWORD_PEPPER"})
        QVERIFY(isSalt(QString::fromLatin1(salt)));
    for (const char *other : {"SALTY_SECRET", "JWT_SECRET", "BASALT"})
        QVERIFY(!isSalt(QString::fromLatin1(other)));
    const QString salt = u"API_KEY_SALT"_s;
    m_programs->set(Name::Kubectl, salt, u"pepper-7731"_s);
    const auto refused = action(u"kubernetes"_s)->plan(wishFor(salt), soon());
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Unsupported);
    QVERIFY2(refused.error().message.contains(u"every API key would be refused"_s),
             qPrintable(refused.error().message));
    QVERIFY(refused.error().message.contains(u"'salts: both'"_s));
    // Where the store is said to hold hashes of both, nobody is logged out.
    const auto action = this->action(u"kubernetes"_s, u"swap"_s, ", salts: both");
    Desk desk;
    const auto plan = desk.engine.plan(*action, u"swap"_s, wishFor(salt));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QVERIFY(!plan->change(u"users"));
    const Report report = desk.engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(set(u"kubernetes"_s, salt).size(), 64);
    QCOMPARE(set(u"kubernetes"_s), oldSecret);
}

void TestPlatformSecrets::whatAPlatformCanDoIsSaid_data()
{
    QTest::addColumn<QString>("platform");
    QTest::addColumn<QStringList>("said");
    QTest::newRow("Kubernetes") << u"kubernetes"_s
                                << QStringList{u"Kubernetes"_s, u"1"_s, u"compared"_s, u"new-pods"_s};
    QTest::newRow("docker compose") << u"compose"_s
                                    << QStringList{u"docker compose"_s, u"1"_s, u"compared"_s, u"new-container"_s};
    QTest::newRow("Railway") << u"railway"_s << QStringList{u"Railway"_s, u"1"_s, u"read-before"_s, u"next-deploy"_s};
}

void TestPlatformSecrets::whatAPlatformCanDoIsSaid()
{
    QFETCH(QString, platform);
    QFETCH(QStringList, said);
    const auto action = this->action(platform);
    const QList<Check> checks = action->checks(planned(*action, wishFor(jwt)), soon());
    const auto kept = std::ranges::find(checks, u"secret-kept"_s, [](const Check &each) { return each.phrase.code; });
    QVERIFY(kept != checks.end());
    QCOMPARE(kept->phrase.arguments, said);
    QCOMPARE(kept->result, Check::Result::Passed);
}

void TestPlatformSecrets::aPlainVariableOfComposeIsSetAndSetBack()
{
    Bench bench;
    const auto action = this->action(u"compose"_s, u"plain"_s);
    const Plan plan = planned(*action, wishFor(level, {{u"value"_s, u"debug"_s}}));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_programs->variable(Name::Docker, level), "debug/info");
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QCOMPARE(m_programs->variable(Name::Docker, level), "info/info");
    QCOMPARE(set(u"compose"_s), oldSecret);
    const auto removed = action->plan(wishFor(level, {{u"remove"_s, u"true"_s}}), soon());
    QVERIFY(!removed);
    QCOMPARE(removed.error().code, ErrorCode::Unsupported);
}

void TestPlatformSecrets::aPlainVariableThatLiesInASecretIsNotShown()
{
    putKubectl(R"(echo '{"metadata":{},"data":{"level":"aW5mby03NzMx"}}')");
    const auto plan = action(u"kubernetes"_s, u"plain"_s)->plan(wishFor(level, {{u"value"_s, u"debug"_s}}), soon());
    QVERIFY(!plan);
    QCOMPARE(plan.error().code, ErrorCode::Unsupported);
    QCOMPARE(plan.error().message, u"LOG_LEVEL lies in a Secret, where it is not set from here"_s);
}

void TestPlatformSecrets::startPostgres(const QString &platform, bool isTwo)
{
    m_postgres = std::make_unique<PostgresFixture>();
    m_postgres->execute(
        "CREATE TABLE quarterdeck_environment (deployment text, environment text);"
        "INSERT INTO quarterdeck_environment VALUES ('shop', 'production');"
        "CREATE ROLE app; CREATE ROLE app_b IN ROLE app; CREATE ROLE app_a LOGIN IN ROLE app PASSWORD '" +
        first +
        "'; CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'keeper-5512';"
        "GRANT SELECT ON quarterdeck_environment TO keeper; GRANT CREATE ON SCHEMA public TO keeper");
    m_connection =
        "  operator: {kind: postgresql, host: 127.0.0.1, port: " + QByteArray::number(m_postgres->server().port()) +
        ", database: app, user: keeper, sslmode: disable, password: \"file:" +
        m_secrets.keep("keeper-5512").name.toUtf8() + "\"}\n";
    m_database = "  login: {kind: rotate-database-password, environment: NODE_ENV, pace: 10 ms, watch: 4 s, database: "
                 "{environment: quarterdeck_environment}, " +
                 QByteArray(isTwo ? "roles: [app_a, app_b], variables: {user: POSTGRES_USER, password: "
                                    "POSTGRES_PASSWORD}}\n"
                                  : "roles: [app_a], variables: {password: POSTGRES_PASSWORD}}\n");
    if (platform == "compose"_L1) {
        QFile file(m_directory->filePath(u".env"_s));
        if (!file.open(QIODevice::Append))
            qFatal("%s", qPrintable(file.errorString()));
        file.write("POSTGRES_PASSWORD=" + first + '\n' + (isTwo ? "POSTGRES_USER=app_a\n" : ""));
    } else {
        m_programs->set(Name::Kubectl, password, QString::fromLatin1(first));
        if (isTwo)
            m_programs->set(Name::Kubectl, user, u"app_a"_s);
    }
    m_programs->deploy(nameOf(platform));
}

void TestPlatformSecrets::aLoginIsRotatedAndPutBack_data()
{
    QTest::addColumn<QString>("platform");
    QTest::addColumn<bool>("isTwo");
    for (const bool isTwo : {false, true}) {
        QTest::addRow("Kubernetes, %s", isTwo ? "user and password" : "password") << u"kubernetes"_s << isTwo;
        QTest::addRow("docker compose, %s", isTwo ? "user and password" : "password") << u"compose"_s << isTwo;
    }
}

void TestPlatformSecrets::aLoginIsRotatedAndPutBack()
{
    QFETCH(QString, platform);
    QFETCH(bool, isTwo);
    startPostgres(platform, isTwo);
    const Service service(*m_programs, nameOf(platform), m_postgres->server().port());
    QTRY_VERIFY(service.isServed());
    const auto action = this->action(platform, u"login"_s);
    Desk desk;
    const auto plan = desk.engine.plan(*action, u"login"_s, wishFor(password));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    const Report report = desk.engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    const QByteArray made = set(platform, password);
    const QByteArray role = isTwo ? "app_b" : "app_a";
    QCOMPARE(set(platform, user), isTwo ? role : QByteArray());
    QVERIFY(letsIn(role, made));
    QVERIFY(!letsIn("app_a", first));

    answerHealth("starting");
    const auto again = desk.engine.plan(*action, u"login"_s, wishFor(password));
    QVERIFY2(again, again ? "" : qPrintable(again.error().message));
    const Report notWell = desk.engine.run(*action, *again);
    QVERIFY2(notWell.ending == Ending::NeedsPerson, qPrintable(said(notWell)));
    QVERIFY(set(platform, password) != made);
    answerHealth("ok");
    const Report undone = desk.engine.undo(*this->action(platform, u"login"_s), *again);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QCOMPARE(m_programs->variable(nameOf(platform), password), made + '/' + made); // it is live as well
    QCOMPARE(set(platform, user), isTwo ? role : QByteArray());
    QVERIFY(letsIn(role, made));
    QTRY_VERIFY(service.isServed());
}

void TestPlatformSecrets::whoSetsAPasswordMeanwhileIsNotOverwritten()
{
    QFETCH(QString, platform);
    startPostgres(platform, false);
    const auto action = this->action(platform, u"login"_s);
    Desk desk;
    const auto plan = desk.engine.plan(*action, u"login"_s, wishFor(password));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    // After it was found as planned, before it is read to be set.
    desk.engine.setBoundary([&](const QString &boundary) {
        if (boundary == "effect:0:before"_L1)
            m_programs->interfere({.word = platform == "kubernetes"_L1 ? u"secret"_s : password,
                                   .name = nameOf(platform),
                                   .key = password,
                                   .value = u"set-by-eve"_s,
                                   .skip = 1});
    });
    const Report report = desk.engine.run(*action, *plan);
    QCOMPARE(set(platform, password), "set-by-eve");
    QVERIFY2(
        report.error->message.contains(platform == "kubernetes"_L1 ? u"somebody else set"_s : u"does not come from"_s),
        qPrintable(said(report)));
    QVERIFY(letsIn("app_a", first));
}

void TestPlatformSecrets::aPasswordIsNotLeftWithoutItsUser()
{
    QFETCH(QString, platform);
    startPostgres(platform, true);
    const auto action = this->action(platform, u"login"_s);
    Desk desk;
    const auto plan = desk.engine.plan(*action, u"login"_s, wishFor(password));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    // Once the password was set, right before the user is.
    m_programs->interfere({.word = platform == "kubernetes"_L1 ? u"patch"_s : u"mv -f"_s,
                           .name = nameOf(platform),
                           .key = user,
                           .value = u"eve"_s,
                           .skip = 1});
    const Report report = desk.engine.run(*action, *plan);
    QVERIFY2(report.steps.value(1).state == StepReport::State::Failed, qPrintable(said(report)));
    QCOMPARE(set(platform, user), "eve");
    QCOMPARE(set(platform, password), first);
}

QTEST_GUILESS_MAIN(TestPlatformSecrets)
#include "tst_platform_secrets.moc"
