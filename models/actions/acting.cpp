/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/acting.h"

#include "actions/approval_table.h"
#include "actions/registry.h"

#include <QFileInfo>
#include <QThread>

#include <algorithm>
#include <array>
#include <mutex>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
using Phase = ActionRun::Phase;
using Way = ActionRun::Way;
constexpr auto patience = 10s;

Action::Deadline soon()
{
    return std::chrono::steady_clock::now() + patience;
}

/// Whether checks failed that no waiting mends: only another plan does.
bool isOutdated(const ActionRun &run)
{
    constexpr std::array codes{u"plan-not-used", u"state-as-planned", u"target-proved", u"risk-as-policy"};
    return std::ranges::any_of(codes, [&](const char16_t *code) {
        const Check *check = run.check(QStringView(code));
        return check != nullptr && check->result == Check::Result::Failed;
    });
}

bool anyFailed(const QList<Check> &checks)
{
    return std::ranges::find(checks, Check::Result::Failed, &Check::result) != checks.end();
}

/// How the steps of what was begun earlier stand; nothing is changed.
Report standOf(Action &action, const Plan &plan)
{
    Report report{.ending = Ending::NeedsPerson, .steps = QList<StepReport>(plan.steps.size())};
    for (qsizetype i = 0; i < plan.steps.size(); ++i) {
        StepReport &step = report.steps[i];
        const auto stand = action.look(plan, i, soon());
        if (!stand || *stand == Stand::Other) {
            step.state = StepReport::State::Unknown;
            step.error = stand ? Error{ErrorCode::BadInput,
                                       u"%1 is neither as the plan found it nor as it leaves it: somebody else "
                                       "changed it"_s.arg(plan.resource),
                                       plan.target.address}
                               : stand.error();
        } else {
            step.state = *stand == Stand::After ? StepReport::State::Done : StepReport::State::Waiting;
        }
    }
    return report;
}
} // namespace

bool ActionRun::isBusy() const
{
    return phase == Phase::Planning || phase == Phase::Checking || phase == Phase::Looking || phase == Phase::Running;
}

bool ActionRun::mayRun() const
{
    return phase == Phase::Ready && plan && !anyFailed(checks);
}

const Check *ActionRun::check(QStringView code) const
{
    const auto found = std::ranges::find_if(checks, [&](const Check &each) { return each.phrase.code == code; });
    return found == checks.end() ? nullptr : &*found;
}

/// The way to the desk, shared by all threads: opened once, by who comes first, and tried again where it could not be.
class Acting::Door
{
public:
    explicit Door(DeskPlace place)
        : m_place(std::move(place))
    {
    }
    Result<Desk *> desk()
    {
        const std::scoped_lock guard(m_lock);
        if (!m_desk) {
            auto opened = openDesk(m_place, patience);
            if (!opened)
                return std::unexpected(opened.error());
            m_desk = std::move(*opened);
        }
        return &*m_desk;
    }

private:
    const DeskPlace m_place;
    std::mutex m_lock;
    std::optional<Desk> m_desk;
};

/// A thread with what belongs to it. The GUI's thread posts jobs; the thread posts back what came of them.
class Acting::Work
{
public:
    Work(Acting &acting, Profile profile, ActionRun run)
        : shown(run)
        , m_acting(acting)
        , m_profilePlace(acting.m_profilePlaces.value(profile.name))
        , m_policyPlace(acting.m_policyPlace)
        , m_profile(std::move(profile))
        , m_run(std::move(run))
        , m_place(new QObject)
    {
        m_place->moveToThread(&m_thread);
        QObject::connect(&m_thread, &QThread::finished, m_place, &QObject::deleteLater);
        m_thread.setObjectName(u"action"_s);
        m_thread.start();
    }
    ~Work()
    {
        giveUp();
        m_thread.quit();
        m_thread.wait();
    }
    Work(const Work &) = delete;
    Work &operator=(const Work &) = delete;

