/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/limits_page.h"

#include "charts/drawn.h"
#include "deployment/card_grid.h"
#include "deployment/fallback_note.h"
#include "deployment/limit_table.h"
#include "deployment/marks.h"
#include "deployment/tier_card.h"
#include "deployment/value_label.h"
#include "theme/empty_state.h"
#include "theme/text_label.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

LimitsPage::LimitsPage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent)
    : DeploymentPage(logbook, theme,
                     {QString::fromLatin1(RateLimit::kind), QString::fromLatin1(LimitTier::kind),
                      QString::fromLatin1(Limiter::kind)},
                     parent)
    , m_modeCard(makeModeCard())
    , m_grid(new CardGrid(theme, 236, this))
    , m_lower(new QWidget(this))
    , m_table(new LimitTable(*this, acting, m_lower))
    , m_refused(new ChartPanel(theme, m_lower))
    , m_empty(new EmptyState(theme, this))
{
    m_refused->setObjectName(u"refused-chart"_s);
    m_refused->setTitle(tr("Refused (429), over the last minute"));
    m_refused->setUnit(Unit::PerSecond);
    m_refused->setLeastTop(1);
    auto *row = new QHBoxLayout(m_lower);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(m_table, 3);
    row->addWidget(m_refused, 2);
    content()->addWidget(m_modeCard);
    content()->addWidget(m_grid);
    content()->addWidget(m_lower, 1);
    content()->addWidget(m_empty, 1);
    m_empty->setObjectName(u"limits-empty"_s);
    m_empty->setState(
        Status::NotAvailable, tr("No rate limits here"),
        tr("%1 reports no limits, and its profile names none. If it limits requests, name the tiers under "
           "“tiers” in the profile.")
            .arg(logbook.profile().name));
    if (hasNot(u"limits"))
        m_empty->setState(
            Status::NotAvailable, tr("Not available here"),
            tr("The profile of %1 says that it has no rate limits. If it has them now, take “limits” out of "
               "“unavailable” in the profile.")
                .arg(logbook.profile().name));
    m_empty->hide();
}

Card *LimitsPage::makeModeCard()
{
    auto *card = new Card(theme(), this);
    card->setObjectName(u"limiter-card"_s);
    m_mode = new ValueLabel(*this, TextSize::Title, true);
    m_mode->setObjectName(u"limiter-mode"_s);
    m_mode->setSubject(tr("Where limits are counted"));
    m_mode->setColoured(true);
    m_mode->setSinceShown(true);
    m_mode->setNumeric(false);
    m_meaning = new Label(theme());
    m_meaning->setTone(Tone::Muted);
    m_meaning->setWordWrap(2);
    auto *row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(m_mode);
    row->addWidget(m_meaning, 1);
    card->setBody(row);
    return card;
}

void LimitsPage::showView(const DeploymentView &view)
{
    const bool any = !view.tiers.isEmpty() || !view.limits.isEmpty() || view.limiter.mode.has();
    m_modeCard->setVisible(any);
    m_grid->setVisible(!view.tiers.isEmpty());
    m_lower->setVisible(any);
    m_empty->setVisible(!any);
    showMode(view.limiter);
    showTiers(view);
    m_table->showView(view);
}

void LimitsPage::showMode(const LimiterView &limiter)
{
    m_modeCard->setAccent(limiter.status, Card::Edge::Left);
    m_mode->say(limiter.mode, limiter.freshness);
    m_mode->setVisible(limiter.mode.has());
    m_meaning->setText(limiter.mode.has() ? meaningOf(*limiter.mode)
                                          : tr("Where the service counts its limits is not known. If one of its "
                                               "replies tells, name that field under “limiter: {mode: …}” in the map "
                                               "of an http-health source in the profile."));
}

void LimitsPage::showTiers(const DeploymentView &view)
{
    if (!std::ranges::equal(view.tiers, m_tiers, {}, &TierView::tier, &TierCard::tier)) {
        QList<QWidget *> items;
        m_tiers.clear();
        for (const TierView &tier : view.tiers) {
            m_tiers.append(new TierCard(*this, tier.tier, m_grid));
            items.append(m_tiers.last());
        }
        m_grid->setItems(items);
        showLines();
    }
    for (qsizetype i = 0; i < m_tiers.size(); ++i)
        m_tiers[i]->showView(view.tiers[i], view);
}

void LimitsPage::showLines()
{
    QList<ChartLine> lines;
    for (qsizetype i = 0; i < m_tiers.size(); ++i) {
        const QString series = seriesName(u"tier", m_tiers[i]->tier(), u"rejected_total");
        lines.append(
            {.label = m_tiers[i]->tier(),
             .columns = [this, series](TimeRange range,
                                       int pixels) { return drawnRate(logbook().series(), series, range, pixels); },
             .colourIndex = static_cast<int>(i % 6),
             .dashed = i >= 6});
    }
    m_refused->setLines(std::move(lines));
}

void LimitsPage::showSeries(TimeRange range)
{
    for (TierCard *tier : std::as_const(m_tiers))
        tier->showSeries(range);
    m_refused->setRange(range);
    m_refused->setMarks(marksWhere(logbook().view(), [](const Event &event) {
        return movesAnything(event) || event.kind == EventKind::LimiterChanged || event.kind == EventKind::LimitChanged;
    }));
    m_refused->refresh();
}

} // namespace qd
