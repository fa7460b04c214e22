/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/action_words.h"

#include <QTest>

using namespace qd;
using namespace Qt::StringLiterals;

/// What is done to clients' keys, in words.
class TestApiKeyWords : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachStepIsSaid_data();
    void eachStepIsSaid();
    void eachChangeIsSaid_data();
    void eachChangeIsSaid();
    void whatWasNotMeasuredIsNoZero();
    void eachUndoHasAShortSentence();
};

void TestApiKeyWords::eachStepIsSaid_data()
{
    QTest::addColumn<QString>("code");
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("said");
    QTest::newRow("issued") << u"api-key-issued"_s << QStringList{u"lg_2"_s, u"lg_1"_s, u"acme · basic"_s}
                            << u"Make the key lg_2 for the client of lg_1 (acme · basic); lg_1 stays valid"_s;
    QTest::newRow("nobody told whose") << u"api-key-issued"_s << QStringList{u"lg_2"_s, u"lg_1"_s, QString()}
                                       << u"Make the key lg_2 for the client of lg_1 (a client that the table does not "
                                          "name); lg_1 stays valid"_s;
    QTest::newRow("proved") << u"api-key-proved"_s << QStringList{u"lg_2"_s, u"lg_1"_s, u"/me"_s}
                            << u"Prove that /me accepts lg_2, and no forged key"_s;
    QTest::newRow("ends") << u"api-key-ends"_s << QStringList{u"lg_2"_s, u"lg_1"_s, u"604800"_s}
                          << u"Let lg_1 be valid for 7 d more"_s;
    QTest::newRow("retired") << u"api-key-retired"_s << QStringList{QString(), u"lg_1"_s, u"86400"_s}
                             << u"Revoke lg_1, if it was not used for 24 h or its time is over"_s;
    QTest::newRow("revoked") << u"api-key-revoked"_s << QStringList{QString(), u"lg_1"_s, u"acme"_s}
                             << u"Revoke lg_1 at once: its client (acme) is cut off"_s;
    QTest::newRow("taken back") << u"api-key-taken-back"_s << QStringList{u"lg_2"_s, u"lg_1"_s}
                                << u"lg_2 is revoked, whoever was handed it, and the end of lg_1 is as before"_s;
    QTest::newRow("its end taken back") << u"api-key-taken-back"_s << QStringList{QString(), u"lg_1"_s}
                                        << u"the end of lg_1 is as before"_s;
    QTest::newRow("valid again") << u"api-key-valid-again"_s << QStringList{u"lg_1"_s}
                                 << u"lg_1 is valid again, as before"_s;
}

void TestApiKeyWords::eachStepIsSaid()
{
    QFETCH(QString, code);
    QFETCH(QStringList, arguments);
    QTEST(words::sentence(Phrase{code, arguments}), "said");
}

void TestApiKeyWords::eachChangeIsSaid_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("before"); // null: there is none
    QTest::addColumn<QString>("after");
    QTest::addColumn<QString>("said");
    QTest::newRow("key") << u"api-key"_s << u"lg_1"_s << u"lg_2"_s << u"the key: lg_1 → lg_2"_s;
    QTest::newRow("no end so far") << u"api-key-end"_s << QString() << u"604800"_s
                                   << u"the old key's end: none → in 7 d"_s;
    QTest::newRow("never ended") << u"api-key-end"_s << u"infinity"_s << u"604800"_s
                                 << u"the old key's end: none → in 7 d"_s;
    QTest::newRow("cut off") << u"api-key-client"_s << u"acme"_s << u"cut-off"_s
                             << u"its client (acme): may ask → is cut off"_s;
    QTest::newRow("let in again") << u"api-key-client"_s << u"cut-off"_s << u"acme"_s
                                  << u"its client (acme): is cut off → may ask"_s;
    QTest::newRow("valid again") << u"api-key-state"_s << u"revoked"_s << u"valid"_s << u"the key: revoked → valid"_s;
    QTest::newRow("an end taken back") << u"api-key-end"_s << u"604800"_s << QString()
                                       << u"the old key's end: in 7 d → none"_s;
    QTest::newRow("its time was over") << u"api-key-state"_s << u"over"_s << u"revoked"_s
                                       << u"the key: its time is over → revoked"_s;
    QTest::newRow("no end can be set") << u"old-api-key-stays"_s << u"valid"_s << u"valid"_s
                                       << u"the old key: valid → valid until it is retired: its table keeps no end "
                                          "for a key"_s;
}

void TestApiKeyWords::eachChangeIsSaid()
{
    QFETCH(QString, what);
    QFETCH(QString, before);
    QFETCH(QString, after);
    QTEST(words::sentence(Change{.what = what,
                                 .before = before.isNull() ? std::nullopt : std::optional(before),
                                 .after = after.isNull() ? std::nullopt : std::optional(after)}),
          "said");
}

void TestApiKeyWords::whatWasNotMeasuredIsNoZero()
{
    const auto said = [](std::optional<qint64> number, const QString &source) {
        return words::sentence(
            Measure{.what = u"api-key-last-use"_s, .number = number, .unit = u"seconds-ago"_s, .source = source});
    };
    QCOMPARE(said(190, u"api_keys"_s), u"its last use: 3 min 10 s ago (api_keys)"_s);
    QCOMPARE(said({}, u"never used, says api_keys"_s), u"its last use: never used, says api_keys"_s);
}

void TestApiKeyWords::eachUndoHasAShortSentence()
{
    Plan plan{.action = u"rotate-api-key"_s,
              .resource = u"lg_1"_s,
              .steps = {{u"api-key-ends"_s, {u"lg_2"_s, u"lg_1"_s, u"604800"_s}}}};
    QCOMPARE(words::meanwhile(plan, false).value(1), u"Whoever still asks with lg_1 after 7 d is refused."_s);
    QVERIFY(words::meanwhile(plan, true).isEmpty());
    plan.undo = {{u"api-key-taken-back"_s, {u"lg_2"_s, u"lg_1"_s}}};
    QCOMPARE(words::undoDeed(plan), u"Revoke lg_2"_s);
    plan.undo = {{u"api-key-taken-back"_s, {QString(), u"lg_1"_s}}};
    QCOMPARE(words::undoDeed(plan), u"Set the end of lg_1 back"_s);
    plan.undo = {{u"api-key-valid-again"_s, {u"lg_1"_s}}};
    QCOMPARE(words::undoDeed(plan), u"Let lg_1 be valid again"_s);
}

QTEST_GUILESS_MAIN(TestApiKeyWords)
#include "tst_api_key_words.moc"
