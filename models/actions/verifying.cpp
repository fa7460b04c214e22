/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/verifying.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto patience = 10s;
constexpr auto farewell = 300ms; ///< more than it takes to see that one is to stop

std::optional<Error> keep(const QList<Verified> &results, const Profile &profile, const DeskPlace &place, Instant at)
{
    const auto desk = openDesk(place, patience);
    if (!desk)
        return desk.error();
    const auto kept = desk->journal->append(evidenceOf(results, profile, at, desk->who.id, desk->who.host), patience);
    return kept ? std::optional<Error>() : std::optional(kept.error());
}
} // namespace

Verifying::Verifying(Profile profile, Checklist checklist, DeskPlace place, const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_profile(std::move(profile))
    , m_checklist(std::move(checklist))
    , m_place(std::move(place))
    , m_clock(clock)
{
    for (const ChecklistItem &item : m_checklist)
        m_results.append({.name = item.name, .title = item.title});
}

Verifying::~Verifying()
{
    stop();
    if (m_thread)
        m_thread->wait(farewell.count());
}

void Verifying::start(bool mayBurst, const DeploymentView &view)
{
    if (m_running)
        return;
    m_running = true;
    m_endedAt.reset();
    m_keepingError.reset();
    m_stop = std::make_shared<std::atomic<bool>>(false);
    // What the thread says reaches this object only while that lives; the mailbox lives as long as either.
    const std::shared_ptr<QObject> mailbox(new QObject, [](QObject *object) { object->deleteLater(); });
    const auto post = [mailbox, self = QPointer(this)](const auto &deliver) {
        QMetaObject::invokeMethod(
            mailbox.get(),
            [self, deliver] { // not the mailbox: it would hold itself
                if (self)
                    deliver(*self);
            },
            Qt::QueuedConnection);
    };
    QThread *thread = QThread::create([profile = m_profile, checklist = m_checklist, place = m_place, mayBurst, view,
                                       stopped = m_stop, post] {
        const QList<Verified> results =
            verify(profile, checklist,
                   {.mayBurst = mayBurst,
                    .view = view,
                    .progress = [&](const QList<Verified> &all) { post([all](Verifying &self) { self.take(all); }); },
                    .stop = stopped});
        // Half a look is no evidence.
        const auto error = *stopped ? std::optional(Error{ErrorCode::Cancelled, u"it was stopped"_s, {}})
                                    : keep(results, profile, place, SystemClock().now());
        post([error](Verifying &self) { self.finish(error); });
    });
    m_thread = thread;
    connect(thread, &QThread::finished, thread, &QObject::deleteLater);
    thread->start();
    Q_EMIT changed();
}

void Verifying::take(const QList<Verified> &results)
{
    m_results = results;
    Q_EMIT changed();
}

void Verifying::stop()
{
    if (m_stop)
        *m_stop = true;
}

void Verifying::finish(const std::optional<Error> &keepingError)
{
    m_running = false;
    m_endedAt = m_clock.now();
    m_keepingError = keepingError;
    Q_EMIT changed();
}

} // namespace qd
