/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/data_page.h"
#include "deployment/fact_table.h"
#include "deployment/topology_box.h"
#include "deployment/topology_view.h"
#include "theme/meter_bar.h"
#include "theme/text_label.h"
#include "ui/support/stores.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLineEdit>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

#include <functional>

using namespace qd;
using namespace qd::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
const Error goneServer{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:5432"_s};
const Error noExtension{ErrorCode::NotFound,
                        u"pg_stat_statements is not there; CREATE EXTENSION pg_stat_statements in this database"_s,
                        u"127.0.0.1:5432"_s};

/// The page of the size that the smallest window leaves it.
struct OnScreen
{
    Theme theme;
    DataPage page;

    explicit OnScreen(Stores &stores, QSize size = {1056, 752}, double textScale = 1.0, Scheme scheme = Scheme::Light)
        : theme(scheme, textScale)
        , page(stores.logbook(), theme, nullptr)
    {
        page.setPalette(theme.palette());
        page.setStyleSheet(theme.styleSheet());
        page.setRange({stores.now() - 1h, stores.now()});
        page.refresh();
        page.resize(size);
        page.show();
        (void)QTest::qWaitForWindowExposed(&page);
    }

    [[nodiscard]] TopologyBox *box(const QString &key) const
    {
        return page.findChild<TopologyBox *>(u"topology-"_s + key);
    }
    [[nodiscard]] QString said(const QString &key) const
    {
        const TopologyBox *found = box(key);
        return found ? found->inWords() : u"(no node)"_s;
    }
    [[nodiscard]] bool visible(const QString &name) const
    {
        const auto *widget = page.findChild<QWidget *>(name);
        return widget && widget->isVisible();
    }
    [[nodiscard]] const QAbstractItemModel &table(const QString &name) const
    {
        return page.findChild<FactTable *>(name + u"-card"_s)->model();
    }
    /// Beside the title of a lane.
    [[nodiscard]] QString note(const QString &lane) const
    {
        const auto *label = page.findChild<Label *>(u"topology-note-"_s + lane);
        return label ? label->text() : QString();
    }
    [[nodiscard]] QString text() const
    {
        QStringList lines;
        for (const Label *label : page.findChildren<Label *>()) {
            if (label->isVisible())
                lines.append(label->text());
        }
        return lines.join(u'\n');
    }
};

struct Scene
{
    const char *name;
    QStringList sources;
    std::function<void(Stores &)> play;
};

QList<Scene> scenes()
{
    const QStringList all{u"postgresql"_s, u"pgbouncer"_s, u"redis"_s, u"sentinel"_s};
    const QStringList plain{u"postgresql"_s, u"redis"_s};
    const auto withoutReplicas = [](Stores &stores) { stores.replicas.clear(); };
    return {{"healthy", all, [](Stores &) {}},
            {"lagging", all,
             [](Stores &stores) {
                 stores.replicas[0].lag.value = Bytes{290'000'000};
                 stores.replicas[0].delay.value = Millis{94'000};
                 stores.replicas[0].state.value = u"catchup"_s;
             }},
            {"replica gone", all, [](Stores &stores) { stores.replicas.removeFirst(); }},
            {"no quorum", all, [](Stores &stores) { stores.setQuorumLost(); }},
            {"blocked", all, [](Stores &stores) { stores.setBlocked(); }},
            {"statements refused", all,
             [](Stores &stores) {
                 stores.statements.clear();
                 stores.refusals = {{QString::fromLatin1(Statement::kind), noExtension}};
             }},
            {"all gone", all,
             [all](Stores &stores) {
                 for (const QString &source : all)
                     stores.setFailing(source, goneServer);
             }},
            {"plain", plain, withoutReplicas},
            {"none", {}, withoutReplicas}};
}

void play(Stores &stores, const Scene &scene)
{
    stores.live(40min);
    scene.play(stores);
    stores.live(3min);
}
} // namespace

class DataPageTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void topologyTellsLagQuorumAndMajority();
    void replicaThatCatchesUpIsMarked();
    void replicaThatLeftIsDrawnAsGone();
    void formerReplicaThatLeadsIsNotGone();
    void formerMasterIsDrawnWhereAReplicaIsMissing();
    void unreadableReplicasAreNotGone();
    void lostQuorumIsLoud();
    void sentinelsThatDoNotAnswerCanNotDecide();
    void standbyJoinsWhatItsPrimarySaysOfIt();
    void primaryThatIsGoneSaysNothingOfItsStandby();
    void whoBlocksWhomStandsTogether();
    void ringOfBlockedSessionsEnds();
    void refusedStatementsSayWhatToDo();
    void nothingKnownIsNotNone();
    void plainServersHaveNoReplica();
    void whatTheProfileExcludesIsNotAvailableHere();
    void deploymentWithoutStoresSaysSo();
    void serverThatNeverAnsweredIsDrawn();
    void figuresAnswerWhyAndCanBeCopied();
    void keyboardGoesFromNodeToNode();
    void listsFilterByTyping();
    void archiverThatFailsIsMarked();
    void textFromADeploymentIsShownAsItStands();
    void valuesThatChangeKeepTheirNodes();
    void aLongerValueHasItsRoomAtOnce();
    void nothingIsCut_data();
    void nothingIsCut();
};

