/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/deployment_page.h"
#include "deployment/page_notice.h"
#include "deployment/value_label.h"
#include "e2e/window_test.h"
#include "support/http_fixture.h"
#include "support/server_fixtures.h"
#include "theme/text_label.h"

#include <QElapsedTimer>
#include <QFile>
#include <QHash>
#include <QJsonArray>
#include <QTableView>
#include <QTcpServer>
#include <QTest>

#include <ctime>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using qd::test::HttpFixture;
using qd::test::PostgresFixture;
using qd::test::RedisFixture;
using qd::testing::WindowTest;

namespace {
/// Time in milliseconds that this thread was ready to run but the scheduler ran others (schedstat's second number).
double takenAwayMs()
{
    QFile file(u"/proc/thread-self/schedstat"_s);
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    return file.readAll().split(' ').value(1).toDouble() / 1e6;
}

/// The longest time between two turns of this thread's event loop, without what the scheduler took away.
class Pulse : public QObject
{
public:
    Pulse()
    {
        connect(&m_timer, &QTimer::timeout, this, &Pulse::turn);
        m_timer.setTimerType(Qt::PreciseTimer);
        m_timer.start(interval);
        m_elapsed.start();
        m_taken = takenAwayMs();
    }
    [[nodiscard]] double longestMs() const { return m_longest; }
    [[nodiscard]] int turns() const { return m_turns; }

private:
    static constexpr auto interval = 2ms;
    void turn()
    {
        const double taken = takenAwayMs();
        const double own = static_cast<double>(m_elapsed.nsecsElapsed()) / 1e6 - (taken - m_taken) -
                           static_cast<double>(interval.count());
        m_longest = std::max(m_longest, own);
        m_elapsed.restart();
        m_taken = taken;
        ++m_turns;
    }
    QTimer m_timer;
    QElapsedTimer m_elapsed;
    double m_taken = 0;
    double m_longest = 0;
    int m_turns = 0;
};
} // namespace

/// The real window on real systems.
class ConsoleTest : public WindowTest
{
    Q_OBJECT

private Q_SLOTS:
    void theWindowFollowsABreakerAllTheWayRound();
    void theWindowShowsTheServicesOwnCounts();
    void aWindowThatNobodySeesGoesOnWatching();
    void whatIsTakenAwayIsShownAndShownBack_data();
    void whatIsTakenAwayIsShownAndShownBack();
    void badInputSaysWhatWhereAndWhatToDo_data();
    void badInputSaysWhatWhereAndWhatToDo();
    void aMissingRightAndAMissingTableAreToldBesideTheRest();
    void aBrokenProfileStopsNothingElse();
    void theMeasureOfPausesSeesOne();
    void serversThatNeverAnswerDoNotHoldTheWindow();

private:
    [[nodiscard]] QString write(const QString &name, const QString &yaml);
    /// "CLIENT ROUTE" → "USED of LIMIT" as the table on the Limits page shows them.
    [[nodiscard]] QHash<QString, QString> limitCounters();
    /// Every counter that the table still lists stands in the service's own memory with the same number. Counters
    /// expire on their own between the two looks, so one that only one side knows proves nothing.
    [[nodiscard]] QString limitDifferences();
};

QString ConsoleTest::write(const QString &name, const QString &yaml)
{
    QFile file(m_directory->filePath(name));
    if (!file.open(QIODevice::WriteOnly))
        return {};
    file.write(yaml.toUtf8());
    return file.fileName();
}

void ConsoleTest::theWindowFollowsABreakerAllTheWayRound()
{
    openSandbox();
    open(PageId::Breakers);
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"breaker-state-openai"_s), u"Closed"_s, settleMs);
    QVERIFY2(m_sandbox->fault(u"openai-down"_s), qPrintable(m_sandbox->lastError()));
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"breaker-state-openai"_s), u"Open"_s, settleMs);
    // Trials come and go faster than a poll: it stays half-open while nobody asks.
    QVERIFY2(m_sandbox->pauseLoad(), qPrintable(m_sandbox->lastError()));
    QVERIFY(m_sandbox->fault(u"openai-down"_s, {}, false));
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"breaker-state-openai"_s), u"Half-open"_s, settleMs);
    QVERIFY2(m_sandbox->resumeLoad(), qPrintable(m_sandbox->lastError()));
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"breaker-state-openai"_s), u"Closed"_s, settleMs);
}

