/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/backup/restore_backup.h"

#include "actions/backup/restoring.h"
#include "actions/registry.h"
#include "base/cleaned.h"
#include "profile/connections.h"
#include "sources/postgresql/ask.h"

#include <QCborArray>
#include <QDateTime>
#include <QFileInfo>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr QLatin1StringView readStep("backup-read");
constexpr QLatin1StringView created("database-created");
constexpr QLatin1StringView restored("backup-restored");
constexpr QLatin1StringView verified("restore-verified");

/// How a restore is done, as the profile says.
struct RestorePlace
{
    PgStore::Place place;
    QString directory; ///< that the backups lie in
    QString programs;  ///< directory of PostgreSQL's client programs; empty: the newest of this machine
    int jobs = 2;
    std::chrono::milliseconds time{6h}; ///< that reading or restoring it may take
    std::chrono::seconds leaseTime{60};
};

QByteArray literal(const QString &text)
{
    return '\'' + text.toUtf8().replace('\'', "''") + '\'';
}

QByteArray quoted(const QString &name)
{
    return '"' + name.toUtf8().replace('"', "\"\"") + '"';
}

/// What stands in the comment of a database that a plan made: nobody else's is ever touched.
QString markOf(const Plan &plan)
{
    return u"quarterdeck %1"_s.arg(QString::fromLatin1(plan.id().toHex()));
}

/// While it is made it is called so; it gets its name once it says whose it is.
QString unnamed(const Plan &plan)
{
    return u"quarterdeck_new_%1"_s.arg(QString::fromLatin1(plan.id().toHex().first(24)));
}

/// The live database, as another one has to be like it.
struct LiveDatabase
{
    QString name;
    QString owner;
    QString encoding;
    QString collate;
    QString ctype;
    qint64 size = 0;
    PgVersion server;
    bool mayCreate = false;
    bool isMember = false; ///< of the owner
    bool isMighty = false; ///< who asks is a superuser, or can become one
};

class RestoreBackup final : public PgAction
{
public:
    RestoreBackup(RestorePlace place, const Clock &clock, const PgConnection::Stop &stop)
        : PgAction(place.place, place.leaseTime, clock, stop)
        , m_place(std::move(place))
        , m_line(stop)
    {
    }
    [[nodiscard]] QByteArray evidence() const override { return m_evidence; }

protected:
    Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) override;
    Result<void> asPlanned(const Plan &plan, Deadline deadline) override;
    Result<void> begun(const Plan &, Deadline) override
    {
        m_isRead = m_isVerified = false;
        m_evidence.clear();
        return {};
    }
    Result<Stand> stand(const Plan &plan, qsizetype step, Deadline deadline) override;
    Result<void> make(const Plan &plan, qsizetype step, Way way, Deadline deadline) override;
    QList<Check> seen(const Plan &plan, Deadline deadline) override;

private:
    [[nodiscard]] Result<QString> fileOf(const QString &name) const;
    [[nodiscard]] Result<LiveDatabase> live(Deadline deadline);
    /// Of what the plan restores.
    [[nodiscard]] Result<Restoring *> restoring(const QString &name);
    [[nodiscard]] Result<PgAccess> access(const QString &database, Deadline deadline);
    [[nodiscard]] Result<QByteArray> printOf(const QString &file, const QString &database, Deadline deadline);
    /// Nothing: there is no such database; empty: it says nothing.
    [[nodiscard]] Result<std::optional<QString>> commentOn(const QString &database, Deadline deadline);
    [[nodiscard]] Result<void> mayRestore(Restoring &backup, const LiveDatabase &database, Deadline deadline);
    [[nodiscard]] Result<void> create(const Plan &plan, const QString &state, Deadline deadline);
    [[nodiscard]] Result<void> drop(const Plan &plan, Deadline deadline);
    [[nodiscard]] Result<void> restore(const Plan &plan, Deadline deadline);
    [[nodiscard]] Result<void> verifyAll(const Plan &plan, Deadline deadline);

    const RestorePlace m_place;
    IoLine m_line;
    std::unique_ptr<Restoring> m_restoring;
    QString m_restored;    ///< the name of that file
    bool m_isRead = false; ///< by this console
    bool m_isVerified = false;
    QByteArray m_evidence;
};

