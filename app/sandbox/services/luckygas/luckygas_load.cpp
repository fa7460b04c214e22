/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/luckygas/api_keys.h"
#include "services/luckygas/luckygas.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::sandbox::luckygas {

namespace {

/// Customers' apps, drivers, the office and partners, each with a key; some five requests a second.
class Load final : public LoadGenerator
{
public:
    explicit Load(quint16 port)
        : LoadGenerator(port, {{u"basic"_s, 1.5}, {u"standard"_s, 4}, {u"premium"_s, 12}, {u"enterprise"_s, 40}})
    {
    }

    void meet(const QString &fault) override
    {
        if (fault.startsWith(u"banking_api"_s))
            pay(demoKeys().first());
    }

protected:
    void tick(double wave) override
    {
        for (const DemoKey &key : demoKeys()) {
            for (int i = occurrences(key.perMinute, wave); i > 0; --i)
                act(key);
        }
    }

    void floodOnce(const QString &tier) override
    {
        const auto key = std::ranges::find_if(
            demoKeys(), [&](const DemoKey &k) { return k.perMinute <= 0 && k.tier == tier.toUtf8(); });
        send(Floods, "GET", u"/api/v1/products/%1"_s.arg(popularId(40)), headers(*key));
    }

private:
    static RequestHeaders headers(const DemoKey &key) { return {{"X-API-Key", key.key}}; }

    void pay(const DemoKey &key) { send(Writes, "POST", u"/api/v1/payments"_s, headers(key)); }

    void read(const DemoKey &key)
    {
        const double which = random();
        QString path = u"/api/v1/products/%1"_s.arg(popularId(40));
        if (which < 0.4)
            path = u"/api/v1/customers/%1"_s.arg(popularId(300));
        else if (which < 0.6)
            path = u"/api/v1/orders/%1"_s.arg(popularId(2000));
        else if (which < 0.8)
            path = u"/api/v1/routes/%1"_s.arg(popularId(60));
        send(Reads, "GET", path, headers(key));
    }

    void act(const DemoKey &key)
    {
        const double which = random();
        // Slightly more deliveries than orders, so that few wait.
        if (which < 0.66 || !areWritersPatient())
            read(key);
        else if (which < 0.75)
            send(Writes, "GET", u"/api/v1/predictions/%1"_s.arg(popularId(120)), headers(key));
        else if (which < 0.83)
            send(Writes, "POST", u"/api/v1/orders"_s, headers(key),
                 QByteArrayLiteral(R"({"customer":)") + QByteArray::number(popularId(300)) +
                     ",\"cylinders\":" + QByteArray::number(popularId(3)) + '}');
        else if (which < 0.93)
            send(Writes, "POST", u"/api/v1/deliveries"_s, headers(key));
        else
            pay(key);
    }
};

} // namespace

std::unique_ptr<LoadGenerator> load(quint16 port)
{
    return std::make_unique<Load>(port);
}

} // namespace qd::sandbox::luckygas
