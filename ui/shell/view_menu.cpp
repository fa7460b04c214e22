/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/view_menu.h"

#include "shell/appearance.h"

#include <QActionGroup>
#include <QCoreApplication>
#include <QMenu>

#include <utility>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QString tr(const char *text)
{
    return QCoreApplication::translate("ViewMenu", text);
}

QAction *addChoice(QMenu *menu, QActionGroup *group, const QString &text, bool isChosen)
{
    QAction *action = menu->addAction(text);
    action->setCheckable(true);
    action->setChecked(isChosen);
    group->addAction(action);
    return action;
}
} // namespace

QMenu *makeViewMenu(Theme &theme, Appearance &appearance, QWidget *parent)
{
    auto *menu = new QMenu(parent);
    menu->setObjectName(u"view-menu"_s);
    auto *schemes = new QActionGroup(menu);
    const std::array schemeItems{std::pair(SchemeChoice::System, tr("As the system")),
                                 std::pair(SchemeChoice::Light, tr("Light")),
                                 std::pair(SchemeChoice::Dark, tr("Dark"))};
    for (const auto &[choice, text] : schemeItems) {
        QAction *action = addChoice(menu, schemes, text, appearance.choice() == choice);
        QObject::connect(action, &QAction::triggered, &appearance,
                         [&appearance, choice = choice] { appearance.choose(choice); });
    }
    menu->addSeparator();
    auto *sizes = new QActionGroup(menu);
    for (const int percent : {100, 125, 150, 200}) {
        QAction *action =
            addChoice(menu, sizes, tr("Text %1 %").arg(percent), qRound(theme.textScale() * 100) == percent);
        QObject::connect(action, &QAction::triggered, &theme,
                         [&theme, percent] { theme.setTextScale(percent / 100.0); });
    }
    return menu;
}

} // namespace qd
