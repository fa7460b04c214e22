/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/longmem/longmem.h"

#include "parts/random_hex.h"

using namespace Qt::StringLiterals;

namespace qd::sandbox::longmem {

QByteArray schema(const ViewerAccess &viewer)
{
    QByteArray sql = R"sql(
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('3fd2b96c1e07');
CREATE TABLE quarterdeck_environment (deployment text NOT NULL, environment text NOT NULL);
INSERT INTO quarterdeck_environment VALUES ('longmem', 'production');

CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE, created_at timestamptz NOT NULL DEFAULT now());
INSERT INTO users (email, created_at)
    SELECT 'user' || i || '@example.org', now() - i * interval '3 days' FROM generate_series(1, 40) i;
CREATE TABLE conversations (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES users, title text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now());
INSERT INTO conversations (user_id, title, created_at)
    SELECT 1 + i % 40, 'Conversation ' || i, now() - i * interval '5 hours' FROM generate_series(1, 60) i;
CREATE INDEX idx_conversations_user_id ON conversations(user_id);
CREATE TABLE messages (id bigserial PRIMARY KEY, conversation_id int NOT NULL REFERENCES conversations,
    role text NOT NULL, content text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
INSERT INTO messages (conversation_id, role, content)
    SELECT 1 + i % 60, (ARRAY['user','assistant'])[1 + i % 2], 'A long thought, continued. ' || i
    FROM generate_series(1, 1800) i;
CREATE INDEX idx_messages_conversation_id ON messages(conversation_id);
CREATE TABLE memories (id bigserial PRIMARY KEY, user_id int NOT NULL REFERENCES users, content text NOT NULL,
    importance real NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
INSERT INTO memories (user_id, content, importance, created_at)
    SELECT 1 + i % 40, 'What was said about the '
           || (ARRAY['project','recipe','travel','meeting','garden','novel'])[1 + i % 6] || ' on day ' || i,
           (i % 10) / 10.0, now() - i * interval '2 hours'
    FROM generate_series(1, 400) i;
CREATE INDEX idx_memories_user_id ON memories(user_id);
CREATE INDEX idx_memories_created_at ON memories(created_at);

CREATE ROLE quarterdeck_viewer LOGIN PASSWORD '@PASSWORD@' CONNECTION LIMIT 10 IN ROLE pg_monitor;
GRANT SELECT ON alembic_version, quarterdeck_environment TO quarterdeck_viewer;
-- What people said is theirs: the viewer sees how much there is, and since when.
GRANT SELECT (id, created_at) ON users TO quarterdeck_viewer;
GRANT SELECT (id, user_id, created_at) ON conversations, memories TO quarterdeck_viewer;
GRANT SELECT (id, conversation_id, created_at) ON messages TO quarterdeck_viewer;
ANALYZE;
)sql";
    return sql.replace("@PASSWORD@", viewer.password);
}

QByteArray profile(const ProfileFacts &facts)
{
    return u"# Leads to the sandbox's own 'longmem'. It lives as long as the sandbox runs.\n"
           "quarterdeck: 1\n"
           "name: longmem\n"
           "title: Long-form memory\n"
           "environment: production\n"
           "preset: longmem\n"
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
           "    database: longmem\n"
           "    user: quarterdeck_viewer\n"
           "    password: \"file:%5\"\n"
           "    sslmode: disable\n"
           "  redis_operator:\n"
           "    kind: redis\n"
           "    host: 127.0.0.1\n"
           "    port: %2\n"
           "    user: quarterdeck_operator\n"
           "    password: \"file:%8/operator-password\"\n"
           "sources:\n"
           "  backups: {path: \"%6\"}\n"
           "  platform: {program: \"%7/docker\", file: \"%8/docker-compose.yml\"}\n"
           "intervals:\n"
           "  liveness: 2s\n"
           "  health: 3s\n"
           "  metrics: 1s\n"
           "  redis: 1s\n"
           "  postgresql: 2s\n"
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
    return {.name = u"longmem"_s,
            .create = create,
            .schema = schema,
            .profile = profile,
            .load = load,
            .variables = {{u"ENVIRONMENT"_s, u"production"_s},
                          {u"JWT_SECRET_KEY"_s, QString::fromLatin1(randomHex(32))},
                          {u"CORS_ORIGINS"_s, u"http://localhost:3000,https://yourdomain.com"_s},
                          {u"RATE_LIMIT_ENABLED"_s, u"true"_s},
                          {u"RATE_LIMIT_PER_MINUTE"_s, u"100"_s},
                          {u"RATE_LIMIT_GLOBAL_PER_MINUTE"_s, u"1000"_s},
                          {u"SECURITY_HEADERS_ENABLED"_s, u"true"_s},
                          {u"REDIS_CACHE_TTL"_s, u"3600"_s}},
            .platform = PlatformKind::Compose,
            .backups = BackupFormat{.fileName = u"'longmem-'yyyyMMdd-HHmmss'.dump'"_s, .dumpOptions = {u"-Fc"_s}},
            .operatorKeys = "~ratelimit:* ~memory:cache:*",
            .faults = {
                {u"embedding-down"_s, u"the embedding model is not loaded: searching and remembering fail"_s},
                {u"embedding-slow"_s, u"the embedding model takes twenty times as long"_s},
                {u"disk-full"_s, u"the health check finds no space on the disk"_s},
                {u"memory-high"_s, u"the health check finds the container's memory used up"_s},
                {u"empty-cache GROUP"_s, u"deletes all keys of memory, search or context"_s},
            }};
}

} // namespace qd::sandbox::longmem
