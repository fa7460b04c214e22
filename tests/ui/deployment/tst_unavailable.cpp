/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/clock.h"
#include "deployment/deployment_page.h"
#include "deployment/pages.h"
#include "theme/empty_state.h"
#include "theme/text_label.h"

#include <QTemporaryDir>
#include <QTest>

using namespace qd;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// What a deployment does not have at all, as the presets say it, is said on its page in these words.
class TestUnavailable : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isSaidOnItsPage_data();
    void isSaidOnItsPage();
    void andNothingElseIs_data() { isSaidOnItsPage_data(); }
    void andNothingElseIs();
    void aLimiterOfWhichNobodyTellsIsSaid_data();
    void aLimiterOfWhichNobodyTellsIsSaid();

private:
    [[nodiscard]] Profile profileOn(const QString &preset, bool hasAll) const;
    [[nodiscard]] static QString textOf(PageId page, const Profile &profile, const QList<Fact> &more = {});
    QTemporaryDir m_directory;
};

namespace {
/// Of a page, or a part of it, that has nothing to show.
const QString headline = u"headline: Not available here\n"_s;

Reading reading(const QString &source, Instant at, const QList<Fact> &facts)
{
    return {.deployment = u"shop"_s,
            .source = source,
            .takenAt = at,
            .latency = 1ms,
            .outcome = Findings{.facts = facts, .refusals = {}},
            .exchanges = {}};
}
} // namespace

/// Errors are of the connections that this profile does not write.
Profile TestUnavailable::profileOn(const QString &preset, bool hasAll) const
{
    const QString path = m_directory.filePath(preset + u".yaml"_s);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        qFatal("%s", qPrintable(file.errorString()));
    file.write("quarterdeck: 1\nname: shop\nenvironment: production\npreset: " + preset.toUtf8() + '\n');
    file.close();
    Profile profile = draftProfile(path).profile;
    for (const auto &[id, kind] : {std::pair{u"own-redis"_s, u"redis"_s}, std::pair{u"own-pg"_s, u"postgresql"_s}})
        profile.sources.append({.id = id, .kind = kind, .connection = {}, .options = {}});
    if (hasAll)
        profile.unavailable.clear();
    return profile;
}

/// All that is to be read on a page of a deployment whose stores have answered.
QString TestUnavailable::textOf(PageId page, const Profile &profile, const QList<Fact> &more)
{
    ManualClock clock(Instant(1'800'000'000'000ms));
    Logbook logbook(profile, clock);
    Database database{.database = u"shop"_s};
    database.isStandby.value = 0;
    RedisServer redis;
    redis.role.value = u"master"_s;
    logbook.take(reading(u"own-pg"_s, clock.now(), {database}));
    logbook.take(reading(u"own-redis"_s, clock.now(), QList<Fact>{redis} + more));
    if (!QTest::qWaitFor([&] { return logbook.view().redis.fact && logbook.view().database.fact; }))
        qFatal("the logbook took nothing");
    const Theme theme(Scheme::Light);
    const std::unique_ptr<DeploymentPage> shown(makePage(page, logbook, theme, nullptr));
    shown->resize(1280, 800);
    shown->show();
    shown->refresh();
    QString text;
    for (const QWidget *widget : shown->findChildren<QWidget *>()) {
        if (!widget->isVisible())
            continue;
        if (const auto *label = qobject_cast<const Label *>(widget))
            text += label->text() + u'\n';
        if (qobject_cast<const EmptyState *>(widget) != nullptr)
            text += u"headline: "_s;
        text += widget->accessibleName() + u'\n';
    }
    return text;
}

void TestUnavailable::isSaidOnItsPage_data()
{
    QTest::addColumn<QString>("preset");
    QTest::addColumn<QString>("what");
    QTest::addColumn<PageId>("page");
    QTest::addColumn<QString>("words");
    const auto row = [](const QString &preset, const QString &what, PageId page, const QString &words) {
        QTest::newRow(qPrintable(preset + u' ' + what)) << preset << what << page << words;
    };
    const QString page = u"says that it has no "_s;
    for (const QString &preset : {u"quoted"_s, u"longmem"_s, u"preflight"_s, u"storefront"_s}) {
        row(preset, u"replicas"_s, PageId::Data, u"not available here: pools, replicas"_s);
        row(preset, u"pools"_s, PageId::Data, u"not available here: pools"_s);
        row(preset, u"sentinels"_s, PageId::Data, u"not available here: Sentinels"_s);
    }
    for (const QString &preset : {u"longmem"_s, u"preflight"_s})
        row(preset, u"breakers"_s, PageId::Breakers, page);
    for (const QString &preset : {u"quoted"_s, u"longmem"_s, u"storefront"_s})
        row(preset, u"api_keys"_s, PageId::Keys, page);
    for (const QString &preset : {u"quoted"_s, u"longmem"_s})
        row(preset, u"business_metrics"_s, PageId::Metrics, u"Business metrics: not available here"_s);
    row(u"preflight"_s, u"cache"_s, PageId::Cache, page);
    row(u"preflight"_s, u"backups"_s, PageId::Backups, page);
    row(u"luckygas"_s, u"flags"_s, PageId::Flags, page);
    // What has no page of its own is said where it is told whom the console asks.
    row(u"preflight"_s, u"alerts"_s, PageId::Overview, u"Not available here: breakers, cache, backups, alerts"_s);
}

void TestUnavailable::isSaidOnItsPage()
{
    QFETCH(QString, preset);
    QFETCH(QString, what);
    QFETCH(PageId, page);
    QFETCH(QString, words);
    const Profile profile = profileOn(preset, false);
    QVERIFY2(profile.unavailable.contains(what), qPrintable(profile.unavailable.join(u' ')));
    const QString text = textOf(page, profile);
    QVERIFY2(text.contains(words), qPrintable(text));
    if (words.startsWith(u"says "_s))
        QVERIFY2(text.contains(headline), qPrintable(text));
}

void TestUnavailable::andNothingElseIs()
{
    QFETCH(QString, preset);
    QFETCH(PageId, page);
    QFETCH(QString, words);
    const QString text = textOf(page, profileOn(preset, true));
    QVERIFY2(!text.contains(words), qPrintable(text));
    QVERIFY2(!text.contains(headline), qPrintable(text));
}

void TestUnavailable::aLimiterOfWhichNobodyTellsIsSaid_data()
{
    QTest::addColumn<QString>("preset");
    for (const char *preset : {"luckygas", "storefront"})
        QTest::newRow(preset) << QString::fromLatin1(preset);
}

void TestUnavailable::aLimiterOfWhichNobodyTellsIsSaid()
{
    QFETCH(QString, preset);
    const Profile profile = profileOn(preset, false);
    const QString words = u"Where the service counts its limits is not known."_s;
    const QString nobody = textOf(PageId::Limits, profile);
    QVERIFY2(nobody.contains(words), qPrintable(nobody));
    Limiter limiter;
    limiter.mode.value = LimiterMode::Memory;
    const QString somebody = textOf(PageId::Limits, profile, {limiter});
    QVERIFY2(!somebody.contains(words), qPrintable(somebody));
}

QTEST_MAIN(TestUnavailable)
#include "tst_unavailable.moc"
