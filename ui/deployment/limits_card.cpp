/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/limits_card.h"

#include "deployment/deployment_page.h"
#include "deployment/fitting_rows.h"
#include "deployment/value_label.h"
#include "theme/meter_bar.h"
#include "theme/text_label.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int leastRows = 4;
} // namespace

LimitsCard::LimitsCard(DeploymentPage &page, QWidget *parent)
    : Card(page.theme(), parent)
    , m_page(page)
    , m_mode(new ValueLabel(page, TextSize::Caption))
    , m_nothing(new Label(page.theme()))
    , m_list(new FittingRows(leastRows, 8))
{
    setObjectName(u"limits-card"_s);
    setTitles({tr("Limits nearest to full"), tr("Limits")});
    m_mode->setSubject(tr("Where limits are counted"));
    m_mode->setTone(Tone::Muted);
    m_mode->setNumeric(false);
    m_mode->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Preferred);
    addToTitleRow(m_mode);
    m_nothing->setTone(Tone::Muted);
    m_nothing->setWordWrap(3);
    auto *body = new QVBoxLayout;
    body->setContentsMargins(0, 4, 0, 0);
    body->setSpacing(8);
    body->addWidget(m_nothing);
    for (int i = 0; i < most; ++i) {
        m_rows.append(makeRow());
        m_list->add(m_rows.last().widget);
    }
    body->addWidget(m_list, 1);
    body->addStretch();
    setBody(body);
}

LimitsCard::Row LimitsCard::makeRow()
{
    auto *widget = new QWidget;
    Row row{.widget = widget,
            .name = new Label(theme(), TextSize::Body, false, widget),
            .resets = new ValueLabel(m_page, TextSize::Caption, false, widget),
            .used = new ValueLabel(m_page, TextSize::Body, true, widget),
            .meter = new MeterBar(theme(), widget)};
    row.name->setWordWrap(2); // what stands beside it is short, and whole
    row.name->setMinimumWidth(theme().px(72));
    row.resets->setTone(Tone::Muted);
    row.resets->setNumeric(false);
    auto *texts = new QHBoxLayout;
    texts->setSpacing(8);
    texts->addWidget(row.name, 1);
    texts->addWidget(row.resets);
    texts->addWidget(row.used);
    auto *column = new QVBoxLayout(widget);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(texts);
    column->addWidget(row.meter);
    return row;
}

QString LimitsCard::absence(const DeploymentPage &page, const DeploymentView &view)
{
    if (const QString elsewhere = countedElsewhere(view); !elsewhere.isEmpty())
        return elsewhere;
    const auto unknown =
        std::ranges::find_if(view.tiers, [](const TierView &t) { return t.freshness.kind != Freshness::Kind::Fresh; });
    if (view.tiers.isEmpty() && page.hasNot(u"limits"))
        return tr("Not available here: %1 limits no requests.").arg(view.name);
    if (view.tiers.isEmpty())
        return tr("No limits are known here: the profile names none and none were found.");
    if (unknown != view.tiers.end())
        return words::freshness(unknown->freshness, view.at);
    return tr("Nobody is being counted now.");
}

void LimitsCard::showRow(const Row &row, const LimitView &limit, Status deployment)
{
    QString subject = words::text(limit.tier);
    if (!limit.client.isEmpty()) // else all clients share it
        subject += u" · "_s + words::text(limit.client);
    row.name->setText(subject);
    row.resets->setSubject(tr("%1, resets in").arg(subject));
    Spoken resets = spoken(limit.resetsIn);
    if (resets.text && limit.freshness.kind != Freshness::Kind::Fresh)
        resets.text = u"–"_s; // a countdown from an old reading says nothing
    else if (resets.text)
        resets.text = limit.resetsIn->count() > 0
                          ? tr("%1 left").arg(words::duration(Millis{std::ceil(limit.resetsIn->count() / 1000) * 1000}))
                          : tr("window is over");
    const bool isOver = limit.used.has() && limit.limit.has() && *limit.used > *limit.limit;
    if (isOver) { // in a narrow card the client's name needs the room of the countdown
        resets = spoken(limit.used);
        resets.status = limitMark(limit.status, deployment);
        resets.text = refusedText(limit, m_page.now());
        row.resets->setSubject(tr("%1, refused beyond the limit").arg(subject));
    }
    row.resets->setColoured(isOver);
    row.resets->say(resets, limit.freshness);
    Spoken used = spoken(limit.fill);
    used.text.reset();
    if (limit.used.has() && limit.limit.has())
        used.text = words::of(std::min(*limit.used, *limit.limit), *limit.limit);
    row.used->setSubject(tr("%1, used").arg(subject));
    row.used->say(used, limit.freshness);
    row.meter->setValue(limit.fill.value, limitMark(limit.status, deployment));
    row.meter->setAccessibleName(row.used->accessibleName());
}

