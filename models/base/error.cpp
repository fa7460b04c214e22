/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/error.h"

using namespace Qt::StringLiterals;

namespace qd {

QString toWord(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Cancelled:
        return u"cancelled"_s;
    case ErrorCode::Timeout:
        return u"timeout"_s;
    case ErrorCode::Unreachable:
        return u"unreachable"_s;
    case ErrorCode::TlsFailure:
        return u"tls-failure"_s;
    case ErrorCode::AuthRequired:
        return u"auth-required"_s;
    case ErrorCode::Forbidden:
        return u"forbidden"_s;
    case ErrorCode::NotFound:
        return u"not-found"_s;
    case ErrorCode::BadReply:
        return u"bad-reply"_s;
    case ErrorCode::TooLarge:
        return u"too-large"_s;
    case ErrorCode::Redirected:
        return u"redirected"_s;
    case ErrorCode::ServerError:
        return u"server-error"_s;
    case ErrorCode::Unavailable:
        return u"unavailable"_s;
    case ErrorCode::BadInput:
        return u"bad-input"_s;
    case ErrorCode::Unsupported:
        return u"unsupported"_s;
    case ErrorCode::Internal:
        return u"internal"_s;
    }
    return u"internal"_s;
}

} // namespace qd
