/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "audit/journal_file.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

namespace qd {

/// One statement; its error is the file's to word.
class JournalFile::Query
{
public:
    Query(JournalFile &file, const QString &statement)
        : m_file(file)
        , m_query(QSqlDatabase::database(file.m_connection, false))
    {
        m_query.setForwardOnly(true);
        m_ready = m_query.prepare(statement);
    }
    Query &bind(const QVariant &value)
    {
        m_query.addBindValue(value);
        return *this;
    }
    Result<void> run()
    {
        if (m_ready && m_query.exec())
            return {};
        return std::unexpected(m_file.errorOf(m_query.lastError()));
    }
    /// The next row, if there is one.
    Result<bool> next()
    {
        if (m_query.next())
            return true;
        if (m_query.lastError().isValid())
            return std::unexpected(m_file.errorOf(m_query.lastError()));
        return false;
    }
    [[nodiscard]] const QSqlQuery &row() const { return m_query; }

private:
    JournalFile &m_file;
    QSqlQuery m_query;
    bool m_ready = false;
};

} // namespace qd
