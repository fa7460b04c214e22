/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/clock.h"
#include "history/logbook.h"

namespace qd::test {

/// A deployment with PostgreSQL, pgBouncer, Redis and three Sentinels behind the sources "postgresql", "pgbouncer",
/// "redis" and "sentinel".
[[nodiscard]] Profile storesProfile(const QStringList &sources = {QStringLiteral("postgresql"),
                                                                  QStringLiteral("pgbouncer"), QStringLiteral("redis"),
                                                                  QStringLiteral("sentinel")});

/// Its stores, which tell a logbook about themselves every 5 seconds of simulated time what these fields say.
class Stores
{
public:
    explicit Stores(Profile profile = storesProfile());

    [[nodiscard]] Logbook &logbook() { return m_logbook; }
    [[nodiscard]] Instant now() const { return m_clock.now(); }
    void live(std::chrono::seconds length);
    /// From now on that source fails with `error`; nothing: it answers again.
    void setFailing(const QString &source, std::optional<Error> error);

    Database primary;
    std::optional<Database> standby; ///< told by the source "standby"
    RedisServer redis;
    QList<Replica> replicas; ///< each told by the source of its system
    QList<Pool> pools;
    QList<Sentinel> sentinels;
    QList<Session> sessions;
    QList<Statement> statements;
    QList<Relation> relations;
    QList<Refusal> refusals; ///< of the source "postgresql"

    void setQuorumLost();
    void setBlocked();

private:
    void step();
    void tell(const QString &source, QList<Fact> facts, const QList<Refusal> &refused = {});
    ManualClock m_clock;
    Logbook m_logbook;
    QHash<QString, Error> m_failing;
    int m_steps = 0;
};

} // namespace qd::test
