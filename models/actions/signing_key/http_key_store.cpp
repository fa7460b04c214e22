/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/http_store.h"
#include "actions/signing_key/key_store.h"
#include "base/cleaned.h"
#include "sources/evidence.h"
#include "sources/http_source.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QLocale>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto leaseTime = 60s; // renewed while it acts
constexpr int mostTries = 3;    // where somebody else writes at the same moment
constexpr auto base64 = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;
const QString title = u"the endpoint of the keys"_s;

QByteArray headerOf(const HttpReply &reply, const QByteArray &name)
{
    for (const auto &[each, value] : reply.headers) {
        if (each.compare(name, Qt::CaseInsensitive) == 0)
            return value.trimmed();
    }
    return {};
}

class HttpKeyStore final : public KeyStore
{
public:
    HttpKeyStore(HttpKeyPlace place, KeySetLayout layout, const Clock &clock, const PgConnection::Stop &stop)
        : m_place(std::move(place))
        , m_layout(std::move(layout))
        , m_clock(clock)
        , m_line(stop)
        , m_service(m_place.connection, m_line)
        , m_lease(m_place.lease, leaseTime, stop)
    {
    }

    QString name() const override { return m_layout.place; }
    Target target() const override { return m_target; }
    QString where() const override { return m_service.where(m_layout.place); }
    QString tokens() const override { return {}; }
    /// As the last answer showed.
    Guard guard() const override { return m_hasTag ? Guard::Tag : Guard::Look; }

    std::optional<Error> differsFrom(const Target &target) const override
    {
        const auto differs = [this](const QString &why) { return Error{ErrorCode::BadInput, why, where()}; };
        if (target.system != m_target.system)
            return differs(u"the plan was made for another kind of store; make it again"_s);
        if (target.ownWords() != m_target.ownWords())
            return differs(u"this is %1, and the plan was made for %2"_s.arg(m_target.ownWords().join(u", "_s),
                                                                             target.ownWords().join(u", "_s)));
        if (!target.tlsKey().isEmpty() && target.tlsKey() != m_target.tlsKey())
            return differs(u"this server shows another TLS key than the plan was made for; make it again"_s);
        if (target.deployment != m_target.deployment || target.environment != m_target.environment)
            return differs(u"the profile is called %1 (%2), and the plan was made for %3 (%4)"_s.arg(
                m_target.deployment, m_target.environment, target.deployment, target.environment));
        return std::nullopt;
    }

    std::optional<Error> isUnmarked() const override
    {
        if (!m_place.markerPath.isEmpty())
            return std::nullopt;
        return Error{ErrorCode::NotFound,
                     u"nothing tells which deployment this service is; name what does as 'environment' of the action"_s,
                     where()};
    }

    Check lease(Deadline deadline) override { return m_lease.check(title, deadline); }
    Result<std::optional<Lease>> take(const QString &holder, Deadline deadline) override
    {
        return m_lease.take(holder, title, deadline);
    }
    Result<void> renew(Deadline deadline) override { return m_lease.renew(title, deadline); }
    void giveBack(Deadline deadline) override { m_lease.giveBack(deadline); }

    Result<Ring> ring(Deadline deadline) override
    {
        const auto held = read(deadline);
        if (!held)
            return std::unexpected(held.error());
        return held->ring;
    }

    Result<Secret> secretOf(const QString &key, Deadline deadline) override
    {
        const auto held = read(deadline);
        if (!held)
            return std::unexpected(held.error());
        for (const QJsonValue &each : held->document["keys"_L1].toArray()) {
            if (each["kid"_L1].toString() != key)
                continue;
            QByteArray secret = QByteArray::fromBase64(each["k"_L1].toString().toLatin1(), base64);
            if (each["kty"_L1] != "oct"_L1 || secret.isEmpty())
                return failure(ErrorCode::NotFound, u"%1 has no secret ('k' of an 'oct' key) in %2"_s.arg(key, name()),
                               where());
            return Secret(std::move(secret));
        }
        return failure(ErrorCode::NotFound, u"%1 has no secret in %2"_s.arg(key, name()), where());
    }

