/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shop.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTcpSocket>
#include <QThread>
#include <QUrl>
#include <QUuid>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::proof {
namespace {
using System = Deed::System;
const QString ttl = u"CACHE_TTL"_s;
const QString level = u"LOG_LEVEL"_s;
const QString redisUrl = u"REDIS_URL"_s;
const QString databaseUrl = u"DATABASE_URL"_s;
const QString signing = u"JWT_SECRET"_s;
constexpr auto refresh = 150ms; // for so long a process of the service goes by the keys that it has read
constexpr auto loginKey = "LIMITS:LIMITER/10.1.2.3//login/5/1/minute";

void write(const QString &path, const QByteArray &text, QFile::Permissions rights)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.setPermissions(rights))
        qFatal("%s: %s", qPrintable(path), qPrintable(file.errorString()));
}

bool hasFlags(System system)
{
    return system == System::PostHog || system == System::Unleash || system == System::OwnFlags;
}

std::size_t numberOf(System system)
{
    return static_cast<std::size_t>(system) - static_cast<std::size_t>(System::PostHog);
}

using FlagsKind = test::FakeFlags::Kind;

QString optionsOf(FlagsKind kind)
{
    const QString known = kind == FlagsKind::Plain ? u", identity: [{get: /project, values: [/id]}]"_s : QString();
    return QString::fromUtf8(test::FakeFlags::options(kind)) + known;
}

Programs::Name nameOf(System system)
{
    return system == System::Kubectl   ? Programs::Name::Kubectl
           : system == System::Railway ? Programs::Name::Railway
                                       : Programs::Name::Docker;
}
} // namespace

QString toWord(System system)
{
    switch (system) {
    case System::PostgreSql:
        return u"PostgreSQL"_s;
    case System::Redis:
        return u"Redis"_s;
    case System::Actuator:
        return u"Actuator"_s;
    case System::KeyEndpoint:
        return u"an endpoint of keys"_s;
    case System::PostHog:
        return u"PostHog"_s;
    case System::Unleash:
        return u"Unleash"_s;
    case System::OwnFlags:
        return u"a team's own flags"_s;
    case System::Render:
        return u"Render"_s;
    case System::Kubectl:
        return u"Kubernetes"_s;
    case System::Railway:
        return u"Railway"_s;
    case System::Docker:
        return u"docker compose"_s;
    }
    return {};
}

