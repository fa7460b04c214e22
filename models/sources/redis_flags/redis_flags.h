/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/source.h"
#include "wire/redis.h"

namespace qd {

/// Where feature flags lie in a Redis: fields of one hash, a key for each, or a hash for each.
struct RedisFlagLayout
{
    /// A key that holds a value, or a field of a hash; '{flag}' stands for the flag's name in either.
    struct Cell
    {
        QString key;   ///< empty: there is none
        QString field; ///< empty: the key itself holds the value
        bool operator==(const Cell &) const = default;
    };
    Cell set;
    Cell rollout;

    [[nodiscard]] bool isHash() const { return !set.key.contains(QLatin1String("{flag}")); }
    /// What facts and people call it: "hash app:flags", "keys flags:{flag}".
    [[nodiscard]] QString place() const;
    [[nodiscard]] QByteArray setKey(const QString &flag) const { return filled(set.key, flag); }
    [[nodiscard]] QByteArray setField(const QString &flag) const { return filled(set.field, flag); }
    [[nodiscard]] QByteArray rolloutKey(const QString &flag) const { return filled(rollout.key, flag); }
    [[nodiscard]] QByteArray rolloutField(const QString &flag) const { return filled(rollout.field, flag); }
    /// What finds the flags: HGETALL of the hash; a pattern for SCAN else.
    [[nodiscard]] QByteArray pattern() const;
    /// The flag that a field of the hash, or a key, holds; nothing where it holds none.
    [[nodiscard]] std::optional<QString> flagIn(const QByteArray &name) const;
    /// GET or HGET of a flag, and of its percentage where there is one.
    [[nodiscard]] QList<RedisCommand> commands(const QString &flag) const;

private:
    [[nodiscard]] static QByteArray filled(const QString &text, const QString &flag);
};

/// Reads `hash` or `keys`, `field` and `rollout`; reports to the reader.
[[nodiscard]] RedisFlagLayout readFlagLayout(ConfigReader &reader, const ConfigNode &at);

/// What a flag's cells hold, as Redis answered.
struct RedisFlagCells
{
    QString flag;
    RedisReply set;
    RedisReply rollout;
};

/// As evidence: {FLAG: {"set": TEXT, "rollout": TEXT}, …}
[[nodiscard]] QByteArray redisFlagJson(const QList<RedisFlagCells> &cells);

/// What they tell. Nobody tells when the service read them: what it goes by is not known.
[[nodiscard]] Findings redisFlagFindings(const RedisFlagLayout &layout, const QList<RedisFlagCells> &cells,
                                         const QString &where);

/// More flags than this are not read; the refusal "flag/rest" says so.
inline constexpr qsizetype mostRedisFlags = 1000;

/// The registry's entry: options `hash` or `keys`, `field` and `rollout`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> redisFlagsFactory(const SourceSpec &spec,
                                                                           const Profile &profile);

} // namespace qd
