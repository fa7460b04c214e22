/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "kubectl_stand_in.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

ProgramAnswer refused(const QString &message)
{
    return {.code = 1, .errors = message.toUtf8() + '\n'};
}

QString time(const QDateTime &at)
{
    return at.toString(Qt::ISODate); // Kubernetes counts in seconds
}

/// As Kubernetes makes uids: stable for what it is about.
QString uidOf(const QString &name)
{
    return u"6f9c1d1e-"_s + QString::number(qHash(name, 7), 16).rightJustified(8, u'0');
}

QString reasonOf(Platform::State state)
{
    switch (state) {
    case Platform::State::Live:
        return u"NewReplicaSetAvailable"_s;
    case Platform::State::Failed:
        return u"ProgressDeadlineExceeded"_s;
    default:
        return u"ReplicaSetUpdated"_s;
    }
}

QString asIs(const QString &value)
{
    return value;
}

QString inBase64(const QString &value)
{
    return QString::fromLatin1(value.toUtf8().toBase64());
}

QString hidden(const QString &)
{
    return {};
}

} // namespace

ProgramAnswer KubectlStandIn::run(const QStringList &arguments, const QString &input)
{
    const auto asked = ProgramArguments::parse(arguments, {u"context="_s, u"namespace=|n"_s, u"output=|o"_s,
                                                           u"selector=|l"_s, u"show-managed-fields"_s, u"type="_s,
                                                           u"patch=|p"_s, u"patch-file="_s, u"request-timeout="_s});
    if (!asked.unknown.isEmpty())
        return refused(u"error: unknown flag: %1\nSee 'kubectl --help' for usage."_s.arg(asked.unknown));
    const QString verb = asked.words.value(0);
    if (verb == "get"_L1)
        return get(asked);
    if (verb == "patch"_L1)
        return patch(asked, asked.value(u"patch-file"_s) == "/dev/stdin"_L1 ? input : asked.value(u"patch"_s));
    if (asked.words == QStringList{u"rollout"_s, u"restart"_s, u"deployment/"_s + workload()}) {
        m_platform.deploy();
        return {.output = "deployment.apps/" + workload().toUtf8() + " restarted\n"};
    }
    return refused(u"error: unknown command \"%1\" for \"kubectl\""_s.arg(asked.words.join(u' ')));
}

ProgramAnswer KubectlStandIn::get(const ProgramArguments &asked) const
{
    const QString what = asked.words.value(1);
    const QString name = asked.words.value(2);
    const QString output = asked.value(u"output"_s);
    const auto answer = [](const QJsonObject &object) {
        return ProgramAnswer{.output = QJsonDocument(object).toJson()};
    };
    const auto missing = [&](const QString &kind) {
        return refused(u"Error from server (NotFound): %1 \"%2\" not found"_s.arg(kind, name));
    };
    const bool isHere = asked.value(u"namespace"_s) == m_name;
    if (what == "deployment"_L1 && output == "json"_L1)
        return isHere && name == workload() ? answer(deployment()) : missing(u"deployments.apps"_s);
    if (what == "replicasets,pods"_L1 && output == "json"_L1)
        return answer(isHere && asked.value(u"selector"_s) == u"app="_s + workload()
                          ? replicaSetsAndPods()
                          : QJsonObject{{u"kind"_s, u"List"_s}, {u"items"_s, QJsonArray()}});
    if (what == "configmap"_L1 && output == "json"_L1)
        return isHere && name == objectName(false) ? answer(object(false, asIs)) : missing(u"configmaps"_s);
    // The one template that is understood writes the names of the keys.
    if (what == "secret"_L1 && (output == "json"_L1 || output.startsWith(u"go-template="_s)))
        return isHere && name == objectName(true) ? answer(object(true, output == "json"_L1 ? inBase64 : hidden))
                                                  : missing(u"secrets"_s);
    return refused(u"error: the sandbox's kubectl does not know 'get %1 --output %2'"_s.arg(what, output));
}

