/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/activity_page.h"

#include "actions/platform/platform_action.h"
#include "charts/news.h"
#include "deployment/action_card.h"
#include "deployment/deed_row.h"
#include "deployment/fact_table.h"
#include "tables/custody_models.h"
#include "words/action_words.h"
#include "words/words.h"

#include <QComboBox>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
/// As many as a view holds: earlier ones are gone.
constexpr qsizetype mostKept = 200;
constexpr int mostDeploys = 4;

QString withCapital(QString sentence)
{
    if (!sentence.isEmpty())
        sentence[0] = sentence[0].toUpper();
    return sentence;
}

/// In the order of their buttons.
constexpr std::array serviceDeeds{PlatformDeed::Redeploy, PlatformDeed::Restart, PlatformDeed::RollBack};

bool actsOnPlatform(const Profile &profile)
{
    return std::ranges::any_of(serviceDeeds,
                               [&](PlatformDeed deed) { return platformActionOn(deed, profile).has_value(); });
}
} // namespace

ActivityPage::ActivityPage(Logbook &logbook, const Theme &theme, Acting *acting, QWidget *parent)
    : DeploymentPage(logbook, theme, {}, parent)
    , m_acting(acting)
    , m_reading(new QTimer(this))
    , m_actions(new ActionCard(theme, this))
    , m_model(new ActivityModel)
    , m_kinds(new QComboBox)
    , m_table(new FactTable(*this, m_model, u"activity"_s, this))
    , m_undo(new DeedRow(*this, u"activity-act"_s, {u"activity-undo"_s}, this))
    , m_deploys(new FactTable(*this, new DeployModel(this), u"deploy"_s, this))
    , m_service(
          new DeedRow(*this, u"service-act"_s, {u"service-redeploy"_s, u"service-restart"_s, u"service-back"_s}, this))
{
    setUpKinds();
    setUpTable();
    setUpDeploys();
    content()->addWidget(m_actions);
    content()->addWidget(m_table, 1);
    content()->addWidget(m_undo);
    content()->addWidget(m_deploys);
    content()->addWidget(m_service);
    setUpService();
    m_undo->hide();
    connect(m_table, &FactTable::chosen, this, [this](const QString &key) {
        m_chosen = key;
        showUndo();
    });
    connect(m_undo, &DeedRow::pressed, this, [this] {
        if (const ActionRecord *record = chosenRecord(); record != nullptr && whyNotChosen(record).isEmpty())
            Q_EMIT recordRequested(record->planId, u"undo"_s);
    });
    connect(m_reading, &QTimer::timeout, this, &ActivityPage::readAgain);
    connect(m_actions, &ActionCard::requested, this, &DeploymentPage::recordRequested);
    if (acting)
        connect(acting, &Acting::newsChanged, this, &ActivityPage::showEvents);
}

void ActivityPage::showEvent(QShowEvent *event)
{
    DeploymentPage::showEvent(event);
    readAgain();
    m_reading->start(10s);
}

void ActivityPage::hideEvent(QHideEvent *event)
{
    m_reading->stop();
    DeploymentPage::hideEvent(event);
}

void ActivityPage::readAgain()
{
    if (!m_acting)
        return;
    m_acting->readJournal();
    m_acting->readApprovals(logbook().profile());
}

const ActionRecord *ActivityPage::chosenRecord() const
{
    if (!m_acting)
        return nullptr;
    const QList<ActionRecord> &records = m_acting->news().records;
    const auto found = std::ranges::find(records, m_chosen, [](const ActionRecord &each) { return actionKeyOf(each); });
    return found == records.end() ? nullptr : &*found;
}

QString ActivityPage::whyNotChosen(const ActionRecord *record) const
{
    if (record == nullptr)
        return tr("Choose an action above to take it back.");
    if (record->isUnfinished)
        return tr("It never came to its end: above it can be verified, resumed or undone.");
    if (!record->plan)
        return tr("Another version of this console wrote it, which this one cannot read.");
    if (record->plan->undo.isEmpty())
        return tr("This cannot be undone.");
    return record->isDone ? QString() : tr("Nothing of it is left to take back.");
}

void ActivityPage::showUndo()
{
    const ActionRecord *record = chosenRecord();
    m_undo->show({record == nullptr || !record->plan ? tr("Undo an action") : words::deedOfUndo(*record->plan)},
                 whyNotChosen(record));
}

