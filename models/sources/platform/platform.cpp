/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/platform/platform.h"

#include "base/redact.h"
#include "base/redact_text.h"
#include "sources/evidence.h"
#include "sources/switch_word.h"

#include <QDateTime>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// As shells take it; some platforms allow more, which nobody can use.
bool isVariable(const QString &name)
{
    static const QRegularExpression form(QRegularExpression::anchoredPattern(u"[A-Za-z_][A-Za-z0-9_.-]{0,199}"_s));
    return form.match(name).hasMatch();
}

template <class F>
QString kindOf()
{
    return QString::fromLatin1(F::kind);
}

FeatureFlag flagOf(const PlatformVariable &variable)
{
    FeatureFlag flag;
    flag.key = variable.key;
    flag.set = {.value = variable.setting, .origin = variable.origin};
    flag.effective = variable.effective;
    flag.updatedAt = variable.updatedAt;
    flag.where = {.value = u"variable "_s + variable.key, .origin = variable.origin};
    return flag;
}

/// "number", or {type: number, unit: s}.
QString typeOf(ConfigReader &flags, const ConfigNode::Entry &entry, PlatformMap &map, QList<Error> *errors)
{
    const QStringList types{u"boolean"_s, u"number"_s, u"text"_s};
    if (entry.value.kind != ConfigNode::Kind::Map)
        return flags.oneOf(entry.key, types, {});
    ConfigReader told(flags.map(entry.key), errors);
    const QString type = told.oneOf(u"type", types, u"number"_s);
    if (const QString unit = told.string(u"unit"); !unit.isEmpty())
        map.units[entry.key] = unit;
    told.finish();
    return type;
}
} // namespace

PlatformMap readPlatformMap(ConfigReader &reader, QList<Error> *errors)
{
    PlatformMap map;
    const ConfigNode node = reader.map(u"flags");
    ConfigReader flags(node, errors);
    for (const ConfigNode::Entry &entry : node.entries) {
        const QString type = typeOf(flags, entry, map, errors);
        if (!isVariable(entry.key))
            flags.error(entry.value, u"'flags': expected the name of a variable, such as ENABLE_DOCS"_s);
        else if (namesSecret(entry.key))
            flags.error(entry.value,
                        u"'%1': no value is shown of a variable that is called like a secret"_s.arg(entry.key));
        else if (!type.isEmpty())
            map.flags[entry.key] = type == "number"_L1 ? PlatformMap::Type::Number
                                   : type == "text"_L1 ? PlatformMap::Type::Text
                                                       : PlatformMap::Type::Boolean;
    }
    map.signingKeys = reader.strings(u"signing_keys");
    if (!std::ranges::all_of(map.signingKeys, isVariable))
        reader.error(reader.node(u"signing_keys"),
                     u"'signing_keys': expected names of variables, such as [JWT_SECRET], never a key itself"_s);
    return map;
}

std::optional<QString> settingOf(const PlatformMap &map, const QString &key, const QString &value)
{
    const auto flag = map.flags.find(key);
    if (flag == map.flags.end())
        return std::nullopt;
    if (flag->second == PlatformMap::Type::Text)
        return safeText(value, 200);
    const QString word = value.trimmed().toLower();
    if (flag->second == PlatformMap::Type::Number) {
        static const QRegularExpression form(QRegularExpression::anchoredPattern(u"-?[0-9]{1,15}(\\.[0-9]{1,6})?"_s));
        return form.match(word).hasMatch() ? std::optional(word) : std::nullopt;
    }
    const auto on = isOn(word);
    return on ? std::optional(*on ? u"on"_s : u"off"_s) : std::nullopt;
}

QJsonValue shownValue(const PlatformMap &map, const QString &key, const QString &value)
{
    return settingOf(map, key, value) ? value.trimmed() : secretMark.toString();
}

Exchange shownVariables(const QString &command, const QJsonDocument &document)
{
    Exchange exchange{
        .command = command, .reply = document.toJson(), .format = Exchange::Format::Json, .truncated = false};
    exchange.truncated = exchange.reply.size() > Exchange::evidenceCap;
    exchange.reply.truncate(Exchange::evidenceCap);
    return exchange;
}

