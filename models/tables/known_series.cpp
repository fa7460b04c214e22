/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "tables/known_series.h"

#include "history/logbook.h"
#include "watch/row_parts.h"

#include <QSet>

#include <algorithm>
#include <array>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// A value as a fact tells it now.
struct Reported
{
    QString source;
    Origin origin;
    CellUnit measure = CellUnit::Number;
    QVariant value;
};

template <class T>
CellUnit measureOf(const T &)
{
    if constexpr (std::is_same_v<T, Millis>)
        return CellUnit::Milliseconds;
    else if constexpr (std::is_same_v<T, Bytes>)
        return CellUnit::Bytes;
    else if constexpr (std::is_same_v<T, Share>)
        return CellUnit::Share;
    else if constexpr (std::is_same_v<T, Level>)
        return CellUnit::Level;
    else if constexpr (std::is_same_v<T, BreakerState>)
        return CellUnit::BreakerState;
    else if constexpr (std::is_same_v<T, KeyState>)
        return CellUnit::KeyState;
    else
        return CellUnit::Number;
}

template <class T>
QVariant valueOf(const T &value)
{
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, LimiterMode>)
        return static_cast<double>(value);
    else
        return variantOf(value);
}

/// Everything that has a number now, by the name of its series.
QHash<QString, Reported> reportedNow(const DeploymentState &state)
{
    QHash<QString, Reported> reported;
    for (const auto &[id, source] : state.sources) {
        if (!source.good || !source.good->outcome)
            continue;
        for (const Fact &fact : source.good->outcome->facts) {
            if (std::holds_alternative<RateLimit>(fact) || std::holds_alternative<Metric>(fact))
                continue;
            const QString key = keyOf(fact) + u'/';
            std::visit(
                [&](const auto &f) {
                    eachField(f, [&](const char *field, Behaviour behaviour, const auto &value) {
                        using Plain = std::remove_cvref_t<decltype(*value)>;
                        if constexpr (!std::is_same_v<Plain, QString> && !std::is_same_v<Plain, Instant>) {
                            if (!value.has() || behaviour == Behaviour::Detail)
                                return;
                            const QString series = key + QString::fromLatin1(field);
                            if (!reported.contains(series)) // the first one keeps the series, as in the logbook
                                reported.insert(series, {.source = id,
                                                         .origin = value.origin,
                                                         .measure = measureOf(*value),
                                                         .value = valueOf(*value)});
                        }
                    });
                },
                fact);
        }
    }
    return reported;
}

struct Scale
{
    CellUnit measure = CellUnit::Number;
    double factor = 1;
};

Scale scaleOf(const QString &unit)
{
    if (unit == "seconds"_L1)
        return {CellUnit::Milliseconds, 1000};
    if (unit == "milliseconds"_L1 || unit == "ms"_L1)
        return {CellUnit::Milliseconds, 1};
    if (unit == "bytes"_L1)
        return {CellUnit::Bytes, 1};
    if (unit == "ratio"_L1)
        return {CellUnit::Share, 1};
    return {};
}

/// By the conventions of the usual client libraries and exporters.
QString kindOfMetric(QStringView name)
{
    static constexpr std::array kinds{std::pair{"circuit"_L1, Breaker::kind},
                                      std::pair{"breaker"_L1, Breaker::kind},
                                      std::pair{"resilience4j"_L1, Breaker::kind},
                                      std::pair{"rate_limit"_L1, Limiter::kind},
                                      std::pair{"ratelimit"_L1, Limiter::kind},
                                      std::pair{"limiter"_L1, Limiter::kind},
                                      std::pair{"cache"_L1, Cache::kind},
                                      std::pair{"http"_L1, Requests::kind},
                                      std::pair{"redis"_L1, RedisServer::kind},
                                      std::pair{"pg_"_L1, Database::kind},
                                      std::pair{"postgres"_L1, Database::kind},
                                      std::pair{"pgbouncer"_L1, Pool::kind},
                                      std::pair{"process_"_L1, "process"},
                                      std::pair{"python_"_L1, "process"},
                                      std::pair{"nodejs_"_L1, "process"},
                                      std::pair{"go_"_L1, "process"},
                                      std::pair{"jvm_"_L1, "process"}};
    const auto found = std::ranges::find_if(kinds, [&](const auto &kind) { return name.startsWith(kind.first); });
    return QString::fromLatin1(found == kinds.end() ? Metric::kind : found->second);
}

