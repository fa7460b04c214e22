/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/journal.h"

#include "audit/ballast.h"
#include "audit/journal_file.h"
#include "audit/witness.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {

using Deadline = JournalFile::Deadline;

constexpr auto patienceAtClose = 2s;
constexpr auto patienceForMarking = 100ms;

bool announces(const Entry &entry)
{
    return entry.kind == "start"_L1 || entry.kind == "intent"_L1 || entry.kind == "reveal"_L1;
}

bool tellsWhatHappened(const Entry &entry)
{
    return entry.kind == "outcome"_L1 || entry.kind == "revert"_L1 || entry.kind == "end"_L1;
}

// Half a surrogate pair does not come back from the disk as it went there.
QString wholeCharacters(const QString &text)
{
    return QString::fromUtf8(text.toUtf8());
}

} // namespace

class Journal::Private : public std::enable_shared_from_this<Private>
{
public:
    explicit Private(JournalPlace place)
        : m_place(std::move(place))
        , m_ballast(m_place.path)
    {
    }

    void startThread()
    {
        m_thread = std::thread([self = shared_from_this()] { self->work(); });
    }

    /// Ends the thread, or leaves it to itself if its disk hangs beyond the deadline.
    void end(Deadline deadline)
    {
        std::unique_lock guard(m_lock);
        m_stopped = true;
        m_changed.notify_all();
        const bool closed = m_changed.wait_until(guard, deadline, [this] { return m_closed; });
        guard.unlock();
        if (closed)
            m_thread.join();
        else
            m_thread.detach();
    }

    /// `job` on the storage thread; a Timeout if it has not answered by the deadline, or could not begin.
    template <class T, class Job>
    Result<T> ask(std::chrono::milliseconds within, Job job)
    {
        const Deadline deadline = std::chrono::steady_clock::now() + within;
        const auto answer = std::make_shared<std::promise<Result<T>>>();
        auto coming = answer->get_future();
        post([this, answer, deadline, within, job = std::move(job)] {
            answer->set_value(std::chrono::steady_clock::now() < deadline ? job(deadline) : late<T>(within));
        });
        return coming.wait_until(deadline) == std::future_status::ready ? coming.get() : late<T>(within);
    }

    Result<void> open(Deadline deadline)
    {
        auto file = JournalFile::open(m_place.path, JournalFile::Access::Write, deadline);
        if (!file)
            return std::unexpected(file.error());
        m_file = std::move(*file);
        // Without room for it the journal is opened all the same: what was begun must be seen. probe() tells.
        [[maybe_unused]] const auto room = m_file->change(deadline, [this] { return m_ballast.keep(); });
        if (m_place.identity && !m_place.witness.isEmpty())
            addWitness([path = m_place.witness](const Head &head) { return appendToWitness(path, head); });
        if (m_place.identity && m_place.secondWitness)
            addWitness(m_place.secondWitness);
        const auto found = m_file->witnessed();
        if (!found)
            return std::unexpected(found.error());
        {
            const std::scoped_lock guard(m_lock);
            m_state = {.seq = found->seq, .at = found->at, .unwitnessedSince = found->unwitnessedSince, .error = {}};
        }
        if (found->waiting)
            putToWitnesses(*found->waiting);
        return {};
    }

    Result<Entry> append(Entry entry, Deadline deadline)
    {
        std::optional<Head> head;
        auto written = write(entry, head, deadline);
        if (!written && m_file->outOfRoom() && tellsWhatHappened(entry) && m_ballast.release())
            written = write(entry, head, deadline);
        if (!written)
            return std::unexpected(written.error());
        m_last = {entry.seq, entry.hash};
        m_headIsSigned = head.has_value();
        {
            const std::scoped_lock guard(m_lock);
            if (!m_state.unwitnessedSince)
                m_state.unwitnessedSince = entry.at;
        }
        if (head)
            putToWitnesses(*head);
        return entry;
    }

    Result<void> probe(Deadline deadline)
    {
        return m_file->change(deadline, [this]() -> Result<void> {
            if (auto room = m_ballast.keep(); !room)
                return room;
            const auto last = lastEntry();
            if (!last)
                return std::unexpected(last.error());
            return m_file->touch(m_place.clock->now());
        });
    }

