/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fleet/changes_card.h"

#include "charts/news.h"
#include "theme/glyph.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QGridLayout>
#include <QSet>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {

namespace {
/// The newest, and the newest of each deployment however old: one in trouble must not be pushed out by another's
/// echoes.
QList<FleetChange> mostTelling(const QList<FleetChange> &newestFirst, qsizetype mostRows)
{
    if (newestFirst.size() <= mostRows)
        return newestFirst;
    QSet<QString> named;
    QList<bool> isKept(newestFirst.size(), false);
    qsizetype kept = 0;
    for (qsizetype i = 0; i < newestFirst.size() && kept < mostRows; ++i) {
        if (named.contains(newestFirst.at(i).deployment))
            continue;
        named.insert(newestFirst.at(i).deployment);
        isKept[i] = true;
        ++kept;
    }
    QList<FleetChange> told;
    for (qsizetype i = 0; i < newestFirst.size(); ++i) {
        if (!isKept.at(i) && kept < mostRows) {
            isKept[i] = true;
            ++kept;
        }
        if (isKept.at(i))
            told.append(newestFirst.at(i));
    }
    return told;
}
} // namespace

ChangesCard::ChangesCard(const Theme &theme, QWidget *parent)
    : Card(theme, parent)
    , m_grid(new QGridLayout)
    , m_nothing(new Label(theme))
{
    setObjectName(u"fleet-changes"_s);
    m_nothing->setTone(Tone::Muted);
    m_nothing->setWordWrap(2);
    m_grid->setHorizontalSpacing(12);
    m_grid->setVerticalSpacing(12);
    m_grid->setColumnStretch(3, 1);
    auto *body = new QWidget;
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(0, 8, 0, 0);
    column->addWidget(m_nothing);
    column->addLayout(m_grid);
    column->addStretch(1);
    setBody(body);
}

void ChangesCard::growTo(qsizetype rows)
{
    while (m_rows.size() < rows) {
        const int row = static_cast<int>(m_rows.size());
        RowWidgets widgets{.time = new Label(theme()),
                           .glyph = new GlyphLabel(theme(), 14),
                           .name = new Label(theme(), TextSize::Body, true),
                           .sentence = new Label(theme())};
        widgets.time->setTone(Tone::Muted);
        widgets.time->setNumeric(true);
        widgets.name->setMinimumWidth(theme().px(96));
        widgets.sentence->setObjectName(u"change-sentence"_s);
        widgets.sentence->setWordWrap(3);
        m_grid->addWidget(widgets.time, row, 0);
        m_grid->addWidget(widgets.glyph, row, 1);
        m_grid->addWidget(widgets.name, row, 2);
        m_grid->addWidget(widgets.sentence, row, 3);
        m_rows.append(widgets);
    }
}

void ChangesCard::setNothingText(const QString &text)
{
    m_nothing->setText(text);
}

void ChangesCard::setChanges(const QList<FleetChange> &changes, Instant now)
{
    m_nothing->setVisible(changes.isEmpty());
    const QList<FleetChange> shown = mostTelling(changes, mostRows);
    const qsizetype hidden = changes.size() - shown.size();
    setNote(hidden > 0 ? tr("and %n earlier", nullptr, static_cast<int>(hidden)) : QString());
    if (shown == m_shown)
        return;
    m_shown = shown;
    growTo(shown.size());
    for (qsizetype i = 0; i < m_rows.size(); ++i) {
        const RowWidgets &row = m_rows[i];
        const bool used = i < shown.size();
        row.time->setVisible(used);
        row.glyph->setVisible(used);
        row.name->setVisible(used);
        row.sentence->setVisible(used);
        if (!used)
            continue;
        const FleetChange &change = shown[i];
        row.time->setText(newsTime(change.event.at, now));
        row.glyph->setStatus(words::statusOf(change.event));
        row.name->setText(change.deployment);
        row.sentence->setText(shortly(words::sentence(change.event)));
    }
}

} // namespace qd
