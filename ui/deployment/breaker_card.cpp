/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/breaker_card.h"

#include "charts/breaker_glyph.h"
#include "charts/drawn.h"
#include "charts/state_strip.h"
#include "deployment/column_sums.h"
#include "deployment/deployment_page.h"
#include "deployment/value_label.h"
#include "theme/meter_bar.h"
#include "theme/text_label.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
/// No calls within the last minute, as far as is known. A counter with a label comes with the first call: where the
/// same metrics count those of another breaker, one without has had none.
bool isQuiet(const BreakerView &view, const DeploymentView &deployment)
{
    if (view.traffic.has())
        return view.traffic->rate <= 0;
    const bool isTold = view.freshness.kind == Freshness::Kind::Fresh && view.state.has() && !view.calls.has() &&
                        !view.errorShare.has();
    return isTold && std::ranges::any_of(deployment.breakers, [&](const BreakerView &other) {
               return other.freshness.kind == Freshness::Kind::Fresh && other.traffic.has() &&
                      other.state.because.source == view.state.because.source &&
                      other.calls.because.source == view.state.because.source;
           });
}
} // namespace

BreakerCard::BreakerCard(DeploymentPage &page, const QString &name, QWidget *parent)
    : Card(page.theme(), parent)
    , m_page(page)
    , m_name(name)
    , m_traffic(new ValueLabel(page))
    , m_picture(new BreakerGlyph(page.theme(), this))
    , m_state(new ValueLabel(page, TextSize::Mid, true))
    , m_next(new ValueLabel(page))
    , m_errors(new ValueLabel(page))
    , m_failures(new ValueLabel(page))
    , m_meter(new MeterBar(page.theme(), this))
    , m_strip(new StateStrip(page.theme(), this))
    , m_transition(new Label(page.theme(), TextSize::Caption, false, this))
{
    setObjectName(u"breaker-card-"_s + name);
    m_state->setObjectName(u"breaker-state-"_s + name);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Circuit breaker %1").arg(name));
    build();
}

void BreakerCard::build()
{
    setTitle(m_name);
    m_traffic->setSubject(tr("%1, calls a second").arg(m_name));
    m_traffic->setTone(Tone::Muted);
    addToTitleRow(m_traffic);
    m_state->setSubject(tr("%1, state").arg(m_name));
    m_state->setColoured(true);
    m_state->setNumeric(false);
    m_next->setNumeric(false);
    m_errors->setNumeric(false);
    m_next->setSubject(tr("%1, half-open in").arg(m_name));
    m_next->setTone(Tone::Muted);
    m_errors->setSubject(tr("%1, failed share of calls let through").arg(m_name));
    m_errors->setTone(Tone::Muted);
    m_errors->setWordWrap(2);
    m_failures->setSubject(tr("%1, failures in a row").arg(m_name));
    m_failures->setSpelt(tr("not reported"));
    m_failures->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_transition->setTone(Tone::Muted);
    m_transition->setWordWrap(2);

    auto *words = new QVBoxLayout;
    words->setSpacing(0);
    words->addStretch();
    words->addWidget(m_state);
    words->addWidget(m_next);
    words->addWidget(m_errors);
    words->addStretch();
    auto *top = new QHBoxLayout;
    top->setSpacing(12);
    top->addWidget(m_picture);
    top->addLayout(words, 1);

    auto *failuresName = new Label(theme(), TextSize::Body, false, this);
    failuresName->setTone(Tone::Muted);
    failuresName->setText(tr("failures"));
    auto *failures = new QHBoxLayout;
    failures->addWidget(failuresName);
    failures->addWidget(m_failures, 1);

    auto *body = new QVBoxLayout;
    body->setContentsMargins(0, 0, 0, 0);
    body->setSpacing(4);
    body->addLayout(top);
    body->addLayout(failures);
    body->addWidget(m_meter);
    body->addSpacing(4);
    body->addWidget(m_strip);
    body->addWidget(m_transition);
    body->addStretch();
    setBody(body);
}

