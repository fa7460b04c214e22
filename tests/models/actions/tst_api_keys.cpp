/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/api_key/client_key.h"
#include "actions/secret_shelf.h"
#include "bench.h"
#include "fake_render.h"
#include "support/fake_api_service.h"

#include <QCborArray>
#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;

namespace {
const QByteArray key("lg_0a0b0c0d_" + QByteArray(40, '1'));
const QString old = u"lg_0a0b0c0d"_s;
const QByteArray pepper("pepper-of-the-service");
} // namespace

/// Clients' keys in a real PostgreSQL, and a service that lets them in. As luckygas has them, and as preflight does:
/// with a name, salted, and without an end.
class TestApiKeys : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup() { m_service.reset(); }
    void aKeyLooksAsItsFormSays();
    void aFormThatIsNoneIsRefused_data();
    void aFormThatIsNoneIsRefused();
    void aHashIsAsTheServiceMakesIt();
    void aClientGetsTheNextKey_data();
    void aClientGetsTheNextKey();
    void itIsTakenBack_data();
    void itIsTakenBack();
    void aKeyThatItsClientUsesIsNotTakenBack_data();
    void aKeyThatItsClientUsesIsNotTakenBack();
    void whoeverUsesItMeanwhileKeepsIt();
    void aKeyThatIsNotAcceptedIsTakenBack();
    void aPageThatTakesAnythingProvesNothing();
    void aWrongSaltIsFoundOut();
    void aSaltOfThePlatformIsReadThere_data();
    void aSaltOfThePlatformIsReadThere();
    void aSaltThatKubernetesKeepsIsRead_data();
    void aSaltThatKubernetesKeepsIsRead();
    void aKeyThatNobodyHasIsNotGoneOnWith();
    void whatWasIssuedBeforeIsGoneOnWith();
    void whatAnotherConsoleLeftIsRecognised_data();
    void whatAnotherConsoleLeftIsRecognised();
    void twoConsolesIssueOne();
    void aKeyThatIsUsedStays();
    void anUnusedKeyIsRetiredAndComesBack_data();
    void anUnusedKeyIsRetiredAndComesBack();
    void aRevokedKeyIsRefusedAndComesBack();
    void whatCannotBeIsRefused_data();
    void whatCannotBeIsRefused();
    void aWholeKeyIsQuotedNowhere();
    void aRoleWithoutRightsIsToldBefore_data();
    void aRoleWithoutRightsIsToldBefore();
    void aProfileSaysWhatMayBeDone_data();
    void aProfileSaysWhatMayBeDone();

private:
    [[nodiscard]] std::unique_ptr<Action> action(const QString &id, const QByteArray &user = "owner");
    [[nodiscard]] Profile profile(const QByteArray &user = "owner");
    void serve(bool isSalted);
    /// "old until, new until": what is valid, and where an end is set.
    [[nodiscard]] QByteArray keys();

    std::unique_ptr<PostgresFixture> m_server;
    std::unique_ptr<FakeApiService> m_service;
    SecretFiles m_files;
    QString m_salt;        ///< a file
    QByteArray m_platform; ///< the source of one that has the salt, after its connections; empty: it lies in the file
    bool m_isSalted = false;
    std::optional<QByteArray> m_times; ///< columns that tell created_at and last_used_at; nothing: as it has them
    SystemClock m_clock;
};

void TestApiKeys::initTestCase()
{
    m_server = std::make_unique<PostgresFixture>();
    m_server->execute("CREATE TABLE quarterdeck_environment (deployment text, environment text);"
                      "INSERT INTO quarterdeck_environment VALUES ('shop', 'staging');"
                      "GRANT SELECT ON quarterdeck_environment TO public;"
                      "CREATE ROLE keeper LOGIN PASSWORD 'keeper'; GRANT CREATE ON SCHEMA public TO keeper, owner");
}

void TestApiKeys::init()
{
    serve(false);
}

void TestApiKeys::serve(bool isSalted)
{
    m_isSalted = isSalted;
    m_times.reset();
    m_salt = m_files.keep(pepper).name;
    m_service = std::make_unique<FakeApiService>(m_server->connection(), isSalted ? pepper : QByteArray());
    m_server->execute("SET client_min_messages = warning; DROP TABLE IF EXISTS quarterdeck_leases, api_keys;"
                      "CREATE TABLE api_keys (id serial PRIMARY KEY, prefix text NOT NULL UNIQUE, hash text NOT NULL," +
                      QByteArray(isSalted ? "name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),"
                                          : "tier text NOT NULL, role text NOT NULL, expires_at timestamptz,") +
                      "last_used_at timestamptz, revoked_at timestamptz); ALTER TABLE api_keys OWNER TO owner;"
                      "INSERT INTO api_keys (prefix, hash, " +
                      QByteArray(isSalted ? "name" : "tier, role") + ", last_used_at) VALUES ('lg_0a0b0c0d', '" +
                      m_service->hashOf(key) + "', " + QByteArray(isSalted ? "'acme'" : "'premium', 'office'") +
                      ", now() - interval '3 minutes 10 seconds')");
    if (!isSalted)
        m_server->execute("UPDATE api_keys SET expires_at = '2031-03-05 07:08:09.123457+00';"
                          "INSERT INTO api_keys (prefix, hash, tier, role) VALUES ('lg_99999999', 'none', 'basic',"
                          " 'driver')");
}

