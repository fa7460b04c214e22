/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using qd::testing::LiveSandbox;

namespace {
struct Answer
{
    int status = 0; ///< 0: nobody answered
    QJsonObject body;
};

QNetworkReply *send(QNetworkAccessManager &network, const QByteArray &method, const QString &url,
                    const QByteArray &token, const QByteArray &address, const QJsonObject &body = {},
                    const QByteArray &apiKey = {})
{
    QNetworkRequest request{QUrl(url)};
    request.setTransferTimeout(30'000);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    request.setRawHeader("X-Forwarded-For", address);
    if (!token.isEmpty())
        request.setRawHeader("Authorization", "Bearer " + token);
    if (!apiKey.isEmpty())
        request.setRawHeader("X-API-Key", apiKey);
    return network.sendCustomRequest(request, method, body.isEmpty() ? QByteArray() : QJsonDocument(body).toJson());
}

Answer answerOf(QNetworkReply &reply)
{
    return {reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(),
            QJsonDocument::fromJson(reply.readAll()).object()};
}

/// From another address each time: whoever signs in often is refused.
Answer ask(const QByteArray &method, const QString &url, const QByteArray &token = {}, const QJsonObject &body = {},
           const QByteArray &apiKey = {})
{
    static int asked = 0;
    QNetworkAccessManager network;
    const QByteArray address = "198.18.0." + QByteArray::number(++asked % 250);
    const std::unique_ptr<QNetworkReply> reply(send(network, method, url, token, address, body, apiKey));
    QEventLoop loop;
    QObject::connect(reply.get(), &QNetworkReply::finished, &loop, &QEventLoop::quit);
    loop.exec();
    return answerOf(*reply);
}

/// The key that signed it.
QString keyOf(const QByteArray &token)
{
    const QByteArray head = token.left(token.indexOf('.'));
    return QJsonDocument::fromJson(QByteArray::fromBase64(head, QByteArray::Base64UrlEncoding))
        .object()["kid"_L1]
        .toString();
}

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Sixty people who are signed in and ask for a page that takes tokens, 60 times a second together.
class Users
{
public:
    explicit Users(QString page)
        : m_page(std::move(page))
    {
        QObject::connect(&m_timer, &QTimer::timeout, &m_network, [this] { come(); });
    }
    void signIn(const QByteArray &token) { m_tokens.append(token); }
    void letIn() { m_timer.start(1000 / 60); }
    void stop() { m_timer.stop(); }
    int accepted = 0;
    int refused = 0;

private:
    void come()
    {
        const auto which = m_next++ % 60;
        QNetworkReply *reply = send(m_network, "GET", m_page, m_tokens[which % m_tokens.size()],
                                    "192.0.2." + QByteArray::number(1 + which));
        QObject::connect(reply, &QNetworkReply::finished, &m_network, [this, reply] {
            const int status = answerOf(*reply).status;
            accepted += status == 200 ? 1 : 0;
            refused += status == 401 ? 1 : 0;
            reply->deleteLater();
        });
    }
    const QString m_page;
    QNetworkAccessManager m_network;
    QTimer m_timer;
    QList<QByteArray> m_tokens;
    qsizetype m_next = 0;
};
} // namespace

/// Signing keys of a deployment that is used, changed from a terminal with a second person's approval. What came of it
/// is told by the service's own counts and by its users.
class TestActingKeys : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aKeyIsRotatedAndBackAndNobodyIsLoggedOut();
    void aSecretIsSwappedAndAllAreLoggedOut();
    void aSecretOnKubernetesIsSwapped();
    void aSecretOfComposeIsSwapped_data();
    void aSecretOfComposeIsSwapped();
    void aSaltIsNotSwapped();
    void aWebhookSecretIsRotatedByHand();

private:
    struct Outcome
    {
        int code = -1;
        QByteArray all;
    };
    /// At the desk of `who` (empty: at none), while events go on.
    [[nodiscard]] Outcome run(const QStringList &arguments, const QString &who) const;
    /// By ada, once bob approved it.
    [[nodiscard]] Outcome swap(const QString &key, const QString &profile, const QString &deployment) const;
    QTemporaryDir m_desk;
    QString m_policy;
};

