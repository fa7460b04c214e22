/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "backup/sql_dump.h"

#include <algorithm>
#include <utility>

namespace qd {
namespace {
constexpr QByteArrayView restrictWord("\\restrict ");
constexpr QByteArrayView unrestrictWord("\\unrestrict ");

bool isKey(QByteArrayView key)
{
    return !key.isEmpty() && std::ranges::all_of(key, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
}
} // namespace

/// Only as pg_dump writes them: one before all statements, and one at the end with the same key.
bool SqlDump::isOwnGuard(QByteArrayView start)
{
    if (m_copied != nullptr)
        return false;
    if (start.startsWith(restrictWord) && !m_hasBegun && m_key.isEmpty() && isKey(start.sliced(restrictWord.size()))) {
        m_key = start.sliced(restrictWord.size()).toByteArray();
        return true;
    }
    return !m_key.isEmpty() && start.startsWith(unrestrictWord) && start.sliced(unrestrictWord.size()) == m_key;
}

void SqlDump::line(QByteArrayView start)
{
    if (m_copied != nullptr) {
        if (start == "\\.")
            m_copied = nullptr;
        else
            ++*m_copied;
        return;
    }
    if (start.isEmpty() || start.startsWith("--")) {
        m_contents.isComplete = m_contents.isComplete || start == "-- PostgreSQL database dump complete";
        return;
    }
    m_hasBegun = true;
    if (start.startsWith("COPY ") && start.endsWith(" FROM stdin;")) {
        const QByteArrayView named = start.sliced(5, start.size() - 5 - 12);
        // "public.quotes (id, text)"; a name that has spaces stands in quotes.
        bool isQuoted = false;
        qsizetype end = 0;
        for (; end < named.size() && (isQuoted || named[end] != ' '); ++end)
            isQuoted = isQuoted != (named[end] == '"');
        m_copied = &m_contents.rows[named.first(end).toByteArray()];
    } else if (start.startsWith("CREATE TABLE ") || start.startsWith("CREATE UNLOGGED TABLE ")) {
        ++m_contents.tables;
    } else if (start.startsWith("CREATE SEQUENCE ")) {
        ++m_contents.sequences;
    } else if (start.startsWith("CREATE VIEW ")) {
        ++m_contents.views;
    } else if (start.startsWith("CREATE MATERIALIZED VIEW ")) {
        ++m_contents.materializedViews;
    }
}

QByteArray SqlDump::pass(QByteArrayView bytes)
{
    QByteArray out;
    out.reserve(bytes.size() + m_start.size());
    while (!bytes.isEmpty()) {
        const qsizetype end = bytes.indexOf('\n');
        const QByteArrayView part = end < 0 ? bytes : bytes.first(end);
        if (m_isPassing) {
            out += part;
        } else {
            m_start += part;
            if (m_start.size() > mostOfLine) { // a long row: what it begins with is enough
                line(m_start);
                out += m_start;
                m_start.clear();
                m_isPassing = true;
            }
        }
        if (end < 0)
            return out;
        if (!m_isPassing && !isOwnGuard(m_start)) {
            line(m_start);
            out += m_start;
        }
        out += '\n';
        m_start.clear();
        m_isPassing = false;
        bytes = bytes.sliced(end + 1);
    }
    return out;
}

QByteArray SqlDump::rest()
{
    if (m_start.isEmpty() || isOwnGuard(m_start))
        return {};
    line(m_start);
    return std::exchange(m_start, {});
}

SqlContents SqlDump::contents()
{
    [[maybe_unused]] const QByteArray last = rest();
    return m_contents;
}

} // namespace qd
