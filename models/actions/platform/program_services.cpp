/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/program_services.h"

#include "actions/action.h"
#include "actions/platform/compose_env_file.h"
#include "base/cleaned.h"
#include "sources/program_source.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
using State = DeployRun::State;

class ProgramService : public HostedService
{
public:
    ProgramService(QString where, IoLine &line)
        : m_where(std::move(where))
        , m_line(line)
    {
    }
    QString address() const override { return m_where; }
    /// A look takes several programs, each perhaps through ssh.
    std::chrono::seconds patience() const override { return 40s; }

protected:
    [[nodiscard]] IoLine &line() { return m_line; }
    [[nodiscard]] Error unsupported(const QString &why) const { return {ErrorCode::Unsupported, why, m_where}; }
    [[nodiscard]] std::optional<Error> ofPlatform(ServiceDeed deed) const
    {
        const QString why = whyCannot(system(), deed);
        return why.isEmpty() ? std::nullopt : std::optional(unsupported(why));
    }

    Result<ProgramReply> reply(ProgramRequest request, Deadline deadline)
    {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        request.deadline = std::max(left, 1ms);
        return m_line.wait<ProgramReply>(
            [request](HttpClient &, const auto &done) { return runProgram(request, done); }, deadline + 1s);
    }

    /// What it wrote, where it ended well.
    Result<QByteArray> run(const ProgramRequest &request, Deadline deadline)
    {
        return outputOf({commandLine(request), reply(request, deadline)}, m_where);
    }

    Result<QJsonDocument> jsonOf(const ProgramRequest &request, Deadline deadline)
    {
        const auto output = run(request, deadline);
        if (!output)
            return std::unexpected(output.error());
        QJsonDocument document = QJsonDocument::fromJson(*output);
        if (document.isNull())
            return failure(ErrorCode::BadReply, u"expected JSON from %1"_s.arg(title()), m_where);
        return document;
    }

    /// One that was killed may have done it before.
    Result<void> change(const ProgramRequest &request, Deadline deadline)
    {
        const auto output = run(request, deadline);
        if (output)
            return {};
        Error error = output.error();
        if (error.code == ErrorCode::Unavailable)
            error.code = ErrorCode::ServerError;
        return std::unexpected(error);
    }

    /// The deploys that the source tells of, the newest first.
    Result<QList<DeployRun>> watched(const SourceFactory &source, Deadline deadline)
    {
        const auto answer = m_line.poll(u"platform"_s, source, deadline);
        if (!answer || !answer->outcome)
            return std::unexpected(answer ? answer->outcome.error() : answer.error());
        const auto refusal =
            std::ranges::find(answer->outcome->refusals, QString::fromLatin1(Deploy::kind), &Refusal::what);
        if (refusal != answer->outcome->refusals.end())
            return std::unexpected(refusal->error);
        QList<Deploy> deploys;
        for (const Fact &fact : answer->outcome->facts) {
            if (const auto *deploy = std::get_if<Deploy>(&fact))
                deploys.append(*deploy);
        }
        std::ranges::stable_sort(deploys, std::ranges::greater(),
                                 [](const Deploy &deploy) { return deploy.createdAt.valueOr(Instant()); });
        QList<DeployRun> runs;
        bool isServed = false;
        for (const Deploy &deploy : std::as_const(deploys)) {
            const QString word = deploy.status.valueOr(QString());
            const bool isRolling = word == "ReplicaSetUpdated"_L1 || word == "NewReplicaSetCreated"_L1;
            const bool serves = !isServed && deploy.isLive.valueOr(0) == 1 && !isRolling;
            runs.append({.id = deploy.id,
                         .state = serves                                                ? State::Live
                                  : deploy.level.valueOr(Level::Unknown) == Level::Down ? State::Failed
                                  : isServed                                            ? State::Past
                                                                                        : State::Pending,
                         .word = word});
            isServed = isServed || serves;
        }
        return runs;
    }

private:
    const QString m_where;
    IoLine &m_line;
};

class RailwayService final : public ProgramService
{
public:
    RailwayService(const RailwayOptions &options, SourceFactory watched, IoLine &line)
        : ProgramService(options.where(), line)
        , m_options(options)
        , m_watched(std::move(watched))
    {
    }

