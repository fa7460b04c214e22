/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/signing_key.h"

#include "actions/registry.h"
#include "actions/signing_key/token.h"
#include "base/cleaned.h"
#include "facts/fact.h"
#include "sources/postgresql/ask.h"

#include <QCborArray>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr qsizetype mostKeys = 1000;
constexpr auto pace = 250ms;    // between two looks at what is waited for
constexpr int provedBy = 3;     // answers in a row: there may be several processes behind one address
constexpr auto proofTime = 30s; // that a process may be late with reading the ring

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

/// A new key is made with it.
bool makesKey(const Phrase &step)
{
    return step.code == "key-published"_L1 || (step.code == "key-revoked"_L1 && !step.arguments.value(0).isEmpty());
}

QByteArray secondsOf(std::chrono::seconds time)
{
    return "interval '" + QByteArray::number(static_cast<qint64>(time.count())) + " seconds'";
}
} // namespace

KeyAction::KeyAction(KeyTable table, const Clock &clock, const PgConnection::Stop &stop)
    : PgAction(table.place, table.leaseTime, clock, stop)
    , m_table(std::move(table))
    , m_line(stop)
{
}

bool KeyAction::isWaiting(const Phrase &step)
{
    static const QStringList codes{u"key-set-read"_s, u"key-proved"_s, u"keys-proved"_s, u"key-refused"_s};
    return codes.contains(step.code);
}

QString KeyAction::refreshText() const
{
    return QString::number(std::chrono::ceil<std::chrono::seconds>(m_table.refresh).count());
}

QByteArray KeyAction::columnOf(const QString &field) const
{
    return identifier(m_table.options.rows.columns.at(field));
}

Result<PgRows> KeyAction::ask(PgConnection *connection, const QByteArray &sql, Deadline deadline)
{
    return connection ? connection->query(sql, {}, deadline) : store().ask(sql, {}, deadline);
}

/// On `connection`, within the transaction that it is in, or else on the store's.
Result<Ring> KeyAction::read(PgConnection *connection, Deadline deadline)
{
    const TableMap &rows = m_table.options.rows;
    const QByteArray table = identifier(rows.table);
    QByteArrayList fields{"extract(epoch FROM now()) AS at"};
    for (const auto &[field, column] : rows.columns) {
        const bool isTime = field != "id"_L1 && field != "state"_L1;
        fields.append((isTime ? "extract(epoch FROM " + identifier(column) + ")" : identifier(column) + "::text") +
                      " AS " + field.toLatin1());
    }
    const auto held = ask(connection,
                          "SELECT " + fields.join(", ") + " FROM " + table + " ORDER BY " + columnOf(u"id"_s) +
                              " LIMIT " + QByteArray::number(mostKeys + 1),
                          deadline);
    if (!held)
        return std::unexpected(held.error());
    if (held->rows.isEmpty())
        return failure(ErrorCode::NotFound,
                       u"%1 holds no key: nobody can sign in, and there is none to replace"_s.arg(rows.table), where());
    if (held->rows.size() > mostKeys)
        return failure(ErrorCode::TooLarge, u"%1 holds more than %2 keys"_s.arg(rows.table).arg(mostKeys), where());
    Ring ring;
    QList<std::optional<QByteArray>> words;
    for (qsizetype i = 0; i < held->rows.size(); ++i) {
        const auto id = held->at(i, u"id");
        RingKey key{.id = QString::fromUtf8(id.value_or(QByteArray())),
                    .createdAt = timeIn(held->at(i, u"created_at")),
                    .activatedAt = timeIn(held->at(i, u"activated_at")),
                    .retireAfter = timeIn(held->at(i, u"retire_after")),
                    .lastTokenExpiry = {}};
        if (key.id.toUtf8() != id || key.id != cleaned(key.id) || key.id.isEmpty())
            return failure(ErrorCode::BadReply,
                           u"%1 holds a key whose id is no plain text; look there"_s.arg(rows.table), where());
        const auto word =
            m_table.options.words.find(QString::fromUtf8(held->at(i, u"state").value_or(QByteArray())).toLower());
        if (word != m_table.options.words.end()) {
            key.state = word->second;
            ring.spelled.try_emplace(key.state, QString::fromUtf8(held->at(i, u"state").value_or(QByteArray())));
        }
        ring.at = timeIn(held->at(i, u"at")).value_or(Instant());
        for (const QStringView field : {u"id", u"state", u"created_at", u"activated_at", u"retire_after"})
            words.append(held->at(i, field));
        ring.keys.append(std::move(key));
    }
    ring.fingerprint = fingerprintOf(words);

    const TableMap &sessions = m_table.options.sessions;
    if (sessions.table.isEmpty())
        return ring;
    const QByteArray expires = identifier(sessions.columns.at(u"expires_at"_s));
    QByteArray alive = '(' + expires + " IS NULL OR " + expires + " > now())";
    if (sessions.has(u"revoked_at"_s))
        alive += " AND " + identifier(sessions.columns.at(u"revoked_at"_s)) + " IS NULL";
    const auto issued =
        ask(connection,
            "SELECT " + identifier(sessions.columns.at(u"key"_s)) +
                "::text AS id, count(*) AS number, max(extract(epoch FROM " + expires +
                ")) AS last, count(*) FILTER (WHERE " + expires + " IS NULL OR " + expires +
                " = 'infinity') AS endless FROM " + identifier(sessions.table) + " WHERE " + alive + " GROUP BY 1",
            deadline);
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
    return ring;
}

