/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/action_words.h"

#include <QTest>

using namespace qd;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
/// Turns voice_quotes off.
Plan turnedOff()
{
    Plan plan;
    plan.action = u"feature-flag"_s;
    plan.target.deployment = u"quoted"_s;
    plan.target.environment = u"production"_s;
    plan.resource = u"voice_quotes"_s;
    plan.changes = {{.what = u"enabled"_s, .before = u"true"_s, .after = u"false"_s}};
    plan.steps = {{u"flag-set"_s, {u"voice_quotes"_s}}};
    plan.undo = {{u"flag-set-back"_s, {u"voice_quotes"_s, u"enabled"_s, u"true"_s}}};
    return plan;
}
} // namespace

/// Plans and what came of them, in words.
class TestActionWords : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aRowOfTheJournalSaysWhatWasDone_data()
    {
        QTest::addColumn<QString>("beginning");
        QTest::addColumn<bool>("isByItself");
        QTest::addColumn<Ending>("ending");
        QTest::addColumn<QString>("deed");
        QTest::addColumn<QString>("change");
        QTest::addColumn<QString>("outcome");
        QTest::newRow("done") << u"start"_s << false << Ending::Done << u"Turn voice_quotes off"_s << u"on → off"_s
                              << u"Done"_s;
        QTest::newRow("failed, and undone at once")
            << u"start"_s << false << Ending::Undone << u"Turn voice_quotes off"_s << u"on → off"_s << u"Undone"_s;
        QTest::newRow("undone") << u"undo"_s << false << Ending::Undone << u"Undo: turn voice_quotes on again"_s
                                << u"off → on"_s << u"Done"_s;
        QTest::newRow("undone by itself")
            << u"undo"_s << true << Ending::Undone << u"Undo by itself: turn voice_quotes on again"_s << u"off → on"_s
            << u"Done"_s;
        QTest::newRow("its undo refused")
            << u"undo"_s << false << Ending::Refused << u"Undo: turn voice_quotes on again"_s << u"off → on"_s
            << u"Refused, nothing touched"_s;
    }
    void aRowOfTheJournalSaysWhatWasDone()
    {
        QFETCH(QString, beginning);
        QFETCH(bool, isByItself);
        QFETCH(Ending, ending);
        const ActionRecord record{.planId = turnedOff().id(),
                                  .plan = turnedOff(),
                                  .beginning = beginning,
                                  .deployment = u"quoted"_s,
                                  .operatorId = u"ada"_s,
                                  .host = u"bridge"_s,
                                  .at = {},
                                  .endedAt = {},
                                  .ending = ending,
                                  .error = {},
                                  .isByItself = isByItself};
        QTEST(words::deed(record), "deed");
        QTEST(words::change(record), "change");
        QTEST(words::outcome(record), "outcome");
    }

    void aPlanAndAWishHaveTheVerbOfTheirButton_data()
    {
        QTest::addColumn<Plan>("plan");
        QTest::addColumn<Wish>("wish");
        QTest::addColumn<QString>("deed");
        const auto row = [](const char *kind, const QList<Change> &changes, const QList<Phrase> &steps,
                            const std::map<QString, QString> &set, const QString &deed) {
            Plan plan = turnedOff();
            plan.action = QString::fromLatin1(kind);
            plan.resource = u"shop"_s;
            plan.changes = changes;
            plan.steps = steps;
            QTest::newRow(qPrintable(deed)) << plan << Wish{u"shop"_s, set, {}, {}, {}} << deed;
        };
        row("feature-flag", {{u"enabled"_s, u"true"_s, u"false"_s}}, {}, {{u"enabled"_s, u"false"_s}},
            u"Turn shop off"_s);
        row("cache-flush", {}, {{u"cache-part"_s, {}}, {u"cache-warmed"_s, {}}}, {{u"then"_s, u"prewarm"_s}},
            u"Empty and warm the cache shop"_s);
        row("cache-flush", {}, {{u"cache-part"_s, {}}}, {}, u"Empty the cache shop"_s);
        row("roll-back", {{u"deploy"_s, u"d-8"_s, u"d-7"_s}}, {}, {{u"to"_s, u"d-7"_s}}, u"Roll back shop to d-7"_s);
        row("roll-back", {}, {}, {}, u"Roll back shop"_s);
        row("redeploy", {{u"deploy"_s, u"d-8"_s, {}}}, {}, {}, u"Redeploy shop"_s);
        row("raise-limit", {}, {{u"limit-removed"_s, {}}}, {{u"remove"_s, u"true"_s}},
            u"Take back the raised limit of shop"_s);
    }
    void aPlanAndAWishHaveTheVerbOfTheirButton()
    {
        QFETCH(Plan, plan);
        QFETCH(Wish, wish);
        QTEST(words::deed(plan), "deed");
        QTEST(words::deed(plan.action, wish), "deed");
        QFETCH(QString, deed);
        QCOMPARE(words::title(plan), deed + u" in quoted · production"_s);
    }

    void anUndoIsToldInTheDirectionInWhichItIsDone()
    {
        Plan plan = turnedOff();
        plan.revertAfter = 15min;
        const QStringList there = words::lines(plan);
        QCOMPARE(there.first(), u"Turn voice_quotes off in quoted · production"_s);
        QVERIFY2(there.contains(u"  change  set: true → false"_s), qPrintable(there.join(u'\n')));
        QVERIFY(there.join(u'\n').contains(u"  step  "_s) && there.join(u'\n').contains(u"  reverts "_s));
        const QStringList back = words::lines(plan, true);
        QCOMPARE(back.first(), u"Undo: turn voice_quotes on again in quoted · production"_s);
        QVERIFY2(back.contains(u"  change  set: false → true"_s), qPrintable(back.join(u'\n')));
        QVERIFY(back.contains(u"  undo    voice_quotes is turned on again"_s));
        QVERIFY(!back.join(u'\n').contains(u"  step  "_s) && !back.join(u'\n').contains(u"  reverts "_s));
    }

    void lettingItStayIsCalledAsItsButton()
    {
        const ActionRecord record{.planId = {},
                                  .plan = turnedOff(),
                                  .beginning = u"kept"_s,
                                  .deployment = {},
                                  .operatorId = {},
                                  .host = {},
                                  .at = {},
                                  .endedAt = {},
                                  .ending = {},
                                  .error = {}};
        QCOMPARE(words::deed(record), u"Let it stay: Turn voice_quotes off"_s);
    }
};

QTEST_GUILESS_MAIN(TestActionWords)
#include "tst_action_words.moc"
