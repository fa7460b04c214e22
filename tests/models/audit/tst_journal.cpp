/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/journal.h"
#include "audit/witness.h"
#include "journal_child.h"

#include <QCryptographicHash>
#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QSet>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <condition_variable>
#include <mutex>
#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 30s;
const Instant start{std::chrono::hours{24 * 365 * 50}};

/// A clock on which whoever asks hangs while it is held: a disk that does not answer, as far as the journal's thread
/// goes.
class HangingClock final : public Clock
{
public:
    [[nodiscard]] Instant now() const override
    {
        std::unique_lock guard(m_lock);
        m_changed.wait(guard, [this] { return !m_held; });
        return start;
    }
    void hold(bool held)
    {
        const std::scoped_lock guard(m_lock);
        m_held = held;
        m_changed.notify_all();
    }

private:
    mutable std::mutex m_lock;
    mutable std::condition_variable m_changed;
    bool m_held = false;
};

QByteArray plan(char letter)
{
    return QByteArray(32, letter);
}

Entry entry(const QString &kind, const QByteArray &planId = plan('a'), int step = 0)
{
    return {.at = start + 1s * step,
            .kind = kind,
            .operatorId = u"ada"_s,
            .host = u"bridge"_s,
            .deployment = u"quoted"_s,
            .planId = planId,
            .step = step,
            .reason = u"the cache is cold: %1 of step %2"_s.arg(kind).arg(step),
            .body = QByteArray::fromHex("a1646b65797318 29")};
}

std::shared_ptr<const SigningIdentity> newIdentity()
{
    return std::make_shared<const SigningIdentity>(SigningIdentity::generate().value());
}

std::unique_ptr<Journal> opened(const JournalPlace &place)
{
    auto journal = Journal::open(place, patience);
    if (!journal)
        qFatal("%s: %s", qPrintable(journal.error().where), qPrintable(journal.error().message));
    return std::move(*journal);
}

/// One action of three entries.
void act(Journal &journal, char letter)
{
    for (const QString &kind : {u"intent"_s, u"outcome"_s, u"end"_s}) {
        if (const auto written = journal.append(entry(kind, plan(letter)), patience); !written)
            qFatal("%s", qPrintable(written.error().message));
    }
}

/// What somebody with the file and a SQLite shell can do.
void meddle(const QString &path, const QStringList &statements)
{
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"meddler"_s);
        database.setDatabaseName(path);
        if (!database.open())
            qFatal("cannot open %s", qPrintable(path));
        for (const QString &statement : statements) {
            QSqlQuery query(database);
            if (!query.exec(statement))
                qFatal("%s: %s", qPrintable(statement), qPrintable(query.lastError().text()));
        }
    }
    QSqlDatabase::removeDatabase(u"meddler"_s);
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void replaceContent(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

QString said(const QList<Damage> &damages)
{
    QStringList words;
    for (const Damage &damage : damages)
        words += u"%1:%2:%3"_s.arg(int(damage.kind)).arg(damage.seq).arg(damage.upTo);
    return words.join(u' ');
}

QString said(Damage::Kind kind, qint64 seq, qint64 upTo = 0)
{
    return said({Damage{kind, seq, upTo}});
}

/// The program of this test as another process.
QStringList childArguments(const QStringList &arguments)
{
    return QStringList{u"--child"_s} + arguments;
}

void startChild(QProcess &process, const QStringList &arguments)
{
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(QCoreApplication::applicationFilePath(), childArguments(arguments));
}

/// Within a mount namespace of its own, where it may mount a small disk; nothing of that is left when it ends.
int runOnSmallDisk(const QString &what, const QString &directory, const QString &otherwise)
{
    const QString script = u"mount -t tmpfs -o size=4m none \"$1\""_s;
    for (const QString &namespaces : {u"-m"_s, u"-Urm"_s}) {
        if (QProcess::execute(u"unshare"_s,
                              {namespaces, u"sh"_s, u"-c"_s, script + u" 2>/dev/null"_s, u"sh"_s, directory}) == 0)
            return QProcess::execute(u"unshare"_s,
                                     QStringList{namespaces, u"sh"_s, u"-c"_s, script + u" && shift && exec \"$@\""_s,
                                                 u"sh"_s, directory, QCoreApplication::applicationFilePath()} +
                                         childArguments({what, directory, u"mounted"_s}));
    }
    return QProcess::execute(QCoreApplication::applicationFilePath(), childArguments({what, directory, otherwise}));
}

} // namespace

