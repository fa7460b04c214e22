/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/backups/backups.h"

#include <QFile>
#include <QTimeZone>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace Qt::StringLiterals;

namespace fs = std::filesystem;

namespace qd {
namespace {
/// A name that matches, with what it is sorted by.
struct Candidate
{
    fs::path path;
    QString name;
    qint64 age = 0; ///< newest first
};

std::unexpected<Error> refused(const std::error_code &error, const QString &path)
{
    if (error == std::errc::no_such_file_or_directory)
        return failure(ErrorCode::NotFound, u"the directory does not exist; is it mounted?"_s, path);
    if (error == std::errc::permission_denied)
        return failure(ErrorCode::Forbidden, u"the directory cannot be listed: let whoever runs this program read it"_s,
                       path);
    if (error == std::errc::not_a_directory)
        return failure(ErrorCode::BadInput, u"expected a directory, this is none"_s, path);
    return failure(ErrorCode::Unavailable, QString::fromLocal8Bit(error.message().c_str()), path);
}

Instant inSystemTime(fs::file_time_type time)
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::file_clock::to_sys(time));
}

BackupHead headOf(const QByteArray &begin)
{
    if (begin.startsWith("PGDMP"))
        return BackupHead::Archive;
    if (begin.startsWith("\x1f\x8b"))
        return BackupHead::Gzip;
    // "-- PostgreSQL database dump", of pg_dumpall "… database cluster dump".
    return begin.startsWith("--\n-- PostgreSQL database ") ? BackupHead::Plain : BackupHead::Other;
}

QByteArray readAt(std::ifstream &file, std::streamoff from, qint64 count)
{
    QByteArray bytes(count, '\0');
    file.clear();
    file.seekg(from);
    file.read(bytes.data(), bytes.size());
    bytes.truncate(file.gcount());
    return bytes;
}

/// How it begins, and whether a plain dump ends as one.
void look(const fs::path &path, BackupFile &file)
{
    constexpr qint64 headBytes = 64;
    constexpr qint64 tailBytes = 512; // the last comment, and the "\unrestrict KEY" after it
    errno = 0;
    std::ifstream stream(path, std::ios::binary);
    if (!stream.is_open()) {
        file.unread = QString::fromLocal8Bit(std::generic_category().message(errno).c_str());
        return;
    }
    file.head = headOf(readAt(stream, 0, headBytes));
    if (file.head == BackupHead::Plain) {
        const QByteArray tail = readAt(stream, std::max<qint64>(0, file.size - tailBytes), tailBytes);
        file.isCutOff = !(tail.contains("-- PostgreSQL database dump complete") ||
                          tail.contains("-- PostgreSQL database cluster dump complete"));
    }
}

/// Nothing for what is no file, or was deleted meanwhile.
std::optional<BackupFile> fileAt(const Candidate &candidate)
{
    std::error_code error;
    const fs::file_status status = fs::status(candidate.path, error);
    if (error || !fs::is_regular_file(status))
        return std::nullopt;
    BackupFile file{.name = candidate.name};
    file.size = static_cast<qint64>(fs::file_size(candidate.path, error));
    if (error)
        return std::nullopt;
    const auto modified = fs::last_write_time(candidate.path, error);
    if (error)
        return std::nullopt;
    file.modified = inSystemTime(modified);
    look(candidate.path, file);
    return file;
}

qint64 ageOf(const fs::path &path, const QString &name, const BackupPattern &pattern, const QTimeZone &zone)
{
    if (const auto time = pattern.timeIn(name, zone))
        return -time->at.toMSecsSinceEpoch();
    std::error_code error;
    const auto modified = fs::last_write_time(path, error);
    return error ? 0 : -inSystemTime(modified).time_since_epoch().count();
}
} // namespace

Result<BackupListing> listBackups(const BackupOptions &options, Instant now)
{
    BackupListing listing{.files = {}, .takenAt = now};
    const QTimeZone zone(options.zone);
    std::error_code error;
    fs::directory_iterator entry(fs::path(QFile::encodeName(options.path).toStdString()), error);
    std::vector<Candidate> candidates;
    qsizetype names = 0;
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (++names > BackupOptions::mostNames) {
            listing.isWhole = false;
            break;
        }
        const QString name = QFile::decodeName(entry->path().filename().c_str());
        if (options.pattern.matches(name))
            candidates.push_back({entry->path(), name, ageOf(entry->path(), name, options.pattern, zone)});
    }
    if (error)
        return refused(error, options.path);
    std::ranges::sort(candidates, [](const Candidate &a, const Candidate &b) {
        return a.age != b.age ? a.age < b.age : a.name > b.name;
    });
    listing.matching = std::ssize(candidates);
    for (const Candidate &candidate : candidates) {
        if (listing.files.size() == BackupOptions::mostFiles)
            break;
        if (auto file = fileAt(candidate))
            listing.files.append(std::move(*file));
        else
            --listing.matching;
    }
    return listing;
}

} // namespace qd
