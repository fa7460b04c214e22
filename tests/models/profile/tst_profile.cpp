/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "profile/profile.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
const QByteArray head = "quarterdeck: 1\nname: quoted\nenvironment: production\npreset: quoted\n";

QByteArray withHttp(const QByteArray &lines)
{
    return head + "connections:\n  http:\n" + lines;
}

QString said(const ProfileResult &result)
{
    QStringList lines;
    if (!result) {
        for (const Error &error : result.error())
            lines.append(error.where + u": "_s + error.message);
    }
    return lines.join(u'\n');
}

void write(const QString &path, const QByteArray &text, QFile::Permissions permissions)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
    file.close();
    QVERIFY(file.setPermissions(permissions));
}
constexpr QFile::Permissions ownerOnly = QFile::ReadOwner | QFile::WriteOwner;
} // namespace

class TestProfile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void presetIsMergedBelowTheProfile();
    void profileWinsOverThePreset();
    void anExpectationHasAMetricAndABound();
    void aSourceOfThePresetCanBeLeftOut();
    void relativePathsStandBesidesTheProfile();
    void connectionsAreNamed();
    void aRedisIsNamedByItsSentinels();
    void plaintextMustBeWritten();
    void everyFaultIsFoundAtOnce();
    void faultsAreToldByPlaceAndOnce();
    void oneFaultIsOneError_data();
    void oneFaultIsOneError();
    void faultsNamePlaceAndExpectation_data();
    void faultsNamePlaceAndExpectation();
    void aSecretInClearIsNeverQuoted_data();
    void aSecretInClearIsNeverQuoted();
    void yamlThatGrowsIsStopped_data();
    void yamlThatGrowsIsStopped();
    void filesThatAreNoneAreSaid();
    void secretsComeFromEnvironmentAndFiles();
    void secretsThatCannotBeHadSayWhy();
    void anErrorOfASecretNamesItAndWhereItIsWritten();
};

void TestProfile::presetIsMergedBelowTheProfile()
{
    const auto profile = parseProfile(head + "connections:\n  http: {url: 'http://127.0.0.1:8000'}\n", u"p.yaml"_s);
    QVERIFY2(profile, qPrintable(said(profile)));
    QCOMPARE(profile->title, u"Quote service"_s);
    QStringList ids;
    for (const SourceSpec &spec : profile->sources)
        ids.append(spec.id);
    QCOMPARE(ids, (QStringList{u"liveness"_s, u"health"_s, u"redis"_s, u"postgresql"_s, u"keys"_s, u"flags"_s,
                               u"backups"_s}));
    QCOMPARE(profile->sources[3].interval, 10s);
    QCOMPARE(profile->breakers.size(), 4);
    QCOMPARE(profile->breakers[1].failureThreshold, 3);
    QCOMPARE(profile->breakers[1].recoveryTimeout, 30s);
    QCOMPARE(profile->caches[1].ttl, 1800s);
    QCOMPARE(profile->caches[1].hitRateAtLeast, Share{0.8});
    QCOMPARE(profile->tiers[1].window, 1h);
    QCOMPARE(profile->tiers[1].scopes, QStringList{u"/demo/quotes"_s});
    QCOMPARE(profile->staleAfter(u"postgresql"_s), 25s);
    QVERIFY(profile->backupPolicy && profile->backupPolicy->every == 24h && profile->backupPolicy->keep == 14 * 24h);
    QCOMPARE(profile->backupPolicy->zone, QByteArray("UTC"));
}

void TestProfile::profileWinsOverThePreset()
{
    const auto profile =
        parseProfile(head + "intervals: {health: 250 ms}\ndeadlines: {redis: 2s}\n"
                            "caches:\n  - {name: pricing, hit_rate_at_least: 0.5}\n"
                            "  - {name: mine, ttl: 1 h}\nthresholds: {limit_near: 90 %, replica_lag: 512 kB, "
                            "replay_delay: 2 m, latency_p95: 700 ms, refusals: 5}\n",
                     u"p.yaml"_s);
    QVERIFY2(profile, qPrintable(said(profile)));
    QCOMPARE(profile->sources[1].interval, 250ms);
    QCOMPARE(profile->sources[2].deadline, 2s);
    QCOMPARE(profile->caches.size(), 4);
    QCOMPARE(profile->caches[1].hitRateAtLeast, Share{0.5});
    QCOMPARE(profile->caches[1].ttl, 1800s);
    QCOMPARE(profile->caches[3].group, u"mine"_s);
    QCOMPARE(profile->limitNearAt, Share{0.9});
    QCOMPARE(profile->errorsAtMost, Share{0.05});
    QCOMPARE(profile->replicaLagAtMost, Bytes{512 * 1024});
    QCOMPARE(profile->replayDelayAtMost, 2min);
    QCOMPARE(profile->poolWaitAtMost, 10s);
    QCOMPARE(profile->latencyP95AtMost, 700ms);
    QCOMPARE(profile->refusalsAtMost, 5);
}

