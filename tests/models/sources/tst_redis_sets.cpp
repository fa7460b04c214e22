/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/clock.h"
#include "sources/redis/redis_facts.h"
#include "sources/redis_sentinel/redis_sentinel.h"
#include "support/server_fixtures.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <algorithm>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using qd::test::RedisFixture;
using qd::test::RedisSetFixture;

namespace {
const Instant now{1'750'000'000'000ms};
const QString id = u"10.0.0.9:26379"_s;

RedisReply text(const QByteArray &value)
{
    return {.type = RedisReply::Type::String, .text = value, .integer = 0, .items = {}};
}

RedisReply refused(const QByteArray &value)
{
    return {.type = RedisReply::Type::Error, .text = value, .integer = 0, .items = {}};
}

/// SENTINEL MASTER of Redis 7.0, with what some of its fields say.
RedisReply master(const QList<std::pair<QByteArray, QByteArray>> &said = {})
{
    QList<std::pair<QByteArray, QByteArray>> fields{{"name", "shop"},
                                                    {"ip", "10.0.0.1"},
                                                    {"port", "6379"},
                                                    {"runid", "8c9d"},
                                                    {"flags", "master"},
                                                    {"link-pending-commands", "0"},
                                                    {"last-ok-ping-reply", "437"},
                                                    {"role-reported", "master"},
                                                    {"role-reported-time", "90000"},
                                                    {"config-epoch", "3"},
                                                    {"num-slaves", "2"},
                                                    {"num-other-sentinels", "4"},
                                                    {"quorum", "2"}};
    RedisReply reply{.type = RedisReply::Type::Array, .text = {}, .integer = 0, .items = {}};
    for (auto &[field, value] : fields) {
        const auto other = std::ranges::find(said, field, &std::pair<QByteArray, QByteArray>::first);
        reply.items << text(field) << text(other == said.end() ? value : other->second);
    }
    return reply;
}

const RedisReply quorum = text("OK 5 usable Sentinels. Quorum and failover authorization can be reached");

Sentinel told(const RedisReply &about, const RedisReply &votes = quorum)
{
    return sentinelFact(id, u"shop"_s, about, votes, now, 2);
}

Profile watching(const RedisConnection &connection)
{
    Profile profile;
    profile.connections[u"redis"_s] = connection;
    profile.sources = {{.id = u"sentinel"_s, .kind = u"redis-sentinel"_s, .deadline = 600ms, .options = {}},
                       {.id = u"redis"_s, .kind = u"redis"_s, .deadline = 3s, .options = {}}};
    return profile;
}

QList<Sentinel> sentinelsIn(const SourceAnswer &answer)
{
    QList<Sentinel> found;
    for (const Fact &fact : answer.outcome->facts)
        found.append(std::get<Sentinel>(fact));
    return found;
}

template <class F>
QList<F> factsIn(const SourceAnswer &answer)
{
    QList<F> found;
    for (const Fact &fact : answer.outcome->facts) {
        if (const auto *f = std::get_if<F>(&fact))
            found.append(*f);
    }
    return found;
}
} // namespace

class TestRedisSets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void replicasAreReadFromTheirLines_data();
    void replicasAreReadFromTheirLines();
    void aReplicaSaysWhomItFollows();
    void aSentinelTellsOfItsMaster();
    void aSentinelDatesTheSilenceOfItsMaster_data();
    void aSentinelDatesTheSilenceOfItsMaster();
    void whatASentinelRefusesIsNotMeasured();
    void votesAreReadFromCkquorum_data();
    void votesAreReadFromCkquorum();
    void everySentinelOfASetIsAsked();
    void aSentinelThatDoesNotAnswerIsToldByName();
    void theLastSentinelSaysThatTheQuorumIsLost();
    void aFailoverIsToldByAllThatAreLeft();
    void withoutAnySentinelTheSourceFails_data();
    void withoutAnySentinelTheSourceFails();
    void aSourceNeedsSentinelsInItsConnection();
    void theRedisSourceFollowsTheMasterAndTellsItsReplicas();
    void aServerThatIsNotTheUsualOneHasItsName();
    void withoutARightToInfoNobodyKnowsOfReplicas();

private:
    SourceAnswer ask(const Profile &profile, const QString &source = u"sentinel"_s);
    SourceAnswer ask(Source &source);
};

