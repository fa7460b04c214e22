/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/series_chart.h"

#include "charts/drawn.h"
#include "deployment/deployment_page.h"
#include "deployment/marks.h"
#include "deployment/value_label.h"
#include "deployment/worded_model.h"
#include "theme/text_label.h"

#include <QVBoxLayout>

#include <tuple>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
Unit unitOf(const KnownSeries &series)
{
    switch (series.measure) {
    case CellUnit::PerSecond:
        return Unit::PerSecond;
    case CellUnit::Milliseconds:
        return Unit::Milliseconds;
    case CellUnit::Bytes:
        return Unit::Bytes;
    case CellUnit::Share:
        return Unit::Percent;
    case CellUnit::Number:
        return Unit::Number;
    default: // states are numbered
        return Unit::Count;
    }
}

/// What a person must know to read the chart: "counter, drawn as growth per second · bytes · Bytes sent to clients".
QString meaningOf(const KnownSeries &series)
{
    const QString type =
        series.isCounter ? SeriesChart::tr("%1, drawn as growth per second").arg(series.type) : series.type;
    QStringList parts{type, words::text(series.unit), words::text(series.help)};
    parts.removeAll(QString());
    return parts.join(u" · "_s);
}

/// Nobody knows what a number of the deployment's own depends on; of what the console reads it does.
QList<Mark> marksFor(const KnownSeries &series, const DeploymentView &view)
{
    using enum EventKind;
    const QString name = series.key.section(u'/', 1, 1);
    return marksWhere(view, [&](const Event &event) {
        const bool isReader = series.source == event.source && (event.kind == SourceLost || event.kind == SourceBack);
        if (movesAnything(event) || isReader)
            return true;
        if (series.kind == QLatin1StringView(Cache::kind))
            return movesCache(event, view, name);
        if (series.kind == QLatin1StringView(Breaker::kind))
            return isTurnOfBreaker(event) && event.subject == name;
        return isTurnOfBreaker(event) || event.kind == CounterReset || event.kind == LimiterChanged ||
               event.kind == RoleChanged || event.kind == SchemaChanged || event.kind == FlagChanged;
    });
}
} // namespace

SeriesChart::SeriesChart(DeploymentPage &page, QWidget *parent)
    : ChartPanel(page.theme(), parent)
    , m_page(page)
    , m_value(new ValueLabel(page, TextSize::Title, true, this))
    , m_meaning(new Label(page.theme(), TextSize::Caption, false, this))
{
    m_value->setSinceShown(true);
    m_meaning->setTone(Tone::Muted);
    addToTitleRow(m_value);
    column()->insertWidget(1, m_meaning);
}

void SeriesChart::showSeries(const QString &key, TimeRange range)
{
    const auto known = knownSeries(m_page.logbook(), key);
    const bool same = known && known->key == m_series.key && known->series == m_series.series &&
                      known->isCounter == m_series.isCounter && known->measure == m_series.measure;
    if (known)
        m_series = *known;
    else if (m_series.key != key) // of another day, or not told yet
        m_series = {.key = key, .name = key.section(u'/', 1)};
    else // its line stays, but what it was is not what it is
        std::tie(m_series.value, m_series.freshness, m_series.because) = std::tuple<QVariant, Freshness, Because>();
    setRange(range);
    setMarks(marksFor(m_series, m_page.logbook().view()));
    if (!same)
        setUpLines();
    showValue();
    refresh();
}

void SeriesChart::setUpLines()
{
    const bool isDistribution = m_series.series.size() > 1;
    const bool isState = m_series.type == "state"_L1;
    setTitle(words::text(m_series.name));
    m_meaning->setText(meaningOf(m_series));
    m_meaning->setVisible(!m_meaning->text().isEmpty());
    setUnit(unitOf(m_series));
    QList<ChartLine> lines;
    for (const QString &series : std::as_const(m_series.series)) {
        const bool isMedian = isDistribution && series == m_series.series.first();
        lines.append({.label = isDistribution ? series.section(u'/', -1) : words::text(m_series.name),
                      .columns = [this, series](TimeRange range, int pixels) { return drawn(series, range, pixels); },
                      .colourIndex = isMedian ? 2 : 0,
                      .dashed = isMedian,
                      .stepped = isState});
    }
    setLines(std::move(lines));
}

Columns SeriesChart::drawn(const QString &series, TimeRange range, int pixels) const
{
    const SeriesStore &store = m_page.logbook().series();
    if (m_series.isCounter)
        return drawnRate(store, series, range, pixels);
    Columns columns = store.query(series, range, pixels, true);
    for (Column &each : columns) {
        for (double *value : {&each.first, &each.min, &each.max, &each.last})
            *value *= m_series.scale;
    }
    return columns;
}

void SeriesChart::showValue()
{
    m_value->setSubject(words::text(m_series.name));
    const std::optional<QString> text = m_series.value.isValid()
                                            ? std::optional(wordsOf(m_series.value, m_series.measure, m_series.unit))
                                            : std::nullopt;
    m_value->say(Spoken{.text = text, .because = withResult(m_series.because, text.value_or(QString()))},
                 m_series.freshness);
}

} // namespace qd
