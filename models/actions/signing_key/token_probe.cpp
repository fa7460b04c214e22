/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/token_probe.h"

#include <QDateTime>
#include <QUuid>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto patience = 5s;
constexpr qint64 lifeSeconds = 120;
} // namespace

std::optional<TokenProbe> readTokenProbe(ConfigReader &reader, const Profile &profile, QList<Error> &errors)
{
    if (!reader.has(u"probe"))
        return std::nullopt;
    const ConfigNode node = reader.map(u"probe");
    ConfigReader options(node, &errors);
    TokenProbe probe;
    probe.path = options.requiredString(u"path");
    probe.pace = options.duration(u"every", probe.pace, 60s);
    const ConfigNode claims = options.map(u"claims");
    ConfigReader each(claims, &errors);
    for (const ConfigNode::Entry &entry : claims.entries)
        probe.claims.insert(entry.key, each.string(entry.key));
    probe.connection = readStrangersConnection(options, profile, u"tokens"_s, node.where(), errors);
    options.finish();
    return probe;
}

TokenAnswer askWithToken(const TokenProbe &probe, IoLine &line, const QString &id, const Secret &secret,
                         IoLine::Deadline deadline, QString *said)
{
    const qint64 now = QDateTime::currentSecsSinceEpoch();
    QJsonObject claims = probe.claims;
    claims.insert(u"iat"_s, now);
    claims.insert(u"exp"_s, now + lifeSeconds);
    claims.insert(u"jti"_s, QUuid::createUuid().toString(QUuid::WithoutBraces));
    const auto token = signedToken(id, claims, secret, probe.algorithm);
    if (!token) {
        *said = token.error().message;
        return TokenAnswer::None;
    }
    QByteArray value = "Bearer ";
    value.append(QByteArrayView(token->reveal()));
    return askToBeLetIn(probe.connection, probe.path, {"Authorization", value}, *token, line, deadline, said);
}

TokenWatch::TokenWatch(TokenProbe probe)
    : m_probe(std::move(probe))
    , m_thread([this] { run(); })
{
}

TokenWatch::~TokenWatch()
{
    {
        const std::lock_guard lock(m_lock);
        *m_stop = true;
    }
    m_stopped.notify_all();
    m_thread.join();
}

void TokenWatch::add(const QString &id, const Secret &secret, IoLine::Deadline until)
{
    const std::lock_guard lock(m_lock);
    m_keys.push_back({.secret = secret.copy(), .record = {.key = id, .firstRefusal = {}}, .until = until});
}

QList<TokenRecord> TokenWatch::records() const
{
    const std::lock_guard lock(m_lock);
    QList<TokenRecord> records;
    for (const Watched &watched : m_keys)
        records.append(watched.record);
    return records;
}

void TokenWatch::run()
{
    IoLine line(m_stop);
    std::unique_lock lock(m_lock);
    for (std::size_t next = 0; !*m_stop; ++next) {
        if (!m_keys.empty() && std::chrono::steady_clock::now() < m_keys[next % m_keys.size()].until) {
            const std::size_t index = next % m_keys.size();
            const QString id = m_keys[index].record.key;
            const Secret secret = m_keys[index].secret.copy();
            lock.unlock();
            QString said;
            const TokenAnswer answer =
                askWithToken(m_probe, line, id, secret, std::chrono::steady_clock::now() + patience, &said);
            lock.lock();
            if (*m_stop)
                return;
            if (std::chrono::steady_clock::now() >= m_keys[index].until)
                continue; // it may be refused by now
            TokenRecord &record = m_keys[index].record;
            ++record.asked;
            record.accepted += answer == TokenAnswer::Accepted ? 1 : 0;
            record.refused += answer == TokenAnswer::Refused ? 1 : 0;
            if (answer == TokenAnswer::Refused && record.firstRefusal.isEmpty())
                record.firstRefusal = said;
        }
        m_stopped.wait_for(lock, m_probe.pace, [this] { return m_stop->load(); });
    }
}

} // namespace qd