class TestJournal : public QObject
{
    Q_OBJECT

private:
    [[nodiscard]] QString at(const QString &name) const { return m_dir->filePath(name); }
    [[nodiscard]] JournalPlace place() const
    {
        return {.path = at(u"journal"_s), .witness = at(u"witness"_s), .identity = m_identity, .clock = m_clock};
    }
    [[nodiscard]] Result<Verdict> verdict(bool withWitness = true) const
    {
        return verifyJournal(at(u"journal"_s), withWitness ? at(u"witness"_s) : QString(), {m_identity->publicKey()});
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    const std::shared_ptr<const SigningIdentity> m_identity = newIdentity();
    std::shared_ptr<HangingClock> m_clock;

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_clock = std::make_shared<HangingClock>();
    }

    void theBytesOfAnEntryNeverChange()
    {
        const Entry one{.seq = 7,
                        .at = Instant{1234567890123ms},
                        .kind = u"intent"_s,
                        .operatorId = u"ada"_s,
                        .host = u"h"_s,
                        .deployment = u"d"_s,
                        .planId = QByteArray(32, '\x11'),
                        .step = -1,
                        .reason = u"größer"_s,
                        .body = QByteArray("\xa0"),
                        .previous = QByteArray(32, '\0')};
        const QByteArray bytes = QByteArray::fromHex("8b01071b0000011f71fb04cb66696e74656e7463616461616861645820") +
                                 QByteArray(32, '\x11') + QByteArray::fromHex("20686772c3b6c39f657241a0");
        QCOMPARE(canonicalBytes(one).toHex(), bytes.toHex());
        QCOMPARE(hashOf(one), QCryptographicHash::hash(QByteArray(32, '\0') + bytes, QCryptographicHash::Sha256));
    }

    void eachEntryFollowsFromTheOneBefore()
    {
        const auto journal = opened(place());
        const Entry first = journal->append(entry(u"start"_s), patience).value();
        const Entry second = journal->append(entry(u"intent"_s), patience).value();
        QCOMPARE(first.seq, 1);
        QCOMPARE(first.previous, QByteArray(32, '\0'));
        QCOMPARE(first.hash, hashOf(first));
        QCOMPARE(second.seq, 2);
        QCOMPARE(second.previous, first.hash);
        QCOMPARE(second.hash, hashOf(second));
        QCOMPARE(journal->entries({}, patience).value(), (QList{first, second}));
        QCOMPARE(verdict(false)->entries, 2);
        QVERIFY(verdict(false)->whole());
    }

    void anEntryComesBackAsItWentIn()
    {
        const auto journal = opened(place());
        Entry odd = entry(u"note"_s, {}, -1);
        odd.operatorId = QString();
        odd.host = u""_s;
        odd.deployment = u"\U0001F6A2 quoted ünï"_s;
        odd.reason = QString::fromUtf8("a\0b\nc", 5) + QChar(0xd800); // half a pair is no character
        odd.body = QByteArray("\0\xff\0", 3);
        const Entry written = journal->append(odd, patience).value();
        QCOMPARE(written.reason, QString::fromUtf8("a\0b\nc?", 6));
        QCOMPARE(journal->entries({}, patience).value(), QList{written});
        QCOMPARE(written.body, odd.body);
        QVERIFY(verdict(false)->whole());
    }

    void whoGivesNoTimeGetsTheJournalsOwn()
    {
        const auto journal = opened(place());
        Entry timeless = entry(u"note"_s);
        timeless.at = {};
        QCOMPARE(journal->append(timeless, patience)->at, start);
    }

    void whatIsTooLargeIsRefused_data()
    {
        QTest::addColumn<Entry>("wrong");
        QTest::addColumn<ErrorCode>("code");
        Entry wrong = entry(u"note"_s);
        wrong.body = QByteArray(maxBodySize + 1, 'x');
        QTest::newRow("evidence") << wrong << ErrorCode::TooLarge;
        wrong = entry(u"note"_s);
        wrong.reason = QString(maxReasonLength + 1, u'x');
        QTest::newRow("reason") << wrong << ErrorCode::TooLarge;
        wrong = entry(QString(maxNameLength + 1, u'x'));
        QTest::newRow("kind") << wrong << ErrorCode::TooLarge;
        QTest::newRow("no kind") << entry({}) << ErrorCode::BadInput;
        QTest::newRow("plan") << entry(u"note"_s, "short") << ErrorCode::BadInput;
        QTest::newRow("step") << entry(u"note"_s, {}, -2) << ErrorCode::BadInput;
    }
    void whatIsTooLargeIsRefused()
    {
        QFETCH(const Entry, wrong);
        const auto journal = opened(place());
        const auto refused = journal->append(wrong, patience);
        QVERIFY(!refused);
        QTEST(refused.error().code, "code");
        QCOMPARE(journal->entries({}, patience)->size(), 0);
        Entry largest = entry(u"note"_s);
        largest.body = QByteArray(maxBodySize, 'x');
        largest.reason = QString(maxReasonLength, u'x');
        QVERIFY(journal->append(largest, patience));
    }

