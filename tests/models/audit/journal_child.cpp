/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "journal_child.h"

#include "audit/journal.h"

#include <QDir>
#include <QFile>
#include <QSqlDatabase>
#include <QSqlQuery>

#include <csignal>
#include <cstdio>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 30s;

int failed(const QString &what)
{
    std::fprintf(stderr, "%s\n", qPrintable(what));
    return 1;
}

int failed(const QString &what, const Error &error)
{
    return failed(u"%1: %2 %3"_s.arg(what, toWord(error.code), error.message));
}

Entry entry(const QString &kind, const QString &reason, const QByteArray &body = {})
{
    return {.kind = kind,
            .operatorId = u"ada"_s,
            .host = u"bridge"_s,
            .deployment = u"quoted"_s,
            .planId = QByteArray(32, 'p'),
            .step = 0,
            .reason = reason,
            .body = body};
}

int append(const QString &path, const QString &name, int count)
{
    const auto journal = Journal::open({.path = path}, patience);
    if (!journal)
        return failed(u"open"_s, journal.error());
    for (int i = 0; i < count; ++i) {
        const auto written = (*journal)->append(entry(u"note"_s, u"%1 %2"_s.arg(name).arg(i)), patience);
        if (!written)
            return failed(u"append"_s, written.error());
    }
    return 0;
}

int appendForever(const QString &path)
{
    const auto journal = Journal::open({.path = path}, patience);
    if (!journal)
        return failed(u"open"_s, journal.error());
    for (;;) {
        const auto written = (*journal)->append(entry(u"intent"_s, u"until killed"_s), patience);
        if (!written)
            return failed(u"append"_s, written.error());
        std::printf("%lld %s\n", static_cast<long long>(written->seq), written->hash.toHex().constData());
        std::fflush(stdout);
    }
}

int lock(const QString &path)
{
    QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s);
    database.setDatabaseName(path);
    if (!database.open() || !QSqlQuery(database).exec(u"BEGIN IMMEDIATE"_s))
        return failed(u"no lock"_s);
    std::puts("locked");
    std::fflush(stdout);
    while (std::getchar() != EOF)
        continue;
    return 0;
}

/// Whether every entry of `path` is whole and there are `count` of them.
int checkWhole(const QString &path, qint64 count)
{
    const auto verdict = verifyJournal(path);
    if (!verdict)
        return failed(u"verify"_s, verdict.error());
    if (!verdict->whole() || verdict->entries != count)
        return failed(u"%1 damages, %2 of %3 entries"_s.arg(verdict->damages.size()).arg(verdict->entries).arg(count));
    return 0;
}

/// Appends intents until one is refused; how many were taken, or -1.
qint64 untilRefused(Journal &journal, Error &refused)
{
    const QByteArray evidence(16 * 1024, 'e');
    for (qint64 taken = 0; taken < 2000; ++taken) {
        if (const auto written = journal.append(entry(u"intent"_s, u"on"_s, evidence), patience); !written) {
            refused = written.error();
            return taken;
        }
    }
    return -1;
}

/// Whether a probe fails at last: each takes a little of what room there still is.
bool probeIsRefused(Journal &journal)
{
    for (int i = 0; i < 500; ++i) {
        if (!journal.probe(patience))
            return true;
    }
    return false;
}

int reachLimit(const QString &path)
{
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 2 << 20, .rlim_max = 2 << 20};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return failed(u"no limit"_s);
    const auto journal = Journal::open({.path = path}, patience);
    if (!journal)
        return failed(u"open"_s, journal.error());
    Error refused;
    const qint64 taken = untilRefused(**journal, refused);
    if (taken < 1 || refused.code != ErrorCode::Unavailable)
        return failed(u"after %1 intents"_s.arg(taken), refused);
    if (!probeIsRefused(**journal))
        return failed(u"probe passed at the limit"_s);
    return checkWhole(path, taken);
}

