/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"

#include <QString>

namespace qd::sandbox {

/// The sandbox's private directory, held by a lock for as long as we live, and removed with this object.
class Workspace
{
public:
    /// In `directory` (which must be empty or not exist), or a new one under the system's temporary directory; then
    /// directories that dead sandboxes left there are removed first.
    [[nodiscard]] static Result<Workspace> create(const QString &directory);
    Workspace(Workspace &&other) noexcept;
    Workspace &operator=(Workspace &&) = delete;
    ~Workspace();

    [[nodiscard]] const QString &path() const { return m_path; }
    /// A new sub-directory: "quoted" can be walked through and not listed, "quoted/redis" is for us alone.
    [[nodiscard]] Result<QString> directory(const QString &name) const;
    /// Writes a file that only we can read.
    [[nodiscard]] Result<QString> write(const QString &name, const QByteArray &bytes) const;

    /// The directory of the sandbox of this user that was started last and still runs.
    [[nodiscard]] static Result<QString> newestRunning();
    /// Deletes the directories whose owners are dead.
    static void removeStale();

private:
    Workspace(QString path, int lock);
    QString m_path;
    int m_lock = -1;
};

} // namespace qd::sandbox
