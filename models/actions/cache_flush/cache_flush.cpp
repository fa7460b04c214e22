/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/cache_flush/cache_flush.h"

#include "sources/redis/redis_facts.h"

#include <QSet>

#include <algorithm>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr qsizetype batch = 500;
constexpr int pagesAStep = 20; ///< of SCAN with COUNT 1000
constexpr qint64 keysAStep = 20'000;
constexpr qint64 mostSteps = 100; ///< two million keys walked
constexpr auto sample = 1s;       ///< between two looks at the service's counters

constexpr auto unlinkScript = "  return {{'UNLINK', unpack(keys)}}\n";
constexpr auto noteScript = "  return {{'SET', keys[1], args[1], 'PX', args[2]}}\n";

class FlushCache final : public RedisAction
{
public:
    FlushCache(CacheKeys keys, const Clock &clock, RedisStore::Stop stop)
        : RedisAction(keys.place, clock, std::move(stop))
        , m_keys(std::move(keys))
    {
    }

    Result<void> perform(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        qint64 gone = 0;
        auto walked = walk(plan, step, gone, deadline);
        // What is gone stays gone, whatever stopped the rest.
        if (!walked && gone > 0 && !isUncertain(walked.error().code))
            walked.error().code = ErrorCode::ServerError;
        if (!walked && gone > 0)
            walked.error().message = u"%1 keys are deleted, then: %2"_s.arg(gone).arg(walked.error().message);
        return walked;
    }

private:
    [[nodiscard]] QByteArray pattern(const QString &group) const
    {
        return m_keys.pattern.toUtf8().replace("{group}", globEscaped(group));
    }
    /// Our own keys are no cache, whatever a pattern says.
    [[nodiscard]] bool isOf(const QByteArray &key, const QString &group) const
    {
        return !key.startsWith("quarterdeck:") && groupIn(QString::fromUtf8(key), m_keys.pattern) == group;
    }

    Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) override
    {
        const QString group = wish.resource;
        if (!m_keys.groups.contains(group))
            return failure(ErrorCode::NotFound,
                           u"the profile has no cache '%1', but %2"_s.arg(group, m_keys.groups.join(u", "_s)), where());
        if (!wish.set.empty())
            return failure(ErrorCode::BadInput, u"'%1': a group is flushed as a whole"_s.arg(wish.set.begin()->first),
                           where());
        const auto size = store().ask({{"DBSIZE"}}, deadline);
        if (!size)
            return std::unexpected(size.error());
        const qint64 all = size->at(0).integer;
        const qint64 parts = std::max<qint64>(1, (all + keysAStep - 1) / keysAStep);
        if (parts > mostSteps)
            return failure(ErrorCode::TooLarge,
                           u"this Redis holds %1 keys: more than %2 are not walked through from here"_s.arg(all).arg(
                               mostSteps * keysAStep),
                           where());
        const auto count = countKeys(group, deadline);
        if (!count)
            return std::unexpected(count.error());
        if (*count == 0)
            return failure(ErrorCode::NotFound,
                           u"there is no key %1; nothing would change"_s.arg(QString::fromUtf8(pattern(group))),
                           where());
        plan.action = u"cache-flush"_s;
        plan.risk = Risk::Medium;
        plan.changes = {
            {.what = QString::fromUtf8(pattern(group)), .before = QString::number(*count), .after = u"0"_s}};
        for (qint64 part = 1; part <= parts; ++part)
            plan.steps.append({u"cache-part"_s, {group, QString::number(part), QString::number(parts)}});
        plan.fingerprint = fingerprint(group);
        plan.impact = forecast(group, *count, deadline);
        return {};
    }

    Result<qint64> countKeys(const QString &group, Deadline deadline)
    {
        QSet<QByteArray> keys; // SCAN may return a key twice
        QByteArray cursor = "0";
        do {
            const auto page = store().scan(pattern(group), cursor, deadline);
            if (!page)
                return std::unexpected(page.error());
            for (const QByteArray &key : page->keys) {
                if (isOf(key, group))
                    keys.insert(key);
            }
            cursor = page->cursor;
        } while (cursor != "0");
        return keys.size();
    }

    /// Whatever is read and was found before is now read from the database once, and at most once a key.
    QList<Measure> forecast(const QString &group, qint64 keys, Deadline deadline)
    {
        const QString perMinute = u"per-minute"_s;
        const auto hits = hitsAMinute(group, deadline);
        const QString source = hits ? m_keys.statsHash : hits.error().message;
        const std::optional<qint64> most = hits ? std::optional(std::min(keys, *hits)) : std::nullopt;
        return {{u"cache-keys"_s, keys, u"count"_s, QString::fromUtf8(pattern(group))},
                {u"cache-hits"_s, hits ? std::optional(*hits) : std::nullopt, perMinute, source},
                {u"more-misses"_s, most, perMinute, source},
                {u"more-database-reads"_s, most, perMinute, source}};
    }

    Result<qint64> hitsAMinute(const QString &group, Deadline deadline)
    {
        if (m_keys.statsHash.isEmpty())
            return failure(ErrorCode::Unsupported, u"its hits are not counted in Redis"_s);
        const RedisCommand command{"HGET", m_keys.statsHash.toUtf8(),
                                   QString(m_keys.hitsField).replace("{group}"_L1, group).toUtf8()};
        const auto look = [&]() -> Result<qint64> {
            const auto reply = store().ask({command}, deadline);
            if (!reply)
                return std::unexpected(reply.error());
            bool ok = false;
            const qint64 number = reply->at(0).text.toLongLong(&ok);
            return ok ? Result<qint64>(number)
                      : failure(ErrorCode::BadReply, u"%1 does not count its hits"_s.arg(m_keys.statsHash));
        };
        const auto first = look();
        if (!first)
            return first;
        for (auto waited = 0ms; waited < sample && !isStopped(); waited += 100ms)
            std::this_thread::sleep_for(100ms);
        const auto second = look();
        if (!second)
            return second;
        if (*second < *first)
            return failure(ErrorCode::BadReply, u"%1 was set back meanwhile"_s.arg(m_keys.statsHash));
        return (*second - *first) * (60s / sample);
    }

    [[nodiscard]] QByteArray fingerprint(const QString &group) const
    {
        return fingerprintOf({group.toUtf8(), pattern(group)});
    }

    Result<void> asPlanned(const Plan &plan, Deadline) override
    {
        if (plan.action == "cache-flush"_L1 && m_keys.groups.contains(plan.resource) &&
            plan.fingerprint == fingerprint(plan.resource))
            return {};
        return failure(ErrorCode::BadInput, u"the profile does not name these keys any more; make a new plan"_s,
                       where());
    }

    /// The service fills it up again at once, so that what is left tells nothing: what a step leaves behind does.
    Result<Stand> stand(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        const auto there = store().ask({{"EXISTS", keptKey(plan, step)}}, deadline);
        if (!there)
            return std::unexpected(there.error());
        return there->at(0).integer == 1 ? Stand::After : Stand::Before;
    }

    /// What a batch needs, for who asks whether it may be made.
    Result<RedisStore::Change> change(const Plan &plan, qsizetype step, Way way) const override
    {
        if (way == Way::Back)
            return failure(ErrorCode::Unsupported, u"what was deleted cannot be put back"_s, where());
        if (step > 0)
            return RedisStore::Change{.body = "  return {}\n", .keys = {}, .arguments = {}};
        return RedisStore::Change{
            .body = unlinkScript,
            .keys = {QString(m_keys.pattern).replace("{group}"_L1, plan.resource).replace(u'*', u'0').toUtf8()},
            .arguments = {}};
    }

    Result<void> walk(const Plan &plan, qsizetype step, qint64 &gone, Deadline deadline)
    {
        if (auto opened = open(deadline); !opened)
            return opened;
        if (auto planned = asPlanned(plan, deadline); !planned)
            return planned;
        QByteArray cursor = "0";
        if (step > 0) {
            const auto left = store().ask({{"GET", keptKey(plan, step - 1)}}, deadline);
            if (!left)
                return std::unexpected(left.error());
            cursor = left->at(0).text.isEmpty() ? "0" : left->at(0).text;
        }
        const bool isLast = step == plan.steps.size() - 1;
        for (int pages = 0; cursor != "end" && (isLast || pages < pagesAStep); ++pages) {
            const auto page = store().scan(pattern(plan.resource), cursor, deadline);
            if (!page)
                return std::unexpected(page.error());
            if (auto unlinked = unlink(plan, page->keys, gone, deadline); !unlinked)
                return unlinked;
            cursor = page->cursor == "0" ? "end" : page->cursor;
        }
        const RedisStore::Change note{
            .body = noteScript,
            .keys = {keptKey(plan, step)},
            .arguments = {cursor, QByteArray::number(qint64{std::chrono::milliseconds(keptFor).count()})}};
        if (const auto noted = make(plan, note, deadline); !noted)
            return std::unexpected(noted.error());
        return {};
    }

    Result<void> unlink(const Plan &plan, QList<QByteArray> keys, qint64 &gone, Deadline deadline)
    {
        keys.removeIf([&](const QByteArray &key) { return !isOf(key, plan.resource); });
        for (qsizetype at = 0; at < keys.size(); at += batch) {
            if (isStopped())
                return failure(ErrorCode::Cancelled, u"stopped between two batches"_s, where());
            const auto made =
                make(plan, {.body = unlinkScript, .keys = keys.mid(at, batch), .arguments = {}}, deadline);
            if (!made)
                return std::unexpected(made.error());
            gone += *made;
        }
        return {};
    }

    const CacheKeys m_keys;
};
} // namespace