    void entriesAreFoundByPlanAndNumber()
    {
        const auto journal = opened(place());
        act(*journal, 'a');
        act(*journal, 'b');
        QVERIFY(journal->append(entry(u"note"_s, {}), patience));
        const auto numbers = [&](const EntryFilter &filter) {
            QList<qint64> found;
            const auto all = journal->entries(filter, patience).value();
            for (const Entry &one : all)
                found += one.seq;
            return found;
        };
        QCOMPARE(numbers({}), (QList<qint64>{1, 2, 3, 4, 5, 6, 7}));
        QCOMPARE(numbers({.planId = plan('b')}), (QList<qint64>{4, 5, 6}));
        QCOMPARE(numbers({.planId = plan('b'), .sinceSeq = 5}), QList<qint64>{6});
        QCOMPARE(numbers({.planId = plan('c')}), QList<qint64>{});
        QCOMPARE(numbers({.sinceSeq = 2, .limit = 2}), (QList<qint64>{3, 4}));
        QCOMPARE(numbers({.limit = 2, .newest = true}), (QList<qint64>{6, 7}));
    }

    void aPlanIsUnfinishedUntilItsEnd()
    {
        auto journal = opened(place());
        const auto unfinished = [&] { return journal->unfinished(patience).value(); };
        QVERIFY(journal->append(entry(u"check"_s, plan('z')), patience));
        QVERIFY(journal->append(entry(u"intent"_s, {}), patience));
        QCOMPARE(unfinished(), QList<QByteArray>{});
        QVERIFY(journal->append(entry(u"start"_s, plan('b')), patience));
        QVERIFY(journal->append(entry(u"intent"_s, plan('a')), patience));
        QVERIFY(journal->append(entry(u"outcome"_s, plan('a')), patience));
        QCOMPARE(unfinished(), (QList{plan('b'), plan('a')}));
        QVERIFY(journal->append(entry(u"end"_s, plan('b')), patience));
        QCOMPARE(unfinished(), QList{plan('a')});
        journal = opened(place()); // the next start
        QCOMPARE(unfinished(), QList{plan('a')});
        // Who is refused at a step ends their own start, and nobody's intent.
        QVERIFY(journal->append(entry(u"end"_s, plan('a')), patience));
        QCOMPARE(unfinished(), QList{plan('a')});
        Entry end = entry(u"end"_s, plan('a'));
        end.step = -1;
        QVERIFY(journal->append(end, patience));
        QCOMPARE(unfinished(), QList<QByteArray>{});
        QVERIFY(journal->append(entry(u"intent"_s, plan('b')), patience)); // undone
        QCOMPARE(unfinished(), QList{plan('b')});
    }

    void nobodyElseMayReadIt()
    {
        const auto journal = opened(place());
        act(*journal, 'a');
        for (const QString &name : {u"journal"_s, u"journal-wal"_s, u"journal-shm"_s, u"journal.room"_s}) {
            QVERIFY2(QFile::exists(at(name)), qPrintable(name));
            constexpr auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
            QVERIFY2(!(QFile::permissions(at(name)) & others), qPrintable(name));
        }
    }

    // --- Tampering ---------------------------------------------------------------------------------------------------

