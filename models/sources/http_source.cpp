/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/http_source.h"

#include "base/redact.h"
#include "wire/secret_fetch.h"

#include <QPointer>
#include <QTimer>

#include <algorithm>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// A header whose value is a secret.
struct SecretHeader
{
    QByteArray name;
    QByteArray scheme; ///< before the secret: "Bearer "
    SecretRef secret;
};

QList<SecretHeader> secretHeaders(const HttpConnection &connection)
{
    QList<SecretHeader> headers;
    if (connection.bearer)
        headers.append({"Authorization", "Bearer ", *connection.bearer});
    for (const auto &[name, secret] : connection.headers)
        headers.append({name, {}, secret});
    return headers;
}

bool isRefused(const HttpTurn &turn)
{
    return turn.reply && (turn.reply->status == 401 || turn.reply->status == 403);
}

/// Asks what its dialogue wants to know. Secrets are fetched once, on another thread, since a file or a keyring may
/// keep us waiting.
class HttpSource final : public QObject, public Source
{
public:
    HttpSource(HttpClient &http, QList<SecretHeader> headers, milliseconds deadline, QString where,
               HttpDialogue dialogue)
        : m_http(http)
        , m_headers(std::move(headers))
        , m_deadline(deadline)
        , m_where(std::move(where))
        , m_dialogue(std::move(dialogue))
    {
        m_patience.setSingleShot(true);
        connect(&m_patience, &QTimer::timeout, this, &HttpSource::giveUp);
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        const auto line = std::make_shared<Call::Line>();
        if (isComplete())
            begin(line, std::move(done));
        else
            waitForSecrets(line, std::move(done));
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
    void waitForSecrets(const std::shared_ptr<Call::Line> &line, Done done)
    {
        m_waiting = {.line = line, .done = std::move(done)};
        m_patience.start(m_deadline);
        if (!m_fetch.pending())
            fetchNext();
    }

    [[nodiscard]] bool isComplete() const { return std::ssize(m_secrets) == m_headers.size(); }

    void fetchNext()
    {
        const auto fetch = std::make_shared<Call::Line>();
        m_fetch = Call(fetch);
        fetchSecret(m_headers.at(std::ssize(m_secrets)).secret,
                    [self = QPointer(this), fetch, mailbox = m_mailbox](Result<Secret> secret) {
                        // Shared: an event copies what a lambda holds, and a secret is not copied.
                        auto fetched = std::make_shared<Result<Secret>>(std::move(secret));
                        const auto take = [self, fetched] {
                            if (self)
                                self->takeSecret(std::move(*fetched));
                        };
                        QMetaObject::invokeMethod(
                            mailbox.get(), [fetch, box = mailbox.get(), take] { Call::deliver(fetch, box, take); },
                            Qt::QueuedConnection);
                    });
    }

    void takeSecret(Result<Secret> secret)
    {
        if (secret)
            m_secrets.push_back(std::move(*secret));
        if (!m_waiting.line)
            return; // nobody waits any more; the next poll has the secret, or asks again
        if (secret && !isComplete()) {
            fetchNext();
            return;
        }
        m_patience.stop();
        const Waiting waiting = std::exchange(m_waiting, {});
        if (secret)
            begin(waiting.line, waiting.done);
        else
            answer(waiting.line, waiting.done, {.outcome = std::unexpected(secret.error()), .exchanges = {}});
    }

    void giveUp()
    {
        const Waiting waiting = std::exchange(m_waiting, {});
        if (waiting.line)
            answer(waiting.line, waiting.done,
                   {.outcome = failure(ErrorCode::Timeout,
                                       u"a secret of the connection could not be read in time; is its keyring "
                                       "locked, or its file on a server that does not answer?"_s,
                                       m_where),
                    .exchanges = {}});
    }

    void begin(const std::shared_ptr<Call::Line> &line, Done done)
    {
        m_turns.clear();
        m_until = steady_clock::now() + m_deadline;
        goOn(line, std::move(done));
    }

    void goOn(const std::shared_ptr<Call::Line> &line, Done done)
    {
        auto next = m_dialogue(m_turns);
        if (const auto *said = std::get_if<SourceAnswer>(&next)) {
            // A secret that was renewed since is read again at the next poll.
            if (std::ranges::any_of(m_turns, isRefused))
                m_secrets.clear();
            m_turns.clear(); // what the answer masks is not kept here either
            answer(line, done, *said);
            return;
        }
        HttpRequest request = std::move(std::get<HttpRequest>(next));
        const QString command = commandLine(request);
        for (std::size_t i = 0; i < m_secrets.size(); ++i) {
            const SecretHeader &header = m_headers.at(static_cast<qsizetype>(i));
            request.headers.append({header.name, header.scheme + m_secrets[i].reveal()});
            request.secrets.append(QByteArrayView(m_secrets[i].reveal()).toByteArray()); // a copy: that is wiped
        }
        request.deadline = std::max(std::chrono::ceil<milliseconds>(m_until - steady_clock::now()), milliseconds(1));
        m_step = m_http.send(request, [this, line, done = std::move(done), command](const Result<HttpReply> &reply) {
            m_turns.append({command, reply});
            goOn(line, done);
        });
    }

    /// The same request by hand, with "$TOKEN" for the token and "…" for any other secret.
    [[nodiscard]] QString commandLine(HttpRequest request) const
    {
        for (const SecretHeader &header : m_headers)
            request.headers.append({header.name, header.scheme.isEmpty() ? QByteArray(unsaid) : header.scheme});
        return curlLine(request);
    }

    void answer(const std::shared_ptr<Call::Line> &line, const Done &done, const SourceAnswer &answer)
    {
        Call::deliver(line, this, [done, answer] { done(answer); });
    }

    HttpClient &m_http;
    const QList<SecretHeader> m_headers;
    const milliseconds m_deadline;
    const QString m_where;
    const HttpDialogue m_dialogue;
    QList<HttpTurn> m_turns; ///< of this poll
    steady_clock::time_point m_until;
    // Receives secrets on this thread. Shared with the fetch, which may still be waiting for a keyring when this
    // source is gone; deleted later, by the thread it lives in.
    const std::shared_ptr<QObject> m_mailbox{new QObject, [](QObject *mailbox) { mailbox->deleteLater(); }};
    std::vector<Secret> m_secrets; ///< of the first headers, as far as they were fetched
    Waiting m_waiting;             ///< for the others
    QTimer m_patience;
    Call m_fetch;
    Call m_step;
};
} // namespace

