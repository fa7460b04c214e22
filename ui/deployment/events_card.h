/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/card.h"

namespace qd {

class DeploymentPage;
class FittingRows;

/// What changed in the range, newest first; without the echo of a breaker in a health check of its name.
class EventsCard : public Card
{
    Q_OBJECT

public:
    explicit EventsCard(DeploymentPage &page, QWidget *parent = nullptr);

    void showEvents(const DeploymentView &view, TimeRange range);

    static constexpr int most = 20;

private:
    struct Row
    {
        Label *time;
        GlyphLabel *glyph;
        Label *sentence;
    };
    void makeRow();
    void tellRest();
    Label *m_nothing;
    FittingRows *m_list;
    QString m_lastDeploy; ///< "last deploy 3 d ago"; empty where none is told
    QString m_deployedAt;
    qsizetype m_inRange = 0;
    QList<Row> m_rows;
};

} // namespace qd
