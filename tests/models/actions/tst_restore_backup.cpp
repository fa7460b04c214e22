/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "bench.h"
#include "support/server_fixtures.h"

#include <QCborArray>
#include <QCborValue>
#include <QCryptographicHash>
#include <QDir>
#include <QProcess>
#include <QScopeGuard>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;

namespace {
const QString archiveName = u"app-20261121-030000.dump"_s;

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}
} // namespace

/// Backups restored into a new database of a real PostgreSQL, by its own programs.
class TestRestoreBackup : public QObject
{
    Q_OBJECT

    std::optional<PostgresFixture> m_postgres;
    QTemporaryDir m_backups;
    SecretFiles m_secrets;

    [[nodiscard]] QString in(const QString &name) const { return m_backups.filePath(name); }

    void dump(const QString &format, const QString &name)
    {
        const auto program = sandbox::findPostgresProgram(u"pg_dump"_s);
        QVERIFY(program);
        const PostgresConnection connection = m_postgres->connection();
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"PGPASSWORD"_s, QString::fromUtf8(resolve(*connection.password)->reveal()));
        process.setProcessEnvironment(environment);
        process.start(*program, {u"-h"_s, connection.host, u"-p"_s, QString::number(connection.port), u"-U"_s,
                                 connection.user, u"-F"_s + format, u"-f"_s, in(name), u"app"_s});
        QVERIFY(process.waitForFinished(60'000));
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    }

    [[nodiscard]] Profile profile(const QByteArray &user = "keeper")
    {
        const PostgresConnection connection = m_postgres->connection();
        const SecretRef password = m_secrets.keep("keep");
        const auto parsed = parseProfile(
            "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n  operator: {kind: postgresql, host: "
            "127.0.0.1, port: " +
                QByteArray::number(connection.port) + ", database: app, user: " + user + ", password: \"" +
                password.written().toUtf8() +
                "\", sslmode: disable}\nsources:\n  backups: {kind: backup-directory, path: \"" +
                m_backups.path().toUtf8() +
                "\", pattern: \"app-%Y%m%d-%H%M%S.dump\"}\nactions:\n  restore: {kind: restore-backup, environment: "
                "quarterdeck_environment}\n",
            u"shop.yaml"_s);
        if (!parsed)
            qFatal("%s", qPrintable(parsed.error().first().message));
        return *parsed;
    }
    [[nodiscard]] std::unique_ptr<Action> action(const QByteArray &user = "keeper")
    {
        auto made = makeAction(u"restore"_s, profile(user), m_clock);
        if (!made)
            qFatal("%s", qPrintable(made.error().first().message));
        return std::move(*made);
    }
    [[nodiscard]] QByteArray databases()
    {
        return m_postgres->execute("SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname "
                                   "NOT IN ('postgres', 'template0', 'template1')");
    }
    /// Of all rows of the live database.
    [[nodiscard]] QByteArray liveSum()
    {
        return m_postgres->execute("SELECT md5(string_agg(q::text, ',' ORDER BY id)) FROM quotes q");
    }
    SystemClock m_clock;

private Q_SLOTS:
    void initTestCase()
    {
        m_postgres.emplace();
        m_postgres->execute(
            "CREATE ROLE holder; ALTER DATABASE app OWNER TO holder; ALTER SCHEMA public OWNER TO holder; CREATE TABLE "
            "quarterdeck_environment (deployment text, environment text); INSERT INTO "
            "quarterdeck_environment VALUES ('shop', 'production'); CREATE TABLE quotes (id serial PRIMARY KEY, text "
            "text NOT NULL); INSERT INTO quotes (text) SELECT md5(i::text) FROM generate_series(1, 20000) i; CREATE "
            "VIEW recent AS SELECT * FROM quotes; CREATE INDEX ON quotes (text); ALTER TABLE quotes OWNER TO holder; "
            "ALTER VIEW recent OWNER TO holder; ALTER TABLE quarterdeck_environment OWNER TO holder; CREATE ROLE "
            "keeper "
            "LOGIN PASSWORD 'keep' CREATEDB IN ROLE holder; CREATE ROLE weak LOGIN PASSWORD 'keep'; GRANT SELECT ON "
            "quarterdeck_environment TO weak");
        dump(u"c"_s, archiveName);
        dump(u"d"_s, u"app-20261121-030001.dump"_s);
        dump(u"t"_s, u"app-20261121-030002.dump"_s);
        dump(u"p"_s, u"app-20261121-030003.dump"_s);
        QCOMPARE(QProcess::execute(u"sh"_s, {u"-c"_s, u"gzip -c \"$0\" > \"$1\""_s, in(u"app-20261121-030003.dump"_s),
                                             in(u"app-20261121-030004.dump"_s)}),
                 0);
    }

    void itIsRestoredBesideTheLiveOneAndDroppedAgain_data()
    {
        QTest::addColumn<QString>("file");
        QTest::newRow("custom") << archiveName;
        QTest::newRow("directory") << u"app-20261121-030001.dump"_s;
        QTest::newRow("SQL") << u"app-20261121-030003.dump"_s;
        QTest::newRow("SQL, gzip") << u"app-20261121-030004.dump"_s;
    }

    void itIsRestoredBesideTheLiveOneAndDroppedAgain()
    {
        QFETCH(QString, file);
        Bench bench;
        const auto doing = action();
        const QByteArray before = liveSum();
        const Plan plan = planned(*doing, wishFor(file, {{u"database"_s, u"app_restored"_s}}));
        QCOMPARE(databases(), "app"); // a plan makes nothing
        Report report = bench.engine.run(*doing, plan);
        QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
        QCOMPARE(databases(), "app app_restored");
        QCOMPARE(m_postgres->execute("SELECT md5(string_agg(q::text, ',' ORDER BY id)) FROM quotes q", "app_restored"),
                 before);
        QCOMPARE(m_postgres->execute("SELECT tableowner FROM pg_tables WHERE tablename = 'quotes'", "app_restored"),
                 "holder");
        QCOMPARE(m_postgres->execute("SELECT has_database_privilege('weak', 'app_restored', 'CONNECT')"), "f");
        QVERIFY(!doing->evidence().isEmpty());
        QVERIFY(QCborValue::fromCbor(doing->evidence()).toArray().contains(QCborArray({u"tables"_s, 2, 2})));
        QCOMPARE(liveSum(), before);
        report = bench.engine.undo(*doing, plan);
        QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
        QCOMPARE(databases(), "app");
        QCOMPARE(liveSum(), before);
    }

    void whatIsNoBackupIsRefusedBeforeAnything_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("database");
        QTest::addColumn<QString>("says");
        const QString good = u"app_restored"_s;
        QTest::newRow("another directory") << u"../x.dump"_s << good << u"no name of a file"_s;
        QTest::newRow("absolute") << u"/etc/passwd"_s << good << u"no name of a file"_s;
        QTest::newRow("not there") << u"app-20200101-000000.dump"_s << good << u"no such backup"_s;
        QTest::newRow("a link") << u"link.dump"_s << good << u"symbolic link"_s;
        QTest::newRow("foreign") << u"foreign.dump"_s << good << u"no backup of PostgreSQL"_s;
        QTest::newRow("encrypted") << u"secret.dump"_s << good << u"encrypted (openssl)"_s;
        QTest::newRow("cut in its list") << u"cut.dump"_s << good << u"table of contents cannot be read"_s;
        QTest::newRow("host=evil") << archiveName << u"host=evil dbname=x"_s << u"no name for the new database"_s;
        QTest::newRow("url") << archiveName << u"postgresql://evil/x"_s << u"no name for the new database"_s;
        QTest::newRow("the live one") << archiveName << u"app"_s << u"no name for the new database"_s;
        QTest::newRow("another that is there") << archiveName << u"postgres"_s << u"already"_s;
    }

