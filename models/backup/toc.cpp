/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "backup/toc.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype mostEntries = 200'000;

/// Kinds of more than one word, as pg_restore writes them; all others are one word.
const QStringList &longKinds()
{
    static const QStringList kinds{u"ACCESS METHOD"_s,
                                   u"CHECK CONSTRAINT"_s,
                                   u"DEFAULT ACL"_s,
                                   u"DATABASE PROPERTIES"_s,
                                   u"EVENT TRIGGER"_s,
                                   u"FK CONSTRAINT"_s,
                                   u"FOREIGN DATA WRAPPER"_s,
                                   u"FOREIGN SERVER"_s,
                                   u"FOREIGN TABLE"_s,
                                   u"INDEX ATTACH"_s,
                                   u"LARGE OBJECT"_s,
                                   u"MATERIALIZED VIEW DATA"_s,
                                   u"MATERIALIZED VIEW"_s,
                                   u"OPERATOR CLASS"_s,
                                   u"OPERATOR FAMILY"_s,
                                   u"PROCEDURAL LANGUAGE"_s,
                                   u"PUBLICATION TABLES IN SCHEMA"_s,
                                   u"PUBLICATION TABLE"_s,
                                   u"ROW SECURITY"_s,
                                   u"SECURITY LABEL"_s,
                                   u"SEQUENCE OWNED BY"_s,
                                   u"SEQUENCE SET"_s,
                                   u"STATISTICS DATA"_s,
                                   u"SUBSCRIPTION TABLE"_s,
                                   u"TABLE ATTACH"_s,
                                   u"TABLE DATA"_s,
                                   u"TEXT SEARCH CONFIGURATION"_s,
                                   u"TEXT SEARCH DICTIONARY"_s,
                                   u"TEXT SEARCH PARSER"_s,
                                   u"TEXT SEARCH TEMPLATE"_s,
                                   u"USER MAPPING"_s,
                                   u"BLOB METADATA"_s,
                                   u"CONSTRAINT"_s};
    return kinds;
}

/// "; ID; TABLEOID OID KIND SCHEMA NAME OWNER".
std::optional<TocEntry> entryIn(const QString &line)
{
    static const QRegularExpression form(u"^(\\d+); \\d+ \\d+ (.+)$"_s);
    const auto match = form.match(line);
    if (!match.hasMatch())
        return std::nullopt;
    TocEntry entry{.id = match.captured(1).toInt()};
    QString rest = match.captured(2);
    for (const QString &kind : longKinds()) {
        if (rest.startsWith(kind + u' ') && kind.size() > entry.kind.size())
            entry.kind = kind;
    }
    if (entry.kind.isEmpty())
        entry.kind = rest.section(u' ', 0, 0);
    rest = rest.mid(entry.kind.size() + 1);
    entry.schema = rest.section(u' ', 0, 0);
    const QString named = rest.section(u' ', 1);
    // The owner stands last, and is no more than spaces where there is none; names may have spaces in them.
    entry.owner = named.section(u' ', -1);
    entry.name = named.left(named.size() - entry.owner.size()).trimmed();
    if (entry.name.isEmpty())
        std::swap(entry.name, entry.owner);
    return entry;
}
} // namespace

qsizetype Toc::count(QStringView kind) const
{
    return std::ranges::count(entries, kind, &TocEntry::kind);
}

Result<Toc> tocFrom(const QByteArray &listed)
{
    Toc toc;
    const QString text = QString::fromUtf8(listed);
    const auto told = [](QStringView line, QLatin1StringView name) -> std::optional<QString> {
        const qsizetype at = line.indexOf(name);
        return at < 0 ? std::nullopt : std::optional(line.sliced(at + name.size()).trimmed().toString());
    };
    for (const QString &line : text.split(u'\n', Qt::SkipEmptyParts)) {
        if (line.startsWith(u';')) {
            if (const auto at = told(line, "Archive created at "_L1))
                toc.createdAt = *at;
            else if (const auto name = told(line, "    dbname: "_L1))
                toc.database = *name;
            else if (const auto format = told(line, "    Format: "_L1))
                toc.format = *format;
            else if (const auto from = told(line, "Dumped from database version: "_L1))
                toc.serverVersion = *from;
            else if (const auto by = told(line, "Dumped by pg_dump version: "_L1))
                toc.dumpVersion = *by;
            continue;
        }
        if (const auto entry = entryIn(line))
            toc.entries.append(*entry);
        if (toc.entries.size() > mostEntries)
            return failure(ErrorCode::TooLarge, u"its table of contents has more than %1 entries"_s.arg(mostEntries));
    }
    if (toc.format.isEmpty() || toc.dumpVersion.isEmpty())
        return failure(ErrorCode::BadReply, u"expected a table of contents from pg_restore"_s);
    return toc;
}

Result<PgVersion> pgVersionIn(const QString &said)
{
    static const QRegularExpression form(u"(\\d+)(?:\\.(\\d+))?"_s);
    const auto match = form.match(said);
    if (!match.hasMatch())
        return failure(ErrorCode::BadReply, u"expected a version of PostgreSQL, not '%1'"_s.arg(said.left(60)));
    return PgVersion{.major = match.captured(1).toInt(), .minor = match.captured(2).toInt()};
}

} // namespace qd
