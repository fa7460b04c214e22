/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/key_words.h"

#include "facts/custody_facts.h"
#include "facts/fact.h"
#include "words/words.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(Keys)
};

/// Of a number of seconds.
QString lasting(const QString &seconds)
{
    return duration(Millis(std::chrono::seconds(seconds.toLongLong())));
}

QString state(const std::optional<QString> &word)
{
    if (!word)
        return Tr::tr("removed");
    if (*word == toWord(KeyState::Next))
        return Tr::tr("waits to sign");
    if (*word == toWord(KeyState::Active))
        return Tr::tr("signs and verifies");
    if (*word == toWord(KeyState::Retiring))
        return Tr::tr("verifies, until its end");
    if (*word == toWord(KeyState::Retired))
        return Tr::tr("retired");
    return text(*word);
}
} // namespace

QString keyDeed(QStringView kind, const QString &key)
{
    if (kind == "rotate-signing-key"_L1)
        return Tr::tr("Rotate key %1").arg(text(key));
    if (kind == "retire-signing-key"_L1)
        return Tr::tr("Retire key %1").arg(text(key));
    if (kind == "revoke-signing-key"_L1)
        return Tr::tr("Revoke key %1").arg(text(key));
    if (kind == "swap-secret"_L1)
        return Tr::tr("Swap %1, log all out").arg(text(key));
    if (kind == "guided-rotation"_L1)
        return Tr::tr("Rotate %1").arg(key.isEmpty() ? Tr::tr("the secret") : text(key));
    return {};
}

QString keyUndo(const Phrase &undo)
{
    const QString key = text(undo.arguments.value(0));
    if (undo.code == "key-signs-again"_L1)
        return Tr::tr("Sign with %1 again").arg(key);
    if (undo.code == "key-verifies-again"_L1)
        return Tr::tr("Let %1 verify again").arg(key);
    if (undo.code == "key-without-end"_L1)
        return Tr::tr("Take the end of %1 away again").arg(key);
    return {};
}

QString keySentence(const Phrase &phrase)
{
    const auto argument = [&](qsizetype index) { return text(phrase.arguments.value(index)); };
    const QString next = argument(0);
    const QString old = argument(1);
    if (phrase.code == "key-published"_L1)
        return Tr::tr("Make the key %1 of 256 bits and publish it in %2, for verification alone")
            .arg(next, argument(2));
    if (phrase.code == "key-set-read"_L1)
        return Tr::tr("Wait %1, until every process of the service has read the keys").arg(lasting(argument(2)));
    if (phrase.code == "key-proved"_L1)
        return Tr::tr("Prove that %2 accepts a token of %1, and no forged one").arg(next, argument(2));
    if (phrase.code == "key-signs"_L1)
        return Tr::tr("Sign with %1; %2 verifies on").arg(next, old);
    if (phrase.code == "keys-proved"_L1)
        return Tr::tr("Prove that %3 accepts tokens of %1 and of %2").arg(next, old, argument(2));
    if (phrase.code == "retirement-scheduled"_L1)
        return Tr::tr("Let %1 verify for %2 more, and until its last token has ended").arg(old, lasting(argument(2)));
    if (phrase.code == "key-removed"_L1)
        return Tr::tr("Remove %1, which nothing was signed with").arg(old);
    if (phrase.code == "key-retired"_L1)
        return Tr::tr("Retire %1, if no token of it is alive").arg(old);
    if (phrase.code == "key-revoked"_L1)
        return next.isEmpty()
                   ? Tr::tr("Retire %1 at once, whoever has tokens of it").arg(old)
                   : Tr::tr("Retire %2 at once, whoever has tokens of it, and sign with the new key %1").arg(next, old);
    if (phrase.code == "key-refused"_L1)
        return Tr::tr("Prove that %2 refuses a token of %1").arg(old, argument(2));
    if (phrase.code == "key-signs-again"_L1)
        return Tr::tr(
                   "%1 signs again; if %2 has signed, it verifies until its last token has ended, else it is removed")
            .arg(argument(0), argument(1));
    if (phrase.code == "key-verifies-again"_L1)
        return Tr::tr("%1 verifies again, as before").arg(argument(0));
    if (phrase.code == "key-without-end"_L1)
        return Tr::tr("%1 is as before, without an end").arg(argument(0));
    if (phrase.code == "secret-swapped"_L1)
        return Tr::tr("Put a new secret of 256 bits in place of %1 on %2; the old one is kept nowhere")
            .arg(argument(0), argument(1));
    if (phrase.code == "secret-proved"_L1)
        return Tr::tr("Prove that %1 accepts tokens of the new secret, and none of the old one").arg(argument(1));
    if (phrase.code == "old-secret-refused"_L1)
        return Tr::tr("Tokens of the old %1 are refused").arg(argument(0));
    if (phrase.code == "tokens-probed"_L1)
        return Tr::tr("Tokens are proved");
    if (phrase.code == "no-token-refused"_L1)
        return Tr::tr("All the time valid tokens were accepted: %1 of %1 that were tried").arg(argument(0));
    return {};
}

KeyChange keyChange(const Change &change)
{
    const auto name = [](const std::optional<QString> &key) { return key ? text(*key) : Tr::tr("none"); };
    if (change.what == "signs"_L1)
        return {Tr::tr("signs"), name(change.before), name(change.after)};
    if (change.what == "key-state"_L1)
        return {Tr::tr("the key"), change.before == toWord(KeyState::Active) ? Tr::tr("active") : state(change.before),
                state(change.after)};
    if (change.what == "old-key"_L1)
        return {Tr::tr("the old key"), state(change.before), state(change.after)};
    if (change.what == "users"_L1)
        return {Tr::tr("its users"), Tr::tr("signed in"),
                change.after == "logged-out"_L1 ? Tr::tr("logged out") : Tr::tr("stay signed in")};
    if (change.what == "secret"_L1)
        return {name(change.before), Tr::tr("the secret that is set"), Tr::tr("a new one, made here")};
    if (change.what == "given-secret"_L1)
        return {name(change.before), Tr::tr("the secret that is set"), Tr::tr("the one that is typed")};
    if (change.what == "old-key-end"_L1)
        return {Tr::tr("the old key's end"), Tr::tr("set"), Tr::tr("set anew")};
    return {};
}

} // namespace qd::words
