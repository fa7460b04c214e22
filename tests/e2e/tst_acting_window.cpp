/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/action_dialog.h"
#include "console/console.h"
#include "deployment/deployment_page.h"
#include "deployment/pages.h"
#include "e2e/hand.h"
#include "e2e/live_sandbox.h"
#include "sources/source.h"
#include "theme/card.h"
#include "theme/text_label.h"
#include "wire/postgres.h"

#include <QApplication>
#include <QCborArray>
#include <QCborValue>
#include <QComboBox>
#include <QDir>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QRegularExpression>
#include <QScopeGuard>
#include <QSemaphore>
#include <QSettings>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using qd::testing::Hand;
using qd::testing::LiveSandbox;

namespace {
constexpr int settleMs = Hand::settleMs;

/// Stops the action's thread at a boundary until it is let go.
class Gate
{
public:
    Gate(Acting &acting, const QString &at)
    {
        acting.setBoundary([this, at](const QString &boundary) {
            if (boundary == at) {
                m_reached.release();
                m_open.acquire();
            }
        });
    }
    ~Gate() { open(); }
    [[nodiscard]] bool wait()
    {
        return QTest::qWaitFor([this] { return m_reached.tryAcquire(); }, settleMs);
    }
    void open() { m_open.release(100); }

private:
    QSemaphore m_reached;
    QSemaphore m_open;
};

/// The other process: turns a flag and is killed at the boundary that it is told.
int actAndDie(const QStringList &arguments)
{
    Hand hand(arguments[2], arguments[3]);
    hand.console().acting().setBoundary([at = arguments[4]](const QString &boundary) {
        if (boundary == at)
            ::kill(::getpid(), SIGKILL);
    });
    if (!hand.pressFlag(u"instant_demo"_s) || !hand.waitForPhase(ActionRun::Phase::Ready) || !hand.confirm()) {
        qWarning("the flag was not set: %s; %s", qPrintable(hand.text(u"flag-act-hint"_s)), qPrintable(hand.state()));
        return 10;
    }
    return hand.waitForPhase(ActionRun::Phase::Ended) ? 0 : 11;
}
} // namespace

/// Acting from the real window on a real deployment, whose own PostgreSQL is seen to have changed.
class TestActingWindow : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void aFlagIsTurnedByKeyboardAndTakenBack();
    void whatSomebodyElseChangedIsLeftAlone();
    void anOperatorWithoutRightsChangesNothing();
    void withoutAJournalNothingIsDone();
    void aReadOnlyConsoleReachesNoAction();
    void highRiskTakesASecondPerson();
    void aSecondPersonApprovesInTheirWindow();
    void whatIsDueIsTakenBackByAnOpenConsole_data();
    void whatIsDueIsTakenBackByAnOpenConsole();
    void whatIsToBeTakenBackCanBeLetStay();
    void readOnlyTakesNothingBack();
    void whatNobodyCanEndIsSettledByAPerson();
    void itGoesOnWhoeverLooksAwayAndClosingAsks();
    void closedInAHurryItIsKnownWhereItStands();
    void aKilledConsoleIsBroughtToAnEndByTheNext_data();
    void aKilledConsoleIsBroughtToAnEndByTheNext();

private:
    /// As PostgreSQL itself has it: "t 50".
    [[nodiscard]] QString held(const QString &flag);
    [[nodiscard]] QString ask(const QByteArray &sql);
    [[nodiscard]] QString profile() const { return m_sandbox.profile(); }
    /// What the terminal says, to somebody at a desk of their own; empty: it failed.
    [[nodiscard]] QString atTheTerminal(const QString &who, const QStringList &arguments);
    /// Who may be the second person for whom, as a policy; at the desks of ada and bob.
    [[nodiscard]] QString policyOfTwo();
    /// Turns a flag off in a terminal, at this desk, to be taken back by itself after `time`.
    [[nodiscard]] bool turnedOff(const QString &flag, const QString &time);
    /// The profile with another role as the operator.
    [[nodiscard]] QString profileOfAViewer() const;
    LiveSandbox m_sandbox;
    std::unique_ptr<QTemporaryDir> m_desk;
};

void TestActingWindow::initTestCase()
{
    QVERIFY2(m_sandbox.start({u"--no-load"_s}), qPrintable(m_sandbox.lastError()));
}

