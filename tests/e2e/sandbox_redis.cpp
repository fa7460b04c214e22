/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/sandbox_redis.h"

#include <QFile>
#include <QFileInfo>

#include <hiredis/hiredis.h>

#include <memory>
#include <vector>

using namespace Qt::StringLiterals;

namespace qd::testing {

QByteArray askRedis(const LiveSandbox &sandbox, const QString &deployment, const QList<QByteArray> &words)
{
    const QJsonObject server = sandbox.description()
                                   .value("deployments"_L1)
                                   .toObject()
                                   .value(deployment)
                                   .toObject()
                                   .value("redis"_L1)
                                   .toObject();
    QByteArray password;
    for (const QString &profile : sandbox.profiles()) {
        QFile file(QFileInfo(profile).path() + u"/redis-password"_s);
        if (QFileInfo(profile).completeBaseName() == deployment && file.open(QIODevice::ReadOnly))
            password = file.readAll();
    }
    if (password.isEmpty())
        return "no password";
    const std::unique_ptr<redisContext, decltype(&redisFree)> context(
        redisConnect("127.0.0.1", server.value("port"_L1).toInt()), &redisFree);
    QByteArray text;
    for (const QList<QByteArray> &command : {QList<QByteArray>{"AUTH", password}, words}) {
        std::vector<const char *> texts;
        for (const QByteArray &word : command)
            texts.push_back(word.constData());
        auto *reply = static_cast<redisReply *>(
            redisCommandArgv(context.get(), static_cast<int>(texts.size()), texts.data(), nullptr));
        if (!reply)
            return "no reply";
        text = reply->type == REDIS_REPLY_INTEGER ? QByteArray::number(reply->integer) : QByteArray(reply->str);
        freeReplyObject(reply);
    }
    return text;
}

} // namespace qd::testing
