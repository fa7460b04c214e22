/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QNetworkAccessManager>
#include <QRandomGenerator>
#include <QTimer>

#include <functional>
#include <optional>

namespace qd::sandbox {

using RequestHeaders = QList<std::pair<QByteArray, QByteArray>>;

/// Believable traffic for one service, in waves. What is asked for, and by whom, the service's own subclass knows.
class LoadGenerator : public QObject
{
    Q_OBJECT

public:
    /// `floods`: the tiers that can be flooded, and with how many requests a second.
    LoadGenerator(quint16 port, QHash<QString, double> floods, QObject *parent = nullptr);

    void start();
    /// No new requests; `quiet` runs when those under way are answered.
    void pause(std::function<void()> quiet);
    void resume();
    /// One client asks for far more than its tier allows, until told otherwise. False: no such tier.
    bool flood(const QString &tier, bool on);
    void stopFloods() { m_flooding.clear(); }
    [[nodiscard]] QStringList tiers() const { return m_floods.keys(); }
    /// Somebody meets this fault just now, also when a story is played fast.
    virtual void meet(const QString &fault) { Q_UNUSED(fault); }
    /// Something that others than the service do of their own accord, and what they tell then; nothing: they know no
    /// such thing.
    virtual std::optional<QString> outside(const QString &name, bool on)
    {
        Q_UNUSED(name);
        Q_UNUSED(on);
        return std::nullopt;
    }

protected:
    /// Slow answers of upstreams must not hold up reads: a manager opens six connections to one host at most.
    enum Lane { Reads, Writes, Floods };

    /// Who came before.
    virtual void begin() {}
    /// Sends what happens in a tenth of a second; `wave` is 1 on average.
    virtual void tick(double wave) = 0;
    virtual void floodOnce(const QString &tier) = 0;

    QNetworkReply *send(Lane lane, const QByteArray &method, const QString &path, const RequestHeaders &headers,
                        const QByteArray &body = QByteArrayLiteral(R"({"user":"load"})"));
    [[nodiscard]] bool isPaused() const { return m_paused; }
    /// Requests of the lane of writes that nothing answered yet.
    [[nodiscard]] bool areWritersPatient() const { return m_writesInFlight < maxWritesInFlight; }

    [[nodiscard]] double random() { return m_random.generateDouble(); }
    /// How many events happen in a tick when `perMinute` are usual.
    [[nodiscard]] int occurrences(double perMinute, double wave);
    /// An id from 1 to `count`: low ones far more often than high ones.
    [[nodiscard]] int popularId(int count);

private:
    static constexpr int maxWritesInFlight = 24; ///< people give up when nothing answers
    void onTick();

    const quint16 m_port;
    const QHash<QString, double> m_floods;
    QRandomGenerator m_random{1}; ///< the same traffic each time
    QNetworkAccessManager m_lanes[3];
    QTimer m_timer;
    QElapsedTimer m_running;
    QHash<QString, double> m_flooding; ///< requests a second, by tier
    std::function<void()> m_quiet;
    int m_inFlight = 0;
    int m_writesInFlight = 0;
    bool m_paused = false;
};

} // namespace qd::sandbox
