/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/main_window.h"

#include "actions/action_bar.h"
#include "actions/action_windows.h"
#include "actions/verify_dialog.h"
#include "deployment/deployment_page.h"
#include "deployment/pages.h"
#include "fleet/fleet_page.h"
#include "profile/environment.h"
#include "shell/go_to_dialog.h"
#include "shell/pulse.h"
#include "shell/top_bar.h"
#include "shell/view_menu.h"
#include "shell/why_dialog.h"
#include "theme/hatching.h"

#include <QCloseEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QMenu>
#include <QScreen>
#include <QSettings>
#include <QShortcut>
#include <QStackedWidget>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
/// Readings that come one after another are shown together; fast enough that nobody waits.
constexpr auto refreshDelay = 250ms;
constexpr QSize defaultSize{1440, 900};

/// A window narrower than this, at 100 % text, has the narrow rail.
constexpr int narrowWindow = 960;

/// Holds the rail and the page. It asks for no more width than their narrow forms do: those come once it is narrow.
class Centre final : public QWidget
{
public:
    explicit Centre(const Rail &rail)
        : m_rail(rail)
    {
    }
    [[nodiscard]] QSize minimumSizeHint() const override
    {
        const QSize least = QWidget::minimumSizeHint();
        return {least.width() - m_rail.minimumWidth() + m_rail.leastWidth(), least.height()};
    }

private:
    const Rail &m_rail;
};

/// What the watching knows of how much an action touches.
QList<Measure> knownOf(const DeploymentView &view)
{
    Measure requests{.what = u"requests-per-minute"_s,
                     .number = {},
                     .unit = u"per-minute"_s,
                     .source = u"no source tells it at present"_s};
    if (view.requests.rate.has() && view.requests.freshness.kind == Freshness::Kind::Fresh) {
        requests.number = std::llround(view.requests.rate->rate * 60);
        requests.source = u"as it was watched last"_s;
    }
    return {requests};
}

QString titleFor(const Place &place, const QString &environment)
{
    if (place.kind == Place::Kind::Deployment)
        return QStringList{place.deployment, environment, titleOf(place.page)}.join(u" · "_s);
    return place.kind == Place::Kind::Problems ? MainWindow::tr("Broken profiles") : MainWindow::tr("Fleet");
}
} // namespace

MainWindow::MainWindow(Theme &theme, Appearance &appearance, const Clock &clock, QSettings &settings, Acting *acting)
    : m_theme(theme)
    , m_appearance(appearance)
    , m_clock(clock)
    , m_settings(settings)
    , m_acting(acting)
    , m_pins(settings)
{
    setObjectName(u"main-window"_s);
    build();
    connectParts();
    openActing();
    addShortcuts();
    restore();
    showPlace();
}

MainWindow::~MainWindow() = default;

void MainWindow::build()
{
    m_rail = new Rail(m_theme);
    m_top = new TopBar(m_theme);
    m_stack = new QStackedWidget;
    m_firstRun = new FirstRun(m_theme);
    m_problemsPage = new ProblemsPage(m_theme);
    m_fleet = new FleetPage(m_theme, m_clock);
    m_stack->addWidget(m_firstRun);
    m_stack->addWidget(m_problemsPage);
    m_stack->addWidget(m_fleet);

    auto *centre = new Centre(*m_rail);
    auto *row = new QHBoxLayout(centre);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_rail);
    auto *column = new QVBoxLayout;
    column->setSpacing(0);
    m_actionBar = new ActionBar(m_theme);
    column->addWidget(m_top);
    column->addWidget(m_actionBar);
    column->addWidget(m_stack, 1);
    row->addLayout(column, 1);
    setCentralWidget(centre);
    // Nothing is framed before a person moves by keyboard; the first Tab leads to the rail.
    centre->setFocusPolicy(Qt::ClickFocus);
    centre->setFocus();
    m_edge = new ProductionEdge(m_theme, this);
    m_refresh.setSingleShot(true);
    m_refresh.setInterval(refreshDelay);
}

