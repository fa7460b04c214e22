/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/source.h"
#include "wire/program.h"

#include <variant>

namespace qd {

/// One run of a poll and what came of it.
struct ProgramTurn
{
    QString command; ///< the line that shows the same by hand
    Result<ProgramReply> reply;
};

/// What to run after these turns, or what they come to.
using ProgramDialogue = std::function<std::variant<ProgramRequest, SourceAnswer>(const QList<ProgramTurn> &turns)>;

/// A source that runs one program after the other; `deadline` is that of all together.
[[nodiscard]] std::unique_ptr<Source> programSource(std::chrono::milliseconds deadline, ProgramDialogue dialogue);

/// Sources that ask by `ask` as `options` say.
template <class Options>
[[nodiscard]] SourceFactory programSources(std::chrono::milliseconds deadline, const Options &options,
                                           std::variant<ProgramRequest, SourceAnswer> (*ask)(const QList<ProgramTurn> &,
                                                                                             const Options &))
{
    return [=](const Wire &) {
        return programSource(deadline, [=](const QList<ProgramTurn> &turns) { return ask(turns, options); });
    };
}

/// What a program wrote, where it ended well. Errors: those of runProgram(), by how its first line begins AuthRequired,
/// Forbidden, NotFound, TlsFailure or Unreachable, else ServerError; with that line. Where ssh fails itself,
/// Unreachable if nothing else.
[[nodiscard]] Result<QByteArray> outputOf(const ProgramTurn &turn, const QString &where);

/// `program`: what is run, a path or a name that is looked for on PATH; a relative path begins where the profile lies.
[[nodiscard]] QString programIn(ConfigReader &reader, const QString &otherwise);

/// A name under `key` that no program takes for an option: letters, digits and `._:/@-`, not beginning with '-'.
[[nodiscard]] QString argumentIn(ConfigReader &reader, QStringView key, const QString &otherwise = {});

} // namespace qd
