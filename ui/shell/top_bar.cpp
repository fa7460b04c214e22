/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/top_bar.h"

#include "fleet/segments.h"
#include "theme/glyph.h"
#include "theme/hatching.h"
#include "theme/text_label.h"
#include "words/action_words.h"

#include <QAbstractButton>
#include <QActionGroup>
#include <QHBoxLayout>
#include <QMenu>
#include <QPainter>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
/// Looks like a field, and opens a way to choose: a text, and at its right a hint of how.
class FieldButton final : public QAbstractButton
{
public:
    FieldButton(const Theme &theme, const QString &hint)
        : m_theme(theme)
        , m_hint(hint)
    {
        setFocusPolicy(Qt::StrongFocus);
        setCursor(Qt::PointingHandCursor);
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    }
    /// At 100 % text; narrower it never is.
    void setWidth(int pixels) { m_width = pixels; }
    void setHintShown(bool shown)
    {
        m_hintShown = shown;
        updateGeometry();
        update();
    }
    [[nodiscard]] QSize hintFor(bool withHint) const
    {
        const QFontMetrics metrics(m_theme.font(TextSize::Caption));
        const int text = metrics.horizontalAdvance(this->text()) + m_theme.px(20);
        const int all = text + metrics.horizontalAdvance(m_hint) + m_theme.px(8);
        return {withHint ? std::max(all, m_theme.px(m_width)) : text, metrics.height() + m_theme.px(10)};
    }
    [[nodiscard]] QSize sizeHint() const override { return hintFor(m_hintShown); }

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
        const QRect inner = rect().adjusted(m_theme.px(10), 0, -m_theme.px(10), 0);
        painter.setPen(m_width > 0 ? colours.faint : colours.text);
        painter.drawText(inner, Qt::AlignLeft | Qt::AlignVCenter, text());
        painter.setPen(colours.faint);
        if (m_hintShown)
            painter.drawText(inner, Qt::AlignRight | Qt::AlignVCenter, m_hint);
    }

private:
    const Theme &m_theme;
    QString m_hint;
    int m_width = 0;
    bool m_hintShown = true;
};

