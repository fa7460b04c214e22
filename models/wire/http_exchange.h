/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "wire/http.h"
#include "wire/http_reader.h"

#include <QElapsedTimer>
#include <QTimer>

namespace qd {

/// One request with its redirects, from the first byte to the answer, a cap or the deadline. Child of its client.
class HttpClient::Exchange : public QObject
{
    Q_OBJECT // so that findChildren() tells it from the client's other children

public:
    /// `finished` is called once, unless the exchange is aborted.
    using Finished = std::function<void(Result<HttpReply>)>;

    Exchange(HttpRequest request, Finished finished, HttpClient *client);
    ~Exchange() override;

    void start();
    /// Ends it without a word.
    void abort();

private:
    void sendTo(const QUrl &url);
    void connectSocket();
    void connected(WireSocket socket, const std::optional<QSslConfiguration> &tls);
    void listen();
    void sendRequest();
    void read();
    void lost();
    void answered();
    [[nodiscard]] bool followRedirect();
    [[nodiscard]] bool mayRepeat() const;
    [[nodiscard]] HttpOrigin origin() const;
    [[nodiscard]] QByteArray tlsKey() const;
    [[nodiscard]] Error networkError() const;
    void finish(Result<HttpReply> outcome);
    void hideSecrets(Result<HttpReply> &outcome) const;
    void letGoOfSocket();

    HttpClient *m_client;
    HttpRequest m_request;
    Finished m_finished;
    QUrl m_url;
    std::unique_ptr<Dial> m_dial;
    WireSocket m_socket;
    Time m_opened;
    std::optional<HttpReader> m_reader;
    QTimer m_deadline;
    QElapsedTimer m_since;
    int m_redirects = 0;
    bool m_reused = false;
    bool m_ended = false;
};

} // namespace qd
