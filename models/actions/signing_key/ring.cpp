/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/ring.h"

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
