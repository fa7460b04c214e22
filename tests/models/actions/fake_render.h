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

/// Render's REST API with one service, and that service's health, on one port; it fails as it is told to.
class FakeRender
{
public:
    struct Deploy
    {
        QString id;
        QString status;
        QString trigger;
        std::map<QString, QString> variables;
    };
    enum class Fault {
        None,
        FailsBefore, ///< 500, and nothing was done
        FailsAfter,  ///< 500, and it was done
        HangsUp,     ///< it was done, and nobody is told
        Refuses,     ///< 403
    };

    FakeRender();
    [[nodiscard]] quint16 port() const { return m_http.port(); }

    // What follows is under the lock.
    std::mutex lock;
    QList<QByteArray> tokens; ///< one of these is needed; empty: none
    QString name = QStringLiteral("shop");
    std::map<QString, QString> variables{{QStringLiteral("NODE_ENV"), QStringLiteral("production")}};
    QList<Deploy> deploys; ///< the newest first
    QStringList restarts;
    QString health = QStringLiteral("ok");
    QString nextEndsAs = QStringLiteral("live"); ///< of the next deploy
    Fault fault = Fault::None;                   ///< of what `faulty` says
    QByteArray faulty;                           ///< "PUT", "POST deploys"
    QList<QByteArray> changes;                   ///< "PUT env-vars/KEY", in the order in which they came

private:
    struct Reply
    {
        int status = 200;
        QByteArray body;
    };
    [[nodiscard]] std::optional<QByteArray> answer(const QByteArray &received);
    [[nodiscard]] Reply reply(const QByteArray &method, const QString &what, const QJsonObject &body);
    [[nodiscard]] Reply variable(const QByteArray &method, const QString &key, const QJsonObject &body);
    void begin(const QString &trigger, const std::map<QString, QString> &with);
    void goOn();
    HttpFixture m_http;
};

} // namespace qd::test
