/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/platform/platform.h"
#include "sources/program_source.h"

namespace qd {

struct KubernetesOptions
{
    QString program = QStringLiteral("kubectl");
    QString context; ///< empty: kubectl's current one
    QString nameSpace = QStringLiteral("default");
    QString deployment;
    QString container; ///< empty: the first
    PlatformMap map;

    /// "deployment NAMESPACE/NAME"
    [[nodiscard]] QString where() const;
};

/// A ConfigMap or a Secret that a container's environment is read from.
struct VariableObject
{
    bool isSecret = false;
    QString name;
    bool operator==(const VariableObject &) const = default;
};

/// What a Deployment's pod template says of one container's environment, without a value but for flags.
struct PodTemplate
{
    struct Entry
    {
        PlatformVariable variable; ///< written out; of another object's only its key is known here
        VariableObject from;       ///< without a name: written out
        QString key;               ///< in that object
    };
    /// An object all of whose keys are variables.
    struct Whole
    {
        VariableObject object;
        QString prefix; ///< of their names
    };
    QList<Entry> entries; ///< the last one first, as in `whole`: it wins
    QList<Whole> whole;
    QString selector;  ///< labels of its pods, "a=b,c=d"
    QString container; ///< whose environment this is
    QString uid;
    QString revision;
    bool isRolledOut = false; ///< every pod runs it
    QString reason;           ///< of its condition Progressing
    Value<Instant> progressedAt;

    /// Objects to ask for, each once.
    [[nodiscard]] QList<VariableObject> objects() const;
};

/// Errors: BadReply, NotFound (no such container).
[[nodiscard]] Result<PodTemplate> podTemplate(const QJsonDocument &deployment, const KubernetesOptions &options);

/// A ConfigMap or a Secret as evidence, without what a variable's value may stand in.
[[nodiscard]] QJsonObject withoutValues(QJsonObject object, const PlatformMap &map);
/// A Deployment likewise.
[[nodiscard]] QJsonObject withoutEnvironment(QJsonObject deployment, const PlatformMap &map);
/// Of a list of ReplicaSets and pods, what is read here.
[[nodiscard]] QJsonObject inShort(const QJsonObject &list);
/// Why a ReplicaSet was made. `kubectl --record` writes its whole command there, and with it what a variable is set to.
[[nodiscard]] QString causeIn(const QJsonValue &annotations);

/// Asks kubectl for the Deployment, its ReplicaSets and pods, and for the ConfigMaps and Secrets that its container's
/// environment comes from; of a Secret it asks for the names of its keys alone. A change of one of these is live where
/// every running container was started after it.
[[nodiscard]] std::variant<ProgramRequest, SourceAnswer> askKubernetes(const QList<ProgramTurn> &turns,
                                                                       const KubernetesOptions &options);

/// What `spec.options` say. Errors: BadInput, each with its place.
[[nodiscard]] std::expected<KubernetesOptions, QList<Error>> kubernetesOptions(const SourceSpec &spec);

/// The registry's entry: options `deployment`, `namespace`, `context`, `container`, `program`, `flags` and
/// `signing_keys`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> kubernetesFactory(const SourceSpec &spec,
                                                                           const Profile &profile);

} // namespace qd
