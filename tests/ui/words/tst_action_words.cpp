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
};

QTEST_GUILESS_MAIN(TestActionWords)
#include "tst_action_words.moc"
