/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/engine.h"
#include "actions/feature_flag/feature_flag.h"
#include "actions/registry.h"
#include "bench.h"
#include "sources/source.h"
#include "support/server_fixtures.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;

namespace {
const QString flag = u"voice"_s;

/// Where flags may lie in a Redis.
QByteArray layoutCalled(const QString &kind)
{
    return kind == "hash"_L1   ? "hash: \"app:flags\", rollout: \"{flag}:rollout\""
           : kind == "keys"_L1 ? "keys: \"flags:{flag}\", rollout: \"flags:{flag}:rollout\""
                               : "keys: \"flag:{flag}\", field: enabled, rollout: rollout";
}

Profile profileWith(const QString &kind, quint16 port)
{
    const QByteArray server = "{kind: redis, host: 127.0.0.1, port: " + QByteArray::number(port) + "}\n";
    const auto profile = parseProfile(
        "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n  redis: " + server +
            "  redis_operator: " + server + "sources:\n  flags: {kind: redis-flags, " + layoutCalled(kind) +
            "}\nactions:\n  flags: {kind: feature-flag, " + layoutCalled(kind) + "}\n",
        u"shop.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    return *profile;
}

std::unique_ptr<Action> actionOf(const Profile &profile, const Clock &clock)
{
    auto action = makeAction(u"flags"_s, profile, clock);
    if (!action)
        qFatal("%s", qPrintable(action.error().first().message));
    return std::move(*action);
}
} // namespace

/// Flags that lie in Redis, seen in the Redis itself.
class TestFlagActions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aFlagIsSetAndSetBack_data();
    void aFlagIsSetAndSetBack();
    void itIsWrittenAsItWas_data();
    void itIsWrittenAsItWas();
    void aPercentageThatWasNotThereIsTakenAwayAgain();
    void theSourceTellsWhatTheActionSets();
    void whatSomebodyElseSetIsLeft();
    void whatCannotBeIsRefusedBeforeAnything_data();
    void whatCannotBeIsRefusedBeforeAnything();
    void aWrongTargetIsNeverTouched_data();
    void aWrongTargetIsNeverTouched();
    void aUserWithoutRightsIsToldBefore();
    void aProfileSaysWhereFlagsLie_data();
    void aProfileSaysWhereFlagsLie();

private:
    void fill(RedisFixture &redis, const QByteArray &set = "true", const QByteArray &rollout = "50") const;
    [[nodiscard]] QByteArray setOf(const QString &kind) const;
    [[nodiscard]] QByteArray rolloutOf(const QString &kind) const;
    [[nodiscard]] Profile profile(const QString &kind) const { return profileWith(kind, m_redis->connection().port); }
    SystemClock m_clock;
    std::unique_ptr<RedisFixture> m_redis;
};

void TestFlagActions::init()
{
    m_redis = std::make_unique<RedisFixture>();
    m_redis->command({"SET", "quarterdeck:environment", "shop/production"});
    fill(*m_redis);
}

void TestFlagActions::fill(RedisFixture &redis, const QByteArray &set, const QByteArray &rollout) const
{
    redis.command({"HSET", "app:flags", "voice", set, "voice:rollout", rollout, "maps", "0"});
    redis.command({"MSET", "flags:voice", set, "flags:voice:rollout", rollout, "flags:maps", "off", "other", "x"});
    redis.command({"HSET", "flag:voice", "enabled", set, "rollout", rollout, "owner", "ada"});
    redis.command({"HSET", "flag:maps", "enabled", "off"});
}

QByteArray TestFlagActions::setOf(const QString &kind) const
{
    return kind == "hash"_L1   ? m_redis->command({"HGET", "app:flags", "voice"})
           : kind == "keys"_L1 ? m_redis->command({"GET", "flags:voice"})
                               : m_redis->command({"HGET", "flag:voice", "enabled"});
}

QByteArray TestFlagActions::rolloutOf(const QString &kind) const
{
    return kind == "hash"_L1   ? m_redis->command({"HGET", "app:flags", "voice:rollout"})
           : kind == "keys"_L1 ? m_redis->command({"GET", "flags:voice:rollout"})
                               : m_redis->command({"HGET", "flag:voice", "rollout"});
}

