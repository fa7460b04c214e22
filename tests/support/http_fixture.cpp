/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/http_fixture.h"

#include <QMap>
#include <QMutex>
#include <QSslCertificate>
#include <QSslKey>
#include <QSslServer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QThread>
#include <QTimer>

#include <optional>

using namespace Qt::StringLiterals;

namespace qd::test {

class HttpFixture::Private : public QObject
{
public:
    explicit Private(RawScript script, const std::optional<TestCa::Certificate> &certificate = {})
        : isTls(certificate.has_value())
        , m_raw(std::move(script))
    {
        m_anchor.moveToThread(&m_thread);
        m_thread.start();
        QMetaObject::invokeMethod(
            &m_anchor,
            [this, certificate] {
                m_server = certificate ? tlsServer(*certificate) : std::make_unique<QTcpServer>();
                QObject::connect(m_server.get(), &QTcpServer::pendingConnectionAvailable, &m_anchor,
                                 [this] { accept(); });
                if (m_server->listen(QHostAddress::LocalHost))
                    m_port = m_server->serverPort();
            },
            Qt::BlockingQueuedConnection);
        if (m_port == 0)
            qFatal("the test server cannot listen on 127.0.0.1");
    }

    ~Private() override
    {
        QMetaObject::invokeMethod(&m_anchor, [this] { m_server.reset(); }, Qt::BlockingQueuedConnection);
        m_thread.quit();
        m_thread.wait();
    }

    const bool isTls;
    mutable QMutex mutex;
    QMap<QByteArray, Answer> answers;
    QList<Request> requests;
    int connections = 0;
    int open = 0;
    qint64 bytesSent = 0;
    [[nodiscard]] quint16 port() const { return m_port; }
    void show(const TestCa::Certificate &certificate)
    {
        QMetaObject::invokeMethod(
            &m_anchor, [&] { show(certificate, static_cast<QSslServer &>(*m_server)); }, Qt::BlockingQueuedConnection);
    }

private:
    static std::unique_ptr<QTcpServer> tlsServer(const TestCa::Certificate &certificate)
    {
        auto server = std::make_unique<QSslServer>();
        show(certificate, *server);
        return server;
    }

    static void show(const TestCa::Certificate &certificate, QSslServer &server)
    {
        QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
        tls.setLocalCertificateChain(QSslCertificate::fromPath(certificate.file));
        tls.setPrivateKey(QSslKey(certificate.key, QSsl::Ec));
        server.setSslConfiguration(tls);
    }

