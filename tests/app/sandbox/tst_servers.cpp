/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "servers/local_postgres.h"
#include "servers/local_redis.h"

#include <QDir>
#include <QFile>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd::sandbox;

namespace {

QString made(const QTemporaryDir &root, const QString &name)
{
    // Others must be able to traverse to it: PostgreSQL runs as another user where we are root.
    QFile::setPermissions(root.path(),
                          QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther);
    QDir(root.path()).mkdir(name);
    return root.filePath(name);
}

bool alive(pid_t pid)
{
    return ::kill(pid, 0) == 0;
}

} // namespace

class TestServers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void redisComesBackOnItsPort()
    {
        QTemporaryDir root;
        auto redis = LocalRedis::start({made(root, u"redis"_s), "secret", {}, 0});
        QVERIFY2(redis, redis ? "" : qPrintable(redis.error().message));
        const quint16 port = redis->port();
        const pid_t pid = redis->pid();
        redis->kill();
        QVERIFY(!alive(pid));
        QVERIFY(redis->restart());
        QCOMPARE(redis->port(), port);
        QVERIFY(redis->isRunning());
    }

    void postgresComesBackOnItsPort()
    {
        QTemporaryDir root;
        auto postgres = LocalPostgres::start({.directory = made(root, u"pg"_s)});
        QVERIFY2(postgres, postgres ? "" : qPrintable(postgres.error().message));
        const pid_t pid = postgres->pid();
        postgres->kill();
        QVERIFY(!alive(pid));
        const auto back = postgres->restart();
        QVERIFY2(back, back ? "" : qPrintable(back.error().message));
        QVERIFY(postgres->isRunning());
    }

    void noPortIsGivenTwice()
    {
        QSet<quint16> given;
        for (int i = 0; i < 500; ++i) {
            const auto port = freePort();
            QVERIFY(port);
            QVERIFY2(!given.contains(*port), qPrintable(QString::number(*port)));
            given.insert(*port);
        }
    }

    void aServerThatEndsAtItsStartSaysWhy()
    {
        QTemporaryDir root;
        const auto redis = LocalRedis::start({made(root, u"redis"_s), {}, {"no-such-directive yes"}, 0});
        QVERIFY(!redis);
        QVERIFY(redis.error().code == qd::ErrorCode::ServerError);
        QVERIFY2(redis.error().message.contains(u"no-such-directive"_s), qPrintable(redis.error().message));
    }

    void aMissingProgramSaysWhatToInstall()
    {
        const auto found = findProgram(u"no-such-server"_s, {}, u"the-package"_s);
        QVERIFY(!found);
        QVERIFY(found.error().code == qd::ErrorCode::NotFound);
        QVERIFY(found.error().message.contains(u"apt-get install the-package"_s));
    }

    void aChildGoesWithItsOwner()
    {
        pid_t pid = 0;
        {
            ChildOptions options;
            options.program = u"/bin/sleep"_s;
            options.arguments = {u"600"_s};
            auto child = ChildProcess::start(options);
            QVERIFY(child);
            pid = child->pid();
            QVERIFY(alive(pid));
        }
        QVERIFY(!alive(pid));
    }
};

QTEST_GUILESS_MAIN(TestServers)
#include "tst_servers.moc"
