/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/words.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(ErrorWords)
};

/// What happened, where the error itself does not say.
QString whatOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Cancelled:
        return Tr::tr("cancelled");
    case ErrorCode::Timeout:
        return Tr::tr("no complete answer in time");
    case ErrorCode::Unreachable:
        return Tr::tr("cannot be reached");
    case ErrorCode::TlsFailure:
        return Tr::tr("the encrypted connection failed");
    case ErrorCode::AuthRequired:
        return Tr::tr("wrong or missing credentials");
    case ErrorCode::Forbidden:
        return Tr::tr("no right to see this");
    case ErrorCode::NotFound:
        return Tr::tr("not there");
    case ErrorCode::BadReply:
        return Tr::tr("an answer that cannot be read");
    case ErrorCode::TooLarge:
        return Tr::tr("an answer over the size limit");
    case ErrorCode::Redirected:
        return Tr::tr("redirected to another server");
    case ErrorCode::ServerError:
        return Tr::tr("the server reports a fault of its own");
    case ErrorCode::Unavailable:
        return Tr::tr("the server is not ready");
    case ErrorCode::BadInput:
        return Tr::tr("a setting is wrong");
    case ErrorCode::Unsupported:
        return Tr::tr("not possible here");
    case ErrorCode::Internal:
        return Tr::tr("a fault in Quarterdeck");
    }
    return {};
}

QString adviceOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Cancelled:
        return {};
    case ErrorCode::Timeout:
        return Tr::tr("It is tried again by itself. If it stays so, look at the server's load and at the network "
                      "between here and there.");
    case ErrorCode::Unreachable:
        return Tr::tr("Check that it runs, that the address and port in the profile are right, and that the VPN or "
                      "tunnel is up. It is tried again by itself.");
    case ErrorCode::TlsFailure:
        return Tr::tr("Check the certificate's name and end, and the CA that the profile names. Do not switch "
                      "verification off.");
    case ErrorCode::AuthRequired:
        return Tr::tr("Check the user and the secret that the profile refers to; perhaps it was rotated.");
    case ErrorCode::Forbidden:
        return Tr::tr("Ask for the right to read this, or name another user in the profile.");
    case ErrorCode::NotFound:
        return Tr::tr("Check the path, table or key in the profile; perhaps this version of the service has none.");
    case ErrorCode::BadReply:
        return Tr::tr("Check that the profile's address leads to the service itself and not to a proxy or a log-in "
                      "page. Why? shows what came.");
    case ErrorCode::TooLarge:
        return Tr::tr("Check that the profile's address is the right one; such answers are cut off.");
    case ErrorCode::Redirected:
        return Tr::tr("Not followed, so that no credentials go astray. Write the final address into the profile.");
    case ErrorCode::ServerError:
        return Tr::tr("Look at the server's own log. It is tried again by itself.");
    case ErrorCode::Unavailable:
        return Tr::tr("Wait: it may be starting or out of connections. It is tried again by itself.");
    case ErrorCode::BadInput:
        return Tr::tr("Mend it at the place that is named, then run quarterdeck-cli profile check.");
    case ErrorCode::Unsupported:
        return Tr::tr("This deployment or version cannot do it. Where the profile asks for it, take it out there.");
    case ErrorCode::Internal:
        return Tr::tr("Please report it with what you did.");
    }
    return {};
}
/// Of a secret that could not be fetched: `where` is its reference. Nothing for any other error.
QString secretAdviceOf(const Error &error)
{
    if (error.where.startsWith("env:"_L1))
        return Tr::tr(
            "Set the variable where Quarterdeck is started and start it anew, or name another reference in the "
            "profile (env:, file:, keychain:).");
    if (error.where.startsWith("file:"_L1))
        return Tr::tr(
            "Write the secret and nothing else into the file, owned by the user who runs Quarterdeck and with "
            "mode 600 (chmod 600), or name another one in the profile. It is tried again by itself.");
    if (error.where.startsWith("keychain:"_L1))
        return Tr::tr("Unlock the keyring, or name another reference in the profile (env:, file:, keychain:). It is "
                      "tried again by itself.");
    return {};
}
} // namespace

ErrorWords explain(const Error &error)
{
    const QString said = text(error.message);
    const QString ofSecret = secretAdviceOf(error);
    return {.what = said.isEmpty() ? whatOf(error.code) : said,
            .where = text(error.where),
            .advice = ofSecret.isEmpty() ? adviceOf(error.code) : ofSecret};
}

} // namespace qd::words