TestActingKeys::Outcome TestActingKeys::swap(const QString &key, const QString &profile,
                                             const QString &deployment) const
{
    const QStringList there{u"--profile"_s, profile, u"--policy"_s, m_policy};
    const QStringList confirmed = there + QStringList{u"--confirm"_s, deployment};
    const Outcome planned =
        run(QStringList{u"plan"_s, u"swap-secret"_s, key, u"--reason"_s, u"leaked"_s, u"--out"_s, u"w.plan"_s} + there,
            u"ada"_s);
    if (planned.code != 0)
        return planned;
    const Outcome approved =
        run(QStringList{u"approve"_s, u"w.plan"_s, u"--out"_s, u"w.approval"_s} + confirmed, u"bob"_s);
    if (approved.code != 0)
        return approved;
    Outcome applied = run(QStringList{u"apply"_s, u"w.plan"_s, u"--approval"_s, u"w.approval"_s} + confirmed, u"ada"_s);
    applied.all = planned.all + approved.all + applied.all;
    return applied;
}

TestActingKeys::Outcome TestActingKeys::run(const QStringList &arguments, const QString &who) const
{
    QProcess process;
    process.setWorkingDirectory(m_desk.path());
    process.setProcessChannelMode(QProcess::MergedChannels);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"QUARTERDECK_OPERATOR"_s, who);
    process.setProcessEnvironment(environment);
    QEventLoop loop;
    QObject::connect(&process, &QProcess::finished, &loop, &QEventLoop::quit);
    QObject::connect(&process, &QProcess::errorOccurred, &loop, &QEventLoop::quit);
    QTimer::singleShot(120s, &loop, &QEventLoop::quit);
    process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                  who.isEmpty() ? arguments : arguments + QStringList{u"--desk"_s, m_desk.filePath(who)});
    loop.exec();
    if (process.state() != QProcess::NotRunning) {
        process.kill();
        process.waitForFinished();
        return {};
    }
    return {process.exitCode(), process.readAll()};
}

void TestActingKeys::initTestCase()
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

void TestActingKeys::aKeyIsRotatedAndBackAndNobodyIsLoggedOut()
{
    LiveSandbox sandbox;
    QVERIFY2(sandbox.start({u"--time-scale"_s, u"60"_s}), qPrintable(sandbox.lastError())); // keys are read each second
    // As whoever writes a profile would: with some room.
    QFile original(sandbox.profile());
    QVERIFY(original.open(QIODevice::ReadOnly));
    const QByteArray text = original.readAll();
    QFile profile(m_desk.filePath(u"quoted.yaml"_s));
    QVERIFY(profile.open(QIODevice::WriteOnly));
    profile.write(text + "actions:\n  rotate-key: {refresh: 4 s}\n");
    profile.close();
    const QStringList there{u"--profile"_s, profile.fileName(), u"--policy"_s, m_policy};
    const QStringList confirmed = there + QStringList{u"--confirm"_s, u"quoted"_s};

    const auto login = [&] {
        return ask("POST", sandbox.url(u"/login"_s), {}, {{u"user"_s, u"ada"_s}})
            .body["access_token"_L1]
            .toString()
            .toLatin1();
    };
    const auto counted = [&](const char *what) {
        return sandbox.oracle()["tokens"_L1][QLatin1StringView(what)].toInt(-1);
    };
    const QByteArray token = login();
    const QString old = keyOf(token);
    QVERIFY(!old.isEmpty());
    Users users(sandbox.url(u"/api/me"_s));
    users.signIn(token);
    users.letIn();
    QTRY_VERIFY(users.accepted > 60);

    const Outcome planned =
        run(QStringList{u"plan"_s, u"rotate-key"_s, old, u"--reason"_s, u"yearly"_s, u"--out"_s, u"k.plan"_s} + there,
            u"ada"_s);
    QVERIFY2(planned.code == 0 && planned.all.contains("High risk"), planned.all.constData());
    const Outcome alone = run(QStringList{u"apply"_s, u"k.plan"_s} + confirmed, u"ada"_s);
    QVERIFY2(alone.code == 1 && alone.all.contains("no second person approved it yet"), alone.all.constData());
    const auto approve = [&](const QString &as) {
        return run(QStringList{u"approve"_s, u"k.plan"_s, u"--out"_s, as} + confirmed, u"bob"_s);
    };
    const Outcome approved = approve(u"there"_s);
    QVERIFY2(approved.code == 0, approved.all.constData());
    const int before = counted("accepted");
    const int strangers = counted("unknown_key"); // who came before they had signed in
    QElapsedTimer clock;
    clock.start();
    const Outcome applied =
        run(QStringList{u"apply"_s, u"k.plan"_s, u"--approval"_s, u"there"_s} + confirmed, u"ada"_s);
    QVERIFY2(applied.code == 0 && applied.all.contains("bob approved it"), applied.all.constData());
    QByteArray younger;
    QTRY_VERIFY(!keyOf(younger = login()).isEmpty() && keyOf(younger) != old);
    users.signIn(younger);
    QVERIFY(counted("accepted") > before);
    QCOMPARE(counted("unknown_key"), strangers);
    QCOMPARE(ask("GET", sandbox.url(u"/api/me"_s), token).status, 200);
    QCOMPARE(ask("GET", sandbox.url(u"/api/me"_s), younger).status, 200);

    // To take it back is another deed.
    const Outcome early = run(QStringList{u"undo"_s, u"k.plan"_s, u"--approval"_s, u"there"_s} + confirmed, u"ada"_s);
    QVERIFY2(early.code == 1 && early.all.contains("used before"), early.all.constData());
    const Outcome again = approve(u"back"_s);
    QVERIFY2(again.code == 0, again.all.constData());
    const Outcome undone = run(QStringList{u"undo"_s, u"k.plan"_s, u"--approval"_s, u"back"_s} + confirmed, u"ada"_s);
    QVERIFY2(undone.code == 0, undone.all.constData());
    QTRY_COMPARE(keyOf(login()), old);
    const int taken = users.accepted;
    QTRY_VERIFY(users.accepted > taken + 120); // of both keys
    users.stop();
    QCOMPARE(users.refused, 0);
    QCOMPARE(counted("unknown_key"), strangers);
    const int accepted = counted("accepted");
    QVERIFY2(accepted > before + 300, qPrintable(QString::number(accepted)));
    qInfo("%d tokens accepted, %.0f a second; %d forged ones refused", accepted - before,
          1000.0 * (accepted - before) / static_cast<double>(clock.elapsed()), counted("refused"));
    QVERIFY(counted("refused") <= 12);
}

