/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/pg_witness.h"
#include "audit/journal.h"
#include "support/server_fixtures.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
constexpr auto patience = 20s;
} // namespace

class TestPgWitness : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_server = std::make_unique<test::PostgresFixture>();
        m_server->execute("CREATE ROLE actor LOGIN PASSWORD 'actor'");
    }

    void init()
    {
        m_server->execute("DROP TABLE IF EXISTS quarterdeck_witness");
        m_server->execute(witnessMigration(u"actor"_s));
        m_dir = std::make_unique<QTemporaryDir>();
    }

    void seesAJournalThatWasRolledBack()
    {
        auto journal = opened(u"journal"_s, m_ada);
        act(*journal, 'a');
        QTRY_COMPARE(journal->witness().seq, 2);
        QVERIFY(!journal->witness().unwitnessedSince);
        journal.reset();
        QVERIFY(QFile::copy(at(u"journal"_s), at(u"older"_s)));
        journal = opened(u"journal"_s, m_ada);
        act(*journal, 'b');
        QTRY_COMPARE(journal->witness().seq, 4);
        journal.reset();
        QVERIFY(verdict()->whole());
        QCOMPARE(verdict()->witnessedSeq, 4);
        for (const QString &part : {QString(), u"-wal"_s, u"-shm"_s})
            QFile::remove(at(u"journal"_s) + part);
        QVERIFY(QFile::rename(at(u"older"_s), at(u"journal"_s)));
        const auto found = verdict();
        QVERIFY2(found, found ? "" : qPrintable(found.error().message));
        QCOMPARE(found->damages, (QList<Damage>{{Damage::Kind::RolledBack, 2, 4}}));
    }

    // Who acts may write anything there: it must not push the last head out of sight.
    void aFloodHidesNoHead()
    {
        auto journal = opened(u"journal"_s, m_ada);
        act(*journal, 'a');
        QTRY_COMPARE(journal->witness().seq, 2);
        journal.reset();
        QVERIFY(QFile::copy(at(u"journal"_s), at(u"older"_s)));
        journal = opened(u"journal"_s, m_ada);
        act(*journal, 'b');
        QTRY_COMPARE(journal->witness().seq, 4);
        journal.reset();
        Head forged = readWitness(actor(), {m_ada->publicKey()}, soon())->heads.first();
        const QByteArray key = m_ada->publicKey().toBase64();
        m_server->execute("INSERT INTO quarterdeck_witness (key, line) SELECT '" + key +
                          "', 'flood ' || n FROM generate_series(1, 11000) n");
        for (qint64 seq = 500; seq < 650; ++seq) {
            forged.seq = seq;
            m_server->execute("INSERT INTO quarterdeck_witness (key, line) VALUES ('" + key + "', '" + toLine(forged) +
                              "')");
        }
        for (const QString &part : {QString(), u"-wal"_s, u"-shm"_s})
            QFile::remove(at(u"journal"_s) + part);
        QVERIFY(QFile::rename(at(u"older"_s), at(u"journal"_s)));
        const auto found = verdict();
        QVERIFY2(found, found ? "" : qPrintable(found.error().message));
        QVERIFY(found->damages.contains(Damage{Damage::Kind::RolledBack, 2, 4}));
        QVERIFY(std::ranges::find(found->damages, Damage::Kind::WitnessForged, &Damage::kind) != found->damages.end());
    }

    // Its own journal, its own key: they share the table and say nothing about each other.
    void anotherOperatorsHeadsSayNothing()
    {
        {
            const auto hers = opened(u"journal"_s, m_ada);
            const auto his = opened(u"other"_s, m_bob);
            act(*hers, 'a');
            act(*his, 'b');
            act(*his, 'c');
            QTRY_COMPARE(his->witness().seq, 4);
            QTRY_COMPARE(hers->witness().seq, 2);
        }
        QVERIFY(m_server->execute("SELECT count(DISTINCT key) FROM quarterdeck_witness") == "2");
        QVERIFY(verdict()->whole());
        QCOMPARE(verdict()->witnessedSeq, 2);
    }

    void standsBesideAFile()
    {
        m_file = at(u"witness"_s);
        const auto restore = qScopeGuard([&] { m_file.clear(); });
        m_server->execute("ALTER TABLE quarterdeck_witness RENAME TO elsewhere");
        const auto journal = opened(u"journal"_s, m_ada);
        act(*journal, 'a');
        // The file has it; that the table has not is said all the same.
        QTRY_COMPARE(journal->witness().seq, 2);
        QTRY_VERIFY(journal->witness().error);
        QCOMPARE(journal->witness().error->code, ErrorCode::NotFound);
        QCOMPARE(readWitness(m_file)->heads.size(), 1);
        m_server->execute("ALTER TABLE elsewhere RENAME TO quarterdeck_witness");
        act(*journal, 'b');
        QTRY_VERIFY(!journal->witness().error);
        QTRY_COMPARE(m_server->execute("SELECT count(*) FROM quarterdeck_witness"), QByteArray("1"));
        QTRY_COMPARE(readWitness(m_file)->heads.size(), 2);
        QTRY_COMPARE(journal->witness().seq, 4);
    }

    void aServerThatIsGoneStopsNobody()
    {
        PostgresConnection gone = actor();
        gone.port = 1;
        auto journal =
            Journal::open({.path = at(u"journal"_s), .secondWitness = witnessIn(gone), .identity = m_ada}, patience);
        QVERIFY(journal);
        act(**journal, 'a');
        QTRY_VERIFY((*journal)->witness().error);
        QVERIFY((*journal)->witness().unwitnessedSince && !(*journal)->witness().seq);
        act(**journal, 'b');
    }

    void cannotBeChangedByWhoActs()
    {
        auto connection = PgConnection::open(actor(), soon());
        QVERIFY(connection);
        for (const char *sql : {"UPDATE quarterdeck_witness SET line = ''", "DELETE FROM quarterdeck_witness",
                                "TRUNCATE quarterdeck_witness", "DROP TABLE quarterdeck_witness"}) {
            const auto done = connection->query(sql, {}, soon());
            QVERIFY2(!done && done.error().code == ErrorCode::Forbidden, sql);
        }
    }

