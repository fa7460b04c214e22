/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/postgresql/postgres_facts.h"
#include "sources/source.h"

#include <map>

namespace qd {

/// A table whose rows are facts. No secret is ever asked for: a column that is called like one cannot be named.
struct TableMap
{
    QString table;                      ///< empty: not asked
    std::map<QString, QString> columns; ///< by the field that is read from it

    [[nodiscard]] bool has(const QString &field) const { return columns.contains(field); }
};

struct CustodyOptions
{
    enum class Kind { SigningKeys, ApiKeys, Flags };
    Kind kind = Kind::SigningKeys;
    TableMap rows;
    std::map<QString, KeyState> words;  ///< what the table calls the states of a signing key
    TableMap sessions;                  ///< tokens that were issued: `key`, `expires_at`, perhaps `revoked_at`
    std::chrono::seconds liveWithin{0}; ///< the service goes by a flag so long after it was set; 0: nobody knows when
};

/// The answers of one poll. `columns` are those that the tables have, asked where a table or a column was not found;
/// what was not asked has no SQL.
struct CustodyAnswers
{
    PgAnswer rows;
    PgAnswer columns;
    PgAnswer sessions;
    PgAnswer sessionColumns;
};

/// What it calls the states of a key, by its own word: those of `node` beside ours.
[[nodiscard]] std::map<QString, KeyState> readKeyWords(const ConfigNode &node, QList<Error> &errors);
/// By field: what a key's members are called. None can be named that is called like a secret.
[[nodiscard]] std::map<QString, QString> readKeyMembers(const ConfigNode &node, const QStringList &fields,
                                                        QList<Error> &errors);

/// The statements that a poll may ask, without answers.
[[nodiscard]] CustodyAnswers custodyStatements(const CustodyOptions &options);

/// What the answers say: facts, or a refusal with what to write or to grant. Exchanges are numbered in the order of
/// CustodyAnswers' members, those without an answer left out.
[[nodiscard]] Findings custodyFindings(const CustodyAnswers &answers, const CustodyOptions &options,
                                       const PostgresConnection &connection);

/// More rows than this are not read; the refusal "KIND/rest" says so.
inline constexpr qsizetype custodyRows = 1000;

/// What a source of kind signing-keys is told.
[[nodiscard]] std::expected<CustodyOptions, QList<Error>> signingKeysOptions(const SourceSpec &spec);
/// What a source of kind api-keys is told.
[[nodiscard]] std::expected<CustodyOptions, QList<Error>> apiKeysOptions(const SourceSpec &spec);

/// The registry's entries: options `table`, `columns`, for signing keys `words` and `sessions`, for flags
/// `live_within`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> signingKeysFactory(const SourceSpec &spec,
                                                                            const Profile &profile);
[[nodiscard]] std::expected<SourceFactory, QList<Error>> apiKeysFactory(const SourceSpec &spec, const Profile &profile);
[[nodiscard]] std::expected<SourceFactory, QList<Error>> featureFlagsFactory(const SourceSpec &spec,
                                                                             const Profile &profile);

} // namespace qd
