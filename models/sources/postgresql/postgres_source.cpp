/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/postgresql/postgres_facts.h"

#include <QObject>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Each statement in a read-only transaction of its own, so that one that is refused spoils no other.
Result<PgRows> ask(PgConnection &connection, const QByteArray &sql, PgConnection::Deadline deadline)
{
    if (auto begun = connection.query("BEGIN READ ONLY", {}, deadline); !begun)
        return begun;
    auto rows = connection.query(sql, {}, deadline);
    // Asked of a broken connection too, which refuses at once: inside a transaction none counts as usable.
    if (auto ended = connection.query("ROLLBACK", {}, deadline); !ended && rows)
        return ended;
    return rows;
}

Result<void> askAll(PgConnection &connection, PgConnection::Deadline deadline, PgAnswers &answers)
{
    for (PgAnswer *answer : {&answers.statistics, &answers.activity, &answers.schema, &answers.environment}) {
        if (answer->sql.isEmpty())
            continue;
        answer->rows = ask(connection, answer->sql, deadline);
        if (!answer->rows && !connection.usable())
            return std::unexpected(answer->rows.error());
    }
    return {};
}

class PostgresSource final : public QObject, public Source
{
public:
    PostgresSource(PgPool &pool, const PostgresConnection &connection, PostgresOptions options,
                   std::chrono::milliseconds deadline)
        : m_pool(pool)
        , m_connection(connection)
        , m_options(std::move(options))
        , m_deadline(deadline)
    {
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        // Shared between the pool's thread, which fills it, and this one, which reads it once the pool is done.
        const auto answers = std::make_shared<PgAnswers>(postgresStatements(m_options));
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
    /// "…" is where whoever runs the line puts the password.
    static QString lineOf(const PostgresConnection &connection, const QByteArray &sql)
    {
        const QString line = psqlLine(connection, sql);
        return connection.password ? u"PGPASSWORD=… "_s + line : line;
    }
    static SourceAnswer answerOf(const PgAnswers &answers, const Result<void> &ran,
                                 const PostgresConnection &connection, const PostgresOptions &options)
    {
        SourceAnswer answer{.outcome = Findings{}, .exchanges = {}};
        for (const PgAnswer *each : {&answers.statistics, &answers.activity, &answers.schema, &answers.environment}) {
            if (each->rows)
                answer.exchanges.append(evidence(lineOf(connection, each->sql), rowsAsJson(*each->rows)));
        }
        if (ran)
            answer.outcome = postgresFindings(answers, options, connection);
        else
            answer.outcome = std::unexpected(ran.error());
        return answer;
    }

    PgPool &m_pool;
    const PostgresConnection m_connection;
    const PostgresOptions m_options;
    const std::chrono::milliseconds m_deadline;
};

/// A table's name, with its schema or without; it becomes part of a statement.
QString table(ConfigReader &reader, QStringView key)
{
    static const QRegularExpression form(u"^[A-Za-z_][A-Za-z0-9_$]{0,62}(\\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$"_s);
    const QString written = reader.string(key);
    if (written.isEmpty() || form.match(written).hasMatch())
        return written;
    reader.error(reader.node(key), u"'%1': expected the name of a table, such as alembic_version"_s.arg(key));
    return {};
}
} // namespace

std::expected<SourceFactory, QList<Error>> postgresFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const PostgresOptions options{.schemaTable = table(reader, u"schema_version"),
                                  .environmentTable = table(reader, u"environment")};
    const auto connection = connectionOf<PostgresConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return [connection = *connection, options, deadline = spec.deadline](const Wire &wire) -> std::unique_ptr<Source> {
        return std::make_unique<PostgresSource>(*wire.postgres, connection, options, deadline);
    };
}

} // namespace qd
