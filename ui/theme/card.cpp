/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "theme/card.h"

#include "theme/glyph.h"
#include "theme/text_label.h"

#include <QFontMetrics>
#include <QHBoxLayout>
#include <QPainter>
#include <QPainterPath>
#include <QVBoxLayout>

namespace qd {
namespace {
constexpr double radius = 8;
constexpr int padding = 12;
constexpr double edgeWidth = 3;
} // namespace

Card::Card(const Theme &theme, QWidget *parent)
    : QFrame(parent)
    , m_theme(theme)
    , m_column(new QVBoxLayout(this))
    , m_titleBar(new QWidget(this))
    , m_titleRow(new QHBoxLayout(m_titleBar))
    , m_glyph(new GlyphLabel(theme, 14, m_titleBar))
    , m_title(new Label(theme, TextSize::Body, true, m_titleBar))
    , m_note(new Label(theme, TextSize::Caption, false, m_titleBar))
{
    setFrameShape(QFrame::NoFrame);
    m_column->setContentsMargins(padding, padding, padding, padding);
    m_column->setSpacing(8);
    m_titleRow->setContentsMargins(0, 0, 0, 0);
    m_titleRow->setSpacing(8);
    m_titleRow->addWidget(m_glyph);
    m_titleRow->addWidget(m_title);
    m_titleRow->addStretch(1);
    m_titleRow->addWidget(m_note);
    m_note->setTone(Tone::Muted);
    m_note->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    // It takes the room that the title leaves, up to its own length: a long one elides, the title does not.
    m_note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_titleRow->setStretchFactor(m_note, 1000);
    m_glyph->hide();
    m_note->hide();
    m_titleBar->hide();
    m_titleBar->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    m_column->addWidget(m_titleBar);
    connect(&theme, &Theme::changed, this, [this] {
        fitNote();
        update();
    });
}

void Card::fitNote()
{
    m_note->setMaximumWidth(m_note->sizeHint().width());
    const QFontMetrics metrics(m_theme.font(TextSize::Caption));
    m_note->setMinimumWidth(m_shortestNote.isEmpty() ? 0 : metrics.horizontalAdvance(m_shortestNote) + 1);
}

void Card::showTitleRow()
{
    m_titleBar->setVisible(m_titleRow->count() > 4 || !m_title->text().isEmpty() || !m_note->text().isEmpty());
}

void Card::setTitle(const QString &title, TextSize size)
{
    m_title->setSize(size);
    m_title->setText(title);
    setAccessibleName(title);
    showTitleRow();
}

void Card::setTitles(const QStringList &titles)
{
    setTitle(titles.first());
    m_title->setTexts(titles);
}

QString Card::title() const
{
    return m_title->text();
}

void Card::setGlyph(std::optional<Status> status)
{
    if (status)
        m_glyph->setStatus(*status);
    m_glyph->setVisible(status.has_value());
}

void Card::setWorking()
{
    m_glyph->setWorking();
    m_glyph->show();
}

void Card::setNote(const QString &note, Tone tone)
{
    setNotes({note}, tone);
}

void Card::setNotes(const QStringList &notes, Tone tone)
{
    m_note->setTexts(notes);
    m_shortestNote = notes.size() > 1 ? notes.last() : QString();
    fitNote();
    m_note->setTone(tone);
    m_note->setVisible(!notes.first().isEmpty());
    showTitleRow();
}

QString Card::note() const
{
    return m_note->text();
}

void Card::addToTitleRow(QWidget *widget)
{
    m_titleRow->insertWidget(m_titleRow->count() - 1, widget);
    showTitleRow();
}

void Card::setAccent(std::optional<Status> status, Edge edge)
{
    const bool loud = status == Status::Degraded || status == Status::Down;
    const auto accent = loud ? status : std::nullopt;
    if (accent == m_accent && edge == m_edge)
        return;
    m_accent = accent;
    m_edge = edge;
    update();
}

void Card::setBody(QWidget *body)
{
    if (m_body == body)
        return;
    delete m_body;
    m_body = body;
    m_column->addWidget(body, 1);
}

void Card::setBody(QLayout *body)
{
    auto *holder = new QWidget(this);
    body->setContentsMargins(0, 0, 0, 0);
    holder->setLayout(body);
    setBody(holder);
}

void Card::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Colours &c = m_theme.colours();
    const QRectF frame = QRectF(rect()).adjusted(.5, .5, -.5, -.5);
    QPainterPath outline;
    outline.addRoundedRect(frame, radius, radius);
    painter.fillPath(outline, c.surface);
    QColor border = c.line;
    if (m_accent) {
        const QColor loud = m_theme.colourOf(*m_accent);
        painter.save();
        painter.setClipPath(outline);
        painter.fillRect(m_edge == Edge::Left ? QRectF(0, 0, edgeWidth, height()) : QRectF(0, 0, width(), edgeWidth),
                         loud);
        painter.restore();
        if (m_edge == Edge::Left)
            border = loud;
    }
    painter.setPen(QPen(border, 1));
    painter.drawPath(outline);
    if (m_accent && m_edge == Edge::Top) { // the hairline ends where the coloured edge begins
        painter.setClipRect(QRectF(0, 0, width(), edgeWidth));
        painter.setPen(QPen(m_theme.colourOf(*m_accent), 1));
        painter.drawPath(outline);
    }
}

} // namespace qd