void TestActingKeys::aSecretIsSwappedAndAllAreLoggedOut()
{
    LiveSandbox sandbox{u"storefront"_s};
    QVERIFY2(sandbox.start({u"--no-load"_s, u"--time-scale"_s, u"60"_s}), qPrintable(sandbox.lastError()));
    const QStringList there{u"--profile"_s, sandbox.profile(), u"--policy"_s, m_policy};
    const QStringList confirmed = there + QStringList{u"--confirm"_s, u"storefront"_s};
    const auto login = [&] {
        return ask("POST", sandbox.url(u"/api/v1/auth/login"_s), {}, {{u"userId"_s, 1}})
            .body["accessToken"_L1]
            .toString()
            .toLatin1();
    };
    const auto status = [&](const QByteArray &token) {
        return ask("GET", sandbox.url(u"/api/v1/profile"_s), token).status;
    };
    const QByteArray token = login();
    QCOMPARE(status(token), 200);
    const Outcome planned = run(
        QStringList{u"plan"_s, u"swap-secret"_s, u"JWT_SECRET"_s, u"--reason"_s, u"leaked"_s, u"--out"_s, u"s.plan"_s} +
            there,
        u"ada"_s);
    QVERIFY2(planned.code == 0 && planned.all.contains("this cannot be undone"), planned.all.constData());
    const Outcome alone = run(QStringList{u"apply"_s, u"s.plan"_s} + confirmed, u"ada"_s);
    QVERIFY2(alone.code == 1 && alone.all.contains("no second person approved it yet"), alone.all.constData());
    QCOMPARE(status(token), 200);
    const Outcome approved =
        run(QStringList{u"approve"_s, u"s.plan"_s, u"--out"_s, u"s.approval"_s} + confirmed, u"bob"_s);
    QVERIFY2(approved.code == 0, approved.all.constData());
    const Outcome applied =
        run(QStringList{u"apply"_s, u"s.plan"_s, u"--approval"_s, u"s.approval"_s} + confirmed, u"ada"_s);
    QVERIFY2(applied.code == 0, applied.all.constData());
    QCOMPARE(status(token), 401);
    const QByteArray anew = login();
    QVERIFY(!anew.isEmpty());
    QCOMPARE(status(anew), 200);
    const Outcome undone = run(QStringList{u"undo"_s, u"s.plan"_s} + confirmed, u"ada"_s);
    QVERIFY2(undone.code == 1 && undone.all.contains("cannot be undone"), undone.all.constData());
    QCOMPARE(status(anew), 200);
}

