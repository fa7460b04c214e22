/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/prometheus/prometheus.h"

#include <QFile>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace qd;

namespace {
ProfileResult profileOf(const QString &preset)
{
    const QHash<QString, QByteArray> platform{{u"storefront"_s, "{service: srv-1}"},
                                              {u"preflight"_s, "{}"},
                                              {u"longmem"_s, "{file: /c.yml}"},
                                              {u"luckygas"_s, "{file: /c.yml, ssh: deploy@host}"}};
    const QByteArray redis = preset == "luckygas"_L1 ? "sentinels: [127.0.0.1], master: m" : "host: 127.0.0.1";
    return parseProfile("quarterdeck: 1\nname: d\nenvironment: test\npreset: " + preset.toUtf8() +
                            "\nconnections:\n  http: {url: 'http://127.0.0.1'}\n  redis: {" + redis +
                            "}\n  postgresql: {host: 127.0.0.1, database: d, user: u, sslmode: disable}\n"
                            "  replica: {kind: postgresql, host: 127.0.0.1, database: d, user: u, sslmode: disable}\n"
                            "  pgbouncer: {kind: postgresql, host: 127.0.0.1, database: pgbouncer, user: u}\n"
                            "  render: {kind: http, url: 'http://127.0.0.1'}\n" +
                            "sources: {platform: " + platform.value(preset, "off") + "}\n",
                        u"p.yaml"_s);
}

QString word(const Value<qint64> &value)
{
    return value.has() ? QString::number(*value) : u"-"_s;
}

/// What the console has a word for, one line each.
struct Line
{
    QStringList operator()(const Breaker &b) const
    {
        const QString state = b.state.has() ? QString::number(static_cast<int>(*b.state)) : u"-"_s;
        return {u"breaker"_s, b.id, state, word(b.callsTotal), word(b.failuresTotal), word(b.rejectedTotal)};
    }
    QStringList operator()(const Cache &c) const { return {u"cache"_s, c.group, word(c.hits), word(c.misses)}; }
    QStringList operator()(const LimitTier &t) const { return {u"tier"_s, t.tier, word(t.rejectedTotal)}; }
    QStringList operator()(const Requests &r) const { return {u"requests"_s, word(r.total), word(r.errorsTotal)}; }
    QStringList operator()(const Metric &m) const
    {
        return {m.name(), m.value.has() ? QString::number(*m.value) : QString::number(m.count.valueOr(-1))};
    }
    QStringList operator()(const auto &) const { return {u"something else"_s}; }
};
} // namespace

/// The presets as written, on pages that their services showed.
class TestPresets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everySourceCanBeMade_data();
    void everySourceCanBeMade();
    void metricsPagesAreUnderstood_data();
    void anUnknownKindOfSourceIsNotQuoted();
    void metricsPagesAreUnderstood();
};

void TestPresets::everySourceCanBeMade_data()
{
    QTest::addColumn<QStringList>("sources");
    QTest::addColumn<QStringList>("unavailable");
    QTest::newRow("quoted") << QStringList{u"backups"_s,  u"flags"_s,      u"health"_s, u"keys"_s,
                                           u"liveness"_s, u"postgresql"_s, u"redis"_s}
                            << QStringList{u"api_keys"_s, u"business_metrics"_s, u"replicas"_s, u"pools"_s,
                                           u"sentinels"_s};
    QTest::newRow("luckygas") << QStringList{u"api_keys"_s, u"backups"_s,    u"health"_s, u"metrics"_s, u"pgbouncer"_s,
                                             u"platform"_s, u"postgresql"_s, u"redis"_s,  u"replica"_s, u"sentinel"_s}
                              << QStringList{u"flags"_s};
    QTest::newRow("longmem") << QStringList{u"backups"_s,  u"health"_s,     u"liveness"_s, u"metrics"_s,
                                            u"platform"_s, u"postgresql"_s, u"redis"_s}
                             << QStringList{u"breakers"_s, u"api_keys"_s, u"business_metrics"_s,
                                            u"replicas"_s, u"pools"_s,    u"sentinels"_s};
    QTest::newRow("preflight") << QStringList{u"api_keys"_s,   u"liveness"_s,  u"metrics"_s, u"platform"_s,
                                              u"postgresql"_s, u"readiness"_s, u"redis"_s,   u"status"_s}
                               << QStringList{u"breakers"_s, u"cache"_s, u"backups"_s,  u"alerts"_s,
                                              u"replicas"_s, u"pools"_s, u"sentinels"_s};
    QTest::newRow("storefront") << QStringList{u"backups"_s,  u"health"_s,     u"liveness"_s, u"metrics"_s,
                                               u"platform"_s, u"postgresql"_s, u"redis"_s}
                                << QStringList{u"api_keys"_s, u"replicas"_s, u"pools"_s, u"sentinels"_s};
}

void TestPresets::everySourceCanBeMade()
{
    QFETCH(QStringList, sources);
    QFETCH(QStringList, unavailable);
    const auto profile = profileOf(QString::fromLatin1(QTest::currentDataTag()));
    QVERIFY2(profile, profile ? "" : qPrintable(profile.error().first().message));
    const QList<Error> errors = checkSources(*profile);
    QVERIFY2(errors.isEmpty(), errors.isEmpty() ? "" : qPrintable(errors.first().message));
    QStringList ids;
    for (const SourceSpec &spec : profile->sources)
        ids.append(spec.id);
    ids.sort();
    QCOMPARE(ids, sources);
    QCOMPARE(profile->unavailable, unavailable);
}

