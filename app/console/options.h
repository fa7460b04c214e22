/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "shell/appearance.h"

#include <QSize>
#include <QStringList>

namespace qd {

/// What the command line asks for.
struct Options
{
    QStringList profiles;
    bool isReadOnly = false;
    QString desk;              ///< directory of journal and key; empty: the user's own
    QString witness;           ///< a file; empty: none
    QString witnessConnection; ///< a PostgreSQL connection of the first profile; empty: none
    QString policy;            ///< a file; empty: policy.yaml beside each profile, if it is there
    bool startsSandbox = false;
    QString screens; ///< directory to render into; empty: an ordinary window
    std::chrono::seconds liveFor{20};
    QList<QSize> sizes{{1280, 800}, {1920, 1080}};
    double textScale = 1; ///< of pictures
    bool showsIncident = false;
    bool showsGone = false;
    bool makesSheets = false;
    std::optional<SchemeChoice> scheme;
    bool showsHelp = false;
    bool showsVersion = false;
};

/// Pure. BadInput names the argument and what was expected.
[[nodiscard]] Result<Options> parseOptions(const QStringList &arguments);
[[nodiscard]] QString helpText();

} // namespace qd
