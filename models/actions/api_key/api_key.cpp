/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/api_key/api_key.h"

#include "actions/secret_shelf.h"
#include "base/cleaned.h"
#include "sources/postgresql/ask.h"

#include <QCborArray>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr qsizetype mostKeys = 1000; // of one client
constexpr auto pace = 250ms;         // between two looks at what is waited for
constexpr int provedBy = 3;          // answers in a row: there may be several processes behind one address

QByteArray literal(const QString &text)
{
    return '\'' + text.toUtf8().replace('\'', "''") + '\'';
}

/// Exact, and the same in every time zone and style of dates.
QByteArray microsecondsOf(const QByteArray &column)
{
    return "CASE WHEN isfinite(" + column + ") THEN (extract(epoch FROM " + column +
           ") * 1000000)::bigint::text ELSE " + column + "::text END";
}

std::optional<Instant> timeIn(const std::optional<QByteArray> &cell)
{
    bool ok = false;
    const qint64 number = cell.value_or(QByteArray()).toLongLong(&ok);
    return ok ? std::optional(Instant(std::chrono::milliseconds(number / 1000))) : std::nullopt;
}

bool issues(const Plan &plan)
{
    return std::ranges::find(plan.steps, QString(ApiKeySteps::issued), &Phrase::code) != plan.steps.end();
}

/// The key that the plan makes, or goes on with; empty: none.
QString nextOf(const Plan &plan)
{
    return plan.steps.isEmpty() ? QString() : plan.steps.first().arguments.value(0);
}
} // namespace

ApiKeyAction::ApiKeyAction(ApiKeyTable table, const Clock &clock, const PgConnection::Stop &stop)
    : PgAction(table.place, table.leaseTime, clock, stop)
    , m_table(std::move(table))
    , m_line(stop)
{
}

QByteArray ApiKeyAction::tableName() const
{
    return identifier(m_table.options.rows.table);
}

QByteArray ApiKeyAction::columnOf(const QString &field) const
{
    return identifier(m_table.options.rows.columns.at(field));
}

Result<QString> ApiKeyAction::prefixOf(const QString &named, Deadline deadline)
{
    if (m_table.form.isWhole(named))
        return failure(ErrorCode::BadInput,
                       u"that may be a whole key: name it by its first %1 characters, and never by more"_s.arg(
                           m_table.form.shown()),
                       where());
    const QByteArray prefix = columnOf(u"prefix"_s) + "::text";
    const auto found =
        store().ask("SELECT " + prefix + " AS prefix FROM " + tableName() + " WHERE " + prefix + " = $1 OR " +
                        columnOf(u"id"_s) + "::text = $1 ORDER BY " + prefix + " = $1 DESC LIMIT 1",
                    {named.toUtf8()}, deadline);
    if (!found)
        return std::unexpected(found.error());
    if (found->rows.isEmpty())
        return failure(ErrorCode::NotFound,
                       u"%1 has no key '%2'; a key is named by its prefix or its id"_s.arg(m_table.options.rows.table,
                                                                                           cleaned(named, 20)),
                       where());
    const QString key = QString::fromUtf8(found->at(0, u"prefix").value_or(QByteArray()));
    if (key.isEmpty() || key != cleaned(key, 60))
        return failure(ErrorCode::BadReply, u"the key's prefix is no plain text; look there"_s, where());
    return key;
}