    QString system() const override { return u"railway"_s; }
    QString title() const override { return u"Railway"_s; }
    QString name() const override { return m_options.service; }
    std::optional<Error> cannot(ServiceDeed deed) const override
    {
        if (deed == ServiceDeed::RemoveVariable)
            return unsupported(u"Railway's program does not take a variable away without deploying"_s);
        return ofPlatform(deed);
    }

    SecretKeeping keeping() const override { return {.live = u"next-deploy"_s}; }

    Result<QStringList> identity(Deadline deadline) override
    {
        const auto all = variables(deadline);
        if (!all)
            return std::unexpected(all.error());
        QStringList identity;
        for (const QString &key : {u"RAILWAY_PROJECT_ID"_s, u"RAILWAY_ENVIRONMENT_ID"_s, u"RAILWAY_SERVICE_ID"_s,
                                   u"RAILWAY_SERVICE_NAME"_s}) {
            identity.append(cleaned(all->value(key).toString(), 60));
            if (identity.last().isEmpty())
                return failure(ErrorCode::BadReply, u"there is no %1, which tells one service from another"_s.arg(key),
                               address());
        }
        return identity;
    }

    Result<std::optional<QString>> variable(const QString &key, Deadline deadline) override
    {
        const auto all = variables(deadline);
        if (!all)
            return std::unexpected(all.error());
        return all->contains(key) ? std::optional(all->value(key).toString()) : std::nullopt;
    }

    Result<void> setVariable(const QString &key, const std::optional<QString> &value, Deadline deadline) override
    {
        if (!value)
            return std::unexpected(*cannot(ServiceDeed::RemoveVariable));
        ProgramRequest request = ask({u"variable"_s, u"set"_s, key, u"--stdin"_s, u"--skip-deploys"_s}, true);
        request.input = value->toUtf8();
        return change(request, deadline);
    }

    Result<QList<DeployRun>> deploys(Deadline deadline) override { return watched(m_watched, deadline); }

    /// It always deploys in the environment that is linked: it is proved to be ours before.
    Result<void> redeploy(Deadline deadline) override
    {
        if (!m_options.environment.isEmpty()) {
            const QStringList list{u"deployment"_s, u"list"_s, u"--limit"_s, u"1"_s, u"--json"_s};
            const auto ours = jsonOf(ask(list, true), deadline);
            const auto linked = ours ? jsonOf(ask(list, false), deadline) : std::unexpected(ours.error());
            if (!linked)
                return failure(ErrorCode::Unavailable, linked.error().message, address()); // nothing was sent
            if ((*ours)[0]["id"_L1] != (*linked)[0]["id"_L1])
                return failure(
                    ErrorCode::BadInput,
                    u"railway is linked to another environment than %1; link that one"_s.arg(m_options.environment),
                    address());
        }
        return change(ask({u"redeploy"_s, u"--yes"_s}, false), deadline);
    }

    Result<QString> lastRestart(Deadline) override { return std::unexpected(*cannot(ServiceDeed::Restart)); }
    Result<void> restart(Deadline) override { return std::unexpected(*cannot(ServiceDeed::Restart)); }
    Result<void> rollBack(const QString &, Deadline) override
    {
        return std::unexpected(*cannot(ServiceDeed::RollBack));
    }

private:
    [[nodiscard]] ProgramRequest ask(const QStringList &what, bool isInEnvironment) const
    {
        QStringList arguments = what + QStringList{u"--service"_s, m_options.service};
        if (isInEnvironment && !m_options.environment.isEmpty())
            arguments << u"--environment"_s << m_options.environment;
        return {.program = m_options.program, .arguments = arguments};
    }

    Result<QJsonObject> variables(Deadline deadline)
    {
        const auto all = jsonOf(ask({u"variables"_s, u"--json"_s}, true), deadline);
        return all ? Result<QJsonObject>(all->object()) : std::unexpected(all.error());
    }

    const RailwayOptions m_options;
    const SourceFactory m_watched;
};

class KubernetesService final : public ProgramService
{
public:
    KubernetesService(const KubernetesOptions &options, SourceFactory watched, IoLine &line)
        : ProgramService(options.where(), line)
        , m_options(options)
        , m_watched(std::move(watched))
    {
    }

    QString system() const override { return u"kubernetes"_s; }
    QString title() const override { return u"Kubernetes"_s; }
    QString name() const override { return m_options.deployment; }
    std::optional<Error> cannot(ServiceDeed deed) const override { return ofPlatform(deed); }

