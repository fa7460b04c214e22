/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

class QMenu;
class QWidget;

namespace qd {

class Appearance;
class Theme;

/// Light or dark, and the size of the text; what is chosen now is checked.
[[nodiscard]] QMenu *makeViewMenu(Theme &theme, Appearance &appearance, QWidget *parent);

} // namespace qd
