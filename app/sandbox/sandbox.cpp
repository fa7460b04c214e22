/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sandbox.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

void replyWith(const HttpServer::Respond &respond, const Result<QString> &done)
{
    if (done)
        respond({.body = {{u"done"_s, *done}}});
    else
        respond({.status = 400, .body = {{u"error"_s, done.error().message}}});
}

} // namespace

Sandbox::Sandbox(SandboxOptions options, const Watchdog &watchdog)
    : m_options(std::move(options))
    , m_watchdog(watchdog)
{
}

Sandbox::~Sandbox()
{
    m_control.reset();
}

Result<void> Sandbox::start()
{
    auto workspace = Workspace::create(m_options.directory);
    if (!workspace)
        return std::unexpected(workspace.error());
    m_workspace.emplace(std::move(*workspace));
    m_watchdog.guardDirectory(m_workspace->path());
    for (const ServiceKind &kind : serviceKinds()) {
        if (m_options.deployments.isEmpty() || m_options.deployments.contains(kind.name))
            m_deployments.push_back(std::make_unique<Deployment>(kind, m_options, *m_workspace, m_watchdog));
    }
    for (const auto &deployment : m_deployments) {
        if (auto done = deployment->launchStores(); !done)
            return done;
    }
    for (const auto &deployment : m_deployments) {
        if (auto done = deployment->start(); !done)
            return done;
    }
    for (const auto &deployment : m_deployments) { // while the others started, most came by itself
        if (auto done = deployment->settle(); !done)
            return done;
    }
    if (auto done = startControl(); !done)
        return done;
    for (const auto &deployment : m_deployments) {
        connect(deployment.get(), &Deployment::serviceRestarted, this, &Sandbox::writeState);
        if (m_options.load)
            deployment->load().start();
    }
    writeState();
    return {};
}

Result<void> Sandbox::startControl()
{
    m_control = std::make_unique<HttpServer>(
        [this](const ServiceRequest &request, const HttpServer::Respond &respond) { control(request, respond); });
    const auto port = m_control->listenOnLoopback(0);
    if (!port)
        return std::unexpected(port.error());
    m_controlPort = *port;
    return {};
}

Deployment *Sandbox::find(const QString &name) const
{
    const auto it = std::ranges::find_if(m_deployments, [&](const auto &d) { return d->name() == name; });
    return it == m_deployments.end() ? nullptr : it->get();
}

QJsonObject Sandbox::state() const
{
    const QString path = m_workspace->path();
    QJsonArray profiles;
    QJsonObject deployments;
    for (const auto &deployment : m_deployments) {
        profiles.append(deployment->profile());
        deployments.insert(deployment->name(), deployment->state());
    }
    return {{u"directory"_s, path},
            {u"state"_s, path + u"/state.json"_s},
            {u"profiles"_s, profiles},
            {u"pid"_s, static_cast<qint64>(::getpid())},
            {u"control"_s, u"http://127.0.0.1:%1"_s.arg(m_controlPort)},
            {u"time_scale"_s, m_options.timeScale},
            {u"deployments"_s, deployments}};
}

void Sandbox::writeState()
{
    if (const auto written = m_workspace->write(u"state.json"_s, QJsonDocument(state()).toJson()); !written)
        qWarning("%s: %s", qPrintable(written.error().where), qPrintable(written.error().message));
}

/// GET /state, POST /story {name}, and under /NAME of a deployment: GET oracle, POST load {paused}, POST fault, POST
/// program {arguments} of its platform.
void Sandbox::control(const ServiceRequest &request, const HttpServer::Respond &respond)
{
    if (request.method == "GET" && request.path == u"/state"_s) {
        respond({.body = state()});
        return;
    }
    if (request.method == "POST" && request.path == u"/story"_s) {
        replyWith(respond, play(request.json().value("name"_L1).toString()));
        return;
    }
    if (Deployment *deployment = find(request.path.section(u'/', 1, 1)))
        controlDeployment(*deployment, request.path.section(u'/', 2), request, respond);
    else
        respond({.status = 404, .body = {{u"error"_s, u"no such control, or no such deployment runs"_s}}});
}

void Sandbox::controlDeployment(Deployment &deployment, const QString &what, const ServiceRequest &request,
                                const HttpServer::Respond &respond)
{
    if (request.method == "GET" && what == u"oracle"_s) {
        deployment.oracle(
            [respond](int status, const QJsonObject &body) { respond({.status = status, .body = body}); });
    } else if (request.method == "POST" && what == u"load"_s) {
        if (request.json().value("paused"_L1).toBool()) {
            deployment.load().pause([respond] { respond({.body = {{u"paused"_s, true}}}); });
        } else {
            deployment.load().resume();
            respond({.body = {{u"paused"_s, false}}});
        }
    } else if (request.method == "POST" && what == u"fault"_s) {
        const QJsonObject json = request.json();
        fault(deployment, json.value("name"_L1).toString(), json.value("argument"_L1).toString(),
              json.value("on"_L1).toBool(true), [respond](const Result<QString> &done) { replyWith(respond, done); });
    } else if (request.method == "POST" && what == u"program"_s) {
        QStringList arguments;
        for (const QJsonValue &argument : request.json().value("arguments"_L1).toArray())
            arguments.append(argument.toString());
        const auto answer = deployment.runProgram(arguments, request.json().value("input"_L1).toString())
                                .value_or(ProgramAnswer{.code = 127, .errors = "its platform has no program\n"});
        respond({.body = {{u"code"_s, answer.code},
                          {u"output"_s, QString::fromUtf8(answer.output)},
                          {u"errors"_s, QString::fromUtf8(answer.errors)}}});
    } else {
        respond({.status = 404, .body = {{u"error"_s, u"no such control"_s}}});
    }
}

void Sandbox::fault(Deployment &deployment, const QString &name, const QString &argument, bool on,
                    const Deployment::Told &told)
{
    if (name == "heal"_L1)
        qDeleteAll(m_story.children());
    deployment.fault(name, argument, on, [this, told](const Result<QString> &done) {
        writeState(); // a server that was started again has another pid
        told(done);
    });
}

Result<QString> Sandbox::play(const QString &name)
{
    const Story *story = findStory(name);
    if (!story)
        return failure(ErrorCode::BadInput, u"no story '%1'"_s.arg(name));
    qDeleteAll(m_story.children());
    for (const Story::Scene &scene : story->scenes) {
        Deployment *deployment = find(scene.deployment);
        if (!deployment)
            continue;
        auto *timer = new QTimer(&m_story);
        timer->setSingleShot(true);
        connect(timer, &QTimer::timeout, this, [this, scene, deployment, name] {
            // A scene that fails (its service was killed by hand) must not end the story.
            fault(*deployment, scene.fault, scene.argument, scene.on,
                  [name, deployment, scene](const Result<QString> &done) {
                      deployment->load().meet(scene.fault);
                      qInfo("%s: %s", qPrintable(name), qPrintable(done ? *done : done.error().message));
                  });
        });
        timer->start(static_cast<int>(scene.second * 1000 / m_options.timeScale));
    }
    return u"%1 begins"_s.arg(name);
}

} // namespace qd::sandbox
