/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/activity_page.h"
#include "deployment/fact_table.h"
#include "deployment/metrics_page.h"
#include "deployment/overview_page.h"
#include "deployment/pages.h"
#include "deployment/pins.h"
#include "deployment/series_chart.h"
#include "deployment/value_label.h"
#include "tables/known_series.h"
#include "theme/text_label.h"
#include "ui/support/story.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include <limits>

using namespace qd;
using namespace qd::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
const Instant start{1'794'837'731s};

Metric metric(const QString &family, const QString &type, double value, const QString &unit = {})
{
    Metric made;
    made.family = family;
    made.type = type;
    made.unit = unit;
    made.help = u"What %1 counts."_s.arg(family);
    if (type == "histogram"_L1) {
        made.count = {.value = value, .origin = {0, family + u"_count"_s}};
        made.p50 = {.value = 0.012, .origin = {0, family + u"_bucket"_s}};
        made.p95 = {.value = 0.31, .origin = {0, family + u"_bucket"_s}};
    } else {
        made.value = {.value = value, .origin = {0, family}};
    }
    return made;
}

/// A shop with a page of metrics, a key store and a flag store behind the sources "app" and "keys".
struct Shop
{
    ManualClock clock{start};
    Logbook logbook;
    QList<Fact> page;
    QList<Fact> custody;

    Shop()
        : logbook(profile(), clock)
    {
    }
    static Profile profile()
    {
        Profile made;
        made.name = u"shop"_s;
        made.title = u"Shop"_s;
        made.environment = u"staging"_s;
        for (const auto &[id, kind] : {std::pair{u"app"_s, u"prometheus"_s}, std::pair{u"keys"_s, u"postgresql"_s}}) {
            SourceSpec spec;
            spec.id = id;
            spec.kind = kind;
            made.sources.append(spec);
        }
        return made;
    }
    void tell(const QString &source, const Result<Findings> &outcome)
    {
        logbook.take({.deployment = u"shop"_s,
                      .source = source,
                      .takenAt = clock.now(),
                      .latency = Millis{2},
                      .outcome = outcome,
                      .exchanges = {{.command = u"curl http://127.0.0.1:8000/metrics"_s,
                                     .reply = "orders_total 12\n",
                                     .format = Exchange::Format::Text,
                                     .truncated = false}}});
    }
    void step(std::chrono::seconds length = 5s)
    {
        clock.advance(length);
        tell(u"app"_s, Findings{.facts = page, .refusals = {}});
        tell(u"keys"_s, Findings{.facts = custody, .refusals = {}});
        logbook.tick();
    }
    /// Five minutes of a growing counter, a gauge, a histogram and a breaker.
    void live()
    {
        for (int i = 0; i < 60; ++i) {
            Breaker breaker;
            breaker.id = u"openai"_s;
            breaker.state = {.value = BreakerState::Closed, .origin = {0, u"circuit"_s}};
            breaker.callsTotal = {.value = 10 * i, .origin = {0, u"circuit_calls"_s}};
            page = {metric(u"orders_total"_s, u"counter"_s, 100 + 10 * i),
                    metric(u"queue_depth"_s, u"gauge"_s, 7.25),
                    metric(u"balance"_s, u"gauge"_s, -40),
                    metric(u"cart_bytes"_s, u"gauge"_s, 2048),
                    metric(u"checkout_seconds"_s, u"histogram"_s, 50 + i),
                    breaker};
            step();
        }
    }
    void many(int count)
    {
        page.clear();
        for (int i = 0; i < count; ++i)
            page.append(metric(u"series_%1"_s.arg(i, 4, 10, QChar(u'0')), u"gauge"_s, i));
        step();
    }
};

struct OnScreen
{
    QTemporaryDir folder;
    QSettings settings{folder.filePath(u"settings.ini"_s), QSettings::IniFormat};
    Pins pins{settings};
    Theme theme;
    std::unique_ptr<DeploymentPage> page;

    OnScreen(PageId id, Logbook &logbook, QSize size = {1056, 752}, double textScale = 1.0,
             Scheme scheme = Scheme::Light, bool shown = true)
        : theme(scheme, textScale)
        , page(makePage(id, logbook, theme, nullptr, &pins))
    {
        page->setPalette(theme.palette());
        page->setStyleSheet(theme.styleSheet());
        page->setRange({logbook.view().at - 1h, logbook.view().at});
        page->resize(size);
        if (!shown)
            return;
        page->show();
        (void)QTest::qWaitForWindowExposed(page.get());
    }
    [[nodiscard]] QTableView *table(const char *name) const
    {
        return page->findChild<QTableView *>(QString::fromLatin1(name) + u"-table"_s);
    }
    /// The cells that can be seen, "Business | orders_total | 2.0 /s | …", a line for each row.
    [[nodiscard]] QStringList rows(const char *name) const
    {
        QStringList lines;
        const QTableView *view = table(name);
        for (int row = 0; row < view->model()->rowCount(); ++row) {
            QStringList cells;
            for (int place = 0; place < view->horizontalHeader()->count(); ++place) {
                const int column = view->horizontalHeader()->logicalIndex(place);
                if (!view->isColumnHidden(column))
                    cells.append(view->model()->index(row, column).data().toString());
            }
            lines.append(cells.join(u" | "_s));
        }
        return lines;
    }
    [[nodiscard]] QString line(const char *name, const QString &part) const { return rows(name).filter(part).value(0); }
    void choose(const QString &part) const
    {
        QTableView *view = table("series");
        const QStringList all = rows("series");
        for (int row = 0; row < all.size(); ++row) {
            if (all[row].contains(part)) {
                view->setCurrentIndex(view->model()->index(row, 0));
                return;
            }
        }
        QFAIL(qPrintable(u"no row with "_s + part));
    }
    [[nodiscard]] SeriesChart *chart() const { return page->findChild<SeriesChart *>(u"series-chart"_s); }
    [[nodiscard]] QString text() const
    {
        QStringList lines;
        for (const Label *label : page->findChildren<Label *>()) {
            if (label->isVisible())
                lines.append(label->text());
        }
        return lines.join(u'\n');
    }
};

/// Of the chart's line of that number; −∞ where it has no data.
double highest(const SeriesChart *chart, int line = 0)
{
    double most = -std::numeric_limits<double>::infinity();
    for (const Column &column : chart->columns().value(line))
        most = column.count > 0 ? std::max(most, column.max) : most;
    return most;
}
} // namespace

class MetricsActivityTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everySeriesIsListedWhatTheProfileNamesFirst();
    void aMetricStandsWithItsSubsystemAndItsUnit();
    void whatIsPinnedIsMarkedInTheList();
    void searchingFindsNameGroupAndHelp();
    void choosingASeriesChartsIt();
    void aGaugeBelowZeroIsDrawn();
    void aBreakerWithoutAStateTellsWhenItWasSeenOpening();
    void theNumberSaysWhy();
    void whatIsNoLongerToldIsNotShownAsANumber();
    void pinnedSeriesAreKeptAndShownOnTheOverview();
    void noMoreIsPinnedThanThereIsRoomFor();
    void thousandsOfSeriesHaveNoWidgetsOfTheirOwn();
    void metricsPageSaysWhyItIsEmpty();
    void activityTellsWhatChangedNewestFirst();
    void activityKeepsWhatWasDoneFromHereForADay();
    void activityIsFilteredByKindAndByTyping();
    void activityGroupsByDay();
    void activityIsInTheOrderOfTime();
    void activityHasNoEmptyColumns();
    void pastDeploysAreTold();
    void wordsAmongNumbersStandAtTheRight();
    void pinLooksLikeAButtonAndIsReachedByKeyboard();
    void activitySaysSinceWhenAnybodyWatched();
    void anEventSaysWhyAndIsCopied();
    void markupInNamesIsShownAsItStands();
    void pictures_data();
    void pictures();
};

void MetricsActivityTest::everySeriesIsListedWhatTheProfileNamesFirst()
{
    Shop shop;
    shop.live();
    SeriesModel model(shop.logbook);
    const QAbstractItemModelTester tester(&model);
    model.setView(shop.logbook.view());
    const OnScreen shown(PageId::Metrics, shop.logbook, {1696, 1032});
    const QStringList rows = shown.rows("series");
    QCOMPARE(rows.first().section(u" | "_s, 0, 1), u"Business | balance"_s);
    QVERIFY(rows[4].startsWith(u"Business | queue_depth"_s));
    QVERIFY(!rows[5].startsWith(u"Business"_s));
    QCOMPARE(shown.line("series", u"orders_total"_s),
             u"Business | orders_total | 2.0 /s |  | counter | What orders_total counts. | app"_s);
    QVERIFY(shown.line("series", u"queue_depth"_s).contains(u"| 7.25 |  | gauge |"_s));
    QVERIFY(shown.line("series", u"balance"_s).contains(u"| -40 |  | gauge |"_s));
    QVERIFY(shown.line("series", u"cart_bytes"_s).contains(u"| 2.0 kB |  | gauge |"_s));
    QVERIFY(shown.line("series", u"checkout_seconds"_s).contains(u"| 310 ms |  | histogram, p95 |"_s));
    QVERIFY(shown.line("series", u"openai · calls total"_s)
                .startsWith(u"Breakers | openai · calls total | 2.0 /s |  | counter"_s));
    QVERIFY(shown.line("series", u"openai · state"_s).contains(u"| Closed |  | state |"_s));
    QCOMPARE(shown.rows("series").filter(u"| status |"_s).size(), 1);
}