void TestActingWindow::init()
{
    m_desk = std::make_unique<QTemporaryDir>();
    static_cast<void>(ask("DELETE FROM quarterdeck_leases")); // there is none at first
    for (const char *flag : {"anthropic_first", "instant_demo"})
        QCOMPARE(
            ask(QByteArray("UPDATE feature_flags SET enabled = true, rollout_percent = 50 WHERE key = '") + flag + "'"),
            QString());
}

QString TestActingWindow::ask(const QByteArray &sql)
{
    const auto loaded = loadWhole(profile());
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    auto connection = PgConnection::open(*loaded->connection<PostgresConnection>(u"operator"_s), deadline);
    const auto rows = connection ? connection->query(sql, {}, deadline) : std::unexpected(connection.error());
    if (!rows)
        return u"error: "_s + rows.error().message;
    QStringList cells;
    for (const auto &row : rows->rows) {
        for (const auto &cell : row)
            cells.append(QString::fromUtf8(cell.value_or("NULL")));
    }
    return cells.join(u' ');
}

QString TestActingWindow::held(const QString &flag)
{
    return ask("SELECT enabled, rollout_percent FROM feature_flags WHERE key = '" + flag.toUtf8() + '\'');
}

void TestActingWindow::aFlagIsTurnedByKeyboardAndTakenBack()
{
    Hand hand(profile(), m_desk->path());
    QVERIFY(hand.pressFlag(u"anthropic_first"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    QCOMPARE(hand.text(u"action-title"_s), u"Turn anthropic_first off"_s);
    QCOMPARE(hand.text(u"action-changes-0-1"_s), u"on"_s);
    QCOMPARE(hand.text(u"action-changes-0-2"_s), u"→ off"_s);
    QCOMPARE(hand.text(u"action-risk"_s), u"Medium risk"_s);
    QVERIFY(hand.dialog()->run().checks.size() >= 6);
    auto *act = hand.find<QPushButton>(u"action-act"_s);
    QCOMPARE(act->text(), u"Turn anthropic_first off in quoted"_s);
    // Nothing is done by a key too many, and no button is the default.
    QVERIFY(!act->isEnabled());
    QTest::keyClick(hand.dialog()->focusWidget(), Qt::Key_Return);
    for (const auto *button : hand.dialog()->findChildren<QPushButton *>())
        QVERIFY2(!button->isDefault() && !button->autoDefault(), qPrintable(button->objectName()));
    QTest::keyClicks(hand.dialog()->focusWidget(), u"quote"_s);
    QVERIFY(!act->isEnabled());
    hand.find<QLineEdit>(u"action-name"_s)->clear();
    QCOMPARE(held(u"anthropic_first"_s), u"t 50"_s);

    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Done"_s);
    QCOMPARE(held(u"anthropic_first"_s), u"f 50"_s);
    QVERIFY2(hand.text(u"action-steps-0-2"_s).startsWith(u"done"_s), qPrintable(hand.text(u"action-steps-0-2"_s)));

    // The page follows, and the deed is undone from where it was done.
    QVERIFY(Hand::tabTo(hand.dialog(), u"action-undo"_s));
    QTest::keyClick(hand.dialog()->focusWidget(), Qt::Key_Space);
    QVERIFY(hand.confirm());
    QTRY_COMPARE_WITH_TIMEOUT(hand.state(), u"Undone"_s, settleMs);
    QCOMPARE(held(u"anthropic_first"_s), u"t 50"_s);
    QTest::keyClick(hand.dialog(), Qt::Key_Escape);
    QTRY_VERIFY(hand.dialog() == nullptr);

    hand.open(PageId::Activity);
    const auto rows = [&] {
        const QAbstractItemModel &model = *hand.find<QTableView>(u"activity-table"_s)->model();
        QStringList all;
        for (int row = 0; row < model.rowCount(); ++row) {
            QStringList cells;
            for (int column = 0; column < model.columnCount(); ++column)
                cells.append(model.index(row, column).data().toString());
            all.append(cells.join(u" | "_s));
        }
        return all.join(u'\n');
    };
    QTRY_VERIFY_WITH_TIMEOUT(rows().contains(u"Undo: turn anthropic_first on again"_s), settleMs);
    QVERIFY2(rows().contains(u"| on → off: Done |"_s) && rows().contains(u"| off → on: Done |"_s), qPrintable(rows()));
}

void TestActingWindow::whatSomebodyElseChangedIsLeftAlone()
{
    Hand hand(profile(), m_desk->path());
    QVERIFY(hand.pressFlag(u"anthropic_first"_s, true));
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ready));
    QCOMPARE(ask("UPDATE feature_flags SET rollout_percent = 75 WHERE key = 'anthropic_first'"), QString());
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Refused: nothing was touched"_s);
    QVERIFY2(hand.text(u"action-state-text"_s).contains(u"not as the plan found it"_s),
             qPrintable(hand.text(u"action-state-text"_s)));
    QCOMPARE(held(u"anthropic_first"_s), u"t 75"_s);
    // As it stands now it can be done.
    QVERIFY(Hand::tabTo(hand.dialog(), u"action-again"_s));
    QTest::keyClick(hand.dialog()->focusWidget(), Qt::Key_Space);
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ready));
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(held(u"anthropic_first"_s), u"f 75"_s);
}

