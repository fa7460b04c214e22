/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/token.h"
#include "bench.h"
#include "support/json_rings.h"

#include <QProcess>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;

namespace {
constexpr auto refresh = 1s;

/// RFC 7515, appendix A.3.1, as PKCS#8.
constexpr auto keyOfTheStandard = "-----BEGIN PRIVATE KEY-----\n"
                                  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n"
                                  "H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n"
                                  "7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n"
                                  "-----END PRIVATE KEY-----\n";
constexpr auto tokenOfTheStandard =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

QString ago(std::chrono::seconds time)
{
    return QDateTime::currentDateTimeUtc().addSecs(-time.count()).toString(Qt::ISODateWithMs);
}

void write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("%s cannot be written", qPrintable(path));
}

/// One INTEGER of a signature in DER.
QByteArray integer(QByteArray value)
{
    while (value.size() > 1 && value[0] == 0)
        value.remove(0, 1);
    if (static_cast<unsigned char>(value[0]) >= 128)
        value.prepend('\0');
    return QByteArray("\x02") + static_cast<char>(value.size()) + value;
}

/// What the program `openssl` says of the token's signature.
bool isSignedBy(const QByteArray &token, const QByteArray &pem)
{
    const QTemporaryDir directory;
    const qsizetype dot = token.lastIndexOf('.');
    const QByteArray both = QByteArray::fromBase64(token.mid(dot + 1), base64url);
    if (both.size() != 64)
        return false;
    const QByteArray pair = integer(both.first(32)) + integer(both.last(32));
    write(directory.filePath(u"key"_s), pem);
    write(directory.filePath(u"text"_s), token.first(dot));
    write(directory.filePath(u"signature"_s), QByteArray(1, '\x30') + static_cast<char>(pair.size()) + pair);
    const auto openssl = [](const QStringList &arguments) {
        QProcess process;
        process.start(u"openssl"_s, arguments);
        if (!process.waitForFinished(20'000))
            qFatal("openssl does not run: %s", qPrintable(process.errorString()));
        return process.exitCode() == 0;
    };
    const QString half = directory.filePath(u"public"_s);
    return openssl({u"pkey"_s, u"-in"_s, directory.filePath(u"key"_s), u"-pubout"_s, u"-out"_s, half}) &&
           openssl({u"dgst"_s, u"-sha256"_s, u"-verify"_s, half, u"-signature"_s, directory.filePath(u"signature"_s),
                    directory.filePath(u"text"_s)});
}
} // namespace

/// Keys of ES256 in a real Redis, whose public halves the service publishes as a JWK Set.
class TestPublishedKeys : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void aTokenIsAsItsStandardSays();
    void thePublicHalfIsAsItsStandardSays();
    void whatIsNoKeySignsNothing_data();
    void whatIsNoKeySignsNothing();
    void aKeyIsRotatedAndNobodyNotices();
    void itIsWaitedAsLongAsTheSetMayBeKept();
    void aSetThatMayBeKeptForTooLongIsRefused();
    void whatTheSetDoesNotListDoesNotSign();
    void anotherKeyByThatNameIsSeen();
    void aRetiredKeyIsGoneFromTheSet();
    void aRevokedKeyIsGoneFromTheSet();
    void aProfileSaysWhatMayBeDone_data();
    void aProfileSaysWhatMayBeDone();

private:
    [[nodiscard]] std::unique_ptr<Action> action(const QString &id);
    [[nodiscard]] QStringList listed();

    std::unique_ptr<RedisFixture> m_redis;
    std::unique_ptr<RedisRing> m_ring;
    std::unique_ptr<FakeKeyService> m_service;
    HttpFixture m_other; ///< publishes as well
    QByteArray m_jwks = "{path: /jwks}";
    SystemClock m_clock;
};

void TestPublishedKeys::initTestCase()
{
    m_redis = std::make_unique<RedisFixture>();
    m_ring = std::make_unique<RedisRing>(*m_redis);
}

void TestPublishedKeys::init()
{
    m_redis->command({"FLUSHALL"});
    m_redis->command({"SET", "quarterdeck:environment", "shop/staging"});
    m_ring->hold(u"k1"_s,
                 {{u"state"_s, u"active"_s}, {u"created_at"_s, ago(9 * 24h)}, {u"activated_at"_s, ago(8 * 24h)}},
                 keyOfTheStandard);
    m_service = std::make_unique<FakeKeyService>([this] { return m_ring->keys(); }, refresh / 2);
    m_service->letIn();
    m_jwks = "{path: /jwks}";
}

void TestPublishedKeys::cleanup()
{
    m_service.reset();
}

