/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/signing_key.h"

#include <QCborArray>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto pace = 250ms;    // between two looks at what is waited for
constexpr int provedBy = 3;     // answers in a row: there may be several processes behind one address
constexpr auto proofTime = 30s; // that a process may be late with reading the ring
} // namespace

/// Watches the tokens of all keys that have to be accepted all the time.
Result<void> KeyAction::beginWatch(const Plan &plan, Deadline deadline)
{
    m_proved.clear();
    m_records.clear();
    if (!m_keys.probe)
        return {};
    const auto now = ring(deadline);
    if (!now)
        return std::unexpected(now.error());
    m_watch = std::make_unique<TokenWatch>(*m_keys.probe);
    for (const RingKey &key : now->keys) {
        // One that was published just now, by a step that is gone on with, is not read everywhere yet.
        const bool isRead = !key.createdAt || *key.createdAt + refresh() <= now->at;
        const bool isMeant =
            (key.state == KeyState::Active || key.state == KeyState::Retiring) && now->verifies(key) && isRead;
        if (!isMeant || !staysValid(plan, key.id))
            continue;
        const auto secret = secretOf(key.id, deadline);
        if (!secret)
            return std::unexpected(secret.error());
        // By the store's clock; a second early, as it tells no more than that.
        m_watch->add(key.id, *secret,
                     key.retireAfter ? std::chrono::steady_clock::now() + (*key.retireAfter - now->at) - 1s
                                     : Deadline::max());
    }
    return {};
}

std::optional<Error> KeyAction::refusedMeanwhile() const
{
    for (const TokenRecord &record : m_watch ? m_watch->records() : QList<TokenRecord>()) {
        if (record.refused > 0)
            return Error{ErrorCode::BadReply,
                         u"a valid token of %1 was refused (%2)"_s.arg(record.key, record.firstRefusal), where()};
    }
    return std::nullopt;
}

QByteArray KeyAction::evidence() const
{
    QCborArray all;
    for (const TokenRecord &record : m_watch ? m_watch->records() : m_records)
        all.append(QCborArray{record.key, record.asked, record.accepted, record.refused, record.firstRefusal});
    return all.isEmpty() ? QByteArray() : QCborValue(all).toCbor();
}

Result<void> KeyAction::waitForRefresh(const std::function<std::optional<Instant>(const Ring &)> &since)
{
    const auto end = std::chrono::steady_clock::now() + refresh() + proofTime;
    do {
        const auto now = ring(std::chrono::steady_clock::now() + 10s);
        if (!now)
            return std::unexpected(now.error());
        const auto from = since(*now);
        if (!from)
            return failure(ErrorCode::BadInput, u"the keys were changed meanwhile: %1"_s.arg(listOf(*now)), where());
        if (*from + refresh() <= now->at)
            return {};
        if (const auto refused = refusedMeanwhile())
            return std::unexpected(*refused);
        if (!m_line.sleep(std::min<std::chrono::milliseconds>(pace, *from + refresh() - now->at)))
            return failure(ErrorCode::Cancelled, u"stopped while it waited"_s, where());
    } while (std::chrono::steady_clock::now() < end);
    return failure(ErrorCode::Timeout, u"the store's clock does not go on"_s, where());
}

Result<void> KeyAction::readSetAge(Deadline deadline)
{
    if (!m_keys.jwks)
        return {};
    const auto published = askPublished(*m_keys.jwks, m_line, deadline);
    if (!published)
        return std::unexpected(published.error());
    m_setAge = std::max<std::chrono::milliseconds>(m_setAge, published->maxAge);
    return {};
}

