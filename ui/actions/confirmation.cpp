/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/confirmation.h"

#include "actions/platform/platform_action.h"
#include "actions/secret_shelf.h"
#include "theme/text_label.h"
#include "words/action_words.h"
#include "words/words.h"

#include <QClipboard>
#include <QComboBox>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

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
    , m_revertLabel(new Label(theme))
    , m_revert(new QComboBox)
    , m_revertNote(new Label(theme))
    , m_validityLabel(new Label(theme))
    , m_validity(new QComboBox)
    , m_nameLabel(new Label(theme))
    , m_name(new QLineEdit)
    , m_secretLabel(new Label(theme))
    , m_secret(new QLineEdit)
    , m_approvalLabel(new Label(theme))
    , m_approval(new Label(theme))
    , m_command(new QWidget)
    , m_commandText(new Label(theme))
{
    setObjectName(u"action-confirmation"_s);
    m_reason->setObjectName(u"action-reason"_s);
    m_reason->setMaxLength(static_cast<int>(maxReasonLength));
    m_name->setObjectName(u"action-name"_s);
    m_secret->setObjectName(u"action-secret"_s);
    m_secret->setEchoMode(QLineEdit::Password);
    m_secret->setMaxLength(4096);
    m_approval->setObjectName(u"action-approval"_s);
    m_approval->setWordWrap(6);
    m_approvalLabel->setText(tr("Second person"));
    setUpChoices();
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    grid->addWidget(m_title, 0, 0, 1, 2);
    int row = 1;
    const std::pair<Label *, QWidget *> rows[]{{m_reasonLabel, m_reason},     {m_revertLabel, m_revert},
                                               {m_validityLabel, m_validity}, {m_secretLabel, m_secret},
                                               {m_nameLabel, m_name},         {m_approvalLabel, m_approval}};
    for (const auto &[label, field] : rows) {
        label->setTone(Tone::Muted);
        const bool isChoice = field == m_revert || field == m_validity;
        grid->addWidget(label, row, 0, field == m_approval ? Qt::AlignTop : Qt::Alignment());
        grid->addWidget(field, row++, 1, isChoice ? Qt::AlignLeft : Qt::Alignment());
        if (field == m_revert)
            grid->addWidget(m_revertNote, row++, 1);
    }
    addCommand(*grid, row);
    grid->setColumnStretch(1, 1);
    connect(m_reason, &QLineEdit::textChanged, this, &Confirmation::typed);
    connect(m_name, &QLineEdit::textChanged, this, &Confirmation::typed);
    connect(m_secret, &QLineEdit::textChanged, this, &Confirmation::typed);
}

void Confirmation::setUpChoices()
{
    m_revert->setObjectName(u"action-revert"_s);
    m_revertNote->setObjectName(u"action-revert-note"_s);
    m_revertNote->setTone(Tone::Muted);
    m_revertNote->setWordWrap(4);
    m_revertLabel->setText(tr("Undo automatically"));
    m_revert->setAccessibleName(m_revertLabel->text());
    m_revert->addItem(tr("never"), 0);
    for (const std::chrono::minutes time : {15min, 30min, 60min, 240min, 480min, 1440min})
        m_revert->addItem(tr("after %1").arg(words::duration(Millis(time))),
                          static_cast<int>(std::chrono::seconds(time).count()));
    m_validity->setObjectName(u"action-validity"_s);
    m_validityLabel->setText(tr("The approval lasts"));
    m_validity->setAccessibleName(m_validityLabel->text());
    for (const std::chrono::minutes time : {15min, 60min, 240min, 1440min})
        m_validity->addItem(words::duration(Millis(time)), static_cast<int>(time.count()));
    m_validity->setCurrentIndex(1);
    const auto choose = [this] {
        const std::chrono::seconds after = said().revertAfter;
        m_revertNote->setText(after.count() > 0 ? words::revertsAfter(after, m_target) : QString());
        m_revertNote->setVisible(after.count() > 0 && !m_revert->isHidden());
        Q_EMIT typed();
    };
    connect(m_revert, &QComboBox::currentIndexChanged, this, choose);
    m_revertNote->hide();
}