void DataPageTest::topologyTellsLagQuorumAndMajority()
{
    Stores stores;
    stores.live(1min);
    const OnScreen shown(stores);
    const QString primary = shown.said(u"database/luckygas"_s);
    QVERIFY2(primary.startsWith(u"primary luckygas: Healthy"_s), qPrintable(primary));
    QVERIFY2(primary.contains(u" of 100"_s), qPrintable(primary));
    const QString replica = shown.said(u"replica/postgresql/replica_1"_s);
    QVERIFY2(replica.contains(u"Lag 12 kB, 31 ms"_s), qPrintable(replica));
    QVERIFY2(replica.contains(u"State streaming, async"_s), qPrintable(replica));
    const QString follower = shown.said(u"replica/redis/127.0.0.1:6380"_s);
    QVERIFY2(follower.contains(u"Lag 0 B, 0 ms"_s), qPrintable(follower));
    const QString sentinels = shown.said(u"sentinels/luckygas"_s);
    QVERIFY2(sentinels.contains(u"Reachable 3 of 3"_s), qPrintable(sentinels));
    QVERIFY2(sentinels.contains(u"Quorum 2 votes, reached"_s), qPrintable(sentinels));
    QVERIFY2(sentinels.contains(u"Majority 2 votes, reached"_s), qPrintable(sentinels));
    QVERIFY2(sentinels.contains(u"Can fail over yes"_s), qPrintable(sentinels));
    const QString pools = shown.said(u"pooler"_s);
    QVERIFY2(pools.contains(u"All clients 13 of 200"_s), qPrintable(pools));
    QVERIFY2(pools.contains(u"luckygas · app 8 of 20 servers"_s), qPrintable(pools));
    // The pooler stands before the primary, the primary before its replica.
    QVERIFY(shown.box(u"pooler"_s)->geometry().right() < shown.box(u"database/luckygas"_s)->geometry().left());
    QVERIFY(shown.box(u"database/luckygas"_s)->geometry().right() <
            shown.box(u"replica/postgresql/replica_1"_s)->geometry().left());
    QCOMPARE(shown.box(u"database/luckygas"_s)->node().behind, u"pooler"_s);
}

void DataPageTest::replicaThatCatchesUpIsMarked()
{
    Stores stores;
    play(stores, scenes()[1]);
    const OnScreen shown(stores);
    const QString replica = shown.said(u"replica/postgresql/replica_1"_s);
    QVERIFY2(replica.startsWith(u"replica replica_1: Degraded"_s), qPrintable(replica));
    QVERIFY2(replica.contains(u"Lag 277 MB, 1 min 34 s"_s), qPrintable(replica));
    QCOMPARE(shown.box(u"replica/postgresql/replica_1"_s)->node().link, Status::Degraded);
    QCOMPARE(shown.box(u"replica/redis/127.0.0.1:6380"_s)->node().link, Status::Ok);
}

