/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

class QWidget;

namespace qd {

class Acting;
class DeploymentPage;
class Logbook;
class Pins;
class Theme;

enum class PageId { Overview, Breakers, Cache, Limits, Data, Backups, Keys, Flags, Metrics, Activity };

/// A page, owned by `parent`; it has already read the view. Range: the last hour until `setRange` is called. `pins`
/// and `acting` must outlive it; without them nothing can be pinned, or done.
[[nodiscard]] DeploymentPage *makePage(PageId id, Logbook &logbook, const Theme &theme, QWidget *parent,
                                       Pins *pins = nullptr, Acting *acting = nullptr);

} // namespace qd