void Confirmation::showChoices(const ActionRun &run, Way way)
{
    const bool mayRevert = way == Way::Run && canRevertByItself(*run.plan);
    m_revertLabel->setVisible(mayRevert);
    m_revert->setVisible(mayRevert);
    m_revertNote->setVisible(mayRevert && said().revertAfter.count() > 0);
    m_validityLabel->setVisible(way == Way::Approve);
    m_validity->setVisible(way == Way::Approve);
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
    const bool isLow = run.risk() == Risk::Low;
    const bool takesReason = way == Way::Settle || way == Way::Keep || (way == Way::Run && !isLow);
    setVisible(isAsked &&
               (!isLow || takesReason || way == Way::Approve || (way == Way::Run && canRevertByItself(*run.plan))));
    if (!isAsked)
        return;
    m_target = run.plan->target;
    m_title->setText(way == Way::Undo      ? tr("Confirm undoing it")
                     : way == Way::Resume  ? tr("Confirm resuming it")
                     : way == Way::Settle  ? tr("Confirm that it is over: nothing is changed by this")
                     : way == Way::Keep    ? tr("Confirm that it stays as it is")
                     : way == Way::Approve ? tr("Approve it with your key")
                                           : tr("Confirm"));
    const bool high = isHigh(run, way);
    const QString name = words::text(run.plan->target.deployment);
    m_nameLabel->setText(tr("Type %1").arg(name));
    m_name->setAccessibleName(m_nameLabel->text());
    m_reasonLabel->setText(way == Way::Settle ? tr("What you found") : high ? tr("Reason") : tr("Reason (optional)"));
    m_reason->setAccessibleName(m_reasonLabel->text());
    for (QWidget *widget : {static_cast<QWidget *>(m_reasonLabel), static_cast<QWidget *>(m_reason)})
        widget->setVisible(takesReason);
    for (QWidget *widget : {static_cast<QWidget *>(m_nameLabel), static_cast<QWidget *>(m_name)})
        widget->setVisible(!isLow);
    const QString secret = way == Way::Run || way == Way::Resume ? secretToGive(*run.plan) : QString();
    m_secretLabel->setText(way == Way::Resume ? tr("The new %1, if it is not set yet").arg(words::text(secret))
                                              : tr("The new %1").arg(words::text(secret)));
    m_secret->setAccessibleName(m_secretLabel->text());
    m_secretLabel->setVisible(!secret.isEmpty());
    m_secret->setVisible(!secret.isEmpty());
    showChoices(run, way);
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
        m_approval->setText(words::capital(words::text(approved->error->message), words::namesOf(run)));
}

QString Confirmation::reason() const
{
    return m_reason->text().trimmed();
}

Confirmed Confirmation::said() const
{
    return {.reason = reason(),
            .revertAfter = std::chrono::seconds(m_revert->currentData().toInt()),
            .validity = std::chrono::minutes(m_validity->currentData().toInt())};
}

void Confirmation::take(const Plan &plan)
{
    m_target = plan.target;
    m_reason->setText(plan.reason);
    const auto seconds = static_cast<int>(plan.revertAfter.count());
    if (m_revert->findData(seconds) < 0)
        m_revert->addItem(tr("after %1").arg(words::duration(Millis(plan.revertAfter))), seconds);
    m_revert->setCurrentIndex(m_revert->findData(seconds));
}

bool Confirmation::confirms(const ActionRun &run, Way way) const
{
    if (run.risk() != Risk::Low && m_name->text() != run.plan->target.deployment)
        return false;
    if (way == Way::Settle && reason().isEmpty())
        return false;
    if (way == Way::Run && !secretToGive(*run.plan).isEmpty() && m_secret->text().isEmpty())
        return false;
    const Confirmed now = said(); // as it was approved
    return !isHigh(run, way) || (now.reason == run.plan->reason && now.revertAfter == run.plan->revertAfter);
}

void Confirmation::clearName()
{
    m_name->clear();
}

void Confirmation::giveSecret(const ActionRun &run)
{
    const QString name = secretToGive(*run.plan);
    if (!name.isEmpty() && !m_secret->text().isEmpty())
        secretShelf().keep(SecretShelf::Way::Given, run.plan->id(), name, Secret(m_secret->text().trimmed().toUtf8()));
    m_secret->clear();
}

void Confirmation::clearReason()
{
    m_reason->clear();
}

bool Confirmation::hasName() const
{
    return m_name->hasFocus();
}

bool Confirmation::focus(bool onReason)
{
    QLineEdit *field = onReason ? m_reason : m_name;
    if (isHidden() || field->isHidden())
        return false;
    field->setFocus();
    return true;
}

} // namespace qd
