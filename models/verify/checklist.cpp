/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "verify/checklist.h"

#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Kind = ChecklistItem::Kind;
constexpr qint64 mostRequests = 1'000;

bool isPlain(const QByteArray &text)
{
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

/// A value is one line of text.
std::optional<QByteArray> headerValue(const QString &text)
{
    const QByteArray value = text.toUtf8();
    if (value.contains('\r') || value.contains('\n') || value.contains('\0'))
        return std::nullopt;
    return value;
}

QList<std::pair<QByteArray, QByteArray>> readHeaders(ConfigReader &item)
{
    QList<std::pair<QByteArray, QByteArray>> headers;
    const ConfigNode written = item.map(u"send");
    for (const ConfigNode::Entry &entry : written.entries) {
        const QByteArray name = entry.key.toLatin1();
        const auto value = headerValue(entry.value.scalar);
        if (!isPlain(name) || !value || entry.value.kind != ConfigNode::Kind::Scalar)
            item.error(entry.value, u"'send': expected a header's name and one line of text"_s);
        else if (name.compare("authorization", Qt::CaseInsensitive) == 0 ||
                 name.compare("cookie", Qt::CaseInsensitive) == 0)
            item.error(entry.value, u"'send': no secret stands in a profile; 'bearer' and 'headers' under "
                                    "connections.http refer to one"_s);
        else
            headers.append({name, *value});
    }
    return headers;
}

QList<int> readStatuses(ConfigReader &reader)
{
    QList<int> statuses;
    const ConfigNode written = reader.node(u"status");
    const QList<ConfigNode> each = written.kind == ConfigNode::Kind::List ? written.items : QList{written};
    for (const ConfigNode &node : each) {
        if (node.kind == ConfigNode::Kind::Null)
            continue;
        bool ok = false;
        const int status = node.scalar.toInt(&ok);
        if (ok && status >= 100 && status <= 599)
            statuses.append(status);
        else
            reader.error(node, u"'status': expected codes of HTTP such as 200, or a list of them"_s);
    }
    return statuses;
}

Expected readExpected(const ConfigNode &node, QList<Error> *errors)
{
    Expected expected;
    ConfigReader reader(node, errors);
    expected.statuses = readStatuses(reader);
    const ConfigNode headers = reader.map(u"headers");
    for (const ConfigNode::Entry &entry : headers.entries)
        expected.headers.append({entry.key.toLatin1(), entry.value.scalar});
    const ConfigNode members = reader.map(u"json");
    for (const ConfigNode::Entry &entry : members.entries) {
        if (!entry.key.startsWith(u'/'))
            reader.error(entry.value, u"'json': expected JSON Pointers such as /status and what stands there"_s);
        expected.members.append({entry.key, entry.value.scalar});
    }
    expected.within = reader.duration(u"within", {}, std::chrono::minutes(1));
    reader.finish();
    return expected;
}

void readRequest(ConfigReader &reader, ChecklistItem &item, QList<Error> *errors)
{
    const bool isBurst = item.kind == Kind::Burst;
    item.path = reader.string(isBurst ? u"burst" : u"get");
    if (!item.path.startsWith(u'/') || item.path.startsWith(u"//"))
        reader.error(reader.node(isBurst ? u"burst" : u"get"), u"expected a path that begins with '/'"_s);
    item.headers = readHeaders(reader);
    item.isStranger = reader.boolean(u"stranger", false);
    if (isBurst) {
        item.requests = static_cast<int>(reader.integer(u"requests", 200, 1, mostRequests));
        item.inProduction = reader.boolean(u"in_production", false);
    }
    const ConfigNode expect = reader.map(u"expect");
    item.expected = readExpected(expect, errors);
    if (item.expected.statuses.isEmpty() && item.expected.headers.isEmpty() && item.expected.members.isEmpty() &&
        item.expected.within.count() == 0)
        reader.error(reader.node(u"name"),
                     u"'%1': 'expect' says nothing; write status, headers, json or within"_s.arg(item.name));
}

/// One of the keys that say what is looked at.
std::optional<Kind> kindIn(ConfigReader &reader, const QString &name)
{
    static const auto kinds = std::to_array<std::pair<QStringView, Kind>>({{u"get", Kind::Request},
                                                                           {u"burst", Kind::Burst},
                                                                           {u"hit_rate", Kind::HitRate},
                                                                           {u"breakers", Kind::Breakers},
                                                                           {u"schema_version", Kind::SchemaVersion}});
    std::optional<Kind> found;
    int written = 0;
    for (const auto &[key, kind] : kinds) {
        if (!reader.has(key))
            continue;
        ++written;
        found = kind;
    }
    if (written == 1)
        return found;
    reader.error(reader.node(u"name"),
                 u"'%1': expected one of get, burst, hit_rate, breakers and schema_version"_s.arg(name));
    return std::nullopt;
}

ChecklistItem readItem(ConfigReader &reader, const QString &name, QList<Error> *errors)
{
    ChecklistItem item{.name = name, .title = reader.string(u"title", name)};
    item.environments = reader.strings(u"in");
    const auto kind = kindIn(reader, name);
    if (!kind)
        return item;
    item.kind = *kind;
    switch (*kind) {
    case Kind::Request:
    case Kind::Burst:
        readRequest(reader, item, errors);
        break;
    case Kind::HitRate:
        item.hitRateAtLeast = reader.share(u"hit_rate").value_or(item.hitRateAtLeast);
        break;
    case Kind::Breakers:
        static_cast<void>(reader.oneOf(u"breakers", {u"closed"_s}, u"closed"_s));
        break;
    case Kind::SchemaVersion:
        item.version = reader.requiredString(u"schema_version");
        break;
    }
    reader.finish();
    return item;
}
} // namespace

std::expected<Checklist, QList<Error>> checklistOf(const Profile &profile)
{
    QList<Error> errors;
    Checklist list;
    QStringList names;
    for (const ConfigNode &node : profile.verify) {
        ConfigReader reader(node, &errors);
        const QString name = reader.requiredString(u"name");
        if (names.contains(name))
            reader.error(node, u"'verify' has '%1' twice"_s.arg(name));
        names.append(name);
        list.append(readItem(reader, name, &errors));
    }
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return list;
}

} // namespace qd
