/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/clock.h"
#include "theme/theme.h"

#include <QIdentityProxyModel>

namespace qd {

struct LimitView;
struct TierView;

/// "5/5", of limitText() what is counted.
[[nodiscard]] QString usedText(const LimitView &limit);
/// "auth 5/5": the tier, what is used and what is allowed. What was refused beyond it is not used.
[[nodiscard]] QString limitText(const LimitView &limit);

/// "65 refused": in the last minute, of a tier that refuses much.
[[nodiscard]] QString refusedText(const TierView &tier);

/// Words, glyphs and colours over the fleet's table, which knows none.
class FleetTexts : public QIdentityProxyModel
{
    Q_OBJECT

public:
    FleetTexts(const Theme &theme, const Clock &clock, QObject *parent = nullptr);

    /// Shorter titles of the columns, where there is little room.
    void setShort(bool isShort);
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString text(const QModelIndex &index) const;
    [[nodiscard]] QVariant allReasons(const QModelIndex &index) const;
    [[nodiscard]] QVariant colour(const QModelIndex &index) const;
    [[nodiscard]] QVariant glyph(const QModelIndex &index) const;
    const Theme &m_theme;
    const Clock &m_clock;
    bool m_isShort = false;
};

} // namespace qd
