/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/secret.h"

#include <openssl/crypto.h>

#include <utility>

using namespace Qt::StringLiterals;

namespace qd {

Secret::Secret(QByteArray &&bytes)
    : m_bytes(bytes.constData(), bytes.size()) // a deep copy: `bytes` may share its buffer with others
{
    if (bytes.isDetached())
        OPENSSL_cleanse(bytes.data(), static_cast<size_t>(bytes.size()));
    bytes.clear();
}

Secret::Secret(Secret &&other) noexcept
    : m_bytes(std::exchange(other.m_bytes, {}))
{
}

Secret &Secret::operator=(Secret &&other) noexcept
{
    if (this != &other) {
        wipe();
        m_bytes = std::exchange(other.m_bytes, {});
    }
    return *this;
}

Secret::~Secret()
{
    wipe();
}

Secret Secret::copy() const
{
    return Secret(QByteArray(m_bytes.constData(), m_bytes.size()));
}

void Secret::wipe()
{
    // A shared buffer would be detached by data() and the copy wiped instead; reveal()'s readers keep none.
    if (!m_bytes.isEmpty())
        OPENSSL_cleanse(const_cast<char *>(m_bytes.constData()), static_cast<size_t>(m_bytes.size())); // NOLINT
    m_bytes.clear();
}

QString toWord(const Secret & /*secret*/)
{
    return u"••••"_s;
}

} // namespace qd
