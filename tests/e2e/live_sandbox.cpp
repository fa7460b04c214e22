/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"

#include <QEventLoop>
#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSignalSpy>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::testing {

bool LiveSandbox::start(const QStringList &arguments)
{
    QEventLoop loop;
    QObject::connect(&m_process, &SandboxProcess::ready, &loop, [&] { loop.exit(0); });
    QObject::connect(&m_process, &SandboxProcess::failed, &loop, [&](const Error &error) {
        m_error = error.message;
        loop.exit(1);
    });
    m_process.start(QStringList{u"up"_s, m_deployment} + arguments);
    return loop.exec() == 0;
}

QJsonObject LiveSandbox::description() const
{
    return QJsonDocument::fromJson(m_process.description()).object();
}

QJsonObject LiveSandbox::ask(const QByteArray &method, const QString &path, const QJsonObject &body)
{
    return send(method, description().value("control"_L1).toString() + path, body);
}

QString LiveSandbox::url(const QString &path) const
{
    const QJsonObject service =
        description().value("deployments"_L1).toObject().value(m_deployment).toObject().value("service"_L1).toObject();
    return u"http://127.0.0.1:%1%2"_s.arg(service.value("port"_L1).toInt()).arg(path);
}

void LiveSandbox::post(const QString &path)
{
    static_cast<void>(send("POST", url(path), {{u"userId"_s, 1}}));
}

QJsonObject LiveSandbox::get(const QString &path)
{
    return send("GET", url(path), {});
}

QByteArray LiveSandbox::page(const QString &path, const QList<std::pair<QByteArray, QByteArray>> &headers)
{
    QNetworkAccessManager network;
    QNetworkRequest request{QUrl(url(path))};
    for (const auto &[name, value] : headers)
        request.setRawHeader(name, value);
    request.setTransferTimeout(30'000);
    QNetworkReply *reply = network.get(request);
    QEventLoop loop;
    QObject::connect(reply, &QNetworkReply::finished, &loop, &QEventLoop::quit);
    loop.exec();
    return reply->readAll();
}

QJsonObject LiveSandbox::send(const QByteArray &method, const QString &url, const QJsonObject &body)
{
    QNetworkAccessManager network;
    QNetworkRequest request{QUrl(url)};
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    request.setTransferTimeout(30'000);
    QNetworkReply *reply =
        network.sendCustomRequest(request, method, QJsonDocument(body).toJson(QJsonDocument::Compact));
    QEventLoop loop;
    QObject::connect(reply, &QNetworkReply::finished, &loop, &QEventLoop::quit);
    loop.exec();
    const QJsonObject answer = QJsonDocument::fromJson(reply->readAll()).object();
    m_error =
        reply->error() == QNetworkReply::NoError ? QString() : answer.value("error"_L1).toString(reply->errorString());
    return m_error.isEmpty() ? answer : QJsonObject();
}

QJsonObject LiveSandbox::oracle()
{
    return ask("GET", u"/%1/oracle"_s.arg(m_deployment));
}

bool LiveSandbox::pauseLoad()
{
    return setLoadPaused(true);
}

bool LiveSandbox::resumeLoad()
{
    return setLoadPaused(false);
}

bool LiveSandbox::setLoadPaused(bool paused)
{
    const QStringList running = description()["deployments"_L1].toObject().keys();
    return std::ranges::all_of(running, [&](const QString &deployment) {
        const QJsonObject answer = ask("POST", u"/%1/load"_s.arg(deployment), {{u"paused"_s, paused}});
        return answer.contains("paused"_L1) && answer["paused"_L1].toBool() == paused;
    });
}

QString LiveSandbox::faultTells(const QString &name, bool on)
{
    return ask("POST", u"/%1/fault"_s.arg(m_deployment), {{u"name"_s, name}, {u"on"_s, on}})["done"_L1].toString();
}

bool LiveSandbox::fault(const QString &name, const QString &argument, bool on)
{
    return ask("POST", u"/%1/fault"_s.arg(m_deployment), {{u"name"_s, name}, {u"argument"_s, argument}, {u"on"_s, on}})
        .contains("done"_L1);
}

bool LiveSandbox::play(const QString &story)
{
    return ask("POST", u"/story"_s, {{u"name"_s, story}}).contains("done"_L1);
}

} // namespace qd::testing
