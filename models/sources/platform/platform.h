/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/reading.h"
#include "profile/config.h"

#include <QJsonDocument>

#include <map>

/// What all platforms have in common: variables whose values nobody may see, some of which are flags or signing keys.
namespace qd {

/// Which variables a profile calls flags, and which hold a key that signs tokens.
struct PlatformMap
{
    enum class Type { Boolean, Number, Text };
    std::map<QString, Type> flags;
    std::map<QString, QString> units; ///< of numbers: "s"
    QStringList signingKeys;
};

/// Reads `flags` and `signing_keys`; every fault goes to `errors`.
[[nodiscard]] PlatformMap readPlatformMap(ConfigReader &reader, QList<Error> *errors);

/// What is kept of a value: "on", "off", a number or a text where `key` is a flag and `value` is of its type. Nothing
/// for any other: whatever it is, it goes no further than this.
[[nodiscard]] std::optional<QString> settingOf(const PlatformMap &map, const QString &key, const QString &value);

/// A variable as evidence shows it: a flag's value, and a mark for any other.
[[nodiscard]] QJsonValue shownValue(const PlatformMap &map, const QString &key, const QString &value);

/// An exchange whose reply was written anew without values, so that nothing in it needs a mask: "key" is no secret
/// here.
[[nodiscard]] Exchange shownVariables(const QString &command, const QJsonDocument &document);

/// A variable of a service, without its value.
struct PlatformVariable
{
    QString key;
    Origin origin{};
    std::optional<QString> setting{}; ///< settingOf() its value
    Value<QString> effective{};       ///< of a flag: what the running service was started with
    Value<qint64> isLive{};           ///< Variable::isLive
    Value<Instant> updatedAt{};
};

/// Variables as facts, and the flags and keys among them. What the profile names and `variables` lacks is told as well:
/// a flag as "not set" (at `whole`, where all of them were listed), a key as refused; both as refused with `unread`
/// where that kept some variables from being listed.
void addVariables(Findings &findings, const QList<PlatformVariable> &variables, const PlatformMap &map,
                  const Origin &whole, const QString &where, const std::optional<Error> &unread = {});

/// That nothing of the variables could be read.
void refuseVariables(Findings &findings, const PlatformMap &map, const Error &error);

/// "redeploy: 4b1c22a Retry three times": why, and what was deployed; the image where that was not built of a commit.
[[nodiscard]] QString deployCause(const QString &why, const QString &commit, const QString &message,
                                  const QString &image);

/// Text as it may be kept; nothing where there is none.
[[nodiscard]] Value<QString> textAt(const QJsonValue &value, const Origin &origin, qsizetype most = 200);

/// A time in ISO 8601, as UTC where it names no zone; nothing for anything else.
[[nodiscard]] Value<Instant> timeAt(const QJsonValue &value, const Origin &origin);

/// More variables than this are not read.
inline constexpr qsizetype mostVariables = 1000;

/// Why the others are not.
[[nodiscard]] Error tooManyVariables(const QString &where);

} // namespace qd
