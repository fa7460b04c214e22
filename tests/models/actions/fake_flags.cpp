/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "models/actions/fake_flags.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace qd::test {
namespace {
/// As PostHog keeps it; what is around the percentages has to survive.
QJsonObject filtersOf(const FakeFlags::Flag &flag)
{
    QJsonArray groups;
    for (const int rollout : flag.rollouts)
        groups.append(
            QJsonObject{{u"properties"_s, QJsonArray{QJsonObject{{u"key"_s, u"country"_s}, {u"value"_s, u"PT"_s}}}},
                        {u"rollout_percentage"_s, rollout}});
    return {{u"groups"_s, groups}, {u"payloads"_s, QJsonObject{{u"true"_s, u"{}"_s}}}};
}
} // namespace

QByteArray FakeFlags::options(Kind kind)
{
    switch (kind) {
    case Kind::PostHog:
        return "api: posthog, project: 7";
    case Kind::Unleash:
        return "api: unleash, project: shop, environment: production";
    case Kind::Plain:
        break;
    }
    return "title: Switchboard, list: {get: /flags, key: /name}, get: \"/flags/{flag}\", set: /on, "
           "rollout_percent: /percent, etag: true, write: {enabled: {method: PUT, path: \"/flags/{flag}\", "
           "body: '{\"name\": \"{flag}\", \"on\": {enabled}, \"percent\": {/percent}}'}}";
}

FakeFlags::FakeFlags(Kind kind)
    : m_kind(kind)
    , m_http([this](const QByteArray &received) { return answer(received); })
{
}

FakeFlags::FakeFlags(Kind kind, const TestCa::Certificate &certificate)
    : m_kind(kind)
    , m_http([this](const QByteArray &received) { return answer(received); }, certificate)
{
}

std::optional<QByteArray> FakeFlags::answer(const QByteArray &received)
{
    const std::lock_guard guard(lock);
    const QList<QByteArray> line = received.left(received.indexOf('\r')).split(' ');
    const QByteArray method = line.value(0);
    const QString path = QString::fromLatin1(line.value(1)).section(u'?', 0, 0);
    const QString query = QString::fromLatin1(line.value(1)).section(u'?', 1);
    const qsizetype head = received.indexOf("\r\n\r\n");
    const QJsonDocument sent = QJsonDocument::fromJson(received.mid(head + 4));
    QByteArray match;
    if (const qsizetype at = received.indexOf("If-Match: "); at >= 0)
        match = received.mid(at + 10, received.indexOf('\r', at) - at - 10);
    Reply told{.status = 401, .body = {}, .etag = {}};
    const bool isChange = method != "GET";
    if (isChange) {
        changes.append(method + ' ' + path.toLatin1());
        if (const auto first = std::exchange(meanwhile, {}))
            first(*this);
    }
    const Fault now = isChange ? fault : Fault::None;
    const QByteArray headers = received.left(head) + '\r';
    if (!std::ranges::all_of(credentials, [&](const QByteArray &each) { return headers.contains(each + '\r'); }))
        told.status = 401;
    else if (now == Fault::FailsBefore || now == Fault::Refuses || now == Fault::Strange)
        told.status = now == Fault::Refuses ? 403 : now == Fault::Strange ? 401 : 500;
    else
        told = reply(method, path, query, match, sent.isArray() ? QJsonValue(sent.array()) : QJsonValue(sent.object()));
    if (now == Fault::FailsAfter)
        told = {.status = 500, .body = {}, .etag = {}};
    if (now == Fault::HangsUp)
        return std::nullopt;
    const QByteArray body = told.body.isArray() ? QJsonDocument(told.body.toArray()).toJson(QJsonDocument::Compact)
                                                : QJsonDocument(told.body.toObject()).toJson(QJsonDocument::Compact);
    return "HTTP/1.1 " + QByteArray::number(told.status) + " X\r\nContent-Type: application/json\r\n" +
           (told.etag.isEmpty() ? QByteArray() : "ETag: " + told.etag + "\r\n") +
           "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
}

