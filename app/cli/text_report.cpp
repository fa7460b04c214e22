/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/text_report.h"

#include "cli/terminal_text.h"
#include "tables/deployment_models.h"
#include "words/headline.h"
#include "words/words.h"

using namespace Qt::StringLiterals;

namespace qd::cli {

namespace {

// Counters beyond these are for --json and the console.
constexpr int mostLimits = 10;
const QString indent = u"  "_s;

QString valueText(const QModelIndex &cell)
{
    const QVariant value = cell.data(ValueRole);
    switch (cell.data(UnitRole).value<CellUnit>()) {
    case CellUnit::Count:
        return words::text(value.toLongLong());
    case CellUnit::Bytes:
        return words::bytes({value.toLongLong()});
    case CellUnit::PerSecond:
        return words::text(PerSecond{value.toDouble()});
    case CellUnit::Share:
        return words::text(Share{value.toDouble()});
    case CellUnit::Milliseconds:
        return words::text(Millis(value.toDouble()));
    case CellUnit::Level:
        return words::say(value.value<Level>());
    case CellUnit::BreakerState:
        return words::say(value.value<BreakerState>());
    case CellUnit::KeyState:
        return words::say(value.value<KeyState>());
    default:
        return words::text(cell.data().toString());
    }
}

QString cellText(const QModelIndex &cell)
{
    if (cell.data(ValueRole).isValid())
        return valueText(cell);
    return cell.data(KnownRole).value<Known>() == Known::Refused ? u"refused"_s : u"–"_s;
}

// What holds for the whole row: nothing where its values are fresh.
QString noteOf(const Freshness &freshness)
{
    switch (freshness.kind) {
    case Freshness::Kind::Pending:
        return freshness.error ? u"not measured: "_s + words::text(freshness.error->message) : u"not measured"_s;
    case Freshness::Kind::Fresh:
        return {};
    case Freshness::Kind::Stale:
        return u"stale since %1"_s.arg(words::clockTime(freshness.since));
    case Freshness::Kind::Refused:
        return u"refused: %1"_s.arg(freshness.error ? words::text(freshness.error->message) : QString());
    }
    return {};
}

struct Heading
{
    QLatin1StringView column;
    QString text;
};

QString section(const QString &title, const DeploymentView &view, DeploymentModel &&model,
                const QList<Heading> &headings, int most = INT_MAX)
{
    model.setView(view);
    QStringList texts;
    for (const Heading &heading : headings)
        texts += heading.text;
    QList<QStringList> rows;
    const int shown = std::min(model.rowCount(), most);
    for (int row = 0; row < shown; ++row) {
        QStringList cells;
        for (const Heading &heading : headings)
            cells += cellText(model.index(row, model.columnOf(heading.column)));
        if (cells.first().isEmpty())
            cells.first() = view.name;
        cells += noteOf(model.index(row, 0).data(FreshnessRole).value<Freshness>());
        rows += cells;
    }
    if (rows.isEmpty())
        return {};
    QString text = u'\n' + title + u'\n' + alignedTable(texts, rows);
    if (model.rowCount() > shown)
        text += indent + u"and %1 more\n"_s.arg(model.rowCount() - shown);
    return text;
}

QString errorText(const Error &error)
{
    const words::ErrorWords said = words::explain(error);
    QString text;
    const auto line = [&text](const QString &label, const QString &what) {
        if (!what.isEmpty())
            text += indent + indent + indent + label + forTerminal(what) + u'\n';
    };
    line(u"what:  "_s, said.what);
    line(u"where: "_s, said.where);
    line(u"try:   "_s, said.advice);
    return text;
}

QString sourcesText(const DeploymentView &view)
{
    qsizetype width = 0;
    for (const SourceView &source : view.sources)
        width = std::max(width, source.id.size());
    QString text = u"\nSources\n"_s;
    for (const SourceView &source : view.sources) {
        const bool fresh = source.freshness.kind == Freshness::Kind::Fresh;
        const QString state = fresh ? u"answered in %1"_s.arg(words::text(source.latency)) : noteOf(source.freshness);
        text += indent + forTerminal(source.id.leftJustified(width + 2)) + forTerminal(state) + u'\n';
        if (source.error)
            text += errorText(*source.error);
        for (const Refusal &refusal : source.refusals) {
            text += indent + indent + u"does not tell: "_s + forTerminal(refusal.what) + u'\n';
            text += errorText(refusal.error);
        }
    }
    return text;
}

QString reasonText(const Reason &reason, Instant now)
{
    const QString said = words::sentence(reason);
    // "no data since 14:02" needs it no second time
    if (!reason.since || reason.code == Reason::Code::SourceSilent)
        return said;
    return said + u" · "_s + words::sinceText(*reason.since, now);
}

QString heading(const DeploymentView &view)
{
    QString text = u"%1 · %2   %3"_s.arg(view.name, view.environment, words::statusLine(view));
    if (view.since && view.status != Status::Unknown)
        text += u' ' + words::troubleSince(view, words::sinceText(*view.since, view.at));
    text = forTerminal(text) + u'\n';
    for (const Reason &reason : view.reasons)
        text += indent + u"- "_s + forTerminal(reasonText(reason, view.at)) + u'\n';
    return text;
}

QString requestsText(const DeploymentView &view)
{
    const RequestsView &requests = view.requests;
    const Freshness &freshness = requests.freshness;
    const auto cell = [&freshness](const auto &shown) {
        const Freshness mine = freshnessOf(shown, freshness);
        return !shown.has() && mine.kind == Freshness::Kind::Refused ? u"refused"_s : words::valueText(shown, mine);
    };
    const QStringList cells{cell(requests.rate), cell(requests.errorShare), cell(requests.latencyP50),
                            cell(requests.latencyP95), noteOf(freshness)};
    return u"\nRequests\n"_s + alignedTable({u"rate"_s, u"errors"_s, u"p50"_s, u"p95"_s}, {cells});
}

} // namespace

QString alignedTable(const QStringList &headings, const QList<QStringList> &rows)
{
    if (rows.isEmpty())
        return {};
    QList<QStringList> lines{headings};
    for (const QStringList &row : rows) {
        QStringList safe;
        for (const QString &cell : row)
            safe += forTerminal(cell);
        lines += safe;
    }
    QList<qsizetype> widths;
    for (const QStringList &line : std::as_const(lines)) {
        widths.resize(std::max(widths.size(), line.size()));
        for (qsizetype column = 0; column < line.size(); ++column)
            widths[column] = std::max(widths[column], line[column].size());
    }
    QString text;
    for (const QStringList &line : std::as_const(lines)) {
        QString padded = indent;
        for (qsizetype column = 0; column < line.size(); ++column)
            padded += line[column].leftJustified(widths[column] + 2);
        while (padded.endsWith(u' '))
            padded.chop(1);
        text += padded + u'\n';
    }
    return text;
}

QString textReport(const DeploymentView &view)
{
    return heading(view) +
           section(u"Health"_s, view, HealthModel(),
                   {{"path"_L1, u"part"_s},
                    {"level"_L1, u"state"_s},
                    {"word"_L1, u"says"_s},
                    {"latency"_L1, u"latency"_s},
                    {"detail"_L1, u"detail"_s}}) +
           section(u"Circuit breakers"_s, view, BreakerModel(),
                   {{"name"_L1, u"breaker"_s},
                    {"state"_L1, u"state"_s},
                    {"failures"_L1, u"failures"_s},
                    {"failure_threshold"_L1, u"opens at"_s},
                    {"half_open_in"_L1, u"half-open in"_s},
                    {"calls"_L1, u"calls"_s},
                    {"failed"_L1, u"failed"_s},
                    {"rejected"_L1, u"refused"_s}}) +
           section(u"Cache"_s, view, CacheModel(),
                   {{"group"_L1, u"group"_s},
                    {"hit_rate"_L1, u"hit rate, 1 min"_s},
                    {"hit_rate_total"_L1, u"in all"_s},
                    {"hit_rate_at_least"_L1, u"at least"_s},
                    {"hits"_L1, u"hits"_s},
                    {"misses"_L1, u"misses"_s},
                    {"keys"_L1, u"keys"_s},
                    {"ttl"_L1, u"TTL"_s}}) +
           section(u"Limits"_s, view, TierModel(),
                   {{"tier"_L1, u"tier"_s},
                    {"limit"_L1, u"limit"_s},
                    {"window"_L1, u"in"_s},
                    {"clients"_L1, u"clients"_s},
                    {"clients_at_limit"_L1, u"at limit"_s},
                    {"rejected"_L1, u"429s"_s}}) +
           section(u"Nearest to their limit"_s, view, LimitModel(),
                   {{"tier"_L1, u"tier"_s},
                    {"client"_L1, u"client"_s},
                    {"scope"_L1, u"route"_s},
                    {"used"_L1, u"used"_s},
                    {"limit"_L1, u"limit"_s},
                    {"resets_in"_L1, u"resets in"_s}},
                   mostLimits) +
           requestsText(view) + sourcesText(view);
}

QString textReport(const QList<Error> &errors)
{
    QString text;
    for (const Error &error : errors)
        text += forTerminal(error.where) + u": "_s + forTerminal(error.message) + u'\n';
    return text;
}

} // namespace qd::cli
