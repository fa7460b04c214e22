/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/breakers_page.h"

#include "actions/acting.h"
#include "actions/breaker/breaker.h"
#include "charts/drawn.h"
#include "deployment/breaker_card.h"
#include "deployment/card_grid.h"
#include "deployment/column_sums.h"
#include "deployment/deed_row.h"
#include "deployment/marks.h"
#include "theme/empty_state.h"
#include "words/words.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

BreakersPage::BreakersPage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent)
    : DeploymentPage(logbook, theme, {QString::fromLatin1(Breaker::kind)}, parent)
    , m_acting(acting)
    , m_grid(new CardGrid(theme, 236, this))
    , m_deeds(new DeedRow(*this, u"breaker-act"_s, {u"breaker-reset"_s, u"breaker-hold"_s}, this))
    , m_charts(new QWidget(this))
    , m_calls(new ChartPanel(theme, m_charts))
    , m_failures(new ChartPanel(theme, m_charts))
    , m_empty(new EmptyState(theme, this))
{
    m_calls->setObjectName(u"breaker-calls-chart"_s);
    m_calls->setUnit(Unit::PerSecond);
    m_calls->setPlotHeight(180);
    m_failures->setObjectName(u"breaker-failures-chart"_s);
    m_failures->setUnit(Unit::Percent);
    m_failures->setLeastTop(0.1);
    m_failures->setPlotHeight(180);
    connect(m_calls, &ChartPanel::hovered, m_failures, &ChartPanel::setCrosshair);
    connect(m_failures, &ChartPanel::hovered, m_calls, &ChartPanel::setCrosshair);

    auto *row = new QHBoxLayout(m_charts);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(m_calls, 1);
    row->addWidget(m_failures, 1);
    content()->addWidget(m_grid);
    content()->addWidget(m_deeds);
    connect(m_deeds, &DeedRow::pressed, this, &BreakersPage::act);
    content()->addWidget(m_charts, 1);
    content()->addWidget(m_empty, 1);
    m_empty->setObjectName(u"breakers-empty"_s);
    m_empty->setState(Status::NotAvailable, tr("No circuit breakers here"),
                      tr("%1 reports no circuit breakers, and its profile names none. If it has some, name them under "
                         "“breakers” in the profile.")
                          .arg(logbook.profile().name));
    if (hasNot(u"breakers"))
        m_empty->setState(
            Status::NotAvailable, tr("Not available here"),
            tr("The profile of %1 says that it has no circuit breakers. If it has them now, take “breakers” out of "
               "“unavailable” in the profile.")
                .arg(logbook.profile().name));
    m_empty->hide();
}

void BreakersPage::showView(const DeploymentView &view)
{
    const bool any = !view.breakers.isEmpty();
    m_grid->setVisible(any);
    m_deeds->setVisible(any && !onlyWatches(m_acting));
    m_charts->setVisible(any);
    m_empty->setVisible(!any);
    // Trouble first; the others as they always stand.
    QList<BreakerView> breakers = view.breakers;
    std::ranges::stable_sort(breakers, std::ranges::greater(), &BreakerView::status);
    showCards(breakers);
    showDeeds();
}

bool BreakersPage::isOutOfReach(const SourceSpec &source) const
{
    const auto action = breakerActionOn(source, logbook().profile());
    return !action && action.error().code == ErrorCode::Unsupported;
}

bool BreakersPage::isOutOfReach() const
{
    const SourceSpec *source = sourceOfChosen();
    return source != nullptr ? isOutOfReach(*source)
                             : std::ranges::all_of(logbook().profile().sources,
                                                   [this](const SourceSpec &each) { return isOutOfReach(each); });
}

QString BreakersPage::whyNotChosen() const
{
    if (onlyWatches(m_acting))
        return whyNot(u"breaker", *this, m_acting);
    if (m_chosen.isEmpty() && isOutOfReach())
        return tr("These breakers live in the memory of the service itself: nothing outside can close them, or hold "
                  "them open.");
    const QList<BreakerView> &breakers = logbook().view().breakers;
    if (std::ranges::find(breakers, m_chosen, &BreakerView::name) == breakers.end())
        return tr("Choose a breaker above to close it or to hold it open.");
    const SourceSpec *source = sourceOfChosen();
    if (source == nullptr && !isOutOfReach())
        return tr("It is not known how %1 stands.").arg(words::text(m_chosen));
    if (isOutOfReach())
        return tr("%1 lives in the memory of the service itself: nothing outside can close it, or hold it open.")
            .arg(words::text(m_chosen));
    const auto action = breakerActionOn(*source, logbook().profile());
    return action ? QString() : tr("Nothing can be done to it from here: %1.").arg(words::text(action.error().message));
}

const SourceSpec *BreakersPage::sourceOfChosen() const
{
    const QList<BreakerView> &breakers = logbook().view().breakers;
    const auto chosen = std::ranges::find(breakers, m_chosen, &BreakerView::name);
    if (chosen == breakers.end())
        return nullptr;
    const QList<SourceSpec> &sources = logbook().profile().sources;
    const auto source = std::ranges::find(sources, chosen->state.because.source, &SourceSpec::id);
    return source == sources.end() ? nullptr : &*source;
}

void BreakersPage::showDeeds()
{
    const QString name = m_chosen.isEmpty() ? tr("a breaker") : words::text(m_chosen);
    const SourceSpec *source = sourceOfChosen();
    const bool hasEnd = source != nullptr && source->kind == "pybreaker"_L1;
    m_deeds->show(
        {tr("Close %1").arg(name), hasEnd ? tr("Hold %1 open for 10 min").arg(name) : tr("Force %1 open").arg(name)},
        whyNotChosen());
    m_deeds->setOffered(!isOutOfReach() && !onlyWatches(m_acting));
}

