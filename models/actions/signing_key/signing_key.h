/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/signing_key/key_store.h"
#include "actions/signing_key/published_set.h"
#include "actions/signing_key/token_probe.h"

namespace qd {

/// A ring of signing keys and how the service goes by it, as actions on it are told.
struct SigningRing
{
    QString deployment;
    QString environment;
    std::unique_ptr<KeyStore> store;
    std::chrono::milliseconds refresh{60'000};   ///< a service goes by what it read for so long
    std::chrono::seconds overlap{7 * 24 * 3600}; ///< an old key verifies for at least so long after another one signs
    std::optional<TokenProbe> probe;
    std::optional<PublishedSet> jwks; ///< of a ring of ES256, where it is published
};

/// Options `source` (of kind signing-keys, redis-signing-keys or http-signing-keys; default "keys"), `secret` (the
/// column, or the member), `environment`, `refresh`, `overlap`, `probe`: {path, claims, every, connection}, `algorithm`
/// (HS256, ES256) and `jwks`: {path, connection}.
[[nodiscard]] SigningRing readSigningRing(const ActionSpec &spec, const Profile &profile, const Clock &clock,
                                          const PgConnection::Stop &stop, QList<Error> &errors);

/// What actions on a ring of keys do alike. Each step looks at the ring anew, in one piece with what changes it.
class KeyAction : public Action
{
public:
    KeyAction(SigningRing keys, const Clock &clock, const PgConnection::Stop &stop);

    [[nodiscard]] Result<Plan> plan(const Wish &wish, Deadline deadline) final;
    [[nodiscard]] QList<Check> checks(const Plan &plan, Deadline deadline) final;
    [[nodiscard]] Result<std::optional<Lease>> begin(const Plan &plan, const QString &holder, Deadline deadline) final;
    [[nodiscard]] Result<void> renew(Deadline deadline) final { return m_keys.store->renew(deadline); }
    [[nodiscard]] Result<Stand> look(const Plan &plan, qsizetype step, Deadline deadline) final;
    [[nodiscard]] Result<void> perform(const Plan &plan, qsizetype step, Deadline deadline) final;
    [[nodiscard]] Result<void> revert(const Plan &plan, qsizetype step, Deadline deadline) final;
    [[nodiscard]] QList<Check> verify(const Plan &plan, Deadline deadline) final;
    /// Of each key that was watched: [key, asked, accepted, refused, what the first refusal said].
    [[nodiscard]] QByteArray evidence() const override;
    void end(Deadline deadline) final;

protected:
    enum class Way { There, Back };
    /// True for a step that waits or proves, and changes nothing.
    [[nodiscard]] static bool isWaiting(const Phrase &step);

    /// Adds what would be done to a plan that has all the rest.
    [[nodiscard]] virtual Result<void> fill(Plan &plan, const Wish &wish, const Ring &ring) const = 0;
    /// How `ring` stands to a step.
    [[nodiscard]] virtual Stand standOf(const Ring &ring, const Plan &plan, const Phrase &step) const = 0;
    /// What is to change in `ring`, which stands Before (There) or After (Back).
    [[nodiscard]] virtual Result<RingChange> changeOf(const Ring &ring, const Plan &plan, const Phrase &step,
                                                      Way way) const = 0;
    /// Carries out a step that waits or proves.
    [[nodiscard]] virtual Result<void> await(const Plan &plan, const Phrase &step, Deadline deadline) = 0;
    /// Whether tokens of a key that verifies now have to be accepted all through the plan.
    [[nodiscard]] virtual bool staysValid(const Plan & /*plan*/, const QString & /*key*/) const { return true; }

