/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "audit/entry.h"
#include "audit/head.h"

#include <functional>
#include <memory>

class QSqlError;

namespace qd {

/// A journal's SQLite file, opened once. Every call is plain and blocking, and belongs to the thread that opened it.
class JournalFile
{
public:
    using Deadline = std::chrono::steady_clock::time_point;
    enum class Access {
        Write,   ///< makes a new file where there is none
        ReadOnly ///< changes nothing; also from a directory or a mount that cannot be written
    };
    [[nodiscard]] static Result<std::unique_ptr<JournalFile>> open(const QString &path, Access access,
                                                                   Deadline deadline);
    ~JournalFile();
    JournalFile(const JournalFile &) = delete;
    JournalFile &operator=(const JournalFile &) = delete;

    /// `work` in one write transaction, which no other process interleaves: committed, durably, if it returns no error
    /// and the deadline has not passed. How long to wait for another's lock is the deadline's to say.
    [[nodiscard]] Result<void> change(Deadline deadline, const std::function<Result<void>()> &work);
    /// `work` over one state of the file, however it is written meanwhile.
    [[nodiscard]] Result<void> look(const std::function<Result<void>()> &work);
    /// Whether what failed last did so for want of room.
    [[nodiscard]] bool outOfRoom() const { return m_outOfRoom; }

    // Within change():
    /// As it stands: its number, `previous` and `hash` are the caller's to give.
    [[nodiscard]] Result<void> insert(const Entry &entry);
    [[nodiscard]] Result<void> insert(const Head &head);
    [[nodiscard]] Result<void> markWitnessed(const Head &head, Instant at);
    /// Writes something that says nothing.
    [[nodiscard]] Result<void> touch(Instant at);

    [[nodiscard]] Result<QList<Entry>> entries(const EntryFilter &filter);
    /// Nothing where there is none yet. BadReply if its content does not give its hash, or entries after it are gone.
    [[nodiscard]] Result<std::optional<Entry>> last();
    /// Every entry, by number, until `take` returns false. BadReply if the file is damaged on the way.
    [[nodiscard]] Result<void> eachEntry(const std::function<bool(const Entry &)> &take);
    [[nodiscard]] Result<QList<QByteArray>> unfinished();
    /// By number.
    [[nodiscard]] Result<QList<Head>> heads();
    /// The highest number that was ever given.
    [[nodiscard]] Result<qint64> counted();

    struct Witnessed
    {
        std::optional<qint64> seq;
        std::optional<Instant> at;
        std::optional<Instant> unwitnessedSince; ///< the time of the first entry after `seq`
        std::optional<Head> waiting;             ///< a newer head
    };
    [[nodiscard]] Result<Witnessed> witnessed();

private:
    explicit JournalFile(QString path);
    class Query;
    [[nodiscard]] Result<void> connect(const QString &name, const QString &options);
    [[nodiscard]] Result<void> prepare(Access access, Deadline deadline);
    [[nodiscard]] Result<void> setUp(Deadline deadline);
    [[nodiscard]] Result<void> run(const QString &statement);
    [[nodiscard]] Result<void> untilUnlocked(Deadline deadline, const std::function<Result<void>()> &attempt);
    [[nodiscard]] Result<qint64> number(const QString &statement);
    [[nodiscard]] Result<void> stillThere() const;
    [[nodiscard]] Error errorOf(const QSqlError &error);

    QString m_path;
    QString m_connection; ///< its name in QSqlDatabase
    bool m_outOfRoom = false;
    bool m_locked = false; ///< the last failure was another's lock
    quint64 m_device = 0;  ///< which file was opened, whatever is at its path by now
    quint64 m_inode = 0;
};

} // namespace qd
