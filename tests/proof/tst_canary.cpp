/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/handover.h"
#include "deployment/deployment_page.h"
#include "e2e/hand.h"
#include "proof/canary.h"
#include "proof/proving.h"
#include "support/http_fixture.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QMetaProperty>
#include <QProcess>
#include <QTest>

#include <atomic>
#include <cstdio>
#include <mutex>

using namespace qd;
using namespace qd::proof;
using qd::testing::Hand;

namespace {
/// All that was logged.
QByteArray logged;
std::mutex logging;
void keep(QtMsgType, const QMessageLogContext &, const QString &text)
{
    const std::lock_guard guard(logging);
    logged += text.toUtf8() + '\n';
    std::fprintf(stderr, "%s\n", qPrintable(text));
}

/// Every text that a widget or a model has, shown or not: also tool tips, what a screen reader is told, what a table
/// keeps for sorting.
QByteArray textsOfScreens()
{
    QStringList texts;
    const auto add = [&](const QVariant &value) {
        if (value.canConvert<QStringList>())
            texts += value.toStringList();
        else if (value.canConvert<QString>())
            texts.append(value.toString());
    };
    for (const QWidget *widget : QApplication::allWidgets()) {
        const QMetaObject *type = widget->metaObject();
        for (int i = 0; i < type->propertyCount(); ++i) {
            const QMetaProperty property = type->property(i);
            if (property.metaType().id() == QMetaType::QString || property.metaType().id() == QMetaType::QStringList)
                add(property.read(widget));
        }
        const auto *view = qobject_cast<const QAbstractItemView *>(widget);
        if (view == nullptr || view->model() == nullptr)
            continue;
        const QAbstractItemModel &model = *view->model();
        for (int row = 0; row < model.rowCount(); ++row) {
            for (int column = 0; column < model.columnCount(); ++column) {
                for (int role = 0; role < Qt::UserRole + 20; role = role == 15 ? int{Qt::UserRole} : role + 1)
                    add(model.index(row, column).data(role));
            }
        }
    }
    return texts.join(u'\n').toUtf8();
}
} // namespace

namespace {
/// What is lost in turn, and what cannot be done then.
struct Access
{
    QByteArray secret;
    Deed::System system;
    QString deed;
};

const QList<Access> &accesses()
{
    using System = Deed::System;
    static const QList<Access> all{
        {"postgresql", System::PostgreSql, u"flag in PostgreSQL"_s},
        {"redis", System::Redis, u"breaker in Redis"_s},
        {"http", System::Actuator, u"breaker of an Actuator"_s},
        {"platform", System::Render, u"restart on Render"_s},
        {"posthog", System::PostHog, u"flag in PostHog"_s},
        {"unleash", System::Unleash, u"flag in Unleash"_s},
        {"own", System::OwnFlags, u"flag of a team's own"_s},
        {"header", System::OwnFlags, u"flag of a team's own"_s},
    };
    return all;
}

QByteArray wrongOf(const QByteArray &secret)
{
    return "wrng/5J+k-" + secret + "-2d8Wv4Np";
}

QByteArray contents(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s: %s", qPrintable(path), qPrintable(file.errorString()));
    return file.readAll();
}

void write(const QString &path, const QByteArray &text)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("%s: %s", qPrintable(path), qPrintable(file.errorString()));
}
} // namespace

/// A canary in every credential, and a session of everything; then it is looked for wherever something is written down,
/// shown, or handed to somebody else.
class TestCanary : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aPlantedOneIsFound_data();
    void aPlantedOneIsFound();
    void aPlantedOneIsFoundOnAScreen();
    void theTerminalGivesNoneAway();
    void whatIsLeftHalfWayGivesNoneAway();
    void aSecondPersonGivesNoneAway();
    void theWindowGivesNoneAway();
    void aKeyThatWasMadeIsSeenOnRequestAlone();
    void whatRunsOverSshGivesNoneAway();
    void aSentinelsPasswordIsNotGivenAway();
    void whoIsRefusedGivesNoneAway_data();
    void whoIsRefusedGivesNoneAway();
    void nothingHasKeptOne();
    void cleanupTestCase();

