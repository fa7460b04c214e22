/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action.h"

namespace qd {

/// What a flag is to a plan, wherever it lies: "enabled" and "rollout", each as it is written there.
struct HeldFlag
{
    std::optional<QString> enabled;
    std::optional<QString> rollout;
    bool hasRollout = false; ///< there is a place for a percentage, though it may be empty

    [[nodiscard]] const std::optional<QString> &operator[](QStringView what) const
    {
        return what == u"enabled" ? enabled : rollout;
    }
};

/// What `wish` changes of `held`, in the style of what is written there. Errors: BadInput (nothing would change, a
/// value it cannot be, no such thing).
[[nodiscard]] Result<QList<Change>> changesOf(const Wish &wish, const HeldFlag &held, const QString &where);

/// How `held` stands to the changes of `plan` among `what`.
[[nodiscard]] Stand standOf(const Plan &plan, const QStringList &what, const HeldFlag &held);

/// How each change is taken back.
[[nodiscard]] QList<Phrase> undoOf(const Plan &plan);

/// "a, b and more": the first of those that there are.
[[nodiscard]] QString someOf(const QStringList &flags);

} // namespace qd
