/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "exposition/exposition.h"

#include <QElapsedTimer>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;

namespace {
constexpr auto text = Exposition::Format::Text;
constexpr auto open = Exposition::Format::OpenMetrics;

QString labelText(const Exposition &page, Exposition::LabelSet set)
{
    QStringList written;
    for (const Exposition::Label &label : page.labels(set))
        written.append(QString::fromUtf8(label.name) + u'=' + QString::fromUtf8(label.value));
    return written.isEmpty() ? QString() : u'[' + written.join(u'|') + u']';
}

/// A page as one line of text: "counter a_total: a_total[x=1] 5 @2; ! line 3: …".
QString picture(const Result<Exposition> &page)
{
    if (!page)
        return toWord(page.error().code) + u": "_s + page.error().message;
    QStringList parts;
    for (const Exposition::Family &family : page->families) {
        QStringList samples;
        for (const Exposition::Sample &sample : family.samples) {
            QString line = QString::fromUtf8(sample.name) + labelText(*page, sample.labels) + u' ' +
                           QString::number(sample.value, 'g', 17);
            if (sample.timestamp)
                line += u" @"_s + QString::number(*sample.timestamp, 'g', 17);
            if (sample.exemplar) {
                line += u" #"_s + labelText(*page, sample.exemplar->labels) + QString::number(sample.exemplar->value);
                if (sample.exemplar->timestamp)
                    line += u'@' + QString::number(*sample.exemplar->timestamp);
            }
            samples.append(line);
        }
        const QString unit = family.unit.isEmpty() ? QString() : u" in "_s + QString::fromUtf8(family.unit);
        const QString help = family.help.isEmpty() ? QString() : u" ("_s + QString::fromUtf8(family.help) + u')';
        parts.append((toWord(family.type) + u' ' + QString::fromUtf8(family.name) + unit + help + u": "_s +
                      samples.join(u", "_s))
                         .trimmed());
    }
    for (const Exposition::Flag &flag : page->flags)
        parts.append(u"! line %1: %2"_s.arg(flag.line).arg(flag.message));
    return parts.join(u"; "_s);
}

QByteArray histogram(const QByteArray &lines)
{
    return "# TYPE h histogram\n" + lines + "# EOF\n";
}
} // namespace

class TestExposition : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aPageIsReadAsWritten_data();
    void aPageIsReadAsWritten();
    void brokenSyntaxIsRefusedWithItsPlace_data();
    void brokenSyntaxIsRefusedWithItsPlace();
    void whatContradictsItselfIsFlagged_data();
    void whatContradictsItselfIsFlagged();
    void theContentTypeDecides_data();
    void theContentTypeDecides();
    void numbersAreThoseOfTheStandards_data();
    void numbersAreThoseOfTheStandards();
    void hugePagesAreRefused();
    void flagsAreCapped();
    void aCopyOutlivesThePage();
    void largePagesTakeLinearTime();
};

