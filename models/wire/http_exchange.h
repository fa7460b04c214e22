/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "wire/http.h"

#include <QElapsedTimer>
#include <QNetworkReply>
#include <QTimer>

namespace qd {

/// One request with its redirects, from the first byte to the answer, a cap or the deadline. Child of its client.
class HttpClient::Exchange : public QObject
{
    Q_OBJECT // so that findChildren() tells it from the client's other children

public:
    /// `finished` is called once, unless the exchange is aborted.
    using Finished = std::function<void(Result<HttpReply>)>;

    Exchange(HttpRequest request, QNetworkAccessManager *manager, const QSslConfiguration &tls, Finished finished,
             QObject *parent);
    ~Exchange() override;

    void start();
    /// Ends it without a word.
    void abort();

private:
    void sendTo(const QUrl &url);
    void read();
    void replyFinished();
    [[nodiscard]] bool followRedirect(int status);
    [[nodiscard]] bool isAnswer(int status) const;
    [[nodiscard]] Error networkError() const;
    void finish(Result<HttpReply> outcome);
    void letGoOfReply();

    HttpRequest m_request;
    QNetworkAccessManager *m_manager;
    QSslConfiguration m_tls;
    Finished m_finished;
    QUrl m_url;
    QNetworkReply *m_reply = nullptr;
    QByteArray m_body;
    QList<QSslError> m_tlsErrors;
    QTimer m_deadline;
    QElapsedTimer m_since;
    int m_redirects = 0;
    bool m_ended = false;
};

} // namespace qd
