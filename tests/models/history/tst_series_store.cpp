/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "history/series_store.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace std::chrono_literals;

namespace {
const Instant start{std::chrono::hours{24 * 365 * 50}};
const QString name = u"g/x/y"_s;

/// "1-3/2" for min 1, max 3, last 2; "." for a gap.
QString drawn(const Columns &columns)
{
    QStringList cells;
    for (const Column &c : columns) {
        if (c.count == 0)
            cells.append(u"."_s);
        else if (c.min == c.max)
            cells.append(QString::number(c.last));
        else
            cells.append(u"%1-%2/%3"_s.arg(c.min).arg(c.max).arg(c.last));
    }
    return cells.join(u' ');
}

TimeRange seconds(int from, int to)
{
    return {.from = start + std::chrono::seconds(from), .to = start + std::chrono::seconds(to)};
}
} // namespace

class TestSeriesStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void columnsCoverTheRange();
    void aGapStaysAGap();
    void aStateIsHeldUntilItsNextSampleOrGap();
    void ratesCountRestartsAndLeaveGaps();
    void sparseSamplesLendTheirRateToEveryColumn();
    void aSlidingRateIsCalmAndTrue();
    void aRatioSlidesAndIsUnknownWithoutLookups();
    void aRatioInAQuietMinuteAfterTrafficIsUnknownNotOld();
    void nonFiniteAndLateSamplesAreNotKept();
    void aClockSetBackReplacesWhatFollows();
    void namesAreBoundedAndForgotten();
    void retentionDropsTheOldest();
    void unknownSeriesAndEmptyRangesAreEmpty();
};

void TestSeriesStore::columnsCoverTheRange()
{
    SeriesStore store;
    const QList<double> values{5, 1, 3, 7, 7, 2};
    for (int i = 0; i < values.size(); ++i)
        store.append(name, Behaviour::Gauge, start + std::chrono::seconds(i), values[i]);
    const Columns columns = store.query(name, seconds(0, 6), 2);
    QCOMPARE(drawn(columns), u"1-5/3 2-7/2"_s);
    QCOMPARE(columns[0].first, 5.0);
    QCOMPARE(columns[1].at, start + 3s);
    QCOMPARE(columns[0].count, 3);
}

void TestSeriesStore::aGapStaysAGap()
{
    SeriesStore store;
    store.append(name, Behaviour::Gauge, start, 1);
    store.appendGap(name, start + 1s);
    store.append(name, Behaviour::Gauge, start + 4s, 2);
    QCOMPARE(drawn(store.query(name, seconds(0, 5), 5)), u"1 . . . 2"_s);
    QCOMPARE(drawn(store.query(name, seconds(0, 5), 5, true)), u"1 . . . 2"_s);
    QVERIFY(store.latest(name).has_value());
    store.appendGap(name, start + 5s);
    QVERIFY(!store.latest(name).has_value());
}

void TestSeriesStore::aStateIsHeldUntilItsNextSampleOrGap()
{
    SeriesStore store;
    store.append(name, Behaviour::State, start - 10s, 3);
    store.append(name, Behaviour::State, start + 3s, 1);
    QCOMPARE(drawn(store.query(name, seconds(0, 5), 5)), u". . . 1 ."_s);
    QCOMPARE(drawn(store.query(name, seconds(0, 5), 5, true)), u"3 3 3 1 ."_s);
}

void TestSeriesStore::ratesCountRestartsAndLeaveGaps()
{
    SeriesStore store;
    const QList<double> values{100, 110, 130, 5};
    for (int i = 0; i < values.size(); ++i)
        store.append(name, Behaviour::Counter, start + std::chrono::seconds(i), values[i]);
    store.appendGap(name, start + 4s);
    store.append(name, Behaviour::Counter, start + 6s, 50);
    store.append(name, Behaviour::Counter, start + 7s, 51);
    QCOMPARE(drawn(store.rate(name, seconds(0, 8), 8)), u"10 20 5 . . . 1 ."_s);
}

void TestSeriesStore::sparseSamplesLendTheirRateToEveryColumn()
{
    SeriesStore store;
    store.append(name, Behaviour::Counter, start, 0);
    store.append(name, Behaviour::Counter, start + 10s, 50);
    QCOMPARE(drawn(store.rate(name, seconds(2, 8), 3)), u"5 5 5"_s);
}

void TestSeriesStore::aSlidingRateIsCalmAndTrue()
{
    SeriesStore store;
    // Three events every third second: by steps 0, 0, 3; over 3 s and more always 1.
    for (int i = 0; i <= 30; ++i)
        store.append(name, Behaviour::Counter, start + std::chrono::seconds(i), i - i % 3);
    QCOMPARE(drawn(store.rate(name, seconds(12, 18), 6, 6s)), u"1 1 1 1 1 1"_s);
    // The first seconds are not diluted by the time before anything was measured.
    QCOMPARE(drawn(store.rate(name, seconds(0, 3), 1, 60s)), u"1"_s);
    store.appendGap(name, start + 31s);
    store.append(name, Behaviour::Counter, start + 60s, 1);
    const QString gap = drawn(store.rate(name, seconds(40, 50), 2, 6s));
    QCOMPARE(gap, u". ."_s);
    // Beyond the newest sample nothing is known.
    QCOMPARE(drawn(store.rate(name, seconds(70, 80), 2, 6s)), u". ."_s);
}

