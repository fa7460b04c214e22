/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/platform_kubernetes/kubernetes.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype mostObjects = 8;

/// A Secret as the JSON of a ConfigMap would look, with the names of its keys and without their values. None of these
/// needs to be quoted: names of keys are letters, digits and `-._`.
const QString keysAlone =
    u"{\"kind\":\"Secret\",\"metadata\":{\"name\":\"{{.metadata.name}}\","
    "\"creationTimestamp\":\"{{.metadata.creationTimestamp}}\",\"managedFields\":["
    "{{range .metadata.managedFields}}{\"time\":\"{{.time}}\",\"fieldsV1\":{\"f:data\":{{\"{\"}}"
    "{{with .fieldsV1}}{{with index . \"f:data\"}}{{range $k,$v := .}}\"{{$k}}\":{},{{end}}{{end}}{{end}}\"\":{}}}},"
    "{{end}}null]},\"data\":{{\"{\"}}{{range $k,$v := .data}}\"{{$k}}\":\"\",{{end}}\"\":\"\"}}"_s;

ProgramRequest get(const KubernetesOptions &options, const QStringList &what)
{
    QStringList arguments;
    if (!options.context.isEmpty())
        arguments << u"--context"_s << options.context;
    // It ends by itself where nobody is left to end it.
    arguments << u"--request-timeout"_s << u"30s"_s << u"--namespace"_s << options.nameSpace << u"get"_s << what;
    return {.program = options.program, .arguments = arguments};
}

ProgramRequest get(const KubernetesOptions &options, const VariableObject &object)
{
    if (object.isSecret)
        return get(options, {u"secret"_s, object.name, u"--output"_s, u"go-template="_s + keysAlone});
    return get(options, {u"configmap"_s, object.name, u"--output"_s, u"json"_s, u"--show-managed-fields"_s});
}

Result<QJsonDocument> documentIn(const ProgramTurn &turn, const KubernetesOptions &options)
{
    const auto output = outputOf(turn, options.where());
    if (!output)
        return std::unexpected(output.error());
    QJsonDocument document = QJsonDocument::fromJson(*output);
    if (!document.isObject())
        return failure(ErrorCode::BadReply, u"expected JSON from kubectl"_s, options.where());
    return document;
}

/// What a list or an object of it must have: the one "items", the other "metadata".
Result<QJsonObject> objectIn(const ProgramTurn &turn, const KubernetesOptions &options, bool isList)
{
    const auto document = documentIn(turn, options);
    if (!document)
        return std::unexpected(document.error());
    if (isList ? !(*document)["items"_L1].isArray() : !(*document)["metadata"_L1].isObject())
        return failure(ErrorCode::BadReply,
                       isList ? u"expected a list from kubectl"_s : u"expected an object from kubectl"_s,
                       options.where());
    return document->object();
}

/// The containers of a Deployment's pods that run: when the first and the last of them was started.
struct Running
{
    std::optional<Instant> first;
    std::optional<Instant> last;
};

Running runningIn(const QJsonArray &items, const QString &container)
{
    Running running;
    for (const QJsonValue &item : items) {
        if (item["kind"_L1].toString() != "Pod"_L1 || item["metadata"_L1].toObject().contains("deletionTimestamp"_L1))
            continue;
        for (const QJsonValue &status : item["status"_L1]["containerStatuses"_L1].toArray()) {
            if (status["name"_L1].toString() != container)
                continue;
            const auto at = timeAt(status["state"_L1]["running"_L1]["startedAt"_L1], {}).value;
            if (!at)
                continue;
            running.first = std::min(running.first.value_or(*at), *at);
            running.last = std::max(running.last.value_or(*at), *at);
        }
    }
    return running;
}

std::optional<Level> levelOf(const QString &reason)
{
    static const std::map<QString, Level> words{
        {u"NewReplicaSetAvailable"_s, Level::Ok},     {u"NewReplicaSetCreated"_s, Level::Ok},
        {u"FoundNewReplicaSet"_s, Level::Ok},         {u"ReplicaSetUpdated"_s, Level::Ok},
        {u"DeploymentPaused"_s, Level::Degraded},     {u"ProgressDeadlineExceeded"_s, Level::Down},
        {u"ReplicaSetCreateError"_s, Level::Down},    {u"FailedCreate"_s, Level::Down},
        {u"NewReplicaSetCreateError"_s, Level::Down},
    };
    const auto known = words.find(reason);
    return known == words.end() ? std::nullopt : std::optional(known->second);
}

