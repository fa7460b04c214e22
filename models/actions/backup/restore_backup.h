/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/pg_action.h"

namespace qd {

/// Restores a backup into a new database beside the live one, which nobody else uses yet, and looks whether all of it
/// is there. The live database is only read. The resource is the file's name; `database` may name the new one. Undo
/// drops the new one.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeRestoreBackupAction(const ActionSpec &spec, const Profile &profile, const Clock &clock,
                        const PgConnection::Stop &stop);

/// The id of the profile's action of that kind. Errors: Unsupported (it names none), those of operatorOf().
[[nodiscard]] Result<QString> restoreActionOf(const Profile &profile);

} // namespace qd
