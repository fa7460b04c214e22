/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

namespace qd {

/// Light, dark, or as the system has it.
enum class SchemeChoice { System, Light, Dark };
[[nodiscard]] QString keyOf(SchemeChoice choice); ///< "system", "light", "dark"
/// Nothing for another word.
[[nodiscard]] std::optional<SchemeChoice> schemeChoice(const QString &key);

/// Dresses the whole application in a theme, and follows the system where that was chosen.
class Appearance : public QObject
{
    Q_OBJECT

public:
    /// Reads the system's scheme before it sets anything of its own. `theme` must outlive it.
    explicit Appearance(Theme &theme, QObject *parent = nullptr);

    void choose(SchemeChoice choice);
    [[nodiscard]] SchemeChoice choice() const { return m_choice; }

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void wear();
    void followSystem();
    Theme &m_theme;
    SchemeChoice m_choice = SchemeChoice::System;
    Scheme m_system;
};

} // namespace qd
