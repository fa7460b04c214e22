/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/word_parts.h"

using namespace Qt::StringLiterals;

namespace qd::words {

QString partName(const QString &path)
{
    return path.isEmpty() ? Tr::tr("the service") : text(path);
}

QString counted(const std::optional<qint64> &number, const std::optional<qint64> &threshold)
{
    if (!number)
        return {};
    // "8 of 5" is no share: it went on failing after it had opened.
    if (!threshold || *number > *threshold)
        return *number == 1 ? Tr::tr("1 failure") : Tr::tr("%n failures", nullptr, static_cast<int>(*number));
    return Tr::tr("%1 of %2 failures").arg(count(*number), count(*threshold));
}

QString limiterWords(const QString &mode, const QString &because)
{
    const QString why = because.isEmpty() ? QString() : u' ' + because;
    if (mode == toWord(LimiterMode::Redis))
        return Tr::tr("rate limits are counted in Redis");
    if (mode == toWord(LimiterMode::Memory))
        return Tr::tr("rate limits are counted in memory%1, each process by itself").arg(why);
    if (mode == toWord(LimiterMode::FailingOpen))
        return Tr::tr("rate limiter fails open%1: nothing is limited").arg(why);
    if (mode == toWord(LimiterMode::Refusing))
        return Tr::tr("rate limiter refuses every request%1").arg(why);
    return Tr::tr("it is not known where rate limits are counted");
}

QString levelWord(const QString &word)
{
    for (const Level level : {Level::Unknown, Level::Ok, Level::Degraded, Level::Down}) {
        if (word == toWord(level))
            return say(level).toLower();
    }
    return text(word);
}

} // namespace qd::words