    void tamperingIsFound_data()
    {
        QTest::addColumn<QStringList>("statements");
        QTest::addColumn<QString>("found"); ///< the first two
        using enum Damage::Kind;
        const QList<std::pair<QString, QString>> columns{{u"at"_s, u"at + 1"_s},
                                                         {u"kind"_s, u"'note'"_s},
                                                         {u"operator"_s, u"'eve'"_s},
                                                         {u"host"_s, u"host || ' '"_s},
                                                         {u"deployment"_s, u"upper(deployment)"_s},
                                                         {u"plan"_s, u"x''"_s},
                                                         {u"step"_s, u"-1"_s},
                                                         {u"reason"_s, u"''"_s},
                                                         {u"body"_s, u"x'a0'"_s}};
        for (const auto &[column, value] : columns) {
            QTest::newRow(qPrintable(u"changed: "_s + column))
                << QStringList{u"UPDATE entries SET %1 = %2 WHERE seq = 5"_s.arg(column, value)} << said(Changed, 5);
        }
        QTest::newRow("changed: hash") << QStringList{u"UPDATE entries SET hash = zeroblob(32) WHERE seq = 5"_s}
                                       << said({{Changed, 5}, {Unlinked, 6}});
        QTest::newRow("changed: previous") << QStringList{u"UPDATE entries SET previous = zeroblob(32) WHERE seq = 5"_s}
                                           << said({{Unlinked, 5}, {Changed, 5}});
        QTest::newRow("deleted") << QStringList{u"DELETE FROM entries WHERE seq = 5"_s} << said(Missing, 5, 5);
        QTest::newRow("deleted, the first three")
            << QStringList{u"DELETE FROM entries WHERE seq < 4"_s} << said(Missing, 1, 3);
        QTest::newRow("deleted, the rest moved up")
            << QStringList{u"DELETE FROM entries WHERE seq = 5"_s, u"UPDATE entries SET seq = seq - 1 WHERE seq > 5"_s}
            << said({{Unlinked, 5}, {Changed, 5}});
        QTest::newRow("truncated") << QStringList{u"DELETE FROM entries WHERE seq > 7"_s}
                                   << said({{Truncated, 7, 9}, {HeadWithoutEntry, 7, 9}});
        QTest::newRow("truncated, the count as well")
            << QStringList{u"DELETE FROM entries WHERE seq > 7"_s, u"UPDATE sqlite_sequence SET seq = 7"_s}
            << said(HeadWithoutEntry, 7, 9);
        QTest::newRow("emptied") << QStringList{u"DELETE FROM entries"_s}
                                 << said({{Truncated, 0, 9}, {HeadWithoutEntry, 0, 9}});
        QTest::newRow("inserted")
            << QStringList{u"UPDATE entries SET seq = -seq - 1 WHERE seq > 4"_s,
                           u"UPDATE entries SET seq = -seq WHERE seq < 0"_s,
                           u"INSERT INTO entries SELECT 5, at, kind, operator, host, deployment, plan, step, reason, "
                           "body, previous, hash FROM entries WHERE seq = 4"_s}
            << said({{Unlinked, 5}, {Changed, 5}});
        QTest::newRow("inserted before the first")
            << QStringList{u"INSERT INTO entries SELECT 0, at, kind, operator, host, deployment, plan, step, reason, "
                           "body, previous, hash FROM entries WHERE seq = 1"_s}
            << said({{Unlinked, 0}, {Changed, 0}});
        QTest::newRow("appended")
            << QStringList{u"INSERT INTO entries SELECT 10, at, kind, operator, host, deployment, plan, step, reason, "
                           "body, hash, hash FROM entries WHERE seq = 9"_s}
            << said(Changed, 10);
        QTest::newRow("reordered") << QStringList{u"UPDATE entries SET seq = 99 WHERE seq = 4"_s,
                                                  u"UPDATE entries SET seq = 4 WHERE seq = 5"_s,
                                                  u"UPDATE entries SET seq = 5 WHERE seq = 99"_s}
                                   << said({{Unlinked, 4}, {Changed, 4}});
        QTest::newRow("a head's signature")
            << QStringList{u"UPDATE heads SET signature = zeroblob(64) WHERE seq = 6"_s} << said(HeadForged, 6);
        QTest::newRow("a head's time") << QStringList{u"UPDATE heads SET at = at - 1 WHERE seq = 6"_s}
                                       << said(HeadForged, 6);
        QTest::newRow("a head's hash") << QStringList{u"UPDATE heads SET hash = zeroblob(32) WHERE seq = 6"_s}
                                       << said({{HeadForged, 6}, {HeadContradicted, 6}});
        QTest::newRow("a head's key") << QStringList{u"UPDATE heads SET key = zeroblob(32) WHERE seq = 6"_s}
                                      << said(KeyUnknown, 6);
    }
    void tamperingIsFound()
    {
        QFETCH(const QStringList, statements);
        {
            const auto journal = opened(place());
            for (const char letter : {'a', 'b', 'c'})
                act(*journal, letter);
        }
        const auto before = verdict(false);
        QVERIFY(before);
        QCOMPARE(said(before->damages), QString());
        QCOMPARE(before->entries, 9);
        QCOMPARE(before->heads, 3);
        QVERIFY(before->keysChecked);
        meddle(at(u"journal"_s), statements);
        const auto after = verdict(false);
        QVERIFY(after);
        QVERIFY(!after->whole());
        QTEST(said(after->damages.mid(0, 2)), "found");
    }

