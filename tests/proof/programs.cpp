/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "programs.h"

#include "docker_stand_in.h"
#include "kubectl_stand_in.h"
#include "railway_stand_in.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTcpServer>
#include <QTcpSocket>
#include <QThread>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd::proof {
namespace {
/// As platform-program sends them; nothing: there is more to come.
std::optional<Programs::Ran> requestIn(const QByteArray &bytes)
{
    const qsizetype begin = bytes.indexOf('\n') + 1;
    if (begin == 0 || bytes.size() < begin + bytes.first(begin - 1).toLongLong())
        return std::nullopt;
    QList<QByteArray> texts;
    for (qsizetype at = begin; at < bytes.size();) {
        const qsizetype end = bytes.indexOf('\n', at);
        if (end < 0)
            return std::nullopt;
        const qsizetype size = bytes.sliced(at, end - at).toLongLong();
        texts.append(bytes.mid(end + 1, size));
        at = end + 1 + size;
    }
    Programs::Ran ran{.input = texts.value(0), .arguments = {}, .environment = {}};
    for (const QByteArray &text : texts.sliced(std::min<qsizetype>(1, texts.size()))) {
        if (text.startsWith('\1'))
            ran.environment.append(text.sliced(1));
        else
            ran.arguments.append(QString::fromUtf8(text));
    }
    return ran;
}
} // namespace

bool Programs::Ran::changes() const
{
    static const QStringList verbs{u"patch"_s, u"rollout"_s, u"set"_s, u"redeploy"_s, u"up"_s, u"restart"_s};
    return std::ranges::any_of(arguments,
                               [](const QString &word) { return verbs.contains(word) || word.contains("mv -f"_L1); });
}

class Programs::Private
{
public:
    Private(QString directory, QString environment, QString secret)
        : m_directory(std::move(directory))
        , m_environment(std::move(environment))
        , m_secret(std::move(secret))
    {
        m_owner.moveToThread(&m_thread);
        m_thread.start();
        onThread([this] {
            m_server = std::make_unique<QTcpServer>();
            if (!m_server->listen(QHostAddress::LocalHost, 0))
                qFatal("no port is free");
            QObject::connect(m_server.get(), &QTcpServer::newConnection, &m_owner, [this] { accept(); });
        });
    }
    Private(const Private &) = delete;
    Private &operator=(const Private &) = delete;
    ~Private()
    {
        onThread([this] {
            m_server.reset();
            m_programs = {};
            m_platforms = {};
        });
        m_thread.quit();
        m_thread.wait();
    }
    template <class F>
    void onThread(const F &work)
    {
        QMetaObject::invokeMethod(&m_owner, work, Qt::BlockingQueuedConnection);
    }
    void reset()
    {
        const sandbox::Platform::Variables variables{{u"NODE_ENV"_s, m_environment},
                                                     {u"LOG_LEVEL"_s, u"info"_s},
                                                     {u"STRIPE_SECRET_KEY"_s, m_secret},
                                                     {u"JWT_SECRET"_s, m_secret + u"-signs"_s}};
        for (auto &platform : m_platforms)
            platform = std::make_unique<sandbox::Platform>(
                variables, [](const sandbox::Platform::Variables &) { return Result<void>(); }, 1000);
        m_programs = {std::make_unique<sandbox::KubectlStandIn>(*m_platforms[0], u"shop"_s),
                      std::make_unique<sandbox::RailwayStandIn>(*m_platforms[1], u"shop"_s),
                      std::make_unique<sandbox::DockerStandIn>(*m_platforms[2], u"shop"_s, u"shop"_s, m_directory)};
        m_ran.clear();
    }
    [[nodiscard]] quint16 port() const { return m_server->serverPort(); }
    [[nodiscard]] sandbox::Platform &platform(Name name)
    {
        if (name == Name::Docker) // it reads its file when it is asked
            m_programs[2]->run({u"compose"_s, u"--file"_s, m_directory + u"/docker-compose.yml"_s, u"config"_s}, {});
        return *m_platforms.at(static_cast<std::size_t>(name));
    }
    void set(Name name, const QString &key, const QString &value)
    {
        if (name != Name::Docker) {
            platform(name).set(key, value);
            return;
        }
        QFile file(m_directory + u"/.env"_s);
        QByteArray text = file.open(QIODevice::ReadWrite) ? file.readAll() : QByteArray();
        const qsizetype at = text.indexOf(key.toUtf8() + '=') + key.size() + 1;
        text.replace(at, text.indexOf('\n', at) - at, value.toUtf8());
        if (!file.resize(0) || !file.seek(0) || file.write(text) != text.size())
            qFatal("%s: %s", qPrintable(file.fileName()), qPrintable(file.errorString()));
    }
    QList<Ran> m_ran;
    std::optional<Programs::Interference> m_interference;

private:
    void accept()
    {
        while (QTcpSocket *client = m_server->nextPendingConnection()) {
            const auto received = std::make_shared<QByteArray>();
            QObject::connect(client, &QTcpSocket::readyRead, &m_owner, [this, client, received] {
                *received += client->readAll();
                if (const auto request = requestIn(*received)) {
                    client->write(answer(*request));
                    client->disconnectFromHost();
                }
            });
            QObject::connect(client, &QTcpSocket::disconnected, client, &QObject::deleteLater);
        }
    }
    QByteArray answer(const Ran &request)
    {
        m_ran.append(request);
        const auto isMeant = [&](const QString &word) { return word.contains(m_interference->word); };
        if (m_interference && std::ranges::any_of(request.arguments, isMeant) && m_interference->skip-- == 0) {
            set(m_interference->name, m_interference->key, m_interference->value);
            m_interference.reset();
        }
        if (request.arguments.value(0) == "sh"_L1)
            return shell(request);
        const auto program = std::ranges::find_if(
            m_programs, [&](const auto &each) { return each->name() == request.arguments.value(0); });
        if (program == m_programs.end())
            return "127 0\n";
        const sandbox::ProgramAnswer told = (*program)->run(request.arguments.mid(1), QString::fromUtf8(request.input));
        return QByteArray::number(told.code) + ' ' + QByteArray::number(told.output.size()) + '\n' + told.output +
               told.errors;
    }

