/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/custody/custody.h"
#include "sources/evidence.h"
#include "sources/postgresql/ask.h"

#include <QRegularExpression>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Kind = CustodyOptions::Kind;

QString factKind(Kind kind)
{
    return QString::fromLatin1(kind == Kind::SigningKeys ? SigningKey::kind
                               : kind == Kind::ApiKeys   ? ApiKey::kind
                                                         : FeatureFlag::kind);
}

QByteArray column(const TableMap &map, const QString &field)
{
    return identifier(map.columns.at(field));
}

bool isTime(const QString &field)
{
    return field.endsWith(u"_at"_s) || field == "retire_after"_L1;
}

/// A field as the statement asks for it. Whoever named the column of the whole key by mistake must not read it here.
QByteArray asked(const TableMap &map, const QString &field)
{
    const QByteArray from = column(map, field);
    const QByteArray as = " AS " + field.toLatin1();
    if (isTime(field))
        return "extract(epoch FROM " + from + ')' + as;
    return "left(" + from + "::text, " + (field == "prefix"_L1 ? "24" : "200") + ')' + as;
}

/// What matters most first, since not all may be read.
QByteArray order(const TableMap &map, Kind kind)
{
    QByteArrayList terms;
    const auto add = [&](const QString &field, const QByteArray &how) {
        if (map.has(field))
            terms.append(column(map, field) + how);
    };
    add(u"revoked_at"_s, " IS NOT NULL");
    add(u"last_used_at"_s, " DESC NULLS LAST");
    add(u"activated_at"_s, " DESC NULLS FIRST");
    add(kind == Kind::Flags ? u"key"_s : u"id"_s, {});
    return " ORDER BY " + terms.join(", ");
}

QByteArray rowsStatement(const CustodyOptions &options)
{
    const TableMap &map = options.rows;
    QByteArrayList fields;
    for (const auto &[field, from] : map.columns)
        fields.append(asked(map, field));
    if (options.liveWithin.count() > 0)
        fields.append(column(map, u"updated_at"_s) + " <= now() - interval '" +
                      QByteArray::number(static_cast<qint64>(options.liveWithin.count())) + " seconds' AS is_live");
    return "SELECT " + fields.join(", ") + " FROM " + identifier(map.table) + order(map, options.kind) + " LIMIT " +
           QByteArray::number(custodyRows + 1);
}

QByteArray sessionsStatement(const TableMap &map)
{
    const QByteArray key = column(map, u"key"_s);
    const QByteArray expires = column(map, u"expires_at"_s);
    QByteArray alive = '(' + expires + " IS NULL OR " + expires + " > now())";
    if (map.has(u"revoked_at"_s))
        alive += " AND " + column(map, u"revoked_at"_s) + " IS NULL";
    return "SELECT left(" + key + "::text, 200) AS id, count(*) AS alive, max(extract(epoch FROM " + expires +
           ")) AS last_expiry FROM " + identifier(map.table) + " WHERE " + alive + " GROUP BY 1 ORDER BY 1 LIMIT " +
           QByteArray::number(custodyRows + 1);
}

/// Everybody may ask it, whatever he may read of the table itself.
QByteArray columnsStatement(const TableMap &map)
{
    return "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('" + identifier(map.table) +
           "') AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
}

/// One row of an answer as values with their origin.
class Row
{
public:
    Row(const PgRows &rows, qsizetype index, int exchange)
        : m_rows(rows)
        , m_index(index)
        , m_exchange(exchange)
    {
    }

