/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "workspace.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

constexpr qint64 youngSeconds = 30; ///< a directory without a lock may just be on its way to one

QString prefix()
{
    return u"quarterdeck-sandbox-%1-"_s.arg(::getuid());
}

/// The lock's file descriptor, or -1 if somebody holds it (or it cannot be had).
int tryLock(const QString &directory, int flags)
{
    const int lock = ::open(QFile::encodeName(directory + u"/lock"_s).constData(), flags | O_RDWR | O_CLOEXEC, 0600);
    if (lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) == 0)
        return lock;
    if (lock >= 0)
        ::close(lock);
    return -1;
}

QFileInfoList ours()
{
    QFileInfoList all = QDir::temp().entryInfoList({prefix() + u'*'}, QDir::Dirs | QDir::NoSymLinks, QDir::Time);
    all.removeIf([](const QFileInfo &info) { return info.ownerId() != ::getuid(); });
    return all;
}

} // namespace

Workspace::Workspace(QString path, int lock)
    : m_path(std::move(path))
    , m_lock(lock)
{
}

Workspace::Workspace(Workspace &&other) noexcept
    : m_path(std::exchange(other.m_path, {}))
    , m_lock(std::exchange(other.m_lock, -1))
{
}

Workspace::~Workspace()
{
    if (m_lock < 0)
        return;
    QDir(m_path).removeRecursively();
    ::close(m_lock);
}

Result<Workspace> Workspace::create(const QString &directory)
{
    QString path = directory;
    if (directory.isEmpty()) {
        removeStale();
        QByteArray name = QFile::encodeName(QDir::temp().filePath(prefix() + u"XXXXXX"_s));
        if (!::mkdtemp(name.data()))
            return failure(ErrorCode::Forbidden, u"cannot make a directory: %1"_s.arg(qt_error_string(errno)),
                           QDir::tempPath());
        path = QFile::decodeName(name);
    } else {
        path = QDir(directory).absolutePath();
        if (!QDir().mkpath(path) || !QDir(path).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot))
            return failure(ErrorCode::BadInput, u"it must be empty or not exist: it is deleted at the end"_s, path);
    }
    // As for its sub-directories below.
    ::chmod(QFile::encodeName(path).constData(), ::geteuid() == 0 ? 0711 : 0700);
    const int lock = tryLock(path, O_CREAT);
    if (lock < 0)
        return failure(ErrorCode::Forbidden, u"cannot lock it"_s, path);
    return Workspace(path, lock);
}

Result<QString> Workspace::directory(const QString &name) const
{
    const QString path = m_path + u'/' + name;
    // Where we are root, PostgreSQL runs as another user and must get through to its own; what is not to be entered
    // lies below, in directories of their owners alone.
    const bool isPassage = !name.contains(u'/') && ::geteuid() == 0;
    if (::mkdir(QFile::encodeName(path).constData(), 0700) != 0 ||
        ::chmod(QFile::encodeName(path).constData(), isPassage ? 0711 : 0700) != 0)
        return failure(ErrorCode::Forbidden, u"cannot make it: %1"_s.arg(qt_error_string(errno)), path);
    return path;
}

Result<QString> Workspace::write(const QString &name, const QByteArray &bytes) const
{
    const QString path = m_path + u'/' + name;
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return failure(ErrorCode::Forbidden, u"cannot write it: %1"_s.arg(file.errorString()), path);
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    file.write(bytes);
    if (!file.commit())
        return failure(ErrorCode::Forbidden, u"cannot write it: %1"_s.arg(file.errorString()), path);
    return path;
}

Result<QString> Workspace::newestRunning()
{
    for (const QFileInfo &info : ours()) {
        const QString path = info.absoluteFilePath();
        const int lock = tryLock(path, 0);
        if (lock >= 0)
            ::close(lock);
        else if (QFile::exists(path + u"/state.json"_s))
            return path;
    }
    return failure(ErrorCode::NotFound, u"no sandbox is running; start one with: quarterdeck-sandbox"_s,
                   QDir::tempPath());
}

void Workspace::removeStale()
{
    for (const QFileInfo &info : ours()) {
        const QString path = info.absoluteFilePath();
        const bool hasLock = QFile::exists(path + u"/lock"_s);
        if (!hasLock && info.lastModified().secsTo(QDateTime::currentDateTime()) < youngSeconds)
            continue;
        const int lock = hasLock ? tryLock(path, 0) : -1;
        if (hasLock && lock < 0)
            continue;
        QDir(path).removeRecursively();
        if (lock >= 0)
            ::close(lock);
    }
}

} // namespace qd::sandbox
