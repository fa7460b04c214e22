/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/events_card.h"

#include "deployment/pages.h"
#include "theme/glyph.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QGridLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

EventsCard::EventsCard(DeploymentPage &page, QWidget *parent)
    : Card(page.theme(), parent)
    , m_page(page)
    , m_nothing(new Label(page.theme()))
{
    setObjectName(u"events-card"_s);
    setTitle(tr("What changed"));
    auto *grid = new QGridLayout;
    grid->setContentsMargins(0, 4, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(2, 1);
    m_nothing->setTone(Tone::Muted);
    m_nothing->setWordWrap(2);
    grid->addWidget(m_nothing, 0, 0, 1, 3);
    for (int i = 0; i < shown; ++i) {
        Row row{.time = new Label(theme()), .glyph = new GlyphLabel(theme(), 12), .sentence = new Label(theme())};
        row.time->setTone(Tone::Muted);
        row.time->setNumeric(true);
        grid->addWidget(row.time, i + 1, 0);
        grid->addWidget(row.glyph, i + 1, 1);
        grid->addWidget(row.sentence, i + 1, 2);
        m_rows.append(row);
    }
    grid->setRowStretch(shown + 1, 1);
    setBody(grid);
}

void EventsCard::showEvents(const QList<Event> &events, TimeRange range)
{
    QList<Event> inRange;
    std::ranges::copy_if(events, std::back_inserter(inRange),
                         [&](const Event &event) { return event.at >= range.from && event.at <= range.to; });
    const qsizetype hidden = inRange.size() - std::min<qsizetype>(inRange.size(), shown);
    setNote(hidden > 0 ? tr("and %n earlier", nullptr, static_cast<int>(hidden)) : QString());
    m_nothing->setVisible(inRange.isEmpty());
    m_nothing->setText(tr("Nothing in the last %1.").arg(words::duration(Millis(range.length()))));
    for (qsizetype i = 0; i < m_rows.size(); ++i) {
        const Row &row = m_rows[i];
        const bool used = i < inRange.size();
        row.time->setVisible(used);
        row.glyph->setVisible(used);
        row.sentence->setVisible(used);
        if (!used)
            continue;
        row.time->setText(words::shortTime(inRange[i].at, m_page.now()));
        row.glyph->setStatus(words::statusOf(inRange[i]));
        row.sentence->setText(words::sentence(inRange[i]));
    }
}

} // namespace qd
