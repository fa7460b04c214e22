/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "models/sources/platform_replies.h"
#include "sources/platform_compose/compose.h"
#include "sources/platform_kubernetes/kubernetes.h"
#include "sources/platform_railway/railway.h"
#include "sources/platform_render/render.h"
#include "support/http_fixture.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;

namespace {
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

/// What programs answer, one run after the other.
struct Runs
{
    QList<Result<ProgramReply>> replies;
};

Result<ProgramReply> wrote(const QByteArray &output)
{
    return ProgramReply{.exitCode = 0, .output = output, .errors = {}};
}

Result<ProgramReply> refused(const QByteArray &errors)
{
    return ProgramReply{.exitCode = 1, .output = {}, .errors = errors};
}

/// As askedOf(); `asked` are the arguments of each run.
template <class Options>
SourceAnswer ranWith(std::variant<ProgramRequest, SourceAnswer> (*ask)(const QList<ProgramTurn> &, const Options &),
                     const Options &options, const Runs &runs, QStringList *asked = nullptr)
{
    QList<ProgramTurn> turns;
    for (;;) {
        auto next = ask(turns, options);
        if (const auto *answer = std::get_if<SourceAnswer>(&next))
            return *answer;
        const QString line = commandLine(std::get<ProgramRequest>(next));
        if (asked)
            asked->append(line);
        if (turns.size() == runs.replies.size())
            qFatal("nothing to answer %s with", qPrintable(line));
        turns.append({line, runs.replies.at(turns.size())});
    }
}

const PlatformMap apiMap{
    .flags = {{u"ENABLE_DOCS"_s, PlatformMap::Type::Boolean}, {u"RATE_LIMIT_PER_MINUTE"_s, PlatformMap::Type::Number}},
    .signingKeys = {u"JWT_SECRET"_s}};

const KubernetesOptions api{
    .context = {}, .nameSpace = u"preflight"_s, .deployment = u"api"_s, .container = {}, .map = apiMap};

const ComposeOptions composed{.file = u"/srv/api/docker-compose.yml"_s,
                              .service = u"api"_s,
                              .ssh = {},
                              .sshConfig = {},
                              .envFile = {},
                              .map = apiMap};

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
    void aVariableOfKubernetesIsLiveWhereEveryContainerStartedAfterIt();
    void aRightThatKubernetesDeniesLeavesTheOthers();
    void whatComposeSetsIsComparedWithWhatRuns();
    void composeOverSshQuotesForTheShellThere();
    void railwaysVariablesAreToldWithoutTheirValues();
    void aProgramThatFailsSaysWhatToDo_data();
    void aProgramThatFailsSaysWhatToDo();
    void aSecondPollSharesNothingWithTheFirst();
    void aReplyOfAnotherShapeIsNoAnswer();
    void whatComposeWritesTwiceForADollarIsOne();
    void kubernetesNamesVariablesByPrefixAndTakesTheLast();
    void whatSshCannotReachIsUnreachable_data();
    void whatSshCannotReachIsUnreachable();
    void aChangeCauseThatSetsAVariableIsNotTold();
    void aComplaintIsRepeatedByItsBeginningAlone_data();
    void aComplaintIsRepeatedByItsBeginningAlone();
    void aFlagPastTheLastVariableReadIsNotCalledUnset();
    void whatRunsBesideAContainerDoesNotCount();
    void aOneOffContainerIsNoDeploy();
    void aDroppedPollKeepsNothing();
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
    const QByteArray mark = QByteArray("no ") + secret;
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

void TestPlatforms::aVariableOfKubernetesIsLiveWhereEveryContainerStartedAfterIt()
{
    QStringList asked;
    const SourceAnswer answer = ranWith(askKubernetes, api,
                                        {{wrote(kubernetesDeployment()), wrote(podsAndSets()), wrote(otherSecret()),
                                          wrote(changedSecret()), wrote(changedConfig())}},
                                        &asked);
    QCOMPARE(asked.size(), 5);
    QCOMPARE(asked.at(0), u"kubectl --request-timeout 30s --namespace preflight get deployment api --output json"_s);
    QCOMPARE(
        asked.at(1),
        u"kubectl --request-timeout 30s --namespace preflight get replicasets,pods --selector app=api,tier=web --output json"_s);
    QVERIFY2(asked.at(2).startsWith(
                 u"kubectl --request-timeout 30s --namespace preflight get secret other --output 'go-template={"_s),
             qPrintable(asked.at(2)));
    QVERIFY(!asked.at(2).contains(u"$v}}"_s)); // no value is asked for
    QCOMPARE(
        asked.at(4),
        u"kubectl --request-timeout 30s --namespace preflight get configmap config --output json --show-managed-fields"_s);
    const QString applied = u"1790812800000"_s;
    QCOMPARE(linesOf(answer),
             (QStringList{
                 u"deploy/api-4 status=NewReplicaSetAvailable level=1 is_live=1 created_at=1795168800000 "
                 "finished_at=1795168830000 cause=revision 4: registry/api:4"_s,
                 u"deploy/api-3 status=scaled down level=1 is_live=0 created_at=1795168800000 finished_at=- "
                 "cause=revision 3: registry/api:3"_s,
                 u"variable/ENABLE_DOCS updated_at=- is_live=1"_s, // written out: it wins
                 u"flag/ENABLE_DOCS set=on effective=on rollout_percent=- updated_by=- updated_at=- "
                 "where=variable ENABLE_DOCS"_s,
                 u"variable/JWT_SECRET updated_at=- is_live=-"_s, // or was it SALT that was changed?
                 u"signing_key/JWT_SECRET state=2 created_at=- activated_at=- retire_after=- tokens=- "
                 "last_token_expiry=- where=variable JWT_SECRET"_s,
                 u"variable/OLD updated_at=%1 is_live=1"_s.arg(applied),
                 u"variable/ORIGINS updated_at=%1 is_live=1"_s.arg(applied),
                 u"variable/PLAIN updated_at=- is_live=1"_s,
                 u"variable/RATE_LIMIT_PER_MINUTE updated_at=1795168815000 is_live=0"_s, // one pod is older
                 u"flag/RATE_LIMIT_PER_MINUTE set=90 effective=- rollout_percent=- updated_by=- "
                 "updated_at=1795168815000 where=variable RATE_LIMIT_PER_MINUTE"_s,
                 u"variable/SALT updated_at=- is_live=-"_s,
                 u"variable/SIGNING updated_at=%1 is_live=1"_s.arg(applied),
             }));
    const QByteArray all = everythingOf(answer);
    QVERIFY2(!all.contains(secret), all.constData());
    QVERIFY(!all.contains("https://a"));
    QCOMPARE(answer.exchanges.size(), 5);
    // In the middle of a rollout nobody knows what each pod has.
    const SourceAnswer rolling = ranWith(askKubernetes, api,
                                         {{wrote(kubernetesDeployment("1")), wrote(podsAndSets()), wrote(otherSecret()),
                                           wrote(changedSecret()), wrote(changedConfig())}});
    QVERIFY(linesOf(rolling).contains(u"variable/ENABLE_DOCS updated_at=- is_live=-"_s));
}

void TestPlatforms::aRightThatKubernetesDeniesLeavesTheOthers()
{
    const SourceAnswer answer = ranWith(askKubernetes, api,
                                        {{wrote(kubernetesDeployment()), refused(forbidden()), refused(forbidden()),
                                          refused(forbidden()), wrote(oldConfig())}});
    QStringList refusals;
    for (const Refusal &refusal : answer.outcome->refusals)
        refusals.append(refusal.what + u' ' + toWord(refusal.error.code));
    QCOMPARE(refusals, (QStringList{u"deploy forbidden"_s, u"variable/other forbidden"_s,
                                    u"variable/secrets forbidden"_s, u"signing_key/JWT_SECRET forbidden"_s}));
    QVERIFY2(answer.outcome->refusals.first().error.message.contains(u"User \"viewer\" cannot get"_s),
             qPrintable(answer.outcome->refusals.first().error.message));
    // What runs is not known without the pods.
    QVERIFY(linesOf(answer).contains(u"variable/RATE_LIMIT_PER_MINUTE updated_at=1790812800000 is_live=-"_s));
}

void TestPlatforms::whatComposeSetsIsComparedWithWhatRuns()
{
    const QByteArray first(64, 'a');
    const QByteArray second(64, 'b');
    QStringList asked;
    const SourceAnswer answer = ranWith(
        askCompose, composed,
        {{wrote(composeConfig()), wrote(first + '\n' + second + "\n-rm\n"), wrote(inspected(first, second))}}, &asked);
    const QString file = u"docker compose --file /srv/api/docker-compose.yml "_s;
    QCOMPARE(asked, (QStringList{file + u"config --format json"_s, file + u"ps --all --no-trunc --quiet api"_s,
                                 u"docker inspect --type container "_s + QString::fromLatin1(first + ' ' + second)}));
    QCOMPARE(
        linesOf(answer),
        (QStringList{
            u"deploy/aaaaaaaaaaaa status=running level=1 is_live=1 created_at=1795168800123 finished_at=- cause=api:7"_s,
            u"deploy/bbbbbbbbbbbb status=exited level=3 is_live=0 created_at=1795168800123 finished_at=- cause=api:7"_s,
            u"variable/ENABLE_DOCS updated_at=- is_live=0"_s,
            u"flag/ENABLE_DOCS set=on effective=off rollout_percent=- updated_by=- updated_at=- "
            "where=variable ENABLE_DOCS"_s,
            u"variable/JWT_SECRET updated_at=- is_live=1"_s,
            u"signing_key/JWT_SECRET state=2 created_at=- activated_at=- retire_after=- tokens=- "
            "last_token_expiry=- where=variable JWT_SECRET"_s,
            u"variable/RATE_LIMIT_PER_MINUTE updated_at=- is_live=1"_s,
            u"flag/RATE_LIMIT_PER_MINUTE set=60 effective=60 rollout_percent=- updated_by=- updated_at=- "
            "where=variable RATE_LIMIT_PER_MINUTE"_s,
            u"deploy/list unsupported docker compose keeps no list of deploys; told are the containers that there "
            "are"_s,
        }));
    const QByteArray all = everythingOf(answer);
    for (const QByteArray hidden : {secret, "hunter2"})
        QVERIFY2(!all.contains(hidden), all.constData());
    // Nothing runs: nothing is in effect, and nothing waits.
    const SourceAnswer stopped = ranWith(askCompose, composed, {{wrote(composeConfig()), wrote("\n")}});
    QVERIFY(linesOf(stopped).contains(u"variable/ENABLE_DOCS updated_at=- is_live=-"_s));
}

void TestPlatforms::composeOverSshQuotesForTheShellThere()
{
    ComposeOptions remote = composed;
    remote.ssh = u"deploy@lucky"_s;
    remote.sshConfig = u"/etc/ssh_config"_s;
    remote.file = u"/srv/$(id)/c.yml"_s; // a profile cannot write that; the quotes hold all the same
    const auto first = askCompose({}, remote);
    QCOMPARE(std::get<ProgramRequest>(first).program, u"ssh"_s);
    QCOMPARE(std::get<ProgramRequest>(first).arguments,
             (QStringList{u"-o"_s, u"BatchMode=yes"_s, u"-F"_s, u"/etc/ssh_config"_s, u"-o"_s, u"ConnectTimeout=10"_s,
                          u"-o"_s, u"ServerAliveInterval=10"_s, u"--"_s, u"deploy@lucky"_s, u"docker"_s, u"compose"_s,
                          u"--file"_s, u"'/srv/$(id)/c.yml'"_s, u"config"_s, u"--format"_s, u"json"_s}));
}

void TestPlatforms::railwaysVariablesAreToldWithoutTheirValues()
{
    const RailwayOptions options{.service = u"app"_s, .environment = u"production"_s, .map = apiMap};
    QStringList asked;
    const SourceAnswer answer =
        ranWith(askRailway, options, {{wrote(railwayDeploys()), wrote(railwayVariables())}}, &asked);
    QCOMPARE(asked, (QStringList{u"railway deployment list --limit 20 --service app --environment production --json"_s,
                                 u"railway variables --service app --environment production --json"_s}));
    QCOMPARE(linesOf(answer),
             (QStringList{
                 u"deploy/d3 status=CRASHED level=3 is_live=0 created_at=1795168800000 finished_at=- cause=redeploy: "
                 "4b1c22a Retry"_s,
                 u"deploy/d2 status=SUCCESS level=1 is_live=1 created_at=1795082400000 finished_at=- cause=app:7"_s,
                 u"deploy/d1 status=SUCCESS level=1 is_live=0 created_at=1794996000000 finished_at=- cause=-"_s,
                 u"deploy/d0 status=NEW_WORD level=0 is_live=0 created_at=- finished_at=- cause=-"_s,
                 u"variable/ENABLE_DOCS updated_at=- is_live=-"_s,
                 u"flag/ENABLE_DOCS set=off effective=- rollout_percent=- updated_by=- updated_at=- "
                 "where=variable ENABLE_DOCS"_s,
                 u"variable/JWT_SECRET updated_at=- is_live=-"_s,
                 u"signing_key/JWT_SECRET state=2 created_at=- activated_at=- retire_after=- tokens=- "
                 "last_token_expiry=- where=variable JWT_SECRET"_s,
                 u"flag/RATE_LIMIT_PER_MINUTE set=not set effective=- rollout_percent=- updated_by=- updated_at=- "
                 "where=variable RATE_LIMIT_PER_MINUTE"_s,
             }));
    QVERIFY2(!everythingOf(answer).contains(secret), everythingOf(answer).constData());
    const SourceAnswer half =
        ranWith(askRailway, options, {{refused("Unauthorized. Please login\n"), wrote(railwayVariables())}});
    QVERIFY(linesOf(half).contains(u"deploy auth-required Unauthorized. Please login"_s));
    QVERIFY(linesOf(half).contains(u"variable/JWT_SECRET updated_at=- is_live=-"_s));
}

void TestPlatforms::aProgramThatFailsSaysWhatToDo_data()
{
    QTest::addColumn<QByteArray>("errors");
    QTest::addColumn<QString>("railway");
    QTest::addColumn<QString>("compose");
    const QByteArray quoting = QByteArray("invalid interpolation format for services.api.JWT_SECRET: ") + secret;
    QTest::newRow("silent") << QByteArray() << u"server-error the program ended with 1 and did not say why"_s
                            << u"server-error docker compose cannot read /srv/api/docker-compose.yml; 'docker compose "
                               "--file /srv/api/docker-compose.yml config' says why"_s;
    QTest::newRow("no file") << QByteArray("open /srv/x: no such file or directory\nmore")
                             << u"not-found open /srv/x: no such file or directory"_s
                             << u"not-found open /srv/x: no such file or directory"_s;
    QTest::newRow("a key of ssh") << QByteArray("deploy@h: Permission denied (publickey).")
                                  << u"auth-required deploy@h: Permission denied (publickey)."_s
                                  << u"auth-required deploy@h: Permission denied (publickey)."_s;
    QTest::newRow("quotes the file") << quoting << QString()
                                     << u"server-error docker compose cannot read /srv/api/docker-compose.yml; 'docker "
                                        "compose --file /srv/api/docker-compose.yml config' says why"_s;
}

void TestPlatforms::aProgramThatFailsSaysWhatToDo()
{
    QFETCH(QByteArray, errors);
    QFETCH(QString, railway);
    QFETCH(QString, compose);
    QCOMPARE(linesOf(ranWith(askCompose, composed, {{refused(errors), refused(errors)}})), QStringList{compose});
    const RailwayOptions options{.service = u"app"_s, .environment = {}, .map = {}};
    if (!railway.isEmpty())
        QCOMPARE(linesOf(ranWith(askRailway, options, {{refused(errors), refused(errors)}})), QStringList{railway});
    const Runs none{{failure(ErrorCode::NotFound, u"there is no program"_s)}};
    QCOMPARE(linesOf(ranWith(askRailway, options, none)), QStringList{u"not-found there is no program"_s});
    QCOMPARE(linesOf(ranWith(askKubernetes, api, none)), QStringList{u"not-found there is no program"_s});
}

void TestPlatforms::aSecondPollSharesNothingWithTheFirst()
{
    QTemporaryDir directory;
    QFile program(directory.filePath(u"railway"_s));
    QVERIFY(program.open(QIODevice::WriteOnly));
    program.write("#!/bin/sh\n[ $1 = variables ] && echo '{}' || echo '[]'\n");
    program.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    program.close();
    const auto profile =
        parseProfile("quarterdeck: 1\nname: a\nenvironment: e\nsources:\n  p: {kind: railway, service: "
                     "app, program: ./railway}\n",
                     directory.filePath(u"p.yaml"_s));
    QVERIFY2(profile, profile ? "" : qPrintable(profile.error().first().message));
    const auto factory = sourceFactory(profile->sources.first(), *profile);
    QVERIFY(factory);
    const auto source = (*factory)({});
    for (int i = 0; i < 2; ++i) {
        std::optional<SourceAnswer> answer;
        const Call call = source->poll([&](const SourceAnswer &told) { answer = told; });
        QTRY_VERIFY(answer);
        QVERIFY2(answer->outcome, answer->outcome ? "" : qPrintable(answer->outcome.error().message));
        QCOMPARE(answer->exchanges.size(), 2);
        QVERIFY(answer->exchanges.first().command.startsWith(program.fileName()));
    }
}

void TestPlatforms::aReplyOfAnotherShapeIsNoAnswer()
{
    const RailwayOptions options{.service = u"app"_s, .environment = {}, .map = apiMap};
    const QString list = u"expected a list in JSON from railway; is it version 4.10 or later?"_s;
    const QString object = u"bad-reply expected an object in JSON from railway; is it version 4.10 or later?"_s;
    QCOMPARE(linesOf(ranWith(askRailway, options, {{wrote("{\"error\":\"internal\"}"), wrote("[]")}})),
             QStringList{u"bad-reply "_s + list});
    QCOMPARE(linesOf(ranWith(askRailway, options, {{wrote(""), wrote("")}})), QStringList{u"bad-reply "_s + list});
    for (const QByteArray nothing : {"[]", "", "null"})
        QCOMPARE(linesOf(ranWith(askRailway, options, {{wrote("[]"), wrote(nothing)}})),
                 (QStringList{u"variable "_s + object, u"flag "_s + object, u"signing_key "_s + object}));
    // As it says that there are none.
    const ProgramReply none{.exitCode = 0, .output = {}, .errors = "No variables found\n"};
    QVERIFY(linesOf(ranWith(askRailway, options, {{wrote("[]"), none}})).first().contains(u"set=not set"_s));

    const SourceAnswer pods = ranWith(
        askKubernetes, api,
        {{wrote(kubernetesDeployment()), wrote("{}"), wrote(otherSecret()), wrote("{}"), wrote(changedConfig())}});
    QVERIFY2(linesOf(pods).contains(u"deploy bad-reply expected a list from kubectl"_s),
             qPrintable(linesOf(pods).join(u'\n')));
    QVERIFY(linesOf(pods).contains(u"variable/secrets bad-reply expected an object from kubectl"_s));
    QVERIFY(linesOf(pods).contains(u"signing_key/JWT_SECRET bad-reply expected an object from kubectl"_s));

    const QByteArray id(64, 'a');
    const QString containers = u"deploy bad-reply expected containers from docker"_s;
    for (const QByteArray garbage : {"Welcome!", "{}", ""})
        QVERIFY(linesOf(ranWith(askCompose, composed, {{wrote(composeConfig()), wrote(id), wrote(garbage)}}))
                    .contains(containers));
    QVERIFY(linesOf(ranWith(askCompose, composed, {{wrote(composeConfig()), wrote("Welcome!")}})).contains(containers));
}

void TestPlatforms::whatComposeWritesTwiceForADollarIsOne()
{
    const QByteArray config = "{\"services\":{\"api\":{\"environment\":{\"PASSWORD\":\"p$$w$$$$\"}}}}";
    const QByteArray started =
        "[{\"Id\":\"aa\",\"State\":{\"Status\":\"running\"},\"Config\":{\"Env\":[\"PASSWORD=p$w$$\"]}}]";
    const SourceAnswer answer =
        ranWith(askCompose, composed, {{wrote(config), wrote(QByteArray(64, 'a')), wrote(started)}});
    QVERIFY2(linesOf(answer).contains(u"variable/PASSWORD updated_at=- is_live=1"_s),
             qPrintable(linesOf(answer).join(u'\n')));
}

void TestPlatforms::kubernetesNamesVariablesByPrefixAndTakesTheLast()
{
    KubernetesOptions prefixed = api;
    prefixed.map.flags = {{u"ENABLE_DOCS"_s, PlatformMap::Type::Boolean},
                          {u"APP_RATE_LIMIT_PER_MINUTE"_s, PlatformMap::Type::Number}};
    const SourceAnswer answer =
        ranWith(askKubernetes, prefixed, {{wrote(sidecarDeployment()), wrote(sidecarPods()), wrote(changedConfig())}});
    const QStringList lines = linesOf(answer);
    QVERIFY2(lines.contains(u"flag/ENABLE_DOCS set=on effective=on rollout_percent=- updated_by=- updated_at=- "
                            "where=variable ENABLE_DOCS"_s),
             qPrintable(lines.join(u'\n')));
    QVERIFY(lines.contains(u"variable/APP_ENABLE_DOCS updated_at=1790812800000 is_live=1"_s));
    QVERIFY(lines.contains(u"variable/APP_ORIGINS updated_at=1790812800000 is_live=1"_s));
    QVERIFY2(lines.filter(u"flag/APP_RATE_LIMIT_PER_MINUTE set=90"_s).size() == 1, qPrintable(lines.join(u'\n')));
    QVERIFY(lines.filter(u"variable/RATE_LIMIT_PER_MINUTE"_s).isEmpty());
}

void TestPlatforms::whatSshCannotReachIsUnreachable_data()
{
    QTest::addColumn<QByteArray>("errors");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("line");
    const auto row = [](const char *name, const QByteArray &errors, int code, const QString &line) {
        QTest::newRow(name) << errors << code << line;
    };
    const auto lucky = u"ssh: connect to host lucky port 22: Connection refused"_s;
    row("refused", lucky.toUtf8() + "\r\n", 255, u"unreachable "_s + lucky);
    row("no name", "ssh: Could not resolve hostname lucky: Name or service not known\n", 255,
        u"unreachable ssh: Could not resolve hostname lucky: Name or service not known"_s);
    row("hung up", "Authorized use only\nkex_exchange_identification: Connection closed by remote host\n", 255,
        u"unreachable kex_exchange_identification: Connection closed by remote host"_s);
    row("banner", "Authorized use only\ndeploy@lucky: Permission denied (publickey).\n", 255,
        u"auth-required deploy@lucky: Permission denied (publickey)."_s);
    row("another host", "@@@@@@@@\n@ WARNING @\nHost key verification failed.\n", 255,
        u"tls-failure Host key verification failed."_s);
    row("unknown words", QByteArray("key=") + secret, 255, u"unreachable ssh ended with 255 and did not get through"_s);
    row("no docker there", "bash: line 1: docker: command not found\n", 127,
        u"not-found bash: line 1: docker: command not found"_s);
}

void TestPlatforms::whatSshCannotReachIsUnreachable()
{
    QFETCH(QByteArray, errors);
    QFETCH(int, code);
    QFETCH(QString, line);
    ComposeOptions remote = composed;
    remote.ssh = u"lucky"_s;
    const ProgramReply reply{.exitCode = code, .output = {}, .errors = errors};
    QCOMPARE(linesOf(ranWith(askCompose, remote, {{reply}})), QStringList{line});
}

void TestPlatforms::aChangeCauseThatSetsAVariableIsNotTold()
{
    const SourceAnswer answer =
        ranWith(askKubernetes, api, {{wrote(sidecarDeployment()), wrote(sidecarPods()), wrote(changedConfig())}});
    const QByteArray all = everythingOf(answer);
    QVERIFY2(!all.contains(secret), all.constData());
    QVERIFY(all.contains("cause=revision 4: registry/api:4"));
    QVERIFY(all.contains("cause=revision 3: Retry push"));
}

void TestPlatforms::aComplaintIsRepeatedByItsBeginningAlone_data()
{
    QTest::addColumn<QByteArray>("errors");
    QTest::addColumn<QString>("line");
    const QString hidden = u"server-error docker compose cannot read /srv/api/docker-compose.yml; 'docker compose "
                           "--file /srv/api/docker-compose.yml config' says why"_s;
    QTest::newRow("a word in it") << QByteArray("failed to read /srv/.env: line 3: unexpected character \"+\" in "
                                                "variable name \"UNAUTHORIZED+PAGE=x\\nSTRIPE=") +
                                         secret
                                  << hidden;
    QTest::newRow("a later line") << QByteArray("invalid interpolation format\nopen ") + secret + ": no such file"
                                  << hidden;
    QTest::newRow("after a warning") << QByteArray(
                                            "time=\"2026-11-20T10:00:00Z\" level=warning msg=\"version is obsolete\"\n"
                                            "open /srv/x: no such file or directory")
                                     << u"not-found open /srv/x: no such file or directory"_s;
    QTest::newRow("no daemon") << QByteArray("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.")
                               << u"unreachable Cannot connect to the Docker daemon at unix:///var/run/docker.sock."_s;
    QTest::newRow("no right") << QByteArray("permission denied while trying to connect to the Docker daemon socket")
                              << u"forbidden permission denied while trying to connect to the Docker daemon socket"_s;
}

void TestPlatforms::aComplaintIsRepeatedByItsBeginningAlone()
{
    QFETCH(QByteArray, errors);
    QFETCH(QString, line);
    QCOMPARE(linesOf(ranWith(askCompose, composed, {{refused(errors)}})), QStringList{line});
    // ps reads the file as well.
    const SourceAnswer listed = ranWith(askCompose, composed, {{wrote(composeConfig()), refused(errors)}});
    QVERIFY2(linesOf(listed).contains(u"deploy "_s + line), qPrintable(linesOf(listed).join(u'\n')));
}

void TestPlatforms::aFlagPastTheLastVariableReadIsNotCalledUnset()
{
    QJsonObject many;
    for (int i = 0; i < 1000; ++i)
        many.insert(u"A%1"_s.arg(i), u"x"_s);
    many.insert(u"ENABLE_DOCS"_s, u"true"_s);
    const RailwayOptions options{.service = u"app"_s, .environment = {}, .map = apiMap};
    const QStringList railway =
        linesOf(ranWith(askRailway, options, {{wrote("[]"), wrote(QJsonDocument(many).toJson())}}));
    QByteArrayList page;
    for (int i = 0; i < 100; ++i)
        page.append(renderVariable("V" + QByteArray::number(i), "x"));
    const QStringList render = linesOf(askedOf({QList<Result<HttpReply>>(20, reply('[' + page.join(',') + ']'))}));
    const QString rest = u" too-large the service has 1000 variables or more; the others are not read"_s;
    for (const QStringList &lines : {railway, render}) {
        QVERIFY2(lines.filter(u"set=not set"_s).isEmpty(), qPrintable(lines.filter(u"flag/"_s).join(u'\n')));
        for (const QString &what : {u"variable/rest"_s, u"flag/"_s, u"signing_key/JWT_SECRET"_s})
            QVERIFY2(!lines.filter(what).filter(rest).isEmpty(), qPrintable(what));
    }
    many.remove(u"A0"_s);
    QVERIFY(linesOf(ranWith(askRailway, options, {{wrote("[]"), wrote(QJsonDocument(many).toJson())}}))
                .filter(rest)
                .isEmpty());
}

void TestPlatforms::whatRunsBesideAContainerDoesNotCount()
{
    // The container was started after the change, the other before.
    const SourceAnswer answer =
        ranWith(askKubernetes, api, {{wrote(sidecarDeployment()), wrote(sidecarPods()), wrote(changedConfig())}});
    const QStringList lines = linesOf(answer);
    QVERIFY2(lines.filter(u"RATE_LIMIT_PER_MINUTE updated_at=1795168815000 is_live=1"_s).size() == 1,
             qPrintable(lines.join(u'\n')));
}

void TestPlatforms::aOneOffContainerIsNoDeploy()
{
    const QByteArray first(64, 'a');
    const QByteArray second(64, 'b');
    const QByteArray label = "\"Labels\":{\"com.docker.compose.oneoff\":\"True\"},\"Image\"";
    QByteArray containers = inspected(first, second);
    containers.replace(containers.lastIndexOf("\"Image\""), 7, label);
    const SourceAnswer answer = ranWith(
        askCompose, composed, {{wrote(composeConfig()), wrote(first + '\n' + second + '\n'), wrote(containers)}});
    const QStringList deploys = linesOf(answer).filter(QRegularExpression(u"^deploy/[ab]"_s));
    QCOMPARE(deploys.size(), 1);
    QVERIFY2(deploys.first().contains(u"status=running level=1"_s), qPrintable(deploys.first()));
}

void TestPlatforms::aDroppedPollKeepsNothing()
{
    const QList<ProgramTurn> *kept = nullptr;
    const auto source =
        programSource(60s, [&](const QList<ProgramTurn> &turns) -> std::variant<ProgramRequest, SourceAnswer> {
            kept = &turns;
            if (turns.isEmpty())
                return ProgramRequest{.program = u"echo"_s, .arguments = {QString::fromLatin1(secret)}};
            return ProgramRequest{.program = u"sleep"_s, .arguments = {u"300"_s}};
        });
    Call call = source->poll([](const SourceAnswer &) {});
    QTRY_COMPARE(kept->size(), 1);
    call.drop();
    QVERIFY(kept->isEmpty());
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
    QTest::newRow("an option") << QByteArray("kind: kubernetes, deployment: '--kubeconfig=/x'")
                               << u"'deployment': expected a name of letters, digits and . _ - : / @ alone"_s;
    QTest::newRow("no deployment") << QByteArray("kind: kubernetes") << u"'deployment' is missing"_s;
    QTest::newRow("no file") << QByteArray("kind: compose, service: api") << u"'file' is missing"_s;
    QTest::newRow("an option of ssh") << QByteArray("kind: compose, service: api, file: /f, ssh: -oProxyCommand=x")
                                      << u"'ssh': expected a name of letters"_s;
    QTest::newRow("no service of Railway") << QByteArray("kind: railway") << u"'service' is missing"_s;
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