    /// A job on a plan: nothing where planning anew left none while the job waited.
    void postOnPlan(const std::function<void(Work &)> &job)
    {
        post([job](Work &work) {
            if (work.m_run.plan)
                job(work);
        });
    }
    void post(const std::function<void(Work &)> &job)
    {
        QMetaObject::invokeMethod(m_place, [this, job] { job(*this); }, Qt::QueuedConnection);
    }
    void giveUp() { *m_stop = true; }
    /// Gives up what it waits for; `then` on the owner's thread, once the thread has ended.
    void stop(QObject &owner, const std::function<void()> &then)
    {
        QObject::connect(&m_thread, &QThread::finished, &owner, then, Qt::QueuedConnection);
        giveUp();
        m_thread.quit();
    }

    ActionRun shown; ///< the GUI's

    // On its own:
    void plan();
    void check();
    void again(const QString &reason);
    void askForApproval();
    void look();
    void carryOut(Way way, const QString &reason);
    void readJournal(bool verifies);

private:
    void tell() const
    {
        QMetaObject::invokeMethod(
            &m_acting, [&acting = m_acting, run = m_run] { acting.take(run); }, Qt::QueuedConnection);
    }
    void tell(Phase phase)
    {
        m_run.phase = phase;
        tell();
    }
    void refuse(const Error &error, Phase phase = Phase::Refused)
    {
        m_run.error = error;
        tell(phase);
    }
    /// Desk first, so that nothing of an action is reached without one.
    [[nodiscard]] Result<Desk *> prepare()
    {
        m_run.error.reset();
        auto desk = m_acting.m_door->desk();
        if (!desk || m_action)
            return desk;
        auto made = makeAction(m_run.settings, m_profile, m_acting.m_clock, m_stop);
        if (!made)
            return std::unexpected(made.error().first());
        m_action = std::move(*made);
        return desk;
    }
    /// With the policy as it stands now, and the approvals that were given.
    [[nodiscard]] Result<Engine> engineOf(Desk &desk)
    {
        auto policy = loadPolicy(m_policyPlace, m_profilePlace);
        if (!policy)
            return std::unexpected(policy.error().first());
        Engine engine(*desk.journal, m_acting.m_clock, desk.who);
        engine.setPolicy(std::move(*policy));
        engine.setBoundary(m_acting.m_boundary);
        engine.setProgress([this](const Report &report) {
            m_run.report = report;
            tell();
        });
        if (!m_run.plan || m_run.plan->risk != Risk::High)
            return engine;
        auto table = approvals();
        if (!table)
            return std::unexpected(table.error());
        const auto given = table->given(m_run.plan->id(), soon());
        if (!given && given.error().code != ErrorCode::NotFound && given.error().code != ErrorCode::Forbidden)
            return std::unexpected(given.error());
        if (!given)
            return engine; // no table: nobody can approve it through it
        engine.setApprovals(*given);
        const auto shared = std::make_shared<ApprovalTable>(std::move(*table));
        engine.setClaim(
            [shared, who = desk.who.id](const Approval &approval) { return shared->use(approval, who, soon()); });
        return engine;
    }
    [[nodiscard]] Result<ApprovalTable> approvals()
    {
        const auto place = placeOf(m_run.settings, m_profile);
        if (!place)
            return std::unexpected(place.error());
        auto store = PgStore::open(*place, soon(), m_stop);
        if (!store)
            return std::unexpected(store.error());
        return ApprovalTable(std::move(*store));
    }

    Acting &m_acting;
    const QString m_profilePlace;
    const QString m_policyPlace;
    const Profile m_profile;
    ActionRun m_run;
    std::unique_ptr<Action> m_action;
    JournalNews m_news;
    const std::shared_ptr<std::atomic<bool>> m_stop = std::make_shared<std::atomic<bool>>(false);
    QThread m_thread;
    QObject *m_place;
};

void Acting::Work::plan()
{
    m_run.plan.reset();
    m_run.checks.clear();
    m_run.report = {};
    m_run.isAsked = false;
    tell(Phase::Planning);
    const auto desk = prepare();
    if (!desk) {
        refuse(desk.error());
        return;
    }
    auto engine = engineOf(**desk);
    if (!engine) {
        refuse(engine.error());
        return;
    }
    const auto plan = engine->plan(*m_action, m_run.settings, m_run.wish);
    if (!plan) {
        refuse(plan.error());
        return;
    }
    m_run.plan = *plan;
    check();
}

