/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/given_secret.h"

#include "actions/platform/platform_action.h"
#include "actions/secret_shelf.h"
#include "profile/connections.h"

#include <QFile>

#include <array>
#include <csignal>
#include <cstdio>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace qd::cli {
namespace {
constexpr std::size_t longest = 4096;

Result<Secret> fromFile(const QString &file)
{
    struct stat info{};
    if (::lstat(QFile::encodeName(file).constData(), &info) != 0)
        return failure(ErrorCode::NotFound, u"the secret's file does not exist"_s, file);
    if (!S_ISREG(info.st_mode))
        return failure(ErrorCode::BadInput, u"expected a file with the secret in it, found something else"_s, file);
    if (info.st_uid != ::geteuid() || (info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return failure(ErrorCode::Forbidden,
                       u"the secret's file has to be yours, and nobody else's to read: chmod 600 %1"_s.arg(file), file);
    return resolve({.scheme = SecretRef::Scheme::File, .name = file});
}

volatile std::sig_atomic_t caught = 0;

/// Whoever presses Ctrl+C at a prompt is to see again what they type: the signal ends what is read, and comes through
/// once this is gone.
class Interrupted
{
public:
    Interrupted()
    {
        caught = 0;
        struct sigaction action{};
        action.sa_handler = [](int signal) { caught = signal; };
        for (std::size_t i = 0; i < signals.size(); ++i)
            ::sigaction(signals.at(i), &action, &m_before.at(i)); // no SA_RESTART
    }
    ~Interrupted()
    {
        for (std::size_t i = 0; i < signals.size(); ++i)
            ::sigaction(signals.at(i), &m_before.at(i), nullptr);
        if (caught != 0)
            ::raise(caught);
    }
    Interrupted(const Interrupted &) = delete;
    Interrupted &operator=(const Interrupted &) = delete;

private:
    static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    std::array<struct sigaction, signals.size()> m_before{};
};

/// What is typed is not shown, whatever ends it.
Result<Secret> typed(const QString &name)
{
    termios before{};
    if (::tcgetattr(STDIN_FILENO, &before) != 0)
        return failure(ErrorCode::BadInput, u"%1 cannot be typed here: --secret-file FILE"_s.arg(name));
    termios hidden = before;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden.c_lflag |= ECHONL;
    const Interrupted interrupted;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    std::fprintf(stderr, "The new %s (it is not shown): ", qPrintable(name));
    std::array<char, longest> line{};
    const ssize_t got = ::read(STDIN_FILENO, line.data(), line.size());
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    QByteArray text(line.data(), std::max<ssize_t>(got, 0));
    OPENSSL_cleanse(line.data(), line.size());
    while (text.endsWith('\n') || text.endsWith('\r'))
        text.chop(1);
    return Secret(std::move(text));
}
} // namespace

Result<void> giveSecret(const Plan &plan, const QString &file, bool isNeeded)
{
    const QString name = secretToGive(plan);
    if (name.isEmpty())
        return file.isEmpty() ? Result<void>()
                              : failure(ErrorCode::BadInput, u"this plan takes no secret: leave --secret-file out"_s);
    if (file.isEmpty() && ::isatty(STDIN_FILENO) != 1)
        return isNeeded ? failure(ErrorCode::BadInput,
                                  u"the new %1 is needed: --secret-file FILE, or a terminal to type it at"_s.arg(name))
                        : Result<void>();
    if (file.isEmpty() && !isNeeded)
        return {};
    auto secret = file.isEmpty() ? typed(name) : fromFile(file);
    if (!secret)
        return std::unexpected(secret.error());
    if (secret->isEmpty())
        return failure(ErrorCode::BadInput, u"nothing was typed; nothing was changed"_s);
    secretShelf().keep(SecretShelf::Way::Given, plan.id(), name, std::move(*secret));
    return {};
}

} // namespace qd::cli
