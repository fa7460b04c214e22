/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "shell/pulse.h"
#include "shell/time_choice.h"
#include "theme/theme.h"

#include <QWidget>

namespace qd {

class EnvironmentBadge;
class FieldButton;
class GlyphLabel;
class Label;
class Segments;

/// Where one is, what time is covered, how live it is, and the way to anywhere else. Where it is too narrow for all of
/// them, the ranges become one button with a menu.
class TopBar : public QWidget
{
    Q_OBJECT

public:
    explicit TopBar(const Theme &theme, QWidget *parent = nullptr);

    /// An empty `environment` hides the badge; an empty `page` its name.
    void setPlace(const QString &name, const QString &environment, const QString &page);
    /// Whether nothing can be done from this console; a badge says so on every page.
    void setReadOnly(bool readOnly);
    void setPulse(const Pulse &pulse);
    void setTimeChoice(TimeChoice choice);
    /// Range, freshness and search make sense only where there is something to look at.
    void setControlsShown(bool shown);

    /// Of the narrow form, with names elided.
    [[nodiscard]] QSize minimumSizeHint() const override;

    static constexpr int height100 = 48;

Q_SIGNALS:
    void timeChosen(qd::TimeChoice choice);
    void goToRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    enum class Form { Wide, Narrow, Least };
    [[nodiscard]] int widthOf(Form form) const;
    void fit();
    void showTimeMenu();
    const Theme &m_theme;
    Label *m_name;
    EnvironmentBadge *m_badge;
    Label *m_page;
    Label *m_readOnly;
    Segments *m_times;
    GlyphLabel *m_pulseGlyph;
    Label *m_pulseText;
    FieldButton *m_timeButton;
    FieldButton *m_goTo;
    TimeChoice m_choice = TimeChoice::Hour;
    bool m_controlsShown = true;
    std::optional<Pulse> m_pulse;
};

} // namespace qd
