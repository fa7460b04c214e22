/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/source.h"
#include "wire/http.h"
#include "wire/postgres.h"

#include <QThread>

#include <condition_variable>
#include <mutex>

namespace qd {

/// A thread with an event loop for what talks over sockets or runs programs, while whoever made it waits: one that
/// acts, or looks after a deploy, step by step.
class IoLine
{
public:
    using Deadline = PgConnection::Deadline;
    using Stop = PgConnection::Stop;
    template <class T>
    using Begin = std::function<Call(HttpClient &http, std::function<void(Result<T>)> done)>;

    explicit IoLine(Stop stop);
    ~IoLine();
    IoLine(const IoLine &) = delete;
    IoLine &operator=(const IoLine &) = delete;

    /// What `begin`, called there, comes to. Errors also: Timeout, Cancelled (stopped).
    template <class T>
    [[nodiscard]] Result<T> wait(Begin<T> begin, Deadline deadline)
    {
        if (isStopped())
            return failure(ErrorCode::Cancelled, QStringLiteral("stopped before it was asked"));
        const auto answer = std::make_shared<Answer<T>>();
        QMetaObject::invokeMethod(&m_owner, [this, begin = std::move(begin), answer] {
            m_call = begin(*m_http, [answer](Result<T> reply) { answer->take(std::move(reply)); });
        });
        return taken<T>(answer, deadline);
    }
    /// What the source says now; `id` tells it from the others.
    [[nodiscard]] Result<SourceAnswer> poll(const QString &id, const SourceFactory &factory, Deadline deadline);
    /// Where fetching it hangs, only its own thread waits on.
    [[nodiscard]] Result<Secret> secret(const SecretRef &ref, Deadline deadline);
    [[nodiscard]] bool isStopped() const { return m_stop && *m_stop; }
    /// False where it was stopped meanwhile.
    [[nodiscard]] bool sleep(std::chrono::milliseconds time) const;

private:
    template <class T>
    struct Answer
    {
        std::mutex mutex;
        std::condition_variable came;
        std::optional<Result<T>> reply;
        void take(Result<T> came_)
        {
            const std::lock_guard lock(mutex);
            reply.emplace(std::move(came_));
            came.notify_one();
        }
    };
    template <class T>
    [[nodiscard]] Result<T> taken(const std::shared_ptr<Answer<T>> &answer, Deadline deadline)
    {
        using namespace std::chrono_literals;
        std::unique_lock lock(answer->mutex);
        // Who stops us is heard in a tenth of a second.
        while (!answer->came.wait_for(lock, 100ms, [&] { return answer->reply.has_value(); })) {
            const bool isLate = std::chrono::steady_clock::now() > deadline;
            if (!isLate && !isStopped())
                continue;
            QMetaObject::invokeMethod(&m_owner, [this] { m_call.drop(); });
            return isLate ? failure(ErrorCode::Timeout, QStringLiteral("no answer came in time"))
                          : failure(ErrorCode::Cancelled, QStringLiteral("stopped before an answer came"));
        }
        return std::move(*answer->reply);
    }

    const Stop m_stop;
    QThread m_thread;
    QObject m_owner; ///< lives on the thread, as all that follows
    std::unique_ptr<HttpClient> m_http;
    std::unique_ptr<PgPool> m_postgres;
    std::map<QString, std::unique_ptr<Source>> m_sources;
    Call m_call;
};

} // namespace qd
