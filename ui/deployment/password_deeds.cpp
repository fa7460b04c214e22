/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/password_deeds.h"

#include "actions/password/password_rotation.h"
#include "words/password_words.h"
#include "words/words.h"

#include <QPushButton>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr std::array kinds{"rotate-database-password"_L1, "rotate-redis-password"_L1};
} // namespace

PasswordDeeds::PasswordDeeds(const DeploymentPage &page, QWidget *parent)
    : DeedRow(page, u"password-act"_s, {u"password-database"_s, u"password-redis"_s}, parent, 2)
{
    connect(this, &DeedRow::pressed, this, [this](int button) {
        if (const QString action = m_actions.value(button); !action.isEmpty())
            Q_EMIT requested(action);
    });
}

void PasswordDeeds::showProfile(const Profile &profile, bool onlyWatches)
{
    const auto names = [&](QStringView kind) {
        return std::ranges::find(profile.actions, kind, &ActionSpec::kind) != profile.actions.end();
    };
    m_actions.clear();
    QStringList deeds;
    QStringList whys;
    for (const QLatin1StringView kind : kinds) {
        const QString name(kind);
        const auto action = passwordActionOf(name, profile);
        m_actions.append(action.value_or(QString()));
        deeds.append(words::passwordDeed(name, {}, {}));
        whys.append(action || !names(name) ? QString()
                                           : tr("%1 cannot be rotated from here: %2.")
                                                 .arg(name.contains("redis"_L1) ? tr("The password of Redis")
                                                                                : tr("The password of PostgreSQL"),
                                                      words::text(action.error().message)));
    }
    show(deeds, whys);
    bool isOffered = false;
    for (int i = 0; i < static_cast<int>(kinds.size()); ++i) {
        const bool isNamed = names(QString(kinds.at(static_cast<std::size_t>(i))));
        button(i)->setVisible(isNamed);
        isOffered = isOffered || isNamed;
    }
    setVisible(isOffered && !onlyWatches);
}

} // namespace qd
