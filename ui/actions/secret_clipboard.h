/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/secret.h"

#include <QObject>
#include <QTimer>

#include <chrono>

namespace qd {

/// Lets a secret lie on the clipboard for a while; what somebody else puts there meanwhile stays.
class SecretClipboard : public QObject
{
    Q_OBJECT

public:
    static constexpr std::chrono::milliseconds time = std::chrono::seconds(10);

    /// That of the program: cleared at its end, too.
    [[nodiscard]] static SecretClipboard &instance();

    explicit SecretClipboard(QObject *parent = nullptr);
    /// Marked, where the platform knows such a mark, so that what keeps a history of clipboards leaves it out.
    void put(const Secret &secret, std::chrono::milliseconds lasts = time);
    /// Where it still holds what was put there.
    void clear();

private:
    QByteArray m_print;           ///< SHA-256 of what was put there; empty: nothing
    const void *m_data = nullptr; ///< what was put there; only to be told apart
    QTimer m_timer;
};

} // namespace qd
