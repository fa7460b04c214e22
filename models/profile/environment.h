/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QStringView>

namespace qd {

/// Whether a profile's `environment` is production, in whatever letters.
[[nodiscard]] inline bool isProduction(QStringView environment)
{
    return environment.compare(u"production", Qt::CaseInsensitive) == 0;
}

} // namespace qd
