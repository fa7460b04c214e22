/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/lease_keeper.h"
#include "actions/signing_key/key_store.h"
#include "base/cleaned.h"
#include "sources/postgresql/ask.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto leaseTime = 60s; // renewed while it acts

std::optional<Instant> timeIn(const std::optional<QByteArray> &cell)
{
    bool ok = false;
    const double seconds = cell.value_or(QByteArray()).toDouble(&ok);
    if (!ok || !std::isfinite(seconds))
        return std::nullopt;
    return Instant(std::chrono::milliseconds(std::llround(seconds * 1000)));
}

QByteArray literal(const QString &text)
{
    return '\'' + text.toUtf8().replace('\'', "''") + '\'';
}

class PgKeyStore final : public KeyStore
{
public:
    PgKeyStore(PgStore::Place place, CustodyOptions options, QString secret, PgConnection::Stop stop)
        : m_place(std::move(place))
        , m_options(std::move(options))
        , m_secret(std::move(secret))
        , m_stop(std::move(stop))
    {
    }

    QString name() const override { return m_options.rows.table; }
    Target target() const override { return m_store->target(); }
    QString where() const override { return m_store ? m_store->target().address : QString(); }
    QString tokens() const override { return m_options.sessions.table; }
    QString tokensUncounted() const override { return u"the profile names no table of sessions"_s; }
    Guard guard() const override { return Guard::Transaction; }
    std::optional<Error> differsFrom(const Target &target) const override { return m_store->differsFrom(target); }

    Check lease(Deadline deadline) override
    {
        Check check{.phrase = {u"nobody-else-acts"_s, {}}};
        const auto lease = m_store->lease(deadline);
        if (lease && *lease) {
            check.result = Check::Result::Failed;
            check.error = heldBy(**lease, where());
        } else if (!lease && lease.error().code != ErrorCode::NotFound) {
            check.result = Check::Result::Warned;
            check.error = lease.error();
        }
        return check;
    }

    Result<std::optional<Lease>> take(const QString &holder, Deadline deadline) override
    {
        auto taken = m_store->take(holder, leaseTime, deadline);
        if (!taken && taken.error().code != ErrorCode::Forbidden)
            return std::unexpected(taken.error());
        if (taken) {
            m_lease = *taken;
            m_keeper = std::make_unique<LeaseKeeper>(m_place, m_store->target(), *m_lease, leaseTime);
        }
        return m_lease;
    }

    Result<void> renew(Deadline deadline) override
    {
        if (!m_lease)
            return {};
        if (auto opened = open(deadline); !opened)
            return opened;
        return m_store->renew(*m_lease, leaseTime, deadline);
    }

    void giveBack(Deadline deadline) override
    {
        m_keeper.reset();
        if (m_store && m_lease) [[maybe_unused]]
            const auto tried = m_store->giveBack(*m_lease, deadline);
        m_lease.reset();
    }

    Result<Ring> ring(Deadline deadline) override
    {
        return read([&](const QByteArray &sql) { return m_store->ask(sql, {}, deadline); });
    }

    Result<Secret> secretOf(const QString &key, Deadline deadline) override;
    Result<bool> mayChange(const RingRights &rights, Deadline deadline) override;

    Result<void> change(const Decide &decide, Deadline deadline) override
    {
        return m_store->guarded(
            m_lease, [&](PgConnection &connection, Deadline until) { return changeIn(connection, decide, until); },
            deadline);
    }

protected:
    Result<void> connect(Deadline deadline) override
    {
        if (m_store && m_store->usable())
            return {};
        auto opened = PgStore::open(m_place, deadline, m_stop);
        if (!opened)
            return std::unexpected(opened.error());
        m_store = std::move(*opened);
        return {};
    }

private:
    using Ask = std::function<Result<PgRows>(const QByteArray &sql)>;
    [[nodiscard]] Result<Ring> read(const Ask &ask) const;
    [[nodiscard]] Result<void> countTokens(Ring &ring, const Ask &ask) const;
    [[nodiscard]] Result<void> changeIn(PgConnection &connection, const Decide &decide, Deadline deadline) const;
    [[nodiscard]] Result<void> add(PgConnection &connection, const Ring &ring, const RingChange::Added &key,
                                   Deadline deadline) const;
    [[nodiscard]] Result<void> remove(PgConnection &connection, const Ring &ring, const QString &key,
                                      Deadline deadline) const;
    [[nodiscard]] Result<void> update(PgConnection &connection, const Ring &ring, const RingChange::Updated &key,
                                      Deadline deadline) const;
    [[nodiscard]] QByteArray columnOf(const QString &field) const
    {
        return identifier(m_options.rows.columns.at(field));
    }
    [[nodiscard]] QByteArray wordFor(const Ring &ring, KeyState state) const
    {
        return wordOf(ring, state, m_options.words).toUtf8();
    }

