/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fleet/fleet_page.h"

#include "charts/news.h"
#include "fleet/changes_card.h"
#include "fleet/fleet_texts.h"
#include "fleet/segments.h"
#include "fleet/tile.h"
#include "fleet/trends.h"
#include "tables/filter_model.h"
#include "tables/fleet_model.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QGridLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int narrowestTile = 340;
constexpr int mostColumns = 4;

/// A narrower table keeps what is asked first; the rest is a click away.
constexpr int narrowestFullTable = 1200;

constexpr int gap = 12;
constexpr int margin = 16;
} // namespace

FleetPage::FleetPage(const Theme &theme, const Clock &clock, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_clock(clock)
    , m_range{clock.now() - std::chrono::hours(1), clock.now()}
    , m_rangeWords(tr("the last hour"))
{
    setObjectName(u"fleet-page"_s);
    m_stack = new QStackedWidget;
    m_stack->addWidget(makeWall());
    m_stack->addWidget(makeTable());
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(margin, margin, 0, 0);
    column->setSpacing(gap);
    column->addWidget(makeHead());
    column->addWidget(m_stack, 1);
    connect(&theme, &Theme::changed, this, &FleetPage::arrangeTiles);
}

FleetPage::~FleetPage() = default;

QWidget *FleetPage::makeHead()
{
    auto *head = new QWidget;
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, margin, 0);
    row->setSpacing(gap);
    m_headline = new Label(m_theme, TextSize::Mid, true);
    m_headline->setObjectName(u"fleet-headline"_s);
    m_count = new Label(m_theme);
    m_count->setObjectName(u"fleet-count"_s);
    m_count->setTone(Tone::Muted);
    m_filterEdit = new QLineEdit;
    m_filterEdit->setObjectName(u"fleet-filter"_s);
    m_filterEdit->setPlaceholderText(tr("Filter"));
    m_filterEdit->setAccessibleName(tr("Filter deployments"));
    m_filterEdit->setClearButtonEnabled(true);
    m_filterEdit->setMaximumWidth(m_theme.px(200));
    connect(m_filterEdit, &QLineEdit::textChanged, this, &FleetPage::filter);
    row->addWidget(m_headline);
    row->addWidget(m_count, 1);
    row->addWidget(m_filterEdit);

    m_looks = new Segments(
        m_theme, {{tr("Wall"), u"fleet-wall"_s, tr("Show tiles")}, {tr("Table"), u"fleet-list"_s, tr("Show a table")}});
    connect(m_looks, &Segments::chosen, this, [this](int index) { setLook(static_cast<Look>(index)); });
    row->addWidget(m_looks);
    return head;
}

QWidget *FleetPage::makeWall()
{
    auto *content = new QWidget;
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, margin, margin);
    column->setSpacing(gap);
    m_grid = new QGridLayout;
    m_grid->setSpacing(gap);
    column->addLayout(m_grid);
    m_noMatch = new Label(m_theme);
    m_noMatch->setTone(Tone::Muted);
    m_noMatch->setText(tr("No deployment matches the filter."));
    m_noMatch->hide();
    column->addWidget(m_noMatch);
    m_changes = new ChangesCard(m_theme);
    column->addWidget(m_changes);
    m_trends = new Trends(m_theme);
    column->addWidget(m_trends, 1);
    // Where the trends are hidden this keeps the rest at the top.
    column->addStretch(0);
    m_scroll = new QScrollArea;
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setWidget(content);
    return m_scroll;
}