std::unique_ptr<Source> httpSource(HttpClient &http, const HttpRequest &request, const HttpConnection &connection,
                                   Understand understand)
{
    auto dialogue = [request, understand = std::move(understand)](
                        const QList<HttpTurn> &turns) -> std::variant<HttpRequest, SourceAnswer> {
        if (turns.isEmpty())
            return request;
        const HttpTurn &turn = turns.first();
        if (!turn.reply)
            return SourceAnswer{.outcome = std::unexpected(turn.reply.error()), .exchanges = {}};
        return understand(*turn.reply, turn.command);
    };
    return httpSource(http, connection, request.deadline, shown(request.url), std::move(dialogue));
}

std::unique_ptr<Source> httpSource(HttpClient &http, const HttpConnection &connection, milliseconds deadline,
                                   QString where, HttpDialogue dialogue)
{
    return std::make_unique<HttpSource>(http, secretHeaders(connection), deadline, std::move(where),
                                        std::move(dialogue));
}

QUrl urlBelow(const QUrl &base, const QString &path)
{
    const QUrl relative(path, QUrl::TolerantMode);
    QUrl url = base;
    QString prefix = base.path(QUrl::FullyEncoded);
    while (prefix.endsWith(u'/'))
        prefix.chop(1);
    url.setPath(prefix + relative.path(QUrl::FullyEncoded), QUrl::TolerantMode);
    url.setQuery(relative.query(QUrl::FullyEncoded), QUrl::TolerantMode);
    return url;
}

bool leadsElsewhere(const QString &path)
{
    const QStringList steps = path.section(u'?', 0, 0).split(u'/');
    return steps.contains(u"."_s) || steps.contains(u".."_s);
}

std::optional<Error> refusedBy(const HttpReply &reply, const QString &where)
{
    const int status = reply.status;
    if (status == 401)
        return Error{
            ErrorCode::AuthRequired,
            u"the server wants credentials (401); set 'bearer' or 'headers' under connections.http, or renew them"_s,
            where};
    if (status == 403)
        return Error{ErrorCode::Forbidden, u"the server knows us and refuses (403); the token lacks the right"_s,
                     where};
    if (status == 404 || status == 410)
        return Error{
            ErrorCode::NotFound,
            u"there is nothing at this address (%1); check the source's 'path' and connections.http.url"_s.arg(status),
            where};
    if (status == 429)
        return Error{ErrorCode::Unavailable, u"the server's own rate limit refuses us (429); poll less often"_s, where};
    if (status >= 300 && status < 400)
        return Error{ErrorCode::Redirected,
                     u"the server sends us elsewhere (%1); write the final address into the profile"_s.arg(status),
                     where};
    return std::nullopt;
}

} // namespace qd