FakeFlags::Reply FakeFlags::reply(const QByteArray &method, const QString &path, const QString &query,
                                  const QByteArray &match, const QJsonValue &body)
{
    const Reply nothing{.status = 404, .body = {}, .etag = {}};
    const auto below = [&](const QString &prefix) { return path.startsWith(prefix); };
    if (m_kind == Kind::PostHog && path == "/api/projects/7/"_L1)
        return {
            .status = 200, .body = QJsonObject{{u"id"_s, 7}, {u"uuid"_s, project}, {u"name"_s, u"Shop"_s}}, .etag = {}};
    if (m_kind == Kind::PostHog && below(u"/api/projects/7/feature_flags/"_s))
        return posthog(method, path.section(u'/', 5, 5), query, body.toObject());
    if (m_kind == Kind::Plain && path == "/project"_L1)
        return {.status = 200, .body = QJsonObject{{u"id"_s, project}}, .etag = {}};
    if (m_kind == Kind::Unleash && path == "/api/admin/projects/shop/overview"_L1)
        return {.status = 200, .body = QJsonObject{{u"name"_s, u"Shop"_s}, {u"createdAt"_s, project}}, .etag = {}};
    if (m_kind == Kind::Unleash && below(u"/api/admin/projects/shop/features"_s))
        return unleash(method, path.split(u'/').sliced(6), body);
    if (m_kind == Kind::Plain && below(u"/flags"_s))
        return plain(method, path.section(u'/', 2), match, body.toObject());
    return nothing;
}

QJsonObject FakeFlags::told(const QString &name) const
{
    const Flag &flag = flags.at(name);
    if (m_kind == Kind::PostHog)
        return {{u"id"_s, flag.id},
                {u"key"_s, name},
                {u"active"_s, flag.enabled},
                {u"filters"_s, filtersOf(flag)},
                {u"version"_s, flag.version},
                {u"updated_at"_s, u"2026-11-20T10:00:00Z"_s},
                {u"last_modified_by"_s, QJsonObject{{u"email"_s, u"ada@example.com"_s}}}};
    if (m_kind == Kind::Plain)
        return {{u"name"_s, name}, {u"on"_s, flag.enabled}, {u"percent"_s, flag.rollouts.first()}};
    QJsonArray strategies;
    for (qsizetype i = 0; i < flag.rollouts.size(); ++i)
        strategies.append(QJsonObject{{u"id"_s, u"strategy-%1-%2"_s.arg(flag.id).arg(i)},
                                      {u"name"_s, u"flexibleRollout"_s},
                                      {u"parameters"_s, QJsonObject{{u"rollout"_s, QString::number(flag.rollouts[i])},
                                                                    {u"stickiness"_s, u"default"_s}}}});
    const QJsonObject development{{u"name"_s, u"development"_s}, {u"enabled"_s, true}, {u"strategies"_s, QJsonArray()}};
    return {{u"name"_s, name},
            {u"environments"_s, QJsonArray{development, QJsonObject{{u"name"_s, u"production"_s},
                                                                    {u"enabled"_s, flag.enabled},
                                                                    {u"strategies"_s, strategies}}}}};
}

