/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"
#include "sources/evidence.h"
#include "sources/platform_render/render.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype pageSize = 100; // the most that Render gives at once
constexpr qsizetype mostPages = mostVariables / pageSize;

QString pathOf(const RenderOptions &options, const QString &what)
{
    return u"/v1/services/%1/%2"_s.arg(options.service, what);
}

QString whereOf(const RenderOptions &options, const QString &what)
{
    return shown(urlBelow(options.connection.base, pathOf(options, what)));
}

HttpRequest requestFor(const RenderOptions &options, const QString &what)
{
    HttpRequest request;
    request.url = urlBelow(options.connection.base, pathOf(options, what));
    request.headers = {{"Accept", "application/json"}};
    request.tls = options.connection.tls;
    return request;
}

} // namespace

Error renderRefusal(int status, const RenderOptions &options, const QString &where)
{
    switch (status) {
    case 401:
        return {ErrorCode::AuthRequired,
                u"Render does not take the token (401); make a new one and set 'bearer' under connections.%1"_s.arg(
                    options.connectionName),
                where};
    case 403:
        return {ErrorCode::Forbidden, u"Render knows the token and refuses (403); it is of another workspace"_s, where};
    case 404:
        return {ErrorCode::NotFound,
                u"Render has no service %1, or the token is of another workspace; check 'service' of this source"_s.arg(
                    options.service),
                where};
    case 429:
        return {ErrorCode::Unavailable, u"Render's rate limit refuses us (429); poll less often"_s, where};
    default:
        break;
    }
    return {status >= 500   ? ErrorCode::ServerError
            : status >= 400 ? ErrorCode::BadReply
                            : ErrorCode::Redirected,
            u"expected a list from Render, got HTTP %1"_s.arg(status), where};
}

namespace {
Result<QJsonArray> listIn(const HttpTurn &turn, const RenderOptions &options, const QString &where)
{
    if (!turn.reply)
        return std::unexpected(turn.reply.error());
    if (turn.reply->status != 200)
        return std::unexpected(renderRefusal(turn.reply->status, options, where));
    const QJsonDocument document = QJsonDocument::fromJson(turn.reply->body);
    if (!document.isArray())
        return failure(ErrorCode::BadReply, u"expected a list in JSON; is this Render's API?"_s, where);
    return document.array();
}

/// What its words mean; one that nobody knows means nothing.
std::optional<Level> levelOf(const QString &status)
{
    static const std::map<QString, Level> words{
        {u"live"_s, Level::Ok},
        {u"deactivated"_s, Level::Ok},
        {u"created"_s, Level::Ok},
        {u"queued"_s, Level::Ok},
        {u"build_in_progress"_s, Level::Ok},
        {u"pre_deploy_in_progress"_s, Level::Ok},
        {u"update_in_progress"_s, Level::Ok},
        {u"canceled"_s, Level::Degraded},
        {u"build_failed"_s, Level::Down},
        {u"pre_deploy_failed"_s, Level::Down},
        {u"update_failed"_s, Level::Down},
    };
    const auto known = words.find(status);
    return known == words.end() ? std::nullopt : std::optional(known->second);
}

void addDeploys(Findings &findings, const QJsonArray &list, int exchange)
{
    for (qsizetype i = 0; i < list.size(); ++i) {
        const QJsonObject told = list.at(i)["deploy"_L1].toObject();
        const auto at = [&](const QString &field) { return Origin{exchange, u"/%1/deploy/%2"_s.arg(i).arg(field)}; };
        Deploy deploy;
        deploy.id = cleaned(told.value("id"_L1).toString());
        if (deploy.id.isEmpty())
            continue;
        const QString status = told.value("status"_L1).toString();
        deploy.status = textAt(status, at(u"status"_s), 60);
        deploy.level = {.value = levelOf(status).value_or(Level::Unknown), .origin = at(u"status"_s)};
        deploy.isLive = {.value = status == "live"_L1 ? 1 : 0, .origin = at(u"status"_s)};
        deploy.createdAt = timeAt(told.value("createdAt"_L1), at(u"createdAt"_s));
        deploy.finishedAt = timeAt(told.value("finishedAt"_L1), at(u"finishedAt"_s));
        const QJsonValue commit = told["commit"_L1];
        deploy.cause = textAt(deployCause(told["trigger"_L1].toString(), commit["id"_L1].toString(),
                                          commit["message"_L1].toString(), told["image"_L1]["ref"_L1].toString()),
                              at(u"commit"_s));
        findings.facts.append(deploy);
    }
}

/// What is kept of a page of variables.
struct VariablePage
{
    QList<PlatformVariable> variables;
    QJsonArray shown; ///< the page without the values
};

VariablePage variablesIn(const QJsonArray &list, const PlatformMap &map, int exchange)
{
    VariablePage page;
    for (qsizetype i = 0; i < list.size(); ++i) {
        const QJsonObject told = list.at(i)["envVar"_L1].toObject();
        const QString key = told.value("key"_L1).toString();
        const QString value = told.value("value"_L1).toString();
        page.shown.append(
            QJsonObject{{u"envVar"_s, QJsonObject{{u"key"_s, key}, {u"value"_s, shownValue(map, key, value)}}}});
        page.variables.append(
            {.key = key, .origin = {exchange, u"/%1/envVar/value"_s.arg(i)}, .setting = settingOf(map, key, value)});
    }
    return page;
}

SourceAnswer answerOf(const QList<HttpTurn> &turns, const RenderOptions &options)
{
    SourceAnswer answer{.outcome = Findings(), .exchanges = {}};
    Findings findings;
    const auto deploys = listIn(turns.first(), options, whereOf(options, u"deploys"_s));
    if (turns.first().reply)
        answer.exchanges.append(evidence(turns.first().command, deploys ? turns.first().reply->body : QByteArray()));
    if (deploys)
        addDeploys(findings, *deploys, 0);
    else
        findings.refusals.append({QString::fromLatin1(Deploy::kind), deploys.error()});

    const QString where = whereOf(options, u"env-vars"_s);
    QList<PlatformVariable> variables;
    std::optional<Error> error = turns.size() < 2 ? std::optional(deploys.error()) : std::nullopt;
    for (int i = 1; i < turns.size() && !error; ++i) {
        const auto list = listIn(turns.at(i), options, where);
        if (!list) {
            error = list.error();
        } else {
            const VariablePage page = variablesIn(*list, options.map, i);
            variables += page.variables;
            answer.exchanges.append(shownVariables(turns.at(i).command, QJsonDocument(page.shown)));
        }
    }
    if (error && !deploys) {
        answer.outcome = std::unexpected(deploys.error());
        return answer;
    }
    if (error) {
        refuseVariables(findings, options.map, *error);
    } else {
        const std::optional<Error> rest =
            variables.size() >= mostVariables ? std::optional(tooManyVariables(where)) : std::nullopt;
        addVariables(findings, variables, options.map, {1, {}}, where, rest);
        if (rest)
            findings.refusals.append({QString::fromLatin1(Variable::kind) + u"/rest"_s, *rest});
    }
    answer.outcome = findings;
    return answer;
}
} // namespace

