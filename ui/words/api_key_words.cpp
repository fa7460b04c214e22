/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/api_key_words.h"

#include "words/words.h"

#include <QCoreApplication>
#include <QDateTime>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(ApiKeys)
};

/// Of a number of seconds.
QString lasting(const std::optional<QString> &seconds)
{
    return duration(Millis(std::chrono::seconds(seconds.value_or(QString()).toLongLong())));
}

/// Of microseconds since 1970, or of seconds from when it is done: no key lasts for thousands of years.
QString endOf(const std::optional<QString> &end)
{
    constexpr qint64 mostSeconds = 1'000'000'000'000;
    bool ok = false;
    const qint64 number = end.value_or(QString()).toLongLong(&ok);
    if (!ok)
        return Tr::tr("none");
    return number < mostSeconds ? Tr::tr("in %1").arg(lasting(end))
                                : QDateTime::fromMSecsSinceEpoch(number / 1000).toString(u"yyyy-MM-dd HH:mm"_s);
}

QString stateOf(const std::optional<QString> &state)
{
    return state == "over"_L1      ? Tr::tr("its time is over")
           : state == "revoked"_L1 ? Tr::tr("revoked")
                                   : Tr::tr("valid");
}

QString client(const QString &told)
{
    return told.isEmpty() ? Tr::tr("a client that the table does not name") : text(told);
}
} // namespace

QString apiKeyDeed(QStringView kind, const QString &key)
{
    if (kind == "rotate-api-key"_L1)
        return Tr::tr("Rotate API key %1").arg(text(key));
    if (kind == "retire-api-key"_L1)
        return Tr::tr("Retire API key %1").arg(text(key));
    if (kind == "revoke-api-key"_L1)
        return Tr::tr("Revoke API key %1").arg(text(key));
    return {};
}

QString apiKeyUndo(const Phrase &undo)
{
    const QString next = text(undo.arguments.value(0));
    if (undo.code == "api-key-taken-back"_L1)
        return next.isEmpty() ? Tr::tr("Set the end of %1 back").arg(text(undo.arguments.value(1)))
                              : Tr::tr("Revoke %1").arg(next);
    if (undo.code == "api-key-valid-again"_L1)
        return Tr::tr("Let %1 be valid again").arg(next);
    return {};
}

QString apiKeySentence(const Phrase &phrase)
{
    const auto argument = [&](qsizetype index) { return text(phrase.arguments.value(index)); };
    const QString next = argument(0);
    const QString old = argument(1);
    if (phrase.code == "api-key-issued"_L1)
        return Tr::tr("Make the key %1 for the client of %2 (%3); %2 stays valid")
            .arg(next, old, client(phrase.arguments.value(2)));
    if (phrase.code == "api-key-proved"_L1)
        return Tr::tr("Prove that %2 accepts %1, and no forged key").arg(next, argument(2));
    if (phrase.code == "api-key-ends"_L1)
        return Tr::tr("Let %1 be valid for %2 more").arg(old, lasting(phrase.arguments.value(2)));
    if (phrase.code == "api-key-retired"_L1)
        return Tr::tr("Revoke %1, if it was not used for %2 or its time is over")
            .arg(old, lasting(phrase.arguments.value(2)));
    if (phrase.code == "api-key-revoked"_L1)
        return Tr::tr("Revoke %1 at once: its client (%2) is cut off").arg(old, client(phrase.arguments.value(2)));
    if (phrase.code == "api-key-taken-back"_L1)
        return next.isEmpty()
                   ? Tr::tr("the end of %1 is as before").arg(old)
                   : Tr::tr("%1 is revoked, whoever was handed it, and the end of %2 is as before").arg(next, old);
    if (phrase.code == "api-key-valid-again"_L1)
        return Tr::tr("%1 is valid again, as before").arg(next);
    if (phrase.code == "api-key-probed"_L1)
        return Tr::tr("The new key is proved");
    if (phrase.code == "old-api-key-valid"_L1)
        return Tr::tr("%1 is valid still").arg(next);
    return {};
}

KeyChange apiKeyChange(const Change &change)
{
    if (change.what == "api-key"_L1)
        return {Tr::tr("the key"), text(change.before.value_or(QString())), text(change.after.value_or(QString()))};
    if (change.what == "api-key-lasts"_L1)
        return {Tr::tr("the new key's end"), endOf(change.before), endOf(change.after)};
    if (change.what == "api-key-end"_L1)
        return {Tr::tr("the old key's end"), endOf(change.before), endOf(change.after)};
    if (change.what == "old-api-key-ends"_L1)
        return {Tr::tr("the old key"), Tr::tr("valid"), Tr::tr("valid until its own end, which comes sooner")};
    if (change.what == "old-api-key-stays"_L1)
        return {Tr::tr("the old key"), Tr::tr("valid"),
                Tr::tr("valid until it is retired: its table keeps no end for a key")};
    if (change.what == "api-key-state"_L1)
        return {Tr::tr("the key"), stateOf(change.before), stateOf(change.after)};
    if (change.what == "api-key-client"_L1 && change.before == "cut-off"_L1)
        return {Tr::tr("its client (%1)").arg(client(change.after.value_or(QString()))), Tr::tr("is cut off"),
                Tr::tr("may ask")};
    if (change.what == "api-key-client"_L1)
        return {Tr::tr("its client (%1)").arg(client(change.before.value_or(QString()))), Tr::tr("may ask"),
                Tr::tr("is cut off")};
    return {};
}

QStringList apiKeyMeanwhile(const Plan &plan, bool isUndo)
{
    const auto ends = std::ranges::find(plan.steps, u"api-key-ends"_s, &Phrase::code);
    if (plan.action != "rotate-api-key"_L1 || isUndo)
        return {};
    QStringList said{Tr::tr("The new key is shown to nobody by itself: reveal it when this is done, within 15 minutes, "
                            "and hand it to the client.")};
    if (ends != plan.steps.end())
        said.append(Tr::tr("Whoever still asks with %1 after %2 is refused.")
                        .arg(text(plan.resource), lasting(ends->arguments.value(2))));
    return said;
}

QString apiKeyMeasure(const Measure &measure)
{
    if (measure.what != "api-key-last-use"_L1)
        return {};
    return measure.number ? Tr::tr("its last use: %1 ago (%2)")
                                .arg(duration(Millis(std::chrono::seconds(*measure.number))), text(measure.source))
                          : Tr::tr("its last use: %1").arg(text(measure.source));
}

} // namespace qd::words
