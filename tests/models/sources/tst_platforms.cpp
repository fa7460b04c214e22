/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/platform_render/render.h"
#include "support/http_fixture.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace qd::test;

namespace {
constexpr const char *secret = "c2hlIHNlbGxzIHNlYSBzaGVsbHM";

QByteArray renderVariable(const QByteArray &key, const QByteArray &value)
{
    return R"({"cursor":")" + key + R"(","envVar":{"key":")" + key + R"(","value":")" + value + R"("}})";
}

/// As api.render.com answers, 2026.
QByteArray renderVariables()
{
    return '[' +
           QByteArrayList{renderVariable("CONCIERGE_DISABLED", "TRUE"),
                          renderVariable("DATABASE_URL", "postgres://shop:hunter2@db/shop"),
                          renderVariable("JWT_SECRET", secret), renderVariable("RATE_LIMIT_PER_MINUTE", " 60"),
                          renderVariable("PUSH_NOTIFICATIONS_DISABLED", secret)}
               .join(',') +
           ']';
}

QByteArray renderDeploy(const QByteArray &id, const QByteArray &status, const QByteArray &more)
{
    return R"({"cursor":"c","deploy":{"id":")" + id + R"(","status":")" + status + '"' + more + "}}";
}

QByteArray renderDeploys()
{
    return '[' +
           QByteArrayList{renderDeploy("dep-3", "build_in_progress",
                                       R"(,"trigger":"api","commit":{"id":"4b1c22a8d7","message":"Retry push\nthrice"},
                               "createdAt":"2026-11-20T10:00:00.250Z")"),
                          renderDeploy("dep-2", "live",
                                       R"(,"image":{"ref":"registry/shop:7"},"createdAt":"2026-11-19T10:00:00Z",
                               "finishedAt":"2026-11-19T10:02:20+00:00")"),
                          renderDeploy("dep-1", "vanished", R"(,"trigger":"manual")"),
                          renderDeploy("dep-0", "update_failed", {}), R"({"deploy":{"status":"live"}})"}
               .join(',') +
           ']';
}

const RenderOptions shop{.service = u"srv-1"_s,
                         .map = {.flags = {{u"CONCIERGE_DISABLED"_s, PlatformMap::Type::Boolean},
                                           {u"PUSH_NOTIFICATIONS_DISABLED"_s, PlatformMap::Type::Boolean},
                                           {u"RATE_LIMIT_PER_MINUTE"_s, PlatformMap::Type::Number},
                                           {u"TTL_OVERRIDE"_s, PlatformMap::Type::Number}},
                                 .signingKeys = {u"JWT_SECRET"_s, u"NO_SUCH_KEY"_s}},
                         .connection = {.base = QUrl(u"http://127.0.0.1:9"_s), .bearer = {}, .tls = {}},
                         .connectionName = u"render"_s};

/// What a server answers, one question after the other.
struct Script
{
    QList<Result<HttpReply>> answers;
};

HttpReply reply(const QByteArray &body, int status = 200)
{
    HttpReply reply;
    reply.status = status;
    reply.contentType = "application/json; charset=utf-8";
    reply.body = body;
    return reply;
}

/// Asks as long as it wants to know more; `answers` in the order in which they are asked for.
SourceAnswer askedOf(const Script &script, QStringList *asked = nullptr)
{
    QList<HttpTurn> turns;
    for (;;) {
        auto next = askRender(turns, shop);
        if (const auto *answer = std::get_if<SourceAnswer>(&next))
            return *answer;
        const QUrl url = std::get<HttpRequest>(next).url;
        if (asked)
            asked->append(url.path() + u'?' + url.query(QUrl::FullyEncoded));
        if (turns.size() == script.answers.size())
            qFatal("nothing to answer %s with", qPrintable(url.toDisplayString()));
        turns.append({u"curl"_s, script.answers.at(turns.size())});
    }
}

QStringList linesOf(const SourceAnswer &answer)
{
    if (!answer.outcome)
        return {toWord(answer.outcome.error().code) + u' ' + answer.outcome.error().message};
    QStringList lines;
    for (const Fact &fact : answer.outcome->facts)
        lines.append(toWord(fact));
    for (const Refusal &refusal : answer.outcome->refusals)
        lines.append(refusal.what + u' ' + toWord(refusal.error.code) + u' ' + refusal.error.message);
    return lines;
}

/// All that is kept of an answer and could be shown, logged or written.
QByteArray everythingOf(const SourceAnswer &answer)
{
    QByteArray all = linesOf(answer).join(u'\n').toUtf8();
    for (const Exchange &exchange : answer.exchanges)
        all += exchange.command.toUtf8() + exchange.reply;
    return all;
}

