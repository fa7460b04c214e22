/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/compose_env_file.h"
#include "servers/local_sshd.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
const QString key = u"JWT_SECRET"_s;
const QByteArray oldSecret = "correct-horse-battery-staple-7731";
const QByteArray newOne = "b7c1f0e5a2d94c3388b1d64e9a7f5c20";
/// With all that somebody may have written there, and no end of its last line.
const QByteArray around =
    "# of the shop\r\n\nPORT=8080\r\nNAME=\"a # b\" # c\nJWT_SECRET_OLD=x\nRAW=\xff\xfe$HOME\nJWT_SECRET=";
const QByteArray after = " # rotate yearly\n  export LOG_LEVEL='info'\nLAST=1";

IoLine::Deadline soon()
{
    return std::chrono::steady_clock::now() + 30s;
}

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(gone)");
}

void write(const QString &path, const QByteArray &text, mode_t mode = 0600)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.flush() ||
        ::chmod(QFile::encodeName(path).constData(), mode) != 0)
        qFatal("%s: %s", qPrintable(path), qPrintable(file.errorString()));
}

/// A console's file, by real shells.
class Console
{
public:
    explicit Console(ComposeOptions options)
        : file(options, [this](const ProgramRequest &request, IoLine::Deadline deadline) {
            ProgramRequest ours = wrapped ? wrapped(request) : request;
            asked.append(ours.arguments.join(u' ').toUtf8());
            ours.deadline = 30s;
            return m_line.wait<ProgramReply>([ours](HttpClient &, const auto &done) { return runProgram(ours, done); },
                                             deadline);
        })
    {
    }
    Console(const Console &) = delete;
    Console &operator=(const Console &) = delete;
    std::function<ProgramRequest(const ProgramRequest &)> wrapped;
    QByteArrayList asked;

private:
    IoLine m_line{nullptr};

public:
    ComposeEnvFile file;
};
} // namespace

/// The file that a compose project's variables stand in, on this machine and on another, where sshd is a real one.
class TestComposeEnvFile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void aLineIsUnderstoodOrRefused_data();
    void aLineIsUnderstoodOrRefused();
    void aValueIsWrittenAsItIsReadAgain_data();
    void aValueIsWrittenAsItIsReadAgain();
    void oneValueIsAnotherAndNothingElse_data();
    void oneValueIsAnotherAndNothingElse();
    void whatWasWrittenSinceIsNotOverwritten();
    void whatCannotBeWrittenIsRefusedBefore_data();
    void whatCannotBeWrittenIsRefusedBefore();
    void ofTwoConsolesOneWrites();
    void whoIsKilledLeavesItWhole();
    void whatArrivesTornIsNotWritten();
    void theSecretIsOnStdinAlone();

private:
    [[nodiscard]] ComposeOptions options(bool isFar = false) const
    {
        ComposeOptions options{.file = m_path + u"/compose.yml"_s, .service = u"api"_s};
        options.envFile = m_path + u"/.env"_s;
        if (isFar) {
            options.ssh = u"lucky"_s;
            options.sshConfig = m_sshd->clientConfig();
        }
        return options;
    }
    /// A program that goes before the real one for whatever `console` runs here.
    void putBefore(Console &console, const QString &program, const QByteArray &script) const
    {
        write(m_path + u"/bin/"_s + program, "#!/bin/sh\n" + script, 0700);
        console.wrapped = [path = m_path](ProgramRequest request) {
            request.arguments =
                QStringList{u"PATH="_s + path + u"/bin:/usr/sbin:/usr/bin:/sbin:/bin"_s, request.program} +
                request.arguments;
            request.program = u"env"_s;
            return request;
        };
    }
    [[nodiscard]] QStringList files() const
    {
        return QDir(m_path).entryList(QDir::Files | QDir::Hidden | QDir::System, QDir::Name);
    }
    [[nodiscard]] QByteArray valueOf(Console &console) const
    {
        const auto value = console.file.value(key, soon());
        return value ? QByteArray(value->reveal().constData(), value->reveal().size()) : value.error().message.toUtf8();
    }
    std::unique_ptr<QTemporaryDir> m_directory;
    QTemporaryDir m_keys;
    QString m_path;
    std::optional<sandbox::LocalSshd> m_sshd;
};

