/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "profile/profile.h"
#include "watch/view.h"

/// Views of what is kept for a deployment, made by hand: backups, keys, flags, variables.
namespace qd::test {

/// 2026-11-21 06:00 UTC.
inline const Instant custodyNow{std::chrono::seconds{1'795'240'800}};

/// `fields` read from a reply at `pointer`.
template <class T>
[[nodiscard]] Value<T> read(T value, const QString &pointer = QStringLiteral("/0/value"))
{
    return {.value = std::move(value), .origin = {.exchange = 0, .pointer = pointer}};
}

/// Looked for in a reply that has nothing there.
template <class T>
[[nodiscard]] Value<T> readNothing()
{
    return {.value = {}, .origin = {.exchange = 0, .pointer = QStringLiteral("/0/value")}};
}

[[nodiscard]] Freshness freshAt(Instant at = custodyNow);

template <class F>
void tell(Telling<F> &telling, F fact, const QString &source)
{
    telling.freshness = freshAt();
    telling.rows.append({.source = source, .freshness = freshAt(), .status = Status::Ok, .fact = std::move(fact)});
}

/// Taken `age` before custodyNow.
[[nodiscard]] Backup backup(std::chrono::minutes age, qint64 size, const QString &trouble = {});
[[nodiscard]] SigningKey signingKeyOf(const QString &id, KeyState state, std::optional<qint64> tokens);

/// Sources "backups", "keys", "clients", "flags", "platform", of those kinds.
[[nodiscard]] Profile custodyProfile();
/// Nightly backups of two weeks with one night missing and one file cut short; a key of each state; API keys in use,
/// expiring, expired, revoked, never used; flags live, waiting and unknown; variables.
[[nodiscard]] DeploymentView richCustody();
/// Every place was read and holds nothing.
[[nodiscard]] DeploymentView emptyCustody();
/// No source has answered yet.
[[nodiscard]] DeploymentView silentCustody();
/// As richCustody(), of three hours ago; nobody has answered since.
[[nodiscard]] DeploymentView staleCustody();
/// Every source says no, and has never said more.
[[nodiscard]] DeploymentView refusedCustody();

} // namespace qd::test