QByteArray TestApiKeys::keys()
{
    return m_server->execute("SELECT string_agg(CASE prefix WHEN 'lg_0a0b0c0d' THEN 'old' ELSE 'new' END || CASE WHEN "
                             "(to_jsonb(k) ->> 'expires_at')::timestamptz < now() + interval '8 days' THEN ' until' "
                             "ELSE '' END, ', ' ORDER BY id) FROM api_keys AS k WHERE revoked_at IS NULL AND prefix <> "
                             "'lg_99999999'");
}

Profile TestApiKeys::profile(const QByteArray &user)
{
    const PostgresConnection owner = m_server->connection();
    const PostgresConnection connection =
        user == "owner" ? owner : m_server->connection(QString::fromLatin1(user), user);
    const QByteArray server = "{kind: postgresql, host: 127.0.0.1, port: " + QByteArray::number(owner.port) +
                              ", sslmode: disable, database: app, user: " + connection.user.toUtf8() +
                              ", password: 'file:" + connection.password->name.toUtf8() + "'}\n";
    const QByteArray own = m_times.value_or(m_isSalted ? "created_at: created_at, last_used_at: last_used_at, "
                                                       : "last_used_at: last_used_at, ") +
                           (m_isSalted ? "label: name" : "tier: tier, role: role, expires_at: expires_at");
    const QByteArray table = "environment: quarterdeck_environment, hash: {column: hash, by: " +
                             (!m_platform.isEmpty() ? QByteArray("hmac-sha256, variable: API_KEY_SALT")
                              : m_isSalted          ? "hmac-sha256, salt: 'file:" + m_salt.toUtf8() + "'"
                                                    : QByteArray("sha256")) +
                             "}, form: 'lg_{8}_{40}', shown: 11, quiet: 1 h, refresh: 1 s, probe: {path: /who}";
    const auto profile = parseProfile(
        "quarterdeck: 1\nname: shop\nenvironment: staging\nconnections:\n  http: {kind: http, url: "
        "\"http://127.0.0.1:" +
            QByteArray::number(m_service->port()) + "\"}\n  postgresql: " + server + "  operator: " + server +
            (m_platform.isEmpty() ? "sources:\n" : m_platform) +
            "  api_keys: {kind: api-keys, table: api_keys, columns: {id: id, prefix: prefix, revoked_at: "
            "revoked_at, " +
            own + "}}\nactions:\n  rotate: {kind: rotate-api-key, " + table + "}\n  retire: {kind: retire-api-key, " +
            table + "}\n  revoke: {kind: revoke-api-key, " + table + "}\n",
        u"shop.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    return *profile;
}

std::unique_ptr<Action> TestApiKeys::action(const QString &id, const QByteArray &user)
{
    auto action = makeAction(id, profile(user), m_clock);
    if (!action)
        qFatal("%s", qPrintable(action.error().first().message));
    return std::move(*action);
}

void TestApiKeys::aKeyLooksAsItsFormSays()
{
    const auto form = KeyForm::from(u"pf_live_{40}"_s, 16);
    QVERIFY(form);
    const QByteArray prefix = form->newPrefix();
    static const QRegularExpression shown(u"^pf_live_[0-9a-f]{8}$"_s);
    QVERIFY2(shown.match(QString::fromLatin1(prefix)).hasMatch(), prefix.constData());
    QVERIFY(form->newPrefix() != prefix);
    const Secret one = form->newKey(prefix);
    static const QRegularExpression whole(u"^pf_live_[0-9a-f]{40}$"_s);
    QVERIFY(whole.match(QString::fromLatin1(one.reveal())).hasMatch());
    QVERIFY(one.reveal().startsWith(prefix));
    QVERIFY(form->newKey(prefix).reveal() != one.reveal());
}

void TestApiKeys::aFormThatIsNoneIsRefused_data()
{
    QTest::addColumn<QString>("form");
    QTest::addColumn<int>("shown");
    QTest::newRow("nothing") << QString() << 11;
    QTest::newRow("a brace that is not closed") << u"lg_{8"_s << 11;
    QTest::newRow("a letter of another alphabet") << u"ключ_{48}"_s << 11;
    QTest::newRow("nothing tells them apart") << u"lg_{8}_{40}"_s << 3;
    QTest::newRow("too little is secret") << u"lg_{8}_{31}"_s << 11;
    QTest::newRow("all is shown") << u"lg_{8}_{40}"_s << 52;
}

void TestApiKeys::aFormThatIsNoneIsRefused()
{
    QFETCH(QString, form);
    QFETCH(int, shown);
    QVERIFY(!KeyForm::from(form, shown));
}

/// Against OpenSSL's own program: printf %s lg_x | openssl dgst -sha256 [-hmac pepper]
void TestApiKeys::aHashIsAsTheServiceMakesIt()
{
    const Secret text(QByteArray("lg_x"));
    QCOMPARE(hashOf(text, {}), FakeApiService(m_server->connection(), {}).hashOf("lg_x"));
    QCOMPARE(hashOf(text, Secret(QByteArray("pepper"))),
             QByteArray("ad52bd49b0a30d60c1ee6c5c3617d1a8e92f82d868298d3e2eab72524a5c32be"));
    QCOMPARE(hashOf(text, {}), QByteArray("86775cdf6c6fa7fa6fbb4228c2705ee25a8d04a24dfdea3e45723194cc554c2b"));
}

void TestApiKeys::aClientGetsTheNextKey_data()
{
    QTest::addColumn<bool>("isSalted");
    QTest::addColumn<QStringList>("steps");
    QTest::addColumn<QByteArray>("after");
    QTest::newRow("tier and role, with an end")
        << false << QStringList{u"api-key-issued"_s, u"api-key-proved"_s, u"api-key-ends"_s}
        << QByteArray("old until, new");
    QTest::newRow("named, salted, without an end")
        << true << QStringList{u"api-key-issued"_s, u"api-key-proved"_s} << QByteArray("old, new");
}

void TestApiKeys::aClientGetsTheNextKey()
{
    QFETCH(bool, isSalted);
    serve(isSalted);
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(old));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QStringList codes;
    for (const Phrase &step : plan->steps)
        codes.append(step.code);
    QTEST(codes, "steps");
    QCOMPARE(plan->impact.first().number, 190);
    QCOMPARE(keys(), "old");
    const Report report = bench.engine.run(*rotate, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QTEST(keys(), "after");
    // It was handed to nobody yet; both are let in.
    const QString next = plan->change(u"api-key")->after.value_or(QString());
    QCOMPARE(secretShelf().names(SecretShelf::Way::Made, plan->id()), QStringList(next));
    const auto made = secretShelf().take(SecretShelf::Way::Made, plan->id(), next);
    QVERIFY(made && made->reveal().startsWith(next.toLatin1() + '_') && made->reveal().size() == 52);
    QVERIFY(m_service->accepts(made->reveal()));
    QVERIFY(m_service->accepts(key));
    // Whatever it belongs to is the same.
    QCOMPARE(m_server->execute(isSalted ? "SELECT count(DISTINCT name) FROM api_keys"
                                        : "SELECT count(DISTINCT (tier, role)) FROM api_keys WHERE prefix <> "
                                          "'lg_99999999'"),
             "1");
    if (!isSalted)
        QCOMPARE(m_server->execute("SELECT bool_and(expires_at > now() + interval '6 days 23 hours') FROM api_keys "
                                   "WHERE prefix <> 'lg_99999999'"),
                 "t");
    // Neither in the journal nor in the table.
    const auto all = bench.journal->entries({}, patience);
    QVERIFY(all && all->size() > 6);
    for (const Entry &entry : *all)
        QVERIFY(!entry.body.contains(made->reveal()));
    QVERIFY(!m_server->execute("SELECT string_agg(k::text, ' ') FROM api_keys AS k").contains(made->reveal()));
    QCOMPARE(QCborValue::fromCbor(rotate->evidence()).toArray().first().toArray()[2].toInteger(), 3);
}

void TestApiKeys::itIsTakenBack_data()
{
    aClientGetsTheNextKey_data();
}

void TestApiKeys::itIsTakenBack()
{
    QFETCH(bool, isSalted);
    serve(isSalted);
    const QByteArray before = m_server->execute("SELECT k::text FROM api_keys AS k WHERE prefix = 'lg_0a0b0c0d'");
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(old));
    QVERIFY(plan);
    QCOMPARE(bench.engine.run(*rotate, *plan).ending, Ending::Done);
    const Report back = bench.engine.undo(*rotate, *plan);
    QVERIFY2(back.ending == Ending::Undone, qPrintable(said(back)));
    QCOMPARE(keys(), "old");
    QCOMPARE(m_server->execute("SELECT k::text FROM api_keys AS k WHERE prefix = 'lg_0a0b0c0d'"), before);
    QVERIFY(secretShelf().names(SecretShelf::Way::Made, plan->id()).isEmpty());
}