void MainWindow::connectParts()
{
    connect(m_rail, &Rail::chosen, this, &MainWindow::open);
    connect(m_rail, &Rail::addRequested, this, &MainWindow::askForProfile);
    connect(m_rail, &Rail::viewMenuRequested, this, &MainWindow::showViewMenu);
    connect(m_top, &TopBar::timeChosen, this, &MainWindow::setTimeChoice);
    connect(m_top, &TopBar::goToRequested, this, &MainWindow::goTo);
    connect(m_firstRun, &FirstRun::demoRequested, this, &MainWindow::demoRequested);
    connect(m_firstRun, &FirstRun::addRequested, this, &MainWindow::askForProfile);
    connect(m_problemsPage, &ProblemsPage::retryRequested, this, &MainWindow::profileRequested);
    connect(m_fleet, &FleetPage::whyRequested, this, &MainWindow::ask);
    connect(m_fleet, &FleetPage::opened, this,
            [this](const QString &deployment) { open({.kind = Place::Kind::Deployment, .deployment = deployment}); });
    connect(&m_refresh, &QTimer::timeout, this, &MainWindow::refreshNow);
    connect(&m_theme, &Theme::changed, this, &MainWindow::refreshSoon);
    connect(&m_theme, &Theme::changed, this, &MainWindow::fit);
}

void MainWindow::openActing()
{
    m_top->setReadOnly(m_acting == nullptr || m_acting->isReadOnly());
    if (m_acting == nullptr)
        return;
    m_actions = new ActionWindows(*m_acting, m_theme, *m_actionBar, *this);
    connect(m_actions, &ActionWindows::closeAgain, this, &QWidget::close);
    connect(m_actions, &ActionWindows::journalRequested, this, [this](const QString &deployment) {
        const QString named = has(deployment) || m_logbooks.isEmpty() ? deployment : m_logbooks.first()->profile().name;
        open({.kind = Place::Kind::Deployment, .deployment = named, .page = PageId::Activity});
    });
}

void MainWindow::connectActions(DeploymentPage &page)
{
    const Profile &profile = page.logbook().profile();
    connect(&page, &DeploymentPage::actionRequested, this,
            [this, &page, &profile](const QString &settings, const Wish &wish) {
                Wish whole = wish;
                whole.known = knownOf(page.logbook().view());
                m_actions->plan(profile, settings, whole);
            });
    connect(
        &page, &DeploymentPage::recordRequested, this, [this, &profile](const QByteArray &plan, const QString &deed) {
            const QList<AskedPlan> waiting = m_acting->waiting(profile.name).plans;
            const auto asked = std::ranges::find(waiting, plan, [](const AskedPlan &each) { return each.plan.id(); });
            if (deed == "review"_L1 && asked != waiting.end())
                m_actions->review(profile, *asked);
            else if (const ActionRecord *record = m_acting->record(plan); record && deed != "review"_L1)
                m_actions->takeUp(profile, *record,
                                  deed == "resume"_L1 ? ActionRun::Way::Resume
                                  : deed == "undo"_L1 ? ActionRun::Way::Undo
                                  : deed == "keep"_L1 ? ActionRun::Way::Keep
                                                      : ActionRun::Way::Run);
        });
}

void MainWindow::verify(const Logbook &logbook)
{
    const DeskPlace readOnly{.readOnly = true};
    auto *dialog = new VerifyDialog(logbook, m_acting ? m_acting->place() : readOnly, m_theme, this);
    dialog->start();
    dialog->show();
}

