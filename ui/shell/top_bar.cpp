/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/top_bar.h"

#include "fleet/segments.h"
#include "shell/hatching.h"
#include "theme/glyph.h"
#include "theme/text_label.h"

#include <QAbstractButton>
#include <QHBoxLayout>
#include <QPainter>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Looks like a field to search in, and opens one.
class GoToButton final : public QAbstractButton
{
public:
    explicit GoToButton(const Theme &theme)
        : m_theme(theme)
    {
        setFocusPolicy(Qt::StrongFocus);
        setCursor(Qt::PointingHandCursor);
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    }
    [[nodiscard]] QSize sizeHint() const override
    {
        const QFontMetrics metrics(m_theme.font(TextSize::Caption));
        return {m_theme.px(148), metrics.height() + m_theme.px(10)};
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Colours &colours = m_theme.colours();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(hasFocus() ? QPen(colours.accent, 2) : QPen(colours.line));
        painter.setBrush(underMouse() ? colours.raised : colours.surface);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 6, 6);
        painter.setFont(m_theme.font(TextSize::Caption));
        painter.setPen(colours.faint);
        const QRect inner = rect().adjusted(m_theme.px(10), 0, -m_theme.px(10), 0);
        painter.drawText(inner, Qt::AlignLeft | Qt::AlignVCenter, text());
        painter.drawText(inner, Qt::AlignRight | Qt::AlignVCenter, TopBar::tr("Ctrl K"));
    }

private:
    const Theme &m_theme;
};

QList<Segments::Item> timeItems()
{
    QList<Segments::Item> items;
    for (const TimeChoice choice : allTimeChoices)
        items.append({shortWord(choice), u"range-"_s + keyOf(choice), longWords(choice)});
    return items;
}
} // namespace

TopBar::TopBar(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_name(new Label(theme, TextSize::Title, true))
    , m_badge(new EnvironmentBadge(theme))
    , m_page(new Label(theme))
    , m_times(new Segments(theme, timeItems()))
    , m_pulseGlyph(new GlyphLabel(theme, 12))
    , m_pulseText(new Label(theme))
    , m_goTo(new GoToButton(theme))
{
    setObjectName(u"top-bar"_s);
    m_name->setObjectName(u"top-name"_s);
    m_page->setObjectName(u"top-page"_s);
    m_page->setTone(Tone::Muted);
    m_pulseText->setObjectName(u"freshness"_s);
    m_pulseText->setTone(Tone::Muted);
    m_times->setAccessibleName(tr("Range of time"));
    m_goTo->setText(tr("Go to…"));
    m_goTo->setObjectName(u"go-to"_s);
    m_goTo->setAccessibleName(tr("Go to a deployment or page"));
    for (Label *label : {m_name, m_page})
        label->setFocusPolicy(Qt::NoFocus);

    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 0, 16, 0);
    row->setSpacing(12);
    row->addWidget(m_name);
    row->addWidget(m_badge);
    row->addWidget(m_page);
    row->addStretch(1);
    row->addWidget(m_times);
    auto *pulse = new QHBoxLayout;
    pulse->setSpacing(6);
    pulse->addWidget(m_pulseGlyph);
    pulse->addWidget(m_pulseText);
    row->addLayout(pulse);
    row->addWidget(m_goTo);
    connect(m_times, &Segments::chosen, this,
            [this](int index) { Q_EMIT timeChosen(allTimeChoices.at(static_cast<size_t>(index))); });
    connect(m_goTo, &QAbstractButton::clicked, this, &TopBar::goToRequested);
    connect(&theme, &Theme::changed, this, &TopBar::fit);
    fit();
}

void TopBar::fit()
{
    setFixedHeight(m_theme.px(height100));
    m_goTo->updateGeometry();
    update();
}

void TopBar::setPlace(const QString &name, const QString &environment, const QString &page)
{
    m_name->setText(name);
    m_badge->setEnvironment(environment);
    m_badge->setVisible(!environment.isEmpty());
    m_page->setText(page);
    m_page->setVisible(!page.isEmpty());
}

void TopBar::setPulse(const Pulse &pulse)
{
    if (pulse == m_pulse)
        return;
    m_pulse = pulse;
    m_pulseGlyph->setStatus(pulse.status);
    m_pulseText->setText(pulse.text);
    m_pulseText->setTone(pulse.status == Status::Ok ? Tone::Muted : toneOf(pulse.status));
    m_pulseText->setAccessibleName(pulse.text);
    m_pulseText->setAccessibleDescription(pulse.detail);
    m_pulseGlyph->setToolTip(pulse.detail.toHtmlEscaped().replace(u'\n', u"<br>"_s));
}

void TopBar::setTimeChoice(TimeChoice choice)
{
    m_times->setCurrent(static_cast<int>(choice));
}

void TopBar::setControlsShown(bool shown)
{
    m_times->setVisible(shown);
    m_pulseGlyph->setVisible(shown);
    m_pulseText->setVisible(shown);
    m_goTo->setVisible(shown);
}

void TopBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.colours().surface);
    painter.fillRect(QRect(0, height() - 1, width(), 1), m_theme.colours().line);
}

} // namespace qd