namespace {
constexpr int margin = 16;
constexpr int between = 12;
constexpr int besideGlyph = 6;

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
    , m_readOnly(new Label(theme, TextSize::Caption, true))
    , m_times(new Segments(theme, timeItems()))
    , m_pulseGlyph(new GlyphLabel(theme, 12))
    , m_pulseText(new Label(theme))
    , m_timeButton(new FieldButton(theme, u"▾"_s))
    , m_goTo(new FieldButton(theme, tr("Ctrl K")))
{
    setObjectName(u"top-bar"_s);
    m_name->setObjectName(u"top-name"_s);
    m_page->setObjectName(u"top-page"_s);
    m_page->setTone(Tone::Muted);
    m_readOnly->setObjectName(u"read-only"_s);
    m_readOnly->setTone(Tone::Muted);
    m_readOnly->setText(tr("Read-only"));
    m_readOnly->setToolTip(words::readOnly());
    m_readOnly->setAccessibleDescription(words::readOnly());
    m_readOnly->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
    m_readOnly->hide();
    m_pulseText->setObjectName(u"freshness"_s);
    m_pulseText->setTone(Tone::Muted);
    m_times->setAccessibleName(tr("Range of time"));
    m_timeButton->setObjectName(u"range-menu"_s);
    m_timeButton->setText(shortWord(m_choice));
    m_goTo->setText(tr("Go to…"));
    m_goTo->setWidth(148);
    m_goTo->setObjectName(u"go-to"_s);
    m_goTo->setAccessibleName(tr("Go to a deployment or page"));
    for (Label *label : {m_name, m_page})
        label->setFocusPolicy(Qt::NoFocus);

    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(margin, 0, margin, 0);
    row->setSpacing(between);
    row->addWidget(m_name);
    row->addWidget(m_badge);
    row->addWidget(m_page);
    row->addWidget(m_readOnly);
    row->addStretch(1);
    row->addWidget(m_times);
    row->addWidget(m_timeButton);
    auto *pulse = new QHBoxLayout;
    pulse->setSpacing(besideGlyph);
    pulse->addWidget(m_pulseGlyph);
    pulse->addWidget(m_pulseText);
    row->addLayout(pulse);
    row->addWidget(m_goTo);
    connect(m_times, &Segments::chosen, this,
            [this](int index) { Q_EMIT timeChosen(allTimeChoices.at(static_cast<size_t>(index))); });
    connect(m_timeButton, &QAbstractButton::clicked, this, &TopBar::showTimeMenu);
    connect(m_goTo, &QAbstractButton::clicked, this, &TopBar::goToRequested);
    connect(&theme, &Theme::changed, this, &TopBar::fit);
    fit();
}

int TopBar::widthOf(Form form) const
{
    int width = 2 * margin;
    const auto add = [&](int more) { width += more + between; };
    for (const Label *label : {m_name, m_page}) {
        if (!label->isHidden())
            add((form == Form::Least ? label->minimumSizeHint() : label->sizeHint()).width());
    }
    if (!m_badge->isHidden())
        add(m_badge->sizeHint().width());
    if (!m_readOnly->isHidden())
        add(m_readOnly->sizeHint().width());
    if (!m_controlsShown)
        return width;
    add(form == Form::Wide ? m_times->sizeHint().width() : m_timeButton->sizeHint().width());
    add(m_goTo->hintFor(form == Form::Wide).width());
    const QSize text = form == Form::Least ? m_pulseText->minimumSizeHint() : m_pulseText->sizeHint();
    add(m_pulseGlyph->sizeHint().width() + besideGlyph + text.width());
    return width;
}

QSize TopBar::minimumSizeHint() const
{
    return {widthOf(Form::Least), m_theme.px(height100)};
}

void TopBar::fit()
{
    const bool isWide = width() >= widthOf(Form::Wide);
    setFixedHeight(m_theme.px(height100));
    m_times->setVisible(m_controlsShown && isWide);
    m_timeButton->setVisible(m_controlsShown && !isWide);
    m_goTo->setHintShown(isWide);
    updateGeometry();
    update();
}

void TopBar::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fit();
}

void TopBar::showTimeMenu()
{
    auto *menu = new QMenu(this);
    menu->setObjectName(u"range-choices"_s);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    auto *group = new QActionGroup(menu);
    for (const TimeChoice choice : allTimeChoices) {
        QAction *action = menu->addAction(longWords(choice));
        action->setCheckable(true);
        action->setChecked(choice == m_choice);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, choice] { Q_EMIT timeChosen(choice); });
    }
    menu->popup(m_timeButton->mapToGlobal(QPoint(0, m_timeButton->height())));
}

void TopBar::setPlace(const QString &name, const QString &environment, const QString &page)
{
    m_name->setText(name);
    m_badge->setEnvironment(environment);
    m_badge->setVisible(!environment.isEmpty());
    m_page->setText(page);
    m_page->setVisible(!page.isEmpty());
    fit();
}

void TopBar::setReadOnly(bool readOnly)
{
    m_readOnly->setVisible(readOnly);
    fit();
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
    fit();
}

void TopBar::setTimeChoice(TimeChoice choice)
{
    m_choice = choice;
    m_times->setCurrent(static_cast<int>(choice));
    m_timeButton->setText(shortWord(choice));
    m_timeButton->setAccessibleName(tr("Range of time: %1").arg(longWords(choice)));
    m_timeButton->setToolTip(longWords(choice));
    fit();
}

void TopBar::setControlsShown(bool shown)
{
    m_controlsShown = shown;
    m_pulseGlyph->setVisible(shown);
    m_pulseText->setVisible(shown);
    m_goTo->setVisible(shown);
    fit();
}

void TopBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.colours().surface);
    painter.fillRect(QRect(0, height() - 1, width(), 1), m_theme.colours().line);
}

} // namespace qd
