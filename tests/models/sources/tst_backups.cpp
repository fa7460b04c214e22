/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/backups/backups.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>
#include <QTimeZone>

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
// 2026-11-21 12:00 UTC
const Instant noon{std::chrono::seconds(1'795'262'400)};
const QByteArray plainHead = "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.14\n";
const QByteArray plainEnd = "--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict aB3xY\n\n";

BackupOptions optionsOf(const QString &path, const QString &pattern = u"q-%Y%m%d-%H%M%S.dump"_s,
                        BackupHead format = BackupHead::Archive, const QByteArray &zone = "UTC")
{
    return {.path = path, .pattern = *BackupPattern::parse(pattern), .format = format, .zone = zone};
}

BackupFile file(const QString &name, BackupHead head, qint64 size = 1000, Instant modified = noon - 9h)
{
    return {.name = name, .size = size, .modified = modified, .head = head};
}

BackupListing listing(const QList<BackupFile> &files)
{
    return {.files = files, .matching = files.size(), .isWhole = true, .takenAt = noon};
}

Backup onlyBackup(const Findings &findings)
{
    return findings.facts.isEmpty() ? Backup() : std::get<Backup>(findings.facts.first());
}

void write(const QString &path, const QByteArray &bytes, Instant modified = noon - 9h)
{
    QFile file(path);
    QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(path));
    file.write(bytes);
    file.flush();
    QVERIFY(file.setFileTime(QDateTime::fromMSecsSinceEpoch(modified.time_since_epoch().count()),
                             QFileDevice::FileModificationTime));
}

/// Where permissions hold for whoever runs the tests, too.
class AsNobody
{
public:
    AsNobody()
        : m_wasRoot(::geteuid() == 0)
    {
        if (m_wasRoot)
            m_isNobody = ::seteuid(65'534) == 0;
    }
    ~AsNobody()
    {
        if (m_isNobody && ::seteuid(0) != 0)
            std::abort();
    }
    AsNobody(const AsNobody &) = delete;
    AsNobody &operator=(const AsNobody &) = delete;

private:
    bool m_wasRoot;
    bool m_isNobody = false;
};

Profile profileOf(const QString &path, const QByteArray &pattern = "q-%Y%m%d-%H%M%S.dump")
{
    const auto profile = parseProfile("quarterdeck: 1\nname: a\nenvironment: e\nsources:\n  backups: {kind: "
                                      "backup-directory, path: '" +
                                          path.toUtf8() + "', pattern: '" + pattern + "'}\n",
                                      u"/somewhere/p.yaml"_s);
    return profile ? *profile : Profile();
}
} // namespace

/// Backups in a directory: their names, over made listings, and in real directories.
class TestBackups : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void namesTellTheirTime_data();
    void namesTellTheirTime();
    void patternsThatAreNoneAreRefused_data();
    void patternsThatAreNoneAreRefused();
    void aNameThatTellsTheDayIsCompletedByTheFilesTime_data();
    void aNameThatTellsTheDayIsCompletedByTheFilesTime();
    void whatCannotBeABackupIsSaid_data();
    void whatCannotBeABackupIsSaid();
    void aFileThatGrowsIsStillWritten();
    void aRealDirectoryIsListed();
    void aDumpThatWasCutOffIsSeen();
    void tenThousandFilesAreFiveHundred();
    void oddNamesAreNoOthers();
    void aDirectoryThatCannotBeListedSaysWhy();
    void filesThatCannotBeReadAreNotJudged();
    void theSourceAnswersWithEvidence();
    void aDirectoryThatHangsEndsAtTheDeadlineAndHoldsNobody();
    void withoutADirectoryTheProfileIsToldWhatToWrite();
};

