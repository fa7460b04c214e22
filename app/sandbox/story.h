/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QList>
#include <QString>

namespace qd::sandbox {

/// A scripted incident.
struct Story
{
    struct Scene
    {
        int second; ///< at time scale 1
        QString deployment;
        QString fault;
        QString argument;
        bool on;
    };
    QString name;
    QString description;
    QList<Scene> scenes;
};

[[nodiscard]] const QList<Story> &stories();
/// Null where none is called so.
[[nodiscard]] const Story *findStory(const QString &name);

} // namespace qd::sandbox
