/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/quoted/quoted.h"

#include "parts/random_hex.h"

using namespace Qt::StringLiterals;

namespace qd::sandbox::quoted {

QByteArray schema(const ViewerAccess &viewer)
{
    QByteArray sql = R"sql(
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('8c41f0d2a7b3');
CREATE TABLE quarterdeck_environment (deployment text NOT NULL, environment text NOT NULL);
INSERT INTO quarterdeck_environment VALUES ('quoted', 'production');

CREATE TABLE contractors (id int PRIMARY KEY, name text NOT NULL, trade text NOT NULL, city text NOT NULL,
    logo_path text, updated_at timestamptz NOT NULL DEFAULT now());
INSERT INTO contractors (id, name, trade, city)
    SELECT i, (ARRAY['Harbour','Summit','Cedar','Northside','Bluebird','Granite','Lakeview','Union'])[1 + i % 8] || ' '
           || (ARRAY['Roofing','Painting','Electric','Plumbing','Decks','Windows','Flooring'])[1 + i % 7],
           (ARRAY['roofing','painting','electrical','plumbing','carpentry','glazing','flooring'])[1 + i % 7],
           (ARRAY['Duluth','Tacoma','Boise','Dayton','Salem'])[1 + i % 5]
    FROM generate_series(1, 200) i;
CREATE TABLE pricing_categories (id int PRIMARY KEY, contractor_id int NOT NULL REFERENCES contractors,
    name text NOT NULL, unit text NOT NULL, unit_price numeric(10,2) NOT NULL);
INSERT INTO pricing_categories
    SELECT i, 1 + i % 200, 'Category ' || i, (ARRAY['hour','sq ft','each'])[1 + i % 3], 12 + (i * 37) % 480
    FROM generate_series(1, 90) i;
CREATE TABLE quote_templates (id int PRIMARY KEY, name text NOT NULL, body text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now());
INSERT INTO quote_templates (id, name, body)
    SELECT i, 'Template ' || i, repeat('Scope of work, materials and terms. ', 6) FROM generate_series(1, 50) i;
CREATE TABLE quotes (id bigserial PRIMARY KEY, contractor_id int NOT NULL, total numeric(10,2) NOT NULL,
    provider text NOT NULL, pdf_path text, created_at timestamptz NOT NULL DEFAULT now());
INSERT INTO quotes (contractor_id, total, provider, created_at)
    SELECT 1 + i % 200, 200 + (i * 53) % 9000, (ARRAY['openai','anthropic'])[1 + i % 2], now() - i * interval '7 minutes'
    FROM generate_series(1, 3000) i;
CREATE INDEX quotes_contractor ON quotes (contractor_id, created_at);
CREATE TABLE payments (id bigserial PRIMARY KEY, quote_id bigint, amount numeric(10,2) NOT NULL,
    state text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());

CREATE TABLE jwt_keys (kid text PRIMARY KEY, secret text NOT NULL,
    state text NOT NULL CHECK (state IN ('next', 'active', 'retiring', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now(), activated_at timestamptz, retire_after timestamptz);
INSERT INTO jwt_keys VALUES
    ('k1', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'active',
     now() - interval '97 days', now() - interval '94 days', now() + interval '3 days'),
    ('k2', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'active',
     now() - interval '5 days', now() - interval '4 days', NULL);
CREATE TABLE sessions (id uuid PRIMARY KEY, kid text NOT NULL REFERENCES jwt_keys,
    expires_at timestamptz NOT NULL, revoked_at timestamptz);
CREATE TABLE feature_flags (key text PRIMARY KEY, enabled boolean NOT NULL, rollout_percent int NOT NULL DEFAULT 100,
    updated_by text NOT NULL, updated_at timestamptz NOT NULL DEFAULT now());
INSERT INTO feature_flags VALUES
    ('anthropic_first', true, 50, 'maria', now() - interval '9 days'),
    ('instant_demo', true, 100, 'jon', now() - interval '41 days'),
    ('voice_quotes', false, 0, 'maria', now() - interval '2 days');

CREATE ROLE quarterdeck_viewer LOGIN PASSWORD '@PASSWORD@' CONNECTION LIMIT 10 IN ROLE pg_monitor;
GRANT SELECT ON alembic_version, quarterdeck_environment, contractors, pricing_categories, quote_templates, quotes,
    payments, sessions, feature_flags TO quarterdeck_viewer;
GRANT SELECT (kid, state, created_at, activated_at, retire_after) ON jwt_keys TO quarterdeck_viewer;
CREATE ROLE quarterdeck_operator LOGIN PASSWORD '@OPERATOR@' CONNECTION LIMIT 10;
GRANT SELECT ON quarterdeck_environment, feature_flags TO quarterdeck_operator;
GRANT UPDATE (enabled, rollout_percent, updated_by, updated_at) ON feature_flags TO quarterdeck_operator;
GRANT SELECT (kid, expires_at, revoked_at) ON sessions TO quarterdeck_operator; -- to tell how much it touches
GRANT SELECT, INSERT, UPDATE, DELETE ON jwt_keys TO quarterdeck_operator;
GRANT SELECT (created_at) ON quotes TO quarterdeck_operator;
GRANT CREATE ON SCHEMA public TO quarterdeck_operator; -- for its leases
CREATE TABLE quarterdeck_approvals (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('asked', 'given', 'used')), plan_id text NOT NULL,
    nonce text NOT NULL, body text NOT NULL, who text NOT NULL, at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, nonce));
GRANT SELECT, INSERT ON quarterdeck_approvals TO quarterdeck_operator;
CREATE TABLE quarterdeck_witness (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL, line text NOT NULL UNIQUE, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON quarterdeck_witness (key, id);
GRANT SELECT, INSERT ON quarterdeck_witness TO quarterdeck_operator;
-- Who restores makes databases, for the owner of this one.
CREATE ROLE quarterdeck_restorer LOGIN PASSWORD '@OPERATOR@' CREATEDB IN ROLE quoted_owner;
ANALYZE;
)sql";
    return sql.replace("@PASSWORD@", viewer.password).replace("@OPERATOR@", viewer.operatorPassword);
}

QByteArray profile(const ProfileFacts &facts)
{
    return u"# Leads to the sandbox's own 'quoted'. It lives as long as the sandbox runs.\n"
           "quarterdeck: 1\n"
           "name: quoted\n"
           "title: Quote service\n"
           "environment: production\n"
           "preset: quoted\n"
           "connections:\n"
           "  http:\n"
           "    url: http://127.0.0.1:%1\n"
           "  redis:\n"
           "    host: 127.0.0.1\n"
           "    port: %2\n"
           "    password: \"file:%3\"\n"
           "  postgresql:\n"
           "    host: 127.0.0.1\n"
           "    port: %4\n"
           "    database: quoted\n"
           "    user: quarterdeck_viewer\n"
           "    password: \"file:%5\"\n"
           "    sslmode: disable\n"
           "  operator:\n"
           "    kind: postgresql\n"
           "    host: 127.0.0.1\n"
           "    port: %4\n"
           "    database: quoted\n"
           "    user: quarterdeck_operator\n"
           "    password: \"file:%8/operator-password\"\n"
           "    sslmode: disable\n"
           "  restorer:\n"
           "    kind: postgresql\n"
           "    host: 127.0.0.1\n"
           "    port: %4\n"
           "    database: quoted\n"
           "    user: quarterdeck_restorer\n"
           "    password: \"file:%8/operator-password\"\n"
           "    sslmode: disable\n"
           "  redis_operator:\n"
           "    kind: redis\n"
           "    host: 127.0.0.1\n"
           "    port: %2\n"
           "    user: quarterdeck_operator\n"
           "    password: \"file:%8/operator-password\"\n"
           "sources:\n"
           "  backups: {path: \"%6\"}\n"
           "  platform:\n"
           "    kind: railway\n"
           "    program: \"%7/railway\"\n"
           "    service: quoted\n"
           "    environment: production\n"
           "verify:\n"
           "  - {name: rate-limit, in_production: true}\n"
           "intervals:\n"
           "  liveness: 1s\n"
           "  health: 1s\n"
           "  redis: 1s\n"
           "  postgresql: 2s\n"
           "  keys: 2s\n"
           "  flags: 2s\n"
           "  backups: 5s\n"
           "  platform: 5s\n"_s.arg(facts.httpPort)
               .arg(facts.redisPort)
               .arg(facts.redisPasswordFile)
               .arg(facts.postgresPort)
               .arg(facts.viewerPasswordFile)
               .arg(facts.backups)
               .arg(facts.programs)
               .arg(facts.secretFiles)
               .toUtf8();
}

ServiceKind kind()
{
    return {
        .name = u"quoted"_s,
        .create = create,
        .schema = schema,
        .profile = profile,
        .load = load,
        .variables = {{u"ENVIRONMENT"_s, u"production"_s},
                      {u"JWT_SECRET_KEY"_s, QString::fromLatin1(randomHex(32))},
                      {u"STRIPE_SECRET_KEY"_s, u"sk_test_"_s + QString::fromLatin1(randomHex(24))},
                      {u"STRIPE_WEBHOOK_SECRET"_s, u"whsec_"_s + QString::fromLatin1(randomHex(24))},
                      {u"RESEND_API_KEY"_s, u"re_"_s + QString::fromLatin1(randomHex(16))},
                      {u"LOG_LEVEL"_s, u"info"_s}},
        .platform = PlatformKind::Railway,
        .backups = BackupFormat{.fileName = u"'quoted-'yyyyMMdd-HHmmss'.dump'"_s, .dumpOptions = {u"-Fc"_s}},
        .operatorKeys = "~LIMITS:* ~cache:* %R~quoted:cache:stats",
        .faults = {
            {u"openai-down, anthropic-down, stripe-down, resend-down"_s, u"that upstream fails; its breaker opens"_s},
            {u"openai-slow, anthropic-slow, stripe-slow, resend-slow"_s, u"that upstream takes eight times as long"_s},
            {u"upstream-slow"_s, u"all upstreams are slow"_s},
            {u"s3-down"_s, u"the object store fails; files go to the local disk"_s},
            {u"empty-cache GROUP"_s, u"deletes all keys of contractor, pricing or templates"_s},
        }};
}

} // namespace qd::sandbox::quoted