    void aFlippedBitInTheFileIsFound()
    {
        {
            const auto journal = opened(place());
            act(*journal, 'a');
        }
        const QByteArray good = contentOf(at(u"journal"_s));
        // Where each entry lies: a file of one page a table holds them as they are.
        int flipped = 0;
        for (const char *piece : {"intentadabridge", "outcomeadabridge", "endadabridge", "of step 0"}) {
            const qsizetype where = good.indexOf(piece);
            QVERIFY2(where > 0, piece);
            QByteArray bad = good;
            bad[where + 3] = char(bad[where + 3] ^ 1);
            replaceContent(at(u"journal"_s), bad);
            const auto found = verdict(false);
            QVERIFY(!found || !found->whole());
            ++flipped;
        }
        QCOMPARE(flipped, 4);
        replaceContent(at(u"journal"_s), good);
        QVERIFY(verdict(false)->whole());
    }

    void aFileCutShortIsFound()
    {
        {
            const auto journal = opened(place());
            for (const char letter : {'a', 'b', 'c', 'd', 'e', 'f'})
                act(*journal, letter);
        }
        const QByteArray good = contentOf(at(u"journal"_s));
        for (qsizetype size = 4096; size < good.size(); size += 4096) {
            replaceContent(at(u"journal"_s), good.first(size));
            const auto found = verdict(false);
            QVERIFY2(!found || !found->whole(), qPrintable(QString::number(size)));
        }
    }

    void theWitnessShowsAFileThatWasRolledBack()
    {
        {
            const auto journal = opened(place());
            act(*journal, 'a');
            act(*journal, 'b');
        }
        const QByteArray older = contentOf(at(u"journal"_s));
        {
            const auto journal = opened(place());
            act(*journal, 'c');
        }
        const auto good = verdict();
        QCOMPARE(said(good->damages), QString());
        QCOMPARE(good->witnessedSeq, 9);
        replaceContent(at(u"journal"_s), older);
        QVERIFY(verdict(false)->whole()); // nothing in the file itself tells
        QCOMPARE(said(verdict()->damages), said(Damage::Kind::RolledBack, 6, 9));
    }

    void theWitnessShowsAFileThatWasRewritten()
    {
        // Heads that follow each other faster than the witness takes them are left out; closing waits for the last one.
        for (const char letter : {'a', 'b', 'c'})
            act(*opened(place()), letter);
        // The same key, the same first action, and then another story.
        JournalPlace forged = place();
        forged.path = at(u"forged"_s);
        forged.witness.clear();
        {
            const auto journal = opened(forged);
            for (const char letter : {'a', 'x', 'c'})
                act(*journal, letter);
        }
        QVERIFY(QFile::remove(at(u"journal"_s)));
        QVERIFY(QFile::rename(at(u"forged"_s), at(u"journal"_s)));
        QVERIFY(verdict(false)->whole());
        const auto found = verdict();
        QCOMPARE(said(found->damages), said(Damage::Kind::Rewritten, 3, 6));
        QCOMPARE(found->witnessedSeq, 3);
    }

    void aForgedWitnessIsNotBelieved()
    {
        {
            const auto journal = opened(place());
            act(*journal, 'a');
        }
        const QByteArray hash = verdict()->damages.isEmpty() ? QByteArray(32, 'x') : QByteArray();
        const auto stranger = newIdentity();
        QVERIFY(appendToWitness(at(u"witness"_s), signedHead(9, hash, start, *stranger).value()));
        QCOMPARE(said(verdict()->damages), said(Damage::Kind::WitnessKeyUnknown, 9));
        // Whoever trusts no key in particular hears what the stranger says.
        QCOMPARE(said(verifyJournal(at(u"journal"_s), at(u"witness"_s))->damages),
                 said(Damage::Kind::RolledBack, 3, 9));
        QVERIFY(!verifyJournal(at(u"journal"_s), at(u"witness"_s))->keysChecked);

        QVERIFY(QFile::remove(at(u"witness"_s)));
        Head forged = signedHead(9, hash, start, *m_identity).value();
        forged.seq = 8;
        QVERIFY(appendToWitness(at(u"witness"_s), forged));
        QCOMPARE(said(verdict()->damages), said(Damage::Kind::WitnessForged, 8));
    }

    // --- The witness -------------------------------------------------------------------------------------------------

