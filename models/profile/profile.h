/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "base/units.h"
#include "exposition/selector.h"
#include "profile/config.h"

#include <QStringList>
#include <QUrl>

#include <algorithm>
#include <compare>
#include <map>
#include <optional>
#include <variant>

namespace qd {

/// Where a secret lies; never the secret itself. `keychain:NAME`, `env:NAME`, `file:PATH`.
struct SecretRef
{
    enum class Scheme { Keychain, Env, File };
    Scheme scheme = Scheme::Env;
    QString name;
    QString place = {}; ///< file:line:column where it is referred to

    /// "env:NAME": what errors call it in their `where`.
    [[nodiscard]] QString written() const;
    /// The same secret, wherever it is referred to.
    bool operator==(const SecretRef &other) const { return scheme == other.scheme && name == other.name; }
};

/// Fetches a secret. Blocks (file, keyring): never on the GUI or I/O thread's hot path; done once at connect time.
[[nodiscard]] Result<Secret> resolve(const SecretRef &ref);

/// Takes a variable out of the environment, so that no library sends what it holds to whoever asks; `env:` references
/// still find it. Only before threads are started.
void setAsideForReferences(const char *name);

/// What proves the other end's identity and ours. Two connections share sockets only if these are equal.
struct TlsIdentity
{
    QString caFile; ///< PEM; empty: the system's
    bool operator==(const TlsIdentity &) const = default;
    std::strong_ordering operator<=>(const TlsIdentity &) const = default;
};

struct HttpConnection
{
    static constexpr QLatin1StringView kind{"http"};
    QUrl base; ///< http(s)://host[:port][/prefix], no credentials in it
    std::optional<SecretRef> bearer;
    TlsIdentity tls;
    QList<std::pair<QByteArray, SecretRef>> headers = {}; ///< sent with every request; their values are secrets
};

/// One server, or with `sentinels` the master of a set that they watch, wherever it is.
struct RedisConnection
{
    static constexpr QLatin1StringView kind{"redis"};
    struct Address
    {
        QString host;
        quint16 port = 0;
        bool operator==(const Address &) const = default;
        [[nodiscard]] QString text() const; ///< "10.0.0.1:6379", "[::1]:6379"
    };
    QString host; ///< empty where Sentinels tell it
    quint16 port = 6379;
    int database = 0;
    QString user;
    std::optional<SecretRef> password;
    bool useTls = false; ///< with Sentinels: to them as well
    TlsIdentity tls;
    QList<Address> sentinels; ///< asked for the master at each connect
    QString master;           ///< what they call the set
    std::optional<SecretRef> sentinelPassword;
    bool inClearOnLoopbackAlone = false; ///< nobody wrote that a master elsewhere may be reached without TLS
};

/// `sslmode` is verify-full unless the host is loopback or the profile says otherwise in so many words.
struct PostgresConnection
{
    static constexpr QLatin1StringView kind{"postgresql"};
    QString host;
    quint16 port = 5432;
    QString database;
    QString user;
    std::optional<SecretRef> password;
    QString sslmode;
    TlsIdentity tls;
};

using Connection = std::variant<HttpConnection, RedisConnection, PostgresConnection>;

/// One source as written in the profile. What belongs to its kind alone stays in `options` and is read by the
/// source's own folder.
struct SourceSpec
{
    QString id;
    QString kind;
    QString connection; ///< empty: the one that is called as its kind is
    std::chrono::milliseconds interval{5000};
    std::chrono::milliseconds deadline{5000};
    ConfigNode options;
};

/// One deed that may be done here, as written in the profile. What belongs to its kind alone stays in `options` and is
/// read by the action's own folder.
struct ActionSpec
{
    QString id;
    QString kind;
    QString connection; ///< of a role that may write; empty: "operator"
    ConfigNode options;
};

struct CachePolicy
{
    QString group;
    std::chrono::seconds ttl{0}; ///< 0: not written
    std::optional<Share> hitRateAtLeast;
};

/// `limit` requests per `window` for each client. `scopes` are the limiter's own names (routes) that belong to it.
struct TierPolicy
{
    QString name;
    qint64 limit = 0;
    std::chrono::seconds window{60};
    QStringList scopes;
};

struct BreakerPolicy
{
    QString name;
    qint64 failureThreshold = 0;
    std::chrono::seconds recoveryTimeout{0};
};

/// How often a backup is due, and for how long each is kept.
struct BackupPolicy
{
    std::chrono::seconds every{0}; ///< 0: not written, nothing is ever too old
    std::chrono::seconds keep{0};  ///< 0: not written
    QByteArray zone = "UTC";       ///< IANA name: whose time the names of the files tell