void TestApiKeys::aKeyThatItsClientUsesIsNotTakenBack_data()
{
    QTest::addColumn<bool>("isSalted");
    QTest::addColumn<QByteArray>("columns"); ///< of its times, beside expires_at
    QTest::addColumn<QByteArray>("used");
    QTest::addColumn<QString>("error");
    const QByteArray both("created_at: created_at, last_used_at: last_used_at, ");
    const QByteArray use("last_used_at: last_used_at, ");
    const QString isUsed = u" is in use: to cut its client off is revoke-api-key's"_s;
    const QString untold = u"nothing tells whether "_s;
    QTest::newRow("used") << true << both << QByteArray("now() + interval '3 minutes'") << isUsed;
    QTest::newRow("only proved") << true << both << QByteArray("now()") << QString();
    QTest::newRow("used, issued a year before its end")
        << false << use << QByteArray("now() + interval '3 minutes'") << isUsed;
    QTest::newRow("used, its end set by hand")
        << false << use << QByteArray("now() + interval '3 minutes', expires_at = expires_at + interval '1 hour'")
        << untold;
    QTest::newRow("only proved, a year before its end") << false << use << QByteArray("now()") << QString();
    QTest::newRow("used or proved, nobody knows since when") << true << use << QByteArray("now()") << untold;
    QTest::newRow("never used, nobody knows since when") << true << use << QByteArray("NULL") << QString();
    QTest::newRow("its use is not counted") << false << QByteArray() << QByteArray("NULL") << untold;
}

