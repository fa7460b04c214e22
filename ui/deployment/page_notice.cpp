/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/page_notice.h"

#include "charts/news.h"
#include "deployment/deployment_page.h"
#include "sources/source.h"
#include "theme/glyph.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QToolButton>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype shortLines = 2;
constexpr int gap = 8;

Notice noticeOf(const QString &subject, Status status, const Error &error, const QString &lastSeen)
{
    const words::ErrorWords said = words::explain(error);
    QStringList where{said.where, lastSeen};
    where.removeAll(QString());
    if (where.size() > 1 && said.what.contains(said.where)) // an address is read once
        where.removeFirst();
    return {
        .status = status, .subject = subject, .what = said.what, .where = where.join(u" · "_s), .advice = said.advice};
}

/// Since when the page has not heard of it.
QString lastSeen(const SourceView &source, Instant now)
{
    if (source.freshness.kind == Freshness::Kind::Stale)
        return words::freshness(Freshness{.kind = Freshness::Kind::Stale, .since = source.freshness.since, .error = {}},
                                now);
    return {};
}
} // namespace

QString inFull(const words::ErrorWords &said)
{
    QStringList lines{said.what, said.where, said.advice};
    lines.removeAll(QString());
    return lines.join(u'\n');
}

QList<Notice> noticesOf(const DeploymentView &view, const QStringList &kinds)
{
    QList<Notice> notices;
    for (const SourceView &source : view.sources) {
        const QStringList tells = factKindsOf(source.kind);
        if (std::ranges::none_of(kinds, [&](const QString &kind) { return tells.contains(kind); }))
            continue;
        if (source.error)
            notices.append(noticeOf(source.id, Status::Down, *source.error, lastSeen(source, view.at)));
        for (const Refusal &refusal : source.refusals) {
            // "database/schema_version": a part of that kind of fact
            if (kinds.contains(refusal.what.section(u'/', 0, 0)))
                notices.append(noticeOf(source.id, Status::Degraded, refusal.error, {}));
        }
    }
    return notices;
}

PageNotice::PageNotice(DeploymentPage &page, QWidget *parent)
    : QFrame(parent)
    , m_page(page)
    , m_column(new QVBoxLayout)
    , m_details(new QToolButton(this))
{
    setObjectName(u"page-notice"_s);
    m_details->setObjectName(u"page-notice-details"_s);
    m_details->setCheckable(true);
    m_details->setFocusPolicy(Qt::StrongFocus);
    connect(m_details, &QToolButton::toggled, this, &PageNotice::rebuild);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(12, 6, 6, 6);
    row->setSpacing(8);
    m_column->setSpacing(6);
    row->addLayout(m_column, 1);
    row->addWidget(m_details, 0, Qt::AlignTop);
    hide();
    connect(&page.theme(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void PageNotice::setNotices(const QList<Notice> &notices)
{
    if (notices == m_notices)
        return;
    m_notices = notices;
    QStringList spoken;
    for (const Notice &notice : notices)
        spoken.append(u"%1: %2. %3. %4"_s.arg(notice.subject, notice.what, notice.where, notice.advice));
    setAccessibleName(spoken.join(u' '));
    rebuild();
    setVisible(!notices.isEmpty());
    update();
}

void PageNotice::rebuild()
{
    m_pairs.clear();
    qDeleteAll(m_lines);
    m_lines.clear();
    const bool all = m_details->isChecked();
    const QList<Notice> shown = all ? m_notices : m_notices.first(std::min(m_notices.size(), shortLines));
    for (qsizetype i = 0; i < shown.size(); ++i) {
        Notice notice = shown[i];
        if (!all && i + 1 < shown.size() && shown[i + 1].advice == notice.advice)
            notice.advice.clear(); // it is said once, of both
        m_lines.append(all ? block(notice) : line(notice));
        m_column->addWidget(m_lines.last());
    }
    tellRest();
    fitPairs();
}

void PageNotice::tellRest()
{
    const qsizetype hidden = m_notices.size() - m_lines.size();
    const bool isShortened = std::ranges::any_of(m_notices, [](const Notice &n) { return shortly(n.what) != n.what; });
    m_details->setVisible(m_details->isChecked() || hidden > 0 || isShortened);
    m_details->setText(m_details->isChecked() ? tr("Less")
                       : hidden > 0           ? tr("%n more, details", nullptr, static_cast<int>(hidden))
                                              : tr("Details"));
}

// What happened, where, and what to do: side by side where all of it fits in a line, else below each other.
QWidget *PageNotice::line(const Notice &notice)
{
    const Theme &theme = m_page.theme();
    auto *line = new QWidget(this);
    auto *row = new QHBoxLayout(line);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    auto *glyph = new GlyphLabel(theme, 16, line);
    glyph->setStatus(notice.status);
    row->addWidget(glyph, 0, Qt::AlignTop);
    auto *texts = new QBoxLayout(QBoxLayout::LeftToRight);
    row->addLayout(texts, 1);
    auto *what = new Label(theme, TextSize::Body, true, line);
    what->setText(u"%1: %2"_s.arg(notice.subject, shortly(notice.what)));
    what->setToolTip(inFull({.what = notice.what, .where = notice.where, .advice = notice.advice}));
    what->setWordWrap(3);
    texts->addWidget(what);
    QStringList rest{notice.where, notice.advice};
    rest.removeAll(QString());
    auto *more = new Label(theme, TextSize::Body, false, line);
    more->setText(rest.join(u" · "_s));
    more->setWordWrap(3);
    texts->addWidget(more, 1);
    const int wanted = glyph->sizeHint().width() + what->sizeHint().width() + more->sizeHint().width();
    m_pairs.append({texts, wanted + row->spacing() + gap});
    return line;
}

void PageNotice::fitPairs()
{
    const QMargins margins = layout()->contentsMargins();
    const int room = width() - margins.left() - margins.right() - layout()->spacing() - m_details->sizeHint().width();
    for (const auto &[texts, wanted] : std::as_const(m_pairs)) {
        texts->setDirection(wanted <= room ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
        texts->setSpacing(wanted <= room ? gap : 0);
    }
}

void PageNotice::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    fitPairs();
}

QWidget *PageNotice::block(const Notice &notice)
{
    const Theme &theme = m_page.theme();
    auto *block = new QWidget(this);
    auto *row = new QHBoxLayout(block);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    auto *glyph = new GlyphLabel(theme, 16, block);
    glyph->setStatus(notice.status);
    row->addWidget(glyph, 0, Qt::AlignTop);

    auto *texts = new QVBoxLayout;
    texts->setSpacing(0);
    const auto add = [&](const QString &text, bool strong, Tone tone) {
        if (text.isEmpty())
            return;
        auto *label = new Label(theme, TextSize::Body, strong, block);
        label->setWordWrap(3);
        label->setTone(tone);
        label->setText(text);
        texts->addWidget(label);
    };
    add(u"%1: %2"_s.arg(notice.subject, notice.what), true, Tone::Text);
    add(notice.where, false, Tone::Muted);
    add(notice.advice, false, Tone::Text);
    row->addLayout(texts, 1);
    return block;
}

void PageNotice::paintEvent(QPaintEvent *)
{
    if (m_notices.isEmpty())
        return;
    const Colours &colours = m_page.theme().colours();
    const auto worst = std::ranges::max_element(m_notices, {}, &Notice::status)->status;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_page.theme().colourOf(worst), 1));
    painter.setBrush(blended(worst == Status::Down ? colours.downBack : colours.warnBack, colours.surface));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
}

} // namespace qd
