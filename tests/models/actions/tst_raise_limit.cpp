/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/raise_limit/raise_limit.h"
#include "bench.h"
#include "support/override_limiter.h"
#include "support/server_fixtures.h"

#include <QTest>

using namespace qd;
using namespace qd::test;

namespace {
constexpr auto marker = "quarterdeck:environment";
const QString client = u"10.1.2.3"_s;
const QByteArray key = "limits:override:10.1.2.3";

std::unique_ptr<Action> raise(const RedisConnection &connection, const Clock &clock, const QString &field = {})
{
    return raiseLimit({.place = {.deployment = u"shop"_s,
                                 .environment = u"production"_s,
                                 .marker = QString::fromLatin1(marker),
                                 .connection = connection},
                       .overrides = {.key = u"limits:override:{client}"_s, .field = field},
                       .tier = TierPolicy{.name = u"api"_s, .limit = 5, .window = 1min, .scopes = {}},
                       .most = 1000},
                      clock);
}

Wish toSixHundred(const QString &seconds = u"3600"_s)
{
    return wishFor(client, {{u"limit"_s, u"600"_s}, {u"for"_s, seconds}});
}

Wish removed()
{
    return wishFor(client, {{u"remove"_s, u"true"_s}});
}
} // namespace

/// A client's own limit, seen in the Redis that a limiter reads, and in whom it lets in.
class TestRaiseLimit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void theLimiterLetsMoreIn();
    void whatWasThereComesBackWithTheRestOfItsTime();
    void aHashKeepsItsOtherFields();
    void aHashOfMoreFieldsThanAreWrittenIsLeft();
    void aRaisedLimitIsTakenAway();
    void whatIsNoLongerKeptIsNotPutBack();
    void whatIsKeptOutlastsTheRevert();
    void whatEndedByItselfIsNoOtherPersons();
    void whoeverSetItSinceIsNotOverwritten();
    void whatCannotBeIsRefusedBeforeAnything_data();
    void whatCannotBeIsRefusedBeforeAnything();
    void nothingThatWouldOutlastItIsLost();
    void aPlanIsNoWayToAnythingElse_data();
    void aPlanIsNoWayToAnythingElse();
    void aWrongTargetIsNeverTouched_data();
    void aWrongTargetIsNeverTouched();
    void whoMayWhatTheReferenceSaysCanDoIt();
    void aProfileSaysWhatMayBeDone();

private:
    QByteArray get(const QByteArray &name) { return m_redis->command({"GET", name}); }
    qint64 left(const QByteArray &name) { return m_redis->command({"PTTL", name}).toLongLong(); }
    std::unique_ptr<RedisFixture> m_redis;
    SystemClock m_clock;
};

void TestRaiseLimit::init()
{
    m_redis = std::make_unique<RedisFixture>();
    m_redis->command({"SET", marker, "shop/production"});
}

void TestRaiseLimit::theLimiterLetsMoreIn()
{
    const OverrideLimiter limiter([this](const QList<QByteArray> &words) { return m_redis->command(words); }, 5);
    for (int call = 0; call < 5; ++call)
        QVERIFY(limiter.letsIn(client));
    QVERIFY(!limiter.letsIn(client));
    Bench bench;
    const auto action = raise(m_redis->connection(), m_clock);
    const Plan plan = planned(*action, toSixHundred());
    QCOMPARE(plan.changes,
             (QList<Change>{{u"client-limit"_s, std::nullopt, u"600"_s}, {u"limit-lasts"_s, std::nullopt, u"3600"_s}}));
    QCOMPARE(plan.risk, Risk::Medium);
    QVERIFY(!limiter.letsIn(client));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QVERIFY(limiter.letsIn(client));
    QVERIFY2(left(key) > 3'590'000 && left(key) <= 3'600'000, qPrintable(QString::number(left(key))));
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QVERIFY(!limiter.letsIn(client));
    QCOMPARE(m_redis->command({"EXISTS", key}), QByteArray("0"));
    QCOMPARE(m_redis->command({"EVAL", "return #redis.call('KEYS', 'quarterdeck:kept:*')", "0"}), QByteArray("0"));
}

