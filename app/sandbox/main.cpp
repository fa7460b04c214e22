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
                   "  up (default)                 start, write a profile, run until Ctrl+C, leave nothing behind\n"
                   "  fault NAME [ARGUMENT] [off]  make a fault in the running sandbox, or end it\n"
                   "  state                        print what runs where\n\n"
                   "Faults:\n"_s;
    for (const auto &[name, description] : faultNames())
        text += u"  %1\n      %2\n"_s.arg(name, description);
    text += u"\nThe story 'payment-outage': payments get slow, fail, people log in again and again, a cache is\n"
            "emptied, a client retries without pause; after 130 s it heals. --time-scale plays it faster.\n"_s;
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

int runFault(const QStringList &arguments, const QString &directory)
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
    QNetworkAccessManager network;
    QNetworkRequest request(QUrl(state->value("control"_L1).toString() + u"/fault"_s));
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    request.setTransferTimeout(30'000);
    QNetworkReply *reply = network.post(request, QJsonDocument(body).toJson(QJsonDocument::Compact));
    QObject::connect(reply, &QNetworkReply::finished, QCoreApplication::instance(), &QCoreApplication::quit);
    QCoreApplication::exec();
    const QJsonObject answer = QJsonDocument::fromJson(reply->readAll()).object();
    if (answer.contains("done"_L1)) {
        std::printf("%s\n", qPrintable(answer.value("done"_L1).toString()));
        return 0;
    }
    return failed({ErrorCode::ServerError, answer.value("error"_L1).toString(reply->errorString()), {}});
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
    const QString profile = state.value("profiles"_L1).toArray().first().toString();
    std::printf("Profile: %s\nState:   %s\nStop with Ctrl+C. Faults: quarterdeck-sandbox --help\n", qPrintable(profile),
                qPrintable(state.value("state"_L1).toString()));
    std::printf("READY %s\n", QJsonDocument(state).toJson(QJsonDocument::Compact).constData());
    std::fflush(stdout);
    if (!story.isEmpty()) {
        sandbox.fault(story, {}, true, [](const Result<QString> &done) {
            qInfo("%s", qPrintable(done ? *done : done.error().message));
        });
    }
    return QCoreApplication::exec();
}

int dispatch(QCoreApplication &application, const Watchdog *watchdog)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(helpText());
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(u"command"_s, u"up, fault or state"_s, u"[command …]"_s);
    const QCommandLineOption directory(u"dir"_s, u"Use this directory (up: new or empty, deleted at the end)."_s,
                                       u"DIR"_s);
    const QCommandLineOption scale(u"time-scale"_s, u"Breakers recover and stories play N times faster."_s, u"N"_s,
                                   u"1"_s);
    const QCommandLineOption noLoad(u"no-load"_s, u"Make no traffic."_s);
    const QCommandLineOption story(u"story"_s, u"Play this story once it runs: payment-outage."_s, u"NAME"_s);
    const QCommandLineOption withParent(u"with-parent"_s, u"Stop when the process that started it ends."_s);
    QCommandLineOption config(u"config"_s, u"Of a service."_s, u"FILE"_s);
    config.setFlags(QCommandLineOption::HiddenFromHelp);
    parser.addOptions({directory, scale, noLoad, story, withParent, config});
    parser.process(application);

    QStringList arguments = parser.positionalArguments();
    const QString command = arguments.isEmpty() ? u"up"_s : arguments.takeFirst();
    if (command == "fault"_L1)
        return runFault(arguments, parser.value(directory));
    if (command == "state"_L1)
        return runState(parser.value(directory));
    if (command == "service"_L1)
        return runServiceCommand(arguments, parser.value(config));
    bool scaleOk = false;
    SandboxOptions options;
    options.program = QCoreApplication::applicationFilePath();
    options.directory = parser.value(directory);
    options.timeScale = parser.value(scale).toDouble(&scaleOk);
    options.load = !parser.isSet(noLoad);
    const bool storyOk = !parser.isSet(story) || parser.value(story) == "payment-outage"_L1;
    if (command != "up"_L1 || !watchdog || !scaleOk || options.timeScale < 0.1 || options.timeScale > 1000 ||
        !storyOk) {
        std::fprintf(stderr, "quarterdeck-sandbox: %s\n",
                     !storyOk  ? "unknown story; there is payment-outage"
                     : scaleOk ? "unknown command; see --help"
                               : "--time-scale needs a number from 0.1 to 1000");
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
