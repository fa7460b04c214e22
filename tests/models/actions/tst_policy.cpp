/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/policy.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;

namespace {
Plan planFor(const QString &environment, const QString &deployment = u"quoted"_s, Risk risk = Risk::Low)
{
    Plan plan;
    plan.action = u"feature-flag"_s;
    plan.target = {.deployment = deployment, .environment = environment, .system = {}, .address = {}, .identity = {}};
    plan.risk = risk;
    return plan;
}

Instant at(const char *utc)
{
    return Instant(std::chrono::milliseconds(
        QDateTime::fromString(QString::fromLatin1(utc) + u'Z', Qt::ISODate).toMSecsSinceEpoch()));
}

const QByteArray ada = QByteArray(32, 'a').toBase64();
const QByteArray bob = QByteArray(32, 'b').toBase64();

QByteArray policyWith(const QByteArray &rest)
{
    return "quarterdeck_policy: 1\n"
           "roles:\n"
           "  lead: [{may: [act, approve]}]\n"
           "  on-call: [{may: [act], environments: [staging]}, {may: [act], deployments: [shop]}]\n"
           "operators:\n"
           "  - {name: ada, key: " +
           ada +
           ", roles: [lead]}\n"
           "  - {name: Bob, key: " +
           bob + ", roles: [on-call]}\n" + rest;
}
} // namespace

