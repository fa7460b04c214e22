/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/approval_table.h"

#include "sources/postgresql/ask.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype fewestDigits = 12; ///< as many as shortId() shows
constexpr qsizetype mostDigits = 64;

/// Of rows with `plan_id` and `body`: the plans whose id is the one they stand under.
Result<QList<Plan>> plansIn(const Result<PgRows> &rows)
{
    if (!rows)
        return std::unexpected(rows.error());
    QList<Plan> plans;
    for (qsizetype i = 0; i < rows->rows.size(); ++i) {
        // What is no plan, or another's, was not put there by a console of this version.
        const auto plan = planFrom(QByteArray::fromBase64(rows->at(i, u"body").value_or(QByteArray())));
        if (plan && rows->at(i, u"plan_id") == plan->id().toHex() && !plans.contains(*plan))
            plans.append(*plan);
    }
    return plans;
}
} // namespace

QByteArray ApprovalTable::migration(const QString &role)
{
    return "CREATE TABLE quarterdeck_approvals (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
           "    kind text NOT NULL CHECK (kind IN ('asked', 'given', 'used')), plan_id text NOT NULL,\n"
           "    nonce text NOT NULL, body text NOT NULL, who text NOT NULL, at timestamptz NOT NULL DEFAULT now(),\n"
           "    UNIQUE (kind, nonce));\n"
           "GRANT SELECT, INSERT ON quarterdeck_approvals TO " +
           identifier(role) + ";\n";
}

Result<bool> ApprovalTable::add(const QByteArray &kind, const QByteArray &planId, const QByteArray &nonce,
                                const QByteArray &body, const QString &who, Deadline deadline)
{
    const auto added = m_store.ask("INSERT INTO quarterdeck_approvals (kind, plan_id, nonce, body, who)"
                                   " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING id",
                                   {kind, planId.toHex(), nonce.toHex(), body, who.toUtf8()}, deadline);
    if (!added)
        return std::unexpected(added.error());
    return !added->rows.isEmpty();
}

Result<void> ApprovalTable::ask(const Plan &plan, Deadline deadline)
{
    const Target &here = m_store.target();
    if (plan.target.system == here.system) {
        if (const auto differs = m_store.differsFrom(plan.target))
            return std::unexpected(*differs);
    } else if (plan.target.deployment != here.deployment || plan.target.environment != here.environment) {
        return failure(ErrorCode::BadInput, u"the plan is for another deployment than this table's"_s, here.address);
    }
    const auto added = add("asked", plan.id(), plan.id(), plan.bytes().toBase64(), plan.author, deadline);
    if (!added)
        return std::unexpected(added.error());
    if (*added)
        return {};
    const auto there = plansIn(m_store.ask("SELECT plan_id, body FROM quarterdeck_approvals WHERE kind = 'asked'"
                                           " AND nonce = $1",
                                           {plan.id().toHex()}, deadline));
    if (!there)
        return std::unexpected(there.error());
    if (!there->contains(plan))
        return failure(ErrorCode::Forbidden,
                       u"another plan stands under this one's id in quarterdeck_approvals: somebody forged it"_s,
                       m_store.target().address);
    return {};
}

Result<QList<Plan>> ApprovalTable::waiting(Deadline deadline)
{
    return plansIn(m_store.ask("SELECT plan_id, body FROM quarterdeck_approvals a WHERE kind = 'asked'"
                               " AND at > now() - interval '7 days' AND NOT EXISTS (SELECT 1 FROM"
                               " quarterdeck_approvals b WHERE b.plan_id = a.plan_id AND b.kind <> 'asked')"
                               " ORDER BY id LIMIT 1000",
                               {}, deadline));
}

Result<Plan> ApprovalTable::asked(const QString &hex, Deadline deadline)
{
    const QString digits = hex.toLower().remove(u'·');
    const bool isHex = std::ranges::all_of(
        digits, [](QChar each) { return (each >= u'0' && each <= u'9') || (each >= u'a' && each <= u'f'); });
    if (!isHex || digits.size() < fewestDigits || digits.size() > mostDigits)
        return failure(ErrorCode::BadInput, u"expected the plan's id, at least its first 12 hex digits"_s, hex);
    const auto plans = plansIn(m_store.ask("SELECT plan_id, body FROM quarterdeck_approvals WHERE kind = 'asked'"
                                           " AND starts_with(plan_id, $1) ORDER BY id LIMIT 1000",
                                           {digits.toLatin1()}, deadline));
    if (!plans)
        return std::unexpected(plans.error());
    if (plans->size() != 1)
        return failure(ErrorCode::NotFound,
                       plans->isEmpty() ? u"no plan that is called so was put up for approval"_s
                                        : u"several plans are called so; write more of its id"_s,
                       hex);
    return plans->first();
}

Result<void> ApprovalTable::give(const Approval &approval, Deadline deadline)
{
    const auto added = add("given", approval.planId, approval.nonce, toLine(approval), approval.approver, deadline);
    return added ? Result<void>() : std::unexpected(added.error());
}

Result<QList<Approval>> ApprovalTable::given(const QByteArray &planId, Deadline deadline)
{
    const auto rows = m_store.ask("SELECT body FROM quarterdeck_approvals WHERE kind = 'given' AND plan_id = $1"
                                  " ORDER BY id DESC LIMIT 100",
                                  {planId.toHex()}, deadline);
    if (!rows)
        return std::unexpected(rows.error());
    QList<Approval> approvals;
    for (qsizetype i = 0; i < rows->rows.size(); ++i) {
        if (const auto approval = approvalFrom(rows->at(i, u"body").value_or(QByteArray())))
            approvals.append(*approval);
    }
    return approvals;
}

Result<void> ApprovalTable::use(const Approval &approval, const QString &who, Deadline deadline)
{
    const auto added = add("used", approval.planId, approval.nonce, toLine(approval), who, deadline);
    if (!added)
        return std::unexpected(added.error());
    if (!*added)
        return failure(ErrorCode::Forbidden, u"the approval was used before; ask for another"_s,
                       m_store.target().address);
    return {};
}

} // namespace qd
