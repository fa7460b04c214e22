/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/pg_store.h"
#include "base/clock.h"
#include "profile/profile.h"

#include <functional>
#include <map>
#include <memory>

namespace qd {

/// What somebody wants to be done, before it is known what that takes.
struct Wish
{
    QString resource;               ///< "voice_quotes"
    std::map<QString, QString> set; ///< by what: {"enabled", "false"}
    QString author;
    QString reason;
    std::chrono::seconds revertAfter{0}; ///< see Plan
    QList<Measure> known{};              ///< what the watching knows of the deployment, for what it touches
};

/// Something looked at before or after acting.
struct Check
{
    enum class Result { Passed, Warned, Failed };
    Phrase phrase; ///< ui/words says it
    Result result = Result::Passed;
    std::optional<Error> error = std::nullopt;
};

[[nodiscard]] QString toWord(Check::Result result); ///< "passed", "warned", "failed"

/// How the deployment stands to one step of a plan.
enum class Stand {
    Before, ///< as the plan found it: the step has not happened
    After,  ///< as the step leaves it
    Other,  ///< neither: somebody else was there
};

/// One kind of deed on one deployment: a folder in models/actions/ and a row in the registry. It is made and used on
/// the thread of the action, and may wait; everything honours `deadline`.
class Action
{
public:
    using Deadline = PgConnection::Deadline;
    virtual ~Action() = default;

    /// Reads the deployment and says what would be done. Errors: BadInput (no such resource, nothing would change, a
    /// value it cannot be), Forbidden, and those of the store.
    [[nodiscard]] virtual Result<Plan> plan(const Wish &wish, Deadline deadline) = 0;
    /// That this is the plan's target and holds what the plan found, and whatever is the action's own to check.
    [[nodiscard]] virtual QList<Check> checks(const Plan &plan, Deadline deadline) = 0;
    /// Takes the lease for `holder`, on the connection that acts, and proves the target there. Nothing: this store
    /// cannot be leased, and compare-and-set alone guards.
    [[nodiscard]] virtual Result<std::optional<Lease>> begin(const Plan &plan, const QString &holder,
                                                             Deadline deadline) = 0;
    /// Before each step: that the lease is still held, and lasts. Errors: Unavailable (it was lost).
    [[nodiscard]] virtual Result<void> renew(Deadline /*deadline*/) { return {}; }
    [[nodiscard]] virtual Result<Stand> look(const Plan &plan, qsizetype step, Deadline deadline) = 0;
    /// Does the step where it stands Before. An error of isUncertain() leaves open whether it happened.
    [[nodiscard]] virtual Result<void> perform(const Plan &plan, qsizetype step, Deadline deadline) = 0;
    /// Takes it back where it stands After.
    [[nodiscard]] virtual Result<void> revert(const Plan &plan, qsizetype step, Deadline deadline) = 0;
    /// Why what this plan did and brought to its end cannot be taken back any more; asked before anything is.
    [[nodiscard]] virtual Result<void> mayUndo(const Plan & /*plan*/, Deadline /*deadline*/) { return {}; }
    /// What tells whether anybody wrote there since, beside the values that look() compares: a row's version. Empty:
    /// the store has nothing of the kind.
    [[nodiscard]] virtual Result<QByteArray> version(const Plan & /*plan*/, Deadline /*deadline*/)
    {
        return QByteArray();
    }
    /// That the deployment itself is as the plan expected.
    [[nodiscard]] virtual QList<Check> verify(const Plan &plan, Deadline deadline) = 0;
    /// What verify() saw, as evidence for the journal: an array in CBOR; empty: its checks tell it all.
    [[nodiscard]] virtual QByteArray evidence() const { return {}; }
    /// Gives the lease back.
    virtual void end(Deadline deadline) = 0;
};

/// True where it is not known whether what was asked for happened.
[[nodiscard]] bool isUncertain(ErrorCode code);

} // namespace qd
