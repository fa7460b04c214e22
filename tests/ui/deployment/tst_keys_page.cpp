/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/acting.h"
#include "base/clock.h"
#include "deployment/guided_row.h"
#include "deployment/keys_page.h"
#include "deployment/rotation_card.h"
#include "theme/text_label.h"
#include "ui/support/custody.h"
#include "words/words.h"

#include <QCborArray>
#include <QCborValue>
#include <QFile>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

using namespace qd;
using namespace qd::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
const QStringList names{u"key-rotate"_s, u"key-retire"_s, u"key-revoke"_s};
const QString plain = u"Nothing is done before you have seen the plan and confirmed it."_s;

Profile profileWith(const QByteArray &actions)
{
    const auto profile =
        parseProfile("quarterdeck: 1\nname: quoted\nenvironment: production\nconnections:\n"
                     "  postgresql: {host: 127.0.0.1, database: app, user: viewer}\n"
                     "  operator: {kind: postgresql, host: 127.0.0.1, database: app, user: owner}\n"
                     "  render: {kind: http, url: \"http://127.0.0.1:9\"}\n"
                     "  platform_operator: {kind: http, url: \"http://127.0.0.1:9\"}\nsources:\n"
                     "  keys: {kind: signing-keys, table: jwt_keys, columns: {id: kid, state: state, activated_at: a, "
                     "retire_after: r}}\n"
                     "  platform: {kind: render, connection: render, service: srv-1, signing_keys: [JWT_SECRET]}\n" +
                         actions,
                     u"quoted.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    return *profile;
}

const QByteArray every = "actions:\n  rotate-key: {kind: rotate-signing-key, secret: s}\n"
                         "  retire-key: {kind: retire-signing-key, secret: s}\n"
                         "  revoke-key: {kind: revoke-signing-key, secret: s}\n"
                         "  swap-it: {kind: swap-secret}\n";

/// The page of a deployment, from which one may act.
struct OnPage
{
    QTemporaryDir directory;
    ManualClock clock{custodyNow};
    Acting acting;
    Logbook logbook;
    Theme theme{Scheme::Light, 1.0};
    KeysPage page;
    QSignalSpy asked{&page, &DeploymentPage::actionRequested};

    explicit OnPage(const QByteArray &actions = every, bool readOnly = false)
        : acting(clock, {.directory = directory.filePath(u"desk"_s), .witness = {}, .readOnly = readOnly})
        , logbook(profileWith(actions), clock)
        , page(logbook, theme, &acting, nullptr)
    {
        page.resize(1056, 752);
        page.show();
    }
    void tell(const QList<SigningKey> &keys)
    {
        QList<Fact> facts;
        for (const SigningKey &key : keys)
            facts.append(key);
        logbook.take({.deployment = u"quoted"_s,
                      .source = u"keys"_s,
                      .takenAt = clock.now(),
                      .latency = 2ms,
                      .outcome = Findings{.facts = facts, .refusals = {}},
                      .exchanges = {{.command = u"psql"_s, .reply = "[]"}}});
        logbook.tick();
        page.showView(logbook.view());
    }
    [[nodiscard]] QTableView *table() const { return page.findChild<QTableView *>(u"signing-key-table"_s); }
    void choose(const QString &key) const
    {
        const QAbstractItemModel *rows = table()->model();
        for (int row = 0; row < rows->rowCount(); ++row) {
            if (rows->index(row, 0).data().toString() == key)
                table()->setCurrentIndex(rows->index(row, 0));
        }
        QCOMPARE(table()->currentIndex().siblingAtColumn(0).data().toString(), key);
    }
    /// "+Rotate key k1": those that are seen, and whether they can be pressed.
    [[nodiscard]] QStringList buttons() const
    {
        QStringList seen;
        for (const QString &name : names) {
            const auto *button = page.findChild<QPushButton *>(name);
            if (button->isVisible())
                seen.append((button->isEnabled() ? u"+"_s : u"-"_s) + button->text());
        }
        return seen;
    }
    [[nodiscard]] QString hint() const
    {
        const auto *label = page.findChild<Label *>(u"key-act-hint"_s);
        return label->isVisible() ? label->text() : QString();
    }
    void press(const QString &name) const { page.findChild<QPushButton *>(name)->click(); }
};

SigningKey keyOf(const QString &id, KeyState state, std::optional<qint64> tokens, std::chrono::hours age)
{
    SigningKey key = signingKeyOf(id, state, tokens);
    key.createdAt = read(custodyNow - age);
    key.activatedAt = state == KeyState::Next ? readNothing<Instant>() : read(custodyNow - age);
    key.where = read(u"table jwt_keys"_s);
    return key;
}

SigningKey ending(SigningKey key)
{
    key.retireAfter = read(custodyNow + 48h);
    return key;
}

/// One of each state; of those that retire one with tokens, one without, one whose tokens nobody counts, and one
/// without an end.
QList<SigningKey> ring()
{
    return {keyOf(u"k-next"_s, KeyState::Next, 0, 1h),
            keyOf(u"k-signs"_s, KeyState::Active, 4812, 90h),
            ending(keyOf(u"k-needed"_s, KeyState::Retiring, 812, 200h)),
            ending(keyOf(u"k-free"_s, KeyState::Retiring, 0, 300h)),
            ending(keyOf(u"k-uncounted"_s, KeyState::Retiring, {}, 400h)),
            keyOf(u"k-endless"_s, KeyState::Retiring, 9, 500h),
            keyOf(u"k-gone"_s, KeyState::Retired, 0, 900h)};
}

QList<SigningKey> ofAVariable()
{
    SigningKey key = keyOf(u"JWT_SECRET"_s, KeyState::Active, {}, 1h);
    key.where = read(u"variable JWT_SECRET"_s);
    return {key};
}
} // namespace

