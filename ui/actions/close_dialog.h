/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QDialog>

namespace qd {

/// Asked when the window is to close while something is carried out: it says what happens in each case.
class CloseDialog : public QDialog
{
    Q_OBJECT

public:
    /// `running`: what is carried out, a line each.
    CloseDialog(const Theme &theme, const QStringList &running, QWidget *parent);

Q_SIGNALS:
    void closeNowRequested();
    void closeAfterRequested();
};

} // namespace qd