    Result<QStringList> identity(Deadline deadline) override
    {
        const auto deployment =
            jsonOf(ask({u"get"_s, u"deployment"_s, m_options.deployment, u"--output"_s, u"json"_s}), deadline);
        if (!deployment)
            return std::unexpected(deployment.error());
        m_template = podTemplate(*deployment, m_options);
        if (!m_template)
            return std::unexpected(m_template.error());
        if (m_template->uid.isEmpty())
            return failure(ErrorCode::BadReply, u"the Deployment has no uid"_s, address());
        return QStringList{m_template->uid, m_options.nameSpace, m_options.deployment};
    }

    SecretKeeping keeping() const override { return {.isCompared = true, .live = u"new-pods"_s}; }

    Result<std::optional<QString>> variable(const QString &key, Deadline deadline) override
    {
        const auto found = find(key, false, deadline);
        if (!found)
            return std::unexpected(found.error());
        return *found ? std::optional(QString::fromUtf8(**found)) : std::nullopt;
    }

    Result<std::optional<Secret>> secret(const QString &key, Deadline deadline) override
    {
        auto found = find(key, true, deadline);
        if (!found)
            return std::unexpected(mayNot(found.error()));
        return *found ? std::optional(Secret(std::move(**found))) : std::nullopt;
    }

    Result<std::optional<Secret>> readSecret(const QString &key, Deadline deadline) override
    {
        auto found = placeOf(key, true, deadline);
        if (!found)
            return std::unexpected(mayNot(found.error(), u"read a secret, kubectl's user needs 'get'"_s));
        return found->value ? std::optional(Secret(std::move(*found->value))) : std::nullopt;
    }

    Result<void> setVariable(const QString &key, const std::optional<QString> &value, Deadline deadline) override
    {
        return set(key, value ? std::optional(value->toUtf8()) : std::nullopt, deadline);
    }

    Result<void> setSecret(const QString &key, const Secret &value, Deadline deadline) override
    {
        auto done = set(key, value.reveal(), deadline);
        return done ? done : std::unexpected(mayNot(done.error()));
    }

    Result<QList<DeployRun>> deploys(Deadline deadline) override { return watched(m_watched, deadline); }
    Result<void> redeploy(Deadline deadline) override
    {
        return change(ask({u"rollout"_s, u"restart"_s, u"deployment/"_s + m_options.deployment}), deadline);
    }
    Result<QString> lastRestart(Deadline) override { return std::unexpected(*cannot(ServiceDeed::Restart)); }
    Result<void> restart(Deadline) override { return std::unexpected(*cannot(ServiceDeed::Restart)); }
    Result<void> rollBack(const QString &, Deadline) override
    {
        return std::unexpected(*cannot(ServiceDeed::RollBack));
    }

private:
    /// Where a variable lies.
    struct Place
    {
        QString variable;
        VariableObject object;
        QString key;                   ///< in it
        QString version;               ///< of the whole of it
        std::optional<Error> whyNot{}; ///< it cannot be set there
    };
    struct Found
    {
        Place place;
        std::optional<QByteArray> value;
    };

    [[nodiscard]] ProgramRequest ask(const QStringList &what) const
    {
        QStringList arguments;
        if (!m_options.context.isEmpty())
            arguments << u"--context"_s << m_options.context;
        arguments << u"--request-timeout"_s << u"30s"_s << u"--namespace"_s << m_options.nameSpace;
        return {.program = m_options.program, .arguments = arguments + what};
    }

    static QString kindOf(const VariableObject &object) { return object.isSecret ? u"secret"_s : u"configmap"_s; }

    /// Whoever is refused is told what is needed.
    [[nodiscard]] Error mayNot(Error error,
                               const QString &needs = u"swap a secret, kubectl's user needs 'get' and 'patch'"_s) const
    {
        if (error.code == ErrorCode::Forbidden)
            error.message += u"; to %1 on secrets of the namespace %2"_s.arg(needs, m_options.nameSpace);
        return error;
    }

    Result<std::optional<QByteArray>> find(const QString &key, bool isSecret, Deadline deadline)
    {
        m_found.reset();
        auto found = placeOf(key, isSecret, deadline);
        if (!found)
            return std::unexpected(found.error());
        if (isSecret && found->place.whyNot)
            return std::unexpected(*found->place.whyNot);
        m_found = found->place;
        return std::move(found->value);
    }