std::variant<HttpRequest, SourceAnswer> askRender(const QList<HttpTurn> &turns, const RenderOptions &options)
{
    if (turns.isEmpty())
        return requestFor(options, u"deploys?limit=20"_s);
    if (!turns.last().reply || turns.size() > mostPages)
        return answerOf(turns, options);
    const QString page = u"env-vars?limit=%1"_s.arg(pageSize);
    if (turns.size() == 1)
        return requestFor(options, page);
    const QJsonArray list = QJsonDocument::fromJson(turns.last().reply->body).array();
    const QString cursor = list.at(list.size() - 1)["cursor"_L1].toString();
    if (turns.last().reply->status != 200 || list.size() < pageSize || cursor.isEmpty())
        return answerOf(turns, options);
    return requestFor(options, page + u"&cursor="_s + QString::fromLatin1(QUrl::toPercentEncoding(cursor)));
}

std::expected<RenderOptions, QList<Error>> renderOptions(const SourceSpec &spec)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    RenderOptions options;
    options.service = reader.requiredString(u"service");
    static const QRegularExpression form(QRegularExpression::anchoredPattern(u"[A-Za-z0-9_-]{1,80}"_s));
    if (!options.service.isEmpty() && !form.match(options.service).hasMatch())
        reader.error(reader.node(u"service"), u"'service': expected the service's id, such as srv-abc123"_s);
    options.map = readPlatformMap(reader, &errors);
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return options;
}

std::expected<SourceFactory, QList<Error>> renderFactory(const SourceSpec &spec, const Profile &profile)
{
    auto read = renderOptions(spec);
    const auto connection = connectionOf<HttpConnection>(spec, profile);
    QList<Error> errors = read ? QList<Error>() : read.error();
    if (!connection)
        errors.append(connection.error());
    if (!errors.isEmpty())
        return std::unexpected(errors);
    RenderOptions options = std::move(*read);
    options.connection = *connection;
    options.connectionName = spec.connection.isEmpty() ? QString(HttpConnection::kind) : spec.connection;
    return [options, deadline = spec.deadline](const Wire &wire) -> std::unique_ptr<Source> {
        return httpSource(*wire.http, options.connection, deadline, whereOf(options, u"deploys"_s),
                          [options](const QList<HttpTurn> &turns) { return askRender(turns, options); });
    };
}

} // namespace qd
