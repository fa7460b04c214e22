/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/redis/limit_counters.h"

#include "sources/evidence.h"

#include <QJsonArray>
#include <QMap>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Kind = LimitLayout::Kind;

/// A longer key is no limiter's, and would be repeated in each origin.
constexpr qsizetype keyLengthCap = 1'000;
/// Tokens and times beyond are no numbers that a limiter counts with.
constexpr double largest = 1e12;

/// limits' names; its month has 30 days and its year 360.
std::optional<std::chrono::seconds> granularity(const QByteArray &word)
{
    using std::chrono::hours;
    static const QMap<QByteArray, std::chrono::seconds> known{{"second", std::chrono::seconds(1)},
                                                              {"minute", std::chrono::minutes(1)},
                                                              {"hour", hours(1)},
                                                              {"day", hours(24)},
                                                              {"month", hours(24 * 30)},
                                                              {"year", hours(24 * 360)}};
    const auto it = known.find(word);
    return it == known.end() ? std::nullopt : std::optional(*it);
}

/// What stands behind the prefix; nothing for a key that has another, is too long or ends there.
std::optional<QByteArray> afterPrefix(const QByteArray &key, const QString &prefix)
{
    const QByteArray start = prefix.toUtf8();
    if (key.size() > keyLengthCap || key.size() <= start.size() || !key.startsWith(start))
        return std::nullopt;
    return key.mid(start.size());
}

/// CLIENT:MINUTE. The client may hold ':' itself.
struct MinuteKey
{
    QString client;
    Instant ends;
};
std::optional<MinuteKey> minuteKey(const QByteArray &key, const QString &prefix)
{
    const auto rest = afterPrefix(key, prefix);
    const qsizetype colon = rest ? rest->lastIndexOf(':') : -1;
    const auto minute = colon > 0 ? countIn(rest->mid(colon + 1)) : std::nullopt;
    if (!minute || static_cast<double>(*minute) > largest)
        return std::nullopt;
    return MinuteKey{.client = cleaned(QString::fromUtf8(rest->left(colon))),
                     .ends = Instant(std::chrono::minutes(*minute + 1))};
}

const TierPolicy *tierCalled(const QString &name, const QList<TierPolicy> &tiers)
{
    const auto it = std::ranges::find(tiers, name, &TierPolicy::name);
    return it == tiers.end() ? nullptr : &*it;
}

const TierPolicy *tierWithScope(const QString &scope, const QList<TierPolicy> &tiers)
{
    const auto it = std::ranges::find_if(tiers, [&](const TierPolicy &tier) { return tier.scopes.contains(scope); });
    return it == tiers.end() ? tierCalled(scope, tiers) : &*it;
}

std::optional<double> numberIn(const RedisReply &reply)
{
    bool ok = false;
    const double number = reply.text.toDouble(&ok);
    if (reply.type != RedisReply::Type::String || !ok || !(std::abs(number) <= largest))
        return std::nullopt;
    return number;
}

/// What the profile says of a limit; nothing of what it does not say.
void addPolicy(RateLimit &limit, const TierPolicy &tier)
{
    limit.tier = tier.name;
    if (tier.limit > 0)
        limit.limit.value = tier.limit;
    limit.window.value = tier.window;
}

/// The limit that the tier tells, with the client alone in the key.
std::optional<RateLimit> ofTier(const LimitLayout &layout, const QString &client, const QList<TierPolicy> &tiers)
{
    const TierPolicy *tier = tierCalled(layout.tier, tiers);
    if (!tier)
        return std::nullopt;
    RateLimit limit;
    limit.client = client;
    addPolicy(limit, *tier);
    return limit;
}

std::optional<RateLimit> ofLimits(const LimitLayout &layout, const QByteArray &key, const QList<TierPolicy> &tiers,
                                  const Origin &origin)
{
    const auto parsed = limitKey(key, layout.prefix);
    if (!parsed)
        return std::nullopt;
    RateLimit limit;
    limit.tier = tierOf(*parsed, tiers);
    limit.client = parsed->client;
    limit.scope = parsed->scope;
    limit.limit = {.value = parsed->amount, .origin = origin};
    limit.window = {.value = parsed->window, .origin = origin};
    return limit;
}

