/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/flags_page.h"

#include "deployment/absence.h"
#include "deployment/fact_table.h"
#include "tables/custody_models.h"
#include "watch/custody.h"

#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QHash<QString, QString> standingWords()
{
    return {{u"unknown"_s, FlagsPage::tr("not known")},
            {u"live"_s, FlagsPage::tr("live")},
            {u"waiting"_s, FlagsPage::tr("set, not live until redeploy")}};
}

/// "6 flags, 1 not live until redeploy".
QString withWaiting(const QString &all, qsizetype waiting)
{
    return waiting > 0 ? FlagsPage::tr("%1, %2 not live until redeploy").arg(all).arg(waiting) : all;
}
} // namespace

FlagsPage::FlagsPage(Logbook &logbook, const Theme &theme, QWidget *parent)
    : DeploymentPage(logbook, theme, {QString::fromLatin1(FeatureFlag::kind), QString::fromLatin1(Variable::kind)},
                     parent)
    , m_flags(new FactTable(*this, new FlagModel(this), u"flag"_s, this))
    , m_variables(new FactTable(*this, new VariableModel(this), u"variable"_s, this))
{
    m_flags->setTitle(tr("Flags"));
    m_flags->setFilterHint(tr("Filter by flag, value, person or place"));
    m_flags->setColumns(
        {{.id = "flag"_L1, .header = tr("Flag")},
         {.id = "set"_L1, .header = tr("Set"), .width = 84},
         {.id = "effective"_L1, .header = tr("Effective"), .width = 84},
         {.id = "standing"_L1, .header = tr("State"), .width = 216, .words = standingWords(), .marked = true},
         {.id = "rollout"_L1, .header = tr("Rollout"), .width = 84, .from = 760},
         {.id = "updated_by"_L1, .header = tr("Set by"), .width = 130, .from = 800},
         {.id = "updated_at"_L1, .header = tr("When"), .width = 124, .from = 640},
         {.id = "where"_L1, .header = tr("Where"), .width = 190, .from = 1100}});
    m_variables->setTitle(tr("Variables of the platform"));
    m_variables->setFilterHint(tr("Filter by variable"));
    m_variables->setColumns(
        {{.id = "variable"_L1, .header = tr("Variable")},
         {.id = "standing"_L1, .header = tr("State"), .width = 216, .words = standingWords(), .marked = true},
         {.id = "updated_at"_L1, .header = tr("Changed"), .width = 124},
         {.id = "source"_L1, .header = tr("Source"), .width = 130}});
    content()->addWidget(m_flags, 3);
    content()->addWidget(m_variables, 2);
}

void FlagsPage::showView(const DeploymentView &view)
{
    const auto waitingFlags = std::ranges::count_if(view.flags.rows, [&](const Told<FeatureFlag> &told) {
        return standingOf(told.fact, view.variables) == FlagStanding::Waiting;
    });
    m_flags->setCounted([waitingFlags](int all) { return withWaiting(tr("%n flags", nullptr, all), waitingFlags); });
    m_flags->showView(view, absenceOf(*this, view, view.flags.freshness,
                                      {.kind = QString::fromLatin1(FeatureFlag::kind),
                                       .plural = tr("flags"),
                                       .excluded = u"flags"_s,
                                       .source = u"feature-flags"_s,
                                       .none = {.status = Status::Muted,
                                                .headline = tr("There is no flag"),
                                                .advice = tr("The place where flags lie was read, and holds none.")}}));
    const auto waiting = std::ranges::count_if(view.variables.rows, [](const Told<Variable> &told) {
        return told.fact.isLive.has() && *told.fact.isLive == 0;
    });
    m_variables->setCounted([waiting](int all) { return withWaiting(tr("%n variables", nullptr, all), waiting); });
    m_variables->setVisible(!view.variables.rows.isEmpty());
    m_variables->showView(view, {});
}

// Nothing here is a series.
void FlagsPage::showSeries(TimeRange) {}

} // namespace qd
