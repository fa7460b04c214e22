/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/health_card.h"

#include "charts/news.h"
#include "charts/sparkline.h"
#include "deployment/deployment_page.h"
#include "deployment/page_notice.h"
#include "deployment/value_label.h"
#include "theme/glyph.h"
#include "theme/text_label.h"

#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int sparkPoints = 24;
constexpr int rowHeight = 30;
/// From this width on, at 100 % text, there is room for a longer line.
constexpr int wideCard = 560;

/// Rows of a grid with hairlines between them.
class RuledRows : public QWidget
{
public:
    explicit RuledRows(const Theme &theme)
        : m_theme(theme)
    {
    }

protected:
    bool event(QEvent *event) override
    {
        if (event->type() == QEvent::LayoutRequest) // its rows will lie elsewhere, and the lines with them
            update();
        return QWidget::event(event);
    }
    void paintEvent(QPaintEvent *) override
    {
        const auto *grid = qobject_cast<QGridLayout *>(layout());
        QPainter painter(this);
        painter.setPen(m_theme.colours().line);
        for (int row = 1; grid && row < grid->rowCount() - 1; ++row) {
            const QLayoutItem *first = grid->itemAtPosition(row, 0);
            if (const int y = first ? first->geometry().top() : 0; y > 0)
                painter.drawLine(0, y, width(), y);
        }
    }

private:
    const Theme &m_theme;
};

/// So small a line shows the course, not the noise.
Columns middles(Columns columns)
{
    for (Column &column : columns)
        column.first = column.min = column.max = column.last = (column.min + column.max) / 2;
    return columns;
}

QString breakerWords(const BreakerView &breaker)
{
    if (!breaker.state.has())
        return {};
    if (*breaker.state == BreakerState::Open && breaker.halfOpenIn.has()) {
        const Millis left{std::ceil(breaker.halfOpenIn->count() / 1000) * 1000};
        return left.count() > 0 ? HealthCard::tr("breaker open, half-open in %1").arg(words::duration(left))
                                : HealthCard::tr("breaker open, half-open is due");
    }
    if (*breaker.state != BreakerState::Closed)
        return HealthCard::tr("breaker %1").arg(words::say(*breaker.state).toLower());
    if (breaker.traffic.has() && breaker.traffic->rate <= 0)
        return HealthCard::tr("no traffic in the last minute");
    return {};
}

/// What stands in place of a server's figures while they are old: what its source says. Nothing while they are not.
template <class F>
QString troubleWords(const ServerView<F> &server, const DeploymentView &view)
{
    const Freshness &freshness = server.freshness;
    if (freshness.kind == Freshness::Kind::Fresh || (freshness.kind == Freshness::Kind::Pending && !freshness.error))
        return {};
    const auto source = std::ranges::find(view.sources, server.source, &SourceView::id);
    if (freshness.kind == Freshness::Kind::Stale && source != view.sources.end() && source->error)
        return HealthCard::tr("%1 since %2")
            .arg(shortly(words::explain(*source->error).what), words::shortTime(source->failingSince, view.at));
    return words::freshness(freshness, view.at);
}

QString databaseWords(const DeploymentView &view)
{
    const ServerView<Database> &server = view.database;
    if (const QString trouble = troubleWords(server, view); !trouble.isEmpty())
        return trouble;
    if (!server.fact)
        return {};
    const Database &database = *server.fact;
    if (database.connections.has() && database.maxConnections.has())
        return HealthCard::tr("%1 connections").arg(words::of(*database.connections, *database.maxConnections));
    if (database.version.has())
        return u"PostgreSQL "_s + words::text(database.version->section(u' ', 0, 0)); // without its packager
    return {};
}

QString redisWords(const DeploymentView &view)
{
    const ServerView<RedisServer> &server = view.redis;
    if (const QString trouble = troubleWords(server, view); !trouble.isEmpty())
        return trouble;
    if (!server.fact || !server.fact->usedMemory.has())
        return {};
    const QString used = words::bytes(*server.fact->usedMemory);
    return server.fact->maxMemory.has()
               ? HealthCard::tr("Redis, %1 of %2").arg(used, words::bytes(*server.fact->maxMemory))
               : HealthCard::tr("Redis, %1").arg(used);
}

