/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/longmem/longmem.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkReply>

#include <array>

using namespace Qt::StringLiterals;

namespace qd::sandbox::longmem {

namespace {

constexpr int eager = 24; ///< the user whose importer floods
constexpr std::array topics{"project", "recipe", "travel", "meeting", "garden", "novel"};

/// People who talk to their assistant, from documentation addresses; some four requests a second.
class Load final : public LoadGenerator
{
public:
    explicit Load(quint16 port)
        : LoadGenerator(port, {{u"user"_s, 6}, {u"global"_s, 30}})
    {
        constexpr std::array perMinute{84, 40, 30, 24, 20, 16, 14, 12, 10, 8, 8, 6, 6, 4, 4, 3, 3, 2, 2, 1};
        for (std::size_t i = 0; i < perMinute.size(); ++i)
            m_users.push_back({static_cast<int>(i) + 1, static_cast<double>(perMinute.at(i)), {}});
        m_users.push_back({eager, 0, {}});
    }

protected:
    void begin() override
    {
        for (User &user : m_users)
            login(user);
    }

    void tick(double wave) override
    {
        for (const User &user : m_users) {
            for (int i = occurrences(user.perMinute, wave); i > 0 && !user.token.isEmpty(); --i)
                act(user);
        }
        if (occurrences(4, wave) > 0)
            send(Reads, "GET", u"/"_s, {{"X-Forwarded-For", "198.51.100.9"}});
    }

    void floodOnce(const QString &tier) override
    {
        if (tier == "user"_L1)
            send(Floods, "GET", u"/api/memories/%1"_s.arg(popularId(400)), headersOf(m_users.back()));
        else
            send(Floods, "GET", u"/api"_s,
                 {{"X-Forwarded-For", "198.51.100." + QByteArray::number(20 + popularId(200))}});
    }

private:
    struct User
    {
        int id;
        double perMinute;
        QByteArray token;
    };

    static RequestHeaders headersOf(const User &user)
    {
        RequestHeaders headers{{"X-Forwarded-For", "203.0.113." + QByteArray::number(user.id)}};
        if (!user.token.isEmpty())
            headers.append({"Authorization", "Bearer " + user.token});
        return headers;
    }

    void act(const User &user)
    {
        const double which = random();
        const QByteArray topic = topics.at(static_cast<std::size_t>(random() * topics.size()));
        if (which < 0.5)
            send(Reads, "GET", u"/api/memories/%1"_s.arg(popularId(400)), headersOf(user));
        else if (which < 0.7)
            send(Reads, "GET", u"/api/conversations/%1/context"_s.arg(popularId(60)), headersOf(user));
        else if (which < 0.85 && areWritersPatient())
            send(Writes, "POST", u"/api/memories/search"_s, headersOf(user), R"({"query":")" + topic + R"("})");
        else if (which < 0.92 && areWritersPatient())
            send(Writes, "POST", u"/api/memories"_s, headersOf(user),
                 R"({"content":"Something about the )" + topic + R"("})");
        else if (areWritersPatient())
            send(Writes, "POST", u"/api/conversations/%1/messages"_s.arg(popularId(60)), headersOf(user),
                 R"({"content":"And then?"})");
    }

    void login(User &user)
    {
        QNetworkReply *reply = send(Reads, "POST", u"/api/auth/token"_s, headersOf(user),
                                    R"({"user":)" + QByteArray::number(user.id) + '}');
        connect(reply, &QNetworkReply::finished, this, [reply, &user] {
            user.token =
                QJsonDocument::fromJson(reply->readAll()).object().value("access_token"_L1).toString().toLatin1();
        });
    }

    std::vector<User> m_users;
};

} // namespace

std::unique_ptr<LoadGenerator> load(quint16 port)
{
    return std::make_unique<Load>(port);
}

} // namespace qd::sandbox::longmem