void TestApiKeys::aKeyThatItsClientUsesIsNotTakenBack()
{
    QFETCH(bool, isSalted);
    QFETCH(QByteArray, columns);
    QFETCH(QByteArray, used);
    QFETCH(QString, error);
    serve(isSalted);
    m_times = columns;
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(old));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(bench.engine.run(*rotate, *plan).ending, Ending::Done);
    m_server->execute("UPDATE api_keys SET last_used_at = " + used +
                      " WHERE prefix NOT IN ('lg_0a0b0c0d', 'lg_99999999')");
    const QByteArray before = keys();
    // By the next start of the console, too.
    const Report back = bench.engine.undo(*action(u"rotate"_s), *plan);
    secretShelf().forget(plan->id());
    if (error.isEmpty()) {
        QVERIFY2(back.ending == Ending::Undone, qPrintable(said(back)));
        return;
    }
    QVERIFY2(back.ending == Ending::Refused && back.error->message.contains(error), qPrintable(said(back)));
    QCOMPARE(keys(), before);
    QVERIFY(bench.journal->unfinished(patience)->isEmpty());
    QVERIFY(std::ranges::any_of(bench.engine.checkUndo(*rotate, *plan), [](const Check &check) {
        return check.phrase.code == "may-undo"_L1 && check.result == Check::Result::Failed;
    }));
    // Who cuts it off has said so.
    m_server->execute("UPDATE api_keys SET revoked_at = now() WHERE prefix NOT IN ('lg_0a0b0c0d', 'lg_99999999')");
    const Report then = bench.engine.undo(*rotate, *plan);
    QVERIFY2(then.ending == Ending::Undone, qPrintable(said(then)));
    QCOMPARE(keys(), "old");
}

/// It is used for the first time while it is taken back.
void TestApiKeys::whoeverUsesItMeanwhileKeepsIt()
{
    serve(true);
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(old));
    QVERIFY(plan);
    QCOMPARE(bench.engine.run(*rotate, *plan).ending, Ending::Done);
    bench.engine.setBoundary([&](const QString &boundary) {
        if (boundary == "effect:0:before"_L1)
            m_server->execute("UPDATE api_keys SET last_used_at = now() + interval '3 minutes' WHERE prefix <> "
                              "'lg_0a0b0c0d'");
    });
    const Report back = bench.engine.undo(*rotate, *plan);
    secretShelf().forget(plan->id());
    QVERIFY2(back.ending == Ending::NeedsPerson && back.error->message.contains(u" is in use: "_s),
             qPrintable(said(back)));
    QCOMPARE(keys(), "old, new");
}

void TestApiKeys::aKeyThatIsNotAcceptedIsTakenBack()
{
    m_service->status = 403;
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(old));
    QVERIFY(plan);
    bench.engine.setBoundary([&](const QString &boundary) {
        if (boundary == "effect:1:before"_L1)
            QCOMPARE(keys(), "old, new");
    });
    const Report report = bench.engine.run(*rotate, *plan);
    QCOMPARE(report.ending, Ending::Undone);
    QVERIFY2(report.error->message.contains(u"is not accepted: /who says 403"_s), qPrintable(report.error->message));
    QCOMPARE(keys(), "old");
    QVERIFY(secretShelf().names(SecretShelf::Way::Made, plan->id()).isEmpty());
}

void TestApiKeys::aPageThatTakesAnythingProvesNothing()
{
    m_service->status = 200;
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(old));
    QVERIFY(plan);
    const Report report = bench.engine.run(*rotate, *plan);
    QCOMPARE(report.ending, Ending::Undone);
    QVERIFY2(report.error->message.contains(u"accepts a forged key"_s), qPrintable(report.error->message));
    QCOMPARE(keys(), "old");
}

void TestApiKeys::aWrongSaltIsFoundOut()
{
    serve(true);
    m_salt = m_files.keep("another").name;
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(old));
    QVERIFY(plan);
    const Report report = bench.engine.run(*rotate, *plan);
    QCOMPARE(report.ending, Ending::Undone);
    QVERIFY2(report.error->message.contains(u"is not accepted: /who says 401"_s), qPrintable(report.error->message));
    QCOMPARE(keys(), "old");
}

