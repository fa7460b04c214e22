/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/journal.h"

#include <QCborMap>
#include <QCborValue>
#include <QCryptographicHash>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 30s;
const Instant start{std::chrono::hours{24 * 365 * 50}}; // 2019-12-20

struct Outcome
{
    int code = -1;
    QByteArray out;
    QByteArray err;
    [[nodiscard]] QByteArray all() const { return "exit " + QByteArray::number(code) + '\n' + out + err; }
    [[nodiscard]] QByteArrayList lines() const { return out.trimmed().split('\n'); }
};

Outcome run(const QStringList &arguments)
{
    QProcess process;
    process.start(QString::fromLocal8Bit(QD_CLI), QStringList{u"audit"_s} + arguments);
    if (!process.waitForFinished(60'000))
        process.kill();
    return {.code = process.exitCode(), .out = process.readAllStandardOutput(), .err = process.readAllStandardError()};
}

void meddle(const QString &path, const QString &statement)
{
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"meddler"_s);
        database.setDatabaseName(path);
        if (!database.open() || !QSqlQuery(database).exec(statement))
            qFatal("%s", qPrintable(statement));
    }
    QSqlDatabase::removeDatabase(u"meddler"_s);
}

} // namespace

/// `quarterdeck-cli audit`, as a process, on journals that the test writes.
class TestCliAudit : public QObject
{
    Q_OBJECT

private:
    void act(char letter)
    {
        const auto journal = Journal::open({.path = m_journal, .witness = m_witness, .identity = m_identity}, patience);
        QVERIFY(journal);
        int step = 0;
        for (const QString &kind : {u"intent"_s, u"outcome"_s, u"end"_s}) {
            QVERIFY((*journal)->append({.at = start + 1s * step,
                                        .kind = kind,
                                        .operatorId = u"ada"_s,
                                        .host = u"bridge"_s,
                                        .deployment = u"quoted"_s,
                                        .planId = QByteArray(32, letter),
                                        .step = kind == "end"_L1 ? -1 : step++,
                                        .reason = u"cold cache \u001b[31m of %1"_s.arg(QChar::fromLatin1(letter)),
                                        .body = QCborMap{{u"keys"_s, 41}}.toCborValue().toCbor()},
                                       patience));
        }
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_journal;
    QString m_witness;
    QString m_key;
    std::shared_ptr<const SigningIdentity> m_identity;

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_journal = m_dir->filePath(u"journal"_s);
        m_witness = m_dir->filePath(u"witness"_s);
        m_identity = std::make_shared<const SigningIdentity>(SigningIdentity::generate().value());
        m_key = publicKeyText(m_identity->publicKey());
        act('a');
        act('b');
    }

    void aWholeJournalEndsWith0()
    {
        const Outcome alone = run({u"verify"_s, m_journal});
        QVERIFY2(alone.code == 0, alone.all().constData());
        QCOMPARE(alone.lines().first(), "Whole: 6 entries.");
        QVERIFY2(alone.out.contains("No witness covers it, since 20"), alone.all().constData());
        QVERIFY2(alone.out.contains("no key was named as trusted"), alone.all().constData());
        const Outcome all = run({u"verify"_s, m_journal, u"--witness"_s, m_witness, u"--key"_s, m_key});
        QVERIFY2(all.code == 0, all.all().constData());
        QCOMPARE(all.lines(), (QByteArrayList{"Whole: 6 entries.", "The witness covers all of it."}));
        QVERIFY(all.err.isEmpty());
    }

    void rotationsAreMarkdownAndTheJournalIsVerified()
    {
        const Outcome none = run({u"rotations"_s, m_journal});
        QVERIFY2(none.code == 0, none.all().constData());
        QCOMPARE(none.lines().first(), "# Security log");
        QVERIFY2(none.out.contains("- Whole: 6 entries."), none.all().constData());
        QVERIFY2(none.out.contains("No key or secret was rotated"), none.all().constData());
        meddle(m_journal, u"UPDATE entries SET operator = 'eve' WHERE seq = 4"_s);
        const Outcome changed = run({u"rotations"_s, m_journal, u"quoted"_s});
        QVERIFY2(changed.code == 1, changed.all().constData());
        QVERIFY2(changed.out.contains("Entry 4 was changed"), changed.all().constData());
        QCOMPARE(run({u"rotations"_s, m_journal + u"-not"_s}).code, 3);
    }

    void aChangedEntryEndsWith1AndIsNamed()
    {
        meddle(m_journal, u"UPDATE entries SET operator = 'eve' WHERE seq = 4"_s);
        const Outcome outcome = run({u"verify"_s, m_journal, u"--witness"_s, m_witness});
        QVERIFY2(outcome.code == 1, outcome.all().constData());
        QVERIFY2(outcome.out.contains("Entry 4 was changed"), outcome.all().constData());
        const Outcome exported = run({u"export"_s, m_journal});
        QVERIFY2(exported.code == 1, exported.all().constData());
        QCOMPARE(exported.lines().size(), 6);
        QVERIFY2(exported.err.contains("Entry 4 was changed"), exported.all().constData());
    }

