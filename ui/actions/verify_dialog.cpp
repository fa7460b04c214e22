/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/verify_dialog.h"

#include "actions/sections.h"
#include "history/logbook.h"
#include "profile/environment.h"
#include "theme/hatching.h"
#include "theme/text_label.h"
#include "words/verify_words.h"
#include "words/words.h"

#include <QCheckBox>
#include <QClipboard>
#include <QGuiApplication>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
Status statusOf(Verified::Result result)
{
    switch (result) {
    case Verified::Result::Passed:
        return Status::Ok;
    case Verified::Result::Failed:
        return Status::Down;
    case Verified::Result::Skipped:
        return Status::NotAvailable;
    case Verified::Result::Waiting:
    case Verified::Result::Running:
    case Verified::Result::Unknown:
        break;
    }
    return Status::Unknown;
}

/// The most requests that the bursts of the list may send together in this environment.
int burstOf(const Checklist &checklist, const QString &environment)
{
    int most = 0;
    for (const ChecklistItem &item : checklist) {
        const bool isForHere =
            item.environments.isEmpty() || item.environments.contains(environment, Qt::CaseInsensitive);
        if (item.kind == ChecklistItem::Kind::Burst && isForHere && (item.inProduction || !isProduction(environment)))
            most += item.requests;
    }
    return most;
}
} // namespace

VerifyDialog::VerifyDialog(const Logbook &logbook, const DeskPlace &place, const Theme &theme, QWidget *parent)
    : QDialog(parent)
    , m_logbook(logbook)
    , m_theme(theme)
    , m_edge(new ProductionEdge(theme, this))
    , m_isReadOnly(place.readOnly)
    , m_checklist(checklistOf(logbook.profile()))
    , m_verifying(new Verifying(logbook.profile(), m_checklist.value_or(Checklist()), place, logbook.clock(), this))
    , m_burst(burstOf(m_checklist.value_or(Checklist()), logbook.profile().environment))
    , m_list(new Section(theme, u"verify-list"_s))
{
    setObjectName(u"verify-dialog"_s);
    m_edge->setVisible(isProduction(logbook.profile().environment));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowModality(Qt::WindowModal);
    setWindowTitle(tr("Verify %1").arg(logbook.profile().name));
    resize(theme.px(720), theme.px(560));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16 + ProductionEdge::thickness, 16, 12);
    column->setSpacing(12);
    buildHead(column);
    auto *content = new QWidget;
    auto *lines = new QVBoxLayout(content);
    lines->setContentsMargins(0, 0, 0, 0);
    lines->addWidget(m_list);
    lines->addStretch(1);
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(content);
    column->addWidget(scroll, 1);
    buildFoot(column);
    connect(m_verifying, &Verifying::changed, this, &VerifyDialog::showResults);
    showResults();
}

void VerifyDialog::buildHead(QVBoxLayout *column)
{
    auto *title = new Label(m_theme, TextSize::Title, true);
    title->setText(tr("Verify %1").arg(m_logbook.profile().name));
    auto *badge = new EnvironmentBadge(m_theme);
    badge->setEnvironment(m_logbook.profile().environment);
    auto *head = new QHBoxLayout;
    head->addWidget(title);
    head->addWidget(badge);
    head->addStretch(1);
    m_summary = new Label(m_theme);
    m_summary->setObjectName(u"verify-summary"_s);
    m_summary->setTone(Tone::Muted);
    m_summary->setWordWrap(3);
    column->addLayout(head);
    column->addWidget(m_summary);
}

void VerifyDialog::buildFoot(QVBoxLayout *column)
{
    m_agree = new QCheckBox(tr("Also send up to %1 requests in a row to %2, until the rate limiter refuses")
                                .arg(m_burst)
                                .arg(m_logbook.profile().environment));
    m_agree->setObjectName(u"verify-agree"_s);
    m_agree->setVisible(m_burst > 0);
    m_agree->setEnabled(!m_isReadOnly);
    if (m_isReadOnly)
        m_agree->setToolTip(tr("This console is read-only."));
    column->addWidget(m_agree);
    m_evidence = new Label(m_theme);
    m_evidence->setObjectName(u"verify-evidence"_s);
    m_evidence->setTone(Tone::Muted);
    m_evidence->setWordWrap(3);
    column->addWidget(m_evidence);
    auto *row = new QHBoxLayout;
    const auto add = [&](const QString &name, const QString &text) {
        auto *button = new QPushButton(text);
        button->setObjectName(name);
        button->setAutoDefault(false);
        row->addWidget(button);
        return button;
    };
    m_copy = add(u"verify-copy"_s, tr("Copy"));
    row->addStretch(1);
    m_close = add(u"verify-close"_s, tr("Close"));
    m_again = add(u"verify-start"_s, tr("Look again"));
    column->addLayout(row);
    QWidget::setTabOrder(m_again, m_copy);
    m_close->setFocus();
    connect(m_copy, &QPushButton::clicked, this, &VerifyDialog::copy);
    connect(m_close, &QPushButton::clicked, this, &QDialog::close);
    connect(m_again, &QPushButton::clicked, this, [this] {
        if (m_verifying->isRunning())
            m_verifying->stop();
        else
            start();
    });
}

void VerifyDialog::start()
{
    if (m_checklist)
        m_verifying->start(m_agree->isChecked() && !m_isReadOnly, m_logbook.view());
}

void VerifyDialog::resizeEvent(QResizeEvent *event)
{
    QDialog::resizeEvent(event);
    m_edge->setGeometry(0, 0, width(), ProductionEdge::thickness);
}

void VerifyDialog::showResults()
{
    QList<Section::Line> lines;
    for (const Verified &each : m_verifying->results()) {
        const QString found = words::finding(each);
        lines.append({.glyph = statusOf(each.result),
                      .cells = {each.title, found.isEmpty() ? words::say(each.result) : found},
                      .tone = each.result == Verified::Result::Passed ? Tone::Muted : Tone::Text});
    }
    m_list->setLines(lines);
    const bool isRunning = m_verifying->isRunning();
    m_summary->setText(isRunning ? tr("Looking…") : words::summary(m_verifying->results()));
    if (!m_checklist)
        m_summary->setText(
            tr("The profile's list cannot be read: %1: %2")
                .arg(words::text(m_checklist.error().first().where), words::text(m_checklist.error().first().message)));
    m_again->setEnabled(m_checklist.has_value());
    m_again->setText(isRunning ? tr("Stop") : tr("Look again"));
    m_agree->setEnabled(!isRunning && !m_isReadOnly);
    if (isRunning || !m_verifying->endedAt())
        m_evidence->setText({});
    else if (m_isReadOnly)
        m_evidence->setText(tr("This console is read-only: the evidence is not kept."));
    else if (const auto &error = m_verifying->keepingError())
        m_evidence->setText(tr("The evidence is not in the journal: %1").arg(words::text(error->message)));
    else
        m_evidence->setText(tr("The evidence is in the journal."));
}

void VerifyDialog::copy() const
{
    QStringList lines{
        tr("%1 · %2: %3")
            .arg(m_logbook.profile().name, m_logbook.profile().environment, words::summary(m_verifying->results()))};
    for (const Verified &each : m_verifying->results()) {
        lines.append(u"%1\t%2\t%3"_s.arg(words::say(each.result), each.title, words::finding(each)));
        if (!each.command.isEmpty())
            lines.append(u"\t"_s + each.command);
    }
    QGuiApplication::clipboard()->setText(lines.join(u'\n'));
}

} // namespace qd
