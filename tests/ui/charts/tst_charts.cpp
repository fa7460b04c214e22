/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/breaker_glyph.h"
#include "charts/chart_panel.h"
#include "charts/drawn.h"
#include "charts/legend.h"
#include "charts/line_shape.h"
#include "charts/mark_band.h"
#include "charts/news.h"
#include "charts/sparkline.h"
#include "charts/state_strip.h"
#include "words/words.h"

#include <QApplication>
#include <QGraphicsView>
#include <QHBoxLayout>
#include <QHelpEvent>
#include <QPainter>
#include <QTest>
#include <QTimeZone>
#include <QToolTip>

#include <cmath>
#include <ctime>
#include <random>

using namespace qd;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
const Instant start{std::chrono::milliseconds(1'795'180'500'000)}; // 13:15 UTC
const TimeRange hour{start, start + 1h};
const double inf = std::numeric_limits<double>::infinity();
const double notANumber = std::numeric_limits<double>::quiet_NaN();

Columns filled(TimeRange range, int pixels, const std::function<double(double)> &value)
{
    Columns columns;
    for (int i = 0; i < pixels; ++i) {
        Column c{.at = range.from + range.length() * i / pixels};
        const double v = value(double(i) / pixels);
        if (!std::isnan(v)) {
            c.first = c.min = c.max = c.last = v;
            c.count = 1;
        }
        columns.append(c);
    }
    return columns;
}

ChartLine lineOf(const std::function<double(double)> &value)
{
    ChartLine line;
    line.label = u"line"_s;
    line.columns = [value](TimeRange range, int pixels) { return filled(range, pixels, value); };
    return line;
}

/// How many pixels of one column of the plot have about this colour.
int coloured(const QImage &image, int x, const QRect &plot, const QColor &colour)
{
    int found = 0;
    for (int y = plot.top(); y <= plot.bottom(); ++y) {
        const QColor c = image.pixelColor(x, y);
        found += std::abs(c.red() - colour.red()) + std::abs(c.green() - colour.green()) +
                     std::abs(c.blue() - colour.blue()) <
                 90;
    }
    return found;
}

struct ShownPanel
{
    Theme theme{Scheme::Light};
    ChartPanel panel{theme};
    explicit ShownPanel(const ChartLine &line)
    {
        panel.setTitle(u"Requests"_s);
        panel.setRange(hour);
        panel.setLines({line});
        panel.resize(480, 220);
        panel.show();
    }
};
} // namespace

