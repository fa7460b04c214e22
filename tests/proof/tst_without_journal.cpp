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

#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <mutex>
#include <sys/resource.h>
#include <unistd.h>

using namespace qd;
using namespace qd::proof;
using test::patience;

namespace {
/// Whoever asks it hangs while it is held: a disk that does not answer, as far as the journal's thread goes.
class HangingClock final : public Clock
{
public:
    [[nodiscard]] Instant now() const override
    {
        std::unique_lock guard(m_lock);
        m_changed.wait(guard, [this] { return !m_isHeld; });
        return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }
    void hold(bool held)
    {
        const std::scoped_lock guard(m_lock);
        m_isHeld = held;
        m_changed.notify_all();
    }

private:
    mutable std::mutex m_lock;
    mutable std::condition_variable m_changed;
    bool m_isHeld = false;
};

/// A journal, and what can be wrong with it while it is open.
class Trouble
{
public:
    Trouble()
        : m_path(m_directory.filePath(u"journal.sqlite"_s))
    {
        auto opened = Journal::open({.path = m_path, .clock = m_clock}, patience);
        if (!opened)
            qFatal("%s", qPrintable(opened.error().message));
        m_journal = std::move(*opened);
        for (int i = 0; i < 3; ++i) {
            if (!m_journal->append({.kind = u"note"_s, .reason = u"before"_s}, patience))
                qFatal("no journal");
        }
    }
    Trouble(const Trouble &) = delete;
    Trouble &operator=(const Trouble &) = delete;
    ~Trouble()
    {
        m_clock->hold(false);
        setSizeLimit(RLIM_INFINITY);
        unlock();
    }
    [[nodiscard]] Journal &journal() { return *m_journal; }
    [[nodiscard]] const QString &path() const { return m_path; }

    void begin(const QString &what)
    {
        if (what == "disk full"_L1)
            setSizeLimit(4096);
        else if (what == "read-only"_L1)
            makeReadOnly();
        else if (what == "locked"_L1)
            lock(m_path);
        else if (what == "corrupt"_L1)
            overwrite();
        else if (what == "deleted"_L1)
            QFile::remove(m_path);
        else if (what == "stalled"_L1) {
            m_clock->hold(true);
            // Its thread asks the clock what time it is, and hangs there.
            [[maybe_unused]] const auto late = m_journal->append({.kind = u"note"_s}, 20ms);
        }
    }
    /// By a program that has begun to write and does not go on.
    static void lock(const QString &path)
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"holder"_s);
        database.setDatabaseName(path);
        if (!database.open() || !QSqlQuery(database).exec(u"BEGIN IMMEDIATE"_s))
            qFatal("no lock");
    }
    static void unlock()
    {
        if (QSqlDatabase::contains(u"holder"_s))
            QSqlDatabase::database(u"holder"_s, false).close();
        QSqlDatabase::removeDatabase(u"holder"_s);
    }

private:
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

    QTemporaryDir m_directory;
    QString m_path;
    std::shared_ptr<HangingClock> m_clock = std::make_shared<HangingClock>();
    std::unique_ptr<Journal> m_journal;
};

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
    void watchingGoesOn();
    void cleanupTestCase();

private:
    std::unique_ptr<Shop> m_shop;
    std::optional<Profile> m_profile;
    SystemClock m_clock;
    Table m_table{{u"journal"_s, u"from"_s, u"action"_s, u"bytes of change"_s, u"of leases"_s, u"reads"_s}};
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
    Trouble none;
    const auto action = actionOf(*m_profile, deed.action, m_clock);
    Engine engine(none.journal(), m_clock, {.id = u"ada"_s, .host = u"desk"_s});
    m_shop->forget();
    const auto plan = engine.plan(*action, deed.action, test::wishFor(deed.resource, deed.set));
    QVERIFY(plan);
    QVERIFY2(m_shop->changes().bytes == 0, m_shop->changes().what.join("; ").constData());
    const QList<Check> checks = engine.check(*action, *plan);
    QVERIFY2(m_shop->changes().bytes == 0, m_shop->changes().what.join("; ").constData());
    QCOMPARE(m_shop->changes().leaseBytes, 0);
    const Report report = engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Done || report.ending == Ending::DoneWarned, qPrintable(test::said(report)));
    const Changes changes = m_shop->changes();
    QVERIFY(changes.bytes > 0);
    QVERIFY(changes.leaseBytes > 0);
    m_table.add({u"writable"_s, u"-"_s, name, QString::number(changes.bytes), QString::number(changes.leaseBytes),
                 QString::number(changes.reads)});
}

