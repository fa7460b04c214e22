/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/acting.h"
#include "proof/proving.h"
#include "watch/watcher.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>
#include <QTimer>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <mutex>
#include <semaphore>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace qd;
using namespace qd::proof;
using test::patience;

namespace {
/// Holds up who makes sure that the disk has what was written, as a disk does that does not answer.
class Disk
{
public:
    void wait()
    {
        std::unique_lock guard(m_lock);
        m_changed.wait(guard, [this] { return !m_isHeld; });
    }
    void hold(bool held)
    {
        const std::scoped_lock guard(m_lock);
        m_isHeld = held;
        m_changed.notify_all();
    }

private:
    std::mutex m_lock;
    std::condition_variable m_changed;
    bool m_isHeld = false;
};

Disk &disk()
{
    static Disk disk;
    return disk;
}
} // namespace

/// In the place of the system's.
extern "C" int fdatasync(int file)
{
    disk().wait();
    return static_cast<int>(::syscall(SYS_fdatasync, file));
}

namespace {
/// What can be wrong with a journal while it is open.
class Trouble
{
public:
    explicit Trouble(QString path)
        : m_path(std::move(path))
    {
    }
    Trouble(const Trouble &) = delete;
    Trouble &operator=(const Trouble &) = delete;
    ~Trouble()
    {
        disk().hold(false);
        setSizeLimit(RLIM_INFINITY);
        unlock();
    }
    static bool isSlow(const QString &what) { return what == "locked"_L1 || what == "stalled"_L1; }

    void begin(const QString &what)
    {
        if (what == "disk full"_L1)
            setSizeLimit(4096);
        else if (what == "read-only"_L1)
            makeReadOnly();
        else if (what == "locked"_L1)
            lock();
        else if (what == "corrupt"_L1)
            overwrite();
        else if (what == "deleted"_L1)
            QFile::remove(m_path);
        else if (what == "stalled"_L1)
            disk().hold(true);
        else
            qFatal("no such trouble");
    }

private:
    /// By a program that has begun to write and does not go on.
    void lock()
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"holder"_s);
        database.setDatabaseName(m_path);
        if (!database.open() || !QSqlQuery(database).exec(u"BEGIN IMMEDIATE"_s))
            qFatal("no lock");
    }
    static void unlock()
    {
        if (QSqlDatabase::contains(u"holder"_s))
            QSqlDatabase::database(u"holder"_s, false).close();
        QSqlDatabase::removeDatabase(u"holder"_s);
    }
    static void setSizeLimit(rlim_t most)
    {
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit limit{};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = std::min(most, limit.rlim_max);
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0)
            qFatal("no limit");
    }
    /// As on a disk that is mounted anew: what is open is read, and not written. (A file that is only locked stays as
    /// it is: on such a disk it can be.)
    void makeReadOnly()
    {
        for (const QString &entry : QDir(u"/proc/self/fd"_s).entryList(QDir::Files | QDir::System)) {
            const QString file = QFile::symLinkTarget(u"/proc/self/fd/"_s + entry);
            if (file != m_path + u"-wal"_s)
                continue;
            const int reader = ::open(QFile::encodeName(file).constData(), O_RDONLY | O_CLOEXEC);
            if (reader < 0 || ::dup3(reader, entry.toInt(), O_CLOEXEC) < 0)
                qFatal("not made read-only");
            ::close(reader);
        }
    }
    void overwrite()
    {
        for (const QString &name : {m_path, m_path + u"-wal"_s}) {
            QFile file(name);
            if (file.open(QIODevice::ReadWrite))
                file.write(QByteArray(file.size(), '\x5a'));
        }
    }

    const QString m_path;
};

std::unique_ptr<Journal> journalAt(const QString &path)
{
    auto journal = Journal::open({.path = path}, patience);
    if (!journal)
        qFatal("%s", qPrintable(journal.error().message));
    for (int i = 0; i < 3; ++i) {
        if (!(*journal)->append({.kind = u"note"_s, .reason = u"before"_s}, patience))
            qFatal("no journal");
    }
    return std::move(*journal);
}

bool isDone(const Report &report)
{
    return report.ending == Ending::Done || report.ending == Ending::DoneWarned;
}

/// Where it is told to; what takes several steps does not, nor does a key.
bool revertsByItself(const Deed &deed)
{
    return deed.canBeUndone && deed.steps == 1 && deed.action != "retire-key"_L1;
}

