/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/acting.h"
#include "actions/action_bar.h"
#include "actions/action_dialog.h"
#include "actions/action_windows.h"
#include "actions/handover.h"
#include "actions/secret_clipboard.h"
#include "actions/secret_shelf.h"
#include "theme/text_label.h"

#include <QCborArray>
#include <QCborValue>
#include <QClipboard>
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QMetaProperty>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
using Way = SecretShelf::Way;
const QByteArray key("lg_0a0b0c0d_" + QByteArray(40, '7'));
const QString name = u"lg_0a0b0c0d"_s;
constexpr auto second = 60ms;

ActionRun ended()
{
    ActionRun run{.id = 7, .phase = ActionRun::Phase::Ended, .deployment = u"gas"_s, .environment = u"staging"_s};
    run.plan = Plan{.action = u"rotate-api-key"_s,
                    .settings = u"turn"_s,
                    .target = {.deployment = u"gas"_s, .environment = u"staging"_s},
                    .resource = u"lg_99"_s,
                    .steps = {{u"api-key-issued"_s, {name, u"lg_99"_s, QString()}}}};
    run.report = {.ending = Ending::Done, .steps = {{.state = StepReport::State::Done}}};
    return run;
}

void make(const QByteArray &plan)
{
    secretShelf().keep(Way::Made, plan, name, Secret(QByteArray(key.constData(), key.size())));
}

/// Every text that a widget has.
QByteArray textsOf(const QWidget &in)
{
    QStringList texts;
    QList<const QWidget *> all{&in};
    for (const QWidget *each : in.findChildren<QWidget *>())
        all.append(each);
    for (const QWidget *widget : std::as_const(all)) {
        for (int i = 0; i < widget->metaObject()->propertyCount(); ++i)
            texts.append(widget->metaObject()->property(i).read(widget).toString());
        if (const auto *label = qobject_cast<const Label *>(widget))
            texts.append(label->text());
    }
    return texts.join(u'\n').toUtf8();
}
} // namespace

/// A secret that an action made, on its way to a person.
class TestHandover : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup();
    void itIsShownToNobodyUntilAskedAndForTenSeconds();
    void theFocusStaysWithIt();
    void itStaysHiddenWhereNobodyCanBeToldOf();
    void itIsOnTheClipboardForTenSeconds();
    void whatSomebodyElseCopiedStays();
    void theClipboardIsClearedAtTheEnd();
    void whoeverLeavesWithoutItIsWarned();
    void whoeverDismissesItIsWarned();
    void whoeverClosesTheWindowIsAsked_data();
    void whoeverClosesTheWindowIsAsked();
    void whatWasSeenIsLeftAtOnce();
    void whatNobodySawInTimeIsSaidToBeGone();
    void whatIsGoneIsSaidToBe();
    void whoGetsItIsWrittenDown();

private:
    [[nodiscard]] static QString note(const QWidget &in)
    {
        const auto *label = in.findChild<Label *>(u"action-handover-note"_s);
        return label->isVisible() ? label->text() : QString();
    }
    static void press(const QWidget &in, const QString &button) { in.findChild<QPushButton *>(button)->click(); }
    [[nodiscard]] static bool isShown(const QWidget &in)
    {
        return in.findChild<SecretText *>(u"action-secret"_s)->isShown();
    }
    Theme m_theme{Scheme::Light};
};

void TestHandover::cleanup()
{
    secretShelf().setTime(SecretShelf::keptFor);
    secretShelf().forget("plan");
    secretShelf().forget(ended().plan->id());
    QGuiApplication::clipboard()->clear();
}

