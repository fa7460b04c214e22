/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fleet/tile.h"

#include "charts/news.h"
#include "charts/state_strip.h"
#include "fleet/figure.h"
#include "fleet/fleet_texts.h"
#include "tables/fleet_model.h"
#include "theme/evidence.h"
#include "theme/text_label.h"
#include "watch/custody.h"
#include "words/headline.h"
#include "words/words.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Calm unless it is wrong: only trouble has a colour, and what is old looks old.
Tone toneFor(Status status, const Freshness &freshness)
{
    if (freshness.kind != Freshness::Kind::Fresh)
        return Tone::Stale;
    return status == Status::Degraded || status == Status::Down ? toneOf(status) : Tone::Text;
}

QString formerText(const QString &text, const Freshness &freshness)
{
    return freshness.kind == Freshness::Kind::Stale
               ? Tile::tr("was %1 at %2").arg(text, words::shortTime(freshness.since))
               : Tile::tr("was %1. %2").arg(text, words::freshness(freshness, freshness.since));
}

/// What was read, as far as it is so now: of an old reading only the tooltip and *Why?* tell.
void showText(Figure *figure, const QString &text, Status status, const Freshness &freshness, const Because &because,
              const QString &shortText = {})
{
    const Tone tone = toneFor(status, freshness);
    if (freshness.kind == Freshness::Kind::Fresh)
        figure->setValue(text, tone, because, {}, shortText);
    else
        figure->setValue(words::missing(freshness), tone, because, formerText(text, freshness));
}

void showMissing(Figure *figure, const Freshness &freshness, const Because &because = {})
{
    const bool isFresh = freshness.kind == Freshness::Kind::Fresh;
    figure->setValue(words::missing(freshness), Tone::Stale, because,
                     isFresh ? Tile::tr("not measured") : words::freshness(freshness, freshness.since));
}

/// It has none, as its profile says: not the same as one that is not measured.
void showNone(Figure *figure)
{
    figure->setValue(Tile::tr("n/a"), Tone::Stale, {}, Tile::tr("Not available here, says the profile"));
}

template <class T>
void showValue(Figure *figure, const Shown<T> &shown, const Freshness &freshness)
{
    if (shown.has()) {
        const QString text = words::text(*shown);
        showText(figure, text, shown.status, freshness, withResult(shown.because, text));
        return;
    }
    showMissing(figure, freshnessOf(shown, freshness), shown.because);
}

constexpr int betweenFigures = 12;
} // namespace

Tile::Tile(const Logbook &logbook, const Theme &theme, QWidget *parent)
    : Card(theme, parent)
    , m_logbook(logbook)
    , m_word(new Label(theme, TextSize::Body, true))
    , m_since(new Label(theme))
    , m_reason(new Label(theme))
    , m_strip(new StateStrip(theme))
{
    const Profile &profile = logbook.profile();
    setObjectName(u"tile-"_s + profile.name);
    setTitle(profile.name, TextSize::Title);
    setNote(profile.environment);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);

    auto *body = new QWidget;
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    auto *words = new QHBoxLayout;
    words->setSpacing(4);
    m_word->setObjectName(u"tile-word"_s);
    m_since->setObjectName(u"tile-since"_s);
    m_since->setNumeric(true);
    m_reason->setObjectName(u"tile-reason"_s);
    m_reason->setTone(Tone::Muted);
    m_reason->setWordWrap(3);
    m_reason->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_word->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_since->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    words->addWidget(m_word, 0, Qt::AlignTop);
    words->addWidget(m_since, 0, Qt::AlignTop);
    words->addWidget(m_reason, 1);
    column->addLayout(words);
    m_strip->setTimesShown(true);
    column->addWidget(m_strip);
    auto *numbers = new QHBoxLayout;
    numbers->setSpacing(betweenFigures);
    m_firstRow = numbers;
    m_breakers = addMetric(numbers, tr("Breakers"), tr("Breakers"), "tile-breakers");
    m_hitRate = addMetric(numbers, tr("Hit rate"), tr("Hit rate"), "tile-hit-rate");
    m_limit = addMetric(numbers, tr("Nearest limit"), tr("Limit"), "tile-limit");
    auto *more = new QHBoxLayout;
    more->setSpacing(betweenFigures);
    m_secondRow = more;
    m_latency = addMetric(more, tr("p95 latency"), tr("p95"), "tile-latency");
    m_requests = addMetric(more, tr("Requests"), tr("Requests"), "tile-requests");
    m_backup = addMetric(more, tr("Last backup"), tr("Backup"), "tile-backup");
    m_key = addMetric(more, tr("Key age"), tr("Key"), "tile-key");
    column->addLayout(numbers);
    column->addLayout(more);
    column->addStretch(1);
    setBody(body);
    for (Label *label : findChildren<Label *>())
        label->setFocusPolicy(Qt::NoFocus);
}

