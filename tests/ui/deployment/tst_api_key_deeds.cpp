/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/acting.h"
#include "base/clock.h"
#include "deployment/keys_page.h"
#include "theme/text_label.h"
#include "ui/support/custody.h"

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
const QByteArray every = "actions:\n  turn: {kind: rotate-api-key, hash: {column: hash}, form: 'lg_{8}_{40}', shown: "
                         "11}\n  drop: {kind: retire-api-key, quiet: 2 h}\n  cut: {kind: revoke-api-key}\n";

Profile profileWith(const QByteArray &actions)
{
    const auto profile =
        parseProfile("quarterdeck: 1\nname: gas\nenvironment: production\nconnections:\n"
                     "  postgresql: {host: 127.0.0.1, database: app, user: viewer}\n"
                     "  operator: {kind: postgresql, host: 127.0.0.1, database: app, user: owner}\nsources:\n"
                     "  api_keys: {kind: api-keys, table: api_keys, columns: {id: id, prefix: prefix, last_used_at: l, "
                     "expires_at: e, revoked_at: r}}\n" +
                         actions,
                     u"gas.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    return *profile;
}

ApiKey keyOf(const QString &id, std::optional<std::chrono::minutes> used,
             std::optional<std::chrono::minutes> expiresIn = {}, bool revoked = false)
{
    ApiKey key;
    key.id = id;
    key.prefix = read(u"lg_"_s + id);
    key.lastUsedAt = used ? read(custodyNow - *used) : readNothing<Instant>();
    key.expiresAt = expiresIn ? read(custodyNow + *expiresIn) : readNothing<Instant>();
    key.revokedAt = revoked ? read(custodyNow - 1h) : readNothing<Instant>();
    return key;
}

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
        const QList<Fact> facts{keyOf(u"used"_s, 3min), keyOf(u"quiet"_s, 121min), keyOf(u"never"_s, {}),
                                keyOf(u"over"_s, 1min, -5min), keyOf(u"gone"_s, 9h, {}, true)};
        logbook.take({.deployment = u"gas"_s,
                      .source = u"api_keys"_s,
                      .takenAt = clock.now(),
                      .latency = 2ms,
                      .outcome = Findings{.facts = facts, .refusals = {}},
                      .exchanges = {{.command = u"psql"_s, .reply = "[]"}}});
        logbook.tick();
        page.showView(logbook.view());
    }
    void choose(const QString &prefix) const
    {
        auto *table = page.findChild<QTableView *>(u"api-key-table"_s);
        for (int row = 0; row < table->model()->rowCount(); ++row) {
            if (table->model()->index(row, 0).data().toString() == prefix)
                table->setCurrentIndex(table->model()->index(row, 0));
        }
        QCOMPARE(table->currentIndex().siblingAtColumn(0).data().toString(), prefix);
    }
    /// "+Rotate API key lg_used": those that are seen, and whether they can be pressed.
    [[nodiscard]] QStringList buttons() const
    {
        QStringList seen;
        for (const QString &name : {u"api-key-rotate"_s, u"api-key-retire"_s, u"api-key-revoke"_s}) {
            const auto *button = page.findChild<QPushButton *>(name);
            if (button->isVisible())
                seen.append((button->isEnabled() ? u"+"_s : u"-"_s) + button->text().section(u' ', 0, 0));
        }
        return seen;
    }
    [[nodiscard]] QString hint() const { return page.findChild<Label *>(u"api-key-act-hint"_s)->text(); }
};
} // namespace

/// What the Keys page offers for the API key that is chosen.
class TestApiKeyDeeds : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachKeyOffersWhatCanBeDone_data();
    void eachKeyOffersWhatCanBeDone();
    void nothingIsOfferedWhereNothingCanBeDone();
    void aButtonAsksForThePlan();
};

void TestApiKeyDeeds::eachKeyOffersWhatCanBeDone_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QStringList>("buttons");
    QTest::addColumn<QString>("why");
    QTest::newRow("in use") << u"lg_used"_s << QStringList{u"+Rotate"_s, u"-Retire"_s, u"+Revoke"_s}
                            << u"lg_used was last used 3 min ago: it can go when it was not for 2 h."_s;
    QTest::newRow("quiet") << u"lg_quiet"_s << QStringList{u"+Rotate"_s, u"+Retire"_s, u"+Revoke"_s} << QString();
    QTest::newRow("never used") << u"lg_never"_s << QStringList{u"+Rotate"_s, u"+Retire"_s, u"+Revoke"_s} << QString();
    QTest::newRow("its time is over") << u"lg_over"_s << QStringList{u"-Rotate"_s, u"+Retire"_s, u"+Revoke"_s}
                                      << u"The time of lg_over is over"_s;
    QTest::newRow("revoked") << u"lg_gone"_s << QStringList{u"-Rotate"_s, u"-Retire"_s, u"-Revoke"_s}
                             << u"lg_gone is revoked."_s;
}

void TestApiKeyDeeds::eachKeyOffersWhatCanBeDone()
{
    QFETCH(QString, key);
    QFETCH(QString, why);
    const OnPage on;
    QCOMPARE(on.buttons(), QStringList());
    on.choose(key);
    QTEST(on.buttons(), "buttons");
    QVERIFY2(on.hint().contains(why), qPrintable(on.hint()));
}

void TestApiKeyDeeds::nothingIsOfferedWhereNothingCanBeDone()
{
    const OnPage none(QByteArray{});
    none.choose(u"lg_quiet"_s);
    QCOMPARE(none.buttons(), QStringList());
    const OnPage readOnly(every, true);
    readOnly.choose(u"lg_quiet"_s);
    QCOMPARE(readOnly.buttons(), QStringList());
    const OnPage one("actions:\n  cut: {kind: revoke-api-key}\n");
    one.choose(u"lg_quiet"_s);
    QCOMPARE(one.buttons(), (QStringList{u"-Rotate"_s, u"-Retire"_s, u"+Revoke"_s}));
    QVERIFY2(one.hint().contains(u"names no action of kind rotate-api-key"_s), qPrintable(one.hint()));
}

void TestApiKeyDeeds::aButtonAsksForThePlan()
{
    OnPage on;
    on.choose(u"lg_quiet"_s);
    const QList<std::pair<QString, QString>> all{
        {u"api-key-rotate"_s, u"turn"_s}, {u"api-key-retire"_s, u"drop"_s}, {u"api-key-revoke"_s, u"cut"_s}};
    for (const auto &[button, action] : all) {
        on.page.findChild<QPushButton *>(button)->click();
        QCOMPARE(on.asked.size(), 1);
        const QList<QVariant> said = on.asked.takeFirst();
        QCOMPARE(said[0].toString(), action);
        QCOMPARE(said[1].value<Wish>().resource, u"lg_quiet"_s);
    }
}

QTEST_MAIN(TestApiKeyDeeds)
#include "tst_api_key_deeds.moc"