void TestRaiseLimit::whatWasThereComesBackWithTheRestOfItsTime()
{
    m_redis->command({"SET", key, "50", "PX", "900000"});
    Bench bench;
    const auto action = raise(m_redis->connection(), m_clock);
    const Plan plan = planned(*action, toSixHundred());
    QCOMPARE(plan.changes,
             (QList<Change>{{u"client-limit"_s, u"50"_s, u"600"_s}, {u"limit-lasts"_s, u"900"_s, u"3600"_s}}));
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
    QCOMPARE(get(key), QByteArray("600"));
    QVERIFY(bench.engine.undo(*action, plan).ending == Ending::Undone);
    QCOMPARE(get(key), QByteArray("50"));
    QVERIFY2(left(key) > 800'000 && left(key) <= 900'000, qPrintable(QString::number(left(key))));
    // Unless that time is over by then.
    const Plan late = planned(*action, toSixHundred());
    m_redis->command({"PEXPIRE", key, "1000"});
    QVERIFY(bench.engine.run(*action, late).ending == Ending::Done);
    QTRY_COMPARE(m_redis->command({"EVAL", "return #redis.call('KEYS', 'quarterdeck:kept:*')", "0"}), QByteArray("1"));
    QVERIFY(bench.engine.undo(*action, late).ending == Ending::Undone);
    QCOMPARE(m_redis->command({"EXISTS", key}), QByteArray("0"));
}

void TestRaiseLimit::aHashKeepsItsOtherFields()
{
    const auto action = raise(m_redis->connection(), m_clock, u"limit"_s);
    Bench bench;
    const Plan fresh = planned(*action, toSixHundred());
    QVERIFY(bench.engine.run(*action, fresh).ending == Ending::Done);
    QCOMPARE(m_redis->command({"HGET", key, "limit"}), QByteArray("600"));
    QVERIFY(left(key) > 0);
    QVERIFY(bench.engine.undo(*action, fresh).ending == Ending::Undone);
    m_redis->command({"HSET", key, "limit", "50", "by", "bob"});
    m_redis->command({"PEXPIRE", key, "900000"});
    const Plan plan = planned(*action, toSixHundred());
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_redis->command({"HGET", key, "limit"}), QByteArray("600"));
    QCOMPARE(m_redis->command({"HGET", key, "by"}), QByteArray("bob"));
    QVERIFY(left(key) > 900'000);
    QVERIFY(bench.engine.undo(*action, plan).ending == Ending::Undone);
    QCOMPARE(m_redis->command({"HGET", key, "limit"}), QByteArray("50"));
    QVERIFY(left(key) <= 900'000);
    // What lies there is of another kind.
    m_redis->command({"DEL", key});
    m_redis->command({"SET", key, "50"});
    QCOMPARE(action->plan(toSixHundred(), soon()).error().code, ErrorCode::Unsupported);
}

void TestRaiseLimit::aHashOfMoreFieldsThanAreWrittenIsLeft()
{
    const auto fill = [&](int from, int to) {
        for (int i = from; i < to; ++i)
            m_redis->command({"HSET", key, "f" + QByteArray::number(i), "x"});
    };
    const auto action = raise(m_redis->connection(), m_clock, u"limit"_s);
    m_redis->command({"HSET", key, "limit", "50"});
    m_redis->command({"PEXPIRE", key, "900000"});
    fill(0, 99);
    Bench bench;
    const Plan plan = planned(*action, toSixHundred());
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
    QCOMPARE(m_redis->command({"HLEN", key}), QByteArray("100"));
    QVERIFY(bench.engine.undo(*action, plan).ending == Ending::Undone);
    QCOMPARE(m_redis->command({"HLEN", key}), QByteArray("100"));
    // One more since it was planned, and before.
    const Plan late = planned(*action, toSixHundred(u"7200"_s));
    fill(99, 100);
    const Report report = bench.engine.run(*action, late);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    const auto refused = action->plan(toSixHundred(), soon());
    QVERIFY(!refused && refused.error().code == ErrorCode::Unsupported);
    QVERIFY2(refused.error().message.contains(u"101 fields"_s), qPrintable(refused.error().message));
    QCOMPARE(m_redis->command({"HLEN", key}), QByteArray("101"));
    QCOMPARE(m_redis->command({"HGET", key, "limit"}), QByteArray("50"));
    // It goes as a whole, and comes back as a whole.
    const Plan gone = planned(*action, removed());
    QVERIFY(bench.engine.run(*action, gone).ending == Ending::Done);
    QVERIFY(bench.engine.undo(*action, gone).ending == Ending::Undone);
    QCOMPARE(m_redis->command({"HLEN", key}), QByteArray("101"));
}

void TestRaiseLimit::aRaisedLimitIsTakenAway()
{
    m_redis->command({"SET", key, "50"}); // without an end
    Bench bench;
    const auto action = raise(m_redis->connection(), m_clock);
    const Plan plan = planned(*action, removed());
    QCOMPARE(plan.changes.first(), (Change{u"client-limit"_s, u"50"_s, std::nullopt}));
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
    QCOMPARE(m_redis->command({"EXISTS", key}), QByteArray("0"));
    QVERIFY(bench.engine.undo(*action, plan).ending == Ending::Undone);
    QCOMPARE(get(key), QByteArray("50"));
    QCOMPARE(left(key), -1);
    m_redis->command({"DEL", key});
    QCOMPARE(action->plan(removed(), soon()).error().code, ErrorCode::NotFound);
}

void TestRaiseLimit::whatIsNoLongerKeptIsNotPutBack()
{
    m_redis->command({"SET", key, "50"});
    Bench bench;
    const auto action = raise(m_redis->connection(), m_clock);
    const Plan plan = planned(*action, removed());
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
    m_redis->command(
        {"EVAL", "return redis.call('DEL', unpack(redis.call('KEYS', 'quarterdeck:kept:*')))", "0"}); // a day later
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::NeedsPerson, qPrintable(said(undone)));
    QCOMPARE(m_redis->command({"EXISTS", key}), QByteArray("0"));
}

