/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/backup/restoring.h"

#include "backup/sql_dump.h"
#include "sources/program_source.h"

#include <openssl/rand.h>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr qint64 mostListed = 64LL * 1024 * 1024; // bytes of a table of contents

Result<PgVersion> versionOf(const QString &program, const PgTools &tools)
{
    const auto said = tools.run({.program = program, .arguments = {u"--version"_s}}, 10s);
    return said ? pgVersionIn(QString::fromUtf8(*said)) : std::unexpected(said.error());
}

/// What pg_restore reads.
class ArchiveRestoring final : public Restoring
{
public:
    ArchiveRestoring(QString file, Archive archive, PgTools tools)
        : Restoring(std::move(file), std::move(archive), tools)
    {
    }

    bool isSql() const override { return false; }

    Result<BackupHeading> heading() override
    {
        const auto toc = this->toc();
        if (!toc)
            return std::unexpected(toc.error());
        BackupHeading heading{
            .serverVersion = toc->serverVersion, .owners = {}, .extensions = {}, .entries = toc->entries.size()};
        for (const TocEntry &entry : toc->entries) {
            if (!entry.owner.isEmpty() && !heading.owners.contains(entry.owner))
                heading.owners.append(entry.owner);
            if (entry.kind == "EXTENSION"_L1)
                heading.extensions.append(entry.name);
        }
        return heading;
    }

    Result<void> into(const PgAccess &access, const QString &owner, int jobs) override
    {
        const auto program = tools().program(u"pg_restore"_s);
        if (!program)
            return std::unexpected(program.error());
        const auto done = tools().run(
            {.program = *program,
             .arguments = {u"--dbname"_s, access.environment().value(u"PGDATABASE"_s), u"--jobs"_s,
                           QString::number(jobs), u"--exit-on-error"_s, u"--no-password"_s, u"--role"_s, owner, file()},
             .environment = access.environment()},
            tools().time);
        return done ? Result<void>() : std::unexpected(done.error());
    }

    Result<BackupContents> contents() override
    {
        const auto toc = this->toc();
        if (!toc)
            return std::unexpected(toc.error());
        return BackupContents{.objects = {{u"tables"_s, toc->count(u"TABLE")},
                                          {u"sequences"_s, toc->count(u"SEQUENCE")},
                                          {u"views"_s, toc->count(u"VIEW")},
                                          {u"materialized views"_s, toc->count(u"MATERIALIZED VIEW")}},
                              .rows = {}};
    }

protected:
    /// A table of contents says nothing of what comes after it.
    Result<void> readForm(bool hasChecksum) override
    {
        if (hasChecksum)
            return {};
        const auto program = tools().program(u"pg_restore"_s);
        if (!program)
            return std::unexpected(program.error());
        const auto read =
            tools().run({.program = *program, .arguments = {u"--file"_s, u"/dev/null"_s, file()}}, tools().time);
        if (!read)
            return failure(read.error().code == ErrorCode::ServerError ? ErrorCode::BadReply : read.error().code,
                           u"it cannot be read to its end: %1"_s.arg(read.error().message), file());
        return {};
    }

private:
    Result<Toc> toc()
    {
        const auto program = tools().program(u"pg_restore"_s);
        const auto version = program ? versionOf(*program, tools()) : std::unexpected(program.error());
        if (!version)
            return std::unexpected(version.error());
        const auto listed = tools().run({.program = *program,
                                         .arguments = {u"--list"_s, file()},
                                         .maxBytes = mostListed,
                                         .environment = {{u"LC_ALL"_s, u"C"_s}}},
                                        60s);
        auto toc = listed ? tocFrom(*listed) : std::unexpected(listed.error());
        if (!toc)
            return failure(ErrorCode::BadReply, u"its table of contents cannot be read: %1"_s.arg(toc.error().message),
                           file());
        const auto dumped = pgVersionIn(toc->dumpVersion);
        if (!dumped || dumped->major > version->major)
            return failure(ErrorCode::Unsupported,
                           u"pg_dump %1 wrote it, and pg_restore here is %2: install that version's client programs"_s
                               .arg(toc->dumpVersion)
                               .arg(version->major),
                           file());
        return toc;
    }
};

