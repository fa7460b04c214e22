/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include <QElapsedTimer>
#include <QHttpServer>
#include <QHttpServerResponse>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;

namespace {

/// A service whose /health says what the test wants.
class HealthService
{
public:
    HealthService()
    {
        m_server.route(u"/health"_s, [this] { return QHttpServerResponse("application/json", m_body, m_code); });
        m_port = m_server.listen(QHostAddress::LocalHost);
    }
    [[nodiscard]] quint16 port() const { return m_port; }
    void say(const QByteArray &body, QHttpServerResponse::StatusCode code = QHttpServerResponse::StatusCode::Ok)
    {
        m_body = body;
        m_code = code;
    }

private:
    QHttpServer m_server;
    QByteArray m_body = R"({"status":"ok","database":"ok"})";
    QHttpServerResponse::StatusCode m_code = QHttpServerResponse::StatusCode::Ok;
    quint16 m_port = 0;
};

/// A server that says one thing to whatever it is asked.
class Parrot : public QTcpServer
{
public:
    explicit Parrot(const QByteArray &says)
    {
        connect(this, &QTcpServer::newConnection, this, [this, says] {
            while (QTcpSocket *socket = nextPendingConnection()) {
                connect(socket, &QTcpSocket::readyRead, socket, [socket, says] {
                    const auto commands = socket->readAll().count("*");
                    for (qsizetype i = 0; i < commands; ++i)
                        socket->write(says);
                });
            }
        });
        listen(QHostAddress::LocalHost);
    }
};

struct Outcome
{
    int code = -1;
    QByteArray out;
    QByteArray err;
    [[nodiscard]] QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
    [[nodiscard]] QByteArray all() const { return "exit " + QByteArray::number(code) + '\n' + out + err; }
};

QString cli()
{
    return QString::fromLocal8Bit(QD_CLI);
}

} // namespace

