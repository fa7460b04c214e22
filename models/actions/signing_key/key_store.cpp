/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/key_store.h"

namespace qd {

Result<void> KeyStore::open(Deadline deadline)
{
    if (auto connected = connect(deadline); !connected)
        return connected;
    if (!m_plan)
        return {};
    if (const auto differs = differsFrom(*m_plan))
        return std::unexpected(*differs);
    return {};
}

} // namespace qd
