/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/column_sums.h"
#include "deployment/marks.h"

#include <QTest>

using namespace qd;

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
    void marksThatStandCloseBecomeOne();
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

void ColumnSumsTest::marksThatStandCloseBecomeOne()
{
    using namespace std::chrono_literals;
    using namespace Qt::StringLiterals;
    const Instant start{1'000'000s};
    const TimeRange range{start, start + 40min};
    const QList<Mark> marks = thinned({{start + 10min, Status::Ok, u"closed"_s},
                                       {start + 2min, Status::Degraded, u"half-open"_s},
                                       {start + 90s, Status::Down, u"open"_s}},
                                      range);
    QCOMPARE(marks.size(), 2);
    QCOMPARE(marks[0], (Mark{start + 90s, Status::Down, u"open\nhalf-open"_s}));
    QCOMPARE(marks[1].text, u"closed"_s);
}

QTEST_GUILESS_MAIN(ColumnSumsTest)
#include "tst_column_sums.moc"
