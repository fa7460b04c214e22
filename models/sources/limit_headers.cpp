/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/limit_headers.h"

#include "base/clock.h"
#include "sources/evidence.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype policyCap = 20;
constexpr double largest = 1e12; ///< counts and seconds beyond are nobody's limit

/// A header's value, joined where it comes several times, and its name as it was written.
struct Header
{
    QByteArray name;
    QByteArray value;
};
Header headerOf(const HttpReply &reply, const QByteArray &name)
{
    Header found;
    for (const auto &[written, value] : reply.headers) {
        if (written.compare(name, Qt::CaseInsensitive) != 0)
            continue;
        found.name = written;
        found.value += (found.value.isEmpty() ? "" : ", ") + value.trimmed();
    }
    return found;
}

/// `text` at `separator`, where that does not stand in quotes.
QList<QByteArray> split(const QByteArray &text, char separator)
{
    QList<QByteArray> parts{QByteArray()};
    bool isQuoted = false;
    for (const char c : text) {
        isQuoted = isQuoted != (c == '"');
        if (c == separator && !isQuoted)
            parts.append(QByteArray());
        else
            parts.last() += c;
    }
    for (QByteArray &part : parts)
        part = part.trimmed();
    return parts;
}

std::optional<double> numberIn(const QByteArray &text)
{
    bool ok = false;
    const double number = text.trimmed().toDouble(&ok);
    return ok && number >= 0 && number <= largest ? std::optional(number) : std::nullopt;
}

/// One member of a list: "default";r=50;t=30, 100;w=60, limit=100.
struct Member
{
    QByteArray item; ///< before the parameters
    std::map<QByteArray, QByteArray> parameters;

    [[nodiscard]] std::optional<double> number(const char *name) const
    {
        const auto it = parameters.find(name);
        return it == parameters.end() ? std::nullopt : numberIn(it->second);
    }
};
QList<Member> membersOf(const QByteArray &value)
{
    QList<Member> members;
    auto written = split(value, ',');
    written.resize(std::min(written.size(), policyCap));
    for (const QByteArray &one : std::as_const(written)) {
        QList<QByteArray> parts = split(one, ';');
        Member member{.item = parts.takeFirst(), .parameters = {}};
        for (const QByteArray &part : std::as_const(parts)) {
            const qsizetype equals = part.indexOf('=');
            if (equals > 0)
                member.parameters.emplace(part.left(equals), part.mid(equals + 1));
        }
        members.append(member);
    }
    return members;
}

/// What the dialects have in common; the reset in seconds from now.
struct Quota
{
    QString scope = {};
    std::optional<double> limit = {};
    std::optional<double> remaining = {};
    std::optional<double> reset = {};
    std::optional<double> window = {};
    Header told = {}; ///< of what remains
};

std::optional<double> windowFor(const QList<Member> &policies, std::optional<double> limit)
{
    const auto it = std::ranges::find_if(policies, [&](const Member &m) { return limit && numberIn(m.item) == limit; });
    return it == policies.end() ? std::nullopt : it->number("w");
}

QList<Quota> draft8(const Header &header, const QList<Member> &policies)
{
    QList<Quota> quotas;
    for (const Member &member : membersOf(header.value)) {
        if (member.item.size() < 2 || !member.item.startsWith('"') || !member.item.endsWith('"'))
            continue;
        const auto policy = std::ranges::find(policies, member.item, &Member::item);
        Quota quota{.scope = cleaned(QString::fromUtf8(member.item.mid(1).chopped(1))),
                    .remaining = member.number("r"),
                    .reset = member.number("t"),
                    .told = header};
        if (policy != policies.end()) {
            quota.limit = policy->number("q");
            quota.window = policy->number("w");
        }
        quotas.append(quota);
    }
    return quotas;
}

Quota draft7(const Header &header, const QList<Member> &policies)
{
    std::map<QByteArray, std::optional<double>> told;
    for (const Member &member : membersOf(header.value)) {
        const qsizetype equals = member.item.indexOf('=');
        if (equals > 0)
            told[member.item.left(equals)] = numberIn(member.item.mid(equals + 1));
    }
    return {.limit = told["limit"],
            .remaining = told["remaining"],
            .reset = told["reset"],
            .window = windowFor(policies, told["limit"]),
            .told = header};
}

