/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/http_fixture.h"
#include "wire/dial.h"
#include "wire/http.h"
#include "wire/http_reader.h"
#include "wire/tls.h"

#include <QElapsedTimer>
#include <QFile>
#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using qd::test::HttpFixture;
using Pace = HttpFixture::Answer::Pace;

namespace {

sockaddr_in addressOf(const char *host, quint16 port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, host, &address.sin_addr);
    return address;
}

/// An address that takes no connection and refuses none: its queue is full.
class SilentAddress
{
public:
    SilentAddress(const char *host, quint16 port)
    {
        const sockaddr_in address = addressOf(host, port);
        const auto *to = reinterpret_cast<const sockaddr *>(&address);
        m_sockets.push_back(::socket(AF_INET, SOCK_STREAM, 0));
        ok = ::bind(m_sockets.front(), to, sizeof address) == 0 && ::listen(m_sockets.front(), 0) == 0;
        for (int i = 0; i < 4; ++i) {
            m_sockets.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
            ok = ok && (::connect(m_sockets.back(), to, sizeof address) == 0 || errno == EINPROGRESS);
        }
    }
    ~SilentAddress()
    {
        for (const int socket : m_sockets)
            ::close(socket);
    }
    SilentAddress(const SilentAddress &) = delete;
    SilentAddress &operator=(const SilentAddress &) = delete;

