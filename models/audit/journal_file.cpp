/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/journal_file.h"

#include "audit/journal_query.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSqlDatabase>
#include <QSqlError>
#include <QUrl>

#include <atomic>
#include <thread>

#ifdef Q_OS_UNIX
#include <sys/stat.h>
#endif

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {

constexpr qint64 applicationId = 0x51444a4c; // "QDJL"
constexpr qint64 formatVersion = 1;
/// What an answer may take on its way to who asked.
constexpr auto margin = 100ms;

// SQLite's primary result codes, https://www.sqlite.org/rescode.html
enum class Sqlite {
    Permission = 3,
    Busy = 5,
    Locked = 6,
    ReadOnly = 8,
    IoError = 10,
    Corrupt = 11,
    Full = 13,
    CannotOpen = 14,
    NotADatabase = 26
};

const QStringList &schema()
{
    static const QStringList statements{
        // AUTOINCREMENT: SQLite remembers the highest number, which tells when the last entries are cut off.
        u"CREATE TABLE entries (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, "
        "operator TEXT NOT NULL, host TEXT NOT NULL, deployment TEXT NOT NULL, plan BLOB NOT NULL, "
        "step INTEGER NOT NULL, reason TEXT NOT NULL, body BLOB NOT NULL, previous BLOB NOT NULL, hash BLOB NOT NULL) "
        "STRICT"_s,
        u"CREATE INDEX entries_of_plan ON entries (plan, seq) WHERE plan <> x''"_s,
        u"CREATE INDEX entries_marks ON entries (plan, kind, seq) WHERE kind IN ('start', 'intent', 'end')"_s,
        u"CREATE TABLE heads (seq INTEGER NOT NULL, hash BLOB NOT NULL, at INTEGER NOT NULL, key BLOB NOT NULL, "
        "signature BLOB NOT NULL, witnessed INTEGER, PRIMARY KEY (seq, key)) STRICT"_s,
        u"CREATE TABLE touched (id INTEGER PRIMARY KEY CHECK (id = 0), at INTEGER NOT NULL) STRICT"_s,
        u"PRAGMA application_id = %1"_s.arg(applicationId),
        u"PRAGMA user_version = %1"_s.arg(formatVersion),
    };
    return statements;
}

Result<void> makeFile(const QString &path)
{
    const QFileInfo info(path);
    if (info.exists() && !info.isFile())
        return failure(ErrorCode::BadInput, u"the journal must be a file"_s, path);
    if (info.exists())
        return {};
    if (!info.dir().exists())
        return failure(ErrorCode::NotFound, u"the journal's folder does not exist; make it, or name another"_s, path);
    // SQLite would let everybody read it.
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly, QFile::ReadOwner | QFile::WriteOwner) && !file.exists())
        return failure(
            ErrorCode::Forbidden,
            u"the journal cannot be made: %1. Make its folder writable, or name another"_s.arg(file.errorString()),
            path);
    return {};
}

} // namespace

JournalFile::JournalFile(QString path)
    : m_path(std::move(path))
{
    static std::atomic<int> opened = 0;
    m_connection = u"journal %1"_s.arg(++opened);
}

JournalFile::~JournalFile()
{
    QSqlDatabase::removeDatabase(m_connection);
}

Result<std::unique_ptr<JournalFile>> JournalFile::open(const QString &path, Access access, Deadline deadline)
{
    if (path.isEmpty())
        return failure(ErrorCode::BadInput, u"no file is named for the journal"_s);
    // Absolute: SQLite has names with a meaning of their own (":memory:").
    std::unique_ptr<JournalFile> file(new JournalFile(QFileInfo(path).absoluteFilePath()));
    if (auto ready = file->prepare(access, deadline); !ready)
        return std::unexpected(ready.error());
    return file;
}

