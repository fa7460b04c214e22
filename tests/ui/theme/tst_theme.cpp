/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "theme/card.h"
#include "theme/glyph.h"
#include "theme/meter_bar.h"
#include "theme/tabular.h"
#include "theme/text_label.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QTest>

#include <cmath>

using namespace qd;
using namespace Qt::StringLiterals;

namespace {
QImage glyphImage(Status status, Scheme scheme)
{
    QImage image(56, 56, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    paintGlyph(painter, image.rect(), status, Theme::coloursOf(scheme));
    return image;
}
} // namespace

class TestTheme : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void textIsReadable_data()
    {
        QTest::addColumn<Scheme>("scheme");
        QTest::newRow("light") << Scheme::Light;
        QTest::newRow("dark") << Scheme::Dark;
    }
    void seriesLookLikeNoStatus_data() { textIsReadable_data(); }
    void seriesLookLikeNoStatus()
    {
        QFETCH(Scheme, scheme);
        const Colours c = Theme::coloursOf(scheme);
        const auto distance = [](const QColor &a, const QColor &b) {
            return std::hypot(a.red() - b.red(), a.green() - b.green(), a.blue() - b.blue());
        };
        for (const QColor &series : c.series) {
            for (const QColor &status : {c.ok, c.warn, c.down})
                QVERIFY2(distance(series, status) >= 60, qPrintable(series.name() + u" is near "_s + status.name()));
            for (const QColor &other : c.series)
                QVERIFY2(series == other || distance(series, other) >= 45, qPrintable(series.name()));
        }
    }
    void textIsReadable()
    {
        QFETCH(Scheme, scheme);
        const Theme theme(scheme);
        const Colours &c = theme.colours();
        for (const QColor &ground : {c.bg, c.surface, c.raised}) {
            for (const Tone tone : {Tone::Text, Tone::Muted, Tone::Faint, Tone::Accent, Tone::Ok, Tone::Warn,
                                    Tone::Down, Tone::Stale, Tone::Mute}) {
                const double ratio = contrast(theme.colourOf(tone), ground);
                QVERIFY2(ratio >= 4.5, qPrintable(u"tone %1 on %2: %3"_s.arg(int(tone)).arg(ground.name()).arg(ratio)));
            }
            for (const QColor &series : c.series)
                QVERIFY(contrast(series, ground) >= 3);
        }
        QVERIFY(contrast(c.production, blended(c.downBack, c.surface)) >= 4.5);
        QVERIFY(contrast(c.down, blended(c.downBack, c.surface)) >= 4.5);
        QVERIFY(contrast(c.ok, blended(c.okBack, c.surface)) >= 4.5);
        QVERIFY(contrast(c.warn, blended(c.warnBack, c.surface)) >= 4.5);
        QVERIFY(contrast(c.accent, c.surface) >= 4.5); // selected text
    }

    void glyphsDifferByShapeNotByColourAlone()
    {
        const QList<Status> all{Status::Ok,      Status::NotAvailable, Status::Muted,
                                Status::Unknown, Status::Degraded,     Status::Down};
        for (const Scheme scheme : {Scheme::Light, Scheme::Dark}) {
            QImage working = glyphImage(Status::Ok, scheme);
            working.fill(Qt::transparent);
            {
                QPainter painter(&working);
                paintWorking(painter, working.rect(), Theme::coloursOf(scheme));
            }
            for (qsizetype a = 0; a < all.size(); ++a) {
                QVERIFY2(working.convertToFormat(QImage::Format_Alpha8) !=
                             glyphImage(all.at(a), scheme).convertToFormat(QImage::Format_Alpha8),
                         qPrintable(toWord(all.at(a))));
                for (qsizetype b = a + 1; b < all.size(); ++b) {
                    const QImage one = glyphImage(all.at(a), scheme).convertToFormat(QImage::Format_Alpha8);
                    const QImage two = glyphImage(all.at(b), scheme).convertToFormat(QImage::Format_Alpha8);
                    QVERIFY2(one != two, qPrintable(u"%1 %2"_s.arg(toWord(all.at(a)), toWord(all.at(b)))));
                }
            }
        }
    }

    void aLimiterAtWorkIsNoOutage()
    {
        QCOMPARE(limitMark(Status::Down, Status::Ok), Status::Degraded);
        QCOMPARE(limitMark(Status::Down, Status::Degraded), Status::Degraded);
        QCOMPARE(limitMark(Status::Down, Status::Down), Status::Down);
        QCOMPARE(limitMark(Status::Ok, Status::Down), Status::Ok);
        QCOMPARE(limitMark(Status::Unknown, Status::Ok), Status::Unknown);
    }