void TestExposition::aPageIsReadAsWritten_data()
{
    QTest::addColumn<Exposition::Format>("format");
    QTest::addColumn<QByteArray>("page");
    QTest::addColumn<QString>("read");
    const auto row = [](const char *name, Exposition::Format format, const QByteArray &page, const QString &read) {
        QTest::newRow(name) << format << page << read;
    };
    row("text: nothing", text, "", {});
    row("text: a sample alone", text, "a 1\n", u"unknown a: a 1"_s);
    row("text: a counter's name is its sample's", text, "# TYPE a_total counter\na_total 1\n",
        u"counter a_total: a_total 1"_s);
    row("text: a counter needs no ending", text, "# HELP circuit events\n# TYPE circuit counter\ncircuit 2\n",
        u"counter circuit (events): circuit 2"_s);
    row("text: blanks, tabs and empty lines", text, "\n  # TYPE  a \t gauge \n\n\ta { x = \"1\" , y=\"2\" , }\t 1 \n",
        u"gauge a: a[x=1|y=2] 1"_s);
    row("text: a comma at the end, as simpleclient writes", text, "a{x=\"1\",} 1.64E9\n",
        u"unknown a: a[x=1] 1640000000"_s);
    row("text: Nan, as prom-client writes", text, "a Nan\n", u"unknown a: a nan"_s);
    row("text: comments are left out", text, "# x\n#\n#TYPE a gauge\n# UNIT a_s s\n# EOF\na 1\n", u"gauge a: a 1"_s);
    row("text: a type without samples", text, "# TYPE a gauge\n", u"gauge a:"_s);
    row("text: help of nothing", text, "# HELP a\n# HELP b \n", u"unknown a:; unknown b:"_s);
    row("text: help's escapes", text, "# HELP a x\\\\y\\nz\\\"\n", u"unknown a (x\\y\nz\\\"):"_s);
    row("text: milliseconds, before 1970 too", text, "a 1 1500\nb 1 -1500\n",
        u"unknown a: a 1 @1.5; unknown b: b 1 @-1.5"_s);
    row("text: no blank after a brace", text, "a{}1\n", u"unknown a: a 1"_s);
    row("text: a histogram", text,
        "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n",
        u"histogram h: h_bucket[le=1] 1, h_bucket[le=+Inf] 2, h_sum 3, h_count 2"_s);
    row("text: a summary whose quantiles are not known", text,
        "# TYPE s summary\ns{quantile=\"0.5\"} NaN\ns_sum 0\ns_count 0\n",
        u"summary s: s[quantile=0.5] nan, s_sum 0, s_count 0"_s);
    row("text: label sets of a histogram side by side", text,
        "# TYPE h histogram\nh_bucket{a=\"1\",le=\"+Inf\"} 1\nh_bucket{a=\"2\",le=\"+Inf\"} 2\nh_count{a=\"1\"} "
        "1\nh_count{a=\"2\"} 2\n",
        u"histogram h: h_bucket[a=1|le=+Inf] 1, h_bucket[a=2|le=+Inf] 2, h_count[a=1] 1, h_count[a=2] 2"_s);

    row("open: nothing", open, "# EOF\n", {});
    row("open: no line feed after the end", open, "a 1\n# EOF", u"unknown a: a 1"_s);
    row("open: a counter's samples", open, "# TYPE a counter\na_total 1\na_created 2.5\n# EOF\n",
        u"counter a: a_total 1, a_created 2.5"_s);
    row("open: unit and help in any order", open, "# UNIT a_s s\n# HELP a_s x\\\"\n# TYPE a_s gauge\na_s 1\n# EOF\n",
        u"gauge a_s in s (x\"): a_s 1"_s);
    row("open: an empty unit", open, "# UNIT a \n# EOF\n", u"unknown a:"_s);
    row("open: escapes in labels, unknown ones as written", open, "a{x=\"\\\\ \\n \\\" \\t # }\"} 1\n# EOF\n",
        u"unknown a: a[x=\\ \n \" \\t # }] 1"_s);
    row("open: UTF-8", open, "a{x=\"\u6843\u5712 \U0001F525\"} 1\n# EOF\n",
        u"unknown a: a[x=\u6843\u5712 \U0001F525] 1"_s);
    row("open: infinities", open, "a{x=\"1\"} +Inf\na{x=\"2\"} -Inf\n# EOF\n", u"unknown a: a[x=1] inf, a[x=2] -inf"_s);
    row("open: seconds with a fraction", open, "a 1 1.5e3\nb 1 -0.25\n# EOF\n",
        u"unknown a: a 1 @1500; unknown b: b 1 @-0.25"_s);
    row("open: an exemplar with its time", open, "# TYPE a counter\na_total 1 2 # {t=\"x # y\"} 0.5 3\n# EOF\n",
        u"counter a: a_total 1 @2 #[t=x # y]0.5@3"_s);
    row("open: an exemplar without labels", open, histogram("h_bucket{le=\"+Inf\"} 1 # {} 4\n"),
        u"histogram h: h_bucket[le=+Inf] 1 #4"_s);
    row("open: a gauge histogram", open,
        "# TYPE g gaugehistogram\ng_bucket{le=\"-1\"} 1\ng_bucket{le=\"+Inf\"} 3\ng_gcount 3\ng_gsum -5\n# EOF\n",
        u"gaugehistogram g: g_bucket[le=-1] 1, g_bucket[le=+Inf] 3, g_gcount 3, g_gsum -5"_s);
    row("open: info and states", open,
        "# TYPE i info\ni_info{v=\"1\"} 1\n# TYPE s stateset\ns{s=\"on\"} 1\ns{s=\"off\"} 0\n# EOF\n",
        u"info i: i_info[v=1] 1; stateset s: s[s=on] 1, s[s=off] 0"_s);
    row("open: several moments of one series", open, "a 1 1\na 2 2\n# EOF\n", u"unknown a: a 1 @1, a 2 @2"_s);
    row("open: one moment twice counts once", open, "a 1 1\na 2 1\n# EOF\n", u"unknown a: a 1 @1"_s);
}

