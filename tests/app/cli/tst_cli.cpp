/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/act.h"
#include "cli/change_lines.h"
#include "cli/json_report.h"
#include "cli/options.h"
#include "cli/terminal_text.h"
#include "cli/text_report.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <utility>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace qd::cli;
using namespace std::chrono_literals;

namespace {

const Instant start{std::chrono::hours{24 * 365 * 50}};
const Error nobodyThere{ErrorCode::Unreachable, u"Connection refused"_s, u"127.0.0.1:6379"_s};
const Error wrongPassword{ErrorCode::AuthRequired, u"NOAUTH Authentication required."_s, u"127.0.0.1:6379"_s};

CacheView cache(const QString &group, Freshness::Kind kind, std::optional<qint64> hits)
{
    CacheView view;
    view.group = group;
    view.freshness = {.kind = kind, .since = start, .error = {}};
    if (kind == Freshness::Kind::Refused)
        view.freshness.error = wrongPassword;
    view.hits.value = hits;
    return view;
}

/// One cache group in each state that must not look like another; "vain" was asked for and never told.
DeploymentView fourStates()
{
    using enum Freshness::Kind;
    DeploymentView view;
    view.name = u"quoted"_s;
    view.environment = u"test"_s;
    view.at = start + 60s;
    view.status = Status::Degraded;
    view.caches = {cache(u"silent"_s, Fresh, {}), cache(u"zero"_s, Fresh, 0), cache(u"old"_s, Stale, 41),
                   cache(u"secret"_s, Refused, {}), cache(u"vain"_s, Pending, {})};
    view.caches.last().freshness.error = nobodyThere;
    return view;
}

QString lineOf(const QString &text, const QString &beginning)
{
    for (const QString &line : text.split(u'\n')) {
        if (line.trimmed().startsWith(beginning))
            return line;
    }
    return {};
}

Event opened(Instant at)
{
    return {.at = at,
            .kind = EventKind::BreakerChanged,
            .source = u"health"_s,
            .subject = u"openai"_s,
            .from = u"closed"_s,
            .to = u"open"_s,
            .error = {},
            .count = 5,
            .threshold = 5};
}

} // namespace