    /// A service says it where it answers OPTIONS; whether this token may, the first change tells.
    Result<bool> mayChange(const RingRights &, Deadline deadline) override
    {
        const auto reply = m_service.ask({.method = "OPTIONS", .path = m_layout.place}, deadline);
        if (!reply)
            return std::unexpected(reply.error());
        const QByteArray allowed = headerOf(*reply, "Allow").toUpper();
        if (reply->status >= 300 || allowed.isEmpty())
            return false;
        if (!allowed.contains("PUT"))
            return failure(
                ErrorCode::Forbidden,
                u"the keys cannot be written: this endpoint allows %1"_s.arg(cleaned(QString::fromLatin1(allowed), 60)),
                where());
        return true;
    }

    Result<void> change(const Decide &decide, Deadline deadline) override
    {
        Result<void> done;
        for (int i = 0; i < mostTries; ++i) {
            const auto here = read(deadline);
            if (!here)
                return std::unexpected(nothingSent(here.error()));
            const auto wanted = decide(here->ring);
            if (!wanted)
                return std::unexpected(wanted.error());
            if (wanted->isEmpty())
                return {};
            if (const auto held = renew(deadline); !held)
                return std::unexpected(nothingSent(held.error()));
            done = put(*here, changed(*here, *wanted), deadline);
            if (done || done.error().code != ErrorCode::BadInput)
                break;
        }
        return done;
    }

protected:
    /// Asked each time: what answers at an address may be another one by then.
    Result<void> connect(Deadline deadline) override
    {
        m_service.expectTlsKey(plan() ? plan()->tlsKey().toLatin1() : QByteArray());
        QStringList identity{where()};
        if (!m_place.markerPath.isEmpty()) {
            const auto reply = ask({.path = m_place.markerPath, .followsRedirects = false}, deadline);
            if (!reply)
                return std::unexpected(reply.error());
            const QString says =
                cleaned(valueAt(QJsonDocument::fromJson(reply->body).object(), m_place.markerAt).toString(), 60);
            const QString own = m_place.deployment + u'/' + m_place.environment;
            if (says != own && says != m_place.environment)
                return failure(ErrorCode::BadInput,
                               u"this service says that it is '%1', and the profile says %2"_s.arg(says, own),
                               m_service.where(m_place.markerPath));
            identity.append(says);
        } else if (const auto reply = ask({.path = m_layout.place, .followsRedirects = false}, deadline); !reply) {
            return std::unexpected(reply.error()); // it tells the TLS key
        }
        m_target = {.deployment = m_place.deployment,
                    .environment = m_place.environment,
                    .system = u"http-keys"_s,
                    .address = where(),
                    .identity = identity};
        m_target.setTlsKey(m_service.tlsKey());
        return {};
    }

private:
    struct Held
    {
        Ring ring;
        QList<ListedKey> keys;
        QJsonObject document;
        QByteArray tag; ///< empty: there is none that could be compared
    };

    [[nodiscard]] static Error nothingSent(Error error)
    {
        if (isUncertain(error.code))
            error.code = ErrorCode::Unavailable;
        return error;
    }

    [[nodiscard]] Result<Held> read(Deadline deadline)
    {
        const auto reply = ask({.path = m_layout.place, .followsRedirects = false}, deadline);
        if (!reply)
            return std::unexpected(reply.error());
        const auto set = keysInSet(reply->body, where());
        if (!set)
            return std::unexpected(set.error());
        Held held{.ring = {},
                  .keys = {},
                  .document = QJsonDocument::fromJson(reply->body).object(),
                  .tag = headerOf(*reply, "ETag")};
        if (held.tag.startsWith("W/")) // RFC 9110 §13.1.1: If-Match takes none of these
            held.tag.clear();
        m_hasTag = !held.tag.isEmpty();
        for (const QJsonValue &key : *set)
            held.keys.append(listedKey(key.toObject(), m_layout));
        auto ring = ringOf(rowsOf(held.keys), m_layout.words, name(), where());
        if (!ring)
            return std::unexpected(ring.error());
        held.ring = std::move(*ring);
        // The server's clock; it tells whole seconds, and what is written as now must not be earlier.
        QDateTime date = QLocale::c().toDateTime(QString::fromLatin1(headerOf(*reply, "Date")),
                                                 u"ddd, dd MMM yyyy HH:mm:ss 'GMT'"_s); // RFC 9110 §5.6.7
        date.setTimeSpec(Qt::UTC);
        held.ring.at = date.isValid() ? Instant(std::chrono::milliseconds(date.toMSecsSinceEpoch())) : m_clock.now();
        return held;
    }

