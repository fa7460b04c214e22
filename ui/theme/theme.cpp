/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "theme/theme.h"

#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double luminance(const QColor &c)
{
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
}

QColor rgba(QRgb rgb, int alpha)
{
    QColor colour(rgb);
    colour.setAlpha(alpha);
    return colour;
}

Colours lightColours()
{
    return {.bg = 0xF4F6F8,
            .surface = 0xFFFFFF,
            .raised = 0xF9FAFB,
            .line = 0xDCE2E9,
            .text = 0x16202B,
            .muted = 0x5A6775,
            .faint = 0x626E7C,
            .accent = 0x1766C2,
            .ok = 0x0B7A5C,
            .warn = 0x9A6200,
            .down = 0xB3261E,
            .stale = 0x5F6B7A,
            .mute = 0x4B5DA8,
            .series = {0x1766C2, 0xC0267E, 0x0E8AA5, 0x7B3FB5, 0x7A5236, 0x5F7A00},
            .band = rgba(0x0B7A5C, 0x14),
            .okBack = rgba(0x0B7A5C, 0x14),
            .warnBack = rgba(0xC98200, 0x18),
            .downBack = rgba(0xB3261E, 0x14),
            .production = 0xB3261E};
}

Colours darkColours()
{
    return {.bg = 0x0E1318,
            .surface = 0x151B22,
            .raised = 0x1B232C,
            .line = 0x28323D,
            .text = 0xE4EBF2,
            .muted = 0x95A3B2,
            .faint = 0x7F8D9C,
            .accent = 0x62AEFF,
            .ok = 0x3DDBA4,
            .warn = 0xFFC24B,
            .down = 0xFF7A70,
            .stale = 0x94A3B8,
            .mute = 0x9DB1FF,
            .series = {0x62AEFF, 0xFF8FC0, 0x5AD1E0, 0xC79BFF, 0xC8A88A, 0xC6D45A},
            .band = rgba(0x3DDBA4, 0x12),
            .okBack = rgba(0x3DDBA4, 0x1A),
            .warnBack = rgba(0xFFC24B, 0x1C),
            .downBack = rgba(0xFF7A70, 0x1F),
            .production = 0xFF7A70};
}

QFont faced(const QStringList &families, int pixels, bool strong)
{
    QFont font;
    font.setFamilies(families);
    font.setPixelSize(pixels);
    font.setWeight(strong ? QFont::DemiBold : QFont::Normal);
    font.setStyleStrategy(QFont::PreferAntialias);
    // Hints would round the widths, and digits that are set one by one would stand apart.
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}
} // namespace

Theme::Theme(Scheme scheme, double textScale, QObject *parent)
    : QObject(parent)
    , m_scheme(scheme)
    , m_textScale(textScale)
    , m_colours(coloursOf(scheme))
{
}

void Theme::setScheme(Scheme scheme)
{
    if (scheme == m_scheme)
        return;
    m_scheme = scheme;
    m_colours = coloursOf(scheme);
    Q_EMIT changed();
}

void Theme::setTextScale(double scale)
{
    if (scale == m_textScale)
        return;
    m_textScale = scale;
    Q_EMIT changed();
}

QColor Theme::colourOf(Status status) const
{
    switch (status) {
    case Status::Ok:
        return m_colours.ok;
    case Status::NotAvailable:
    case Status::Unknown:
        return m_colours.stale;
    case Status::Muted:
        return m_colours.mute;
    case Status::Degraded:
        return m_colours.warn;
    case Status::Down:
        return m_colours.down;
    }
    return m_colours.stale;
}

QColor Theme::colourOf(BreakerState state) const
{
    switch (state) {
    case BreakerState::Closed:
        return m_colours.ok;
    case BreakerState::HalfOpen:
        return m_colours.warn;
    case BreakerState::Open:
        return m_colours.down;
    case BreakerState::Disabled:
        return m_colours.mute;
    case BreakerState::Unknown:
        break;
    }
    return m_colours.stale;
}

QColor Theme::colourOf(Tone tone) const
{
    switch (tone) {
    case Tone::Text:
        return m_colours.text;
    case Tone::Muted:
        return m_colours.muted;
    case Tone::Faint:
        return m_colours.faint;
    case Tone::Accent:
        return m_colours.accent;
    case Tone::Ok:
        return m_colours.ok;
    case Tone::Warn:
        return m_colours.warn;
    case Tone::Down:
        return m_colours.down;
    case Tone::Stale:
        return m_colours.stale;
    case Tone::Mute:
        return m_colours.mute;
    }
    return m_colours.text;
}

QFont Theme::font(TextSize size, bool strong) const
{
    return faced({u"Inter"_s, u"Segoe UI"_s, u"DejaVu Sans"_s, u"sans-serif"_s}, px(static_cast<int>(size)), strong);
}

int Theme::px(double at100) const
{
    return static_cast<int>(std::lround(at100 * m_textScale));
}

QPalette Theme::palette() const
{
    const Colours &c = m_colours;
    QPalette p;
    p.setColor(QPalette::Window, c.bg);
    p.setColor(QPalette::WindowText, c.text);
    p.setColor(QPalette::Base, c.surface);
    p.setColor(QPalette::AlternateBase, c.raised);
    p.setColor(QPalette::Text, c.text);
    p.setColor(QPalette::PlaceholderText, c.faint);
    p.setColor(QPalette::Button, c.raised);
    p.setColor(QPalette::ButtonText, c.text);
    p.setColor(QPalette::BrightText, c.down);
    p.setColor(QPalette::ToolTipBase, c.raised);
    p.setColor(QPalette::ToolTipText, c.text);
    p.setColor(QPalette::Highlight, c.accent);
    p.setColor(QPalette::HighlightedText, c.surface);
    p.setColor(QPalette::Link, c.accent);
    p.setColor(QPalette::LinkVisited, c.series[3]);
    p.setColor(QPalette::Light, c.raised);
    p.setColor(QPalette::Midlight, c.raised);
    p.setColor(QPalette::Mid, c.line);
    p.setColor(QPalette::Dark, c.line);
    p.setColor(QPalette::Shadow, c.line);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, c.faint);
    return p;
}

Scheme Theme::schemeOf(const QPalette &palette)
{
    return luminance(palette.color(QPalette::WindowText)) > luminance(palette.color(QPalette::Window)) ? Scheme::Dark
                                                                                                       : Scheme::Light;
}

Colours Theme::coloursOf(Scheme scheme)
{
    return scheme == Scheme::Light ? lightColours() : darkColours();
}

Tone toneOf(Status status)
{
    switch (status) {
    case Status::Ok:
        return Tone::Ok;
    case Status::Degraded:
        return Tone::Warn;
    case Status::Down:
        return Tone::Down;
    case Status::Muted:
        return Tone::Mute;
    case Status::NotAvailable:
    case Status::Unknown:
        break;
    }
    return Tone::Stale;
}

Status limitMark(Status limit, Status deployment)
{
    return limit == Status::Down && deployment != Status::Down ? Status::Degraded : limit;
}

double contrast(const QColor &a, const QColor &b)
{
    const double first = luminance(a);
    const double second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

QColor blended(const QColor &over, const QColor &under)
{
    const double alpha = over.alphaF();
    const auto mix = [alpha](double o, double u) { return static_cast<float>(o * alpha + u * (1 - alpha)); };
    return QColor::fromRgbF(mix(over.redF(), under.redF()), mix(over.greenF(), under.greenF()),
                            mix(over.blueF(), under.blueF()));
}

} // namespace qd