const QStringList troubles{u"disk full"_s, u"read-only"_s, u"locked"_s, u"corrupt"_s, u"deleted"_s, u"stalled"_s};
} // namespace

/// Where nothing can be written down, not one byte of change is sent; and watching goes on.
class TestWithoutJournal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void withOneChangesAreSeen_data();
    void withOneChangesAreSeen();
    void nothingIsSent_data();
    void nothingIsSent();
    void watchingGoesOn_data();
    void watchingGoesOn();
    void cleanupTestCase();

private:
    std::unique_ptr<Shop> m_shop;
    std::optional<Profile> m_profile;
    SystemClock m_clock;
    Table m_table{{u"journal"_s, u"way"_s, u"from"_s, u"action"_s, u"bytes of change"_s, u"of leases"_s, u"reads"_s}};
};

void TestWithoutJournal::initTestCase()
{
    m_shop = std::make_unique<Shop>();
    m_profile = profileOf(m_shop->profile());
}

void TestWithoutJournal::withOneChangesAreSeen_data()
{
    QTest::addColumn<QString>("name");
    for (const Deed &deed : deeds())
        QTest::newRow(qPrintable(deed.name)) << deed.name;
}

/// Else what is counted below proves nothing.
void TestWithoutJournal::withOneChangesAreSeen()
{
    QFETCH(QString, name);
    const Deed &deed = deedCalled(name);
    m_shop->reset();
    const QTemporaryDir directory;
    const auto journal = test::journalIn(directory);
    const auto action = actionOf(*m_profile, deed.action, m_clock);
    ManualClock clock(m_clock.now());
    AdasEngine engine(*journal, clock);
    Wish wish = test::wishFor(deed.resource, deed.set);
    const bool isAlone = revertsByItself(deed);
    if (isAlone)
        wish.revertAfter = 1h;
    m_shop->forget();
    const auto plan = engine.plan(*action, deed.action, wish);
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(plan->steps.size(), deed.steps);
    QVERIFY2(m_shop->changes().bytes == 0, m_shop->changes().what.join("; ").constData());
    const QList<Check> checks = engine.check(*action, *plan);
    QVERIFY2(m_shop->changes().bytes == 0, m_shop->changes().what.join("; ").constData());
    QCOMPARE(m_shop->changes().leaseBytes, 0);
    const Report report = engine.run(*action, *plan);
    QVERIFY2(isDone(report), qPrintable(test::said(report)));
    const Changes changes = m_shop->changes();
    QVERIFY(changes.bytes > 0);
    QVERIFY(changes.leaseBytes > 0);
    const auto add = [&](const QString &way, const Changes &seen) {
        m_table.add({u"writable"_s, way, u"-"_s, name, QString::number(seen.bytes), QString::number(seen.leaseBytes),
                     QString::number(seen.reads)});
    };
    add(u"run"_s, changes);
    if (!deed.canBeUndone)
        return;
    clock.advance(wish.revertAfter);
    m_shop->forget();
    const Report back = isAlone ? engine.revertDue(*action, *plan) : engine.undo(*action, *plan);
    QVERIFY2(back.ending == Ending::Undone, qPrintable(test::said(back)));
    const Changes undone = m_shop->changes();
    QVERIFY(undone.bytes > 0);
    add(isAlone ? u"revert-due"_s : u"undo"_s, undone);
}