    void whatIsNoBackupIsRefusedBeforeAnything()
    {
        QFETCH(QString, file);
        QFETCH(QString, database);
        QFETCH(QString, says);
        QFile::link(in(archiveName), in(u"link.dump"_s));
        write(in(u"foreign.dump"_s), "SQLite format 3" + QByteArray(200, '\0'));
        write(in(u"secret.dump"_s), "Salted__" + QByteArray(200, 'x'));
        write(in(u"cut.dump"_s), contentOf(in(archiveName)).left(300));
        const auto plan = action()->plan(wishFor(file, {{u"database"_s, database}}), soon());
        QVERIFY(!plan);
        QVERIFY2(plan.error().message.contains(says), qPrintable(plan.error().message));
        QCOMPARE(databases(), "app");
    }

    void whatIsDamagedIsFoundBeforeADatabaseIsMade_data()
    {
        QTest::addColumn<bool>("hasChecksum");
        QTest::addColumn<bool>("isCut");
        QTest::newRow("cut off") << false << true;
        QTest::newRow("cut off, with a checksum") << true << true;
        QTest::newRow("a bit turned, with a checksum") << true << false;
        QTest::newRow("a bit turned") << false << false;
    }

    void whatIsDamagedIsFoundBeforeADatabaseIsMade()
    {
        QFETCH(bool, hasChecksum);
        QFETCH(bool, isCut);
        const QString name = u"app-20261121-040000.dump"_s;
        QByteArray bytes = contentOf(in(archiveName));
        if (hasChecksum)
            write(in(name) + u".sha256"_s,
                  QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex() + "  " + name.toUtf8() + '\n');
        else
            QFile::remove(in(name) + u".sha256"_s);
        if (isCut)
            bytes.chop(bytes.size() / 2);
        else
            bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
        write(in(name), bytes);
        Bench bench;
        const auto doing = action();
        const Plan plan = planned(*doing, wishFor(name, {{u"database"_s, u"app_restored"_s}}));
        const Report report = bench.engine.run(*doing, plan);
        QVERIFY2(report.ending == Ending::Undone && report.error, qPrintable(said(report)));
        QVERIFY2(report.steps[1].state == StepReport::State::Waiting, qPrintable(said(report)));
        QCOMPARE(databases(), "app");
    }

