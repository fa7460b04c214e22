/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/action_card.h"
#include "theme/text_label.h"

#include <QTest>

#include <algorithm>

using namespace qd;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
const Instant now{1'794'837'731s};

Plan turnedOff()
{
    Plan plan;
    plan.action = u"feature-flag"_s;
    plan.target.deployment = u"quoted"_s;
    plan.resource = u"voice_quotes"_s;
    plan.changes = {{.what = u"enabled"_s, .before = u"true"_s, .after = u"false"_s}};
    plan.undo = {{u"flag-set-back"_s, {u"voice_quotes"_s, u"enabled"_s, u"true"_s}}};
    return plan;
}

ActionRecord record(const QByteArray &id)
{
    return {.planId = id,
            .plan = turnedOff(),
            .beginning = u"start"_s,
            .deployment = u"quoted"_s,
            .operatorId = u"ada"_s,
            .host = u"bridge"_s,
            .at = now - 5min,
            .endedAt = {},
            .ending = {},
            .error = {}};
}

/// Title, headings and rows, from top to bottom.
QStringList textsOf(const ActionCard &card)
{
    QList<Label *> labels = card.findChildren<Label *>();
    labels.removeIf([](const Label *label) { return label->isHidden() || label->text().isEmpty(); });
    std::ranges::stable_sort(labels, {}, [&](const Label *label) { return label->mapTo(&card, QPoint()).y(); });
    QStringList texts;
    for (const Label *label : std::as_const(labels))
        texts.append(label->text().section(u": "_s, 0, 0).section(u" waits for"_s, 0, 0));
    return texts;
}
} // namespace

class TestActionCard : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachKindStandsUnderItsOwnHeading()
    {
        ActionRecord unfinished = record("u");
        unfinished.isUnfinished = true;
        ActionRecord pending = record("p");
        pending.revertsAt = now + 15min;
        const Waiting waiting{.plans = {{.plan = turnedOff(), .who = u"bob"_s}}, .error = {}};
        const Theme theme(Scheme::Light);
        ActionCard card(theme);
        card.resize(900, 400);
        const auto shown = [&](const QList<ActionRecord> &records, const Waiting &waits) {
            card.show({.records = records, .error = {}, .found = {}}, waits, u"quoted"_s, now);
            card.QWidget::show();
            if (!QTest::qWaitForWindowExposed(&card))
                return QStringList{};
            QCoreApplication::processEvents();
            return textsOf(card);
        };
        const QString deed = u"Turn voice_quotes off"_s;
        QCOMPARE(shown({unfinished, pending}, waiting),
                 (QStringList{u"Begun and never ended"_s, deed, u"Waiting for a second person"_s, deed,
                              u"To be taken back by itself"_s, deed + u", done by ada"_s}));
        QCOMPARE(shown({pending}, waiting), (QStringList{u"Waiting for a second person"_s, deed,
                                                         u"To be taken back by itself"_s, deed + u", done by ada"_s}));
        QCOMPARE(shown({pending}, {}), (QStringList{u"To be taken back by itself"_s, deed + u", done by ada"_s}));
        QVERIFY(card.findChildren<Label *>(u"action-heading"_s).isEmpty()); // the card's title says it
    }
};

QTEST_MAIN(TestActionCard)
#include "tst_action_card.moc"
