/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/witness.h"

#include <QFile>
#include <QFileInfo>

#include <condition_variable>
#include <mutex>
#include <thread>

#ifdef Q_OS_UNIX
#include <unistd.h>
#else
#include <io.h>
#endif

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {

constexpr auto retryAfter = 10s;
constexpr qint64 maxLine = 1000;

bool reachedDisk(QFile &file)
{
#ifdef Q_OS_UNIX
    return ::fsync(file.handle()) == 0;
#else
    return ::_commit(file.handle()) == 0;
#endif
}

/// Whether its last line is whole: a crash may have torn it, and what follows must not grow onto it.
bool endsInNewline(QFile &file)
{
    char last = '\n';
    return file.size() == 0 || (file.seek(file.size() - 1) && file.getChar(&last) && last == '\n');
}

Result<void> refuseUnlessFile(const QString &path)
{
    const QFileInfo info(path);
    if (info.exists() && !info.isFile())
        return failure(ErrorCode::BadInput, u"the journal's witness must be a file"_s, path);
    return {};
}

} // namespace

Result<void> appendToWitness(const QString &path, const Head &head)
{
    if (auto isFile = refuseUnlessFile(path); !isFile)
        return isFile;
    QFile file(path);
    const auto failed = [&file, &path] {
        return failure(ErrorCode::Unavailable,
                       u"the journal's witness cannot be written: %1. Until it can, nobody would notice if the journal "
                       "were rewritten"_s.arg(file.errorString()),
                       path);
    };
    // Unbuffered: one write for the whole line, so that those of two consoles do not mix.
    if (!file.open(QIODevice::ReadWrite | QIODevice::Append | QIODevice::Unbuffered,
                   QFile::ReadOwner | QFile::WriteOwner))
        return failed();
    const QByteArray line = (endsInNewline(file) ? QByteArray() : QByteArray("\n")) + toLine(head) + '\n';
    if (file.write(line) != line.size() || !reachedDisk(file))
        return failed();
    return {};
}

Result<WitnessLines> readWitness(const QString &path)
{
    if (auto isFile = refuseUnlessFile(path); !isFile)
        return std::unexpected(isFile.error());
    QFile file(path);
    if (!file.exists())
        return failure(ErrorCode::NotFound, u"there is no such witness"_s, path);
    if (!file.open(QIODevice::ReadOnly))
        return failure(ErrorCode::Forbidden, u"the witness cannot be read: %1"_s.arg(file.errorString()), path);
    WitnessLines lines;
    while (!file.atEnd()) {
        QByteArray line = file.readLine(maxLine);
        if (line.endsWith('\n'))
            line.chop(1);
        if (line.isEmpty())
            continue;
        if (const auto head = headFromLine(line))
            lines.heads += *head;
        else
            ++lines.unreadable;
    }
    if (file.error() != QFile::NoError)
        return failure(ErrorCode::Unavailable, u"the witness cannot be read: %1"_s.arg(file.errorString()), path);
    return lines;
}

struct WitnessWriter::Shared
{
    Write write;
    std::function<void(const Head &, const Result<void> &)> told;
    std::mutex lock;
    std::condition_variable changed;
    std::optional<Head> waiting;
    bool failed = false; ///< `waiting` was tried in vain
    bool stopped = false;
};

WitnessWriter::WitnessWriter(Write write, std::function<void(const Head &, const Result<void> &)> told)
    : m_shared(std::make_shared<Shared>())
{
    m_shared->write = std::move(write);
    m_shared->told = std::move(told);
    std::thread(run, m_shared).detach();
}

WitnessWriter::~WitnessWriter()
{
    const std::scoped_lock guard(m_shared->lock);
    m_shared->stopped = true;
    m_shared->changed.notify_all();
}

void WitnessWriter::put(const Head &head)
{
    const std::scoped_lock guard(m_shared->lock);
    m_shared->waiting = head;
    m_shared->failed = false;
    m_shared->changed.notify_all();
}

bool WitnessWriter::waitUntilWritten(std::chrono::steady_clock::time_point deadline)
{
    std::unique_lock guard(m_shared->lock);
    m_shared->changed.wait_until(guard, deadline, [this] { return !m_shared->waiting || m_shared->failed; });
    return !m_shared->waiting;
}

void WitnessWriter::run(const std::shared_ptr<Shared> &shared)
{
    std::unique_lock guard(shared->lock);
    while (!shared->stopped) {
        if (!shared->waiting) {
            shared->changed.wait(guard);
            continue;
        }
        if (shared->failed && shared->changed.wait_for(guard, retryAfter) == std::cv_status::no_timeout)
            continue; // a newer head, or the end
        const Head head = *shared->waiting;
        guard.unlock();
        const Result<void> written = shared->write(head);
        shared->told(head, written);
        guard.lock();
        if (shared->waiting == head) {
            shared->failed = !written;
            if (written)
                shared->waiting.reset();
        }
        shared->changed.notify_all();
    }
}

} // namespace qd
