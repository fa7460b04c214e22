/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"
#include "sources/custody/custody.h"
#include "sources/evidence.h"
#include "sources/postgresql/ask.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Kind = CustodyOptions::Kind;

/// Asks for the table's columns as well where it, or one of them, was not found.
void askTable(PgConnection &connection, PgConnection::Deadline deadline, PgAnswer &rows, PgAnswer &columns)
{
    rows.rows = askReadOnly(connection, rows.sql, deadline);
    if (!rows.rows && rows.rows.error().code == ErrorCode::NotFound)
        columns.rows = askReadOnly(connection, columns.sql, deadline);
}

/// That the tokens cannot be counted in half of the time, of a table that may be huge, costs the keys nothing.
Result<void> askAll(PgConnection &connection, PgConnection::Deadline deadline, CustodyAnswers &answers)
{
    askTable(connection, deadline, answers.rows, answers.columns);
    if (!connection.usable() && !answers.rows.rows)
        return std::unexpected(answers.rows.rows.error());
    if (!answers.sessions.sql.isEmpty() && answers.rows.rows) {
        const auto now = std::chrono::steady_clock::now();
        askTable(connection, now + (deadline - now) / 2, answers.sessions, answers.sessionColumns);
    }
    return {};
}

class CustodySource final : public Source
{
public:
    CustodySource(PgPool &pool, PostgresConnection connection, CustodyOptions options,
                  std::chrono::milliseconds deadline)
        : m_pool(pool)
        , m_connection(std::move(connection))
        , m_options(std::move(options))
        , m_deadline(deadline)
    {
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        // Shared between the pool's thread, which fills it, and this one, which reads it once the pool is done.
        const auto answers = std::make_shared<CustodyAnswers>(custodyStatements(m_options));
        return m_pool.run(
            m_connection, m_deadline,
            [answers](PgConnection &connection, PgConnection::Deadline deadline) {
                return askAll(connection, deadline, *answers);
            },
            [answers, done = std::move(done), connection = m_connection, options = m_options](const Result<void> &ran) {
                done(answerOf(*answers, ran, connection, options));
            });
    }

private:
    static SourceAnswer answerOf(const CustodyAnswers &answers, const Result<void> &ran,
                                 const PostgresConnection &connection, const CustodyOptions &options)
    {
        if (!ran)
            return {.outcome = std::unexpected(ran.error()), .exchanges = {}};
        SourceAnswer answer{.outcome = custodyFindings(answers, options, connection), .exchanges = {}};
        for (const PgAnswer *each : {&answers.rows, &answers.columns, &answers.sessions, &answers.sessionColumns}) {
            if (each->rows)
                answer.exchanges.append(evidence(lineByHand(connection, each->sql), rowsAsJson(*each->rows)));
        }
        return answer;
    }

    PgPool &m_pool;
    const PostgresConnection m_connection;
    const CustodyOptions m_options;
    const std::chrono::milliseconds m_deadline;
};

/// True for a column that may hold a secret or what checks one: "token_hash", but not "token_expires_at".
bool isSecret(const QString &column)
{
    static const QStringList harmless{u"_at"_s, u"_id"_s, u"_prefix"_s, u"_name"_s,
                                      u"At"_s,  u"Id"_s,  u"Prefix"_s,  u"Name"_s};
    if (std::ranges::any_of(harmless, [&](const QString &end) { return column.endsWith(end); }))
        return false;
    const QString name = column.toLower();
    static const QStringList checks{u"hash"_s, u"digest"_s, u"hmac"_s};
    return namesSecret(name) || std::ranges::any_of(checks, [&](const QString &part) { return name.contains(part); });
}

/// In a table of API keys "key" is the whole one, whichever field it is to be; "key_id" and "key_prefix" are not.
bool isSecretOfApiKeys(const QString &column)
{
    return isSecret(column) || column.endsWith("key"_L1, Qt::CaseInsensitive) ||
           column.endsWith("value"_L1, Qt::CaseInsensitive);
}

/// `fields` of `node`, the first `required` of which must be there.
std::map<QString, QString> readColumns(ConfigReader &reader, const ConfigNode &node, const QStringList &fields,
                                       qsizetype required, bool (*isRefused)(const QString &))
{
    std::map<QString, QString> columns;
    for (qsizetype i = 0; i < fields.size(); ++i) {
        const QString &field = fields[i];
        if (i < required && !reader.has(field))
            reader.error(node, u"'%1' is missing: expected the name of a column"_s.arg(field));
        const QString column = columnName(reader, field);
        if (isRefused(column))
            reader.error(reader.node(field), u"'%1': no column is read that is called like a secret"_s.arg(field));
        else if (!column.isEmpty())
            columns[field] = column;
    }
    return columns;
}