private:
    /// What quarterdeck-cli says, from the desk of `who`. What it may not say is looked for at once. `code`: with which
    /// it has to end; nothing: with any.
    QByteArray cli(const QStringList &arguments, QStringList *found, std::optional<int> code = 0,
                   const QString &who = u"ada"_s);
    [[nodiscard]] QString at(const QString &name) const { return m_home.filePath(name); }
    [[nodiscard]] QString desk(const QString &who = u"ada"_s) const { return at(who); }
    [[nodiscard]] QString keyFile(const QString &who) const;
    /// All that is where it belongs.
    [[nodiscard]] QStringList keyFiles() const { return {keyFile(u"ada"_s), keyFile(u"bob"_s)}; }
    /// Makes the key of `who`, as at the first use; their line for a policy.
    [[nodiscard]] QByteArray addOperator(const QString &who);
    void setSecret(const QByteArray &name, const QByteArray &text);
    /// Begins a deed, and is killed once it is done, before anybody knows; its plan's id.
    [[nodiscard]] QString leaveHalfWay(const QString &deed);
    /// Plans that deed on its own and carries it out, with bob's approval where it takes one; what was said.
    QByteArray carryOut(const Deed &deed, QStringList *found);
    QByteArray withApproval(const QStringList &words, QStringList *found);
    /// The secrets of keys that were made here are looked for from now on, in what was `said` as well.
    void learnNewKeys(const QByteArray &said, QStringList *found);
    void learnNewKey(test::JsonRing &ring, const QByteArray &said, QStringList *found);
    /// The one that was handed over, in a file that is removed.
    void learnMadeKey(const QByteArray &said, QStringList *found);
    void learnNewPassword(const QString &variable, const QByteArray &said, QStringList *found);
    void scan(const QString &what, const QByteArray &bytes, QStringList *found);
    /// What all programs that we ran since the shop's reset() were given: everybody on the machine can read it.
    void scanPrograms(QStringList *found);
    /// Answers in the place of `access`, and tells every secret that it is told. `how`: an HTTP status.
    [[nodiscard]] std::unique_ptr<test::HttpFixture> echoOf(const Access &access, const QByteArray &how);

    QTemporaryDir m_home; ///< of whoever sits here: everything that a program may write lies below
    std::unique_ptr<Shop> m_shop;
    QList<Canary> m_canaries;
    QString m_profile;
    QByteArray m_text; ///< of the profile
    QString m_policy;
    QString m_ownRisks; ///< a policy that raises none
    std::atomic<int> m_echoed = 0;
    Table m_table{{u"looked through"_s, u"bytes"_s, u"canaries"_s, u"forms"_s, u"found"_s}};
};

void TestCanary::initTestCase()
{
    // The servers' own files are not ours to look through: they were told the secrets.
    m_shop = std::make_unique<Shop>(u"production"_s, "cnry+7H/q");
    for (const auto &[name, text] : m_shop->secrets())
        m_canaries.append(Canary(QString::fromLatin1(name), text));
    for (const Access &access : accesses())
        m_canaries.append(Canary(u"a wrong "_s + QString::fromLatin1(access.secret), wrongOf(access.secret)));
    for (const char *folder : {"tmp", "home", "ada", "bob", "work", "config"})
        QVERIFY(QDir(m_home.path()).mkdir(QLatin1StringView(folder)));
    qputenv("TMPDIR", at(u"tmp"_s).toUtf8());
    qputenv("HOME", at(u"home"_s).toUtf8());
    qputenv("XDG_CONFIG_HOME", at(u"config"_s).toUtf8());
    qputenv("XDG_DATA_HOME", at(u"home/data"_s).toUtf8());
    qputenv("XDG_CACHE_HOME", at(u"home/cache"_s).toUtf8());
    qputenv("QUARTERDECK_OPERATOR", "ada");
    // One that the environment holds must not be handed on to the programs that we run.
    m_text = m_shop->profile();
    const auto begin = m_text.indexOf("bearer: \"file:");
    const auto end = m_text.indexOf('"', begin + 9);
    m_text.replace(begin, end + 1 - begin, "bearer: \"env:SHOP_HTTP_TOKEN\"");
    qputenv("SHOP_HTTP_TOKEN", m_shop->secrets().at("http"));
    // No Sentinel listens there: that password is refused whenever it is used.
    m_text.replace("sources:\n", "  watched: {kind: redis, sentinels: [\"127.0.0.1:" +
                                     QByteArray::number(m_shop->door(Deed::System::Redis).port()) +
                                     "\"], master: shop, password: \"file:" + m_shop->secretFile("redis").toUtf8() +
                                     "\", sentinel_password: \"file:" + m_shop->secretFile("sentinel").toUtf8() +
                                     "\"}\nsources:\n  watched: {kind: redis, interval: 1 s, connection: watched}\n");
    m_profile = at(u"work/shop.yaml"_s);
    write(m_profile, m_text);
    m_policy = at(u"work/team.yaml"_s);
    m_ownRisks = at(u"work/own-risks.yaml"_s);
    const QByteArray roles = "quarterdeck_policy: 1\nroles: {lead: [{may: [act, approve]}]}\n";
    const QByteArray people = "operators:\n" + addOperator(u"ada"_s) + addOperator(u"bob"_s);
    write(m_policy, roles + "risks: [{at_least: high}]\n" + people);
    write(m_ownRisks, roles + people);
    QCOMPARE(m_canaries.size(), 14 + 8 + 2 + 2);
    qInstallMessageHandler(keep);
}

QByteArray TestCanary::addOperator(const QString &who)
{
    QByteArray line = cli({u"key"_s}, nullptr, 0, who).trimmed();
    if (!line.contains("key:"))
        qFatal("%s", line.constData());
    const QByteArray pem = contents(keyFile(who));
    const qsizetype from = pem.indexOf('\n') + 1;
    const QByteArray der = QByteArray::fromBase64(pem.mid(from, pem.indexOf("-----END") - from));
    if (der.size() < 48) // PKCS #8 of Ed25519: its last 32 bytes are the key
        qFatal("no private key");
    m_canaries.append(Canary(u"the key of "_s + who, der.last(32)));
    return "  - " + line.replace("[]", "[lead]") + '\n';
}

QString TestCanary::keyFile(const QString &who) const
{
    for (const QFileInfo &file : QDir(desk(who)).entryInfoList(QDir::Files)) {
        QFile opened(file.filePath());
        if (opened.open(QIODevice::ReadOnly) && opened.read(64).contains("PRIVATE KEY"))
            return file.filePath();
    }
    return {};
}