void ConsoleTest::theWindowShowsTheServicesOwnCounts()
{
    openSandbox();
    open(PageId::Cache);
    QTRY_VERIFY_WITH_TIMEOUT(book().view().caches.first().hits.value.value_or(0) > 20, settleMs);
    QVERIFY2(m_sandbox->fault(u"flood"_s, u"auth"_s), qPrintable(m_sandbox->lastError()));
    QTRY_VERIFY_WITH_TIMEOUT(book().view().tiers.first().rejected.value.value_or(0) > 0, settleMs);
    QVERIFY(m_sandbox->fault(u"flood"_s, u"auth"_s, false));
    QVERIFY2(m_sandbox->pauseLoad(), qPrintable(m_sandbox->lastError()));
    open(PageId::Limits);
    QTRY_COMPARE_WITH_TIMEOUT(limitDifferences(), QString(), settleMs);
    open(PageId::Cache);
    const QJsonObject oracle = m_sandbox->oracle();
    const QJsonObject caches = oracle.value("cache"_L1).toObject();
    QVERIFY(!caches.isEmpty());
    for (auto it = caches.begin(); it != caches.end(); ++it) {
        const QJsonObject own = it->toObject();
        QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"cache-hits-"_s + it.key()), words::count(own.value("hits"_L1).toInteger()),
                                  settleMs);
        QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"cache-misses-"_s + it.key()),
                                  words::count(own.value("misses"_L1).toInteger()), settleMs);
    }
    open(PageId::Limits);
    const QJsonObject rejected = oracle.value("rejected"_L1).toObject();
    QVERIFY(rejected.value("auth"_L1).toInteger() > 0);
    for (auto it = rejected.begin(); it != rejected.end(); ++it)
        QTRY_COMPARE_WITH_TIMEOUT(valueOf(u"tier-rejected-"_s + it.key()), words::count(it->toInteger()), settleMs);
}

QString ConsoleTest::limitDifferences()
{
    QHash<QString, QString> own;
    const QJsonArray limits = m_sandbox->oracle().value("limits"_L1).toArray();
    for (const QJsonValue &limit : limits)
        own.insert(limit["client"_L1].toString() + u' ' + limit["scope"_L1].toString(),
                   u"%1 of %2"_s.arg(limit["used"_L1].toInteger()).arg(limit["limit"_L1].toInteger()));
    QStringList found;
    int compared = 0;
    const auto counters = limitCounters();
    for (auto it = counters.begin(); it != counters.end(); ++it) {
        if (!own.contains(it.key()))
            continue;
        if (it.value() != own.value(it.key()))
            found.append(u"%1: %2, not %3"_s.arg(it.key(), it.value(), own.value(it.key())));
        ++compared;
    }
    if (compared < 5)
        found.append(u"%1 of %2 compared"_s.arg(compared).arg(own.size()));
    return found.join(u'\n');
}

QHash<QString, QString> ConsoleTest::limitCounters()
{
    QHash<QString, QString> counters;
    const QAbstractItemModel *model = m_console->window().findChild<QTableView *>(u"limit-table"_s)->model();
    // Column ids of LimitModel, in its order: tier, client, scope, used, limit.
    for (int row = 0; row < model->rowCount(); ++row) {
        const auto text = [&](int column) { return model->index(row, column).data().toString(); };
        counters.insert(text(1) + u' ' + text(2), u"%1 of %2"_s.arg(text(3), text(4)));
    }
    return counters;
}

/// What changed meanwhile is there when it is opened again, and nothing of it was lost or came out of turn.
void ConsoleTest::aWindowThatNobodySeesGoesOnWatching()
{
    openSandbox();
    const auto answered = [this] { return book().view().lastAnswer.value_or(Instant{}); };
    m_console->window().showMinimized();
    const Instant before = answered();
    QTRY_VERIFY_WITH_TIMEOUT(answered() - before > 3s, settleMs);
    m_console->window().showNormal();
    const Instant shown = answered();
    QTRY_VERIFY_WITH_TIMEOUT(answered() - shown > 3s, settleMs);
    // An older reading after a newer one would look like a restart.
    QVERIFY(std::ranges::find(book().view().events, EventKind::CounterReset, &Event::kind) ==
            book().view().events.end());
}

