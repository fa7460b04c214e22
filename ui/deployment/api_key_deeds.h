/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action.h"
#include "deployment/deed_row.h"
#include "facts/custody_facts.h"

namespace qd {

class DeploymentPage;

/// What can be done to the API key that is chosen in the table above it.
class ApiKeyDeeds final : public DeedRow
{
    Q_OBJECT

public:
    ApiKeyDeeds(DeploymentPage &page, const Acting *acting, QWidget *parent = nullptr);

    /// By its id; empty: none is.
    void choose(const QString &key);
    /// As the deployment is seen now.
    void showKey();

Q_SIGNALS:
    void requested(const QString &settings, const qd::Wish &wish);

private:
    /// Null: none is chosen, or it is gone.
    [[nodiscard]] const ApiKey *chosen() const;
    /// Why it cannot be rotated, retired or revoked; empty: it can.
    [[nodiscard]] QString whyNot(const QString &kind, const ApiKey &key) const;
    void act(int button);

    DeploymentPage &m_deployment;
    const Acting *m_acting;
    QString m_chosen;
};

} // namespace qd
