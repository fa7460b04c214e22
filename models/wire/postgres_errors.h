/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"

#include <libpq-fe.h>

namespace qd {

/// What a SQLSTATE (PostgreSQL, appendix A) means to us.
[[nodiscard]] ErrorCode codeOfSqlState(QByteArrayView state);

/// Why a connection could not be made; libpq tells it in words only, with the SQLSTATE if the server sent one (which
/// needs PQERRORS_VERBOSE).
[[nodiscard]] Error connectError(const PGconn *connection, const QString &where);

/// Why a connection in use is of no more use.
[[nodiscard]] Error brokenError(const PGconn *connection, const QString &where);

/// Why a statement failed.
[[nodiscard]] Error resultError(const PGconn *connection, const PGresult *result, const QString &where);

} // namespace qd
