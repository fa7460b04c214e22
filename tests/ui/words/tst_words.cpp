/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/headline.h"
#include "words/words.h"

#include <QTest>

using namespace qd;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
// 2026-11-20 14:02:11 UTC
const Instant noon{std::chrono::milliseconds(1'795'183'331'000)};
} // namespace

class TestWords : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("TZ", "UTC");
        tzset();
    }

    void fourStatesReadDifferently()
    {
        const Freshness pending;
        const Freshness fresh{.kind = Freshness::Kind::Fresh, .since = noon - 4s, .error = {}};
        const Freshness stale{.kind = Freshness::Kind::Stale, .since = noon, .error = {}};
        const Freshness refused{.kind = Freshness::Kind::Refused,
                                .since = noon,
                                .error = Error{ErrorCode::AuthRequired, u"wrong password (NOAUTH)"_s, {}}};
        QCOMPARE(words::freshness(pending, noon), u"not measured"_s);
        const Freshness inVain{.kind = Freshness::Kind::Pending,
                               .since = noon,
                               .error = Error{ErrorCode::Unreachable, u"connection refused"_s, {}}};
        QCOMPARE(words::freshness(inVain, noon), u"not measured: connection refused"_s);
        QCOMPARE(words::freshness(fresh, noon), u"4 s ago"_s);
        QCOMPARE(words::freshness(stale, noon + 3min), u"No data since 14:02"_s);
        QCOMPARE(words::freshness(refused, noon), u"Refused: wrong password (NOAUTH)"_s);

        Shown<qint64> zero;
        zero.value = 0;
        QCOMPARE(words::valueText(Shown<qint64>(), pending), u"–"_s);
        QCOMPARE(words::valueText(Shown<qint64>(), inVain), u"–"_s);
        QCOMPARE(words::valueText(zero, fresh), u"0"_s);
        QCOMPARE(words::valueText(Shown<qint64>(), stale), u"?"_s);
        QCOMPARE(words::valueText(Shown<qint64>(), refused), u"?"_s);
        QCOMPARE(words::valueText(zero, stale), u"0"_s); // an old value is still shown
    }

    void staleOnAnotherDayNamesTheDay()
    {
        const Freshness stale{.kind = Freshness::Kind::Stale, .since = noon, .error = {}};
        QCOMPARE(words::freshness(stale, noon + 24h), u"No data since 20 Nov 14:02"_s);
    }

    void aTimeOfAnotherYearNamesTheYear()
    {
        QCOMPARE(words::shortTime(noon + 40 * 24h, noon), u"30 Dec 14:02"_s);
        QCOMPARE(words::shortTime(noon + 400 * 24h, noon), u"25 Dec 2027 14:02"_s);
        QCOMPARE(words::shortTime(noon, noon), u"14:02"_s);
    }

    void numbersHaveUnits_data()
    {
        QTest::addColumn<QString>("said");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *name, const QString &said, const QString &expected) {
            QTest::newRow(name) << said << expected;
        };
        row("percent", words::percent({0.71}), u"71 %"_s);
        row("percent small", words::percent({0.031}), u"3.1 %"_s);
        row("percent zero", words::percent({0}), u"0 %"_s);
        row("percent whole", words::percent({1}), u"100 %"_s);
        row("percent nearly whole", words::percent({0.9997}), u"> 99.9 %"_s);
        row("percent nearly nothing", words::percent({0.0002}), u"< 0.1 %"_s);
        row("percent nan", words::percent({std::numeric_limits<double>::quiet_NaN()}), u"–"_s);
        row("rate", words::rate({212}), u"212 /s"_s);
        row("rate small", words::rate({9}), u"9.0 /s"_s);
        row("rate zero", words::rate({0}), u"0 /s"_s);
        row("rate tiny", words::rate({0.01}), u"< 0.1 /s"_s);
        row("duration 0.4 ms", words::duration(Millis(0.4)), u"0.4 ms"_s);
        row("duration 31 ms", words::duration(Millis(31)), u"31 ms"_s);
        row("duration 1.24 s", words::duration(Millis(1240)), u"1.24 s"_s);
        row("duration 44 s", words::duration(Millis(44'000)), u"44 s"_s);
        row("duration 90 s", words::duration(Millis(90'000)), u"1 min 30 s"_s);
        row("duration 41 min", words::duration(Millis(41 * 60'000)), u"41 min"_s);
        row("duration 41 d", words::duration(Millis(41. * 86'400'000)), u"41 d"_s);
        row("bytes", words::bytes({212LL << 20}), u"212 MB"_s);
        row("bytes 1.2 GB", words::bytes({1'288'490'189}), u"1.2 GB"_s);
        row("bytes 0", words::bytes({0}), u"0 B"_s);
        row("count", words::count(12'345), u"12\u202F345"_s);
        row("count negative", words::count(-12'345'678), u"-12\u202F345\u202F678"_s);
        row("count year", words::count(1000), u"1000"_s);
        row("of", words::of(5, 5), u"5 of 5"_s);
        row("clock", words::clockTime(noon), u"14:02:11"_s);
        row("since", words::sinceText(noon - 4min, noon), u"since 13:58, 4 min"_s);
        row("ago", words::ago(noon - 4min, noon), u"4 min ago"_s);
    }
    void numbersHaveUnits()
    {
        QFETCH(QString, said);
        QFETCH(QString, expected);
        QCOMPARE(said, expected);
    }

    void everyErrorSaysWhatAndWhatToDo()
    {
        QSet<QString> advice;
        for (int i = 0; i <= static_cast<int>(ErrorCode::Internal); ++i) {
            const auto code = static_cast<ErrorCode>(i);
            const words::ErrorWords said = words::explain({code, {}, u"redis://127.0.0.1:6379"_s});
            QVERIFY2(!said.what.isEmpty(), qPrintable(toWord(code)));
            QCOMPARE(said.where, u"redis://127.0.0.1:6379"_s);
            if (code == ErrorCode::Cancelled)
                continue;
            QVERIFY2(!said.advice.isEmpty(), qPrintable(toWord(code)));
            advice.insert(said.advice);
        }
        QCOMPARE(advice.size(), qsizetype(ErrorCode::Internal));
    }

    void aMissingSecretHasItsOwnAdvice()
    {
        const auto advice = [](const QString &where) {
            return words::explain({ErrorCode::AuthRequired, u"the password cannot be had"_s, where}).advice;
        };
        QVERIFY2(advice(u"env:QD_PW, written at p.yaml:7:3"_s).startsWith(u"Set the variable"_s), "env");
        QVERIFY2(advice(u"file:/run/pw, written at p.yaml:7:3"_s).contains(u"chmod 600"_s), "file");
        QVERIFY2(advice(u"keychain:redis"_s).startsWith(u"Unlock the keyring"_s), "keychain");
        QVERIFY2(advice(u"127.0.0.1:6379"_s).startsWith(u"Check the user"_s), "a server");
    }

    void aLongAnswerIsCutAndOnOneLine()
    {
        const QString said = words::explain({ErrorCode::BadReply, u"a\nb "_s + QString(100'000, u'x'), {}}).what;
        QVERIFY(said.size() <= words::textCap);
        QVERIFY(!said.contains(u'\n'));
    }

    void reasonsAndEventsAreSentences()
    {
        Reason open;
        open.code = Reason::Code::BreakerOpen;
        open.status = Status::Degraded;
        open.subject = u"openai"_s;
        open.count = 5;
        open.threshold = 5;
        QCOMPARE(words::sentence(open), u"openai's breaker is open after 5 of 5 failures"_s);
        Reason low;
        low.code = Reason::Code::HitRateLow;
        low.status = Status::Degraded;
        low.subject = u"contractor"_s;
        low.share = Share{0.71};
        low.atLeast = Share{0.8};
        QCOMPARE(words::sentence(low), u"contractor hit rate 71 % < 80 %"_s);
        Reason old{.code = Reason::Code::BackupOld, .subject = u"a.dump"_s, .word = {}, .threshold = 24 * 60};
        QCOMPARE(words::sentence(old), u"no backup that could be restored, one is due every 24 h"_s);
        old.count = 75 * 60 + 12;
        QCOMPARE(words::sentence(old), u"newest backup is 3 d old, one is due every 24 h"_s);

        DeploymentView view;
        view.status = Status::Degraded;
        Reason other = low;
        other.subject = u"pricing"_s;
        view.reasons = {open, low, other};
        QCOMPARE(words::headline(view),
                 u"openai's breaker is open after 5 of 5 failures; contractor hit rate 71 % < 80 %; and 1 more"_s);

        Event event;
        event.kind = EventKind::BreakerChanged;
        event.subject = u"openai"_s;
        event.from = toWord(BreakerState::Closed);
        event.to = toWord(BreakerState::Open);
        event.count = 5;
        event.threshold = 5;
        QCOMPARE(words::sentence(event), u"openai breaker opened: 5 of 5 failures"_s);
        QCOMPARE(words::statusOf(event), Status::Down);
        event.failedTrials = 8;
        event.openedAt = noon;
        QCOMPARE(words::sentence(event),
                 u"openai breaker still open: 8 trials failed since %1"_s.arg(words::clockTime(noon)));
        event.openedAt.reset(); // the opening itself
        QCOMPARE(words::sentence(event), u"openai breaker opened: 5 of 5 failures; 8 trials failed since"_s);
        event = {.kind = EventKind::BreakerChanged, .subject = u"openai"_s, .to = toWord(BreakerState::Open)};
        QCOMPARE(words::sentence(event), u"openai breaker was seen opening; its state is not told"_s);
    }

    void whatIsLostAroundRedisIsASentence()
    {
        Reason lost{.code = Reason::Code::SentinelLost, .subject = u"shop"_s, .count = 1, .threshold = 3};
        QCOMPARE(words::sentence(lost), u"1 of 3 Sentinels is not reached"_s);
        lost.count = 2;
        lost.threshold = 5;
        QCOMPARE(words::sentence(lost), u"2 of 5 Sentinels are not reached"_s);
        lost.code = Reason::Code::ReplicaLost;
        QCOMPARE(words::sentence(lost), u"Redis has no replica"_s);
        lost.subject = u"replica_1"_s;
        lost.word = u"postgresql"_s;
        QCOMPARE(words::sentence(lost), u"replica_1 no longer follows PostgreSQL"_s);
    }

    void whatASourceSaysIsNotSaidAgain()
    {
        const Reason source{.code = Reason::Code::SourceFailing,
                            .status = Status::Degraded,
                            .subject = u"redis"_s,
                            .error = Error{ErrorCode::Unreachable, u"no"_s, u"h:6379"_s}};
        const Reason whole{.code = Reason::Code::HealthDown, .status = Status::Down};
        Reason part{
            .code = Reason::Code::HealthDown, .status = Status::Degraded, .subject = u"redis"_s, .cause = u"redis"_s};
        DeploymentView view;
        view.status = Status::Down;
        view.reasons = {whole, source, part};
        QCOMPARE(words::headline(view), u"the service is down because "_s + words::sentence(source));
        view.status = Status::Degraded;
        view.reasons = {source, part};
        QCOMPARE(words::headline(view), words::sentence(source));
        part.cause.clear(); // the console reaches it: two troubles
        view.reasons = {source, part};
        QCOMPARE(words::headline(view), words::sentence(source) + u"; redis is down"_s);
    }

    void thatNobodyIsLimitedIsToldWhateverElseIs()
    {
        DeploymentView view;
        view.status = Status::Down;
        Reason limiter{.code = Reason::Code::LimiterFallback,
                       .status = Status::Degraded,
                       .word = toWord(LimiterMode::FailingOpen)};
        view.reasons = {{.code = Reason::Code::HealthDown, .status = Status::Down}, limiter};
        QCOMPARE(words::headline(view), u"the service is down; rate limiter fails open: nothing is limited"_s);
        limiter.word = toWord(LimiterMode::Memory);
        view.reasons.last() = limiter;
        QCOMPARE(words::headline(view), u"the service is down"_s);
    }

    void aChangeOfTheStatusIsNoneOfTheServicesOwnWord()
    {
        const Event own{.kind = EventKind::HealthChanged, .from = u"ok"_s, .to = u"degraded"_s};
        QCOMPARE(words::sentence(own), u"what the service says of itself: healthy → degraded"_s);
        Event event{.kind = EventKind::StatusChanged, .subject = u"quoted"_s, .from = u"ok"_s, .to = u"down"_s};
        QCOMPARE(words::sentence(event), u"overall: healthy → down"_s);
        QCOMPARE(words::statusOf(event), Status::Down);
        event.to = toWord(Status::Unknown);
        QCOMPARE(words::sentence(event), u"overall: healthy → no data"_s);
        QCOMPARE(words::statusOf(event), Status::Unknown);
    }

    void aFailoverTellsFromWhereToWhereAndHowLong()
    {
        Event event{.kind = EventKind::FailedOver, .source = u"sentinel"_s, .subject = u"shop"_s};
        event.from = u"10.0.0.1:6379"_s;
        event.to = u"10.0.0.2:6379"_s;
        QCOMPARE(words::sentence(event), u"shop failed over: 10.0.0.1:6379 → 10.0.0.2:6379"_s);
        event.took = Millis(6400);
        QCOMPARE(words::sentence(event), u"shop failed over in 6.40 s: 10.0.0.1:6379 → 10.0.0.2:6379"_s);
        Reason lost{.code = Reason::Code::QuorumLost, .status = Status::Degraded, .subject = u"shop"_s};
        QCOMPARE(words::sentence(lost), u"shop cannot fail over"_s);
        lost.count = 1;
        lost.threshold = 2;
        QCOMPARE(words::sentence(lost), u"shop cannot fail over: 1 of the 2 Sentinels that it takes"_s);
        const Reason silent{.code = Reason::Code::PartRefused,
                            .subject = u"sentinel"_s,
                            .word = u"sentinel/10.0.0.1:26379"_s,
                            .error = Error{ErrorCode::Unreachable, u"connection refused"_s, {}}};
        QCOMPARE(words::sentence(silent), u"sentinel does not show Sentinel 10.0.0.1:26379: connection refused"_s);
    }

    void aBrokenBoundIsNamedInItsEvent()
    {
        Event low{.kind = EventKind::HitRateChanged, .source = {}, .subject = u"contractor"_s};
        low.bound = Share{0.8};
        low.to = toWord(Status::Degraded);
        QCOMPARE(words::sentence(low), u"contractor hit rate below 80 %"_s);
        QCOMPARE(words::statusOf(low), Status::Degraded);
        low.to = toWord(Status::Ok);
        QCOMPARE(words::sentence(low), u"contractor hit rate is at least 80 % again"_s);
        QCOMPARE(words::statusOf(low), Status::Ok);
    }

    void whatNeverAnsweredIsNeitherLostNorBack()
    {
        Event event;
        event.kind = EventKind::SourceLost;
        event.subject = u"redis"_s;
        event.error = Error{ErrorCode::Unreachable, u"connection refused"_s, {}};
        QCOMPARE(words::sentence(event), u"redis lost: connection refused"_s);
        QCOMPARE(words::statusOf(event), Status::Down); // the mark that its source has in every list
        event.wasUnseen = true;
        QCOMPARE(words::sentence(event), u"redis has given no data: connection refused"_s);
        event.kind = EventKind::SourceBack;
        QCOMPARE(words::sentence(event), u"redis answers"_s);
        event.wasUnseen = false;
        QCOMPARE(words::sentence(event), u"redis answers again"_s);
    }

    void aShareIsToldApartFromItsLimit()
    {
        QCOMPARE(words::percent({0.71}, {0.8}), u"71 %"_s);
        QCOMPARE(words::percent({0.796}, {0.8}), u"79.6 %"_s);
        QCOMPARE(words::percent({0.7998}, {0.8}), u"79.98 %"_s);
        QCOMPARE(words::percent({0.8}, {0.8}), u"80 %"_s);
        Reason low;
        low.code = Reason::Code::HitRateLow;
        low.subject = u"contractor"_s;
        low.share = Share{0.796};
        low.atLeast = Share{0.8};
        QCOMPARE(words::sentence(low), u"contractor hit rate 79.6 % < 80 %"_s);
        low.code = Reason::Code::ErrorsHigh;
        low.share = Share{0.0501};
        low.atLeast = Share{0.05};
        QCOMPARE(words::sentence(low), u"errors 5.01 % > 5.0 %"_s);
    }

    void whatIsTooMuchIsSaidBesideItsBound()
    {
        Reason slow{.code = Reason::Code::LatencyHigh, .count = 3'600, .threshold = 1'000};
        QCOMPARE(words::sentence(slow), u"p95 latency is 3.60 s, bound 1 s"_s);
        Reason metric{.code = Reason::Code::MetricOutOfBounds,
                      .subject = u"Oldest order waiting"_s,
                      .word = u"s"_s,
                      .number = 10'800,
                      .bound = 7'200};
        QCOMPARE(words::sentence(metric), u"Oldest order waiting: 3 h, bound 2 h"_s);
        metric.word = u"/min"_s;
        metric.number = 12;
        metric.bound = 2;
        QCOMPARE(words::sentence(metric), u"Oldest order waiting: 12 a minute, bound 2 a minute"_s);
        QCOMPARE(words::measured(0, {}), u"0"_s);
        QCOMPARE(words::measured(1.5, u"orders"_s), u"1.5 orders"_s);
        QCOMPARE(words::measured(2048, u"bytes"_s), u"2.0 kB"_s);
        QCOMPARE(words::measured(std::numeric_limits<double>::infinity(), {}), u"–"_s);
    }

    void whoIsRefusedIsSaidWhereItIsKnown()
    {
        Reason much{.code = Reason::Code::LimitRefusing, .subject = u"auth"_s, .count = 85, .threshold = 30};
        QCOMPARE(words::sentence(much), u"auth: 85 requests refused in the last minute"_s);
        much.client = u"203.0.113.8"_s;
        much.clients = 1;
        QCOMPARE(words::sentence(much), u"auth: 85 requests refused in the last minute, by 203.0.113.8"_s);
        much.route = u"/login"_s;
        QCOMPARE(words::sentence(much), u"auth: 85 requests refused in the last minute, by 203.0.113.8 at /login"_s);
        much.clients = 3;
        QVERIFY(words::sentence(much).endsWith(u"by 203.0.113.8 at /login and 2 more"_s));
    }

    void whatPassesABoundIsAnEvent()
    {
        Event event{.kind = EventKind::LatencyChanged, .to = toWord(Status::Degraded), .threshold = 1'000};
        QCOMPARE(words::sentence(event), u"p95 latency above 1 s"_s);
        event.to = toWord(Status::Ok);
        QCOMPARE(words::sentence(event), u"p95 latency is at most 1 s again"_s);
        QCOMPARE(words::statusOf(event), Status::Ok);
        event = {
            .kind = EventKind::MetricChanged, .subject = u"Oldest order waiting"_s, .to = toWord(Status::Degraded)};
        QCOMPARE(words::sentence(event), u"Oldest order waiting: out of its bound"_s);
        QCOMPARE(words::statusOf(event), Status::Degraded);
    }

    void aLagIsSaidInItsUnit()
    {
        Reason late{.code = Reason::Code::ReplicaLagging, .subject = u"replica_1"_s, .word = u"bytes"_s};
        late.count = 100LL * 1024 * 1024;
        QCOMPARE(words::sentence(late), u"replica_1 is 100 MB behind"_s);
        late.word = u"ms"_s;
        late.count = 75'000;
        QCOMPARE(words::sentence(late), u"replica_1 replays 1 min 15 s late"_s);
        late.code = Reason::Code::ClientsWaiting;
        late.subject = u"app/owner"_s;
        late.count = 12'000;
        QCOMPARE(words::sentence(late), u"clients of the pool app/owner wait 12 s for a server"_s);
    }

    void failuresPastTheThresholdAreNoShareOfIt()
    {
        Reason open;
        open.code = Reason::Code::BreakerOpen;
        open.subject = u"openai"_s;
        open.count = 8;
        open.threshold = 5;
        QCOMPARE(words::sentence(open), u"openai's breaker is open after 8 failures"_s);

        Event event;
        event.kind = EventKind::BreakerChanged;
        event.subject = u"openai"_s;
        event.from = toWord(BreakerState::HalfOpen);
        event.to = toWord(BreakerState::Open);
        event.count = 8;
        event.threshold = 5;
        QCOMPARE(words::sentence(event), u"openai breaker: trial call failed, open again"_s);
    }

    void aHealthWordIsQuotedWhereItTellsMore()
    {
        Reason down;
        down.code = Reason::Code::HealthDown;
        down.subject = u"cache"_s;
        for (const QString &word : {u""_s, u"false"_s, u"unhealthy"_s, u"Down"_s}) {
            down.word = word;
            QCOMPARE(words::sentence(down), u"cache is down"_s);
        }
        down.word = u"read-only"_s;
        QCOMPARE(words::sentence(down), u"cache is down (“read-only”)"_s);
        down.code = Reason::Code::HealthDegraded;
        down.subject.clear();
        down.word = u"degraded"_s;
        QCOMPARE(words::sentence(down), u"the service is degraded"_s);
    }

    void theHeadlineNamesTheCauseAndNotTheWhole()
    {
        Reason whole;
        whole.code = Reason::Code::HealthDown;
        whole.status = Status::Down;
        whole.word = u"unhealthy"_s;
        DeploymentView view;
        view.status = Status::Down;
        view.reasons = {whole};
        QCOMPARE(words::headline(view), u"the service is down"_s);
        Reason database = whole;
        database.status = Status::Degraded;
        database.subject = u"database"_s;
        Reason breaker;
        breaker.code = Reason::Code::BreakerOpen;
        breaker.status = Status::Degraded;
        breaker.subject = u"openai"_s;
        view.reasons = {whole, database, breaker};
        QCOMPARE(words::headline(view), u"the service is down because database is down"_s);
        view.reasons.first().word = u"not_ready"_s;
        QCOMPARE(words::headline(view), u"the service is not ready because database is down"_s);

        whole.code = Reason::Code::HealthDegraded;
        whole.status = Status::Degraded;
        view.status = Status::Degraded;
        view.reasons = {breaker, whole};
        QCOMPARE(words::headline(view), u"openai's breaker is open"_s); // once
        view.reasons = {database, breaker, whole};
        QCOMPARE(words::headline(view, 1), u"database is down; and 1 more"_s);
        QCOMPARE(words::headline(view, 4), u"database is down; openai's breaker is open"_s);
    }

    void aReasonThatBeganLaterThanTheTroubleHasItsOwnDate()
    {
        Reason breaker;
        breaker.code = Reason::Code::BreakerOpen;
        breaker.status = Status::Degraded;
        breaker.subject = u"openai"_s;
        breaker.since = noon - 60s;
        Reason database = breaker;
        database.code = Reason::Code::HealthDown;
        database.subject = u"database"_s;
        database.since = noon - 71s;
        DeploymentView view;
        view.at = noon;
        view.status = Status::Degraded;
        view.reasons = {breaker, database};
        view.since = database.since;
        const QString own = u"openai's breaker is open (%1); database is down"_s.arg(words::clockTime(*breaker.since));
        QCOMPARE(words::headline(view), own);
        QCOMPARE(words::troubleSince(view, u"since 13:58"_s), u"since 13:58"_s); // one of the reasons is that old
        view.since = noon - 80s;
        QCOMPARE(words::headline(view), own);
        QCOMPARE(words::troubleSince(view, u"since 13:58"_s), u"in trouble since 13:58"_s);
        view.since = noon - 63s; // sources answer out of turn
        view.reasons = {breaker};
        QCOMPARE(words::headline(view), u"openai's breaker is open"_s);
        QCOMPARE(words::troubleSince(view, u"since 13:58"_s), u"since 13:58"_s);
    }

    void theHeadlineNamesTheServerThatIsGoneFirst()
    {
        Reason whole;
        whole.code = Reason::Code::HealthDown;
        whole.status = Status::Down;
        Reason gone;
        gone.code = Reason::Code::SourceFailing;
        gone.status = Status::Degraded;
        gone.subject = u"postgresql"_s;
        gone.word = u"postgresql"_s;
        gone.error = Error{ErrorCode::Unreachable, u"refuses connections"_s, u"127.0.0.1:5432"_s};
        Reason database = whole;
        database.status = Status::Degraded;
        database.subject = u"database"_s;
        DeploymentView view;
        view.status = Status::Down;
        view.reasons = {whole, gone, database};
        QCOMPARE(words::headline(view),
                 u"the service is down because database is down"_s); // it may be the console's own network
        view.reasons.last().cause = gone.subject;
        QCOMPARE(words::headline(view), u"the service is down because PostgreSQL 127.0.0.1:5432 refuses connections"_s);
        gone.error = Error{ErrorCode::Unreachable, u"127.0.0.1:6379 refuses connections"_s, u"127.0.0.1:6379"_s};
        gone.word = u"redis"_s;
        QCOMPARE(words::sentence(gone), u"Redis 127.0.0.1:6379 refuses connections"_s);
        gone.word = u"http-health"_s;
        gone.subject = u"liveness"_s;
        QCOMPARE(words::sentence(gone), u"liveness: 127.0.0.1:6379 refuses connections"_s);
    }

    void allThatIsSilentIsNamed()
    {
        const auto refused = [](const QString &where) {
            return Error{ErrorCode::Unreachable, u"refuses connections"_s, where};
        };
        const auto source = [&](const QString &id, const QString &title, const QString &where) {
            return SourceView{
                .id = id, .kind = {}, .title = title, .isService = false, .freshness = {}, .error = refused(where)};
        };
        DeploymentView view;
        view.status = Status::Down;
        view.reasons = {{.code = Reason::Code::SourceFailing,
                         .status = Status::Down,
                         .subject = u"liveness"_s,
                         .error = refused({})},
                        {.code = Reason::Code::SourceFailing,
                         .status = Status::Degraded,
                         .subject = u"redis"_s,
                         .error = refused({})}};
        view.sources = {source(u"liveness"_s, u"HTTP"_s, u"http://h:1/health"_s),
                        source(u"ready"_s, u"HTTP"_s, u"http://h:1/ready"_s),
                        source(u"redis"_s, u"Redis"_s, u"h:2"_s),
                        source(u"a"_s, u"PostgreSQL"_s, u"h:3"_s),
                        source(u"b"_s, u"PostgreSQL"_s, u"h:4"_s),
                        source(u"metrics"_s, u"Prometheus"_s, u"http://h:1/metrics"_s)};
        view.sources[0].isService = view.sources[1].isService = true;
        QCOMPARE(words::headline(view), u"the service, Redis and PostgreSQL do not answer"_s);
        view.sources[4].error.reset(); // one of two
        QCOMPARE(words::headline(view), u"the service, Redis and a do not answer"_s);
        view.sources[2].error.reset();
        view.sources[3].error.reset();
        QCOMPARE(words::headline(view), u"the service does not answer: refuses connections"_s);
        view.sources[1].error.reset(); // it answers one question
        QCOMPARE(words::headline(view), u"liveness: refuses connections"_s);
    }

    void thatRedisIsWhyIsSaidWhereItIsKnown()
    {
        DeploymentView view;
        view.status = Status::Degraded;
        const Reason source{.code = Reason::Code::SourceFailing,
                            .status = Status::Degraded,
                            .subject = u"cache"_s,
                            .word = u"redis"_s,
                            .error = Error{ErrorCode::Unreachable, u"no"_s, u"h:6379"_s}};
        Reason part{
            .code = Reason::Code::HealthDown, .status = Status::Degraded, .subject = u"redis"_s, .cause = u"cache"_s};
        const Reason limiter{
            .code = Reason::Code::LimiterFallback, .status = Status::Degraded, .word = toWord(LimiterMode::Memory)};
        view.reasons = {source, limiter, part};
        QVERIFY(words::headline(view).endsWith(
            u"rate limits are counted in memory because Redis fails, each process by itself"_s));
        part.cause.clear(); // the service reaches it
        view.reasons = {source, limiter, part};
        QVERIFY(!words::headline(view).contains(u"because"_s));
    }

    void whoIsRefusedIsNotKnownToAnotherMemory()
    {
        DeploymentView view;
        view.status = Status::Degraded;
        view.reasons = {{.code = Reason::Code::LimitRefusing,
                         .status = Status::Degraded,
                         .subject = u"user"_s,
                         .count = 243,
                         .threshold = 30}};
        QCOMPARE(words::headline(view), u"user: 243 requests refused in the last minute"_s);
        view.limiter.mode.value = LimiterMode::Memory;
        QCOMPARE(words::headline(view), u"user: 243 requests refused in the last minute, by whom is not known while "
                                        "it counts in memory"_s);
    }

    void whatNobodyExplainsIsSaid()
    {
        DeploymentView view;
        QCOMPARE(words::unexplained(view), QString());
        view.reasons = {{.code = Reason::Code::BreakerOpen, .subject = u"stripe"_s},
                        {.code = Reason::Code::HealthDown, .subject = u"redis"_s, .cause = u"redis"_s},
                        {.code = Reason::Code::HealthDown, .subject = u"external/push"_s}};
        QCOMPARE(words::unexplained(view), u"Why stripe and external/push fail is not reported."_s);
        HealthView check;
        check.path = u"external/stripe"_s;
        check.detail.value = u"HTTP 503"_s;
        view.health = {check};
        QCOMPARE(words::unexplained(view), u"Why external/push fails is not reported."_s);
    }

    void nothingKnownSaysSinceWhen()
    {
        DeploymentView view;
        view.at = noon + 1min;
        view.status = Status::Unknown;
        QCOMPARE(words::statusLine(view), u"No data yet"_s);
        SourceView refusing;
        refusing.freshness.kind = Freshness::Kind::Refused;
        view.sources = {refusing, SourceView{}};
        QCOMPARE(words::statusLine(view), u"No data yet"_s); // one is not asked yet
        view.sources = {refusing, refusing};
        QCOMPARE(words::statusLine(view), u"Refused"_s);
        view.reasons = {{.code = Reason::Code::SourceFailing,
                         .status = Status::Unknown,
                         .subject = u"redis"_s,
                         .error = Error{ErrorCode::AuthRequired, u"Redis says: WRONGPASS."_s, u"127.0.0.1:1"_s}},
                        {.code = Reason::Code::SourceSilent, .status = Status::Unknown, .subject = u"health"_s}};
        QCOMPARE(words::headline(view), u"redis: Redis says: WRONGPASS; health: not asked yet"_s);
        view.lastAnswer = noon;
        QCOMPARE(words::statusLine(view), u"No data since 14:02"_s);
        view.status = Status::Ok;
        QCOMPARE(words::statusLine(view), u"Healthy"_s);
    }
};

QTEST_GUILESS_MAIN(TestWords)
#include "tst_words.moc"