/// What can be done to signing keys from their page.
class TestKeysPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aKeySaysWhatCanBeDoneToIt_data();
    void aKeySaysWhatCanBeDoneToIt();
    void theOneThatSignsIsChosenAtFirst();
    void aVariablesKeyIsSwappedAndItIsSaidWhatThatTakes();
    void aSaltIsSaidToStay();
    void whatSomebodyElseMakesIsRotatedFromHere();
    void aButtonAsksForItsAction_data();
    void aButtonAsksForItsAction();
    void whatTheProfileDoesNotNameIsNotOffered();
    void readOnlyNothingIsOffered();
    void passwordsAreRotatedFromHere_data();
    void passwordsAreRotatedFromHere();
    void theChosenRowStaysWhenTheOrderChanges();
    void whatIsDueIsSaid_data();
    void whatIsDueIsSaid();
    void whoRotatedLastIsSaidAndAllOfItIsSaved();
};

void TestKeysPage::passwordsAreRotatedFromHere_data()
{
    QTest::addColumn<QByteArray>("actions");
    QTest::addColumn<bool>("readOnly");
    QTest::addColumn<QStringList>("buttons");
    QTest::addColumn<QString>("hint");
    const QByteArray database =
        "actions:\n  turn: {kind: rotate-database-password, roles: [a, b], variables: {url: D}}\n";
    const QByteArray redis = "  cache: {kind: rotate-redis-password, user: shop, variables: {url: R}}\n";
    const QString ofDatabase = u"Rotate PostgreSQL's password in quoted…"_s;
    const QString why =
        u"The password of Redis cannot be rotated from here: the action 'cache' acts through the Redis "
        "connection 'redis_operator', and the profile has none: write it under connections, with a role "
        "that may write."_s;
    QTest::newRow("none") << every << false << QStringList() << QString();
    QTest::newRow("one") << database << false << QStringList{u"+"_s + ofDatabase} << plain;
    QTest::newRow("one that cannot") << database + redis << false
                                     << QStringList{u"+"_s + ofDatabase, u"-Rotate Redis's password in quoted…"_s}
                                     << plain + u' ' + why;
    QTest::newRow("read only") << database << true << QStringList() << QString();
}

void TestKeysPage::passwordsAreRotatedFromHere()
{
    QFETCH(QByteArray, actions);
    QFETCH(bool, readOnly);
    QFETCH(QStringList, buttons);
    QFETCH(QString, hint);
    OnPage on(actions, readOnly);
    on.tell(ring());
    QStringList seen;
    for (const QString &name : {u"password-database"_s, u"password-redis"_s}) {
        const auto *button = on.page.findChild<QPushButton *>(name);
        if (button->isVisible())
            seen.append((button->isEnabled() ? u"+"_s : u"-"_s) + button->text());
    }
    QCOMPARE(seen, buttons);
    const auto *label = on.page.findChild<Label *>(u"password-act-hint"_s);
    QCOMPARE(label->isVisible() ? label->text() : QString(), hint);
    if (buttons.isEmpty())
        return;
    on.press(u"password-database"_s);
    QCOMPARE(on.asked.size(), 1);
    QCOMPARE(on.asked.first().first().toString(), u"turn"_s);
}

