/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/preflight/preflight.h"

using namespace Qt::StringLiterals;

namespace qd::sandbox::preflight {

namespace {

constexpr double readsPerEvaluation = 0.6;

/// A few companies that have their changes evaluated, from documentation addresses; some four requests a second.
class Load final : public LoadGenerator
{
public:
    explicit Load(quint16 port)
        : LoadGenerator(port, {{u"api"_s, 4}})
    {
    }

protected:
    void tick(double wave) override
    {
        for (const Customer &customer : customers()) {
            for (int i = occurrences(customer.perMinute, wave); i > 0 && areWritersPatient(); --i)
                send(Writes, "POST", u"/v1/evaluate"_s, headersOf(customer.key), R"({"change":"deploy"})");
            for (int i = occurrences(customer.perMinute * readsPerEvaluation, wave); i > 0; --i)
                send(Reads, "GET", u"/v1/evaluations/%1"_s.arg(popularId(1200)), headersOf(customer.key));
        }
        if (occurrences(0.7, wave) > 0)
            send(Reads, "GET", u"/v1/evaluations/1"_s, headersOf("pf_live_of-a-customer-who-left"));
    }

    void floodOnce(const QString &) override
    {
        send(Floods, "GET", u"/v1/evaluations/%1"_s.arg(popularId(1200)), headersOf(customers().last().key));
    }

private:
    static RequestHeaders headersOf(const QByteArray &key)
    {
        return {{"X-API-Key", key}, {"X-Forwarded-For", "203.0.113.40"}};
    }
};

} // namespace

std::unique_ptr<LoadGenerator> load(quint16 port)
{
    return std::make_unique<Load>(port);
}

} // namespace qd::sandbox::preflight