QWidget *FleetPage::makeTable()
{
    m_model = new FleetModel(this);
    m_texts = new FleetTexts(m_theme, m_clock, this);
    m_texts->setSourceModel(m_model);
    m_sorted = new FilterModel(this);
    m_sorted->setSourceModel(m_texts);
    m_sorted->setTieColumn(m_model->columnOf("name"_L1));
    m_table = new QTableView;
    m_table->setObjectName(u"fleet-table"_s);
    m_table->setAccessibleName(tr("Deployments"));
    m_table->setModel(m_sorted);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(m_model->columnOf("status"_L1), Qt::DescendingOrder);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setTabKeyNavigation(false);
    m_table->setShowGrid(false);
    m_table->setWordWrap(true); // the reasons; no other column is as long
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->setColumnHidden(m_model->columnOf("title"_L1), true);
    connect(m_table, &QTableView::activated, this,
            [this](const QModelIndex &index) { Q_EMIT opened(index.siblingAtColumn(0).data(ValueRole).toString()); });
    auto *holder = new QWidget;
    auto *column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, margin, margin);
    column->addWidget(m_table);
    m_hidden = new Label(m_theme, TextSize::Caption);
    m_hidden->setObjectName(u"fleet-hidden"_s);
    m_hidden->setTone(Tone::Muted);
    m_hidden->hide();
    column->addWidget(m_hidden);
    return holder;
}

void FleetPage::add(const Logbook &logbook)
{
    auto *tile = new Tile(logbook, m_theme, this);
    connect(tile, &Tile::opened, this, &FleetPage::opened);
    connect(tile, &Tile::whyRequested, this, &FleetPage::whyRequested);
    m_tiles.append(tile);
    m_model->add(logbook);
    m_trends->add(logbook);
    refresh();
}

void FleetPage::setLook(Look look)
{
    if (look == m_look)
        return;
    m_look = look;
    m_looks->setCurrent(static_cast<int>(look));
    // Measured anew with every change; not while nobody sees it.
    m_table->horizontalHeader()->setSectionResizeMode(look == Look::Table ? QHeaderView::ResizeToContents
                                                                          : QHeaderView::Interactive);
    m_table->horizontalHeader()->setSectionResizeMode(m_model->columnOf("reasons"_L1), QHeaderView::Interactive);
    m_stack->setCurrentIndex(static_cast<int>(look));
    refresh();
    Q_EMIT lookChanged(look);
}

void FleetPage::setRange(TimeRange range, const QString &words)
{
    m_range = range;
    m_rangeWords = words;
}

void FleetPage::refresh()
{
    showHeadline();
    if (m_look == Look::Table) {
        showTable();
        return;
    }
    arrangeTiles();
    for (Tile *tile : std::as_const(m_tiles))
        tile->refresh(m_range);
    const bool isOneRow = std::ranges::all_of(m_tiles, &Tile::fitsOneRow);
    for (Tile *tile : std::as_const(m_tiles))
        tile->setMayHaveOneRow(isOneRow);
    showChanges();
    // As the charts of a deployment's pages: of what comes in within a second nobody sees each piece.
    const Instant now = m_clock.now();
    if (m_range != m_trendsRange || !m_trendsAt || now - *m_trendsAt >= std::chrono::seconds(1) || now < *m_trendsAt) {
        m_trendsRange = m_range;
        m_trendsAt = now;
        m_trends->setRange(m_range);
        m_trends->refresh();
    }
}

void FleetPage::showHeadline()
{
    const auto having = [this](Status status) {
        return static_cast<int>(
            std::ranges::count_if(m_tiles, [&](const Tile *tile) { return tile->logbook().view().status == status; }));
    };
    const int down = having(Status::Down);
    const int degraded = having(Status::Degraded);
    const int unknown = having(Status::Unknown);
    QStringList parts;
    if (down > 0)
        parts.append(tr("%n down", nullptr, down));
    if (degraded > 0)
        parts.append(tr("%n degraded", nullptr, degraded));
    if (unknown > 0)
        parts.append(tr("%n without data", nullptr, unknown));
    m_headline->setText(parts.isEmpty() ? tr("All healthy") : parts.join(u", "_s));
    const int all = static_cast<int>(m_tiles.size());
    m_count->setText(all == 1 ? tr("1 deployment") : tr("%n deployments, sorted by trouble", nullptr, all));
}

