/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/secret.h"
#include "wire/redis.h"

namespace qd {

/// A command in Redis' protocol.
[[nodiscard]] QByteArray format(const RedisCommand &command);

/// AUTH with a password that is wiped after use; `user` may be empty (Redis before 6).
[[nodiscard]] Secret formatAuth(const QString &user, const Secret &password);

} // namespace qd
