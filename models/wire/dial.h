/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"

#include <QDeadlineTimer>
#include <QHostAddress>
#include <QSslSocket>
#include <QTimer>

#include <chrono>
#include <functional>
#include <memory>

namespace qd {

/// Goes when control is back in the event loop: it may be in the middle of a signal.
struct DeleteLater
{
    void operator()(QObject *object) const { object->deleteLater(); }
};
using WireSocket = std::unique_ptr<QSslSocket, DeleteLater>;

/// How long the first of `left` addresses may be tried: for its share of the time, which is no shorter than a sound
/// server on a bad line takes.
[[nodiscard]] std::chrono::milliseconds turnOf(std::chrono::milliseconds remaining, std::size_t left);

/// Opens a TCP connection to the first address of a host that takes one. QAbstractSocket would wait for each of them
/// half a minute, which is longer than our deadlines. Deleting it ends it without a word.
class Dial : public QObject
{
public:
    /// `done` is called once, unless the deadline of the caller is sooner, and may delete this. Errors: Unreachable.
    using Done = std::function<void(Result<WireSocket>)>;

    Dial(QString host, quint16 port, std::chrono::milliseconds remaining, Done done);
    ~Dial() override;

    /// Resolves the name and goes on with its addresses.
    void start();
    /// At most four of them, in turn.
    void tryEach(const QList<QHostAddress> &addresses);

private:
    void next();
    void finish(Result<WireSocket> outcome);
    void letGoOfSocket();

    QString m_host;
    quint16 m_port;
    QDeadlineTimer m_deadline;
    Done m_done;
    QList<QHostAddress> m_addresses; ///< not tried yet
    WireSocket m_socket;
    QTimer m_turn;
};

} // namespace qd
