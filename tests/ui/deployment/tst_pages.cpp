/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/breaker_glyph.h"
#include "charts/news.h"
#include "deployment/breaker_card.h"
#include "deployment/cache_card.h"
#include "deployment/deployment_page.h"
#include "deployment/fitting_rows.h"
#include "deployment/health_card.h"
#include "deployment/limit_delegate.h"
#include "deployment/limits_card.h"
#include "deployment/overview_page.h"
#include "deployment/page_notice.h"
#include "deployment/pages.h"
#include "deployment/sources_card.h"
#include "deployment/tier_card.h"
#include "deployment/value_label.h"
#include "theme/glyph.h"
#include "theme/text_label.h"
#include "ui/support/story.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QRegularExpression>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QToolButton>

using namespace qd;
using namespace qd::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
const Error goneRedis{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:6379"_s};
const Error wrongPassword{ErrorCode::AuthRequired, u"WRONGPASS invalid username-password pair"_s, u"127.0.0.1:6379"_s};
constexpr std::array allPages{PageId::Overview, PageId::Breakers, PageId::Cache, PageId::Limits,  PageId::Data,
                              PageId::Backups,  PageId::Keys,     PageId::Flags, PageId::Metrics, PageId::Activity};

/// A page of the size that the smallest window leaves it, laid out and shown.
struct OnScreen
{
    Theme theme{Scheme::Light};
    std::unique_ptr<DeploymentPage> page;

    OnScreen(PageId id, Story &story, QSize size = {1056, 752}, double textScale = 1.0)
        : theme(Scheme::Light, textScale)
        , page(makePage(id, story.logbook(), theme, nullptr))
    {
        page->setRange(story.last());
        page->resize(size);
        page->show();
        (void)QTest::qWaitForWindowExposed(page.get());
    }

    [[nodiscard]] ValueLabel *value(const QString &name) const { return page->findChild<ValueLabel *>(name); }
    [[nodiscard]] bool visible(const QString &name) const
    {
        const auto *widget = page->findChild<QWidget *>(name);
        return widget && widget->isVisible();
    }
    /// All text that can be read on the page now, one line for each label.
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

bool isGreen(QColor colour)
{
    return colour.green() > colour.red() + 30 && colour.green() > colour.blue() + 10;
}

bool isRed(QColor colour)
{
    return colour.red() > colour.green() + 80;
}

/// How many pixels of a card's glyph are of that kind.
int pixels(const BreakerCard *card, bool (*is)(QColor))
{
    const QImage image = card->findChild<BreakerGlyph *>()->grab().toImage();
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x)
            count += is(image.pixelColor(x, y)) ? 1 : 0;
    }
    return count;
}

/// Counts paint events of a widget and all in it.
class PaintCounter : public QObject
{
public:
    explicit PaintCounter(QWidget *root)
    {
        root->installEventFilter(this);
        for (QWidget *child : root->findChildren<QWidget *>())
            child->installEventFilter(this);
    }
    int count = 0;

protected:
    bool eventFilter(QObject *, QEvent *event) override
    {
        count += event->type() == QEvent::Paint ? 1 : 0;
        return false;
    }
};
} // namespace

class PagesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void healthyDeploymentIsCalm();
    void overviewNamesWhatIsWrong();
    void breakerCardTellsStateCountdownAndFailures();
    void noTrafficIsNotNoConnection();
    void breakerWithoutACounterBesideOthersHasNoTraffic();
    void choosingABreakerShowsItAlone();
    void cacheCardTellsHitRateAgainstThreshold();
    void fallbackIsSaidInWords();
    void tiersAndCountersAreShownFullestFirst();
    void countersKeepTheirPlaceWhileTheyCount();
    void counterTableFiltersByTyping();
    void fourStatesAreToldApart();
    void failingSourceIsNamedBesideTheLastGoodData();
    void refusedPartIsNamed();
    void absentThingsAreSaidToBeAbsent();
    void keyWAsksWhy();
    void keyWAsksWhyInTheTable();
    void whatADeploymentSaysIsShownAsItStands();
    void nothingIsClipped_data();
    void nothingIsClipped();
    void whatIsLongIsWrapped_data();
    void whatIsLongIsWrapped();
    void rowsOfDifferentHeightsLieBelowEachOther();
    void aRowGrowsAsWhatStandsBesideItDoes();
    void fullLimitsAreReadWholeAsTheyChange();
    void nothingIsRepaintedWhenNothingChanged();
    void overviewFitsTheSmallestWindow_data();
    void overviewFitsTheSmallestWindow();
    void largeTextIsNotCut_data();
    void largeTextIsNotCut();
    void aCardShowsAsManyRowsAsFit();
    void serverIsDescribedOnce();
    void oldFiguresOfAServerGiveWayToItsError();
    void anOpenBreakerHasNoLatency();
    void glyphOfAnOpenBreakerIsRed();
    void glyphOfAStaleBreakerIsHollow();
    void bannerTellsAsManyReasonsAsFit();
    void failingSourceSaysSinceWhen();
    void agesAreReadWhole();
    void sourceThatNeverAnsweredIsNotMeasured();
    void hitRateIsOfTheLowestGroup();
    void aBreakersEchoIsNotNews();
    void noMoreIsClaimedThanWasWatched();
    void staleCountdownIsNotZero();
    void clientsAreReadableInTheTable();
    void tiersAreWholeInTheTable();
    void healthRowsKeepTheirHeight();
    void whatTheProfileExcludesIsNotAvailableHere();
    void noticeIsShortUntilAsked();
    void anErrorIsSaidInAFewWords();
    void aFormulaEndsWithItsValue();
    void aLimiterAtWorkIsAmber();
    void aDeadServiceDoesNotAnswer();
    void aLatencyWhileOpenIsAGap();
    void oldCountersSayOfWhen();
    void whatALimitTurnsAwayIsNotUsed();
    void whatRedisCountedIsNotWhoIsLimitedElsewhere();
    void anOpenBreakerTellsItsCalls();
    void busiestBreakerFillsItsRing();
    void brokenBreakersComeFirst();
    void aPageThatIsNotThereIsNotFound();
    void totalsSaySinceWhen();
    void cacheCardsAreReadWholeInTheSmallestWindow();
    void whatLivenessRepeatsIsSaidOnce();
    void clientsAreReadableInTheSmallestWindow();
    void uncountedLookupsAreNotNone();
    void aLongNoteGivesWayToItsTitle();
};

void PagesTest::healthyDeploymentIsCalm()
{
    Story story;
    story.live(10min);
    const OnScreen shown(PageId::Overview, story);
    QCOMPARE(shown.value(u"status-word"_s)->text(), words::say(Status::Ok));
    QVERIFY(!shown.visible(u"page-notice"_s));
    QVERIFY(shown.text().contains(u" connections"_s));
    QVERIFY(shown.text().contains(u"anthropic"_s));
}

void PagesTest::overviewNamesWhatIsWrong()
{
    Story story;
    Story::untilIncident(story);
    const OnScreen shown(PageId::Overview, story);
    QCOMPARE(shown.value(u"status-word"_s)->text(), words::say(Status::Degraded));
    const auto *sentence = shown.page->findChild<Label *>(u"status-sentence"_s);
    QVERIFY2(sentence->text().contains(u"openai"_s, Qt::CaseInsensitive), qPrintable(sentence->text()));
    const ValueLabel *detail = shown.value(u"health-detail-external/openai"_s);
    QVERIFY2(detail->text().contains(u"half-open in 45 s"_s), qPrintable(detail->text()));
}

void PagesTest::breakerCardTellsStateCountdownAndFailures()
{
    Story story;
    Story::untilIncident(story);
    OnScreen shown(PageId::Breakers, story);
    QCOMPARE(shown.value(u"breaker-state-openai"_s)->text(), words::say(BreakerState::Open));
    QCOMPARE(shown.value(u"breaker-state-anthropic"_s)->text(), words::say(BreakerState::Closed));
    QVERIFY(shown.text().contains(u"half-open in 45 s"_s));
    QVERIFY(shown.text().contains(u"5 of 5"_s));

    story.live(45s);
    shown.page->refresh();
    QCOMPARE(shown.value(u"breaker-state-openai"_s)->text(), words::say(BreakerState::HalfOpen));
    story.endOutage();
    story.live(5s);
    shown.page->refresh();
    QCOMPARE(shown.value(u"breaker-state-openai"_s)->text(), words::say(BreakerState::Closed));
}