/// What is known of a server stands beside the check that is nearest to the root, and not again below.
bool isNearestOfItsName(const HealthView &check, const DeploymentView &view)
{
    const QString leaf = check.path.section(u'/', -1);
    return std::ranges::none_of(view.health, [&](const HealthView &other) {
        return other.depth < check.depth && other.path.section(u'/', -1) == leaf;
    });
}

/// No call is made while a breaker is open: a latency is of the time before.
bool isCutOff(const HealthView &check, const DeploymentView &view)
{
    const auto breaker = std::ranges::find(view.breakers, check.path.section(u'/', -1), &BreakerView::name);
    return breaker != view.breakers.end() && breaker->state.has() && *breaker->state == BreakerState::Open;
}

/// Of the service's own answer: how long it took to get it. Nothing while it gives none.
QString answerWords(const HealthView &check, const DeploymentView &view)
{
    const auto it = std::ranges::find(view.sources, check.level.because.source, &SourceView::id);
    if (check.freshness.kind != Freshness::Kind::Fresh || it == view.sources.end())
        return {};
    return HealthCard::tr("answered in %1").arg(words::duration(it->latency));
}
} // namespace

QString detailOf(const HealthView &check, const DeploymentView &view)
{
    QStringList said;
    if (check.detail.has())
        said.append(words::text(*check.detail));
    if (check.path.isEmpty() && check.level.has())
        said.append(answerWords(check, view));
    said.removeAll(QString());
    const QString leaf = check.path.section(u'/', -1);
    QString more;
    if (const auto breaker = std::ranges::find(view.breakers, leaf, &BreakerView::name); breaker != view.breakers.end())
        more = breakerWords(*breaker);
    else if (leaf == "database"_L1 && isNearestOfItsName(check, view))
        more = databaseWords(view);
    else if ((leaf == "cache"_L1 || leaf == "redis"_L1) && isNearestOfItsName(check, view))
        more = redisWords(view);
    // "redis" and "Redis, 12 MB" say one thing twice, and that a database with connections is PostgreSQL is no news.
    if (!more.isEmpty() && !said.isEmpty() &&
        (more.contains(said.last(), Qt::CaseInsensitive) ||
         (leaf == "database"_L1 && u"PostgreSQL"_s.contains(said.last(), Qt::CaseInsensitive))))
        said.removeLast();
    const bool isUnexplained =
        isCutOff(check, view) && said.isEmpty() && check.freshness.kind == Freshness::Kind::Fresh;
    if (!more.isEmpty())
        said.append(more);
    if (isUnexplained)
        said.append(HealthCard::tr("why it fails is not reported"));
    if (said.isEmpty() && check.freshness.kind == Freshness::Kind::Stale && check.level.has())
        said.append(HealthCard::tr("was %1 at %2")
                        .arg(words::say(*check.level).toLower(), words::shortTime(check.freshness.since, view.at)));
    // The word as written, where it says more than the glyph and nothing else is known.
    if (said.isEmpty() && check.word.has() && check.status != Status::Ok)
        said.append(words::text(*check.word));
    return said.join(u", "_s);
}

QList<HealthView> withoutRepeats(const QList<HealthView> &health)
{
    const auto isRepeat = [&](const HealthView &check) {
        const QString leaf = check.path.section(u'/', -1);
        const bool hasParts = std::ranges::any_of(
            health, [&](const HealthView &other) { return other.path.startsWith(check.path + u'/'); });
        return !hasParts && std::ranges::any_of(health, [&](const HealthView &other) {
            return other.depth < check.depth && other.path.section(u'/', -1) == leaf && other.status == check.status &&
                   other.level.because.source != check.level.because.source;
        });
    };
    QList<HealthView> kept;
    std::ranges::remove_copy_if(health, std::back_inserter(kept), isRepeat);
    return kept;
}

