/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/custody/custody.h"
#include "sources/postgresql/ask.h"
#include "support/server_fixtures.h"
#include "wire/http.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
using Cells = QList<std::optional<QByteArray>>;

const PostgresConnection connection{.host = u"db"_s,
                                    .port = 5432,
                                    .database = u"app"_s,
                                    .user = u"viewer"_s,
                                    .password = {},
                                    .sslmode = u"verify-full"_s,
                                    .tls = {}};

const CustodyOptions ring{
    .kind = CustodyOptions::Kind::SigningKeys,
    .rows = {u"jwt_keys"_s,
             {{u"id"_s, u"kid"_s},
              {u"state"_s, u"state"_s},
              {u"activated_at"_s, u"activated_at"_s},
              {u"retire_after"_s, u"retireAfter"_s}}},
    .words = {{u"active"_s, KeyState::Active}, {u"previous"_s, KeyState::Retiring}},
    .sessions = {u"auth.sessions"_s,
                 {{u"key"_s, u"kid"_s}, {u"expires_at"_s, u"expires_at"_s}, {u"revoked_at"_s, u"revoked_at"_s}}}};

const CustodyOptions switches{.kind = CustodyOptions::Kind::Flags,
                              .rows = {u"flags"_s,
                                       {{u"key"_s, u"key"_s},
                                        {u"set"_s, u"value"_s},
                                        {u"rollout_percent"_s, u"percent"_s},
                                        {u"updated_at"_s, u"changed"_s}}},
                              .words = {},
                              .sessions = {}};

PgRows table(const QStringList &columns, const QList<Cells> &rows)
{
    return {.columns = columns, .rows = rows};
}

PgRows columnsOf(const QByteArrayList &names)
{
    PgRows rows{.columns = {u"attname"_s}, .rows = {}};
    for (const QByteArray &name : names)
        rows.rows.append(Cells{name});
    return rows;
}

template <class F>
QList<F> factsIn(const Findings &findings)
{
    QList<F> found;
    for (const Fact &fact : findings.facts) {
        if (const auto *f = std::get_if<F>(&fact))
            found.append(*f);
    }
    return found;
}

QString refusalOf(const Findings &findings, const QString &what, ErrorCode code)
{
    for (const Refusal &refusal : findings.refusals) {
        if (refusal.what == what && refusal.error.code == code)
            return refusal.error.message;
    }
    return u"none"_s;
}

Profile presetProfile(const QByteArray &preset = "quoted", const QByteArray &more = {})
{
    const auto profile =
        parseProfile("quarterdeck: 1\nname: app\nenvironment: test\npreset: " + preset + '\n' + more, u"p.yaml"_s);
    return profile ? *profile : Profile();
}

/// As the sandbox's quoted has them.
constexpr const char *quotedTables = R"sql(
CREATE TABLE jwt_keys (kid text PRIMARY KEY, secret text NOT NULL, state text NOT NULL,
    created_at timestamptz NOT NULL, activated_at timestamptz, retire_after timestamptz);
INSERT INTO jwt_keys VALUES
    ('k0', 'hunter2', 'retired', '2026-01-01 00:00+00', '2026-01-02 00:00+00', '2026-02-01 00:00+00'),
    ('k1', 'hunter2', 'active', '2026-02-01 00:00+00', '2026-02-02 00:00+00', 'infinity'),
    ('k2', 'hunter2', 'next', '2026-03-01 08:00+08', NULL, NULL);
CREATE TABLE sessions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), kid text, expires_at timestamptz NOT NULL,
    revoked_at timestamptz);
INSERT INTO sessions (kid, expires_at, revoked_at) VALUES
    ('k1', now() + interval '1 hour', NULL), ('k1', '2099-01-01 00:00+00', NULL),
    ('k1', now() + interval '90 days', now()), ('k1', now() - interval '1 second', NULL),
    ('k0', now() - interval '1 day', NULL), ('elsewhere', now() + interval '1 day', NULL);
CREATE TABLE feature_flags (key text PRIMARY KEY, enabled boolean NOT NULL, rollout_percent int NOT NULL,
    updated_by text, updated_at timestamptz);
