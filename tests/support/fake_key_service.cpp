/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/fake_key_service.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMessageAuthenticationCode>
#include <QUuid>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

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

const unsigned char *bytesOf(const QByteArray &text)
{
    return reinterpret_cast<const unsigned char *>(text.constData());
}

std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> privateKey(const QByteArray &pem)
{
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(
        BIO_new_mem_buf(pem.constData(), static_cast<int>(pem.size())), &BIO_free_all);
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    if (!key)
        qFatal("a key is no PEM");
    return key;
}

bool isPrivate(const QByteArray &secret)
{
    return secret.startsWith("-----BEGIN");
}

/// SHA-256 and the plain ECDSA of OpenSSL, as older libraries do it.
QByteArray es256Of(const QByteArray &text, const QByteArray &pem)
{
    const auto key = privateKey(pem);
    const QByteArray hash = QCryptographicHash::hash(text, QCryptographicHash::Sha256);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(key.get(), nullptr),
                                                                              &EVP_PKEY_CTX_free);
    QByteArray der(128, 0);
    auto length = static_cast<std::size_t>(der.size());
    EVP_PKEY_sign_init(context.get());
    EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char *>(der.data()), &length, bytesOf(hash),
                  static_cast<std::size_t>(hash.size()));
    // SEQUENCE {INTEGER r, INTEGER s}, each without what leads it, or with a zero in front of it.
    const auto number = [&](qsizetype at) {
        QByteArray value = der.mid(at + 2, der[at + 1]);
        while (value.size() > 32)
            value.remove(0, 1);
        return value.rightJustified(32, 0);
    };
    const qsizetype second = 4 + der[3];
    return (number(2) + number(second)).toBase64(base64);
}

bool isEs256Of(const QByteArray &text, const QByteArray &signature, const QByteArray &pem)
{
    const QByteArray both = QByteArray::fromBase64(signature, base64);
    if (both.size() != 64)
        return false;
    const auto number = [](QByteArray value) {
        while (value.size() > 1 && value[0] == 0)
            value.remove(0, 1);
        if (static_cast<unsigned char>(value[0]) >= 128)
            value.prepend('\0');
        return QByteArray("\x02") + static_cast<char>(value.size()) + value;
    };
    const QByteArray pair = number(both.first(32)) + number(both.last(32));
    const QByteArray der = QByteArray(1, '\x30') + static_cast<char>(pair.size()) + pair;
    const auto key = privateKey(pem);
    const QByteArray hash = QCryptographicHash::hash(text, QCryptographicHash::Sha256);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(key.get(), nullptr),
                                                                              &EVP_PKEY_CTX_free);
    EVP_PKEY_verify_init(context.get());
    return EVP_PKEY_verify(context.get(), bytesOf(der), static_cast<std::size_t>(der.size()), bytesOf(hash),
                           static_cast<std::size_t>(hash.size())) == 1;
}

/// Of its SubjectPublicKeyInfo the last 64 bytes are the point.
QJsonObject jwkOf(const QByteArray &id, const QByteArray &pem)
{
    unsigned char *written = nullptr;
    const int length = i2d_PUBKEY(privateKey(pem).get(), &written);
    const QByteArray point = QByteArray(reinterpret_cast<const char *>(written), length).last(64);
    OPENSSL_free(written);
    return {{u"kty"_s, u"EC"_s},
            {u"crv"_s, u"P-256"_s},
            {u"use"_s, u"sig"_s},
            {u"kid"_s, QString::fromUtf8(id)},
            {u"x"_s, QString::fromLatin1(point.first(32).toBase64(base64))},
            {u"y"_s, QString::fromLatin1(point.last(32).toBase64(base64))}};
}

