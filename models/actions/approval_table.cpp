/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/approval_table.h"

#include "actions/registry.h"
#include "base/cleaned.h"
#include "sources/postgresql/ask.h"

#include <QRandomGenerator>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype fewestDigits = 12; ///< as many as shortId() shows
constexpr qsizetype mostDigits = 64;

/// Of rows with `plan_id`, `nonce`, `who` and `body`: the plans whose id is the one they stand under.
Result<QList<AskedPlan>> askedIn(const Result<PgRows> &rows)
{
    if (!rows)
        return std::unexpected(rows.error());
    QList<AskedPlan> plans;
    for (qsizetype i = 0; i < rows->rows.size(); ++i) {
        // What is no plan, or another's, was not put there by a console of this version.
        const auto plan = planFrom(QByteArray::fromBase64(rows->at(i, u"body").value_or(QByteArray())));
        if (!plan || rows->at(i, u"plan_id") != plan->id().toHex())
            continue;
        plans.removeIf([&](const AskedPlan &each) { return each.plan == *plan; }); // it was asked for again
        plans.append({.plan = *plan,
                      .who = cleaned(QString::fromUtf8(rows->at(i, u"who").value_or(QByteArray()))),
                      .isUndo = rows->at(i, u"nonce") != plan->id().toHex()});
    }
    return plans;
}
} // namespace

Result<ApprovalTable> ApprovalTable::of(const Profile &profile, Deadline deadline, const PgConnection::Stop &stop)
{
    Error why{ErrorCode::Unsupported, u"%1 has no PostgreSQL that an action takes its lease in"_s.arg(profile.name),
              profile.name};
    for (const ActionSpec &spec : profile.actions) {
        const auto place = placeOf(spec.id, profile);
        auto store = place ? PgStore::open(*place, deadline, stop) : std::unexpected(place.error());
        if (store)
            return ApprovalTable(std::move(*store));
        if (place)
            why = store.error();
    }
    return std::unexpected(why);
}

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

Result<void> ApprovalTable::checkTarget(const Plan &plan) const
{
    const Target &here = m_store.target();
    if (plan.target.system == here.system) {
        if (const auto differs = m_store.differsFrom(plan.target))
            return std::unexpected(*differs);
    } else if (plan.target.deployment != here.deployment || plan.target.environment != here.environment) {
        return failure(ErrorCode::BadInput, u"the plan is for another deployment than this table's"_s, here.address);
    }
    return {};
}

Result<void> ApprovalTable::askToUndo(const Plan &plan, const QString &who, Deadline deadline)
{
    if (auto right = checkTarget(plan); !right)
        return right;
    const auto asked = waiting(deadline);
    if (!asked)
        return std::unexpected(asked.error());
    if (std::ranges::any_of(*asked, [&](const AskedPlan &each) { return each.isUndo && each.plan == plan; }))
        return {};
    std::array<quint32, 4> random{};
    QRandomGenerator::system()->fillRange(random.data(), random.size());
    const QByteArray nonce(reinterpret_cast<const char *>(random.data()), sizeof random);
    const auto added = add("asked", plan.id(), nonce, plan.bytes().toBase64(), who, deadline);
    return added ? Result<void>() : std::unexpected(added.error());
}

Result<void> ApprovalTable::ask(const Plan &plan, Deadline deadline)
{
    if (auto right = checkTarget(plan); !right)
        return right;
    const auto added = add("asked", plan.id(), plan.id(), plan.bytes().toBase64(), plan.author, deadline);
    if (!added)
        return std::unexpected(added.error());
    if (*added)
        return {};
    const auto there =
        askedIn(m_store.ask("SELECT plan_id, nonce, who, body FROM quarterdeck_approvals WHERE kind = 'asked'"
                            " AND nonce = $1",
                            {plan.id().toHex()}, deadline));
    if (!there)
        return std::unexpected(there.error());
    if (std::ranges::find(*there, plan, &AskedPlan::plan) == there->end())
        return failure(ErrorCode::Forbidden,
                       u"another plan stands under this one's id in quarterdeck_approvals: somebody forged it"_s,
                       m_store.target().address);
    return {};
}

Result<QList<AskedPlan>> ApprovalTable::waiting(Deadline deadline)
{
    return askedIn(m_store.ask("SELECT plan_id, nonce, who, body FROM quarterdeck_approvals a WHERE kind = 'asked'"
                               " AND at > now() - interval '7 days' AND NOT EXISTS (SELECT 1 FROM"
                               " quarterdeck_approvals b WHERE b.plan_id = a.plan_id AND b.kind <> 'asked'"
                               " AND b.id > a.id)"
                               " ORDER BY id LIMIT 1000",
                               {}, deadline));
}

Result<AskedPlan> ApprovalTable::asked(const QString &hex, Deadline deadline)
{
    const QString digits = hex.toLower().remove(u'·');
    const bool isHex = std::ranges::all_of(
        digits, [](QChar each) { return (each >= u'0' && each <= u'9') || (each >= u'a' && each <= u'f'); });
    if (!isHex || digits.size() < fewestDigits || digits.size() > mostDigits)
        return failure(ErrorCode::BadInput, u"expected the plan's id, at least its first 12 hex digits"_s, hex);
    const auto plans =
        askedIn(m_store.ask("SELECT plan_id, nonce, who, body FROM quarterdeck_approvals WHERE kind = 'asked'"
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