TableMap readTable(ConfigReader &reader, const QStringList &fields, bool (*isRefused)(const QString &),
                   QList<Error> *errors)
{
    TableMap map;
    if (!reader.has(u"table"))
        static_cast<void>(reader.requiredString(u"table"));
    map.table = tableName(reader, u"table");
    const ConfigNode node = reader.map(u"columns");
    ConfigReader columns(node, errors);
    map.columns = readColumns(columns, node, fields, 1, isRefused);
    columns.finish();
    return map;
}

TableMap readSessions(const ConfigNode &node, QList<Error> *errors)
{
    ConfigReader reader(node, errors);
    TableMap map;
    if (!reader.has(u"table"))
        static_cast<void>(reader.requiredString(u"table"));
    map.table = tableName(reader, u"table");
    map.columns = readColumns(reader, node, {u"key"_s, u"expires_at"_s, u"revoked_at"_s}, 2, isSecret);
    reader.finish();
    return map;
}

CustodyOptions readOptions(Kind kind, const QStringList &fields, ConfigReader &reader, QList<Error> &errors)
{
    CustodyOptions options{.kind = kind, .rows = {}, .words = {}, .sessions = {}, .liveWithin = {}};
    options.rows = readTable(reader, fields, kind == Kind::ApiKeys ? isSecretOfApiKeys : isSecret, &errors);
    if (kind == Kind::SigningKeys) {
        options.words = readKeyWords(reader.map(u"words"), errors);
        if (reader.has(u"sessions"))
            options.sessions = readSessions(reader.map(u"sessions"), &errors);
    }
    if (kind == Kind::Flags) {
        options.liveWithin =
            std::chrono::ceil<std::chrono::seconds>(reader.duration(u"live_within", std::chrono::seconds(0)));
        if (options.liveWithin.count() > 0 && !options.rows.has(u"updated_at"_s))
            reader.error(reader.node(u"live_within"),
                         u"'live_within': expected 'updated_at' under 'columns' as well"_s);
    }
    return options;
}

std::expected<SourceFactory, QList<Error>> factory(Kind kind, const QStringList &fields, const SourceSpec &spec,
                                                   const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const CustodyOptions options = readOptions(kind, fields, reader, errors);
    const auto connection = connectionOf<PostgresConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return [connection = *connection, options, deadline = spec.deadline](const Wire &wire) -> std::unique_ptr<Source> {
        return std::make_unique<CustodySource>(*wire.postgres, connection, options, deadline);
    };
}

const QStringList keyFields{u"id"_s, u"state"_s, u"created_at"_s, u"activated_at"_s, u"retire_after"_s};
const QStringList apiKeyFields{u"id"_s,         u"label"_s,        u"prefix"_s,     u"tier"_s,      u"role"_s,
                               u"created_at"_s, u"last_used_at"_s, u"expires_at"_s, u"revoked_at"_s};

std::expected<CustodyOptions, QList<Error>> optionsOf(Kind kind, const QStringList &fields, const SourceSpec &spec)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    CustodyOptions options = readOptions(kind, fields, reader, errors);
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return options;
}
} // namespace

std::map<QString, KeyState> readKeyWords(const ConfigNode &node, QList<Error> &errors)
{
    std::map<QString, KeyState> words;
    for (const KeyState state : {KeyState::Next, KeyState::Active, KeyState::Retiring, KeyState::Retired})
        words[toWord(state)] = state;
    const std::map<QString, KeyState> ours = words;
    QStringList known;
    for (const auto &[word, state] : ours)
        known.append(word);
    ConfigReader reader(node, &errors);
    for (const ConfigNode::Entry &entry : node.entries) {
        const QString word = reader.oneOf(entry.key, known, {});
        if (!word.isEmpty())
            words[entry.key.toLower()] = ours.at(word);
    }
    return words;
}

std::map<QString, QString> readKeyMembers(const ConfigNode &node, const QStringList &fields, QList<Error> &errors)
{
    ConfigReader reader(node, &errors);
    auto members = readColumns(reader, node, fields, 0, isSecret);
    reader.finish();
    return members;
}

std::expected<CustodyOptions, QList<Error>> signingKeysOptions(const SourceSpec &spec)
{
    return optionsOf(Kind::SigningKeys, keyFields, spec);
}

std::expected<CustodyOptions, QList<Error>> apiKeysOptions(const SourceSpec &spec)
{
    return optionsOf(Kind::ApiKeys, apiKeyFields, spec);
}

std::expected<SourceFactory, QList<Error>> signingKeysFactory(const SourceSpec &spec, const Profile &profile)
{
    return factory(Kind::SigningKeys, keyFields, spec, profile);
}

std::expected<SourceFactory, QList<Error>> apiKeysFactory(const SourceSpec &spec, const Profile &profile)
{
    return factory(Kind::ApiKeys, apiKeyFields, spec, profile);
}

std::expected<SourceFactory, QList<Error>> featureFlagsFactory(const SourceSpec &spec, const Profile &profile)
{
    return factory(Kind::Flags, {u"key"_s, u"set"_s, u"rollout_percent"_s, u"updated_by"_s, u"updated_at"_s}, spec,
                   profile);
}

} // namespace qd