    void headsAreWitnessedAfterEachEndAndAtTheClose()
    {
        const auto heads = [&] {
            QList<qint64> numbers;
            const auto lines = readWitness(at(u"witness"_s)).value();
            for (const Head &head : lines.heads)
                numbers += head.seq;
            return numbers;
        };
        auto journal = opened(place());
        QCOMPARE(journal->witness(), WitnessState{});
        QVERIFY(journal->append(entry(u"intent"_s, plan('a'), 1), patience));
        QVERIFY(journal->append(entry(u"intent"_s, plan('a'), 2), patience));
        QCOMPARE(journal->witness(), (WitnessState{.unwitnessedSince = start + 1s}));
        QVERIFY(journal->append(entry(u"end"_s), patience));
        QTRY_COMPARE(journal->witness(), (WitnessState{.seq = 3, .at = start}));
        QCOMPARE(heads(), QList<qint64>{3});
        QVERIFY(journal->append(entry(u"note"_s, {}, 4), patience));
        QCOMPARE(journal->witness(), (WitnessState{.seq = 3, .at = start, .unwitnessedSince = start + 4s}));
        QCOMPARE(verdict()->unwitnessedSince, start + 4s);
        QCOMPARE(verdict(false)->unwitnessedSince, start + 1s);
        journal.reset();
        QCOMPARE(heads(), (QList<qint64>{3, 4}));
        QCOMPARE(verdict()->witnessedSeq, 4);
        QVERIFY(!verdict()->unwitnessedSince);
        journal = opened(place());
        QCOMPARE(journal->witness(), (WitnessState{.seq = 4, .at = start}));
        journal.reset(); // nothing was appended: nothing is signed
        QCOMPARE(heads(), (QList<qint64>{3, 4}));
    }

    void aWitnessThatCannotBeWrittenStopsNobody()
    {
        QVERIFY(QDir(m_dir->path()).mkdir(u"witness"_s)); // no file can be there
        {
            const auto journal = opened(place());
            act(*journal, 'a');
            QTRY_VERIFY(journal->witness().error);
            QCOMPARE(journal->witness().error->where, at(u"witness"_s));
            QCOMPARE(journal->witness().unwitnessedSince, start);
            QVERIFY(journal->probe(patience));
            act(*journal, 'b');
        }
        QVERIFY(verdict(false)->whole());
        QVERIFY(QDir(m_dir->path()).rmdir(u"witness"_s));
        const auto journal = opened(place());
        QTRY_COMPARE(journal->witness(), (WitnessState{.seq = 6, .at = start})); // made up for
        QCOMPARE(verdict()->witnessedSeq, 6);
    }

    void aTornLineInTheWitnessProvesNothing()
    {
        {
            const auto journal = opened(place());
            act(*journal, 'a');
        }
        QFile witness(at(u"witness"_s));
        QVERIFY(witness.open(QIODevice::Append));
        witness.write("6 00ff");
        witness.close();
        {
            const auto journal = opened(place());
            act(*journal, 'b');
        }
        const auto found = verdict();
        QCOMPARE(said(found->damages), QString());
        QCOMPARE(found->unreadableWitnessLines, 1);
        QCOMPARE(found->witnessedSeq, 6);
    }

    void withoutAKeyNothingIsWitnessed()
    {
        JournalPlace keyless = place();
        keyless.identity.reset();
        {
            const auto journal = opened(keyless);
            act(*journal, 'a');
            QCOMPARE(journal->witness().unwitnessedSince, start);
        }
        QVERIFY(!QFile::exists(at(u"witness"_s)));
        QCOMPARE(verdict().error().code, ErrorCode::NotFound);
        QCOMPARE(verdict(false)->heads, 0);
        QVERIFY(verdict(false)->whole());
    }

    // --- Other processes ---------------------------------------------------------------------------------------------

