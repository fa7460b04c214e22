/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/upkeep_card.h"

#include "deployment/deployment_page.h"
#include "deployment/value_label.h"
#include "deployment/value_rows.h"
#include "theme/meter_bar.h"
#include "theme/text_label.h"
#include "watch/freshness.h"

#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {
UpkeepCard::UpkeepCard(DeploymentPage &page, QWidget *parent)
    : Card(page.theme(), parent)
    , m_caption(new Label(page.theme(), TextSize::Caption))
    , m_wraparound(new ValueLabel(page, TextSize::Title, true))
    , m_meter(new MeterBar(page.theme()))
{
    setObjectName(u"upkeep-card"_s);
    setTitle(tr("Upkeep"));
    m_caption->setTone(Tone::Muted);
    m_caption->setWordWrap(2);
    m_caption->setToolTip(tr("The age of the oldest transaction id that is not frozen, and the age at which PostgreSQL "
                             "vacuums against wraparound (autovacuum_freeze_max_age)."));
    m_wraparound->setObjectName(u"wraparound"_s);
    m_wraparound->setColoured(true);
    m_wraparound->setSinceShown(true);
    auto *rows = new ValueRows(page);
    m_archived = rows->add(tr("WAL files archived"), tr("WAL files archived since start"));
    m_archived->setObjectName(u"archived"_s);
    m_lastArchived = rows->add(tr("Last archived"), tr("Last WAL file archived"));
    m_lastArchived->setObjectName(u"last-archived"_s);
    m_failures = rows->add(tr("Archiving failed"), tr("Failures to archive since start"));
    m_failures->setObjectName(u"archive-failures"_s);
    m_longest = rows->add(tr("Longest statement"), tr("Longest statement that runs now"));
    m_idle = rows->add(tr("Idle in transaction"), tr("Sessions idle in a transaction"));
    m_deadlocks = rows->add(tr("Deadlocks since start"), tr("Deadlocks since start"));
    m_size = rows->add(tr("Size"), tr("Size of the database"));
    m_version = rows->add(tr("Version"), tr("Version of PostgreSQL"));
    m_schema = rows->add(tr("Schema version"), tr("Schema version"));
    for (ValueLabel *text : {m_version, m_schema})
        text->setNumeric(false);

    auto *body = new QVBoxLayout;
    body->setSpacing(4);
    body->addWidget(m_caption);
    body->addWidget(m_wraparound);
    body->addWidget(m_meter);
    body->addSpacing(4);
    body->addWidget(rows);
    body->addStretch();
    setBody(body);
}

void UpkeepCard::nameWraparound(const Value<qint64> &limit)
{
    const QString name = limit.has()
                             ? tr("Age of the oldest transaction id, vacuum is forced at %1").arg(words::text(*limit))
                             : tr("Age of the oldest transaction id");
    m_caption->setText(name);
    m_wraparound->setSubject(name);
}

void UpkeepCard::showWraparound(const ServerView<Database> &database)
{
    const Database &fact = *database.fact;
    Spoken age = spoken(fact.oldestTransactionIds, database.source);
    nameWraparound(fact.wraparoundLimit);
    std::optional<Share> fill;
    if (age.text && fact.wraparoundLimit.has() && *fact.wraparoundLimit > 0) {
        fill = Share{static_cast<double>(*fact.oldestTransactionIds) / static_cast<double>(*fact.wraparoundLimit)};
        age.because.inputs = {spoken(fact.wraparoundLimit, database.source).because};
        if (fill->of1 > 1 && isFresh(database.freshness)) {
            age.status = Status::Degraded;
            age.because.rule = tr("older than autovacuum_freeze_max_age: a vacuum is due and does not come through");
        }
    }
    m_wraparound->setColoured(age.status != Status::Ok);
    m_wraparound->say(age, database.freshness);
    m_meter->setValue(fill, isFresh(database.freshness) ? age.status : Status::Unknown);
    m_meter->setAccessibleName(m_wraparound->accessibleName());
}

void UpkeepCard::showArchive(const ServerView<Database> &database, Instant now)
{
    const Database &fact = *database.fact;
    m_archived->say(spoken(fact.archivedTotal, database.source), database.freshness);
    Spoken last;
    if (fact.lastArchivedAt.has()) {
        last.text = words::shortTime(*fact.lastArchivedAt, now);
        last.because.source = database.source;
        last.because.origin = fact.lastArchivedAt.origin;
    }
    m_lastArchived->say(last, database.freshness);
    Spoken failures = spoken(fact.archiveFailuresTotal, database.source);
    if (failures.text && fact.lastArchiveFailureAt.has()) {
        failures.text = tr("%1, last %2").arg(*failures.text, words::shortTime(*fact.lastArchiveFailureAt, now));
        failures.because.inputs = {{.source = database.source,
                                    .origin = fact.lastArchiveFailureAt.origin,
                                    .formula = {},
                                    .rule = {},
                                    .inputs = {}}};
        if (!fact.lastArchivedAt.has() || *fact.lastArchiveFailureAt > *fact.lastArchivedAt) {
            failures.status = Status::Degraded;
            failures.because.rule = tr("it failed after the last success: WAL piles up, and a restore would end there");
        }
    }
    m_failures->setColoured(failures.status != Status::Ok);
    m_failures->say(failures, database.freshness);
}

void UpkeepCard::showView(const DeploymentView &view)
{
    const ServerView<Database> &database = view.database;
    setNote(words::freshness(database.freshness, view.at));
    if (!database.fact) {
        nameWraparound({});
        m_meter->setValue({}, Status::Unknown);
        for (ValueLabel *value : {m_wraparound, m_archived, m_lastArchived, m_failures, m_longest, m_idle, m_deadlocks,
                                  m_size, m_version, m_schema})
            value->say(Spoken{}, database.freshness);
        setAccent({});
        return;
    }
    const Database &fact = *database.fact;
    showWraparound(database);
    showArchive(database, view.at);
    const auto say = [&](ValueLabel *label, const auto &value) {
        label->say(spoken(value, database.source), database.freshness);
    };
    say(m_longest, fact.longestQuery);
    say(m_idle, fact.idleInTransaction);
    say(m_deadlocks, fact.deadlocksTotal);
    say(m_size, fact.size);
    Spoken version = spoken(fact.version, database.source);
    if (version.text)
        version.text = version.text->section(u' ', 0, 0); // "15.8 (Debian 15.8-0+deb12u1)"
    m_version->say(version, database.freshness);
    say(m_schema, fact.schemaVersion);
}

} // namespace qd