void MainWindow::addShortcuts()
{
    const auto bind = [this](const QKeySequence &keys, auto action) {
        connect(new QShortcut(keys, this), &QShortcut::activated, this, action);
    };
    bind(QKeySequence(Qt::CTRL | Qt::Key_K), [this] { goTo(); });
    bind(QKeySequence(Qt::CTRL | Qt::Key_O), [this] { askForProfile(); });
    bind(QKeySequence(Qt::CTRL | Qt::Key_PageDown), [this] { openNearestPage(1); });
    bind(QKeySequence(Qt::CTRL | Qt::Key_PageUp), [this] { openNearestPage(-1); });
    bind(QKeySequence(Qt::Key_F11), [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
    bind(QKeySequence::Quit, [this] { close(); });
    // Ctrl+1 to Ctrl+9; there are no more digits.
    for (int number = 0; number <= std::min(static_cast<int>(allPages.size()), 8); ++number)
        bind(QKeySequence(QKeyCombination(Qt::CTRL, static_cast<Qt::Key>(Qt::Key_1 + number))),
             [this, number] { openPageNumber(number); });
}

void MainWindow::restore()
{
    if (!restoreGeometry(m_settings.value("window/geometry").toByteArray()))
        resize(defaultSize.boundedTo(screen()->availableSize()));
    m_time = timeChoice(m_settings.value("window/range").toString());
    m_top->setTimeChoice(m_time);
    if (m_settings.value("fleet/look").toString() == u"table")
        m_fleet->setLook(FleetPage::Look::Table);
    const QString deployment = m_settings.value("window/deployment").toString();
    if (!deployment.isEmpty())
        m_wanted = Place{.kind = Place::Kind::Deployment,
                         .deployment = deployment,
                         .page = pageOf(m_settings.value("window/page").toString())};
}

void MainWindow::save() const
{
    m_settings.setValue("window/geometry", saveGeometry());
    m_settings.setValue("window/range", keyOf(m_time));
    m_settings.setValue("window/deployment", m_place.deployment);
    m_settings.setValue("window/page", keyOf(m_place.page));
    m_settings.setValue("fleet/look", m_fleet->look() == FleetPage::Look::Table ? u"table"_s : u"wall"_s);
    m_settings.setValue("window/scheme", keyOf(m_appearance.choice()));
    m_settings.setValue("window/textScale", m_theme.textScale());
}

void MainWindow::add(Logbook &logbook)
{
    m_logbooks.append(&logbook);
    connect(&logbook, &Logbook::changed, this, &MainWindow::refreshSoon);
    m_fleet->add(logbook);
    if (m_wanted && m_wanted->deployment == logbook.profile().name)
        open(*std::exchange(m_wanted, std::nullopt));
    else
        showPlace();
}

bool MainWindow::has(const QString &deployment) const
{
    return find(deployment) != nullptr;
}

Logbook *MainWindow::find(const QString &deployment) const
{
    const auto found =
        std::ranges::find_if(m_logbooks, [&](const Logbook *logbook) { return logbook->profile().name == deployment; });
    return found == m_logbooks.end() ? nullptr : *found;
}

QList<const DeploymentView *> MainWindow::views() const
{
    QList<const DeploymentView *> views;
    for (const Logbook *logbook : m_logbooks)
        views.append(&logbook->view());
    return views;
}

void MainWindow::setProblems(const QList<ProfileProblem> &problems)
{
    m_problems = problems;
    m_problemsPage->setProblems(problems);
    if (problems.isEmpty() && m_place.kind == Place::Kind::Problems)
        m_place = {};
    // With nothing else to look at, what is wrong is what to look at.
    if (!problems.isEmpty() && m_logbooks.isEmpty())
        m_place = {.kind = Place::Kind::Problems};
    showPlace();
}

void MainWindow::setDemo(FirstRun::Demo demo, const QString &trouble)
{
    m_firstRun->setDemo(demo, trouble);
}

void MainWindow::open(const Place &place)
{
    if (place.kind == Place::Kind::Deployment && !has(place.deployment))
        return;
    m_wanted.reset();
    if (place == m_place && m_stack->currentWidget() == pageFor(place))
        return;
    m_place = place;
    showPlace();
}

QWidget *MainWindow::pageFor(const Place &place)
{
    if (place.kind == Place::Kind::Problems)
        return m_problemsPage;
    if (place.kind == Place::Kind::Fleet)
        return m_logbooks.isEmpty() ? static_cast<QWidget *>(m_firstRun) : m_fleet;
    if (m_openDeployment != place.deployment) {
        // One deployment's pages at a time: hundreds of them would be a burden. What has the focus in them would leave
        // it to whatever comes next.
        if (focusWidget() != nullptr && std::ranges::any_of(std::as_const(m_pages), [this](const DeploymentPage *page) {
                return page->isAncestorOf(focusWidget());
            }))
            centralWidget()->setFocus();
        qDeleteAll(std::exchange(m_pages, {}));
        m_openDeployment = place.deployment;
    }
    DeploymentPage *&page = m_pages[place.page];
    if (page == nullptr) {
        page = makePage(place.page, *find(place.deployment), m_theme, m_stack, &m_pins, m_acting);
        m_stack->addWidget(page);
        connect(page, &DeploymentPage::whyRequested, this,
                [this, deployment = place.deployment](const Because &because, const QString &label) {
                    ask(deployment, because, label);
                });
        connect(page, &DeploymentPage::verifyRequested, this, [this, page] { verify(page->logbook()); });
        if (m_actions != nullptr)
            connectActions(*page);
    }
    return page;
}

void MainWindow::showPlace()
{
    const Logbook *logbook = m_place.kind == Place::Kind::Deployment ? find(m_place.deployment) : nullptr;
    const QString environment = logbook == nullptr ? QString() : logbook->profile().environment;
    QWidget *page = pageFor(m_place);
    // Leaving the first run's buttons must not frame whatever comes first on the next page.
    if (page != m_firstRun && focusWidget() != nullptr && m_firstRun->isAncestorOf(focusWidget()))
        centralWidget()->setFocus();
    m_stack->setCurrentWidget(page);
    m_top->setControlsShown(!m_logbooks.isEmpty() && m_place.kind != Place::Kind::Problems);
    if (logbook != nullptr)
        m_top->setPlace(m_place.deployment, environment, titleOf(m_place.page));
    else
        m_top->setPlace(titleFor(m_place, {}), {}, {});
    showProductionEdge(environment);
    setWindowTitle(tr("%1 — Quarterdeck").arg(titleFor(m_place, environment)));
    refreshNow();
}

void MainWindow::showProductionEdge(const QString &environment)
{
    m_edge->setGeometry(0, 0, width(), ProductionEdge::thickness);
    m_edge->setVisible(isProduction(environment));
    m_edge->raise();
}

void MainWindow::openNearestPage(int by)
{
    if (m_place.kind != Place::Kind::Deployment)
        return;
    const auto count = static_cast<int>(allPages.size());
    const int next = (static_cast<int>(m_place.page) + by + count) % count;
    open({.kind = Place::Kind::Deployment, .deployment = m_place.deployment, .page = static_cast<PageId>(next)});
}

void MainWindow::openPageNumber(int number)
{
    if (number == 0) {
        open({});
        return;
    }
    if (m_logbooks.isEmpty())
        return;
    const bool isIn = m_place.kind == Place::Kind::Deployment;
    open({.kind = Place::Kind::Deployment,
          .deployment = isIn ? m_place.deployment : m_logbooks.first()->profile().name,
          .page = allPages.at(static_cast<size_t>(number - 1))});
}

void MainWindow::setTimeChoice(TimeChoice choice)
{
    m_time = choice;
    m_top->setTimeChoice(choice);
    refreshNow();
}

void MainWindow::refreshSoon()
{
    if (!m_refresh.isActive())
        m_refresh.start();
}

void MainWindow::tick()
{
    refreshNow();
}

void MainWindow::refreshNow()
{
    m_refresh.stop();
    const QList<const DeploymentView *> all = views();
    m_rail->show(all, static_cast<int>(m_problems.size()), m_place);
    const Logbook *logbook = m_place.kind == Place::Kind::Deployment ? find(m_place.deployment) : nullptr;
    m_top->setPulse(logbook != nullptr ? pulseOf(logbook->view(), m_clock.now()) : pulseOf(all, m_clock.now()));
    if (isVisible() && !isMinimized())
        refreshPage();
}

void MainWindow::refreshPage()
{
    std::optional<Instant> watchedSince;
    for (const DeploymentView *view : views()) {
        const bool isShown = m_place.kind != Place::Kind::Deployment || view->name == m_place.deployment;
        if (isShown && view->watchedSince)
            watchedSince = std::min(watchedSince.value_or(*view->watchedSince), *view->watchedSince);
    }
    m_shown.clear();
    for (const Logbook *logbook : std::as_const(m_logbooks)) {
        if (m_place.kind != Place::Kind::Deployment || logbook->profile().name == m_place.deployment)
            m_shown.insert(logbook->profile().name, logbook->answers());
    }
    const TimeRange range = watchedPart(rangeOf(m_time, m_clock.now()), watchedSince);
    if (m_stack->currentWidget() == m_fleet) {
        m_fleet->setRange(range, longWords(m_time));
        m_fleet->refresh();
    } else if (auto *page = qobject_cast<DeploymentPage *>(m_stack->currentWidget())) {
        page->setRange(range);
        page->refresh();
    }
}

void MainWindow::ask(const QString &deployment, const Because &because, const QString &label)
{
    if (const Logbook *logbook = find(deployment))
        (new WhyDialog(m_shown.value(deployment, logbook->answers()), because, label, m_clock.now(), m_theme, this))
            ->show();
}

void MainWindow::goTo()
{
    if (m_logbooks.isEmpty())
        return;
    if (m_goTo) {
        m_goTo->activateWindow();
        return;
    }
    QList<GoToDialog::Target> targets{{tr("Fleet"), {}}};
    for (const Logbook *logbook : std::as_const(m_logbooks)) {
        const QString name = logbook->profile().name;
        for (const PageId page : allPages)
            targets.append({u"%1 · %2"_s.arg(name, titleOf(page)),
                            {.kind = Place::Kind::Deployment, .deployment = name, .page = page}});
    }
    m_goTo = new GoToDialog(targets, m_theme, this);
    connect(m_goTo, &GoToDialog::chosen, this, &MainWindow::open);
    connect(m_goTo, &QDialog::finished, this, [this] { m_goTo = nullptr; });
    m_goTo->show();
}

void MainWindow::askForProfile()
{
    auto *dialog = new QFileDialog(this, tr("Add a deployment"), {}, tr("Profiles (*.yaml *.yml);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList &files) {
        for (const QString &file : files)
            Q_EMIT profileRequested(file);
    });
    dialog->show();
}

void MainWindow::showViewMenu(const QPoint &globalPos)
{
    auto *menu = makeViewMenu(m_theme, m_appearance, this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->popup(globalPos - QPoint(0, menu->sizeHint().height()));
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (m_actions != nullptr && !m_actions->mayClose()) {
        event->ignore();
        return;
    }
    save();
    QMainWindow::closeEvent(event);
}

void MainWindow::showEvent(QShowEvent *event)
{
    QMainWindow::showEvent(event);
    refreshSoon();
}

void MainWindow::resizeEvent(QResizeEvent *event)
{
    QMainWindow::resizeEvent(event);
    m_edge->setGeometry(0, 0, width(), ProductionEdge::thickness);
    fit();
}

void MainWindow::fit()
{
    const bool isNarrow = width() < m_theme.px(narrowWindow);
    if (isNarrow == m_rail->isCompact())
        return;
    m_rail->setCompact(isNarrow);
    refreshNow();
}

} // namespace qd