void TestKeysPage::whatIsDueIsSaid_data()
{
    QTest::addColumn<QByteArray>("policy");
    QTest::addColumn<int>("days"); ///< since it began to sign; 0: nobody tells
    QTest::addColumn<QString>("said");
    const QByteArray quarterly = "rotation: {signing_keys: 90 d}\n";
    QTest::newRow("nothing is written") << QByteArray() << 400
                                        << u"The profile says nothing of how old a key may become ('rotation'): none "
                                           "is ever due."_s;
    QTest::newRow("due") << quarterly << 97 << u"Due: k-signs (since %1)."_s;
    QTest::newRow("soon") << quarterly << 80 << u"Due soon: k-signs (%1)."_s;
    QTest::newRow("later") << quarterly << 3 << u"Nothing is due. Next is k-signs (%1)."_s;
    QTest::newRow("unknown") << quarterly << 0
                             << u"Age unknown: k-signs; what is rotated from here counts from then."_s;
}

void TestKeysPage::whatIsDueIsSaid()
{
    QFETCH(QByteArray, policy);
    QFETCH(int, days);
    QFETCH(QString, said);
    OnPage shown(every + policy);
    SigningKey key = keyOf(u"k-signs"_s, KeyState::Active, 1, std::chrono::days(days));
    if (days == 0)
        key.createdAt = key.activatedAt = readNothing<Instant>();
    shown.tell({key});
    const Instant due = custodyNow - std::chrono::days(days) + std::chrono::days(90);
    const auto *label = shown.page.findChild<Label *>(u"rotation-due"_s);
    QCOMPARE(label->text(), said.contains(u'%') ? said.arg(words::shortTime(due, custodyNow)) : said);
    const auto *card = shown.page.findChild<Card *>(u"rotation-card"_s);
    QCOMPARE(card->note(), policy.isEmpty() ? QString() : u"signing keys every 90 d"_s);
}

void TestKeysPage::whoRotatedLastIsSaidAndAllOfItIsSaved()
{
    OnPage shown;
    shown.tell(ring());
    const auto *last = shown.page.findChild<Label *>(u"rotation-last"_s);
    QCOMPARE(last->text(), u"Nothing was rotated from this console yet."_s);
    {
        const auto desk = openDesk(shown.acting.place(), 10s);
        QVERIFY(desk);
        const Plan plan{.action = u"rotate-signing-key"_s,
                        .target = {.deployment = u"quoted"_s, .environment = u"production"_s},
                        .resource = u"k1"_s,
                        .steps = {{u"key-signs"_s, {u"k2"_s, u"k1"_s}}},
                        .author = u"ada"_s};
        for (const auto &[kind, body] :
             {std::pair(u"start"_s, QCborArray{plan.bytes()}), std::pair(u"end"_s, QCborArray{u"done"_s})})
            QVERIFY(desk->journal->append({.at = custodyNow - 1h,
                                           .kind = kind,
                                           .operatorId = u"ada"_s,
                                           .host = u"desk"_s,
                                           .deployment = u"quoted"_s,
                                           .planId = plan.id(),
                                           .body = QCborValue(body).toCbor()},
                                          10s));
    }
    shown.acting.readJournal();
    QTRY_VERIFY(!shown.acting.news().records.isEmpty());
    QTRY_COMPARE(last->text(), u"Last: Rotate key k1, %1 by ada"_s.arg(words::shortTime(custodyNow - 1h, custodyNow)));
    auto *card = shown.page.findChild<RotationCard *>(u"rotation-card"_s);
    const auto *said = shown.page.findChild<Label *>(u"rotation-said"_s);
    const QString path = shown.directory.filePath(u"security-log.md"_s);
    card->save(path);
    QTRY_VERIFY(said->isVisible());
    QVERIFY2(said->text().startsWith(u"Saved 1 "_s), qPrintable(said->text()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().contains("Rotate key k1"));
    card->save(shown.directory.filePath(u"nowhere/log.md"_s));
    QTRY_VERIFY2(said->text().startsWith(u"Nothing was saved: "_s), qPrintable(said->text()));
}

void TestKeysPage::aKeySaysWhatCanBeDoneToIt_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("can"); ///< of rotate, retire, revoke
    QTest::addColumn<QString>("hint");
    const QString noSigner = u" %1 does not sign: choose the key that does."_s;
    QTest::newRow("signs") << u"k-signs"_s << u"+-+"_s
                           << u" k-signs signs: rotate it first, and nobody is logged out."_s;
    QTest::newRow("retires, with tokens")
        << u"k-needed"_s << u"--+"_s
        << noSigner.arg(u"k-needed"_s) +
               u" 812 tokens of k-needed are alive: it can go when the last of them has ended."_s;
    QTest::newRow("retires, without") << u"k-free"_s << u"-++"_s << noSigner.arg(u"k-free"_s);
    QTest::newRow("retires, not counted") << u"k-uncounted"_s << u"-++"_s << noSigner.arg(u"k-uncounted"_s);
    QTest::newRow("retires, without an end") << u"k-endless"_s << u"-++"_s << noSigner.arg(u"k-endless"_s);
    QTest::newRow("waits") << u"k-next"_s << u"-++"_s << noSigner.arg(u"k-next"_s);
    QTest::newRow("retired") << u"k-gone"_s << u"---"_s << u"k-gone is retired."_s;
}

