/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fleet/fleet_texts.h"

#include "base/clock.h"
#include "charts/news.h"
#include "history/logbook.h"
#include "tables/fleet_model.h"
#include "theme/glyph.h"
#include "words/headline.h"
#include "words/words.h"

#include <QGuiApplication>
#include <QPainter>
#include <QPixmap>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QString wordsOf(CellUnit unit, const QVariant &value)
{
    switch (unit) {
    case CellUnit::Count:
        return words::text(value.value<qint64>());
    case CellUnit::Share:
        return words::text(Share{value.toDouble()});
    case CellUnit::PerSecond:
        return words::text(PerSecond{value.toDouble()});
    case CellUnit::Milliseconds:
        return words::text(Millis{value.toDouble()});
    default:
        return words::text(value.toString());
    }
}

/// What a profile calls the cell's subject where it says that the deployment has none.
QString wantedOf(const QModelIndex &index, const FleetModel &fleet)
{
    if (index.column() == fleet.columnOf("open_breakers"_L1))
        return u"breakers"_s;
    if (index.column() == fleet.columnOf("hit_rate"_L1))
        return u"cache"_s;
    if (index.column() == fleet.columnOf("backup_age"_L1))
        return u"backups"_s;
    if (index.column() == fleet.columnOf("key_age"_L1))
        return u"signing_keys"_s;
    return index.column() == fleet.columnOf("nearest_limit"_L1) ? u"limits"_s : QString();
}

/// There is a value, and it is the last one known.
bool isOld(const QModelIndex &index)
{
    const auto known = index.data(KnownRole).value<Known>();
    return index.data(ValueRole).isValid() && (known == Known::Stale || known == Known::Refused);
}
} // namespace

QString usedText(const LimitView &limit)
{
    Shown<qint64> used = limit.used;
    if (used.has() && limit.limit.has())
        used.value = std::min(*used, *limit.limit);
    return u"%1/%2"_s.arg(words::valueText(used, limit.freshness), words::valueText(limit.limit, limit.freshness));
}

QString limitText(const LimitView &limit)
{
    return u"%1 %2"_s.arg(words::text(limit.tier), usedText(limit));
}

QString refusedText(const TierView &tier)
{
    return FleetTexts::tr("%1 refused").arg(words::count(tier.refused.value.value_or(0)));
}

FleetTexts::FleetTexts(const Theme &theme, const Clock &clock, QObject *parent)
    : QIdentityProxyModel(parent)
    , m_theme(theme)
    , m_clock(clock)
{
}

