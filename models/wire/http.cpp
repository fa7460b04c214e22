/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/http.h"

#include "base/redact.h"
#include "wire/http_exchange.h"
#include "wire/shell_words.h"
#include "wire/tls.h"

#include <QNetworkAccessManager>
#include <QPointer>
#include <QTimer>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {

constexpr auto idleBeforeClosing = 2min;
/// Each is a thread; beyond this many the longest idle one goes before a new one comes.
constexpr std::size_t maxLanes = 24;

Result<void> checkUrl(const QUrl &url)
{
    const bool known = url.scheme() == "http"_L1 || url.scheme() == "https"_L1;
    if (!url.isValid() || !known || url.host().isEmpty())
        return failure(ErrorCode::BadInput, u"not a complete http or https URL"_s, shown(url));
    if (!url.userInfo().isEmpty())
        return failure(ErrorCode::BadInput, u"credentials do not belong in a URL; use a secret reference"_s,
                       shown(url));
    return {};
}

} // namespace

HttpClient::HttpClient(QObject *parent)
    : QObject(parent)
{
    auto *sweep = new QTimer(this);
    connect(sweep, &QTimer::timeout, this, [this] { closeIdleLanes(idleBeforeClosing, maxLanes); });
    sweep->start(30s);
}

HttpClient::~HttpClient()
{
    // Before the managers they use.
    qDeleteAll(findChildren<Exchange *>());
}

Result<HttpClient::Lane *> HttpClient::laneFor(const TlsIdentity &identity)
{
    if (const auto known = m_lanes.find(identity); known != m_lanes.end())
        return &known->second;
    auto tls = tlsConfiguration(identity);
    if (!tls)
        return std::unexpected(tls.error());
    closeIdleLanes(0ms, maxLanes - 1);
    Lane lane{std::make_unique<QNetworkAccessManager>(), *tls, 0, std::chrono::steady_clock::now()};
    return &m_lanes.emplace(identity, std::move(lane)).first->second;
}

/// Closes lanes that idled longer than `idleFor`; if that is zero, only as many as are over `keepAtMost`, the longest
/// idle first.
void HttpClient::closeIdleLanes(std::chrono::milliseconds idleFor, std::size_t keepAtMost)
{
    const auto now = std::chrono::steady_clock::now();
    if (idleFor > 0ms)
        std::erase_if(m_lanes, [&](const auto &entry) {
            return entry.second.inFlight == 0 && now - entry.second.lastUsed > idleFor;
        });
    while (m_lanes.size() > keepAtMost) {
        auto oldest = m_lanes.end();
        for (auto it = m_lanes.begin(); it != m_lanes.end(); ++it) {
            if (it->second.inFlight == 0 && (oldest == m_lanes.end() || it->second.lastUsed < oldest->second.lastUsed))
                oldest = it;
        }
        if (oldest == m_lanes.end())
            return;
        m_lanes.erase(oldest);
    }
}

Call HttpClient::send(const HttpRequest &request, std::function<void(Result<HttpReply>)> done)
{
    auto line = std::make_shared<Call::Line>();
    Result<Lane *> lane = nullptr;
    if (auto checked = checkUrl(request.url); !checked)
        lane = std::unexpected(checked.error());
    else
        lane = laneFor(request.tls);
    if (!lane) {
        // Later: the caller has no handle yet.
        QMetaObject::invokeMethod(
            this,
            [this, line, done = std::move(done), error = lane.error()] {
                Call::deliver(line, this, [&] { done(std::unexpected(error)); });
            },
            Qt::QueuedConnection);
        return Call(line);
    }
    Lane *used = *lane;
    ++used->inFlight;
    // A lane with something in flight stays where it is: std::map keeps addresses, and only idle ones are closed.
    const auto release = [used] {
        --used->inFlight;
        used->lastUsed = std::chrono::steady_clock::now();
    };
    auto finished = [this, line, release, done = std::move(done)](Result<HttpReply> outcome) {
        release();
        Call::deliver(line, this, [&] { done(std::move(outcome)); });
    };
    auto *exchange = new Exchange(request, used->manager.get(), used->tls, std::move(finished), this);
    exchange->start();
    return Call(line, [guard = QPointer<Exchange>(exchange), release] {
        if (!guard)
            return;
        release();
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
        if (!namesSecret(header))
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
