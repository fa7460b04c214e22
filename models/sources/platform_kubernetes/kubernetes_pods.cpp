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
/// As Kubernetes has them: none can be taken for an option.
bool isObjectName(const QString &name)
{
    static const QRegularExpression form(QRegularExpression::anchoredPattern(u"[a-z0-9][a-z0-9.-]{0,252}"_s));
    return form.match(name).hasMatch();
}

} // namespace

QString KubernetesOptions::where() const
{
    return u"deployment %1/%2"_s.arg(nameSpace, deployment);
}

QList<VariableObject> PodTemplate::objects() const
{
    QList<VariableObject> all;
    for (const Entry &entry : entries) {
        if (!entry.from.name.isEmpty() && !all.contains(entry.from))
            all.append(entry.from);
    }
    for (const Whole &each : whole) {
        if (!all.contains(each.object))
            all.append(each.object);
    }
    return all;
}

Result<PodTemplate> podTemplate(const QJsonDocument &deployment, const KubernetesOptions &options)
{
    const QJsonValue spec = deployment["spec"_L1];
    const QJsonArray containers = spec["template"_L1]["spec"_L1]["containers"_L1].toArray();
    const auto container = std::ranges::find_if(containers, [&](const QJsonValue &each) {
        return options.container.isEmpty() || each["name"_L1].toString() == options.container;
    });
    if (container == containers.end())
        return failure(containers.isEmpty() ? ErrorCode::BadReply : ErrorCode::NotFound,
                       u"it has no container %1; check 'container' of this source"_s.arg(options.container),
                       options.where());
    const qsizetype index = container - containers.begin();
    PodTemplate pods;
    pods.container = (*container)["name"_L1].toString();
    pods.uid = deployment["metadata"_L1]["uid"_L1].toString();
    pods.revision = deployment["metadata"_L1]["annotations"_L1]["deployment.kubernetes.io/revision"_L1].toString();
    QStringList labels;
    const QJsonObject match = spec["selector"_L1]["matchLabels"_L1].toObject();
    for (auto it = match.begin(); it != match.end(); ++it)
        labels.append(it.key() + u'=' + it->toString());
    pods.selector = labels.join(u',');
    static const QRegularExpression form(QRegularExpression::anchoredPattern(u"[A-Za-z0-9][A-Za-z0-9._/=,-]*"_s));
    if (!form.match(pods.selector).hasMatch())
        return failure(ErrorCode::BadReply, u"its pods cannot be told by their labels"_s, options.where());

    const QJsonValue status = deployment["status"_L1];
    const int replicas = status["replicas"_L1].toInt();
    pods.isRolledOut =
        status["observedGeneration"_L1].toInteger() >= deployment["metadata"_L1]["generation"_L1].toInteger() &&
        status["updatedReplicas"_L1].toInt() == replicas && status["availableReplicas"_L1].toInt() == replicas &&
        replicas > 0;
    const QJsonArray conditions = status["conditions"_L1].toArray();
    for (qsizetype i = 0; i < conditions.size(); ++i) {
        if (conditions.at(i)["type"_L1].toString() != "Progressing"_L1)
            continue;
        pods.reason = conditions.at(i)["reason"_L1].toString();
        pods.progressedAt =
            timeAt(conditions.at(i)["lastUpdateTime"_L1], {0, u"/status/conditions/%1/lastUpdateTime"_s.arg(i)});
    }

    const QJsonArray environment = (*container)["env"_L1].toArray();
    for (qsizetype i = 0; i < environment.size(); ++i) {
        const QJsonValue item = environment.at(i);
        const QString name = item["name"_L1].toString();
        PodTemplate::Entry entry;
        entry.variable.key = name;
        entry.variable.origin = {0, u"/spec/template/spec/containers/%1/env/%2/value"_s.arg(index).arg(i)};
        const QJsonValue secret = item["valueFrom"_L1]["secretKeyRef"_L1];
        const QJsonValue config = item["valueFrom"_L1]["configMapKeyRef"_L1];
        if (secret.isObject() || config.isObject()) {
            const QJsonValue &ref = secret.isObject() ? secret : config;
            entry.from = {.isSecret = secret.isObject(), .name = ref["name"_L1].toString()};
            entry.key = ref["key"_L1].toString();
            if (!isObjectName(entry.from.name))
                continue;
        } else {
            entry.variable.setting = settingOf(options.map, name, item["value"_L1].toString());
            if (pods.isRolledOut) {
                entry.variable.isLive = {.value = 1, .origin = {0, u"/status/updatedReplicas"_s}};
                entry.variable.effective = {.value = entry.variable.setting, .origin = entry.variable.origin};
            }
        }
        pods.entries.prepend(entry);
    }
    for (const QJsonValue &item : (*container)["envFrom"_L1].toArray()) {
        const QString secret = item["secretRef"_L1]["name"_L1].toString();
        const QString config = item["configMapRef"_L1]["name"_L1].toString();
        if (isObjectName(secret.isEmpty() ? config : secret))
            pods.whole.prepend({.object = {.isSecret = !secret.isEmpty(), .name = secret.isEmpty() ? config : secret},
                                .prefix = item["prefix"_L1].toString()});
    }
    return pods;
}

} // namespace qd