/// The value that a field's origin points to.
QJsonValue pointedTo(const SourceAnswer &answer, const Origin &origin)
{
    QJsonValue value = QJsonDocument::fromJson(answer.exchanges.at(origin.exchange).reply).array();
    for (const QString &step : origin.pointer.split(u'/').mid(1))
        value = value.isArray() ? value.toArray().at(step.toInt()) : value.toObject().value(step);
    return value;
}

QList<Error> faultsOf(const QByteArray &options)
{
    const auto profile = parseProfile("quarterdeck: 1\nname: a\nenvironment: e\nconnections: {http: {url: "
                                      "'http://127.0.0.1'}}\nsources:\n  p: {" +
                                          options + "}\n",
                                      u"p.yaml"_s);
    return profile ? checkSources(*profile) : profile.error();
}
} // namespace

/// What platforms tell, over captured replies, and what of it nobody may see.
class TestPlatforms : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rendersVariablesAreToldWithoutTheirValues();
    void rendersVariablesAreReadPageByPage();
    void apartThatRenderRefusesLeavesTheOther_data();
    void apartThatRenderRefusesLeavesTheOther();
    void rendersTokenIsSentAndNotShown();
    void noSecretCanBeCalledAFlag_data();
    void noSecretCanBeCalledAFlag();
};

void TestPlatforms::rendersVariablesAreToldWithoutTheirValues()
{
    const SourceAnswer answer = askedOf({{reply(renderDeploys()), reply(renderVariables())}});
    QCOMPARE(
        linesOf(answer),
        (QStringList{
            u"deploy/dep-3 status=build_in_progress level=1 is_live=0 created_at=1795168800250 "
            "finished_at=- cause=api: 4b1c22a Retry push"_s,
            u"deploy/dep-2 status=live level=1 is_live=1 created_at=1795082400000 "
            "finished_at=1795082540000 cause=registry/shop:7"_s,
            u"deploy/dep-1 status=vanished level=0 is_live=0 created_at=- finished_at=- cause=manual"_s,
            u"deploy/dep-0 status=update_failed level=3 is_live=0 created_at=- finished_at=- cause=-"_s,
            u"variable/CONCIERGE_DISABLED updated_at=- is_live=-"_s,
            u"flag/CONCIERGE_DISABLED set=on effective=- rollout_percent=- updated_by=- updated_at=- "
            "where=variable CONCIERGE_DISABLED"_s,
            u"variable/DATABASE_URL updated_at=- is_live=-"_s,
            u"variable/JWT_SECRET updated_at=- is_live=-"_s,
            u"signing_key/JWT_SECRET state=2 created_at=- activated_at=- retire_after=- tokens=- "
            "last_token_expiry=- where=variable JWT_SECRET"_s,
            u"variable/RATE_LIMIT_PER_MINUTE updated_at=- is_live=-"_s,
            u"flag/RATE_LIMIT_PER_MINUTE set=60 effective=- rollout_percent=- updated_by=- updated_at=- "
            "where=variable RATE_LIMIT_PER_MINUTE"_s,
            u"variable/PUSH_NOTIFICATIONS_DISABLED updated_at=- is_live=-"_s,
            u"flag/PUSH_NOTIFICATIONS_DISABLED set=- effective=- rollout_percent=- updated_by=- updated_at=- "
            "where=variable PUSH_NOTIFICATIONS_DISABLED"_s,
            u"flag/TTL_OVERRIDE set=not set effective=- rollout_percent=- updated_by=- updated_at=- "
            "where=variable TTL_OVERRIDE"_s,
            u"flag/PUSH_NOTIFICATIONS_DISABLED bad-reply PUSH_NOTIFICATIONS_DISABLED holds neither true nor false; "
            "call it number under 'flags', or mend the variable"_s,
            u"signing_key/NO_SUCH_KEY not-found there is no variable NO_SUCH_KEY; set it, or take it out of "
            "'signing_keys' of this source"_s,
        }));
    const QByteArray all = everythingOf(answer);
    QVERIFY2(all.contains("DATABASE_URL"), all.constData()); // its name is no secret
    for (const QByteArray hidden : {secret, "hunter2", "postgres://"})
        QVERIFY2(!all.contains(hidden), all.constData());
    for (const Fact &fact : answer.outcome->facts) {
        if (const auto *flag = std::get_if<FeatureFlag>(&fact); flag && flag->key == "RATE_LIMIT_PER_MINUTE"_L1)
            QCOMPARE(pointedTo(answer, flag->set.origin).toString(), u"60"_s);
        if (const auto *key = std::get_if<SigningKey>(&fact))
            QCOMPARE(pointedTo(answer, key->state.origin).toString(), u"••••"_s);
        if (const auto *deploy = std::get_if<Deploy>(&fact); deploy && deploy->id == "dep-2"_L1)
            QCOMPARE(pointedTo(answer, deploy->finishedAt.origin).toString(), u"2026-11-19T10:02:20+00:00"_s);
    }
}

