/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact_text.h"

#include <QHash>

#include <algorithm>
#include <array>
#include <optional>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
bool isWordChar(QChar c)
{
    return c.isLetterOrNumber() || c == u'_';
}

bool hasLetter(QStringView word)
{
    return std::ranges::any_of(word, [](QChar c) { return c.isLetter(); });
}

bool isBlank(QChar c)
{
    return c == u' ' || c == u'\t';
}

bool isLineEnd(QChar c)
{
    return c == u'\n' || c == u'\r';
}

bool isQuote(QChar c)
{
    return c == u'"' || c == u'\'' || c == u'`';
}

/// `\u0077` and the like, as they stand in a name of JSON that could not be parsed.
QString unescaped(QStringView name)
{
    QString plain;
    plain.reserve(name.size());
    for (qsizetype i = 0; i < name.size(); ++i) {
        if (name[i] != u'\\') {
            plain.append(name[i]);
            continue;
        }
        plain.append(QChar(name.mid(i + 2, 4).toUShort(nullptr, 16)));
        i += 5;
    }
    return plain;
}

bool endsAny(QStringView word, std::initializer_list<QStringView> ends)
{
    return std::ranges::any_of(ends, [&](QStringView end) { return word.endsWith(end); });
}

/// One word of a name, in lower case. The short ones count inside a word alone: "wor(ds n)ow" is none.
Secrecy secrecyOfWord(QStringView word)
{
    static constexpr std::array<QStringView, 4> certain{u"dsn", u"salt", u"jwt", u"pwd"};
    if (word == u"pw" || std::ranges::any_of(certain, [&](QStringView part) { return word.contains(part); }))
        return Secrecy::Certain;
    const bool maybe = word != u"bypass" && endsAny(word, {u"pass", u"auth"});
    return maybe ? Secrecy::Maybe : Secrecy::None;
}

/// Walks over the text once: `m_at` never goes back.
class Masker
{
public:
    explicit Masker(const QString &text)
        : m_text(text)
    {
    }

    QString run()
    {
        while (m_at < m_text.size()) {
            if (stepAt(m_at) > 0)
                takeName();
            else
                copyTo(m_at + 1);
        }
        return m_out;
    }

private:
    /// A name that was read, from `start` to the present place.
    struct Name
    {
        qsizetype start = 0;
        qsizetype end = 0;
        Secrecy alone = Secrecy::None;
        Secrecy secrecy = Secrecy::None; ///< with the word before
    };

    [[nodiscard]] QChar at(qsizetype i) const { return i < m_text.size() ? m_text[i] : QChar(); }
    [[nodiscard]] QStringView part(qsizetype from, qsizetype to) const
    {
        return QStringView(m_text).mid(from, to - from);
    }
    [[nodiscard]] bool isAt(qsizetype i, QStringView what) const
    {
        return part(i, i + what.size()).compare(what, Qt::CaseInsensitive) == 0;
    }

    [[nodiscard]] Secrecy secrecyIn(qsizetype from, qsizetype to) const
    {
        const QStringView name = part(from, to);
        return name.contains(u'\\') ? secrecyOf(unescaped(name)) : secrecyOf(name);
    }

    /// Of the word before and this one. A number adds nothing; and each is another, as a page of metrics is full of.
    [[nodiscard]] Secrecy secrecyWithBefore(const Name &name) const
    {
        return hasLetter(part(name.start, name.end)) ? secrecyIn(m_before.start, name.end) : m_before.alone;
    }

    /// How many characters of a name's next one stand at `i`; 0: none does.
    [[nodiscard]] qsizetype stepAt(qsizetype i) const
    {
        const QChar c = at(i);
        if (isWordChar(c) || c == u'-' || c == u'.')
            return 1;
        if (c != u'\\' || at(i + 1) != u'u' || i + 6 > m_text.size())
            return 0;
        bool isHex = false;
        static_cast<void>(part(i + 2, i + 6).toUShort(&isHex, 16));
        return isHex ? 6 : 0;
    }

    void copyTo(qsizetype end)
    {
        m_out.append(part(m_at, end));
        m_at = end;
    }
    /// What stands up to `end` is replaced.
    void maskTo(qsizetype end)
    {
        if (end <= m_at)
            return;
        m_out.append(secretMark);
        m_at = end;
    }
    template <class Until>
    [[nodiscard]] qsizetype endOf(qsizetype from, Until until) const
    {
        while (from < m_text.size() && !until(m_text[from]))
            ++from;
        return from;
    }
    [[nodiscard]] qsizetype afterBlanks(qsizetype from) const
    {
        return endOf(from, [](QChar c) { return !isBlank(c); });
    }
    [[nodiscard]] qsizetype wordEnd(qsizetype from) const
    {
        return endOf(from, [](QChar c) { return c.isSpace(); });
    }
    [[nodiscard]] qsizetype lineEnd(qsizetype from) const { return endOf(from, isLineEnd); }

