/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "proof/proving.h"

#include <QCoreApplication>
#include <QTest>

using namespace qd;
using namespace qd::proof;
using test::patience;

/// A plan is carried out where it was made for, and nowhere else: 0 changes wherever else it is led.
class TestWrongTargets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void whatIsNotThePlansIsNotTouched_data();
    void whatIsNotThePlansIsNotTouched();
    void whereItIsThePlansItIsDone_data();
    void whereItIsThePlansItIsDone();
    void cleanupTestCase();

private:
    [[nodiscard]] Plan planned(const Deed &deed);
    void lead(Deed::System system, Shop &other);
    std::unique_ptr<Shop> m_shop;
    std::unique_ptr<Shop> m_staging; ///< its clone, which says that it is one
    std::unique_ptr<Shop> m_twin;    ///< its clone, which says that it is production
    std::optional<Profile> m_profile;
    SystemClock m_clock;
    Table m_table{{u"action"_s, u"wrong target"_s, u"cases"_s, u"changes"_s}};
};

void TestWrongTargets::initTestCase()
{
    m_shop = std::make_unique<Shop>();
    m_staging = std::make_unique<Shop>(u"staging"_s);
    m_twin = std::make_unique<Shop>();
    m_profile = profileOf(m_shop->profile());
}

Plan TestWrongTargets::planned(const Deed &deed)
{
    const auto action = actionOf(*m_profile, deed.action, m_clock);
    const QTemporaryDir directory;
    const auto journal = test::journalIn(directory);
    auto plan = AdasEngine(*journal, m_clock).plan(*action, deed.action, test::wishFor(deed.resource, deed.set));
    if (!plan)
        qFatal("%s", qPrintable(plan.error().message));
    return std::move(*plan);
}

/// Whoever acts holds there what they hold here: the lease tells nobody that it is another server.
void TestWrongTargets::lead(Deed::System system, Shop &other)
{
    if (system == Deed::System::PostgreSql) {
        const QByteArray held =
            m_shop->postgres().execute("SELECT quote_literal(holder) || ', ' || fence FROM quarterdeck_leases");
        other.postgres().execute(
            "CREATE TABLE quarterdeck_leases (resource text PRIMARY KEY, holder text NOT NULL, fence bigint NOT NULL,"
            " expires_at timestamptz NOT NULL); ALTER TABLE quarterdeck_leases OWNER TO actor;"
            "INSERT INTO quarterdeck_leases VALUES ('deployment', " +
            held + ", now() + interval '1 min')");
    } else if (system == Deed::System::Redis) {
        for (const QByteArray key : {"quarterdeck:lease", "quarterdeck:fence"})
            other.redis().command({"SET", key, m_shop->redis().command({"GET", key}), "PX", "60000"});
    }
    m_shop->lead(system, other);
    QTest::qSleep(100); // until the client knows that it was cut, and connects anew
}

void TestWrongTargets::whatIsNotThePlansIsNotTouched_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("how");
    for (const Deed &deed : deeds()) {
        QStringList ways{u"name leads to staging"_s,
                         u"name leads to staging once it began"_s,
                         u"name leads to staging right before the effect"_s,
                         u"profile edited: another environment"_s,
                         u"profile edited: another name"_s,
                         u"port moved to staging"_s};
        // Of a platform, what has the same service, project and environment is the same; and so is its name for us.
        if (deed.system == Deed::System::PostgreSql || deed.system == Deed::System::Redis)
            ways += {u"name leads to a clone"_s, u"name leads to a clone right before the effect"_s,
                     u"name leads to a clone right before it looks"_s, u"port moved to a clone"_s};
        if (deed.system == Deed::System::PostgreSql)
            ways += {u"database cloned beside it"_s, u"its marker says staging"_s, u"it has two markers"_s};
        if (deed.system == Deed::System::Redis)
            ways += {u"its marker says staging"_s, u"it has no marker any more"_s};
        for (const QString &how : std::as_const(ways))
            QTest::addRow("%s, %s", qPrintable(deed.name), qPrintable(how)) << deed.name << how;
    }
}

