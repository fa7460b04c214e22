/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "railway_stand_in.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUuid>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

QString statusOf(Platform::State state)
{
    switch (state) {
    case Platform::State::Queued:
        return u"QUEUED"_s;
    case Platform::State::Building:
        return u"BUILDING"_s;
    case Platform::State::Updating:
        return u"DEPLOYING"_s;
    case Platform::State::Live:
        return u"SUCCESS"_s;
    case Platform::State::Deactivated:
        return u"REMOVED"_s;
    case Platform::State::Failed:
        return u"FAILED"_s;
    }
    return {};
}

ProgramAnswer refused(const QString &message)
{
    return {.code = 1, .errors = message.toUtf8() + '\n'};
}

} // namespace

ProgramAnswer RailwayStandIn::run(const QStringList &arguments, const QString &input)
{
    const auto asked =
        ProgramArguments::parse(arguments, {u"service=|s"_s, u"environment=|e"_s, u"limit="_s, u"json"_s, u"kv|k"_s,
                                            u"set="_s, u"stdin"_s, u"skip-deploys"_s, u"yes|y"_s});
    if (!asked.unknown.isEmpty())
        return {.code = 2, .errors = "error: unexpected argument '" + asked.unknown.toUtf8() + "' found\n"};
    if (asked.value(u"service"_s) != m_service)
        return refused(u"Service '%1' not found"_s.arg(asked.value(u"service"_s)));
    if (const QString environment = asked.value(u"environment"_s);
        !environment.isEmpty() && environment != "production"_L1)
        return refused(u"Environment \"%1\" not found."_s.arg(environment));
    if (asked.words == QStringList{u"variables"_s})
        return variables(asked);
    if (asked.words.mid(0, 2) == QStringList{u"variable"_s, u"set"_s} && asked.options.contains(u"stdin"_s)) {
        m_platform.set(asked.words.value(2), input.trimmed());
        if (!asked.options.contains(u"skip-deploys"_s))
            m_platform.deploy();
        return {};
    }
    if (asked.words == QStringList{u"deployment"_s, u"list"_s})
        return deployments(asked);
    if (asked.words == QStringList{u"redeploy"_s}) {
        m_platform.deploy();
        return {.output = "Triggered redeploy\n"};
    }
    return {.code = 2, .errors = "error: unrecognized subcommand\n"};
}

ProgramAnswer RailwayStandIn::variables(const ProgramArguments &asked)
{
    if (asked.options.contains(u"set"_s)) {
        const QString set = asked.value(u"set"_s);
        m_platform.set(set.section(u'=', 0, 0).trimmed(), set.section(u'=', 1).trimmed());
        if (!asked.options.contains(u"skip-deploys"_s))
            m_platform.deploy();
        return {};
    }
    // What Railway adds itself.
    const auto id = [this](const QString &of) {
        return QUuid::createUuidV5(QUuid(), of + m_service).toString(QUuid::WithoutBraces);
    };
    QJsonObject told{{u"RAILWAY_PROJECT_ID"_s, id(u"project"_s)},
                     {u"RAILWAY_ENVIRONMENT_ID"_s, id(u"environment"_s)},
                     {u"RAILWAY_SERVICE_ID"_s, id(u"service"_s)},
                     {u"RAILWAY_SERVICE_NAME"_s, m_service}};
    const Platform::Variables &all = m_platform.variables();
    for (auto it = all.cbegin(); it != all.cend(); ++it)
        told.insert(it.key(), it.value());
    return {.output = QJsonDocument(told).toJson()};
}

ProgramAnswer RailwayStandIn::deployments(const ProgramArguments &asked) const
{
    const int limit = asked.options.contains(u"limit"_s) ? asked.value(u"limit"_s).toInt() : 20;
    QJsonArray told;
    for (const Platform::Deploy &deploy : m_platform.deploys()) {
        if (told.size() == limit)
            break;
        QJsonObject meta{{u"commitHash"_s, deploy.commit}, {u"commitMessage"_s, deploy.message}};
        if (deploy.cause != Platform::Cause::Commit)
            meta.insert(u"reason"_s, u"redeploy"_s);
        told.append(QJsonObject{{u"id"_s, QUuid::createUuidV5(QUuid(), deploy.id).toString(QUuid::WithoutBraces)},
                                {u"status"_s, statusOf(deploy.state)},
                                {u"createdAt"_s, deploy.createdAt.toString(Qt::ISODateWithMs)},
                                {u"meta"_s, meta}});
    }
    return {.output = QJsonDocument(told).toJson()};
}

} // namespace qd::sandbox
