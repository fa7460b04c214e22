/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/letting_in.h"
#include "actions/signing_key/token.h"
#include "profile/config.h"
#include "profile/profile.h"

#include <QJsonObject>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace qd {

/// Where a service tells whether it accepts a token: any page that only those who are signed in get.
struct TokenProbe
{
    HttpConnection connection; ///< without credentials of its own
    QString path;
    QJsonObject claims; ///< beside iat, exp and jti
    TokenAlgorithm algorithm = TokenAlgorithm::Hs256;
    std::chrono::milliseconds pace{500}; ///< between two questions of a watch
};

/// The map under `probe`: {path, claims, every, connection}; nothing: there is none.
[[nodiscard]] std::optional<TokenProbe> readTokenProbe(ConfigReader &reader, const Profile &profile,
                                                       QList<Error> &errors);

/// Asks with a token of the key `id` (empty: the service has but one) that lives for two minutes. `said`: the status or
/// the error, for people.
[[nodiscard]] TokenAnswer askWithToken(const TokenProbe &probe, IoLine &line, const QString &id, const Secret &secret,
                                       IoLine::Deadline deadline, QString *said);

/// What a watch has seen of one key.
struct TokenRecord
{
    QString key;
    qint64 asked = 0;
    qint64 accepted = 0;
    qint64 refused = 0;
    QString firstRefusal; ///< what the service said; empty: none
};

/// Asks all the time, on a thread of its own, whether tokens of the keys it was given are accepted.
class TokenWatch
{
public:
    explicit TokenWatch(TokenProbe probe);
    ~TokenWatch();
    TokenWatch(const TokenWatch &) = delete;
    TokenWatch &operator=(const TokenWatch &) = delete;

    /// From now on its tokens have to be accepted, until then.
    void add(const QString &id, const Secret &secret, IoLine::Deadline until = IoLine::Deadline::max());
    [[nodiscard]] QList<TokenRecord> records() const;

private:
    struct Watched
    {
        Secret secret;
        TokenRecord record;
        IoLine::Deadline until;
    };
    void run();

    const TokenProbe m_probe;
    const std::shared_ptr<std::atomic<bool>> m_stop = std::make_shared<std::atomic<bool>>(false);
    mutable std::mutex m_lock;
    std::condition_variable m_stopped;
    std::vector<Watched> m_keys;
    std::thread m_thread;
};

} // namespace qd
