/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/key_sets/key_sets.h"

#include "sources/evidence.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QSet>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
const QStringList fields{u"state"_s, u"created_at"_s, u"activated_at"_s, u"retire_after"_s};
constexpr double leastMilliseconds = 1e11; // seconds until the year 5138

// KEYS: the hash. ARGV: whether digests are asked for, the members of `fields`. Text comes back after a quotation mark.
// What Lua could not write again as it stands (lists, objects, integers of over 14 digits) is said to be 'odd'.
constexpr auto readScript = R"lua(
local flat = redis.call('HGETALL', KEYS[1])
local rows = {}
for i = 1, #flat, 2 do
  local row = {flat[i], ARGV[1] == '1' and redis.sha1hex(flat[i + 1]) or '', 'good'}
  local ok, value = pcall(cjson.decode, flat[i + 1])
  if not ok or type(value) ~= 'table' then
    row[3] = 'bad'
  else
    for _, member in pairs(value) do
      if type(member) == 'table' or (type(member) == 'number' and tonumber(string.format('%.14g', member)) ~= member) then
        row[3] = 'odd'
      end
    end
    for f = 2, #ARGV do
      local member = ARGV[f] ~= '' and value[ARGV[f]]
      row[#row + 1] = type(member) == 'string' and '"' .. member or type(member) == 'number' and
        string.format('%.14g', member) or ''
    end
  end
  rows[#rows + 1] = row
end
return rows
)lua";

/// Our own names for what `value` is under a key's members.
Value<QString> textOf(const ListedKey &key, const QString &field)
{
    const auto found = key.fields.find(field);
    if (found == key.fields.end())
        return {};
    const QString pointer = pointerStep(QString::fromUtf8(key.id)) + u'/' + field;
    Value<QString> value{.value = {}, .origin = {0, pointer}};
    if (found->second.isString())
        value.value = cleaned(found->second.toString());
    return value;
}

Value<Instant> instantOf(const ListedKey &key, const QString &field)
{
    const auto found = key.fields.find(field);
    if (found == key.fields.end())
        return {};
    return {.value = timeIn(found->second), .origin = {0, pointerStep(QString::fromUtf8(key.id)) + u'/' + field}};
}
} // namespace

QString KeySetLayout::member(const QString &field) const
{
    const auto found = members.find(field);
    return found == members.end() ? QString() : found->second;
}

std::optional<JsonTime> wayOf(const QJsonValue &value)
{
    if (!timeIn(value))
        return std::nullopt;
    if (value.isString())
        return JsonTime::Iso;
    return value.toDouble() < leastMilliseconds ? JsonTime::Seconds : JsonTime::Milliseconds;
}

std::optional<Instant> timeIn(const QJsonValue &value)
{
    if (value.isDouble()) {
        const double number = value.toDouble();
        const double milliseconds = number < leastMilliseconds ? number * 1000 : number;
        constexpr double latest = 253'402'300'799'000; // the end of the year 9999
        if (!std::isfinite(number) || number < 0 || milliseconds > latest)
            return std::nullopt;
        return Instant(std::chrono::milliseconds(std::llround(milliseconds)));
    }
    const QDateTime at = QDateTime::fromString(value.toString(), Qt::ISODateWithMs);
    // Without its offset it means another moment on each machine.
    if (!at.isValid() || at.timeSpec() == Qt::LocalTime)
        return std::nullopt;
    return Instant(std::chrono::milliseconds(at.toMSecsSinceEpoch()));
}

QJsonValue written(Instant at, JsonTime way)
{
    const qint64 milliseconds = at.time_since_epoch().count();
    if (way == JsonTime::Iso)
        return QDateTime::fromMSecsSinceEpoch(milliseconds, Qt::UTC).toString(Qt::ISODateWithMs);
    // Whole seconds where they are: never earlier than meant.
    return way == JsonTime::Milliseconds ? milliseconds : (milliseconds + 999) / 1000;
}

RedisCommand readKeyHash(const KeySetLayout &layout, bool withDigests)
{
    RedisCommand command{"EVAL", readScript, "1", layout.place.toUtf8(), withDigests ? "1" : "0"};
    for (const QString &field : fields)
        command.append(layout.member(field).toUtf8());
    return command;
}

Result<QList<ListedKey>> keysInHash(const RedisReply &reply, const KeySetLayout &layout, const QString &where)
{
    if (reply.type == RedisReply::Type::Error) {
        Error error = errorOf(reply, where);
        if (error.code == ErrorCode::Forbidden)
            error.message += u"; this user needs +eval, +hgetall and ~%1: a script leaves the secrets where they "
                             "are"_s.arg(layout.place);
        return std::unexpected(error);
    }
    QList<ListedKey> keys;
    for (const RedisReply &row : reply.items) {
        ListedKey key{.id = row.items.value(0).text,
                      .fields = {},
                      .digest = row.items.value(1).text,
                      .isKept = row.items.value(2).text == "good"};
        if (row.items.value(2).text == "bad")
            return failure(ErrorCode::Unsupported,
                           u"%1 holds something else than a JSON object for '%2'"_s.arg(
                               layout.place, cleaned(QString::fromUtf8(key.id), 60)),
                           where);
        for (qsizetype i = 0; i < fields.size(); ++i) {
            const QByteArray told = row.items.value(3 + i).text;
            if (told.startsWith('"'))
                key.fields[fields[i]] = QString::fromUtf8(told.sliced(1));
            else if (!told.isEmpty())
                key.fields[fields[i]] = told.toDouble();
        }
        keys.append(std::move(key));
    }
    std::ranges::sort(keys, {}, &ListedKey::id);
    return keys;
}

