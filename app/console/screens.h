/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "console/console.h"
#include "console/options.h"

namespace qd {

/// Watches for a while without a display, renders every page in both schemes, and says what it saw.
class Screens : public QObject
{
    Q_OBJECT

public:
    Screens(Console &console, const Options &options);
    void start();

Q_SIGNALS:
    /// 0: every picture was written.
    void finished(int exitCode);

private:
    void renderAll(const QString &prefix);
    void renderPlace(const Place &place, const QString &name);
    void renderWhy(const Logbook &logbook, const QString &name);
    void write(QWidget &widget, const QString &name);
    void goOn();
    void startIncident();
    void finish(int exitCode);
    [[nodiscard]] QString table() const;
    Console &m_console;
    const Options m_options;
    QString m_prefix;
    bool m_isIncident = false;
    bool m_failed = false;
};

} // namespace qd