void TestApiKeys::aSaltOfThePlatformIsReadThere_data()
{
    QTest::addColumn<QString>("variable");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("error");
    QTest::newRow("as the service has it") << u"API_KEY_SALT"_s << QString::fromLatin1(pepper) << QString();
    QTest::newRow("not set") << u"OTHER"_s << u"x"_s << u"API_KEY_SALT is not set on Render"_s;
    QTest::newRow("empty") << u"API_KEY_SALT"_s << QString() << u"the salt of the keys' hashes is empty"_s;
}

void TestApiKeys::aSaltOfThePlatformIsReadThere()
{
    QFETCH(QString, variable);
    QFETCH(QString, value);
    QFETCH(QString, error);
    FakeRender render;
    {
        const std::lock_guard guard(render.lock);
        render.variables[variable] = value;
    }
    serve(true);
    m_platform = "  platform_operator: {kind: http, url: \"http://127.0.0.1:" + QByteArray::number(render.port()) +
                 "\"}\nsources:\n  platform: {kind: render, connection: platform_operator, service: srv-shop1}\n";
    const auto rotate = action(u"rotate"_s);
    m_platform.clear();
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(old));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    const Report report = bench.engine.run(*rotate, *plan);
    QVERIFY2((report.ending == Ending::Done) == error.isEmpty(), qPrintable(said(report)));
    QCOMPARE(keys(), error.isEmpty() ? QByteArray("old, new") : QByteArray("old"));
    QVERIFY2(error.isEmpty() || report.error->message.contains(error), qPrintable(said(report)));
    secretShelf().forget(plan->id());
}

void TestApiKeys::aSaltThatKubernetesKeepsIsRead_data()
{
    QTest::addColumn<QByteArray>("from"); ///< of the pod's environment
    QTest::addColumn<QByteArray>("told"); ///< by kubectl, of what it names
    QTest::addColumn<QString>("error");
    const QByteArray held = "\"data\":{\"API_KEY_SALT\":\"" + pepper.toBase64() + "\"}}'";
    const QByteArray secret(R"({"secretRef":{"name":"shop"}})");
    QTest::newRow("in a Secret") << secret << "echo '{\"metadata\":{}," + held << QString();
    QTest::newRow("in a Secret that a controller writes")
        << secret
        << R"(echo '{"immutable":true,"metadata":{"ownerReferences":[{"kind":"ExternalSecret","name":"shop","controller":true}]},)" +
               held
        << QString();
    QTest::newRow("in a ConfigMap") << QByteArray(R"({"configMapRef":{"name":"shop"}})")
                                    << "echo '{\"metadata\":{},\"data\":{\"API_KEY_SALT\":\"" + pepper + "\"}}'"
                                    << QString();
    QTest::newRow("not set") << secret << QByteArray(R"(echo '{"metadata":{},"data":{}}')")
                             << u"API_KEY_SALT is not set on Kubernetes"_s;
    QTest::newRow("may not") << secret
                             << QByteArray("echo 'Error from server (Forbidden): secrets is forbidden' >&2; exit 1")
                             << u"to read a secret, kubectl's user needs 'get' on secrets of the namespace shop"_s;
}

void TestApiKeys::aSaltThatKubernetesKeepsIsRead()
{
    QFETCH(QByteArray, from);
    QFETCH(QByteArray, told);
    QFETCH(QString, error);
    const QTemporaryDir directory;
    QFile kubectl(directory.filePath(u"kubectl"_s));
    QVERIFY(kubectl.open(QIODevice::WriteOnly));
    kubectl.write(
        "#!/bin/sh\ncase \"$*\" in\n*deployment*json*) echo '"
        R"({"metadata":{"uid":"u1","name":"shop-api"},"spec":{"selector":{"matchLabels":{"app":"shop"}},"template":{"spec":{"containers":[{"name":"api","envFrom":[)" +
        from + "]}]}}},\"status\":{}}' ;;\n*) " + told + " ;;\nesac\n");
    kubectl.close();
    QVERIFY(kubectl.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    serve(true);
    m_platform = "sources:\n  platform: {kind: kubernetes, program: \"" + kubectl.fileName().toUtf8() +
                 "\", namespace: shop, deployment: shop-api}\n";
    const auto rotate = action(u"rotate"_s);
    m_platform.clear();
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(old));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    const Report report = bench.engine.run(*rotate, *plan);
    secretShelf().forget(plan->id());
    QVERIFY2((report.ending == Ending::Done) == error.isEmpty(), qPrintable(said(report)));
    QCOMPARE(keys(), error.isEmpty() ? QByteArray("old, new") : QByteArray("old"));
    QVERIFY2(error.isEmpty() || report.error->message.contains(error), qPrintable(said(report)));
}