    /// Right after it was read: what somebody wrote there since is not overwritten.
    Result<void> set(const QString &key, const std::optional<QByteArray> &value, Deadline deadline)
    {
        const std::optional<Place> place = std::exchange(m_found, std::nullopt);
        if (!place || place->variable != key || place->version.isEmpty())
            return failure(ErrorCode::Internal, u"%1 was not read before"_s.arg(key), address());
        if (place->whyNot)
            return std::unexpected(*place->whyNot);
        ProgramRequest request = ask({u"patch"_s, kindOf(place->object), place->object.name, u"--type"_s, u"merge"_s,
                                      u"--patch-file"_s, u"/dev/stdin"_s});
        const auto text = [&] { return QString::fromUtf8(place->object.isSecret ? value->toBase64() : *value); };
        const QJsonObject patch{
            {u"metadata"_s, QJsonObject{{u"resourceVersion"_s, place->version}}},
            {u"data"_s, QJsonObject{{place->key, value ? QJsonValue(text()) : QJsonValue(QJsonValue::Null)}}}};
        request.input = QJsonDocument(patch).toJson(QJsonDocument::Compact);
        auto done = change(request, deadline);
        if (!done && done.error().message.contains("(Conflict)"_L1))
            done.error().code = ErrorCode::BadInput;
        return done;
    }

    Result<Found> foundIn(const VariableObject &object, const QString &variable, const QString &key, Deadline deadline)
    {
        const auto told = jsonOf(ask({u"get"_s, kindOf(object), object.name, u"--output"_s, u"json"_s}), deadline);
        if (!told)
            return std::unexpected(told.error());
        QString why = (*told)["immutable"_L1].toBool() ? u"is immutable: nothing in it can be set"_s : QString();
        for (const QJsonValue &owner : (*told)["metadata"_L1]["ownerReferences"_L1].toArray()) {
            if (owner["controller"_L1].toBool())
                why = u"%1 %2 writes: it would write the old one again; set it there"_s.arg(
                    cleaned(owner["kind"_L1].toString(), 60), cleaned(owner["name"_L1].toString(), 60));
        }
        Found found{.place = {.variable = variable,
                              .object = object,
                              .key = key,
                              .version = (*told)["metadata"_L1]["resourceVersion"_L1].toString()},
                    .value = {}};
        if (!why.isEmpty())
            found.place.whyNot = Error{ErrorCode::Unsupported,
                                       u"%1 lies in the %2 %3, which %4"_s.arg(
                                           variable, object.isSecret ? u"Secret"_s : u"ConfigMap"_s, object.name, why),
                                       address()};
        if (const QJsonValue value = (*told)["data"_L1][key]; value.isString())
            found.value =
                object.isSecret ? QByteArray::fromBase64(value.toString().toLatin1()) : value.toString().toUtf8();
        return found;
    }

    /// As the container's environment is made of it. A plain variable that is not set yet lies in the one ConfigMap
    /// that is taken whole, and one that lies in a Secret is not shown.
    Result<Found> placeOf(const QString &key, bool isSecret, Deadline deadline)
    {
        if (!m_template) {
            if (const auto read = identity(deadline); !read)
                return std::unexpected(read.error());
        }
        const auto entry = std::ranges::find_if(
            m_template->entries, [&](const PodTemplate::Entry &each) { return each.variable.key == key; });
        const auto elsewhere = [&](const QString &where) {
            return failure(ErrorCode::Unsupported, u"%1 lies in %2, where it is not set from here"_s.arg(key, where),
                           address());
        };
        if (entry != m_template->entries.end()) {
            if (entry->from.name.isEmpty())
                return elsewhere(u"the Deployment itself"_s);
            return entry->from.isSecret && !isSecret ? elsewhere(u"a Secret"_s)
                                                     : foundIn(entry->from, key, entry->key, deadline);
        }
        std::optional<Found> unset;
        int count = 0;
        for (const PodTemplate::Whole &whole : m_template->whole) {
            if ((whole.object.isSecret && !isSecret) || !key.startsWith(whole.prefix))
                continue;
            auto found = foundIn(whole.object, key, key.sliced(whole.prefix.size()), deadline);
            if (!found || found->value)
                return found;
            unset = std::move(*found);
            ++count;
        }
        if (isSecret)
            return Found(); // nowhere
        if (count != 1)
            return elsewhere(count == 0 ? u"no ConfigMap"_s : u"one of several ConfigMaps"_s);
        return std::move(*unset);
    }