void TestBackups::namesTellTheirTime_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("zone");
    QTest::addColumn<bool>("matches");
    QTest::addColumn<QString>("time"); // UTC
    const auto r = [](const char *row, const QString &pattern, const QString &name, const QByteArray &zone,
                      bool matches,
                      const QString &time) { QTest::newRow(row) << pattern << name << zone << matches << time; };
    const QString gas = u"luckygas_prod_backup_%Y%m%d_%H%M%S.sql.gz"_s;
    r("UTC", gas, u"luckygas_prod_backup_20261121_020007.sql.gz"_s, "UTC", true, u"2026-11-21T02:00:07Z"_s);
    r("Taipei", gas, u"luckygas_prod_backup_20261121_020007.sql.gz"_s, "Asia/Taipei", true, u"2026-11-20T18:00:07Z"_s);
    r("summer time", u"%Y-%m-%d %H"_s, u"2026-07-01 03"_s, "Europe/Berlin", true, u"2026-07-01T01:00:00Z"_s);
    r("day alone", u"backup-%Y-%m-%d.sql"_s, u"backup-2026-11-21.sql"_s, "UTC", true, u"2026-11-21T00:00:00Z"_s);
    r("no time", u"*.dump"_s, u"anything.dump"_s, "UTC", true, {});
    r("a dot is a dot", u"a.dump"_s, u"axdump"_s, "UTC", false, {});
    r("per cent", u"100%%.dump"_s, u"100%.dump"_s, "UTC", true, {});
    r("beyond the first plane", u"🛟-%Y%m%d.dump"_s, u"🛟-20261121.dump"_s, "UTC", true, u"2026-11-21T00:00:00Z"_s);
    r("checksum beside it", gas, u"luckygas_prod_backup_20261121_020007.sql.gz.sha256"_s, "UTC", false, {});
    r("written to another name", gas, u".luckygas_prod_backup_20261121_020007.sql.gz"_s, "UTC", false, {});
    r("line break at the end", gas, u"luckygas_prod_backup_20261121_020007.sql.gz\n"_s, "UTC", false, {});
    r("line break in it", u"a*.dump"_s, u"a\nb.dump"_s, "UTC", true, {});
    r("no real day", gas, u"luckygas_prod_backup_20260631_020007.sql.gz"_s, "UTC", true, {});
    r("no real hour", gas, u"luckygas_prod_backup_20261121_250007.sql.gz"_s, "UTC", true, {});
    r("other digits", gas, u"luckygas_prod_backup_２０261121_020007.sql.gz"_s, "UTC", false, {});
    r("too short", gas, u"luckygas_prod_backup_2026112_020007.sql.gz"_s, "UTC", false, {});
}

void TestBackups::namesTellTheirTime()
{
    QFETCH(QString, pattern);
    QFETCH(QString, name);
    QFETCH(QByteArray, zone);
    QFETCH(QString, time);
    const auto parsed = BackupPattern::parse(pattern);
    QVERIFY(parsed);
    QTEST(parsed->matches(name), "matches");
    const auto told = parsed->timeIn(name, QTimeZone(zone));
    QCOMPARE(told ? told->at.toUTC().toString(Qt::ISODate) : QString(), time);
}

void TestBackups::patternsThatAreNoneAreRefused_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::newRow("path") << u"../%Y%m%d.dump"_s;
    QTest::newRow("unknown field") << u"%Y%m%d-%j.dump"_s;
    QTest::newRow("field at the end") << u"%Y%m%d%"_s;
    QTest::newRow("twice") << u"%Y%m%d-%Y.dump"_s;
    QTest::newRow("half a date") << u"%Y-%m.dump"_s;
    QTest::newRow("time without a date") << u"%H%M.dump"_s;
    QTest::newRow("empty") << QString();
}

void TestBackups::patternsThatAreNoneAreRefused()
{
    QFETCH(QString, pattern);
    const auto parsed = BackupPattern::parse(pattern);
    QVERIFY(!parsed);
    QVERIFY(parsed.error().message.contains(u"expected "_s));
}

void TestBackups::aNameThatTellsTheDayIsCompletedByTheFilesTime_data()
{
    QTest::addColumn<qint64>("modified"); // hours before noon of the 21st
    QTest::addColumn<qint64>("taken");
    QTest::addColumn<QString>("pointer");
    QTest::newRow("that day") << qint64(9) << qint64(9) << u"/0/modified"_s;
    QTest::newRow("its first moment") << qint64(12) << qint64(12) << u"/0/modified"_s;
    QTest::newRow("the day before") << qint64(13) << qint64(12) << u"/0/name"_s;
    QTest::newRow("copied later") << qint64(-13) << qint64(12) << u"/0/name"_s;
}