void TestWithoutJournal::nothingIsSent_data()
{
    QTest::addColumn<QString>("trouble");
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("name");
    for (const QString &trouble : troubles) {
        const bool isSlow = trouble == "locked"_L1 || trouble == "stalled"_L1;
        for (const QString &from : {u"the plan"_s, u"start:-1:before"_s, u"intent:0:before"_s}) {
            for (const Deed &deed : deeds()) {
                // One of each system does in a test; where each is waited for, one alone.
                const bool isFirst = &deed == &*std::ranges::find(deeds(), deed.system, &Deed::system);
                if (times(0, 1) == 0 && (!isFirst || (isSlow && deed.system != Deed::System::Redis)))
                    continue;
                QTest::addRow("%s from %s, %s", qPrintable(trouble), qPrintable(from), qPrintable(deed.name))
                    << trouble << from << deed.name;
            }
        }
    }
}

void TestWithoutJournal::nothingIsSent()
{
    QFETCH(QString, trouble);
    QFETCH(QString, from);
    QFETCH(QString, name);
    const Deed &deed = deedCalled(name);
    m_shop->reset();
    const QByteArray before = m_shop->value(deed);
    Trouble place;
    const auto action = actionOf(*m_profile, deed.action, m_clock);
    Engine engine(place.journal(), m_clock, {.id = u"ada"_s, .host = u"desk"_s});
    const auto plan = engine.plan(*action, deed.action, test::wishFor(deed.resource, deed.set));
    QVERIFY(plan);
    engine.setPatience(trouble == "locked"_L1 || trouble == "stalled"_L1 ? 700ms : 5s);
    m_shop->forget();
    if (from == "the plan"_L1)
        place.begin(trouble);
    engine.setBoundary([&](const QString &boundary) {
        if (boundary == from)
            place.begin(trouble);
    });
    const Report report = engine.run(*action, *plan);
    const Changes changes = m_shop->changes();
    QVERIFY2(changes.bytes == 0, changes.what.join("; ").constData());
    QVERIFY2(from.startsWith("intent"_L1) || changes.leaseBytes == 0, qPrintable(from));
    QCOMPARE(m_shop->effects(deed), 0);
    QCOMPARE(m_shop->value(deed), before);
    QVERIFY2(report.ending != Ending::Done && report.ending != Ending::DoneWarned, qPrintable(test::said(report)));
    QVERIFY2(report.error && !report.error->message.isEmpty(), qPrintable(test::said(report)));
    m_table.add({trouble, from, name, u"0"_s, QString::number(changes.leaseBytes), QString::number(changes.reads)});
}

/// The desk's journal is locked, and somebody wants to act: the window's thread is never held up, every source is asked
/// again and again, and nothing is sent.
void TestWithoutJournal::watchingGoesOn()
{
    m_shop->reset();
    const QTemporaryDir desk;
    {
        const auto made = openDesk({.directory = desk.path(), .witness = {}}, patience);
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
    }
    IoThread io;
    Watcher watcher(*m_profile, io, m_clock);
    std::map<QString, int> answers;
    connect(&watcher, &Watcher::read, this, [&](const Reading &reading) { ++answers[reading.source]; });
    watcher.start();
    const auto askedAgain = [&](int times) {
        return std::ranges::all_of(QStringList{u"health"_s, u"redis"_s, u"postgresql"_s},
                                   [&](const QString &source) { return answers[source] >= times; });
    };
    QTRY_VERIFY_WITH_TIMEOUT(askedAgain(1), 30'000);
    Acting acting(m_clock, {.directory = desk.path(), .witness = {}});
    const Deed &deed = deedCalled(u"breaker in Redis"_s);
    const qint64 id = acting.plan(*m_profile, deed.action, test::wishFor(deed.resource, deed.set));
    QTRY_VERIFY_WITH_TIMEOUT(acting.run(id)->phase == ActionRun::Phase::Ready, 30'000);
    QVERIFY(acting.run(id)->mayRun());
    Trouble::lock(journalPath({.directory = desk.path(), .witness = {}}));
    const auto unlock = qScopeGuard([] { Trouble::unlock(); });
    answers.clear();
    QElapsedTimer beat;
    qint64 longest = 0;
    QTimer heart;
    connect(&heart, &QTimer::timeout, this, [&] { longest = std::max(longest, beat.restart()); });
    beat.start();
    heart.start(20);
    m_shop->forget();
    acting.carryOut(id, ActionRun::Way::Run, u"INC-12"_s);
    QTRY_VERIFY_WITH_TIMEOUT(askedAgain(3), 30'000);
    QVERIFY2(longest < 500, qPrintable(QString::number(longest)));
    QTRY_VERIFY_WITH_TIMEOUT(!acting.run(id)->isBusy(), 60'000);
    QVERIFY(acting.run(id)->report.ending == Ending::Refused);
    Trouble::unlock();
    QCOMPARE(m_shop->effects(deed), 0);
    watcher.stop();
    m_table.add({u"locked, watched"_s, u"the plan"_s, deed.name, u"0"_s, u"0"_s,
                 u"%1 answers of sources meanwhile"_s.arg(answers[u"redis"_s] + answers[u"health"_s] +
                                                          answers[u"postgresql"_s])});
}

void TestWithoutJournal::cleanupTestCase()
{
    m_table.print();
}

PROOF_MAIN(TestWithoutJournal)
#include "tst_without_journal.moc"
