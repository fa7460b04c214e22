/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/postgres_errors.h"

#include "base/cleaned.h"
#include "base/redact.h"
#include "wire/tls.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace qd {
namespace {

constexpr qsizetype messageCap = 500;

QString safe(const QString &text)
{
    return cleaned(QString::fromUtf8(masked(text.simplified().left(messageCap).toUtf8())), messageCap);
}

/// Without the password, which a server may tell back.
QString without(const PGconn *connection, const char *text)
{
    return QString::fromUtf8(withoutSecrets(text, {QByteArray(PQpass(connection))}));
}

QString errorText(const PGconn *connection)
{
    return without(connection, PQerrorMessage(connection));
}

/// libpq tells faults of TLS in words only.
QString tlsAdvice(const QString &text)
{
    if (text.contains("does not match host name"_L1))
        return adviceOn(TlsFault::WrongName);
    if (text.contains("root certificate file"_L1))
        return adviceOn(TlsFault::CaFile);
    if (text.contains("certificate verify failed"_L1))
        return adviceOn(TlsFault::Untrusted);
    return adviceOn(TlsFault::NoTls);
}

/// pgBouncer has one SQLSTATE (08P01) for all that it refuses, and tells the reason in words alone.
ErrorCode codeOfViolation(const QString &message)
{
    const auto says = [&message](const auto &...words) { return (message.contains(words) || ...); };
    if (says("authentication failed"_L1, "no such user"_L1, "password"_L1))
        return ErrorCode::AuthRequired;
    if (says("not allowed"_L1, "access needed"_L1))
        return ErrorCode::Forbidden;
    if (says("no such database"_L1))
        return ErrorCode::NotFound;
    if (says("unsupported"_L1, "invalid command"_L1))
        return ErrorCode::Unsupported;
    if (says("no more connections"_L1, "cannot connect"_L1, "server_login"_L1, "shut"_L1, "timeout"_L1, "disabled"_L1))
        return ErrorCode::Unavailable;
    return ErrorCode::Unreachable;
}

Error told(QByteArrayView state, const QString &message, const QString &where)
{
    if (state == "08P01")
        return {codeOfViolation(message), u"pgBouncer says: %1"_s.arg(safe(message)), where};
    return {codeOfSqlState(state), u"PostgreSQL says: %1"_s.arg(safe(message)), where};
}

} // namespace

ErrorCode codeOfSqlState(QByteArrayView state)
{
    if (state == "42501" || state == "25006")
        return ErrorCode::Forbidden;
    if (state == "42P01" || state == "3F000" || state == "3D000" || state == "42703" || state == "42883")
        return ErrorCode::NotFound;
    if (state == "57014" || state == "55P03")
        return ErrorCode::Timeout;
    if (state == "57P01" || state == "57P02" || state == "57P05" || state.startsWith("08"))
        return ErrorCode::Unreachable;
    if (state == "57P03" || state.startsWith("53"))
        return ErrorCode::Unavailable;
    if (state.startsWith("28"))
        return ErrorCode::AuthRequired;
    if (state.startsWith("0A"))
        return ErrorCode::Unsupported;
    return ErrorCode::ServerError;
}

Error connectError(const PGconn *connection, const QString &where)
{
    const QString text = errorText(connection);
    static const QRegularExpression fromServer(u":\\s+(?=[A-Z]{0,4}[0-9])([0-9A-Z]{5}): ([^\\n]*)"_s);
    // The digit tells a SQLSTATE from FATAL.
    QRegularExpressionMatch said;
    for (auto it = fromServer.globalMatch(text); it.hasNext();)
        said = it.next();
    if (said.hasMatch())
        return told(said.captured(1).toLatin1(), said.captured(2), where);
    if (PQconnectionNeedsPassword(connection))
        return {ErrorCode::AuthRequired, u"asks for a password, and the profile names none"_s, where};
    const bool tls = text.contains("SSL"_L1) || text.contains("certificate"_L1);
    if (tls)
        return {ErrorCode::TlsFailure, u"%1; %2"_s.arg(safe(text), tlsAdvice(text)), where};
    if (text.contains("Connection refused"_L1)) // libpq says the address once more, and asks whether anybody is there
        return {ErrorCode::Unreachable, u"refuses connections"_s, where};
    return {ErrorCode::Unreachable, safe(text), where};
}

Error brokenError(const PGconn *connection, const QString &where)
{
    return {ErrorCode::Unreachable, safe(errorText(connection)), where};
}

Error resultError(const PGconn *connection, const PGresult *result, const QString &where)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const QString message = without(connection, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    if (!state) // libpq's own words: the connection broke
        return {ErrorCode::Unreachable, safe(without(connection, PQresultErrorMessage(result))), where};
    Error error = told(state, message, where);
    if (error.code == ErrorCode::Timeout)
        error.message = u"the statement was cancelled: %1"_s.arg(safe(message));
    else
        error.message += u" (%1)"_s.arg(QString::fromLatin1(state));
    return error;
}

} // namespace qd