void TestBackups::aNameThatTellsTheDayIsCompletedByTheFilesTime()
{
    QFETCH(qint64, modified);
    QFETCH(qint64, taken);
    const BackupFile dump = file(u"b-2026-11-21.sql"_s, BackupHead::Plain, 1000, noon - std::chrono::hours(modified));
    const Backup backup = onlyBackup(backupFindings(listing({dump}), nullptr, optionsOf(u"/b"_s, u"b-%Y-%m-%d.sql"_s)));
    QCOMPARE(backup.takenAt.value, noon - std::chrono::hours(taken));
    QTEST(backup.takenAt.origin.pointer, "pointer");
}

void TestBackups::whatCannotBeABackupIsSaid_data()
{
    QTest::addColumn<int>("head");
    QTest::addColumn<qint64>("size");
    QTest::addColumn<bool>("isCutOff");
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("trouble");
    const auto r = [](const char *row, BackupHead head, qint64 size, bool isCutOff, const QString &format,
                      const QString &trouble) {
        QTest::newRow(row) << static_cast<int>(head) << size << isCutOff << format << trouble;
    };
    r("good", BackupHead::Archive, 9, false, u"custom"_s, u"-"_s);
    r("empty", BackupHead::Other, 0, false, u"-"_s, u"empty file"_s);
    r("something else", BackupHead::Other, 9, false, u"-"_s, u"does not begin as a backup does"_s);
    r("plain for custom", BackupHead::Plain, 9, false, u"plain"_s, u"is plain, expected custom"_s);
    r("gzip for custom", BackupHead::Gzip, 9, false, u"plain, gzip"_s, u"is plain, gzip, expected custom"_s);
    r("unread", BackupHead::Unread, 9, false, u"-"_s, u"-"_s);
    r("empty and unread", BackupHead::Unread, 0, false, u"-"_s, u"empty file"_s);
}

void TestBackups::whatCannotBeABackupIsSaid()
{
    QFETCH(int, head);
    QFETCH(qint64, size);
    QFETCH(bool, isCutOff);
    BackupFile dump = file(u"q-20261121-030007.dump"_s, static_cast<BackupHead>(head), size);
    dump.isCutOff = isCutOff;
    const Backup backup = onlyBackup(backupFindings(listing({dump}), nullptr, optionsOf(u"/srv/b"_s)));
    QTEST(backup.format.valueOr(u"-"_s), "format");
    QTEST(backup.trouble.valueOr(u"-"_s), "trouble");
    QCOMPARE(backup.id, u"q-20261121-030007.dump"_s);
    QCOMPARE(backup.size.value, Bytes{size});
    QCOMPARE(backup.location.valueOr({}), u"/srv/b"_s);
    QCOMPARE(backup.takenAt.value, noon - 9h + 7s);
}

void TestBackups::aFileThatGrowsIsStillWritten()
{
    const BackupOptions options = optionsOf(u"/b"_s);
    const QString name = u"q-20261121-030007.dump"_s;
    const BackupListing first = listing({file(name, BackupHead::Archive, 1000)});
    const BackupListing second = listing({file(name, BackupHead::Archive, 2000)});
    const auto trouble = [&](const BackupListing &now, const BackupListing *before) {
        return onlyBackup(backupFindings(now, before, options)).trouble.valueOr(u"-"_s);
    };
    QCOMPARE(trouble(second, &first), u"still written"_s);
    QCOMPARE(trouble(second, &second), u"-"_s);
    const BackupListing none = listing({});
    QCOMPARE(trouble(second, &none), u"-"_s);
    // At the first look the file's own time tells; one of a clock that is ahead tells nothing.
    QCOMPARE(trouble(listing({file(name, BackupHead::Archive, 1, noon - 3s)}), nullptr), u"still written"_s);
    QCOMPARE(trouble(listing({file(name, BackupHead::Other, 0, noon - 3s)}), nullptr), u"still written"_s);
    QCOMPARE(trouble(listing({file(name, BackupHead::Archive, 1, noon - 11s)}), nullptr), u"-"_s);
    QCOMPARE(trouble(listing({file(name, BackupHead::Archive, 1, noon + 1h)}), nullptr), u"-"_s);
}