    [[nodiscard]] const SigningRing &keys() const { return m_keys; }
    [[nodiscard]] QString where() const { return m_keys.store->where(); }
    /// For so long a service goes by what it read: as the profile says, or as the public set may be kept, where that is
    /// longer.
    [[nodiscard]] std::chrono::milliseconds refresh() const { return std::max(m_keys.refresh, m_setAge); }
    /// In seconds, as a step tells it.
    [[nodiscard]] QString refreshText() const;
    /// What is said of a key that the ring does not have.
    [[nodiscard]] std::unexpected<Error> notThere(const Ring &ring, const QString &key) const;
    /// A key that signed until now verifies on for as long as it has to.
    [[nodiscard]] KeyTime endFor(const Ring &ring, const QString &key) const;
    [[nodiscard]] Measure tokensOf(const Ring &ring, const RingKey &key) const;

    /// Until services have read the ring again after `since`; nothing from it: the ring is another one.
    [[nodiscard]] Result<void> waitForRefresh(const std::function<std::optional<Instant>(const Ring &)> &since);
    /// Until the public set lists `key`, as its ring has it, or no longer does.
    [[nodiscard]] Result<void> waitForSet(const QString &key, bool isListed);
    /// When the key was seen there first, by the store's clock.
    [[nodiscard]] std::optional<Instant> listedAt() const { return m_listedAt; }
    /// That tokens of all `keys` are accepted, several times in a row, and forged ones are not.
    [[nodiscard]] Result<void> prove(const QStringList &keys, Deadline deadline);
    /// That tokens of `key` are refused.
    [[nodiscard]] Result<void> proveRefused(const QString &key, Deadline deadline);
    /// By this console: what another one proved is proved anew.
    [[nodiscard]] bool wasProved(const Phrase &step) const { return m_proved.contains(step.code); }

private:
    [[nodiscard]] Result<Ring> ring(Deadline deadline);
    [[nodiscard]] Result<Secret> secretOf(const QString &key, Deadline deadline);
    [[nodiscard]] Result<void> make(const Plan &plan, const Phrase &step, Way way, Deadline deadline);
    /// What the public set says of its age.
    [[nodiscard]] Result<void> readSetAge(Deadline deadline);
    [[nodiscard]] Result<void> beginWatch(const Plan &plan, Deadline deadline);
    /// Nothing: no valid token was refused so far.
    [[nodiscard]] std::optional<Error> refusedMeanwhile() const;

    const SigningRing m_keys;
    const Clock &m_clock;
    QStringList m_proved;
    std::chrono::milliseconds m_setAge{0};
    std::optional<Instant> m_listedAt;
    IoLine m_line;
    std::unique_ptr<TokenWatch> m_watch;
    QList<TokenRecord> m_records; ///< of a watch that is over
};

/// The id of the action of that kind, on the ring that lies `where` facts say ("table jwt_keys"; empty: any). Errors:
/// Unsupported (the profile names none), those of operatorOf.
[[nodiscard]] Result<QString> keyActionOf(QStringView kind, const Profile &profile, const QString &where = {});

enum class KeyDeed {
    /// Another key signs without anybody being logged out: publish, wait, prove, sign, prove, schedule the end of the
    /// old one. The resource is the key that signs; `to` may name one that is published and waits.
    Rotate,
    /// Ends a key that nobody needs: one that was published and never signed, or one whose last token is gone. Of one
    /// that has tokens and no end, the end is scheduled.
    Retire,
    /// Ends a key now, whoever has tokens of it: they are logged out. Where it signs, a new one signs in its place.
    Revoke,
};

[[nodiscard]] std::unique_ptr<Action> rotateKey(SigningRing keys, const Clock &clock, const PgConnection::Stop &stop);
[[nodiscard]] std::unique_ptr<Action> retireKey(SigningRing keys, const Clock &clock, const PgConnection::Stop &stop);
[[nodiscard]] std::unique_ptr<Action> revokeKey(SigningRing keys, const Clock &clock, const PgConnection::Stop &stop);

[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>> makeKeyAction(KeyDeed deed, const ActionSpec &spec,
                                                                                 const Profile &profile,
                                                                                 const Clock &clock,
                                                                                 const PgConnection::Stop &stop);

} // namespace qd
