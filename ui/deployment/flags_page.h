/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/pages.h"

namespace qd {

class FactTable;

/// Flags: as set and as the running service goes by, who set them and when, and the platform's variables.
class FlagsPage final : public DeploymentPage
{
    Q_OBJECT

public:
    FlagsPage(Logbook &logbook, const Theme &theme, QWidget *parent);

    void showView(const DeploymentView &view) override;

private:
    void showSeries(TimeRange range) override;

    FactTable *m_flags;
    FactTable *m_variables;
};

} // namespace qd