void TestComposeEnvFile::initTestCase()
{
    auto sshd = sandbox::LocalSshd::start(m_keys.path(), u"lucky"_s);
    QVERIFY2(sshd, sshd ? "" : qPrintable(sshd.error().message));
    m_sshd.emplace(std::move(*sshd));
}

void TestComposeEnvFile::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_path = m_directory->path();
    QVERIFY(QDir(m_path).mkdir(u"bin"_s));
    write(m_path + u"/.env"_s, around + oldSecret + after, 0640);
}

void TestComposeEnvFile::aLineIsUnderstoodOrRefused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("error");
    const auto good = [](const char *name, const QByteArray &text, const QByteArray &value) {
        QTest::newRow(name) << text << value << QString();
    };
    good("bare", "JWT_SECRET=abc\n", "abc");
    good("no end of line", "A=1\nJWT_SECRET=abc", "abc");
    good("empty", "JWT_SECRET=\nA=1", "");
    good("bare, with signs", "JWT_SECRET=a#b=c\n", "a#b=c");
    good("a comment", "JWT_SECRET=abc  # def\n", "abc");
    good("blanks", "  JWT_SECRET = abc \n", "abc");
    good("CRLF", "JWT_SECRET=abc\r\nA=1\r\n", "abc");
    good("double quotes", "JWT_SECRET=\"a b#c\" # d\n", "a b#c");
    good("single quotes", "export JWT_SECRET='a\"$b'\n", "a\"$b");
    good("of a longer name", "MY_JWT_SECRET=a\nJWT_SECRET_OLD=b\n#JWT_SECRET=c\nJWT_SECRET=d\n", "d");
    const auto bad = [](const char *name, const QByteArray &text, const QString &error) {
        QTest::newRow(name) << text << QByteArray() << error;
    };
    const QString several = u"several ways"_s;
    bad("none", "A=1\n", u"there is no line JWT_SECRET="_s);
    bad("nothing", "", u"there is no line JWT_SECRET="_s);
    bad("twice", "JWT_SECRET=a\nJWT_SECRET=a\n", u"2 lines of JWT_SECRET"_s);
    bad("twice, once exported", "export JWT_SECRET=a\nA=1\nJWT_SECRET: b\n", u"2 lines of JWT_SECRET"_s);
    bad("from the shell", "JWT_SECRET\n", several);
    bad("with a colon", "JWT_SECRET: a\n", several);
    bad("of several lines", "JWT_SECRET=\"a\nb\"\n", several);
    bad("an escape", "JWT_SECRET=\"a\\nb\"\n", several);
    bad("a variable", "JWT_SECRET=a$B\n", several);
    bad("a variable in quotes", "JWT_SECRET=\"a$B\"\n", several);
    bad("blanks inside", "JWT_SECRET=a b\n", several);
    bad("more after its quotes", "JWT_SECRET='a'b\n", several);
    bad("a quote inside", "JWT_SECRET=a'b'\n", several);
}

void TestComposeEnvFile::aLineIsUnderstoodOrRefused()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, value);
    QFETCH(QString, error);
    const auto found = envValueIn(text, key);
    QCOMPARE(found.has_value(), error.isEmpty());
    if (!found) {
        QVERIFY2(found.error().message.contains(error), qPrintable(found.error().message));
        return;
    }
    QCOMPARE(found->value, value);
    const QByteArray at = text.sliced(found->begin, found->size);
    QVERIFY2(at == value || at == '"' + value + '"' || at == '\'' + value + '\'', at.constData());
}