Result<QJsonArray> keysInSet(const QByteArray &document, const QString &where)
{
    const QJsonValue keys = QJsonDocument::fromJson(document).object().value("keys"_L1);
    if (!keys.isArray())
        return failure(ErrorCode::BadReply, u"this is no JWK Set (RFC 7517): expected an object with 'keys'"_s, where);
    QSet<QString> ids;
    const QJsonArray all = keys.toArray();
    for (const QJsonValue &key : all) {
        const QString id = key["kid"_L1].toString();
        if (id.isEmpty())
            return failure(ErrorCode::BadReply, u"a key of the set has no 'kid': nothing tells it from others"_s,
                           where);
        if (ids.contains(id))
            return failure(ErrorCode::BadReply, u"two keys of the set are called '%1'"_s.arg(cleaned(id, 60)), where);
        ids.insert(id);
    }
    return all;
}

ListedKey listedKey(const QJsonObject &key, const KeySetLayout &layout)
{
    ListedKey listed{.id = key.value("kid"_L1).toString().toUtf8(), .fields = {}};
    for (const auto &[field, member] : layout.members) {
        const QJsonValue value = key.value(member);
        if (value.isString() || value.isDouble())
            listed.fields[field] = value;
    }
    return listed;
}

Findings keySetFindings(const QList<ListedKey> &keys, const KeySetLayout &layout, const QString &what,
                        const QString &where)
{
    Findings findings;
    for (const ListedKey &listed : keys.first(std::min(keys.size(), custodyRows))) {
        SigningKey key;
        key.id = cleaned(QString::fromUtf8(listed.id));
        if (key.id.isEmpty())
            continue; // without a name it cannot be told from others
        const Value<QString> word = textOf(listed, u"state"_s);
        key.state.origin = word.origin;
        if (word.has()) {
            const auto known = layout.words.find(word->toLower());
            key.state.value = known == layout.words.end() ? KeyState::Unknown : known->second;
        }
        key.createdAt = instantOf(listed, u"created_at"_s);
        key.activatedAt = instantOf(listed, u"activated_at"_s);
        key.retireAfter = instantOf(listed, u"retire_after"_s);
        key.where = {.value = what + u' ' + layout.place, .origin = {0, {}}};
        findings.facts.append(key);
    }
    if (keys.size() > custodyRows)
        findings.refusals.append(
            {QString::fromLatin1(SigningKey::kind) + u"/rest"_s,
             {ErrorCode::TooLarge, u"%1 has over %2 keys; the others are not read"_s.arg(layout.place).arg(custodyRows),
              where}});
    return findings;
}

QByteArray keySetJson(const QList<ListedKey> &keys)
{
    QJsonObject all;
    for (const ListedKey &key : keys) {
        QJsonObject one;
        for (const auto &[field, value] : key.fields)
            one.insert(field, value);
        all.insert(QString::fromUtf8(key.id), one);
    }
    return QJsonDocument(all).toJson(QJsonDocument::Compact);
}

KeySetLayout readKeySetLayout(ConfigReader &reader, const QString &place, QList<Error> &errors)
{
    KeySetLayout layout;
    layout.place = reader.requiredString(place);
    layout.members = readKeyMembers(reader.map(u"members"), fields, errors);
    layout.words = readKeyWords(reader.map(u"words"), errors);
    // RFC 7518 §6: what is private in a JWK.
    static const QStringList privates{u"k"_s, u"d"_s, u"p"_s, u"q"_s, u"dp"_s, u"dq"_s, u"qi"_s, u"oth"_s};
    for (const auto &[field, member] : layout.members) {
        if (privates.contains(member))
            reader.error(reader.node(u"members"), u"'%1': '%2' of a JWK is the secret itself"_s.arg(field, member));
    }
    if (place == "hash"_L1 && !layout.has(u"state"_s))
        reader.error(reader.node(u"members"), u"'members': expected 'state' among them, and what a key's JSON calls "
                                              "it"_s);
    if (place == "path"_L1 && !layout.place.startsWith(u'/'))
        reader.error(reader.node(u"path"), u"'path': expected a path, such as /.well-known/jwks.json"_s);
    return layout;
}

KeySetLayout keySetLayout(const SourceSpec &spec, QList<Error> &errors)
{
    ConfigReader reader(spec.options, &errors);
    return readKeySetLayout(reader, spec.kind == "redis-signing-keys"_L1 ? u"hash"_s : u"path"_s, errors);
}

} // namespace qd