    static constexpr std::chrono::hours tolerance{2}; ///< a backup takes its time
};

/// How old a key may become before another one is due.
struct RotationPolicy
{
    std::chrono::seconds signingKeys{0}; ///< since it began to sign; 0: not written, none is ever due
    std::chrono::seconds apiKeys{0};     ///< since it was issued; 0: not written

    static constexpr std::chrono::days soon{14}; ///< this long before, it is said
};

/// What the operators expect of a metric that the deployment tells, in their words.
struct Expectation
{
    enum class Measure {
        Value,     ///< the most of the series that are meant, the least where only `atLeast` is written; first one out
                   ///< of its bounds
        PerMinute, ///< what all of them counted in the last minute
        P95,       ///< of the last minute of a histogram, the most of the series that are meant
    };
    QString title; ///< "Stripe webhooks answered with 4xx"
    Measure measure = Measure::Value;
    Selector metric;
    QString unit; ///< "s": said as a duration; else as it is written
    std::optional<double> atMost;
    std::optional<double> atLeast;
};

/// A deployment's profile with its preset merged in. Pure data; holds no secret.
struct Profile
{
    QString name;
    QString title;       ///< "Quote service"
    QString environment; ///< "production", "staging", "development", or the team's own word
    QString preset;
    std::map<QString, Connection> connections; ///< by name
    QList<SourceSpec> sources;
    QList<ActionSpec> actions;
    QList<BreakerPolicy> breakers;
    QList<CachePolicy> caches;
    QList<TierPolicy> tiers;
    QList<Expectation> expectations;
    std::optional<BackupPolicy> backupPolicy;
    RotationPolicy rotation;
    Share limitNearAt{0.8};                              ///< a counter this full is shown as near its limit
    Share errorsAtMost{0.05};                            ///< share of failed requests that makes a deployment degraded
    std::chrono::milliseconds latencyP95AtMost{2'000};   ///< a slower 95th percentile makes it degraded
    qint64 refusalsAtMost = 30;                          ///< of one tier in a minute; more make it degraded
    Bytes replicaLagAtMost{64LL * 1024 * 1024};          ///< more that a replica has not replayed is degraded
    std::chrono::milliseconds replayDelayAtMost{60'000}; ///< a standby further behind its primary is degraded
    std::chrono::milliseconds poolWaitAtMost{10'000};    ///< a pool whose clients wait longer is degraded
    QList<ConfigNode> verify;                            ///< what is looked at after a deploy; models/verify reads it
    QStringList unavailable; ///< what this system does not have at all ("backups"): shown as *not available here*

    /// Null where none is called so, or it is of another kind.
    template <class C>
    [[nodiscard]] const C *connection(const QString &called) const
    {
        const auto it = connections.find(called);
        return it == connections.end() ? nullptr : std::get_if<C>(&it->second);
    }

    /// True where any connection is of that kind.
    template <class C>
    [[nodiscard]] bool has() const
    {
        return std::ranges::any_of(connections,
                                   [](const auto &named) { return std::holds_alternative<C>(named.second); });
    }

    /// `error`, and where its secret is referred to if it is about one.
    [[nodiscard]] Error placed(Error error) const;

    /// After this long without a good reading a source's values are stale: twice its interval and its deadline.
    [[nodiscard]] std::chrono::milliseconds staleAfter(const QString &source) const;
};

/// All errors found in a profile, each with file:line:column in `where` and what was expected in `message`.
using ProfileResult = std::expected<Profile, QList<Error>>;

/// Reads a profile file and merges the preset it names (from `:/presets/`, or a path relative to the profile).
/// What the profile says wins over the preset; lists with names are merged by name.
[[nodiscard]] ProfileResult loadProfile(const QString &path);

/// A profile as far as it could be read, and everything that is wrong with it, by place. It has no sources where what
/// they build on is unknown: the preset, the connections.
struct ProfileDraft
{
    Profile profile;
    QList<Error> errors;
};
[[nodiscard]] ProfileDraft draftProfile(const QString &path);

/// loadProfile() from text; `file` is what errors name. For tests and the sandbox.
[[nodiscard]] ProfileResult parseProfile(const QByteArray &yaml, const QString &file);

} // namespace qd
