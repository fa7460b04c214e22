/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/key_store.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
const QStringList times{u"created_at"_s, u"activated_at"_s, u"retire_after"_s};

const QJsonValue *fieldOf(const ListedKey &key, const QString &field)
{
    const auto found = key.fields.find(field);
    return found == key.fields.end() ? nullptr : &found->second;
}

JsonTime wayIn(const QList<ListedKey> &keys)
{
    for (const ListedKey &key : keys) {
        for (const QString &field : times) {
            const QJsonValue *value = fieldOf(key, field);
            if (const auto way = value ? wayOf(*value) : std::nullopt)
                return *way;
        }
    }
    return JsonTime::Iso;
}

std::optional<Instant> timeOf(const ListedKey &key, const QString &field)
{
    const QJsonValue *value = fieldOf(key, field);
    return value ? timeIn(*value) : std::nullopt;
}
} // namespace

QString KeyStore::tokensUncounted() const
{
    return u"nothing counts them beside %1"_s.arg(name());
}

Result<void> KeyStore::open(Deadline deadline)
{
    if (auto connected = connect(deadline); !connected)
        return connected;
    if (!m_plan)
        return {};
    if (const auto differs = differsFrom(*m_plan))
        return std::unexpected(*differs);
    return {};
}

QList<KeyRow> rowsOf(const QList<ListedKey> &keys)
{
    QList<KeyRow> rows;
    for (const ListedKey &key : keys) {
        const QJsonValue *state = fieldOf(key, u"state"_s);
        KeyRow row{.id = key.id,
                   .state = state ? std::optional(state->toString().toUtf8()) : std::nullopt,
                   .createdAt = timeOf(key, u"created_at"_s),
                   .activatedAt = timeOf(key, u"activated_at"_s),
                   .retireAfter = timeOf(key, u"retire_after"_s),
                   .all = {key.id}};
        for (const QString &field : QStringList{u"state"_s} + times) {
            const QJsonValue *value = fieldOf(key, field);
            row.all.append(value ? std::optional(value->toVariant().toString().toUtf8()) : std::nullopt);
        }
        rows.append(std::move(row));
    }
    return rows;
}

QJsonObject membersOf(const Ring &ring, const QList<ListedKey> &keys, const RingChange::Updated &key,
                      const KeySetLayout &layout)
{
    const JsonTime way = wayIn(keys);
    QJsonObject members{{layout.member(u"state"_s), wordOf(ring, key.to, layout.words)}};
    const auto set = [&](const QString &field, const KeyTime &time) {
        if (time.to != KeyTime::To::Kept && layout.has(field))
            members.insert(layout.member(field), time.to == KeyTime::To::Nothing
                                                     ? QJsonValue()
                                                     : written(time.to == KeyTime::To::Now ? ring.at : time.at, way));
    };
    set(u"activated_at"_s, key.activatedAt);
    set(u"retire_after"_s, key.retireAfter);
    return members;
}

QJsonObject membersOf(const Ring &ring, const QList<ListedKey> &keys, const RingChange::Added &key,
                      const KeySetLayout &layout)
{
    const KeyTime now{.to = KeyTime::To::Now};
    QJsonObject members = membersOf(ring, keys,
                                    RingChange::Updated{.id = key.id,
                                                        .to = key.state,
                                                        .activatedAt = key.state == KeyState::Active ? now : KeyTime(),
                                                        .retireAfter = {}},
                                    layout);
    if (layout.has(u"created_at"_s))
        members.insert(layout.member(u"created_at"_s), written(ring.at, wayIn(keys)));
    return members;
}

} // namespace qd