void TestPlatforms::rendersVariablesAreReadPageByPage()
{
    QByteArrayList first;
    for (int i = 0; i < 100; ++i)
        first.append(renderVariable("V" + QByteArray::number(i), secret));
    const QByteArray full = '[' + first.join(',') + ']';
    QStringList asked;
    const SourceAnswer answer = askedOf({{reply("[]"), reply(full), reply(renderVariables())}}, &asked);
    QCOMPARE(asked, (QStringList{u"/v1/services/srv-1/deploys?limit=20"_s, u"/v1/services/srv-1/env-vars?limit=100"_s,
                                 u"/v1/services/srv-1/env-vars?limit=100&cursor=V99"_s}));
    QVERIFY(answer.outcome);
    const auto variables = std::ranges::count_if(
        answer.outcome->facts, [](const Fact &fact) { return std::holds_alternative<Variable>(fact); });
    QCOMPARE(variables, 105);
    QVERIFY(!everythingOf(answer).contains(secret));
    // A server that gives the same page for ever.
    const SourceAnswer endless = askedOf({QList<Result<HttpReply>>(20, reply(full))});
    QVERIFY2(
        linesOf(endless).contains(u"variable/rest too-large the service has 1000 variables or more; the others are "
                                  "not read"_s),
        qPrintable(linesOf(endless).last()));
}

void TestPlatforms::apartThatRenderRefusesLeavesTheOther_data()
{
    QTest::addColumn<Script>("script");
    QTest::addColumn<QStringList>("lines");
    const QByteArray mark = QByteArray(R"({"message":"no )") + secret + "\"}";
    const auto refused = [](const QString &error) {
        return QStringList{u"variable "_s + error, u"flag "_s + error, u"signing_key "_s + error};
    };
    const QString token = u"Render does not take the token (401); make a new one and set 'bearer' under "
                          "connections.render"_s;
    QTest::newRow("token") << Script{{reply(mark, 401), reply(mark, 401)}} << QStringList{u"auth-required "_s + token};
    QTest::newRow("unreachable") << Script{{failure(ErrorCode::Unreachable, u"refused"_s)}}
                                 << QStringList{u"unreachable refused"_s};
    QTest::newRow("no service") << Script{{reply(mark, 404), reply(mark, 404)}}
                                << QStringList{u"not-found Render has no service srv-1, or the token is of another "
                                               "workspace; check 'service' of this source"_s};
    QTest::newRow("variables") << Script{{reply("[]"), reply(mark, 403)}}
                               << refused(u"forbidden Render knows the token and refuses (403); it is of another "
                                          "workspace"_s);
    QTest::newRow("no answer") << Script{{reply("[]"), failure(ErrorCode::Timeout, u"too slow"_s)}}
                               << refused(u"timeout too slow"_s);
    QTest::newRow("no JSON") << Script{{reply("[]"), reply("<html>" + mark)}}
                             << refused(u"bad-reply expected a list in JSON; is this Render's API?"_s);
    QTest::newRow("deploys") << Script{{reply(mark, 500), reply("[]")}}
                             << QStringList{
                                    u"flag/CONCIERGE_DISABLED set=not set effective=- rollout_percent=- updated_by=- "
                                    "updated_at=- where=variable CONCIERGE_DISABLED"_s,
                                    u"flag/PUSH_NOTIFICATIONS_DISABLED set=not set effective=- rollout_percent=- "
                                    "updated_by=- updated_at=- where=variable PUSH_NOTIFICATIONS_DISABLED"_s,
                                    u"flag/RATE_LIMIT_PER_MINUTE set=not set effective=- rollout_percent=- "
                                    "updated_by=- updated_at=- where=variable RATE_LIMIT_PER_MINUTE"_s,
                                    u"flag/TTL_OVERRIDE set=not set effective=- rollout_percent=- updated_by=- "
                                    "updated_at=- where=variable TTL_OVERRIDE"_s,
                                    u"deploy server-error expected a list from Render, got HTTP 500"_s,
                                    u"signing_key/JWT_SECRET not-found there is no variable JWT_SECRET; set it, or "
                                    "take it out of 'signing_keys' of this source"_s,
                                    u"signing_key/NO_SUCH_KEY not-found there is no variable NO_SUCH_KEY; set it, or "
                                    "take it out of 'signing_keys' of this source"_s};
}