INSERT INTO feature_flags VALUES ('demo', true, 50, 'maria', '2026-03-01 00:00+00'), ('voice', false, 0, NULL, NULL);
CREATE ROLE viewer LOGIN PASSWORD 'see';
)sql";
} // namespace

/// Keys and flags in tables: over captured rows, and on a real PostgreSQL.
class TestCustody : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void signingKeysAreReadByColumn();
    void tokensThatNobodyCountedAreNotNone();
    void aCountThatWasCutIsNotNone();
    void settingsAreSaidInOneWay_data();
    void settingsAreSaidInOneWay();
    void aFlagIsInEffectOnceTheServiceHasReadItsTable();
    void whatHasNoNameIsLeftOutAndWhatIsTooMuchIsSaid();
    void aMissingNameIsToldWithWhatToWrite_data();
    void aMissingNameIsToldWithWhatToWrite();
    void noSecretIsAskedFor_data();
    void noSecretIsAskedFor();
    void aColumnOfSecretsCannotBeNamed_data();
    void aColumnOfSecretsCannotBeNamed();
    void theWholeKeyIsNoFieldOfAnApiKey();
    void theRingIsReadFromARealServer();
    void timesWithoutAZoneAreReadInOneWay();
    void flagsAndApiKeysAreReadFromARealServer();
    void aViewerWithoutRightsIsToldTheGrantThatHelps();
    void aMissingTableAndARenamedColumnAreToldOnARealServer();
    void sessionsThatTakeTooLongCostTheKeysNothing();
    void aServerThatIsGoneIsAFailure();

private:
    SourceAnswer ask(const Profile &profile, const QString &id);
    HttpClient m_http;
    PgPool m_pool;
};

SourceAnswer TestCustody::ask(const Profile &profile, const QString &id)
{
    const auto spec = std::ranges::find(profile.sources, id, &SourceSpec::id);
    const auto factory = sourceFactory(*spec, profile);
    if (!factory)
        return {.outcome = std::unexpected(factory.error().first()), .exchanges = {}};
    std::optional<SourceAnswer> answer;
    const auto source = (*factory)({.http = &m_http, .postgres = &m_pool});
    const Call call = source->poll([&](const SourceAnswer &a) { answer = a; });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, 10'000))
        return {.outcome = failure(ErrorCode::Timeout, u"the source never answered"_s), .exchanges = {}};
    return *answer;
}

void TestCustody::signingKeysAreReadByColumn()
{
    CustodyAnswers answers = custodyStatements(ring);
    answers.rows.rows = table({u"activated_at"_s, u"id"_s, u"retire_after"_s, u"state"_s},
                              {{"1750000000.25", "k1", "Infinity", "ACTIVE"},
                               {std::nullopt, "k2", "nonsense", "Previous"},
                               {"0", "k\n3", std::nullopt, "sideways"},
                               {"1e300", "k4", "-1", std::nullopt}});
    answers.sessions.rows = table({u"id"_s, u"alive"_s, u"last_expiry"_s}, {{"k2", "7", "1760000000"}});
    const Findings findings = custodyFindings(answers, ring, connection);
    const QList<SigningKey> keys = factsIn<SigningKey>(findings);
    QCOMPARE(keys.size(), 4);
    QVERIFY(findings.refusals.isEmpty());
    QCOMPARE(keys[0].id, u"k1"_s);
    QCOMPARE(keys[0].state.value, KeyState::Active);
    QCOMPARE(keys[0].state.origin, (Origin{0, u"/0/state"_s}));
    QCOMPARE(keys[0].activatedAt.value, Instant(1'750'000'000'250ms));
    QVERIFY(!keys[0].retireAfter.has()); // what lasts for ever has no end
    QVERIFY(!keys[0].createdAt.has() && keys[0].createdAt.origin.exchange == -1);
    QCOMPARE(keys[0].tokens.value, 0);
    QCOMPARE(keys[0].tokens.origin, (Origin{1, {}}));
    QVERIFY(!keys[0].lastTokenExpiry.has());
    QCOMPARE(keys[0].where.valueOr({}), u"table jwt_keys"_s);
    QCOMPARE(keys[1].state.value, KeyState::Retiring);
    QVERIFY(!keys[1].activatedAt.has() && !keys[1].retireAfter.has());
    QCOMPARE(keys[1].tokens.value, 7);
    QCOMPARE(keys[1].tokens.origin, (Origin{1, u"/0/alive"_s}));
    QCOMPARE(keys[1].lastTokenExpiry.value, Instant(1'760'000'000'000ms));
    QCOMPARE(keys[2].id, u"k 3"_s);
    QCOMPARE(keys[2].state.value, KeyState::Unknown); // a word that nobody knows is not "not measured"
    QCOMPARE(keys[2].activatedAt.value, Instant{});
    QVERIFY(!keys[3].state.has() && !keys[3].activatedAt.has());
    QCOMPARE(keys[3].retireAfter.value, Instant(-1s));
}

