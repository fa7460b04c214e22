/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/verify_dialog.h"
#include "history/logbook.h"
#include "support/http_fixture.h"
#include "theme/text_label.h"

#include <QCheckBox>
#include <QClipboard>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QGuiApplication>
#include <QPushButton>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace qd;
using qd::test::HttpFixture;

/// The dialog that looks at a deployment, as a person works it.
class TestVerifyDialog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysWhatCameOfEachAndKeepsIt();
    void requestsInARowOnlyWhereSomebodyAgrees();
    void readOnlyKeepsNothingAndSendsNoBursts();
    void aListThatCannotBeReadIsSaid();
    void closingItWaitsForNoJournal();
    void closingItStopsWhatHangs();

private:
    [[nodiscard]] Profile profileWith(const QByteArray &items) const;
    [[nodiscard]] DeskPlace desk(bool readOnly = false) const
    {
        return {.directory = m_directory.filePath(u"desk"_s), .witness = {}, .readOnly = readOnly};
    }
    [[nodiscard]] static QString textOf(const VerifyDialog &dialog, const QString &name)
    {
        return dialog.findChild<Label *>(name)->text();
    }
    HttpFixture m_server;
    QTemporaryDir m_directory;
    SystemClock m_clock;
    Theme m_theme{Scheme::Light};
};

