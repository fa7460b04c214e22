/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QList>

#include <memory>

namespace qd::proof {

/// An address on loopback that leads to a server, and keeps what clients send there. Where it leads can be changed, as
/// a name's address can.
class Door
{
public:
    explicit Door(quint16 to);
    ~Door();
    Door(const Door &) = delete;
    Door &operator=(const Door &) = delete;

    [[nodiscard]] quint16 port() const;
    /// What is open is cut.
    void lead(quint16 to);
    /// What each connection sent since forget().
    struct Sent
    {
        QByteArray bytes;
        bool isWhole = true; ///< from the connection's beginning
    };
    [[nodiscard]] QList<Sent> sent() const;
    void forget();

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// What of this could change something, as each protocol has it.
struct Changes
{
    qint64 bytes = 0;       ///< of commands that change the deployment
    qint64 leaseBytes = 0;  ///< of those that take, renew or give back its lease alone
    qint64 reads = 0;       ///< commands that change nothing
    QList<QByteArray> what; ///< the beginning of each of the first
    Changes &operator+=(const Changes &more);
};
[[nodiscard]] Changes changesInSql(const QList<Door::Sent> &sent);
[[nodiscard]] Changes changesInRedis(const QList<Door::Sent> &sent);
[[nodiscard]] Changes changesInHttp(const QList<Door::Sent> &sent);

} // namespace qd::proof