    void accept()
    {
        while (QTcpSocket *socket = m_server->nextPendingConnection()) {
            {
                const QMutexLocker lock(&mutex);
                ++connections;
                ++open;
            }
            QObject::connect(socket, &QTcpSocket::disconnected, socket, [this, socket] { closed(socket); });
            auto received = std::make_shared<QByteArray>();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket, received] {
                *received += socket->readAll();
                if (m_raw)
                    sendRaw(socket, std::exchange(*received, {}));
                else
                    while (takeRequest(socket, received.get())) {
                    }
            });
        }
    }

    void closed(QTcpSocket *socket)
    {
        socket->deleteLater();
        const QMutexLocker lock(&mutex);
        --open;
    }

    void sendRaw(QTcpSocket *socket, const QByteArray &received)
    {
        {
            const QMutexLocker lock(&mutex);
            requests.append({{}, {}, received, {}});
        }
        const std::optional<QByteArray> bytes = m_raw(received);
        if (bytes)
            socket->write(*bytes);
        else
            socket->disconnectFromHost();
    }

    bool takeRequest(QTcpSocket *socket, QByteArray *received)
    {
        const qsizetype end = received->indexOf("\r\n\r\n");
        if (end < 0)
            return false;
        const QByteArray head = received->left(end);
        const qsizetype at = head.toLower().indexOf("content-length:");
        const qsizetype length = at < 0 ? 0 : head.mid(at + 15, head.indexOf('\r', at) - at - 15).trimmed().toInt();
        if (received->size() < end + 4 + length)
            return false;
        const QList<QByteArray> line = head.left(head.indexOf('\r')).split(' ');
        const Request request{line.value(0), line.value(1), head, received->mid(end + 4, length)};
        received->remove(0, end + 4 + length);
        Answer answer{404, "text/plain", "no such page"};
        {
            const QMutexLocker lock(&mutex);
            requests.append(request);
            answer = answers.value(request.path, answer);
        }
        send(socket, answer);
        return true;
    }

    void send(QTcpSocket *socket, const Answer &answer)
    {
        if (answer.pace == Answer::Pace::Silent)
            return;
        QByteArray head = "HTTP/1.1 " + QByteArray::number(answer.status) +
                          " X\r\nContent-Type: " + answer.contentType +
                          "\r\nContent-Length: " + QByteArray::number(answer.body.size() + answer.endless) + "\r\n";
        for (const QByteArray &header : answer.headers)
            head += header + "\r\n";
        socket->write(head + "\r\n");
        if (answer.pace == Answer::Pace::CutOff) {
            socket->write(answer.body.left(answer.body.size() / 2));
            socket->disconnectFromHost();
        } else if (answer.pace == Answer::Pace::Dripping) {
            drip(socket, answer.body);
        } else {
            socket->write(answer.body);
            if (answer.endless > 0)
                pour(socket, answer.endless);
        }
    }

    void drip(QTcpSocket *socket, const QByteArray &body)
    {
        auto *timer = new QTimer(socket);
        auto position = std::make_shared<qsizetype>(0);
        QObject::connect(timer, &QTimer::timeout, socket, [socket, timer, body, position] {
            socket->write(body.mid((*position)++, 1));
            if (*position >= body.size())
                timer->stop();
        });
        timer->start(20);
    }

    void pour(QTcpSocket *socket, qint64 bytes)
    {
        auto left = std::make_shared<qint64>(bytes);
        const auto more = [this, socket, left] {
            while (*left > 0 && socket->bytesToWrite() < 1024 * 1024) {
                const qint64 count = qMin<qint64>(*left, 256 * 1024);
                socket->write(QByteArray(count, 'x'));
                *left -= count;
                const QMutexLocker lock(&mutex);
                bytesSent += count;
            }
        };
        QObject::connect(socket, &QTcpSocket::bytesWritten, socket, more);
        more();
    }

    RawScript m_raw;
    QThread m_thread;
    QObject m_anchor; ///< lives on the thread
    std::unique_ptr<QTcpServer> m_server;
    quint16 m_port = 0;
};

HttpFixture::HttpFixture()
    : HttpFixture(RawScript())
{
}

HttpFixture::HttpFixture(RawScript raw)
    : d(std::make_unique<Private>(std::move(raw)))
{
}

HttpFixture::HttpFixture(const TestCa::Certificate &certificate)
    : d(std::make_unique<Private>(RawScript(), certificate))
{
}

HttpFixture::HttpFixture(RawScript raw, const TestCa::Certificate &certificate)
    : d(std::make_unique<Private>(std::move(raw), certificate))
{
}

HttpFixture::~HttpFixture() = default;

void HttpFixture::show(const TestCa::Certificate &certificate)
{
    d->show(certificate);
}

void HttpFixture::answer(const QByteArray &path, const Answer &answer)
{
    const QMutexLocker lock(&d->mutex);
    d->answers.insert(path, answer);
}

quint16 HttpFixture::port() const
{
    return d->port();
}

QUrl HttpFixture::url(const QString &path) const
{
    return QUrl(u"%1://127.0.0.1:%2%3"_s.arg(d->isTls ? u"https"_s : u"http"_s).arg(port()).arg(path));
}

QList<HttpFixture::Request> HttpFixture::requests() const
{
    const QMutexLocker lock(&d->mutex);
    return d->requests;
}

int HttpFixture::connections() const
{
    const QMutexLocker lock(&d->mutex);
    return d->connections;
}

int HttpFixture::open() const
{
    const QMutexLocker lock(&d->mutex);
    return d->open;
}

qint64 HttpFixture::bytesSent() const
{
    const QMutexLocker lock(&d->mutex);
    return d->bytesSent;
}

} // namespace qd::test
