/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "history/logbook.h"

#include <QSignalSpy>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace std::chrono_literals;

namespace {
const Instant start{std::chrono::hours{24 * 365 * 50}};

Profile quoted()
{
    Profile p;
    p.name = u"quoted"_s;
    p.sources = {{.id = u"redis"_s, .kind = u"redis"_s, .interval = 5s, .deadline = 5s, .options = {}}};
    p.tiers = {{.name = u"auth"_s, .limit = 5, .window = 60s, .scopes = {}}};
    return p;
}

Fact hits(qint64 count)
{
    return Cache{.group = u"a"_s, .hits = {.value = count, .origin = {}}, .misses = {}, .keys = {}, .longestTtl = {}};
}

Fact counter(qint64 used)
{
    return RateLimit{.tier = u"auth"_s,
                     .client = u"203.0.113.8"_s,
                     .scope = u"/login"_s,
                     .used = {.value = used, .origin = {}},
                     .limit = {.value = 5, .origin = {}},
                     .window = {},
                     .resetsAt = {}};
}

Reading answer(Instant at, QList<Fact> facts)
{
    return {.deployment = u"quoted"_s,
            .source = u"redis"_s,
            .takenAt = at,
            .latency = 1ms,
            .outcome = Findings{.facts = std::move(facts), .refusals = {}},
            .exchanges = {}};
}

Reading failed(Instant at)
{
    return {.deployment = u"quoted"_s,
            .source = u"redis"_s,
            .takenAt = at,
            .latency = 1ms,
            .outcome = failure(ErrorCode::Unreachable, u"refused"_s),
            .exchanges = {}};
}
} // namespace

class TestLogbook : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readingsThatComeTogetherAreSeenOnce();
    void anIdleTickSaysNothing();
    void silenceIsNoticedByTheClockAlone();
    void whatIsNoLongerSaidBecomesAGap();
    void clientsGetNoSeriesTheirFullestDoes();
    void theStatusIsASeries();
    void aLimitIsReachedSinceItWasSeenToBe();
};

void TestLogbook::readingsThatComeTogetherAreSeenOnce()
{
    ManualClock clock(start);
    Logbook book(quoted(), clock);
    const QSignalSpy changed(&book, &Logbook::changed);
    book.take(answer(start, {hits(1)}));
    book.take(answer(start + 1ms, {hits(2)}));
    QCOMPARE(changed.count(), 0);
    QTRY_COMPARE(changed.count(), 1);
    QCOMPARE(book.view().caches[0].hits.value, 2);
}

void TestLogbook::anIdleTickSaysNothing()
{
    ManualClock clock(start);
    Logbook book(quoted(), clock);
    book.take(answer(start, {hits(1)}));
    book.tick();
    const QSignalSpy changed(&book, &Logbook::changed);
    clock.advance(1s);
    book.tick();
    QCOMPARE(changed.count(), 0);
    QCOMPARE(book.view().at, start + 1s);
}

void TestLogbook::silenceIsNoticedByTheClockAlone()
{
    ManualClock clock(start);
    Logbook book(quoted(), clock);
    book.take(answer(start, {hits(1)}));
    book.tick();
    QVERIFY(book.view().caches[0].freshness.kind == Freshness::Kind::Fresh);
    const QSignalSpy changed(&book, &Logbook::changed);
    clock.advance(1min);
    book.tick();
    QCOMPARE(changed.count(), 1);
    QVERIFY(book.view().caches[0].freshness.kind == Freshness::Kind::Stale);
}

void TestLogbook::whatIsNoLongerSaidBecomesAGap()
{
    ManualClock clock(start);
    Logbook book(quoted(), clock);
    const QString series = u"cache/a/hits_total"_s;
    book.take(answer(start, {hits(1)}));
    QVERIFY(book.series().latest(series).has_value());
    book.take(failed(start + 1s));
    QVERIFY(!book.series().latest(series).has_value());
    book.take(answer(start + 2s, {hits(3)}));
    QCOMPARE(book.series().latest(series), 3.0);
    book.take(answer(start + 3s, {}));
    QVERIFY(!book.series().latest(series).has_value());
}

void TestLogbook::clientsGetNoSeriesTheirFullestDoes()
{
    ManualClock clock(start);
    Logbook book(quoted(), clock);
    book.take(answer(start, {counter(4)}));
    book.tick();
    QVERIFY(book.series().names(u"limit/"_s).isEmpty());
    QCOMPARE(book.series().latest(Logbook::fillSeries(u"auth"_s)), 0.8);
    clock.advance(1s);
    book.take(failed(start + 1s));
    book.tick();
    QVERIFY(!book.series().latest(Logbook::fillSeries(u"auth"_s)).has_value());
}

void TestLogbook::theStatusIsASeries()
{
    ManualClock clock(start);
    Logbook book(quoted(), clock);
    book.tick();
    QCOMPARE(book.series().latest(Logbook::statusSeries), static_cast<double>(Status::Unknown));
}

void TestLogbook::aLimitIsReachedSinceItWasSeenToBe()
{
    ManualClock clock(start);
    Logbook book(quoted(), clock);
    book.take(answer(start, {counter(1)}));
    book.tick();
    clock.advance(5s);
    book.take(answer(start + 5s, {counter(5)}));
    book.tick();
    clock.advance(1s);
    const QSignalSpy changed(&book, &Logbook::changed);
    book.tick();
    const auto &reasons = book.view().reasons;
    const auto reached = std::ranges::find(reasons, Reason::Code::LimitReached, &Reason::code);
    QVERIFY(reached != reasons.end());
    QCOMPARE(reached->since, std::optional(start + 5s));
    QCOMPARE(book.view().events.size(), 1);
    QVERIFY(book.view().events.first().kind == EventKind::LimitChanged);
    QVERIFY(book.state().events.isEmpty());
    QCOMPARE(changed.count(), 0);
}

QTEST_GUILESS_MAIN(TestLogbook)
#include "tst_logbook.moc"