Result<Ring> KeyAction::ring(Deadline deadline)
{
    if (const auto opened = open(deadline); !opened)
        return std::unexpected(opened.error());
    return read(nullptr, deadline);
}

std::unexpected<Error> KeyAction::notThere(const Ring &ring, const QString &key) const
{
    return failure(ErrorCode::NotFound, u"there is no key '%1'; the keys are %2"_s.arg(cleaned(key, 60), listOf(ring)),
                   where());
}

Result<Secret> KeyAction::secretOf(const QString &key, Deadline deadline)
{
    if (const auto opened = open(deadline); !opened)
        return std::unexpected(opened.error());
    auto rows = store().ask("SELECT " + identifier(m_table.secret) + "::text AS secret FROM " +
                                identifier(m_table.options.rows.table) + " WHERE " + columnOf(u"id"_s) + " = $1",
                            {key.toUtf8()}, deadline);
    if (!rows)
        return std::unexpected(rows.error());
    if (rows->rows.size() != 1 || !rows->rows[0].value(0) || rows->rows[0][0]->isEmpty())
        return failure(ErrorCode::NotFound, u"%1 has no secret in %2"_s.arg(key, m_table.options.rows.table), where());
    return Secret(std::move(*rows->rows[0][0]));
}

Result<void> KeyAction::asPlanned(const Plan &plan, Deadline deadline)
{
    const auto now = ring(deadline);
    if (!now)
        return std::unexpected(now.error());
    if (now->fingerprint != plan.fingerprint)
        return failure(ErrorCode::BadInput,
                       u"the keys are not as the plan found them (they are %1); make a new plan"_s.arg(listOf(*now)),
                       where());
    return {};
}

