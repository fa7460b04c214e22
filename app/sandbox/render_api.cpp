/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "render_api.h"

#include "parts/jwt.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

constexpr qsizetype pageSize = 20;
constexpr qsizetype longestPage = 100;

ServiceAnswer refused(int status, const QString &id, const QString &message)
{
    return {.status = status, .body = {{u"id"_s, id}, {u"message"_s, message}}};
}

ServiceAnswer notFound()
{
    return refused(404, u"not_found"_s, u"Unable to find the requested resource."_s);
}

ServiceAnswer badRequest(const QString &message)
{
    return refused(400, u"bad_request"_s, message);
}

/// A page of [{NAME: item, "cursor": …}]; a cursor is the item's own key.
ServiceAnswer page(const ServiceRequest &request, const QString &name,
                   const QList<std::pair<QString, QJsonObject>> &items)
{
    const QString after = request.query.queryItemValue(u"cursor"_s);
    const qsizetype asked = request.query.queryItemValue(u"limit"_s).toLongLong();
    const qsizetype limit = asked > 0 ? std::min(asked, longestPage) : pageSize;
    QJsonArray told;
    bool begun = after.isEmpty();
    for (const auto &[key, item] : items) {
        if (begun && told.size() < limit)
            told.append(QJsonObject{{name, item}, {u"cursor"_s, key}});
        begun = begun || key == after;
    }
    return {.text = QJsonDocument(told).toJson(QJsonDocument::Compact),
            .contentType = "application/json; charset=utf-8"};
}

QString statusOf(Platform::State state)
{
    switch (state) {
    case Platform::State::Queued:
        return u"queued"_s;
    case Platform::State::Building:
        return u"build_in_progress"_s;
    case Platform::State::Updating:
        return u"update_in_progress"_s;
    case Platform::State::Live:
        return u"live"_s;
    case Platform::State::Deactivated:
        return u"deactivated"_s;
    case Platform::State::Failed:
        return u"update_failed"_s;
    }
    return {};
}

QString triggerOf(Platform::Cause cause)
{
    switch (cause) {
    case Platform::Cause::Commit:
        return u"new_commit"_s;
    case Platform::Cause::Request:
        return u"api"_s;
    case Platform::Cause::RollBack:
        return u"rollback"_s;
    }
    return {};
}

QString written(const QDateTime &at)
{
    return at.toString(Qt::ISODateWithMs);
}

QJsonObject described(const Platform::Deploy &deploy)
{
    QJsonObject told{{u"id"_s, deploy.id},
                     {u"commit"_s, QJsonObject{{u"id"_s, deploy.commit},
                                               {u"message"_s, deploy.message},
                                               {u"createdAt"_s, written(deploy.createdAt)}}},
                     {u"status"_s, statusOf(deploy.state)},
                     {u"trigger"_s, triggerOf(deploy.cause)},
                     {u"createdAt"_s, written(deploy.createdAt)},
                     {u"updatedAt"_s, written(deploy.updatedAt)}};
    if (deploy.finishedAt.isValid())
        told.insert(u"finishedAt"_s, written(deploy.finishedAt));
    return told;
}

QJsonObject variable(const QString &key, const QString &value)
{
    return {{u"key"_s, key}, {u"value"_s, value}};
}

QString newServiceId()
{
    return u"srv-"_s + QString::number(QRandomGenerator::system()->generate64(), 32).rightJustified(20, u'0');
}

QByteArray newValue()
{
    quint32 words[8];
    QRandomGenerator::system()->fillRange(words);
    return QByteArray(reinterpret_cast<const char *>(words), sizeof words).toBase64();
}

} // namespace

RenderApi::RenderApi(Platform &platform, QString name, QByteArray token)
    : m_platform(platform)
    , m_name(std::move(name))
    , m_token(std::move(token))
    , m_id(newServiceId())
    , m_server([this](const ServiceRequest &request, const HttpServer::Respond &respond) { respond(answer(request)); })
{
}

ServiceAnswer RenderApi::answer(const ServiceRequest &request)
{
    if (!isSame(request.bearer, m_token))
        return refused(401, u"unauthorized"_s, u"Authorization information is missing or invalid."_s);
    const QStringList path = request.path.split(u'/').mid(1);
    if (path.value(0) != "v1"_L1 || path.value(1) != "services"_L1)
        return notFound();
    if (path.size() == 2 && request.method == "GET") {
        const QString name = request.query.queryItemValue(u"name"_s);
        QList<std::pair<QString, QJsonObject>> services;
        if (name.isEmpty() || name == m_name)
            services.append({m_id, service()});
        return page(request, u"service"_s, services);
    }
    return path.value(2) == m_id ? ofService(request, path.mid(3)) : notFound();
}

