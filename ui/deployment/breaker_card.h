/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "history/series_store.h"
#include "theme/card.h"
#include "watch/view.h"

namespace qd {

class BreakerGlyph;
class DeploymentPage;
class MeterBar;
class StateStrip;
class ValueLabel;

/// One circuit breaker: its glyph, state, countdown, failures against its threshold, and its states over the range.
/// A click, Space or Enter chooses it.
class BreakerCard : public Card
{
    Q_OBJECT

public:
    BreakerCard(DeploymentPage &page, const QString &name, QWidget *parent = nullptr);

    [[nodiscard]] const QString &name() const { return m_name; }
    void showView(const BreakerView &view);
    /// The traffic that fills the glyph's ring: of the busiest breaker beside it. Seen with the next showView().
    void setFullTraffic(PerSecond full) { m_fullTraffic = full; }
    void showSeries(TimeRange range);
    void setChosen(bool chosen);

Q_SIGNALS:
    void clicked(const QString &name);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    void build();
    void showTraffic(const BreakerView &view);
    void showNextStep(const BreakerView &view);
    /// Growth of a counter of this breaker over the last minute; nothing where it was not counted.
    [[nodiscard]] std::optional<qint64> lastMinute(const Shown<qint64> &total, QStringView field) const;
    /// The glyph, from the view shown and the line of the last two minutes.
    void showPicture();
    [[nodiscard]] QList<Instant> failedTrials() const;
    [[nodiscard]] QString transitionText(const BreakerView &view) const;
    DeploymentPage &m_page;
    QString m_name;
    BreakerView m_view;
    PerSecond m_fullTraffic{1};
    Columns m_twoMinutes;
    bool m_chosen = false;
    bool m_byKeyboard = false;
    ValueLabel *m_traffic;
    BreakerGlyph *m_picture;
    ValueLabel *m_state;
    ValueLabel *m_next;
    ValueLabel *m_errors;
    ValueLabel *m_failures;
    MeterBar *m_meter;
    StateStrip *m_strip;
    Label *m_transition;
};

} // namespace qd
