/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/secret.h"
#include "sources/io_line.h"
#include "sources/platform_compose/compose.h"

namespace qd {

/// Where a variable's value stands in a file of lines KEY=VALUE, as docker compose reads them.
struct EnvValue
{
    qsizetype begin = 0; ///< with its quotes, in bytes
    qsizetype size = 0;
    char quote = '\0'; ///< that it stands in; '\0': in none
    QByteArray value;
};

/// Errors: NotFound (no such line), Unsupported (several of them, or one that could mean something else to another
/// version of compose: escapes, `$`, a value of several lines).
[[nodiscard]] Result<EnvValue> envValueIn(const QByteArray &text, const QString &key);

/// `value` as it stands in such a file, in the quotes that were there if they can hold it. Errors: BadInput (none can).
[[nodiscard]] Result<QByteArray> envWord(const QByteArray &value, char quote);

/// The file beside a compose file that its variables stand in, on the machine that docker runs on. It is read and
/// written by a shell there, which gets all that it writes on its stdin. Written is only what was read just before, as
/// a whole: beside it, with its mode and owner, synced and renamed, while nobody else of us writes there. All other
/// lines stay as they are, byte for byte.
class ComposeEnvFile
{
public:
    using Deadline = IoLine::Deadline;
    using Run = std::function<Result<ProgramReply>(const ProgramRequest &request, Deadline deadline)>;

    ComposeEnvFile(const ComposeOptions &options, Run run)
        : m_options(options)
        , m_run(std::move(run))
    {
    }

    /// Errors: those of envValueIn(); NotFound, Forbidden, Unsupported (no such file; one that could not be written;
    /// another name of a file; the variable is exported there, which goes first), those of asking.
    [[nodiscard]] Result<Secret> value(const QString &key, Deadline deadline);
    /// Right after it was read. Errors also: BadInput (the file is another since), Unavailable (somebody else writes
    /// it, or it cannot be written: it is as it was).
    [[nodiscard]] Result<void> set(const QString &key, const Secret &value, Deadline deadline);

private:
    [[nodiscard]] Result<QByteArray> ran(const QString &script, const QString &key, const QByteArray &input,
                                         Deadline deadline) const;
    [[nodiscard]] std::optional<Error> refusal(const ProgramReply &reply, const QString &key) const;

    const ComposeOptions m_options;
    const Run m_run;
    QString m_key; ///< that was read
    Secret m_text; ///< the whole file, as it was then
};

} // namespace qd
