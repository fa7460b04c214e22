/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/breaker/breaker.h"
#include "actions/http_store.h"
#include "actions/registry.h"
#include "base/cleaned.h"
#include "sources/evidence.h"
#include "sources/http_source.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// How a state is asked for, and called in the endpoint's replies. There are no others that can be asked for.
struct Settable
{
    QLatin1StringView wish;
    QLatin1StringView command;
    QLatin1StringView state;
};
constexpr std::array settable{Settable{"closed"_L1, "CLOSE"_L1, "CLOSED"_L1},
                              Settable{"open"_L1, "FORCE_OPEN"_L1, "FORCED_OPEN"_L1},
                              Settable{"disabled"_L1, "DISABLE"_L1, "DISABLED"_L1}};

const Settable *settableAs(QLatin1StringView Settable::*by, const QString &word)
{
    const auto it = std::ranges::find(settable, word, by);
    return it == settable.end() ? nullptr : &*it;
}

class SetActuatorBreaker final : public RemoteAction
{
public:
    SetActuatorBreaker(ActuatorBreakers breakers, const Clock &clock, const PgConnection::Stop &stop)
        : RemoteAction(breakers.place, clock, stop)
        , m_breakers(std::move(breakers))
        , m_service(m_breakers.connection, line())
    {
    }

private:
    QString system() const override { return u"actuator"_s; }
    QString title() const override { return u"Actuator"_s; }
    QString where() const override { return m_service.where(m_breakers.endpoint); }

    QByteArray tlsKey() const override { return m_service.tlsKey(); }
    void expectTlsKey(const QByteArray &key) override { m_service.expectTlsKey(key); }

