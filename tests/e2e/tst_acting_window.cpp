/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/action_dialog.h"
#include "console/console.h"
#include "deployment/pages.h"
#include "e2e/live_sandbox.h"
#include "sources/source.h"
#include "theme/card.h"
#include "theme/text_label.h"
#include "wire/postgres.h"

#include <QApplication>
#include <QDir>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QSettings>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using qd::testing::LiveSandbox;

namespace {
constexpr int settleMs = 60'000;
constexpr int mostKeys = 200;

/// A console on a desk of its own, worked by keyboard.
class Hand
{
public:
    explicit Hand(const QString &profile, const QString &desk, bool readOnly = false)
        : m_settings(m_home.filePath(u"s.ini"_s), QSettings::IniFormat)
        , m_console(m_clock, m_settings, SchemeChoice::Light, {.directory = desk, .witness = {}, .readOnly = readOnly})
    {
        m_console.openProfile(profile);
        m_console.window().show();
    }
    [[nodiscard]] Console &console() { return m_console; }
    [[nodiscard]] MainWindow &window() { return m_console.window(); }
    void open(PageId page)
    {
        window().open({.kind = Place::Kind::Deployment, .deployment = u"quoted"_s, .page = page});
    }
    template <class W>
    [[nodiscard]] W *find(const QString &name)
    {
        return window().findChild<W *>(name);
    }
    [[nodiscard]] QString text(const QString &label)
    {
        const auto *found = find<Label>(label);
        return found == nullptr ? QString() : found->text();
    }
    /// Presses Tab until that widget has the focus.
    [[nodiscard]] static bool tabTo(QWidget *in, const QString &name)
    {
        for (int i = 0; i < mostKeys; ++i) {
            QWidget *focus = in->window()->focusWidget();
            if (focus != nullptr && focus->objectName() == name)
                return true;
            QTest::keyClick(focus == nullptr ? in : focus, Qt::Key_Tab);
        }
        return false;
    }
    /// Chooses a flag by keyboard, and presses the button that sets it.
    [[nodiscard]] bool pressFlag(const QString &flag)
    {
        open(PageId::Flags);
        auto *table = find<QTableView>(u"flag-table"_s);
        if (table == nullptr || !QTest::qWaitFor([&] { return table->model()->rowCount() > 0; }, settleMs))
            return false;
        table->setFocus();
        QTest::keyClick(table, Qt::Key_Home, Qt::ControlModifier);
        for (int i = 0; i < mostKeys && table->currentIndex().siblingAtColumn(0).data().toString() != flag; ++i)
            QTest::keyClick(table, Qt::Key_Down);
        auto *button = find<QPushButton>(u"flag-act"_s);
        if (!button->isEnabled() || !tabTo(table, u"flag-act"_s))
            return false;
        QTest::keyClick(button, Qt::Key_Space);
        return dialog() != nullptr;
    }
    [[nodiscard]] ActionDialog *dialog() { return find<ActionDialog>(u"action-dialog"_s); }
    [[nodiscard]] QString state()
    {
        const auto *card = find<Card>(u"action-state"_s);
        return card == nullptr ? QString() : card->title();
    }
    [[nodiscard]] bool waitForPhase(ActionRun::Phase phase)
    {
        return QTest::qWaitFor([&] { return dialog() != nullptr && dialog()->run().phase == phase; }, settleMs);
    }
    /// Types the deployment's name and presses the button.
    [[nodiscard]] bool confirm(const QString &name = u"quoted"_s)
    {
        if (!tabTo(dialog(), u"action-name"_s))
            return false;
        QTest::keyClicks(dialog()->focusWidget(), name);
        if (!find<QPushButton>(u"action-act"_s)->isEnabled() || !tabTo(dialog(), u"action-act"_s))
            return false;
        QTest::keyClick(dialog()->focusWidget(), Qt::Key_Space);
        return true;
    }

private:
    QTemporaryDir m_home;
    SystemClock m_clock;
    QSettings m_settings;
    Console m_console;
};

/// The other process: turns a flag and is killed at the boundary that it is told.
int actAndDie(const QStringList &arguments)
{
    Hand hand(arguments[2], arguments[3]);
    hand.console().acting().setBoundary([at = arguments[4]](const QString &boundary) {
        if (boundary == at)
            ::kill(::getpid(), SIGKILL);
    });
    if (!hand.pressFlag(u"instant_demo"_s) || !hand.waitForPhase(ActionRun::Phase::Ready) || !hand.confirm())
        return 10;
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

private:
    /// As PostgreSQL itself has it: "t 50".
    [[nodiscard]] QString held(const QString &flag);
    [[nodiscard]] QString ask(const QByteArray &sql);
    [[nodiscard]] QString profile() const { return m_sandbox.profile(); }
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
    QVERIFY(!ask("UPDATE feature_flags SET enabled = true, rollout_percent = 50 WHERE key = 'anthropic_first'; ")
                 .contains(u"error"_s));
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
    QTRY_COMPARE_WITH_TIMEOUT(hand.state(), u"Undone: all is as before"_s, settleMs);
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
    QTRY_VERIFY_WITH_TIMEOUT(rows().contains(u"Undo: Turn anthropic_first off"_s), settleMs);
    QVERIFY2(rows().contains(u"| Done |"_s) && rows().contains(u"| Undone |"_s), qPrintable(rows()));
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
