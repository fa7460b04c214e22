/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/registry.h"
#include "actions/signing_key/token.h"
#include "bench.h"
#include "fake_render.h"

#include <QCborValue>
#include <QDir>
#include <QMessageAuthenticationCode>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;
using Fault = FakeRender::Fault;

namespace {
const QString variable = u"JWT_SECRET"_s;
const QByteArray probed = ", probe: {path: /me, claims: {sub: '0'}}";
const QByteArray brief = "3 s"; ///< to be proved in, where it cannot be
constexpr auto base64 = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

/// A person with a key.
struct Person
{
    SigningIdentity identity = *SigningIdentity::generate();
    Operator who;
    explicit Person(const QString &name)
        : who{.id = name, .host = u"desk"_s, .key = identity.publicKey()}
    {
    }
};

/// GET /me of a service that was deployed on `render`: it takes tokens of the secret that it was started with.
class Page
{
public:
    explicit Page(FakeRender &render)
        : m_render(render)
        , m_http([this](const QByteArray &received) { return answer(received); })
    {
    }
    [[nodiscard]] quint16 port() const { return m_http.port(); }
    [[nodiscard]] bool accepts(const QByteArray &token) const
    {
        const std::lock_guard guard(m_render.lock);
        return m_takesAnything || isOf(token, m_alsoOf) || isOf(token, inService());
    }
    void takeAlsoOf(const QByteArray &secret)
    {
        const std::lock_guard guard(m_render.lock);
        m_alsoOf = secret;
    }
    void takeAnything()
    {
        const std::lock_guard guard(m_render.lock);
        m_takesAnything = true;
    }

private:
    [[nodiscard]] QByteArray inService() const
    {
        const auto live = std::ranges::find(m_render.deploys, u"live"_s, &FakeRender::Deploy::status);
        const auto found = live->variables.find(variable);
        return found == live->variables.end() ? QByteArray() : found->second.toUtf8();
    }
    static bool isOf(const QByteArray &token, const QByteArray &secret)
    {
        const qsizetype end = token.lastIndexOf('.');
        return !secret.isEmpty() && end > 0 &&
               QMessageAuthenticationCode::hash(token.first(end), secret, QCryptographicHash::Sha256)
                       .toBase64(base64) == token.sliced(end + 1);
    }
    [[nodiscard]] std::optional<QByteArray> answer(const QByteArray &received) const
    {
        const qsizetype from = received.indexOf("Bearer ") + 7;
        const bool isGood = from > 6 && accepts(received.sliced(from, received.indexOf('\r', from) - from));
        return QByteArray("HTTP/1.1 ") + (isGood ? "200" : "401") + " X\r\nContent-Length: 0\r\n\r\n";
    }
    FakeRender &m_render;
    QByteArray m_alsoOf;
    bool m_takesAnything = false;
    HttpFixture m_http;
};
} // namespace

/// The only secret that signs tokens, swapped on its platform.
class TestSwapSecret : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void itIsSwappedAndNoOldTokenIsAccepted();
    void theSecretStandsNowhere();
    void aPlansPrintHasItsOwnSalt();
    void whoSetItSinceIsNotOverwritten();
    void aPlatformThatFailsHalfWayIsGoneOnWith_data();
    void aPlatformThatFailsHalfWayIsGoneOnWith();
    void whatStillTakesOldTokensIsForAPerson();
    void whatNobodyCouldProveIsSaid();
    void whatCannotBeIsRefusedBeforeAnything_data();
    void whatCannotBeIsRefusedBeforeAnything();
    void whatCannotBeProvedIsRefusedBefore();