    void aRolledBackJournalIsShownByItsWitness()
    {
        QVERIFY(QFile::copy(m_journal, m_dir->filePath(u"older"_s)));
        act('c');
        QVERIFY(QFile::remove(m_journal));
        QVERIFY(QFile::rename(m_dir->filePath(u"older"_s), m_journal));
        QCOMPARE(run({u"verify"_s, m_journal}).code, 0);
        const Outcome outcome = run({u"verify"_s, m_journal, u"--witness"_s, m_witness, u"--key"_s, m_key});
        QVERIFY2(outcome.code == 1, outcome.all().constData());
        QVERIFY2(outcome.out.contains("The witness saw entry 9, but the journal ends at entry 6"),
                 outcome.all().constData());
    }

    void anotherOperatorsKeyIsNotTrusted()
    {
        const QString other = publicKeyText(SigningIdentity::generate()->publicKey());
        const Outcome outcome = run({u"verify"_s, m_journal, u"--key"_s, other});
        QVERIFY2(outcome.code == 1, outcome.all().constData());
        QVERIFY2(outcome.out.contains("a key that is not trusted"), outcome.all().constData());
    }

    void whatCannotBeReadEndsWith3_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("verify, no file") << QStringList{u"verify"_s, u"DIR/none"_s};
        QTest::newRow("export, no file") << QStringList{u"export"_s, u"DIR/none"_s};
        QTest::newRow("tail, no file") << QStringList{u"tail"_s, u"DIR/none"_s};
        QTest::newRow("verify, a text") << QStringList{u"verify"_s, u"DIR/witness"_s};
        QTest::newRow("tail, a directory") << QStringList{u"tail"_s, u"DIR"_s};
        QTest::newRow("no such witness") << QStringList{u"verify"_s, u"DIR/journal"_s, u"--witness"_s, u"DIR/none"_s};
        QTest::newRow("no key") << QStringList{u"verify"_s, u"DIR/journal"_s, u"--key"_s, u"eve"_s};
    }
    void whatCannotBeReadEndsWith3()
    {
        QFETCH(QStringList, arguments);
        arguments.replaceInStrings(u"DIR"_s, m_dir->path());
        const Outcome outcome = run(arguments);
        QVERIFY2(outcome.code == 3, outcome.all().constData());
        QVERIFY(outcome.out.isEmpty());
        QVERIFY(!outcome.err.isEmpty());
    }

    void theExportHoldsEverything()
    {
        const Outcome outcome = run({u"export"_s, m_journal, u"--json"_s});
        QVERIFY2(outcome.code == 0, outcome.all().constData());
        QCOMPARE(outcome.lines().size(), 6);
        const QJsonObject first = QJsonDocument::fromJson(outcome.lines().at(0)).object();
        const QJsonObject fifth = QJsonDocument::fromJson(outcome.lines().at(4)).object();
        const QJsonObject last = QJsonDocument::fromJson(outcome.lines().at(5)).object();
        QCOMPARE(fifth[u"seq"_s].toInt(), 5);
        QCOMPARE(fifth[u"at"_s].toString(), u"2019-12-20T00:00:01.000Z"_s);
        QCOMPARE(fifth[u"kind"_s].toString(), u"outcome"_s);
        QCOMPARE(fifth[u"operator"_s].toString(), u"ada"_s);
        QCOMPARE(fifth[u"host"_s].toString(), u"bridge"_s);
        QCOMPARE(fifth[u"deployment"_s].toString(), u"quoted"_s);
        QCOMPARE(fifth[u"plan"_s].toString(), u"62"_s.repeated(32));
        QCOMPARE(fifth[u"step"_s].toInt(-9), 1);
        QVERIFY(last[u"step"_s].isNull());
        QCOMPARE(fifth[u"reason"_s].toString(), u"cold cache \u001b[31m of b"_s);
        QCOMPARE(fifth[u"evidence"_s].toObject()[u"keys"_s].toInt(), 41);
        QCOMPARE(QByteArray::fromBase64(fifth[u"evidence_cbor"_s].toString().toLatin1()).toHex(), "a1646b6579731829");
        QCOMPARE(first[u"previous"_s].toString(), u"00"_s.repeated(32));
        QCOMPARE(last[u"previous"_s], fifth[u"hash"_s]);
        QVERIFY(!outcome.out.contains('\x1b'));
    }

    void theTailIsTheLastEntriesOneOnALine()
    {
        const Outcome two = run({u"tail"_s, m_journal, u"-n"_s, u"2"_s});
        QVERIFY2(two.code == 0, two.all().constData());
        QCOMPARE(two.lines(),
                 (QByteArrayList{"5  2019-12-20T00:00:01.000Z  outcome  ada@bridge  quoted  plan 626262626262  step 2  "
                                 "cold cache \\x1b[31m of b",
                                 "6  2019-12-20T00:00:02.000Z  end  ada@bridge  quoted  plan 626262626262  "
                                 "cold cache \\x1b[31m of b"}));
        QCOMPARE(run({u"tail"_s, m_journal}).lines().size(), 6);
        QCOMPARE(run({u"export"_s, m_journal}).lines().sliced(4), two.lines());
    }

    void anEmptyJournalIsWhole()
    {
        const QString path = m_dir->filePath(u"fresh"_s);
        QVERIFY(Journal::open({.path = path}, patience));
        const Outcome outcome = run({u"verify"_s, path});
        QVERIFY2(outcome.code == 0, outcome.all().constData());
        QCOMPARE(outcome.lines().first(), "Whole: 0 entries.");
        QCOMPARE(run({u"tail"_s, path}).out, QByteArray());
    }
};

QTEST_GUILESS_MAIN(TestCliAudit)
#include "tst_cli_audit.moc"
