/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "backup/pg_tool.h"

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <QTemporaryFile>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// A field of a passfile.
QByteArray field(QByteArray text)
{
    return text.replace('\\', "\\\\").replace(':', "\\:");
}

std::optional<Error> isTakenForMore(const QString &name)
{
    if (!name.contains(u'=') && !name.contains("://"_L1))
        return std::nullopt;
    return Error{ErrorCode::BadInput,
                 u"'%1' would be taken for a connection string, and lead elsewhere"_s.arg(name.section(u':', 0, 0)),
                 {}};
}
} // namespace

Result<QString> pgProgram(const QString &name, const QString &directory)
{
    const auto in = [&name](const QString &place) {
        const QFileInfo file(place + u'/' + name);
        return file.isFile() && file.isExecutable() ? file.filePath() : QString();
    };
    if (!directory.isEmpty()) {
        if (const QString found = in(directory); !found.isEmpty())
            return found;
        return failure(ErrorCode::NotFound, u"there is no %1 in it that can be run"_s.arg(name), directory);
    }
    // Debian keeps one directory for each version.
    QStringList versions = QDir(u"/usr/lib/postgresql"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    std::ranges::sort(versions, [](const QString &a, const QString &b) { return a.toInt() > b.toInt(); });
    for (const QString &version : std::as_const(versions)) {
        if (const QString found = in(u"/usr/lib/postgresql/%1/bin"_s.arg(version)); !found.isEmpty())
            return found;
    }
    if (const QString found = QStandardPaths::findExecutable(name); !found.isEmpty())
        return found;
    return failure(ErrorCode::NotFound,
                   u"there is no %1 on this machine: install PostgreSQL's client programs, or name their directory "
                   "('programs')"_s.arg(name),
                   name);
}

PgAccess::PgAccess() = default;
PgAccess::PgAccess(PgAccess &&) noexcept = default;
PgAccess &PgAccess::operator=(PgAccess &&) noexcept = default;
PgAccess::~PgAccess() = default;

Result<PgAccess> PgAccess::to(const PostgresConnection &connection, const QString &database, const Secret &password)
{
    for (const QString &name : {connection.host, database, connection.user}) {
        if (const auto more = isTakenForMore(name))
            return std::unexpected(*more);
    }
    PgAccess access;
    access.m_passwords = std::make_unique<QTemporaryFile>(QDir::tempPath() + u"/quarterdeck-XXXXXX"_s); // 0600
    QByteArray line = QByteArrayList{field(connection.host.toUtf8()), QByteArray::number(connection.port),
                                     field(database.toUtf8()), field(connection.user.toUtf8()),
                                     field(QByteArray(password.reveal().constData(), password.reveal().size()))}
                          .join(':');
    const bool isKept =
        access.m_passwords->open() && access.m_passwords->write(line + '\n') > 0 && access.m_passwords->flush();
    line.fill('\0');
    if (!isKept)
        return failure(ErrorCode::Forbidden,
                       u"no file can be made for the password: %1"_s.arg(access.m_passwords->errorString()),
                       QDir::tempPath());
    access.m_environment = {{u"PGHOST"_s, connection.host},
                            {u"PGPORT"_s, QString::number(connection.port)},
                            {u"PGDATABASE"_s, database},
                            {u"PGUSER"_s, connection.user},
                            {u"PGPASSFILE"_s, access.m_passwords->fileName()},
                            {u"PGSSLMODE"_s, connection.sslmode},
                            {u"PGSSLROOTCERT"_s, connection.tls.caFile},
                            {u"PGGSSENCMODE"_s, u"disable"_s},
                            {u"PGCONNECT_TIMEOUT"_s, u"10"_s},
                            {u"PGAPPNAME"_s, u"quarterdeck"_s},
                            {u"LC_ALL"_s, u"C"_s}}; // what it says is read
    if (connection.tls.caFile.isEmpty())
        access.m_environment.remove(u"PGSSLROOTCERT"_s);
    return access;
}

bool isSafeClient(PgVersion version)
{
    static constexpr std::array safe{PgVersion{13, 22}, PgVersion{14, 19}, PgVersion{15, 14}, PgVersion{16, 10},
                                     PgVersion{17, 6}};
    const auto least = std::ranges::find(safe, version.major, &PgVersion::major);
    return least == safe.end() ? version.major > safe.back().major : version.minor >= least->minor;
}

} // namespace qd