void TestWithoutJournal::nothingIsSent_data()
{
    QTest::addColumn<QString>("trouble");
    QTest::addColumn<QString>("way");
    QTest::addColumn<QString>("entry"); // before which it begins; empty: before anything
    QTest::addColumn<int>("nth");       // of these
    QTest::addColumn<QString>("name");
    const bool isSoak = times(0, 1) > 0;
    const auto add = [&](const QString &trouble, const QString &way, const QString &entry, int nth) {
        const bool isOfAll = way == "run"_L1 &&
                             (entry.isEmpty() || (entry == "intent"_L1 && nth < 2)); // others do not depend on the deed
        for (const Deed &deed : deeds()) {
            // What was watched is not watched back.
            const bool isBack = way == "undo"_L1 || way == "revert-due"_L1;
            const int most = isBack ? std::min(deed.steps, deed.effectsBack) : deed.steps;
            if (way == "resume"_L1 && !deed.canBeGoneOnWith)
                continue;
            if (nth > most || (isBack && !deed.canBeUndone) || (way == "revert-due"_L1 && !revertsByItself(deed)))
                continue;
            // One of each system does in a test, and what takes a second person; where each is waited for, one alone.
            const bool isFirst =
                &deed == &*std::ranges::find(deeds(), deed.system, &Deed::system) || deed.action == "rotate-key"_L1;
            const bool isRedis = deed.system == Deed::System::Redis;
            const bool isRender = deed.system == Deed::System::Render && !Trouble::isSlow(trouble);
            const bool isShort = isOfAll ? isRedis || !Trouble::isSlow(trouble)
                                         : isRedis || (isRender && (trouble == "deleted"_L1 || nth > 1));
            if (!isSoak && (!isFirst || !isShort))
                continue;
            QTest::addRow("%s, %s from %s %d, %s", qPrintable(trouble), qPrintable(way), qPrintable(entry), nth,
                          qPrintable(deed.name))
                << trouble << way << entry << nth << deed.name;
        }
    };
    for (const QString &trouble : troubles) {
        for (const auto &[way, first] : {std::pair(u"run"_s, u"start"_s), std::pair(u"resume"_s, u"resume"_s),
                                         std::pair(u"undo"_s, u"undo"_s), std::pair(u"revert-due"_s, u"undo"_s)}) {
            add(trouble, way, {}, 0);
            add(trouble, way, first, 1);
            for (const QString &entry : {u"intent"_s, u"outcome"_s}) {
                add(trouble, way, entry, 1);
                add(trouble, way, entry, 2);
            }
        }
    }
}

/// Of nothing, before the first intent; and of no other step, once the outcome of one could not be written.
void TestWithoutJournal::nothingIsSent()
{
    QFETCH(QString, trouble);
    QFETCH(QString, way);
    QFETCH(QString, entry);
    QFETCH(int, nth);
    QFETCH(QString, name);
    const Deed &deed = deedCalled(name);
    m_shop->reset();
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"journal.sqlite"_s);
    const auto journal = journalAt(path);
    Trouble place(path);
    ManualClock clock(m_clock.now());
    const auto action = actionOf(*m_profile, deed.action, m_clock);
    AdasEngine engine(*journal, clock);
    Wish wish = test::wishFor(deed.resource, deed.set);
    if (way == "revert-due"_L1)
        wish.revertAfter = 1h;
    const auto plan = engine.plan(*action, deed.action, wish);
    QVERIFY(plan);
    if (way == "resume"_L1) {
        QVERIFY(journal->append({.kind = u"start"_s, .planId = plan->id()}, patience));
    } else if (way != "run"_L1) {
        const Report done = engine.run(*action, *plan);
        QVERIFY2(isDone(done), qPrintable(test::said(done)));
        clock.advance(wish.revertAfter);
    }
    engine.setPatience(Trouble::isSlow(trouble) ? 700ms : 5s);
    bool hasBegun = false;
    int effects = 0;
    QByteArray value;
    const auto begin = [&] {
        hasBegun = true;
        m_shop->forget();
        effects = m_shop->effects(deed);
        value = m_shop->value(deed);
        place.begin(trouble);
    };
    if (entry.isEmpty())
        begin();
    int passed = 0;
    engine.setBoundary([&](const QString &boundary) {
        if (!hasBegun && boundary.startsWith(entry + u':') && boundary.endsWith(":before"_L1) && ++passed == nth)
            begin();
    });
    const Report report = way == "run"_L1      ? engine.run(*action, *plan)
                          : way == "resume"_L1 ? engine.resume(*action, *plan)
                          : way == "undo"_L1   ? engine.undo(*action, *plan)
                                               : engine.revertDue(*action, *plan);
    QVERIFY2(hasBegun, qPrintable(test::said(report)));
    const Changes changes = m_shop->changes();
    QVERIFY2(changes.bytes == 0, changes.what.join("; ").constData());
    const bool hasLease = entry == "intent"_L1 || entry == "outcome"_L1;
    QVERIFY2(hasLease || changes.leaseBytes == 0, qPrintable(test::said(report)));
    QCOMPARE(m_shop->effects(deed), effects);
    if (entry != "outcome"_L1) // a platform may go on with what it was told before
        QCOMPARE(m_shop->value(deed), value);
    const bool isBack = way == "undo"_L1 || way == "revert-due"_L1;
    QVERIFY2(!isDone(report) && (!isBack || report.ending != Ending::Undone), qPrintable(test::said(report)));
    QVERIFY2(report.error && !report.error->message.isEmpty(), qPrintable(test::said(report)));
    m_table.add({trouble, way, entry.isEmpty() ? u"the plan"_s : u"%1 %2"_s.arg(entry).arg(nth), name,
                 QString::number(changes.bytes), QString::number(changes.leaseBytes), QString::number(changes.reads)});
}