void MetricsActivityTest::aMetricStandsWithItsSubsystemAndItsUnit()
{
    Shop shop;
    for (int i = 0; i < 12; ++i) {
        shop.page = {metric(u"circuit_perf"_s, u"gauge"_s, 85),
                     metric(u"rate_limit_fallback_total"_s, u"counter"_s, i),
                     metric(u"nodejs_heap_bytes"_s, u"gauge"_s, 2048),
                     metric(u"sent_bytes_total"_s, u"counter"_s, 5120 * i),
                     metric(u"kiln_temperature"_s, u"gauge"_s, 21.5, u"celsius"_s),
                     metric(u"baked_total"_s, u"counter"_s, 10 * i, u"loaves"_s)};
        shop.step();
    }
    const OnScreen shown(PageId::Metrics, shop.logbook);
    const auto line = [&](const QString &name) { return shown.line("series", name); };
    QVERIFY2(line(u"circuit_perf"_s).startsWith(u"Breakers | "_s), qPrintable(line(u"circuit_perf"_s)));
    QVERIFY(line(u"rate_limit_fallback"_s).startsWith(u"Limits | "_s));
    QVERIFY(line(u"nodejs_heap_bytes"_s).startsWith(u"Process | nodejs_heap_bytes | 2.0 kB | "_s));
    QVERIFY2(line(u"sent_bytes"_s).startsWith(u"Business | sent_bytes_total | 1.0 kB/s | "_s),
             qPrintable(line(u"sent_bytes"_s)));
    QVERIFY(line(u"kiln"_s).startsWith(u"Business | kiln_temperature | 21.5 celsius | "_s));
    QVERIFY(line(u"baked"_s).startsWith(u"Business | baked_total | 2.0 loaves/s | "_s));
    shown.choose(u"kiln"_s);
    QVERIFY(shown.text().contains(u"21.5 celsius"_s)); // at the chart, too
    // The business comes first, and no group is told twice.
    QStringList groups;
    for (const QString &row : shown.rows("series"))
        groups.append(row.section(u" | "_s, 0, 0));
    QCOMPARE(groups.first(), u"Business"_s);
    const qsizetype changes = std::ranges::count_if(
        groups.sliced(1), [i = 0, &groups](const QString &group) mutable { return groups[i++] != group; });
    groups.removeDuplicates();
    QCOMPARE(changes + 1, groups.size());
}

void MetricsActivityTest::whatIsPinnedIsMarkedInTheList()
{
    Shop shop;
    shop.live();
    OnScreen shown(PageId::Metrics, shop.logbook, {1696, 1032});
    QVERIFY(!shown.line("series", u"queue_depth"_s).contains(u"pinned"_s));
    shown.pins.pin(u"shop"_s, u"metric/queue_depth"_s);
    QVERIFY2(shown.line("series", u"queue_depth"_s).contains(u"| pinned |"_s),
             qPrintable(shown.line("series", u"queue_depth"_s)));
    QCOMPARE(shown.rows("series").filter(u"pinned"_s).size(), 1);
}

void MetricsActivityTest::searchingFindsNameGroupAndHelp()
{
    Shop shop;
    shop.live();
    const OnScreen shown(PageId::Metrics, shop.logbook);
    QTableView *table = shown.table("series");
    auto *filter = shown.page->findChild<QLineEdit *>(u"series-filter"_s);
    table->setFocus();
    QTest::keyClicks(table, u"o"_s);
    QTest::keyClicks(filter, u"rders"_s);
    QCOMPARE(filter->text(), u"orders"_s);
    QCOMPARE(shown.rows("series").size(), 1);
    filter->setText(u"breakers calls"_s);
    QCOMPARE(shown.rows("series").size(), 1);
    filter->setText(u"what queue"_s);
    QCOMPARE(shown.rows("series").size(), 1);
    QTest::keyClick(filter, Qt::Key_Escape);
    QVERIFY(shown.rows("series").size() > 6);
    filter->setText(u"no such thing"_s);
    QVERIFY(shown.text().contains(u"Nothing matches"_s));
}

void MetricsActivityTest::choosingASeriesChartsIt()
{
    Shop shop;
    shop.live();
    const OnScreen shown(PageId::Metrics, shop.logbook);
    QCOMPARE(shown.chart()->title(), u"balance"_s); // the first one, so that the page is never half empty
    shown.choose(u"orders_total"_s);
    QCOMPARE(shown.chart()->title(), u"orders_total"_s);
    QCOMPARE(shown.chart()->columns().size(), 1);
    QCOMPARE(highest(shown.chart()), 2.0); // per second
    QTest::keyClick(shown.table("series"), Qt::Key_Down);
    QCOMPARE(shown.chart()->title(), u"queue_depth"_s);
    QCOMPARE(highest(shown.chart()), 7.25);
    shown.choose(u"checkout_seconds"_s);
    QCOMPARE(shown.chart()->columns().size(), 2);
    QCOMPARE(highest(shown.chart()), 12.0); // milliseconds
    QCOMPARE(highest(shown.chart(), 1), 310.0);
    QVERIFY(shown.text().contains(u"histogram, p95 · seconds · What checkout_seconds counts."_s));
    // What is chosen stays chosen when new readings come.
    shop.step();
    shown.page->refresh();
    QCOMPARE(shown.chart()->title(), u"checkout_seconds"_s);
}

