/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/http_flags/flag_api.h"

#include "profile/preset.h"
#include "sources/evidence.h"
#include "sources/platform/platform.h"
#include "sources/switch_word.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QJsonValue rootOf(const QByteArray &body)
{
    const QJsonDocument document = QJsonDocument::fromJson(body);
    if (document.isNull())
        return QJsonValue(QJsonValue::Undefined);
    return document.isArray() ? QJsonValue(document.array()) : QJsonValue(document.object());
}

/// A value as JSON writes it.
QString json(const QJsonValue &value)
{
    const QString list = QString::fromUtf8(QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact));
    return list.sliced(1, list.size() - 2);
}

QString plain(const QJsonValue &value)
{
    return value.isString() ? value.toString() : json(value);
}

/// `text` with what stands in braces in it replaced.
Result<QString> filled(const QString &text, const FlagWords &words, QString (*written)(const QJsonValue &),
                       QString (*quoted)(const QString &))
{
    static const QRegularExpression token(u"\\{(?:(new)?(/[^{}\\s]*)|(flag|enabled|on_off|rollout))\\}"_s);
    QString all;
    qsizetype at = 0;
    for (auto it = token.globalMatch(text); it.hasNext();) {
        const QRegularExpressionMatch match = it.next();
        all += QStringView(text).mid(at, match.capturedStart() - at);
        at = match.capturedEnd();
        const QString word = match.captured(3);
        if (word.isEmpty()) {
            const QJsonValue value = pickedFrom(match.hasCaptured(1) ? words.after : words.before, match.captured(2));
            if (value.isUndefined())
                return failure(ErrorCode::BadReply,
                               u"nothing, or more than one, is told at %1"_s.arg(match.captured(2)), words.flag);
            all += written(value);
        } else {
            const QString &value = word == "flag"_L1      ? words.flag
                                   : word == "rollout"_L1 ? words.rollout
                                                          : words.enabled;
            if (value.isEmpty())
                return failure(
                    ErrorCode::BadReply,
                    u"{%1} is to be written, and what it is now is not known; nothing was changed"_s.arg(word),
                    words.flag);
            all += quoted(word == "on_off"_L1 ? (value == "true"_L1 ? u"on"_s : u"off"_s) : value);
        }
    }
    all += QStringView(text).mid(at);
    return all;
}

QString encoded(const QString &text)
{
    return QString::fromLatin1(QUrl::toPercentEncoding(text));
}

/// Inside of the quotes that the template has.
QString escaped(const QString &text)
{
    const QString string = json(text);
    return string.sliced(1, string.size() - 2);
}

void checkPointer(const ConfigNode &at, const QString &pointer, ConfigReader &reader)
{
    if (!pointer.isEmpty() && !pointer.startsWith(u'/'))
        reader.error(at, u"expected a JSON Pointer, such as /active"_s);
}

/// Reads what a profile says of the variables, and puts it where their names stand in braces.
class Filler
{
public:
    Filler(const ConfigNode &api, ConfigReader &options, FlagApi &told)
    {
        static const QRegularExpression form(QRegularExpression::anchoredPattern(u"[A-Za-z0-9._-]{1,100}"_s));
        QStringList said;
        const ConfigNode *names = api.find(u"variables");
        for (const ConfigNode &name : names ? names->items : QList<ConfigNode>()) {
            const QString value = options.requiredString(name.scalar);
            if (!value.isEmpty() && !form.match(value).hasMatch())
                options.error(options.node(name.scalar),
                              u"'%1': expected letters, digits, '.', '_' and '-'"_s.arg(name.scalar));
            m_values[name.scalar] = value;
            said.append(u"%1 %2"_s.arg(name.scalar, value));
        }
        told.place = said.isEmpty() ? told.title : u"%1 (%2)"_s.arg(told.title, said.join(u", "_s));
    }
    [[nodiscard]] QString operator()(QString text) const
    {
        for (const auto &[name, value] : m_values)
            text.replace(u'{' + name + u'}', value);
        return text;
    }

private:
    std::map<QString, QString> m_values;
};
} // namespace

