/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/audit_words.h"

#include "words/words.h"

#include <QCoreApplication>
#include <QDateTime>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(AuditWords)
};

QString entries(qint64 number)
{
    return number == 1 ? Tr::tr("1 entry") : Tr::tr("%1 entries").arg(count(number));
}

/// "2026-11-21 20:14:02 UTC": entries are years old at times.
QString moment(Instant at)
{
    return QDateTime::fromMSecsSinceEpoch(at.time_since_epoch().count(), Qt::UTC)
        .toString(u"yyyy-MM-dd HH:mm:ss 'UTC'");
}

QString whatWitnessSays(const Verdict &verdict)
{
    if (!verdict.unwitnessedSince && !verdict.witnessedSeq)
        return Tr::tr("There is nothing to witness yet.");
    if (!verdict.witnessedSeq)
        return Tr::tr("No witness covers it, since %1: an older or another file in its place would not show.")
            .arg(moment(*verdict.unwitnessedSince));
    const qint64 after = verdict.lastSeq - *verdict.witnessedSeq;
    if (after <= 0)
        return Tr::tr("The witness covers all of it.");
    return Tr::tr("The witness covers it up to entry %1; of the %2 after it, since %3, a cut would not show.")
        .arg(count(*verdict.witnessedSeq), entries(after), moment(verdict.unwitnessedSince.value_or(Instant())));
}

} // namespace

QString sentence(const Damage &damage)
{
    const QString seq = count(damage.seq);
    const QString upTo = count(damage.upTo);
    switch (damage.kind) {
    case Damage::Kind::Changed:
        return Tr::tr("Entry %1 was changed after it was written.").arg(seq);
    case Damage::Kind::Missing:
        return damage.seq == damage.upTo ? Tr::tr("Entry %1 is missing.").arg(seq)
                                         : Tr::tr("Entries %1 to %2 are missing.").arg(seq, upTo);
    case Damage::Kind::Unlinked:
        return Tr::tr("Entry %1 does not follow from the one before it: something was inserted, deleted or reordered "
                      "there.")
            .arg(seq);
    case Damage::Kind::Truncated:
        return Tr::tr("The journal ends at entry %1, but had been counted to %2: its end was cut off.").arg(seq, upTo);
    case Damage::Kind::Unreadable:
        return Tr::tr("The file is damaged; nothing after entry %1 can be read.").arg(seq);
    case Damage::Kind::HeadForged:
        return Tr::tr("The signature over entry %1 is not that of the key it names.").arg(seq);
    case Damage::Kind::HeadContradicted:
        return Tr::tr("Entry %1 is not the one that was signed.").arg(seq);
    case Damage::Kind::HeadWithoutEntry:
        return Tr::tr("Entry %2 was signed, but the journal ends at entry %1: its end was cut off.").arg(seq, upTo);
    case Damage::Kind::KeyUnknown:
        return Tr::tr("Entry %1 is signed with a key that is not trusted.").arg(seq);
    case Damage::Kind::RolledBack:
        return Tr::tr("The witness saw entry %2, but the journal ends at entry %1: an older file was put in its place, "
                      "or its end was cut off.")
            .arg(seq, upTo);
    case Damage::Kind::Rewritten:
        return Tr::tr("The witness saw another entry %2: the journal was rewritten somewhere after entry %1.")
            .arg(seq, upTo);
    case Damage::Kind::WitnessForged:
        return Tr::tr("In the witness, the signature over entry %1 is not that of the key it names.").arg(seq);
    case Damage::Kind::WitnessKeyUnknown:
        return Tr::tr("In the witness, entry %1 is signed with a key that is not trusted.").arg(seq);
    }
    return {};
}

QStringList summary(const Verdict &verdict)
{
    QStringList lines;
    if (verdict.whole()) {
        lines += Tr::tr("Whole: %1.").arg(entries(verdict.entries));
        lines += whatWitnessSays(verdict);
    } else {
        lines += Tr::tr("Tampered with or damaged (%1 can be read):").arg(entries(verdict.entries));
        for (const Damage &damage : verdict.damages)
            lines += sentence(damage);
        if (verdict.damages.size() == Verdict::maxDamages)
            lines += Tr::tr("More than that is not listed.");
    }
    if (!verdict.keysChecked && (verdict.heads > 0 || verdict.witnessedSeq))
        lines += Tr::tr("Whose keys signed it was not checked: no key was named as trusted.");
    if (verdict.unreadableWitnessLines > 0)
        lines += Tr::tr("Lines of the witness that cannot be read: %1.").arg(count(verdict.unreadableWitnessLines));
    return lines;
}

QString sentence(const WitnessState &state)
{
    const QString why =
        state.error ? u" (%1: %2)"_s.arg(text(state.error->where), text(state.error->message)) : QString();
    if (state.unwitnessedSince && state.seq)
        return Tr::tr("The witness has seen the journal up to entry %1, and nothing since %2%3.")
            .arg(count(*state.seq), moment(*state.unwitnessedSince), why);
    if (state.unwitnessedSince)
        return Tr::tr("No witness has seen the journal, since %1%2.").arg(moment(*state.unwitnessedSince), why);
    return state.seq ? Tr::tr("The witness has seen all of the journal%1.").arg(why) : QString();
}

} // namespace qd::words
