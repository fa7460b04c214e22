/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/ballast.h"

#include <QFile>
#include <QFileInfo>

#ifdef Q_OS_LINUX
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#endif

using namespace Qt::StringLiterals;

namespace qd {
namespace {

/// Why it could not; empty if it could.
QString fill(QFile &file)
{
#ifdef Q_OS_LINUX
    int error = EINTR;
    while (error == EINTR)
        error = ::posix_fallocate(file.handle(), 0, Ballast::size);
    return error == 0 ? QString() : qt_error_string(error);
#else
    const QByteArray zeroes(64 * 1024, '\0');
    for (qint64 written = 0; written < Ballast::size; written += zeroes.size()) {
        if (file.write(zeroes) != zeroes.size())
            return file.errorString();
    }
    return file.flush() ? QString() : file.errorString();
#endif
}

} // namespace

Ballast::Ballast(const QString &journal)
    : m_path(journal + u".room"_s)
{
}

Result<void> Ballast::keep() const
{
    if (QFileInfo(m_path).size() == size)
        return {};
    QFile file(m_path);
    QString why;
    if (!file.open(QIODevice::ReadWrite | QIODevice::Unbuffered, QFile::ReadOwner | QFile::WriteOwner))
        why = file.errorString();
    else if (why = fill(file); !why.isEmpty())
        file.remove();
    if (why.isEmpty())
        return {};
    return failure(ErrorCode::Unavailable,
                   u"there is no room for telling how an action ended, so none may begin: 1 MiB beside the journal "
                   "could not be set aside (%1). Free some room on that disk"_s.arg(why),
                   m_path);
}

bool Ballast::release() const
{
    return QFile::remove(m_path);
}

} // namespace qd
