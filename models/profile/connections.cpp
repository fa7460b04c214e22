/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "profile/connections.h"

#include "profile/secret_variables.h"

#include "base/redact.h"

#include <QDir>
#include <QFileInfo>
#include <QHostAddress>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// The reference under `key`, which errors call `called`. What stands there instead of one may be the secret itself, so
/// no error quotes it.
std::optional<SecretRef> secretRef(ConfigReader &reader, QStringView key, QStringView called)
{
    const ConfigNode node = reader.node(key);
    if (!reader.has(key))
        return std::nullopt;
    static const QRegularExpression form(u"^(keychain|env|file):(.+)$"_s);
    static const QRegularExpression variable(u"^[A-Za-z_][A-Za-z0-9_]*$"_s);
    const auto match = form.match(node.kind == ConfigNode::Kind::Scalar ? node.scalar : QString());
    if (!match.hasMatch()) {
        reader.error(node, u"'%1': expected a reference to the secret (keychain:NAME, env:NAME or file:PATH), never "
                           "the secret itself; if one stands here, change it, for it has been in a file"_s.arg(called));
        return std::nullopt;
    }
    const QString name = match.captured(2);
    if (match.captured(1) == "env"_L1) {
        if (!variable.match(name).hasMatch()) {
            reader.error(node, u"'%1': expected the name of an environment variable after 'env:'"_s.arg(called));
            return std::nullopt;
        }
        addSecretVariable(name);
        return SecretRef{SecretRef::Scheme::Env, name, node.where()};
    }
    if (match.captured(1) == "file"_L1)
        return SecretRef{SecretRef::Scheme::File, besides(node, name), node.where()};
    return SecretRef{SecretRef::Scheme::Keychain, name, node.where()};
}

} // namespace

std::optional<SecretRef> secretRef(ConfigReader &reader, QStringView key)
{
    return secretRef(reader, key, key);
}