void FleetTexts::setShort(bool isShort)
{
    if (m_isShort == isShort)
        return;
    m_isShort = isShort;
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

QVariant FleetTexts::data(const QModelIndex &index, int role) const
{
    switch (role) {
    case Qt::DisplayRole:
        return isOld(index) ? words::missing({.kind = Freshness::Kind::Stale, .since = {}, .error = {}}) : text(index);
    case Qt::ToolTipRole:
        if (index.data(UnitRole).value<CellUnit>() == CellUnit::Reasons)
            return allReasons(index);
        return isOld(index) ? u"<span>%1</span>"_s.arg(tr("was %1").arg(text(index)).toHtmlEscaped()) : QVariant();
    case Qt::ForegroundRole:
        return colour(index);
    case Qt::DecorationRole:
        return glyph(index);
    case Qt::TextAlignmentRole: {
        const auto unit = index.data(UnitRole).value<CellUnit>();
        const bool isNumber = unit == CellUnit::Count || unit == CellUnit::Share || unit == CellUnit::PerSecond ||
                              unit == CellUnit::Milliseconds || unit == CellUnit::Moment;
        return QVariant::fromValue(Qt::AlignVCenter | (isNumber ? Qt::AlignRight : Qt::AlignLeft));
    }
    default:
        return QIdentityProxyModel::data(index, role);
    }
}

QString FleetTexts::text(const QModelIndex &index) const
{
    const QVariant value = index.data(ValueRole);
    const auto unit = index.data(UnitRole).value<CellUnit>();
    const auto *fleet = qobject_cast<const FleetModel *>(sourceModel());
    const Logbook *logbook = fleet == nullptr ? nullptr : fleet->logbookAt(index.row());
    if (logbook != nullptr && unit == CellUnit::Status)
        return words::statusLine(logbook->view());
    if (logbook != nullptr && unit == CellUnit::Reasons)
        return shortly(words::headline(logbook->view()));
    if (logbook != nullptr && value.isValid() && index.column() == fleet->columnOf("nearest_limit"_L1)) {
        if (const TierView *tier = refusingTier(logbook->view()))
            return u"%1 %2"_s.arg(words::text(tier->tier), refusedText(*tier));
        const LimitView *nearest = logbook->view().nearestLimit();
        return nearest == nullptr ? words::missing(index.data(FreshnessRole).value<Freshness>()) : limitText(*nearest);
    }
    if (fleet != nullptr && index.column() == fleet->columnOf("since"_L1))
        return value.isValid() ? newsTime(Instant(std::chrono::milliseconds(value.toLongLong())), m_clock.now())
                               : QString();
    if (unit == CellUnit::Moment && value.isValid())
        return words::ago(Instant(std::chrono::milliseconds(value.toLongLong())), m_clock.now());
    if (!value.isValid()) {
        const bool hasNone = logbook != nullptr && !wantedOf(index, *fleet).isEmpty() &&
                             logbook->profile().unavailable.contains(wantedOf(index, *fleet));
        return hasNone ? tr("n/a") : words::missing(index.data(FreshnessRole).value<Freshness>());
    }
    return wordsOf(unit, value);
}

/// A cell has room for the worst of them.
QVariant FleetTexts::allReasons(const QModelIndex &index) const
{
    const auto *fleet = qobject_cast<const FleetModel *>(sourceModel());
    const Logbook *logbook = fleet == nullptr ? nullptr : fleet->logbookAt(index.row());
    if (logbook == nullptr)
        return {};
    const DeploymentView &view = logbook->view();
    QStringList parts{words::headline(view, view.reasons.size()), words::unexplained(view)};
    parts.removeAll(QString());
    return parts.isEmpty() ? QVariant() : u"<span>%1</span>"_s.arg(parts.join(u". "_s).toHtmlEscaped());
}

QVariant FleetTexts::colour(const QModelIndex &index) const
{
    const auto unit = index.data(UnitRole).value<CellUnit>();
    auto status = index.data(StatusRole).value<Status>();
    if (unit == CellUnit::Status)
        return m_theme.colourOf(status);
    const auto *fleet = qobject_cast<const FleetModel *>(sourceModel());
    const Logbook *logbook = fleet == nullptr ? nullptr : fleet->logbookAt(index.row());
    if (logbook != nullptr && index.column() == fleet->columnOf("nearest_limit"_L1))
        status = limitMark(status, logbook->view().status);
    if (unit == CellUnit::Text || unit == CellUnit::Reasons || unit == CellUnit::Moment)
        return unit == CellUnit::Text && index.column() == 0 ? m_theme.colours().text : m_theme.colours().muted;
    if (index.data(KnownRole).value<Known>() != Known::Measured)
        return m_theme.colours().stale;
    return status == Status::Degraded || status == Status::Down ? m_theme.colourOf(status) : m_theme.colours().text;
}

QVariant FleetTexts::glyph(const QModelIndex &index) const
{
    if (index.data(UnitRole).value<CellUnit>() != CellUnit::Status)
        return {};
    const int size = m_theme.px(14);
    const double ratio = qGuiApp->devicePixelRatio();
    QPixmap pixmap(QSize(size, size) * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paintGlyph(painter, QRectF(0, 0, size, size), index.data(StatusRole).value<Status>(), m_theme.colours());
    return pixmap;
}

QVariant FleetTexts::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return QIdentityProxyModel::headerData(section, orientation, role);
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter | (section == 4 || section >= 6 ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole)
        return QIdentityProxyModel::headerData(section, orientation, role);
    const QStringList titles{tr("Name"),          tr("Title"),       tr("Environment"),   tr("Status"),
                             tr("Since"),         tr("Why"),         tr("Open breakers"), tr("Lowest hit rate"),
                             tr("Nearest limit"), tr("p95 latency"), tr("Requests"),      tr("Last backup"),
                             tr("Key age"),       tr("Last answer")};
    if (!m_isShort)
        return titles.value(section);
    const QStringList shorter{tr("Name"),     tr("Title"),  tr("Environment"), tr("Status"), tr("Since"),
                              tr("Why"),      tr("Open"),   tr("Hit rate"),    tr("Limit"),  tr("p95"),
                              tr("Requests"), tr("Backup"), tr("Key"),         tr("Answer")};
    return shorter.value(section);
}

} // namespace qd
