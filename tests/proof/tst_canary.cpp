/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/hand.h"
#include "proof/canary.h"
#include "proof/proving.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QDir>
#include <QMetaProperty>
#include <QProcess>
#include <QTest>

#include <cstdio>
#include <mutex>

using namespace qd;
using namespace qd::proof;
using qd::testing::Hand;

namespace {
/// All that was logged.
QByteArray logged;
std::mutex logging;
void keep(QtMsgType, const QMessageLogContext &, const QString &text)
{
    const std::lock_guard guard(logging);
    logged += text.toUtf8() + '\n';
    std::fprintf(stderr, "%s\n", qPrintable(text));
}

/// Every text that a widget or a model has, shown or not: also tool tips, what a screen reader is told, what a table
/// keeps for sorting.
QByteArray textsOfScreens()
{
    QStringList texts;
    const auto add = [&](const QVariant &value) {
        if (value.canConvert<QStringList>())
            texts += value.toStringList();
        else if (value.canConvert<QString>())
            texts.append(value.toString());
    };
    for (const QWidget *widget : QApplication::allWidgets()) {
        const QMetaObject *type = widget->metaObject();
        for (int i = 0; i < type->propertyCount(); ++i) {
            const QMetaProperty property = type->property(i);
            if (property.metaType().id() == QMetaType::QString || property.metaType().id() == QMetaType::QStringList)
                add(property.read(widget));
        }
        const auto *view = qobject_cast<const QAbstractItemView *>(widget);
        if (view == nullptr || view->model() == nullptr)
            continue;
        const QAbstractItemModel &model = *view->model();
        for (int row = 0; row < model.rowCount(); ++row) {
            for (int column = 0; column < model.columnCount(); ++column) {
                for (int role = 0; role < Qt::UserRole + 20; role = role == 15 ? int{Qt::UserRole} : role + 1)
                    add(model.index(row, column).data(role));
            }
        }
    }
    return texts.join(u'\n').toUtf8();
}
} // namespace

/// A canary in every credential, and a session of everything; then it is looked for wherever something is written down,
/// shown, or handed to somebody else.
class TestCanary : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aPlantedOneIsFound_data();
    void aPlantedOneIsFound();
    void aPlantedOneIsFoundOnAScreen();
    void theTerminalGivesNoneAway();
    void theWindowGivesNoneAway();
    void nothingHasKeptOne();
    void cleanupTestCase();

private:
    /// What quarterdeck-cli says, from the desk of `who`. What it may not say is looked for at once.
    QByteArray cli(const QStringList &arguments, QStringList *found, int code = 0);
    [[nodiscard]] QString at(const QString &name) const { return m_home.filePath(name); }
    [[nodiscard]] QString desk() const { return at(u"desk"_s); }
    [[nodiscard]] QString keyFile() const;
    void scan(const QString &what, const QByteArray &bytes, QStringList *found);

    QTemporaryDir m_home; ///< of whoever sits here: everything that a program may write lies below
    std::unique_ptr<Shop> m_shop;
    QList<Canary> m_canaries;
    QString m_profile;
    Table m_table{{u"looked through"_s, u"bytes"_s, u"canaries"_s, u"forms"_s, u"found"_s}};
};

void TestCanary::initTestCase()
{
    // The servers' own files are not ours to look through: they were told the secrets.
    m_shop = std::make_unique<Shop>(u"production"_s, "cnry+7H/q");
    for (const QByteArray &secret : m_shop->secrets())
        m_canaries.append(Canary(QString::fromLatin1(secret.split('-').value(1)), secret));
    for (const char *folder : {"tmp", "home", "desk", "work", "config"})
        QVERIFY(QDir(m_home.path()).mkdir(QLatin1StringView(folder)));
    qputenv("TMPDIR", at(u"tmp"_s).toUtf8());
    qputenv("HOME", at(u"home"_s).toUtf8());
    qputenv("XDG_CONFIG_HOME", at(u"config"_s).toUtf8());
    qputenv("XDG_DATA_HOME", at(u"home/data"_s).toUtf8());
    qputenv("XDG_CACHE_HOME", at(u"home/cache"_s).toUtf8());
    // One that the environment holds must not be handed on to the programs that we run.
    QByteArray profile = m_shop->profile();
    const auto begin = profile.indexOf("bearer: \"file:");
    const auto end = profile.indexOf('"', begin + 9);
    profile.replace(begin, end + 1 - begin, "bearer: \"env:SHOP_HTTP_TOKEN\"");
    profile.replace("actions:\n", "\nactions:\n");
    qputenv("SHOP_HTTP_TOKEN", m_shop->secrets().last());
    m_profile = at(u"work/shop.yaml"_s);
    QFile file(m_profile);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(profile);
    file.close();
    // The operator's own key, made as at the first use.
    const QByteArray who = cli({u"key"_s}, nullptr);
    QVERIFY2(who.contains("key:"), who.constData());
    QFile key(keyFile());
    QVERIFY2(key.open(QIODevice::ReadOnly), qPrintable(key.fileName()));
    const QByteArray pem = key.readAll();
    const qsizetype from = pem.indexOf('\n') + 1;
    const QByteArray der = QByteArray::fromBase64(pem.mid(from, pem.indexOf("-----END") - from));
    QVERIFY(der.size() >= 48); // PKCS #8 of Ed25519: its last 32 bytes are the key
    m_canaries.append(Canary(u"the operator's key"_s, der.last(32)));
    QCOMPARE(m_canaries.size(), 5);
    qInstallMessageHandler(keep);
}

