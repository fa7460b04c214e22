/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/backups.h"

#include "servers/local_postgres.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

bool writeChecksum(const QString &archive)
{
    QFile file(archive);
    QFile sum(archive + u".sha256"_s);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file) || !sum.open(QIODevice::WriteOnly))
        return false;
    return sum.write(hash.result().toHex() + "  " + QFileInfo(archive).fileName().toUtf8() + '\n') > 0;
}

void setTime(const QString &path, const QDateTime &at)
{
    QFile file(path);
    if (file.open(QIODevice::ReadWrite))
        file.setFileTime(at, QFileDevice::FileModificationTime);
}

/// The latest night's backup hour before `now`.
QDateTime lastNight(const QDateTime &now, int hour)
{
    const QDateTime night(now.date(), QTime(hour, 0), Qt::UTC);
    return night.addSecs(60) > now ? night.addDays(-1) : night;
}

} // namespace

Backups::Backups(BackupFormat format, QString directory, DatabaseAddress database)
    : m_format(std::move(format))
    , m_directory(std::move(directory))
    , m_database(std::move(database))
    , m_last(lastNight(QDateTime::currentDateTimeUtc(), m_format.hourUtc).date())
{
}

QString Backups::path(const QDateTime &at) const
{
    return m_directory + u'/' + at.toOffsetFromUtc(m_format.nameHoursAhead * 3600).toString(m_format.fileName);
}

Result<QString> Backups::dump(const QDateTime &at) const
{
    const auto program = findPostgresProgram(u"pg_dump"_s);
    if (!program)
        return std::unexpected(program.error());
    const QString archive = path(at);
    ChildOptions child;
    child.program = *program;
    child.arguments = m_format.dumpOptions + QStringList{u"--file="_s + archive};
    child.logFile = m_directory + u"/../pg_dump.log"_s;
    child.environment = {"PGHOST=127.0.0.1",
                         "PGPORT=" + QByteArray::number(m_database.port),
                         "PGDATABASE=" + m_database.database,
                         "PGUSER=" + m_database.user,
                         "PGPASSWORD=" + m_database.password,
                         "PGSSLMODE=disable"};
    if (auto done = runToEnd(child, 60s); !done)
        return std::unexpected(done.error());
    return archive;
}

Result<void> Backups::seal(const QString &archive, const QDateTime &at) const
{
    if (m_format.hasChecksum) {
        if (!writeChecksum(archive))
            return failure(ErrorCode::Internal, u"cannot write the checksum beside it"_s, archive);
        setTime(archive + u".sha256"_s, at);
    }
    setTime(archive, at);
    return {};
}

Result<void> Backups::makeHistory()
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const QDateTime newest = lastNight(now, m_format.hourUtc);
    const auto archive = dump(newest.addSecs(7));
    if (!archive)
        return std::unexpected(archive.error());
    for (int i = 0; i < m_format.nights; ++i) {
        const QDateTime at = newest.addDays(-i).addSecs(7 + (i * 37) % 50); // a dump does not start on the very second
        const QString copy = path(at);
        if (i > 0 && !QFile::copy(*archive, copy))
            return failure(ErrorCode::Internal, u"cannot copy the archive"_s, copy);
        if (auto sealed = seal(copy, at); !sealed)
            return sealed;
    }
    return {};
}

Result<void> Backups::tick(const QDateTime &now)
{
    if (now.date() == m_last || now.time().hour() < m_format.hourUtc)
        return {};
    m_last = now.date();
    const auto archive = dump(now);
    if (!archive)
        return std::unexpected(archive.error());
    auto sealed = seal(*archive, now);
    prune();
    return sealed;
}

/// Names carry their dates, so the first by name are the oldest.
void Backups::prune() const
{
    QDir shown(m_directory);
    const QStringList files = shown.entryList(QDir::Files, QDir::Name);
    const qsizetype kept = m_format.nights * filesEach();
    for (const QString &file : files.first(std::max<qsizetype>(0, files.size() - kept)))
        shown.remove(file);
}

Result<QString> Backups::age(bool on)
{
    constexpr int nights = 3;
    const QDir shown(m_directory);
    const QDir withheld(m_directory + u"/../withheld"_s);
    QDir().mkpath(withheld.path());
    const QDir &from = on ? shown : withheld;
    const QDir &to = on ? withheld : shown;
    // Names carry their dates, so the last by name are the newest; each archive may have its checksum beside it.
    QStringList files = from.entryList(QDir::Files, QDir::Name);
    if (on)
        files = withheld.isEmpty() ? files.mid(qMax<qsizetype>(0, files.size() - filesEach() * nights)) : QStringList();
    for (const QString &file : files) {
        if (!QFile::rename(from.filePath(file), to.filePath(file)))
            return failure(ErrorCode::Internal, u"cannot move it"_s, from.filePath(file));
    }
    return on ? u"the newest backup is now over three days old"_s : u"all backups are there"_s;
}

} // namespace qd::sandbox
