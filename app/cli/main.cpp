/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/act.h"
#include "cli/audit.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run.h"
#include "cli/terminal_text.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace {

// EX_USAGE of sysexits.h: no exit code of ours means anything else by it.
constexpr int wrongCommandLine = 64;

int run(QCoreApplication &app, const qd::cli::Options &options)
{
    qd::cli::Run run(options);
    QObject::connect(&run, &qd::cli::Run::finished, &app, &QCoreApplication::exit, Qt::QueuedConnection);
    run.start();
    return QCoreApplication::exec();
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication app(argc, argv);
    QCoreApplication::setApplicationName(u"quarterdeck-cli"_s);
    QCoreApplication::setApplicationVersion(QString::fromLatin1(QD_VERSION));
    const auto options = qd::cli::parseOptions(QCoreApplication::arguments().sliced(1));
    if (!options) {
        qd::cli::printError(qd::cli::forTerminal(options.error()) + u"\nSee quarterdeck-cli --help."_s);
        return wrongCommandLine;
    }
    switch (options->command) {
    case qd::cli::Options::Command::Help:
        qd::cli::print(qd::cli::helpText().trimmed());
        return 0;
    case qd::cli::Options::Command::Version:
        qd::cli::print(u"quarterdeck-cli %1"_s.arg(QCoreApplication::applicationVersion()));
        return 0;
    case qd::cli::Options::Command::ProfileCheck:
        return qd::cli::checkProfiles(options->profiles);
    case qd::cli::Options::Command::Plan:
        return qd::cli::makePlan(*options);
    case qd::cli::Options::Command::Apply:
        return qd::cli::applyPlan(*options);
    case qd::cli::Options::Command::Ask:
        return qd::cli::askForApproval(*options);
    case qd::cli::Options::Command::Approve:
        return qd::cli::approvePlan(*options);
    case qd::cli::Options::Command::Key:
        return qd::cli::printKey(*options);
    case qd::cli::Options::Command::Unfinished:
        return qd::cli::listUnfinished(*options);
    case qd::cli::Options::Command::Resume:
        return qd::cli::resumePlan(*options);
    case qd::cli::Options::Command::Undo:
        return qd::cli::undoPlan(*options);
    case qd::cli::Options::Command::Settle:
        return qd::cli::settlePlan(*options);
    case qd::cli::Options::Command::RevertDue:
        return qd::cli::revertDue(*options);
    case qd::cli::Options::Command::Keep:
        return qd::cli::keepPlan(*options);
    case qd::cli::Options::Command::AuditVerify:
        return qd::cli::verifyAudit(*options);
    case qd::cli::Options::Command::AuditExport:
        return qd::cli::exportAudit(*options);
    case qd::cli::Options::Command::AuditRotations:
        return qd::cli::rotationsAudit(*options);
    case qd::cli::Options::Command::AuditTail:
        return qd::cli::tailAudit(*options);
    case qd::cli::Options::Command::Status:
    case qd::cli::Options::Command::Watch:
    case qd::cli::Options::Command::Verify:
        return run(app, *options);
    }
    return wrongCommandLine;
}
