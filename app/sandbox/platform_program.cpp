/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "platform_program.h"

#include "docker_stand_in.h"
#include "kubectl_stand_in.h"
#include "railway_stand_in.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

ProgramArguments ProgramArguments::parse(const QStringList &arguments, const QStringList &known)
{
    ProgramArguments parsed;
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        const QString &word = arguments.at(i);
        if (!word.startsWith(u'-') || word == "-"_L1) {
            parsed.words.append(word);
            continue;
        }
        const bool isLong = word.startsWith("--"_L1);
        const QString name = word.mid(isLong ? 2 : 1).section(u'=', 0, 0);
        const auto option = std::ranges::find_if(known, [&](const QString &each) {
            return isLong ? each.section(u'|', 0, 0).remove(u'=') == name : each.section(u'|', 1) == name;
        });
        if (option == known.end()) {
            parsed.unknown = word;
            return parsed;
        }
        const QString longName = option->section(u'|', 0, 0).remove(u'=');
        if (word.contains(u'='))
            parsed.options.insert(longName, word.section(u'=', 1));
        else if (option->contains(u'='))
            parsed.options.insert(longName, arguments.value(++i));
        else
            parsed.options.insert(longName, {});
    }
    return parsed;
}

bool isKeptSecret(const QString &variable)
{
    const QStringList parts{u"SECRET"_s, u"SALT"_s, u"PASSWORD"_s, u"TOKEN"_s, u"_KEY"_s};
    return std::ranges::any_of(parts, [&](const QString &part) { return variable.contains(part); });
}

std::unique_ptr<PlatformProgram> platformProgram(const ServiceKind &kind, Platform &platform, const QString &directory)
{
    switch (kind.platform) {
    case PlatformKind::Railway:
        return std::make_unique<RailwayStandIn>(platform, kind.name);
    case PlatformKind::Kubernetes:
        return std::make_unique<KubectlStandIn>(platform, kind.name);
    case PlatformKind::Compose:
        return std::make_unique<DockerStandIn>(platform, kind.name, kind.composeService, directory);
    case PlatformKind::None:
    case PlatformKind::Render:
        break;
    }
    return nullptr;
}

} // namespace qd::sandbox
