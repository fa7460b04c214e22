/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/events_card.h"

#include "charts/news.h"
#include "deployment/deployment_page.h"
#include "deployment/fitting_rows.h"
#include "tables/custody_models.h"
#include "theme/glyph.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int leastRows = 5;
constexpr int mostLines = 4;
} // namespace

EventsCard::EventsCard(DeploymentPage &page, QWidget *parent)
    : Card(page.theme(), parent)
    , m_nothing(new Label(page.theme()))
    , m_list(new FittingRows(leastRows, 6))
{
    setObjectName(u"events-card"_s);
    setTitle(tr("What changed"));
    m_nothing->setTone(Tone::Muted);
    m_nothing->setWordWrap(2);
    for (int i = 0; i < most; ++i)
        makeRow();
    connect(m_list, &FittingRows::shownCountChanged, this, &EventsCard::tellRest);
    auto *body = new QVBoxLayout;
    body->setContentsMargins(0, 4, 0, 0);
    body->setSpacing(6);
    body->addWidget(m_nothing);
    body->addWidget(m_list, 1);
    body->addStretch();
    setBody(body);
}

void EventsCard::makeRow()
{
    auto *widget = new QWidget;
    Row row{.time = new Label(theme(), TextSize::Body, false, widget),
            .glyph = new GlyphLabel(theme(), 14, widget),
            .sentence = new Label(theme(), TextSize::Body, false, widget)};
    row.time->setTone(Tone::Muted);
    row.time->setNumeric(true);
    row.sentence->setObjectName(u"event-sentence"_s);
    row.sentence->setWordWrap(mostLines);
    auto *line = new QHBoxLayout(widget);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    line->addWidget(row.time, 0, Qt::AlignTop);
    line->addWidget(row.glyph, 0, Qt::AlignTop);
    line->addWidget(row.sentence, 1);
    m_list->add(widget);
    m_rows.append(row);
}

void EventsCard::showEvents(const DeploymentView &view, TimeRange range)
{
    const QList<Event> news = newsIn(range, view.events);
    m_inRange = news.size();
    const Told<Deploy> *deploy = newestDeploy(view);
    m_lastDeploy = deploy ? tr("last deploy %1").arg(words::ago(*dateOf(deploy->fact), view.at)) : QString();
    m_deployedAt = deploy ? words::shortTime(*dateOf(deploy->fact), view.at) : QString();
    m_nothing->setVisible(news.isEmpty());
    if (!view.watchedSince)
        m_nothing->setText(tr("Nothing was read yet."));
    else if (*view.watchedSince > range.from)
        m_nothing->setText(
            tr("Nothing since %1, when watching began.").arg(words::shortTime(*view.watchedSince, view.at)));
    else
        m_nothing->setText(tr("Nothing in the last %1.").arg(words::duration(Millis(range.length()))));
    for (qsizetype i = 0; i < std::min(m_rows.size(), m_inRange); ++i) {
        const Row &row = m_rows[i];
        row.time->setText(newsTime(news[i].at, view.at));
        row.glyph->setStatus(words::statusOf(news[i]));
        row.sentence->setText(shortly(words::sentence(news[i])));
    }
    m_list->setVisible(!news.isEmpty());
    m_list->setWanted(static_cast<int>(m_inRange));
    tellRest();
}

void EventsCard::tellRest()
{
    const qsizetype hidden = m_inRange - m_list->shownCount();
    const QString earlier = hidden > 0 ? tr("and %n earlier", nullptr, static_cast<int>(hidden)) : QString();
    const auto noteOf = [](QStringList parts) {
        parts.removeAll(QString());
        return parts.join(u" · "_s);
    };
    const QString deployed = m_lastDeploy.isEmpty() ? QString() : u"%1, %2"_s.arg(m_lastDeploy, m_deployedAt);
    setNotes({noteOf({earlier, deployed}), noteOf({earlier, m_lastDeploy}), hidden > 0 ? earlier : m_lastDeploy});
}

} // namespace qd
