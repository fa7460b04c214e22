/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace qd {

/// Host names to addresses for threads that may block, but not for longer than their deadline. Each name is asked once
/// at a time, on a thread of its own (getaddrinfo cannot be stopped); failures are remembered too, for a shorter time.
/// Thread-safe and free of Qt.
class NameCache
{
public:
    using Clock = std::chrono::steady_clock;
    enum class Failure {
        NotFound, ///< no such name, or no answer from the name servers
        Timeout,  ///< none before the deadline; the question goes on and its answer will be kept
        Busy,     ///< too many names are being asked already
    };
    using Answer = std::expected<std::vector<std::string>, Failure>;
    using Resolver = std::function<Answer(const std::string &host)>;

    /// `resolver` may block; the default is getaddrinfo.
    explicit NameCache(Resolver resolver = systemResolver());
    ~NameCache();
    NameCache(const NameCache &) = delete;
    NameCache &operator=(const NameCache &) = delete;

    /// Numeric addresses, at most four, in the resolver's order.
    [[nodiscard]] Answer lookup(const std::string &host, Clock::time_point deadline);

    [[nodiscard]] static Resolver systemResolver();

    static constexpr std::chrono::seconds keptFor{60};
    static constexpr std::chrono::seconds failureKeptFor{5};
    static constexpr int maxQuestions = 32;
    static constexpr std::size_t maxNames = 1024;

private:
    struct State;
    // Shared with the asking threads, which may outlive the cache.
    std::shared_ptr<State> m_state;
};

} // namespace qd
