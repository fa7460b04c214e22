/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/limit_headers.h"
#include "support/http_fixture.h"
#include "wire/http.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
const Instant now{1'750'000'000'500ms};

const TierPolicy api{.name = u"api"_s, .limit = 300, .window = 3600s, .scopes = {}};

/// "SCOPE USED of LIMIT WINDOW RESET", the window in seconds and the reset in milliseconds from now; "-" is not told.
QString line(const RateLimit &limit)
{
    return u"%1 %2 of %3 %4 %5"_s.arg(limit.scope)
        .arg(limit.used.valueOr(-1))
        .arg(limit.limit.valueOr(-1))
        .arg(limit.window.has() ? QString::number(limit.window->count() / 1000) : u"-"_s,
             limit.resetsAt.has() ? QString::number((*limit.resetsAt - now).count()) : u"-"_s);
}

HttpReply replyWith(const QByteArrayList &headers)
{
    HttpReply reply{.status = 200, .headers = {{"Content-Type", "application/json"}}};
    for (const QByteArray &header : headers) {
        const qsizetype colon = header.indexOf(':');
        reply.headers.append({header.left(colon), header.mid(colon + 1).trimmed()});
    }
    return reply;
}
} // namespace

class TestLimitHeaders : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void dialectsAreRead_data();
    void dialectsAreRead();
    void eachValueHasItsHeaderForOrigin();
    void aSourceTellsItsOwnLimit_data();
    void aSourceTellsItsOwnLimit();
};

