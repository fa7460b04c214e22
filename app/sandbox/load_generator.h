/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QNetworkAccessManager>
#include <QTimer>

#include <functional>
#include <vector>

namespace qd::sandbox {

/// Believable traffic for quoted: two dozen clients with habits of their own, from documentation addresses, in waves;
/// some ten requests a second.
class LoadGenerator : public QObject
{
    Q_OBJECT

public:
    explicit LoadGenerator(quint16 port, QObject *parent = nullptr);

    void start();
    /// No new requests; `quiet` runs when those under way are answered.
    void pause(std::function<void()> quiet);
    void resume();
    /// One client asks for far more than its tier allows, until told otherwise. False: no such tier.
    bool flood(const QString &tier, bool on);
    void stopFloods();
    /// So many people pay at this moment.
    void pay(int people);

private:
    struct Client
    {
        QByteArray address;
        double readsPerMinute = 0;
        double writesPerMinute = 0;
        double loginsPerMinute = 0;
        QByteArray token{};
    };
    void tick();
    void read(const Client &client);
    void write(const Client &client);
    void login(Client &client);
    void floodOnce(const QString &tier);
    QNetworkReply *send(QNetworkAccessManager &manager, const QByteArray &method, const QString &path,
                        const QByteArray &address, const QByteArray &token = {});

    const quint16 m_port;
    // Slow answers of upstreams must not hold up reads: a manager opens six connections to one host at most.
    QNetworkAccessManager m_reads;
    QNetworkAccessManager m_writes;
    QNetworkAccessManager m_floods;
    QTimer m_timer;
    QElapsedTimer m_running;
    std::vector<Client> m_clients;
    QHash<QString, double> m_flooding; ///< requests a second, by tier
    std::function<void()> m_quiet;
    int m_inFlight = 0;
    int m_writesInFlight = 0;
    bool m_paused = false;
};

} // namespace qd::sandbox
