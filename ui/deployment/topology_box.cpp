/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/topology_box.h"

#include "deployment/deployment_page.h"
#include "theme/glyph.h"
#include "theme/meter_bar.h"
#include "theme/text_label.h"

#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int sidePadding = 10;
constexpr int topPadding = 8;
constexpr qsizetype longestWhole = 24;

bool isLoud(Status status)
{
    return status == Status::Degraded || status == Status::Down;
}
} // namespace

TopologyBox::TopologyBox(DeploymentPage &page, const TopologyNode &node, QWidget *parent)
    : QFrame(parent)
    , m_page(page)
    , m_node(node)
    , m_glyph(new GlyphLabel(page.theme(), 14, this))
    , m_title(new Label(page.theme(), TextSize::Body, true, this))
    , m_role(new Label(page.theme(), TextSize::Caption, false, this))
    , m_note(new Label(page.theme(), TextSize::Caption, false, this))
{
    setObjectName(u"topology-"_s + node.key);
    setFocusPolicy(Qt::StrongFocus);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(sidePadding, topPadding, sidePadding, topPadding);
    column->setSpacing(4);
    auto *head = new QHBoxLayout;
    head->setContentsMargins(0, 0, 0, 0);
    head->setSpacing(6);
    head->addWidget(m_glyph);
    head->addWidget(m_title, 1);
    head->addWidget(m_role);
    m_title->setElideMode(Qt::ElideMiddle); // the end of an address tells it from others
    m_role->setTone(Tone::Muted);
    column->addLayout(head);
    auto *grid = new QGridLayout;
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(3);
    grid->setColumnStretch(1, 1);
    for (const TopologyFigure &figure : node.figures)
        addFigure(*grid, figure);
    column->addLayout(grid);
    m_note->setWordWrap(3);
    m_note->setTone(Tone::Muted);
    column->addWidget(m_note);
    connect(&page.theme(), &Theme::changed, this, qOverload<>(&QWidget::update));
    showNode(node);
}

void TopologyBox::addFigure(QGridLayout &grid, const TopologyFigure &figure)
{
    const int row = grid.rowCount();
    auto *name = new Label(m_page.theme(), TextSize::Caption, false, this);
    name->setTone(Tone::Muted);
    name->setText(figure.name);
    name->setElideMode(Qt::ElideMiddle);
    name->setWordWrap(2); // "database · user" of a pool
    grid.addWidget(name, row, 0);
    auto *values = new QHBoxLayout;
    values->setContentsMargins(0, 0, 0, 0);
    values->setSpacing(10);
    values->addStretch(1);
    for (const TopologyFigure::Part &part : figure.parts) {
        auto *value = new ValueLabel(m_page, TextSize::Body, false, this);
        value->setSubject(part.subject);
        value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        values->addWidget(value);
        m_values.append(value);
    }
    grid.addLayout(values, row, 1);
    if (!figure.hasMeter)
        return;
    auto *meter = new MeterBar(m_page.theme(), this);
    grid.addWidget(meter, row + 1, 0, 1, 2);
    m_meters.append(meter);
}

QStringList TopologyBox::build(const TopologyNode &node)
{
    QStringList parts{node.key, QString::number(static_cast<int>(node.shape))};
    for (const TopologyFigure &figure : node.figures) {
        parts.append(figure.name + (figure.hasMeter ? u'1' : u'0'));
        for (const TopologyFigure::Part &part : figure.parts)
            parts.append(part.subject);
    }
    return parts;
}