QString TestActingWindow::profileOfAViewer() const
{
    QFile file(profile());
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QString yaml = QString::fromUtf8(file.readAll());
    static const QRegularExpression viewer(u"user: quarterdeck_viewer\n *(password: .*)\n"_s);
    static const QRegularExpression acting(u"user: quarterdeck_operator\n( *)password: .*\n"_s);
    const QString password = viewer.match(yaml).captured(1);
    yaml.replace(acting, u"user: quarterdeck_viewer\n\\1%1\n"_s.arg(password));
    QFile changed(m_desk->filePath(u"viewer.yaml"_s));
    if (password.isEmpty() || !changed.open(QIODevice::WriteOnly))
        return {};
    changed.write(yaml.toUtf8());
    return changed.fileName();
}

void TestActingWindow::anOperatorWithoutRightsChangesNothing()
{
    Hand hand(profileOfAViewer(), m_desk->filePath(u"desk"_s));
    QVERIFY(hand.pressFlag(u"anthropic_first"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"It failed; all is as before"_s);
    QVERIFY2(hand.text(u"action-state-text"_s).contains(u"permission denied"_s),
             qPrintable(hand.text(u"action-state-text"_s)));
    QVERIFY(hand.text(u"action-steps-0-2"_s).startsWith(u"failed"_s));
    QCOMPARE(held(u"anthropic_first"_s), u"t 50"_s);
}

void TestActingWindow::withoutAJournalNothingIsDone()
{
    QFile journal(m_desk->filePath(u"journal.sqlite"_s));
    QVERIFY(journal.open(QIODevice::WriteOnly));
    journal.write(QByteArray("this was a journal once").repeated(500));
    journal.close();
    Hand hand(profile(), m_desk->path());
    QTRY_VERIFY_WITH_TIMEOUT(hand.text(u"action-bar-text"_s).startsWith(u"The journal of actions cannot be read"_s),
                             settleMs);
    QVERIFY(hand.pressFlag(u"anthropic_first"_s));
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Refused));
    QVERIFY(!hand.dialog()->run().plan);
    QVERIFY(!hand.find<QPushButton>(u"action-act"_s)->isVisible());
    QCOMPARE(held(u"anthropic_first"_s), u"t 50"_s);
}

void TestActingWindow::aReadOnlyConsoleReachesNoAction()
{
    const QString desk = m_desk->filePath(u"desk"_s);
    Hand hand(profile(), desk, true);
    hand.open(PageId::Flags);
    auto *table = hand.find<QTableView>(u"flag-table"_s);
    QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() > 0, settleMs);
    table->setCurrentIndex(table->model()->index(0, 0));
    QVERIFY(!hand.find<QPushButton>(u"flag-act"_s)->isEnabled());
    QVERIFY(!hand.find<QPushButton>(u"flag-act"_s)->isVisible());
    QVERIFY(hand.find<Label>(u"read-only"_s)->isVisible());
    QVERIFY(hand.find<Label>(u"read-only"_s)->toolTip().contains(u"read-only"_s));
    // Whoever gets past the button meets the wall.
    const auto loaded = loadWhole(profile());
    Acting &acting = hand.console().acting();
    const qint64 id = acting.plan(
        *loaded, u"flags"_s,
        {.resource = u"anthropic_first"_s, .set = {{u"enabled"_s, u"false"_s}}, .author = {}, .reason = {}});
    QTRY_COMPARE_WITH_TIMEOUT(acting.run(id)->phase, ActionRun::Phase::Refused, settleMs);
    QCOMPARE(acting.run(id)->error->code, ErrorCode::Forbidden);
    QVERIFY(!QFileInfo::exists(desk));
    QCOMPARE(ask("SELECT count(*) FROM pg_stat_activity WHERE usename = 'quarterdeck_operator'"
                 " AND pid <> pg_backend_pid()"),
             u"0"_s);
}

