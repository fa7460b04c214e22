/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/redis/redis_facts.h"
#include "sources/redis_flags/redis_flags.h"
#include "sources/switch_word.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr auto name = "{flag}"_L1;

std::optional<QString> nameIn(const QString &text, const QString &pattern)
{
    const qsizetype at = pattern.indexOf(name);
    const QStringView before = QStringView(pattern).first(std::max<qsizetype>(at, 0));
    const QStringView after = QStringView(pattern).mid(at + name.size());
    const qsizetype length = text.size() - before.size() - after.size();
    if (at < 0 || length <= 0 || !text.startsWith(before) || !text.endsWith(after))
        return std::nullopt;
    return text.mid(before.size(), length);
}

QJsonValue shown(const RedisReply &reply)
{
    return reply.type == RedisReply::Type::String ? QJsonValue(QString::fromUtf8(reply.text)) : QJsonValue();
}
} // namespace

QString RedisFlagLayout::place() const
{
    return isHash() ? u"hash "_s + set.key : u"keys "_s + set.key;
}

QByteArray RedisFlagLayout::filled(const QString &text, const QString &flag)
{
    return QString(text).replace(name, flag).toUtf8();
}

QByteArray RedisFlagLayout::pattern() const
{
    const QStringList parts = set.key.split(name);
    return globEscaped(parts.value(0)) + '*' + globEscaped(parts.value(1));
}

std::optional<QString> RedisFlagLayout::flagIn(const QByteArray &told) const
{
    const QString text = QString::fromUtf8(told);
    const QString &ofRollout = isHash() ? rollout.field : rollout.key;
    const bool isRollout = rollout != Cell() && ofRollout.contains(name) &&
                           ofRollout != (isHash() ? set.field : set.key) && nameIn(text, ofRollout).has_value();
    const auto flag = nameIn(text, isHash() ? set.field : set.key);
    // Two names must not become one: what cannot be written as it stands is no flag.
    if (isRollout || !flag || cleaned(*flag) != *flag || text.toUtf8() != told)
        return std::nullopt;
    return flag;
}

QList<RedisCommand> RedisFlagLayout::commands(const QString &flag) const
{
    const auto read = [](const QByteArray &key, const QByteArray &field) {
        return field.isEmpty() ? RedisCommand{"GET", key} : RedisCommand{"HGET", key, field};
    };
    QList<RedisCommand> all{read(setKey(flag), setField(flag))};
    if (!rollout.key.isEmpty())
        all.append(read(rolloutKey(flag), rolloutField(flag)));
    return all;
}

RedisFlagLayout readFlagLayout(ConfigReader &reader, const ConfigNode &at)
{
    RedisFlagLayout layout;
    const auto named = [&](QStringView key, const QString &text) {
        if (text.count(name) != 1)
            reader.error(reader.node(key), u"'%1': expected '{flag}' once in it"_s.arg(key));
    };
    const QString hash = reader.string(u"hash");
    const QString keys = reader.string(u"keys");
    const QString field = reader.string(u"field");
    const QString rollout = reader.string(u"rollout");
    if (hash.isEmpty() == keys.isEmpty()) {
        reader.error(at, u"expected 'hash', whose fields are flags, or 'keys', such as flags:{flag}"_s);
        return layout;
    }
    if (!hash.isEmpty()) {
        if (hash.contains(name))
            reader.error(reader.node(u"hash"), u"'hash': a hash for each flag is written as 'keys' and 'field'"_s);
        if (!field.isEmpty())
            reader.error(reader.node(u"field"), u"'field' belongs to 'keys': each field of the hash is a flag"_s);
        layout.set = {.key = hash, .field = u"{flag}"_s};
        if (!rollout.isEmpty()) {
            named(u"rollout", rollout);
            layout.rollout = {.key = hash, .field = rollout};
        }
    } else {
        named(u"keys", keys);
        layout.set = {.key = keys, .field = field};
        if (!rollout.isEmpty() && field.isEmpty()) {
            named(u"rollout", rollout);
            layout.rollout = {.key = rollout, .field = {}};
        } else if (!rollout.isEmpty()) {
            layout.rollout = {.key = keys, .field = rollout};
        }
    }
    if (layout.rollout == layout.set)
        reader.error(reader.node(u"rollout"), u"'rollout': that is where the flag itself lies"_s);
    return layout;
}

QByteArray redisFlagJson(const QList<RedisFlagCells> &cells)
{
    QJsonObject all;
    for (const RedisFlagCells &each : cells)
        all.insert(each.flag, QJsonObject{{u"set"_s, shown(each.set)}, {u"rollout"_s, shown(each.rollout)}});
    return QJsonDocument(all).toJson(QJsonDocument::Compact);
}

Findings redisFlagFindings(const RedisFlagLayout &layout, const QList<RedisFlagCells> &cells, const QString &where)
{
    Findings findings;
    for (const RedisFlagCells &each : cells) {
        const auto origin = [&](const QString &what) { return Origin{0, pointerStep(each.flag) + u'/' + what}; };
        const auto refuse = [&](const QString &what, ErrorCode code, const QString &message) {
            findings.refusals.append(
                {QString::fromLatin1(FeatureFlag::kind) + pointerStep(each.flag) + what, {code, message, where}});
        };
        if (each.set.type == RedisReply::Type::Nil)
            continue; // gone since the names were read
        FeatureFlag flag;
        flag.key = each.flag;
        flag.set.origin = origin(u"set"_s);
        flag.where = {.value = layout.place(), .origin = origin(u"set"_s)};
        const QString text = QString::fromUtf8(each.set.text);
        if (each.set.type != RedisReply::Type::String)
            refuse({}, ErrorCode::BadReply, errorOf(each.set, where).message);
        else if (const auto on = isOn(text))
            flag.set.value = *on ? u"on"_s : u"off"_s;
        else
            refuse({}, ErrorCode::BadReply,
                   u"'%1' is none of true, 1, on, false, 0, off: no flag that is on or off"_s.arg(safeText(text, 40)));
        if (each.rollout.type == RedisReply::Type::String) {
            flag.rollout = {.value = countIn(each.rollout.text), .origin = origin(u"rollout"_s)};
            if (!flag.rollout.has() || *flag.rollout > 100) {
                flag.rollout.value.reset();
                refuse(u"/rollout"_s, ErrorCode::BadReply,
                       u"expected a percentage from 0 to 100, found '%1'"_s.arg(
                           safeText(QString::fromUtf8(each.rollout.text), 40)));
            }
        }
        findings.facts.append(flag);
    }
    return findings;
}

} // namespace qd
