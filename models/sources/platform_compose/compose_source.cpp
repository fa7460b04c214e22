/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "profile/connections.h"
#include "sources/evidence.h"
#include "sources/platform_compose/compose.h"
#include "wire/shell_words.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype mostContainers = 50;

ProgramRequest compose(const ComposeOptions &options, const QStringList &arguments)
{
    return composeDocker(options, QStringList{u"compose"_s, u"--file"_s, options.file} + arguments);
}

/// Its complaints may quote the file, so they are repeated only where they begin as known ones do.
Result<QByteArray> composed(const ProgramTurn &turn, const ComposeOptions &options)
{
    auto output = outputOf(turn, options.where());
    if (!output && output.error().code == ErrorCode::ServerError)
        return failure(ErrorCode::ServerError,
                       u"docker compose cannot read %1; 'docker compose --file %1 config' says why"_s.arg(options.file),
                       options.where());
    return output;
}

QStringList idsIn(const QByteArray &output)
{
    static const QRegularExpression form(QRegularExpression::anchoredPattern(u"[0-9a-f]{12,64}"_s));
    QStringList ids;
    for (const QByteArray &line : output.split('\n')) {
        const QString id = QString::fromLatin1(line.trimmed());
        if (form.match(id).hasMatch() && ids.size() < mostContainers)
            ids.append(id);
    }
    return ids;
}

std::optional<Level> levelOf(const QJsonValue &state)
{
    const QString health = state["Health"_L1]["Status"_L1].toString();
    const QString status = state["Status"_L1].toString();
    if (status == "running"_L1)
        return health == "unhealthy"_L1 ? Level::Degraded : Level::Ok;
    if (status == "created"_L1 || status == "paused"_L1 || status == "restarting"_L1)
        return Level::Degraded;
    if (status == "exited"_L1 || status == "dead"_L1)
        return Level::Down;
    return std::nullopt;
}

void addContainers(Findings &findings, const QJsonArray &containers, int exchange)
{
    for (qsizetype i = 0; i < containers.size(); ++i) {
        const QJsonValue container = containers.at(i);
        const QJsonValue state = container["State"_L1];
        const auto at = [&](const QString &field) { return Origin{exchange, u"/%1/%2"_s.arg(i).arg(field)}; };
        Deploy deploy;
        deploy.id = cleaned(container["Id"_L1].toString().left(12));
        if (deploy.id.isEmpty())
            continue;
        const bool runs = state["Status"_L1].toString() == "running"_L1;
        deploy.status = textAt(state["Status"_L1], at(u"State/Status"_s), 60);
        deploy.level = {.value = levelOf(state).value_or(Level::Unknown), .origin = at(u"State/Status"_s)};
        deploy.isLive = {.value = runs ? 1 : 0, .origin = at(u"State/Status"_s)};
        deploy.createdAt = timeAt(container["Created"_L1], at(u"Created"_s));
        if (!runs)
            deploy.finishedAt = timeAt(state["FinishedAt"_L1], at(u"State/FinishedAt"_s));
        deploy.cause = textAt(container["Config"_L1]["Image"_L1], at(u"Config/Image"_s));
        findings.facts.append(deploy);
    }
}

/// What a container was started with.
std::optional<QString> valueIn(const QJsonValue &container, const QString &key)
{
    const QString begin = key + u'=';
    for (const QJsonValue &entry : container["Config"_L1]["Env"_L1].toArray()) {
        if (entry.toString().startsWith(begin))
            return entry.toString().mid(begin.size());
    }
    return std::nullopt;
}

class Understanding
{
public:
    Understanding(const QList<ProgramTurn> &turns, const ComposeOptions &options)
        : m_turns(turns)
        , m_options(options)
    {
    }

