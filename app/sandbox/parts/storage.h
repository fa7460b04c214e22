/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "parts/upstream.h"

#include <QString>

namespace qd::sandbox {

/// Files in an object store (a simulated upstream that keeps them in a directory), and in a local directory while the
/// store fails. Keeps the newest files only. Thread-safe.
class ObjectStorage
{
public:
    /// `directory` gets the sub-directories `s3` and `data/pdfs`.
    ObjectStorage(QString directory, Upstream &store);
    /// False if neither took it.
    bool put(const QString &name, const QByteArray &bytes);
    /// {"backend":"s3|local","status","latency_ms"}; local means the fallback.
    [[nodiscard]] QJsonObject health() const;
    [[nodiscard]] bool isFallback() const { return m_fallback; }

private:
    const QString m_directory;
    Upstream &m_store;
    std::atomic<bool> m_fallback = false;
    std::atomic<unsigned> m_count = 0;
};

} // namespace qd::sandbox
