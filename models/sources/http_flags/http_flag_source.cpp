/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"
#include "sources/evidence.h"
#include "sources/http_flags/flag_api.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
const QString kind = QString::fromLatin1(FeatureFlag::kind);

HttpRequest requestFor(const HttpConnection &connection, const QString &path)
{
    HttpRequest request;
    request.url = urlBelow(connection.base, path);
    request.headers = {{"Accept", "application/json"}};
    request.tls = connection.tls;
    return request;
}

/// What an answer says of itself. Nothing: it is as asked for.
std::optional<Error> wrongWith(const HttpTurn &turn, const FlagApi &api, const QString &where)
{
    return turn.reply ? refusedByApi(turn.reply->status, api, where) : std::optional(turn.reply.error());
}

SourceAnswer answerOf(const QList<HttpTurn> &turns, Result<Findings> findings)
{
    SourceAnswer answer{.outcome = std::move(findings), .exchanges = {}};
    for (const HttpTurn &turn : turns)
        answer.exchanges.append(evidence(turn.command, turn.reply ? turn.reply->body : QByteArray()));
    return answer;
}
} // namespace

std::variant<HttpRequest, SourceAnswer> askFlagApi(const QList<HttpTurn> &turns, const FlagApi &api,
                                                   const HttpConnection &connection)
{
    const QString where = shown(urlBelow(connection.base, api.list));
    QList<ToldFlag> flags;
    Findings findings;
    qsizetype at = 0;
    QString path = api.list;
    while (true) {
        if (at == turns.size())
            return requestFor(connection, path);
        const HttpTurn &turn = turns[at];
        if (const auto wrong = wrongWith(turn, api, where))
            return answerOf(turns, std::unexpected(*wrong));
        const auto page = flagsIn(*turn.reply, api, where, static_cast<int>(at));
        if (!page)
            return answerOf(turns, std::unexpected(page.error()));
        flags += *page;
        const auto next = nextPage(*turn.reply, api, connection.base, where);
        ++at;
        if (next && !*next)
            break;
        if (!next || at >= mostFlagPages) {
            findings.refusals.append(
                {kind + u"/rest"_s,
                 next ? Error{ErrorCode::TooLarge, u"only the first %1 flags are read"_s.arg(flags.size()), where}
                      : next.error()});
            break;
        }
        path = **next;
    }
    if (!api.get.isEmpty() && flags.size() > mostFlagsAsked) {
        flags.resize(mostFlagsAsked);
        findings.refusals.append(
            {kind + u"/rest"_s,
             Error{ErrorCode::TooLarge, u"only the first %1 flags are read"_s.arg(mostFlagsAsked), where}});
    }
    for (ToldFlag &flag : flags) {
        if (!api.get.isEmpty()) {
            const auto one =
                filledPath(api.get, {.flag = flag.key, .enabled = {}, .rollout = {}, .before = {}, .after = {}});
            if (!one) {
                findings.refusals.append({kind + pointerStep(flag.key), one.error()});
                continue;
            }
            if (at == turns.size())
                return requestFor(connection, *one);
            const HttpTurn &turn = turns[at];
            const QString here = shown(urlBelow(connection.base, *one));
            if (const auto wrong = wrongWith(turn, api, here)) {
                findings.refusals.append({kind + pointerStep(flag.key), *wrong});
                if (!turn.reply)
                    break; // the time is over for the others as well
                ++at;
                continue;
            }
            flag.document = QJsonDocument::fromJson(turn.reply->body).object();
            flag.origin = {static_cast<int>(at), {}};
            ++at;
        }
        const FeatureFlag fact = flagFact(flag, api);
        if (!fact.set.has())
            findings.refusals.append(
                {kind + pointerStep(flag.key),
                 {ErrorCode::BadReply, u"%1 does not say at %2 whether it is on or off"_s.arg(api.title, api.set),
                  where}});
        findings.facts.append(fact);
    }
    return answerOf(turns, findings);
}

std::expected<SourceFactory, QList<Error>> httpFlagsFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    const FlagApi api = readFlagApi(spec.options, &errors);
    const auto connection = connectionOf<HttpConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return [api, connection = *connection, deadline = spec.deadline](const Wire &wire) -> std::unique_ptr<Source> {
        return httpSource(
            *wire.http, connection, deadline, shown(urlBelow(connection.base, api.list)),
            [api, connection](const QList<HttpTurn> &turns) { return askFlagApi(turns, api, connection); });
    };
}

} // namespace qd
