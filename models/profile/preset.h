/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "profile/config.h"

namespace qd {

/// Puts what `under` says below what `over` says: maps are joined key by key, lists of maps that all have a `name`
/// name by name, anything else is `over`'s.
[[nodiscard]] ConfigNode merged(const ConfigNode &over, const ConfigNode &under);

/// The preset that the profile `root` names: a null node where it names none; nothing where it names none in the right
/// way (whoever reads the key says so) or one that cannot be read (`errors` says why).
[[nodiscard]] std::optional<ConfigNode> loadPreset(const ConfigNode &root, QList<Error> *errors);

/// What is built in as `name` of `folder` ("flags"): a part of a profile that its options build on. Errors: NotFound
/// (and what there is).
[[nodiscard]] Result<ConfigNode> builtInPart(const QString &folder, const QString &name);

} // namespace qd