void TestWithoutJournal::watchingGoesOn_data()
{
    QTest::addColumn<QString>("trouble");
    for (const QString &trouble : troubles)
        QTest::newRow(qPrintable(trouble)) << trouble;
}

/// Somebody acts as the desk's journal fails: the window's thread is never held up, every source is asked again and
/// again, and nothing is sent.
void TestWithoutJournal::watchingGoesOn()
{
    QFETCH(QString, trouble);
    m_shop->reset();
    const QTemporaryDir directory;
    const DeskPlace desk{.directory = directory.path(), .witness = {}};
    {
        const auto made = openDesk(desk, patience);
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
    }
    IoThread io;
    Watcher watcher(*m_profile, io, m_clock);
    std::counting_semaphore<> gate(0);
    std::atomic<bool> isThere = false;
    Acting acting(m_clock, desk);
    const auto open = qScopeGuard([&] { gate.release(); }); // whoever waits there is waited for
    Trouble place(journalPath(desk));
    qint64 id = 0;
    std::map<QString, int> answers;
    std::map<QString, int> meanwhile;
    connect(&watcher, &Watcher::read, this, [&](const Reading &reading) {
        ++answers[reading.source];
        if (isThere && acting.run(id)->isBusy())
            ++meanwhile[reading.source];
    });
    watcher.start();
    const auto allAnswered = [&](std::map<QString, int> &in, int times) {
        return std::ranges::all_of(QStringList{u"health"_s, u"redis"_s, u"postgresql"_s},
                                   [&](const QString &source) { return in[source] >= times; });
    };
    QTRY_VERIFY_WITH_TIMEOUT(allAnswered(answers, 1), 30'000);
    const Deed &deed = deedCalled(u"breaker in Redis"_s);
    acting.setBoundary([&](const QString &boundary) {
        if (boundary != "start:-1:before"_L1)
            return;
        isThere = true;
        gate.acquire();
    });
    id = acting.plan(*m_profile, deed.action, test::wishFor(deed.resource, deed.set));
    QTRY_VERIFY_WITH_TIMEOUT(acting.run(id)->phase == ActionRun::Phase::Ready, 30'000);
    QVERIFY(acting.run(id)->mayRun());
    m_shop->forget();
    acting.carryOut(id, ActionRun::Way::Run, {.reason = u"INC-12"_s});
    QTRY_VERIFY_WITH_TIMEOUT(isThere, 30'000);
    place.begin(trouble);
    QElapsedTimer beat;
    qint64 longest = 0;
    QTimer heart;
    connect(&heart, &QTimer::timeout, this, [&] { longest = std::max(longest, beat.restart()); });
    beat.start();
    heart.start(20);
    // One that hangs holds the action up by itself; with another it is over at once, and is held here.
    if (Trouble::isSlow(trouble))
        gate.release();
    QTRY_VERIFY_WITH_TIMEOUT(allAnswered(meanwhile, 2), 30'000);
    gate.release();
    QTRY_VERIFY_WITH_TIMEOUT(!acting.run(id)->isBusy(), 60'000);
    const Report report = acting.run(id)->report;
    QVERIFY2(report.ending == Ending::Refused && report.error, qPrintable(test::said(report)));
    answers.clear();
    QTRY_VERIFY_WITH_TIMEOUT(allAnswered(answers, 1), 30'000);
    QVERIFY2(longest < 500, qPrintable(QString::number(longest)));
    watcher.stop();
    const Changes changes = m_shop->changes();
    QVERIFY2(changes.bytes == 0, changes.what.join("; ").constData());
    QCOMPARE(changes.leaseBytes, 0);
    QCOMPARE(m_shop->effects(deed), 0);
    m_table.add({trouble + u", watched"_s, u"run"_s, u"start 1"_s, deed.name, QString::number(changes.bytes),
                 QString::number(changes.leaseBytes),
                 u"%1 answers of sources meanwhile"_s.arg(meanwhile[u"redis"_s] + meanwhile[u"health"_s] +
                                                          meanwhile[u"postgresql"_s])});
}

void TestWithoutJournal::cleanupTestCase()
{
    m_table.print();
}

PROOF_MAIN(TestWithoutJournal)
#include "tst_without_journal.moc"
