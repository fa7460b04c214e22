/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "tables/store_models.h"

#include "watch/freshness.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

namespace {

/// A field of a fact as `row`'s source said it.
template <class F, class T>
Cell told(CellUnit unit, const Told<F> &row, const Value<T> &value)
{
    return {.value = value.has() ? variantOf(*value) : QVariant(),
            .unit = unit,
            .known = knownOf(row.freshness, value.has()),
            .status = {},
            .because = Because{.source = row.source, .origin = value.origin, .formula = {}, .rule = {}, .inputs = {}}};
}

template <class F>
Row rowFor(const Told<F> &told)
{
    return {.key = told.source + u'|' + told.fact.name(),
            .cells = {},
            .subject = told.fact.name(),
            .status = told.status,
            .freshness = told.freshness,
            .depth = 0};
}

/// What names the row; as old as the row.
template <class F>
Cell named(const Told<F> &row, const QString &text)
{
    Cell cell = given(text);
    cell.known = knownOf(row.freshness, true);
    return cell;
}

/// Orders sessions by who waits for whom.
class Chains
{
public:
    explicit Chains(const QList<Told<Session>> &sessions)
        : m_sessions(sessions)
        , m_taken(sessions.size(), false)
    {
    }

    struct Link
    {
        qsizetype session;
        int depth;
    };
    [[nodiscard]] QList<Link> inOrder()
    {
        for (qsizetype i = 0; i < m_sessions.size(); ++i) {
            if (isBlocking(i) && !isBlocked(i))
                take(i, 0);
        }
        // Waiting for what is not listed, or for each other in a ring.
        for (qsizetype i = 0; i < m_sessions.size(); ++i) {
            if (isBlocked(i))
                take(i, 0);
        }
        QList<qsizetype> others;
        for (qsizetype i = 0; i < m_sessions.size(); ++i) {
            if (!m_taken[i])
                others.append(i);
        }
        std::ranges::stable_sort(others, std::ranges::greater(),
                                 [this](qsizetype i) { return m_sessions[i].fact.runningFor.valueOr(Millis{-1}); });
        for (const qsizetype i : std::as_const(others))
            take(i, 0);
        return m_links;
    }

private:
    [[nodiscard]] bool isBlocked(qsizetype i) const { return !pidsIn(m_sessions[i].fact.blockedBy).isEmpty(); }
    [[nodiscard]] bool isBlocking(qsizetype i) const
    {
        return m_sessions[i].fact.blocking.valueOr(0) > 0 ||
               std::ranges::any_of(m_sessions, [&](const Told<Session> &other) { return waitsFor(other, i); });
    }
    [[nodiscard]] bool waitsFor(const Told<Session> &session, qsizetype i) const
    {
        return session.source == m_sessions[i].source &&
               pidsIn(session.fact.blockedBy).contains(m_sessions[i].fact.pid);
    }
    // Sessions are 50 at most, so is the depth.
    void take(qsizetype i, int depth) // NOLINT(misc-no-recursion)
    {
        if (m_taken[i])
            return;
        m_taken[i] = true;
        m_links.append({i, depth});
        for (qsizetype other = 0; other < m_sessions.size(); ++other) {
            if (waitsFor(m_sessions[other], i))
                take(other, depth + 1);
        }
    }
    const QList<Told<Session>> &m_sessions;
    QList<bool> m_taken;
    QList<Link> m_links;
};

} // namespace

QStringList pidsIn(const Value<QString> &blockedBy)
{
    QStringList pids;
    for (const QString &pid : blockedBy.valueOr({}).split(u',', Qt::SkipEmptyParts))
        pids.append(pid.trimmed());
    return pids;
}

QList<TableColumn> SessionModel::columns() const
{
    return {{"pid"_L1, CellUnit::Text},
            {"user"_L1, CellUnit::Text},
            {"application"_L1, CellUnit::Text},
            {"state"_L1, CellUnit::Text},
            {"running_for"_L1, CellUnit::Milliseconds},
            {"waits_for"_L1, CellUnit::Text},
            {"blocked_by"_L1, CellUnit::Text},
            {"blocking"_L1, CellUnit::Count},
            {"statement"_L1, CellUnit::Text}};
}

