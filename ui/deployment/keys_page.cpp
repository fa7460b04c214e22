/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/keys_page.h"

#include "actions/platform/platform_action.h"
#include "actions/signing_key/signing_key.h"
#include "deployment/absence.h"
#include "deployment/api_key_deeds.h"
#include "deployment/deed_row.h"
#include "deployment/fact_table.h"
#include "deployment/guided_row.h"
#include "deployment/key_ring.h"
#include "deployment/password_deeds.h"
#include "deployment/rotation_card.h"
#include "tables/custody_models.h"
#include "watch/custody.h"
#include "words/key_words.h"
#include "words/words.h"

#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int mostSigningRows = 6;
constexpr int mostDeeds = 3;

/// Kinds of actions, as the buttons stand. A variable holds one key alone.
QStringList deedsOn(const SigningKey &key)
{
    if (key.where.valueOr({}).startsWith("variable "_L1))
        return {u"swap-secret"_s};
    return {u"rotate-signing-key"_s, u"retire-signing-key"_s, u"revoke-signing-key"_s};
}

/// "12 keys, 1 expiring, 2 never used".
QString counted(const DeploymentView &view)
{
    QStringList parts{KeysPage::tr("%n keys", nullptr, static_cast<int>(view.apiKeys.rows.size()))};
    const auto count = [&](ApiKeyStanding standing) {
        return static_cast<int>(std::ranges::count_if(
            view.apiKeys.rows, [&](const Told<ApiKey> &told) { return standingOf(told.fact, view.at) == standing; }));
    };
    if (const int expiring = count(ApiKeyStanding::Expiring); expiring > 0)
        parts.append(KeysPage::tr("%1 expiring").arg(expiring));
    if (const int expired = count(ApiKeyStanding::Expired); expired > 0)
        parts.append(KeysPage::tr("%1 expired").arg(expired));
    if (const int never = count(ApiKeyStanding::NeverUsed); never > 0)
        parts.append(KeysPage::tr("%1 never used").arg(never));
    return parts.join(u", "_s);
}
} // namespace

KeysPage::KeysPage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent)
    : DeploymentPage(logbook, theme, {QString::fromLatin1(SigningKey::kind), QString::fromLatin1(ApiKey::kind)}, parent)
    , m_acting(acting)
    , m_rotation(new RotationCard(*this, acting))
    , m_signing(new FactTable(*this, new SigningKeyModel(this), u"signing-key"_s, this))
    , m_ring(new KeyRing(*this, m_signing))
    , m_deeds(new DeedRow(*this, u"key-act"_s, {u"key-rotate"_s, u"key-retire"_s, u"key-revoke"_s}, this))
    , m_clients(new FactTable(*this, new ApiKeyModel(this), u"api-key"_s, this))
    , m_clientDeeds(new ApiKeyDeeds(*this, acting, this))
    , m_passwords(new PasswordDeeds(*this, this))
{
    setUpSigningKeys();
    setUpApiKeys();
    content()->addWidget(m_rotation);
    content()->addWidget(m_signing);
    content()->addWidget(m_deeds);
    content()->addWidget(m_passwords);
    auto *guided = new GuidedRow(*this, acting, this);
    connect(guided, &GuidedRow::requested, this, &KeysPage::actionRequested);
    content()->addWidget(guided);
    content()->addWidget(m_clients, 1);
    content()->addWidget(m_clientDeeds);
    content()->addStretch();
}

void KeysPage::setUpSigningKeys()
{
    m_signing->setTitle(tr("Signing keys"));
    m_signing->setBanner(m_ring);
    m_signing->setColumns(
        {{.id = "key"_L1, .header = tr("Key")},
         {.id = "state"_L1, .header = tr("State"), .width = 84},
         {.id = "need"_L1,
          .header = tr("What needs it"),
          .width = 190,
          .words = {{u"unknown"_s, tr("not known: no tokens counted")},
                    {u"waits"_s, tr("nothing yet: it does not sign")},
                    {u"signs"_s, tr("it signs")},
                    {u"tokens"_s, tr("tokens that it signed")},
                    {u"nothing"_s, tr("nothing: it can go")},
                    {u"retired"_s, tr("nothing: retired")}}},
         {.id = "tokens"_L1, .header = tr("Tokens alive"), .width = 104},
         {.id = "last_token_expiry"_L1, .header = tr("Last token ends"), .width = 128, .whereAny = true},
         {.id = "created_at"_L1, .header = tr("Made"), .width = 116, .from = 1100, .whereAny = true},
         {.id = "activated_at"_L1, .header = tr("Signs since"), .width = 116, .from = 820, .whereAny = true},
         {.id = "retire_after"_L1, .header = tr("Verifies until"), .width = 116, .from = 760, .whereAny = true},
         {.id = "where"_L1, .header = tr("Where"), .width = 190, .from = 1100}});
    m_signing->setShort(mostSigningRows);
    connect(m_signing, &FactTable::chosen, this, [this](const QString &key) {
        m_chosen = key;
        showDeeds();
    });
    connect(m_deeds, &DeedRow::pressed, this, &KeysPage::act);
    connect(m_passwords, &PasswordDeeds::requested, this,
            [this](const QString &action) { Q_EMIT actionRequested(action, {}); });
}

