/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

/// What the facts of custody come to at a moment: how old the newest good backup is, which days have one, what still
/// needs a signing key, how an API key stands, whether a flag is live. Pure.
namespace qd {

/// A field of a fact as `source` told it.
template <class T>
[[nodiscard]] Shown<T> asTold(const QString &source, const Value<T> &value)
{
    return {.value = value.value, .status = Status::Ok, .because = {.source = source, .origin = value.origin}};
}

/// It begins as its format does, and nothing is known that would keep it from restoring.
[[nodiscard]] bool isGood(const Backup &backup);
/// It cannot be one that restores. What nobody could read is neither good nor bad.
[[nodiscard]] bool isBad(const Backup &backup);

struct BackupFigures
{
    std::optional<Told<Backup>> newestGood; ///< of those whose time is known
    std::optional<Told<Backup>> oldestGood;
    std::optional<Told<Backup>> newest; ///< good or not
    Shown<Millis> age;      ///< of the newest good one: what would be lost if it had to be restored now (RPO)
    bool isUnsure = false;  ///< a later one, which nobody could judge, may be good; no `age` then, rather than too old
    Shown<Bytes> size;      ///< of the newest good one
    Shown<Share> growth;    ///< against the good one before it; degraded where it lost more than half
    Shown<qint64> kept;     ///< good files
    Shown<qint64> troubled; ///< files that cannot be good backups
    Shown<Bytes> total;     ///< of all files
};
[[nodiscard]] BackupFigures figuresOf(const Telling<Backup> &backups, const BackupPolicy &policy, Instant at);

/// One day of the calendar.
struct BackupDay
{
    enum class Kind {
        Good,    ///< at least one good backup was taken
        Bad,     ///< only files that cannot be good ones
        Missing, ///< none, and the newest before was too old, or there was none
        Due,     ///< today: none yet, and it is not late
        Quiet,   ///< none, and none was due
        Beyond,  ///< older than backups are kept
        Unknown, ///< nobody has looked since, or nobody could judge what is there
    };
    Instant from; ///< midnight
    Kind kind = Kind::Unknown;
    QList<Told<Backup>> files{}; ///< oldest first
    bool operator==(const BackupDay &) const = default;
};

/// The last `count` days of the machine's time zone, today last.
[[nodiscard]] QList<BackupDay> backupDays(const Telling<Backup> &backups, const BackupPolicy &policy, Instant at,
                                          int count);

/// What a signing key is still needed for.
enum class KeyNeed {
    Unknown, ///< nobody says how many tokens are alive
    Waits,   ///< published, does not sign yet
    Signs,   ///< the one to replace before it can go
    Tokens,  ///< tokens that it signed are alive
    Nothing, ///< it can be retired
    Retired,
};
[[nodiscard]] KeyNeed needOf(const SigningKey &key);
[[nodiscard]] QString toWord(KeyNeed need); ///< "unknown", "waits", "signs", "tokens", "nothing", "retired"

/// In the order of a key's life (next, active, retiring, retired, unknown), the latest first within each. Of
/// several active ones the youngest signs; another that has its end set is retiring, whatever its store calls it.
[[nodiscard]] QList<Told<SigningKey>> byLife(const Telling<SigningKey> &keys);

/// The key that signs now: of the active ones the one that was activated last. Null where none is known.
[[nodiscard]] const Told<SigningKey> *signingKey(const Telling<SigningKey> &keys);
/// For how long that key has been signing; since it was made, where only that is told.
[[nodiscard]] Shown<Millis> signingKeyAge(const Telling<SigningKey> &keys, Instant at);

enum class ApiKeyStanding { Unknown, InUse, NeverUsed, Expiring, Expired, Revoked };
/// This long before it expires a key is said to be expiring.
inline constexpr std::chrono::days expiringWithin{14};
[[nodiscard]] ApiKeyStanding standingOf(const ApiKey &key, Instant at);
[[nodiscard]] QString
toWord(ApiKeyStanding standing); ///< "unknown", "in-use", "never-used", "expiring", "expired", "revoked"

enum class FlagStanding {
    Unknown, ///< nobody tells what the running service goes by
    Live,
    Waiting, ///< set, not live until the next deploy
};
/// By the flag's effective value; where nobody tells it, by whether the variable that holds it is live.
[[nodiscard]] FlagStanding standingOf(const FeatureFlag &flag, const Telling<Variable> &variables);
[[nodiscard]] QString toWord(FlagStanding standing); ///< "unknown", "live", "waiting"

} // namespace qd
