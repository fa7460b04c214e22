/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "exposition/line_reader.h"

#include "base/cleaned.h"

#include <charconv>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
bool isBlank(char c)
{
    return c == ' ' || c == '\t';
}

bool startsName(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool isInName(char c)
{
    return startsName(c) || (c >= '0' && c <= '9');
}
} // namespace

LineReader::LineReader(QByteArrayView line, Exposition::Format format, const ExpositionLimits &limits)
    : m_line(line)
    , m_text(format == Exposition::Format::Text)
    , m_nameCap(limits.name)
{
}

bool LineReader::take(char c)
{
    if (atEnd() || m_line[m_at] != c)
        return false;
    ++m_at;
    return true;
}

void LineReader::expect(char c, const char *expected)
{
    if (!take(c))
        fail(expected);
}

void LineReader::expectEnd(const char *expected)
{
    if (!atEnd())
        fail(expected);
}

void LineReader::skipBlanks()
{
    while (m_text && !atEnd() && isBlank(m_line[m_at]))
        ++m_at;
}

void LineReader::separator(const char *expected)
{
    if (!m_text)
        return expect(' ', expected);
    if (atEnd() || !isBlank(m_line[m_at]))
        return fail(expected);
    skipBlanks();
}

QByteArrayView LineReader::name(bool colons, const char *expected)
{
    const qsizetype start = m_at;
    const auto fits = [&](char c) { return (m_at > start ? isInName(c) : startsName(c)) || (colons && c == ':'); };
    while (!atEnd() && fits(m_line[m_at]))
        ++m_at;
    if (m_at == start)
        fail(expected);
    else if (m_at - start > m_nameCap)
        failAt(start, "a shorter name", ErrorCode::TooLarge);
    return m_failed ? QByteArrayView() : between(start, m_at);
}

QByteArrayView LineReader::metricName()
{
    return name(true, "the name of a metric");
}

QByteArrayView LineReader::labelName()
{
    return name(false, "the name of a label");
}

QByteArrayView LineReader::word()
{
    const qsizetype start = m_at;
    while (!atEnd() && !isBlank(m_line[m_at]))
        ++m_at;
    return between(start, m_at);
}

QByteArrayView LineReader::rest()
{
    const qsizetype start = m_at;
    m_at = m_line.size();
    return between(start, m_at);
}

double LineReader::number()
{
    const qsizetype start = m_at;
    const auto value = expositionNumber(word());
    if (!value && ok())
        failAt(start, "a number");
    return value.value_or(0);
}

double LineReader::timestamp()
{
    const qsizetype start = m_at;
    const QByteArrayView written = word();
    if (m_text) {
        qint64 millis = 0;
        const auto [end, code] = std::from_chars(written.begin(), written.end(), millis);
        if ((code != std::errc() || end != written.end()) && ok())
            failAt(start, "a time in whole milliseconds, or the end of the line");
        return static_cast<double>(millis) / 1000;
    }
    const auto seconds = expositionNumber(written);
    if ((!seconds || !std::isfinite(*seconds)) && ok())
        failAt(start, "a time in seconds, or the end of the line");
    return seconds.value_or(0);
}

QByteArrayView LineReader::quoted()
{
    expect('"', "'\"'");
    const qsizetype start = m_at;
    while (!atEnd() && m_line[m_at] != '"')
        m_at += m_line[m_at] == '\\' && m_at + 1 < m_line.size() ? 2 : 1;
    const QByteArrayView inside = between(start, m_at);
    expect('"', "'\"' at the end of a label's value");
    return inside;
}

void LineReader::fail(const char *expected, ErrorCode code)
{
    failAt(m_at, expected, code);
}

void LineReader::failAt(qsizetype position, const char *expected, ErrorCode code)
{
    if (m_failed)
        return;
    m_failed = expected;
    m_failedAt = position;
    m_code = code;
    m_at = m_line.size();
}

QString LineReader::problem() const
{
    const QString before = QString::fromUtf8(m_line.first(m_failedAt));
    // One character alone: a broken line may hold anything, secrets too.
    const QString after =
        QString::fromUtf8(m_line.sliced(m_failedAt, std::min<qsizetype>(m_line.size() - m_failedAt, 4)));
    QString found = u"the end of the line"_s;
    if (after.startsWith(u'\r'))
        found = u"a carriage return (lines end with a line feed alone)"_s;
    else if (m_line.sliced(m_failedAt).startsWith("\xef\xbb\xbf"))
        found = u"a byte order mark"_s;
    else if (after.startsWith(u' '))
        found = u"a blank"_s;
    else if (after.startsWith(u'\t'))
        found = u"a tab"_s;
    else if (!after.isEmpty())
        found = u"'%1'"_s.arg(cleaned(after.first(after.front().isHighSurrogate() && after.size() > 1 ? 2 : 1)));
    return u"column %1: expected %2, found %3"_s.arg(before.size() + 1).arg(QString::fromUtf8(m_failed), found);
}

Error LineReader::error(int lineNumber, const QString &where) const
{
    return {m_code, u"line %1, %2"_s.arg(lineNumber).arg(problem()), where};
}

} // namespace qd