void DataPageTest::replicaThatLeftIsDrawnAsGone()
{
    Stores stores;
    stores.live(10min);
    const Instant last = stores.now();
    stores.replicas.removeFirst();
    stores.live(3min);
    const OnScreen shown(stores);
    const TopologyBox *gone = shown.box(u"replica/postgresql/replica_1"_s);
    QVERIFY(gone);
    QCOMPARE(gone->node().shape, TopologyNode::Shape::Gone);
    const QString said = gone->inWords();
    QVERIFY2(said.contains(u"last seen %1"_s.arg(words::shortTime(last))), qPrintable(said));
    QVERIFY(!shown.text().contains(u"No replica is connected"_s));
}

void DataPageTest::formerReplicaThatLeadsIsNotGone()
{
    Stores stores;
    stores.live(10min);
    stores.replicas.removeLast();
    for (Sentinel &sentinel : stores.sentinels)
        sentinel.masterAddress.value = u"127.0.0.1:6380"_s;
    stores.live(1min);
    const OnScreen shown(stores);
    QVERIFY(!shown.box(u"replica/redis/127.0.0.1:6380"_s));
    QVERIFY2(shown.said(u"redis/"_s).startsWith(u"master 127.0.0.1:6380"_s), qPrintable(shown.said(u"redis/"_s)));
}

void DataPageTest::formerMasterIsDrawnWhereAReplicaIsMissing()
{
    Stores stores;
    stores.live(2min);
    for (Sentinel &sentinel : stores.sentinels)
        sentinel.masterAddress.value = u"127.0.0.1:6380"_s;
    stores.replicas.removeIf([](const Replica &replica) { return replica.system == "redis"_L1; });
    stores.live(30s);
    const QString key = u"replica/redis/127.0.0.1:6379"_s;
    {
        const OnScreen shown(stores);
        const QString said = shown.said(key);
        QVERIFY2(said.contains(u"The master until the failover at "_s), qPrintable(said));
        QCOMPARE(shown.box(key)->node().shape, TopologyNode::Shape::Gone);
        QVERIFY(!shown.note(u"Redis"_s).contains(u"no replica"_s)); // the box says it
    }
    // Without a failover nobody knows who it was: the note is the warning.
    Stores others;
    others.replicas.removeIf([](const Replica &replica) { return replica.system == "redis"_L1; });
    others.live(30s);
    const OnScreen shown(others);
    QVERIFY(shown.box(key) == nullptr);
    const auto *note = shown.page.findChild<Label *>(u"topology-note-Redis"_s);
    QCOMPARE(note->text(), u"no replica is connected"_s);
    QCOMPARE(note->tone(), Tone::Warn);
}

void DataPageTest::unreadableReplicasAreNotGone()
{
    Stores stores;
    stores.live(10min);
    stores.setFailing(u"postgresql"_s, goneServer);
    stores.live(3min);
    const OnScreen shown(stores);
    const QString said = shown.said(u"replica/postgresql/replica_1"_s);
    QVERIFY2(said.startsWith(u"replica replica_1: No data"_s), qPrintable(said));
    QCOMPARE(shown.box(u"replica/postgresql/replica_1"_s)->node().shape, TopologyNode::Shape::Server);
    QCOMPARE(shown.box(u"replica/redis/127.0.0.1:6380"_s)->node().status, Status::Ok);
    for (const ValueLabel *value : shown.box(u"replica/postgresql/replica_1"_s)->findChildren<ValueLabel *>())
        QCOMPARE(value->known(), Known::Stale);
}