std::unique_ptr<Action> flushCache(CacheKeys keys, const Clock &clock, RedisStore::Stop stop)
{
    return std::make_unique<FlushCache>(std::move(keys), clock, std::move(stop));
}

std::expected<std::unique_ptr<Action>, QList<Error>> makeFlushAction(const ActionSpec &spec, const Profile &profile,
                                                                     const Clock &clock, const RedisStore::Stop &stop)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    CacheKeys keys{.place = readRedisPlace(reader, spec, profile, &errors),
                   .pattern = reader.requiredString(u"keys"),
                   .groups = {},
                   .statsHash = {},
                   .hitsField = {}};
    if (!keys.pattern.isEmpty() && keys.pattern.count("{group}"_L1) != 1)
        reader.error(reader.node(u"keys"), u"'keys': expected '{group}' once in it, such as cache:{group}:*"_s);
    for (const CachePolicy &cache : profile.caches)
        keys.groups.append(cache.group);
    if (keys.groups.isEmpty())
        reader.error(spec.options, u"only groups under 'caches' can be flushed; there are none"_s);
    const ConfigNode stats = reader.map(u"stats");
    if (reader.has(u"stats")) {
        ConfigReader part(stats, &errors);
        keys.statsHash = part.requiredString(u"hash");
        keys.hitsField = part.requiredString(u"hits");
        part.finish();
    }
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return flushCache(std::move(keys), clock, stop);
}

} // namespace qd
