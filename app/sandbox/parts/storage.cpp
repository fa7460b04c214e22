/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/storage.h"

#include "servers/local_postgres.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

constexpr unsigned filesKept = 100;

bool writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

QString archiveName(const QDateTime &at)
{
    return u"quoted-%1.dump"_s.arg(at.toString(u"yyyyMMdd-HHmmss"_s));
}

bool writeChecksum(const QString &archive)
{
    QFile file(archive);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
        return false;
    return writeFile(archive + u".sha256"_s,
                     hash.result().toHex() + "  " + QFileInfo(archive).fileName().toUtf8() + '\n');
}

void setTime(const QString &path, const QDateTime &at)
{
    QFile file(path);
    if (file.open(QIODevice::ReadWrite))
        file.setFileTime(at, QFileDevice::FileModificationTime);
}

} // namespace

ObjectStorage::ObjectStorage(QString directory, Upstream &store)
    : m_directory(std::move(directory))
    , m_store(store)
{
    QDir(m_directory).mkpath(u"s3/quoted-production"_s);
    QDir(m_directory).mkpath(u"data/pdfs"_s);
}

bool ObjectStorage::put(const QString &name, const QByteArray &bytes)
{
    const bool stored = m_store.call();
    m_fallback = !stored;
    // The newest files only: a name is used again after so many.
    const QString slot = u"%1-%2.pdf"_s.arg(name).arg(m_count++ % filesKept);
    return writeFile(m_directory + (stored ? u"/s3/quoted-production/"_s : u"/data/pdfs/"_s) + slot, bytes);
}

QJsonObject ObjectStorage::health() const
{
    QJsonObject health = m_store.health();
    health.insert(u"backend"_s, m_fallback ? u"local"_s : u"s3"_s);
    if (m_fallback)
        health.insert(u"status"_s, u"degraded"_s);
    return health;
}

Result<QString> dumpDatabase(const BackupPlan &plan, const QDateTime &at)
{
    const auto program = findPostgresProgram(u"pg_dump"_s);
    if (!program)
        return std::unexpected(program.error());
    const QString archive = plan.directory + u'/' + archiveName(at);
    ChildOptions child;
    child.program = *program;
    child.arguments = {u"-Fc"_s, u"--file="_s + archive};
    child.logFile = plan.directory + u"/../pg_dump.log"_s;
    child.environment = {"PGHOST=127.0.0.1",
                         "PGPORT=" + QByteArray::number(plan.port),
                         "PGDATABASE=" + plan.database,
                         "PGUSER=" + plan.user,
                         "PGPASSWORD=" + plan.password,
                         "PGSSLMODE=disable"};
    if (auto done = runToEnd(child, 60s); !done)
        return std::unexpected(done.error());
    if (!writeChecksum(archive))
        return failure(ErrorCode::Internal, u"cannot write the checksum beside it"_s, archive);
    return archive;
}

Result<void> backDate(const QString &directory, const QString &archive, int nights)
{
    QDateTime night(QDateTime::currentDateTimeUtc().date(), QTime(3, 0), Qt::UTC);
    if (night.addSecs(60) > QDateTime::currentDateTimeUtc())
        night = night.addDays(-1);
    for (int i = 0; i < nights; ++i, night = night.addDays(-1)) {
        const QDateTime at = night.addSecs(7 + (i * 37) % 50); // a dump does not start on the very second
        const QString copy = directory + u'/' + archiveName(at);
        if (!QFile::copy(archive, copy) || !writeChecksum(copy))
            return failure(ErrorCode::Internal, u"cannot copy the archive"_s, copy);
        setTime(copy, at);
        setTime(copy + u".sha256"_s, at);
    }
    return {};
}

} // namespace qd::sandbox