void TestProfile::anExpectationHasAMetricAndABound()
{
    const auto profile =
        parseProfile(head + "expectations:\n"
                            "  - {name: late, title: Oldest order, value: delay_seconds, at_most: 7200}\n"
                            "  - {name: hooks, per_minute: 'hooks_total{code=~\"4..\"}', at_most: 2}\n"
                            "  - {name: slow, p95: push_seconds, at_least: 0.5, unit: s}\n",
                     u"p.yaml"_s);
    QVERIFY2(profile, qPrintable(said(profile)));
    QCOMPARE(profile->expectations.size(), 3);
    const Expectation &late = profile->expectations[0];
    QCOMPARE(late.title, u"Oldest order"_s);
    QVERIFY(late.measure == Expectation::Measure::Value && late.atMost == 7200 && !late.atLeast);
    QCOMPARE(late.metric.metric, QByteArray("delay_seconds"));
    const Expectation &hooks = profile->expectations[1];
    QCOMPARE(hooks.title, u"hooks"_s);
    QVERIFY(hooks.measure == Expectation::Measure::PerMinute);
    QVERIFY(hooks.metric.matches({{u"code"_s, u"400"_s}}) && !hooks.metric.matches({{u"code"_s, u"200"_s}}));
    QVERIFY(!hooks.metric.matches(QList<std::pair<QString, QString>>()));
    const Expectation &slow = profile->expectations[2];
    QVERIFY(slow.measure == Expectation::Measure::P95 && slow.atLeast == 0.5 && !slow.atMost);
    QCOMPARE(slow.unit, u"s"_s);
}

void TestProfile::aSourceOfThePresetCanBeLeftOut()
{
    const auto profile = parseProfile(head + "sources: {redis: off}\n", u"p.yaml"_s);
    QVERIFY2(profile, qPrintable(said(profile)));
    QVERIFY(std::ranges::none_of(profile->sources, [](const SourceSpec &s) { return s.id == "redis"_L1; }));
    QCOMPARE(profile->sources.size(), 6);
}

void TestProfile::relativePathsStandBesidesTheProfile()
{
    const auto profile =
        parseProfile(head + "connections:\n  redis: {host: 127.0.0.1, port: 7000, password: 'file:redis.secret'}\n",
                     u"/a/b/p.yaml"_s);
    QVERIFY2(profile, qPrintable(said(profile)));
    QCOMPARE(profile->connection<RedisConnection>(u"redis"_s)->password,
             (SecretRef{SecretRef::Scheme::File, u"/a/b/redis.secret"_s}));
    QCOMPARE(profile->connection<RedisConnection>(u"redis"_s)->port, 7000);
}

void TestProfile::connectionsAreNamed()
{
    const auto profile =
        parseProfile(head + "connections:\n  postgresql: {host: 127.0.0.1, database: q, user: viewer}\n"
                            "  replica: {kind: postgresql, host: 127.0.0.1, port: 5433, database: q, user: viewer}\n",
                     u"p.yaml"_s);
    QVERIFY2(profile, qPrintable(said(profile)));
    QCOMPARE(profile->connections.size(), 2U);
    QCOMPARE(profile->connection<PostgresConnection>(u"replica"_s)->port, 5433);
    QCOMPARE(profile->connection<PostgresConnection>(u"postgresql"_s)->port, 5432);
    QVERIFY(!profile->connection<RedisConnection>(u"replica"_s));
    QVERIFY(!profile->connection<PostgresConnection>(u"primary"_s));
}