/// Draft 6 and what was written before there were drafts.
Quota separate(const HttpReply &reply, const QByteArray &prefix, const QList<Member> &policies)
{
    const auto header = [&](const char *name) { return headerOf(reply, prefix + name); };
    const Header remaining = header("Remaining");
    const auto limit = numberIn(split(header("Limit").value, ',').first());
    return {.limit = limit,
            .remaining = numberIn(remaining.value),
            .reset = numberIn(header("Reset").value),
            .window = windowFor(policies, limit),
            .told = remaining};
}

QList<Quota> quotasOf(const HttpReply &reply, Instant now)
{
    const QList<Member> policies = membersOf(headerOf(reply, "RateLimit-Policy").value);
    if (const Header header = headerOf(reply, "RateLimit"); !header.value.isEmpty())
        return header.value.contains('"') ? draft8(header, policies) : QList{draft7(header, policies)};
    if (const Quota quota = separate(reply, "RateLimit-", policies); quota.remaining)
        return {quota};
    Quota legacy = separate(reply, "X-RateLimit-", {});
    // A moment rather than a delay: nobody's window is thirty years long.
    if (legacy.reset && *legacy.reset > 1e9)
        legacy.reset = *legacy.reset - std::chrono::duration<double>(now.time_since_epoch()).count();
    return {legacy};
}
} // namespace

QList<RateLimit> headerLimits(const HttpReply &reply, const TierPolicy &tier, Instant now, int exchange)
{
    const Header retry = headerOf(reply, "Retry-After");
    QList<RateLimit> limits;
    for (const Quota &quota : quotasOf(reply, now)) {
        if (!quota.limit || !quota.remaining || *quota.remaining > *quota.limit)
            continue;
        const Origin origin{exchange, QString::fromLatin1(quota.told.name)};
        const auto retryAfter = *quota.remaining < 1 ? numberIn(retry.value) : std::nullopt;
        RateLimit limit{.tier = tier.name, .client = u"quarterdeck"_s, .scope = quota.scope};
        limit.used = {.value = std::llround(std::floor(*quota.limit) - std::floor(*quota.remaining)), .origin = origin};
        limit.limit = {.value = std::llround(std::floor(*quota.limit)), .origin = origin};
        limit.resetsAt.origin = origin;
        if (quota.window)
            limit.window = {.value = std::chrono::duration<double>(*quota.window), .origin = origin};
        else if (limit.limit.value == tier.limit)
            limit.window.value = tier.window;
        if (const auto reset = retryAfter ? retryAfter : quota.reset)
            limit.resetsAt.value = now + std::chrono::milliseconds(std::llround(*reset * 1000));
        if (retryAfter)
            limit.resetsAt.origin.pointer = QString::fromLatin1(retry.name);
        const bool isNew = std::ranges::none_of(limits, [&](const RateLimit &l) { return l.scope == limit.scope; });
        if (isNew)
            limits.append(limit);
    }
    return limits;
}

QByteArray limitHeaders(const HttpReply &reply)
{
    QByteArray lines;
    for (const auto &[name, value] : reply.headers) {
        const QByteArray lower = name.toLower();
        if (lower.startsWith("ratelimit") || lower.startsWith("x-ratelimit-") || lower == "retry-after")
            lines += name + ": " + value + '\n';
    }
    return lines;
}

Understand withHeaderLimits(Understand understand, const TierPolicy &tier, const QString &where)
{
    return [understand = std::move(understand), tier, where](const HttpReply &reply, const QString &command) {
        SourceAnswer answer = understand(reply, command);
        if (!answer.outcome)
            return answer;
        const int exchange = static_cast<int>(answer.exchanges.size());
        const QList<RateLimit> limits = headerLimits(reply, tier, SystemClock().now(), exchange);
        for (const RateLimit &limit : limits)
            answer.outcome->facts.append(limit);
        if (limits.isEmpty())
            answer.outcome->refusals.append(
                {u"limit/headers"_s,
                 {ErrorCode::NotFound,
                  u"the reply has no headers that tell how much of a rate limit is left; if the service sends none, "
                  "take 'limit_headers' out of the source"_s,
                  where}});
        answer.exchanges.append(
            evidence(command + u" -o /dev/null -D -"_s, limitHeaders(reply), Exchange::Format::Text));
        return answer;
    };
}

} // namespace qd
