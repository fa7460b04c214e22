/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "e2e/live_sandbox.h"

namespace qd::testing {

/// One command to the Redis of a deployment of the sandbox, as the service's own user; the reply's text, or its number.
[[nodiscard]] QByteArray askRedis(const LiveSandbox &sandbox, const QString &deployment,
                                  const QList<QByteArray> &words);

} // namespace qd::testing