void FleetPage::showTable()
{
    const bool narrow = m_table->viewport()->width() < m_theme.px(narrowestFullTable);
    m_table->verticalHeader()->setDefaultSectionSize(m_theme.px(32));
    m_texts->setShort(narrow);
    // What is told elsewhere, too, makes way until the rest fits, but for what is wrong: before that is hidden the
    // table scrolls sideways.
    QHeaderView *header = m_table->horizontalHeader();
    const auto widthOf = [&](int column) { // the header tells nothing of what is hidden
        const QString title = m_texts->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        const int head = QFontMetrics(header->font()).horizontalAdvance(title) + m_theme.px(52);
        return std::max(head, static_cast<const QAbstractItemView *>(m_table)->sizeHintForColumn(column));
    };
    const int reasons = m_model->columnOf("reasons"_L1);
    const int room = m_table->viewport()->width() - m_theme.px(160);
    int others = 0;
    for (int column = 0; column < m_model->columnCount(); ++column) {
        if (column != reasons && column != m_model->columnOf("title"_L1))
            others += widthOf(column);
    }
    QStringList hidden;
    for (const auto name : {"last_answer"_L1, "environment"_L1, "requests"_L1, "latency_p95"_L1, "key_age"_L1,
                            "backup_age"_L1, "hit_rate"_L1, "since"_L1}) {
        const int column = m_model->columnOf(name);
        const bool makesWay = others > room && !isLoud(column);
        m_table->setColumnHidden(column, makesWay);
        if (!makesWay)
            continue;
        others -= widthOf(column);
        hidden.append(m_texts->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    }
    m_hidden->setVisible(!hidden.isEmpty());
    m_hidden->setText(
        hidden.size() == 1
            ? tr("1 column hidden: widen the window (%1)").arg(hidden.first())
            : tr("%1 columns hidden: widen the window (%2)").arg(hidden.size()).arg(hidden.join(u", "_s)));
    // The reasons take what the numbers leave; a stretched section would not give way to columns that grow later.
    others = header->length() - header->sectionSize(reasons);
    header->resizeSection(reasons, std::max(m_theme.px(160), m_table->viewport()->width() - others));
    fitRows(reasons);
    // "4 s ago" grows old by itself, without a change in the model.
    m_table->viewport()->update();
}

bool FleetPage::isLoud(int column) const
{
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const QModelIndex cell = m_model->index(row, column);
        const auto status = cell.data(StatusRole).value<Status>();
        const auto unit = cell.data(UnitRole).value<CellUnit>();
        const bool isJudged = unit != CellUnit::Text && unit != CellUnit::Moment; // others have their row's status
        if (isJudged && cell.data(KnownRole).value<Known>() == Known::Measured &&
            (status == Status::Degraded || status == Status::Down))
            return true;
    }
    return false;
}

