/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/filtered_table.h"

#include "deployment/sort_header.h"
#include "deployment/value_label.h"
#include "tables/roles.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>

namespace qd {

FilteredTable::FilteredTable(const Theme &theme, QLineEdit &filter)
    : m_filter(filter)
{
    setHorizontalHeader(new SortHeader(theme, this));
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setShowGrid(false);
    setWordWrap(false);
    setFrameShape(QFrame::NoFrame);
    setTabKeyNavigation(false);
    verticalHeader()->hide();
    filter.setClearButtonEnabled(true);
    filter.installEventFilter(this);
}

bool FilteredTable::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != &m_filter || event->type() != QEvent::KeyPress)
        return QTableView::eventFilter(watched, event);
    const auto *key = static_cast<QKeyEvent *>(event);
    if (key->key() == Qt::Key_Escape && !m_filter.text().isEmpty()) {
        m_filter.clear();
        return true;
    }
    if (key->key() == Qt::Key_Down) {
        setFocus();
        return true;
    }
    return QTableView::eventFilter(watched, event);
}

void FilteredTable::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_W && event->modifiers() == Qt::NoModifier) {
        Q_EMIT whyRequested(currentIndex());
        return;
    }
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid()) {
        Q_EMIT opened(currentIndex());
        return;
    }
    if (event->matches(QKeySequence::Copy)) {
        copy(currentIndex());
        return;
    }
    const QString text = event->text();
    const bool isTyped = !text.isEmpty() && text.front().isPrint() && !text.front().isSpace() &&
                         !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
    // A table of few rows has its field hidden.
    if (isTyped && !m_filter.isHidden()) {
        m_filter.setFocus();
        m_filter.setText(m_filter.text() + text);
        return;
    }
    QTableView::keyPressEvent(event);
}

void FilteredTable::copy(const QModelIndex &index) const
{
    if (!index.isValid())
        return;
    // The whole of a text that is cut or elided.
    const QVariant value = index.data(ValueRole);
    const bool isText = index.data(UnitRole).value<CellUnit>() == CellUnit::Text && value.isValid();
    const QString shown = index.data().toString();
    QGuiApplication::clipboard()->setText(isText && shown.endsWith(u'…') ? value.toString() : shown);
}

void FilteredTable::contextMenuEvent(QContextMenuEvent *event)
{
    const QPersistentModelIndex index = indexAt(event->pos());
    if (!index.isValid())
        return;
    QMenu menu(this);
    QAction *why = menu.addAction(tr("Why?"));
    why->setEnabled(hasEvidence(index.data(BecauseRole).value<Because>()));
    connect(why, &QAction::triggered, this, [this, index] { Q_EMIT whyRequested(index); });
    connect(menu.addAction(tr("Copy")), &QAction::triggered, this, [this, index] { copy(index); });
    menu.exec(event->globalPos());
}

void FilteredTable::rowsAboutToBeRemoved(const QModelIndex &parent, int start, int end)
{
    if (const QModelIndex current = currentIndex();
        current.isValid() && current.row() >= start && current.row() <= end) {
        selectionModel()->clear();
    }
    QTableView::rowsAboutToBeRemoved(parent, start, end);
}

void FilteredTable::resizeEvent(QResizeEvent *event)
{
    QTableView::resizeEvent(event);
    Q_EMIT resized();
}

} // namespace qd
