/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/http_fixture.h"
#include "support/server_fixtures.h"
#include "wire/postgres.h"
#include "wire/postgres_connect.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTcpServer>
#include <QTest>
#include <QThread>

#include <array>
#include <atomic>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using qd::test::HttpFixture;
using qd::test::PostgresFixture;

namespace {

PgConnection::Deadline in(std::chrono::milliseconds time)
{
    return std::chrono::steady_clock::now() + time;
}

/// The most memory that this process held at once, in bytes.
qint64 memoryPeak()
{
    QFile status(u"/proc/self/status"_s);
    if (!status.open(QIODevice::ReadOnly))
        return -1;
    const QByteArray text = status.readAll();
    const qsizetype at = text.indexOf("VmHWM:") + 6;
    return text.mid(at, text.indexOf("kB", at) - at).trimmed().toLongLong() * 1024;
}

// Before there is an application, as a shell would have it.
const bool planted = qputenv("PGPASSWORD", "hunter2");

class TestPostgres : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<PostgresFixture> m_server;
    std::unique_ptr<PostgresFixture> m_tlsServer; ///< for localhost, not for 127.0.0.1
    test::TestCa m_ca;
    test::TestCa m_otherCa;

    static ErrorCode refusal(const PostgresConnection &to, std::chrono::milliseconds time = 3s)
    {
        const auto opened = PgConnection::open(to, in(time));
        return opened ? ErrorCode::Internal : opened.error().code;
    }

    PostgresFixture &tlsServer()
    {
        if (!m_tlsServer)
            m_tlsServer = std::make_unique<PostgresFixture>(QList<QByteArray>(), m_ca.issue(u"DNS:localhost"_s));
        return *m_tlsServer;
    }

private Q_SLOTS:
    void initTestCase() { m_server = std::make_unique<PostgresFixture>(); }
    void cleanupTestCase() { m_server.reset(); }

    void rowsAreTextAndNullIsNothing()
    {
        auto connection = PgConnection::open(m_server->connection(), in(5s));
        QVERIFY2(connection, connection ? "" : qPrintable(connection.error().message));
        const auto rows = connection->query("SELECT 1 AS one, NULL AS none, $1::text AS given", {"樂 it's"}, in(3s));
        QVERIFY(rows);
        QCOMPARE(rows->columns, (QStringList{u"one"_s, u"none"_s, u"given"_s}));
        QCOMPARE(rows->at(0, u"one"), QByteArray("1"));
        QCOMPARE(rows->at(0, u"none"), std::nullopt);
        QCOMPARE(rows->at(0, u"given"), QByteArray("樂 it's"));
        QCOMPARE(rows->at(1, u"one"), std::nullopt);
        QCOMPARE(rows->at(0, u"other"), std::nullopt);
        const auto empty = connection->query("SELECT 1 AS a WHERE false", {}, in(3s));
        QVERIFY(empty);
        QCOMPARE(empty->columns, QStringList{u"a"_s});
        QVERIFY(connection->usable());
    }

    void refusedStatementsHaveTheirCode_data()
    {
        QTest::addColumn<QByteArray>("sql");
        QTest::addColumn<ErrorCode>("code");
        QTest::newRow("missing table") << QByteArray("SELECT * FROM nowhere") << ErrorCode::NotFound;
        QTest::newRow("missing schema") << QByteArray("CREATE TABLE nowhere.t()") << ErrorCode::NotFound;
        QTest::newRow("no right") << QByteArray("SELECT * FROM pg_authid") << ErrorCode::Forbidden;
        QTest::newRow("division") << QByteArray("SELECT 1/0") << ErrorCode::ServerError;
    }
    void refusedStatementsHaveTheirCode()
    {
        QFETCH(QByteArray, sql);
        QFETCH(ErrorCode, code);
        m_server->execute("DROP ROLE IF EXISTS viewer; CREATE ROLE viewer LOGIN PASSWORD 'viewer-password'");
        auto connection = PgConnection::open(m_server->connection(u"viewer"_s, "viewer-password"), in(5s));
        QVERIFY(connection);
        const auto rows = connection->query(sql, {}, in(3s));
        QVERIFY(!rows);
        QCOMPARE(rows.error().code, code);
        QVERIFY(connection->usable()); // a refusal does not spoil it
        QVERIFY(connection->query("SELECT 1", {}, in(3s)));
    }