void DataPageTest::lostQuorumIsLoud()
{
    Stores stores;
    stores.live(1min);
    stores.setQuorumLost();
    stores.live(10s);
    const OnScreen shown(stores);
    const QString said = shown.said(u"sentinels/luckygas"_s);
    QVERIFY2(said.contains(u"luckygas: Degraded"_s), qPrintable(said));
    QVERIFY2(said.contains(u"Reachable 1 of 3"_s), qPrintable(said));
    QVERIFY2(said.contains(u"Quorum 2 votes, not reached"_s), qPrintable(said));
    QVERIFY2(said.contains(u"Can fail over no"_s), qPrintable(said));
    // A master that nobody could replace works as before.
    QCOMPARE(shown.box(u"redis/"_s)->node().status, Status::Ok);
}

void DataPageTest::sentinelsThatDoNotAnswerCanNotDecide()
{
    Stores stores;
    stores.live(1min);
    const QString last = words::shortTime(stores.now());
    stores.setFailing(u"sentinel"_s, goneServer);
    stores.live(3min);
    const QString said = OnScreen(stores).said(u"sentinels/luckygas"_s);
    QVERIFY2(said.contains(u"Reachable 0 of 3"_s), qPrintable(said));
    QVERIFY2(said.contains(u"Majority 2 votes, not reached"_s), qPrintable(said));
    QVERIFY2(said.contains(u"Can fail over ?, was yes at %1"_s.arg(last)), qPrintable(said));

    // Where not all were asked, nobody knows what the others reach.
    Stores one;
    one.sentinels.resize(1);
    one.live(1min);
    one.setFailing(u"sentinel"_s, goneServer);
    one.live(3min);
    const QString told = OnScreen(one).said(u"sentinels/luckygas"_s);
    QVERIFY2(told.contains(u"Reachable ?, was 3 at "_s), qPrintable(told));
    QVERIFY2(told.contains(u"Majority 2 votes"_s) && !told.contains(u"votes, "_s), qPrintable(told));
}

