/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/sources_card.h"

#include "charts/news.h"
#include "deployment/deployment_page.h"
#include "deployment/page_notice.h"
#include "theme/glyph.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QHBoxLayout>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
Status statusOf(const SourceView &source)
{
    switch (source.freshness.kind) {
    case Freshness::Kind::Fresh:
        // What a system does not have at all is no trouble of it.
        return std::ranges::all_of(source.refusals,
                                   [](const Refusal &r) { return r.error.code == ErrorCode::Unsupported; })
                   ? Status::Ok
                   : Status::Degraded;
    case Freshness::Kind::Pending:
    case Freshness::Kind::Stale:
        return source.error ? Status::Down : Status::Unknown;
    case Freshness::Kind::Refused:
        return Status::Down;
    }
    return Status::Unknown;
}

/// "Not available here: alerts, restore drills".
QString unavailableText(const QStringList &unavailable)
{
    QStringList names;
    for (const QString &word : unavailable)
        names.append(words::text(QString(word).replace(u'_', u' ').replace(u"api "_s, u"API "_s)));
    return names.isEmpty() ? QString() : SourcesCard::tr("Not available here: %1").arg(names.join(u", "_s));
}

QString errorText(const Error &error)
{
    const words::ErrorWords said = words::explain(error);
    const QString address = QUrl(said.where).authority();
    const bool isSaid = said.where.isEmpty() || said.what.contains(address.isEmpty() ? said.where : address);
    return isSaid ? shortly(said.what) : u"%1 · %2"_s.arg(shortly(said.what), said.where);
}
} // namespace

SourcesCard::SourcesCard(DeploymentPage &page, QWidget *parent)
    : Card(page.theme(), parent)
    , m_page(page)
{
    setObjectName(u"sources-card"_s);
    setTitle(tr("Sources"));
}

void SourcesCard::rebuild(const QList<SourceView> &sources)
{
    m_rows.clear();
    auto *body = new QWidget;
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(0, 4, 0, 0);
    column->setSpacing(8);
    for (const SourceView &source : sources)
        m_rows.append(makeRow(source, column));
    if (const QString none = unavailableText(m_page.logbook().profile().unavailable); !none.isEmpty()) {
        auto *label = new Label(theme(), TextSize::Caption);
        label->setObjectName(u"not-available"_s);
        label->setTone(Tone::Muted);
        label->setWordWrap(4);
        label->setText(none);
        column->addWidget(label);
    }
    column->addStretch();
    setBody(body);
}

SourcesCard::Row SourcesCard::makeRow(const SourceView &source, QVBoxLayout *column)
{
    Row row{.id = source.id,
            .glyph = new GlyphLabel(theme(), 14),
            .name = new Label(theme()),
            .freshness = new Label(theme(), TextSize::Caption),
            .latency = new Label(theme()),
            .error = new Label(theme(), TextSize::Caption)};
    row.name->setText(source.title.contains(source.id, Qt::CaseInsensitive) ? source.title
                                                                            : source.title + u' ' + source.id);
    row.name->setToolTip(u"%1 · %2"_s.arg(source.kind, source.id));
    row.name->setWordWrap(2);
    row.freshness->setObjectName(u"source-freshness-"_s + source.id);
    row.freshness->setTone(Tone::Muted);
    row.freshness->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    // How old and how slow are read whole; the name gives way.
    row.freshness->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
    row.latency->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
    row.latency->setNumeric(true);
    row.latency->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    row.latency->setObjectName(u"source-latency-"_s + source.id);
    row.error->setObjectName(u"source-error-"_s + source.id);
    row.error->setWordWrap(3);

    auto *line = new QHBoxLayout;
    line->setSpacing(8);
    line->addWidget(row.glyph);
    line->addWidget(row.name, 1);
    line->addWidget(row.freshness);
    line->addWidget(row.latency);
    auto *block = new QVBoxLayout;
    block->setSpacing(2);
    block->addLayout(line);
    auto *below = new QHBoxLayout;
    below->setContentsMargins(theme().px(14) + 8, 0, 0, 0);
    below->addWidget(row.error);
    block->addLayout(below);
    column->addLayout(block);
    return row;
}

void SourcesCard::showRow(const Row &row, const SourceView &source)
{
    row.glyph->setStatus(statusOf(source));
    // Why it refuses or does not answer stands below.
    Freshness freshness = source.freshness;
    const bool isNotFound =
        freshness.kind == Freshness::Kind::Refused && freshness.error && freshness.error->code == ErrorCode::NotFound;
    freshness.error.reset();
    row.freshness->setText(isNotFound ? tr("Not found") : words::freshness(freshness, m_page.now()));
    // How long an old answer took is of no use now, and the words need the room.
    row.latency->setVisible(source.freshness.kind == Freshness::Kind::Fresh ||
                            source.freshness.kind == Freshness::Kind::Pending);
    row.latency->setText(source.latency.count() > 0 ? words::duration(source.latency) : u"–"_s);
    row.latency->setMinimumWidth(std::max(theme().px(44), row.latency->sizeHint().width()));
    QList<Error> all;
    if (source.error)
        all.append(*source.error);
    for (const Refusal &refusal : source.refusals)
        all.append(refusal.error);
    QStringList errors;
    QStringList details;
    const bool isWell = statusOf(source) == Status::Ok;
    for (const Error &error : std::as_const(all)) {
        errors.append(isWell ? shortly(words::explain(error).what).section(u"; "_s, 0, 0) : errorText(error));
        details.append(inFull(words::explain(error)));
    }
    // What a system that is well does not have is a note; all of it is in the tooltip.
    if (isWell && errors.size() > 1)
        errors = {tr("%n things are not available from it", nullptr, static_cast<int>(errors.size()))};
    row.error->setWordWrap(isWell ? 1 : 3);
    row.error->setTone(isWell ? Tone::Muted : Tone::Text);
    row.error->setText(errors.join(u'\n'));
    row.error->setToolTip(details.join(u"\n\n"_s));
    row.error->setVisible(!errors.isEmpty());
}

void SourcesCard::showView(const DeploymentView &view)
{
    if (!std::ranges::equal(view.sources, m_rows, {}, &SourceView::id, &Row::id))
        rebuild(view.sources);
    for (qsizetype i = 0; i < m_rows.size(); ++i)
        showRow(m_rows[i], view.sources[i]);
}

} // namespace qd