FlagApi readFlagApi(const ConfigNode &options, QList<Error> *errors)
{
    FlagApi api;
    ConfigNode all = options;
    if (const ConfigNode *name = options.find(u"api")) {
        const auto builtIn = builtInPart(u"flags"_s, name->scalar);
        if (!builtIn) {
            errors->append({ErrorCode::BadInput, u"'api': "_s + builtIn.error().message, name->where()});
            return api;
        }
        all = merged(options, *builtIn);
    }
    ConfigReader reader(all, errors);
    static_cast<void>(reader.string(u"api"));
    static_cast<void>(reader.node(u"variables"));
    api.title = reader.requiredString(u"title");
    const Filler fill(all, reader, api);
    const auto pointer = [&](ConfigReader &from, QStringView key, bool isRequired = false) {
        const QString text = fill(isRequired ? from.requiredString(key) : from.string(key));
        checkPointer(from.node(key), text, from);
        return text;
    };
    const auto path = [&](ConfigReader &from, QStringView key) {
        const QString text = fill(from.requiredString(key));
        if (!text.isEmpty() && !text.startsWith(u'/'))
            from.error(from.node(key), u"'%1': expected a path, such as /api/flags"_s.arg(key));
        return text;
    };
    for (const ConfigNode &node : reader.maps(u"identity")) {
        ConfigReader part(node, errors);
        FlagApi::Identity identity{.get = path(part, u"get"), .values = {}};
        for (const QString &value : part.strings(u"values"))
            identity.values.append(fill(value));
        part.finish();
        api.identity.append(identity);
    }
    const ConfigNode listNode = reader.map(u"list");
    ConfigReader list(listNode, errors);
    api.list = path(list, u"get");
    api.flags = pointer(list, u"flags");
    api.key = pointer(list, u"key", true);
    api.next = pointer(list, u"next");
    list.finish();
    if (reader.has(u"get"))
        api.get = path(reader, u"get");
    api.set = pointer(reader, u"set", true);
    api.rollout = pointer(reader, u"rollout_percent");
    api.version = pointer(reader, u"version");
    api.updatedBy = pointer(reader, u"updated_by");
    api.updatedAt = pointer(reader, u"updated_at");
    api.hasEtag = reader.boolean(u"etag", false);
    if (api.hasEtag && api.get.isEmpty())
        reader.error(reader.node(u"etag"), u"'etag': expected 'get' as well, the address of one flag"_s);
    const ConfigNode writes = reader.map(u"write");
    ConfigReader writing(writes, errors);
    for (const QString &what : {u"enabled"_s, u"rollout"_s}) {
        if (!writing.has(what))
            continue;
        const ConfigNode node = writing.map(what);
        ConfigReader write(node, errors);
        api.write[what] = {.method = write.oneOf(u"method", {u"POST"_s, u"PUT"_s, u"PATCH"_s}, u"PATCH"_s).toLatin1(),
                           .path = path(write, u"path"),
                           .body = fill(write.string(u"body"))};
        write.finish();
    }
    writing.finish();
    reader.finish();
    return api;
}

std::optional<QString> resolvedIn(const QJsonValue &document, const QString &pointer)
{
    QString path;
    QJsonValue value = document;
    const auto steps = QStringView(pointer).mid(1).split(u'/');
    for (const QStringView step : pointer.isEmpty() ? QList<QStringView>() : steps) {
        qsizetype found = -1;
        const QJsonArray list = value.toArray();
        const qsizetype equals = step.indexOf(u'=');
        if (value.isArray() && step == u"*") {
            found = list.size() == 1 ? 0 : -1;
        } else if (value.isArray() && equals > 0) {
            for (qsizetype i = 0; i < list.size(); ++i) {
                if (list.at(i).toObject().value(step.left(equals)) != QJsonValue(step.mid(equals + 1).toString()))
                    continue;
                if (found >= 0)
                    return std::nullopt;
                found = i;
            }
        } else {
            path += u'/' + step.toString();
            value = valueAt(value, u'/' + step.toString());
            if (value.isUndefined())
                return std::nullopt;
            continue;
        }
        if (found < 0)
            return std::nullopt;
        path += u'/' + QString::number(found);
        value = list.at(found);
    }
    return path;
}

QJsonValue pickedFrom(const QJsonValue &document, const QString &pointer)
{
    const auto path = resolvedIn(document, pointer);
    return path ? valueAt(document, *path) : QJsonValue(QJsonValue::Undefined);
}

QJsonValue replacedIn(const QJsonValue &document, const QString &pointer, const QJsonValue &value)
{
    const auto path = resolvedIn(document, pointer);
    if (!path)
        return document;
    if (path->isEmpty())
        return value;
    const qsizetype end = path->indexOf(u'/', 1);
    const QString first = end < 0 ? *path : path->first(end);
    const QJsonValue below = replacedIn(valueAt(document, first), end < 0 ? QString() : path->sliced(end), value);
    if (document.isArray()) {
        QJsonArray list = document.toArray();
        list.replace(first.sliced(1).toInt(), below);
        return list;
    }
    QJsonObject object = document.toObject();
    QString name = first.sliced(1);
    object.insert(name.replace("~1"_L1, "/"_L1).replace("~0"_L1, "~"_L1), below);
    return object;
}

Result<QString> filledPath(const QString &text, const FlagWords &words)
{
    auto path = filled(text, words, [](const QJsonValue &value) { return encoded(plain(value)); }, encoded);
    if (path && leadsElsewhere(*path))
        return failure(ErrorCode::BadInput, u"'.' and '..' in an address lead to another one; nothing was asked"_s,
                       words.flag);
    return path;
}