void TestProfile::aRedisIsNamedByItsSentinels()
{
    const auto profile =
        parseProfile(head + "connections:\n"
                            "  redis:\n"
                            "    sentinels: [10.0.0.1, sentinel-2.example.org:26380, '[2001:db8::3]:1']\n"
                            "    master: shop\n"
                            "    user: viewer\n"
                            "    password: env:A\n"
                            "    sentinel_password: env:B\n"
                            "    database: 3\n",
                     u"p.yaml"_s);
    QVERIFY2(profile, qPrintable(said(profile)));
    const auto *redis = profile->connection<RedisConnection>(u"redis"_s);
    using Address = RedisConnection::Address;
    QCOMPARE(redis->sentinels,
             (QList<Address>{{u"10.0.0.1"_s, 26379}, {u"sentinel-2.example.org"_s, 26380}, {u"2001:db8::3"_s, 1}}));
    QCOMPARE(redis->sentinels.last().text(), u"[2001:db8::3]:1"_s);
    QCOMPARE(redis->master, u"shop"_s);
    QCOMPARE(redis->database, 3);
    QVERIFY(redis->host.isEmpty());
    QVERIFY(redis->useTls && !redis->inClearOnLoopbackAlone);
    QCOMPARE(*redis->sentinelPassword, (SecretRef{SecretRef::Scheme::Env, u"B"_s}));
    const Error placed = profile->placed({ErrorCode::AuthRequired, u"no"_s, u"env:B"_s});
    QCOMPARE(placed.where, u"env:B, written at p.yaml:11:24"_s);
    const auto clear = [](const QByteArray &lines) {
        const auto read = parseProfile(head + "connections:\n  redis: {master: shop, " + lines + "}\n", u"p.yaml"_s);
        const RedisConnection to = read ? *read->connection<RedisConnection>(u"redis"_s) : RedisConnection();
        return std::pair(!to.useTls, to.inClearOnLoopbackAlone);
    };
    QCOMPARE(clear("sentinels: [127.0.0.1, localhost]"), std::pair(true, true));
    QCOMPARE(clear("sentinels: [127.0.0.1, 10.0.0.1]"), std::pair(false, false));
    QCOMPARE(clear("sentinels: [127.0.0.1], tls: false"), std::pair(true, false));
    QCOMPARE(clear("sentinels: [127.0.0.1], tls: true"), std::pair(false, false));
}

void TestProfile::plaintextMustBeWritten()
{
    const auto profile = parseProfile(head + "connections:\n  redis: {host: cache.example.org}\n"
                                             "  postgresql: {host: 127.0.0.1, database: q, user: viewer}\n",
                                      u"p.yaml"_s);
    QVERIFY2(profile, qPrintable(said(profile)));
    QVERIFY(profile->connection<RedisConnection>(u"redis"_s)->useTls);
    QCOMPARE(profile->connection<PostgresConnection>(u"postgresql"_s)->sslmode, u"verify-full"_s);
    const auto written =
        parseProfile(head + "connections:\n  redis: {host: cache.example.org, tls: false}\n"
                            "  postgresql: {host: db.example.org, database: q, user: viewer, sslmode: disable}\n",
                     u"p.yaml"_s);
    QVERIFY2(written, qPrintable(said(written)));
    QVERIFY(!written->connection<RedisConnection>(u"redis"_s)->useTls);
    QCOMPARE(written->connection<PostgresConnection>(u"postgresql"_s)->sslmode, u"disable"_s);
    const auto loopback = parseProfile(head + "connections:\n  redis: {host: 127.0.0.1}\n", u"p.yaml"_s);
    QVERIFY(loopback && !loopback->connection<RedisConnection>(u"redis"_s)->useTls);
    const QByteArray bearers[] = {
        "    url: http://quoted.example.com\n    bearer: env:A\n    plaintext: true\n",
        "    url: http://127.0.0.1:8000\n    bearer: env:A\n", "    url: http://[::1]:8000\n    bearer: env:A\n",
        "    url: https://quoted.example.com\n    bearer: env:A\n", "    url: http://quoted.example.com\n"};
    for (const QByteArray &lines : bearers) {
        const auto http = parseProfile(withHttp(lines), u"p.yaml"_s);
        QVERIFY2(http, qPrintable(said(http)));
    }
}

void TestProfile::everyFaultIsFoundAtOnce()
{
    const auto profile = parseProfile("quarterdeck: 1\nname: quoted\npreset: quoted\nconections: {}\n"
                                      "connections:\n  http: {url: 'ftp://x'}\n  redis: {host: h, port: 99999}\n",
                                      u"p.yaml"_s);
    QVERIFY(!profile);
    QCOMPARE(profile.error().size(), 4);
}