void TestExposition::aPageIsReadAsWritten()
{
    QFETCH(Exposition::Format, format);
    QFETCH(QByteArray, page);
    QFETCH(QString, read);
    QCOMPARE(picture(parseExposition(page, format)), read);
}

void TestExposition::brokenSyntaxIsRefusedWithItsPlace_data()
{
    QTest::addColumn<Exposition::Format>("format");
    QTest::addColumn<QByteArray>("page");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *name, Exposition::Format format, const QByteArray &page, const QString &error) {
        QTest::newRow(name) << format << page << u"bad-reply: "_s + error;
    };
    const QString types = u"line 1, column 10: expected a type: counter, gauge, histogram, "_s;
    row("text: no line feed at the end", text, "a 1\nb 12",
        u"line 2, column 5: expected a line feed at the end of the page, found the end of the line"_s);
    row("text: CRLF", text, "a 1\r\n", u"line 1, column 3: expected a number, found '1'"_s);
    row("text: CRLF after a type", text, "# TYPE a gauge\r\n", types + u"summary or untyped, found 'g'"_s);
    row("text: CRLF on an empty line", text, "\r\n",
        u"line 1, column 1: expected the name of a metric, found a carriage return (lines end with a line feed alone)"_s);
    row("text: a type of OpenMetrics", text, "# TYPE a info\n", types + u"summary or untyped, found 'i'"_s);
    row("text: two types", text, "# TYPE a gauge counter\n",
        u"line 1, column 16: expected the end of the line, found 'c'"_s);
    row("text: a type without a word", text, "# TYPE a\n",
        u"line 1, column 9: expected a blank and a type, found the end of the line"_s);
    row("text: an exemplar", text, "a 1 # {} 1\n",
        u"line 1, column 5: expected a time in whole milliseconds, or the end of the line, found '#'"_s);
    row("text: a time with a fraction", text, "a 1 1.5\n",
        u"line 1, column 5: expected a time in whole milliseconds, or the end of the line, found '1'"_s);
    row("text: something after the time", text, "a 1 2 3\n",
        u"line 1, column 7: expected the end of the line, found '3'"_s);
    row("text: HTML", text, "<!DOCTYPE html>\n", u"line 1, column 1: expected the name of a metric, found '<'"_s);
    row("text: a byte order mark", text, "\ufeffa 1\n",
        u"line 1, column 1: expected the name of a metric, found a byte order mark"_s);
    row("not UTF-8", text, "a 1\nb{x=\"\u00e9\xff\"} 1\n", u"line 2, column 7: expected UTF-8, found '\ufffd'"_s);
    row("cut in a character", open, "a{x=\"\xc3\"} 1\n# EOF\n", u"line 1, column 6: expected UTF-8, found '\ufffd'"_s);
    row("columns are characters", open, "a{x=\"\u6843\U0001F525\" 1\n# EOF\n",
        u"line 1, column 10: expected ',' or '}', found a blank"_s);
    row("a label without quotes", open, "a{x=1} 1\n# EOF\n", u"line 1, column 5: expected '\"', found '1'"_s);
    row("a label without end", open, "a{x=\"1\\\"} 1\n# EOF\n",
        u"line 1, column 12: expected '\"' at the end of a label's value, found the end of the line"_s);
    row("a label twice", open, "a{x=\"1\",x=\"2\"} 1\n# EOF\n",
        u"line 1, column 9: expected each label once, found 'x'"_s);
    row("a label's name with a colon", open, "a{x:y=\"1\"} 1\n# EOF\n", u"line 1, column 4: expected '=', found ':'"_s);
    row("braces without end", open, "a{x=\"1\" 1\n# EOF\n", u"line 1, column 8: expected ',' or '}', found a blank"_s);
    row("commas alone", text, "a{,} 1\n", u"line 1, column 3: expected the name of a label, found ','"_s);
    row("a name with a dash", open, "a-b 1\n# EOF\n",
        u"line 1, column 2: expected a blank and a value, or '{', found '-'"_s);
    row("no value", text, "a\n",
        u"line 1, column 2: expected a blank and a value, or '{', found the end of the line"_s);
    row("hexadecimal", text, "a 0x1p3\n", u"line 1, column 3: expected a number, found '0'"_s);
    row("open: no end", open, "a 1\n",
        u"line 2, column 1: expected '# EOF' at the end of the page (it was cut off), found the end of the line"_s);
    row("open: cut in a number", open, "a 1\nb 12",
        u"line 2, column 5: expected a line feed and '# EOF' at the end of the page, found the end of the line"_s);
    row("open: empty", open, "",
        u"line 1, column 1: expected '# EOF' at the end of the page (it was cut off), found the end of the line"_s);
    row("open: more after the end", open, "# EOF\na 1\n",
        u"line 2, column 1: expected nothing after '# EOF', found 'a'"_s);
    row("open: an empty line after the end", open, "# EOF\n\n",
        u"line 2, column 1: expected nothing after '# EOF', found the end of the line"_s);
    row("open: an empty line", open, "\n# EOF\n",
        u"line 1, column 1: expected the name of a metric, found the end of the line"_s);
    row("open: a comment", open, "# x\n# EOF\n", u"line 1, column 3: expected TYPE, HELP, UNIT or EOF, found 'x'"_s);
    row("open: untyped", open, "# TYPE a untyped\n# EOF\n",
        types + u"gaugehistogram, summary, info, stateset or unknown, found 'u'"_s);
    row("open: two blanks", open, "a  1\n# EOF\n", u"line 1, column 3: expected a number, found a blank"_s);
    row("open: a tab", open, "a\t1\n# EOF\n", u"line 1, column 2: expected a blank and a value, or '{', found a tab"_s);
    row("open: a blank at the end", open, "# TYPE a gauge \n# EOF\n",
        u"line 1, column 15: expected the end of the line, found a blank"_s);
    row("open: a comma at the end", open, "a{x=\"1\",} 1\n# EOF\n",
        u"line 1, column 9: expected another label, found '}'"_s);
    row("open: no blank after a brace", open, "a{}1\n# EOF\n",
        u"line 1, column 4: expected a blank and a value, found '1'"_s);
    row("open: a time that is none", open, "a 1 NaN\n# EOF\n",
        u"line 1, column 5: expected a time in seconds, or the end of the line, found 'N'"_s);
    row("open: an exemplar without a value", open, "a 1 # {}\n# EOF\n",
        u"line 1, column 9: expected a blank and the exemplar's value, found the end of the line"_s);
}

