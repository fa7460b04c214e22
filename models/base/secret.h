/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QString>

namespace qd {

/// A password, token or key. Its bytes are wiped on destruction and on move, it converts to nothing by itself, and
/// prints as ••••. Copying is explicit (`copy()`).
class Secret
{
public:
    Secret() = default;
    /// Takes over `bytes` and wipes the caller's array (which must not be shared with others).
    explicit Secret(QByteArray &&bytes);
    Secret(Secret &&other) noexcept;
    Secret &operator=(Secret &&other) noexcept;
    Secret(const Secret &) = delete;
    Secret &operator=(const Secret &) = delete;
    ~Secret();

    [[nodiscard]] Secret copy() const;
    [[nodiscard]] bool isEmpty() const { return m_bytes.isEmpty(); }
    /// The bytes themselves, for the one place that sends them. Do not keep a copy.
    [[nodiscard]] const QByteArray &reveal() const { return m_bytes; }

private:
    void wipe();
    QByteArray m_bytes;
};

/// "••••", whatever is in it.
[[nodiscard]] QString toWord(const Secret &secret);

} // namespace qd
