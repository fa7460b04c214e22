/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "exposition/exposition.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <locale>
#include <sstream>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// Digits with at most one point and at least one digit, then perhaps an exponent.
bool isDecimal(QByteArrayView text)
{
    qsizetype at = 0;
    const auto digits = [&] {
        const qsizetype from = at;
        while (at < text.size() && isDigit(text[at]))
            ++at;
        return at - from;
    };
    qsizetype found = digits();
    if (at < text.size() && text[at] == '.') {
        ++at;
        found += digits();
    }
    if (found == 0)
        return false;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-'))
            ++at;
        if (digits() == 0)
            return false;
    }
    return at == text.size();
}
} // namespace

std::optional<QByteArrayView> Exposition::label(const Sample &sample, QByteArrayView name) const
{
    const auto all = labels(sample.labels);
    const auto it = std::ranges::find_if(all, [&](const Label &l) { return l.name == name; });
    return it == all.end() ? std::nullopt : std::optional(it->value);
}

std::optional<double> expositionNumber(QByteArrayView text)
{
    const auto is = [](QByteArrayView a, QByteArrayView b) { return a.compare(b, Qt::CaseInsensitive) == 0; };
    if (is(text, "nan"))
        return std::numeric_limits<double>::quiet_NaN();
    const bool negative = text.startsWith('-');
    if (negative || text.startsWith('+'))
        text = text.sliced(1);
    double value = 0;
    if (is(text, "inf") || is(text, "infinity")) {
        value = std::numeric_limits<double>::infinity();
    } else {
        if (!isDecimal(text))
            return std::nullopt;
        const auto code = std::from_chars(text.begin(), text.end(), value).ec;
        if (code == std::errc::result_out_of_range) { // does not say at which end: too small is zero, too large is none
            std::istringstream stream(text.toByteArray().toStdString());
            stream.imbue(std::locale::classic());
            if (!(stream >> value))
                return std::nullopt;
        }
    }
    return negative ? -value : value;
}

Result<Exposition::Format> expositionFormat(const QByteArray &contentType)
{
    QList<QByteArray> parts = contentType.toLower().split(';');
    const QByteArray type = parts.takeFirst().trimmed();
    QByteArray version;
    for (const QByteArray &part : std::as_const(parts)) {
        const QByteArray parameter = part.trimmed();
        if (parameter.startsWith("version="))
            version = parameter.mid(8).replace('"', "").trimmed();
    }
    const auto known = [&](std::initializer_list<const char *> versions) {
        return version.isEmpty() ||
               std::ranges::any_of(versions, [&](const char *v) { return version == QByteArrayView(v); });
    };
    const bool openMetrics = type == "application/openmetrics-text";
    if (openMetrics && known({"0.0.1", "1.0.0"}))
        return Exposition::Format::OpenMetrics;
    if (type == "text/plain" && known({"0.0.4", "1.0.0"}))
        return Exposition::Format::Text;
    if (openMetrics || type == "text/plain")
        return failure(ErrorCode::Unsupported,
                       u"the page is written in a version of its format that is not read here; expected text 0.0.4 or "
                       "OpenMetrics 1.0.0"_s);
    if (type.contains("protobuf"))
        return failure(ErrorCode::Unsupported,
                       u"the page is written in protocol buffers; expected text 0.0.4 or OpenMetrics 1.0.0"_s);
    if (type.contains("html"))
        return failure(ErrorCode::BadReply,
                       u"expected a page of metrics, got an HTML page (a login, a proxy or a wrong path?)"_s);
    if (type.contains("json"))
        return failure(ErrorCode::BadReply, u"expected a page of metrics, got JSON; check the source's 'path'"_s);
    return Exposition::Format::Text;
}

QString toWord(Exposition::Type type)
{
    switch (type) {
    case Exposition::Type::Gauge:
        return u"gauge"_s;
    case Exposition::Type::Counter:
        return u"counter"_s;
    case Exposition::Type::Histogram:
        return u"histogram"_s;
    case Exposition::Type::GaugeHistogram:
        return u"gaugehistogram"_s;
    case Exposition::Type::Summary:
        return u"summary"_s;
    case Exposition::Type::Info:
        return u"info"_s;
    case Exposition::Type::StateSet:
        return u"stateset"_s;
    case Exposition::Type::Unknown:
        break;
    }
    return u"unknown"_s;
}

} // namespace qd
