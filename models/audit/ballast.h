/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"

namespace qd {

/// Room on the journal's disk that is given up when it fills, so that what was begun can still be told: a file beside
/// the journal. Used within the journal's write transactions alone, so that two consoles do not make and delete it at
/// once.
class Ballast
{
public:
    static constexpr qint64 size = 1024 * 1024;

    explicit Ballast(const QString &journal);

    /// Sees that it is there, or makes it. Unavailable if there is no room for it.
    [[nodiscard]] Result<void> keep() const;
    /// Gives up the room; false if there was none.
    [[nodiscard]] bool release() const;

private:
    QString m_path;
};

} // namespace qd