Result<void> JournalFile::prepare(Access access, Deadline deadline)
{
    if (access == Access::ReadOnly) {
        const QFileInfo info(m_path);
        if (!info.isFile())
            return failure(ErrorCode::NotFound, u"there is no such journal"_s, m_path);
        // A file in WAL mode cannot be opened where SQLite cannot write beside it, unless it is told that nobody does.
        const bool writtenMeanwhile = QFileInfo(m_path + u"-wal"_s).size() > 0;
        const bool fixed = !writtenMeanwhile && !QFileInfo(info.path()).isWritable();
        const QString url = QString::fromLatin1(QUrl::fromLocalFile(m_path).toEncoded()) + u"?immutable=1"_s;
        auto connected = fixed ? connect(url, u"QSQLITE_OPEN_READONLY;QSQLITE_OPEN_URI"_s)
                               : connect(m_path, u"QSQLITE_OPEN_READONLY"_s);
        if (!connected)
            return connected;
    } else {
        if (auto made = makeFile(m_path); !made)
            return made;
        if (auto connected = connect(m_path, u"QSQLITE_BUSY_TIMEOUT=20"_s); !connected)
            return connected;
#ifdef Q_OS_UNIX
        struct stat opened{};
        if (::stat(QFile::encodeName(m_path).constData(), &opened) == 0) {
            m_device = opened.st_dev;
            m_inode = opened.st_ino;
        }
#endif
        if (auto set = setUp(deadline); !set)
            return set;
    }
    const auto id = number(u"PRAGMA application_id"_s);
    if (!id)
        return std::unexpected(id.error());
    if (*id != applicationId)
        return failure(ErrorCode::BadReply, u"this is no journal of Quarterdeck; name another file"_s, m_path);
    const auto version = number(u"PRAGMA user_version"_s);
    if (!version)
        return std::unexpected(version.error());
    if (*version != formatVersion)
        return failure(ErrorCode::Unsupported,
                       u"the journal has format %1, this version knows %2; use a newer Quarterdeck"_s.arg(*version).arg(
                           formatVersion),
                       m_path);
    return {};
}

Result<void> JournalFile::connect(const QString &name, const QString &options)
{
    QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, m_connection);
    if (!database.isValid())
        return failure(ErrorCode::Internal, u"Qt's SQLite driver is not installed (Debian: libqt6sql6-sqlite)"_s,
                       m_path);
    database.setDatabaseName(name);
    database.setConnectOptions(options);
    if (!database.open())
        return std::unexpected(errorOf(database.lastError()));
    return {};
}

Result<void> JournalFile::setUp(Deadline deadline)
{
    qint64 tables = 0;
    const auto ready = untilUnlocked(deadline, [this, &tables]() -> Result<void> {
        const auto counted = number(u"SELECT count(*) FROM sqlite_master"_s);
        if (!counted)
            return std::unexpected(counted.error());
        tables = *counted;
        // Not within a transaction; and SQLite does not wait by itself for who does the same.
        return tables == 0 ? run(u"PRAGMA journal_mode = WAL"_s) : Result<void>();
    });
    if (!ready)
        return ready;
    if (auto set = run(u"PRAGMA synchronous = FULL"_s); !set || tables > 0)
        return set;
    return change(deadline, [this]() -> Result<void> {
        const auto made = number(u"SELECT count(*) FROM sqlite_master"_s);
        if (!made)
            return std::unexpected(made.error());
        if (*made > 0)
            return {}; // another console was faster
        for (const QString &statement : schema()) {
            if (auto done = run(statement); !done)
                return done;
        }
        return {};
    });
}