private:
    /// In production: bob approves what ada does.
    struct Desk : Bench
    {
        Person ada{u"ada"_s};
        Person bob{u"bob"_s};
        Engine engine{*journal, clock, ada.who};
        Desk()
        {
            Policy policy;
            for (const Person *person : {&ada, &bob})
                policy.people.append({.name = person->who.id, .key = person->who.key, .roles = {u"lead"_s}});
            policy.grants = {{.role = u"lead"_s, .act = true, .approve = true, .scope = {}}};
            engine.setPolicy(policy);
        }
        [[nodiscard]] Plan approved(Action &action)
        {
            const auto plan = engine.plan(action, u"swap"_s, wishFor(variable));
            if (!plan)
                qFatal("%s", qPrintable(plan.error().message));
            engine.setApprovals({*approve(*plan, bob.who, bob.identity, clock.now(), 1h)});
            return *plan;
        }
    };
    [[nodiscard]] std::unique_ptr<Action> action(const QByteArray &probe = probed, const QByteArray &platform = {},
                                                 const QByteArray &watch = "30 s");
    [[nodiscard]] QByteArray set()
    {
        const std::lock_guard guard(m_render->lock);
        return m_render->variables[variable].toUtf8();
    }
    [[nodiscard]] qsizetype swaps()
    {
        const std::lock_guard guard(m_render->lock);
        return m_render->changes.count("PUT env-vars/JWT_SECRET");
    }
    [[nodiscard]] static QByteArray tokenOf(const QByteArray &secret)
    {
        const Secret token =
            signedToken({}, {{u"sub"_s, u"ada"_s}}, Secret(QByteArray(secret.constData(), secret.size())));
        return {token.reveal().constData(), token.reveal().size()}; // what a secret had is wiped
    }
    const QByteArray m_old = "correct-horse-battery-staple-7731";
    std::unique_ptr<FakeRender> m_render;
    std::unique_ptr<Page> m_page;
    SystemClock m_clock;
};

void TestSwapSecret::init()
{
    m_page.reset();
    m_render = std::make_unique<FakeRender>();
    m_render->variables[variable] = QString::fromLatin1(m_old);
    m_render->variables[u"PORT"_s] = u"8080"_s;
    m_render->deploys.first().variables = m_render->variables;
    m_page = std::make_unique<Page>(*m_render);
}

std::unique_ptr<Action> TestSwapSecret::action(const QByteArray &probe, const QByteArray &platform,
                                               const QByteArray &watch)
{
    const auto at = [](quint16 port) {
        return "{kind: http, url: \"http://127.0.0.1:" + QByteArray::number(port) + "\"}\n";
    };
    const auto profile = parseProfile(
        "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n  http: " + at(m_page->port()) +
            "  render: " + at(m_render->port()) + "  platform_operator: " + at(m_render->port()) +
            "  api: " + at(m_render->port()) +
            "sources:\n  health: {kind: http-health, connection: api, path: /health, "
            "map: {status: /status, words: {ok: ok}}}\n  platform: " +
            (platform.isEmpty() ? "{kind: render, connection: render, service: srv-shop1, signing_keys: [JWT_SECRET, "
                                  "OTHER_SECRET]}"
                                : platform) +
            "\nactions:\n  swap: {kind: swap-secret, environment: NODE_ENV, pace: 10 ms, watch: " + watch + probe +
            "}\n",
        u"shop.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    auto action = makeAction(u"swap"_s, *profile, m_clock);
    if (!action)
        qFatal("%s", qPrintable(action.error().first().message));
    return std::move(*action);
}

void TestSwapSecret::itIsSwappedAndNoOldTokenIsAccepted()
{
    const auto action = this->action();
    Desk desk;
    const auto unapproved = desk.engine.plan(*action, u"swap"_s, wishFor(variable));
    QVERIFY2(unapproved, unapproved ? "" : qPrintable(unapproved.error().message));
    QCOMPARE(desk.engine.run(*action, *unapproved).ending, Ending::Refused);
    QCOMPARE(set(), m_old);

    const QByteArray old = tokenOf(m_old);
    QVERIFY(m_page->accepts(old));
    const Plan plan = desk.approved(*action);
    QCOMPARE(plan.risk, Risk::High);
    QStringList codes;
    for (const Phrase &step : plan.steps)
        codes.append(step.code);
    QCOMPARE(codes,
             (QStringList{u"secret-swapped"_s, u"service-redeploy"_s, u"service-watched"_s, u"secret-proved"_s}));
    const Report report = desk.engine.run(*action, plan);
    // There is no lease, which is said.
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_render->changes, (QList<QByteArray>{"PUT env-vars/JWT_SECRET", "POST deploys"}));
    QCOMPARE(set().size(), 64);
    QVERIFY(!m_page->accepts(old));
    QVERIFY(m_page->accepts(tokenOf(set())));
    QVERIFY(desk.journal->unfinished(patience)->isEmpty());

    QVERIFY(plan.undo.isEmpty());
    const Report undone = desk.engine.undo(*action, plan);
    QCOMPARE(undone.ending, Ending::Refused);
    QCOMPARE(undone.error->message, u"this action cannot be undone"_s);
    QCOMPARE(swaps(), 1);
}