    /// On the storage thread, as its last job but those that the witness may still send.
    void signBeforeClosing(Deadline deadline)
    {
        if (!m_file || !m_last || m_headIsSigned || !m_place.identity)
            return;
        std::optional<Head> head;
        const auto written = m_file->change(deadline, [&]() -> Result<void> {
            const auto last = lastEntry();
            if (!last)
                return std::unexpected(last.error());
            return sign(**last, head);
        });
        if (written)
            putToWitnesses(*head);
    }

    WitnessState witnessState() const
    {
        const std::scoped_lock guard(m_lock);
        return m_state;
    }

    bool waitForWitnesses(Deadline deadline)
    {
        return std::ranges::all_of(m_witnesses, [&](const auto &each) { return each->waitUntilWritten(deadline); });
    }

    // Of the storage thread alone:
    std::unique_ptr<JournalFile> m_file;
    std::vector<std::unique_ptr<WitnessWriter>> m_witnesses;

private:
    template <class T>
    Result<T> late(std::chrono::milliseconds within) const
    {
        return failure(
            ErrorCode::Timeout,
            u"the journal did not answer within %1 ms; its disk may hang. Look at that disk"_s.arg(within.count()),
            m_place.path);
    }

    void post(std::function<void()> job)
    {
        const std::scoped_lock guard(m_lock);
        m_jobs.push_back(std::move(job));
        m_changed.notify_all();
    }

    void work()
    {
        std::unique_lock guard(m_lock);
        for (;;) {
            m_changed.wait(guard, [this] { return m_stopped || !m_jobs.empty(); });
            if (m_jobs.empty())
                break;
            const auto job = std::move(m_jobs.front());
            m_jobs.pop_front();
            guard.unlock();
            job();
            guard.lock();
        }
        guard.unlock();
        m_witnesses.clear();
        m_file.reset();
        guard.lock();
        m_closed = true;
        m_changed.notify_all();
    }

    /// Gives the entry its number, `previous` and `hash`; `head` where it is signed.
    Result<void> write(Entry &entry, std::optional<Head> &head, Deadline deadline)
    {
        return m_file->change(deadline, [&]() -> Result<void> {
            if (announces(entry)) {
                if (auto room = m_ballast.keep(); !room)
                    return room;
            }
            const auto last = lastEntry();
            if (!last)
                return std::unexpected(last.error());
            if (entry.at == Instant{})
                entry.at = m_place.clock->now();
            entry.seq = *last ? (*last)->seq + 1 : 1;
            entry.previous = *last ? (*last)->hash : beforeFirst();
            entry.hash = hashOf(entry);
            if (auto inserted = m_file->insert(entry); !inserted)
                return inserted;
            return entry.kind == "end"_L1 && m_place.identity ? sign(entry, head) : Result<void>();
        });
    }

    Result<void> sign(const Entry &entry, std::optional<Head> &head)
    {
        auto made = signedHead(entry.seq, entry.hash, m_place.clock->now(), *m_place.identity);
        if (!made)
            return std::unexpected(made.error());
        head = std::move(*made);
        return m_file->insert(*head);
    }

    /// Refuses a file that does not reach as far as what was acknowledged from here.
    Result<std::optional<Entry>> lastEntry()
    {
        auto last = m_file->last();
        if (!last || !m_last)
            return last;
        const qint64 reaches = *last ? (*last)->seq : 0;
        if (reaches < m_last->first || (reaches == m_last->first && (*last)->hash != m_last->second))
            return failure(
                ErrorCode::BadReply,
                u"the journal was rolled back or rewritten while in use, so nothing is added to it. Keep the "
                "file, run: quarterdeck-cli audit verify, and begin a new journal"_s,
                m_place.path);
        return last;
    }

    void addWitness(WitnessWriter::Write write)
    {
        const std::size_t index = m_witnesses.size();
        m_witnesses.push_back(std::make_unique<WitnessWriter>(
            std::move(write), [weak = weak_from_this(), index](const Head &head, const Result<void> &done) {
                if (const auto self = weak.lock())
                    self->witnessTold(index, head, done);
            }));
    }

    void putToWitnesses(const Head &head)
    {
        for (const auto &witness : m_witnesses)
            witness->put(head);
    }

