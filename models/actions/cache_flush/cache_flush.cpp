/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/cache_flush/cache_flush.h"

#include "base/cleaned.h"
#include "sources/redis/redis_facts.h"

#include <QSet>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr qsizetype batch = 500;
constexpr int pagesAStep = 20; ///< of SCAN with COUNT 1000
constexpr qint64 keysAStep = 20'000;
constexpr qint64 mostSteps = 100; ///< two million keys walked
constexpr qsizetype window = 6;   ///< looks over which the hit rate is told
constexpr qint64 fewest = 10;     ///< lookups that tell a hit rate
constexpr double slack = 0.05;    ///< that the rate may fall short of what it was

constexpr auto unlinkScript = "  return {{'UNLINK', unpack(keys)}}\n";
// KEYS: which plan flushed it last. ARGV: this one, the last one when it was planned, how long that is told.
constexpr auto claimScript = "  local last = redis.call('GET', keys[1]) or ''\n"
                             "  if last == args[1] then return {} end\n"
                             "  if last ~= args[2] then return 'changed' end\n"
                             "  return {{'SET', keys[1], args[1], 'PX', args[3]}}\n";
constexpr auto noteScript = "  return {{'SET', keys[1], args[1], 'PX', args[2]}}\n";

enum class CacheDeed { Flush, Prewarm };

bool isPart(const Phrase &step)
{
    return step.code == "cache-part"_L1;
}

class FlushCache final : public RedisAction
{
public:
    FlushCache(CacheDeed deed, CacheKeys keys, const Clock &clock, const RedisStore::Stop &stop)
        : RedisAction(keys.place, clock, stop)
        , m_deed(deed)
        , m_keys(std::move(keys))
        , m_warmer(m_keys.counters, m_keys.warming, stop)
    {
    }

    Result<void> perform(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        const QString code = plan.steps.value(step).code;
        if (code == "cache-warmed"_L1)
            return warm(plan, step, deadline);
        if (code == "cache-watched"_L1)
            return watch(plan, step, deadline);
        qint64 gone = 0;
        auto walked = walk(plan, step, gone, deadline);
        // What is gone stays gone, whatever stopped the rest.
        if (!walked && gone > 0 && !isUncertain(walked.error().code))
            walked.error().code = ErrorCode::ServerError;
        if (!walked && gone > 0)
            walked.error().message = u"%1 keys are deleted, then: %2"_s.arg(gone).arg(walked.error().message);
        return walked;
    }

    QList<Check> verify(const Plan &plan, Deadline deadline) override
    {
        QList<Check> checks = RedisAction::verify(plan, deadline);
        for (qsizetype step = 0; step < plan.steps.size(); ++step) {
            if (isPart(plan.steps[step]))
                continue;
            const auto left = store().ask({{"GET", keptKey(plan, step)}}, deadline);
            const QByteArray text = left ? left->at(0).text : QByteArray();
            checks.append(plan.steps[step].code == "cache-warmed"_L1 ? warmedCheck(plan.steps[step], text)
                                                                     : rateCheck(plan.steps[step], text));
        }
        return checks;
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
        bool warms = m_deed == CacheDeed::Prewarm;
        for (const auto &[what, value] : wish.set) {
            if (warms || what != "then"_L1 || (value != "prewarm"_L1 && value != "nothing"_L1))
                return failure(ErrorCode::BadInput,
                               u"'%1=%2': a group is %3"_s.arg(what, value,
                                                               warms ? u"warmed as a whole"_s
                                                                     : u"flushed as a whole, and then=prewarm"_s),
                               where());
            warms = value == "prewarm"_L1;
        }
        if (m_deed == CacheDeed::Prewarm) {
            plan.action = u"prewarm"_s;
            plan.risk = Risk::Low; // it reads
        } else if (auto planned = planFlush(plan, deadline); !planned) {
            return planned;
        }
        const auto before = counts(group, deadline);
        if (warms) {
            if (auto planned = planWarming(plan, before); !planned)
                return planned;
        }
        plan.fingerprint = fingerprint(plan);
        if (m_deed == CacheDeed::Flush)
            plan.impact = forecast(group, plan.changes.first().before->toLongLong(), before, deadline);
        if (const auto rate = before ? before->rateSince({.hits = 0, .misses = 0}, 1) : std::nullopt)
            plan.impact.append({u"hit-rate"_s, qRound64(rate->of1 * 100), u"percent"_s, counter()});
        return {};
    }

    Result<void> planFlush(Plan &plan, Deadline deadline)
    {
        const QString &group = plan.resource;
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
        const auto last = store().ask({{"GET", flushedKey(group)}}, deadline);
        if (!last)
            return std::unexpected(last.error());
        plan.steps.first().arguments.append(cleaned(QString::fromLatin1(last->at(0).text), 24));
        return {};
    }

