/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "proof/proving.h"

#include <QCoreApplication>
#include <QTest>

#include <functional>
#include <memory>

using namespace qd;
using namespace qd::proof;
using test::patience;

/// Every action is killed before and after each intent, effect and outcome, also while it is gone on with or taken
/// back. What it did it had said before, and the next start brings it to its end.
class TestKills : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void whoeverIsKilledLeavesNothingUnknown_data() { addDeeds(); }
    void whoeverIsKilledLeavesNothingUnknown();
    void whoeverIsKilledGoingOnLeavesNothingUnknown_data() { addDeeds(times(0, 1) > 0); }
    void whoeverIsKilledGoingOnLeavesNothingUnknown();
    void whoeverIsKilledTakingBackLeavesNothingUnknown_data() { addDeeds(times(0, 1) > 0, true); }
    void whoeverIsKilledTakingBackLeavesNothingUnknown();
    void cleanupTestCase();

private:
    struct Count
    {
        int kills = 0;
        int unintended = 0; ///< effects without an intent
        int left = 0;       ///< unfinished, and found at the next start
        int resumed = 0;    ///< of these
        int undone = 0;
    };
    /// What is killed: a way that begins where `prepare` led, with that journal, from what reset() left.
    struct Killed
    {
        QString name; ///< of the table's rows
        QString way;
        std::function<void(const QString &journal)> prepare;
        int before = 0; ///< effects
        int after = 0;
        QStringList ends; ///< the ways in which what is left is brought to its end
    };
    /// What goes on with a program's deed, or takes it back, does not differ from what does Render's; and what goes on
    /// with that of a key does nothing else than what is left is brought to its end with: it takes its time in a soak.
    static void addDeeds(bool areAll = true, bool areAllUndone = false);
    void killEverywhere(const Deed &deed, const Killed &killed);
    /// Brings what the journal has to its end; whether it came to that of the way.
    [[nodiscard]] bool bringToItsEnd(Journal &journal, const Deed &deed, const QString &way, QString &said);
    [[nodiscard]] static QStringList waysToEnd(const Deed &deed)
    {
        if (!deed.canBeGoneOnWith)
            return {u"undo"_s};
        return deed.canBeUndone ? QStringList{u"resume"_s, u"undo"_s} : QStringList{u"resume"_s};
    }
    std::unique_ptr<Shop> m_shop;
    std::optional<Profile> m_profile;
    SystemClock m_clock;
    Table m_table{{u"action"_s, u"killed at"_s, u"kills"_s, u"effects without intent"_s, u"unfinished"_s, u"resumed"_s,
                   u"undone"_s}};
    Table m_users{{u"meanwhile"_s, u"users with a valid token"_s, u"refused"_s}};
};

void TestKills::initTestCase()
{
    m_shop = std::make_unique<Shop>();
    m_profile = profileOf(m_shop->profile());
}

void TestKills::addDeeds(bool areAll, bool areAllUndone)
{
    QTest::addColumn<QString>("name");
    for (const Deed &deed : deeds()) {
        const bool isForSoak = deed.system > Deed::System::Render || deed.isSlow || (deed.isOfKeys() && !areAllUndone);
        if ((areAll || !isForSoak) && (!areAllUndone || deed.canBeUndone))
            QTest::newRow(qPrintable(deed.name)) << deed.name;
    }
}

bool TestKills::bringToItsEnd(Journal &journal, const Deed &deed, const QString &way, QString &said)
{
    const auto plan = planBegun(journal);
    if (!plan)
        return false;
    const auto action = actionOf(*m_profile, deed.action, m_clock);
    AdasEngine engine(journal, m_clock);
    const bool isResumed = way == "resume"_L1;
    const Report report = isResumed ? engine.resume(*action, *plan) : engine.undo(*action, *plan);
    said = test::said(report);
    const auto unfinished = journal.unfinished(patience);
    const bool isWell = isResumed ? report.ending == Ending::Done || report.ending == Ending::DoneWarned
                                  : report.ending == Ending::Undone;
    return isWell && unfinished && unfinished->isEmpty();
}

