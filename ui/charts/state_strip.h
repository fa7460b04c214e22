/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "history/series_store.h"
#include "theme/theme.h"

#include <QWidget>

#include <functional>
#include <optional>

namespace qd {

/// How a thing stood over a range of time, as a strip of coloured segments 8 px high. Where nothing is known the strip
/// is an empty track.
class StateStrip : public QWidget
{
    Q_OBJECT

public:
    struct Segment
    {
        Instant from;
        Instant to;
        Status status = Status::Unknown;
        bool operator==(const Segment &) const = default;
    };

    explicit StateStrip(const Theme &theme, QWidget *parent = nullptr);

    /// `segments` in order of time; gaps between them are not known.
    void setSegments(TimeRange range, QList<Segment> segments);
    /// The same from the columns of a state series; the worst state within a column wins. `statusOf` maps a state's
    /// number (Status, BreakerState, Level).
    void setColumns(TimeRange range, const Columns &columns, const std::function<Status(int state)> &statusOf);
    /// Begins and ends of the range, small, under the strip.
    void setTimesShown(bool shown);
    [[nodiscard]] const QList<Segment> &segments() const { return m_segments; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] double xOf(Instant at) const;
    const Theme &m_theme;
    TimeRange m_range{};
    QList<Segment> m_segments;
    bool m_times = false;
};

/// Runs of equal status; neighbours that touch are one segment. Pure.
[[nodiscard]] QList<StateStrip::Segment> segmentsOf(TimeRange range, const Columns &columns,
                                                    const std::function<Status(int state)> &statusOf);
/// `segments` with a trial that failed, `width` long, before each of the moments `trials` (in order of time) at which a
/// breaker that was open opened again: no reading fell into it, so that the columns know nothing of it. Pure.
[[nodiscard]] QList<StateStrip::Segment> withTrials(const QList<StateStrip::Segment> &segments,
                                                    const QList<Instant> &trials, std::chrono::milliseconds width);
/// The mappings for the states that have series.
[[nodiscard]] Status statusOfStatus(int status);
[[nodiscard]] Status statusOfBreaker(int breakerState);
[[nodiscard]] Status statusOfLevel(int level);

} // namespace qd