    void twoConsolesWriteOneChain()
    {
        QProcess one;
        QProcess other;
        startChild(one, {u"append"_s, at(u"journal"_s), u"one"_s, u"200"_s});
        startChild(other, {u"append"_s, at(u"journal"_s), u"other"_s, u"200"_s});
        QVERIFY(one.waitForFinished(120'000));
        QVERIFY(other.waitForFinished(120'000));
        QCOMPARE(one.exitCode(), 0);
        QCOMPARE(other.exitCode(), 0);
        const auto found = verifyJournal(at(u"journal"_s));
        QCOMPARE(said(found->damages), QString());
        QCOMPARE(found->entries, 400);
        QSet<QString> reasons;
        const auto all = opened(place())->entries({}, patience).value();
        for (const Entry &each : all)
            reasons += each.reason;
        QCOMPARE(reasons.size(), 400);
    }

    void nothingAcknowledgedIsLostWhenTheWriterIsKilled()
    {
        QMap<qint64, QByteArray> acknowledged;
        for (int round = 0; round < 20; ++round) {
            QProcess writer;
            startChild(writer, {u"forever"_s, at(u"journal"_s)});
            QByteArray told;
            while (told.count('\n') < 1 + round && writer.waitForReadyRead(30'000))
                told += writer.readAllStandardOutput();
            writer.kill();
            QVERIFY(writer.waitForFinished());
            told += writer.readAllStandardOutput();
            QVERIFY(told.count('\n') > round);
            for (const QByteArray &line : told.first(told.lastIndexOf('\n')).split('\n'))
                acknowledged[line.split(' ').first().toLongLong()] = QByteArray::fromHex(line.split(' ').last());
            const auto found = verifyJournal(at(u"journal"_s));
            QVERIFY(found);
            QCOMPARE(said(found->damages), QString());
        }
        QMap<qint64, QByteArray> kept;
        const auto journal = opened(place());
        const auto all = journal->entries({.limit = 1'000'000}, patience).value();
        for (const Entry &each : all)
            kept[each.seq] = each.hash;
        for (auto each = acknowledged.cbegin(); each != acknowledged.cend(); ++each)
            QCOMPARE(kept.value(each.key()).toHex(), each.value().toHex());
        QCOMPARE(journal->unfinished(patience).value(), QList{plan('p')});
    }

    void aJournalLockedByAnotherProgramIsRefusedInTime()
    {
        const auto journal = opened(place());
        act(*journal, 'a');
        QProcess locker;
        startChild(locker, {u"lock"_s, at(u"journal"_s)});
        QVERIFY(locker.waitForReadyRead(30'000));
        const auto refusedInTime = [&](const auto &ask) {
            QElapsedTimer timer;
            timer.start();
            const auto refused = ask();
            QVERIFY(!refused);
            QCOMPARE(refused.error().code, ErrorCode::Unavailable);
            QVERIFY(refused.error().message.contains(u"locked"_s));
            QVERIFY2(timer.elapsed() < 1500, qPrintable(QString::number(timer.elapsed())));
        };
        refusedInTime([&] { return journal->append(entry(u"intent"_s), 1s); });
        refusedInTime([&] { return journal->probe(1s); });
        QCOMPARE(journal->entries({}, patience)->size(), 3); // who only looks is not held up
        locker.closeWriteChannel();
        QVERIFY(locker.waitForFinished());
        QVERIFY(journal->append(entry(u"intent"_s), patience));
    }

    // --- Disks that fail ---------------------------------------------------------------------------------------------

    void onAFullDiskIntentsAreRefusedAndOutcomesFit()
    {
        QCOMPARE(runOnSmallDisk(u"full"_s, m_dir->path(), u"limited"_s), 0);
    }

    void atTheLargestSizeOfAFileIntentsAreRefused()
    {
        QCOMPARE(QProcess::execute(QCoreApplication::applicationFilePath(),
                                   childArguments({u"full"_s, m_dir->path(), u"limited"_s})),
                 0);
    }

    void aReadOnlyJournalIsRefusedAndCanBeVerified()
    {
        QCOMPARE(runOnSmallDisk(u"readonly"_s, m_dir->path(), u"rights"_s), 0);
        QFile::setPermissions(m_dir->path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }

    void aStalledDiskHoldsUpNobodyBeyondTheDeadline()
    {
        auto journal = opened(place());
        act(*journal, 'a');
        m_clock->hold(true);
        Entry stalls = entry(u"intent"_s);
        stalls.at = {};
        QElapsedTimer timer;
        timer.start();
        const auto late = journal->append(stalls, 300ms);
        QVERIFY(timer.elapsed() >= 300);
        QVERIFY2(timer.elapsed() < 800, qPrintable(QString::number(timer.elapsed())));
        QVERIFY(!late);
        QCOMPARE(late.error().code, ErrorCode::Timeout);
        QCOMPARE(late.error().where, at(u"journal"_s));
        timer.start();
        QCOMPARE(journal->probe(200ms).error().code, ErrorCode::Timeout); // who waits behind it as well
        QVERIFY2(timer.elapsed() < 700, qPrintable(QString::number(timer.elapsed())));
        m_clock->hold(false);
        QVERIFY(journal->append(entry(u"note"_s), patience));
        QCOMPARE(journal->entries({}, patience)->size(), 4); // what came too late was not written

        m_clock->hold(true);
        QVERIFY(!journal->append(stalls, 50ms));
        timer.start();
        journal.reset();
        QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
        m_clock->hold(false);
        QTRY_VERIFY(!QFile::exists(at(u"journal-wal"_s))); // its thread closes it by itself
        QVERIFY(verdict(false)->whole());
    }

    void whatIsNoJournalIsRefused_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<ErrorCode>("code");
        QTest::newRow("garbage") << u"garbage"_s << ErrorCode::BadReply;
        QTest::newRow("another SQLite file") << u"foreign"_s << ErrorCode::BadReply;
        QTest::newRow("a newer format") << u"newer"_s << ErrorCode::Unsupported;
        QTest::newRow("a directory") << u"directory"_s << ErrorCode::BadInput;
        QTest::newRow("a pipe") << u"pipe"_s << ErrorCode::BadInput;
        QTest::newRow("a folder that is not there") << u"nowhere/journal"_s << ErrorCode::NotFound;
        QTest::newRow("no name") << QString() << ErrorCode::BadInput;
    }
    void whatIsNoJournalIsRefused()
    {
        QFETCH(const QString, what);
        const QString path = what.isEmpty() ? QString() : at(what);
        if (what == "garbage"_L1)
            replaceContent(path, QByteArray(20'000, 'g'));
        else if (what == "foreign"_L1)
            meddle(path, {u"CREATE TABLE entries (seq INTEGER)"_s});
        else if (what == "directory"_L1)
            QVERIFY(QDir(m_dir->path()).mkdir(what));
        else if (what == "pipe"_L1)
            QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0);
        else if (what == "newer"_L1) {
            opened({.path = path}).reset();
            meddle(path, {u"PRAGMA user_version = 2"_s});
        }
        const bool hasContent = QFileInfo(path).isFile();
        const QByteArray before = hasContent ? contentOf(path) : QByteArray();
        QElapsedTimer timer;
        timer.start();
        const auto refused = Journal::open({.path = path}, 5s);
        QVERIFY(timer.elapsed() < 5000);
        QVERIFY(!refused);
        QTEST(refused.error().code, "code");
        QVERIFY(!refused.error().message.isEmpty());
        QVERIFY(!verifyJournal(path));
        if (hasContent)
            QCOMPARE(contentOf(path), before); // left as it was
    }

    void aJournalThatIsReplacedInUseIsRefused_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<ErrorCode>("code");
        QTest::newRow("deleted") << u"deleted"_s << ErrorCode::NotFound;
        QTest::newRow("replaced") << u"replaced"_s << ErrorCode::NotFound;
        QTest::newRow("cut off at its end") << u"cut"_s << ErrorCode::BadReply;
        QTest::newRow("cut off with its count") << u"cut well"_s << ErrorCode::BadReply;
        QTest::newRow("its last entry changed") << u"changed"_s << ErrorCode::BadReply;
    }
    void aJournalThatIsReplacedInUseIsRefused()
    {
        QFETCH(const QString, what);
        const auto journal = opened(place());
        act(*journal, 'a');
        const QString path = at(u"journal"_s);
        if (what == "deleted"_L1) {
            QVERIFY(QFile::remove(path));
        } else if (what == "replaced"_L1) {
            opened({.path = at(u"other"_s)}).reset();
            QVERIFY(QFile::remove(path));
            QVERIFY(QFile::rename(at(u"other"_s), path));
        } else if (what == "cut"_L1) {
            meddle(path, {u"DELETE FROM entries WHERE seq = 3"_s});
        } else if (what == "cut well"_L1) {
            meddle(path, {u"DELETE FROM entries WHERE seq = 3"_s, u"UPDATE sqlite_sequence SET seq = 2"_s});
        } else {
            meddle(path, {u"UPDATE entries SET reason = 'because' WHERE seq = 3"_s});
        }
        const auto refused = journal->append(entry(u"intent"_s), patience);
        QVERIFY(!refused);
        QTEST(refused.error().code, "code");
        QCOMPARE(refused.error().where, path);
        QVERIFY(!journal->probe(patience));
    }
};

int main(int argc, char *argv[])
{
    QCoreApplication app(argc, argv);
    if (const QStringList arguments = QCoreApplication::arguments(); arguments.value(1) == "--child"_L1)
        return runChild(arguments.sliced(2));
    TestJournal test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_journal.moc"