/// A name in the directory, and nothing that leads out of it.
Result<QString> RestoreBackup::fileOf(const QString &name) const
{
    if (name.isEmpty() || name.contains(u'/') || name.contains(u'\\') || name.startsWith(u'.') ||
        name != cleaned(name, 255))
        return failure(ErrorCode::BadInput,
                       u"'%1' is no name of a file in %2"_s.arg(cleaned(name, 60), m_place.directory), where());
    return m_place.directory + u'/' + name;
}

Result<Restoring *> RestoreBackup::restoring(const QString &name)
{
    if (m_restoring && m_restored == name)
        return m_restoring.get();
    const auto file = fileOf(name);
    auto made = file ? Restoring::of(*file, {.line = m_line, .directory = m_place.programs, .time = m_place.time})
                     : std::unexpected(file.error());
    if (!made)
        return std::unexpected(made.error());
    m_restoring = std::move(*made);
    m_restored = name;
    return m_restoring.get();
}

Result<LiveDatabase> RestoreBackup::live(Deadline deadline)
{
    const auto rows = store().ask(
        "SELECT d.datname, o.rolname AS owner, pg_encoding_to_char(d.encoding) AS encoding, d.datcollate, "
        "d.datctype, pg_database_size(d.oid) AS size, current_setting('server_version') AS version, "
        "(SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user) AS creates, "
        "pg_has_role(d.datdba, 'MEMBER') AS member, EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolsuper AND "
        "pg_has_role(current_user, r.oid, 'MEMBER')) AS mighty FROM pg_database d JOIN pg_roles o ON o.oid = d.datdba "
        "WHERE d.datname = current_database()",
        {}, deadline);
    if (!rows)
        return std::unexpected(rows.error());
    const auto text = [&](QStringView column) { return QString::fromUtf8(rows->at(0, column).value_or(QByteArray())); };
    const auto version = pgVersionIn(text(u"version"));
    if (!version)
        return std::unexpected(version.error());
    return LiveDatabase{.name = text(u"datname"),
                        .owner = text(u"owner"),
                        .encoding = text(u"encoding"),
                        .collate = text(u"datcollate"),
                        .ctype = text(u"datctype"),
                        .size = text(u"size").toLongLong(),
                        .server = *version,
                        .mayCreate = rows->at(0, u"creates") == "t",
                        .isMember = rows->at(0, u"member") == "t",
                        .isMighty = rows->at(0, u"mighty") == "t"};
}

/// What would fail after an hour is said before anything is done.
Result<void> RestoreBackup::mayRestore(Restoring &backup, const LiveDatabase &database, Deadline deadline)
{
    const auto heading = backup.heading();
    if (!heading)
        return std::unexpected(heading.error());
    if (const auto from = pgVersionIn(heading->serverVersion); from && from->major > database.server.major)
        return failure(
            ErrorCode::Unsupported,
            u"it was dumped from PostgreSQL %1, and this server is %2: an older one cannot take it"_s.arg(from->major)
                .arg(database.server.major),
            where());
    if (!database.mayCreate)
        return failure(ErrorCode::Forbidden,
                       u"the role may not make a database; to allow it: ALTER ROLE its name CREATEDB"_s, where());
    if (!database.isMember)
        return failure(
            ErrorCode::Forbidden,
            u"the role is no member of %1, whom the database belongs to; to allow it: GRANT %1 TO its name"_s.arg(
                database.owner),
            where());
    if (backup.isSql() && database.isMighty)
        return failure(ErrorCode::Forbidden,
                       u"it is SQL, which may hold anything, and the role is a superuser or can become one: restore it "
                       "by one that cannot"_s,
                       where());
    const auto none = [&](const QStringList &names, const QByteArray &condition) -> Result<QString> {
        QByteArrayList words;
        for (const QString &name : names)
            words.append(literal(name));
        if (words.isEmpty())
            return QString();
        const auto rows = store().ask("SELECT name FROM unnest(ARRAY[" + words.join(", ") +
                                          "]::text[]) AS name WHERE " + condition + " LIMIT 1",
                                      {}, deadline);
        if (!rows)
            return std::unexpected(rows.error());
        return cleaned(QString::fromUtf8(rows->at(0, u"name").value_or(QByteArray())));
    };
    const auto stranger = none(heading->owners, "NOT coalesce((SELECT pg_has_role(" + literal(database.owner) +
                                                    ", oid, 'MEMBER') FROM pg_roles WHERE rolname = name), false)");
    if (!stranger)
        return std::unexpected(stranger.error());
    if (!stranger->isEmpty())
        return failure(ErrorCode::Forbidden,
                       u"it has objects of '%1', which %2 is not, and is no member of: they cannot be restored as "
                       "theirs"_s.arg(*stranger, database.owner),
                       where());
    const auto missing = none(heading->extensions, "name NOT IN (SELECT name FROM pg_available_extensions)");
    if (!missing)
        return std::unexpected(missing.error());
    if (!missing->isEmpty())
        return failure(
            ErrorCode::Unsupported,
            u"it needs the extension '%1', which this server does not have: install it there"_s.arg(*missing), where());
    return {};
}

