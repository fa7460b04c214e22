/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/cache_card.h"

#include "deployment/deed_row.h"
#include "deployment/deployment_page.h"
#include "deployment/value_label.h"
#include "deployment/value_rows.h"
#include "theme/text_label.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {

CacheCard::CacheCard(DeploymentPage &page, const QString &group, QWidget *parent)
    : Card(page.theme(), parent)
    , m_page(page)
    , m_group(group)
    , m_rate(new ValueLabel(page, TextSize::Big, true))
    , m_threshold(new Label(page.theme(), TextSize::Caption))
    , m_flush(new QPushButton)
    , m_warm(new QPushButton)
{
    setObjectName(u"cache-card-"_s + group);
    setAccessibleName(tr("Cache group %1").arg(group));
    setTitle(group);
    m_rate->setObjectName(u"cache-rate-"_s + group);
    m_rate->setSubject(tr("%1, hit rate").arg(group));
    m_rate->setColoured(true);
    m_rate->setSinceShown(true);
    m_threshold->setTone(Tone::Muted);

    auto *rows = new ValueRows(page);
    m_hits = rows->add(tr("Hits since start"), tr("%1, hits since the counters were started").arg(group));
    m_hits->setObjectName(u"cache-hits-"_s + group);
    m_misses = rows->add(tr("Misses since start"), tr("%1, misses since the counters were started").arg(group));
    m_misses->setObjectName(u"cache-misses-"_s + group);
    m_total = rows->add(tr("Hit rate since start"), tr("%1, hit rate since the counters were started").arg(group));
    m_lookups = rows->add(tr("Lookups"), tr("%1, lookups a second").arg(group));
    m_keys = rows->add(tr("Keys alive"), tr("%1, keys alive").arg(group));
    m_keys->setObjectName(u"cache-keys-"_s + group);
    m_keys->setSinceShown(true);

    auto *body = new QVBoxLayout;
    body->setContentsMargins(0, 0, 0, 0);
    body->setSpacing(4);
    body->addWidget(m_rate);
    body->addWidget(m_threshold);
    body->addSpacing(4);
    body->addWidget(rows);
    body->addStretch();
    body->addSpacing(4);
    body->addWidget(m_flush, 0, Qt::AlignLeft);
    body->addWidget(m_warm, 0, Qt::AlignLeft);
    setBody(body);
    m_flush->setObjectName(u"cache-flush-"_s + group);
    m_warm->setObjectName(u"cache-warm-"_s + group);
    for (QPushButton *button : {m_flush, m_warm})
        button->setAutoDefault(true); // Enter presses it
    connect(m_warm, &QPushButton::clicked, this, [this] { Q_EMIT warmRequested(m_group); });
    connect(m_flush, &QPushButton::clicked, this, [this] { Q_EMIT flushRequested(m_group); });
}

void CacheCard::showFlush(const QString &why, bool isOffered, bool warms)
{
    m_flush->setVisible(isOffered);
    const QString deed = warms ? tr("Empty and warm %1") : tr("Empty %1");
    showDeed(*m_flush, m_page, deed.arg(words::text(m_group)), why, false);
}

void CacheCard::showWarm(bool isOffered)
{
    m_warm->setVisible(isOffered);
    showDeed(*m_warm, m_page, tr("Warm %1").arg(words::text(m_group)), {}, false);
}

bool isUncounted(const CacheView &cache)
{
    const Freshness::Kind kind = cache.freshness.kind;
    return (kind == Freshness::Kind::Fresh || kind == Freshness::Kind::Stale) && !cache.hits.has();
}

void CacheCard::showView(const CacheView &view)
{
    // Green says that it was judged, and is well.
    const bool isJudged = view.hitRateAtLeast.has_value() || view.status != Status::Ok;
    setGlyph(isJudged ? std::optional(view.status) : std::nullopt);
    setAccent(view.status, Edge::Top);
    m_rate->setColoured(isJudged);
    setNote(view.ttl.count() > 0 ? tr("TTL %1").arg(words::duration(Millis(view.ttl))) : QString());
    // No lookups are not the same as none that anybody counts, whether it can be read just now or not.
    const QString minute = isUncounted(view) ? tr("lookups are not counted here")
                           : view.hitRate.has() || view.freshness.kind != Freshness::Kind::Fresh
                               ? tr("hits of lookups, last minute")
                               : tr("no lookups in the last minute");
    const Freshness counters =
        isUncounted(view) ? Freshness{.kind = Freshness::Kind::Fresh, .since = {}, .error = {}} : view.freshness;
    m_rate->say(view.hitRate, counters);
    if (view.hitRateAtLeast) {
        const QString least = tr("at least %1").arg(words::percent(*view.hitRateAtLeast));
        m_threshold->setTexts({u"%1 · %2"_s.arg(minute, least), tr("last minute · %1").arg(least)});
    } else {
        m_threshold->setText(minute);
    }
    m_hits->say(view.hits, counters);
    m_misses->say(view.misses, counters);
    m_total->say(view.hitRateTotal, counters);
    m_lookups->say(view.lookups, counters);
    m_keys->say(view.keys, view.freshness);
}

} // namespace qd
