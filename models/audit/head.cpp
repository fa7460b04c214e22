/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/head.h"

#include "audit/signing.h"

#include <QCborStreamWriter>
#include <QDateTime>

using namespace Qt::StringLiterals;

namespace qd {
namespace {

QByteArray signedBytes(const Head &head)
{
    QByteArray bytes;
    QCborStreamWriter writer(&bytes);
    writer.startArray(4);
    writer.append("quarterdeck journal head 1"_L1); // no other signature of this key can be taken for it
    writer.append(head.seq);
    writer.append(qint64{head.at.time_since_epoch().count()});
    writer.append(head.hash);
    writer.endArray();
    return bytes;
}

} // namespace

Result<Head> signedHead(qint64 seq, const QByteArray &hash, Instant at, const SigningIdentity &identity)
{
    Head head{.seq = seq, .hash = hash, .at = at, .key = identity.publicKey(), .signature = {}};
    auto signature = identity.sign(signedBytes(head));
    if (!signature)
        return std::unexpected(signature.error());
    head.signature = std::move(*signature);
    return head;
}

bool isGenuine(const Head &head)
{
    return verify(head.key, signedBytes(head), head.signature);
}

QByteArray toLine(const Head &head)
{
    const auto at = QDateTime::fromMSecsSinceEpoch(head.at.time_since_epoch().count(), Qt::UTC);
    return QByteArrayList{QByteArray::number(head.seq), head.hash.toHex(), at.toString(Qt::ISODateWithMs).toLatin1(),
                          head.key.toBase64(), head.signature.toBase64()}
        .join(' ');
}

std::optional<Head> headFromLine(const QByteArray &line)
{
    const QByteArrayList words = line.split(' ');
    if (words.size() != 5)
        return {};
    bool isNumber = false;
    const qint64 seq = words[0].toLongLong(&isNumber);
    const auto at = QDateTime::fromString(QString::fromLatin1(words[2]), Qt::ISODateWithMs);
    Head head{.seq = seq,
              .hash = QByteArray::fromHex(words[1]),
              .at = Instant(std::chrono::milliseconds(at.toMSecsSinceEpoch())),
              .key = QByteArray::fromBase64(words[3]),
              .signature = QByteArray::fromBase64(words[4])};
    // What is written another way than we write it is not ours.
    if (!isNumber || seq < 1 || !at.isValid() || head.hash.size() != 32 || toLine(head) != line)
        return {};
    return head;
}

} // namespace qd
