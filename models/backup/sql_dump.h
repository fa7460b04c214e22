/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>

#include <map>

namespace qd {

/// What a plain dump of pg_dump holds, counted while it goes by.
struct SqlContents
{
    std::map<QByteArray, qint64> rows; ///< by the table as the dump writes it ("public.quotes"): rows of COPY
    qint64 tables = 0;
    qint64 sequences = 0;
    qint64 views = 0;
    qint64 materializedViews = 0;
    bool isComplete = false; ///< its last comment is there
    bool operator==(const SqlContents &) const = default;
};

/// Reads a plain dump as it goes by, and makes it fit for psql's restricted mode: its own \restrict and \unrestrict are
/// left out, since one of a key of ours stands before it. All else stays as it is: real dumps begin lines of data with
/// a backslash.
class SqlDump
{
public:
    /// What psql gets of `bytes`.
    [[nodiscard]] QByteArray pass(QByteArrayView bytes);
    /// The last line, where it has no end.
    [[nodiscard]] QByteArray rest();
    /// Of all that went by; a last line without an end counts.
    [[nodiscard]] SqlContents contents();

private:
    void line(QByteArrayView start);
    [[nodiscard]] bool isOwnGuard(QByteArrayView start);

    /// As much of a line as tells what it is; the rest of a longer one is passed on unseen.
    static constexpr qsizetype mostOfLine = 4096;
    QByteArray m_start;       ///< of the line that goes by, not passed on yet
    bool m_isPassing = false; ///< the rest of a long line
    bool m_hasBegun = false;  ///< a statement was seen
    QByteArray m_key;         ///< of its own \restrict
    qint64 *m_copied = nullptr;
    SqlContents m_contents;
};

} // namespace qd