SourceAnswer TestRedisSets::ask(Source &source)
{
    std::optional<SourceAnswer> answer;
    const Call call = source.poll([&](const SourceAnswer &a) { answer = a; });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, 10'000))
        return {.outcome = failure(ErrorCode::Timeout, u"the source never answered"_s), .exchanges = {}};
    return *answer;
}

SourceAnswer TestRedisSets::ask(const Profile &profile, const QString &source)
{
    const auto factory = sourceFactory(*std::ranges::find(profile.sources, source, &SourceSpec::id), profile);
    if (!factory)
        return {.outcome = std::unexpected(factory.error().first()), .exchanges = {}};
    return ask(*(*factory)({}));
}

void TestRedisSets::replicasAreReadFromTheirLines_data()
{
    QTest::addColumn<QByteArray>("info");
    QTest::addColumn<QStringList>("replicas"); // id, state, lag in bytes, delay in milliseconds; - is not measured
    const QByteArray two = "role:master\r\nconnected_slaves:2\r\nmaster_repl_offset:5000\r\n";
    QTest::newRow("two, by address") << two + "slave0:ip=10.0.0.3,port=6379,state=online,offset=4900,lag=1\r\n"
                                              "slave1:ip=10.0.0.2,port=6379,state=online,offset=5000,lag=0\r\n"
                                     << QStringList{u"10.0.0.2:6379 online 0 0"_s, u"10.0.0.3:6379 online 100 1000"_s};
    QTest::newRow("IPv6") << two + "slave0:ip=2001:db8::3,port=6379,state=online,offset=1,lag=0\r\n"
                          << QStringList{u"[2001:db8::3]:6379 online 4999 0"_s};
    QTest::newRow("not streaming yet, which Redis writes as 0")
        << two + "slave0:ip=10.0.0.3,port=6379,state=wait_bgsave,offset=0,lag=0\r\n"
        << QStringList{u"10.0.0.3:6379 wait_bgsave - -"_s};
    QTest::newRow("nothing acknowledged yet") << two + "slave0:ip=10.0.0.3,port=6379,state=online,offset=0,lag=7\r\n"
                                              << QStringList{u"10.0.0.3:6379 online - 7000"_s};
    QTest::newRow("read on between two lines") << two + "slave0:ip=a,port=1,state=online,offset=5003,lag=0\r\n"
                                               << QStringList{u"a:1 online 0 0"_s};
    QTest::newRow("nothing was written") << QByteArray("connected_slaves:1\r\nmaster_repl_offset:0\r\n"
                                                       "slave0:ip=a,port=1,state=online,offset=0,lag=-1\r\n")
                                         << QStringList{u"a:1 online 0 -"_s};
    QTest::newRow("nonsense") << two + "slave0:online\r\nslave1:ip=a,port=x,state=\x1b[2J,offset=many,lag=\r\n"
                              << QStringList{u"a:0 [2J - -"_s};
    QTest::newRow("none") << QByteArray("role:master\r\nconnected_slaves:0\r\nmaster_repl_offset:0\r\n")
                          << QStringList{};
    QTest::newRow("not said") << QByteArray("role:master\r\nmaster_repl_offset:0\r\n") << QStringList{u"?"_s};
}

void TestRedisSets::replicasAreReadFromTheirLines()
{
    QFETCH(QByteArray, info);
    QFETCH(QStringList, replicas);
    const auto found = redisReplicas(info, 1);
    QStringList lines;
    if (!found)
        lines.append(u"?"_s);
    for (const Replica &replica : found.value_or(QList<Replica>())) {
        const QString lag = replica.lag.has() ? QString::number(replica.lag->count) : u"-"_s;
        const QString delay = replica.delay.has() ? QString::number(replica.delay->count()) : u"-"_s;
        lines.append(QStringList{replica.id, replica.state.valueOr({}).trimmed(), lag, delay}.join(u' '));
        QCOMPARE(replica.system, u"redis"_s);
        QCOMPARE(replica.address.valueOr({}), replica.id);
        QVERIFY(replica.lag.origin.pointer.startsWith(u"slave"_s));
        QCOMPARE(replica.lag.origin.exchange, 1);
    }
    QCOMPARE(lines, replicas);
}

void TestRedisSets::aReplicaSaysWhomItFollows()
{
    const RedisServer replica = redisServer("role:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\n"
                                            "master_link_status:down\r\n",
                                            0);
    QCOMPARE(*replica.role, u"slave"_s);
    QCOMPARE(*replica.follows, u"10.0.0.1:6379"_s);
    QCOMPARE(*replica.masterLink, u"down"_s);
    const RedisServer master = redisServer("role:master\r\nconnected_slaves:0\r\n", 0);
    QVERIFY(!master.follows.has());
    QVERIFY(!master.masterLink.has());
}

