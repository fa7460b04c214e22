/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/service.h"

#include "services/longmem/longmem.h"
#include "services/luckygas/luckygas.h"
#include "services/preflight/preflight.h"
#include "services/quoted/quoted.h"
#include "services/storefront/storefront.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

QJsonObject ServiceConfig::toJson() const
{
    QJsonObject environment;
    for (auto it = variables.cbegin(); it != variables.cend(); ++it)
        environment.insert(it.key(), it.value());
    const auto ports = [](const QList<quint16> &all) {
        QJsonArray array;
        for (const quint16 each : all)
            array.append(each);
        return array;
    };
    return {{u"directory"_s, directory},
            {u"variables"_s, environment},
            {u"port"_s, port},
            {u"control_port"_s, controlPort},
            {u"time_scale"_s, timeScale},
            {u"redis"_s, QJsonObject{{u"port"_s, redis.port},
                                     {u"user"_s, QString::fromUtf8(redis.user)},
                                     {u"password"_s, QString::fromUtf8(redis.password)},
                                     {u"sentinels"_s, ports(redis.sentinels)},
                                     {u"sentinel_master"_s, QString::fromUtf8(redis.sentinelMaster)}}},
            {u"replicas"_s, ports(replicas)},
            {u"database"_s, QJsonObject{{u"port"_s, database.port},
                                        {u"database"_s, QString::fromUtf8(database.database)},
                                        {u"user"_s, QString::fromUtf8(database.user)},
                                        {u"password"_s, QString::fromUtf8(database.password)}}}};
}

ServiceConfig ServiceConfig::fromJson(const QJsonObject &json)
{
    const auto port = [](const QJsonValue &value) { return static_cast<quint16>(value.toInt()); };
    const auto ports = [&port](const QJsonValue &value) {
        QList<quint16> all;
        for (const QJsonValue &each : value.toArray())
            all.append(port(each));
        return all;
    };
    const QJsonObject redis = json.value("redis"_L1).toObject();
    const QJsonObject database = json.value("database"_L1).toObject();
    ServiceConfig config;
    const QJsonObject environment = json.value("variables"_L1).toObject();
    for (auto it = environment.begin(); it != environment.end(); ++it)
        config.variables.insert(it.key(), it.value().toString());
    config.directory = json.value("directory"_L1).toString();
    config.port = port(json.value("port"_L1));
    config.controlPort = port(json.value("control_port"_L1));
    config.timeScale = json.value("time_scale"_L1).toDouble(1);
    config.redis = {port(redis.value("port"_L1)), redis.value("password"_L1).toString().toUtf8(),
                    ports(redis.value("sentinels"_L1)), redis.value("sentinel_master"_L1).toString().toUtf8(),
                    redis.value("user"_L1).toString().toUtf8()};
    config.replicas = ports(json.value("replicas"_L1));
    config.database.port = port(database.value("port"_L1));
    config.database.database = database.value("database"_L1).toString().toUtf8();
    config.database.user = database.value("user"_L1).toString().toUtf8();
    config.database.password = database.value("password"_L1).toString().toUtf8();
    return config;
}

const QList<ServiceKind> &serviceKinds()
{
    static const QList<ServiceKind> kinds{quoted::kind(), luckygas::kind(), longmem::kind(), preflight::kind(),
                                          storefront::kind()};
    return kinds;
}

} // namespace qd::sandbox
