/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/backups_page.h"

#include "actions/backup/restore_backup.h"
#include "deployment/absence.h"
#include "deployment/backup_calendar.h"
#include "deployment/card_grid.h"
#include "deployment/deed_row.h"
#include "deployment/fact_table.h"
#include "deployment/value_label.h"
#include "deployment/value_rows.h"
#include "tables/custody_models.h"
#include "theme/empty_state.h"
#include "watch/row_parts.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr int fewestDays = 14;
constexpr int mostDays = 35;
/// Narrower than that, at 100 % text, the chart stands under the table.
constexpr int leastWidthForTwo = 900;

/// What the profile says; it needs no evidence.
Spoken written(const QString &text)
{
    return {.text = text, .status = Status::Ok, .because = {}};
}

const Freshness alwaysKnown{.kind = Freshness::Kind::Fresh, .since = {}, .error = {}};

Card *figureCard(DeploymentPage &page, const QString &title, ValueLabel *figure, ValueRows *rows)
{
    auto *card = new Card(page.theme(), &page);
    card->setTitle(title);
    auto *body = new QVBoxLayout;
    body->setSpacing(4);
    if (figure) {
        figure->setColoured(true);
        figure->setSinceShown(true);
        body->addWidget(figure);
    }
    body->addWidget(rows);
    body->addStretch();
    card->setBody(body);
    return card;
}

/// "+2.1 %": a change tells its direction.
QString signedPercent(Share share)
{
    return share.of1 > 0   ? u"+"_s + words::percent(share)
           : share.of1 < 0 ? u"−"_s + words::percent(Share{-share.of1})
                           : words::percent(share);
}

/// The one thing that all files have in common, or how many there are.
Spoken common(const QList<Told<Backup>> &files, Value<QString> Backup::*field)
{
    Spoken spoken;
    QStringList different;
    for (const Told<Backup> &row : files) {
        const Value<QString> &value = row.fact.*field;
        if (!value.has())
            continue;
        if (!different.contains(*value))
            different.append(*value);
        spoken.because = because(row.source, value);
    }
    if (!different.isEmpty())
        spoken.text = different.size() == 1 ? words::text(different.first()) : words::text(different.join(u", "_s));
    return spoken;
}
} // namespace

Columns backupSizes(const QList<Told<Backup>> &good, TimeRange range, int pixels)
{
    Columns columns;
    const double step = static_cast<double>(range.length().count()) / std::max(1, pixels);
    auto next = good.begin();
    std::optional<double> size;
    for (int i = 0; i < pixels; ++i) {
        const auto edge = [&](int column) {
            return range.from + std::chrono::milliseconds(static_cast<qint64>(column * step));
        };
        Column column{.at = edge(i)};
        std::optional<double> before = size;
        for (; next != good.end() && *next->fact.takenAt < edge(i + 1); ++next) {
            if (next->fact.size.has())
                size = static_cast<double>(next->fact.size->count);
        }
        if (size) {
            column.first = before.value_or(*size);
            column.last = *size;
            column.min = std::min(column.first, column.last);
            column.max = std::max(column.first, column.last);
            column.count = 1;
        }
        columns.append(column);
    }
    return columns;
}

BackupsPage::BackupsPage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent)
    : DeploymentPage(logbook, theme, {QString::fromLatin1(Backup::kind)}, parent)
    , m_acting(acting)
    , m_deeds(new DeedRow(*this, u"backup-act"_s, {u"backup-restore"_s}, this))
    , m_grid(new CardGrid(theme, 236, this))
    , m_lower(new QWidget(this))
    , m_lowerRow(new QBoxLayout(QBoxLayout::LeftToRight, m_lower))
    , m_table(new FactTable(*this, new BackupModel(this), u"backup"_s, m_lower))
    , m_sizes(new ChartPanel(theme, m_lower))
    , m_empty(new EmptyState(theme, this))
{
    m_grid->setItems({makeAgeCard(), makeKeptCard(), makeSizeCard(), makePlaceCard()});
    setUpTable();
    setUpChart();
    m_lowerRow->setContentsMargins(0, 0, 0, 0);
    m_lowerRow->setSpacing(12);
    m_lowerRow->addWidget(m_table, 3);
    m_lowerRow->addWidget(m_sizes, 2);
    m_empty->setObjectName(u"backups-empty"_s);
    content()->addWidget(m_grid);
    content()->addWidget(makeCalendarCard());
    content()->addWidget(m_lower, 1);
    content()->addWidget(m_deeds);
    content()->addWidget(m_empty, 1);
    m_empty->hide();
    connect(m_table, &FactTable::chosen, this, [this](const QString &key) {
        m_chosen = key;
        showDeeds();
    });
    connect(m_deeds, &DeedRow::pressed, this, &BackupsPage::act);
}

