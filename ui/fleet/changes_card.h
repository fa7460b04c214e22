/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/card.h"

class QGridLayout;

namespace qd {

/// An event with the deployment it belongs to.
struct FleetChange
{
    QString deployment;
    Event event;
    bool operator==(const FleetChange &) const = default;
};

/// What changed over all deployments, newest first.
class ChangesCard : public Card
{
    Q_OBJECT

public:
    explicit ChangesCard(const Theme &theme, QWidget *parent = nullptr);

    /// `now` decides how times are written. The newest `mostRows` are shown, among them
    /// the newest of each deployment.
    void setChanges(const QList<FleetChange> &changes, Instant now);
    /// What stands there where nothing changed.
    void setNothingText(const QString &text);

    static constexpr qsizetype mostRows = 10;

private:
    struct RowWidgets
    {
        Label *time;
        GlyphLabel *glyph;
        Label *name;
        Label *sentence;
    };
    void growTo(qsizetype rows);
    QGridLayout *m_grid;
    Label *m_nothing;
    QList<RowWidgets> m_rows;
    QList<FleetChange> m_shown;
};

} // namespace qd
