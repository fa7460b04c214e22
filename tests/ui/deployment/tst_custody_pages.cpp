/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/clock.h"
#include "charts/chart_panel.h"
#include "deployment/backup_calendar.h"
#include "deployment/backups_page.h"
#include "deployment/flags_page.h"
#include "deployment/key_ring.h"
#include "deployment/keys_page.h"
#include "deployment/status_banner.h"
#include "deployment/value_label.h"
#include "theme/empty_state.h"
#include "theme/text_label.h"
#include "ui/support/custody.h"

#include <QApplication>
#include <QClipboard>
#include <QLineEdit>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

using namespace qd;
using namespace qd::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
/// A page that shows a view made by hand.
/// A page from which nothing is done.
template <class Page>
Page made(Logbook &logbook, const Theme &theme)
{
    if constexpr (std::is_constructible_v<Page, Logbook &, const Theme &, const Acting *, QWidget *>)
        return Page(logbook, theme, nullptr, nullptr);
    else
        return Page(logbook, theme, nullptr);
}

template <class Page>
struct OnScreen
{
    ManualClock clock{custodyNow};
    Logbook logbook;
    Theme theme;
    Page page;

    explicit OnScreen(const DeploymentView &view, QSize size = {1056, 752}, double textScale = 1.0,
                      Profile profile = custodyProfile())
        : logbook(std::move(profile), clock)
        , theme(Scheme::Light, textScale)
        , page(made<Page>(logbook, theme))
    {
        page.resize(size);
        page.showView(view);
        page.show();
        (void)QTest::qWaitForWindowExposed(&page);
    }

    [[nodiscard]] ValueLabel *value(const QString &name) const { return page.template findChild<ValueLabel *>(name); }
    [[nodiscard]] QTableView *table(const QString &name) const { return page.template findChild<QTableView *>(name); }
    [[nodiscard]] bool visible(const QString &name) const
    {
        const auto *widget = page.template findChild<QWidget *>(name);
        return widget && widget->isVisible();
    }
    /// What the table says in the row of `name`, column by column as seen.
    [[nodiscard]] QStringList row(const QString &tableName, const QString &name) const
    {
        const QTableView *view = table(tableName);
        for (int row = 0; row < view->model()->rowCount(); ++row) {
            if (view->model()->index(row, 0).data().toString() != name)
                continue;
            QStringList cells;
            for (int column = 0; column < view->model()->columnCount(); ++column)
                cells.append(view->model()->index(row, column).data().toString());
            return cells;
        }
        return {};
    }
    [[nodiscard]] QString emptyText(const QString &name) const
    {
        const auto *empty = page.template findChild<EmptyState *>(name);
        return empty && empty->isVisible() ? empty->accessibleName() : QString();
    }
};

template <class Page>
void checkNothingIsCut(const DeploymentView &view, QSize size, double textScale)
{
    const OnScreen<Page> shown(view, size, textScale);
    QCOMPARE(shown.page.template findChild<QScrollArea *>()->horizontalScrollBar()->maximum(), 0);
    for (const Card *card : shown.page.template findChildren<Card *>()) {
        if (!card->isVisible())
            continue;
        const int needed =
            card->hasHeightForWidth() ? card->heightForWidth(card->width()) : card->minimumSizeHint().height();
        QVERIFY2(card->height() >= needed, qPrintable(card->objectName()));
        QVERIFY2(card->width() >= card->minimumSizeHint().width(), qPrintable(card->objectName()));
    }
    for (const ValueLabel *label : shown.page.template findChildren<ValueLabel *>()) {
        if (label->isVisible() && !label->mayElide() && !label->hasHeightForWidth())
            QVERIFY2(label->width() >= label->sizeHint().width(), qPrintable(label->accessibleName()));
    }
}

int columnWithHeader(const QTableView *table, const QString &header)
{
    for (int column = 0; column < table->model()->columnCount(); ++column) {
        if (table->model()->headerData(column, Qt::Horizontal).toString() == header)
            return column;
    }
    return -1;
}
} // namespace

class CustodyPagesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void newestGoodBackupIsToldWithItsAge();
    void daysTellWhatTheyHave();
    void aMonthTakesTwoRows();
    void aChosenDayIsFoundInTheTable();
    void backupsGrowOverTheirOwnTime();
    void noRestoreDrillIsClaimed();
    void aFilesTroubleIsNamed();
    void keysAreInTheOrderOfTheirLife();
    void theRingSaysWhatHoldsAKey();
    void apiKeysFilterByTyping();
    void anApiKeysStateIsMarked();
    void setAndLiveAreTwoThings();
    void statesAreToldApart();
    void whatTheProfileExcludesIsNotAvailableHere();
    void withoutASourceThePageSaysWhatToAdd();
    void oldValuesAreShownAsOld();
    void nothingIsLiveInAServiceThatIsSilent();
    void theOverviewTellsWhatOneWouldRestoreFrom();
    void whyIsAskedByKeyboard();
    void everythingCanBeCopied();
    void nothingIsCut_data();
    void nothingIsCut();
    void nothingIsRepaintedWhenNothingChanged();
    void hostileTextIsShownAsItStands();
};

void CustodyPagesTest::initTestCase()
{
    qputenv("TZ", "UTC");
    tzset();
}

void CustodyPagesTest::newestGoodBackupIsToldWithItsAge()
{
    const OnScreen<BackupsPage> shown(richCustody());
    QCOMPARE(shown.value(u"backup-age"_s)->text(), u"3 h"_s);
    QCOMPARE(shown.value(u"backup-size"_s)->text(), u"1.2 GB"_s);
    QCOMPARE(shown.value(u"backup-kept"_s)->text(), u"12"_s);
    QCOMPARE(shown.value(u"backup-troubled"_s)->text(), u"1"_s);
    QCOMPARE(shown.value(u"backup-growth"_s)->text(), u"+0.7 %"_s);
    QCOMPARE(shown.value(u"backup-location"_s)->text(), u"/srv/backups/quoted"_s);
}

void CustodyPagesTest::daysTellWhatTheyHave()
{
    const OnScreen<BackupsPage> shown(richCustody());
    auto *calendar = shown.page.findChild<BackupCalendar *>();
    QCOMPARE(shown.value(u"backup-day"_s)->text(), u"Sat 21 Nov: quoted-20261121-030000.dump, 1.2 GB, taken 03:00"_s);
    for (int i = 0; i < 5; ++i)
        QTest::keyClick(calendar, Qt::Key_Left);
    QVERIFY2(shown.value(u"backup-day"_s)->text().startsWith(u"Mon 16 Nov: no backup"_s),
             qPrintable(shown.value(u"backup-day"_s)->text()));
    QVERIFY(calendar->accessibleName().contains(u"16 Nov"_s));
    QTest::keyClick(calendar, Qt::Key_Home);
    QVERIFY(calendar->accessibleName().contains(u"7 Nov"_s)); // 14 days are kept, and the one before
}

void CustodyPagesTest::aMonthTakesTwoRows()
{
    Profile profile = custodyProfile();
    profile.backupPolicy->keep = std::chrono::days(30);
    const OnScreen<BackupsPage> month(richCustody(), {1056, 752}, 1, profile);
    const OnScreen<BackupsPage> fortnight(richCustody());
    const auto *rows = month.page.findChild<BackupCalendar *>();
    QVERIFY(rows->height() >= rows->heightForWidth(rows->width()));
    QVERIFY(rows->height() > 2 * fortnight.page.findChild<BackupCalendar *>()->height());
}

void CustodyPagesTest::aChosenDayIsFoundInTheTable()
{
    const OnScreen<BackupsPage> shown(richCustody());
    auto *calendar = shown.page.findChild<BackupCalendar *>();
    QTest::keyClick(calendar, Qt::Key_Left);
    QCOMPARE(shown.table(u"backup-table"_s)->currentIndex().siblingAtColumn(0).data().toString(),
             u"quoted-20261120-030000.dump"_s);
}