    /// A real one.
    static QByteArray shell(const Ran &request)
    {
        QProcess process;
        process.start(u"/bin/sh"_s, request.arguments.mid(1));
        process.write(request.input);
        process.closeWriteChannel();
        if (!process.waitForFinished())
            return "126 0\n";
        const QByteArray output = process.readAllStandardOutput();
        return QByteArray::number(process.exitCode()) + ' ' + QByteArray::number(output.size()) + '\n' + output +
               process.readAllStandardError();
    }

    const QString m_directory;
    const QString m_environment;
    const QString m_secret;
    QThread m_thread;
    QObject m_owner;
    std::unique_ptr<QTcpServer> m_server;
    std::array<std::unique_ptr<sandbox::Platform>, 3> m_platforms;
    std::array<std::unique_ptr<sandbox::PlatformProgram>, 3> m_programs;
};

Programs::Programs(const QString &directory, const QString &environment, const QString &secret)
    : d(std::make_unique<Private>(directory, environment, secret))
{
    reset();
}
Programs::~Programs() = default;
quint16 Programs::port() const
{
    return d->port();
}
void Programs::reset()
{
    d->onThread([this] { d->reset(); });
}
QByteArray Programs::variable(Name name, const QString &key) const
{
    QString value;
    d->onThread([&] {
        const sandbox::Platform &platform = d->platform(name);
        value = platform.variables().value(key) + u'/' + platform.live().variables.value(key);
    });
    return value.toUtf8();
}
QByteArray Programs::deploys(Name name) const
{
    qsizetype deploys = 0;
    qsizetype restarts = 0;
    d->onThread([&] {
        const sandbox::Platform &platform = d->platform(name);
        deploys = std::ranges::count_if(platform.deploys(), [](const sandbox::Platform::Deploy &deploy) {
            return deploy.cause != sandbox::Platform::Cause::Commit;
        });
        restarts = platform.restarts().size();
    });
    return QByteArray::number(deploys) + '+' + QByteArray::number(restarts);
}
QList<Programs::Ran> Programs::ran() const
{
    QList<Ran> all;
    d->onThread([&] { all = d->m_ran; });
    return all;
}
void Programs::interfere(const Interference &interference)
{
    d->onThread([&] { d->m_interference = interference; });
}
void Programs::set(Name name, const QString &key, const QString &value)
{
    d->onThread([&] { d->set(name, key, value); });
}
void Programs::deploy(Name name)
{
    d->onThread([&] { d->platform(name).deploy(); });
}
void Programs::forget()
{
    d->onThread([this] { d->m_ran.clear(); });
}

void writePrograms(const QString &directory, quint16 port)
{
    for (const QString &name : {u"kubectl"_s, u"railway"_s, u"docker"_s, u"sh"_s}) {
        QFile file(directory + u'/' + name);
        const QByteArray text =
            "#!/bin/sh\nexec '" PLATFORM_PROGRAM "' " + QByteArray::number(port) + ' ' + name.toLatin1() + " \"$@\"\n";
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() ||
            !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner))
            qFatal("%s: %s", qPrintable(file.fileName()), qPrintable(file.errorString()));
    }
}

} // namespace qd::proof
