/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "profile/preset.h"

#include "base/redact_text.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <algorithm>

using namespace Qt::StringLiterals;

// The presets lie in a static library, whose resources nobody would register without this. Outside any namespace, as
// the macro wants it.
static void registerPresets()
{
    Q_INIT_RESOURCE(presets);
}

namespace qd {
namespace {
const ConfigNode *nameOf(const ConfigNode &node)
{
    const ConfigNode *name = node.find(u"name");
    return name && name->kind == ConfigNode::Kind::Scalar ? name : nullptr;
}

bool isNamed(const ConfigNode &list)
{
    return list.kind == ConfigNode::Kind::List && !list.items.isEmpty() &&
           std::ranges::all_of(list.items, [](const ConfigNode &item) { return nameOf(item) != nullptr; });
}

ConfigNode mergedLists(ConfigNode over, const ConfigNode &under)
{
    QList<ConfigNode> items = under.items;
    for (const ConfigNode &item : std::as_const(over.items)) {
        const auto same = std::ranges::find_if(
            items, [&](const ConfigNode &other) { return nameOf(other)->scalar == nameOf(item)->scalar; });
        if (same == items.end())
            items.append(item);
        else
            *same = merged(item, *same);
    }
    over.items = items;
    return over;
}

/// A preset is shared between deployments: where one is reached does not belong into it.
void refuseAddresses(const ConfigNode &preset, QList<Error> *errors)
{
    const ConfigNode *connections = preset.find(u"connections");
    if (!connections)
        return;
    for (const ConfigNode::Entry &connection : connections->entries) {
        for (const ConfigNode::Entry &entry : connection.value.entries) {
            if (entry.key == "url"_L1 || entry.key == "host"_L1 || entry.key == "sentinels"_L1)
                errors->append({ErrorCode::BadInput,
                                u"'%1': an address belongs into a profile, not into a preset"_s.arg(entry.key),
                                entry.value.where()});
        }
    }
}

QString builtIn(const QString &name)
{
    return u":/presets/%1.yaml"_s.arg(name);
}

QStringList namesIn(const QString &directory)
{
    QStringList names;
    const auto files = QDir(directory).entryList({u"*.yaml"_s}, QDir::Files, QDir::Name);
    for (const QString &file : files)
        names.append(file.chopped(5));
    return names;
}

QString unknownPreset(const QString &name)
{
    const QStringList known = namesIn(u":/presets"_s);
    const QString nearest = nearestOf(name, known);
    const QString hint = nearest.isEmpty()
                             ? u"there are: %1, or the path of a file (./mine.yaml)"_s.arg(known.join(u", "_s))
                             : u"did you mean '%1'?"_s.arg(nearest);
    return u"no preset is called '%1'; %2"_s.arg(name, hint);
}
} // namespace

ConfigNode merged(const ConfigNode &over, const ConfigNode &under)
{
    if (over.kind == ConfigNode::Kind::List && under.kind == ConfigNode::Kind::List && isNamed(over) && isNamed(under))
        return mergedLists(over, under);
    if (over.kind != ConfigNode::Kind::Map || under.kind != ConfigNode::Kind::Map)
        return over;
    ConfigNode both = over;
    for (const ConfigNode::Entry &entry : under.entries) {
        const auto same =
            std::ranges::find_if(both.entries, [&](const ConfigNode::Entry &other) { return other.key == entry.key; });
        if (same == both.entries.end())
            both.entries.append(entry);
        else
            same->value = merged(same->value, entry.value);
    }
    return both;
}

std::optional<ConfigNode> loadPreset(const ConfigNode &root, QList<Error> *errors)
{
    registerPresets();
    const ConfigNode *named = root.find(u"preset");
    if (!named)
        return ConfigNode();
    if (named->kind != ConfigNode::Kind::Scalar || named->scalar.trimmed().isEmpty())
        return std::nullopt;
    const QString &name = named->scalar;
    const bool isPath = name.contains(u'/') || name.endsWith(".yaml"_L1);
    const QString path = isPath ? QFileInfo(root.file).absoluteDir().filePath(name) : builtIn(name);
    QFile file(path);
    if (!QFileInfo(path).isFile() || !file.open(QIODevice::ReadOnly)) {
        errors->append(
            {ErrorCode::NotFound,
             isPath ? u"the preset '%1' cannot be read"_s.arg(maskedText(path)) : unknownPreset(maskedText(name)),
             named->where()});
        return std::nullopt;
    }
    auto preset = parseYaml(file.read(2LL * 1024 * 1024), path);
    if (!preset) {
        errors->append(preset.error());
        return std::nullopt;
    }
    refuseAddresses(*preset, errors);
    return std::move(*preset);
}

Result<ConfigNode> builtInPart(const QString &folder, const QString &name)
{
    registerPresets();
    const QStringList known = namesIn(u":/presets/"_s + folder);
    const QString path = u":/presets/%1/%2.yaml"_s.arg(folder, name);
    QFile file(path);
    if (!known.contains(name) || !file.open(QIODevice::ReadOnly))
        return failure(ErrorCode::NotFound, u"'%1' is none of %2"_s.arg(maskedText(name), known.join(u", "_s)));
    return parseYaml(file.readAll(), path);
}

} // namespace qd
