/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/postgres.h"

#include <QThreadPool>
#include <QTimer>

#include <deque>
#include <map>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {

constexpr int maxThreads = 16;
constexpr auto idleBeforeClosing = 2min;
/// What a worker may be late without being overtaken by the pool's own word that it is.
constexpr auto grace = 250ms;

using Work = std::function<Result<void>(PgConnection &, PgConnection::Deadline)>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Connections may be exchanged only if all of this is equal.
QString keyOf(const PostgresConnection &c)
{
    const QString password =
        c.password ? u"%1:%2"_s.arg(static_cast<int>(c.password->scheme)).arg(c.password->name) : QString();
    return QStringList{c.host, QString::number(c.port), c.database, c.user, c.sslmode, c.tls.caFile, password}.join(
        u'\n');
}

/// Runs on a pool thread. Takes over `idle` if it still lives.
Result<void> perform(const PostgresConnection &to, std::optional<PgConnection> &idle, const Work &work,
                     PgConnection::Deadline deadline, const PgConnection::Stop &stop)
{
    if (idle && !idle->usable())
        idle.reset();
    if (!idle) {
        auto opened = PgConnection::open(to, deadline, stop);
        if (!opened)
            return std::unexpected(opened.error());
        idle.emplace(std::move(*opened));
    }
    auto outcome = work(*idle, deadline);
    if (!idle->usable())
        idle.reset();
    return outcome;
}

} // namespace

class PgPool::Private : public QObject
{
public:
    struct Job
    {
        PostgresConnection connection;
        PgConnection::Deadline deadline;
        Work work;
        std::function<void(Result<void>)> done;
        std::shared_ptr<Call::Line> line;
        QTimer *timer = nullptr;
    };
    struct Server
    {
        std::deque<Job> waiting;
        bool busy = false;
        std::optional<PgConnection> idle;
        SteadyTime lastUsed;
    };

    Private()
    {
        m_threads.setMaxThreadCount(maxThreads);
        connect(&m_sweep, &QTimer::timeout, this, &Private::closeIdle);
        m_sweep.start(30s);
    }

    ~Private() override
    {
        *m_stop = true;
        m_threads.clear();
        m_threads.waitForDone();
    }

    void enqueue(Job job, std::chrono::milliseconds deadline)
    {
        // The caller hears in time even if every thread is held up.
        auto *timer = new QTimer(this);
        timer->setSingleShot(true);
        connect(timer, &QTimer::timeout, this,
                [this, deadline, done = job.done, line = job.line, where = job.connection] {
                    Call::deliver(line, this, [&] {
                        done(failure(ErrorCode::Timeout, u"no complete answer within %1 ms"_s.arg(deadline.count()),
                                     u"%1:%2"_s.arg(where.host).arg(where.port)));
                    });
                });
        timer->start(deadline + grace);
        job.timer = timer;
        const QString key = keyOf(job.connection);
        m_servers[key].waiting.push_back(std::move(job));
        startNext(key);
    }

private:
    void startNext(const QString &key)
    {
        Server &server = m_servers[key];
        while (!server.waiting.empty() && server.waiting.front().line->dropped())
            forget(server);
        if (server.busy || server.waiting.empty())
            return;
        server.busy = true;
        // Shared between the thread and what it posts back: a std::function must be copyable, a connection is not.
        auto idle = std::make_shared<std::optional<PgConnection>>(std::exchange(server.idle, std::nullopt));
        auto job = std::make_shared<Job>(std::move(server.waiting.front()));
        server.waiting.pop_front();
        m_threads.start([this, key, job, idle, stop = m_stop] {
            Result<void> outcome = failure(ErrorCode::Cancelled, u"dropped"_s);
            if (!job->line->dropped())
                outcome = perform(job->connection, *idle, job->work, job->deadline, stop);
            job->work = {}; // what it captured belongs to this thread until here
            QMetaObject::invokeMethod(
                this, [this, key, job, idle, outcome] { finished(key, job, idle, outcome); }, Qt::QueuedConnection);
        });
    }

    static void forget(Server &server)
    {
        delete server.waiting.front().timer;
        server.waiting.pop_front();
    }

    void finished(const QString &key, const std::shared_ptr<Job> &job,
                  const std::shared_ptr<std::optional<PgConnection>> &idle, const Result<void> &outcome)
    {
        delete job->timer;
        Server &server = m_servers[key];
        server.busy = false;
        server.idle = std::exchange(*idle, std::nullopt);
        server.lastUsed = std::chrono::steady_clock::now();
        startNext(key);
        // Last: whoever is called may ask again.
        Call::deliver(job->line, this, [&] { job->done(outcome); });
    }

    void closeIdle()
    {
        const auto now = std::chrono::steady_clock::now();
        std::erase_if(m_servers, [&](const auto &entry) {
            return !entry.second.busy && entry.second.waiting.empty() &&
                   now - entry.second.lastUsed > idleBeforeClosing;
        });
    }

    std::map<QString, Server> m_servers;
    QTimer m_sweep;
    const std::shared_ptr<std::atomic<bool>> m_stop = std::make_shared<std::atomic<bool>>(false);
    QThreadPool m_threads;
};

PgPool::PgPool(QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>())
{
}

PgPool::~PgPool() = default;

Call PgPool::run(const PostgresConnection &connection, std::chrono::milliseconds deadline, Work work,
                 std::function<void(Result<void>)> done)
{
    auto line = std::make_shared<Call::Line>();
    Call call(line);
    d->enqueue({connection, std::chrono::steady_clock::now() + deadline, std::move(work), std::move(done), line},
               deadline);
    return call;
}

} // namespace qd