std::optional<RateLimit> ofBucket(const LimitLayout &layout, const QByteArray &key, const RedisReply &value,
                                  const QList<TierPolicy> &tiers, Instant now, const Origin &origin)
{
    const auto rest = afterPrefix(key, layout.prefix);
    if (!rest || value.items.size() != 2)
        return std::nullopt;
    const auto tokens = numberIn(value.items[0]);
    const auto updatedAt = numberIn(value.items[1]);
    const qsizetype colon = rest->indexOf(':');
    RateLimit limit;
    limit.scope = cleaned(QString::fromUtf8(colon < 0 ? *rest : rest->left(colon)));
    limit.client = colon < 0 ? QString() : cleaned(QString::fromUtf8(rest->mid(colon + 1)));
    const TierPolicy *tier = tierWithScope(limit.scope, tiers);
    if (!tokens || !updatedAt || *updatedAt < 0 || !tier || tier->limit <= 0 || tier->window.count() <= 0)
        return std::nullopt;
    addPolicy(limit, *tier);
    const auto capacity = static_cast<double>(tier->limit);
    const double perSecond = capacity / static_cast<double>(tier->window.count());
    const double since = std::chrono::duration<double>(now.time_since_epoch()).count() - *updatedAt;
    const double left = std::min(capacity, *tokens + std::max(0.0, since) * perSecond);
    // Whole tokens alone can be spent.
    limit.used = {.value = tier->limit - static_cast<qint64>(std::floor(left)),
                  .origin = {origin.exchange, origin.pointer + u"/used"_s}};
    const double fullAt = *updatedAt + std::max(0.0, capacity - *tokens) / perSecond;
    limit.resetsAt.origin = {origin.exchange, origin.pointer + u"/hmget/1"_s};
    if (fullAt <= largest)
        limit.resetsAt.value = Instant(std::chrono::milliseconds(std::llround(fullAt * 1000)));
    return limit;
}
} // namespace

std::optional<LimitKey> limitKey(const QByteArray &key, const QString &prefix)
{
    const auto rest = afterPrefix(key, prefix);
    if (!rest)
        return std::nullopt;
    QList<QByteArray> parts = rest->split('/');
    if (parts.size() < 4)
        return std::nullopt;
    const auto unit = granularity(parts.takeLast());
    const auto multiples = countIn(parts.takeLast());
    const auto amount = countIn(parts.takeLast());
    constexpr qint64 most = 1'000'000;
    if (!unit || !multiples || *multiples < 1 || *multiples > most || !amount)
        return std::nullopt;
    const QByteArray client = parts.takeFirst();
    return LimitKey{.client = cleaned(QString::fromUtf8(client)),
                    .scope = cleaned(QString::fromUtf8(parts.join('/'))),
                    .amount = *amount,
                    .window = *unit * *multiples};
}

QString tierOf(const LimitKey &key, const QList<TierPolicy> &tiers)
{
    QString general;
    QString multiplied;
    for (const TierPolicy &tier : tiers) {
        if (tier.window != key.window)
            continue;
        const bool isIts = tier.scopes.contains(key.scope);
        if (tier.limit == key.amount && isIts)
            return tier.name;
        if (tier.limit == key.amount && tier.scopes.isEmpty() && general.isEmpty())
            general = tier.name;
        if (isIts && multiplied.isEmpty())
            multiplied = tier.name;
    }
    if (general.isEmpty())
        general = multiplied;
    return general.isEmpty() ? key.scope : general;
}

RedisCommand counterCommand(const LimitLayout &layout, const QByteArray &key)
{
    if (layout.kind == Kind::TokenBucket)
        return {"HMGET", key, "tokens", "updated_at"};
    return {"GET", key};
}