void TestProfile::faultsAreToldByPlaceAndOnce()
{
    const auto error = [](const char *where) {
        return Error{ErrorCode::BadInput, u"wrong"_s, QString::fromLatin1(where)};
    };
    QList<Error> errors{error("b.yaml:2:1"), error("a:9/p.yaml:10:1"), error("a:9/p.yaml:9:12"),
                        error("b.yaml"),     error("a:9/p.yaml:9:3"),  error("a:9/p.yaml:10:1")};
    sortByPlace(errors);
    QStringList places;
    for (const Error &each : std::as_const(errors))
        places.append(each.where);
    QCOMPARE(places, (QStringList{u"a:9/p.yaml:9:3"_s, u"a:9/p.yaml:9:12"_s, u"a:9/p.yaml:10:1"_s, u"b.yaml"_s,
                                  u"b.yaml:2:1"_s}));
}

void TestProfile::oneFaultIsOneError_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QString>("where");
    const QByteArray name = "quarterdeck: 1\nname: a\nenvironment: e\n";
    const QByteArray rest = "intervals: {health: 1 s}\nsources: {redis: off, health: {path: /h}}\n";
    QTest::newRow("unknown preset") << name + "preset: qouted\n" + rest << u"p.yaml:4:9"_s;
    QTest::newRow("preset that is a list") << name + "preset: [quoted]\n" + rest << u"p.yaml:4:9"_s;
    QTest::newRow("preset without a name") << name + "preset: ''\n" + rest << u"p.yaml:4:9"_s;
    QTest::newRow("preset file that is not there") << name + "preset: ./none.yaml\n" + rest << u"p.yaml:4:9"_s;
    QTest::newRow("connections that are none") << head + "connections: hunter2\n" << u"p.yaml:5:14"_s;
    QTest::newRow("connections that are a list") << head + "connections: [a]\n" << u"p.yaml:5:14"_s;
    QTest::newRow("connection that is none") << head + "connections: {redis: hunter2}\n" << u"p.yaml:5:22"_s;
    QTest::newRow("source without a kind") << head + "sources: {mine: {path: /h}}\n" << u"p.yaml:5:17"_s;
}

void TestProfile::oneFaultIsOneError()
{
    QFETCH(QByteArray, yaml);
    const auto profile = parseProfile(yaml, u"p.yaml"_s);
    QVERIFY(!profile);
    QVERIFY2(profile.error().size() == 1, qPrintable(said(profile)));
    QTEST(profile.error().first().where, "where");
}

