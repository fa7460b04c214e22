/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action.h"

#include <QDateTime>
#include <QTimeZone>

/// What a team has agreed on: who may do what where, when nothing is touched, and what needs a second person. It
/// guards against mistakes; the real wall is the rights of the role that acts.
namespace qd {

/// Who acts, and from where.
struct Operator
{
    QString id;
    QString host;
    QByteArray key = {}; ///< the public half of their own; empty: they have none
};

/// What a line of a policy is about. An empty list: all.
struct PolicyScope
{
    QStringList actions; ///< kinds: "feature-flag"
    QStringList environments;
    QStringList deployments;
    [[nodiscard]] bool covers(const Plan &plan) const;
    bool operator==(const PolicyScope &) const = default;
};

struct Policy
{
    struct Person
    {
        QString name;
        QByteArray key; ///< 32 bytes
        QStringList roles;
    };
    /// A role may have several.
    struct Grant
    {
        QString role;
        bool act = false;
        bool approve = false;
        PolicyScope scope;
    };
    /// No new action begins in it. One span, or hours of each day that is named (every day where none is). Its times
    /// are those of the clocks on the wall in `zone`.
    struct Freeze
    {
        PolicyScope scope;
        QTimeZone zone;
        std::optional<std::pair<QDateTime, QDateTime>> span; ///< written as if they were UTC
        QTime from;
        QTime to;            ///< not after `from`: on the day after
        QList<int> weekdays; ///< 1: Monday
        QList<QDate> dates;
        QString reason;
        /// On the wall; nothing: it does not stand at `now`.
        [[nodiscard]] std::optional<QDateTime> until(Instant now) const;
    };
    struct Raise
    {
        PolicyScope scope;
        Risk atLeast = Risk::Low;
    };

    QList<Person> people;
    QList<Grant> grants;
    QList<Freeze> freezes;
    QList<Raise> raises;

    [[nodiscard]] const Person *person(const QString &name) const;
    /// The plan's own risk, or a higher one.
    [[nodiscard]] Risk riskOf(const Plan &plan) const;
    /// That of `who`'s roles which lets them act (or approve); empty: none does.
    [[nodiscard]] QString roleFor(const Person &who, bool Policy::Grant::*right, const Plan &plan) const;
    /// The roles that would.
    [[nodiscard]] QStringList rolesFor(bool Policy::Grant::*right, const Plan &plan) const;
};

/// All errors, each with file:line:column in `where` and what was expected in `message`.
[[nodiscard]] std::expected<Policy, QList<Error>> parsePolicy(const QByteArray &yaml, const QString &file);

/// The policy in `path`; where none is named, that in "policy.yaml" beside the profile. Nothing: there is none, and
/// none was named.
[[nodiscard]] std::expected<std::optional<Policy>, QList<Error>> loadPolicy(const QString &path,
                                                                            const QString &profile);

/// Whether `who` may carry `plan` out: "role", with the name and the role that allows it, both missing where there is
/// no policy.
[[nodiscard]] Check roleCheck(const std::optional<Policy> &policy, const Plan &plan, const Operator &who);
/// Whether nothing forbids it at `now`: "freeze".
[[nodiscard]] Check freezeCheck(const Policy &policy, const Plan &plan, Instant now);
/// Whether the plan knows how high the policy has its risk: "risk-as-policy".
[[nodiscard]] Check riskCheck(const Policy &policy, const Plan &plan);

} // namespace qd
