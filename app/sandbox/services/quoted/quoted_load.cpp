/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/quoted/quoted.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkReply>

#include <vector>

using namespace Qt::StringLiterals;

namespace qd::sandbox::quoted {

namespace {

constexpr int peoplePaying = 3;

struct Client
{
    QByteArray address;
    double readsPerMinute = 0;
    double writesPerMinute = 0;
    double loginsPerMinute = 0;
    QByteArray token{};

    [[nodiscard]] RequestHeaders headers() const
    {
        RequestHeaders headers{{"X-Forwarded-For", address}};
        if (!token.isEmpty())
            headers.append({"Authorization", "Bearer " + token});
        return headers;
    }
};

/// Two dozen clients with habits of their own, from documentation addresses; some ten requests a second.
class Load final : public LoadGenerator
{
public:
    explicit Load(quint16 port)
        : LoadGenerator(port, {{u"auth"_s, 1.5}, {u"demo"_s, 0.5}, {u"reads"_s, 8}, {u"writes"_s, 4}})
    {
        // Most clients are far from their limits, some are near.
        constexpr double reads[] = {74, 58, 44, 36, 30, 26, 22, 20, 18, 16, 14, 12,
                                    12, 10, 10, 8,  8,  6,  6,  5,  4,  4,  3,  2};
        constexpr double writes[] = {4, 30, 12, 9, 7, 6, 5, 5, 4, 4, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1};
        constexpr double logins[] = {1.8, 0.4, 0.3, 2.4, 0.2, 0.2, 0.4, 0.2, 0.9, 0.2, 0.2, 0.2,
                                     0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1};
        for (std::size_t i = 0; i < std::size(reads); ++i)
            m_clients.push_back(
                {"203.0.113." + QByteArray::number(10 + static_cast<int>(i)), reads[i], writes[i], logins[i]});
    }

    void meet(const QString &fault) override
    {
        if (!fault.startsWith(u"stripe"_s))
            return;
        for (int i = 0; i < peoplePaying && !isPaused(); ++i)
            send(Writes, "POST", u"/api/payments"_s,
                 {{"X-Forwarded-For", m_clients.at(m_clients.size() - 1 - static_cast<std::size_t>(i)).address}});
    }

protected:
    void begin() override
    {
        for (Client &client : m_clients)
            login(client);
        // The demo's window is an hour: some visitors came before.
        constexpr int visits[] = {4, 2, 1, 3, 1};
        for (std::size_t visitor = 0; visitor < std::size(visits); ++visitor) {
            for (int i = 0; i < visits[visitor]; ++i)
                visit(20 + static_cast<int>(visitor));
        }
    }

    void tick(double wave) override
    {
        for (Client &client : m_clients) {
            for (int i = occurrences(client.readsPerMinute, wave); i > 0; --i)
                read(client);
            for (int i = occurrences(client.writesPerMinute, wave); i > 0 && areWritersPatient(); --i)
                write(client);
            if (occurrences(client.loginsPerMinute, wave) > 0)
                login(client);
        }
        if (occurrences(0.2, wave) > 0)
            visit(25 + popularId(60));
    }

    void floodOnce(const QString &tier) override
    {
        const RequestHeaders headers{{"X-Forwarded-For", "198.51.100.66"}};
        if (tier == "auth"_L1)
            send(Floods, "POST", u"/login"_s, headers);
        else if (tier == "demo"_L1)
            send(Floods, "POST", u"/demo/quotes"_s, headers);
        else if (tier == "writes"_L1)
            send(Floods, "PUT", u"/api/contractors/%1"_s.arg(popularId(200)), headers);
        else
            send(Floods, "GET", u"/api/info"_s, headers);
    }

private:
    void visit(int host)
    {
        send(Writes, "POST", u"/demo/quotes"_s, {{"X-Forwarded-For", "198.51.100." + QByteArray::number(host)}});
    }

    void read(const Client &client)
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
        send(Reads, "GET", path, client.headers());
    }

    void write(const Client &client)
    {
        const double which = random();
        if (which < 0.22)
            send(Writes, "POST", u"/api/payments"_s, client.headers());
        else if (which < 0.36)
            send(Writes, "POST", u"/auth/magic-link"_s, client.headers());
        else if (which < 0.48)
            send(Writes, "PUT", u"/api/contractors/%1"_s.arg(popularId(200)), client.headers());
        else if (which < 0.52)
            send(Writes, "PUT", u"/api/templates/%1"_s.arg(popularId(50)), client.headers());
        else
            send(Writes, "POST", u"/api/quotes"_s, client.headers(), R"({"user":"load","contractor":7})");
    }

    void login(Client &client)
    {
        QNetworkReply *reply = send(Reads, "POST", u"/login"_s, {{"X-Forwarded-For", client.address}});
        connect(reply, &QNetworkReply::finished, this, [reply, &client] {
            const QString token =
                QJsonDocument::fromJson(reply->readAll()).object().value("access_token"_L1).toString();
            if (!token.isEmpty())
                client.token = token.toLatin1();
        });
    }

    std::vector<Client> m_clients;
};

} // namespace

std::unique_ptr<LoadGenerator> load(quint16 port)
{
    return std::make_unique<Load>(port);
}

} // namespace qd::sandbox::quoted