void TestProfile::faultsNamePlaceAndExpectation_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QString>("where");
    QTest::addColumn<QString>("what");
    const auto row = [](const char *name, const QByteArray &yaml, const char *where, const char *what) {
        QTest::newRow(name) << yaml << QString::fromLatin1(where) << QString::fromUtf8(what);
    };
    row("misspelt key", head + "intervalls: {}\n", "p.yaml:5:1", "unknown key 'intervalls'; did you mean 'intervals'?");
    row("unknown key", head + "zebra: 1\n", "p.yaml:5:1", "unknown key 'zebra'; known here: ");
    row("misspelt source", head + "intervals: {helth: 1s}\n", "p.yaml:5:13", "did you mean 'health'?");
    row("misspelt preset", "quarterdeck: 1\nname: a\nenvironment: e\npreset: qouted\n", "p.yaml:4:9",
        "no preset is called 'qouted'; did you mean 'quoted'?");
    row("no version", "name: a\nenvironment: e\npreset: quoted\nquarterdeck: 2\n", "p.yaml:4:14", "version 1 alone");
    row("neither name nor environment", "quarterdeck: 1\npreset: quoted\n", "p.yaml:1:1", "'environment' is missing");
    row("not a profile", "version: '3'\nservices: {}\n", "p.yaml:1:1", "is this a Quarterdeck profile?");
    row("no environment", "quarterdeck: 1\nname: a\npreset: quoted\n", "p.yaml:2:7", "'environment' is missing");
    row("twice", head + "name: other\n", "p.yaml:5:1", "'name' is written twice; the first is in line 2");
    row("bad duration", head + "intervals: {redis: 5 parsecs}\n", "p.yaml:5:20", "expected a duration such as");
    row("bad share", head + "thresholds: {errors: 140 %}\n", "p.yaml:5:22", "expected a share such as '80 %'");
    row("bad size", head + "thresholds: {replica_lag: 64 miles}\n", "p.yaml:5:27", "expected a size such as '512 kB'");
    row("an expectation of nothing", head + "expectations:\n  - {name: late, at_most: 2}\n", "p.yaml:6:12",
        "'late': expected its metric once, under 'value', 'per_minute' or 'p95'");
    row("an expectation twice", head + "expectations:\n  - {name: late, value: a, p95: b, at_most: 2}\n", "p.yaml:6:12",
        "'late': expected its metric once");
    row("an expectation without a bound", head + "expectations:\n  - {name: late, value: a}\n", "p.yaml:6:12",
        "'late': expected a bound, 'at_most' or 'at_least'");
    row("an expectation of no metric", head + "expectations:\n  - {name: late, value: 'a{', at_most: 2}\n",
        "p.yaml:6:25", "'value': expected metrics such as http_requests_total");
    row("two expectations with one title",
        head + "expectations:\n  - {name: late, title: Old, value: a, at_most: 2}\n"
               "  - {name: old, title: Old, value: b, at_most: 2}\n",
        "p.yaml:7:24", "'old': 'late' has the title 'Old' already");
    row("an expectation's name that is a title",
        head + "expectations:\n  - {name: late, title: Old, value: a, at_most: 2}\n"
               "  - {name: Old, value: b, at_most: 2}\n",
        "p.yaml:7:12", "'Old': 'late' has the title 'Old' already");
    row("bad port", head + "connections:\n  redis: {host: h, port: 70000}\n", "p.yaml:6:26",
        "expected a whole number from 1 to 65535, found something else");
    row("Sentinels that are no list", head + "connections:\n  redis: {sentinels: h, master: m}\n", "p.yaml:6:22",
        "'sentinels': expected a list with the host:port of each");
    row("no Sentinels", head + "connections:\n  redis: {sentinels: [], master: m}\n", "p.yaml:6:22",
        "'sentinels': expected a list with the host:port of each");
    row("a Sentinel that is a URL", head + "connections:\n  redis: {sentinels: [h, 'redis://u:p@h'], master: m}\n",
        "p.yaml:6:26", "expected host:port of each");
    row("a Sentinel's port", head + "connections:\n  redis: {sentinels: ['h:70000'], master: m}\n", "p.yaml:6:23",
        "expected host:port of each");
    row("a Sentinel that is a map", head + "connections:\n  redis: {sentinels: [{host: h}], master: m}\n",
        "p.yaml:6:23", "expected host:port of each");
    row("Sentinels without a master", head + "connections:\n  redis: {sentinels: [h]}\n", "p.yaml:6:10",
        "'master' is missing");
    row("Sentinels and a host", head + "connections:\n  redis: {sentinels: [h], master: m, host: h}\n", "p.yaml:6:44",
        "write 'sentinels' or 'host', not both");
    row("a Sentinel's password in clear",
        head + "connections:\n  redis: {sentinels: [h], master: m, sentinel_password: hunter2}\n", "p.yaml:6:57",
        "expected a reference to the secret");
    row("a master without Sentinels", head + "connections:\n  redis: {host: h, master: m}\n", "p.yaml:6:20",
        "unknown key; known here: sentinels, host");
    row("list for a map", head + "connections: [a]\n", "p.yaml:5:14", "expected a map");
    row("no URL", withHttp("    ca: /nowhere/ca.pem\n"), "p.yaml:7:5", "'url' is missing");
    row("bad scheme", withHttp("    url: ftp://x\n"), "p.yaml:7:10", "expected http(s)://host");
    row("no CA", withHttp("    url: https://x\n    ca: /nowhere/ca.pem\n"), "p.yaml:8:9", "cannot be read");
    row("weak sslmode", head + "connections:\n  postgresql: {host: h, database: d, user: u, sslmode: prefer}\n",
        "p.yaml:6:56", "expected one of disable, require, verify-ca, verify-full");
    row("database that is a connection string",
        head + "connections:\n  postgresql: {host: h, database: 'host=evil dbname=x', user: u}\n", "p.yaml:6:35",
        "expected a database's name alone");
    row("not YAML", "quarterdeck: 1\nname: [a\n", "p.yaml:", "not readable as YAML");
    row("empty", "", "p.yaml", "the file is empty");
    row("not text", QByteArray("\xff\xfe\x00\x01", 4), "p.yaml", "expected text in UTF-8");
    row("two documents", head + "---\na: b\n", "p.yaml:6:1", "expected one document");
    row("interval of years", head + "intervals: {redis: 999999999 d}\n", "p.yaml:5:20", "expected at most 1 h");
    row("long interval", head + "intervals: {redis: 61 m}\n", "p.yaml:5:20", "expected at most 1 h");
    row("long deadline", head + "deadlines: {redis: 2 h}\n", "p.yaml:5:20", "expected at most 1 h");
    row("long interval of a source", head + "sources: {mine: {kind: redis, interval: 2 h}}\n", "p.yaml:5:41",
        "expected at most 1 h");
    row("long deadline of a source", head + "sources: {mine: {kind: redis, deadline: 2 h}}\n", "p.yaml:5:41",
        "expected at most 1 h");
    row("long TTL", head + "caches: [{name: a, ttl: 367 d}]\n", "p.yaml:5:25", "expected at most 366 d");
    row("bearer in clear", withHttp("    url: http://quoted.example.com\n    bearer: env:A\n"), "p.yaml:7:10",
        "would cross the network in clear");
    row("header in clear", withHttp("    url: http://quoted.example.com\n    headers: {X-API-Key: env:A}\n"),
        "p.yaml:7:10", "cross the network in clear");
    row("header that is none", withHttp("    url: https://x\n    headers: {'X API Key': env:A}\n"), "p.yaml:8:28",
        "expected the name of a header");
    row("header with a line break", withHttp("    url: https://x\n    headers: {\"X-A\\n\": env:A}\n"), "p.yaml:8:24",
        "expected the name of a header");
    row("header of the client's", withHttp("    url: https://x\n    headers: {HOST: env:A}\n"), "p.yaml:8:21",
        "that every request has anyway");
    row("header twice", withHttp("    url: https://x\n    headers: {X-A: env:A, x-a: env:B}\n"), "p.yaml:8:32",
        "written twice");
    row("bearer and Authorization",
        withHttp("    url: https://x\n    bearer: env:A\n    headers: {authorization: env:B}\n"), "p.yaml:9:30",
        "written twice");
    row("no time zone of this world", head + "backups: {every: 24 h, zone: Mars}\n", "p.yaml:5:30",
        "expected a time zone by its name");
    row("unknown time zone", head + "backups: {every: 24 h, zone: Asia/Taipeh}\n", "p.yaml:5:30",
        "expected a time zone by its name");
    row("unknown key of backups", head + "backups: {evry: 24 h}\n", "p.yaml:5:11", "did you mean 'every'?");
    row("unknown key of Redis", head + "connections:\n  redis: {host: h, pasword: 'env:A'}\n", "p.yaml:6:20",
        "unknown key 'pasword'; did you mean 'password'?");
    row("unknown key of HTTP", withHttp("    url: https://x\n    zebra: 1\n"), "p.yaml:8:5",
        "unknown key; known here: ");
    row("unknown key of PostgreSQL", head + "connections:\n  postgresql: {host: h, database: d, user: u, zebra: 1}\n",
        "p.yaml:6:47", "unknown key; known here: ");
    row("unknown connection", head + "connections:\n  mysql: {}\n", "p.yaml:6:3",
        "needs its 'kind', which is one of these");
    row("unknown kind of connection", head + "connections:\n  replica: {kind: mysql}\n", "p.yaml:6:19",
        "expected one of http, redis, postgresql");
    row("too fast", head + "intervals: {redis: 1 ms}\n", "p.yaml:5:", "under 100 ms");
}