void TestSwapSecret::theSecretStandsNowhere()
{
    const auto action = this->action(probed, {}, brief);
    Desk desk;
    const Plan plan = desk.approved(*action);
    m_page->takeAlsoOf(m_old); // so that there is an error as well
    const Report report = desk.engine.run(*action, plan);
    QCOMPARE(report.ending, Ending::NeedsPerson);
    QVERIFY(swaps() == 1 && set() != m_old);
    QByteArray written = plan.bytes() + said(report).toUtf8() + action->evidence();
    for (const StepReport &step : report.steps)
        written += step.error ? (step.error->message + step.error->where).toUtf8() : QByteArray();
    const auto entries = desk.journal->entries({}, patience);
    QVERIFY(entries && entries->size() > 6);
    for (const Entry &entry : *entries)
        written += entry.body + entry.reason.toUtf8();
    const QFileInfoList files = QDir(desk.directory.path()).entryInfoList(QDir::Files);
    QVERIFY(!files.isEmpty());
    for (const QFileInfo &info : files) {
        QFile file(info.filePath());
        QVERIFY(file.open(QIODevice::ReadOnly));
        written += file.readAll();
    }
    QVERIFY(written.contains("JWT_SECRET"));
    const QByteArray lower = written.toLower();
    for (const QByteArray &secret : {m_old, set(), QByteArray::fromHex(set())}) {
        QVERIFY(!written.contains(secret));
        QVERIFY(!lower.contains(secret.toHex()));
        QVERIFY(!written.contains(secret.toBase64(QByteArray::OmitTrailingEquals)));
        QVERIFY(!written.contains(secret.toBase64(base64)));
    }
}

void TestSwapSecret::aPlansPrintHasItsOwnSalt()
{
    const auto action = this->action();
    const Plan one = planned(*action, wishFor(variable));
    const Plan two = planned(*action, wishFor(variable));
    const QStringList first = one.steps.first().arguments;
    const QStringList second = two.steps.first().arguments;
    QCOMPARE(first.value(2).size(), 32);
    QCOMPARE(first.value(3).size(), 64);
    QVERIFY(first.value(2) != second.value(2));
    QVERIFY(first.value(3) != second.value(3));
    QVERIFY(one.fingerprint != two.fingerprint);
    // Under another salt the print is of no use.
    Plan mixed = one;
    mixed.steps.first().arguments[2] = second.value(2);
    QCOMPARE(action->look(mixed, 0, soon()).value(), Stand::After);
    QCOMPARE(action->look(one, 0, soon()).value(), Stand::Before);
}

void TestSwapSecret::whoSetItSinceIsNotOverwritten()
{
    const auto action = this->action();
    const auto setMeanwhile = [this] {
        const std::lock_guard guard(m_render->lock);
        m_render->variables[variable] = u"set-by-eve"_s;
    };
    {
        Desk desk;
        const Plan plan = desk.approved(*action);
        setMeanwhile();
        const Report report = desk.engine.run(*action, plan);
        QCOMPARE(report.ending, Ending::Refused);
        QVERIFY2(report.error->message.contains(u"JWT_SECRET is not as the plan found it"_s), qPrintable(said(report)));
    }
    // Nor right before it is written.
    init();
    const auto anew = this->action();
    Desk desk;
    const Plan plan = desk.approved(*anew);
    desk.engine.setBoundary([&](const QString &boundary) {
        if (boundary == "effect:0:before"_L1)
            setMeanwhile();
    });
    const Report report = desk.engine.run(*anew, plan);
    QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report))); // nothing was done
    QVERIFY2(report.error->message.contains(u"nothing was changed"_s), qPrintable(said(report)));
    QCOMPARE(set(), "set-by-eve");
    QCOMPARE(swaps(), 0);
}

