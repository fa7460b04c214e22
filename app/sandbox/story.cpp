/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "story.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

const QList<Story> &stories()
{
    static const QList<Story> all{
        {.name = u"payment-outage"_s,
         .description =
             u"three minutes: payments get slow, then fail, people log in again and again, a cache is emptied,\n"
             "      a client retries without pause; after 130 s it heals"_s,
         .scenes =
             {
                 {10, u"quoted"_s, u"stripe-slow"_s, {}, true},              // payments take longer
                 {25, u"quoted"_s, u"stripe-down"_s, {}, true},              // then fail: the breaker opens
                 {40, u"quoted"_s, u"flood"_s, u"auth"_s, true},             // people log in again and again
                 {60, u"quoted"_s, u"empty-cache"_s, u"contractor"_s, true}, // a hasty deploy empties a cache
                 {70, u"quoted"_s, u"openai-slow"_s, {}, true},
                 {85, u"quoted"_s, u"flood"_s, u"writes"_s, true}, // a client retries without a pause
                 {105, u"quoted"_s, u"flood"_s, u"writes"_s, false},
                 {110, u"quoted"_s, u"flood"_s, u"auth"_s, false},
                 {120, u"quoted"_s, u"openai-slow"_s, {}, false},
                 {125, u"quoted"_s, u"stripe-slow"_s, {}, false},
                 {130, u"quoted"_s, u"stripe-down"_s, {}, false}, // half-open, then closed
                 {180, u"quoted"_s, u"heal"_s, {}, true},
             }},
        {.name = u"redis-failover"_s,
         .description = u"two minutes: the Redis master of luckygas dies and is replaced, the bank fails while one\n"
                        "      Sentinel is missing; after 90 s it heals, and Redis is as it was"_s,
         .scenes =
             {
                 {10, u"luckygas"_s, u"redis-master-stop"_s, {}, true}, // refused until the Sentinels promote the other
                 {40, u"luckygas"_s, u"redis-start"_s, {}, true},       // it comes back as a replica
                 {50, u"luckygas"_s, u"sentinel-stop"_s, u"3"_s, true}, // two still make a quorum
                 {55, u"luckygas"_s, u"banking_api-down"_s, {}, true},
                 {70, u"luckygas"_s, u"replica-stop"_s, {}, true},
                 {90, u"luckygas"_s, u"heal"_s, {}, true},
             }},
    };
    return all;
}

const Story *findStory(const QString &name)
{
    const auto it = std::ranges::find(stories(), name, &Story::name);
    return it == stories().end() ? nullptr : &*it;
}

} // namespace qd::sandbox