void TestProfile::faultsNamePlaceAndExpectation()
{
    QFETCH(QByteArray, yaml);
    QFETCH(QString, where);
    QFETCH(QString, what);
    const auto profile = parseProfile(yaml, u"p.yaml"_s);
    QVERIFY(!profile);
    const bool found = std::ranges::any_of(profile.error(), [&](const Error &error) {
        return error.where.contains(where) && error.message.contains(what);
    });
    QVERIFY2(found, qPrintable(said(profile)));
}

void TestProfile::aSecretInClearIsNeverQuoted_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::newRow("bearer") << withHttp("    url: http://x\n    bearer: hunter2\n");
    QTest::newRow("header") << withHttp("    url: https://x\n    headers: {X-API-Key: hunter2}\n");
    QTest::newRow("header for its value") << withHttp("    url: https://x\n    headers: {hunter2: X-API-Key}\n");
    QTest::newRow("header's line") << withHttp("    url: https://x\n    headers: 'X-API-Key: hunter2'\n");
    QTest::newRow("header's list") << withHttp("    url: https://x\n    headers: ['X-API-Key: hunter2']\n");
    QTest::newRow("header twice") << withHttp("    url: https://x\n    headers: {hunter2: env:A, HUNTER2: env:A}\n");
    QTest::newRow("password") << head + "connections:\n  redis: {host: h, password: hunter2}\n";
    QTest::newRow("Sentinels' password")
        << head + "connections:\n  redis: {sentinels: [h], master: m, sentinel_password: hunter2}\n";
    QTest::newRow("password among the Sentinels")
        << head + "connections:\n  redis: {sentinels: ['redis://me:hunter2@h'], master: m}\n";
    QTest::newRow("password as a list") << head + "connections:\n  redis: {host: h, password: [hunter2]}\n";
    QTest::newRow("unknown scheme") << head + "connections:\n  redis: {host: h, password: 'vault:hunter2'}\n";
    QTest::newRow("env with a value") << head + "connections:\n  redis: {host: h, password: 'env:A=hunter2'}\n";
    QTest::newRow("URL") << withHttp("    url: http://me:hunter2@x\n");
    QTest::newRow("URL that is not one") << withHttp("    url: 'http://me:hunter2@x:port/'\n");
    QTest::newRow("URL for a map of Redis") << head + "connections:\n  redis: redis://:hunter2@db:6379\n";
    QTest::newRow("URL for a map of PostgreSQL") << head + "connections:\n  postgresql: postgres://u:hunter2@db/x\n";
    QTest::newRow("no space after the colon") << head + "connections:\n  redis:\n    password:hunter2\n";
    QTest::newRow("word for a map") << head + "connections: {redis: hunter2}\n";
    QTest::newRow("word for connections") << head + "connections: hunter2\n";
    QTest::newRow("list in connections") << head + "connections: {redis: {host: [hunter2]}}\n";
    QTest::newRow("port") << head + "connections: {redis: {host: h, port: hunter2}}\n";
    QTest::newRow("tls") << head + "connections: {redis: {host: h, tls: hunter2}}\n";
    QTest::newRow("sslmode") << head + "connections: {postgresql: {host: h, database: d, user: u, sslmode: hunter2}}\n";
    QTest::newRow("key") << head + "connections: {redis: {host: h, hunter2: }}\n";
    QTest::newRow("name of a connection") << head + "connections: {'redis://:hunter2@h': 5}\n";
    QTest::newRow("name of a map") << head + "connections: {'redis://:hunter2@h': {kind: http, url: 'http://h'}}\n";
    QTest::newRow("connection of a source")
        << head + "sources: {m: {kind: redis, connection: 'https://u:hunter2@h/'}}\n";
    QTest::newRow("name of a source") << head + "sources: {'redis://:hunter2@h': {kind: redis}}\n";
    QTest::newRow("preset") << QByteArray(
        "quarterdeck: 1\nname: d\nenvironment: test\npreset: 'https://u:hunter2@h/a.yaml'\n");
    QTest::newRow("elsewhere") << head + "thresholds: redis://:hunter2@db:6379\n";
    QTest::newRow("key elsewhere") << head + "'redis://:hunter2@db:6379': 1\n";
    QTest::newRow("key twice") << head + "'a://:hunter2@db': 1\n'a://:hunter2@db': 1\n";
    QTest::newRow("host") << head + "connections:\n  redis: {host: 'redis://:hunter2@h'}\n";
}

