/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>

namespace qd::sandbox {

/// So many random bytes of the system's generator, for passwords, keys and salts; in hexadecimal, so that they need no
/// quoting anywhere. At most 64 bytes.
[[nodiscard]] QByteArray randomHex(qsizetype bytes);

} // namespace qd::sandbox