/// As the page tells it; else as a name ends whose end is a unit by the conventions of Prometheus.
QString unitOf(const Metric &metric)
{
    if (!metric.unit.isEmpty())
        return metric.unit;
    QString name = metric.family;
    if (name.endsWith("_total"_L1))
        name.chop(6);
    const QString end = name.section(u'_', -1);
    return name.contains(u'_') && (scaleOf(end).measure != CellUnit::Number) ? end : QString();
}

/// "recovery timeout": without the unit that its values are written in.
QString inWords(QString field)
{
    if (field.endsWith("_ms"_L1))
        field.chop(3);
    return field.replace(u'_', u' ');
}

QVariant scaled(std::optional<double> value, const Scale &scale)
{
    if (!value || !std::isfinite(*value))
        return {};
    if (scale.measure == CellUnit::Bytes)
        return QVariant::fromValue(static_cast<qint64>(std::llround(*value * scale.factor)));
    return *value * scale.factor;
}

class Lister
{
public:
    explicit Lister(const Logbook &logbook)
        : m_logbook(logbook)
    {
        for (const SourceView &source : logbook.view().sources)
            m_freshness.insert(source.id, source.freshness);
    }

    [[nodiscard]] QList<KnownSeries> all()
    {
        QList<KnownSeries> known;
        QSet<QString> told;
        for (const Told<Metric> &metric : m_logbook.view().metrics.rows) {
            const QString key = keyOf(metric.fact);
            if (told.contains(key)) // of another source
                continue;
            told.insert(key);
            known.append(ofMetric(key, metric));
        }
        QStringList others = m_logbook.series().names();
        others.removeIf([&](const QString &series) { return told.contains(series.left(series.lastIndexOf(u'/'))); });
        for (const QString &series : std::as_const(others))
            known.append(ofSeries(series));
        const auto place = [](const KnownSeries &series) {
            return std::pair(series.kind != QLatin1StringView(Metric::kind), series.kind);
        };
        std::ranges::stable_sort(known, {}, place);
        return known;
    }

    [[nodiscard]] std::optional<KnownSeries> one(const QString &key)
    {
        for (const Told<Metric> &metric : m_logbook.view().metrics.rows) {
            if (keyOf(metric.fact) == key)
                return ofMetric(key, metric);
        }
        return m_logbook.series().contains(key) ? std::optional(ofSeries(key)) : std::nullopt;
    }

private:
    [[nodiscard]] KnownSeries ofMetric(const QString &key, const Told<Metric> &told) const
    {
        const Metric &metric = told.fact;
        KnownSeries made{.key = key,
                         .kind = kindOfMetric(metric.family),
                         .name = metric.name(),
                         .type = metric.type,
                         .unit = unitOf(metric),
                         .help = metric.help,
                         .source = told.source,
                         .freshness = told.freshness};
        const bool hasBuckets = metric.type == "histogram"_L1 || metric.type == "gaugehistogram"_L1;
        if (hasBuckets || metric.p50.has() || metric.p95.has()) {
            const Scale scale = scaleOf(made.unit);
            made.type += u", p95"_s;
            made.measure = scale.measure;
            made.scale = scale.factor;
            made.series = {key + u"/p50"_s, key + u"/p95"_s};
            made.value = scaled(metric.p95.value, scale);
            made.because = because(told.source, metric.p95);
        } else if (metric.count.has()) { // a summary without quantiles
            made.type += u", count"_s;
            countUp(made, key + u"/count"_s, because(told.source, metric.count));
        } else if (metric.type == "counter"_L1) {
            countUp(made, key + u"/value"_s, because(told.source, metric.value));
        } else {
            const Scale scale = scaleOf(made.unit);
            made.measure = scale.measure;
            made.scale = scale.factor;
            made.series = {key + u"/value"_s};
            made.value = scaled(metric.value.value, scale);
            made.because = because(told.source, metric.value);
        }
        return made;
    }

