/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "profile/config.h"
#include "sources/source.h"
#include "wire/http.h"

#include <QJsonObject>

namespace qd {

/// Where a health document keeps what: JSON Pointers into the reply, or member names below an `each`.
struct HealthMap
{
    struct Check
    {
        QString name;   ///< path of the fact; with `each` unused
        QString each;   ///< pointer to an object with one check per member
        QString prefix; ///< before a member's name
        QString status;
        QString latency;
        QString detail;
        QString unit = {};        ///< follows the detail
        double latencyFactor = 1; ///< of what is written to milliseconds
    };
    struct Breakers
    {
        QString name; ///< of one alone, which `each` points to
        QString each; ///< pointer to an object with one breaker per member
        QString state;
        QString failures;
        QString threshold;
        QString recovery; ///< seconds
        QString openedAt; ///< seconds since the epoch
        QString calls;
        QString failuresTotal;
        QString rejected;
        QString failureRate; ///< per cent; -1: too few calls for one
    };
    struct Traffic
    {
        QString total;
        QString errors;
        QString p50;
        QString p95;
    };

    QString root; ///< path of the health fact that `status` is about; "" is the deployment itself
    QString status;
    std::map<QString, Level> words; ///< in lower case
    QList<Check> checks;
    QList<Breakers> breakers;
    QString limiterMode;
    std::map<QString, LimiterMode> limiterWords; ///< in lower case
    QString rejectedEach;
    std::optional<Traffic> requests;

    static constexpr int checkCap = 500; ///< of one document
};

/// Documents that need no map, since they are known by name.
enum class HealthShape {
    Actuator,   ///< Spring Boot's /actuator/health, with resilience4j's breakers
    HealthJson, ///< application/health+json (draft-inadarei-api-health-check-06)
    Terminus,   ///< of NestJS and of godaddy's
    AspNet,     ///< as AspNetCore.HealthChecks.UI.Client writes it
};

/// The map that somebody would else write for `document` as it is now. `root`: HealthMap::root, and what the paths of
/// its checks begin with.
[[nodiscard]] HealthMap mapOf(HealthShape shape, const QString &root, const QJsonObject &document);

/// A member's name as one step of a check's path: a name of a thousand slashes would else be a tree of as many levels.
[[nodiscard]] QString pathStep(const QString &name);

/// What tells where in the document that just came what stands.
using MapOf = std::function<HealthMap(const QJsonObject &document)>;

/// What a health document says. A 503 with a body that can be mapped is an answer. Errors: AuthRequired (401),
/// Forbidden (403), NotFound (404), Redirected (3xx), Unavailable (429), ServerError (5xx without such a body),
/// BadReply (not JSON, not an object, nothing of the map in it).
[[nodiscard]] Result<Findings> healthFindings(const HttpReply &reply, const MapOf &mapFor, const QString &where);
[[nodiscard]] Result<Findings> healthFindings(const HttpReply &reply, const HealthMap &map, const QString &where);

/// Reads `map:`; every fault goes to `errors`.
[[nodiscard]] HealthMap readHealthMap(const ConfigNode &node, QList<Error> *errors);

/// The registry's entry: options `path`, `limit_headers`, and `map`, or `shape` and `root`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> httpHealthFactory(const SourceSpec &spec,
                                                                           const Profile &profile);

} // namespace qd
