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
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QRegularExpression>
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
    /// "ID STATUS", sorted.
    [[nodiscard]] virtual QStringList deploys() = 0;
    virtual void set(const QString &key, const QString &value) = 0;
    virtual void deploy() = 0;
    /// What the variable was when that which runs was started; empty where the platform does not tell.
    virtual QString running(const QString &) { return {}; }
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
        all.sort();
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

/// Whose interface is a program.
class ProgramByHand : public ByHand
{
public:
    explicit ProgramByHand(QString program)
        : m_program(std::move(program))
    {
    }

protected:
    /// Empty where it says no, with `mayRefuse`.
    QByteArray run(const QStringList &arguments, bool mayRefuse = false)
    {
        QProcess process;
        process.start(m_program, arguments);
        const bool isDone = process.waitForFinished(60'000);
        if (isDone && process.exitCode() == 0)
            return process.readAllStandardOutput();
        if (!isDone || !mayRefuse)
            qFatal("%s %s: %s", qPrintable(m_program), qPrintable(arguments.join(u' ')),
                   process.readAllStandardError().constData());
        return {};
    }
    QJsonDocument json(const QStringList &arguments) { return QJsonDocument::fromJson(run(arguments)); }

private:
    const QString m_program;
};

class RailwayByHand final : public ProgramByHand
{
public:
    using ProgramByHand::ProgramByHand;
    QHash<QString, QString> variables() override
    {
        QHash<QString, QString> all;
        const QJsonObject told = json({u"variables"_s, u"-s"_s, u"quoted"_s, u"--json"_s}).object();
        for (auto it = told.begin(); it != told.end(); ++it)
            all.insert(it.key(), it->toString());
        return all;
    }
    QStringList deploys() override
    {
        QStringList all;
        for (const QJsonValue &item : json({u"deployment"_s, u"list"_s, u"--service=quoted"_s, u"--json"_s}).array())
            all.append(item["id"_L1].toString() + u' ' + item["status"_L1].toString());
        all.sort();
        return all;
    }
    void set(const QString &key, const QString &value) override
    {
        run({u"variables"_s, u"-s"_s, u"quoted"_s, u"--skip-deploys"_s, u"--set"_s, key + u'=' + value});
    }
    void deploy() override { run({u"redeploy"_s, u"-s"_s, u"quoted"_s, u"--yes"_s}); }
};

class KubectlByHand final : public ProgramByHand
{
public:
    using ProgramByHand::ProgramByHand;
    QHash<QString, QString> variables() override
    {
        QHash<QString, QString> all;
        for (const QString &kind : {u"configmap"_s, u"secret"_s}) {
            const QString name = kind == "secret"_L1 ? u"preflight-secrets"_s : u"preflight-config"_s;
            const QJsonObject data =
                json({u"-n"_s, u"preflight"_s, u"get"_s, kind, name, u"-o"_s, u"json"_s})["data"_L1].toObject();
            for (auto it = data.begin(); it != data.end(); ++it) {
                const QByteArray value = it->toString().toUtf8();
                all.insert(it.key(), QString::fromUtf8(kind == "secret"_L1 ? QByteArray::fromBase64(value) : value));
            }
        }
        return all;
    }
    QStringList deploys() override
    {
        QStringList all;
        const QString reason = json({u"-n"_s, u"preflight"_s, u"get"_s, u"deployment"_s, u"preflight-api"_s, u"-o"_s,
                                     u"json"_s})["status"_L1]["conditions"_L1][0]["reason"_L1]
                                   .toString();
        const QJsonArray items = json({u"-n"_s, u"preflight"_s, u"get"_s, u"replicasets,pods"_s, u"-l"_s,
                                       u"app=preflight-api"_s, u"-o"_s, u"json"_s})["items"_L1]
                                     .toArray();
        for (const QJsonValue &item : items) {
            if (item["kind"_L1].toString() == "ReplicaSet"_L1)
                all.append(item["metadata"_L1]["name"_L1].toString() + u' ' +
                           (all.isEmpty() ? reason : u"scaled down"_s)); // the newest comes first
        }
        all.sort();
        return all;
    }
    void set(const QString &key, const QString &value) override
    {
        const QJsonObject patch{{u"data"_s, QJsonObject{{key, value}}}};
        run({u"-n"_s, u"preflight"_s, u"patch"_s, u"configmap"_s, u"preflight-config"_s, u"--type"_s, u"merge"_s,
             u"-p"_s, QString::fromUtf8(QJsonDocument(patch).toJson(QJsonDocument::Compact))});
    }
    void deploy() override
    {
        run({u"-n"_s, u"preflight"_s, u"rollout"_s, u"restart"_s, u"deployment/preflight-api"_s});
    }
};

class ComposeByHand final : public ProgramByHand
{
public:
    ComposeByHand(const QString &program, const QString &directory, QString service)
        : ProgramByHand(program)
        , m_environment(directory + u"/.env"_s)
        , m_file(directory + u"/docker-compose.yml"_s)
        , m_service(std::move(service))
    {
    }
    QHash<QString, QString> variables() override
    {
        QHash<QString, QString> all;
        const QJsonObject told = json({u"compose"_s, u"-f"_s, m_file, u"config"_s, u"--format"_s,
                                       u"json"_s})["services"_L1][m_service]["environment"_L1]
                                     .toObject();
        for (auto it = told.begin(); it != told.end(); ++it)
            all.insert(it.key(), it->toString());
        return all;
    }
    QStringList deploys() override
    {
        const QByteArray id = run({u"compose"_s, u"-f"_s, m_file, u"ps"_s, u"-a"_s, u"-q"_s, m_service}).trimmed();
        return {QString::fromLatin1(id) + u" running"_s};
    }
    void set(const QString &key, const QString &value) override
    {
        QFile file(m_environment);
        if (!file.open(QIODevice::ReadWrite))
            qFatal("%s", qPrintable(m_environment));
        QStringList lines = QString::fromUtf8(file.readAll()).split(u'\n');
        lines.replaceInStrings(QRegularExpression(u'^' + key + u"=.*"_s), key + u'=' + value);
        file.resize(0);
        file.write(lines.join(u'\n').toUtf8());
    }
    void deploy() override { run({u"compose"_s, u"-f"_s, m_file, u"up"_s, u"-d"_s, m_service}); }
    QString running(const QString &key) override
    {
        const QByteArray id = run({u"compose"_s, u"-f"_s, m_file, u"ps"_s, u"-a"_s, u"-q"_s, m_service}).trimmed();
        const QByteArray told = run({u"inspect"_s, QString::fromLatin1(id)}, true); // it may be replaced just now
        const QJsonArray environment = QJsonDocument::fromJson(told)[0]["Config"_L1]["Env"_L1].toArray();
        for (const QJsonValue &line : environment) {
            if (line.toString().startsWith(key + u'='))
                return line.toString().section(u'=', 1);
        }
        return {};
    }

private:
    const QString m_environment;
    const QString m_file;
    const QString m_service;
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
    [[nodiscard]] QStringList shownFlags() const;
    [[nodiscard]] QStringList flagsIn(const QHash<QString, QString> &variables) const;
    [[nodiscard]] std::optional<FeatureFlag> flag(const QString &key) const;
    [[nodiscard]] QByteArray everythingKept() const;
    [[nodiscard]] QByteArray reportInJson() const;
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
    // Their presets call no variable a flag: here the level of what they log is one.
    if (deployment == "luckygas"_L1 || deployment == "quoted"_L1) {
        QFile file(m_sandbox->profile());
        QVERIFY(file.open(QIODevice::ReadWrite));
        QByteArray text = file.readAll();
        QCOMPARE(text.count("\n  platform:\n"), 1);
        text.replace("\n  platform:\n", "\n  platform:\n    flags: {LOG_LEVEL: text}\n");
        file.resize(0);
        file.seek(0);
        file.write(text);
    }
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
    const QString program = about["program"_L1].toString();
    if (m_deployment == "storefront"_L1)
        return std::make_unique<RenderByHand>(m_book->profile(), about["render"_L1]["service"_L1].toString());
    if (m_deployment == "quoted"_L1)
        return std::make_unique<RailwayByHand>(program);
    if (m_deployment == "preflight"_L1)
        return std::make_unique<KubectlByHand>(program);
    return std::make_unique<ComposeByHand>(program, QFileInfo(m_sandbox->profile()).path(),
                                           m_deployment == "luckygas"_L1 ? u"backend"_s : u"api"_s);
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

/// "KEY SETTING" of each flag among the platform's variables.
QStringList TestPlatformLive::shownFlags() const
{
    QStringList all;
    for (const auto &row : m_book->view().flags.rows) {
        if (row.source == "platform"_L1)
            all.append(row.fact.key + u' ' + row.fact.set.valueOr(u"-"_s));
    }
    all.sort();
    return all;
}

/// The same of the variables themselves.
QStringList TestPlatformLive::flagsIn(const QHash<QString, QString> &variables) const
{
    static const QHash<QString, QStringList> flags{
        {u"storefront"_s,
         {u"PUSH_NOTIFICATIONS_DISABLED"_s, u"CONCIERGE_DISABLED"_s, u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s}},
        {u"preflight"_s, {u"ENABLE_DOCS"_s, u"RATE_LIMIT_PER_MINUTE"_s}},
        {u"longmem"_s, {u"RATE_LIMIT_ENABLED"_s, u"SECURITY_HEADERS_ENABLED"_s}}};
    QStringList all;
    for (const QString &key : flags.value(m_deployment, {u"LOG_LEVEL"_s})) {
        const QString value = variables.value(key, u"not set"_s);
        all.append(key + u' ' + (value == "true"_L1 ? u"on"_s : value == "false"_L1 ? u"off"_s : value));
    }
    all.sort();
    return all;
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

QByteArray TestPlatformLive::reportInJson() const
{
    QProcess cli;
    cli.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
              {u"status"_s, u"--json"_s, u"--profile"_s, m_sandbox->profile()});
    const QByteArray report = cli.waitForFinished(60'000) ? cli.readAllStandardOutput() : QByteArray();
    if (!report.contains("\"variable"))
        qFatal("no variable in %s", report.constData());
    return report;
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
    QTest::newRow("preflight") << u"RATE_LIMIT_PER_MINUTE"_s << u"60"_s << u"90"_s << u"90"_s << QString()
                               << QStringList{u"JWT_SECRET"_s} << FlagStanding::Waiting << FlagStanding::Live;
    QTest::newRow("longmem") << u"SECURITY_HEADERS_ENABLED"_s << u"on"_s << u"false"_s << u"off"_s << QString()
                             << QStringList{u"JWT_SECRET_KEY"_s} << FlagStanding::Waiting << FlagStanding::Live;
    QTest::newRow("luckygas") << u"LOG_LEVEL"_s << u"INFO"_s << u"DEBUG"_s << u"DEBUG"_s << QString()
                              << QStringList{u"JWT_SECRET_KEY"_s} << FlagStanding::Waiting << FlagStanding::Live;
    QTest::newRow("quoted") << u"LOG_LEVEL"_s << u"info"_s << u"debug"_s << u"debug"_s << QString() << QStringList()
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
    // A secret whose every change ends what was issued with it is listed, and never told as a key to rotate.
    QCOMPARE(shownVariables().contains(u"API_KEY_SALT"_s), m_deployment == "preflight"_L1);
    for (const Refusal &refusal : platform().refusals)
        QVERIFY2(refusal.error.code == ErrorCode::Unsupported, qPrintable(refusal.error.message));
    const QString asked = m_book->state().sources.at(u"platform"_s).good->exchanges.first().command;
    QCOMPARE(asked.startsWith(u"ssh -o BatchMode=yes -F "_s), m_deployment == "luckygas"_L1);
    const QStringList deploys = hand->deploys();
    QCOMPARE(shownDeploys(), deploys);
    QStringList shownKeys;
    for (const auto &row : m_book->view().signingKeys.rows) {
        if (row.source == "platform"_L1)
            shownKeys.append(row.fact.id + u' ' + toWord(row.fact.state.valueOr(KeyState::Unknown)));
    }
    for (QString &name : keys)
        name += u" active"_s;
    QCOMPARE(shownKeys, keys);

    QCOMPARE(flag(key)->set.valueOr({}), before);
    if (!unset.isEmpty())
        QCOMPARE(flag(unset)->set.valueOr({}), u"not set"_s);
    QCOMPARE(shownFlags(), flagsIn(own));
    // Of Railway's services nobody tells with what they run.
    const bool isTold = m_deployment != "quoted"_L1;
    const auto goesBy = [&] {
        return m_deployment == "luckygas"_L1 ? hand->running(key)
                                             : m_sandbox->oracle()["flags"_L1][key].toVariant().toString();
    };
    const QString old = goesBy();
    QCOMPARE(old.isEmpty(), !isTold);
    const auto standing = [&] { return standingOf(flag(key).value_or(FeatureFlag()), m_book->view().variables); };
    QVERIFY(own.contains(key) && own.value(key) != value);
    hand->set(key, value);
    QCOMPARE(hand->variables().value(key), value);
    QTRY_COMPARE_WITH_TIMEOUT(flag(key)->set.valueOr({}), after, 20'000);
    QCOMPARE(shownFlags(), flagsIn(hand->variables()));
    QVERIFY(happened(EventKind::FlagChanged, key, after));
    QTRY_COMPARE_WITH_TIMEOUT(standing(), waits, 20'000);
    QCOMPARE(goesBy(), old);

    hand->deploy();
    if (isTold)
        QTRY_VERIFY_WITH_TIMEOUT(!goesBy().isEmpty() && goesBy() != old, 30'000);
    const auto agrees = [&] {
        const QStringList now = hand->deploys();
        return shownDeploys() == now && now != deploys;
    };
    QTRY_VERIFY2_WITH_TIMEOUT(agrees(), qPrintable(shownDeploys().join(u'\n')), 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(standing(), lives, 20'000);
    QCOMPARE(shownFlags(), flagsIn(hand->variables()));
    const auto idOf = [](const QString &deploy) { return deploy.section(u' ', 0, 0); };
    QString found;
    // A container that starts may change its name once more.
    const auto isDeployTold = [&] {
        QStringList made;
        for (const QString &deploy : hand->deploys()) {
            if (std::ranges::none_of(deploys, [&](const QString &earlier) { return idOf(earlier) == idOf(deploy); }))
                made.append(idOf(deploy));
        }
        QStringList told;
        for (const Event &event : m_book->state().events) {
            if (event.kind == EventKind::Deployed && event.from.isEmpty())
                told.append(event.subject);
        }
        found = u"made %1, told %2"_s.arg(made.join(u' '), told.join(u' '));
        return made.size() == 1 && told.contains(made.first());
    };
    QVERIFY2(QTest::qWaitFor(isDeployTold, 20'000), qPrintable(found));

    own = hand->variables();
    const QByteArray kept = everythingKept() + reportInJson();
    int hidden = 0;
    for (auto it = own.cbegin(); it != own.cend(); ++it) {
        if (it->size() < 8 || *it == m_book->profile().environment)
            continue; // "true", "60", "production": everywhere
        ++hidden;
        QVERIFY2(!kept.contains(it->toUtf8()), qPrintable(it.key()));
    }
    QVERIFY(hidden > 0);
}

QTEST_GUILESS_MAIN(TestPlatformLive)
#include "tst_platform_live.moc"