void TestKeysPage::aKeySaysWhatCanBeDoneToIt()
{
    QFETCH(QString, key);
    QFETCH(QString, can);
    QFETCH(QString, hint);
    OnPage shown;
    shown.tell(ring());
    shown.choose(key);
    QStringList expected;
    const QStringList verbs{u"Rotate"_s, u"Retire"_s, u"Revoke"_s};
    for (int i = 0; i < 3; ++i)
        expected.append(u"%1%2 key %3 in quoted…"_s.arg(can[i]).arg(verbs[i], key));
    QCOMPARE(shown.buttons(), expected);
    QCOMPARE(shown.hint(), can.contains(u'+') ? plain + hint : hint);
    for (const QString &name : names)
        shown.press(name);
    QCOMPARE(shown.asked.size(), can.count(u'+')); // what cannot be done is not asked for
}

void TestKeysPage::theOneThatSignsIsChosenAtFirst()
{
    OnPage shown;
    shown.tell({});
    QVERIFY(shown.buttons().isEmpty());
    shown.tell(ring());
    QCOMPARE(shown.buttons().value(0), u"+Rotate key k-signs in quoted…"_s);
    // A younger one signs now.
    QList<SigningKey> keys = ring();
    keys[0] = keyOf(u"k-next"_s, KeyState::Active, 1, 1h);
    shown.tell(keys);
    QCOMPARE(shown.buttons().value(0), u"+Rotate key k-next in quoted…"_s);
}

void TestKeysPage::aVariablesKeyIsSwappedAndItIsSaidWhatThatTakes()
{
    OnPage shown;
    shown.tell(ofAVariable());
    QCOMPARE(shown.buttons(), QStringList{u"+Swap JWT_SECRET, log all out in quoted…"_s});
    QCOMPARE(shown.hint(), plain + u" It is the only key: whoever is logged in is logged out. With a table of keys it "
                                   "could be rotated, and nobody would notice."_s);
}

void TestKeysPage::aSaltIsSaidToStay()
{
    for (const bool isBoth : {false, true}) {
        OnPage shown(isBoth ? QByteArray(every).replace("swap-secret}", "swap-secret, salts: both}") : every);
        Variable salt;
        salt.key = u"API_KEY_SALT"_s;
        shown.logbook.take({.deployment = u"quoted"_s,
                            .source = u"platform"_s,
                            .takenAt = shown.clock.now(),
                            .latency = 2ms,
                            .outcome = Findings{.facts = {salt}, .refusals = {}},
                            .exchanges = {}});
        shown.tell(ofAVariable());
        QCOMPARE(
            shown.hint().contains(u"API_KEY_SALT is not swapped: no stored hash would fit, and every API key would "
                                  "be refused."_s),
            !isBoth);
    }
}

void TestKeysPage::whatSomebodyElseMakesIsRotatedFromHere()
{
    OnPage none;
    const auto rowOf = [](const OnPage &shown) { return shown.page.findChild<QPushButton *>(u"guided-hook"_s); };
    QVERIFY(!rowOf(none));
    QVERIFY(!none.page.findChild<GuidedRow *>()->isVisible());
    const QByteArray guided = every + "  hook: {kind: guided-rotation, variable: HOOK_SECRET}\n";
    OnPage shown(guided);
    QVERIFY(rowOf(shown)->isVisible() && rowOf(shown)->isEnabled());
    QCOMPARE(rowOf(shown)->text(), u"Rotate HOOK_SECRET in quoted…"_s);
    rowOf(shown)->click();
    QCOMPARE(shown.asked.size(), 1);
    QCOMPARE(shown.asked.first().at(0).toString(), u"hook"_s);
    QCOMPARE(shown.asked.first().at(1).value<Wish>().resource, u"HOOK_SECRET"_s);
    QVERIFY(!OnPage(guided, true).page.findChild<GuidedRow *>()->isVisible());
    const OnPage lost(every + "  hook: {kind: guided-rotation, variable: HOOK_SECRET, source: elsewhere}\n");
    QVERIFY(!rowOf(lost)->isEnabled());
}

