/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/journal.h"
#include "words/security_log.h"

#include <QCborArray>
#include <QCborValue>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace std::chrono_literals;

namespace {
constexpr auto patience = 30s;
const Instant start{1'795'240'800s}; // 2026-11-21 06:00 UTC

Plan planOf(const QString &action, const QString &resource, const QString &deployment = u"quoted"_s)
{
    return {.action = action,
            .settings = u"a"_s,
            .target = {.deployment = deployment, .environment = u"production"_s},
            .resource = resource,
            .changes = {{.what = u"signs"_s, .before = resource, .after = u"k2"_s}},
            .steps = {{u"key-signs"_s, {u"k2"_s, resource}}},
            .author = u"ada"_s,
            .reason = u"quarterly | <b>OPS</b>"_s};
}
} // namespace

/// What a journal tells of rotations, as Markdown.
class TestSecurityLog : public QObject
{
    Q_OBJECT

    QTemporaryDir m_directory;
    QString m_file;
    std::unique_ptr<Journal> m_journal;
    Instant m_at = start;

    void note(const Plan &plan, const QString &kind, const QCborArray &body)
    {
        QVERIFY(m_journal->append({.at = m_at,
                                   .kind = kind,
                                   .operatorId = u"ada"_s,
                                   .host = u"desk_1"_s,
                                   .deployment = plan.target.deployment,
                                   .planId = plan.id(),
                                   .body = QCborValue(body).toCbor()},
                                  patience));
        m_at += 1min;
    }

private Q_SLOTS:
    void init()
    {
        m_at = start;
        m_file = m_directory.filePath(QString::fromLatin1(QTest::currentTestFunction()));
        m_journal = *Journal::open({.path = m_file}, patience);
    }

    void tellsWhoRotatedWhatAndWhatCameOfIt()
    {
        const Plan rotated = planOf(u"rotate-signing-key"_s, u"k1"_s);
        const Plan flag = planOf(u"feature-flag"_s, u"voice"_s);
        const Plan elsewhere = planOf(u"swap-secret"_s, u"JWT_SECRET"_s, u"storefront"_s);
        note(rotated, u"start"_s, {rotated.bytes()});
        const auto identity = SigningIdentity::generate();
        QVERIFY(identity);
        const auto given =
            approve(rotated, {.id = u"bob"_s, .host = u"desk_2"_s, .key = identity->publicKey()}, *identity, m_at, 1h);
        QVERIFY(given);
        note(rotated, u"approval"_s, {u"used"_s, QString::fromLatin1(toLine(*given))});
        note(flag, u"start"_s, {flag.bytes()});
        note(rotated, u"check"_s,
             {QCborArray{u"k1"_s, 40, 40, 0, QString()}, QCborArray{u"k2"_s, 12, 11, 1, u"401"_s}});
        note(rotated, u"end"_s, {u"done"_s});
        note(elsewhere, u"start"_s, {elsewhere.bytes()});
        note(elsewhere, u"halt"_s, {u"needs-a-person"_s, u"timeout"_s, u"no *answer*"_s, u"platform"_s});

        const auto log = rotationsIn(m_file, {});
        QVERIFY(log);
        QCOMPARE(log->rotations.size(), 2);
        const QString text = words::securityLog(*log, start + 24h);
        const QStringList lines = text.split(u'\n');
        QCOMPARE(lines.first(), u"# Security log"_s);
        QVERIFY(lines.contains(u"Rotations of keys and secrets, written 2026-11-22 06:00 UTC."_s));
        QVERIFY(lines.contains(u"- Whole: 7 entries."_s));
        QVERIFY2(lines.contains(u"## 2026-11-21 06:00 UTC · Rotate key k1 · quoted, production"_s), qPrintable(text));
        QVERIFY2(lines.contains(u"- By: ada@desk\\_1, approved by bob"_s), qPrintable(text));
        QVERIFY2(lines.contains(u"- Reason: quarterly \\| &lt;b\\>OPS&lt;/b\\>"_s), qPrintable(text));
        QVERIFY2(lines.contains(u"- Change: signs: k1 → k2"_s), qPrintable(text));
        QVERIFY2(lines.contains(u"- Result: Done, 2026-11-21 06:04 UTC"_s), qPrintable(text));
        QVERIFY2(lines.contains(u"- Proof: k1: 40 of 40 valid tokens accepted, 0 refused; k2: 11 of 12 valid tokens "
                                "accepted, 1 refused"_s),
                 qPrintable(text));
        QVERIFY2(text.contains(u"no \\*answer\\*"_s), qPrintable(text));
        QVERIFY(!text.contains(u"voice"_s)); // no rotation
        QVERIFY(!text.contains(u'<'));
    }

    void tellsOfOneDeploymentAlone()
    {
        const Plan here = planOf(u"revoke-api-key"_s, u"pf_1"_s);
        const Plan elsewhere = planOf(u"swap-secret"_s, u"JWT_SECRET"_s, u"storefront"_s);
        note(here, u"start"_s, {here.bytes()});
        note(elsewhere, u"start"_s, {elsewhere.bytes()});
        const auto log = rotationsIn(m_file, u"storefront"_s);
        QVERIFY(log);
        QCOMPARE(log->rotations.size(), 1);
        QCOMPARE(log->rotations.first().record.plan->resource, u"JWT_SECRET"_s);
        const QString text = words::securityLog(*log, start);
        QVERIFY2(text.contains(u"- Result: no end is known"_s), qPrintable(text)); // it runs, or was killed
        const auto none = rotationsIn(m_file, u"nobody"_s);
        QVERIFY(none && none->rotations.isEmpty());
        QVERIFY(words::securityLog(*none, start).contains(u"No key or secret was rotated"_s));
    }

    void aSecondBeginningOfOnePlanIsTwoEntries()
    {
        const Plan plan = planOf(u"rotate-signing-key"_s, u"k1"_s);
        note(plan, u"start"_s, {plan.bytes()});
        note(plan, u"end"_s, {u"done"_s});
        note(plan, u"undo"_s, {plan.bytes()});
        note(plan, u"check"_s, {QCborArray{u"k1"_s, 7, 7, 0, QString()}});
        note(plan, u"end"_s, {u"undone"_s});
        const auto log = rotationsIn(m_file, u"quoted"_s);
        QVERIFY(log);
        QCOMPARE(log->rotations.size(), 2);
        QVERIFY(log->rotations.first().evidence.isEmpty());
        QVERIFY(!log->rotations.last().evidence.isEmpty());
        QVERIFY(words::securityLog(*log, start).contains(u"Undo: sign with k1 again"_s) ||
                words::securityLog(*log, start).contains(u"Undo"_s));
    }

    void whatCannotBeReadIsAnError() { QVERIFY(!rotationsIn(m_directory.filePath(u"nowhere/journal"_s), {})); }
};

QTEST_GUILESS_MAIN(TestSecurityLog)
#include "tst_security_log.moc"
