/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/postgresql/ask.h"
#include "sources/postgresql/postgres_facts.h"

#include <QObject>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int pollsADetail = 6; ///< of which one reads pg_stat_statements and the tables

Result<void> askAll(PgConnection &connection, PgConnection::Deadline deadline, const PostgresOptions &options,
                    bool withDetails, PgAnswers &answers)
{
    for (PgAnswer *answer : answers.all()) {
        const bool isDetail = answer == &answers.statements || answer == &answers.relations;
        if (answer->sql.isEmpty() || (isDetail && !withDetails))
            continue;
        answer->rows = askReadOnly(connection, answer->sql, deadline);
        if (!answer->rows && !connection.usable())
            return std::unexpected(answer->rows.error());
        if (answer == &answers.statistics && answer->rows && withDetails)
            askDetails(answers, options);
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
        const bool withDetails = m_polls % pollsADetail == 0;
        if (!withDetails) {
            answers->statements = m_statements;
            answers->relations = m_relations;
        }
        return m_pool.run(
            m_connection, m_deadline,
            [answers, withDetails, options = m_options](PgConnection &connection, PgConnection::Deadline deadline) {
                return askAll(connection, deadline, options, withDetails, *answers);
            },
            [this, answers, done = std::move(done)](const Result<void> &ran) {
                // Past its deadline the pool's thread may still be filling them.
                done(ran ? answerOf(*answers) : SourceAnswer{.outcome = std::unexpected(ran.error()), .exchanges = {}});
            });
    }

private:
    SourceAnswer answerOf(const PgAnswers &answers)
    {
        ++m_polls;
        m_statements = answers.statements;
        m_relations = answers.relations;
        SourceAnswer answer{.outcome = postgresFindings(answers, m_options, m_connection), .exchanges = {}};
        for (const PgAnswer *each : answers.all()) {
            if (each->rows)
                answer.exchanges.append(psqlEvidence(m_connection, *each));
        }
        return answer;
    }

    PgPool &m_pool;
    const PostgresConnection m_connection;
    const PostgresOptions m_options;
    const std::chrono::milliseconds m_deadline;
    qint64 m_polls = 0; ///< that were answered
    PgAnswer m_statements;
    PgAnswer m_relations;
};
} // namespace

std::expected<SourceFactory, QList<Error>> postgresFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const bool isUsual = spec.connection.isEmpty() || spec.connection == PostgresConnection::kind;
    const PostgresOptions options{.server = isUsual ? QString() : spec.connection,
                                  .schemaTable = tableName(reader, u"schema_version"),
                                  .environmentTable = tableName(reader, u"environment"),
                                  .hasStatements = !profile.unavailable.contains(u"statements"_s)};
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
