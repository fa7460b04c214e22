/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/backup_calendar.h"

#include "deployment/deployment_page.h"
#include "deployment/value_label.h"
#include "theme/glyph.h"
#include "watch/row_parts.h"

#include <QDateTime>
#include <QLocale>
#include <QPainter>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int leastCell = 44;
constexpr int gap = 4;

QDate dateOf(const BackupDay &day)
{
    return QDateTime::fromMSecsSinceEpoch(day.from.time_since_epoch().count()).date();
}

std::optional<Status> statusOf(BackupDay::Kind kind)
{
    switch (kind) {
    case BackupDay::Kind::Good:
        return Status::Ok;
    case BackupDay::Kind::Bad:
        return Status::Down;
    case BackupDay::Kind::Missing:
        return Status::Degraded;
    case BackupDay::Kind::Unknown:
        return Status::Unknown;
    case BackupDay::Kind::Due:
    case BackupDay::Kind::Quiet:
    case BackupDay::Kind::Beyond:
        break;
    }
    return {};
}

QString wordOf(BackupDay::Kind kind)
{
    switch (kind) {
    case BackupDay::Kind::Missing:
        return BackupCalendar::tr("none");
    case BackupDay::Kind::Due:
        return BackupCalendar::tr("due");
    case BackupDay::Kind::Good:
    case BackupDay::Kind::Bad:
    case BackupDay::Kind::Unknown:
    case BackupDay::Kind::Quiet:
    case BackupDay::Kind::Beyond:
        break;
    }
    return {};
}

QString emptyDay(BackupDay::Kind kind)
{
    switch (kind) {
    case BackupDay::Kind::Missing:
        return BackupCalendar::tr("no backup, and one was due");
    case BackupDay::Kind::Due:
        return BackupCalendar::tr("none yet; it is not late");
    case BackupDay::Kind::Quiet:
        return BackupCalendar::tr("no backup, and none was due");
    case BackupDay::Kind::Beyond:
        return BackupCalendar::tr("backups are not kept for so long");
    case BackupDay::Kind::Unknown:
        return BackupCalendar::tr("not known: nobody has looked since");
    case BackupDay::Kind::Good:
    case BackupDay::Kind::Bad:
        break;
    }
    return {};
}
} // namespace

const Told<Backup> *newestOf(const BackupDay &day)
{
    const auto good = std::ranges::find_if(day.files.rbegin(), day.files.rend(),
                                           [](const Told<Backup> &row) { return isGood(row.fact); });
    if (good != day.files.rend())
        return &*good;
    return day.files.isEmpty() ? nullptr : &day.files.last();
}

