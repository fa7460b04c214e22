/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "exposition/line_reader.h"
#include "exposition/meaning.h"

#include <QHash>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Format = Exposition::Format;
using Type = Exposition::Type;

/// What may follow a family's name in its samples' names.
std::span<const QByteArrayView> suffixes(Format format, Type type)
{
    static constexpr QByteArrayView plain[] = {""};
    static constexpr QByteArrayView counter[] = {"_total", "_created"};
    static constexpr QByteArrayView histogram[] = {"_bucket", "_count", "_sum", "_created"};
    static constexpr QByteArrayView gaugeHistogram[] = {"_bucket", "_gcount", "_gsum"};
    static constexpr QByteArrayView summary[] = {"", "_count", "_sum", "_created"};
    static constexpr QByteArrayView info[] = {"_info"};
    const bool text = format == Format::Text;
    switch (type) {
    case Type::Counter:
        return text ? std::span<const QByteArrayView>(plain) : counter;
    case Type::Histogram:
        return text ? std::span(histogram).first(3) : std::span(histogram);
    case Type::GaugeHistogram:
        return gaugeHistogram;
    case Type::Summary:
        return text ? std::span(summary).first(3) : std::span(summary);
    case Type::Info:
        return info;
    case Type::Unknown:
    case Type::Gauge:
    case Type::StateSet:
        break;
    }
    return plain;
}

std::optional<Type> typeOf(Format format, QByteArrayView word)
{
    struct Word
    {
        QByteArrayView word;
        Type type;
        bool inText;
        bool inOpenMetrics;
    };
    static constexpr Word words[] = {
        {"counter", Type::Counter, true, true},     {"gauge", Type::Gauge, true, true},
        {"histogram", Type::Histogram, true, true}, {"gaugehistogram", Type::GaugeHistogram, false, true},
        {"summary", Type::Summary, true, true},     {"info", Type::Info, false, true},
        {"stateset", Type::StateSet, false, true},  {"unknown", Type::Unknown, false, true},
        {"untyped", Type::Unknown, true, false}};
    for (const Word &known : words) {
        if (known.word == word && (format == Format::Text ? known.inText : known.inOpenMetrics))
            return known.type;
    }
    return std::nullopt;
}

class Parser
{
public:
    Parser(const QByteArray &body, Format format, const QString &where, const ExpositionLimits &limits)
        : m_where(where)
        , m_limits(limits)
    {
        m_page.body = body;
        m_page.format = format;
    }

    Result<Exposition> run()
    {
        const QByteArrayView body = m_page.body;
        if (body.size() > m_limits.bytes)
            return tooLarge(u"%1 bytes; at most %2 are read"_s.arg(body.size()).arg(m_limits.bytes));
        if (!body.isValidUtf8())
            return std::unexpected(notUtf8());
        bool ended = false;
        for (qsizetype at = 0; at < body.size();) {
            const qsizetype end = body.indexOf('\n', at);
            const QByteArrayView line = body.sliced(at, (end < 0 ? body.size() : end) - at);
            ++m_line;
            LineReader reader(line, m_page.format, m_limits);
            if (ended)
                reader.fail("nothing after '# EOF'");
            else if (isOpenMetrics() && line == "# EOF")
                ended = true;
            else if (end < 0)
                reader.failAt(line.size(), isOpenMetrics() ? "a line feed and '# EOF' at the end of the page"
                                                           : "a line feed at the end of the page");
            else
                readLine(reader);
            if (!reader.ok())
                return std::unexpected(reader.error(m_line, m_where));
            at = end < 0 ? body.size() : end + 1;
        }
        if (isOpenMetrics() && !ended) {
            ++m_line;
            LineReader reader({}, m_page.format, m_limits);
            reader.fail("'# EOF' at the end of the page (it was cut off)");
            return std::unexpected(reader.error(m_line, m_where));
        }
        seal(m_current);
        checkMeaning(m_page);
        return std::move(m_page);
    }

private:
    /// What was said of a family so far.
    struct Said
    {
        bool type = false;
        bool help = false;
        bool unit = false;
        bool sealed = false; ///< its samples' names are taken
    };

    [[nodiscard]] bool isOpenMetrics() const { return m_page.format == Format::OpenMetrics; }

    [[nodiscard]] std::unexpected<Error> tooLarge(const QString &what) const
    {
        return failure(ErrorCode::TooLarge, u"the page of metrics is too large: "_s + what, m_where);
    }

    [[nodiscard]] Error notUtf8() const
    {
        int number = 0;
        for (const QByteArray &line : m_page.body.split('\n')) {
            ++number;
            if (QByteArrayView(line).isValidUtf8())
                continue;
            const QString read = QString::fromUtf8(line);
            const qsizetype good = read.first(read.indexOf(QChar::ReplacementCharacter)).toUtf8().size();
            LineReader reader(line, m_page.format, m_limits);
            reader.failAt(good, "UTF-8");
            return reader.error(number, m_where);
        }
        return {ErrorCode::BadReply, u"expected UTF-8"_s, m_where};
    }

