/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "profile/profile.h"

/// What a team looks at after a deploy, as data: `verify:` of a profile or its preset.
namespace qd {

/// What an answer has to be like; what is not written is not looked at.
struct Expected
{
    QList<int> statuses; ///< one of them
    /// Values of headers by their names, of members by their JSON Pointers; "any": it has to be there, "none": it has
    /// not to.
    QList<std::pair<QByteArray, QString>> headers;
    QList<std::pair<QString, QString>> members;
    std::chrono::milliseconds within{0}; ///< 0: not written

    static constexpr QLatin1StringView any{"any"};
    static constexpr QLatin1StringView none{"none"};
};

struct ChecklistItem
{
    enum class Kind {
        Request,       ///< one answer of the service
        Burst,         ///< so many requests in a row until one of their answers is as expected
        HitRate,       ///< of every cache group, over the last minute, or else since its counters were started
        Breakers,      ///< all are closed
        SchemaVersion, ///< the database's is the one that is written here
    };
    QString name;
    QString title; ///< what people read; default: the name
    Kind kind = Kind::Request;
    QString path; ///< of requests, with its query
    QList<std::pair<QByteArray, QByteArray>> headers;
    bool isStranger = false; ///< without what the connection proves itself by
    int requests = 1;        ///< at most, of a burst
    Expected expected;
    Share hitRateAtLeast{0};
    QString version;
    QStringList environments;  ///< where it is looked at; empty: everywhere
    bool inProduction = false; ///< a burst may be sent there, too
};

using Checklist = QList<ChecklistItem>;

/// Reads `verify:`. Errors: BadInput, each with its place.
[[nodiscard]] std::expected<Checklist, QList<Error>> checklistOf(const Profile &profile);

} // namespace qd
