/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/verify_words.h"

#include "words/words.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(VerifyWords)
};

/// Of what passed: what came back, and how fast.
QString answered(const Verified &verified)
{
    if (verified.status == 0)
        return Tr::tr("As told by the last readings.");
    return Tr::tr("Answered %1 in %2.").arg(verified.status).arg(text(verified.latency));
}

QString milliseconds(const QString &count)
{
    return text(Millis(count.toDouble()));
}
} // namespace

QString say(Verified::Result result)
{
    switch (result) {
    case Verified::Result::Waiting:
        return Tr::tr("waiting");
    case Verified::Result::Running:
        return Tr::tr("running");
    case Verified::Result::Passed:
        return Tr::tr("passed");
    case Verified::Result::Failed:
        return Tr::tr("failed");
    case Verified::Result::Skipped:
        return Tr::tr("not looked at");
    case Verified::Result::Unknown:
        return Tr::tr("not known");
    }
    return {};
}

QString finding(const Verified &verified)
{
    using enum Verified::Finding;
    const auto word = [&](qsizetype i) { return text(verified.arguments.value(i)); };
    switch (verified.finding) {
    case None:
        return verified.result == Verified::Result::Passed ? answered(verified) : QString();
    case StatusDiffers:
        return Tr::tr("It answers %1, not %2.").arg(word(0), word(1));
    case HeaderDiffers:
        return Tr::tr("The header %1 is '%2', not '%3'.").arg(word(0), word(1), word(2));
    case HeaderMissing:
        return Tr::tr("The header %1 is missing.").arg(word(0));
    case HeaderPresent:
        return Tr::tr("The header %1 is there ('%2'), and should not be.").arg(word(0), word(1));
    case MemberDiffers:
        return Tr::tr("%1 is '%2', not '%3'.").arg(word(0), word(1), word(2));
    case MemberMissing:
        return Tr::tr("%1 is missing.").arg(word(0));
    case MemberPresent:
        return Tr::tr("%1 is there ('%2'), and should not be.").arg(word(0), word(1));
    case NoJson:
        return Tr::tr("The answer is no JSON.");
    case TooSlow:
        return Tr::tr("It took %1, more than %2.").arg(milliseconds(word(0)), milliseconds(word(1)));
    case NeverSo:
        return Tr::tr("Not once in %1 requests; the last one was answered %2.").arg(word(0), word(1));
    case AfterSo:
        return Tr::tr("After %1 requests.").arg(word(0));
    case HitRateLow:
        return Tr::tr("Too low: %1.").arg(word(0));
    case BreakersOpen:
        return Tr::tr("Not closed: %1.").arg(word(0));
    case SchemaDiffers:
        return Tr::tr("The database is at %1, not %2.").arg(word(0), word(1));
    case NeedsConsent:
        return Tr::tr("It sends up to %1 requests in a row: only where somebody agrees to that.").arg(word(0));
    case NotInProduction:
        return Tr::tr("It sends requests in a row: not in production unless the profile says 'in_production: true'.");
    case OtherPlace:
        return Tr::tr("It is meant for %1.").arg(word(0));
    case NotMeasured:
        return word(0).isEmpty() ? Tr::tr("No source tells it at present.")
                                 : Tr::tr("Of %1 no source tells it at present.").arg(word(0));
    case NoAnswer:
        return verified.error ? text(verified.error->message) : QString();
    }
    return {};
}

QString finding(const QString &word, const QStringList &arguments)
{
    for (int each = 0; each <= static_cast<int>(Verified::Finding::NoAnswer); ++each) {
        const auto found = static_cast<Verified::Finding>(each);
        if (toWord(found) == word)
            return finding({.name = {}, .title = {}, .finding = found, .arguments = arguments});
    }
    return text(word);
}

QString summary(const QList<Verified> &results)
{
    const auto number = [&](Verified::Result result) { return std::ranges::count(results, result, &Verified::result); };
    QStringList parts{Tr::tr("%1 of %2 passed").arg(number(Verified::Result::Passed)).arg(results.size())};
    if (const auto failed = number(Verified::Result::Failed); failed > 0)
        parts += Tr::tr("%1 failed").arg(failed);
    if (const auto unknown = number(Verified::Result::Unknown); unknown > 0)
        parts += Tr::tr("%1 not known").arg(unknown);
    if (const auto skipped = number(Verified::Result::Skipped) + number(Verified::Result::Waiting); skipped > 0)
        parts += Tr::tr("%1 not looked at").arg(skipped);
    return parts.join(u", "_s);
}

} // namespace qd::words