void MetricsActivityTest::aGaugeBelowZeroIsDrawn()
{
    Shop shop;
    shop.live();
    const OnScreen shown(PageId::Metrics, shop.logbook);
    shown.choose(u"balance"_s);
    QCOMPARE(highest(shown.chart()), -40.0);
    QVERIFY(shown.chart()->accessibleDescription().contains(u"-40"_s));
}

void MetricsActivityTest::aBreakerWithoutAStateTellsWhenItWasSeenOpening()
{
    Shop shop;
    for (const qint64 opened : {1, 1, 2}) {
        Breaker breaker;
        breaker.id = u"stripe"_s;
        breaker.openedTotal = {.value = opened, .origin = {0, u"circuit"_s}};
        breaker.failureShare = {.value = Share{0.25}, .origin = {0, u"failure_rate"_s}};
        shop.page = {breaker};
        shop.step();
        const bool isSeen = shop.logbook.view().breakers.first().lastTransition.has_value();
        QCOMPARE(isSeen, opened == 2);
    }
    const OnScreen card(PageId::Breakers, shop.logbook);
    const QString said = card.text();
    QVERIFY2(said.contains(u"stripe breaker was seen opening; its state is not told"_s), qPrintable(said));
    QVERIFY2(said.contains(u"25 % errors"_s), qPrintable(said));
    QVERIFY2(said.contains(u"not reported"_s), qPrintable(said)); // how many failures there were in a row
    const auto *state = card.page->findChild<ValueLabel *>(u"breaker-state-stripe"_s);
    QVERIFY2(state->accessibleName().contains(u"not measured"_s), qPrintable(state->accessibleName()));
    const OnScreen metrics(PageId::Metrics, shop.logbook);
    const QString row = metrics.line("series", u"failure share"_s);
    QVERIFY2(row.contains(u"25 %"_s), qPrintable(metrics.rows("series").join(u'\n')));
}

void MetricsActivityTest::theNumberSaysWhy()
{
    Shop shop;
    shop.live();
    const OnScreen shown(PageId::Metrics, shop.logbook);
    QSignalSpy asked(shown.page.get(), &DeploymentPage::whyRequested);
    QTableView *table = shown.table("series");
    shown.choose(u"orders_total"_s);
    table->setCurrentIndex(table->currentIndex().siblingAtColumn(2));
    QTest::keyClick(table, Qt::Key_W);
    QCOMPARE(asked.size(), 1);
    const auto because = asked.first().first().value<Because>();
    QVERIFY2(because.formula.contains(u"(690 − 570) / 60 s"_s), qPrintable(because.formula));
    QCOMPARE(because.inputs.size(), 1);
    QCOMPARE(because.inputs.first().origin.pointer, u"orders_total"_s);
    QVERIFY(asked.first().last().toString().contains(u"orders_total, now: 2.0 /s"_s));
    QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), u"2.0 /s"_s);
}

void MetricsActivityTest::whatIsNoLongerToldIsNotShownAsANumber()
{
    Shop shop;
    shop.live();
    shop.page.removeFirst(); // orders_total
    shop.step();
    OnScreen gone(PageId::Metrics, shop.logbook);
    QVERIFY2(gone.line("series", u"orders_total"_s).contains(u"orders_total | – |  | counter"_s),
             qPrintable(gone.line("series", u"orders_total"_s)));
    // Stale is dimmed and keeps its last value; it is not zero.
    shop.clock.advance(10min);
    shop.logbook.tick();
    gone.page->refresh();
    const QAbstractItemModel *model = gone.table("series")->model();
    for (int row = 0; row < model->rowCount(); ++row) {
        if (model->index(row, 0).data().toString() == u"queue_depth"_s) {
            QCOMPARE(model->index(row, 2).data(KnownRole).value<Known>(), Known::Stale);
            QCOMPARE(model->index(row, 2).data().toString(), u"7.25"_s);
        }
    }
}