namespace {
TlsIdentity tlsIdentity(ConfigReader &reader)
{
    const ConfigNode node = reader.node(u"ca");
    const QString written = reader.string(u"ca");
    if (written.isEmpty())
        return {};
    const QString path = besides(node, written);
    const QFileInfo info(path);
    if (!info.isFile() || !info.isReadable())
        reader.error(node, u"'ca': expected a file with certificates (PEM); what is named here cannot be read (a "
                           "relative path begins where the profile lies)"_s);
    return {.caFile = path};
}

/// A host name or address, without anything that a client library would take for more than that.
QString host(ConfigReader &reader)
{
    static const QRegularExpression form(u"^[A-Za-z0-9_.:%-]{1,253}$"_s);
    const ConfigNode node = reader.node(u"host");
    const QString written = reader.requiredString(u"host");
    if (!written.isEmpty() && !form.match(written).hasMatch())
        reader.error(node, u"'host': expected a host name or an address alone, without scheme, port or user"_s);
    return written;
}

quint16 port(ConfigReader &reader, quint16 otherwise)
{
    return static_cast<quint16>(reader.integer(u"port", otherwise, 1, 65'535));
}

/// Nothing, or why `url` cannot be the base of a connection. Quotes nothing that may be a credential.
QString faultOf(const QUrl &url)
{
    if (!url.userInfo().isEmpty())
        return u"'url': a URL with a user or password in it is refused; write the secret as 'bearer: env:NAME'"_s;
    if (!url.isValid() || url.host().isEmpty() || (url.scheme() != "http"_L1 && url.scheme() != "https"_L1))
        return u"'url': expected http(s)://host[:port][/prefix]"_s;
    if (url.hasQuery() || url.hasFragment())
        return u"'url': expected a URL without '?' and '#'; paths stand in the sources"_s;
    if (url.port(1) == 0)
        return u"'url': expected a port from 1 to 65535"_s;
    return {};
}

/// `headers:`, by name; their values are secrets.
QList<std::pair<QByteArray, SecretRef>> readHeaders(const ConfigNode &node, bool hasBearer, QList<Error> *errors)
{
    // RFC 9110 §5.6.2; the others belong to the client.
    static const QRegularExpression form(QRegularExpression::anchoredPattern(u"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}"_s));
    static const QStringList ours{u"host"_s,    u"connection"_s,        u"content-length"_s,  u"upgrade"_s,
                                  u"trailer"_s, u"transfer-encoding"_s, u"accept-encoding"_s, u"expect"_s};
    ConfigReader reader(node, errors);
    QList<std::pair<QByteArray, SecretRef>> headers;
    QStringList seen;
    for (const ConfigNode::Entry &entry : node.entries) {
        const QString name = entry.key.toLower();
        const auto value = secretRef(reader, entry.key, u"headers");
        if (!form.match(name).hasMatch() || ours.contains(name))
            reader.error(entry.value, u"'headers': expected the name of a header such as X-API-Key, and none that "
                                      "every request has anyway"_s);
        else if (seen.contains(name) || (hasBearer && name == "authorization"_L1))
            reader.error(entry.value, u"'headers': a header is written twice; 'bearer' is Authorization"_s);
        else if (value)
            headers.append({entry.key.toLatin1(), *value});
        seen.append(name);
    }
    return headers;
}

HttpConnection readHttp(const ConfigNode &node, QList<Error> *errors)
{
    ConfigReader reader(node, errors);
    HttpConnection http;
    const QString written = reader.requiredString(u"url");
    http.base = QUrl(written.trimmed(), QUrl::StrictMode);
    // Even an invalid URL may hold a password, and QUrl then knows no parts of it.
    const QString fault = written.isEmpty() ? QString() : faultOf(http.base);
    if (!fault.isEmpty())
        reader.error(reader.node(u"url"), fault);
    http.bearer = secretRef(reader, u"bearer");
    http.headers = readHeaders(reader.map(u"headers"), http.bearer.has_value(), errors);
    // In clear over a network only where the profile says so in so many words.
    const bool plaintext = reader.boolean(u"plaintext", false);
    if ((http.bearer || !http.headers.isEmpty()) && !plaintext && http.base.scheme() == "http"_L1 &&
        !isLoopback(http.base.host()))
        reader.error(reader.node(u"url"), u"'url': the %1 would cross the network in clear; use https://, or write "
                                          "'plaintext: true' beside it if that is meant"_s.arg(
                                              http.bearer ? u"bearer token"_s : u"secret in a header"_s));
    http.tls = tlsIdentity(reader);
    reader.finish();
    return http;
}

/// "HOST", "HOST:PORT" or "[IPv6]:PORT" of a Sentinel; nothing for anything else.
std::optional<RedisConnection::Address> sentinelAddress(const QString &written)
{
    static const QRegularExpression form(u"^(?:\\[([0-9A-Fa-f:.]+)\\]|([A-Za-z0-9_.-]{1,253}))(?::([0-9]{1,5}))?$"_s);
    const auto match = form.match(written);
    const uint port = match.hasCaptured(3) ? match.captured(3).toUInt() : 26'379;
    if (!match.hasMatch() || port < 1 || port > 65'535)
        return std::nullopt;
    return RedisConnection::Address{match.captured(1) + match.captured(2), static_cast<quint16>(port)};
}

/// `sentinels` and what belongs to them.
void readSentinels(ConfigReader &reader, const ConfigNode &list, RedisConnection &redis)
{
    for (const ConfigNode &item : list.items) {
        if (const auto address = sentinelAddress(item.scalar))
            redis.sentinels.append(*address);
        else
            reader.error(item, u"'sentinels': expected host:port of each, such as [10.0.0.1:26379, 10.0.0.2:26379]"_s);
    }
    if (list.items.isEmpty())
        reader.error(list, u"'sentinels': expected a list with the host:port of each"_s);
    redis.master = reader.requiredString(u"master");
    redis.sentinelPassword = secretRef(reader, u"sentinel_password");
    for (const QStringView key : {u"host", u"port"}) {
        if (reader.has(key))
            reader.error(reader.node(key),
                         u"'%1': the Sentinels tell it; write 'sentinels' or '%1', not both"_s.arg(key));
    }
}

RedisConnection readRedis(const ConfigNode &node, QList<Error> *errors)
{
    ConfigReader reader(node, errors);
    RedisConnection redis;
    const ConfigNode sentinels = reader.node(u"sentinels");
    const bool isWatched = reader.has(u"sentinels");
    if (isWatched) {
        readSentinels(reader, sentinels, redis);
    } else {
        redis.host = host(reader);
        redis.port = port(reader, 6379);
    }
    redis.database = static_cast<int>(reader.integer(u"database", 0, 0, 1'000'000));
    redis.user = reader.string(u"user");
    redis.password = secretRef(reader, u"password");
    // In clear over a network only where the profile says so in so many words.
    const bool onLoopback = isWatched
                                ? std::ranges::all_of(redis.sentinels, isLoopback, &RedisConnection::Address::host)
                                : isLoopback(redis.host);
    redis.useTls = reader.boolean(u"tls", !onLoopback);
    redis.inClearOnLoopbackAlone = !redis.useTls && !reader.has(u"tls");
    redis.tls = tlsIdentity(reader);
    if (!redis.user.isEmpty() && !redis.password)
        reader.error(reader.node(u"user"), u"'user': expected a 'password' beside it"_s);
    reader.finish();
    return redis;
}

PostgresConnection readPostgres(const ConfigNode &node, QList<Error> *errors)
{
    ConfigReader reader(node, errors);
    PostgresConnection postgres;
    postgres.host = host(reader);
    postgres.port = port(reader, 5432);
    postgres.database = reader.requiredString(u"database");
    // libpq expands a connection string given as a database name: another host, and TLS off.
    if (postgres.database.contains(u'=') || postgres.database.contains("://"_L1))
        reader.error(reader.node(u"database"), u"'database': expected a database's name alone"_s);
    postgres.user = reader.requiredString(u"user");
    postgres.password = secretRef(reader, u"password");
    // 'prefer' and 'allow' send the password in clear to whoever answers 'no TLS', so they are not offered.
    postgres.sslmode =
        reader.oneOf(u"sslmode", {u"disable"_s, u"require"_s, u"verify-ca"_s, u"verify-full"_s}, u"verify-full"_s);
    postgres.tls = tlsIdentity(reader);
    reader.finish();
    return postgres;
}

/// Of the kind that it is called.
std::optional<Connection> emptyConnection(const QString &kind)
{
    if (kind == HttpConnection::kind)
        return HttpConnection();
    if (kind == RedisConnection::kind)
        return RedisConnection();
    if (kind == PostgresConnection::kind)
        return PostgresConnection();
    return std::nullopt;
}

/// One that is called as its kind is need not name it.
std::optional<Connection> readConnection(const ConfigNode::Entry &entry, ConfigNode node, QList<Error> *errors)
{
    static const QStringList kinds{HttpConnection::kind, RedisConnection::kind, PostgresConnection::kind};
    ConfigReader reader(node, errors);
    const QString kind = reader.oneOf(u"kind", kinds, kinds.contains(entry.key) ? entry.key : QString());
    node.entries.removeIf([](const ConfigNode::Entry &option) { return option.key == "kind"_L1; });
    if (kind == HttpConnection::kind)
        return readHttp(node, errors);
    if (kind == RedisConnection::kind)
        return readRedis(node, errors);
    if (kind == PostgresConnection::kind)
        return readPostgres(node, errors);
    if (!reader.has(u"kind"))
        errors->append(
            {ErrorCode::BadInput,
             u"a connection that is not called %1 needs its 'kind', which is one of these"_s.arg(kinds.join(u", "_s)),
             u"%1:%2:%3"_s.arg(node.file).arg(entry.line).arg(entry.column)});
    return std::nullopt;
}
} // namespace

QString besides(const ConfigNode &at, const QString &path)
{
    if (QDir::isAbsolutePath(path) || at.file.startsWith(u':'))
        return path;
    return QDir::cleanPath(QFileInfo(at.file).absoluteDir().filePath(path));
}

bool isName(const QString &written)
{
    static const QRegularExpression form(QRegularExpression::anchoredPattern(u"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"_s));
    return form.match(written).hasMatch();
}

bool isLoopback(const QString &host)
{
    return host == "localhost"_L1 || QHostAddress(host).isLoopback();
}

void readConnections(const ConfigNode &connections, Profile &profile, QList<Error> *errors)
{
    // Whoever writes a URL with its password where a map is expected must not read it in the error.
    const ConfigNode all = confidential(connections);
    ConfigReader reader(all, errors);
    for (const ConfigNode::Entry &entry : all.entries) {
        if (!isName(entry.key)) {
            errors->append({ErrorCode::BadInput,
                            u"a connection's name: expected letters, digits, '.', '_' and '-' alone, at most 63"_s,
                            u"%1:%2:%3"_s.arg(all.file).arg(entry.line).arg(entry.column)});
            continue;
        }
        const ConfigNode written = reader.map(entry.key);
        const bool isMap = entry.value.kind == ConfigNode::Kind::Map || entry.value.kind == ConfigNode::Kind::Null;
        // What is no map was said already; that its keys are missing would be said for nothing.
        if (auto connection = isMap ? readConnection(entry, written, errors) : emptyConnection(entry.key))
            profile.connections.emplace(entry.key, std::move(*connection));
    }
}

} // namespace qd
