/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/tier_card.h"

#include "charts/sparkline.h"
#include "deployment/deployment_page.h"
#include "deployment/limit_delegate.h"
#include "deployment/limits_card.h"
#include "deployment/value_label.h"
#include "deployment/value_rows.h"
#include "theme/meter_bar.h"
#include "theme/text_label.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int historyPoints = 24;

/// "120 per minute"; shorter for a narrow card: "120/min".
QStringList allowance(const TierView &tier)
{
    using namespace std::chrono_literals;
    const QString limit = words::count(tier.limit);
    if (tier.window == 1s)
        return {TierCard::tr("%1 per second").arg(limit), TierCard::tr("%1/s").arg(limit)};
    if (tier.window == 60s)
        return {TierCard::tr("%1 per minute").arg(limit), TierCard::tr("%1/min").arg(limit)};
    if (tier.window == 3600s)
        return {TierCard::tr("%1 per hour").arg(limit), TierCard::tr("%1/h").arg(limit)};
    if (tier.window == 86400s)
        return {TierCard::tr("%1 per day").arg(limit), TierCard::tr("%1/d").arg(limit)};
    const QString window = words::duration(Millis(tier.window));
    return {TierCard::tr("%1 per %2").arg(limit, window), TierCard::tr("%1/%2").arg(limit, window)};
}

/// "fullest: 203.0.113.8, 17 refused".
QString fullestOf(const LimitView &limit, Instant now)
{
    const QString who =
        limit.client.isEmpty() ? clientOf(limit.client) : TierCard::tr("fullest: %1").arg(clientOf(limit.client));
    return *limit.used > *limit.limit ? TierCard::tr("%1, %2").arg(who, refusedText(limit, now)) : who;
}

/// "was 40 at 01:36": of counters that nobody tells any more, as they were last read.
Spoken lastOf(const QList<const LimitView *> &counters, qint64 count, Instant now)
{
    const LimitView &any = *counters.first();
    return {.text = TierCard::tr("was %1 at %2").arg(words::count(count), words::shortTime(any.freshness.since, now)),
            .because = any.used.because};
}
} // namespace

TierCard::TierCard(DeploymentPage &page, const QString &tier, QWidget *parent)
    : Card(page.theme(), parent)
    , m_page(page)
    , m_tier(tier)
    , m_fullest(new ValueLabel(page, TextSize::Mid, true))
    , m_who(new Label(page.theme(), TextSize::Caption))
    , m_meter(new MeterBar(page.theme()))
    , m_history(new Sparkline(page.theme()))
{
    setObjectName(u"tier-card-"_s + tier);
    setAccessibleName(tr("Tier %1").arg(tier));
    setTitle(tier);
    m_fullest->setSubject(tr("%1, fullest counter").arg(tier));
    m_fullest->setColoured(true);
    m_fullest->setSinceShown(true);
    m_who->setTone(Tone::Muted);
    m_history->setFromZero(true);
    m_history->setFixedSize(page.theme().px(52), page.theme().px(24));
    m_history->setAccessibleName(tr("%1, fullest counter over the range").arg(tier));

    auto *rows = new ValueRows(page);
    m_clients = rows->add(tr("Clients counted"), tr("%1, clients counted now").arg(tier));
    m_atLimit = rows->add(tr("At their limit"), tr("%1, clients at their limit").arg(tier));
    m_rejected = rows->add(tr("Refused (429)"), tr("%1, requests refused").arg(tier));
    m_rejected->setObjectName(u"tier-rejected-"_s + tier);
    m_refused = rows->add(tr("Refused, last minute"), tr("%1, requests refused in the last minute").arg(tier));
    m_refused->setObjectName(u"tier-refused-"_s + tier);
    m_atLimit->setColoured(true);

    auto *top = new QHBoxLayout;
    top->setSpacing(4);
    top->addWidget(m_fullest, 1);
    top->addWidget(m_history);
    auto *body = new QVBoxLayout;
    body->setContentsMargins(0, 0, 0, 0);
    body->setSpacing(4);
    body->addLayout(top);
    body->addWidget(m_who);
    body->addWidget(m_meter);
    body->addSpacing(4);
    body->addWidget(rows);
    body->addStretch();
    setBody(body);
}

