/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "backup/archive.h"
#include "backup/sql_dump.h"
#include "backup/toc.h"
#include "support/server_fixtures.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTest>

#include <archive.h>
#include <archive_entry.h>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace qd::test;

namespace {
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

/// `bytes` packed, as the program of that name packs them.
QByteArray packed(const QByteArray &bytes, const char *filter)
{
    QByteArray out(bytes.size() + 1024 * 1024, '\0');
    std::size_t used = 0;
    auto *archive = archive_write_new();
    archive_write_add_filter_by_name(archive, filter);
    archive_write_set_format_raw(archive);
    if (archive_write_open_memory(archive, out.data(), static_cast<std::size_t>(out.size()), &used) != ARCHIVE_OK)
        qFatal("%s", archive_error_string(archive));
    auto *entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(archive, entry);
    archive_write_data(archive, bytes.constData(), static_cast<std::size_t>(bytes.size()));
    archive_entry_free(entry);
    archive_write_free(archive);
    out.truncate(static_cast<qsizetype>(used));
    return out;
}

/// All of it, unpacked.
Result<QByteArray> unpack(const QString &path)
{
    QByteArray all;
    const auto file = Unpacked::open(path);
    if (!file)
        return std::unexpected(file.error());
    for (;;) {
        const auto part = (*file)->next();
        if (!part)
            return std::unexpected(part.error());
        if (part->isEmpty())
            return all;
        all += *part;
    }
}
} // namespace

Q_DECLARE_METATYPE(qd::Archive::Form)

/// What backups are by what they hold: real ones of pg_dump, and what is none.
class TestArchive : public QObject
{
    Q_OBJECT

    std::optional<PostgresFixture> m_postgres;
    QTemporaryDir m_directory;