    void readLine(LineReader &reader)
    {
        reader.skipBlanks();
        if (reader.atEnd() && !isOpenMetrics())
            return;
        if (reader.next() == '#')
            readComment(reader);
        else
            readSample(reader);
    }

    void readComment(LineReader &reader)
    {
        reader.expect('#', "'#'");
        if (isOpenMetrics())
            reader.expect(' ', "a blank after '#'");
        reader.skipBlanks();
        const qsizetype start = reader.position();
        const QByteArrayView keyword = reader.word();
        const bool type = keyword == "TYPE";
        const bool help = keyword == "HELP";
        const bool unit = keyword == "UNIT" && isOpenMetrics();
        if (!type && !help && !unit) {
            if (isOpenMetrics())
                reader.failAt(start, "TYPE, HELP, UNIT or EOF");
            return;
        }
        reader.separator("a blank and the name of a metric");
        const QByteArrayView name = reader.metricName();
        const bool bare = help && !isOpenMetrics() && reader.atEnd(); // HELP of nothing
        if (!bare)
            reader.separator(type ? "a blank and a type" : "a blank");
        if (type)
            readType(reader, name);
        else if (help)
            describe(reader, name, &Said::help, &Exposition::Family::help);
        else
            describe(reader, name, &Said::unit, &Exposition::Family::unit);
    }

    void readType(LineReader &reader, QByteArrayView name)
    {
        const qsizetype start = reader.position();
        const auto type = typeOf(m_page.format, reader.word());
        if (!type)
            reader.failAt(start, isOpenMetrics() ? "a type: counter, gauge, histogram, gaugehistogram, summary, info, "
                                                   "stateset or unknown"
                                                 : "a type: counter, gauge, histogram, summary or untyped");
        reader.skipBlanks();
        reader.expectEnd("the end of the line");
        if (reader.ok() && mayDescribe(name, &Said::type))
            m_page.families[m_current].type = *type;
    }

    void describe(LineReader &reader, QByteArrayView name, bool Said::*said, QByteArrayView Exposition::Family::*text)
    {
        const bool unit = text == &Exposition::Family::unit;
        const QByteArrayView written = unit ? reader.word() : reader.rest();
        reader.expectEnd("the end of the line");
        if (reader.ok() && mayDescribe(name, said))
            m_page.families[m_current].*text = unescaped(written, isOpenMetrics());
    }

    /// Makes the family called `name` the current one; true if this may still be said of it.
    bool mayDescribe(QByteArrayView name, bool Said::*said)
    {
        if (m_current < 0 || m_page.families[m_current].name != name) {
            seal(m_current);
            const auto known = m_byFamily.constFind(name);
            if (known != m_byFamily.cend())
                wrong(u"the lines of '%1' stand in two places"_s, name);
            m_current = known == m_byFamily.cend() ? addFamily(name) : *known;
        }
        Said &mine = m_said[m_current];
        if (std::exchange(mine.*said, true)) {
            wrong(u"'%1' is described twice; the first counts"_s, name);
            return false;
        }
        if (!m_page.families[m_current].samples.empty()) {
            wrong(u"'%1' is described after its samples; that does not count"_s, name);
            return false;
        }
        mine.sealed = false; // its type may change
        return true;
    }

    int addFamily(QByteArrayView name)
    {
        const int index = static_cast<int>(m_page.families.size());
        m_page.families.push_back({.name = name, .help = {}, .unit = {}, .samples = {}, .line = m_line});
        m_said.emplace_back();
        m_byFamily.insert(name, index);
        return index;
    }

    /// Takes the names of a family's samples, once its type is certain.
    void seal(int index)
    {
        if (index < 0 || std::exchange(m_said[index].sealed, true))
            return;
        const Exposition::Family &family = m_page.families[index];
        takeName(family.name, index);
        for (const QByteArrayView suffix : suffixes(m_page.format, family.type)) {
            if (!suffix.isEmpty())
                takeName(kept(family.name.toByteArray() + suffix.toByteArray()), index);
        }
    }

    void takeName(QByteArrayView name, int index)
    {
        const auto taken = m_bySample.constFind(name);
        if (taken == m_bySample.cend())
            m_bySample.insert(name, index);
        else if (*taken != index)
            flag(m_page, m_page.families[index].line,
                 u"both '%1' and '%2' have samples called '%3'"_s.arg(QString::fromUtf8(m_page.families[*taken].name),
                                                                      QString::fromUtf8(m_page.families[index].name),
                                                                      QString::fromUtf8(name)));
    }

    [[nodiscard]] bool isOfFamily(QByteArrayView name, int index) const
    {
        const Exposition::Family &family = m_page.families[index];
        return name.startsWith(family.name) &&
               std::ranges::count(suffixes(m_page.format, family.type), name.sliced(family.name.size())) > 0;
    }

    /// The family that a sample belongs to by its name.
    int familyOf(QByteArrayView name)
    {
        if (m_current >= 0 && isOfFamily(name, m_current)) {
            seal(m_current);
            return m_current;
        }
        seal(m_current);
        const auto known = m_bySample.constFind(name);
        if (known == m_bySample.cend()) {
            m_current = addFamily(name);
            seal(m_current);
            return m_current;
        }
        if (!isOfFamily(name, *known))
            wrong(u"'%1' lacks the ending that its type asks for"_s, name);
        else
            wrong(u"the lines of '%1' stand in two places"_s, name);
        return m_current = *known;
    }