void TierCard::showView(const TierView &tier, const DeploymentView &view)
{
    const Status mark = limitMark(tier.status, view.status);
    setGlyph(mark);
    setAccent(mark, Edge::Top);
    setNotes(tier.limit > 0 ? allowance(tier) : QStringList{QString()});
    // The limits come with the fullest first.
    const auto fullest = std::ranges::find_if(
        view.limits, [&](const LimitView &l) { return l.tier == m_tier && l.used.has() && l.limit.has(); });
    const bool isElsewhere = !countedElsewhere(view).isEmpty();
    Spoken used;
    if (isElsewhere) {
        m_who->setText(tr("not counted in Redis"));
        m_meter->setValue({}, Status::Unknown);
    } else if (fullest != view.limits.end()) {
        used = spoken(fullest->fill);
        used.text = words::of(std::min(*fullest->used, *fullest->limit), *fullest->limit);
        used.status = limitMark(fullest->status, view.status);
        // A client's role may multiply what its tier allows.
        m_who->setText(
            !fullest->client.isEmpty() && tier.limit > 0 && *fullest->limit != tier.limit
                ? tr("%1 (%2 for this client)").arg(fullestOf(*fullest, view.at), words::count(*fullest->limit))
                : fullestOf(*fullest, view.at));
        m_meter->setValue(fullest->fill.value, used.status);
    } else if (tier.clients.has() && *tier.clients == 0) {
        used = spoken(tier.clients);
        used.text = words::of(0, tier.limit);
        m_who->setText(tr("nobody is being counted"));
        m_meter->setValue(Share{0}, tier.status);
    } else {
        m_who->setText(tr("fullest counter"));
        m_meter->setValue({}, Status::Unknown);
    }
    m_fullest->say(used, tier.freshness);
    m_meter->setAccessibleName(m_fullest->accessibleName());

    Shown<qint64> atLimit = tier.clientsAtLimit;
    atLimit.status = limitMark(atLimit.has() && *atLimit > 0 ? Status::Down : Status::Ok, view.status);
    m_atLimit->setColoured(atLimit.status != Status::Ok);
    QList<const LimitView *> old;
    for (const LimitView &limit : view.limits) {
        if (limit.tier == m_tier && limit.freshness.kind == Freshness::Kind::Stale)
            old.append(&limit);
    }
    if (!tier.clients.has() && !old.isEmpty() && !isElsewhere) {
        const auto full =
            std::ranges::count_if(old, [](const LimitView *l) { return l->fill.has() && l->fill->of1 >= 1; });
        m_clients->say(lastOf(old, old.size(), view.at), old.first()->freshness);
        m_atLimit->say(lastOf(old, full, view.at), old.first()->freshness);
    } else {
        m_clients->say(tier.clients, tier.freshness);
        m_atLimit->say(atLimit, tier.freshness);
    }
    // The service itself tells of refusals, and it may be well when the counters cannot be read (or the other way).
    const auto told = std::ranges::find(view.sources, tier.rejected.because.source, &SourceView::id);
    const Freshness refusals = told == view.sources.end() ? tier.freshness : told->freshness;
    m_rejected->say(tier.rejected, refusals);
    m_refused->setColoured(tier.refused.status != Status::Ok);
    m_refused->say(tier.refused, refusals);
}

void TierCard::showSeries(TimeRange range)
{
    // A counter falls to nothing with each window: over a longer range its peaks are what can be seen.
    Columns peaks = m_page.logbook().series().query(Logbook::fillSeries(m_tier), range, historyPoints);
    for (Column &column : peaks)
        column.first = column.min = column.last = column.max;
    m_history->setColumns(std::move(peaks));
}

} // namespace qd
