/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fleet/segments.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPainter>
#include <QPainterPath>

namespace qd {
namespace {
constexpr double radius = 6;

class Segment final : public QAbstractButton
{
public:
    enum class Place { Only, First, Middle, Last };

    Segment(const Theme &theme, Place place)
        : m_theme(theme)
        , m_place(place)
    {
        setCheckable(true);
        setFocusPolicy(Qt::StrongFocus);
        setCursor(Qt::PointingHandCursor);
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    }
    [[nodiscard]] QSize sizeHint() const override
    {
        const QFontMetrics strong(m_theme.font(TextSize::Caption, true));
        return {strong.horizontalAdvance(text()) + m_theme.px(20), strong.height() + m_theme.px(10)};
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Colours &colours = m_theme.colours();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF box =
            QRectF(rect()).adjusted(0.5, 0.5, m_place == Place::Last || m_place == Place::Only ? -0.5 : 0.5, -0.5);
        painter.save();
        painter.setClipPath(outline(box));
        painter.fillRect(rect(), isChecked() ? colours.raised : colours.surface);
        if (underMouse() && !isChecked())
            painter.fillRect(rect(), colours.raised);
        painter.restore();
        painter.setPen(colours.line);
        painter.drawPath(outline(box));
        painter.setPen(isChecked() ? colours.text : colours.muted);
        painter.setFont(m_theme.font(TextSize::Caption, isChecked()));
        painter.drawText(rect(), Qt::AlignCenter, text());
        if (hasFocus()) {
            painter.setPen(QPen(colours.accent, 2));
            painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
        }
    }

private:
    /// Rounded only where the row ends.
    [[nodiscard]] QPainterPath outline(const QRectF &box) const
    {
        QPainterPath path;
        path.addRoundedRect(box, radius, radius);
        QPainterPath square;
        if (m_place != Place::First && m_place != Place::Only)
            square.addRect(box.adjusted(0, 0, -box.width() / 2, 0));
        if (m_place != Place::Last && m_place != Place::Only)
            square.addRect(box.adjusted(box.width() / 2, 0, 0, 0));
        return path.united(square);
    }
    const Theme &m_theme;
    Place m_place;
};

Segment::Place placeOf(qsizetype index, qsizetype count)
{
    if (count == 1)
        return Segment::Place::Only;
    if (index == 0)
        return Segment::Place::First;
    return index == count - 1 ? Segment::Place::Last : Segment::Place::Middle;
}
} // namespace

Segments::Segments(const Theme &theme, const QList<Item> &items, QWidget *parent)
    : QWidget(parent)
    , m_group(new QButtonGroup(this))
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    for (qsizetype i = 0; i < items.size(); ++i) {
        auto *segment = new Segment(theme, placeOf(i, items.size()));
        segment->setText(items[i].word);
        segment->setObjectName(items[i].objectName);
        segment->setAccessibleName(items[i].description);
        m_group->addButton(segment, static_cast<int>(i));
        row->addWidget(segment);
    }
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setCurrent(0);
    connect(m_group, &QButtonGroup::idClicked, this, &Segments::chosen);
    connect(&theme, &Theme::changed, this, [this] {
        for (QAbstractButton *button : m_group->buttons())
            button->updateGeometry();
        update();
    });
}

void Segments::setCurrent(int index)
{
    if (QAbstractButton *button = m_group->button(index))
        button->setChecked(true);
}

int Segments::current() const
{
    return m_group->checkedId();
}

} // namespace qd
