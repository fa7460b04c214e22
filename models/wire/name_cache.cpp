/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/name_cache.h"

#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include <netdb.h>
#include <sys/socket.h>

namespace qd {

struct NameCache::State
{
    struct Entry
    {
        bool asking = false;
        std::optional<Answer> answer;
        Clock::time_point until;
    };
    Resolver resolver;
    std::mutex mutex;
    std::condition_variable answered;
    std::map<std::string, Entry> entries;
    int asking = 0;

    void ask(const std::string &host)
    {
        Answer answer = resolver(host);
        const std::lock_guard lock(mutex);
        --asking;
        Entry &entry = entries[host];
        entry.asking = false;
        entry.until = Clock::now() + (answer ? keptFor : failureKeptFor);
        entry.answer = std::move(answer);
        answered.notify_all();
    }
};

NameCache::NameCache(Resolver resolver)
    : m_state(std::make_shared<State>())
{
    m_state->resolver = std::move(resolver);
}

NameCache::~NameCache() = default;

NameCache::Answer NameCache::lookup(const std::string &host, Clock::time_point deadline)
{
    std::unique_lock lock(m_state->mutex);
    const auto now = Clock::now();
    if (m_state->entries.size() > maxNames)
        std::erase_if(m_state->entries, [&](const auto &e) { return !e.second.asking && e.second.until < now; });
    State::Entry &entry = m_state->entries[host]; // stays while it is asked
    if (entry.answer && entry.until > now)
        return *entry.answer;
    if (!entry.asking) {
        if (m_state->asking >= maxQuestions)
            return std::unexpected(Failure::Busy);
        entry.answer.reset();
        entry.asking = true;
        ++m_state->asking;
        std::thread([state = m_state, host] { state->ask(host); }).detach();
    }
    std::optional<Answer> answer;
    const bool inTime = m_state->answered.wait_until(lock, deadline, [&] {
        const auto found = m_state->entries.find(host);
        if (found == m_state->entries.end() || found->second.asking)
            return false;
        answer = found->second.answer;
        return answer.has_value();
    });
    return inTime ? *answer : std::unexpected(Failure::Timeout);
}

NameCache::Resolver NameCache::systemResolver()
{
    return [](const std::string &host) -> Answer {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_ADDRCONFIG;
        addrinfo *found = nullptr;
        if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
            return std::unexpected(Failure::NotFound);
        const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
        std::vector<std::string> addresses;
        for (const addrinfo *a = found; a && addresses.size() < 4; a = a->ai_next) {
            std::array<char, NI_MAXHOST> text{};
            if (::getnameinfo(a->ai_addr, a->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
                addresses.emplace_back(text.data());
        }
        if (addresses.empty())
            return std::unexpected(Failure::NotFound);
        return addresses;
    };
}

} // namespace qd
