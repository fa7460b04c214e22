/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/storefront/storefront.h"

#include "parts/random_hex.h"

using namespace Qt::StringLiterals;

namespace qd::sandbox::storefront {

QByteArray webhookSecret()
{
    static const QByteArray secret = "whsec_" + randomHex(32);
    return secret;
}

QByteArray schema(const ViewerAccess &viewer)
{
    QByteArray sql = R"sql(
CREATE TABLE "_prisma_migrations" ("id" varchar(36) PRIMARY KEY, "checksum" varchar(64) NOT NULL,
    "finished_at" timestamptz, "migration_name" varchar(255) NOT NULL, "logs" text, "rolled_back_at" timestamptz,
    "started_at" timestamptz NOT NULL DEFAULT now(), "applied_steps_count" int NOT NULL DEFAULT 0);
INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
    SELECT gen_random_uuid()::text, encode(sha256(name::bytea), 'hex'), name, at, at + interval '800 milliseconds', 1
    FROM (VALUES ('20260112093000_init', now() - interval '310 days'),
                 ('20260403141500_push_tokens', now() - interval '230 days'),
                 ('20260918070200_payment_status', now() - interval '62 days')) AS m (name, at);
CREATE TABLE quarterdeck_environment (deployment text NOT NULL, environment text NOT NULL);
INSERT INTO quarterdeck_environment VALUES ('storefront', 'production');

CREATE TABLE "User" ("id" int PRIMARY KEY, "email" text NOT NULL UNIQUE, "passwordHash" text NOT NULL,
    "createdAt" timestamptz NOT NULL DEFAULT now());
INSERT INTO "User" SELECT i, 'customer' || i || '@example.com', md5(random()::text), now() - i * interval '5 days'
    FROM generate_series(1, 60) i;
CREATE TABLE "Product" ("id" int PRIMARY KEY, "name" text NOT NULL, "priceCents" int NOT NULL, "stock" int NOT NULL);
INSERT INTO "Product"
    SELECT i, (ARRAY['Linen','Wool','Canvas','Denim','Cork'])[1 + i % 5] || ' '
           || (ARRAY['shirt','bag','jacket','hat','shoes','scarf','belt'])[1 + i % 7], 900 + (i * 173) % 14000, i * 7 % 90
    FROM generate_series(1, 200) i;
CREATE TABLE "Recommendation" ("userId" int PRIMARY KEY REFERENCES "User", "products" jsonb NOT NULL);
INSERT INTO "Recommendation"
    SELECT i, jsonb_build_array(1 + i * 7 % 200, 1 + i * 13 % 200, 1 + i * 29 % 200) FROM generate_series(1, 60) i;
CREATE TABLE "WeatherReport" ("city" text PRIMARY KEY, "report" jsonb NOT NULL);
INSERT INTO "WeatherReport" SELECT city, jsonb_build_object('city', city, 'celsius', 8 + length(city))
    FROM unnest(ARRAY['Lisbon','Porto','Faro','Braga','Coimbra']) AS city;
CREATE TABLE "Order" ("id" bigserial PRIMARY KEY, "userId" int NOT NULL REFERENCES "User", "totalCents" int NOT NULL,
    "status" text NOT NULL, "createdAt" timestamptz NOT NULL DEFAULT now());
INSERT INTO "Order" ("userId", "totalCents", "status", "createdAt")
    SELECT 1 + i % 60, 900 + (i * 53) % 19000, 'DELIVERED', now() - i * interval '11 minutes'
    FROM generate_series(1, 2000) i;
CREATE INDEX "Order_userId" ON "Order" ("userId", "createdAt");
CREATE TABLE "Payment" ("id" bigserial PRIMARY KEY, "userId" int NOT NULL, "amountCents" int NOT NULL,
    "status" text NOT NULL, "createdAt" timestamptz NOT NULL DEFAULT now());
CREATE TABLE "PushToken" ("userId" int PRIMARY KEY REFERENCES "User", "token" text NOT NULL, "disabledAt" timestamptz);
INSERT INTO "PushToken" SELECT i, 'ExponentPushToken[' || md5(random()::text) || ']', NULL FROM generate_series(1, 60) i;

CREATE ROLE quarterdeck_viewer LOGIN PASSWORD '@PASSWORD@' CONNECTION LIMIT 10 IN ROLE pg_monitor;
GRANT SELECT ON "_prisma_migrations", quarterdeck_environment, "Product", "Recommendation", "WeatherReport", "Order",
    "Payment" TO quarterdeck_viewer;
GRANT SELECT ("id", "email", "createdAt") ON "User" TO quarterdeck_viewer;
GRANT SELECT ("userId", "disabledAt") ON "PushToken" TO quarterdeck_viewer;
-- Acts on Render, leases here, and gives the service's roles their passwords.
CREATE ROLE quarterdeck_operator LOGIN CREATEROLE PASSWORD '@OPERATOR@' CONNECTION LIMIT 10;
GRANT SELECT ON quarterdeck_environment TO quarterdeck_operator;
GRANT CREATE ON SCHEMA public TO quarterdeck_operator;
CREATE TABLE quarterdeck_approvals (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('asked', 'given', 'used')), plan_id text NOT NULL,
    nonce text NOT NULL, body text NOT NULL, who text NOT NULL, at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, nonce));
