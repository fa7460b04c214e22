/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/rotation_card.h"

#include "actions/acting.h"
#include "actions/rotations.h"
#include "deployment/deployment_page.h"
#include "theme/text_label.h"
#include "words/action_words.h"
#include "words/security_log.h"
#include "words/words.h"

#include <QFileDialog>
#include <QPromise>
#include <QPushButton>
#include <QSaveFile>
#include <QThreadPool>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype mostNamed = 3;

QString every(std::chrono::seconds time)
{
    return words::duration(Millis(time));
}

/// "k1, 12 d ago", "k1, on 4 Mar 09:12".
QString dated(const KeyAge &age, Instant now)
{
    const QString name = words::text(age.key);
    return age.due == KeyAge::Due::Now ? RotationCard::tr("%1 (since %2)").arg(name, words::shortTime(*age.dueAt, now))
                                       : RotationCard::tr("%1 (%2)").arg(name, words::shortTime(*age.dueAt, now));
}

QString named(const QList<KeyAge> &ages, Instant now)
{
    QStringList names;
    for (qsizetype i = 0; i < ages.size() && i < mostNamed; ++i)
        names.append(dated(ages[i], now));
    if (ages.size() > mostNamed)
        names.append(RotationCard::tr("%n more", nullptr, static_cast<int>(ages.size() - mostNamed)));
    return names.join(u", "_s);
}

QList<KeyAge> only(const QList<KeyAge> &ages, KeyAge::Due due)
{
    QList<KeyAge> some;
    std::ranges::copy_if(ages, std::back_inserter(some), [due](const KeyAge &age) { return age.due == due; });
    return some;
}

QString unknownWords(const QList<KeyAge> &unknown)
{
    const bool isOfClients = unknown.first().isApiKey;
    if (unknown.size() == 1)
        return RotationCard::tr("Age unknown: %1; what is rotated from here counts from then.")
            .arg(words::text(unknown.first().key));
    return isOfClients ? RotationCard::tr("Age unknown: %n API keys.", nullptr, static_cast<int>(unknown.size()))
                       : RotationCard::tr("Age unknown: %n keys.", nullptr, static_cast<int>(unknown.size()));
}

/// Whatever is due, or else what is due next; then what nobody can tell.
QString dueWords(const QList<KeyAge> &ages, Instant now)
{
    QStringList said;
    const auto due = only(ages, KeyAge::Due::Now);
    const auto soon = only(ages, KeyAge::Due::Soon);
    const auto later = only(ages, KeyAge::Due::Later);
    const auto unknown = only(ages, KeyAge::Due::Unknown);
    if (!due.isEmpty())
        said.append(RotationCard::tr("Due: %1.").arg(named(due, now)));
    if (!soon.isEmpty())
        said.append(RotationCard::tr("Due soon: %1.").arg(named(soon, now)));
    if (due.isEmpty() && soon.isEmpty() && !later.isEmpty())
        said.append(RotationCard::tr("Nothing is due. Next is %1.").arg(dated(later.first(), now)));
    if (!unknown.isEmpty())
        said.append(unknownWords(unknown));
    return said.isEmpty() ? RotationCard::tr("There is no key that is in use.") : said.join(u' ');
}

/// "signing keys every 90 d, API keys every 90 d"; empty: nothing is written.
QString policyWords(const RotationPolicy &policy)
{
    QStringList said;
    if (policy.signingKeys.count() > 0)
        said.append(RotationCard::tr("signing keys every %1").arg(every(policy.signingKeys)));
    if (policy.apiKeys.count() > 0)
        said.append(RotationCard::tr("API keys every %1").arg(every(policy.apiKeys)));
    return said.join(u", "_s);
}

Result<qsizetype> saveLog(const QString &journal, const QString &deployment, Instant now, const QString &path)
{
    const auto log = rotationsIn(journal, deployment);
    if (!log)
        return std::unexpected(log.error());
    QSaveFile file(path);
    const QByteArray text = words::securityLog(*log, now).toUtf8();
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
        return failure(ErrorCode::Unavailable, file.errorString(), path);
    return log->rotations.size();
}
} // namespace

