/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/card.h"

class QGridLayout;

namespace qd {

class DeploymentPage;

/// What changed in the range, newest first.
class EventsCard : public Card
{
    Q_OBJECT

public:
    explicit EventsCard(DeploymentPage &page, QWidget *parent = nullptr);

    void showEvents(const QList<Event> &events, TimeRange range);

    static constexpr int shown = 6;

private:
    struct Row
    {
        Label *time;
        GlyphLabel *glyph;
        Label *sentence;
    };
    DeploymentPage &m_page;
    Label *m_nothing;
    QList<Row> m_rows;
};

} // namespace qd