void ActivityPage::setUpService()
{
    m_service->hide();
    connect(m_service, &DeedRow::pressed, this, &ActivityPage::actOnService);
    connect(m_deploys, &FactTable::chosen, this, [this](const QString &key) {
        m_deploy = key;
        showService();
    });
}

const Told<Deploy> *ActivityPage::chosenDeploy() const
{
    const QList<Told<Deploy>> &deploys = logbook().view().deploys.rows;
    const auto found = std::ranges::find_if(
        deploys, [this](const Told<Deploy> &told) { return told.source + u'\n' + told.fact.id == m_deploy; });
    return found == deploys.end() ? nullptr : &*found;
}

QString ActivityPage::whyNotBackTo() const
{
    const Told<Deploy> *told = chosenDeploy();
    if (told == nullptr)
        return tr("Choose an earlier deploy above to roll back to it.");
    const QString name = words::text(told->fact.id);
    if (told->fact.isLive.valueOr(0) != 0)
        return tr("%1 is live: choose an earlier one to roll back to it.").arg(name);
    if (told->fact.level.has() && *told->fact.level == Level::Down)
        return tr("%1 failed, and was never live.").arg(name);
    return {};
}

void ActivityPage::showService()
{
    const Profile &profile = logbook().profile();
    const bool isOffered = actsOnPlatform(profile) || !logbook().view().deploys.rows.isEmpty();
    m_service->setVisible(isOffered && !onlyWatches(m_acting));
    const QString name = words::text(profile.name);
    const Told<Deploy> *told = chosenDeploy();
    QStringList whys;
    for (const PlatformDeed deed : serviceDeeds) {
        const auto action = platformActionOn(deed, profile);
        whys.append(action ? QString() : withCapital(words::text(action.error().message)) + u'.');
    }
    if (whys.last().isEmpty())
        whys.last() = whyNotBackTo();
    m_service->show(
        {tr("Redeploy %1").arg(name), tr("Restart %1").arg(name),
         told != nullptr ? tr("Roll back to %1").arg(words::text(told->fact.id)) : tr("Roll back %1").arg(name)},
        whys);
}

void ActivityPage::actOnService(int button)
{
    const auto action = platformActionOn(serviceDeeds.at(static_cast<std::size_t>(button)), logbook().profile());
    const bool isBack = serviceDeeds.at(static_cast<std::size_t>(button)) == PlatformDeed::RollBack;
    if (!action || onlyWatches(m_acting) || (isBack && !whyNotBackTo().isEmpty()))
        return;
    Wish wish{.resource = {}, .set = {}, .author = {}, .reason = {}}; // the platform's: it tells its name
    if (isBack)
        wish.set[u"to"_s] = chosenDeploy()->fact.id;
    Q_EMIT actionRequested(*action, wish);
}

void ActivityPage::setUpKinds()
{
    m_kinds->setObjectName(u"activity-kinds"_s);
    m_kinds->setAccessibleName(tr("Kind of change"));
    m_kinds->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    for (const ActivityKind kind : allActivityKinds)
        m_kinds->addItem(titleOf(kind), QVariant::fromValue(static_cast<int>(kind)));
    connect(m_kinds, &QComboBox::currentIndexChanged, this, &ActivityPage::showEvents);
    m_table->addToTitleRow(m_kinds);
}

void ActivityPage::setUpTable()
{
    m_table->setTitle(tr("What changed"));
    m_table->setFilterHint(tr("Filter changes"));
    m_table->setColumns(
        {{.id = "day"_L1, .header = tr("Day"), .width = 92, .once = true, .time = WordedModel::TimePart::Day},
         {.id = "at"_L1, .header = tr("When"), .width = 84, .time = WordedModel::TimePart::Clock},
         {.id = "what"_L1, .header = tr("What"), .marked = true},
         {.id = "change"_L1, .header = tr("From → to"), .width = 264},
         {.id = "by"_L1, .header = tr("Who"), .width = 110, .from = 860, .whereAny = true},
         {.id = "source"_L1, .header = tr("Source"), .width = 110, .from = 720, .blank = tr("the console")}});
    m_table->setCounted([this](int shown) { return counted(shown); });
}

