/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/pgbouncer/bouncer_facts.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// The console knows no transactions, and one statement at a time.
Result<void> askAll(PgConnection &connection, PgConnection::Deadline deadline, BouncerAnswers &answers)
{
    for (PgAnswer *answer : answers.all()) {
        answer->rows = connection.query(answer->sql, {}, deadline);
        if (!answer->rows && !connection.usable())
            return std::unexpected(answer->rows.error());
    }
    return {};
}

class BouncerSource final : public Source
{
public:
    BouncerSource(PgPool &pool, const PostgresConnection &connection, std::chrono::milliseconds deadline)
        : m_pool(pool)
        , m_connection(connection)
        , m_deadline(deadline)
    {
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        // Shared between the pool's thread, which fills it, and this one, which reads it once the pool is done.
        const auto answers = std::make_shared<BouncerAnswers>();
        return m_pool.run(
            m_connection, m_deadline,
            [answers](PgConnection &connection, PgConnection::Deadline deadline) {
                return askAll(connection, deadline, *answers);
            },
            [answers, done = std::move(done), connection = m_connection](const Result<void> &ran) {
                // Past its deadline the pool's thread may still be filling them.
                done(answerOf(ran ? *answers : unanswered(ran.error()), connection));
            });
    }

private:
    static BouncerAnswers unanswered(const Error &error)
    {
        BouncerAnswers answers;
        answers.pools.rows = std::unexpected(error);
        return answers;
    }
    static SourceAnswer answerOf(const BouncerAnswers &answers, const PostgresConnection &connection)
    {
        SourceAnswer answer{.outcome = bouncerFindings(answers, connection), .exchanges = {}};
        for (const PgAnswer *each : answers.all()) {
            if (each->rows)
                answer.exchanges.append(psqlEvidence(connection, *each));
        }
        return answer;
    }

    PgPool &m_pool;
    const PostgresConnection m_connection;
    const std::chrono::milliseconds m_deadline;
};
} // namespace

std::expected<SourceFactory, QList<Error>> bouncerFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const auto connection = connectionOf<PostgresConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    else if (connection->database != "pgbouncer"_L1)
        errors.append(
            {ErrorCode::BadInput,
             u"the source '%1' asks pgBouncer's console: its connection needs 'database: pgbouncer'"_s.arg(spec.id),
             spec.options.where()});
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return [connection = *connection, deadline = spec.deadline](const Wire &wire) -> std::unique_ptr<Source> {
        return std::make_unique<BouncerSource>(*wire.postgres, connection, deadline);
    };
}

} // namespace qd