class TestCharts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void valueTicksAreNice_data()
    {
        QTest::addColumn<double>("from");
        QTest::addColumn<double>("to");
        QTest::addColumn<Unit>("unit");
        QTest::addColumn<QStringList>("texts");
        QTest::newRow("rate") << 0. << 287. << Unit::PerSecond
                              << QStringList{u"0 /s"_s, u"100 /s"_s, u"200 /s"_s, u"300 /s"_s};
        QTest::newRow("share") << 0. << 0.058 << Unit::Percent << QStringList{u"0 %"_s, u"2 %"_s, u"4 %"_s, u"6 %"_s};
        QTest::newRow("half") << 0.5 << 1. << Unit::Percent << QStringList{u"40 %"_s, u"60 %"_s, u"80 %"_s, u"100 %"_s};
        QTest::newRow("seconds") << 0. << 1900. << Unit::Milliseconds << QStringList{u"0 s"_s, u"1 s"_s, u"2 s"_s};
        QTest::newRow("few") << 0. << 2. << Unit::Count << QStringList{u"0"_s, u"1"_s, u"2"_s};
        QTest::newRow("bytes") << 0. << 500. * 1048576 << Unit::Bytes
                               << QStringList{u"0 B"_s, u"200 MB"_s, u"400 MB"_s, u"600 MB"_s};
        QTest::newRow("nothing") << 0. << 0. << Unit::Count << QStringList{u"0"_s, u"1"_s};
        QTest::newRow("inf") << 0. << inf << Unit::Count << QStringList{u"0"_s, u"1"_s};
        QTest::newRow("nan") << notANumber << 5. << Unit::Count << QStringList{u"0"_s, u"1"_s};
    }
    void valueTicksAreNice()
    {
        QFETCH(double, from);
        QFETCH(double, to);
        QFETCH(Unit, unit);
        QFETCH(QStringList, texts);
        const ValueScale scale = niceScale(from, to, unit, 3);
        QStringList got;
        for (const ValueTick &tick : scale.ticks)
            got.append(tick.text);
        QCOMPARE(got, texts);
        QCOMPARE(scale.ticks.first().at, scale.from);
        QVERIFY(std::abs(scale.ticks.last().at - scale.to) < 1e-9 * std::max(1.0, scale.to));
    }

    void timesAreWholeAndLocal()
    {
        const QTimeZone taipei("Asia/Taipei");
        const auto ticks = niceTimes(hour, 6, taipei);
        QStringList got;
        for (const TimeTick &tick : ticks)
            got.append(tick.text);
        QCOMPARE(got, (QStringList{u"21:15"_s, u"21:30"_s, u"21:45"_s, u"22:00"_s, u"22:15"_s}));
        const auto days = niceTimes({start, start + 24h * 7}, 8, QTimeZone::utc());
        QCOMPARE(days.size(), 7);
        QCOMPARE(days.first().text, u"21 Nov"_s);
        QVERIFY(niceTimes({start, start}, 8, taipei).isEmpty());
    }

    void timesAreWholeAcrossSummerTime()
    {
        // Berlin left summer time on 2026-10-25 at 03:00 = 01:00 UTC.
        const Instant midnight{std::chrono::milliseconds(1'792'879'200'000)};
        const auto ticks = niceTimes({midnight, midnight + 25h}, 8, QTimeZone("Europe/Berlin"));
        for (const TimeTick &tick : ticks)
            QVERIFY2(tick.text.endsWith(u":00") || tick.text.endsWith(u"Oct"), qPrintable(tick.text));
        QVERIFY(ticks.size() >= 5);
    }

    void gapStaysAGap()
    {
        ShownPanel s(lineOf([](double t) { return t > 0.4 && t < 0.6 ? notANumber : 50.; }));
        const QImage image = s.panel.grab().toImage();
        const QRect plot = s.panel.plotRect();
        const QColor blue = s.theme.colours().series[0];
        QVERIFY(coloured(image, plot.left() + plot.width() * 2 / 10, plot, blue) > 0);
        QVERIFY(coloured(image, plot.left() + plot.width() * 8 / 10, plot, blue) > 0);
        for (int x = plot.left() + plot.width() * 42 / 100; x < plot.left() + plot.width() * 58 / 100; ++x)
            QCOMPARE(coloured(image, x, plot, blue), 0);
    }

    void nonFiniteValuesAreGaps()
    {
        ShownPanel s(lineOf([](double t) { return t < 0.3 ? inf : t < 0.5 ? -inf : 10.; }));
        const QImage image = s.panel.grab().toImage();
        const QRect plot = s.panel.plotRect();
        const QColor blue = s.theme.colours().series[0];
        QCOMPARE(coloured(image, plot.left() + plot.width() / 4, plot, blue), 0);
        QVERIFY(coloured(image, plot.left() + plot.width() * 3 / 4, plot, blue) > 0);
        QVERIFY(s.panel.accessibleDescription().contains(u"10"));
    }

    void heldValueStandsStillUntilItChanges()
    {
        const QRectF plot(0, 0, 100, 100);
        const Columns columns = filled(hour, 100, [](double t) { return t < 0.5 ? 0. : 10.; });
        const LineShape shape = lineShape(columns, plot, 0, 10, false);
        QCOMPARE(shape.curves, (QList<QPolygonF>{{{{0.5, 100}, {0.5, 100}, {50.5, 100}, {50.5, 0}, {99.5, 0}}}}));
    }

    void noiseIsCheap_data()
    {
        QTest::addColumn<double>("ratio");
        QTest::newRow("1") << 1.;
        QTest::newRow("2") << 2.;
    }
    void noiseIsCheap()
    {
        QFETCH(double, ratio);
        SeriesStore store;
        std::mt19937 random(7);
        std::uniform_real_distribution<double> noise(0, 100);
        for (int i = 0; i < 600'000; ++i)
            store.append(u"noise"_s, Behaviour::Gauge, start + 6ms * i, noise(random));
        ChartLine line;
        line.columns = [&](TimeRange range, int pixels) { return store.query(u"noise"_s, range, pixels); };
        ShownPanel s(line);
        s.panel.resize(900, 320);
        QVERIFY(!s.panel.columns().isEmpty());
        QImage image(s.panel.size() * ratio, QImage::Format_ARGB32_Premultiplied);
        image.setDevicePixelRatio(ratio);
        s.panel.render(&image);
        // Of processor time: what other programs take is no matter of ours.
        const std::clock_t begin = std::clock();
        for (int i = 0; i < 5; ++i)
            s.panel.render(&image);
        const double frame = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC * 1000 / 5;
        QVERIFY2(frame < 100, qPrintable(u"%1 ms a frame"_s.arg(frame)));
    }

    void nothingToShowIsSaid()
    {
        ShownPanel empty(lineOf([](double) { return notANumber; }));
        ShownPanel zero(lineOf([](double) { return 0.; }));
        QVERIFY(empty.panel.grab().toImage() != zero.panel.grab().toImage());
        QVERIFY(empty.panel.accessibleDescription().contains(u"no data"));
    }

    void noScaleIsMadeUp()
    {
        const auto gridLines = [](ChartPanel &panel) {
            const QRect plot = panel.plotRect();
            const QImage image = panel.grab().toImage();
            int lines = 0;
            for (int y = plot.top(); y <= plot.bottom(); ++y)
                lines +=
                    image.pixelColor(plot.left() + 4, y) != image.pixelColor(plot.left() + 4, plot.top() + 4) ? 1 : 0;
            return lines;
        };
        ShownPanel empty(lineOf([](double) { return notANumber; }));
        QCOMPARE(gridLines(empty.panel), 0);
        ShownPanel half(lineOf([](double part) { return part < 0.5 ? notANumber : 7.; }));
        QVERIFY(gridLines(half.panel) > 0);
        ShownPanel shares(lineOf([](double) { return notANumber; }));
        shares.panel.setCeiling(1); // of a share both ends are known
        shares.panel.refresh();
        QTRY_VERIFY(gridLines(shares.panel) > 0);
        // Once there is something to show, there is a scale.
        empty.panel.setLines({lineOf([](double) { return 0.6; })});
        QTRY_VERIFY(gridLines(empty.panel) > 0);
    }

    void hiddenChartAsksNothing()
    {
        const Theme theme(Scheme::Light);
        ChartPanel panel(theme);
        int asked = 0;
        ChartLine line;
        line.columns = [&](TimeRange, int) {
            ++asked;
            return Columns();
        };
        panel.setRange(hour);
        panel.setLines({line});
        panel.refresh();
        QCOMPARE(asked, 0);
        panel.show();
        QVERIFY(asked > 0);
    }

    void plotsOfOnePageAlign()
    {
        ShownPanel a(lineOf([](double) { return 1.; }));
        ShownPanel b(lineOf([](double) { return 123'456'789.; }));
        QCOMPARE(a.panel.plotRect(), b.panel.plotRect());
    }

    void panelMayBeLow()
    {
        ShownPanel s(lineOf([](double) { return 1.; }));
        s.panel.setValue(u"11.2 /s"_s);
        QVERIFY2(s.panel.minimumSizeHint().height() <= 150,
                 qPrintable(QString::number(s.panel.minimumSizeHint().height())));
        // Wants no more after it was large.
        const int wanted = s.panel.sizeHint().height();
        s.panel.resize(900, 700);
        QCOMPARE(s.panel.sizeHint().height(), wanted);
    }

    void legendDropsBelowATitleThatNeedsTheRow()
    {
        ShownPanel s(lineOf([](double) { return 1.; }));
        ChartLine other = lineOf([](double) { return 2.; });
        other.label = u"another one"_s;
        s.panel.setLines({lineOf([](double) { return 1.; }), other, other});
        auto *legend = s.panel.findChild<Legend *>();
        const auto line = [&] { return legend->mapTo(&s.panel, QPoint(0, 0)).y(); };
        QTRY_VERIFY(legend->isVisible());
        const int beside = line();
        s.panel.resize(200, 220);
        QTRY_VERIFY(line() > beside);
        QVERIFY(legend->isVisible());
        s.theme.setTextScale(2);
        QTRY_VERIFY(legend->height() > 1.5 * legend->sizeHint().height());
        s.theme.setTextScale(1);
        s.panel.resize(480, 220);
        QTRY_COMPARE(line(), beside);
        QVERIFY(legend->isVisible());
    }

    void axesStandWhereThePlotEndsBelowALegendThatWraps()
    {
        const Theme theme(Scheme::Light);
        QList<ChartLine> lines(4, lineOf([](double) { return 3.; }));
        for (ChartLine &line : lines)
            line.label = u"a long name"_s;
        QWidget page;
        auto *row = new QHBoxLayout(&page);
        auto *panel = new ChartPanel(theme);
        row->addWidget(panel);
        panel->setTitle(u"Requests"_s);
        panel->setRange(hour);
        panel->setLines(lines);
        page.resize(900, 400);
        page.show();
        QVERIFY(QTest::qWaitForWindowExposed(&page));
        const int beside = panel->plotRect().height();
        page.resize(300, 400);
        QTRY_VERIFY(panel->plotRect().height() < beside);
        const auto inked = [&](const QImage &image, int y) {
            int found = 0;
            for (int x = panel->plotRect().left(); x < panel->plotRect().right(); ++x)
                found += image.pixelColor(x, y) != theme.colours().surface ? 1 : 0;
            return found;
        };
        const auto hasLowestLine = [&] {
            const QRect plot = panel->plotRect();
            const QImage image = panel->grab().toImage();
            return std::max(inked(image, plot.bottom()), inked(image, plot.bottom() + 1)) > plot.width() * 9 / 10;
        };
        const auto hasTimes = [&] {
            const int bottom = panel->plotRect().bottom();
            const QImage image = panel->grab().toImage();
            int most = 0;
            for (int y = bottom + 6; y < bottom + 22; ++y)
                most = std::max(most, inked(image, y));
            return most > 4;
        };
        QTRY_VERIFY(hasLowestLine());
        QTRY_VERIFY(hasTimes());
    }

    void theLegendNamesWhatHasALine()
    {
        ShownPanel s(lineOf([](double) { return 1.; }));
        ChartLine drawn = lineOf([](double) { return 1.; });
        drawn.label = u"drawn"_s;
        ChartLine none = lineOf([](double) { return notANumber; });
        none.label = u"none"_s;
        s.panel.setLines({none, drawn});
        const auto *legend = s.panel.findChild<Legend *>();
        QTRY_VERIFY(legend->isVisible());
        QVERIFY2(legend->accessibleName().endsWith(u": drawn"_s), qPrintable(legend->accessibleName()));
        s.panel.setLines({none, none});
        QTRY_VERIFY(!legend->isVisible());
    }

    void samplesFarApartAreHeldUntilTheNext()
    {
        // A value every five columns, each held until the next: what five minutes look like.
        std::mt19937 random(3);
        std::uniform_real_distribution<double> noise(0, 10);
        double value = 5;
        Columns columns = filled(hour, 300, [](double) { return 0.; });
        for (int i = 0; i < 300; ++i) {
            Column &c = columns[i];
            c.first = value;
            if (i % 5 == 0)
                value = noise(random);
            c.last = value;
            c.min = std::min(c.first, c.last);
            c.max = std::max(c.first, c.last);
        }
        const LineShape shape = lineShape(columns, QRectF(0, 0, 300, 100), 0, 10, false);
        QVERIFY(shape.spans.isEmpty());
        QCOMPARE(shape.curves.size(), 1);
        const QPolygonF &curve = shape.curves.first();
        QVERIFY(curve.size() <= 2 * 64);
        for (qsizetype i = 1; i < curve.size(); ++i)
            QVERIFY2(curve[i].x() == curve[i - 1].x() || curve[i].y() == curve[i - 1].y(), "no value lies between");
    }

    void stripShowsTheWorstOfAColumn()
    {
        Columns columns = filled(hour, 60, [](double t) { return t < 0.5 ? 1. : notANumber; });
        columns[10].max = 3; // open for a moment
        const auto segments = segmentsOf(hour, columns, statusOfBreaker);
        QCOMPARE(segments.size(), 3);
        QCOMPARE(segments.at(1).status, Status::Down);
        QCOMPARE(segments.at(1).from, start + 10min);
        QCOMPARE(segments.at(1).to, start + 11min);
        QCOMPARE(segments.last().to, start + 30min);
    }

    void stripShowsATrialThatNoReadingSaw()
    {
        using Segment = StateStrip::Segment;
        const QList<Segment> segments{{start, start + 10min, Status::Ok}, {start + 10min, start + 30min, Status::Down}};
        const QList<Segment> split = withTrials(segments, {start + 5min, start + 15min, start + 20min}, 1min);
        QCOMPARE(split, (QList<Segment>{segments.first(),
                                        {start + 10min, start + 14min, Status::Down},
                                        {start + 14min, start + 15min, Status::Degraded},
                                        {start + 15min, start + 19min, Status::Down},
                                        {start + 19min, start + 20min, Status::Degraded},
                                        {start + 20min, start + 30min, Status::Down}}));
    }

    void rateIsDrawnOnceItsWindowIsFull()
    {
        SeriesStore series;
        const auto feed = [&](std::chrono::seconds from, std::chrono::seconds to) {
            for (auto at = from; at <= to; at += 1s)
                series.append(u"c"_s, Behaviour::Counter, start + at, static_cast<double>(at.count()) * 10);
        };
        feed(10s, 40s);
        series.appendGap(u"c"_s, start + 41s);
        feed(50s, 80s);
        const Columns rates = drawnRate(series, u"c"_s, {start, start + 90s}, 90);
        QCOMPARE(rates.size(), 90);
        for (const int second : {10, 15, 24, 45, 52, 60})
            QVERIFY2(rates[second].count == 0, qPrintable(QString::number(second)));
        for (const int second : {26, 35, 39, 67, 79})
            QVERIFY2(rates[second].count > 0, qPrintable(QString::number(second)));
        QCOMPARE(rates[30].last, 10.);
        const Columns ratios = drawnRatio(series, u"c"_s, {u"c"_s}, {start, start + 90s}, 90);
        QCOMPARE(ratios[20].count, 0);
        QCOMPARE(ratios[30].last, 1.);
        // Where one column is longer than the window, nothing is lost.
        QVERIFY(drawnRate(series, u"c"_s, {start, start + 90s}, 3).at(1).count > 0);
    }

    void aMarkHasItsLabelWhereThereIsRoom()
    {
        const QFontMetricsF metrics(Theme(Scheme::Light).font(TextSize::Caption));
        const QRectF band(50, 0, 600, 16); // a pixel a second
        const auto xOf = [&](Instant at) { return band.left() + double((at - start) / 1s); };
        const auto grouped = [&](const QList<Mark> &marks) { return groupedMarks(marks, band, xOf, metrics); };
        const QList<MarkGroup> groups = grouped({{start + 595s, Status::Down, {}, u"resend"_s},
                                                 {start + 100s, Status::Down, {}, u"openai"_s},
                                                 {start + 300s, Status::Down, {}, u"stripe"_s},
                                                 {start + 320s, Status::Ok, {}, u"redis"_s},
                                                 {start + 900s, Status::Ok, {}, u"later"_s}});
        QCOMPARE(groups.size(), 4);
        QVERIFY(groups[0].labelRect.left() > xOf(start + 100s));
        QVERIFY(groups[1].labelRect.right() < xOf(start + 300s)); // the next one stands at its right
        QVERIFY(groups[2].labelRect.left() > xOf(start + 320s));
        QVERIFY(groups[3].labelRect.right() < xOf(start + 595s)); // not beyond the edge
        for (qsizetype i = 0; i < groups.size(); ++i) {
            QVERIFY(band.contains(groups[i].labelRect));
            QVERIFY(i == 0 || groups[i].rectIn(band).left() > groups[i - 1].rectIn(band).right());
        }
    }

    void marksThatCrowdShareALabelAndAllAreTold()
    {
        const QFontMetricsF metrics(Theme(Scheme::Light).font(TextSize::Caption));
        const QRectF band(50, 0, 600, 16); // a pixel a second
        const auto xOf = [&](Instant at) { return band.left() + double((at - start) / 1s); };
        QList<Mark> crowd;
        for (int i = 0; i < 12; ++i)
            crowd.append({start + 200s + i * 10s, i == 7 ? Status::Down : Status::Degraded, u"event %1"_s.arg(i),
                          i == 7 ? u"stripe"_s : u"luckygas_api"_s});
        crowd.append({start + 205s, Status::Ok, u"event between"_s, u"deploy"_s}); // on top of the first one
        const QList<MarkGroup> groups = groupedMarks(crowd, band, xOf, metrics);
        qsizetype marks = 0;
        QStringList labels;
        for (qsizetype i = 0; i < groups.size(); ++i) {
            marks += groups[i].marks.size();
            for (const MarkGroup::Marker &marker : groups[i].markers)
                QVERIFY(marker.x < groups[i].labelRect.left() || marker.x > groups[i].labelRect.right());
            labels.append(groups[i].label);
            QVERIFY(!groups[i].labelRect.isEmpty());
            QVERIFY(i == 0 || groups[i].rectIn(band).left() > groups[i - 1].rectIn(band).right());
        }
        QCOMPARE(marks, 13);
        QVERIFY2(groups.size() > 1 && groups.size() < 12,
                 "no label fits between two of them, and some do over the next");
        QVERIFY2(labels.join(u' ').contains(u"stripe +"_s), qPrintable(labels.join(u", "_s)));
        const auto worst =
            std::ranges::find_if(groups, [](const MarkGroup &g) { return g.label.startsWith(u"stripe"); });
        QCOMPARE(worst->status, Status::Down);
        QVERIFY(worst->text().contains(u"event 7"_s));
        QVERIFY(worst->text().contains(words::clockTime(start + 270s)));
        // Of very many not all are told, and that is said.
        QList<Mark> many(50, {start + 300s, Status::Ok, u"again"_s, u"redis"_s});
        const QList<MarkGroup> one = groupedMarks(many, band, xOf, metrics);
        QCOMPARE(one.size(), 1);
        QCOMPARE(one.first().label, u"redis +49"_s);
        QCOMPARE(one.first().text().count(u"again"_s), 8);
        QVERIFY(one.first().text().contains(u"42"_s));
        // A plot that is too narrow for a label cuts it.
        const QRectF narrow(50, 0, 40, 16);
        const QList<MarkGroup> squeezed =
            groupedMarks({{start + 20s, Status::Ok, {}, u"a_long_name_of_a_breaker"_s}}, narrow, xOf, metrics);
        QVERIFY(narrow.contains(squeezed.first().labelRect));
    }

    void marksStandAboveTheLines()
    {
        ShownPanel shown(lineOf([](double) { return 100.; })); // along the top of the plot
        shown.panel.setCeiling(100.);
        shown.panel.refresh();
        const auto picture = [&] {
            QCoreApplication::processEvents();
            return shown.panel.grab(shown.panel.plotRect()).toImage();
        };
        const auto lineIn = [&](const QImage &image) {
            int found = 0;
            for (int x = 0; x < image.width(); ++x)
                found += coloured(image, x, {0, 0, image.width(), 3}, shown.theme.colours().series[0]) > 0 ? 1 : 0;
            return found;
        };
        const int whole = lineIn(picture());
        QVERIFY(whole > 300);
        const Mark mark{start + 30min, Status::Down, u"stripe <b>opened</b>"_s, u"stripe"_s};
        shown.panel.setMarks({mark});
        QCOMPARE(lineIn(picture()), whole); // not even where the rule crosses it
        // Its marker tells what happened, as plain text.
        const QRect plot = shown.panel.plotRect();
        auto *viewport = shown.panel.findChild<QGraphicsView *>()->viewport();
        const QPoint above = viewport->mapFrom(&shown.panel, QPoint(plot.center().x(), plot.top() - 6));
        QHelpEvent help(QEvent::ToolTip, above, viewport->mapToGlobal(above));
        QApplication::sendEvent(viewport, &help);
        QVERIFY2(QToolTip::text().contains(u"stripe &lt;b&gt;opened"_s), qPrintable(QToolTip::text()));
        QToolTip::hideText();
    }

    void aRateIsDrawnAsTheFigureBesideItIsTold()
    {
        SeriesStore series;
        CounterWindow window;
        // A burst of 30 s: its last minute is told, and drawn, as one rate.
        for (int second = 0; second <= 90; ++second) {
            const double value = std::clamp(second - 60, 0, 30) * 8;
            series.append(u"c"_s, Behaviour::Counter, start + std::chrono::seconds(second), value);
            window.append(start + std::chrono::seconds(second), value);
        }
        const Columns rates = drawnRate(series, u"c"_s, {start, start + 90s}, 90);
        QVERIFY2(std::abs(rates.last().last - window.rate()->rate) < 0.2,
                 qPrintable(u"%1, %2"_s.arg(rates.last().last).arg(window.rate()->rate)));
    }

    void aShareOfNoCallsIsAGap()
    {
        SeriesStore series;
        // 9 of 10 calls are well until the last ones fail; from 60 s on none is let through.
        for (int second = 0; second <= 120; ++second) {
            series.append(u"calls"_s, Behaviour::Counter, start + std::chrono::seconds(second), std::min(second, 60));
            series.append(u"failed"_s, Behaviour::Counter, start + std::chrono::seconds(second),
                          std::clamp(second - 54, 0, 6));
        }
        const TimeRange range{start, start + 120s};
        const Columns shares = drawnFailedShare(series, u"failed"_s, u"calls"_s, range, 120);
        QCOMPARE(shares.size(), 120);
        QVERIFY(shares[40].count > 0);
        QCOMPARE(shares[40].last, 0.); // none failed: that is known
        QVERIFY(shares[60].count > 0);
        for (const int second : {80, 100, 116})
            QVERIFY2(shares[second].count == 0, qPrintable(QString::number(second)));
        for (const Column &column : shares)
            QVERIFY(column.count == 0 || column.max < 0.2);
    }

    void noLatencyIsAGap()
    {
        SeriesStore series;
        for (int second = 0; second < 10; ++second) {
            const Instant at = start + std::chrono::seconds(second);
            series.append(u"p95"_s, Behaviour::Gauge, at, second < 3 ? 0 : 40);
            series.append(u"total"_s, Behaviour::Counter, at, second * 15);
        }
        const auto known = [&](const QString &counter, int second) {
            return drawnLatency(series, u"p95"_s, counter, {start, start + 10s}, 10).at(second).count > 0;
        };
        QVERIFY(!known(u"total"_s, 2)); // 0 ms
        QVERIFY(!known(u"total"_s, 6)); // of 90 requests
        QVERIFY(known(u"total"_s, 7));
        QVERIFY2(known(u"nobody counts"_s, 3), "without a counter a latency is believed");
        QVERIFY(!known(u"nobody counts"_s, 2));
    }

    void newsComeNewestFirst()
    {
        const auto event = [](Instant at, const QString &subject) {
            return Event{.at = at, .kind = EventKind::SourceBack, .source = {}, .subject = subject};
        };
        const QList<Event> news = newsIn(hour, {event(start + 2min, u"late"_s), event(start + 3min, u"newest"_s),
                                                event(start + 1min, u"first"_s), event(start - 1s, u"before"_s)});
        QCOMPARE(news.size(), 3);
        QCOMPARE(news[0].subject, u"newest"_s);
        QCOMPARE(news[1].subject, u"late"_s);
        QCOMPARE(news[2].subject, u"first"_s);
    }

    void theStatusStandsFirstOfItsSecond()
    {
        QList<Event> events; // newest first
        const auto add = [&](std::chrono::milliseconds after, EventKind kind, const QString &subject,
                             const QString &to = {}) {
            events.prepend({.at = start + after, .kind = kind, .subject = subject, .to = to});
        };
        const auto told = [&] {
            QStringList subjects;
            for (const Event &event : newsIn(hour, events))
                subjects.append(event.subject);
            return subjects;
        };
        add(10s, EventKind::SourceLost, u"redis"_s);
        add(10'200ms, EventKind::StatusChanged, u"quoted"_s, u"down"_s);
        add(10'900ms, EventKind::SourceLost, u"health"_s);
        add(11s, EventKind::SourceLost, u"postgresql"_s); // which reads as later, and is told so
        QCOMPARE(told(), (QStringList{u"postgresql"_s, u"quoted"_s, u"health"_s, u"redis"_s}));
        // Where the deployment itself says so, that is enough; that another part is down is not.
        add(11s, EventKind::HealthChanged, u"database"_s, u"down"_s);
        QVERIFY(told().contains(u"quoted"_s));
        add(11s, EventKind::HealthChanged, {}, u"degraded"_s);
        QVERIFY(told().contains(u"quoted"_s));
        add(11s, EventKind::HealthChanged, {}, u"down"_s);
        QVERIFY(!told().contains(u"quoted"_s));
    }

    void failedTrialsAreToldWithTheOpening()
    {
        QList<Event> events; // newest first
        const auto change = [&](std::chrono::seconds after, BreakerState from, BreakerState to) {
            events.prepend({.at = start + after,
                            .kind = EventKind::BreakerChanged,
                            .source = {},
                            .subject = u"stripe"_s,
                            .from = toWord(from),
                            .to = toWord(to)});
        };
        const auto told = [&] {
            QStringList lines;
            for (const Event &event : newsIn(hour, events))
                lines.append(u"%1 %2 %3"_s.arg((event.at - start) / 1s).arg(event.to).arg(event.failedTrials));
            return lines;
        };
        using enum BreakerState;
        change(10s, Closed, Open);
        for (const auto after : {40s, 75s, 110s}) {
            change(after, Open, HalfOpen);
            change(after + 5s, HalfOpen, Open);
        }
        QCOMPARE(told(), (QStringList{u"115 open 3"_s, u"10 open 0"_s}));
        QCOMPARE(newsIn(hour, events).first().openedAt, start + 10s);
        change(150s, Open, HalfOpen);
        QCOMPARE(told(), (QStringList{u"150 half-open 0"_s, u"115 open 3"_s, u"10 open 0"_s}));
        change(155s, HalfOpen, Closed);
        change(200s, Closed, Open);
        change(240s, HalfOpen, Open); // no reading saw the trial
        QCOMPARE(told(), (QStringList{u"240 open 1"_s, u"200 open 0"_s, u"155 closed 0"_s, u"150 half-open 0"_s,
                                      u"115 open 3"_s, u"10 open 0"_s}));
        // It opened before the range, and not with the first trial in it.
        const QList<Event> late = newsIn({start + 60s, hour.to}, events);
        QCOMPARE(late.last().at, start + 115s);
        QCOMPARE(late.last().failedTrials, 3);
        QCOMPARE(late.last().openedAt, start + 10s);
        // Nobody saw it open.
        events.erase(events.end() - 2, events.end());
        QCOMPARE(told().mid(4), (QStringList{u"115 open 2"_s, u"45 open 0"_s}));
    }

    void readOutIsNotCutAtTheEdge()
    {
        ShownPanel shown(lineOf([](double) { return 5.; }));
        shown.panel.setUnit(Unit::PerSecond);
        shown.panel.resize(240, 160);
        QCoreApplication::processEvents();
        const auto widthOfBox = [&](Instant at) {
            shown.panel.setMarks({{at, Status::Down, u"openai breaker opened: 5 of 5"_s}});
            shown.panel.setCrosshair(at);
            QCoreApplication::processEvents();
            const QImage image = shown.panel.grab().toImage();
            const int y = shown.panel.plotRect().top() + 6; // above its first line
            int raised = 0;
            for (int x = 0; x < image.width(); ++x)
                raised += image.pixelColor(x, y) == shown.theme.colours().raised ? 1 : 0;
            return raised;
        };
        const int text =
            QFontMetrics(shown.theme.font(TextSize::Caption)).horizontalAdvance(u"openai breaker opened: 5 of 5"_s);
        QVERIFY2(text > shown.panel.plotRect().width() * 0.6, "the text must be long for the plot");
        for (const Instant at : {start + 2min, start + 30min, start + 58min})
            QVERIFY2(widthOfBox(at) >= text, qPrintable(QString::number(widthOfBox(at))));
    }

    void breakerGlyphTellsTrafficFromConnection()
    {
        const Theme theme(Scheme::Dark);
        const auto image = [&](const BreakerPicture &picture) {
            BreakerGlyph glyph(theme);
            glyph.resize(76, 76);
            glyph.setPicture(picture);
            return glyph.grab().toImage();
        };
        BreakerPicture quiet;
        quiet.traffic = PerSecond{0};
        BreakerPicture lost;
        lost.known = false;
        BreakerPicture busy;
        busy.traffic = PerSecond{10};
        busy.errorShare = Share{0.01};
        BreakerPicture failing = busy;
        failing.errorShare = Share{0.6};
        QVERIFY(image(quiet) != image(lost));
        QVERIFY(image(quiet) != image(busy));
        QVERIFY(image(busy) != image(failing));
        // The area is the traffic.
        const double one = breakerRadius({4}, {16});
        const double four = breakerRadius({16}, {16});
        QCOMPARE(four * four, 4 * one * one);
        QCOMPARE(breakerRadius({inf}, {16}), 0.);
        QCOMPARE(breakerFill({0.5}, theme.colours()), theme.colours().down);
        QCOMPARE(breakerFill({0.09}, theme.colours()), theme.colours().ok);
    }
};

QTEST_MAIN(TestCharts)
#include "tst_charts.moc"