RotationCard::RotationCard(const DeploymentPage &page, const Acting *acting, QWidget *parent)
    : Card(page.theme(), parent)
    , m_page(page)
    , m_acting(acting)
    , m_due(new Label(page.theme()))
    , m_last(new Label(page.theme()))
    , m_said(new Label(page.theme(), TextSize::Caption))
    , m_save(new QPushButton(tr("Save log…")))
{
    setObjectName(u"rotation-card"_s);
    setTitle(tr("Rotation"));
    m_due->setObjectName(u"rotation-due"_s);
    m_last->setObjectName(u"rotation-last"_s);
    m_said->setObjectName(u"rotation-said"_s);
    m_save->setObjectName(u"rotation-save"_s);
    m_save->setAccessibleName(tr("Save the log of rotations as Markdown"));
    m_save->setToolTip(tr("All rotations of keys and secrets that this console's journal tells of, as Markdown."));
    m_due->setWordWrap(3);
    m_last->setTone(Tone::Muted);
    m_said->hide();
    const bool hasJournal = acting && !acting->isReadOnly();
    m_last->setVisible(hasJournal);
    m_save->setVisible(hasJournal);
    addToTitleRow(m_save);
    auto *body = new QVBoxLayout;
    body->setSpacing(4);
    body->addWidget(m_due);
    body->addWidget(m_last);
    body->addWidget(m_said);
    setBody(body);
    connect(m_save, &QPushButton::clicked, this, &RotationCard::ask);
    if (acting)
        connect(acting, &Acting::newsChanged, this, [this] { m_last->setText(lastRotation(m_page.now())); });
    connect(&m_saving, &QFutureWatcher<Saved>::finished, this, [this] { told(m_saving.result()); });
}

/// Whoever reads for it reads to the end, and tells nobody.
RotationCard::~RotationCard() = default;

void RotationCard::showView(const DeploymentView &view)
{
    const RotationPolicy &policy = m_page.logbook().profile().rotation;
    const QString said = policyWords(policy);
    QHash<QString, Instant> rotated;
    for (const ActionRecord *record : rotations()) {
        // Of a client's key the next one is as old as that, and not the one that it takes the place of.
        const bool isOfClient = record->plan->action == "rotate-api-key"_L1 && !record->plan->steps.isEmpty();
        const QString key = isOfClient ? record->plan->steps.first().arguments.value(0) : record->plan->resource;
        if (!rotated.contains(key))
            rotated.insert(key, record->endedAt.value_or(record->at));
    }
    const QList<KeyAge> ages = keyAges(view, policy, rotated);
    const bool isDue = !only(ages, KeyAge::Due::Now).isEmpty();
    setNote(said);
    setAccent(isDue ? std::optional(Status::Degraded) : std::nullopt);
    setGlyph(isDue ? std::optional(Status::Degraded) : std::nullopt);
    m_due->setText(said.isEmpty()
                       ? tr("The profile says nothing of how old a key may become ('rotation'): none is ever due.")
                       : dueWords(ages, view.at));
    m_due->setTone(said.isEmpty() ? Tone::Muted : Tone::Text);
    if (m_acting)
        m_last->setText(lastRotation(view.at));
}

QList<const ActionRecord *> RotationCard::rotations() const
{
    QList<const ActionRecord *> rotations;
    if (!m_acting)
        return rotations;
    for (const ActionRecord &record : m_acting->news().records) {
        if (record.isDone && record.deployment == m_page.logbook().profile().name && record.plan &&
            rotates(record.plan->action))
            rotations.append(&record);
    }
    return rotations;
}

QString RotationCard::lastRotation(Instant now) const
{
    const auto all = rotations();
    if (all.isEmpty())
        return tr("Nothing was rotated from this console yet.");
    const ActionRecord &last = *all.first();
    return tr("Last: %1, %2 by %3")
        .arg(words::deed(last), words::shortTime(last.endedAt.value_or(last.at), now), words::text(last.operatorId));
}

void RotationCard::ask()
{
    const QString path = QFileDialog::getSaveFileName(this, tr("Save the log of rotations"), u"security-log.md"_s,
                                                      tr("Markdown (*.md)"));
    if (!path.isEmpty())
        save(path);
}

/// On a thread of its own: neither the journal's disk nor the other one may hold up the window.
void RotationCard::save(const QString &path)
{
    if (!m_acting || m_saving.isRunning())
        return;
    m_path = path;
    m_save->setEnabled(false);
    const auto promise = std::make_shared<QPromise<Saved>>();
    m_saving.setFuture(promise->future());
    QThreadPool::globalInstance()->start([promise, path, journal = journalPath(m_acting->place()),
                                          name = m_page.logbook().profile().name, now = m_page.now()] {
        promise->start();
        promise->addResult(saveLog(journal, name, now, path));
        promise->finish();
    });
}

void RotationCard::told(const Saved &saved)
{
    m_save->setEnabled(true);
    if (saved)
        tell(tr("Saved %n rotations in %1", nullptr, static_cast<int>(*saved)).arg(words::text(m_path)), Tone::Muted);
    else
        tell(tr("Nothing was saved: %1 (%2)").arg(words::text(saved.error().message), words::text(saved.error().where)),
             Tone::Warn);
}

void RotationCard::tell(const QString &said, Tone tone)
{
    m_said->setText(said);
    m_said->setTone(tone);
    m_said->show();
}

} // namespace qd
