/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/painted_items.h"

#include "deployment/deployment_page.h"
#include "deployment/value_label.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QToolTip>

using namespace Qt::StringLiterals;

namespace qd {

PaintedItems::PaintedItems(DeploymentPage &page, const QString &name, QWidget *parent)
    : QWidget(parent)
    , m_page(page)
{
    setObjectName(name);
    setFocusPolicy(Qt::StrongFocus);
    connect(&page.theme(), &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

const Theme &PaintedItems::theme() const
{
    return m_page.theme();
}

bool PaintedItems::isFramed() const
{
    return hasFocus() && m_byKeyboard;
}

void PaintedItems::renew(bool isAnotherCount)
{
    if (m_chosen >= count())
        m_chosen = -1;
    if (isAnotherCount)
        updateGeometry();
    update();
    tell();
}

void PaintedItems::choose(int index)
{
    if (count() == 0)
        return;
    m_chosen = std::clamp(index, 0, count() - 1);
    update();
    tell();
    Q_EMIT chosen();
}

void PaintedItems::tell()
{
    setAccessibleName(current() < 0 ? title() : u"%1. %2"_s.arg(title(), sentenceAt(current())));
}

void PaintedItems::ask()
{
    if (current() < 0)
        return;
    const Because because = becauseAt(current());
    if (hasEvidence(because))
        Q_EMIT m_page.whyRequested(because, sentenceAt(current()));
}

void PaintedItems::copy() const
{
    if (current() >= 0)
        QGuiApplication::clipboard()->setText(sentenceAt(current()));
}

void PaintedItems::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy)) {
        copy();
        return;
    }
    const int at = std::max(0, current());
    const int row = columns();
    switch (event->key()) {
    case Qt::Key_Left:
        return choose(at - 1);
    case Qt::Key_Right:
        return choose(at + 1);
    case Qt::Key_Up:
        return choose(at >= row ? at - row : at);
    case Qt::Key_Down:
        return choose(at + row < count() ? at + row : at);
    case Qt::Key_Home:
        return choose(0);
    case Qt::Key_End:
        return choose(count() - 1);
    case Qt::Key_W:
        if (event->modifiers() == Qt::NoModifier)
            return ask();
        [[fallthrough]];
    default:
        QWidget::keyPressEvent(event);
    }
}

void PaintedItems::mousePressEvent(QMouseEvent *event)
{
    if (const int index = indexAt(event->pos()); index >= 0)
        choose(index);
}

void PaintedItems::contextMenuEvent(QContextMenuEvent *event)
{
    if (const int index = indexAt(event->pos()); index >= 0 && event->reason() == QContextMenuEvent::Mouse)
        choose(index);
    if (current() < 0)
        return;
    QMenu menu(this);
    QAction *why = menu.addAction(tr("Why?"));
    why->setEnabled(hasEvidence(becauseAt(current())));
    connect(why, &QAction::triggered, this, &PaintedItems::ask);
    connect(menu.addAction(tr("Copy")), &QAction::triggered, this, &PaintedItems::copy);
    menu.exec(event->globalPos());
}

void PaintedItems::focusInEvent(QFocusEvent *event)
{
    m_byKeyboard = isByKeyboard(event->reason());
    update();
}

void PaintedItems::focusOutEvent(QFocusEvent *)
{
    update();
}

bool PaintedItems::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const int index = indexAt(help->pos());
    QToolTip::showText(help->globalPos(), index < 0 ? QString() : plainToolTip(sentenceAt(index)), this);
    return true;
}

} // namespace qd
