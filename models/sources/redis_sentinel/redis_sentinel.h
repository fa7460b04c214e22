/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/source.h"
#include "wire/redis.h"

namespace qd {

/// What one Sentinel said, as JSON: {"master": {FIELD: TEXT, …}, "ckquorum": TEXT}, without what it refused.
[[nodiscard]] QByteArray sentinelJson(const RedisReply &master, const RedisReply &quorum);

/// What the Sentinel `id` thinks of the set `name` by its replies to SENTINEL MASTER and SENTINEL CKQUORUM, of which an
/// error measures nothing. `now` is when it answered; `exchange` is where sentinelJson() stands in the reading.
[[nodiscard]] Sentinel sentinelFact(const QString &id, const QString &name, const RedisReply &master,
                                    const RedisReply &quorum, Instant now, int exchange);

/// The registry's entry: no options; it asks all Sentinels that its connection names, each on a connection of its own.
/// One that does not answer is told with nothing measured, and why under "sentinel/HOST:PORT".
[[nodiscard]] std::expected<SourceFactory, QList<Error>> redisSentinelFactory(const SourceSpec &spec,
                                                                              const Profile &profile);

} // namespace qd
