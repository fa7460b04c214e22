/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/call.h"
#include "base/error.h"

#include <QMap>
#include <QStringList>

#include <chrono>
#include <functional>

namespace qd {

/// A program of this machine, run by its arguments and never through a shell. No secret belongs there: everybody on the
/// machine can read them.
struct ProgramRequest
{
    QString program; ///< a path, or a name that is looked for on PATH
    QStringList arguments;
    QByteArray input{}; ///< on its stdin: where what it sets belongs
    std::chrono::milliseconds deadline{10'000};
    qint64 maxBytes = 4 * 1024 * 1024;    ///< of what it writes
    QMap<QString, QString> environment{}; ///< beside ours; no secret in it either
    /// Called where `done` is for more of its stdin, instead of `input`; empty: that was all. An error ends it.
    std::function<Result<QByteArray>()> more{};
    /// Called where `done` is with each line of stderr as it comes.
    std::function<void(QByteArrayView line)> seesError{};
};

/// A program that ended by itself, whatever it came to.
struct ProgramReply
{
    int exitCode = 0;
    QByteArray output;
    QByteArray errors; ///< the beginning of what it wrote to stderr; its end, where lines are seen as they come
};

/// Runs it with its input or with none, in our environment without the variables that profiles name as secrets, in a
/// process group of its own that ends with it or with the call; the program itself also ends with the thread that
/// calls, where `done` runs once unless the call is dropped. Errors: NotFound (no such program), Forbidden (it cannot
/// be run), Timeout, TooLarge, Unavailable (it was killed).
[[nodiscard]] Call runProgram(const ProgramRequest &request, std::function<void(Result<ProgramReply>)> done);

/// The line that does the same by hand.
[[nodiscard]] QString commandLine(const ProgramRequest &request);

} // namespace qd
