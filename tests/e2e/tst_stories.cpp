/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/topology_box.h"
#include "e2e/window_test.h"
#include "theme/text_label.h"

#include <QRegularExpression>
#include <QSet>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using qd::testing::WindowTest;

/// The sandbox's stories, as the window tells them.
class StoriesTest : public WindowTest
{
    Q_OBJECT

private Q_SLOTS:
    void aPaymentOutageIsABreakerThatOpensAndCloses();
    void aRedisFailoverIsToldFromWhereToWhereAndHowLong();
    void aLimiterThatLostRedisCountsInMemory();
    void aSlowDatabaseShowsWhereItHurts();
    void aFloodSaysWhoIsRefused();
    void whatTheDocumentBoundsIsSaidInItsWords();
    void inAQuietNightNothingIsInvented();

private:
    void play(const QString &story);
    [[nodiscard]] QString textOf(const QString &label);
    /// What the boxes of the topology say, a line each.
    [[nodiscard]] QString topology();
    /// The rows of Activity, a line each: what, day, at, from → to, who, source.
    [[nodiscard]] QString activity();
    /// Whether a row of Activity matches.
    [[nodiscard]] bool tellsOf(const QString &expression);
    /// Of a server of the deployment, by its name in the sandbox's state.
    [[nodiscard]] QString addressOf(const QString &server) const;
};

void StoriesTest::play(const QString &story)
{
    QVERIFY2(m_sandbox->play(story), qPrintable(m_sandbox->lastError()));
}

QString StoriesTest::textOf(const QString &label)
{
    const auto *found = m_console->window().findChild<Label *>(label);
    return found == nullptr ? QString() : found->text();
}

QString StoriesTest::topology()
{
    QStringList lines;
    for (const TopologyBox *box : m_console->window().findChildren<TopologyBox *>())
        lines.append(box->inWords());
    return lines.join(u'\n');
}

QString StoriesTest::activity()
{
    return rowsOf(u"activity-table"_s).join(u'\n');
}

bool StoriesTest::tellsOf(const QString &expression)
{
    return activity().contains(QRegularExpression(expression));
}

QString StoriesTest::addressOf(const QString &server) const
{
    const QJsonObject deployment = m_sandbox->description()["deployments"_L1][book().profile().name].toObject();
    return u"127.0.0.1:%1"_s.arg(deployment[server]["port"_L1].toInt());
}

void StoriesTest::aPaymentOutageIsABreakerThatOpensAndCloses()
{
    openSandbox(u"storefront"_s, 8);
    open(PageId::Breakers);
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"breaker-state-stripe"_s), u"Closed"_s, settleMs);
    play(u"payment-outage"_s);
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"breaker-state-stripe"_s), u"Open"_s, settleMs);
    QCOMPARE(valueOf(u"breaker-state-weather"_s), u"Closed"_s);
    open(PageId::Overview);
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"status-word"_s), u"Degraded"_s, settleMs);
    QTRY_VERIFY_WITH_TIMEOUT(textOf(u"status-sentence"_s).contains(u"stripe's breaker is "_s), settleMs);
    open(PageId::Breakers);
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"breaker-state-stripe"_s), u"Closed"_s, settleMs);
    open(PageId::Activity);
    QTRY_VERIFY2_WITH_TIMEOUT(tellsOf(u"stripe breaker (opened|still open).*Closed → Open"_s), qPrintable(activity()),
                              settleMs);
    QTRY_VERIFY2_WITH_TIMEOUT(tellsOf(u"stripe breaker closed again.*→ Closed"_s), qPrintable(activity()), settleMs);
}

void StoriesTest::aRedisFailoverIsToldFromWhereToWhereAndHowLong()
{
    openSandbox(u"luckygas"_s, 2); // the Sentinels keep their own time: the other must not be back before they vote
    open(PageId::Data);
    const QString master = addressOf(u"redis"_s);
    const QString replica = addressOf(u"redis-replica"_s);
    QTRY_VERIFY2_WITH_TIMEOUT(topology().contains(u"master %1: Healthy"_s.arg(master)), qPrintable(topology()),
                              settleMs);
    QTRY_VERIFY2_WITH_TIMEOUT(topology().contains(u"replica %1: Healthy"_s.arg(replica)), qPrintable(topology()),
                              settleMs);
    play(u"redis-failover"_s);
    QTRY_VERIFY2_WITH_TIMEOUT(topology().contains(u"master %1: No data"_s.arg(master)), qPrintable(topology()),
                              settleMs);
    QTRY_VERIFY2_WITH_TIMEOUT(topology().contains(u"master %1: Healthy"_s.arg(replica)), qPrintable(topology()),
                              settleMs);
    QVERIFY2(!topology().contains(u"replica %1"_s.arg(replica)), qPrintable(topology()));
    open(PageId::Activity);
    const QString told =
        u"luckygas-master failed over in [0-9.]+ s .*%1 → %2"_s.arg(QRegularExpression::escape(master), replica);
    QTRY_VERIFY2_WITH_TIMEOUT(tellsOf(told), qPrintable(activity()), settleMs);
    QTRY_VERIFY2_WITH_TIMEOUT(tellsOf(u"redis answers again"_s), qPrintable(activity()), settleMs);
}

