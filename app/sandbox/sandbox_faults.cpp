/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sandbox.h"

#include <QDir>
#include <QJsonDocument>
#include <QNetworkReply>
#include <QTimer>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

constexpr int peoplePaying = 3;

/// A scripted incident: what happens when, in seconds at time scale 1.
struct Scene
{
    int second;
    QString fault;
    QString argument;
    bool on;
};

const QList<Scene> &paymentOutage()
{
    static const QList<Scene> scenes{
        {10, u"stripe-slow"_s, {}, true},              // payments take longer
        {25, u"stripe-down"_s, {}, true},              // then fail: the breaker opens
        {40, u"flood"_s, u"auth"_s, true},             // people log in again and again
        {60, u"empty-cache"_s, u"contractor"_s, true}, // a hasty deploy empties a cache
        {70, u"openai-slow"_s, {}, true},
        {85, u"flood"_s, u"writes"_s, true}, // a client retries without a pause
        {105, u"flood"_s, u"writes"_s, false},
        {110, u"flood"_s, u"auth"_s, false},
        {120, u"openai-slow"_s, {}, false},
        {125, u"stripe-slow"_s, {}, false},
        {130, u"stripe-down"_s, {}, false}, // half-open, then closed
        {180, u"heal"_s, {}, true},
    };
    return scenes;
}

void replyWith(const HttpServer::Respond &respond, const Result<QString> &done)
{
    if (done)
        respond({.body = {{u"done"_s, *done}}});
    else
        respond({.status = 400, .body = {{u"error"_s, done.error().message}}});
}

} // namespace

const QList<std::pair<QString, QString>> &faultNames()
{
    static const QList<std::pair<QString, QString>> names{
        {u"openai-down, anthropic-down, stripe-down, resend-down"_s, u"that upstream fails; its breaker opens"_s},
        {u"openai-slow, anthropic-slow, stripe-slow, resend-slow"_s, u"that upstream takes eight times as long"_s},
        {u"upstream-slow"_s, u"all upstreams are slow"_s},
        {u"s3-down"_s, u"the object store fails; files go to the local disk"_s},
        {u"slow-database"_s, u"each query is held up in PostgreSQL for 0.9 s"_s},
        {u"redis-stop, redis-start"_s, u"stops Redis, or starts it again (empty) on its port"_s},
        {u"postgres-stop, postgres-start"_s, u"stops PostgreSQL, or starts it again"_s},
        {u"service-kill, service-start"_s, u"kills the service (SIGKILL), or starts it again on its port"_s},
        {u"flood TIER"_s, u"one client asks for more than auth, demo, reads or writes allows"_s},
        {u"empty-cache GROUP"_s, u"deletes all keys of contractor, pricing or templates"_s},
        {u"age-backup"_s, u"the backups of the last three nights are missing"_s},
        {u"payment-outage"_s, u"plays a scripted incident of three minutes"_s},
        {u"heal"_s, u"ends every fault and starts what was stopped"_s},
    };
    return names;
}

void Sandbox::control(const ServiceRequest &request, const HttpServer::Respond &respond)
{
    if (request.method == "GET" && request.path == u"/oracle"_s) {
        forward("GET", u"/oracle"_s, {},
                [respond](int status, const QJsonObject &body) { respond({.status = status, .body = body}); });
        return;
    }
    if (request.method == "GET" && request.path == u"/state"_s) {
        respond({.body = state()});
        return;
    }
    if (request.method == "POST" && request.path == u"/load"_s) {
        if (request.json().value("paused"_L1).toBool()) {
            m_load->pause([respond] { respond({.body = {{u"paused"_s, true}}}); });
        } else {
            m_load->resume();
            respond({.body = {{u"paused"_s, false}}});
        }
        return;
    }
    if (request.method == "POST" && request.path == u"/fault"_s) {
        const QJsonObject json = request.json();
        fault(json.value("name"_L1).toString(), json.value("argument"_L1).toString(), json.value("on"_L1).toBool(true),
              [respond](const Result<QString> &done) { replyWith(respond, done); });
        return;
    }
    respond({.status = 404, .body = {{u"error"_s, u"no such control"_s}}});
}