Figure *Tile::addMetric(QLayout *row, const QString &caption, const QString &shortCaption, const char *name)
{
    auto *metric = new Figure(theme(), caption, shortCaption);
    metric->setObjectName(QLatin1StringView(name));
    row->addWidget(metric);
    connect(metric, &Figure::whyRequested, this, [this](const Because &because, const QString &label) {
        Q_EMIT whyRequested(m_logbook.profile().name, because, label);
    });
    return metric;
}

void Tile::refresh(TimeRange range)
{
    const DeploymentView &view = m_logbook.view();
    setGlyph(view.status);
    setAccent(view.status);
    const QString word = words::statusLine(view);
    QStringList reasons;
    for (qsizetype most = std::max<qsizetype>(view.reasons.size(), 1); most > 0; --most)
        reasons.append(shortly(words::headline(view, most)));
    const QString reason = reasons.first();
    m_word->setText(word);
    m_word->setTone(toneOf(view.status));
    // Without data the word itself says since when.
    const bool isDated = view.since && view.status != Status::Unknown;
    const QString since =
        isDated ? words::troubleSince(view, tr("since %1").arg(newsTime(*view.since, view.at))) : QString();
    m_since->setText(since);
    m_since->setTone(toneOf(view.status));
    m_since->setVisible(isDated);
    for (QString &line : reasons)
        line = line.isEmpty() ? QString() : u"· "_s + line;
    m_reason->setTexts(reasons);
    setAccessibleName(u"%1, %2, %3"_s.arg(view.name, view.environment, isDated ? word + u' ' + since : word));
    setAccessibleDescription(reason);
    m_strip->setColumns(range,
                        m_logbook.series().query(Logbook::statusSeries, range, std::max(1, m_strip->width()), true),
                        statusOfStatus);
    showBreakers(view);
    showCache(view);
    showLimit(view);
    showRequests(view);
    showCustody(view);
    fitFigures();
}

QList<Figure *> Tile::firstFigures() const
{
    return {m_breakers, m_hitRate, m_limit};
}

QList<Figure *> Tile::secondFigures() const
{
    return {m_latency, m_requests, m_backup, m_key};
}

bool Tile::fit(const QList<Figure *> &row, bool isShort) const
{
    const QMargins margins = column()->contentsMargins();
    int wanted = margins.left() + margins.right() + betweenFigures * static_cast<int>(row.size() - 1);
    for (const Figure *figure : row)
        wanted += figure->widthIf(isShort);
    return wanted <= width();
}

bool Tile::fitsOneRow() const
{
    return fit(firstFigures() + secondFigures(), true);
}

void Tile::setMayHaveOneRow(bool may)
{
    if (may == std::exchange(m_mayHaveOneRow, may))
        return;
    fitFigures();
}

/// A number that is cut is no number: its name goes first, then the row becomes two.
void Tile::fitFigures()
{
    const bool isOneRow = m_mayHaveOneRow && fitsOneRow();
    for (Figure *figure : secondFigures()) {
        if ((m_secondRow->indexOf(figure) < 0) == isOneRow)
            continue;
        (isOneRow ? m_secondRow : m_firstRow)->removeWidget(figure);
        (isOneRow ? m_firstRow : m_secondRow)->addWidget(figure);
    }
    const auto shorten = [this](const QList<Figure *> &row) {
        const bool isShort = !fit(row, false);
        for (Figure *figure : row)
            figure->setShort(isShort);
    };
    if (isOneRow) {
        shorten(firstFigures() + secondFigures());
        return;
    }
    shorten(firstFigures());
    shorten(secondFigures());
}

bool Tile::hasNot(QStringView what) const
{
    return m_logbook.profile().unavailable.contains(what);
}

