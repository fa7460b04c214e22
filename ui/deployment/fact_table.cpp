/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/fact_table.h"

#include "charts/sparkline.h"
#include "deployment/deployment_page.h"
#include "deployment/filtered_table.h"
#include "deployment/sort_header.h"
#include "deployment/value_label.h"
#include "deployment/worded_model.h"
#include "theme/empty_state.h"
#include "theme/glyph.h"
#include "theme/tabular.h"

#include <QGuiApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QPainter>
#include <QScrollBar>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <utility>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int rowHeight = 28;

bool isLoud(Status status)
{
    return status == Status::Degraded || status == Status::Down;
}

/// Calm unless it is wrong; what is old looks old.
class FactDelegate final : public QStyledItemDelegate
{
public:
    FactDelegate(const Theme &theme, QObject *parent)
        : QStyledItemDelegate(parent)
        , m_theme(theme)
    {
    }
    void setMarked(QList<int> columns) { m_marked = std::move(columns); }
    void setElided(QHash<int, Qt::TextElideMode> columns) { m_elided = std::move(columns); }
    void setOnce(QList<int> columns) { m_once = std::move(columns); }
    void setLines(int column, std::function<Columns(const QModelIndex &index, int pixels)> columns)
    {
        m_lined = column;
        m_columns = std::move(columns);
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        if (index.column() == m_lined) {
            const int margin = SortHeader::textMargin(m_theme);
            const QRect inside = option.rect.adjusted(margin, m_theme.px(6), -margin, -m_theme.px(6));
            paintSparkline(*painter, inside, m_columns(index, inside.width()), m_theme.colours().series.front());
            return;
        }
        if (!isTabular(index))
            return;
        QStyleOptionViewItem shown = option;
        initStyleOption(&shown, index);
        const int margin = SortHeader::textMargin(m_theme);
        const QRectF inside = option.rect.adjusted(margin, 0, -margin, -1); // above the line, as the other cells
        const QFontMetricsF metrics(shown.font);
        const QString text = tabular::elided(index.data().toString(), metrics, shown.textElideMode, inside.width());
        const double x =
            shown.displayAlignment & Qt::AlignRight ? inside.right() - tabular::widthOf(text, metrics) : inside.left();
        painter->save();
        painter->setFont(shown.font);
        painter->setPen(shown.palette.color(QPalette::Text));
        tabular::draw(*painter, {x, inside.top() + (inside.height() - metrics.height()) / 2 + metrics.ascent()}, text);
        painter->restore();
    }

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        const auto known = index.data(KnownRole).value<Known>();
        const auto status = index.data(StatusRole).value<Status>();
        const bool isMissing = !index.data(ValueRole).isValid();
        const Tone tone = known == Known::Stale || known == Known::Refused ? Tone::Stale
                          : isMissing                                      ? Tone::Muted
                          : isLoud(status)                                 ? toneOf(status)
                                                                           : Tone::Text;
        for (const auto role : {QPalette::Text, QPalette::HighlightedText}) // a chosen row keeps its tones
            option->palette.setColor(role, m_theme.colourOf(tone));
        option->font = m_theme.font(TextSize::Body, index.column() == 0);
        option->textElideMode = m_elided.value(index.column(), Qt::ElideMiddle);
        if (index.row() > 0 && m_once.contains(index.column()) &&
            index.siblingAtRow(index.row() - 1).data() == index.data())
            option->text.clear();
        if (const int depth = index.data(DepthRole).toInt(); depth > 0 && index.column() == 0)
            option->text.prepend(QString(2 * (depth - 1), QChar::Nbsp) + u"↳ "_s);
        if (isTabular(index))
            option->text.clear(); // paint() writes it
        if (!m_marked.contains(index.column()))
            return;
        option->features |= QStyleOptionViewItem::HasDecoration;
        option->decorationSize = QSize(m_theme.px(14), m_theme.px(14));
        const QPixmap pixmap = glyph(known == Known::Measured ? status : Status::Unknown);
        option->icon = QIcon(pixmap);
        option->icon.addPixmap(pixmap, QIcon::Selected);
    }