void TestCustody::tokensThatNobodyCountedAreNotNone()
{
    CustodyAnswers answers = custodyStatements(ring);
    answers.rows.rows = table({u"id"_s, u"state"_s}, {{"k1", "active"}});
    answers.sessions.rows = failure(ErrorCode::Timeout, u"the statement was cancelled"_s);
    Findings findings = custodyFindings(answers, ring, connection);
    QVERIFY(!factsIn<SigningKey>(findings).first().tokens.has());
    QCOMPARE(refusalOf(findings, u"signing_key/tokens"_s, ErrorCode::Timeout), u"the statement was cancelled"_s);
    CustodyOptions without = ring;
    without.sessions = {};
    answers = custodyStatements(without);
    answers.rows.rows = table({u"id"_s, u"state"_s}, {{"k1", "active"}});
    findings = custodyFindings(answers, without, connection);
    QVERIFY(!factsIn<SigningKey>(findings).first().tokens.has());
    QVERIFY(findings.refusals.isEmpty());
}

void TestCustody::aCountThatWasCutIsNotNone()
{
    CustodyAnswers answers = custodyStatements(ring);
    QVERIFY2(answers.sessions.sql.endsWith(" LIMIT 1001"), answers.sessions.sql.constData());
    answers.rows.rows = table({u"id"_s, u"state"_s}, {{"k7", "active"}, {"zz", "previous"}});
    PgRows sessions{.columns = {u"id"_s, u"alive"_s, u"last_expiry"_s}, .rows = {}};
    for (int i = 1; i <= custodyRows; ++i)
        sessions.rows.append(Cells{"k" + QByteArray::number(i), "3", "1760000000"});
    answers.sessions.rows = sessions;
    Findings findings = custodyFindings(answers, ring, connection);
    QVERIFY(findings.refusals.isEmpty());
    QCOMPARE(factsIn<SigningKey>(findings)[1].tokens.value, 0); // all were read
    answers.sessions.rows->rows.append(Cells{"more", "1", "1760000000"});
    findings = custodyFindings(answers, ring, connection);
    QCOMPARE(factsIn<SigningKey>(findings)[0].tokens.value, 3);
    QVERIFY(!factsIn<SigningKey>(findings)[1].tokens.has());
    QCOMPARE(refusalOf(findings, u"signing_key/tokens"_s, ErrorCode::TooLarge),
             u"auth.sessions names over 1000 keys; the tokens of the others are not counted"_s);
}

void TestCustody::settingsAreSaidInOneWay_data()
{
    QTest::addColumn<QByteArray>("written");
    QTest::addColumn<QString>("said");
    QTest::newRow("boolean") << QByteArray("true") << u"on"_s;
    QTest::newRow("boolean off") << QByteArray("false") << u"off"_s;
    QTest::newRow("a letter") << QByteArray("t") << u"on"_s;
    QTest::newRow("a word") << QByteArray("OFF") << u"off"_s;
    QTest::newRow("a number is no switch") << QByteArray("1") << u"1"_s;
    QTest::newRow("zero is no switch") << QByteArray("0") << u"0"_s;
    QTest::newRow("text") << QByteArray("blue") << u"blue"_s;
    QTest::newRow("empty") << QByteArray("") << u""_s;
}

