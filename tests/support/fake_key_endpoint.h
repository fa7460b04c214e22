/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "support/fake_key_service.h"

#include <QJsonObject>

#include <functional>

namespace qd::test {

/// A service that keeps its ring of keys as a JWK Set: GET and PUT /internal/keys with ETag and If-Match (RFC 9110),
/// GET /info says which deployment it is. Its clock is told in each answer's Date.
class FakeKeyEndpoint
{
public:
    enum class Fault {
        None,
        FailsAfter, ///< 500 to a PUT, and it was done
        HangsUp,    ///< a PUT was done, and nobody is told
        Refuses,    ///< 403 to a PUT
        Redirects,  ///< 307 to another address
        ReadOnly,   ///< as OPTIONS says as well
    };

    FakeKeyEndpoint();
    [[nodiscard]] quint16 port() const { return m_http.port(); }
    [[nodiscard]] QJsonObject document();
    /// As by hand: it has another tag then.
    void setDocument(const QJsonObject &document);
    [[nodiscard]] int puts(); ///< that changed it since setDocument()

    std::atomic<bool> hasTags = true;
    std::atomic<Fault> fault = Fault::None;
    std::function<void()> beforePut{}; ///< called before a PUT is looked at
    void setToken(const QByteArray &token);
    void setMarker(const QString &marker);

private:
    [[nodiscard]] std::optional<QByteArray> answer(const QByteArray &received);
    [[nodiscard]] std::optional<QByteArray> answerPut(const QByteArray &received);
    std::mutex m_lock;
    QJsonObject m_document;
    int m_version = 0;
    int m_puts = 0;
    QByteArray m_token;
    QString m_marker = QStringLiteral("shop/staging");
    HttpFixture m_http;
};

} // namespace qd::test