void CustodyPagesTest::backupsGrowOverTheirOwnTime()
{
    const OnScreen<BackupsPage> shown(richCustody());
    const auto *chart = shown.page.findChild<ChartPanel *>(u"backup-size-chart"_s);
    QCOMPARE(chart->range().from, custodyNow - 13 * 24h - 3h);
    QCOMPARE(chart->range().to, custodyNow);
    const Columns columns = chart->columns().first();
    QCOMPARE(columns.last().last, 1'288'490'188.0);
    QVERIFY(columns.first().last < columns.last().last);
    QVERIFY(std::ranges::none_of(columns, [](const Column &column) { return column.count == 0 || column.min == 0; }));
}

void CustodyPagesTest::noRestoreDrillIsClaimed()
{
    const OnScreen<BackupsPage> shown(richCustody());
    QCOMPARE(shown.value(u"backup-drill"_s)->text(), u"none recorded"_s);
}

void CustodyPagesTest::aFilesTroubleIsNamed()
{
    const OnScreen<BackupsPage> shown(richCustody());
    QVERIFY(shown.row(u"backup-table"_s, u"quoted-20261112-030000.dump"_s).contains(u"empty file"_s));
    QVERIFY(shown.row(u"backup-table"_s, u"quoted-20261113-030000.dump"_s).contains(u"none"_s));
    // Newest first.
    QCOMPARE(shown.table(u"backup-table"_s)->model()->index(0, 0).data().toString(), u"quoted-20261121-030000.dump"_s);
}

void CustodyPagesTest::keysAreInTheOrderOfTheirLife()
{
    const OnScreen<KeysPage> shown(richCustody());
    QStringList keys;
    const QTableView *table = shown.table(u"signing-key-table"_s);
    for (int row = 0; row < table->model()->rowCount(); ++row)
        keys.append(table->model()->index(row, 0).data().toString());
    QCOMPARE(keys, (QStringList{u"k-0603"_s, u"k-0502"_s, u"k-0412"_s, u"k-0301"_s}));
    const QStringList retiring = shown.row(u"signing-key-table"_s, u"k-0412"_s);
    QVERIFY2(retiring.contains(u"tokens that it signed"_s), qPrintable(retiring.join(u'|')));
    QVERIFY2(retiring.contains(u"812"_s), qPrintable(retiring.join(u'|')));
    QVERIFY2(retiring.contains(u"09:00"_s), qPrintable(retiring.join(u'|'))); // its last token
}

void CustodyPagesTest::theRingSaysWhatHoldsAKey()
{
    const DeploymentView view = richCustody();
    const OnScreen<KeysPage> shown(view);
    auto *ring = shown.page.findChild<KeyRing *>();
    QCOMPARE(ring->sentence(view.signingKeys.rows[2].fact),
             u"k-0412 retiring · verifies until 28 Nov 06:00 · 812 tokens alive, the last until 09:00"_s);
    QCOMPARE(ring->sentence(view.signingKeys.rows[1].fact),
             u"k-0502 active · signs since 11 Oct 06:00, 41 d · 4812 tokens alive, the last until 22 Nov 06:00"_s);
    QVERIFY(ring->range().from < custodyNow - 80 * 24h);
    QVERIFY(ring->range().to > custodyNow + 7 * 24h);
    QTest::keyClick(ring, Qt::Key_Down);
    QVERIFY(ring->accessibleName().contains(u"k-0502"_s));
}

void CustodyPagesTest::apiKeysFilterByTyping()
{
    const OnScreen<KeysPage> shown(richCustody());
    QTableView *table = shown.table(u"api-key-table"_s);
    auto *filter = shown.page.findChild<QLineEdit *>(u"api-key-filter"_s);
    QCOMPARE(table->model()->rowCount(), 6);
    QTest::keyClicks(table, u"n"_s);
    QTest::keyClicks(filter, u"ever used"_s); // as the cell says it
    QCOMPARE(table->model()->rowCount(), 1);
    QCOMPARE(table->model()->index(0, 0).data().toString(), u"lg_live_z0Nn"_s);
    QTest::keyClicks(filter, u" nothing like it"_s);
    QCOMPARE(shown.emptyText(u"api-key-empty"_s), u"Nothing matches"_s);
    QTest::keyClick(filter, Qt::Key_Escape);
    QCOMPARE(table->model()->rowCount(), 6);
}

void CustodyPagesTest::anApiKeysStateIsMarked()
{
    const OnScreen<KeysPage> shown(richCustody());
    const QTableView *table = shown.table(u"api-key-table"_s);
    const int state = columnWithHeader(table, u"State"_s);
    const QHash<QString, std::pair<QString, Status>> expected{
        {u"lg_live_7Hq2"_s, {u"in use"_s, Status::Ok}},         {u"lg_live_c91K"_s, {u"in use"_s, Status::Ok}},
        {u"lg_live_m3Tz"_s, {u"expiring"_s, Status::Degraded}}, {u"lg_live_pp08"_s, {u"expired"_s, Status::Muted}},
        {u"lg_live_x4Rw"_s, {u"revoked"_s, Status::Muted}},     {u"lg_live_z0Nn"_s, {u"never used"_s, Status::Muted}}};
    for (int row = 0; row < table->model()->rowCount(); ++row) {
        const QModelIndex index = table->model()->index(row, state);
        const auto &[word, status] = expected[index.siblingAtColumn(0).data().toString()];
        QCOMPARE(index.data().toString(), word);
        QCOMPARE(index.data(StatusRole).value<Status>(), status);
    }
    // In another year the time tells its year.
    QVERIFY(shown.row(u"api-key-table"_s, u"lg_live_c91K"_s).contains(u"26 Dec 2027 06:00"_s));
}

void CustodyPagesTest::setAndLiveAreTwoThings()
{
    const OnScreen<FlagsPage> shown(richCustody());
    QVERIFY(shown.row(u"flag-table"_s, u"new_pricing"_s).contains(u"live"_s));
    const QStringList waiting = shown.row(u"flag-table"_s, u"CONCIERGE_DISABLED"_s);
    QVERIFY2(waiting.contains(u"set, not live until redeploy"_s), qPrintable(waiting.join(u'|')));
    QVERIFY(waiting.contains(u"on"_s) && waiting.contains(u"off"_s));
    // By its variable, and by nothing at all.
    QVERIFY(shown.row(u"flag-table"_s, u"PUSH_NOTIFICATIONS_DISABLED"_s).contains(u"live"_s));
    QVERIFY(shown.row(u"flag-table"_s, u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s).contains(u"not known"_s));
    QVERIFY(shown.row(u"flag-table"_s, u"pdf_v2"_s).contains(u"25 %"_s));
    QVERIFY(shown.visible(u"variable-table"_s));
    const auto *card = shown.page.findChild<Card *>(u"flag-card"_s);
    QVERIFY2(card->note().contains(u"1 not live until redeploy"_s), qPrintable(card->note()));
}

void CustodyPagesTest::statesAreToldApart()
{
    const auto said = [](const DeploymentView &view) {
        const OnScreen<BackupsPage> backups(view);
        const OnScreen<KeysPage> keys(view);
        const OnScreen<FlagsPage> flags(view);
        return QStringList{backups.emptyText(u"backups-empty"_s), keys.emptyText(u"signing-key-empty"_s),
                           keys.emptyText(u"api-key-empty"_s), flags.emptyText(u"flag-empty"_s)};
    };
    QCOMPARE(said(richCustody()), (QStringList{{}, {}, {}, {}}));
    QCOMPARE(said(emptyCustody()), (QStringList{u"There is no backup"_s, u"There is no signing key"_s,
                                                u"There is no API key"_s, u"There is no flag"_s}));
    const QString silent = u"not measured"_s;
    QCOMPARE(said(silentCustody()), (QStringList{silent, silent, silent, silent}));
    for (const QString &line : said(refusedCustody()))
        QVERIFY2(line.startsWith(u"Refused: "_s), qPrintable(line));
    DeploymentView lost = emptyCustody();
    const Freshness stale{.kind = Freshness::Kind::Stale, .since = custodyNow - 3h, .error = {}};
    lost.backups.freshness = lost.signingKeys.freshness = lost.apiKeys.freshness = lost.flags.freshness = stale;
    const QString since = u"No data since 03:00"_s;
    QCOMPARE(said(lost), (QStringList{since, since, since, since}));
}

void CustodyPagesTest::whatTheProfileExcludesIsNotAvailableHere()
{
    Profile profile = custodyProfile();
    profile.unavailable = {u"backups"_s, u"api_keys"_s, u"flags"_s};
    const OnScreen<BackupsPage> backups(silentCustody(), {1056, 752}, 1, profile);
    QCOMPARE(backups.emptyText(u"backups-empty"_s), u"Not available here"_s);
    const OnScreen<KeysPage> keys(silentCustody(), {1056, 752}, 1, profile);
    QCOMPARE(keys.emptyText(u"api-key-empty"_s), u"Not available here"_s);
    QCOMPARE(keys.emptyText(u"signing-key-empty"_s), u"not measured"_s);
    const OnScreen<FlagsPage> flags(silentCustody(), {1056, 752}, 1, profile);
    QCOMPARE(flags.emptyText(u"flag-empty"_s), u"Not available here"_s);
}

void CustodyPagesTest::withoutASourceThePageSaysWhatToAdd()
{
    DeploymentView view = silentCustody();
    view.sources.clear();
    const OnScreen<BackupsPage> shown(view);
    QCOMPARE(shown.emptyText(u"backups-empty"_s), u"Nobody tells of backups"_s);
    const auto *empty = shown.page.findChild<EmptyState *>(u"backups-empty"_s);
    QVERIFY(empty->accessibleDescription().contains(u"backup-directory"_s));
}

void CustodyPagesTest::oldValuesAreShownAsOld()
{
    const OnScreen<BackupsPage> backups(staleCustody());
    QCOMPARE(backups.value(u"backup-age"_s)->known(), Known::Stale);
    QVERIFY2(backups.value(u"backup-age"_s)->text().contains(u"as of 03:00"_s),
             qPrintable(backups.value(u"backup-age"_s)->text()));
    const OnScreen<FlagsPage> flags(staleCustody());
    const QTableView *table = flags.table(u"flag-table"_s);
    QCOMPARE(table->model()->index(0, 1).data(KnownRole).value<Known>(), Known::Stale);
    QVERIFY(!table->model()->index(0, 1).data().toString().isEmpty());
    // Nobody had revoked it: that is not unknown by being old.
    const OnScreen<KeysPage> keys(staleCustody());
    const QTableView *clients = keys.table(u"api-key-table"_s);
    const QModelIndex revoked = clients->model()->index(0, columnWithHeader(clients, u"Revoked"_s));
    QCOMPARE(revoked.data(FreshnessRole).value<Freshness>().kind, Freshness::Kind::Stale);
    QCOMPARE(revoked.data().toString(), u"no"_s);
}

void CustodyPagesTest::nothingIsLiveInAServiceThatIsSilent()
{
    DeploymentView view = richCustody();
    SourceView health;
    health.id = u"health"_s;
    health.isService = true;
    health.freshness.kind = Freshness::Kind::Fresh;
    view.sources.append(health);
    const auto standing = [&view] {
        const OnScreen<FlagsPage> flags(view);
        const QTableView *table = flags.table(u"flag-table"_s);
        const int column = columnWithHeader(table, u"State"_s);
        for (int row = 0; row < table->model()->rowCount(); ++row) {
            if (table->model()->index(row, 0).data().toString() == u"new_pricing"_s) {
                const QModelIndex cell = table->model()->index(row, column);
                return std::pair(cell.data().toString(), cell.data(StatusRole).value<Status>());
            }
        }
        return std::pair(QString(), Status::Down);
    };
    QCOMPARE(standing(), std::pair(u"live"_s, Status::Ok));
    view.sources.last().freshness.kind = Freshness::Kind::Stale; // what holds the flags still answers
    QCOMPARE(standing(), std::pair(u"set, service does not answer"_s, Status::Unknown));
}

void CustodyPagesTest::theOverviewTellsWhatOneWouldRestoreFrom()
{
    OnScreen<BackupsPage> host(richCustody());
    StatusBanner banner(host.page);
    const auto *backup = banner.findChild<ValueLabel *>(u"status-backup"_s);
    const auto *key = banner.findChild<ValueLabel *>(u"status-key"_s);
    banner.showView(richCustody());
    QCOMPARE(backup->text(), u"3 h"_s);
    QVERIFY(!key->isHidden());
    banner.showView(staleCustody());
    QCOMPARE(backup->known(), Known::Stale);
    DeploymentView none = richCustody();
    none.backups = {};
    none.signingKeys = {};
    banner.showView(none);
    QVERIFY(backup->isHidden());
    QVERIFY(key->isHidden());
}

void CustodyPagesTest::whyIsAskedByKeyboard()
{
    const OnScreen<BackupsPage> backups(richCustody());
    QSignalSpy asked(&backups.page, &DeploymentPage::whyRequested);
    QTest::keyClick(backups.page.findChild<BackupCalendar *>(), Qt::Key_W);
    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked.last().first().value<Because>().source, u"backups"_s);
    QTest::keyClick(backups.value(u"backup-age"_s), Qt::Key_W);
    QVERIFY(asked.last().first().value<Because>().formula.endsWith(u"= 3 h"_s));

    const OnScreen<KeysPage> keys(richCustody());
    QSignalSpy askedKeys(&keys.page, &DeploymentPage::whyRequested);
    QTest::keyClick(keys.page.findChild<KeyRing *>(), Qt::Key_W);
    QTableView *table = keys.table(u"api-key-table"_s);
    table->setCurrentIndex(table->model()->index(0, columnWithHeader(table, u"Last used"_s)));
    QTest::keyClick(table, Qt::Key_W);
    QCOMPARE(askedKeys.size(), 2);
    QCOMPARE(askedKeys.last().last().toString(), u"lg_live_7Hq2, last used: 05:58"_s);
}