    /// It is back where it is as the profile expects, or near to what it was since its counters were started, whatever
    /// is less.
    Result<void> planWarming(Plan &plan, const Result<CacheCounts> &before)
    {
        const QString &group = plan.resource;
        const qsizetype requests = paths(group).size();
        if (requests > 0)
            plan.steps.append({u"cache-warmed"_s, {group, QString::number(requests)}});
        const auto was = before ? before->rateSince({.hits = 0, .misses = 0}, 1) : std::nullopt;
        const auto wanted = m_keys.warming.wanted.find(group);
        double target = wanted == m_keys.warming.wanted.end() ? 1.0 : wanted->second.of1;
        if (was)
            target = std::min(target, std::max(0.0, was->of1 - slack));
        // Where nothing was counted yet, it will be.
        const CacheCounters &counters = m_keys.counters;
        if (target < 1.0 && (!counters.source.isEmpty() || !counters.misses.isEmpty()))
            plan.steps.append(
                {u"cache-watched"_s,
                 {group, QString::number(std::floor(target * 100)),
                  QString::number(std::chrono::ceil<std::chrono::seconds>(m_keys.warming.watchTime).count())}});
        if (m_deed == CacheDeed::Prewarm ? requests == 0 : isPart(plan.steps.last()))
            return failure(ErrorCode::NotFound,
                           u"the profile names nothing to warm '%1' with: see 'warm' of the action%2"_s.arg(
                               group, before ? QString() : u", and its hits are not told: "_s + before.error().message),
                           where());
        return {};
    }