    void takeName()
    {
        Name name{.start = m_at, .end = m_at};
        while (const qsizetype step = stepAt(name.end))
            name.end += step;
        // "api key": the word before belongs to the name too.
        const bool twoWords = m_before.end > 0 && m_before.end + 1 == name.start && at(m_before.end) == u' ';
        name.alone = secrecyIn(name.start, name.end);
        name.secrecy = std::max(name.alone, twoWords ? secrecyWithBefore(name) : Secrecy::None);
        const QStringView word = part(name.start, name.end);
        m_before = name;
        copyTo(name.end);
        if (isAt(m_at, u"://"))
            takeUserInfo();
        else if (name.secrecy != Secrecy::None)
            takeSecret(name);
        else if (word.compare(u"bearer", Qt::CaseInsensitive) == 0 || word.compare(u"basic", Qt::CaseInsensitive) == 0)
            takeScheme();
    }

    /// "Bearer TOKEN".
    void takeScheme()
    {
        const qsizetype start = afterBlanks(m_at);
        if (start == m_at || isQuote(at(start)))
            return;
        copyTo(start);
        maskTo(wordEnd(start));
    }

    /// "scheme://user:password@host". A password may hold '/' and '@', so the last '@' ends it.
    void takeUserInfo()
    {
        copyTo(m_at + 3);
        if (m_at >= m_urlEnd) {
            m_urlEnd = endOf(m_at, [](QChar c) { return c.isSpace() || c == u'"' || c == u'<' || c == u'>'; });
            m_urlAt = part(m_at, m_urlEnd).lastIndexOf(u'@');
            m_urlAt += m_urlAt < 0 ? 0 : m_at;
        }
        if (m_urlAt < m_at)
            return;
        const qsizetype end = m_urlAt;
        const qsizetype user =
            endOf(m_at, [](QChar c) { return c == u':' || c == u'/' || c == u'?' || c == u'#' || c == u'@'; });
        if (at(user) == u':') {
            copyTo(user + 1);
            maskTo(end);
        } else if (at(user) == u'@') {
            maskTo(end); // a user alone is a token: https://TOKEN@host
        }
    }

    /// What follows a secret's name: `=`, `:`, `>`, a quoted value, or a flag's next word.
    void takeSecret(const Name &name)
    {
        qsizetype i = m_at;
        while (at(i) == u'\\')
            ++i;
        const bool quoted = isQuote(at(i));
        const bool closed = quoted || at(i) == u')' || at(i) == u']';
        i += closed ? 1 : 0;
        if (!closed && at(m_at) == u'>') {
            copyTo(m_at + 1);
            maskTo(endOf(m_at, [](QChar c) { return c == u'<'; }));
            return;
        }
        const qsizetype separator = endOf(i, [&](QChar c) { return !isBlank(c) && !(quoted && isLineEnd(c)); });
        const auto value = afterSeparator(separator, quoted);
        if (value)
            takeValue(name, separator, *value, quoted);
        else if (!closed && separator > m_at)
            takeWithoutSeparator(name, separator);
    }

    /// Where the value begins after the separator at `i`, or nothing if there is none.
    [[nodiscard]] std::optional<qsizetype> afterSeparator(qsizetype i, bool quoted) const
    {
        if (isAt(i, u"%3d") || isAt(i, u"%3a"))
            i += 3;
        else if (at(i) == u'=' || at(i) == u':')
            i += endOf(i, [](QChar c) { return c != u'=' && c != u':' && c != u'>'; }) - i;
        else
            return std::nullopt;
        return endOf(i, [&](QChar c) { return !isBlank(c) && !(quoted && isLineEnd(c)); });
    }

    void takeWithoutSeparator(const Name &name, qsizetype value)
    {
        // ALTER ROLE bob PASSWORD E'…'; --password …
        const qsizetype quote = isAt(value, u"U&'") ? value + 2 : at(value + 1) == u'\'' ? value + 1 : value;
        if (isQuote(at(quote))) {
            copyTo(quote);
            maskQuoted(0);
        } else if (isAt(name.start, u"--")) {
            copyTo(value);
            maskTo(wordEnd(value));
        }
    }