void TestExposition::brokenSyntaxIsRefusedWithItsPlace()
{
    QFETCH(Exposition::Format, format);
    QFETCH(QByteArray, page);
    QFETCH(QString, error);
    const auto read = parseExposition(page, format, u"http://127.0.0.1/metrics"_s);
    QCOMPARE(picture(read), error);
    QCOMPARE(read.error().where, u"http://127.0.0.1/metrics"_s);
}

void TestExposition::whatContradictsItselfIsFlagged_data()
{
    QTest::addColumn<Exposition::Format>("format");
    QTest::addColumn<QByteArray>("page");
    QTest::addColumn<QStringList>("flags"); ///< "LINE: message"
    const auto row = [](const char *name, Exposition::Format format, const QByteArray &page, const QStringList &flags) {
        QTest::newRow(name) << format << page << flags;
    };
    const QString repeated = u"the same series again; its first line counts"_s;
    row("text: a series twice", text, "a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2\n", {u"2: "_s + repeated});
    row("text: a series at two times", text, "a 1 1\na 2 2\n", {u"2: "_s + repeated});
    row("text: a family in two places", text, "a 1\nb 1\na{x=\"1\"} 1\n",
        {u"3: the lines of 'a' stand in two places"_s});
    row("text: help twice", text, "# HELP a x\n# HELP a y\n", {u"2: 'a' is described twice; the first counts"_s});
    row("text: a type after its samples", text, "a 1\n# TYPE a counter\n",
        {u"2: 'a' is described after its samples; that does not count"_s});
    row("text: a counter below zero", text, "# TYPE a counter\na -1\n", {u"2: a count below zero"_s});
    row("text: a histogram without its last bucket", text, "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_count 1\n",
        {u"3: the histogram has no bucket le=\"+Inf\" at its end"_s});
    row("text: a count that is not its buckets'", text,
        "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum -3\nh_count 2\n",
        {u"4: the histogram's count is not what its buckets hold"_s});
    row("text: a name taken", text, "# TYPE h histogram\n# TYPE h_sum gauge\n",
        {u"2: both 'h' and 'h_sum' have samples called 'h_sum'"_s});
    row("open: a series twice", open, "a 1\na 2\n# EOF\n", {u"2: "_s + repeated});
    row("open: a counter without its ending", open, "# TYPE a counter\na 1\n# EOF\n",
        {u"2: 'a' lacks the ending that its type asks for"_s});
    row("open: a counter that is no number", open, "# TYPE a counter\na_total NaN\n# EOF\n",
        {u"2: a count that is no number"_s});
    row("open: metrics mixed", open,
        "# TYPE a counter\na_total{x=\"1\"} 1\na_total{x=\"2\"} 1\na_created{x=\"1\"} 1\n# EOF\n",
        {u"4: the samples of one metric stand in two places"_s});
    row("open: back in time", open, "a 1 2\na 1 1\n# EOF\n", {u"2: the samples of this metric go back in time"_s});
    row("open: with and without time", open, "a 1 2\na 1\n# EOF\n",
        {u"2: some samples of this metric have a time and others have none"_s});
    row("open: a state of 2", open, "# TYPE s stateset\ns{s=\"x\"} 2\n# EOF\n", {u"2: a state is 0 or 1"_s});
    row("open: a state without its label", open, "# TYPE s stateset\ns 1\n# EOF\n",
        {u"2: a state needs a label that is called like the metric"_s});
    row("open: an info of 0", open, "# TYPE i info\ni_info 0\n# EOF\n", {u"2: an info's value is 1"_s});
    row("open: a unit that is not in the name", open, "# UNIT a seconds\n# EOF\n",
        {u"1: the metric's name does not end in its unit"_s});
    row("open: a unit of an info", open, "# TYPE a_s info\n# UNIT a_s s\n# EOF\n",
        {u"1: an info or a stateset has no unit"_s});
    row("open: an exemplar of a gauge", open, "# TYPE a gauge\na 1 # {} 1\n# EOF\n",
        {u"2: only buckets and counters have exemplars"_s});
    row("open: 129 characters in an exemplar", open,
        "# TYPE a counter\na_total 1 # {x=\"" + QByteArray("\u00e9").repeated(128) + "\"} 1\n# EOF\n",
        {u"2: an exemplar's labels have at most 128 characters"_s});
    row("open: 128 characters in an exemplar", open,
        "# TYPE a counter\na_total 1 # {x=\"" + QByteArray("\u00e9").repeated(127) + "\"} 1\n# EOF\n", {});
    row("open: a quantile over 1", open, "# TYPE s summary\ns{quantile=\"1.01\"} 1\n# EOF\n",
        {u"2: a summary needs the label 'quantile' from 0 to 1"_s});
    row("open: a bucket without its bound", open, histogram("h_bucket 1\n"),
        {u"2: a bucket needs the label 'le' with a number or '+Inf'"_s,
         u"2: the histogram has no bucket le=\"+Inf\" at its end"_s});
    row("open: buckets out of order", open,
        histogram("h_bucket{le=\"2\"} 0\nh_bucket{le=\"1\"} 0\nh_bucket{le=\"+Inf\"} 0\n"),
        {u"3: the buckets are out of order"_s});
    row("open: a bucket that holds less", open, histogram("h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\n"),
        {u"3: a bucket counts less than the one below it"_s});
    row("open: half a bucket", open, histogram("h_bucket{le=\"+Inf\"} 1.5\n"),
        {u"2: a histogram counts whole numbers"_s});
    row("open: a sum without a count", open, histogram("h_bucket{le=\"+Inf\"} 1\nh_sum 1\n"),
        {u"3: the histogram has a sum and no count"_s});
    row("open: each moment of a histogram for itself", open,
        histogram(
            "h_bucket{le=\"+Inf\"} 5 1\nh_count 5 1\nh_sum 1 1\nh_bucket{le=\"+Inf\"} 6 2\nh_count 7 2\nh_sum 1 2\n"),
        {u"7: the histogram's count is not what its buckets hold"_s});
    row("open: a negative sum of a gauge histogram", open,
        "# TYPE g gaugehistogram\ng_bucket{le=\"+Inf\"} 1\ng_gsum -1\ng_gcount 1\n# EOF\n",
        {u"3: a sum below zero without buckets below zero"_s});
}