    const PgStore::Place m_place;
    const CustodyOptions m_options; ///< of the source that watches it: table, columns, words, sessions
    const QString m_secret;         ///< the column
    const PgConnection::Stop m_stop;
    std::optional<PgStore> m_store;
    std::optional<Lease> m_lease;
    std::unique_ptr<LeaseKeeper> m_keeper;
};

Result<Ring> PgKeyStore::read(const Ask &ask) const
{
    const TableMap &table = m_options.rows;
    QByteArrayList fields{"extract(epoch FROM now()) AS at"};
    for (const auto &[field, column] : table.columns) {
        const bool isTime = field != "id"_L1 && field != "state"_L1;
        fields.append((isTime ? "extract(epoch FROM " + identifier(column) + ")" : identifier(column) + "::text") +
                      " AS " + field.toLatin1());
    }
    const auto held = ask("SELECT " + fields.join(", ") + " FROM " + identifier(table.table) + " ORDER BY " +
                          columnOf(u"id"_s) + " LIMIT " + QByteArray::number(mostKeys + 1));
    if (!held)
        return std::unexpected(held.error());
    QList<KeyRow> rows;
    for (qsizetype i = 0; i < held->rows.size(); ++i) {
        KeyRow row{.id = held->at(i, u"id").value_or(QByteArray()),
                   .state = held->at(i, u"state"),
                   .createdAt = timeIn(held->at(i, u"created_at")),
                   .activatedAt = timeIn(held->at(i, u"activated_at")),
                   .retireAfter = timeIn(held->at(i, u"retire_after")),
                   .all = {}};
        for (const QStringView field : {u"id", u"state", u"created_at", u"activated_at", u"retire_after"})
            row.all.append(held->at(i, field));
        rows.append(std::move(row));
    }
    auto ring = ringOf(rows, m_options.words, name(), where());
    if (!ring)
        return ring;
    ring->at = timeIn(held->at(0, u"at")).value_or(Instant());
    if (const auto counted = countTokens(*ring, ask); !counted)
        return std::unexpected(counted.error());
    return ring;
}

Result<void> PgKeyStore::countTokens(Ring &ring, const Ask &ask) const
{
    const TableMap &sessions = m_options.sessions;
    if (sessions.table.isEmpty())
        return {};
    const QByteArray expires = identifier(sessions.columns.at(u"expires_at"_s));
    QByteArray alive = '(' + expires + " IS NULL OR " + expires + " > now())";
    if (sessions.has(u"revoked_at"_s))
        alive += " AND " + identifier(sessions.columns.at(u"revoked_at"_s)) + " IS NULL";
    const auto issued =
        ask("SELECT " + identifier(sessions.columns.at(u"key"_s)) +
            "::text AS id, count(*) AS number, max(extract(epoch FROM " + expires +
            ")) AS last, count(*) FILTER (WHERE " + expires + " IS NULL OR " + expires +
            " = 'infinity') AS endless FROM " + identifier(sessions.table) + " WHERE " + alive + " GROUP BY 1");
    if (!issued)
        return std::unexpected(issued.error());
    ring.countsTokens = true;
    for (qsizetype i = 0; i < issued->rows.size(); ++i) {
        const QString id = QString::fromUtf8(issued->at(i, u"id").value_or(QByteArray()));
        const auto key = std::ranges::find(ring.keys, id, &RingKey::id);
        if (key == ring.keys.end())
            continue;
        key->tokens = issued->at(i, u"number").value_or(QByteArray()).toLongLong();
        key->lastTokenExpiry = timeIn(issued->at(i, u"last"));
        key->hasEndlessTokens = issued->at(i, u"endless") != "0";
    }
    return {};
}