void TestComposeEnvFile::aValueIsWrittenAsItIsReadAgain_data()
{
    QTest::addColumn<char>("quote");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("word"); ///< empty: refused
    QTest::newRow("bare") << '\0' << QByteArray("a-b_c/d+e=") << QByteArray("a-b_c/d+e=");
    QTest::newRow("in its quotes") << '"' << QByteArray("a b") << QByteArray("\"a b\"");
    QTest::newRow("needs quotes") << '\0' << QByteArray("a b#c$d\"") << QByteArray("'a b#c$d\"'");
    QTest::newRow("needs others") << '"' << QByteArray("a$b") << QByteArray("'a$b'");
    QTest::newRow("empty") << '\0' << QByteArray() << QByteArray("''");
    QTest::newRow("an apostrophe") << '\'' << QByteArray("a'b") << QByteArray();
    QTest::newRow("an apostrophe in quotes") << '"' << QByteArray("a'b") << QByteArray("\"a'b\"");
    QTest::newRow("a backslash") << '\0' << QByteArray("a\\b") << QByteArray();
    QTest::newRow("a line's end") << '\0' << QByteArray("a\nb") << QByteArray();
}

void TestComposeEnvFile::aValueIsWrittenAsItIsReadAgain()
{
    QFETCH(char, quote);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, word);
    const auto made = envWord(value, quote);
    QCOMPARE(made.value_or(QByteArray()), word);
    if (!made)
        return;
    const auto again = envValueIn("JWT_SECRET=" + *made + "\n", key);
    QVERIFY(again);
    QCOMPARE(again->value, value);
}

void TestComposeEnvFile::oneValueIsAnotherAndNothingElse_data()
{
    QTest::addColumn<bool>("isFar");
    QTest::newRow("here") << false;
    QTest::newRow("over ssh") << true;
}

void TestComposeEnvFile::oneValueIsAnotherAndNothingElse()
{
    QFETCH(bool, isFar);
    Console console(options(isFar));
    QCOMPARE(valueOf(console), oldSecret);
    struct stat before{};
    QCOMPARE(::stat(QFile::encodeName(m_path + u"/.env"_s).constData(), &before), 0);
    const auto done = console.file.set(key, Secret(QByteArray(newOne.constData(), newOne.size())), soon());
    QVERIFY2(done, done ? "" : qPrintable(done.error().message));
    QCOMPARE(contents(m_path + u"/.env"_s), around + newOne + after);
    QCOMPARE(files(), QStringList{u".env"_s});
    struct stat now{};
    QCOMPARE(::stat(QFile::encodeName(m_path + u"/.env"_s).constData(), &now), 0);
    QCOMPARE(now.st_mode & 07777, mode_t(0640));
    QVERIFY(now.st_uid == before.st_uid && now.st_gid == before.st_gid);
    QVERIFY(now.st_ino != before.st_ino); // put in its place as a whole
    QCOMPARE(valueOf(console), newOne);
    QCOMPARE(files(), QStringList{u".env"_s});
    // It was read for that one deed.
    QVERIFY(console.file.set(key, Secret(QByteArray("x")), soon()));
    QVERIFY(!console.file.set(key, Secret(QByteArray("y")), soon()));
    QCOMPARE(valueOf(console), "x");
}

void TestComposeEnvFile::whatWasWrittenSinceIsNotOverwritten()
{
    Console console(options());
    QCOMPARE(valueOf(console), oldSecret);
    const QByteArray theirs = around + oldSecret + after + "\nNEW=1\n";
    write(m_path + u"/.env"_s, theirs);
    const auto done = console.file.set(key, Secret(QByteArray("x")), soon());
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::BadInput);
    QVERIFY2(done.error().message.contains(u"is not as it was read; nothing was changed"_s),
             qPrintable(done.error().message));
    QCOMPARE(contents(m_path + u"/.env"_s), theirs);
    QCOMPARE(files(), QStringList{u".env"_s});
}

void TestComposeEnvFile::whatCannotBeWrittenIsRefusedBefore_data()
{
    QTest::addColumn<QString>("how");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("error");
    QTest::newRow("a link") << u"link"_s << ErrorCode::Unsupported << u"is a symbolic link"_s;
    QTest::newRow("a second name") << u"hard link"_s << ErrorCode::Unsupported << u"has a second name"_s;
    QTest::newRow("gone") << u"gone"_s << ErrorCode::NotFound << u"name the file that JWT_SECRET stands in"_s;
    QTest::newRow("a directory") << u"directory"_s << ErrorCode::Unsupported << u"is no plain file"_s;
    QTest::newRow("twice") << u"twice"_s << ErrorCode::Unsupported << u"there are 2 lines of JWT_SECRET"_s;
    QTest::newRow("exported") << u"exported"_s << ErrorCode::Unsupported << u"is exported in the environment there"_s;
    QTest::newRow("somebody else's") << u"others"_s << ErrorCode::Forbidden << u"belongs to another user"_s;
    QTest::newRow("not to be written") << u"read-only"_s << ErrorCode::Forbidden << u"cannot be read and written"_s;
    QTest::newRow("no tool") << u"no tool"_s << ErrorCode::Unsupported << u"no program flock on that machine"_s;
}