/// On `connection`, within the transaction that it is in, or else on the store's.
Result<ClientKeys> ApiKeyAction::read(PgConnection *connection, const QString &key, const QString &next,
                                      Deadline deadline)
{
    QByteArrayList fields{"(extract(epoch FROM now()) * 1000000)::bigint AS at",
                          "k." + columnOf(u"prefix"_s) + "::text AS prefix",
                          "k." + columnOf(u"revoked_at"_s) + " IS NOT NULL AS revoked"};
    for (const QString &field : {u"created_at"_s, u"last_used_at"_s, u"expires_at"_s}) {
        if (has(field))
            fields.append(microsecondsOf("k." + columnOf(field)) + " AS " + field.toLatin1());
    }
    QByteArray alike = "o." + columnOf(u"prefix"_s) + "::text = $1";
    for (qsizetype i = 0; i < m_table.owner.size(); ++i) {
        const QByteArray column = identifier(m_table.owner[i]);
        fields.append("k." + column + "::text AS owner" + QByteArray::number(i));
        alike += " AND k." + column + " IS NOT DISTINCT FROM o." + column;
    }
    const QByteArray sql = "SELECT " + fields.join(", ") + " FROM " + tableName() + " AS k WHERE k." +
                           columnOf(u"prefix"_s) + "::text IN ($1, $2) OR (k." + columnOf(u"revoked_at"_s) +
                           " IS NULL AND EXISTS (SELECT 1 FROM " + tableName() + " AS o WHERE " + alike +
                           ")) ORDER BY k." + columnOf(u"prefix"_s) + " LIMIT " + QByteArray::number(mostKeys + 1);
    const QList<QByteArray> parameters{key.toUtf8(), next.toUtf8()};
    const auto held =
        connection ? connection->query(sql, parameters, deadline) : store().ask(sql, parameters, deadline);
    if (!held)
        return std::unexpected(held.error());
    if (held->rows.size() > mostKeys)
        return failure(ErrorCode::TooLarge,
                       u"%1 has more than %2 keys of that client: name in 'copy' the column that tells whose a key is"_s
                           .arg(m_table.options.rows.table)
                           .arg(mostKeys),
                       where());
    ClientKeys keys;
    QList<std::optional<QByteArray>> words;
    for (qsizetype i = 0; i < held->rows.size(); ++i) {
        ClientKey each{.prefix = QString::fromUtf8(held->at(i, u"prefix").value_or(QByteArray())),
                       .owner = {},
                       .createdAt = has(u"created_at"_s) ? timeIn(held->at(i, u"created_at")) : std::nullopt,
                       .lastUsedAt = has(u"last_used_at"_s) ? timeIn(held->at(i, u"last_used_at")) : std::nullopt,
                       .expiresAt = {},
                       .end = {},
                       .isRevoked = held->at(i, u"revoked") == "t"};
        if (has(u"expires_at"_s)) {
            const auto end = held->at(i, u"expires_at");
            each.expiresAt = timeIn(end);
            each.end = end ? std::optional(QString::fromLatin1(*end)) : std::nullopt;
        }
        for (qsizetype j = 0; j < m_table.owner.size(); ++j)
            each.owner.append(held->at(i, QString(u"owner%1"_s.arg(j))));
        keys.at = timeIn(held->at(i, u"at")).value_or(Instant());
        if (!each.isRevoked || each.prefix == key)
            words += {each.prefix.toUtf8(), wordFor(each.end), each.isRevoked ? "revoked" : "valid"};
        keys.keys.append(std::move(each));
    }
    keys.fingerprint = fingerprintOf(words);
    return keys;
}

Result<ClientKeys> ApiKeyAction::keysOf(const Plan &plan, Deadline deadline)
{
    if (const auto opened = open(deadline); !opened)
        return std::unexpected(opened.error());
    return read(nullptr, plan.resource, nextOf(plan), deadline);
}

Result<void> ApiKeyAction::fill(Plan &plan, const Wish &wish, Deadline deadline)
{
    const auto prefix = prefixOf(wish.resource, deadline);
    if (!prefix)
        return std::unexpected(prefix.error());
    const auto keys = read(nullptr, *prefix, {}, deadline);
    if (!keys)
        return std::unexpected(keys.error());
    const ClientKey *key = keys->find(*prefix);
    if (!key)
        return failure(ErrorCode::NotFound, u"%1 is gone"_s.arg(*prefix), where());
    if (key->isRevoked)
        return failure(ErrorCode::BadInput, u"%1 is revoked already"_s.arg(key->prefix), where());
    plan.resource = key->prefix;
    plan.fingerprint = keys->fingerprint;
    plan.impact = {lastUse(*keys, *key)};
    // What the watching knows (wish.known) is of all clients together.
    return fillFor(plan, wish, *keys, *key);
}