void BreakerCard::showView(const BreakerView &view)
{
    m_view = view;
    setGlyph(view.status);
    setAccent(view.status, Edge::Top);
    m_state->say(view.state, view.freshness);
    showTraffic(view);
    showNextStep(view);

    Spoken failures = spoken(view.failures);
    if (view.failures.has() && view.threshold.has())
        failures.text = *view.failures > *view.threshold
                            ? tr("%1, opens at %2").arg(words::count(*view.failures), words::count(*view.threshold))
                            : words::of(*view.failures, *view.threshold);
    m_failures->say(failures, view.freshness);
    std::optional<Share> fill;
    if (view.failures.has() && view.threshold.has() && *view.threshold > 0)
        fill = Share{static_cast<double>(*view.failures) / static_cast<double>(*view.threshold)};
    m_meter->setValue(fill, view.status);
    m_meter->setVisible(fill || view.freshness.kind != Freshness::Kind::Fresh);
    m_meter->setAccessibleName(m_failures->accessibleName());
    m_transition->setText(transitionText(view));
    showPicture();
}

void BreakerCard::showPicture()
{
    BreakerPicture picture;
    picture.traffic = m_view.traffic.value;
    picture.fullTraffic = m_fullTraffic;
    picture.errorShare = m_view.errorShare.value;
    picture.known = m_view.freshness.kind == Freshness::Kind::Fresh;
    picture.twoMinutes = m_twoMinutes;
    // As Hystrix counts: a call that an open breaker refuses is a failed one.
    if (m_view.state.has() && *m_view.state == BreakerState::Open)
        picture.errorShare = Share{1};
    m_picture->setPicture(std::move(picture));
    m_picture->setAccessibleName(m_state->accessibleName());
}

void BreakerCard::showTraffic(const BreakerView &view)
{
    Spoken traffic = spoken(view.traffic);
    const bool isQuiet = qd::isQuiet(view, m_page.logbook().view());
    if (isQuiet)
        traffic.text = tr("no traffic");
    m_traffic->say(traffic, view.freshness);
    Spoken errors = spoken(view.errorShare);
    const std::optional<qint64> calls = lastMinute(view.calls, u"calls_total");
    const std::optional<qint64> failed = lastMinute(view.failed, u"failures_total");
    const std::optional<qint64> refused = lastMinute(view.rejected, u"rejected_total");
    // Where most calls are refused, the share of the few that were made says little.
    if (calls && failed && refused && *refused > 0)
        errors.text =
            *calls > 0 ? tr("%1 let through failed, %2 refused").arg(words::of(*failed, *calls), words::count(*refused))
                       : tr("no call let through, %1 refused").arg(words::count(*refused));
    else if (errors.text && view.state.has() && *view.state != BreakerState::Closed)
        errors.text = tr("%1 of calls let through failed").arg(*errors.text);
    else if (errors.text)
        errors.text = tr("%1 errors").arg(*errors.text);
    else if (view.freshness.kind == Freshness::Kind::Fresh && !errors.error)
        errors.text = isQuiet ? tr("no calls in the last minute") : tr("errors not reported");
    else if (!errors.error)
        errors.text = tr("errors not known");
    m_errors->say(errors, view.freshness);
}

std::optional<qint64> BreakerCard::lastMinute(const Shown<qint64> &total, QStringView field) const
{
    const auto &counters = m_page.logbook().state().counters;
    const auto found = counters.find(counterKey(total.because.source, seriesName(u"breaker", m_name, field)));
    const auto growth = found == counters.end() ? std::nullopt : found->second.increase();
    return growth ? std::optional(std::llround(*growth)) : std::nullopt;
}