/// The program itself, as a process, against services that the test runs.
class TestCliProcess : public QObject
{
    Q_OBJECT

private:
    Outcome run(const QStringList &arguments)
    {
        QProcess process;
        process.start(cli(), arguments);
        bool ended = false;
        connect(&process, &QProcess::finished, &process, [&ended] { ended = true; });
        // The services live in this thread's event loop.
        [&ended] { QTRY_VERIFY_WITH_TIMEOUT(ended, 60'000); }();
        if (!ended)
            process.kill();
        process.waitForFinished();
        return {
            .code = process.exitCode(), .out = process.readAllStandardOutput(), .err = process.readAllStandardError()};
    }

    QString write(const QString &name, const QByteArray &text)
    {
        QFile file(m_dir.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write %s", qPrintable(file.fileName()));
        return file.fileName();
    }

    QString profile(const QString &name, quint16 port)
    {
        return write(
            name + u".yaml"_s,
            "quarterdeck: 1\nname: " + name.toUtf8() +
                "\nenvironment: test\nconnections:\n  http: {url: 'http://127.0.0.1:" + QByteArray::number(port) +
                "'}\nsources:\n  health:\n    kind: http-health\n    interval: 1 s\n    deadline: 20 s\n"
                "    path: /health\n    map:\n      status: /status\n"
                "      words: {ok: ok, degraded: degraded, down: down}\n"
                "      checks:\n        - {name: database, status: /database, detail: /note}\n");
    }

    QString redisProfile(quint16 port)
    {
        return write(u"redis.yaml"_s, "quarterdeck: 1\nname: keeper\nenvironment: test\nconnections:\n"
                                      "  redis: {host: 127.0.0.1, port: " +
                                          QByteArray::number(port) +
                                          "}\nsources:\n  redis: {kind: redis, interval: 1 s, deadline: 20 s}\n");
    }

    QTemporaryDir m_dir;

private Q_SLOTS:
    void theExitCodeTellsTheStatus_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QHttpServerResponse::StatusCode>("http");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("status");
        using Code = QHttpServerResponse::StatusCode;
        QTest::newRow("healthy") << QByteArray(R"({"status":"ok","database":"ok"})") << Code::Ok << 0 << u"ok"_s;
        QTest::newRow("degraded, with a 503")
            << QByteArray(R"({"status":"degraded"})") << Code::ServiceUnavailable << 1 << u"degraded"_s;
        QTest::newRow("down") << QByteArray(R"({"status":"down"})") << Code::ServiceUnavailable << 2 << u"down"_s;
        QTest::newRow("not JSON") << QByteArray("<html>") << Code::Ok << 3 << u"unknown"_s;
    }
    void theExitCodeTellsTheStatus()
    {
        QFETCH(QByteArray, body);
        QFETCH(QHttpServerResponse::StatusCode, http);
        QFETCH(int, code);
        HealthService service;
        service.say(body, http);
        const QString file = profile(u"quoted"_s, service.port());
        const Outcome text = run({u"status"_s, u"--profile"_s, file});
        QVERIFY2(text.code == code, text.all().constData());
        QVERIFY2(text.out.startsWith("quoted"), text.all().constData());
        const Outcome json = run({u"status"_s, u"--json"_s, file});
        QVERIFY2(json.code == code, json.all().constData());
        QCOMPARE(json.json()["exit_code"_L1].toInt(), code);
        QTEST(json.json()["deployments"_L1][0]["status"_L1].toString(), "status");
    }

    void theFirstThatAppliesOfSeveralIsTold_data()
    {
        QTest::addColumn<QStringList>("deployments");
        QTest::addColumn<int>("code");
        const auto row = [](const char *names, int code) {
            QTest::newRow(names) << QString::fromLatin1(names).split(u' ') << code;
        };
        row("well well", 0);
        row("well degraded", 1);
        row("unknown degraded", 1);
        row("degraded broken", 1);
        row("degraded down", 2);
        row("down unknown", 2);
        row("broken down", 2);
        row("well degraded unknown broken down", 2);
        row("unknown well", 3);
        row("well broken", 3);
        row("broken broken", 3);
    }
    void theFirstThatAppliesOfSeveralIsTold()
    {
        QFETCH(QStringList, deployments);
        QFETCH(int, code);
        HealthService well;
        HealthService degraded;
        degraded.say(R"({"status":"degraded"})");
        HealthService down;
        down.say(R"({"status":"down"})");
        HealthService unknown;
        unknown.say("<html>");
        const QHash<QString, QString> files{{u"well"_s, profile(u"well"_s, well.port())},
                                            {u"degraded"_s, profile(u"degraded"_s, degraded.port())},
                                            {u"down"_s, profile(u"down"_s, down.port())},
                                            {u"unknown"_s, profile(u"unknown"_s, unknown.port())},
                                            {u"broken"_s, m_dir.filePath(u"missing.yaml"_s)}};
        QStringList arguments{u"status"_s, u"--json"_s};
        for (const QString &deployment : std::as_const(deployments))
            arguments += files.value(deployment);
        const Outcome outcome = run(arguments);
        QVERIFY2(outcome.code == code, outcome.all().constData());
        QCOMPARE(outcome.json()["exit_code"_L1].toInt(), code);
        const qsizetype broken = deployments.count(u"broken"_s);
        QCOMPARE(outcome.json()["deployments"_L1].toArray().size(), deployments.size() - broken);
        QCOMPARE(outcome.json()["broken_profiles"_L1].toArray().size(), broken);
    }

    void nobodyThereIsUnknown()
    {
        // To have failed is to have spoken: nobody waits for the time-out.
        const Outcome outcome = run({u"status"_s, u"--timeout"_s, u"10m"_s, profile(u"gone"_s, 1)});
        QVERIFY2(outcome.code == 3, outcome.all().constData());
        QVERIFY2(outcome.out.contains("not measured: "), outcome.all().constData());
        QVERIFY2(outcome.out.contains("where: "), outcome.all().constData());
        QVERIFY2(outcome.out.contains("try: "), outcome.all().constData());
    }

    void aServerThatNeverAnswersDoesNotHoldUp()
    {
        QTcpServer silent;
        QVERIFY(silent.listen(QHostAddress::LocalHost));
        QElapsedTimer clock;
        clock.start();
        const Outcome outcome =
            run({u"status"_s, u"--timeout"_s, u"300ms"_s, profile(u"silent"_s, silent.serverPort())});
        QVERIFY2(clock.elapsed() < 8000, QByteArray::number(clock.elapsed()).constData()); // 10 s unless told
        QVERIFY2(outcome.code == 3, outcome.all().constData());
        QVERIFY2(outcome.out.contains("not measured"), outcome.all().constData());
    }

    void aRefusalIsToldAsSuch()
    {
        Parrot redis("-NOAUTH Authentication required.\r\n");
        const QString file = redisProfile(redis.serverPort());
        const Outcome outcome = run({u"status"_s, u"--json"_s, file});
        QVERIFY2(outcome.code == 3, outcome.all().constData());
        const QJsonValue source = outcome.json()["deployments"_L1][0]["sources"_L1][0];
        QCOMPARE(source["freshness"_L1]["known"_L1].toString(), u"refused"_s);
        QCOMPARE(source["error"_L1]["code"_L1].toString(), u"auth-required"_s);
        const Outcome text = run({u"status"_s, file});
        QVERIFY2(text.out.contains("refused: "), text.all().constData());
    }

    void whatADeploymentSaysReachesNoTerminalRaw()
    {
        HealthService service;
        service.say(R"({"status":"ok","database":"ok","note":"\u001b[2J\u001b]0;gotcha\u0007\nquoted   Down"})");
        const Outcome outcome = run({u"status"_s, profile(u"quoted"_s, service.port())});
        QVERIFY2(outcome.code == 0, outcome.all().constData());
        QVERIFY2(outcome.out.contains("gotcha"), outcome.all().constData());
        QVERIFY2(!outcome.out.contains('\x1b'), outcome.all().constData());
        QVERIFY2(!outcome.out.contains('\x07'), outcome.all().constData());
        QVERIFY2(!outcome.out.contains("\nquoted   Down"), outcome.all().constData());
    }

    void watchTellsAChangeAndEndsAfterItsCount()
    {
        HealthService service;
        QProcess process;
        process.start(cli(), {u"watch"_s, u"--json"_s, u"--count"_s, u"2"_s, profile(u"quoted"_s, service.port())});
        QByteArray out;
        connect(&process, &QProcess::readyReadStandardOutput, &process,
                [&] { out += process.readAllStandardOutput(); });
        QTRY_COMPARE_WITH_TIMEOUT(out.count('\n'), 1, 60'000);
        QCOMPARE(QJsonDocument::fromJson(out).object()["status"_L1].toString(), u"ok"_s);
        service.say(R"({"status":"down"})");
        QTRY_COMPARE_WITH_TIMEOUT(process.state(), QProcess::NotRunning, 60'000);
        QCOMPARE(process.exitCode(), 2);
        const QByteArray last = out.trimmed().split('\n').last();
        QVERIFY2(last.contains("down"), out.constData());
    }

    void watchEndsInOrderOnCtrlC()
    {
        HealthService service;
        QProcess process;
        process.start(cli(), {u"watch"_s, profile(u"quoted"_s, service.port())});
        QByteArray out;
        connect(&process, &QProcess::readyReadStandardOutput, &process,
                [&] { out += process.readAllStandardOutput(); });
        QTRY_COMPARE_WITH_TIMEOUT(out.count('\n'), 1, 60'000);
        ::kill(pid_t(process.processId()), SIGINT);
        QTRY_COMPARE_WITH_TIMEOUT(process.state(), QProcess::NotRunning, 60'000);
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 0);
    }

    void profilesAreChecked()
    {
        const Outcome good = run({u"profile"_s, u"check"_s, profile(u"quoted"_s, 1)});
        QVERIFY2(good.code == 0, good.all().constData());
        const QString bad = write(u"bad.yaml"_s, "quarterdeck: 1\nname: x\nenvironment: test\nintervall: 3\n");
        const Outcome outcome = run({u"profile"_s, u"check"_s, bad});
        QVERIFY2(outcome.code == 1, outcome.all().constData());
        QVERIFY2(outcome.out.contains((bad + u":4:"_s).toUtf8()), outcome.all().constData());
        const Outcome missing = run({u"profile"_s, u"check"_s, m_dir.filePath(u"missing.yaml"_s)});
        QVERIFY2(missing.code == 1, missing.all().constData());
    }

    void theReferenceOfProfilesHoldsOnlyWhatThereIs()
    {
        const Outcome outcome =
            run({u"profile"_s, u"check"_s,
                 QStringLiteral(QT_TESTCASE_SOURCEDIR "/../../../resources/profile-reference.yaml")});
        QVERIFY2(outcome.code == 0, outcome.all().constData());
    }

    void whatIsWrongIsToldInOneGoByPlace_data()
    {
        QTest::addColumn<QByteArray>("yaml");
        QTest::addColumn<QList<int>>("lines");
        const QByteArray name = "quarterdeck: 1\nname: x\nenvironment: test\n";
        QTest::newRow("sources, too") << name +
                                             "sources:\n  health: {kind: http-health, pth: /h, map: {}}\n"
                                             "  redis: {kind: radis}\nconnections:\n"
                                             "  http: {url: 'http://127.0.0.1:1', zebra: 1}\nthresholds: {errors: x}\n"
                                      << QList{5, 5, 5, 6, 8, 9};
        QTest::newRow("unknown preset alone") << name + "preset: qouted\nintervals: {health: 1 s}\n" << QList{4};
        QTest::newRow("unknown preset and more")
            << name + "preset: qouted\nsources: {redis: {limits: {}}}\nthresholds: {errors: x}\n"
            << QList{4, 6};
        QTest::newRow("no connections that could be read") << name + "preset: quoted\nconnections: nowhere\n"
                                                           << QList{5};
        QTest::newRow("a connection that cannot be read")
            << name + "preset: quoted\nconnections:\n  http: {url: 'http://127.0.0.1:1'}\n"
                      "  redis: nowhere\n  postgresql: {host: 127.0.0.1, database: d, user: u}\n"
            << QList{7};
    }
    void whatIsWrongIsToldInOneGoByPlace()
    {
        QFETCH(QByteArray, yaml);
        const QString file = write(u"wrong.yaml"_s, yaml);
        const Outcome outcome = run({u"profile"_s, u"check"_s, file});
        QVERIFY2(outcome.code == 1, outcome.all().constData());
        QList<int> found;
        for (const QByteArray &line : outcome.out.trimmed().split('\n')) {
            QVERIFY2(line.startsWith(file.toUtf8() + ':'), outcome.all().constData());
            found.append(line.mid(file.toUtf8().size() + 1).split(':').first().toInt());
        }
        QTEST(found, "lines");
    }

    void aWrongCommandLineEndsWith64()
    {
        const Outcome outcome = run({u"status"_s, u"--jsno"_s});
        QVERIFY2(outcome.code == 64, outcome.all().constData());
        QVERIFY(outcome.out.isEmpty());
        QVERIFY2(outcome.err.contains("--jsno"), outcome.all().constData());
        QCOMPARE(run({u"--help"_s}).code, 0);
        QVERIFY(run({u"--version"_s}).out.startsWith("quarterdeck-cli "));
    }
};

QTEST_GUILESS_MAIN(TestCliProcess)
#include "tst_cli_process.moc"
