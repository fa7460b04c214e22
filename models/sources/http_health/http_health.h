/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "profile/config.h"
#include "sources/source.h"
#include "wire/http.h"

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
    };
    struct Breakers
    {
        QString each;
        QString state;
        QString failures;
        QString threshold;
        QString recovery; ///< seconds
        QString openedAt; ///< seconds since the epoch
        QString calls;
        QString failuresTotal;
        QString rejected;
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
    std::optional<Breakers> breakers;
    QString limiterMode;
    std::map<QString, LimiterMode> limiterWords; ///< in lower case
    QString rejectedEach;
    std::optional<Traffic> requests;
};

/// What a health document says. A 503 with a body that can be mapped is an answer. Errors: AuthRequired (401),
/// Forbidden (403), NotFound (404), Redirected (3xx), Unavailable (429), ServerError (5xx without such a body),
/// BadReply (not JSON, not an object, nothing of the map in it).
[[nodiscard]] Result<Findings> healthFindings(const HttpReply &reply, const HealthMap &map, const QString &where);

/// Reads `map:`; every fault goes to `errors`.
[[nodiscard]] HealthMap readHealthMap(const ConfigNode &node, QList<Error> *errors);

/// The registry's entry: options `path` and `map`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> httpHealthFactory(const SourceSpec &spec,
                                                                           const Profile &profile);

} // namespace qd
