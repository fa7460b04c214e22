/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/fake_actuator.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QUrl>

using namespace Qt::StringLiterals;

namespace qd::test {
namespace {
QByteArray reply(int status, const QJsonObject &body)
{
    const QByteArray json = QJsonDocument(body).toJson(QJsonDocument::Compact);
    return "HTTP/1.1 " + QByteArray::number(status) +
           " X\r\nContent-Type: application/vnd.spring-boot.actuator.v3+json\r\nContent-Length: " +
           QByteArray::number(json.size()) + "\r\n\r\n" + json;
}
} // namespace

FakeActuator::FakeActuator()
    : m_http([this](const QByteArray &received) { return answer(received); })
{
}

QString FakeActuator::state(const QString &breaker)
{
    const std::lock_guard guard(m_lock);
    const auto found = m_states.find(breaker);
    return found == m_states.end() ? QString() : found->second;
}

void FakeActuator::setState(const QString &breaker, const QString &state)
{
    const std::lock_guard guard(m_lock);
    m_states[breaker] = state;
}

void FakeActuator::setFault(Fault fault)
{
    const std::lock_guard guard(m_lock);
    m_fault = fault;
}

void FakeActuator::setToken(const QByteArray &token)
{
    const std::lock_guard guard(m_lock);
    m_token = token;
}

void FakeActuator::setMarker(const QString &marker)
{
    const std::lock_guard guard(m_lock);
    m_marker = marker;
}

QList<QByteArray> FakeActuator::changes()
{
    const std::lock_guard guard(m_lock);
    return m_changes;
}

std::optional<QByteArray> FakeActuator::answer(const QByteArray &received)
{
    const std::lock_guard guard(m_lock);
    const QList<QByteArray> line = received.left(received.indexOf('\r')).split(' ');
    const QString path = QString::fromLatin1(line.value(1));
    if (!m_token.isEmpty() && !received.contains("Bearer " + m_token + '\r'))
        return reply(401, {});
    const QString endpoint = u"/actuator/circuitbreakers"_s;
    if (path == "/actuator/info"_L1)
        return reply(200, {{u"app"_s, QJsonObject{{u"environment"_s, m_marker}}}});
    if (path == "/actuator/health"_L1) {
        QJsonObject details;
        for (const auto &[name, state] : m_states)
            details.insert(
                name, QJsonObject{{u"status"_s, u"UP"_s},
                                  {u"details"_s, QJsonObject{{u"failureRate"_s, u"-1.0%"_s}, {u"state"_s, state}}}});
        return reply(
            200, {{u"status"_s, u"UP"_s},
                  {u"components"_s,
                   QJsonObject{{u"circuitBreakers"_s, QJsonObject{{u"status"_s, u"UP"_s}, {u"details"_s, details}}}}}});
    }
    if (!path.startsWith(endpoint) || m_fault == Fault::NotExposed)
        return reply(404, {{u"status"_s, 404}});
    if (line.value(0) == "GET") {
        QJsonObject breakers;
        for (const auto &[name, state] : m_states)
            breakers.insert(name, QJsonObject{{u"failureRate"_s, u"-1.0%"_s}, {u"state"_s, state}});
        return reply(200, {{u"circuitBreakers"_s, breakers}});
    }
    const QString name = QUrl::fromPercentEncoding(path.section(u'/', -1).toLatin1());
    const QString command = QJsonDocument::fromJson(received.mid(received.indexOf("\r\n\r\n") + 4))
                                .object()
                                .value("updateState"_L1)
                                .toString();
    m_changes.append(line.value(0) + ' ' + name.toUtf8() + ' ' + command.toUtf8());
    if (m_fault == Fault::ReadOnly || m_fault == Fault::Refuses || m_fault == Fault::FailsBefore)
        return reply(m_fault == Fault::ReadOnly ? 405 : m_fault == Fault::Refuses ? 403 : 500, {});
    static const std::map<QString, QString> leadsTo{
        {u"CLOSE"_s, u"CLOSED"_s}, {u"FORCE_OPEN"_s, u"FORCED_OPEN"_s}, {u"DISABLE"_s, u"DISABLED"_s}};
    const auto next = leadsTo.find(command);
    if (next == leadsTo.end())
        return reply(400, {});
    m_states[name] = next->second;
    if (m_fault == Fault::FailsAfter)
        return reply(500, {});
    if (m_fault == Fault::HangsUp)
        return std::nullopt;
    return reply(200, {{u"circuitBreakerName"_s, name},
                       {u"currentState"_s, next->second},
                       {u"message"_s, name + u" state has been changed successfully"_s}});
}

} // namespace qd::test