private:
    /// Numbers and times stand below each other digit by digit.
    [[nodiscard]] bool isTabular(const QModelIndex &index) const
    {
        const auto unit = index.data(UnitRole).value<CellUnit>();
        return (isNumber(unit) || unit == CellUnit::Moment) && !m_marked.contains(index.column()) &&
               !m_once.contains(index.column()) && index.column() != 0;
    }
    [[nodiscard]] QPixmap glyph(Status status) const
    {
        const int size = m_theme.px(14);
        const double ratio = qGuiApp->devicePixelRatio();
        QPixmap pixmap(QSize(size, size) * ratio);
        pixmap.setDevicePixelRatio(ratio);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paintGlyph(painter, QRectF(0, 0, size, size), status, m_theme.colours());
        return pixmap;
    }
    const Theme &m_theme;
    QList<int> m_marked;
    QHash<int, Qt::TextElideMode> m_elided;
    QList<int> m_once;
    int m_lined = -1;
    std::function<Columns(const QModelIndex &, int)> m_columns;
};
} // namespace

FactTable::FactTable(DeploymentPage &page, DeploymentModel *model, const QString &name, QWidget *parent)
    : Card(page.theme(), parent)
    , m_page(page)
    , m_model(model)
    , m_worded(new WordedModel(this))
    , m_column(new QVBoxLayout)
    , m_filter(new QLineEdit)
    , m_table(new FilteredTable(page.theme(), *m_filter))
    , m_empty(new EmptyState(page.theme()))
{
    m_model->setParent(this);
    setObjectName(name + u"-card"_s);
    m_filter->setObjectName(name + u"-filter"_s);
    m_table->setObjectName(name + u"-table"_s);
    m_empty->setObjectName(name + u"-empty"_s);
    addToTitleRow(m_filter);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_filtered.setText(text);
        tellCount();
    });
    setUpTable();
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->addWidget(m_table, 1);
    m_column->addWidget(m_empty, 1);
    m_empty->hide();
    setBody(m_column);
}

void FactTable::setUpTable()
{
    // The filter stands above the words: typing finds what is seen.
    m_worded->setSourceModel(m_model);
    m_filtered.setSourceModel(m_worded);
    m_table->setModel(&m_filtered);
    m_table->setItemDelegate(new FactDelegate(theme(), m_table));
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Ignored);  // it scrolls: its least height is enough
    m_table->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder); // the model's order until one is chosen
    m_table->setSortingEnabled(true);
    connect(m_table, &FilteredTable::whyRequested, this, &FactTable::ask);
    connect(m_table, &FilteredTable::opened, this, [this](const QModelIndex &index) { Q_EMIT opened(keyAt(index)); });
    connect(m_table, &FilteredTable::resized, this, &FactTable::fitTable);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex &row) {
        Q_EMIT chosen(row.isValid() ? keyAt(row) : QString()); // empty: none is chosen any more
    });
    connect(&theme(), &Theme::changed, this, &FactTable::fitTable);
}

void FactTable::setColumns(const QList<Column> &columns)
{
    m_columns = columns;
    QHeaderView *header = m_table->horizontalHeader();
    QList<int> marked;
    QHash<int, Qt::TextElideMode> elided;
    QList<int> once;
    for (int section = 0; section < m_model->columnCount(); ++section)
        m_table->hideColumn(section);
    int place = 0;
    for (const Column &column : columns) {
        const int section = columnOf(column.id);
        m_worded->setHeader(QString(column.id), column.header);
        m_worded->setWords(QString(column.id), column.words);
        header->moveSection(header->visualIndex(section), place++);
        elided.insert(section, column.elide);
        if (column.right)
            m_worded->setRight(QString(column.id));
        if (!column.blank.isEmpty())
            m_worded->setBlank(QString(column.id), column.blank);
        if (!column.none.isEmpty())
            m_worded->setNone(QString(column.id), column.none);
        if (!column.unit.isEmpty())
            m_worded->setUnits(QString(column.id), columnOf(column.unit));
        if (column.time)
            m_worded->setTimePart(QString(column.id), *column.time);
        if (column.marked)
            marked.append(section);
        if (column.once)
            once.append(section);
    }
    auto *delegate = static_cast<FactDelegate *>(m_table->itemDelegate());
    delegate->setMarked(marked);
    delegate->setElided(elided);
    delegate->setOnce(once);
    fitTable();
}

void FactTable::setLines(QLatin1StringView columnId, std::function<Columns(const QString &, int)> columns)
{
    static_cast<FactDelegate *>(m_table->itemDelegate())
        ->setLines(columnOf(columnId), [this, columns = std::move(columns)](const QModelIndex &index, int pixels) {
            return columns(keyAt(index), pixels);
        });
}

void FactTable::redrawLines()
{
    m_table->viewport()->update();
}

void FactTable::setFilterHint(const QString &hint)
{
    m_filter->setPlaceholderText(hint);
    m_filter->setAccessibleName(hint);
    m_filter->setToolTip(plainToolTip(hint));
    m_table->setAccessibleName(title());
}