Measure ApiKeyAction::lastUse(const ClientKeys &keys, const ClientKey &key) const
{
    Measure use{.what = u"api-key-last-use"_s, .number = {}, .unit = u"seconds-ago"_s, .source = {}};
    if (!has(u"last_used_at"_s))
        use.source = u"the profile names no column of it"_s;
    else if (!key.lastUsedAt)
        use.source = u"never used, says %1"_s.arg(m_table.options.rows.table);
    else {
        use.number = std::max<qint64>(0, std::chrono::floor<std::chrono::seconds>(keys.at - *key.lastUsedAt).count());
        use.source = m_table.options.rows.table;
    }
    return use;
}

Result<void> ApiKeyAction::asPlanned(const Plan &plan, Deadline deadline)
{
    const auto keys = keysOf(plan, deadline);
    if (!keys)
        return std::unexpected(keys.error());
    if (keys->fingerprint == plan.fingerprint)
        return {};
    return failure(ErrorCode::BadInput,
                   u"the keys of that client are not as the plan found them; make the plan again"_s, where());
}

/// What the role may not do is known before anything was done, as is a column that a new key would leave empty.
Result<void> ApiKeyAction::mayChange(const Plan &plan, Deadline deadline)
{
    const TableMap &rows = m_table.options.rows;
    const QByteArray named = literal(QString::fromUtf8(tableName()));
    QByteArrayList needed;
    const auto need = [&](const QString &column, const QByteArray &right) {
        needed.append("('" + right + "', " + literal(column) + ", has_column_privilege(" + named + ", " +
                      literal(column) + ", '" + right + "'))");
    };
    QStringList given = m_table.owner + QStringList{rows.columns.at(u"prefix"_s), m_table.hash};
    for (const QString &field : {u"created_at"_s, u"expires_at"_s}) {
        if (has(field))
            given.append(rows.columns.at(field));
    }
    need(rows.columns.at(u"revoked_at"_s), "UPDATE");
    if (issues(plan)) {
        for (const QString &column : std::as_const(given))
            need(column, "INSERT");
        needed.append("('USAGE', '', pg_get_serial_sequence(" + named + ", " + literal(rows.columns.at(u"id"_s)) +
                      ") IS NULL OR has_sequence_privilege(pg_get_serial_sequence(" + named + ", " +
                      literal(rows.columns.at(u"id"_s)) + "), 'USAGE'))");
    }
    if (plan.change(u"api-key-end"))
        need(rows.columns.at(u"expires_at"_s), "UPDATE");
    const auto missing =
        store().ask("SELECT given, col, pg_get_serial_sequence(" + named + ", " + literal(rows.columns.at(u"id"_s)) +
                        ") AS numbers FROM (VALUES " + needed.join(", ") + ") AS needed(given, col, has) WHERE NOT has",
                    {}, deadline);
    if (!missing)
        return std::unexpected(missing.error());
    if (!missing->rows.isEmpty()) {
        const QString column = QString::fromUtf8(missing->at(0, u"col").value_or(QByteArray()));
        const QString right = QString::fromUtf8(missing->at(0, u"given").value_or(QByteArray()));
        const bool numbers = right == "USAGE"_L1;
        return failure(
            ErrorCode::Forbidden,
            u"the role may not %1; to allow it: GRANT %2%3 ON %4 TO its name"_s.arg(
                right == "UPDATE"_L1 ? u"change a key"_s : u"add a key"_s, right,
                column.isEmpty() ? QString() : u" (%1)"_s.arg(column),
                numbers ? u"SEQUENCE "_s + cleaned(QString::fromUtf8(missing->at(0, u"numbers").value_or(QByteArray())))
                        : rows.table),
            where());
    }
    if (!issues(plan))
        return {};
    const auto empty = store().ask("SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(" + named +
                                       ") AND attnum > 0 AND NOT attisdropped AND attnotnull AND NOT atthasdef AND "
                                       "attidentity = '' ORDER BY attnum",
                                   {}, deadline);
    if (!empty)
        return std::unexpected(empty.error());
    for (qsizetype i = 0; i < empty->rows.size(); ++i) {
        const QString column = QString::fromUtf8(empty->at(i, u"attname").value_or(QByteArray()));
        if (!given.contains(column))
            return failure(ErrorCode::Unsupported,
                           u"%1 wants a %2 for each key: name it in 'copy', if the next key is to have the same"_s.arg(
                               rows.table, cleaned(column)),
                           where());
    }
    return readSalt(deadline);
}

