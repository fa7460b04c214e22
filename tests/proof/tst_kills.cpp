/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "proof/proving.h"

#include <QCoreApplication>
#include <QTest>

#include <memory>

using namespace qd;
using namespace qd::proof;
using test::patience;

/// Every action is killed before and after each intent, effect and outcome, also while it is taken back. What it did it
/// had said before, and the next start brings it to its end.
class TestKills : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void whoeverIsKilledLeavesNothingUnknown_data();
    void whoeverIsKilledLeavesNothingUnknown();
    void whoeverIsKilledTakingBackLeavesNothingUnknown_data();
    void whoeverIsKilledTakingBackLeavesNothingUnknown();
    void cleanupTestCase();

private:
    struct Count
    {
        int kills = 0;
        int unintended = 0; ///< effects without an intent
        int left = 0;       ///< unfinished, and found at the next start
        int ended = 0;      ///< of these
    };
    void addDeeds(bool onlyWhatIsUndone);
    void add(const QString &deed, const QString &boundary, const Count &count)
    {
        m_table.add({deed, boundary, QString::number(count.kills), QString::number(count.unintended),
                     QString::number(count.left), QString::number(count.ended)});
    }
    /// Brings what the journal has to its end; whether it came to that of the way.
    [[nodiscard]] bool bringToItsEnd(Journal &journal, const Deed &deed, bool isResumed, QString &said);
    std::unique_ptr<Shop> m_shop;
    std::optional<Profile> m_profile;
    SystemClock m_clock;
    Table m_table{{u"action"_s, u"killed at"_s, u"kills"_s, u"effects without intent"_s, u"unfinished"_s,
                   u"brought to an end"_s}};
};

void TestKills::initTestCase()
{
    m_shop = std::make_unique<Shop>();
    m_profile = profileOf(m_shop->profile());
}

void TestKills::addDeeds(bool onlyWhatIsUndone)
{
    QTest::addColumn<QString>("name");
    for (const Deed &deed : deeds()) {
        // What takes back a program's deed does not differ from what does Render's: it takes its time in a soak.
        const bool isProgram = deed.system > Deed::System::Render;
        if (!onlyWhatIsUndone || (deed.canBeUndone && (!isProgram || times(0, 1) > 0)))
            QTest::newRow(qPrintable(deed.name)) << deed.name;
    }
}

bool TestKills::bringToItsEnd(Journal &journal, const Deed &deed, bool isResumed, QString &said)
{
    const auto plan = planBegun(journal);
    if (!plan)
        return false;
    const auto action = actionOf(*m_profile, deed.action, m_clock);
    Engine engine(journal, m_clock, {.id = u"ada"_s, .host = u"desk"_s});
    const Report report = isResumed ? engine.resume(*action, *plan) : engine.undo(*action, *plan);
    said = test::said(report);
    const auto unfinished = journal.unfinished(patience);
    const bool isWell = isResumed ? report.ending == Ending::Done || report.ending == Ending::DoneWarned
                                  : report.ending == Ending::Undone;
    return isWell && unfinished && unfinished->isEmpty();
}

void TestKills::whoeverIsKilledLeavesNothingUnknown_data()
{
    addDeeds(false);
}

void TestKills::whoeverIsKilledLeavesNothingUnknown()
{
    QFETCH(QString, name);
    const Deed &deed = deedCalled(name);
    m_shop->reset();
    const QByteArray before = m_shop->value(deed);
    const QTemporaryDir whole;
    const Child clean = act(m_shop->profileFile(), name, whole.filePath(u"journal.sqlite"_s), u"run"_s);
    QVERIFY2(clean.code == 0, qPrintable(clean.said));
    const QByteArray after = m_shop->value(deed);
    const int once = m_shop->effects(deed);
    QVERIFY(after != before && once > 0);
    // start, intent, effect, outcome and end, each before and after: two of these a step at least.
    QVERIFY2(clean.boundaries.size() >= 10, qPrintable(clean.boundaries.join(u' ')));

    const int rounds = times(1, 20);
    for (qsizetype at = 0; at < clean.boundaries.size(); ++at) {
        const QString &boundary = clean.boundaries[at];
        Count count;
        for (int round = 0; round < rounds; ++round) {
            const bool isResumed = !deed.canBeUndone || (at + round) % 2 == 0;
            m_shop->reset();
            const QTemporaryDir directory;
            const QString path = directory.filePath(u"journal.sqlite"_s);
            const Child child = act(m_shop->profileFile(), name, path, u"run"_s, boundary);
            QVERIFY2(child.wasKilled, qPrintable(boundary + u": "_s + child.said));
            ++count.kills;
            const int effects = m_shop->effects(deed);
            auto journal = Journal::open({.path = path}, patience);
            QVERIFY(journal);
            const bool isIntended = has(**journal, u"intent"_s);
            count.unintended += !isIntended && (effects > 0 || m_shop->value(deed) != before) ? 1 : 0;
            QVERIFY2(count.unintended == 0, qPrintable(u"an effect without an intent at "_s + boundary));
            const auto unfinished = (*journal)->unfinished(patience);
            QVERIFY(unfinished);
            if (unfinished->isEmpty()) {
                // Nothing was begun, or it had come to its end.
                const bool isBegun = has(**journal, u"start"_s);
                QCOMPARE(isBegun, has(**journal, u"end"_s));
                QCOMPARE(m_shop->value(deed), isBegun ? after : before);
                continue;
            }
            ++count.left;
            QString said;
            QVERIFY2(bringToItsEnd(**journal, deed, isResumed, said), qPrintable(boundary + u": "_s + said));
            if (isResumed) {
                QVERIFY2(m_shop->effects(deed) == once, qPrintable(boundary + u": "_s + said));
                QVERIFY2(m_shop->value(deed) == after, qPrintable(boundary + u": "_s + said));
            } else {
                QVERIFY2(m_shop->isUndone(deed, before), qPrintable(boundary + u": "_s + said));
            }
            ++count.ended;
        }
        add(name, boundary, count);
    }
}

