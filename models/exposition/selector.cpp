/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "exposition/selector.h"

#include "exposition/line_reader.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QByteArray unescaped(QByteArrayView text)
{
    QByteArray plain;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '\\' || text[i + 1] == '"');
        plain.append(text[escape ? ++i : i]);
    }
    return plain;
}

Selector::Matcher readMatcher(LineReader &reader)
{
    Selector::Matcher matcher;
    matcher.label = reader.labelName().toByteArray();
    reader.skipBlanks();
    matcher.negated = reader.take('!');
    if (!matcher.negated)
        reader.expect('=', "=, !=, =~ or !~");
    const bool isPattern = reader.take('~');
    if (matcher.negated && !isPattern)
        reader.expect('=', "= or ~ after !");
    reader.skipBlanks();
    const qsizetype start = reader.position();
    matcher.value = unescaped(reader.quoted());
    if (!isPattern)
        return matcher;
    matcher.pattern = QRegularExpression(QRegularExpression::anchoredPattern(QString::fromUtf8(matcher.value)),
                                         QRegularExpression::DotMatchesEverythingOption);
    if (!matcher.pattern->isValid())
        reader.failAt(start, "a regular expression");
    return matcher;
}

bool fits(const Selector::Matcher &matcher, QByteArrayView value)
{
    const bool same =
        matcher.pattern ? matcher.pattern->match(QString::fromUtf8(value)).hasMatch() : value == matcher.value;
    return same != matcher.negated;
}
} // namespace

bool Selector::names(const Exposition::Family &family, QByteArrayView sample) const
{
    if (sample == metric)
        return true;
    return family.type == Exposition::Type::Counter && family.name == metric && sample.endsWith("_total");
}

bool Selector::matches(const Exposition &page, const Exposition::Sample &sample) const
{
    return std::ranges::all_of(matchers, [&](const Matcher &matcher) {
        return fits(matcher, page.label(sample, matcher.label).value_or(QByteArrayView()));
    });
}

bool Selector::matches(const QList<std::pair<QString, QString>> &labels) const
{
    return std::ranges::all_of(matchers, [&](const Matcher &matcher) {
        const auto label =
            std::ranges::find(labels, QString::fromUtf8(matcher.label), &std::pair<QString, QString>::first);
        return fits(matcher, label == labels.end() ? QByteArray() : label->second.toUtf8());
    });
}

Result<Selector> parseSelector(const QString &text)
{
    const QByteArray written = text.trimmed().toUtf8();
    LineReader reader(written, Exposition::Format::Text, {});
    Selector selector;
    selector.written = QString::fromUtf8(written);
    selector.metric = reader.metricName().toByteArray();
    reader.skipBlanks();
    if (reader.take('{')) {
        reader.skipBlanks();
        while (reader.ok() && !reader.take('}')) {
            selector.matchers.append(readMatcher(reader));
            reader.skipBlanks();
            if (reader.next() != '}')
                reader.expect(',', "',' or '}'");
            reader.skipBlanks();
        }
    }
    reader.expectEnd("'{' or the end");
    if (!reader.ok())
        return failure(ErrorCode::BadInput, reader.problem());
    return selector;
}

} // namespace qd
