/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QObject>

namespace qd::sandbox {

/// Turns SIGINT, SIGTERM and SIGHUP into QCoreApplication::quit(). One per process.
class UnixSignals : public QObject
{
    Q_OBJECT

public:
    explicit UnixSignals(QObject *parent);
};

} // namespace qd::sandbox