void TestHandover::itIsShownToNobodyUntilAskedAndForTenSeconds()
{
    Handover handover(m_theme);
    handover.resize(640, 200);
    handover.setSecond(second);
    QSignalSpy asked(&handover, &Handover::asked);
    handover.setPlan({});
    QVERIFY(!handover.isVisibleTo(nullptr) && !handover.isUnseen());
    make("plan");
    handover.setPlan("plan");
    handover.show();
    QVERIFY(handover.isUnseen() && !isShown(handover));
    QCOMPARE(handover.findChild<Label *>(u"action-handover-title"_s)->text(),
             u"A new key was made: lg_0a0b0c0d. It is shown to nobody."_s);
    press(handover, u"action-reveal"_s);
    QVERIFY(asked.isEmpty()); // it is asked first
    QVERIFY2(note(handover).contains(u"Whoever sees this screen can read it"_s), qPrintable(note(handover)));
    press(handover, u"action-reveal-no"_s);
    QVERIFY(asked.isEmpty() && note(handover).isEmpty());
    press(handover, u"action-reveal"_s);
    press(handover, u"action-reveal-yes"_s);
    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked[0][1].value<Reveal>(), Reveal::Shown);
    QVERIFY(!isShown(handover)); // it is written down first
    QElapsedTimer clock;
    clock.start();
    handover.noted(name, Reveal::Shown, {});
    QVERIFY(isShown(handover) && !handover.isUnseen());
    QCOMPARE(note(handover), u"Hidden again in 10 s."_s);
    QVERIFY(!textsOf(handover).contains(key) && !textsOf(handover).contains("shown to nobody"));
    QVERIFY(!handover.findChild<QPushButton *>(u"action-reveal"_s)->isEnabled());
    QTRY_VERIFY(note(handover) != u"Hidden again in 10 s."_s);
    QVERIFY(isShown(handover));
    QTRY_VERIFY(!isShown(handover));
    QVERIFY2(clock.elapsed() >= 9 * second.count(), qPrintable(QString::number(clock.elapsed())));
    QVERIFY(note(handover).isEmpty());
    QVERIFY(handover.findChild<QPushButton *>(u"action-reveal"_s)->isEnabled());
}

/// Beside it stands what takes all of it back.
void TestHandover::theFocusStaysWithIt()
{
    QWidget window;
    QVBoxLayout column(&window);
    auto *handover = new Handover(m_theme);
    auto *undo = new QPushButton(u"Undo"_s);
    column.addWidget(handover);
    column.addWidget(undo);
    make("plan");
    handover->setPlan("plan");
    window.show();
    window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    auto *reveal = handover->findChild<QPushButton *>(u"action-reveal"_s);
    reveal->setFocus();
    QTest::keyClick(reveal, Qt::Key_Space);
    auto *yes = handover->findChild<QPushButton *>(u"action-reveal-yes"_s);
    yes->setFocus();
    QTest::keyClick(yes, Qt::Key_Space);
    QVERIFY(window.focusWidget() != undo);
    QVERIFY(handover->isAncestorOf(window.focusWidget()));
}

void TestHandover::itStaysHiddenWhereNobodyCanBeToldOf()
{
    Handover handover(m_theme);
    make("plan");
    handover.setPlan("plan");
    handover.show();
    handover.noted(name, Reveal::Shown, u"disk full"_s);
    QVERIFY(!isShown(handover) && handover.isUnseen());
    QVERIFY2(note(handover).contains(u"It stays hidden, as the journal cannot be written: disk full"_s),
             qPrintable(note(handover)));
}

void TestHandover::itIsOnTheClipboardForTenSeconds()
{
    Handover handover(m_theme);
    handover.setSecond(second);
    make("plan");
    handover.setPlan("plan");
    handover.show();
    QSignalSpy asked(&handover, &Handover::asked);
    press(handover, u"action-reveal-copy"_s);
    QCOMPARE(asked[0][1].value<Reveal>(), Reveal::Copied);
    QVERIFY(QGuiApplication::clipboard()->text().isEmpty());
    handover.noted(name, Reveal::Copied, {});
    QVERIFY(!isShown(handover) && !handover.isUnseen());
    QCOMPARE(QGuiApplication::clipboard()->text().toUtf8(), key);
    QCOMPARE(QGuiApplication::clipboard()->mimeData()->data(u"x-kde-passwordManagerHint"_s), "secret");
    QTRY_VERIFY(QGuiApplication::clipboard()->text().isEmpty());
}

void TestHandover::whatSomebodyElseCopiedStays()
{
    SecretClipboard clipboard;
    clipboard.put(Secret(QByteArray("s1")), 50ms);
    QGuiApplication::clipboard()->setText(u"a shopping list"_s);
    QTest::qWait(120);
    QCOMPARE(QGuiApplication::clipboard()->text(), u"a shopping list"_s);
    clipboard.clear();
    QCOMPARE(QGuiApplication::clipboard()->text(), u"a shopping list"_s);
}

