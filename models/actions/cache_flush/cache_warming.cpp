/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/cache_flush/cache_warming.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto requestTime = 10s;
constexpr int mostUnanswered = 3; ///< in a row

/// "/api/pricing/{1-40}" as forty paths; nothing: it is no path, or stands for too many.
std::optional<QStringList> expanded(const QString &path)
{
    static const QRegularExpression range(u"\\{(\\d{1,9})-(\\d{1,9})\\}"_s);
    const QRegularExpressionMatch match = range.match(path);
    if (!path.startsWith(u'/') || path.startsWith("//"_L1))
        return std::nullopt;
    if (!match.hasMatch())
        return path.contains(u'{') ? std::nullopt : std::optional(QStringList{path});
    const int first = match.captured(1).toInt();
    const int last = match.captured(2).toInt();
    if (last < first || last - first >= CacheWarming::most)
        return std::nullopt;
    QStringList paths;
    for (int i = first; i <= last; ++i)
        paths.append(path.first(match.capturedStart()) + QString::number(i) + path.mid(match.capturedEnd()));
    return paths;
}
} // namespace

std::optional<Share> CacheCounts::rateSince(const CacheCounts &before, qint64 least) const
{
    if (!misses || !before.misses)
        return std::nullopt;
    const qint64 found = hits - before.hits;
    const qint64 all = found + *misses - *before.misses;
    if (found < 0 || all < std::max<qint64>(1, least))
        return std::nullopt; // set back, or too few to tell
    return Share{static_cast<double>(found) / static_cast<double>(all)};
}

QByteArray Answers::written() const
{
    QByteArray text = QByteArray::number(asked);
    for (const auto &[status, count] : byStatus)
        text += ' ' + QByteArray::number(status) + '=' + QByteArray::number(count);
    return text;
}

Answers Answers::from(const QByteArray &written)
{
    const QList<QByteArray> parts = written.split(' ');
    Answers answers{.asked = parts.first().toLongLong(), .byStatus = {}};
    for (const QByteArray &part : parts.sliced(1))
        answers.byStatus[part.left(part.indexOf('=')).toInt()] = part.mid(part.indexOf('=') + 1).toLongLong();
    return answers;
}

qint64 Answers::good() const
{
    qint64 all = 0;
    for (const auto &[status, count] : byStatus)
        all += status >= 200 && status < 300 ? count : 0;
    return all;
}

QString Answers::listed() const
{
    QStringList parts;
    for (const auto &[status, count] : byStatus)
        parts.append(u"%1 × %2"_s.arg(count).arg(status == 0 ? u"no answer"_s : QString::number(status)));
    return parts.join(u", "_s);
}

CacheWarmer::CacheWarmer(const CacheCounters &counters, const CacheWarming &warming, const RedisStore::Stop &stop)
    : m_counters(counters)
    , m_warming(warming)
    , m_line(stop)
    , m_service(m_warming.connection, m_line)
{
}

Result<Answers> CacheWarmer::warm(const QString &group, const Meanwhile &meanwhile)
{
    const auto found = m_warming.paths.find(group);
    const QStringList paths = found == m_warming.paths.end() ? QStringList() : found->second;
    Answers answers;
    int unanswered = 0;
    for (const QString &path : paths) {
        if (answers.asked > 0 && !m_line.sleep(m_warming.pace))
            return failure(ErrorCode::Cancelled, u"stopped between two requests"_s);
        const auto reply = m_service.ask({.path = path}, std::chrono::steady_clock::now() + requestTime);
        if (!reply && reply.error().code == ErrorCode::Cancelled)
            return std::unexpected(reply.error());
        const int status = reply ? reply->status : 0;
        ++answers.asked;
        ++answers.byStatus[status];
        unanswered = reply ? 0 : unanswered + 1;
        if (status == 429 || unanswered == mostUnanswered)
            break;
        if (auto goesOn = meanwhile(); !goesOn)
            return std::unexpected(goesOn.error());
    }
    return answers;
}

