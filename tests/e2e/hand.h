/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action_dialog.h"
#include "console/console.h"
#include "deployment/pages.h"
#include "theme/card.h"
#include "theme/text_label.h"

#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

namespace qd::testing {

/// A console on a desk of its own, worked by keyboard.
class Hand
{
public:
    static constexpr int settleMs = 60'000;

    Hand(const QString &profile, const QString &desk, bool readOnly = false)
        : Hand(profile, DeskPlace{.directory = desk, .witness = {}, .readOnly = readOnly})
    {
    }
    Hand(const QString &profile, const DeskPlace &desk)
        : m_settings(m_home.filePath(QStringLiteral("s.ini")), QSettings::IniFormat)
        , m_console(m_clock, m_settings, SchemeChoice::Light, desk)
    {
        m_console.openProfile(profile);
        if (!window().logbooks().isEmpty())
            m_name = window().logbooks().first()->profile().name;
        m_console.window().show();
    }
    [[nodiscard]] Console &console() { return m_console; }
    [[nodiscard]] MainWindow &window() { return m_console.window(); }
    void open(PageId page) { window().open({.kind = Place::Kind::Deployment, .deployment = m_name, .page = page}); }
    template <class W>
    [[nodiscard]] W *find(const QString &name)
    {
        return window().findChild<W *>(name);
    }
    [[nodiscard]] QString text(const QString &label)
    {
        const auto *found = find<Label>(label);
        return found == nullptr ? QString() : found->text();
    }
    /// Presses Tab until that widget has the focus.
    [[nodiscard]] static bool tabTo(QWidget *in, const QString &name)
    {
        for (int i = 0; i < mostKeys; ++i) {
            QWidget *focus = in->window()->focusWidget();
            if (focus != nullptr && focus->objectName() == name)
                return true;
            QTest::keyClick(focus == nullptr ? in : focus, Qt::Key_Tab);
        }
        return false;
    }
    /// Chooses a flag by keyboard, and presses the button that sets it, or Enter on the flag's own row.
    [[nodiscard]] bool pressFlag(const QString &flag, bool byEnter = false)
    {
        open(PageId::Flags);
        auto *table = find<QTableView>(QStringLiteral("flag-table"));
        if (table == nullptr || !QTest::qWaitFor([&] { return table->model()->rowCount() > 0; }, settleMs))
            return false;
        table->setFocus();
        QTest::keyClick(table, Qt::Key_Home, Qt::ControlModifier);
        for (int i = 0; i < mostKeys && table->currentIndex().siblingAtColumn(0).data().toString() != flag; ++i)
            QTest::keyClick(table, Qt::Key_Down);
        auto *button = find<QPushButton>(QStringLiteral("flag-act"));
        if (!button->isEnabled() || !tabTo(table, QStringLiteral("flag-act")))
            return false;
        if (byEnter)
            QTest::keyClick(table, Qt::Key_Return);
        else
            QTest::keyClick(button, Qt::Key_Space);
        return dialog() != nullptr;
    }
    /// Goes from `from` to that button by Tab, and presses it.
    [[nodiscard]] bool press(QWidget *from, const QString &name, Qt::Key key = Qt::Key_Return)
    {
        if (from == nullptr || !tabTo(from, name))
            return false;
        QTest::keyClick(from->window()->focusWidget(), key);
        return true;
    }
    [[nodiscard]] ActionDialog *dialog() { return find<ActionDialog>(QStringLiteral("action-dialog")); }
    [[nodiscard]] QString state()
    {
        const auto *card = find<Card>(QStringLiteral("action-state"));
        return card == nullptr ? QString() : card->title();
    }
    [[nodiscard]] bool waitForPhase(ActionRun::Phase phase)
    {
        return QTest::qWaitFor([&] { return dialog() != nullptr && dialog()->run().phase == phase; }, settleMs);
    }
    /// Types the deployment's name and presses the button.
    [[nodiscard]] bool confirm()
    {
        if (!tabTo(dialog(), QStringLiteral("action-name")))
            return false;
        QTest::keyClicks(dialog()->focusWidget(), m_name);
        if (!find<QPushButton>(QStringLiteral("action-act"))->isEnabled() ||
            !tabTo(dialog(), QStringLiteral("action-act")))
            return false;
        QTest::keyClick(dialog()->focusWidget(), Qt::Key_Space);
        return true;
    }

private:
    QTemporaryDir m_home;
    SystemClock m_clock;
    QSettings m_settings;
    Console m_console;
    QString m_name;
    static constexpr int mostKeys = 200;
};

} // namespace qd::testing