Result<Secret> PgKeyStore::secretOf(const QString &key, Deadline deadline)
{
    auto rows = m_store->ask("SELECT " + identifier(m_secret) + "::text AS secret FROM " + identifier(name()) +
                                 " WHERE " + columnOf(u"id"_s) + " = $1",
                             {key.toUtf8()}, deadline);
    if (!rows)
        return std::unexpected(rows.error());
    if (rows->rows.size() != 1 || !rows->rows[0].value(0) || rows->rows[0][0]->isEmpty())
        return failure(ErrorCode::NotFound, u"%1 has no secret in %2"_s.arg(key, name()), where());
    return Secret(std::move(*rows->rows[0][0]));
}

/// What the role may not do is known before anything was done, as is a column that a new key would leave empty.
Result<bool> PgKeyStore::mayChange(const RingRights &rights, Deadline deadline)
{
    const TableMap &rows = m_options.rows;
    const QByteArray table = literal(QString::fromUtf8(identifier(rows.table)));
    QByteArrayList needed;
    const auto need = [&](const QString &column, const QByteArray &right) {
        needed.append("('" + right + "', " + literal(column) + ", has_column_privilege(" + table + ", " +
                      literal(column) + ", '" + right + "'))");
    };
    QStringList given{rows.columns.at(u"id"_s), m_secret, rows.columns.at(u"state"_s)};
    if (rows.has(u"created_at"_s))
        given.append(rows.columns.at(u"created_at"_s));
    if (rights.adds) {
        for (const QString &column : std::as_const(given))
            need(column, "INSERT");
    }
    for (const QString &field : {u"state"_s, u"activated_at"_s, u"retire_after"_s})
        need(rows.columns.at(field), "UPDATE");
    if (rights.readsSecrets)
        need(m_secret, "SELECT");
    if (rights.removes)
        needed.append("('DELETE', '', has_table_privilege(" + table + ", 'DELETE'))");
    const auto missing = m_store->ask("SELECT given, col FROM (VALUES " + needed.join(", ") +
                                          ") AS needed(given, col, has) WHERE NOT has",
                                      {}, deadline);
    if (!missing)
        return std::unexpected(missing.error());
    if (!missing->rows.isEmpty()) {
        const QString column = QString::fromUtf8(missing->at(0, u"col").value_or(QByteArray()));
        const QString right = QString::fromUtf8(missing->at(0, u"given").value_or(QByteArray()));
        return failure(ErrorCode::Forbidden,
                       u"the role may not %1; to allow it: GRANT %2%3 ON %4 TO its name"_s.arg(
                           right == "SELECT"_L1   ? u"read the secrets that prove a token"_s
                           : right == "INSERT"_L1 ? u"add a key"_s
                           : right == "DELETE"_L1 ? u"take a key away again"_s
                                                  : u"change a key"_s,
                           right, column.isEmpty() ? QString() : u" (%1)"_s.arg(column), rows.table),
                       where());
    }
    if (!rights.adds)
        return true;
    const auto empty = m_store->ask("SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(" + table +
                                        ") AND attnum > 0 AND NOT attisdropped AND attnotnull AND NOT atthasdef AND "
                                        "attidentity = '' ORDER BY attnum",
                                    {}, deadline);
    if (!empty)
        return std::unexpected(empty.error());
    for (qsizetype i = 0; i < empty->rows.size(); ++i) {
        const QString column = QString::fromUtf8(empty->at(i, u"attname").value_or(QByteArray()));
        if (!given.contains(column))
            return failure(ErrorCode::Unsupported,
                           u"%1 wants a %2 for each key, and has no default for it"_s.arg(rows.table, cleaned(column)),
                           where());
    }
    return true;
}

