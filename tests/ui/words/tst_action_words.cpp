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

    /// Rotated: k1 signed, and k-2 does.
    void aRotationIsToldThereAndBack()
    {
        Plan plan = turnedOff();
        plan.action = u"rotate-signing-key"_s;
        plan.resource = u"k1"_s;
        plan.risk = Risk::High;
        plan.changes = {{u"signs"_s, u"k1"_s, u"k-2"_s}, {u"old-key"_s, u"active"_s, u"retiring"_s}};
        plan.steps = {{u"key-published"_s, {u"k-2"_s, u"k1"_s, u"jwt_keys"_s}},
                      {u"key-set-read"_s, {u"k-2"_s, u"k1"_s, u"60"_s}},
                      {u"key-proved"_s, {u"k-2"_s, u"k1"_s, u"/api/me"_s}},
                      {u"key-signs"_s, {u"k-2"_s, u"k1"_s}},
                      {u"keys-proved"_s, {u"k-2"_s, u"k1"_s, u"/api/me"_s}},
                      {u"retirement-scheduled"_s, {u"k-2"_s, u"k1"_s, u"604800"_s}}};
        plan.undo = {{u"key-signs-again"_s, {u"k1"_s, u"k-2"_s}}};
        plan.impact = {{u"live-tokens"_s, 4812, u"count"_s, u"counted in sessions"_s}};
        const QString undo =
            u"  undo    k1 signs again; if k-2 has signed, it verifies until its last token has ended, else it is removed"_s;
        QStringList there = words::lines(plan);
        there.removeAt(1); // its id has the time in it
        QCOMPARE(
            there,
            (QStringList{u"Rotate key k1 in quoted · production"_s, u"  change  signs: k1 → k-2"_s,
                         u"  change  the old key: signs and verifies → verifies, until its end"_s,
                         u"  step    Make the key k-2 of 256 bits and publish it in jwt_keys, for verification alone"_s,
                         u"  step    Wait 1 min, until every process of the service has read the keys"_s,
                         u"  step    Prove that /api/me accepts a token of k-2, and no forged one"_s,
                         u"  step    Sign with k-2; k1 verifies on"_s,
                         u"  step    Prove that /api/me accepts tokens of k-2 and of k1"_s,
                         u"  step    Let k1 verify for 7 d more, and until its last token has ended"_s, undo,
                         u"  touches  4812 tokens alive (counted in sessions)"_s}));
        const QStringList back = words::lines(plan, true);
        QCOMPARE(back.first(), u"Undo: sign with k1 again in quoted · production"_s);
        QVERIFY2(back.contains(u"  change  signs: k-2 → k1"_s), qPrintable(back.join(u'\n')));
        QVERIFY2(back.contains(u"  change  the old key: verifies, until its end → signs and verifies"_s),
                 qPrintable(back.join(u'\n')));
        QVERIFY(back.contains(undo) && !back.join(u'\n').contains(u"  step  "_s));
    }

    void whatIsDoneToAKeyIsToldInWords_data()
    {
        QTest::addColumn<QString>("action");
        QTest::addColumn<QString>("resource");
        QTest::addColumn<Change>("change");
        QTest::addColumn<Phrase>("step");
        QTest::addColumn<QList<Phrase>>("undo");
        QTest::addColumn<QStringList>("lines"); ///< title, change, step, undo
        QTest::addColumn<QString>("undone");    ///< empty: it cannot be
        const QString cannot = u"  undo    this cannot be undone"_s;
        QTest::newRow("retired") << u"retire-signing-key"_s << u"k1"_s
                                 << Change{u"key-state"_s, u"retiring"_s, u"retired"_s}
                                 << Phrase{u"key-retired"_s, {QString(), u"k1"_s}}
                                 << QList<Phrase>{{u"key-verifies-again"_s, {u"k1"_s}}}
                                 << QStringList{u"Retire key k1"_s,
                                                u"  change  the key: verifies, until its end → retired"_s,
                                                u"  step    Retire k1, if no token of it is alive"_s,
                                                u"  undo    k1 verifies again, as before"_s}
                                 << u"Undo: let k1 verify again"_s;
        QTest::newRow("its end is set") << u"retire-signing-key"_s << u"k1"_s
                                        << Change{u"key-state"_s, u"active"_s, u"retiring"_s}
                                        << Phrase{u"retirement-scheduled"_s, {QString(), u"k1"_s, u"604800"_s}}
                                        << QList<Phrase>{{u"key-without-end"_s, {u"k1"_s}}}
                                        << QStringList{u"Retire key k1"_s,
                                                       u"  change  the key: active → verifies, until its end"_s,
                                                       u"  step    Let k1 verify for 7 d more, and until its last "
                                                       "token has ended"_s,
                                                       u"  undo    k1 is as before, without an end"_s}
                                        << u"Undo: take the end of k1 away again"_s;
        QTest::newRow("one that waited is removed")
            << u"retire-signing-key"_s << u"k-2"_s << Change{u"key-state"_s, u"next"_s, {}}
            << Phrase{u"key-removed"_s, {QString(), u"k-2"_s}} << QList<Phrase>()
            << QStringList{u"Retire key k-2"_s, u"  change  the key: waits to sign → removed"_s,
                           u"  step    Remove k-2, which nothing was signed with"_s, cannot}
            << QString();
        QTest::newRow("revoked") << u"revoke-signing-key"_s << u"k1"_s << Change{u"signs"_s, u"k1"_s, u"k-2"_s}
                                 << Phrase{u"key-revoked"_s, {u"k-2"_s, u"k1"_s}} << QList<Phrase>()
                                 << QStringList{u"Revoke key k1"_s, u"  change  signs: k1 → k-2"_s,
                                                u"  step    Retire k1 at once, whoever has tokens of it, and sign with "
                                                "the new key k-2"_s,
                                                cannot}
                                 << QString();
        QTest::newRow("revoked, another signs")
            << u"revoke-signing-key"_s << u"k0"_s << Change{u"key-state"_s, u"retiring"_s, u"retired"_s}
            << Phrase{u"key-revoked"_s, {QString(), u"k0"_s}} << QList<Phrase>()
            << QStringList{u"Revoke key k0"_s, u"  change  the key: verifies, until its end → retired"_s,
                           u"  step    Retire k0 at once, whoever has tokens of it"_s, cannot}
            << QString();
        QTest::newRow("swapped")
            << u"swap-secret"_s << u"JWT_SECRET"_s << Change{u"secret"_s, u"JWT_SECRET"_s, u"JWT_SECRET"_s}
            << Phrase{u"secret-swapped"_s, {u"JWT_SECRET"_s, u"Render"_s, u"5a17"_s, u"9417"_s}} << QList<Phrase>()
            << QStringList{u"Swap JWT_SECRET, log all out"_s,
                           u"  change  JWT_SECRET: the secret that is set → a new one, made here"_s,
                           u"  step    Put a new secret of 256 bits in place of JWT_SECRET on "
                           "Render; the old one is kept nowhere"_s,
                           cannot}
            << QString();
        QTest::newRow("swapped, proved")
            << u"swap-secret"_s << u"JWT_SECRET"_s << Change{u"secret"_s, u"JWT_SECRET"_s, u"JWT_SECRET"_s}
            << Phrase{u"secret-proved"_s, {u"JWT_SECRET"_s, u"/me"_s}} << QList<Phrase>()
            << QStringList{u"Swap JWT_SECRET, log all out"_s,
                           u"  change  JWT_SECRET: the secret that is set → a new one, made "
                           "here"_s,
                           u"  step    Prove that /me accepts tokens of the new secret, and "
                           "none of the old one"_s,
                           cannot}
            << QString();
    }
    void whatIsDoneToAKeyIsToldInWords()
    {
        QFETCH(QString, action);
        QFETCH(QString, resource);
        QFETCH(Change, change);
        QFETCH(Phrase, step);
        QFETCH(QList<Phrase>, undo);
        QFETCH(QStringList, lines);
        QFETCH(QString, undone);
        Plan plan = turnedOff();
        plan.action = action;
        plan.resource = resource;
        plan.changes = {change};
        plan.steps = {step};
        plan.undo = undo;
        const QString place = u" in quoted · production"_s;
        QCOMPARE(words::deed(action, {resource, {}, {}, {}, {}}), lines.first()); // as its button says it
        lines.first() += place;
        QStringList said = words::lines(plan);
        said.removeAt(1);
        QCOMPARE(said, lines);
        if (!undone.isEmpty())
            QCOMPARE(words::lines(plan, true).first(), undone + place);
    }

    void theEndOfAnOldKeyIsToldThereAndBack()
    {
        Plan plan = turnedOff();
        const QDateTime end(QDate(2026, 11, 29), QTime(9, 30));
        plan.changes = {{u"old-key-end"_s, QString::number(end.toMSecsSinceEpoch()), {}}};
        QVERIFY(words::lines(plan).contains(u"  change  the old key's end: 2026-11-29 09:30 → set anew"_s));
        QVERIFY(words::lines(plan, true).contains(u"  change  the old key's end: set anew → 2026-11-29 09:30"_s));
    }

    void whatIsDoneToAPasswordIsToldInWords_data()
    {
        QTest::addColumn<QString>("action");
        QTest::addColumn<Change>("change");
        QTest::addColumn<Phrase>("step");
        QTest::addColumn<QString>("changed");
        QTest::addColumn<QString>("stepped");
        const QString redis = u"rotate-redis-password"_s;
        const QString database = u"rotate-database-password"_s;
        const Change password{u"password"_s, u"DB"_s, u"DB"_s};
        const QString isNew = u"DB: the password that is set → a new one, made here"_s;
        const auto row = [&](const char *name, const QString &action, const Change &change, const Phrase &step,
                             const QString &changed, const QString &stepped) {
            QTest::newRow(name) << action << change << step << changed << stepped;
        };
        row("added", redis, {u"passwords"_s, u"2"_s, u"1"_s}, {u"password-added"_s, {u"shop"_s}},
            u"passwords that Redis accepts: 2 → 1"_s,
            u"Give the user shop of Redis a second password of 256 bits, beside the one that is used"_s);
        row("set", redis, password, {u"password-set"_s, {u"DB"_s, u"Render"_s, u"5a17"_s, u"9417"_s}}, isNew,
            u"Set DB on Render to the new password; nobody is shown it"_s);
        row("proved", redis, password, {u"password-proved"_s, {u"shop"_s}}, isNew,
            u"Prove that shop logs in with what is set, and that no client from before the deploy is left"_s);
        row("one removed", redis, password, {u"passwords-removed"_s, {u"shop"_s, {}, u"1"_s}}, isNew,
            u"Take the other password of shop away"_s);
        row("two removed", redis, password, {u"passwords-removed"_s, {u"shop"_s, {}, u"2"_s}}, isNew,
            u"Take the other 2 passwords of shop away"_s);
        row("readied", database, {u"logs-in-as"_s, u"a"_s, u"b"_s}, {u"role-readied"_s, {u"b"_s}},
            u"logs in as: a → b"_s, u"Let the role b log in, with a new password of 256 bits"_s);
        row("roles proved", database, {u"role"_s, u"a"_s, u"no-login"_s}, {u"roles-proved"_s, {u"b"_s, u"a"_s}},
            u"a: may log in → may not log in"_s,
            u"Prove that the service logs in as b, and that a has no session left"_s);
        row("retired", database, password, {u"role-retired"_s, {u"a"_s}}, isNew, u"Let the role a log in no more"_s);
        row("changed", database, {u"connections"_s, u"accepted"_s, u"gap"_s}, {u"role-password-changed"_s, {u"a"_s}},
            u"new connections: accepted → refused between the change and the deploy"_s,
            u"Change the password of the role a; from here on new connections are refused, until the deploy is live"_s);
        row("one proved", database, password, {u"role-proved"_s, {u"a"_s}}, isNew,
            u"Prove that a logs in with what is set, and that the service does"_s);
    }
    void whatIsDoneToAPasswordIsToldInWords()
    {
        QFETCH(QString, action);
        QFETCH(Change, change);
        QFETCH(Phrase, step);
        QFETCH(QString, changed);
        QFETCH(QString, stepped);
        Plan plan = turnedOff();
        plan.action = action;
        plan.resource = u"DB"_s;
        plan.changes = {change};
        plan.steps = {step};
        plan.undo = {{u"password-put-back"_s, {u"DB"_s, u"Render"_s}}};
        const QStringList said = words::lines(plan);
        QCOMPARE(said.first(), u"Rotate DB in quoted · production"_s);
        QCOMPARE(said.value(2), u"  change  "_s + changed);
        QCOMPARE(said.value(3), u"  step    "_s + stepped);
        QVERIFY(words::lines(plan, true).first().startsWith(u"Undo: set the old DB again"_s));
        plan.changes = {{u"password-kept"_s, u"DB"_s, u"DB"_s}};
        QCOMPARE(words::lines(plan).first(), u"Finish the rotation of DB in quoted · production"_s);
        QCOMPARE(words::lines(plan).value(2), u"  change  DB: the password that is set → the same"_s);
    }
    void aCheckOfPasswordsIsSaid()
    {
        QCOMPARE(words::sentence(Phrase{u"old-password-refused"_s, {u"DB"_s}}), u"What DB held before is refused"_s);
        QCOMPARE(words::sentence(Phrase{u"new-password-accepted"_s, {u"DB"_s}}), u"What DB holds is accepted"_s);
        QCOMPARE(words::sentence(Phrase{u"old-role-refused"_s, {u"a"_s}}), u"a can log in no more"_s);
        QCOMPARE(words::sentence(Phrase{u"password-is-kept"_s, {u"shop"_s}}),
                 u"Redis keeps its users over a restart"_s);
        QCOMPARE(words::sentence(Phrase{u"read-at-deploy"_s, {u"DB"_s}}), u"DB is read at the deploy alone"_s);
    }

    void whatAPlatformCanDoForASecretIsSaid()
    {
        QCOMPARE(words::sentence(Phrase{u"secret-kept"_s, {u"Render"_s, u"1"_s, u"read-before"_s, u"next-deploy"_s}}),
                 u"Render keeps one value of it at a time; it is read right before it is set, but who sets it in that "
                 "very moment is overwritten; live with the next deploy"_s);
        QCOMPARE(words::sentence(Phrase{u"secret-kept"_s, {u"Kubernetes"_s, u"1"_s, u"compared"_s, u"new-pods"_s}}),
                 u"Kubernetes keeps one value of it at a time; it is set only if nobody wrote there since it was read; "
                 "live as its pods are replaced"_s);
        QCOMPARE(words::sentence(Phrase{u"secret-kept"_s, {u"A vault"_s, u"2"_s, u"compared"_s, u"new-container"_s}}),
                 u"A vault keeps 2 values of it; it is set only if nobody wrote there since it was read; live once its "
                 "container is new"_s);
        QCOMPARE(words::sentence(Phrase{u"secret-can-be-proved"_s, {u"JWT_SECRET"_s, u"/me"_s}}),
                 u"/me accepts a token of it now"_s);
    }

    void aGuidedRotationIsToldInWords()
    {
        Plan plan = turnedOff();
        plan.action = u"guided-rotation"_s;
        plan.resource = u"HOOK_SECRET"_s;
        plan.changes = {{u"given-secret"_s, u"HOOK_SECRET"_s, u"HOOK_SECRET"_s}};
        plan.steps = {
            {u"secret-given"_s, {u"HOOK_SECRET"_s, u"Render"_s, u"5a17"_s, u"9417"_s, u"Roll it there"_s, u"Wait"_s}},
            {u"expectation-watched"_s, {u"Webhooks we refuse"_s, u"2 min"_s}}};
        plan.undo = {};
        QStringList said = words::lines(plan);
        said.removeAt(1);
        QCOMPARE(said, (QStringList{
                           u"Rotate HOOK_SECRET in quoted · production"_s,
                           u"  change  HOOK_SECRET: the secret that is set → the one that is typed"_s,
                           u"  step    First, by hand: Roll it there. Wait. Then: Put the secret that is typed in "
                           "place of HOOK_SECRET on Render; it is kept nowhere else"_s,
                           u"  step    Watch for 2 min: Webhooks we refuse"_s, u"  undo    this cannot be undone"_s}));
        QCOMPARE(words::sentence(Phrase{u"secret-given"_s, {u"A"_s, u"Render"_s, u"s"_s, u"p"_s}}),
                 u"Put the secret that is typed in place of A on Render; it is kept nowhere else"_s);
        QCOMPARE(words::sentence(Phrase{u"by-hand-after"_s, {u"Let it expire"_s}}),
                 u"Left to do by hand: Let it expire"_s);
        QCOMPARE(words::sentence(Phrase{u"as-expected"_s, {u"Webhooks we refuse"_s, u"0"_s, u"/min"_s, u"12"_s}}),
                 u"Webhooks we refuse: 0/min, in 12 looks"_s);
        QCOMPARE(words::sentence(Phrase{u"as-expected"_s, {u"Webhooks we refuse"_s, QString(), QString(), u"3"_s}}),
                 u"Webhooks we refuse"_s);
    }

    void aCheckOfKeysIsSaid()
    {
        QCOMPARE(words::sentence(Phrase{u"ring-guarded"_s, {u"script"_s, u"60"_s}}),
                 u"The keys are changed by one script, if all of them are as they were read; the service goes by them "
                 "within 1 min"_s);
        QCOMPARE(words::sentence(Phrase{u"key-listed"_s, {u"k-2"_s, u"k1"_s, u"/jwks"_s}}),
                 u"Wait until /jwks lists k-2, with the public half that its secret has"_s);
        QCOMPARE(words::sentence(Phrase{u"key-unlisted"_s, {QString(), u"k1"_s, u"/jwks"_s}}),
                 u"Wait until /jwks does not list k1"_s);
        QCOMPARE(words::sentence(Phrase{u"no-token-refused"_s, {u"212"_s}}),
                 u"All the time valid tokens were accepted: 212 of 212 that were tried"_s);
        QCOMPARE(words::sentence(Phrase{u"old-secret-refused"_s, {u"JWT_SECRET"_s}}),
                 u"Tokens of the old JWT_SECRET are refused"_s);
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