    void readSample(LineReader &reader)
    {
        const qsizetype start = reader.position();
        Exposition::Sample sample;
        sample.line = m_line;
        sample.name = reader.metricName();
        qsizetype end = reader.position();
        reader.skipBlanks();
        if (reader.next() == '{') {
            sample.labels = readLabels(reader);
            end = reader.position();
            // The text format needs no blank after a '}'.
            if (isOpenMetrics())
                reader.separator("a blank and a value");
            else
                reader.skipBlanks();
        } else if (isOpenMetrics() || reader.position() == end) {
            reader.separator("a blank and a value, or '{'");
        }
        if (!reader.ok())
            return;
        sample.written = reader.between(start, end);
        sample.value = reader.number();
        if (isOpenMetrics())
            readOpenTail(reader, sample);
        else
            readTextTail(reader, sample);
        if (!reader.ok())
            return;
        if (++m_samples > m_limits.samples)
            return reader.failAt(start, "fewer samples on one page", ErrorCode::TooLarge);
        m_page.families[familyOf(sample.name)].samples.push_back(sample);
    }

    static void readTextTail(LineReader &reader, Exposition::Sample &sample)
    {
        reader.skipBlanks();
        if (reader.ok() && !reader.atEnd())
            sample.timestamp = reader.timestamp();
        reader.skipBlanks();
        reader.expectEnd("the end of the line");
    }

    void readOpenTail(LineReader &reader, Exposition::Sample &sample)
    {
        if (!reader.ok() || reader.atEnd())
            return;
        reader.separator("the end of the line");
        if (reader.next() != '#') {
            sample.timestamp = reader.timestamp();
            if (!reader.ok() || reader.atEnd())
                return;
            reader.separator("the end of the line");
        }
        reader.expect('#', "an exemplar ('# {') or the end of the line");
        reader.separator("a blank and an exemplar's labels");
        Exposition::Exemplar exemplar;
        exemplar.labels = readLabels(reader);
        reader.separator("a blank and the exemplar's value");
        exemplar.value = reader.number();
        if (reader.ok() && !reader.atEnd()) {
            reader.separator("the end of the line");
            exemplar.timestamp = reader.timestamp();
            reader.expectEnd("the end of the line");
        }
        sample.exemplar = exemplar;
    }

    Exposition::LabelSet readLabels(LineReader &reader)
    {
        Exposition::LabelSet set{.first = static_cast<quint32>(m_page.allLabels.size()), .count = 0};
        reader.expect('{', "'{'");
        reader.skipBlanks();
        while (reader.ok() && !reader.take('}')) {
            const qsizetype start = reader.position();
            const QByteArrayView name = reader.labelName();
            if (std::ranges::any_of(m_page.labels(set), [&](const auto &label) { return label.name == name; }))
                reader.failAt(start, "each label once");
            if (++set.count > m_limits.labels)
                reader.failAt(start, "fewer labels", ErrorCode::TooLarge);
            reader.skipBlanks();
            reader.expect('=', "'='");
            reader.skipBlanks();
            const QByteArrayView value = reader.quoted();
            m_page.allLabels.push_back({name, unescaped(value, true)});
            reader.skipBlanks();
            if (reader.next() == '}')
                continue;
            reader.expect(',', "',' or '}'");
            reader.skipBlanks();
            if (isOpenMetrics() && reader.next() == '}') // a comma at the end: simpleclient's text has it
                reader.fail("another label");
        }
        return set;
    }

    /// `text` without its escapes; a backslash before anything else stands for itself (OpenMetrics 1.0, escaped-char).
    QByteArrayView unescaped(QByteArrayView text, bool quotes)
    {
        if (!text.contains('\\'))
            return text;
        QByteArray plain;
        plain.reserve(text.size());
        for (qsizetype i = 0; i < text.size(); ++i) {
            const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
            const bool escape = next == '\\' || next == 'n' || (next == '"' && quotes);
            if (escape)
                ++i;
            plain.append(escape && next == 'n' ? '\n' : text[i]);
        }
        return kept(std::move(plain));
    }

    QByteArrayView kept(QByteArray text) { return m_page.decoded.emplace_back(std::move(text)); }

    void wrong(const QString &message, QByteArrayView name)
    {
        flag(m_page, m_line, message.arg(QString::fromUtf8(name)));
    }

    const QString m_where;
    const ExpositionLimits m_limits;
    Exposition m_page;
    std::vector<Said> m_said; ///< beside the families
    QHash<QByteArrayView, int> m_byFamily;
    QHash<QByteArrayView, int> m_bySample;
    int m_line = 0;
    int m_current = -1; ///< the family of the line before
    qsizetype m_samples = 0;
};
} // namespace

Result<Exposition> parseExposition(const QByteArray &body, Exposition::Format format, const QString &where,
                                   const ExpositionLimits &limits)
{
    return Parser(body, format, where, limits).run();
}

} // namespace qd