void ConsoleTest::whatIsTakenAwayIsShownAndShownBack_data()
{
    QTest::addColumn<QString>("take");
    QTest::addColumn<QString>("give");
    QTest::addColumn<QString>("source");
    QTest::newRow("redis") << u"redis-stop"_s << u"redis-start"_s << u"redis"_s;
    QTest::newRow("postgresql") << u"postgres-stop"_s << u"postgres-start"_s << u"postgresql"_s;
    QTest::newRow("service") << u"service-kill"_s << u"service-start"_s << u"health"_s;
}

void ConsoleTest::whatIsTakenAwayIsShownAndShownBack()
{
    QFETCH(QString, take);
    QFETCH(QString, give);
    QFETCH(QString, source);
    openSandbox();
    open(PageId::Overview);
    auto *freshness = m_console->window().findChild<Label *>(u"freshness"_s);
    QTRY_COMPARE_WITH_TIMEOUT(noticeText(), QString(), settleMs);
    QVERIFY2(m_sandbox->fault(take), qPrintable(m_sandbox->lastError()));
    QTRY_VERIFY_WITH_TIMEOUT(noticeText().contains(source), settleMs);
    QTRY_VERIFY_WITH_TIMEOUT(!freshness->text().startsWith(u"live"_s), settleMs);
    QVERIFY2(m_sandbox->fault(give), qPrintable(m_sandbox->lastError()));
    QTRY_VERIFY_WITH_TIMEOUT(!noticeText().contains(source), settleMs);
    QTRY_VERIFY_WITH_TIMEOUT(freshness->text().startsWith(u"live"_s), settleMs);
}

void ConsoleTest::badInputSaysWhatWhereAndWhatToDo_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("contentType");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<qint64>("endless");
    QTest::addColumn<QString>("says");
    QTest::newRow("404") << 404 << QByteArray("application/json") << QByteArray("{}") << 0LL << u"404"_s;
    QTest::newRow("HTML") << 200 << QByteArray("text/html") << QByteArray("<html><body>hello</body></html>") << 0LL
                          << u"HTML"_s;
    QTest::newRow("401") << 401 << QByteArray("application/json") << QByteArray("{}") << 0LL << u"401"_s;
    QTest::newRow("100 MB") << 200 << QByteArray("application/json") << QByteArray("{") << 100LL * 1024 * 1024
                            << u"larger than"_s;
}

void ConsoleTest::badInputSaysWhatWhereAndWhatToDo()
{
    QFETCH(int, status);
    QFETCH(QByteArray, contentType);
    QFETCH(QByteArray, body);
    QFETCH(qint64, endless);
    QFETCH(QString, says);
    HttpFixture http;
    http.answer("/health", {.status = status, .contentType = contentType, .body = body, .endless = endless});
    http.answer("/health/full", {.status = status, .contentType = contentType, .body = body, .endless = endless});
    RedisFixture redis("geheim");
    const QString profile = write(
        u"bad.yaml"_s, u"quarterdeck: 1\nname: bad\nenvironment: staging\npreset: quoted\nconnections:\n"
                       "  http: {url: \"%1\"}\n  redis: {host: 127.0.0.1, port: %2}\n"
                       "  postgresql: {host: 127.0.0.1, port: 1, database: app, user: viewer, sslmode: disable}\n"_s
                           .arg(http.url().toString())
                           .arg(redis.connection().port));
    m_console->openProfile(profile);
    QCOMPARE(m_console->window().logbooks().size(), 1);
    open(PageId::Overview);
    QTRY_VERIFY_WITH_TIMEOUT(noticeText().contains(u"redis"_s), settleMs);
    QTRY_VERIFY_WITH_TIMEOUT(noticeText().contains(u"/health/full"_s), settleMs);
    QVERIFY2(noticeText().contains(QString::number(redis.connection().port)), qPrintable(noticeText()));
    // A busy machine may be too late at first.
    QVERIFY2(QTest::qWaitFor([&] { return noticeText().contains(says); }, settleMs), qPrintable(noticeText()));
    for (const Notice &said : m_console->window().findChild<DeploymentPage *>()->notices()) {
        QVERIFY(!said.what.isEmpty());
        QVERIFY(!said.where.isEmpty());
        QVERIFY(!said.advice.isEmpty());
    }
}

