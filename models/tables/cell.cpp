/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "tables/cell.h"

using namespace Qt::StringLiterals;

namespace qd {

namespace {

QString codes(const QList<Reason> &reasons)
{
    QStringList words;
    for (const Reason &reason : reasons)
        words += reason.subject.isEmpty() ? toWord(reason.status) : reason.subject;
    return words.join(u", "_s);
}

QString kinds(const QList<Refusal> &refusals)
{
    QStringList words;
    for (const Refusal &refusal : refusals)
        words += refusal.what;
    return words.join(u", "_s);
}

} // namespace

Cell given(const QString &text)
{
    return {.value = text, .unit = CellUnit::Text, .known = Known::Measured, .status = {}, .because = {}};
}

Cell given(CellUnit unit, const QVariant &value)
{
    return {.value = value,
            .unit = unit,
            .known = value.isValid() ? Known::Measured : Known::NotMeasured,
            .status = {},
            .because = {}};
}

QString plainText(const Cell &cell)
{
    if (!cell.value.isValid())
        return {};
    switch (cell.unit) {
    case CellUnit::Text:
        return cell.value.toString();
    case CellUnit::Count:
    case CellUnit::Bytes:
    case CellUnit::Moment:
        return QString::number(cell.value.toLongLong());
    case CellUnit::PerSecond:
    case CellUnit::Number:
    case CellUnit::Share:
    case CellUnit::Milliseconds:
        return QString::number(cell.value.toDouble());
    case CellUnit::Status:
        return toWord(cell.value.value<Status>());
    case CellUnit::Level:
        return toWord(cell.value.value<Level>());
    case CellUnit::BreakerState:
        return toWord(cell.value.value<BreakerState>());
    case CellUnit::KeyState:
        return toWord(cell.value.value<KeyState>());
    case CellUnit::Freshness:
        return toWord(cell.value.value<Freshness>().kind);
    case CellUnit::Error:
        return cell.value.value<Error>().message;
    case CellUnit::Refusals:
        return kinds(cell.value.value<QList<Refusal>>());
    case CellUnit::Reasons:
        return codes(cell.value.value<QList<Reason>>());
    case CellUnit::Event:
        return cell.value.value<Event>().subject;
    }
    return {};
}

QVariant sortKey(const Cell &cell)
{
    if (!cell.value.isValid())
        return {};
    switch (cell.unit) {
    case CellUnit::Count:
    case CellUnit::Bytes:
    case CellUnit::Moment:
    case CellUnit::PerSecond:
    case CellUnit::Number:
    case CellUnit::Share:
    case CellUnit::Milliseconds:
        return cell.value.toDouble();
    case CellUnit::Status:
        return double(cell.value.value<Status>());
    case CellUnit::Level:
        return double(cell.value.value<Level>());
    case CellUnit::BreakerState:
        return double(cell.value.value<BreakerState>());
    case CellUnit::KeyState:
        return double(cell.value.value<KeyState>());
    case CellUnit::Freshness:
        return double(cell.value.value<Freshness>().kind);
    case CellUnit::Refusals:
        return double(cell.value.value<QList<Refusal>>().size());
    case CellUnit::Text:
    case CellUnit::Error:
    case CellUnit::Reasons:
    case CellUnit::Event:
        return plainText(cell);
    }
    return {};
}

} // namespace qd