int fillDisk(const QString &directory)
{
    const QString path = QDir(directory).filePath(u"journal"_s);
    auto journal = Journal::open({.path = path}, patience);
    if (!journal)
        return failed(u"open"_s, journal.error());
    if (const auto begun = (*journal)->append(entry(u"intent"_s, u"begun"_s), patience); !begun)
        return failed(u"intent on the empty disk"_s, begun.error());
    if (const auto room = (*journal)->probe(patience); !room)
        return failed(u"probe on the empty disk"_s, room.error());
    QFile filler(QDir(directory).filePath(u"filler"_s));
    if (!filler.open(QIODevice::WriteOnly | QIODevice::Unbuffered))
        return failed(u"no filler"_s);
    const QByteArray block(4096, 'f');
    while (filler.write(block) == block.size())
        continue;
    // What the write-ahead log has room for already may still fit.
    Error refused;
    const qint64 taken = untilRefused(**journal, refused);
    qint64 entries = 1 + taken;
    if (taken < 0 || refused.code != ErrorCode::Unavailable || !refused.message.contains(u"full"_s) ||
        refused.where != path)
        return failed(u"intent on the full disk"_s, refused);
    if (!probeIsRefused(**journal))
        return failed(u"probe passed on the full disk"_s);
    // The next start must see what was begun, and be able to tell how it ended.
    journal->reset();
    while (filler.write(block) == block.size())
        continue;
    journal = Journal::open({.path = path}, patience);
    if (!journal)
        return failed(u"opened again"_s, journal.error());
    if (const auto begun = (*journal)->unfinished(patience); !begun || begun->size() != 1)
        return failed(u"what was begun is not seen"_s);
    for (const QString &kind : {u"check"_s, u"approval"_s, u"note"_s}) {
        if ((*journal)->append(entry(kind, u"no"_s, QByteArray(60'000, 'e')), patience))
            return failed(u"the room for the outcome went to: "_s + kind);
    }
    for (const QString &kind : {u"outcome"_s, u"end"_s}) {
        const auto told = (*journal)->append(entry(kind, u"done"_s, QByteArray(60'000, 'e')), patience);
        if (!told)
            return failed(kind + u" on the full disk"_s, told.error());
        ++entries;
    }
    // There is room now for an intent, but none for its outcome.
    if (const auto more = (*journal)->append(entry(u"intent"_s, u"on"_s), patience); more)
        return failed(u"an intent was taken without room for its outcome"_s);
    if ((*journal)->probe(patience))
        return failed(u"probe passed without room for an outcome"_s);
    if (!filler.remove())
        return failed(u"the filler stays"_s);
    if (const auto room = (*journal)->probe(patience); !room)
        return failed(u"probe after room was made"_s, room.error());
    if (const auto more = (*journal)->append(entry(u"intent"_s, u"on"_s), patience); !more)
        return failed(u"intent after room was made"_s, more.error());
    if (QFile(path + u".room"_s).size() != 1024 * 1024)
        return failed(u"the room is not kept again"_s);
    return checkWhole(path, entries + 1);
}

bool makeUnwritable(const QString &directory, bool mounted)
{
    const QByteArray name = QFile::encodeName(directory);
    if (mounted)
        return ::mount(nullptr, name.constData(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
    // Rights do not bind root.
    if (::geteuid() == 0 && ::setuid(65534) != 0)
        return false;
    return true;
}

int readOnly(const QString &directory, bool mounted)
{
    const QString path = QDir(directory).filePath(u"journal"_s);
    if (const int code = append(path, u"before"_s, 3); code != 0)
        return code;
    if (!mounted &&
        (!QFile::setPermissions(path, QFile::ReadOwner | QFile::ReadOther) ||
         !QFile::setPermissions(directory, QFile::ReadOwner | QFile::ExeOwner | QFile::ReadOther | QFile::ExeOther)))
        return failed(u"rights"_s);
    if (!makeUnwritable(directory, mounted))
        return failed(u"not made read-only"_s);
    const auto fresh = Journal::open({.path = QDir(directory).filePath(u"another"_s)}, patience);
    if (fresh || fresh.error().code != ErrorCode::Forbidden)
        return failed(u"a new journal"_s, fresh ? Error{} : fresh.error());
    const auto journal = Journal::open({.path = path}, patience);
    const auto written =
        journal ? (*journal)->append(entry(u"intent"_s, u"no"_s), patience) : std::unexpected(journal.error());
    if (written || written.error().code != ErrorCode::Forbidden || written.error().where != path)
        return failed(u"an intent"_s, written ? Error{} : written.error());
    return checkWhole(path, 3);
}

} // namespace

int runChild(const QStringList &arguments)
{
    const QString &what = arguments.value(0);
    const QString &path = arguments.value(1);
    if (what == "append"_L1)
        return append(path, arguments.value(2), arguments.value(3).toInt());
    if (what == "forever"_L1)
        return appendForever(path);
    if (what == "lock"_L1)
        return lock(path);
    const bool mounted = arguments.value(2) == "mounted"_L1;
    if (what == "full"_L1)
        return mounted ? fillDisk(path) : reachLimit(QDir(path).filePath(u"journal"_s));
    if (what == "readonly"_L1)
        return readOnly(path, mounted);
    return failed(u"what?"_s);
}