/// The console that made it died: the key is nowhere, and all that is left is to take it back.
void TestApiKeys::aKeyThatNobodyHasIsNotGoneOnWith()
{
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(old));
    QVERIFY(plan);
    struct Died
    {
    };
    bench.engine.setBoundary([](const QString &boundary) {
        if (boundary == "outcome:0:after"_L1)
            throw Died();
    });
    QVERIFY_THROWS_EXCEPTION(Died, static_cast<void>(bench.engine.run(*rotate, *plan)));
    bench.engine.setBoundary({});
    secretShelf().forget(plan->id());
    QCOMPARE(keys(), "old, new");
    const auto later = action(u"rotate"_s);
    const Report report = bench.engine.resume(*later, *plan);
    QVERIFY2(report.ending != Ending::Done, qPrintable(said(report)));
    QVERIFY2(report.error->message.contains(u"nobody was handed it: take this back"_s), qPrintable(said(report)));
    if (report.ending != Ending::Undone) {
        const Report back = bench.engine.undo(*later, *plan);
        QVERIFY2(back.ending == Ending::Undone, qPrintable(said(back)));
    }
    QCOMPARE(keys(), "old");
}

/// By hand, or by a console that died: who was given it uses it from then on.
void TestApiKeys::whatWasIssuedBeforeIsGoneOnWith()
{
    m_server->execute("INSERT INTO api_keys (prefix, hash, tier, role) VALUES ('lg_22222222', 'x', 'premium',"
                      " 'office')");
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(old, {{u"to"_s, u"lg_22222222"_s}}));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(plan->steps.size(), 1);
    const Report report = bench.engine.run(*rotate, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(keys(), "old until, new");
    QVERIFY(secretShelf().names(SecretShelf::Way::Made, plan->id()).isEmpty());
    const Report back = bench.engine.undo(*rotate, *plan);
    QVERIFY2(back.ending == Ending::Undone, qPrintable(said(back)));
    QCOMPARE(keys(), "old, new");
}

void TestApiKeys::whatAnotherConsoleLeftIsRecognised_data()
{
    QTest::addColumn<QByteArray>("used"); // an hour after it was made it is
    QTest::addColumn<bool>("isLeft");
    QTest::newRow("never used") << QByteArray("NULL") << true;
    QTest::newRow("only proved") << QByteArray("now() - interval '59 minutes 40 seconds'") << true;
    QTest::newRow("used") << QByteArray("now() - interval '57 minutes'") << false;
}

void TestApiKeys::whatAnotherConsoleLeftIsRecognised()
{
    QFETCH(QByteArray, used);
    QFETCH(bool, isLeft);
    serve(true);
    m_server->execute("INSERT INTO api_keys (prefix, hash, name, created_at, last_used_at) VALUES ('lg_22222222', 'x', "
                      "'acme', now() - interval '1 hour', " +
                      used + "), ('lg_33333333', 'y', 'globex', now(), NULL)");
    const auto plan = action(u"rotate"_s)->plan(wishFor(old), soon());
    QCOMPARE(!plan, isLeft);
    QVERIFY2(!isLeft || plan.error().message.contains(
                            u"lg_22222222 was issued for the same client already, and never used: retire it"_s),
             isLeft ? qPrintable(plan.error().message) : "");
}

void TestApiKeys::twoConsolesIssueOne()
{
    serve(true);
    const auto one = action(u"rotate"_s);
    const auto other = action(u"rotate"_s);
    Bench bench;
    Bench others;
    const auto mine = bench.engine.plan(*one, u"rotate"_s, wishFor(old));
    const auto theirs = others.engine.plan(*other, u"rotate"_s, wishFor(old));
    QVERIFY(mine && theirs);
    Report late;
    bench.engine.setBoundary([&](const QString &boundary) {
        if (boundary == "effect:0:before"_L1)
            late = others.engine.run(*other, *theirs);
    });
    const Report report = bench.engine.run(*one, *mine);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QVERIFY2(late.ending == Ending::Refused, qPrintable(said(late)));
    QCOMPARE(keys(), "old, new");
    QVERIFY(secretShelf().names(SecretShelf::Way::Made, theirs->id()).isEmpty());
    // Whoever has no lease, and planned before, is stopped in the transaction itself.
    const auto late2 = other->perform(*theirs, 0, soon());
    QVERIFY(!late2 && late2.error().message.contains(u"nothing was changed"_s));
    QCOMPARE(keys(), "old, new");
    secretShelf().forget(mine->id());
}

void TestApiKeys::aKeyThatIsUsedStays()
{
    const auto retire = action(u"retire"_s);
    Bench bench;
    const auto blocked = bench.engine.plan(*retire, u"retire"_s, wishFor(old));
    QVERIFY(!blocked);
    QVERIFY2(blocked.error().message.contains(
                 u"lg_0a0b0c0d was last used 3 min ago: it can go when it was not for 1 h, or when its time is over"_s),
             qPrintable(blocked.error().message));
    // It is used once more between the plan and the step.
    m_server->execute("UPDATE api_keys SET last_used_at = now() - interval '2 hours'");
    const auto plan = bench.engine.plan(*retire, u"retire"_s, wishFor(old));
    QVERIFY(plan);
    m_server->execute("UPDATE api_keys SET last_used_at = now()");
    const Report report = bench.engine.run(*retire, *plan);
    QVERIFY2(report.ending != Ending::Done, qPrintable(said(report)));
    QCOMPARE(keys(), "old");
}

