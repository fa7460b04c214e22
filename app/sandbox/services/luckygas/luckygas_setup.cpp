/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/random_hex.h"
#include "services/luckygas/api_keys.h"
#include "services/luckygas/luckygas.h"
#include "services/luckygas/luckygas_topology.h"

using namespace Qt::StringLiterals;

namespace qd::sandbox::luckygas {

namespace {

QByteArray keyRows()
{
    QByteArray rows;
    int id = 0;
    for (const DemoKey &key : demoKeys()) {
        ++id;
        rows += (id > 1 ? ",\n    ('" : "    ('") + prefixOf(key.key) + "', '" + hashOf(key.key) + "', '" + key.tier +
                "', '" + key.role + "', now() + interval '" + QByteArray::number(20 + id * 17) + " days')";
    }
    return rows;
}

QByteArray connection(const QString &name, const QString &kind, quint16 port, const QString &rest)
{
    return u"  %1:\n    kind: %2\n    host: 127.0.0.1\n    port: %3\n%4"_s.arg(name, kind).arg(port).arg(rest).toUtf8();
}

QString redisConnection(const ProfileFacts &facts)
{
    QStringList sentinels;
    for (auto server = facts.topology.cbegin(); server != facts.topology.cend(); ++server) {
        if (server.key().startsWith("redis-sentinel-"_L1))
            sentinels.append(u"127.0.0.1:%1"_s.arg(server.value()));
    }
    sentinels.sort();
    return u"  redis:\n"
           "    sentinels: [\"%1\"]\n"
           "    master: %2\n"
           "    sentinel_password: \"file:%3\"\n"
           "    password: \"file:%3\"\n"
           "  redis_operator:\n"
           "    kind: redis\n"
           "    sentinels: [\"%1\"]\n"
           "    master: %2\n"
           "    sentinel_password: \"file:%3\"\n"
           "    user: quarterdeck_operator\n"
           "    password: \"file:%4/operator-password\"\n"_s.arg(
               sentinels.join(u"\", \""_s), QString::fromUtf8(masterName), facts.redisPasswordFile, facts.secretFiles);
}

} // namespace

QByteArray schema(const ViewerAccess &viewer)
{
    QByteArray sql = R"sql(
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('f7d20c9e41a6');
CREATE TABLE quarterdeck_environment (deployment text NOT NULL, environment text NOT NULL);
INSERT INTO quarterdeck_environment VALUES ('luckygas', 'production');

CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, district text NOT NULL, cylinder_kg int NOT NULL);
INSERT INTO customers
    SELECT i, (ARRAY['陳','林','黃','張','李','王','吳','劉'])[1 + i % 8] ||
              (ARRAY['小姐','先生','太太','老闆'])[1 + i % 4],
           (ARRAY['信義區','大安區','中山區','松山區','板橋區','三重區'])[1 + i % 6], (ARRAY[16, 20, 50])[1 + i % 3]
    FROM generate_series(1, 300) i;
CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, price_twd int NOT NULL);
INSERT INTO products SELECT i, '瓦斯桶 ' || (ARRAY[4, 10, 16, 20, 50])[1 + i % 5] || ' kg', 260 + (i * 97) % 2400
    FROM generate_series(1, 40) i;
CREATE TABLE routes (id int PRIMARY KEY, driver text NOT NULL, stops int NOT NULL);
INSERT INTO routes SELECT i, '司機 ' || 1 + i % 12, 6 + i % 19 FROM generate_series(1, 60) i;
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, cylinders int NOT NULL,
    amount_twd int NOT NULL, status text NOT NULL DEFAULT 'pending', held boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(), delivered_at timestamptz);
INSERT INTO orders (customer_id, cylinders, amount_twd, status, created_at, delivered_at)
    SELECT 1 + i % 300, 1 + i % 3, (1 + i % 3) * 820, 'delivered', now() - (2001 - i) * interval '9 minutes',
           now() - (2001 - i) * interval '9 minutes' + interval '50 minutes'
    FROM generate_series(1, 2000) i;