ProgramAnswer KubectlStandIn::patch(const ProgramArguments &asked, const QString &json)
{
    const QString name = asked.words.value(2);
    const bool isSecret = asked.words.value(1) == "secret"_L1;
    const QJsonObject patch = QJsonDocument::fromJson(json.toUtf8()).object();
    if (asked.value(u"type"_s) != "merge"_L1 || patch.isEmpty())
        return refused(u"error: the sandbox's kubectl takes '--type merge --patch JSON' alone"_s);
    if (asked.value(u"namespace"_s) != m_name || name != objectName(isSecret))
        return refused(u"Error from server (NotFound): %1 \"%2\" not found"_s.arg(
            isSecret ? u"secrets"_s : u"configmaps"_s, name));
    const QString version = patch["metadata"_L1].toObject().value("resourceVersion"_L1).toString();
    if (!version.isEmpty() && version != resourceVersion(isSecret))
        return refused(u"Error from server (Conflict): Operation cannot be fulfilled on %1 \"%2\": the object has been "
                       "modified"_s.arg(isSecret ? u"secrets"_s : u"configmaps"_s, name));
    QHash<QString, std::optional<QString>> wanted;
    const QJsonObject data = patch["data"_L1].toObject();
    for (auto it = data.begin(); it != data.end(); ++it) {
        const auto bytes = isSecret ? QByteArray::fromBase64Encoding(it->toString().toLatin1(),
                                                                     QByteArray::AbortOnBase64DecodingErrors)
                                    : QByteArray::FromBase64Result{it->toString().toUtf8(), {}};
        if (!bytes)
            return refused(u"Error from server (BadRequest): illegal base64 data at input byte 0"_s);
        wanted.insert(it.key(), it->isNull() ? std::nullopt : std::optional(QString::fromUtf8(bytes.decoded)));
    }
    const QJsonObject texts = isSecret ? patch["stringData"_L1].toObject() : QJsonObject();
    for (auto it = texts.begin(); it != texts.end(); ++it)
        wanted.insert(it.key(), it->toString()); // goes before what 'data' says
    for (auto it = wanted.cbegin(); it != wanted.cend(); ++it) {
        if (*it)
            m_platform.set(it.key(), **it);
        else
            m_platform.remove(it.key());
    }
    return {.output = (isSecret ? "secret/" : "configmap/") + name.toUtf8() + " patched\n"};
}