void TestApiKeys::anUnusedKeyIsRetiredAndComesBack_data()
{
    QTest::addColumn<QByteArray>("sql");
    QTest::newRow("unused for long") << QByteArray("last_used_at = now() - interval '61 minutes'");
    QTest::newRow("never used") << QByteArray("last_used_at = NULL");
    QTest::newRow("its time is over") << QByteArray("expires_at = now() - interval '1 second'");
}

void TestApiKeys::anUnusedKeyIsRetiredAndComesBack()
{
    QFETCH(QByteArray, sql);
    m_server->execute("UPDATE api_keys SET " + sql + " WHERE prefix = 'lg_0a0b0c0d'");
    const QByteArray before = m_server->execute("SELECT k::text FROM api_keys AS k WHERE prefix = 'lg_0a0b0c0d'");
    const auto retire = action(u"retire"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*retire, u"retire"_s, wishFor(u"1"_s)); // by its id
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(plan->resource, old);
    const Report report = bench.engine.run(*retire, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(keys(), "");
    QVERIFY(!m_service->accepts(key));
    const Report back = bench.engine.undo(*retire, *plan);
    QVERIFY2(back.ending == Ending::Undone, qPrintable(said(back)));
    QCOMPARE(m_server->execute("SELECT k::text FROM api_keys AS k WHERE prefix = 'lg_0a0b0c0d'"), before);
}

void TestApiKeys::aRevokedKeyIsRefusedAndComesBack()
{
    const auto revoke = action(u"revoke"_s);
    const auto plan = revoke->plan(wishFor(old), soon());
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(plan->risk, Risk::High);
    QCOMPARE(plan->change(u"api-key-client")->before, u"premium · office"_s);
    QVERIFY(revoke->begin(*plan, u"ada@desk"_s, soon()));
    QVERIFY(m_service->accepts(key));
    QVERIFY(revoke->perform(*plan, 0, soon()));
    QVERIFY(!m_service->accepts(key));
    QCOMPARE(revoke->look(*plan, 0, soon()).value(), Stand::After);
    QCOMPARE(revoke->verify(*plan, soon()).first().result, Check::Result::Passed);
    QVERIFY(revoke->revert(*plan, 0, soon()));
    revoke->end(soon());
    QVERIFY(m_service->accepts(key));
    QCOMPARE(keys(), "old");
}

void TestApiKeys::whatCannotBeIsRefused_data()
{
    QTest::addColumn<QString>("deed");
    QTest::addColumn<QByteArray>("sql");
    QTest::addColumn<QString>("resource");
    QTest::addColumn<QString>("to");
    QTest::addColumn<QString>("error");
    const QString none;
    const QByteArray revoked = "UPDATE api_keys SET revoked_at = now() WHERE prefix = 'lg_0a0b0c0d'";
    QTest::newRow("no such key") << u"rotate"_s << QByteArray("SELECT 1") << u"lg_7"_s << none
                                 << u"api_keys has no key 'lg_7'"_s;
    QTest::newRow("revoked, rotated") << u"rotate"_s << revoked << old << none << u"lg_0a0b0c0d is revoked already"_s;
    QTest::newRow("revoked, revoked") << u"revoke"_s << revoked << old << none << u"lg_0a0b0c0d is revoked already"_s;
    QTest::newRow("its time is over") << u"rotate"_s
                                      << QByteArray("UPDATE api_keys SET expires_at = now() - interval '1 day'") << old
                                      << none << u"the time of lg_0a0b0c0d is over"_s;
    QTest::newRow("to itself") << u"rotate"_s << QByteArray("SELECT 1") << old << old
                               << u"'lg_0a0b0c0d' is no other valid key of the same client"_s;
    QTest::newRow("to another client's") << u"rotate"_s << QByteArray("SELECT 1") << old << u"lg_99999999"_s
                                         << u"'lg_99999999' is no other valid key of the same client"_s;
}

void TestApiKeys::whatCannotBeIsRefused()
{
    QFETCH(QString, deed);
    QFETCH(QByteArray, sql);
    QFETCH(QString, resource);
    QFETCH(QString, to);
    QFETCH(QString, error);
    m_server->execute(sql);
    const auto made = action(deed);
    const auto plan = made->plan(
        wishFor(resource, to.isEmpty() ? std::map<QString, QString>() : std::map{std::pair(u"to"_s, to)}), soon());
    QVERIFY(!plan);
    QVERIFY2(plan.error().message.contains(error), qPrintable(plan.error().message));
}

void TestApiKeys::aWholeKeyIsQuotedNowhere()
{
    const auto plan = action(u"revoke"_s)->plan(wishFor(QString::fromLatin1(key)), soon());
    QVERIFY(!plan);
    QVERIFY2(plan.error().message.contains(u"name it by its first 11 characters"_s), qPrintable(plan.error().message));
    QVERIFY(!plan.error().message.contains(u"1111"_s));
}

void TestApiKeys::aRoleWithoutRightsIsToldBefore_data()
{
    QTest::addColumn<QByteArray>("withheld");
    QTest::addColumn<QString>("error");
    QTest::newRow("none") << QByteArray() << QString();
    QTest::newRow("add") << QByteArray("REVOKE INSERT ON api_keys FROM keeper")
                         << u"the role may not add a key; to allow it: GRANT INSERT (tier) ON api_keys TO its name"_s;
    QTest::newRow("number")
        << QByteArray("REVOKE USAGE ON SEQUENCE api_keys_id_seq FROM keeper")
        << u"the role may not add a key; to allow it: GRANT USAGE ON SEQUENCE public.api_keys_id_seq TO its name"_s;
    QTest::newRow("revoke")
        << QByteArray("REVOKE UPDATE (revoked_at) ON api_keys FROM keeper")
        << u"the role may not change a key; to allow it: GRANT UPDATE (revoked_at) ON api_keys TO its name"_s;
    QTest::newRow("end")
        << QByteArray("REVOKE UPDATE (expires_at) ON api_keys FROM keeper")
        << u"the role may not change a key; to allow it: GRANT UPDATE (expires_at) ON api_keys TO its name"_s;
    QTest::newRow("a column that stays empty")
        << QByteArray("ALTER TABLE api_keys ADD owner int NOT NULL DEFAULT 1; ALTER TABLE api_keys ALTER owner DROP "
                      "DEFAULT")
        << u"api_keys wants a owner for each key: name it in 'copy'"_s;
}

void TestApiKeys::aRoleWithoutRightsIsToldBefore()
{
    QFETCH(QByteArray, withheld);
    QFETCH(QString, error);
    m_server->execute("GRANT SELECT (id, prefix, tier, role, last_used_at, expires_at, revoked_at), INSERT (prefix, "
                      "hash, tier, role, expires_at), UPDATE (expires_at, revoked_at) ON api_keys TO keeper;"
                      "GRANT USAGE ON SEQUENCE api_keys_id_seq TO keeper");
    if (!withheld.isEmpty())
        m_server->execute(withheld == "REVOKE INSERT ON api_keys FROM keeper"
                              ? "REVOKE INSERT (prefix, hash, tier, role, expires_at) ON api_keys FROM keeper"
                              : withheld);
    const auto rotate = action(u"rotate"_s, "keeper");
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(old));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    const Report report = bench.engine.run(*rotate, *plan);
    if (error.isEmpty()) {
        QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
        return;
    }
    QCOMPARE(report.ending, Ending::Refused);
    QVERIFY2(report.error->message.contains(error), qPrintable(report.error->message));
    QCOMPARE(keys(), "old");
}