void Sandbox::forward(const QByteArray &method, const QString &path, const QJsonObject &body,
                      const std::function<void(int, QJsonObject)> &done)
{
    QNetworkRequest request(QUrl(u"http://127.0.0.1:%1%2"_s.arg(m_config.controlPort).arg(path)));
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    request.setTransferTimeout(5000);
    QNetworkReply *reply = m_network.sendCustomRequest(
        request, method, method == "GET" ? QByteArray() : QJsonDocument(body).toJson(QJsonDocument::Compact));
    connect(reply, &QNetworkReply::finished, this, [reply, done] {
        reply->deleteLater();
        const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        if (status == 0)
            done(503, {{u"error"_s, u"the service does not answer (%1)"_s.arg(reply->errorString())}});
        else
            done(status, QJsonDocument::fromJson(reply->readAll()).object());
    });
}

void Sandbox::fault(const QString &name, const QString &argument, bool on, const Told &told)
{
    if (name == "payment-outage"_L1) {
        qDeleteAll(m_story.children());
        if (on)
            play(name);
        told(u"payment-outage %1"_s.arg(on ? u"begins: three minutes at time scale 1"_s : u"off"_s));
        return;
    }
    if (const auto own = ownFault(name, argument, on)) {
        writeState();
        if (!*own || name != "heal"_L1) {
            told(*own);
            return;
        }
    }
    forward("POST", u"/fault"_s, {{u"name"_s, name}, {u"argument"_s, argument}, {u"on"_s, on}},
            [told](int status, const QJsonObject &body) {
                if (status == 200)
                    told(body.value("done"_L1).toString());
                else
                    told(failure(ErrorCode::BadInput, body.value("error"_L1).toString()));
            });
}

std::optional<Result<QString>> Sandbox::ownFault(const QString &name, const QString &argument, bool on)
{
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
    if (name == "flood"_L1) {
        if (!m_load->flood(argument, on))
            return failure(ErrorCode::BadInput, u"no tier '%1'; there are auth, demo, reads, writes"_s.arg(argument));
        return u"flood of %1 %2"_s.arg(argument, on ? u"on"_s : u"off"_s);
    }
    if (name == "age-backup"_L1)
        return ageBackups(on);
    if (name == "heal"_L1)
        return heal();
    return std::nullopt;
}

Result<QString> Sandbox::heal()
{
    qDeleteAll(m_story.children());
    m_load->stopFloods();
    for (const QString &name : {u"redis-start"_s, u"postgres-start"_s, u"service-start"_s}) {
        if (const auto done = ownFault(name, {}, true); done && !*done)
            return *done;
    }
    return ageBackups(false);
}

Result<QString> Sandbox::ageBackups(bool on)
{
    constexpr int nights = 3;
    const QDir backups(m_workspace->path() + u"/service/backups"_s);
    const QDir withheld(m_workspace->path() + u"/service/withheld"_s);
    QDir().mkpath(withheld.path());
    const QDir &from = on ? backups : withheld;
    const QDir &to = on ? withheld : backups;
    // Names carry their dates, so the last by name are the newest; each archive has its checksum beside it.
    QStringList files = from.entryList(QDir::Files, QDir::Name);
    if (on && withheld.isEmpty())
        files = files.mid(qMax<qsizetype>(0, files.size() - 2 * nights));
    else if (on)
        files.clear();
    for (const QString &file : files) {
        if (!QFile::rename(from.filePath(file), to.filePath(file)))
            return failure(ErrorCode::Internal, u"cannot move it"_s, from.filePath(file));
    }
    return on ? u"the newest backup is now over three days old"_s : u"all backups are there"_s;
}

void Sandbox::play(const QString &story)
{
    for (const Scene &scene : paymentOutage()) {
        auto *timer = new QTimer(&m_story);
        timer->setSingleShot(true);
        connect(timer, &QTimer::timeout, this, [this, scene, story] {
            // A scene that fails (its service was killed by hand) must not end the story.
            fault(scene.fault, scene.argument, scene.on, [this, scene, story](const Result<QString> &done) {
                // Somebody always pays just then, also when the story is played fast.
                if (scene.fault.startsWith(u"stripe"_s))
                    m_load->pay(peoplePaying);
                qInfo("%s: %s", qPrintable(story), qPrintable(done ? *done : done.error().message));
            });
        });
        timer->start(static_cast<int>(scene.second * 1000 / m_options.timeScale));
    }
}

} // namespace qd::sandbox
