/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/cache_groups.h"
#include "parts/database.h"
#include "services/longmem/embedding_model.h"

#include <QDateTime>

#include <atomic>

namespace qd::sandbox::longmem {

/// What the health endpoints tell: checked at most once in `lifetime`, however many ask. Thread-safe.
class HealthProbes
{
public:
    struct Report
    {
        QString status; ///< "healthy", "degraded", "unhealthy"
        QJsonObject components;
        QDateTime checkedAt;
    };

    /// `directory`: on the disk that is looked at.
    HealthProbes(DatabaseAddress database, CacheGroups &cache, const EmbeddingModel &model, QString directory,
                 std::chrono::milliseconds lifetime);

    /// Blocks when it must check anew.
    [[nodiscard]] Report latest();
    void setDatabaseDrag(std::chrono::milliseconds drag) { m_database.setDrag(drag); }
    void setDiskFull(bool full) { m_diskFull = full; }
    void setMemoryFull(bool full) { m_memoryFull = full; }

private:
    [[nodiscard]] QJsonObject database();
    [[nodiscard]] QJsonObject redis();
    [[nodiscard]] QJsonObject disk() const;
    [[nodiscard]] QJsonObject memory() const;

    Database m_database; ///< connections of its own, so that health never waits behind requests
    CacheGroups &m_cache;
    const EmbeddingModel &m_model;
    const QString m_directory;
    const std::chrono::milliseconds m_lifetime;
    std::atomic<bool> m_diskFull = false;
    std::atomic<bool> m_memoryFull = false;
    std::mutex m_mutex;
    Report m_report;
    std::chrono::steady_clock::time_point m_validUntil{};
};

} // namespace qd::sandbox::longmem