private:
    static PgConnection::Deadline soon() { return std::chrono::steady_clock::now() + patience; }
    [[nodiscard]] QString at(const QString &name) const { return m_dir->filePath(name); }
    [[nodiscard]] PostgresConnection actor() { return m_server->connection(u"actor"_s, "actor"); }
    std::unique_ptr<Journal> opened(const QString &name, const std::shared_ptr<const SigningIdentity> &who)
    {
        auto journal = Journal::open(
            {.path = at(name), .witness = m_file, .secondWitness = witnessIn(actor()), .identity = who}, patience);
        if (!journal)
            qFatal("%s", qPrintable(journal.error().message));
        return std::move(*journal);
    }
    static void act(Journal &journal, char letter)
    {
        for (const QString &kind : {u"intent"_s, u"end"_s}) {
            if (const auto done = journal.append({.kind = kind, .planId = QByteArray(32, letter)}, patience); !done)
                qFatal("%s", qPrintable(done.error().message));
        }
    }
    Result<Verdict> verdict()
    {
        const QList<QByteArray> keys{m_ada->publicKey()};
        const auto lines = readWitness(actor(), keys, soon());
        return lines ? verifyAgainst(at(u"journal"_s), *lines, keys) : std::unexpected(lines.error());
    }
    static std::shared_ptr<const SigningIdentity> made()
    {
        return std::make_shared<const SigningIdentity>(*SigningIdentity::generate());
    }
    std::unique_ptr<test::PostgresFixture> m_server;
    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_file;
    std::shared_ptr<const SigningIdentity> m_ada = made();
    std::shared_ptr<const SigningIdentity> m_bob = made();
};

QTEST_GUILESS_MAIN(TestPgWitness)
#include "tst_pg_witness.moc"