Result<void> PgKeyStore::changeIn(PgConnection &connection, const Decide &decide, Deadline deadline) const
{
    // Who has no lease is alone in here, too; and what a hand is changing now is waited for, and then seen.
    for (const QByteArray &lock : {QByteArray("SELECT pg_advisory_xact_lock(hashtext('quarterdeck-keys'))"),
                                   "SELECT 1 FROM " + identifier(name()) + " FOR UPDATE"}) {
        if (const auto locked = connection.query(lock, {}, deadline); !locked)
            return std::unexpected(locked.error());
    }
    const auto here = read([&](const QByteArray &sql) { return connection.query(sql, {}, deadline); });
    if (!here)
        return std::unexpected(here.error());
    const auto wanted = decide(*here);
    if (!wanted)
        return std::unexpected(wanted.error());
    for (const QString &key : wanted->removed) {
        if (auto done = remove(connection, *here, key, deadline); !done)
            return done;
    }
    for (const RingChange::Updated &key : wanted->updated) {
        if (auto done = update(connection, *here, key, deadline); !done)
            return done;
    }
    for (const RingChange::Added &key : wanted->added) {
        if (auto done = add(connection, *here, key, deadline); !done)
            return done;
    }
    return {};
}

Result<void> PgKeyStore::add(PgConnection &connection, const Ring &ring, const RingChange::Added &key,
                             Deadline deadline) const
{
    QByteArrayList columns{columnOf(u"id"_s), identifier(m_secret), columnOf(u"state"_s)};
    QByteArrayList values{"$1", "$2", "$3"};
    const auto isNow = [&](const QString &field) {
        if (!m_options.rows.has(field))
            return;
        columns.append(columnOf(field));
        values.append("clock_timestamp()"); // not when its transaction began: that may have waited
    };
    isNow(u"created_at"_s);
    if (key.state == KeyState::Active)
        isNow(u"activated_at"_s);
    const Secret secret = newKey();
    const auto done = connection.query("INSERT INTO " + identifier(name()) + " (" + columns.join(", ") + ") VALUES (" +
                                           values.join(", ") + ") RETURNING 1",
                                       {key.id.toUtf8(), secret.reveal(), wordFor(ring, key.state)}, deadline);
    if (!done)
        return std::unexpected(done.error());
    return {};
}

Result<void> PgKeyStore::remove(PgConnection &connection, const Ring &ring, const QString &key, Deadline deadline) const
{
    const auto done = connection.query("DELETE FROM " + identifier(name()) + " WHERE " + columnOf(u"id"_s) +
                                           " = $1 AND " + columnOf(u"state"_s) + "::text = $2 RETURNING 1",
                                       {key.toUtf8(), wordFor(ring, KeyState::Next)}, deadline);
    if (!done)
        return std::unexpected(done.error());
    if (done->rows.size() != 1)
        return failure(ErrorCode::BadInput, u"%1 does not wait any more; nothing was removed"_s.arg(key), where());
    return {};
}

Result<void> PgKeyStore::update(PgConnection &connection, const Ring &ring, const RingChange::Updated &key,
                                Deadline deadline) const
{
    QByteArrayList sets{columnOf(u"state"_s) + " = $2"};
    const auto set = [&](const QString &field, const KeyTime &time) {
        const QByteArray at =
            "to_timestamp(" + QByteArray::number(qint64{time.at.time_since_epoch().count()}) + " / 1000.0)";
        if (time.to != KeyTime::To::Kept)
            sets.append(columnOf(field) + " = " +
                        (time.to == KeyTime::To::Nothing ? "NULL"
                         : time.to == KeyTime::To::Now   ? "clock_timestamp()"
                                                         : at));
    };
    set(u"activated_at"_s, key.activatedAt);
    set(u"retire_after"_s, key.retireAfter);
    const auto done = connection.query("UPDATE " + identifier(name()) + " SET " + sets.join(", ") + " WHERE " +
                                           columnOf(u"id"_s) + " = $1 RETURNING 1",
                                       {key.id.toUtf8(), wordFor(ring, key.to)}, deadline);
    if (!done)
        return std::unexpected(done.error());
    if (done->rows.size() != 1)
        return failure(ErrorCode::BadInput, u"there is no key %1 any more; nothing was changed"_s.arg(key.id), where());
    return {};
}
} // namespace

std::unique_ptr<KeyStore> pgKeyStore(PgStore::Place place, CustodyOptions options, QString secret,
                                     const PgConnection::Stop &stop)
{
    return std::make_unique<PgKeyStore>(std::move(place), std::move(options), std::move(secret), stop);
}

} // namespace qd