void TestCustody::settingsAreSaidInOneWay()
{
    QFETCH(QByteArray, written);
    CustodyAnswers answers = custodyStatements(switches);
    answers.rows.rows =
        table({u"key"_s, u"rollout_percent"_s, u"set"_s, u"updated_at"_s}, {{"a", "12.5", written, std::nullopt}});
    const FeatureFlag flag = factsIn<FeatureFlag>(custodyFindings(answers, switches, connection)).first();
    QVERIFY(flag.set.has());
    QTEST(*flag.set, "said");
    QVERIFY(!flag.rollout.has()); // no whole number of per cent
    QVERIFY(!flag.effective.has());
    answers.rows.rows->rows = {{"a", "0", std::nullopt, std::nullopt}};
    const FeatureFlag unset = factsIn<FeatureFlag>(custodyFindings(answers, switches, connection)).first();
    QVERIFY(!unset.set.has());
    QCOMPARE(unset.rollout.value, 0);
}

void TestCustody::aFlagIsInEffectOnceTheServiceHasReadItsTable()
{
    test::PostgresFixture postgres;
    postgres.execute("CREATE TABLE feature_flags (key text, enabled boolean, rollout_percent int, updated_by text, "
                     "updated_at timestamptz); INSERT INTO feature_flags VALUES "
                     "('ever', true, 0, NULL, '-infinity'), ('just_now', true, 0, NULL, now()), "
                     "('never', true, 0, NULL, 'infinity'), ('old', false, 0, NULL, now() - interval '11 seconds'), "
                     "('unknown', true, 0, NULL, NULL)");
    Profile profile = presetProfile();
    profile.connections[u"postgresql"_s] = postgres.connection();
    const SourceAnswer answer = ask(profile, u"flags"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QStringList told;
    for (const FeatureFlag &flag : factsIn<FeatureFlag>(*answer.outcome))
        told.append(u"%1 %2 %3"_s.arg(flag.key, flag.set.valueOr(u"-"_s), flag.effective.valueOr(u"-"_s)));
    QCOMPARE(told,
             (QStringList{u"ever on on"_s, u"just_now on -"_s, u"never on -"_s, u"old off off"_s, u"unknown on -"_s}));
    const auto errors =
        checkSources(*parseProfile("quarterdeck: 1\nname: a\nenvironment: e\nconnections: {postgresql: "
                                   "{host: h, database: d, user: u}}\nsources: {f: {kind: "
                                   "feature-flags, table: t, columns: {key: k, set: s}, live_within: 5 s}}",
                                   u"p.yaml"_s));
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.first().message, u"'live_within': expected 'updated_at' under 'columns' as well"_s);
}

void TestCustody::whatHasNoNameIsLeftOutAndWhatIsTooMuchIsSaid()
{
    CustodyAnswers answers = custodyStatements(switches);
    PgRows rows{.columns = {u"key"_s}, .rows = {}};
    rows.rows.append(Cells{std::nullopt});
    for (int i = 1; i <= custodyRows; ++i)
        rows.rows.append(Cells{"flag" + QByteArray::number(i)});
    answers.rows.rows = rows;
    const Findings findings = custodyFindings(answers, switches, connection);
    QCOMPARE(findings.facts.size(), custodyRows - 1);
    QVERIFY(refusalOf(findings, u"flag/rest"_s, ErrorCode::TooLarge).contains(u"over 1000 rows"_s));
    QVERIFY(answers.rows.sql.endsWith(" LIMIT 1001"));
}

void TestCustody::aMissingNameIsToldWithWhatToWrite_data()
{
    QTest::addColumn<QByteArrayList>("columns");
    QTest::addColumn<QString>("says");
    QTest::newRow("no table") << QByteArrayList{}
                              << u"there is no table jwt_keys; write its name as 'table' under 'columns' of this "
                                 "source, or take it out of the profile"_s;
    QTest::newRow("renamed") << QByteArrayList{"kid", "status", "activated_at", "retireAfter", "alg"}
                             << u"the table jwt_keys has no column state; write 'state: status' under 'columns' of "
                                "this source (it has kid, status, activated_at, retireAfter, alg)"_s;
    QTest::newRow("nothing like it") << QByteArrayList{"kid", "alg", "activated_at", "retireAfter"}
                                     << u"the table jwt_keys has no column state; write 'state: …' under 'columns' of "
                                        "this source (it has kid, alg, activated_at, retireAfter)"_s;
    QTest::newRow("another type") << QByteArrayList{"kid", "state", "activated_at", "retireAfter"}
                                  << u"said so; a time is expected to be a timestamp or a date"_s;
}

