/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/pybreaker/pybreaker.h"

#include "sources/evidence.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr std::array fields{"state", "fail_counter", "opened_at"};

/// As pybreaker writes them; on any other word, "OPEN" among them, the service itself fails.
BreakerState stateOf(const QByteArray &word)
{
    return word == "closed"      ? BreakerState::Closed
           : word == "open"      ? BreakerState::Open
           : word == "half-open" ? BreakerState::HalfOpen
                                 : BreakerState::Unknown;
}

/// Adds the breaker that `values` tell, by the fields' order.
void addBreaker(Findings &findings, const PybreakerKeys &keys, const QString &name, const QList<RedisReply> &values,
                const QString &where)
{
    const auto origin = [&](std::size_t field) {
        return Origin{0, pointerStep(name) + u'/' + QString::fromLatin1(fields[field])};
    };
    const auto has = [&](qsizetype field) { return values.value(field).type == RedisReply::Type::String; };
    const auto refuse = [&](const Origin &at, ErrorCode code, const QString &message) {
        findings.refusals.append({QString::fromLatin1(Breaker::kind) + at.pointer, {code, message, where}});
    };
    Breaker breaker;
    breaker.id = name;
    breaker.state.origin = origin(0);
    if (has(0)) {
        breaker.state.value = stateOf(values[0].text);
        if (*breaker.state == BreakerState::Unknown)
            refuse(origin(0), ErrorCode::BadReply,
                   u"'%1' is none of closed, open, half-open: pybreaker fails on it"_s.arg(
                       safeText(QString::fromUtf8(values[0].text), 40)));
    } else {
        refuse(origin(0), ErrorCode::NotFound,
               u"there is no key %1; the service writes it when it starts, else check the source's 'keys'"_s.arg(
                   QString::fromUtf8(keys.key(name, fields[0]))));
    }
    breaker.failures.origin = origin(1);
    if (has(1))
        breaker.failures.value = countIn(values[1].text);
    breaker.openedAt.origin = origin(2); // absent until it first opened
    constexpr qint64 year2300 = 10'413'792'000;
    if (const auto seconds = has(2) ? countIn(values[2].text) : std::nullopt; seconds && *seconds < year2300)
        breaker.openedAt.value = Instant(std::chrono::seconds(*seconds));
    else if (has(2))
        refuse(origin(2), ErrorCode::BadReply,
               u"expected seconds since 1970, found '%1'"_s.arg(safeText(QString::fromUtf8(values[2].text), 40)));
    findings.facts.append(breaker);
}
} // namespace

QByteArray PybreakerKeys::key(const QString &name, const char *field) const
{
    return QString(pattern).replace("{name}"_L1, name).toUtf8() + ':' + field;
}

RedisCommand PybreakerKeys::command(const QString &name) const
{
    RedisCommand command{"MGET"};
    for (const char *field : fields)
        command.append(key(name, field));
    return command;
}

QByteArray pybreakerJson(const PybreakerKeys &keys, const QList<RedisReply> &replies)
{
    QJsonObject all;
    for (qsizetype i = 0; i < keys.names.size(); ++i) {
        QJsonObject one;
        for (std::size_t field = 0; field < fields.size(); ++field) {
            const RedisReply value = replies.value(i).items.value(static_cast<qsizetype>(field));
            const bool isThere = value.type == RedisReply::Type::String;
            one.insert(QString::fromLatin1(fields[field]),
                       isThere ? QJsonValue(QString::fromUtf8(value.text)) : QJsonValue());
        }
        all.insert(keys.names[i], one);
    }
    return QJsonDocument(all).toJson(QJsonDocument::Compact);
}

Result<Findings> pybreakerFindings(const PybreakerKeys &keys, const QList<RedisReply> &replies, const QString &where)
{
    Findings findings;
    std::optional<Error> first;
    for (qsizetype i = 0; i < keys.names.size(); ++i) {
        const RedisReply &reply = replies[i];
        if (reply.type != RedisReply::Type::Error) {
            addBreaker(findings, keys, keys.names[i], reply.items, where);
            continue;
        }
        const Error error = errorOf(reply, where);
        first = first.value_or(error);
        findings.refusals.append({QString::fromLatin1(Breaker::kind) + pointerStep(keys.names[i]), error});
    }
    if (findings.facts.isEmpty() && first)
        return std::unexpected(*first);
    return findings;
}

} // namespace qd
