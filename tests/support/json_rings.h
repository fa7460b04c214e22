/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "support/fake_key_endpoint.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

/// Rings of keys that are written as JSON, for tests.
namespace qd::test {

using namespace Qt::StringLiterals;

inline constexpr auto base64url = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

inline qint64 millisecondsOf(const QJsonValue &time)
{
    const QDateTime at = QDateTime::fromString(time.toString(), Qt::ISODateWithMs);
    return at.isValid() ? at.toMSecsSinceEpoch() : 0;
}

/// A ring in a store, as a hand and the service see it.
class JsonRing
{
public:
    JsonRing() = default;
    virtual ~JsonRing() = default;
    JsonRing(const JsonRing &) = delete;
    JsonRing &operator=(const JsonRing &) = delete;
    virtual void clear() = 0;
    /// By id, with the secret as the service has it; who changes one by hand sets it.
    [[nodiscard]] virtual std::map<QString, QJsonObject> held() = 0;
    virtual void hold(const QString &id, QJsonObject key, const QByteArray &secret) = 0;
    [[nodiscard]] virtual QByteArray secretOf(const QString &id) = 0;

    [[nodiscard]] VerifyingKeys keys()
    {
        RingReader reader;
        for (const auto &[id, key] : held())
            reader.add(id.toUtf8(), secretOf(id), key["state"_L1].toString(), millisecondsOf(key["activated_at"_L1]),
                       millisecondsOf(key["retire_after"_L1]));
        return reader.keys();
    }
    /// "k1 retiring until, new active"; what was made here is "new".
    [[nodiscard]] QByteArray states()
    {
        QByteArrayList all;
        for (const auto &[id, key] : held()) {
            const bool hasEnd = millisecondsOf(key["retire_after"_L1]) > QDateTime::currentMSecsSinceEpoch();
            all.append((id.startsWith("k-"_L1) ? "new" : id.toUtf8()) + ' ' + key["state"_L1].toString().toUtf8() +
                       (hasEnd ? " until" : ""));
        }
        std::ranges::sort(all);
        return all.join(", ");
    }
    /// As states() calls it.
    [[nodiscard]] QByteArray signer()
    {
        const QByteArray id = keys().signer;
        return id.startsWith("k-") ? "new" : id;
    }
    [[nodiscard]] QString newKey()
    {
        for (const auto &[id, key] : held()) {
            if (id.startsWith("k-"_L1))
                return id;
        }
        return {};
    }
};

class RedisRing final : public JsonRing
{
public:
    explicit RedisRing(RedisFixture &redis)
        : m_redis(redis)
    {
    }
    void clear() override { m_redis.command({"DEL", "app:keys"}); }
    std::map<QString, QJsonObject> held() override
    {
        const QByteArray told = m_redis.command({"EVAL",
                                                 "local flat = redis.call('HGETALL', KEYS[1]) local all = {} "
                                                 "for i = 1, #flat, 2 do all[flat[i]] = flat[i + 1] end "
                                                 "return cjson.encode(all)",
                                                 "1", "app:keys"});
        const QJsonObject all = QJsonDocument::fromJson(told).object();
        std::map<QString, QJsonObject> keys;
        for (auto each = all.begin(); each != all.end(); ++each)
            keys[each.key()] = QJsonDocument::fromJson(each->toString().toUtf8()).object();
        return keys;
    }
    void hold(const QString &id, QJsonObject key, const QByteArray &secret) override
    {
        if (!secret.isEmpty())
            key.insert(u"secret"_s, QString::fromLatin1(secret));
        m_redis.command({"HSET", "app:keys", id.toUtf8(), QJsonDocument(key).toJson(QJsonDocument::Compact)});
    }
    QByteArray secretOf(const QString &id) override { return held()[id]["secret"_L1].toString().toLatin1(); }

private:
    RedisFixture &m_redis;
};

class EndpointRing final : public JsonRing
{
public:
    explicit EndpointRing(FakeKeyEndpoint &endpoint)
        : m_endpoint(endpoint)
    {
        clear();
    }
    void clear() override { m_endpoint.setDocument({{u"keys"_s, QJsonArray()}, {u"owner"_s, u"shop"_s}}); }
    std::map<QString, QJsonObject> held() override
    {
        std::map<QString, QJsonObject> keys;
        for (const QJsonValue &each : m_endpoint.document()["keys"_L1].toArray())
            keys[each["kid"_L1].toString()] = each.toObject();
        return keys;
    }
    void hold(const QString &id, QJsonObject key, const QByteArray &secret) override
    {
        key.insert(u"kid"_s, id);
        key.insert(u"kty"_s, u"oct"_s);
        if (!secret.isEmpty())
            key.insert(u"k"_s, QString::fromLatin1(secret.toBase64(base64url)));
        QJsonObject document = m_endpoint.document();
        QJsonArray keys;
        for (const QJsonValue &each : document["keys"_L1].toArray()) {
            if (each["kid"_L1].toString() != id)
                keys.append(each);
        }
        keys.append(key);
        document.insert(u"keys"_s, keys);
        m_endpoint.setDocument(document);
    }
    QByteArray secretOf(const QString &id) override
    {
        return QByteArray::fromBase64(held()[id]["k"_L1].toString().toLatin1(), base64url);
    }

private:
    FakeKeyEndpoint &m_endpoint;
};

} // namespace qd::test