void TestSeriesStore::aRatioSlidesAndIsUnknownWithoutLookups()
{
    SeriesStore store;
    const QString hits = u"cache/a/hits_total"_s;
    const QString misses = u"cache/a/misses_total"_s;
    // 9 of 10 for ten seconds, then nothing but misses.
    double h = 0;
    double m = 0;
    for (int i = 0; i <= 20; ++i) {
        store.append(hits, Behaviour::Counter, start + std::chrono::seconds(i), h);
        store.append(misses, Behaviour::Counter, start + std::chrono::seconds(i), m);
        h += i < 10 ? 9 : 0;
        m += i < 10 ? 1 : 10;
    }
    const Columns columns = store.ratio(hits, {hits, misses}, seconds(0, 20), 4, 5s);
    QCOMPARE(columns.size(), 4);
    QCOMPARE(columns[0].last, 0.9);
    QCOMPARE(columns[1].last, 0.9);
    QCOMPARE(columns[2].last, 0.0);
    QCOMPARE(columns[3].last, 0.0);
    const Columns before = store.ratio(hits, {hits, misses}, seconds(-20, 0), 2, 5s);
    QCOMPARE(drawn(before), u". ."_s);
}

void TestSeriesStore::aRatioInAQuietMinuteAfterTrafficIsUnknownNotOld()
{
    SeriesStore store;
    const QString hits = u"cache/a/hits_total"_s;
    const QString misses = u"cache/a/misses_total"_s;
    for (int i = 0; i <= 20; ++i) {
        store.append(hits, Behaviour::Counter, start + std::chrono::seconds(i), std::min(i, 10) * 2);
        store.append(misses, Behaviour::Counter, start + std::chrono::seconds(i), std::min(i, 10));
    }
    const Columns columns = store.ratio(hits, {hits, misses}, seconds(0, 20), 4, 5s);
    QVERIFY(columns[0].count > 0);
    QCOMPARE(columns[3].count, 0);
}

void TestSeriesStore::nonFiniteAndLateSamplesAreNotKept()
{
    SeriesStore store;
    store.append(name, Behaviour::Gauge, start + 1s, 1);
    store.append(name, Behaviour::Gauge, start, 9);
    store.append(name, Behaviour::Gauge, start + 1s, 9);
    store.append(name, Behaviour::Gauge, start + 2s, std::numeric_limits<double>::infinity());
    store.append(name, Behaviour::Gauge, start + 3s, std::nan(""));
    QCOMPARE(drawn(store.query(name, seconds(0, 4), 4)), u". 1 . ."_s);
}

void TestSeriesStore::aClockSetBackReplacesWhatFollows()
{
    SeriesStore store;
    for (int i = 0; i < 100; ++i)
        store.append(name, Behaviour::Gauge, start + std::chrono::seconds(i), 1);
    store.append(name, Behaviour::Gauge, start + 50s, 2);
    QCOMPARE(store.latest(name), 2.0);
    QCOMPARE(drawn(store.query(name, seconds(48, 53), 5)), u"1 1 2 . ."_s);
}

void TestSeriesStore::namesAreBoundedAndForgotten()
{
    SeriesStore store;
    for (int i = 0; i < SeriesStore::maxSeries + 10; ++i)
        store.append(QString::number(i), Behaviour::Gauge, start, 1);
    QCOMPARE(store.size(), SeriesStore::maxSeries);
    store.append(u"0"_s, Behaviour::Gauge, start + 24h * 30, 1);
    store.prune(start + 24h * 30);
    QCOMPARE(store.names(), QStringList{u"0"_s});
}

void TestSeriesStore::retentionDropsTheOldest()
{
    SeriesStore store;
    store.setRetention(1h, 100);
    for (int i = 0; i < 1000; ++i)
        store.append(name, Behaviour::Gauge, start + std::chrono::seconds(i), i);
    qsizetype kept = 0;
    for (const Column &c : store.query(name, seconds(0, 1000), 1000))
        kept += c.count;
    QVERIFY2(kept >= 100 && kept <= 113, qPrintable(QString::number(kept)));
    QCOMPARE(store.latest(name), 999.0);
}

void TestSeriesStore::unknownSeriesAndEmptyRangesAreEmpty()
{
    const SeriesStore store;
    QCOMPARE(drawn(store.query(name, seconds(0, 2), 2)), u". ."_s);
    QVERIFY(store.query(name, seconds(2, 2), 2).isEmpty());
    QVERIFY(store.rate(name, seconds(0, 2), 0).isEmpty());
    QCOMPARE(store.rate(name, seconds(0, 2), 2).size(), 2);
}

QTEST_GUILESS_MAIN(TestSeriesStore)
#include "tst_series_store.moc"