void TestCustody::aMissingNameIsToldWithWhatToWrite()
{
    QFETCH(QByteArrayList, columns);
    QFETCH(QString, says);
    CustodyAnswers answers = custodyStatements(ring);
    answers.rows.rows = failure(ErrorCode::NotFound, u"said so"_s);
    answers.columns.rows = columnsOf(columns);
    const Findings findings = custodyFindings(answers, ring, connection);
    QVERIFY(findings.facts.isEmpty());
    QCOMPARE(findings.refusals.size(), 1);
    QCOMPARE(refusalOf(findings, u"signing_key"_s, ErrorCode::NotFound), says);
}

void TestCustody::noSecretIsAskedFor_data()
{
    QTest::addColumn<QString>("source");
    QTest::newRow("quoted") << u"keys"_s;
    QTest::newRow("luckygas") << u"api_keys"_s;
    QTest::newRow("preflight") << u"api_keys"_s;
}

/// The prefix of a key, and no more of it whatever the column holds.
void TestCustody::noSecretIsAskedFor()
{
    QFETCH(QString, source);
    test::PostgresFixture postgres;
    postgres.execute(
        "CREATE TABLE jwt_keys (kid text, secret text, state text, created_at timestamptz, activated_at timestamptz, "
        "retire_after timestamptz); INSERT INTO jwt_keys VALUES ('k', 'hunter2');"
        "CREATE TABLE sessions (kid text, expires_at timestamptz, revoked_at timestamptz);"
        "CREATE TABLE api_keys (id int, name text, prefix text, hash text, tier text, role text, created_at "
        "timestamptz, last_used_at timestamptz, expires_at timestamptz, revoked_at timestamptz);"
        "INSERT INTO api_keys VALUES (1, 'a', 'pf_live_0123456789abcdefhunter2hunter2', 'hunter2')");
    Profile profile = presetProfile(QByteArray(QTest::currentDataTag()));
    profile.connections[u"postgresql"_s] = postgres.connection();
    const SourceAnswer answer = ask(profile, source);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(answer.outcome->facts.size(), 1);
    QVERIFY(answer.outcome->refusals.isEmpty());
    QVERIFY(!toWord(answer.outcome->facts.first()).contains(u"hunter2"_s));
    for (const Exchange &exchange : answer.exchanges) {
        QVERIFY2(!exchange.reply.contains("hunter2"), exchange.reply.constData());
        QVERIFY2(!exchange.reply.contains("••••"), exchange.reply.constData()); // nothing had to be masked
        QVERIFY2(!exchange.command.contains(QRegularExpression(u"secret|hash"_s)), qPrintable(exchange.command));
    }
}

void TestCustody::aColumnOfSecretsCannotBeNamed_data()
{
    QTest::addColumn<QByteArray>("column");
    QTest::addColumn<bool>("isSecret");
    for (const char *column :
         {"secret", "client_secret", "password", "hash", "key_hash", "hashed_key", "keyHash", "token", "private_key",
          "salt", "digest", "apiKey", "key", "full_key", "value", "keyValue"})
        QTest::newRow(column) << QByteArray(column) << true;
    for (const char *column : {"kid", "key_id", "token_prefix", "tokenPrefix", "token_expires_at", "tokenExpiresAt",
                               "key_prefix", "keyName", "secret_name", "prefix", "state"})
        QTest::newRow(column) << QByteArray(column) << false;
}

void TestCustody::aColumnOfSecretsCannotBeNamed()
{
    QFETCH(QByteArray, column);
    QFETCH(bool, isSecret);
    const Profile profile = presetProfile(
        "preflight", "connections: {http: {url: 'http://127.0.0.1'}, redis: {host: 127.0.0.1}, postgresql: {host: "
                     "127.0.0.1, database: d, user: u}}\nsources: {api_keys: {columns: {prefix: " +
                         column + "}}}\n");
    const QList<Error> errors = checkSources(profile);
    QCOMPARE(!errors.isEmpty(), isSecret);
    if (isSecret) {
        QVERIFY2(errors.first().message.contains(u"called like a secret"_s), qPrintable(errors.first().message));
        QVERIFY2(errors.first().where.startsWith(u"p.yaml:6:"_s), qPrintable(errors.first().where));
    }
}

