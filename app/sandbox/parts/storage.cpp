/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/storage.h"

#include <QDir>
#include <QFile>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

constexpr unsigned filesKept = 100;

bool writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

} // namespace

ObjectStorage::ObjectStorage(QString directory, Upstream &store)
    : m_directory(std::move(directory))
    , m_store(store)
{
    QDir(m_directory).mkpath(u"s3/quoted-production"_s);
    QDir(m_directory).mkpath(u"data/pdfs"_s);
}

bool ObjectStorage::put(const QString &name, const QByteArray &bytes)
{
    const bool stored = m_store.call();
    m_fallback = !stored;
    // The newest files only: a name is used again after so many.
    const QString slot = u"%1-%2.pdf"_s.arg(name).arg(m_count++ % filesKept);
    return writeFile(m_directory + (stored ? u"/s3/quoted-production/"_s : u"/data/pdfs/"_s) + slot, bytes);
}

QJsonObject ObjectStorage::health() const
{
    QJsonObject health = m_store.health();
    health.insert(u"backend"_s, m_fallback ? u"local"_s : u"s3"_s);
    if (m_fallback)
        health.insert(u"status"_s, u"degraded"_s);
    return health;
}

} // namespace qd::sandbox
