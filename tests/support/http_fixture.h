/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "support/test_ca.h"

#include <QByteArray>
#include <QString>
#include <QUrl>

#include <functional>
#include <memory>
#include <optional>

namespace qd::test {

/// A scripted server on a free port of 127.0.0.1, with an event loop on a thread of its own. For HTTP it answers by
/// path, by HTTPS if given a certificate; with `raw` it says whatever bytes a test wants, in any protocol.
class HttpFixture
{
public:
    struct Answer
    {
        int status = 200;
        QByteArray contentType = "application/json";
        QByteArray body;
        QList<QByteArray> headers{}; ///< "Name: value"
        enum class Pace {
            Whole,
            Silent,   ///< reads the request and never answers
            Dripping, ///< one byte of the body every 20 ms
            CutOff,   ///< closes after half of the body
        } pace = Pace::Whole;
        qint64 endless = 0; ///< so many bytes of 'x' follow the body, sent as they are taken
    };
    struct Request
    {
        QByteArray method;
        QByteArray path;
        QByteArray head; ///< the request line and headers as sent
        QByteArray body;
    };
    /// Answers the bytes of each arrival on a connection, on the server's thread; nothing: hangs up.
    using RawScript = std::function<std::optional<QByteArray>(const QByteArray &received)>;

    HttpFixture();
    explicit HttpFixture(RawScript raw);
    explicit HttpFixture(const TestCa::Certificate &certificate);
    HttpFixture(RawScript raw, const TestCa::Certificate &certificate);
    ~HttpFixture();
    HttpFixture(const HttpFixture &) = delete;
    HttpFixture &operator=(const HttpFixture &) = delete;

    void answer(const QByteArray &path, const Answer &answer);
    /// To whoever connects from now on, where it was given one: as another server would.
    void show(const TestCa::Certificate &certificate);
    [[nodiscard]] quint16 port() const;
    [[nodiscard]] QUrl url(const QString &path = {}) const;
    [[nodiscard]] QList<Request> requests() const;
    [[nodiscard]] int connections() const; ///< accepted so far
    [[nodiscard]] int open() const;        ///< not yet closed by the other side
    [[nodiscard]] qint64 bytesSent() const;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace qd::test
