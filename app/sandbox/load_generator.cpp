/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "load_generator.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkReply>
#include <QNetworkRequest>
#include <QRandomGenerator>

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

constexpr int tickMs = 100;
constexpr int maxWritesInFlight = 24; ///< people give up when nothing answers
constexpr double waveSeconds = 420;   ///< a day's rise and fall, in minutes
constexpr int transferTimeoutMs = 20'000;

double random()
{
    return QRandomGenerator::global()->generateDouble();
}

/// How many events happen in a tick when `perMinute` are usual.
int occurrences(double perMinute, double wave)
{
    const double expected = perMinute * wave * tickMs / 60'000.0;
    int count = static_cast<int>(expected);
    if (random() < expected - count)
        ++count;
    return count;
}

/// An id from 1 to `count`: low ones far more often than high ones.
int popularId(int count)
{
    return 1 + static_cast<int>(std::pow(random(), 2.2) * count);
}

} // namespace

LoadGenerator::LoadGenerator(quint16 port, QObject *parent)
    : QObject(parent)
    , m_port(port)
{
    // Most clients are far from their limits, some are near.
    constexpr double reads[] = {74, 58, 44, 36, 30, 26, 22, 20, 18, 16, 14, 12, 12, 10, 10, 8, 8, 6, 6, 5, 4, 4, 3, 2};
    constexpr double writes[] = {4, 30, 12, 9, 7, 6, 5, 5, 4, 4, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1};
    constexpr double logins[] = {1.8, 0.4, 0.3, 2.4, 0.2, 0.2, 0.4, 0.2, 0.9, 0.2, 0.2, 0.2,
                                 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1};
    for (std::size_t i = 0; i < std::size(reads); ++i)
        m_clients.push_back(
            {"203.0.113." + QByteArray::number(10 + static_cast<int>(i)), reads[i], writes[i], logins[i]});
    m_timer.setInterval(tickMs);
    connect(&m_timer, &QTimer::timeout, this, &LoadGenerator::tick);
}

void LoadGenerator::start()
{
    m_running.start();
    m_timer.start();
    for (Client &client : m_clients)
        login(client);
    // The demo's window is an hour: some visitors came before.
    constexpr int visits[] = {4, 2, 1, 3, 1};
    for (std::size_t visitor = 0; visitor < std::size(visits); ++visitor) {
        for (int i = 0; i < visits[visitor]; ++i)
            send(m_writes, "POST", u"/demo/quotes"_s,
                 "198.51.100." + QByteArray::number(20 + static_cast<int>(visitor)));
    }
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
    static const QHash<QString, double> rates{{u"auth"_s, 1.5}, {u"demo"_s, 0.5}, {u"reads"_s, 8}, {u"writes"_s, 4}};
    if (!rates.contains(tier))
        return false;
    if (on)
        m_flooding.insert(tier, rates.value(tier));
    else
        m_flooding.remove(tier);
    return true;
}

void LoadGenerator::stopFloods()
{
    m_flooding.clear();
}

void LoadGenerator::pay(int people)
{
    for (int i = 0; i < people && !m_paused; ++i)
        send(m_writes, "POST", u"/api/payments"_s,
             m_clients.at(m_clients.size() - 1 - static_cast<std::size_t>(i)).address);
}

void LoadGenerator::tick()
{
    const double seconds = static_cast<double>(m_running.elapsed()) / 1000.0;
    const double wave = 1 + 0.22 * std::sin(2 * std::numbers::pi * seconds / waveSeconds) +
                        0.06 * std::sin(2 * std::numbers::pi * seconds / 31) + 0.05 * (random() - 0.5);
    for (Client &client : m_clients) {
        for (int i = occurrences(client.readsPerMinute, wave); i > 0; --i)
            read(client);
        for (int i = occurrences(client.writesPerMinute, wave); i > 0 && m_writesInFlight < maxWritesInFlight; --i)
            write(client);
        if (occurrences(client.loginsPerMinute, wave) > 0)
            login(client);
    }
    if (occurrences(0.2, wave) > 0)
        send(m_writes, "POST", u"/demo/quotes"_s, "198.51.100." + QByteArray::number(25 + popularId(60)));
    for (auto flooded = m_flooding.cbegin(); flooded != m_flooding.cend(); ++flooded) {
        for (int i = occurrences(flooded.value() * 60, 1); i > 0; --i)
            floodOnce(flooded.key());
    }
}

void LoadGenerator::floodOnce(const QString &tier)
{
    const QByteArray address = "198.51.100.66";
    if (tier == "auth"_L1)
        send(m_floods, "POST", u"/login"_s, address);
    else if (tier == "demo"_L1)
        send(m_floods, "POST", u"/demo/quotes"_s, address);
    else if (tier == "writes"_L1)
        send(m_floods, "PUT", u"/api/contractors/%1"_s.arg(popularId(200)), address);
    else
        send(m_floods, "GET", u"/api/info"_s, address);
}

void LoadGenerator::read(const Client &client)
{
    const double which = random();
    QString path = u"/api/me"_s;
    if (which < 0.42)
        path = u"/api/contractors/%1"_s.arg(popularId(200));
    else if (which < 0.64)
        path = u"/api/pricing/%1"_s.arg(popularId(90));
    else if (which < 0.86)
        path = u"/api/templates/%1"_s.arg(popularId(50));
    else if (which < 0.95)
        path = u"/api/info"_s;
    send(m_reads, "GET", path, client.address, client.token);
}

void LoadGenerator::write(const Client &client)
{
    const double which = random();
    QByteArray method = "POST";
    QString path = u"/api/quotes"_s;
    if (which < 0.22) {
        path = u"/api/payments"_s;
    } else if (which < 0.36) {
        path = u"/auth/magic-link"_s;
    } else if (which < 0.52) {
        method = "PUT";
        path = which < 0.48 ? u"/api/contractors/%1"_s.arg(popularId(200)) : u"/api/templates/%1"_s.arg(popularId(50));
    }
    ++m_writesInFlight;
    QNetworkReply *reply = send(m_writes, method, path, client.address, client.token);
    connect(reply, &QNetworkReply::finished, this, [this] { --m_writesInFlight; });
}

void LoadGenerator::login(Client &client)
{
    QNetworkReply *reply = send(m_reads, "POST", u"/login"_s, client.address);
    connect(reply, &QNetworkReply::finished, this, [reply, &client] {
        const QString token = QJsonDocument::fromJson(reply->readAll()).object().value("access_token"_L1).toString();
        if (!token.isEmpty())
            client.token = token.toLatin1();
    });
}

QNetworkReply *LoadGenerator::send(QNetworkAccessManager &manager, const QByteArray &method, const QString &path,
                                   const QByteArray &address, const QByteArray &token)
{
    QNetworkRequest request(QUrl(u"http://127.0.0.1:%1%2"_s.arg(m_port).arg(path)));
    request.setRawHeader("X-Forwarded-For", address);
    request.setTransferTimeout(transferTimeoutMs);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    if (!token.isEmpty())
        request.setRawHeader("Authorization", "Bearer " + token);
    const QByteArray body = method == "GET" ? QByteArray() : QByteArrayLiteral(R"({"user":"load","contractor":7})");
    QNetworkReply *reply = manager.sendCustomRequest(request, method, body);
    ++m_inFlight;
    connect(reply, &QNetworkReply::finished, this, [this, reply] {
        reply->deleteLater();
        if (--m_inFlight == 0 && m_quiet)
            std::exchange(m_quiet, nullptr)();
    });
    return reply;
}

} // namespace qd::sandbox