void KeysPage::setUpApiKeys()
{
    m_clients->setTitle(tr("API keys"));
    m_clients->setFilterHint(tr("Filter by prefix, tier, role or state"));
    m_clients->setColumns(
        {{.id = "prefix"_L1, .header = tr("Prefix")},
         {.id = "label"_L1, .header = tr("Label"), .from = 760, .whereAny = true, .none = tr("none")},
         {.id = "tier"_L1, .header = tr("Tier"), .width = 96, .whereAny = true},
         {.id = "role"_L1, .header = tr("Role"), .width = 96, .from = 720, .whereAny = true},
         {.id = "standing"_L1,
          .header = tr("State"),
          .width = 124,
          .words = {{u"unknown"_s, tr("not known")},
                    {u"in-use"_s, tr("in use")},
                    {u"never-used"_s, tr("never used")},
                    {u"expiring"_s, tr("expiring")},
                    {u"expired"_s, tr("expired")},
                    {u"revoked"_s, tr("revoked")}},
          .marked = true},
         {.id = "last_used_at"_L1, .header = tr("Last used"), .width = 124, .none = tr("never")},
         {.id = "created_at"_L1, .header = tr("Issued"), .width = 152, .from = 860, .whereAny = true},
         {.id = "expires_at"_L1,
          .header = tr("Expires"),
          .width = 152,
          .from = 560,
          .whereAny = true,
          .none = tr("never")},
         {.id = "revoked_at"_L1, .header = tr("Revoked"), .width = 124, .from = 840, .none = tr("no")}});
    connect(m_clients, &FactTable::chosen, m_clientDeeds, &ApiKeyDeeds::choose);
    connect(m_clientDeeds, &ApiKeyDeeds::requested, this, &KeysPage::actionRequested);
}

void KeysPage::showView(const DeploymentView &view)
{
    const QString name = logbook().profile().name;
    m_ring->setKeys(byLife(view.signingKeys), view.at);
    showDeeds();
    m_passwords->showProfile(logbook().profile(), onlyWatches(m_acting));
    m_rotation->showView(view);
    m_signing->showView(
        view, absenceOf(*this, view, view.signingKeys.freshness,
                        {.kind = QString::fromLatin1(SigningKey::kind),
                         .plural = tr("signing keys"),
                         .excluded = u"signing_keys"_s,
                         .source = u"signing-keys"_s,
                         .none = {.status = Status::Degraded,
                                  .headline = tr("There is no signing key"),
                                  .advice = tr("The place where the keys of %1 lie was read, and holds none: nobody "
                                               "can sign in.")
                                                .arg(name)}}));
    // Where there are none, a sentence needs no half of a page.
    const bool isList = !view.apiKeys.rows.isEmpty();
    content()->setStretchFactor(m_clients, isList ? 1 : 0);
    content()->setStretch(content()->count() - 1, isList ? 0 : 1);
    m_clients->setCounted([text = counted(view)](int) { return text; });
    m_clients->showView(view, absenceOf(*this, view, view.apiKeys.freshness,
                                        {.kind = QString::fromLatin1(ApiKey::kind),
                                         .plural = tr("API keys"),
                                         .excluded = u"api_keys"_s,
                                         .source = u"api-keys"_s,
                                         .none = {.status = Status::Muted,
                                                  .headline = tr("There is no API key"),
                                                  .advice = tr("Nobody was given one yet.")}}));
    m_clientDeeds->showKey();
}