void ActivityPage::setUpDeploys()
{
    m_deploys->setTitle(tr("Deploys that the platform tells of"));
    m_deploys->setColumns({{.id = "deploy"_L1, .header = tr("Deploy")},
                           {.id = "status"_L1, .header = tr("State"), .width = 150, .marked = true},
                           {.id = "started_at"_L1, .header = tr("Started"), .width = 124, .from = 640},
                           {.id = "finished_at"_L1, .header = tr("Finished"), .width = 124, .whereAny = true},
                           {.id = "cause"_L1, .header = tr("Cause"), .from = 760, .whereAny = true},
                           {.id = "source"_L1, .header = tr("Source"), .width = 110, .from = 860}});
    m_deploys->setShort(mostDeploys);
    m_deploys->hide();
}

ActivityKind ActivityPage::kind() const
{
    return static_cast<ActivityKind>(m_kinds->currentData().toInt());
}

void ActivityPage::showView(const DeploymentView &)
{
    showEvents();
}

void ActivityPage::showSeries(TimeRange)
{
    showEvents();
}

void ActivityPage::showEvents()
{
    const DeploymentView &view = logbook().view();
    const QList<Event> news = newsIn(range(), view.events);
    const qsizetype actions = m_acting ? actionsIn(range(), view.name, m_acting->news().records).size() : 0;
    tellKinds(news, actions);
    m_model->setRange(range());
    m_model->setKind(kind());
    if (m_acting) {
        m_actions->show(m_acting->news(), m_acting->waiting(view.name), view.name, view.at);
        m_model->setActions(m_acting->news().records);
    }
    m_table->showView(view, absence(view, news.size() + actions));
    m_undo->setVisible(actions > 0);
    showUndo();
    m_deploys->setVisible(!view.deploys.rows.isEmpty());
    m_deploys->showView(view, {});
    showService();
}

void ActivityPage::tellKinds(const QList<Event> &news, qsizetype actions)
{
    for (int i = 0; i < m_kinds->count(); ++i) {
        const auto kind = static_cast<ActivityKind>(m_kinds->itemData(i).toInt());
        const qsizetype count = kind == ActivityKind::All       ? news.size() + actions
                                : kind == ActivityKind::Actions ? actions
                                                                : std::ranges::count(news, kind, activityKindOf);
        const QString text = u"%1 (%2)"_s.arg(titleOf(kind), words::count(count));
        if (text != m_kinds->itemText(i))
            m_kinds->setItemText(i, text);
    }
}

Absence ActivityPage::absence(const DeploymentView &view, qsizetype all) const
{
    if (!view.watchedSince)
        return {.status = Status::Unknown,
                .headline = tr("Nothing was read yet"),
                .advice = tr("What changes is seen from the first answer on.")};
    const bool isYounger = *view.watchedSince > range().from;
    const QString since = words::shortTime(*view.watchedSince, view.at);
    const QString when = isYounger ? tr("since %1, when watching began").arg(since)
                                   : tr("in the last %1").arg(words::duration(Millis(range().length())));
    if (all > 0)
        return {.status = Status::Ok,
                .headline = tr("%1: none %2").arg(titleOf(kind()), when),
                .advice =
                    all == 1
                        ? tr("There was one other change: choose all changes to see it.")
                        : tr("There were %1 other changes: choose all changes to see them.").arg(words::count(all))};
    return {.status = Status::Ok,
            .headline = tr("Nothing changed %1").arg(when),
            .advice = isYounger ? tr("What was before, nobody watched.")
                                : tr("Watched since %1. A longer range shows more.").arg(since)};
}

QString ActivityPage::counted(int shown) const
{
    const DeploymentView &view = logbook().view();
    const QList<Event> &events = view.events;
    QString count = shown == 1 ? tr("1 change") : tr("%1 changes").arg(words::count(shown));
    const bool hasActions = kind() == ActivityKind::All || kind() == ActivityKind::Actions;
    if (hasActions && m_acting && range().length() < actionsAtLeast &&
        !actionsIn(range(), view.name, m_acting->news().records).isEmpty())
        count = tr("%1, with actions of the last 24 h").arg(count);
    if (events.size() >= mostKept && events.last().at > range().from)
        return tr("%1; none before %2 is kept").arg(count, words::shortTime(events.last().at, view.at));
    if (view.watchedSince && *view.watchedSince > range().from)
        return tr("%1, watched since %2").arg(count, words::shortTime(*view.watchedSince, view.at));
    return count;
}

} // namespace qd
