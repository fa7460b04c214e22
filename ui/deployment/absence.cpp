/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/absence.h"

#include "deployment/deployment_page.h"
#include "sources/source.h"
#include "words/words.h"

#include <QCoreApplication>

#include <algorithm>

namespace qd {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(qd::Absence)
};
} // namespace

Absence absenceOf(const DeploymentPage &page, const DeploymentView &view, const Freshness &freshness,
                  const AbsentThing &thing)
{
    const QString name = page.logbook().profile().name;
    if (page.hasNot(thing.excluded))
        return {.status = Status::NotAvailable,
                .headline = Tr::tr("Not available here"),
                .advice = Tr::tr("The profile of %1 says that it has no %2. If it has them now, take “%3” out of "
                                 "“unavailable” in the profile.")
                              .arg(name, thing.plural, thing.excluded)};
    switch (freshness.kind) {
    case Freshness::Kind::Fresh:
        return thing.none;
    case Freshness::Kind::Stale:
    case Freshness::Kind::Refused:
        return {.status = Status::Unknown,
                .headline = words::freshness(freshness, view.at),
                .advice = freshness.error ? words::explain(*freshness.error).advice : QString()};
    case Freshness::Kind::Pending:
        break;
    }
    const bool isAsked = std::ranges::any_of(view.sources, [&](const SourceView &source) {
        return source.kind == thing.source || factKindsOf(source.kind).contains(thing.kind);
    });
    if (!isAsked)
        return {.status = Status::NotAvailable,
                .headline = Tr::tr("Nobody tells of %1").arg(thing.plural),
                .advice = Tr::tr("No source in the profile of %1 tells of %2. Add a source of kind “%3”; if it has "
                                 "none, write “%4” under “unavailable”.")
                              .arg(name, thing.plural, thing.source, thing.excluded)};
    return {.status = Status::Unknown,
            .headline = words::freshness(freshness, view.at),
            .advice = freshness.error ? words::explain(*freshness.error).advice
                                      : Tr::tr("The first answer has not come yet.")};
}

} // namespace qd
