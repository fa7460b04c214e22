/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/pg_action.h"
#include "actions/signing_key/ring.h"
#include "actions/signing_key/token_probe.h"
#include "sources/custody/custody.h"

namespace qd {

/// A table of signing keys and how the service goes by it, as actions on it are told.
struct KeyTable
{
    PgStore::Place place;
    CustodyOptions options;                      ///< of the source that watches it: table, columns, words, sessions
    QString secret;                              ///< the column
    std::chrono::milliseconds refresh{60'000};   ///< a service goes by what it read for so long
    std::chrono::seconds overlap{7 * 24 * 3600}; ///< an old key verifies for at least so long after another one signs
    std::optional<TokenProbe> probe;
    std::chrono::seconds leaseTime{60}; ///< renewed while it acts
};

/// Options `source` (of kind signing-keys; default "keys"), `secret` (the column), `environment`, `refresh`, `overlap`
/// and `probe`: {path, claims, every, connection}.
[[nodiscard]] KeyTable readKeyTable(const ActionSpec &spec, const Profile &profile, QList<Error> &errors);

/// What actions on a table of keys do alike. Each step looks at the ring anew, within the transaction that changes it.
class KeyAction : public PgAction
{
public:
    KeyAction(KeyTable table, const Clock &clock, const PgConnection::Stop &stop);
    /// Of each key that was watched: [key, asked, accepted, refused, what the first refusal said].
    [[nodiscard]] QByteArray evidence() const override;

protected:
    /// True for a step that waits or proves, and changes nothing.
    [[nodiscard]] static bool isWaiting(const Phrase &step);
    /// How `ring` stands to a step.
    [[nodiscard]] virtual Stand standOf(const Ring &ring, const Plan &plan, const Phrase &step) const = 0;
    /// Changes what stands Before (There) or After (Back). Called in a transaction.
    [[nodiscard]] virtual Result<void> change(PgConnection &connection, const Ring &ring, const Plan &plan,
                                              const Phrase &step, Way way, Deadline deadline) = 0;
    /// Carries out a step that waits or proves.
    [[nodiscard]] virtual Result<void> await(const Plan &plan, const Phrase &step, Deadline deadline) = 0;
    /// Whether tokens of a key that verifies now have to be accepted all through the plan.
    [[nodiscard]] virtual bool staysValid(const Plan & /*plan*/, const QString & /*key*/) const { return true; }

    [[nodiscard]] Result<void> asPlanned(const Plan &plan, Deadline deadline) final;
    [[nodiscard]] QList<Check> ownChecks(const Plan &plan, Deadline deadline) final;
    [[nodiscard]] Result<void> begun(const Plan &plan, Deadline deadline) final;
    [[nodiscard]] Result<Stand> stand(const Plan &plan, qsizetype step, Deadline deadline) final;
    [[nodiscard]] Result<void> make(const Plan &plan, qsizetype step, Way way, Deadline deadline) final;
    [[nodiscard]] QList<Check> seen(const Plan &plan, Deadline deadline) final;
    void ended() final;

    [[nodiscard]] const KeyTable &table() const { return m_table; }
    /// In seconds, as a step tells it.
    [[nodiscard]] QString refreshText() const;
    [[nodiscard]] Result<Ring> ring(Deadline deadline);
    /// What is said of a key that the ring does not have.
    [[nodiscard]] std::unexpected<Error> notThere(const Ring &ring, const QString &key) const;
    /// Errors: NotFound, Forbidden (this role may not read secrets).
    [[nodiscard]] Result<Secret> secretOf(const QString &key, Deadline deadline);

    // What a change is made of, in its transaction.
    /// With a new secret.
    [[nodiscard]] Result<void> publish(PgConnection &connection, const Ring &ring, const QString &key, KeyState state,
                                       Deadline deadline) const;
    [[nodiscard]] Result<void> removeWaiting(PgConnection &connection, const Ring &ring, const QString &key,
                                             Deadline deadline) const;
    /// `set`: SQL over the row, beside its new state.
    [[nodiscard]] Result<void> update(PgConnection &connection, const Ring &ring, const QString &key, KeyState to,
                                      const QByteArrayList &set, Deadline deadline) const;
    [[nodiscard]] QByteArray columnOf(const QString &field) const;
    /// SQL that lets a key that signed until now verify on for as long as it has to.
    [[nodiscard]] QByteArray endOf(const RingKey &key) const;

    /// Until services have read the ring again after `since`; nothing from it: the ring is another one.
    [[nodiscard]] Result<void> waitForRefresh(const std::function<std::optional<Instant>(const Ring &)> &since);
    /// That tokens of all `keys` are accepted, several times in a row, and forged ones are not.
    [[nodiscard]] Result<void> prove(const QStringList &keys, Deadline deadline);
    /// That tokens of `key` are refused.
    [[nodiscard]] Result<void> proveRefused(const QString &key, Deadline deadline);
    /// Nothing: no valid token was refused so far.
    [[nodiscard]] std::optional<Error> refusedMeanwhile() const;
    [[nodiscard]] Measure tokensOf(const Ring &ring, const RingKey &key) const;

    /// By this console: what another one proved is proved anew.
    [[nodiscard]] bool wasProved(const Phrase &step) const { return m_proved.contains(step.code); }

private:
    [[nodiscard]] Result<Ring> read(PgConnection *connection, Deadline deadline);
    [[nodiscard]] Result<PgRows> ask(PgConnection *connection, const QByteArray &sql, Deadline deadline);
    [[nodiscard]] QString wordOf(const Ring &ring, KeyState state) const; ///< as the table says it
    [[nodiscard]] Result<void> mayChange(const Plan &plan, Deadline deadline);
    [[nodiscard]] Result<void> changeStep(PgConnection &connection, const Plan &plan, const Phrase &step, Way way,
                                          Deadline deadline);

    const KeyTable m_table;
    QStringList m_proved;
    IoLine m_line;
    std::unique_ptr<TokenWatch> m_watch;
    QList<TokenRecord> m_records; ///< of a watch that is over
};

/// The id of the action of that kind. Errors: Unsupported (the profile names none), those of operatorOf.
[[nodiscard]] Result<QString> keyActionOf(QStringView kind, const Profile &profile);

/// Gives the deployment another signing key without logging anyone out: publish, wait, prove, sign, prove, schedule
/// the end of the old one. The resource is the key that signs; `to` may name one that is published and waits.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeRotateKeyAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop);

/// Ends a key that nobody needs: one that was published and never signed, or one whose last token is gone. Of one that
/// has tokens and no end, the end is scheduled.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeRetireKeyAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop);

/// Ends a key now, whoever has tokens of it: they are logged out. Where it signs, a new one signs in its place.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeRevokeKeyAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop);

} // namespace qd