void TestFlagActions::aFlagIsSetAndSetBack_data()
{
    QTest::addColumn<QString>("kind");
    for (const char *kind : {"hash", "keys", "a hash for each"})
        QTest::newRow(kind) << QString::fromLatin1(kind);
}

void TestFlagActions::aFlagIsSetAndSetBack()
{
    QFETCH(QString, kind);
    m_redis->command({"PEXPIRE", "flags:voice", "600000"});
    Bench bench;
    const auto action = actionOf(profile(kind), m_clock);
    const Plan plan = planned(*action, wishFor(flag, {{u"enabled"_s, u"false"_s}, {u"rollout"_s, u"10"_s}}));
    QCOMPARE(plan.changes.size(), 2);
    QCOMPARE(plan.steps.size(), 1);
    const Report done = bench.engine.run(*action, plan);
    QVERIFY2(done.ending == Ending::Done, qPrintable(said(done)));
    QCOMPARE(setOf(kind), QByteArray("false"));
    QCOMPARE(rolloutOf(kind), QByteArray("10"));
    QVERIFY(m_redis->command({"PTTL", "flags:voice"}).toInt() > 0);
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QCOMPARE(setOf(kind), QByteArray("true"));
    QCOMPARE(rolloutOf(kind), QByteArray("50"));
    QCOMPARE(m_redis->command({"HGET", "flag:voice", "owner"}), QByteArray("ada"));
    QCOMPARE(m_redis->command({"EXISTS", "quarterdeck:lease"}), QByteArray("0"));
}

void TestFlagActions::itIsWrittenAsItWas_data()
{
    QTest::addColumn<QByteArray>("on");
    QTest::addColumn<QByteArray>("off");
    QTest::newRow("words") << QByteArray("true") << QByteArray("false");
    QTest::newRow("digits") << QByteArray("1") << QByteArray("0");
    QTest::newRow("switch") << QByteArray("on") << QByteArray("off");
    QTest::newRow("of Python") << QByteArray("True") << QByteArray("False");
}

void TestFlagActions::itIsWrittenAsItWas()
{
    QFETCH(QByteArray, on);
    QFETCH(QByteArray, off);
    fill(*m_redis, on);
    Bench bench;
    const auto action = actionOf(profile(u"keys"_s), m_clock);
    const Plan plan = planned(*action, wishFor(flag, {{u"enabled"_s, u"false"_s}}));
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
    QCOMPARE(setOf(u"keys"_s), off);
    const Plan back = planned(*action, wishFor(flag, {{u"enabled"_s, u"true"_s}}));
    QVERIFY(bench.engine.run(*action, back).ending == Ending::Done);
    QCOMPARE(setOf(u"keys"_s), on);
}

void TestFlagActions::aPercentageThatWasNotThereIsTakenAwayAgain()
{
    for (const QString &kind : {u"hash"_s, u"keys"_s}) {
        Bench bench;
        const auto action = actionOf(profile(kind), m_clock);
        const Plan plan = planned(*action, wishFor(u"maps"_s, {{u"rollout"_s, u"5"_s}}));
        QVERIFY(!plan.changes.first().before);
        QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
        const auto there = [&] {
            return kind == "hash"_L1 ? m_redis->command({"HEXISTS", "app:flags", "maps:rollout"})
                                     : m_redis->command({"EXISTS", "flags:maps:rollout"});
        };
        QCOMPARE(there(), QByteArray("1"));
        const Report undone = bench.engine.undo(*action, plan);
        QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
        QCOMPARE(there(), QByteArray("0"));
    }
}