    const KubernetesOptions m_options;
    const SourceFactory m_watched;
    Result<PodTemplate> m_template = failure(ErrorCode::Internal, {});
    std::optional<Place> m_found;
};

class ComposeService final : public ProgramService
{
public:
    ComposeService(const ComposeOptions &options, IoLine &line)
        : ProgramService(options.where(), line)
        , m_options(options)
        , m_file(options, [this](const ProgramRequest &request, Deadline deadline) { return reply(request, deadline); })
    {
    }

    QString system() const override { return u"compose"_s; }
    QString title() const override { return u"docker compose"_s; }
    QString name() const override { return m_options.service; }
    std::optional<Error> cannot(ServiceDeed deed) const override
    {
        if (deed != ServiceDeed::RemoveVariable)
            return ofPlatform(deed);
        return unsupported(u"no line is taken out of %1 from here: edit it, then redeploy"_s.arg(m_options.envFile));
    }
    SecretKeeping keeping() const override { return {.isCompared = true, .live = u"new-container"_s}; }

    Result<QStringList> identity(Deadline deadline) override
    {
        const auto machine = run(composeDocker(m_options, {u"info"_s, u"--format"_s, u"{{.ID}}"_s}), deadline);
        if (!machine)
            return std::unexpected(machine.error());
        const auto project = config(deadline);
        if (!project)
            return std::unexpected(project.error());
        const QJsonObject set = (*project)["services"_L1][m_options.service]["environment"_L1].toObject();
        m_environment = set;
        return QStringList{cleaned(QString::fromUtf8(machine->trimmed()), 100),
                           cleaned((*project)["name"_L1].toString(), 100), m_options.service};
    }

    /// As compose gave it to the service when the identity was read.
    Result<std::optional<QString>> variable(const QString &key, Deadline) override
    {
        const QJsonValue value = m_environment[key];
        return value.isUndefined() || value.isNull()
                   ? std::nullopt
                   : std::optional(value.toVariant().toString().replace("$$"_L1, "$"_L1));
    }

    Result<void> setVariable(const QString &key, const std::optional<QString> &value, Deadline deadline) override
    {
        if (!value)
            return std::unexpected(*cannot(ServiceDeed::RemoveVariable));
        if (const auto there = secret(key, deadline); !there)
            return failure(isUncertain(there.error().code) ? ErrorCode::Unavailable : there.error().code,
                           there.error().message, address()); // nothing was sent
        return m_file.set(key, Secret(value->toUtf8()), deadline);
    }

    /// It is written in the file, so it has to come from there.
    Result<std::optional<Secret>> secret(const QString &key, Deadline deadline) override
    {
        auto there = m_file.value(key, deadline);
        if (!there)
            return std::unexpected(there.error());
        const auto given = variable(key, deadline);
        if (!given)
            return std::unexpected(given.error());
        if (!*given)
            return failure(ErrorCode::Unsupported,
                           u"%1 stands in %2, but %3 does not give it to %4"_s.arg(key, m_options.envFile,
                                                                                   m_options.file, m_options.service),
                           address());
        if ((*given)->toUtf8() != there->reveal())
            return failure(ErrorCode::Unsupported,
                           u"what %1 is for %2 does not come from %3: it is set in %4 itself, or exported"_s.arg(
                               key, m_options.service, m_options.envFile, m_options.file),
                           address());
        return std::optional(std::move(*there));
    }

    Result<void> setSecret(const QString &key, const Secret &value, Deadline deadline) override
    {
        return m_file.set(key, value, deadline);
    }

    Result<QList<DeployRun>> deploys(Deadline deadline) override
    {
        const auto all = containers(deadline);
        if (!all)
            return std::unexpected(all.error());
        QList<DeployRun> runs;
        for (const QJsonValue &container : *all) {
            const QJsonValue state = container["State"_L1];
            const QString word = cleaned(state["Status"_L1].toString(), 60);
            const QString health = state["Health"_L1]["Status"_L1].toString();
            const bool runsWell = word == "running"_L1 && (health.isEmpty() || health == "healthy"_L1);
            runs.append({.id = cleaned(container["Id"_L1].toString().left(12)),
                         .state = runsWell                                   ? State::Live
                                  : word == "exited"_L1 || word == "dead"_L1 ? State::Failed
                                                                             : State::Pending,
                         .word = health.isEmpty() ? word : word + u", "_s + cleaned(health, 60)});
        }
        return runs;
    }

