/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/platform/platform_steps.h"
#include "watch/view.h"

#include <QCborArray>

namespace qd {

/// "expectation-watched" {title, for how long}: what the profile expects of a metric, looked at for a while once the
/// new secret is live. It only looks: whether it is as expected, check() says.
class ExpectationStep final : public PlatformStep
{
public:
    ExpectationStep(Hosting on, const Clock &clock)
        : PlatformStep(on)
        , m_clock(clock)
    {
    }
    void add(Plan &plan) const;
    [[nodiscard]] Check check() const;
    /// What was seen: {"expectation", title, unit, at most, [[ms since 1970, value], …]}
    [[nodiscard]] QCborArray evidence() const;

    void reset() override;
    [[nodiscard]] Result<QList<std::optional<QByteArray>>> print(const Plan &plan, Deadline deadline) override;
    [[nodiscard]] Result<Stand> stand(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> perform(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> revert(const Plan &plan, const Phrase &step, Deadline deadline) override;

private:
    struct Seen
    {
        Instant at;
        std::optional<double> value;
    };
    void look(DeploymentState &state);
    [[nodiscard]] const QString &title() const { return m_on.platform.guided.expectation; }

    const Clock &m_clock;
    QList<Seen> m_seen;
    ExpectationView m_last;
    bool m_isLookedAt = false;
};

} // namespace qd
