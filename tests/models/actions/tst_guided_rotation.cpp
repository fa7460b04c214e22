/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/platform_action.h"
#include "actions/secret_shelf.h"
#include "fake_render.h"
#include "proof/proving.h"

#include <QCborArray>
#include <QCborValue>
#include <QDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;
using proof::AdasEngine;
using Fault = FakeRender::Fault;

namespace {
const QString variable = u"WEBHOOK_SECRET"_s;
const QByteArray oldSecret = "whsec_correct-horse-7731";
const QByteArray rolled = "whsec_battery-staple-4420"; ///< what the payment provider signs with

/// A page of metrics: a webhook comes before each look, and is refused where the service has another secret.
class Metrics
{
public:
    explicit Metrics(FakeRender &render)
        : m_render(render)
        , m_http([this](const QByteArray &) { return std::optional(answer()); })
    {
    }
    [[nodiscard]] quint16 port() const { return m_http.port(); }
    std::atomic<bool> isTold = true;

private:
    QByteArray answer()
    {
        const std::lock_guard guard(m_render.lock);
        const auto live = std::ranges::find(m_render.deploys, u"live"_s, &FakeRender::Deploy::status);
        ++(live->variables[variable].toUtf8() == rolled ? m_accepted : m_refused);
        const QByteArray page = "# TYPE webhooks_total counter\nwebhooks_total{code=\"200\"} " +
                                QByteArray::number(m_accepted) + "\nwebhooks_total{code=\"400\"} " +
                                QByteArray::number(m_refused) + '\n';
        const QByteArray body = isTold ? page : QByteArray("# TYPE up gauge\nup 1\n");
        return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: " +
               QByteArray::number(body.size()) + "\r\n\r\n" + body;
    }
    FakeRender &m_render;
    int m_accepted = 0;
    int m_refused = 0;
    HttpFixture m_http;
};
} // namespace

/// A secret that somebody else makes, typed by a person and set on the platform.
class TestGuidedRotation : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aTypedSecretIsSetAndItIsWatchedWhetherItWorks();
    void aWrongOneIsWarnedOf();
    void whatNobodyTellsIsNotSaidToBeWell();
    void whatIsTypedWrongChangesNothing_data();
    void whatIsTypedWrongChangesNothing();
    void aTypoLeavesThePlanToBeTriedAgain();
    void whatWasInterruptedAsksForTheSecretAgain();
    void aDeployFromBeforeItWasSetIsNotItsOwn();
    void whatCannotBeIsRefusedBefore();
    void aProfileSaysItsErrors();

private:
    [[nodiscard]] QByteArray profile(const QByteArray &more = {}) const;
    [[nodiscard]] std::unique_ptr<Action> action() const
    {
        return proof::actionOf(proof::profileOf(profile()), u"rotate"_s, m_clock);
    }
    static void give(const Plan &plan, const QByteArray &secret)
    {
        secretShelf().keep(SecretShelf::Way::Given, plan.id(), variable,
                           Secret(QByteArray(secret.constData(), secret.size())));
    }
    [[nodiscard]] QByteArray set() const
    {
        const std::lock_guard guard(m_render->lock);
        return m_render->variables[variable].toUtf8();
    }
    struct Desk
    {
        QTemporaryDir directory;
        std::unique_ptr<Journal> journal = journalIn(directory);
        SystemClock clock;
        AdasEngine engine{*journal, clock};
    };
    std::unique_ptr<FakeRender> m_render;
    std::unique_ptr<Metrics> m_metrics;
    SystemClock m_clock;
};

void TestGuidedRotation::init()
{
    m_metrics.reset();
    m_render = std::make_unique<FakeRender>();
    m_render->variables[variable] = QString::fromLatin1(oldSecret);
    m_render->deploys.first().variables = m_render->variables;
    m_metrics = std::make_unique<Metrics>(*m_render);
}

QByteArray TestGuidedRotation::profile(const QByteArray &more) const
{
    const auto at = [](quint16 port) {
        return "{kind: http, url: \"http://127.0.0.1:" + QByteArray::number(port) + "\"}\n";
    };
    return "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n  http: " + at(m_metrics->port()) +
           "  render: " + at(m_render->port()) + "  platform_operator: " + at(m_render->port()) +
           "  api: " + at(m_render->port()) +
           "sources:\n  health: {kind: http-health, connection: api, path: /health, map: {status: /status, words: {ok: "
           "ok}}}\n  metrics: {kind: prometheus, path: /metrics, metrics: [webhooks_total]}\n  platform: {kind: "
           "render, "
           "connection: render, service: srv-shop1}\nexpectations:\n  - {name: webhooks, title: Webhooks we refuse, "
           "per_minute: 'webhooks_total{code=~\"4..\"}', at_most: 2}\nactions:\n  rotate: {kind: guided-rotation, "
           "variable: WEBHOOK_SECRET, environment: NODE_ENV, pace: 10 ms, watch: 10 s, begins_with: whsec_, before: "
           "[Roll it there], after: [Let the old one expire], expectation: Webhooks we refuse, look_for: 2500 ms" +
           more + "}\n";
}

