/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/approval_table.h"
#include "actions/registry.h"
#include "proof/proving.h"

#include <QCoreApplication>
#include <QTest>

#include <array>
#include <atomic>
#include <thread>

using namespace qd;
using namespace qd::proof;
using test::soon;

namespace {
/// A person with a key and a desk.
struct Person
{
    explicit Person(const QString &name)
        : identity(*SigningIdentity::generate())
        , who{.id = name, .host = u"desk"_s, .key = identity.publicKey()}
        , journal(test::journalIn(desk))
    {
    }
    QTemporaryDir desk;
    SigningIdentity identity;
    Operator who;
    std::unique_ptr<Journal> journal;
};

/// Whoever comes waits for the other.
class Meeting
{
public:
    void wait()
    {
        ++m_here;
        while (m_here < 2)
            std::this_thread::yield();
    }

private:
    std::atomic<int> m_here = 0;
};

bool isDone(const Report &report)
{
    return report.ending == Ending::Done || report.ending == Ending::DoneWarned;
}
} // namespace

/// Two operators at once: one effect. And no approval lets anything be done but what was approved, as it was approved.
class TestRaces : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void ofTwoOneDoes_data();
    void ofTwoOneDoes();
    void noApprovalServesAnythingElse_data();
    void noApprovalServesAnythingElse();
    void cleanupTestCase();

private:
    [[nodiscard]] Engine engineOf(Person &person);
    /// bob's, where it takes one.
    [[nodiscard]] QList<Approval> approvalsOf(const Plan &plan);
    /// Both at once, each with a plan of their own or with `plan`.
    [[nodiscard]] std::array<Report, 2> race(const Deed &deed, const std::optional<Plan> &plan = {},
                                             const QList<Approval> &approvals = {});
    std::unique_ptr<Shop> m_shop;
    std::optional<Profile> m_profile;
    ManualClock m_clock{std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now())};
    std::unique_ptr<Person> m_ada;
    std::unique_ptr<Person> m_bob;
    std::unique_ptr<Person> m_carol;
    Policy m_policy;
    Table m_pairs{{u"pairs of operators at once"_s, u"pairs"_s, u"exactly one effect"_s, u"none"_s, u"more"_s}};
    Table m_approvals{{u"approval that must not serve"_s, u"tried"_s, u"carried out"_s}};
};

void TestRaces::initTestCase()
{
    m_shop = std::make_unique<Shop>();
    m_shop->postgres().execute(ApprovalTable::migration(u"actor"_s));
    m_profile = profileOf(m_shop->profile());
    m_ada = std::make_unique<Person>(u"ada"_s);
    m_bob = std::make_unique<Person>(u"bob"_s);
    m_carol = std::make_unique<Person>(u"carol"_s);
    for (const Person *person : {m_ada.get(), m_bob.get(), m_carol.get()})
        m_policy.people.append({.name = person->who.id, .key = person->who.key, .roles = {u"lead"_s}});
    m_policy.grants = {{.role = u"lead"_s, .act = true, .approve = true, .scope = {}}};
}

Engine TestRaces::engineOf(Person &person)
{
    Engine engine(*person.journal, m_clock, person.who);
    engine.setPolicy(m_policy);
    return engine;
}

std::array<Report, 2> TestRaces::race(const Deed &deed, const std::optional<Plan> &plan,
                                      const QList<Approval> &approvals)
{
    std::array<Report, 2> reports;
    Meeting meeting;
    const auto act = [&](std::size_t which) {
        Person &person = which == 0 ? *m_ada : *m_carol;
        const auto action = actionOf(*m_profile, deed.action, m_clock);
        Engine engine = engineOf(person);
        engine.setApprovals(approvals);
        auto place = placeOf(u"flags"_s, *m_profile);
        auto store = PgStore::open(*place, soon());
        std::optional<ApprovalTable> table;
        if (store && plan)
            table.emplace(std::move(*store));
        if (table)
            engine.setClaim([&](const Approval &used) { return table->use(used, person.who.id, soon()); });
        const auto mine =
            plan ? Result<Plan>(*plan) : engine.plan(*action, deed.action, test::wishFor(deed.resource, deed.set));
        if (mine && !plan)
            engine.setApprovals(approvalsOf(*mine));
        meeting.wait();
        if (mine)
            reports.at(which) = engine.run(*action, *mine);
        else
            reports.at(which).error = mine.error();
    };
    std::thread other(act, 1);
    act(0);
    other.join();
    return reports;
}

QList<Approval> TestRaces::approvalsOf(const Plan &plan)
{
    return plan.risk == Risk::High ? QList{*approve(plan, m_bob->who, m_bob->identity, m_clock.now(), 1h)}
                                   : QList<Approval>();
}

void TestRaces::ofTwoOneDoes_data()
{
    QTest::addColumn<QString>("name");
    for (const Deed &deed : deeds())
        QTest::newRow(qPrintable(deed.name)) << deed.name;
}

