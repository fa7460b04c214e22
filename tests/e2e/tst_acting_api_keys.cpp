/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"
#include "profile/profile.h"
#include "wire/postgres.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QEventLoop>
#include <QFile>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using qd::testing::LiveSandbox;

namespace {
/// Somebody who asks with a key, ten times a second.
class Client
{
public:
    Client(QString page, QByteArray key)
        : m_page(std::move(page))
        , m_key(std::move(key))
    {
        QObject::connect(&m_timer, &QTimer::timeout, &m_network, [this] { come(); });
        m_timer.start(100);
    }
    void stop() { m_timer.stop(); }
    int accepted = 0;
    int refused = 0;

private:
    void come()
    {
        QNetworkRequest request{QUrl(m_page)};
        request.setTransferTimeout(30'000);
        request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
        request.setRawHeader("X-API-Key", m_key);
        QNetworkReply *reply = m_network.get(request);
        QObject::connect(reply, &QNetworkReply::finished, &m_network, [this, reply] {
            const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
            // A rate limit is told only to who is let in.
            accepted += status == 200 || status == 429 ? 1 : 0;
            refused += status == 401 || status == 403 ? 1 : 0;
            reply->deleteLater();
        });
    }
    const QString m_page;
    const QByteArray m_key;
    QNetworkAccessManager m_network;
    QTimer m_timer;
};

QByteArray contentsOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed() : QByteArray();
}
} // namespace

/// A client's key in a deployment that is used, changed from a terminal. Whether it is accepted is told by the service.
class TestActingApiKeys : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aClientMovesToTheNextKey_data();
    void aClientMovesToTheNextKey();
    void aKeyIsPrintedOnATerminalAlone();

private:
    struct Outcome
    {
        int code = -1;
        QByteArray all;
    };
    /// At the desk of `who`, without a terminal, while events go on.
    [[nodiscard]] Outcome run(const QStringList &arguments, const QString &who = QStringLiteral("ada")) const;
    /// On a terminal, where "y" is typed once a question is asked.
    [[nodiscard]] Outcome runOnTerminal(const QStringList &arguments) const;
    /// A key that the deployment has for a client of its own.
    [[nodiscard]] static QByteArray keyIn(const QString &deployment, const QString &profile);
    QTemporaryDir m_desk;
    QString m_policy;
};

TestActingApiKeys::Outcome TestActingApiKeys::run(const QStringList &arguments, const QString &who) const
{
    QProcess process;
    process.setWorkingDirectory(m_desk.path());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.setChildProcessModifier([] { ::setsid(); });
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"QUARTERDECK_OPERATOR"_s, who);
    process.setProcessEnvironment(environment);
    QEventLoop loop;
    QObject::connect(&process, &QProcess::finished, &loop, &QEventLoop::quit);
    QObject::connect(&process, &QProcess::errorOccurred, &loop, &QEventLoop::quit);
    QTimer::singleShot(60s, &loop, &QEventLoop::quit);
    process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                  arguments.first() == "audit"_L1 ? arguments
                                                  : arguments + QStringList{u"--desk"_s, m_desk.filePath(who)});
    loop.exec();
    if (process.state() != QProcess::NotRunning) {
        process.kill();
        process.waitForFinished();
        return {};
    }
    return {process.exitCode(), process.readAll()};
}

TestActingApiKeys::Outcome TestActingApiKeys::runOnTerminal(const QStringList &arguments) const
{
    QByteArrayList words{QFile::encodeName(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s)};
    for (const QString &each : arguments + QStringList{u"--desk"_s, m_desk.filePath(u"ada"_s)})
        words.append(each.toLocal8Bit());
    std::vector<char *> raw;
    for (QByteArray &each : words)
        raw.push_back(each.data());
    raw.push_back(nullptr);
    qputenv("QUARTERDECK_OPERATOR", "ada");
    const QByteArray there = QFile::encodeName(m_desk.path());
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
        if (::chdir(there.constData()) == 0)
            ::execv(raw.front(), raw.data());
        ::_exit(127);
    }
    Outcome outcome;
    std::array<char, 4096> part{};
    bool isAnswered = false;
    for (ssize_t got = 0; child > 0 && (got = ::read(terminal, part.data(), part.size())) > 0;) {
        outcome.all.append(part.data(), got);
        if (!isAnswered && outcome.all.contains("[y/N]"))
            isAnswered = ::write(terminal, "y\n", 2) == 2;
    }
    int status = -1;
    if (child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status))
        outcome.code = WEXITSTATUS(status);
    ::close(terminal);
    return outcome;
}

