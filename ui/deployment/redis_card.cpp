/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/redis_card.h"

#include "deployment/deployment_page.h"
#include "deployment/value_label.h"
#include "deployment/value_rows.h"
#include "theme/meter_bar.h"

#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
Status statusOf(const Freshness &freshness)
{
    return freshness.kind == Freshness::Kind::Fresh ? Status::Ok : Status::Unknown;
}

/// Hits of all lookups of the whole server since it was started.
Spoken keyspaceHitRate(const RedisServer &fact, const QString &source)
{
    Spoken rate;
    if (!fact.keyspaceHitsTotal.has() || !fact.keyspaceMissesTotal.has())
        return rate;
    const qint64 hits = *fact.keyspaceHitsTotal;
    const qint64 all = hits + *fact.keyspaceMissesTotal;
    if (all <= 0)
        return rate;
    rate.text = words::percent(Share{static_cast<double>(hits) / static_cast<double>(all)});
    rate.because.formula = u"%1 / %2, since the server was started = %3"_s.arg(hits).arg(all).arg(*rate.text);
    rate.because.inputs = {spoken(fact.keyspaceHitsTotal, source).because,
                           spoken(fact.keyspaceMissesTotal, source).because};
    return rate;
}
} // namespace

RedisCard::RedisCard(DeploymentPage &page, QWidget *parent)
    : Card(page.theme(), parent)
    , m_memory(new ValueLabel(page, TextSize::Mid, true))
    , m_meter(new MeterBar(page.theme()))
{
    setObjectName(u"redis-card"_s);
    setTitle(u"Redis"_s);
    m_memory->setObjectName(u"redis-memory"_s);
    m_memory->setSubject(tr("Redis, memory used"));
    m_memory->setSinceShown(true);
    auto *rows = new ValueRows(page);
    m_policy = rows->add(tr("When full"), tr("Redis, eviction policy"));
    m_evicted = rows->add(tr("Evicted keys"), tr("Redis, evicted keys"));
    m_expired = rows->add(tr("Expired keys"), tr("Redis, expired keys"));
    m_hitRate = rows->add(tr("Keyspace hit rate"), tr("Redis, hit rate of the keyspace"));
    m_clients = rows->add(tr("Clients"), tr("Redis, clients"));
    m_version = rows->add(tr("Version"), tr("Redis, version"));
    m_uptime = rows->add(tr("Up for"), tr("Redis, up for"));

    auto *body = new QVBoxLayout;
    body->setContentsMargins(0, 0, 0, 0);
    body->setSpacing(4);
    body->addWidget(m_memory);
    body->addWidget(m_meter);
    body->addSpacing(4);
    body->addWidget(rows);
    body->addStretch();
    setBody(body);
}

void RedisCard::showMemory(const ServerView<RedisServer> &redis)
{
    const RedisServer &fact = *redis.fact;
    Spoken memory = spoken(fact.usedMemory, redis.source);
    std::optional<Share> fill;
    if (memory.text && fact.maxMemory.has() && fact.maxMemory->count > 0) {
        fill = Share{static_cast<double>(fact.usedMemory->count) / static_cast<double>(fact.maxMemory->count)};
        memory.text = tr("%1 of %2").arg(*memory.text, words::bytes(*fact.maxMemory));
        memory.because.inputs = {spoken(fact.maxMemory, redis.source).because};
    } else if (memory.text) {
        memory.text = tr("%1, no limit set").arg(*memory.text);
    }
    m_memory->say(memory, redis.freshness);
    m_meter->setVisible(fact.maxMemory.has());
    m_meter->setValue(fill, statusOf(redis.freshness));
    m_meter->setAccessibleName(m_memory->accessibleName());
}

void RedisCard::showView(const DeploymentView &view)
{
    const ServerView<RedisServer> &redis = view.redis;
    setGlyph(statusOf(redis.freshness));
    setNote(words::freshness(redis.freshness, view.at));
    if (!redis.fact) {
        m_meter->setValue({}, Status::Unknown);
        for (ValueLabel *value : {m_memory, m_policy, m_evicted, m_expired, m_hitRate, m_clients, m_version, m_uptime})
            value->say(Spoken{}, redis.freshness);
        return;
    }
    const RedisServer &fact = *redis.fact;
    showMemory(redis);
    m_policy->say(spoken(fact.evictionPolicy, redis.source), redis.freshness);
    m_evicted->say(spoken(fact.evictedTotal, redis.source), redis.freshness);
    m_expired->say(spoken(fact.expiredTotal, redis.source), redis.freshness);
    m_hitRate->say(keyspaceHitRate(fact, redis.source), redis.freshness);
    m_clients->say(spoken(fact.clients, redis.source), redis.freshness);
    m_version->say(spoken(fact.version, redis.source), redis.freshness);
    m_uptime->say(spoken(fact.uptime, redis.source), redis.freshness);
}

} // namespace qd