    [[nodiscard]] QJsonObject changed(const Held &here, const RingChange &change) const
    {
        QJsonArray keys;
        Ring ring = here.ring;
        ring.at += 1s; // see read()
        for (const QJsonValue &each : here.document["keys"_L1].toArray()) {
            QJsonObject key = each.toObject();
            const QString id = key.value("kid"_L1).toString();
            if (change.removed.contains(id))
                continue;
            for (const RingChange::Updated &updated : change.updated) {
                if (updated.id == id)
                    set(key, membersOf(ring, here.keys, updated, m_layout));
            }
            keys.append(key);
        }
        for (const RingChange::Added &added : change.added) {
            const Secret secret = newKey();
            QJsonObject key{{u"kty"_s, u"oct"_s},
                            {u"use"_s, u"sig"_s},
                            {u"alg"_s, u"HS256"_s},
                            {u"kid"_s, added.id},
                            {u"k"_s, QString::fromLatin1(secret.reveal().toBase64(base64))}};
            set(key, membersOf(ring, here.keys, added, m_layout));
            keys.append(key);
        }
        QJsonObject document = here.document;
        document.insert(u"keys"_s, keys);
        return document;
    }

    static void set(QJsonObject &key, const QJsonObject &members)
    {
        for (auto member = members.begin(); member != members.end(); ++member) {
            if (member->isNull())
                key.remove(member.key());
            else
                key.insert(member.key(), member.value());
        }
    }

    [[nodiscard]] Result<void> put(const Held &here, const QJsonObject &document, Deadline deadline)
    {
        HttpStore::Question question{.method = "PUT", .path = m_layout.place, .body = document};
        if (!here.tag.isEmpty())
            question.headers = {{"If-Match", here.tag}};
        const auto reply = m_service.ask(question, deadline);
        if (!reply)
            return std::unexpected(reply.error());
        if (reply->status == 412 || reply->status == 409)
            return failure(ErrorCode::BadInput,
                           u"somebody else changed the keys meanwhile (%1); nothing was changed"_s.arg(reply->status),
                           where());
        if (reply->status == 405)
            return failure(ErrorCode::Unsupported, u"the keys cannot be written here (405)"_s, where());
        return checked(*reply, m_layout.place);
    }

    [[nodiscard]] Result<void> checked(const HttpReply &reply, const QString &path) const
    {
        if (reply.status >= 200 && reply.status < 300)
            return {};
        if (const auto error = refusedBy(reply, m_service.where(path)))
            return std::unexpected(*error);
        return failure(reply.status >= 500 ? ErrorCode::ServerError : ErrorCode::Unsupported,
                       u"the service answered %1"_s.arg(reply.status), m_service.where(path));
    }

    [[nodiscard]] Result<HttpReply> ask(const HttpStore::Question &question, Deadline deadline)
    {
        auto reply = m_service.ask(question, deadline);
        if (!reply)
            return reply;
        if (const auto fine = checked(*reply, question.path); !fine)
            return std::unexpected(fine.error());
        return reply;
    }

    const HttpKeyPlace m_place;
    const KeySetLayout m_layout; ///< of the source that watches it
    const Clock &m_clock;
    IoLine m_line;
    HttpStore m_service;
    SideLease m_lease;
    Target m_target;
    bool m_hasTag = false;
};
} // namespace

std::unique_ptr<KeyStore> httpKeyStore(HttpKeyPlace place, KeySetLayout layout, const Clock &clock,
                                       const PgConnection::Stop &stop)
{
    return std::make_unique<HttpKeyStore>(std::move(place), std::move(layout), clock, stop);
}

} // namespace qd