/// Where it is a flag's name or a state, a column may be called so.
void TestCustody::theWholeKeyIsNoFieldOfAnApiKey()
{
    const auto faults = [](const QByteArray &source) {
        return checkSources(
                   *parseProfile("quarterdeck: 1\nname: a\nenvironment: e\nconnections: {postgresql: {host: h, "
                                 "database: d, user: u}}\nsources: {s: {" +
                                     source + "}}\n",
                                 u"p.yaml"_s))
            .size();
    };
    for (const QByteArray field : {"id", "label", "prefix", "tier", "role"}) {
        const QByteArray id = field == "id" ? QByteArray() : QByteArray("id: id, ");
        QCOMPARE(faults("kind: api-keys, table: t, columns: {" + id + field + ": key}"), 1);
        QCOMPARE(faults("kind: api-keys, table: t, columns: {" + id + field + ": key_id}"), 0);
    }
    QCOMPARE(faults("kind: feature-flags, table: t, columns: {key: key, set: value}"), 0);
}

void TestCustody::theRingIsReadFromARealServer()
{
    test::PostgresFixture postgres;
    postgres.execute(quotedTables);
    postgres.execute("GRANT SELECT (kid, state, created_at, activated_at, retire_after) ON jwt_keys TO viewer;"
                     "GRANT SELECT ON sessions TO viewer");
    Profile profile = presetProfile();
    profile.connections[u"postgresql"_s] = postgres.connection(u"viewer"_s, "see");
    const SourceAnswer answer = ask(profile, u"keys"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QVERIFY(answer.outcome->refusals.isEmpty());
    QCOMPARE(answer.exchanges.size(), 2);
    const QList<SigningKey> keys = factsIn<SigningKey>(*answer.outcome);
    QCOMPARE(keys.size(), 3);
    const auto key = [&](const QString &id) { return *std::ranges::find(keys, id, &SigningKey::id); };
    QCOMPARE(key(u"k0"_s).state.value, KeyState::Retired);
    QCOMPARE(key(u"k0"_s).tokens.value, 0);
    QCOMPARE(key(u"k1"_s).state.value, KeyState::Active);
    QCOMPARE(key(u"k1"_s).tokens.value, 2); // neither the revoked one nor the expired one
    QCOMPARE(key(u"k1"_s).lastTokenExpiry.value, Instant(std::chrono::seconds(4'070'908'800)));
    QVERIFY(!key(u"k1"_s).retireAfter.has());
    QCOMPARE(key(u"k2"_s).state.value, KeyState::Next);
    QCOMPARE(key(u"k2"_s).createdAt.value, Instant(std::chrono::seconds(1'772'323'200))); // 2026-03-01 00:00 UTC
    QVERIFY(!key(u"k2"_s).activatedAt.has());
    QCOMPARE(key(u"k2"_s).tokens.value, 0);
}

void TestCustody::timesWithoutAZoneAreReadInOneWay()
{
    test::PostgresFixture postgres;
    const PostgresConnection there = postgres.connection();
    postgres.execute("ALTER DATABASE " + identifier(there.database) + " SET timezone = 'Asia/Taipei'");
    postgres.execute("CREATE TABLE jwt_keys (kid text, secret text, state text, created_at timestamp, activated_at "
                     "timestamp, retire_after timestamp); INSERT INTO jwt_keys VALUES ('old', '', 'retiring');"
                     "CREATE TABLE sessions (kid text, expires_at timestamp, revoked_at timestamp);"
                     "INSERT INTO sessions VALUES ('old', (now() + interval '1 hour') AT TIME ZONE 'UTC');"
                     "CREATE TABLE feature_flags (key text, enabled boolean, rollout_percent int, updated_by text, "
                     "updated_at timestamp); INSERT INTO feature_flags VALUES "
                     "('just_now', true, 0, NULL, now() AT TIME ZONE 'UTC')");
    Profile profile = presetProfile();
    profile.connections[u"postgresql"_s] = there;
    const SourceAnswer keys = ask(profile, u"keys"_s);
    QVERIFY2(keys.outcome && keys.outcome->refusals.isEmpty(), "keys");
    const SigningKey key = factsIn<SigningKey>(*keys.outcome).first();
    QCOMPARE(key.tokens.value, 1);
    QVERIFY(key.lastTokenExpiry.has());
    const Instant now{std::chrono::milliseconds(QDateTime::currentMSecsSinceEpoch())};
    QVERIFY(*key.lastTokenExpiry > now + 59min && *key.lastTokenExpiry <= now + 61min);
    const SourceAnswer flags = ask(profile, u"flags"_s);
    QVERIFY2(flags.outcome && flags.outcome->refusals.isEmpty(), "flags");
    QVERIFY(!factsIn<FeatureFlag>(*flags.outcome).first().effective.has());
}

void TestCustody::flagsAndApiKeysAreReadFromARealServer()
{
    test::PostgresFixture postgres;
    postgres.execute(quotedTables);
    postgres.execute(
        "GRANT SELECT ON feature_flags TO viewer;"
        "CREATE TABLE api_keys (id serial PRIMARY KEY, prefix text, hash text, tier text, role text, "
        "last_used_at timestamptz, expires_at timestamptz, revoked_at timestamptz);"
        "INSERT INTO api_keys (prefix, hash, tier, role, revoked_at) VALUES ('lg_1', 'hunter2', 'basic', 'driver', "
        "'2026-03-01 00:00+00'), ('lg_2', 'hunter2', 'premium', NULL, NULL);"
        "GRANT SELECT (id, prefix, tier, role, last_used_at, expires_at, revoked_at) ON api_keys TO viewer");
    Profile profile = presetProfile();
    profile.connections[u"postgresql"_s] = postgres.connection(u"viewer"_s, "see");
    const SourceAnswer flags = ask(profile, u"flags"_s);
    QVERIFY2(flags.outcome && flags.outcome->refusals.isEmpty(), "flags");
    const QList<FeatureFlag> told = factsIn<FeatureFlag>(*flags.outcome);
    QCOMPARE(told.size(), 2);
    QCOMPARE(told[0].key + *told[0].set, u"demoon"_s);
    QCOMPARE(told[0].rollout.value, 50);
    QCOMPARE(*told[0].updatedBy, u"maria"_s);
    QCOMPARE(told[0].updatedAt.value, Instant(std::chrono::seconds(1'772'323'200)));
    QCOMPARE(told[1].key + *told[1].set, u"voiceoff"_s);
    QCOMPARE(told[1].rollout.value, 0);
    QVERIFY(!told[1].updatedBy.has() && !told[1].updatedAt.has());

    Profile gas = presetProfile("luckygas");
    gas.connections[u"postgresql"_s] = postgres.connection(u"viewer"_s, "see");
    const SourceAnswer keys = ask(gas, u"api_keys"_s);
    QVERIFY2(keys.outcome && keys.outcome->refusals.isEmpty(), "keys");
    const QList<ApiKey> all = factsIn<ApiKey>(*keys.outcome);
    QCOMPARE(all.size(), 2);
    QCOMPARE(*all[0].prefix, u"lg_2"_s); // those that work come first
    QVERIFY(!all[0].role.has() && !all[0].revokedAt.has() && !all[0].lastUsedAt.has());
    QCOMPARE(all[1].id, u"1"_s);
    QCOMPARE(*all[1].role, u"driver"_s);
    QCOMPARE(all[1].revokedAt.value, Instant(std::chrono::seconds(1'772'323'200)));
}

void TestCustody::aViewerWithoutRightsIsToldTheGrantThatHelps()
{
    test::PostgresFixture postgres;
    postgres.execute(quotedTables);
    Profile profile = presetProfile();
    profile.connections[u"postgresql"_s] = postgres.connection(u"viewer"_s, "see");
    const auto grant = [](const QString &message) { return message.mid(message.indexOf(u"GRANT "_s)).toUtf8(); };
    SourceAnswer answer = ask(profile, u"keys"_s);
    QVERIFY(answer.outcome && answer.outcome->facts.isEmpty());
    QCOMPARE(answer.outcome->refusals.size(), 1);
    const QString keys = refusalOf(*answer.outcome, u"signing_key"_s, ErrorCode::Forbidden);
    QVERIFY2(keys.startsWith(u"viewer may not read jwt_keys; GRANT SELECT ("_s), qPrintable(keys));
    QVERIFY2(!keys.contains(u"secret"_s), qPrintable(keys));
    postgres.execute(grant(keys));
    answer = ask(profile, u"keys"_s);
    QCOMPARE(answer.outcome->facts.size(), 3);
    QVERIFY(!factsIn<SigningKey>(*answer.outcome).first().tokens.has());
    postgres.execute(grant(refusalOf(*answer.outcome, u"signing_key/tokens"_s, ErrorCode::Forbidden)));
    answer = ask(profile, u"keys"_s);
    QVERIFY(answer.outcome->refusals.isEmpty());
    QVERIFY(factsIn<SigningKey>(*answer.outcome).first().tokens.has());
}

void TestCustody::aMissingTableAndARenamedColumnAreToldOnARealServer()
{
    test::PostgresFixture postgres;
    Profile profile = presetProfile();
    profile.connections[u"postgresql"_s] = postgres.connection();
    SourceAnswer answer = ask(profile, u"keys"_s);
    QVERIFY(answer.outcome);
    QVERIFY(refusalOf(*answer.outcome, u"signing_key"_s, ErrorCode::NotFound).contains(u"no table jwt_keys"_s));
    postgres.execute(quotedTables);
    postgres.execute("ALTER TABLE jwt_keys RENAME state TO key_state; ALTER TABLE sessions RENAME kid TO key_id");
    answer = ask(profile, u"keys"_s);
    const QString renamed = refusalOf(*answer.outcome, u"signing_key"_s, ErrorCode::NotFound);
    QVERIFY2(renamed.contains(u"no column state"_s) && renamed.contains(u"key_state"_s), qPrintable(renamed));
    postgres.execute("ALTER TABLE jwt_keys RENAME key_state TO state");
    answer = ask(profile, u"keys"_s);
    QCOMPARE(answer.outcome->facts.size(), 3);
    const QString sessions = refusalOf(*answer.outcome, u"signing_key/tokens"_s, ErrorCode::NotFound);
    QVERIFY2(sessions.contains(u"no column kid; write 'key: "_s) && sessions.contains(u"'sessions'"_s),
             qPrintable(sessions));
    postgres.execute("ALTER TABLE jwt_keys ALTER activated_at TYPE bigint USING 0");
    answer = ask(profile, u"keys"_s);
    const QString type = refusalOf(*answer.outcome, u"signing_key"_s, ErrorCode::NotFound);
    QVERIFY2(type.contains(u"a time is expected"_s), qPrintable(type));
}

void TestCustody::sessionsThatTakeTooLongCostTheKeysNothing()
{
    test::PostgresFixture postgres;
    postgres.execute(quotedTables);
    postgres.execute("DROP TABLE sessions; CREATE VIEW sessions AS SELECT 'k1' AS kid, now() + interval '1 h' AS "
                     "expires_at, NULL::timestamptz AS revoked_at FROM pg_sleep(8);"
                     "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC");
    Profile profile = presetProfile();
    profile.connections[u"postgresql"_s] = postgres.connection();
    std::ranges::find(profile.sources, u"keys"_s, &SourceSpec::id)->deadline = 2s;
    const SourceAnswer answer = ask(profile, u"keys"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(answer.outcome->facts.size(), 3);
    QVERIFY(refusalOf(*answer.outcome, u"signing_key/tokens"_s, ErrorCode::Timeout) != u"none"_s);
}

void TestCustody::aServerThatIsGoneIsAFailure()
{
    Profile profile = presetProfile();
    PostgresConnection nobody = connection;
    nobody.host = u"127.0.0.1"_s;
    nobody.port = 1;
    nobody.sslmode = u"disable"_s;
    profile.connections[u"postgresql"_s] = nobody;
    for (const QString &source : {u"keys"_s, u"flags"_s}) {
        const SourceAnswer answer = ask(profile, source);
        QVERIFY(!answer.outcome);
        QCOMPARE(answer.outcome.error().code, ErrorCode::Unreachable);
    }
}

QTEST_GUILESS_MAIN(TestCustody)
#include "tst_custody.moc"