Result<Secret> ApiKeyAction::saltOnPlatform(Deadline deadline)
{
    const auto service = m_table.platform(m_line);
    if (const auto found = service->identity(deadline); !found)
        return std::unexpected(found.error());
    auto value = service->readSecret(m_table.saltVariable, deadline);
    if (!value)
        return std::unexpected(value.error());
    if (!*value)
        return failure(ErrorCode::NotFound, u"%1 is not set on %2"_s.arg(m_table.saltVariable, service->title()),
                       service->address());
    return std::move(**value);
}

Result<void> ApiKeyAction::readSalt(Deadline deadline)
{
    if (!m_table.isSalted || m_salt)
        return {};
    auto salt = m_table.salt ? m_line.secret(*m_table.salt, deadline) : saltOnPlatform(deadline);
    if (!salt)
        return std::unexpected(salt.error());
    if (salt->isEmpty())
        return failure(ErrorCode::BadInput, u"the salt of the keys' hashes is empty"_s, where());
    m_salt = std::move(*salt);
    return {};
}

QList<Check> ApiKeyAction::ownChecks(const Plan &plan, Deadline deadline)
{
    const auto may = mayChange(plan, deadline);
    QList<Check> checks{{.phrase = {u"may-change"_s, {}},
                         .result = may ? Check::Result::Passed : Check::Result::Failed,
                         .error = may ? std::nullopt : std::optional(may.error())}};
    if (issues(plan) && !m_table.probe) {
        checks.append({.phrase = {u"api-key-probed"_s, {}},
                       .result = Check::Result::Warned,
                       .error = Error{ErrorCode::NotFound,
                                      u"the profile names no page that takes a key ('probe'): nothing will prove that "
                                      "the new one is accepted"_s,
                                      where()}});
    }
    return checks;
}

Result<void> ApiKeyAction::begun(const Plan &, Deadline)
{
    m_isProved = false;
    m_evidence.clear();
    return {};
}

Result<Stand> ApiKeyAction::stand(const Plan &plan, qsizetype step, Deadline deadline)
{
    const auto keys = keysOf(plan, deadline);
    if (!keys)
        return std::unexpected(keys.error());
    return standOf(*keys, plan, plan.steps[step]);
}

