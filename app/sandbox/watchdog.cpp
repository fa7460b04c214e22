/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watchdog.h"

#include <QByteArray>
#include <QDir>
#include <QFile>
#include <QHash>

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

/// When the process was started, in clock ticks: with its pid the one sure name of a process. Empty if it is gone.
QByteArray startOf(pid_t pid)
{
    QFile file(u"/proc/%1/stat"_s.arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray stat = file.readAll();
    const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended already.
    return fields.size() > 19 && fields.at(0) != "Z" ? fields.at(19) : QByteArray();
}

struct Guarded
{
    QString directory;
    QHash<pid_t, QByteArray> processes;
    bool dismissed = false;

    void take(const QByteArray &line)
    {
        if (line.startsWith("D "))
            directory = QFile::decodeName(line.mid(2));
        else if (line.startsWith("P "))
            processes.insert(line.mid(2).toInt(), startOf(line.mid(2).toInt()));
        else if (line == "Q")
            dismissed = true;
    }

    void sendSignal(int signal) const
    {
        for (auto process = processes.cbegin(); process != processes.cend(); ++process) {
            if (!process.value().isEmpty() && startOf(process.key()) == process.value())
                ::kill(process.key(), signal);
        }
    }

    [[nodiscard]] bool anyAlive() const
    {
        for (auto process = processes.cbegin(); process != processes.cend(); ++process) {
            if (!process.value().isEmpty() && startOf(process.key()) == process.value())
                return true;
        }
        return false;
    }
};

void cleanUp(const Guarded &guarded)
{
    guarded.sendSignal(SIGQUIT); // PostgreSQL: at once, and it frees its shared memory
    for (int i = 0; i < 60 && guarded.anyAlive(); ++i)
        ::usleep(50'000);
    guarded.sendSignal(SIGKILL);
    for (int i = 0; i < 20 && guarded.anyAlive(); ++i)
        ::usleep(50'000);
    // A child that was just being killed may still have written a file.
    for (int i = 0; i < 20 && !guarded.directory.isEmpty(); ++i) {
        if (QDir(guarded.directory).removeRecursively())
            return;
        ::usleep(50'000);
    }
}

[[noreturn]] void watch(int pipe)
{
    ::setsid(); // Ctrl+C in the terminal is not for us
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
        ::signal(signal, SIG_IGN);
    // Whoever reads the sandbox's output must see its end, and no foreign file must be kept open.
    const int null = ::open("/dev/null", O_RDWR);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (null >= 0)
            ::dup2(null, stream);
    }
    Guarded guarded;
    QByteArray pending;
    char buffer[512];
    for (;;) {
        const ssize_t got = ::read(pipe, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        pending.append(buffer, got);
        for (qsizetype end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
            guarded.take(pending.left(end));
            pending.remove(0, end + 1);
        }
    }
    if (!guarded.dismissed)
        cleanUp(guarded);
    ::_exit(0);
}

} // namespace

Watchdog::Watchdog()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return;
    m_pid = ::fork();
    if (m_pid == 0) {
        ::close(ends[1]);
        watch(ends[0]);
    }
    ::close(ends[0]);
    m_pipe = ends[1];
}

Watchdog::~Watchdog()
{
    if (m_pipe < 0)
        return;
    tell("Q");
    ::close(m_pipe);
    ::waitpid(m_pid, nullptr, 0);
}

void Watchdog::guardDirectory(const QString &path) const
{
    tell("D " + QFile::encodeName(path));
}

void Watchdog::guardProcess(pid_t pid) const
{
    tell("P " + QByteArray::number(pid));
}

void Watchdog::tell(const QByteArray &line) const
{
    const QByteArray text = line + '\n';
    [[maybe_unused]] const ssize_t written = ::write(m_pipe, text.constData(), static_cast<std::size_t>(text.size()));
}

} // namespace qd::sandbox