    Result<QStringList> identity(Deadline deadline) override
    {
        const bool isMarked = !m_breakers.markerPath.isEmpty();
        if (!isMarked && m_breakers.connection.tls.caFile.isEmpty())
            return QStringList{where()};
        const auto reply = ask({.path = isMarked ? m_breakers.markerPath : m_breakers.endpoint}, deadline);
        if (!reply)
            return std::unexpected(reply.error());
        if (!isMarked)
            return QStringList{where()}; // the answer tells the TLS key alone
        const QJsonObject document = QJsonDocument::fromJson(reply->body).object();
        const QString says = cleaned(valueAt(document, m_breakers.markerAt).toString(), 60);
        const QString own = m_breakers.place.deployment + u'/' + m_breakers.place.environment;
        if (says != own && says != m_breakers.place.environment)
            return failure(ErrorCode::BadInput,
                           u"this service says that it is '%1', and the profile says %2"_s.arg(says, own),
                           m_service.where(m_breakers.markerPath));
        return QStringList{where(), says};
    }

    Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) override
    {
        const auto wrong = [&](ErrorCode code, const QString &why) { return failure(code, why, where()); };
        const QString &name = wish.resource;
        if (!m_breakers.names.contains(name))
            return wrong(ErrorCode::NotFound,
                         u"the profile has no breaker '%1', but %2"_s.arg(name, m_breakers.names.join(u", "_s)));
        const auto asked = wish.set.find(u"state"_s);
        const Settable *to = settableAs(&Settable::wish, asked == wish.set.end() ? u"closed"_s : asked->second);
        if (!to || wish.set.size() > (asked == wish.set.end() ? 0U : 1U))
            return wrong(
                ErrorCode::BadInput,
                u"expected state=closed, state=open or state=disabled: resilience4j keeps it so until somebody "
                "sets it again, so it takes no time"_s);
        if (const auto path = pathOf(name); !path)
            return std::unexpected(path.error());
        const auto state = stateOf(name, deadline);
        if (!state)
            return std::unexpected(state.error());
        if (*state == to->state)
            return wrong(ErrorCode::BadInput, u"%1 is %2 already; nothing would change"_s.arg(name, *state));
        plan.action = u"breaker"_s;
        plan.changes = {{.what = u"state"_s, .before = *state, .after = to->state}};
        plan.steps = {{u"breaker-told"_s, {name, to->command}}};
        if (settableAs(&Settable::state, *state))
            plan.undo = {{u"breaker-set-back"_s, {name, *state}}};
        return {};
    }

    Result<QByteArray> fingerprint(const Plan &plan, Deadline deadline) override
    {
        const auto state = stateOf(plan.resource, deadline);
        if (!state)
            return std::unexpected(state.error());
        return fingerprintOf({plan.resource.toUtf8(), state->toUtf8()});
    }

    QList<Check> ownChecks(const Plan &, Deadline) override
    {
        if (!m_breakers.markerPath.isEmpty())
            return {};
        return {{.phrase = {u"target-marked"_s, {}},
                 .result = Check::Result::Warned,
                 .error = Error{ErrorCode::NotFound,
                                u"nothing tells which deployment this service is; name what does as 'environment' of "
                                "the action"_s,
                                where()}}};
    }

    Result<Stand> stand(const Plan &plan, qsizetype, Deadline deadline) override
    {
        const auto state = stateOf(plan.resource, deadline);
        if (!state)
            return std::unexpected(state.error());
        const Change change = plan.changes.value(0);
        return *state == change.after ? Stand::After : *state == change.before ? Stand::Before : Stand::Other;
    }

    Result<void> make(const Plan &plan, qsizetype, Way way, Deadline deadline) override
    {
        const Change change = plan.changes.value(0);
        const auto from = way == Way::There ? change.before : change.after;
        const auto to = way == Way::There ? change.after : change.before;
        const Settable *wanted = settableAs(&Settable::state, to.value_or(QString()));
        if (plan.action != "breaker"_L1 || !m_breakers.names.contains(plan.resource) || !wanted)
            return notMine();
        const auto state = stateOf(plan.resource, deadline);
        if (!state)
            return failure(isUncertain(state.error().code) ? ErrorCode::Unavailable : state.error().code,
                           state.error().message, where()); // nothing was sent
        if (*state != from)
            return failure(ErrorCode::BadInput,
                           u"%1 is not as the plan found it; nothing was changed"_s.arg(plan.resource), where());
        const auto path = pathOf(plan.resource);
        if (!path)
            return std::unexpected(path.error());
        const auto reply =
            ask({.method = "POST", .path = *path, .body = {{u"updateState"_s, wanted->command}}}, deadline);
        return reply ? Result<void>() : std::unexpected(reply.error());
    }

    Result<QString> pathOf(const QString &name) const
    {
        const QString path = m_breakers.endpoint + u'/' + QString::fromLatin1(QUrl::toPercentEncoding(name));
        if (leadsElsewhere(path))
            return failure(ErrorCode::BadInput, u"a breaker called '%1' has no address of its own"_s.arg(name),
                           where());
        return path;
    }

    /// As the endpoint writes it. Errors also: NotFound (it does not list that breaker).
    Result<QString> stateOf(const QString &name, Deadline deadline)
    {
        const auto reply = ask({.path = m_breakers.endpoint}, deadline);
        if (!reply)
            return std::unexpected(reply.error());
        const QJsonValue listed = QJsonDocument::fromJson(reply->body).object().value("circuitBreakers"_L1);
        if (listed.isArray())
            return failure(
                ErrorCode::Unsupported,
                u"this version of resilience4j lists its breakers without their states, so that nothing could "
                "be compared"_s,
                where());
        if (!listed.isObject())
            return failure(ErrorCode::BadReply, u"expected the breakers of resilience4j; is this its endpoint?"_s,
                           where());
        const QString state = cleaned(listed[name]["state"_L1].toString(), 40);
        const QStringList others = listed.toObject().keys();
        if (state.isEmpty())
            return failure(
                ErrorCode::NotFound,
                u"the service lists no breaker '%1', but %2; it is listed once the service has made it"_s.arg(
                    name, others.isEmpty() ? u"none"_s : cleaned(others.join(u", "_s))),
                where());
        return state;
    }

    /// Any status that is no success is an error.
    Result<HttpReply> ask(const HttpStore::Question &question, Deadline deadline)
    {
        auto reply = m_service.ask(question, deadline);
        if (!reply || (reply->status >= 200 && reply->status < 300))
            return reply;
        const int status = reply->status;
        const QString at = m_service.where(question.path);
        if (status == 404 || status == 410)
            return failure(ErrorCode::NotFound,
                           u"this endpoint is not exposed (%1): the service needs "
                           "management.endpoints.web.exposure.include with circuitbreakers%2 in it"_s.arg(status)
                               .arg(m_breakers.markerPath.isEmpty() ? QString() : u" and info"_s),
                           at);
        if (status == 405)
            return failure(ErrorCode::Unsupported,
                           u"this endpoint is not exposed for writing (405): the service needs "
                           "management.endpoint.circuitbreakers.access=unrestricted"_s,
                           at);
        if (auto error = refusedBy(*reply, at))
            return std::unexpected(*error);
        return failure(status >= 500 ? ErrorCode::ServerError : ErrorCode::BadInput,
                       u"the service answered %1"_s.arg(status), at);
    }

    const ActuatorBreakers m_breakers;
    HttpStore m_service;
};