const SigningKey *KeysPage::chosen() const
{
    const Telling<SigningKey> &keys = logbook().view().signingKeys;
    const auto found = std::ranges::find_if(keys.rows, [this](const auto &told) { return told.fact.id == m_chosen; });
    if (found != keys.rows.end())
        return &found->fact;
    const Told<SigningKey> *signer = m_chosen.isEmpty() ? signingKey(keys) : nullptr; // another is not meant
    return signer != nullptr ? &signer->fact : nullptr;
}

QString KeysPage::whyNot(QStringView kind, const SigningKey &key) const
{
    const auto action = keyActionOf(kind, logbook().profile(), key.where.valueOr({}));
    if (!action)
        return tr("Nothing can be done to it from here: %1.").arg(words::text(action.error().message));
    if (kind == "swap-secret"_L1)
        return {};
    const Told<SigningKey> *signer = signingKey(logbook().view().signingKeys);
    const bool signs = signer != nullptr && signer->fact.id == key.id;
    const QString name = words::text(key.id);
    if (needOf(key) == KeyNeed::Retired)
        return tr("%1 is retired.").arg(name);
    // Where none signs, one that waits can be let sign.
    const bool canSign = signer == nullptr && key.state.valueOr(KeyState::Unknown) == KeyState::Next;
    if (kind == "rotate-signing-key"_L1 && !signs && !canSign)
        return tr("%1 does not sign: choose the key that does.").arg(name);
    if (kind == "retire-signing-key"_L1 && signs)
        return tr("%1 signs: rotate it first, and nobody is logged out.").arg(name);
    const bool hasEnd = key.state.has() && *key.state == KeyState::Retiring && key.retireAfter.has();
    if (kind == "retire-signing-key"_L1 && hasEnd && key.tokens.valueOr(0) > 0)
        return tr("%n tokens of %1 are alive: it can go when the last of them has ended.", nullptr,
                  static_cast<int>(*key.tokens))
            .arg(name);
    return {};
}

/// Empty: there is none, or the store holds hashes of two of them.
QString KeysPage::saltThatStays() const
{
    const QList<ActionSpec> &actions = logbook().profile().actions;
    const auto swap = std::ranges::find(actions, u"swap-secret"_s, &ActionSpec::kind);
    QList<Error> errors;
    ConfigReader options(swap == actions.end() ? ConfigNode() : swap->options, &errors);
    const QList<Told<Variable>> &all = logbook().view().variables.rows;
    const auto salt = std::ranges::find_if(all, [](const Told<Variable> &told) { return isSalt(told.fact.key); });
    return salt == all.end() || holdsBothSalts(options) ? QString() : salt->fact.key;
}

void KeysPage::showDeeds()
{
    const SigningKey *key = chosen();
    m_deeds->setVisible(key != nullptr && !onlyWatches(m_acting));
    if (key == nullptr)
        return;
    QStringList deeds;
    QStringList whys;
    const QStringList kinds = deedsOn(*key);
    for (const QString &kind : kinds) {
        deeds.append(words::keyDeed(kind, key->id));
        whys.append(whyNot(kind, *key));
    }
    const bool swaps = kinds.size() == 1 && whys.first().isEmpty();
    if (swaps)
        whys.append(tr("It is the only key: whoever is logged in is logged out. With a table of keys it could be "
                       "rotated, and nobody would notice."));
    if (const QString salt = swaps ? saltThatStays() : QString(); !salt.isEmpty())
        whys.append(tr("%1 is not swapped: no stored hash would fit, and every API key would be refused.")
                        .arg(words::text(salt)));
    m_deeds->show(deeds, whys);
    const auto offers = [&](const QString &kind) {
        return keyActionOf(kind, logbook().profile(), key->where.valueOr({})).has_value();
    };
    for (int i = 0; i < mostDeeds; ++i)
        m_deeds->button(i)->setVisible(i < kinds.size() && std::ranges::any_of(kinds, offers));
}

void KeysPage::act(int button)
{
    const SigningKey *key = chosen();
    if (key == nullptr)
        return;
    const QString kind = deedsOn(*key).value(button);
    const auto action = keyActionOf(kind, logbook().profile(), key->where.valueOr({}));
    if (!action || !whyNot(kind, *key).isEmpty())
        return;
    Q_EMIT actionRequested(*action, {.resource = key->id, .set = {}, .author = {}, .reason = {}});
}

// The ring covers the keys' own time.
void KeysPage::showSeries(TimeRange) {}

} // namespace qd
