/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/reveal.h"

#include <QCborArray>
#include <QCborValue>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd {

QString toWord(Reveal reveal)
{
    static const std::array words{u"shown"_s, u"copied"_s, u"printed"_s, u"written"_s};
    return words.at(static_cast<std::size_t>(reveal));
}

bool handsOver(const Plan &plan)
{
    return std::ranges::find(plan.steps, u"api-key-issued"_s, &Phrase::code) != plan.steps.end();
}

Result<void> noteReveal(const Desk &desk, const Plan &plan, const QString &name, Reveal reveal, Instant now,
                        std::chrono::milliseconds deadline)
{
    const auto entry = desk.journal->append({.at = now,
                                             .kind = u"reveal"_s,
                                             .operatorId = desk.who.id,
                                             .host = desk.who.host,
                                             .deployment = plan.target.deployment,
                                             .planId = plan.id(),
                                             .reason = {},
                                             .body = QCborValue(QCborArray{toWord(reveal), name}).toCbor()},
                                            deadline);
    if (!entry)
        return std::unexpected(entry.error());
    return {};
}

} // namespace qd
