/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "charts/mark_band.h"
#include "charts/ticks.h"
#include "history/series_store.h"
#include "theme/card.h"

#include <functional>
#include <optional>

namespace qd {

struct ChartLine
{
    QString label; ///< in the legend where there are several lines, and in the read-out
    /// `pixels` columns over the range (SeriesStore::query, rate, ratio). Asked on refresh() alone.
    std::function<Columns(TimeRange range, int pixels)> columns;
    int colourIndex = 0; ///< into Colours::series
    bool dashed = false;
    bool stepped = false; ///< for states and limits: holds until it changes
};

/// A card with a chart: Qt Charts' frame, axes and grid, and lines down-sampled to the pixels. Its plot area is placed
/// by the same margins in every panel, so that charts of one page align. Costs nothing while nothing changes or while
/// hidden.
class ChartPanel : public Card
{
    Q_OBJECT

public:
    explicit ChartPanel(const Theme &theme, QWidget *parent = nullptr);
    ~ChartPanel() override;

    /// The present value, large, at the right of the title row.
    void setValue(const QString &text, Status status = Status::Ok);
    void setLines(QList<ChartLine> lines);
    void setUnit(Unit unit);
    /// What the x axis covers. Data is asked for with the next refresh().
    void setRange(TimeRange range);
    [[nodiscard]] TimeRange range() const;
    /// The good band: from `from` (drawn dashed, the threshold) to `to` (the ceiling where it is none). Nothing: no
    /// band.
    void setBand(std::optional<double> from, std::optional<double> to = {});
    void setMarks(QList<Mark> marks);
    /// The lowest top of the y axis (for rates that are near zero); the axis grows with its data.
    void setLeastTop(double top);
    /// Fixed ends of the y axis. The floor is 0 unless set; without a ceiling the axis follows its data.
    void setFloor(double floor);
    void setCeiling(std::optional<double> ceiling);
    /// What stands in the plot where no line has data. Empty: "No data in this range".
    void setEmptyText(const QString &text);
    /// The height that the plot wants, at 100 % text; 110 unless set. The panel may be stretched, and pressed until
    /// the plot is 62 high.
    void setPlotHeight(int height);

    /// Asks the lines for their columns and repaints if anything changed. Does nothing while hidden (and is called when
    /// shown).
    void refresh();

    /// The crosshair of all charts of a page: connect each panel's hovered() with all the panels' setCrosshair().
    void setCrosshair(std::optional<Instant> at);

    /// The columns drawn last, a list for each line.
    [[nodiscard]] const QList<Columns> &columns() const;
    /// The plot area in this widget's coordinates.
    [[nodiscard]] QRect plotRect() const;

Q_SIGNALS:
    void hovered(std::optional<qd::Instant> at);

protected:
    void showEvent(QShowEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace qd