void TestWrongTargets::whatIsNotThePlansIsNotTouched()
{
    QFETCH(QString, name);
    QFETCH(QString, how);
    const Deed &deed = deedCalled(name);
    Shop &other = how.contains("clone"_L1) && !how.contains("beside"_L1) ? *m_twin : *m_staging;
    const int rounds = times(1, 3);
    int changes = 0;
    for (int round = 0; round < rounds; ++round) {
        m_shop->reset();
        other.reset();
        const QByteArray before = m_shop->value(deed);
        const QByteArray beforeThere = other.value(deed);
        const Plan plan = planned(deed);
        QByteArray profile = m_shop->profile();
        const auto restore = qScopeGuard([&] {
            m_shop->leadBack(deed.system);
            if (how.contains("marker"_L1))
                m_shop->postgres().execute("TRUNCATE quarterdeck_environment;"
                                           "INSERT INTO quarterdeck_environment VALUES ('shop', 'production')");
            m_shop->postgres().execute("DROP DATABASE IF EXISTS clone WITH (FORCE)", "postgres");
        });
        QString leadAt;
        if (how.endsWith("once it began"_L1))
            leadAt = u"start:-1:before"_s;
        else if (how.endsWith("right before the effect"_L1))
            leadAt = u"effect:0:before"_s;
        else if (how.endsWith("right before it looks"_L1))
            leadAt = u"look"_s;
        else if (how.startsWith("name leads"_L1))
            m_shop->lead(deed.system, other);
        else if (how.startsWith("port moved"_L1))
            profile.replace(QByteArray::number(m_shop->door(deed.system).port()),
                            QByteArray::number(other.door(deed.system).port()));
        else if (how.endsWith("another environment"_L1))
            profile.replace("environment: production", "environment: staging");
        else if (how.endsWith("another name"_L1))
            profile.replace("name: shop\n", "name: shop-copy\n");
        else if (how.endsWith("beside it"_L1)) {
            m_shop->postgres().execute("CREATE DATABASE clone TEMPLATE app", "postgres");
            profile.replace("database: app", "database: clone");
        } else if (how.endsWith("two markers"_L1))
            m_shop->postgres().execute("INSERT INTO quarterdeck_environment VALUES ('shop', 'staging')");
        else if (how.endsWith("any more"_L1))
            m_shop->redis().command({"DEL", "quarterdeck:environment"});
        else if (deed.system == Deed::System::Redis)
            m_shop->redis().command({"SET", "quarterdeck:environment", "shop/staging"});
        else
            m_shop->postgres().execute("UPDATE quarterdeck_environment SET environment = 'staging'");
        // Programs are led elsewhere by their own scripts.
        if (how.startsWith("port moved"_L1) && deed.system > Deed::System::Render)
            profile.replace(m_shop->directory().toUtf8() + '/', other.directory().toUtf8() + '/');

        const QTemporaryDir directory;
        const auto journal = test::journalIn(directory);
        AdasEngine engine(*journal, m_clock);
        engine.setPatience(3s);
        if (!leadAt.isEmpty()) {
            bool isLed = false;
            const auto reach = [&](const QString &place) {
                if (isLed || place != leadAt)
                    return;
                isLed = true;
                if (place == "start:-1:before"_L1)
                    m_shop->lead(deed.system, other);
                else
                    lead(deed.system, other);
            };
            engine.setBoundary(reach);
            engine.setProgress([=](const Report &now) {
                if (now.steps.value(0).state == StepReport::State::Running)
                    reach(u"look"_s);
            });
        }
        const auto action = actionOf(profileOf(profile), deed.action, m_clock);
        const Report report = engine.run(*action, plan);
        QVERIFY2(report.ending != Ending::Done && report.ending != Ending::DoneWarned, qPrintable(test::said(report)));
        QVERIFY2(!leadAt.isEmpty() || report.ending == Ending::Refused, qPrintable(test::said(report)));
        // Nor does going on with it, or taking it back, get any further where it had begun.
        QVERIFY(journal->append({.kind = u"start"_s, .planId = plan.id()}, patience));
        for (const Report &more : {engine.resume(*action, plan), engine.undo(*action, plan)})
            QVERIFY2(more.ending != Ending::Done && more.ending != Ending::DoneWarned, qPrintable(test::said(more)));
        changes += m_shop->effects(deed) + other.effects(deed);
        QVERIFY2(changes == 0, qPrintable(test::said(report)));
        QCOMPARE(m_shop->value(deed), before);
        QCOMPARE(other.value(deed), beforeThere);
    }
    m_table.add({name, how, QString::number(rounds), QString::number(changes)});
}

void TestWrongTargets::whereItIsThePlansItIsDone_data()
{
    QTest::addColumn<QString>("name");
    for (const Deed &deed : deeds())
        QTest::newRow(qPrintable(deed.name)) << deed.name;
}

/// Else the test above proves nothing.
void TestWrongTargets::whereItIsThePlansItIsDone()
{
    QFETCH(QString, name);
    const Deed &deed = deedCalled(name);
    m_shop->reset();
    const Plan plan = planned(deed);
    const QTemporaryDir directory;
    const auto journal = test::journalIn(directory);
    const Report report = AdasEngine(*journal, m_clock).run(*actionOf(*m_profile, deed.action, m_clock), plan);
    QVERIFY2(report.ending == Ending::Done || report.ending == Ending::DoneWarned, qPrintable(test::said(report)));
    QVERIFY(m_shop->effects(deed) > 0);
}

void TestWrongTargets::cleanupTestCase()
{
    m_table.print();
}

PROOF_MAIN(TestWrongTargets)
#include "tst_wrong_targets.moc"
