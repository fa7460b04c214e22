/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "servers/child_process.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <QThread>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ; // NOLINT(readability-redundant-declaration): glibc declares it under _GNU_SOURCE only

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

/// Everything the child needs, made before the fork: after it only async-signal-safe calls are allowed.
struct Prepared
{
    std::vector<QByteArray> storage;
    std::vector<char *> argv;
    std::vector<char *> envp;
    QByteArray directory;
    QByteArray log;
};

Prepared prepare(const ChildOptions &options)
{
    Prepared p;
    p.storage.push_back(QFile::encodeName(options.program));
    for (const QString &argument : options.arguments)
        p.storage.push_back(argument.toUtf8());
    for (const QByteArray &variable : options.environment)
        p.storage.push_back(variable);
    const std::size_t argumentCount = 1 + static_cast<std::size_t>(options.arguments.size());
    for (std::size_t i = 0; i < argumentCount; ++i)
        p.argv.push_back(p.storage[i].data());
    p.argv.push_back(nullptr);
    for (std::size_t i = argumentCount; i < p.storage.size(); ++i)
        p.envp.push_back(p.storage[i].data());
    for (char **variable = environ; *variable; ++variable)
        p.envp.push_back(*variable);
    p.envp.push_back(nullptr);
    p.directory = QFile::encodeName(options.workingDirectory);
    p.log = options.logFile.isEmpty() ? QByteArrayLiteral("/dev/null") : QFile::encodeName(options.logFile);
    return p;
}

[[noreturn]] void become(const Prepared &p, const ChildOptions &options, pid_t parent, int errorPipe)
{
    const auto fail = [errorPipe] {
        const int code = errno;
        [[maybe_unused]] const ssize_t written = ::write(errorPipe, &code, sizeof code);
        ::_exit(127);
    };
    if (options.ownProcessGroup)
        ::setpgid(0, 0);
    const int null = ::open("/dev/null", O_RDONLY);
    const int log = ::open(p.log.constData(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (null < 0 || log < 0)
        fail();
    ::dup2(null, STDIN_FILENO);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    if (options.user) {
        if (::setgroups(0, nullptr) != 0 || ::setgid(options.user->gid) != 0 || ::setuid(options.user->uid) != 0)
            fail();
    }
    // After the change of user, which resets it. The parent may have died before: then nobody would tell us.
    if (::prctl(PR_SET_PDEATHSIG, options.deathSignal) != 0 || ::getppid() != parent)
        fail();
    if (!p.directory.isEmpty() && ::chdir(p.directory.constData()) != 0)
        fail();
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execve(p.argv[0], p.argv.data(), p.envp.data());
    fail();
    ::_exit(127);
}

} // namespace

Result<std::optional<UnprivilegedUser>> unprivilegedUser()
{
    if (::geteuid() != 0)
        return std::nullopt;
    for (const char *name : {"postgres", "nobody"}) {
        if (const passwd *entry = ::getpwnam(name))
            return UnprivilegedUser{QString::fromLatin1(name), entry->pw_uid, entry->pw_gid};
    }
    return failure(
        ErrorCode::NotFound,
        u"PostgreSQL does not run as root, and there is neither a user 'postgres' nor 'nobody' to run it as; "
        "start the sandbox as an ordinary user"_s);
}

ChildProcess::ChildProcess(ChildProcess &&other) noexcept
    : m_pid(std::exchange(other.m_pid, 0))
    , m_endSignal(other.m_endSignal)
    , m_running(std::exchange(other.m_running, false))
    , m_exitCode(other.m_exitCode)
{
}

ChildProcess &ChildProcess::operator=(ChildProcess &&other) noexcept
{
    if (this != &other) {
        end();
        m_endSignal = other.m_endSignal;
        m_pid = std::exchange(other.m_pid, 0);
        m_running = std::exchange(other.m_running, false);
        m_exitCode = other.m_exitCode;
    }
    return *this;
}

ChildProcess::~ChildProcess()
{
    end();
}

void ChildProcess::end()
{
    stop(m_endSignal, 3s);
}

Result<ChildProcess> ChildProcess::start(const ChildOptions &options)
{
    const Prepared prepared = prepare(options);
    int pipeEnds[2];
    if (::pipe2(pipeEnds, O_CLOEXEC) != 0)
        return failure(ErrorCode::Internal, u"cannot make a pipe: %1"_s.arg(qt_error_string(errno)));
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0)
        become(prepared, options, parent, pipeEnds[1]);
    ::close(pipeEnds[1]);
    if (pid < 0) {
        ::close(pipeEnds[0]);
        return failure(ErrorCode::Internal, u"cannot start a process: %1"_s.arg(qt_error_string(errno)),
                       options.program);
    }
    ChildProcess child;
    child.m_pid = pid;
    child.m_endSignal = options.deathSignal;
    child.m_running = true;
    int code = 0;
    ssize_t got = 0;
    do {
        got = ::read(pipeEnds[0], &code, sizeof code);
    } while (got < 0 && errno == EINTR);
    ::close(pipeEnds[0]);
    if (got == 0)
        return child;
    child.reap(0);
    return failure(code == ENOENT   ? ErrorCode::NotFound
                   : code == EACCES ? ErrorCode::Forbidden
                                    : ErrorCode::Internal,
                   u"cannot run %1: %2"_s.arg(options.program, qt_error_string(code)), options.program);
}

