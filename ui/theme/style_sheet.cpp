/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "theme/theme.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Colours by name and lengths as {px:N}, filled in for a scheme and a text size.
constexpr const char *sheet = R"(
QWidget { color: {text}; font-size: {px:13}px; }
QMainWindow, QDialog, QScrollArea, QScrollArea > QWidget > QWidget { background: {bg}; border: none; }
QToolTip { background: {raised}; color: {text}; border: 1px solid {line}; padding: {px:4}px {px:6}px; }
QPushButton { background: {raised}; border: 1px solid {line}; border-radius: 6px; padding: {px:5}px {px:12}px; font-weight: 500; }
QPushButton:hover { border-color: {faint}; }
QPushButton:pressed { background: {line}; }
QPushButton:focus { border-color: {accent}; }
QPushButton:disabled { color: {faint}; }
QPushButton[primary="true"] { background: {accent}; border-color: {accent}; color: {surface}; }
QPushButton[primary="true"]:hover, QPushButton[primary="true"]:focus { border-color: {text}; }
QPushButton[primary="true"]:disabled { background: {raised}; border-color: {line}; color: {faint}; }
QPushButton[danger="true"] { background: transparent; border-color: {down}; color: {down}; }
QPushButton[danger="true"]:hover, QPushButton[danger="true"]:focus { background: {raised}; border-width: 2px; padding: {px:4}px {px:11}px; }
QPushButton[danger="true"]:disabled { border-color: {line}; color: {faint}; }
QToolButton { background: {raised}; border: 1px solid {line}; border-radius: 6px; padding: {px:3}px {px:9}px; }
QToolButton:hover { border-color: {faint}; }
QToolButton:checked { background: {chosen}; font-weight: 600; }
QToolButton:focus { border-color: {accent}; }
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox { background: {surface}; border: 1px solid {line}; border-radius: 6px; padding: {px:4}px {px:8}px; selection-background-color: {accent}; selection-color: {surface}; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus { border-color: {accent}; }
QComboBox::drop-down { border: none; width: {px:24}px; }
QComboBox::down-arrow { image: none; width: 0; height: 0; border-left: {px:4}px solid {surface}; border-right: {px:4}px solid {surface}; border-top: {px:5}px solid {muted}; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; border: none; }
QCheckBox { spacing: {px:8}px; }
QCheckBox::indicator { width: {px:12}px; height: {px:12}px; border: 1px solid {faint}; border-radius: 3px; background: {surface}; }
QCheckBox::indicator:checked { background: {accent}; border-color: {accent}; }
QCheckBox:focus, QCheckBox::indicator:hover { border-color: {text}; }
QCheckBox:disabled { color: {faint}; }
QCheckBox::indicator:disabled { border-color: {line}; }
QAbstractItemView { background: {surface}; border: none; outline: none; selection-background-color: {raised}; selection-color: {text}; }
QTableView, QTreeView { gridline-color: {line}; }
QTableView::item, QTreeView::item { padding: {px:4}px {px:6}px; border-bottom: 1px solid {line}; }
QTableView::item:selected, QTreeView::item:selected { background: {chosen}; }
QTableView::item:focus, QTreeView::item:focus { background: {raised}; }
QTableView::item:selected:focus, QTreeView::item:selected:focus { background: {chosen}; }
QListWidget { border: 1px solid {line}; border-radius: 6px; }
QListWidget::item { background: transparent; padding: 0 {px:8}px; }
QListWidget::item:selected { background: {chosen}; color: {text}; }
QHeaderView { background: {surface}; border: none; }
QHeaderView::section { background: {surface}; color: {faint}; border: none; border-bottom: 1px solid {line}; padding: {px:4}px {px:8}px; font-size: {px:12}px; font-weight: 600; }
QMenu { background: {surface}; border: 1px solid {line}; padding: 4px; }
QMenu::item { padding: {px:5}px {px:24}px {px:5}px {px:12}px; border-radius: 4px; }
QMenu::indicator { width: {px:13}px; height: {px:13}px; }
QMenu::item:selected { background: {raised}; color: {text}; }
QMenu::item:disabled { color: {faint}; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: {line}; border-radius: 3px; margin: 2px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: {faint}; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: {line}; }
)";
} // namespace

QString Theme::styleSheet() const
{
    const Colours &c = m_colours;
    QColor chosen = c.accent;
    chosen.setAlphaF(0.2F);
    chosen = blended(chosen, c.surface);
    const std::pair<QLatin1StringView, QColor> names[] = {
        {"{bg}"_L1, c.bg},         {"{surface}"_L1, c.surface}, {"{raised}"_L1, c.raised}, {"{line}"_L1, c.line},
        {"{text}"_L1, c.text},     {"{muted}"_L1, c.muted},     {"{down}"_L1, c.down},     {"{faint}"_L1, c.faint},
        {"{accent}"_L1, c.accent}, {"{chosen}"_L1, chosen},
    };
    QString text = QString::fromLatin1(sheet);
    for (const auto &[name, colour] : names)
        text.replace(name, colour.name());
    for (const int length : {3, 4, 5, 6, 8, 9, 11, 12, 13, 24})
        text.replace(u"{px:%1}"_s.arg(length), QString::number(px(length)));
    return text;
}

} // namespace qd
