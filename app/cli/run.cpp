/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/run.h"

#include "actions/policy.h"
#include "actions/registry.h"
#include "cli/json_report.h"
#include "cli/output.h"
#include "cli/terminal_text.h"
#include "cli/text_report.h"
#include "cli/verify.h"
#include "sources/source.h"
#include "verify/checklist.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace qd::cli {

Run::Run(Options options, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_deployments(m_clock)
    , m_lines(m_options.json ? ChangeLines::Form::Json : ChangeLines::Form::Text)
{
    m_timeout.setSingleShot(true);
    connect(&m_timeout, &QTimer::timeout, this, &Run::begin);
    connect(&m_deployments, &Deployments::changed, this, &Run::onChange);
    connect(&m_interrupt, &Interrupt::caught, this, [this] { finish(m_deployments.exitCode()); });
    connect(&m_sandbox, &SandboxProcess::ready, this,
            [this](const QStringList &profiles) { open(profiles + m_options.profiles); });
    connect(&m_sandbox, &SandboxProcess::failed, this, [this](const Error &error) {
        printError(forTerminal(error.message + u" ("_s + error.where + u')'));
        finish(exitCodeOf(Status::Unknown));
    });
}

void Run::start()
{
    if (m_options.sandbox)
        m_sandbox.start();
    else
        open(m_options.profiles);
}

void Run::open(const QStringList &profiles)
{
    m_deployments.open(profiles);
    if (!m_options.json || m_options.command == Options::Command::Watch) {
        for (const BrokenProfile &broken : m_deployments.broken())
            printError(textReport(broken.errors).chopped(1));
    }
    // With nothing to watch there is nothing to wait for.
    m_timeout.start(m_deployments.logbooks().isEmpty() ? std::chrono::milliseconds(0) : m_options.timeout);
}

void Run::onChange(const Logbook *logbook)
{
    if (m_begun && m_options.command == Options::Command::Watch)
        printChanges(logbook);
    else if (!m_begun && m_deployments.everySourceSpoke())
        begin();
}

void Run::begin()
{
    if (m_begun || m_over)
        return;
    m_begun = true;
    m_timeout.stop();
    if (m_options.command == Options::Command::Status) {
        report();
        finish(m_deployments.exitCode());
        return;
    }
    if (m_options.command == Options::Command::Verify) {
        finish(verifyAll(m_options, m_deployments));
        return;
    }
    if (m_deployments.logbooks().isEmpty())
        finish(m_deployments.exitCode());
    for (const Logbook *logbook : m_deployments.logbooks())
        printChanges(logbook);
}

void Run::report()
{
    QList<DeploymentView> views;
    for (const Logbook *logbook : m_deployments.logbooks())
        views += logbook->view();
    if (m_options.json) {
        const QJsonObject all = statusJson(views, m_deployments.broken(), m_clock.now(), m_deployments.exitCode());
        print(QString::fromUtf8(QJsonDocument(all).toJson()).trimmed());
        return;
    }
    QStringList texts;
    for (const DeploymentView &view : std::as_const(views))
        texts += textReport(view).chopped(1);
    if (!texts.isEmpty())
        print(texts.join(u"\n\n"_s));
}

void Run::printChanges(const Logbook *logbook)
{
    for (const QString &line : m_lines.next(logbook, logbook->view())) {
        if (m_over)
            return;
        print(line);
        if (m_options.count > 0 && ++m_printed >= m_options.count)
            finish(m_deployments.exitCode());
    }
}

void Run::finish(int exitCode)
{
    if (m_over)
        return;
    m_over = true;
    Q_EMIT finished(exitCode);
}

namespace {
/// What keeps somebody from acting: whoever only watches need not mind.
void warnOfActing(const Profile &profile, const QString &file)
{
    QList<Error> warnings = warnOfActions(profile);
    const auto policy = loadPolicy({}, file);
    if (!policy)
        warnings += policy.error();
    for (const Error &warning : std::as_const(warnings))
        print(forTerminal(u"  to act: %1 (%2)"_s.arg(warning.message, warning.where)));
    if (policy && !*policy)
        print(u"  to act: there is no policy.yaml beside it, so whoever sits here may do what is of low or medium "
              u"risk, and "
              "nobody what is of high"_s);
}
} // namespace

int checkProfiles(const QStringList &files)
{
    bool good = true;
    for (const QString &file : files) {
        auto profile = loadWhole(file);
        QList<Error> errors = profile ? checkActions(*profile) : QList<Error>();
        if (const auto list = profile ? checklistOf(*profile) : Checklist(); !list)
            errors += list.error();
        if (!errors.isEmpty())
            profile = std::unexpected(errors);
        good = good && profile.has_value();
        print(profile ? forTerminal(u"%1: nothing wrong with %2 · %3"_s.arg(file, profile->name, profile->environment))
                      : textReport(profile.error()).chopped(1));
        if (profile && !profile->actions.isEmpty())
            warnOfActing(*profile, file);
    }
    return good ? 0 : 1;
}

} // namespace qd::cli