    [[nodiscard]] Value<QString> text(const QString &field) const
    {
        return read<QString>(field, [](const QByteArray &cell) { return cleaned(QString::fromUtf8(cell)); });
    }
    [[nodiscard]] Value<qint64> count(const QString &field) const { return read<qint64>(field, countIn); }
    /// Nothing for "infinity": what never ends has no end.
    [[nodiscard]] Value<Instant> time(const QString &field) const
    {
        return read<Instant>(field, [](const QByteArray &cell) -> std::optional<Instant> {
            constexpr double latest = 253'402'300'799; // the end of the year 9999
            bool ok = false;
            const double seconds = cell.toDouble(&ok);
            if (!ok || !std::isfinite(seconds) || std::abs(seconds) > latest)
                return std::nullopt;
            return Instant(std::chrono::milliseconds(std::llround(seconds * 1000)));
        });
    }
    /// "on" or "off" where it is one, else as written.
    [[nodiscard]] Value<QString> setting(const QString &field) const
    {
        Value<QString> value = text(field);
        const QString word = value.valueOr({}).toLower();
        if (QStringList{u"t"_s, u"true"_s, u"on"_s}.contains(word))
            value.value = u"on"_s;
        else if (QStringList{u"f"_s, u"false"_s, u"off"_s}.contains(word))
            value.value = u"off"_s;
        return value;
    }

private:
    template <class T>
    [[nodiscard]] Value<T> read(const QString &field, auto meaning) const
    {
        Value<T> value;
        const auto cell = m_rows.at(m_index, field);
        if (!m_rows.columns.contains(field))
            return value;
        value.origin = {m_exchange, u"/%1/%2"_s.arg(m_index).arg(field)};
        if (cell)
            value.value = meaning(*cell);
        return value;
    }

    const PgRows &m_rows;
    qsizetype m_index;
    int m_exchange;
};

SigningKey signingKey(const Row &row, const CustodyOptions &options)
{
    SigningKey key;
    key.id = row.text(u"id"_s).valueOr({});
    const Value<QString> word = row.text(u"state"_s);
    key.state.origin = word.origin;
    if (word.has()) {
        const auto known = options.words.find(word->toLower());
        key.state.value = known == options.words.end() ? KeyState::Unknown : known->second;
    }
    key.createdAt = row.time(u"created_at"_s);
    key.activatedAt = row.time(u"activated_at"_s);
    key.retireAfter = row.time(u"retire_after"_s);
    return key;
}

ApiKey apiKey(const Row &row)
{
    ApiKey key;
    key.id = row.text(u"id"_s).valueOr({});
    key.label = row.text(u"label"_s);
    key.prefix = row.text(u"prefix"_s);
    key.tier = row.text(u"tier"_s);
    key.role = row.text(u"role"_s);
    key.createdAt = row.time(u"created_at"_s);
    key.lastUsedAt = row.time(u"last_used_at"_s);
    key.expiresAt = row.time(u"expires_at"_s);
    key.revokedAt = row.time(u"revoked_at"_s);
    return key;
}

FeatureFlag flag(const Row &row)
{
    FeatureFlag flag;
    flag.key = row.text(u"key"_s).valueOr({});
    flag.set = row.setting(u"set"_s);
    flag.rollout = row.count(u"rollout_percent"_s);
    flag.updatedBy = row.text(u"updated_by"_s);
    flag.updatedAt = row.time(u"updated_at"_s);
    // A service that reads the table so often has read it since.
    if (const Value<QString> isLive = row.setting(u"is_live"_s); isLive.valueOr({}) == "on"_L1)
        flag.effective = flag.set;
    return flag;
}

bool isCut(const PgRows &rows)
{
    return rows.rows.size() > custodyRows;
}

/// Tokens by key. That a whole answer has no row of a key means that none of its tokens is alive.
void addTokens(SigningKey &key, const PgRows &sessions, int exchange)
{
    if (!isCut(sessions))
        key.tokens = {.value = 0, .origin = {exchange, {}}};
    for (qsizetype i = 0; i < sessions.rows.size(); ++i) {
        const Row row(sessions, i, exchange);
        if (row.text(u"id"_s).valueOr({}) != key.id)
            continue;
        key.tokens = row.count(u"alive"_s);
        key.lastTokenExpiry = row.time(u"last_expiry"_s);
    }
}

/// As somebody would write it in SQL.
QString written(const QString &column)
{
    static const QRegularExpression plain(QRegularExpression::anchoredPattern(u"[a-z_][a-z0-9_$]*"_s));
    return plain.match(column).hasMatch() ? column : u'"' + column + u'"';
}

QStringList namesIn(const PgRows &rows)
{
    QStringList names;
    for (qsizetype i = 0; i < rows.rows.size(); ++i)
        names.append(cleaned(QString::fromUtf8(rows.at(i, u"attname").value_or(QByteArray())), 63));
    return names;
}