void TestPresets::metricsPagesAreUnderstood_data()
{
    QTest::addColumn<QStringList>("lines");
    // States: 1 closed, 3 open; - not measured.
    QTest::newRow("luckygas") << QStringList{
        u"breaker banking_api 3 3 3 0"_s,
        u"breaker einvoice_api 1 3 0 0"_s,
        u"breaker google_api 1 4 0 0"_s,
        u"breaker sms_api 1 15 0 0"_s,
        u"cache customers 1 11"_s,
        u"cache predictions 0 4"_s,
        u"cache products 14 17"_s,
        u"cache routes 4 7"_s,
        u"tier basic 4"_s,
        u"tier enterprise 0"_s,
        u"tier premium 0"_s,
        u"tier standard 0"_s,
        u"requests 88 1"_s,
        u"deliveries_total 3"_s,
        u"order_processing_delay_seconds 468.101"_s,
        u"orders_total 15"_s,
        u"prediction_latency_seconds 4"_s,
        u"revenue_twd_total 2460"_s,
        u"suspicious_requests_total 0"_s,
    };
    QTest::newRow("longmem") << QStringList{
        u"tier global 0"_s,
        u"tier user 0"_s,
        u"requests 195 12"_s,
        u"embedding_duration_seconds 7"_s,
        u"embedding_failures_total 12"_s,
        u"rate_limit_fallback_total 0"_s,
    };
    QTest::newRow("preflight") << QStringList{
        u"tier api 0"_s,
        u"requests 110 33"_s,
        u"evaluation_latency_seconds 7"_s,
        u"evaluations_total{verdict=\"block\"} 0"_s,
        u"evaluations_total{verdict=\"error\"} 33"_s,
        u"evaluations_total{verdict=\"pass\"} 7"_s,
        u"evaluations_total{verdict=\"warn\"} 0"_s,
        u"rate_limit_failed_open_total 0"_s,
    };
    // opossum-prometheus shows no state, and nothing of a breaker before its first call.
    QTest::newRow("storefront") << QStringList{
        u"breaker openai - 1 0 0"_s,
        u"breaker push - 6 0 0"_s,
        u"breaker stripe - 6 4 0"_s,
        u"cache products 112 7"_s,
        u"cache recommendations 14 0"_s,
        u"cache weather 13 0"_s,
        u"tier api 0"_s,
        u"requests 192 4"_s,
        u"circuit_perf{event=\"success\",name=\"openai\"} 1"_s,
        u"circuit_perf{event=\"success\",name=\"push\"} 6"_s,
        u"circuit_perf{event=\"failure\",name=\"stripe\"} 4"_s,
        u"circuit_perf{event=\"success\",name=\"stripe\"} 2"_s,
        u"orders_total 6"_s,
        u"push_receipts_total{status=\"ok\"} 6"_s,
        u"stripe_webhook_total{code=\"200\"} 2"_s,
    };
}

void TestPresets::metricsPagesAreUnderstood()
{
    QFETCH(QStringList, lines);
    const QString preset = QString::fromLatin1(QTest::currentDataTag());
    const auto profile = profileOf(preset);
    const auto spec = std::ranges::find(profile->sources, u"metrics"_s, &SourceSpec::id);
    QVERIFY(spec != profile->sources.end());
    QList<Error> errors;
    ConfigReader reader(spec->options, &errors);
    const MetricMap map = readMetricMap(reader, spec->options, &errors);
    QVERIFY(errors.isEmpty());
    QFile file(QFINDTESTDATA(u"data/%1.prom"_s.arg(preset)));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto page = parseExposition(file.readAll(), Exposition::Format::Text);
    QVERIFY2(page, page ? "" : qPrintable(page.error().message));
    const Findings findings = pageFacts(*page, map, {}, {}).findings;
    QVERIFY2(findings.refusals.isEmpty(),
             findings.refusals.isEmpty() ? "" : qPrintable(findings.refusals.first().error.message));
    QStringList found;
    for (const Fact &fact : findings.facts)
        found.append(std::visit(Line(), fact).join(u' '));
    QCOMPARE(found, lines);
}

void TestPresets::anUnknownKindOfSourceIsNotQuoted()
{
    const auto errors = [](const QByteArray &kind) {
        const auto profile = parseProfile(
            "quarterdeck: 1\nname: d\nenvironment: test\nsources:\n  m: {kind: '" + kind + "'}\n", u"p.yaml"_s);
        QStringList said;
        for (const Error &error : profile ? checkSources(*profile) : profile.error())
            said.append(error.where + u' ' + error.message);
        return said;
    };
    QCOMPARE(errors("radis"), QStringList{u"p.yaml:5:6 the source 'm' is of an unknown kind; did you mean 'redis'?"_s});
    const QString address = errors("https://u:hunter2@h/").join(u'\n');
    QVERIFY2(address.contains(u"expected one of http-health"_s), qPrintable(address));
    QVERIFY2(!address.contains(u"hunter2"_s), qPrintable(address));
}

QTEST_GUILESS_MAIN(TestPresets)
#include "tst_presets.moc"
