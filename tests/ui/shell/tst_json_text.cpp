/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/json_text.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;

namespace {
/// Documents are written with ' for ", so that they can be read.
QByteArray json(const char *text)
{
    return QByteArray(text).replace('\'', '"');
}
} // namespace

class JsonTextTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void marksTheValueAPointerNames_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("pointer");
        QTest::addColumn<QString>("part");
        const QByteArray breakers =
            json("{'b':{'openai':{'state':'open','failure_count':5}},'a/b':1,'m~n':[1,[2,3e400]]}");
        QTest::newRow("word") << breakers << u"/b/openai/state"_s << u"\"open\""_s;
        QTest::newRow("number") << breakers << u"/b/openai/failure_count"_s << u"5"_s;
        QTest::newRow("slash in a name") << breakers << u"/a~1b"_s << u"1"_s;
        QTest::newRow("tilde and index") << breakers << u"/m~0n/0"_s << u"1"_s;
        QTest::newRow("a number no double holds") << breakers << u"/m~0n/1/1"_s << u"3e400"_s;
        QTest::newRow("object") << json("{'a':{'b':1}}") << u"/a"_s << u"{\n    \"b\": 1\n  }"_s;
        QTest::newRow("whole") << QByteArray("17") << QString() << u"17"_s;
        QTest::newRow("escaped name") << json("{'h\\u00e9':true}") << u"/hé"_s << u"true"_s;
        QTest::newRow("string with braces") << json("{'x':'}{\\'','y':2}") << u"/y"_s << u"2"_s;
        QTest::newRow("absent") << breakers << u"/b/stripe/state"_s << QString();
        QTest::newRow("cut off later") << json("{'a':1,'b':{'c':") << u"/a"_s << u"1"_s;
        QTest::newRow("cut off inside") << json("{'a':{'c':1") << u"/a"_s << u"{\n    \"c\": 1"_s;
    }
    void marksTheValueAPointerNames()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, pointer);
        QFETCH(QString, part);
        const MarkedText marked = markJson(json, pointer);
        QCOMPARE(marked.found(), !part.isEmpty());
        if (marked.found())
            QCOMPARE(marked.text.mid(marked.start, marked.length), part);
    }

    void keepsOrderAndSpelling()
    {
        QCOMPARE(markJson(json("{'z':1.50,'a':[],'e':{},'l':[true,null]}"), u"/none"_s).text,
                 u"{\n  \"z\": 1.50,\n  \"a\": [],\n  \"e\": {},\n  \"l\": [\n    true,\n    null\n  ]\n}"_s);
    }

    void leavesOtherTextAlone()
    {
        for (const QByteArray text : {"<html>no</html>", "{]", "hello", "{\"a\" 1 2}x<"}) {
            const MarkedText marked = markJson(text, u"/a"_s);
            QCOMPARE(marked.text, QString::fromUtf8(text));
            QVERIFY(!marked.found());
        }
    }

    void survivesDeepNesting()
    {
        const QByteArray deep(64 * 1024, '[');
        QVERIFY(!markJson(deep.left(2000), u"/x"_s).text.isEmpty());
    }

    void marksTheLineOfAKey()
    {
        const MarkedText marked = markLine("# Memory\r\nused_memory_rss:9\r\nused_memory:1024\r\n", u"used_memory"_s);
        QCOMPARE(marked.text.mid(marked.start, marked.length), u"used_memory:1024"_s);
        QVERIFY(!markLine("a:1", u"b"_s).found());
        QVERIFY(!markLine("a:1", QString()).found());
    }
};

QTEST_GUILESS_MAIN(JsonTextTest)
#include "tst_json_text.moc"
