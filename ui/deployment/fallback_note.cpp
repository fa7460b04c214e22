/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/fallback_note.h"

#include "deployment/deployment_page.h"
#include "deployment/value_label.h"
#include "theme/glyph.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

QString meaningOf(LimiterMode mode)
{
    switch (mode) {
    case LimiterMode::Redis:
        return FallbackNote::tr("All processes share one count for each client.");
    case LimiterMode::Memory:
        return FallbackNote::tr("Each process counts for itself and forgets at a restart, so a client may get through "
                                "more often than its limit says.");
    case LimiterMode::FailingOpen:
        return FallbackNote::tr("Nobody is limited now: every request is let through.");
    case LimiterMode::Refusing:
        return FallbackNote::tr("Requests that need a count are refused (503) until Redis is back.");
    case LimiterMode::Unknown:
        break;
    }
    return {};
}

FallbackNote::FallbackNote(DeploymentPage &page, QWidget *parent)
    : Card(page.theme(), parent)
    , m_page(page)
    , m_glyph(new GlyphLabel(page.theme(), 16, this))
    , m_cache(new ValueLabel(page))
    , m_limiter(new ValueLabel(page))
{
    setObjectName(u"fallback-note"_s);
    setAccessibleName(tr("Working without Redis"));
    m_cache->setSubject(tr("Cache, fallback"));
    m_cache->setWordWrap(2);
    m_cache->setNumeric(false);
    m_limiter->setSubject(tr("Limiter, fallback"));
    m_limiter->setWordWrap(2);
    m_limiter->setNumeric(false);
    m_glyph->setStatus(Status::Degraded);
    auto *lines = new QVBoxLayout;
    lines->setSpacing(4);
    lines->addWidget(m_cache);
    lines->addWidget(m_limiter);
    auto *body = new QHBoxLayout;
    body->setSpacing(12);
    body->addWidget(m_glyph);
    body->addLayout(lines, 1);
    setBody(body);
    hide();
}

void FallbackNote::showView(const DeploymentView &view)
{
    const auto check = std::ranges::find_if(
        view.health, [](const HealthView &h) { return h.path == "cache"_L1 || h.path == "redis"_L1; });
    const bool hasCache = !m_page.logbook().profile().unavailable.contains(u"cache"_s);
    const bool cacheGone = hasCache && check != view.health.end() && check->freshness.kind == Freshness::Kind::Fresh &&
                           check->level.has() && *check->level == Level::Down;
    const bool limiterFallsBack = view.limiter.status == Status::Degraded && view.limiter.mode.has();
    setVisible(cacheGone || limiterFallsBack);
    setAccent(Status::Degraded, Edge::Left);
    m_cache->setVisible(cacheGone);
    m_limiter->setVisible(limiterFallsBack);
    if (cacheGone)
        m_cache->say(Spoken{.text = view.status == Status::Down
                                        ? tr("The service says that its cache is gone.")
                                        : tr("The service says that its cache is gone. It works on without: each "
                                             "lookup goes to the database, which is slower and loads it more."),
                            .status = Status::Degraded,
                            .because = check->level.because},
                     check->freshness);
    if (limiterFallsBack)
        m_limiter->say(Spoken{.text = u"%1. %2"_s.arg(words::say(*view.limiter.mode), meaningOf(*view.limiter.mode)),
                              .status = Status::Degraded,
                              .because = view.limiter.mode.because},
                       view.limiter.freshness);
}

} // namespace qd
