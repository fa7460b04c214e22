/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/window_test.h"

#include "deployment/deployment_page.h"
#include "deployment/page_notice.h"
#include "deployment/pages.h"
#include "deployment/value_label.h"
#include "theme/text_label.h"

#include <QTableView>
#include <QTest>

using namespace Qt::StringLiterals;

namespace qd::testing {

void WindowTest::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_settings = std::make_unique<QSettings>(m_directory->filePath(u"s.ini"_s), QSettings::IniFormat);
    m_console = std::make_unique<Console>(m_clock, *m_settings, SchemeChoice::Light);
    m_console->window().show();
}

void WindowTest::cleanup()
{
    m_console.reset();
    m_sandbox.reset();
    m_settings.reset();
}

void WindowTest::openSandbox(const QString &deployment, double timeScale, const QStringList &beside)
{
    m_sandbox = std::make_unique<LiveSandbox>(deployment);
    QVERIFY2(m_sandbox->start(beside + QStringList{u"--time-scale"_s, QString::number(timeScale)}),
             qPrintable(m_sandbox->lastError()));
    for (const QString &profile : m_sandbox->profiles())
        m_console->openProfile(profile);
    QCOMPARE(m_console->window().logbooks().size(), 1 + beside.size());
    auto *freshness = m_console->window().findChild<Label *>(u"freshness"_s);
    QTRY_VERIFY_WITH_TIMEOUT(freshness->text().startsWith(u"live"_s), settleMs);
}

void WindowTest::open(PageId page)
{
    m_console->window().open({.kind = Place::Kind::Deployment, .deployment = book().profile().name, .page = page});
}

QString WindowTest::valueOf(const QString &objectName)
{
    const auto *value = m_console->window().findChild<ValueLabel *>(objectName);
    return value == nullptr ? QString() : value->text();
}

QString WindowTest::noticeText()
{
    QStringList text;
    for (const auto *page : m_console->window().findChildren<DeploymentPage *>()) {
        for (const Notice &said : page->notices())
            text.append(QStringList{said.subject, said.what, said.where, said.advice}.join(u'\n'));
    }
    return text.join(u'\n');
}

QStringList WindowTest::rowsOf(const QString &table)
{
    const auto *view = m_console->window().findChild<QTableView *>(table);
    if (view == nullptr)
        return {};
    const QAbstractItemModel &model = *view->model();
    QStringList rows;
    for (int row = 0; row < model.rowCount(); ++row) {
        QStringList cells;
        for (int column = 0; column < model.columnCount(); ++column)
            cells.append(model.index(row, column).data().toString());
        rows.append(cells.join(" | "_L1));
    }
    return rows;
}

} // namespace qd::testing