void TestPlatforms::apartThatRenderRefusesLeavesTheOther()
{
    QFETCH(Script, script);
    QFETCH(QStringList, lines);
    const SourceAnswer answer = askedOf(script);
    QCOMPARE(linesOf(answer), lines);
    QVERIFY2(!everythingOf(answer).contains(secret), everythingOf(answer).constData());
}

void TestPlatforms::rendersTokenIsSentAndNotShown()
{
    HttpFixture server;
    server.answer("/v1/services/srv-1/deploys?limit=20", {.body = renderDeploys()});
    server.answer("/v1/services/srv-1/env-vars?limit=100", {.body = renderVariables()});
    QTemporaryDir directory;
    const QString file = directory.filePath(u"token"_s);
    QFile token(file);
    QVERIFY(token.open(QIODevice::WriteOnly));
    token.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    token.write("rnd_verysecret");
    token.close();
    const auto profile = parseProfile("quarterdeck: 1\nname: a\nenvironment: e\nconnections:\n  render: {kind: http, "
                                      "url: '" +
                                          server.url().toEncoded() + "', bearer: 'file:" + file.toUtf8() +
                                          "'}\nsources:\n  p: {kind: render, connection: render, service: srv-1, "
                                          "flags: {RATE_LIMIT_PER_MINUTE: number}, signing_keys: [JWT_SECRET]}\n",
                                      u"p.yaml"_s);
    QVERIFY2(profile, profile ? "" : qPrintable(profile.error().first().message));
    const auto factory = sourceFactory(profile->sources.first(), *profile);
    QVERIFY(factory);
    HttpClient http;
    const auto source = (*factory)({.http = &http, .postgres = nullptr});
    std::optional<SourceAnswer> answer;
    const Call call = source->poll([&](const SourceAnswer &told) { answer = told; });
    QTRY_VERIFY(answer);
    QVERIFY2(answer->outcome, answer->outcome ? "" : qPrintable(answer->outcome.error().message));
    QVERIFY(linesOf(*answer).contains(u"flag/RATE_LIMIT_PER_MINUTE set=60 effective=- rollout_percent=- updated_by=- "
                                      "updated_at=- where=variable RATE_LIMIT_PER_MINUTE"_s));
    QCOMPARE(server.requests().size(), 2);
    for (const HttpFixture::Request &request : server.requests())
        QVERIFY2(request.head.contains("Authorization: Bearer rnd_verysecret"), request.head.constData());
    QCOMPARE(answer->exchanges.size(), 2);
    for (const Exchange &exchange : answer->exchanges)
        QVERIFY2(exchange.command.contains(u"Bearer $TOKEN"_s), qPrintable(exchange.command));
    for (const QByteArray hidden : {"rnd_verysecret", secret})
        QVERIFY2(!everythingOf(*answer).contains(hidden), hidden.constData());
}

void TestPlatforms::noSecretCanBeCalledAFlag_data()
{
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<QString>("message");
    const QByteArray render = "kind: render, service: srv-1, ";
    QTest::newRow("like a secret") << render + "flags: {JWT_SECRET: number}"
                                   << u"'JWT_SECRET': no value is shown of a variable that is called like a secret"_s;
    QTest::newRow("type") << render + "flags: {ENABLE_DOCS: bool}"
                          << u"'ENABLE_DOCS': expected one of boolean, number"_s;
    QTest::newRow("no name") << render + "flags: {'A B': number}"
                             << u"'flags': expected the name of a variable, such as ENABLE_DOCS"_s;
    QTest::newRow("a key itself") << render + "signing_keys: ['aGVsbG8=+/']"
                                  << u"'signing_keys': expected names of variables, such as [JWT_SECRET], never a key "
                                     "itself"_s;
    QTest::newRow("service") << QByteArray("kind: render, service: ../../owners")
                             << u"'service': expected the service's id, such as srv-abc123"_s;
    QTest::newRow("no service") << QByteArray("kind: render") << u"'service' is missing"_s;
}

void TestPlatforms::noSecretCanBeCalledAFlag()
{
    QFETCH(QByteArray, options);
    QFETCH(QString, message);
    const QList<Error> errors = faultsOf(options);
    QCOMPARE(errors.size(), 1);
    QVERIFY2(errors.first().message.contains(message), qPrintable(errors.first().message));
    QVERIFY(!errors.first().message.contains(u"aGVsbG8"_s));
}

QTEST_GUILESS_MAIN(TestPlatforms)
#include "tst_platforms.moc"