class TestPolicy : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theReferenceIsRead()
    {
        QFile file(QStringLiteral(QT_TESTCASE_SOURCEDIR "/../../../resources/policy-reference.yaml"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto policy = parsePolicy(file.readAll(), u"policy-reference.yaml"_s);
        QVERIFY2(policy, policy ? "" : qPrintable(policy.error().first().where + policy.error().first().message));
        QCOMPARE(policy->people.size(), 2);
        QCOMPARE(policy->freezes.size(), 3);
        QVERIFY(policy->riskOf(planFor(u"production"_s, u"storefront"_s, Risk::Medium)) == Risk::High);
    }

    void withoutAFileThereIsNoPolicy()
    {
        const QTemporaryDir directory;
        const QString profile = directory.filePath(u"quoted.yaml"_s);
        const auto none = loadPolicy({}, profile);
        QVERIFY(none && !*none);
        const Check check = roleCheck(*none, planFor(u"production"_s), {.id = u"ada"_s, .host = {}});
        QVERIFY(check.result == Check::Result::Passed && check.phrase.arguments.isEmpty());
        // One that is named has to be there, and one that is there has to be right.
        QVERIFY(!loadPolicy(directory.filePath(u"team.yaml"_s), profile));
        QFile file(directory.filePath(u"policy.yaml"_s));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("quarterdeck_policy: 1\nroles: []\n") > 0);
        file.close();
        const auto broken = loadPolicy({}, profile);
        QVERIFY(!broken);
        QVERIFY2(broken.error().last().where.endsWith(u"policy.yaml:2:8"_s), qPrintable(broken.error().last().where));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(policyWith({})) > 0);
        file.close();
        const auto found = loadPolicy({}, profile);
        QVERIFY(found && *found && (*found)->people.size() == 2);
        // A link to nowhere is no missing policy.
        QVERIFY(file.remove() && QFile::link(directory.filePath(u"gone"_s), file.fileName()));
        QVERIFY(!loadPolicy({}, profile));
    }

    void aRoleActsWhereItMay_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QString>("environment");
        QTest::addColumn<QString>("deployment");
        QTest::addColumn<bool>("may");
        const QByteArray a(32, 'a');
        const QByteArray b(32, 'b');
        QTest::newRow("lead") << u"ada"_s << a << u"production"_s << u"quoted"_s << true;
        QTest::newRow("on-call, staging") << u"Bob"_s << b << u"staging"_s << u"quoted"_s << true;
        QTest::newRow("on-call, production") << u"Bob"_s << b << u"production"_s << u"quoted"_s << false;
        QTest::newRow("on-call, the shop's production") << u"Bob"_s << b << u"production"_s << u"shop"_s << true;
        QTest::newRow("the environment in other letters") << u"Bob"_s << b << u"Staging"_s << u"quoted"_s << true;
        QTest::newRow("the name in other letters") << u"bob"_s << b << u"staging"_s << u"quoted"_s << true;
        QTest::newRow("with another's key") << u"ada"_s << b << u"staging"_s << u"quoted"_s << false;
        QTest::newRow("without a key") << u"ada"_s << QByteArray() << u"staging"_s << u"quoted"_s << false;
        QTest::newRow("nobody") << u"eve"_s << a << u"staging"_s << u"quoted"_s << false;
    }

    void aRoleActsWhereItMay()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, key);
        QFETCH(QString, environment);
        QFETCH(QString, deployment);
        QFETCH(bool, may);
        const auto policy = parsePolicy(policyWith({}), u"p"_s);
        QVERIFY(policy);
        const Check check = roleCheck(*policy, planFor(environment, deployment), {.id = name, .host = {}, .key = key});
        QCOMPARE(check.result == Check::Result::Passed, may);
        QCOMPARE(check.error.has_value(), !may);
        QCOMPARE(check.phrase.arguments.size(), may ? 2 : 1);
    }

    void aFreezeStandsAsWritten_data()
    {
        QTest::addColumn<QByteArray>("freeze");
        QTest::addColumn<QByteArray>("now"); // UTC
        QTest::addColumn<QString>("until");  // empty: it does not stand
        const QByteArray friday = "{zone: Europe/Berlin, weekdays: [fri], from: 16:00, to: 24:00, reason: Late}";
        QTest::newRow("before") << friday << QByteArray("2026-11-20T14:59:59") << QString();
        QTest::newRow("from") << friday << QByteArray("2026-11-20T15:00:00") << u"Sat 2026-11-21 00:00"_s;
        QTest::newRow("to") << friday << QByteArray("2026-11-20T23:00:00") << QString();
        QTest::newRow("in summer") << friday << QByteArray("2026-07-17T14:00:00") << u"Sat 2026-07-18 00:00"_s;
        QTest::newRow("another day") << friday << QByteArray("2026-11-19T17:00:00") << QString();
        const QByteArray night = "{zone: UTC, dates: [2026-12-31], from: 20:00, to: 06:00, reason: Late}";
        QTest::newRow("night, evening") << night << QByteArray("2026-12-31T20:00:00") << u"Fri 2027-01-01 06:00"_s;
        QTest::newRow("night, morning") << night << QByteArray("2027-01-01T05:59:59") << u"Fri 2027-01-01 06:00"_s;
        QTest::newRow("night, over") << night << QByteArray("2027-01-01T06:00:00") << QString();
        QTest::newRow("night, the one before") << night << QByteArray("2026-12-31T05:00:00") << QString();
        const QByteArray daily = "{zone: America/New_York, from: 09:00, to: 17:00, reason: Late}";
        QTest::newRow("each day") << daily << QByteArray("2026-03-04T14:00:00") << u"Wed 2026-03-04 17:00"_s;
        QTest::newRow("each day, early") << daily << QByteArray("2026-03-04T13:59:00") << QString();
        const QByteArray span = "{zone: UTC, from: 2026-11-26 18:00, to: 2026-11-30 08:00, reason: Late}";
        QTest::newRow("span, before") << span << QByteArray("2026-11-26T17:59:59") << QString();
        QTest::newRow("span") << span << QByteArray("2026-11-28T03:00:00") << u"Mon 2026-11-30 08:00"_s;
        QTest::newRow("span, over") << span << QByteArray("2026-11-30T08:00:00") << QString();
        const QByteArray elsewhere = "{zone: UTC, from: 00:00, to: 24:00, reason: Late, environments: [staging]}";
        QTest::newRow("elsewhere") << elsewhere << QByteArray("2026-11-28T03:00:00") << QString();
    }

    void aFreezeStandsAsWritten()
    {
        QFETCH(QByteArray, freeze);
        QFETCH(QByteArray, now);
        QFETCH(QString, until);
        const auto policy = parsePolicy(policyWith("freezes: [" + freeze + "]\n"), u"p"_s);
        QVERIFY2(policy, policy ? "" : qPrintable(policy.error().first().message));
        const Check check = freezeCheck(*policy, planFor(u"production"_s), at(now.constData()));
        QCOMPARE(check.result == Check::Result::Failed, !until.isEmpty());
        if (!until.isEmpty())
            QVERIFY2(check.error->message.startsWith(u"Late; until "_s + until), qPrintable(check.error->message));
    }

    void riskIsRaisedAndNeverLowered()
    {
        const auto policy = parsePolicy(policyWith("risks: [{at_least: medium, environments: [production]},"
                                                   " {at_least: high, deployments: [shop]}]\n"),
                                        u"p"_s);
        QVERIFY(policy);
        QVERIFY(policy->riskOf(planFor(u"staging"_s)) == Risk::Low);
        QVERIFY(policy->riskOf(planFor(u"production"_s)) == Risk::Medium);
        QVERIFY(policy->riskOf(planFor(u"Production"_s)) == Risk::Medium);
        QVERIFY(policy->riskOf(planFor(u"production"_s, u"shop"_s)) == Risk::High);
        QVERIFY(policy->riskOf(planFor(u"production"_s, u"quoted"_s, Risk::High)) == Risk::High);
        QVERIFY(riskCheck(*policy, planFor(u"production"_s)).result == Check::Result::Failed);
        QVERIFY(riskCheck(*policy, planFor(u"production"_s, u"quoted"_s, Risk::Medium)).result ==
                Check::Result::Passed);
    }

    void whatIsWrongIsSaidWithItsPlace_data()
    {
        QTest::addColumn<QByteArray>("yaml");
        QTest::addColumn<QString>("where");
        QTest::addColumn<QString>("says");
        const auto row = [](const char *name, const QByteArray &yaml, const char *where, const char *says) {
            QTest::newRow(name) << yaml << QString::fromLatin1(where) << QString::fromUtf8(says);
        };
        row("a profile", "quarterdeck: 1\n", "p:1:1", "is this a policy?");
        row("empty", "", "p", "the file is empty");
        row("another version", "quarterdeck_policy: 2\noperators: []\n", "p:1:21", "from 1 to 1");
        row("nobody", "quarterdeck_policy: 1\n", "p:1:1", "nobody could act");
        row("unknown key", policyWith("freeze: []\n"), "p:8:1", "did you mean 'freezes'");
        row("no such role", policyWith({}).replace("[lead]", "[leads]"), "p:6:75", "did you mean 'lead'");
        row("no key", policyWith({}).replace(ada, "AAAA"), "p:6:22", "44 characters");
        row("the same key", policyWith({}).replace(bob, ada), "p:7:5", "same key");
        row("the same name", policyWith({}).replace("Bob", "ADA"), "p:7:5", "named twice");
        row("no such kind", policyWith("risks: [{at_least: high, actions: [flag]}]\n"), "p:8:9", "feature-flag");
        row("nothing means all", policyWith("risks: [{at_least: high, actions: []}]\n"), "p:8:35", "at least one word");
        row("lower", policyWith("risks: [{at_least: low}]\n"), "p:8:20", "one of medium, high");
        row("may nothing", policyWith({}).replace("{may: [act, approve]}", "{actions: [feature-flag]}"), "p:3:10",
            "'may' is missing");
        row("may what", policyWith({}).replace("[act, approve]", "[all]"), "p:3:16", "'all' is not act or approve");
        row("no zone", policyWith("freezes: [{from: 16:00, to: 17:00, reason: x}]\n"), "p:8:11", "'zone' is missing");
        row("no such zone", policyWith("freezes: [{zone: Mars, from: 16:00, to: 17:00, reason: x}]\n"), "p:8:18",
            "no time zone 'Mars'");
        row("no such day", policyWith("freezes: [{zone: UTC, weekdays: [fry], from: 1:00, to: 2:00, reason: x}]\n"),
            "p:8:33", "'fry'");
        row("no such date",
            policyWith("freezes: [{zone: UTC, dates: [2026-02-30], from: 1:00, to: 2:00, reason: x}]\n"), "p:8:30",
            "2026-02-30");
        for (const char *date : {"2026-12-24 - 2026-12-31", "2026-12-24T18:00", "2026-12-4", "''"}) {
            const QByteArray name = QByteArray("the date ") + date;
            row(name.constData(),
                policyWith("freezes: [{zone: UTC, dates: [" + QByteArray(date) +
                           "], from: 1:00, to: 2:00, reason: x}]\n"),
                "p:8:30", "write each day by itself, such as 2026-12-24");
        }
        row("no days", policyWith("freezes: [{zone: UTC, weekdays: [], from: 1:00, to: 2:00, reason: x}]\n"), "p:8:33",
            "at least one word");
        row("no dates", policyWith("freezes: [{zone: UTC, dates: [], from: 1:00, to: 2:00, reason: x}]\n"), "p:8:30",
            "at least one word");
        row("an empty word", policyWith("risks: [{at_least: high, environments: [production, '']}]\n"), "p:8:40",
            "empty");
        row("from 24:00", policyWith("freezes: [{zone: UTC, from: 24:00, to: 2:00, reason: x}]\n"), "p:8:11",
            "two times");
        row("half a span", policyWith("freezes: [{zone: UTC, from: 2026-02-20 16:00, to: 17:00, reason: x}]\n"),
            "p:8:11", "two times");
        row("backwards",
            policyWith("freezes: [{zone: UTC, from: 2026-02-20 16:00, to: 2026-02-20 15:00, reason: x}]\n"), "p:8:51",
            "after 'from'");
        row("no reason", policyWith("freezes: [{zone: UTC, from: 16:00, to: 17:00}]\n"), "p:8:11", "'reason'");
    }

    void whatIsWrongIsSaidWithItsPlace()
    {
        QFETCH(QByteArray, yaml);
        QFETCH(QString, where);
        QFETCH(QString, says);
        const auto policy = parsePolicy(yaml, u"p"_s);
        QVERIFY(!policy);
        QStringList all;
        bool isSaid = false;
        for (const Error &error : policy.error()) {
            all.append(error.where + u": "_s + error.message);
            isSaid = isSaid || (error.where == where && error.message.contains(says));
        }
        QVERIFY2(isSaid, qPrintable(all.join(u"; "_s)));
    }
};

QTEST_APPLESS_MAIN(TestPolicy)
#include "tst_policy.moc"