    [[nodiscard]] QStringList paths(const QString &group) const
    {
        const auto found = m_keys.warming.paths.find(group);
        return found == m_keys.warming.paths.end() ? QStringList() : found->second;
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
    QList<Measure> forecast(const QString &group, qint64 keys, const Result<CacheCounts> &first, Deadline deadline)
    {
        const QString perMinute = u"per-minute"_s;
        const auto hits = hitsAMinute(group, first, deadline);
        const QString source = hits ? counter() : hits.error().message;
        const std::optional<qint64> most = hits ? std::optional(std::min(keys, *hits)) : std::nullopt;
        return {{u"cache-keys"_s, keys, u"count"_s, QString::fromUtf8(pattern(group))},
                {u"cache-hits"_s, hits ? std::optional(*hits) : std::nullopt, perMinute, source},
                {u"more-misses"_s, most, perMinute, source},
                {u"more-database-reads"_s, most, perMinute, source}};
    }

    /// Who counts.
    [[nodiscard]] QString counter() const
    {
        return m_keys.counters.hash.isEmpty() ? m_keys.counters.source : m_keys.counters.hash;
    }

    Result<CacheCounts> counts(const QString &group, Deadline deadline)
    {
        const CacheCounters &counters = m_keys.counters;
        if (!counters.source.isEmpty())
            return m_warmer.counts(group, deadline);
        if (counters.hash.isEmpty())
            return failure(ErrorCode::Unsupported, u"its hits are not counted in Redis"_s);
        const auto field = [&](const QString &name) { return QString(name).replace("{group}"_L1, group).toUtf8(); };
        RedisCommand command{"HMGET", counters.hash.toUtf8(), field(counters.hits)};
        if (!counters.misses.isEmpty())
            command.append(field(counters.misses));
        const auto reply = store().ask({command}, deadline);
        if (!reply)
            return std::unexpected(reply.error());
        const auto number = [&](qsizetype index) {
            bool ok = false;
            const qint64 value = reply->at(0).items.value(index).text.toLongLong(&ok);
            return ok ? std::optional(value) : std::nullopt;
        };
        const auto hits = number(0);
        if (!hits)
            return failure(ErrorCode::BadReply, u"%1 does not count its hits"_s.arg(counters.hash));
        return CacheCounts{.hits = *hits, .misses = number(1)};
    }

    Result<qint64> hitsAMinute(const QString &group, const Result<CacheCounts> &first, Deadline deadline)
    {
        if (!first)
            return std::unexpected(first.error());
        const auto sample = m_keys.counters.sample;
        if (!m_warmer.line().sleep(sample))
            return failure(ErrorCode::Cancelled, u"stopped"_s);
        const auto second = counts(group, deadline);
        if (!second)
            return std::unexpected(second.error());
        if (second->hits < first->hits)
            return failure(ErrorCode::BadReply, u"%1 was set back meanwhile"_s.arg(counter()));
        return (second->hits - first->hits) * (60s / sample);
    }

    [[nodiscard]] QByteArray fingerprint(const Plan &plan) const
    {
        QList<std::optional<QByteArray>> words{plan.resource.toUtf8(), pattern(plan.resource)};
        for (const Phrase &step : plan.steps) {
            if (step.code == "cache-warmed"_L1)
                words.append(paths(plan.resource).join(u'\n').toUtf8());
        }
        return fingerprintOf(words);
    }

    Result<void> asPlanned(const Plan &plan, Deadline) override
    {
        const bool isOwn = plan.action == (m_deed == CacheDeed::Flush ? "cache-flush"_L1 : "prewarm"_L1);
        if (isOwn && m_keys.groups.contains(plan.resource) && plan.fingerprint == fingerprint(plan))
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
        if (!isPart(plan.steps.value(step)))
            return note(plan, step, "0");
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
        if (step == 0) {
            if (auto claimed = claim(plan, deadline); !claimed)
                return claimed;
        } else {
            const auto left = store().ask({{"GET", keptKey(plan, step - 1)}}, deadline);
            if (!left)
                return std::unexpected(left.error());
            cursor = left->at(0).text.isEmpty() ? "0" : left->at(0).text;
        }
        const bool isLast = step + 1 == plan.steps.size() || !isPart(plan.steps[step + 1]);
        for (int pages = 0; cursor != "end" && (isLast || pages < pagesAStep); ++pages) {
            const auto page = store().scan(pattern(plan.resource), cursor, deadline);
            if (!page)
                return std::unexpected(page.error());
            if (auto unlinked = unlink(plan, page->keys, gone, deadline); !unlinked)
                return unlinked;
            cursor = page->cursor == "0" ? "end" : page->cursor;
        }
        return leave(plan, step, cursor, deadline);
    }

    [[nodiscard]] QByteArray flushedKey(const QString &group) const { return "quarterdeck:flushed:" + pattern(group); }

    /// Of two who planned the same, the second would take away what the service has cached since.
    Result<void> claim(const Plan &plan, Deadline deadline)
    {
        const auto made = make(
            plan,
            {.body = claimScript,
             .keys = {flushedKey(plan.resource)},
             .arguments = {plan.id().toHex().first(24), plan.steps.first().arguments.value(3).toLatin1(), keptTime()}},
            deadline);
        if (!made && made.error().code == ErrorCode::BadInput)
            return failure(ErrorCode::BadInput,
                           u"somebody else flushed %1 since this was planned; make a new plan"_s.arg(plan.resource),
                           where());
        return made ? Result<void>() : std::unexpected(made.error());
    }

    static QByteArray keptTime() { return QByteArray::number(qint64{std::chrono::milliseconds(keptFor).count()}); }

    /// What a step leaves behind.
    static RedisStore::Change note(const Plan &plan, qsizetype step, const QByteArray &text)
    {
        return {.body = noteScript, .keys = {keptKey(plan, step)}, .arguments = {text, keptTime()}};
    }

    Result<void> leave(const Plan &plan, qsizetype step, const QByteArray &text, Deadline deadline)
    {
        const auto left = make(plan, note(plan, step, text), deadline);
        return left ? Result<void>() : std::unexpected(left.error());
    }

    static Deadline soon() { return std::chrono::steady_clock::now() + 10s; }

    /// It takes longer than the lease lasts.
    Result<void> holdOn()
    {
        if (std::chrono::steady_clock::now() < m_renewedAt + 10s)
            return {};
        m_renewedAt = std::chrono::steady_clock::now();
        return renew(soon());
    }

    Result<void> warm(const Plan &plan, qsizetype step, Deadline deadline)
    {
        if (auto opened = open(deadline); !opened)
            return opened;
        if (auto planned = asPlanned(plan, deadline); !planned)
            return planned;
        const auto answers = m_warmer.warm(plan.resource, [this] { return holdOn(); });
        if (!answers)
            return std::unexpected(answers.error());
        return leave(plan, step, answers->written(), soon());
    }

    /// That it is not back in time is no failure: what was to be done is done.
    Result<void> watch(const Plan &plan, qsizetype step, Deadline deadline)
    {
        if (auto opened = open(deadline); !opened)
            return opened;
        const auto end = std::chrono::steady_clock::now() + m_keys.warming.watchTime;
        const double wanted = plan.steps[step].arguments.value(1).toDouble() / 100;
        QList<CacheCounts> looks;
        std::optional<Share> rate;
        do {
            if (const auto now = counts(plan.resource, soon()))
                looks.append(*now);
            if (looks.size() > window)
                looks.removeFirst();
            if (looks.size() > 1)
                rate = looks.last().rateSince(looks.first(), fewest);
            if (rate && rate->of1 >= wanted)
                return leave(plan, step, "back " + QByteArray::number(qRound64(rate->of1 * 100)), soon());
            if (!m_warmer.line().sleep(m_keys.warming.look))
                return failure(ErrorCode::Cancelled, u"stopped while the hit rate was watched"_s, where());
            if (auto held = holdOn(); !held)
                return held;
        } while (std::chrono::steady_clock::now() < end);
        return leave(plan, step, rate ? "late " + QByteArray::number(qRound64(rate->of1 * 100)) : "quiet", soon());
    }

    [[nodiscard]] Check warmedCheck(const Phrase &step, const QByteArray &text) const
    {
        const Answers answers = Answers::from(text);
        Check check{.phrase = {u"cache-answers"_s, {step.arguments.value(0), answers.listed()}}};
        const qint64 wanted = step.arguments.value(1).toLongLong();
        if (answers.good() < wanted) {
            check.result = Check::Result::Warned;
            check.error = Error{ErrorCode::BadReply,
                                u"of %1 requests %2 were sent, and answered so: %3"_s.arg(wanted)
                                    .arg(answers.asked)
                                    .arg(answers.listed()),
                                {}};
        }
        return check;
    }

    [[nodiscard]] Check rateCheck(const Phrase &step, const QByteArray &text) const
    {
        const QList<QByteArray> said = text.split(' ');
        Check check{.phrase = {u"hit-rate-back"_s, {step.arguments.value(0), QString::fromUtf8(said.value(1))}}};
        if (said.first() == "back")
            return check;
        check.result = Check::Result::Warned;
        const QString found = said.first() == "late" ? u"it is %1 %"_s.arg(QString::fromUtf8(said.value(1)))
                                                     : u"too few looked anything up to tell"_s;
        check.error = Error{
            ErrorCode::Timeout,
            u"%1 after %2 s, and was to be %3 % again"_s.arg(found, step.arguments.value(2), step.arguments.value(1)),
            {}};
        return check;
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

    const CacheDeed m_deed;
    const CacheKeys m_keys;
    CacheWarmer m_warmer;
    std::chrono::steady_clock::time_point m_renewedAt;
};

std::expected<std::unique_ptr<Action>, QList<Error>> makeCacheAction(CacheDeed deed, const ActionSpec &spec,
                                                                     const Profile &profile, const Clock &clock,
                                                                     const RedisStore::Stop &stop)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    CacheKeys keys{.place = readRedisPlace(reader, spec, profile, &errors)};
    if (deed == CacheDeed::Flush)
        keys.pattern = reader.requiredString(u"keys");
    if (!keys.pattern.isEmpty() && keys.pattern.count("{group}"_L1) != 1)
        reader.error(reader.node(u"keys"), u"'keys': expected '{group}' once in it, such as cache:{group}:*"_s);
    for (const CachePolicy &cache : profile.caches)
        keys.groups.append(cache.group);
    if (keys.groups.isEmpty())
        reader.error(spec.options, u"only groups under 'caches' can be flushed or warmed; there are none"_s);
    keys.counters = readCacheCounters(reader, profile, errors);
    keys.warming = readCacheWarming(reader, profile, errors);
    if (deed == CacheDeed::Prewarm && keys.warming.paths.empty())
        reader.error(spec.options,
                     u"'warm' is missing: expected such as {paths: {pricing: [\"/api/pricing/{1-40}\"]}}"_s);
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return std::make_unique<FlushCache>(deed, std::move(keys), clock, stop);
}
} // namespace