/// Its page takes tokens that name an API key in use.
void TestActingKeys::aSecretOnKubernetesIsSwapped()
{
    LiveSandbox sandbox{u"preflight"_s};
    QVERIFY2(sandbox.start({u"--no-load"_s, u"--time-scale"_s, u"60"_s}), qPrintable(sandbox.lastError()));
    const QByteArray key = contents(QFileInfo(sandbox.profile()).path() + u"/api-key"_s);
    const auto login = [&] {
        return ask("POST", sandbox.url(u"/v1/token"_s), {}, {}, key).body["access_token"_L1].toString().toLatin1();
    };
    const auto status = [&](const QByteArray &token) { return ask("GET", sandbox.url(u"/v1/status"_s), token).status; };
    const QByteArray token = login();
    QCOMPARE(status(token), 200);
    const QByteArray claims = QByteArray::fromBase64(token.split('.').value(1), QByteArray::Base64UrlEncoding);
    QFile profile(m_desk.filePath(u"preflight.yaml"_s));
    QVERIFY(profile.open(QIODevice::WriteOnly));
    profile.write(contents(sandbox.profile()) + "actions:\n  swap-secret: {probe: {path: /v1/status, claims: {sub: \"" +
                  QJsonDocument::fromJson(claims)["sub"_L1].toString().toUtf8() + "\"}}}\n");
    profile.close();
    const Outcome swapped = swap(u"JWT_SECRET"_s, profile.fileName(), u"preflight"_s);
    QVERIFY2(swapped.code == 0, swapped.all.constData());
    QVERIFY2(swapped.all.contains("Kubernetes keeps one value of it at a time; it is set only if nobody wrote there"),
             swapped.all.constData());
    QVERIFY2(swapped.all.contains("live sessions: not measured"), swapped.all.constData());
    QCOMPARE(status(token), 401);
    QCOMPARE(status(login()), 200); // the API key itself is as good as before
}

void TestActingKeys::aSecretOfComposeIsSwapped_data()
{
    QTest::addColumn<QString>("deployment");
    QTest::newRow("here") << u"longmem"_s;
    QTest::newRow("over ssh") << u"luckygas"_s;
}