void TestFlagActions::theSourceTellsWhatTheActionSets()
{
    for (const QString &kind : {u"hash"_s, u"keys"_s, u"each"_s}) {
        const Profile shop = profile(kind);
        const auto factory = sourceFactory(shop.sources.first(), shop);
        QVERIFY(factory);
        const auto source = (*factory)({});
        std::optional<SourceAnswer> answer;
        const Call call = source->poll([&](const SourceAnswer &said) { answer = said; });
        QTRY_VERIFY(answer);
        QVERIFY2(answer->outcome, qPrintable(answer->outcome ? QString() : answer->outcome.error().message));
        QVERIFY2(answer->outcome->refusals.isEmpty(), qPrintable(kind));
        QCOMPARE(answer->outcome->facts.size(), 2);
        const auto found = std::ranges::find_if(answer->outcome->facts, [](const Fact &fact) {
            return std::get_if<FeatureFlag>(&fact) != nullptr && std::get<FeatureFlag>(fact).key == flag;
        });
        QVERIFY(found != answer->outcome->facts.end());
        const auto &told = std::get<FeatureFlag>(*found);
        QCOMPARE(told.set.value, u"on"_s);
        QCOMPARE(told.rollout.value, 50);
        QVERIFY(!told.effective.has());
        QCOMPARE(actionOn(told, shop).value_or(QString()), u"flags"_s);
        QVERIFY(answer->exchanges.first().reply.contains("voice"));
    }
}

void TestFlagActions::whatSomebodyElseSetIsLeft()
{
    Bench bench;
    const auto action = actionOf(profile(u"hash"_s), m_clock);
    const Plan plan = planned(*action, wishFor(flag, {{u"enabled"_s, u"false"_s}}));
    // Between the checks and the deed.
    bench.engine.setBoundary([&](const QString &boundary) {
        if (boundary == "effect:0:before"_L1)
            m_redis->command({"HSET", "app:flags", "voice", "TRUE"});
    });
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending != Ending::Done, qPrintable(said(report)));
    QCOMPARE(setOf(u"hash"_s), QByteArray("TRUE"));
    bench.engine.setBoundary({});
    const Plan second = planned(*action, wishFor(flag, {{u"rollout"_s, u"10"_s}}));
    QVERIFY(bench.engine.run(*action, second).ending == Ending::Done);
    m_redis->command({"HSET", "app:flags", "voice:rollout", "70"});
    QVERIFY(bench.engine.undo(*action, second).ending != Ending::Undone);
    QCOMPARE(rolloutOf(u"hash"_s), QByteArray("70"));
}

void TestFlagActions::whatCannotBeIsRefusedBeforeAnything_data()
{
    QTest::addColumn<QString>("resource");
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("says");
    QTest::newRow("no such flag") << u"voices"_s << u"enabled"_s << u"true"_s << u"it has maps, voice"_s;
    QTest::newRow("another key") << u"voice:rollout"_s << u"enabled"_s << u"true"_s << u"no name of a flag"_s;
    QTest::newRow("no word") << flag << u"enabled"_s << u"perhaps"_s << u"expected true or false"_s;
    QTest::newRow("too much") << flag << u"rollout"_s << u"101"_s << u"from 0 to 100"_s;
    QTest::newRow("so already") << flag << u"enabled"_s << u"true"_s << u"voice is on already"_s;
    QTest::newRow("as far already") << flag << u"rollout"_s << u"50"_s << u"voice is at 50 % already"_s;
    QTest::newRow("no such thing") << flag << u"colour"_s << u"red"_s
                                   << u"has no 'colour'; it has enabled and rollout"_s;
}

void TestFlagActions::whatCannotBeIsRefusedBeforeAnything()
{
    QFETCH(QString, resource);
    QFETCH(QString, what);
    QFETCH(QString, value);
    QFETCH(QString, says);
    for (const QString &kind : {u"hash"_s, u"keys"_s}) {
        const auto action = actionOf(profile(kind), m_clock);
        const auto plan = action->plan(wishFor(resource, {{what, value}}), soon());
        QVERIFY(!plan);
        QVERIFY2(plan.error().message.contains(says), qPrintable(plan.error().message));
    }
}

void TestFlagActions::aWrongTargetIsNeverTouched_data()
{
    QTest::addColumn<QByteArray>("other");
    QTest::newRow("another marker") << QByteArray("longmem/production");
    QTest::newRow("a clone") << QByteArray("shop/production");
    QTest::newRow("staging") << QByteArray("shop/staging");
    QTest::newRow("no marker") << QByteArray();
}

