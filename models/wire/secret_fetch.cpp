/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/secret_fetch.h"

#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

using namespace Qt::StringLiterals;

namespace qd {
namespace {

using Take = std::function<void(Result<Secret>)>;
using Key = std::pair<SecretRef::Scheme, QString>;

constexpr std::size_t maxFetches = 32;

struct Fetches
{
    std::mutex lock;
    std::map<Key, std::vector<Take>> waiting;
};

void fetch(const std::shared_ptr<Fetches> &fetches, const SecretRef &ref)
{
    const Result<Secret> fetched = resolve(ref);
    std::vector<Take> takers;
    {
        const std::scoped_lock guard(fetches->lock);
        takers = std::move(fetches->waiting.extract({ref.scheme, ref.name}).mapped());
    }
    for (const Take &take : takers) {
        if (fetched)
            take(fetched->copy());
        else
            take(std::unexpected(fetched.error()));
    }
}

} // namespace

void fetchSecret(const SecretRef &ref, Take take)
{
    // Shared with the threads, which may outlive it.
    static const auto fetches = std::make_shared<Fetches>();
    std::unique_lock guard(fetches->lock);
    const bool full = fetches->waiting.size() >= maxFetches;
    const Key key{ref.scheme, ref.name};
    const auto known = fetches->waiting.find(key);
    if (known != fetches->waiting.end()) {
        known->second.push_back(std::move(take));
    } else if (!full) {
        fetches->waiting[key].push_back(std::move(take));
        std::thread([shared = fetches, ref] { fetch(shared, ref); }).detach();
    } else {
        guard.unlock();
        take(failure(ErrorCode::Unavailable, u"too many secrets are being fetched"_s));
    }
}

} // namespace qd