Result<void> ApiKeyAction::make(const Plan &plan, qsizetype step, Way way, Deadline deadline)
{
    const Phrase &wanted = plan.steps[step];
    if (wanted.code == ApiKeySteps::proved) {
        m_isProved = false;
        if (way == Way::Back)
            return {};
        return prove(plan, wanted);
    }
    if (wanted.code == ApiKeySteps::issued && way == Way::There) {
        if (auto salt = readSalt(deadline); !salt)
            return failure(ErrorCode::Unavailable, salt.error().message, salt.error().where); // nothing was sent
    }
    // The end of the old key is set for whoever has the new one.
    if (wanted.code == ApiKeySteps::ends && way == Way::There && issues(plan)) {
        if (const auto key = made(plan); !key)
            return std::unexpected(key.error());
    }
    const auto done = guarded(
        [&](PgConnection &connection, Deadline until) -> Result<void> {
            // Who has no lease is alone in here, too; and what a hand is changing now is waited for, and then seen.
            if (const auto alone =
                    connection.query("SELECT pg_advisory_xact_lock(hashtext('quarterdeck-api-keys'))", {}, until);
                !alone)
                return std::unexpected(alone.error());
            if (const auto locked = connection.query("SELECT 1 FROM " + tableName() + " WHERE " +
                                                         columnOf(u"prefix"_s) + "::text IN ($1, $2) FOR UPDATE",
                                                     {plan.resource.toUtf8(), nextOf(plan).toUtf8()}, until);
                !locked)
                return std::unexpected(locked.error());
            const auto keys = read(&connection, plan.resource, nextOf(plan), until);
            if (!keys)
                return std::unexpected(keys.error());
            if (standOf(*keys, plan, wanted) != (way == Way::There ? Stand::Before : Stand::After))
                return failure(ErrorCode::BadInput,
                               u"the keys of that client are not as the plan found them; nothing was changed"_s,
                               where());
            return change(connection, *keys, plan, wanted, way, until);
        },
        deadline);
    // What was surely not made, or is revoked, is handed to nobody.
    const bool isGone = way == Way::There ? !done && !isUncertain(done.error().code) : done.has_value();
    if (wanted.code == ApiKeySteps::issued && isGone) {
        [[maybe_unused]] const auto wiped =
            secretShelf().take(SecretShelf::Way::Made, plan.id(), wanted.arguments.value(0));
    }
    return done;
}

QList<Check> ApiKeyAction::seen(const Plan &plan, Deadline deadline)
{
    const auto keys = keysOf(plan, deadline);
    Check done{.phrase = {u"done-as-expected"_s, {plan.resource}}};
    if (!keys)
        done.error = keys.error();
    else if (!std::ranges::all_of(plan.steps,
                                  [&](const Phrase &step) { return standOf(*keys, plan, step) == Stand::After; }))
        done.error = Error{ErrorCode::BadReply, u"the keys of that client are not as they were left"_s, where()};
    done.result = done.error ? Check::Result::Failed : Check::Result::Passed;
    QList<Check> checks{done};
    if (keys && issues(plan)) {
        const ClientKey *old = keys->find(plan.resource);
        const bool isValid = old && old->isValid(keys->at);
        checks.append({.phrase = {u"old-api-key-valid"_s, {plan.resource}},
                       .result = isValid ? Check::Result::Passed : Check::Result::Failed,
                       .error = isValid ? std::nullopt
                                        : std::optional(Error{ErrorCode::BadReply,
                                                              u"%1 is not valid any more: whoever uses it is cut "
                                                              "off"_s.arg(plan.resource),
                                                              where()})});
    }
    return checks;
}

Result<QByteArray> ApiKeyAction::version(const Plan &plan, Deadline deadline)
{
    const auto keys = keysOf(plan, deadline);
    if (!keys)
        return std::unexpected(keys.error());
    return keys->fingerprint;
}

Result<Secret> ApiKeyAction::made(const Plan &plan) const
{
    auto key = secretShelf().copy(SecretShelf::Way::Made, plan.id(), nextOf(plan));
    if (key)
        return std::move(*key);
    return failure(ErrorCode::BadInput,
                   u"%1 was made by a console that has ended or waited too long, and nobody was handed it: take "
                   "this back, and rotate again"_s.arg(nextOf(plan)),
                   where());
}

