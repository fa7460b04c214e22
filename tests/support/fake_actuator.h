/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "support/http_fixture.h"

#include <QList>

#include <map>
#include <mutex>

namespace qd::test {

/// A Spring Boot service with resilience4j's breakers, as far as its Actuator shows them (resilience4j 2): health, info
/// and circuitbreakers. Like the real one it makes a breaker of any name that it is told to set.
class FakeActuator
{
public:
    enum class Fault {
        None,
        FailsBefore, ///< 500, and nothing was done
        FailsAfter,  ///< 500, and it was done
        HangsUp,     ///< it was done, and nobody is told
        Refuses,     ///< 403
        ReadOnly,    ///< 405
        NotExposed,  ///< 404, for reading as well
    };

    FakeActuator();
    [[nodiscard]] quint16 port() const { return m_http.port(); }
    [[nodiscard]] QString state(const QString &breaker);
    void setState(const QString &breaker, const QString &state);
    void setFault(Fault fault);
    /// Without it everything is refused; empty: it needs none.
    void setToken(const QByteArray &token);
    void setMarker(const QString &marker);
    /// "POST stripe FORCE_OPEN", in the order in which they came.
    [[nodiscard]] QList<QByteArray> changes();

private:
    [[nodiscard]] std::optional<QByteArray> answer(const QByteArray &received);
    std::mutex m_lock;
    std::map<QString, QString> m_states{{QStringLiteral("stripe"), QStringLiteral("CLOSED")},
                                        {QStringLiteral("resend"), QStringLiteral("OPEN")}};
    Fault m_fault = Fault::None;
    QByteArray m_token;
    QString m_marker = QStringLiteral("shop/production");
    QList<QByteArray> m_changes;
    HttpFixture m_http;
};

} // namespace qd::test
