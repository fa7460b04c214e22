/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/render_service.h"

#include "actions/http_store.h"
#include "base/cleaned.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using State = DeployRun::State;

State stateOf(const QString &status)
{
    if (status == "live"_L1)
        return State::Live;
    if (status == "deactivated"_L1)
        return State::Past;
    return status.endsWith("_failed"_L1) || status == "canceled"_L1 ? State::Failed : State::Pending;
}

class RenderService final : public HostedService
{
public:
    RenderService(RenderOptions options, IoLine &io)
        : m_options(std::move(options))
        , m_api(m_options.connection, io)
    {
    }

    QString system() const override { return u"render"_s; }
    QString title() const override { return u"Render"_s; }
    QString address() const override { return m_options.connection.base.host() + u'/' + m_options.service; }
    QString name() const override { return m_name; }
    std::optional<Error> cannot(ServiceDeed) const override { return std::nullopt; }

    Result<QStringList> identity(Deadline deadline) override
    {
        const auto reply = send("GET", {}, {}, {200}, deadline);
        if (!reply)
            return std::unexpected(reply.error());
        const QJsonObject service = QJsonDocument::fromJson(reply->body).object();
        m_name = cleaned(service["name"_L1].toString());
        if (service["id"_L1].toString() != m_options.service || m_name.isEmpty())
            return failure(ErrorCode::BadReply,
                           u"expected the service %1; is this Render's API?"_s.arg(m_options.service), where({}));
        return QStringList{m_options.service, m_name};
    }

    SecretKeeping keeping() const override { return {.live = u"next-deploy"_s}; }

    Result<std::optional<QString>> variable(const QString &key, Deadline deadline) override
    {
        const auto reply = send("GET", u"env-vars/"_s + key, {}, {200, 404}, deadline);
        if (!reply)
            return std::unexpected(reply.error());
        if (reply->status == 404)
            return std::nullopt; // that the service is there was proved before
        const QJsonObject told = QJsonDocument::fromJson(reply->body).object();
        if (told["key"_L1].toString() != key || !told["value"_L1].isString())
            return failure(ErrorCode::BadReply, u"expected the variable %1; is this Render's API?"_s.arg(key),
                           where(u"env-vars/"_s + key));
        return told["value"_L1].toString();
    }

    Result<void> setVariable(const QString &key, const std::optional<QString> &value, Deadline deadline) override
    {
        const QString path = u"env-vars/"_s + key;
        const auto reply = value ? send("PUT", path, {{u"value"_s, *value}}, {200, 201}, deadline)
                                 : send("DELETE", path, {}, {200, 204}, deadline);
        return done(reply);
    }

    Result<QList<DeployRun>> deploys(Deadline deadline) override
    {
        const auto list = listOf(u"deploys"_s, deadline);
        if (!list)
            return std::unexpected(list.error());
        QList<DeployRun> runs;
        for (const QJsonValue &entry : *list) {
            const QJsonValue told = entry["deploy"_L1];
            const QString word = cleaned(told["status"_L1].toString(), 60);
            const QString trigger = told["trigger"_L1].toString();
            runs.append({.id = cleaned(told["id"_L1].toString()),
                         .state = stateOf(word),
                         .word = word,
                         .isRollBack = trigger == "rollback"_L1,
                         .isOthers = !trigger.isEmpty() && trigger != "rollback"_L1 && trigger != "api"_L1});
        }
        return runs;
    }

    Result<void> redeploy(Deadline deadline) override
    {
        return done(send("POST", u"deploys"_s, {{u"clearCache"_s, u"do_not_clear"_s}}, {201, 202}, deadline));
    }

    Result<QString> lastRestart(Deadline deadline) override
    {
        const auto list = listOf(u"events"_s, deadline);
        if (!list)
            return std::unexpected(list.error());
        for (const QJsonValue &entry : *list) {
            if (entry["event"_L1]["type"_L1].toString() == "server_restarted"_L1)
                return cleaned(entry["event"_L1]["id"_L1].toString());
        }
        return QString();
    }

    Result<void> restart(Deadline deadline) override
    {
        return done(send("POST", u"restart"_s, {}, {200, 202}, deadline));
    }

    Result<void> rollBack(const QString &deploy, Deadline deadline) override
    {
        return done(send("POST", u"rollback"_s, {{u"deployId"_s, deploy}}, {200, 201}, deadline));
    }

private:
    QString path(const QString &what) const
    {
        return u"/v1/services/"_s + m_options.service + (what.isEmpty() ? what : u'/' + what);
    }
    QString where(const QString &what) const { return m_api.where(path(what)); }

    static Result<void> done(const Result<HttpReply> &reply)
    {
        return reply ? Result<void>() : std::unexpected(reply.error());
    }

    Result<QJsonArray> listOf(const QString &what, Deadline deadline)
    {
        const auto reply = send("GET", what + u"?limit=100"_s, {}, {200}, deadline);
        if (!reply)
            return std::unexpected(reply.error());
        const QJsonDocument document = QJsonDocument::fromJson(reply->body);
        if (!document.isArray())
            return failure(ErrorCode::BadReply, u"expected a list of %1; is this Render's API?"_s.arg(what),
                           where(what));
        return document.array();
    }

    /// Any other status is an error.
    Result<HttpReply> send(const QByteArray &method, const QString &what, const QJsonObject &body,
                           const QList<int> &expected, Deadline deadline)
    {
        auto reply = m_api.ask({.method = method, .path = path(what), .body = body}, deadline);
        if (!reply)
            return reply;
        if (expected.contains(reply->status))
            return reply;
        Error error = renderRefusal(reply->status, m_options, where(what));
        if (error.code == ErrorCode::ServerError || error.code == ErrorCode::BadReply)
            error.message = u"Render answered %1"_s.arg(reply->status);
        return std::unexpected(error);
    }

    const RenderOptions m_options;
    HttpStore m_api;
    QString m_name;
};
} // namespace

std::unique_ptr<HostedService> renderService(RenderOptions options, IoLine &io)
{
    return std::make_unique<RenderService>(std::move(options), io);
}

} // namespace qd
