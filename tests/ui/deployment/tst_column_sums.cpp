/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/column_sums.h"
#include "deployment/marks.h"

#include <QTest>

using namespace qd;
using namespace Qt::StringLiterals;

namespace {
Column column(double value, qsizetype count = 1)
{
    return {.at = {}, .first = value, .min = value, .max = value, .last = value, .count = count};
}
const Column gap{};
} // namespace

class ColumnSumsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sumAddsWhatIsKnown();
    void sumIsAGapWhereNothingIsKnown();
    void differenceIsNeverBelowZero();
    void differenceIsAGapWhereTheWholeIs();
    void aChartMarksWhatCanHaveMovedIt();
};

void ColumnSumsTest::sumAddsWhatIsKnown()
{
    QCOMPARE(sumOf({}), Columns{});
    QCOMPARE(sumOf({{column(1), column(2)}, {column(3), gap}}), (Columns{column(4), column(2)}));
    QCOMPARE(sumOf({{gap}, {column(3)}}), Columns{column(3)});
}

void ColumnSumsTest::sumIsAGapWhereNothingIsKnown()
{
    QCOMPARE(sumOf({{gap}, {gap}}), Columns{gap});
}

void ColumnSumsTest::differenceIsNeverBelowZero()
{
    QCOMPARE(differenceOf({column(5)}, {column(2)}), Columns{column(3)});
    QCOMPARE(differenceOf({column(1)}, {column(2)}), Columns{column(0)});
}

void ColumnSumsTest::differenceIsAGapWhereTheWholeIs()
{
    QCOMPARE(differenceOf({gap}, {column(2)}), Columns{gap});
    QCOMPARE(differenceOf({column(5)}, {gap}), Columns{column(5)});
}

void ColumnSumsTest::aChartMarksWhatCanHaveMovedIt()
{
    using enum EventKind;
    DeploymentView view;
    view.redisServers.resize(2);
    view.redisServers[0].source = u"redis"_s;
    view.redisServers[1].source = u"redis_replica"_s;
    view.caches.resize(1);
    view.caches[0].group = u"products"_s;
    view.caches[0].hits.because.source = u"metrics"_s;
    const auto moves = [&](EventKind kind, const QString &source, const QString &subject) {
        return movesCache({.at = {}, .kind = kind, .source = source, .subject = subject}, view, u"products"_s);
    };
    QVERIFY(moves(Deployed, u"platform"_s, u"dep-1"_s));
    QVERIFY(moves(FailedOver, u"sentinel_1"_s, u"mymaster"_s));
    QVERIFY(moves(SourceLost, u"redis"_s, u"redis"_s));
    QVERIFY(moves(CounterReset, u"redis_replica"_s, u"redis_replica"_s));
    QVERIFY(moves(CounterReset, u"metrics"_s, u"metrics"_s)); // it counts the hits
    QVERIFY(moves(HitRateChanged, {}, u"products"_s));
    QVERIFY(!moves(HitRateChanged, {}, u"routes"_s));
    QVERIFY(!moves(SourceLost, u"postgresql"_s, u"postgresql"_s));
    QVERIFY(!moves(BreakerChanged, u"health"_s, u"stripe"_s));
    QVERIFY(!moves(LimitChanged, u"redis"_s, u"contractor"_s));
    QVERIFY(!moves(LimiterChanged, u"health"_s, {}));
    QVERIFY(!moves(KeyChanged, u"redis"_s, u"contractor"_s));
    // A trial call that fails is no news.
    const auto turns = [](BreakerState from, BreakerState to) {
        return isTurnOfBreaker({.at = {}, .kind = BreakerChanged, .from = toWord(from), .to = toWord(to)});
    };
    QVERIFY(turns(BreakerState::Closed, BreakerState::Open));
    QVERIFY(turns(BreakerState::HalfOpen, BreakerState::Closed));
    QVERIFY(!turns(BreakerState::Open, BreakerState::HalfOpen));
    QVERIFY(!turns(BreakerState::HalfOpen, BreakerState::Open));
    // No mark is without a word beside it.
    for (int kind = 0; kind <= static_cast<int>(StatusChanged); ++kind)
        QVERIFY2(!markOf({.at = {}, .kind = static_cast<EventKind>(kind), .subject = u"it"_s}).label.isEmpty(),
                 qPrintable(QString::number(kind)));
}

QTEST_GUILESS_MAIN(ColumnSumsTest)
#include "tst_column_sums.moc"
