/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/http_health/health_document.h"

#include "sources/evidence.h"

#include <QJsonObject>
#include <QRegularExpression>

#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int memberCap = 500;                      ///< of one `each`
constexpr int refusalCap = 20;                      ///< a document that is wrong everywhere is said to be so once
constexpr double largestCount = 9007199254740992.0; // 2^53: beyond, JSON numbers are rounded

/// "00:00:05.0123456", "1.02:03:04".
std::optional<Millis> timeSpan(const QString &text)
{
    static const QRegularExpression form(u"^(?:(\\d{1,8})\\.)?(\\d\\d):(\\d\\d):(\\d\\d(?:\\.\\d{1,7})?)$"_s);
    const auto match = form.match(text);
    if (!match.hasMatch())
        return std::nullopt;
    const double hours = match.captured(1).toDouble() * 24 + match.captured(2).toDouble();
    return std::chrono::duration<double>((hours * 60 + match.captured(3).toDouble()) * 60 +
                                         match.captured(4).toDouble());
}

QString described(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::String:
        return u"the text '%1'"_s.arg(safeText(value.toString(), 40));
    case QJsonValue::Array:
        return u"a list"_s;
    case QJsonValue::Object:
        return u"an object"_s;
    case QJsonValue::Bool:
        return value.toBool() ? u"true"_s : u"false"_s;
    default:
        return QString::number(value.toDouble());
    }
}
} // namespace

HealthDocument::HealthDocument(QJsonValue root, QString where)
    : m_root(std::move(root))
    , m_where(std::move(where))
{
}

QJsonValue HealthDocument::at(const QString &pointer) const
{
    return valueAt(m_root, pointer);
}

void HealthDocument::refuse(const char *kind, const QString &pointer, const QString &message)
{
    if (m_refusals.size() < refusalCap)
        m_refusals.append({QString::fromLatin1(kind) + cleaned(pointer),
                           {ErrorCode::BadReply, cleaned(pointer) + u": "_s + message, m_where}});
}

Value<double> HealthDocument::number(const char *kind, const QString &pointer, double factor)
{
    Value<double> value{.value = {}, .origin = {0, pointer}};
    const QJsonValue found = at(pointer);
    if (found.isUndefined() || found.isNull())
        return value;
    const double number = found.toDouble(-1);
    if (found.isDouble() && std::isfinite(number) && number >= 0)
        value.value = number * factor;
    else
        refuse(kind, pointer, u"expected a number from 0 on, found %1"_s.arg(described(found)));
    return value;
}

Value<Millis> HealthDocument::millis(const char *kind, const QString &pointer, double factor)
{
    if (const auto span = timeSpan(at(pointer).toString()))
        return {.value = span, .origin = {0, pointer}};
    const Value<double> found = number(kind, pointer, factor);
    Value<Millis> value{.value = {}, .origin = found.origin};
    if (found.has())
        value.value = Millis(*found);
    return value;
}

Value<qint64> HealthDocument::count(const char *kind, const QString &pointer)
{
    const Value<double> found = number(kind, pointer);
    Value<qint64> value{.value = {}, .origin = found.origin};
    if (!found.has())
        return value;
    if (*found == std::floor(*found) && *found <= largestCount)
        value.value = static_cast<qint64>(*found);
    else
        refuse(kind, pointer, u"expected a whole number, found %1"_s.arg(*found));
    return value;
}

Value<Instant> HealthDocument::instant(const char *kind, const QString &pointer)
{
    const Value<double> found = number(kind, pointer);
    Value<Instant> value{.value = {}, .origin = found.origin};
    constexpr double year2300 = 10'413'792'000;
    if (!found.has())
        return value;
    if (*found < year2300)
        value.value = Instant(std::chrono::milliseconds(std::llround(*found * 1000)));
    else
        refuse(kind, pointer, u"expected seconds since 1970, found %1"_s.arg(*found));
    return value;
}

Value<Share> HealthDocument::share(const char *kind, const QString &pointer)
{
    Value<Share> value{.value = {}, .origin = {0, pointer}};
    const QJsonValue found = at(pointer);
    const QString text = found.toString();
    bool isNumber = found.isDouble();
    const double percent = isNumber              ? found.toDouble()
                           : text.endsWith(u'%') ? QStringView(text).chopped(1).toDouble(&isNumber)
                                                 : 0;
    if (isNumber && percent >= 0 && percent <= 100)
        value.value = Share{percent / 100};
    else if (!found.isUndefined() && !found.isNull() && (!isNumber || percent != -1))
        refuse(kind, pointer, u"expected per cent from 0 to 100, found %1"_s.arg(described(found)));
    return value;
}

Value<QString> HealthDocument::word(const QString &pointer) const
{
    Value<QString> value{.value = {}, .origin = {0, pointer}};
    const QJsonValue found = at(pointer);
    if (found.isString())
        value.value = safeText(found.toString());
    else if (found.isBool())
        value.value = found.toBool() ? u"true"_s : u"false"_s;
    else if (found.isDouble())
        value.value = QString::number(found.toDouble(), 'g', 15);
    return value;
}

QStringList HealthDocument::members(const char *kind, const QString &pointer)
{
    const QJsonValue found = at(pointer);
    if (!found.isUndefined() && !found.isNull() && !found.isObject())
        refuse(kind, pointer, u"expected an object, found %1"_s.arg(described(found)));
    QStringList names = found.toObject().keys();
    if (names.size() > memberCap) {
        refuse(kind, pointer, u"%1 members; only the first %2 are shown"_s.arg(names.size()).arg(memberCap));
        names.resize(memberCap);
    }
    return names;
}

} // namespace qd