void Acting::Work::check()
{
    tell(Phase::Checking);
    const auto desk = prepare();
    auto engine = desk ? engineOf(**desk) : std::unexpected(desk.error());
    if (!engine) {
        refuse(engine.error());
        return;
    }
    m_run.checks = engine->check(*m_action, *m_run.plan);
    tell(Phase::Ready);
}

void Acting::Work::again(const QString &reason)
{
    const bool isSame = m_run.plan && m_run.phase == Phase::Ready && m_run.wish.reason == reason;
    m_run.wish.reason = reason.left(maxReasonLength);
    if (isSame)
        check();
    if (!isSame || isOutdated(m_run))
        plan();
}

void Acting::Work::askForApproval()
{
    m_run.error.reset();
    tell(Phase::Checking);
    auto table = approvals();
    const auto asked = table ? table->ask(*m_run.plan, soon()) : std::unexpected(table.error());
    if (!asked) {
        refuse(asked.error(), Phase::Ready);
        return;
    }
    m_run.isAsked = true;
    check();
}

void Acting::Work::look()
{
    tell(Phase::Looking);
    const auto desk = prepare();
    if (!desk) {
        refuse(desk.error(), Phase::Earlier);
        return;
    }
    m_run.report = standOf(*m_action, *m_run.plan);
    tell(Phase::Earlier);
}

void Acting::Work::carryOut(Way way, const QString &reason)
{
    m_run.way = way;
    if (way == Way::Run && m_run.plan->risk != Risk::High)
        m_run.plan->reason = reason.left(maxReasonLength);
    m_run.report = {.steps = QList<StepReport>(m_run.plan->steps.size())};
    tell(Phase::Running);
    const auto desk = prepare();
    auto engine = desk ? engineOf(**desk) : std::unexpected(desk.error());
    if (!engine) {
        m_run.report = {.error = engine.error()};
        tell(Phase::Ended);
        return;
    }
    const auto deed = way == Way::Run ? &Engine::run : way == Way::Resume ? &Engine::resume : &Engine::undo;
    m_run.report = ((*engine).*deed)(*m_action, *m_run.plan);
    if (way == Way::Run)
        m_run.checks = m_run.report.checks;
    const Ending ending = m_run.report.ending;
    m_run.isUnfinished = ending == Ending::NeedsPerson || (m_run.isUnfinished && ending == Ending::Refused);
    m_action.reset(); // what it asks next, it asks on a connection of its own
    tell(Phase::Ended);
}

void Acting::Work::readJournal(bool verifies)
{
    // Who only watches makes no journal.
    if (!QFileInfo::exists(journalPath(m_acting.m_place)))
        return;
    m_news.error.reset();
    const auto desk = m_acting.m_door->desk();
    const auto records = desk ? recordsIn(*(*desk)->journal, patience) : std::unexpected(desk.error());
    if (records)
        m_news.records = *records;
    else
        m_news.error = records.error();
    const auto tellNews = [&] {
        QMetaObject::invokeMethod(
            &m_acting, [&acting = m_acting, news = m_news] { acting.take(news); }, Qt::QueuedConnection);
    };
    tellNews();
    // A journal that cannot be opened may still show why.
    if (!verifies)
        return;
    const auto verdict = verifyJournal(journalPath(m_acting.m_place), m_acting.m_place.witness);
    if (verdict)
        m_news.found = *verdict;
    else if (!m_news.error)
        m_news.error = verdict.error();
    tellNews();
}