bool isOver(const LimitLayout &layout, const QByteArray &key, const RedisReply &value, const RedisReply &pttl,
            Instant now)
{
    if (value.type == RedisReply::Type::Nil || (pttl.type == RedisReply::Type::Integer && pttl.integer == -2))
        return true;
    // Its expiry is counted from the first hit, so that it outlives the minute.
    const auto minute = layout.kind == Kind::MinuteWindow ? minuteKey(key, layout.prefix) : std::nullopt;
    return minute && minute->ends <= now;
}

std::optional<RateLimit> rateLimit(const LimitLayout &layout, const QByteArray &key, const RedisReply &value,
                                   const RedisReply &pttl, const QList<TierPolicy> &tiers, Instant now, int exchange)
{
    const bool isBucket = layout.kind == Kind::TokenBucket;
    if (value.type != (isBucket ? RedisReply::Type::Array : RedisReply::Type::String) ||
        pttl.type != RedisReply::Type::Integer || isOver(layout, key, value, pttl, now))
        return std::nullopt;
    const Origin keyItself{exchange, pointerStep(QString::fromUtf8(key))};
    if (isBucket)
        return ofBucket(layout, key, value, tiers, now, keyItself);
    std::optional<RateLimit> limit;
    std::optional<Instant> ends;
    if (pttl.integer >= 0)
        ends = now + std::chrono::milliseconds(pttl.integer);
    if (layout.kind == Kind::Limits) {
        limit = ofLimits(layout, key, tiers, keyItself);
    } else if (layout.kind == Kind::MinuteWindow) {
        const auto minute = minuteKey(key, layout.prefix);
        limit = minute ? ofTier(layout, minute->client, tiers) : std::nullopt;
        ends = minute ? std::optional(minute->ends) : std::nullopt;
    } else if (const auto client = afterPrefix(key, layout.prefix)) {
        limit = ofTier(layout, cleaned(QString::fromUtf8(*client)), tiers);
    }
    if (!limit)
        return std::nullopt;
    limit->used = {.value = countIn(value.text), .origin = {exchange, keyItself.pointer + u"/value"_s}};
    limit->resetsAt = {.value = ends, .origin = keyItself};
    if (layout.kind != Kind::MinuteWindow)
        limit->resetsAt.origin.pointer += u"/pttl"_s;
    return limit;
}

QJsonObject counterEvidence(const RedisReply &value, const RedisReply &pttl, const RateLimit &limit)
{
    if (value.type != RedisReply::Type::Array)
        return {{u"value"_s, QString::fromUtf8(value.text)}, {u"pttl"_s, pttl.integer}};
    // Under their field's name, tokens would be masked as a secret.
    return {{u"hmget"_s,
             QJsonArray{QString::fromUtf8(value.items.value(0).text), QString::fromUtf8(value.items.value(1).text)}},
            {u"capacity"_s, limit.limit.valueOr(0)},
            {u"used"_s, limit.used.valueOr(0)}};
}

LimitLayout readLimitLayout(const ConfigNode &node, const QList<TierPolicy> &tiers, QList<Error> *errors)
{
    static const std::map<QString, Kind> kinds{{u"limits"_s, Kind::Limits},
                                               {u"express-rate-limit"_s, Kind::ExpressRateLimit},
                                               {u"minute-window"_s, Kind::MinuteWindow},
                                               {u"token-bucket"_s, Kind::TokenBucket}};
    QStringList words;
    for (const auto &[word, kind] : kinds)
        words.append(word);
    ConfigReader reader(node, errors);
    LimitLayout layout;
    layout.kind = kinds.at(reader.oneOf(u"layout", words, u"limits"_s));
    layout.prefix = reader.requiredString(u"prefix");
    if (layout.kind == Kind::ExpressRateLimit || layout.kind == Kind::MinuteWindow) {
        layout.tier = reader.requiredString(u"tier");
        if (!layout.tier.isEmpty() && !tierCalled(layout.tier, tiers))
            reader.error(reader.node(u"tier"),
                         u"'tier': there is no '%1' under 'tiers', whose limit it is"_s.arg(layout.tier));
    }
    reader.finish();
    return layout;
}

} // namespace qd