/// As many lines as the reasons take, four at most; the tooltip and the deployment's own page tell the rest.
void FleetPage::fitRows(int reasons)
{
    constexpr int mostLines = 4;
    const QFontMetrics metrics(m_table->font());
    const int width = m_table->columnWidth(reasons) - m_theme.px(20);
    for (int row = 0; row < m_sorted->rowCount(); ++row) {
        const QString text = m_sorted->index(row, reasons).data().toString();
        const int tall = metrics.boundingRect(QRect(0, 0, width, 10'000), Qt::TextWordWrap, text).height();
        const int lines = std::clamp(tall / metrics.lineSpacing(), 1, mostLines);
        const int height = m_theme.px(32) + (lines - 1) * metrics.lineSpacing();
        if (m_table->rowHeight(row) != height)
            m_table->setRowHeight(row, height);
    }
}

bool FleetPage::isWanted(const Tile &tile) const
{
    const DeploymentView &view = tile.logbook().view();
    const QString haystack =
        QStringList{view.name, view.title, view.environment, words::statusLine(view), words::headline(view)}.join(
            u'\n');
    return std::ranges::all_of(m_filter,
                               [&](const QString &word) { return haystack.contains(word, Qt::CaseInsensitive); });
}

void FleetPage::arrangeTiles()
{
    QList<Tile *> wanted;
    std::ranges::copy_if(m_tiles, std::back_inserter(wanted), [this](const Tile *tile) { return isWanted(*tile); });
    std::ranges::stable_sort(wanted, [](const Tile *a, const Tile *b) {
        const DeploymentView &left = a->logbook().view();
        const DeploymentView &right = b->logbook().view();
        return left.status != right.status ? left.status > right.status : left.name.localeAwareCompare(right.name) < 0;
    });
    const int width = m_scroll->viewport()->width() - margin;
    const int fitting = std::clamp((width + gap) / (m_theme.px(narrowestTile) + gap), 1, mostColumns);
    // Rows as full as each other: five are three and two, not four and one.
    const int count = std::max(1, static_cast<int>(wanted.size()));
    const int rows = (count + fitting - 1) / fitting;
    const int columns = (count + rows - 1) / rows;
    m_noMatch->setVisible(wanted.isEmpty() && !m_tiles.isEmpty());
    if (wanted == m_arranged && columns == m_columns)
        return;
    for (Tile *tile : std::as_const(m_tiles)) {
        m_grid->removeWidget(tile);
        tile->setVisible(wanted.contains(tile));
    }
    for (int i = 0; i < wanted.size(); ++i)
        m_grid->addWidget(wanted[i], i / columns, i % columns);
    for (int i = 0; i < mostColumns; ++i)
        m_grid->setColumnStretch(i, i < columns ? 1 : 0);
    // The order of the keyboard is the order of the eye.
    for (qsizetype i = 1; i < wanted.size(); ++i)
        setTabOrder(wanted[i - 1], wanted[i]);
    m_arranged = wanted;
    m_columns = columns;
}

void FleetPage::showChanges()
{
    QList<FleetChange> changes;
    std::optional<Instant> first; // when watching began, and when all were watched
    std::optional<Instant> last;
    for (const Tile *tile : std::as_const(m_tiles)) {
        const DeploymentView &view = tile->logbook().view();
        for (const Event &event : newsIn(m_range, view.events))
            changes.append({view.name, event});
        if (view.watchedSince) {
            first = std::min(first.value_or(*view.watchedSince), *view.watchedSince);
            last = std::max(last.value_or(*view.watchedSince), *view.watchedSince);
        }
    }
    std::ranges::stable_sort(changes,
                             [](const FleetChange &a, const FleetChange &b) { return a.event.at > b.event.at; });
    putStatusFirst(changes, &FleetChange::event);
    const Instant now = m_clock.now();
    m_changes->setTitle(first && *first > m_range.from
                            ? tr("What changed since %1, when watching began").arg(words::shortTime(*first, now))
                            : tr("What changed in %1").arg(m_rangeWords));
    m_changes->setNothingText(nothingText(first, last, now));
    m_changes->setChanges(changes, now);
}

/// The title says since when anybody looked; not at each of them, where some were added later.
QString FleetPage::nothingText(std::optional<Instant> first, std::optional<Instant> last, Instant now) const
{
    if (!first)
        return tr("Nothing was read yet.");
    const QString began = words::shortTime(*last, now);
    const QString appears = tr("Breakers that open, checks that fail and sources that fall silent appear here.");
    return (*last > m_range.from && began != words::shortTime(*first, now)
                ? tr("Nothing; not all of them were watched before %1.").arg(began)
                : tr("Nothing.")) +
           u' ' + appears;
}

void FleetPage::filter(const QString &text)
{
    m_filter = text.split(u' ', Qt::SkipEmptyParts);
    m_sorted->setText(text);
    refresh();
}

void FleetPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrangeTiles();
    refresh();
}

} // namespace qd
