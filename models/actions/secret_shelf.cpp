/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/secret_shelf.h"

#include <algorithm>

namespace qd {

SecretShelf::SecretShelf(std::chrono::milliseconds time)
    : m_time(time)
    , m_keeper([this](const std::stop_token &stop) { tend(stop); })
{
}

SecretShelf::~SecretShelf() = default;

void SecretShelf::tend(const std::stop_token &stop)
{
    std::unique_lock lock(m_lock);
    while (!stop.stop_requested()) {
        const auto now = std::chrono::steady_clock::now();
        std::erase_if(m_kept, [now](const Kept &each) { return each.until <= now; });
        if (m_kept.empty()) {
            m_came.wait(lock, stop, [this] { return !m_kept.empty(); });
        } else {
            // What comes meanwhile lasts longer.
            const auto next = m_kept.front().until;
            m_came.wait_until(lock, stop, next, [] { return false; });
        }
    }
}

std::list<SecretShelf::Kept>::const_iterator SecretShelf::find(Way way, const QByteArray &plan,
                                                               const QString &name) const
{
    const auto now = std::chrono::steady_clock::now();
    return std::ranges::find_if(m_kept, [&](const Kept &each) {
        return each.way == way && each.plan == plan && each.name == name && each.until > now;
    });
}

void SecretShelf::keep(Way way, const QByteArray &plan, const QString &name, Secret secret)
{
    {
        const std::scoped_lock guard(m_lock);
        std::erase_if(m_kept,
                      [&](const Kept &each) { return each.way == way && each.plan == plan && each.name == name; });
        m_kept.push_back({.way = way,
                          .plan = plan,
                          .name = name,
                          .secret = std::move(secret),
                          .until = std::chrono::steady_clock::now() + m_time});
        if (way == Way::Made && std::ranges::find(m_notHandedOver, Name{plan, name}) == m_notHandedOver.end())
            m_notHandedOver.push_back({plan, name});
    }
    m_came.notify_all();
}

std::optional<Secret> SecretShelf::take(Way way, const QByteArray &plan, const QString &name)
{
    const std::scoped_lock guard(m_lock);
    if (way == Way::Made)
        std::erase(m_notHandedOver, Name{plan, name});
    const auto found = find(way, plan, name);
    if (found == m_kept.end())
        return std::nullopt;
    std::list<Kept> taken;
    taken.splice(taken.begin(), m_kept, found);
    return std::move(taken.front().secret);
}

std::optional<Secret> SecretShelf::copy(Way way, const QByteArray &plan, const QString &name) const
{
    const std::scoped_lock guard(m_lock);
    const auto found = find(way, plan, name);
    return found == m_kept.end() ? std::nullopt : std::optional(found->secret.copy());
}

QStringList SecretShelf::names(Way way, const QByteArray &plan) const
{
    const std::scoped_lock guard(m_lock);
    const auto now = std::chrono::steady_clock::now();
    QStringList names;
    for (const Kept &each : m_kept) {
        if (each.way == way && each.plan == plan && each.until > now)
            names.append(each.name);
    }
    return names;
}

qsizetype SecretShelf::count() const
{
    const std::scoped_lock guard(m_lock);
    return static_cast<qsizetype>(m_kept.size());
}

void SecretShelf::rename(const QByteArray &plan, const QByteArray &now)
{
    const std::scoped_lock guard(m_lock);
    for (Kept &each : m_kept) {
        if (each.plan == plan)
            each.plan = now;
    }
    for (Name &each : m_notHandedOver) {
        if (each.plan == plan)
            each.plan = now;
    }
}

void SecretShelf::forget(const QByteArray &plan)
{
    const std::scoped_lock guard(m_lock);
    std::erase_if(m_kept, [&](const Kept &each) { return each.plan == plan; });
    std::erase_if(m_notHandedOver, [&](const Name &each) { return each.plan == plan; });
}

void SecretShelf::handOver(const QByteArray &plan, const QString &name)
{
    const std::scoped_lock guard(m_lock);
    std::erase(m_notHandedOver, Name{plan, name});
}

QStringList SecretShelf::notHandedOver(const QByteArray &plan) const
{
    const std::scoped_lock guard(m_lock);
    QStringList names;
    for (const Name &each : m_notHandedOver) {
        if (each.plan == plan)
            names.append(each.name);
    }
    return names;
}

void SecretShelf::setTime(std::chrono::milliseconds time)
{
    const std::scoped_lock guard(m_lock);
    m_time = time;
}

SecretShelf &secretShelf()
{
    static SecretShelf shelf;
    return shelf;
}

} // namespace qd