INSERT INTO orders (customer_id, cylinders, amount_twd, created_at)
    SELECT 1 + i, 1, 820, now() - i * interval '90 seconds' FROM generate_series(1, 8) i;
CREATE INDEX orders_pending ON orders (created_at) WHERE status = 'pending';
CREATE TABLE payments (id bigserial PRIMARY KEY, amount_twd int NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now());

CREATE TABLE api_keys (id serial PRIMARY KEY, prefix text NOT NULL UNIQUE, hash text NOT NULL, tier text NOT NULL,
    role text NOT NULL, last_used_at timestamptz, expires_at timestamptz, revoked_at timestamptz);
INSERT INTO api_keys (prefix, hash, tier, role, expires_at) VALUES
@KEYS@;
INSERT INTO api_keys (prefix, hash, tier, role, last_used_at, expires_at, revoked_at) VALUES
    ('lg_00c1d7aa', 'none', 'standard', 'customer', now() - interval '61 days', now() - interval '60 days', NULL),
    ('lg_00e2f9bb', 'none', 'premium', 'office', now() - interval '12 days', now() + interval '90 days',
     now() - interval '11 days');

CREATE ROLE quarterdeck_viewer LOGIN PASSWORD '@PASSWORD@' CONNECTION LIMIT 10 IN ROLE pg_monitor;
GRANT SELECT ON alembic_version, quarterdeck_environment, customers, products, routes, orders, payments
    TO quarterdeck_viewer;
GRANT SELECT (id, prefix, tier, role, last_used_at, expires_at, revoked_at) ON api_keys TO quarterdeck_viewer;
CREATE ROLE quarterdeck_operator LOGIN PASSWORD '@OPERATOR@' CONNECTION LIMIT 10;
GRANT SELECT ON quarterdeck_environment TO quarterdeck_operator;
GRANT SELECT (id, prefix, tier, role, last_used_at, expires_at, revoked_at),
    INSERT (prefix, hash, tier, role, expires_at),
    UPDATE (expires_at, revoked_at) ON api_keys TO quarterdeck_operator;
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
    const QString postgres = u"    database: %1\n    user: quarterdeck_viewer\n    password: \"file:%2\"\n"
                             "    sslmode: disable\n"_s;
    const QString secondReplica = u"postgresql-replica-2"_s;
    const QString database = postgres.arg(u"luckygas"_s, facts.viewerPasswordFile);
    QByteArray text = u"# Leads to the sandbox's own 'luckygas'. It lives as long as the sandbox runs.\n"
                      "quarterdeck: 1\n"
                      "name: luckygas\n"
                      "title: Lucky Gas\n"
                      "environment: production\n"
                      "preset: luckygas\n"
                      "connections:\n"
                      "  http:\n"
                      "    url: http://127.0.0.1:%1\n"_s.arg(facts.httpPort)
                          .toUtf8();
    text += redisConnection(facts).toUtf8();
    text += connection(u"postgresql"_s, u"postgresql"_s, facts.postgresPort, database);
    text += connection(u"operator"_s, u"postgresql"_s, facts.postgresPort,
                       u"    database: luckygas\n    user: quarterdeck_operator\n"
                       "    password: \"file:%1/operator-password\"\n    sslmode: disable\n"_s.arg(facts.secretFiles));
    QStringList servers = facts.topology.keys();
    servers.sort();
    for (const QString &server : std::as_const(servers)) {
        const quint16 port = facts.topology.value(server);
        if (server == "pgbouncer"_L1)
            text += connection(server, u"postgresql"_s, port, postgres.arg(server, facts.viewerPasswordFile));
        else if (server == "postgresql-replica"_L1)
            text += connection(u"replica"_s, u"postgresql"_s, port, database);
        else if (server == secondReplica)
            text += connection(u"replica_2"_s, u"postgresql"_s, port, database);
    } // to each Redis its Sentinels lead
    text += u"sources:\n  backups: {path: \"%1\"}\n"
            "  platform:\n    program: \"%2/docker\"\n    file: \"%3/docker-compose.yml\"\n"_s
                .arg(facts.backups, facts.programs, facts.secretFiles)
                .toUtf8();
    if (!facts.sshConfig.isEmpty())
        text += "    ssh: luckygas\n    ssh_config: \"" + facts.sshConfig.toUtf8() + "\"\n";
    if (facts.topology.contains(secondReplica))
        text += "  replica_2: {kind: postgresql, connection: replica_2, interval: 2 s, deadline: 5 s}\n";
    return text + "intervals:\n"
                  "  health: 1s\n"
                  "  metrics: 1s\n"
                  "  redis: 1s\n"
                  "  sentinel: 1s\n"
                  "  postgresql: 2s\n"
                  "  replica: 2s\n"
                  "  pgbouncer: 2s\n"
                  "  api_keys: 2s\n"
                  "  backups: 5s\n"
                  "  platform: 10s\n";
}

