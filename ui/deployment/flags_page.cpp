/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/flags_page.h"

#include "actions/acting.h"
#include "actions/feature_flag/feature_flag.h"
#include "deployment/absence.h"
#include "deployment/deed_row.h"
#include "deployment/fact_table.h"
#include "tables/custody_models.h"
#include "theme/text_label.h"
#include "watch/custody.h"
#include "words/action_words.h"
#include "words/words.h"

#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QHash<QString, QString> standingWords()
{
    return {{u"unknown"_s, FlagsPage::tr("not known")},
            {u"live"_s, FlagsPage::tr("live")},
            {u"silent"_s, FlagsPage::tr("set, service does not answer")},
            {u"waiting"_s, FlagsPage::tr("set, not live until redeploy")}};
}

/// "6 flags, 1 not live until redeploy".
QString withWaiting(const QString &all, qsizetype waiting)
{
    return waiting > 0 ? FlagsPage::tr("%1, %2 not live until redeploy").arg(all).arg(waiting) : all;
}

/// The other way round; and live, where that takes a redeploy.
Wish wishFor(const FeatureFlag &flag)
{
    const QString other = flag.set.has() && *flag.set == "on"_L1 ? u"false"_s : u"true"_s;
    std::map<QString, QString> set{{u"enabled"_s, other}};
    if (isVariable(flag))
        set = {{u"value"_s, other}, {u"then"_s, u"redeploy"_s}};
    return {.resource = flag.key, .set = set, .author = {}, .reason = {}};
}
} // namespace

FlagsPage::FlagsPage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent)
    : DeploymentPage(logbook, theme, {QString::fromLatin1(FeatureFlag::kind), QString::fromLatin1(Variable::kind)},
                     parent)
    , m_acting(acting)
    , m_flags(new FactTable(*this, new FlagModel(this), u"flag"_s, this))
    , m_action(new QWidget(this))
    , m_set(new QPushButton(m_action))
    , m_hint(new Label(theme, TextSize::Body, false, m_action))
    , m_variables(new FactTable(*this, new VariableModel(this), u"variable"_s, this))
{
    m_flags->setTitle(tr("Flags"));
    m_flags->setFilterHint(tr("Filter by flag, value, person or place"));
    m_flags->setColumns(
        {{.id = "flag"_L1, .header = tr("Flag")},
         {.id = "set"_L1, .header = tr("Set"), .width = 84},
         {.id = "effective"_L1, .header = tr("Effective"), .width = 84},
         {.id = "standing"_L1, .header = tr("State"), .width = 216, .words = standingWords(), .marked = true},
         {.id = "rollout"_L1, .header = tr("Rollout"), .width = 84, .from = 760, .whereAny = true},
         {.id = "updated_by"_L1, .header = tr("Set by"), .width = 130, .from = 800, .whereAny = true},
         {.id = "updated_at"_L1, .header = tr("When"), .width = 124, .from = 640, .whereAny = true},
         {.id = "where"_L1, .header = tr("Where"), .width = 190, .from = 1100}});
    m_variables->setTitle(tr("Variables of the platform"));
    m_variables->setFilterHint(tr("Filter by variable"));
    m_variables->setColumns(
        {{.id = "variable"_L1, .header = tr("Variable")},
         {.id = "standing"_L1, .header = tr("State"), .width = 216, .words = standingWords(), .marked = true},
         {.id = "updated_at"_L1, .header = tr("Changed"), .width = 124, .whereAny = true},
         {.id = "source"_L1, .header = tr("Source"), .width = 130}});
    content()->addWidget(m_flags, 3);
    buildAction();
    if (onlyWatches(m_acting))
        m_action->hide();
    else
        m_flags->setBanner(m_action);
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
    showAction();
}

void FlagsPage::buildAction()
{
    m_set->setObjectName(u"flag-act"_s);
    m_hint->setObjectName(u"flag-act-hint"_s);
    m_hint->setTone(Tone::Muted);
    m_hint->setWordWrap(3);
    auto *row = new QHBoxLayout(m_action);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(m_set);
    row->addWidget(m_hint, 1);
    connect(m_set, &QPushButton::clicked, this, &FlagsPage::act);
    connect(m_flags, &FactTable::opened, this, [this] {
        if (m_set->isEnabled())
            act();
    });
    connect(m_flags, &FactTable::chosen, this, [this](const QString &key) {
        m_chosen = key;
        showAction();
    });
}

const Told<FeatureFlag> *FlagsPage::chosenFlag() const
{
    const QList<Told<FeatureFlag>> &flags = logbook().view().flags.rows;
    const auto found = std::ranges::find_if(flags, [this](const auto &told) { return told.fact.key == m_chosen; });
    return found == flags.end() ? nullptr : &*found;
}

void FlagsPage::showAction()
{
    const DeploymentView &view = logbook().view();
    const Told<FeatureFlag> *told = chosenFlag();
    QString hint;
    if (onlyWatches(m_acting))
        hint = words::readOnly();
    else if (!told)
        hint = tr("Choose a flag to set it.");
    else if (!told->fact.set.has())
        hint = tr("It is not known how this flag is set.");
    else if (const auto action = actionOn(told->fact, logbook().profile()); !action)
        hint = tr("%1 cannot be set from here: %2").arg(words::text(told->fact.key), action.error().message);
    m_hint->setText(hint);
    m_set->setEnabled(hint.isEmpty());
    const QString deed = told ? words::deed(wishFor(told->fact)) : tr("Set a flag");
    m_set->setText(
        tr("%1 in %2 · %3…").arg(deed, words::text(view.name), words::text(view.environment)).replace(u'&', u"&&"_s));
}

void FlagsPage::act()
{
    const Told<FeatureFlag> *told = chosenFlag();
    const auto action = told ? actionOn(told->fact, logbook().profile()) : failure(ErrorCode::NotFound, {});
    if (action)
        Q_EMIT actionRequested(*action, wishFor(told->fact));
}

// Nothing here is a series.
void FlagsPage::showSeries(TimeRange) {}

} // namespace qd