std::unique_ptr<Action> TestPublishedKeys::action(const QString &id)
{
    const QByteArray url = "{kind: http, url: \"http://127.0.0.1:";
    QByteArray text =
        "quarterdeck: 1\nname: shop\nenvironment: staging\nconnections:\n  http: " + url +
        QByteArray::number(m_service->port()) + "\"}\n  other: " + url + QByteArray::number(m_other.port()) +
        "\"}\n  redis_operator: {kind: redis, host: 127.0.0.1, port: " +
        QByteArray::number(m_redis->connection().port) +
        "}\nsources:\n  keys: {kind: redis-signing-keys, connection: redis_operator, hash: \"app:keys\", members: "
        "{state: state, created_at: created_at, activated_at: activated_at, retire_after: retire_after}}\nactions:\n";
    for (const QByteArray deed : {"rotate", "retire", "revoke"})
        text += "  " + deed + ": {kind: " + deed +
                "-signing-key, secret: secret, refresh: 1 s, algorithm: ES256, jwks: " + m_jwks +
                ", probe: {path: /me, every: 50 ms}}\n";
    const auto parsed = parseProfile(text, u"shop.yaml"_s);
    if (!parsed)
        qFatal("%s", qPrintable(parsed.error().first().message));
    auto action = makeAction(id, *parsed, m_clock);
    if (!action)
        qFatal("%s", qPrintable(action.error().first().message));
    return std::move(*action);
}

/// As states() calls them.
QStringList TestPublishedKeys::listed()
{
    QStringList ids;
    for (const auto &[id, secret] : m_ring->keys().secrets)
        ids.append(id.startsWith("k-") ? u"new"_s : QString::fromUtf8(id));
    return ids;
}

void TestPublishedKeys::aTokenIsAsItsStandardSays()
{
    QVERIFY(isSignedBy(tokenOfTheStandard, keyOfTheStandard)); // it can tell
    QVERIFY(
        !isSignedBy(QByteArray(tokenOfTheStandard).replace("joe", "eve").replace("pc3Mi", "pc3Mj"), keyOfTheStandard));
    const Secret made = newSecret(TokenAlgorithm::Es256);
    QVERIFY(made.reveal().startsWith("-----BEGIN PRIVATE KEY-----\n"));
    QVERIFY(made.reveal() != newSecret(TokenAlgorithm::Es256).reveal());
    for (int i = 0; i < 20; ++i) { // r and s begin with zeros now and then
        const auto token = signedToken(u"k1"_s, {{u"n"_s, i}}, made, TokenAlgorithm::Es256);
        QVERIFY(token);
        const QByteArrayList parts = token->reveal().split('.');
        QCOMPARE(parts.size(), 3);
        QCOMPARE(QByteArray::fromBase64(parts[0], base64url), R"({"alg":"ES256","kid":"k1","typ":"JWT"})");
        QVERIFY(isSignedBy(token->reveal(), made.reveal()));
        QVERIFY(!isSignedBy(token->reveal(), keyOfTheStandard));
    }
}

void TestPublishedKeys::thePublicHalfIsAsItsStandardSays()
{
    const auto half = publicHalf(Secret(QByteArray(keyOfTheStandard)));
    QVERIFY(half);
    QCOMPARE(half->size(), 4);
    QCOMPARE(half->value("kty"_L1), u"EC"_s);
    QCOMPARE(half->value("crv"_L1), u"P-256"_s);
    QCOMPARE(half->value("x"_L1), u"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"_s);
    QCOMPARE(half->value("y"_L1), u"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"_s);
}

void TestPublishedKeys::whatIsNoKeySignsNothing_data()
{
    QTest::addColumn<QStringList>("openssl"); ///< that makes it; none: it is text
    QTest::newRow("a secret of HS256") << QStringList();
    QTest::newRow("another curve") << QStringList{u"-algorithm"_s, u"EC"_s, u"-pkeyopt"_s,
                                                  u"ec_paramgen_curve:P-384"_s};
    QTest::newRow("RSA") << QStringList{u"-algorithm"_s, u"RSA"_s};
    QTest::newRow("with a password") << QStringList{
        u"-algorithm"_s, u"EC"_s, u"-pkeyopt"_s, u"ec_paramgen_curve:P-256"_s, u"-aes256"_s, u"-pass"_s, u"pass:x"_s};
}

