/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"

#include <QDateTime>
#include <QHash>
#include <QList>
#include <QObject>
#include <QTimer>

#include <functional>

namespace qd::sandbox {

/// The platform that a deployment runs on: it keeps the variables of the service's environment and deploys it, one
/// deploy after the other. A variable that was changed is not live until the next deploy. How a console talks to it
/// (REST, a command line) stands on top of this.
class Platform : public QObject
{
    Q_OBJECT

public:
    using Variables = QHash<QString, QString>;
    enum class State { Queued, Building, Updating, Live, Deactivated, Failed };
    enum class Cause { Commit, Request, RollBack };
    struct Deploy
    {
        QString id;
        QString commit;
        QString message;
        Cause cause = Cause::Request;
        State state = State::Queued;
        Variables variables; ///< it ran or will run with
        QDateTime createdAt;
        QDateTime updatedAt;
        QDateTime finishedAt{}; ///< invalid while it is under way
    };
    /// Ends the service and starts it with these variables; blocks until it serves.
    using Run = std::function<Result<void>(const Variables &)>;

    /// With a believable history, the last deploy of it live with `variables`. Builds take seconds over `timeScale`.
    Platform(const Variables &variables, Run run, double timeScale);

    /// As they are set; those of live() may differ.
    [[nodiscard]] const Variables &variables() const { return m_variables; }
    void set(const QString &key, const QString &value);
    bool remove(const QString &key) { return m_variables.remove(key) > 0; }
    /// When the first variables were set, one was set last, and what runs was started.
    [[nodiscard]] const QDateTime &createdAt() const { return m_createdAt; }
    [[nodiscard]] QDateTime changedAt(const QString &key) const { return m_changed.value(key, m_createdAt); }
    [[nodiscard]] const QDateTime &startedAt() const { return m_startedAt; }
    /// When it was restarted on request, the newest first.
    [[nodiscard]] const QList<QDateTime> &restarts() const { return m_restarts; }

    [[nodiscard]] const QList<Deploy> &deploys() const { return m_deploys; } ///< the newest first
    [[nodiscard]] const Deploy *find(const QString &id) const;
    [[nodiscard]] const Deploy &live() const;
    /// The latest commit with the variables as they are set now.
    const Deploy &deploy();
    /// What that deploy ran, with the variables that it ran with; what is set stays as it is. Errors: NotFound, and
    /// BadInput where it never was live.
    [[nodiscard]] Result<Deploy> rollBack(const QString &id);
    /// The same build with the same variables. Errors: what kept it from serving.
    [[nodiscard]] Result<void> restart();

private:
    [[nodiscard]] Result<void> start(const Variables &variables);
    void addPast(const char *message, int daysAgo);
    const Deploy &begin(Deploy deploy);
    [[nodiscard]] Deploy *underWay();
    void step();
    void finish(Deploy &deploy);

    const Run m_run;
    const double m_timeScale;
    Variables m_variables;
    QHash<QString, QDateTime> m_changed;
    QDateTime m_createdAt;
    QDateTime m_startedAt;
    QList<QDateTime> m_restarts;
    QList<Deploy> m_deploys;
    QTimer m_timer;
};

} // namespace qd::sandbox
