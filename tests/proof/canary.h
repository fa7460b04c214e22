/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

namespace qd::proof {

/// A secret, looked for in every form in which it may have been written down: as UTF-8, UTF-16, base64 wherever it
/// begins in what was encoded, hex and percent encoding.
class Canary
{
public:
    Canary(QString name, const QByteArray &text);
    [[nodiscard]] const QString &name() const { return m_name; }
    [[nodiscard]] const QByteArray &text() const { return m_text; }
    struct Form
    {
        QString name;
        QByteArray bytes;
    };
    [[nodiscard]] const QList<Form> &forms() const { return m_forms; }
    /// The form in which `bytes` has it; empty: none.
    [[nodiscard]] QString formIn(const QByteArray &bytes) const;

private:
    QString m_name;
    QByteArray m_text;
    QList<Form> m_forms;
};

/// Where which of them was found: "redis as hex in /tmp/…/journal.sqlite".
[[nodiscard]] QStringList foundIn(const QString &where, const QByteArray &bytes, const QList<Canary> &canaries);
/// In every file below `directory`, and in the files' names, but for `own`, where it belongs.
[[nodiscard]] QStringList foundBelow(const QString &directory, const QList<Canary> &canaries, const QStringList &own,
                                     int *files = nullptr);

} // namespace qd::proof
