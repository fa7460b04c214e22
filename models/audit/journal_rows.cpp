/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/journal_query.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {

constexpr auto entryColumns = "seq, at, kind, operator, host, deployment, plan, step, reason, body, previous, hash"_L1;

qint64 numberOf(Instant at)
{
    return at.time_since_epoch().count();
}

Instant instantOf(const QVariant &value)
{
    return Instant(std::chrono::milliseconds(value.toLongLong()));
}

// Null strings and arrays would be bound as NULL.
QVariant bound(const QString &text)
{
    return text.isNull() ? u""_s : text;
}
QVariant bound(const QByteArray &bytes)
{
    return bytes.isNull() ? QByteArray("") : bytes;
}

Entry entryOf(const QSqlQuery &row)
{
    return {.seq = row.value(0).toLongLong(),
            .at = instantOf(row.value(1)),
            .kind = row.value(2).toString(),
            .operatorId = row.value(3).toString(),
            .host = row.value(4).toString(),
            .deployment = row.value(5).toString(),
            .planId = row.value(6).toByteArray(),
            .step = row.value(7).toInt(),
            .reason = row.value(8).toString(),
            .body = row.value(9).toByteArray(),
            .previous = row.value(10).toByteArray(),
            .hash = row.value(11).toByteArray()};
}

Head headOf(const QSqlQuery &row)
{
    return {.seq = row.value(0).toLongLong(),
            .hash = row.value(1).toByteArray(),
            .at = instantOf(row.value(2)),
            .key = row.value(3).toByteArray(),
            .signature = row.value(4).toByteArray()};
}

} // namespace

