/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/call.h"
#include "facts/reading.h"
#include "profile/profile.h"

#include <functional>
#include <memory>

namespace qd {

class HttpClient;
class PgPool;

/// What sources talk through; owned by the I/O thread and shared by all deployments.
struct Wire
{
    HttpClient *http = nullptr;
    PgPool *postgres = nullptr;
};

/// One answer, or why there is none; the watcher makes a Reading of it.
struct SourceAnswer
{
    Result<Findings> outcome;
    QList<Exchange> exchanges;
};

/// Talks to one system of one deployment and turns its replies into facts. Lives on the I/O thread. What it learns
/// from a reply is a pure function in its folder, tested over captured replies.
class Source
{
public:
    virtual ~Source() = default;
    /// Asks once. `done` runs once on this thread, unless the call is dropped.
    [[nodiscard]] virtual Call poll(std::function<void(SourceAnswer)> done) = 0;
};

/// Makes a source once its options were understood. Runs on the I/O thread.
using SourceFactory = std::function<std::unique_ptr<Source>(const Wire &)>;

/// Reads `spec.options`, reports what is wrong with them, and returns how to make the source.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> sourceFactory(const SourceSpec &spec, const Profile &profile);

/// Why `profile` has no connection `name` of `kind` for this source, and what to write.
[[nodiscard]] QString missingConnection(const SourceSpec &spec, const Profile &profile, const QString &name,
                                        QLatin1StringView kind);

/// The connection that a source takes: the one it names, else the one called as its kind is.
template <class C>
[[nodiscard]] Result<C> connectionOf(const SourceSpec &spec, const Profile &profile)
{
    const QString name = spec.connection.isEmpty() ? QString(C::kind) : spec.connection;
    if (const C *connection = profile.connection<C>(name))
        return *connection;
    return failure(ErrorCode::BadInput, missingConnection(spec, profile, name, C::kind), spec.options.where());
}

/// A kind of system: one folder in sources/ and one row in the registry.
struct SourceKind
{
    enum class Role {
        Service, ///< it is the deployment's own program that speaks
        Part,    ///< something that the program stands on
    };
    QLatin1StringView name;
    QLatin1StringView title; ///< a proper name, "PostgreSQL"
    Role role;
    QStringList facts; ///< Fact::kind of all that it can say: who would know about something that nobody has said
    std::expected<SourceFactory, QList<Error>> (*make)(const SourceSpec &, const Profile &);
    QStringList checks; ///< what services call their health check of such a system, in lower case
};

/// All kinds; what a profile may write as `kind`.
[[nodiscard]] QStringList sourceKinds();

/// Null for an unknown one.
[[nodiscard]] const SourceKind *sourceKind(QStringView name);

/// SourceKind::facts; empty for an unknown kind.
[[nodiscard]] QStringList factKindsOf(QStringView sourceKind);

/// Everything that is wrong with the sources of a profile; empty if it can be watched.
[[nodiscard]] QList<Error> checkSources(const Profile &profile);

/// The profile in the file `path`, or everything that is wrong with it, its sources' options included, by place.
[[nodiscard]] ProfileResult loadWhole(const QString &path);

} // namespace qd