const QList<Deed> &deeds()
{
    const auto off = [] { return std::map<QString, QString>{{u"enabled"_s, u"false"_s}}; };
    const auto to = [](const QString &value) {
        return std::map<QString, QString>{{u"value"_s, value}, {u"then"_s, u"redeploy"_s}};
    };
    using Undone = Deed::Undone;
    const std::map<QString, QString> forAnHour{{u"limit"_s, u"600"_s}, {u"for"_s, u"3600"_s}};
    const std::map<QString, QString> offForMost{{u"enabled"_s, u"false"_s}, {u"rollout"_s, u"10"_s}};
    const std::map<QString, QString> open{{u"state"_s, u"open"_s}};
    const std::map<QString, QString> openForHalfADay{{u"state"_s, u"open"_s}, {u"for"_s, u"43200"_s}};
    static const QList<Deed> all{
        {.name = u"flag in PostgreSQL"_s,
         .system = System::PostgreSql,
         .action = u"flags"_s,
         .resource = u"voice_quotes"_s,
         .set = off()},
        {.name = u"signing key rotated"_s,
         .system = System::PostgreSql,
         .action = u"rotate-key"_s,
         .resource = u"k1"_s,
         .undone = Undone::Signs,
         .effects = 4, // published, signs, verifies on, has an end
         .effectsBack = 3,
         .steps = 6},
        {.name = u"signing key retired"_s,
         .system = System::PostgreSql,
         .action = u"retire-key"_s,
         .resource = u"k0"_s},
        {.name = u"signing key revoked"_s,
         .system = System::PostgreSql,
         .action = u"revoke-key"_s,
         .resource = u"k1"_s,
         .canBeUndone = false,
         .effects = 2,
         .steps = 4},
        {.name = u"API key rotated"_s,
         .system = System::PostgreSql,
         .action = u"rotate-client"_s,
         .resource = u"lg_0a0b0c0d"_s,
         .effects = 2, // issued, has an end
         .effectsBack = 2,
         .steps = 3,
         .canBeGoneOnWith = false},
        {.name = u"API key retired"_s,
         .system = System::PostgreSql,
         .action = u"retire-client"_s,
         .resource = u"lg_0a0b0c0d"_s},
        {.name = u"API key revoked"_s,
         .system = System::PostgreSql,
         .action = u"revoke-client"_s,
         .resource = u"lg_0a0b0c0d"_s},
        {.name = u"breaker in Redis"_s,
         .system = System::Redis,
         .action = u"breaker"_s,
         .resource = u"stripe"_s,
         .effect = uR"("SET" "stripe:pybreaker:state")"_s},
        {.name = u"breaker held open"_s,
         .system = System::Redis,
         .action = u"breaker"_s,
         .resource = u"stripe"_s,
         .set = openForHalfADay,
         .effect = uR"("SET" "stripe:pybreaker:opened_at")"_s},
        {.name = u"client unblocked"_s,
         .system = System::Redis,
         .action = u"unblock"_s,
         .resource = u"10.1.2.3"_s,
         .effect = uR"("RENAME" )"_s},
        {.name = u"limit raised"_s,
         .system = System::Redis,
         .action = u"raise"_s,
         .resource = u"10.1.2.3"_s,
         .set = forAnHour,
         .effect = uR"-("(SET|RENAME" "quarterdeck:[^"]+)" "limits:override:)-"_s},
        {.name = u"cache flushed"_s,
         .system = System::Redis,
         .action = u"flush"_s,
         .resource = u"pricing"_s,
         .canBeUndone = false,
         .effect = uR"("UNLINK" )"_s,
         .effects = 2 /* batches */},
        {.name = u"cache flushed and warmed"_s,
         .system = System::Redis,
         .action = u"flush"_s,
         .resource = u"pricing"_s,
         .set = {{u"then"_s, u"prewarm"_s}},
         .canBeUndone = false,
         .effect = uR"("UNLINK" )"_s,
         .effects = 2,
         .steps = 2},
        {.name = u"flag in Redis"_s,
         .system = System::Redis,
         .action = u"redis-flags"_s,
         .resource = u"chat"_s,
         .set = offForMost,
         .effect = uR"("HSET" "app:flags")"_s,
         .effects = 2,
         .effectsBack = 2},
        {.name = u"signing key rotated in Redis"_s,
         .system = System::Redis,
         .action = u"rotate-redis-key"_s,
         .resource = u"r1"_s,
         .undone = Undone::Signs,
         .effect = uR"("HSET" "app:keys")"_s,
         .effects = 3, // published, signs while the other verifies on, has an end
         .effectsBack = 2,
         .steps = 6},
        {.name = u"signing key rotated over HTTP"_s,
         .system = System::KeyEndpoint,
         .action = u"rotate-http-key"_s,
         .resource = u"h1"_s,
         .undone = Undone::Signs,
         .effects = 3,
         .effectsBack = 2,
         .steps = 6},
        {.name = u"flag in PostHog"_s,
         .system = System::PostHog,
         .action = u"posthog-flags"_s,
         .resource = u"voice"_s,
         .set = offForMost,
         .effects = 2,
         .effectsBack = 2,
         .steps = 2},
        {.name = u"flag in Unleash"_s,
         .system = System::Unleash,
         .action = u"unleash-flags"_s,
         .resource = u"voice"_s,
         .set = offForMost,
         .effects = 2,
         .effectsBack = 2,
         .steps = 2},
        {.name = u"flag of a team's own"_s,
         .system = System::OwnFlags,
         .action = u"own-flags"_s,
         .resource = u"voice"_s,
         .set = off()},
        {.name = u"breaker of an Actuator"_s,
         .system = System::Actuator,
         .action = u"actuator"_s,
         .resource = u"stripe"_s,
         .set = open},
        {.name = u"variable on Render"_s,
         .system = System::Render,
         .action = u"render-variables"_s,
         .resource = ttl,
         .set = to(u"300"_s),
         .effects = 2,
         .effectsBack = 2,
         .steps = 3},
        {.name = u"redeploy on Render"_s,
         .system = System::Render,
         .action = u"render-redeploy"_s,
         .resource = u"shop"_s,
         .undone = Undone::Deployed,
         .steps = 2},
        {.name = u"restart on Render"_s,
         .system = System::Render,
         .action = u"render-restart"_s,
         .resource = u"shop"_s,
         .canBeUndone = false,
         .steps = 2},
        {.name = u"roll-back on Render"_s,
         .system = System::Render,
         .action = u"render-roll-back"_s,
         .resource = u"shop"_s,
         .canBeUndone = false,
         .steps = 2},
        {.name = u"password of Redis"_s,
         .system = System::Render,
         .action = u"rotate-redis"_s,
         .resource = redisUrl,
         .canBeUndone = false, // once whoever began it is gone
         .effects = 4,         // the store takes the new one, it is set, it is deployed, the old one is refused
         .steps = 6},
        {.name = u"password of PostgreSQL"_s,
         .system = System::Render,
         .action = u"rotate-database"_s,
         .resource = databaseUrl,
         .canBeUndone = false,
         .effects = 4,
         .steps = 6,
         .isSlow = true},
        {.name = u"variable on Kubernetes"_s,
         .system = System::Kubectl,
         .action = u"kubectl-variables"_s,
         .resource = level,
         .set = to(u"debug"_s),
         .undone = Undone::SetAsBefore,
         .effects = 2,
         .steps = 3},
        {.name = u"redeploy on Kubernetes"_s,
         .system = System::Kubectl,
         .action = u"kubectl-redeploy"_s,
         .resource = u"shop-api"_s,
         .canBeUndone = false,
         .steps = 2},
        {.name = u"secret on Kubernetes"_s,
         .system = System::Kubectl,
         .action = u"kubectl-swap"_s,
         .resource = signing,
         .canBeUndone = false,
         .effects = 2,
         .steps = 3},
        {.name = u"secret of compose"_s,
         .system = System::Docker,
         .action = u"docker-swap"_s,
         .resource = signing,
         .canBeUndone = false,
         .effects = 2,
         .steps = 3},
        {.name = u"variable on Railway"_s,
         .system = System::Railway,
         .action = u"railway-variables"_s,
         .resource = level,
         .set = to(u"debug"_s),
         .undone = Undone::SetAsBefore,
         .effects = 2,
         .steps = 3},
        {.name = u"redeploy on Railway"_s,
         .system = System::Railway,
         .action = u"railway-redeploy"_s,
         .resource = u"shop"_s,
         .canBeUndone = false,
         .steps = 2},
        {.name = u"redeploy of compose"_s,
         .system = System::Docker,
         .action = u"docker-redeploy"_s,
         .resource = u"shop"_s,
         .canBeUndone = false,
         .steps = 2},
        {.name = u"restart of compose"_s,
         .system = System::Docker,
         .action = u"docker-restart"_s,
         .resource = u"shop"_s,
         .canBeUndone = false,
         .steps = 2},
    };
    return all;
}

const Deed &deedCalled(const QString &name)
{
    const auto found = std::ranges::find(deeds(), name, &Deed::name);
    if (found == deeds().end())
        qFatal("no deed is called %s", qPrintable(name));
    return *found;
}

/// Every command that is run on a Redis, also by scripts, as Redis itself tells it.
class Shop::Monitor
{
public:
    Monitor(quint16 port, const QByteArray &password)
    {
        m_owner.moveToThread(&m_thread);
        m_thread.start();
        onThread([&] {
            m_socket = std::make_unique<QTcpSocket>();
            m_socket->connectToHost(QHostAddress(QHostAddress::LocalHost), port);
            if (!m_socket->waitForConnected(10'000))
                qFatal("Redis cannot be watched");
            m_socket->write((password.isEmpty() ? QByteArray() : "AUTH " + password + "\r\n") + "MONITOR\r\n");
            QObject::connect(m_socket.get(), &QTcpSocket::readyRead, &m_owner,
                             [this] { m_told += m_socket->readAll(); });
        });
    }
    Monitor(const Monitor &) = delete;
    Monitor &operator=(const Monitor &) = delete;
    ~Monitor()
    {
        onThread([this] { m_socket.reset(); });
        m_thread.quit();
        m_thread.wait();
    }
    /// All that was told before `mark`, which somebody sends now.
    [[nodiscard]] QByteArray until(const QByteArray &mark)
    {
        QByteArray all;
        for (int i = 0; i < 2000 && !all.contains(mark); ++i) {
            onThread([&] { all = m_told; });
            if (!all.contains(mark))
                QThread::msleep(2);
        }
        if (!all.contains(mark))
            qFatal("Redis does not tell what is run on it");
        return all;
    }
    void forget()
    {
        onThread([this] { m_told.clear(); });
    }

private:
    template <class F>
    void onThread(const F &work)
    {
        QMetaObject::invokeMethod(&m_owner, work, Qt::BlockingQueuedConnection);
    }
    QThread m_thread;
    QObject m_owner;
    std::unique_ptr<QTcpSocket> m_socket;
    QByteArray m_told;
};

/// The service that the platform runs: a session of PostgreSQL, with what its live deploy was started with.
class Shop::Sessions
{
public:
    Sessions(test::FakeRender &render, PostgresConnection connection)
        : m_render(render)
        , m_connection(std::move(connection))
        , m_thread([this] { serve(); })
    {
    }
    ~Sessions()
    {
        m_isOver = true;
        m_thread.join();
    }
    Sessions(const Sessions &) = delete;
    Sessions &operator=(const Sessions &) = delete;

private:
    void serve()
    {
        QString had;
        std::optional<PgConnection> session;
        while (!m_isOver) {
            const auto soon = std::chrono::steady_clock::now() + 5s;
            if (const QString url = live(); url != had || !session) {
                had = url;
                session.reset();
                m_connection.user = QUrl(url).userName();
                if (auto opened =
                        PgConnection::open(m_connection, Secret(QUrl(url).password(QUrl::FullyDecoded).toUtf8()), soon))
                    session = std::move(*opened);
                if (session && !session->query("SET application_name TO 'shop'", {}, soon)) // it is no console
                    session.reset();
            }
            if (session && !session->query("SELECT 1", {}, soon))
                session.reset();
            std::this_thread::sleep_for(50ms);
        }
    }
    QString live()
    {
        const std::lock_guard guard(m_render.lock);
        const auto found = std::ranges::find(m_render.deploys, u"live"_s, &test::FakeRender::Deploy::status);
        return found == m_render.deploys.end() ? QString() : found->variables[databaseUrl];
    }
    test::FakeRender &m_render;
    PostgresConnection m_connection;
    std::atomic<bool> m_isOver = false;
    std::thread m_thread;
};

QString Shop::login(const QString &variable)
{
    const std::lock_guard guard(m_render.lock);
    return m_render.variables[variable];
}

QByteArray Shop::secret(const QByteArray &name)
{
    const QByteArray text = m_canary.isEmpty() ? name + "-secret" : m_canary + '-' + name + "-7f3Qz9Lx";
    m_secretTexts[name] = text;
    m_files[name] = m_secrets.keep(text).name;
    return text;
}

Shop::Shop(const QString &environment, const QByteArray &canary)
    : m_environment(environment)
    , m_canary(canary)
    , m_path(m_directory.path())
    , m_redisPassword(secret("redis"))
    , m_redis(m_redisPassword)
    , m_flags{test::FakeFlags(FlagsKind::PostHog), test::FakeFlags(FlagsKind::Unleash),
              test::FakeFlags(FlagsKind::Plain)}
    , m_programs(std::make_unique<Programs>(m_path, environment, QString::fromLatin1(secret("variable"))))
    , m_monitor(std::make_unique<Monitor>(m_redis.server().port(), m_redisPassword))
    , m_redisRing(m_redis)
    , m_httpRing(m_keyEndpoint)
    , m_postgresDoor(m_postgres.server().port())
    , m_redisDoor(m_redis.server().port())
    , m_actuatorDoor(m_actuator.port())
    , m_keyEndpointDoor(m_keyEndpoint.port())
    , m_flagsDoors{Door(m_flags[0].port()), Door(m_flags[1].port()), Door(m_flags[2].port())}
    , m_renderDoor(m_render.port())
    , m_programsDoor(m_programs->port())
{
    m_postgres.execute("CREATE TABLE feature_flags (key text PRIMARY KEY, enabled boolean NOT NULL,"
                       " rollout_percent integer, updated_by text, updated_at timestamptz);"
                       "CREATE ROLE actor LOGIN PASSWORD '" +
                       secret("postgresql") +
                       "'; ALTER ROLE actor CREATEROLE; CREATE ROLE shop_a; CREATE ROLE shop_b;"
                       "ALTER TABLE feature_flags OWNER TO actor; GRANT CREATE ON SCHEMA public TO actor;"
                       "CREATE TABLE quarterdeck_environment (deployment text, environment text);"
                       "INSERT INTO quarterdeck_environment VALUES ('shop', '" +
                       environment.toUtf8() +
                       "'); GRANT SELECT ON quarterdeck_environment TO public;"
                       "CREATE TABLE effects (what text);"
                       "CREATE FUNCTION effect() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
                       " 'BEGIN INSERT INTO effects VALUES (NEW.key); RETURN NEW; END';"
                       "CREATE TRIGGER effect AFTER UPDATE ON feature_flags FOR EACH ROW EXECUTE FUNCTION effect();"
                       "CREATE TABLE jwt_keys (kid text PRIMARY KEY, secret text NOT NULL, state text NOT NULL,"
                       " created_at timestamptz NOT NULL, activated_at timestamptz, retire_after timestamptz);"
                       "CREATE TABLE sessions (id uuid PRIMARY KEY, kid text NOT NULL REFERENCES jwt_keys,"
                       " expires_at timestamptz NOT NULL, revoked_at timestamptz);"
                       "ALTER TABLE jwt_keys OWNER TO actor; ALTER TABLE sessions OWNER TO actor;"
                       "CREATE FUNCTION key_effect() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
                       " 'BEGIN INSERT INTO effects VALUES (TG_OP); RETURN NULL; END';"
                       "CREATE TRIGGER effect AFTER INSERT OR UPDATE OR DELETE ON jwt_keys FOR EACH ROW"
                       " EXECUTE FUNCTION key_effect();"
                       "CREATE TABLE api_keys (id serial PRIMARY KEY, prefix text NOT NULL UNIQUE, hash text NOT NULL,"
                       " tier text NOT NULL, last_used_at timestamptz, expires_at timestamptz, revoked_at timestamptz);"
                       "ALTER TABLE api_keys OWNER TO actor; CREATE TRIGGER effect AFTER INSERT OR UPDATE ON api_keys"
                       " FOR EACH ROW EXECUTE FUNCTION key_effect()");
    for (const QByteArray name :
         {"signing-key", "old-signing-key", "client-key", "salt", "redis-login", "database-login"})
        static_cast<void>(secret(name));
    m_apiService = std::make_unique<test::FakeApiService>(m_postgres.connection(), m_secretTexts["salt"]);
    m_keyService = std::make_unique<test::FakeKeyService>(m_postgres.connection(), refresh * 4 / 5);
    for (const auto &[service, ring] : {std::pair(&m_redisKeyService, static_cast<test::JsonRing *>(&m_redisRing)),
                                        std::pair(&m_httpKeyService, static_cast<test::JsonRing *>(&m_httpRing))})
        *service = std::make_unique<test::FakeKeyService>([ring] { return ring->keys(); }, refresh * 4 / 5);
    m_flags[0].credentials = {"Authorization: Bearer " + secret("posthog")};
    m_flags[1].credentials = {"Authorization: Bearer " + secret("unleash")};
    m_flags[2].credentials = {"Authorization: Bearer " + secret("own"), "X-Shop-Key: " + secret("header")};
    m_actuator.setToken(secret("http"));
    m_keyEndpoint.setToken(m_secretTexts["http"]);
    m_render.tokens = {secret("platform"), m_secretTexts["http"]};
    static_cast<void>(secret("sentinel"));
    writePrograms(m_path, m_programsDoor.port());
    static const QByteArray path = qgetenv("PATH");
    if (qgetenv("PATH") == path) { // the first shop's programs are found by their names
        m_pathBefore = path;
        qputenv("PATH", QFile::encodeName(m_path) + ':' + path);
    }
    write(profileFile(), profile(), QFile::ReadOwner | QFile::WriteOwner);
    reset();
    PostgresConnection connection = m_postgres.connection();
    connection.password.reset();
    connection.database = u"postgres"_s; // a database that is copied must have nobody in it
    m_sessions = std::make_unique<Sessions>(m_render, connection);
}

Shop::~Shop()
{
    if (!m_pathBefore.isNull())
        qputenv("PATH", m_pathBefore);
}

QString Shop::profileFile() const
{
    return m_path + u"/shop.yaml"_s;
}

QByteArray Shop::profile() const
{
    return u"quarterdeck: 1\n"
           "name: shop\n"
           "environment: %1\n"
           "connections:\n"
           "  operator: &pg {kind: postgresql, host: 127.0.0.1, port: %2, database: app, user: actor,"
           " password: \"file:%3\", sslmode: disable}\n"
           "  postgresql: *pg\n"
           "  redis_operator: &redis {kind: redis, host: 127.0.0.1, port: %4, password: \"file:%5\"}\n"
           "  redis: *redis\n"
           "  http: {url: \"http://127.0.0.1:%6\", bearer: \"file:%7\"}\n"
           "  render: &render {kind: http, url: \"http://127.0.0.1:%6\", bearer: \"file:%8\"}\n"
           "  platform_operator: *render\n"
           "  http_operator: {kind: http, url: \"http://127.0.0.1:%10\", bearer: \"file:%7\"}\n"
           "  posthog: {kind: http, url: \"http://127.0.0.1:%11\", bearer: \"file:%17\"}\n"
           "  unleash: {kind: http, url: \"http://127.0.0.1:%12\", bearer: \"file:%18\"}\n"
           "  own: {kind: http, url: \"http://127.0.0.1:%13\", bearer: \"file:%19\", headers: {X-Shop-Key: "
           "\"file:%20\"}}\n"
           "  service: {kind: http, url: \"http://127.0.0.1:%21\"}\n"
           "  redis_service: {kind: http, url: \"http://127.0.0.1:%22\"}\n"
           "  http_service: {kind: http, url: \"http://127.0.0.1:%23\"}\n"
           "  key_endpoint: {kind: http, url: \"http://127.0.0.1:%24\", bearer: \"file:%7\"}\n"
           "  clients: {kind: http, url: \"http://127.0.0.1:%25\"}\n"
           "sources:\n"
           "  posthog: {kind: http-flags, connection: posthog, %14}\n"
           "  unleash: {kind: http-flags, connection: unleash, %15}\n"
           "  own: {kind: http-flags, connection: own, %16}\n"
           "  health: {kind: http-health, interval: 1 s, path: /health, map: {status: /status, words: {ok: ok}}}\n"
           "  redis: {kind: redis, interval: 1 s}\n"
           "  postgresql: {kind: postgresql, interval: 1 s}\n"
           "  flags: {kind: feature-flags, interval: 1 s, connection: postgresql, table: feature_flags, columns: {key: "
           "key,"
           " set: enabled, rollout_percent: rollout_percent, updated_by: updated_by, updated_at: updated_at}}\n"
           "  keys: {kind: signing-keys, interval: 1 s, connection: postgresql, table: jwt_keys, columns: {id: kid, "
           "state:"
           " state, created_at: created_at, activated_at: activated_at, retire_after: retire_after}, sessions: {table:"
           " sessions, key: kid, expires_at: expires_at, revoked_at: revoked_at}}\n"
           "  redis_keys: {kind: redis-signing-keys, connection: redis, hash: \"app:keys\", members: &members {state:"
           " state, created_at: created_at, activated_at: activated_at, retire_after: retire_after}}\n"
           "  http_keys: {kind: http-signing-keys, connection: key_endpoint, path: /internal/keys, members: *members}\n"
           "  api_keys: {kind: api-keys, interval: 1 s, connection: postgresql, table: api_keys, columns: {id: id,"
           " prefix: prefix, tier: tier, last_used_at: last_used_at, expires_at: expires_at, revoked_at: revoked_at}}\n"
           "  render: {kind: render, connection: render, service: srv-shop1, flags: {CACHE_TTL: {type: number, unit: "
           "s}}}\n"
           "  kubectl: {kind: kubernetes, program: \"%9/kubectl\", namespace: shop, deployment: shop-api,"
           " flags: {LOG_LEVEL: text}, signing_keys: [JWT_SECRET]}\n"
           "  railway: {kind: railway, program: \"%9/railway\", service: shop, flags: {LOG_LEVEL: text}}\n"
           "  docker: {kind: compose, program: \"%9/docker\", file: \"%9/docker-compose.yml\", service: shop, "
           "signing_keys:"
           " [JWT_SECRET]}\n"
           "tiers: [{name: auth, limit: 5, window: 1 m, scopes: [/login]}]\n"
           "caches: [{name: pricing}]\n"
           "breakers: [{name: stripe, recovery: 30 s}]\n"
           "verify: [{name: liveness, get: /health, expect: {status: 200}}]\n"
           "actions:\n"
           "  flags: {kind: feature-flag, table: feature_flags, environment: quarterdeck_environment, columns: {key: "
           "key,"
           " set: enabled, rollout_percent: rollout_percent, updated_by: updated_by, updated_at: updated_at}}\n"
           "  breaker: {kind: breaker, keys: \"{name}:pybreaker\"}\n"
           "  unblock: {kind: unblock-client, limits: {layout: limits, prefix: \"LIMITS:LIMITER/\"}}\n"
           "  redis-flags: {kind: feature-flag, connection: redis_operator, hash: \"app:flags\", rollout:"
           " \"{flag}:rollout\"}\n"
           "  posthog-flags: {kind: feature-flag, source: posthog, connection: posthog, lease: {connection:"
           " operator, environment: quarterdeck_environment}}\n"
           "  unleash-flags: {kind: feature-flag, source: unleash, connection: unleash, lease: {connection: operator,"
           " environment: quarterdeck_environment}}\n"
           "  own-flags: {kind: feature-flag, source: own, connection: own, lease: {connection: operator, environment:"
           " quarterdeck_environment}}\n"
           "  raise: {kind: raise-limit, overrides: {key: \"limits:override:{client}\"}, tier: auth, at_most: 1000}\n"
           "  actuator: {kind: breaker, connection: http_operator, endpoint: /actuator/circuitbreakers, environment: "
           "{get:"
           " /actuator/info, at: /app/environment}, lease: {connection: redis_operator, environment:"
           " \"quarterdeck:environment\"}}\n"
           "  flush: {kind: cache-flush, keys: \"cache:{group}:*\", warm: {pace: 1 ms, paths: {pricing: [/health]}}}\n"_s
               .arg(m_environment)
               .arg(m_postgresDoor.port())
               .arg(m_files.at("postgresql"))
               .arg(m_redisDoor.port())
               .arg(m_files.at("redis"))
               .arg(m_renderDoor.port())
               .arg(m_files.at("http"), m_files.at("platform"), m_path)
               .arg(m_actuatorDoor.port())
               .arg(m_flagsDoors[0].port())
               .arg(m_flagsDoors[1].port())
               .arg(m_flagsDoors[2].port())
               .arg(optionsOf(FlagsKind::PostHog), optionsOf(FlagsKind::Unleash), optionsOf(FlagsKind::Plain))
               .arg(m_files.at("posthog"), m_files.at("unleash"), m_files.at("own"), m_files.at("header"))
               .arg(m_keyService->port())
               .arg(m_redisKeyService->port())
               .arg(m_httpKeyService->port())
               .arg(m_keyEndpointDoor.port())
               .arg(m_apiService->port())
               .toUtf8() +
           [this] {
               QByteArray actions = "  rotate-client: {kind: rotate-api-key, environment: quarterdeck_environment,"
                                    " hash: {column: hash, by: hmac-sha256, salt: \"file:" +
                                    m_files.at("salt").toUtf8() +
                                    "\"}, form: 'lg_{8}_{40}', shown: 11, refresh: 2 s,"
                                    " probe: {path: /who, connection: clients}}\n";
               for (const char *deed : {"retire", "revoke"})
                   actions += QByteArray("  ") + deed + "-client: {kind: " + deed +
                              "-api-key, environment: quarterdeck_environment}\n";
               const QByteArray onRender = ", source: render, environment: NODE_ENV, pace: 10 ms, watch: 10 s,"
                                           " lease: {connection: operator, environment: quarterdeck_environment}, ";
               actions += "  rotate-redis: {kind: rotate-redis-password" + onRender +
                          "user: api, variables: {url: REDIS_URL}}\n"
                          "  rotate-database: {kind: rotate-database-password" +
                          onRender +
                          "database: {environment: quarterdeck_environment}, roles: [shop_a, shop_b],"
                          " variables: {url: DATABASE_URL}}\n";
               for (const char *deed : {"rotate", "retire", "revoke"})
                   actions += QByteArray("  ") + deed + "-key: {kind: " + deed +
                              "-signing-key, secret: secret, environment: quarterdeck_environment, refresh: " +
                              QByteArray::number(qint64{refresh.count()}) +
                              " ms, probe: {path: /me, connection: service, every: 10 ms}}\n";
               for (const auto &[name, own] :
                    {std::pair("redis", "secret: secret"),
                     std::pair("http", "connection: key_endpoint, environment: {get: /info, at: /app/environment}, "
                                       "lease: {connection: operator, environment: quarterdeck_environment}")})
                   actions += QByteArray("  rotate-") + name + "-key: {kind: rotate-signing-key, source: " + name +
                              "_keys, " + own + ", refresh: " + QByteArray::number(qint64{refresh.count()}) +
                              " ms, probe: {path: /me, connection: " + name + "_service, every: 10 ms}}\n";
               for (const char *platform : {"render", "kubectl", "railway", "docker"}) {
                   for (const auto &[name, kind] : {std::pair("variables", "platform-variable"),
                                                    {"redeploy", "redeploy"},
                                                    {"restart", "restart"},
                                                    {"roll-back", "roll-back"},
                                                    {"swap", "swap-secret"}})
                       actions += QByteArray("  ") + platform + '-' + name + ": {kind: " + kind +
                                  ", source: " + platform +
                                  ", environment: NODE_ENV, pace: 10 ms, watch: 10 s,"
                                  " lease: {connection: operator, environment: quarterdeck_environment}}\n";
               }
               return actions;
           }();
}

void Shop::reset()
{
    m_keyService->startAnew([this] {
        m_postgres.execute(
            "SET client_min_messages = warning; DROP TABLE IF EXISTS quarterdeck_leases; DELETE FROM feature_flags;"
            "INSERT INTO feature_flags VALUES ('voice_quotes', true, 100, 'eve', '2026-01-02');"
            "TRUNCATE sessions, jwt_keys; INSERT INTO jwt_keys VALUES ('k0', '" +
            m_secretTexts["old-signing-key"] +
            "', 'retiring', now() - interval '90 days', now() - interval '89 days', NULL), ('k1', '" +
            m_secretTexts["signing-key"] +
            "', 'active', now() - interval '9 days', now() - interval '8 days', NULL);"
            "ALTER ROLE shop_b NOLOGIN; ALTER ROLE shop_a LOGIN PASSWORD '" +
            m_secretTexts["database-login"] + "'");
    });
    m_apiService->startAnew([this] {
        m_postgres.execute("TRUNCATE api_keys; INSERT INTO api_keys (prefix, hash, tier, last_used_at) VALUES"
                           " ('lg_0a0b0c0d', '" +
                           m_apiService->hashOf(m_secretTexts["client-key"]) +
                           "', 'premium', now() - interval '3 days'); TRUNCATE effects");
    });
    m_redis.command({"ACL", "SETUSER", "api", "reset", "on", '>' + m_secretTexts["redis-login"], "~*", "+@read"});
    m_httpKeyService->startAnew([this] { resetRing(m_httpRing, u"h"_s); });
    m_keyEndpoint.setMarker(u"shop/"_s + m_environment);
    m_redisKeyService->startAnew([this] {
        m_redis.command(
            {"EVAL",
             "redis.call('FLUSHALL') redis.call('SET', 'quarterdeck:environment', ARGV[1])"
             "for field, value in pairs({state = 'open', fail_counter = '3', opened_at = '1700000000'}) do"
             " redis.call('SET', 'stripe:pybreaker:' .. field, value) end "
             "redis.call('SET', ARGV[2], '7', 'PX', '600000') redis.call('HSET', 'app:flags', 'chat', 'true',"
             " 'chat:rollout', '50') redis.call('SET', 'limits:override:10.1.2.3', '50', 'PX', '900000')"
             "for i = 1, 600 do redis.call('SET', 'cache:pricing:' .. i, 'x') end",
             "0", "shop/" + m_environment.toUtf8(), loginKey});
        resetRing(m_redisRing, u"r"_s);
    });
    {
        const std::lock_guard guard(m_render.lock);
        m_render.variables = {{u"NODE_ENV"_s, m_environment},
                              {ttl, u"600"_s},
                              {u"STRIPE_SECRET_KEY"_s, QString::fromLatin1(m_secretTexts["variable"])},
                              {redisUrl, u"redis://api:%1@127.0.0.1/0"_s.arg(
                                             QString::fromLatin1(m_secretTexts["redis-login"].toPercentEncoding()))},
                              {databaseUrl, u"postgresql://shop_a:%1@127.0.0.1/app"_s.arg(QString::fromLatin1(
                                                m_secretTexts["database-login"].toPercentEncoding()))}};
        m_render.deploys = {
            {.id = u"dep-2"_s, .status = u"live"_s, .trigger = u"new_commit"_s, .variables = m_render.variables},
            {.id = u"dep-1"_s, .status = u"deactivated"_s, .trigger = u"new_commit"_s, .variables = {}}};
        m_render.restarts.clear();
        m_render.changes.clear();
        m_render.fault = test::FakeRender::Fault::None;
        m_render.faulty.clear();
    }
    m_actuator.setMarker(u"shop/"_s + m_environment);
    m_actuator.setState(u"stripe"_s, u"CLOSED"_s);
    m_actuatorBefore = m_actuator.changes().size();
    for (test::FakeFlags &flags : m_flags) {
        const std::lock_guard guard(flags.lock);
        flags.project = m_environment == "production"_L1 ? u"uuid-1"_s : u"uuid-2"_s;
        flags.flags = {{u"voice"_s, {.id = 4, .enabled = true, .rollouts = {50}}}};
        flags.changes.clear();
    }
    m_programs->reset();
    static_cast<void>(told());
    m_monitor->forget();
    // The service that ran with the other login has gone before anybody looks who has sessions.
    for (int i = 0; m_sessions && i < 100; ++i) {
        if (m_postgres.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop_b'") == "0")
            break;
        std::this_thread::sleep_for(50ms);
    }
}

/// r1 signs, and r0 verifies on.
void Shop::resetRing(test::JsonRing &ring, const QString &name)
{
    const auto ago = [](int days) {
        return QDateTime::currentDateTimeUtc().addDays(-days).toString(Qt::ISODateWithMs);
    };
    ring.clear();
    ring.hold(name + u'0', {{u"state"_s, u"retiring"_s}, {u"created_at"_s, ago(92)}, {u"activated_at"_s, ago(91)}},
              m_secretTexts["old-signing-key"]);
    ring.hold(name + u'1', {{u"state"_s, u"active"_s}, {u"created_at"_s, ago(11)}, {u"activated_at"_s, ago(10)}},
              m_secretTexts["signing-key"]);
}

test::FakeKeyService &Shop::keyService(const Deed &deed)
{
    return deed.system == System::Redis         ? *m_redisKeyService
           : deed.system == System::KeyEndpoint ? *m_httpKeyService
                                                : *m_keyService;
}

QByteArray Shop::told()
{
    const QByteArray mark = QUuid::createUuid().toByteArray();
    m_redis.command({"ECHO", mark});
    return m_monitor->until(mark);
}

Door &Shop::door(System system)
{
    if (hasFlags(system))
        return m_flagsDoors.at(numberOf(system));
    switch (system) {
    case System::PostgreSql:
        return m_postgresDoor;
    case System::Redis:
        return m_redisDoor;
    case System::Actuator:
        return m_actuatorDoor;
    case System::KeyEndpoint:
        return m_keyEndpointDoor;
    case System::Render:
        return m_renderDoor;
    default:
        return m_programsDoor;
    }
}

quint16 Shop::portOf(System system)
{
    if (hasFlags(system))
        return m_flags.at(numberOf(system)).port();
    switch (system) {
    case System::PostgreSql:
        return m_postgres.server().port();
    case System::Redis:
        return m_redis.server().port();
    case System::Actuator:
        return m_actuator.port();
    case System::KeyEndpoint:
        return m_keyEndpoint.port();
    case System::Render:
        return m_render.port();
    default:
        return m_programs->port();
    }
}

void Shop::lead(System system, Shop &other)
{
    door(system).lead(other.portOf(system));
}

void Shop::leadBack(System system)
{
    door(system).lead(portOf(system));
}

QByteArray Shop::value(const Deed &deed)
{
    if (hasFlags(deed.system)) {
        test::FakeFlags &flags = m_flags.at(numberOf(deed.system));
        const std::lock_guard guard(flags.lock);
        const test::FakeFlags::Flag &voice = flags.flags[u"voice"_s];
        return (voice.enabled ? "on " : "off ") + QByteArray::number(voice.rollouts.value(0));
    }
    switch (deed.system) {
    case System::PostgreSql:
        if (deed.isOfKeys()) // "k1/k0 retiring, k1 active": which signs, and all of them; one that was made is "new"
            return m_postgres.execute(
                "WITH keys AS (SELECT *, CASE WHEN kid LIKE 'k-%' THEN 'new' ELSE kid END AS name FROM jwt_keys)"
                " SELECT (SELECT name FROM keys WHERE state = 'active' ORDER BY activated_at DESC LIMIT 1) || '/' ||"
                " string_agg(name || ' ' || state || CASE WHEN retire_after > now() THEN ' until' ELSE '' END, ', '"
                " ORDER BY created_at) FROM keys");
        if (deed.action.endsWith("-client"_L1)) // "old until, new": those that are valid
            return m_postgres.execute(
                "SELECT coalesce(string_agg(CASE prefix WHEN 'lg_0a0b0c0d' THEN 'old' ELSE 'new' END ||"
                " CASE WHEN expires_at < now() + interval '8 days' THEN ' until' ELSE '' END, ', ' ORDER BY id), '')"
                " FROM api_keys WHERE revoked_at IS NULL");
        return m_postgres.execute("SELECT concat_ws('|', enabled, rollout_percent) FROM feature_flags");
    case System::Redis:
        if (deed.isOfKeys())
            return m_redisRing.signer() + '/' + m_redisRing.states();
        if (deed.action == "breaker"_L1)
            return m_redis.command(
                {"EVAL", // what holds it open is a time to come: as the days that are left, rounded up
                 "local at = redis.call('GET', KEYS[2])"
                 " local left = tonumber(at) - redis.call('TIME')[1]"
                 " return redis.call('GET', KEYS[1]) .. ' ' .."
                 " (left > 0 and 'for ' .. math.ceil(left / 86400) .. ' d' or at)",
                 "2", "stripe:pybreaker:state", "stripe:pybreaker:opened_at"});
        if (deed.action == "unblock"_L1)
            return m_redis.command({"GET", loginKey});
        if (deed.action == "redis-flags"_L1)
            return m_redis.command({"HGET", "app:flags", "chat"}) + ' ' +
                   m_redis.command({"HGET", "app:flags", "chat:rollout"});
        if (deed.action == "raise"_L1)
            return m_redis.command({"EVAL", // with the quarters of an hour that are left, rounded up
                                    "return tostring(redis.call('GET', KEYS[1])) .. ' ' .."
                                    " math.ceil(redis.call('PTTL', KEYS[1]) / 900000)",
                                    "1", "limits:override:10.1.2.3"});
        return m_redis.command({"EVAL", "return #redis.call('KEYS', 'cache:pricing:*')", "0"});
    case System::Actuator:
        return m_actuator.state(u"stripe"_s).toLatin1();
    case System::KeyEndpoint:
        return m_httpRing.signer() + '/' + m_httpRing.states();
    case System::Render: {
        // "1 taken, live, new": how many there are, whether what is set is one of them, and what runs with it.
        if (deed.resource == redisUrl || deed.resource == databaseUrl) {
            const QUrl url(login(deed.resource));
            const QByteArray password = url.password(QUrl::FullyDecoded).toUtf8();
            const bool isRedis = deed.resource == redisUrl;
            const QByteArray has =
                isRedis ? m_redis.command({"ACL", "LIST"})
                        : m_postgres.execute("SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE"
                                             " rolcanlogin AND rolname LIKE 'shop%'");
            const QByteArray taken =
                isRedis ? has.contains('#' + QCryptographicHash::hash(password, QCryptographicHash::Sha256).toHex())
                              ? "taken"
                              : "refused"
                        : QByteArray(url.userName().toLatin1());
            const bool isOld = password == m_secretTexts[isRedis ? "redis-login" : "database-login"];
            const std::lock_guard guard(m_render.lock);
            const auto live = std::ranges::find(m_render.deploys, u"live"_s, &test::FakeRender::Deploy::status);
            const bool isLive = live->variables[deed.resource] == m_render.variables[deed.resource];
            return (isRedis ? QByteArray::number(has.count('#')) : has) + ' ' + taken + ", " +
                   (isLive ? "live, " : "set, ") + (isOld ? "old" : "new");
        }
        const std::lock_guard guard(m_render.lock);
        if (deed.action != "render-variables"_L1)
            return QByteArray::number(m_render.deploys.size()) + '+' + QByteArray::number(m_render.restarts.size());
        const auto live = std::ranges::find(m_render.deploys, u"live"_s, &test::FakeRender::Deploy::status);
        const auto at = [](const std::map<QString, QString> &in) {
            const auto found = in.find(ttl);
            return found == in.end() ? QByteArray("none") : found->second.toUtf8();
        };
        return at(m_render.variables) + '/' + (live == m_render.deploys.end() ? "?" : at(live->variables));
    }
    default:
        if (deed.action.endsWith("-swap"_L1)) { // "new/old": what is set, and what the service has
            const QByteArray told = m_programs->variable(nameOf(deed.system), signing);
            const QByteArray first = m_secretTexts["variable"] + "-signs";
            return QByteArray(told.startsWith(first + '/') ? "old/" : "new/") +
                   (told.endsWith('/' + first) ? "old" : "new");
        }
        return deed.action.endsWith("-variables"_L1) ? m_programs->variable(nameOf(deed.system), level)
                                                     : m_programs->deploys(nameOf(deed.system));
    }
}

int Shop::effects(const Deed &deed)
{
    if (hasFlags(deed.system)) {
        test::FakeFlags &flags = m_flags.at(numberOf(deed.system));
        const std::lock_guard guard(flags.lock);
        return static_cast<int>(flags.changes.size());
    }
    switch (deed.system) {
    case System::PostgreSql:
        return m_postgres.execute("SELECT count(*) FROM effects").toInt();
    case System::Redis: {
        const QRegularExpression effect(u" lua\\] "_s + deed.effect);
        const QStringList lines = QString::fromLatin1(told()).split(u'\n');
        return static_cast<int>(lines.filter(effect).size());
    }
    case System::Actuator:
        return static_cast<int>(m_actuator.changes().size() - m_actuatorBefore);
    case System::KeyEndpoint:
        return m_keyEndpoint.puts();
    case System::Render: {
        int inStores = 0;
        if (deed.resource == redisUrl) {
            const QByteArray has = m_redis.command({"ACL", "LIST"});
            const bool hasOld = has.contains(
                QCryptographicHash::hash(m_secretTexts["redis-login"], QCryptographicHash::Sha256).toHex());
            inStores = (has.count('#') > (hasOld ? 1 : 0) ? 1 : 0) + (hasOld ? 0 : 1);
        } else if (deed.resource == databaseUrl) {
            inStores = m_postgres
                           .execute("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'shop%' AND"
                                    " rolcanlogin = (rolname = 'shop_b')")
                           .toInt();
        }
        const std::lock_guard guard(m_render.lock);
        return inStores + static_cast<int>(m_render.changes.size());
    }
    default:
        return static_cast<int>(std::ranges::count_if(m_programs->ran(), &Programs::Ran::changes));
    }
}

bool Shop::isUndone(const Deed &deed, const QByteArray &before)
{
    const QByteArray now = value(deed);
    switch (deed.undone) {
    case Deed::Undone::AsBefore:
        return now == before;
    case Deed::Undone::SetAsBefore:
    case Deed::Undone::Signs:
        return now.first(now.indexOf('/')) == before.first(before.indexOf('/'));
    case Deed::Undone::Deployed:
        break;
    }
    return true;
}

Changes Shop::changes()
{
    Changes all = changesInSql(m_postgresDoor.sent());
    all += changesInRedis(m_redisDoor.sent());
    all += changesInHttp(m_actuatorDoor.sent());
    all += changesInHttp(m_keyEndpointDoor.sent());
    for (const Door &flags : m_flagsDoors)
        all += changesInHttp(flags.sent());
    all += changesInHttp(m_renderDoor.sent());
    for (const Programs::Ran &ran : m_programs->ran()) {
        if (!ran.changes()) {
            ++all.reads;
            continue;
        }
        const QByteArray line = ran.arguments.join(u' ').toUtf8();
        all.bytes += line.size() + ran.input.size();
        all.what.append(line);
    }
    return all;
}

void Shop::forget()
{
    m_postgresDoor.forget();
    m_redisDoor.forget();
    m_actuatorDoor.forget();
    m_keyEndpointDoor.forget();
    for (Door &flags : m_flagsDoors)
        flags.forget();
    m_renderDoor.forget();
    m_programs->forget();
}

} // namespace qd::proof
