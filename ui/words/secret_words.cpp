/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/secret_words.h"

#include "words/words.h"

#include <QCoreApplication>

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
    return {};
}

} // namespace qd::words
