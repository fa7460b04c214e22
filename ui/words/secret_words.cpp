/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/secret_words.h"

#include "words/words.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(Secrets)
};

/// "live with the next deploy"
QString liveWhen(const QString &code)
{
    return code == "new-pods"_L1        ? Tr::tr("live as its pods are replaced")
           : code == "new-container"_L1 ? Tr::tr("live once its container is new")
                                        : Tr::tr("live with the next deploy");
}
} // namespace

QString secretSentence(const Phrase &phrase)
{
    const auto argument = [&](qsizetype index) { return text(phrase.arguments.value(index)); };
    if (phrase.code == "secret-kept"_L1) {
        const QString holds = argument(1) == "1"_L1 ? Tr::tr("%1 keeps one value of it at a time").arg(argument(0))
                                                    : Tr::tr("%1 keeps %2 values of it").arg(argument(0), argument(1));
        const QString set = phrase.arguments.value(2) == "compared"_L1
                                ? Tr::tr("it is set only if nobody wrote there since it was read")
                                : Tr::tr("it is read right before it is set, but who sets it in that very moment is "
                                         "overwritten");
        return Tr::tr("%1; %2; %3").arg(holds, set, liveWhen(phrase.arguments.value(3)));
    }
    if (phrase.code == "secret-can-be-proved"_L1)
        return Tr::tr("%1 accepts a token of it now").arg(argument(1));
    if (phrase.code == "given-secret-fits"_L1)
        return Tr::tr("What was typed can be meant as %1").arg(argument(0));
    if (phrase.code == "by-hand-after"_L1)
        return Tr::tr("Left to do by hand: %1").arg(argument(0));
    if (phrase.code == "secret-given"_L1) {
        QStringList before;
        for (const QString &each : phrase.arguments.sliced(std::min<qsizetype>(4, phrase.arguments.size())))
            before.append(text(each));
        const QString put = Tr::tr("Put the secret that is typed in place of %1 on %2; it is kept nowhere else")
                                .arg(argument(0), argument(1));
        return before.isEmpty() ? put : Tr::tr("First, by hand: %1. Then: %2").arg(before.join(u". "_s), put);
    }
    if (phrase.code == "expectation-watched"_L1)
        return Tr::tr("Watch for %2: %1").arg(argument(0), argument(1));
    if (phrase.code == "as-expected"_L1)
        return argument(1).isEmpty()
                   ? argument(0)
                   : Tr::tr("%1: %2%3, in %4 looks").arg(argument(0), argument(1), argument(2), argument(3));
    return {};
}

} // namespace qd::words
