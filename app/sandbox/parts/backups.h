/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "parts/database.h"

#include <QDateTime>
#include <QStringList>

namespace qd::sandbox {

/// How a deployment writes its backups.
struct BackupFormat
{
    QString fileName;        ///< QDateTime's format, with the literal parts quoted: "'quoted-'yyyyMMdd-HHmmss'.dump'"
    QStringList dumpOptions; ///< of pg_dump: {"-Fc"}, {"-Fp", "-Z6"}
    bool hasChecksum = true; ///< NAME.sha256 beside it
    int nights = 14;         ///< how many are kept, and of history to begin with
    int hourUtc = 3;         ///< when the next one is made
    int nameHoursAhead = 0;  ///< of UTC: whose time the file's name tells
};

/// A directory of nightly dumps. Its calls block.
class Backups
{
public:
    Backups(BackupFormat format, QString directory, DatabaseAddress database);

    [[nodiscard]] const QString &directory() const { return m_directory; }
    /// Dumps the database for real and makes a history of it, each night a day older by name and time.
    [[nodiscard]] Result<void> makeHistory();
    /// Dumps once a night, and deletes the oldest beyond what is kept; call it now and then.
    [[nodiscard]] Result<void> tick(const QDateTime &now);
    /// Takes the newest three away, or brings them back.
    [[nodiscard]] Result<QString> age(bool on);

private:
    [[nodiscard]] Result<QString> dump(const QDateTime &at) const;
    [[nodiscard]] QString path(const QDateTime &at) const;
    [[nodiscard]] Result<void> seal(const QString &archive, const QDateTime &at) const;
    void prune() const;
    [[nodiscard]] qsizetype filesEach() const { return m_format.hasChecksum ? 2 : 1; }
    const BackupFormat m_format;
    const QString m_directory;
    const DatabaseAddress m_database;
    QDate m_last;
};

} // namespace qd::sandbox
