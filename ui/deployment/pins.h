/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QObject>
#include <QStringList>

class QSettings;

namespace qd {

/// The series that a person wants to see on the overview of a deployment, kept in the settings.
class Pins : public QObject
{
    Q_OBJECT

public:
    /// As many as a row or two of small charts holds.
    static constexpr qsizetype most = 8;

    /// `settings` must outlive it.
    explicit Pins(QSettings &settings, QObject *parent = nullptr);

    /// Keys (KnownSeries::key) in the order they were pinned.
    [[nodiscard]] QStringList of(const QString &deployment) const;
    [[nodiscard]] bool has(const QString &deployment, const QString &key) const { return of(deployment).contains(key); }
    [[nodiscard]] bool isFull(const QString &deployment) const { return of(deployment).size() >= most; }
    /// Nothing happens where it is pinned already, or where there are `most`.
    void pin(const QString &deployment, const QString &key);
    void unpin(const QString &deployment, const QString &key);

Q_SIGNALS:
    void changed();

private:
    void keep(const QString &deployment, const QStringList &keys);
    QSettings &m_settings;
};

} // namespace qd