Result<void> KeyAction::waitForSet(const QString &key, bool isListed)
{
    const auto soon = [] { return std::chrono::steady_clock::now() + 10s; };
    Result<QJsonObject> own;
    if (isListed) {
        const auto secret = secretOf(key, soon());
        own = secret ? publicHalf(*secret) : std::unexpected(secret.error());
        if (!own)
            return std::unexpected(own.error());
    }
    const QString &path = m_keys.jwks->path;
    QString last;
    const auto end = std::chrono::steady_clock::now() + refresh() + proofTime;
    do {
        const auto published = askPublished(*m_keys.jwks, m_line, soon());
        const auto there = published ? published->find(key) : std::nullopt;
        last = published ? u"it lists %1 keys"_s.arg(published->keys.size()) : published.error().message;
        if (published)
            m_setAge = std::max<std::chrono::milliseconds>(m_setAge, published->maxAge);
        if (there && isListed) {
            for (const QString &member : own->keys()) {
                if (there->value(member) != own->value(member))
                    return failure(ErrorCode::BadReply,
                                   u"%1 lists another key as %2: their '%3' differ"_s.arg(path, key, member), where());
            }
        }
        if (published && there.has_value() == isListed) {
            const auto now = ring(soon());
            if (!now)
                return std::unexpected(now.error());
            m_listedAt = now->at;
            return {};
        }
        if (const auto refused = refusedMeanwhile())
            return std::unexpected(*refused);
        if (!m_line.sleep(pace))
            return failure(ErrorCode::Cancelled, u"stopped while it waited"_s, where());
    } while (std::chrono::steady_clock::now() < end);
    return failure(ErrorCode::Timeout,
                   isListed ? u"%1 does not list %2: %3"_s.arg(path, key, last)
                            : u"%1 still lists %2: %3"_s.arg(path, key, last),
                   where());
}

Result<void> KeyAction::prove(const QStringList &keys, Deadline deadline)
{
    const TokenProbe &probe = *m_keys.probe;
    QString said;
    const auto end = std::chrono::steady_clock::now() + proofTime;
    const auto soon = [] { return std::chrono::steady_clock::now() + 5s; };
    for (const QString &key : keys) {
        const auto secret = secretOf(key, std::max(deadline, soon()));
        if (!secret)
            return std::unexpected(secret.error());
        int good = 0;
        while (good < provedBy) {
            const TokenAnswer answer = askWithToken(probe, m_line, key, *secret, soon(), &said);
            good = answer == TokenAnswer::Accepted ? good + 1 : 0;
            if (good > 0)
                continue;
            if (std::chrono::steady_clock::now() > end)
                return failure(ErrorCode::BadReply, u"a token of %1 is not accepted: %2"_s.arg(key, said), where());
            if (!m_line.sleep(pace))
                return failure(ErrorCode::Cancelled, u"stopped while it was proved"_s, where());
        }
        if (askWithToken(probe, m_line, key, newSecret(probe.algorithm), soon(), &said) == TokenAnswer::Accepted)
            return failure(
                ErrorCode::BadReply,
                u"the page accepts a forged token as well (%1), and proves nothing: name another 'probe'"_s.arg(said),
                where());
        if (m_watch)
            m_watch->add(key, *secret);
    }
    if (const auto refused = refusedMeanwhile())
        return std::unexpected(*refused);
    return {};
}

Result<void> KeyAction::proveRefused(const QString &key, Deadline deadline)
{
    const auto secret = secretOf(key, deadline);
    if (!secret)
        return std::unexpected(secret.error());
    QString said;
    const auto end = std::chrono::steady_clock::now() + proofTime;
    for (int good = 0; good < provedBy;) {
        const TokenAnswer answer =
            askWithToken(*m_keys.probe, m_line, key, *secret, std::chrono::steady_clock::now() + 5s, &said);
        good = answer == TokenAnswer::Refused ? good + 1 : 0;
        if (good > 0)
            continue;
        if (std::chrono::steady_clock::now() > end)
            return failure(ErrorCode::Timeout, u"a token of %1 is still not refused: %2"_s.arg(key, said), where());
        if (!m_line.sleep(pace))
            return failure(ErrorCode::Cancelled, u"stopped while it was proved"_s, where());
    }
    return {};
}

} // namespace qd
