/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "console/console.h"

#include <functional>

namespace qd {

/// Plays a story of the console's own sandbox and waits until the window shows it.
class PlayedStory : public QObject
{
    Q_OBJECT

public:
    /// `isShown`: whether a deployment's view shows it.
    PlayedStory(Console &console, QString story, std::function<bool(const DeploymentView &)> isShown,
                QObject *parent = nullptr);

    /// Ends in exactly one of shown() and failed().
    void start();

Q_SIGNALS:
    /// Every deployment of the sandbox shows it and some seconds have passed, so that charts do, too; false: not all of
    /// them did within a minute.
    void shown(bool isComplete);
    /// NotFound: no sandbox of the console's own runs, or its program is gone; ServerError: it did not begin.
    void failed(const qd::Error &error);

private:
    void look();
    [[nodiscard]] bool isComplete() const;
    void end(const Error &error);
    Console &m_console;
    const QString m_story;
    const std::function<bool(const DeploymentView &)> m_isShown;
    QTimer m_look;
    QDeadlineTimer m_patience;
};

} // namespace qd