void FactTable::setShort(int most)
{
    m_most = most;
    m_filter->hide();
    m_table->setAccessibleName(title());
    fitTable();
}

bool FactTable::hasAny(int section) const
{
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const QVariant value = m_model->index(row, section).data(ValueRole);
        if (value.isValid() && (value.userType() != QMetaType::QString || !value.toString().isEmpty()))
            return true;
    }
    return false;
}

QSet<QString> FactTable::emptyColumns() const
{
    QSet<QString> empty;
    for (const Column &column : m_columns) {
        if (column.whereAny && !hasAny(columnOf(column.id)))
            empty.insert(QString(column.id));
    }
    return empty;
}

void FactTable::setBanner(QWidget *banner)
{
    m_banner = banner;
    m_column->insertWidget(0, banner);
}

void FactTable::setFoot(QWidget *foot)
{
    m_foot = foot;
    m_column->addWidget(foot);
}

void FactTable::fitTable()
{
    QHeaderView *header = m_table->horizontalHeader();
    header->setMinimumSectionSize(theme().px(40));
    // What can be searched for is said whole where there is room.
    const int hint = m_filter->fontMetrics().horizontalAdvance(m_filter->placeholderText()) + theme().px(32);
    m_filter->setMinimumWidth(std::max(theme().px(180), m_table->width() >= theme().px(640) ? hint : 0));
    for (const Column &column : std::as_const(m_columns)) {
        const int section = columnOf(column.id);
        const bool isShown =
            m_table->width() >= theme().px(column.from) && !m_emptyColumns.contains(QString(column.id));
        m_table->setColumnHidden(section, !isShown);
        if (!isShown)
            continue;
        header->setSectionResizeMode(section, column.width > 0 ? QHeaderView::Interactive : QHeaderView::Stretch);
        if (column.width > 0)
            header->resizeSection(section, theme().px(column.width));
    }
    m_table->verticalHeader()->setDefaultSectionSize(theme().px(rowHeight));
    const int frame = header->sizeHint().height() + 2;
    if (m_most > 0)
        m_table->setFixedHeight(frame + std::clamp(m_filtered.rowCount(), 1, m_most) * theme().px(rowHeight));
    else
        m_table->setMinimumHeight(frame + 3 * theme().px(rowHeight));
}

void FactTable::showView(const DeploymentView &view, const Absence &absence)
{
    const int before = m_model->rowCount();
    m_worded->setNow(view.at);
    m_model->setView(view);
    m_absence = absence;
    const QSet<QString> former = std::exchange(m_emptyColumns, emptyColumns());
    if (m_emptyColumns != former || (m_most > 0 && m_model->rowCount() != before))
        fitTable();
    tellCount();
}

void FactTable::tellCount()
{
    const int all = m_model->rowCount();
    const int shown = m_filtered.rowCount();
    m_filter->setVisible(m_most == 0 && all > 0);
    m_table->setVisible(shown > 0);
    m_empty->setVisible(shown == 0);
    if (m_banner)
        m_banner->setVisible(all > 0);
    if (m_foot)
        m_foot->setVisible(all > 0);
    setNote(all == 0       ? QString()
            : shown != all ? tr("%1 of %2").arg(words::count(shown), words::count(all))
            : m_counted    ? m_counted(all)
                           : words::count(all));
    if (all > 0)
        m_empty->setState(Status::Unknown, tr("Nothing matches"), tr("Clear the filter to see all of them."));
    else
        m_empty->setState(m_absence.status, m_absence.headline, m_absence.advice);
}

void FactTable::choose(const QString &subject)
{
    for (int row = 0; row < m_filtered.rowCount(); ++row) {
        const QModelIndex index = m_filtered.index(row, 0);
        if (index.data(SubjectRole).toString() == subject) {
            m_table->setCurrentIndex(index);
            m_table->scrollTo(index);
            return;
        }
    }
}

void FactTable::chooseFirst()
{
    m_table->setCurrentIndex(m_filtered.index(0, 0));
}

QString FactTable::keyAt(const QModelIndex &index) const
{
    return m_model->keyOf(m_worded->mapToSource(m_filtered.mapToSource(index)).row());
}

void FactTable::ask(const QModelIndex &index)
{
    const auto because = index.data(BecauseRole).value<Because>();
    if (!hasEvidence(because))
        return;
    const QString column = m_filtered.headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString();
    Q_EMIT m_page.whyRequested(because, u"%1, %2: %3"_s.arg(words::text(index.data(SubjectRole).toString()),
                                                            column.toLower(), index.data().toString()));
}

} // namespace qd