    SourceAnswer answer()
    {
        const auto config = composed(m_turns.first(), m_options);
        if (!config)
            return {.outcome = std::unexpected(config.error()), .exchanges = {}};
        const QJsonDocument document = QJsonDocument::fromJson(*config);
        const QJsonValue service = document["services"_L1][m_options.service];
        if (!service.isObject())
            return {.outcome = failure(document.isNull() ? ErrorCode::BadReply : ErrorCode::NotFound,
                                       u"%1 has no service %2; check 'service' of this source"_s.arg(m_options.file,
                                                                                                     m_options.service),
                                       m_options.where()),
                    .exchanges = {}};
        m_environment = service["environment"_L1].toObject();
        readContainers();
        keepConfig(service);
        QList<PlatformVariable> all;
        for (auto it = m_environment.begin(); it != m_environment.end(); ++it) {
            if (!it->isNull())
                all.append(variable(it.key(), *it));
        }
        addVariables(m_findings, all, m_options.map, {0, u"/services/%1/environment"_s.arg(m_options.service)},
                     m_options.where());
        m_findings.refusals.append(
            {QString::fromLatin1(Deploy::kind) + u"/list"_s,
             {ErrorCode::Unsupported,
              u"docker compose keeps no list of deploys; told are the containers that there are"_s,
              m_options.where()}});
        return {.outcome = m_findings, .exchanges = m_exchanges};
    }

private:
    void readContainers()
    {
        const auto listed = composed(m_turns.at(1), m_options);
        Result<QByteArray> inspected = listed;
        if (listed)
            inspected = m_turns.size() > 2            ? outputOf(m_turns.at(2), m_options.where())
                        : listed->trimmed().isEmpty() ? Result<QByteArray>("[]")
                                                      : listed;
        if (!inspected) {
            m_findings.refusals.append({QString::fromLatin1(Deploy::kind), inspected.error()});
            return;
        }
        const QJsonDocument containers = QJsonDocument::fromJson(*inspected);
        if (!containers.isArray()) {
            m_findings.refusals.append(
                {QString::fromLatin1(Deploy::kind),
                 {ErrorCode::BadReply, u"expected containers from docker"_s, m_options.where()}});
            return;
        }
        for (const QJsonValue &container : containers.array()) {
            // What `docker compose run` started serves nobody, and ends when it is done.
            if (container["Config"_L1]["Labels"_L1]["com.docker.compose.oneoff"_L1].toString() != "True"_L1)
                m_containers.append(container);
        }
        addContainers(m_findings, m_containers, 2);
    }

    void keepConfig(const QJsonValue &service)
    {
        QJsonObject environment;
        for (auto it = m_environment.begin(); it != m_environment.end(); ++it)
            environment.insert(it.key(), it->isNull() ? *it : shownValue(m_options.map, it.key(), text(*it)));
        const QJsonObject kept{{u"image"_s, service["image"_L1]}, {u"environment"_s, environment}};
        m_exchanges.append(
            shownVariables(m_turns.first().command,
                           QJsonDocument(QJsonObject{{u"services"_s, QJsonObject{{m_options.service, kept}}}})));
        const auto &ids = m_turns.at(1).reply;
        m_exchanges.append(evidence(m_turns.at(1).command,
                                    ids ? idsIn(ids->output).join(u'\n').toLatin1() : QByteArray(),
                                    Exchange::Format::Text));
        if (m_turns.size() > 2)
            m_exchanges.append(shownVariables(m_turns.at(2).command, QJsonDocument(containersInShort())));
    }

    [[nodiscard]] QJsonArray containersInShort() const
    {
        QJsonArray all;
        for (const QJsonValue &container : m_containers) {
            QJsonArray environment;
            for (auto it = m_environment.begin(); it != m_environment.end(); ++it) {
                if (const auto value = valueIn(container, it.key()))
                    environment.append(it.key() + u'=' + shownValue(m_options.map, it.key(), *value).toString());
            }
            const QJsonValue state = container["State"_L1];
            QJsonObject shortState{{u"Status"_s, state["Status"_L1]},
                                   {u"StartedAt"_s, state["StartedAt"_L1]},
                                   {u"FinishedAt"_s, state["FinishedAt"_L1]}};
            if (const QJsonValue health = state["Health"_L1]["Status"_L1]; health.isString())
                shortState.insert(u"Health"_s, QJsonObject{{u"Status"_s, health}});
            all.append(QJsonObject{
                {u"Id"_s, container["Id"_L1]},
                {u"Created"_s, container["Created"_L1]},
                {u"State"_s, shortState},
                {u"Config"_s, QJsonObject{{u"Image"_s, container["Config"_L1]["Image"_L1]}, {u"Env"_s, environment}}}});
        }
        return all;
    }

    /// A value of the file. Numbers and booleans are written without quotes in some versions, and `$` always twice, so
    /// that what is written could be read again.
    [[nodiscard]] static QString text(const QJsonValue &value)
    {
        return value.toVariant().toString().replace("$$"_L1, "$"_L1);
    }

