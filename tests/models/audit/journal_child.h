/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QStringList>

/// What the test's own program does as another process: `arguments` after "--child". Returns the exit code: 0 where all
/// was as it must be; else what was not stands on stderr.
///
///     append JOURNAL NAME N      appends N entries
///     forever JOURNAL            appends and prints "seq hash" of what is acknowledged, until it is killed
///     lock JOURNAL               takes the write lock, prints "locked", holds it until its stdin ends
///     full DIR mounted|limited   fills the disk that DIR is on (or reaches the size that files may have)
///     readonly DIR mounted|rights   makes DIR unwritable after a journal was written there
int runChild(const QStringList &arguments);
