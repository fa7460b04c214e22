/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action.h"
#include "actions/side_lease.h"
#include "actions/signing_key/ring.h"
#include "actions/signing_key/token.h"
#include "sources/custody/custody.h"
#include "sources/key_sets/key_sets.h"

#include <functional>

namespace qd {

/// What will be done to a ring, and has to be allowed.
struct RingRights
{
    bool adds = false;
    bool removes = false;
    bool readsSecrets = false;
};

/// Where a ring of signing keys lies, as actions see it: read, leased, and changed in one piece if it is still what the
/// change was computed from. Used by the action's thread alone.
class KeyStore
{
public:
    using Deadline = PgConnection::Deadline;
    /// What is to become of the ring as it is right before it is changed; an error: nothing is.
    using Decide = std::function<Result<RingChange>(const Ring &ring)>;
    /// What keeps two people from changing it at once, without any lease.
    enum class Guard {
        Transaction,
        Script, ///< of Redis
        Tag,    ///< HTTP's If-Match
        Look,   ///< nothing but a look right before
    };

    KeyStore() = default;
    virtual ~KeyStore() = default;
    KeyStore(const KeyStore &) = delete;
    KeyStore &operator=(const KeyStore &) = delete;

    [[nodiscard]] virtual QString name() const = 0;        ///< as plans say it: "jwt_keys"
    [[nodiscard]] virtual Target target() const = 0;       ///< once it is open
    [[nodiscard]] virtual QString where() const = 0;       ///< its address
    [[nodiscard]] virtual QString tokens() const = 0;      ///< where live tokens are counted; empty: nowhere
    [[nodiscard]] virtual QString tokensUncounted() const; ///< why they are not
    [[nodiscard]] virtual Guard guard() const = 0;
    /// Why it is not `target`. Nothing: it is.
    [[nodiscard]] virtual std::optional<Error> differsFrom(const Target &target) const = 0;

    /// Why nothing tells which deployment this is. Nothing: it is told.
    [[nodiscard]] virtual std::optional<Error> isUnmarked() const { return std::nullopt; }
    /// What it was before says nothing of now: the next open() reads anew what it is.
    virtual void forget() {}

    /// New keys are made for it.
    void setAlgorithm(TokenAlgorithm algorithm) { m_algorithm = algorithm; }
    /// From now on open() fails where this is not `target`.
    void actOn(const Target &target) { m_plan = target; }
    /// Connects where it is not connected. On a new connection the target is proved anew.
    [[nodiscard]] Result<void> open(Deadline deadline);

    /// That nobody else acts.
    [[nodiscard]] virtual Check lease(Deadline deadline) = 0;
    /// Takes the lease, and keeps it while this lives; nothing: this store cannot be leased.
    [[nodiscard]] virtual Result<std::optional<Lease>> take(const QString &holder, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<void> renew(Deadline deadline) = 0;
    virtual void giveBack(Deadline deadline) = 0;

    /// Once it is open, as are the others below. Errors: those of ringOf and of the store.
    [[nodiscard]] virtual Result<Ring> ring(Deadline deadline) = 0;
    /// Errors: NotFound, Forbidden (this role may not read secrets).
    [[nodiscard]] virtual Result<Secret> secretOf(const QString &key, Deadline deadline) = 0;
    /// What this role may not do, before anything was done; false: nobody can tell. Errors: Forbidden, Unsupported, and
    /// what to do about it.
    [[nodiscard]] virtual Result<bool> mayChange(const RingRights &rights, Deadline deadline) = 0;
    /// Reads the ring, asks `decide`, and changes all of it or nothing. Errors: BadInput (somebody else changed it
    /// meanwhile), Unavailable (the lease was lost), `decide`'s own.
    [[nodiscard]] virtual Result<void> change(const Decide &decide, Deadline deadline) = 0;

protected:
    [[nodiscard]] virtual Result<void> connect(Deadline deadline) = 0;
    [[nodiscard]] const std::optional<Target> &plan() const { return m_plan; }
    [[nodiscard]] Secret newKey() const { return newSecret(m_algorithm); }

private:
    TokenAlgorithm m_algorithm = TokenAlgorithm::Hs256;
    std::optional<Target> m_plan; ///< once it acts
};

/// A table of PostgreSQL, and its column of secrets.
[[nodiscard]] std::unique_ptr<KeyStore> pgKeyStore(PgStore::Place place, CustodyOptions options, QString secret,
                                                   const PgConnection::Stop &stop);

/// A hash in Redis, and the member of a key's JSON that holds its secret.
[[nodiscard]] std::unique_ptr<KeyStore> redisKeyStore(RedisStore::Place place, KeySetLayout layout, QString secret,
                                                      const PgConnection::Stop &stop);

struct HttpKeyPlace
{
    QString deployment;
    QString environment;
    HttpConnection connection; ///< that acts
    QString markerPath;        ///< what says there which deployment it is; empty: nothing does
    QString markerAt;
    std::optional<SideLease::Place> lease;
};

/// A JWK Set of symmetric keys over HTTP: GET, and PUT with If-Match. A service without ETags can only be looked at
/// right before.
[[nodiscard]] std::unique_ptr<KeyStore> httpKeyStore(HttpKeyPlace place, KeySetLayout layout, const Clock &clock,
                                                     const PgConnection::Stop &stop);

// What both of these are made of.
[[nodiscard]] QList<KeyRow> rowsOf(const QList<ListedKey> &keys);
/// The members of a key's JSON that are set; null: taken away. Times are written as those of the other keys are.
[[nodiscard]] QJsonObject membersOf(const Ring &ring, const QList<ListedKey> &keys, const RingChange::Updated &key,
                                    const KeySetLayout &layout);
[[nodiscard]] QJsonObject membersOf(const Ring &ring, const QList<ListedKey> &keys, const RingChange::Added &key,
                                    const KeySetLayout &layout);

} // namespace qd
