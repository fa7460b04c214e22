/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "profile/profile.h"

#include <functional>

namespace qd {

/// `resolve` on a thread of its own that nobody waits for: a keyring that asks a person, or a file on a dead mount,
/// must hold up neither a worker nor the end of the program. Who asks while the same secret is being fetched shares
/// the answer. `take` runs on that thread, once; it is on its caller's if too many secrets are being fetched
/// (Unavailable).
void fetchSecret(const SecretRef &ref, std::function<void(Result<Secret>)> take);

} // namespace qd
