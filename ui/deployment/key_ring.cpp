/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/key_ring.h"

#include "charts/ticks.h"
#include "deployment/deployment_page.h"
#include "deployment/value_label.h"
#include "watch/row_parts.h"

#include <QPainter>
#include <QTimeZone>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr int barHeight = 24;
constexpr int barGap = 8;

std::optional<Instant> begun(const SigningKey &key)
{
    return key.createdAt.has() ? key.createdAt.value : key.activatedAt.value;
}

QString tokensWords(const SigningKey &key, Instant now)
{
    if (!key.tokens.has())
        return {};
    if (*key.tokens == 0)
        return KeyRing::tr("no token alive");
    const QString alive =
        *key.tokens == 1 ? KeyRing::tr("1 token alive") : KeyRing::tr("%1 tokens alive").arg(words::count(*key.tokens));
    if (!key.lastTokenExpiry.has())
        return alive;
    return KeyRing::tr("%1, the last until %2").arg(alive, words::shortTime(*key.lastTokenExpiry, now));
}

/// "signs since 10 Oct, 41 d".
QString lifeWords(const SigningKey &key, Instant now)
{
    const auto at = [now](const Value<Instant> &value) { return words::shortTime(*value, now); };
    switch (key.state.valueOr(KeyState::Unknown)) {
    case KeyState::Next:
        return key.createdAt.has() ? KeyRing::tr("published %1, does not sign yet").arg(at(key.createdAt))
                                   : KeyRing::tr("does not sign yet");
    case KeyState::Active:
        if (key.activatedAt.has())
            return KeyRing::tr("signs %1").arg(words::sinceText(*key.activatedAt, now));
        return key.createdAt.has() ? KeyRing::tr("signs, made %1").arg(at(key.createdAt)) : KeyRing::tr("signs");
    case KeyState::Retiring:
        return key.retireAfter.has() ? KeyRing::tr("verifies until %1").arg(at(key.retireAfter))
                                     : KeyRing::tr("verifies");
    case KeyState::Retired:
        return key.retireAfter.has() ? KeyRing::tr("verified until %1").arg(at(key.retireAfter)) : QString();
    case KeyState::Unknown:
        break;
    }
    return {};
}
} // namespace

TimeRange spanOf(const QList<Told<SigningKey>> &keys, Instant now)
{
    TimeRange span{now, now};
    const auto reach = [&span](const Value<Instant> &at) {
        if (!at.has())
            return;
        span.from = std::min(span.from, *at);
        span.to = std::max(span.to, *at);
    };
    for (const Told<SigningKey> &told : keys) {
        reach(told.fact.createdAt);
        reach(told.fact.activatedAt);
        reach(told.fact.retireAfter);
        reach(told.fact.lastTokenExpiry);
    }
    if (span.from == now)
        span.from = now - std::chrono::days(30);
    const auto margin = std::max<std::chrono::milliseconds>(span.length() / 16, 1h);
    return {span.from - margin, span.to + margin};
}

