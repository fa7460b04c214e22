/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/core_dumps.h"

#include <QTest>

#include <csignal>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
/// The status of a child that does `deed`.
int statusOf(void (*deed)())
{
    const pid_t child = ::fork();
    if (child == 0) {
        deed();
        ::_exit(0);
    }
    int status = -1;
    return child > 0 && ::waitpid(child, &status, 0) == child ? status : -1;
}

bool mayDump()
{
    rlimit limit{};
    return ::getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 || limit.rlim_max != 0 ||
           ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
}
} // namespace

class TestCoreDumps : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whoForbidsThemWritesNone();
};

void TestCoreDumps::whoForbidsThemWritesNone()
{
    QCOMPARE(statusOf([] { ::_exit(mayDump() ? 1 : 2); }), 1 << 8); // as this program is
    QCOMPARE(statusOf([] {
                 qd::forbidCoreDumps();
                 ::_exit(mayDump() ? 1 : 2);
             }),
             2 << 8);
    const int crashed = statusOf([] {
        qd::forbidCoreDumps();
        ::signal(SIGABRT, SIG_DFL);
        ::abort();
    });
    QVERIFY(WIFSIGNALED(crashed) && !WCOREDUMP(crashed));
}

QTEST_GUILESS_MAIN(TestCoreDumps)
#include "tst_core_dumps.moc"
