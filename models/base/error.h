/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QString>

#include <expected>

namespace qd {

/// What kind of thing went wrong: a code to branch on. ui/words says each of them to a person.
enum class ErrorCode {
    Cancelled,    ///< dropped by the caller; never shown
    Timeout,      ///< no complete answer before the deadline
    Unreachable,  ///< refused, reset, no route, name not found
    TlsFailure,   ///< certificate or handshake
    AuthRequired, ///< no or wrong credentials (401, NOAUTH, WRONGPASS, SQLSTATE 28xxx)
    Forbidden,    ///< known, but without the right (403, NOPERM, SQLSTATE 42501)
    NotFound,     ///< 404, missing table, key or file
    BadReply,     ///< answered, but not what was expected (HTML instead of JSON, a broken protocol)
    TooLarge,     ///< the answer is over the cap and was cut off
    Redirected,   ///< a redirect to another origin, not followed
    ServerError,  ///< the server says that it failed (5xx, -ERR, SQLSTATE XX000)
    Unavailable,  ///< the server is there but not ready (LOADING, 57P03, too many connections)
    BadInput,     ///< a profile, preset or argument is wrong
    Unsupported,  ///< this deployment or version cannot do it
    Internal,     ///< a fault of ours
};

/// `message` says what happened in words that a tired person can act on; it may quote what a deployment said and is
/// therefore untrusted text (secrets already masked). `where` is a URL without credentials, a host:port, a key, a
/// table, or file:line:column.
struct Error
{
    ErrorCode code = ErrorCode::Internal;
    QString message;
    QString where;

    bool operator==(const Error &) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> failure(ErrorCode code, QString message, QString where = {})
{
    return std::unexpected(Error{code, std::move(message), std::move(where)});
}

/// The stable lower-case word of a code ("timeout", "auth-required"), for JSON output and logs.
[[nodiscard]] QString toWord(ErrorCode code);

} // namespace qd
