/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/deed_row.h"

namespace qd {

struct Profile;

/// What the profile lets one rotate of the passwords that the service itself logs in with; not seen where that is none.
class PasswordDeeds final : public DeedRow
{
    Q_OBJECT

public:
    explicit PasswordDeeds(const DeploymentPage &page, QWidget *parent = nullptr);

    void showProfile(const Profile &profile, bool onlyWatches);

Q_SIGNALS:
    /// An action's id.
    void requested(const QString &action);

private:
    QStringList m_actions; ///< by button
};

} // namespace qd