void Tile::showBreakers(const DeploymentView &view)
{
    // Those that can be believed now; where there are none, those that were known last.
    QList<BreakerView> told;
    std::ranges::copy_if(view.breakers, std::back_inserter(told), [](const BreakerView &b) { return b.state.has(); });
    const auto isFresh = [](const BreakerView &b) { return b.freshness.kind == Freshness::Kind::Fresh; };
    if (std::ranges::any_of(told, isFresh))
        told.removeIf([&](const BreakerView &b) { return !isFresh(b); });
    const qsizetype known = told.size();
    if (known == 0) {
        if (hasNot(u"breakers"))
            showNone(m_breakers);
        else
            showMissing(m_breakers, view.breakers.isEmpty() ? Freshness{} : view.breakers.first().freshness);
        return;
    }
    // Those in trouble are the evidence; where none is, all of them are.
    const auto countIn = [&](BreakerState state) {
        return std::ranges::count_if(told, [state](const BreakerView &b) { return *b.state == state; });
    };
    const qsizetype open = countIn(BreakerState::Open);
    const qsizetype halfOpen = countIn(BreakerState::HalfOpen);
    const BreakerState worst = open > 0       ? BreakerState::Open
                               : halfOpen > 0 ? BreakerState::HalfOpen
                                              : BreakerState::Closed;
    Because because{.formula = worst == BreakerState::HalfOpen
                                   ? tr("%1 of %2 breakers half-open").arg(halfOpen).arg(known)
                                   : tr("%1 of %2 breakers open").arg(open).arg(known)};
    Freshness freshness;
    for (const BreakerView &breaker : std::as_const(told)) {
        if (worst == BreakerState::Closed || *breaker.state == worst) {
            because.inputs.append(breaker.state.because);
            freshness = breaker.freshness;
        }
    }
    if (worst == BreakerState::HalfOpen)
        showText(m_breakers, tr("%n half-open", nullptr, static_cast<int>(halfOpen)), Status::Degraded, freshness,
                 because);
    else
        showText(m_breakers, open > 0 ? tr("%n open", nullptr, static_cast<int>(open)) : words::count(0),
                 open > 0 ? Status::Down : Status::Ok, freshness, because);
}

void Tile::showCache(const DeploymentView &view)
{
    if (const CacheView *lowest = view.lowestHitRate())
        showText(m_hitRate,
                 view.caches.size() == 1 ? words::text(*lowest->hitRate)
                                         : u"%1 %2"_s.arg(words::text(lowest->group), words::text(*lowest->hitRate)),
                 lowest->hitRate.status, lowest->freshness,
                 withResult(lowest->hitRate.because, words::text(*lowest->hitRate)), words::text(*lowest->hitRate));
    else if (!view.caches.isEmpty())
        showValue(m_hitRate, view.caches.first().hitRate, view.caches.first().freshness);
    else if (hasNot(u"cache"))
        showNone(m_hitRate);
    else
        showMissing(m_hitRate, {});
}

void Tile::showLimit(const DeploymentView &view)
{
    if (const TierView *tier = refusingTier(view)) {
        const auto source = std::ranges::find(view.sources, tier->rejected.because.source, &SourceView::id);
        showText(m_limit, u"%1 %2"_s.arg(words::text(tier->tier), refusedText(*tier)), Status::Degraded,
                 source == view.sources.end() ? tier->freshness : source->freshness,
                 withResult(tier->refused.because, words::count(*tier->refused)), refusedText(*tier));
        return;
    }
    const LimitView *nearest = view.nearestLimit();
    if (nearest == nullptr) {
        if (hasNot(u"limits"))
            showNone(m_limit);
        else
            showMissing(m_limit, view.tiers.isEmpty() ? Freshness{} : view.tiers.first().freshness);
        return;
    }
    showText(m_limit, limitText(*nearest), limitMark(nearest->status, view.status), nearest->freshness,
             withResult(nearest->fill.because, words::text(*nearest->fill)), usedText(*nearest));
}

void Tile::showRequests(const DeploymentView &view)
{
    showValue(m_latency, view.requests.latencyP95, view.requests.freshness);
    showValue(m_requests, view.requests.rate, view.requests.freshness);
}

void Tile::showCustody(const DeploymentView &view)
{
    if (hasNot(u"backups")) {
        showNone(m_backup);
    } else {
        const BackupFigures backups =
            figuresOf(view.backups, m_logbook.profile().backupPolicy.value_or(BackupPolicy{}), view.at);
        showValue(m_backup, backups.age, backups.newestGood ? backups.newestGood->freshness : view.backups.freshness);
    }
    if (hasNot(u"signing_keys")) {
        showNone(m_key);
        return;
    }
    const Told<SigningKey> *key = signingKey(view.signingKeys);
    showValue(m_key, signingKeyAge(view.signingKeys, view.at), key ? key->freshness : view.signingKeys.freshness);
}

void Tile::keyPressEvent(QKeyEvent *event)
{
    if (hasFocus() &&
        (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space))
        Q_EMIT opened(m_logbook.profile().name);
    else
        Card::keyPressEvent(event);
}

void Tile::mousePressEvent(QMouseEvent *event)
{
    m_pressed = event->button() == Qt::LeftButton;
    event->setAccepted(m_pressed);
}

void Tile::mouseReleaseEvent(QMouseEvent *event)
{
    if (std::exchange(m_pressed, false) && event->button() == Qt::LeftButton && rect().contains(event->pos()))
        Q_EMIT opened(m_logbook.profile().name);
}

void Tile::resizeEvent(QResizeEvent *event)
{
    Card::resizeEvent(event);
    fitFigures();
}

void Tile::paintEvent(QPaintEvent *event)
{
    Card::paintEvent(event);
    if (!hasFocus())
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme().colours().accent, 2));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 8, 8);
}

} // namespace qd
