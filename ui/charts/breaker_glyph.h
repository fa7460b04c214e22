/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "history/series_store.h"
#include "theme/theme.h"

#include <QWidget>

#include <optional>

class QPainter;

namespace qd {

/// Everything the Hystrix glyph says.
struct BreakerPicture
{
    std::optional<PerSecond> traffic; ///< calls a second; nothing: not known
    std::optional<Share> errorShare;  ///< nothing without calls
    PerSecond fullTraffic{1};         ///< the traffic that fills the ring
    bool known = true;                ///< false: stale, refused or never answered
    Columns twoMinutes;               ///< calls a second over the last two minutes

    bool operator==(const BreakerPicture &) const = default;
};

/// The radius of the circle as a share of the ring's: the area is the traffic (Hystrix: square-root scaled). Any
/// traffic at all can be seen.
[[nodiscard]] double breakerRadius(PerSecond traffic, PerSecond full);
/// The fill by error share, at Hystrix' 10, 25, 40 and 50 %: five steps from ok to down.
[[nodiscard]] QColor breakerFill(Share errorShare, const Colours &colours);

/// A circle whose area is the traffic and whose fill is the error share, in a ring, with a line of the last two
/// minutes. No traffic is a small hollow dot in a whole ring; no connection is a dashed ring and a question mark.
void paintBreaker(QPainter &painter, const QRectF &rect, const BreakerPicture &picture, const Colours &colours);

class BreakerGlyph : public QWidget
{
    Q_OBJECT

public:
    explicit BreakerGlyph(const Theme &theme, QWidget *parent = nullptr);

    void setPicture(BreakerPicture picture);

    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    BreakerPicture m_picture;
};

} // namespace qd
