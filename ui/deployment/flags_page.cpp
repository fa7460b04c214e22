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
#include "sources/switch_word.h"
#include "theme/text_label.h"
#include "watch/custody.h"
#include "words/action_words.h"
#include "words/words.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSpinBox>
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

/// Whether that may be written into a variable of that type.
bool isValue(const QString &text, PlatformMap::Type type)
{
    static const QRegularExpression number(QRegularExpression::anchoredPattern(u"-?[0-9]{1,15}(\\.[0-9]{1,6})?"_s));
    return type == PlatformMap::Type::Number ? number.match(text).hasMatch() : !text.isEmpty();
}

/// Empty where it is not set at all.
QString writtenIn(const FeatureFlag &flag)
{
    const QString value = flag.set.valueOr({});
    return value == "not set"_L1 ? QString() : value;
}

/// Whether the flag still is what `plan` set.
bool isAsLeft(const FeatureFlag &flag, const Plan &plan)
{
    return std::ranges::all_of(plan.changes, [&](const Change &change) {
        if (change.what == "rollout"_L1)
            return change.after && flag.rollout.has() && *change.after == QString::number(*flag.rollout);
        if (change.what != "enabled"_L1 && change.what != "variable"_L1)
            return true; // of the deploy
        const QString set = writtenIn(flag);
        const auto on = change.after ? isOn(*change.after) : std::nullopt;
        return set == change.after.value_or(QString()) || (on && isOn(set) == on);
    });
}

QString withUnit(const QString &value, const QString &unit)
{
    return unit.isEmpty() ? words::text(value) : u"%1 %2"_s.arg(words::text(value), words::text(unit));
}
} // namespace

FlagsPage::FlagsPage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent)
    : DeploymentPage(logbook, theme, {QString::fromLatin1(FeatureFlag::kind), QString::fromLatin1(Variable::kind)},
                     parent)
    , m_acting(acting)
    , m_model(new FlagModel(this))
    , m_flags(new FactTable(*this, m_model, u"flag"_s, this))
    , m_action(new QWidget(this))
    , m_value(new QLineEdit(m_action))
    , m_unit(new Label(theme, TextSize::Body, false, m_action))
    , m_set(new QPushButton(m_action))
    , m_redeploy(new QCheckBox(tr("and redeploy"), m_action))
    , m_percent(new QSpinBox(m_action))
    , m_setPercent(new QPushButton(m_action))
    , m_hint(new Label(theme, TextSize::Body, false, m_action))
    , m_variables(new FactTable(*this, new VariableModel(this), u"variable"_s, this))
{
    m_flags->setTitle(tr("Flags"));
    m_flags->setFilterHint(tr("Filter by flag, value, person or place"));
    m_flags->setColumns(
        {{.id = "flag"_L1, .header = tr("Flag")},
         {.id = "set"_L1, .header = tr("Set"), .width = 84},
         {.id = "effective"_L1, .header = tr("Effective"), .width = 84, .whereAny = true},
         {.id = "standing"_L1, .header = tr("State"), .width = 216, .words = standingWords(), .marked = true},
         {.id = "rollout"_L1, .header = tr("Rollout"), .width = 84, .from = 760, .whereAny = true},
         {.id = "updated_by"_L1, .header = tr("Set by"), .width = 130, .from = 800, .whereAny = true},
         {.id = "updated_at"_L1, .header = tr("When"), .width = 124, .from = 640, .whereAny = true},
         {.id = "where"_L1, .header = tr("Where"), .width = 190, .from = 1100}});
    m_variables->setTitle(tr("Variables of the platform"));
    m_variables->setFilterHint(tr("Filter by variable"));
    setUpVariables(false);
    content()->addWidget(m_flags, 3);
    buildAction();
    if (onlyWatches(m_acting))
        m_action->hide();
    else
        m_flags->setFoot(m_action);
    content()->addWidget(m_variables, 2);
}