Result<void> ApiKeyAction::prove(const Plan &plan, const Phrase &step)
{
    const QString &next = step.arguments.value(0);
    const auto key = made(plan);
    if (!key)
        return std::unexpected(key.error());
    const auto soon = [] { return std::chrono::steady_clock::now() + 5s; };
    const auto end = std::chrono::steady_clock::now() + m_table.refresh;
    QString said;
    qint64 asked = 0;
    qint64 accepted = 0;
    qint64 refused = 0;
    QString firstRefusal;
    for (int good = 0; good < provedBy;) {
        const TokenAnswer answer = askWithKey(*m_table.probe, m_line, *key, soon(), &said);
        ++asked;
        accepted += answer == TokenAnswer::Accepted ? 1 : 0;
        if (answer == TokenAnswer::Refused && ++refused == 1)
            firstRefusal = said;
        good = answer == TokenAnswer::Accepted ? good + 1 : 0;
        if (good > 0)
            continue;
        if (std::chrono::steady_clock::now() > end)
            return failure(ErrorCode::BadReply, u"%1 is not accepted: %2"_s.arg(next, said), where());
        if (!m_line.sleep(pace))
            return failure(ErrorCode::Cancelled, u"stopped while it was proved"_s, where());
    }
    const Secret forged = m_table.form.newKey(next.toLatin1());
    if (askWithKey(*m_table.probe, m_line, forged, soon(), &said) == TokenAnswer::Accepted)
        return failure(
            ErrorCode::BadReply,
            u"the page accepts a forged key as well (%1), and proves nothing: name another 'probe'"_s.arg(said),
            where());
    m_evidence = QCborValue(QCborArray{QCborArray{next, asked, accepted, refused, firstRefusal}}).toCbor();
    m_isProved = true;
    return {};
}

Result<void> ApiKeyAction::issue(PgConnection &connection, const Plan &plan, const QString &next, const QString &old,
                                 Deadline deadline) const
{
    Secret key = m_table.form.newKey(next.toLatin1());
    const QByteArray hash = hashOf(key, m_salt);
    QByteArrayList columns{columnOf(u"prefix"_s), identifier(m_table.hash)};
    QByteArrayList values{"$1", "$2"};
    for (const QString &column : m_table.owner) {
        columns.append(identifier(column));
        values.append("o." + identifier(column));
    }
    if (has(u"created_at"_s)) {
        columns.append(columnOf(u"created_at"_s));
        values.append("clock_timestamp()");
    }
    if (has(u"expires_at"_s)) {
        columns.append(columnOf(u"expires_at"_s));
        values.append("clock_timestamp() + interval '" + QByteArray::number(qint64(m_table.lasts.count())) +
                      " seconds'");
    }
    // Kept first: what is known to nobody is of no use.
    secretShelf().keep(SecretShelf::Way::Made, plan.id(), next, std::move(key));
    const auto done = connection.query("INSERT INTO " + tableName() + " (" + columns.join(", ") + ") SELECT " +
                                           values.join(", ") + " FROM " + tableName() + " AS o WHERE o." +
                                           columnOf(u"prefix"_s) + "::text = $3 RETURNING 1",
                                       {next.toUtf8(), hash, old.toUtf8()}, deadline);
    if (!done)
        return std::unexpected(done.error());
    if (done->rows.size() != 1)
        return failure(ErrorCode::BadInput, u"%1 is gone; nothing was changed"_s.arg(old), where());
    return {};
}

Result<void> ApiKeyAction::update(PgConnection &connection, const QString &key, const QByteArray &set,
                                  Deadline deadline) const
{
    const auto done = connection.query("UPDATE " + tableName() + " SET " + set + " WHERE " + columnOf(u"prefix"_s) +
                                           "::text = $1 RETURNING 1",
                                       {key.toUtf8()}, deadline);
    if (!done)
        return std::unexpected(done.error());
    if (done->rows.size() != 1)
        return failure(ErrorCode::BadInput, u"there is no one key %1; nothing was changed"_s.arg(key), where());
    return {};
}

Result<void> ApiKeyAction::revoke(PgConnection &connection, const QString &key, bool isRevoked, Deadline deadline) const
{
    return update(connection, key, columnOf(u"revoked_at"_s) + (isRevoked ? " = clock_timestamp()" : " = NULL"),
                  deadline);
}

} // namespace qd