QString TestActingWindow::atTheTerminal(const QString &who, const QStringList &arguments)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"QUARTERDECK_OPERATOR"_s, who);
    process.setProcessEnvironment(environment);
    process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                  arguments + QStringList{u"--desk"_s, m_desk->filePath(who)});
    if (!process.waitForFinished(settleMs) || process.exitCode() != 0)
        return {};
    return QString::fromUtf8(process.readAllStandardOutput());
}

QString TestActingWindow::policyOfTwo()
{
    QFile policy(m_desk->filePath(u"team.yaml"_s));
    if (!policy.open(QIODevice::WriteOnly))
        return {};
    policy.write("quarterdeck_policy: 1\nroles: {lead: [{may: [act, approve]}]}\nrisks: [{at_least: high}]\n"
                 "operators:\n");
    for (const QString &who : {u"ada"_s, u"bob"_s}) {
        const QString key = atTheTerminal(who, {u"key"_s});
        if (!key.startsWith(u'{'))
            return {};
        policy.write("  - " + key.trimmed().replace(u"[]"_s, u"[lead]"_s).toUtf8() + '\n');
    }
    return policy.fileName();
}

void TestActingWindow::highRiskTakesASecondPerson()
{
    const QString policy = policyOfTwo();
    QVERIFY(!policy.isEmpty());
    qputenv("QUARTERDECK_OPERATOR", "ada");
    const auto restore = qScopeGuard([] { qunsetenv("QUARTERDECK_OPERATOR"); });
    Hand hand(profile(), m_desk->filePath(u"ada"_s));
    hand.console().acting().setPolicyPlace(policy);
    QVERIFY(hand.pressFlag(u"anthropic_first"_s));
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ready));
    QCOMPARE(hand.state(), u"It is of high risk: give a reason first"_s);
    const auto press = [&](const QString &button) {
        if (!Hand::tabTo(hand.dialog(), button))
            return false;
        QTest::keyClick(hand.dialog()->focusWidget(), Qt::Key_Space);
        return true;
    };
    QVERIFY(Hand::tabTo(hand.dialog(), u"action-reason"_s));
    QTest::keyClicks(hand.dialog()->focusWidget(), u"INC-12"_s);
    QVERIFY(press(u"action-again"_s));
    QTRY_COMPARE_WITH_TIMEOUT(hand.state(), u"It is of high risk: it needs a second person"_s, settleMs);
    QVERIFY(press(u"action-ask"_s));
    QTRY_COMPARE_WITH_TIMEOUT(hand.state(), u"It waits for a second person"_s, settleMs);
    QVERIFY(!hand.find<QPushButton>(u"action-act"_s)->isEnabled());

    const QStringList approve{u"approve"_s,   QString::fromLatin1(hand.dialog()->run().plan->id().toHex().first(12)),
                              u"--profile"_s, profile(),
                              u"--policy"_s,  policy,
                              u"--confirm"_s, u"quoted"_s};
    QCOMPARE(atTheTerminal(u"ada"_s, approve), QString()); // nobody approves their own
    QVERIFY(!atTheTerminal(u"bob"_s, approve).isEmpty());
    // Nobody presses anything: it looks by itself.
    QTRY_COMPARE_WITH_TIMEOUT(hand.state(), u"Ready; nothing was changed yet"_s, settleMs);
    QVERIFY2(hand.text(u"action-approval"_s).startsWith(u"bob approved it"_s),
             qPrintable(hand.text(u"action-approval"_s)));
    QCOMPARE(held(u"anthropic_first"_s), u"t 50"_s);
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Done"_s);
    QCOMPARE(held(u"anthropic_first"_s), u"f 50"_s);
}

