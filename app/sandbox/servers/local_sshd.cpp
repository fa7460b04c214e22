/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "servers/local_sshd.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTcpSocket>
#include <QThread>

#include <pwd.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

Result<QString> sshd()
{
    return findProgram(u"sshd"_s, {u"/usr/sbin"_s}, u"openssh-server"_s);
}

Result<QByteArray> newKey(const QString &path)
{
    const auto program = findProgram(u"ssh-keygen"_s, {}, u"openssh-client"_s);
    if (!program)
        return std::unexpected(program.error());
    ChildOptions child;
    child.program = *program;
    child.arguments = {u"-q"_s, u"-t"_s, u"ed25519"_s, u"-N"_s, {}, u"-C"_s, u"sandbox"_s, u"-f"_s, path};
    child.logFile = path + u".log"_s;
    if (const auto made = runToEnd(child, 10s); !made)
        return std::unexpected(made.error());
    QFile file(path + u".pub"_s);
    if (!file.open(QIODevice::ReadOnly))
        return failure(ErrorCode::Internal, u"ssh-keygen made no key"_s, path);
    return file.readAll().trimmed();
}

QByteArray userName()
{
    const passwd *entry = ::getpwuid(::geteuid());
    return entry ? QByteArray(entry->pw_name) : QByteArray();
}

} // namespace

bool LocalSshd::isInstalled()
{
    return sshd().has_value();
}

Result<LocalSshd> LocalSshd::start(const QString &directory, const QString &alias)
{
    const auto program = sshd();
    const auto port = freePort();
    if (!program || !port)
        return std::unexpected(program ? port.error() : program.error());
    const auto path = [&](const QString &name) { return directory + u'/' + name; };
    const auto hostKey = newKey(path(u"host_key"_s));
    const auto clientKey = newKey(path(u"client_key"_s));
    if (!hostKey || !clientKey)
        return std::unexpected(hostKey ? clientKey.error() : hostKey.error());
    if (::geteuid() == 0)
        QDir().mkpath(u"/run/sshd"_s); // where root's sshd confines the part that strangers talk to
    const QByteArray number = QByteArray::number(*port);
    const QByteArray beneath = QFile::encodeName(directory) + '/';
    const QByteArray config = "ListenAddress 127.0.0.1\nPort " + number + "\nHostKey " + beneath +
                              "host_key\nAuthorizedKeysFile " + beneath + "authorized_keys\nAllowUsers " + userName() +
                              "\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n"
                              "KbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPidFile none\n";
    const QByteArray client = "Host " + alias.toUtf8() + "\n  HostName 127.0.0.1\n  Port " + number + "\n  User " +
                              userName() + "\n  IdentityFile " + beneath + "client_key\n  IdentitiesOnly yes\n" +
                              "  IdentityAgent none\n  UserKnownHostsFile " + beneath +
                              "known_hosts\n  GlobalKnownHostsFile none\n  StrictHostKeyChecking yes\n";
    for (const auto &[name, text] : {std::pair(u"sshd_config"_s, config), std::pair(u"ssh_config"_s, client),
                                     std::pair(u"authorized_keys"_s, "restrict " + *clientKey + '\n'),
                                     std::pair(u"known_hosts"_s, "[127.0.0.1]:" + number + ' ' + *hostKey + '\n')}) {
        if (const auto written = writeFor({}, path(name), text); !written)
            return std::unexpected(written.error());
    }
    ChildOptions child;
    child.program = *program;
    child.arguments = {u"-D"_s, u"-e"_s, u"-f"_s, path(u"sshd_config"_s)};
    child.workingDirectory = directory;
    child.logFile = path(u"sshd.log"_s);
    auto process = ChildProcess::start(child);
    if (!process)
        return std::unexpected(process.error());
    LocalSshd server;
    server.m_port = *port;
    server.m_clientConfig = path(u"ssh_config"_s);
    server.m_process = std::move(*process);
    QElapsedTimer waited;
    waited.start();
    const QString where = u"127.0.0.1:%1"_s.arg(*port);
    for (;;) {
        QTcpSocket socket;
        socket.connectToHost(u"127.0.0.1"_s, *port);
        if (socket.waitForConnected(200))
            return server;
        if (!server.m_process.isRunning())
            return failure(ErrorCode::ServerError, u"sshd ended at its start: %1"_s.arg(tailOf(child.logFile)), where);
        if (waited.elapsed() > 10'000)
            return failure(ErrorCode::Timeout, u"sshd does not get ready"_s, where);
        QThread::msleep(10);
    }
}

} // namespace qd::sandbox