QByteArray signatureOf(const QByteArray &text, const QByteArray &secret)
{
    if (isPrivate(secret))
        return es256Of(text, secret);
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

void RingReader::add(const QByteArray &id, const QByteArray &secret, const QString &state, qint64 activatedAt,
                     qint64 retireAfter)
{
    static const QStringList verifying{u"next"_s, u"active"_s, u"retiring"_s};
    if (!verifying.contains(state) || (retireAfter != 0 && retireAfter <= QDateTime::currentMSecsSinceEpoch()))
        return;
    m_keys.secrets[id] = secret;
    if (state == "active"_L1 && activatedAt > m_signsSince) {
        m_keys.signer = id;
        m_signsSince = activatedAt;
    }
}

FakeKeyService::FakeKeyService(PostgresConnection connection, std::chrono::milliseconds refresh)
    : m_place(std::move(connection))
    , m_read([this] { return readTable(); })
    , m_refresh(refresh)
    , m_http([this](const QByteArray &received) { return answer(received); })
{
    start();
}

FakeKeyService::FakeKeyService(Read read, std::chrono::milliseconds refresh)
    : m_read(std::move(read))
    , m_refresh(refresh)
    , m_http([this](const QByteArray &received) { return answer(received); })
{
    start();
}

void FakeKeyService::start()
{
    {
        const std::lock_guard lock(m_lock);
        for (std::size_t i = 0; i < m_processes.size(); ++i)
            static_cast<void>(nextProcess());
    }
    m_thread = std::thread([this] { run(); });
}

FakeKeyService::~FakeKeyService()
{
    m_isOver = true;
    m_thread.join();
}

PgConnection &FakeKeyService::connection()
{
    if (!m_connection)
        m_connection = opened(*m_place);
    return *m_connection;
}

VerifyingKeys FakeKeyService::readTable()
{
    const auto rows =
        connection().query("SELECT kid, secret, state FROM jwt_keys WHERE state IN ('next', 'active', 'retiring') AND "
                           "(retire_after IS NULL OR retire_after > now()) ORDER BY activated_at DESC NULLS LAST",
                           {}, std::chrono::steady_clock::now() + 20s);
    if (!rows)
        qFatal("%s", qPrintable(rows.error().message));
    VerifyingKeys keys;
    for (const auto &row : rows->rows) {
        keys.secrets[*row[0]] = *row[1];
        if (keys.signer.isEmpty() && row[2] == "active")
            keys.signer = *row[0];
    }
    return keys;
}

FakeKeyService::Process &FakeKeyService::nextProcess()
{
    const std::size_t index = ++m_turn % m_processes.size();
    Process &process = m_processes.at(index);
    const auto now = std::chrono::steady_clock::now();
    if (process.readAt && (isStuck || now - *process.readAt < m_refresh))
        return process;
    // They were not started together, and do not read together.
    const std::chrono::milliseconds early = process.readAt ? 0ms : m_refresh / 2 * static_cast<int>(index);
    process = {m_read(), now - early};
    return process;
}

QByteArray FakeKeyService::issue(std::chrono::seconds life)
{
    const std::lock_guard lock(m_lock);
    return issueBy(nextProcess(), life);
}

QByteArray FakeKeyService::issueBy(const Process &process, std::chrono::seconds life)
{
    const auto key = process.secrets.find(process.signer);
    if (key == process.secrets.end())
        return {};
    const qint64 end = QDateTime::currentSecsSinceEpoch() + life.count();
    const QByteArray text = part({{u"alg"_s, isPrivate(key->second) ? u"ES256"_s : u"HS256"_s},
                                  {u"kid"_s, QString::fromUtf8(process.signer)}}) +
                            '.' + part({{u"exp"_s, end}});
    const QByteArray token = text + '.' + signatureOf(text, key->second);
    if (!m_place)
        return token;
    const auto stored = connection().query(
        "INSERT INTO sessions VALUES ($1, $2, to_timestamp($3::bigint), NULL)",
        {QUuid::createUuid().toString(QUuid::WithoutBraces).toUtf8(), process.signer, QByteArray::number(end)},
        std::chrono::steady_clock::now() + 20s);
    if (!stored)
        qFatal("%s", qPrintable(stored.error().message));
    return token;
}

void FakeKeyService::sendAway()
{
    m_isOpen = false;
    const std::lock_guard lock(m_lock);
    m_tokens.clear();
    if (!m_place)
        return;
    const auto gone = connection().query("DELETE FROM sessions", {}, std::chrono::steady_clock::now() + 20s);
    if (!gone)
        qFatal("%s", qPrintable(gone.error().message));
}

void FakeKeyService::startAnew(const std::function<void()> &change)
{
    const std::lock_guard lock(m_lock);
    m_tokens.clear();
    m_processes = {};
    m_connection.reset();
    change();
}

bool FakeKeyService::isAcceptedBy(const Process &process, const QByteArray &token)
{
    const QByteArrayList parts = token.split('.');
    if (parts.size() != 3)
        return false;
    const auto key = process.secrets.find(objectIn(parts[0]).value("kid"_L1).toString().toUtf8());
    if (key == process.secrets.end())
        return false;
    const QByteArray text = parts[0] + '.' + parts[1];
    const bool isPair = isPrivate(key->second);
    const bool isSigned = isPair ? isEs256Of(text, parts[2], key->second) : signatureOf(text, key->second) == parts[2];
    return isSigned && objectIn(parts[0]).value("alg"_L1) == (isPair ? "ES256"_L1 : "HS256"_L1) &&
           objectIn(parts[1]).value("exp"_L1).toInteger() > QDateTime::currentSecsSinceEpoch();
}

bool FakeKeyService::accepts(const QByteArray &token)
{
    const std::lock_guard lock(m_lock);
    return isAcceptedBy(nextProcess(), token);
}

void FakeKeyService::run()
{
    for (std::size_t turn = 0; !m_isOver; ++turn) {
        std::this_thread::sleep_for(20ms);
        const std::lock_guard lock(m_lock);
        if (!m_isOpen)
            continue;
        // Some sign in now and then, and as soon as another key signs: what the next process may not have read yet.
        const Process &process = nextProcess();
        if (turn % 25 == 0 || m_tokens.empty() || process.signer != m_lastSigner) {
            m_lastSigner = process.signer;
            if (const QByteArray token = issueBy(process, 24h); !token.isEmpty())
                m_tokens.push_back(token);
        }
        if (m_tokens.empty())
            continue;
        ++came;
        const QByteArray &token = turn % 2 == 0 ? m_tokens.back() : m_tokens[turn / 2 % m_tokens.size()];
        refused += isAcceptedBy(nextProcess(), token) ? 0 : 1;
    }
}

QByteArray FakeKeyService::publicSet()
{
    const std::lock_guard lock(m_lock);
    if (isSetStuck && !m_set.isEmpty())
        return m_set;
    QJsonArray keys;
    for (const auto &[id, secret] : nextProcess().secrets) {
        if (isPrivate(secret))
            keys.append(jwkOf(id, secret));
    }
    m_set = QJsonDocument(QJsonObject{{u"keys"_s, keys}}).toJson(QJsonDocument::Compact);
    return m_set;
}

std::optional<QByteArray> FakeKeyService::answer(const QByteArray &received)
{
    if (received.startsWith("GET /jwks ")) {
        const QByteArray set = publicSet();
        return "HTTP/1.1 200 OK\r\nContent-Type: application/jwk-set+json\r\nCache-Control: public, max-age=" +
               QByteArray::number(maxAge.load()) + "\r\nContent-Length: " + QByteArray::number(set.size()) +
               "\r\n\r\n" + set;
    }
    const qsizetype at = received.indexOf("Authorization: Bearer ");
    const QByteArray token = at < 0 ? QByteArray() : received.mid(at + 22, received.indexOf('\r', at) - at - 22);
    const int said = status != 0 ? status.load() : takesAnything || accepts(token) ? 200 : 401;
    return "HTTP/1.1 " + QByteArray::number(said) + " Said\r\nContent-Length: 2\r\n\r\n{}";
}

} // namespace qd::test