void TestPublishedKeys::whatIsNoKeySignsNothing()
{
    QFETCH(QStringList, openssl);
    QByteArray key(64, '1');
    if (!openssl.isEmpty()) {
        QProcess process;
        process.start(u"openssl"_s, QStringList{u"genpkey"_s} + openssl);
        QVERIFY(process.waitForFinished(20'000));
        key = process.readAllStandardOutput();
        QVERIFY(key.startsWith("-----BEGIN"));
    }
    const Secret secret(std::move(key));
    const auto token = signedToken(u"k1"_s, {}, secret, TokenAlgorithm::Es256);
    QVERIFY(!token);
    QCOMPARE(token.error().code, ErrorCode::BadInput);
    QVERIFY(!publicHalf(secret));
}

void TestPublishedKeys::aKeyIsRotatedAndNobodyNotices()
{
    QTRY_VERIFY(m_service->came > 20);
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QStringList codes;
    for (const Phrase &step : plan->steps)
        codes.append(step.code);
    QCOMPARE(codes, (QStringList{u"key-published"_s, u"key-listed"_s, u"key-set-read"_s, u"key-proved"_s,
                                 u"key-signs"_s, u"keys-proved"_s, u"retirement-scheduled"_s}));
    const Report report = bench.engine.run(*rotate, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_ring->states(), "k1 retiring until, new active");
    const int came = m_service->came;
    QTRY_VERIFY(m_service->came > came + 50);
    QCOMPARE(m_service->refused, 0);
    const QByteArray secret = m_ring->secretOf(m_ring->newKey());
    QVERIFY(secret.startsWith("-----BEGIN PRIVATE KEY-----\n"));
    const auto all = bench.journal->entries({}, patience);
    QVERIFY(all && all->size() > 12);
    for (const Entry &entry : *all) {
        for (const QByteArray &line : secret.split('\n'))
            QVERIFY(line.isEmpty() || !entry.body.contains(line));
    }
    const Report back = bench.engine.undo(*rotate, *plan);
    QVERIFY2(back.ending == Ending::Undone, qPrintable(said(back)));
    QCOMPARE(m_ring->states(), "k1 active, new retiring until");
    QCOMPARE(m_service->refused, 0);
}

void TestPublishedKeys::itIsWaitedAsLongAsTheSetMayBeKept()
{
    m_service->maxAge = 3;
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    QCOMPARE(plan.steps[2].arguments.value(2), u"3"_s);
    QVERIFY(rotate->begin(plan, u"ada@desk"_s, soon()));
    QVERIFY(rotate->perform(plan, 0, soon()));
    QVERIFY(rotate->perform(plan, 1, soon()));
    const QDateTime from = QDateTime::currentDateTimeUtc();
    const auto waited = rotate->perform(plan, 2, soon());
    QVERIFY2(waited, waited ? "" : qPrintable(waited.error().message));
    const qint64 lasted = from.msecsTo(QDateTime::currentDateTimeUtc());
    QVERIFY2(lasted >= 2500 && lasted < 8000, qPrintable(QString::number(lasted)));
    rotate->end(soon());
}

void TestPublishedKeys::aSetThatMayBeKeptForTooLongIsRefused()
{
    m_service->maxAge = 86'400;
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(plan);
    const Report report = bench.engine.run(*rotate, *plan);
    QCOMPARE(report.ending, Ending::Refused);
    QVERIFY2(report.error->message.contains(u"may be kept for 86400 s"_s), qPrintable(report.error->message));
    QCOMPARE(m_ring->states(), "k1 active");
}

void TestPublishedKeys::whatTheSetDoesNotListDoesNotSign()
{
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    QVERIFY(rotate->begin(plan, u"ada@desk"_s, soon()));
    m_service->isSetStuck = true;
    QVERIFY(rotate->perform(plan, 0, soon()));
    std::thread later([this] {
        std::this_thread::sleep_for(2s); // the service verifies with it long since
        m_service->isSetStuck = false;
    });
    const auto seen = rotate->perform(plan, 1, soon());
    const bool isStillStuck = m_service->isSetStuck;
    later.join();
    QVERIFY2(seen, seen ? "" : qPrintable(seen.error().message));
    QVERIFY(!isStillStuck);
    rotate->end(soon());
}

void TestPublishedKeys::anotherKeyByThatNameIsSeen()
{
    m_jwks = "{path: /jwks.json, connection: other}";
    m_other.answer("/jwks.json", {.body = R"({"keys": []})"});
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    QVERIFY(rotate->begin(plan, u"ada@desk"_s, soon()));
    QVERIFY(rotate->perform(plan, 0, soon()));
    QJsonObject other = *publicHalf(Secret(QByteArray(keyOfTheStandard)));
    other.insert(u"kid"_s, m_ring->newKey());
    m_other.answer("/jwks.json", {.body = QJsonDocument(QJsonObject{{u"keys"_s, QJsonArray{other}}}).toJson()});
    const auto seen = rotate->perform(plan, 1, soon());
    QVERIFY(!seen);
    QVERIFY2(seen.error().message.contains(u"/jwks.json lists another key as k-"_s), qPrintable(seen.error().message));
    rotate->end(soon());
}

void TestPublishedKeys::aRetiredKeyIsGoneFromTheSet()
{
    m_ring->hold(u"k0"_s,
                 {{u"state"_s, u"retiring"_s},
                  {u"created_at"_s, ago(90 * 24h)},
                  {u"activated_at"_s, ago(89 * 24h)},
                  {u"retire_after"_s, ago(60s)}},
                 newSecret(TokenAlgorithm::Es256).reveal());
    m_jwks = "{path: /jwks.json, connection: other}";
    m_other.answer("/jwks.json", {.body = R"({"keys": [{"kid": "k0"}]})"});
    const auto retire = action(u"retire"_s);
    const Plan plan = planned(*retire, wishFor(u"k0"_s));
    QCOMPARE(plan.steps.size(), 2);
    QCOMPARE(plan.steps[1].code, u"key-unlisted"_s);
    QVERIFY(retire->begin(plan, u"ada@desk"_s, soon()));
    QVERIFY(retire->perform(plan, 0, soon()));
    QCOMPARE(m_ring->states(), "k0 retired, k1 active");
    std::atomic<bool> isGone = false;
    std::thread later([&] {
        std::this_thread::sleep_for(1s);
        isGone = true;
        m_other.answer("/jwks.json", {.body = R"({"keys": []})"});
    });
    const auto seen = retire->perform(plan, 1, soon());
    const bool wasGone = isGone;
    later.join();
    QVERIFY2(seen, seen ? "" : qPrintable(seen.error().message));
    QVERIFY(wasGone);
    retire->end(soon());
}

void TestPublishedKeys::aRevokedKeyIsGoneFromTheSet()
{
    const QByteArray token = m_service->issue();
    QVERIFY(m_service->accepts(token));
    const auto revoke = action(u"revoke"_s);
    const Plan plan = planned(*revoke, wishFor(u"k1"_s));
    QCOMPARE(plan.steps[1].code, u"key-unlisted"_s);
    QVERIFY(revoke->begin(plan, u"ada@desk"_s, soon()));
    for (qsizetype step = 0; step < plan.steps.size(); ++step) {
        const auto done = revoke->perform(plan, step, soon());
        QVERIFY2(done, done ? "" : qPrintable(done.error().message));
    }
    revoke->end(soon());
    QCOMPARE(m_ring->states(), "k1 retired, new active");
    QCOMPARE(listed(), QStringList{u"new"_s});
    QVERIFY(!m_service->accepts(token));
    QVERIFY(m_service->accepts(m_service->issue()));
}

void TestPublishedKeys::aProfileSaysWhatMayBeDone_data()
{
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<QString>("error");
    QTest::newRow("as it should be") << QByteArray("algorithm: ES256, jwks: {path: /jwks}") << QString();
    QTest::newRow("a secret is not published")
        << QByteArray("jwks: {path: /jwks}") << u"'jwks': what is published are public keys"_s;
    QTest::newRow("nobody knows it") << QByteArray("algorithm: RS256") << u"'algorithm'"_s;
    QTest::newRow("no path") << QByteArray("algorithm: ES256, jwks: {}") << u"'path' is missing"_s;
    QTest::newRow("nowhere") << QByteArray("algorithm: ES256, jwks: {path: /jwks, connection: nowhere}")
                             << u"there is no connection 'nowhere' over which the public keys are read"_s;
}

void TestPublishedKeys::aProfileSaysWhatMayBeDone()
{
    QFETCH(QByteArray, options);
    QFETCH(QString, error);
    const QString wrong =
        wrongIn("quarterdeck: 1\nname: shop\nenvironment: staging\nconnections:\n  http: {kind: http, url: "
                "\"http://127.0.0.1:9\"}\n  redis_operator: {kind: redis, host: 127.0.0.1}\nsources:\n  keys: {kind: "
                "redis-signing-keys, connection: redis_operator, hash: keys, members: {state: s, created_at: c, "
                "activated_at: a, retire_after: r}}\nactions:\n  rotate: {kind: rotate-signing-key, secret: s, " +
                options + "}\n");
    if (error.isEmpty())
        QCOMPARE(wrong, QString());
    else
        QVERIFY2(wrong.contains(error), qPrintable(wrong));
}

QTEST_GUILESS_MAIN(TestPublishedKeys)
#include "tst_published_keys.moc"