/// The ReplicaSets of a Deployment: each is one deploy of its list.
void addDeploys(Findings &findings, const QJsonArray &items, const PodTemplate &pods, int exchange)
{
    for (qsizetype i = 0; i < items.size(); ++i) {
        const QJsonValue item = items.at(i);
        const QJsonArray owners = item["metadata"_L1]["ownerReferences"_L1].toArray();
        const bool isOwned = std::ranges::any_of(
            owners, [&](const QJsonValue &owner) { return owner["uid"_L1].toString() == pods.uid; });
        if (item["kind"_L1].toString() != "ReplicaSet"_L1 || !isOwned)
            continue;
        const auto at = [&](const QString &pointer) { return Origin{exchange, u"/items/%1%2"_s.arg(i).arg(pointer)}; };
        const QJsonValue annotations = item["metadata"_L1]["annotations"_L1];
        const QString revision = annotations["deployment.kubernetes.io/revision"_L1].toString();
        const bool isCurrent = revision == pods.revision;
        const Origin atRevision = at(u"/metadata/annotations/deployment.kubernetes.io~1revision"_s);
        Deploy deploy;
        deploy.id = cleaned(item["metadata"_L1]["name"_L1].toString());
        if (isCurrent && !pods.reason.isEmpty()) {
            deploy.status = textAt(pods.reason, {0, u"/status/conditions"_s}, 60);
            deploy.level = {.value = levelOf(pods.reason).value_or(Level::Unknown), .origin = deploy.status.origin};
        } else {
            const bool isGone = item["status"_L1]["replicas"_L1].toInt() == 0;
            deploy.status = {.value = isGone ? u"scaled down"_s : u"scaling"_s, .origin = at(u"/status/replicas"_s)};
            deploy.level = {.value = Level::Ok, .origin = deploy.status.origin};
        }
        deploy.isLive = {.value = item["status"_L1]["readyReplicas"_L1].toInt() > 0 ? 1 : 0,
                         .origin = at(u"/status/readyReplicas"_s)};
        deploy.createdAt = timeAt(item["metadata"_L1]["creationTimestamp"_L1], at(u"/metadata/creationTimestamp"_s));
        if (isCurrent && pods.isRolledOut)
            deploy.finishedAt = pods.progressedAt;
        const QString cause = causeIn(annotations);
        const QString image = item["spec"_L1]["template"_L1]["spec"_L1]["containers"_L1][0]["image"_L1].toString();
        deploy.cause = textAt(u"revision %1: %2"_s.arg(revision, cause.isEmpty() ? image : cause), atRevision);
        findings.facts.append(deploy);
    }
}

/// The variables that one object holds.
struct ObjectVariables
{
    QHash<QString, PlatformVariable> byKey; ///< without settings: a flag is known by the name of the variable
    QJsonObject data;
    std::optional<Error> error;
};

ObjectVariables variablesOf(const QJsonObject &object, const Running &running, int exchange)
{
    const QJsonObject data = object.value("data"_L1).toObject();
    ObjectVariables all{.byKey = {}, .data = data, .error = {}};
    const QJsonArray managers = object.value("metadata"_L1)["managedFields"_L1].toArray();
    const Value<Instant> created =
        timeAt(object.value("metadata"_L1)["creationTimestamp"_L1], {exchange, u"/metadata/creationTimestamp"_s});
    for (auto it = data.begin(); it != data.end(); ++it) {
        if (it.key().isEmpty())
            continue;
        PlatformVariable variable{
            .key = it.key(), .origin = {exchange, u"/data"_s + pointerStep(it.key())}, .updatedAt = created};
        // Whoever wrote the key, wrote one of his keys then; which one is known where he has no other.
        bool isAlone = false;
        for (qsizetype m = 0; m < managers.size(); ++m) {
            const QJsonObject fields = managers.at(m)["fieldsV1"_L1]["f:data"_L1].toObject();
            if (!fields.contains(u"f:"_s + it.key()))
                continue;
            variable.updatedAt =
                timeAt(managers.at(m)["time"_L1], {exchange, u"/metadata/managedFields/%1/time"_s.arg(m)});
            isAlone =
                std::ranges::count_if(fields.keys(), [](const QString &key) { return key.startsWith(u"f:"_s); }) == 1;
        }
        const auto &at = variable.updatedAt.value;
        variable.isLive.origin = variable.updatedAt.origin;
        if (at && running.first && *at < *running.first)
            variable.isLive.value = 1;
        else if (at && isAlone && running.first && *at > *running.first)
            variable.isLive.value = 0;
        if (!isAlone && at != created.value)
            variable.updatedAt.value.reset();
        all.byKey.insert(it.key(), variable);
    }
    return all;
}

/// One of them, under the name that the container has it by.
PlatformVariable named(const ObjectVariables &object, const QString &key, const QString &name, const PlatformMap &map)
{
    PlatformVariable variable = object.byKey.value(key);
    variable.key = name;
    variable.setting = settingOf(map, name, object.data.value(key).toString());
    if (variable.isLive.valueOr(0) == 1)
        variable.effective = {.value = variable.setting, .origin = variable.origin};
    return variable;
}

class Understanding
{
public:
    Understanding(const QList<ProgramTurn> &turns, const KubernetesOptions &options)
        : m_turns(turns)
        , m_options(options)
    {
    }