void TestCanary::setSecret(const QByteArray &name, const QByteArray &text)
{
    write(m_shop->secretFile(name), text);
    if (name == "http")
        qputenv("SHOP_HTTP_TOKEN", text);
}

QString TestCanary::leaveHalfWay(const QString &deed)
{
    const QString path = desk() + u"/journal.sqlite"_s;
    m_shop->reset();
    const Child child = act(m_profile, deed, path, u"run"_s, u"effect:0:after"_s);
    const auto journal = Journal::open({.path = path}, test::patience);
    const auto unfinished = journal ? (*journal)->unfinished(test::patience) : std::unexpected(journal.error());
    if (!child.wasKilled || !unfinished || unfinished->size() != 1)
        qFatal("%s is not left half-way: %s", qPrintable(deed), qPrintable(child.said));
    m_shop->postgres().execute("DROP TABLE IF EXISTS quarterdeck_leases"); // it would last for a while yet
    m_shop->redis().command({"DEL", "quarterdeck:lease"});
    return QString::fromLatin1(unfinished->begin()->toHex());
}

QByteArray TestCanary::cli(const QStringList &arguments, QStringList *found, std::optional<int> code,
                           const QString &who)
{
    static const QStringList deskless{u"profile"_s, u"audit"_s, u"status"_s};
    QProcess process;
    process.setWorkingDirectory(at(u"work"_s));
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"QUARTERDECK_OPERATOR"_s, who);
    process.setProcessEnvironment(environment);
    process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                  deskless.contains(arguments.first()) ? arguments : arguments + QStringList{u"--desk"_s, desk(who)});
    if (!process.waitForFinished(120'000)) {
        process.kill();
        process.waitForFinished();
    }
    const QByteArray all = process.readAllStandardOutput() + process.readAllStandardError();
    if (all.isEmpty() || process.exitStatus() != QProcess::NormalExit || (code && process.exitCode() != *code))
        qFatal("%s: %d, %s", qPrintable(arguments.join(u' ')), process.exitCode(), all.constData());
    if (found)
        scan(u"what '%1' says"_s.arg(arguments.join(u' ')), all, found);
    return all;
}

void TestCanary::scan(const QString &what, const QByteArray &bytes, QStringList *found)
{
    const QStringList hits = foundIn(what, bytes, m_canaries);
    *found += hits;
    m_table.add({what.left(60), QString::number(bytes.size()), QString::number(m_canaries.size()),
                 QString::number(m_canaries.first().forms().size()), QString::number(hits.size())});
}

QByteArray TestCanary::withApproval(const QStringList &words, QStringList *found)
{
    const QStringList there{u"--profile"_s, m_profile, u"--policy"_s, m_ownRisks, u"--confirm"_s, u"shop"_s};
    const auto plan = planFromFile(contents(at(u"work/p.plan"_s)));
    if (!plan)
        qFatal("%s", qPrintable(plan.error().message));
    if (plan->risk != Risk::High)
        return cli(words + there, found);
    cli(QStringList{u"approve"_s, u"p.plan"_s, u"--out"_s, u"p.approval"_s} + there, found, 0, u"bob"_s);
    return cli(words + QStringList{u"--approval"_s, u"p.approval"_s} + there, found);
}

QByteArray TestCanary::carryOut(const Deed &deed, QStringList *found)
{
    QStringList words{u"plan"_s, deed.action, deed.resource};
    for (const auto &[what, value] : deed.set)
        words.append(what + u'=' + value);
    const QByteArray planned = cli(words + QStringList{u"--profile"_s, m_profile, u"--policy"_s, m_ownRisks, u"--out"_s,
                                                       u"p.plan"_s, u"--reason"_s, u"INC-12"_s},
                                   found);
    if (deed.action != "rotate-client"_L1)
        return planned + withApproval({u"apply"_s, u"p.plan"_s}, found);
    const QByteArray said = withApproval({u"apply"_s, u"p.plan"_s, u"--reveal-to"_s, u"handed"_s}, found);
    learnMadeKey(planned + said, found);
    return planned + said;
}

void TestCanary::learnMadeKey(const QByteArray &said, QStringList *found)
{
    QFile handed(at(u"work/handed"_s));
    const QByteArray key = handed.open(QIODevice::ReadOnly) ? handed.readAll().trimmed() : QByteArray();
    if (key.size() != 52 || m_shop->apiService().seen().value(m_shop->apiService().seen().size() - 1) != key ||
        !handed.remove())
        qFatal("no key was handed over: %s", said.constData());
    m_canaries.append(Canary(u"a client's new key"_s, key));
    scan(u"what was said of a client's new key"_s, said, found);
}

void TestCanary::learnNewKeys(const QByteArray &said, QStringList *found)
{
    QByteArrayList secrets =
        m_shop->postgres().execute("SELECT string_agg(secret, ' ') FROM jwt_keys WHERE kid LIKE 'k-%'").split(' ');
    for (const Programs::Name name : {Programs::Name::Kubectl, Programs::Name::Docker})
        secrets.append(m_shop->programs().variable(name, u"JWT_SECRET"_s).split('/').first());
    secrets.removeIf([](const QByteArray &secret) { return secret.size() != 64; }); // the others were there before
    if (secrets.isEmpty())
        qFatal("no key was made");
    for (const QByteArray &secret : std::as_const(secrets)) {
        m_canaries.append(Canary(u"a new signing key"_s, secret));
        m_canaries.append(Canary(u"the bytes of a new signing key"_s, QByteArray::fromHex(secret)));
    }
    scan(u"what was said of a new signing key"_s, said, found);
}