/// What the role may not do is known before anything was done, as is a column that a new key would leave empty.
Result<void> KeyAction::mayChange(const Plan &plan, Deadline deadline)
{
    const TableMap &rows = m_table.options.rows;
    const bool publishes = std::ranges::any_of(plan.steps, [&](const Phrase &step) { return makesKey(step); });
    const bool removes = std::ranges::any_of(plan.steps, [&](const Phrase &step) {
        return step.code == "key-removed"_L1 || step.code == "key-published"_L1; // to take it back
    });
    QByteArrayList needed;
    const auto need = [&](const QString &column, const QByteArray &right) {
        needed.append("('" + right + "', " + literal(column) + ", has_column_privilege(" +
                      literal(QString::fromUtf8(identifier(rows.table))) + ", " + literal(column) + ", '" + right +
                      "'))");
    };
    QStringList given{rows.columns.at(u"id"_s), m_table.secret, rows.columns.at(u"state"_s)};
    if (rows.has(u"created_at"_s))
        given.append(rows.columns.at(u"created_at"_s));
    if (publishes) {
        for (const QString &column : std::as_const(given))
            need(column, "INSERT");
    }
    for (const QString &field : {u"state"_s, u"activated_at"_s, u"retire_after"_s})
        need(rows.columns.at(field), "UPDATE");
    if (m_table.probe)
        need(m_table.secret, "SELECT");
    if (removes)
        needed.append("('DELETE', '', has_table_privilege(" + literal(QString::fromUtf8(identifier(rows.table))) +
                      ", 'DELETE'))");
    const auto missing = store().ask("SELECT given, col FROM (VALUES " + needed.join(", ") +
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
    if (!publishes)
        return {};
    const auto empty = store().ask("SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(" +
                                       literal(QString::fromUtf8(identifier(rows.table))) +
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
    return {};
}

QList<Check> KeyAction::ownChecks(const Plan &plan, Deadline deadline)
{
    const auto may = mayChange(plan, deadline);
    QList<Check> checks{{.phrase = {u"may-change"_s, {}},
                         .result = may ? Check::Result::Passed : Check::Result::Failed,
                         .error = may ? std::nullopt : std::optional(may.error())}};
    if (!m_table.probe) {
        checks.append(
            {.phrase = {u"tokens-probed"_s, {}},
             .result = Check::Result::Warned,
             .error = Error{ErrorCode::NotFound,
                            u"the profile names no page that takes a token ('probe'): nothing will prove that "
                            "tokens are accepted"_s,
                            where()}});
    }
    return checks;
}

/// Watches the tokens of all keys that have to be accepted all the time.
Result<void> KeyAction::begun(const Plan &plan, Deadline deadline)
{
    m_proved.clear();
    m_records.clear();
    if (!m_table.probe)
        return {};
    const auto now = ring(deadline);
    if (!now)
        return std::unexpected(now.error());
    m_watch = std::make_unique<TokenWatch>(*m_table.probe);
    for (const RingKey &key : now->keys) {
        // One that was published just now, by a step that is gone on with, is not read everywhere yet.
        const bool isRead = !key.createdAt || *key.createdAt + m_table.refresh <= now->at;
        const bool isMeant =
            (key.state == KeyState::Active || key.state == KeyState::Retiring) && now->verifies(key) && isRead;
        if (!isMeant || !staysValid(plan, key.id))
            continue;
        const auto secret = secretOf(key.id, deadline);
        if (!secret)
            return std::unexpected(secret.error());
        m_watch->add(key.id, *secret);
    }
    return {};
}

void KeyAction::ended()
{
    if (m_watch)
        m_records = m_watch->records();
    m_watch.reset();
}

std::optional<Error> KeyAction::refusedMeanwhile() const
{
    for (const TokenRecord &record : m_watch ? m_watch->records() : QList<TokenRecord>()) {
        if (record.refused > 0)
            return Error{ErrorCode::BadReply,
                         u"a valid token of %1 was refused (%2)"_s.arg(record.key, record.firstRefusal), where()};
    }
    return std::nullopt;
}

QByteArray KeyAction::evidence() const
{
    QCborArray all;
    for (const TokenRecord &record : m_watch ? m_watch->records() : m_records)
        all.append(QCborArray{record.key, record.asked, record.accepted, record.refused, record.firstRefusal});
    return all.isEmpty() ? QByteArray() : QCborValue(all).toCbor();
}

Result<Stand> KeyAction::stand(const Plan &plan, qsizetype step, Deadline deadline)
{
    const auto now = ring(deadline);
    if (!now)
        return std::unexpected(now.error());
    return standOf(*now, plan, plan.steps[step]);
}

Result<void> KeyAction::changeStep(PgConnection &connection, const Plan &plan, const Phrase &step, Way way,
                                   Deadline deadline)
{
    // Who has no lease is alone in here, too; and what a hand is changing now is waited for, and then seen.
    for (const QByteArray &lock : {QByteArray("SELECT pg_advisory_xact_lock(hashtext('quarterdeck-keys'))"),
                                   "SELECT 1 FROM " + identifier(m_table.options.rows.table) + " FOR UPDATE"}) {
        if (const auto locked = connection.query(lock, {}, deadline); !locked)
            return std::unexpected(locked.error());
    }
    const auto here = read(&connection, deadline);
    if (!here)
        return std::unexpected(here.error());
    if (standOf(*here, plan, step) != (way == Way::There ? Stand::Before : Stand::After))
        return failure(
            ErrorCode::BadInput,
            u"the keys are not as the plan found them (they are %1); nothing was changed"_s.arg(listOf(*here)),
            where());
    return change(connection, *here, plan, step, way, deadline);
}

Result<void> KeyAction::make(const Plan &plan, qsizetype step, Way way, Deadline deadline)
{
    const Phrase &wanted = plan.steps[step];
    if (isWaiting(wanted)) {
        m_proved.removeAll(wanted.code);
        if (way == Way::Back)
            return {};
        if (auto done = await(plan, wanted, deadline); !done)
            return done;
        m_proved.append(wanted.code);
        return {};
    }
    if (way == Way::There) {
        if (const auto refused = refusedMeanwhile())
            return std::unexpected(*refused);
    }
    return guarded(
        [&](PgConnection &connection, Deadline until) { return changeStep(connection, plan, wanted, way, until); },
        deadline);
}

QList<Check> KeyAction::seen(const Plan &plan, Deadline deadline)
{
    QList<Check> checks;
    const auto now = ring(deadline);
    Check done{.phrase = {u"done-as-expected"_s, {plan.resource}}};
    if (!now)
        done.error = now.error();
    else if (!std::ranges::all_of(plan.steps, [&](const Phrase &step) {
                 return isWaiting(step) || standOf(*now, plan, step) == Stand::After;
             }))
        done.error = Error{ErrorCode::BadReply, u"the keys are not as they were left: %1"_s.arg(listOf(*now)), where()};
    done.result = done.error ? Check::Result::Failed : Check::Result::Passed;
    checks.append(done);
    if (m_watch) {
        const auto refused = refusedMeanwhile();
        qint64 asked = 0;
        for (const TokenRecord &record : m_watch->records())
            asked += record.accepted;
        if (asked > 0 || refused) // else there was none to try
            checks.append({.phrase = {u"no-token-refused"_s, {QString::number(asked)}},
                           .result = refused ? Check::Result::Failed : Check::Result::Passed,
                           .error = refused});
    }
    return checks;
}

Result<void> KeyAction::publish(PgConnection &connection, const Ring &ring, const QString &key, KeyState state,
                                Deadline deadline) const
{
    QByteArrayList columns{columnOf(u"id"_s), identifier(m_table.secret), columnOf(u"state"_s)};
    QByteArrayList values{"$1", "$2", "$3"};
    const auto add = [&](const QString &field) {
        if (!m_table.options.rows.has(field))
            return;
        columns.append(columnOf(field));
        values.append("clock_timestamp()"); // not when its transaction began: that may have waited
    };
    add(u"created_at"_s);
    if (state == KeyState::Active)
        add(u"activated_at"_s);
    const Secret secret = newSecret();
    const auto done = connection.query("INSERT INTO " + identifier(m_table.options.rows.table) + " (" +
                                           columns.join(", ") + ") VALUES (" + values.join(", ") + ") RETURNING 1",
                                       {key.toUtf8(), secret.reveal(), wordOf(ring, state).toUtf8()}, deadline);
    if (!done)
        return std::unexpected(done.error());
    return {};
}

Result<void> KeyAction::removeWaiting(PgConnection &connection, const Ring &ring, const QString &key,
                                      Deadline deadline) const
{
    const auto done =
        connection.query("DELETE FROM " + identifier(m_table.options.rows.table) + " WHERE " + columnOf(u"id"_s) +
                             " = $1 AND " + columnOf(u"state"_s) + "::text = $2 RETURNING 1",
                         {key.toUtf8(), wordOf(ring, KeyState::Next).toUtf8()}, deadline);
    if (!done)
        return std::unexpected(done.error());
    if (done->rows.size() != 1)
        return failure(ErrorCode::BadInput, u"%1 does not wait any more; nothing was removed"_s.arg(key), where());
    return {};
}

Result<void> KeyAction::update(PgConnection &connection, const Ring &ring, const QString &key, KeyState to,
                               const QByteArrayList &set, Deadline deadline) const
{
    QByteArrayList sets{columnOf(u"state"_s) + " = $2"};
    sets += set;
    const auto done = connection.query("UPDATE " + identifier(m_table.options.rows.table) + " SET " + sets.join(", ") +
                                           " WHERE " + columnOf(u"id"_s) + " = $1 RETURNING 1",
                                       {key.toUtf8(), wordOf(ring, to).toUtf8()}, deadline);
    if (!done)
        return std::unexpected(done.error());
    if (done->rows.size() != 1)
        return failure(ErrorCode::BadInput, u"there is no key %1 any more; nothing was changed"_s.arg(key), where());
    return {};
}

/// As the rows of that state spell it; else as the profile does, or we, in the case of the others.
QString KeyAction::wordOf(const Ring &ring, KeyState state) const
{
    if (const auto said = ring.spelled.find(state); said != ring.spelled.end())
        return said->second;
    const bool isUpper = std::ranges::all_of(ring.spelled, [](const auto &each) { return each.second.isUpper(); });
    const QString ours = toWord(state);
    for (const auto &[word, meaning] : m_table.options.words) {
        if (meaning == state && word != ours)
            return isUpper ? word.toUpper() : word;
    }
    return isUpper ? ours.toUpper() : ours;
}

/// After the overlap, and after the last token that it signed; a process may sign on until it has read the keys again.
QByteArray KeyAction::endOf(const RingKey &key) const
{
    QByteArray end = columnOf(u"retire_after"_s) + " = greatest(now() + " + secondsOf(m_table.overlap);
    if (key.lastTokenExpiry)
        end += ", to_timestamp(" +
               QByteArray::number(
                   std::ceil(static_cast<double>((*key.lastTokenExpiry + m_table.refresh).time_since_epoch().count()) /
                             1000),
                   'f', 0) +
               ")";
    return end + ')';
}

Result<void> KeyAction::waitForRefresh(const std::function<std::optional<Instant>(const Ring &)> &since)
{
    const auto end = std::chrono::steady_clock::now() + m_table.refresh + proofTime;
    do {
        const auto now = ring(std::chrono::steady_clock::now() + 10s);
        if (!now)
            return std::unexpected(now.error());
        const auto from = since(*now);
        if (!from)
            return failure(ErrorCode::BadInput, u"the keys were changed meanwhile: %1"_s.arg(listOf(*now)), where());
        if (*from + m_table.refresh <= now->at)
            return {};
        if (const auto refused = refusedMeanwhile())
            return std::unexpected(*refused);
        if (!m_line.sleep(std::min<std::chrono::milliseconds>(pace, *from + m_table.refresh - now->at)))
            return failure(ErrorCode::Cancelled, u"stopped while it waited"_s, where());
    } while (std::chrono::steady_clock::now() < end);
    return failure(ErrorCode::Timeout, u"the store's clock does not go on"_s, where());
}

Result<void> KeyAction::prove(const QStringList &keys, Deadline deadline)
{
    const TokenProbe &probe = *m_table.probe;
    QString said;
    const auto end = std::chrono::steady_clock::now() + proofTime;
    const auto soon = [] { return std::chrono::steady_clock::now() + 5s; };
    for (const QString &key : keys) {
        const auto secret = secretOf(key, std::max(deadline, soon()));
        if (!secret)
            return std::unexpected(secret.error());
        int good = 0;
        while (good < provedBy) {
            const TokenAnswer answer = askWithToken(probe, m_line, key, *secret, soon(), &said);
            good = answer == TokenAnswer::Accepted ? good + 1 : 0;
            if (good > 0)
                continue;
            if (std::chrono::steady_clock::now() > end)
                return failure(ErrorCode::BadReply, u"a token of %1 is not accepted: %2"_s.arg(key, said), where());
            if (!m_line.sleep(pace))
                return failure(ErrorCode::Cancelled, u"stopped while it was proved"_s, where());
        }
        if (askWithToken(probe, m_line, key, newSecret(), soon(), &said) == TokenAnswer::Accepted)
            return failure(
                ErrorCode::BadReply,
                u"the page accepts a forged token as well (%1), and proves nothing: name another 'probe'"_s.arg(said),
                where());
        if (m_watch)
            m_watch->add(key, *secret);
    }
    if (const auto refused = refusedMeanwhile())
        return std::unexpected(*refused);
    return {};
}

Result<void> KeyAction::proveRefused(const QString &key, Deadline deadline)
{
    const auto secret = secretOf(key, deadline);
    if (!secret)
        return std::unexpected(secret.error());
    QString said;
    const auto end = std::chrono::steady_clock::now() + proofTime;
    for (int good = 0; good < provedBy;) {
        const TokenAnswer answer =
            askWithToken(*m_table.probe, m_line, key, *secret, std::chrono::steady_clock::now() + 5s, &said);
        good = answer == TokenAnswer::Refused ? good + 1 : 0;
        if (good > 0)
            continue;
        if (std::chrono::steady_clock::now() > end)
            return failure(ErrorCode::Timeout, u"a token of %1 is still not refused: %2"_s.arg(key, said), where());
        if (!m_line.sleep(pace))
            return failure(ErrorCode::Cancelled, u"stopped while it was proved"_s, where());
    }
    return {};
}

Measure KeyAction::tokensOf(const Ring &ring, const RingKey &key) const
{
    if (!ring.countsTokens)
        return {
            .what = u"live-tokens"_s, .number = {}, .unit = {}, .source = u"the profile names no table of sessions"_s};
    return {.what = u"live-tokens"_s,
            .number = key.tokens,
            .unit = u"count"_s,
            .source = u"signed by %1, counted in %2"_s.arg(key.id, m_table.options.sessions.table)};
}

Result<QString> keyActionOf(QStringView kind, const Profile &profile)
{
    const auto spec = std::ranges::find(profile.actions, kind, &ActionSpec::kind);
    if (spec == profile.actions.end())
        return failure(
            ErrorCode::Unsupported,
            u"the profile names no action of kind %1: see 'actions' in resources/profile-reference.yaml"_s.arg(kind));
    if (kind == "swap-secret"_L1) {
        const auto platform = platformOf(*spec, profile);
        if (!platform)
            return std::unexpected(platform.error());
        const auto connection =
            platform->kind == "render"_L1 ? httpOperatorOf(*spec, profile) : Result<HttpConnection>();
        if (!connection)
            return std::unexpected(connection.error());
    } else if (const auto connection = operatorOf(*spec, profile); !connection) {
        return std::unexpected(connection.error());
    }
    return spec->id;
}

KeyTable readKeyTable(const ActionSpec &spec, const Profile &profile, QList<Error> &errors)
{
    ConfigReader options(spec.options, &errors);
    KeyTable table;
    table.place = {.deployment = profile.name, .environment = profile.environment, .marker = {}, .connection = {}};
    const QString source = options.string(u"source", u"keys"_s);
    const auto watched = std::ranges::find(profile.sources, source, &SourceSpec::id);
    if (watched == profile.sources.end() || watched->kind != "signing-keys"_L1) {
        errors.append({ErrorCode::BadInput,
                       u"the action '%1' acts on the keys that the source '%2' watches, and the profile has no such "
                       "source of kind signing-keys: write it under sources"_s.arg(spec.id, source),
                       spec.options.where()});
    } else if (auto told = signingKeysOptions(*watched)) {
        table.options = std::move(*told);
        QStringList fields{u"state"_s, u"activated_at"_s, u"retire_after"_s};
        if (spec.kind == "rotate-signing-key"_L1)
            fields.append(u"created_at"_s); // what was published is waited for from then on
        for (const QString &field : std::as_const(fields)) {
            if (!table.options.rows.has(field))
                errors.append({ErrorCode::BadInput,
                               u"the action '%1' writes '%2': name its column under columns of the source '%3'"_s.arg(
                                   spec.id, field, source),
                               watched->options.where()});
        }
    }
    table.place.marker = tableName(options, u"environment");
    table.secret = columnName(options, u"secret");
    if (table.secret.isEmpty() && !options.has(u"secret"))
        static_cast<void>(options.requiredString(u"secret"));
    table.refresh = options.duration(u"refresh", table.refresh, 1h);
    table.overlap = std::chrono::ceil<std::chrono::seconds>(options.duration(u"overlap", table.overlap, 366 * 24h));
    table.probe = readTokenProbe(options, profile, errors);
    options.finish();
    if (const auto connection = operatorOf(spec, profile))
        table.place.connection = *connection;
    else
        errors.append(connection.error());
    return table;
}

} // namespace qd