QString TestCanary::keyFile() const
{
    for (const QFileInfo &file : QDir(desk()).entryInfoList(QDir::Files)) {
        QFile opened(file.filePath());
        if (opened.open(QIODevice::ReadOnly) && opened.read(64).contains("PRIVATE KEY"))
            return file.filePath();
    }
    return {};
}

QByteArray TestCanary::cli(const QStringList &arguments, QStringList *found, int code)
{
    static const QStringList deskless{u"profile"_s, u"audit"_s, u"status"_s};
    QProcess process;
    process.setWorkingDirectory(at(u"work"_s));
    process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                  deskless.contains(arguments.first()) ? arguments : arguments + QStringList{u"--desk"_s, desk()});
    if (!process.waitForFinished(120'000)) {
        process.kill();
        process.waitForFinished();
    }
    const QByteArray all = process.readAllStandardOutput() + process.readAllStandardError();
    if (process.exitCode() != code)
        qFatal("%s: %d, %s", qPrintable(arguments.join(u' ')), process.exitCode(), all.constData());
    if (found)
        scan(u"what '%1' says"_s.arg(arguments.join(u' ')), all, found);
    return all;
}

void TestCanary::scan(const QString &what, const QByteArray &bytes, QStringList *found)
{
    const QStringList hits = foundIn(what, bytes, m_canaries);
    *found += hits;
    m_table.add({what.left(60), QString::number(bytes.size()), QString::number(m_canaries.size()),
                 QString::number(m_canaries.first().forms().size()), QString::number(hits.size())});
}

void TestCanary::aPlantedOneIsFound_data()
{
    QTest::addColumn<QByteArray>("written");
    const QByteArray text = m_shop->secrets().first();
    const QByteArray around[] = {"", "a", "ab", "abc"};
    for (const QByteArray &before : around) {
        const QByteArray whole = before + text + "rest";
        const auto row = [&](const char *how, const QByteArray &written) {
            QTest::addRow("%s, %d before", how, int(before.size())) << "x\n" + written + '\n';
        };
        row("UTF-8", whole);
        row("UTF-16", QByteArray(reinterpret_cast<const char *>(QString::fromLatin1(whole).utf16()), whole.size() * 2));
        row("base64", whole.toBase64());
        row("base64url", whole.toBase64(QByteArray::Base64UrlEncoding));
        row("base64 without anything after it", (before + text).toBase64());
        row("hex", whole.toHex());
        row("HEX", whole.toHex().toUpper());
        row("URL", whole.toPercentEncoding());
    }
}

