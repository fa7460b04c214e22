/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/go_to_dialog.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype mostRows = 10;
} // namespace

GoToDialog::GoToDialog(QList<Target> targets, const Theme &theme, QWidget *parent)
    : QDialog(parent)
    , m_targets(std::move(targets))
    , m_edit(new QLineEdit)
    , m_list(new QListWidget)
    , m_rowHeight(theme.px(32))
{
    setObjectName(u"go-to-dialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Go to"));
    m_edit->setObjectName(u"go-to-edit"_s);
    m_edit->setPlaceholderText(tr("Deployment or page"));
    m_edit->setAccessibleName(tr("Deployment or page"));
    m_edit->installEventFilter(this);
    m_list->setObjectName(u"go-to-list"_s);
    m_list->setAccessibleName(tr("Matches"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(8);
    column->addWidget(m_edit);
    column->addWidget(m_list, 1);
    const auto rows = static_cast<int>(std::clamp<qsizetype>(m_targets.size(), 1, mostRows));
    m_list->setFixedHeight(rows * m_rowHeight + 2);
    resize(theme.px(440), sizeHint().height());
    connect(m_edit, &QLineEdit::textChanged, this, &GoToDialog::showMatches);
    connect(m_edit, &QLineEdit::returnPressed, this, &GoToDialog::choose);
    connect(m_list, &QListWidget::itemActivated, this, &GoToDialog::choose);
    connect(m_list, &QListWidget::itemClicked, this, &GoToDialog::choose);
    showMatches();
    m_edit->setFocus();
}

QList<GoToDialog::Target> GoToDialog::matching(const QList<Target> &targets, const QString &typed)
{
    const QStringList words = typed.split(u' ', Qt::SkipEmptyParts);
    QList<Target> matches;
    std::ranges::copy_if(targets, std::back_inserter(matches), [&](const Target &target) {
        return std::ranges::all_of(
            words, [&](const QString &word) { return target.text.contains(word, Qt::CaseInsensitive); });
    });
    return matches;
}

void GoToDialog::showMatches()
{
    m_matches = matching(m_targets, m_edit->text());
    m_list->clear();
    for (const Target &target : std::as_const(m_matches))
        (new QListWidgetItem(target.text, m_list))->setSizeHint({0, m_rowHeight});
    m_list->setCurrentRow(0);
}

void GoToDialog::choose()
{
    const int row = m_list->currentRow();
    if (row < 0 || row >= m_matches.size())
        return;
    const Place place = m_matches[row].place;
    accept();
    Q_EMIT chosen(place);
}

bool GoToDialog::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_edit && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Up || key == Qt::Key_Down) {
            const int row = m_list->currentRow() + (key == Qt::Key_Up ? -1 : 1);
            m_list->setCurrentRow(std::clamp(row, 0, std::max(0, m_list->count() - 1)));
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

} // namespace qd
