/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"

#include "base/redact_text.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QUrlQuery>

#include <algorithm>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int stringLevelCap = 4; ///< of JSON inside a string inside JSON…

QByteArray maskedAt(const QByteArray &text, int level);

/// One word has no secret below a name in it, and is no URL and no document.
bool isWord(QByteArrayView text)
{
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    });
}

/// `quoted` is a string as written in valid JSON, with its quotes.
QString decoded(const QByteArray &quoted)
{
    if (!quoted.contains('\\'))
        return QString::fromUtf8(quoted.mid(1, quoted.size() - 2));
    return QJsonDocument::fromJson('[' + quoted + ']').array().at(0).toString();
}

QByteArray encoded(const QString &text)
{
    const QByteArray list = QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact);
    return list.mid(1, list.size() - 2);
}

/// Walks over the tokens of a document that has been parsed, so that all that is no secret stays as it was written:
/// order, spaces and digits. Doubled members, of which a parsed document keeps one, are seen too.
class JsonMasker
{
public:
    JsonMasker(const QByteArray &json, int level)
        : m_json(json)
        , m_level(level)
    {
    }

    QByteArray run()
    {
        m_out.reserve(m_json.size());
        while (m_at < m_json.size()) {
            const char c = m_json[m_at];
            if (c == '"')
                takeString();
            else if (c == '{' || c == '[')
                open(c == '{');
            else if (c == '}' || c == ']')
                close();
            else if (c == ',' || c == ':' || isSpace(c))
                separate(c);
            else
                takeWord();
        }
        return m_out;
    }

private:
    struct Level
    {
        bool isObject = false;
        bool expectsName = false;
        Secrecy inherited = Secrecy::None;
    };

    static bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

    [[nodiscard]] qsizetype stringEnd(qsizetype from) const
    {
        for (qsizetype i = from + 1; i < m_json.size(); ++i) {
            if (m_json[i] == '\\')
                ++i;
            else if (m_json[i] == '"')
                return i + 1;
        }
        return m_json.size();
    }
    [[nodiscard]] qsizetype closingOf(qsizetype from) const
    {
        int depth = 0;
        while (from < m_json.size()) {
            const char c = m_json[from];
            from = c == '"' ? stringEnd(from) : from + 1;
            depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
            if (depth == 0)
                break;
        }
        return from;
    }
    void copyTo(qsizetype end)
    {
        m_out.append(QByteArrayView(m_json).sliced(m_at, end - m_at));
        m_at = end;
    }
    void maskTo(qsizetype end)
    {
        m_out.append('"' + secretMark.toUtf8() + '"');
        m_at = end;
    }

    void separate(char c)
    {
        if (c == ',' && !m_open.empty()) {
            m_open.back().expectsName = m_open.back().isObject;
            m_next = m_open.back().inherited;
        }
        m_out.append(c);
        ++m_at;
    }
    void open(bool isObject)
    {
        if (m_next == Secrecy::Certain) {
            maskTo(closingOf(m_at));
            return;
        }
        m_open.push_back({.isObject = isObject, .expectsName = isObject, .inherited = m_next});
        m_out.append(m_json[m_at++]);
    }
    void close()
    {
        if (!m_open.empty())
            m_open.pop_back();
        m_out.append(m_json[m_at++]);
    }
    /// A number, true, false or null.
    void takeWord()
    {
        qsizetype end = m_at;
        while (end < m_json.size() && !isSpace(m_json[end]) && !QByteArrayView(",:{}[]\"").contains(m_json[end]))
            ++end;
        if (m_next == Secrecy::Certain) {
            maskTo(end);
            return;
        }
        copyTo(end);
    }
    void takeString()
    {
        const qsizetype end = stringEnd(m_at);
        const bool isName = !m_open.empty() && m_open.back().expectsName;
        if (!isName && m_next != Secrecy::None) {
            maskTo(end);
            return;
        }
        // Most are: numbers that a store tells as text, names, states.
        if (const auto inside = QByteArrayView(m_json).sliced(m_at + 1, end - m_at - 2); isWord(inside)) {
            if (isName)
                takeName(QString::fromLatin1(inside));
            copyTo(end);
            return;
        }
        const QByteArray written = m_json.mid(m_at, end - m_at);
        const QString plain = decoded(written);
        if (isName)
            takeName(plain);
        const QByteArray before = plain.toUtf8();
        const QByteArray safe = maskedAt(before, m_level + 1);
        m_out.append(safe == before ? written : encoded(QString::fromUtf8(safe)));
        m_at = end;
    }
    void takeName(const QString &name)
    {
        Level &level = m_open.back();
        level.expectsName = false;
        m_next = std::max(secrecyOf(name), level.inherited);
        // A health check may be called "auth"; how it is does not make a secret.
        const bool tellsState = name == "status"_L1 || name == "state"_L1;
        if (m_next == Secrecy::Maybe && tellsState)
            m_next = Secrecy::None;
    }

    const QByteArray &m_json;
    const int m_level;
    QByteArray m_out;
    qsizetype m_at = 0;
    std::vector<Level> m_open;
    Secrecy m_next = Secrecy::None; ///< of the value that comes next
};

QByteArray maskedAt(const QByteArray &text, int level)
{
    if (isWord(text))
        return text;
    const QByteArray start = text.left(64).trimmed();
    const bool mayBeJson = start.startsWith('{') || start.startsWith('[');
    if (mayBeJson && level > stringLevelCap)
        return secretMark.toUtf8();
    if (mayBeJson && !QJsonDocument::fromJson(text).isNull())
        return JsonMasker(text, level).run();
    const QString before = QString::fromUtf8(text);
    const QString after = maskedText(before);
    return after == before ? text : after.toUtf8();
}
} // namespace

bool namesSecret(QStringView name)
{
    return secrecyOf(name) != Secrecy::None;
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
            safe.addQueryItem(name, secret ? secretMark.toString() : maskedText(value));
        }
        plain.setQuery(safe);
    }
    plain.setFragment({});
    return plain.toDisplayString();
}

QByteArray withoutSecrets(QByteArray text, const QList<QByteArray> &secrets)
{
    constexpr qsizetype shortest = 8;
    for (const QByteArray &secret : secrets) {
        if (secret.size() < shortest)
            continue;
        QByteArray escaped = secret;
        escaped.replace('/', "\\/");
        for (const QByteArray &form : {secret, escaped, secret.toPercentEncoding()})
            text.replace(form, secretMark.toUtf8());
    }
    return text;
}

QByteArray masked(const QByteArray &text)
{
    return maskedAt(text, 0);
}

QByteArray maskedJson(const QJsonDocument &document)
{
    const QByteArray json = document.toJson(QJsonDocument::Compact);
    return JsonMasker(json, 0).run();
}

} // namespace qd
