/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action.h"
#include "actions/redis_store.h"

namespace qd {

/// What actions on a deployment's Redis do alike: target, lease, and one script for each step.
class RedisAction : public Action
{
public:
    RedisAction(RedisStore::Place place, const Clock &clock, RedisStore::Stop stop);

    [[nodiscard]] Result<Plan> plan(const Wish &wish, Deadline deadline) final;
    [[nodiscard]] QList<Check> checks(const Plan &plan, Deadline deadline) final;
    [[nodiscard]] Result<std::optional<Lease>> begin(const Plan &plan, const QString &holder, Deadline deadline) final;
    [[nodiscard]] Result<void> renew(Deadline deadline) final;
    [[nodiscard]] Result<Stand> look(const Plan &plan, qsizetype step, Deadline deadline) final;
    [[nodiscard]] Result<void> perform(const Plan &plan, qsizetype step, Deadline deadline) override;
    [[nodiscard]] Result<void> revert(const Plan &plan, qsizetype step, Deadline deadline) override;
    [[nodiscard]] QList<Check> verify(const Plan &plan, Deadline deadline) override;
    void end(Deadline deadline) final;

protected:
    enum class Way { There, Back };
    /// Adds what would be done to a plan that has all the rest.
    [[nodiscard]] virtual Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) = 0;
    /// That things are still as the plan found them. Errors: BadInput, and why.
    [[nodiscard]] virtual Result<void> asPlanned(const Plan &plan, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<Stand> stand(const Plan &plan, qsizetype step, Deadline deadline) = 0;
    /// Errors: BadInput (this is no plan of this action's).
    [[nodiscard]] virtual Result<RedisStore::Change> change(const Plan &plan, qsizetype step, Way way) const = 0;

    [[nodiscard]] RedisStore &store() { return *m_store; }
    [[nodiscard]] QString where() const { return m_store ? m_store->target().address : QString(); }
    [[nodiscard]] Instant now() const { return m_clock.now(); }
    [[nodiscard]] bool isStopped() const { return m_stop && *m_stop; }
    /// In one step, under the lease, where this is the plan's target.
    [[nodiscard]] Result<qint64> make(const Plan &plan, const RedisStore::Change &change, Deadline deadline);
    [[nodiscard]] Result<void> open(Deadline deadline);

private:
    [[nodiscard]] Result<void> makeStep(const Plan &plan, qsizetype step, Way way, Deadline deadline);

    const RedisStore::Place m_place;
    const Clock &m_clock;
    const RedisStore::Stop m_stop;
    std::optional<RedisStore> m_store;
    std::optional<Target> m_plan; ///< once it acts
    std::optional<Lease> m_lease;
};

/// What a name in a key stands for, in plans; errors where it could not be written in one.
[[nodiscard]] Result<QString> keyText(const QByteArray &key);

/// `quarterdeck:kept:PLAN:STEP`: what a step leaves behind for those who look, or take it back.
[[nodiscard]] QByteArray keptKey(const Plan &plan, qsizetype step);

/// How long that stays where nothing else says.
constexpr std::chrono::hours keptFor{24};
/// As long, or until the plan is taken back by itself.
[[nodiscard]] std::chrono::milliseconds keptUntilRevert(const Plan &plan);

/// The key under `environment` of the options; default quarterdeck:environment.
[[nodiscard]] RedisStore::Place readRedisPlace(ConfigReader &reader, const ActionSpec &spec, const Profile &profile,
                                               QList<Error> *errors);

} // namespace qd
