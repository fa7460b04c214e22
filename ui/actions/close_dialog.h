/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QDialog>

namespace qd {

/// Asked when the window is to close while something is carried out, or a key was handed to nobody: it says what
/// happens in each case.
class CloseDialog : public QDialog
{
    Q_OBJECT

public:
    /// What is carried out, and which keys nobody was handed, a line each.
    CloseDialog(const Theme &theme, const QStringList &running, const QStringList &keys, QWidget *parent);

Q_SIGNALS:
    void closeNowRequested();
    void closeAfterRequested();
};

} // namespace qd
