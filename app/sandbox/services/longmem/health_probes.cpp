/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/longmem/health_probes.h"

#include <QFile>
#include <QStorageInfo>

#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox::longmem {

namespace {

constexpr double mebibyte = 1024.0 * 1024.0;
constexpr double leastFreeMb = 64;
constexpr double memoryLimitMb = 512; ///< of its container
constexpr double memoryNearLimit = 0.9;

QJsonObject component(const QString &status, std::optional<double> latencyMs)
{
    return {{u"status"_s, status}, {u"latency_ms"_s, latencyMs ? QJsonValue(*latencyMs) : QJsonValue()}};
}

/// Of this process, resident.
double usedMemoryMb()
{
    QFile file(u"/proc/self/statm"_s);
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QList<QByteArray> pages = file.readAll().split(' ');
    return pages.value(1).toDouble() * static_cast<double>(::sysconf(_SC_PAGESIZE)) / mebibyte;
}

/// Without the database nothing works; anything else only hurts.
QString overall(const QJsonObject &components)
{
    if (components.value("database"_L1)["status"_L1] == "healthy"_L1) {
        for (const QJsonValue &component : components) {
            if (component["status"_L1] != "healthy"_L1)
                return u"degraded"_s;
        }
        return u"healthy"_s;
    }
    return u"unhealthy"_s;
}

} // namespace

HealthProbes::HealthProbes(DatabaseAddress database, CacheGroups &cache, const EmbeddingModel &model, QString directory,
                           std::chrono::milliseconds lifetime)
    : m_database(std::move(database))
    , m_cache(cache)
    , m_model(model)
    , m_directory(std::move(directory))
    , m_lifetime(lifetime)
{
}

HealthProbes::Report HealthProbes::latest()
{
    const std::lock_guard lock(m_mutex);
    if (std::chrono::steady_clock::now() < m_validUntil)
        return m_report;
    m_report.components = {{u"database"_s, database()},
                           {u"redis"_s, redis()},
                           {u"embedding_model"_s, m_model.health()},
                           {u"disk"_s, disk()},
                           {u"memory"_s, memory()}};
    m_report.status = overall(m_report.components);
    m_report.checkedAt = QDateTime::currentDateTimeUtc();
    m_validUntil = std::chrono::steady_clock::now() + m_lifetime;
    return m_report;
}

QJsonObject HealthProbes::database()
{
    const auto start = std::chrono::steady_clock::now();
    if (!m_database.query("SELECT 1", {}, 2s))
        return component(u"unhealthy"_s, std::nullopt);
    return component(u"healthy"_s,
                     std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
}

QJsonObject HealthProbes::redis()
{
    const auto latency = m_cache.ping();
    return component(latency ? u"healthy"_s : u"unhealthy"_s, latency);
}

QJsonObject HealthProbes::disk() const
{
    const double freeMb = m_diskFull ? 0 : static_cast<double>(QStorageInfo(m_directory).bytesAvailable()) / mebibyte;
    return {{u"status"_s, freeMb < leastFreeMb ? u"degraded"_s : u"healthy"_s}, {u"free_mb"_s, qRound64(freeMb)}};
}

QJsonObject HealthProbes::memory() const
{
    const double usedMb = m_memoryFull ? memoryLimitMb : usedMemoryMb();
    return {{u"status"_s, usedMb > memoryNearLimit * memoryLimitMb ? u"degraded"_s : u"healthy"_s},
            {u"used_mb"_s, qRound64(usedMb)},
            {u"limit_mb"_s, qRound64(memoryLimitMb)}};
}

} // namespace qd::sandbox::longmem
