/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/api_key/api_key.h"

#include <QDateTime>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using namespace ApiKeySteps;

/// "14 s", "3 min", "5 h", "12 d": whole.
QString ago(std::chrono::milliseconds time)
{
    using namespace std::chrono;
    const qint64 number = std::max<qint64>(0, floor<seconds>(time).count());
    if (number < 60)
        return u"%1 s"_s.arg(number);
    if (number < 3600)
        return u"%1 min"_s.arg(number / 60);
    return number < 2 * 86400 ? u"%1 h"_s.arg(number / 3600) : u"%1 d"_s.arg(number / 86400);
}

/// One step, which revokes the key.
class EndApiKey final : public ApiKeyAction
{
public:
    EndApiKey(bool isAtOnce, ApiKeyTable table, const Clock &clock, const PgConnection::Stop &stop)
        : ApiKeyAction(std::move(table), clock, stop)
        , m_isAtOnce(isAtOnce)
    {
    }

protected:
    Result<void> fillFor(Plan &plan, const Wish &, const ClientKeys &keys, const ClientKey &key) override
    {
        if (const QString why = m_isAtOnce ? QString() : whatNeeds(keys, key); !why.isEmpty())
            return failure(ErrorCode::BadInput, why, where());
        plan.action = m_isAtOnce ? u"revoke-api-key"_s : u"retire-api-key"_s;
        plan.changes = {{.what = u"api-key-state"_s,
                         .before = key.isValid(keys.at) ? u"valid"_s : u"over"_s,
                         .after = u"revoked"_s}};
        if (m_isAtOnce)
            plan.changes.append({.what = u"api-key-client"_s, .before = clientOf(key), .after = u"cut-off"_s});
        plan.steps = {{m_isAtOnce ? revoked : retired,
                       {QString(), key.prefix, m_isAtOnce ? clientOf(key) : QString::number(table().quiet.count())}}};
        plan.undo = {{u"api-key-valid-again"_s, {key.prefix}}};
        if (m_isAtOnce)
            plan.risk = Risk::High;
        return {};
    }

    Stand standOf(const ClientKeys &keys, const Plan &, const Phrase &step) const override
    {
        const ClientKey *key = keys.find(step.arguments.value(1));
        if (!key)
            return Stand::Other;
        if (key->isRevoked)
            return Stand::After;
        return m_isAtOnce || whatNeeds(keys, *key).isEmpty() ? Stand::Before : Stand::Other;
    }

    Result<void> change(PgConnection &connection, const ClientKeys &, const Plan &, const Phrase &step, Way way,
                        Deadline deadline) override
    {
        return revoke(connection, step.arguments.value(1), way == Way::There, deadline);
    }

private:
    /// Why it cannot go yet; empty: it can.
    [[nodiscard]] QString whatNeeds(const ClientKeys &keys, const ClientKey &key) const
    {
        if (!key.isValid(keys.at))
            return {};
        const QString until = key.expiresAt
                                  ? u", or when its time is over, at %1"_s.arg(
                                        QDateTime::fromMSecsSinceEpoch(key.expiresAt->time_since_epoch().count())
                                            .toString(u"yyyy-MM-dd HH:mm"_s))
                                  : QString();
        if (!has(u"last_used_at"_s))
            return u"nobody counts when %1 is used: it can go%2; revoking it is for who knows that nobody does"_s.arg(
                key.prefix, until.isEmpty() ? u" when its time is over"_s : until.sliced(4));
        if (!key.lastUsedAt || *key.lastUsedAt + table().quiet <= keys.at)
            return {};
        return u"%1 was last used %2 ago: it can go when it was not for %3%4"_s.arg(
            key.prefix, ago(keys.at - *key.lastUsedAt), ago(table().quiet), until);
    }

    const bool m_isAtOnce;
};

std::expected<std::unique_ptr<Action>, QList<Error>> make(bool isAtOnce, const ActionSpec &spec, const Profile &profile,
                                                          const Clock &clock, const PgConnection::Stop &stop)
{
    QList<Error> errors;
    ApiKeyTable table = readApiKeyTable(spec, profile, errors);
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return std::make_unique<EndApiKey>(isAtOnce, std::move(table), clock, stop);
}
} // namespace

std::expected<std::unique_ptr<Action>, QList<Error>> makeRetireApiKeyAction(const ActionSpec &spec,
                                                                            const Profile &profile, const Clock &clock,
                                                                            const PgConnection::Stop &stop)
{
    return make(false, spec, profile, clock, stop);
}

std::expected<std::unique_ptr<Action>, QList<Error>> makeRevokeApiKeyAction(const ActionSpec &spec,
                                                                            const Profile &profile, const Clock &clock,
                                                                            const PgConnection::Stop &stop)
{
    return make(true, spec, profile, clock, stop);
}

} // namespace qd