ServiceAnswer RenderApi::ofService(const ServiceRequest &request, const QStringList &path)
{
    const QString what = path.value(0);
    const bool isPost = request.method == "POST";
    if (path.isEmpty() && request.method == "GET")
        return {.body = service()};
    if (what == "env-vars"_L1 && path.size() <= 2)
        return variables(request, path.value(1));
    if (what == "deploys"_L1 && path.size() <= 2)
        return deploys(request, path.value(1));
    if (path == QStringList{u"events"_s} && request.method == "GET")
        return events(request);
    if (path == QStringList{u"restart"_s} && isPost)
        return restart();
    if (path == QStringList{u"rollback"_s} && isPost)
        return rollBack(request);
    return notFound();
}

QJsonObject RenderApi::service() const
{
    return {
        {u"id"_s, m_id},
        {u"name"_s, m_name},
        {u"type"_s, u"web_service"_s},
        {u"autoDeploy"_s, u"no"_s},
        {u"branch"_s, u"main"_s},
        {u"suspended"_s, u"not_suspended"_s},
        {u"createdAt"_s, written(m_platform.deploys().last().createdAt)},
        {u"updatedAt"_s, written(m_platform.deploys().first().updatedAt)},
        {u"serviceDetails"_s,
         QJsonObject{{u"runtime"_s, u"node"_s}, {u"healthCheckPath"_s, u"/api/v1/health"_s}, {u"numInstances"_s, 1}}}};
}

ServiceAnswer RenderApi::variables(const ServiceRequest &request, const QString &key)
{
    const Platform::Variables &all = m_platform.variables();
    if (key.isEmpty()) {
        if (request.method != "GET")
            return refused(405, u"method_not_allowed"_s, u"Change one variable at a time."_s);
        QStringList keys = all.keys();
        keys.sort();
        QList<std::pair<QString, QJsonObject>> items;
        for (const QString &one : std::as_const(keys))
            items.append({one, variable(one, all.value(one))});
        return page(request, u"envVar"_s, items);
    }
    if (request.method == "PUT")
        return setVariable(request, key);
    if (!all.contains(key))
        return notFound();
    if (request.method == "DELETE") {
        m_platform.remove(key);
        return {.status = 204, .contentType = "text/plain"};
    }
    return request.method == "GET" ? ServiceAnswer{.body = variable(key, all.value(key))} : notFound();
}

ServiceAnswer RenderApi::setVariable(const ServiceRequest &request, const QString &key)
{
    static const QRegularExpression form(u"^[A-Za-z_][A-Za-z0-9_.-]*$"_s);
    const QJsonObject body = request.json();
    if (!form.match(key).hasMatch())
        return badRequest(u"invalid environment variable key"_s);
    const bool generates = body.value("generateValue"_L1).toBool();
    if (!generates && !body.value("value"_L1).isString())
        return badRequest(u"value or generateValue is required"_s);
    m_platform.set(key, generates ? QString::fromLatin1(newValue()) : body.value("value"_L1).toString());
    return {.body = variable(key, m_platform.variables().value(key))};
}

ServiceAnswer RenderApi::deploys(const ServiceRequest &request, const QString &id)
{
    if (!id.isEmpty()) {
        const Platform::Deploy *deploy = m_platform.find(id);
        return deploy && request.method == "GET" ? ServiceAnswer{.body = described(*deploy)} : notFound();
    }
    if (request.method == "POST") {
        const Platform::Deploy &deploy = m_platform.deploy();
        return {.status = deploy.state == Platform::State::Queued ? 202 : 201, .body = described(deploy)};
    }
    if (request.method != "GET")
        return notFound();
    QList<std::pair<QString, QJsonObject>> items;
    for (const Platform::Deploy &deploy : m_platform.deploys())
        items.append({deploy.id, described(deploy)});
    return page(request, u"deploy"_s, items);
}

ServiceAnswer RenderApi::events(const ServiceRequest &request) const
{
    QList<std::pair<QString, QJsonObject>> items;
    for (const QDateTime &at : m_platform.restarts()) {
        const QString id = u"evt-%1"_s.arg(at.toMSecsSinceEpoch());
        items.append({id, QJsonObject{{u"id"_s, id},
                                      {u"timestamp"_s, written(at)},
                                      {u"serviceId"_s, m_id},
                                      {u"type"_s, u"server_restarted"_s},
                                      {u"details"_s, QJsonObject()}}});
    }
    return page(request, u"event"_s, items);
}

ServiceAnswer RenderApi::rollBack(const ServiceRequest &request)
{
    const auto deploy = m_platform.rollBack(request.json().value("deployId"_L1).toString());
    if (deploy)
        return {.status = 201, .body = described(*deploy)};
    return deploy.error().code == ErrorCode::NotFound ? notFound() : badRequest(deploy.error().message);
}

ServiceAnswer RenderApi::restart()
{
    const auto done = m_platform.restart();
    return done ? ServiceAnswer{} : refused(500, u"internal_error"_s, done.error().message);
}

} // namespace qd::sandbox
