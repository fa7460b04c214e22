/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "models/actions/fake_flags.h"
#include "models/actions/fake_render.h"
#include "proof/door.h"
#include "proof/programs.h"
#include "support/fake_actuator.h"
#include "support/fake_api_service.h"
#include "support/fake_key_service.h"
#include "support/json_rings.h"
#include "support/server_fixtures.h"

#include <array>
#include <map>

namespace qd::proof {

/// What is done, and where it shows.
struct Deed
{
    enum class System {
        PostgreSql,
        Redis,
        Actuator,
        KeyEndpoint,
        PostHog,
        Unleash,
        OwnFlags,
        Render,
        Kubectl,
        Railway,
        Docker
    };
    QString name;
    System system{};
    QString action; ///< of Shop's profile
    QString resource;
    std::map<QString, QString> set{};
    bool canBeUndone = true;
    /// What undoing leaves.
    enum class Undone {
        AsBefore,
        SetAsBefore, ///< what is set, while the service goes on with what it was started with
        Deployed,    ///< it was deployed once more
        Signs,       ///< the same key signs; another that was made meanwhile may verify on
    } undone = Undone::AsBefore;
    QString effect{}; ///< in Redis: the command that each effect runs once, as MONITOR tells it; a regular expression
    int effects = 1;  ///< as Shop counts them, when it is done once
    int effectsBack = 1;         ///< and when it is taken back, after that
    int steps = 1;               ///< its plan has
    bool canBeGoneOnWith = true; ///< by another process; else it would need what only the first one had
    bool isSlow = false;         ///< it is killed everywhere in a soak alone
    [[nodiscard]] bool isOfKeys() const { return action.endsWith(QLatin1String("-key")); }
};

/// Every kind of action on everything it can be done on. A new one is a row here, and what it needs in Shop.
[[nodiscard]] const QList<Deed> &deeds();
[[nodiscard]] const Deed &deedCalled(const QString &name);
[[nodiscard]] QString toWord(Deed::System system);

/// A deployment with everything that actions act on: real PostgreSQL and Redis, Spring Boot's Actuator, Render's REST
/// interface, and the programs of the other platforms; each behind a Door. Not to be moved.
class Shop
{
public:
    /// `environment`: as all of it says of itself. `canary`: begins each of its secrets.
    explicit Shop(const QString &environment = QStringLiteral("production"), const QByteArray &canary = {});
    ~Shop();
    Shop(const Shop &) = delete;
    Shop &operator=(const Shop &) = delete;

    /// As before every deed.
    void reset();
    /// A profile with every action, that leads here through the doors.
    [[nodiscard]] QByteArray profile() const;
    [[nodiscard]] QString profileFile() const; ///< where profile() lies
    [[nodiscard]] Door &door(Deed::System system);
    /// Leads what leads to that system to `other`'s, as where a name has another address.
    void lead(Deed::System system, Shop &other);
    void leadBack(Deed::System system);
    /// What the deed is about, as the deployment itself has it.
    [[nodiscard]] QByteArray value(const Deed &deed);
    /// How often something was changed by it since reset(), counted by the deployment itself.
    [[nodiscard]] int effects(const Deed &deed);
    /// Whether all is as undoing the deed leaves it, where value() was `before` once.
    [[nodiscard]] bool isUndone(const Deed &deed, const QByteArray &before);
    /// What could have changed something, of what came through the doors since forget(); from programs, too.
    [[nodiscard]] Changes changes();
    void forget();
    [[nodiscard]] test::PostgresFixture &postgres() { return m_postgres; }
    [[nodiscard]] test::RedisFixture &redis() { return m_redis; }
    [[nodiscard]] test::FakeRender &render() { return m_render; }
    [[nodiscard]] Programs &programs() { return *m_programs; }
    /// What goes by the signing keys that the deed is about. Its users come once they are let in.
    [[nodiscard]] test::FakeKeyService &keyService(const Deed &deed);
    [[nodiscard]] test::JsonRing &redisRing() { return m_redisRing; }
    [[nodiscard]] test::JsonRing &httpRing() { return m_httpRing; }
    /// What lets clients in by their keys.
    [[nodiscard]] test::FakeApiService &apiService() { return *m_apiService; }
    [[nodiscard]] const QString &directory() const { return m_path; }
    /// By what they are of.
    [[nodiscard]] const std::map<QByteArray, QByteArray> &secrets() const { return m_secretTexts; }
    /// Where the profile says that it lies.
    [[nodiscard]] QString secretFile(const QByteArray &name) const { return m_files.at(name); }

private:
    class Monitor;
    class Sessions;
    [[nodiscard]] QString login(const QString &variable); ///< what the platform has set, in a URL
    [[nodiscard]] QByteArray secret(const QByteArray &name);
    [[nodiscard]] quint16 portOf(Deed::System system);
    void resetRing(test::JsonRing &ring, const QString &name);
    /// What was run on the Redis since reset().
    [[nodiscard]] QByteArray told();

    const QString m_environment;
    const QByteArray m_canary;
    QTemporaryDir m_directory;
    QString m_path;
    QByteArray m_pathBefore; ///< null: it is another shop's
    std::map<QByteArray, QByteArray> m_secretTexts;
    test::SecretFiles m_secrets;
    std::map<QByteArray, QString> m_files; ///< of secrets
    test::PostgresFixture m_postgres;
    QByteArray m_redisPassword;
    test::RedisFixture m_redis;
    test::FakeActuator m_actuator;
    qsizetype m_actuatorBefore = 0; ///< changes of earlier deeds
    std::array<test::FakeFlags, 3> m_flags;
    test::FakeRender m_render;
    std::unique_ptr<Programs> m_programs;
    std::unique_ptr<Monitor> m_monitor;
    test::FakeKeyEndpoint m_keyEndpoint;
    test::RedisRing m_redisRing;
    test::EndpointRing m_httpRing;
    std::unique_ptr<test::FakeKeyService> m_keyService; ///< of PostgreSQL's
    std::unique_ptr<test::FakeKeyService> m_redisKeyService;
    std::unique_ptr<test::FakeKeyService> m_httpKeyService;
    std::unique_ptr<test::FakeApiService> m_apiService;
    std::unique_ptr<Sessions> m_sessions; ///< of the service that the platform runs
    Door m_postgresDoor;
    Door m_redisDoor;
    Door m_actuatorDoor;
    Door m_keyEndpointDoor;
    std::array<Door, 3> m_flagsDoors;
    Door m_renderDoor;
    Door m_programsDoor;
};

} // namespace qd::proof
