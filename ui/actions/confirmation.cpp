/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/confirmation.h"

#include "theme/text_label.h"
#include "words/action_words.h"
#include "words/words.h"

#include <QGridLayout>
#include <QLineEdit>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Phase = ActionRun::Phase;
using Way = ActionRun::Way;
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
        grid->addWidget(label, row, 0);
        grid->addWidget(field, row++, 1);
    }
    grid->setColumnStretch(1, 1);
    connect(m_reason, &QLineEdit::textChanged, this, &Confirmation::typed);
    connect(m_name, &QLineEdit::textChanged, this, &Confirmation::typed);
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
    if (approved == nullptr)
        m_approval->setText(tr("not checked yet"));
    else if (!approved->error)
        m_approval->setText(words::sentence(approved->phrase));
    else if (run.isAsked)
        m_approval->setText(tr("%1\nThey see it with: quarterdeck-cli approve %2 --profile FILE --confirm %3")
                                .arg(words::text(approved->error->message),
                                     QString::fromLatin1(run.plan->id().toHex().first(12)),
                                     words::text(run.plan->target.deployment)));
    else
        m_approval->setText(words::text(approved->error->message));
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