void BreakerCard::showNextStep(const BreakerView &view)
{
    Spoken next;
    const Freshness::Kind kind = view.freshness.kind;
    if (view.state.has() && (kind == Freshness::Kind::Stale || kind == Freshness::Kind::Refused)) {
        // A line of its own: beside the word there is no room for it.
        next = spoken(view.state);
        next.text = kind == Freshness::Kind::Refused
                        ? tr("refused now")
                        : tr("as of %1").arg(words::shortTime(view.freshness.since, m_page.now()));
    } else if (view.halfOpenIn.has()) {
        next = spoken(view.halfOpenIn);
        // Whole seconds: a countdown.
        const Millis left{std::ceil(view.halfOpenIn->count() / 1000) * 1000};
        next.text = left.count() > 0 ? tr("half-open in %1").arg(words::duration(left)) : tr("half-open is due");
    } else if (view.state.has() && *view.state == BreakerState::HalfOpen) {
        next = {.text = tr("one trial decides"), .status = view.status, .because = view.state.because};
    }
    m_next->setVisible(next.text.has_value());
    m_next->say(next, view.freshness);
}

QString BreakerCard::transitionText(const BreakerView &view) const
{
    if (view.lastTransition)
        return u"%1 · %2"_s.arg(words::shortTime(view.lastTransition->at, m_page.now()),
                                words::sentence(*view.lastTransition));
    const auto &watched = m_page.logbook().view().watchedSince;
    return view.state.has() && watched ? tr("no transition since %1").arg(words::shortTime(*watched, m_page.now()))
                                       : QString();
}

void BreakerCard::showSeries(TimeRange range)
{
    const SeriesStore &series = m_page.logbook().series();
    const auto name = [&](QStringView field) { return seriesName(u"breaker", m_name, field); };
    const int pixels = std::max(m_strip->width(), 1);
    m_strip->setSegments(
        range, withTrials(segmentsOf(range, series.query(name(u"state"), range, pixels, true), statusOfBreaker),
                          failedTrials(), range.length() * 3 / pixels));

    constexpr int points = 48;
    const TimeRange recent{range.to - 2min, range.to};
    m_twoMinutes = sumOf({drawnRate(series, name(u"calls_total"), recent, points, leastSeen),
                          drawnRate(series, name(u"rejected_total"), recent, points, leastSeen)});
    showPicture();
}

/// When it opened again after a trial, oldest first.
QList<Instant> BreakerCard::failedTrials() const
{
    QList<Instant> trials;
    for (const Event &event : m_page.logbook().view().events) {
        if (event.kind == EventKind::BreakerChanged && event.subject == m_name &&
            event.from == toWord(BreakerState::HalfOpen) && event.to == toWord(BreakerState::Open))
            trials.prepend(event.at);
    }
    return trials;
}

void BreakerCard::setChosen(bool chosen)
{
    if (m_chosen == chosen)
        return;
    m_chosen = chosen;
    setAccessibleDescription(chosen ? tr("chosen: the charts show this one alone") : QString());
    update();
}

void BreakerCard::paintEvent(QPaintEvent *event)
{
    Card::paintEvent(event);
    const bool focused = hasFocus() && m_byKeyboard;
    if (!m_chosen && !focused)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(
        QPen(theme().colours().accent, m_chosen ? 2 : 1, focused && !m_chosen ? Qt::DashLine : Qt::SolidLine));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 8, 8);
}

void BreakerCard::focusInEvent(QFocusEvent *event)
{
    m_byKeyboard = isByKeyboard(event->reason());
    Card::focusInEvent(event);
    update();
}

void BreakerCard::focusOutEvent(QFocusEvent *event)
{
    Card::focusOutEvent(event);
    update();
}

void BreakerCard::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton)
        Q_EMIT clicked(m_name);
    Card::mousePressEvent(event);
}

void BreakerCard::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Space || event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        Q_EMIT clicked(m_name);
    else
        Card::keyPressEvent(event);
}

} // namespace qd
