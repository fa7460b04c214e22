/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/confirmation.h"

#include "theme/text_label.h"
#include "words/action_words.h"
#include "words/words.h"

#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Phase = ActionRun::Phase;
using Way = ActionRun::Way;

QString capital(QString text)
{
    if (!text.isEmpty())
        text[0] = text[0].toUpper();
    return text;
}
} // namespace

bool isHigh(const ActionRun &run, Way way)
{
    return run.plan && run.plan->risk == Risk::High && way == Way::Run;
}

Confirmation::Confirmation(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_title(new Label(theme, TextSize::Body, true))
    , m_reasonLabel(new Label(theme))
    , m_reason(new QLineEdit)
    , m_nameLabel(new Label(theme))
    , m_name(new QLineEdit)
    , m_approvalLabel(new Label(theme))
    , m_approval(new Label(theme))
    , m_command(new QWidget)
    , m_commandText(new Label(theme))
{
    setObjectName(u"action-confirmation"_s);
    m_reason->setObjectName(u"action-reason"_s);
    m_reason->setMaxLength(static_cast<int>(maxReasonLength));
    m_name->setObjectName(u"action-name"_s);
    m_approval->setObjectName(u"action-approval"_s);
    m_approval->setWordWrap(6);
    m_approvalLabel->setText(tr("Second person"));
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    grid->addWidget(m_title, 0, 0, 1, 2);
    int row = 1;
    const std::pair<Label *, QWidget *> rows[]{
        {m_reasonLabel, m_reason}, {m_nameLabel, m_name}, {m_approvalLabel, m_approval}};
    for (const auto &[label, field] : rows) {
        label->setTone(Tone::Muted);
        grid->addWidget(label, row, 0, field == m_approval ? Qt::AlignTop : Qt::Alignment());
        grid->addWidget(field, row++, 1);
    }
    addCommand(*grid, row);
    grid->setColumnStretch(1, 1);
    connect(m_reason, &QLineEdit::textChanged, this, &Confirmation::typed);
    connect(m_name, &QLineEdit::textChanged, this, &Confirmation::typed);
}

void Confirmation::addCommand(QGridLayout &grid, int row)
{
    m_commandText->setObjectName(u"action-command"_s);
    m_commandText->setWordWrap(4);
    m_commandText->setAccessibleName(tr("The command of the second person"));
    auto *copy = new QPushButton(tr("Copy"));
    copy->setObjectName(u"action-command-copy"_s);
    copy->setAccessibleName(tr("Copy the command of the second person"));
    copy->setAutoDefault(false);
    connect(copy, &QPushButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(m_commandText->text()); });
    auto *line = new QHBoxLayout(m_command);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    line->addWidget(m_commandText, 1);
    line->addWidget(copy, 0, Qt::AlignTop);
    grid.addWidget(m_command, row, 1);
    m_command->hide();
}

void Confirmation::setRun(const ActionRun &run, Way way, bool isAsked)
{
    setVisible(isAsked && run.risk() != Risk::Low);
    if (!isAsked)
        return;
    m_title->setText(way == Way::Undo     ? tr("Confirm undoing it")
                     : way == Way::Resume ? tr("Confirm resuming it")
                                          : tr("Confirm"));
    const bool high = isHigh(run, way);
    const QString name = words::text(run.plan->target.deployment);
    m_nameLabel->setText(tr("Type %1").arg(name));
    m_name->setAccessibleName(m_nameLabel->text());
    m_reasonLabel->setText(high ? tr("Reason") : tr("Reason (optional)"));
    m_reason->setAccessibleName(m_reasonLabel->text());
    for (QWidget *widget : {static_cast<QWidget *>(m_reasonLabel), static_cast<QWidget *>(m_reason)})
        widget->setVisible(way == Way::Run);
    showApproval(run, high);
}

void Confirmation::showApproval(const ActionRun &run, bool isHigh)
{
    const Check *approved = isHigh ? run.check(u"approved") : nullptr;
    m_approvalLabel->setVisible(isHigh);
    m_approval->setVisible(isHigh);
    const bool isWaited = approved != nullptr && approved->error && run.isAsked;
    m_command->setVisible(isWaited);
    if (isWaited)
        m_commandText->setText(u"quarterdeck-cli approve %1 --profile FILE --confirm %2"_s.arg(
            QString::fromLatin1(run.plan->id().toHex().first(12)), words::text(run.plan->target.deployment)));
    if (approved == nullptr)
        m_approval->setText(tr("not checked yet"));
    else if (!approved->error)
        m_approval->setText(words::sentence(approved->phrase));
    else
        m_approval->setText(capital(words::text(approved->error->message)));
}

QString Confirmation::reason() const
{
    return m_reason->text().trimmed();
}

void Confirmation::setReason(const QString &reason)
{
    m_reason->setText(reason);
}

bool Confirmation::confirms(const ActionRun &run, Way way) const
{
    if (run.risk() != Risk::Low && m_name->text() != run.plan->target.deployment)
        return false;
    return !isHigh(run, way) || reason() == run.plan->reason; // as it was approved
}

void Confirmation::clearName()
{
    m_name->clear();
}

bool Confirmation::hasName() const
{
    return m_name->hasFocus();
}

bool Confirmation::asksForName() const
{
    return m_name->isVisibleTo(parentWidget());
}

void Confirmation::focusName()
{
    m_name->setFocus();
}

void Confirmation::focusReason()
{
    m_reason->setFocus();
}

} // namespace qd