void TestComposeEnvFile::whatCannotBeWrittenIsRefusedBefore()
{
    QFETCH(QString, how);
    QFETCH(ErrorCode, code);
    QFETCH(QString, error);
    const QString path = m_path + u"/.env"_s;
    const QByteArray before = contents(path);
    ComposeOptions options = this->options();
    if (how == "link"_L1) {
        QVERIFY(QFile::rename(path, m_path + u"/real"_s) && QFile::link(u"real"_s, path));
    } else if (how == "hard link"_L1) {
        QCOMPARE(::link(QFile::encodeName(path).constData(), QFile::encodeName(m_path + u"/other"_s).constData()), 0);
    } else if (how == "gone"_L1) {
        options.envFile = m_path + u"/prod.env"_s;
    } else if (how == "directory"_L1) {
        options.envFile = m_path + u"/bin"_s;
    } else if (how == "twice"_L1) {
        write(path, "JWT_SECRET=a\nJWT_SECRET=b\n");
    } else if (how == "others"_L1) {
        options.envFile = u"/etc/passwd"_s;
    } else if (how == "read-only"_L1) {
        QVERIFY(::geteuid() != 0 || ::chown(QFile::encodeName(path).constData(), 65534, 65534) == 0);
        QCOMPARE(::chmod(QFile::encodeName(m_path).constData(), 0711), 0);
        QCOMPARE(::chmod(QFile::encodeName(path).constData(), 0400), 0);
    }
    Console console(options);
    if (how == "exported"_L1)
        console.wrapped = [](ProgramRequest request) {
            request.arguments = QStringList{u"JWT_SECRET=x"_s, request.program} + request.arguments;
            request.program = u"env"_s;
            return request;
        };
    else if (how == "no tool"_L1)
        console.wrapped = [path = m_path](ProgramRequest request) {
            for (const QString &tool : {u"cat"_s, u"chmod"_s, u"chown"_s, u"cut"_s, u"dirname"_s, u"env"_s})
                QFile::link(QStandardPaths::findExecutable(tool), path + u"/bin/"_s + tool);
            request.arguments = QStringList{u"PATH="_s + path + u"/bin"_s, u"/bin/sh"_s} + request.arguments;
            request.program = QStandardPaths::findExecutable(u"env"_s);
            return request;
        };
    else if ((how == "others"_L1 || how == "read-only"_L1) && ::geteuid() == 0)
        console.wrapped = [](ProgramRequest request) { // root may all
            request.arguments =
                QStringList{u"--reuid=65534"_s, u"--regid=65534"_s, u"--clear-groups"_s, request.program} +
                request.arguments;
            request.program = u"setpriv"_s;
            return request;
        };
    const auto value = console.file.value(key, soon());
    QVERIFY(!value);
    QVERIFY2(value.error().message.contains(error), qPrintable(value.error().message));
    QCOMPARE(value.error().code, code);
    const auto done = console.file.set(key, Secret(QByteArray("x")), soon());
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::Internal);
    QCOMPARE(console.asked.size(), 1);
    if (how != "twice"_L1)
        QCOMPARE(contents(path), before);
}