void LimitsCard::showView(const DeploymentView &view)
{
    // What Redis counted last is not who is near a limit now.
    const bool isElsewhere = !countedElsewhere(view).isEmpty();
    const QStringList ages = isElsewhere ? QStringList() : agesOfCounters(view);
    m_mode->say(view.limiter.mode, view.limiter.freshness);
    // Where the counters were read is said with when.
    m_mode->setVisible(view.limiter.mode.has() && (ages.isEmpty() || !view.limiter.isInRedis()));
    setNotes(ages.isEmpty() ? QStringList{QString()} : ages);
    const bool hasRows = !view.limits.isEmpty() && !isElsewhere;
    m_nothing->setVisible(!hasRows);
    if (!hasRows)
        m_nothing->setText(absence(m_page, view));
    for (qsizetype i = 0; hasRows && i < m_rows.size(); ++i) {
        if (i < view.limits.size())
            showRow(m_rows[i], view.limits[i], view.status);
    }
    m_list->setVisible(hasRows);
    m_list->setWanted(hasRows ? static_cast<int>(view.limits.size()) : 0);
}

QString countedElsewhere(const DeploymentView &view)
{
    if (view.limiter.freshness.kind != Freshness::Kind::Fresh || view.limiter.isInRedis() || !view.limiter.mode.has())
        return {};
    switch (*view.limiter.mode) {
    case LimiterMode::Memory:
        return LimitsCard::tr("Who is near a limit is not known while the service counts in its own memory.");
    case LimiterMode::FailingOpen:
        return LimitsCard::tr("Nobody is limited while the limiter fails open: every request is let through.");
    case LimiterMode::Refusing:
        return LimitsCard::tr("Every request is refused, whatever its client has used.");
    case LimiterMode::Redis:
    case LimiterMode::Unknown:
        break;
    }
    return {};
}

QString refusedText(const LimitView &limit, Instant now)
{
    const QString refused = words::count(*limit.used - *limit.limit);
    const auto window = std::chrono::round<std::chrono::seconds>(limit.window.value.value_or(Millis{0})).count();
    if (limit.freshness.kind == Freshness::Kind::Stale) {
        const QString read = words::shortTime(limit.freshness.since, now);
        return (window == 60     ? LimitsCard::tr("%1 refused in the minute to %2")
                : window == 3600 ? LimitsCard::tr("%1 refused in the hour to %2")
                                 : LimitsCard::tr("%1 refused in the window to %2"))
            .arg(refused, read);
    }
    return (window == 60     ? LimitsCard::tr("%1 refused this minute")
            : window == 3600 ? LimitsCard::tr("%1 refused this hour")
                             : LimitsCard::tr("%1 refused in this window"))
        .arg(refused);
}

QStringList agesOfCounters(const DeploymentView &view)
{
    if (view.limits.isEmpty() || view.limits.first().freshness.kind == Freshness::Kind::Fresh)
        return {};
    const LimitView &limit = view.limits.first();
    const auto source = std::ranges::find(view.sources, limit.used.because.source, &SourceView::id);
    const QString age = limit.freshness.kind == Freshness::Kind::Stale
                            ? LimitsCard::tr("as of %1").arg(words::shortTime(limit.freshness.since, view.at))
                            : LimitsCard::tr("refused now");
    if (source == view.sources.end())
        return {age};
    return {LimitsCard::tr("%1, from %2").arg(age, source->title), age};
}

} // namespace qd