void TestActingWindow::aSecondPersonApprovesInTheirWindow()
{
    const QString policy = policyOfTwo();
    QVERIFY(!policy.isEmpty());
    const auto restore = qScopeGuard([] { qunsetenv("QUARTERDECK_OPERATOR"); });
    static_cast<void>(ask("DELETE FROM quarterdeck_approvals"));
    const QString plan = m_desk->filePath(u"p.plan"_s);
    const QStringList ofTeam{u"--profile"_s, profile(), u"--policy"_s, policy};
    QVERIFY(!atTheTerminal(u"ada"_s, QStringList{u"plan"_s, u"flags"_s, u"instant_demo"_s, u"enabled=false"_s,
                                                 u"--reason"_s, u"INC-12"_s, u"--out"_s, plan} +
                                         ofTeam)
                 .isEmpty());
    QVERIFY(!atTheTerminal(u"ada"_s, QStringList{u"ask"_s, plan} + ofTeam).isEmpty());
    QFile file(plan);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray id = planFromFile(file.readAll())->id();
    // Opens that plan, which waits on Activity; the state that its dialog says.
    const auto open = [&](Hand &hand) {
        hand.console().acting().setPolicyPlace(policy);
        hand.open(PageId::Activity);
        const auto waits = [&] {
            const auto plans = hand.console().acting().waiting(u"quoted"_s).plans;
            return std::ranges::any_of(plans, [&](const AskedPlan &each) { return each.plan.id() == id; });
        };
        if (!QTest::qWaitFor(waits, settleMs))
            return u"it does not wait"_s;
        if (hand.find<QWidget>(u"action-card"_s)->findChildren<QPushButton *>(u"waiting-review"_s).size() == 1)
            hand.find<QPushButton>(u"waiting-review"_s)->click();
        return hand.waitForPhase(ActionRun::Phase::Review) ? hand.state() : u"no review"_s;
    };
    {
        qputenv("QUARTERDECK_OPERATOR", "ada");
        Hand ada(profile(), m_desk->filePath(u"ada"_s));
        QCOMPARE(open(ada), u"You cannot be its second person"_s);
        QVERIFY(!ada.find<QPushButton>(u"action-act"_s)->isVisible());
    }
    {
        qputenv("QUARTERDECK_OPERATOR", "bob");
        Hand bob(profile(), m_desk->filePath(u"bob"_s));
        QCOMPARE(open(bob), u"It waits for a second person"_s);
        QVERIFY2(bob.text(u"action-state-text"_s).contains(u"ada asks for a second person. Reason: INC-12"_s),
                 qPrintable(bob.text(u"action-state-text"_s)));
        QCOMPARE(bob.text(u"action-changes-0-2"_s), u"→ off"_s);
        QCOMPARE(bob.text(u"action-id"_s), u"Plan "_s + shortId(id));
        QVERIFY(bob.confirm());
        QVERIFY(bob.waitForPhase(ActionRun::Phase::Approved));
        QCOMPARE(bob.state(), u"You approved it"_s);
        QCOMPARE(held(u"instant_demo"_s), u"t 50"_s);
        QTRY_VERIFY_WITH_TIMEOUT(bob.find<QPushButton>(u"waiting-review"_s) == nullptr, settleMs);
    }
    QVERIFY(!atTheTerminal(u"ada"_s, QStringList{u"apply"_s, plan, u"--confirm"_s, u"quoted"_s} + ofTeam).isEmpty());
    QCOMPARE(held(u"instant_demo"_s), u"f 50"_s);

    // To take it back is another deed, which takes another approval.
    {
        qputenv("QUARTERDECK_OPERATOR", "ada");
        Hand ada(profile(), m_desk->filePath(u"ada"_s));
        ada.console().acting().setPolicyPlace(policy);
        QTRY_VERIFY_WITH_TIMEOUT(ada.console().acting().record(id) != nullptr, settleMs);
        ada.open(PageId::Activity);
        auto *page = ada.window().findChild<DeploymentPage *>();
        Q_EMIT page->recordRequested(id, u"undo"_s);
        QVERIFY(ada.waitForPhase(ActionRun::Phase::Earlier));
        QCOMPARE(ada.state(), u"Taking it back is of high risk: it needs a second person"_s);
        QVERIFY(ada.press(ada.dialog(), u"action-ask"_s, Qt::Key_Space));
        QTRY_COMPARE_WITH_TIMEOUT(ada.state(), u"It waits for a second person"_s, settleMs);
    }
    {
        qputenv("QUARTERDECK_OPERATOR", "bob");
        Hand bob(profile(), m_desk->filePath(u"bob"_s));
        QCOMPARE(open(bob), u"It waits for a second person"_s);
        QCOMPARE(bob.text(u"action-title"_s), u"Undo: turn instant_demo on again"_s);
        QCOMPARE(bob.text(u"action-changes-0-2"_s), u"→ on"_s);
        QVERIFY(bob.confirm());
        QVERIFY(bob.waitForPhase(ActionRun::Phase::Approved));
    }
    QVERIFY(!atTheTerminal(u"ada"_s, QStringList{u"undo"_s, QString::fromLatin1(id.toHex().first(12)), u"--confirm"_s,
                                                 u"quoted"_s} +
                                         ofTeam)
                 .isEmpty());
    QCOMPARE(held(u"instant_demo"_s), u"t 50"_s);
}

