/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/preflight/preflight.h"

#include "parts/random_hex.h"

#include "services/preflight/api_keys.h"

using namespace Qt::StringLiterals;

namespace qd::sandbox::preflight {

namespace {

/// Of the sandbox that starts the service; a service is told its own by its variables.
const QByteArray &salt()
{
    static const QByteArray made = randomHex(32);
    return made;
}

QByteArray keyRows()
{
    QByteArray rows;
    for (const Customer &customer : customers())
        rows += (rows.isEmpty() ? "('" : ", ('") + customer.name + "', '" + prefixOf(customer.key) + "', '" +
                saltedHash(customer.key, salt()) + "')";
    return rows;
}

} // namespace

const QList<Customer> &customers()
{
    static const QList<Customer> all = [] {
        QList<Customer> made{{"northwind", {}, 36}, {"acme", {}, 28}, {"globex", {}, 22},    {"initech", {}, 16},
                             {"umbrella", {}, 12},  {"hooli", {}, 8}, {"monitoring", {}, 0}, {"stark", {}, 4}};
        for (Customer &customer : made)
            customer.key = "pf_live_" + randomHex(32).left(40);
        return made;
    }();
    return all;
}

QByteArray schema(const ViewerAccess &viewer)
{
    QByteArray sql = R"sql(
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('b7e05a41d9c6');
CREATE TABLE quarterdeck_environment (deployment text NOT NULL, environment text NOT NULL);
INSERT INTO quarterdeck_environment VALUES ('preflight', 'production');

CREATE TABLE api_keys (id serial PRIMARY KEY, name text NOT NULL, prefix text NOT NULL UNIQUE, hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), last_used_at timestamptz, revoked_at timestamptz);
INSERT INTO api_keys (name, prefix, hash) VALUES @KEYS@;
UPDATE api_keys SET created_at = now() - id * interval '23 days';
INSERT INTO api_keys (name, prefix, hash, created_at, last_used_at, revoked_at) VALUES
    ('northwind', 'pf_live_0c41d2aa', repeat('0', 64), now() - interval '400 days', now() - interval '31 days',
     now() - interval '30 days');
CREATE TABLE evaluations (id bigserial PRIMARY KEY, api_key text NOT NULL, verdict text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now());
INSERT INTO evaluations (api_key, verdict, created_at)
    SELECT 'pf_live_0c41d2aa', (ARRAY['pass','pass','pass','warn','block'])[1 + i % 5], now() - i * interval '9 minutes'
    FROM generate_series(1, 1500) i;
CREATE INDEX idx_evaluations_created_at ON evaluations(created_at);

CREATE ROLE quarterdeck_viewer LOGIN PASSWORD '@PASSWORD@' CONNECTION LIMIT 10 IN ROLE pg_monitor;
GRANT SELECT ON alembic_version, quarterdeck_environment, evaluations TO quarterdeck_viewer;
GRANT SELECT (id, name, prefix, created_at, last_used_at, revoked_at) ON api_keys TO quarterdeck_viewer;
CREATE ROLE quarterdeck_operator LOGIN PASSWORD '@OPERATOR@' CONNECTION LIMIT 10;
GRANT SELECT ON quarterdeck_environment TO quarterdeck_operator;
GRANT SELECT (id, name, prefix, created_at, last_used_at, revoked_at),
    INSERT (name, prefix, hash, created_at),
    UPDATE (revoked_at) ON api_keys TO quarterdeck_operator;
GRANT USAGE ON SEQUENCE api_keys_id_seq TO quarterdeck_operator;
GRANT CREATE ON SCHEMA public TO quarterdeck_operator; -- for its leases
CREATE TABLE quarterdeck_approvals (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('asked', 'given', 'used')), plan_id text NOT NULL,
    nonce text NOT NULL, body text NOT NULL, who text NOT NULL, at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, nonce));
GRANT SELECT, INSERT ON quarterdeck_approvals TO quarterdeck_operator;
ANALYZE;
)sql";
    return sql.replace("@PASSWORD@", viewer.password)
        .replace("@OPERATOR@", viewer.operatorPassword)
        .replace("@KEYS@", keyRows());
}

QByteArray profile(const ProfileFacts &facts)
{
    return u"# Leads to the sandbox's own 'preflight'. It lives as long as the sandbox runs.\n"
           "quarterdeck: 1\n"
           "name: preflight\n"
           "title: Evaluation API\n"
           "environment: production\n"
           "preset: preflight\n"
           "connections:\n"
           "  http:\n"
           "    url: http://127.0.0.1:%1\n"
           "    headers: {X-API-Key: \"file:%6/api-key\"}\n"
           "  redis:\n"
           "    host: 127.0.0.1\n"
           "    port: %2\n"
           "    password: \"file:%3\"\n"
           "  postgresql:\n"
           "    host: 127.0.0.1\n"
           "    port: %4\n"
           "    database: preflight\n"
           "    user: quarterdeck_viewer\n"
           "    password: \"file:%5\"\n"
           "    sslmode: disable\n"
           "  operator:\n"
           "    kind: postgresql\n"
           "    host: 127.0.0.1\n"
           "    port: %4\n"
           "    database: preflight\n"
           "    user: quarterdeck_operator\n"
           "    password: \"file:%6/operator-password\"\n"
           "    sslmode: disable\n"
           "sources:\n"
           "  platform: {program: \"%7/kubectl\", namespace: preflight}\n"
           "intervals:\n"
           "  liveness: 1s\n"
           "  readiness: 1s\n"
           "  status: 3s\n"
           "  metrics: 1s\n"
           "  redis: 1s\n"
           "  postgresql: 2s\n"
           "  api_keys: 2s\n"
           "  platform: 5s\n"_s.arg(facts.httpPort)
               .arg(facts.redisPort)
               .arg(facts.redisPasswordFile)
               .arg(facts.postgresPort)
               .arg(facts.viewerPasswordFile)
               .arg(facts.secretFiles)
               .arg(facts.programs)
               .toUtf8();
}

ServiceKind kind()
{
    return {.name = u"preflight"_s,
            .create = create,
            .schema = schema,
            .profile = profile,
            .load = load,
            .variables = {{u"ENABLE_DOCS"_s, u"false"_s},
                          {u"RATE_LIMIT_PER_MINUTE"_s, u"60"_s},
                          {u"JWT_SECRET"_s, QString::fromLatin1(randomHex(32))},
                          {u"API_KEY_SALT"_s, QString::fromLatin1(salt())},
                          {u"ALLOWED_ORIGINS"_s, u"https://app.yourdomain.com"_s},
                          {u"SENTRY_ENVIRONMENT"_s, u"production"_s}},
            .secretFiles = {{u"api-key"_s, customers().at(customers().size() - 2).key}},
            .platform = PlatformKind::Kubernetes,
            .faults = {
                {u"evaluator-down"_s, u"evaluations fail"_s},
                {u"evaluator-slow"_s, u"evaluations take eight times as long"_s},
            }};
}

} // namespace qd::sandbox::preflight