    /// On the witness's thread.
    void witnessTold(std::size_t index, const Head &head, const Result<void> &done)
    {
        {
            const std::scoped_lock guard(m_lock);
            m_errors.at(index) = done ? std::nullopt : std::optional(done.error());
            const auto it = std::ranges::find_if(m_errors, [](const auto &error) { return error.has_value(); });
            m_state.error = it == m_errors.end() ? std::nullopt : *it;
            if (!done || m_state.seq.value_or(0) > head.seq)
                return;
        }
        post([this, head] { witnessed(head); });
    }

    void witnessed(const Head &head)
    {
        const Instant at = m_place.clock->now();
        // Whoever appends waits behind this. If it fails, the head is witnessed once more at the next start.
        [[maybe_unused]] const auto marked = m_file->change(std::chrono::steady_clock::now() + patienceForMarking,
                                                            [&] { return m_file->markWitnessed(head, at); });
        const auto after = m_file->entries({.sinceSeq = head.seq, .limit = 1});
        if (!after)
            return;
        const std::scoped_lock guard(m_lock);
        m_state = {.seq = head.seq, .at = at, .unwitnessedSince = {}, .error = m_state.error};
        if (!after->isEmpty())
            m_state.unwitnessedSince = after->first().at;
    }

    std::thread m_thread; ///< its handle belongs to who opened the journal
    const JournalPlace m_place;
    const Ballast m_ballast;
    std::optional<std::pair<qint64, QByteArray>> m_last; ///< number and hash of what was acknowledged from here
    bool m_headIsSigned = false;                         ///< of that

    mutable std::mutex m_lock; // guards what follows
    std::condition_variable m_changed;
    std::deque<std::function<void()>> m_jobs;
    WitnessState m_state;
    std::array<std::optional<Error>, 2> m_errors; ///< of each witness
    bool m_stopped = false;
    bool m_closed = false;
};

Journal::Journal(std::shared_ptr<Private> shared)
    : d(std::move(shared))
{
}

Journal::~Journal()
{
    const Deadline deadline = std::chrono::steady_clock::now() + patienceAtClose;
    // What a disk that hangs has not taken by then it does not take: the threads keep what they use.
    [[maybe_unused]] const auto closed = d->ask<bool>(patienceAtClose, [p = d.get()](Deadline until) -> Result<bool> {
        p->signBeforeClosing(until);
        return p->waitForWitnesses(until);
    });
    d->end(deadline);
}

Result<std::unique_ptr<Journal>> Journal::open(const JournalPlace &place, std::chrono::milliseconds deadline)
{
    const Deadline until = std::chrono::steady_clock::now() + deadline;
    auto shared = std::make_shared<Private>(place);
    shared->startThread();
    const auto opened = shared->ask<void>(deadline, [p = shared.get()](Deadline latest) { return p->open(latest); });
    if (!opened) {
        shared->end(until);
        return std::unexpected(opened.error());
    }
    return std::unique_ptr<Journal>(new Journal(std::move(shared)));
}

Result<Entry> Journal::append(Entry entry, std::chrono::milliseconds deadline)
{
    if (auto taken = check(entry); !taken)
        return std::unexpected(taken.error());
    for (QString *text : {&entry.kind, &entry.operatorId, &entry.host, &entry.deployment, &entry.reason})
        *text = wholeCharacters(*text);
    return d->ask<Entry>(deadline,
                         [p = d.get(), entry = std::move(entry)](Deadline until) { return p->append(entry, until); });
}

Result<void> Journal::probe(std::chrono::milliseconds deadline)
{
    return d->ask<void>(deadline, [p = d.get()](Deadline until) { return p->probe(until); });
}

Result<QList<Entry>> Journal::entries(const EntryFilter &filter, std::chrono::milliseconds deadline)
{
    return d->ask<QList<Entry>>(deadline, [p = d.get(), filter](Deadline) { return p->m_file->entries(filter); });
}

Result<QList<QByteArray>> Journal::unfinished(std::chrono::milliseconds deadline)
{
    return d->ask<QList<QByteArray>>(deadline, [p = d.get()](Deadline) { return p->m_file->unfinished(); });
}

WitnessState Journal::witness() const
{
    return d->witnessState();
}

} // namespace qd