Profile TestVerifyDialog::profileWith(const QByteArray &items) const
{
    const QByteArray yaml = "quarterdeck: 1\nname: shop\nenvironment: staging\nconnections:\n  http: {url: \"" +
                            m_server.url().toString().toUtf8() +
                            "\"}\nsources:\n  health: {kind: http-health, path: /health, map: {status: /status, "
                            "words: {ok: ok}}}\nverify:\n" +
                            items + '\n';
    const auto profile = parseProfile(yaml, u"shop.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    return *profile;
}

void TestVerifyDialog::saysWhatCameOfEachAndKeepsIt()
{
    m_server.answer("/health", {.body = R"({"status": "<b>ok</b>"})"});
    Logbook logbook(profileWith("  - {name: a, title: It answers, get: /health, expect: {status: 200}}\n"
                                "  - {name: b, title: It is well, get: /health, expect: {json: {/status: ok}}}"),
                    m_clock);
    VerifyDialog dialog(logbook, desk(), m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    dialog.start();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.verifying().endedAt().has_value(), 30'000);
    QCOMPARE(textOf(dialog, u"verify-summary"_s), u"1 of 2 passed, 1 failed"_s);
    QCOMPARE(textOf(dialog, u"verify-evidence"_s), u"The evidence is in the journal."_s);
    dialog.findChild<QPushButton *>(u"verify-copy"_s)->click();
    const QString copied = QGuiApplication::clipboard()->text();
    QVERIFY2(copied.contains("failed\tIt is well\t/status is '<b>ok</b>', not 'ok'."_L1), qPrintable(copied));
    QVERIFY2(copied.contains("curl -sS"_L1), qPrintable(copied));
    auto opened = openDesk(desk(), std::chrono::seconds(10));
    QVERIFY(opened);
    const auto entries = opened->journal->entries({}, std::chrono::seconds(10));
    QVERIFY(entries);
    QCOMPARE(entries->size(), 1);
    QCOMPARE(entries->first().kind, u"check"_s);
    // Mended since: look again.
    m_server.answer("/health", {.body = R"({"status": "ok"})"});
    dialog.findChild<QPushButton *>(u"verify-start"_s)->click();
    QTRY_COMPARE_WITH_TIMEOUT(textOf(dialog, u"verify-summary"_s), u"2 of 2 passed"_s, 30'000);
}

void TestVerifyDialog::requestsInARowOnlyWhereSomebodyAgrees()
{
    m_server.answer("/api", {.body = "{}"});
    Logbook logbook(profileWith("  - {name: a, burst: /api, requests: 5, expect: {status: 429}}"), m_clock);
    VerifyDialog dialog(logbook, desk(), m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    const auto asked = [&] {
        return std::ranges::count(m_server.requests(), QByteArray("/api"), &HttpFixture::Request::path);
    };
    auto *agree = dialog.findChild<QCheckBox *>(u"verify-agree"_s);
    QVERIFY(!agree->isHidden() && !agree->isChecked());
    dialog.start();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.verifying().endedAt().has_value(), 30'000);
    QCOMPARE(asked(), 0);
    QCOMPARE(dialog.verifying().results().first().result, Verified::Result::Skipped);
    agree->setChecked(true);
    dialog.start();
    QTRY_VERIFY_WITH_TIMEOUT(!dialog.verifying().isRunning(), 30'000);
    QCOMPARE(asked(), 5);
}

void TestVerifyDialog::readOnlyKeepsNothingAndSendsNoBursts()
{
    m_server.answer("/quiet", {.body = "{}"});
    Logbook logbook(profileWith("  - {name: a, burst: /quiet, requests: 5, expect: {status: 429}}"), m_clock);
    const DeskPlace place{.directory = m_directory.filePath(u"nowhere"_s), .witness = {}, .readOnly = true};
    VerifyDialog dialog(logbook, place, m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    auto *agree = dialog.findChild<QCheckBox *>(u"verify-agree"_s);
    QVERIFY(!agree->isEnabled());
    agree->setChecked(true); // whoever gets it ticked all the same
    dialog.start();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.verifying().endedAt().has_value(), 30'000);
    QCOMPARE(std::ranges::count(m_server.requests(), QByteArray("/quiet"), &HttpFixture::Request::path), 0);
    QVERIFY(textOf(dialog, u"verify-evidence"_s).contains("read-only"_L1));
    QVERIFY(!QFileInfo::exists(place.directory));
}

void TestVerifyDialog::aListThatCannotBeReadIsSaid()
{
    Logbook logbook(profileWith("  - {name: a, get: health, expect: {status: 200}}"), m_clock);
    VerifyDialog dialog(logbook, desk(), m_theme);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.start();
    QVERIFY(!dialog.verifying().isRunning());
    const QString said = textOf(dialog, u"verify-summary"_s);
    QVERIFY2(said.contains("shop.yaml:"_L1) && said.contains("begins with '/'"_L1), qPrintable(said));
    QVERIFY(!dialog.findChild<QPushButton *>(u"verify-start"_s)->isEnabled());
}

/// Whatever holds the journal holds up nobody's window.
void TestVerifyDialog::closingItWaitsForNoJournal()
{
    m_server.answer("/health", {.body = "{}"});
    {
        auto made = openDesk(desk(), std::chrono::seconds(10));
        QVERIFY(made);
    }
    auto database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"holder"_s);
    database.setDatabaseName(journalPath(desk()));
    QVERIFY(database.open());
    QSqlQuery query(database);
    QVERIFY2(query.exec(u"BEGIN EXCLUSIVE"_s), qPrintable(query.lastError().text()));
    Logbook logbook(profileWith("  - {name: a, get: /health, expect: {status: 200}}"), m_clock);
    auto dialog = std::make_unique<VerifyDialog>(logbook, desk(), m_theme);
    dialog->setAttribute(Qt::WA_DeleteOnClose, false);
    dialog->start();
    QTRY_COMPARE_WITH_TIMEOUT(dialog->verifying().results().first().result, Verified::Result::Passed, 10'000);
    QVERIFY(dialog->verifying().isRunning());
    QElapsedTimer timer;
    timer.start();
    dialog.reset();
    QVERIFY2(timer.elapsed() < 500, qPrintable(QString::number(timer.elapsed())));
    query.exec(u"ROLLBACK"_s);
    QTest::qWait(1'000); // the thread ends with it
}

void TestVerifyDialog::closingItStopsWhatHangs()
{
    m_server.answer("/silent", {.pace = HttpFixture::Answer::Pace::Silent});
    Logbook logbook(profileWith("  - {name: a, get: /silent, expect: {status: 200}}"), m_clock);
    auto dialog = std::make_unique<VerifyDialog>(logbook, desk(), m_theme);
    dialog->setAttribute(Qt::WA_DeleteOnClose, false);
    dialog->start();
    QTRY_VERIFY_WITH_TIMEOUT(m_server.open() > 0, 10'000);
    QElapsedTimer timer;
    timer.start();
    dialog.reset();
    QVERIFY2(timer.elapsed() < 3'000, qPrintable(QString::number(timer.elapsed())));
}

QTEST_MAIN(TestVerifyDialog)
#include "tst_verify_dialog.moc"