void TestRedisSets::aSentinelTellsOfItsMaster()
{
    const Sentinel fact = told(master());
    QCOMPARE(fact.name(), u"shop@10.0.0.9:26379"_s);
    QCOMPARE(*fact.masterAddress, u"10.0.0.1:6379"_s);
    QCOMPARE(*fact.flags, u"master"_s);
    QCOMPARE(*fact.quorum, 2);
    QCOMPARE(*fact.known, 5); // the dead and itself included
    QCOMPARE(*fact.majority, 3);
    QCOMPARE(*fact.replicas, 2);
    QCOMPARE(*fact.epoch, 3);
    QCOMPARE(*fact.usable, 5);
    QCOMPARE(*fact.canDecide, 1);
    QCOMPARE(*fact.masterSince, now - 90s);
    QVERIFY(!fact.silentSince.has());
    QCOMPARE(fact.quorum.origin, (Origin{2, u"/master/quorum"_s}));
    QCOMPARE(fact.usable.origin, (Origin{2, u"/ckquorum"_s}));
    const QJsonObject json = QJsonDocument::fromJson(sentinelJson(master(), quorum)).object();
    QCOMPARE(json.value("master"_L1).toObject().value("quorum"_L1).toString(), u"2"_s);
    QVERIFY(json.value("ckquorum"_L1).toString().startsWith(u"OK 5"_s));
    QCOMPARE(*told(master({{"num-other-sentinels", "0"}})).majority, 1);
    QCOMPARE(*told(master({{"num-other-sentinels", "3"}})).majority, 3); // of four
}

void TestRedisSets::aSentinelDatesTheSilenceOfItsMaster_data()
{
    QTest::addColumn<QByteArray>("flags");
    QTest::addColumn<qint64>("reply");
    QTest::addColumn<bool>("silent");
    QTest::newRow("well") << QByteArray("master") << 900LL << false;
    QTest::newRow("cut off a moment ago") << QByteArray("master,disconnected") << 300LL << true;
    QTest::newRow("misses its pings") << QByteArray("master") << 2100LL << true;
    QTest::newRow("down") << QByteArray("s_down,master") << 1500LL << true;
    QTest::newRow("during a failover") << QByteArray("s_down,o_down,master,disconnected,failover_in_progress") << 6500LL
                                       << true;
    QTest::newRow("a failover by hand") << QByteArray("master,force_failover,failover_in_progress") << 900LL << false;
    QTest::newRow("another word") << QByteArray("master,not_s_down") << 900LL << false;
}

void TestRedisSets::aSentinelDatesTheSilenceOfItsMaster()
{
    QFETCH(QByteArray, flags);
    QFETCH(qint64, reply);
    QFETCH(bool, silent);
    const Sentinel fact = told(master({{"flags", flags}, {"last-ok-ping-reply", QByteArray::number(reply)}}));
    QCOMPARE(fact.silentSince.value, silent ? std::optional(now - Millis(reply)) : std::nullopt);
    QCOMPARE(*fact.flags, QString::fromLatin1(flags));
}

void TestRedisSets::whatASentinelRefusesIsNotMeasured()
{
    const Sentinel absurd = told(master({{"port", "70000"}, {"role-reported-time", "9223372036854775807"}}));
    QVERIFY(!absurd.masterAddress.has() && !absurd.masterSince.has());
    const Sentinel nothing = told(refused("ERR No such master with that name"), refused("ERR No such master"));
    for (const bool has : {nothing.masterAddress.has(), nothing.flags.has(), nothing.quorum.has(), nothing.known.has(),
                           nothing.majority.has(), nothing.usable.has(), nothing.canDecide.has(),
                           nothing.masterSince.has(), nothing.silentSince.has(), nothing.epoch.has()})
        QVERIFY(!has);
    const Sentinel odd = told(master({{"num-other-sentinels", "-1"}, {"role-reported-time", ""}, {"flags", ""}}));
    QVERIFY(!odd.known.has() && !odd.majority.has() && !odd.masterSince.has() && !odd.flags.has());
    QCOMPARE(*odd.quorum, 2);
}

