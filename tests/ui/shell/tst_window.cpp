/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/deployment_page.h"
#include "deployment/pages.h"
#include "deployment/value_label.h"
#include "fleet/changes_card.h"
#include "fleet/figure.h"
#include "fleet/fleet_page.h"
#include "fleet/fleet_texts.h"
#include "fleet/tile.h"
#include "shell/go_to_dialog.h"
#include "shell/main_window.h"
#include "shell/pulse.h"
#include "shell/rail.h"
#include "shell/rail_item.h"
#include "shell/why_dialog.h"
#include "theme/hatching.h"
#include "theme/text_label.h"
#include "ui/support/stores.h"
#include "ui/support/story.h"
#include "words/words.h"

#include <QAbstractItemView>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using qd::test::Story;

class WindowTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // A directory of backups that can be read makes nothing live.
    void theFleetsPulseIsOfTheServices()
    {
        const auto source = [](bool isService, Freshness::Kind kind) {
            return SourceView{.isService = isService, .freshness = {.kind = kind}};
        };
        const auto deployment = [&](Freshness::Kind service, Freshness::Kind part) {
            DeploymentView view;
            view.sources = {source(true, service), source(false, part)};
            return view;
        };
        using enum Freshness::Kind;
        const DeploymentView whole = deployment(Fresh, Fresh);
        const DeploymentView lame = deployment(Fresh, Stale);
        const DeploymentView gone = deployment(Stale, Fresh);
        const Instant now{};
        QCOMPARE(pulseOf({&whole, &whole}, now).status, Status::Ok);
        const Pulse partly = pulseOf({&whole, &lame}, now);
        QCOMPARE(partly.text, u"1 of 2 fully live"_s);
        QCOMPARE(partly.status, Status::Degraded);
        QCOMPARE(pulseOf({&whole, &gone}, now).text, u"1 of 2 answer"_s);
        const Pulse none = pulseOf({&gone, &gone}, now);
        QCOMPARE(none.text, u"0 of 2 answer"_s);
        QCOMPARE(none.status, Status::Degraded);
    }

    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        m_settings = std::make_unique<QSettings>(m_directory->filePath(u"s.ini"_s), QSettings::IniFormat);
        m_theme = std::make_unique<Theme>(Scheme::Light);
        m_appearance = std::make_unique<Appearance>(*m_theme);
        m_story = std::make_unique<Story>();
        m_window = makeWindow();
    }
    void cleanup()
    {
        m_window.reset();
        m_story.reset();
        m_appearance.reset();
        m_theme.reset();
        m_settings.reset(); // writes its file once more, which would bring the directory back
        m_directory.reset();
    }

    void offersWhatToDoWhereNothingIsOpen()
    {
        m_window->setDemo(FirstRun::Demo::Offered);
        m_window->show();
        auto *demo = m_window->findChild<QPushButton *>(u"first-run-demo"_s);
        QTRY_VERIFY(demo->isVisible());
        QTRY_COMPARE(m_window->focusWidget(), demo);
        QSignalSpy spy(m_window.get(), &MainWindow::demoRequested);
        QTest::keyClick(demo, Qt::Key_Space);
        QCOMPARE(spy.size(), 1);
    }

    void goesFromTheWallToADeploymentAndItsPages()
    {
        openStory();
        auto *tile = m_window->findChild<Tile *>(u"tile-quoted"_s);
        QVERIFY(tile->isVisible());
        tile->setFocus();
        QTest::keyClick(tile, Qt::Key_Return);
        QCOMPARE(m_window->place().deployment, u"quoted"_s);
        QTest::keyClick(m_window.get(), Qt::Key_PageDown, Qt::ControlModifier);
        QCOMPARE(m_window->place().page, PageId::Breakers);
        QCOMPARE(m_window->findChild<Label *>(u"top-page"_s)->text(), u"Breakers"_s);
        QVERIFY(m_window->windowTitle().startsWith(u"quoted · production · Breakers"_s));
        QTest::keyClick(m_window.get(), Qt::Key_5, Qt::ControlModifier);
        QCOMPARE(m_window->place().page, PageId::Limits);
        QTest::keyClick(m_window.get(), Qt::Key_6, Qt::ControlModifier);
        QCOMPARE(m_window->place().page, PageId::Data);
        QTest::keyClick(m_window.get(), Qt::Key_9, Qt::ControlModifier);
        QCOMPARE(m_window->place().page, PageId::Flags);
        QTest::keyClick(m_window.get(), Qt::Key_1, Qt::ControlModifier);
        QCOMPARE(m_window->place().kind, Place::Kind::Fleet);
    }

    void marksProductionByWordAndPattern()
    {
        openStory();
        QVERIFY(!m_window->findChild<ProductionEdge *>()->isVisible());
        m_window->open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s});
        QVERIFY(m_window->findChild<ProductionEdge *>()->isVisible());
        QCOMPARE(m_window->findChild<EnvironmentBadge *>()->environment(), u"production"_s);
    }

    void theRailSaysWhatIsOpen()
    {
        openStory();
        m_window->open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s});
        QCOMPARE(item("rail-page-breakers")->note(), QString());
        m_story->startOutage();
        m_story->live(60s);
        QTRY_COMPARE(item("rail-page-breakers")->note(), u"1 open"_s);
    }

    void theRailCountsFlagsWhoseVariableWaitsForARedeploy()
    {
        openStory();
        m_window->open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s});
        QCOMPARE(item("rail-page-flags")->note(), QString());
        const auto told = [](const auto &value) { return Value{.value = std::optional(value), .origin = {0, {}}}; };
        FeatureFlag flag;
        flag.key = u"ENABLE_DOCS"_s;
        flag.set = told(u"on"_s); // nobody tells what the service goes by
        Variable variable;
        variable.key = flag.key;
        variable.isLive = told(qint64(0));
        m_story->logbook().take({.deployment = u"quoted"_s,
                                 .source = u"postgresql"_s,
                                 .takenAt = m_story->clock().now(),
                                 .outcome = Findings{.facts = {flag, variable}, .refusals = {}},
                                 .exchanges = {}});
        QTRY_COMPARE(item("rail-page-flags")->note(), u"1 waiting"_s);
    }

    void theRailIsOneStopAndArrowsMoveInIt()
    {
        openStory();
        m_window->activateWindow();
        item("rail-fleet")->setFocus();
        QTest::keyClick(item("rail-fleet"), Qt::Key_Down);
        QVERIFY(item("rail-quoted")->hasFocus());
        QTest::keyClick(item("rail-quoted"), Qt::Key_Return);
        QCOMPARE(m_window->place().deployment, u"quoted"_s);
        QVERIFY(item("rail-quoted")->hasFocus());
    }

    void findsAPageByTyping()
    {
        openStory();
        QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
        auto *edit = m_window->findChild<QLineEdit *>(u"go-to-edit"_s);
        QVERIFY(edit != nullptr);
        QTest::keyClicks(edit, u"quo cac"_s);
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(m_window->place().page, PageId::Cache);
    }

    void saysWhenItIsNotLive()
    {
        openStory();
        m_window->open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s});
        auto *freshness = m_window->findChild<Label *>(u"freshness"_s);
        QVERIFY2(freshness->text().startsWith(u"live"_s), qPrintable(freshness->text()));
        m_story->setFailing(u"redis"_s, Error{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:6379"_s});
        m_story->live(60s);
        QTRY_COMPARE(freshness->text(), u"2 of 3 sources live"_s);
        m_story->clock().advance(1h);
        m_story->logbook().tick();
        m_window->tick();
        QVERIFY2(freshness->text().startsWith(u"no data since"_s), qPrintable(freshness->text()));
    }

    void whyShowsTheReplyWithItsPartMarked()
    {
        openStory();
        const Because because = m_story->logbook().view().breakers.first().failures.because;
        WhyDialog dialog(m_story->logbook().state(), because, u"openai, failures"_s, m_story->clock().now(), *m_theme);
        dialog.setAttribute(Qt::WA_DeleteOnClose, false);
        dialog.show();
        QCOMPARE(dialog.findChild<Label *>(u"why-label"_s)->text(), u"openai, failures"_s);
        auto *reply = dialog.findChild<QPlainTextEdit *>(u"why-reply"_s);
        QVERIFY(reply != nullptr);
        const auto parts = reply->extraSelections();
        QCOMPARE(parts.size(), 1);
        QCOMPARE(parts.first().cursor.selectedText(),
                 QString::number(*m_story->logbook().view().breakers.first().failures));
        QVERIFY(!dialog.findChild<QLineEdit *>(u"why-command"_s)->text().isEmpty());
        const QString place = dialog.findChild<Label *>(u"why-place"_s)->text();
        QVERIFY2(place.contains(explain(m_story->logbook().state(), because).steps.first().pointer), qPrintable(place));
    }

    // Answers go on coming in between what is shown and the question.
    void whyShowsTheReplyThatTheNumberIsOf()
    {
        openStory();
        m_window->open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s, .page = PageId::Cache});
        auto *hits = m_window->findChild<ValueLabel *>(u"cache-hits-contractor"_s);
        QVERIFY(hits != nullptr);
        const QString shown = QString(hits->text()).remove(QChar(0x202F));
        m_story->live(60s);
        QCOMPARE(QString(hits->text()).remove(QChar(0x202F)), shown);
        QTest::keyClick(hits, Qt::Key_W);
        const auto *dialog = m_window->findChild<WhyDialog *>();
        QVERIFY(dialog != nullptr);
        const auto *reply = dialog->findChild<QPlainTextEdit *>(u"why-reply"_s);
        QCOMPARE(reply->extraSelections().size(), 1);
        QCOMPARE(reply->extraSelections().first().cursor.selectedText().remove(u'"'), shown);
    }

    void listsBrokenProfilesBesideTheOthers()
    {
        openStory();
        m_window->setProblems(
            {{u"/etc/bad.yaml"_s, {Error{ErrorCode::BadInput, u"expected a number"_s, u"bad.yaml:3:7"_s}}}});
        QCOMPARE(m_window->place().kind, Place::Kind::Fleet);
        QCOMPARE(item("rail-problems")->note(), u"1"_s);
        m_window->open({.kind = Place::Kind::Problems});
        QStringList lines;
        for (const Label *line : m_window->findChildren<Label *>(u"problem-line"_s))
            lines.append(line->text());
        QVERIFY(lines.contains(u"bad.yaml:3:7"_s));
        QVERIFY(lines.contains(u"expected a number"_s));
        QStringList texts;
        for (const Label *text : m_window->findChildren<Label *>())
            texts.append(text->text());
        QVERIFY(texts.contains(u"1 fault"_s));
        QSignalSpy spy(m_window.get(), &MainWindow::profileRequested);
        QTest::mouseClick(m_window->findChild<QPushButton *>(u"problem-retry"_s), Qt::LeftButton);
        QCOMPARE(spy.value(0).value(0).toString(), u"/etc/bad.yaml"_s);
    }

    void comesBackAsItWasLeft()
    {
        openStory();
        m_window->open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s, .page = PageId::Cache});
        QTest::mouseClick(m_window->findChild<QWidget *>(u"range-15m"_s), Qt::LeftButton);
        m_window->close();
        m_window = makeWindow();
        m_window->add(m_story->logbook());
        QCOMPARE(m_window->place().page, PageId::Cache);
        QCOMPARE(m_window->place().deployment, u"quoted"_s);
    }

    void followsTheSchemeAndTheTextSize()
    {
        openStory();
        m_appearance->choose(SchemeChoice::Dark);
        QCOMPARE(m_theme->scheme(), Scheme::Dark);
        auto *rail = m_window->findChild<Rail *>();
        const int before = rail->width();
        m_window->resize(1920, 1080);
        m_theme->setTextScale(2.0);
        QCOMPARE(rail->width(), 2 * before);
        QVERIFY(!rail->isCompact());
    }

    void twiceTheTextFitsTheSmallestWindow()
    {
        openStory();
        m_theme->setTextScale(2.0);
        for (const PageId page : allPages) {
            m_window->open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s, .page = page});
            const int least = m_window->minimumSizeHint().width();
            QVERIFY2(least <= 1280, qPrintable(u"%1 needs %2 px"_s.arg(titleOf(page)).arg(least)));
        }
        m_window->resize(1280, 800);
        QCOMPARE(m_window->size(), QSize(1280, 800));
        QVERIFY(m_window->findChild<Rail *>()->isCompact());
        QVERIFY(!m_window->findChild<QWidget *>(u"range-15m"_s)->isVisible());
        auto *button = m_window->findChild<QAbstractButton *>(u"range-menu"_s);
        QVERIFY(button->isVisible());
        QVERIFY(button->geometry().right() < m_window->findChild<QWidget *>(u"top-bar"_s)->width());
        QTest::mouseClick(button, Qt::LeftButton);
        auto *menu = m_window->findChild<QMenu *>(u"range-choices"_s);
        menu->actions().at(1)->trigger();
        QCOMPARE(button->text(), u"15 m"_s);
        menu->close();
        m_theme->setTextScale(1.0);
        QTRY_VERIFY(m_window->findChild<QWidget *>(u"range-15m"_s)->isVisible());
        QVERIFY(!button->isVisible());
        QVERIFY(!m_window->findChild<Rail *>()->isCompact());
    }

    void largeTextKeepsEveryDeploymentInSight()
    {
        std::vector<std::unique_ptr<Story>> others;
        openStory();
        const auto addOthers = [&](int upTo) {
            for (auto i = static_cast<int>(others.size()); i < upTo; ++i) {
                others.push_back(std::make_unique<Story>(test::storyProfile(u"shop-%1"_s.arg(i))));
                others.back()->live(30s);
                others.back()->logbook().tick();
                m_window->add(others.back()->logbook());
            }
        };
        addOthers(4);
        m_theme->setTextScale(2.0);
        m_window->resize(1920, 1080);
        m_window->open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s});
        auto *more = item("rail-more");
        const auto inSight = [&](const QString &name) {
            const RailItem *it = m_window->findChild<RailItem *>(u"rail-"_s + name);
            return it->visibleRegion().boundingRect() == it->rect();
        };
        for (int i = 0; i < 4; ++i)
            QTRY_VERIFY2(inSight(u"shop-%1"_s.arg(i)), qPrintable(QString::number(i)));
        QTRY_VERIFY(!more->isVisible());

        // Too many of them: what is out of sight is told, with the worst of its states, and one click away.
        addOthers(30);
        Story &last = *others.back();
        last.setFailing(u"health"_s, Error{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:8000"_s});
        last.live(5min);
        last.logbook().tick();
        m_window->tick();
        QTRY_VERIFY(more->isVisible());
        QTRY_COMPARE(more->status(), last.logbook().view().status);
        QVERIFY(*more->status() > Status::Ok);
        QVERIFY(more->note().toInt() >= 10);
        QVERIFY(!inSight(u"shop-29"_s));
        QTest::mouseClick(more, Qt::LeftButton);
        QTRY_VERIFY(inSight(u"shop-29"_s));
    }

    void marksInMenusGrowWithTheText()
    {
        openStory();
        m_theme->setTextScale(2.0);
        QTest::mouseClick(m_window->findChild<QWidget *>(u"rail-view"_s), Qt::LeftButton);
        auto *menu = m_window->findChild<QMenu *>(u"view-menu"_s);
        const auto ink = [&](QAction *action) {
            const QRect row = menu->actionGeometry(action);
            const QImage image = menu->grab(QRect(row.topLeft(), QSize(m_theme->px(24), row.height()))).toImage();
            int dark = 0;
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x)
                    dark += image.pixelColor(x, y).lightness() < 128 ? 1 : 0;
            }
            return dark;
        };
        QAction *chosen = menu->actions().last(); // Text 200 %
        QAction *other = menu->actions().at(menu->actions().size() - 2);
        const int mark = ink(chosen) - ink(other);
        QVERIFY2(mark > 80, qPrintable(QString::number(mark)));
    }

    void theTableShowsWhatTheWallShows()
    {
        openStory();
        auto *fleet = m_window->findChild<FleetPage *>();
        QCOMPARE(fleet->findChild<Label *>(u"fleet-headline"_s)->text(), u"All healthy"_s);
        QTest::mouseClick(fleet->findChild<QWidget *>(u"fleet-list"_s), Qt::LeftButton);
        QCOMPARE(fleet->look(), FleetPage::Look::Table);
        QVERIFY(fleet->findChild<QWidget *>(u"fleet-table"_s)->isVisible());
        QTest::keyClicks(fleet->findChild<QLineEdit *>(u"fleet-filter"_s), u"nosuch"_s);
        auto *view = fleet->findChild<QAbstractItemView *>(u"fleet-table"_s);
        QCOMPARE(view->model()->rowCount(), 0);
    }

    void theFleetTellsNewsAsThePagesDo()
    {
        openStory();
        auto *changes = m_window->findChild<ChangesCard *>();
        const QString began = words::shortTime(*m_story->logbook().view().watchedSince);
        QCOMPARE(changes->title(), u"What changed since %1, when watching began"_s.arg(began));
        m_story->startOutage();
        m_story->live(60s);
        m_window->tick();
        QStringList lines;
        for (const Label *line : changes->findChildren<Label *>())
            lines.append(line->text());
        QVERIFY(!lines.filter(u"openai breaker"_s).isEmpty());
        QVERIFY2(lines.filter(u"external/openai"_s).isEmpty(), "the breaker's echo is no news here either");
        m_window->setTimeChoice(TimeChoice::FiveMinutes);
        QCOMPARE(changes->title(), u"What changed in the last 5 minutes"_s);
    }

    void theRailCountsNothingOld()
    {
        openStory();
        m_window->open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s});
        m_story->startOutage();
        m_story->live(60s);
        QTRY_COMPARE(item("rail-page-breakers")->note(), u"1 open"_s);
        QTRY_COMPARE(item("rail-page-limits")->note(), u"1 full"_s);
        const Error gone{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:1"_s};
        m_story->setFailing(u"health"_s, gone);
        m_story->setFailing(u"redis"_s, gone);
        m_story->live(60s);
        QTRY_COMPARE(item("rail-page-breakers")->note(), u"?"_s);
        QTRY_COMPARE(item("rail-page-cache")->note(), u"?"_s);
        QTRY_COMPARE(item("rail-page-limits")->note(), u"?"_s);
    }

    void theRailSaysWhatIsLostAmongTheStores()
    {
        qd::test::Stores stores;
        stores.live(60s);
        m_window->add(stores.logbook());
        m_window->open({.kind = Place::Kind::Deployment, .deployment = stores.logbook().profile().name});
        m_window->show();
        const auto note = [&] {
            stores.live(60s);
            m_window->tick();
            return item("rail-page-data")->note();
        };
        QCOMPARE(note(), QString());
        for (Sentinel &sentinel : stores.sentinels)
            sentinel.usable.value = 2;
        QCOMPARE(note(), u"Sentinel lost"_s);
        stores.replicas.first().lag.value = stores.logbook().profile().replicaLagAtMost;
        stores.replicas.first().lag.value->count += 1;
        QCOMPARE(note(), u"1 lagging"_s);
        stores.replicas.removeLast();
        for (Sentinel &sentinel : stores.sentinels)
            sentinel.replicas.value = 1;
        QCOMPARE(note(), u"no Redis replica"_s);
        stores.setQuorumLost();
        QCOMPARE(note(), u"no quorum"_s);
        stores.setFailing(u"sentinel"_s, Error{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:1"_s});
        stores.setFailing(u"postgresql"_s, Error{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:2"_s});
        QCOMPARE(note(), u"?"_s);
        m_window.reset(); // it shows the logbook of `stores`
    }

    void theFleetSaysSinceWhen()
    {
        openStory();
        auto *fleet = m_window->findChild<FleetPage *>();
        const auto *since = fleet->findChild<Label *>(u"tile-since"_s);
        auto *table = fleet->findChild<QTableView *>(u"fleet-table"_s);
        QVERIFY(since->isHidden());
        fleet->setLook(FleetPage::Look::Table);
        m_window->tick();
        QCOMPARE(table->model()->index(0, 4).data().toString(), QString());
        fleet->setLook(FleetPage::Look::Wall);
        m_story->startOutage();
        m_story->live(60s);
        m_window->tick();
        QVERIFY(m_story->logbook().view().since);
        const QString at = words::clockTime(*m_story->logbook().view().since);
        QVERIFY(!since->isHidden());
        QCOMPARE(since->text(), u"since "_s + at);
        QVERIFY2(fleet->findChild<Tile *>(u"tile-quoted"_s)->accessibleName().contains(at), "is heard, too");
        fleet->setLook(FleetPage::Look::Table);
        m_window->tick();
        QCOMPARE(table->model()->index(0, 4).data().toString(), at);
        QCOMPARE(table->model()->headerData(4, Qt::Horizontal).toString(), u"Since"_s);
        QVERIFY(!table->isColumnHidden(4));
    }

    void theFleetsTableHidesNothingThatIsWrong()
    {
        openStory();
        m_story->startOutage();
        m_story->live(60s);
        auto *fleet = m_window->findChild<FleetPage *>();
        auto *table = fleet->findChild<QTableView *>(u"fleet-table"_s);
        const auto *hidden = fleet->findChild<Label *>(u"fleet-hidden"_s);
        fleet->setLook(FleetPage::Look::Table);
        m_window->resize(1920, 1000);
        m_window->tick();
        QVERIFY2(hidden->isHidden(), qPrintable(hidden->text()));
        m_theme->setTextScale(2.0);
        m_window->resize(1280, 800);
        m_window->tick();
        int count = 0;
        int loud = 0;
        QVERIFY(table->isColumnHidden(2)); // the environment is not wrong, whatever the status of its row
        for (int column = 6; column < table->model()->columnCount() - 1; ++column) { // but when it answered last
            const QModelIndex cell = table->model()->index(0, column);
            const auto status = cell.data(StatusRole).value<Status>();
            const bool isLoud = cell.data(KnownRole).value<Known>() == Known::Measured &&
                                (status == Status::Degraded || status == Status::Down);
            loud += isLoud ? 1 : 0;
            QVERIFY2(!isLoud || !table->isColumnHidden(column), qPrintable(QString::number(column)));
        }
        for (int column = 0; column < table->model()->columnCount(); ++column)
            count += column != 1 && table->isColumnHidden(column) ? 1 : 0; // the title is never shown
        QVERIFY(loud > 1);
        QVERIFY(count > 1);
        QVERIFY2(hidden->isVisible(), "told that there is more");
        QVERIFY2(hidden->text().startsWith(u"%1 columns hidden: widen the window"_s.arg(count)),
                 qPrintable(hidden->text()));
    }

    void aConsoleThatOnlyWatchesSaysSoOnce()
    {
        openStory(); // without anything to act with
        const auto *badge = m_window->findChild<Label *>(u"read-only"_s);
        QVERIFY(badge->isVisible());
        QVERIFY(badge->toolTip().contains(u"nothing can be done from it"_s));
        for (const PageId page : {PageId::Limits, PageId::Cache, PageId::Breakers, PageId::Flags}) {
            m_window->open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s, .page = page});
            m_window->tick();
            for (const QPushButton *button : m_window->findChildren<QPushButton *>())
                QVERIFY2(!button->isVisible() || button->isEnabled(), qPrintable(button->objectName()));
            for (const Label *label : m_window->findChildren<Label *>())
                QVERIFY2(!label->isVisible() || label == badge || !label->text().contains(u"read-only"_s),
                         qPrintable(label->objectName()));
        }
    }

    void theFleetsTableTellsWhyInFull()
    {
        openStory();
        auto *fleet = m_window->findChild<FleetPage *>();
        auto *table = fleet->findChild<QTableView *>(u"fleet-table"_s);
        m_window->resize(1280, 800);
        fleet->setLook(FleetPage::Look::Table);
        m_window->tick();
        const int calm = table->rowHeight(0);
        m_story->startOutage();
        m_story->live(60s);
        m_window->tick();
        const QModelIndex why = table->model()->index(0, 5);
        QVERIFY2(table->rowHeight(0) > calm, qPrintable(why.data().toString()));
        const DeploymentView &view = m_story->logbook().view();
        QVERIFY(view.reasons.size() > 2);
        const QString all = words::headline(view, view.reasons.size()).toHtmlEscaped();
        QVERIFY2(why.data(Qt::ToolTipRole).toString().contains(all), qPrintable(why.data(Qt::ToolTipRole).toString()));
    }

    void theFleetTellsThatADeploymentWentDown()
    {
        openStory();
        for (const auto &source : {u"redis"_s, u"health"_s, u"postgresql"_s})
            m_story->setFailing(source, Error{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:1"_s});
        m_story->live(60s);
        m_window->tick();
        const auto lines = m_window->findChild<ChangesCard *>()->findChildren<Label *>(u"change-sentence"_s);
        QCOMPARE(lines.first()->text(), u"overall: healthy → no data"_s);
        QCOMPARE(lines[1]->text().contains(u" lost: "_s), true);
    }

    void whatIsOldIsNotKnownOnTheFleet()
    {
        openStory();
        auto *fleet = m_window->findChild<FleetPage *>();
        const auto *rate = fleet->findChild<Figure *>(u"tile-hit-rate"_s);
        const QString before = rate->text();
        const QString at = words::shortTime(m_story->clock().now());
        m_story->setFailing(u"redis"_s, Error{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:1"_s});
        m_story->live(60s);
        m_window->tick();
        QCOMPARE(rate->text(), u"?"_s);
        QVERIFY2(rate->toolTip().contains(u"was %1 at %2"_s.arg(before, at)), qPrintable(rate->toolTip()));
        QCOMPARE(fleet->findChild<Figure *>(u"tile-breakers"_s)->text(), u"0"_s); // another source tells of them
        fleet->setLook(FleetPage::Look::Table);
        const auto *table = fleet->findChild<QAbstractItemView *>(u"fleet-table"_s)->model();
        QCOMPARE(table->index(0, 6).data().toString(), u"0"_s);
        QCOMPARE(table->index(0, 7).data().toString(), u"?"_s);
        QCOMPARE(table->index(0, 8).data().toString(), u"?"_s);
        QVERIFY(table->index(0, 7).data(Qt::ToolTipRole).toString().contains(u"was "_s));
    }

    void aTileHasOneRowOfFiguresWhereTheyFit()
    {
        m_story->live(600s);
        m_story->logbook().tick();
        Tile tile(m_story->logbook(), *m_theme);
        const auto rowsAt = [&](int width) {
            tile.resize(width, 200);
            tile.refresh(m_story->last());
            tile.show();
            (void)QTest::qWaitForWindowExposed(&tile);
            QCoreApplication::processEvents();
            QSet<int> tops;
            for (const Figure *figure : tile.findChildren<Figure *>())
                tops.insert(figure->mapTo(&tile, QPoint()).y());
            return tops.size();
        };
        QCOMPARE(rowsAt(500), 1);
        QCOMPARE(rowsAt(340), 2);
        QCOMPARE(rowsAt(500), 1);
    }

    void aNarrowTileKeepsItsNumbersWhole()
    {
        openStory();
        const auto *fleet = m_window->findChild<FleetPage *>();
        const auto *tile = fleet->findChild<Tile *>(u"tile-quoted"_s);
        const QString rate = tile->findChild<Figure *>(u"tile-hit-rate"_s)->text();
        QVERIFY2(rate.contains(u' '), "with the group's name");
        m_theme->setTextScale(2);
        m_window->resize(1280, 800);
        m_window->tick();
        const auto isCut = [&] {
            return std::ranges::any_of(tile->findChildren<Figure *>(), [](const Figure *figure) {
                const auto labels = figure->findChildren<Label *>();
                return std::ranges::any_of(
                    labels, [](const Label *label) { return label->width() < label->sizeHint().width(); });
            });
        };
        QTRY_VERIFY(!isCut());
        QCOMPARE(tile->findChild<Figure *>(u"tile-hit-rate"_s)->text(), rate); // for Why? and for screen readers
    }

    void whatADeploymentHasNotIsNotUnmeasured()
    {
        Profile profile = qd::test::storyProfile();
        profile.breakers.clear();
        profile.caches.clear();
        profile.unavailable = {u"breakers"_s};
        m_window.reset();
        m_story = std::make_unique<Story>(profile);
        m_story->setFailing(u"health"_s, Error{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:1"_s});
        m_story->setFailing(u"redis"_s, Error{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:1"_s});
        m_window = makeWindow();
        openStory();
        auto *fleet = m_window->findChild<FleetPage *>();
        QCOMPARE(fleet->findChild<Figure *>(u"tile-breakers"_s)->text(), u"n/a"_s);
        const auto *rate = fleet->findChild<Figure *>(u"tile-hit-rate"_s);
        QCOMPARE(rate->text(), u"–"_s);
        QVERIFY2(rate->toolTip().contains(u"not measured"_s), qPrintable(rate->toolTip()));
        const auto *table = fleet->findChild<QAbstractItemView *>(u"fleet-table"_s)->model();
        QCOMPARE(table->index(0, 6).data().toString(), u"n/a"_s);
        QCOMPARE(table->index(0, 7).data().toString(), u"–"_s);
    }

    void aTileCountsNoRefusalsAsUsed()
    {
        LimitView limit{.tier = u"auth"_s};
        limit.used.value = 32;
        limit.limit.value = 5;
        QCOMPARE(limitText(limit), u"auth 5/5"_s);
    }

    void saysWhenAllSourcesRefuse()
    {
        for (const QString &source : {u"health"_s, u"redis"_s, u"postgresql"_s})
            m_story->setFailing(source, Error{ErrorCode::AuthRequired, u"wrong password"_s, u"127.0.0.1:1"_s});
        openStory();
        m_window->open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s});
        QCOMPARE(m_window->findChild<Label *>(u"freshness"_s)->text(), u"3 of 3 sources refuse"_s);
    }

    void findsInOneDialogWithRowsInLine()
    {
        qApp->setStyleSheet(m_theme->styleSheet());
        const auto plain = qScopeGuard([] { qApp->setStyleSheet({}); });
        openStory();
        for (int i = 0; i < 2; ++i) {
            m_window->activateWindow();
            QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
        }
        QCOMPARE(m_window->findChildren<GoToDialog *>().size(), 1);
        auto *list = m_window->findChild<QListWidget *>(u"go-to-list"_s);
        QTRY_VERIFY(list->isVisible());
        const auto inkAt = [&](int row) {
            const QRect box = list->visualItemRect(list->item(row)).adjusted(2, 2, -2, -2);
            const QImage image = list->viewport()->grab(box).toImage();
            const QColor ground = image.pixelColor(0, 0);
            for (int x = 0; x < image.width(); ++x) {
                for (int y = 0; y < image.height(); ++y) {
                    if (contrast(image.pixelColor(x, y), ground) > 3)
                        return x;
                }
            }
            return -1;
        };
        list->setCurrentRow(1); // of the same first letter as the next one
        QCOMPARE(inkAt(1), inkAt(2));
        QTest::keyClick(m_window->findChild<QLineEdit *>(u"go-to-edit"_s), Qt::Key_Escape);
        QTRY_VERIFY(m_window->findChild<GoToDialog *>() == nullptr);
    }

    void theFocusStaysInTheRailWhenADialogChoosesThePlace()
    {
        openStory();
        m_window->activateWindow();
        item("rail-fleet")->setFocus();
        QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
        auto *edit = m_window->findChild<QLineEdit *>(u"go-to-edit"_s);
        QTRY_VERIFY(edit->hasFocus());
        QTest::keyClicks(edit, u"quo cac"_s);
        QTest::keyClick(edit, Qt::Key_Return);
        QTRY_VERIFY(m_window->findChild<GoToDialog *>() == nullptr);
        QCOMPARE(m_window->focusWidget(), item("rail-quoted"));
    }

    void offersOneThingFirst()
    {
        qApp->setStyleSheet(m_theme->styleSheet());
        const auto plain = qScopeGuard([] { qApp->setStyleSheet({}); });
        m_window->setDemo(FirstRun::Demo::Offered);
        m_window->show();
        auto *demo = m_window->findChild<QPushButton *>(u"first-run-demo"_s);
        auto *add = m_window->findChild<QPushButton *>(u"first-run-add"_s);
        QTRY_VERIFY(demo->isVisible());
        QCOMPARE(demo->width(), add->width());
        const auto ground = [](QWidget *button) {
            return button->grab().toImage().pixelColor(8, button->height() / 2);
        };
        QCOMPARE(ground(demo), m_theme->colours().accent);
        QVERIFY(ground(add) != m_theme->colours().accent);
        m_window->setDemo(FirstRun::Demo::NotInstalled);
        QCOMPARE(ground(add), m_theme->colours().accent);
    }

    void aShortWatchIsNotADotAtTheEdge()
    {
        const TimeRange hour{Instant(10h), Instant(11h)};
        QCOMPARE(watchedPart(hour, {}).from, hour.from);
        QCOMPARE(watchedPart(hour, Instant(9h)).from, hour.from);
        QCOMPARE(watchedPart(hour, Instant(10h + 45min)).from, hour.from);
        QCOMPARE(watchedPart(hour, Instant(10h + 50min + 20s)).from, Instant(10h + 50min));
        QCOMPARE(watchedPart(hour, Instant(11h - 5s)).from, Instant(10h + 59min));
        QCOMPARE(watchedPart(hour, Instant(10h + 50min)).to, hour.to);
        openStory(); // ten minutes
        m_window->open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s});
        const TimeRange shown = m_window->findChild<DeploymentPage *>()->range();
        QVERIFY(shown.length() >= 10min && shown.length() < 12min);
    }

private:
    std::unique_ptr<MainWindow> makeWindow()
    {
        return std::make_unique<MainWindow>(*m_theme, *m_appearance, m_story->clock(), *m_settings);
    }
    void openStory()
    {
        m_story->live(600s);
        m_story->logbook().tick();
        m_window->add(m_story->logbook());
        m_window->resize(1280, 800);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_window->tick();
    }
    RailItem *item(const char *name) { return m_window->findChild<RailItem *>(QLatin1StringView(name)); }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<Appearance> m_appearance;
    std::unique_ptr<Story> m_story;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(WindowTest)
#include "tst_window.moc"
