/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/api_key/client_key.h"
#include "actions/api_key/key_probe.h"
#include "actions/pg_action.h"
#include "actions/platform/hosted_service.h"
#include "sources/custody/custody.h"

namespace qd {

/// A table of clients' keys and how the service goes by it, as actions on it are told.
struct ApiKeyTable
{
    PgStore::Place place;
    CustodyOptions options; ///< of the source that watches it: table and columns
    QString hash;           ///< the column
    std::optional<SecretRef> salt;
    QString saltVariable; ///< of the platform, where nothing else says where the salt lies
    std::function<std::unique_ptr<HostedService>(IoLine &)> platform;
    bool isSalted = false; ///< the hash is an HMAC
    KeyForm form;
    QStringList owner;                           ///< columns that the next key of the same client has alike
    std::chrono::seconds overlap{7 * 24 * 3600}; ///< an old key is valid for so long once there is another
    std::chrono::seconds lasts{365 * 24 * 3600}; ///< a new key, where the table has an end for it
    std::chrono::seconds quiet{24 * 3600};       ///< unused for so long counts as unused
    std::chrono::milliseconds refresh{30'000};   ///< a service knows a new key after so long
    std::optional<KeyProbe> probe;
    std::chrono::seconds leaseTime{60}; ///< renewed while it acts
};

/// Options `source` (of kind api-keys; default "api_keys"), `copy` (columns that tell whose a key is, beside label,
/// tier and role), `environment`, `overlap`, `lasts`, `quiet`, `refresh`, `probe`: {path, header, connection}; and how
/// keys are made: `hash`: {column, by: sha256 | hmac-sha256, salt, variable, platform}, `form` and `shown`.
[[nodiscard]] ApiKeyTable readApiKeyTable(const ActionSpec &spec, const Profile &profile, QList<Error> &errors);
/// The id of the action of that kind. Errors: Unsupported (the profile names none), those of operatorOf.
[[nodiscard]] Result<QString> apiKeyActionOf(QStringView kind, const Profile &profile);
/// Unused for so long counts as unused, where keys are retired.
[[nodiscard]] std::chrono::seconds quietOf(const Profile &profile);

/// What actions on clients' keys do alike. Each step looks at the client's keys anew, within the transaction that
/// changes them. The steps' arguments: the new key's prefix, the old one's, what a person reads.
class ApiKeyAction : public PgAction
{
public:
    ApiKeyAction(ApiKeyTable table, const Clock &clock, const PgConnection::Stop &stop);
    /// Of each key that was tried: [key, asked, accepted, refused, what the first refusal said].
    [[nodiscard]] QByteArray evidence() const override { return m_evidence; }
    /// Another one once somebody has revoked it or set its end.
    [[nodiscard]] Result<QByteArray> version(const Plan &plan, Deadline deadline) override;

protected:
    /// Adds what would be done with `key`, one of `keys`.
    [[nodiscard]] virtual Result<void> fillFor(Plan &plan, const Wish &wish, const ClientKeys &keys,
                                               const ClientKey &key) = 0;
    [[nodiscard]] virtual Stand standOf(const ClientKeys &keys, const Plan &plan, const Phrase &step) const = 0;
    /// Changes what stands Before (There) or After (Back). Called in a transaction.
    [[nodiscard]] virtual Result<void> change(PgConnection &connection, const ClientKeys &keys, const Plan &plan,
                                              const Phrase &step, Way way, Deadline deadline) = 0;

    [[nodiscard]] Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) final;
    [[nodiscard]] Result<void> asPlanned(const Plan &plan, Deadline deadline) final;
    [[nodiscard]] QList<Check> ownChecks(const Plan &plan, Deadline deadline) final;
    [[nodiscard]] Result<void> begun(const Plan &plan, Deadline deadline) final;
    [[nodiscard]] Result<Stand> stand(const Plan &plan, qsizetype step, Deadline deadline) final;
    [[nodiscard]] Result<void> make(const Plan &plan, qsizetype step, Way way, Deadline deadline) final;
    [[nodiscard]] QList<Check> seen(const Plan &plan, Deadline deadline) final;

    [[nodiscard]] Result<ClientKeys> keysOf(const Plan &plan, Deadline deadline);
    [[nodiscard]] const ApiKeyTable &table() const { return m_table; }
    [[nodiscard]] bool has(const QString &field) const { return m_table.options.rows.has(field); }
    [[nodiscard]] QByteArray columnOf(const QString &field) const;
    [[nodiscard]] bool wasProved() const { return m_isProved; }
    [[nodiscard]] Measure lastUse(const ClientKeys &keys, const ClientKey &key) const;

    // What a change is made of, in its transaction.
    /// A key for the client of `old`; the key itself lies on the shelf then.
    [[nodiscard]] Result<void> issue(PgConnection &connection, const Plan &plan, const QString &next,
                                     const QString &old, Deadline deadline) const;
    /// `set`: SQL over the row.
    [[nodiscard]] Result<void> update(PgConnection &connection, const QString &key, const QByteArray &set,
                                      Deadline deadline) const;
    [[nodiscard]] Result<void> revoke(PgConnection &connection, const QString &key, bool isRevoked,
                                      Deadline deadline) const;

private:
    [[nodiscard]] QByteArray tableName() const;
    [[nodiscard]] Result<QString> prefixOf(const QString &named, Deadline deadline);
    /// All keys of the client of `key` that are not revoked, and `key` and `next` themselves.
    [[nodiscard]] Result<ClientKeys> read(PgConnection *connection, const QString &key, const QString &next,
                                          Deadline deadline);
    [[nodiscard]] Result<void> mayChange(const Plan &plan, Deadline deadline);
    [[nodiscard]] Result<void> readSalt(Deadline deadline);
    [[nodiscard]] Result<Secret> saltOnPlatform(Deadline deadline);
    /// The key that the plan made. Errors: BadInput (it is gone, and nobody has it).
    [[nodiscard]] Result<Secret> made(const Plan &plan) const;
    /// That the new key is accepted, several times in a row, and a forged one is not.
    [[nodiscard]] Result<void> prove(const Plan &plan, const Phrase &step);

    const ApiKeyTable m_table;
    std::optional<Secret> m_salt;
    bool m_isProved = false; ///< by this console: what another one proved is proved anew
    QByteArray m_evidence;
    IoLine m_line;
};

namespace ApiKeySteps {
inline constexpr QLatin1StringView issued("api-key-issued");
inline constexpr QLatin1StringView proved("api-key-proved");
inline constexpr QLatin1StringView ends("api-key-ends");
inline constexpr QLatin1StringView retired("api-key-retired");
inline constexpr QLatin1StringView revoked("api-key-revoked");
} // namespace ApiKeySteps

/// Issues the next key of a client: prove it, then set the end of the old one, which is valid until then. The resource
/// is a key's prefix or id; `to` may name the one that is next, where it was issued before. The new key is handed over
/// through the shelf, by its prefix.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeRotateApiKeyAction(const ActionSpec &spec, const Profile &profile, const Clock &clock,
                       const PgConnection::Stop &stop);

/// Revokes a key that nobody has used for long, or whose time is over.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeRetireApiKeyAction(const ActionSpec &spec, const Profile &profile, const Clock &clock,
                       const PgConnection::Stop &stop);

/// Revokes a key now, whoever uses it.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeRevokeApiKeyAction(const ActionSpec &spec, const Profile &profile, const Clock &clock,
                       const PgConnection::Stop &stop);

} // namespace qd