void TestExposition::whatContradictsItselfIsFlagged()
{
    QFETCH(Exposition::Format, format);
    QFETCH(QByteArray, page);
    QFETCH(QStringList, flags);
    const auto read = parseExposition(page, format);
    QVERIFY2(read, read ? "" : qPrintable(read.error().message));
    QStringList found;
    for (const Exposition::Flag &flag : read->flags)
        found.append(QString::number(flag.line) + u": "_s + flag.message);
    QCOMPARE(found, flags);
}

void TestExposition::theContentTypeDecides_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QString>("decided");
    const auto row = [](const char *type, const QString &decided) {
        QTest::newRow(type) << QByteArray(type) << decided;
    };
    row("text/plain; version=0.0.4; charset=utf-8", u"text"_s);
    row("text/plain; version=0.0.4; charset=utf-8; escaping=underscores", u"text"_s);
    row("text/plain; version=1.0.0", u"text"_s);
    row("text/plain", u"text"_s);
    row("", u"text"_s);
    row("application/octet-stream", u"text"_s);
    row("application/openmetrics-text; version=1.0.0; charset=utf-8", u"open"_s);
    row("Application/OpenMetrics-Text;Version=\"0.0.1\"", u"open"_s);
    row("application/openmetrics-text; version=2.0.0", u"unsupported"_s);
    row("text/plain; version=0.0.3", u"unsupported"_s);
    row("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily", u"unsupported"_s);
    row("text/html; charset=utf-8", u"bad-reply"_s);
    row("application/json", u"bad-reply"_s);
}