void TestKills::killEverywhere(const Deed &deed, const Killed &killed)
{
    test::FakeKeyService &service = m_shop->keyService(deed);
    if (deed.isOfKeys())
        service.letIn();
    const auto close = qScopeGuard([&] { service.sendAway(); });
    const int cameBefore = service.came;
    const int refusedBefore = service.refused;
    m_shop->reset();
    const QByteArray first = m_shop->value(deed);
    const QTemporaryDir whole;
    killed.prepare(whole.filePath(u"journal.sqlite"_s));
    QCOMPARE(m_shop->effects(deed), killed.before);
    const QByteArray before = m_shop->value(deed);
    const Child clean = act(m_shop->profileFile(), deed.name, whole.filePath(u"journal.sqlite"_s), killed.way);
    QVERIFY2(clean.code == 0, qPrintable(clean.said));
    const QByteArray after = m_shop->value(deed);
    QCOMPARE(m_shop->effects(deed), killed.after);
    // The beginning, intent, effect, outcome and end, each before and after: two of these a step at least.
    QVERIFY2(clean.boundaries.size() >= 10, qPrintable(clean.boundaries.join(u' ')));

    int known = killed.before; // effects up to the last boundary: from an effect's beginning to its end alone they grow
    const qsizetype number = std::ranges::find(deeds(), deed.name, &Deed::name) - deeds().begin();
    const auto isIntent = [](const QString &boundary) { return boundary.startsWith("intent:"_L1); };
    const auto firstIntent = std::ranges::find_if(clean.boundaries, isIntent) - clean.boundaries.begin();
    const int rounds = times(1, 20);
    for (qsizetype at = 0; at < clean.boundaries.size(); ++at) {
        const QString &boundary = clean.boundaries[at];
        const bool isEffect = boundary.startsWith("effect:"_L1) && boundary.endsWith(":after"_L1);
        int grown = known;
        Count count;
        for (int round = 0; round < rounds; ++round) {
            const QString &end = killed.ends[(number + at / 2 + round) % killed.ends.size()];
            m_shop->reset();
            const QTemporaryDir directory;
            const QString path = directory.filePath(u"journal.sqlite"_s);
            killed.prepare(path);
            const Child child = act(m_shop->profileFile(), deed.name, path, killed.way, boundary);
            QVERIFY2(child.wasKilled, qPrintable(boundary + u": "_s + child.said));
            ++count.kills;
            const int effects = m_shop->effects(deed);
            auto journal = Journal::open({.path = path}, patience);
            QVERIFY(journal);
            if (isEffect) {
                QVERIFY2(effects >= known, qPrintable(boundary));
                grown = effects;
            } else {
                count.unintended += effects - known;
                QVERIFY2(effects == known,
                         qPrintable(u"%1 effects without an intent at %2"_s.arg(effects - known).arg(boundary)));
                QVERIFY2(known > 0 || m_shop->value(deed) == first, qPrintable(boundary));
            }
            const auto unfinished = (*journal)->unfinished(patience);
            QVERIFY(unfinished);
            if (unfinished->isEmpty()) {
                // Nothing was intended yet, or it had come to its end.
                const bool hasEnded = boundary == clean.boundaries.last();
                QVERIFY2(hasEnded || at <= firstIntent, qPrintable(boundary));
                QCOMPARE(effects, hasEnded ? killed.after : killed.before);
                QCOMPARE(m_shop->value(deed), hasEnded ? after : before);
                continue;
            }
            ++count.left;
            QString said;
            QVERIFY2(bringToItsEnd(**journal, deed, end, said), qPrintable(boundary + u": "_s + said));
            if (end == "resume"_L1) {
                QVERIFY2(m_shop->effects(deed) == deed.effects, qPrintable(boundary + u": "_s + said));
                QVERIFY2(m_shop->value(deed) == after, qPrintable(boundary + u": "_s + said));
                ++count.resumed;
            } else {
                const int most = deed.effects + deed.effectsBack;
                QVERIFY2(m_shop->effects(deed) <= most, qPrintable(boundary + u": "_s + said));
                QVERIFY2(killed.way != "undo"_L1 || m_shop->effects(deed) == most,
                         qPrintable(boundary + u": "_s + said));
                QVERIFY2(m_shop->isUndone(deed, first), qPrintable(boundary + u": "_s + said));
                ++count.undone;
            }
        }
        known = grown;
        m_table.add({killed.name, boundary, QString::number(count.kills), QString::number(count.unintended),
                     QString::number(count.left), QString::number(count.resumed), QString::number(count.undone)});
    }
    if (!deed.isOfKeys())
        return;
    const int came = service.came - cameBefore;
    const int refused = service.refused - refusedBefore;
    m_users.add({killed.name, QString::number(came), QString::number(refused)});
    QVERIFY(came > clean.boundaries.size());
    // Who revokes a key wants its users to be refused.
    QVERIFY2((refused == 0) == deed.canBeUndone, qPrintable(u"%1 of %2"_s.arg(refused).arg(came)));
}

void TestKills::whoeverIsKilledLeavesNothingUnknown()
{
    QFETCH(QString, name);
    const Deed &deed = deedCalled(name);
    killEverywhere(deed, {.name = name,
                          .way = u"run"_s,
                          .prepare = [](const QString &) {},
                          .after = deed.effects,
                          .ends = waysToEnd(deed)});
}

void TestKills::whoeverIsKilledGoingOnLeavesNothingUnknown()
{
    QFETCH(QString, name);
    const Deed &deed = deedCalled(name);
    const auto prepare = [&](const QString &journal) {
        const Child child = act(m_shop->profileFile(), name, journal, u"run"_s, u"intent:0:after"_s);
        QVERIFY2(child.wasKilled, qPrintable(child.said));
    };
    killEverywhere(deed, {.name = name + u", gone on with"_s,
                          .way = u"resume"_s,
                          .prepare = prepare,
                          .after = deed.effects,
                          .ends = waysToEnd(deed)});
}

void TestKills::whoeverIsKilledTakingBackLeavesNothingUnknown()
{
    QFETCH(QString, name);
    const Deed &deed = deedCalled(name);
    const auto prepare = [&](const QString &path) {
        auto journal = Journal::open({.path = path}, patience);
        QVERIFY(journal);
        const auto action = actionOf(*m_profile, deed.action, m_clock);
        AdasEngine engine(**journal, m_clock);
        const auto plan = engine.plan(*action, deed.action, test::wishFor(deed.resource, deed.set));
        QVERIFY2(plan, qPrintable(plan ? QString() : plan.error().message));
        const Report report = engine.run(*action, *plan);
        QVERIFY2(report.ending == Ending::Done || report.ending == Ending::DoneWarned, qPrintable(test::said(report)));
    };
    killEverywhere(deed, {.name = name + u", taken back"_s,
                          .way = u"undo"_s,
                          .prepare = prepare,
                          .before = deed.effects,
                          .after = deed.effects + deed.effectsBack,
                          .ends = {u"undo"_s}});
}

void TestKills::cleanupTestCase()
{
    m_table.print();
    m_users.print();
}

PROOF_MAIN(TestKills)
#include "tst_kills.moc"