void TestSwapSecret::aPlatformThatFailsHalfWayIsGoneOnWith_data()
{
    QTest::addColumn<QByteArray>("faulty");
    QTest::addColumn<Fault>("fault");
    QTest::addColumn<Ending>("ending");
    QTest::addColumn<int>("swaps"); // before it is gone on with
    const QByteArray put = "PUT";
    const QByteArray post = "POST deploys";
    QTest::newRow("nothing was set") << put << Fault::FailsBefore << Ending::NeedsPerson << 0;
    QTest::newRow("it was set, and nobody says so") << put << Fault::FailsAfter << Ending::Done << 1;
    QTest::newRow("it was set, and it hung up") << put << Fault::HangsUp << Ending::Done << 1;
    QTest::newRow("it may not be set") << put << Fault::Refuses << Ending::Undone << 0;
    QTest::newRow("nothing was deployed") << post << Fault::FailsBefore << Ending::NeedsPerson << 1;
    QTest::newRow("it was deployed, and nobody says so") << post << Fault::FailsAfter << Ending::Done << 1;
    QTest::newRow("it may not be deployed") << post << Fault::Refuses << Ending::NeedsPerson << 1;
}

void TestSwapSecret::aPlatformThatFailsHalfWayIsGoneOnWith()
{
    QFETCH(QByteArray, faulty);
    QFETCH(Fault, fault);
    QFETCH(Ending, ending);
    QFETCH(int, swaps);
    const auto action = this->action();
    Desk desk;
    const Plan plan = desk.approved(*action);
    {
        const std::lock_guard guard(m_render->lock);
        m_render->faulty = faulty;
        m_render->fault = fault;
    }
    const Report report = desk.engine.run(*action, plan);
    QVERIFY2(report.ending == ending, qPrintable(said(report)));
    const QByteArray left = set();
    QCOMPARE(left != m_old, swaps == 1);
    if (ending != Ending::NeedsPerson) {
        QVERIFY(m_page->accepts(tokenOf(left)));
        QVERIFY(desk.journal->unfinished(patience)->isEmpty());
        return;
    }
    {
        const std::lock_guard guard(m_render->lock);
        m_render->fault = Fault::None;
        m_render->changes.clear();
    }
    QCOMPARE(*desk.journal->unfinished(patience), QList<QByteArray>{plan.id()});
    const auto later = this->action(); // of another start
    const Report resumed = desk.engine.resume(*later, plan);
    QVERIFY2(resumed.ending == (swaps == 1 ? Ending::DoneWarned : Ending::Done), qPrintable(said(resumed)));
    QCOMPARE(this->swaps(), 1 - swaps);
    QVERIFY(set() == left || swaps == 0);
    QVERIFY(m_page->accepts(tokenOf(set())));
    QVERIFY(!m_page->accepts(tokenOf(m_old)));
    QVERIFY(desk.journal->unfinished(patience)->isEmpty());
}

void TestSwapSecret::whatStillTakesOldTokensIsForAPerson()
{
    const auto action = this->action(probed, {}, brief);
    Desk desk;
    const Plan plan = desk.approved(*action);
    m_page->takeAlsoOf(m_old);
    const Report report = desk.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::NeedsPerson, qPrintable(said(report)));
    QCOMPARE(report.error->code, ErrorCode::Timeout);
    QCOMPARE(report.error->message, u"a token of the old secret is not refused: /me says 200"_s);
    QCOMPARE(swaps(), 1);
}