void TestGuidedRotation::aTypedSecretIsSetAndItIsWatchedWhetherItWorks()
{
    const auto action = this->action();
    Desk desk;
    const auto plan = desk.engine.plan(*action, u"rotate"_s, wishFor({}));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(plan->resource, variable);
    QCOMPARE(plan->risk, Risk::High);
    QVERIFY(plan->undo.isEmpty());
    QCOMPARE(secretToGive(*plan), variable);
    QStringList codes;
    for (const Phrase &step : plan->steps)
        codes.append(step.code);
    QCOMPARE(codes,
             (QStringList{u"secret-given"_s, u"service-redeploy"_s, u"service-watched"_s, u"expectation-watched"_s}));
    QCOMPARE(plan->steps.first().arguments.value(4), u"Roll it there"_s);

    give(*plan, rolled);
    const Report report = desk.engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(set(), rolled);
    QCOMPARE(m_render->changes, (QList<QByteArray>{"PUT env-vars/WEBHOOK_SECRET", "POST deploys"}));
    QVERIFY2(said(report).contains(u"as-expected passed"_s) && said(report).contains(u"by-hand-after passed"_s),
             qPrintable(said(report)));
    QCOMPARE(secretShelf().count(), 0);

    // Its numbers are evidence, and it stands nowhere.
    QByteArray written = plan->bytes() + said(report).toUtf8() + action->evidence();
    bool isKept = false;
    const auto entries = desk.journal->entries({}, patience);
    QVERIFY(entries);
    for (const Entry &entry : *entries) {
        written += entry.body + entry.reason.toUtf8();
        isKept = isKept || entry.body.contains("Webhooks we refuse");
    }
    QVERIFY(isKept);
    const QCborArray seen = QCborValue::fromCbor(action->evidence()).toArray().last().toArray();
    QCOMPARE(seen.at(0).toString(), u"expectation"_s);
    QCOMPARE(seen.at(3).toDouble(), 2);
    const QCborArray numbers = seen.at(4).toArray();
    QVERIFY(numbers.size() > 4);
    QCOMPARE(numbers.last().toArray().at(1).toDouble(-1), 0);
    for (const QFileInfo &info : QDir(desk.directory.path()).entryInfoList(QDir::Files)) {
        QFile file(info.filePath());
        QVERIFY(file.open(QIODevice::ReadOnly));
        written += file.readAll();
    }
    QVERIFY(written.contains("WEBHOOK_SECRET"));
    for (const QByteArray &secret : {oldSecret, rolled}) {
        QVERIFY(!written.contains(secret));
        QVERIFY(!written.contains(secret.toHex()) && !written.contains(secret.toBase64()));
    }
    QCOMPARE(desk.engine.undo(*action, *plan).ending, Ending::Refused);
}

void TestGuidedRotation::aWrongOneIsWarnedOf()
{
    const auto action = this->action();
    Desk desk;
    const auto plan = desk.engine.plan(*action, u"rotate"_s, wishFor(variable));
    QVERIFY(plan);
    give(*plan, "whsec_of-another-endpoint");
    const Report report = desk.engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::DoneWarned, qPrintable(said(report)));
    QVERIFY2(said(report).contains(u"as-expected warned"_s) && said(report).contains(u"at most 2 are expected"_s),
             qPrintable(said(report)));
    QVERIFY(!said(report).contains(u"another-endpoint"_s));
}

void TestGuidedRotation::whatNobodyTellsIsNotSaidToBeWell()
{
    m_metrics->isTold = false;
    const auto action = this->action();
    Desk desk;
    const auto plan = desk.engine.plan(*action, u"rotate"_s, wishFor(variable));
    QVERIFY(plan);
    give(*plan, rolled);
    const Report report = desk.engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::DoneWarned, qPrintable(said(report)));
    QVERIFY2(said(report).contains(u"no metric told it"_s), qPrintable(said(report)));
}

void TestGuidedRotation::whatIsTypedWrongChangesNothing_data()
{
    QTest::addColumn<QByteArray>("given");
    QTest::addColumn<QString>("error");
    QTest::newRow("nothing") << QByteArray() << u"the new WEBHOOK_SECRET was not given"_s;
    QTest::newRow("something else") << QByteArray("sk_live_canary") << u"does not begin with whsec_"_s;
    QTest::newRow("the same") << oldSecret << u"what was typed is the secret that is set"_s;
}

void TestGuidedRotation::whatIsTypedWrongChangesNothing()
{
    QFETCH(QByteArray, given);
    QFETCH(QString, error);
    const auto action = this->action();
    Desk desk;
    const auto plan = desk.engine.plan(*action, u"rotate"_s, wishFor(variable));
    QVERIFY(plan);
    if (!given.isEmpty())
        give(*plan, given);
    const Report report = desk.engine.run(*action, *plan);
    QVERIFY2(report.error && report.error->message.contains(error), qPrintable(said(report)));
    QVERIFY(report.ending == Ending::Refused || report.error->message.contains(u"nothing was changed"_s));
    QVERIFY(!said(report).contains(u"canary"_s));
    QVERIFY(m_render->changes.isEmpty());
    QCOMPARE(set(), oldSecret);
    QVERIFY(desk.journal->unfinished(patience)->isEmpty());
    QCOMPARE(secretShelf().count(), 0);
}