void TestRaiseLimit::whatIsKeptOutlastsTheRevert()
{
    m_redis->command({"SET", key, "50"});
    Bench bench;
    const auto action = raise(m_redis->connection(), m_clock);
    Wish wish = removed();
    wish.revertAfter = 48h;
    const auto plan = bench.engine.plan(*action, u"raise"_s, wish);
    QVERIFY(plan);
    QVERIFY(bench.engine.run(*action, *plan).ending == Ending::Done);
    const QByteArray kept = keptKey(*plan, 0);
    for (const QByteArray &name : {kept, kept + ":done"})
        QVERIFY2(left(name) > std::chrono::milliseconds(48h).count(), qPrintable(QString::number(left(name))));
}

void TestRaiseLimit::whatEndedByItselfIsNoOtherPersons()
{
    m_redis->command({"SET", key, "50", "PX", "500"});
    Bench bench;
    const auto action = raise(m_redis->connection(), m_clock);
    const Plan plan = planned(*action, toSixHundred(u"1"_s));
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
    QTRY_COMPARE(m_redis->command({"EXISTS", key}), QByteArray("0"));
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QCOMPARE(m_redis->command({"EXISTS", key}), QByteArray("0"));
}

void TestRaiseLimit::whoeverSetItSinceIsNotOverwritten()
{
    Bench bench;
    const auto action = raise(m_redis->connection(), m_clock);
    const Plan late = planned(*action, toSixHundred());
    m_redis->command({"SET", key, "70", "PX", "60000"});
    QCOMPARE(bench.engine.run(*action, late).ending, Ending::Refused);
    // Between the look and the deed.
    const Plan cut = planned(*action, toSixHundred());
    bench.engine.setBoundary([&](const QString &boundary) {
        if (boundary == "effect:0:before"_L1)
            m_redis->command({"SET", key, "80", "PX", "60000"});
    });
    const Report report = bench.engine.run(*action, cut);
    QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
    QCOMPARE(get(key), QByteArray("80"));
    bench.engine.setBoundary({});
    const Plan plan = planned(*action, toSixHundred());
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
    m_redis->command({"SET", key, "90", "PX", "60000"});
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::NeedsPerson, qPrintable(said(undone)));
    QCOMPARE(get(key), QByteArray("90"));
}

