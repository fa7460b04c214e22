/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/status_banner.h"

#include "charts/news.h"
#include "deployment/deployment_page.h"
#include "deployment/page_notice.h"
#include "deployment/value_label.h"
#include "theme/glyph.h"
#include "theme/text_label.h"
#include "watch/custody.h"
#include "words/headline.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// The status is the worst of its reasons; where there is none, what the deployment says of itself.
Because becauseOf(const DeploymentView &view)
{
    Because because;
    QStringList reasons;
    for (const Reason &reason : view.reasons) {
        if (reason.status == view.status)
            reasons.append(words::sentence(reason));
        // Why? tells of a source's trouble, and shows its last good answer.
        if (reason.code == Reason::Code::SourceFailing)
            because.inputs.append({.source = reason.subject});
    }
    because.formula = reasons.isEmpty() ? StatusBanner::tr("nothing speaks against it")
                                        : StatusBanner::tr("worst of (%1)").arg(reasons.join(u"; "_s));
    because = withResult(because, words::say(view.status));
    for (const HealthView &check : view.health) {
        if (hasEvidence(check.level.because) && (check.path.isEmpty() || check.status == view.status))
            because.inputs.append(check.level.because);
    }
    for (const BreakerView &breaker : view.breakers) {
        if (breaker.status == Status::Down || breaker.status == Status::Degraded)
            because.inputs.append(breaker.state.because);
    }
    if (view.requests.latencyP95.status == view.status)
        because.inputs.append(view.requests.latencyP95.because);
    for (const ExpectationView &expected : view.expectations) {
        if (expected.status == view.status)
            because.inputs.append(expected.value.because);
    }
    for (const TierView &tier : view.tiers) {
        if (tier.refused.status == view.status)
            because.inputs.append(tier.refused.because);
    }
    return because;
}

/// All reasons, then what is known of each source that fails.
QString detailsOf(const DeploymentView &view)
{
    QStringList parts{words::headline(view, view.reasons.size())};
    for (const SourceView &source : view.sources) {
        if (source.error)
            parts.append(u"%1: %2"_s.arg(source.id, inFull(words::explain(*source.error))));
    }
    parts.append(words::unexplained(view));
    parts.removeAll(QString());
    return parts.join(u"\n\n"_s);
}
} // namespace

StatusBanner::StatusBanner(DeploymentPage &page, QWidget *parent)
    : Card(page.theme(), parent)
    , m_page(page)
    , m_glyph(new GlyphLabel(page.theme(), 22, this))
    , m_word(new ValueLabel(page, TextSize::Mid, true, this))
    , m_since(new Label(page.theme(), TextSize::Body, false, this))
    , m_sentence(new Label(page.theme(), TextSize::Body, false, this))
    , m_backup(new ValueLabel(page, TextSize::Body, true, this))
    , m_key(new ValueLabel(page, TextSize::Body, true, this))
    , m_backupName(new Label(page.theme(), TextSize::Body, false, this))
    , m_keyName(new Label(page.theme(), TextSize::Body, false, this))
{
    m_word->setObjectName(u"status-word"_s);
    m_word->setSubject(tr("Status of %1").arg(page.logbook().profile().name));
    m_word->setColoured(true);
    m_word->setNumeric(false);
    m_since->setTone(Tone::Muted);
    m_sentence->setObjectName(u"status-sentence"_s);
    m_sentence->setWordWrap(2);

    auto *first = new QHBoxLayout;
    first->setSpacing(8);
    first->addWidget(m_word);
    first->addWidget(m_since, 1, Qt::AlignBottom);
    m_backup->setObjectName(u"status-backup"_s);
    m_backup->setSubject(tr("Last good backup, age"));
    m_backupName->setText(tr("last backup"));
    m_key->setObjectName(u"status-key"_s);
    m_key->setSubject(tr("Signing key, age"));
    m_keyName->setText(tr("signing key"));
    for (const auto &[name, value] : {std::pair{m_backupName, m_backup}, std::pair{m_keyName, m_key}}) {
        name->setTone(Tone::Muted);
        value->setColoured(true);
        first->addWidget(name, 0, Qt::AlignBottom);
        first->addWidget(value, 0, Qt::AlignBottom);
    }
    auto *texts = new QVBoxLayout;
    texts->setSpacing(0);
    texts->addLayout(first);
    texts->addWidget(m_sentence);
    auto *row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(m_glyph);
    row->addLayout(texts, 1);
    setBody(row);
}

void StatusBanner::showView(const DeploymentView &view)
{
    m_glyph->setStatus(view.status);
    // The word is the console's own and always known, also where it says that nothing is.
    m_word->say(Spoken{.text = words::statusLine(view), .status = view.status, .because = becauseOf(view)},
                {.kind = Freshness::Kind::Fresh, .since = view.at, .error = {}});
    const bool since = view.since && view.status != Status::Unknown;
    m_since->setText(since ? words::troubleSince(view, words::sinceText(*view.since, view.at)) : QString());
    QStringList sentences;
    for (qsizetype most = std::max<qsizetype>(view.reasons.size(), 1); most > 0; --most)
        sentences.append(shortly(words::headline(view, most)));
    m_sentence->setTexts(sentences);
    m_sentence->setToolTip(detailsOf(view));
    showSafety(view);
    setAccent(view.status, Edge::Left);
}

void StatusBanner::showSafety(const DeploymentView &view)
{
    const auto show = [](Label *name, ValueLabel *value, const Shown<Millis> &age, const Freshness &freshness) {
        name->setVisible(age.has());
        value->setVisible(age.has());
        Spoken said = spoken(age);
        value->setColoured(said.status != Status::Ok);
        value->say(said, freshness);
    };
    const BackupFigures backups =
        figuresOf(view.backups, m_page.logbook().profile().backupPolicy.value_or(BackupPolicy{}), view.at);
    show(m_backupName, m_backup, backups.age,
         backups.newestGood ? backups.newestGood->freshness : view.backups.freshness);
    const Told<SigningKey> *key = signingKey(view.signingKeys);
    show(m_keyName, m_key, signingKeyAge(view.signingKeys, view.at), key ? key->freshness : view.signingKeys.freshness);
}

} // namespace qd