void addVariables(Findings &findings, const QList<PlatformVariable> &variables, const PlatformMap &map,
                  const Origin &whole, const QString &where, const std::optional<Error> &unread)
{
    QSet<QString> seen;
    for (const PlatformVariable &variable : variables) {
        const QString key = cleaned(variable.key);
        if (key.isEmpty() || seen.contains(key))
            continue;
        seen.insert(key);
        Variable fact{.key = key, .updatedAt = variable.updatedAt, .isLive = variable.isLive};
        findings.facts.append(fact);
        if (map.flags.contains(key)) {
            findings.facts.append(flagOf(variable));
            if (!variable.setting)
                findings.refusals.append(
                    {kindOf<FeatureFlag>() + u'/' + key,
                     {ErrorCode::BadReply,
                      map.flags.at(key) == PlatformMap::Type::Number
                          ? u"%1 holds no number; call it boolean under 'flags', or mend the variable"_s.arg(key)
                          : u"%1 holds neither true nor false; call it number under 'flags', or mend the variable"_s
                                .arg(key),
                      where}});
        }
        if (map.signingKeys.contains(key)) {
            SigningKey signing;
            signing.id = key;
            signing.state = {.value = KeyState::Active, .origin = variable.origin};
            signing.createdAt = variable.updatedAt;
            signing.where = {.value = u"variable "_s + key, .origin = variable.origin};
            findings.facts.append(signing);
        }
    }
    for (const auto &[key, type] : map.flags) {
        if (seen.contains(key))
            continue;
        if (unread)
            findings.refusals.append({kindOf<FeatureFlag>() + u'/' + key, *unread});
        else
            findings.facts.append(flagOf({.key = key, .origin = whole, .setting = u"not set"_s}));
    }
    for (const QString &key : map.signingKeys) {
        if (!seen.contains(key))
            findings.refusals.append(
                {kindOf<SigningKey>() + u'/' + key,
                 unread.value_or(Error{
                     ErrorCode::NotFound,
                     u"there is no variable %1; set it, or take it out of 'signing_keys' of this source"_s.arg(key),
                     where})});
    }
}

void refuseVariables(Findings &findings, const PlatformMap &map, const Error &error)
{
    findings.refusals.append({kindOf<Variable>(), error});
    if (!map.flags.empty())
        findings.refusals.append({kindOf<FeatureFlag>(), error});
    if (!map.signingKeys.isEmpty())
        findings.refusals.append({kindOf<SigningKey>(), error});
}

Error tooManyVariables(const QString &where)
{
    return {ErrorCode::TooLarge, u"the service has %1 variables or more; the others are not read"_s.arg(mostVariables),
            where};
}

QString deployCause(const QString &why, const QString &commit, const QString &message, const QString &image)
{
    QString what = commit.left(7);
    if (!message.isEmpty())
        what += (what.isEmpty() ? QString() : u" "_s) + message.section(u'\n', 0, 0);
    if (what.isEmpty())
        what = image;
    return why.isEmpty() || what.isEmpty() ? why + what : why + u": "_s + what;
}

Value<QString> textAt(const QJsonValue &value, const Origin &origin, qsizetype most)
{
    const QString text = safeText(value.toString(), most);
    return {.value = text.isEmpty() ? std::optional<QString>() : text, .origin = origin};
}

Value<Instant> timeAt(const QJsonValue &value, const Origin &origin)
{
    QDateTime time = QDateTime::fromString(value.toString().left(40), Qt::ISODateWithMs);
    if (time.timeSpec() == Qt::LocalTime)
        time.setTimeSpec(Qt::UTC);
    // "0001-01-01T00:00:00Z" is how Go writes that there is no time.
    if (!time.isValid() || time.date().year() < 2000 || time.date().year() > 9999)
        return {.value = {}, .origin = origin};
    return {.value = Instant{std::chrono::milliseconds(time.toMSecsSinceEpoch())}, .origin = origin};
}

} // namespace qd