void TestRaiseLimit::whatCannotBeIsRefusedBeforeAnything_data()
{
    using Set = std::map<QString, QString>;
    QTest::addColumn<QString>("resource");
    QTest::addColumn<Set>("set");
    const auto row = [](const char *name, const QString &limit, const QString &seconds) {
        QTest::newRow(name) << client << Set{{u"limit"_s, limit}, {u"for"_s, seconds}};
    };
    row("no number", u"many"_s, u"60"_s);
    row("no more than everybody", u"5"_s, u"60"_s);
    row("beyond all bounds", u"1001"_s, u"60"_s);
    row("for ever", u"600"_s, u"0"_s);
    row("for too long", u"600"_s, u"604801"_s);
    row("until a word", u"600"_s, u"soon"_s);
    QTest::newRow("without an end") << client << Set{{u"limit"_s, u"600"_s}};
    QTest::newRow("nothing") << client << Set{};
    QTest::newRow("both") << client << Set{{u"limit"_s, u"600"_s}, {u"for"_s, u"60"_s}, {u"remove"_s, u"true"_s}};
    QTest::newRow("no such thing") << client << Set{{u"colour"_s, u"red"_s}};
    QTest::newRow("nobody") << QString() << Set{{u"limit"_s, u"600"_s}, {u"for"_s, u"60"_s}};
    QTest::newRow("a secret") << u"sk_live_9f86d081884c7d65"_s << Set{{u"limit"_s, u"600"_s}, {u"for"_s, u"60"_s}};
}

void TestRaiseLimit::whatCannotBeIsRefusedBeforeAnything()
{
    using Set = std::map<QString, QString>;
    QFETCH(QString, resource);
    QFETCH(Set, set);
    const auto plan = raise(m_redis->connection(), m_clock)->plan(wishFor(resource, set), soon());
    QVERIFY(!plan);
    QCOMPARE(plan.error().code, ErrorCode::BadInput);
    QVERIFY(!plan.error().message.contains(u"9f86d081884c7d65"_s));
}

void TestRaiseLimit::nothingThatWouldOutlastItIsLost()
{
    const auto action = raise(m_redis->connection(), m_clock);
    for (const char *time : {"7200000", ""}) {
        m_redis->command({"SET", key, "50"});
        if (*time)
            m_redis->command({"PEXPIRE", key, time});
        const auto plan = action->plan(toSixHundred(), soon());
        QVERIFY(!plan);
        QVERIFY2(plan.error().message.contains(u"would be lost"_s), qPrintable(plan.error().message));
    }
    // Nor one that somebody made longer since.
    m_redis->command({"SET", key, "50", "PX", "60000"});
    Bench bench;
    const Plan plan = planned(*action, toSixHundred());
    m_redis->command({"PERSIST", key});
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Refused || report.ending == Ending::Undone, qPrintable(said(report)));
    QCOMPARE(get(key), QByteArray("50"));
    QCOMPARE(left(key), -1);
}

