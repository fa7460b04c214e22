/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/feature_flag/feature_flag.h"
#include "actions/feature_flag/held_flag.h"
#include "actions/http_store.h"
#include "actions/registry.h"
#include "base/cleaned.h"
#include "sources/switch_word.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// What is told of one flag right now.
struct Told
{
    QJsonValue document;
    QByteArray etag; ///< empty: none was told
    HeldFlag held;
};

std::optional<QString> textOf(const QJsonValue &value)
{
    if (value.isBool())
        return value.toBool() ? u"true"_s : u"false"_s;
    if (value.isDouble())
        return QString::number(value.toDouble(), 'g', 12);
    return value.isString() ? std::optional(cleaned(value.toString(), 40)) : std::nullopt;
}

/// `text` as what stands there is written.
QJsonValue written(const QJsonValue &now, const std::optional<QString> &text)
{
    if (!text)
        return QJsonValue::Null;
    if (now.isBool())
        return *text == "true"_L1;
    return now.isString() ? QJsonValue(*text) : QJsonValue(text->toDouble());
}

class SetHttpFlag final : public RemoteAction
{
public:
    SetHttpFlag(HttpFlags flags, const Clock &clock, const PgConnection::Stop &stop)
        : RemoteAction(std::move(flags.place), clock, stop)
        , m_api(std::move(flags.api))
        , m_store(std::move(flags.connection), line())
    {
    }

private:
    QString system() const override { return m_api.title; }
    QString title() const override { return m_api.title; }
    QString where() const override
    {
        const QUrl &base = m_store.connection().base;
        return base.port() < 0 ? base.host() : u"%1:%2"_s.arg(base.host()).arg(base.port());
    }

    QByteArray tlsKey() const override { return m_store.tlsKey(); }
    void expectTlsKey(const QByteArray &key) override { m_store.expectTlsKey(key); }

    static QString whatOf(const Plan &plan, qsizetype step) { return plan.steps.value(step).arguments.value(2); }

