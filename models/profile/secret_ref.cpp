/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "profile/profile.h"
#include "profile/secret_variables.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QSemaphore>
#include <QThread>
#include <qt6keychain/keychain.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qint64 secretCap = 64 * 1024;

/// Text files end in a newline that is no part of the secret.
void dropLineEnd(QByteArray &bytes)
{
    if (bytes.endsWith('\n'))
        bytes.chop(1);
    if (bytes.endsWith('\r'))
        bytes.chop(1);
}

/// Variables that are no longer in the environment. Written before threads are started.
std::map<QByteArray, Secret> &setAside()
{
    static std::map<QByteArray, Secret> variables;
    return variables;
}

/// Profiles are read on one thread, programs are run on another.
struct SecretNames
{
    std::mutex lock;
    QSet<QString> all;
};

SecretNames &secretNames()
{
    static SecretNames names;
    return names;
}

Result<Secret> fromEnvironment(const QString &name, const QString &where)
{
    const QByteArray variable = name.toLocal8Bit();
    if (const auto kept = setAside().find(variable); kept != setAside().end())
        return kept->second.copy();
    QByteArray value = qgetenv(variable.constData());
    if (value.isEmpty())
        return failure(ErrorCode::NotFound, u"the environment variable %1 is not set or empty"_s.arg(name), where);
    return Secret(std::move(value));
}

Result<Secret> fromFile(const QString &path, const QString &where)
{
    QFile file(path);
    const QFileInfo info(file);
    if (!info.exists())
        return failure(ErrorCode::NotFound, u"the secret's file %1 does not exist"_s.arg(path), where);
    if (!info.isFile())
        return failure(ErrorCode::BadInput, u"expected a file with the secret in it, found something else"_s, where);
    // A mounted secret belongs to someone else and cannot be changed by us; our own file can.
    const bool ours = info.isWritable();
    if (ours && (info.permissions() & (QFile::ReadOther | QFile::WriteOther | QFile::WriteGroup)))
        return failure(ErrorCode::Forbidden,
                       u"others can read or change the secret's file; run: chmod 600 %1"_s.arg(path), where);
    if (!file.open(QIODevice::ReadOnly))
        return failure(ErrorCode::Forbidden, u"the secret's file %1 cannot be read: %2"_s.arg(path, file.errorString()),
                       where);
    QByteArray value = file.read(secretCap + 1);
    if (value.size() > secretCap)
        return failure(ErrorCode::TooLarge, u"the secret's file is over 64 KiB; is this the right one?"_s, where);
    dropLineEnd(value);
    if (value.isEmpty())
        return failure(ErrorCode::NotFound, u"the secret's file %1 is empty"_s.arg(path), where);
    return Secret(std::move(value));
}

Error keychainError(QKeychain::Error code, const QString &text, const QString &name, const QString &where)
{
    switch (code) {
    case QKeychain::EntryNotFound:
        return {ErrorCode::NotFound, u"the keyring holds no '%1' of the service 'quarterdeck'"_s.arg(name), where};
    case QKeychain::AccessDenied:
    case QKeychain::AccessDeniedByUser:
        return {ErrorCode::Forbidden, u"the keyring was not unlocked for us"_s, where};
    default:
        return {ErrorCode::Unavailable,
                u"no keyring answers (%1); start one, or refer to the secret by env: or file:"_s.arg(text), where};
    }
}

/// What the asking thread and the job share: either may give up or end first.
struct KeychainAnswer
{
    std::mutex lock;
    QSemaphore ready;
    Result<Secret> result = failure(ErrorCode::Timeout, u"the keyring did not answer; is it waiting to be unlocked?"_s);
};

/// Nobody serves the keyring any more.
std::atomic<bool> ending{false};

Result<Secret> fromKeychain(const QString &name, const QString &where)
{
    QCoreApplication *app = QCoreApplication::instance();
    if (!app || app->thread() == QThread::currentThread())
        return failure(ErrorCode::Internal, u"the keyring was asked on the main thread, which must serve it"_s, where);
    static std::once_flag told;
    std::call_once(told, [] { qAddPostRoutine([] { ending = true; }); });
    auto answer = std::make_shared<KeychainAnswer>();
    QMetaObject::invokeMethod(app, [answer, name, where] {
        // It deletes itself when it finished. Deleting a running one crashes, so a time-out only ignores its answer.
        auto *job = new QKeychain::ReadPasswordJob(u"quarterdeck"_s);
        job->setKey(name);
        QObject::connect(job, &QKeychain::Job::finished, job, [answer, job, name, where] {
            const std::scoped_lock guard(answer->lock);
            QByteArray value = job->binaryData();
            if (job->error() != QKeychain::NoError)
                answer->result = std::unexpected(keychainError(job->error(), job->errorString(), name, where));
            else
                answer->result = Secret(std::move(value));
            answer->ready.release();
        });
        job->start();
    });
    // Long enough for a person to unlock the keyring, and no longer than the program lasts: it ends its pools' threads.
    constexpr int patienceMs = 20'000;
    constexpr int sliceMs = 50;
    bool answered = false;
    for (int waited = 0; !answered && waited < patienceMs && !ending; waited += sliceMs)
        answered = answer->ready.tryAcquire(1, sliceMs);
    const std::scoped_lock guard(answer->lock);
    if (!answered)
        return failure(ErrorCode::Timeout, u"the keyring did not answer; is it waiting to be unlocked?"_s, where);
    return std::move(answer->result);
}
} // namespace

QSet<QString> secretVariables()
{
    const std::scoped_lock guard(secretNames().lock);
    return secretNames().all;
}

void addSecretVariable(const QString &name)
{
    const std::scoped_lock guard(secretNames().lock);
    secretNames().all.insert(name);
}

void setAsideForReferences(const char *name)
{
    Secret value(qgetenv(name));
    if (!value.isEmpty())
        setAside()[name] = std::move(value);
    qunsetenv(name);
}

QString SecretRef::written() const
{
    switch (scheme) {
    case Scheme::Env:
        return u"env:"_s + name;
    case Scheme::File:
        return u"file:"_s + name;
    case Scheme::Keychain:
        break;
    }
    return u"keychain:"_s + name;
}

Result<Secret> resolve(const SecretRef &ref)
{
    switch (ref.scheme) {
    case SecretRef::Scheme::Env:
        return fromEnvironment(ref.name, ref.written());
    case SecretRef::Scheme::File:
        return fromFile(ref.name, ref.written());
    case SecretRef::Scheme::Keychain:
        return fromKeychain(ref.name, ref.written());
    }
    return failure(ErrorCode::Internal, u"an unknown kind of secret reference"_s);
}

} // namespace qd