void TestRaces::ofTwoOneDoes()
{
    QFETCH(QString, name);
    const Deed &deed = deedCalled(name);
    m_policy.raises.clear();
    m_shop->reset();
    const auto alone = actionOf(*m_profile, deed.action, m_clock);
    Engine engine = engineOf(*m_ada);
    const auto plan = engine.plan(*alone, deed.action, test::wishFor(deed.resource, deed.set));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    engine.setApprovals(approvalsOf(*plan));
    QVERIFY(isDone(engine.run(*alone, *plan)));
    const int once = m_shop->effects(deed);
    const QByteArray after = m_shop->value(deed);
    const auto all = static_cast<int>(deeds().size());
    const int rounds = (times(50, 1000) + all - 1) / all;
    int one = 0;
    int none = 0;
    int more = 0;
    QString fault;
    for (int round = 0; round < rounds; ++round) {
        m_shop->reset();
        m_clock.advance(1s); // no two plans are the same
        const auto reports = race(deed);
        const QString said = test::said(reports[0]) + u" | "_s + test::said(reports[1]);
        const int effects = m_shop->effects(deed);
        ++(effects == once ? one : effects < once ? none : more);
        if (effects != once || isDone(reports[0]) == isDone(reports[1]) || m_shop->value(deed) != after)
            fault = said;
    }
    m_pairs.add({name, QString::number(rounds), QString::number(one), QString::number(none), QString::number(more)});
    QCOMPARE(one, rounds);
    QVERIFY2(fault.isEmpty(), qPrintable(fault));
}

void TestRaces::noApprovalServesAnythingElse_data()
{
    QTest::addColumn<QString>("how");
    for (const char *how :
         {"the author's own", "that of whoever carries it out", "of another plan", "of another target",
          "of another state", "run out", "run out between the two", "forged", "used by both at once"})
        QTest::newRow(how) << QString::fromLatin1(how);
}

void TestRaces::noApprovalServesAnythingElse()
{
    QFETCH(QString, how);
    const Deed &deed = deedCalled(u"flag in PostgreSQL"_s);
    m_policy.raises = {{.scope = {}, .atLeast = Risk::High}};
    const bool isRightOnce = how == "used by both at once"_L1;
    const int rounds = (times(50, 1000) + 8) / 9;
    int carriedOut = 0;
    for (int round = 0; round < rounds; ++round) {
        m_shop->reset();
        m_clock.advance(1s);
        const auto action = actionOf(*m_profile, deed.action, m_clock);
        Engine author = engineOf(*m_ada);
        const auto planned = [&](const std::map<QString, QString> &set) {
            auto plan = author.plan(*action, deed.action, test::wishFor(deed.resource, set));
            if (!plan)
                qFatal("%s", qPrintable(plan.error().message));
            return std::move(*plan);
        };
        Plan plan = planned(deed.set);
        QCOMPARE(plan.risk, Risk::High);
        const auto by = [&](const Person &person, const Plan &of) {
            return *approve(of, person.who, person.identity, m_clock.now(), 1h);
        };
        Approval approval = by(*m_bob, plan);
        if (how == "the author's own"_L1) {
            approval = by(*m_ada, plan);
        } else if (how == "that of whoever carries it out"_L1) {
            approval = by(*m_carol, plan); // ada may carry it out with it, carol may not
            Engine carols = engineOf(*m_carol);
            carols.setApprovals({approval});
            const Report report = carols.run(*action, plan);
            QVERIFY2(report.ending == Ending::Refused, qPrintable(test::said(report)));
            QCOMPARE(m_shop->effects(deed), 0);
            continue;
        } else if (how == "of another plan"_L1) {
            approval = by(*m_bob, planned({{u"rollout"_s, u"25"_s}}));
        } else if (how == "of another target"_L1) {
            Plan other = plan;
            other.target.identity.last() = u"staging"_s;
            approval = by(*m_bob, other);
        } else if (how == "of another state"_L1) {
            m_shop->postgres().execute("UPDATE feature_flags SET rollout_percent = 5; TRUNCATE effects");
            plan = planned(deed.set);
        } else if (how == "run out"_L1) {
            m_clock.advance(1h + 1min);
        } else if (how == "run out between the two"_L1) {
            Engine slow = engineOf(*m_ada);
            slow.setApprovals({approval});
            slow.setBoundary([&](const QString &boundary) {
                if (boundary == "start:-1:after"_L1)
                    m_clock.advance(1h + 1min);
            });
            const Report report = slow.run(*action, plan);
            QVERIFY2(report.ending == Ending::Refused, qPrintable(test::said(report)));
            QCOMPARE(m_shop->effects(deed), 0);
            continue;
        } else if (how == "forged"_L1) {
            approval = by(*m_ada, plan);
            approval.approver = m_bob->who.id;
            approval.key = m_bob->who.key;
        }
        const auto reports = race(deed, plan, {approval});
        const QString said = test::said(reports[0]) + u" | "_s + test::said(reports[1]);
        const int effects = m_shop->effects(deed);
        carriedOut += effects;
        QVERIFY2(effects == (isRightOnce ? 1 : 0), qPrintable(said));
        QCOMPARE(static_cast<int>(isDone(reports[0])) + static_cast<int>(isDone(reports[1])), effects);
    }
    m_approvals.add(
        {how, QString::number(rounds), isRightOnce ? u"%1, each once"_s.arg(carriedOut) : QString::number(carriedOut)});
}

void TestRaces::cleanupTestCase()
{
    m_pairs.print();
    m_approvals.print();
}

PROOF_MAIN(TestRaces)
#include "tst_races.moc"
