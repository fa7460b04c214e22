/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/action_bar.h"
#include "actions/action_dialog.h"
#include "actions/secret_shelf.h"
#include "console/sample_runs.h"
#include "theme/card.h"
#include "theme/glyph.h"
#include "theme/text_label.h"
#include "words/action_words.h"
#include "words/words.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLineEdit>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace qd;

Q_DECLARE_METATYPE(qd::ActionRun::Way)
Q_DECLARE_METATYPE(QList<qd::Phrase>)

/// The dialog of an action in each of its states.
class TestActionDialog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachStateSaysWhatItIs_data();
    void eachStateSaysWhatItIs();
    void lowRiskTakesAButton();
    void whatComparesValuesAloneSaysSo_data();
    void whatComparesValuesAloneSaysSo();
    void mediumRiskTakesTheName();
    void aSecretIsTypedHiddenAndKeptByNobodyHere();
    void highRiskIsRefusedWithoutASecondPerson();
    void anotherPlanIsConfirmedAnew();
    void escapeOnlyCloses();
    void allOfItCanBeCopied();
    void whatADeploymentSaysIsPlainText();
    void everythingFitsAtTwiceTheText_data();
    void everythingFitsAtTwiceTheText();
    void anUndoSaysWhatItDoes();
    void whatHasNoShortUndoSaysItInFull();
    void theUndoIsSaidShort_data();
    void theUndoIsSaidShort();
    void whatARestartMeansMeanwhile_data();
    void whatARestartMeansMeanwhile();
    void whatCannotBeUndoneSaysSoFirst();
    void theFocusIsWhereItIsNeeded();
    void theFocusFollowsALook_data();
    void theFocusFollowsALook();
    void copyIsTheLastByTab();
    void keysAreSaidInWords();
    void namesKeepTheirLetters();
    void whatStandsOtherwiseIsNoFailureToLook();
    void whatIsDoneSaysWhyAndUntilWhen();
    void whatIsLetStayIsNotSaidToRevert();
    void stepsStandStillWhenTheyRun();
    void itIsAsHighAsItNeeds_data();
    void itIsAsHighAsItNeeds();
    void itGrowsAndNeverShrinks();
    void itsButtonsStandInOneRowWhereTheyFit();
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
    QTest::newRow("needs a person") << u"needs-a-person"_s << u"Unfinished: look, then resume, undo or settle"_s
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

void TestActionDialog::whatComparesValuesAloneSaysSo_data()
{
    QTest::addColumn<QString>("system");
    QTest::addColumn<bool>("hasVersions");
    QTest::newRow("PostgreSQL") << u"postgresql"_s << true;
    QTest::newRow("Redis") << u"redis"_s << false;
    QTest::newRow("Actuator") << u"actuator"_s << false;
    QTest::newRow("Render") << u"render"_s << false;
    QTest::newRow("Railway") << u"railway"_s << false;
    QTest::newRow("Kubernetes") << u"kubernetes"_s << false;
}