    void whatAServerSaysIsCleaned()
    {
        auto connection = PgConnection::open(m_server->connection(), in(5s));
        QVERIFY(connection);
        const auto rows =
            connection->query("DO $$ BEGIN RAISE EXCEPTION '%', U&'\\202Eevil\\009B2J'; END $$", {}, in(3s));
        QVERIFY(!rows);
        QCOMPARE(rows.error().message, u"PostgreSQL says: evil 2J (P0001)"_s);
    }

    void refusedLoginsHaveTheirCode()
    {
        const QString owner = m_server->connection().user;
        QCOMPARE(refusal(m_server->connection(owner, "wrong-password")), ErrorCode::AuthRequired);
        QCOMPARE(refusal(m_server->connection(u"nobody"_s, "x")), ErrorCode::AuthRequired);
        QCOMPARE(refusal(m_server->connection(owner, {})), ErrorCode::AuthRequired);
        PostgresConnection to = m_server->connection();
        to.database = u"nowhere"_s;
        QCOMPARE(refusal(to), ErrorCode::NotFound);
        to = m_server->connection();
        to.sslmode = u"require"_s; // the server has no TLS
        QCOMPARE(refusal(to), ErrorCode::TlsFailure);
        to.port = *sandbox::freePort();
        QCOMPARE(refusal(to), ErrorCode::Unreachable);
        to.host = u"no-such-host.invalid"_s;
        QCOMPARE(refusal(to), ErrorCode::Unreachable);
    }

    void connectionStringsAreNoNames_data()
    {
        QTest::addColumn<QString>("database");
        QTest::newRow("conninfo") << u"host=evil dbname=x"_s;
        QTest::newRow("url") << u"postgres://evil/x"_s;
        QTest::newRow("long url") << u"postgresql://evil/x"_s;
    }
    void connectionStringsAreNoNames()
    {
        QFETCH(QString, database);
        PostgresConnection to = m_server->connection();
        to.database = database;
        QCOMPARE(refusal(to), ErrorCode::BadInput);
    }

    void aModeThatMayFallBackToPlaintextIsRefusedElsewhere()
    {
        PostgresConnection to;
        to.host = u"192.0.2.1"_s;
        to.database = u"x"_s;
        to.sslmode = u"prefer"_s;
        QCOMPARE(refusal(to), ErrorCode::BadInput);
    }