bool TestActingWindow::turnedOff(const QString &flag, const QString &time)
{
    const QString plan = m_desk->filePath(flag + u".plan"_s);
    // Not at a desk of its own: the window and the terminal share one journal.
    const auto atThisDesk = [&](const QStringList &arguments) {
        QProcess process;
        process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                      arguments + QStringList{u"--profile"_s, profile(), u"--desk"_s, m_desk->path()});
        return process.waitForFinished(settleMs) && process.exitCode() == 0;
    };
    return atThisDesk({u"plan"_s, u"flags"_s, flag, u"enabled=false"_s, u"--revert-after"_s, time, u"--out"_s, plan}) &&
           atThisDesk({u"apply"_s, plan, u"--confirm"_s, u"quoted"_s}) && held(flag) == u"f 50"_s;
}

void TestActingWindow::whatIsDueIsTakenBackByAnOpenConsole_data()
{
    QTest::addColumn<bool>("isOpen");
    QTest::newRow("open all the while") << true;
    QTest::newRow("at the next start") << false;
}

void TestActingWindow::whatIsDueIsTakenBackByAnOpenConsole()
{
    QFETCH(bool, isOpen);
    if (!isOpen) {
        QVERIFY(turnedOff(u"anthropic_first"_s, u"1s"_s));
        QCOMPARE(held(u"anthropic_first"_s), u"f 50"_s); // nobody is there
    }
    Hand hand(profile(), m_desk->path());
    if (isOpen) {
        QVERIFY(hand.pressFlag(u"anthropic_first"_s));
        QVERIFY(hand.waitForPhase(ActionRun::Phase::Ready));
        auto *revert = hand.find<QComboBox>(u"action-revert"_s);
        QVERIFY(Hand::tabTo(hand.dialog(), u"action-revert"_s));
        QTest::keyClick(revert, Qt::Key_Down);
        QVERIFY2(
            hand.text(u"action-revert-note"_s).contains(u"reverts while a console is open; else at the next start"_s),
            qPrintable(hand.text(u"action-revert-note"_s)));
        revert->addItem(u"soon"_s, 3); // nobody waits 15 minutes here
        revert->setCurrentIndex(revert->count() - 1);
        QVERIFY(hand.confirm());
        QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
        QCOMPARE(held(u"anthropic_first"_s), u"f 50"_s);
        QTest::keyClick(hand.dialog(), Qt::Key_Escape);
        hand.open(PageId::Activity);
        QTRY_VERIFY_WITH_TIMEOUT(hand.text(u"pending-text"_s).contains(u"while a console is open"_s), settleMs);
    }
    QTRY_COMPARE_WITH_TIMEOUT(held(u"anthropic_first"_s), u"t 50"_s, settleMs);
    QTRY_VERIFY2_WITH_TIMEOUT(hand.text(u"action-bar-text"_s).contains(u"taken back by itself. Undone"_s),
                              qPrintable(hand.text(u"action-bar-text"_s)), settleMs);
    hand.open(PageId::Activity);
    QTRY_VERIFY_WITH_TIMEOUT(!hand.find<QWidget>(u"action-card"_s)->isVisible(), settleMs);
}

void TestActingWindow::whatIsToBeTakenBackCanBeLetStay()
{
    QVERIFY(turnedOff(u"anthropic_first"_s, u"4h"_s));
    Hand hand(profile(), m_desk->path());
    hand.open(PageId::Activity);
    QTRY_VERIFY_WITH_TIMEOUT(hand.find<QPushButton>(u"pending-keep"_s) != nullptr, settleMs);
    hand.find<QPushButton>(u"pending-keep"_s)->click();
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Earlier));
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"It stays as it is"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!hand.find<QWidget>(u"action-card"_s)->isVisible(), settleMs);
    QVERIFY(std::ranges::none_of(hand.console().acting().news().records,
                                 [](const ActionRecord &each) { return each.revertsAt.has_value(); }));
    QCOMPARE(held(u"anthropic_first"_s), u"f 50"_s);
}