void TestLimitHeaders::dialectsAreRead_data()
{
    QTest::addColumn<QByteArrayList>("headers");
    QTest::addColumn<QStringList>("found");
    const auto row = [](const char *name, const QByteArrayList &headers, const QStringList &found) {
        QTest::newRow(name) << headers << found;
    };
    row("none", {}, {});
    // express-rate-limit 8
    row("legacy", {"X-RateLimit-Limit: 100", "X-RateLimit-Remaining: 58", "X-RateLimit-Reset: 1750000042"},
        {u" 42 of 100 - 41500"_s});
    row("draft 6",
        {"RateLimit-Policy: 100;w=60", "RateLimit-Limit: 100", "RateLimit-Remaining: 58", "RateLimit-Reset: 42"},
        {u" 42 of 100 60 42000"_s});
    row("draft 7", {"RateLimit-Policy: 100;w=60", "RateLimit: limit=100, remaining=58, reset=42"},
        {u" 42 of 100 60 42000"_s});
    row("draft 8",
        {R"(RateLimit-Policy: "100-in-1min"; q=100; w=60; pk=:MTIzNDU2Nzg5MDEy:)",
         R"(RateLimit: "100-in-1min"; r=58; t=42)"},
        {u"100-in-1min 42 of 100 60 42000"_s});
    row("draft 8, two policies in headers of their own",
        {R"(RateLimit-Policy: "burst";q=10;w=1)", R"(RateLimit-Policy: "a,b;c";q=1000;w=86400)",
         R"(RateLimit: "burst";r=10;t=1)", R"(RateLimit: "a,b;c";r=0;t=4000)"},
        {u"burst 0 of 10 1 1000"_s, u"a,b;c 1000 of 1000 86400 4000000"_s});
    // slowapi: the reset is a float, and Retry-After comes with every reply.
    row("slowapi",
        {"x-ratelimit-limit: 5", "x-ratelimit-remaining: 3", "x-ratelimit-reset: 1750000012.25", "retry-after: 99"},
        {u" 2 of 5 - 11750"_s});
    row("legacy, as a delay", {"X-RateLimit-Limit: 5", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 30"},
        {u" 5 of 5 - 30000"_s});
    row("Retry-After wins where nothing is left",
        {"X-RateLimit-Limit: 5", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1750000030", "Retry-After: 120"},
        {u" 5 of 5 - 120000"_s});
    row("without a window, the tier's own limit", {"X-RateLimit-Limit: 300", "X-RateLimit-Remaining: 299"},
        {u" 1 of 300 3600 -"_s});
    row("with a window, the tier's own limit",
        {"RateLimit-Policy: 300;w=60", "RateLimit: limit=300, remaining=299, reset=1"}, {u" 1 of 300 60 1000"_s});
    row("Retry-After as a date",
        {"X-RateLimit-Limit: 5", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 30",
         "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"},
        {u" 5 of 5 - 30000"_s});
    row("without a reset", {"X-RateLimit-Limit: 5", "X-RateLimit-Remaining: 5"}, {u" 0 of 5 - -"_s});
    row("several windows in one limit",
        {"RateLimit-Limit: 10, 10;w=1, 50;w=60", "RateLimit-Remaining: 4", "RateLimit-Reset: 1"},
        {u" 6 of 10 - 1000"_s});
    row("a policy of another limit", {"RateLimit-Policy: 50;w=60, 10;w=1", "RateLimit: limit=10, remaining=4, reset=1"},
        {u" 6 of 10 1 1000"_s});
    row("the newest dialect counts",
        {"X-RateLimit-Limit: 5", "X-RateLimit-Remaining: 3", "RateLimit: limit=100, remaining=58, reset=42"},
        {u" 42 of 100 - 42000"_s});
    row("a name twice", {R"(RateLimit-Policy: "a";q=9)", R"(RateLimit: "a";r=3, "a";r=4)"}, {u"a 6 of 9 - -"_s});
    row("draft 8 without its policy", {R"(RateLimit: "default";r=50;t=30)"}, {});
    row("no limit", {"X-RateLimit-Remaining: 3"}, {});
    row("nothing remains to be told", {"X-RateLimit-Limit: 5"}, {});
    row("more left than there is", {"X-RateLimit-Limit: 5", "X-RateLimit-Remaining: 6"}, {});
    row("negative", {"X-RateLimit-Limit: 5", "X-RateLimit-Remaining: -1"}, {});
    row("no number", {"X-RateLimit-Limit: 5", "X-RateLimit-Remaining: nan"}, {});
    row("beyond all counts", {"X-RateLimit-Limit: 1e300", "X-RateLimit-Remaining: 1"}, {});
    row("a reset that is none", {"X-RateLimit-Limit: 5", "X-RateLimit-Remaining: 1", "X-RateLimit-Reset: soon"},
        {u" 4 of 5 - -"_s});
    row("an open quote", {R"(RateLimit-Policy: "a;q=9)", R"(RateLimit: "a;r=3)"}, {});
    row("empty", {"RateLimit:", "RateLimit-Policy:"}, {});
}

void TestLimitHeaders::dialectsAreRead()
{
    QFETCH(QByteArrayList, headers);
    QFETCH(QStringList, found);
    QStringList lines;
    for (const RateLimit &limit : headerLimits(replyWith(headers), api, now, 1)) {
        QCOMPARE(limit.tier, u"api"_s);
        QCOMPARE(limit.client, u"quarterdeck"_s);
        lines.append(line(limit));
    }
    QCOMPARE(lines, found);
}

void TestLimitHeaders::eachValueHasItsHeaderForOrigin()
{
    const HttpReply reply =
        replyWith({"x-RateLimit-Limit: 5", "x-RateLimit-Remaining: 0", "Retry-After: 9", "X-Other: 1"});
    const RateLimit limit = headerLimits(reply, api, now, 1).value(0);
    QCOMPARE(limit.used.origin, (Origin{1, u"x-RateLimit-Remaining"_s}));
    QCOMPARE(limit.resetsAt.origin, (Origin{1, u"Retry-After"_s}));
    QCOMPARE(limitHeaders(reply), "x-RateLimit-Limit: 5\nx-RateLimit-Remaining: 0\nRetry-After: 9\n");
}

void TestLimitHeaders::aSourceTellsItsOwnLimit_data()
{
    QTest::addColumn<QByteArray>("option");
    QTest::addColumn<QByteArrayList>("headers");
    QTest::addColumn<int>("limits");
    QTest::addColumn<int>("refused");
    const QByteArrayList some{"X-RateLimit-Limit: 100", "X-RateLimit-Remaining: 58"};
    QTest::newRow("told") << QByteArray(", limit_headers: api") << some << 1 << 0;
    QTest::newRow("not asked for") << QByteArray() << some << 0 << 0;
    QTest::newRow("none there") << QByteArray(", limit_headers: api") << QByteArrayList() << 0 << 1;
}

void TestLimitHeaders::aSourceTellsItsOwnLimit()
{
    QFETCH(QByteArray, option);
    QFETCH(QByteArrayList, headers);
    QFETCH(int, limits);
    QFETCH(int, refused);
    test::HttpFixture server;
    server.answer("/health", {.body = R"({"status":"ok"})", .headers = headers});
    const auto profile = parseProfile("quarterdeck: 1\nname: d\nenvironment: test\nconnections:\n  http: {url: '" +
                                          server.url().toEncoded() +
                                          "'}\nsources:\n  health: {kind: http-health, path: /health, map: {status: "
                                          "/status, words: {ok: ok}}" +
                                          option + "}\n",
                                      u"p.yaml"_s);
    QVERIFY(profile);
    const auto factory = sourceFactory(profile->sources.first(), *profile);
    QVERIFY(factory);
    HttpClient http;
    const auto source = (*factory)({.http = &http});
    std::optional<SourceAnswer> answer;
    const Call call = source->poll([&](const SourceAnswer &a) { answer = a; });
    QTRY_VERIFY(answer);
    QVERIFY(answer->outcome);
    QCOMPARE(answer->outcome->facts.size(), 1 + limits);
    QCOMPARE(answer->outcome->refusals.size(), refused);
    if (limits > 0) {
        QCOMPARE(line(std::get<RateLimit>(answer->outcome->facts[1])), u" 42 of 100 - -"_s);
        QCOMPARE(answer->exchanges.size(), 2);
        QVERIFY2(answer->exchanges[1].command.endsWith(u"/health -o /dev/null -D -"_s),
                 qPrintable(answer->exchanges[1].command));
        QVERIFY(answer->exchanges[1].reply.contains("X-RateLimit-Remaining: 58"));
    }
    if (refused > 0)
        QCOMPARE(answer->outcome->refusals[0].what, u"limit/headers"_s);
}

QTEST_GUILESS_MAIN(TestLimitHeaders)
#include "tst_limit_headers.moc"