Result<QByteArray> RestoreBackup::printOf(const QString &file, const QString &database, Deadline deadline)
{
    const QFileInfo info(file);
    const auto comment = commentOn(database, deadline);
    if (!comment)
        return std::unexpected(comment.error());
    return fingerprintOf({QByteArray::number(info.size()), QByteArray::number(info.lastModified().toMSecsSinceEpoch()),
                          comment->has_value() ? std::optional(QByteArray("there")) : std::nullopt});
}

Result<void> RestoreBackup::fill(Plan &plan, const Wish &wish, Deadline deadline)
{
    const auto backup = restoring(wish.resource);
    const auto file = backup ? fileOf(wish.resource) : std::unexpected(backup.error());
    const auto database = file ? live(deadline) : std::unexpected(file.error());
    if (!database)
        return std::unexpected(database.error());
    if (auto may = mayRestore(**backup, *database, std::chrono::steady_clock::now() + 10s); !may)
        return may;
    QString name = u"%1_restore_%2"_s.arg(
        database->name.left(40),
        QDateTime::fromMSecsSinceEpoch(now().time_since_epoch().count(), Qt::UTC).toString(u"yyyyMMdd_HHmmss"_s));
    for (const auto &[what, value] : wish.set) {
        if (what != "database"_L1)
            return failure(ErrorCode::BadInput, u"'%1': expected database=NAME, or nothing"_s.arg(cleaned(what, 60)),
                           where());
        name = value;
    }
    static const QRegularExpression form(u"^[a-z_][a-z0-9_]{0,62}$"_s);
    if (!form.match(name).hasMatch() || name == database->name)
        return failure(ErrorCode::BadInput,
                       u"'%1' is no name for the new database: small letters, digits and _, and not %2"_s.arg(
                           cleaned(name, 60), database->name),
                       where());
    const auto there = commentOn(name, std::chrono::steady_clock::now() + 10s);
    if (!there)
        return std::unexpected(there.error());
    if (there->has_value())
        return failure(ErrorCode::BadInput, u"there is a database %1 already; name another one"_s.arg(name), where());
    const auto print = printOf(*file, name, std::chrono::steady_clock::now() + 10s);
    if (!print)
        return std::unexpected(print.error());
    plan.action = u"restore-backup"_s;
    plan.fingerprint = *print;
    plan.changes = {{.what = u"database"_s, .before = {}, .after = name}};
    plan.steps = {{readStep, {plan.resource}},
                  {created, {name, database->owner, database->name}},
                  {restored, {plan.resource, name, QString::number(m_place.jobs)}},
                  {verified, {name}}};
    plan.undo = {{u"database-dropped"_s, {name}}};
    plan.impact = {
        {.what = u"backup-size"_s, .number = (*backup)->archive().size, .unit = u"bytes"_s, .source = plan.resource},
        {.what = u"live-size"_s, .number = database->size, .unit = u"bytes"_s, .source = database->name}};
    return {};
}

