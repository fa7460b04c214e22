/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/program.h"

#include "base/cleaned.h"
#include "profile/secret_variables.h"
#include "wire/shell_words.h"

#include <QFileInfo>
#include <QPointer>
#include <QProcess>
#include <QProcessEnvironment>
#include <QStandardPaths>
#include <QTimer>

#include <csignal>
#include <sys/prctl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype mostErrors = 16 * 1024;
constexpr qint64 mostWaiting = 256 * 1024; // of input that was not taken in yet

/// One run. It outlives its call for as long as the process takes to die, so that nothing ever waits for that.
class Run final : public QObject
{
public:
    using Done = std::function<void(Result<ProgramReply>)>;

    Run(const ProgramRequest &request, Done done, const std::shared_ptr<Call::Line> &line)
        : m_request(request)
        , m_done([this, line, done = std::move(done)](Result<ProgramReply> reply) {
            Call::deliver(line, this, [&] { done(std::move(reply)); });
        })
    {
        if (!hasInput())
            m_process.setStandardInputFile(QProcess::nullDevice());
        connect(&m_process, &QProcess::bytesWritten, this, &Run::feed);
        auto environment = QProcessEnvironment::systemEnvironment();
        const QSet<QString> secrets = secretVariables();
        for (const QString &name : secrets)
            environment.remove(name);
        for (const auto &[name, value] : m_request.environment.asKeyValueRange())
            environment.insert(name, value);
        m_process.setProcessEnvironment(environment);
        // What it starts itself (ssh, plug-ins) must end with it; and it must end with us, however we end.
        m_process.setChildProcessModifier([parent = ::getpid()] {
            ::setpgid(0, 0);
            if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent)
                ::_exit(127);
        });
        connect(&m_process, &QProcess::readyReadStandardOutput, this, &Run::readOutput);
        connect(&m_process, &QProcess::readyReadStandardError, this, &Run::readErrors);
        connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
            if (error == QProcess::FailedToStart) {
                finish(failure(ErrorCode::Forbidden, u"%1 cannot be run; is it executable?"_s.arg(name()), name()));
                deleteLater();
            }
        });
        connect(&m_process, &QProcess::finished, this, &Run::ended);
        m_patience.setSingleShot(true);
        connect(&m_patience, &QTimer::timeout, this, [this] {
            finish(failure(ErrorCode::Timeout, u"%1 did not end in time"_s.arg(name()), name()));
            kill();
        });
    }

    void start()
    {
        if (!m_done)
            return; // dropped before it began
        const QString path = m_request.program.contains(u'/')
                                 ? (QFileInfo(m_request.program).isFile() ? m_request.program : QString())
                                 : QStandardPaths::findExecutable(m_request.program);
        if (path.isEmpty()) {
            finish(
                failure(ErrorCode::NotFound,
                        u"there is no program %1 on this machine; install it, or write its path as 'program' of this "
                        "source"_s.arg(name()),
                        name()));
            deleteLater();
            return;
        }
        m_patience.start(m_request.deadline);
        m_process.start(path, m_request.arguments, hasInput() ? QIODevice::ReadWrite : QIODevice::ReadOnly);
        m_group = static_cast<pid_t>(m_process.processId());
        if (m_request.more) {
            feed();
        } else if (hasInput()) {
            m_process.write(m_request.input);
            m_process.closeWriteChannel();
        }
    }

    void abort()
    {
        m_done = {};
        kill();
        // Long enough for one that can die. One that hangs in the kernel is left alone with its pipes.
        if (m_process.state() == QProcess::NotRunning || m_process.waitForFinished(100))
            deleteLater();
    }

private:
    [[nodiscard]] QString name() const { return cleaned(m_request.program); }
    [[nodiscard]] bool hasInput() const { return m_request.more || !m_request.input.isEmpty(); }

    /// No more than it takes in: what it reads may be larger than our memory.
    void feed()
    {
        while (m_request.more && !m_isFed && m_done && m_process.bytesToWrite() < mostWaiting) {
            const auto part = m_request.more();
            m_isFed = !part || part->isEmpty();
            if (!part) {
                finish(std::unexpected(part.error()));
                kill();
            } else if (m_isFed) {
                m_process.closeWriteChannel();
            } else {
                m_process.write(*part);
            }
        }
    }

    void readOutput()
    {
        m_reply.output += m_process.readAllStandardOutput();
        if (m_reply.output.size() <= m_request.maxBytes)
            return;
        m_reply.output.clear();
        finish(
            failure(ErrorCode::TooLarge, u"%1 wrote more than %2 bytes"_s.arg(name()).arg(m_request.maxBytes), name()));
        kill();
    }

    void readErrors()
    {
        const QByteArray errors = m_process.readAllStandardError();
        if (!m_request.seesError) {
            m_reply.errors += errors.left(mostErrors - m_reply.errors.size());
            return;
        }
        m_reply.errors = (m_reply.errors + errors).right(mostErrors);
        m_line += errors;
        for (qsizetype end = m_line.indexOf('\n'); end >= 0; end = m_line.indexOf('\n')) {
            m_request.seesError(QByteArrayView(m_line).first(end));
            m_line.remove(0, end + 1);
        }
        m_line.truncate(mostErrors); // one without an end
    }

    void ended(int exitCode, QProcess::ExitStatus status)
    {
        readErrors();
        readOutput();
        ::kill(-m_group, SIGKILL); // whatever it left behind
        m_patience.stop();
        m_reply.exitCode = exitCode;
        if (status == QProcess::CrashExit)
            finish(failure(ErrorCode::Unavailable, u"%1 was killed or crashed"_s.arg(name()), name()));
        else
            finish(std::move(m_reply));
        deleteLater();
    }

    void kill()
    {
        m_patience.stop();
        // It may have had no time yet to make its group.
        if (m_process.state() != QProcess::NotRunning && ::kill(-m_group, SIGKILL) != 0)
            m_process.kill();
    }

    void finish(Result<ProgramReply> reply)
    {
        if (const auto done = std::exchange(m_done, {}))
            done(std::move(reply));
    }

    const ProgramRequest m_request;
    Done m_done;
    ProgramReply m_reply;
    QByteArray m_line; ///< the last of stderr, which has not ended yet
    QProcess m_process;
    QTimer m_patience;
    pid_t m_group = 0;
    bool m_isFed = false; ///< it has all of its input
};
} // namespace

Call runProgram(const ProgramRequest &request, std::function<void(Result<ProgramReply>)> done)
{
    const auto line = std::make_shared<Call::Line>();
    auto *run = new Run(request, std::move(done), line);
    // Later: the caller has no handle yet, and what fails at once would call it back before it has.
    QMetaObject::invokeMethod(run, &Run::start, Qt::QueuedConnection);
    return Call(line, [guard = QPointer(run)] {
        if (guard)
            guard->abort();
    });
}

QString commandLine(const ProgramRequest &request)
{
    QStringList words{shellWord(request.program)};
    for (const QString &argument : request.arguments)
        words.append(shellWord(argument));
    return words.join(u' ');
}

} // namespace qd
