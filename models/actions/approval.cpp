/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/approval.h"

#include <QCborArray>
#include <QCborStreamWriter>
#include <QCborValue>
#include <QRandomGenerator>

#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto heading = "quarterdeck approval 1"_L1; // no other signature of this key can be taken for it
constexpr QByteArrayView prefix = "quarterdeck-approval:";
constexpr qsizetype longestLine = 2000;
constexpr qsizetype idSize = 32;
constexpr qsizetype nonceSize = 16;
constexpr auto clocksMayDiffer = 60s;

QByteArray bytesOf(const Approval &approval, bool isSigned)
{
    QByteArray bytes;
    QCborStreamWriter writer(&bytes);
    writer.startArray(isSigned ? 8 : 7);
    writer.append(heading);
    writer.append(approval.planId);
    writer.append(QStringView(approval.approver));
    writer.append(approval.key);
    writer.append(qint64{approval.madeAt.time_since_epoch().count()});
    writer.append(qint64{approval.expiresAt.time_since_epoch().count()});
    writer.append(approval.nonce);
    if (isSigned)
        writer.append(approval.signature);
    writer.endArray();
    return bytes;
}

Instant instantIn(const QCborValue &value)
{
    return Instant(std::chrono::milliseconds(value.toInteger()));
}

QString minutes(std::chrono::milliseconds time)
{
    return u"%1 min"_s.arg(std::chrono::ceil<std::chrono::minutes>(time).count());
}

bool isSamePerson(const QString &name, const QByteArray &key, const QString &otherName, const QByteArray &otherKey)
{
    return name.compare(otherName, Qt::CaseInsensitive) == 0 || key == otherKey;
}

std::optional<Error> refusal(const QString &why)
{
    return Error{ErrorCode::Forbidden, why, {}};
}

/// Two clocks are in it: the approver's and ours.
std::optional<Error> whyNotNow(const Approval &approval, const Plan &plan, Instant now)
{
    if (approval.expiresAt <= approval.madeAt || approval.expiresAt - approval.madeAt > longestApproval)
        return refusal(u"the approval is made out for another time than 24 h at most"_s);
    if (approval.madeAt > now + clocksMayDiffer)
        return refusal(u"the approval was given %1 from now by this machine's clock: this clock or %2's is wrong"_s.arg(
            minutes(approval.madeAt - now), approval.approver));
    if (approval.madeAt + clocksMayDiffer < plan.madeAt)
        return refusal(u"the approval was given %1 before its plan was made: the clock of %2 or of %3 is wrong"_s.arg(
            minutes(plan.madeAt - approval.madeAt), approval.approver, plan.author));
    if (approval.expiresAt <= now)
        return refusal(u"the approval ran out %1 ago by this machine's clock; ask for another"_s.arg(
            minutes(now - approval.expiresAt)));
    return std::nullopt;
}
} // namespace

Result<Approval> approve(const Plan &plan, const Operator &who, const SigningIdentity &identity, Instant now,
                         std::chrono::milliseconds time)
{
    if (time <= 0ms || time > longestApproval)
        return failure(ErrorCode::BadInput, u"an approval lasts 24 h at most"_s);
    std::array<quint32, nonceSize / sizeof(quint32)> random{};
    QRandomGenerator::system()->fillRange(random.data(), static_cast<qsizetype>(random.size()));
    Approval approval{.planId = plan.id(),
                      .approver = who.id,
                      .key = identity.publicKey(),
                      .madeAt = now,
                      .expiresAt = now + time,
                      .nonce = {},
                      .signature = {}};
    for (const quint32 word : random)
        approval.nonce += QByteArray::fromHex(QByteArray::number(word, 16).rightJustified(8, '0'));
    auto signature = identity.sign(bytesOf(approval, false));
    if (!signature)
        return std::unexpected(signature.error());
    approval.signature = std::move(*signature);
    return approval;
}

QByteArray toLine(const Approval &approval)
{
    return prefix.toByteArray() + bytesOf(approval, true).toBase64();
}

Result<Approval> approvalFrom(const QByteArray &line)
{
    const auto bad = [] {
        return failure(ErrorCode::BadInput,
                       u"this is no approval of this version; 'quarterdeck-cli approve' makes one"_s);
    };
    const QByteArray words = line.trimmed();
    if (words.size() > longestLine || !words.startsWith(prefix))
        return bad();
    const auto decoded =
        QByteArray::fromBase64Encoding(words.sliced(prefix.size()), QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded)
        return bad();
    const QCborArray fields = QCborValue::fromCbor(decoded.decoded).toArray();
    const Approval approval{.planId = fields.at(1).toByteArray(),
                            .approver = fields.at(2).toString(),
                            .key = fields.at(3).toByteArray(),
                            .madeAt = instantIn(fields.at(4)),
                            .expiresAt = instantIn(fields.at(5)),
                            .nonce = fields.at(6).toByteArray(),
                            .signature = fields.at(7).toByteArray()};
    // What is written in another way, or has more or less in it, is none.
    if (approval.planId.size() != idSize || approval.nonce.size() != nonceSize || toLine(approval) != words)
        return bad();
    return approval;
}

std::optional<Error> whyNotApprover(const Policy &policy, const Plan &plan, const Operator &who)
{
    const Policy::Person *person = policy.person(who.id);
    if (!person || person->key != who.key)
        return refusal(person ? u"the policy has another key for %1"_s.arg(who.id)
                              : u"the policy names no operator '%1'"_s.arg(who.id));
    if (plan.authorKey.isEmpty())
        return refusal(u"the plan does not tell whose key its author has; make it again"_s);
    if (isSamePerson(who.id, who.key, plan.author, plan.authorKey))
        return refusal(u"%1 made the plan; somebody else has to approve it"_s.arg(who.id));
    if (policy.roleFor(*person, &Policy::Grant::approve, plan).isEmpty()) {
        const QStringList roles = policy.rolesFor(&Policy::Grant::approve, plan);
        return refusal(u"no role of %1 may approve this on %2 (%3); %4 may"_s.arg(
            who.id, plan.target.deployment, plan.target.environment,
            roles.isEmpty() ? u"nobody"_s : roles.join(u", "_s)));
    }
    return std::nullopt;
}

std::optional<Error> whyNot(const Approval &approval, const Plan &plan, const Policy &policy, const Operator &actor,
                            Instant now)
{
    if (!verify(approval.key, bytesOf(approval, false), approval.signature))
        return refusal(u"the approval's signature is not that of the key it names"_s);
    if (approval.planId != plan.id())
        return refusal(u"the approval was given to the plan %1, and this is %2: another target, state or step makes "
                       "another plan"_s.arg(shortId(approval.planId), shortId(plan.id())));
    const Operator approver{.id = approval.approver, .host = {}, .key = approval.key};
    if (auto error = whyNotApprover(policy, plan, approver))
        return error;
    if (isSamePerson(approver.id, approver.key, actor.id, actor.key))
        return refusal(u"%1 approved the plan; somebody else has to carry it out"_s.arg(approver.id));
    return whyNotNow(approval, plan, now);
}

} // namespace qd
