/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action.h"

#include <QWidget>

namespace qd {

class Acting;
class DeedRow;
class DeploymentPage;

/// Buttons for secrets that somebody else makes, which the profile says how to rotate. Hidden where it names none.
class GuidedRow : public QWidget
{
    Q_OBJECT

public:
    GuidedRow(const DeploymentPage &page, const Acting *acting, QWidget *parent = nullptr);

Q_SIGNALS:
    void requested(const QString &action, const qd::Wish &wish);
};

} // namespace qd
