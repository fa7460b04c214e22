/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/plan.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;

namespace {
Plan plan()
{
    return {.action = u"feature-flag"_s,
            .settings = u"flags"_s,
            .target = {.deployment = u"quoted"_s,
                       .environment = u"production"_s,
                       .system = u"postgresql"_s,
                       .address = u"127.0.0.1:5432/quoted"_s,
                       .identity = {u"7001"_s, u"16384"_s, u"quoted"_s, u"production"_s}},
            .resource = u"voice_quotes"_s,
            .changes = {{u"enabled"_s, u"true"_s, u"false"_s}, {u"rollout"_s, std::nullopt, u"25"_s}},
            .fingerprint = QByteArray(32, 'f'),
            .steps = {{u"flag-set"_s, {u"voice_quotes"_s}}},
            .undo = {{u"flag-set-back"_s, {u"voice_quotes"_s, u"enabled"_s, u"true"_s}}},
            .impact = {{u"live-sessions"_s, 812, u"count"_s, u"sessions"_s},
                       {u"requests-per-minute"_s, std::nullopt, u"per-minute"_s, u"no metric tells it"_s}},
            .risk = Risk::Medium,
            .author = u"ada"_s,
            .authorKey = QByteArray(32, 'k'),
            .reason = u"INC-12: ü"_s,
            .madeAt = Instant(std::chrono::milliseconds(1'795'000'000'123))};
}

/// As the version before anything was taken back by itself had it.
constexpr auto oldId = "9bdb9e829af753ca5a161b77b22bd43156ebc71698c7e2ca03e739a69a3e1cae";
} // namespace