/// What to write where a table or a column was not found.
QString notFound(const Error &error, const TableMap &map, const PgAnswer &columns, const QString &under)
{
    if (!columns.rows)
        return error.message;
    const QStringList there = namesIn(*columns.rows);
    if (there.isEmpty())
        return u"there is no table %1; write its name as 'table' under %2, or take it out of the profile"_s.arg(
            map.table, under);
    for (const auto &[field, name] : map.columns) {
        if (there.contains(name))
            continue;
        const QString nearest = nearestOf(name, there);
        return u"the table %1 has no column %2; write '%3: %4' under %5 (it has %6)"_s.arg(
            map.table, name, field, nearest.isEmpty() ? u"…"_s : nearest, under, there.mid(0, 30).join(u", "_s));
    }
    return u"%1; a time is expected to be a timestamp or a date"_s.arg(error.message);
}

/// Why a table could not be read, with what to do about it.
Refusal refusal(const QString &what, const Error &error, const TableMap &map, const PgAnswer &columns,
                const QString &under, const QString &user)
{
    Error told = error;
    if (error.code == ErrorCode::NotFound) {
        told.message = notFound(error, map, columns, under);
    } else if (error.code == ErrorCode::Forbidden) {
        QStringList names;
        for (const auto &[field, name] : map.columns)
            names.append(written(name));
        told.message = u"%1 may not read %2; GRANT SELECT (%3) ON %2 TO %1"_s.arg(user, map.table, names.join(u", "_s));
    }
    return {what, told};
}
} // namespace

CustodyAnswers custodyStatements(const CustodyOptions &options)
{
    CustodyAnswers ask;
    ask.rows.sql = rowsStatement(options);
    ask.columns.sql = columnsStatement(options.rows);
    if (!options.sessions.table.isEmpty()) {
        ask.sessions.sql = sessionsStatement(options.sessions);
        ask.sessionColumns.sql = columnsStatement(options.sessions);
    }
    return ask;
}

Findings custodyFindings(const CustodyAnswers &answers, const CustodyOptions &options,
                         const PostgresConnection &connection)
{
    const QString kind = factKind(options.kind);
    Findings findings;
    if (!answers.rows.rows) {
        findings.refusals.append(refusal(kind, answers.rows.rows.error(), options.rows, answers.columns,
                                         u"'columns' of this source"_s, connection.user));
        return findings;
    }
    const PgRows &rows = *answers.rows.rows;
    const int sessionsAt = 1;
    const auto where = Value<QString>{.value = u"table "_s + options.rows.table, .origin = {0, {}}};
    for (qsizetype i = 0; i < std::min(rows.rows.size(), custodyRows); ++i) {
        const Row row(rows, i, 0);
        if (row.text(options.kind == Kind::Flags ? u"key"_s : u"id"_s).valueOr({}).isEmpty())
            continue; // without a name it cannot be told from others
        if (options.kind == Kind::ApiKeys) {
            findings.facts.append(apiKey(row));
        } else if (options.kind == Kind::Flags) {
            FeatureFlag fact = flag(row);
            fact.where = where;
            findings.facts.append(fact);
        } else {
            SigningKey fact = signingKey(row, options);
            fact.where = where;
            if (answers.sessions.rows)
                addTokens(fact, *answers.sessions.rows, sessionsAt);
            findings.facts.append(fact);
        }
    }
    const auto refuseCut = [&](const QString &part, const QString &table, const QString &message) {
        findings.refusals.append({kind + part, {ErrorCode::TooLarge, message.arg(table).arg(custodyRows), table}});
    };
    if (isCut(rows))
        refuseCut(u"/rest"_s, options.rows.table, u"%1 has over %2 rows; the others are not read"_s);
    if (answers.sessions.rows && isCut(*answers.sessions.rows))
        refuseCut(u"/tokens"_s, options.sessions.table,
                  u"%1 names over %2 keys; the tokens of the others are not counted"_s);
    if (!answers.sessions.sql.isEmpty() && !answers.sessions.rows)
        findings.refusals.append(refusal(kind + u"/tokens"_s, answers.sessions.rows.error(), options.sessions,
                                         answers.sessionColumns, u"'sessions' of this source"_s, connection.user));
    return findings;
}

} // namespace qd
