/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sandbox.h"
#include "unix_signals.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QEventLoop>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QNetworkReply>
#include <QTimer>

#include <algorithm>
#include <cstdio>

#include <csignal>
#include <sys/prctl.h>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace qd::sandbox;

namespace {

constexpr int usageError = 64;

int failed(const Error &error)
{
    const QString where = error.where.isEmpty() ? QString() : error.where + u": "_s;
    std::fprintf(stderr, "quarterdeck-sandbox: %s%s\n", qPrintable(where), qPrintable(error.message));
    return 1;
}

QString helpText()
{
    QString text = u"Real deployments on loopback, to learn, demo and test on.\n\n"
                   "Commands:\n"
                   "  up [DEPLOYMENT …] (default)  start all, or these; write their profiles, run until Ctrl+C, leave\n"
                   "                               nothing behind\n"
                   "  fault NAME [ARGUMENT] [off]  make a fault in a deployment of the running sandbox, or end it\n"
                   "  story NAME                   play a scripted incident\n"
                   "  state                        print what runs where\n\n"_s;
    const auto add = [&text](const FaultName &fault) {
        text += u"  %1\n      %2\n"_s.arg(fault.name, fault.description);
    };
    text += u"Faults of every deployment:\n"_s;
    std::ranges::for_each(commonFaults(), add);
    for (const ServiceKind &kind : serviceKinds()) {
        text += u"\nOf %1:\n"_s.arg(kind.name);
        std::ranges::for_each(kind.faults, add);
    }
    text += u"\nStories (--time-scale plays them faster):\n"_s;
    for (const Story &story : stories())
        text += u"  %1\n      %2\n"_s.arg(story.name, story.description);
    return text;
}

Result<QJsonObject> readState(const QString &directory)
{
    QString path = directory;
    if (path.isEmpty()) {
        const auto running = Workspace::newestRunning();
        if (!running)
            return std::unexpected(running.error());
        path = *running;
    }
    QFile file(path + u"/state.json"_s);
    if (!file.open(QIODevice::ReadOnly))
        return failure(ErrorCode::NotFound, u"no sandbox runs there"_s, path);
    return QJsonDocument::fromJson(file.readAll()).object();
}

/// What the control port of a running sandbox answers; `problem` says why not.
QJsonObject post(const QString &path, const QJsonObject &body, const QJsonObject &state, QString *problem)
{
    QNetworkAccessManager network;
    QNetworkRequest request(QUrl(state.value("control"_L1).toString() + path));
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    request.setTransferTimeout(30'000);
    QNetworkReply *reply = network.post(request, QJsonDocument(body).toJson(QJsonDocument::Compact));
    QObject::connect(reply, &QNetworkReply::finished, QCoreApplication::instance(), &QCoreApplication::quit);
    QCoreApplication::exec();
    const QJsonObject answer = QJsonDocument::fromJson(reply->readAll()).object();
    *problem = answer.value("error"_L1).toString(reply->errorString());
    return answer;
}

/// Posts it and prints what it says.
int command(const QString &path, const QJsonObject &body, const QJsonObject &state)
{
    QString problem;
    const QJsonObject answer = post(path, body, state, &problem);
    if (answer.contains("done"_L1)) {
        std::printf("%s\n", qPrintable(answer.value("done"_L1).toString()));
        return 0;
    }
    return failed({ErrorCode::ServerError, problem, {}});
}

/// What kubectl, railway and docker of the sandbox run.
int runProgram(const QStringList &arguments, const QString &directory, const QString &deployment)
{
    const auto state = readState(directory);
    if (!state)
        return failed(state.error());
    QString problem;
    QString input;
    if (arguments.contains(u"--stdin"_s) || arguments.contains(u"/dev/stdin"_s)) {
        QFile in;
        if (in.open(stdin, QIODevice::ReadOnly))
            input = QString::fromUtf8(in.readAll());
    }
    const QJsonObject answer =
        post(u"/%1/program"_s.arg(deployment),
             {{u"arguments"_s, QJsonArray::fromStringList(arguments)}, {u"input"_s, input}}, *state, &problem);
    if (!answer.contains("code"_L1))
        return failed({ErrorCode::ServerError, problem, {}});
    std::fputs(answer.value("output"_L1).toString().toUtf8().constData(), stdout);
    std::fputs(answer.value("errors"_L1).toString().toUtf8().constData(), stderr);
    return answer.value("code"_L1).toInt();
}

int runFault(const QStringList &arguments, const QString &directory, const QString &deployment)
{
    if (arguments.isEmpty() || arguments.size() > 3) {
        std::fprintf(stderr, "quarterdeck-sandbox: fault needs a name; see --help\n");
        return usageError;
    }
    QJsonObject body{{u"name"_s, arguments.first()}, {u"on"_s, true}};
    for (const QString &word : arguments.mid(1)) {
        if (word == "on"_L1 || word == "off"_L1)
            body.insert(u"on"_s, word == "on"_L1);
        else
            body.insert(u"argument"_s, word);
    }
    const auto state = readState(directory);
    if (!state)
        return failed(state.error());
    const QStringList running = state->value("deployments"_L1).toObject().keys();
    if (deployment.isEmpty() ? running.size() != 1 : !running.contains(deployment))
        return failed({ErrorCode::BadInput,
                       u"in which deployment? --deployment takes one of %1"_s.arg(running.join(u", "_s)), deployment});
    return command(u"/%1/fault"_s.arg(deployment.isEmpty() ? running.first() : deployment), body, *state);
}

int runStory(const QStringList &arguments, const QString &directory)
{
    const auto state = readState(directory);
    if (!state)
        return failed(state.error());
    return command(u"/story"_s, {{u"name"_s, arguments.value(0)}}, *state);
}

int runState(const QString &directory)
{
    const auto state = readState(directory);
    if (!state)
        return failed(state.error());
    std::printf("%s", QJsonDocument(*state).toJson().constData());
    return 0;
}

int runServiceCommand(const QStringList &arguments, const QString &configFile)
{
    QFile file(configFile);
    if (arguments.size() != 1 || !file.open(QIODevice::ReadOnly)) {
        std::fprintf(stderr, "quarterdeck-sandbox: service NAME --config FILE\n");
        return usageError;
    }
    const ServiceConfig config = ServiceConfig::fromJson(QJsonDocument::fromJson(file.readAll()).object());
    for (const ServiceKind &kind : serviceKinds()) {
        if (kind.name == arguments.first())
            return runService(kind, config);
    }
    return failed({ErrorCode::BadInput, u"no such service"_s, arguments.first()});
}

int runUp(const SandboxOptions &options, const QString &story, const Watchdog &watchdog)
{
    const UnixSignals signalsToQuit(nullptr);
    Sandbox sandbox(options, watchdog);
    if (const auto started = sandbox.start(); !started)
        return failed(started.error());
    const QJsonObject state = sandbox.state();
    for (const QJsonValue &profile : state.value("profiles"_L1).toArray())
        std::printf("Profile: %s\n", qPrintable(profile.toString()));
    std::printf("State:   %s\nStop with Ctrl+C. Faults: quarterdeck-sandbox --help\n",
                qPrintable(state.value("state"_L1).toString()));
    std::printf("READY %s\n", QJsonDocument(state).toJson(QJsonDocument::Compact).constData());
    std::fflush(stdout);
    if (!story.isEmpty()) {
        const auto begun = sandbox.play(story);
        qInfo("%s", qPrintable(begun ? *begun : begun.error().message));
    }
    return QCoreApplication::exec();
}

/// What is wrong with the command line of `up`; empty if nothing.
QString faultOf(const QString &command, const SandboxOptions &options, bool scaleOk, const QString &story)
{
    if (command != "up"_L1)
        return u"unknown command; see --help"_s;
    if (!scaleOk || options.timeScale < 0.1 || options.timeScale > 1000)
        return u"--time-scale needs a number from 0.1 to 1000"_s;
    if (!story.isEmpty() && !findStory(story))
        return u"unknown story; see --help"_s;
    for (const QString &name : options.deployments) {
        if (std::ranges::find(serviceKinds(), name, &ServiceKind::name) == serviceKinds().end())
            return u"unknown deployment '%1'; see --help"_s.arg(name);
    }
    return {};
}

int dispatch(QCoreApplication &application, const Watchdog *watchdog)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(helpText());
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(u"command"_s, u"up, fault, story or state"_s, u"[command …]"_s);
    const QCommandLineOption directory(u"dir"_s, u"Use this directory (up: new or empty, deleted at the end)."_s,
                                       u"DIR"_s);
    const QCommandLineOption scale(u"time-scale"_s, u"Breakers recover and stories play N times faster."_s, u"N"_s,
                                   u"1"_s);
    const QCommandLineOption noLoad(u"no-load"_s, u"Make no traffic."_s);
    const QCommandLineOption full(u"full"_s,
                                  u"luckygas with a second replica of PostgreSQL and of Redis, and with Prometheus, "
                                  "Alertmanager and exporters where they are installed."_s);
    const QCommandLineOption story(u"story"_s, u"Play this story once it runs."_s, u"NAME"_s);
    const QCommandLineOption withParent(u"with-parent"_s, u"Stop when the process that started it ends."_s);
    const QCommandLineOption deployment(u"deployment"_s, u"Where to make the fault, if several run."_s, u"NAME"_s);
    QCommandLineOption config(u"config"_s, u"Of a service."_s, u"FILE"_s);
    config.setFlags(QCommandLineOption::HiddenFromHelp);
    parser.addOptions({directory, scale, noLoad, full, story, withParent, deployment, config});
    parser.process(application);

    QStringList arguments = parser.positionalArguments();
    const QString command = arguments.isEmpty() ? u"up"_s : arguments.takeFirst();
    if (command == "fault"_L1)
        return runFault(arguments, parser.value(directory), parser.value(deployment));
    if (command == "story"_L1)
        return runStory(arguments, parser.value(directory));
    if (command == "state"_L1)
        return runState(parser.value(directory));
    if (command == "program"_L1)
        return runProgram(arguments, parser.value(directory), parser.value(deployment));
    if (command == "service"_L1)
        return runServiceCommand(arguments, parser.value(config));
    bool scaleOk = false;
    SandboxOptions options;
    options.program = QCoreApplication::applicationFilePath();
    options.directory = parser.value(directory);
    options.timeScale = parser.value(scale).toDouble(&scaleOk);
    options.load = !parser.isSet(noLoad);
    options.isFull = parser.isSet(full);
    options.deployments = arguments;
    if (const QString wrong = faultOf(command, options, scaleOk, parser.value(story)); !wrong.isEmpty() || !watchdog) {
        std::fprintf(stderr, "quarterdeck-sandbox: %s\n", qPrintable(wrong));
        return usageError;
    }
    if (parser.isSet(withParent))
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    return runUp(options, parser.value(story), *watchdog);
}

} // namespace

int main(int argc, char *argv[])
{
    ::signal(SIGPIPE, SIG_IGN); // a store that went away is an error to handle, not our end
    // The watchdog is forked, so before there are threads; only `up` needs one.
    std::unique_ptr<Watchdog> watchdog;
    const QByteArrayView first(argc > 1 ? argv[1] : "up");
    if (first == "up" || first.startsWith('-'))
        watchdog = std::make_unique<Watchdog>();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"quarterdeck-sandbox"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(QD_VERSION));
    return dispatch(application, watchdog.get());
}
