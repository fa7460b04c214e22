/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "shell/pulse.h"
#include "shell/time_choice.h"
#include "theme/theme.h"

#include <QWidget>

class QAbstractButton;

namespace qd {

class EnvironmentBadge;
class GlyphLabel;
class Label;
class Segments;

/// Where one is, what time is covered, how live it is, and the way to anywhere else.
class TopBar : public QWidget
{
    Q_OBJECT

public:
    explicit TopBar(const Theme &theme, QWidget *parent = nullptr);

    /// An empty `environment` hides the badge; an empty `page` its name.
    void setPlace(const QString &name, const QString &environment, const QString &page);
    void setPulse(const Pulse &pulse);
    void setTimeChoice(TimeChoice choice);
    /// Range, freshness and search make sense only where there is something to look at.
    void setControlsShown(bool shown);

    static constexpr int height100 = 48;

Q_SIGNALS:
    void timeChosen(qd::TimeChoice choice);
    void goToRequested();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void fit();
    const Theme &m_theme;
    Label *m_name;
    EnvironmentBadge *m_badge;
    Label *m_page;
    Segments *m_times;
    GlyphLabel *m_pulseGlyph;
    Label *m_pulseText;
    QAbstractButton *m_goTo;
    std::optional<Pulse> m_pulse;
};

} // namespace qd
