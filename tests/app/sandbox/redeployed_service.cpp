/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "app/sandbox/redeployed_service.h"

#include "servers/child_process.h"

#include <QCoreApplication>
#include <QFile>
#include <QTest>

using namespace Qt::StringLiterals;

RedeployedService::RedeployedService(const RunningSandbox &sandbox, const QString &name)
    : m_sandbox(sandbox)
    , m_name(name)
    , m_port(qd::sandbox::freePort().value_or(0))
    , m_controlPort(qd::sandbox::freePort().value_or(0))
{
}

RedeployedService::~RedeployedService()
{
    m_process.terminate();
    m_process.waitForFinished(30'000);
}

bool RedeployedService::start(const QHash<QString, QString> &variables)
{
    QJsonObject config = QJsonDocument::fromJson(m_sandbox.file(u"service.json"_s)).object();
    QJsonObject all = config.value("variables"_L1).toObject();
    for (auto it = variables.cbegin(); it != variables.cend(); ++it)
        all.insert(it.key(), it.value());
    config.insert(u"variables"_s, all);
    config.insert(u"port"_s, m_port);
    config.insert(u"control_port"_s, m_controlPort);
    QFile file(m_directory.filePath(u"service.json"_s));
    if (!file.open(QIODevice::WriteOnly))
        return false;
    file.write(QJsonDocument(config).toJson());
    file.close();
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-sandbox"_s,
                    {u"service"_s, m_name, u"--config"_s, file.fileName()});
    return QTest::qWaitFor([this] { return request("GET", u"/health"_s).status > 0; }, 60'000);
}

RunningSandbox::Answer RedeployedService::request(const QByteArray &method, const QString &path,
                                                  const RunningSandbox::Headers &headers, const QByteArray &body) const
{
    return RunningSandbox::send(method, u"http://127.0.0.1:%1%2"_s.arg(m_port).arg(path), body, headers);
}

QJsonObject RedeployedService::oracle() const
{
    return RunningSandbox::send("GET", u"http://127.0.0.1:%1/oracle"_s.arg(m_controlPort), {}, {}).body;
}