std::unique_ptr<Topology> topology(const TopologyBase &base)
{
    return std::make_unique<LuckygasTopology>(base);
}

ServiceKind kind()
{
    return {.name = u"luckygas"_s,
            .create = create,
            .schema = schema,
            .profile = profile,
            .load = load,
            .variables = {{u"ENVIRONMENT"_s, u"production"_s},
                          {u"SECRET_KEY"_s, QString::fromLatin1(randomHex(32))},
                          {u"JWT_SECRET_KEY"_s, QString::fromLatin1(randomHex(32))},
                          {u"GOOGLE_API_KEY"_s, u"AIza"_s + QString::fromLatin1(randomHex(18))},
                          {u"LOG_LEVEL"_s, u"INFO"_s}},
            .platform = PlatformKind::Compose,
            .composeService = u"backend"_s,
            .isRemote = true,
            .backups = BackupFormat{.fileName = u"'luckygas_prod_backup_'yyyyMMdd_HHmmss'.sql.gz'"_s,
                                    .dumpOptions = {u"-Fp"_s, u"-Z6"_s},
                                    .hasChecksum = false,
                                    .nights = 7,
                                    .hourUtc = 18, // two at night in Taipei
                                    .nameHoursAhead = 8},
            .redisSettings = {"maxmemory 512mb", "maxmemory-policy allkeys-lru", "appendonly yes",
                              "appendfsync everysec", "save 900 1 300 10 60 10000", "repl-diskless-sync-delay 0"},
            .operatorKeys = "~LIMITS:* ~cache:*",
            .topology = topology,
            .faults = {
                {u"google_api-down, sms_api-down, banking_api-down, einvoice_api-down"_s,
                 u"that API fails; its breaker opens"_s},
                {u"google_api-slow, sms_api-slow, banking_api-slow, einvoice_api-slow"_s,
                 u"that API takes eight times as long"_s},
                {u"upstream-slow"_s, u"all APIs are slow"_s},
                {u"redis-master-stop"_s,
                 u"kills the Redis that is master; the Sentinels promote the other in ten seconds"_s},
                {u"redis-stop, redis-start"_s, u"stops every Redis, or starts what is stopped"_s},
                {u"sentinel-stop N, sentinel-start N"_s, u"kills Sentinel 1, 2 or 3, or starts it again"_s},
                {u"replica-stop, replica-start"_s, u"stops what replicates PostgreSQL, or starts it again"_s},
                {u"pgbouncer-stop, pgbouncer-start"_s, u"stops pgBouncer, or starts it again"_s},
                {u"orders-stall"_s, u"an order has been waiting for three hours"_s},
                {u"empty-cache GROUP"_s, u"deletes all keys of customers, predictions, products or routes"_s},
            }};
}

} // namespace qd::sandbox::luckygas