    void aCertificateCountsByItsAuthorityAndItsName_data()
    {
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("sslmode");
        QTest::addColumn<QString>("ca");
        QTest::addColumn<QString>("why");
        QTest::addColumn<QString>("advice");
        // libpq and the resolver take letters of either size; to us only the small ones are loopback by name.
        const QString elsewhere = u"LOCALHOST"_s;
        const QString full = u"verify-full"_s;
        const QString unknown = u"certificate verify failed"_s;
        QTest::newRow("trusted") << u"localhost"_s << full << m_ca.file() << QString() << QString();
        QTest::newRow("trusted, default") << elsewhere << QString() << m_ca.file() << QString() << QString();
        QTest::newRow("unknown to the system") << u"localhost"_s << full << QString() << unknown << u"'ca'"_s;
        QTest::newRow("unknown, default") << elsewhere << QString() << QString() << unknown << u"'ca'"_s;
        QTest::newRow("of another authority") << u"localhost"_s << full << m_otherCa.file() << unknown << u"'ca'"_s;
        QTest::newRow("for another host") << u"127.0.0.1"_s << full << m_ca.file() << u"does not match host name"_s
                                          << u"have one issued for this name"_s;
        QTest::newRow("for another host, verify-ca")
            << u"127.0.0.1"_s << u"verify-ca"_s << m_ca.file() << QString() << QString();
        QTest::newRow("required only") << u"127.0.0.1"_s << u"require"_s << QString() << QString() << QString();
        QTest::newRow("no CA file") << u"localhost"_s << full << u"/nonexistent/ca.pem"_s << u"root certificate file"_s
                                    << u"check 'ca' in the profile"_s;
    }
    void aCertificateCountsByItsAuthorityAndItsName()
    {
        QFETCH(QString, host);
        QFETCH(QString, sslmode);
        QFETCH(QString, ca);
        QFETCH(QString, why);
        QFETCH(QString, advice);
        PostgresConnection to = tlsServer().connection();
        to.host = host;
        to.sslmode = sslmode;
        to.tls.caFile = ca;
        auto opened = PgConnection::open(to, in(5s));
        if (why.isEmpty()) {
            QVERIFY2(opened, opened ? "" : qPrintable(opened.error().message));
            const auto rows = opened->query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", {}, in(3s));
            QVERIFY(rows);
            QCOMPARE(rows->at(0, u"ssl"), QByteArray("t"));
            return;
        }
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, ErrorCode::TlsFailure);
        QCOMPARE(opened.error().where, u"%1:%2"_s.arg(host).arg(to.port));
        const QString message = opened.error().message;
        QVERIFY2(message.contains(why) && message.contains(advice), qPrintable(message));
    }

    void aServerWithoutTlsIsSaidToBe()
    {
        PostgresConnection to = m_server->connection();
        to.host = u"LOCALHOST"_s;
        to.sslmode.clear();
        const auto opened = PgConnection::open(to, in(3s));
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, ErrorCode::TlsFailure);
        QVERIFY2(opened.error().message.contains(u"does this port speak TLS?"_s), qPrintable(opened.error().message));
    }

    void aServerThatNeverAnswersCostsOnlyTheDeadline()
    {
        const HttpFixture silent([](const QByteArray &) { return std::optional(QByteArray()); });
        PostgresConnection to = m_server->connection();
        to.port = silent.port();
        QElapsedTimer clock;
        clock.start();
        QCOMPARE(refusal(to, 300ms), ErrorCode::Timeout);
        QVERIFY2(clock.elapsed() < 10'000, QByteArray::number(clock.elapsed()).constData());
    }

    void aPoolThatGoesWaitsForNobody_data()
    {
        QTest::addColumn<QByteArray>("sql");
        QTest::addColumn<bool>("silent");
        QTest::addColumn<bool>("keyring");
        QTest::newRow("a server that never answers") << QByteArray() << true << false;
        QTest::newRow("a keyring that waits for us") << QByteArray() << false << true;
        QTest::newRow("a slow statement") << QByteArray("SELECT pg_sleep(30)") << false << false;
    }
    void aPoolThatGoesWaitsForNobody()
    {
        QFETCH(QByteArray, sql);
        QFETCH(bool, silent);
        QFETCH(bool, keyring);
        const HttpFixture server([](const QByteArray &) { return std::optional(QByteArray()); });
        PostgresConnection to = m_server->connection();
        if (silent)
            to.port = server.port();
        if (keyring)
            to.password = SecretRef{SecretRef::Scheme::Keychain, u"none"_s};
        auto pool = std::make_unique<PgPool>();
        const auto begun = std::make_shared<std::atomic<bool>>(false);
        const Call call = pool->run(
            to, 30s,
            [sql, begun](PgConnection &connection, PgConnection::Deadline deadline) -> Result<void> {
                *begun = true;
                auto rows = connection.query(sql, {}, deadline);
                return rows ? Result<void>() : std::unexpected(rows.error());
            },
            [](const Result<void> &) { QFAIL("delivered"); });
        if (silent)
            QTRY_COMPARE_WITH_TIMEOUT(server.requests().size(), 1, 30'000);
        else if (!keyring)
            QTRY_VERIFY_WITH_TIMEOUT(begun->load(), 30'000);
        QElapsedTimer clock;
        clock.start();
        pool.reset();
        QVERIFY2(clock.elapsed() < 10'000, QByteArray::number(clock.elapsed()).constData());
    }

    void noPasswordIsFoundThatTheProfileDoesNotName_data()
    {
        QTest::addColumn<bool>("byFile");
        QTest::newRow("PGPASSWORD") << false;
        QTest::newRow("a password file") << true;
    }
    void noPasswordIsFoundThatTheProfileDoesNotName()
    {
        QFETCH(bool, byFile);
        const HttpFixture curious([](const QByteArray &) {
            return std::optional(QByteArray("R\0\0\0\x08\0\0\0\x03", 9)); // asks for it in clear text
        });
        test::SecretFiles files;
        if (byFile)
            qputenv("PGPASSFILE", files.keep("*:*:*:*:hunter2\n").name.toUtf8());
        PostgresConnection to = m_server->connection({}, {});
        to.user = u"u"_s;
        to.port = curious.port();
        const auto opened = PgConnection::open(to, in(2s));
        qunsetenv("PGPASSFILE");
        QVERIFY(!opened);
        for (const auto &request : curious.requests())
            QVERIFY(!request.head.contains("hunter2") && !request.body.contains("hunter2"));
        QCOMPARE(opened.error().code, ErrorCode::AuthRequired);
        // A profile may still refer to it in so many words.
        const auto named = resolve({SecretRef::Scheme::Env, u"PGPASSWORD"_s});
        QVERIFY(named);
        QCOMPARE(named->reveal(), QByteArray("hunter2"));
    }

    void aSlowStatementIsCancelledOnTheServer()
    {
        // Long enough for the server's own time-out not to end it for us.
        auto connection = PgConnection::open(m_server->connection(), in(30s));
        QVERIFY(connection);
        const auto rows = connection->query("SELECT pg_sleep(30) /* cancel me */", {}, in(200ms));
        QCOMPARE(rows.error().code, ErrorCode::Timeout);
        QVERIFY(!connection->usable());
        const QByteArray running =
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%cancel me%' AND pid <> "
            "pg_backend_pid()";
        QTRY_COMPARE_WITH_TIMEOUT(m_server->execute(running), QByteArray("0"), 30'000);
    }

    void theServersTimeoutDoesNotStrikeBeforeOurDeadline()
    {
        auto connection = PgConnection::open(m_server->connection(), in(2s));
        QVERIFY(connection);
        QVERIFY(connection->query("SELECT pg_sleep(2.3)", {}, in(20s)));
    }

    void aHugeAnswerIsCutOff_data()
    {
        QTest::addColumn<QByteArray>("sql");
        QTest::newRow("rows") << QByteArray("SELECT generate_series(1, 200000)");
        QTest::newRow("bytes") << QByteArray("SELECT repeat('x', 1000000) FROM generate_series(1, 100)");
    }
    void aHugeAnswerIsCutOff()
    {
        QFETCH(QByteArray, sql);
        auto connection = PgConnection::open(m_server->connection(), in(5s));
        QVERIFY(connection);
        const auto rows = connection->query(sql, {}, in(20s));
        QVERIFY(!rows);
        QCOMPARE(rows.error().code, ErrorCode::TooLarge);
        QVERIFY(!connection->usable());
    }

    void oneHugeRowIsRefusedBeforeItIsHeld()
    {
        auto connection = PgConnection::open(m_server->connection(), in(5s));
        QVERIFY(connection);
        // The peak so far is forgotten: rows of other tests were large too.
        QFile peak(u"/proc/self/clear_refs"_s);
        QVERIFY(peak.open(QIODevice::WriteOnly) && peak.write("5") == 1);
        peak.close();
        const qint64 before = memoryPeak();
        const auto rows = connection->query("SELECT repeat('x', 200000000)", {}, in(20s));
        QCOMPARE(rows.error().code, ErrorCode::TooLarge);
        const qint64 grown = memoryPeak() - before;
        QVERIFY2(grown < 3 * PgConnection::maxBytes, QByteArray::number(grown / 1024 / 1024).constData());
    }

    void aLargeRowUnderTheCapIsWhole()
    {
        auto connection = PgConnection::open(m_server->connection(), in(5s));
        QVERIFY(connection);
        const auto rows = connection->query("SELECT repeat('x', 50000000) AS a", {}, in(20s));
        QVERIFY2(rows, rows ? "" : qPrintable(rows.error().message));
        QCOMPARE(rows->at(0, u"a")->size(), 50'000'000);
    }

    void eachAddressOfAHostHasItsShareOfTheTime()
    {
        // Accepted by the kernel, and then nothing.
        const PostgresConnection to = m_server->connection();
        QTcpServer silent;
        QVERIFY2(silent.listen(QHostAddress(u"127.0.0.2"_s), to.port), qPrintable(silent.errorString()));
        const std::vector<std::string> addresses{"127.0.0.2", "127.0.0.3", "127.0.0.1"};
        QElapsedTimer clock;
        clock.start();
        const auto made = connectToFirst(addresses, to, 1s, in(4500ms), {}, nullptr);
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
        PQfinish(*made);
        QVERIFY(clock.elapsed() < 4500);
        clock.start();
        const auto late = connectToFirst({"127.0.0.2", "127.0.0.2"}, to, 1s, in(400ms), {}, nullptr);
        QVERIFY(!late);
        QCOMPARE(late.error().code, ErrorCode::Timeout);
        QVERIFY2(clock.elapsed() >= 400 && clock.elapsed() < 10'000, QByteArray::number(clock.elapsed()).constData());
    }

    void whatAProfileLeavesOpenIsSafe_data()
    {
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("sslmode");
        QTest::newRow("loopback") << u"127.0.0.1"_s << u"prefer"_s;
        QTest::newRow("elsewhere") << u"LOCALHOST"_s << u"verify-full"_s; // libpq and the resolver take either size
    }
    void whatAProfileLeavesOpenIsSafe()
    {
        QFETCH(QString, host);
        QFETCH(QString, sslmode);
        PostgresConnection to = tlsServer().connection();
        to.host = host;
        to.sslmode.clear();
        to.tls.caFile = m_ca.file();
        const auto made = connectToFirst({"127.0.0.1"}, to, 1s, in(3s), {}, nullptr);
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
        const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(*made, &PQfinish);
        const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfo(connection.get()),
                                                                                   &PQconninfoFree);
        QMap<QByteArray, QByteArray> used;
        for (const PQconninfoOption *option = options.get(); option && option->keyword; ++option)
            used.insert(option->keyword, option->val);
        QCOMPARE(used.value("sslmode"), sslmode.toLatin1());
        QCOMPARE(used.value("gssencmode"), QByteArray("disable"));
    }

    void aServerThatRefusesIsTheLastAsked()
    {
        PostgresConnection to = m_server->connection(m_server->connection().user, "wrong-password");
        const auto refused = connectToFirst({"127.0.0.1", "127.0.0.3"}, to, 1s, in(3s), {}, nullptr);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::AuthRequired);
    }

    void thePoolKeepsOneConnectionAndSeesItBreak()
    {
        PgPool pool;
        const auto backend = [&] {
            auto pid = std::make_shared<QByteArray>();
            std::optional<Result<void>> outcome;
            const Call call = pool.run(
                m_server->connection(), 5s,
                [pid](PgConnection &connection, PgConnection::Deadline deadline) -> Result<void> {
                    auto rows = connection.query("SELECT pg_backend_pid() AS pid", {}, deadline);
                    if (!rows)
                        return std::unexpected(rows.error());
                    *pid = rows->at(0, u"pid").value_or("");
                    return {};
                },
                [&](const Result<void> &got) { outcome = got; });
            [&] { QTRY_VERIFY_WITH_TIMEOUT(outcome.has_value(), 60'000); }();
            return outcome && *outcome ? *pid : QByteArray("failed");
        };
        PostgresConnection same = m_server->connection();
        const QByteArray first = backend();
        QVERIFY(first != "failed");
        m_server->execute("SELECT pg_terminate_backend(" + first + ")");
        QTRY_COMPARE_WITH_TIMEOUT(m_server->execute("SELECT count(*) FROM pg_stat_activity WHERE pid = " + first),
                                  QByteArray("0"), 30'000);
        const QByteArray second = backend();
        QVERIFY(second != "failed");
        QVERIFY(second != first);
    }

    void onePieceOfWorkPerServerAtATime()
    {
        PgPool pool;
        auto inside = std::make_shared<std::atomic<int>>(0);
        auto most = std::make_shared<std::atomic<int>>(0);
        int done = 0;
        const PostgresConnection to = m_server->connection();
        std::array<Call, 4> calls;
        for (Call &call : calls) {
            call = pool.run(
                to, 5s,
                [inside, most](PgConnection &connection, PgConnection::Deadline deadline) -> Result<void> {
                    const int now = ++*inside;
                    if (now > *most)
                        *most = now;
                    auto rows = connection.query("SELECT pg_sleep(0.05)", {}, deadline);
                    --*inside;
                    return rows ? Result<void>() : std::unexpected(rows.error());
                },
                [&](const Result<void> &got) { done += got ? 1 : 100; });
        }
        QTRY_COMPARE_WITH_TIMEOUT(done, 4, 30'000);
        QCOMPARE(most->load(), 1);
    }

    void theCallerHearsInTimeEvenIfTheWorkDoesNotKeepTheDeadline()
    {
        PgPool pool;
        std::optional<Result<void>> outcome;
        auto release = std::make_shared<std::atomic<bool>>(false);
        const Call call = pool.run(
            m_server->connection(), 200ms,
            [release](PgConnection &, PgConnection::Deadline) -> Result<void> {
                while (!*release)
                    QThread::yieldCurrentThread();
                return {};
            },
            [&](const Result<void> &got) { outcome = got; });
        QTRY_VERIFY_WITH_TIMEOUT(outcome.has_value(), 30'000);
        *release = true;
        QCOMPARE(outcome->error().code, ErrorCode::Timeout);
    }

    void aDroppedCallLeavesThePoolUsable()
    {
        PgPool pool;
        const PostgresConnection to = m_server->connection();
        const auto work = [](const QByteArray &sql) {
            return [sql](PgConnection &connection, PgConnection::Deadline deadline) -> Result<void> {
                auto rows = connection.query(sql, {}, deadline);
                return rows ? Result<void>() : std::unexpected(rows.error());
            };
        };
        {
            const Call running =
                pool.run(to, 400ms, work("SELECT pg_sleep(20)"), [](const Result<void> &) { QFAIL("delivered"); });
            const Call waiting =
                pool.run(to, 400ms, work("SELECT 1"), [](const Result<void> &) { QFAIL("delivered"); });
        }
        bool done = false;
        const Call next = pool.run(to, 5s, work("SELECT 1"), [&](const Result<void> &got) { done = got.has_value(); });
        QTRY_VERIFY_WITH_TIMEOUT(done, 30'000);
    }

    void aStoppedServerAndARestartAreSurvived()
    {
        auto connection = PgConnection::open(m_server->connection(), in(5s));
        QVERIFY(connection);
        m_server->server().stop();
        QVERIFY(!connection->usable());
        QCOMPARE(connection->query("SELECT 1", {}, in(1s)).error().code, ErrorCode::Unreachable);
        QCOMPARE(refusal(m_server->connection()), ErrorCode::Unreachable);
        QVERIFY(m_server->server().restart());
        QVERIFY(PgConnection::open(m_server->connection(), in(5s)));
        m_server->server().sendSignal(SIGSTOP);
        QCOMPARE(refusal(m_server->connection(), 300ms), ErrorCode::Timeout);
        m_server->server().sendSignal(SIGCONT);
        QCOMPARE(refusal(m_server->connection()), ErrorCode::Internal); // it opens again
    }

    void psqlLinesHoldNoSecret()
    {
        PostgresConnection to;
        to.host = u"h"_s;
        to.user = u"u"_s;
        to.database = u"d"_s;
        to.sslmode = u"verify-full"_s;
        QCOMPARE(psqlLine(to, "SELECT 1"), u"PGSSLMODE=verify-full psql -h h -p 5432 -U u -d d -c 'SELECT 1'"_s);
        QVERIFY(!psqlLine(to, "ALTER ROLE x PASSWORD 'hunter2'").contains(u"hunter2"_s));
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestPostgres)
#include "tst_postgres.moc"
