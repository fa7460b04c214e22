/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

#include <QHash>

namespace qd {

/// A key that is in use, beside the age at which the profile wants another one.
struct KeyAge
{
    enum class Due {
        Unknown, ///< nobody tells how old it is
        Later,
        Soon, ///< within RotationPolicy::soon
        Now,  ///< and for some time
    };
    QString key;           ///< a signing key's id, an API key's prefix
    bool isApiKey = false; ///< else it signs
    Due due = Due::Unknown;
    Shown<Instant> dueAt;
    Freshness freshness;
    bool operator==(const KeyAge &) const = default;
};

/// Pure: of the key that signs and of each variable that holds one, and of the API keys that clients use; those alone
/// that the policy says anything of. The most pressing first, those of unknown age last. `rotated`: when which key was
/// rotated from here, for those whose age nobody else tells.
[[nodiscard]] QList<KeyAge> keyAges(const DeploymentView &view, const RotationPolicy &policy,
                                    const QHash<QString, Instant> &rotated = {});

[[nodiscard]] QString toWord(KeyAge::Due due); ///< "unknown", "later", "soon", "now"

} // namespace qd
