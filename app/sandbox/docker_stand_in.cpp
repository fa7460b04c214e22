/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "docker_stand_in.h"

#include <QCryptographicHash>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

ProgramAnswer refused(const QString &message)
{
    return {.code = 1, .errors = message.toUtf8() + '\n'};
}

} // namespace

DockerStandIn::DockerStandIn(Platform &platform, QString project, QString service, QString directory)
    : PlatformProgram(platform)
    , m_project(std::move(project))
    , m_service(std::move(service))
    , m_directory(std::move(directory))
{
    QByteArray environment;
    QByteArray yaml =
        "services:\n  " + m_service.toUtf8() + ":\n    image: " + m_project.toUtf8() + ":latest\n    environment:\n";
    const Platform::Variables &all = m_platform.variables();
    QStringList keys = all.keys();
    keys.sort();
    for (const QString &key : std::as_const(keys)) {
        environment += (key + u'=' + all.value(key) + u'\n').toUtf8();
        yaml += "      " + key.toUtf8() + ": ${" + key.toUtf8() + "}\n";
    }
    for (const auto &[name, text] : {std::pair(u"/.env"_s, environment), std::pair(u"/docker-compose.yml"_s, yaml)}) {
        QFile file(m_directory + name);
        if (file.open(QIODevice::WriteOnly)) {
            file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
            file.write(text);
        }
    }
}

void DockerStandIn::readEnvironment()
{
    QFile file(m_directory + u"/.env"_s);
    if (!file.open(QIODevice::ReadOnly))
        return;
    const QStringList lines = QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts);
    for (const QString &line : lines) {
        if (line.startsWith(u'#') || !line.contains(u'='))
            continue;
        const QString key = line.section(u'=', 0, 0).trimmed();
        QString value = line.section(u'=', 1).trimmed();
        const QChar quote = value.isEmpty() ? QChar() : value.front();
        if (quote == u'\'' || quote == u'"')
            value = value.section(quote, 1, 1);
        else
            value = value.section(u" #"_s, 0, 0).trimmed();
        if (m_platform.variables().value(key) != value)
            m_platform.set(key, value);
    }
}

QString DockerStandIn::containerId() const
{
    return QString::fromLatin1(
        QCryptographicHash::hash(m_platform.live().id.toUtf8(), QCryptographicHash::Sha256).toHex());
}

ProgramAnswer DockerStandIn::run(const QStringList &arguments, const QString & /*input*/)
{
    const auto asked =
        ProgramArguments::parse(arguments, {u"file=|f"_s, u"format="_s, u"all|a"_s, u"no-trunc"_s, u"quiet|q"_s,
                                            u"type="_s, u"detach|d"_s, u"no-deps"_s, u"force-recreate"_s});
    if (!asked.unknown.isEmpty())
        return {.code = 125, .errors = "unknown flag: " + asked.unknown.toUtf8() + '\n'};
    if (asked.words.value(0) == "inspect"_L1)
        return inspect(asked.words.mid(1));
    if (asked.words == QStringList{u"info"_s} && asked.value(u"format"_s) == "{{.ID}}"_L1)
        return {.output = "7e5f6a52-" + QByteArray::number(qHash(m_directory, 7), 16) + '\n'};
    if (asked.words.value(0) == "compose"_L1)
        return compose(asked);
    return refused(u"docker: '%1' is not a docker command."_s.arg(asked.words.value(0)));
}

ProgramAnswer DockerStandIn::compose(const ProgramArguments &asked)
{
    const QString file = asked.value(u"file"_s);
    if (file != m_directory + u"/docker-compose.yml"_s)
        return {.code = 14, .errors = "open " + file.toUtf8() + ": no such file or directory\n"};
    if (const QString of = asked.words.value(2); !of.isEmpty() && of != m_service)
        return refused(u"no such service: %1"_s.arg(of));
    const QString verb = asked.words.value(1);
    readEnvironment();
    if (verb == "config"_L1 && asked.value(u"format"_s) == "json"_L1) {
        QJsonObject environment;
        const Platform::Variables &all = m_platform.variables();
        for (auto it = all.cbegin(); it != all.cend(); ++it)
            environment.insert(it.key(), QString(it.value()).replace(u'$', "$$"_L1)); // as the real one
        const QJsonObject api{
            {u"command"_s, QJsonValue()}, {u"environment"_s, environment}, {u"image"_s, m_project + u":latest"_s}};
        return {.output =
                    QJsonDocument(QJsonObject{{u"name"_s, m_project}, {u"services"_s, QJsonObject{{m_service, api}}}})
                        .toJson()};
    }
    if (verb == "ps"_L1 && asked.options.contains(u"quiet"_s)) {
        const QString id = containerId();
        return {.output = (asked.options.contains(u"no-trunc"_s) ? id : id.left(12)).toLatin1() + '\n'};
    }
    if (verb == "up"_L1 && asked.options.contains(u"detach"_s)) {
        // As the real one: what has not changed is left running.
        if (asked.options.contains(u"force-recreate"_s) || m_platform.variables() != m_platform.live().variables)
            m_platform.deploy();
        return {.errors = " Container " + m_project.toUtf8() + '-' + m_service.toUtf8() + "-1  Started\n"};
    }
    if (verb == "restart"_L1) {
        const auto done = m_platform.restart();
        return done ? ProgramAnswer{} : refused(done.error().message);
    }
    return refused(u"unknown docker command: \"compose %1\""_s.arg(verb));
}

ProgramAnswer DockerStandIn::inspect(const QStringList &ids) const
{
    QJsonArray told;
    for (const QString &id : ids) {
        if (!containerId().startsWith(id))
            return {.code = 1, .output = "[]\n", .errors = "Error: No such container: " + id.toUtf8() + '\n'};
        QJsonArray environment{u"PATH=/usr/local/bin:/usr/bin:/bin"_s};
        const Platform::Variables &all = m_platform.live().variables;
        for (auto it = all.cbegin(); it != all.cend(); ++it)
            environment.append(it.key() + u'=' + it.value());
        const QString started = m_platform.startedAt().toString(Qt::ISODateWithMs);
        told.append(
            QJsonObject{{u"Id"_s, containerId()},
                        {u"Created"_s, started},
                        {u"State"_s, QJsonObject{{u"Status"_s, u"running"_s},
                                                 {u"Running"_s, true},
                                                 {u"StartedAt"_s, started},
                                                 {u"FinishedAt"_s, u"0001-01-01T00:00:00Z"_s}}},
                        {u"Config"_s, QJsonObject{{u"Image"_s, m_project + u":latest"_s}, {u"Env"_s, environment}}}});
    }
    return {.output = QJsonDocument(told).toJson()};
}

} // namespace qd::sandbox