    Result<QStringList> identity(Deadline deadline) override
    {
        QStringList identity{m_api.place};
        if (m_api.identity.isEmpty()) {
            identity.append(where());
            const bool hasKey = !m_store.connection().tls.caFile.isEmpty(); // an answer tells it
            if (const auto reply = hasKey ? ask(m_api.list, deadline) : HttpReply(); !reply)
                return std::unexpected(reply.error());
        }
        for (const FlagApi::Identity &each : m_api.identity) {
            const auto reply = ask(each.get, deadline);
            if (!reply)
                return std::unexpected(reply.error());
            const QJsonObject told = QJsonDocument::fromJson(reply->body).object();
            for (const QString &pointer : each.values) {
                const auto value = textOf(pickedFrom(told, pointer));
                if (!value)
                    return failure(ErrorCode::BadReply,
                                   u"%1 does not tell at %2 which project this is"_s.arg(m_api.title, pointer),
                                   m_store.where(each.get));
                identity.append(*value);
            }
        }
        return identity;
    }

    Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) override
    {
        const auto told = read(wish.resource, deadline);
        if (!told)
            return std::unexpected(told.error());
        if (wish.set.contains(u"rollout"_s) && !m_api.rollout.isEmpty() && !told->held.hasRollout)
            return failure(
                ErrorCode::Unsupported,
                u"%1 has no percentage of its own, or several; set it in %2"_s.arg(wish.resource, m_api.title),
                where());
        const auto changes = changesOf(wish, told->held, where());
        if (!changes)
            return std::unexpected(changes.error());
        plan.action = u"feature-flag"_s;
        plan.changes = *changes;
        for (const Change &change : std::as_const(plan.changes)) {
            if (!m_api.write.contains(change.what))
                return failure(
                    ErrorCode::Unsupported,
                    u"the profile's source does not say how %1 sets its '%2'"_s.arg(m_api.title, change.what), where());
            plan.steps.append({u"flag-set-through"_s, {wish.resource, m_api.title, change.what}});
        }
        // What is turned on begins with its new percentage; what is turned off is off first.
        const Change *enabled = plan.change(u"enabled");
        if (enabled != nullptr && isOn(enabled->after.value_or(QString())).value_or(false))
            std::ranges::reverse(plan.steps);
        plan.undo = undoOf(plan);
        plan.impact = {{.what = u"reach"_s,
                        .number = {},
                        .unit = {},
                        .source = u"%1 is not asked who goes by the flag"_s.arg(m_api.title)}};
        return {};
    }

    QList<Check> ownChecks(const Plan &plan, Deadline /*deadline*/) override
    {
        Check compared{.phrase = {u"change-compared"_s, {}}};
        if (!m_api.compares()) {
            compared.result = Check::Result::Warned;
            compared.error = Error{ErrorCode::Unsupported,
                                   u"%1 compares nothing: the flag is read right before it is set, and who sets it in "
                                   "that moment is overwritten"_s.arg(m_api.title),
                                   where()};
            if (plan.revertAfter.count() > 0)
                compared.error->message +=
                    u"; before it is taken back by itself its value alone is compared, so that who sets it to the "
                    "same meanwhile is not seen"_s;
        }
        if (!m_api.identity.isEmpty())
            return {compared};
        return {compared,
                {.phrase = {u"target-marked"_s, {}},
                 .result = Check::Result::Warned,
                 .error = Error{ErrorCode::NotFound,
                                u"nothing but its address tells which project this is: see 'identity' of the source"_s,
                                where()}}};
    }

    Result<QByteArray> fingerprint(const Plan &plan, Deadline deadline) override
    {
        const auto told = read(plan.resource, deadline);
        if (!told)
            return std::unexpected(told.error());
        return fingerprintOf({plan.resource.toUtf8(), wordFor(told->held.enabled), wordFor(told->held.rollout),
                              wordFor(versionIn(*told)), told->etag});
    }

    Result<Stand> stand(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        const auto told = read(plan.resource, deadline);
        if (!told)
            return std::unexpected(told.error());
        return standOf(plan, {whatOf(plan, step)}, told->held);
    }

    Result<HttpReply> ask(const QString &path, Deadline deadline)
    {
        const auto reply = m_store.ask({.path = path}, deadline);
        if (!reply)
            return reply;
        if (const auto refused = refusedByApi(reply->status, m_api, m_store.where(path)))
            return std::unexpected(*refused);
        return reply;
    }

    /// All flags that there are, or those up to the one that is looked for.
    Result<QList<ToldFlag>> list(const QString &until, Deadline deadline)
    {
        QList<ToldFlag> all;
        QString path = m_api.list;
        for (int page = 0; page < mostFlagPages; ++page) {
            const auto reply = ask(path, deadline);
            if (!reply)
                return std::unexpected(reply.error());
            const auto flags = flagsIn(*reply, m_api, m_store.where(path));
            if (!flags)
                return flags;
            all += *flags;
            const auto next = nextPage(*reply, m_api, m_store.connection().base, m_store.where(path));
            if (std::ranges::find(all, until, &ToldFlag::key) != all.end() || !next || !*next)
                break;
            path = **next;
        }
        return all;
    }

    Result<Told> noSuchFlag(const QString &flag, const QList<ToldFlag> &all)
    {
        QStringList names;
        for (const ToldFlag &each : all)
            names.append(each.key);
        names.sort();
        return failure(ErrorCode::NotFound,
                       u"there is no flag '%1' in %2; it has %3"_s.arg(cleaned(flag, 60), m_api.place, someOf(names)),
                       where());
    }

    Result<Told> read(const QString &flag, Deadline deadline)
    {
        Told told;
        if (m_api.get.isEmpty()) {
            const auto all = list(flag, deadline);
            if (!all)
                return std::unexpected(all.error());
            const auto found = std::ranges::find(*all, flag, &ToldFlag::key);
            if (found == all->end())
                return noSuchFlag(flag, *all);
            told.document = found->document;
        } else {
            const auto path =
                filledPath(m_api.get, {.flag = flag, .enabled = {}, .rollout = {}, .before = {}, .after = {}});
            const auto reply = path ? ask(*path, deadline) : std::unexpected(path.error());
            if (!reply && reply.error().code == ErrorCode::NotFound) {
                const auto all = list({}, deadline);
                return all ? noSuchFlag(flag, *all) : std::unexpected(all.error());
            }
            if (!reply)
                return std::unexpected(reply.error());
            told.document = QJsonDocument::fromJson(reply->body).object();
            if (pickedFrom(told.document, m_api.key) != QJsonValue(flag))
                return failure(ErrorCode::BadReply, u"expected what %1 tells of the flag %2"_s.arg(m_api.title, flag),
                               where());
            const auto etag = std::ranges::find_if(reply->headers,
                                                   [](const auto &header) { return header.first.toLower() == "etag"; });
            if (m_api.hasEtag && etag != reply->headers.end())
                told.etag = etag->second;
            else if (m_api.hasEtag)
                return failure(ErrorCode::BadReply, u"%1 tells no ETag of a flag"_s.arg(m_api.title), where());
        }
        told.held.enabled = textOf(pickedFrom(told.document, m_api.set));
        if (!m_api.rollout.isEmpty()) {
            const QJsonValue rollout = pickedFrom(told.document, m_api.rollout);
            told.held.rollout = textOf(rollout);
            told.held.hasRollout = !rollout.isUndefined();
        }
        return told;
    }

    /// Nothing: this interface has none.
    std::optional<QString> versionIn(const Told &told) const
    {
        return m_api.version.isEmpty() ? std::nullopt : textOf(pickedFrom(told.document, m_api.version));
    }

    Result<QByteArray> version(const Plan &plan, Deadline deadline) override
    {
        if (!m_api.compares())
            return QByteArray();
        const auto told = read(plan.resource, deadline);
        if (!told)
            return std::unexpected(told.error());
        const auto version = versionIn(*told);
        if (!version && told->etag.isEmpty())
            return QByteArray();
        return fingerprintOf({wordFor(version), told->etag});
    }

    /// Right after it was read, with what the server itself compares, if it does.
    Result<void> make(const Plan &plan, qsizetype step, Way way, Deadline deadline) override
    {
        const QString what = whatOf(plan, step);
        const Change *change = plan.change(what);
        const auto write = m_api.write.find(what);
        if (plan.action != "feature-flag"_L1 || plan.steps.value(step).code != "flag-set-through"_L1 || !change ||
            write == m_api.write.end())
            return notMine();
        const auto told = read(plan.resource, deadline);
        if (!told) // nothing was sent
            return failure(isUncertain(told.error().code) ? ErrorCode::Unavailable : told.error().code,
                           told.error().message, told.error().where);
        if (standOf(plan, {what}, told->held) != (way == Way::There ? Stand::Before : Stand::After))
            return failure(ErrorCode::BadInput,
                           u"%1 is not as the plan found it; nothing was changed"_s.arg(plan.resource), where());
        const bool isSwitch = what == "enabled"_L1;
        const QString pointer = isSwitch ? m_api.set : m_api.rollout;
        const std::optional<QString> &value = way == Way::There ? change->after : change->before;
        const auto on = isOn((isSwitch ? value : told->held.enabled).value_or(QString()));
        const FlagWords words{
            .flag = plan.resource,
            .enabled = !on   ? QString()
                       : *on ? u"true"_s
                             : u"false"_s,
            .rollout = (isSwitch ? told->held.rollout : value).value_or(QString()),
            .before = told->document,
            .after = replacedIn(told->document, pointer, written(pickedFrom(told->document, pointer), value))};
        const auto path = filledPath(write->second.path, words);
        if (!path)
            return std::unexpected(path.error());
        const auto body = filledBody(write->second.body, words);
        if (!body)
            return std::unexpected(body.error());
        HttpStore::Question question{
            .method = write->second.method, .path = *path, .body = body->toObject(), .list = body->toArray()};
        if (!told->etag.isEmpty())
            question.headers.append(std::pair<QByteArray, QByteArray>("If-Match", told->etag));
        const auto reply = m_store.ask(question, deadline);
        if (!reply)
            return std::unexpected(reply.error());
        if (const auto refused = refusedByApi(reply->status, m_api, m_store.where(*path)))
            return std::unexpected(*refused);
        return {};
    }

    const FlagApi m_api;
    HttpStore m_store;
};
} // namespace

std::unique_ptr<Action> setHttpFlag(HttpFlags flags, const Clock &clock, const PgConnection::Stop &stop)
{
    return std::make_unique<SetHttpFlag>(std::move(flags), clock, stop);
}

std::expected<std::unique_ptr<Action>, QList<Error>>
makeHttpFlagAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    static_cast<void>(reader.string(u"source"));
    HttpFlags flags{.place = {.deployment = profile.name,
                              .environment = profile.environment,
                              .lease = readLeasePlace(reader, profile, errors)},
                    .api = {},
                    .connection = {}};
    reader.finish();
    const auto source = platformOf(spec, profile);
    if (!source)
        errors.append(source.error());
    else if (source->kind != "http-flags"_L1)
        errors.append(
            {ErrorCode::BadInput,
             u"the source '%1' is of kind %2; expected one of kind http-flags"_s.arg(source->id, source->kind),
             spec.options.where()});
    else
        flags.api = readFlagApi(source->options, &errors);
    if (const auto connection = httpOperatorOf(spec, profile))
        flags.connection = *connection;
    else
        errors.append(connection.error());
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return setHttpFlag(std::move(flags), clock, stop);
}

} // namespace qd