bool isOverHttp(const ActionSpec &spec)
{
    return spec.options.find(u"endpoint") != nullptr;
}

/// Whether what `source` tells are breakers of resilience4j, as far as the profile shows it.
bool tellsActuatorBreakers(const SourceSpec &source)
{
    const ConfigNode *shape = source.options.find(u"shape");
    const ConfigNode *map = source.options.find(u"map");
    const ConfigNode *breakers = map ? map->find(u"breakers") : nullptr;
    const ConfigNode *state = breakers ? breakers->find(u"state") : nullptr;
    return (shape && shape->scalar == "actuator"_L1) || (state && state->scalar.startsWith("resilience4j_"_L1));
}
} // namespace

std::unique_ptr<Action> setActuatorBreaker(ActuatorBreakers breakers, const Clock &clock,
                                           const PgConnection::Stop &stop)
{
    return std::make_unique<SetActuatorBreaker>(std::move(breakers), clock, stop);
}

Result<QString> breakerActionOn(const SourceSpec &source, const Profile &profile)
{
    const bool isActuator = tellsActuatorBreakers(source);
    if (!isActuator && source.kind != "pybreaker"_L1)
        return failure(ErrorCode::Unsupported,
                       u"these breakers live in the memory of the service itself: nothing outside can set them"_s,
                       source.id);
    const auto action = std::ranges::find_if(profile.actions, [&](const ActionSpec &spec) {
        return spec.kind == "breaker"_L1 && isOverHttp(spec) == isActuator;
    });
    if (action == profile.actions.end())
        return failure(
            ErrorCode::NotFound,
            u"the profile of %1 names no action 'breaker'%2: see 'actions' in resources/profile-reference.yaml"_s.arg(
                profile.name, isActuator ? u" with an 'endpoint'"_s : QString()),
            profile.name);
    if (isActuator) {
        if (const auto connection = serviceOperatorOf(*action, profile); !connection)
            return std::unexpected(connection.error());
    } else if (const auto connection = redisOperatorOf(*action, profile); !connection) {
        return std::unexpected(connection.error());
    }
    return action->id;
}

std::expected<std::unique_ptr<Action>, QList<Error>> makeActuatorBreakerAction(const ActionSpec &spec,
                                                                               const Profile &profile,
                                                                               const Clock &clock,
                                                                               const PgConnection::Stop &stop)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    ActuatorBreakers breakers;
    breakers.place = {.deployment = profile.name,
                      .environment = profile.environment,
                      .lease = readLeasePlace(reader, profile, errors)};
    breakers.endpoint = reader.requiredString(u"endpoint");
    if (!breakers.endpoint.startsWith(u'/') || breakers.endpoint.endsWith(u'/'))
        reader.error(reader.node(u"endpoint"), u"'endpoint': expected a path, such as /actuator/circuitbreakers"_s);
    const ConfigNode environment = reader.map(u"environment");
    if (reader.has(u"environment")) {
        ConfigReader marker(environment, &errors);
        breakers.markerPath = marker.requiredString(u"get");
        breakers.markerAt = marker.requiredString(u"at");
        if (!breakers.markerPath.startsWith(u'/') || !breakers.markerAt.startsWith(u'/'))
            marker.error(environment, u"'environment': expected such as {get: /actuator/info, at: /app/environment}"_s);
        marker.finish();
    }
    for (const BreakerPolicy &breaker : profile.breakers)
        breakers.names.append(breaker.name);
    if (breakers.names.isEmpty())
        reader.error(spec.options, u"only breakers under 'breakers' can be set; there are none"_s);
    reader.finish();
    if (const auto connection = serviceOperatorOf(spec, profile))
        breakers.connection = *connection;
    else
        errors.append(connection.error());
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return setActuatorBreaker(std::move(breakers), clock, stop);
}

} // namespace qd
