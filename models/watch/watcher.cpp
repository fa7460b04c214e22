/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/watcher.h"

#include "sources/source.h"
#include "watch/poller.h"
#include "wire/http.h"
#include "wire/postgres.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace qd {

/// What all deployments share on the I/O thread. Its slots are called through queued invocations only.
class IoThread::Room : public QObject
{
public:
    /// On the I/O thread: sockets belong to the thread that makes them.
    void open()
    {
        m_http = std::make_unique<HttpClient>();
        m_postgres = std::make_unique<PgPool>();
    }
    void close()
    {
        m_pollers.clear();
        m_postgres.reset();
        m_http.reset();
    }
    void add(quint64 watcher, const PollerPlan &plan, Poller::Sink sink)
    {
        const Wire wire{.http = m_http.get(), .postgres = m_postgres.get()};
        m_pollers[watcher].push_back(std::make_unique<Poller>(plan, wire, std::move(sink)));
        m_pollers[watcher].back()->pollNow();
    }
    void remove(quint64 watcher) { m_pollers.erase(watcher); }
    void refresh(quint64 watcher)
    {
        for (const auto &poller : m_pollers[watcher])
            poller->pollNow();
    }

private:
    std::unique_ptr<HttpClient> m_http;
    std::unique_ptr<PgPool> m_postgres;
    std::unordered_map<quint64, std::vector<std::unique_ptr<Poller>>> m_pollers;
};

IoThread::IoThread()
    : m_room(new Room)
{
    m_thread.setObjectName("quarterdeck-io");
    m_room->moveToThread(&m_thread);
    QObject::connect(&m_thread, &QThread::started, m_room, [room = m_room] { room->open(); });
    QObject::connect(&m_thread, &QThread::finished, m_room, [room = m_room] { room->close(); });
    m_thread.start();
}

IoThread::~IoThread()
{
    m_thread.quit();
    m_thread.wait();
    delete m_room;
}

std::chrono::milliseconds nextDelay(std::chrono::milliseconds interval, int failures, double spread)
{
    // Within two intervals a system that is back must be seen to be back, so the back-off stays under that.
    constexpr std::array factors{1.0, 1.0, 1.25, 1.5, 1.7};
    const auto step = static_cast<size_t>(std::clamp(failures, 0, static_cast<int>(factors.size()) - 1));
    const double jitter = 0.9 + 0.2 * std::clamp(spread, 0.0, 1.0);
    return std::chrono::duration_cast<std::chrono::milliseconds>(interval * factors.at(step) * jitter);
}

class Watcher::Private
{
public:
    Private(const Profile &p, IoThread &thread, const Clock &c)
        : profile(p)
        , room(thread.room())
        , clock(c)
    {
    }
    const Profile profile;
    IoThread::Room *room;
    const Clock &clock;
    quint64 id = 0;
};

Watcher::Watcher(const Profile &profile, IoThread &io, const Clock &clock, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(profile, io, clock))
{
    qRegisterMetaType<Reading>();
}

Watcher::~Watcher()
{
    stop();
}

void Watcher::start()
{
    static std::atomic<quint64> next{0};
    if (d->id != 0)
        return;
    d->id = ++next;
    for (const SourceSpec &spec : std::as_const(d->profile.sources)) {
        PollerPlan plan{.deployment = d->profile.name,
                        .source = spec.id,
                        .interval = spec.interval,
                        .make = sourceFactory(spec, d->profile),
                        .clock = &d->clock};
        // Queued to this watcher as its context: nothing arrives after it is gone.
        auto sink = std::make_shared<ReadingRelay>();
        connect(sink.get(), &ReadingRelay::read, this, &Watcher::read, Qt::QueuedConnection);
        sink->moveToThread(d->room->thread());
        QMetaObject::invokeMethod(
            d->room, [room = d->room, id = d->id, plan, sink] { room->add(id, plan, sink); }, Qt::QueuedConnection);
    }
}

void Watcher::stop()
{
    if (d->id == 0)
        return;
    QMetaObject::invokeMethod(d->room, [room = d->room, id = d->id] { room->remove(id); }, Qt::QueuedConnection);
    d->id = 0;
}

void Watcher::refresh()
{
    if (d->id == 0)
        return;
    QMetaObject::invokeMethod(d->room, [room = d->room, id = d->id] { room->refresh(id); }, Qt::QueuedConnection);
}

} // namespace qd
