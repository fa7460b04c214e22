/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "history/logbook.h"
#include "theme/theme.h"

#include <QWidget>

class QGridLayout;
class QLineEdit;
class QScrollArea;
class QStackedWidget;
class QTableView;

namespace qd {

class ChangesCard;
class FilterModel;
class FleetModel;
class FleetTexts;
class Label;
class Segments;
class Tile;
class Trends;

/// All deployments: a wall of tiles sorted by trouble, or a dense table of the same; and what changed among them.
class FleetPage : public QWidget
{
    Q_OBJECT

public:
    enum class Look { Wall, Table };

    FleetPage(const Theme &theme, const Clock &clock, QWidget *parent = nullptr);
    ~FleetPage() override;

    /// `logbook` must outlive the page.
    void add(const Logbook &logbook);
    void setLook(Look look);
    [[nodiscard]] Look look() const { return m_look; }
    /// What the strips and the list of changes cover from the next refresh() on; `words` names it ("the last hour").
    void setRange(TimeRange range, const QString &words);
    /// Shows the logbooks' present views.
    void refresh();

Q_SIGNALS:
    void opened(const QString &deployment);
    void whyRequested(const QString &deployment, const qd::Because &because, const QString &label);
    void lookChanged(qd::FleetPage::Look look);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    [[nodiscard]] QWidget *makeHead();
    [[nodiscard]] QWidget *makeWall();
    [[nodiscard]] QWidget *makeTable();
    void showHeadline();
    void showTable();
    void fitRows(int reasons);
    /// Whether a deployment has a value there that is wrong, and known.
    [[nodiscard]] bool isLoud(int column) const;
    void arrangeTiles();
    void showChanges();
    [[nodiscard]] QString nothingText(std::optional<Instant> first, std::optional<Instant> last, Instant now) const;
    void filter(const QString &text);
    [[nodiscard]] bool isWanted(const Tile &tile) const;

    const Theme &m_theme;
    const Clock &m_clock;
    Look m_look = Look::Wall;
    TimeRange m_range;
    QString m_rangeWords;
    TimeRange m_trendsRange{};         ///< as they are drawn,
    std::optional<Instant> m_trendsAt; ///< and when
    QStringList m_filter;
    Label *m_headline = nullptr;
    Label *m_count = nullptr;
    QLineEdit *m_filterEdit = nullptr;
    Segments *m_looks = nullptr;
    QStackedWidget *m_stack = nullptr;
    QGridLayout *m_grid = nullptr;
    QScrollArea *m_scroll = nullptr;
    Label *m_noMatch = nullptr;
    ChangesCard *m_changes = nullptr;
    Trends *m_trends = nullptr;
    QTableView *m_table = nullptr;
    Label *m_hidden = nullptr; ///< that there are columns for which there is no room
    FleetModel *m_model = nullptr;
    FleetTexts *m_texts = nullptr;
    FilterModel *m_sorted = nullptr;
    QList<Tile *> m_tiles;
    QList<Tile *> m_arranged;
    int m_columns = 0;
};

} // namespace qd
