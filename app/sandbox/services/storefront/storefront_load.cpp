/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/load_generator.h"
#include "services/storefront/storefront.h"

#include "parts/random_hex.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkReply>

#include <vector>

using namespace Qt::StringLiterals;

namespace qd::sandbox::storefront {

namespace {

constexpr int products = 200;
constexpr int users = 60;
constexpr int peoplePaying = 3;

/// One household or office: what its phones ask for in a minute.
struct Client
{
    QByteArray address;
    int user = 1;
    double readsPerMinute = 0;
    double ordersPerMinute = 0;
    QByteArray token{};
};

/// Two dozen clients from documentation addresses, and the payment provider with its webhooks; five requests a second.
class Load final : public LoadGenerator
{
public:
    explicit Load(quint16 port)
        : LoadGenerator(port, {{u"api"_s, 6}})
    {
        // One office behind one address comes near the limit.
        constexpr double reads[] = {70, 30, 22, 16, 13, 11, 9, 8, 7, 6, 6, 5, 5, 4, 4, 3, 3, 3, 2, 2, 2, 2, 1, 1};
        constexpr double orders[] = {4,  2,  2,  1.5, 1,  1,  1,  1,  .7, .7, .7, .5,
                                     .5, .5, .5, .3,  .3, .3, .3, .2, .2, .2, .2, .2};
        for (std::size_t i = 0; i < std::size(reads); ++i) {
            const int n = static_cast<int>(i);
            m_clients.push_back({"203.0.113." + QByteArray::number(110 + n), 1 + n * 2, reads[i], orders[i]});
        }
    }

    void meet(const QString &fault) override
    {
        const bool pays = fault.startsWith(u"stripe"_s);
        if (!pays && !fault.startsWith(u"openai"_s))
            return;
        for (int i = 0; i < peoplePaying && !isPaused(); ++i) {
            const Client &client = m_clients.at(m_clients.size() - 1 - static_cast<std::size_t>(i));
            write(client, pays ? u"/api/v1/payments/sheet"_s : u"/api/v1/concierge"_s);
        }
    }

    /// As Stripe does: once it is rolled, both secrets sign until the old one is dropped.
    std::optional<QString> outside(const QString &name, bool on) override
    {
        if (name != "webhook-roll"_L1)
            return std::nullopt;
        if (!on) {
            m_droppedSecret.clear();
            return u"webhooks are signed with the new secret alone"_s;
        }
        m_droppedSecret = std::exchange(m_secret, "whsec_" + randomHex(32));
        return QString::fromLatin1(m_secret);
    }

protected:
    void begin() override
    {
        for (Client &client : m_clients)
            login(client);
    }

    void tick(double wave) override
    {
        for (Client &client : m_clients) {
            for (int i = occurrences(client.readsPerMinute, wave); i > 0; --i)
                read(client);
            for (int i = occurrences(client.ordersPerMinute, wave); i > 0 && areWritersPatient(); --i)
                buy(client);
            if (occurrences(client.ordersPerMinute / 2, wave) > 0 && areWritersPatient())
                write(client, u"/api/v1/concierge"_s);
            if (occurrences(0.1, wave) > 0)
                login(client);
        }
        if (occurrences(9, wave) > 0)
            webhook();
    }

    void floodOnce(const QString &) override
    {
        send(Floods, "GET", u"/api/v1/products/%1"_s.arg(popularId(products)), {{"X-Forwarded-For", "198.51.100.67"}});
    }

private:
    static RequestHeaders headersOf(const Client &client)
    {
        RequestHeaders headers{{"X-Forwarded-For", client.address}};
        if (!client.token.isEmpty())
            headers.append({"Authorization", "Bearer " + client.token});
        return headers;
    }

    void read(const Client &client)
    {
        static const QStringList cities{u"Lisbon"_s, u"Porto"_s, u"Faro"_s, u"Braga"_s, u"Coimbra"_s};
        const double which = random();
        QString path = u"/api/v1/profile"_s;
        if (which < 0.56)
            path = u"/api/v1/products/%1"_s.arg(popularId(products));
        else if (which < 0.78)
            path = u"/api/v1/recommendations/%1"_s.arg(1 + (client.user + popularId(12)) % users);
        else if (which < 0.92)
            path = u"/api/v1/weather/"_s + cities.at(popularId(static_cast<int>(cities.size())) - 1);
        send(Reads, "GET", path, headersOf(client));
    }

    void write(const Client &client, const QString &path)
    {
        send(Writes, "POST", path, headersOf(client), "{\"userId\":" + QByteArray::number(client.user) + '}');
    }

    void buy(const Client &client)
    {
        write(client, u"/api/v1/payments/sheet"_s);
        write(client, u"/api/v1/orders"_s);
    }

    void webhook()
    {
        const QByteArray body = R"({"type":"payment_intent.succeeded"})";
        send(Writes, "POST", u"/api/v1/stripe/webhook"_s,
             {{"X-Forwarded-For", "198.51.100.20"},
              {"stripe-signature",
               webhookSignature(body, {m_secret, m_droppedSecret}, QDateTime::currentSecsSinceEpoch())}},
             body);
    }

    void login(Client &client)
    {
        QNetworkReply *reply = send(Reads, "POST", u"/api/v1/auth/login"_s, {{"X-Forwarded-For", client.address}},
                                    "{\"userId\":" + QByteArray::number(client.user) + '}');
        connect(reply, &QNetworkReply::finished, this, [reply, &client] {
            const QString token = QJsonDocument::fromJson(reply->readAll()).object().value("accessToken"_L1).toString();
            if (!token.isEmpty())
                client.token = token.toLatin1();
        });
    }

    std::vector<Client> m_clients;
    QByteArray m_secret = webhookSecret();
    QByteArray m_droppedSecret; ///< that was rolled, while it signs as well
};

} // namespace

std::unique_ptr<LoadGenerator> load(quint16 port)
{
    return std::make_unique<Load>(port);
}

} // namespace qd::sandbox::storefront
