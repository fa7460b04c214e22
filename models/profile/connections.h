/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "profile/profile.h"

namespace qd {

/// Reads `connections:` of a profile into `profile`; every fault goes to `errors`.
void readConnections(const ConfigNode &connections, Profile &profile, QList<Error> *errors);

/// True for letters, digits, '.', '_' and '-' alone, at most 63: what a profile and its connections may be called.
[[nodiscard]] bool isName(const QString &written);

/// `path` as written in the file that `at` came from: a relative one begins where that file lies.
[[nodiscard]] QString besides(const ConfigNode &at, const QString &path);

/// "keychain:NAME", "env:NAME" or "file:PATH" under `key`; nothing: it is not there, or was reported.
[[nodiscard]] std::optional<SecretRef> secretRef(ConfigReader &reader, QStringView key);

/// True for 127.0.0.0/8, ::1 and localhost.
[[nodiscard]] bool isLoopback(const QString &host);

} // namespace qd
