/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/deployment_page.h"

namespace qd {

class FactTable;
class KeyRing;

/// Keys: the signing keys as a ring over time with what still needs each, and the clients' API keys.
class KeysPage final : public DeploymentPage
{
    Q_OBJECT

public:
    KeysPage(Logbook &logbook, const Theme &theme, QWidget *parent);

    void showView(const DeploymentView &view) override;

private:
    void showSeries(TimeRange range) override;
    void setUpSigningKeys();
    void setUpApiKeys();

    FactTable *m_signing;
    KeyRing *m_ring;
    FactTable *m_clients;
};

} // namespace qd