void TestApiKeys::aProfileSaysWhatMayBeDone_data()
{
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<QString>("error");
    const QByteArray rest = ", form: 'lg_{8}_{40}', shown: 11";
    QTest::newRow("whole") << "hash: {column: hash}" + rest << QString();
    QTest::newRow("no hash") << rest.sliced(2) << u"'hash' is missing"_s;
    QTest::newRow("no form") << QByteArray("hash: {column: hash}") << u"'form' is missing"_s;
    QTest::newRow("no such hash") << "hash: {column: hash, by: md5}" + rest << u"md5"_s;
    QTest::newRow("a hash without its salt")
        << "hash: {column: hash, by: hmac-sha256}" + rest << u"hmac-sha256 needs the salt"_s;
    QTest::newRow("a salt on no platform")
        << "hash: {column: hash, by: hmac-sha256, variable: SALT}" + rest << u"the profile has no source 'platform'"_s;
    QTest::newRow("a salt that stands there")
        << "hash: {column: hash, by: hmac-sha256, salt: abc}" + rest << u"expected a reference to the secret"_s;
    QTest::newRow("a salt for none") << "hash: {column: hash, salt: 'env:SALT'}" + rest << u"sha256 takes none"_s;
    QTest::newRow("no such source") << "source: keys, hash: {column: hash}" + rest
                                    << u"no such source of kind api-keys"_s;
    QTest::newRow("a page that nobody leads to")
        << "hash: {column: hash}, probe: {path: /who, connection: away}" + rest << u"there is no connection 'away'"_s;
}

void TestApiKeys::aProfileSaysWhatMayBeDone()
{
    QFETCH(QByteArray, options);
    QFETCH(QString, error);
    const QString wrong =
        wrongIn("quarterdeck: 1\nname: shop\nenvironment: staging\nconnections:\n  postgresql: {host: db, database: d, "
                "user: u}\n  operator: {kind: postgresql, host: db, database: d, user: u}\nsources:\n  api_keys: "
                "{kind: api-keys, table: api_keys, columns: {id: id, prefix: prefix, revoked_at: revoked_at}}\n"
                "actions:\n  rotate: {kind: rotate-api-key, " +
                options + "}\n");
    if (error.isEmpty())
        QCOMPARE(wrong, QString());
    else
        QVERIFY2(wrong.contains(error), qPrintable(wrong));
}

QTEST_GUILESS_MAIN(TestApiKeys)
#include "tst_api_keys.moc"