KeyRing::KeyRing(DeploymentPage &page, QWidget *parent)
    : PaintedItems(page, u"key-ring"_s, parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void KeyRing::setKeys(const QList<Told<SigningKey>> &keys, Instant now)
{
    const QList<Told<SigningKey>> shown = keys.first(std::min(keys.size(), mostKeys));
    // The line of now moves by less than a pixel in a second: a thousandth of the range is soon enough.
    const bool isLater = std::chrono::abs(now - m_now) > m_range.length() / 1000;
    if (shown == m_keys && !isLater)
        return;
    const bool another = shown.size() != m_keys.size();
    m_keys = shown;
    m_now = now;
    m_range = spanOf(m_keys, now);
    renew(another);
}

QString KeyRing::sentence(const SigningKey &key) const
{
    QStringList parts{u"%1 %2"_s.arg(words::text(key.id),
                                     key.state.has() ? words::say(*key.state).toLower() : tr("(state not known)"))};
    for (const QString &more : {lifeWords(key, m_now), tokensWords(key, m_now)}) {
        if (!more.isEmpty())
            parts.append(more);
    }
    return parts.join(u" · "_s);
}

int KeyRing::rowHeight() const
{
    return theme().px(barHeight + barGap);
}

int KeyRing::axisHeight() const
{
    return QFontMetrics(theme().font(TextSize::Caption)).height() + 4;
}

QRectF KeyRing::plot() const
{
    return {0, 0, static_cast<double>(width()), static_cast<double>(height() - axisHeight())};
}

QSize KeyRing::sizeHint() const
{
    return {480, std::max<int>(1, static_cast<int>(m_keys.size())) * rowHeight() + axisHeight() + 4};
}

QSize KeyRing::minimumSizeHint() const
{
    return {200, sizeHint().height()};
}

double KeyRing::xOf(Instant at) const
{
    const QRectF area = plot();
    const double share = static_cast<double>((at - m_range.from).count()) /
                         static_cast<double>(std::max<qint64>(1, m_range.length().count()));
    return area.left() + std::clamp(share, 0.0, 1.0) * area.width();
}

int KeyRing::indexAt(QPoint at) const
{
    const int index = at.y() / std::max(1, rowHeight());
    return index >= 0 && index < m_keys.size() ? index : -1;
}

Because KeyRing::becauseAt(int index) const
{
    return because(m_keys[index].source, m_keys[index].fact.state);
}

QColor KeyRing::colourOf(KeyState state) const
{
    const Colours &c = theme().colours();
    switch (state) {
    case KeyState::Next:
        return c.mute;
    case KeyState::Active:
        return c.accent;
    case KeyState::Retiring:
        return c.series[3];
    case KeyState::Retired:
    case KeyState::Unknown:
        break;
    }
    return c.stale;
}

void KeyRing::paintAxis(QPainter &painter) const
{
    const Theme &theme = page().theme();
    const Colours &c = theme.colours();
    const QRectF area = plot();
    const QFontMetrics metrics(theme.font(TextSize::Caption));
    painter.setFont(theme.font(TextSize::Caption));
    const int most = std::max(2, static_cast<int>(area.width()) / theme.px(90));
    const QString now = tr("now");
    const double nowX = xOf(m_now);
    const double nowHalf = metrics.horizontalAdvance(now) / 2.0 + theme.px(6);
    for (const TimeTick &tick : niceTimes(m_range, most, QTimeZone::systemTimeZone())) {
        const double x = xOf(tick.at);
        painter.setPen(c.line);
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
        const double half = metrics.horizontalAdvance(tick.text) / 2.0;
        if (x - half < 0 || x + half > width() || std::abs(x - nowX) < half + nowHalf)
            continue;
        painter.setPen(c.faint);
        painter.drawText(QRectF(x - half - 1, area.bottom() + 2, 2 * half + 2, axisHeight()), Qt::AlignCenter,
                         tick.text);
    }
    painter.setPen(c.text);
    const double left = std::clamp(nowX - nowHalf, 0.0, width() - 2 * nowHalf);
    painter.drawText(QRectF(left, area.bottom() + 2, 2 * nowHalf, axisHeight()), Qt::AlignCenter, now);
}

void KeyRing::paintKey(QPainter &painter, const QRectF &row, const Told<SigningKey> &told) const
{
    const Theme &theme = page().theme();
    const Colours &c = theme.colours();
    const SigningKey &key = told.fact;
    const KeyState state = key.state.valueOr(KeyState::Unknown);
    const bool isFresh = told.freshness.kind == Freshness::Kind::Fresh;
    const QColor colour = isFresh ? colourOf(state) : c.stale;
    const auto start = begun(key);
    const double left = start ? xOf(*start) : row.left();
    const double signs = key.activatedAt.has() ? xOf(*key.activatedAt) : state == KeyState::Next ? xOf(m_now) : left;
    const double right = key.retireAfter.has()                                      ? xOf(*key.retireAfter)
                         : state == KeyState::Retired || state == KeyState::Unknown ? std::max(left, xOf(m_now))
                                                                                    : row.right();
    const auto tinted = [&](double alpha) {
        QColor tint = colour;
        tint.setAlphaF(static_cast<float>(alpha));
        return tint;
    };
    painter.setPen(Qt::NoPen);
    const auto box = [&](double from, double to) {
        return QRectF(from, row.top(), std::max(2.0, to - from), row.height());
    };
    painter.setBrush(QBrush(tinted(0.35), Qt::BDiagPattern));
    painter.drawRect(box(left, std::min(signs, right)));
    if (state != KeyState::Next) {
        painter.setBrush(tinted(state == KeyState::Retired ? 0.12 : 0.22));
        painter.drawRect(box(signs, right));
    }
    // An edge where an end is told.
    painter.setBrush(colour);
    if (start)
        painter.drawRect(QRectF(left, row.top(), 3, row.height()));
    if (key.retireAfter.has())
        painter.drawRect(QRectF(right - 1, row.top(), 1.5, row.height()));
    if (key.tokens.valueOr(0) > 0 && key.lastTokenExpiry.has()) {
        const double end = xOf(*key.lastTokenExpiry);
        painter.setPen(QPen(colour, 1.5, Qt::DotLine));
        painter.drawLine(QPointF(xOf(m_now), row.bottom() - 2.5), QPointF(end, row.bottom() - 2.5));
        painter.setPen(Qt::NoPen);
        painter.drawEllipse(QPointF(end, row.bottom() - 2.5), theme.px(3), theme.px(3));
    }
    const QFont font = theme.font(TextSize::Body);
    const QFontMetrics metrics(font);
    // In the bar, from its beginning; what does not fit there stands before the bar, or is cut.
    const int margin = theme.px(8);
    const double after = row.right() - left - 2 * margin;
    const double before = left - row.left() - 2 * margin;
    QString text = sentence(key);
    if (metrics.horizontalAdvance(text) > after && metrics.horizontalAdvance(text) > before)
        text = text.left(text.lastIndexOf(u" · "_s));
    const int wanted = metrics.horizontalAdvance(text);
    const bool isBefore = wanted > after && before > after;
    text = metrics.elidedText(text, Qt::ElideRight, static_cast<int>(std::max(after, before)));
    const double x = isBefore ? left - margin - metrics.horizontalAdvance(text) : left + margin;
    painter.setFont(font);
    painter.setPen(!isFresh || state == KeyState::Retired ? c.stale : c.text);
    painter.drawText(QRectF(x, row.top(), row.width(), row.height()), Qt::AlignLeft | Qt::AlignVCenter, text);
}

void KeyRing::paintEvent(QPaintEvent *)
{
    if (m_keys.isEmpty())
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Theme &theme = page().theme();
    paintAxis(painter);
    painter.setPen(QPen(theme.colours().accent, 1.5));
    painter.drawLine(QPointF(xOf(m_now), 0), QPointF(xOf(m_now), plot().bottom()));
    const double inset = theme.px(barGap) / 2.0;
    for (int i = 0; i < m_keys.size(); ++i) {
        const QRectF row(0, i * rowHeight() + inset, width(), theme.px(barHeight));
        paintKey(painter, row, m_keys[i]);
        if (i == current() && isFramed()) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(theme.colours().accent, 2));
            painter.drawRoundedRect(row.adjusted(1, -2, -1, 2), 4, 4);
        }
    }
}

} // namespace qd