Columns measuredOnly(Columns latency, const Columns &breaker)
{
    constexpr auto open = static_cast<double>(BreakerState::Open);
    for (qsizetype i = 0; i < latency.size() && i < breaker.size(); ++i) {
        if (breaker[i].count > 0 && breaker[i].min == open && breaker[i].max == open)
            latency[i].count = 0;
    }
    return latency;
}

HealthCard::HealthCard(DeploymentPage &page, QWidget *parent)
    : Card(page.theme(), parent)
    , m_page(page)
{
    setObjectName(u"health-card"_s);
    setTitle(tr("Health"));
    if (!page.logbook().profile().verify.isEmpty()) {
        auto *verify = new QPushButton(tr("Verify…"));
        verify->setObjectName(u"verify-open"_s);
        verify->setToolTip(tr("Look at what the profile lists under 'verify', as after a deploy"));
        connect(verify, &QPushButton::clicked, &page, &DeploymentPage::verifyRequested);
        addToTitleRow(verify);
    }
    connect(&theme(), &Theme::changed, this, [this] { // lengths are fixed as rows are made
        m_rows.clear();
        showView(m_page.logbook().view());
    });
}

void HealthCard::rebuild(const QList<HealthView> &health, const DeploymentView &view)
{
    m_rows.clear();
    m_expected.clear();
    auto *rows = new RuledRows(theme());
    auto *grid = new QGridLayout(rows);
    grid->setContentsMargins(0, 4, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(0);
    grid->setColumnStretch(3, 1);
    for (const HealthView &check : health)
        addRow(rows, grid, check, view.name);
    for (const ExpectationView &expected : view.expectations)
        addExpected(rows, grid, expected.title);
    grid->setRowStretch(grid->rowCount(), 1); // what room is left stays below the rows
    setBody(rows);
}

void HealthCard::addRow(QWidget *rows, QGridLayout *grid, const HealthView &check, const QString &deployment)
{
    const int at = static_cast<int>(m_rows.size());
    const QString leaf = check.path.isEmpty() ? deployment : check.path.section(u'/', -1);
    const QString subject = check.path.isEmpty() ? deployment : check.path;
    Row row{.path = check.path,
            .glyph = new GlyphLabel(theme(), 14, rows),
            .name = new Label(theme(), TextSize::Body, check.path.isEmpty(), rows),
            .spark = new Sparkline(theme(), rows),
            .latency = new ValueLabel(m_page, TextSize::Body, false, rows),
            .detail = new ValueLabel(m_page, TextSize::Caption, false, rows)};
    row.name->setText(words::text(leaf));
    row.name->setAccessibleName(subject);
    row.spark->setFixedSize(sparkSize());
    row.latency->setObjectName(u"health-latency-"_s + check.path);
    row.latency->setSubject(tr("%1, latency").arg(subject));
    row.latency->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    row.detail->setSubject(subject);
    row.detail->setObjectName(u"health-detail-"_s + check.path);
    row.detail->setTone(Tone::Muted);
    row.detail->setNumeric(false);
    row.detail->setMayElide();
    row.detail->setWordWrap(6);

    auto *first = new QHBoxLayout;
    first->setContentsMargins(theme().px(14) * check.depth, 0, 0, 0);
    first->setSpacing(8);
    first->addWidget(row.glyph);
    first->addWidget(row.name, 1);
    grid->addLayout(first, at, 0);
    grid->addWidget(row.spark, at, 1);
    grid->addWidget(row.latency, at, 2);
    grid->addWidget(row.detail, at, 3);
    grid->setRowMinimumHeight(at, theme().px(rowHeight));
    m_rows.append(row);
}

void HealthCard::addExpected(QWidget *rows, QGridLayout *grid, const QString &title)
{
    const auto at = static_cast<int>(m_rows.size() + m_expected.size());
    auto *name = new Label(theme(), TextSize::Body, false, rows);
    const Expected row{.title = title,
                       .glyph = new GlyphLabel(theme(), 14, rows),
                       .value = new ValueLabel(m_page, TextSize::Caption, false, rows)};
    name->setText(words::text(title));
    row.value->setSubject(title);
    row.value->setObjectName(u"expected-"_s + title);
    row.value->setTone(Tone::Muted);
    row.value->setNumeric(false);
    row.value->setMayElide();
    auto *first = new QHBoxLayout;
    first->setContentsMargins(theme().px(14), 0, 0, 0);
    first->setSpacing(8);
    first->addWidget(row.glyph);
    first->addWidget(name, 1);
    grid->addLayout(first, at, 0, 1, 3);
    grid->addWidget(row.value, at, 3);
    grid->setRowMinimumHeight(at, theme().px(rowHeight));
    m_expected.append(row);
}

void HealthCard::showExpected(const DeploymentView &view)
{
    for (qsizetype i = 0; i < m_expected.size(); ++i) {
        const ExpectationView &expected = view.expectations[i];
        const Expected &row = m_expected[i];
        Spoken value{.text = {}, .status = expected.status, .because = expected.value.because};
        if (expected.value.has()) {
            const QString is = words::measured(*expected.value, expected.unit);
            value.text =
                expected.atMost    ? tr("%1, at most %2").arg(is, words::measured(*expected.atMost, expected.unit))
                : expected.atLeast ? tr("%1, at least %2").arg(is, words::measured(*expected.atLeast, expected.unit))
                                   : is;
        }
        row.glyph->setStatus(expected.status);
        row.value->setColoured(expected.status == Status::Degraded);
        row.value->say(value, expected.freshness);
    }
}

void HealthCard::showView(const DeploymentView &view)
{
    const QList<HealthView> health = withoutRepeats(view.health);
    if (!std::ranges::equal(health, m_rows, {}, &HealthView::path, &Row::path) ||
        !std::ranges::equal(view.expectations, m_expected, {}, &ExpectationView::title, &Expected::title))
        rebuild(health, view);
    if (!view.health.isEmpty())
        setNote(words::freshness(view.health.first().freshness, view.at));
    for (qsizetype i = 0; i < m_rows.size(); ++i) {
        const HealthView &check = health[i];
        const Row &row = m_rows[i];
        row.glyph->setStatus(check.status);
        row.latency->say(isCutOff(check, view) ? Spoken{} : spoken(check.latency), check.freshness);
        // Where all is well and there is no latency, none belongs there: a sum of parts, a full disk. How long the
        // whole took to answer stands beside it.
        row.latency->setVisible(check.latency.has() || (check.status != Status::Ok && !check.path.isEmpty()));
        Spoken detail = spoken(check.level);
        detail.text = detailOf(check, view);
        detail.status = check.status;
        row.detail->say(detail, check.freshness);
        row.detail->setVisible(!detail.text->isEmpty());
    }
    showExpected(view);
}

QSize HealthCard::sparkSize() const
{
    return {theme().px(width() >= theme().px(wideCard) ? 132 : 36), theme().px(14)};
}

void HealthCard::resizeEvent(QResizeEvent *event)
{
    Card::resizeEvent(event);
    for (const Row &row : std::as_const(m_rows))
        row.spark->setFixedSize(sparkSize());
}

void HealthCard::showSeries(TimeRange range)
{
    const int points = sparkSize().width() > theme().px(36) ? 3 * sparkPoints : sparkPoints;
    const SeriesStore &series = m_page.logbook().series();
    for (const Row &row : std::as_const(m_rows)) {
        const QString breaker = seriesName(u"breaker", row.path.section(u'/', -1), u"state");
        row.spark->setColumns(
            middles(measuredOnly(series.query(seriesName(u"health", row.path, u"latency_ms"), range, points, true),
                                 series.query(breaker, range, points, true))));
    }
}

} // namespace qd