    void takeValue(const Name &name, qsizetype separator, qsizetype value, bool quoted)
    {
        const bool isColon = at(separator) == u':';
        const QChar before = name.start > 0 ? at(name.start - 1) : QChar();
        copyTo(value);
        if (name.secrecy == Secrecy::Maybe && isNumber(value))
            return;
        const qsizetype slashes = endOf(value, [](QChar c) { return c != u'\\'; }) - value;
        if (isQuote(at(value + slashes))) {
            copyTo(value + slashes);
            maskQuoted(slashes);
        } else if (at(value) == u'{' || at(value) == u'[' || at(value) == u'(') {
            maskTo(closingOf(value));
        } else if (before == u'?' || before == u'&') {
            maskTo(endOf(value, [](QChar c) { return c.isSpace() || c == u'&' || c == u'#'; }));
        } else if (quoted) {
            maskTo(endOf(value, [](QChar c) { return c.isSpace() || c == u',' || c == u'}' || c == u']'; }));
        } else {
            maskTo(isColon ? lineEnd(value) : wordEnd(value));
        }
    }

    [[nodiscard]] bool isNumber(qsizetype from) const
    {
        const qsizetype end = endOf(from, [](QChar c) { return !(c >= u'0' && c <= u'9') && c != u'.'; });
        return end > from && (end == m_text.size() || !isWordChar(at(end))) && !isQuote(at(end));
    }

    /// The place after the quoted text that begins at `from` behind `slashes` backslashes, or the end of all text.
    [[nodiscard]] qsizetype closingQuote(qsizetype from, qsizetype slashes) const
    {
        const QChar quote = at(from);
        qsizetype before = 0;
        for (qsizetype i = from + 1; i < m_text.size(); ++i) {
            if (m_text[i] == u'\\') {
                ++before;
                continue;
            }
            const bool closes = slashes == 0 ? before % 2 == 0 : before <= slashes;
            before = 0;
            if (m_text[i] != quote || !closes)
                continue;
            if (quote == u'\'' && at(i + 1) == u'\'') {
                ++i; // SQL doubles it
                continue;
            }
            return i + 1;
        }
        return m_text.size();
    }

    /// The quotes stay, so that the line still reads as what it was.
    void maskQuoted(qsizetype slashes)
    {
        const QChar quote = at(m_at);
        const qsizetype end = closingQuote(m_at, slashes);
        m_out.append(quote).append(secretMark).append(QString(slashes, u'\\')).append(quote);
        m_at = end;
    }

    /// The place after the bracket that closes the one at `from`, or the end of all text.
    [[nodiscard]] qsizetype closingOf(qsizetype from) const
    {
        int depth = 0;
        while (from < m_text.size()) {
            const QChar c = m_text[from];
            if (c == u'"') {
                from = closingQuote(from, 0);
                continue;
            }
            ++from;
            if (c == u'{' || c == u'[' || c == u'(')
                ++depth;
            else if (c == u'}' || c == u']' || c == u')')
                --depth;
            if (depth == 0)
                break;
        }
        return from;
    }

    const QString &m_text;
    QString m_out;
    qsizetype m_at = 0;
    Name m_before;
    qsizetype m_urlEnd = 0; ///< of the run without white space around the last URL, with
    qsizetype m_urlAt = -1; ///< its last '@': found once for each run
};
Secrecy judged(QStringView name)
{
    static constexpr std::array<QStringView, 16> certain{
        u"password",   u"passwd",        u"passphrase", u"passcode",   u"secret",        u"token",
        u"apikey",     u"accesskey",     u"privatekey", u"signingkey", u"encryptionkey", u"signature",
        u"credential", u"authorization", u"cookie",     u"bearer"};
    const QString lower = name.toString().toLower();
    QString joined;
    Secrecy found = Secrecy::None;
    for (qsizetype i = 0; i < lower.size();) {
        qsizetype end = i;
        while (end < lower.size() && lower[end].isLetterOrNumber())
            ++end;
        const QStringView word = QStringView(lower).mid(i, end - i);
        joined.append(word);
        found = std::max(found, secrecyOfWord(word));
        i = end + 1;
    }
    const bool sure = std::ranges::any_of(certain, [&](QStringView part) { return joined.contains(part); });
    return sure ? Secrecy::Certain : found;
}
} // namespace

Secrecy secrecyOf(QStringView name)
{
    constexpr qsizetype longest = 64;
    constexpr qsizetype most = 4096;
    if (!hasLetter(name))
        return Secrecy::None;
    if (name.size() > longest)
        return judged(name);
    // A page of metrics has the same names at every poll.
    thread_local QHash<QString, Secrecy> known;
    const auto found = known.constFind(QString::fromRawData(name.data(), name.size()));
    if (found != known.cend())
        return *found;
    if (known.size() >= most)
        known.clear();
    return *known.insert(name.toString(), judged(name));
}

QString maskedText(const QString &text)
{
    return Masker(text).run();
}

} // namespace qd