void TestActingWindow::readOnlyTakesNothingBack()
{
    QVERIFY(turnedOff(u"anthropic_first"_s, u"1s"_s));
    Hand hand(profile(), m_desk->path(), true);
    hand.open(PageId::Activity);
    QVERIFY(!QTest::qWaitFor([&] { return held(u"anthropic_first"_s) != u"f 50"_s; }, 3'000));
}

void TestActingWindow::whatNobodyCanEndIsSettledByAPerson()
{
    // Begun by a console that died, and then set by hand to what no plan knows.
    const QString path = m_desk->filePath(u"p.plan"_s);
    QVERIFY(!atTheTerminal({}, {u"plan"_s, u"flags"_s, u"instant_demo"_s, u"enabled=false"_s, u"rollout=20"_s,
                                u"--profile"_s, profile(), u"--reason"_s, u"OPS-312"_s, u"--out"_s, path})
                 .isEmpty());
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto plan = planFromFile(file.readAll());
    {
        const auto journal = Journal::open({.path = m_desk->filePath(u"journal.sqlite"_s)}, 10s);
        for (const auto &[kind, step] : {std::pair(u"start"_s, -1), std::pair(u"intent"_s, 0)})
            QVERIFY((*journal)->append({.at = SystemClock().now(),
                                        .kind = kind,
                                        .operatorId = u"ada"_s,
                                        .host = u"desk"_s,
                                        .deployment = u"quoted"_s,
                                        .planId = plan->id(),
                                        .step = step,
                                        .body = QCborValue(QCborArray{plan->bytes()}).toCbor()},
                                       10s));
    }
    QCOMPARE(ask("UPDATE feature_flags SET rollout_percent = 7 WHERE key = 'instant_demo'"), QString());
    Hand hand(profile(), m_desk->path());
    hand.open(PageId::Activity);
    QTRY_VERIFY_WITH_TIMEOUT(hand.find<QPushButton>(u"unfinished-verify"_s) != nullptr, settleMs);
    hand.find<QPushButton>(u"unfinished-verify"_s)->click();
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Earlier));
    QVERIFY(hand.press(hand.dialog(), u"action-settle"_s, Qt::Key_Space));
    auto *act = hand.find<QPushButton>(u"action-act"_s);
    hand.find<QLineEdit>(u"action-name"_s)->setText(u"quoted"_s);
    QVERIFY(!act->isEnabled()); // it takes what was found, and that is not what the plan was made for
    QCOMPARE(hand.find<QLineEdit>(u"action-reason"_s)->text(), QString());
    hand.find<QLineEdit>(u"action-name"_s)->clear();
    hand.find<QLineEdit>(u"action-reason"_s)->setText(u"eve set it by hand"_s);
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Settled: a person said what they found"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!hand.find<QWidget>(u"action-bar"_s)->isVisible(), settleMs);
    QTRY_VERIFY_WITH_TIMEOUT(!hand.find<QWidget>(u"action-card"_s)->isVisible(), settleMs);
}

void TestActingWindow::itGoesOnWhoeverLooksAwayAndClosingAsks()
{
    Hand hand(profile(), m_desk->path());
    Gate gate(hand.console().acting(), u"effect:0:before"_s);
    QVERIFY(hand.pressFlag(u"anthropic_first"_s));
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ready));
    QVERIFY(hand.confirm());
    QVERIFY(gate.wait());
    QTRY_COMPARE(hand.text(u"action-steps-0-2"_s), u"running"_s);
    QTest::keyClick(hand.dialog(), Qt::Key_Escape);
    QTRY_VERIFY(hand.dialog() == nullptr);
    for (const PageId page : {PageId::Overview, PageId::Flags}) {
        hand.open(page);
        QVERIFY(hand.find<QWidget>(u"action-bar"_s)->isVisible());
        QVERIFY2(hand.text(u"action-bar-text"_s).contains(u"step 1 of 1"_s),
                 qPrintable(hand.text(u"action-bar-text"_s)));
    }
    hand.window().close();
    QVERIFY(hand.window().isVisible());
    auto *after = hand.find<QPushButton>(u"close-after"_s);
    for (const Label *label : hand.find<QWidget>(u"close-dialog"_s)->findChildren<Label *>())
        QVERIFY2(label->height() >= label->heightForWidth(label->width()), qPrintable(label->text()));
    QVERIFY(after != nullptr && Hand::tabTo(after, u"close-after"_s));
    QTest::keyClick(after, Qt::Key_Space);
    QVERIFY(hand.window().isVisible());
    QCOMPARE(held(u"anthropic_first"_s), u"t 50"_s);
    gate.open();
    QTRY_VERIFY_WITH_TIMEOUT(!hand.window().isVisible(), settleMs);
    QCOMPARE(held(u"anthropic_first"_s), u"f 50"_s);
}

