/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment.h"

#include <QJsonDocument>
#include <QNetworkReply>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

const QList<FaultName> &commonFaults()
{
    static const QList<FaultName> names{
        {u"slow-database"_s, u"each query is held up in PostgreSQL for 0.9 s"_s},
        {u"redis-stop, redis-start"_s, u"stops Redis, or starts it again (empty) on its port"_s},
        {u"postgres-stop, postgres-start"_s, u"stops PostgreSQL, or starts it again"_s},
        {u"service-kill, service-start"_s, u"kills the service (SIGKILL), or starts it again on its port"_s},
        {u"flood TIER"_s, u"one client asks for more than this tier allows"_s},
        {u"age-backup"_s, u"the backups of the last three nights are missing"_s},
        {u"heal"_s, u"ends every fault and starts what was stopped"_s},
    };
    return names;
}

void Deployment::oracle(const Answered &answered)
{
    forward("GET", u"/oracle"_s, {}, answered);
}

void Deployment::forward(const QByteArray &method, const QString &path, const QJsonObject &body,
                         const Answered &answered)
{
    QNetworkRequest request(QUrl(u"http://127.0.0.1:%1%2"_s.arg(m_config.controlPort).arg(path)));
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    request.setTransferTimeout(20'000);
    QNetworkReply *reply = m_network.sendCustomRequest(
        request, method, method == "GET" ? QByteArray() : QJsonDocument(body).toJson(QJsonDocument::Compact));
    connect(reply, &QNetworkReply::finished, this, [reply, answered] {
        reply->deleteLater();
        const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        if (status == 0)
            answered(503, {{u"error"_s, u"the service does not answer (%1)"_s.arg(reply->errorString())}});
        else
            answered(status, QJsonDocument::fromJson(reply->readAll()).object());
    });
}

void Deployment::fault(const QString &name, const QString &argument, bool on, const Told &told)
{
    if (name == "heal"_L1)
        m_standing.clear();
    if (const auto done = m_load->outside(name, on)) {
        told(*done);
        return;
    }
    if (const auto own = ownFault(name, argument, on); own && (!*own || name != "heal"_L1)) {
        told(*own);
        return;
    }
    forward("POST", u"/fault"_s, {{u"name"_s, name}, {u"argument"_s, argument}, {u"on"_s, on}},
            [this, told, name, stands = on && argument.isEmpty()](int status, const QJsonObject &body) {
                m_standing.removeAll(name);
                if (status == 200 && stands && name != "heal"_L1)
                    m_standing.append(name);
                if (status == 200)
                    told(body.value("done"_L1).toString());
                else
                    told(failure(ErrorCode::BadInput, body.value("error"_L1).toString()));
            });
}

void Deployment::renewFaults()
{
    for (const QString &name : std::as_const(m_standing))
        forward("POST", u"/fault"_s, {{u"name"_s, name}, {u"on"_s, true}}, [](int, const QJsonObject &) {});
}

std::optional<Result<QString>> Deployment::ownFault(const QString &name, const QString &argument, bool on)
{
    if (m_topology) {
        if (auto done = m_topology->fault(name, argument))
            return done;
    }
    const auto said = [](Result<void> done, const QString &words) -> Result<QString> {
        if (!done)
            return std::unexpected(done.error());
        return words;
    };
    const auto restarted = [&](auto &server, const QString &words) {
        auto done = server.isRunning() ? Result<void>() : server.restart();
        m_watchdog.guardProcess(server.pid());
        return said(done, words);
    };
    if (name == "redis-stop"_L1) {
        m_redis->kill();
        return u"Redis is stopped"_s;
    }
    if (name == "redis-start"_L1)
        return restarted(*m_redis, u"Redis is started"_s);
    if (name == "postgres-stop"_L1) {
        m_postgres->stop();
        return u"PostgreSQL is stopped"_s;
    }
    if (name == "postgres-start"_L1)
        return restarted(*m_postgres, u"PostgreSQL is started"_s);
    if (name == "service-kill"_L1) {
        m_service->kill();
        return u"the service is killed"_s;
    }
    if (name == "service-start"_L1)
        return said(m_service->isRunning() ? Result<void>() : startService(), u"the service is started"_s);
    if (name == "flood"_L1)
        return flood(argument, on);
    if (name == "age-backup"_L1)
        return ageBackups(on);
    if (name == "heal"_L1)
        return heal();
    return std::nullopt;
}

Result<QString> Deployment::flood(const QString &tier, bool on)
{
    if (!m_load->flood(tier, on))
        return failure(ErrorCode::BadInput, u"no tier '%1'; there are %2"_s.arg(tier, m_load->tiers().join(u", "_s)));
    return u"flood of %1 %2"_s.arg(tier, on ? u"on"_s : u"off"_s);
}

Result<QString> Deployment::ageBackups(bool on)
{
    if (!m_backups)
        return failure(ErrorCode::BadInput, u"%1 makes no backups of its own"_s.arg(m_kind.name));
    return m_backups->age(on);
}

Result<QString> Deployment::heal()
{
    m_load->stopFloods();
    const auto start = [this](const QString &name) { return ownFault(name, {}, true).value_or(QString()); };
    for (const QString &name : {u"redis-start"_s, u"postgres-start"_s}) {
        if (auto done = start(name); !done)
            return done;
    }
    if (m_topology) {
        if (const auto done = m_topology->heal(); !done)
            return std::unexpected(done.error());
    }
    if (auto done = start(u"service-start"_s); !done)
        return done;
    return m_backups ? m_backups->age(false) : Result<QString>(u"healed"_s);
}

} // namespace qd::sandbox