/// Two to a page. A change of what somebody else changed since 'version' is refused, field by field of 'original_flag';
/// without the two nothing is compared.
FakeFlags::Reply FakeFlags::posthog(const QByteArray &method, const QString &what, const QString &query,
                                    const QJsonObject &body)
{
    if (what.isEmpty()) {
        const auto from = static_cast<std::size_t>(query.section(u"offset="_s, 1).section(u'&', 0, 0).toInt());
        QJsonArray page;
        std::size_t at = 0;
        for (const auto &[name, flag] : flags) {
            if (at >= from && at < from + 2)
                page.append(told(name));
            ++at;
        }
        const QJsonValue next =
            from + 2 < flags.size()
                ? QJsonValue(u"http://127.0.0.1:%1/api/projects/7/feature_flags/?limit=2&offset=%2"_s.arg(port()).arg(
                      from + 2))
                : QJsonValue();
        return {.status = 200, .body = QJsonObject{{u"results"_s, page}, {u"next"_s, next}}, .etag = {}};
    }
    const auto found =
        std::ranges::find_if(flags, [&](const auto &each) { return QString::number(each.second.id) == what; });
    if (found == flags.end())
        return {.status = 404, .body = {}, .etag = {}};
    Flag &flag = found->second;
    if (method == "PATCH") {
        const QJsonObject original = body["original_flag"_L1].toObject();
        const QJsonObject now = told(found->first);
        const bool isOld = body.contains("version"_L1) && body["version"_L1].toInt() != flag.version;
        for (const auto &field : {u"active"_s, u"filters"_s}) {
            const bool isMeant =
                body.contains(field) && original.contains(field) && body.value(field) != original.value(field);
            if (isOld && isMeant && original.value(field) != now.value(field))
                return {.status = 409, .body = {}, .etag = {}};
        }
        if (body.contains("active"_L1))
            flag.enabled = body["active"_L1].toBool();
        if (body.contains("filters"_L1)) {
            flag.rollouts.clear();
            const QJsonArray groups = body["filters"_L1]["groups"_L1].toArray();
            for (const QJsonValue &group : groups)
                flag.rollouts.append(group["rollout_percentage"_L1].toInt());
            if (body["filters"_L1].toObject() != filtersOf(flag))
                return {.status = 400, .body = {}, .etag = {}}; // something of it was lost
        }
        ++flag.version;
    }
    return {.status = 200, .body = told(found->first), .etag = {}};
}

FakeFlags::Reply FakeFlags::unleash(const QByteArray &method, const QStringList &what, const QJsonValue &body)
{
    if (what.isEmpty()) {
        QJsonArray list;
        for (const auto &[name, flag] : flags)
            list.append(QJsonObject{{u"name"_s, name}, {u"type"_s, u"release"_s}});
        return {.status = 200, .body = QJsonObject{{u"version"_s, 2}, {u"features"_s, list}}, .etag = {}};
    }
    const auto found = flags.find(what.value(0));
    const bool isElsewhere =
        what.size() > 1 && (what.value(1) != "environments"_L1 || what.value(2) != "production"_L1);
    if (found == flags.end() || isElsewhere)
        return {.status = 404, .body = {}, .etag = {}};
    Flag &flag = found->second;
    if (method == "POST" && (what.value(3) == "on"_L1 || what.value(3) == "off"_L1))
        flag.enabled = what.value(3) == "on"_L1;
    if (method == "PATCH") {
        const QJsonValue patch = body.toArray().at(0);
        if (what.value(4) != u"strategy-%1-0"_s.arg(flag.id) ||
            patch["path"_L1].toString() != "/parameters/rollout"_L1 || !patch["value"_L1].isString())
            return {.status = 400, .body = {}, .etag = {}};
        flag.rollouts = {patch["value"_L1].toString().toInt()};
    }
    return {.status = 200, .body = told(found->first), .etag = {}};
}

FakeFlags::Reply FakeFlags::plain(const QByteArray &method, const QString &name, const QByteArray &match,
                                  const QJsonObject &body)
{
    if (name.isEmpty()) {
        QJsonArray list;
        for (const auto &[each, flag] : flags)
            list.append(told(each));
        return {.status = 200, .body = list, .etag = {}};
    }
    const auto found = flags.find(name);
    if (found == flags.end())
        return {.status = 404, .body = {}, .etag = {}};
    Flag &flag = found->second;
    const auto etag = [&] { return "\"" + QByteArray::number(flag.version) + '"'; };
    if (method == "PUT") {
        if (match != etag())
            return {.status = 412, .body = {}, .etag = {}};
        flag.enabled = body["on"_L1].toBool();
        ++flag.version;
    }
    return {.status = 200, .body = told(name), .etag = etag()};
}

} // namespace qd::test