/// Another one after each change.
QString KubectlStandIn::resourceVersion(bool isSecret) const
{
    size_t sum = 1;
    const Platform::Variables &all = m_platform.variables();
    for (auto it = all.cbegin(); it != all.cend(); ++it)
        sum += isKeptSecret(it.key()) != isSecret
                   ? 0
                   : qHashMulti(7, it.key(), it.value(), m_platform.changedAt(it.key()).toMSecsSinceEpoch());
    return QString::number(sum % 1'000'000'000);
}

QJsonObject KubectlStandIn::deployment() const
{
    const Platform::Deploy &newest = m_platform.deploys().first();
    const bool isDone = newest.state == Platform::State::Live;
    const QJsonArray sources{
        QJsonObject{{u"configMapRef"_s, QJsonObject{{u"name"_s, objectName(false)}}}},
        QJsonObject{{u"secretRef"_s, QJsonObject{{u"name"_s, objectName(true)}}}},
    };
    const QJsonObject container{{u"name"_s, u"api"_s},
                                {u"image"_s, u"registry.local/%1:%2"_s.arg(m_name, newest.commit.left(7))},
                                {u"envFrom"_s, sources}};
    const QJsonObject progressing{{u"type"_s, u"Progressing"_s},
                                  {u"status"_s, newest.state == Platform::State::Failed ? u"False"_s : u"True"_s},
                                  {u"reason"_s, reasonOf(newest.state)},
                                  {u"lastUpdateTime"_s, time(newest.updatedAt)}};
    const auto generation = m_platform.deploys().size();
    return {
        {u"apiVersion"_s, u"apps/v1"_s},
        {u"kind"_s, u"Deployment"_s},
        {u"metadata"_s, QJsonObject{{u"name"_s, workload()},
                                    {u"namespace"_s, m_name},
                                    {u"uid"_s, uidOf(workload())},
                                    {u"generation"_s, generation},
                                    {u"creationTimestamp"_s, time(m_platform.deploys().last().createdAt)},
                                    {u"annotations"_s, QJsonObject{{u"deployment.kubernetes.io/revision"_s,
                                                                    QString::number(generation)}}}}},
        {u"spec"_s,
         QJsonObject{{u"replicas"_s, 1},
                     {u"selector"_s, QJsonObject{{u"matchLabels"_s, QJsonObject{{u"app"_s, workload()}}}}},
                     {u"template"_s, QJsonObject{{u"spec"_s, QJsonObject{{u"containers"_s, QJsonArray{container}}}}}}}},
        {u"status"_s, QJsonObject{{u"observedGeneration"_s, generation},
                                  {u"replicas"_s, 1},
                                  {u"updatedReplicas"_s, isDone ? 1 : 0},
                                  {u"availableReplicas"_s, 1},
                                  {u"conditions"_s, QJsonArray{progressing}}}}};
}

QJsonObject KubectlStandIn::replicaSetsAndPods() const
{
    QJsonArray items;
    auto revision = m_platform.deploys().size();
    QString serving;
    for (const Platform::Deploy &deploy : m_platform.deploys()) {
        const bool isLive = deploy.state == Platform::State::Live;
        const QString name = workload() + u'-' + deploy.id.right(10);
        if (isLive)
            serving = name;
        const QJsonObject container{{u"name"_s, u"api"_s},
                                    {u"image"_s, u"registry.local/%1:%2"_s.arg(m_name, deploy.commit.left(7))}};
        QJsonObject annotations{{u"deployment.kubernetes.io/revision"_s, QString::number(revision--)}};
        if (deploy.cause == Platform::Cause::Commit)
            annotations.insert(u"kubernetes.io/change-cause"_s, deploy.message);
        items.append(QJsonObject{
            {u"kind"_s, u"ReplicaSet"_s},
            {u"metadata"_s,
             QJsonObject{{u"name"_s, name},
                         {u"creationTimestamp"_s, time(deploy.createdAt)},
                         {u"annotations"_s, annotations},
                         {u"ownerReferences"_s,
                          QJsonArray{QJsonObject{
                              {u"kind"_s, u"Deployment"_s}, {u"name"_s, workload()}, {u"uid"_s, uidOf(workload())}}}}}},
            {u"spec"_s, QJsonObject{{u"template"_s,
                                     QJsonObject{{u"spec"_s, QJsonObject{{u"containers"_s, QJsonArray{container}}}}}}}},
            {u"status"_s, QJsonObject{{u"replicas"_s, isLive ? 1 : 0}, {u"readyReplicas"_s, isLive ? 1 : 0}}}});
    }
    const QJsonObject running{{u"running"_s, QJsonObject{{u"startedAt"_s, time(m_platform.startedAt())}}}};
    items.append(QJsonObject{
        {u"kind"_s, u"Pod"_s},
        {u"metadata"_s, QJsonObject{{u"name"_s, serving + u"-x7k2p"_s},
                                    {u"ownerReferences"_s,
                                     QJsonArray{QJsonObject{{u"kind"_s, u"ReplicaSet"_s}, {u"name"_s, serving}}}}}},
        {u"status"_s, QJsonObject{{u"phase"_s, u"Running"_s},
                                  {u"containerStatuses"_s,
                                   QJsonArray{QJsonObject{{u"name"_s, u"api"_s}, {u"state"_s, running}}}}}}});
    return {{u"kind"_s, u"List"_s}, {u"items"_s, items}};
}

QJsonObject KubectlStandIn::object(bool isSecret, QString (*shows)(const QString &value)) const
{
    QJsonObject data;
    QJsonObject applied;
    QJsonObject patched;
    QDateTime patchedAt;
    const Platform::Variables &all = m_platform.variables();
    for (auto it = all.cbegin(); it != all.cend(); ++it) {
        if (isKeptSecret(it.key()) != isSecret)
            continue;
        data.insert(it.key(), shows(it.value()));
        const QDateTime at = m_platform.changedAt(it.key());
        if (at == m_platform.createdAt()) {
            applied.insert(u"f:"_s + it.key(), QJsonObject());
        } else {
            patched.insert(u"f:"_s + it.key(), QJsonObject());
            patchedAt = std::max(patchedAt, at);
        }
    }
    const auto manager = [](const QString &name, const QDateTime &at, const QJsonObject &fields) {
        return QJsonObject{{u"manager"_s, name},
                           {u"operation"_s, u"Update"_s},
                           {u"time"_s, time(at)},
                           {u"fieldsV1"_s, QJsonObject{{u"f:data"_s, fields}}}};
    };
    applied.insert(u"."_s, QJsonObject());
    QJsonArray managers{manager(u"kubectl-client-side-apply"_s, m_platform.createdAt(), applied)};
    if (!patched.isEmpty())
        managers.append(manager(u"kubectl-patch"_s, patchedAt, patched));
    return {{u"apiVersion"_s, u"v1"_s},
            {u"kind"_s, isSecret ? u"Secret"_s : u"ConfigMap"_s},
            {u"metadata"_s, QJsonObject{{u"name"_s, objectName(isSecret)},
                                        {u"namespace"_s, m_name},
                                        {u"resourceVersion"_s, resourceVersion(isSecret)},
                                        {u"creationTimestamp"_s, time(m_platform.createdAt())},
                                        {u"managedFields"_s, managers}}},
            {u"data"_s, data}};
}

} // namespace qd::sandbox