void DataPageTest::standbyJoinsWhatItsPrimarySaysOfIt()
{
    Stores stores(storesProfile({u"postgresql"_s, u"standby"_s, u"redis"_s}));
    Database standby = stores.primary;
    standby.server = u"replica"_s;
    standby.isStandby.value = 1;
    standby.replayDelay = {.value = Millis{1'200}, .origin = {0, u"/replay_delay"_s}};
    stores.standby = standby;
    stores.live(5min);
    {
        const OnScreen shown(stores);
        const QString said = shown.said(u"replica/postgresql/replica_1"_s);
        QVERIFY2(said.startsWith(u"standby replica_1"_s), qPrintable(said));
        QVERIFY2(said.contains(u"Lag 12 kB, 31 ms"_s) && said.contains(u"Replay delay 1.20 s"_s), qPrintable(said));
        QVERIFY(!shown.box(u"database/replica"_s));
    }
    stores.replicas.removeFirst();
    stores.live(1min);
    const OnScreen shown(stores);
    const QString said = shown.said(u"replica/postgresql/replica_1"_s);
    QVERIFY2(said.contains(u"Not connected any more"_s) && said.contains(u"Replay delay"_s), qPrintable(said));
}

void DataPageTest::primaryThatIsGoneSaysNothingOfItsStandby()
{
    Stores stores(storesProfile({u"postgresql"_s, u"standby"_s}));
    Database standby = stores.primary;
    standby.server = u"replica"_s;
    standby.isStandby.value = 1;
    stores.standby = standby;
    stores.setFailing(u"postgresql"_s, goneServer);
    stores.live(1min);
    const OnScreen shown(stores);
    const QString said = shown.said(u"database/replica"_s);
    QVERIFY2(said.startsWith(u"standby replica: Healthy"_s), qPrintable(said));
    QVERIFY2(!said.contains(u"does not see it"_s), qPrintable(said));
    QVERIFY(shown.box(u"source/postgresql"_s));
}

void DataPageTest::whoBlocksWhomStandsTogether()
{
    Stores stores;
    play(stores, scenes()[4]);
    const OnScreen shown(stores);
    const QAbstractItemModel &table = shown.table(u"session"_s);
    QStringList pids;
    for (int row = 0; row < table.rowCount(); ++row)
        pids.append(table.index(row, 0).data().toString());
    QCOMPARE(pids, (QStringList{u"4711"_s, u"4712"_s, u"4713"_s, u"4702"_s}));
    QCOMPARE(table.index(0, 0).data(StatusRole).value<Status>(), Status::Degraded);
    QCOMPARE(table.index(1, 0).data(DepthRole).toInt(), 1);
    QCOMPARE(table.index(2, 0).data(DepthRole).toInt(), 2);
    QCOMPARE(table.index(3, 0).data(DepthRole).toInt(), 0);
    QCOMPARE(table.index(3, 0).data(StatusRole).value<Status>(), Status::Ok);
    QVERIFY2(shown.text().contains(u"Sessions, 2 waiting for another"_s), qPrintable(shown.text()));
    QVERIFY2(shown.said(u"database/luckygas"_s).contains(u"Waiting for a lock 2"_s),
             qPrintable(shown.said(u"database/luckygas"_s)));
}

void DataPageTest::ringOfBlockedSessionsEnds()
{
    Stores stores;
    stores.setBlocked();
    for (Session &session : stores.sessions)
        session.blockedBy.value = session.pid == u"4711"_s ? u"4713"_s : u"4711"_s;
    stores.live(10s);
    const OnScreen shown(stores);
    QCOMPARE(shown.table(u"session"_s).rowCount(), 4);
}

void DataPageTest::refusedStatementsSayWhatToDo()
{
    Stores stores;
    play(stores, scenes()[5]);
    const OnScreen shown(stores);
    QVERIFY(shown.visible(u"statement-empty"_s));
    QVERIFY(!shown.visible(u"statement-table"_s));
    QVERIFY2(shown.text().contains(u"CREATE EXTENSION pg_stat_statements"_s), qPrintable(shown.text()));
    QVERIFY(shown.visible(u"session-table"_s)); // nothing else stops
}

void DataPageTest::nothingKnownIsNotNone()
{
    Stores stores(storesProfile({u"postgresql"_s}));
    stores.sessions.clear();
    stores.statements.clear();
    const auto headline = [&](const QString &table) {
        const OnScreen shown(stores);
        return shown.page.findChild<QWidget *>(table + u"-empty"_s)->accessibleName();
    };
    QCOMPARE(headline(u"session"_s), u"not measured"_s);
    stores.live(10s);
    QCOMPARE(headline(u"session"_s), u"Nobody works, waits or holds others up"_s);
    stores.setFailing(u"postgresql"_s, goneServer);
    stores.live(1min);
    QVERIFY2(headline(u"session"_s).startsWith(u"No data since"_s), qPrintable(headline(u"session"_s)));
    stores.setFailing(u"postgresql"_s, Error{ErrorCode::AuthRequired, u"password authentication failed"_s, {}});
    stores.live(5s);
    QVERIFY2(headline(u"session"_s).startsWith(u"Refused"_s), qPrintable(headline(u"session"_s)));
}

void DataPageTest::plainServersHaveNoReplica()
{
    Stores stores(storesProfile({u"postgresql"_s, u"redis"_s}));
    stores.replicas.clear();
    stores.live(1min);
    const OnScreen shown(stores);
    QCOMPARE(shown.note(u"PostgreSQL"_s), u"no replica is connected"_s);
    QCOMPARE(shown.note(u"Redis"_s), u"no replica is connected"_s);
    QCOMPARE(shown.page.findChildren<TopologyBox *>().size(), 2); // and nothing that stands for what is not there
}

void DataPageTest::whatTheProfileExcludesIsNotAvailableHere()
{
    Profile profile = storesProfile({u"postgresql"_s, u"redis"_s});
    profile.unavailable = {u"replicas"_s, u"pools"_s, u"sentinels"_s, u"statements"_s};
    Stores stores(profile);
    stores.replicas.clear();
    stores.statements.clear();
    stores.live(1min);
    const OnScreen shown(stores);
    QCOMPARE(shown.note(u"PostgreSQL"_s), u"not available here: pools, replicas"_s);
    QCOMPARE(shown.note(u"Redis"_s), u"not available here: Sentinels, replicas"_s);
    QCOMPARE(shown.page.findChild<QWidget *>(u"statement-empty"_s)->accessibleName(), u"Not available here"_s);
}

void DataPageTest::deploymentWithoutStoresSaysSo()
{
    Stores stores(storesProfile({}));
    const OnScreen shown(stores);
    QVERIFY(shown.visible(u"data-empty"_s));
    QVERIFY(!shown.visible(u"topology-card"_s));
    QVERIFY(!shown.visible(u"session-card"_s));
    QVERIFY2(shown.text().contains(u"No stores here"_s), qPrintable(shown.text()));
}

void DataPageTest::serverThatNeverAnsweredIsDrawn()
{
    Stores stores(storesProfile({u"postgresql"_s, u"redis"_s}));
    stores.setFailing(u"postgresql"_s, goneServer);
    stores.live(1min);
    const OnScreen shown(stores);
    const QString said = shown.said(u"source/postgresql"_s);
    QVERIFY2(said.contains(u"not measured: connection refused"_s), qPrintable(said));
}

void DataPageTest::figuresAnswerWhyAndCanBeCopied()
{
    Stores stores;
    stores.live(1min);
    const OnScreen shown(stores);
    QSignalSpy asked(&shown.page, &DeploymentPage::whyRequested);
    const auto nodes = shown.page.findChildren<TopologyBox *>();
    QVERIFY(nodes.size() >= 6);
    int figures = 0;
    for (TopologyBox *box : nodes) {
        for (ValueLabel *value : box->findChildren<ValueLabel *>()) {
            asked.clear();
            QTest::keyClick(value, Qt::Key_W);
            QVERIFY2(asked.size() == 1, qPrintable(value->accessibleName()));
            ++figures;
        }
    }
    QVERIFY(figures > 20);
    TopologyBox *primary = shown.box(u"database/luckygas"_s);
    QTest::keyClick(primary, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), primary->inWords());
    QCOMPARE(primary->accessibleName(), primary->inWords());
}

void DataPageTest::keyboardGoesFromNodeToNode()
{
    Stores stores;
    stores.live(1min);
    const OnScreen shown(stores);
    TopologyBox *pooler = shown.box(u"pooler"_s);
    pooler->setFocus(Qt::TabFocusReason);
    QTest::keyClick(pooler, Qt::Key_Right);
    QVERIFY(shown.box(u"database/luckygas"_s)->hasFocus());
    QTest::keyClick(shown.box(u"database/luckygas"_s), Qt::Key_Right);
    QVERIFY(shown.box(u"replica/postgresql/replica_1"_s)->hasFocus());
    QTest::keyClick(shown.box(u"replica/postgresql/replica_1"_s), Qt::Key_Down);
    QVERIFY(shown.box(u"replica/redis/127.0.0.1:6380"_s)->hasFocus());
    QTest::keyClick(shown.box(u"replica/redis/127.0.0.1:6380"_s), Qt::Key_Left);
    QVERIFY(shown.box(u"redis/"_s)->hasFocus());
    QTest::keyClick(shown.box(u"redis/"_s), Qt::Key_Up);
    QVERIFY(shown.box(u"database/luckygas"_s)->hasFocus());
}

void DataPageTest::listsFilterByTyping()
{
    Stores stores;
    stores.live(1min);
    const OnScreen shown(stores);
    auto *table = shown.page.findChild<QTableView *>(u"statement-table"_s);
    QCOMPARE(table->model()->rowCount(), 4);
    QCOMPARE(table->model()->index(0, 2).data().toString(), words::duration(Millis{812'400})); // dearest first
    table->setFocus();
    QTest::keyClick(table, Qt::Key_D);
    auto *filter = shown.page.findChild<QLineEdit *>(u"statement-filter"_s);
    QCOMPARE(filter->text(), u"d"_s);
    QTest::keyClicks(filter, u"eliveries"_s);
    QCOMPARE(table->model()->rowCount(), 1);
    QTest::keyClick(filter, Qt::Key_Escape);
    QCOMPARE(table->model()->rowCount(), 4);
    const auto *tables = shown.page.findChild<QTableView *>(u"relation-table"_s);
    QCOMPARE(tables->model()->index(0, 0).data().toString(), u"public.orders"_s);
    QCOMPARE(tables->model()->index(0, 1).data().toString(), u"610 MB"_s);
}

void DataPageTest::archiverThatFailsIsMarked()
{
    Stores stores;
    stores.live(1min);
    const OnScreen before(stores);
    const auto *oldest = before.page.findChild<ValueLabel *>(u"wraparound"_s);
    QCOMPARE(oldest->text(), words::text(*stores.primary.oldestTransactionIds));
    // It is an age, and not what is left.
    QVERIFY2(oldest->accessibleName().startsWith(u"Age of the oldest transaction id, vacuum is forced at "_s +
                                                 words::text(*stores.primary.wraparoundLimit)),
             qPrintable(oldest->accessibleName()));
    const auto failures = [](const OnScreen &shown) {
        return shown.page.findChild<ValueLabel *>(u"archive-failures"_s);
    };
    QCOMPARE(failures(OnScreen(stores))->text(), u"0"_s);
    stores.primary.archiveFailuresTotal.value = 3;
    stores.primary.lastArchiveFailureAt = {.value = *stores.primary.lastArchivedAt + 10s, .origin = {0, u"/x"_s}};
    stores.live(10s);
    const OnScreen shown(stores);
    QVERIFY2(failures(shown)->text().startsWith(u"3, last "_s), qPrintable(failures(shown)->text()));
    QSignalSpy asked(&shown.page, &DeploymentPage::whyRequested);
    QTest::keyClick(failures(shown), Qt::Key_W);
    QVERIFY(asked.first().first().value<Because>().rule.contains(u"after the last success"_s));
    stores.primary.archiveFailuresTotal.value.reset();
    stores.primary.lastArchiveFailureAt.value.reset();
    stores.live(10s);
    QCOMPARE(failures(OnScreen(stores))->known(), Known::NotMeasured); // not measured is not none
}

void DataPageTest::textFromADeploymentIsShownAsItStands()
{
    Stores stores;
    stores.replicas.first().id = u"<b>replica</b>"_s;
    stores.sessions.first().statement.value = u"SELECT '<img src=x>'"_s;
    stores.live(1min);
    const OnScreen shown(stores);
    QVERIFY2(shown.text().contains(u"<b>replica</b>"_s), qPrintable(shown.text()));
    const QAbstractItemModel &table = shown.table(u"session"_s);
    bool isFound = false;
    for (int row = 0; row < table.rowCount(); ++row) {
        for (int column = 0; column < table.columnCount(); ++column) {
            const QModelIndex cell = table.index(row, column);
            if (cell.data().toString() == u"SELECT '<img src=x>'"_s) {
                isFound = true;
                QVERIFY(cell.data(Qt::ToolTipRole).toString().contains(u"&lt;img"_s));
            }
        }
    }
    QVERIFY(isFound);
}

void DataPageTest::valuesThatChangeKeepTheirNodes()
{
    Stores stores;
    stores.live(1min);
    OnScreen shown(stores);
    TopologyBox *replica = shown.box(u"replica/postgresql/replica_1"_s);
    replica->setFocus(Qt::TabFocusReason);
    stores.replicas[0].lag.value = Bytes{5};
    stores.live(10s);
    shown.page.refresh();
    QCOMPARE(shown.box(u"replica/postgresql/replica_1"_s), replica);
    QVERIFY(replica->inWords().contains(u"Lag 5 B"_s));
    // Another replica comes: the one that has the focus keeps it.
    Replica second = stores.replicas[0];
    second.id = u"replica_0"_s;
    stores.replicas.append(second);
    stores.live(10s);
    shown.page.refresh();
    QVERIFY(shown.box(u"replica/postgresql/replica_0"_s));
    QCOMPARE(shown.box(u"replica/postgresql/replica_1"_s), replica);
    QVERIFY(replica->hasFocus());
}

void DataPageTest::aLongerValueHasItsRoomAtOnce()
{
    Stores stores;
    stores.replicas[0].lag.value = Bytes{0};
    stores.live(1min);
    OnScreen shown(stores);
    const TopologyBox *replica = shown.box(u"replica/postgresql/replica_1"_s);
    stores.replicas[0].lag.value = Bytes{1'440'000};
    stores.live(10s);
    shown.page.refresh(); // and no event after it
    QVERIFY2(replica->inWords().contains(u"Lag 1.4 MB"_s), qPrintable(replica->inWords()));
    for (const ValueLabel *value : replica->findChildren<ValueLabel *>())
        QVERIFY2(value->width() >= value->sizeHint().width(), qPrintable(value->text()));
}

void DataPageTest::nothingIsCut_data()
{
    QTest::addColumn<int>("scene");
    QTest::addColumn<QSize>("size");
    QTest::addColumn<double>("scale");
    const auto all = scenes();
    for (int scene = 0; scene < all.size(); ++scene) {
        QTest::addRow("%s 1280x800", all[scene].name) << scene << QSize(1056, 752) << 1.0;
        QTest::addRow("%s 1920x1080", all[scene].name) << scene << QSize(1696, 1032) << 1.0;
        QTest::addRow("%s 200 %%", all[scene].name) << scene << QSize(1472, 984) << 2.0;
        QTest::addRow("%s narrow 200 %%", all[scene].name) << scene << QSize(1056, 752) << 2.0;
    }
}

void DataPageTest::nothingIsCut()
{
    QFETCH(const int, scene);
    QFETCH(const QSize, size);
    QFETCH(const double, scale);
    const Scene played = scenes()[scene];
    Stores stores(storesProfile(played.sources));
    play(stores, played);
    const OnScreen shown(stores, size, scale);
    QCOMPARE(shown.page.findChild<QScrollArea *>()->horizontalScrollBar()->maximum(), 0);
    for (const TopologyBox *box : shown.page.findChildren<TopologyBox *>()) {
        QVERIFY2(box->parentWidget()->rect().contains(box->geometry()), qPrintable(box->objectName()));
        QVERIFY2(box->height() >= box->heightFor(box->width()), qPrintable(box->objectName()));
        for (const ValueLabel *value : box->findChildren<ValueLabel *>()) {
            QVERIFY2(value->width() >= value->sizeHint().width(), qPrintable(value->accessibleName()));
            QVERIFY2(box->rect().contains(value->geometry()), qPrintable(value->accessibleName()));
        }
        for (const TopologyBox *other : shown.page.findChildren<TopologyBox *>())
            QVERIFY2(box == other || !box->geometry().intersects(other->geometry()), qPrintable(box->objectName()));
    }
    for (const Card *card : shown.page.findChildren<Card *>()) {
        if (!card->isVisible())
            continue;
        const int needed =
            card->hasHeightForWidth() ? card->heightForWidth(card->width()) : card->minimumSizeHint().height();
        QVERIFY2(card->height() >= needed, qPrintable(card->objectName()));
    }
}

QTEST_MAIN(DataPageTest)
#include "tst_data_page.moc"