void CustodyPagesTest::everythingCanBeCopied()
{
    const OnScreen<KeysPage> shown(richCustody());
    QTableView *table = shown.table(u"api-key-table"_s);
    table->setCurrentIndex(table->model()->index(2, 0));
    QTest::keySequence(table, QKeySequence::Copy);
    QCOMPARE(QGuiApplication::clipboard()->text(), u"lg_live_m3Tz"_s);
    auto *ring = shown.page.findChild<KeyRing *>();
    QTest::keySequence(ring, QKeySequence::Copy);
    QVERIFY(QGuiApplication::clipboard()->text().startsWith(u"k-0603 next"_s));
}

void CustodyPagesTest::nothingIsCut_data()
{
    QTest::addColumn<QSize>("size");
    QTest::addColumn<double>("textScale");
    QTest::newRow("small") << QSize(1056, 752) << 1.0;
    QTest::newRow("large") << QSize(1696, 1032) << 1.0;
    QTest::newRow("large text") << QSize(1472, 1032) << 2.0;
    QTest::newRow("large text, small") << QSize(1056, 752) << 2.0;
}

void CustodyPagesTest::nothingIsCut()
{
    QFETCH(const QSize, size);
    QFETCH(const double, textScale);
    for (const DeploymentView &view : {richCustody(), emptyCustody(), staleCustody(), refusedCustody()}) {
        checkNothingIsCut<BackupsPage>(view, size, textScale);
        checkNothingIsCut<KeysPage>(view, size, textScale);
        checkNothingIsCut<FlagsPage>(view, size, textScale);
    }
}

