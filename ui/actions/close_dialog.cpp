/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/close_dialog.h"

#include "theme/text_label.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

CloseDialog::CloseDialog(const Theme &theme, const QStringList &running, const QStringList &keys, QWidget *parent)
    : QDialog(parent)
{
    setObjectName(u"close-dialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowModality(Qt::WindowModal);
    setWindowTitle(running.isEmpty() ? tr("A key was handed to nobody") : tr("Something is being done"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16, 16, 12);
    column->setSpacing(12);
    const auto say = [&](const QString &text, TextSize size, bool strong) {
        auto *label = new Label(theme, size, strong);
        label->setWordWrap(10);
        label->setText(text);
        column->addWidget(label);
    };
    if (!running.isEmpty()) {
        say(tr("An action is running"), TextSize::Title, true);
        say(running.join(u'\n'), TextSize::Body, false);
        say(tr("Close now, and it stops before its next question to the deployment. The journal knows how far it came, "
               "and the next start offers to verify, resume or undo it. Nothing is left unknown."),
            TextSize::Body, false);
    }
    if (!keys.isEmpty()) {
        say(tr("A new key was handed to nobody"), TextSize::Title, true);
        say(keys.join(u'\n'), TextSize::Body, false);
        say(tr("It is kept in this console only, for a quarter of an hour. Once that is over, or this is closed, it is "
               "gone, and another one has to be issued."),
            TextSize::Body, false);
    }
    auto *row = new QHBoxLayout;
    row->addStretch(1);
    const auto add = [&](const QString &name, const QString &text) {
        auto *button = new QPushButton(text);
        button->setObjectName(name);
        button->setAutoDefault(false);
        row->addWidget(button);
        return button;
    };
    QPushButton *stay = add(u"close-stay"_s, tr("Keep it open"));
    QPushButton *after = add(u"close-after"_s, tr("Close when it has ended"));
    if (running.isEmpty())
        after->hide();
    QPushButton *now = add(u"close-now"_s, running.isEmpty() ? tr("Close without it") : tr("Close now"));
    column->addLayout(row);
    // Texts that wrap know their height by their width alone.
    const int width = std::max(theme.px(560), column->minimumSize().width());
    setMinimumSize(width, column->totalHeightForWidth(width));
    connect(stay, &QPushButton::clicked, this, &QDialog::reject);
    connect(after, &QPushButton::clicked, this, [this] {
        Q_EMIT closeAfterRequested();
        accept();
    });
    connect(now, &QPushButton::clicked, this, [this] {
        Q_EMIT closeNowRequested();
        accept();
    });
    stay->setFocus();
}

} // namespace qd
