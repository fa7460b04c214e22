/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/http.h"

#include "base/redact.h"
#include "wire/http_exchange.h"
#include "wire/shell_words.h"

#include <QPointer>
#include <QTimer>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {

constexpr auto idleBeforeClosing = 2min;
/// Beyond this many the longest idle one goes.
constexpr std::size_t maxIdle = 64;

} // namespace

HttpClient::HttpClient(QObject *parent, std::chrono::milliseconds oldest)
    : QObject(parent)
    , m_oldest(oldest)
{
    auto *sweep = new QTimer(this);
    connect(sweep, &QTimer::timeout, this, &HttpClient::closeIdle);
    sweep->start(30s);
}

HttpClient::~HttpClient()
{
    // Before the connections they would keep.
    qDeleteAll(findChildren<Exchange *>());
}

HttpClient::Connection HttpClient::takeIdle(const HttpOrigin &origin)
{
    closeIdle();
    for (auto it = m_idle.find(origin); it != m_idle.end() && it->first == origin;) {
        Connection connection = std::move(it->second);
        it = m_idle.erase(it);
        // What lies there unasked is no answer to us.
        if (connection.socket->bytesAvailable() == 0)
            return connection;
    }
    return {};
}

void HttpClient::keepIdle(const HttpOrigin &origin, WireSocket socket, Time opened)
{
    if (m_idle.size() >= maxIdle)
        m_idle.erase(std::ranges::min_element(m_idle, {}, [](const auto &entry) { return entry.second.idleSince; }));
    m_idle.emplace(origin, Connection{std::move(socket), opened, std::chrono::steady_clock::now()});
}

void HttpClient::closeIdle()
{
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(m_idle, [&](const auto &entry) {
        const Connection &connection = entry.second;
        return now - connection.idleSince > idleBeforeClosing || now - connection.opened > m_oldest ||
               connection.socket->state() != QAbstractSocket::ConnectedState;
    });
}

Call HttpClient::send(const HttpRequest &request, std::function<void(Result<HttpReply>)> done)
{
    auto line = std::make_shared<Call::Line>();
    auto *exchange = new Exchange(
        request,
        [this, line, done = std::move(done)](Result<HttpReply> outcome) {
            Call::deliver(line, this, [&] { done(std::move(outcome)); });
        },
        this);
    // Later: the caller has no handle yet, and what fails at once would call it back before it has.
    QMetaObject::invokeMethod(exchange, &Exchange::start, Qt::QueuedConnection);
    return Call(line, [guard = QPointer<Exchange>(exchange)] {
        if (guard)
            guard->abort();
    });
}

QString curlLine(const HttpRequest &request)
{
    QStringList words{u"curl"_s, u"-sS"_s};
    if (request.method == "HEAD")
        words << u"-I"_s;
    else if (request.method != "GET")
        words << u"-X"_s << shellWord(QString::fromLatin1(request.method));
    if (!request.tls.caFile.isEmpty())
        words << u"--cacert"_s << shellWord(request.tls.caFile);
    for (const auto &[name, value] : request.headers) {
        const QString header = QString::fromLatin1(name);
        if (!namesSecret(header) || value == unsaid)
            words << u"-H"_s << shellWord(header + u": "_s + QString::fromUtf8(value));
        else if (value.startsWith("Bearer "))
            words << u"-H"_s << u"\"%1: Bearer $TOKEN\""_s.arg(header);
        else
            words << u"-H"_s << u"\"%1: $TOKEN\""_s.arg(header);
    }
    if (!request.body.isEmpty())
        words << u"--data-binary"_s << shellWord(QString::fromUtf8(masked(request.body)));
    words << shellWord(shown(request.url));
    return words.join(u' ');
}

} // namespace qd