class TestPlan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isReadAsItWasWritten()
    {
        const Plan written = plan();
        const auto read = planFrom(written.bytes());
        QVERIFY2(read, read ? "" : qPrintable(read.error().message));
        QVERIFY(*read == written);
        QCOMPARE(read->id(), written.id());
        QCOMPARE(written.id().size(), 32);
        QVERIFY(planFrom(Plan{}.bytes()));
    }

    /// What is not taken back by itself is written as before anything could be: old plans are read, and keep their ids.
    void anOldPlanIsReadAndKeepsItsId()
    {
        const Plan old = plan();
        QCOMPARE(old.bytes().first(2).toHex(), QByteArray("8f02"));
        QCOMPARE(old.id().toHex(), QByteArray(oldId));
        Plan reverts = old;
        reverts.revertAfter = std::chrono::minutes(30);
        QCOMPARE(reverts.bytes().first(2).toHex(), QByteArray("9003"));
        QVERIFY(reverts.id() != old.id());
        QCOMPARE(planFrom(reverts.bytes()), reverts);
        for (const auto time : {longestRevert + std::chrono::seconds(1), std::chrono::seconds(-1)}) {
            reverts.revertAfter = time;
            QVERIFY(!planFrom(reverts.bytes()));
        }
        // The new form of what the old one can say would be the same plan under two ids.
        QByteArray twice = old.bytes();
        twice[0] = '\x90';
        twice[1] = '\x03';
        QVERIFY(!planFrom(twice + '\0'));
    }

    void aFileThatIsDamagedIsNoPlan()
    {
        const QByteArray file = toFile(plan());
        QVERIFY(planFromFile(file) == plan());
        for (qsizetype i = 0; i < file.size(); ++i) {
            QByteArray flipped = file;
            flipped[i] = static_cast<char>(flipped[i] ^ 1);
            QVERIFY2(!planFromFile(flipped), qPrintable(QString::number(i)));
            QVERIFY(!planFromFile(file.first(i)));
        }
        QVERIFY(!planFromFile(file + 'x'));
        QVERIFY(!planFromFile(plan().bytes()));
    }

    // What people approved yesterday has to have the same id tomorrow.
    void itsIdIsTheSameInEveryVersion()
    {
        QCOMPARE(plan().id().toHex(), QByteArray("9bdb9e829af753ca5a161b77b22bd43156ebc71698c7e2ca03e739a69a3e1cae"));
    }

    void anotherPlanHasAnotherId_data()
    {
        QTest::addColumn<Plan>("other");
        const auto row = [](const char *name, auto change) {
            Plan other = plan();
            change(other);
            QTest::newRow(name) << other;
        };
        row("action", [](Plan &p) { p.action = u"restart"_s; });
        row("settings", [](Plan &p) { p.settings = u"flags2"_s; });
        row("deployment", [](Plan &p) { p.target.deployment = u"quoted-staging"_s; });
        row("environment", [](Plan &p) { p.target.environment = u"staging"_s; });
        row("system", [](Plan &p) { p.target.system = u"redis"_s; });
        row("address", [](Plan &p) { p.target.address = u"127.0.0.1:5433/quoted"_s; });
        row("cluster", [](Plan &p) { p.target.identity[0] = u"7002"_s; });
        row("marker", [](Plan &p) { p.target.identity[3] = u"staging"_s; });
        row("resource", [](Plan &p) { p.resource = u"voice_quote"_s; });
        row("before", [](Plan &p) { p.changes[0].before = std::nullopt; });
        row("after", [](Plan &p) { p.changes[1].after = u"26"_s; });
        row("fingerprint", [](Plan &p) { p.fingerprint[0] = 'g'; });
        row("steps", [](Plan &p) { p.steps.append({u"redeploy"_s, {}}); });
        row("undo", [](Plan &p) { p.undo.clear(); });
        row("impact", [](Plan &p) { p.impact[0].number = 813; });
        row("impact not measured", [](Plan &p) { p.impact[0].number = std::nullopt; });
        row("impact's unit", [](Plan &p) { p.impact[0].unit = u"per-minute"_s; });
        row("impact's source", [](Plan &p) { p.impact[0].source = u"logins"_s; });
        row("author's key", [](Plan &p) { p.authorKey[0] = 'l'; });
        row("risk", [](Plan &p) { p.risk = Risk::High; });
        row("author", [](Plan &p) { p.author = u"bob"_s; });
        row("reason", [](Plan &p) { p.reason.clear(); });
        row("made at", [](Plan &p) { p.madeAt += std::chrono::milliseconds(1); });
    }

    void anotherPlanHasAnotherId()
    {
        QFETCH(Plan, other);
        QVERIFY(other.id() != plan().id());
        const auto read = planFrom(other.bytes());
        QVERIFY(read && *read == other);
    }

    void whatIsNoPlanIsRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const QByteArray whole = plan().bytes();
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("text") << QByteArray("plan: yes");
        QTest::newRow("cut") << whole.chopped(1);
        QTest::newRow("more") << whole + '\0';
        QTest::newRow("too large") << QByteArray(65 * 1024, '\x80');
        QByteArray version = whole;
        version[1] = 3;
        QTest::newRow("another version") << version;
        QByteArray longer = whole; // 15 as 0x98 0x0f: the same items, other bytes, another id
        longer.replace(0, 1, QByteArray::fromHex("980f"));
        QTest::newRow("another way to write it") << longer;
        QTest::newRow("endless array") << QByteArray::fromHex("9f01");
        QTest::newRow("huge array") << QByteArray::fromHex("9bffffffffffffffff");
        QTest::newRow("deep") << QByteArray(60'000, '\x81');
    }

    void whatIsNoPlanIsRefused()
    {
        QFETCH(QByteArray, bytes);
        const auto read = planFrom(bytes);
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::BadInput);
    }

    // Every byte counts: none can be another without being refused or being another plan.
    void noFlippedByteIsOverlooked()
    {
        const QByteArray whole = plan().bytes();
        for (qsizetype i = 0; i < whole.size(); ++i) {
            QByteArray flipped = whole;
            flipped[i] = static_cast<char>(flipped[i] ^ 1);
            const auto read = planFrom(flipped);
            QVERIFY2(!read || !(*read == plan()), qPrintable(QString::number(i)));
        }
    }

    void aShortIdIsForPeople()
    {
        QCOMPARE(shortId(QByteArray::fromHex("7f3ac1d904beffff")), u"7f3a·c1d9·04be"_s);
        QCOMPARE(shortId({}), QString());
    }

    void fingerprintsTellNothingFromEmpty()
    {
        QVERIFY(fingerprintOf({QByteArray()}) != fingerprintOf({std::nullopt}));
        QVERIFY(fingerprintOf({"ab", "c"}) != fingerprintOf({"a", "bc"}));
        QVERIFY(fingerprintOf({"a"}) == fingerprintOf({"a"}));
    }
};

QTEST_APPLESS_MAIN(TestPlan)
#include "tst_plan.moc"
