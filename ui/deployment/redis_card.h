/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/card.h"

namespace qd {

class DeploymentPage;
class MeterBar;
class ValueLabel;

/// The Redis that carries the cache: memory against its limit, evictions, clients.
class RedisCard : public Card
{
    Q_OBJECT

public:
    explicit RedisCard(DeploymentPage &page, QWidget *parent = nullptr);

    void showView(const DeploymentView &view);

private:
    void showMemory(const ServerView<RedisServer> &redis);
    ValueLabel *m_memory;
    MeterBar *m_meter;
    ValueLabel *m_policy;
    ValueLabel *m_evicted;
    ValueLabel *m_expired;
    ValueLabel *m_hitRate;
    ValueLabel *m_clients;
    ValueLabel *m_version;
    ValueLabel *m_uptime;
};

} // namespace qd
