/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "story.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

QList<Story::Scene> whatAllLose()
{
    QList<Story::Scene> scenes;
    for (const QString &deployment : {u"quoted"_s, u"luckygas"_s, u"longmem"_s, u"preflight"_s, u"storefront"_s}) {
        for (const QString &fault : {u"service-kill"_s, u"redis-stop"_s, u"postgres-stop"_s})
            scenes.append({0, deployment, fault, {}, true});
    }
    for (const QString &fault : {u"replica-stop"_s, u"pgbouncer-stop"_s})
        scenes.append({0, u"luckygas"_s, fault, {}, true});
    for (const QString &sentinel : {u"1"_s, u"2"_s, u"3"_s})
        scenes.append({0, u"luckygas"_s, u"sentinel-stop"_s, sentinel, true});
    return scenes;
}

} // namespace

const QList<Story> &stories()
{
    static const QList<Story> all{
        {.name = u"payment-outage"_s,
         .description =
             u"three minutes: payments get slow, then fail, people log in again and again, a cache is emptied,\n"
             "      a client retries without pause; after 130 s it heals"_s,
         .scenes =
             {
                 {10, u"quoted"_s, u"stripe-slow"_s, {}, true}, // payments take longer
                 {14, u"storefront"_s, u"stripe-slow"_s, {}, true},
                 {25, u"quoted"_s, u"stripe-down"_s, {}, true}, // then fail: the breakers open
                 {30, u"storefront"_s, u"stripe-down"_s, {}, true},
                 {40, u"quoted"_s, u"flood"_s, u"auth"_s, true},             // people log in again and again
                 {50, u"storefront"_s, u"webhook-secret"_s, {}, true},       // somebody changed the wrong secret
                 {60, u"quoted"_s, u"empty-cache"_s, u"contractor"_s, true}, // a hasty deploy empties a cache
                 {70, u"quoted"_s, u"openai-slow"_s, {}, true},
                 {85, u"quoted"_s, u"flood"_s, u"writes"_s, true}, // a client retries without a pause
                 {90, u"storefront"_s, u"flood"_s, u"api"_s, true},
                 {100, u"storefront"_s, u"webhook-secret"_s, {}, false},
                 {105, u"quoted"_s, u"flood"_s, u"writes"_s, false},
                 {110, u"quoted"_s, u"flood"_s, u"auth"_s, false},
                 {115, u"storefront"_s, u"flood"_s, u"api"_s, false},
                 {120, u"quoted"_s, u"openai-slow"_s, {}, false},
                 {125, u"quoted"_s, u"stripe-slow"_s, {}, false},
                 {128, u"storefront"_s, u"stripe-slow"_s, {}, false},
                 {130, u"quoted"_s, u"stripe-down"_s, {}, false}, // half-open, then closed
                 {132, u"storefront"_s, u"stripe-down"_s, {}, false},
                 {180, u"quoted"_s, u"heal"_s, {}, true},
                 {180, u"storefront"_s, u"heal"_s, {}, true},
             }},
        {.name = u"slow-database"_s,
         .description = u"two minutes: queries are held up, caches are emptied into the slow database, one of the\n"
                        "      databases goes away altogether; after 90 s it heals"_s,
         .scenes =
             {
                 {10, u"storefront"_s, u"slow-database"_s, {}, true},
                 {20, u"quoted"_s, u"slow-database"_s, {}, true},
                 {30, u"storefront"_s, u"empty-cache"_s, u"products"_s, true}, // flushed, as the runbook says
                 {32, u"quoted"_s, u"empty-cache"_s, u"contractor"_s, true},
                 {50, u"storefront"_s, u"postgres-stop"_s, {}, true},
                 {65, u"storefront"_s, u"postgres-start"_s, {}, true},
                 {80, u"quoted"_s, u"slow-database"_s, {}, false},
                 {90, u"storefront"_s, u"slow-database"_s, {}, false},
                 {120, u"quoted"_s, u"heal"_s, {}, true},
                 {120, u"storefront"_s, u"heal"_s, {}, true},
             }},
        {.name = u"quiet-night"_s,
         .description = u"ten minutes: nothing that pages anybody, and three things for the morning's handoff: the\n"
                        "      weather provider was slow for a while, a client asked too often, backups are missing"_s,
         .scenes =
             {
                 {60, u"storefront"_s, u"weather-slow"_s, {}, true},
                 {150, u"storefront"_s, u"weather-slow"_s, {}, false},
                 {200, u"quoted"_s, u"flood"_s, u"demo"_s, true},
                 {240, u"quoted"_s, u"flood"_s, u"demo"_s, false},
                 {300, u"storefront"_s, u"age-backup"_s, {}, true},
                 {420, u"storefront"_s, u"empty-cache"_s, u"recommendations"_s, true}, // the nightly job rewrites them
             }},
        {.name = u"limiter-fallback"_s,
         .description = u"two minutes: an importer floods, Redis is lost, the limiter counts in memory, the\n"
                        "      embedding model gets slow; after 100 s it heals"_s,
         .scenes =
             {
                 {10, u"longmem"_s, u"flood"_s, u"user"_s, true},   // one user's importer retries without a pause
                 {40, u"longmem"_s, u"redis-stop"_s, {}, true},     // full buckets for all, in memory
                 {60, u"longmem"_s, u"embedding-slow"_s, {}, true}, // and without its cache all is embedded
                 {80, u"longmem"_s, u"embedding-slow"_s, {}, false},
                 {85, u"longmem"_s, u"redis-start"_s, {}, true},
                 {95, u"longmem"_s, u"flood"_s, u"user"_s, false},
                 {100, u"longmem"_s, u"heal"_s, {}, true},
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
        {.name = u"incident"_s,
         .description = u"at once: each deployment has an incident of its own, until it is healed"_s,
         .scenes =
             {
                 {0, u"quoted"_s, u"openai-down"_s, {}, true},
                 {0, u"quoted"_s, u"stripe-slow"_s, {}, true},
                 {0, u"quoted"_s, u"empty-cache"_s, u"contractor"_s, true},
                 {0, u"quoted"_s, u"flood"_s, u"auth"_s, true},
                 {0, u"luckygas"_s, u"redis-master-stop"_s, {}, true},
                 {0, u"luckygas"_s, u"banking_api-down"_s, {}, true},
                 {0, u"luckygas"_s, u"sentinel-stop"_s, u"3"_s, true},
                 {0, u"longmem"_s, u"flood"_s, u"user"_s, true},
                 {0, u"longmem"_s, u"redis-stop"_s, {}, true},
                 {0, u"preflight"_s, u"redis-stop"_s, {}, true},
                 {0, u"preflight"_s, u"evaluator-slow"_s, {}, true},
                 {0, u"storefront"_s, u"stripe-down"_s, {}, true},
                 {0, u"storefront"_s, u"webhook-secret"_s, {}, true},
                 {0, u"storefront"_s, u"flood"_s, u"api"_s, true},
             }},
        {.name = u"gone"_s,
         .description = u"at once: nothing of any deployment answers any more, until it is healed"_s,
         .scenes = whatAllLose()},
    };
    return all;
}

const Story *findStory(const QString &name)
{
    const auto it = std::ranges::find(stories(), name, &Story::name);
    return it == stories().end() ? nullptr : &*it;
}

} // namespace qd::sandbox
