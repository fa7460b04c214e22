/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "base/units.h"

#include <QList>

#include <optional>

namespace qd {

/// How a service's keys look: "lg_{8}_{40}" has eight hexadecimal digits and then forty; its beginning is its prefix.
class KeyForm
{
public:
    KeyForm() = default;
    /// `shown`: of how many characters the prefix is. Errors: BadInput.
    [[nodiscard]] static Result<KeyForm> from(const QString &written, qsizetype shown);

    [[nodiscard]] qsizetype shown() const { return m_shown; }
    /// For another key.
    [[nodiscard]] QByteArray newPrefix() const;
    /// Random but for its prefix.
    [[nodiscard]] Secret newKey(const QByteArray &prefix) const;
    /// Whether `text` may be a whole key, which is shown nowhere.
    [[nodiscard]] bool isWhole(QStringView text) const;

private:
    [[nodiscard]] QByteArray random() const;
    QByteArray m_text; ///< '\0' where a digit stands
    qsizetype m_shown = 0;
};

/// As the service looks a key up: SHA-256 of it, or HMAC-SHA-256 keyed by `salt`; hexadecimal.
[[nodiscard]] QByteArray hashOf(const Secret &key, const std::optional<Secret> &salt);

/// A client's key as its store has it, without the key and its hash. Times are the store's.
struct ClientKey
{
    QString prefix;
    QList<std::optional<QByteArray>> owner; ///< what tells whose it is: label, tier, role; in the order of the table
    std::optional<Instant> createdAt;
    std::optional<Instant> lastUsedAt;
    std::optional<Instant> expiresAt;
    std::optional<QString> end; ///< expiresAt in microseconds, or "infinity": to put it back as it was
    bool isRevoked = false;

    /// But for being proved, right after it was made.
    [[nodiscard]] bool wasNeverUsed() const;
    [[nodiscard]] bool isValid(Instant at) const { return !isRevoked && (!expiresAt || *expiresAt > at); }
};

/// The keys of one client.
struct ClientKeys
{
    QList<ClientKey> keys;
    Instant at;             ///< the store's own clock
    QByteArray fingerprint; ///< SHA-256 of those that are not revoked, but for their use

    /// Null: there is none.
    [[nodiscard]] const ClientKey *find(QStringView prefix) const;
};

/// "northwind · premium": as far as it is told; empty: nothing tells.
[[nodiscard]] QString clientOf(const ClientKey &key);

} // namespace qd
