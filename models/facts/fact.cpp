/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "facts/fact.h"

#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
std::optional<double> number(const QString &)
{
    return {};
}
std::optional<double> number(Instant)
{
    return {};
}
std::optional<double> number(Millis v)
{
    return v.count();
}
std::optional<double> number(Bytes v)
{
    return static_cast<double>(v.count);
}
std::optional<double> number(Share v)
{
    return v.of1;
}
std::optional<double> number(double v)
{
    return v;
}
std::optional<double> number(qint64 v)
{
    return static_cast<double>(v);
}
template <class E>
    requires std::is_enum_v<E>
std::optional<double> number(E v)
{
    return static_cast<double>(v);
}

QString text(const QString &v)
{
    return v;
}
QString text(Instant v)
{
    return QString::number(v.time_since_epoch().count());
}
template <class T>
QString text(const T &v)
{
    return QString::number(*number(v), 'g', 15);
}
} // namespace

QString seriesName(QStringView kind, QStringView name, QStringView field)
{
    return kind.toString() + u'/' + name.toString() + u'/' + field.toString();
}

QString keyOf(const Fact &fact)
{
    return std::visit([](const auto &f) { return QString(QString::fromLatin1(f.kind) + u'/' + f.name()); }, fact);
}

QString Metric::name() const
{
    QStringList written;
    for (const auto &[label, text] : labels)
        written.append(label + u"=\""_s + text + u'"');
    return written.isEmpty() ? family : family + u'{' + written.join(u',') + u'}';
}

QList<Sample> samplesOf(const Fact &fact)
{
    QList<Sample> samples;
    const QString key = keyOf(fact);
    std::visit(
        [&](const auto &f) {
            eachField(f, [&](const char *field, Behaviour behaviour, const auto &v) {
                if (!v.has() || behaviour == Behaviour::Detail)
                    return;
                if (const auto n = number(*v); n && std::isfinite(*n))
                    samples.append({key + u'/' + QString::fromLatin1(field), behaviour, *n});
            });
        },
        fact);
    return samples;
}

QString toWord(const Fact &fact)
{
    QString line = keyOf(fact);
    std::visit(
        [&](const auto &f) {
            eachField(f, [&](const char *field, Behaviour, const auto &v) {
                line += u' ' + QString::fromLatin1(field) + u'=' + (v.has() ? text(*v) : u"-"_s);
            });
        },
        fact);
    return line;
}

QString toWord(Level level)
{
    switch (level) {
    case Level::Ok:
        return u"ok"_s;
    case Level::Degraded:
        return u"degraded"_s;
    case Level::Down:
        return u"down"_s;
    case Level::Unknown:
        break;
    }
    return u"unknown"_s;
}

QString toWord(BreakerState state)
{
    switch (state) {
    case BreakerState::Closed:
        return u"closed"_s;
    case BreakerState::HalfOpen:
        return u"half-open"_s;
    case BreakerState::Open:
        return u"open"_s;
    case BreakerState::Disabled:
        return u"disabled"_s;
    case BreakerState::Unknown:
        break;
    }
    return u"unknown"_s;
}

QString toWord(KeyState state)
{
    switch (state) {
    case KeyState::Next:
        return u"next"_s;
    case KeyState::Active:
        return u"active"_s;
    case KeyState::Retiring:
        return u"retiring"_s;
    case KeyState::Retired:
        return u"retired"_s;
    case KeyState::Unknown:
        break;
    }
    return u"unknown"_s;
}

QString toWord(LimiterMode mode)
{
    switch (mode) {
    case LimiterMode::Redis:
        return u"redis"_s;
    case LimiterMode::Memory:
        return u"memory"_s;
    case LimiterMode::FailingOpen:
        return u"failing-open"_s;
    case LimiterMode::Refusing:
        return u"refusing"_s;
    case LimiterMode::Unknown:
        break;
    }
    return u"unknown"_s;
}

} // namespace qd
