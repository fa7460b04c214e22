/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"

#include "history/logbook.h"
#include "sources/source.h"
#include "watch/custody.h"
#include "watch/watcher.h"

#include <QEventLoop>
#include <QJsonArray>
#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;
using qd::testing::LiveSandbox;

namespace {
/// A platform as somebody uses it by hand, with its own interface.
class ByHand
{
public:
    virtual ~ByHand() = default;
    [[nodiscard]] virtual QHash<QString, QString> variables() = 0;
    /// "ID STATUS", the newest first.
    [[nodiscard]] virtual QStringList deploys() = 0;
    virtual void set(const QString &key, const QString &value) = 0;
    virtual void deploy() = 0;
};

class RenderByHand final : public ByHand
{
public:
    RenderByHand(const Profile &profile, const QString &service)
        : m_connection(*profile.connection<HttpConnection>(u"render"_s))
        , m_path(u"/v1/services/%1/"_s.arg(service))
    {
    }

    QHash<QString, QString> variables() override
    {
        QHash<QString, QString> all;
        for (const QJsonValue &item : ask("GET", u"env-vars"_s).array())
            all.insert(item["envVar"_L1]["key"_L1].toString(), item["envVar"_L1]["value"_L1].toString());
        return all;
    }
    QStringList deploys() override
    {
        QStringList all;
        for (const QJsonValue &item : ask("GET", u"deploys"_s).array())
            all.append(item["deploy"_L1]["id"_L1].toString() + u' ' + item["deploy"_L1]["status"_L1].toString());
        return all;
    }
    void set(const QString &key, const QString &value) override
    {
        ask("PUT", u"env-vars/"_s + key, QJsonDocument(QJsonObject{{u"value"_s, value}}).toJson());
    }
    void deploy() override { ask("POST", u"deploys"_s); }

private:
    QJsonDocument ask(const QByteArray &method, const QString &what, const QByteArray &body = {})
    {
        QUrl url = m_connection.base;
        url.setPath(m_path + what);
        QNetworkRequest request(url);
        request.setRawHeader("Authorization", "Bearer " + resolve(*m_connection.bearer)->reveal());
        request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
        QNetworkReply *reply = m_network.sendCustomRequest(request, method, body);
        QEventLoop loop;
        QObject::connect(reply, &QNetworkReply::finished, &loop, &QEventLoop::quit);
        loop.exec();
        return QJsonDocument::fromJson(reply->readAll());
    }

    const HttpConnection m_connection;
    const QString m_path;
    QNetworkAccessManager m_network;
};
} // namespace

/// What the console tells of a platform beside what its own interface tells by hand, and what the service goes by.
class TestPlatformLive : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup();
    void aVariableIsToldAndGoesLiveWithTheNextDeploy_data();
    void aVariableIsToldAndGoesLiveWithTheNextDeploy();

private:
    void watch(const QString &deployment);
    [[nodiscard]] std::unique_ptr<ByHand> byHand() const;
    [[nodiscard]] const SourceView &platform() const;
    [[nodiscard]] QStringList shownVariables() const;
    [[nodiscard]] QStringList shownDeploys() const;
    [[nodiscard]] std::optional<FeatureFlag> flag(const QString &key) const;
    [[nodiscard]] QByteArray everythingKept() const;
    [[nodiscard]] bool happened(EventKind kind, const QString &subject, const QString &to) const;

    QString m_deployment;
    std::unique_ptr<LiveSandbox> m_sandbox;
    SystemClock m_clock;
    std::unique_ptr<IoThread> m_io;
    std::unique_ptr<Logbook> m_book;
    std::unique_ptr<Watcher> m_watcher;
    QTimer m_tick;
};

void TestPlatformLive::watch(const QString &deployment)
{
    m_deployment = deployment;
    m_sandbox = std::make_unique<LiveSandbox>(deployment);
    QVERIFY2(m_sandbox->start({u"--time-scale"_s, u"8"_s, u"--no-load"_s}), qPrintable(m_sandbox->lastError()));
    const ProfileResult profile = loadWhole(m_sandbox->profile());
    QVERIFY2(profile, profile ? "" : qPrintable(profile.error().first().message));
    m_io = std::make_unique<IoThread>();
    m_book = std::make_unique<Logbook>(*profile, m_clock);
    m_watcher = std::make_unique<Watcher>(*profile, *m_io, m_clock);
    connect(m_watcher.get(), &Watcher::read, m_book.get(), &Logbook::take);
    connect(&m_tick, &QTimer::timeout, m_book.get(), &Logbook::tick);
    m_tick.start(200);
    m_watcher->start();
}

void TestPlatformLive::cleanup()
{
    m_tick.stop();
    m_watcher.reset();
    m_io.reset();
    m_book.reset();
    m_sandbox.reset();
}

std::unique_ptr<ByHand> TestPlatformLive::byHand() const
{
    const QJsonObject about = m_sandbox->description()["deployments"_L1][m_deployment].toObject();
    return std::make_unique<RenderByHand>(m_book->profile(), about["render"_L1]["service"_L1].toString());
}

const SourceView &TestPlatformLive::platform() const
{
    return *std::ranges::find(m_book->view().sources, u"platform"_s, &SourceView::id);
}

QStringList TestPlatformLive::shownVariables() const
{
    QStringList all;
    for (const auto &row : m_book->view().variables.rows)
        all.append(row.fact.key);
    all.sort();
    return all;
}

