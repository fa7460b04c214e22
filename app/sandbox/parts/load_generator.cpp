/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/load_generator.h"

#include <QNetworkReply>
#include <QNetworkRequest>

#include <cmath>
#include <numbers>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

constexpr int tickMs = 100;
constexpr double waveSeconds = 420; ///< a day's rise and fall, in minutes
constexpr int transferTimeoutMs = 20'000;

} // namespace

int LoadGenerator::occurrences(double perMinute, double wave)
{
    const double expected = perMinute * wave * tickMs / 60'000.0;
    int count = static_cast<int>(expected);
    if (random() < expected - count)
        ++count;
    return count;
}

int LoadGenerator::popularId(int count)
{
    return 1 + static_cast<int>(std::pow(random(), 2.2) * count);
}

LoadGenerator::LoadGenerator(quint16 port, QHash<QString, double> floods, QObject *parent)
    : QObject(parent)
    , m_port(port)
    , m_floods(std::move(floods))
{
    m_timer.setInterval(tickMs);
    connect(&m_timer, &QTimer::timeout, this, &LoadGenerator::onTick);
}

void LoadGenerator::start()
{
    m_running.start();
    m_timer.start();
    begin();
}

void LoadGenerator::pause(std::function<void()> quiet)
{
    m_paused = true;
    m_timer.stop();
    if (m_inFlight == 0)
        quiet();
    else
        m_quiet = std::move(quiet);
}

void LoadGenerator::resume()
{
    m_paused = false;
    m_timer.start();
}

bool LoadGenerator::flood(const QString &tier, bool on)
{
    if (!m_floods.contains(tier))
        return false;
    if (on)
        m_flooding.insert(tier, m_floods.value(tier));
    else
        m_flooding.remove(tier);
    return true;
}

void LoadGenerator::onTick()
{
    const double seconds = static_cast<double>(m_running.elapsed()) / 1000.0;
    tick(1 + 0.22 * std::sin(2 * std::numbers::pi * seconds / waveSeconds) +
         0.06 * std::sin(2 * std::numbers::pi * seconds / 31) + 0.05 * (random() - 0.5));
    for (auto flooded = m_flooding.cbegin(); flooded != m_flooding.cend(); ++flooded) {
        for (int i = occurrences(flooded.value() * 60, 1); i > 0; --i)
            floodOnce(flooded.key());
    }
}

QNetworkReply *LoadGenerator::send(Lane lane, const QByteArray &method, const QString &path,
                                   const RequestHeaders &headers, const QByteArray &body)
{
    QNetworkRequest request(QUrl(u"http://127.0.0.1:%1%2"_s.arg(m_port).arg(path)));
    request.setTransferTimeout(transferTimeoutMs);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    for (const auto &[name, value] : headers)
        request.setRawHeader(name, value);
    QNetworkReply *reply = m_lanes[lane].sendCustomRequest(request, method, method == "GET" ? QByteArray() : body);
    ++m_inFlight;
    m_writesInFlight += lane == Writes ? 1 : 0;
    connect(reply, &QNetworkReply::finished, this, [this, reply, lane] {
        reply->deleteLater();
        m_writesInFlight -= lane == Writes ? 1 : 0;
        if (--m_inFlight == 0 && m_quiet)
            std::exchange(m_quiet, nullptr)();
    });
    return reply;
}

} // namespace qd::sandbox
