/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fake_render.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::test {
namespace {
constexpr auto service = "srv-shop1";

QByteArray json(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}
} // namespace

FakeRender::FakeRender()
    : deploys{{.id = u"dep-2"_s, .status = u"live"_s, .trigger = u"new_commit"_s, .variables = {}},
              {.id = u"dep-1"_s, .status = u"deactivated"_s, .trigger = u"new_commit"_s, .variables = {}}}
    , m_http([this](const QByteArray &received) { return answer(received); })
{
    deploys.first().variables = variables;
}

std::optional<QByteArray> FakeRender::answer(const QByteArray &received)
{
    const std::lock_guard guard(lock);
    const QList<QByteArray> line = received.left(received.indexOf('\r')).split(' ');
    const QByteArray method = line.value(0);
    const QString path = QString::fromLatin1(line.value(1)).section(u'?', 0, 0);
    const QJsonObject body = QJsonDocument::fromJson(received.mid(received.indexOf("\r\n\r\n") + 4)).object();
    Reply told{.status = 404, .body = "{}"};
    const auto hasToken = [&](const QByteArray &token) { return received.contains("Bearer " + token + '\r'); };
    if (!tokens.isEmpty() && !std::ranges::any_of(tokens, hasToken)) {
        told.status = 401;
    } else if (path == "/health"_L1) {
        told = {.status = 200, .body = json({{u"status"_s, health}})};
    } else if (path == u"/v1/services/"_s + QString::fromLatin1(service)) {
        told = {.status = 200, .body = json({{u"id"_s, QString::fromLatin1(service)}, {u"name"_s, name}})};
    } else if (path.startsWith(u"/v1/services/%1/"_s.arg(QLatin1StringView(service)))) {
        const QString what = path.section(u'/', 4);
        const bool changesIt = method != "GET";
        const bool fails = changesIt && !faulty.isEmpty() && (method + ' ' + what.toLatin1()).startsWith(faulty);
        if (changesIt)
            changes.append(method + ' ' + what.toLatin1());
        if (fails && (fault == Fault::FailsBefore || fault == Fault::Refuses))
            told = {.status = fault == Fault::Refuses ? 403 : 500, .body = "{}"};
        else
            told = reply(method, what, body);
        if (fails && fault == Fault::FailsAfter)
            told = {.status = 500, .body = "{}"};
        if (fails && fault == Fault::HangsUp)
            return std::nullopt;
    }
    return "HTTP/1.1 " + QByteArray::number(told.status) +
           " X\r\nContent-Type: application/json\r\nContent-Length: " + QByteArray::number(told.body.size()) +
           "\r\n\r\n" + told.body;
}

FakeRender::Reply FakeRender::reply(const QByteArray &method, const QString &what, const QJsonObject &body)
{
    if (what.startsWith("env-vars/"_L1))
        return variable(method, what.section(u'/', 1), body);
    QJsonArray list;
    if (what == "deploys"_L1 && method == "GET") {
        goOn();
        for (const Deploy &deploy : std::as_const(deploys))
            list.append(QJsonObject{
                {u"deploy"_s,
                 QJsonObject{{u"id"_s, deploy.id}, {u"status"_s, deploy.status}, {u"trigger"_s, deploy.trigger}}}});
    } else if (what == "events"_L1) {
        for (const QString &id : std::as_const(restarts))
            list.append(QJsonObject{{u"event"_s, QJsonObject{{u"id"_s, id}, {u"type"_s, u"server_restarted"_s}}}});
    } else if (what == "deploys"_L1) {
        begin(u"api"_s, variables);
        return {.status = 201, .body = json({{u"id"_s, deploys.first().id}})};
    } else if (what == "restart"_L1) {
        restarts.prepend(u"evt-%1"_s.arg(restarts.size() + 1));
        return {.status = 200, .body = {}};
    } else if (what == "rollback"_L1) {
        const auto to = std::ranges::find(deploys, body["deployId"_L1].toString(), &Deploy::id);
        if (to == deploys.end())
            return {.status = 404, .body = "{}"};
        begin(u"rollback"_s, std::map(to->variables));
        return {.status = 201, .body = json({{u"id"_s, deploys.first().id}})};
    } else {
        return {.status = 404, .body = "{}"};
    }
    return {.status = 200, .body = QJsonDocument(list).toJson(QJsonDocument::Compact)};
}

FakeRender::Reply FakeRender::variable(const QByteArray &method, const QString &key, const QJsonObject &body)
{
    if (method == "PUT")
        variables[key] = body["value"_L1].toString();
    const auto found = variables.find(key);
    if (found == variables.end())
        return {.status = 404, .body = "{}"};
    if (method == "DELETE") {
        variables.erase(found);
        return {.status = 204, .body = {}};
    }
    return {.status = 200, .body = json({{u"key"_s, key}, {u"value"_s, found->second}})};
}

void FakeRender::begin(const QString &trigger, const std::map<QString, QString> &with)
{
    deploys.prepend({.id = u"dep-%1"_s.arg(deploys.size() + 1),
                     .status = u"build_in_progress"_s,
                     .trigger = trigger,
                     .variables = with});
}

/// A deploy takes as long as somebody asks twice.
void FakeRender::goOn()
{
    Deploy &newest = deploys.first();
    if (newest.status == "build_in_progress"_L1) {
        newest.status = u"update_in_progress"_s;
    } else if (newest.status == "update_in_progress"_L1) {
        newest.status = std::exchange(nextEndsAs, u"live"_s);
        if (newest.status == "live"_L1) {
            for (Deploy &deploy : deploys) {
                if (deploy.id != newest.id && deploy.status == "live"_L1)
                    deploy.status = u"deactivated"_s;
            }
        }
    }
}

} // namespace qd::test