void TestActingKeys::aSecretOfComposeIsSwapped()
{
    QFETCH(QString, deployment);
    LiveSandbox sandbox{deployment};
    QVERIFY2(sandbox.start({u"--no-load"_s, u"--time-scale"_s, u"60"_s}), qPrintable(sandbox.lastError()));
    const bool takesTokens = deployment == "longmem"_L1;
    const auto login = [&] {
        return ask("POST", sandbox.url(u"/api/auth/token"_s), {}, {{u"user"_s, 1}})
            .body["access_token"_L1]
            .toString()
            .toLatin1();
    };
    const auto status = [&](const QByteArray &token) {
        return ask("GET", sandbox.url(u"/api/auth/me"_s), token).status;
    };
    const QByteArray token = takesTokens ? login() : QByteArray();
    if (takesTokens)
        QCOMPARE(status(token), 200);
    const QString file = QFileInfo(sandbox.profile()).path() + u"/.env"_s;
    QByteArrayList before = contents(file).split('\n');
    const Outcome swapped = swap(u"JWT_SECRET_KEY"_s, sandbox.profile(), deployment);
    QVERIFY2(swapped.code == 0, swapped.all.constData());
    QByteArrayList after = contents(file).split('\n');
    const auto isOther = [](const QByteArray &line) { return !line.startsWith("JWT_SECRET_KEY="); };
    const auto secret = std::ranges::find_if_not(after, isOther);
    QVERIFY(secret != after.end() && !before.contains(*secret) && secret->size() == 15 + 64);
    QVERIFY(!swapped.all.contains(secret->sliced(15)));
    before.removeIf([&](const QByteArray &line) { return !isOther(line); });
    after.removeIf([&](const QByteArray &line) { return !isOther(line); });
    QCOMPARE(after, before);
    QCOMPARE(QFile::permissions(file) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    if (!takesTokens)
        return;
    QCOMPARE(status(token), 401);
    QCOMPARE(status(login()), 200);
}

void TestActingKeys::aSaltIsNotSwapped()
{
    LiveSandbox sandbox{u"preflight"_s};
    QVERIFY2(sandbox.start({u"--no-load"_s}), qPrintable(sandbox.lastError()));
    const Outcome refused = swap(u"API_KEY_SALT"_s, sandbox.profile(), u"preflight"_s);
    QVERIFY2(refused.code == 1 && refused.all.contains("every API key would be refused"), refused.all.constData());
}

/// Whoever makes it signs with both for a while. Here nobody was in time: webhooks are refused, until the new one is
/// set.
void TestActingKeys::aWebhookSecretIsRotatedByHand()
{
    LiveSandbox sandbox{u"storefront"_s};
    QVERIFY2(sandbox.start({u"--time-scale"_s, u"60"_s}), qPrintable(sandbox.lastError()));
    const auto answered = [&](const char *code) {
        static const QRegularExpression form(u"stripe_webhook_total\\{code=\"(\\d+)\"\\} (\\d+)"_s);
        auto all = form.globalMatch(QString::fromUtf8(sandbox.page(u"/metrics"_s)));
        while (all.hasNext()) {
            const auto each = all.next();
            if (each.captured(1) == QLatin1StringView(code))
                return each.captured(2).toInt();
        }
        return 0;
    };
    const auto tells = [&](const char *code, int more) {
        const int before = answered(code);
        const QDeadlineTimer patience(90s);
        while (answered(code) < before + more && !patience.hasExpired())
            QTest::qWait(200);
        return answered(code) >= before + more;
    };
    const QString secret = sandbox.faultTells(u"webhook-roll"_s);
    QVERIFY2(secret.startsWith(u"whsec_"_s), qPrintable(secret));
    QVERIFY(tells("200", 2));
    QCOMPARE(answered("400"), 0); // both sign
    QVERIFY(!sandbox.faultTells(u"webhook-roll"_s, false).isEmpty());
    QVERIFY(tells("400", 2));

    QFile profile(m_desk.filePath(u"storefront.yaml"_s));
    QVERIFY(profile.open(QIODevice::WriteOnly));
    profile.write(contents(sandbox.profile()) + "actions:\n  rotate-webhook-secret: {look_for: 25 s}\n");
    profile.close();
    QFile typed(m_desk.filePath(u"new-secret"_s));
    QVERIFY(typed.open(QIODevice::WriteOnly));
    typed.write(secret.toLatin1() + '\n');
    typed.close();
    QVERIFY(typed.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther));
    const QStringList there{u"--profile"_s, profile.fileName(), u"--policy"_s, m_policy};
    const QStringList confirmed = there + QStringList{u"--confirm"_s, u"storefront"_s};
    const Outcome planned = run(QStringList{u"plan"_s, u"rotate-webhook-secret"_s, u"STRIPE_WEBHOOK_SECRET"_s,
                                            u"--reason"_s, u"quarterly"_s, u"--out"_s, u"g.plan"_s} +
                                    there,
                                u"ada"_s);
    QVERIFY2(planned.code == 0 && planned.all.contains("First, by hand: In Stripe's dashboard"),
             planned.all.constData());
    const Outcome approved =
        run(QStringList{u"approve"_s, u"g.plan"_s, u"--out"_s, u"g.approval"_s} + confirmed, u"bob"_s);
    QVERIFY2(approved.code == 0, approved.all.constData());
    const auto apply = [&](const QStringList &more) {
        return run(QStringList{u"apply"_s, u"g.plan"_s, u"--approval"_s, u"g.approval"_s} + confirmed + more, u"ada"_s);
    };
    const Outcome without = apply({});
    QVERIFY2(without.code == 1 && without.all.contains("the new STRIPE_WEBHOOK_SECRET is needed"),
             without.all.constData());
    const Outcome open = apply({u"--secret-file"_s, typed.fileName()});
    QVERIFY2(open.code == 1 && open.all.contains("chmod 600"), open.all.constData());
    QVERIFY(typed.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
    const Outcome applied = apply({u"--secret-file"_s, typed.fileName()});
    QVERIFY2(applied.code == 0, applied.all.constData());
    QVERIFY2(applied.all.contains("Stripe webhooks that we refuse (4xx): 0/min"), applied.all.constData());
    QVERIFY2(applied.all.contains("Left to do by hand: See in Stripe's dashboard"), applied.all.constData());
    QVERIFY(tells("200", 2));
    QCOMPARE(answered("400"), 0); // since it was started with the new one
    const Outcome exported = run({u"audit"_s, u"export"_s, u"--json"_s, m_desk.filePath(u"ada/journal.sqlite"_s)}, {});
    QVERIFY2(exported.all.contains("Stripe webhooks that we refuse (4xx)"), exported.all.constData());
    const QByteArray all = planned.all + approved.all + without.all + open.all + applied.all + exported.all;
    QVERIFY(!all.contains(secret.toLatin1()) && !all.contains(secret.sliced(6).toLatin1()));
}

QTEST_GUILESS_MAIN(TestActingKeys)
#include "tst_acting_keys.moc"
