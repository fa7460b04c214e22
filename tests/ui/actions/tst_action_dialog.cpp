/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/action_bar.h"
#include "actions/action_dialog.h"
#include "console/sample_runs.h"
#include "theme/card.h"
#include "theme/glyph.h"
#include "theme/text_label.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace qd;

Q_DECLARE_METATYPE(qd::ActionRun::Way)

/// The dialog of an action in each of its states.
class TestActionDialog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachStateSaysWhatItIs_data();
    void eachStateSaysWhatItIs();
    void lowRiskTakesAButton();
    void mediumRiskTakesTheName();
    void highRiskIsRefusedWithoutASecondPerson();
    void anotherPlanIsConfirmedAnew();
    void escapeOnlyCloses();
    void allOfItCanBeCopied();
    void whatADeploymentSaysIsPlainText();
    void everythingFitsAtTwiceTheText_data();
    void everythingFitsAtTwiceTheText();
    void theBarSaysWhatRunsAndLeadsBack();

private:
    [[nodiscard]] static ActionRun sample(const QString &name);
    template <class W>
    [[nodiscard]] static W *find(const QWidget &in, const QString &name)
    {
        return in.findChild<W *>(name);
    }
    Theme m_theme{Scheme::Light};
};

ActionRun TestActionDialog::sample(const QString &name)
{
    const QList<SampleRun> all = sampleRuns(Instant{});
    const auto found = std::ranges::find(all, name, &SampleRun::name);
    return found == all.end() ? ActionRun{} : found->run;
}

void TestActionDialog::eachStateSaysWhatItIs_data()
{
    QTest::addColumn<QString>("state");
    QTest::addColumn<QString>("title");
    QTest::addColumn<QString>("says");
    QTest::addColumn<QStringList>("buttons"); // but Copy
    QTest::newRow("checking") << u"checking"_s << u"Checking…"_s << u"Nothing is changed"_s
                              << QStringList{u"close"_s, u"act"_s};
    QTest::newRow("ready") << u"ready"_s << u"Ready; nothing was changed yet"_s << u"Confirm below"_s
                           << QStringList{u"close"_s, u"act"_s};
    QTest::newRow("refused") << u"refused"_s << u"A check refuses it; nothing was changed"_s << u"stands below"_s
                             << QStringList{u"again"_s, u"close"_s, u"act"_s};
    QTest::newRow("no plan") << u"no-plan"_s << u"This cannot be done; nothing was changed"_s
                             << u"Permission denied for table feature_flags"_s << QStringList{u"again"_s, u"close"_s};
    QTest::newRow("running") << u"running"_s << u"Running…"_s << u"goes on"_s << QStringList{u"close"_s};
    QTest::newRow("done") << u"done"_s << u"Done"_s << u"quoted itself shows it"_s
                          << QStringList{u"undo"_s, u"close"_s};
    QTest::newRow("failed") << u"failed"_s << u"It failed; all is as before"_s
                            << u"Give the role that acts this right"_s << QStringList{u"close"_s};
    QTest::newRow("needs a person") << u"needs-a-person"_s << u"Unfinished: look, then resume or undo"_s
                                    << u"Verify looks"_s << QStringList{u"again"_s, u"resume"_s, u"undo"_s, u"close"_s};
    QTest::newRow("unfinished") << u"unfinished"_s << u"It was begun and never came to its end"_s << u"Resume does"_s
                                << QStringList{u"again"_s, u"resume"_s, u"undo"_s, u"close"_s};
}