    [[nodiscard]] KnownSeries ofSeries(const QString &series)
    {
        if (!m_reported)
            m_reported = reportedNow(m_logbook.state());
        const QString kind = series.section(u'/', 0, 0);
        const QString field = series.section(u'/', -1);
        const QString name = series.mid(kind.size() + 1, series.size() - kind.size() - field.size() - 2);
        const QString what = inWords(field);
        KnownSeries made{.key = series, .kind = kind, .name = name.isEmpty() ? what : name + u" · "_s + what};
        if (kind == QString::fromLatin1(Metric::kind) && field == "value"_L1)
            made.name = name;
        if (kind == QString::fromLatin1(Metric::kind))
            made.kind = kindOfMetric(name);
        made.series = {series};
        const Behaviour behaviour = m_logbook.series().behaviour(series).value_or(Behaviour::Gauge);
        made.type = behaviour == Behaviour::Counter ? u"counter"_s
                    : behaviour == Behaviour::State ? u"state"_s
                                                    : u"gauge"_s;
        if (const auto now = m_reported->constFind(series); now != m_reported->cend()) {
            made.source = now->source;
            made.freshness = m_freshness.value(now->source);
            made.because = {.source = now->source, .origin = now->origin, .formula = {}, .rule = {}, .inputs = {}};
            made.measure = now->measure;
            made.value = now->value;
            if (behaviour == Behaviour::Counter)
                countUp(made, series, made.because);
        } else {
            tellFromHistory(made, behaviour);
        }
        return made;
    }

    /// The console computed it, or nobody tells it any more.
    void tellFromHistory(KnownSeries &made, Behaviour behaviour) const
    {
        made.isCounter = behaviour == Behaviour::Counter;
        const auto latest = m_logbook.series().latest(made.key);
        if (latest)
            made.freshness = {.kind = Freshness::Kind::Fresh, .since = m_logbook.view().at, .error = {}};
        if (made.key == Logbook::statusSeries && latest) {
            made.measure = CellUnit::Status;
            made.value = QVariant::fromValue(m_logbook.view().status);
        } else if (made.isCounter) {
            made.measure = CellUnit::PerSecond;
        } else if (latest) {
            made.value = *latest;
        }
        if (made.key.endsWith("/nearest_fill"_L1) && made.kind == "tier"_L1)
            made.measure = CellUnit::Share;
    }

    void countUp(KnownSeries &made, const QString &series, const Because &input) const
    {
        made.isCounter = true;
        made.measure = CellUnit::PerSecond;
        made.series = {series};
        const auto &counters = m_logbook.state().counters;
        const auto window = counters.find(counterKey(made.source, series));
        const Shown<PerSecond> rate = rateOf(window == counters.end() ? nullptr : &window->second, input);
        made.value = rate.has() ? variantOf(*rate) : QVariant();
        made.because = rate.has() ? rate.because : input;
    }

    const Logbook &m_logbook;
    std::optional<QHash<QString, Reported>> m_reported; ///< once it is asked for
    QHash<QString, Freshness> m_freshness;
};
} // namespace

QList<KnownSeries> knownSeries(const Logbook &logbook)
{
    return Lister(logbook).all();
}

std::optional<KnownSeries> knownSeries(const Logbook &logbook, const QString &key)
{
    return Lister(logbook).one(key);
}

SeriesModel::SeriesModel(const Logbook &logbook, QObject *parent)
    : DeploymentModel(parent)
    , m_logbook(logbook)
{
}

QList<TableColumn> SeriesModel::columns() const
{
    return {{"name"_L1, CellUnit::Text},   {"kind"_L1, CellUnit::Text},   {"value"_L1, CellUnit::Number},
            {"course"_L1, CellUnit::Text}, {"unit"_L1, CellUnit::Text},   {"type"_L1, CellUnit::Text},
            {"help"_L1, CellUnit::Text},   {"pinned"_L1, CellUnit::Text}, {"source"_L1, CellUnit::Text}};
}

QList<Row> SeriesModel::rows(const DeploymentView &) const
{
    QList<Row> rows;
    for (const KnownSeries &known : knownSeries(m_logbook)) {
        const bool isFresh = known.freshness.kind == Freshness::Kind::Fresh;
        const bool isBare = known.measure == CellUnit::Number || known.measure == CellUnit::PerSecond;
        rows.append({.key = known.key,
                     .cells = {given(known.name),
                               given(known.kind),
                               {.value = known.value,
                                .unit = known.measure,
                                .known = knownOf(known.freshness, known.value.isValid()),
                                .status = {},
                                .because = known.because},
                               given(QString()),
                               given(isBare ? known.unit : QString()),
                               given(known.type),
                               given(known.help),
                               given(m_pinned.contains(known.key) ? u"pinned"_s : QString()),
                               given(known.source)},
                     .subject = known.name,
                     .status = isFresh ? Status::Ok : Status::Unknown,
                     .freshness = known.freshness,
                     .depth = 0});
    }
    return rows;
}

} // namespace qd
