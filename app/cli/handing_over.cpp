/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/handing_over.h"

#include "actions/secret_shelf.h"
#include "cli/output.h"
#include "cli/terminal_text.h"

#include <QFile>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::cli {
namespace {
bool writeAll(int file, QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        const ssize_t written = ::write(file, bytes.data(), static_cast<std::size_t>(bytes.size()));
        if (written < 0 && errno != EINTR)
            return false;
        bytes = bytes.sliced(std::max<ssize_t>(written, 0));
    }
    return true;
}
} // namespace

Result<HandingOver> HandingOver::ready(const Plan &plan, const Options &options)
{
    HandingOver ready;
    if (!handsOver(plan))
        return ready;
    if (!options.revealTo.isEmpty()) {
        const QByteArray path = QFile::encodeName(options.revealTo);
        ready.m_file = ::open(path.constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (ready.m_file < 0)
            return failure(errno == EEXIST ? ErrorCode::BadInput : ErrorCode::Forbidden,
                           errno == EEXIST ? u"the file is there already; --reveal-to makes a new one"_s
                                           : qt_error_string(errno),
                           options.revealTo);
        ready.m_path = options.revealTo;
        return ready;
    }
    if (!options.reveal)
        return failure(ErrorCode::BadInput,
                       u"this makes a key, which is kept nowhere, and somebody has to be handed it: write --reveal, to "
                       "have it printed on this terminal, or --reveal-to FILE"_s);
    ready.m_file = ::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ready.m_file < 0)
        return failure(ErrorCode::BadInput,
                       u"--reveal prints the key on a terminal, and there is none here; write --reveal-to FILE"_s);
    return ready;
}

HandingOver::HandingOver(HandingOver &&other) noexcept
    : m_file(std::exchange(other.m_file, -1))
    , m_path(std::exchange(other.m_path, {}))
{
}

HandingOver::~HandingOver()
{
    if (m_file >= 0)
        ::close(m_file);
    if (!m_path.isEmpty())
        QFile::remove(m_path);
}

bool HandingOver::agrees(const QString &name) const
{
    const QString question = u"Print the key %1 here, once? The journal says that you had it. [y/N] "_s.arg(name);
    if (!writeAll(m_file, forTerminal(question).toUtf8()))
        return false;
    std::array<char, 64> line{};
    ssize_t got = 0;
    do
        got = ::read(m_file, line.data(), line.size());
    while (got < 0 && errno == EINTR);
    return got > 0 && (line.front() == 'y' || line.front() == 'Y');
}

Result<void> HandingOver::handOver(const Desk &desk, const Plan &plan, Instant now)
{
    constexpr auto way = SecretShelf::Way::Made;
    for (const QString &name : secretShelf().names(way, plan.id())) {
        const auto gone = [&](const QString &why) {
            return failure(
                ErrorCode::Unavailable,
                u"%1, and the key %2 is gone: take it back with 'undo', or issue another one"_s.arg(why, name));
        };
        const bool isTerminal = m_path.isEmpty();
        if (isTerminal && !agrees(name))
            return gone(u"nobody was handed it"_s);
        if (const auto noted = noteReveal(desk, plan, name, isTerminal ? Reveal::Printed : Reveal::Written, now, 10s);
            !noted)
            return gone(u"the journal cannot be written (%1)"_s.arg(noted.error().message));
        const auto secret = secretShelf().take(way, plan.id(), name);
        if (!secret || !writeAll(m_file, secret->reveal()) || !writeAll(m_file, "\n") ||
            (!isTerminal && ::fsync(m_file) != 0))
            return gone(u"it could not be written"_s);
        if (!isTerminal)
            print(forTerminal(u"The key %1 is in %2, which you alone may read."_s.arg(name, m_path)));
        m_path.clear();
    }
    return {};
}

} // namespace qd::cli