BackupCalendar::BackupCalendar(DeploymentPage &page, QWidget *parent)
    : PaintedItems(page, u"backup-calendar"_s, parent)
{
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void BackupCalendar::setDays(const QList<BackupDay> &days)
{
    if (days == m_days)
        return;
    const bool another = days.size() != m_days.size();
    m_days = days;
    renew(another);
}

const BackupDay *BackupCalendar::currentDay() const
{
    return current() < 0 ? nullptr : &m_days[current()];
}

int BackupCalendar::preferred() const
{
    const auto last =
        std::ranges::find_if(m_days.rbegin(), m_days.rend(), [](const BackupDay &day) { return !day.files.isEmpty(); });
    return last == m_days.rend() ? count() - 1 : static_cast<int>(m_days.rend() - last) - 1;
}

Because BackupCalendar::becauseAt(int index) const
{
    const Told<Backup> *newest = newestOf(m_days[index]);
    return newest ? because(newest->source, newest->fact.takenAt) : Because();
}

QString BackupCalendar::sentence(const BackupDay &day) const
{
    const QString date = QLocale::c().toString(dateOf(day), u"ddd d MMM"_s);
    const Told<Backup> *newest = newestOf(day);
    if (!newest)
        return u"%1: %2"_s.arg(date, emptyDay(day.kind));
    const Backup &backup = newest->fact;
    QStringList parts{words::text(backup.id)};
    if (backup.size.has())
        parts.append(words::bytes(*backup.size));
    parts.append(tr("taken %1").arg(words::shortTime(*backup.takenAt)));
    if (isBad(backup))
        parts.append(words::text(*backup.trouble));
    else if (!isGood(backup))
        parts.append(tr("could not be read, so nobody knows whether it is one"));
    if (day.files.size() > 1)
        parts.append(tr("the newest of %1").arg(day.files.size()));
    return u"%1: %2"_s.arg(date, parts.join(u", "_s));
}

int BackupCalendar::columnsFor(int width) const
{
    const int most = std::max<int>(1, static_cast<int>(m_days.size()));
    const int least = theme().px(leastCell);
    const int fit = std::clamp((width + gap) / (least + gap), 1, most);
    const int rows = (most + fit - 1) / fit;
    return (most + rows - 1) / rows;
}

int BackupCalendar::cellHeight() const
{
    const Theme &theme = page().theme();
    return 2 * QFontMetrics(theme.font(TextSize::Caption)).height() + theme.px(16 + 14);
}

int BackupCalendar::heightForWidth(int width) const
{
    const int columns = columnsFor(width);
    const int rows = (static_cast<int>(m_days.size()) + columns - 1) / columns;
    return std::max(rows, 1) * (cellHeight() + gap) - gap;
}

// Of one row: how many there are depends on the width.
QSize BackupCalendar::sizeHint() const
{
    return {theme().px(leastCell) * 14, cellHeight()};
}

QSize BackupCalendar::minimumSizeHint() const
{
    return {theme().px(leastCell) * 4, cellHeight()};
}

QRect BackupCalendar::cell(int index) const
{
    const int columns = columnsFor(width());
    const double step = static_cast<double>(width() + gap) / columns;
    const int column = index % columns;
    const int left = static_cast<int>(column * step);
    const int right = static_cast<int>((column + 1) * step) - gap;
    return {left, index / columns * (cellHeight() + gap), right - left, cellHeight()};
}

int BackupCalendar::indexAt(QPoint at) const
{
    for (int i = 0; i < m_days.size(); ++i) {
        if (cell(i).contains(at))
            return i;
    }
    return -1;
}

void BackupCalendar::paintDay(QPainter &painter, const QRect &box, const BackupDay &day, bool isFirst) const
{
    const Theme &theme = page().theme();
    const Colours &c = theme.colours();
    const std::optional<Status> status = statusOf(day.kind);
    const bool isEmpty = day.files.isEmpty();
    QPen pen(c.line, 1);
    if (status && *status != Status::Ok)
        pen.setColor(theme.colourOf(*status));
    if (isEmpty)
        pen.setStyle(Qt::DashLine);
    painter.setPen(pen);
    painter.setBrush(day.kind == BackupDay::Kind::Good  ? QBrush(blended(c.okBack, c.surface))
                     : day.kind == BackupDay::Kind::Bad ? QBrush(blended(c.downBack, c.surface))
                                                        : QBrush(Qt::NoBrush));
    if (day.kind != BackupDay::Kind::Beyond)
        painter.drawRoundedRect(QRectF(box).adjusted(.5, .5, -.5, -.5), 6, 6);

    const QFontMetrics metrics(theme.font(TextSize::Caption));
    const QDate date = dateOf(day);
    const bool namesMonth = isFirst || date.day() == 1;
    QString name = QLocale::c().toString(date, namesMonth ? u"d MMM"_s : u"d"_s);
    if (metrics.horizontalAdvance(name) > box.width() - 4)
        name = QString::number(date.day());
    painter.setFont(theme.font(TextSize::Caption));
    painter.setPen(day.kind == BackupDay::Kind::Beyond ? c.faint : c.muted);
    QRect line(box.left(), box.top() + theme.px(4), box.width(), metrics.height());
    painter.drawText(line, Qt::AlignCenter, name);

    const QString word = wordOf(day.kind);
    const int side = theme.px(14);
    const QRect middle(box.left(), line.bottom() + theme.px(4), box.width(), side);
    if (status)
        paintGlyph(painter, QRectF(middle.center().x() - side / 2.0, middle.top(), side, side), *status, c);
    const Told<Backup> *newest = newestOf(day);
    QString under = newest && newest->fact.size.has() ? words::bytes(*newest->fact.size) : word;
    if (metrics.horizontalAdvance(under) > box.width() - 4)
        return;
    line.moveTop(middle.bottom() + theme.px(4));
    painter.setPen(newest ? c.text : status ? theme.colourOf(*status) : c.muted);
    painter.drawText(line, Qt::AlignCenter, under);
}

void BackupCalendar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    for (int i = 0; i < m_days.size(); ++i)
        paintDay(painter, cell(i), m_days[i], i == 0);
    if (current() < 0 || (!isFramed() && !isChosen()))
        return;
    const QRect box = cell(current());
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(isFramed() ? theme().colours().accent : theme().colours().muted, isFramed() ? 2 : 1));
    painter.drawRoundedRect(QRectF(box).adjusted(1, 1, -1, -1), 6, 6);
}

} // namespace qd
