/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/custody/custody.h"
#include "wire/redis.h"

#include <QJsonArray>
#include <QJsonObject>

namespace qd {

/// Signing keys that are written as JSON: a value of a Redis hash each, whose field is the key's id, or a JWK Set (RFC
/// 7517), whose `kid` is.
struct KeySetLayout
{
    QString place;                      ///< the hash, or the path
    std::map<QString, QString> members; ///< by field: state, created_at, activated_at, retire_after
    std::map<QString, KeyState> words;  ///< what it calls the states

    [[nodiscard]] bool has(const QString &field) const { return members.contains(field); }
    [[nodiscard]] QString member(const QString &field) const; ///< empty: there is none
};

/// How a time is written in JSON: as the keys that are there have it.
enum class JsonTime { Iso, Seconds, Milliseconds };

/// Nothing for anything else than ISO 8601 with its offset, or a number since 1970 in seconds, or in milliseconds from
/// 10^11 on.
[[nodiscard]] std::optional<Instant> timeIn(const QJsonValue &value);
/// Nothing: it is no time.
[[nodiscard]] std::optional<JsonTime> wayOf(const QJsonValue &value);
[[nodiscard]] QJsonValue written(Instant at, JsonTime way);

/// A key as its set tells it, without its secret.
struct ListedKey
{
    QByteArray id;
    std::map<QString, QJsonValue> fields; ///< by ours: state, created_at, …; what was not told is not there
    QByteArray digest{};                  ///< SHA-1 of all of it, where it was asked for; to be kept nowhere
    bool isKept = true;                   ///< changing one member leaves the others as they are
};

/// Reads a hash without its secrets, which never leave the server; with `withDigests`, what tells whether a value is as
/// it was. A hash that is not there is empty.
[[nodiscard]] RedisCommand readKeyHash(const KeySetLayout &layout, bool withDigests);
/// Its answer, by id. Errors: those of the reply; Unsupported (a value is no JSON object).
[[nodiscard]] Result<QList<ListedKey>> keysInHash(const RedisReply &reply, const KeySetLayout &layout,
                                                  const QString &where);

/// The keys of a JWK Set. Errors: BadReply (it is none, a key has no `kid`, or two have the same).
[[nodiscard]] Result<QJsonArray> keysInSet(const QByteArray &document, const QString &where);
/// What is told of one of them.
[[nodiscard]] ListedKey listedKey(const QJsonObject &key, const KeySetLayout &layout);

/// As facts; `what`: "hash", "key set".
[[nodiscard]] Findings keySetFindings(const QList<ListedKey> &keys, const KeySetLayout &layout, const QString &what,
                                      const QString &where);
/// As evidence: {ID: {"state": …, …}, …}
[[nodiscard]] QByteArray keySetJson(const QList<ListedKey> &keys);

/// Options `hash`, or `path`, and `members` and `words` of a source of that kind.
[[nodiscard]] KeySetLayout readKeySetLayout(ConfigReader &reader, const QString &place, QList<Error> &errors);
/// Those of a source; reports to `errors`.
[[nodiscard]] KeySetLayout keySetLayout(const SourceSpec &spec, QList<Error> &errors);

/// The registry's entries: options `hash` and `members`; `path` and, for what is more than a public set, `members`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> redisSigningKeysFactory(const SourceSpec &spec,
                                                                                 const Profile &profile);
[[nodiscard]] std::expected<SourceFactory, QList<Error>> httpSigningKeysFactory(const SourceSpec &spec,
                                                                                const Profile &profile);

} // namespace qd