void MetricsActivityTest::pinnedSeriesAreKeptAndShownOnTheOverview()
{
    Shop shop;
    shop.live();
    OnScreen shown(PageId::Metrics, shop.logbook);
    shown.choose(u"orders_total"_s);
    auto *pin = shown.page->findChild<QToolButton *>(u"pin"_s);
    QCOMPARE(pin->text(), u"Pin to Overview"_s);
    pin->setFocus();
    QTest::keyClick(pin, Qt::Key_Space);
    QCOMPARE(pin->text(), u"Unpin from Overview"_s);
    QCOMPARE(Pins(shown.settings).of(u"shop"_s), QStringList{u"metric/orders_total"_s});
    QCOMPARE(Pins(shown.settings).of(u"another/shop"_s), QStringList());

    const std::unique_ptr<DeploymentPage> overview(
        makePage(PageId::Overview, shop.logbook, shown.theme, nullptr, &shown.pins));
    overview->resize(1056, 752);
    overview->show();
    QVERIFY(QTest::qWaitForWindowExposed(overview.get()));
    auto *grid = overview->findChild<QWidget *>(u"pinned-charts"_s);
    QVERIFY(grid->isVisible());
    QCOMPARE(grid->findChild<SeriesChart *>()->title(), u"orders_total"_s);
    QTRY_COMPARE(highest(grid->findChild<SeriesChart *>()), 2.0);
    QTest::mouseClick(grid->findChild<QToolButton *>(u"unpin"_s), Qt::LeftButton);
    QTRY_VERIFY(!grid->isVisible());
    QCOMPARE(Pins(shown.settings).of(u"shop"_s), QStringList());
    QCOMPARE(pin->text(), u"Pin to Overview"_s);
}

void MetricsActivityTest::noMoreIsPinnedThanThereIsRoomFor()
{
    Shop shop;
    shop.live();
    OnScreen shown(PageId::Metrics, shop.logbook);
    for (int i = 0; i < Pins::most + 2; ++i)
        shown.pins.pin(u"shop"_s, u"metric/series_%1"_s.arg(i));
    QCOMPARE(shown.pins.of(u"shop"_s).size(), Pins::most);
    auto *pin = shown.page->findChild<QToolButton *>(u"pin"_s);
    QVERIFY(!pin->isEnabled());
    QVERIFY(pin->toolTip().contains(u"Unpin one first"_s));
    shown.pins.unpin(u"shop"_s, u"metric/series_3"_s);
    QVERIFY(pin->isEnabled());
}

void MetricsActivityTest::thousandsOfSeriesHaveNoWidgetsOfTheirOwn()
{
    Shop shop;
    shop.many(20);
    const OnScreen shown(PageId::Metrics, shop.logbook);
    const qsizetype widgets = shown.page->findChildren<QWidget *>().size();
    shop.many(4000);
    shown.page->refresh();
    QCOMPARE(shown.rows("series").size(), 4001);
    QCOMPARE(shown.page->findChildren<QWidget *>().size(), widgets);
    auto *filter = shown.page->findChild<QLineEdit *>(u"series-filter"_s);
    filter->setText(u"series_3999"_s);
    QCOMPARE(shown.rows("series").size(), 1);
}

void MetricsActivityTest::metricsPageSaysWhyItIsEmpty()
{
    Shop shop;
    const OnScreen shown(PageId::Metrics, shop.logbook);
    QVERIFY(shown.text().contains(u"No data yet"_s));
    QVERIFY(!shown.chart()->isVisible());
}