void TestBackups::aRealDirectoryIsListed()
{
    const QTemporaryDir dir;
    write(dir.filePath(u"q-20261119-030007.dump"_s), "PGDMP\x01\x0e");
    write(dir.filePath(u"q-20261121-030007.dump"_s), "PGDMP\x01\x0e and more");
    write(dir.filePath(u"q-20261121-030007.dump.sha256"_s), "0000");
    write(dir.filePath(u"q-20261120-030007.dump"_s), "");
    QVERIFY(QDir(dir.path()).mkdir(u"q-20261118-030007.dump"_s)); // a directory is no file
    QCOMPARE(::mkfifo(QFile::encodeName(dir.filePath(u"q-20261117-030007.dump"_s)).constData(), 0600), 0);
    QVERIFY(QFile::link(dir.filePath(u"gone"_s), dir.filePath(u"q-20261116-030007.dump"_s)));
    const BackupOptions options = optionsOf(dir.path());
    const auto listed = listBackups(options, noon);
    QVERIFY2(listed, listed ? "" : qPrintable(listed.error().message));
    QCOMPARE(listed->files.size(), 3);
    QCOMPARE(listed->matching, 3);
    QCOMPARE(listed->files[0],
             (BackupFile{
                 .name = u"q-20261121-030007.dump"_s, .size = 16, .modified = noon - 9h, .head = BackupHead::Archive}));
    QCOMPARE(listed->files[1].size, 0);
    QCOMPARE(listed->files[2].name, u"q-20261119-030007.dump"_s);
    const Findings findings = backupFindings(*listed, nullptr, options);
    QCOMPARE(findings.facts.size(), 3);
    QVERIFY(findings.refusals.isEmpty());
    const auto json = QJsonDocument::fromJson(listingAsJson(*listed));
    QCOMPARE(json[0]["modified"_L1].toString(), u"2026-11-21T03:00:00Z"_s);
    QCOMPARE(json[0]["begins"_L1].toString(), u"PGDMP"_s);
    QVERIFY(!listingAsJson(*listed).contains("and more"));
}

void TestBackups::aDumpThatWasCutOffIsSeen()
{
    const QTemporaryDir dir;
    const QByteArray rows = QByteArray("INSERT INTO t VALUES (1);\n").repeated(400);
    write(dir.filePath(u"a"_s), plainHead + rows + plainEnd);
    write(dir.filePath(u"b"_s), plainHead + rows);
    write(dir.filePath(u"c"_s), plainHead);
    write(dir.filePath(u"d"_s), plainHead + plainEnd);
    write(dir.filePath(u"e"_s), "\x1f\x8b\x08 rest");
    write(dir.filePath(u"f"_s), "-- MySQL dump 10.13\n");
    const BackupOptions options = optionsOf(dir.path(), u"*"_s, BackupHead::Plain);
    const Findings findings = backupFindings(*listBackups(options, noon), nullptr, options);
    QStringList said;
    for (const Fact &fact : findings.facts) {
        const auto &backup = std::get<Backup>(fact);
        said.append(backup.id + u": "_s + backup.trouble.valueOr(u"-"_s));
    }
    said.sort();
    const QString cut = u"cut off: its last lines are missing"_s;
    QCOMPARE(said, (QStringList{u"a: -"_s, u"b: "_s + cut, u"c: "_s + cut, u"d: -"_s,
                                u"e: is plain, gzip, expected plain"_s, u"f: does not begin as a backup does"_s}));
}

