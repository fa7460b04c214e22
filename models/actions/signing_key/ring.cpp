/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/ring.h"

#include "actions/plan.h"
#include "base/cleaned.h"
#include "facts/fact.h"

#include <QRandomGenerator>
#include <QTimeZone>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

const RingKey *Ring::find(QStringView id) const
{
    const auto found = std::ranges::find(keys, id, &RingKey::id);
    return found == keys.end() ? nullptr : &*found;
}

const RingKey *Ring::signer() const
{
    const RingKey *last = nullptr;
    for (const RingKey &key : keys) {
        if (key.state == KeyState::Active && verifies(key) && (!last || key.activatedAt > last->activatedAt))
            last = &key;
    }
    return last;
}

bool Ring::verifies(const RingKey &key) const
{
    const bool isPublished =
        key.state == KeyState::Next || key.state == KeyState::Active || key.state == KeyState::Retiring;
    return isPublished && (!key.retireAfter || *key.retireAfter > at);
}

QList<const RingKey *> Ring::waiting() const
{
    QList<const RingKey *> found;
    for (const RingKey &key : keys) {
        if (key.state == KeyState::Next && verifies(key))
            found.append(&key);
    }
    return found;
}

Instant endOf(const RingKey &key, const Ring &ring, std::chrono::milliseconds refresh, std::chrono::seconds overlap)
{
    const Instant end = ring.at + overlap;
    if (!key.lastTokenExpiry)
        return end;
    return std::max<Instant>(end, std::chrono::ceil<std::chrono::seconds>(*key.lastTokenExpiry + refresh));
}

Result<Ring> ringOf(const QList<KeyRow> &rows, const std::map<QString, KeyState> &words, const QString &name,
                    const QString &where)
{
    if (rows.isEmpty())
        return failure(ErrorCode::NotFound,
                       u"%1 holds no key: nobody can sign in, and there is none to replace"_s.arg(name), where);
    if (rows.size() > mostKeys)
        return failure(ErrorCode::TooLarge, u"%1 holds more than %2 keys"_s.arg(name).arg(mostKeys), where);
    Ring ring;
    QList<std::optional<QByteArray>> all;
    for (const KeyRow &row : rows) {
        RingKey key{.id = QString::fromUtf8(row.id),
                    .createdAt = row.createdAt,
                    .activatedAt = row.activatedAt,
                    .retireAfter = row.retireAfter,
                    .lastTokenExpiry = {}};
        if (key.id.toUtf8() != row.id || key.id != cleaned(key.id) || key.id.isEmpty())
            return failure(ErrorCode::BadReply, u"%1 holds a key whose id is no plain text; look there"_s.arg(name),
                           where);
        const QString said = QString::fromUtf8(row.state.value_or(QByteArray()));
        if (const auto word = words.find(said.toLower()); word != words.end()) {
            key.state = word->second;
            ring.spelled.try_emplace(key.state, said);
        }
        all += row.all;
        ring.keys.append(std::move(key));
    }
    ring.fingerprint = fingerprintOf(all);
    return ring;
}

QString wordOf(const Ring &ring, KeyState state, const std::map<QString, KeyState> &words)
{
    if (const auto said = ring.spelled.find(state); said != ring.spelled.end())
        return said->second;
    const bool isUpper = std::ranges::all_of(ring.spelled, [](const auto &each) { return each.second.isUpper(); });
    const QString ours = toWord(state);
    for (const auto &[word, meaning] : words) {
        if (meaning == state && word != ours)
            return isUpper ? word.toUpper() : word;
    }
    return isUpper ? ours.toUpper() : ours;
}

QString newKeyId(const Ring &ring)
{
    const auto day = QDateTime::fromMSecsSinceEpoch(ring.at.time_since_epoch().count(), QTimeZone::utc());
    return u"k-%1-%2"_s.arg(day.toString(u"yyyyMMdd"_s))
        .arg(QRandomGenerator::system()->generate() & 0xffffffU, 6, 16, QLatin1Char('0'));
}

QString listOf(const Ring &ring)
{
    constexpr qsizetype most = 12;
    QStringList words;
    const RingKey *signer = ring.signer();
    for (qsizetype i = 0; i < std::min(most, ring.keys.size()); ++i) {
        const RingKey &key = ring.keys[i];
        words.append(u"%1 (%2)"_s.arg(key.id, signer == &key ? u"signs"_s : toWord(key.state)));
    }
    if (ring.keys.size() > most)
        words.append(u"and more"_s);
    return words.isEmpty() ? u"none"_s : words.join(u", "_s);
}

} // namespace qd