void TestCanary::learnNewKey(test::JsonRing &ring, const QByteArray &said, QStringList *found)
{
    const QByteArray secret = ring.secretOf(ring.newKey());
    if (secret.size() != 64)
        qFatal("no key was made");
    for (const QByteArray &form : {secret, QByteArray::fromHex(secret), secret.toBase64(test::base64url)})
        m_canaries.append(Canary(u"a new key of a ring in JSON"_s, form));
    scan(u"what was said of a new key"_s, said, found);
}

void TestCanary::learnNewPassword(const QString &variable, const QByteArray &said, QStringList *found)
{
    QString url;
    {
        const std::lock_guard guard(m_shop->render().lock);
        url = m_shop->render().variables[variable];
    }
    const QByteArray password = QUrl(url).password().toLatin1();
    if (password.size() != 64)
        qFatal("no password was made");
    m_canaries.append(Canary(u"a new password"_s, password));
    m_canaries.append(Canary(u"the bytes of a new password"_s, QByteArray::fromHex(password)));
    scan(u"what was said of a new password"_s, said, found);
}

void TestCanary::scanPrograms(QStringList *found)
{
    QByteArray arguments;
    QByteArray environments;
    for (const Programs::Ran &ran : m_shop->programs().ran()) {
        if (ran.environment.isEmpty())
            qFatal("nothing was looked through");
        arguments += ran.arguments.join(u'\n').toUtf8() + '\n';
        environments += ran.environment.join('\n') + '\n';
    }
    if (arguments.isEmpty())
        return;
    scan(u"the arguments of programs that were run"_s, arguments, found);
    scan(u"their environments"_s, environments, found);
}

std::unique_ptr<test::HttpFixture> TestCanary::echoOf(const Access &access, const QByteArray &how)
{
    const auto told = [this](const QByteArray &received) {
        QByteArray all;
        for (const auto &[name, secret] : m_shop->secrets()) {
            if (received.contains(secret))
                all += (all.isEmpty() ? "" : " ") + secret;
        }
        m_echoed += all.isEmpty() ? 0 : 1;
        return all;
    };
    if (access.system == Deed::System::Redis)
        return std::make_unique<test::HttpFixture>(test::HttpFixture::RawScript(
            [=](const QByteArray &received) { return "-WRONGPASS no user has " + told(received) + "\r\n"; }));
    if (access.system == Deed::System::PostgreSql)
        return std::make_unique<test::HttpFixture>(
            test::HttpFixture::RawScript([=](const QByteArray &received) -> std::optional<QByteArray> {
                if (!received.startsWith('p')) // asks for the password as it is
                    return QByteArray("R\0\0\0\x08\0\0\0\x03", 9);
                const QByteArray fields =
                    QByteArray("SFATAL\0C28P01\0M", 15) + "nobody has " + told(received) + QByteArray(2, '\0');
                return "E" + QByteArray("\0\0\0", 3) + char(fields.size() + 4) + fields;
            }));
    return std::make_unique<test::HttpFixture>(test::HttpFixture::RawScript([=](const QByteArray &received) {
        const QByteArray all = told(received);
        QByteArray escaped = all;
        escaped.replace('/', "\\/"); // as some write JSON
        const QByteArray body = R"({"error": ")" + all + R"(", "message": "no )" + escaped + R"(", "status": ")" + all +
                                R"(", "app": {"environment": ")" + all + R"("}, "uuid": ")" + all + R"(", "name": ")" +
                                escaped + R"("})";
        return "HTTP/1.1 " + how + " not " + all + "\r\nContent-Type: application/json; " + all +
               "\r\nWWW-Authenticate: Bearer error=" + all + "\r\nETag: \"" + all + "\"\r\nX-RateLimit-Limit: " + all +
               "\r\nLocation: /" + all + "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    }));
}

void TestCanary::aPlantedOneIsFound_data()
{
    QTest::addColumn<QByteArray>("written");
    const QByteArray text = m_shop->secrets().at("redis");
    const QByteArray around[] = {"", "a", "ab", "abc"};
    for (const QByteArray &before : around) {
        const QByteArray whole = before + text + "rest";
        const auto row = [&](const char *how, const QByteArray &written) {
            QTest::addRow("%s, %d before", how, int(before.size())) << "x\n" + written + '\n';
        };
        row("UTF-8", whole);
        row("UTF-16", QByteArray(reinterpret_cast<const char *>(QString::fromLatin1(whole).utf16()), whole.size() * 2));
        row("base64", whole.toBase64());
        row("base64url", whole.toBase64(QByteArray::Base64UrlEncoding));
        row("base64 without anything after it", (before + text).toBase64());
        row("hex", whole.toHex());
        row("HEX", whole.toHex().toUpper());
        row("URL", whole.toPercentEncoding());
    }
}