void TestActionDialog::eachStateSaysWhatItIs()
{
    QFETCH(QString, state);
    QFETCH(QString, title);
    QFETCH(QString, says);
    QFETCH(QStringList, buttons);
    ActionDialog dialog(m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.setRun(sample(state));
    dialog.show();
    auto *stateCard = find<Card>(dialog, u"action-state"_s);
    QCOMPARE(stateCard->title(), title);
    // What goes on is not what nobody knows.
    const bool isUnderWay = state == "checking"_L1 || state == "running"_L1;
    QCOMPARE(stateCard->findChild<GlyphLabel *>()->accessibleName() == "under way"_L1, isUnderWay);
    QVERIFY2(find<Label>(dialog, u"action-state-text"_s)->text().contains(says),
             qPrintable(find<Label>(dialog, u"action-state-text"_s)->text()));
    QStringList shown;
    for (const QString &name : {u"again"_s, u"resume"_s, u"undo"_s, u"close"_s, u"act"_s}) {
        const auto *button = find<QPushButton>(dialog, u"action-"_s + name);
        QVERIFY(!button->isDefault() && !button->autoDefault());
        if (button->isVisible())
            shown.append(name);
    }
    QCOMPARE(shown, buttons);
    // Nothing is asked for where nothing is typed.
    QVERIFY(!find<QPushButton>(dialog, u"action-act"_s)->isEnabled());
}

void TestActionDialog::lowRiskTakesAButton()
{
    ActionDialog dialog(m_theme);
    dialog.setRun(sample(u"low-risk"_s));
    const QSignalSpy confirmed(&dialog, &ActionDialog::confirmed);
    // It asks for nothing; that it is taken back by itself can be chosen.
    for (const QString &name : {u"action-name"_s, u"action-reason"_s})
        QVERIFY2(find<QWidget>(dialog, name)->isHidden(), qPrintable(name));
    QVERIFY(!find<QWidget>(dialog, u"action-revert"_s)->isHidden());
    auto *act = find<QPushButton>(dialog, u"action-act"_s);
    QVERIFY(act->isEnabled());
    QVERIFY(!act->property("danger").toBool());
    act->click();
    QCOMPARE(confirmed.size(), 1);
    QCOMPARE(confirmed.first().first().value<ActionRun::Way>(), ActionRun::Way::Run);
}

void TestActionDialog::mediumRiskTakesTheName()
{
    ActionDialog dialog(m_theme);
    dialog.setRun(sample(u"ready"_s));
    const QSignalSpy confirmed(&dialog, &ActionDialog::confirmed);
    auto *act = find<QPushButton>(dialog, u"action-act"_s);
    auto *name = find<QLineEdit>(dialog, u"action-name"_s);
    for (const QString &typed : {u""_s, u"quote"_s, u"Quoted"_s, u"quoted "_s}) {
        name->setText(typed);
        QVERIFY2(!act->isEnabled(), qPrintable(typed));
        act->click();
    }
    QCOMPARE(confirmed.size(), 0);
    name->setText(u"quoted"_s);
    find<QLineEdit>(dialog, u"action-reason"_s)->setText(u" OPS-311 "_s);
    QVERIFY(act->isEnabled());
    QVERIFY(act->property("danger").toBool());
    act->click();
    QCOMPARE(confirmed.size(), 1);
    QCOMPARE(confirmed.first().at(1).value<Confirmed>().reason, u"OPS-311"_s);
}

void TestActionDialog::highRiskIsRefusedWithoutASecondPerson()
{
    ActionDialog dialog(m_theme);
    dialog.setRun(sample(u"high-risk"_s));
    const QSignalSpy confirmed(&dialog, &ActionDialog::confirmed);
    find<QLineEdit>(dialog, u"action-name"_s)->setText(u"quoted"_s);
    find<QLineEdit>(dialog, u"action-reason"_s)->setText(u"OPS-311"_s);
    auto *act = find<QPushButton>(dialog, u"action-act"_s);
    QVERIFY(!act->isEnabled());
    act->click();
    QCOMPARE(confirmed.size(), 0);
    QCOMPARE(find<Card>(dialog, u"action-state"_s)->title(), u"It waits for a second person"_s);
    // Waiting is no failure, and what is to be done for it stands once, with a command of its own.
    QCOMPARE(
        find<Label>(dialog, u"action-approval"_s)->text(),
        u"No second person approved it yet: a person with the role lead approves it on Activity or with quarterdeck-cli approve"_s);
    const auto checks = find<QWidget>(dialog, u"action-checks"_s)->findChildren<Label *>();
    const auto approved = std::ranges::find(checks, u"A second person approves it"_s, &Label::text);
    QVERIFY(approved != checks.end());
    QCOMPARE((*approved)->tone(), Tone::Warn);
    const QString command = find<Label>(dialog, u"action-command"_s)->text();
    QVERIFY2(command.startsWith(u"quarterdeck-cli approve "_s) && command.endsWith(u" --confirm quoted"_s),
             qPrintable(command));
    find<QPushButton>(dialog, u"action-command-copy"_s)->click();
    QCOMPARE(QGuiApplication::clipboard()->text(), command);
    // What was approved has its reason in it: another one is another plan.
    ActionRun run = dialog.run();
    for (Check &check : run.checks) {
        check.result = Check::Result::Passed;
        check.error.reset();
    }
    dialog.setRun(run);
    find<QLineEdit>(dialog, u"action-name"_s)->setText(u"quoted"_s);
    QVERIFY(!act->isEnabled());
    find<QLineEdit>(dialog, u"action-reason"_s)->setText(u"INC-12"_s);
    QVERIFY(act->isEnabled());
}

void TestActionDialog::anotherPlanIsConfirmedAnew()
{
    ActionDialog dialog(m_theme);
    ActionRun run = sample(u"ready"_s);
    dialog.setRun(run);
    auto *act = find<QPushButton>(dialog, u"action-act"_s);
    find<QLineEdit>(dialog, u"action-name"_s)->setText(u"quoted"_s);
    QVERIFY(act->isEnabled());
    dialog.setRun(sample(u"checking"_s));
    QVERIFY(!act->isEnabled());
    dialog.setRun(run);
    QVERIFY(!act->isEnabled());
}

void TestActionDialog::escapeOnlyCloses()
{
    ActionDialog dialog(m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.setRun(sample(u"ready"_s));
    dialog.show();
    find<QLineEdit>(dialog, u"action-name"_s)->setText(u"quoted"_s);
    const QSignalSpy confirmed(&dialog, &ActionDialog::confirmed);
    QTest::keyClick(find<QLineEdit>(dialog, u"action-name"_s), Qt::Key_Return);
    QVERIFY(dialog.isVisible());
    QTest::keyClick(&dialog, Qt::Key_Escape);
    QVERIFY(!dialog.isVisible());
    QCOMPARE(confirmed.size(), 0);
}

void TestActionDialog::allOfItCanBeCopied()
{
    ActionDialog dialog(m_theme);
    dialog.setRun(sample(u"refused"_s));
    find<QPushButton>(dialog, u"action-copy"_s)->click();
    const QString copied = QGuiApplication::clipboard()->text();
    for (const QString &part : {u"quoted · production"_s, u"Medium risk"_s, u"voice_quotes  on  → off"_s,
                                u"Voice_quotes is not as the plan found it"_s, u"1 Set voice_quotes in its table"_s,
                                u"Undone by one button"_s, u"Plan "_s})
        QVERIFY2(copied.contains(part), qPrintable(part + u'\n' + copied));
}

void TestActionDialog::whatADeploymentSaysIsPlainText()
{
    ActionRun run = sample(u"ready"_s);
    run.plan->resource = u"<b>a</b>&b"_s;
    ActionDialog dialog(m_theme);
    dialog.setRun(run);
    QCOMPARE(find<Label>(dialog, u"action-title"_s)->text(), u"Turn <b>a</b>&b off and set its rollout to 25 %"_s);
    // In a button's text '&' would make a shortcut of the next letter.
    QVERIFY(find<QPushButton>(dialog, u"action-act"_s)->text().startsWith(u"Turn <b>a</b>&&b off"_s));
    QVERIFY(find<QPushButton>(dialog, u"action-act"_s)->shortcut().isEmpty());
}

void TestActionDialog::everythingFitsAtTwiceTheText_data()
{
    QTest::addColumn<QString>("state");
    for (const SampleRun &each : sampleRuns(Instant{}))
        QTest::newRow(qPrintable(each.name)) << each.name;
}

void TestActionDialog::everythingFitsAtTwiceTheText()
{
    QFETCH(QString, state);
    const Theme twice(Scheme::Dark, 2.0);
    ActionDialog dialog(twice);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.setRun(sample(state));
    dialog.show();
    QVERIFY2(dialog.minimumSizeHint().width() <= 1280 && dialog.width() <= 1280,
             qPrintable(QString::number(dialog.width())));
    QCoreApplication::processEvents();
    for (const Label *label : dialog.findChildren<Label *>()) {
        if (label->isVisible() && label->heightForWidth(label->width()) > 0)
            QVERIFY2(label->height() >= label->heightForWidth(label->width()), qPrintable(label->text()));
    }
}

void TestActionDialog::theBarSaysWhatRunsAndLeadsBack()
{
    ActionBar bar(m_theme);
    QVERIFY(bar.isHidden());
    bar.setRows({{.key = u"run/1"_s, .status = Status::Unknown, .text = u"voice: running"_s},
                 {.key = u"run/2"_s, .status = Status::Ok, .text = u"docs: done"_s, .canBeDismissed = true}});
    QVERIFY(!bar.isHidden());
    QSignalSpy chosen(&bar, &ActionBar::chosen);
    QSignalSpy dismissed(&bar, &ActionBar::dismissed);
    const auto buttons = bar.findChildren<QPushButton *>();
    QCOMPARE(buttons.size(), 3);
    for (QPushButton *button : buttons)
        button->click();
    QCOMPARE(chosen.size(), 2);
    QCOMPARE(dismissed.size(), 1);
    QCOMPARE(dismissed.first().first().toString(), u"run/2"_s);
    bar.setRows({});
    QVERIFY(bar.isHidden());
}

QTEST_MAIN(TestActionDialog)
#include "tst_action_dialog.moc"