/// SQL of pg_dump, perhaps packed, through psql in its restricted mode.
class SqlRestoring final : public Restoring
{
public:
    SqlRestoring(QString file, Archive archive, PgTools tools)
        : Restoring(std::move(file), std::move(archive), tools)
    {
    }

    bool isSql() const override { return true; }

    /// What it needs it says where it needs it.
    Result<BackupHeading> heading() override
    {
        if (const auto program = tools().program(u"psql"_s); !program)
            return std::unexpected(program.error());
        return BackupHeading{};
    }

    Result<void> into(const PgAccess &access, const QString &owner, int) override
    {
        const auto program = tools().program(u"psql"_s);
        auto file = program ? Unpacked::open(this->file()) : std::unexpected(program.error());
        if (!file)
            return std::unexpected(file.error());
        QByteArray key(24, '\0');
        if (RAND_bytes(reinterpret_cast<unsigned char *>(key.data()), static_cast<int>(key.size())) != 1)
            qFatal("the operating system gives no random numbers");
        const auto dump = std::make_shared<SqlDump>();
        const auto source = std::shared_ptr<Unpacked>(std::move(*file));
        const auto begin = std::make_shared<QByteArray>("\\restrict " + key.toHex() + '\n');
        const auto more = [=]() -> Result<QByteArray> {
            if (!begin->isEmpty())
                return std::exchange(*begin, {});
            for (;;) {
                const auto part = source->next();
                if (!part)
                    return std::unexpected(part.error());
                // Of a long line nothing may come out yet.
                QByteArray passed = part->isEmpty() ? dump->rest() : dump->pass(*part);
                if (part->isEmpty() || !passed.isEmpty())
                    return passed;
            }
        };
        QMap<QString, QString> environment = access.environment();
        QString role = owner;
        environment.insert(u"PGOPTIONS"_s, u"-c role="_s + role.replace(u'\\', u"\\\\"_s).replace(u' ', u"\\ "_s));
        const auto done =
            tools().run({.program = *program,
                         .arguments = {u"--no-psqlrc"_s, u"--no-password"_s, u"--quiet"_s, u"--output"_s,
                                       u"/dev/null"_s, u"--set"_s, u"ON_ERROR_STOP=1"_s, u"--file"_s, u"-"_s},
                         .environment = environment,
                         .more = more},
                        tools().time);
        return done ? Result<void>() : std::unexpected(done.error());
    }

    Result<BackupContents> contents() override
    {
        BackupContents contents{.objects = {{u"tables"_s, m_contents.tables},
                                            {u"sequences"_s, m_contents.sequences},
                                            {u"views"_s, m_contents.views},
                                            {u"materialized views"_s, m_contents.materializedViews}},
                                .rows = {}};
        for (const auto &[table, rows] : m_contents.rows) {
            if (const QByteArray safe = requoted(table); !safe.isEmpty())
                contents.rows.emplace(safe, rows);
        }
        return contents;
    }

protected:
    /// Its own end is looked for even where its checksum is right: it may have been cut off before that was made.
    Result<void> readForm(bool) override
    {
        const auto file = Unpacked::open(this->file());
        if (!file)
            return std::unexpected(file.error());
        SqlDump dump;
        for (;;) {
            const auto part = (*file)->next();
            if (!part)
                return std::unexpected(part.error());
            if (part->isEmpty())
                break;
            [[maybe_unused]] const QByteArray passed = dump.pass(*part);
            if (tools().line.isStopped())
                return failure(ErrorCode::Cancelled, u"stopped while it was read"_s, this->file());
        }
        m_contents = dump.contents();
        if (!m_contents.isComplete)
            return failure(ErrorCode::BadReply, u"its last line is missing: it was cut off while it was written"_s,
                           this->file());
        return {};
    }

private:
    /// A name as a dump writes it, quoted anew: what it says is SQL of anybody's. Empty: it is no such name.
    static QByteArray requoted(const QByteArray &named)
    {
        QByteArrayList parts;
        QByteArray part;
        bool isQuoted = false;
        for (qsizetype i = 0; i < named.size(); ++i) {
            const char c = named[i];
            if (c == '"' && isQuoted && i + 1 < named.size() && named[i + 1] == '"')
                part += named[++i];
            else if (c == '"')
                isQuoted = !isQuoted;
            else if (c == '.' && !isQuoted)
                parts.append(std::exchange(part, {}));
            else
                part += c;
        }
        parts.append(part);
        if (isQuoted || parts.size() > 2 || parts.contains(QByteArray()))
            return {};
        for (QByteArray &each : parts)
            each = '"' + each.replace('"', "\"\"") + '"';
        return parts.join('.');
    }

