/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/reading.h"

#include <QJsonValue>

namespace qd {

/// Reads one JSON document; remembers what was there but could not be believed.
class HealthDocument
{
public:
    HealthDocument(QJsonValue root, QString where);

    [[nodiscard]] QJsonValue at(const QString &pointer) const;
    [[nodiscard]] const QList<Refusal> &refusals() const { return m_refusals; }

    /// The part at `pointer` is not believed; the rest of its kind is.
    void refuse(const char *kind, const QString &pointer, const QString &message);

    /// A finite number that is not negative, times `factor`.
    [[nodiscard]] Value<double> number(const char *kind, const QString &pointer, double factor = 1);
    /// A number times `factor`, or a duration as .NET writes it.
    [[nodiscard]] Value<Millis> millis(const char *kind, const QString &pointer, double factor = 1);
    [[nodiscard]] Value<qint64> count(const char *kind, const QString &pointer);
    /// Seconds since 1970.
    [[nodiscard]] Value<Instant> instant(const char *kind, const QString &pointer);
    /// A number of per cent, or "12.5%"; -1 is that of resilience4j's breakers that have no verdict yet.
    [[nodiscard]] Value<Share> share(const char *kind, const QString &pointer);
    /// A word; true, false and numbers as they are written.
    [[nodiscard]] Value<QString> word(const QString &pointer) const;
    /// Member names of the object at `pointer`, capped.
    [[nodiscard]] QStringList members(const char *kind, const QString &pointer);

private:
    QJsonValue m_root;
    QString m_where;
    QList<Refusal> m_refusals;
};

} // namespace qd