void TestFlagActions::aWrongTargetIsNeverTouched()
{
    QFETCH(QByteArray, other);
    RedisFixture elsewhere;
    fill(elsewhere);
    if (!other.isEmpty())
        elsewhere.command({"SET", "quarterdeck:environment", other});
    Bench bench;
    const Plan plan = planned(*actionOf(profile(u"hash"_s), m_clock), wishFor(flag, {{u"enabled"_s, u"false"_s}}));
    const auto swapped = actionOf(profileWith(u"hash"_s, elsewhere.connection().port), m_clock);
    QVERIFY(bench.engine.run(*swapped, plan).ending == Ending::Refused);
    QVERIFY(bench.engine.resume(*swapped, plan).ending == Ending::Refused);
    QCOMPARE(elsewhere.command({"HGET", "app:flags", "voice"}), QByteArray("true"));
    QCOMPARE(elsewhere.command({"EXISTS", "quarterdeck:lease"}), QByteArray("0"));
    // Nor is a plan carried out that was made for another place in the same Redis.
    QVERIFY(bench.engine.run(*actionOf(profile(u"keys"_s), m_clock), plan).ending == Ending::Refused);
    QCOMPARE(setOf(u"keys"_s), QByteArray("true"));
}

void TestFlagActions::aUserWithoutRightsIsToldBefore()
{
    m_redis->command({"ACL", "SETUSER", "viewer", "on", "nopass", "~*", "+@read", "+info", "+role", "+eval", "+time"});
    Profile shop = profile(u"hash"_s);
    std::get<RedisConnection>(shop.connections[u"redis_operator"_s]) = m_redis->connection(u"viewer"_s, "any");
    Bench bench;
    const auto action = actionOf(shop, m_clock);
    const Plan plan = planned(*action, wishFor(flag, {{u"enabled"_s, u"false"_s}}));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QCOMPARE(report.error->code, ErrorCode::Forbidden);
    QVERIFY(bench.journal->entries({}, patience)->isEmpty());
    QCOMPARE(setOf(u"hash"_s), QByteArray("true"));
}

void TestFlagActions::aProfileSaysWhereFlagsLie_data()
{
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<QString>("says");
    QTest::newRow("a hash") << QByteArray("hash: h") << QString();
    QTest::newRow("keys") << QByteArray("keys: \"f:{flag}\"") << QString();
    QTest::newRow("both") << QByteArray("hash: h, keys: \"f:{flag}\"") << u"expected 'hash'"_s;
    QTest::newRow("all keys") << QByteArray("keys: \"f:*\"") << u"{flag}"_s;
    QTest::newRow("one percentage for all") << QByteArray("hash: h, rollout: r") << u"{flag}"_s;
    QTest::newRow("on itself") << QByteArray("keys: \"f:{flag}\", rollout: \"f:{flag}\"") << u"itself lies"_s;
    QTest::newRow("a field of a hash of flags") << QByteArray("hash: h, field: on") << u"belongs to 'keys'"_s;
    QTest::newRow("a typing mistake") << QByteArray("hash: h, rolout: \"{flag}:r\"") << u"rollout"_s;
}

void TestFlagActions::aProfileSaysWhereFlagsLie()
{
    QFETCH(QByteArray, options);
    QFETCH(QString, says);
    const auto profile = parseProfile("quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n"
                                      "  redis: {host: 127.0.0.1}\n  redis_operator: {kind: redis, host: 127.0.0.1}\n"
                                      "sources:\n  flags: {kind: redis-flags, " +
                                          options + "}\nactions:\n  flags: {kind: feature-flag, " + options + "}\n",
                                      u"shop.yaml"_s);
    QVERIFY(profile);
    for (const QList<Error> &errors : {checkActions(*profile), checkSources(*profile)}) {
        QCOMPARE(errors.isEmpty(), says.isEmpty());
        if (!says.isEmpty())
            QVERIFY2(errors.first().message.contains(says), qPrintable(errors.first().message));
    }
}

QTEST_GUILESS_MAIN(TestFlagActions)
#include "tst_flag_actions.moc"