QByteArray TestActingApiKeys::keyIn(const QString &deployment, const QString &profile)
{
    const auto parsed = qd::loadProfile(profile);
    if (!parsed)
        qFatal("%s", qPrintable(parsed.error().first().message));
    if (deployment == "preflight"_L1)
        return contentsOf(parsed->connection<qd::HttpConnection>(u"http"_s)->headers.first().second.name);
    const QByteArray key = "lg_5e5e5e5e_" + QByteArray(40, '5');
    auto connection = qd::PgConnection::open(*parsed->connection<qd::PostgresConnection>(u"operator"_s),
                                             std::chrono::steady_clock::now() + 10s);
    const auto inserted =
        connection
            ? connection->query("INSERT INTO api_keys (prefix, hash, tier, role) VALUES ($1, $2, 'enterprise', "
                                "'partner')",
                                {key.left(11), QCryptographicHash::hash(key, QCryptographicHash::Sha256).toHex()},
                                std::chrono::steady_clock::now() + 10s)
            : std::unexpected(connection.error());
    if (!inserted)
        qFatal("%s", qPrintable(inserted.error().message));
    return key;
}

void TestActingApiKeys::initTestCase()
{
    m_policy = m_desk.filePath(u"team.yaml"_s);
    QFile policy(m_policy);
    QVERIFY(policy.open(QIODevice::WriteOnly));
    policy.write("quarterdeck_policy: 1\nroles: {lead: [{may: [act, approve]}]}\noperators:\n");
    for (const QString &who : {u"ada"_s, u"bob"_s}) {
        const Outcome key = run({u"key"_s}, who);
        QVERIFY2(key.code == 0, key.all.constData());
        policy.write("  - " + key.all.trimmed().replace("[]", "[lead]") + '\n');
    }
}

void TestActingApiKeys::aClientMovesToTheNextKey_data()
{
    QTest::addColumn<QString>("deployment");
    QTest::addColumn<QString>("page");
    QTest::addColumn<int>("shown");
    QTest::newRow("luckygas") << u"luckygas"_s << u"/api/v1/products/1"_s << 11;
    QTest::newRow("preflight") << u"preflight"_s << u"/v1/evaluations/1"_s << 16;
}

