/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/switch_word.h"

#include <algorithm>
#include <array>
#include <utility>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Style = std::pair<QLatin1StringView, QLatin1StringView>;
constexpr std::array<Style, 4> styles{
    {{"true"_L1, "false"_L1}, {"1"_L1, "0"_L1}, {"on"_L1, "off"_L1}, {"yes"_L1, "no"_L1}}};

const Style *styleOf(QStringView word)
{
    const auto is = [word](QLatin1StringView known) { return known.compare(word, Qt::CaseInsensitive) == 0; };
    const auto *const it =
        std::ranges::find_if(styles, [&](const Style &style) { return is(style.first) || is(style.second); });
    return it == styles.end() ? nullptr : it;
}
} // namespace

std::optional<bool> isOn(QStringView word)
{
    const QStringView plain = word.trimmed();
    const Style *style = styleOf(plain);
    if (style == nullptr)
        return std::nullopt;
    return style->first.compare(plain, Qt::CaseInsensitive) == 0;
}

QString inStyleOf(const std::optional<QString> &held, bool on)
{
    const QString word = held.value_or(QString()).trimmed();
    const Style *found = styleOf(word);
    const auto &[yes, no] = found == nullptr ? styles.front() : *found;
    const QString said = on ? yes : no;
    if (word.isEmpty() || !word.at(0).isUpper())
        return said;
    return word.size() > 1 && word.at(1).isUpper() ? said.toUpper() : said.at(0).toUpper() + said.mid(1);
}

} // namespace qd
