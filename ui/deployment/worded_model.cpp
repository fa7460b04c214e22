/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/worded_model.h"

#include "charts/ticks.h"
#include "deployment/value_label.h"

#include <QDateTime>

#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
bool isNumber(CellUnit unit)
{
    return unit == CellUnit::Count || unit == CellUnit::Number || unit == CellUnit::Bytes ||
           unit == CellUnit::PerSecond || unit == CellUnit::Share || unit == CellUnit::Milliseconds;
}

QString wordsOf(const QVariant &value, CellUnit unit)
{
    switch (unit) {
    case CellUnit::Count:
        return words::count(value.toLongLong());
    case CellUnit::Bytes:
        return words::bytes({value.toLongLong()});
    case CellUnit::PerSecond:
        return words::rate(PerSecond{value.toDouble()});
    case CellUnit::Number:
        return unitText(value.toDouble(), Unit::Number);
    case CellUnit::Share:
        return words::percent(Share{value.toDouble()});
    case CellUnit::Milliseconds:
        return words::duration(Millis{value.toDouble()});
    case CellUnit::KeyState:
        return words::say(value.value<KeyState>());
    case CellUnit::Status:
        return words::say(value.value<Status>());
    case CellUnit::Level:
        return words::say(value.value<Level>());
    case CellUnit::BreakerState:
        return words::say(value.value<BreakerState>());
    default:
        return {};
    }
}

QString wordsOf(const QVariant &value, CellUnit unit, const QString &name)
{
    const QString text = wordsOf(value, unit);
    if (name.isEmpty() || (unit != CellUnit::Number && unit != CellUnit::PerSecond))
        return text;
    const QString of = words::text(name);
    if (unit == CellUnit::Number)
        return u"%1 %2"_s.arg(text, of);
    if (name == "bytes"_L1)
        return u"%1/s"_s.arg(words::bytes({std::llround(value.toDouble())}));
    return text.endsWith(u"/s"_s) ? u"%1%2/s"_s.arg(text.chopped(2), of) : text;
}

void WordedModel::setHeader(const QString &columnId, const QString &text)
{
    m_headers.insert(columnId, text);
}

void WordedModel::setWords(const QString &columnId, const QHash<QString, QString> &words)
{
    m_words.insert(columnId, words);
}

void WordedModel::setNow(Instant now)
{
    const auto day = [](Instant at) { return QDateTime::fromMSecsSinceEpoch(at.time_since_epoch().count()).date(); };
    const bool isAnotherDay = day(now) != day(m_now);
    m_now = now;
    if (isAnotherDay && rowCount() > 0)
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1), {Qt::DisplayRole});
}

QString WordedModel::columnId(int column) const
{
    return QIdentityProxyModel::headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
}

QString WordedModel::momentText(const QString &columnId, Instant at) const
{
    const auto part = m_timeParts.constFind(columnId);
    if (part == m_timeParts.cend())
        return words::shortTime(at, m_now);
    if (*part == TimePart::Clock)
        return words::clockTime(at);
    const auto dayOf = [](Instant t) { return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count()).date(); };
    const QDate day = dayOf(at);
    if (day == dayOf(m_now))
        return tr("Today");
    if (day.addDays(1) == dayOf(m_now))
        return tr("Yesterday");
    return QLocale::c().toString(day, day.year() == dayOf(m_now).year() ? u"ddd d MMM"_s : u"d MMM yyyy"_s);
}

QString WordedModel::worded(const QModelIndex &index, const QVariant &value) const
{
    const auto unit = QIdentityProxyModel::data(index, UnitRole).value<CellUnit>();
    if (unit == CellUnit::Moment)
        return momentText(columnId(index.column()), Instant{std::chrono::milliseconds(value.toLongLong())});
    const auto named = m_units.constFind(columnId(index.column()));
    const QString text = named == m_units.cend()
                             ? wordsOf(value, unit)
                             : wordsOf(value, unit, index.siblingAtColumn(*named).data(ValueRole).toString());
    return text.isNull()
               ? m_words.value(columnId(index.column())).value(value.toString(), words::text(value.toString()))
               : text;
}

QString WordedModel::countdown(const QModelIndex &index, int role) const
{
    const QVariant left = QIdentityProxyModel::data(index, ValueRole);
    const auto freshness = QIdentityProxyModel::data(index, FreshnessRole).value<Freshness>();
    const bool told = left.isValid() && freshness.kind == Freshness::Kind::Fresh;
    if (!told)
        return role == Qt::DisplayRole ? u"–"_s : plainToolTip(tr("Not known: the counter cannot be read now"));
    const Millis whole{std::ceil(left.toDouble() / 1000) * 1000};
    const QString text = whole.count() > 0 ? words::duration(whole) : tr("now");
    return role == Qt::DisplayRole ? text : plainToolTip(text);
}

QVariant WordedModel::data(const QModelIndex &index, int role) const
{
    const auto raw = [&](int which) { return QIdentityProxyModel::data(index, which); };
    const auto unit = raw(UnitRole).value<CellUnit>();
    if (role == Qt::TextAlignmentRole)
        return alignment(index.column(), unit);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return raw(role);
    if (columnId(index.column()) == m_countdown)
        return countdown(index, role);
    const QVariant value = raw(ValueRole);
    if (value.userType() == QMetaType::QString && value.toString().isEmpty())
        return role == Qt::DisplayRole ? m_blanks.value(columnId(index.column())) : QVariant();
    // It was looked for, and there was none: that is known, however old.
    const auto freshness = raw(FreshnessRole).value<Freshness>();
    const bool isNone = (freshness.kind == Freshness::Kind::Fresh || freshness.kind == Freshness::Kind::Stale) &&
                        raw(BecauseRole).value<Because>().origin.exchange >= 0;
    const auto none = m_nones.constFind(columnId(index.column()));
    const QString text = value.isValid()                    ? worded(index, value)
                         : isNone && none != m_nones.cend() ? *none
                                                            : words::missing(isNone ? Freshness{} : freshness);
    return role == Qt::DisplayRole
               ? text
               : plainToolTip(value.userType() == QMetaType::QString && !m_words.contains(columnId(index.column()))
                                  ? value.toString()
                              : value.isValid() || isNone                ? text
                              : freshness.kind == Freshness::Kind::Fresh ? tr("not measured")
                                                                         : words::freshness(freshness, m_now));
}

QVariant WordedModel::alignment(int column, CellUnit unit) const
{
    const QString id = columnId(column);
    const bool isRight = m_right.contains(id) || (isNumber(unit) && !m_bars.contains(id));
    return QVariant::fromValue(Qt::Alignment((isRight ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
}

QVariant WordedModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const QVariant below = QIdentityProxyModel::headerData(section, orientation, role);
    if (orientation != Qt::Horizontal)
        return below;
    if (role == Qt::DisplayRole)
        return m_headers.value(below.toString(), below.toString());
    if (role == Qt::TextAlignmentRole)
        return alignment(section, QIdentityProxyModel::headerData(section, orientation, UnitRole).value<CellUnit>());
    return below;
}

} // namespace qd
