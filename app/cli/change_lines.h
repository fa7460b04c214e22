/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

#include <QHash>
#include <QStringList>

namespace qd::cli {

/// Tells what is new in a deployment's view since it was last looked at, one line for each thing.
class ChangeLines
{
public:
    enum class Form { Text, Json };
    explicit ChangeLines(Form form)
        : m_form(form)
    {
    }

    /// The first time: the status. Later: what happened, oldest first, and the status where it or its reasons'
    /// subjects changed. `id` tells deployments of one name apart. Lines have no line break and are safe for a
    /// terminal.
    [[nodiscard]] QStringList next(const void *id, const DeploymentView &view);

private:
    struct Seen
    {
        QList<Event> events;
        QString reasons;
        Status status = Status::Unknown;
    };
    [[nodiscard]] QString line(const DeploymentView &view, const Event &event) const;
    [[nodiscard]] QString statusLine(const DeploymentView &view) const;
    Form m_form;
    QHash<const void *, Seen> m_seen;
};

} // namespace qd::cli