void MetricsActivityTest::activityTellsWhatChangedNewestFirst()
{
    Shop shop;
    SigningKey key;
    key.id = u"k1"_s;
    key.state = {.value = KeyState::Active, .origin = {0, u"/0/state"_s}};
    FeatureFlag flag;
    flag.key = u"new-checkout"_s;
    flag.set = {.value = u"off"_s, .origin = {0, u"/1/enabled"_s}};
    flag.updatedBy = {.value = u"mei"_s, .origin = {0, u"/1/updated_by"_s}};
    shop.custody = {key, flag};
    shop.step();
    flag.set.value = u"on"_s;
    shop.custody = {key, flag};
    shop.step();
    key.state.value = KeyState::Retiring;
    shop.custody = {key, flag};
    shop.step();
    shop.clock.advance(5s);
    shop.tell(u"app"_s, std::unexpected(Error{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:8000"_s}));
    shop.logbook.tick();
    const OnScreen shown(PageId::Activity, shop.logbook);
    const QStringList rows = shown.rows("activity");
    QCOMPARE(rows.size(), 3);
    QVERIFY2(rows[0].startsWith(u"Today | "_s) && rows[0].contains(u"app lost: connection refused"_s),
             qPrintable(rows[0]));
    QVERIFY2(rows[1].contains(u"signing key k1 | Active → Retiring |  | keys"_s), qPrintable(rows[1]));
    QVERIFY2(rows[2].contains(u"flag new-checkout | off → on | mei | keys"_s), qPrintable(rows[2]));
    QVERIFY2(rows[2].contains(words::clockTime(start + 10s)), qPrintable(rows[2]));
}

/// With what was done its undo would go.
void MetricsActivityTest::activityKeepsWhatWasDoneFromHereForADay()
{
    const auto done = [](std::chrono::hours ago, const QString &deployment = u"shop"_s) {
        return ActionRecord{.planId = QByteArray::number(static_cast<int>(ago.count())),
                            .plan = {},
                            .beginning = u"start"_s,
                            .deployment = deployment,
                            .operatorId = {},
                            .host = {},
                            .at = start - ago,
                            .endedAt = {},
                            .ending = {},
                            .error = {}};
    };
    QList<ActionRecord> records{done(23h), done(25h), done(2h, u"other"_s), done(40h), done(50h), done(-1h)};
    records[3].isUnfinished = true;
    records[4].revertsAt = start + 1h;
    QList<QByteArray> shown;
    for (const ActionRecord &record : actionsIn({start - 5min, start}, u"shop"_s, records))
        shown.append(record.planId);
    QCOMPARE(shown, (QList<QByteArray>{"23", "40", "50"}));
    QCOMPARE(actionsIn({start - 30h, start}, u"shop"_s, records).size(), 4);
}

void MetricsActivityTest::activityIsFilteredByKindAndByTyping()
{
    Story story;
    story.live(30min);
    story.startOutage();
    story.live(5min);
    const OnScreen shown(PageId::Activity, story.logbook());
    auto *kinds = shown.page->findChild<QComboBox *>(u"activity-kinds"_s);
    const qsizetype all = shown.rows("activity").size();
    QVERIFY(all > 2);
    QCOMPARE(kinds->itemText(0), u"All changes (%1)"_s.arg(all));
    kinds->setCurrentIndex(kinds->findText(u"Backups (0)"_s));
    QVERIFY(shown.rows("activity").isEmpty());
    QVERIFY2(shown.text().contains(u"Backups: none since"_s), qPrintable(shown.text()));
    QVERIFY(kinds->isVisible());
    kinds->setCurrentIndex(0);
    shown.page->findChild<QLineEdit *>(u"activity-filter"_s)->setText(u"openai open"_s);
    QVERIFY(!shown.rows("activity").isEmpty());
    QVERIFY(shown.rows("activity").size() < all);
    for (const QString &row : shown.rows("activity"))
        QVERIFY(row.contains(u"openai"_s));
}

void MetricsActivityTest::activityIsInTheOrderOfTime()
{
    Shop shop;
    shop.step();
    const Error refused{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:8000"_s};
    shop.clock.advance(5s);
    shop.tell(u"app"_s, std::unexpected(refused));
    shop.logbook.tick(); // the status changes with the first
    shop.clock.advance(1s);
    shop.tell(u"keys"_s, std::unexpected(refused));
    shop.logbook.tick();
    const OnScreen shown(PageId::Activity, shop.logbook);
    const QTableView *view = shown.table("activity");
    const auto at = [&](int row) {
        const auto *model = view->model();
        for (int column = 0; column < model->columnCount(); ++column) {
            if (model->headerData(column, Qt::Horizontal).toString() == u"When"_s)
                return model->index(row, column).data(ValueRole).toLongLong();
        }
        return qint64{-1};
    };
    QVERIFY(!shown.rows("activity").filter(u"overall"_s).isEmpty());
    QVERIFY(view->model()->rowCount() >= 3);
    for (int row = 1; row < view->model()->rowCount(); ++row)
        QVERIFY2(at(row) <= at(row - 1), qPrintable(shown.rows("activity").join(u'\n')));
}

void MetricsActivityTest::activityHasNoEmptyColumns()
{
    Shop shop;
    FeatureFlag flag;
    flag.key = u"new-checkout"_s;
    flag.set = {.value = u"off"_s, .origin = {0, u"/1/enabled"_s}};
    shop.custody = {flag};
    shop.step();
    const Error refused{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:8000"_s};
    shop.clock.advance(5s);
    shop.tell(u"app"_s, std::unexpected(refused));
    shop.logbook.tick();
    shop.clock.advance(1s);
    shop.tell(u"keys"_s, std::unexpected(refused));
    shop.logbook.tick();
    const auto hasWho = [](const OnScreen &shown) {
        const QTableView *view = shown.table("activity");
        for (int column = 0; column < view->model()->columnCount(); ++column) {
            if (view->model()->headerData(column, Qt::Horizontal).toString() == u"Who"_s)
                return !view->isColumnHidden(column);
        }
        return false;
    };
    const OnScreen before(PageId::Activity, shop.logbook);
    QVERIFY(!hasWho(before));
    // What the console concluded is said to be of it.
    QVERIFY2(before.line("activity", u"overall"_s).endsWith(u"the console"_s),
             qPrintable(before.rows("activity").join(u'\n')));
    flag.set.value = u"on"_s;
    flag.updatedBy = {.value = u"mei"_s, .origin = {0, u"/1/updated_by"_s}};
    shop.custody = {flag};
    shop.step();
    QVERIFY(hasWho(OnScreen(PageId::Activity, shop.logbook)));
}

void MetricsActivityTest::pastDeploysAreTold()
{
    Shop shop;
    shop.step();
    QVERIFY(!OnScreen(PageId::Activity, shop.logbook).table("deploy")->isVisible());
    Deploy older;
    older.id = u"dep-1"_s;
    older.status = {.value = u"build_failed"_s, .origin = {0, u"/0/status"_s}};
    older.level = {.value = Level::Down, .origin = {0, u"/0/status"_s}};
    older.createdAt = {.value = start - 72h, .origin = {0, u"/0/createdAt"_s}};
    Deploy newer = older;
    newer.id = u"dep-2"_s;
    newer.status = {.value = u"live"_s, .origin = {0, u"/1/status"_s}};
    newer.level = {.value = Level::Ok, .origin = {0, u"/1/status"_s}};
    newer.isLive = {.value = 1, .origin = {0, u"/1/status"_s}};
    newer.finishedAt = {.value = start - 48h, .origin = {0, u"/1/finishedAt"_s}};
    shop.custody = {older, newer};
    shop.step();
    const OnScreen shown(PageId::Activity, shop.logbook);
    QVERIFY(shown.table("deploy")->isVisible());
    const QStringList rows = shown.rows("deploy");
    QCOMPARE(rows.size(), 2);
    QVERIFY2(rows[0].startsWith(u"dep-2 | live"_s), qPrintable(rows[0])); // the newest first
    QVERIFY2(rows[0].contains(words::shortTime(start - 48h, start)), qPrintable(rows[0]));
    const OnScreen overview(PageId::Overview, shop.logbook);
    const QString said =
        u"last deploy %1, "_s.arg(words::ago(start - 48h, start)) + words::shortTime(start - 48h, start);
    QVERIFY2(overview.text().contains(said), qPrintable(overview.text()));
}

void MetricsActivityTest::wordsAmongNumbersStandAtTheRight()
{
    Shop shop;
    shop.live();
    const OnScreen shown(PageId::Metrics, shop.logbook);
    const auto *model = shown.table("series")->model();
    int now = 0;
    while (model->headerData(now, Qt::Horizontal).toString() != u"Now"_s)
        ++now;
    QSet<int> alignments{model->headerData(now, Qt::Horizontal, Qt::TextAlignmentRole).toInt()};
    for (int row = 0; row < model->rowCount(); ++row)
        alignments.insert(model->index(row, now).data(Qt::TextAlignmentRole).toInt());
    QCOMPARE(alignments, (QSet<int>{static_cast<int>(Qt::AlignRight | Qt::AlignVCenter)}));
}

void MetricsActivityTest::pinLooksLikeAButtonAndIsReachedByKeyboard()
{
    Shop shop;
    shop.live();
    const OnScreen shown(PageId::Metrics, shop.logbook);
    auto *pin = shown.page->findChild<QToolButton *>(u"pin"_s);
    QTRY_VERIFY(pin->isVisible());
    QVERIFY(pin->focusPolicy() & Qt::TabFocus);
    const QImage image = pin->grab().toImage();
    QCOMPARE(image.pixelColor(image.width() / 2, 0), shown.theme.colours().line); // its edge
    pin->setFocus(Qt::TabFocusReason);
    QTest::keyClick(pin, Qt::Key_Space);
    QVERIFY(pin->isChecked());
    QCOMPARE(shown.pins.of(u"shop"_s).size(), 1);
}

void MetricsActivityTest::activityGroupsByDay()
{
    Shop shop;
    Deploy deploy;
    for (int i = 0; i < 3; ++i) {
        deploy.id = u"dep-%1"_s.arg(i);
        deploy.status = {.value = u"live"_s, .origin = {}};
        shop.custody.append(deploy);
        shop.step(24h);
    }
    OnScreen shown(PageId::Activity, shop.logbook);
    shown.page->setRange({shop.clock.now() - 7 * 24h, shop.clock.now()});
    const QStringList rows = shown.rows("activity").filter(u"deploy dep-"_s);
    QCOMPARE(rows.size(), 2); // the first was there when watching began
    QVERIFY2(rows[0].startsWith(u"Today"_s) && rows[0].contains(u"deploy dep-2"_s), qPrintable(rows[0]));
    QVERIFY2(rows[1].startsWith(u"Yesterday"_s), qPrintable(rows[1]));
}

void MetricsActivityTest::activitySaysSinceWhenAnybodyWatched()
{
    Shop shop;
    QVERIFY(OnScreen(PageId::Activity, shop.logbook).text().contains(u"Nothing was read yet"_s));
    shop.step();
    const OnScreen young(PageId::Activity, shop.logbook);
    QVERIFY2(
        young.text().contains(u"Nothing changed since %1, when watching began"_s.arg(words::shortTime(start + 5s))),
        qPrintable(young.text()));
    for (int i = 0; i < 14; ++i)
        shop.step(5min);
    const OnScreen old(PageId::Activity, shop.logbook);
    QVERIFY2(old.text().contains(u"Nothing changed in the last 1 h"_s), qPrintable(old.text()));
    QVERIFY(old.text().contains(u"Watched since %1"_s.arg(words::shortTime(start + 5s))));
}

void MetricsActivityTest::anEventSaysWhyAndIsCopied()
{
    Shop shop;
    FeatureFlag flag;
    flag.key = u"new-checkout"_s;
    flag.set = {.value = u"off"_s, .origin = {0, u"/1/enabled"_s}};
    shop.custody = {flag};
    shop.step();
    flag.set.value = u"on"_s;
    shop.custody = {flag};
    shop.step();
    OnScreen shown(PageId::Activity, shop.logbook);
    QSignalSpy asked(shown.page.get(), &DeploymentPage::whyRequested);
    QTableView *table = shown.table("activity");
    table->setCurrentIndex(table->model()->index(0, 0));
    QTest::keyClick(table, Qt::Key_W);
    QCOMPARE(asked.size(), 1);
    auto because = asked.first().first().value<Because>();
    QVERIFY2(because.formula.startsWith(u"flag new-checkout: off → on, seen "_s), qPrintable(because.formula));
    QCOMPARE(because.inputs.size(), 1);
    QCOMPARE(because.inputs.first().origin.pointer, u"/1/enabled"_s);
    QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), u"flag new-checkout"_s);
    // Set back since: what is told now is no evidence for it.
    flag.set.value = u"off"_s;
    shop.custody = {flag};
    shop.step();
    because = becauseOf(shop.logbook.view().events.last(), shop.logbook.view());
    QVERIFY(because.formula.contains(u"off → on"_s));
    QVERIFY(because.inputs.isEmpty());
}

void MetricsActivityTest::markupInNamesIsShownAsItStands()
{
    Shop shop;
    shop.page = {metric(u"<b>bold</b>"_s, u"gauge"_s, 1)};
    shop.step();
    const OnScreen shown(PageId::Metrics, shop.logbook);
    QVERIFY(shown.rows("series").first().contains(u"<b>bold</b>"_s));
    const QAbstractItemModel *model = shown.table("series")->model();
    QVERIFY(!model->index(0, 0).data(Qt::ToolTipRole).toString().contains(u"<b>"_s));
    QCOMPARE(shown.chart()->title(), u"<b>bold</b>"_s);
}

void MetricsActivityTest::pictures_data()
{
    QTest::addColumn<PageId>("id");
    QTest::addColumn<QSize>("size");
    QTest::addColumn<double>("scale");
    QTest::addColumn<Scheme>("scheme");
    for (const PageId id : {PageId::Metrics, PageId::Activity, PageId::Overview}) {
        const QByteArray name = id == PageId::Metrics ? "metrics" : id == PageId::Activity ? "activity" : "overview";
        QTest::addRow("%s-small", name.constData()) << id << QSize(1056, 752) << 1.0 << Scheme::Light;
        QTest::addRow("%s-small-dark", name.constData()) << id << QSize(1056, 752) << 1.0 << Scheme::Dark;
        QTest::addRow("%s-large", name.constData()) << id << QSize(1696, 1032) << 1.0 << Scheme::Dark;
        QTest::addRow("%s-200", name.constData()) << id << QSize(1472, 984) << 2.0 << Scheme::Light;
    }
}

/// Nothing overlaps or is cut; with QD_PICTURES=FOLDER the pages are kept to look at.
void MetricsActivityTest::pictures()
{
    QFETCH(const PageId, id);
    QFETCH(const QSize, size);
    QFETCH(const double, scale);
    QFETCH(const Scheme, scheme);
    Shop shop;
    Story story;
    Story::untilIncident(story);
    shop.live();
    Logbook &logbook = id == PageId::Metrics ? shop.logbook : story.logbook();
    OnScreen shown(id, logbook, size, scale, scheme);
    if (id == PageId::Overview) {
        for (const auto *key :
             {"redis/redis/used_memory_bytes", "requests//latency_p95_ms", "breaker/openai/calls_total"})
            shown.pins.pin(logbook.profile().name, QString::fromLatin1(key));
    } else {
        const QTableView *table = shown.table(id == PageId::Metrics ? "series" : "activity");
        QVERIFY(table->isVisible());
        QVERIFY(table->viewport()->height() >= 3 * table->rowHeight(0));
        QVERIFY(table->horizontalHeader()->length() <= table->viewport()->width() + 1);
    }
    QCoreApplication::processEvents();
    if (const QString folder = qEnvironmentVariable("QD_PICTURES"); !folder.isEmpty())
        QVERIFY(shown.page->grab().save(folder + u"/%1.png"_s.arg(QString::fromUtf8(QTest::currentDataTag()))));
}

QTEST_MAIN(MetricsActivityTest)
#include "tst_metrics_activity.moc"