void StoriesTest::aLimiterThatLostRedisCountsInMemory()
{
    openSandbox(u"longmem"_s, 4);
    open(PageId::Limits);
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"limiter-mode"_s), u"Counted in Redis"_s, settleMs);
    play(u"limiter-fallback"_s);
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"limiter-mode"_s), u"Counted in memory"_s, settleMs);
    QTRY_VERIFY_WITH_TIMEOUT(noticeText().contains(addressOf(u"redis"_s)), settleMs);
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"limiter-mode"_s), u"Counted in Redis"_s, settleMs);
    open(PageId::Activity);
    for (const QString &told : {u"rate limiter .*Counted in Redis → Counted in memory"_s,
                                u"rate limiter .*Counted in memory → Counted in Redis"_s, u"redis lost"_s})
        QTRY_VERIFY2_WITH_TIMEOUT(tellsOf(told), qPrintable(activity()), settleMs);
}

void StoriesTest::aSlowDatabaseShowsWhereItHurts()
{
    openSandbox(u"storefront"_s, 2.5); // so that PostgreSQL is away for three polls
    open(PageId::Data);
    QTRY_VERIFY2_WITH_TIMEOUT(topology().contains(u"primary storefront: Healthy"_s), qPrintable(topology()), settleMs);
    play(u"slow-database"_s);
    QTRY_VERIFY_WITH_TIMEOUT(
        rowsOf(u"session-table"_s).join(u'\n').contains(u"Timeout: PgSleep |  | 0 | SELECT pg_sleep(0.9)"_s), settleMs);
    open(PageId::Overview);
    QTRY_VERIFY2_WITH_TIMEOUT(textOf(u"status-sentence"_s).contains(u"products hit rate"_s),
                              qPrintable(textOf(u"status-sentence"_s)), settleMs);
    open(PageId::Activity);
    for (const QString &told : {u"postgresql lost: refuses connections"_s, u"health of database.*Healthy → Down"_s,
                                u"products hit rate below 80 %"_s, u"p95 latency above 1 s"_s,
                                u"postgresql answers again"_s, u"health of database.*Down → Healthy"_s})
        QTRY_VERIFY2_WITH_TIMEOUT(tellsOf(told), qPrintable(activity()), settleMs);
}

void StoriesTest::aFloodSaysWhoIsRefused()
{
    openSandbox(u"quoted"_s, 1);
    open(PageId::Overview);
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"status-word"_s), u"Healthy"_s, settleMs);
    QVERIFY2(m_sandbox->fault(u"flood"_s, u"reads"_s), qPrintable(m_sandbox->lastError()));
    const QRegularExpression said(u"reads: \\d+ requests refused in the last minute, by [0-9.]+"_s);
    QTRY_VERIFY2_WITH_TIMEOUT(textOf(u"status-sentence"_s).contains(said), qPrintable(textOf(u"status-sentence"_s)),
                              settleMs);
    QCOMPARE(valueOf(u"status-word"_s), u"Degraded"_s);
    open(PageId::Limits);
    QTRY_VERIFY_WITH_TIMEOUT(valueOf(u"tier-refused-reads"_s).toInt() > 30, settleMs);
}

void StoriesTest::whatTheDocumentBoundsIsSaidInItsWords()
{
    openSandbox(u"luckygas"_s, 1);
    open(PageId::Overview);
    const QString row = u"expected-Oldest order waiting"_s;
    QTRY_VERIFY2_WITH_TIMEOUT(valueOf(row).endsWith(u", at most 2 h"_s), qPrintable(valueOf(row)), settleMs);
    QVERIFY2(m_sandbox->fault(u"orders-stall"_s), qPrintable(m_sandbox->lastError()));
    const QRegularExpression said(u"Oldest order waiting: 3 h( \\d+ min)?, bound 2 h"_s);
    QTRY_VERIFY2_WITH_TIMEOUT(textOf(u"status-sentence"_s).contains(said), qPrintable(textOf(u"status-sentence"_s)),
                              settleMs);
    QTRY_VERIFY2_WITH_TIMEOUT(valueOf(row).startsWith(u"3 h"_s), qPrintable(valueOf(row)), settleMs);
    open(PageId::Activity);
    QTRY_VERIFY2_WITH_TIMEOUT(tellsOf(u"Oldest order waiting: out of its bound"_s), qPrintable(activity()), settleMs);
}

void StoriesTest::inAQuietNightNothingIsInvented()
{
    constexpr double timeScale = 40;
    openSandbox(u"storefront"_s, timeScale, {u"quoted"_s});
    const auto isCalm = [](const Logbook *logbook) {
        return logbook->view().status == Status::Ok && logbook->view().reasons.isEmpty();
    };
    const QList<Logbook *> &logbooks = m_console->window().logbooks();
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::all_of(logbooks, isCalm), settleMs);
    QSet<QString> alarms;
    for (const Logbook *logbook : logbooks) {
        connect(logbook, &Logbook::changed, this, [&alarms, logbook] {
            for (const Reason &reason : logbook->view().reasons)
                alarms.insert(u"%1: %2"_s.arg(logbook->view().name, words::sentence(reason)));
        });
    }
    const Instant dusk = m_clock.now();
    play(u"quiet-night"_s);
    QTRY_VERIFY_WITH_TIMEOUT(m_clock.now() - dusk > 600s / timeScale, settleMs);
    // Three nights' backups are really missing: the one thing that is left for the morning.
    const QSet<QString> morning{u"storefront: newest backup is 3 d old, one is due every 24 h"_s};
    QTRY_COMPARE_WITH_TIMEOUT(alarms, morning, settleMs);
    for (const Logbook *logbook : logbooks) {
        disconnect(logbook, nullptr, this, nullptr);
        m_console->window().open(
            {.kind = Place::Kind::Deployment, .deployment = logbook->profile().name, .page = PageId::Activity});
        QTRY_COMPARE_WITH_TIMEOUT(activity(), QString(), settleMs);
        QCOMPARE(logbook->view().openBreakers(), 0);
    }
}

QTEST_MAIN(StoriesTest)
#include "tst_stories.moc"
