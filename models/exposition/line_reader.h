/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "exposition/exposition.h"

namespace qd {

/// Reads one line of a page, token by token. Remembers the first thing that was not as expected; from there on every
/// getter returns nothing, so that only the end need be checked.
class LineReader
{
public:
    LineReader(QByteArrayView line, Exposition::Format format, const ExpositionLimits &limits);

    [[nodiscard]] bool ok() const { return !m_failed; }
    [[nodiscard]] bool atEnd() const { return m_at == m_line.size(); }
    [[nodiscard]] char next() const { return atEnd() ? '\0' : m_line[m_at]; }
    [[nodiscard]] qsizetype position() const { return m_at; }
    [[nodiscard]] QByteArrayView between(qsizetype start, qsizetype end) const
    {
        return m_line.sliced(start, end - start);
    }

    bool take(char c);
    void expect(char c, const char *expected);
    void expectEnd(const char *expected);
    /// Text: any blanks and tabs, or none. OpenMetrics: nothing is skipped.
    void skipBlanks();
    /// What separates two tokens. Text: blanks and tabs. OpenMetrics: one space.
    void separator(const char *expected);

    QByteArrayView metricName();
    QByteArrayView labelName();
    /// Everything up to the next blank.
    QByteArrayView word();
    QByteArrayView rest();
    double number();
    /// Seconds. Text: whole milliseconds. OpenMetrics: seconds, finite.
    double timestamp();
    /// What stands between quotes, escapes and all.
    QByteArrayView quoted();

    void fail(const char *expected, ErrorCode code = ErrorCode::BadReply);
    void failAt(qsizetype position, const char *expected, ErrorCode code = ErrorCode::BadReply);
    /// "column 7: expected …, found …".
    [[nodiscard]] QString problem() const;
    /// The problem in line `lineNumber` of the page at `where`.
    [[nodiscard]] Error error(int lineNumber, const QString &where) const;

private:
    QByteArrayView name(bool colons, const char *expected);

    QByteArrayView m_line;
    const bool m_text;
    const qsizetype m_nameCap;
    qsizetype m_at = 0;
    qsizetype m_failedAt = 0;
    const char *m_failed = nullptr; ///< what was expected
    ErrorCode m_code = ErrorCode::BadReply;
};

} // namespace qd
