/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/api_key_deeds.h"

#include "actions/api_key/api_key.h"
#include "deployment/deployment_page.h"
#include "watch/custody.h"
#include "words/api_key_words.h"
#include "words/words.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
const QStringList &kinds()
{
    static const QStringList all{u"rotate-api-key"_s, u"retire-api-key"_s, u"revoke-api-key"_s};
    return all;
}
} // namespace

ApiKeyDeeds::ApiKeyDeeds(DeploymentPage &page, const Acting *acting, QWidget *parent)
    : DeedRow(page, u"api-key-act"_s, {u"api-key-rotate"_s, u"api-key-retire"_s, u"api-key-revoke"_s}, parent)
    , m_deployment(page)
    , m_acting(acting)
{
    hide();
    connect(this, &DeedRow::pressed, this, &ApiKeyDeeds::act);
}

void ApiKeyDeeds::choose(const QString &key)
{
    m_chosen = key;
    showKey();
}

const ApiKey *ApiKeyDeeds::chosen() const
{
    const Telling<ApiKey> &keys = m_deployment.logbook().view().apiKeys;
    const auto found = std::ranges::find_if(keys.rows, [this](const auto &told) { return told.fact.id == m_chosen; });
    return m_chosen.isEmpty() || found == keys.rows.end() ? nullptr : &found->fact;
}

QString ApiKeyDeeds::whyNot(const QString &kind, const ApiKey &key) const
{
    const Profile &profile = m_deployment.logbook().profile();
    const auto action = apiKeyActionOf(kind, profile);
    if (!action)
        return tr("Nothing can be done to it from here: %1.").arg(words::text(action.error().message));
    if (!key.prefix.has())
        return tr("Its prefix is not told, and it would be known by that.");
    const QString name = words::text(*key.prefix);
    const Instant now = m_deployment.logbook().view().at;
    const ApiKeyStanding standing = standingOf(key, now);
    if (standing == ApiKeyStanding::Revoked)
        return tr("%1 is revoked.").arg(name);
    if (kind == kinds().at(0) && standing == ApiKeyStanding::Expired)
        return tr("The time of %1 is over: there is nobody to go on.").arg(name);
    const auto quiet = quietOf(profile);
    if (kind == kinds().at(1) && standing != ApiKeyStanding::Expired && key.lastUsedAt.has() &&
        *key.lastUsedAt + quiet > now)
        return tr("%1 was last used %2 ago: it can go when it was not for %3.")
            .arg(name,
                 words::duration(Millis(std::chrono::duration_cast<std::chrono::milliseconds>(
                     std::max(now - *key.lastUsedAt, std::chrono::milliseconds(0))))),
                 words::duration(Millis(quiet)));
    return {};
}

void ApiKeyDeeds::showKey()
{
    const ApiKey *key = chosen();
    const auto offers = [this](const QString &kind) {
        return apiKeyActionOf(kind, m_deployment.logbook().profile()).has_value();
    };
    setVisible(key != nullptr && !onlyWatches(m_acting) && std::ranges::any_of(kinds(), offers));
    if (key == nullptr)
        return;
    QStringList deeds;
    QStringList whys;
    for (const QString &kind : kinds()) {
        deeds.append(words::apiKeyDeed(kind, key->prefix.valueOr(key->id)));
        whys.append(whyNot(kind, *key));
    }
    show(deeds, whys);
}

void ApiKeyDeeds::act(int button)
{
    const ApiKey *key = chosen();
    const QString kind = kinds().value(button);
    const auto action = apiKeyActionOf(kind, m_deployment.logbook().profile());
    if (key == nullptr || !action || !whyNot(kind, *key).isEmpty())
        return;
    Q_EMIT requested(*action, {.resource = *key->prefix, .set = {}, .author = {}, .reason = {}});
}

} // namespace qd
