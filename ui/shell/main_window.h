/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/pins.h"
#include "history/logbook.h"
#include "shell/appearance.h"
#include "shell/first_run.h"
#include "shell/problems_page.h"
#include "shell/rail.h"
#include "shell/time_choice.h"

#include <QMainWindow>

class QSettings;
class QStackedWidget;

namespace qd {

class ActionBar;
class ActionWindows;
class Acting;
class DeploymentPage;
class FleetPage;
class GoToDialog;
class ProductionEdge;
class TopBar;

/// The window: rail, top bar and one page at a time. It shows logbooks and opens no connection; what it cannot do
/// itself it asks for by signals.
class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    /// Where it was, what was chosen: read from and kept in `settings`. All arguments must outlive the window.
    /// Without `acting` nothing can be done from it.
    MainWindow(Theme &theme, Appearance &appearance, const Clock &clock, QSettings &settings, Acting *acting = nullptr);
    ~MainWindow() override;

    /// `logbook` must outlive the window. Its name must not be shown yet.
    void add(Logbook &logbook);
    [[nodiscard]] bool has(const QString &deployment) const;
    [[nodiscard]] const QList<Logbook *> &logbooks() const { return m_logbooks; }
    void setProblems(const QList<ProfileProblem> &problems);
    void setDemo(FirstRun::Demo demo, const QString &trouble = {});

    void open(const Place &place);
    [[nodiscard]] const Place &place() const { return m_place; }
    void setTimeChoice(TimeChoice choice);
    /// Time has passed: freshness, countdowns and ranges move. Called once a second, after the logbooks' tick().
    void tick();

Q_SIGNALS:
    void demoRequested();
    void profileRequested(const QString &file);

protected:
    void closeEvent(QCloseEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void build();
    void connectParts();
    void addShortcuts();
    void restore();
    void save() const;
    void openNearestPage(int by);
    void openPageNumber(int number);
    void showPlace();
    void showProductionEdge(const QString &environment);
    void fit();
    void refreshSoon();
    void refreshNow();
    void refreshPage();
    void ask(const QString &deployment, const Because &because, const QString &label);
    void openActing();
    void connectActions(DeploymentPage &page);
    void verify(const Logbook &logbook);
    void goTo();
    void askForProfile();
    void showViewMenu(const QPoint &globalPos);
    [[nodiscard]] QWidget *pageFor(const Place &place);
    [[nodiscard]] Logbook *find(const QString &deployment) const;
    [[nodiscard]] QList<const DeploymentView *> views() const;

    Theme &m_theme;
    Appearance &m_appearance;
    const Clock &m_clock;
    QSettings &m_settings;
    Acting *const m_acting;
    Pins m_pins;
    QList<Logbook *> m_logbooks;
    QList<ProfileProblem> m_problems;
    Place m_place;
    std::optional<Place> m_wanted; ///< where one was last time, until that deployment is there
    TimeChoice m_time = TimeChoice::Hour;
    QTimer m_refresh;

    ActionWindows *m_actions = nullptr;
    ActionBar *m_actionBar = nullptr;
    Rail *m_rail = nullptr;
    TopBar *m_top = nullptr;
    QStackedWidget *m_stack = nullptr;
    FirstRun *m_firstRun = nullptr;
    ProblemsPage *m_problemsPage = nullptr;
    FleetPage *m_fleet = nullptr;
    GoToDialog *m_goTo = nullptr; ///< while it is open
    ProductionEdge *m_edge = nullptr;
    QString m_openDeployment; ///< whose pages are kept
    QHash<PageId, DeploymentPage *> m_pages;
    QHash<QString, DeploymentState> m_shown; ///< by deployment: the answers that the page shows, for *Why?*
};

} // namespace qd