    /// Set as the file says, and live where every container that runs was started with that.
    [[nodiscard]] PlatformVariable variable(const QString &key, const QJsonValue &set) const
    {
        PlatformVariable variable{
            .key = key,
            .origin = {0, u"/services/%1/environment"_s.arg(m_options.service) + pointerStep(key)},
            .setting = settingOf(m_options.map, key, text(set))};
        std::optional<QString> effective;
        bool isSame = true;
        bool isAgreed = true;
        bool runs = false;
        for (const QJsonValue &container : m_containers) {
            if (container["State"_L1]["Status"_L1].toString() != "running"_L1)
                continue;
            const auto started = valueIn(container, key);
            const auto setting = started ? settingOf(m_options.map, key, *started) : std::nullopt;
            isSame = isSame && started == text(set);
            isAgreed = isAgreed && (!runs || setting == effective);
            effective = setting;
            runs = true;
        }
        if (!runs)
            return variable;
        variable.isLive = {.value = isSame ? 1 : 0, .origin = {2, u"/0/Config/Env"_s}};
        if (isAgreed)
            variable.effective = {.value = effective, .origin = {2, u"/0/Config/Env"_s}};
        return variable;
    }

    const QList<ProgramTurn> &m_turns;
    const ComposeOptions &m_options;
    QJsonObject m_environment;
    QJsonArray m_containers;
    Findings m_findings;
    QList<Exchange> m_exchanges;
};
} // namespace

ProgramRequest composeDocker(const ComposeOptions &options, const QStringList &arguments)
{
    return composeProgram(options, options.program, arguments);
}

ProgramRequest composeProgram(const ComposeOptions &options, const QString &program, const QStringList &arguments)
{
    if (options.ssh.isEmpty())
        return {.program = program, .arguments = arguments};
    QStringList all{u"-o"_s, u"BatchMode=yes"_s};
    if (!options.sshConfig.isEmpty())
        all << u"-F"_s << options.sshConfig;
    // Nobody ends what it starts itself when the console is killed.
    all << u"-o"_s << u"ConnectTimeout=10"_s << u"-o"_s << u"ServerAliveInterval=10"_s;
    all << u"--"_s << options.ssh << shellWord(program);
    // The other end hands what it is told to a shell.
    for (const QString &argument : arguments)
        all << shellWord(argument);
    return {.program = u"ssh"_s, .arguments = all};
}

QString ComposeOptions::where() const
{
    return ssh.isEmpty() ? u"%1, service %2"_s.arg(file, service) : u"%1:%2, service %3"_s.arg(ssh, file, service);
}

std::variant<ProgramRequest, SourceAnswer> askCompose(const QList<ProgramTurn> &turns, const ComposeOptions &options)
{
    switch (turns.size()) {
    case 0:
        return compose(options, {u"config"_s, u"--format"_s, u"json"_s});
    case 1:
        if (composed(turns.first(), options))
            return compose(options, {u"ps"_s, u"--all"_s, u"--no-trunc"_s, u"--quiet"_s, options.service});
        break;
    case 2:
        if (const auto ids = outputOf(turns.at(1), options.where()); ids && !idsIn(*ids).isEmpty())
            return composeDocker(options, QStringList{u"inspect"_s, u"--type"_s, u"container"_s} + idsIn(*ids));
        break;
    default:
        break;
    }
    return Understanding(turns, options).answer();
}

std::expected<ComposeOptions, QList<Error>> composeOptions(const SourceSpec &spec)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    ComposeOptions options;
    options.ssh = argumentIn(reader, u"ssh");
    if (const QString config = reader.string(u"ssh_config"); !config.isEmpty())
        options.sshConfig = besides(reader.node(u"ssh_config"), config);
    // What lies on another machine is not beside the profile.
    options.program =
        options.ssh.isEmpty() ? programIn(reader, options.program) : reader.string(u"program", options.program);
    if (!reader.has(u"file"))
        static_cast<void>(reader.requiredString(u"file"));
    const QString file = argumentIn(reader, u"file");
    options.file = options.ssh.isEmpty() ? besides(reader.node(u"file"), file) : file;
    // As compose itself looks for it: beside the compose file.
    options.envFile = argumentIn(reader, u"env_file", u".env"_s);
    if (!options.envFile.startsWith(u'/'))
        options.envFile.prepend(options.file.first(options.file.lastIndexOf(u'/') + 1));
    if (!reader.has(u"service"))
        static_cast<void>(reader.requiredString(u"service"));
    options.service = argumentIn(reader, u"service");
    options.map = readPlatformMap(reader, &errors);
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return options;
}

std::expected<SourceFactory, QList<Error>> composeFactory(const SourceSpec &spec, const Profile &)
{
    const auto options = composeOptions(spec);
    if (!options)
        return std::unexpected(options.error());
    return programSources(spec.deadline, *options, &askCompose);
}

} // namespace qd
