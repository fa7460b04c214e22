/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/postgresql/ask.h"
#include "sources/postgresql/postgres_facts.h"

#include <QObject>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
Result<void> askAll(PgConnection &connection, PgConnection::Deadline deadline, PgAnswers &answers)
{
    for (PgAnswer *answer : {&answers.statistics, &answers.activity, &answers.schema, &answers.environment}) {
        if (answer->sql.isEmpty())
            continue;
        answer->rows = askReadOnly(connection, answer->sql, deadline);
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
    static SourceAnswer answerOf(const PgAnswers &answers, const Result<void> &ran,
                                 const PostgresConnection &connection, const PostgresOptions &options)
    {
        SourceAnswer answer{.outcome = Findings{}, .exchanges = {}};
        for (const PgAnswer *each : {&answers.statistics, &answers.activity, &answers.schema, &answers.environment}) {
            if (each->rows)
                answer.exchanges.append(evidence(lineByHand(connection, each->sql), rowsAsJson(*each->rows)));
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
} // namespace

std::expected<SourceFactory, QList<Error>> postgresFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const PostgresOptions options{.schemaTable = tableName(reader, u"schema_version"),
                                  .environmentTable = tableName(reader, u"environment")};
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
