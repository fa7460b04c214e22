/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/postgresql/ask.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// It becomes part of a statement.
QString name(ConfigReader &reader, QStringView key, const QRegularExpression &form, const QString &expected)
{
    const QString written = reader.string(key);
    if (written.isEmpty() || form.match(written).hasMatch())
        return written;
    reader.error(reader.node(key), u"'%1': expected the name of a %2"_s.arg(key, expected));
    return {};
}
} // namespace

Result<PgRows> askReadOnly(PgConnection &connection, const QByteArray &sql, PgConnection::Deadline deadline)
{
    if (auto begun = connection.query("BEGIN READ ONLY; SET LOCAL lock_timeout = '500ms'", {}, deadline); !begun)
        return begun;
    auto rows = connection.query(sql, {}, deadline);
    // Not ROLLBACK: the server counts it among what went wrong. Asked of a broken connection too, which refuses at
    // once: inside a transaction none counts as usable.
    if (auto ended = connection.query("COMMIT", {}, deadline); !ended && rows)
        return ended;
    return rows;
}

QString lineByHand(const PostgresConnection &connection, const QByteArray &sql)
{
    const QString line = psqlLine(connection, sql);
    return connection.password ? u"PGPASSWORD=… "_s + line : line;
}

QByteArray identifier(const QString &name)
{
    QStringList parts = name.split(u'.');
    for (QString &part : parts)
        part = u'"' + part + u'"';
    return parts.join(u'.').toUtf8();
}

QString tableName(ConfigReader &reader, QStringView key)
{
    static const QRegularExpression form(
        QRegularExpression::anchoredPattern(u"[A-Za-z_][A-Za-z0-9_$]{0,62}(\\.[A-Za-z_][A-Za-z0-9_$]{0,62})?"_s));
    return name(reader, key, form, u"table, such as alembic_version"_s);
}

QString columnName(ConfigReader &reader, QStringView key)
{
    static const QRegularExpression form(QRegularExpression::anchoredPattern(u"[A-Za-z_][A-Za-z0-9_$]{0,62}"_s));
    return name(reader, key, form, u"column, such as created_at"_s);
}

} // namespace qd