void TestRedisSets::votesAreReadFromCkquorum_data()
{
    QTest::addColumn<QByteArray>("reply");
    QTest::addColumn<bool>("isError");
    QTest::addColumn<QString>("votes"); // canDecide, usable
    const auto row = [](const char *name, const QByteArray &reply, bool isError, const QString &votes) {
        QTest::newRow(name) << reply << isError << votes;
    };
    row("all", "OK 3 usable Sentinels. Quorum and failover authorization can be reached", false, u"1 3"_s);
    row("no majority",
        "NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the majority and authorize a failover",
        true, u"0 1"_s);
    row("none at all", "NOQUORUM 0 usable Sentinels. Not enough", true, u"0 0"_s);
    row("a word for it", "NOQUORUM some usable Sentinels", true, u"0 -"_s);
    row("no right", "NOPERM this user has no permissions to run the 'sentinel|ckquorum' command", true, u"- -"_s);
    row("nothing", "", false, u"- -"_s);
}

void TestRedisSets::votesAreReadFromCkquorum()
{
    QFETCH(QByteArray, reply);
    QFETCH(bool, isError);
    QFETCH(QString, votes);
    const Sentinel fact = told(master(), isError ? refused(reply) : text(reply));
    const auto word = [](const Value<qint64> &value) { return value.has() ? QString::number(*value) : u"-"_s; };
    QCOMPARE(word(fact.canDecide) + u' ' + word(fact.usable), votes);
}

