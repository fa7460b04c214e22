/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "exposition/exposition.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cmath>

using namespace Qt::StringLiterals;
using namespace qd;

namespace {
QByteArray read(const QString &name)
{
    QFile file(QStringLiteral(QD_OPENMETRICS_CASES) + u'/' + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QJsonValue number(double value)
{
    if (std::isnan(value))
        return u"NaN"_s;
    if (std::isinf(value))
        return value > 0 ? u"+Inf"_s : u"-Inf"_s;
    return value;
}

QJsonObject labelsOf(const Exposition &page, Exposition::LabelSet set)
{
    QJsonObject labels;
    for (const Exposition::Label &label : page.labels(set))
        labels.insert(QString::fromUtf8(label.name), QString::fromUtf8(label.value));
    return labels;
}

/// The samples as the suite's manifest writes them.
QJsonArray samplesOf(const Exposition &page)
{
    QJsonArray all;
    for (const Exposition::Family &family : page.families) {
        for (const Exposition::Sample &sample : family.samples) {
            QJsonObject written{{u"family"_s, QString::fromUtf8(family.name)},
                                {u"type"_s, toWord(family.type)},
                                {u"name"_s, QString::fromUtf8(sample.name)},
                                {u"labels"_s, labelsOf(page, sample.labels)},
                                {u"value"_s, number(sample.value)}};
            if (!family.unit.isEmpty())
                written.insert(u"unit"_s, QString::fromUtf8(family.unit));
            if (sample.timestamp)
                written.insert(u"timestamp_s"_s, *sample.timestamp);
            if (sample.exemplar) {
                QJsonObject exemplar{{u"labels"_s, labelsOf(page, sample.exemplar->labels)},
                                     {u"value"_s, number(sample.exemplar->value)}};
                if (sample.exemplar->timestamp)
                    exemplar.insert(u"timestamp_s"_s, *sample.exemplar->timestamp);
                written.insert(u"exemplar"_s, exemplar);
            }
            all.append(written);
        }
    }
    return all;
}
} // namespace

/// The suite of the OpenMetrics project, read from where the build was told to find it.
class TestOpenMetricsCases : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theSuiteAgrees_data();
    void theSuiteAgrees();
};

void TestOpenMetricsCases::theSuiteAgrees_data()
{
    QTest::addColumn<QByteArray>("page");
    QTest::addColumn<bool>("valid");
    QTest::addColumn<QJsonArray>("samples");
    const QJsonArray cases = QJsonDocument::fromJson(read(u"manifest.json"_s))[u"cases"].toArray();
    QVERIFY2(!cases.isEmpty(), "no manifest.json with cases in QD_OPENMETRICS_CASES");
    for (const QJsonValue &one : cases) {
        QTest::newRow(qPrintable(one[u"id"].toString()))
            << read(one[u"file"].toString()) << one[u"valid"].toBool() << one[u"expected_samples"].toArray();
    }
}

void TestOpenMetricsCases::theSuiteAgrees()
{
    QFETCH(QByteArray, page);
    QFETCH(bool, valid);
    QFETCH(QJsonArray, samples);
    const auto read = parseExposition(page, Exposition::Format::OpenMetrics);
    if (!valid) {
        QVERIFY2(!read || !read->flags.isEmpty(), "neither refused nor flagged");
        return;
    }
    QVERIFY2(read, read ? "" : qPrintable(read.error().message));
    QVERIFY2(read->flags.isEmpty(), read->flags.isEmpty() ? "" : qPrintable(read->flags.first().message));
    QCOMPARE(samplesOf(*read), samples);
}

QTEST_GUILESS_MAIN(TestOpenMetricsCases)
#include "tst_openmetrics_cases.moc"