    bool ok = false;

private:
    std::vector<int> m_sockets;
};

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
        [&] { QTRY_VERIFY_WITH_TIMEOUT(outcome.has_value(), 60'000); }();
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

    void anotherHostOnTheSamePortIsAnotherOrigin()
    {
        HttpFixture server;
        QTcpServer elsewhere;
        QVERIFY2(elsewhere.listen(QHostAddress(u"127.0.0.2"_s), server.port()), qPrintable(elsewhere.errorString()));
        const QByteArray port = QByteArray::number(server.port());
        server.answer("/", {302, "text/plain", "", {"Location: http://127.0.0.2:" + port + "/steal"}});
        const auto reply = ask({.url = server.url(u"/"_s), .headers = {{"Authorization", "Bearer t0ken"}}});
        QVERIFY(!reply);
        QCOMPARE(reply.error().code, ErrorCode::Redirected);
        QVERIFY(!elsewhere.waitForNewConnection(100));
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
        QTRY_COMPARE_WITH_TIMEOUT(server.open(), 0, 30'000);
        QVERIFY2(server.bytesSent() < 30LL * 1024 * 1024, QByteArray::number(server.bytesSent()).constData());
    }

    void compressionIsNotAskedForAndNotDecoded()
    {
        HttpFixture server;
        server.answer(
            "/", {200, "application/json", qCompress(QByteArray(300'000, 'y')).mid(4), {"Content-Encoding: deflate"}});
        const auto reply = get(server.url(u"/"_s));
        QCOMPARE(reply.error().code, ErrorCode::BadReply);
        QVERIFY2(reply.error().message.contains(u"compressed"_s), qPrintable(reply.error().message));
        QVERIFY(server.requests().constFirst().head.contains("Accept-Encoding: identity"));
    }

    void anAnswerMayComeInManyShapes_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("body");
        const QByteArray ok = "HTTP/1.1 200 OK\r\n";
        const QByteArray chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
        QTest::newRow("chunks") << chunked + "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\n"
                                << QByteArray("GET") << QByteArray("hello!");
        QTest::newRow("tiny chunks") << chunked + QByteArray("1\r\nx\r\n").repeated(50'000) + "0\r\n\r\n"
                                     << QByteArray("GET") << QByteArray(50'000, 'x');
        QTest::newRow("interim answers") << "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" +
                                                ok + "content-length: 2\r\n\r\nhi"
                                         << QByteArray("GET") << QByteArray("hi");
        QTest::newRow("no chunks") << chunked + "0\r\n\r\n" << QByteArray("GET") << QByteArray();
        QTest::newRow("a folded header") << ok + "A: b\r\n Content-Length: 1\r\nContent-Length: 2\r\n\r\nhi"
                                         << QByteArray("GET") << QByteArray("hi");
        QTest::newRow("no reason") << QByteArray("HTTP/1.0 200 \r\nContent-Length: 2\r\n\r\nhi") << QByteArray("GET")
                                   << QByteArray("hi");
        QTest::newRow("of a head, no body") << ok + "Content-Length: 200\r\n\r\n" << QByteArray("HEAD") << QByteArray();
        QTest::newRow("no content") << QByteArray("HTTP/1.1 204 No Content\r\n\r\n") << QByteArray("GET")
                                    << QByteArray();
    }
    void anAnswerMayComeInManyShapes()
    {
        QFETCH(QByteArray, answer);
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, body);
        const HttpFixture server([answer](const QByteArray &) { return std::optional(answer); });
        const auto reply = ask({.method = method, .url = server.url(u"/"_s)});
        QVERIFY2(reply, reply ? "" : qPrintable(reply.error().message));
        QCOMPARE(reply->body, body);
        HttpReader reader(method == "HEAD", 1024 * 1024);
        for (const char &byte : answer)
            QCOMPARE(reader.feed(QByteArrayView(&byte, 1)), Result<bool>(&byte == &answer.back()));
        QCOMPARE(reader.body(), body);
    }

    void aTrailerIsNoHeader()
    {
        const HttpFixture server([](const QByteArray &) {
            return std::optional<QByteArray>(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Type: text/x\r\n\r\n");
        });
        const auto reply = get(server.url(u"/"_s));
        QVERIFY2(reply, reply ? "" : qPrintable(reply.error().message));
        QCOMPARE(reply->headers.size(), 1);
        QCOMPARE(reply->contentType, QByteArray());
    }

    void aBodyMayEndWithItsConnection()
    {
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        connect(&server, &QTcpServer::newConnection, &server, [&server] {
            QTcpSocket *socket = server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [socket] {
                socket->write("HTTP/1.1 200 OK\r\n\r\nhello");
                socket->disconnectFromHost();
            });
        });
        const auto reply = get(QUrl(u"http://127.0.0.1:%1/"_s.arg(server.serverPort())));
        QVERIFY2(reply, reply ? "" : qPrintable(reply.error().message));
        QCOMPARE(reply->body, QByteArray("hello"));
    }

    void aConnectionThatClosedMeanwhileIsOpenedAgain()
    {
        auto asked = std::make_shared<std::atomic<int>>(0);
        const HttpFixture server([asked](const QByteArray &) -> std::optional<QByteArray> {
            if (++*asked % 2 == 0)
                return std::nullopt;
            return QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        });
        QVERIFY(get(server.url(u"/"_s)));
        const auto reply = get(server.url(u"/"_s));
        QVERIFY2(reply, reply ? "" : qPrintable(reply.error().message));
        QCOMPARE(server.connections(), 2);
        // What may not be asked twice gets a connection of its own.
        QCOMPARE(ask({.method = "POST", .url = server.url(u"/"_s)}).error().code, ErrorCode::Unreachable);
        QCOMPARE(server.connections(), 3);
    }

    void whatAnIdleConnectionWentThroughIsSeen_data()
    {
        QTest::addColumn<QByteArray>("first"); // answer
        QTest::addColumn<QByteArray>("later"); // said without being asked
        QTest::addColumn<bool>("closes");      // then
        QTest::addColumn<int>("connections");  // after a second request
        const QByteArray whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
        const QByteArray other = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
        QTest::newRow("nothing") << whole << QByteArray() << false << 1;
        QTest::newRow("bytes after the answer") << whole + "x" << QByteArray() << false << 2;
        QTest::newRow("another answer after the answer") << whole + other << QByteArray() << false << 2;
        QTest::newRow("an answer that was not asked for") << whole << other << false << 2;
        QTest::newRow("its end") << whole << QByteArray() << true << 2;
        QTest::newRow("of HTTP/1.0, which closes it") << "HTTP/1.0" + whole.sliced(8) << QByteArray() << false << 2;
        QTest::newRow("a close among others")
            << "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\n" + whole.sliced(17) << QByteArray()
            << false << 2;
    }
    void whatAnIdleConnectionWentThroughIsSeen()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, later);
        QFETCH(bool, closes);
        QFETCH(int, connections);
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        int accepted = 0;
        QPointer<QTcpSocket> latest;
        connect(&server, &QTcpServer::newConnection, &server, [&] {
            QTcpSocket *socket = latest = server.nextPendingConnection();
            ++accepted;
            connect(socket, &QTcpSocket::readyRead, socket, [socket, &first] {
                socket->readAll();
                socket->write(first);
            });
        });
        const QUrl url(u"http://127.0.0.1:%1/"_s.arg(server.serverPort()));
        QVERIFY(get(url));
        QVERIFY(latest);
        latest->write(later);
        if (closes)
            latest->disconnectFromHost();
        QTest::qWait(later.isEmpty() && !closes ? 0 : 100); // until it is there
        const auto reply = ask({.url = url, .deadline = 2s});
        QVERIFY2(reply, reply ? "" : qPrintable(reply.error().message));
        QCOMPARE(reply->body, QByteArray("hi"));
        QCOMPARE(accepted, connections);
    }

    void whatWasAnsweredInPartIsNotAskedAgain()
    {
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        int asked = 0;
        connect(&server, &QTcpServer::newConnection, &server, [&] {
            QTcpSocket *socket = server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [socket, &asked] {
                socket->readAll();
                socket->write(++asked == 2 ? "HTTP/1.1 2" : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
                if (asked == 2)
                    socket->disconnectFromHost();
            });
        });
        const QUrl url(u"http://127.0.0.1:%1/"_s.arg(server.serverPort()));
        QVERIFY(get(url));
        const auto reply = get(url);
        QVERIFY(!reply);
        QCOMPARE(reply.error().code, ErrorCode::Unreachable);
        QCOMPARE(asked, 2);
    }

    void theFramingOfChunksHasACap()
    {
        HttpReader reader(false, 100'000);
        QVERIFY(reader.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
        const QByteArray tiny = QByteArray("1\r\nx\r\n").repeated(100);
        qint64 fed = 0;
        std::optional<ErrorCode> ended;
        for (; !ended && fed < 540'000; fed += tiny.size()) { // 90'000 bytes of body, which are none too many
            if (const auto taken = reader.feed(tiny); !taken)
                ended = taken.error().code;
        }
        QCOMPARE(ended, std::optional(ErrorCode::TooLarge));
        QVERIFY2(fed > 200'000 && fed < 270'000, QByteArray::number(fed).constData());
    }

    void aHeaderCannotHoldAnother()
    {
        HttpFixture server;
        const auto reply =
            ask({.url = server.url(u"/"_s), .headers = {{"Authorization", "Bearer t0ken\r\nHost: evil"}}});
        QCOMPARE(reply.error().code, ErrorCode::BadInput);
        QVERIFY(!reply.error().message.contains(u"t0ken"_s));
        QCOMPARE(server.connections(), 0);
    }

    void hostileAnswersAreRefused_data()
    {
        QTest::addColumn<QByteArray>("begin");
        QTest::addColumn<QByteArray>("again");
        QTest::addColumn<ErrorCode>("code");
        const QByteArray ok = "HTTP/1.1 200 OK\r\n";
        const QByteArray chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
        QTest::newRow("endless headers") << ok << QByteArray("X-A: " + QByteArray(60, 'a') + "\r\n")
                                         << ErrorCode::TooLarge;
        QTest::newRow("an endless header") << ok + "X-A: " << QByteArray("a") << ErrorCode::TooLarge;
        QTest::newRow("an endless status line")
            << QByteArray("HTTP/1.1 200 ") << QByteArray("a") << ErrorCode::TooLarge;
        QTest::newRow("endless interim answers")
            << QByteArray() << QByteArray("HTTP/1.1 100 Continue\r\n\r\n") << ErrorCode::TooLarge;
        QTest::newRow("endless trailers") << chunked + "0\r\n" << QByteArray("X: y\r\n") << ErrorCode::TooLarge;
        QTest::newRow("an endless extension") << chunked + "1;" << QByteArray("a") << ErrorCode::TooLarge;
        QTest::newRow("endless tiny chunks") << chunked << QByteArray("1\r\nx\r\n") << ErrorCode::TooLarge;
        QTest::newRow("endless long extensions") << chunked << "1;" + QByteArray(1000, 'a') + "\r\nx\r\n"
                                                 << ErrorCode::TooLarge;
        QTest::newRow("an endless body") << ok + "\r\n" << QByteArray("a") << ErrorCode::TooLarge;
        QTest::newRow("a huge chunk") << chunked + "fffffffffffff\r\n" << QByteArray("a") << ErrorCode::TooLarge;
        QTest::newRow("a chunk past all numbers") << chunked + "ffffffffffffffff1\r\n"
                                                  << QByteArray("a") << ErrorCode::BadReply;
        QTest::newRow("a negative chunk") << chunked + "-1\r\n" << QByteArray("a") << ErrorCode::BadReply;
        QTest::newRow("a chunk longer than it says") << chunked + "1\r\nxx\r\n"
                                                     << QByteArray("a") << ErrorCode::BadReply;
        QTest::newRow("two lengths") << ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"
                                     << QByteArray("a") << ErrorCode::BadReply;
        QTest::newRow("a huge length") << ok + "Content-Length: 999999999999\r\n\r\n"
                                       << QByteArray() << ErrorCode::TooLarge;
        QTest::newRow("a negative length") << ok + "Content-Length: -1\r\n\r\n" << QByteArray() << ErrorCode::BadReply;
        QTest::newRow("a length and chunks") << ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                                             << QByteArray() << ErrorCode::BadReply;
        QTest::newRow("chunks in another coding") << ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
                                                  << QByteArray() << ErrorCode::BadReply;
        QTest::newRow("an empty coding before chunks")
            << ok + "Transfer-Encoding: \r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            << QByteArray() << ErrorCode::BadReply;
        QTest::newRow("chunks, then another coding")
            << ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n"
            << QByteArray() << ErrorCode::BadReply;
        QTest::newRow("chunks and a length") << ok + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n"
                                             << QByteArray() << ErrorCode::BadReply;
        QTest::newRow("a second, compressed encoding")
            << ok + "Content-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx" << QByteArray()
            << ErrorCode::BadReply;
        QTest::newRow("bare line feeds") << QByteArray("HTTP/1.1 200 OK\nContent-Length: 0\n\n") << QByteArray()
                                         << ErrorCode::BadReply;
        QTest::newRow("control characters") << ok + "A: \x1b[2J\r\nContent-Length: 0\r\n\r\n"
                                            << QByteArray() << ErrorCode::BadReply;
        QTest::newRow("another protocol")
            << QByteArray("HTTP/1.1 101 Switching Protocols\r\n\r\n") << QByteArray() << ErrorCode::BadReply;
        QTest::newRow("status 999") << QByteArray("HTTP/1.1 999 X\r\n\r\n") << QByteArray() << ErrorCode::BadReply;
        QTest::newRow("a huge trailer") << chunked + "0\r\nX: " + QByteArray(70'000, 'a') + "\r\n\r\n"
                                        << QByteArray() << ErrorCode::TooLarge;
    }
    void hostileAnswersAreRefused()
    {
        QFETCH(QByteArray, begin);
        QFETCH(QByteArray, again);
        QFETCH(ErrorCode, code);
        const QByteArray answer = begin + again.repeated(again.isEmpty() ? 0 : 20'000'000 / again.size());
        const HttpFixture server([answer](const QByteArray &) { return std::optional(answer); });
        const auto before = std::clock();
        const auto reply = ask({.url = server.url(u"/"_s), .deadline = 3s, .maxBytes = 1024 * 1024});
        const auto milliseconds = (std::clock() - before) * 1000 / CLOCKS_PER_SEC;
        QVERIFY(!reply);
        QVERIFY2(reply.error().code == code, qPrintable(reply.error().message));
        QVERIFY2(milliseconds < 500, QByteArray::number(qint64(milliseconds)).constData()); // the server's included
        QTRY_COMPARE_WITH_TIMEOUT(server.open(), 0, 30'000);
    }

    void aServerThatTricklesCostsLittle()
    {
        // A packet for each byte, as fast as they go.
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        server.pauseAccepting(); // the sender's thread does
        std::atomic<bool> stop = false;
        std::atomic<int> sent = 0;
        std::thread sender([&, descriptor = qintptr(-1)]() mutable {
            pollfd waiting{static_cast<int>(server.socketDescriptor()), POLLIN, 0};
            ::poll(&waiting, 1, 3000);
            descriptor = ::accept(static_cast<int>(server.socketDescriptor()), nullptr, nullptr);
            if (descriptor < 0)
                return; // then nothing is sent, which the test sees
            const int one = 1;
            ::setsockopt(static_cast<int>(descriptor), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
            const QByteArray head = "HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n";
            ::send(static_cast<int>(descriptor), head.constData(), static_cast<std::size_t>(head.size()), MSG_NOSIGNAL);
            while (!stop && ::send(static_cast<int>(descriptor), "x", 1, MSG_NOSIGNAL) == 1)
                ++sent;
            ::close(static_cast<int>(descriptor));
        });
        timespec before{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
        const auto reply = ask({.url = QUrl(u"http://127.0.0.1:%1/"_s.arg(server.serverPort())), .deadline = 1s});
        timespec after{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
        stop = true;
        sender.join();
        const double seconds = double(after.tv_sec - before.tv_sec) + double(after.tv_nsec - before.tv_nsec) / 1e9;
        QCOMPARE(reply.error().code, ErrorCode::Timeout);
        QVERIFY2(sent > 10'000, QByteArray::number(sent.load()).constData());
        QVERIFY2(seconds < 0.5, QByteArray::number(seconds).constData());
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
        QVERIFY2(clock.elapsed() < 10'000, QByteArray::number(clock.elapsed()).constData());
        QTRY_COMPARE_WITH_TIMEOUT(server.open(), 0, 30'000);
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
        QCOMPARE(reply.error().code, ErrorCode::BadReply);
        QVERIFY2(reply.error().message.contains(u"does not answer in HTTP"_s), qPrintable(reply.error().message));
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

    void anAddressIsTriedForItsTurnAlone()
    {
        QCOMPARE(turnOf(10s, 4), 2500ms);
        QCOMPARE(turnOf(1s, 4), 500ms); // no server on a bad line can be reached in less
        QCOMPARE(turnOf(200ms, 4), 200ms);
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress(u"127.0.0.3"_s)));
        const SilentAddress silent("127.0.0.2", server.serverPort());
        QVERIFY(silent.ok);
        const auto dial = [&server](const QList<QHostAddress> &addresses) {
            std::optional<Result<WireSocket>> made;
            std::unique_ptr<Dial> call;
            call = std::make_unique<Dial>(u"two.test"_s, server.serverPort(), 4s, [&](Result<WireSocket> got) {
                call.reset();
                made = std::move(got);
            });
            call->tryEach(addresses);
            [&] { QTRY_VERIFY_WITH_TIMEOUT(made.has_value(), 60'000); }();
            return made ? std::move(*made) : failure(ErrorCode::Internal, u"nothing was delivered"_s);
        };
        const QHostAddress good(u"127.0.0.3"_s);
        const QHostAddress dead(u"127.0.0.2"_s);
        const QHostAddress refusing(u"127.0.0.4"_s);
        QElapsedTimer clock;
        clock.start();
        auto made = dial({dead, good});
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
        QCOMPARE((*made)->peerAddress(), good);
        QVERIFY2(clock.elapsed() >= 1900 && clock.elapsed() < 3900, QByteArray::number(clock.elapsed()).constData());
        clock.start();
        made = dial({refusing, good});
        QVERIFY(made);
        QVERIFY2(clock.elapsed() < 1900, QByteArray::number(clock.elapsed()).constData());
        made = dial({dead, refusing});
        QVERIFY(!made);
        QCOMPARE(made.error().code, ErrorCode::Unreachable);
        QCOMPARE(made.error().message, u"two.test:%1 refuses connections"_s.arg(server.serverPort()));
    }

    void aNameIsResolvedAndStandsInTheCertificate()
    {
        HttpFixture plain;
        plain.answer("/", {200, "text/plain", "hello"});
        QUrl url = plain.url(u"/"_s);
        url.setHost(u"localhost"_s);
        const auto reply = get(url);
        QVERIFY2(reply, reply ? "" : qPrintable(reply.error().message));
        QCOMPARE(reply->body, QByteArray("hello"));
        QCOMPARE(reply->tlsKey, QByteArray());
        const auto certificate = m_ca.issue(u"DNS:localhost"_s);
        HttpFixture server(certificate);
        server.answer("/", {200, "text/plain", "secret"});
        url = server.url(u"/"_s);
        QCOMPARE(ask({.url = url, .tls = {m_ca.file()}}).error().code, ErrorCode::TlsFailure); // it is not 127.0.0.1
        url.setHost(u"localhost"_s);
        const auto trusted = ask({.url = url, .tls = {m_ca.file()}});
        QVERIFY2(trusted, trusted ? "" : qPrintable(trusted.error().message));
        QCOMPARE(trusted->body, QByteArray("secret"));
        QCOMPARE(trusted->tlsKey, tlsKeyOf(QSslCertificate(certificate.pem)));
        QCOMPARE(trusted->tlsKey.size(), 64);
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

    void anOldConnectionIsNotUsedAgain()
    {
        HttpFixture server;
        server.answer("/", {});
        HttpClient client(nullptr, 500ms);
        const auto get = [&] {
            std::optional<Result<HttpReply>> outcome;
            const Call call =
                client.send({.url = server.url(u"/"_s)}, [&](Result<HttpReply> got) { outcome = std::move(got); });
            [&] { QTRY_VERIFY_WITH_TIMEOUT(outcome.has_value(), 30'000); }();
        };
        QElapsedTimer clock;
        clock.start();
        get();
        get();
        if (clock.elapsed() < 400)
            QCOMPARE(server.connections(), 1);
        // However often it is used.
        for (int i = 0; i < 20 && server.connections() == 1; ++i) {
            QTest::qWait(50);
            get();
        }
        QVERIFY2(clock.elapsed() >= 500, QByteArray::number(clock.elapsed()).constData());
        QCOMPARE(server.connections(), 2);
        QTRY_COMPARE_WITH_TIMEOUT(server.open(), 1, 30'000);
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
            QTRY_COMPARE_WITH_TIMEOUT(server.requests().size(), 1, 30'000);
        }
        QTRY_COMPARE_WITH_TIMEOUT(server.open(), 0, 30'000);
        QVERIFY(!called);
    }

    void aClientMayGoBeforeItsCalls()
    {
        HttpFixture server;
        server.answer("/", {200, "text/plain", "x", {}, Pace::Silent});
        auto client = std::make_unique<HttpClient>();
        Call call = client->send({.url = server.url(u"/"_s)}, [](const auto &) { QFAIL("delivered"); });
        QTRY_COMPARE_WITH_TIMEOUT(server.requests().size(), 1, 30'000);
        client.reset();
        call.drop();
    }

    void aClientMayGoWithItsAnswer_data()
    {
        QTest::addColumn<QByteArray>("location");
        QTest::newRow("an answer") << QByteArray();
        QTest::newRow("a refused redirect") << QByteArray("Location: http://elsewhere.test/");
    }
    void aClientMayGoWithItsAnswer()
    {
        QFETCH(QByteArray, location);
        HttpFixture server;
        server.answer("/",
                      {location.isEmpty() ? 200 : 302, "text/plain", "x", {location.isEmpty() ? "A: b" : location}});
        auto client = std::make_unique<HttpClient>();
        const auto held = std::make_shared<int>(0);
        std::optional<bool> goneTooEarly;
        Call call = client->send({.url = server.url(u"/"_s)}, [&, kept = held](const auto &) {
            client.reset();
            goneTooEarly = held.use_count() < 2; // what was captured is in use here
        });
        QTRY_VERIFY_WITH_TIMEOUT(goneTooEarly.has_value(), 30'000);
        QVERIFY(!*goneTooEarly);
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