Result<void> JournalFile::change(Deadline deadline, const std::function<Result<void>()> &work)
{
    const auto timeUp = [this] {
        return failure(ErrorCode::Timeout,
                       u"the journal's disk did not answer in time; nothing was written. Look at that disk"_s, m_path);
    };
    m_outOfRoom = false;
    if (auto there = stillThere(); !there)
        return there;
    if (std::chrono::steady_clock::now() >= deadline)
        return timeUp();
    // Pages that SQLite still has in memory hide that the file was damaged while in use.
    if (auto forgotten = run(u"PRAGMA shrink_memory"_s); !forgotten)
        return forgotten;
    if (auto begun = untilUnlocked(deadline, [this] { return run(u"BEGIN IMMEDIATE"_s); }); !begun)
        return begun;
    Result<void> done = work();
    if (done && std::chrono::steady_clock::now() >= deadline)
        done = timeUp();
    if (done)
        done = run(u"COMMIT"_s);
    if (!done) {
        const bool wasOutOfRoom = m_outOfRoom;
        [[maybe_unused]] const auto undone = run(u"ROLLBACK"_s); // SQLite may have done so itself
        m_outOfRoom = wasOutOfRoom;
    }
    return done;
}

Result<void> JournalFile::look(const std::function<Result<void>()> &work)
{
    if (auto begun = run(u"BEGIN"_s); !begun)
        return begun;
    Result<void> done = work();
    [[maybe_unused]] const auto left = run(u"ROLLBACK"_s); // nothing was changed
    return done;
}

Result<void> JournalFile::run(const QString &statement)
{
    return Query(*this, statement).run();
}

// SQLite's own waiting adds up its naps as it meant them, not as long as they were.
Result<void> JournalFile::untilUnlocked(Deadline deadline, const std::function<Result<void>()> &attempt)
{
    for (;;) {
        auto done = attempt();
        if (done || !m_locked || std::chrono::steady_clock::now() + margin >= deadline)
            return done;
        std::this_thread::sleep_for(5ms);
    }
}

Result<qint64> JournalFile::number(const QString &statement)
{
    Query query(*this, statement);
    if (auto asked = query.run(); !asked)
        return std::unexpected(asked.error());
    const auto row = query.next();
    if (!row)
        return std::unexpected(row.error());
    return *row ? query.row().value(0).toLongLong() : 0;
}

Result<void> JournalFile::stillThere() const
{
#ifdef Q_OS_UNIX
    // What is written to a file that was deleted is lost when the program ends.
    struct stat now{};
    if (::stat(QFile::encodeName(m_path).constData(), &now) != 0 || now.st_dev != m_device || now.st_ino != m_inode)
        return failure(ErrorCode::NotFound,
                       u"the journal was moved, deleted or replaced while in use. Put it back, or restart Quarterdeck "
                       "to begin a new one"_s,
                       m_path);
#endif
    return {};
}

Error JournalFile::errorOf(const QSqlError &error)
{
    const int code = error.nativeErrorCode().toInt() & 0xff; // without the extension
    const QString said = error.databaseText();
    m_outOfRoom = false;
    m_locked = false;
    switch (static_cast<Sqlite>(code)) {
    case Sqlite::Full:
    case Sqlite::IoError: // a quota ends in it
        m_outOfRoom = true;
        return {ErrorCode::Unavailable,
                u"the journal cannot be written: its disk is full or fails (%1). Free some room on it"_s.arg(said),
                m_path};
    case Sqlite::Busy:
    case Sqlite::Locked:
        m_locked = true;
        return {ErrorCode::Unavailable,
                u"the journal is locked by another program. Try again; if it stays so, find who has the file open"_s,
                m_path};
    case Sqlite::ReadOnly:
    case Sqlite::CannotOpen:
    case Sqlite::Permission:
        return {
            ErrorCode::Forbidden,
            u"the journal cannot be opened for writing (%1). Make the file and its folder writable for you"_s.arg(said),
            m_path};
    case Sqlite::Corrupt:
    case Sqlite::NotADatabase:
        return {ErrorCode::BadReply,
                u"the journal's file is damaged or no journal (%1). Keep it for whoever looks into it, and begin a new "
                "one"_s.arg(said),
                m_path};
    }
    return {ErrorCode::Internal, u"the journal failed: %1"_s.arg(said), m_path};
}

} // namespace qd