BackupPolicy BackupsPage::policy() const
{
    return logbook().profile().backupPolicy.value_or(BackupPolicy{});
}

Card *BackupsPage::makeAgeCard()
{
    m_age = new ValueLabel(*this, TextSize::Big, true);
    m_age->setObjectName(u"backup-age"_s);
    m_age->setSubject(tr("Age of the newest good backup"));
    auto *rows = new ValueRows(*this);
    m_taken = rows->add(tr("Taken"), tr("Newest good backup, taken"));
    m_file = rows->add(tr("File"), tr("Newest good backup, file"));
    m_file->setNumeric(false);
    m_file->setMayElide();
    const BackupPolicy due = policy();
    rows->add(tr("Due"), tr("Backups are due"))
        ->say(due.every.count() > 0 ? written(tr("every %1").arg(words::duration(Millis(due.every)))) : Spoken{},
              alwaysKnown);
    m_ageCard = figureCard(*this, tr("Newest good backup"), m_age, rows);
    m_ageCard->setObjectName(u"backup-age-card"_s);
    return m_ageCard;
}

Card *BackupsPage::makeKeptCard()
{
    m_kept = new ValueLabel(*this, TextSize::Big, true);
    m_kept->setObjectName(u"backup-kept"_s);
    m_kept->setSubject(tr("Good backups kept"));
    auto *rows = new ValueRows(*this);
    m_oldest = rows->add(tr("Oldest"), tr("Oldest good backup, taken"));
    m_troubled = rows->add(tr("In trouble"), tr("Files that cannot be good backups"));
    m_troubled->setObjectName(u"backup-troubled"_s);
    m_troubled->setColoured(true);
    const BackupPolicy due = policy();
    rows->add(tr("To be kept"), tr("Backups are to be kept"))
        ->say(due.keep.count() > 0 ? written(words::duration(Millis(due.keep))) : Spoken{}, alwaysKnown);
    return figureCard(*this, tr("Good ones kept"), m_kept, rows);
}

Card *BackupsPage::makeSizeCard()
{
    m_size = new ValueLabel(*this, TextSize::Big, true);
    m_size->setObjectName(u"backup-size"_s);
    m_size->setSubject(tr("Size of the newest good backup"));
    auto *rows = new ValueRows(*this);
    m_growth = rows->add(tr("Against the one before"), tr("Size against the good backup before"));
    m_growth->setObjectName(u"backup-growth"_s);
    m_growth->setColoured(true);
    m_total = rows->add(tr("All files"), tr("Size of all files"));
    return figureCard(*this, tr("Size"), m_size, rows);
}

Card *BackupsPage::makePlaceCard()
{
    auto *rows = new ValueRows(*this);
    m_location = rows->add(tr("Where"), tr("Where backups lie"));
    m_location->setObjectName(u"backup-location"_s);
    m_location->setNumeric(false);
    m_location->setMayElide();
    m_format = rows->add(tr("Format"), tr("Format of the backups"));
    m_format->setNumeric(false);
    m_format->setMayElide();
    // A drill is an action with its own record; without that record none is known, whatever was done by hand.
    ValueLabel *drill = rows->add(tr("Last restore drill"), tr("Last restore drill"));
    drill->setObjectName(u"backup-drill"_s);
    drill->setNumeric(false);
    drill->setTone(Tone::Muted);
    drill->say(written(tr("none recorded")), alwaysKnown);
    return figureCard(*this, tr("Where and how"), nullptr, rows);
}