void TestProfile::aSecretInClearIsNeverQuoted()
{
    QFETCH(QByteArray, yaml);
    const auto profile = parseProfile(yaml, u"p.yaml"_s);
    QVERIFY(!profile);
    QVERIFY2(!said(profile).contains("hunter2"_L1), qPrintable(said(profile)));
}

void TestProfile::yamlThatGrowsIsStopped_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QString>("what");
    QByteArray bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 10; ++i) {
        const QByteArray before = "*a" + QByteArray::number(i - 1);
        bomb += "a" + QByteArray::number(i) + ": &a" + QByteArray::number(i) + " [" + before;
        for (int j = 0; j < 9; ++j)
            bomb += ", " + before;
        bomb += "]\n";
    }
    QTest::newRow("aliases of aliases") << bomb << u"too much in one file"_s;
    QTest::newRow("deep") << QByteArray(100, '[') << u"nested too deeply"_s;
    QTest::newRow("very deep") << QByteArray(100'000, '[') << QString();
    QTest::newRow("itself") << QByteArray("a: &a [*a]\n") << QString();
    QTest::newRow("wide") << "a: [" + QByteArray("x, ").repeated(20'000) + "x]\n" << u"too much in one file"_s;
    QTest::newRow("long") << QByteArray(2 * 1024 * 1024, 'x') << u"over 1 MiB"_s;
}

void TestProfile::yamlThatGrowsIsStopped()
{
    QFETCH(QByteArray, yaml);
    QFETCH(QString, what);
    const auto tree = parseYaml(yaml, u"p.yaml"_s);
    QVERIFY(!tree);
    QVERIFY2(tree.error().message.contains(what), qPrintable(tree.error().message));
}

void TestProfile::filesThatAreNoneAreSaid()
{
    const QTemporaryDir dir;
    const auto missing = loadProfile(dir.filePath(u"none.yaml"_s));
    QVERIFY(!missing);
    QCOMPARE(missing.error().first().code, ErrorCode::NotFound);
    const auto directory = loadProfile(dir.path());
    QVERIFY(!directory);
    QCOMPARE(directory.error().first().code, ErrorCode::BadInput);
    write(dir.filePath(u"p.yaml"_s), head, ownerOnly);
    QVERIFY(loadProfile(dir.filePath(u"p.yaml"_s)));
}

void TestProfile::secretsComeFromEnvironmentAndFiles()
{
    const QTemporaryDir dir;
    qputenv("QD_TEST_SECRET", "from the environment");
    const auto environment = resolve({SecretRef::Scheme::Env, u"QD_TEST_SECRET"_s});
    QVERIFY(environment);
    QCOMPARE(environment->reveal(), "from the environment");
    write(dir.filePath(u"s"_s), "from a file\n", ownerOnly);
    const auto file = resolve({SecretRef::Scheme::File, dir.filePath(u"s"_s)});
    QVERIFY(file);
    QCOMPARE(file->reveal(), "from a file");
}

void TestProfile::secretsThatCannotBeHadSayWhy()
{
    const QTemporaryDir dir;
    const auto code = [](SecretRef::Scheme scheme, const QString &name) {
        const auto secret = resolve({scheme, name});
        return secret ? ErrorCode::Internal : secret.error().code;
    };
    QCOMPARE(code(SecretRef::Scheme::Env, u"QD_TEST_NOT_SET"_s), ErrorCode::NotFound);
    QCOMPARE(code(SecretRef::Scheme::File, dir.filePath(u"none"_s)), ErrorCode::NotFound);
    QCOMPARE(code(SecretRef::Scheme::File, dir.path()), ErrorCode::BadInput);
    write(dir.filePath(u"open"_s), "secret", ownerOnly | QFile::ReadOther);
    QCOMPARE(code(SecretRef::Scheme::File, dir.filePath(u"open"_s)), ErrorCode::Forbidden);
    write(dir.filePath(u"empty"_s), "\n", ownerOnly);
    QCOMPARE(code(SecretRef::Scheme::File, dir.filePath(u"empty"_s)), ErrorCode::NotFound);
}

void TestProfile::anErrorOfASecretNamesItAndWhereItIsWritten()
{
    const QTemporaryDir dir;
    write(dir.filePath(u"open"_s), "secret", ownerOnly | QFile::ReadOther);
    const auto profile = parseProfile(withHttp("    url: https://x\n    bearer: env:QD_TEST_NOT_SET\n"
                                               "    headers: {X-API-Key: env:QD_TEST_NOT_SET_EITHER}\n"
                                               "  redis: {host: h, password: 'file:open'}\n"),
                                      dir.filePath(u"p.yaml"_s));
    QVERIFY2(profile, qPrintable(said(profile)));
    const Error unset = profile->placed(resolve(*profile->connection<HttpConnection>(u"http"_s)->bearer).error());
    QVERIFY2(unset.message.contains("QD_TEST_NOT_SET"_L1), qPrintable(unset.message));
    QCOMPARE(unset.where, u"env:QD_TEST_NOT_SET, written at %1:8:13"_s.arg(dir.filePath(u"p.yaml"_s)));
    const auto &headers = profile->connection<HttpConnection>(u"http"_s)->headers;
    QCOMPARE(headers.size(), 1);
    QCOMPARE(headers.first().first, QByteArray("X-API-Key"));
    QCOMPARE(profile->placed(resolve(headers.first().second).error()).where,
             u"env:QD_TEST_NOT_SET_EITHER, written at %1:9:26"_s.arg(dir.filePath(u"p.yaml"_s)));
    const Error open = profile->placed(resolve(*profile->connection<RedisConnection>(u"redis"_s)->password).error());
    QVERIFY2(open.message.contains(u"chmod 600 "_s + dir.filePath(u"open"_s)), qPrintable(open.message));
    QCOMPARE(open.where, u"file:%1, written at %2:10:30"_s.arg(dir.filePath(u"open"_s), dir.filePath(u"p.yaml"_s)));
    const Error other{ErrorCode::Unreachable, u"refused"_s, u"h:6379"_s};
    QCOMPARE(profile->placed(other), other);
}

QTEST_GUILESS_MAIN(TestProfile)
#include "tst_profile.moc"