void TestExposition::theContentTypeDecides()
{
    QFETCH(QByteArray, type);
    QFETCH(QString, decided);
    const auto format = expositionFormat(type);
    QCOMPARE(format ? (*format == text ? u"text"_s : u"open"_s) : toWord(format.error().code), decided);
}

void TestExposition::numbersAreThoseOfTheStandards_data()
{
    QTest::addColumn<QByteArray>("written");
    QTest::addColumn<QString>("number");
    const auto row = [](const char *written, const QString &number) {
        QTest::newRow(written) << QByteArray(written) << number;
    };
    for (const char *none : {"", "+", ".", "e1", "1e", "1e+", "1_0", "0x1", "0b1", "1.2.3", "--1", "+nan", "infin",
                             "1 ", " 1", "1f", "1e400"})
        row(none, u"none"_s);
    row("+Inf", u"inf"_s);
    row("-inFINITY", u"-inf"_s);
    row("nAn", u"nan"_s);
    row("1.", u"1"_s);
    row(".5", u"0.5"_s);
    row("-0", u"0"_s);
    row("+1E-3", u"0.001"_s);
    row("00012", u"12"_s);
    row("5e-324", u"4.9406564584124654e-324"_s);
    row("1e-400", u"0"_s);
    row("9007199254740993", u"9007199254740992"_s);
}