    SourceAnswer answer()
    {
        const auto deployment = documentIn(m_turns.first(), m_options);
        if (!deployment)
            return {.outcome = std::unexpected(deployment.error()), .exchanges = {}};
        keep(0, withoutEnvironment(deployment->object(), m_options.map));
        const auto pods = podTemplate(*deployment, m_options);
        if (!pods)
            return {.outcome = std::unexpected(pods.error()), .exchanges = m_exchanges};
        readPods(*pods);
        readVariables(*pods);
        return {.outcome = m_findings, .exchanges = m_exchanges};
    }

private:
    void keep(int turn, const QJsonObject &shown)
    {
        m_exchanges.append(shownVariables(m_turns.at(turn).command, QJsonDocument(shown)));
    }

    void readPods(const PodTemplate &pods)
    {
        const auto list = objectIn(m_turns.at(1), m_options, true);
        keep(1, list ? inShort(*list) : QJsonObject());
        if (!list) {
            m_findings.refusals.append({QString::fromLatin1(Deploy::kind), list.error()});
            return;
        }
        const QJsonArray items = list->value("items"_L1).toArray();
        m_running = runningIn(items, pods.container);
        addDeploys(m_findings, items, pods, 1);
    }

    void readVariables(const PodTemplate &pods)
    {
        const QList<VariableObject> objects = pods.objects();
        QList<ObjectVariables> told;
        for (qsizetype i = 0; i < objects.size(); ++i) {
            const int turn = static_cast<int>(i) + 2;
            const auto object =
                turn < m_turns.size()
                    ? objectIn(m_turns.at(turn), m_options, false)
                    : Result<QJsonObject>(std::unexpected(Error{ErrorCode::TooLarge,
                                                                u"the variables come from over %1 ConfigMaps and "
                                                                "Secrets; this one is not read"_s.arg(mostObjects),
                                                                m_options.where()}));
            if (turn < m_turns.size())
                keep(turn, object ? withoutValues(*object, m_options.map) : QJsonObject());
            if (object) {
                told.append(variablesOf(*object, m_running, turn));
            } else {
                told.append({.byKey = {}, .data = {}, .error = object.error()});
                m_findings.refusals.append(
                    {QString::fromLatin1(Variable::kind) + u'/' + objects.at(i).name, object.error()});
            }
        }
        QList<PlatformVariable> all;
        for (const PodTemplate::Entry &entry : pods.entries) {
            PlatformVariable variable = entry.variable;
            if (!entry.from.name.isEmpty()) {
                const ObjectVariables &from = told.at(objects.indexOf(entry.from));
                if (!from.byKey.contains(entry.key))
                    continue;
                variable = named(from, entry.key, entry.variable.key, m_options.map);
            }
            all.append(variable);
        }
        for (const PodTemplate::Whole &whole : pods.whole) {
            const ObjectVariables &from = told.at(objects.indexOf(whole.object));
            for (const QString &key : from.byKey.keys())
                all.append(named(from, key, whole.prefix + key, m_options.map));
        }
        std::ranges::stable_sort(all, {}, &PlatformVariable::key);
        const auto failed = std::ranges::find_if(told, [](const auto &object) { return object.error.has_value(); });
        addVariables(m_findings, all, m_options.map, {0, {}}, m_options.where(),
                     failed == told.end() ? std::nullopt : failed->error);
    }

    const QList<ProgramTurn> &m_turns;
    const KubernetesOptions &m_options;
    Running m_running;
    Findings m_findings;
    QList<Exchange> m_exchanges;
};
} // namespace

std::variant<ProgramRequest, SourceAnswer> askKubernetes(const QList<ProgramTurn> &turns,
                                                         const KubernetesOptions &options)
{
    if (turns.isEmpty())
        return get(options, {u"deployment"_s, options.deployment, u"--output"_s, u"json"_s});
    if (const auto deployment = documentIn(turns.first(), options)) {
        const auto pods = podTemplate(*deployment, options);
        if (pods && turns.size() == 1)
            return get(options, {u"replicasets,pods"_s, u"--selector"_s, pods->selector, u"--output"_s, u"json"_s});
        const QList<VariableObject> objects = pods ? pods->objects() : QList<VariableObject>();
        const qsizetype next = turns.size() - 2;
        if (next < std::min(objects.size(), mostObjects))
            return get(options, objects.at(next));
    }
    return Understanding(turns, options).answer();
}

std::expected<KubernetesOptions, QList<Error>> kubernetesOptions(const SourceSpec &spec)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    KubernetesOptions options;
    options.program = programIn(reader, options.program);
    options.context = argumentIn(reader, u"context");
    options.nameSpace = argumentIn(reader, u"namespace", options.nameSpace);
    if (!reader.has(u"deployment"))
        static_cast<void>(reader.requiredString(u"deployment"));
    options.deployment = argumentIn(reader, u"deployment");
    options.container = argumentIn(reader, u"container");
    options.map = readPlatformMap(reader, &errors);
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return options;
}

std::expected<SourceFactory, QList<Error>> kubernetesFactory(const SourceSpec &spec, const Profile &)
{
    const auto options = kubernetesOptions(spec);
    if (!options)
        return std::unexpected(options.error());
    return programSources(spec.deadline, *options, &askKubernetes);
}

} // namespace qd
