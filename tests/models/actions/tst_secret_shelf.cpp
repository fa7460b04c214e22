/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/acting.h"
#include "actions/secret_shelf.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
using Way = SecretShelf::Way;
const QByteArray plan("plan-1");

Secret secretOf(const char *text)
{
    return Secret(QByteArray(text));
}

QByteArray textOf(const std::optional<Secret> &secret)
{
    return secret ? QByteArray(secret->reveal().constData(), secret->reveal().size()) : QByteArray("(none)");
}
} // namespace

class SecretShelfTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsTakenIsGone();
    void eachPlanAndEachWayHasItsOwn();
    void theLaterOneTakesThePlace();
    void itsTimeEndsByItself();
    void whatNobodyWasHandedIsRemembered();
    void aPlanThatIsCalledAnewKeepsIts();
    void whoLeavesARunLeavesNoSecret();
};

void SecretShelfTest::whatIsTakenIsGone()
{
    SecretShelf shelf;
    shelf.keep(Way::Made, plan, u"key"_s, secretOf("s1"));
    QCOMPARE(textOf(shelf.copy(Way::Made, plan, u"key"_s)), QByteArray("s1"));
    QCOMPARE(shelf.names(Way::Made, plan), QStringList(u"key"_s));
    QCOMPARE(textOf(shelf.take(Way::Made, plan, u"key"_s)), QByteArray("s1"));
    QVERIFY(!shelf.take(Way::Made, plan, u"key"_s));
    QVERIFY(!shelf.copy(Way::Made, plan, u"key"_s));
    QVERIFY(shelf.names(Way::Made, plan).isEmpty());
}

void SecretShelfTest::eachPlanAndEachWayHasItsOwn()
{
    SecretShelf shelf;
    shelf.keep(Way::Made, plan, u"key"_s, secretOf("made"));
    shelf.keep(Way::Given, plan, u"key"_s, secretOf("given"));
    shelf.keep(Way::Made, "plan-2", u"key"_s, secretOf("other"));
    QVERIFY(!shelf.take(Way::Made, plan, u"keys"_s));
    QCOMPARE(textOf(shelf.take(Way::Given, plan, u"key"_s)), QByteArray("given"));
    QVERIFY(!shelf.take(Way::Given, plan, u"key"_s));
    shelf.forget(plan);
    QVERIFY(!shelf.copy(Way::Made, plan, u"key"_s));
    QCOMPARE(textOf(shelf.take(Way::Made, "plan-2", u"key"_s)), QByteArray("other"));
}

void SecretShelfTest::theLaterOneTakesThePlace()
{
    SecretShelf shelf;
    shelf.keep(Way::Given, plan, u"key"_s, secretOf("first"));
    shelf.keep(Way::Given, plan, u"key"_s, secretOf("second"));
    QCOMPARE(shelf.names(Way::Given, plan).size(), 1);
    QCOMPARE(textOf(shelf.take(Way::Given, plan, u"key"_s)), QByteArray("second"));
}

void SecretShelfTest::itsTimeEndsByItself()
{
    QCOMPARE(SecretShelf::keptFor, std::chrono::milliseconds(15min));
    SecretShelf shelf(50ms);
    shelf.keep(Way::Made, plan, u"first"_s, secretOf("s1"));
    shelf.keep(Way::Made, plan, u"second"_s, secretOf("s2"));
    QTRY_VERIFY(shelf.names(Way::Made, plan).isEmpty());
    QVERIFY(!shelf.take(Way::Made, plan, u"first"_s));
    QTRY_COMPARE(shelf.count(), 0); // nobody asked for it, and it is wiped nevertheless
    shelf.keep(Way::Made, plan, u"first"_s, secretOf("s3"));
    QCOMPARE(shelf.count(), 1);
    QTRY_COMPARE(shelf.count(), 0);
}

void SecretShelfTest::whatNobodyWasHandedIsRemembered()
{
    SecretShelf shelf(20ms);
    shelf.keep(Way::Given, plan, u"typed"_s, secretOf("s1"));
    shelf.keep(Way::Made, plan, u"key"_s, secretOf("s2"));
    shelf.keep(Way::Made, plan, u"key"_s, secretOf("s3"));
    shelf.keep(Way::Made, "another", u"key"_s, secretOf("s4"));
    QTRY_COMPARE(shelf.count(), 0);
    QCOMPARE(shelf.notHandedOver(plan), QStringList(u"key"_s));
    shelf.rename(plan, "plan-2");
    QVERIFY(shelf.notHandedOver(plan).isEmpty());
    QCOMPARE(shelf.notHandedOver("plan-2"), QStringList(u"key"_s));
    QVERIFY(!shelf.take(Way::Made, "plan-2", u"key"_s)); // it is revoked
    QVERIFY(shelf.notHandedOver("plan-2").isEmpty());
    shelf.forget("another");
    QVERIFY(shelf.notHandedOver("another").isEmpty());

    shelf.setTime(1min);
    shelf.keep(Way::Made, plan, u"key"_s, secretOf("s5"));
    shelf.handOver(plan, u"key"_s);
    QVERIFY(shelf.notHandedOver(plan).isEmpty());
    QVERIFY(shelf.copy(Way::Made, plan, u"key"_s));
}

void SecretShelfTest::aPlanThatIsCalledAnewKeepsIts()
{
    SecretShelf shelf;
    shelf.keep(Way::Given, plan, u"key"_s, secretOf("s1"));
    shelf.rename(plan, "plan-2");
    QVERIFY(!shelf.copy(Way::Given, plan, u"key"_s));
    QCOMPARE(textOf(shelf.copy(Way::Given, "plan-2", u"key"_s)), QByteArray("s1"));
}

void SecretShelfTest::whoLeavesARunLeavesNoSecret()
{
    const QTemporaryDir directory;
    const SystemClock clock;
    Profile profile;
    profile.name = u"shop"_s;
    ActionRecord record;
    record.plan = Plan{.settings = u"keys"_s};
    const QByteArray id = record.plan->id();
    Acting acting(clock, {.directory = directory.path()});
    const qint64 run = acting.takeUp(profile, record);
    QTRY_VERIFY(!acting.run(run)->isBusy());
    secretShelf().keep(Way::Made, id, u"key"_s, secretOf("s1"));
    secretShelf().keep(Way::Made, "another", u"key"_s, secretOf("s2"));
    acting.leave(run);
    QVERIFY(!secretShelf().copy(Way::Made, id, u"key"_s));
    QVERIFY(secretShelf().take(Way::Made, "another", u"key"_s));
}

QTEST_GUILESS_MAIN(SecretShelfTest)
#include "tst_secret_shelf.moc"
