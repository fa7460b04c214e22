/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "history/logbook.h"
#include "theme/theme.h"

#include <QWidget>

namespace qd {

class ChartPanel;

/// Traffic and latency of a few deployments side by side, a line each. With more of them than there are colours it
/// hides: the wall fills the page by then.
class Trends : public QWidget
{
    Q_OBJECT

public:
    explicit Trends(const Theme &theme, QWidget *parent = nullptr);

    /// `logbook` must outlive the widget.
    void add(const Logbook &logbook);
    void setRange(TimeRange range);
    void refresh();

private:
    ChartPanel *m_requests;
    ChartPanel *m_latency;
    QList<const Logbook *> m_logbooks;
};

} // namespace qd
