/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/entry.h"

#include <QCborStreamWriter>

#include <openssl/evp.h>

#include <array>
#include <memory>

using namespace Qt::StringLiterals;

namespace qd {
namespace {

constexpr int version = 1;
constexpr qsizetype hashSize = 32;

// A fetched digest, which OpenSSL 3 would otherwise look up for each entry.
const EVP_MD *sha256()
{
    static const EVP_MD *const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return digest;
}

} // namespace

QByteArray canonicalBytes(const Entry &entry)
{
    QByteArray bytes;
    QCborStreamWriter writer(&bytes);
    writer.startArray(11);
    writer.append(version);
    writer.append(entry.seq);
    writer.append(qint64{entry.at.time_since_epoch().count()});
    writer.append(QStringView(entry.kind));
    writer.append(QStringView(entry.operatorId));
    writer.append(QStringView(entry.host));
    writer.append(QStringView(entry.deployment));
    writer.append(entry.planId);
    writer.append(entry.step);
    writer.append(QStringView(entry.reason));
    writer.append(entry.body);
    writer.endArray();
    return bytes;
}

QByteArray hashOf(const Entry &entry)
{
    struct Free
    {
        void operator()(EVP_MD_CTX *context) const { EVP_MD_CTX_free(context); }
    };
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    const QByteArray bytes = canonicalBytes(entry);
    QByteArray hash(hashSize, '\0');
    EVP_DigestInit_ex(context.get(), sha256(), nullptr);
    EVP_DigestUpdate(context.get(), entry.previous.constData(), static_cast<size_t>(entry.previous.size()));
    EVP_DigestUpdate(context.get(), bytes.constData(), static_cast<size_t>(bytes.size()));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned
    EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char *>(hash.data()), nullptr);
    return hash;
}

QByteArray beforeFirst()
{
    return QByteArray(hashSize, '\0');
}

Result<void> check(const Entry &entry)
{
    const auto refused = [](ErrorCode code, const QString &what) {
        return failure(code, u"the journal does not take this entry: %1"_s.arg(what));
    };
    if (entry.kind.isEmpty())
        return refused(ErrorCode::BadInput, u"it has no kind"_s);
    if (!entry.planId.isEmpty() && entry.planId.size() != hashSize)
        return refused(ErrorCode::BadInput, u"a plan's id has 32 bytes, not %1"_s.arg(entry.planId.size()));
    if (entry.step < -1)
        return refused(ErrorCode::BadInput, u"there is no step %1"_s.arg(entry.step));
    for (const QString &name : {entry.kind, entry.operatorId, entry.host, entry.deployment}) {
        if (name.size() > maxNameLength)
            return refused(ErrorCode::TooLarge, u"a name is over %1 characters"_s.arg(maxNameLength));
    }
    if (entry.reason.size() > maxReasonLength)
        return refused(ErrorCode::TooLarge, u"the reason is over %1 characters"_s.arg(maxReasonLength));
    if (entry.body.size() > maxBodySize)
        return refused(ErrorCode::TooLarge, u"the evidence is over %1 KiB"_s.arg(maxBodySize / 1024));
    return {};
}

} // namespace qd
