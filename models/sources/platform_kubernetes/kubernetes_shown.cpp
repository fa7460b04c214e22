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
QJsonObject withoutValues(QJsonObject object, const PlatformMap &map)
{
    // kubectl apply keeps the whole object, values included, in an annotation.
    QJsonObject metadata = object.value("metadata"_L1).toObject();
    metadata.remove("annotations"_L1);
    object.insert(u"metadata"_s, metadata);
    QJsonObject data = object.value("data"_L1).toObject();
    for (auto it = data.begin(); it != data.end(); ++it)
        it.value() = shownValue(map, it.key(), it->toString());
    if (object.contains("data"_L1))
        object.insert(u"data"_s, data);
    object.remove("binaryData"_L1);
    object.remove("stringData"_L1);
    return object;
}

QJsonObject withoutEnvironment(QJsonObject deployment, const PlatformMap &map)
{
    deployment = withoutValues(deployment, map);
    QJsonObject spec = deployment.value("spec"_L1).toObject();
    QJsonObject pod = spec.value("template"_L1)["spec"_L1].toObject();
    QJsonArray containers;
    for (const QJsonValue &each : pod.value("containers"_L1).toArray()) {
        QJsonArray environment;
        for (const QJsonValue &item : each["env"_L1].toArray()) {
            QJsonObject variable = item.toObject();
            if (variable.contains("value"_L1))
                variable.insert(u"value"_s, shownValue(map, variable.value("name"_L1).toString(),
                                                       variable.value("value"_L1).toString()));
            environment.append(variable);
        }
        // Commands and arguments may hold anything.
        containers.append(QJsonObject{{u"name"_s, each["name"_L1]},
                                      {u"image"_s, each["image"_L1]},
                                      {u"env"_s, environment},
                                      {u"envFrom"_s, each["envFrom"_L1].toArray()}});
    }
    spec.insert(u"template"_s, QJsonObject{{u"spec"_s, QJsonObject{{u"containers"_s, containers}}}});
    deployment.insert(u"spec"_s, spec);
    return deployment;
}

QString causeIn(const QJsonValue &annotations)
{
    const QString cause = annotations["kubernetes.io/change-cause"_L1].toString();
    return cause.contains(u'=') ? QString() : cause;
}

QJsonObject inShort(const QJsonObject &list)
{
    QJsonArray items;
    for (const QJsonValue &item : list.value("items"_L1).toArray()) {
        const QJsonObject metadata = item["metadata"_L1].toObject();
        QJsonObject kept;
        for (const QString &key : {u"name"_s, u"creationTimestamp"_s, u"deletionTimestamp"_s, u"ownerReferences"_s}) {
            if (metadata.contains(key))
                kept.insert(key, metadata.value(key));
        }
        QJsonObject annotations;
        if (const QJsonValue revision = metadata.value("annotations"_L1)["deployment.kubernetes.io/revision"_L1];
            revision.isString())
            annotations.insert(u"deployment.kubernetes.io/revision"_s, safeText(revision.toString()));
        if (const QString cause = causeIn(metadata.value("annotations"_L1)); !cause.isEmpty())
            annotations.insert(u"kubernetes.io/change-cause"_s, safeText(cause));
        kept.insert(u"annotations"_s, annotations);
        QJsonArray containers;
        for (const QJsonValue &each : item["spec"_L1]["template"_L1]["spec"_L1]["containers"_L1].toArray())
            containers.append(QJsonObject{{u"name"_s, each["name"_L1]}, {u"image"_s, each["image"_L1]}});
        QJsonObject spec;
        if (!containers.isEmpty())
            spec.insert(u"template"_s, QJsonObject{{u"spec"_s, QJsonObject{{u"containers"_s, containers}}}});
        QJsonObject status;
        for (const QString &key : {u"replicas"_s, u"readyReplicas"_s}) {
            if (item["status"_L1].toObject().contains(key))
                status.insert(key, item["status"_L1][key].toInt());
        }
        QJsonArray started;
        for (const QJsonValue &each : item["status"_L1]["containerStatuses"_L1].toArray())
            started.append(
                QJsonObject{{u"name"_s, each["name"_L1]},
                            {u"state"_s, QJsonObject{{u"running"_s, each["state"_L1]["running"_L1].toObject()}}}});
        if (!started.isEmpty())
            status.insert(u"containerStatuses"_s, started);
        items.append(
            QJsonObject{{u"kind"_s, item["kind"_L1]}, {u"metadata"_s, kept}, {u"spec"_s, spec}, {u"status"_s, status}});
    }
    return {{u"items"_s, items}};
}

} // namespace qd