Result<void> RestoreBackup::asPlanned(const Plan &plan, Deadline deadline)
{
    const auto file = fileOf(plan.resource);
    const auto print =
        file ? printOf(*file, plan.steps.value(1).arguments.value(0), deadline) : std::unexpected(file.error());
    if (!print)
        return std::unexpected(print.error());
    if (*print != plan.fingerprint)
        return failure(ErrorCode::BadInput,
                       u"the backup or the database is not as the plan found it; make a new plan"_s, where());
    return {};
}

Result<std::optional<QString>> RestoreBackup::commentOn(const QString &database, Deadline deadline)
{
    const auto rows = store().ask(
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') AS said FROM pg_database WHERE datname = $1",
        {database.toUtf8()}, deadline);
    if (!rows)
        return std::unexpected(rows.error());
    if (rows->rows.isEmpty())
        return std::optional<QString>();
    return std::optional(QString::fromUtf8(rows->at(0, u"said").value_or(QByteArray())));
}

Result<Stand> RestoreBackup::stand(const Plan &plan, qsizetype step, Deadline deadline)
{
    const Phrase &wanted = plan.steps[step];
    if (wanted.code == readStep)
        return m_isRead ? Stand::After : Stand::Before;
    if (wanted.code == verified)
        return m_isVerified ? Stand::After : Stand::Before;
    const auto said = commentOn(plan.steps[1].arguments.value(0), deadline);
    if (!said)
        return std::unexpected(said.error());
    if (!*said)
        return Stand::Before;
    if (!(*said)->startsWith(markOf(plan)))
        return Stand::Other; // somebody else's
    if (wanted.code == created)
        return Stand::After;
    return (*said)->endsWith("restored"_L1) ? Stand::After : Stand::Before;
}

Result<void> RestoreBackup::make(const Plan &plan, qsizetype step, Way way, Deadline deadline)
{
    const QString &code = plan.steps[step].code;
    if (way == Way::Back) {
        m_isRead = m_isRead && code != readStep;
        m_isVerified = m_isVerified && code != verified;
        if (code == created)
            return drop(plan, deadline);
        if (code == restored) // what is in it goes with it
            return create(plan, u"to be dropped"_s, deadline);
        return {};
    }
    if (code == readStep) {
        const auto backup = restoring(plan.resource);
        auto read = backup ? (*backup)->readAll() : std::unexpected(backup.error());
        m_isRead = read.has_value();
        return read;
    }
    if (code == created)
        return create(plan, u"empty"_s, deadline);
    return code == restored ? restore(plan, deadline) : verifyAll(plan, deadline);
}

/// Makes it under a name that says whose it is, or lets the one that is there say how it stands.
Result<void> RestoreBackup::create(const Plan &plan, const QString &state, Deadline deadline)
{
    const QString &name = plan.steps[1].arguments.value(0);
    const QString &owner = plan.steps[1].arguments.value(1);
    const QByteArray says = literal(markOf(plan) + u' ' + state);
    const auto said = commentOn(name, deadline);
    if (!said)
        return std::unexpected(said.error());
    const auto ask = [&](const QByteArray &sql) -> Result<void> {
        const auto done = store().ask(sql, {}, deadline);
        return done ? Result<void>() : std::unexpected(done.error());
    };
    if (*said && !(*said)->startsWith(markOf(plan)))
        return failure(ErrorCode::BadInput, u"the database %1 is another's"_s.arg(name), where());
    if (*said)
        return ask("COMMENT ON DATABASE " + quoted(name) + " IS " + says);
    const auto database = live(deadline);
    if (!database)
        return std::unexpected(database.error());
    const QByteArray made = quoted(unnamed(plan));
    for (const QByteArray &sql :
         {"DROP DATABASE IF EXISTS " + made,
          "CREATE DATABASE " + made + " TEMPLATE template0 OWNER " + quoted(owner) + " ENCODING " +
              literal(database->encoding) + " LC_COLLATE " + literal(database->collate) + " LC_CTYPE " +
              literal(database->ctype),
          "COMMENT ON DATABASE " + made + " IS " + says, "REVOKE CONNECT ON DATABASE " + made + " FROM PUBLIC",
          "ALTER DATABASE " + made + " RENAME TO " + quoted(name)}) {
        if (auto done = ask(sql); !done)
            return done;
    }
    return {};
}