void TestHandover::theClipboardIsClearedAtTheEnd()
{
    SecretClipboard clipboard;
    clipboard.put(Secret(QByteArray("s1")));
    QCOMPARE(QGuiApplication::clipboard()->text(), u"s1"_s);
    Q_EMIT QCoreApplication::instance()->aboutToQuit({});
    QVERIFY(QGuiApplication::clipboard()->text().isEmpty());
}

void TestHandover::whoeverLeavesWithoutItIsWarned()
{
    make(ended().plan->id());
    ActionDialog dialog(m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.setRun(ended());
    dialog.show();
    QSignalSpy finished(&dialog, &QDialog::finished);
    press(dialog, u"action-close"_s);
    QVERIFY(dialog.isVisible() && finished.isEmpty());
    QVERIFY2(note(dialog).contains(u"Once this is closed it is gone, and another one has to be issued"_s),
             qPrintable(note(dialog)));
    QCOMPARE(dialog.findChild<QPushButton *>(u"action-close"_s)->text(), u"Close without it"_s);
    press(dialog, u"action-close"_s);
    QCOMPARE(finished.size(), 1);
}

/// Its dialog was closed while it ran.
void TestHandover::whoeverDismissesItIsWarned()
{
    const QTemporaryDir directory;
    const SystemClock clock;
    Profile profile;
    profile.name = u"gas"_s;
    ActionRecord record;
    record.plan = ended().plan;
    Acting acting(clock, {.directory = directory.path()});
    QWidget window;
    ActionBar bar(m_theme);
    ActionWindows windows(acting, m_theme, bar, window);
    const qint64 run = acting.takeUp(profile, record);
    QTRY_VERIFY(!acting.run(run)->isBusy());
    acting.carryOut(run, ActionRun::Way::Undo, {}); // which this profile cannot
    QTRY_COMPARE(acting.run(run)->phase, ActionRun::Phase::Ended);
    make(record.plan->id());
    Q_EMIT bar.dismissed(u"run/%1"_s.arg(run));
    QVERIFY(acting.run(run) != nullptr);
    auto *dialog = window.findChild<ActionDialog *>();
    QVERIFY(dialog != nullptr && dialog->isVisible());
    dialog->close();
    QVERIFY(dialog->isVisible() && acting.run(run) != nullptr);
    dialog->close();
    QVERIFY(acting.run(run) == nullptr);
    QVERIFY(secretShelf().names(Way::Made, record.plan->id()).isEmpty());
}

void TestHandover::whoeverClosesTheWindowIsAsked_data()
{
    QTest::addColumn<bool>("isGone");
    QTest::addColumn<QString>("said");
    QTest::addColumn<QString>("bar");
    QTest::newRow("it waits") << false << u"lg_0a0b0c0d, of "_s << u"A new key waits to be handed over"_s;
    QTest::newRow("its time is over") << true << u"it is gone already, issue another one"_s
                                      << u"Nobody was handed the new key lg_0a0b0c0d, and it is gone"_s;
}

void TestHandover::whoeverClosesTheWindowIsAsked()
{
    QFETCH(bool, isGone);
    QFETCH(QString, said);
    QFETCH(QString, bar);
    const QTemporaryDir directory;
    const SystemClock clock;
    Profile profile;
    profile.name = u"gas"_s;
    ActionRecord record;
    record.plan = ended().plan;
    Acting acting(clock, {.directory = directory.path()});
    QWidget window;
    ActionBar rows(m_theme);
    ActionWindows windows(acting, m_theme, rows, window);
    QVERIFY(windows.mayClose());
    const qint64 run = acting.takeUp(profile, record);
    QTRY_VERIFY(!acting.run(run)->isBusy());
    if (isGone)
        secretShelf().setTime(50ms);
    make(record.plan->id());
    acting.carryOut(run, ActionRun::Way::Undo, {}); // which this profile cannot
    QTRY_COMPARE(acting.run(run)->phase, ActionRun::Phase::Ended);
    QTRY_VERIFY2(textsOf(rows).contains(bar.toUtf8()), textsOf(rows).constData()); // with nobody's doing
    QVERIFY(!windows.mayClose());
    auto *dialog = window.findChild<QDialog *>(u"close-dialog"_s);
    QVERIFY(dialog != nullptr);
    QVERIFY2(textsOf(*dialog).contains(said.toUtf8()), textsOf(*dialog).constData());
    QVERIFY(!textsOf(*dialog).contains("An action is running"));
    QVERIFY(!dialog->findChild<QPushButton *>(u"close-after"_s)->isVisible());
    QSignalSpy again(&windows, &ActionWindows::closeAgain);
    press(*dialog, u"close-stay"_s);
    QVERIFY(again.isEmpty());
    QTRY_VERIFY(window.findChild<QDialog *>(u"close-dialog"_s) == nullptr);
    secretShelf().handOver(record.plan->id(), name);
    QVERIFY(windows.mayClose());
    make(record.plan->id());
    QVERIFY(!windows.mayClose());
    press(*window.findChild<QDialog *>(u"close-dialog"_s), u"close-now"_s);
    QCOMPARE(again.size(), 1);
    QVERIFY(windows.mayClose());
}

void TestHandover::whatNobodySawInTimeIsSaidToBeGone()
{
    secretShelf().setTime(100ms);
    Handover handover(m_theme);
    handover.setSecond(second);
    make("plan");
    handover.setPlan("plan");
    handover.show();
    const auto title = [&] { return handover.findChild<Label *>(u"action-handover-title"_s)->text(); };
    QVERIFY(title().contains(u"It is shown to nobody"_s));
    QTRY_COMPARE(title(),
                 u"A new key was made: lg_0a0b0c0d. Nobody was handed it, and it is gone: issue another one."_s);
    handover.setPlan("plan"); // as with each news of its run
    QVERIFY(handover.isVisible() && handover.isUnseen());
    QVERIFY(!handover.findChild<QPushButton *>(u"action-reveal"_s)->isEnabled());
    QVERIFY(!handover.findChild<QPushButton *>(u"action-reveal-copy"_s)->isEnabled());
    handover.warn();
    QVERIFY2(note(handover).contains(u"it is gone: another one has to be issued"_s), qPrintable(note(handover)));

    // Somebody looks for the first time when it is gone.
    Handover late(m_theme);
    late.setPlan("plan");
    QVERIFY(late.isUnseen() && !late.isHidden());
    QVERIFY(late.findChild<Label *>(u"action-handover-title"_s)->text().contains(u"it is gone"_s));
}

void TestHandover::whatWasSeenIsLeftAtOnce()
{
    make(ended().plan->id());
    ActionDialog dialog(m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.setRun(ended());
    dialog.show();
    dialog.revealNoted(name, Reveal::Shown, {});
    QVERIFY(isShown(dialog));
    QSignalSpy finished(&dialog, &QDialog::finished);
    dialog.close();
    QCOMPARE(finished.size(), 1);
}

void TestHandover::whatIsGoneIsSaidToBe()
{
    Handover handover(m_theme);
    make("plan");
    handover.setPlan("plan");
    handover.show();
    secretShelf().forget("plan");
    QVERIFY(!handover.isUnseen()); // nothing is lost by leaving
    handover.noted(name, Reveal::Shown, {});
    QVERIFY(!isShown(handover));
    QVERIFY2(note(handover).contains(u"The key is gone"_s), qPrintable(note(handover)));
}

void TestHandover::whoGetsItIsWrittenDown()
{
    const QTemporaryDir directory;
    const SystemClock clock;
    Profile profile;
    profile.name = u"gas"_s;
    ActionRecord record;
    record.plan = ended().plan;
    {
        Acting acting(clock, {.directory = directory.path()});
        QSignalSpy noted(&acting, &Acting::revealNoted);
        const qint64 run = acting.takeUp(profile, record);
        QTRY_VERIFY(!acting.run(run)->isBusy());
        acting.noteReveal(run, name, Reveal::Copied);
        QTRY_COMPARE(noted.size(), 1);
        QCOMPARE(noted[0][0].toLongLong(), run);
        QCOMPARE(noted[0][3].toString(), QString());
    }
    const auto desk = openDesk({.directory = directory.path()}, 10s);
    QVERIFY(desk);
    const auto entries = desk->journal->entries({.kind = u"reveal"_s}, 10s);
    QVERIFY(entries && entries->size() == 1);
    const Entry &entry = entries->first();
    QCOMPARE(entry.operatorId, desk->who.id);
    QCOMPARE(entry.planId, record.plan->id());
    QCOMPARE(QCborValue::fromCbor(entry.body).toArray(), (QCborArray{u"copied"_s, name}));
    QVERIFY(desk->journal->unfinished(10s)->isEmpty());
}

QTEST_MAIN(TestHandover)
#include "tst_handover.moc"