void TestRedisSets::everySentinelOfASetIsAsked()
{
    RedisSetFixture set("right");
    const auto factory = sourceFactory(watching(set.connection()).sources[0], watching(set.connection()));
    QVERIFY(factory);
    const auto source = (*factory)({});
    SourceAnswer answer;
    const auto allUsable = [&] {
        answer = ask(*source);
        return answer.outcome &&
               std::ranges::all_of(sentinelsIn(answer), [](const Sentinel &s) { return s.usable.value == 3; });
    };
    QTRY_VERIFY_WITH_TIMEOUT(allUsable(), 60'000);
    QVERIFY(answer.outcome->refusals.isEmpty());
    QCOMPARE(answer.outcome->facts.size(), 3);
    const QString address = u"127.0.0.1:%1"_s.arg(set.first().port());
    for (std::size_t i = 0; i < 3; ++i) {
        const Sentinel fact = sentinelsIn(answer).at(static_cast<qsizetype>(i));
        QCOMPARE(fact.id, u"127.0.0.1:%1"_s.arg(set.sentinel(i).port()));
        QCOMPARE(*fact.masterAddress, address);
        QCOMPARE(*fact.known, 3);
        QCOMPARE(*fact.majority, 2);
        QCOMPARE(*fact.quorum, 2);
        QCOMPARE(*fact.canDecide, 1);
        const Exchange &exchange = answer.exchanges.at(fact.quorum.origin.exchange);
        const QString line = u"REDISCLI_AUTH=… redis-cli -h 127.0.0.1 -p %1 SENTINEL MASTER shop"_s;
        QCOMPARE(exchange.command.section(u'\n', 0, 0), line.arg(set.sentinel(i).port()));
        QVERIFY(!exchange.command.contains(u"right"_s) && !exchange.reply.contains("right"));
    }
}

void TestRedisSets::aSentinelThatDoesNotAnswerIsToldByName()
{
    RedisSetFixture set;
    set.sentinel(0).kill();
    set.sentinel(1).sendSignal(SIGSTOP);
    const SourceAnswer answer = ask(watching(set.connection()));
    set.sentinel(1).sendSignal(SIGCONT);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    const QList<Sentinel> sentinels = sentinelsIn(answer);
    QCOMPARE(sentinels.size(), 3);
    QVERIFY(!sentinels[0].flags.has() && !sentinels[0].masterAddress.has() && !sentinels[0].canDecide.has());
    QVERIFY(!sentinels[1].flags.has());
    QCOMPARE(*sentinels[2].masterAddress, u"127.0.0.1:%1"_s.arg(set.first().port()));
    QCOMPARE(answer.outcome->refusals.size(), 2);
    QCOMPARE(answer.outcome->refusals[0].what, u"sentinel/"_s + sentinels[0].id);
    QCOMPARE(answer.outcome->refusals[0].error.code, ErrorCode::Unreachable);
    QCOMPARE(answer.outcome->refusals[1].what, u"sentinel/"_s + sentinels[1].id);
    QCOMPARE(answer.outcome->refusals[1].error.code, ErrorCode::Timeout);
}

void TestRedisSets::theLastSentinelSaysThatTheQuorumIsLost()
{
    RedisSetFixture set;
    set.sentinel(0).kill();
    set.sentinel(1).kill();
    QList<Sentinel> sentinels;
    const auto isLost = [&] {
        const SourceAnswer answer = ask(watching(set.connection()));
        sentinels = answer.outcome ? sentinelsIn(answer) : QList<Sentinel>();
        return sentinels.size() == 3 && sentinels[2].canDecide.value == 0;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isLost(), 60'000);
    QCOMPARE(*sentinels[2].usable, 1);
    QCOMPARE(*sentinels[2].known, 3);
    QCOMPARE(*sentinels[2].flags, u"master"_s);
}

void TestRedisSets::aFailoverIsToldByAllThatAreLeft()
{
    RedisSetFixture set("right");
    const Profile profile = watching(set.connection());
    const auto source = (*sourceFactory(profile.sources[0], profile))({});
    QTRY_COMPARE_WITH_TIMEOUT(set.ask(set.sentinel(2), {"SENTINEL", "CKQUORUM", set.name}).left(4), QByteArray("OK 3"),
                              10'000);
    const Instant fall = SystemClock().now();
    set.first().kill();
    std::optional<Instant> silentSince;
    SourceAnswer answer;
    const auto isOver = [&] {
        answer = ask(*source);
        for (const Sentinel &sentinel : sentinelsIn(answer)) {
            if (sentinel.silentSince.has())
                silentSince = std::min(silentSince.value_or(*sentinel.silentSince), *sentinel.silentSince);
        }
        const QString address = u"127.0.0.1:%1"_s.arg(set.second().port());
        return std::ranges::all_of(sentinelsIn(answer),
                                   [&](const Sentinel &s) { return s.masterAddress.value == address; });
    };
    QTRY_VERIFY_WITH_TIMEOUT(isOver(), 60'000);
    const Instant seen = SystemClock().now();
    QVERIFY(silentSince.has_value());
    QVERIFY2(*silentSince > fall - 4s && *silentSince < fall + 100ms, "a Sentinel pings every second");
    for (const Sentinel &sentinel : sentinelsIn(answer)) {
        QVERIFY(*sentinel.masterSince > fall && *sentinel.masterSince <= seen);
        QVERIFY(*sentinel.epoch > 0);
    }
}

void TestRedisSets::withoutAnySentinelTheSourceFails_data()
{
    QTest::addColumn<QString>("fault");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("gone") << u"gone"_s << ErrorCode::Unreachable;
    QTest::newRow("another set") << u"set"_s << ErrorCode::NotFound;
    QTest::newRow("wrong password") << u"password"_s << ErrorCode::AuthRequired;
    QTest::newRow("Redis in their place") << u"redis"_s << ErrorCode::ServerError;
}

void TestRedisSets::withoutAnySentinelTheSourceFails()
{
    QFETCH(QString, fault);
    QFETCH(ErrorCode, code);
    RedisSetFixture set("right");
    qd::test::SecretFiles secrets;
    RedisConnection connection = set.connection();
    for (std::size_t i = 0; fault == "gone"_L1 && i < 3; ++i)
        set.sentinel(i).kill();
    if (fault == "set"_L1)
        connection.master = u"shops"_s;
    if (fault == "password"_L1)
        connection.sentinelPassword = secrets.keep("mistaken");
    if (fault == "redis"_L1)
        connection.sentinels = {{u"127.0.0.1"_s, set.first().port()}, {u"127.0.0.1"_s, set.second().port()}};
    const SourceAnswer answer = ask(watching(connection));
    QVERIFY(!answer.outcome);
    const Error error = answer.outcome.error();
    QCOMPARE(error.code, code);
    QVERIFY2(error.message.contains(u"'%1'"_s.arg(connection.master)), qPrintable(error.message));
    QCOMPARE(error.where, connection.sentinels.first().text());
    QVERIFY(!error.message.contains(u"mistaken"_s));
}

void TestRedisSets::aSourceNeedsSentinelsInItsConnection()
{
    RedisConnection plain;
    plain.host = u"127.0.0.1"_s;
    const QList<Error> errors = checkSources(watching(plain));
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.first().code, ErrorCode::BadInput);
    QVERIFY2(errors.first().message.contains(u"'sentinel: off'"_s), qPrintable(errors.first().message));
}

void TestRedisSets::theRedisSourceFollowsTheMasterAndTellsItsReplicas()
{
    RedisSetFixture set("right");
    const Profile profile = watching(set.connection());
    const auto source = (*sourceFactory(profile.sources[1], profile))({});
    SourceAnswer answer;
    const auto replicas = [&] {
        answer = ask(*source);
        return answer.outcome ? factsIn<Replica>(answer) : QList<Replica>();
    };
    QTRY_VERIFY_WITH_TIMEOUT(replicas().size() == 1 && replicas().first().lag.has(), 60'000);
    const Replica replica = replicas().first();
    QCOMPARE(replica.id, u"127.0.0.1:%1"_s.arg(set.second().port()));
    QCOMPARE(*replica.state, u"online"_s);
    QVERIFY(*replica.delay <= Millis(2000));
    QVERIFY(answer.outcome->refusals.isEmpty());
    QCOMPARE(*factsIn<RedisServer>(answer).first().role, u"master"_s);
    QVERIFY(factsIn<RedisServer>(answer).first().server.isEmpty());
    QVERIFY(answer.exchanges[0].command.contains(u"-p %1 INFO"_s.arg(set.first().port())));

    set.first().kill();
    QTRY_VERIFY_WITH_TIMEOUT(replicas().isEmpty() && answer.outcome, 60'000);
    QCOMPARE(*factsIn<RedisServer>(answer).first().role, u"master"_s);
    QVERIFY(answer.exchanges[0].command.contains(u"-p %1 INFO"_s.arg(set.second().port())));
}

void TestRedisSets::aServerThatIsNotTheUsualOneHasItsName()
{
    RedisFixture main;
    RedisFixture other({}, {"replicaof 127.0.0.1 " + QByteArray::number(main.server().port())});
    Profile profile;
    profile.connections[u"redis"_s] = main.connection();
    profile.connections[u"standby"_s] = other.connection();
    profile.sources = {{.id = u"main"_s, .kind = u"redis"_s, .connection = u"redis"_s, .options = {}},
                       {.id = u"standby"_s, .kind = u"redis"_s, .connection = u"standby"_s, .options = {}}};
    QCOMPARE(factsIn<RedisServer>(ask(profile, u"main"_s)).first().server, QString());
    QTRY_COMPARE_WITH_TIMEOUT(factsIn<RedisServer>(ask(profile, u"standby"_s)).first().masterLink.valueOr({}), u"up"_s,
                              10'000);
    const RedisServer standby = factsIn<RedisServer>(ask(profile, u"standby"_s)).first();
    QCOMPARE(standby.server, u"standby"_s);
    QCOMPARE(*standby.role, u"slave"_s);
    QCOMPARE(*standby.follows, u"127.0.0.1:%1"_s.arg(main.server().port()));
}

void TestRedisSets::withoutARightToInfoNobodyKnowsOfReplicas()
{
    RedisFixture redis("right", {"user viewer on >see ~* +ping +scan"});
    Profile profile = watching(redis.connection(u"viewer"_s, "see"));
    profile.sources.removeFirst();
    profile.sources[0].options = {};
    const SourceAnswer answer = ask(profile, u"redis"_s);
    QVERIFY(!answer.outcome);
    QCOMPARE(answer.outcome.error().code, ErrorCode::Forbidden);
    RedisFixture counted("right", {"user viewer on >see ~* +ping +hgetall"});
    counted.command({"HSET", "stats", "hits:a", "1"});
    const auto parsed =
        parseYaml("cache_stats: {hash: stats, hits: 'hits:{group}', misses: 'misses:{group}'}\n", u"p.yaml"_s);
    profile.connections[u"redis"_s] = counted.connection(u"viewer"_s, "see");
    profile.sources[0].options = *parsed;
    const SourceAnswer partly = ask(profile, u"redis"_s);
    QVERIFY2(partly.outcome, partly.outcome ? "" : qPrintable(partly.outcome.error().message));
    for (const QString &kind : {u"redis"_s, u"replica"_s}) {
        const auto refusal = std::ranges::find(partly.outcome->refusals, kind, &Refusal::what);
        QVERIFY2(refusal != partly.outcome->refusals.end(), qPrintable(kind));
        QCOMPARE(refusal->error.code, ErrorCode::Forbidden);
    }
}

QTEST_GUILESS_MAIN(TestRedisSets)
#include "tst_redis_sets.moc"