QStringList TestPlatformLive::shownDeploys() const
{
    QStringList all;
    for (const auto &row : m_book->view().deploys.rows)
        all.append(row.fact.id + u' ' + row.fact.status.valueOr(u"-"_s));
    all.sort();
    return all;
}

std::optional<FeatureFlag> TestPlatformLive::flag(const QString &key) const
{
    for (const auto &row : m_book->view().flags.rows) {
        if (row.fact.key == key && row.source == "platform"_L1)
            return row.fact;
    }
    return std::nullopt;
}

bool TestPlatformLive::happened(EventKind kind, const QString &subject, const QString &to) const
{
    return std::ranges::any_of(m_book->state().events, [&](const Event &event) {
        return event.kind == kind && event.subject == subject && event.to == to;
    });
}

QByteArray TestPlatformLive::everythingKept() const
{
    QByteArray all;
    for (const auto &[id, source] : m_book->state().sources) {
        if (!source.good)
            continue;
        for (const Fact &fact : source.good->outcome->facts)
            all += toWord(fact).toUtf8() + '\n';
        for (const Refusal &refusal : source.good->outcome->refusals)
            all += refusal.error.message.toUtf8() + refusal.error.where.toUtf8() + '\n';
        for (const Exchange &exchange : source.good->exchanges)
            all += exchange.command.toUtf8() + exchange.reply + '\n';
    }
    return all;
}

void TestPlatformLive::aVariableIsToldAndGoesLiveWithTheNextDeploy_data()
{
    QTest::addColumn<QString>("key");    // of a flag
    QTest::addColumn<QString>("before"); // of the flag, as shown
    QTest::addColumn<QString>("value");  // to set
    QTest::addColumn<QString>("after");
    QTest::addColumn<QString>("unset"); // a flag that nobody has set
    QTest::addColumn<QStringList>("keys");
    QTest::addColumn<FlagStanding>("waits"); // what is known of it before the deploy, and after
    QTest::addColumn<FlagStanding>("lives");
    QTest::newRow("storefront") << u"CONCIERGE_DISABLED"_s << u"off"_s << u"true"_s << u"on"_s
                                << u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s << QStringList{u"JWT_SECRET"_s}
                                << FlagStanding::Unknown << FlagStanding::Unknown;
}

void TestPlatformLive::aVariableIsToldAndGoesLiveWithTheNextDeploy()
{
    QFETCH(QString, before);
    QFETCH(QString, value);
    QFETCH(QString, after);
    QFETCH(QString, unset);
    QFETCH(QStringList, keys);
    QFETCH(FlagStanding, waits);
    QFETCH(FlagStanding, lives);
    QFETCH(QString, key);
    watch(QString::fromLatin1(QTest::currentDataTag()));
    if (QTest::currentTestFailed())
        return;
    const auto hand = byHand();
    QHash<QString, QString> own = hand->variables();
    QVERIFY(own.size() >= 5);
    QStringList names = own.keys();
    names.sort();
    QTRY_COMPARE_WITH_TIMEOUT(shownVariables(), names, 20'000);
    QVERIFY2(platform().refusals.isEmpty(),
             platform().refusals.isEmpty() ? "" : qPrintable(platform().refusals.first().error.message));
    QStringList deploys = hand->deploys();
    deploys.sort();
    QCOMPARE(shownDeploys(), deploys);
    QCOMPARE(flag(key)->set.valueOr({}), before);
    if (!unset.isEmpty())
        QCOMPARE(flag(unset)->set.valueOr({}), u"not set"_s);
    QStringList shownKeys;
    for (const auto &row : m_book->view().signingKeys.rows)
        shownKeys.append(row.fact.id + u' ' + toWord(row.fact.state.valueOr(KeyState::Unknown)));
    for (QString &name : keys)
        name += u" active"_s;
    QCOMPARE(shownKeys, keys);

    const QJsonValue goesBy = m_sandbox->oracle()["flags"_L1][key];
    hand->set(key, value);
    QTRY_COMPARE_WITH_TIMEOUT(flag(key)->set.valueOr({}), after, 20'000);
    QVERIFY(happened(EventKind::FlagChanged, key, after));
    QCOMPARE(m_sandbox->oracle()["flags"_L1][key], goesBy);
    QCOMPARE(standingOf(*flag(key), m_book->view().variables), waits);

    hand->deploy();
    QTRY_VERIFY_WITH_TIMEOUT(m_sandbox->oracle()["flags"_L1][key] != goesBy, 30'000);
    const auto agrees = [&] {
        QStringList now = hand->deploys();
        now.sort();
        return shownDeploys() == now && now != deploys;
    };
    QTRY_VERIFY2_WITH_TIMEOUT(agrees(), qPrintable(shownDeploys().join(u'\n')), 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(standingOf(*flag(key), m_book->view().variables), lives, 20'000);
    QCOMPARE(std::ranges::count_if(m_book->state().events,
                                   [](const Event &event) { return event.kind == EventKind::Deployed; }) > 0,
             true);

    own = hand->variables();
    const QByteArray kept = everythingKept();
    int hidden = 0;
    for (auto it = own.cbegin(); it != own.cend(); ++it) {
        if (it->size() < 16)
            continue; // "true", "60": everywhere
        ++hidden;
        QVERIFY2(!kept.contains(it->toUtf8()), qPrintable(it.key()));
    }
    QVERIFY(hidden > 0);
}

QTEST_GUILESS_MAIN(TestPlatformLive)
#include "tst_platform_live.moc"