void TestBackups::tenThousandFilesAreFiveHundred()
{
    const QTemporaryDir dir;
    const QDateTime first(QDate(2026, 1, 1), QTime(0, 0), Qt::UTC);
    for (int i = 0; i < 10'000; ++i) {
        QFile file(dir.filePath(first.addSecs(600LL * i).toString(u"'q-'yyyyMMdd-HHmmss'.dump'"_s)));
        QVERIFY(file.open(QIODevice::WriteOnly));
    }
    const BackupOptions options = optionsOf(dir.path());
    const auto listed = listBackups(options, noon);
    QVERIFY(listed);
    QCOMPARE(listed->files.size(), 500);
    QCOMPARE(listed->matching, 10'000);
    QCOMPARE(listed->files.first().name, first.addSecs(600LL * 9999).toString(u"'q-'yyyyMMdd-HHmmss'.dump'"_s));
    QCOMPARE(listed->files.last().name, first.addSecs(600LL * 9500).toString(u"'q-'yyyyMMdd-HHmmss'.dump'"_s));
    const Findings findings = backupFindings(*listed, nullptr, options);
    QCOMPARE(findings.refusals.size(), 1);
    QCOMPARE(findings.refusals.first().what, u"backup/older"_s); // of which none is new
    QVERIFY(findings.refusals.first().error.message.startsWith(u"10000 files match; the newest 500"_s));
}

void TestBackups::oddNamesAreNoOthers()
{
    const QTemporaryDir dir;
    const QString lineBreak = u"q-20261121-030007\n.dump"_s;
    write(dir.filePath(lineBreak), "PGDMP");
    write(dir.filePath(u"q-20261120-030007.dump"_s), "PGDMP");
    write(dir.filePath(u"q-\u202e20261119-030007.dump"_s), "PGDMP");
    const auto strict = listBackups(optionsOf(dir.path()), noon);
    QCOMPARE(strict->files.size(), 1);
    const BackupOptions loose = optionsOf(dir.path(), u"q-*.dump"_s);
    const auto all = listBackups(loose, noon);
    QCOMPARE(all->files.size(), 3);
    QStringList ids;
    for (const Fact &fact : backupFindings(*all, nullptr, loose).facts)
        ids.append(std::get<Backup>(fact).id);
    ids.sort();
    QCOMPARE(ids,
             (QStringList{u"q-20261119-030007.dump"_s, u"q-20261120-030007.dump"_s, u"q-20261121-030007 .dump"_s}));
    // The evidence has them as they are, in one line each.
    QVERIFY(!listingAsJson(*all).contains('\n'));
    QVERIFY(listingAsJson(*all).contains("030007\\n.dump"));
}

void TestBackups::aDirectoryThatCannotBeListedSaysWhy()
{
    QTemporaryDir dir;
    const QString inner = dir.filePath(u"inner"_s);
    const auto refusal = [](const QString &path) { return listBackups(optionsOf(path), noon).error(); };
    QCOMPARE(refusal(inner).code, ErrorCode::NotFound);
    QCOMPARE(refusal(inner).where, inner);
    write(dir.filePath(u"file"_s), "x");
    QCOMPARE(refusal(dir.filePath(u"file"_s)).code, ErrorCode::BadInput);
    QVERIFY(QDir(dir.path()).mkdir(u"inner"_s));
    QVERIFY(listBackups(optionsOf(inner), noon));
    QCOMPARE(::chmod(QFile::encodeName(inner).constData(), 0), 0);
    {
        const AsNobody nobody;
        QCOMPARE(refusal(inner).code, ErrorCode::Forbidden);
    }
    QCOMPARE(::chmod(QFile::encodeName(inner).constData(), 0700), 0);
    QVERIFY(QDir(inner).removeRecursively());
    QCOMPARE(refusal(inner).code, ErrorCode::NotFound);
}

void TestBackups::filesThatCannotBeReadAreNotJudged()
{
    QTemporaryDir dir;
    QCOMPARE(::chmod(QFile::encodeName(dir.path()).constData(), 0755), 0);
    const QString path = dir.filePath(u"q-20261121-030007.dump"_s);
    write(path, "nonsense");
    QCOMPARE(::chmod(QFile::encodeName(path).constData(), 0), 0);
    const BackupOptions options = optionsOf(dir.path());
    std::optional<BackupListing> listed;
    {
        const AsNobody nobody;
        const auto result = listBackups(options, noon);
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        listed = *result;
    }
    const Findings findings = backupFindings(*listed, nullptr, options);
    const Backup backup = onlyBackup(findings);
    QCOMPARE(backup.size.value, Bytes{8});
    QVERIFY(!backup.trouble.has() && !backup.format.has());
    QCOMPARE(findings.refusals.size(), 1);
    QCOMPARE(findings.refusals.first().what, u"backup/trouble"_s);
    QCOMPARE(findings.refusals.first().error.code, ErrorCode::Forbidden);
    QVERIFY(findings.refusals.first().error.message.startsWith(u"1 of the files cannot be read (Permission denied)"_s));
}

void TestBackups::theSourceAnswersWithEvidence()
{
    const QTemporaryDir dir;
    const QString odd = dir.filePath(u"it's here"_s);
    QVERIFY(QDir(dir.path()).mkdir(u"it's here"_s));
    write(odd + u"/q-20261121-030007.dump"_s, "PGDMP");
    QString quoted = odd;
    const Profile profile = profileOf(quoted.replace(u'\'', u"''"_s));
    const auto factory = sourceFactory(profile.sources.first(), profile);
    QVERIFY2(factory, factory ? "" : qPrintable(factory.error().first().message));
    const auto source = (*factory)({});
    for (int poll = 0; poll < 2; ++poll) {
        std::optional<SourceAnswer> answer;
        const Call call = source->poll([&](const SourceAnswer &a) { answer = a; });
        QVERIFY2(!answer, "the directory was read where nobody may wait");
        QTRY_VERIFY_WITH_TIMEOUT(answer, 30'000);
        QVERIFY2(answer->outcome, answer->outcome ? "" : qPrintable(answer->outcome.error().message));
        QCOMPARE(answer->outcome->facts.size(), 1);
        QCOMPARE(answer->exchanges.size(), 1);
        QCOMPARE(answer->exchanges.first().command,
                 u"ls -l --time-style=full-iso '%1/it'\\''s here'"_s.arg(dir.path()));
    }
    std::optional<SourceAnswer> dropped;
    source->poll([&](const SourceAnswer &a) { dropped = a; }).drop();
    std::optional<SourceAnswer> next;
    const Call call = source->poll([&](const SourceAnswer &a) { next = a; });
    QTRY_VERIFY_WITH_TIMEOUT(next, 30'000);
    QVERIFY(!dropped);
}

void TestBackups::aDirectoryThatHangsEndsAtTheDeadlineAndHoldsNobody()
{
    // Whoever opens a leased file waits until the lease is given back, as for a file on a server that does not answer.
    const QTemporaryDir dir;
    QFile leased(dir.filePath(u"q-20261121-030007.dump"_s));
    QVERIFY(leased.open(QIODevice::ReadWrite));
    QVERIFY(leased.write("PGDMP") == 5 && leased.flush());
    const auto noSignal = std::signal(SIGIO, SIG_IGN);
    QCOMPARE(::fcntl(leased.handle(), F_SETLEASE, F_WRLCK), 0);
    Profile profile = profileOf(dir.path());
    profile.sources.first().deadline = 300ms;
    const auto factory = sourceFactory(profile.sources.first(), profile);
    QVERIFY(factory);
    const auto source = (*factory)({});
    for (int poll = 0; poll < 2; ++poll) {
        std::optional<SourceAnswer> answer;
        const Call call = source->poll([&](const SourceAnswer &a) { answer = a; });
        QTRY_VERIFY_WITH_TIMEOUT(answer, 30'000);
        QVERIFY(!answer->outcome);
        QCOMPARE(answer->outcome.error().code, ErrorCode::Timeout);
        QCOMPARE(answer->outcome.error().where, dir.path());
    }
    { // One that goes while its directory hangs.
        const auto other = (*factory)({});
        const Call call = other->poll([](const SourceAnswer &) {});
    }
    leased.close();
    std::optional<SourceAnswer> late;
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            late.reset();
            const Call call = source->poll([&](const SourceAnswer &a) { late = a; });
            return QTest::qWaitFor([&] { return late.has_value(); }) && late->outcome;
        }(),
        30'000);
    QCOMPARE(late->outcome->facts.size(), 1);
    std::signal(SIGIO, noSignal);
}

void TestBackups::withoutADirectoryTheProfileIsToldWhatToWrite()
{
    const auto profile = parseProfile("quarterdeck: 1\nname: a\nenvironment: e\npreset: quoted\nconnections: {http: "
                                      "{url: 'http://127.0.0.1'}, redis: {host: 127.0.0.1}, postgresql: {host: "
                                      "127.0.0.1, database: d, user: u}}\n",
                                      u"/somewhere/p.yaml"_s);
    QVERIFY(profile && checkSources(*profile).isEmpty());
    const auto spec = std::ranges::find(profile->sources, u"backups"_s, &SourceSpec::id);
    std::optional<SourceAnswer> answer;
    const auto source = (*sourceFactory(*spec, *profile))({});
    const Call call = source->poll([&](const SourceAnswer &a) { answer = a; });
    QTRY_VERIFY_WITH_TIMEOUT(answer, 30'000);
    QVERIFY(answer->outcome && answer->outcome->facts.isEmpty());
    const Refusal &refusal = answer->outcome->refusals.first();
    QCOMPARE(refusal.what, u"backup"_s);
    QVERIFY2(refusal.error.message.contains(u"'backups: {path: DIRECTORY}' under sources"_s),
             qPrintable(refusal.error.message));
    QVERIFY(!refusal.error.where.isEmpty());
}

QTEST_GUILESS_MAIN(TestBackups)
#include "tst_backups.moc"