/// Neither the plan nor what a second person approved is used up by it.
void TestGuidedRotation::aTypoLeavesThePlanToBeTriedAgain()
{
    const auto action = this->action();
    Desk desk;
    const auto plan = desk.engine.plan(*action, u"rotate"_s, wishFor(variable));
    QVERIFY(plan);
    give(*plan, "sk_live_canary");
    const Report refused = desk.engine.run(*action, *plan);
    QVERIFY2(refused.ending == Ending::Refused, qPrintable(said(refused)));
    give(*plan, rolled);
    const Report done = desk.engine.run(*action, *plan);
    QVERIFY2(done.ending == Ending::Done || done.ending == Ending::DoneWarned, qPrintable(said(done)));
    QCOMPARE(set(), rolled);
}

void TestGuidedRotation::whatWasInterruptedAsksForTheSecretAgain()
{
    for (const bool wasSet : {false, true}) {
        init();
        const auto action = this->action();
        Desk desk;
        const auto plan = desk.engine.plan(*action, u"rotate"_s, wishFor(variable));
        QVERIFY(plan);
        give(*plan, rolled);
        {
            const std::lock_guard guard(m_render->lock);
            m_render->faulty = wasSet ? "POST deploys" : "PUT";
            m_render->fault = Fault::FailsBefore;
        }
        QCOMPARE(desk.engine.run(*action, *plan).ending, Ending::NeedsPerson);
        {
            const std::lock_guard guard(m_render->lock);
            m_render->fault = Fault::None;
        }
        if (!wasSet) { // what was typed is gone
            const Report refused = desk.engine.resume(*this->action(), *plan);
            QVERIFY2(said(refused).contains(u"was not given"_s), qPrintable(said(refused)));
            QCOMPARE(set(), oldSecret);
            continue;
        }
        const Report resumed = desk.engine.resume(*this->action(), *plan);
        QVERIFY2(resumed.ending == Ending::Done, qPrintable(said(resumed)));
        QCOMPARE(set(), rolled);
    }
}

/// Somebody deployed after the plan, with the secret as it was.
void TestGuidedRotation::aDeployFromBeforeItWasSetIsNotItsOwn()
{
    const auto action = this->action();
    Desk desk;
    const auto plan = desk.engine.plan(*action, u"rotate"_s, wishFor(variable));
    QVERIFY(plan);
    give(*plan, rolled);
    desk.engine.setBoundary([&](const QString &boundary) {
        if (boundary != "effect:0:before"_L1)
            return;
        const std::lock_guard guard(m_render->lock);
        FakeRender::Deploy theirs = m_render->deploys.first();
        theirs.id = u"dep-theirs"_s;
        theirs.trigger = u"api"_s;
        m_render->deploys.first().status = u"deactivated"_s;
        m_render->deploys.prepend(theirs);
    });
    const Report report = desk.engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    const std::lock_guard guard(m_render->lock);
    QCOMPARE(m_render->changes, (QList<QByteArray>{"PUT env-vars/WEBHOOK_SECRET", "POST deploys"}));
    QCOMPARE(m_render->deploys.first().status, u"live"_s);
    QCOMPARE(m_render->deploys.first().variables[variable].toUtf8(), rolled);
}

void TestGuidedRotation::whatCannotBeIsRefusedBefore()
{
    const auto other = action()->plan(wishFor(u"NODE_ENV"_s), soon());
    QVERIFY(!other);
    QCOMPARE(other.error().code, ErrorCode::NotFound);
    const auto valued = action()->plan(wishFor(variable, {{u"value"_s, u"whsec_canary"_s}}), soon());
    QVERIFY(!valued);
    QCOMPARE(valued.error().code, ErrorCode::BadInput);
    QVERIFY(!valued.error().message.contains(u"canary"_s));
    {
        const std::lock_guard guard(m_render->lock);
        m_render->variables.erase(variable);
    }
    const auto unset = action()->plan(wishFor(variable), soon());
    QVERIFY(!unset);
    QCOMPARE(unset.error().message, u"WEBHOOK_SECRET is not set on Render"_s);
    QVERIFY(m_render->changes.isEmpty());
}

void TestGuidedRotation::aProfileSaysItsErrors()
{
    QCOMPARE(wrongIn(profile()), QString());
    const auto wrong = [&](const char *part, const char *by) { return wrongIn(profile().replace(part, by)); };
    QVERIFY(wrong("variable: WEBHOOK_SECRET, ", "").contains(u"'variable' is missing"_s));
    QVERIFY(wrong("expectation: Webhooks", "expectation: No webhooks").contains(u"nothing under expectations has"_s));
    QVERIFY(!wrong("look_for: 2500 ms", "look_for: soon").isEmpty());
    QVERIFY(!wrong("look_for", "look_at").isEmpty());
}

QTEST_GUILESS_MAIN(TestGuidedRotation)
#include "tst_guided_rotation.moc"