    void digitsHaveOneWidth()
    {
        const Theme theme(Scheme::Light);
        for (const bool strong : {false, true}) {
            const QFontMetricsF metrics(theme.font(TextSize::Body, strong));
            for (const QChar digit : u"123456789"_s)
                QCOMPARE(tabular::widthOf(u"1.%1 ms"_s.arg(digit), metrics), tabular::widthOf(u"1.0 ms"_s, metrics));
            // The narrowest digit stands in the middle of its room, so that no word moves beside it.
            QVERIFY(tabular::widthOf(u"1"_s, metrics) >= metrics.horizontalAdvance(u'8'));
        }
    }

    void aNumberIsWholeOrElided()
    {
        const Theme theme(Scheme::Light);
        const QFontMetricsF metrics(theme.font(TextSize::Body));
        const QString number = u"1111111111 ms"_s;
        const double whole = tabular::widthOf(number, metrics);
        QCOMPARE(tabular::elided(number, metrics, Qt::ElideRight, whole), number);
        const QString cut = tabular::elided(number, metrics, Qt::ElideRight, whole - 1);
        QVERIFY(cut.endsWith(u'…'));
        QVERIFY(tabular::widthOf(cut, metrics) < whole);
    }

    void aNumbersLabelKeepsItsWidth()
    {
        const Theme theme(Scheme::Light);
        Label label(theme);
        label.setNumeric(true);
        label.setText(u"111 ms"_s);
        const QSize before = label.sizeHint();
        label.setText(u"888 ms"_s);
        QCOMPARE(label.sizeHint(), before);
    }

    void schemeFollowsTheSystemsPalette()
    {
        QCOMPARE(Theme::schemeOf(Theme(Scheme::Dark).palette()), Scheme::Dark);
        QCOMPARE(Theme::schemeOf(Theme(Scheme::Light).palette()), Scheme::Light);
    }

    void textScales()
    {
        Theme theme(Scheme::Light);
        Label label(theme);
        label.setText(u"quoted"_s);
        const QSize before = label.sizeHint();
        theme.setTextScale(2);
        QVERIFY(label.sizeHint().width() > before.width() * 3 / 2);
        QVERIFY(!theme.styleSheet().contains(u'{' + u"px"_s));
    }

    void longestTextWithRoomIsShown()
    {
        const Theme theme(Scheme::Light);
        Label label(theme);
        label.setTexts({u"one; two; three"_s, u"one; and 2 more"_s, u"one"_s});
        label.resize(label.sizeHint());
        QCOMPARE(label.text(), u"one; two; three"_s);
        label.resize(QFontMetrics(theme.font(TextSize::Body)).horizontalAdvance(u"one;"_s), 20);
        QCOMPARE(label.text(), u"one"_s);
    }

    void linesStayLinesWhereThereIsRoom()
    {
        const Theme theme(Scheme::Light);
        Label label(theme);
        label.setWordWrap(3);
        label.setText(u"what\nwhere\nadvice"_s);
        QCOMPARE(label.heightForWidth(1000), 3 * QFontMetrics(theme.font(TextSize::Body)).height());
    }

    void markupIsShownAsItIs()
    {
        const Theme theme(Scheme::Light);
        Label label(theme);
        label.setText(u"<img src=x>\nsecond"_s);
        QCOMPARE(label.text(), u"<img src=x> second"_s);
        Label same(theme);
        same.setText(u"x"_s);
        QVERIFY(label.sizeHint().width() > same.sizeHint().width() * 10);
    }

    void notMeasuredIsNotZero()
    {
        const Theme theme(Scheme::Light);
        MeterBar none(theme);
        MeterBar zero(theme);
        none.resize(100, 8);
        zero.resize(100, 8);
        none.setValue({}, Status::Ok);
        zero.setValue(Share{0}, Status::Ok);
        QVERIFY(none.grab().toImage() != zero.grab().toImage());
    }

    void onlyTroubleHasAnEdge()
    {
        const Theme theme(Scheme::Light);
        Card card(theme);
        card.setTitle(u"quoted"_s);
        card.resize(200, 80);
        const QImage calm = card.grab().toImage();
        card.setAccent(Status::Ok);
        QCOMPARE(card.grab().toImage(), calm);
        card.setAccent(Status::Down);
        const QImage loud = card.grab().toImage();
        QCOMPARE(loud.pixelColor(1, 40), theme.colours().down);
        card.setAccent({});
        QCOMPARE(card.grab().toImage(), calm);
    }
};

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
