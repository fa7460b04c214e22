/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "support/http_fixture.h"

#include <QJsonObject>
#include <QStringList>

#include <map>
#include <mutex>

namespace qd::test {

/// PostHog's or Unleash's interface to flags, or a plain one of a team's own with ETags, with one project; it fails as
/// it is told to.
class FakeFlags
{
public:
    enum class Kind { PostHog, Unleash, Plain };
    enum class Fault {
        None,
        FailsBefore, ///< 500, and nothing was done
        FailsAfter,  ///< 500, and it was done
        HangsUp,     ///< it was done, and nobody is told
        Refuses,     ///< 403
        Strange,     ///< 401
    };
    struct Flag
    {
        int id = 0;
        bool enabled = false;
        QList<int> rollouts; ///< of each condition
        int version = 1;
        bool operator==(const Flag &) const = default;
    };

    explicit FakeFlags(Kind kind);
    FakeFlags(Kind kind, const TestCa::Certificate &certificate); ///< by HTTPS
    /// See HttpFixture::show().
    void show(const TestCa::Certificate &certificate) { m_http.show(certificate); }
    [[nodiscard]] quint16 port() const { return m_http.port(); }
    /// What a profile writes for its source, without braces.
    [[nodiscard]] static QByteArray options(Kind kind);

    // What follows is under the lock.
    std::mutex lock;
    QList<QByteArray> credentials{"Authorization: Bearer flag-token"}; ///< headers that it takes; each is needed
    QString project = QStringLiteral("uuid-1");                        ///< what tells it from all others
    std::map<QString, Flag> flags{{QStringLiteral("voice"), {.id = 4, .enabled = true, .rollouts = {50}}},
                                  {QStringLiteral("maps"), {.id = 5, .enabled = false, .rollouts = {10, 20}}}};
    Fault fault = Fault::None; ///< of what changes something
    QList<QByteArray> changes; ///< "PATCH /api/…", in the order in which they came; those that were refused as well
    std::function<void(FakeFlags &)> meanwhile; ///< once, before a change is looked at

private:
    struct Reply
    {
        int status = 200;
        QJsonValue body;
        QByteArray etag;
    };
    [[nodiscard]] std::optional<QByteArray> answer(const QByteArray &received);
    [[nodiscard]] Reply reply(const QByteArray &method, const QString &path, const QString &query,
                              const QByteArray &match, const QJsonValue &body);
    [[nodiscard]] Reply posthog(const QByteArray &method, const QString &what, const QString &query,
                                const QJsonObject &body);
    [[nodiscard]] Reply unleash(const QByteArray &method, const QStringList &what, const QJsonValue &body);
    [[nodiscard]] Reply plain(const QByteArray &method, const QString &name, const QByteArray &match,
                              const QJsonObject &body);
    [[nodiscard]] QJsonObject told(const QString &name) const;
    const Kind m_kind;
    HttpFixture m_http;
};

} // namespace qd::test