    [[nodiscard]] QString in(const QString &name) const { return m_directory.filePath(name); }
    QByteArray run(const QString &program, const QStringList &arguments)
    {
        const auto path = sandbox::findPostgresProgram(program);
        if (!path)
            qFatal("%s", qPrintable(path.error().message));
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"PGHOST"_s, u"127.0.0.1"_s);
        environment.insert(u"PGPORT"_s, QString::number(m_postgres->server().port()));
        environment.insert(u"PGDATABASE"_s, u"app"_s);
        environment.insert(u"PGUSER"_s, m_postgres->connection().user);
        environment.insert(u"PGPASSWORD"_s, QString::fromUtf8(resolve(*m_postgres->connection().password)->reveal()));
        process.setProcessEnvironment(environment);
        process.start(*path, arguments);
        if (!process.waitForFinished(60'000) || process.exitCode() != 0)
            qFatal("%s: %s", qPrintable(program), process.readAllStandardError().constData());
        return process.readAllStandardOutput();
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_postgres.emplace();
        m_postgres->execute(
            "CREATE TABLE quotes (id serial PRIMARY KEY, text text NOT NULL); INSERT INTO quotes (text) "
            "SELECT md5(i::text) FROM generate_series(1, 20000) i; CREATE TABLE \"two words\" (a int); "
            "CREATE MATERIALIZED VIEW seen AS SELECT count(*) FROM quotes; GRANT SELECT ON ALL TABLES "
            "IN SCHEMA public TO owner; ALTER TABLE quotes OWNER TO owner");
        m_postgres->execute("ALTER TABLE \"two words\" OWNER TO owner; ALTER MATERIALIZED VIEW seen OWNER TO owner");
        for (const auto &[format, name] : {std::pair(u"c"_s, u"custom"_s), std::pair(u"d"_s, u"directory"_s),
                                           std::pair(u"t"_s, u"tar"_s), std::pair(u"p"_s, u"plain"_s)})
            run(u"pg_dump"_s, {u"-F"_s + format, u"-f"_s, in(name)});
        const QByteArray plain = contentOf(in(u"plain"_s));
        for (const char *filter : {"gzip", "zstd", "lz4", "xz", "bzip2"})
            write(in(u"plain."_s + QString::fromLatin1(filter)), packed(plain, filter));
        // libarchive writes no checksum into what it packs with zstd; the program does.
        QCOMPARE(QProcess::execute(u"zstd"_s, {u"-q"_s, u"-f"_s, in(u"plain"_s), u"-o"_s, in(u"plain.zstd"_s)}), 0);
        write(in(u"custom.gzip"_s), packed(contentOf(in(u"custom"_s)), "gzip"));
        write(in(u"salted"_s), "Salted__" + QByteArray(100, 'x'));
        write(in(u"age"_s), "age-encryption.org/v1\n-> X25519 abc\n");
        write(in(u"pgp"_s), QByteArray::fromHex("8c0d04090308") + QByteArray(100, 'x')); // gpg --symmetric
        write(in(u"armoured"_s), "-----BEGIN PGP MESSAGE-----\n\nabc\n");
        write(in(u"cluster"_s), "--\n-- PostgreSQL database cluster dump\n--\n");
        write(in(u"foreign"_s), "SQLite format 3" + QByteArray(100, '\0'));
        write(in(u"empty"_s), {});
    }

    void formsAreKnownByTheirContent_data()
    {
        QTest::addColumn<Archive::Form>("form");
        QTest::addColumn<QString>("packing");
        QTest::addColumn<QString>("cipher");
        using enum Archive::Form;
        const QString none = u"none"_s;
        QTest::newRow("custom") << Custom << QString() << none;
        QTest::newRow("directory") << Directory << QString() << none;
        QTest::newRow("tar") << Tar << QString() << none;
        QTest::newRow("plain") << Plain << QString() << none;
        for (const char *name : {"gzip", "zstd", "lz4", "xz", "bzip2"})
            QTest::newRow(("plain." + QByteArray(name)).constData()) << Plain << QString::fromLatin1(name) << none;
        QTest::newRow("custom.gzip") << Custom << u"gzip"_s << none;
        QTest::newRow("cluster") << Cluster << QString() << none;
        QTest::newRow("foreign") << Unknown << QString() << none;
        QTest::newRow("salted") << Unknown << QString() << u"openssl"_s;
        QTest::newRow("age") << Unknown << QString() << u"age"_s;
        QTest::newRow("pgp") << Unknown << QString() << u"openpgp"_s;
        QTest::newRow("armoured") << Unknown << QString() << u"openpgp"_s;
    }

    void formsAreKnownByTheirContent()
    {
        QFETCH(Archive::Form, form);
        QFETCH(QString, packing);
        QFETCH(QString, cipher);
        const auto archive = archiveAt(in(QString::fromLatin1(QTest::currentDataTag())));
        QVERIFY2(archive, archive ? "" : qPrintable(archive.error().message));
        QCOMPARE(toWord(archive->form), toWord(form));
        QCOMPARE(archive->packing, packing);
        QCOMPARE(toWord(archive->cipher), cipher);
        QVERIFY(archive->size > 0);
    }

    void whatIsNoFileIsRefused()
    {
        QVERIFY(QFile::link(in(u"custom"_s), in(u"link"_s)));
        QVERIFY(QDir().mkpath(in(u"folder"_s)));
        QVERIFY(QDir().mkpath(in(u"evil"_s)));
        write(in(u"evil/toc.dat"_s), contentOf(in(u"directory/toc.dat"_s)));
        QVERIFY(QFile::link(u"/etc/passwd"_s, in(u"evil/3000.dat.gz"_s)));
        for (const auto &[name, says] :
             {std::pair(u"link"_s, u"symbolic link"_s), std::pair(u"folder"_s, u"without a toc.dat"_s),
              std::pair(u"evil"_s, u"3000.dat.gz"_s), std::pair(u"empty"_s, u"empty"_s),
              std::pair(u"nowhere"_s, u"no such"_s)}) {
            const auto archive = archiveAt(in(name));
            QVERIFY2(!archive, qPrintable(name));
            QVERIFY2(archive.error().message.contains(says), qPrintable(archive.error().message));
        }
    }

    void whatIsPackedIsReadToItsEnd_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"gzip", "zstd", "lz4", "xz", "bzip2"})
            QTest::newRow(name) << u"plain."_s + QString::fromLatin1(name);
    }

    void whatIsPackedIsReadToItsEnd()
    {
        QFETCH(QString, name);
        const auto bytes = unpack(in(name));
        QVERIFY2(bytes, bytes ? "" : qPrintable(bytes.error().message));
        QCOMPARE(*bytes, contentOf(in(u"plain"_s)));
        const QByteArray whole = contentOf(in(name));
        // Cut off, or one bit of it turned: said, not given.
        write(in(u"cut"_s), whole.chopped(whole.size() / 3));
        QVERIFY(!unpack(in(u"cut"_s)));
        QByteArray flipped = whole;
        flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x10);
        write(in(u"flipped"_s), flipped);
        const auto damaged = unpack(in(u"flipped"_s));
        QVERIFY2(!damaged || *damaged == *bytes, "a turned bit changed what was read, and nobody said so");
    }

    void aPlainDumpIsCountedAndLosesItsOwnGuard()
    {
        const QByteArray plain = contentOf(in(u"plain"_s));
        QVERIFY(plain.contains("\n\\restrict "));
        for (const qsizetype block : {qsizetype{1}, qsizetype{7}, qsizetype{4096}, plain.size()}) {
            SqlDump dump;
            QByteArray passed;
            for (qsizetype at = 0; at < plain.size(); at += block)
                passed += dump.pass(QByteArrayView(plain).sliced(at, std::min(block, plain.size() - at)));
            const SqlContents contents = dump.contents();
            QCOMPARE(contents.rows.at("public.quotes"), 20000);
            QCOMPARE(contents.rows.at("public.\"two words\""), 0);
            QCOMPARE(contents.tables, 2);
            QCOMPARE(contents.sequences, 1);
            QCOMPARE(contents.materializedViews, 1);
            QVERIFY(contents.isComplete);
            QByteArrayList kept = plain.split('\n');
            for (QByteArray &line : kept) {
                if (line.startsWith("\\restrict ") || line.startsWith("\\unrestrict "))
                    line.clear();
            }
            QCOMPARE(passed, kept.join('\n'));
        }
    }

    void onlyADumpsOwnGuardIsLeftOut()
    {
        const auto passed = [](const QByteArray &text) { return SqlDump().pass(text); };
        // Data, and what somebody put in between.
        const QByteArray data = "COPY t (a) FROM stdin;\n\\restrict abc\n\\N\n\\.\n";
        QCOMPARE(passed(data), data);
        const QByteArray late = "SELECT 1;\n\\restrict abc\n\\! id\n\\unrestrict abc\n";
        QCOMPARE(passed(late), late);
        const QByteArray other = "--\n\\restrict abc\nSELECT 1;\n\\unrestrict xyz\n";
        QCOMPARE(passed(other), "--\n\nSELECT 1;\n\\unrestrict xyz\n");
        const QByteArray odd = "\\restrict a b\n";
        QCOMPARE(passed(odd), odd);
        SqlDump dump;
        const QByteArray wide = "COPY t (a) FROM stdin;\n" + QByteArray(100'000, 'x') + "\ny\n\\.\n";
        QCOMPARE(dump.pass(wide), wide);
        QCOMPARE(dump.contents().rows.at("t"), 2);
        QVERIFY(!dump.contents().isComplete);
    }

    void aChecksumBesideIsFound()
    {
        const QString path = in(u"custom"_s);
        const auto none = checksumBeside(path);
        QVERIFY(none && !*none);
        const auto sum = sha256Of(path);
        QVERIFY(sum);
        QCOMPARE(*sum, QCryptographicHash::hash(contentOf(path), QCryptographicHash::Sha256));
        write(path + u".sha256"_s, QByteArray(64, '0') + "  other\n" + sum->toHex() + "  custom\n");
        QCOMPARE(checksumBeside(path)->value(), *sum);
        write(path + u".sha256"_s, sum->toHex());
        QCOMPARE(checksumBeside(path)->value(), *sum);
        write(path + u".sha256"_s, QByteArray(64, '0') + "  other\n");
        QVERIFY(!checksumBeside(path));
        QVERIFY(QFile::remove(path + u".sha256"_s));
    }

    void aTableOfContentsIsRead()
    {
        const auto toc = tocFrom(run(u"pg_restore"_s, {u"--list"_s, in(u"custom"_s)}));
        QVERIFY2(toc, toc ? "" : qPrintable(toc.error().message));
        QCOMPARE(toc->database, u"app"_s);
        QCOMPARE(toc->format, u"CUSTOM"_s);
        QVERIFY(pgVersionIn(toc->serverVersion)->major >= 15);
        QCOMPARE(toc->count(u"TABLE DATA"), 2);
        QCOMPARE(toc->count(u"TABLE"), 2);
        const auto find = [&](const QString &kind, const QString &name) {
            return std::ranges::any_of(toc->entries, [&](const TocEntry &entry) {
                return entry.kind == kind && entry.name == name && entry.schema == "public"_L1 &&
                       entry.owner == "owner"_L1;
            });
        };
        QVERIFY(find(u"TABLE"_s, u"two words"_s));
        QVERIFY(find(u"TABLE DATA"_s, u"quotes"_s));
        QVERIFY(find(u"MATERIALIZED VIEW DATA"_s, u"seen"_s));
        QVERIFY(find(u"SEQUENCE SET"_s, u"quotes_id_seq"_s));
        QVERIFY(find(u"CONSTRAINT"_s, u"quotes quotes_pkey"_s));
        QVERIFY(!tocFrom("pg_restore: error: input file does not appear to be a valid archive\n"));
    }
};

QTEST_GUILESS_MAIN(TestArchive)
#include "tst_archive.moc"
