/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "history/logbook.h"
#include "theme/card.h"

namespace qd {

class Figure;
class StateStrip;

/// One deployment on the wall. A click, Enter or Space opens it.
class Tile : public Card
{
    Q_OBJECT

public:
    /// `logbook` and `theme` must outlive the tile.
    Tile(const Logbook &logbook, const Theme &theme, QWidget *parent = nullptr);

    [[nodiscard]] const Logbook &logbook() const { return m_logbook; }
    /// Shows the logbook's view; the strip covers `range`.
    void refresh(TimeRange range);

Q_SIGNALS:
    void opened(const QString &deployment);
    void whyRequested(const QString &deployment, const qd::Because &because, const QString &label);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    Figure *addMetric(QLayout *row, const QString &caption, const QString &shortCaption, const char *name);
    void fitFigures();
    [[nodiscard]] bool hasNot(QStringView what) const;
    void showBreakers(const DeploymentView &view);
    void showCache(const DeploymentView &view);
    void showLimit(const DeploymentView &view);
    void showRequests(const DeploymentView &view);
    void showCustody(const DeploymentView &view);
    const Logbook &m_logbook;
    Label *m_word;
    Label *m_since;
    Label *m_reason;
    StateStrip *m_strip;
    QLayout *m_firstRow = nullptr;
    QLayout *m_secondRow = nullptr; ///< of figures, where one has no room for all
    Figure *m_breakers;
    Figure *m_hitRate;
    Figure *m_limit;
    Figure *m_latency;
    Figure *m_requests;
    Figure *m_backup;
    Figure *m_key;
    bool m_pressed = false;
};

} // namespace qd
