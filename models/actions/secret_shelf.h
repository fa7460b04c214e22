/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/secret.h"

#include <QStringList>

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

namespace qd {

/// Carries secrets between a person and an action, by the id of the plan: a plan, a journal and a log never have them.
/// They are in this process only, and wiped when they are taken or forgotten, when their time is over, and at the end
/// of the program. Any thread may ask.
class SecretShelf
{
public:
    enum class Way {
        Given, ///< a person typed it for the plan
        Made,  ///< the action made it, and somebody has to be handed it
    };
    static constexpr std::chrono::milliseconds keptFor = std::chrono::minutes(15);

    explicit SecretShelf(std::chrono::milliseconds time = keptFor);
    ~SecretShelf(); ///< wipes them all
    SecretShelf(const SecretShelf &) = delete;
    SecretShelf &operator=(const SecretShelf &) = delete;

    /// Takes the place of what was there under that name; its time begins anew.
    void keep(Way way, const QByteArray &plan, const QString &name, Secret secret);
    /// It is not there any more then. Nothing: it never was, or is gone.
    [[nodiscard]] std::optional<Secret> take(Way way, const QByteArray &plan, const QString &name);
    /// It stays.
    [[nodiscard]] std::optional<Secret> copy(Way way, const QByteArray &plan, const QString &name) const;
    /// Of what is there; in the order in which it came.
    [[nodiscard]] QStringList names(Way way, const QByteArray &plan) const;
    [[nodiscard]] qsizetype count() const; ///< of all plans
    /// Somebody has what was made, which stays.
    void handOver(const QByteArray &plan, const QString &name);
    /// What was made, and neither taken nor handed over: also once its time is over and it is gone.
    [[nodiscard]] QStringList notHandedOver(const QByteArray &plan) const;
    /// For tests: of what comes from now on.
    void setTime(std::chrono::milliseconds time);
    /// The same plan has another id now: as a reason was added.
    void rename(const QByteArray &plan, const QByteArray &now);
    /// Nobody looks at that plan any more.
    void forget(const QByteArray &plan);

private:
    struct Kept
    {
        Way way;
        QByteArray plan;
        QString name;
        Secret secret;
        std::chrono::steady_clock::time_point until;
    };
    [[nodiscard]] std::list<Kept>::const_iterator find(Way way, const QByteArray &plan, const QString &name) const;
    void tend(const std::stop_token &stop);
    struct Name
    {
        QByteArray plan;
        QString name;
        bool operator==(const Name &) const = default;
    };

    std::chrono::milliseconds m_time;
    mutable std::mutex m_lock;
    std::condition_variable_any m_came;
    std::list<Kept> m_kept; ///< the oldest first
    std::list<Name> m_notHandedOver;
    std::jthread m_keeper; ///< last: it uses the rest
};

/// The one of this process.
[[nodiscard]] SecretShelf &secretShelf();

} // namespace qd
