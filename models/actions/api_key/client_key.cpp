/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/api_key/client_key.h"

#include "base/cleaned.h"

#include <QCryptographicHash>
#include <QRegularExpression>
#include <QStringList>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int mostDigits = 256;
constexpr auto fewestSecret = 32; // digits: 128 bits
constexpr auto fewestShown = 6;   // digits, that tell keys apart
constexpr auto provedWithin = std::chrono::minutes(2);
} // namespace

Result<KeyForm> KeyForm::from(const QString &written, qsizetype shown)
{
    static const QRegularExpression form(u"^(?:[A-Za-z0-9_.-]|\\{[0-9]{1,3}\\})+$"_s);
    static const QRegularExpression digits(u"\\{([0-9]+)\\}"_s);
    if (!form.match(written).hasMatch())
        return failure(ErrorCode::BadInput,
                       u"expected how a key looks, as in lg_{8}_{40}: letters, and how many hexadecimal digits stand "
                       "where"_s);
    KeyForm made;
    qsizetype from = 0;
    for (auto all = digits.globalMatch(written); all.hasNext();) {
        const auto match = all.next();
        made.m_text += written.mid(from, match.capturedStart() - from).toLatin1();
        made.m_text += QByteArray(std::min(match.captured(1).toInt(), mostDigits), '\0');
        from = match.capturedEnd();
    }
    made.m_text += written.mid(from).toLatin1();
    made.m_shown = shown;
    if (made.m_text.left(shown).count('\0') < fewestShown || made.m_text.mid(shown).count('\0') < fewestSecret)
        return failure(ErrorCode::BadInput,
                       u"expected at least %1 digits in the first %2 characters, which are shown, and %3 after them"_s
                           .arg(fewestShown)
                           .arg(shown)
                           .arg(fewestSecret));
    return made;
}

QByteArray KeyForm::random() const
{
    std::array<unsigned char, 2 * mostDigits> bytes{};
    QByteArray key(m_text.constData(), m_text.size());
    if (key.size() > static_cast<qsizetype>(bytes.size()) ||
        RAND_priv_bytes(bytes.data(), static_cast<int>(key.size())) != 1)
        qFatal("the operating system gives no random numbers");
    for (qsizetype i = 0; i < key.size(); ++i) {
        if (key[i] == '\0')
            key[i] = "0123456789abcdef"[bytes.at(static_cast<std::size_t>(i)) & 15];
    }
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return key;
}

QByteArray KeyForm::newPrefix() const
{
    return random().left(m_shown);
}

Secret KeyForm::newKey(const QByteArray &prefix) const
{
    QByteArray key = random();
    std::ranges::copy(prefix.left(m_shown), key.begin());
    return Secret(std::move(key));
}

bool KeyForm::isWhole(QStringView text) const
{
    return m_shown > 0 && text.size() > m_shown &&
           text.startsWith(QString::fromLatin1(m_text.left(m_text.indexOf('\0'))));
}

QByteArray hashOf(const Secret &key, const std::optional<Secret> &salt)
{
    const QByteArray &text = key.reveal();
    if (!salt)
        return QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    HMAC(EVP_sha256(), salt->reveal().constData(), static_cast<int>(salt->reveal().size()),
         reinterpret_cast<const unsigned char *>(text.constData()), static_cast<std::size_t>(text.size()),
         digest.data(), &length);
    return QByteArray(reinterpret_cast<const char *>(digest.data()), length).toHex();
}

bool ClientKey::wasNeverUsed() const
{
    return !lastUsedAt || (createdAt && *lastUsedAt <= *createdAt + provedWithin);
}

const ClientKey *ClientKeys::find(QStringView prefix) const
{
    const auto found = std::ranges::find(keys, prefix, &ClientKey::prefix);
    return found == keys.end() ? nullptr : &*found;
}

QString clientOf(const ClientKey &key)
{
    QStringList told;
    for (const auto &each : key.owner) {
        if (const QString word = cleaned(QString::fromUtf8(each.value_or(QByteArray())), 60); !word.isEmpty())
            told.append(word);
    }
    return told.join(u" · "_s);
}

} // namespace qd
