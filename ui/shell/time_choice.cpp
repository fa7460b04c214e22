/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/time_choice.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
QString tr(const char *text)
{
    return QCoreApplication::translate("TimeChoice", text);
}
} // namespace

std::chrono::milliseconds lengthOf(TimeChoice choice)
{
    constexpr std::array<std::chrono::milliseconds, allTimeChoices.size()> lengths{5min, 15min, 1h, 6h, 24h, 7 * 24h};
    return lengths.at(static_cast<size_t>(choice));
}

QString shortWord(TimeChoice choice)
{
    const std::array words{tr("5 m"), tr("15 m"), tr("1 h"), tr("6 h"), tr("24 h"), tr("7 d")};
    return words.at(static_cast<size_t>(choice));
}

QString longWords(TimeChoice choice)
{
    const std::array words{tr("the last 5 minutes"), tr("the last 15 minutes"), tr("the last hour"),
                           tr("the last 6 hours"),   tr("the last 24 hours"),   tr("the last 7 days")};
    return words.at(static_cast<size_t>(choice));
}

QString keyOf(TimeChoice choice)
{
    const std::array keys{u"5m"_s, u"15m"_s, u"1h"_s, u"6h"_s, u"24h"_s, u"7d"_s};
    return keys.at(static_cast<size_t>(choice));
}

TimeChoice timeChoice(const QString &key)
{
    const auto *found = std::ranges::find(allTimeChoices, key, [](TimeChoice choice) { return keyOf(choice); });
    return found == allTimeChoices.end() ? TimeChoice::Hour : *found;
}

TimeRange rangeOf(TimeChoice choice, Instant now)
{
    constexpr int pixels = 1500;
    const auto length = lengthOf(choice);
    const auto step = std::clamp<std::chrono::milliseconds>(length / pixels, 1s, 10s);
    const auto steps = now.time_since_epoch() / step + 1;
    const Instant to{steps * step};
    return {to - length, to};
}

TimeRange watchedPart(TimeRange range, std::optional<Instant> watchedSince)
{
    if (!watchedSince || (range.to - *watchedSince) * 4 >= range.length())
        return range;
    const Instant minute{std::chrono::floor<std::chrono::minutes>(watchedSince->time_since_epoch())};
    return {std::max(range.from, std::min(minute, range.to - 1min)), range.to};
}

} // namespace qd