/// Where it is chosen, and in the plan, that nothing else tells whether somebody else was there.
void TestActionDialog::whatComparesValuesAloneSaysSo()
{
    QFETCH(QString, system);
    QFETCH(bool, hasVersions);
    const QString words = u"changed and changed back meanwhile looks untouched"_s;
    ActionDialog dialog(m_theme);
    ActionRun run = sample(u"low-risk"_s);
    run.plan->target.system = system;
    dialog.setRun(run);
    find<QComboBox>(dialog, u"action-revert"_s)->setCurrentIndex(1);
    const QString note = find<Label>(dialog, u"action-revert-note"_s)->text();
    QVERIFY2(note.contains(u"undone automatically"_s) && note.contains(words) == !hasVersions, qPrintable(note));
    QVERIFY(!words::lines(*run.plan).join(u'\n').contains(words)); // it is not taken back by itself yet
    run.plan->revertAfter = std::chrono::minutes(15);
    QCOMPARE(words::lines(*run.plan).join(u'\n').contains(words), !hasVersions);
    // As where a plan that says so is opened.
    ActionDialog opened(m_theme);
    opened.setRun(run);
    QCOMPARE(find<Label>(opened, u"action-revert-note"_s)->text().contains(words), !hasVersions);
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

void TestActionDialog::aSecretIsTypedHiddenAndKeptByNobodyHere()
{
    ActionDialog dialog(m_theme);
    ActionRun run = sample(u"ready"_s);
    auto *secret = find<QLineEdit>(dialog, u"action-secret"_s);
    dialog.setRun(run);
    QVERIFY(secret->isHidden()); // that plan asks for none
    run.id += 1;
    run.plan->steps = {{u"secret-given"_s, {u"HOOK_SECRET"_s, u"Render"_s, u"5a17"_s, u"9417"_s, u"Roll it there"_s}}};
    dialog.setRun(run);
    QVERIFY(!secret->isHidden());
    QCOMPARE(secret->echoMode(), QLineEdit::Password);
    QCOMPARE(secret->accessibleName(), u"The new HOOK_SECRET"_s);
    const QSignalSpy confirmed(&dialog, &ActionDialog::confirmed);
    auto *act = find<QPushButton>(dialog, u"action-act"_s);
    find<QLineEdit>(dialog, u"action-name"_s)->setText(u"quoted"_s);
    QVERIFY(!act->isEnabled());
    secret->setText(u" whsec_7731 "_s);
    QVERIFY(act->isEnabled());
    find<QPushButton>(dialog, u"action-copy"_s)->click();
    QVERIFY(!QGuiApplication::clipboard()->text().contains(u"7731"_s));
    act->click();
    QCOMPARE(confirmed.size(), 1);
    QVERIFY(secret->text().isEmpty());
    const auto given = secretShelf().take(SecretShelf::Way::Given, run.plan->id(), u"HOOK_SECRET"_s);
    QVERIFY(given && given->reveal() == "whsec_7731");
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
    const auto approved = std::ranges::find(checks, u"Waiting for a second person"_s, &Label::text);
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
                                u"  voice_quotes is not as the plan found it"_s, u"1 Set voice_quotes in its table"_s,
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

void TestActionDialog::anUndoSaysWhatItDoes()
{
    ActionDialog dialog(m_theme);
    ActionRun run = sample(u"done"_s);
    run.plan->changes.removeLast();
    run.plan->undo.removeLast();
    run.plan->impact = {{u"live-sessions"_s, 3, u"count"_s, u"counted"_s}};
    run.plan->madeAt = Instant{} + std::chrono::hours(20 * 365 * 24);
    run.plan->revertAfter = std::chrono::minutes(15);
    dialog.setRun(run);
    QCOMPARE(find<Label>(dialog, u"action-title"_s)->text(), u"Turn voice_quotes off"_s);
    QCOMPARE(find<Label>(dialog, u"action-changes-0-2"_s)->text(), u"→ off"_s);
    const QString measured = u"What it touches, as it was measured at %1"_s.arg(words::shortTime(run.plan->madeAt));
    QCOMPARE(find<QWidget>(dialog, u"action-impact"_s)->accessibleName(), measured);

    const auto isTheUndo = [&] {
        return find<Label>(dialog, u"action-title"_s)->text() == u"Undo: turn voice_quotes on again"_s &&
               dialog.windowTitle().startsWith(u"Undo: turn voice_quotes on again"_s) &&
               find<Label>(dialog, u"action-changes-0-1"_s)->text() == u"off"_s &&
               find<Label>(dialog, u"action-changes-0-2"_s)->text() == u"→ on"_s;
    };
    dialog.offer(ActionRun::Way::Undo);
    QVERIFY(isTheUndo());
    QCOMPARE(find<QWidget>(dialog, u"action-changes"_s)->accessibleName(), u"What will change"_s);
    QCOMPARE(find<QPushButton>(dialog, u"action-act"_s)->text(), u"Turn voice_quotes on again in quoted"_s);
    QCOMPARE(find<Label>(dialog, u"action-wrong-1-0"_s)->text(),
             u"What undoing does: voice_quotes is turned on again."_s);
    QVERIFY(find<Label>(dialog, u"action-wrong-2-0"_s) == nullptr);
    // To let it stay is not to undo it.
    dialog.offer(ActionRun::Way::Keep);
    QVERIFY(!isTheUndo());

    run.phase = ActionRun::Phase::Running;
    run.way = ActionRun::Way::Undo;
    dialog.setRun(run);
    QVERIFY(isTheUndo());
    run.phase = ActionRun::Phase::Ended;
    run.report.ending = Ending::Undone;
    dialog.setRun(run);
    QVERIFY(isTheUndo());
    QCOMPARE(find<QWidget>(dialog, u"action-changes"_s)->accessibleName(), u"What was changed"_s);
    QVERIFY(find<QWidget>(dialog, u"action-wrong"_s)->isHidden());

    // Of one that is due nobody pressed a button, and whoever approves one approves the undoing.
    ActionDialog due(m_theme);
    due.setRun(run);
    QCOMPARE(find<Label>(due, u"action-title"_s)->text(), u"Undo: turn voice_quotes on again"_s);
    ActionDialog review(m_theme);
    ActionRun asked = sample(u"review"_s);
    asked.asked->isUndo = true;
    review.setRun(asked);
    QCOMPARE(find<Label>(review, u"action-title"_s)->text(),
             u"Undo: turn voice_quotes on again and set its rollout back to 50 %"_s);
    QCOMPARE(find<Label>(review, u"action-changes-0-2"_s)->text(), u"→ on"_s);
    QVERIFY(find<QPushButton>(review, u"action-act"_s)->text().startsWith(u"Approve in quoted: Undo: turn voice"_s));
}

void TestActionDialog::whatHasNoShortUndoSaysItInFull()
{
    ActionDialog dialog(m_theme);
    ActionRun run = sample(u"done"_s);
    run.plan->undo = {{u"service-goes-on"_s, {u"api"_s, u"Nomad"_s}}};
    dialog.setRun(run);
    dialog.offer(ActionRun::Way::Undo);
    const QString full = u"api goes on with what it was started with, as Nomad has no roll-back: redeploy it"_s;
    QCOMPARE(find<Label>(dialog, u"action-title"_s)->text(), u"Undo: "_s + full);
    QCOMPARE(find<QPushButton>(dialog, u"action-act"_s)->text(), u"Undo in quoted: "_s + full);
}

void TestActionDialog::theUndoIsSaidShort_data()
{
    QTest::addColumn<QList<Phrase>>("undo");
    QTest::addColumn<QString>("said");
    const auto row = [](const char *name, const QList<Phrase> &undo, const QString &said) {
        QTest::newRow(name) << undo << said;
    };
    row("a new rollout", {{u"flag-set-back"_s, {u"voice"_s, u"rollout"_s, QString()}}},
        u"Take the rollout of voice away again"_s);
    row("variable", {{u"variable-set-back"_s, {u"TTL"_s, u"600"_s, u"s"_s}}}, u"Set TTL back to 600 s"_s);
    row("new variable", {{u"variable-set-back"_s, {u"TTL"_s, QString(), QString()}}}, u"Remove TTL again"_s);
    row("variable and deploy",
        {{u"variable-set-back"_s, {u"TTL"_s, u"600"_s, u"s"_s}}, {u"service-rolled-back"_s, {u"api"_s, u"d-7"_s}}},
        u"Set TTL back to 600 s and roll back api to d-7"_s);
    row("variable, and nothing of the deploy",
        {{u"variable-set-back"_s, {u"TTL"_s, u"600"_s, u"s"_s}}, {u"service-goes-on"_s, {u"api"_s, u"Railway"_s}}},
        u"Set TTL back to 600 s"_s);
    row("breaker", {{u"breaker-set-back"_s, {u"openai"_s, u"OPEN"_s}}}, u"Set the breaker openai back to OPEN"_s);
    row("counters",
        {{u"counter-restored"_s, {u"10.1.2.3"_s, u"auth"_s, u"/login"_s}},
         {u"counter-restored"_s, {u"10.1.2.3"_s, u"api"_s, u"/"_s}}},
        u"Put back what counted against 10.1.2.3"_s);
    row("limit", {{u"limit-put-back"_s, {u"acme"_s, u"40"_s, u"20"_s}}}, u"Set the limit of acme back to 40"_s);
    row("no limit", {{u"limit-put-back"_s, {u"acme"_s, QString(), u"20"_s}}}, u"Take back the raised limit of acme"_s);
    row("not known", {{u"something-else"_s, {u"acme"_s}}}, QString());
}

void TestActionDialog::theUndoIsSaidShort()
{
    QFETCH(QList<Phrase>, undo);
    QFETCH(QString, said);
    Plan plan = *sample(u"ready"_s).plan;
    plan.undo = undo;
    QCOMPARE(words::undoDeed(plan), said);
}

void TestActionDialog::whatARestartMeansMeanwhile_data()
{
    QTest::addColumn<QString>("code");
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("says");
    const QString anew = u"Meanwhile: the service restarts; requests may fail for some seconds, and what it counts in "
                         "memory (breakers, limits) starts anew."_s;
    for (const QString &code : {u"service-redeploy"_s, u"service-roll-back"_s})
        QTest::newRow(qPrintable(code)) << code << QStringList{u"api"_s, u"d-8"_s, u"d-7"_s, u"Render"_s} << anew;
    QTest::newRow("restart") << u"service-restart"_s << QStringList{u"api"_s, u"e-1"_s, u"Render"_s} << anew;
    // It may replace one by one: how long that takes, and whether anybody notices, is not known.
    QTest::newRow("kubernetes") << u"service-redeploy"_s << QStringList{u"api"_s, u"8"_s, u"7"_s, u"Kubernetes"_s}
                                << u"Meanwhile: Kubernetes replaces the service's pods. While it does, requests may "
                                   "fail; what a pod counts in memory (breakers, limits) starts anew."_s;
    QTest::newRow("flag") << u"flag-set"_s << QStringList{u"voice"_s} << QString();
}

void TestActionDialog::whatARestartMeansMeanwhile()
{
    QFETCH(QString, code);
    QFETCH(QStringList, arguments);
    QFETCH(QString, says);
    ActionRun run = sample(u"ready"_s);
    run.plan->steps = {{code, arguments}};
    ActionDialog dialog(m_theme);
    dialog.setRun(run);
    auto *touches = find<QWidget>(dialog, u"action-impact"_s);
    QCOMPARE(touches->isHidden(), says.isEmpty());
    if (!says.isEmpty()) {
        QCOMPARE(touches->accessibleName(), u"What it touches"_s);
        QCOMPARE(find<Label>(dialog, u"action-impact-0-0"_s)->text(), says);
    }
    // It is over, and back again comes only the flag.
    run.phase = ActionRun::Phase::Ended;
    run.report.ending = Ending::Done;
    dialog.setRun(run);
    dialog.offer(ActionRun::Way::Undo);
    QVERIFY(touches->isHidden());
}

void TestActionDialog::whatCannotBeUndoneSaysSoFirst()
{
    ActionRun run = sample(u"ready"_s);
    run.plan->undo.clear();
    ActionDialog dialog(m_theme);
    dialog.setRun(run);
    auto *wrong = find<QWidget>(dialog, u"action-wrong"_s);
    const auto *first = find<Label>(*wrong, u"action-wrong-0-1"_s);
    QVERIFY(first != nullptr);
    QCOMPARE(first->text(), u"This cannot be undone."_s);
    QCOMPARE(first->tone(), Tone::Text);
    QCOMPARE(find<GlyphLabel>(*wrong, QString())->status(), Status::Degraded);
    for (const Label *label : wrong->findChildren<Label *>())
        QVERIFY2(!label->text().contains(u"undo it"_s) && !label->text().contains(u"Undone"_s),
                 qPrintable(label->text()));
}

void TestActionDialog::theFocusIsWhereItIsNeeded()
{
    ActionDialog dialog(m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    const auto focus = [&] { return dialog.focusWidget() == nullptr ? QString() : dialog.focusWidget()->objectName(); };
    dialog.setRun(sample(u"checking"_s));
    QCOMPARE(focus(), u"action-close"_s);
    dialog.setRun(sample(u"ready"_s));
    QCOMPARE(focus(), u"action-name"_s);
    QTest::keyClicks(dialog.focusWidget(), u"quoted"_s);
    QTest::keyClick(dialog.focusWidget(), Qt::Key_Tab);
    const QSignalSpy confirmed(&dialog, &ActionDialog::confirmed);
    for (int i = 0; i < 20 && focus() != u"action-act"_s; ++i)
        QTest::keyClick(dialog.focusWidget(), Qt::Key_Tab);
    QTest::keyClick(dialog.focusWidget(), Qt::Key_Space);
    QCOMPARE(confirmed.size(), 1);
    // The button goes away under the fingers.
    ActionRun running = sample(u"running"_s);
    dialog.setRun(running);
    QCOMPARE(focus(), u"action-close"_s);
    // Progress takes the focus from nobody.
    QTest::keyClick(dialog.focusWidget(), Qt::Key_Tab);
    const QString elsewhere = focus();
    QVERIFY(elsewhere != u"action-close"_s);
    dialog.setRun(running);
    QCOMPARE(focus(), elsewhere);
    dialog.setRun(sample(u"done"_s));
    QCOMPARE(focus(), u"action-close"_s);
    QTest::keyClick(dialog.focusWidget(), Qt::Key_Tab, Qt::ShiftModifier);
    QCOMPARE(focus(), u"action-undo"_s);
    QTest::keyClick(dialog.focusWidget(), Qt::Key_Space);
    QCOMPARE(focus(), u"action-name"_s);
    ActionRun high = sample(u"high-risk"_s);
    dialog.setRun(sample(u"checking"_s));
    dialog.setRun(high);
    QCOMPARE(focus(), u"action-name"_s); // its reason is given
    dialog.setRun(sample(u"checking"_s));
    high.plan->reason.clear();
    dialog.setRun(high);
    QCOMPARE(focus(), u"action-reason"_s);
    ActionDialog review(m_theme);
    review.show();
    review.setRun(sample(u"review"_s));
    QCOMPARE(review.focusWidget()->objectName(), u"action-name"_s);
}

void TestActionDialog::theFocusFollowsALook_data()
{
    QTest::addColumn<QString>("state");
    QTest::addColumn<ActionRun::Way>("way");
    QTest::addColumn<QString>("field");
    QTest::newRow("undo") << u"unfinished"_s << ActionRun::Way::Undo << u"action-name"_s;
    QTest::newRow("resume") << u"unfinished"_s << ActionRun::Way::Resume << u"action-name"_s;
    QTest::newRow("settle") << u"stuck"_s << ActionRun::Way::Settle << u"action-reason"_s;
}

void TestActionDialog::theFocusFollowsALook()
{
    QFETCH(QString, state);
    QFETCH(ActionRun::Way, way);
    QFETCH(QString, field);
    ActionDialog dialog(m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    ActionRun run = sample(state);
    run.phase = ActionRun::Phase::Looking;
    dialog.setRun(run);
    dialog.offer(way);
    dialog.show();
    QCOMPARE(dialog.focusWidget()->objectName(), u"action-close"_s);
    dialog.setRun(sample(state));
    QCOMPARE(dialog.focusWidget()->objectName(), field);
    QTest::keyClicks(dialog.focusWidget(), u"quoted"_s);
    QCOMPARE(find<QLineEdit>(dialog, field)->text(), u"quoted"_s);
}

void TestActionDialog::copyIsTheLastByTab()
{
    ActionDialog dialog(m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.setRun(sample(u"needs-a-person"_s));
    dialog.show();
    QStringList order;
    for (int i = 0; i < 4; ++i) {
        order.append(dialog.focusWidget()->objectName());
        QTest::keyClick(dialog.focusWidget(), Qt::Key_Tab, Qt::ShiftModifier);
    }
    QCOMPARE(order, (QStringList{u"action-close"_s, u"action-undo"_s, u"action-resume"_s, u"action-again"_s}));
    find<QPushButton>(dialog, u"action-close"_s)->setFocus();
    QTest::keyClick(dialog.focusWidget(), Qt::Key_Tab);
    QCOMPARE(dialog.focusWidget()->objectName(), u"action-copy"_s);
}

void TestActionDialog::keysAreSaidInWords()
{
    ActionRun run = sample(u"ready"_s);
    run.plan->action = u"cache-flush"_s;
    run.plan->resource = u"pricing"_s;
    run.plan->changes = {{u"pricing:*"_s, u"88"_s, u"0"_s}};
    run.plan->steps = {{u"cache-part"_s, {u"pricing"_s, u"1"_s, u"1"_s}}};
    const auto shown = [&](const QString &name) {
        ActionDialog dialog(m_theme);
        dialog.setRun(run);
        find<QPushButton>(dialog, u"action-copy"_s)->click();
        const auto *label = find<Label>(dialog, name);
        return label == nullptr ? QString() : u"%1 (%2)"_s.arg(label->text(), label->toolTip());
    };
    QCOMPARE(shown(u"action-changes-0-0"_s), u"keys of pricing (pricing:*)"_s);
    QCOMPARE(shown(u"action-changes-0-1"_s), u"88 ()"_s);
    QCOMPARE(shown(u"action-changes-0-2"_s), u"→ 0 ()"_s);
    QVERIFY2(QGuiApplication::clipboard()->text().contains(u"keys of pricing  88  → 0  (pricing:*)"_s),
             qPrintable(QGuiApplication::clipboard()->text()));
    run.plan->action = u"unblock-client"_s;
    run.plan->resource = u"198.51.100.66"_s;
    run.plan->changes = {{u"LIMITS:a"_s, u"65"_s, {}}, {u"LIMITS:b"_s, QString(), {}}};
    run.plan->steps = {{u"counter-removed"_s, {u"198.51.100.66"_s, u"auth"_s, u"/login"_s, u"65"_s, u"5"_s, u"42"_s}},
                       {u"counter-removed"_s, {u"198.51.100.66"_s, u"api"_s, u"api"_s, QString(), u"5"_s, QString()}}};
    QCOMPARE(shown(u"action-changes-0-0"_s), u"198.51.100.66 in auth (/login) (LIMITS:a)"_s);
    QCOMPARE(shown(u"action-changes-0-1"_s), u"65 of 5 ()"_s);
    QCOMPARE(shown(u"action-changes-0-2"_s), u"→ may ask again ()"_s);
    QCOMPARE(shown(u"action-changes-1-0"_s), u"198.51.100.66 in api (LIMITS:b)"_s);
    QCOMPARE(shown(u"action-changes-1-1"_s), u"a count that cannot be read ()"_s);
}

void TestActionDialog::namesKeepTheirLetters()
{
    QCOMPARE(words::capital(u"permission denied"_s, {}), u"Permission denied"_s);
    QCOMPARE(words::capital(u"pricing holds nothing"_s, {u"pricing"_s}), u"pricing holds nothing"_s);
    for (const QString &name : {u"voice_quotes is another"_s, u"web-1 is away"_s, u"é is no name"_s, QString()})
        QCOMPARE(words::capital(name, {}), name);
    ActionRun run = sample(u"no-plan"_s);
    run.wish.resource = u"voice"_s;
    run.error->message = u"voice is set already"_s;
    ActionDialog dialog(m_theme);
    dialog.setRun(run);
    QVERIFY(find<Label>(dialog, u"action-state-text"_s)->text().startsWith(u"voice is set already"_s));
}

void TestActionDialog::whatStandsOtherwiseIsNoFailureToLook()
{
    ActionDialog dialog(m_theme);
    ActionRun run = sample(u"stuck"_s);
    dialog.setRun(run);
    QCOMPARE(find<Card>(dialog, u"action-state"_s)->title(), u"Unfinished, and somebody changed it since"_s);
    run.report.steps.first().error->code = ErrorCode::Timeout;
    dialog.setRun(run);
    QCOMPARE(find<Card>(dialog, u"action-state"_s)->title(), u"Unfinished, and how it stands cannot be looked at"_s);
}

void TestActionDialog::whatIsDoneSaysWhyAndUntilWhen()
{
    ActionRun run = sample(u"reverting"_s);
    run.plan->reason = u"OPS-311"_s;
    run.revertsAt = Instant{} + std::chrono::hours(12);
    ActionDialog dialog(m_theme);
    dialog.setRun(run);
    const QString said = find<Label>(dialog, u"action-state-text"_s)->text();
    QVERIFY2(said.contains(u"reverts in 30 min, at %1,"_s.arg(words::shortTime(*run.revertsAt))), qPrintable(said));
    QVERIFY2(said.endsWith(u"\nReason: OPS-311"_s), qPrintable(said));
    run.plan->reason.clear();
    dialog.setRun(run);
    QVERIFY(!find<Label>(dialog, u"action-state-text"_s)->text().contains(u"Reason"_s));
}

void TestActionDialog::whatIsLetStayIsNotSaidToRevert()
{
    const auto saysThatItReverts = [](const ActionDialog &dialog) {
        QCoreApplication::processEvents(); // new lines are shown then
        return std::ranges::any_of(dialog.findChildren<Label *>(), [&dialog](const Label *label) {
            return label->isVisibleTo(&dialog) && label->text().contains(u"undone automatically"_s);
        });
    };
    ActionDialog dialog(m_theme);
    ActionRun run = sample(u"reverting"_s);
    dialog.setRun(run);
    dialog.show();
    QVERIFY(saysThatItReverts(dialog));
    run.way = ActionRun::Way::Keep;
    run.revertsAt.reset();
    dialog.setRun(run);
    QVERIFY(!saysThatItReverts(dialog));
    QCOMPARE(find<Card>(dialog, u"action-state"_s)->title(), u"It stays as it is"_s);
    run.phase = ActionRun::Phase::Earlier; // opened again from Activity
    dialog.setRun(run);
    QVERIFY(!saysThatItReverts(dialog));
    run.isUnfinished = true; // resumed, it will
    dialog.setRun(run);
    QVERIFY(saysThatItReverts(dialog));
}

void TestActionDialog::stepsStandStillWhenTheyRun()
{
    ActionDialog dialog(m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    const auto left = [&](const QString &state) {
        dialog.setRun(sample(state));
        QCoreApplication::processEvents();
        const auto *step = find<Label>(dialog, u"action-steps-0-1"_s);
        return u"%1 %2"_s.arg(step->mapTo(&dialog, QPoint()).x()).arg(step->text());
    };
    const QString ready = left(u"ready"_s);
    QCOMPARE(left(u"running"_s), ready);
    QCOMPARE(left(u"done"_s), ready);
}

void TestActionDialog::itIsAsHighAsItNeeds_data()
{
    everythingFitsAtTwiceTheText_data();
}

void TestActionDialog::itIsAsHighAsItNeeds()
{
    QFETCH(QString, state);
    ActionDialog dialog(m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.setRun(sample(state));
    dialog.show();
    QCoreApplication::processEvents();
    int lowest = 0;
    const auto *scroll = dialog.findChild<QScrollArea *>();
    for (const QWidget *each : scroll->widget()->findChildren<QWidget *>()) {
        if (each->isVisible())
            lowest = std::max(lowest, each->mapTo(&dialog, QPoint(0, each->height())).y());
    }
    const int bottom = scroll->mapTo(&dialog, QPoint(0, scroll->height())).y();
    constexpr int margin = 16;
    constexpr int line = 24; // that is wrapped only beside a scroll bar
    QVERIFY2(bottom - lowest <= margin + line, qPrintable(u"%1 px are empty"_s.arg(bottom - lowest)));
    QVERIFY2(bottom >= lowest || dialog.height() == dialog.screen()->availableSize().height() - 40,
             qPrintable(u"%1 px are out of sight, it is %2 px high"_s.arg(lowest - bottom).arg(dialog.height())));
}

void TestActionDialog::itGrowsAndNeverShrinks()
{
    ActionDialog dialog(m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.setRun(sample(u"checking"_s));
    dialog.show();
    const int first = dialog.height();
    dialog.setRun(sample(u"refused"_s));
    QTRY_VERIFY(dialog.height() > first);
    const int grown = dialog.height();
    dialog.setRun(sample(u"checking"_s));
    QCoreApplication::processEvents();
    QCOMPARE(dialog.height(), grown); // its buttons stay under the pointer
    dialog.resize(dialog.width(), first);
    QCoreApplication::processEvents();
    QCOMPARE(dialog.height(), first); // a person may make it smaller
}

void TestActionDialog::itsButtonsStandInOneRowWhereTheyFit()
{
    ActionDialog dialog(m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.setRun(sample(u"ready"_s));
    dialog.show();
    QCoreApplication::processEvents();
    const auto top = [&](const QString &name) { return find<QPushButton>(dialog, name)->mapTo(&dialog, QPoint()).y(); };
    QCOMPARE(top(u"action-act"_s), top(u"action-copy"_s));
    QCOMPARE(top(u"action-act"_s), top(u"action-close"_s));
    dialog.setRun(sample(u"unfinished"_s));
    dialog.offer(ActionRun::Way::Undo); // too many for one
    QCoreApplication::processEvents();
    QCOMPARE(dialog.width(), 700);
    QVERIFY(top(u"action-act"_s) > top(u"action-copy"_s));
    dialog.resize(1100, dialog.height());
    QCoreApplication::processEvents();
    QCOMPARE(top(u"action-act"_s), top(u"action-copy"_s));
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