void TestActingApiKeys::aClientMovesToTheNextKey()
{
    QFETCH(QString, deployment);
    QFETCH(QString, page);
    QFETCH(int, shown);
    LiveSandbox sandbox{deployment};
    QVERIFY2(sandbox.start({u"--time-scale"_s, u"5"_s}), qPrintable(sandbox.lastError()));
    const QStringList there{u"--profile"_s, sandbox.profile(), u"--policy"_s, m_policy};
    const QStringList confirmed = there + QStringList{u"--confirm"_s, deployment};
    const QByteArray key = keyIn(deployment, sandbox.profile());
    const QString old = QString::fromLatin1(key.left(shown));
    Client client(sandbox.url(page), key);
    QTRY_VERIFY_WITH_TIMEOUT(client.accepted > 5, 20'000);
    const int strangers = client.refused; // until the service had read it

    const QString file = m_desk.filePath(deployment + u".key"_s);
    const QString plan = deployment + u".plan"_s;
    const Outcome planned = run(QStringList{u"plan"_s, u"rotate-api-key"_s, old, u"--out"_s, plan} + there);
    QVERIFY2(planned.code == 0 && planned.all.contains("Make the key") && planned.all.contains(" --reveal"),
             planned.all.constData());
    const Outcome unasked = run(QStringList{u"apply"_s, plan} + confirmed);
    QVERIFY2(unasked.code == 1 && unasked.all.contains("write --reveal"), unasked.all.constData());
    const Outcome applied = run(QStringList{u"apply"_s, plan, u"--reveal-to"_s, file} + confirmed);
    QVERIFY2(applied.code == 0, applied.all.constData());
    const QByteArray next = contentsOf(file);
    QVERIFY2(next.size() == (deployment == "luckygas"_L1 ? 52 : 48), "no key was handed over");
    QVERIFY(!applied.all.contains(next));
    QCOMPARE(QFile::permissions(file) & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup),
             QFile::Permissions());

    // Both are let in.
    Client mover(sandbox.url(page), next);
    const int before = client.accepted;
    QTRY_VERIFY_WITH_TIMEOUT(mover.accepted > 30 && client.accepted > before + 30, 20'000);
    QCOMPARE(mover.refused, 0);
    QCOMPARE(client.refused, strangers);
    // What is used stays.
    const auto retires = [&] { return run(QStringList{u"plan"_s, u"retire-api-key"_s, old} + there); };
    Outcome blocked;
    QTRY_VERIFY_WITH_TIMEOUT((blocked = retires()).code == 1, 20'000);
    QVERIFY2(blocked.all.contains("was last used"), blocked.all.constData());

    const QString cut = deployment + u".cut"_s;
    const Outcome planned2 =
        run(QStringList{u"plan"_s, u"revoke-api-key"_s, old, u"--reason"_s, u"leaked"_s, u"--out"_s, cut} + there);
    QVERIFY2(planned2.code == 0 && planned2.all.contains("High risk"), planned2.all.constData());
    const Outcome approved = run(QStringList{u"approve"_s, cut, u"--out"_s, cut + u".by"_s} + confirmed, u"bob"_s);
    QVERIFY2(approved.code == 0, approved.all.constData());
    const Outcome revoked = run(QStringList{u"apply"_s, cut, u"--approval"_s, cut + u".by"_s} + confirmed);
    QVERIFY2(revoked.code == 0, revoked.all.constData());
    QTRY_VERIFY_WITH_TIMEOUT(client.refused > strangers, 20'000); // once the service has read it
    const int last = client.accepted;
    const int moved = mover.accepted;
    QTRY_VERIFY_WITH_TIMEOUT(mover.accepted > moved + 10, 20'000);
    QCOMPARE(client.accepted, last);
    QCOMPARE(mover.refused, 0);
    if (deployment == "luckygas"_L1) {
        const QJsonObject keys = sandbox.oracle()["keys"_L1].toObject();
        QCOMPARE(keys[old]["state"_L1].toString(), u"revoked"_s);
        QCOMPARE(keys[QString::fromLatin1(next.left(shown))]["state"_L1].toString(), u"active"_s);
        QCOMPARE(keys[QString::fromLatin1(next.left(shown))]["role"_L1].toString(), u"partner"_s);
    }
}

void TestActingApiKeys::aKeyIsPrintedOnATerminalAlone()
{
    LiveSandbox sandbox{u"preflight"_s};
    QVERIFY2(sandbox.start({u"--no-load"_s}), qPrintable(sandbox.lastError()));
    const QString old = QString::fromLatin1(keyIn(u"preflight"_s, sandbox.profile()).left(16));
    const QStringList there{u"--profile"_s, sandbox.profile(), u"--policy"_s, m_policy};
    const QStringList confirmed = there + QStringList{u"--confirm"_s, u"preflight"_s};
    const Outcome planned = run(QStringList{u"plan"_s, u"rotate-api-key"_s, old, u"--out"_s, u"p.plan"_s} + there);
    QVERIFY2(planned.code == 0, planned.all.constData());
    const Outcome piped = run(QStringList{u"apply"_s, u"p.plan"_s, u"--reveal"_s} + confirmed);
    QVERIFY2(piped.code == 1 && piped.all.contains("there is none here"), piped.all.constData());
    const Outcome shown = runOnTerminal(QStringList{u"apply"_s, u"p.plan"_s, u"--reveal"_s} + confirmed);
    QVERIFY2(shown.code == 0, shown.all.constData());
    static const QRegularExpression whole(u"pf_live_[0-9a-f]{40}"_s);
    QCOMPARE(QString::fromUtf8(shown.all).count(whole), 1);
    const QByteArray key = whole.match(QString::fromUtf8(shown.all)).captured().toLatin1();
    QTRY_VERIFY(!sandbox.page(u"/v1/status"_s, {{"X-API-Key", key}}).contains("API key"));
    const Outcome told = run({u"audit"_s, u"export"_s, m_desk.filePath(u"ada/journal.sqlite"_s), u"--json"_s});
    QVERIFY2(told.all.contains("\"reveal\"") && told.all.contains("printed"), told.all.right(2000).constData());
    QVERIFY(!told.all.contains(key));
}

QTEST_GUILESS_MAIN(TestActingApiKeys)
#include "tst_acting_api_keys.moc"