void ConsoleTest::aMissingRightAndAMissingTableAreToldBesideTheRest()
{
    PostgresFixture postgres;
    postgres.execute("CREATE ROLE viewer LOGIN PASSWORD 'see'");
    postgres.execute("CREATE TABLE alembic_version (version_num text)"); // and no right to read it
    qd::test::SecretFiles secrets;
    const SecretRef password = secrets.keep("see");
    m_console->openProfile(
        write(u"poor.yaml"_s, u"quarterdeck: 1\nname: poor\nenvironment: staging\npreset: quoted\nconnections:\n"
                              "  http: {url: \"http://127.0.0.1:1\"}\n  redis: {host: 127.0.0.1, port: 1}\n"
                              "  postgresql: {host: 127.0.0.1, port: %1, database: app, user: viewer, "
                              "sslmode: disable, password: \"file:%2\"}\n"_s.arg(postgres.connection().port)
                                  .arg(password.name)));
    QCOMPARE(m_console->window().logbooks().size(), 1);
    open(PageId::Overview);
    QVERIFY2(QTest::qWaitFor([&] { return noticeText().contains(u"alembic_version"_s); }, settleMs),
             qPrintable(noticeText()));
    QVERIFY2(noticeText().contains(u"quarterdeck_environment"_s), qPrintable(noticeText()));
    QVERIFY(book().view().database.fact && book().view().database.fact->maxConnections.has());
}

void ConsoleTest::aBrokenProfileStopsNothingElse()
{
    openSandbox();
    m_console->openProfile(write(u"broken.yaml"_s, u"quarterdeck: 1\nnaem: x\n"_s));
    QCOMPARE(m_console->window().logbooks().size(), 1);
    m_console->window().open({.kind = Place::Kind::Problems});
    QStringList lines;
    for (const Label *line : m_console->window().findChildren<Label *>(u"problem-line"_s))
        lines.append(line->text());
    QVERIFY2(lines.join(u'\n').contains(u"broken.yaml:2:1"_s), qPrintable(lines.join(u'\n')));
    QVERIFY2(lines.join(u'\n').contains(u"name"_s), qPrintable(lines.join(u'\n')));
    const auto before = book().view().lastAnswer;
    QTRY_VERIFY_WITH_TIMEOUT(book().view().lastAnswer > before, settleMs);
}

void ConsoleTest::theMeasureOfPausesSeesOne()
{
    const Pulse pulse;
    bool isOver = false;
    QTimer::singleShot(20ms, this, [&] {
        std::timespec start{};
        std::timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
        do
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1'000'000 < 80);
        isOver = true;
    });
    QTRY_VERIFY_WITH_TIMEOUT(isOver, 30'000);
    QTRY_VERIFY2(pulse.longestMs() > 70, qPrintable(QString::number(pulse.longestMs())));
}

void ConsoleTest::serversThatNeverAnswerDoNotHoldTheWindow()
{
    // Listening and never accepting: the kernel completes the connection, and nobody ever says a word.
    std::array<QTcpServer, 3> silent;
    for (QTcpServer &server : silent) {
        QVERIFY(server.listen(QHostAddress::LocalHost));
        server.pauseAccepting();
    }
    const QString profile =
        write(u"silent.yaml"_s,
              u"quarterdeck: 1\nname: silent\nenvironment: staging\npreset: quoted\nconnections:\n"
              "  http: {url: \"http://127.0.0.1:%1\"}\n  redis: {host: 127.0.0.1, port: %2}\n"
              "  postgresql: {host: 127.0.0.1, port: %3, database: app, user: viewer, sslmode: disable}\n"
              "intervals: {liveness: 1s, health: 1s, redis: 1s, postgresql: 1s}\n"_s.arg(silent[0].serverPort())
                  .arg(silent[1].serverPort())
                  .arg(silent[2].serverPort()));
    m_console->openProfile(profile);
    QCOMPARE(m_console->window().logbooks().size(), 1);
    open(PageId::Overview);
    // The first layout of a page is no matter of the servers.
    m_console->window().tick();
    QCoreApplication::processEvents();
    const Pulse pulse;
    const Instant start = m_clock.now();
    QTRY_VERIFY_WITH_TIMEOUT(m_clock.now() - start > 8s && pulse.turns() > 500, settleMs);
    qInfo("longest pause %.1f ms in %d turns", pulse.longestMs(), pulse.turns());
    QVERIFY2(pulse.longestMs() < 50, qPrintable(u"%1 ms"_s.arg(pulse.longestMs())));
}

QTEST_MAIN(ConsoleTest)
#include "tst_console.moc"