void TestExposition::numbersAreThoseOfTheStandards()
{
    QFETCH(QByteArray, written);
    QFETCH(QString, number);
    const auto read = expositionNumber(written);
    QCOMPARE(read ? QString::number(*read, 'g', 17) : u"none"_s, number);
}

void TestExposition::hugePagesAreRefused()
{
    const ExpositionLimits limits{.bytes = 60, .samples = 2, .labels = 2, .name = 8};
    const auto refused = [&](const QByteArray &page) { return picture(parseExposition(page, text, {}, limits)); };
    QCOMPARE(refused("a 1\nb 1\nc 1\n"),
             u"too-large: line 3, column 1: expected fewer samples on one page, found 'c'"_s);
    QCOMPARE(refused("a{a=\"1\",b=\"2\",c=\"3\"} 1\n"),
             u"too-large: line 1, column 15: expected fewer labels, found 'c'"_s);
    QCOMPARE(refused("long_name 1\n"), u"too-large: line 1, column 1: expected a shorter name, found 'l'"_s);
    QCOMPARE(refused("a{long_name=\"1\"} 1\n"), u"too-large: line 1, column 3: expected a shorter name, found 'l'"_s);
    QCOMPARE(refused(QByteArray(61, '\n')),
             u"too-large: the page of metrics is too large: 61 bytes; at most 60 are read"_s);
    QCOMPARE(refused("a{a=\"1\",b=\"2\"} 1\nb 2\n"), u"unknown a: a[a=1|b=2] 1; unknown b: b 2"_s);
}

void TestExposition::flagsAreCapped()
{
    const auto page = parseExposition("# TYPE a counter\n" + QByteArray("a -1\n").repeated(200), text);
    QVERIFY(page);
    QCOMPARE(page->flags.size(), Exposition::flagCap);
    QCOMPARE(page->flagsLeftOut, 200 + 199 - Exposition::flagCap);
}

void TestExposition::aCopyOutlivesThePage()
{
    Exposition copy;
    {
        auto page = parseExposition(QByteArray("a{x=\"\\\\1\",y=\"2\"} 1\n").append("b 1\n"), text);
        copy = *page;
    }
    QCOMPARE(picture(copy), u"unknown a: a[x=\\1|y=2] 1; unknown b: b 1"_s);
}

void TestExposition::largePagesTakeLinearTime()
{
    // What is quadratic would take minutes here: one metric with many label sets, many families, one long line.
    QByteArray page = "# TYPE a counter\n";
    for (int i = 0; i < 60'000; ++i)
        page += "a_total{path=\"/users/" + QByteArray::number(i) + "\",code=\"200\"} 1\n";
    for (int i = 0; i < 60'000; ++i)
        page += "m" + QByteArray::number(i) + " 1\n";
    page += "z{x=\"" + QByteArray(2'000'000, '\\') + "\"} 1\n# EOF\n";
    QElapsedTimer timer;
    timer.start();
    const auto read = parseExposition(page, open);
    QVERIFY2(read, read ? "" : qPrintable(read.error().message));
    QCOMPARE(read->families.size(), 60'002);
    QVERIFY2(timer.elapsed() < 10'000, qPrintable(QString::number(timer.elapsed())));
}

QTEST_GUILESS_MAIN(TestExposition)
#include "tst_exposition.moc"
