/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/postgresql/postgres_row.h"

#include "base/redact.h"
#include "sources/evidence.h"
#include "sources/postgresql/ask.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype statementCap = 1'000; ///< characters

template <class T>
Value<T> converted(const Value<qint64> &number, auto convert)
{
    return {.value = number.value.transform(convert), .origin = number.origin};
}
} // namespace

QJsonDocument rowsAsJson(const PgRows &rows)
{
    QJsonArray all;
    for (const auto &row : rows.rows) {
        QJsonObject object;
        for (qsizetype i = 0; i < row.size() && i < rows.columns.size(); ++i)
            object.insert(rows.columns[i], row[i] ? QJsonValue(QString::fromUtf8(*row[i])) : QJsonValue());
        all.append(object);
    }
    return QJsonDocument(all);
}

Exchange psqlEvidence(const PostgresConnection &connection, const PgAnswer &answer)
{
    return evidence(lineByHand(connection, answer.sql), rowsAsJson(*answer.rows));
}

PgRow::PgRow(const PgAnswer &answer, int exchange, qsizetype row)
    : m_answer(answer)
    , m_exchange(exchange)
    , m_row(row)
{
}

std::optional<QByteArray> PgRow::cell(const char *column) const
{
    return m_answer.rows ? m_answer.rows->at(m_row, QString::fromLatin1(column)) : std::nullopt;
}

Origin PgRow::origin(const char *column) const
{
    return {m_exchange, u"/%1/%2"_s.arg(m_row).arg(QString::fromLatin1(column))};
}

Origin PgRow::origin() const
{
    return {m_exchange, u"/%1"_s.arg(m_row)};
}

Value<qint64> PgRow::count(const char *column) const
{
    const auto found = cell(column);
    return {.value = found ? countIn(*found) : std::nullopt, .origin = origin(column)};
}

Value<Bytes> PgRow::bytes(const char *column) const
{
    return converted<Bytes>(count(column), [](qint64 number) { return Bytes{number}; });
}

Value<QString> PgRow::text(const char *column) const
{
    Value<QString> value{.value = {}, .origin = origin(column)};
    if (const auto found = cell(column))
        value.value = cleaned(QString::fromUtf8(*found));
    return value;
}

Value<Millis> PgRow::millis(const char *column) const
{
    Value<Millis> value{.value = {}, .origin = origin(column)};
    const auto found = cell(column);
    bool ok = false;
    const double number = found ? found->toDouble(&ok) : 0;
    if (ok && std::isfinite(number))
        value.value = Millis(std::max(0.0, number));
    return value;
}

Value<Instant> PgRow::instant(const char *column) const
{
    return converted<Instant>(count(column), [](qint64 number) { return Instant(std::chrono::milliseconds(number)); });
}

Value<QString> PgRow::statement(const char *column) const
{
    Value<QString> value{.value = {}, .origin = origin(column)};
    // Masked before it is cut: half a secret has no end.
    if (const auto found = cell(column))
        value.value = cleaned(QString::fromUtf8(masked(*found)), statementCap);
    return value;
}

} // namespace qd
