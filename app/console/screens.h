/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "console/console.h"
#include "console/contact_sheet.h"
#include "console/options.h"

namespace qd {

/// Watches for a while without a display, renders every page in both schemes (healthy, and in the states that were
/// asked for), and says what it saw.
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
    /// How the deployments are while pictures are taken.
    struct State
    {
        QString name;
        QString story; ///< of the sandbox, that makes them so; empty: as they are
        std::function<bool(const DeploymentView &)> isShown;
    };
    void goOn();
    void play(const State &state);
    void renderAll();
    void renderPlace(const Place &place, const QString &name);
    void renderWhy(const Logbook &logbook, const QString &name);
    void renderActions();
    void writeSheet();
    [[nodiscard]] QString schemeName() const;
    void write(const QImage &picture, const QString &name);
    void finish(int exitCode);
    [[nodiscard]] QString table() const;
    Console &m_console;
    const Options m_options;
    QList<State> m_states; ///< that are still to come
    QString m_state;
    std::optional<ContactSheet> m_sheet;
    bool m_failed = false;
};

} // namespace qd