void ChildProcess::reap(int flags)
{
    if (!m_running)
        return;
    int status = 0;
    pid_t ended = 0;
    do {
        ended = ::waitpid(m_pid, &status, flags);
    } while (ended < 0 && errno == EINTR);
    if (ended == 0)
        return;
    m_running = false;
    m_exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool ChildProcess::isRunning()
{
    reap(WNOHANG);
    return m_running;
}

std::optional<int> ChildProcess::exitCode()
{
    if (m_pid == 0 || isRunning())
        return std::nullopt;
    return m_exitCode;
}

bool ChildProcess::waitForEnd(std::chrono::milliseconds atMost)
{
    const auto until = std::chrono::steady_clock::now() + atMost;
    while (isRunning()) {
        if (std::chrono::steady_clock::now() >= until)
            return false;
        QThread::msleep(5);
    }
    return true;
}

void ChildProcess::sendSignal(int signal) const
{
    if (m_running)
        ::kill(m_pid, signal);
}

void ChildProcess::stop(int signal, std::chrono::milliseconds grace)
{
    if (!isRunning())
        return;
    ::kill(m_pid, signal);
    if (signal != SIGKILL && waitForEnd(grace))
        return;
    ::kill(m_pid, SIGKILL);
    reap(0);
}

Result<void> awaitEnd(ChildProcess &child, const ChildOptions &options, std::chrono::milliseconds atMost)
{
    if (!child.waitForEnd(atMost))
        return failure(ErrorCode::Timeout, u"%1 did not end within %2 s"_s.arg(options.program).arg(atMost / 1s),
                       options.program);
    if (child.exitCode() != 0)
        return failure(
            ErrorCode::ServerError,
            u"%1 ended with code %2: %3"_s.arg(options.program).arg(*child.exitCode()).arg(tailOf(options.logFile)),
            options.logFile);
    return {};
}

Result<void> runToEnd(const ChildOptions &options, std::chrono::milliseconds atMost)
{
    auto child = ChildProcess::start(options);
    if (!child)
        return std::unexpected(child.error());
    return awaitEnd(*child, options, atMost);
}

Result<void> giveTo(const std::optional<UnprivilegedUser> &owner, const QString &path)
{
    if (owner && ::chown(QFile::encodeName(path).constData(), owner->uid, owner->gid) != 0)
        return failure(ErrorCode::Forbidden, u"cannot give it to user %1"_s.arg(owner->name), path);
    return {};
}

Result<void> writeFor(const std::optional<UnprivilegedUser> &owner, const QString &path, const QByteArray &text,
                      QIODevice::OpenMode mode)
{
    QFile file(path);
    if (!file.open(mode))
        return failure(ErrorCode::Forbidden, u"cannot write it: %1"_s.arg(file.errorString()), path);
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    if (auto given = giveTo(owner, path); !given)
        return given;
    file.write(text);
    return {};
}

Result<QString> findProgram(const QString &name, const QStringList &directories, const QString &package)
{
    QString found = QStandardPaths::findExecutable(name, directories);
    if (found.isEmpty())
        found = QStandardPaths::findExecutable(name);
    if (found.isEmpty())
        return failure(ErrorCode::NotFound,
                       u"%1 is not installed; install it (Debian, Ubuntu: apt-get install %2)"_s.arg(name, package),
                       name);
    return found;
}

Result<quint16> freePort()
{
    // A server takes its port later than we find it free: until then nobody else may find it. Each process counts from
    // a beginning of its own.
    constexpr int first = 20'000;
    constexpr int ports = 12'000;
    constexpr int portsOfAProcess = 64;
    static std::atomic<int> given = 0;
    for (int attempt = 0; attempt < ports; ++attempt) {
        const auto port = static_cast<quint16>(first + (::getpid() * portsOfAProcess + given++) % ports);
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (socket < 0)
            break;
        const int reuse = 1;
        ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool free = ::bind(socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
        ::close(socket);
        if (free)
            return port;
    }
    return failure(ErrorCode::Internal, u"no free port on 127.0.0.1 between 20000 and 32000"_s, u"127.0.0.1"_s);
}

QString tailOf(const QString &file, int lines)
{
    QFile log(file);
    if (!log.open(QIODevice::ReadOnly))
        return {};
    log.seek(qMax<qint64>(0, log.size() - 4096));
    const QStringList all = QString::fromUtf8(log.readAll()).trimmed().split(u'\n');
    return all.mid(qMax<qsizetype>(0, all.size() - lines)).join(u" | "_s);
}

} // namespace qd::sandbox
