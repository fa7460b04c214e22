/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/security_log.h"

#include "words/action_words.h"
#include "words/audit_words.h"
#include "words/words.h"

#include <QCborArray>
#include <QCborValue>
#include <QCoreApplication>
#include <QDateTime>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(SecurityLog)
};

QString utc(Instant at)
{
    return QDateTime::fromMSecsSinceEpoch(at.time_since_epoch().count(), Qt::UTC).toString(u"yyyy-MM-dd HH:mm 'UTC'"_s);
}

/// As a reader of Markdown shows it: none of it is markup.
QString plain(const QString &said)
{
    QString safe;
    for (const QChar letter : text(said)) {
        if (letter == u'&')
            safe += "&amp;"_L1;
        else if (letter == u'<')
            safe += "&lt;"_L1;
        else if (u"\\`*_[]>|#~"_s.contains(letter))
            safe += QString(u'\\') + letter;
        else
            safe += letter;
    }
    return safe;
}

QString capitalised(QString sentence)
{
    if (!sentence.isEmpty())
        sentence[0] = sentence[0].toUpper();
    return sentence;
}

/// "k1: 40 of 40 tokens accepted" of each key whose tokens were tried all the time; of a client's key, which the
/// service may not know at once, how often it took to be accepted. Empty: nothing was tried.
QString proofIn(const QByteArray &evidence, bool isOfClient)
{
    QStringList keys;
    const QCborArray all = QCborValue::fromCbor(evidence).toArray();
    for (const QCborValue &each : all) {
        const QCborArray record = each.toArray();
        if (record.size() != 5 || !record.at(0).isString() || record.at(1).toInteger() <= 0)
            continue;
        if (isOfClient) {
            if (record.at(2).toInteger() > 0)
                keys.append(Tr::tr("%1: accepted %2 times in the end, after %3 times when it was not known yet")
                                .arg(plain(record.at(0).toString()), count(record.at(2).toInteger()),
                                     count(record.at(3).toInteger())));
            continue;
        }
        keys.append(Tr::tr("%1: %2 of %3 valid tokens accepted, %4 refused")
                        .arg(plain(record.at(0).toString()), count(record.at(2).toInteger()),
                             count(record.at(1).toInteger()), count(record.at(3).toInteger())));
    }
    return keys.join(u"; "_s);
}

/// "signs: k1 → k2; its users: signed in → stay signed in".
QString changesOf(const Plan &plan, bool isUndo)
{
    QStringList changes;
    for (const Change &change : plan.changes) {
        const ChangeWords said = wordsOf(plan, change);
        changes.append(isUndo ? u"%1: %2 → %3"_s.arg(said.what, said.after, said.before)
                              : u"%1: %2 → %3"_s.arg(said.what, said.before, said.after));
    }
    return changes.join(u"; "_s);
}

QString resultOf(const ActionRecord &record)
{
    if (!record.ending)
        return Tr::tr("no end is known");
    const QString said = say(*record.ending);
    const QString at = record.endedAt ? u", "_s + utc(*record.endedAt) : QString();
    return record.error.isEmpty() ? said + at : u"%1%2: %3"_s.arg(said, at, plain(record.error));
}

QStringList linesOf(const Rotation &rotation)
{
    const ActionRecord &record = rotation.record;
    const QString where = record.plan ? plain(record.plan->target.environment) : QString();
    QStringList lines{u"## %1 · %2 · %3"_s.arg(utc(record.at), plain(capitalised(deed(record))),
                                               where.isEmpty() ? plain(record.deployment)
                                                               : plain(record.deployment) + u", "_s + where),
                      {}};
    const auto line = [&](const QString &name, const QString &said) {
        if (!said.isEmpty())
            lines.append(u"- %1: %2"_s.arg(name, said));
    };
    const QString who = plain(u"%1@%2"_s.arg(record.operatorId, record.host));
    line(Tr::tr("By"),
         rotation.approvedBy.isEmpty() ? who : Tr::tr("%1, approved by %2").arg(who, plain(rotation.approvedBy)));
    line(Tr::tr("Reason"), record.plan ? plain(record.plan->reason) : QString());
    line(Tr::tr("Change"), record.plan ? plain(changesOf(*record.plan, record.beginning == "undo"_L1)) : QString());
    line(Tr::tr("Result"), resultOf(record));
    line(Tr::tr("Proof"), proofIn(rotation.evidence, record.plan && record.plan->action.endsWith("-api-key"_L1)));
    line(Tr::tr("Plan"), shortId(record.planId));
    lines.append(QString());
    return lines;
}
} // namespace

QString securityLog(const RotationLog &log, Instant writtenAt)
{
    QStringList lines{u"# "_s + Tr::tr("Security log"),
                      {},
                      Tr::tr("Rotations of keys and secrets, written %1.").arg(utc(writtenAt)),
                      {}};
    lines.append(Tr::tr("The journal that they are from:"));
    for (const QString &line : summary(log.verdict))
        lines.append(u"- "_s + plain(line));
    lines.append(QString());
    if (log.rotations.isEmpty())
        lines.append({Tr::tr("No key or secret was rotated from this console."), {}});
    for (const Rotation &rotation : log.rotations)
        lines += linesOf(rotation);
    lines.removeLast();
    return lines.join(u'\n') + u'\n';
}

} // namespace qd::words