void FlagsPage::setUpVariables(bool hasStates)
{
    m_hasStates = hasStates;
    QList<FactTable::Column> columns{
        {.id = "variable"_L1, .header = tr("Variable")},
        {.id = "standing"_L1, .header = tr("State"), .width = 216, .words = standingWords(), .marked = true},
        {.id = "updated_at"_L1, .header = tr("Changed"), .width = 124, .whereAny = true},
        {.id = "source"_L1, .header = tr("Source"), .width = 130}};
    if (!hasStates)
        columns.removeAt(1);
    m_variables->setColumns(columns);
}

void FlagsPage::showView(const DeploymentView &view)
{
    m_model->setSaid(said());
    const auto waitingFlags = std::ranges::count_if(view.flags.rows, [&](const Told<FeatureFlag> &told) {
        return standingOf(told.fact, view.variables) == FlagStanding::Waiting || waitsSinceSetHere(told.fact);
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
    const bool hasStates =
        std::ranges::any_of(view.variables.rows, [](const Told<Variable> &told) { return told.fact.isLive.has(); });
    if (hasStates != m_hasStates)
        setUpVariables(hasStates);
    m_variables->setVisible(!view.variables.rows.isEmpty());
    m_variables->showView(view, {});
    showAction();
}

void FlagsPage::buildAction()
{
    m_value->setObjectName(u"flag-value"_s);
    m_value->setMaxLength(200);
    m_value->setMaximumWidth(theme().px(160));
    m_unit->setObjectName(u"flag-unit"_s);
    m_set->setObjectName(u"flag-act"_s);
    m_redeploy->setObjectName(u"flag-redeploy"_s);
    m_redeploy->setChecked(true);
    m_redeploy->setToolTip(tr("Without it what is set is not live until the next deploy."));
    m_percent->setObjectName(u"flag-percent"_s);
    m_percent->setAccessibleName(tr("Rollout, in percent"));
    m_percent->setRange(0, 100);
    m_percent->setSuffix(tr(" %"));
    m_percent->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_setPercent->setObjectName(u"flag-percent-act"_s);
    m_hint->setObjectName(u"flag-act-hint"_s);
    m_hint->setTone(Tone::Muted);
    m_hint->setWordWrap(3);
    auto *row = new QHBoxLayout;
    row->setSpacing(12);
    for (QWidget *field : QList<QWidget *>{m_value, m_unit, m_set, m_redeploy, m_percent, m_setPercent})
        row->addWidget(field);
    row->addStretch();
    auto *column = new QVBoxLayout(m_action);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addLayout(row);
    column->addWidget(m_hint);
    connect(m_set, &QPushButton::clicked, this, [this] {
        if (const auto *told = chosenFlag())
            act(wishFor(told->fact));
    });
    connect(m_setPercent, &QPushButton::clicked, this, [this] {
        if (const auto *told = chosenFlag())
            act({.resource = told->fact.key,
                 .set = {{u"rollout"_s, QString::number(m_percent->value())}},
                 .author = {},
                 .reason = {}});
    });
    connect(m_value, &QLineEdit::textChanged, this, &FlagsPage::showAction);
    connect(m_value, &QLineEdit::returnPressed, m_set, &QPushButton::click);
    connect(m_redeploy, &QCheckBox::toggled, this, &FlagsPage::showAction);
    connect(m_percent, &QSpinBox::valueChanged, this, &FlagsPage::showAction);
    if (m_acting != nullptr)
        connect(m_acting, &Acting::newsChanged, this, [this] { showView(logbook().view()); });
    connect(m_flags, &FactTable::opened, this, [this] {
        if (m_value->isVisible() && !m_set->isEnabled())
            m_value->setFocus();
        else
            m_set->click();
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

QString FlagsPage::whyNot(const Told<FeatureFlag> *told) const
{
    if (onlyWatches(m_acting))
        return words::readOnly();
    if (!told)
        return tr("Choose a flag to set it.");
    if (!told->fact.set.has())
        return tr("It is not known how this flag is set.");
    const auto action = actionOn(told->fact, logbook().profile());
    return action ? QString()
                  : tr("%1 cannot be set from here: %2").arg(words::text(told->fact.key), action.error().message);
}

const ActionRecord *FlagsPage::setHere(const FeatureFlag &flag) const
{
    if (m_acting == nullptr)
        return nullptr;
    const QList<ActionRecord> &records = m_acting->news().records; // the newest first
    const auto last = std::ranges::find_if(records, [&](const ActionRecord &record) {
        return record.deployment == logbook().profile().name && record.isDone && record.endedAt && record.plan &&
               (record.plan->action == "platform-variable"_L1 || record.plan->action == "feature-flag"_L1) &&
               record.plan->resource == flag.key;
    });
    return last != records.end() && isAsLeft(flag, *last->plan) ? &*last : nullptr;
}

FlagsPage::Standing FlagsPage::standingSinceSetHere(const FeatureFlag &flag) const
{
    const DeploymentView &view = logbook().view();
    const FlagStanding told = standingOf(flag, view.variables);
    const ActionRecord *last = isVariable(flag) && told == FlagStanding::Unknown ? setHere(flag) : nullptr;
    if (last == nullptr)
        return {.standing = told};
    // What was rolled back since runs with the variables of then.
    const bool isRolledBack = std::ranges::any_of(m_acting->news().records, [&](const ActionRecord &record) {
        return record.deployment == last->deployment && record.plan && record.plan->action == "roll-back"_L1 &&
               record.at > last->at && record.ending != Ending::Refused;
    });
    if (isRolledBack)
        return {};
    if (last->plan->steps.size() > 1) // with a redeploy, which was watched until it was live
        return {.standing = FlagStanding::Live, .since = last->endedAt};
    const auto since = std::ranges::find_if(view.deploys.rows, [&](const Told<Deploy> &deploy) {
        return deploy.fact.isLive.valueOr(0) == 1 && deploy.fact.createdAt.has() &&
               *deploy.fact.createdAt > *last->endedAt;
    });
    if (since == view.deploys.rows.end())
        return {.standing = FlagStanding::Waiting};
    return {.standing = FlagStanding::Live, .since = since->fact.finishedAt.valueOr(*since->fact.createdAt)};
}

bool FlagsPage::waitsSinceSetHere(const FeatureFlag &flag) const
{
    return standingOf(flag, logbook().view().variables) == FlagStanding::Unknown &&
           standingSinceSetHere(flag).standing == FlagStanding::Waiting;
}

QHash<QString, FlagModel::Said> FlagsPage::said() const
{
    const DeploymentView &view = logbook().view();
    QHash<QString, FlagModel::Said> said;
    for (const Told<FeatureFlag> &told : view.flags.rows) {
        const ActionRecord *last = setHere(told.fact);
        if (last == nullptr)
            continue;
        const Standing standing = standingSinceSetHere(told.fact);
        if (!last->revertsAt && standingOf(told.fact, view.variables) == standing.standing)
            continue; // no more than the sources tell
        QString text = standingWords().value(toWord(standing.standing));
        if (standing.since)
            text = tr("live since %1").arg(words::shortTime(*standing.since, view.at));
        if (last->revertsAt && !last->plan->changes.isEmpty()) {
            const Change &change = last->plan->changes.first();
            const QString before = words::wordsOf(*last->plan, change).before;
            const QString at = words::shortTime(*last->revertsAt, view.at);
            const QString back = change.what == "enabled"_L1 ? tr("back %1 at %2").arg(before, at)
                                                             : tr("back to %1 at %2").arg(before, at);
            if (standing.standing == FlagStanding::Waiting)
                text = tr("not live");
            text = standing.standing == FlagStanding::Unknown ? back : u"%1, %2"_s.arg(text, back);
        }
        said.insert(told.fact.key, {.standing = standing.standing,
                                    .text = text,
                                    .rule = tr("%1: %2 at %3, as this console's journal has it")
                                                .arg(words::deed(*last), words::outcome(*last),
                                                     words::shortTime(*last->endedAt, view.at))});
    }
    return said;
}

Wish FlagsPage::wishFor(const FeatureFlag &flag) const
{
    Wish wish{.resource = flag.key, .set = {}, .author = {}, .reason = {}};
    const bool isOn = flag.set.has() && *flag.set == "on"_L1;
    if (formOf(flag, logbook().profile()).type != PlatformMap::Type::Boolean)
        wish.set[u"value"_s] = m_value->text().trimmed();
    else
        wish.set[isVariable(flag) ? u"value"_s : u"enabled"_s] = isOn ? u"false"_s : u"true"_s; // the other way round
    if (isVariable(flag) && m_redeploy->isChecked())
        wish.set[u"then"_s] = u"redeploy"_s;
    return wish;
}

void FlagsPage::fillFields(const FeatureFlag &flag)
{
    const QString value = writtenIn(flag);
    const QString filled = u"%1\n%2\n%3"_s.arg(flag.key, value).arg(flag.rollout.valueOr(-1));
    if (filled == m_filled)
        return;
    m_filled = filled;
    const QSignalBlocker values(m_value);
    const QSignalBlocker percents(m_percent);
    m_value->setText(value);
    m_percent->setValue(static_cast<int>(flag.rollout.valueOr(0)));
}

void FlagsPage::showAction()
{
    const Told<FeatureFlag> *told = chosenFlag();
    const FlagForm form = told ? formOf(told->fact, logbook().profile()) : FlagForm();
    const bool isSwitch = form.type == PlatformMap::Type::Boolean;
    const QString why = whyNot(told);
    QString hint = why;
    bool canSet = why.isEmpty();
    if (told)
        fillFields(told->fact);
    if (canSet && !isSwitch) {
        const QString now = writtenIn(told->fact);
        const QString typed = m_value->text().trimmed();
        canSet = typed != now && isValue(typed, form.type);
        const QString name = words::text(told->fact.key);
        if (typed != now && !canSet && !typed.isEmpty())
            hint = tr("%1 takes a number.").arg(name);
        else
            hint = now.isEmpty() ? tr("%1 is not set.").arg(name)
                                 : tr("%1 is %2 now.").arg(name, withUnit(now, form.unit));
    }
    const bool isOfPlatform = told && isVariable(told->fact);
    if (why.isEmpty() && isOfPlatform && !m_redeploy->isChecked())
        hint = tr("%1 What is set is not live until redeploy.").arg(hint).trimmed();
    else if (told && waitsSinceSetHere(told->fact))
        hint = tr("%1 It was set from here, and is not live until redeploy.").arg(hint).trimmed();
    m_value->setVisible(why.isEmpty() && !isSwitch);
    m_value->setAccessibleName(told ? tr("Value of %1").arg(words::text(told->fact.key)) : QString());
    m_unit->setVisible(why.isEmpty() && !form.unit.isEmpty());
    m_unit->setText(words::text(form.unit));
    m_redeploy->setVisible(why.isEmpty() && isOfPlatform);
    const bool hasPercent = why.isEmpty() && told->fact.rollout.has();
    m_percent->setVisible(hasPercent);
    m_setPercent->setVisible(hasPercent);
    m_hint->setText(hint);
    QString deed = tr("Set a flag");
    if (told) {
        Wish wish = wishFor(told->fact);
        wish.set.erase(u"then"_s); // the box beside it says that
        deed = words::deed(wish);
        if (!isSwitch && !m_value->text().trimmed().isEmpty())
            deed = tr("Set %1 to %2").arg(words::text(told->fact.key), withUnit(m_value->text().trimmed(), form.unit));
    }
    showDeed(*m_set, *this, deed, canSet ? QString() : hint);
    if (!hasPercent)
        return;
    const bool isOther = m_percent->value() != *told->fact.rollout;
    showDeed(*m_setPercent, *this,
             tr("Set the rollout of %1 to %2 %").arg(words::text(told->fact.key)).arg(m_percent->value()),
             isOther ? QString() : tr("It is %1 % now.").arg(m_percent->value()));
}

void FlagsPage::act(const Wish &wish)
{
    const Told<FeatureFlag> *told = chosenFlag();
    const auto action = told ? actionOn(told->fact, logbook().profile()) : failure(ErrorCode::NotFound, {});
    if (action)
        Q_EMIT actionRequested(*action, wish);
}

// Nothing here is a series.
void FlagsPage::showSeries(TimeRange) {}

} // namespace qd