Result<void> JournalFile::insert(const Entry &entry)
{
    Query query(*this, u"INSERT INTO entries (%1) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s.arg(entryColumns));
    return query.bind(entry.seq)
        .bind(numberOf(entry.at))
        .bind(bound(entry.kind))
        .bind(bound(entry.operatorId))
        .bind(bound(entry.host))
        .bind(bound(entry.deployment))
        .bind(bound(entry.planId))
        .bind(entry.step)
        .bind(bound(entry.reason))
        .bind(bound(entry.body))
        .bind(bound(entry.previous))
        .bind(bound(entry.hash))
        .run();
}

Result<void> JournalFile::insert(const Head &head)
{
    Query query(*this, u"INSERT OR IGNORE INTO heads (seq, hash, at, key, signature) VALUES (?, ?, ?, ?, ?)"_s);
    return query.bind(head.seq).bind(head.hash).bind(numberOf(head.at)).bind(head.key).bind(head.signature).run();
}

Result<void> JournalFile::markWitnessed(const Head &head, Instant at)
{
    Query query(*this, u"UPDATE heads SET witnessed = ? WHERE seq = ? AND key = ?"_s);
    return query.bind(numberOf(at)).bind(head.seq).bind(head.key).run();
}

Result<void> JournalFile::touch(Instant at)
{
    Query query(*this, u"INSERT INTO touched VALUES (0, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at"_s);
    return query.bind(numberOf(at)).run();
}

Result<QList<Entry>> JournalFile::entries(const EntryFilter &filter)
{
    const QString plan = filter.planId ? u" AND plan = ? AND plan <> x''"_s : QString();
    const QString kind = filter.kind.isEmpty() ? QString() : u" AND kind = ?"_s;
    Query query(*this, u"SELECT %1 FROM entries WHERE seq > ?%2%3 ORDER BY seq %4 LIMIT ?"_s.arg(
                           entryColumns, plan, kind, filter.newest ? u"DESC"_s : u"ASC"_s));
    query.bind(filter.sinceSeq);
    if (filter.planId)
        query.bind(bound(*filter.planId));
    if (!filter.kind.isEmpty())
        query.bind(filter.kind);
    query.bind(filter.limit);
    if (auto asked = query.run(); !asked)
        return std::unexpected(asked.error());
    QList<Entry> entries;
    for (;;) {
        const auto more = query.next();
        if (!more)
            return std::unexpected(more.error());
        if (!*more)
            break;
        entries += entryOf(query.row());
    }
    if (filter.newest)
        std::ranges::reverse(entries);
    return entries;
}

Result<std::optional<Entry>> JournalFile::last()
{
    const auto newest = entries({.limit = 1, .newest = true});
    if (!newest)
        return std::unexpected(newest.error());
    const auto most = counted();
    if (!most)
        return std::unexpected(most.error());
    std::optional<Entry> last;
    if (!newest->isEmpty())
        last = newest->first();
    if (*most > (last ? last->seq : 0) || (last && hashOf(*last) != last->hash))
        return failure(ErrorCode::BadReply,
                       u"the end of the journal was changed by something else than Quarterdeck, so nothing is added to "
                       "it. Keep the file, run: quarterdeck-cli audit verify, and begin a new journal"_s,
                       m_path);
    return last;
}

Result<void> JournalFile::eachEntry(const std::function<bool(const Entry &)> &take)
{
    Query query(*this, u"SELECT %1 FROM entries ORDER BY seq"_s.arg(entryColumns));
    if (auto asked = query.run(); !asked)
        return asked;
    for (;;) {
        const auto more = query.next();
        if (!more)
            return std::unexpected(more.error());
        if (!*more || !take(entryOf(query.row())))
            return {};
    }
}

Result<QList<QByteArray>> JournalFile::unfinished()
{
    // An end at a step is of who was refused before it, and ends nobody's intent.
    Query query(*this, u"SELECT plan, max(CASE WHEN kind <> 'end' THEN seq END) AS begun, "
                       "max(CASE WHEN kind = 'start' THEN seq END) AS started, "
                       "max(CASE WHEN kind = 'intent' THEN seq END) AS meant, "
                       "max(CASE WHEN kind = 'end' THEN seq END) AS ended, "
                       "max(CASE WHEN kind = 'end' AND step < 0 THEN seq END) AS closed FROM entries "
                       "WHERE kind IN ('start', 'intent', 'end') AND plan <> x'' "
                       "GROUP BY plan HAVING started > coalesce(ended, 0) OR meant > coalesce(closed, 0) "
                       "ORDER BY begun"_s);
    if (auto asked = query.run(); !asked)
        return std::unexpected(asked.error());
    QList<QByteArray> plans;
    for (;;) {
        const auto more = query.next();
        if (!more)
            return std::unexpected(more.error());
        if (!*more)
            return plans;
        plans += query.row().value(0).toByteArray();
    }
}

Result<QList<Head>> JournalFile::heads()
{
    Query query(*this, u"SELECT seq, hash, at, key, signature FROM heads ORDER BY seq"_s);
    if (auto asked = query.run(); !asked)
        return std::unexpected(asked.error());
    QList<Head> heads;
    for (;;) {
        const auto more = query.next();
        if (!more)
            return std::unexpected(more.error());
        if (!*more)
            return heads;
        heads += headOf(query.row());
    }
}

Result<qint64> JournalFile::counted()
{
    return number(u"SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'entries'), 0)"_s);
}

Result<JournalFile::Witnessed> JournalFile::witnessed()
{
    Witnessed found;
    Query seen(*this, u"SELECT seq, witnessed FROM heads WHERE witnessed IS NOT NULL ORDER BY seq DESC LIMIT 1"_s);
    if (auto asked = seen.run(); !asked)
        return std::unexpected(asked.error());
    const auto any = seen.next();
    if (!any)
        return std::unexpected(any.error());
    if (*any) {
        found.seq = seen.row().value(0).toLongLong();
        found.at = instantOf(seen.row().value(1));
    }
    const auto after = entries({.sinceSeq = found.seq.value_or(0), .limit = 1});
    if (!after)
        return std::unexpected(after.error());
    if (!after->isEmpty())
        found.unwitnessedSince = after->first().at;
    Query newer(*this, u"SELECT seq, hash, at, key, signature FROM heads WHERE seq > ? ORDER BY seq DESC LIMIT 1"_s);
    if (auto asked = newer.bind(found.seq.value_or(0)).run(); !asked)
        return std::unexpected(asked.error());
    const auto waits = newer.next();
    if (!waits)
        return std::unexpected(waits.error());
    if (*waits)
        found.waiting = headOf(newer.row());
    return found;
}

} // namespace qd
