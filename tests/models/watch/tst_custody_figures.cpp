/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/custody.h"
#include "watch/rotation.h"

#include <QTest>

using namespace qd;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
const Instant now{1'795'240'800s}; // 2026-11-21 06:00 UTC
const BackupPolicy nightly{.every = 24h, .keep = std::chrono::days(7), .zone = "UTC"};

template <class T>
Value<T> read(T value)
{
    return {.value = value, .origin = {.exchange = 0, .pointer = u"/0"_s}};
}

/// Instead of a trouble: nobody could read the file.
const QString unread = u"unread"_s;

Telling<Backup> files(const QList<std::pair<std::chrono::minutes, QString>> &ages, qint64 size = 1000)
{
    Telling<Backup> telling;
    telling.freshness = {.kind = Freshness::Kind::Fresh, .since = now, .error = {}};
    for (const auto &[age, trouble] : ages) {
        Backup file;
        file.id = QString::number(age.count());
        file.takenAt = read(now - age);
        file.size = read(Bytes{size});
        if (trouble == unread)
            file.format.origin = file.trouble.origin = {.exchange = 0, .pointer = u"/0/begins"_s};
        else if (trouble.isEmpty())
            file.format = read(u"custom"_s);
        else
            file.trouble = read(trouble);
        telling.rows.append(
            {.source = u"backups"_s, .freshness = telling.freshness, .status = Status::Ok, .fact = file});
    }
    return telling;
}

Telling<SigningKey> ring(const QList<SigningKey> &keys)
{
    Telling<SigningKey> telling;
    for (const SigningKey &key : keys)
        telling.rows.append({.source = u"keys"_s, .freshness = {}, .status = Status::Ok, .fact = key});
    return telling;
}
} // namespace

class CustodyFiguresTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("TZ", "UTC");
        tzset();
    }

    void newestGoodBackupIsNotTheNewestFile()
    {
        const BackupFigures figures = figuresOf(files({{3h, u"empty file"_s}, {27h, {}}, {51h, {}}}), nightly, now);
        QCOMPARE(figures.newest->fact.id, u"180"_s);
        QCOMPARE(figures.newestGood->fact.id, u"1620"_s);
        QCOMPARE(figures.oldestGood->fact.id, u"3060"_s);
        QCOMPARE(*figures.age, Millis(27h));
        QCOMPARE(figures.age.status, Status::Degraded); // 24 h + 2 h
        QVERIFY(!figures.age.because.rule.isEmpty());
        QVERIFY(figures.age.because.formula.contains(u"2026-11-21T06:00:00Z"_s));
        QCOMPARE(*figures.kept, 2);
        QCOMPARE(*figures.troubled, 1);
        QCOMPARE(figures.troubled.status, Status::Degraded);
        QCOMPARE(figures.total->count, 3000);
    }

    void aLittleLateIsNotOld()
    {
        QCOMPARE(figuresOf(files({{26h, {}}}), nightly, now).age.status, Status::Ok);
        QCOMPARE(figuresOf(files({{26h + 1min, {}}}), nightly, now).age.status, Status::Degraded);
        QCOMPARE(figuresOf(files({{900h, {}}}), {}, now).age.status, Status::Ok); // nobody said how often
        QCOMPARE(figuresOf(files({{-3h, {}}, {30h, {}}}), nightly, now).newestGood->fact.id, u"1800"_s);
    }

    void whatNobodyCouldReadIsNeitherGoodNorBad()
    {
        const BackupFigures none = figuresOf(files({{3h, unread}}), nightly, now);
        QVERIFY(!none.kept.has() && !none.troubled.has() && !none.age.has() && !none.newestGood);
        QVERIFY(none.isUnsure);
        QCOMPARE(none.total->count, 1000);
        const BackupFigures some = figuresOf(files({{3h, unread}, {5h, {}}, {27h, u"empty file"_s}}), nightly, now);
        QCOMPARE(*some.kept, 1);
        QCOMPARE(*some.troubled, 1);
        QCOMPARE(*some.age, Millis(5h)); // in time, whatever came after it
        QCOMPARE(some.age.status, Status::Ok);
        const BackupFigures late = figuresOf(files({{3h, unread}, {27h, {}}}), nightly, now);
        QCOMPARE(late.newestGood->fact.id, u"1620"_s);
        QVERIFY(late.isUnsure && !late.age.has());
        const BackupFigures older = figuresOf(files({{27h, {}}, {51h, unread}}), nightly, now);
        QVERIFY(!older.isUnsure);
        QCOMPARE(older.age.status, Status::Degraded);
        QVERIFY(!figuresOf(files({{-30h, unread}, {27h, {}}}), nightly, now).isUnsure);
    }

    void aDayThatNobodyCouldJudgeIsUnknown()
    {
        using enum BackupDay::Kind;
        const auto kinds = [](const Telling<Backup> &told, int count) {
            QList<BackupDay::Kind> all;
            for (const BackupDay &day : backupDays(told, nightly, now, count))
                all.append(day.kind);
            return all;
        };
        // The 18th has one that is good beside it, the 19th a bad one, the 20th nothing else; the 21st is covered by
        // it.
        const Telling<Backup> told = files(
            {{20h, unread}, {44h, u"empty file"_s}, {45h, unread}, {68h, unread}, {69h, {}}, {92h, u"empty file"_s}});
        QCOMPARE(kinds(told, 5), (QList{Bad, Good, Unknown, Unknown, Unknown}));
        QCOMPARE(kinds(files({{30h, unread}}), 1), QList{Missing}); // judged or not, it is too old
    }

    void noBackupIsZeroAndNoListingIsNotMeasured()
    {
        const BackupFigures none = figuresOf(files({}), nightly, now);
        QCOMPARE(*none.kept, 0);
        QVERIFY(!none.age.has());
        const BackupFigures unknown = figuresOf({}, nightly, now);
        QVERIFY(!unknown.kept.has());
        QVERIFY(!unknown.total.has());
    }

    void aBackupThatLostHalfIsMarked()
    {
        Telling<Backup> two = files({{3h, {}}, {27h, {}}});
        two.rows[1].fact.size = read(Bytes{1600});
        QCOMPARE(figuresOf(two, nightly, now).growth->of1, 1000.0 / 1600 - 1);
        QCOMPARE(figuresOf(two, nightly, now).growth.status, Status::Ok);
        two.rows[1].fact.size = read(Bytes{2100});
        QCOMPARE(figuresOf(two, nightly, now).growth.status, Status::Degraded);
        two.rows[1].fact.size = read(Bytes{0});
        QVERIFY(!figuresOf(two, nightly, now).growth.has());
    }

    void eachDayTellsWhatItHas()
    {
        using enum BackupDay::Kind;
        // Nothing of today (it is 06:00, the last was 27 h ago), yesterday one, two days ago a broken one.
        const Telling<Backup> all = files({{27h, {}}, {51h, u"wrong head"_s}, {99h, {}}});
        QList<BackupDay::Kind> kinds;
        for (const BackupDay &day : backupDays(all, nightly, now, 9))
            kinds.append(day.kind);
        // 13 to 21 November
        QCOMPARE(kinds, (QList{Beyond, Beyond, Missing, Missing, Good, Missing, Bad, Good, Missing}));
    }

    void todayIsDueUntilItIsLate()
    {
        QCOMPARE(backupDays(files({{20h, {}}}), nightly, now, 1).last().kind, BackupDay::Kind::Due);
        QCOMPARE(backupDays(files({{27h, {}}}), nightly, now, 1).last().kind, BackupDay::Kind::Missing);
        QCOMPARE(backupDays(files({{3h, {}}}), nightly, now, 1).last().kind, BackupDay::Kind::Good);
    }

    void weeklyBackupsLeaveQuietDays()
    {
        const BackupPolicy weekly{.every = std::chrono::days(7), .keep = std::chrono::days(30), .zone = "UTC"};
        const QList<BackupDay> days = backupDays(files({{100h, {}}}), weekly, now, 4);
        QCOMPARE(days.first().kind, BackupDay::Kind::Quiet);
        QCOMPARE(days.last().kind, BackupDay::Kind::Due);
        QCOMPARE(backupDays(files({{100h, {}}}), {}, now, 1).last().kind, BackupDay::Kind::Quiet);
    }

    void whatNobodyLookedAtIsUnknown()
    {
        Telling<Backup> old = files({{75h, {}}});
        old.rows[0].freshness = {.kind = Freshness::Kind::Stale, .since = now - 50h, .error = {}};
        QList<BackupDay::Kind> kinds;
        for (const BackupDay &day : backupDays(old, nightly, now, 4))
            kinds.append(day.kind);
        using enum BackupDay::Kind;
        QCOMPARE(kinds, (QList{Good, Unknown, Unknown, Unknown}));
    }

    void whatAKeyIsStillNeededFor()
    {
        SigningKey key;
        QCOMPARE(needOf(key), KeyNeed::Unknown);
        key.state = read(KeyState::Next);
        QCOMPARE(needOf(key), KeyNeed::Waits);
        key.state = read(KeyState::Active);
        QCOMPARE(needOf(key), KeyNeed::Signs);
        key.state = read(KeyState::Retiring);
        QCOMPARE(needOf(key), KeyNeed::Unknown); // not measured is not zero
        key.tokens = read<qint64>(0);
        QCOMPARE(needOf(key), KeyNeed::Nothing);
        key.tokens = read<qint64>(1);
        QCOMPARE(needOf(key), KeyNeed::Tokens);
        key.state = read(KeyState::Retired);
        QCOMPARE(needOf(key), KeyNeed::Retired);
    }

    void theSigningKeyIsTheLastActivated()
    {
        SigningKey older{.id = u"older"_s, .state = read(KeyState::Active)};
        older.activatedAt = read(now - 100h);
        SigningKey newer{.id = u"newer"_s, .state = read(KeyState::Active)};
        newer.activatedAt = read(now - 10h);
        SigningKey next{.id = u"next"_s, .state = read(KeyState::Next)};
        next.createdAt = read(now);
        const Telling<SigningKey> keys = ring({older, newer, next});
        QCOMPARE(signingKey(keys)->fact.id, u"newer"_s);
        QCOMPARE(*signingKeyAge(keys, now), Millis(10h));
        QVERIFY(!signingKeyAge(ring({next}), now).has());
        QCOMPARE(byLife(keys).first().fact.id, u"next"_s);
        QCOMPARE(byLife(keys).last().fact.id, u"older"_s);
    }

    void ofSeveralActiveKeysTheYoungestSigns()
    {
        SigningKey old{.id = u"old"_s};
        old.state = read(KeyState::Active);
        old.activatedAt = read(now - 72h);
        SigningKey young{.id = u"young"_s};
        young.state = read(KeyState::Active);
        young.activatedAt = read(now - 1h);
        // Nobody said that it is to go.
        QCOMPARE(byLife(ring({old, young})).last().fact.state.value, KeyState::Active);
        old.retireAfter = read(now + 24h);
        const auto rows = byLife(ring({old, young}));
        QCOMPARE(rows.first().fact.id, u"young"_s);
        QCOMPARE(rows.last().fact.state.value, KeyState::Retiring);
        // The only one that signs does, however soon it is to go.
        QCOMPARE(byLife(ring({old})).first().fact.state.value, KeyState::Active);
    }

    void anApiKeyStandsByTheWorst()
    {
        ApiKey key;
        QCOMPARE(standingOf(key, now), ApiKeyStanding::Unknown);
        key.lastUsedAt.origin.exchange = 0; // looked, and nothing there
        QCOMPARE(standingOf(key, now), ApiKeyStanding::NeverUsed);
        key.lastUsedAt = read(now - 1h);
        QCOMPARE(standingOf(key, now), ApiKeyStanding::InUse);
        key.expiresAt = read(now + std::chrono::days(15));
        QCOMPARE(standingOf(key, now), ApiKeyStanding::InUse);
        key.expiresAt = read(now + std::chrono::days(14));
        QCOMPARE(standingOf(key, now), ApiKeyStanding::Expiring);
        key.expiresAt = read(now);
        QCOMPARE(standingOf(key, now), ApiKeyStanding::Expired);
        key.revokedAt = read(now - 1h);
        QCOMPARE(standingOf(key, now), ApiKeyStanding::Revoked);
    }

    void aFlagIsLiveWhereItsEffectIsWhatIsSet()
    {
        FeatureFlag flag;
        flag.key = u"DOCS"_s;
        flag.set = read(u"on"_s);
        Telling<Variable> variables;
        QCOMPARE(standingOf(flag, variables), FlagStanding::Unknown);
        Variable variable;
        variable.key = u"DOCS"_s;
        variable.isLive = read<qint64>(0);
        variables.rows.append({.source = u"platform"_s, .freshness = {}, .status = Status::Ok, .fact = variable});
        QCOMPARE(standingOf(flag, variables), FlagStanding::Waiting);
        flag.effective = read(u"on"_s);
        QCOMPARE(standingOf(flag, variables), FlagStanding::Live);
        flag.effective = read(u"off"_s);
        QCOMPARE(standingOf(flag, {}), FlagStanding::Waiting);
    }

    void keysAreDueByThePolicyOfTheirKind()
    {
        const auto days = [](int count) { return std::chrono::days(count); };
        SigningKey signs{.id = u"k-signs"_s, .state = read(KeyState::Active), .activatedAt = read(now - days(95))};
        signs.createdAt = read(now - days(200)); // counts from when it began to sign
        const SigningKey old{.id = u"k-old"_s, .state = read(KeyState::Retiring), .activatedAt = read(now - days(400))};
        SigningKey variable{.id = u"JWT_SECRET"_s, .state = read(KeyState::Active)};
        variable.createdAt = read(now - days(80)); // it was set then
        variable.where = read(u"variable JWT_SECRET"_s);
        DeploymentView view;
        view.at = now;
        view.signingKeys = ring({signs, old, variable});
        ApiKey young{.id = u"1"_s, .prefix = read(u"pf_young"_s), .createdAt = read(now - days(10))};
        ApiKey unknown{.id = u"2"_s, .prefix = read(u"pf_unknown"_s)};
        ApiKey gone{.id = u"3"_s, .prefix = read(u"pf_gone"_s), .createdAt = read(now - days(300))};
        gone.revokedAt = read(now - days(1));
        for (const ApiKey &key : {unknown, gone, young})
            view.apiKeys.rows.append({.source = u"api"_s, .freshness = {}, .status = Status::Ok, .fact = key});
        const auto told = [&](const RotationPolicy &policy) {
            QStringList all;
            for (const KeyAge &age : keyAges(view, policy))
                all.append(u"%1 %2%3"_s.arg(age.key, toWord(age.due), age.isApiKey ? u" api"_s : QString()));
            return all;
        };
        QCOMPARE(told({}), QStringList());
        QCOMPARE(told({.signingKeys = days(90)}), (QStringList{u"k-signs now"_s, u"JWT_SECRET soon"_s}));
        QCOMPARE(told({.apiKeys = days(90)}), (QStringList{u"pf_young later api"_s, u"pf_unknown unknown api"_s}));
        const QList<KeyAge> ages = keyAges(view, {.signingKeys = days(90)});
        QCOMPARE(*ages.first().dueAt, now - days(5));
        QCOMPARE(ages.first().dueAt.status, Status::Degraded);
        QVERIFY(!ages.first().dueAt.because.rule.isEmpty());
        QCOMPARE(*ages.last().dueAt, now + days(10));
        QCOMPARE(ages.last().dueAt.status, Status::Ok);
        view.signingKeys = ring({[&] {
            SigningKey silent = variable;
            silent.createdAt = {};
            return silent;
        }()});
        QCOMPARE(told({.signingKeys = days(90)}), QStringList{u"JWT_SECRET unknown"_s});
        const auto from = keyAges(view, {.signingKeys = days(90)}, {{u"JWT_SECRET"_s, now - days(91)}});
        QCOMPARE(from.first().due, KeyAge::Due::Now); // what was rotated from here
        SigningKey ofAnother{.id = u"r-signs"_s, .state = read(KeyState::Active), .activatedAt = read(now - days(1))};
        ofAnother.where = read(u"hash app:keys"_s);
        view.signingKeys = ring({signs, ofAnother});
        QCOMPARE(told({.signingKeys = days(90)}), (QStringList{u"k-signs now"_s, u"r-signs later"_s}));
        view.signingKeys = ring({signs});
        QCOMPARE(keyAges(view, {.signingKeys = days(95)}).first().due, KeyAge::Due::Now); // to the moment
    }
};

QTEST_GUILESS_MAIN(CustodyFiguresTest)
#include "tst_custody_figures.moc"
