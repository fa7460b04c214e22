/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/dial.h"

#include <QHostInfo>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {

constexpr auto shortestTurn = 500ms;
constexpr qsizetype mostAddresses = 4;
/// How much Qt may buffer for us: with it the socket is read no faster than we count.
constexpr qint64 readAhead = 256 * 1024;

} // namespace

std::chrono::milliseconds turnOf(std::chrono::milliseconds remaining, std::size_t left)
{
    return std::min(remaining,
                    std::max<std::chrono::milliseconds>(shortestTurn, remaining / static_cast<qint64>(left)));
}

Dial::Dial(QString host, quint16 port, std::chrono::milliseconds remaining, Done done)
    : m_host(std::move(host))
    , m_port(port)
    , m_deadline(remaining)
    , m_done(std::move(done))
{
    m_turn.setSingleShot(true);
    connect(&m_turn, &QTimer::timeout, this, &Dial::next);
}

Dial::~Dial()
{
    letGoOfSocket();
}

void Dial::letGoOfSocket()
{
    if (!m_socket)
        return;
    m_socket->disconnect(this);
    m_socket->abort();
    m_socket.reset();
}

void Dial::start()
{
    // QHostInfo would ask for the name of an address.
    if (const QHostAddress address(m_host); !address.isNull()) {
        tryEach({address});
        return;
    }
    QHostInfo::lookupHost(m_host, this, [this](const QHostInfo &found) {
        if (found.addresses().isEmpty())
            finish(failure(ErrorCode::Unreachable, u"the name %1 cannot be resolved"_s.arg(m_host)));
        else
            tryEach(found.addresses());
    });
}

void Dial::tryEach(const QList<QHostAddress> &addresses)
{
    m_addresses = addresses.first(std::min(addresses.size(), mostAddresses));
    next();
}

void Dial::next()
{
    m_turn.stop();
    letGoOfSocket();
    const auto left = static_cast<std::size_t>(m_addresses.size());
    const QHostAddress address = m_addresses.takeFirst();
    m_socket.reset(new QSslSocket);
    m_socket->setReadBufferSize(readAhead);
    connect(m_socket.get(), &QSslSocket::connected, this, [this] {
        m_socket->disconnect(this);
        finish(std::move(m_socket));
    });
    connect(m_socket.get(), &QSslSocket::errorOccurred, this, [this](QAbstractSocket::SocketError error) {
        if (!m_addresses.isEmpty())
            next();
        else if (error == QAbstractSocket::ConnectionRefusedError)
            finish(failure(ErrorCode::Unreachable, u"%1:%2 refuses connections"_s.arg(m_host).arg(m_port)));
        else
            finish(
                failure(ErrorCode::Unreachable, u"%1:%2: %3"_s.arg(m_host).arg(m_port).arg(m_socket->errorString())));
    });
    // The last one has what is left, and its end is the caller's.
    if (left > 1)
        m_turn.start(turnOf(std::chrono::milliseconds(m_deadline.remainingTime()), left));
    m_socket->connectToHost(address, m_port);
}

void Dial::finish(Result<WireSocket> outcome)
{
    m_turn.stop();
    const auto done = std::exchange(m_done, {});
    done(std::move(outcome)); // last: it may delete this
}

} // namespace qd