void TopologyBox::showNode(const TopologyNode &node)
{
    const bool looksOther = node.status != m_node.status;
    m_node = node;
    m_glyph->setStatus(node.status);
    m_title->setText(node.title);
    m_role->setText(node.role);
    m_note->setText(node.note);
    m_note->setVisible(!node.note.isEmpty());
    m_note->setTone(isLoud(node.status) ? toneOf(node.status) : Tone::Muted);
    qsizetype value = 0;
    qsizetype meter = 0;
    for (const TopologyFigure &figure : node.figures) {
        for (const TopologyFigure::Part &part : figure.parts) {
            ValueLabel *label = m_values[value++];
            label->setColoured(part.spoken.status != Status::Ok);
            label->say(part.spoken, part.freshness);
            // A number is never cut; a long text gives way.
            const bool isShort = label->text().size() <= longestWhole;
            label->setSizePolicy(isShort ? QSizePolicy::Minimum : QSizePolicy::Preferred, QSizePolicy::Preferred);
            label->layout()->activate();
        }
        if (!figure.hasMeter)
            continue;
        const TopologyFigure::Part &first = figure.parts.first();
        m_meters[meter]->setValue(figure.fill, first.freshness.kind == Freshness::Kind::Fresh ? first.spoken.status
                                                                                              : Status::Unknown);
        m_meters[meter++]->setAccessibleName(u"%1: %2"_s.arg(first.subject, first.spoken.text.value_or(u"–"_s)));
    }
    layout()->activate(); // now: else a longer value is drawn in the room of the one before it
    setAccessibleName(inWords());
    if (looksOther)
        update();
}

QString TopologyBox::inWords() const
{
    QStringList said{(m_node.role.isEmpty() ? QString() : m_node.role + u' ') +
                     u"%1: %2"_s.arg(m_node.title, words::say(m_node.status))};
    qsizetype value = 0;
    for (const TopologyFigure &figure : m_node.figures) {
        QStringList parts;
        for (qsizetype i = 0; i < figure.parts.size(); ++i)
            parts.append(m_values[value++]->text());
        said.append(u"%1 %2"_s.arg(figure.name, parts.join(u", "_s)));
    }
    if (!m_node.note.isEmpty())
        said.append(m_node.note);
    return said.join(u". "_s);
}

int TopologyBox::heightFor(int width) const
{
    return layout()->hasHeightForWidth() ? layout()->totalHeightForWidth(width) : layout()->totalSizeHint().height();
}

void TopologyBox::paintEvent(QPaintEvent *)
{
    const Theme &theme = m_page.theme();
    const Colours &colours = theme.colours();
    const bool isRing = hasFocus() && m_byKeyboard;
    const bool isSolid = m_node.shape != TopologyNode::Shape::Gone && m_node.status != Status::Unknown;
    QColor border = isLoud(m_node.status) ? theme.colourOf(m_node.status) : colours.line;
    if (!isSolid && !isLoud(m_node.status))
        border = colours.stale;
    if (isRing)
        border = colours.accent;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(isSolid ? QBrush(colours.raised) : QBrush(Qt::NoBrush));
    painter.setPen(QPen(border, isRing ? 1.5 : 1, isSolid || isRing ? Qt::SolidLine : Qt::DashLine));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 6, 6);
}

void TopologyBox::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
        Q_EMIT moveRequested(event->key());
        return;
    default:
        break;
    }
    if (event->matches(QKeySequence::Copy)) {
        QGuiApplication::clipboard()->setText(inWords());
        return;
    }
    // Of the node: of its first figure that can tell.
    if (event->key() == Qt::Key_W && event->modifiers() == Qt::NoModifier) {
        for (const TopologyFigure &figure : m_node.figures) {
            for (const TopologyFigure::Part &part : figure.parts) {
                if (!hasEvidence(part.spoken.because))
                    continue;
                Q_EMIT m_page.whyRequested(part.spoken.because,
                                           u"%1: %2"_s.arg(part.subject, part.spoken.text.value_or(u"–"_s)));
                return;
            }
        }
        return;
    }
    QFrame::keyPressEvent(event);
}

void TopologyBox::focusInEvent(QFocusEvent *event)
{
    m_byKeyboard = isByKeyboard(event->reason()) || event->reason() == Qt::OtherFocusReason;
    update();
}

void TopologyBox::focusOutEvent(QFocusEvent *)
{
    update();
}

} // namespace qd
