/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/http_fixture.h"
#include "wire/http.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using qd::test::HttpFixture;
using Pace = HttpFixture::Answer::Pace;

namespace {

// One gzip member of 20 MiB of zeros is about 20 KB.
QByteArray gzipBomb(int mebibytes)
{
    const QByteArray zlib = qCompress(QByteArray(mebibytes * 1024 * 1024, '\0'), 9).mid(4);
    return zlib; // sent as "deflate", which is zlib's format
}

class TestHttp : public QObject
{
    Q_OBJECT

private:
    HttpClient m_client;
    test::TestCa m_ca;
    test::TestCa m_otherCa;

    Result<HttpReply> ask(const HttpRequest &request)
    {
        std::optional<Result<HttpReply>> outcome;
        const Call call = m_client.send(request, [&](Result<HttpReply> got) { outcome = std::move(got); });
        [&] { QTRY_VERIFY_WITH_TIMEOUT(outcome.has_value(), 15'000); }();
        return outcome.value_or(failure(ErrorCode::Internal, u"nothing was delivered"_s));
    }

    Result<HttpReply> get(const QUrl &url) { return ask({.url = url}); }

private Q_SLOTS:
    void aWholeAnswerArrivesWithItsParts()
    {
        HttpFixture server;
        server.answer("/health", {200, "application/json", R"({"status":"ok"})", {"X-Request-ID: 7"}});
        const auto reply = get(server.url(u"/health"_s));
        QVERIFY(reply);
        QCOMPARE(reply->status, 200);
        QCOMPARE(reply->body, QByteArray(R"({"status":"ok"})"));
        QCOMPARE(reply->contentType, QByteArray("application/json"));
        QVERIFY(reply->latency.count() > 0);
        const QByteArray head = server.requests().constFirst().head;
        QVERIFY2(!head.contains("h2c"), head.constData()); // no offer of HTTP/2
        QVERIFY(!head.toLower().contains("cookie"));
    }

    void anErrorStatusIsAnAnswer_data()
    {
        QTest::addColumn<int>("status");
        for (const int status : {400, 401, 403, 404, 418, 429, 500, 503, 599})
            QTest::addRow("%d", status) << status;
    }
    void anErrorStatusIsAnAnswer()
    {
        QFETCH(int, status);
        HttpFixture server;
        server.answer("/", {status, "application/json", R"({"a":1})"});
        const auto reply = get(server.url(u"/"_s));
        QVERIFY2(reply, reply ? "" : qPrintable(reply.error().message));
        QCOMPARE(reply->status, status);
        QCOMPARE(reply->body, QByteArray(R"({"a":1})"));
    }

    void aRedirectToTheSameOriginIsFollowedWithItsHeaders()
    {
        HttpFixture server;
        server.answer("/old", {307, "text/plain", "", {"Location: /new"}});
        server.answer("/new", {200, "text/plain", "here"});
        const auto reply = ask({.url = server.url(u"/old"_s), .headers = {{"Authorization", "Bearer t0ken"}}});
        QVERIFY(reply);
        QCOMPARE(reply->body, QByteArray("here"));
        QVERIFY(server.requests().constLast().head.contains("Bearer t0ken"));
    }

    void aRedirectElsewhereGetsNothingFromUs()
    {
        HttpFixture server;
        HttpFixture elsewhere;
        server.answer("/", {307, "text/plain", "", {"Location: " + elsewhere.url(u"/steal"_s).toEncoded()}});
        const auto reply = ask({.method = "POST",
                                .url = server.url(u"/"_s),
                                .headers = {{"Authorization", "Bearer t0ken"}, {"X-Api-Key", "k3y"}},
                                .body = "payload"});
        QVERIFY(!reply);
        QCOMPARE(reply.error().code, ErrorCode::Redirected);
        QCOMPARE(elsewhere.connections(), 0);
    }

    void anotherSchemeIsAnotherOrigin()
    {
        HttpFixture server;
        const QByteArray port = QByteArray::number(server.port());
        server.answer("/", {302, "text/plain", "", {"Location: https://127.0.0.1:" + port + "/"}});
        QCOMPARE(get(server.url(u"/"_s)).error().code, ErrorCode::Redirected);
        QCOMPARE(server.connections(), 1);
    }

    void theDeadlineIsForAllRedirectsTogether()
    {
        HttpFixture server;
        server.answer("/", {302, "text/plain", QByteArray(15, '.'), {"Location: /"}, Pace::Dripping}); // 300 ms each
        const auto reply = ask({.url = server.url(u"/"_s), .deadline = 700ms});
        QCOMPARE(reply.error().code, ErrorCode::Timeout);
    }

    void aCircleOfRedirectsEnds()
    {
        HttpFixture server;
        server.answer("/", {302, "text/plain", "", {"Location: /"}});
        const auto reply = get(server.url(u"/"_s));
        QCOMPARE(reply.error().code, ErrorCode::BadReply);
        QCOMPARE(server.requests().size(), 6);
    }

    void aHugeBodyIsCutOffWhileItComes()
    {
        HttpFixture server;
        HttpFixture::Answer answer;
        answer.endless = 100LL * 1024 * 1024;
        server.answer("/", answer);
        const auto reply = ask({.url = server.url(u"/"_s), .maxBytes = 1024 * 1024});
        QCOMPARE(reply.error().code, ErrorCode::TooLarge);
        QTRY_COMPARE(server.open(), 0);
        QVERIFY2(server.bytesSent() < 30LL * 1024 * 1024, QByteArray::number(server.bytesSent()).constData());
    }

    void aCompressedBombIsCountedDecoded()
    {
        HttpFixture server;
        const QByteArray bomb = gzipBomb(50);
        QVERIFY(bomb.size() < 100 * 1024);
        server.answer("/", {200, "application/json", bomb, {"Content-Encoding: deflate"}});
        const auto reply = ask({.url = server.url(u"/"_s), .maxBytes = 1024 * 1024});
        QCOMPARE(reply.error().code, ErrorCode::TooLarge);
        server.answer(
            "/small",
            {200, "application/json", qCompress(QByteArray(300'000, 'y')).mid(4), {"Content-Encoding: deflate"}});
        const auto small = get(server.url(u"/small"_s));
        QVERIFY(small);
        QCOMPARE(small->body, QByteArray(300'000, 'y'));
    }

    void aLargeBodyUnderTheCapIsWhole()
    {
        HttpFixture server;
        HttpFixture::Answer answer;
        answer.endless = 3LL * 1024 * 1024;
        server.answer("/", answer);
        const auto reply = get(server.url(u"/"_s));
        QVERIFY(reply);
        QCOMPARE(reply->body.size(), 3 * 1024 * 1024);
    }

    void theDeadlineIsForTheWhole_data()
    {
        QTest::addColumn<int>("pace");
        QTest::newRow("accepts and never answers") << static_cast<int>(Pace::Silent);
        QTest::newRow("drips") << static_cast<int>(Pace::Dripping);
    }
    void theDeadlineIsForTheWhole()
    {
        QFETCH(int, pace);
        HttpFixture server;
        server.answer("/", {200, "text/plain", QByteArray(10'000, 'z'), {}, static_cast<Pace>(pace)});
        QElapsedTimer clock;
        clock.start();
        const auto reply = ask({.url = server.url(u"/"_s), .deadline = 300ms});
        QCOMPARE(reply.error().code, ErrorCode::Timeout);
        QVERIFY2(clock.elapsed() < 1500, QByteArray::number(clock.elapsed()).constData());
        QTRY_COMPARE(server.open(), 0);
    }

    void aBodyCutOffIsNoAnswer()
    {
        HttpFixture server;
        server.answer("/", {200, "text/plain", QByteArray(10'000, 'z'), {}, Pace::CutOff});
        QCOMPARE(get(server.url(u"/"_s)).error().code, ErrorCode::Unreachable);
    }

    void aServerThatDoesNotSpeakHttpIsSaidToBe()
    {
        HttpFixture server([](const QByteArray &) -> std::optional<QByteArray> { return QByteArray("SSH-2.0-x\r\n"); });
        const auto reply = ask({.url = server.url(u"/"_s), .deadline = 2s});
        QVERIFY(!reply);
        QCOMPARE(reply.error().code, ErrorCode::Unreachable);
        QVERIFY2(reply.error().message.contains(u"no answer in HTTP"_s), qPrintable(reply.error().message));
    }

    void refusedAndUnknownHostsAreUnreachable()
    {
        QUrl closed;
        {
            const HttpFixture server;
            closed = server.url(u"/"_s);
        }
        QCOMPARE(get(closed).error().code, ErrorCode::Unreachable);
        QCOMPARE(get(QUrl(u"http://no-such-host.invalid/"_s)).error().code, ErrorCode::Unreachable);
    }

    void aUrlWithCredentialsIsRefusedWithoutShowingThem()
    {
        const auto reply = get(QUrl(u"http://bob:hunter2@127.0.0.1:1/"_s));
        QCOMPARE(reply.error().code, ErrorCode::BadInput);
        QVERIFY(!reply.error().where.contains(u"hunter2"_s));
        QCOMPARE(get(QUrl(u"ftp://h/"_s)).error().code, ErrorCode::BadInput);
    }

    void plainTextBehindHttpsIsATlsFailure()
    {
        HttpFixture server(
            [](const QByteArray &) -> std::optional<QByteArray> { return QByteArray("HTTP/1.1 400 X\r\n\r\n"); });
        QUrl url = server.url(u"/"_s);
        url.setScheme(u"https"_s);
        const auto plain = get(url);
        QCOMPARE(plain.error().code, ErrorCode::TlsFailure);
        QVERIFY2(plain.error().message.contains(u"does this port speak TLS?"_s), qPrintable(plain.error().message));
        const auto noCa = ask({.url = url, .tls = {u"/nonexistent/ca.pem"_s}});
        QCOMPARE(noCa.error().code, ErrorCode::TlsFailure);
        QCOMPARE(noCa.error().where, u"/nonexistent/ca.pem"_s);
    }

    void aCertificateCountsByItsAuthorityAndItsName_data()
    {
        QTest::addColumn<QString>("names");
        QTest::addColumn<QString>("ca");
        QTest::addColumn<QString>("why");
        QTest::addColumn<QString>("advice");
        const QString here = u"DNS:localhost,IP:127.0.0.1"_s;
        QTest::newRow("trusted") << here << m_ca.file() << QString() << QString();
        QTest::newRow("unknown to the system") << here << QString() << u"issuer certificate"_s << u"'ca'"_s;
        QTest::newRow("of another authority") << here << m_otherCa.file() << u"issuer certificate"_s << u"'ca'"_s;
        QTest::newRow("for another host") << u"DNS:elsewhere.test"_s << m_ca.file() << u"host name did not match"_s
                                          << u"have one issued for this name"_s;
        QTest::newRow("for another host, unknown")
            << u"DNS:elsewhere.test"_s << m_otherCa.file() << u"issuer certificate"_s << u"'ca'"_s;
    }
    void aCertificateCountsByItsAuthorityAndItsName()
    {
        QFETCH(QString, names);
        QFETCH(QString, ca);
        QFETCH(QString, why);
        QFETCH(QString, advice);
        HttpFixture server(m_ca.issue(names));
        server.answer("/", {200, "text/plain", "hello"});
        const auto reply =
            ask({.url = server.url(u"/"_s), .headers = {{"Authorization", "Bearer t0ken"}}, .tls = {ca}});
        if (why.isEmpty()) {
            QVERIFY2(reply, reply ? "" : qPrintable(reply.error().message));
            QCOMPARE(reply->body, QByteArray("hello"));
            return;
        }
        QVERIFY(!reply);
        QCOMPARE(reply.error().code, ErrorCode::TlsFailure);
        const QString message = reply.error().message;
        QVERIFY2(message.contains(u"127.0.0.1:%1"_s.arg(server.port())), qPrintable(message));
        QVERIFY2(message.contains(why) && message.contains(advice), qPrintable(message));
        QVERIFY(server.requests().isEmpty()); // the token above all
    }

    void connectionsAreSharedByEqualTlsIdentitiesOnly()
    {
        QTemporaryDir directory;
        const QString ca = directory.filePath(u"ca.pem"_s);
        const auto system = QSslConfiguration::systemCaCertificates();
        if (system.isEmpty())
            QFAIL("ca-certificates is not installed");
        QFile file(ca);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(system.constFirst().toPem());
        file.close();
        HttpFixture server;
        server.answer("/", {});
        QVERIFY(get(server.url(u"/"_s)));
        QVERIFY(get(server.url(u"/"_s)));
        QCOMPARE(server.connections(), 1);
        QVERIFY(ask({.url = server.url(u"/"_s), .tls = {ca}}));
        QCOMPARE(server.connections(), 2);
    }

    void cookiesOfOneAnswerAreNotSentWithTheNext()
    {
        HttpFixture server;
        server.answer("/", {200, "text/plain", "", {"Set-Cookie: session=1"}});
        QVERIFY(get(server.url(u"/"_s)));
        QVERIFY(get(server.url(u"/"_s)));
        QVERIFY(!server.requests().constLast().head.contains("session=1"));
    }

    void aDroppedCallClosesItsConnectionAndIsSilent()
    {
        HttpFixture server;
        server.answer("/", {200, "text/plain", "x", {}, Pace::Silent});
        bool called = false;
        {
            const Call call = m_client.send({.url = server.url(u"/"_s)}, [&](const auto &) { called = true; });
            QTRY_COMPARE(server.requests().size(), 1);
        }
        QTRY_COMPARE(server.open(), 0);
        QVERIFY(!called);
    }

    void aClientMayGoBeforeItsCalls()
    {
        HttpFixture server;
        server.answer("/", {200, "text/plain", "x", {}, Pace::Silent});
        auto client = std::make_unique<HttpClient>();
        Call call = client->send({.url = server.url(u"/"_s)}, [](const auto &) { QFAIL("delivered"); });
        QTRY_COMPARE(server.requests().size(), 1);
        client.reset();
        call.drop();
    }

    void aClientThatGoesEndsItsExchangesAndNothingElse()
    {
        auto client = std::make_unique<HttpClient>();
        auto *other = new QObject(client.get());
        bool endedAsAnExchange = true;
        connect(other, &QObject::destroyed, this, [&endedAsAnExchange, parent = other->parent()] {
            endedAsAnExchange = parent->inherits("qd::HttpClient"); // no more of it is left when QObject cleans up
        });
        client.reset();
        QVERIFY(!endedAsAnExchange);
    }

    void curlLinesHoldNoSecret()
    {
        const QString line = curlLine(
            {.method = "POST",
             .url = QUrl(u"https://h/x?token=hunter2&a=it's"_s),
             .headers = {{"Authorization", "Bearer hunter2"}, {"X-Api-Key", "hunter2"}, {"Accept", "application/json"}},
             .body = R"({"password":"hunter2"})"});
        QVERIFY2(!line.contains(u"hunter2"_s), qPrintable(line));
        QVERIFY2(line.startsWith(u"curl -sS -X POST -H \"Authorization: Bearer $TOKEN\" -H \"X-Api-Key: $TOKEN\" "
                                 "-H 'Accept: application/json'"_s),
                 qPrintable(line));
        QCOMPARE(curlLine({.url = QUrl(u"http://127.0.0.1:80/health"_s)}), u"curl -sS http://127.0.0.1:80/health"_s);
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestHttp)
#include "tst_http.moc"
