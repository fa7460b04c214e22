/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"

#include "base/redact.h"
#include "base/redact_text.h"

#include <QJsonArray>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace qd {

namespace {
Exchange capped(QString command, QByteArray reply, Exchange::Format format)
{
    const bool isLong = reply.size() > Exchange::evidenceCap;
    reply.truncate(Exchange::evidenceCap);
    return {.command = std::move(command), .reply = std::move(reply), .format = format, .truncated = isLong};
}
} // namespace

// Masked before it is cut: half a document is no JSON, and half a secret has no end.
Exchange evidence(QString command, const QByteArray &reply, Exchange::Format format)
{
    return capped(std::move(command), masked(reply), format);
}

Exchange evidence(QString command, const QJsonDocument &reply)
{
    return capped(std::move(command), maskedJson(reply), Exchange::Format::Json);
}

QString safeText(const QString &text, qsizetype most)
{
    // Masked before it is cut: half a secret has no end.
    return cleaned(maskedText(text), most);
}

QString pointerStep(QStringView name)
{
    QString step = name.toString();
    step.replace(u'~', QLatin1String("~0")).replace(u'/', QLatin1String("~1"));
    return u'/' + step;
}

QJsonValue valueAt(const QJsonValue &document, QStringView pointer)
{
    QJsonValue value = document;
    if (pointer.isEmpty())
        return value;
    const auto steps = pointer.mid(1).split(u'/');
    for (const QStringView written : steps) {
        QString step = written.toString();
        step.replace(QLatin1String("~1"), QLatin1String("/")).replace(QLatin1String("~0"), QLatin1String("~"));
        if (value.isObject()) {
            value = value.toObject().value(step);
            continue;
        }
        bool isIndex = false;
        const int index = step.toInt(&isIndex);
        if (!value.isArray() || !isIndex || index < 0)
            return QJsonValue(QJsonValue::Undefined);
        value = value.toArray().at(index);
    }
    return value;
}

std::optional<qint64> countIn(const QByteArray &text)
{
    bool ok = false;
    const qint64 count = text.trimmed().toLongLong(&ok);
    if (!ok || count < 0)
        return std::nullopt;
    return count;
}

std::optional<BreakerState> breakerState(const QString &word)
{
    QString plain = word.toLower();
    plain.remove(u'_').remove(u'-').remove(u' ');
    if (plain == "closed"_L1)
        return BreakerState::Closed;
    if (plain == "open"_L1 || plain == "forcedopen"_L1)
        return BreakerState::Open;
    if (plain == "halfopen"_L1)
        return BreakerState::HalfOpen;
    if (plain == "disabled"_L1 || plain == "metricsonly"_L1)
        return BreakerState::Disabled;
    return std::nullopt;
}

} // namespace qd