/// Only what this plan made.
Result<void> RestoreBackup::drop(const Plan &plan, Deadline deadline)
{
    const QString &name = plan.steps[1].arguments.value(0);
    const auto said = commentOn(name, deadline);
    if (!said)
        return std::unexpected(said.error());
    if (!*said)
        return {};
    if (!(*said)->startsWith(markOf(plan)))
        return failure(ErrorCode::BadInput, u"the database %1 is another's"_s.arg(name), where());
    // What a killed console left there; of others nobody is thrown out.
    const auto ended = store().ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND "
                                   "usename = current_user AND application_name = 'quarterdeck'",
                                   {name.toUtf8()}, deadline);
    if (!ended)
        return std::unexpected(ended.error());
    const auto done = store().ask("DROP DATABASE " + quoted(name), {}, deadline);
    return done ? Result<void>() : std::unexpected(done.error());
}

Result<PgAccess> RestoreBackup::access(const QString &database, Deadline deadline)
{
    const PostgresConnection &connection = m_place.place.connection;
    const auto password =
        connection.password ? m_line.secret(*connection.password, deadline) : Result<Secret>(Secret());
    if (!password)
        return std::unexpected(password.error());
    return PgAccess::to(connection, database, *password);
}

Result<void> RestoreBackup::restore(const Plan &plan, Deadline deadline)
{
    const QString &name = plan.steps[1].arguments.value(0);
    const auto backup = restoring(plan.resource);
    const auto said = backup ? commentOn(name, deadline) : std::unexpected(backup.error());
    if (!said)
        return std::unexpected(said.error());
    // An earlier try, by whoever was killed: what it left is not built upon.
    if (*said && !(*said)->endsWith("empty"_L1)) {
        if (auto dropped = drop(plan, deadline); !dropped)
            return dropped;
        if (auto made = create(plan, u"empty"_s, deadline); !made)
            return made;
    }
    if (auto noted = create(plan, u"begun"_s, deadline); !noted)
        return noted;
    const auto way = access(name, deadline);
    if (!way)
        return std::unexpected(way.error());
    if (auto done = (*backup)->into(*way, plan.steps[1].arguments.value(1), plan.steps[2].arguments.value(2).toInt());
        !done) // the program is dead: nothing goes on, and nobody but we says that it was restored
        return failure(isUncertain(done.error().code) ? ErrorCode::BadReply : done.error().code, done.error().message,
                       done.error().where);
    return create(plan, u"restored"_s, std::chrono::steady_clock::now() + 10s);
}

