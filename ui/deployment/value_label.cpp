/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/value_label.h"

#include "deployment/deployment_page.h"
#include "theme/glyph.h"
#include "theme/text_label.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>

using namespace Qt::StringLiterals;

namespace qd {

ValueLabel::ValueLabel(DeploymentPage &page, TextSize size, bool strong, QWidget *parent)
    : QWidget(parent)
    , m_page(page)
    , m_glyph(new GlyphLabel(page.theme(), 12, this))
    , m_value(new Label(page.theme(), size, strong, this))
    , m_since(new Label(page.theme(), TextSize::Caption, false, this))
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    row->addWidget(m_glyph);
    row->addWidget(m_value);
    row->addWidget(m_since);
    row->addStretch(1);
    m_row = row;
    m_glyph->setStatus(Status::Unknown);
    m_glyph->hide();
    m_since->hide();
    m_since->setTone(Tone::Stale);
    m_value->setNumeric(true);
    m_value->setElideMode(Qt::ElideMiddle); // paths, versions and names tell apart at their ends
    // Mouse and keyboard are this widget's: the parts are one thing.
    for (QWidget *part :
         {static_cast<QWidget *>(m_glyph), static_cast<QWidget *>(m_value), static_cast<QWidget *>(m_since)}) {
        part->setAttribute(Qt::WA_TransparentForMouseEvents);
        part->setFocusPolicy(Qt::NoFocus);
    }
    setFocusPolicy(Qt::StrongFocus);
}

void ValueLabel::setSubject(const QString &subject)
{
    m_subject = subject;
}

void ValueLabel::setTone(Tone tone)
{
    m_tone = tone;
}

void ValueLabel::setNumeric(bool numeric)
{
    m_value->setNumeric(numeric);
}

void ValueLabel::setAlignment(Qt::Alignment alignment)
{
    m_value->setAlignment(alignment);
    // What belongs together stays together: the free room is at the other side.
    if (alignment & Qt::AlignRight) {
        delete m_row->takeAt(m_row->count() - 1);
        m_row->insertStretch(0, 1);
    }
}

void ValueLabel::setWordWrap(int most)
{
    m_value->setWordWrap(most);
    m_row->setStretchFactor(m_value, 1000); // before any free room
}

void ValueLabel::setMayElide()
{
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
}

void ValueLabel::say(const Spoken &spoken, const Freshness &row)
{
    const Freshness freshness = freshnessOf(Shown<QString>{.value = spoken.text, .error = spoken.error}, row);
    m_known = knownOf(freshness, spoken.text.has_value());
    m_because = spoken.because;
    const bool refused = m_known == Known::Refused;
    const bool current = m_known == Known::Measured;
    m_glyph->setVisible(refused);
    QString value = spoken.text.value_or(words::missing(freshness));
    if (refused && !spoken.text)
        value = freshness.error && freshness.error->code == ErrorCode::NotFound ? tr("Not found") : tr("Refused");
    if (!m_spelt.isEmpty() && m_known == Known::NotMeasured)
        m_value->setTexts({m_spelt, value});
    else
        m_value->setText(value);
    m_value->setTone(!spoken.text ? (refused ? Tone::Stale : Tone::Muted)
                     : !current   ? Tone::Stale
                     : m_coloured ? toneOf(spoken.status)
                                  : m_tone);
    const bool stale = m_known == Known::Stale;
    m_since->setVisible(m_sinceShown && (stale || (refused && spoken.text)));
    const QString time = words::shortTime(freshness.since, m_page.now());
    m_since->setTexts(stale ? QStringList{tr("as of %1").arg(time), time, QString()} : QStringList{tr("refused")});
    if (m_sinceShown) { // where both do not fit, the value is what one came for
        m_since->setMinimumWidth(1);
        m_value->setMinimumWidth(m_since->isHidden() ? 0 : m_value->sizeHint().width());
    }

    const QString state = stateText(freshness);
    setAccessibleName(u"%1: %2%3"_s.arg(m_subject, value, current ? QString() : u", "_s + state));
    setToolTip(plainToolTip(current ? value : u"%1 · %2"_s.arg(value, state)));
}

QString ValueLabel::stateText(const Freshness &freshness) const
{
    if (m_known == Known::NotMeasured && freshness.kind != Freshness::Kind::Pending)
        return tr("not measured");
    return words::freshness(freshness, m_page.now());
}

QString ValueLabel::text() const
{
    return m_since->isHidden() ? m_value->text() : m_value->text() + u' ' + m_since->accessibleName();
}

void ValueLabel::paintEvent(QPaintEvent *)
{
    if (!hasFocus() || !m_byKeyboard)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_page.theme().colours().accent, 1.5));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.75, 0.75, -0.75, -0.75), 3, 3);
}

void ValueLabel::focusInEvent(QFocusEvent *event)
{
    m_byKeyboard = isByKeyboard(event->reason());
    update();
}

void ValueLabel::focusOutEvent(QFocusEvent *)
{
    update();
}

void ValueLabel::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_W && event->modifiers() == Qt::NoModifier)
        ask();
    else if (event->matches(QKeySequence::Copy))
        copy();
    else
        QWidget::keyPressEvent(event);
}

void ValueLabel::contextMenuEvent(QContextMenuEvent *event)
{
    QMenu menu(this);
    QAction *why = menu.addAction(tr("Why?"));
    why->setEnabled(hasEvidence(m_because));
    QAction *copyText = menu.addAction(tr("Copy"));
    connect(why, &QAction::triggered, this, &ValueLabel::ask);
    connect(copyText, &QAction::triggered, this, &ValueLabel::copy);
    menu.exec(event->globalPos());
}

void ValueLabel::mousePressEvent(QMouseEvent *event)
{
    event->ignore(); // a click on a value is a click on its card
}

void ValueLabel::ask()
{
    if (hasEvidence(m_because))
        Q_EMIT m_page.whyRequested(m_because, u"%1: %2"_s.arg(m_subject, text()));
}

void ValueLabel::copy() const
{
    QGuiApplication::clipboard()->setText(text());
}

bool hasEvidence(const Because &because)
{
    return !because.source.isEmpty() || !because.formula.isEmpty() || !because.rule.isEmpty() ||
           !because.inputs.isEmpty();
}

bool isByKeyboard(Qt::FocusReason reason)
{
    return reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason || reason == Qt::ShortcutFocusReason;
}

QString plainToolTip(const QString &text)
{
    return text.isEmpty() ? QString() : u"<span style='white-space:pre-wrap'>%1</span>"_s.arg(text.toHtmlEscaped());
}

} // namespace qd
