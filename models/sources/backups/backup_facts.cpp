/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/backups/backups.h"
#include "sources/evidence.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTimeZone>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Whoever writes to a file pauses for less than this.
constexpr std::chrono::seconds writingPause{10};

QString formatOf(BackupHead head)
{
    switch (head) {
    case BackupHead::Archive:
        return u"custom"_s;
    case BackupHead::Gzip:
        return u"plain, gzip"_s;
    case BackupHead::Plain:
        return u"plain"_s;
    case BackupHead::Unread:
    case BackupHead::Other:
        break;
    }
    return {};
}

Instant instantOf(const QDateTime &time)
{
    return Instant(std::chrono::milliseconds(time.toMSecsSinceEpoch()));
}

/// A name that tells the day alone is completed by the file's own time, if that is of the same day.
Value<Instant> takenAt(const BackupFile &file, const QString &pointer, const BackupOptions &options)
{
    const QTimeZone zone(options.zone);
    const auto told = options.pattern.timeIn(file.name, zone);
    const bool isOfThatDay =
        told && told->isDay && file.modified >= instantOf(told->at) && file.modified < instantOf(told->at.addDays(1));
    if (!told || isOfThatDay)
        return {.value = file.modified, .origin = {0, pointer + u"/modified"_s}};
    return {.value = instantOf(told->at), .origin = {0, pointer + u"/name"_s}};
}

bool isStillWritten(const BackupFile &file, const BackupListing &listing, const BackupListing *before)
{
    if (file.modified <= listing.takenAt && listing.takenAt - file.modified < writingPause)
        return true;
    if (!before)
        return false;
    const auto old = std::ranges::find(before->files, file.name, &BackupFile::name);
    return old != before->files.end() && old->size != file.size;
}

QString troubleOf(const BackupFile &file, const BackupListing &listing, const BackupListing *before,
                  const BackupOptions &options)
{
    if (isStillWritten(file, listing, before))
        return u"still written"_s;
    if (file.size == 0)
        return u"empty file"_s;
    if (file.head == BackupHead::Unread)
        return {};
    if (file.head == BackupHead::Other)
        return u"does not begin as a backup does"_s;
    if (file.head != options.format)
        return u"is %1, expected %2"_s.arg(formatOf(file.head), formatOf(options.format));
    return file.isCutOff ? u"cut off: its last lines are missing"_s : QString();
}
} // namespace

Findings backupFindings(const BackupListing &listing, const BackupListing *before, const BackupOptions &options)
{
    Findings findings;
    qsizetype unread = 0;
    QString why;
    for (qsizetype i = 0; i < listing.files.size(); ++i) {
        const BackupFile &file = listing.files[i];
        const QString pointer = u"/%1"_s.arg(i);
        Backup backup;
        backup.id = cleaned(file.name);
        backup.location = {.value = cleaned(options.path), .origin = {0, {}}};
        backup.size = {.value = Bytes{file.size}, .origin = {0, pointer + u"/size"_s}};
        backup.takenAt = takenAt(file, pointer, options);
        backup.format.origin = backup.trouble.origin = {0, pointer + u"/begins"_s};
        if (const QString format = formatOf(file.head); !format.isEmpty())
            backup.format.value = format;
        if (const QString trouble = troubleOf(file, listing, before, options); !trouble.isEmpty())
            backup.trouble.value = trouble;
        if (file.head == BackupHead::Unread && file.size > 0) {
            ++unread;
            why = file.unread;
        }
        findings.facts.append(backup);
    }
    const auto refuse = [&](const QString &part, ErrorCode code, const QString &message) {
        findings.refusals.append({QString::fromLatin1(Backup::kind) + part, {code, message, options.path}});
    };
    if (unread > 0)
        refuse(u"/trouble"_s, ErrorCode::Forbidden,
               u"%1 of the files cannot be read (%2), so nobody knows whether they are backups; let whoever runs this "
               "program read them"_s.arg(unread)
                   .arg(why));
    if (!listing.isWhole)
        refuse(u"/rest"_s, ErrorCode::TooLarge,
               u"the directory holds over %1 files; the others were not looked at"_s.arg(BackupOptions::mostNames));
    else if (listing.matching > listing.files.size())
        refuse(u"/older"_s, ErrorCode::TooLarge,
               u"%1 files match; the newest %2 are told"_s.arg(listing.matching).arg(listing.files.size()));
    return findings;
}

QByteArray listingAsJson(const BackupListing &listing)
{
    static const std::map<BackupHead, QString> begins{{BackupHead::Unread, u"unread"_s},
                                                      {BackupHead::Archive, u"PGDMP"_s},
                                                      {BackupHead::Gzip, u"1f 8b"_s},
                                                      {BackupHead::Plain, u"-- PostgreSQL database dump"_s},
                                                      {BackupHead::Other, u"something else"_s}};
    QJsonArray all;
    for (const BackupFile &file : listing.files) {
        const auto modified = QDateTime::fromMSecsSinceEpoch(file.modified.time_since_epoch().count(), Qt::UTC);
        all.append(QJsonObject{{u"name"_s, file.name},
                               {u"size"_s, file.size},
                               {u"modified"_s, modified.toString(Qt::ISODate)},
                               {u"begins"_s, begins.at(file.head)}});
    }
    return QJsonDocument(all).toJson(QJsonDocument::Compact);
}

} // namespace qd