void TestComposeEnvFile::ofTwoConsolesOneWrites()
{
    for (int round = 0; round < 8; ++round) {
        init();
        const QByteArrayList wanted{"a" + QByteArray::number(round), "b" + QByteArray::number(round)};
        Console one(options());
        Console other(options(round == 1)); // over ssh
        const QList<Console *> both{&one, &other};
        QList<Result<void>> done{{}, {}};
        for (Console *each : both)
            QCOMPARE(valueOf(*each), oldSecret);
        std::vector<std::thread> threads;
        threads.reserve(2);
        for (qsizetype i = 0; i < 2; ++i)
            threads.emplace_back([&, i, ended = &done[i]] {
                *ended = both[i]->file.set(key, Secret(QByteArray(wanted[i].constData(), wanted[i].size())), soon());
            });
        for (std::thread &thread : threads)
            thread.join();
        QVERIFY(done[0].has_value() != done[1].has_value());
        const Error error = done[0] ? done[1].error() : done[0].error();
        QVERIFY2(error.code == ErrorCode::BadInput || error.code == ErrorCode::Unavailable, qPrintable(error.message));
        QCOMPARE(contents(m_path + u"/.env"_s), around + (done[0] ? wanted[0] : wanted[1]) + after);
        QCOMPARE(files(), QStringList{u".env"_s});
    }
}

void TestComposeEnvFile::whoIsKilledLeavesItWhole()
{
    Console console(options());
    QCOMPARE(valueOf(console), oldSecret);
    putBefore(console, u"mv"_s, "kill -9 $PPID\nsleep 0.2\n");
    const auto killed = console.file.set(key, Secret(QByteArray("x")), soon());
    QVERIFY(!killed);
    QCOMPARE(killed.error().code, ErrorCode::ServerError); // it may have been done
    QCOMPARE(contents(m_path + u"/.env"_s), around + oldSecret + after);
    QCOMPARE(files(), (QStringList{u".env"_s, u".env.quarterdeck"_s}));
    struct stat left{};
    QCOMPARE(::stat(QFile::encodeName(m_path + u"/.env.quarterdeck"_s).constData(), &left), 0);
    // Whoever writes next takes it away.
    Console next(options());
    QCOMPARE(valueOf(next), oldSecret);
    const auto done = next.file.set(key, Secret(QByteArray("y")), soon());
    QVERIFY2(done, done ? "" : qPrintable(done.error().message));
    QCOMPARE(contents(m_path + u"/.env"_s), around + "y" + after);
    QCOMPARE(files(), QStringList{u".env"_s});
}

void TestComposeEnvFile::whatArrivesTornIsNotWritten()
{
    for (const qsizetype lost : {1, 40, 200}) {
        Console console(options());
        QCOMPARE(valueOf(console), oldSecret);
        console.wrapped = [lost](ProgramRequest request) {
            request.input.chop(lost);
            return request;
        };
        const auto done = console.file.set(key, Secret(QByteArray("x")), soon());
        QVERIFY(!done);
        QVERIFY2(done.error().message.contains(u"did not arrive whole"_s), qPrintable(done.error().message));
        QCOMPARE(contents(m_path + u"/.env"_s), around + oldSecret + after);
        QCOMPARE(files(), QStringList{u".env"_s});
    }
}

/// Nor in the environment or in the arguments of anything that runs while it is written, here or there.
void TestComposeEnvFile::theSecretIsOnStdinAlone()
{
    for (const bool isFar : {false, true}) {
        init();
        Console console(options(isFar));
        QCOMPARE(valueOf(console), oldSecret);
        const QString all = m_path + u"/seen"_s;
        if (!isFar)
            putBefore(console, u"mv"_s,
                      "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ >'" + all.toUtf8() +
                          "' 2>/dev/null\nexec /bin/mv \"$@\"\n");
        const auto done = console.file.set(key, Secret(QByteArray(newOne.constData(), newOne.size())), soon());
        QVERIFY2(done, done ? "" : qPrintable(done.error().message));
        const QByteArray seen = console.asked.join('\n') + (isFar ? QByteArray() : contents(all));
        QVERIFY(seen.contains("sha256sum") && (isFar || seen.contains("PATH=")));
        QVERIFY(!seen.contains(newOne) && !seen.contains(oldSecret));
        QVERIFY(!seen.contains(newOne.toHex()) && !seen.contains(newOne.toBase64()));
    }
}

QTEST_GUILESS_MAIN(TestComposeEnvFile)
#include "tst_compose_env_file.moc"
