/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"
#include "sources/evidence.h"
#include "sources/http_health/http_health.h"

#include <QPointer>
#include <QThreadPool>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Asks one URL. The bearer token is fetched once, on a pool thread, since a file or a keyring may keep us waiting.
class HttpHealthSource final : public QObject, public Source
{
public:
    HttpHealthSource(HttpClient &http, HttpRequest request, std::optional<SecretRef> bearer, HealthMap map)
        : m_http(http)
        , m_request(std::move(request))
        , m_bearer(std::move(bearer))
        , m_map(std::move(map))
        , m_where(shown(m_request.url))
    {
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        const auto line = std::make_shared<Call::Line>();
        if (m_bearer && m_token.isEmpty())
            fetchToken(line, std::move(done));
        else
            ask(line, std::move(done));
        return Call(line, [self = QPointer(this)] {
            if (self)
                self->m_step.drop();
        });
    }

private:
    using Done = std::function<void(SourceAnswer)>;

    void fetchToken(const std::shared_ptr<Call::Line> &line, Done done)
    {
        // Shared: std::function and the pool both copy what a lambda holds, and a secret is not copied.
        auto fetched = std::make_shared<Result<Secret>>(failure(ErrorCode::Internal, u"the token was not fetched"_s));
        const auto step = std::make_shared<Call::Line>();
        const auto take = [self = QPointer(this), line, done, fetched] {
            if (self)
                self->takeToken(line, done, std::move(*fetched));
        };
        m_step = Call(step);
        QThreadPool::globalInstance()->start([ref = *m_bearer, fetched, step, mailbox = m_mailbox, take] {
            *fetched = resolve(ref);
            Call::deliver(step, mailbox.get(), take);
        });
    }

    void takeToken(const std::shared_ptr<Call::Line> &line, const Done &done, Result<Secret> token)
    {
        if (!token) {
            answer(line, done, {.outcome = std::unexpected(token.error()), .exchanges = {}});
            return;
        }
        m_token = std::move(*token);
        ask(line, done);
    }

    void ask(const std::shared_ptr<Call::Line> &line, Done done)
    {
        HttpRequest request = m_request;
        if (!m_token.isEmpty())
            request.headers.append({"Authorization", "Bearer " + m_token.reveal()});
        m_step = m_http.send(request, [this, line, done = std::move(done)](const Result<HttpReply> &reply) {
            answer(line, done, understood(reply));
        });
    }

    [[nodiscard]] SourceAnswer understood(const Result<HttpReply> &reply)
    {
        if (!reply)
            return {.outcome = std::unexpected(reply.error()), .exchanges = {}};
        // A token that was renewed since is read again at the next poll.
        if (reply->status == 401)
            m_token = Secret();
        const bool json = reply->contentType.contains("json");
        return {.outcome = healthFindings(*reply, m_map, m_where),
                .exchanges = {evidence(curlLine(m_request), reply->body,
                                       json ? Exchange::Format::Json : Exchange::Format::Text)}};
    }

    void answer(const std::shared_ptr<Call::Line> &line, const Done &done, const SourceAnswer &answer)
    {
        Call::deliver(line, this, [done, answer] { done(answer); });
    }

    HttpClient &m_http;
    const HttpRequest m_request;
    const std::optional<SecretRef> m_bearer;
    const HealthMap m_map;
    const QString m_where;
    // Receives the token on this thread. Shared with the pool, which may still be waiting for a keyring when this
    // source is gone; deleted later, by the thread it lives in.
    const std::shared_ptr<QObject> m_mailbox{new QObject, [](QObject *mailbox) { mailbox->deleteLater(); }};
    Secret m_token;
    Call m_step;
};

QUrl joined(const QUrl &base, const QString &path)
{
    const QUrl relative(path, QUrl::StrictMode);
    QUrl url = base;
    QString prefix = base.path();
    while (prefix.endsWith(u'/'))
        prefix.chop(1);
    url.setPath(prefix + relative.path());
    url.setQuery(relative.query());
    return url;
}
} // namespace

std::expected<SourceFactory, QList<Error>> httpHealthFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const QString path = reader.requiredString(u"path");
    const QUrl url(path, QUrl::StrictMode);
    if (!path.isEmpty() && (!path.startsWith(u'/') || path.startsWith("//"_L1) || !url.isValid()))
        reader.error(reader.node(u"path"), u"'path': expected a path such as /health"_s);
    if (!reader.has(u"map"))
        reader.error(spec.options, u"'map' is missing: it says where the reply keeps what"_s);
    const ConfigNode mapNode = reader.map(u"map");
    HealthMap map;
    if (reader.has(u"map"))
        map = readHealthMap(mapNode, &errors);
    if (!profile.http)
        reader.error(spec.options,
                     u"the source '%1' needs connections.http; write it, or '%1: off' under sources"_s.arg(spec.id));
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);

    HttpRequest request;
    request.url = joined(profile.http->base, path);
    request.headers = {{"Accept", "application/json, application/health+json"}};
    request.tls = profile.http->tls;
    request.deadline = spec.deadline;
    return [request, map, bearer = profile.http->bearer](const Wire &wire) -> std::unique_ptr<Source> {
        return std::make_unique<HttpHealthSource>(*wire.http, request, bearer, map);
    };
}

} // namespace qd
