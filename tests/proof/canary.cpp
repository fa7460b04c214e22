/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "canary.h"

#include <QDirIterator>
#include <QFile>
#include <QStringEncoder>

using namespace Qt::StringLiterals;

namespace qd::proof {

Canary::Canary(QString name, const QByteArray &text)
    : m_name(std::move(name))
    , m_text(text)
{
    const QString words = QString::fromLatin1(text); // a key is no text: each of its bytes is one character then
    m_forms = {{u"it is"_s, text},
               {u"UTF-16 LE"_s, QStringEncoder(QStringEncoder::Utf16LE)(words)},
               {u"UTF-16 BE"_s, QStringEncoder(QStringEncoder::Utf16BE)(words)},
               {u"hex"_s, text.toHex()},
               {u"HEX"_s, text.toHex().toUpper()},
               {u"URL"_s, text.toPercentEncoding()},
               {u"url"_s, text.toPercentEncoding().toLower()}};
    for (const auto &[alphabet, option] : {std::pair(u"base64"_s, QByteArray::Base64Encoding),
                                           std::pair(u"base64url"_s, QByteArray::Base64UrlEncoding)}) {
        for (int before = 0; before < 3; ++before) {
            const QByteArray encoded =
                (QByteArray(before, '\0') + text).toBase64(option | QByteArray::OmitTrailingEquals);
            // The first and last characters also tell of what stands beside it.
            const int begin = before == 0 ? 0 : before + 1;
            const qsizetype end = (before + text.size()) * 8 / 6;
            m_forms.append({u"%1 +%2"_s.arg(alphabet).arg(before), encoded.mid(begin, end - begin)});
        }
    }
}

QString Canary::formIn(const QByteArray &bytes) const
{
    for (const Form &form : m_forms) {
        if (bytes.contains(form.bytes))
            return form.name;
    }
    return {};
}

QStringList foundIn(const QString &where, const QByteArray &bytes, const QList<Canary> &canaries)
{
    QStringList found;
    for (const Canary &canary : canaries) {
        if (const QString form = canary.formIn(bytes); !form.isEmpty())
            found.append(u"%1 as %2 in %3"_s.arg(canary.name(), form, where));
    }
    return found;
}

QStringList foundBelow(const QString &directory, const QList<Canary> &canaries, const QStringList &own, int *files)
{
    QStringList found;
    QDirIterator all(directory, QDir::Files | QDir::Hidden | QDir::System, QDirIterator::Subdirectories);
    while (all.hasNext()) {
        const QString path = all.next();
        if (own.contains(path))
            continue;
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            continue;
        if (files != nullptr)
            ++*files;
        found += foundIn(path, path.toUtf8() + '\n' + file.readAll(), canaries);
    }
    return found;
}

} // namespace qd::proof