void PagesTest::noTrafficIsNotNoConnection()
{
    Story story;
    story.live(2min);
    OnScreen shown(PageId::Breakers, story);
    QVERIFY(shown.text().contains(u"no traffic"_s));
    QCOMPARE(shown.value(u"breaker-state-resend"_s)->known(), Known::Measured);

    story.setFailing(u"health"_s, Error{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:8000"_s});
    story.live(1min);
    shown.page->refresh();
    QCOMPARE(shown.value(u"breaker-state-resend"_s)->known(), Known::Stale);
}

void PagesTest::breakerWithoutACounterBesideOthersHasNoTraffic()
{
    Story story;
    story.live(2min);
    const OnScreen shown(PageId::Breakers, story);
    auto *card = shown.page->findChild<BreakerCard *>(u"breaker-card-openai"_s);
    const auto said = [&] {
        QStringList lines;
        for (const Label *label : card->findChildren<Label *>())
            lines.append(label->text());
        return lines.join(u'|');
    };
    const auto &breakers = story.logbook().view().breakers;
    BreakerView quiet = *std::ranges::find(breakers, u"openai"_s, &BreakerView::name);
    QVERIFY(quiet.traffic.has());
    for (Shown<qint64> *counter : {&quiet.calls, &quiet.failed, &quiet.rejected})
        counter->value.reset();
    quiet.traffic.value.reset();
    quiet.errorShare.value.reset();
    card->showView(quiet);
    QVERIFY2(said().contains(u"no traffic"_s) && said().contains(u"no calls in the last minute"_s), qPrintable(said()));
    quiet.state.because.source = u"elsewhere"_s; // nobody counts there: not measured is not none
    card->showView(quiet);
    QVERIFY2(!said().contains(u"no traffic"_s) && said().contains(u"errors not reported"_s), qPrintable(said()));
}

void PagesTest::choosingABreakerShowsItAlone()
{
    Story story;
    story.live(2min);
    const OnScreen shown(PageId::Breakers, story);
    auto *card = shown.page->findChild<BreakerCard *>(u"breaker-card-stripe"_s);
    const auto *chart = shown.page->findChild<Card *>(u"breaker-calls-chart"_s);
    const QString all = chart->title();
    QTest::mouseClick(card, Qt::LeftButton, {}, QPoint(20, card->height() - 10));
    QVERIFY2(chart->title().contains(u"stripe"_s), qPrintable(chart->title()));
    QTest::keyClick(card, Qt::Key_Space);
    QCOMPARE(chart->title(), all);
}

void PagesTest::cacheCardTellsHitRateAgainstThreshold()
{
    Story story;
    Story::untilIncident(story);
    const OnScreen shown(PageId::Cache, story);
    const CacheView &contractor = story.logbook().view().caches.first();
    QCOMPARE(shown.value(u"cache-hits-contractor"_s)->text(), words::count(*contractor.hits));
    QCOMPARE(shown.value(u"cache-misses-contractor"_s)->text(), words::count(*contractor.misses));
    QCOMPARE(shown.value(u"cache-rate-contractor"_s)->text(), words::percent(*contractor.hitRate));
    QVERIFY(shown.text().contains(u"at least 80 %"_s) || shown.text().contains(words::percent(Share{0.8})));
    QVERIFY(!shown.visible(u"fallback-note"_s));
}

void PagesTest::fallbackIsSaidInWords()
{
    Story story;
    story.live(1min);
    story.setLimiterMode(LimiterMode::Memory);
    story.setFailing(u"redis"_s, goneRedis);
    story.live(1min);
    const OnScreen cache(PageId::Cache, story);
    QVERIFY(cache.visible(u"fallback-note"_s));
    const OnScreen limits(PageId::Limits, story);
    QCOMPARE(limits.value(u"limiter-mode"_s)->text(), words::say(LimiterMode::Memory));
    QVERIFY(limits.text().contains(u"Each process counts for itself"_s));
    story.setFailing(u"redis"_s, {}); // back, and nobody counts in it yet
    story.live(5s);
    const OnScreen back(PageId::Limits, story);
    auto *login = back.page->findChild<TierCard *>(u"tier-card-login"_s);
    QCOMPARE(login->findChild<GlyphLabel *>()->status(), Status::Unknown);
    QVERIFY2(back.text().contains(u"not counted in Redis"_s), qPrintable(back.text()));
    QVERIFY2(!back.text().contains(u"of 5"_s), qPrintable(back.text()));
}

void PagesTest::tiersAndCountersAreShownFullestFirst()
{
    Story story;
    Story::untilIncident(story);
    const OnScreen shown(PageId::Limits, story);
    const auto *table = shown.page->findChild<QTableView *>(u"limit-table"_s);
    QCOMPARE(table->model()->rowCount(), 8);
    QCOMPARE(table->model()->index(0, 0).data().toString(), u"login"_s);
    QCOMPARE(table->model()->index(0, 1).data().toString(), u"203.0.113.8"_s);
    const auto tiers = story.logbook().view().tiers;
    QCOMPARE(shown.value(u"tier-rejected-login"_s)->text(), words::count(*tiers.first().rejected));
    QCOMPARE(shown.value(u"tier-refused-login"_s)->text(), words::count(*tiers.first().refused));
    QCOMPARE(tiers.first().refused.status, Status::Degraded);
}

void PagesTest::countersKeepTheirPlaceWhileTheyCount()
{
    Story story;
    story.live(1min);
    const OnScreen shown(PageId::Limits, story);
    const QAbstractItemModel &model = *shown.page->findChild<QTableView *>(u"limit-table"_s)->model();
    const auto fills = [&] {
        QList<double> all;
        for (int row = 0; row < model.rowCount(); ++row)
            all.append(model.index(row, 5).data(SortRole).toDouble());
        return all;
    };
    const auto clients = [&] {
        QStringList all;
        for (int row = 0; row < model.rowCount(); ++row)
            all.append(model.index(row, 0).data().toString() + u' ' + model.index(row, 1).data().toString());
        return all;
    };
    const auto isSorted = [&] { return std::ranges::is_sorted(fills(), std::ranges::greater{}); };
    QVERIFY(isSorted());
    const QStringList before = clients();
    for (int i = 0; i < 200 && isSorted(); ++i) {
        story.live(5s);
        shown.page->refresh();
    }
    QVERIFY(!isSorted()); // else this shows nothing
    QCOMPARE(clients(), before);
    shown.page->hide();
    shown.page->show();
    QVERIFY(isSorted());
}

void PagesTest::counterTableFiltersByTyping()
{
    Story story;
    story.live(1min);
    const OnScreen shown(PageId::Limits, story);
    auto *table = shown.page->findChild<QTableView *>(u"limit-table"_s);
    auto *filter = shown.page->findChild<QLineEdit *>(u"limit-filter"_s);
    QTest::keyClicks(table, u"2"_s);
    QTest::keyClicks(filter, u"001:db8"_s);
    QCOMPARE(table->model()->rowCount(), 1);
    QCOMPARE(table->model()->index(0, 1).data().toString(), u"2001:db8:7::5"_s);
    QTest::keyClick(filter, Qt::Key_Escape);
    QCOMPARE(table->model()->rowCount(), 8);
}

void PagesTest::fourStatesAreToldApart()
{
    Story silent;
    const OnScreen notMeasured(PageId::Cache, silent);
    QCOMPARE(notMeasured.value(u"cache-hits-contractor"_s)->known(), Known::NotMeasured);
    QCOMPARE(notMeasured.value(u"cache-hits-contractor"_s)->text(), u"not measured"_s);

    Story story;
    story.live(1min);
    OnScreen shown(PageId::Limits, story);
    QCOMPARE(shown.value(u"tier-rejected-writes"_s)->known(), Known::Measured);
    QCOMPARE(shown.value(u"tier-rejected-writes"_s)->text(), u"0"_s);

    const OnScreen stale(PageId::Cache, story);
    const QString rate = stale.value(u"cache-rate-pricing"_s)->text();
    story.setFailing(u"redis"_s, goneRedis);
    story.live(1min);
    stale.page->refresh();
    QCOMPARE(stale.value(u"cache-rate-pricing"_s)->known(), Known::Stale);
    QVERIFY2(stale.value(u"cache-rate-pricing"_s)->text().startsWith(rate + u" as of "_s),
             qPrintable(stale.value(u"cache-rate-pricing"_s)->text()));

    Story locked;
    locked.setFailing(u"redis"_s, wrongPassword);
    locked.live(10s);
    const OnScreen refused(PageId::Cache, locked);
    QCOMPARE(refused.value(u"cache-hits-contractor"_s)->known(), Known::Refused);
    QCOMPARE(refused.value(u"cache-hits-contractor"_s)->text(), u"Refused"_s);
}

void PagesTest::failingSourceIsNamedBesideTheLastGoodData()
{
    Story story;
    story.live(2min);
    const qint64 hits = *story.logbook().view().caches.first().hits;
    story.setFailing(u"redis"_s, goneRedis);
    story.live(1min);
    for (const PageId id : {PageId::Overview, PageId::Cache, PageId::Limits}) {
        const OnScreen shown(id, story);
        // Overview's own list of sources says it; a notice would say it twice.
        QCOMPARE(shown.visible(u"page-notice"_s), id != PageId::Overview);
        QVERIFY2(shown.text().contains(u"connection refused"_s), qPrintable(shown.text()));
        const auto notices = shown.page->notices();
        QCOMPARE(notices.size(), 1);
        QCOMPARE(notices.first().subject, u"redis"_s);
        QVERIFY(notices.first().where.startsWith(u"127.0.0.1:6379"_s));
        QVERIFY(!notices.first().advice.isEmpty());
    }
    const OnScreen cache(PageId::Cache, story);
    QCOMPARE(cache.value(u"cache-hits-contractor"_s)->text(), words::count(hits));
    const OnScreen breakers(PageId::Breakers, story);
    QVERIFY2(!breakers.visible(u"page-notice"_s), "Redis tells nothing of breakers");

    story.setFailing(u"redis"_s, {});
    story.live(5s);
    cache.page->refresh();
    QVERIFY(!cache.visible(u"page-notice"_s));
    QCOMPARE(cache.value(u"cache-hits-contractor"_s)->known(), Known::Measured);
}

void PagesTest::refusedPartIsNamed()
{
    Story story;
    story.setLimitsRefused(true);
    story.live(1min);
    const OnScreen limits(PageId::Limits, story);
    QVERIFY(limits.visible(u"page-notice"_s));
    QVERIFY(!limits.visible(u"limit-table"_s));
    QCOMPARE(limits.value(u"tier-rejected-login"_s)->known(), Known::Measured);
    const OnScreen cache(PageId::Cache, story);
    QVERIFY2(!cache.visible(u"page-notice"_s), "what is refused is not about the cache");
}

void PagesTest::absentThingsAreSaidToBeAbsent()
{
    Profile profile = storyProfile();
    profile.breakers.clear();
    profile.caches.clear();
    profile.tiers.clear();
    Story story(profile); // not a word from any source yet
    QVERIFY(OnScreen(PageId::Breakers, story).visible(u"breakers-empty"_s));
    QVERIFY(OnScreen(PageId::Cache, story).visible(u"cache-empty"_s));
    QVERIFY(OnScreen(PageId::Limits, story).visible(u"limits-empty"_s));
    story.live(5s);
    QVERIFY(!OnScreen(PageId::Breakers, story).visible(u"breakers-empty"_s));
}

void PagesTest::keyWAsksWhy()
{
    Story story;
    Story::untilIncident(story);
    const OnScreen shown(PageId::Breakers, story);
    QSignalSpy asked(shown.page.get(), &DeploymentPage::whyRequested);
    QTest::keyClick(shown.value(u"breaker-state-openai"_s), Qt::Key_W);
    QCOMPARE(asked.size(), 1);
    const auto because = asked.first().first().value<Because>();
    QCOMPARE(because.source, u"health"_s);
    QCOMPARE(because.origin.pointer, u"/circuit_breakers/openai/state"_s);
    QCOMPARE(asked.first().last().toString(), u"openai, state: Open"_s);
}

void PagesTest::keyWAsksWhyInTheTable()
{
    Story story;
    story.live(1min);
    const OnScreen shown(PageId::Limits, story);
    QSignalSpy asked(shown.page.get(), &DeploymentPage::whyRequested);
    auto *table = shown.page->findChild<QTableView *>(u"limit-table"_s);
    for (int column = 0; column < table->model()->columnCount(); ++column) {
        const QModelIndex index = table->model()->index(0, column);
        if (!table->isColumnHidden(column) && index.data(BecauseRole).isValid()) {
            table->setCurrentIndex(index);
            break;
        }
    }
    QTest::keyClick(table, Qt::Key_W);
    QCOMPARE(asked.size(), 1);
    QVERIFY(table->model()->rowCount() > 1); // and did not filter by "w"
}

void PagesTest::whatADeploymentSaysIsShownAsItStands()
{
    Story story;
    const QString hostile = u"<img src=x> & <b>local</b>"_s;
    story.setStorageDetail(hostile);
    story.live(10s);
    const OnScreen shown(PageId::Overview, story);
    const ValueLabel *detail = shown.value(u"health-detail-storage"_s);
    QCOMPARE(detail->text(), hostile);
    QVERIFY(!detail->toolTip().contains(u"<img"_s));
    QVERIFY(detail->toolTip().contains(hostile.toHtmlEscaped()));
}

void PagesTest::nothingIsClipped_data()
{
    QTest::addColumn<PageId>("id");
    QTest::addColumn<QString>("state");
    QTest::addColumn<QSize>("size");
    for (const PageId id : allPages) {
        for (const QString &state : {u"healthy"_s, u"incident"_s, u"gone"_s}) {
            for (const QSize size : {QSize(1056, 752), QSize(1696, 1032)})
                QTest::addRow("page %d %s %d", static_cast<int>(id), qPrintable(state), size.width())
                    << id << state << size;
        }
    }
}

void PagesTest::nothingIsClipped()
{
    QFETCH(const PageId, id);
    QFETCH(const QString, state);
    QFETCH(const QSize, size);
    Story story;
    if (state == "healthy"_L1)
        story.live(5min);
    else
        Story::untilIncident(story);
    if (state == "gone"_L1) {
        story.setLimiterMode(LimiterMode::Memory);
        story.setFailing(u"redis"_s, goneRedis);
        story.live(2min);
    }
    const OnScreen shown(id, story, size);
    QCOMPARE(shown.page->findChild<QScrollArea *>()->horizontalScrollBar()->maximum(), 0);
    for (const ValueLabel *value : shown.page->findChildren<ValueLabel *>()) {
        const bool isShort = value->text() == u"–"_s; // of "not measured"
        if (!value->isVisible() || value->hasHeightForWidth() || value->mayElide() || isShort)
            continue;
        QVERIFY2(
            value->width() >= value->sizeHint().width() && value->height() >= value->minimumSizeHint().height(),
            qPrintable(
                u"%1: %2 of %3 px"_s.arg(value->accessibleName()).arg(value->width()).arg(value->sizeHint().width())));
    }
    for (const Card *card : shown.page->findChildren<Card *>()) {
        const int needed =
            card->hasHeightForWidth() ? card->heightForWidth(card->width()) : card->minimumSizeHint().height();
        QVERIFY2(!card->isVisible() || card->height() >= needed, qPrintable(card->objectName()));
    }
}

void PagesTest::whatIsLongIsWrapped_data()
{
    QTest::addColumn<QSize>("size");
    QTest::addColumn<double>("textScale");
    QTest::newRow("smallest") << QSize(1056, 752) << 1.0;
    QTest::newRow("large") << QSize(1696, 1032) << 1.0;
    QTest::newRow("large text") << QSize(1472, 936) << 2.0;
}

void PagesTest::whatIsLongIsWrapped()
{
    QFETCH(const QSize, size);
    QFETCH(const double, textScale);
    Story story;
    Story::untilIncident(story);
    story.setStorageDetail(u"s3 in eu-west-1, the bucket of the invoices, reached by way of the gateway"_s);
    story.setFailing(u"redis"_s, Error{ErrorCode::ServerError,
                                       u"no Sentinel of the three tells who is master of the set “quoted-master”: "
                                       "127.0.0.1:28013 refuses connections"_s,
                                       u"127.0.0.1:28013"_s});
    story.live(1min);
    const auto isWhole = [](const Label *label) {
        return label->width() >= label->sizeHint().width() || label->heightForWidth(label->width()) <= label->height();
    };
    for (const PageId id : {PageId::Overview, PageId::Cache}) {
        const OnScreen shown(id, story, size, textScale);
        QList<const Label *> long_;
        for (const QString &name : {u"events-card"_s, u"health-card"_s, u"page-notice"_s}) {
            const auto *part = shown.page->findChild<QWidget *>(name);
            for (const Label *label : part && part->isVisible() ? part->findChildren<Label *>() : QList<Label *>()) {
                if (label->isVisible())
                    long_.append(label);
            }
        }
        QVERIFY(!long_.isEmpty());
        for (const Label *label : std::as_const(long_)) {
            QVERIFY2(
                isWhole(label) && (label->hasHeightForWidth() || label->width() >= label->sizeHint().width()),
                qPrintable(u"%1: %2 of %3 px"_s.arg(label->text()).arg(label->width()).arg(label->sizeHint().width())));
            // as many lines as it may have are enough
            QVERIFY2(!label->isElided(), qPrintable(label->text()));
        }
    }
}

void PagesTest::aRowGrowsAsWhatStandsBesideItDoes()
{
    Story story;
    story.live(5min);
    const OnScreen shown(PageId::Overview, story);
    FittingRows list(1, 6);
    auto *row = new QWidget;
    auto *name = new Label(shown.theme, TextSize::Body, false, row);
    name->setWordWrap(2);
    name->setText(u"reads · 203.0.113.10"_s);
    auto *beside = new ValueLabel(*shown.page, TextSize::Caption, false, row);
    auto *texts = new QHBoxLayout;
    texts->addWidget(name, 1);
    texts->addWidget(beside);
    auto *column = new QVBoxLayout(row);
    column->setContentsMargins(0, 0, 0, 0);
    column->addLayout(texts);
    list.add(row);
    list.setWanted(1);
    beside->say(Spoken{.text = u"3 s"_s}, {.kind = Freshness::Kind::Fresh, .since = {}, .error = {}});
    list.resize(name->sizeHint().width() + beside->sizeHint().width() + 20, 200);
    list.show();
    QVERIFY(QTest::qWaitForWindowExposed(&list));
    const int line = QFontMetrics(shown.theme.font(TextSize::Body)).height();
    QTRY_VERIFY(row->height() < 2 * line);
    beside->say(Spoken{.text = u"window is over"_s}, {.kind = Freshness::Kind::Fresh, .since = {}, .error = {}});
    QTRY_VERIFY2(name->height() >= name->heightForWidth(name->width()) && name->height() >= 2 * line,
                 qPrintable(QString::number(name->height())));
}

void PagesTest::fullLimitsAreReadWholeAsTheyChange()
{
    Story story;
    story.live(5min);
    const OnScreen shown(PageId::Overview, story, {960, 752});
    const auto *card = shown.page->findChild<Card *>(u"limits-card"_s);
    for (int step = 0; step < 40; ++step) {
        story.live(5s);
        story.logbook().tick();
        shown.page->refresh();
        QCoreApplication::processEvents();
        for (const Label *label : card->findChildren<Label *>()) {
            QVERIFY2(!label->isVisible() || !label->hasHeightForWidth() ||
                         label->height() >= label->heightForWidth(label->width()),
                     qPrintable(u"%1, step %2: %3 px"_s.arg(label->text()).arg(step).arg(label->height())));
        }
    }
}

void PagesTest::rowsOfDifferentHeightsLieBelowEachOther()
{
    const Theme theme(Scheme::Light);
    FittingRows rows(2, 6);
    for (const QString &text : {u"short"_s, u"a sentence that is much too long for one line of so narrow a list"_s,
                                u"short again"_s, u"last"_s}) {
        auto *label = new Label(theme, TextSize::Body, false);
        label->setWordWrap(4);
        label->setText(text);
        rows.add(label);
    }
    rows.setWanted(4);
    const int line = QFontMetrics(theme.font(TextSize::Body)).height();
    rows.resize(160, 7 * line);
    rows.show();
    QVERIFY(QTest::qWaitForWindowExposed(&rows));
    const auto labels = rows.findChildren<Label *>();
    QVERIFY(rows.shownCount() >= 2);
    QVERIFY(labels.at(1)->height() > line);
    for (qsizetype i = 0; i < rows.shownCount(); ++i) {
        QVERIFY(rows.rect().contains(labels.at(i)->geometry()));
        QCOMPARE(labels.at(i)->height(), labels.at(i)->heightForWidth(160));
        QVERIFY(i == 0 || labels.at(i)->y() > labels.at(i - 1)->geometry().bottom());
    }
    rows.resize(160, line + 2);
    QCOMPARE(rows.shownCount(), 1); // what does not fit whole does not stand there
    QVERIFY(!labels.at(1)->isVisible());
}

void PagesTest::nothingIsRepaintedWhenNothingChanged()
{
    Story story;
    story.live(5min);
    for (const PageId id : allPages) {
        const OnScreen shown(id, story);
        QCoreApplication::processEvents();
        shown.page->refresh();
        QCoreApplication::processEvents();
        PaintCounter painted(shown.page.get());
        shown.page->refresh();
        shown.page->setRange(story.last());
        QCoreApplication::processEvents();
        QVERIFY2(painted.count == 0, qPrintable(u"page %1: %2"_s.arg(static_cast<int>(id)).arg(painted.count)));
    }
}

void PagesTest::overviewFitsTheSmallestWindow_data()
{
    QTest::addColumn<bool>("gone");
    QTest::newRow("healthy") << false;
    QTest::newRow("with a notice") << true;
}

void PagesTest::overviewFitsTheSmallestWindow()
{
    QFETCH(const bool, gone);
    Story story;
    story.live(5min);
    if (gone)
        story.setFailing(u"redis"_s, goneRedis);
    story.live(1min);
    for (const QSize size : {QSize(1056, 752), QSize(1696, 1032)}) {
        const OnScreen shown(PageId::Overview, story, size);
        QCOMPARE(shown.page->findChild<QScrollArea *>()->verticalScrollBar()->maximum(), 0);
        const auto card = [&](const QString &name) { return shown.page->findChild<Card *>(name)->geometry(); };
        const QRect tree = card(u"health-card"_s);
        QCOMPARE(tree.top(), card(u"requests-chart"_s).top());
        QCOMPARE(tree.top(), card(u"errors-chart"_s).top());
        QCOMPARE(tree.bottom(), card(u"latency-chart"_s).bottom());
        QCOMPARE(tree.bottom(), card(u"hit-rate-chart"_s).bottom());
        const QRect events = card(u"events-card"_s);
        for (const QString &name : {u"limits-card"_s, u"sources-card"_s}) {
            QCOMPARE(events.top(), card(name).top());
            QCOMPARE(events.bottom(), card(name).bottom());
        }
        QCOMPARE(tree.right(), events.right());
        QCOMPARE(card(u"requests-chart"_s).left(), card(u"limits-card"_s).left());
        QCOMPARE(card(u"errors-chart"_s).right(), card(u"sources-card"_s).right());
    }
}

void PagesTest::largeTextIsNotCut_data()
{
    QTest::addColumn<PageId>("id");
    for (const PageId id : allPages)
        QTest::addRow("page %d", static_cast<int>(id)) << id;
}

void PagesTest::largeTextIsNotCut()
{
    QFETCH(const PageId, id);
    Story story;
    Story::untilIncident(story);
    const OnScreen shown(id, story, {1056, 752}, 2.0);
    for (const Card *card : shown.page->findChildren<Card *>()) {
        if (!card->isVisible())
            continue;
        const int needed = card->hasHeightForWidth() ? card->heightForWidth(card->width()) : 0;
        QVERIFY2(card->height() >= std::max(needed, card->minimumSizeHint().height()), qPrintable(card->objectName()));
        QVERIFY2(card->width() >= card->minimumSizeHint().width(), qPrintable(card->objectName()));
    }
    QCOMPARE(shown.page->findChild<QScrollArea *>()->horizontalScrollBar()->maximum(), 0);
}

void PagesTest::aCardShowsAsManyRowsAsFit()
{
    Story story;
    Story::untilIncident(story);
    const auto rows = [&](QSize size) {
        const OnScreen shown(PageId::Overview, story, size);
        const auto *list = shown.page->findChild<Card *>(u"limits-card"_s)->findChild<FittingRows *>();
        for (const QWidget *row : list->findChildren<QWidget *>(Qt::FindDirectChildrenOnly)) {
            if (row->isVisible() && !list->rect().contains(row->geometry()))
                return -1;
        }
        return list->shownCount();
    };
    QVERIFY2(rows({1056, 752}) >= 4, qPrintable(QString::number(rows({1056, 752}))));
    QVERIFY2(rows({1696, 1032}) > rows({1056, 752}), qPrintable(QString::number(rows({1696, 1032}))));
}

void PagesTest::serverIsDescribedOnce()
{
    DeploymentView view;
    view.database.fact.emplace();
    view.database.fact->version.value = u"15.20 (Debian 15.20-0+deb12u1)"_s;
    view.database.fact->connections.value = 9;
    view.database.fact->maxConnections.value = 100;
    view.health = {{.path = u"database"_s, .depth = 1}, {.path = u"liveness/database"_s, .depth = 2}};
    QCOMPARE(detailOf(view.health[0], view), u"9 of 100 connections"_s);
    view.health[0].detail.value = u"postgresql"_s;
    QCOMPARE(detailOf(view.health[0], view), u"9 of 100 connections"_s);
    view.database.fact->maxConnections = {};
    QCOMPARE(detailOf(view.health[0], view), u"PostgreSQL 15.20"_s);
    QCOMPARE(detailOf(view.health[1], view), QString());
    view.health = {{.path = u"liveness/database"_s, .depth = 2}};
    QVERIFY(!detailOf(view.health[0], view).isEmpty());
}

void PagesTest::oldFiguresOfAServerGiveWayToItsError()
{
    Story story;
    story.live(1min);
    story.setFailing(u"redis"_s, goneRedis);
    story.setFailing(u"postgresql"_s, Error{ErrorCode::Timeout, {}, u"127.0.0.1:5432"_s});
    story.live(1min);
    const DeploymentView &view = story.logbook().view();
    HealthView check{.path = u"cache"_s, .depth = 1};
    const QString redis = detailOf(check, view);
    QVERIFY2(redis.startsWith(u"connection refused since "_s), qPrintable(redis));
    check.path = u"database"_s;
    const QString database = detailOf(check, view);
    QVERIFY2(database.startsWith(u"no complete answer in time since "_s), qPrintable(database));
}

void PagesTest::anOpenBreakerHasNoLatency()
{
    Story story;
    Story::untilIncident(story);
    const OnScreen shown(PageId::Overview, story);
    QCOMPARE(shown.value(u"health-latency-external/openai"_s)->text(), u"–"_s);
    QVERIFY(shown.value(u"health-latency-external/anthropic"_s)->text() != u"–"_s);
}

void PagesTest::glyphOfAnOpenBreakerIsRed()
{
    Story story;
    story.live(2min);
    const OnScreen shown(PageId::Breakers, story);
    auto *card = shown.page->findChild<BreakerCard *>(u"breaker-card-openai"_s);
    BreakerView view = *std::ranges::find(story.logbook().view().breakers, u"openai"_s, &BreakerView::name);
    QCOMPARE(*view.state, BreakerState::Closed);
    QVERIFY(pixels(card, isGreen) > 0);
    QCOMPARE(pixels(card, isRed), 0);
    view.state.value = BreakerState::Open;
    view.errorShare.value = Share{0};
    card->showView(view);
    QVERIFY(pixels(card, isRed) > 0);
    QCOMPARE(pixels(card, isGreen), 0);
}

void PagesTest::glyphOfAStaleBreakerIsHollow()
{
    Story story;
    story.live(2min);
    const OnScreen shown(PageId::Breakers, story);
    auto *card = shown.page->findChild<BreakerCard *>(u"breaker-card-openai"_s);
    BreakerView view = *std::ranges::find(story.logbook().view().breakers, u"openai"_s, &BreakerView::name);
    view.freshness.kind = Freshness::Kind::Stale;
    card->showView(view);
    QCOMPARE(pixels(card, isGreen), 0);
    const QString said = card->findChild<BreakerGlyph *>()->accessibleName();
    QVERIFY2(said.contains(u"No data since"_s), qPrintable(said));
}

void PagesTest::bannerTellsAsManyReasonsAsFit()
{
    Story story;
    Story::untilIncident(story);
    story.setLimiterMode(LimiterMode::Memory);
    story.setFailing(u"redis"_s, goneRedis);
    story.setFailing(u"postgresql"_s, Error{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:5432"_s});
    story.live(30s);
    const DeploymentView &view = story.logbook().view();
    const OnScreen wide(PageId::Overview, story, {2400, 1032});
    const auto *sentence = wide.page->findChild<Label *>(u"status-sentence"_s);
    QCOMPARE(sentence->text(), words::headline(view, view.reasons.size()));
    QVERIFY(sentence->toolTip().startsWith(words::headline(view, view.reasons.size())));
    QVERIFY2(sentence->toolTip().contains(goneRedis.where), "where it fails and what to try");

    const OnScreen narrow(PageId::Overview, story, {560, 752});
    sentence = narrow.page->findChild<Label *>(u"status-sentence"_s);
    QVERIFY2(sentence->text().contains(QRegularExpression(u"; and \\d more$"_s)), qPrintable(sentence->text()));
}

void PagesTest::failingSourceSaysSinceWhen()
{
    Story story;
    story.live(1min);
    story.setFailing(u"redis"_s, goneRedis);
    story.live(1min);
    const OnScreen shown(PageId::Overview, story);
    const auto *said = shown.page->findChild<Label *>(u"source-freshness-redis"_s);
    QVERIFY(said->text().startsWith(u"No data since"_s));
    QVERIFY2(said->width() >= said->sizeHint().width(),
             qPrintable(u"%1 of %2 px"_s.arg(said->width()).arg(said->sizeHint().width())));
}

void PagesTest::agesAreReadWhole()
{
    const auto isWhole = [](const Label *label, const Theme &theme) {
        return label->width() >= QFontMetrics(theme.font(TextSize::Caption)).horizontalAdvance(label->text());
    };
    Story story;
    story.setLimiterMode(LimiterMode::FailingOpen);
    story.live(2min);
    for (const auto &source : {u"redis"_s, u"health"_s})
        story.setFailing(source, goneRedis);
    story.live(1min);
    int seen = 0;
    for (const PageId id : {PageId::Overview, PageId::Breakers, PageId::Limits}) {
        const OnScreen shown(id, story);
        for (const Label *label : shown.page->findChildren<Label *>()) {
            const QString text = label->text();
            if (!label->isVisible() || !(text.startsWith(u"as of "_s) || text.startsWith(u"No data since "_s)))
                continue;
            ++seen;
            QVERIFY2(isWhole(label, shown.theme), qPrintable(u"%1: %2 px"_s.arg(text).arg(label->width())));
        }
    }
    QVERIFY2(seen >= 8, qPrintable(QString::number(seen)));
    const OnScreen cache(PageId::Cache, story);
    QVERIFY2(cache.value(u"cache-keys-contractor"_s)->text().contains(u" as of "_s),
             qPrintable(cache.value(u"cache-keys-contractor"_s)->text()));
    const OnScreen breakers(PageId::Breakers, story);
    const auto *card = breakers.page->findChild<BreakerCard *>(u"breaker-card-anthropic"_s);
    const auto labels = card->findChildren<Label *>();
    QVERIFY(std::ranges::any_of(labels,
                                [](const Label *l) { return l->isVisible() && l->text().startsWith(u"as of "_s); }));
}

void PagesTest::sourceThatNeverAnsweredIsNotMeasured()
{
    Story story;
    story.setFailing(u"redis"_s, goneRedis);
    story.live(1min);
    const OnScreen shown(PageId::Overview, story);
    QCOMPARE(shown.page->findChild<Label *>(u"source-freshness-redis"_s)->text(), u"not measured"_s);
    QVERIFY(shown.page->findChild<Label *>(u"source-error-redis"_s)->text().startsWith(u"connection refused"_s));
    const HealthView check{.path = u"cache"_s, .depth = 1};
    QCOMPARE(detailOf(check, story.logbook().view()), u"not measured: connection refused"_s);
    const OnScreen cache(PageId::Cache, story);
    const ValueLabel *hits = cache.value(u"cache-hits-contractor"_s);
    QCOMPARE(hits->text(), u"not measured"_s);
    QVERIFY2(hits->toolTip().contains(u"not measured: connection refused"_s), qPrintable(hits->toolTip()));
}

void PagesTest::hitRateIsOfTheLowestGroup()
{
    DeploymentView view;
    QCOMPARE(tellingGroup(view, {}), nullptr);
    view.caches.resize(2);
    view.caches[0].group = u"contractor"_s;
    view.caches[1].group = u"templates"_s;
    QCOMPARE(tellingGroup(view, {})->group, u"contractor"_s);
    view.caches[0].hitRate.value = Share{0.90};
    view.caches[1].hitRate.value = Share{0.89};
    QCOMPARE(tellingGroup(view, {})->group, u"templates"_s);
    QCOMPARE(tellingGroup(view, u"contractor"_s)->group, u"contractor"_s); // not for a point
    view.caches[1].hitRate.value = Share{0.86};
    QCOMPARE(tellingGroup(view, u"contractor"_s)->group, u"templates"_s);
    view.caches[1].hitRate.value.reset();
    QCOMPARE(tellingGroup(view, u"templates"_s)->group, u"contractor"_s);
}

void PagesTest::aBreakersEchoIsNotNews()
{
    Story story;
    Story::untilIncident(story);
    const OnScreen shown(PageId::Overview, story, {1696, 1032});
    QStringList lines;
    for (const Label *label : shown.page->findChild<Card *>(u"events-card"_s)->findChildren<Label *>()) {
        if (label->isVisible())
            lines.append(label->text());
    }
    QVERIFY2(!lines.filter(u"openai breaker"_s).isEmpty(), qPrintable(lines.join(u"\n"_s)));
    QVERIFY2(lines.filter(u"external/openai"_s).isEmpty(), qPrintable(lines.join(u'\n')));
}

void PagesTest::noMoreIsClaimedThanWasWatched()
{
    Story story;
    story.live(2min);
    const OnScreen shown(PageId::Overview, story);
    const QString began = words::shortTime(*story.logbook().view().watchedSince);
    QVERIFY2(shown.text().contains(u"Nothing since %1, when watching began."_s.arg(began)), qPrintable(shown.text()));
    shown.page->setRange(story.last(1min));
    QVERIFY2(shown.text().contains(u"Nothing in the last 1 min."_s), qPrintable(shown.text()));
}

void PagesTest::staleCountdownIsNotZero()
{
    Story story;
    story.live(2min);
    OnScreen shown(PageId::Limits, story);
    const auto *table = shown.page->findChild<QTableView *>(u"limit-table"_s);
    const QModelIndex resets = table->model()->index(0, table->model()->columnCount() - 1);
    QVERIFY2(resets.data().toString().endsWith(u" s"_s) || resets.data().toString().endsWith(u" min"_s),
             qPrintable(resets.data().toString()));
    story.setFailing(u"redis"_s, goneRedis);
    story.live(5min);
    shown.page->refresh();
    QCOMPARE(resets.data().toString(), u"–"_s);
    QVERIFY(resets.data(Qt::ToolTipRole).toString().contains(u"cannot be read"_s));
}

void PagesTest::clientsAreReadableInTheTable()
{
    Story story;
    story.live(1min);
    const OnScreen shown(PageId::Limits, story, {1696, 1032});
    const auto *table = shown.page->findChild<QTableView *>(u"limit-table"_s);
    const auto client = [&] {
        return table->columnWidth(1) - 24 - table->fontMetrics().horizontalAdvance(u"203.0.113.8"_s);
    };
    QVERIFY(client() >= 0);
    shown.page->resize(1056, 752);
    QTRY_VERIFY(table->width() < 700);
    QTRY_VERIFY2(client() >= 0, qPrintable(QString::number(client())));
}

void PagesTest::tiersAreWholeInTheTable()
{
    Profile profile = storyProfile();
    profile.tiers.last().name = u"enterprise hourly"_s;
    Story story(profile);
    story.live(1min);
    const OnScreen shown(PageId::Limits, story);
    const auto *table = shown.page->findChild<QTableView *>(u"limit-table"_s);
    QVERIFY(table->columnWidth(0) - 16 >= table->fontMetrics().horizontalAdvance(u"enterprise hourly"_s));
}

void PagesTest::healthRowsKeepTheirHeight()
{
    Story story;
    story.live(1min);
    const OnScreen shown(PageId::Overview, story, {1696, 1400});
    const auto top = [&](const QString &path) {
        return shown.value(u"health-latency-"_s + path)->mapTo(shown.page.get(), QPoint()).y();
    };
    QStringList paths;
    for (const HealthView &check : withoutRepeats(story.logbook().view().health))
        paths.append(check.path);
    QVERIFY(paths.size() > 3);
    QVERIFY(top(paths[2]) > top(paths[1]));
    QVERIFY2(top(paths.last()) - top(paths[1]) <= 32 * (paths.size() - 2),
             qPrintable(QString::number(top(paths.last()) - top(paths[1]))));
}

void PagesTest::whatTheProfileExcludesIsNotAvailableHere()
{
    Profile profile = storyProfile();
    profile.breakers.clear();
    profile.caches.clear();
    profile.tiers.clear();
    profile.unavailable = {u"breakers"_s, u"cache"_s, u"limits"_s};
    Story story(profile);
    for (const PageId id : {PageId::Breakers, PageId::Cache, PageId::Limits}) {
        const OnScreen shown(id, story);
        QVERIFY2(shown.text().contains(u"Not available here"_s), qPrintable(shown.text()));
    }
    QVERIFY(OnScreen(PageId::Overview, story).text().contains(u"Not available here"_s));
    const Profile silent = [] {
        Profile without = storyProfile();
        without.breakers.clear();
        return without;
    }();
    Story other(silent);
    QVERIFY(!OnScreen(PageId::Breakers, other).text().contains(u"Not available here"_s));
}

void PagesTest::noticeIsShortUntilAsked()
{
    Story story;
    story.live(1min);
    story.setFailing(u"redis"_s, goneRedis);
    story.live(1min);
    const OnScreen shown(PageId::Cache, story);
    const auto *notice = shown.page->findChild<PageNotice *>();
    QVERIFY2(shown.text().contains(notice->notices().first().advice), qPrintable(shown.text()));
    auto *details = notice->findChild<QToolButton *>(u"page-notice-details"_s);
    QVERIFY(!details->isVisible()); // all is said
    const QString question = u"Is the server running on that host?"_s;
    story.setFailing(u"postgresql"_s, Error{ErrorCode::Unreachable,
                                            u"connection to server at \"127.0.0.1\", port 5432 failed: Connection "
                                            "refused "_s +
                                                question,
                                            u"127.0.0.1:5432"_s});
    story.live(1min);
    const OnScreen two(PageId::Data, story);
    notice = two.page->findChild<PageNotice *>();
    details = notice->findChild<QToolButton *>(u"page-notice-details"_s);
    QVERIFY(details->isVisible());
    QVERIFY(!two.text().contains(question));
    // Two that have the same advice say it once.
    QCOMPARE(notice->notices().at(0).advice, notice->notices().at(1).advice);
    int said = 0;
    for (const Label *label : notice->findChildren<Label *>())
        said += label->text().contains(notice->notices().first().advice) ? 1 : 0;
    QCOMPARE(said, 1);
    QTest::mouseClick(details, Qt::LeftButton);
    QTRY_VERIFY(two.text().contains(question));
    QTest::mouseClick(details, Qt::LeftButton);
    QTRY_VERIFY(!two.text().contains(question));
}

void PagesTest::anErrorIsSaidInAFewWords()
{
    const QString libpq = u"connection to server at \"127.0.0.1\", port 5432 failed: Connection refused Is the server "
                          "running on that host and accepting TCP/IP connections?"_s;
    QCOMPARE(shortly(libpq), u"Connection refused"_s);
    QCOMPARE(shortly(u"wrong password (WRONGPASS)"_s), u"wrong password (WRONGPASS)"_s);
    Story story;
    story.live(1min);
    story.setFailing(u"postgresql"_s, Error{ErrorCode::Unreachable, libpq, u"127.0.0.1:5432"_s});
    story.live(1min);
    const OnScreen shown(PageId::Overview, story);
    const auto *said = shown.page->findChild<Label *>(u"source-error-postgresql"_s);
    QCOMPARE(said->text(), u"Connection refused · 127.0.0.1:5432"_s);
    QVERIFY(said->toolTip().startsWith(libpq));
    QVERIFY2(shown.text().contains(u"postgresql lost: Connection refused\n"_s), qPrintable(shown.text()));
    const QString http = u"127.0.0.1:8000 refuses connections"_s;
    story.setFailing(u"health"_s, Error{ErrorCode::Unreachable, http, u"http://127.0.0.1:8000/health"_s});
    story.live(1min);
    const OnScreen again(PageId::Overview, story);
    QCOMPARE(again.page->findChild<Label *>(u"source-error-health"_s)->text(), http); // its address once
    QVERIFY(!shown.text().contains(u"Is the server"_s));
    // What a source that is well does not have is one short line.
    DeploymentView view = story.logbook().view();
    const auto redis = std::ranges::find(view.sources, u"redis"_s, &SourceView::id);
    redis->refusals = {{u"deploy/list"_s,
                        Error{ErrorCode::Unsupported, u"it keeps no list; told is what there is"_s, u"/srv/a.yaml"_s}}};
    again.page->findChild<SourcesCard *>()->showView(view);
    const auto *note = again.page->findChild<Label *>(u"source-error-redis"_s);
    QCOMPARE(note->text(), u"it keeps no list"_s);
    QVERIFY2(note->toolTip().contains(u"told is what there is"_s) && note->toolTip().contains(u"/srv/a.yaml"_s),
             qPrintable(note->toolTip()));
}

void PagesTest::aFormulaEndsWithItsValue()
{
    Story story;
    Story::untilIncident(story);
    const OnScreen shown(PageId::Cache, story);
    QSignalSpy asked(shown.page.get(), &DeploymentPage::whyRequested);
    auto *rate = shown.value(u"cache-rate-contractor"_s);
    QTest::keyClick(rate, Qt::Key_W);
    QCOMPARE(asked.size(), 1);
    const QString formula = asked.first().first().value<Because>().formula;
    QVERIFY2(formula.endsWith(u" = "_s + rate->text()), qPrintable(formula));
    const QString label = asked.first().last().toString();
    QVERIFY2(label.endsWith(u": "_s + rate->text()), qPrintable(label));
}

void PagesTest::aLimiterAtWorkIsAmber()
{
    Story story;
    Story::untilIncident(story);
    DeploymentView view = story.logbook().view();
    const auto red = [&](Status deployment) {
        view.status = deployment;
        const OnScreen shown(PageId::Limits, story);
        auto *card = shown.page->findChild<TierCard *>(u"tier-card-login"_s);
        card->showView(*std::ranges::find(view.tiers, u"login"_s, &TierView::tier), view);
        const QImage image = card->grab().toImage();
        int count = 0;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x)
                count += image.pixelColor(x, y) == shown.theme.colours().down ? 1 : 0;
        }
        return count;
    };
    QCOMPARE(red(Status::Ok), 0);
    QCOMPARE(red(Status::Degraded), 0);
    QVERIFY(red(Status::Down) > 0);
}

void PagesTest::whatRedisCountedIsNotWhoIsLimitedElsewhere()
{
    Story story;
    story.live(1min);
    const OnScreen shown(PageId::Overview, story);
    auto *card = shown.page->findChild<LimitsCard *>();
    const auto said = [card] {
        QStringList lines;
        for (const Label *label : card->findChildren<Label *>()) {
            if (label->isVisible())
                lines.append(label->text());
        }
        return lines.join(u'\n');
    };
    DeploymentView view = story.logbook().view();
    const QString client = view.limits.first().client;
    QVERIFY2(said().contains(client), qPrintable(said()));
    view.limiter.freshness = {.kind = Freshness::Kind::Fresh, .since = view.at, .error = {}};
    view.limiter.mode.value = LimiterMode::Memory;
    card->showView(view);
    QVERIFY2(!said().contains(client), qPrintable(said()));
    QVERIFY(said().contains(u"not known while the service counts in its own memory"_s));
    view.limiter.mode.value = LimiterMode::Redis;
    card->showView(view);
    QVERIFY(said().contains(client));
}

void PagesTest::aDeadServiceDoesNotAnswer()
{
    DeploymentView view;
    view.at = Instant(1h);
    view.sources = {{.id = u"health"_s, .latency = Millis{5.3}}};
    HealthView whole{.freshness = {.kind = Freshness::Kind::Fresh, .since = view.at, .error = {}}};
    whole.level.value = Level::Ok;
    whole.level.because.source = u"health"_s;
    whole.word.value = u"healthy"_s;
    QCOMPARE(detailOf(whole, view), u"answered in 5.3 ms"_s);
    whole.status = Status::Unknown;
    whole.freshness = {.kind = Freshness::Kind::Stale, .since = Instant(50min), .error = goneRedis};
    QCOMPARE(detailOf(whole, view), u"was healthy at %1"_s.arg(words::shortTime(Instant(50min), view.at)));
}

void PagesTest::aLatencyWhileOpenIsAGap()
{
    const Column said{.at = {}, .first = 310, .min = 310, .max = 310, .last = 310, .count = 2};
    const auto state = [](BreakerState from, BreakerState to, qsizetype count) {
        const auto [low, high] = std::minmax(static_cast<double>(from), static_cast<double>(to));
        return Column{.at = {}, .first = low, .min = low, .max = high, .last = high, .count = count};
    };
    using enum BreakerState;
    const Columns drawn = measuredOnly({said, said, said, said, said},
                                       {state(Closed, Closed, 1), state(Closed, Open, 2), state(Open, Open, 1),
                                        state(Open, Open, 0), state(HalfOpen, Open, 2)});
    QList<qsizetype> counts;
    for (const Column &column : drawn)
        counts.append(column.count);
    QCOMPARE(counts, (QList<qsizetype>{2, 2, 0, 2, 2}));
}

void PagesTest::oldCountersSayOfWhen()
{
    Story story;
    story.live(2min);
    const QString note = u"as of %1, from Redis"_s.arg(words::shortTime(story.clock().now()));
    QVERIFY(!OnScreen(PageId::Overview, story).text().contains(u"from Redis"_s));
    story.setFailing(u"redis"_s, goneRedis);
    story.live(1min);
    const OnScreen overview(PageId::Overview, story);
    const auto *card = overview.page->findChild<Card *>(u"limits-card"_s);
    QVERIFY2(note.startsWith(card->note()) && card->note().startsWith(u"as of "_s), qPrintable(card->note()));
    for (const Label *label : card->findChildren<Label *>()) {
        if (label->text().startsWith(u"as of "_s))
            QVERIFY2(label->width() > label->fontMetrics().horizontalAdvance(u"as of 00:00"_s) * 3 / 4,
                     qPrintable(QString::number(label->width())));
    }
    const OnScreen limits(PageId::Limits, story);
    QVERIFY2(limits.text().contains(u"8 counted, "_s + note), qPrintable(limits.text()));
}

void PagesTest::whatALimitTurnsAwayIsNotUsed()
{
    QCOMPARE(usedOf(5, 5), u"5 of 5"_s);
    QCOMPARE(usedOf(32, 5), u"5 of 5, 27 refused"_s);
    Story story;
    story.live(1min);
    const OnScreen shown(PageId::Limits, story);
    DeploymentView view = story.logbook().view();
    LimitView &limit = view.limits.first();
    const auto tier = std::ranges::find(view.tiers, limit.tier, &TierView::tier);
    QVERIFY(tier != view.tiers.end());
    limit.used.value = *limit.limit + 27;
    auto *card = shown.page->findChild<TierCard *>(u"tier-card-"_s + limit.tier);
    card->showView(*tier, view);
    const auto said = [&] {
        QStringList lines;
        for (const Label *label : card->findChildren<Label *>())
            lines.append(label->text());
        return lines;
    };
    QVERIFY2(said().contains(words::of(*limit.limit, *limit.limit)), qPrintable(said().join(u'|')));
    QVERIFY2(said().contains(u"fullest: %1, 27 refused this hour"_s.arg(limit.client)), qPrintable(said().join(u'|')));
    limit.used.value = 3;
    limit.limit.value = 2 * tier->limit;
    card->showView(*tier, view);
    const QString own = u"fullest: %1 (%2 for this client)"_s.arg(limit.client, words::count(2 * tier->limit));
    QVERIFY2(said().contains(own), qPrintable(said().join(u'|')));
    limit.limit.value = tier->limit;
    limit.used.value = *limit.limit + 27;
    limit.client.clear();
    card->showView(*tier, view);
    QVERIFY2(said().contains(u"all clients, 27 refused this hour"_s), qPrintable(said().join(u'|')));
    limit.freshness = {.kind = Freshness::Kind::Stale, .since = view.at - 7min, .error = {}};
    card->showView(*tier, view);
    const QString old = u"all clients, 27 refused in the hour to %1"_s.arg(words::shortTime(view.at - 7min));
    QVERIFY2(said().contains(old), qPrintable(said().join(u'|')));
    // What was counted last is said where nobody counts any more.
    TierView silent = *tier;
    silent.clients = {};
    silent.clientsAtLimit = {};
    qint64 counted = 0;
    for (LimitView &each : view.limits) {
        counted += each.tier == silent.tier ? 1 : 0;
        each.freshness.kind = Freshness::Kind::Stale;
    }
    card->showView(silent, view);
    const QString was =
        u"was %1 at %2"_s.arg(words::count(counted), words::shortTime(view.limits.first().freshness.since, view.at));
    QVERIFY2(said().contains(was), qPrintable(said().join(u'|')));
}

void PagesTest::anOpenBreakerTellsItsCalls()
{
    Story story;
    Story::untilIncident(story);
    const OnScreen shown(PageId::Breakers, story);
    const auto saysErrors = [&](const QString &name, const QString &pattern) {
        const auto *card = shown.page->findChild<BreakerCard *>(u"breaker-card-"_s + name);
        for (const Label *label : card->findChildren<Label *>()) {
            if (QRegularExpression(QRegularExpression::anchoredPattern(pattern)).match(label->text()).hasMatch())
                return true;
        }
        return false;
    };
    QVERIFY2(saysErrors(u"openai"_s, u"1 of 1 let through failed, \\d+ refused|no call let through, \\d+ refused"_s),
             qPrintable(shown.text()));
    QVERIFY2(saysErrors(u"anthropic"_s, u"[\\d.]+ % errors"_s), qPrintable(shown.text()));
}

void PagesTest::busiestBreakerFillsItsRing()
{
    Story story;
    story.live(2min);
    const OnScreen shown(PageId::Breakers, story);
    const auto filled = [&](const QString &name) {
        return pixels(shown.page->findChild<BreakerCard *>(u"breaker-card-"_s + name), isGreen);
    };
    constexpr int ring = 3800; // a little less than its area: a line lies over it
    QVERIFY2(filled(u"anthropic"_s) > ring, qPrintable(QString::number(filled(u"anthropic"_s))));
    QVERIFY2(filled(u"openai"_s) < ring / 2, qPrintable(QString::number(filled(u"openai"_s))));
    auto *card = shown.page->findChild<BreakerCard *>(u"breaker-card-openai"_s);
    BreakerView view = *std::ranges::find(story.logbook().view().breakers, u"openai"_s, &BreakerView::name);
    view.traffic.value = PerSecond{0.4};
    card->setFullTraffic({0.4});
    card->showView(view);
    QVERIFY2(filled(u"openai"_s) > ring, qPrintable(QString::number(filled(u"openai"_s))));
}

void PagesTest::brokenBreakersComeFirst()
{
    Story story;
    story.live(2min);
    OnScreen shown(PageId::Breakers, story);
    const auto before = [&](const QString &first, const QString &second) {
        const auto at = [&](const QString &name) {
            const QPoint corner = shown.page->findChild<Card *>(u"breaker-card-"_s + name)->pos();
            return std::pair(corner.y(), corner.x());
        };
        return at(first) < at(second);
    };
    QVERIFY(before(u"anthropic"_s, u"stripe"_s));
    story.startOutage();
    story.live(45s); // openai and stripe are open
    shown.page->refresh();
    QTRY_VERIFY(before(u"stripe"_s, u"anthropic"_s));
    QVERIFY(before(u"openai"_s, u"stripe"_s));
}

void PagesTest::aPageThatIsNotThereIsNotFound()
{
    Story story;
    story.setFailing(
        u"health"_s,
        Error{ErrorCode::NotFound,
              u"404 Not Found, and then a page of some length on which the proxy before the service explains itself"_s,
              u"http://127.0.0.1:8000/health"_s});
    story.live(10s);
    const OnScreen shown(PageId::Overview, story);
    QVERIFY2(shown.text().contains(u"Not found"_s), qPrintable(shown.text()));
    QVERIFY2(!shown.text().split(u'\n').contains(u"Refused"_s), qPrintable(shown.text()));
}

void PagesTest::totalsSaySinceWhen()
{
    Story story;
    story.live(1min);
    const OnScreen shown(PageId::Cache, story);
    for (const QString &caption : {u"Hits since start"_s, u"Misses since start"_s})
        QVERIFY2(shown.text().split(u'\n').contains(caption), qPrintable(shown.text()));
}

void PagesTest::cacheCardsAreReadWholeInTheSmallestWindow()
{
    Story story;
    Story::untilIncident(story);
    const OnScreen shown(PageId::Cache, story, {800, 652});
    for (const Label *label : shown.page->findChildren<Label *>()) {
        if (label->isVisible() && (label->text().contains(u"at least"_s) || label->text() == u"Up for"_s)) {
            const int needed = QFontMetrics(shown.theme.font(TextSize::Caption)).horizontalAdvance(label->text());
            QVERIFY2(label->width() >= needed, qPrintable(label->text()));
        }
    }
    QVERIFY(shown.text().contains(u"Up for"_s));
}

void PagesTest::whatLivenessRepeatsIsSaidOnce()
{
    const auto check = [](const QString &path, const QString &source, Status status) {
        HealthView made{.path = path, .depth = static_cast<int>(path.count(u'/')) + 1, .status = status};
        made.level.because.source = source;
        return made;
    };
    const HealthView database = check(u"database"_s, u"health"_s, Status::Ok);
    const HealthView liveness = check(u"liveness"_s, u"liveness"_s, Status::Ok);
    HealthView again = check(u"liveness/database"_s, u"liveness"_s, Status::Ok);
    QCOMPARE(withoutRepeats({database, liveness, again}), (QList{database, liveness}));
    again.status = Status::Down;
    QCOMPARE(withoutRepeats({database, liveness, again}), (QList{database, liveness, again}));
    const HealthView own = check(u"external/database"_s, u"health"_s, Status::Ok);
    QCOMPARE(withoutRepeats({database, own}), (QList{database, own}));
}

void PagesTest::clientsAreReadableInTheSmallestWindow()
{
    Story story;
    Story::untilIncident(story);
    const OnScreen shown(PageId::Limits, story, {800, 652});
    const auto *table = shown.page->findChild<QTableView *>(u"limit-table"_s);
    QTRY_VERIFY(table->horizontalScrollBar()->maximum() == 0);
    QVERIFY(table->columnWidth(1) - 24 >= table->fontMetrics().horizontalAdvance(u"203.0.113.8"_s));
    shown.page->resize(1696, 1032);
    QTRY_VERIFY(!table->isColumnHidden(2));
}

void PagesTest::uncountedLookupsAreNotNone()
{
    Story story;
    story.live(1min);
    const OnScreen shown(PageId::Cache, story);
    CacheView cache = story.logbook().view().caches.first();
    cache.hitRate.value.reset();
    auto *card = shown.page->findChild<CacheCard *>(u"cache-card-contractor"_s);
    card->showView(cache);
    QVERIFY(shown.text().contains(u"no lookups in the last minute"_s));
    cache.hits.value.reset();
    card->showView(cache);
    QVERIFY(shown.text().contains(u"lookups are not counted here"_s));
    QVERIFY(!shown.text().contains(u"no lookups"_s));
}

void PagesTest::aLongNoteGivesWayToItsTitle()
{
    Story story;
    story.live(1min);
    story.setFailing(
        u"health"_s,
        Error{ErrorCode::NotFound,
              u"404 Not Found, and then some words by which the proxy that stands before the service explains itself"_s,
              u"http://127.0.0.1:8000/health"_s});
    story.live(1min);
    const OnScreen shown(PageId::Overview, story);
    const auto *tree = shown.page->findChild<Card *>(u"health-card"_s);
    QVERIFY2(tree->note().size() > 80, qPrintable(tree->note()));
    const auto labels = tree->findChildren<Label *>();
    const auto title = std::ranges::find(labels, tree->title(), &Label::text);
    QVERIFY(title != labels.end());
    QVERIFY2((*title)->width() >= (*title)->sizeHint().width(), qPrintable(QString::number((*title)->width())));
}

QTEST_MAIN(PagesTest)
#include "tst_pages.moc"