QList<Row> SessionModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    const QList<Told<Session>> &sessions = view.sessions.rows;
    for (const auto &[at, depth] : Chains(sessions).inOrder()) {
        const Told<Session> &session = sessions[at];
        const Session &fact = session.fact;
        Row row = rowFor(session);
        row.depth = depth;
        // Of a session that shows its state, nothing is known to hold it up: that is no gap.
        const auto orNone = [&](const Value<QString> &value) {
            return fact.state.has() && !value.has() ? given(QString()) : told(CellUnit::Text, session, value);
        };
        Cell blockedBy = orNone(fact.blockedBy);
        Cell blocking = told(CellUnit::Count, session, fact.blocking);
        if (isFresh(session.freshness)) {
            // The one at the head of a queue is what is wrong.
            const bool isHead = fact.blocking.valueOr(0) > 0 && pidsIn(fact.blockedBy).isEmpty();
            row.status = isHead ? Status::Degraded : Status::Ok;
            blocking.status = fact.blocking.valueOr(0) > 0 ? Status::Degraded : Status::Ok;
            blockedBy.status = fact.blockedBy.has() ? Status::Degraded : Status::Ok;
        }
        row.cells = {named(session, fact.pid),
                     told(CellUnit::Text, session, fact.user),
                     told(CellUnit::Text, session, fact.application),
                     told(CellUnit::Text, session, fact.state),
                     told(CellUnit::Milliseconds, session, fact.runningFor),
                     orNone(fact.waitEvent),
                     blockedBy,
                     blocking,
                     told(CellUnit::Text, session, fact.statement)};
        for (Cell &cell : row.cells) {
            if (!cell.status)
                cell.status = isFresh(session.freshness) ? Status::Ok : Status::Unknown;
        }
        row.cells.first().status = row.status;
        rows += row;
    }
    return rows;
}

QList<TableColumn> StatementModel::columns() const
{
    return {{"id"_L1, CellUnit::Text},
            {"statement"_L1, CellUnit::Text},
            {"total"_L1, CellUnit::Milliseconds},
            {"share"_L1, CellUnit::Share},
            {"calls"_L1, CellUnit::Count},
            {"mean"_L1, CellUnit::Milliseconds},
            {"longest"_L1, CellUnit::Milliseconds},
            {"rows"_L1, CellUnit::Count}};
}

QList<Row> StatementModel::rows(const DeploymentView &view) const
{
    QList<const Told<Statement> *> statements;
    Millis all{0};
    for (const Told<Statement> &statement : view.statements.rows) {
        statements.append(&statement);
        all += statement.fact.total.valueOr(Millis{0});
    }
    std::ranges::stable_sort(statements, std::ranges::greater(),
                             [](const auto *statement) { return statement->fact.total.valueOr(Millis{-1}); });
    QList<Row> rows;
    for (const Told<Statement> *statement : std::as_const(statements)) {
        const Statement &fact = statement->fact;
        Cell share = told(CellUnit::Share, *statement, fact.total);
        share.because->inputs = {*share.because};
        share.because->formula =
            u"%1 ms / %2 ms, the time of all listed"_s.arg(fact.total.valueOr(Millis{0}).count(), 0, 'f', 1)
                .arg(all.count(), 0, 'f', 1);
        share.value = fact.total.has() && all.count() > 0 ? QVariant(*fact.total / all) : QVariant();
        Row row = rowFor(*statement);
        row.cells = {named(*statement, fact.id),
                     told(CellUnit::Text, *statement, fact.text),
                     told(CellUnit::Milliseconds, *statement, fact.total),
                     share,
                     told(CellUnit::Count, *statement, fact.calls),
                     told(CellUnit::Milliseconds, *statement, fact.mean),
                     told(CellUnit::Milliseconds, *statement, fact.longest),
                     told(CellUnit::Count, *statement, fact.rows)};
        rows += row;
    }
    return rows;
}

QList<TableColumn> RelationModel::columns() const
{
    return {{"table"_L1, CellUnit::Text},
            {"size"_L1, CellUnit::Bytes},
            {"rows"_L1, CellUnit::Count},
            {"dead_rows"_L1, CellUnit::Count},
            {"vacuumed_at"_L1, CellUnit::Moment}};
}

QList<Row> RelationModel::rows(const DeploymentView &view) const
{
    QList<const Told<Relation> *> relations;
    for (const Told<Relation> &relation : view.relations.rows)
        relations.append(&relation);
    std::ranges::stable_sort(relations, std::ranges::greater(),
                             [](const auto *relation) { return relation->fact.size.valueOr(Bytes{-1}); });
    QList<Row> rows;
    for (const Told<Relation> *relation : std::as_const(relations)) {
        const Relation &fact = relation->fact;
        Row row = rowFor(*relation);
        row.cells = {named(*relation, fact.relation), told(CellUnit::Bytes, *relation, fact.size),
                     told(CellUnit::Count, *relation, fact.rows), told(CellUnit::Count, *relation, fact.deadRows),
                     told(CellUnit::Moment, *relation, fact.vacuumedAt)};
        rows += row;
    }
    return rows;
}

} // namespace qd
