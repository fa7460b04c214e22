/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/source.h"

#include <QDateTime>
#include <QRegularExpression>

#include <map>

namespace qd {

/// How a backup begins, by which its format is known.
enum class BackupHead { Unread, Archive, Gzip, Plain, Other };

/// What the names of backups look like: "app-%Y%m%d-%H%M%S.dump". %Y %m %d %H %M %S are digits, * is anything, %% is a
/// per cent sign.
class BackupPattern
{
public:
    /// Errors: BadInput, with what was expected.
    [[nodiscard]] static Result<BackupPattern> parse(const QString &written);

    [[nodiscard]] bool matches(const QString &name) const;
    struct Time
    {
        QDateTime at;
        bool isDay = false; ///< the name has no more than the date; `at` is its beginning
    };
    /// What the name tells, as a time of `zone`; nothing where it tells none, or no real one (the 31st of June).
    [[nodiscard]] std::optional<Time> timeIn(const QString &name, const QTimeZone &zone) const;

private:
    QRegularExpression m_expression;
    QString m_fields; ///< "YmdHMS": what the groups are, in order
};

struct BackupOptions
{
    QString path; ///< a directory of this machine; empty: the profile names none
    BackupPattern pattern;
    BackupHead format = BackupHead::Archive; ///< how a good one begins
    QByteArray zone;                         ///< whose time the names tell

    static constexpr qsizetype mostFiles = 500;     ///< the newest are told
    static constexpr qsizetype mostNames = 100'000; ///< read of a directory
};

struct BackupFile
{
    QString name;
    qint64 size = 0;
    Instant modified{};
    BackupHead head = BackupHead::Unread;
    bool isCutOff = false; ///< of a plain dump: its last lines are missing
    QString unread{};      ///< why its head is unread

    bool operator==(const BackupFile &) const = default;
};

struct BackupListing
{
    QList<BackupFile> files; ///< newest first by name or time, at most BackupOptions::mostFiles
    qsizetype matching = 0;
    bool isWhole = true; ///< every name of the directory was read
    Instant takenAt{};
};

/// Reads the directory; may block for as long as its disk or its server does. Errors: NotFound, Forbidden, BadInput (no
/// directory), Unavailable.
[[nodiscard]] Result<BackupListing> listBackups(const BackupOptions &options, Instant now);

/// What a listing says. `before` is the one before it, if any: a file that has grown since is still written.
[[nodiscard]] Findings backupFindings(const BackupListing &listing, const BackupListing *before,
                                      const BackupOptions &options);

/// The listing as evidence; nothing of the files' contents is in it.
[[nodiscard]] QByteArray listingAsJson(const BackupListing &listing);

/// The registry's entry: options `path`, `pattern`, `format`; the zone is that of the profile's policy.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> backupDirectoryFactory(const SourceSpec &spec,
                                                                                const Profile &profile);

} // namespace qd