Card *BackupsPage::makeCalendarCard()
{
    m_calendarCard = new Card(theme(), this);
    m_calendarCard->setObjectName(u"backup-calendar-card"_s);
    m_calendarCard->setTitle(tr("Day by day"));
    m_calendar = new BackupCalendar(*this);
    m_day = new ValueLabel(*this);
    m_day->setObjectName(u"backup-day"_s);
    m_day->setSubject(tr("Chosen day"));
    m_day->setNumeric(false);
    m_day->setTone(Tone::Muted);
    m_day->setMayElide();
    auto *body = new QVBoxLayout;
    body->setSpacing(8);
    body->addWidget(m_calendar);
    body->addWidget(m_day);
    m_calendarCard->setBody(body);
    connect(m_calendar, &BackupCalendar::chosen, this, [this] {
        showDay();
        const BackupDay *day = m_calendar->currentDay();
        if (const Told<Backup> *newest = day ? newestOf(*day) : nullptr)
            m_table->choose(newest->fact.id);
    });
    return m_calendarCard;
}

void BackupsPage::setUpTable()
{
    m_table->setTitle(tr("Files"));
    m_table->setFilterHint(tr("Filter by file, place or trouble"));
    m_table->setColumns({{.id = "file"_L1, .header = tr("File")},
                         {.id = "taken_at"_L1, .header = tr("Taken"), .width = 112},
                         {.id = "size"_L1, .header = tr("Size"), .width = 84},
                         {.id = "format"_L1, .header = tr("Format"), .width = 100, .from = 680},
                         {.id = "location"_L1, .header = tr("Where"), .from = 840},
                         {.id = "trouble"_L1,
                          .header = tr("Trouble"),
                          .width = 120,
                          .words = {{u"none"_s, tr("none")}},
                          .marked = true}});
}

void BackupsPage::setUpChart()
{
    m_sizes->setObjectName(u"backup-size-chart"_s);
    m_sizes->setTitle(tr("Size of the newest good backup"));
    m_sizes->setUnit(Unit::Bytes);
    m_sizes->setLines({{.label = tr("size"),
                        .columns = [this](TimeRange range, int pixels) { return backupSizes(m_good, range, pixels); },
                        .stepped = true}});
}

