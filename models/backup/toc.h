/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"

#include <QList>
#include <QString>

namespace qd {

/// One line of an archive's table of contents.
struct TocEntry
{
    int id = 0;
    QString kind;   ///< "TABLE", "TABLE DATA", "FK CONSTRAINT"
    QString schema; ///< "-": none
    QString name;
    QString owner; ///< empty: none
    bool operator==(const TocEntry &) const = default;
};

/// What `pg_restore --list` says of an archive.
struct Toc
{
    QString database;      ///< that it is of
    QString createdAt;     ///< as written
    QString serverVersion; ///< "15.8", that it was dumped from
    QString dumpVersion;   ///< of the pg_dump that wrote it
    QString format;        ///< "CUSTOM"
    QList<TocEntry> entries;

    [[nodiscard]] qsizetype count(QStringView kind) const;
};

/// Errors: BadReply (no such list), TooLarge (over 200,000 entries).
[[nodiscard]] Result<Toc> tocFrom(const QByteArray &listed);

/// Of "15.8 (Debian …)": 15, 8. Errors: BadReply.
struct PgVersion
{
    int major = 0;
    int minor = 0;
    auto operator<=>(const PgVersion &) const = default;
};
[[nodiscard]] Result<PgVersion> pgVersionIn(const QString &said);

} // namespace qd
