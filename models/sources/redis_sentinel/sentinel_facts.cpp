/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/redis_sentinel/redis_sentinel.h"

#include <QHash>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {

using Fields = QHash<QByteArray, QByteArray>;

/// A RESP2 map: names and values in turn.
Fields fieldsOf(const RedisReply &reply)
{
    Fields fields;
    for (qsizetype i = 0; i + 1 < reply.items.size(); i += 2)
        fields.insert(reply.items[i].text, reply.items[i + 1].text);
    return fields;
}

/// One field of SENTINEL MASTER.
template <class T>
Value<T> told(std::optional<T> value, const char *field, int exchange)
{
    return {.value = std::move(value), .origin = {exchange, u"/master/"_s + QLatin1StringView(field)}};
}

/// "OK 3 usable Sentinels. …", "NOQUORUM 1 usable Sentinels. …"
void readQuorum(Sentinel &fact, const RedisReply &reply, int exchange)
{
    const Origin origin{exchange, u"/ckquorum"_s};
    fact.canDecide.origin = fact.usable.origin = origin;
    const bool isLost = reply.text.startsWith("NOQUORUM ");
    if (!isLost && !reply.text.startsWith("OK "))
        return;
    fact.canDecide.value = isLost ? 0 : 1;
    fact.usable.value = countIn(reply.text.split(' ').value(1));
}

} // namespace

QByteArray sentinelJson(const RedisReply &master, const RedisReply &quorum)
{
    QJsonObject fields;
    const Fields all = fieldsOf(master);
    for (auto field = all.cbegin(); field != all.cend(); ++field)
        fields.insert(QString::fromUtf8(field.key()), QString::fromUtf8(field.value()));
    const QJsonObject said{{u"master"_s, fields}, {u"ckquorum"_s, QString::fromUtf8(quorum.text)}};
    return QJsonDocument(said).toJson(QJsonDocument::Compact);
}

Sentinel sentinelFact(const QString &id, const QString &name, const RedisReply &master, const RedisReply &quorum,
                      Instant now, int exchange)
{
    const Fields fields = fieldsOf(master);
    const auto count = [&](const char *field) { return told(countIn(fields.value(field)), field, exchange); };
    const auto ago = [&](const char *field) {
        constexpr qint64 most = 1'000'000'000'000; // milliseconds, thirty years
        const auto passed = countIn(fields.value(field));
        return told(passed && *passed <= most ? std::optional(now - std::chrono::milliseconds(*passed)) : std::nullopt,
                    field, exchange);
    };
    Sentinel fact{.id = id, .master = name};
    std::optional<QString> address;
    if (const auto port = countIn(fields.value("port")); port && *port <= 0xffff && fields.contains("ip"))
        address = cleaned(
            RedisConnection::Address{QString::fromUtf8(fields.value("ip")), static_cast<quint16>(*port)}.text());
    fact.masterAddress = told(address, "ip", exchange);
    const QByteArray flags = fields.value("flags");
    fact.flags =
        told(flags.isEmpty() ? std::nullopt : std::optional(cleaned(QString::fromUtf8(flags))), "flags", exchange);
    fact.quorum = count("quorum");
    fact.replicas = count("num-slaves");
    fact.epoch = count("config-epoch");
    fact.known = count("num-other-sentinels");
    fact.majority.origin = fact.known.origin;
    if (fact.known.has()) {
        ++*fact.known.value; // itself
        fact.majority.value = *fact.known / 2 + 1;
    }
    fact.masterSince = ago("role-reported-time");
    fact.silentSince = ago("last-ok-ping-reply");
    // Silence begins long before enough Sentinels agree on it, and a failover may be over by the next poll.
    constexpr auto missed = 2s; // a Sentinel pings every second
    const QList<QByteArray> words = flags.split(',');
    const bool isSilent = words.contains("s_down") || words.contains("disconnected") ||
                          (fact.silentSince.has() && now - *fact.silentSince > missed);
    if (!isSilent)
        fact.silentSince.value.reset();
    readQuorum(fact, quorum, exchange);
    return fact;
}

} // namespace qd
