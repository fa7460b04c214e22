/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/audit_words.h"

#include "words/words.h"

#include <QCoreApplication>

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

QString whatWitnessSays(const Verdict &verdict)
{
    if (!verdict.witnessedSeq)
        return Tr::tr("No witness covers it: an older or another file in its place would not show.");
    const qint64 after = verdict.lastSeq - *verdict.witnessedSeq;
    if (after <= 0)
        return Tr::tr("The witness covers all of it.");
    return Tr::tr("The witness covers it up to entry %1; of the %2 after it, a cut would not show.")
        .arg(count(*verdict.witnessedSeq), entries(after));
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

} // namespace qd::words