namespace {
/// Counts paint events of a widget and all in it.
class PaintCounter : public QObject
{
public:
    explicit PaintCounter(QWidget *root)
    {
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

template <class Page>
int paintsOfTheSame()
{
    DeploymentView view = richCustody();
    OnScreen<Page> shown(view);
    QCoreApplication::processEvents();
    PaintCounter painted(&shown.page);
    view.at += 1s;
    shown.page.showView(view);
    QCoreApplication::processEvents();
    return painted.count;
}
} // namespace

void CustodyPagesTest::nothingIsRepaintedWhenNothingChanged()
{
    QCOMPARE(paintsOfTheSame<BackupsPage>(), 0);
    QCOMPARE(paintsOfTheSame<KeysPage>(), 0);
    QCOMPARE(paintsOfTheSame<FlagsPage>(), 0);
}

void CustodyPagesTest::hostileTextIsShownAsItStands()
{
    const QString hostile = u"<img src=x onerror=y>\u202e.dump"_s;
    DeploymentView view = richCustody();
    view.backups.rows.last().fact.id = hostile;
    view.flags.rows.first().fact.set = read(hostile);
    const OnScreen<BackupsPage> backups(view);
    const auto tip = [](const QTableView *table, int column) {
        QString all;
        for (int row = 0; row < table->model()->rowCount(); ++row)
            all += table->model()->index(row, column).data(Qt::ToolTipRole).toString();
        return all;
    };
    QVERIFY(!tip(backups.table(u"backup-table"_s), 0).contains(u"<img"_s));
    const OnScreen<FlagsPage> flags(view);
    QVERIFY(!tip(flags.table(u"flag-table"_s), 1).contains(u"<img"_s));
    QVERIFY(flags.row(u"flag-table"_s, u"new_pricing"_s).first().startsWith(u"new_pricing"_s));
}

QTEST_MAIN(CustodyPagesTest)
#include "tst_custody_pages.moc"
