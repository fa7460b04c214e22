/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"

#include <QRegularExpression>
#include <QUrlQuery>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QString mark()
{
    return u"••••"_s;
}

/// The words that make a name a secret's. "key" alone is too common (`key_id`, `cache keys`) and stands qualified.
const QRegularExpression &secretName()
{
    static const QRegularExpression expression(
        u"(passw(or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|signing[-_]?key|signature|"
        "credential|authorization|cookie|dsn|salt)"_s,
        QRegularExpression::CaseInsensitiveOption);
    return expression;
}
} // namespace

bool namesSecret(QStringView name)
{
    return secretName().match(name.toString()).hasMatch();
}

QString shown(const QUrl &url)
{
    QUrl plain = url;
    plain.setUserInfo({});
    if (plain.hasQuery()) {
        const QUrlQuery query(plain);
        QUrlQuery safe;
        const auto items = query.queryItems();
        for (const auto &[name, value] : items) {
            const bool secret = namesSecret(name) || name == "key"_L1 || name == "sig"_L1;
            safe.addQueryItem(name, secret ? mark() : value);
        }
        plain.setQuery(safe);
    }
    plain.setFragment({});
    return plain.toDisplayString();
}

QByteArray masked(QByteArray text)
{
    static const QString names =
        u"[\\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key|"
        "private[-_]?key|signing[-_]?key|signature|credential|authorization|cookie|dsn|salt)[\\w.-]*"_s;
    static const QRegularExpression json(u"(\"%1\"\\s*:\\s*)(\"(?:[^\"\\\\]|\\\\.)*\"|[^,}\\]\\s]+)"_s.arg(names),
                                         QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression bearer(u"\\b(Bearer|Basic)\\s+[A-Za-z0-9._~+/=-]+"_s,
                                           QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression pairs(u"\\b(%1)(\\s*[=:]\\s*)(?!\")(?!\\{)(?!\\[)([^\\s,;&\"']+)"_s.arg(names),
                                          QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression urls(u"([a-z][a-z0-9+.-]*://[^\\s:/@\"]*):[^\\s@/\"]+@"_s,
                                         QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression sql(u"(\\bpassword\\s+)('(?:[^']|'')*'|E'(?:[^'\\\\]|\\\\.)*')"_s,
                                        QRegularExpression::CaseInsensitiveOption);
    QString work = QString::fromUtf8(text);
    work.replace(json, u"\\1\"%1\""_s.arg(mark()));
    work.replace(bearer, u"\\1 %1"_s.arg(mark()));
    work.replace(urls, u"\\1:%1@"_s.arg(mark()));
    work.replace(sql, u"\\1'%1'"_s.arg(mark()));
    work.replace(pairs, u"\\1\\2%1"_s.arg(mark()));
    return work.toUtf8();
}

} // namespace qd
