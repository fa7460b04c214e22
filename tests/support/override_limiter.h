/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

#include <functional>
#include <utility>

namespace qd::test {

/// A service's rate limiter over a real Redis: it counts under rl:CLIENT in windows of ten minutes, and lets a client
/// in as often as limits:override:CLIENT says, or else as everybody.
class OverrideLimiter
{
public:
    /// `ask` runs one command and returns its reply's text.
    using Ask = std::function<QByteArray(const QList<QByteArray> &words)>;

    OverrideLimiter(Ask ask, int limit)
        : m_ask(std::move(ask))
        , m_limit(limit)
    {
    }

    [[nodiscard]] bool letsIn(const QString &client) const
    {
        const QByteArray counter = "rl:" + client.toUtf8();
        const int used = m_ask({"INCR", counter}).toInt();
        if (used == 1)
            m_ask({"PEXPIRE", counter, "600000"});
        bool isRaised = false;
        const int raised = m_ask({"GET", "limits:override:" + client.toUtf8()}).toInt(&isRaised);
        return used <= (isRaised ? raised : m_limit);
    }

private:
    Ask m_ask;
    int m_limit;
};

} // namespace qd::test
