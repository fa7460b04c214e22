/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"
#include "sources/evidence.h"
#include "sources/http_health/http_health.h"
#include "wire/secret_fetch.h"

#include <QPointer>
#include <QTimer>

#include <utility>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Asks one URL. The bearer token is fetched once, on another thread, since a file or a keyring may keep us waiting.
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
        m_patience.setSingleShot(true);
        connect(&m_patience, &QTimer::timeout, this, &HttpHealthSource::giveUp);
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        const auto line = std::make_shared<Call::Line>();
        if (m_bearer && m_token.isEmpty())
            waitForToken(line, std::move(done));
        else
            ask(line, std::move(done));
        return Call(line, [self = QPointer(this)] {
            if (self) {
                self->m_waiting = {};
                self->m_patience.stop();
                self->m_step.drop();
            }
        });
    }

private:
    using Done = std::function<void(SourceAnswer)>;
    struct Waiting
    {
        std::shared_ptr<Call::Line> line;
        Done done;
    };

    /// A file on a dead server or a locked keyring may hang for good: the poll ends at its deadline all the same, and
    /// the next one waits for the same fetch, so that hanging ones do not pile up.
    void waitForToken(const std::shared_ptr<Call::Line> &line, Done done)
    {
        m_waiting = {.line = line, .done = std::move(done)};
        m_patience.start(m_request.deadline);
        if (!m_fetch.pending())
            fetchToken();
    }

    void fetchToken()
    {
        const auto fetch = std::make_shared<Call::Line>();
        m_fetch = Call(fetch);
        fetchSecret(*m_bearer, [self = QPointer(this), fetch, mailbox = m_mailbox](Result<Secret> token) {
            // Shared: an event copies what a lambda holds, and a secret is not copied.
            auto fetched = std::make_shared<Result<Secret>>(std::move(token));
            const auto take = [self, fetched] {
                if (self)
                    self->takeToken(std::move(*fetched));
            };
            QMetaObject::invokeMethod(
                mailbox.get(), [fetch, box = mailbox.get(), take] { Call::deliver(fetch, box, take); },
                Qt::QueuedConnection);
        });
    }

    void takeToken(Result<Secret> token)
    {
        m_patience.stop();
        const Waiting waiting = std::exchange(m_waiting, {});
        if (token)
            m_token = std::move(*token);
        if (!waiting.line)
            return; // nobody waits any more; the next poll has the token, or asks again
        if (token)
            ask(waiting.line, waiting.done);
        else
            answer(waiting.line, waiting.done, {.outcome = std::unexpected(token.error()), .exchanges = {}});
    }

    void giveUp()
    {
        const Waiting waiting = std::exchange(m_waiting, {});
        if (waiting.line)
            answer(waiting.line, waiting.done,
                   {.outcome = failure(ErrorCode::Timeout,
                                       u"the bearer token could not be read in time; is its keyring locked, or its "
                                       "file on a server that does not answer?"_s,
                                       m_where),
                    .exchanges = {}});
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
                .exchanges = {
                    evidence(commandLine(), reply->body, json ? Exchange::Format::Json : Exchange::Format::Text)}};
    }

    /// The same request by hand, with "$TOKEN" for the token.
    [[nodiscard]] QString commandLine() const
    {
        HttpRequest request = m_request;
        if (m_bearer)
            request.headers.append(std::pair<QByteArray, QByteArray>("Authorization", "Bearer "));
        return curlLine(request);
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
    // Receives the token on this thread. Shared with the fetch, which may still be waiting for a keyring when this
    // source is gone; deleted later, by the thread it lives in.
    const std::shared_ptr<QObject> m_mailbox{new QObject, [](QObject *mailbox) { mailbox->deleteLater(); }};
    Secret m_token;
    Waiting m_waiting; ///< for the token
    QTimer m_patience;
    Call m_fetch;
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
    const auto connection = connectionOf<HttpConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);

    HttpRequest request;
    request.url = joined(connection->base, path);
    request.headers = {{"Accept", "application/json, application/health+json"}};
    request.tls = connection->tls;
    request.deadline = spec.deadline;
    return [request, map, bearer = connection->bearer](const Wire &wire) -> std::unique_ptr<Source> {
        return std::make_unique<HttpHealthSource>(*wire.http, request, bearer, map);
    };
}

} // namespace qd
