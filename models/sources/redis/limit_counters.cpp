/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/redis/limit_counters.h"

#include "base/redact_text.h"
#include "sources/evidence.h"

#include <QCryptographicHash>
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

/// CLIENT:PATH:ROUTE:DEPENDENCY. The client may hold ':' itself; a path begins with '/'.
struct RouteKey
{
    QString client;
    QString path;
};
std::optional<RouteKey> routeKey(const QByteArray &key, const QString &prefix)
{
    auto rest = afterPrefix(key, prefix);
    for (int number = 0; rest && number < 2; ++number) {
        const qsizetype colon = rest->lastIndexOf(':');
        if (colon <= 0 || !countIn(rest->mid(colon + 1)))
            return std::nullopt;
        rest->truncate(colon);
    }
    if (!rest)
        return std::nullopt;
    const qsizetype path = rest->indexOf(":/");
    return RouteKey{.client = cleaned(QString::fromUtf8(path < 0 ? *rest : rest->left(path))),
                    .path = path < 0 ? QString() : cleaned(QString::fromUtf8(rest->mid(path + 1)))};
}

/// A long run of letters and digits, or a word of capitals, small letters and digits that is longer than any name.
bool looksSecret(QStringView word)
{
    constexpr qsizetype longRun = 16;
    constexpr qsizetype longWord = 24;
    if (word.size() < longRun)
        return false;
    const auto mixes = [](QStringView run) {
        return std::ranges::any_of(run, [](QChar c) { return c.isDigit(); }) &&
               std::ranges::any_of(run, [](QChar c) { return c.isLetter(); });
    };
    for (qsizetype from = 0; from < word.size();) {
        qsizetype to = from;
        while (to < word.size() && word[to] != u'_' && word[to] != u'-')
            ++to;
        if (to - from >= longRun && mixes(word.sliced(from, to - from)))
            return true;
        from = to + 1;
    }
    return word.size() >= longWord && mixes(word) && std::ranges::any_of(word, [](QChar c) { return c.isUpper(); }) &&
           std::ranges::any_of(word, [](QChar c) { return c.isLower(); });
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

/// The limit that a tier tells: the one with that scope, else the layout's.
std::optional<RateLimit> ofTier(const LimitLayout &layout, const QString &client, const QString &scope,
                                const QList<TierPolicy> &tiers)
{
    const TierPolicy *tier = scope.isEmpty() ? nullptr : tierWithScope(scope, tiers);
    if (!tier)
        tier = tierCalled(layout.tier, tiers);
    if (!tier)
        return std::nullopt;
    RateLimit limit;
    limit.client = client;
    limit.scope = scope;
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

std::optional<qint64> countOf(const RedisReply &reply)
{
    return reply.type == RedisReply::Type::String ? countIn(reply.text) : std::nullopt;
}

/// What was counted in the window before weighs as much as of it still lies within the one that slides.
std::optional<RateLimit> ofSlidingWindow(const LimitLayout &layout, const QByteArray &key,
                                         const QList<RedisReply> &replies, const QList<TierPolicy> &tiers, Instant now,
                                         const Origin &origin)
{
    auto limit = key.endsWith('}') ? ofLimits(layout, key.chopped(1), tiers, origin) : std::nullopt;
    const auto current = countOf(replies[0]);
    const qint64 currentLeft = replies[1].integer;
    const auto before = replies[2].type == RedisReply::Type::Nil ? std::optional<qint64>(0) : countOf(replies[2]);
    if (!limit || !current || !before || currentLeft < 0)
        return std::nullopt;
    // A key lives for two windows; in its second one it is the window before, though the next call alone renames it.
    const double window = limit->window->count();
    const bool isBefore = static_cast<double>(currentLeft) < window;
    const auto weight = static_cast<double>(isBefore ? currentLeft : std::max<qint64>(0, replies[3].integer)) / window;
    const double weighted = std::floor(static_cast<double>(isBefore ? *current : *before) * weight);
    limit->used.origin = {origin.exchange, origin.pointer + u"/used"_s};
    if (weighted <= largest)
        limit->used.value = static_cast<qint64>(weighted) + (isBefore ? 0 : *current);
    limit->resetsAt = {.value = now + std::chrono::milliseconds(currentLeft),
                       .origin = {origin.exchange, origin.pointer + u"/pttl"_s}};
    return limit;
}

/// From how many of the calls lie within the window, and the latest call.
std::optional<RateLimit> ofCalls(const LimitLayout &layout, const QByteArray &key, const QList<RedisReply> &replies,
                                 const QList<TierPolicy> &tiers, const Origin &origin)
{
    const auto client = afterPrefix(key, layout.prefix);
    auto limit = client ? ofTier(layout, cleaned(QString::fromUtf8(*client)), {}, tiers) : std::nullopt;
    if (!limit || replies[0].type != RedisReply::Type::Integer || replies[1].items.size() != 2)
        return std::nullopt;
    limit->used = {.value = replies[0].integer, .origin = {origin.exchange, origin.pointer + u"/zcount"_s}};
    limit->resetsAt.origin = {origin.exchange, origin.pointer + u"/latest"_s};
    bool ok = false;
    const double latest = replies[1].items[1].text.toDouble(&ok);
    if (ok && latest >= 0 && latest <= largest * 1000)
        limit->resetsAt.value = Instant(std::chrono::milliseconds(std::llround(latest + limit->window->count())));
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

/// What a key alone tells of its limit.
std::optional<RateLimit> whose(const LimitLayout &layout, const QByteArray &key, const QList<TierPolicy> &tiers,
                               const Origin &origin)
{
    if (layout.kind == Kind::Limits)
        return ofLimits(layout, key, tiers, origin);
    if (layout.kind == Kind::MinuteWindow) {
        const auto minute = minuteKey(key, layout.prefix);
        return minute ? ofTier(layout, minute->client, {}, tiers) : std::nullopt;
    }
    if (layout.kind == Kind::FastapiLimiter) {
        const auto route = routeKey(key, layout.prefix);
        return route ? ofTier(layout, route->client, route->path, tiers) : std::nullopt;
    }
    const auto client = afterPrefix(key, layout.prefix);
    return client ? ofTier(layout, cleaned(QString::fromUtf8(*client)), {}, tiers) : std::nullopt;
}

/// A count that expires with its window.
std::optional<RateLimit> ofCount(const LimitLayout &layout, const QByteArray &key, const QList<RedisReply> &replies,
                                 const QList<TierPolicy> &tiers, Instant now, const Origin &origin)
{
    auto limit = replies[0].type == RedisReply::Type::String ? whose(layout, key, tiers, origin) : std::nullopt;
    if (!limit)
        return std::nullopt;
    limit->used = {.value = countIn(replies[0].text), .origin = {origin.exchange, origin.pointer + u"/value"_s}};
    bool isNumber = false;
    if (layout.kind == Kind::RateLimiterFlexible && replies[0].text.toLongLong(&isNumber) < 0 && isNumber)
        limit->used.value = 0; // more was given back than was used
    limit->resetsAt.origin = origin;
    if (layout.kind == Kind::MinuteWindow) {
        limit->resetsAt.value = minuteKey(key, layout.prefix)->ends;
        return limit;
    }
    limit->resetsAt.origin.pointer += u"/pttl"_s;
    if (replies[1].integer >= 0 && static_cast<double>(replies[1].integer) <= largest)
        limit->resetsAt.value = now + std::chrono::milliseconds(replies[1].integer);
    return limit;
}

QList<RedisCommand> ownCommands(const LimitLayout &layout, const QByteArray &key, const QList<TierPolicy> &tiers,
                                Instant now)
{
    const RedisCommand value{"GET", key};
    const RedisCommand pttl{"PTTL", key};
    switch (layout.kind) {
    case Kind::TokenBucket:
        return {{"HMGET", key, "tokens", "updated_at"}, pttl};
    case Kind::LimitsSlidingWindow:
        return {value, pttl, {"GET", key + "/-1"}, {"PTTL", key + "/-1"}};
    case Kind::PyrateLimiter: {
        const TierPolicy *tier = tierCalled(layout.tier, tiers);
        const Instant begins = now - (tier ? tier->window : std::chrono::seconds(0));
        return {{"ZCOUNT", key, QByteArray::number(qint64{begins.time_since_epoch().count()}), "+inf"},
                {"ZREVRANGE", key, "0", "0", "WITHSCORES"}};
    }
    default:
        return {value, pttl};
    }
}

QJsonObject ownEvidence(const LimitLayout &layout, const QList<RedisReply> &replies, const RateLimit &limit)
{
    const auto text = [&](qsizetype i) { return QString::fromUtf8(replies[i].text); };
    const auto item = [&](qsizetype reply, qsizetype i) {
        return QString::fromUtf8(replies[reply].items.value(i).text);
    };
    switch (layout.kind) {
    case Kind::TokenBucket:
        // Under their field's name, tokens would be masked as a secret.
        return {{u"hmget"_s, QJsonArray{item(0, 0), item(0, 1)}},
                {u"capacity"_s, limit.limit.valueOr(0)},
                {u"used"_s, limit.used.valueOr(0)}};
    case Kind::LimitsSlidingWindow:
        return {{u"value"_s, text(0)},
                {u"pttl"_s, replies[1].integer},
                {u"value before"_s, text(2)},
                {u"pttl before"_s, replies[3].integer},
                {u"used"_s, limit.used.valueOr(0)}};
    case Kind::PyrateLimiter:
        return {{u"zcount"_s, replies[0].integer}, {u"latest"_s, item(1, 1)}};
    default:
        return {{u"value"_s, text(0)}, {u"pttl"_s, replies[1].integer}};
    }
}

/// What a client has in place of its tier's limit, from the last two of its replies.
void addOverride(RateLimit &limit, const LimitLayout &layout, const QList<RedisReply> &replies, Instant now,
                 const Origin &key)
{
    if (layout.overrides.key.isEmpty() || limit.tier != layout.tier)
        return;
    const auto most = countOf(replies[replies.size() - 2]);
    if (!most)
        return;
    limit.limit = {.value = most, .origin = {key.exchange, key.pointer + u"/override"_s}};
    if (const RedisReply &left = replies.last(); left.type == RedisReply::Type::Integer && left.integer > 0)
        limit.limitUntil = {.value = now + std::chrono::milliseconds(left.integer),
                            .origin = {key.exchange, key.pointer + u"/override pttl"_s}};
}

std::optional<RateLimit> counterOf(const LimitLayout &layout, const QByteArray &key, const QList<RedisReply> &replies,
                                   const QList<TierPolicy> &tiers, Instant now, const Origin &keyItself)
{
    if (isOver(layout, key, replies, now))
        return std::nullopt;
    if (layout.kind == Kind::PyrateLimiter)
        return ofCalls(layout, key, replies, tiers, keyItself);
    if (replies[1].type != RedisReply::Type::Integer)
        return std::nullopt;
    if (layout.kind == Kind::LimitsSlidingWindow)
        return ofSlidingWindow(layout, key, replies, tiers, now, keyItself);
    if (layout.kind == Kind::TokenBucket)
        return ofBucket(layout, key, replies[0], tiers, now, keyItself);
    return ofCount(layout, key, replies, tiers, now, keyItself);
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

QByteArray LimitOverrides::keyOf(const QString &client) const
{
    return QString(key).replace("{client}"_L1, client).toUtf8();
}

RedisCommand LimitOverrides::command(const QString &client) const
{
    return field.isEmpty() ? RedisCommand{"GET", keyOf(client)} : RedisCommand{"HGET", keyOf(client), field.toUtf8()};
}

QList<RedisCommand> counterCommands(const LimitLayout &layout, const QByteArray &key, const QList<TierPolicy> &tiers,
                                    Instant now)
{
    QList<RedisCommand> commands = ownCommands(layout, key, tiers, now);
    if (!layout.overrides.key.isEmpty()) {
        const auto limit = whose(layout, key, tiers, {});
        const QString client = limit ? limit->client : QString();
        commands += {layout.overrides.command(client), RedisCommand{"PTTL", layout.overrides.keyOf(client)}};
    }
    return commands;
}

bool isOver(const LimitLayout &layout, const QByteArray &key, const QList<RedisReply> &replies, Instant now)
{
    // It never expires, so that those who have not called for long would be told for ever.
    if (layout.kind == Kind::PyrateLimiter)
        return replies[0] == RedisReply{.type = RedisReply::Type::Integer, .text = {}, .integer = 0, .items = {}};
    if (replies[0].type == RedisReply::Type::Nil ||
        (replies[1].type == RedisReply::Type::Integer && replies[1].integer == -2))
        return true;
    // Its expiry is counted from the first hit, so that it outlives the minute.
    const auto minute = layout.kind == Kind::MinuteWindow ? minuteKey(key, layout.prefix) : std::nullopt;
    return minute && minute->ends <= now;
}

std::optional<RateLimit> rateLimit(const LimitLayout &layout, const QByteArray &key, const QList<RedisReply> &replies,
                                   const QList<TierPolicy> &tiers, Instant now, int exchange)
{
    const Origin keyItself{exchange, pointerStep(maskedIdentity(QString::fromUtf8(key)))};
    auto limit = counterOf(layout, key, replies, tiers, now, keyItself);
    if (limit) {
        addOverride(*limit, layout, replies, now, keyItself);
        limit->client = maskedIdentity(limit->client);
    }
    return limit;
}

QString maskedIdentity(const QString &text)
{
    const auto isOfWord = [](QChar c) { return (c.isLetterOrNumber() && c.unicode() < 128) || c == u'_' || c == u'-'; };
    QString safe;
    for (qsizetype from = 0; from < text.size();) {
        qsizetype to = from;
        while (to < text.size() && isOfWord(text[to]))
            ++to;
        const QStringView word = QStringView(text).sliced(from, to - from);
        if (looksSecret(word)) {
            const QByteArray hash = QCryptographicHash::hash(word.toUtf8(), QCryptographicHash::Sha256).toHex();
            safe.append(word.first(4)).append(secretMark).append(QLatin1StringView(hash.first(6)));
        } else {
            safe.append(word);
        }
        if (to < text.size())
            safe.append(text[to]);
        from = to + 1;
    }
    return maskedText(safe);
}

QJsonObject counterEvidence(const LimitLayout &layout, const QList<RedisReply> &replies, const RateLimit &limit)
{
    QJsonObject shown = ownEvidence(layout, replies, limit);
    const RedisReply &raised = replies[replies.size() - 2];
    if (!layout.overrides.key.isEmpty() && raised.type == RedisReply::Type::String) {
        shown.insert(u"override"_s, QString::fromUtf8(raised.text));
        shown.insert(u"override pttl"_s, replies.last().integer);
    }
    return shown;
}

LimitOverrides readLimitOverrides(const ConfigNode &node, QList<Error> *errors)
{
    ConfigReader reader(node, errors);
    LimitOverrides overrides{.key = reader.requiredString(u"key"), .field = reader.string(u"field")};
    if (!overrides.key.isEmpty() && overrides.key.count("{client}"_L1) != 1)
        reader.error(reader.node(u"key"), u"'key': expected '{client}' once in it, such as limits:override:{client}"_s);
    reader.finish();
    return overrides;
}

LimitLayout readLimitLayout(const ConfigNode &node, const QList<TierPolicy> &tiers, QList<Error> *errors)
{
    static const std::map<QString, Kind> kinds{{u"limits"_s, Kind::Limits},
                                               {u"limits-sliding-window"_s, Kind::LimitsSlidingWindow},
                                               {u"express-rate-limit"_s, Kind::ExpressRateLimit},
                                               {u"rate-limiter-flexible"_s, Kind::RateLimiterFlexible},
                                               {u"minute-window"_s, Kind::MinuteWindow},
                                               {u"token-bucket"_s, Kind::TokenBucket},
                                               {u"fastapi-limiter"_s, Kind::FastapiLimiter},
                                               {u"pyrate-limiter"_s, Kind::PyrateLimiter}};
    QStringList words;
    for (const auto &[word, kind] : kinds)
        words.append(word);
    ConfigReader reader(node, errors);
    LimitLayout layout;
    layout.kind = kinds.at(reader.oneOf(u"layout", words, u"limits"_s));
    layout.prefix = reader.requiredString(u"prefix");
    const bool tellsItself = layout.kind == Kind::Limits || layout.kind == Kind::LimitsSlidingWindow;
    if (!tellsItself && layout.kind != Kind::TokenBucket) {
        layout.tier = reader.requiredString(u"tier");
        if (!layout.tier.isEmpty() && !tierCalled(layout.tier, tiers))
            reader.error(reader.node(u"tier"),
                         u"'tier': there is no '%1' under 'tiers', whose limit it is"_s.arg(layout.tier));
    }
    const ConfigNode overrides = reader.map(u"overrides");
    if (reader.has(u"overrides") && layout.tier.isEmpty())
        reader.error(overrides, u"'overrides': the keys of this layout tell each client's limit themselves"_s);
    else if (reader.has(u"overrides"))
        layout.overrides = readLimitOverrides(overrides, errors);
    reader.finish();
    return layout;
}

} // namespace qd