    void hostileSqlHarmsNothing_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("a shell") << QByteArray("\\! touch @\n");
        QTest::newRow("a shell, later in the line") << QByteArray("SELECT 1 \\! touch @\n");
        QTest::newRow("another guard") << QByteArray("\\unrestrict abc\n\\! touch @\n");
        QTest::newRow("a program") << QByteArray("COPY public.quotes TO PROGRAM 'touch @';\n");
        QTest::newRow("another database") << QByteArray("\\connect postgres\n");
    }

    void hostileSqlHarmsNothing()
    {
        QFETCH(QByteArray, line);
        const QString name = u"app-20261121-050000.dump"_s;
        const QString harm = in(u"harm"_s);
        QByteArray bytes = contentOf(in(u"app-20261121-030003.dump"_s));
        bytes.replace("SET statement_timeout", line.replace('@', harm.toUtf8()) + "SET statement_timeout");
        write(in(name), bytes);
        Bench bench;
        const auto doing = action();
        const Plan plan = planned(*doing, wishFor(name, {{u"database"_s, u"app_restored"_s}}));
        const Report report = bench.engine.run(*doing, plan);
        QVERIFY2(report.ending == Ending::Undone && report.error, qPrintable(said(report)));
        QVERIFY(!QFile::exists(harm));
        QCOMPARE(databases(), "app");
    }

    void noSuperuserCarriesOutSql()
    {
        m_postgres->execute("CREATE ROLE mighty LOGIN SUPERUSER PASSWORD 'keep'; GRANT mighty TO keeper");
        const auto restore = qScopeGuard([&] { m_postgres->execute("DROP ROLE mighty"); });
        const auto plan = action()->plan(wishFor(u"app-20261121-030003.dump"_s), soon());
        QVERIFY(!plan);
        QVERIFY2(plan.error().message.contains(u"superuser"_s), qPrintable(plan.error().message));
    }

    void whoMayNotIsToldBefore()
    {
        const auto plan = action("weak")->plan(wishFor(archiveName), soon());
        QVERIFY(!plan);
        QVERIFY2(plan.error().message.contains(u"CREATEDB"_s), qPrintable(plan.error().message));
        m_postgres->execute("ALTER ROLE weak CREATEDB");
        const auto second = action("weak")->plan(wishFor(archiveName), soon());
        m_postgres->execute("ALTER ROLE weak NOCREATEDB");
        QVERIFY(!second);
        QVERIFY2(second.error().message.contains(u"GRANT holder TO"_s), qPrintable(second.error().message));
    }

    void whatAKilledConsoleLeftIsGoneOnWithOrUndone_data()
    {
        QTest::addColumn<QByteArray>("left"); ///< the state that the database says
        QTest::addColumn<bool>("isUndone");
        for (const char *left : {"empty", "begun", "restored"}) {
            QTest::addRow("%s, gone on with", left) << QByteArray(left) << false;
            QTest::addRow("%s, undone", left) << QByteArray(left) << true;
        }
    }

    void whatAKilledConsoleLeftIsGoneOnWithOrUndone()
    {
        QFETCH(QByteArray, left);
        QFETCH(bool, isUndone);
        Bench bench;
        Plan plan;
        {
            const auto doing = action();
            plan = planned(*doing, wishFor(archiveName, {{u"database"_s, u"app_restored"_s}}));
            // Stopped for good in the midst of it.
            struct Killed
            {
            };
            int intents = 0;
            bench.engine.setBoundary([&](const QString &boundary) {
                if (boundary.contains(u"effect"_s) && ++intents == (left == "empty" ? 4 : 6))
                    throw Killed();
            });
            bool isKilled = false;
            try {
                static_cast<void>(bench.engine.run(*doing, plan));
            } catch (const Killed &) {
                isKilled = true;
            }
            QVERIFY(isKilled);
            bench.engine.setBoundary({});
        }
        if (left == "begun") { // as if pg_restore had died after the first table
            m_postgres->execute("DROP TABLE quarterdeck_environment", "app_restored");
            const QByteArray mark = m_postgres->execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'app_restored'");
            m_postgres->execute("COMMENT ON DATABASE app_restored IS '" +
                                QByteArray(mark).replace("restored", "begun") + "'");
        }
        const QByteArray says = m_postgres->execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'app_restored'");
        QVERIFY2(says.endsWith(' ' + left), says.constData());
        const auto doing = action();
        const Report report = isUndone ? bench.engine.undo(*doing, plan) : bench.engine.resume(*doing, plan);
        QVERIFY2(report.ending == (isUndone ? Ending::Undone : Ending::Done), qPrintable(said(report)));
        QCOMPARE(databases(), isUndone ? "app" : "app app_restored");
        if (!isUndone) {
            QCOMPARE(m_postgres->execute("SELECT count(*) FROM quotes", "app_restored"), "20000");
            QVERIFY(bench.engine.undo(*action(), plan).ending == Ending::Undone);
        }
        QCOMPARE(databases(), "app");
    }

    void anothersDatabaseIsNeverDropped()
    {
        Bench bench;
        const auto doing = action();
        const Plan plan = planned(*doing, wishFor(archiveName, {{u"database"_s, u"app_restored"_s}}));
        QVERIFY(bench.engine.run(*doing, plan).ending == Ending::Done);
        m_postgres->execute("COMMENT ON DATABASE app_restored IS 'mine now'");
        const Report report = bench.engine.undo(*action(), plan);
        QVERIFY2(report.ending != Ending::Undone, qPrintable(said(report)));
        QCOMPARE(databases(), "app app_restored");
        m_postgres->execute("DROP DATABASE app_restored");
    }
};

QTEST_GUILESS_MAIN(TestRestoreBackup)
#include "tst_restore_backup.moc"