/// Whoever goes on with it does not have the old secret, so nobody is told that it was proved.
void TestSwapSecret::whatNobodyCouldProveIsSaid()
{
    const auto action = this->action(probed, {}, brief);
    Desk desk;
    const Plan plan = desk.approved(*action);
    m_page->takeAlsoOf(m_old);
    QCOMPARE(desk.engine.run(*action, plan).ending, Ending::NeedsPerson);
    m_page->takeAnything();
    const Report taken = desk.engine.resume(*this->action(probed, {}, brief), plan);
    QVERIFY2(taken.ending == Ending::NeedsPerson, qPrintable(said(taken)));
    QCOMPARE(taken.error->message, u"a forged token is not refused: /me says 200"_s);

    init();
    const auto other = this->action(probed, {}, brief);
    Desk later;
    const Plan second = later.approved(*other);
    m_page->takeAlsoOf(m_old);
    QCOMPARE(later.engine.run(*other, second).ending, Ending::NeedsPerson);
    const Report resumed = later.engine.resume(*this->action(probed, {}, brief), second);
    QVERIFY2(resumed.ending == Ending::DoneWarned, qPrintable(said(resumed)));
    QVERIFY2(said(resumed).contains(u"old-secret-refused warned (JWT_SECRET was swapped earlier"_s),
             qPrintable(said(resumed)));
    QCOMPARE(swaps(), 1);
}

void TestSwapSecret::whatCannotBeIsRefusedBeforeAnything_data()
{
    QTest::addColumn<QString>("resource");
    QTest::addColumn<QString>("value");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("error");
    QTest::newRow("no signing key") << u"PORT"_s << QString() << ErrorCode::NotFound
                                    << u"it has no 'PORT', but JWT_SECRET, OTHER_SECRET"_s;
    QTest::newRow("no key") << QString() << QString() << ErrorCode::NotFound << u"it has no ''"_s;
    QTest::newRow("not set") << u"OTHER_SECRET"_s << QString() << ErrorCode::NotFound
                             << u"OTHER_SECRET is not set on Render"_s;
    QTest::newRow("a value") << variable << u"mine-7731"_s << ErrorCode::BadInput
                             << u"'value': nothing is to be set, the secret is made here"_s;
}

void TestSwapSecret::whatCannotBeIsRefusedBeforeAnything()
{
    QFETCH(QString, resource);
    QFETCH(QString, value);
    QFETCH(ErrorCode, code);
    QFETCH(QString, error);
    std::map<QString, QString> set;
    if (!value.isEmpty())
        set[u"value"_s] = value;
    const auto plan = action()->plan(wishFor(resource, set), soon());
    QVERIFY(!plan);
    QCOMPARE(plan.error().code, code);
    QVERIFY2(plan.error().message.contains(error), qPrintable(plan.error().message));
    QVERIFY(!plan.error().message.contains(u"mine-7731"_s));
    QVERIFY(m_render->changes.isEmpty());
}

/// Afterwards nobody could tell a probe that never worked from a swap that went wrong.
void TestSwapSecret::whatCannotBeProvedIsRefusedBefore()
{
    {
        const std::lock_guard guard(m_render->lock);
        m_render->deploys.first().variables[variable] = u"it-was-set-and-never-deployed"_s;
    }
    const auto action = this->action();
    Desk desk;
    const Report report = desk.engine.run(*action, desk.approved(*action));
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QVERIFY2(said(report).contains(u"secret-can-be-proved failed (a token of the secret that is set now is not "
                                   "accepted, so nothing could be proved: /me says 401"_s),
             qPrintable(said(report)));
    QVERIFY(m_render->changes.isEmpty());
    // Without one it is swapped, and nothing is proved.
    const auto unproved = this->action({});
    Desk other;
    const Report done = other.engine.run(*unproved, other.approved(*unproved));
    QVERIFY2(done.ending == Ending::Done, qPrintable(said(done)));
    QCOMPARE(swaps(), 1);
}

QTEST_GUILESS_MAIN(TestSwapSecret)
#include "tst_swap_secret.moc"