    SqlContents m_contents;
};
} // namespace

Result<QString> PgTools::program(const QString &name) const
{
    const auto found = pgProgram(name, directory);
    const auto version = found ? versionOf(*found, *this) : std::unexpected(found.error());
    if (!version)
        return std::unexpected(version.error());
    if (!isSafeClient(*version))
        return failure(
            ErrorCode::Unsupported,
            u"%1 %2.%3 can be made to run what a backup says (CVE-2025-8714); bring it up to date"_s.arg(name)
                .arg(version->major)
                .arg(version->minor),
            *found);
    return found;
}

Result<QByteArray> PgTools::run(ProgramRequest request, std::chrono::milliseconds patience) const
{
    request.deadline = patience;
    const ProgramTurn turn{
        commandLine(request),
        line.wait<ProgramReply>([request](HttpClient &, const auto &done) { return runProgram(request, done); },
                                std::chrono::steady_clock::now() + patience + 5s)};
    return outputOf(turn, request.program);
}

Restoring::Restoring(QString file, Archive archive, PgTools tools)
    : m_file(std::move(file))
    , m_archive(std::move(archive))
    , m_tools(std::move(tools))
{
}

Result<std::unique_ptr<Restoring>> Restoring::of(const QString &file, const PgTools &tools)
{
    const auto archive = archiveAt(file);
    if (!archive)
        return std::unexpected(archive.error());
    const auto cannot = [&](const QString &why) { return failure(ErrorCode::Unsupported, why, file); };
    if (archive->cipher != Archive::Cipher::None)
        return cannot(u"it is encrypted (%1): decrypt it first"_s.arg(toWord(archive->cipher)));
    switch (archive->form) {
    case Archive::Form::Custom:
    case Archive::Form::Directory:
    case Archive::Form::Tar:
        if (!archive->packing.isEmpty())
            return cannot(
                u"it is packed with %1, which pg_restore does not read: unpack it first"_s.arg(archive->packing));
        return std::make_unique<ArchiveRestoring>(file, *archive, tools);
    case Archive::Form::Plain:
        return std::make_unique<SqlRestoring>(file, *archive, tools);
    case Archive::Form::Cluster:
        return cannot(u"it is of a whole cluster (pg_dumpall), and makes databases of its own: restore it by hand"_s);
    case Archive::Form::Unknown:
        break;
    }
    return cannot(u"it is no backup of PostgreSQL that is known here"_s);
}

Result<void> Restoring::readAll()
{
    bool hasChecksum = false;
    if (m_archive.form != Archive::Form::Directory) {
        const auto beside = checksumBeside(m_file);
        if (!beside)
            return std::unexpected(beside.error());
        if (*beside) {
            const auto sum = sha256Of(m_file, [this](QByteArrayView) { return !m_tools.line.isStopped(); });
            if (!sum)
                return std::unexpected(sum.error());
            if (*sum != **beside)
                return failure(ErrorCode::BadReply, u"it is not what its checksum says: damaged, or another file"_s,
                               m_file);
            hasChecksum = true;
        }
    }
    return readForm(hasChecksum);
}

} // namespace qd