class TestCli : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theCommandLineIsUnderstood_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<Options>("expected");
        using enum Options::Command;
        const auto row = [](const char *line, const Options &expected) {
            QTest::newRow(line) << QString::fromLatin1(line) << expected;
        };
        Options status{
            .command = Status, .profiles = {u"a.yaml"_s}, .sandbox = false, .json = false, .timeout = 10s, .count = 0};
        row("status --profile a.yaml", status);
        row("status a.yaml", status);
        status.json = true;
        status.timeout = 500ms;
        row("status --json --timeout 500ms a.yaml", status);
        status.timeout = 2min;
        status.profiles += u"b.yaml"_s;
        row("status --timeout 2m --json --profile a.yaml --profile b.yaml", status);
        Options watch{.command = Watch, .profiles = {}, .sandbox = true, .json = false, .timeout = 10s, .count = 3};
        row("watch --sandbox --count 3", watch);
        row("verify --bursts --desk d a.yaml",
            {.command = Verify, .profiles = {u"a.yaml"_s}, .desk = u"d"_s, .bursts = true});
        row("profile check x.yaml", {.command = ProfileCheck,
                                     .profiles = {u"x.yaml"_s},
                                     .sandbox = false,
                                     .json = false,
                                     .timeout = 10s,
                                     .count = 0});
        row("audit verify j --witness w --witness postgresql:operator --profile p --key a",
            {.command = AuditVerify,
             .profiles = {u"j"_s},
             .witness = u"w"_s,
             .witnessConnection = u"operator"_s,
             .witnessProfile = u"p"_s,
             .keys = {u"a"_s}});
        row("audit verify j --witness w --key a --key b",
            {.command = AuditVerify, .profiles = {u"j"_s}, .witness = u"w"_s, .keys = {u"a"_s, u"b"_s}});
        row("audit export --json j", {.command = AuditExport, .profiles = {u"j"_s}, .json = true});
        row("audit tail j -n 3", {.command = AuditTail, .profiles = {u"j"_s}, .count = 3});
        row("audit rotations j", {.command = AuditRotations, .profiles = {u"j"_s}});
        row("audit rotations j quoted", {.command = AuditRotations, .profiles = {u"j"_s, u"quoted"_s}});
        row("audit tail j", {.command = AuditTail, .profiles = {u"j"_s}});
        // Where an option stands means nothing.
        row("--read-only apply p --profile f",
            {.command = Apply, .profiles = {u"f"_s}, .words = {u"p"_s}, .readOnly = true});
        row("--profile f --confirm shop undo 7f3a",
            {.command = Undo, .profiles = {u"f"_s}, .words = {u"7f3a"_s}, .confirm = u"shop"_s});
        row("--profile p --witness postgresql:operator audit verify j --key a", {.command = AuditVerify,
                                                                                 .profiles = {u"j"_s},
                                                                                 .witnessConnection = u"operator"_s,
                                                                                 .witnessProfile = u"p"_s,
                                                                                 .keys = {u"a"_s}});
        row("-n 3 audit tail j", {.command = AuditTail, .profiles = {u"j"_s}, .count = 3});
        row("status --help", {});
        row("--version",
            {.command = Version, .profiles = {}, .sandbox = false, .json = false, .timeout = 10s, .count = 0});
    }
    void theCommandLineIsUnderstood()
    {
        QFETCH(QString, line);
        const auto options = parseOptions(line.split(u' '));
        QVERIFY2(options, qPrintable(options ? QString() : options.error()));
        QTEST(*options, "expected");
    }

    void aWrongCommandLineIsRefused_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("says");
        const auto row = [](const char *line, const QString &says) {
            QTest::newRow(line) << QString::fromLatin1(line) << says;
        };
        row("stauts", u"stauts"_s);
        row("status", u"--profile"_s);
        row("status --jsno a.yaml", u"--jsno"_s);
        row("status a.yaml --timeout", u"--timeout"_s);
        row("status a.yaml --timeout soon", u"soon"_s);
        row("status a.yaml --timeout 0s", u"0s"_s);
        row("status a.yaml --count 3", u"--count"_s);
        row("watch a.yaml --count 0", u"--count"_s);
        row("--read-only", u"no command after --read-only"_s);
        row("--jsno status a.yaml", u"--jsno"_s);
        row("--timeout --json status a.yaml", u"--timeout"_s);
        row("profile", u"check"_s);
        row("profile check", u"file"_s);
        row("profile check --json a.yaml", u"names of files"_s);
        row("verify", u"--profile"_s);
        row("verify a.yaml --bursts --read-only", u"--bursts"_s);
        row("status a.yaml --bursts", u"--bursts"_s);
        row("verify a.yaml --confirm a", u"--confirm"_s);
        row("audit", u"verify, export, tail and rotations"_s);
        row("audit burn j", u"verify, export, tail and rotations"_s);
        row("audit verify", u"one journal"_s);
        row("audit verify j k", u"one journal"_s);
        row("audit verify j --json", u"audit export"_s);
        row("audit rotations j --json", u"audit export"_s);
        row("audit rotations", u"one journal"_s);
        row("audit rotations j a b", u"one journal"_s);
        row("audit verify j --witness", u"--witness"_s);
        row("audit verify j --witness postgresql:operator --key a", u"--profile"_s);
        row("audit verify j --witness postgresql:operator --profile p", u"--key"_s);
        row("unfinished --witness postgresql:operator", u"--profile"_s);
        row("apply p --profile f --for 1m", u"'approve'"_s);
        row("approve p --profile f --approval a", u"'apply'"_s);
        row("undo p --profile f --secret-file s", u"--secret-file belongs to 'apply' and 'resume'"_s);
        row("status --profile f --secret-file s", u"belong to 'plan'"_s);
        row("approve p --profile f --for never", u"--for"_s);
        row("status --profile f --policy p", u"--policy"_s);
        row("audit tail j --witness w", u"audit verify"_s);
        row("audit export j -n 3", u"audit tail"_s);
        row("audit tail j -n 0", u"-n is a whole number"_s);
        row("audit tail j --sandbox", u"--sandbox"_s);
    }
    void aWrongCommandLineIsRefused()
    {
        QFETCH(QString, line);
        QFETCH(QString, says);
        const auto options = parseOptions(line.split(u' '));
        QVERIFY(!options);
        QVERIFY2(options.error().contains(says), qPrintable(options.error()));
    }

    void aTerminalSeesNoControlCharacter_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected");
        QTest::newRow("plain") << u"é 漢 •"_s << u"é 漢 •"_s;
        QTest::newRow("escape code") << u"\u001b[2J\u001b[31mok"_s << u"\\x1b[2J\\x1b[31mok"_s;
        QTest::newRow("8-bit escape") << u"\u009b2J"_s << u"\\x9b2J"_s;
        QTest::newRow("line break") << u"a\r\nb"_s << u"a\\x0d\\x0ab"_s;
        QTest::newRow("right to left") << u"a\u202eb"_s << u"a\\u202eb"_s;
        QTest::newRow("line separator") << u"a\u2028b"_s << u"a\\u2028b"_s;
    }
    void aTerminalSeesNoControlCharacter()
    {
        QFETCH(QString, text);
        QTEST(forTerminal(text), "expected");
    }

    void fourStatesReadDifferently()
    {
        const QString text = textReport(fourStates());
        QCOMPARE(lineOf(text, u"silent"_s).count(u"–"), 8 - 1);
        QVERIFY2(lineOf(text, u"zero"_s).contains(u" 0 "), qPrintable(text));
        QVERIFY2(lineOf(text, u"old"_s).contains(u" 41 "), qPrintable(text));
        QVERIFY2(lineOf(text, u"old"_s).contains(u"stale since "), qPrintable(text));
        QVERIFY2(lineOf(text, u"secret"_s).contains(u"refused: NOAUTH"), qPrintable(text));
        QVERIFY2(lineOf(text, u"vain"_s).contains(u"not measured: Connection refused"), qPrintable(text));
    }

    void aReasonSaysSinceWhenOnce()
    {
        DeploymentView view = fourStates();
        Reason low;
        low.code = Reason::Code::HitRateLow;
        low.subject = u"contractor"_s;
        Reason silent;
        silent.code = Reason::Code::SourceSilent;
        silent.subject = u"redis"_s;
        silent.since = start;
        view.reasons = {low, silent};
        QVERIFY(!textReport(view).section(u'\n', 0, 2).contains(u"1 min"_s));
        view.reasons.first().since = start;
        const QString text = textReport(view);
        QVERIFY2(lineOf(text, u"- contractor hit rate"_s).endsWith(u", 1 min"_s), qPrintable(text));
        QCOMPARE(lineOf(text, u"- redis"_s).count(u"since"_s), 1);
    }

    void fourStatesAreToldApartInJson()
    {
        const QJsonObject view = toJson(fourStates());
        const QJsonArray caches = view["caches"_L1].toArray();
        const auto hits = [&caches](int row) { return caches[row]["hits"_L1].toObject(); };
        QCOMPARE(caches[0]["group"_L1].toString(), u"silent"_s);
        QCOMPARE(hits(0),
                 (QJsonObject{{u"value"_s, QJsonValue()}, {u"known"_s, u"not-measured"_s}, {u"unit"_s, u"count"_s}}));
        QCOMPARE(hits(1), (QJsonObject{{u"value"_s, 0}, {u"known"_s, u"measured"_s}, {u"unit"_s, u"count"_s}}));
        QCOMPARE(hits(2)["value"_L1].toInt(), 41);
        QCOMPARE(hits(2)["known"_L1].toString(), u"stale"_s);
        QCOMPARE(hits(2)["since"_L1].toString(), toJson(start));
        QVERIFY(hits(3)["value"_L1].isNull());
        QCOMPARE(hits(3)["known"_L1].toString(), u"refused"_s);
        QCOMPARE(hits(3)["error"_L1]["code"_L1].toString(), u"auth-required"_s);
        QCOMPARE(hits(3)["error"_L1]["where"_L1].toString(), wrongPassword.where);
        QCOMPARE(hits(4), (QJsonObject{{u"value"_s, QJsonValue()},
                                       {u"known"_s, u"not-measured"_s},
                                       {u"error"_s, toJson(nobodyThere)},
                                       {u"unit"_s, u"count"_s}}));
    }

    void aSourceThatNeverAnsweredSaysWhyAndSinceWhenInJson()
    {
        DeploymentView view = fourStates();
        SourceView source;
        source.id = u"redis"_s;
        view.sources = {source};
        QCOMPARE(toJson(view)["sources"_L1][0]["freshness"_L1].toObject(),
                 (QJsonObject{{u"known"_s, u"not-measured"_s}}));
        view.sources.first().freshness = {.kind = Freshness::Kind::Pending, .since = start, .error = nobodyThere};
        QCOMPARE(toJson(view)["sources"_L1][0]["freshness"_L1].toObject(),
                 (QJsonObject{
                     {u"known"_s, u"not-measured"_s}, {u"since"_s, toJson(start)}, {u"error"_s, toJson(nobodyThere)}}));
        Event lost = opened(start);
        QVERIFY(!toJson(lost).contains("was_unseen"_L1));
        lost.wasUnseen = true;
        QCOMPARE(toJson(lost)["was_unseen"_L1], QJsonValue(true));
    }

    void oneValueOfARowCanBeRefused()
    {
        DeploymentView view = fourStates();
        view.caches.first().hits.error = wrongPassword;
        view.requests.freshness = view.caches.first().freshness;
        view.requests.rate.error = wrongPassword;
        QVERIFY2(lineOf(textReport(view), u"silent"_s).contains(u"refused"_s), qPrintable(textReport(view)));
        QVERIFY2(lineOf(textReport(view).section(u"Requests"_s, 1).section(u'\n', 2), u"refused"_s).contains(u"–"_s),
                 qPrintable(textReport(view)));
        const QJsonObject json = toJson(view);
        const QJsonObject refused{
            {u"value"_s, QJsonValue::Null}, {u"known"_s, u"refused"_s}, {u"error"_s, toJson(wrongPassword)}};
        QJsonObject hits = json["caches"_L1][0]["hits"_L1].toObject();
        hits.remove(u"unit"_s);
        QCOMPARE(hits, refused);
        QCOMPARE(json["caches"_L1][0]["misses"_L1]["known"_L1].toString(), u"not-measured"_s);
        QCOMPARE(json["requests"_L1]["rate_per_second"_L1].toObject(), refused);
        QCOMPARE(json["requests"_L1]["total"_L1]["known"_L1].toString(), u"not-measured"_s);
    }

    void theShapeOfJsonIsKept()
    {
        const QJsonObject all =
            statusJson({fourStates()}, {{.file = u"b.yaml"_s, .errors = {wrongPassword}}}, start, 1);
        QCOMPARE(all.keys(),
                 (QStringList{u"at"_s, u"broken_profiles"_s, u"deployments"_s, u"exit_code"_s, u"format"_s}));
        QCOMPARE(all["format"_L1].toInt(), 1);
        QCOMPARE(all["broken_profiles"_L1][0]["errors"_L1][0]["code"_L1].toString(), u"auth-required"_s);
        const QJsonObject deployment = all["deployments"_L1][0].toObject();
        QCOMPARE(deployment.keys(),
                 (QStringList{u"api_keys"_s,     u"at"_s,       u"backups"_s,     u"breakers"_s,   u"caches"_s,
                              u"database"_s,     u"deploys"_s,  u"environment"_s, u"events"_s,     u"expectations"_s,
                              u"flags"_s,        u"health"_s,   u"last_answer"_s, u"limiter"_s,    u"limits"_s,
                              u"metrics"_s,      u"name"_s,     u"pools"_s,       u"reasons"_s,    u"redis"_s,
                              u"relations"_s,    u"replicas"_s, u"requests"_s,    u"sentinels"_s,  u"sessions"_s,
                              u"signing_keys"_s, u"since"_s,    u"sources"_s,     u"statements"_s, u"status"_s,
                              u"tiers"_s,        u"title"_s,    u"variables"_s}));
        QCOMPARE(deployment["status"_L1].toString(), u"degraded"_s);
    }

    void aSourceTellsWhatWhereAndWhatToDo()
    {
        DeploymentView view = fourStates();
        SourceView source;
        source.id = u"redis"_s;
        source.kind = u"redis"_s;
        source.freshness = {.kind = Freshness::Kind::Refused, .since = start, .error = wrongPassword};
        source.error = wrongPassword;
        view.sources = {source};
        const QString text = textReport(view);
        QVERIFY2(lineOf(text, u"where:"_s).contains(wrongPassword.where), qPrintable(text));
        QVERIFY2(lineOf(text, u"try:"_s).size() > 20, qPrintable(text));
    }

    void whatADeploymentWroteCannotWriteLinesOrCodes()
    {
        DeploymentView view = fourStates();
        const QString hostile = u"\u001b[2Jx\nquoted · test   Healthy"_s;
        HealthView health;
        health.path = hostile;
        health.freshness = {.kind = Freshness::Kind::Fresh, .since = start, .error = {}};
        health.word.value = hostile;
        view.health = {health};
        view.breakers = {BreakerView{}};
        view.breakers.first().name = hostile;
        view.events = {opened(start)};
        view.events.first().subject = hostile;
        ChangeLines changes(ChangeLines::Form::Text);
        DeploymentView before = view;
        before.events.clear();
        QString text = textReport(view) + changes.next(this, before).join(u'\n');
        const QStringList lines = changes.next(this, view);
        QCOMPARE(lines.size(), 1);
        text += lines.join(u'\n');
        QVERIFY(!text.contains(u'\u001b'));
        QVERIFY(!text.contains(u"\nquoted · test   Healthy"_s));
    }

    void columnsAreAligned()
    {
        QCOMPARE(alignedTable({u"a"_s, u"bcd"_s}, {{u"long"_s, u"x"_s, u"note"_s}, {u"y"_s, u"zz"_s, QString()}}),
                 u"  a     bcd\n  long  x    note\n  y     zz\n"_s);
    }

    void changesAreToldOnceOldestFirst()
    {
        ChangeLines changes(ChangeLines::Form::Json);
        DeploymentView view = fourStates();
        QCOMPARE(changes.next(this, view).size(), 1); // how it stands
        QCOMPARE(changes.next(this, view), QStringList());
        view.at += 5s; // time alone is no change
        QCOMPARE(changes.next(this, view), QStringList());
        view.status = Status::Down;
        view.events = {opened(start + 2s), opened(start + 1s)};
        const QStringList lines = changes.next(this, view);
        QCOMPARE(lines.size(), 3);
        const auto parsed = [&lines](int line) { return QJsonDocument::fromJson(lines[line].toUtf8()).object(); };
        QCOMPARE(parsed(0)["type"_L1].toString(), u"event"_s);
        QCOMPARE(parsed(0)["at"_L1].toString(), toJson(start + 1s));
        QCOMPARE(parsed(1)["at"_L1].toString(), toJson(start + 2s));
        QCOMPARE(parsed(1)["subject"_L1].toString(), u"openai"_s);
        QCOMPARE(parsed(2)["type"_L1].toString(), u"status"_s);
        QCOMPARE(parsed(2)["status"_L1].toString(), u"down"_s);
        QCOMPARE(changes.next(this, view), QStringList());
        // Another source tells only now what happened before that.
        view.events.insert(1, opened(start + 1500ms));
        const QStringList late = changes.next(this, view);
        QCOMPARE(late.size(), 1);
        QVERIFY2(late[0].contains(toJson(start + 1500ms)), qPrintable(late[0]));
        // The newest one is no longer among those that are kept.
        view.events.removeFirst();
        QCOMPARE(changes.next(this, view), QStringList());
    }

    void aStepIsToldAsItHappensAndOnce()
    {
        using State = StepReport::State;
        const Check passed{.phrase = {u"journal-writable"_s, {}}};
        const Error forbidden{ErrorCode::Forbidden, u"permission denied"_s, {}};
        Report told{.steps = {{State::Waiting, {}}, {State::Waiting, {}}}};
        const auto news = [&told](const QList<StepReport> &steps, const QList<Check> &checks) {
            Report now;
            now.checks = checks;
            now.steps = steps;
            return linesOf(now, std::exchange(told, now));
        };
        QCOMPARE(news({{State::Waiting, {}}, {State::Waiting, {}}}, {passed}),
                 QStringList{u"  passed  The journal can be written"_s});
        QCOMPARE(news({{State::Running, {}}, {State::Waiting, {}}}, {passed}), QStringList{u"  step 1  running"_s});
        QCOMPARE(news({{State::Done, {}}, {State::Running, {}}}, {passed}),
                 (QStringList{u"  step 1  done"_s, u"  step 2  running"_s}));
        QCOMPARE(news({{State::Done, {}}, {State::Failed, forbidden}}, {passed}),
                 QStringList{u"  step 2  failed: permission denied"_s});
        QCOMPARE(news({{State::Reverted, {}}, {State::Failed, forbidden}}, {passed}),
                 QStringList{u"  step 1  taken back"_s});
        // Whoever was told nothing yet reads all of it, in order.
        QCOMPARE(linesOf(told, {}), (QStringList{u"  passed  The journal can be written"_s, u"  step 1  taken back"_s,
                                                 u"  step 2  failed: permission denied"_s}));
    }
};

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