Acting::Acting(const Clock &clock, DeskPlace place, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
    , m_place(std::move(place))
    , m_door(std::make_shared<Door>(m_place))
{
}

Acting::~Acting() = default;

bool Acting::isReadOnly() const
{
    return m_place.readOnly;
}

void Acting::readJournal()
{
    if (isReadOnly())
        return;
    const bool verifies = m_reader == nullptr;
    if (!m_reader)
        m_reader = std::make_unique<Work>(*this, Profile{}, ActionRun{});
    m_reader->post([verifies](Work &work) { work.readJournal(verifies); });
}

const ActionRecord *Acting::record(const QByteArray &planId) const
{
    const auto found = std::ranges::find(m_news.records, planId, &ActionRecord::planId);
    return found == m_news.records.end() ? nullptr : &*found;
}

Acting::Work &Acting::begin(const Profile &profile, ActionRun run)
{
    run.id = ++m_lastId;
    run.deployment = profile.name;
    run.environment = profile.environment;
    auto &work = m_works[run.id];
    work = std::make_unique<Work>(*this, profile, std::move(run));
    return *work;
}

qint64 Acting::plan(const Profile &profile, const QString &settings, const Wish &wish)
{
    Work &work = begin(profile, {.settings = settings, .wish = wish});
    work.post(&Work::plan);
    return work.shown.id;
}

qint64 Acting::takeUp(const Profile &profile, const ActionRecord &record)
{
    Work &work = begin(profile, {.phase = Phase::Looking,
                                 .settings = record.plan ? record.plan->settings : QString(),
                                 .plan = record.plan,
                                 .isUnfinished = record.isUnfinished});
    work.postOnPlan(&Work::look);
    return work.shown.id;
}

void Acting::lookAgain(qint64 id, const QString &reason)
{
    const auto found = m_works.find(id);
    if (found == m_works.end() || found->second->shown.isBusy())
        return;
    ActionRun &run = found->second->shown;
    const bool hasBegun =
        run.phase == Phase::Earlier || (run.phase == Phase::Ended && run.report.ending != Ending::Refused);
    run.phase = hasBegun ? Phase::Looking : Phase::Checking;
    if (hasBegun)
        found->second->postOnPlan(&Work::look);
    else
        found->second->post([reason](Work &work) { work.again(reason); });
    Q_EMIT changed(id);
}

void Acting::askForApproval(qint64 id)
{
    const auto found = m_works.find(id);
    if (found == m_works.end() || found->second->shown.phase != Phase::Ready || !found->second->shown.plan)
        return;
    found->second->shown.phase = Phase::Checking;
    found->second->postOnPlan(&Work::askForApproval);
    Q_EMIT changed(id);
}

void Acting::carryOut(qint64 id, ActionRun::Way way, const QString &reason)
{
    const auto found = m_works.find(id);
    if (found == m_works.end() || found->second->shown.isBusy() || !found->second->shown.plan ||
        (way == ActionRun::Way::Run && !found->second->shown.mayRun()))
        return;
    found->second->shown.phase = Phase::Running;
    found->second->shown.way = way;
    Q_EMIT changed(id);
    found->second->postOnPlan([way, reason](Work &work) { work.carryOut(way, reason); });
}

void Acting::stopAll()
{
    for (const auto &[id, work] : m_works)
        work->giveUp();
}

void Acting::leave(qint64 id)
{
    const auto found = m_works.find(id);
    if (found == m_works.end() || found->second->shown.phase == Phase::Running)
        return;
    Work *leaving = m_leaving.emplace_back(std::move(found->second)).get();
    m_works.erase(found);
    leaving->stop(*this, [this, leaving] {
        std::erase_if(m_leaving, [leaving](const auto &each) { return each.get() == leaving; });
    });
    Q_EMIT changed(id);
}

const ActionRun *Acting::run(qint64 id) const
{
    const auto found = m_works.find(id);
    return found == m_works.end() ? nullptr : &found->second->shown;
}

QList<ActionRun> Acting::runs() const
{
    QList<ActionRun> runs;
    for (const auto &[id, work] : m_works)
        runs.append(work->shown);
    return runs;
}

bool Acting::isActing() const
{
    return std::ranges::any_of(m_works, [](const auto &each) { return each.second->shown.phase == Phase::Running; });
}

void Acting::take(const ActionRun &run)
{
    const auto found = m_works.find(run.id);
    if (found == m_works.end())
        return;
    found->second->shown = run;
    if (run.phase == Phase::Ended)
        readJournal();
    Q_EMIT changed(run.id);
}

void Acting::take(const JournalNews &news)
{
    m_news = news;
    Q_EMIT newsChanged();
}

} // namespace qd
