/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "proving.h"

#include "actions/registry.h"

#include <QCborArray>
#include <QCborValue>
#include <QCoreApplication>
#include <QCryptographicHash>
#include <QFile>
#include <QProcess>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <unistd.h>

namespace qd::proof {

using test::patience;

int times(int test, int soak)
{
    return qEnvironmentVariableIsSet("QUARTERDECK_SOAK") ? soak : test;
}

void Table::print() const
{
    QList<qsizetype> widths(m_rows.first().size(), 0);
    for (const QStringList &row : m_rows) {
        for (qsizetype i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    }
    for (const QStringList &row : m_rows) {
        QString line;
        for (qsizetype i = 0; i < row.size(); ++i)
            line += (i == 0 ? row[i].leftJustified(widths[i]) : row[i].rightJustified(widths[i])) + u"  "_s;
        std::printf("%s\n", qPrintable(line.trimmed()));
    }
    std::fflush(stdout);
}

Profile profileOf(const QByteArray &text)
{
    auto profile = parseProfile(text, u"shop.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    return std::move(*profile);
}

std::unique_ptr<Action> actionOf(const Profile &profile, const QString &id, const Clock &clock)
{
    auto action = makeAction(id, profile, clock);
    if (!action)
        qFatal("%s: %s", qPrintable(id), qPrintable(action.error().first().message));
    return std::move(*action);
}

namespace {
/// An operator whose key follows from the name.
struct Person
{
    explicit Person(const QString &name)
        : identity(identityOf(name))
        , who{.id = name, .host = u"desk"_s, .key = identity.publicKey()}
    {
    }
    static SigningIdentity identityOf(const QString &name)
    {
        const QByteArray begin = QByteArray::fromHex("302e020100300506032b657004220420"); // PKCS #8 of Ed25519
        const QByteArray seed = QCryptographicHash::hash(name.toUtf8(), QCryptographicHash::Sha256);
        QByteArray pem = "-----BEGIN PRIVATE KEY-----\n" + (begin + seed).toBase64() + "\n-----END PRIVATE KEY-----\n";
        auto identity = SigningIdentity::fromPem(Secret(std::move(pem)));
        if (!identity)
            qFatal("%s", qPrintable(identity.error().message));
        return std::move(*identity);
    }
    SigningIdentity identity;
    Operator who;
};

const Person &ada()
{
    static const Person ada(u"ada"_s);
    return ada;
}

const Person &bob()
{
    static const Person bob(u"bob"_s);
    return bob;
}
} // namespace

AdasEngine::AdasEngine(Journal &journal, const Clock &clock)
    : Engine(journal, clock, ada().who)
    , m_clock(clock)
{
    Policy policy;
    for (const Person *person : {&ada(), &bob()})
        policy.people.append({.name = person->who.id, .key = person->who.key, .roles = {u"lead"_s}});
    policy.grants = {{.role = u"lead"_s, .act = true, .approve = true, .scope = {}}};
    setPolicy(policy);
}

Engine &AdasEngine::approved(const Plan &plan)
{
    if (plan.risk == Risk::High) {
        // A moment later: what is taken back takes one that was given after it came to its end.
        auto approval = approve(plan, bob().who, bob().identity, m_clock.now() + 1ms, 1h);
        if (!approval)
            qFatal("%s", qPrintable(approval.error().message));
        setApprovals({std::move(*approval)});
    }
    return *this;
}

Result<Plan> planBegun(Journal &journal)
{
    const auto entries = journal.entries({}, patience);
    if (!entries)
        return std::unexpected(entries.error());
    const auto start = std::ranges::find(*entries, u"start"_s, &Entry::kind);
    if (start == entries->end())
        return failure(ErrorCode::NotFound, u"nothing was begun"_s, {});
    return planFrom(QCborValue::fromCbor(start->body).toArray().at(0).toByteArray());
}

bool has(Journal &journal, const QString &kind)
{
    const auto entries = journal.entries({}, patience);
    return entries && std::ranges::find(*entries, kind, &Entry::kind) != entries->end();
}

std::optional<int> actAsChild(const QStringList &arguments)
{
    if (arguments.value(1) != "act"_L1)
        return std::nullopt;
    QFile file(arguments.value(2));
    if (!file.open(QIODevice::ReadOnly))
        return 10;
    const Profile profile = profileOf(file.readAll());
    const Deed &deed = deedCalled(arguments.value(3));
    const QString way = arguments.value(5);
    const QString deadly = arguments.value(6);
    const auto fail = [](const Error &error) {
        std::fprintf(stderr, "%s\n", qPrintable(error.message));
        return 11;
    };
    auto journal = Journal::open({.path = arguments.value(4)}, patience);
    if (!journal)
        return fail(journal.error());
    const SystemClock clock;
    const auto action = actionOf(profile, deed.action, clock);
    AdasEngine engine(**journal, clock);
    engine.setBoundary([&](const QString &boundary) {
        if (boundary == deadly)
            ::kill(::getpid(), SIGKILL);
        std::printf("%s\n", qPrintable(boundary));
    });
    const auto plan = way == "run"_L1 ? engine.plan(*action, deed.action, test::wishFor(deed.resource, deed.set))
                                      : planBegun(**journal);
    if (!plan)
        return fail(plan.error());
    const Report report = way == "run"_L1      ? engine.run(*action, *plan)
                          : way == "resume"_L1 ? engine.resume(*action, *plan)
                                               : engine.undo(*action, *plan);
    std::fprintf(stderr, "%s\n", qPrintable(test::said(report)));
    const bool isWell = way == "undo"_L1 ? report.ending == Ending::Undone
                                         : report.ending == Ending::Done || report.ending == Ending::DoneWarned;
    return isWell ? 0 : 12;
}

Child act(const QString &profile, const QString &deed, const QString &journal, const QString &way,
          const QString &boundary)
{
    QProcess process;
    process.start(QCoreApplication::applicationFilePath(), {u"act"_s, profile, deed, journal, way, boundary});
    if (!process.waitForFinished(120'000)) {
        process.kill();
        process.waitForFinished();
        return {.said = u"it hung"_s};
    }
    return {.wasKilled = process.exitStatus() == QProcess::CrashExit,
            .code = process.exitCode(),
            .boundaries = QString::fromUtf8(process.readAllStandardOutput()).split(u'\n', Qt::SkipEmptyParts),
            .said = QString::fromUtf8(process.readAllStandardError())};
}

} // namespace qd::proof