void TestCanary::aPlantedOneIsFound()
{
    QFETCH(QByteArray, written);
    const QString path = at(u"tmp/planted"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(written);
    file.close();
    const QStringList found = foundBelow(m_home.path(), m_canaries, {keyFile()});
    QVERIFY(file.remove());
    QVERIFY2(found.size() == 1 && found.first().contains(u"redis"_s), qPrintable(found.join(u'\n')));
}

void TestCanary::aPlantedOneIsFoundOnAScreen()
{
    QWidget widget;
    QVERIFY(foundIn(u"here"_s, textsOfScreens(), m_canaries).isEmpty());
    widget.setToolTip(u"with "_s + QString::fromLatin1(m_canaries.first().text()));
    QCOMPARE(foundIn(u"here"_s, textsOfScreens(), m_canaries).size(), 1);
}

void TestCanary::theTerminalGivesNoneAway()
{
    QStringList found;
    const QStringList profile{u"--profile"_s, m_profile};
    cli(QStringList{u"profile"_s, u"check"_s, m_profile}, &found);
    cli(QStringList{u"verify"_s} + profile, &found);
    cli(QStringList{u"status"_s, u"--json"_s} + profile, &found);
    for (const Deed &deed : deeds()) {
        m_shop->reset();
        QStringList words{u"plan"_s, deed.action, deed.resource};
        for (const auto &[what, value] : deed.set)
            words.append(what + u'=' + value);
        cli(words + profile + QStringList{u"--out"_s, u"p.plan"_s, u"--reason"_s, u"INC-12"_s}, &found);
        const QStringList confirmed = profile + QStringList{u"--confirm"_s, u"shop"_s};
        cli(QStringList{u"apply"_s, u"p.plan"_s} + confirmed, &found);
        if (deed.canBeUndone)
            cli(QStringList{u"undo"_s, u"p.plan"_s} + confirmed, &found);
        for (const Programs::Ran &ran : m_shop->programs().ran()) {
            found +=
                foundIn(u"the arguments of "_s + ran.arguments.first(), ran.arguments.join(u'\n').toUtf8(), m_canaries);
            found += foundIn(u"the environment of "_s + ran.arguments.first(), ran.environment.join('\n'), m_canaries);
            QVERIFY2(!ran.environment.isEmpty(), "nothing was looked through");
        }
    }
    // Where it is refused: the stores know their passwords no more.
    m_shop->postgres().execute("ALTER ROLE actor PASSWORD 'another'");
    cli(QStringList{u"plan"_s, u"flags"_s, u"voice_quotes"_s, u"enabled=false"_s} + profile, &found, 1);
    m_shop->postgres().execute("ALTER ROLE actor PASSWORD '" + m_shop->secrets().at(1) + "'");
    cli({u"unfinished"_s}, &found);
    const QString journal = desk() + u"/journal.sqlite"_s;
    for (const QString &how : {u"verify"_s, u"export"_s, u"tail"_s})
        cli({u"audit"_s, how, journal}, &found);
    QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
}

void TestCanary::theWindowGivesNoneAway()
{
    QStringList found;
    m_shop->reset();
    Hand hand(m_profile, desk());
    const auto look = [&](const QString &where) { scan(where, textsOfScreens(), &found); };
    QVERIFY(hand.pressFlag(u"voice_quotes"_s));
    QVERIFY2(hand.waitForPhase(ActionRun::Phase::Ready), qPrintable(hand.state()));
    look(u"the dialog, planned"_s);
    QVERIFY(hand.confirm());
    QVERIFY(hand.waitForPhase(ActionRun::Phase::Ended));
    QCOMPARE(hand.state(), u"Done"_s);
    look(u"the dialog, done"_s);
    QVERIFY(Hand::tabTo(hand.dialog(), u"action-undo"_s));
    QTest::keyClick(hand.dialog()->focusWidget(), Qt::Key_Space);
    QVERIFY(hand.confirm());
    QTRY_COMPARE_WITH_TIMEOUT(hand.state(), u"Undone: all is as before"_s, Hand::settleMs);
    look(u"the dialog, undone"_s);
    QTest::keyClick(hand.dialog(), Qt::Key_Escape);
    QTRY_VERIFY(hand.dialog() == nullptr);
    for (const PageId page : {PageId::Overview, PageId::Breakers, PageId::Cache, PageId::Limits, PageId::Data,
                              PageId::Backups, PageId::Keys, PageId::Flags, PageId::Metrics, PageId::Activity}) {
        hand.open(page);
        QTest::qWait(100);
        look(u"page %1"_s.arg(int(page)));
    }
    const QByteArray all = textsOfScreens();
    QVERIFY2(all.contains("voice") && all.contains("shop"), "nothing was looked through");
    QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
}

void TestCanary::nothingHasKeptOne()
{
    QStringList found;
    {
        const std::lock_guard guard(logging);
        scan(u"the log"_s, logged, &found);
    }
    int files = 0;
    const QStringList below = foundBelow(m_home.path(), m_canaries, {keyFile()}, &files);
    found += below;
    QVERIFY2(files >= 4, "nothing was looked through"); // journal, settings, profile, plan
    m_table.add({u"journal, settings, plans, temporary files: %1"_s.arg(files), u"-"_s,
                 QString::number(m_canaries.size()), QString::number(m_canaries.first().forms().size()),
                 QString::number(below.size())});
    QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
}

void TestCanary::cleanupTestCase()
{
    qInstallMessageHandler(nullptr);
    m_table.print();
}

int main(int argc, char *argv[])
{
    const QApplication app(argc, argv);
    TestCanary test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_canary.moc"