std::unique_ptr<Action> flushCache(CacheKeys keys, const Clock &clock, const RedisStore::Stop &stop)
{
    return std::make_unique<FlushCache>(CacheDeed::Flush, std::move(keys), clock, stop);
}

std::unique_ptr<Action> prewarmCache(CacheKeys keys, const Clock &clock, const RedisStore::Stop &stop)
{
    return std::make_unique<FlushCache>(CacheDeed::Prewarm, std::move(keys), clock, stop);
}

QString warmingActionOf(QStringView kind, const QString &group, const Profile &profile)
{
    const auto spec = std::ranges::find_if(profile.actions, [&](const ActionSpec &each) {
        const ConfigNode *warm = each.options.find(u"warm");
        const ConfigNode *paths = warm ? warm->find(u"paths") : nullptr;
        return each.kind == kind && paths && paths->find(group);
    });
    return spec == profile.actions.end() ? QString() : spec->id;
}

std::expected<std::unique_ptr<Action>, QList<Error>> makeFlushAction(const ActionSpec &spec, const Profile &profile,
                                                                     const Clock &clock, const RedisStore::Stop &stop)
{
    return makeCacheAction(CacheDeed::Flush, spec, profile, clock, stop);
}

std::expected<std::unique_ptr<Action>, QList<Error>> makePrewarmAction(const ActionSpec &spec, const Profile &profile,
                                                                       const Clock &clock, const RedisStore::Stop &stop)
{
    return makeCacheAction(CacheDeed::Prewarm, spec, profile, clock, stop);
}

} // namespace qd