void TestRaiseLimit::aPlanIsNoWayToAnythingElse_data()
{
    QTest::addColumn<QString>("forgery");
    for (const char *name : {"beyond all bounds", "without an end", "of another kind", "of another client"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestRaiseLimit::aPlanIsNoWayToAnythingElse()
{
    QFETCH(QString, forgery);
    const auto action = raise(m_redis->connection(), m_clock);
    Plan forged = planned(*action, toSixHundred());
    if (forgery == "beyond all bounds"_L1)
        forged.changes[0].after = u"5000"_s;
    else if (forgery == "without an end"_L1)
        forged.steps[0].arguments[2] = u"0"_s;
    else if (forgery == "of another kind"_L1)
        forged.action = u"unblock-client"_s;
    else
        forged.resource = u"10.9.9.9"_s;
    Bench bench;
    const Report report = bench.engine.run(*action, forged);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QCOMPARE(m_redis->command({"EVAL", "return #redis.call('KEYS', 'limits:*')", "0"}), QByteArray("0"));
}

void TestRaiseLimit::aWrongTargetIsNeverTouched_data()
{
    QTest::addColumn<QByteArray>("other");
    QTest::newRow("another marker") << QByteArray("longmem/production");
    QTest::newRow("a clone") << QByteArray("shop/production");
    QTest::newRow("staging") << QByteArray("shop/staging");
    QTest::newRow("no marker") << QByteArray();
}

void TestRaiseLimit::aWrongTargetIsNeverTouched()
{
    QFETCH(QByteArray, other);
    RedisFixture elsewhere;
    if (!other.isEmpty())
        elsewhere.command({"SET", marker, other});
    Bench bench;
    const Plan plan = planned(*raise(m_redis->connection(), m_clock), toSixHundred());
    const auto swapped = raise(elsewhere.connection(), m_clock);
    const Report report = bench.engine.run(*swapped, plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QVERIFY(bench.engine.resume(*swapped, plan).ending == Ending::Refused);
    QCOMPARE(elsewhere.command({"EVAL", "return #redis.call('KEYS', '*')", "0"}),
             other.isEmpty() ? QByteArray("0") : QByteArray("1"));
    if (!other.isEmpty() && other != "shop/production")
        QVERIFY(!swapped->plan(toSixHundred(), soon()));
}

/// resources/profile-reference.yaml, under 'redis_operator'.
void TestRaiseLimit::whoMayWhatTheReferenceSaysCanDoIt()
{
    QList<QByteArray> user{"ACL", "SETUSER", "operator", "on", ">pw", "~quarterdeck:*", "~limits:override:*"};
    for (const char *command : {"role", "info", "time", "eval", "exists", "get", "set", "incr", "del", "pexpire",
                                "type", "pttl", "rename", "persist", "hget", "hgetall", "hlen", "hset"})
        user.append(QByteArray("+") + command);
    m_redis->command(user);
    for (const QString &field : {QString(), u"limit"_s}) {
        m_redis->command({"DEL", key});
        if (field.isEmpty())
            m_redis->command({"SET", key, "50"});
        else
            m_redis->command({"HSET", key, "limit", "50", "by", "bob"});
        const auto action = raise(m_redis->connection(u"operator"_s, "pw"), m_clock, field);
        Bench bench;
        const Plan gone = planned(*action, removed());
        QVERIFY(bench.engine.run(*action, gone).ending == Ending::Done);
        QVERIFY(bench.engine.undo(*action, gone).ending == Ending::Undone);
        m_redis->command({"PEXPIRE", key, "60000"});
        const Plan plan = planned(*action, toSixHundred());
        const Report report = bench.engine.run(*action, plan);
        QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
        const Report undone = bench.engine.undo(*action, plan);
        QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    }
}

void TestRaiseLimit::aProfileSaysWhatMayBeDone()
{
    const QByteArray head = "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n"
                            "  redis: {host: 127.0.0.1}\n  redis_operator: {kind: redis, host: 127.0.0.1}\n"
                            "sources:\n  redis: {kind: redis}\ntiers:\n  - {name: api, limit: 5}\nactions:\n";
    const auto check = [&](const QByteArray &actions) { return wrongIn(head + actions); };
    const QByteArray raises = "  a: {kind: raise-limit, ";
    QCOMPARE(check(raises + "overrides: {key: \"o:{client}\", field: limit}, tier: api, at_most: 600}\n"), QString());
    QVERIFY(check(raises + "at_most: 600}\n").contains(u"'overrides'"_s));
    QVERIFY(check(raises + "overrides: {key: \"o:\"}, at_most: 600}\n").contains(u"{client}"_s));
    QVERIFY(check(raises + "overrides: {key: \"o:{client}\"}}\n").contains(u"'at_most'"_s));
    QVERIFY(check(raises + "overrides: {key: \"o:{client}\"}, at_most: 600, tier: app}\n").contains(u"'app'"_s));
}

QTEST_GUILESS_MAIN(TestRaiseLimit)
#include "tst_raise_limit.moc"
