/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"

#include <QCoreApplication>
#include <QEventLoop>
#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using qd::testing::LiveSandbox;

namespace {
/// Fifty requests a second that need PostgreSQL and Redis.
class Users
{
public:
    explicit Users(const LiveSandbox &sandbox)
        : m_ready(sandbox.url(u"/api/v1/ready"_s))
        , m_order(sandbox.url(u"/api/v1/orders"_s))
    {
        QObject::connect(&m_timer, &QTimer::timeout, &m_network, [this] { come(); });
    }
    void letIn() { m_timer.start(20); }
    void stop() { m_timer.stop(); }
    int served = 0;
    int failed = 0; ///< by the service; while it starts anew nobody answers at all

private:
    void come()
    {
        const bool buys = ++m_came % 10 == 0;
        QNetworkRequest request{QUrl(buys ? m_order : m_ready)};
        request.setTransferTimeout(30'000);
        request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
        request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
        request.setRawHeader("X-Forwarded-For", "192.0.2." + QByteArray::number(m_came % 250));
        QNetworkReply *reply = buys ? m_network.post(request, R"({"userId":1})") : m_network.get(request);
        QObject::connect(reply, &QNetworkReply::finished, &m_network, [this, reply, buys] {
            const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
            const QByteArray body = reply->readAll();
            const QString redis =
                QJsonDocument::fromJson(body)["dependencies"_L1]["redis"_L1]["status"_L1].toString(u"up"_s);
            const bool isGood = status == (buys ? 201 : 200) && redis == "up"_L1;
            served += isGood ? 1 : 0;
            if (status != 0 && !isGood) {
                ++failed;
                qWarning("%d: %s", status, body.constData());
            }
            reply->deleteLater();
        });
    }
    const QString m_ready;
    const QString m_order;
    QNetworkAccessManager m_network;
    QTimer m_timer;
    int m_came = 0;
};
} // namespace

/// Passwords of a deployment that is used, rotated from a terminal. What came of it is told by the service's own counts
/// and by its users.
class TestActingPasswords : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void passwordsAreRotatedAndNoRequestFails();

private:
    struct Outcome
    {
        int code = -1;
        QByteArray all;
    };
    /// While events go on.
    [[nodiscard]] Outcome run(const QStringList &arguments) const;
    QTemporaryDir m_desk;
};

TestActingPasswords::Outcome TestActingPasswords::run(const QStringList &arguments) const
{
    QProcess process;
    process.setWorkingDirectory(m_desk.path());
    process.setProcessChannelMode(QProcess::MergedChannels);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"QUARTERDECK_OPERATOR"_s, u"ada"_s);
    process.setProcessEnvironment(environment);
    QEventLoop loop;
    QObject::connect(&process, &QProcess::finished, &loop, &QEventLoop::quit);
    QObject::connect(&process, &QProcess::errorOccurred, &loop, &QEventLoop::quit);
    QTimer::singleShot(120s, &loop, &QEventLoop::quit);
    process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                  arguments + QStringList{u"--desk"_s, m_desk.filePath(u"desk"_s)});
    loop.exec();
    if (process.state() != QProcess::NotRunning) {
        process.kill();
        process.waitForFinished();
        return {};
    }
    return {process.exitCode(), process.readAll()};
}

void TestActingPasswords::passwordsAreRotatedAndNoRequestFails()
{
    LiveSandbox sandbox{u"storefront"_s};
    QVERIFY2(sandbox.start({u"--time-scale"_s, u"60"_s}), qPrintable(sandbox.lastError()));
    const QStringList there{u"--profile"_s, sandbox.profile()};
    const QStringList confirmed = there + QStringList{u"--confirm"_s, u"storefront"_s};
    Users users(sandbox);
    users.letIn();
    QTRY_VERIFY(users.served > 50);

    struct Turn
    {
        QString action;
        QString variable;
        QByteArray planned;
    };
    const QByteArray toB = "logs in as: storefront_a → storefront_b";
    const QByteArray toA = "logs in as: storefront_b → storefront_a";
    const QByteArray toOne = "passwords that Redis accepts: 1 → 1";
    int number = 0;
    for (const Turn &turn : {Turn{u"rotate-database-password"_s, u"DATABASE_URL"_s, toB},
                             Turn{u"rotate-redis-password"_s, u"REDIS_URL"_s, toOne},
                             Turn{u"rotate-database-password"_s, u"DATABASE_URL"_s, toA}}) {
        const QString file = u"%1.plan"_s.arg(++number);
        const Outcome planned =
            run(QStringList{u"plan"_s, turn.action, turn.variable, u"--reason"_s, u"quarterly"_s, u"--out"_s, file} +
                there);
        QVERIFY2(planned.code == 0 && planned.all.contains(turn.planned), planned.all.constData());
        const int before = users.served;
        const Outcome applied = run(QStringList{u"apply"_s, file} + confirmed);
        QVERIFY2(applied.code == 0, applied.all.constData());
        QVERIFY2(applied.all.contains("What " + turn.variable.toUtf8() + " held before is refused"),
                 applied.all.constData());
        QTRY_VERIFY(users.served > before + 100);
        QCOMPARE(users.failed, 0);
        const QJsonObject oracle = sandbox.oracle();
        QCOMPARE(oracle["limiter"_L1].toString(), u"redis"_s);
        const QJsonObject metrics = oracle["metrics"_L1].toObject();
        int answered = 0;
        for (auto each = metrics.begin(); each != metrics.end(); ++each) {
            if (!each.key().startsWith("http_request_duration_seconds_count"_L1))
                continue;
            answered += each.value().toInt();
            QVERIFY2(!each.key().contains("=\"5"_L1), qPrintable(each.key()));
        }
        QVERIFY(answered > 0);
    }
    // What is done cannot be taken back, but rotated once more.
    const Outcome undone = run(QStringList{u"undo"_s, u"2.plan"_s} + confirmed);
    QVERIFY2(undone.code != 0 && undone.all.contains("kept nowhere"), undone.all.constData());
    const int before = users.served;
    QTRY_VERIFY(users.served > before + 100);
    users.stop();
    QCOMPARE(users.failed, 0);
}

QTEST_GUILESS_MAIN(TestActingPasswords)
#include "tst_acting_passwords.moc"