Result<QJsonValue> filledBody(const QString &text, const FlagWords &words)
{
    const auto body = filled(text, words, json, escaped);
    if (!body)
        return std::unexpected(body.error());
    if (body->isEmpty())
        return QJsonValue();
    const QJsonValue root = rootOf(body->toUtf8());
    if (root.isUndefined())
        return failure(ErrorCode::BadInput, u"the 'body' that the profile's source writes is no JSON"_s, words.flag);
    return root;
}

Result<QList<ToldFlag>> flagsIn(const HttpReply &reply, const FlagApi &api, const QString &where, int exchange)
{
    const QJsonValue root = rootOf(reply.body);
    const auto path = resolvedIn(root, api.flags);
    const QJsonValue list = path ? valueAt(root, *path) : QJsonValue(QJsonValue::Undefined);
    if (!list.isArray())
        return failure(ErrorCode::BadReply, u"expected a list of flags; is this the interface of %1?"_s.arg(api.title),
                       where);
    QList<ToldFlag> flags;
    const QJsonArray items = list.toArray();
    for (qsizetype i = 0; i < items.size(); ++i) {
        const QString key = pickedFrom(items.at(i), api.key).toString();
        if (!key.isEmpty() && cleaned(key) == key) // what cannot be written as it stands is not set
            flags.append(
                {.key = key, .document = items.at(i), .origin = {exchange, *path + u'/' + QString::number(i)}});
    }
    return flags;
}

Result<std::optional<QString>> nextPage(const HttpReply &reply, const FlagApi &api, const QUrl &base,
                                        const QString &where)
{
    const QString next = api.next.isEmpty() ? QString() : pickedFrom(rootOf(reply.body), api.next).toString();
    if (next.isEmpty())
        return std::nullopt;
    const QUrl url = base.resolved(QUrl(next));
    if (url.host() != base.host() || url.port() != base.port())
        return failure(ErrorCode::Redirected, u"the next page of flags is on another server; it is not asked"_s, where);
    QString path = url.path(QUrl::FullyEncoded);
    const QString below = base.path(QUrl::FullyEncoded);
    if (below.size() > 1 && path.startsWith(below))
        path = path.sliced(below.endsWith(u'/') ? below.size() - 1 : below.size());
    return path + (url.hasQuery() ? u'?' + url.query(QUrl::FullyEncoded) : QString());
}

std::optional<Error> refusedByApi(int status, const FlagApi &api, const QString &where)
{
    if (status >= 200 && status < 300)
        return std::nullopt;
    const auto error = [&](ErrorCode code, const QString &message) { return Error{code, message, where}; };
    switch (status) {
    case 401:
        return error(
            ErrorCode::AuthRequired,
            u"%1 does not take the token (401); set 'bearer' or 'headers' of the connection, or renew them"_s.arg(
                api.title));
    case 403:
        return error(
            ErrorCode::Forbidden,
            u"%1 knows the token and refuses (403): it lacks the right, or such changes need a request there"_s.arg(
                api.title));
    case 404:
        return error(ErrorCode::NotFound,
                     u"%1 has nothing there (404), or the token is of another project"_s.arg(api.place));
    case 409:
    case 412:
        return error(ErrorCode::BadInput,
                     u"somebody else changed it meanwhile (%1); nothing was changed from here"_s.arg(status));
    case 429:
        return error(ErrorCode::Unavailable, u"the rate limit of %1 refuses us (429); ask less often"_s.arg(api.title));
    default:
        break;
    }
    return error(status >= 500   ? ErrorCode::ServerError
                 : status >= 400 ? ErrorCode::BadReply
                                 : ErrorCode::Redirected,
                 u"%1 answered %2"_s.arg(api.title).arg(status));
}

FeatureFlag flagFact(const ToldFlag &told, const FlagApi &api)
{
    const auto originOf = [&](const QString &pointer) {
        return Origin{told.origin.exchange,
                      told.origin.pointer + resolvedIn(told.document, pointer).value_or(QString())};
    };
    const auto pick = [&](const QString &pointer) {
        return pointer.isEmpty() ? QJsonValue(QJsonValue::Undefined) : pickedFrom(told.document, pointer);
    };
    FeatureFlag flag;
    flag.key = told.key;
    flag.where = {.value = api.place, .origin = told.origin};
    flag.set.origin = originOf(api.set);
    if (const QJsonValue set = pick(api.set); !set.isUndefined() && !set.isNull()) {
        if (const auto on = isOn(plain(set)))
            flag.set.value = *on ? u"on"_s : u"off"_s;
    }
    bool ok = false;
    const double percent = plain(pick(api.rollout)).toDouble(&ok);
    flag.rollout.origin = originOf(api.rollout);
    if (ok && percent >= 0 && percent <= 100)
        flag.rollout.value = std::lround(percent);
    flag.updatedBy = textAt(pick(api.updatedBy), originOf(api.updatedBy), 100);
    flag.updatedAt = timeAt(pick(api.updatedAt), originOf(api.updatedAt));
    return flag;
}

} // namespace qd
