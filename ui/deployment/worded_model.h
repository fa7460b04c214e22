/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/units.h"

#include "tables/roles.h"

#include <QIdentityProxyModel>
#include <QSet>

namespace qd {

/// A table of models/ in words: headers with names, values with units, missing ones told apart. Qt::DisplayRole,
/// alignment and tooltips are its own; every other role is the model's below.
class WordedModel : public QIdentityProxyModel
{
    Q_OBJECT

public:
    using QIdentityProxyModel::QIdentityProxyModel;

    /// What stands over the column of that id.
    void setHeader(const QString &columnId, const QString &text);

    /// What that column's codes are in words ("in-use": "in use").
    void setWords(const QString &columnId, const QHash<QString, QString> &words);

    /// Times of today are told without their day.
    void setNow(Instant now);

    /// What that column tells of its moments: the day ("Today", "Fri 20 Nov"), or the time to the second; else both,
    /// to the minute.
    enum class TimePart { Day, Clock };
    void setTimePart(const QString &columnId, TimePart part) { m_timeParts.insert(columnId, part); }

    /// What stands in that column where a text is empty.
    void setBlank(const QString &columnId, const QString &text) { m_blanks.insert(columnId, text); }

    /// What stands in that column where it was looked for and there is none: "never", "none". What was not measured is
    /// told by words::missing().
    void setNone(const QString &columnId, const QString &text) { m_nones.insert(columnId, text); }

    /// That column stands at the right, whatever its cells hold: words among numbers.
    void setRight(const QString &columnId) { m_right.insert(columnId); }

    /// Another column of the row names the unit of that one's numbers, where it names one: "12 orders".
    void setUnits(const QString &columnId, int unitColumn) { m_units.insert(columnId, unitColumn); }

    /// That column's shares are painted as bars, which begin at the left.
    void setBar(const QString &columnId) { m_bars.insert(columnId); }

    /// That column counts down to a moment: whole seconds, and nothing where the reading is old.
    void setCountdown(const QString &columnId) { m_countdown = columnId; }

    [[nodiscard]] QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString columnId(int column) const;
    [[nodiscard]] QVariant alignment(int column, CellUnit unit) const;
    [[nodiscard]] QString momentText(const QString &columnId, Instant at) const;
    [[nodiscard]] QString worded(const QModelIndex &index, const QVariant &value) const;
    [[nodiscard]] QString countdown(const QModelIndex &index, int role) const;
    QHash<QString, QString> m_headers;
    QHash<QString, QHash<QString, QString>> m_words;
    QHash<QString, QString> m_blanks;
    QHash<QString, QString> m_nones;
    QSet<QString> m_right;
    QHash<QString, int> m_units;
    QSet<QString> m_bars;
    QHash<QString, TimePart> m_timeParts;
    QString m_countdown;
    Instant m_now{};
};

/// Whether values of that unit are set in digits, one below the other.
[[nodiscard]] bool isNumber(CellUnit unit);

/// A value of a cell that is neither text nor a moment, with its unit.
[[nodiscard]] QString wordsOf(const QVariant &value, CellUnit unit);
/// The same where a number or a growth is of `name`: "12 orders", "0.4 orders/s"; of bytes as bytes are written.
[[nodiscard]] QString wordsOf(const QVariant &value, CellUnit unit, const QString &name);

} // namespace qd