void TestActingWindow::closedInAHurryItIsKnownWhereItStands()
{
    {
        Hand hand(profile(), m_desk->path());
        Gate gate(hand.console().acting(), u"effect:0:before"_s);
        QVERIFY(hand.pressFlag(u"anthropic_first"_s));
        QVERIFY(hand.waitForPhase(ActionRun::Phase::Ready));
        QVERIFY(hand.confirm());
        QVERIFY(gate.wait());
        hand.window().close();
        hand.find<QPushButton>(u"close-now"_s)->click();
        QVERIFY(!hand.window().isVisible());
        gate.open();
    }
    QCOMPARE(held(u"anthropic_first"_s), u"t 50"_s);
    Hand next(profile(), m_desk->path());
    QTRY_VERIFY_WITH_TIMEOUT(next.text(u"action-bar-text"_s).contains(u"never ended"_s), settleMs);
}

void TestActingWindow::aKilledConsoleIsBroughtToAnEndByTheNext_data()
{
    QTest::addColumn<QString>("boundary");
    QTest::addColumn<QString>("after"); // the kill
    QTest::addColumn<QString>("way");
    QTest::addColumn<QString>("end");
    QTest::newRow("begun, resumed") << u"start:-1:after"_s << u"t 50"_s << u"resume"_s << u"f 50"_s;
    QTest::newRow("meant, resumed") << u"effect:0:before"_s << u"t 50"_s << u"resume"_s << u"f 50"_s;
    QTest::newRow("done, resumed") << u"effect:0:after"_s << u"f 50"_s << u"resume"_s << u"f 50"_s;
    QTest::newRow("done, undone") << u"effect:0:after"_s << u"f 50"_s << u"undo"_s << u"t 50"_s;
    QTest::newRow("told, undone") << u"outcome:0:after"_s << u"f 50"_s << u"undo"_s << u"t 50"_s;
}

void TestActingWindow::aKilledConsoleIsBroughtToAnEndByTheNext()
{
    QFETCH(QString, boundary);
    QFETCH(QString, after);
    QFETCH(QString, way);
    QFETCH(QString, end);
    QProcess child;
    child.start(QCoreApplication::applicationFilePath(), {u"--die"_s, profile(), m_desk->path(), boundary});
    QVERIFY(child.waitForFinished(settleMs));
    QVERIFY2(child.exitStatus() == QProcess::CrashExit,
             (QByteArray::number(child.exitCode()) + child.readAllStandardError()).constData());
    QCOMPARE(held(u"instant_demo"_s), after);

    Hand hand(profile(), m_desk->path());
    QTRY_VERIFY_WITH_TIMEOUT(hand.text(u"action-bar-text"_s).contains(u"never ended"_s), settleMs);
    hand.find<QPushButton>(u"action-bar-show"_s)->click();
    QCOMPARE(hand.window().place().page, PageId::Activity);
    QVERIFY2(hand.text(u"unfinished-text"_s).startsWith(u"Turn instant_demo off: begun"_s),
             qPrintable(hand.text(u"unfinished-text"_s)));
    hand.find<QPushButton>(u"unfinished-verify"_s)->click();
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Earlier));
    QCOMPARE(hand.text(u"action-steps-0-2"_s), after == end && way == "resume"_L1 ? u"done"_s
                                               : way == "resume"_L1               ? u"waiting"_s
                                                                                  : u"done"_s);
    QCOMPARE(held(u"instant_demo"_s), after);
    QVERIFY(Hand::tabTo(hand.dialog(), u"action-"_s + way));
    QTest::keyClick(hand.dialog()->focusWidget(), Qt::Key_Space);
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), way == "resume"_L1 ? u"Done"_s : u"Undone"_s);
    QCOMPARE(held(u"instant_demo"_s), end);
    QTest::keyClick(hand.dialog(), Qt::Key_Escape);
    QTRY_VERIFY_WITH_TIMEOUT(!hand.find<QWidget>(u"action-bar"_s)->isVisible(), settleMs);
    QVERIFY(!hand.find<QWidget>(u"action-card"_s)->isVisible());
}

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    if (QApplication::arguments().value(1) == "--die"_L1)
        return actAndDie(QApplication::arguments());
    TestActingWindow test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_acting_window.moc"
