/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "backup/archive.h"
#include "backup/pg_tool.h"
#include "sources/io_line.h"

#include <map>
#include <memory>

namespace qd {

/// PostgreSQL's client programs as an action runs them.
struct PgTools
{
    IoLine &line;
    QString directory;              ///< empty: the newest of this machine
    std::chrono::milliseconds time; ///< that reading or restoring a backup may take

    /// Errors: NotFound, Unsupported (it can be made to run what a backup says).
    [[nodiscard]] Result<QString> program(const QString &name) const;
    /// What it wrote, where it ended well.
    [[nodiscard]] Result<QByteArray> run(ProgramRequest request, std::chrono::milliseconds patience) const;
};

/// What a backup says of itself before it is read to its end; empty where it says nothing.
struct BackupHeading
{
    QString serverVersion;
    QStringList owners;
    QStringList extensions;
    std::optional<qint64> entries;
};

/// What has to be there once it is restored.
struct BackupContents
{
    std::map<QString, qint64> objects; ///< "tables", "sequences", "views", "materialized views"
    std::map<QByteArray, qint64> rows; ///< by table, quoted for SQL; empty: the backup does not tell
};

/// One backup as its form is read and restored.
class Restoring
{
public:
    /// Errors: those of archiveAt(), Unsupported (encrypted, or of a form that cannot be restored).
    [[nodiscard]] static Result<std::unique_ptr<Restoring>> of(const QString &file, const PgTools &tools);
    virtual ~Restoring() = default;
    Restoring(const Restoring &) = delete;
    Restoring &operator=(const Restoring &) = delete;

    [[nodiscard]] const Archive &archive() const { return m_archive; }
    /// Whether what is in it is carried out as SQL of anybody's, which no superuser may do.
    [[nodiscard]] virtual bool isSql() const = 0;
    [[nodiscard]] virtual Result<BackupHeading> heading() = 0;
    /// Reads it to its end. Errors: BadReply (damaged, cut off, or not what its checksum says), Cancelled.
    [[nodiscard]] Result<void> readAll();
    /// Into the database that `access` leads to, as a member of `owner`; the first error ends it.
    [[nodiscard]] virtual Result<void> into(const PgAccess &access, const QString &owner, int jobs) = 0;
    /// Once it was read.
    [[nodiscard]] virtual Result<BackupContents> contents() = 0;

protected:
    Restoring(QString file, Archive archive, PgTools tools);
    /// `hasChecksum`: that of the whole file was right.
    [[nodiscard]] virtual Result<void> readForm(bool hasChecksum) = 0;
    [[nodiscard]] const QString &file() const { return m_file; }
    [[nodiscard]] const PgTools &tools() const { return m_tools; }

private:
    const QString m_file;
    const Archive m_archive;
    const PgTools m_tools;
};

} // namespace qd