void TestCanary::aPlantedOneIsFound()
{
    QFETCH(QByteArray, written);
    const QString path = at(u"tmp/planted"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(written);
    file.close();
    const QStringList found = foundBelow(m_home.path(), m_canaries, keyFiles());
    QVERIFY(file.remove());
    QVERIFY2(found.size() == 1 && found.first().contains(u"redis"_s), qPrintable(found.join(u'\n')));
}

void TestCanary::aPlantedOneIsFoundOnAScreen()
{
    QWidget widget;
    QVERIFY(foundIn(u"here"_s, textsOfScreens(), m_canaries).isEmpty());
    widget.setToolTip(u"with "_s + QString::fromLatin1(m_canaries.first().text()));
    QCOMPARE(foundIn(u"here"_s, textsOfScreens(), m_canaries).size(), 1);
}

void TestCanary::theTerminalGivesNoneAway()
{
    QStringList found;
    const QStringList profile{u"--profile"_s, m_profile};
    cli(QStringList{u"profile"_s, u"check"_s, m_profile}, &found);
    cli(QStringList{u"verify"_s} + profile, &found);
    const QByteArray status = cli(QStringList{u"status"_s, u"--json"_s} + profile, &found, std::nullopt);
    QVERIFY2(status.contains("watched"), status.constData());
    QVERIFY(m_shop->programs().ran().size() >= 3); // each platform's
    scanPrograms(&found);
    for (const Deed &deed : deeds()) {
        m_shop->reset();
        const QByteArray said = carryOut(deed, &found);
        if (deed.action == "rotate-key"_L1 || deed.action == "revoke-key"_L1 || deed.action.endsWith("-swap"_L1))
            learnNewKeys(said, &found);
        if (deed.action == "rotate-redis-key"_L1)
            learnNewKey(m_shop->redisRing(), said, &found);
        if (deed.action == "rotate-http-key"_L1)
            learnNewKey(m_shop->httpRing(), said, &found);
        if (deed.action == "rotate-redis"_L1 || deed.action == "rotate-database"_L1)
            learnNewPassword(deed.resource, said, &found);
        if (deed.canBeUndone)
            withApproval({u"undo"_s, u"p.plan"_s}, &found);
        scanPrograms(&found);
    }
    cli({u"unfinished"_s}, &found);
    const QString journal = desk() + u"/journal.sqlite"_s;
    for (const QString &how : {u"verify"_s, u"export"_s, u"tail"_s})
        cli({u"audit"_s, how, journal}, &found);
    QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
}

void TestCanary::whatIsLeftHalfWayGivesNoneAway()
{
    QStringList found;
    const QString flag = u"flag in PostgreSQL"_s;
    const QStringList confirmed{u"--profile"_s, m_profile, u"--confirm"_s, u"shop"_s};
    const QString resumed = leaveHalfWay(flag);
    QVERIFY(cli({u"unfinished"_s}, &found, 2).contains(resumed.first(12).toLatin1()));
    cli(QStringList{u"resume"_s, resumed} + confirmed, &found);
    const QString rotated = leaveHalfWay(u"signing key rotated"_s);
    learnNewKeys(cli(QStringList{u"resume"_s, rotated} + confirmed, &found), &found);
    const QString inRedis = leaveHalfWay(u"signing key rotated in Redis"_s);
    learnNewKey(m_shop->redisRing(), cli(QStringList{u"resume"_s, inRedis} + confirmed, &found), &found);
    const QString overHttp = leaveHalfWay(u"signing key rotated over HTTP"_s);
    learnNewKey(m_shop->httpRing(), cli(QStringList{u"resume"_s, overHttp} + confirmed, &found), &found);
    const QString settled = leaveHalfWay(flag);
    m_shop->postgres().execute("DELETE FROM feature_flags");
    QVERIFY(!cli(QStringList{u"resume"_s, settled} + confirmed, &found, std::nullopt).contains("Done"));
    cli(QStringList{u"settle"_s, settled, u"--reason"_s, u"it is gone"_s} + confirmed, &found);
    m_shop->reset();
    cli({u"plan"_s, u"flags"_s, u"voice_quotes"_s, u"enabled=false"_s, u"--profile"_s, m_profile, u"--out"_s,
         u"back.plan"_s, u"--revert-after"_s, u"1s"_s},
        &found);
    cli(QStringList{u"apply"_s, u"back.plan"_s} + confirmed, &found);
    QTest::qWait(1100);
    cli({u"revert-due"_s, u"--profile"_s, m_profile}, &found);
    QCOMPARE(m_shop->value(deedCalled(flag)), QByteArray("t|100"));
    QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
}

void TestCanary::aSecondPersonGivesNoneAway()
{
    QStringList found;
    m_shop->reset();
    m_shop->postgres().execute(
        "CREATE TABLE quarterdeck_approvals (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL,"
        " plan_id text NOT NULL, nonce text NOT NULL, body text NOT NULL, who text NOT NULL, at timestamptz NOT NULL"
        " DEFAULT now(), UNIQUE (kind, nonce)); GRANT SELECT, INSERT ON quarterdeck_approvals TO actor");
    const QStringList there{u"--profile"_s, m_profile, u"--policy"_s, m_policy};
    const QStringList confirmed = there + QStringList{u"--confirm"_s, u"shop"_s};
    const auto ask = [&](const QString &file) {
        cli(QStringList{u"plan"_s, u"flags"_s, u"voice_quotes"_s, u"enabled=false"_s, u"--reason"_s, u"INC-12"_s,
                        u"--out"_s, file} +
                there,
            &found);
        cli(QStringList{u"ask"_s, file} + there, &found);
    };
    ask(u"high.plan"_s);
    cli(QStringList{u"apply"_s, u"high.plan"_s} + confirmed, &found, 1);
    cli(QStringList{u"approve"_s, u"high.plan"_s, u"--out"_s, u"own.approval"_s} + confirmed, &found, 1);
    cli(QStringList{u"approve"_s, u"high.plan"_s, u"--out"_s, u"high.approval"_s} + confirmed, &found, 0, u"bob"_s);
    cli(QStringList{u"apply"_s, u"high.plan"_s, u"--approval"_s, u"high.approval"_s} + confirmed, &found);
    cli(QStringList{u"approve"_s, u"high.plan"_s, u"--out"_s, u"undo.approval"_s} + confirmed, &found, 0, u"bob"_s);
    cli(QStringList{u"undo"_s, u"high.plan"_s, u"--approval"_s, u"undo.approval"_s} + confirmed, &found);
    // The same in the window of the second person.
    m_shop->postgres().execute("DELETE FROM quarterdeck_approvals");
    ask(u"window.plan"_s);
    qputenv("QUARTERDECK_OPERATOR", "bob");
    const auto restore = qScopeGuard([] { qputenv("QUARTERDECK_OPERATOR", "ada"); });
    Hand bob(m_profile, desk(u"bob"_s));
    bob.console().acting().setPolicyPlace(m_policy);
    bob.open(PageId::Activity);
    QTRY_VERIFY_WITH_TIMEOUT(bob.find<QPushButton>(u"waiting-review"_s) != nullptr, Hand::settleMs);
    scan(u"Activity, with what waits"_s, textsOfScreens(), &found);
    bob.find<QPushButton>(u"waiting-review"_s)->click();
    QVERIFY(bob.waitForPhase(ActionRun::Phase::Review));
    scan(u"the dialog, to approve"_s, textsOfScreens(), &found);
    QVERIFY(bob.confirm());
    QVERIFY(bob.waitForPhase(ActionRun::Phase::Approved));
    scan(u"the dialog, approved"_s, textsOfScreens(), &found);
    cli(QStringList{u"apply"_s, u"window.plan"_s} + confirmed, &found);
    scan(u"what the deployment keeps of it"_s,
         m_shop->postgres().execute("SELECT string_agg(a::text, ' ') FROM quarterdeck_approvals a"), &found);
    QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
}

void TestCanary::theWindowGivesNoneAway()
{
    QStringList found;
    m_shop->reset();
    learnNewKeys(carryOut(deedCalled(u"signing key rotated"_s), &found), &found); // Keys and Activity show it
    carryOut(deedCalled(u"API key rotated"_s), &found);
    Hand hand(m_profile, desk());
    const auto look = [&](const QString &where) { scan(where, textsOfScreens(), &found); };
    QVERIFY(hand.pressFlag(u"voice_quotes"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    look(u"the dialog, planned"_s);
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Done"_s);
    look(u"the dialog, done"_s);
    QVERIFY(Hand::tabTo(hand.dialog(), u"action-undo"_s));
    QTest::keyClick(hand.dialog()->focusWidget(), Qt::Key_Space);
    QVERIFY(hand.confirm());
    QTRY_COMPARE_WITH_TIMEOUT(hand.state(), u"Undone"_s, Hand::settleMs);
    look(u"the dialog, undone"_s);
    QTest::keyClick(hand.dialog(), Qt::Key_Escape);
    QTRY_VERIFY(hand.dialog() == nullptr);
    for (const PageId page : {PageId::Overview, PageId::Breakers, PageId::Cache, PageId::Limits, PageId::Data,
                              PageId::Backups, PageId::Keys, PageId::Flags, PageId::Metrics, PageId::Activity}) {
        hand.open(page);
        QTest::qWait(100);
        look(u"page %1"_s.arg(int(page)));
    }
    Q_EMIT hand.window().findChild<DeploymentPage *>()->verifyRequested();
    QTest::qWait(500);
    look(u"the dialog that verifies"_s);
    const QByteArray all = textsOfScreens();
    QVERIFY2(all.contains("voice") && all.contains("shop"), "nothing was looked through");
    QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
}

void TestCanary::aKeyThatWasMadeIsSeenOnRequestAlone()
{
    QStringList found;
    m_shop->reset();
    Hand hand(m_profile, desk());
    const auto look = [&](const QString &where) { scan(where, textsOfScreens(), &found); };
    hand.open(PageId::Keys);
    auto *table = hand.find<QTableView>(u"api-key-table"_s);
    QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() == 1, Hand::settleMs);
    table->setCurrentIndex(table->model()->index(0, 0));
    hand.find<QPushButton>(u"api-key-rotate"_s)->click();
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Done"_s);
    const QByteArray key = m_shop->apiService().seen().last();
    QCOMPARE(key.size(), 52);
    m_canaries.append(Canary(u"a client's new key"_s, key));
    look(u"the dialog, with a key that nobody saw"_s);
    const auto press = [&](const QString &button) { hand.find<QPushButton>(button)->click(); };
    press(u"action-reveal"_s);
    press(u"action-reveal-yes"_s);
    const auto *secret = hand.find<SecretText>(u"action-secret"_s);
    QTRY_VERIFY(secret->isShown() && secret->isVisible());
    look(u"the dialog, with the key shown: painted, and no text"_s);
    press(u"action-reveal-copy"_s);
    QTRY_COMPARE(QGuiApplication::clipboard()->text().toUtf8(), key);
    QTRY_VERIFY_WITH_TIMEOUT(!secret->isShown() && QGuiApplication::clipboard()->text().isEmpty(), 15'000);
    press(u"action-copy"_s); // all of the dialog
    scan(u"the dialog's own copy"_s, QGuiApplication::clipboard()->text().toUtf8(), &found);
    hand.dialog()->close();
    QTRY_VERIFY(hand.dialog() == nullptr);
    const auto journal = Journal::open({.path = desk() + u"/journal.sqlite"_s}, test::patience);
    QVERIFY(journal);
    const auto reveals = (*journal)->entries({.kind = u"reveal"_s}, test::patience);
    QVERIFY(reveals && reveals->size() >= 2);
    QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
}

void TestCanary::whatRunsOverSshGivesNoneAway()
{
    QStringList found;
    // Its arguments are told to whoever keeps them, and what stands behind the host is run by a shell, as there.
    QVERIFY(QDir(m_home.path()).mkdir(u"bin"_s));
    const QString ssh = at(u"bin/ssh"_s);
    write(ssh, "#!/bin/sh\n'" + m_shop->directory().toUtf8() +
                   "/ssh' \"$@\" > /dev/null 2>&1\nwhile [ \"$1\" != -- ]; do shift; done\nshift 2\n"
                   "exec /bin/sh -c \"$*\"\n");
    write(m_shop->directory() + u"/ssh"_s, contents(m_shop->directory() + u"/docker"_s).replace(" docker ", " ssh "));
    for (const QString &program : {ssh, m_shop->directory() + u"/ssh"_s})
        QVERIFY(QFile::setPermissions(program, QFile::ReadOwner | QFile::ExeOwner));
    const QByteArray path = qgetenv("PATH");
    qputenv("PATH", at(u"bin"_s).toUtf8() + ':' + path);
    const QString profile = at(u"work/over-ssh.yaml"_s);
    write(profile, QByteArray(m_text).replace("{kind: compose, ", "{kind: compose, ssh: deploy@shop, "));
    const auto restore = qScopeGuard([&] { qputenv("PATH", path); });
    m_shop->reset();
    cli({u"status"_s, u"--json"_s, u"--profile"_s, profile}, &found, std::nullopt);
    cli({u"plan"_s, u"docker-restart"_s, u"shop"_s, u"--profile"_s, profile, u"--out"_s, u"ssh.plan"_s}, &found);
    cli({u"apply"_s, u"ssh.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"shop"_s}, &found);
    int overSsh = 0;
    for (const Programs::Ran &ran : m_shop->programs().ran())
        overSsh += ran.arguments.first() == "ssh"_L1 && ran.arguments.contains(u"deploy@shop"_s) ? 1 : 0;
    QVERIFY2(overSsh >= 3, qPrintable(QString::number(overSsh))); // it was watched, looked at and restarted
    scanPrograms(&found);
    QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
}

/// The password of a real one, which is used and not refused.
void TestCanary::aSentinelsPasswordIsNotGivenAway()
{
    QStringList found;
    m_shop->reset();
    const QByteArray sentinelPassword = m_shop->secrets().at("sentinel");
    const QByteArray redisPassword = m_shop->secrets().at("redis");
    const QTemporaryDir directory(m_shop->directory() + u"/sentinel"_s); // its own files are not ours
    QVERIFY(directory.isValid());
    auto sentinel =
        sandbox::LocalRedis::start({.directory = directory.path(),
                                    .password = sentinelPassword,
                                    .configLines = {"sentinel monitor shop 127.0.0.1 " +
                                                        QByteArray::number(m_shop->redis().server().port()) + " 1",
                                                    "sentinel auth-pass shop " + redisPassword},
                                    .isSentinel = true});
    QVERIFY2(sentinel, sentinel ? "" : qPrintable(sentinel.error().message));
    const QByteArray wrongPort =
        "sentinels: [\"127.0.0.1:" + QByteArray::number(m_shop->door(Deed::System::Redis).port());
    QByteArray text = m_text;
    QVERIFY(text.contains(wrongPort));
    text.replace(wrongPort, "sentinels: [\"127.0.0.1:" + QByteArray::number(sentinel->port()));
    // It is also what acts, so that a plan tells the way on which it is done.
    const QByteArray acting = "connection: redis_operator";
    QVERIFY(text.contains(acting));
    text.replace(acting, "connection: watched");
    const QString profile = at(u"work/watched.yaml"_s);
    write(profile, text);
    const QStringList there{u"--profile"_s, profile};
    cli(QStringList{u"status"_s, u"--json"_s} + there, &found, std::nullopt);
    cli(QStringList{u"plan"_s, u"redis-flags"_s, u"chat"_s, u"enabled=false"_s, u"--out"_s, u"watched.plan"_s} + there,
        &found);
    cli(QStringList{u"apply"_s, u"watched.plan"_s, u"--confirm"_s, u"shop"_s} + there, &found);
    QCOMPARE(m_shop->redis().command({"HGET", "app:flags", "chat"}), QByteArray("false"));
    Hand hand(profile, desk());
    for (const PageId page : {PageId::Overview, PageId::Data, PageId::Flags, PageId::Activity}) {
        hand.open(page);
        QTest::qWait(200);
        scan(u"page %1, under a Sentinel"_s.arg(int(page)), textsOfScreens(), &found);
    }
    QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
}

void TestCanary::whoIsRefusedGivesNoneAway_data()
{
    QTest::addColumn<qsizetype>("index");
    QTest::addColumn<QByteArray>("how");
    for (qsizetype i = 0; i < accesses().size(); ++i) {
        const QByteArray &secret = accesses()[i].secret;
        QTest::addRow("%s is wrong", secret.constData()) << i << QByteArray("wrong");
        if (secret == "header") // its address is that of another
            continue;
        QTest::addRow("the address of %s is dead", secret.constData()) << i << QByteArray("dead");
        const bool isHttp = accesses()[i].system > Deed::System::Redis;
        for (const QByteArray how : {"401", "500", "302", "200"}) {
            if (isHttp || how == "401")
                QTest::addRow("%s is told back with %s", secret.constData(), how.constData()) << i << how;
        }
    }
}

void TestCanary::whoIsRefusedGivesNoneAway()
{
    QFETCH(qsizetype, index);
    QFETCH(QByteArray, how);
    const Access &access = accesses()[index];
    const Deed &deed = deedCalled(access.deed);
    QStringList found;
    m_shop->reset();
    QStringList words{u"plan"_s, deed.action, deed.resource, u"--profile"_s, m_profile, u"--reason"_s, u"INC-12"_s};
    for (const auto &[what, value] : deed.set)
        words.append(what + u'=' + value);
    cli(words + QStringList{u"--out"_s, u"refused.plan"_s}, &found);
    std::unique_ptr<test::HttpFixture> echo;
    const auto restore = qScopeGuard([&] {
        setSecret(access.secret, m_shop->secrets().at(access.secret));
        write(m_profile, m_text);
    });
    m_echoed = 0;
    if (how == "wrong") {
        setSecret(access.secret, wrongOf(access.secret));
    } else {
        if (how != "dead")
            echo = echoOf(access, how);
        const QByteArray port = QByteArray::number(m_shop->door(access.system).port());
        const QByteArray other = QByteArray::number(echo ? echo->port() : 1);
        write(m_profile,
              QByteArray(m_text).replace(':' + port, ':' + other).replace("port: " + port, "port: " + other));
    }
    cli(words, &found, 1);
    cli({u"apply"_s, u"refused.plan"_s, u"--profile"_s, m_profile, u"--confirm"_s, u"shop"_s}, &found, 1);
    cli({u"status"_s, u"--json"_s, u"--profile"_s, m_profile}, &found, std::nullopt);
    cli({u"verify"_s, u"--profile"_s, m_profile}, &found, std::nullopt);
    QVERIFY(!echo || m_echoed > 0); // else there was nothing to tell
    Hand hand(m_profile, desk());
    hand.open(PageId::Overview);
    Q_EMIT hand.window().findChild<DeploymentPage *>()->actionRequested(deed.action,
                                                                        test::wishFor(deed.resource, deed.set));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Refused), qPrintable(hand.state()));
    QVERIFY(hand.dialog()->run().error.has_value());
    const QByteArray screens = textsOfScreens();
    QVERIFY(!hand.state().isEmpty() && screens.contains(hand.state().toUtf8()));
    scan(u"the dialog, refused"_s, screens, &found);
    QTest::keyClick(hand.dialog(), Qt::Key_Escape);
    for (const PageId page : {PageId::Overview, PageId::Flags, PageId::Activity}) {
        hand.open(page);
        QTest::qWait(50);
        scan(u"page %1, refused"_s.arg(int(page)), textsOfScreens(), &found);
    }
    QByteArray kept; // as Why? shows it
    for (const auto &[name, source] : hand.window().logbooks().first()->state().sources) {
        for (const Exchange &exchange : source.good ? source.good->exchanges : QList<Exchange>())
            kept += exchange.command.toUtf8() + '\n' + exchange.reply + '\n';
    }
    QVERIFY(!kept.isEmpty());
    scan(u"the evidence of its sources"_s, kept, &found);
    scanPrograms(&found);
    QCOMPARE(m_shop->effects(deed), 0);
    QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
}

void TestCanary::nothingHasKeptOne()
{
    QStringList found;
    {
        const std::lock_guard guard(logging);
        scan(u"the log"_s, logged, &found);
    }
    int files = 0;
    const QStringList below = foundBelow(m_home.path(), m_canaries, keyFiles(), &files);
    found += below;
    QVERIFY2(files >= 4, "nothing was looked through"); // journal, settings, profile, plan
    m_table.add({u"journal, settings, plans, temporary files: %1"_s.arg(files), u"-"_s,
                 QString::number(m_canaries.size()), QString::number(m_canaries.first().forms().size()),
                 QString::number(below.size())});
    QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
}

void TestCanary::cleanupTestCase()
{
    qInstallMessageHandler(nullptr);
    m_table.print();
}

int main(int argc, char *argv[])
{
    if (argc > 1 && qstrcmp(argv[1], "act") == 0) {
        const QCoreApplication child(argc, argv);
        return actAsChild(QCoreApplication::arguments()).value_or(1);
    }
    const QApplication app(argc, argv);
    TestCanary test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_canary.moc"