GRANT SELECT, INSERT ON quarterdeck_approvals TO quarterdeck_operator;
ANALYZE;
)sql";
    return sql.replace("@PASSWORD@", viewer.password).replace("@OPERATOR@", viewer.operatorPassword);
}

QByteArray profile(const ProfileFacts &facts)
{
    return u"# Leads to the sandbox's own 'storefront'. It lives as long as the sandbox runs.\n"
           "quarterdeck: 1\n"
           "name: storefront\n"
           "title: Shop backend\n"
           "environment: production\n"
           "preset: storefront\n"
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
           "    database: storefront\n"
           "    user: quarterdeck_viewer\n"
           "    password: \"file:%5\"\n"
           "    sslmode: disable\n"
           "  render:\n"
           "    kind: http\n"
           "    url: http://127.0.0.1:%6\n"
           "    bearer: \"file:%7\"\n"
           "  platform_operator:\n"
           "    kind: http\n"
           "    url: http://127.0.0.1:%6\n"
           "    bearer: \"file:%7\"\n"
           "  operator:\n"
           "    kind: postgresql\n"
           "    host: 127.0.0.1\n"
           "    port: %4\n"
           "    database: storefront\n"
           "    user: quarterdeck_operator\n"
           "    password: \"file:%10/operator-password\"\n"
           "    sslmode: disable\n"
           "  redis_operator:\n"
           "    kind: redis\n"
           "    host: 127.0.0.1\n"
           "    port: %2\n"
           "    user: quarterdeck_operator\n"
           "    password: \"file:%10/operator-password\"\n"
           "sources:\n"
           "  backups: {path: \"%8\"}\n"
           "  platform: {service: %9}\n"
           "intervals:\n"
           "  liveness: 1s\n"
           "  health: 1s\n"
           "  metrics: 1s\n"
           "  redis: 1s\n"
           "  postgresql: 2s\n"
           "  backups: 5s\n"
           "  platform: 2s\n"_s.arg(facts.httpPort)
               .arg(facts.redisPort)
               .arg(facts.redisPasswordFile)
               .arg(facts.postgresPort)
               .arg(facts.viewerPasswordFile)
               .arg(facts.renderPort)
               .arg(facts.renderTokenFile)
               .arg(facts.backups)
               .arg(facts.renderService)
               .arg(facts.secretFiles)
               .toUtf8();
}

ServiceKind kind()
{
    return {.name = u"storefront"_s,
            .create = create,
            .schema = schema,
            .profile = profile,
            .load = load,
            .variables = {{u"NODE_ENV"_s, u"production"_s},
                          {u"JWT_SECRET"_s, QString::fromLatin1(randomHex(32))},
                          {u"STRIPE_WEBHOOK_SECRET"_s, QString::fromLatin1(webhookSecret())},
                          {u"EXTERNAL_API_TIMEOUT_MS"_s, u"3500"_s},
                          {u"PUSH_NOTIFICATIONS_DISABLED"_s, u"false"_s},
                          {u"CONCIERGE_DISABLED"_s, u"false"_s}},
            .hasLogins = true,
            .platform = PlatformKind::Render,
            .backups = BackupFormat{.fileName = u"'backup-'yyyy-MM-dd'.sql'"_s,
                                    .dumpOptions = {u"-Fp"_s},
                                    .hasChecksum = false,
                                    .nights = 30},
            .operatorKeys = "~products:* ~recommendations:* ~weather:*",
            .faults = {
                {u"openai-down, weather-down, stripe-down, push-down"_s, u"that provider fails; its breaker opens"_s},
                {u"openai-slow, weather-slow, stripe-slow, push-slow"_s,
                 u"that provider takes eight times as long; OpenAI then runs into the time-out"_s},
                {u"webhook-secret"_s, u"Stripe's webhooks do not verify: each is answered 400"_s},
                {u"webhook-roll"_s,
                 u"Stripe signs webhooks with a new secret as well, and tells it; off: with that alone"_s},
                {u"empty-cache GROUP"_s, u"deletes all keys of products, recommendations or weather"_s},
            }};
}

} // namespace qd::sandbox::storefront