void TestKills::whoeverIsKilledTakingBackLeavesNothingUnknown_data()
{
    addDeeds(true);
}

void TestKills::whoeverIsKilledTakingBackLeavesNothingUnknown()
{
    QFETCH(QString, name);
    const Deed &deed = deedCalled(name);
    const auto begin = [&](const QTemporaryDir &directory) {
        m_shop->reset();
        const auto journal = test::journalIn(directory);
        const auto action = actionOf(*m_profile, deed.action, m_clock);
        Engine engine(*journal, m_clock, {.id = u"ada"_s, .host = u"desk"_s});
        const auto plan = engine.plan(*action, deed.action, test::wishFor(deed.resource, deed.set));
        if (!plan)
            qFatal("%s", qPrintable(plan.error().message));
        const Report report = engine.run(*action, *plan);
        if (report.ending != Ending::Done && report.ending != Ending::DoneWarned)
            qFatal("%s", qPrintable(test::said(report)));
    };
    const auto intents = [](Journal &journal) {
        const auto entries = journal.entries({}, patience);
        return std::ranges::count(*entries, u"intent"_s, &Entry::kind);
    };
    const QTemporaryDir whole;
    m_shop->reset();
    const QByteArray before = m_shop->value(deed);
    begin(whole);
    const QByteArray after = m_shop->value(deed);
    const int done = m_shop->effects(deed);
    const Child clean = act(m_shop->profileFile(), name, whole.filePath(u"journal.sqlite"_s), u"undo"_s);
    QVERIFY2(clean.code == 0, qPrintable(clean.said));
    const int both = m_shop->effects(deed);
    QVERIFY(both > done);
    const int rounds = times(1, 20);
    for (const QString &boundary : clean.boundaries) {
        Count count;
        for (int round = 0; round < rounds; ++round) {
            const QTemporaryDir directory;
            const QString path = directory.filePath(u"journal.sqlite"_s);
            begin(directory);
            const auto intended = [&] {
                const auto journal = test::journalIn(directory);
                return intents(*journal);
            };
            const auto first = intended();
            const Child child = act(m_shop->profileFile(), name, path, u"undo"_s, boundary);
            QVERIFY2(child.wasKilled, qPrintable(boundary + u": "_s + child.said));
            ++count.kills;
            const auto journal = test::journalIn(directory);
            const bool isIntended = intents(*journal) > first;
            count.unintended += !isIntended && (m_shop->effects(deed) != done || m_shop->value(deed) != after) ? 1 : 0;
            QVERIFY2(count.unintended == 0, qPrintable(u"an effect without an intent at "_s + boundary));
            const auto unfinished = journal->unfinished(patience);
            QVERIFY(unfinished);
            if (unfinished->isEmpty()) {
                const int effects = m_shop->effects(deed);
                QVERIFY2(effects == done || effects == both, qPrintable(boundary));
                continue;
            }
            ++count.left;
            QString said;
            QVERIFY2(bringToItsEnd(*journal, deed, false, said), qPrintable(boundary + u": "_s + said));
            QVERIFY2(m_shop->effects(deed) == both, qPrintable(boundary + u": "_s + said));
            QVERIFY2(m_shop->isUndone(deed, before), qPrintable(boundary + u": "_s + said));
            ++count.ended;
        }
        add(name + u", taken back"_s, boundary, count);
    }
}

void TestKills::cleanupTestCase()
{
    m_table.print();
}

PROOF_MAIN(TestKills)
#include "tst_kills.moc"
