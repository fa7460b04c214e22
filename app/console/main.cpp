/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/pg_witness.h"
#include "base/core_dumps.h"
#include "console/console.h"
#include "console/options.h"
#include "console/screens.h"
#include "words/words.h"

#include <QApplication>
#include <QSettings>
#include <QTemporaryDir>
#include <QTextStream>

#include <algorithm>
#include <span>
#include <string_view>

using namespace Qt::StringLiterals;

namespace {
constexpr int usageError = 64; // EX_USAGE

void complain(const qd::Error &error)
{
    const qd::words::ErrorWords said = qd::words::explain(error);
    QTextStream(stderr) << "quarterdeck: " << said.what << ' ' << said.where << '\n' << said.advice << Qt::endl;
}

/// Pictures need no display; this must be known before the application connects to one.
bool wantsNoDisplay(std::span<char *> arguments)
{
    return std::ranges::any_of(arguments, [](const char *argument) {
        const std::string_view text(argument);
        return text == "--screens" || text.starts_with("--screens=") || text == "--help" || text == "-h" ||
               text == "--version" || text == "-v";
    });
}

/// True where a window can only fail: Qt would say so in its own words, and abort.
bool lacksDisplay(std::span<char *> arguments)
{
#if defined(Q_OS_UNIX) && !defined(Q_OS_MACOS)
    for (const char *name : {"DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "QT_QPA_PLATFORM"}) {
        if (!qEnvironmentVariableIsEmpty(name))
            return false;
    }
    return std::ranges::none_of(arguments, [](const char *argument) {
        const std::string_view text(argument);
        return text == "-platform" || text == "--platform" || text == "-display" || text == "--display";
    });
#else
    Q_UNUSED(arguments)
    return false;
#endif
}

/// The offscreen platform says this of every window that it resizes, and nobody can do anything about it.
void dropSizeHintChatter(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    if (text != "This plugin does not support propagateSizeHints()"_L1)
        QTextStream(stderr) << qFormatLogMessage(type, context, text) << Qt::endl;
}

int renderScreens(QApplication &application, const qd::Options &options)
{
    const qd::SystemClock clock;
    // Pictures are the same whatever the user chose in their own window.
    const QTemporaryDir home;
    QSettings settings(home.filePath(u"settings.ini"_s), QSettings::IniFormat);
    settings.setValue("window/textScale", options.textScale);
    qd::Console console(clock, settings, options.scheme);
    qd::Screens screens(console, options);
    QObject::connect(&screens, &qd::Screens::finished, &application, &QApplication::exit, Qt::QueuedConnection);
    for (const QString &file : options.profiles)
        console.openProfile(file);
    if (options.startsSandbox || options.profiles.isEmpty()) {
        QObject::connect(&console, &qd::Console::sandboxReady, &screens, &qd::Screens::start);
        QObject::connect(&console, &qd::Console::sandboxFailed, &application, [](const qd::Error &error) {
            complain(error);
            QApplication::exit(1);
        });
        console.startSandbox();
    } else {
        QMetaObject::invokeMethod(&screens, &qd::Screens::start, Qt::QueuedConnection);
    }
    return QApplication::exec();
}

int runConsole(const qd::Options &options)
{
    const qd::SystemClock clock;
    QSettings settings;
    const bool isReadOnly = options.isReadOnly || settings.value("acting/readOnly", false).toBool();
    qd::DeskPlace desk{.directory = options.desk, .witness = options.witness, .readOnly = isReadOnly};
    if (!options.witnessConnection.isEmpty()) {
        auto connection = qd::witnessConnection(options.witnessConnection, options.profiles.first());
        if (!connection) { // nobody is to believe that it is witnessed
            complain(connection.error());
            return usageError;
        }
        desk.witnessStore = std::move(*connection);
    }
    qd::Console console(clock, settings, options.scheme, desk);
    console.acting().setPolicyPlace(options.policy);
    for (const QString &file : options.profiles)
        console.openProfile(file);
    if (options.startsSandbox)
        console.startSandbox();
    console.window().show();
    return QApplication::exec();
}
} // namespace

int main(int argc, char *argv[])
{
    if (qd::isReleased)
        qd::forbidCoreDumps();
    const std::span<char *> arguments{argv, static_cast<size_t>(argc)};
    if (wantsNoDisplay(arguments) && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    if (lacksDisplay(arguments)) {
        QTextStream(stderr) << "quarterdeck: there is no display (DISPLAY and WAYLAND_DISPLAY are empty); render "
                               "pictures with --screens DIR, run with QT_QPA_PLATFORM=offscreen, or use quarterdeck-cli"
                            << Qt::endl;
        return 1;
    }
    QApplication application(argc, argv);
    QApplication::setApplicationName(u"quarterdeck"_s);
    QApplication::setApplicationDisplayName(u"Quarterdeck"_s);
    QApplication::setOrganizationName(u"quarterdeck"_s);
    QApplication::setApplicationVersion(QStringLiteral(QD_VERSION));
    const qd::Result<qd::Options> options = qd::parseOptions(QApplication::arguments());
    if (!options) {
        complain(options.error());
        return usageError;
    }
    QTextStream out(stdout);
    if (options->showsHelp) {
        out << qd::helpText();
        return 0;
    }
    if (options->showsVersion) {
        out << "quarterdeck " << QApplication::applicationVersion() << Qt::endl;
        return 0;
    }
    if (options->screens.isEmpty())
        return runConsole(*options);
    qInstallMessageHandler(dropSizeHintChatter);
    return renderScreens(application, *options);
}