Result<CacheCounts> CacheWarmer::counts(const QString &group, Deadline deadline)
{
    const auto answer = m_line.poll(m_counters.source, m_counters.factory, deadline);
    if (!answer)
        return std::unexpected(answer.error());
    if (!answer->outcome)
        return std::unexpected(answer->outcome.error());
    for (const Fact &fact : answer->outcome->facts) {
        const auto *cache = std::get_if<Cache>(&fact);
        if (cache && cache->group == group && cache->hits.has())
            return CacheCounts{.hits = *cache->hits,
                               .misses = cache->misses.has() ? std::optional(*cache->misses) : std::nullopt};
    }
    return failure(ErrorCode::NotFound, u"%1 does not count the lookups of %2"_s.arg(m_counters.source, group));
}

CacheCounters readCacheCounters(ConfigReader &reader, const Profile &profile, QList<Error> &errors)
{
    CacheCounters counters;
    const ConfigNode stats = reader.map(u"stats");
    if (reader.has(u"stats")) {
        ConfigReader part(stats, &errors);
        counters.hash = part.requiredString(u"hash");
        counters.hits = part.requiredString(u"hits");
        counters.misses = part.string(u"misses");
        part.finish();
    }
    counters.source = reader.string(u"counted_by");
    if (counters.source.isEmpty())
        return counters;
    const auto source = std::ranges::find(profile.sources, counters.source, &SourceSpec::id);
    if (reader.has(u"stats"))
        reader.error(reader.node(u"counted_by"), u"'counted_by': 'stats' tells the counters already"_s);
    else if (source == profile.sources.end())
        reader.error(reader.node(u"counted_by"),
                     u"'counted_by': the profile has no source '%1'"_s.arg(counters.source));
    else if (!factKindsOf(source->kind).contains(QLatin1StringView(Cache::kind)))
        reader.error(reader.node(u"counted_by"),
                     u"'counted_by': '%1' is of kind %2, which tells no lookups"_s.arg(source->id, source->kind));
    else if (const auto factory = sourceFactory(*source, profile))
        counters.factory = *factory;
    else
        errors += factory.error();
    return counters;
}

CacheWarming readCacheWarming(ConfigReader &reader, const Profile &profile, QList<Error> &errors)
{
    CacheWarming warming;
    for (const CachePolicy &cache : profile.caches) {
        if (cache.hitRateAtLeast)
            warming.wanted[cache.group] = *cache.hitRateAtLeast;
    }
    warming.watchTime = reader.duration(u"watch", warming.watchTime, 1h);
    const ConfigNode node = reader.map(u"warm");
    if (!reader.has(u"warm"))
        return warming;
    ConfigReader part(node, &errors);
    const QString name = part.string(u"connection", u"http"_s);
    if (const auto *connection = profile.connection<HttpConnection>(name))
        warming.connection = *connection;
    else
        part.error(part.node(u"connection"), u"'warm': the profile has no HTTP connection '%1'"_s.arg(name));
    warming.pace = part.duration(u"pace", warming.pace, 1min);
    const ConfigNode paths = part.map(u"paths");
    ConfigReader groups(paths, &errors);
    for (const ConfigNode::Entry &entry : paths.entries) {
        QStringList all;
        for (const QString &path : groups.strings(entry.key)) {
            const auto these = expanded(path);
            if (!these || all.size() + these->size() > CacheWarming::most)
                part.error(
                    entry.value,
                    u"'%1': expected up to %2 paths, such as /api/pricing/7, or /api/pricing/{1-40}"_s.arg(path).arg(
                        CacheWarming::most));
            else
                all += *these;
        }
        if (std::ranges::find(profile.caches, entry.key, &CachePolicy::group) == profile.caches.end())
            part.error(entry.value, u"there is no '%1' under 'caches'"_s.arg(entry.key));
        warming.paths[entry.key] = all;
    }
    part.finish();
    return warming;
}

} // namespace qd
