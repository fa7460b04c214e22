/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/json_text.h"

#include <QJsonDocument>
#include <QJsonValue>
#include <QList>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QString pointerToken(QString name)
{
    return name.replace(u'~', u"~0"_s).replace(u'/', u"~1"_s);
}

/// The text of a quoted JSON string, unescaped.
QString unquoted(const QString &quoted)
{
    // A one-element array is the shortest document that holds a string.
    const auto document = QJsonDocument::fromJson(u"[%1]"_s.arg(quoted).toUtf8());
    return document[0].toString();
}

/// Lays JSON out token by token, with an explicit stack: depth cannot exhaust ours.
class Printer
{
public:
    Printer(QString source, QString pointer)
        : m_source(std::move(source))
        , m_pointer(std::move(pointer))
    {
    }

    /// False where the text is no JSON.
    bool run()
    {
        while (skipSpace()) {
            if (!token(m_source[m_at]))
                return false;
        }
        // Cut off inside the marked part: what there is of it stays marked.
        if (m_out.start >= 0 && m_out.length == 0)
            m_out.length = m_out.text.size() - m_out.start;
        return !m_out.text.isEmpty();
    }
    MarkedText take() { return std::move(m_out); }

private:
    struct Level
    {
        bool isObject = false;
        bool expectsName = false;
        bool isEmpty = true;
        qsizetype index = 0;
        QString name;
        qsizetype startsAt = 0;
        bool isMarked = false;
    };

    bool skipSpace()
    {
        while (m_at < m_source.size() && m_source[m_at].isSpace())
            ++m_at;
        return m_at < m_source.size();
    }
    void newLine() { m_out.text += u'\n' + QString(m_levels.size() * 2, u' '); }

    bool token(QChar c)
    {
        if (c == u'{' || c == u'[')
            return open(c);
        if (c == u'}' || c == u']')
            return close(c);
        if (c == u',')
            return comma();
        if (c == u':')
            return colon();
        return c == u'"' ? string() : word();
    }

    /// Called before every value: breaks the line inside an array and tells whether this value is the marked one.
    bool begin()
    {
        if (!m_levels.isEmpty()) {
            Level &level = m_levels.last();
            if (level.isObject && level.expectsName)
                return false;
            if (!level.isObject)
                newLine();
            level.isEmpty = false;
        }
        m_marksNext = m_out.start < 0 && path() == m_pointer;
        if (m_marksNext)
            m_out.start = m_out.text.size();
        return true;
    }
    void end(bool marked)
    {
        if (marked)
            m_out.length = m_out.text.size() - m_out.start;
    }
    [[nodiscard]] QString path() const
    {
        QString path;
        for (const Level &level : m_levels)
            path += u'/' + (level.isObject ? pointerToken(level.name) : QString::number(level.index));
        return path;
    }

    bool open(QChar c)
    {
        if (!begin())
            return false;
        m_levels.append({.isObject = c == u'{', .expectsName = c == u'{', .isMarked = m_marksNext});
        m_out.text += c;
        ++m_at;
        return true;
    }
    bool close(QChar c)
    {
        if (m_levels.isEmpty() || m_levels.last().isObject != (c == u'}'))
            return false;
        const Level level = m_levels.takeLast();
        if (!level.isEmpty)
            newLine();
        m_out.text += c;
        ++m_at;
        end(level.isMarked);
        return true;
    }
    bool comma()
    {
        if (m_levels.isEmpty())
            return false;
        Level &level = m_levels.last();
        level.expectsName = level.isObject;
        ++level.index;
        m_out.text += u',';
        ++m_at;
        return true;
    }
    bool colon()
    {
        if (m_levels.isEmpty() || !m_levels.last().isObject)
            return false;
        m_levels.last().expectsName = false;
        m_out.text += u": "_s;
        ++m_at;
        return true;
    }
    bool string()
    {
        const qsizetype from = m_at++;
        while (m_at < m_source.size() && m_source[m_at] != u'"')
            m_at += m_source[m_at] == u'\\' ? 2 : 1;
        m_at = qMin(m_at + 1, m_source.size());
        return put(m_source.mid(from, m_at - from));
    }
    bool word()
    {
        const qsizetype from = m_at;
        while (m_at < m_source.size() && !u",:]}[{\" \t\r\n"_s.contains(m_source[m_at]))
            ++m_at;
        const QString text = m_source.mid(from, m_at - from);
        const bool isNumber = text[0].isDigit() || text[0] == u'-';
        const bool isName = u"true"_s.startsWith(text) || u"false"_s.startsWith(text) || u"null"_s.startsWith(text);
        return (isNumber || isName) && put(text);
    }
    bool put(const QString &text)
    {
        if (!m_levels.isEmpty() && m_levels.last().isObject && m_levels.last().expectsName) {
            Level &level = m_levels.last();
            level.name = unquoted(text);
            level.isEmpty = false;
            newLine();
            m_out.text += text;
            return text.startsWith(u'"');
        }
        if (!begin())
            return false;
        m_out.text += text;
        end(m_marksNext);
        return true;
    }

    QString m_source;
    QString m_pointer;
    MarkedText m_out;
    QList<Level> m_levels;
    qsizetype m_at = 0;
    bool m_marksNext = false;
};
} // namespace

MarkedText markJson(const QByteArray &json, const QString &pointer)
{
    const QString source = QString::fromUtf8(json);
    Printer printer(source, pointer);
    if (!printer.run())
        return {.text = source};
    return printer.take();
}

MarkedText markLine(const QByteArray &reply, const QString &key)
{
    MarkedText marked{.text = QString::fromUtf8(reply)};
    marked.text.replace(u"\r\n"_s, u"\n"_s);
    if (key.isEmpty())
        return marked;
    for (qsizetype at = 0; at >= 0 && at < marked.text.size();) {
        const qsizetype newline = marked.text.indexOf(u'\n', at);
        const qsizetype length = (newline < 0 ? marked.text.size() : newline) - at;
        const QStringView line = QStringView(marked.text).mid(at, length);
        if (line.startsWith(key) && (line.size() == key.size() || u":= \t{|"_s.contains(line[key.size()]))) {
            marked.start = at;
            marked.length = length;
            return marked;
        }
        at = newline < 0 ? -1 : newline + 1;
    }
    return marked;
}

} // namespace qd
