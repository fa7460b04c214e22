/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "console/console.h"

namespace qd {

/// Makes faults in the console's own sandbox and waits until the window shows them.
class Incident : public QObject
{
    Q_OBJECT

public:
    explicit Incident(Console &console, QObject *parent = nullptr);

    /// Ends in exactly one of shown() and failed().
    void start();

Q_SIGNALS:
    /// A breaker is open and some seconds have passed, so that charts show it, too; false: none opened within a
    /// minute.
    void shown(bool isOpen);
    /// NotFound: no sandbox of the console's own runs, or its program is gone; ServerError: it refused a fault.
    void failed(const qd::Error &error);

private:
    void makeNextFault();
    void look();
    void end(const Error &error);
    Console &m_console;
    QList<QStringList> m_faults;
    QTimer m_look;
    QDeadlineTimer m_patience;
};

} // namespace qd
