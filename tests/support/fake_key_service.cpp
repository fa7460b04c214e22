/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/fake_key_service.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMessageAuthenticationCode>
#include <QUuid>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::test {
namespace {
constexpr auto base64 = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

QByteArray part(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toBase64(base64);
}

QJsonObject objectIn(const QByteArray &part)
{
    return QJsonDocument::fromJson(QByteArray::fromBase64(part, base64)).object();
}

QByteArray signatureOf(const QByteArray &text, const QByteArray &secret)
{
    return QMessageAuthenticationCode::hash(text, secret, QCryptographicHash::Sha256).toBase64(base64);
}

PgConnection opened(const PostgresConnection &connection)
{
    auto opened = PgConnection::open(connection, std::chrono::steady_clock::now() + 20s);
    if (!opened)
        qFatal("%s", qPrintable(opened.error().message));
    return std::move(*opened);
}
} // namespace

FakeKeyService::FakeKeyService(PostgresConnection connection, std::chrono::milliseconds refresh)
    : m_connection(opened(connection))
    , m_refresh(refresh)
    , m_http([this](const QByteArray &received) { return answer(received); })
{
    read();
    m_thread = std::thread([this] { run(); });
}

FakeKeyService::~FakeKeyService()
{
    m_isOver = true;
    m_thread.join();
}

void FakeKeyService::read()
{
    const std::lock_guard lock(m_lock);
    const auto rows =
        m_connection.query("SELECT kid, secret, state FROM jwt_keys WHERE state IN ('next', 'active', 'retiring') AND "
                           "(retire_after IS NULL OR retire_after > now()) ORDER BY activated_at DESC NULLS LAST",
                           {}, std::chrono::steady_clock::now() + 20s);
    if (!rows)
        qFatal("%s", qPrintable(rows.error().message));
    m_keys.clear();
    bool isSigned = false;
    for (const auto &row : rows->rows) {
        const bool signs = !isSigned && row[2] == "active";
        isSigned = isSigned || signs;
        m_keys[*row[0]] = {.secret = *row[1], .signs = signs};
    }
}

QByteArray FakeKeyService::issue(std::chrono::seconds life)
{
    const std::lock_guard lock(m_lock);
    for (const auto &[id, key] : m_keys) {
        if (!key.signs)
            continue;
        const qint64 end = QDateTime::currentSecsSinceEpoch() + life.count();
        const auto stored = m_connection.query(
            "INSERT INTO sessions VALUES ($1, $2, to_timestamp($3::bigint), NULL)",
            {QUuid::createUuid().toString(QUuid::WithoutBraces).toUtf8(), id, QByteArray::number(end)},
            std::chrono::steady_clock::now() + 20s);
        if (!stored)
            qFatal("%s", qPrintable(stored.error().message));
        const QByteArray text =
            part({{u"alg"_s, u"HS256"_s}, {u"kid"_s, QString::fromUtf8(id)}}) + '.' + part({{u"exp"_s, end}});
        return text + '.' + signatureOf(text, key.secret);
    }
    return {};
}

void FakeKeyService::sendAway()
{
    m_isOpen = false;
    std::this_thread::sleep_for(100ms); // who is in goes
    const std::lock_guard lock(m_lock);
    const auto gone = m_connection.query("DELETE FROM sessions", {}, std::chrono::steady_clock::now() + 20s);
    if (!gone)
        qFatal("%s", qPrintable(gone.error().message));
}

bool FakeKeyService::accepts(const QByteArray &token) const
{
    const QByteArrayList parts = token.split('.');
    if (parts.size() != 3)
        return false;
    const std::lock_guard lock(m_lock);
    const auto key = m_keys.find(objectIn(parts[0]).value("kid"_L1).toString().toUtf8());
    return key != m_keys.end() && signatureOf(parts[0] + '.' + parts[1], key->second.secret) == parts[2] &&
           objectIn(parts[1]).value("exp"_L1).toInteger() > QDateTime::currentSecsSinceEpoch();
}

void FakeKeyService::run()
{
    auto readAt = std::chrono::steady_clock::now();
    for (std::size_t turn = 0; !m_isOver; ++turn) {
        std::this_thread::sleep_for(20ms);
        if (!isStuck && std::chrono::steady_clock::now() - readAt >= m_refresh) {
            read();
            readAt = std::chrono::steady_clock::now();
        }
        if (!m_isOpen)
            continue;
        if (turn % 25 == 0 || m_tokens.empty()) {
            if (const QByteArray token = issue(); !token.isEmpty())
                m_tokens.push_back(token);
        }
        if (m_tokens.empty())
            continue;
        ++came;
        refused += accepts(m_tokens[turn % m_tokens.size()]) ? 0 : 1;
    }
}

std::optional<QByteArray> FakeKeyService::answer(const QByteArray &received)
{
    const qsizetype at = received.indexOf("Authorization: Bearer ");
    const QByteArray token = at < 0 ? QByteArray() : received.mid(at + 22, received.indexOf('\r', at) - at - 22);
    const int said = status != 0 ? status.load() : takesAnything || accepts(token) ? 200 : 401;
    return "HTTP/1.1 " + QByteArray::number(said) + " Said\r\nContent-Length: 2\r\n\r\n{}";
}

} // namespace qd::test