/// What the backup has is there, whole and usable.
Result<void> RestoreBackup::verifyAll(const Plan &plan, Deadline deadline)
{
    const auto backup = restoring(plan.resource);
    const auto expected = backup ? (*backup)->contents() : std::unexpected(backup.error());
    if (!expected)
        return std::unexpected(expected.error());
    PostgresConnection connection = m_place.place.connection;
    connection.database = plan.steps[1].arguments.value(0);
    auto database = PgConnection::open(connection, std::max(deadline, std::chrono::steady_clock::now() + 10s), stop());
    if (!database)
        return std::unexpected(database.error());
    const auto soon = [] { return std::chrono::steady_clock::now() + 5min; };
    QCborArray evidence;
    const auto compare = [&](const QString &what, qint64 wanted, const QByteArray &sql) -> Result<void> {
        const auto counted = database->query("SELECT count(*) AS found FROM " + sql, {}, soon());
        if (!counted)
            return std::unexpected(counted.error());
        const qint64 found = counted->at(0, u"found").value_or(QByteArray()).toLongLong();
        evidence.append(QCborArray{what, wanted, found});
        if (found == wanted)
            return {};
        return failure(ErrorCode::BadReply,
                       u"%1: the backup has %2, and the restored database %3"_s.arg(what).arg(wanted).arg(found),
                       where());
    };
    static const std::map<QString, QByteArray> kinds{
        {u"tables"_s, "'r', 'p'"}, {u"sequences"_s, "'S'"}, {u"views"_s, "'v'"}, {u"materialized views"_s, "'m'"}};
    for (const auto &[what, wanted] : expected->objects) {
        auto same = compare(what, wanted,
                            "pg_class c WHERE relkind IN (" + kinds.at(what) +
                                ") AND relpersistence <> 't' AND relnamespace NOT IN (SELECT oid FROM pg_namespace "
                                "WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast')) AND NOT EXISTS "
                                "(SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')");
        if (!same)
            return same;
    }
    for (const auto &[table, wanted] : expected->rows) {
        if (auto same = compare(cleaned(QString::fromUtf8(table), 120), wanted, "ONLY " + table); !same)
            return same;
    }
    if (auto same = compare(u"indexes that are not valid"_s, 0, "pg_index WHERE NOT indisvalid"); !same)
        return same;
    m_evidence = QCborValue(evidence).toCbor();
    m_isVerified = true;
    return {};
}

QList<Check> RestoreBackup::seen(const Plan &plan, Deadline deadline)
{
    const auto stands = stand(plan, 2, deadline);
    Check check{.phrase = {u"backup-is-restored"_s, {plan.steps[1].arguments.value(0)}}};
    if (!stands || *stands != Stand::After) {
        check.result = Check::Result::Failed;
        check.error = stands ? Error{ErrorCode::BadReply, u"the database does not say that it was restored"_s, where()}
                             : stands.error();
    }
    return {check};
}
} // namespace

Result<QString> restoreActionOf(const Profile &profile)
{
    const auto spec = std::ranges::find(profile.actions, u"restore-backup"_s, &ActionSpec::kind);
    if (spec == profile.actions.end())
        return failure(
            ErrorCode::Unsupported,
            u"the profile names no action of kind restore-backup: see 'actions' in resources/profile-reference.yaml"_s);
    if (const auto connection = operatorOf(*spec, profile); !connection)
        return std::unexpected(connection.error());
    return spec->id;
}

std::expected<std::unique_ptr<Action>, QList<Error>> makeRestoreBackupAction(const ActionSpec &spec,
                                                                             const Profile &profile, const Clock &clock,
                                                                             const PgConnection::Stop &stop)
{
    QList<Error> errors;
    ConfigReader options(spec.options, &errors);
    RestorePlace place;
    place.place = {.deployment = profile.name, .environment = profile.environment, .marker = {}, .connection = {}};
    const QString source = options.string(u"source", u"backups"_s);
    const auto watched = std::ranges::find(profile.sources, source, &SourceSpec::id);
    if (watched == profile.sources.end() || watched->kind != "backup-directory"_L1) {
        errors.append({ErrorCode::BadInput,
                       u"the action '%1' restores what the source '%2' lists, and the profile has no such source of "
                       "kind backup-directory: write it under sources"_s.arg(spec.id, source),
                       spec.options.where()});
    } else {
        ConfigReader listed(watched->options, &errors);
        if (const QString path = listed.string(u"path"); !path.isEmpty())
            place.directory = besides(listed.node(u"path"), path);
        else
            errors.append({ErrorCode::BadInput,
                           u"the profile does not say where the backups lie: write 'path: DIRECTORY' under the source "
                           "'%1'"_s.arg(source),
                           watched->options.where()});
    }
    place.place.marker = tableName(options, u"environment");
    place.programs = options.string(u"programs");
    place.jobs = static_cast<int>(options.integer(u"jobs", place.jobs, 1, 64));
    place.time = options.duration(u"time", place.time, 7 * 24h);
    options.finish();
    if (const auto connection = operatorOf(spec, profile))
        place.place.connection = *connection;
    else
        errors.append(connection.error());
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return std::make_unique<RestoreBackup>(std::move(place), clock, stop);
}

} // namespace qd