void BreakersPage::act(int button)
{
    const SourceSpec *source = sourceOfChosen();
    const auto action =
        source != nullptr ? breakerActionOn(*source, logbook().profile()) : failure(ErrorCode::NotFound, {});
    if (!action || !whyNotChosen().isEmpty())
        return;
    Wish wish{.resource = m_chosen, .set = {{u"state"_s, u"closed"_s}}, .author = {}, .reason = {}};
    if (button == 1)
        wish.set = {{u"state"_s, u"open"_s}};
    if (button == 1 && source->kind == "pybreaker"_L1) // others stay open until somebody closes them
        wish.set[u"for"_s] = u"600"_s;
    Q_EMIT actionRequested(*action, wish);
}

void BreakersPage::showCards(const QList<BreakerView> &breakers)
{
    const bool same = std::ranges::equal(breakers, m_cards, {}, &BreakerView::name, &BreakerCard::name);
    if (!same) {
        QList<QWidget *> items;
        QList<BreakerCard *> cards;
        for (const BreakerView &breaker : breakers) {
            const auto known = std::ranges::find(m_cards, breaker.name, &BreakerCard::name);
            auto *card = known != m_cards.end() ? *known : new BreakerCard(*this, breaker.name, m_grid);
            if (known == m_cards.end())
                connect(card, &BreakerCard::clicked, this, &BreakersPage::choose);
            cards.append(card);
            items.append(card);
        }
        m_grid->setItems(items);
        m_cards = cards;
        if (!m_chosen.isEmpty() &&
            std::ranges::none_of(breakers, [&](const BreakerView &b) { return b.name == m_chosen; }))
            m_chosen.clear();
        showLines();
    }
    PerSecond busiest;
    for (const BreakerView &breaker : breakers)
        busiest.rate = std::max(busiest.rate, breaker.traffic.has() ? breaker.traffic->rate : 0);
    for (qsizetype i = 0; i < breakers.size(); ++i) {
        m_cards[i]->setFullTraffic(busiest);
        m_cards[i]->showView(breakers[i]);
    }
}

void BreakersPage::choose(const QString &name)
{
    m_chosen = m_chosen == name ? QString() : name;
    for (BreakerCard *card : std::as_const(m_cards))
        card->setChosen(card->name() == m_chosen);
    showDeeds();
    showLines();
    showSeries(range());
}

QStringList BreakersPage::chosen() const
{
    if (!m_chosen.isEmpty())
        return {m_chosen};
    QStringList all;
    // Not as the cards stand: a line keeps its colour.
    for (const BreakerView &breaker : logbook().view().breakers)
        all.append(breaker.name);
    return all;
}

Columns BreakersPage::rate(QStringView field, TimeRange range, int pixels) const
{
    QList<Columns> parts;
    for (const QString &name : chosen())
        parts.append(drawnRate(logbook().series(), seriesName(u"breaker", name, field), range, pixels));
    return sumOf(parts);
}

Columns BreakersPage::failedShare(const QString &name, TimeRange range, int pixels) const
{
    return drawnFailedShare(logbook().series(), seriesName(u"breaker", name, u"failures_total"),
                            seriesName(u"breaker", name, u"calls_total"), range, pixels);
}

void BreakersPage::showLines()
{
    m_calls->setTitle(m_chosen.isEmpty() ? tr("Calls, all breakers") : tr("Calls, %1").arg(m_chosen));
    m_calls->setLines(
        {{.label = tr("ok"),
          .columns =
              [this](TimeRange range, int pixels) {
                  return differenceOf(rate(u"calls_total", range, pixels), rate(u"failures_total", range, pixels));
              },
          .colourIndex = 2},
         {.label = tr("failed"),
          .columns = [this](TimeRange range, int pixels) { return rate(u"failures_total", range, pixels); },
          .colourIndex = 1,
          .dashed = true},
         {.label = tr("refused"),
          .columns = [this](TimeRange range, int pixels) { return rate(u"rejected_total", range, pixels); },
          .colourIndex = 3}});

    m_failures->setTitle(m_chosen.isEmpty() ? tr("Failed share of calls let through")
                                            : tr("Failed share of calls let through, %1").arg(m_chosen));
    QList<ChartLine> lines;
    const QStringList names = chosen();
    for (qsizetype i = 0; i < names.size(); ++i) {
        const QString &name = names[i];
        lines.append({.label = name,
                      .columns = [this, name](TimeRange range, int pixels) { return failedShare(name, range, pixels); },
                      .colourIndex = static_cast<int>(i % 6),
                      .dashed = i >= 6});
    }
    m_failures->setLines(std::move(lines));
}

void BreakersPage::showSeries(TimeRange range)
{
    for (BreakerCard *card : std::as_const(m_cards))
        card->showSeries(range);
    capShares(range);
    const QStringList names = chosen();
    const QList<Mark> marks = marksWhere(logbook().view(), [&](const Event &event) {
        return movesAnything(event) || (isTurnOfBreaker(event) && names.contains(event.subject));
    });
    for (ChartPanel *chart : {m_calls, m_failures}) {
        chart->setRange(range);
        chart->setMarks(marks);
        chart->refresh();
    }
}

void BreakersPage::capShares(TimeRange range)
{
    constexpr int points = 120;
    double most = 0;
    for (const QString &name : chosen()) {
        for (const Column &column : failedShare(name, range, points))
            most = std::max(most, column.count > 0 ? column.max : 0.0);
    }
    m_failures->setCeiling(most > 0.8 ? std::optional(1.0) : std::nullopt);
}

} // namespace qd
