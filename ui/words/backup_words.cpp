/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/backup_words.h"

#include "words/words.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(Backups)
};
} // namespace

QString backupDeed(QStringView kind, const QString &file)
{
    return kind == "restore-backup"_L1 ? Tr::tr("Restore %1 beside the live database").arg(text(file)) : QString();
}

QString backupUndo(const Phrase &undo)
{
    return undo.code == "database-dropped"_L1 ? Tr::tr("Drop %1").arg(text(undo.arguments.value(0))) : QString();
}

QString backupSentence(const Phrase &phrase)
{
    const auto argument = [&](qsizetype index) { return text(phrase.arguments.value(index)); };
    if (phrase.code == "backup-read"_L1)
        return Tr::tr("Compare %1 with its checksum, or read it to its end").arg(argument(0));
    if (phrase.code == "database-created"_L1)
        return Tr::tr("Make the database %1 for %2, with the encoding and collation of %3; nobody else may connect to "
                      "it yet")
            .arg(argument(0), argument(1), argument(2));
    if (phrase.code == "backup-restored"_L1)
        return Tr::tr("Restore %1 into %2; the first error stops it").arg(argument(0), argument(1));
    if (phrase.code == "restore-verified"_L1)
        return Tr::tr("Compare %1 with what the backup says it has").arg(argument(0));
    if (phrase.code == "backup-is-restored"_L1)
        return Tr::tr("%1 has all that the backup has").arg(argument(0));
    if (phrase.code == "database-dropped"_L1)
        return Tr::tr("%1 is dropped, if it still is the one that this plan made").arg(argument(0));
    return {};
}

QString backupMeasure(const Measure &measure)
{
    if (!measure.number)
        return {};
    const QString size = bytes(Bytes{*measure.number});
    if (measure.what == "backup-size"_L1)
        return Tr::tr("%1 is %2").arg(text(measure.source), size);
    if (measure.what == "live-size"_L1)
        return Tr::tr("the live database %1 is %2: as much room is wanted again").arg(text(measure.source), size);
    return {};
}

} // namespace qd::words
