/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/handover.h"

#include "actions/secret_clipboard.h"
#include "actions/secret_shelf.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QFontDatabase>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Way = SecretShelf::Way;

QPushButton *button(const QString &name, const QString &text)
{
    auto *button = new QPushButton(text);
    button->setObjectName(name);
    button->setAutoDefault(false);
    return button;
}
} // namespace

SecretText::SecretText(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setObjectName(u"action-secret"_s);
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    hide();
}

void SecretText::setSecret(std::optional<Secret> secret)
{
    m_secret = std::move(secret);
    setVisible(m_secret.has_value());
    updateGeometry();
    update();
}

QSize SecretText::sizeHint() const
{
    const QFontMetrics metrics(font());
    const int length = m_secret ? static_cast<int>(m_secret->reveal().size()) : 0;
    return {metrics.horizontalAdvance(u'0') * length + m_theme.px(8), metrics.height() + m_theme.px(8)};
}

void SecretText::paintEvent(QPaintEvent *)
{
    if (!m_secret)
        return;
    QPainter painter(this);
    QString text = QString::fromLatin1(m_secret->reveal());
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWrapAnywhere, text);
    text.fill(u'\0');
}

Handover::Handover(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_title(new Label(theme, TextSize::Body, true))
    , m_text(new SecretText(theme))
    , m_reveal(button(u"action-reveal"_s, tr("Reveal…")))
    , m_copy(button(u"action-reveal-copy"_s, tr("Copy the key")))
    , m_note(new Label(theme))
    , m_yes(button(u"action-reveal-yes"_s, tr("Show it")))
    , m_no(button(u"action-reveal-no"_s, tr("Not now")))
{
    setObjectName(u"action-handover"_s);
    m_title->setObjectName(u"action-handover-title"_s);
    m_title->setWordWrap(4);
    m_note->setObjectName(u"action-handover-note"_s);
    m_note->setWordWrap(6);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addWidget(m_title);
    column->addWidget(m_text);
    column->addWidget(m_note);
    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    for (QPushButton *each : {m_reveal, m_copy, m_yes, m_no})
        row->addWidget(each);
    row->addStretch(1);
    column->addLayout(row);
    connect(m_reveal, &QPushButton::clicked, this, [this] { ask(true); });
    connect(m_no, &QPushButton::clicked, this, [this] { ask(false); });
    connect(m_yes, &QPushButton::clicked, this, [this] {
        ask(false);
        Q_EMIT asked(m_name, Reveal::Shown);
    });
    connect(m_copy, &QPushButton::clicked, this, [this] { Q_EMIT asked(m_name, Reveal::Copied); });
    connect(&m_timer, &QTimer::timeout, this, [this] {
        if (--m_left > 0)
            say(tr("Hidden again in %1 s.").arg(m_left));
        else
            hideSecret();
    });
    connect(&m_keeping, &QTimer::timeout, this, &Handover::sayIfGone);
    ask(false);
    hide();
}

void Handover::setPlan(const QByteArray &plan)
{
    const QStringList names =
        plan.isEmpty() ? QStringList() : secretShelf().notHandedOver(plan) + secretShelf().names(Way::Made, plan);
    const QString name = names.value(0);
    if (plan == m_plan && name == m_name)
        return;
    hideSecret();
    m_plan = plan;
    m_name = name;
    m_title->setText(isUnseen() ? tr("A new key was made: %1. It is shown to nobody.").arg(words::text(name))
                                : tr("A new key was made: %1.").arg(words::text(name)));
    setVisible(!name.isEmpty());
    m_keeping.stop();
    m_copy->setEnabled(true);
    if (isUnseen()) {
        m_keeping.start(m_second);
        sayIfGone();
    }
}

/// Its time is over, and nobody was handed it.
void Handover::sayIfGone()
{
    if (!isUnseen()) {
        m_keeping.stop();
        return;
    }
    if (secretShelf().names(Way::Made, m_plan).contains(m_name))
        return;
    m_keeping.stop();
    ask(false);
    m_reveal->setEnabled(false);
    m_copy->setEnabled(false);
    m_title->setText(tr("A new key was made: %1. Nobody was handed it, and it is gone: issue another one.")
                         .arg(words::text(m_name)));
}

bool Handover::isUnseen() const
{
    return !m_name.isEmpty() && secretShelf().notHandedOver(m_plan).contains(m_name);
}

void Handover::warn()
{
    if (!secretShelf().names(Way::Made, m_plan).contains(m_name)) {
        say(tr("Nobody was handed the key, and it is gone: another one has to be issued."));
        return;
    }
    say(tr("Nobody has seen the key. Once this is closed it is gone, and another one has to be issued."));
}

void Handover::ask(bool isAsked)
{
    // What has the focus is about to be hidden: it must not go on to a button that does something.
    const bool hadFocus = m_yes->hasFocus() || m_no->hasFocus();
    for (QPushButton *each : {m_reveal, m_copy})
        each->setVisible(!isAsked);
    if (!isAsked && hadFocus)
        m_copy->setFocus();
    for (QPushButton *each : {m_yes, m_no})
        each->setVisible(isAsked);
    say(isAsked ? tr("Show the key for %1 s? Whoever sees this screen can read it; the journal says that you did.")
                      .arg(seconds)
                : QString());
    if (isAsked)
        m_no->setFocus();
}

void Handover::hideSecret()
{
    m_timer.stop();
    m_reveal->setEnabled(true);
    m_text->setSecret(std::nullopt);
    say(QString());
}

void Handover::say(const QString &text)
{
    m_note->setText(text);
    m_note->setVisible(!text.isEmpty());
}

void Handover::noted(const QString &name, Reveal reveal, const QString &error)
{
    if (name != m_name)
        return;
    if (!error.isEmpty()) {
        say(tr("It stays hidden, as the journal cannot be written: %1").arg(words::text(error)));
        return;
    }
    auto secret = secretShelf().copy(Way::Made, m_plan, m_name);
    if (!secret) {
        say(tr("The key is gone: it was kept for a quarter of an hour. Take this back, or issue another one."));
        return;
    }
    secretShelf().handOver(m_plan, m_name);
    m_title->setText(tr("A new key was made: %1.").arg(words::text(name)));
    if (reveal == Reveal::Copied) {
        SecretClipboard::instance().put(*secret, m_second * seconds);
        const QString lies = tr("It is on the clipboard for %1 s.").arg(seconds);
        say(lies);
        QTimer::singleShot(m_second * seconds, this, [this, lies] {
            if (m_note->text() == lies)
                say(tr("It is not on the clipboard any more."));
        });
        return;
    }
    m_left = seconds;
    m_reveal->setEnabled(false);
    m_text->setSecret(std::move(secret));
    say(tr("Hidden again in %1 s.").arg(m_left));
    m_timer.start(m_second);
}

} // namespace qd