    Result<void> redeploy(Deadline deadline) override
    {
        return change(compose({u"up"_s, u"--detach"_s, u"--no-deps"_s, u"--force-recreate"_s, m_options.service}),
                      deadline);
    }

    Result<QString> lastRestart(Deadline deadline) override
    {
        const auto all = containers(deadline);
        if (!all)
            return std::unexpected(all.error());
        QStringList started;
        for (const QJsonValue &container : *all)
            started.append(cleaned(container["State"_L1]["StartedAt"_L1].toString(), 60));
        return started.join(u' ');
    }

    Result<void> restart(Deadline deadline) override
    {
        return change(compose({u"restart"_s, m_options.service}), deadline);
    }
    Result<void> rollBack(const QString &, Deadline) override
    {
        return std::unexpected(*cannot(ServiceDeed::RollBack));
    }

private:
    [[nodiscard]] ProgramRequest compose(const QStringList &arguments) const
    {
        return composeDocker(m_options, QStringList{u"compose"_s, u"--file"_s, m_options.file} + arguments);
    }

    /// Its complaints may quote the file.
    Result<QJsonDocument> config(Deadline deadline)
    {
        auto project = jsonOf(compose({u"config"_s, u"--format"_s, u"json"_s}), deadline);
        if (!project && project.error().code == ErrorCode::ServerError)
            return failure(ErrorCode::ServerError, u"docker compose cannot read %1"_s.arg(m_options.file), address());
        if (project && !(*project)["services"_L1].toObject().contains(m_options.service))
            return failure(ErrorCode::NotFound, u"%1 has no service %2"_s.arg(m_options.file, m_options.service),
                           address());
        return project;
    }

    Result<QJsonArray> containers(Deadline deadline)
    {
        const auto ids =
            run(compose({u"ps"_s, u"--all"_s, u"--no-trunc"_s, u"--quiet"_s, m_options.service}), deadline);
        if (!ids)
            return std::unexpected(ids.error());
        const QStringList all = QString::fromLatin1(*ids).split(u'\n', Qt::SkipEmptyParts);
        if (all.isEmpty())
            return QJsonArray();
        const auto told = jsonOf(composeDocker(m_options, QStringList{u"inspect"_s, u"--type"_s, u"container"_s} +
                                                              all.first(std::min<qsizetype>(all.size(), 50))),
                                 deadline);
        return told ? Result<QJsonArray>(told->array()) : std::unexpected(told.error());
    }

    const ComposeOptions m_options;
    ComposeEnvFile m_file;
    QJsonObject m_environment;
};
} // namespace

QString whyCannot(QStringView platform, ServiceDeed deed)
{
    if (deed != ServiceDeed::Restart && deed != ServiceDeed::RollBack)
        return {};
    const bool isRestart = deed == ServiceDeed::Restart;
    if (platform == "railway"_L1)
        return isRestart ? u"Railway does not tell whether a service was restarted; redeploy it"_s
                         : u"Railway's program has no roll-back; its dashboard has"_s;
    if (platform == "kubernetes"_L1)
        return isRestart ? u"on Kubernetes a restart is a rollout: redeploy it"_s
                         : u"it is not rolled back from here: 'kubectl rollout undo' brings the pods back, and leaves "
                           "ConfigMaps as they are"_s;
    return platform == "compose"_L1 && !isRestart ? u"docker compose keeps no earlier deploy to go back to"_s
                                                  : QString();
}

std::unique_ptr<HostedService> railwayService(const RailwayOptions &options, const SourceFactory &watched, IoLine &line)
{
    return std::make_unique<RailwayService>(options, watched, line);
}

std::unique_ptr<HostedService> kubernetesService(const KubernetesOptions &options, const SourceFactory &watched,
                                                 IoLine &line)
{
    return std::make_unique<KubernetesService>(options, watched, line);
}

std::unique_ptr<HostedService> composeService(const ComposeOptions &options, IoLine &line)
{
    return std::make_unique<ComposeService>(options, line);
}

} // namespace qd