void TestKeysPage::aButtonAsksForItsAction_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("button");
    QTest::addColumn<QString>("action"); ///< its id, not its kind
    QTest::newRow("rotate") << u"k-signs"_s << u"key-rotate"_s << u"rotate-key"_s;
    QTest::newRow("retire") << u"k-free"_s << u"key-retire"_s << u"retire-key"_s;
    QTest::newRow("revoke") << u"k-needed"_s << u"key-revoke"_s << u"revoke-key"_s;
    QTest::newRow("swap") << u"JWT_SECRET"_s << u"key-rotate"_s << u"swap-it"_s;
}

void TestKeysPage::aButtonAsksForItsAction()
{
    QFETCH(QString, key);
    QFETCH(QString, button);
    QFETCH(QString, action);
    OnPage shown;
    shown.tell(key == "JWT_SECRET"_L1 ? ofAVariable() : ring());
    shown.choose(key);
    shown.press(button);
    QCOMPARE(shown.asked.size(), 1);
    QCOMPARE(shown.asked.first().first().toString(), action);
    const Wish wish = shown.asked.first().last().value<Wish>();
    QCOMPARE(wish.resource, key);
    QVERIFY(wish.set.empty());
}

void TestKeysPage::whatTheProfileDoesNotNameIsNotOffered()
{
    OnPage none(QByteArray{});
    none.tell(ring());
    QVERIFY2(none.buttons().isEmpty(), qPrintable(none.buttons().join(u'|')));
    QVERIFY2(none.hint().startsWith(
                 u"Nothing can be done to it from here: the profile names no action of kind rotate-signing-key"_s),
             qPrintable(none.hint()));
    // Some are named: the others stand beside them, and say why not.
    OnPage some("actions:\n  rotate-key: {kind: rotate-signing-key, secret: s}\n");
    some.tell(ring());
    QCOMPARE(some.buttons(), (QStringList{u"+Rotate key k-signs in quoted…"_s, u"-Retire key k-signs in quoted…"_s,
                                          u"-Revoke key k-signs in quoted…"_s}));
    QVERIFY2(some.hint().contains(u"no action of kind revoke-signing-key"_s), qPrintable(some.hint()));
}

void TestKeysPage::readOnlyNothingIsOffered()
{
    OnPage shown(every, true);
    for (const QList<SigningKey> &keys : {ring(), ofAVariable()}) {
        shown.tell(keys);
        QCOMPARE(shown.table()->model()->rowCount(), keys.size());
        QVERIFY2(shown.buttons().isEmpty(), qPrintable(shown.buttons().join(u'|')));
        QCOMPARE(shown.hint(), QString());
    }
}

void TestKeysPage::theChosenRowStaysWhenTheOrderChanges()
{
    OnPage shown;
    shown.tell(ring());
    shown.choose(u"k-needed"_s);
    QCOMPARE(shown.table()->currentIndex().row(), 2);
    // It was rotated: the one that waited signs, and one more waits.
    QList<SigningKey> keys = ring();
    keys[0] = keyOf(u"k-next"_s, KeyState::Active, 1, 1h);
    keys[1] = ending(keyOf(u"k-signs"_s, KeyState::Retiring, 4812, 90h));
    keys.prepend(keyOf(u"k-newer"_s, KeyState::Next, 0, 0h));
    shown.tell(keys);
    QCOMPARE(shown.table()->currentIndex().row(), 3);
    QCOMPARE(shown.table()->currentIndex().siblingAtColumn(0).data().toString(), u"k-needed"_s);
    QCOMPARE(shown.buttons().value(2), u"+Revoke key k-needed in quoted…"_s);
    shown.press(u"key-revoke"_s);
    QCOMPARE(shown.asked.first().last().value<Wish>().resource, u"k-needed"_s);
    // It is gone: the buttons name what is chosen now.
    keys.removeIf([](const SigningKey &key) { return key.id == "k-needed"_L1; });
    shown.tell(keys);
    const QModelIndex now = shown.table()->currentIndex();
    const QString name = now.isValid() ? now.siblingAtColumn(0).data().toString() : u"k-next"_s; // else what signs
    QVERIFY2(shown.buttons().value(2).contains(name), qPrintable(shown.buttons().join(u'|')));
}

QTEST_MAIN(TestKeysPage)
#include "tst_keys_page.moc"
