/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/fake_api_service.h"

#include <QCryptographicHash>
#include <QMessageAuthenticationCode>

using namespace std::chrono_literals;

namespace qd::test {

FakeApiService::FakeApiService(PostgresConnection connection, QByteArray salt)
    : m_place(std::move(connection))
    , m_salt(std::move(salt))
    , m_http([this](const QByteArray &received) { return std::optional(answer(received)); })
{
}

QByteArray FakeApiService::hashOf(const QByteArray &key) const
{
    return m_salt.isEmpty() ? QCryptographicHash::hash(key, QCryptographicHash::Sha256).toHex()
                            : QMessageAuthenticationCode::hash(key, m_salt, QCryptographicHash::Sha256).toHex();
}

bool FakeApiService::accepts(const QByteArray &key)
{
    const std::lock_guard lock(m_lock);
    const auto soon = std::chrono::steady_clock::now() + 20s;
    if (!m_connection) {
        auto opened = PgConnection::open(m_place, soon);
        if (!opened)
            qFatal("%s", qPrintable(opened.error().message));
        m_connection = std::move(*opened);
    }
    const auto rows = m_connection->query("SELECT 1 FROM api_keys AS k WHERE hash = $1 AND revoked_at IS NULL AND"
                                          " coalesce((to_jsonb(k) ->> 'expires_at')::timestamptz > now(), true)",
                                          {hashOf(key)}, soon);
    if (!rows)
        qFatal("%s", qPrintable(rows.error().message));
    return !rows->rows.isEmpty();
}

QByteArrayList FakeApiService::seen()
{
    const std::lock_guard lock(m_lock);
    return m_seen;
}

void FakeApiService::startAnew(const std::function<void()> &change)
{
    const std::lock_guard lock(m_lock);
    m_connection.reset();
    change();
}

QByteArray FakeApiService::answer(const QByteArray &received)
{
    const QByteArray name = "X-API-Key: ";
    const qsizetype at = received.indexOf(name);
    const qsizetype from = at + name.size();
    const QByteArray key = at < 0 ? QByteArray() : received.mid(from, received.indexOf('\r', from) - from);
    const int said = status != 0 ? status.load() : accepts(key) ? 200 : 401;
    if (said == 200) {
        const std::lock_guard lock(m_lock);
        m_seen.append(key);
    }
    return "HTTP/1.1 " + QByteArray::number(said) + " Said\r\nContent-Length: 2\r\n\r\n{}";
}

} // namespace qd::test