void BackupsPage::resizeEvent(QResizeEvent *event)
{
    DeploymentPage::resizeEvent(event);
    const bool isNarrow = width() < theme().px(leastWidthForTwo);
    m_lowerRow->setDirection(isNarrow ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
}

void BackupsPage::showView(const DeploymentView &view)
{
    const bool any = !view.backups.rows.isEmpty();
    m_grid->setVisible(any);
    m_calendarCard->setVisible(any);
    m_lower->setVisible(any);
    m_empty->setVisible(!any);
    const bool isExpected = policy().every.count() > 0;
    const Absence absence =
        absenceOf(*this, view, view.backups.freshness,
                  {.kind = QString::fromLatin1(Backup::kind),
                   .plural = tr("backups"),
                   .excluded = u"backups"_s,
                   .source = u"backup-directory"_s,
                   .none = {.status = isExpected ? Status::Down : Status::Degraded,
                            .headline = tr("There is no backup"),
                            .advice = tr("The place where backups of %1 should lie was read, and holds none. If the "
                                         "database were lost now, nothing could be restored.")
                                          .arg(logbook().profile().name)}});
    m_empty->setState(absence.status, absence.headline, absence.advice);
    m_table->showView(view, absence);
    showDeeds();
    if (!any)
        return;
    showFigures(view, figuresOf(view.backups, policy(), view.at));
    const auto kept = std::chrono::ceil<std::chrono::days>(policy().keep).count();
    m_calendar->setDays(
        backupDays(view.backups, policy(), view.at, std::clamp(static_cast<int>(kept) + 1, fewestDays, mostDays)));
    showDay();

    QList<Told<Backup>> good = view.backups.rows;
    good.removeIf([](const Told<Backup> &row) { return !isGood(row.fact) || !row.fact.takenAt.has(); });
    std::ranges::stable_sort(good, {}, [](const Told<Backup> &row) { return *row.fact.takenAt; });
    if (good.isEmpty() || good != m_good) {
        m_good = good;
        const Instant from = good.isEmpty() ? view.at - 24h : *good.first().fact.takenAt;
        m_sizes->setRange({from, std::max(view.at, from + 1h)});
        m_sizes->refresh();
    }
}

void BackupsPage::showFigures(const DeploymentView &view, const BackupFigures &figures)
{
    const Freshness freshness = view.backups.rows.first().freshness;
    // Of an old listing nobody knows how old the newest one is by now.
    const bool isFresh = freshness.kind == Freshness::Kind::Fresh;
    m_ageCard->setAccent(!isFresh            ? Status::Unknown
                         : figures.age.has() ? figures.age.status
                         : figures.isUnsure  ? Status::Unknown
                                             : Status::Degraded,
                         Card::Edge::Top);
    m_age->setColoured(figures.age.status != Status::Ok);
    m_age->say(figures.age, freshness);
    Spoken taken;
    Spoken file;
    if (const auto &newest = figures.newestGood) {
        taken = {.text = words::shortTime(*newest->fact.takenAt, view.at),
                 .status = Status::Ok,
                 .because = because(newest->source, newest->fact.takenAt)};
        file = {.text = words::text(newest->fact.id), .status = Status::Ok, .because = taken.because};
    }
    m_taken->say(taken, freshness);
    m_file->say(file, freshness);

    m_kept->setColoured(false);
    m_kept->say(figures.kept, freshness);
    Spoken oldest;
    if (const auto &first = figures.oldestGood)
        oldest = {.text = words::shortTime(*first->fact.takenAt, view.at),
                  .status = Status::Ok,
                  .because = because(first->source, first->fact.takenAt)};
    m_oldest->say(oldest, freshness);
    m_troubled->setColoured(figures.troubled.status != Status::Ok);
    m_troubled->say(figures.troubled, freshness);

    m_size->setColoured(false);
    m_size->say(figures.size, freshness);
    Spoken growth = spoken(figures.growth);
    if (figures.growth.has()) {
        growth.text = signedPercent(*figures.growth);
        growth.because = withResult(figures.growth.because, *growth.text);
    }
    m_growth->setColoured(figures.growth.status != Status::Ok);
    m_growth->say(growth, freshness);
    m_total->say(figures.total, freshness);
    m_location->say(common(view.backups.rows, &Backup::location), freshness);
    m_format->say(common(view.backups.rows, &Backup::format), freshness);
}

void BackupsPage::showDay()
{
    const BackupDay *day = m_calendar->currentDay();
    if (!day)
        return;
    const Told<Backup> *newest = newestOf(*day);
    m_day->say({.text = m_calendar->sentence(*day),
                .status = Status::Ok,
                .because = newest ? because(newest->source, newest->fact.takenAt) : Because{}},
               newest ? newest->freshness : alwaysKnown);
}

// The files tell of days; the page's range is of minutes and hours.
void BackupsPage::showSeries(TimeRange) {}

const Backup *BackupsPage::chosen() const
{
    const QList<Told<Backup>> &all = logbook().view().backups.rows;
    const auto found = std::ranges::find_if(
        all, [this](const auto &told) { return told.fact.location.valueOr({}) + u'\n' + told.fact.id == m_chosen; });
    if (found != all.end())
        return &found->fact;
    return m_chosen.isEmpty() && !m_good.isEmpty() ? &m_good.last().fact : nullptr; // another is not meant
}

QString BackupsPage::whyNot(const Backup &backup) const
{
    const auto action = restoreActionOf(logbook().profile());
    if (!action)
        return tr("It cannot be restored from here: %1.").arg(words::text(action.error().message));
    if (isBad(backup))
        return tr("It cannot be restored: %1.").arg(words::text(backup.trouble.valueOr({})));
    return {};
}

void BackupsPage::showDeeds()
{
    const Backup *backup = chosen();
    m_deeds->setVisible(backup != nullptr && !onlyWatches(m_acting));
    if (backup != nullptr)
        m_deeds->show({tr("Restore %1").arg(words::text(backup->id))}, whyNot(*backup));
}

void BackupsPage::act()
{
    const Backup *backup = chosen();
    const auto action = restoreActionOf(logbook().profile());
    if (backup != nullptr && action && whyNot(*backup).isEmpty())
        Q_EMIT actionRequested(*action, {.resource = backup->id, .set = {}, .author = {}, .reason = {}});
}

} // namespace qd
