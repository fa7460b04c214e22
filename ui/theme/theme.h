/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

#include <QColor>
#include <QFont>
#include <QObject>
#include <QPalette>

#include <array>

namespace qd {

enum class Scheme { Light, Dark };

/// Text sizes in pixels at 100 %.
enum class TextSize { Caption = 12, Body = 13, Title = 15, Mid = 20, Big = 28 };

/// What a text is, for its colour.
enum class Tone { Text, Muted, Faint, Accent, Ok, Warn, Down, Stale, Mute };

/// Every colour of the window. `text` to `mute` reach 4.5:1 as text on `bg`, `surface` and `raised`; `line` is for
/// hairlines alone; the `…Back` are tints to lie under text.
struct Colours
{
    QColor bg, surface, raised, line;
    QColor text, muted, faint, accent;
    QColor ok, warn, down, stale, mute;
    std::array<QColor, 6> series; ///< none looks like a status
    QColor band, okBack, warnBack, downBack;
    QColor production;
};

/// How everything looks: colours, fonts, palette and style sheet of one scheme. Built once in app/ and handed on;
/// widgets repaint on changed().
class Theme : public QObject
{
    Q_OBJECT

public:
    /// `textScale` 1.0 is 100 %.
    explicit Theme(Scheme scheme, double textScale = 1.0, QObject *parent = nullptr);

    [[nodiscard]] Scheme scheme() const { return m_scheme; }
    void setScheme(Scheme scheme);
    [[nodiscard]] double textScale() const { return m_textScale; }
    void setTextScale(double scale);

    [[nodiscard]] const Colours &colours() const { return m_colours; }
    [[nodiscard]] QColor colourOf(Status status) const;
    [[nodiscard]] QColor colourOf(BreakerState state) const;
    [[nodiscard]] QColor colourOf(Tone tone) const;

    /// Inter where it is installed, else the system's.
    [[nodiscard]] QFont font(TextSize size, bool strong = false) const;
    /// A length that grows with the text.
    [[nodiscard]] int px(double at100) const;

    [[nodiscard]] QPalette palette() const;
    [[nodiscard]] QString styleSheet() const;

    /// The scheme that a palette (the system's, before ours is set) has: dark where text is lighter than its ground.
    [[nodiscard]] static Scheme schemeOf(const QPalette &palette);
    [[nodiscard]] static Colours coloursOf(Scheme scheme);

Q_SIGNALS:
    void changed();

private:
    Scheme m_scheme;
    double m_textScale;
    Colours m_colours;
};

[[nodiscard]] Tone toneOf(Status status);

/// How a rate limit that stands at `limit` is marked: a client at its limit is a limiter at work, and never looks worse
/// than Degraded in a `deployment` that is not down.
[[nodiscard]] Status limitMark(Status limit, Status deployment);

/// WCAG 2 contrast ratio, 1 to 21; both opaque.
[[nodiscard]] double contrast(const QColor &a, const QColor &b);
/// `over` (which may be translucent) laid on `under`.
[[nodiscard]] QColor blended(const QColor &over, const QColor &under);

} // namespace qd
