/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/rail.h"

#include "profile/environment.h"
#include "shell/brand.h"
#include "shell/rail_item.h"
#include "theme/text_label.h"
#include "watch/custody.h"
#include "watch/view.h"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Production first, then the environments by name: what matters most is at the same place every day.
int weight(const QString &environment)
{
    return isProduction(environment) ? 0 : 1;
}

QString keyFor(const DeploymentView &view)
{
    return view.environment + u'/' + view.name;
}

QList<const DeploymentView *> grouped(QList<const DeploymentView *> deployments)
{
    std::ranges::stable_sort(deployments, [](const DeploymentView *a, const DeploymentView *b) {
        const auto order = [](const DeploymentView *view) {
            return std::pair(weight(view->environment), view->environment);
        };
        return order(a) < order(b);
    });
    return deployments;
}

/// How many of `rows` are in trouble, as `words` say it. An old reading tells nothing of now: "?" where there are
/// such, and no trouble is known of the others.
template <class Row, class IsTrouble>
QString trouble(const QList<Row> &rows, IsTrouble isTrouble, const char *words)
{
    const auto isFresh = [](const Row &row) { return row.freshness.kind == Freshness::Kind::Fresh; };
    const auto count =
        static_cast<int>(std::ranges::count_if(rows, [&](const Row &row) { return isFresh(row) && isTrouble(row); }));
    if (count > 0)
        return QCoreApplication::translate("qd::Rail", words, nullptr, count);
    const bool isLost = std::ranges::any_of(rows, [](const Row &row) {
        return row.freshness.kind == Freshness::Kind::Stale || row.freshness.kind == Freshness::Kind::Refused;
    });
    return isLost ? u"?"_s : QString();
}

bool isOpen(const BreakerView &breaker)
{
    return breaker.state.has() && *breaker.state == BreakerState::Open;
}

bool isLow(const CacheView &cache)
{
    return cache.hitRate.has() && cache.hitRate.status >= Status::Degraded;
}

bool isBlocked(const Told<Session> &session)
{
    return session.fact.blockedBy.has();
}

bool isFull(const LimitView &limit)
{
    return limit.fill.has() && limit.fill->of1 >= 1;
}

bool isInTrouble(const Told<Backup> &backup)
{
    return isBad(backup.fact);
}

/// Of the first replica that is lost: whether it was one of PostgreSQL.
bool isOfPostgres(const DeploymentView &view)
{
    const auto lost = std::ranges::find(view.reasons, Reason::Code::ReplicaLost, &Reason::code);
    return lost != view.reasons.end() && lost->word == "postgresql"_L1;
}

/// The worst that stands against the stores and how they hang together; empty where nothing does.
QString storeTrouble(const DeploymentView &view)
{
    using enum Reason::Code;
    constexpr std::array<std::pair<Reason::Code, const char *>, 5> notes{
        {{QuorumLost, QT_TRANSLATE_NOOP("qd::Rail", "no quorum")},
         {ReplicaLost, QT_TRANSLATE_NOOP("qd::Rail", "no Redis replica")},
         {ReplicaLagging, QT_TRANSLATE_NOOP("qd::Rail", "%n lagging")},
         {ClientsWaiting, QT_TRANSLATE_NOOP("qd::Rail", "%n waiting")},
         {SentinelLost, QT_TRANSLATE_NOOP("qd::Rail", "Sentinel lost")}}};
    for (const auto &[code, words] : notes) {
        const auto count = static_cast<int>(std::ranges::count(view.reasons, code, &Reason::code));
        if (count > 0 && code == ReplicaLost && isOfPostgres(view))
            return QCoreApplication::translate("qd::Rail", "standby lost");
        if (count > 0)
            return QCoreApplication::translate("qd::Rail", words, nullptr, count);
    }
    return {};
}

QString noteFor(const DeploymentView &view, PageId page)
{
    switch (page) {
    case PageId::Overview:
    case PageId::Metrics:
    case PageId::Activity:
        break;
    case PageId::Breakers:
        return trouble(view.breakers, isOpen, QT_TRANSLATE_NOOP("qd::Rail", "%n open"));
    case PageId::Cache:
        return trouble(view.caches, isLow, QT_TRANSLATE_NOOP("qd::Rail", "%n low"));
    case PageId::Limits:
        if (const QString note = trouble(view.limits, isFull, QT_TRANSLATE_NOOP("qd::Rail", "%n full"));
            !note.isEmpty())
            return note;
        if (std::ranges::find(view.reasons, Reason::Code::LimitRefusing, &Reason::code) != view.reasons.end())
            return QCoreApplication::translate("qd::Rail", "refusing"); // whom, nobody counts
        break;
    case PageId::Data:
        if (const QString note = storeTrouble(view); !note.isEmpty())
            return note;
        return trouble(view.sessions.rows, isBlocked, QT_TRANSLATE_NOOP("qd::Rail", "%n blocked"));
    case PageId::Backups:
        if (std::ranges::find(view.reasons, Reason::Code::BackupOld, &Reason::code) != view.reasons.end())
            return QCoreApplication::translate("qd::Rail", "late");
        return trouble(view.backups.rows, isInTrouble, QT_TRANSLATE_NOOP("qd::Rail", "%n bad"));
    case PageId::Keys:
        break;
    case PageId::Flags:
        return trouble(
            view.flags.rows,
            [&](const Told<FeatureFlag> &flag) {
                return standingOf(flag.fact, view.variables) == FlagStanding::Waiting;
            },
            QT_TRANSLATE_NOOP("qd::Rail", "%n waiting"));
    }
    return {};
}
} // namespace

QString titleOf(PageId page)
{
    switch (page) {
    case PageId::Overview:
        return QCoreApplication::translate("qd::Rail", "Overview");
    case PageId::Breakers:
        return QCoreApplication::translate("qd::Rail", "Breakers");
    case PageId::Cache:
        return QCoreApplication::translate("qd::Rail", "Cache");
    case PageId::Limits:
        return QCoreApplication::translate("qd::Rail", "Limits");
    case PageId::Data:
        return QCoreApplication::translate("qd::Rail", "Data");
    case PageId::Backups:
        return QCoreApplication::translate("qd::Rail", "Backups");
    case PageId::Keys:
        return QCoreApplication::translate("qd::Rail", "Keys");
    case PageId::Flags:
        return QCoreApplication::translate("qd::Rail", "Flags");
    case PageId::Metrics:
        return QCoreApplication::translate("qd::Rail", "Metrics");
    case PageId::Activity:
        return QCoreApplication::translate("qd::Rail", "Activity");
    }
    return {};
}

QString keyOf(PageId page)
{
    const std::array keys{u"overview"_s, u"breakers"_s, u"cache"_s, u"limits"_s,  u"data"_s,
                          u"backups"_s,  u"keys"_s,     u"flags"_s, u"metrics"_s, u"activity"_s};
    return keys.at(static_cast<size_t>(page));
}

PageId pageOf(const QString &key)
{
    const auto *found = std::ranges::find(allPages, key, [](PageId page) { return keyOf(page); });
    return found == allPages.end() ? PageId::Overview : *found;
}

Rail::Rail(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_scroll(new QScrollArea)
    , m_more(new RailItem(theme, tr("More deployments")))
    , m_add(new RailItem(theme, tr("Add a deployment…")))
    , m_view(new RailItem(theme, tr("View")))
{
    setObjectName(u"rail"_s);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setStyleSheet(u"QScrollArea, QWidget#rail-content { background: transparent; }"_s);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 9, 8);
    column->setSpacing(1);
    column->addWidget(new Brand(theme));
    column->addWidget(m_scroll, 1);
    m_add->setObjectName(u"rail-add"_s);
    m_view->setObjectName(u"rail-view"_s);
    m_add->setShortText(tr("Add…"));
    m_more->setObjectName(u"rail-more"_s);
    m_more->setShortText(tr("More"));
    m_more->hide();
    for (RailItem *item : {m_more, m_add, m_view}) {
        item->setQuiet(true);
        item->setFocusPolicy(Qt::StrongFocus);
        column->addWidget(item);
    }
    connect(m_more, &RailItem::clicked, this, &Rail::showHidden);
    connect(m_scroll->verticalScrollBar(), &QScrollBar::valueChanged, this, &Rail::tellHidden, Qt::QueuedConnection);
    connect(m_scroll->verticalScrollBar(), &QScrollBar::rangeChanged, this, &Rail::tellHidden, Qt::QueuedConnection);
    connect(m_add, &RailItem::clicked, this, &Rail::addRequested);
    connect(m_view, &RailItem::clicked, this, [this] { Q_EMIT viewMenuRequested(m_view->mapToGlobal(QPoint(0, 0))); });
    connect(&theme, &Theme::changed, this, &Rail::fitWidth);
    fitWidth();
}

void Rail::fitWidth()
{
    setFixedWidth(m_theme.px(m_compact ? compactWidth100 : width100));
    for (RailItem *item : {m_more, m_add, m_view})
        item->setCompact(m_compact);
    m_shape.reset();
}

void Rail::setCompact(bool compact)
{
    if (compact == m_compact)
        return;
    m_compact = compact;
    fitWidth();
}

void Rail::show(const QList<const DeploymentView *> &deployments, int problems, const Place &place)
{
    const QList<const DeploymentView *> ordered = grouped(deployments);
    Shape shape{.open = place.kind == Place::Kind::Deployment ? place.deployment : QString(),
                .hasProblems = problems > 0};
    for (const DeploymentView *view : ordered)
        shape.deployments.append(keyFor(*view));
    if (shape != m_shape)
        rebuild(ordered, shape);
    updateItems(ordered, problems, place);
    fitHeight();
    // Once all of it has its place.
    QMetaObject::invokeMethod(this, &Rail::tellHidden, Qt::QueuedConnection);
}

void Rail::rebuild(const QList<const DeploymentView *> &deployments, const Shape &shape)
{
    // Also where the window is not active: a dialog may have chosen the place.
    const QWidget *focused = window()->focusWidget();
    const bool hadFocus = std::ranges::any_of(m_entries, [=](const Entry &entry) { return entry.item == focused; });
    m_shape = shape;
    m_entries.clear();
    auto *content = new QWidget;
    content->setObjectName(u"rail-content"_s);
    m_column = new QVBoxLayout(content);
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(1);
    add({}, tr("Fleet"), 0)->setObjectName(u"rail-fleet"_s);
    if (shape.hasProblems)
        add({.kind = Place::Kind::Problems}, tr("Broken profiles"), 0)->setObjectName(u"rail-problems"_s);
    QString environment;
    bool isFirst = true;
    for (const DeploymentView *view : deployments) {
        if (isFirst || view->environment != environment)
            addHeading(view->environment);
        isFirst = false;
        environment = view->environment;
        add({.kind = Place::Kind::Deployment, .deployment = view->name}, view->name, 0)
            ->setObjectName(u"rail-"_s + view->name);
        if (view->name != shape.open)
            continue;
        for (const PageId page : allPages) {
            RailItem *item =
                add({.kind = Place::Kind::Deployment, .deployment = view->name, .page = page}, titleOf(page), 22);
            item->setObjectName(u"rail-page-"_s + keyOf(page));
            item->setQuiet(true);
        }
    }
    m_column->addStretch(1);
    // An item may be in the middle of its own click: it goes when that is over.
    if (QWidget *former = m_scroll->takeWidget())
        former->deleteLater();
    m_scroll->setWidget(content);
    const auto open =
        std::ranges::find_if(m_entries, [&](const Entry &entry) { return entry.place.deployment == shape.open; });
    if (hadFocus && open != m_entries.end())
        open->item->setFocus(Qt::OtherFocusReason);
}

RailItem *Rail::add(const Place &place, const QString &text, int indent)
{
    auto *item = new RailItem(m_theme, text, indent);
    item->setCompact(m_compact);
    item->installEventFilter(this);
    connect(item, &RailItem::clicked, this, [this, place] { Q_EMIT chosen(place); });
    item->setTight(m_tight);
    m_column->addWidget(item);
    m_entries.append({.place = place, .item = item, .isPage = indent > 0});
    return item;
}

void Rail::addHeading(const QString &text)
{
    auto *heading = new Label(m_theme, TextSize::Caption, true);
    heading->setTone(Tone::Faint);
    heading->setText(text.toUpper());
    heading->setFocusPolicy(Qt::NoFocus);
    auto *holder = new QVBoxLayout;
    holder->setContentsMargins(m_compact ? 2 : 8, 12, m_compact ? 2 : 8, 4);
    if (m_compact)
        heading->setAlignment(Qt::AlignHCenter);
    holder->addWidget(heading);
    m_column->addLayout(holder);
}

void Rail::updateItems(const QList<const DeploymentView *> &deployments, int problems, const Place &place)
{
    for (const Entry &entry : std::as_const(m_entries)) {
        // The deployment's own line comes right before its pages and stands for none of them.
        const bool isPage = entry.isPage;
        const bool isCurrent = isPage || entry.place.kind != Place::Kind::Deployment ? entry.place == place : false;
        const bool isOpen = !isPage && entry.place.kind == Place::Kind::Deployment &&
                            entry.place.deployment == place.deployment && place.kind == Place::Kind::Deployment;
        entry.item->setMark(isCurrent ? RailItem::Mark::Current : isOpen ? RailItem::Mark::Open : RailItem::Mark::None);
        entry.item->setFocusPolicy(isCurrent ? Qt::StrongFocus : Qt::ClickFocus);
        if (entry.place.kind == Place::Kind::Fleet)
            entry.item->setNote(deployments.isEmpty() ? QString() : QString::number(deployments.size()));
        if (entry.place.kind == Place::Kind::Problems) {
            entry.item->setNote(QString::number(problems));
            entry.item->setStatus(Status::Degraded);
        }
        if (entry.place.kind != Place::Kind::Deployment)
            continue;
        const auto view = std::ranges::find(deployments, entry.place.deployment, &DeploymentView::name);
        if (view == deployments.end())
            continue;
        if (isPage)
            entry.item->setNote(noteFor(**view, entry.place.page));
        else
            entry.item->setStatus((*view)->status);
    }
}

/// Nothing is out of sight that closer rows would show.
void Rail::fitHeight()
{
    if (m_column == nullptr)
        return;
    constexpr int saved = 10; // px for each row at 100 % text
    const int loose =
        m_column->sizeHint().height() + (m_tight ? static_cast<int>(m_entries.size()) * m_theme.px(saved) : 0);
    const int room = m_scroll->height() + (m_more->isHidden() ? 0 : m_more->height());
    const bool isTight = loose > room;
    if (isTight == m_tight)
        return;
    m_tight = isTight;
    for (const Entry &entry : std::as_const(m_entries))
        entry.item->setTight(isTight);
}

QList<RailItem *> Rail::hiddenDeployments() const
{
    QList<RailItem *> hidden;
    for (const Entry &entry : m_entries) {
        if (entry.isPage || entry.place.kind != Place::Kind::Deployment)
            continue;
        const int top = entry.item->mapTo(m_scroll->widget(), QPoint(0, 0)).y() + m_scroll->widget()->y();
        if (top < 0 || top + entry.item->height() > m_scroll->viewport()->height())
            hidden.append(entry.item);
    }
    return hidden;
}

void Rail::tellHidden()
{
    const QList<RailItem *> hidden = hiddenDeployments();
    Status worst = Status::Ok;
    for (const RailItem *item : hidden)
        worst = std::max(worst, item->status().value_or(Status::Ok));
    if (!hidden.isEmpty()) {
        m_more->setNote(QString::number(hidden.size()));
        m_more->setStatus(worst);
    }
    m_more->setVisible(!hidden.isEmpty());
}

/// The first of the worst that are out of sight.
void Rail::showHidden()
{
    const QList<RailItem *> hidden = hiddenDeployments();
    const auto worst =
        std::ranges::max_element(hidden, {}, [](const RailItem *item) { return item->status().value_or(Status::Ok); });
    if (worst != hidden.end())
        m_scroll->ensureWidgetVisible(*worst, 0, m_scroll->viewport()->height() / 2);
}

void Rail::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fitHeight();
}

void Rail::moveFocus(RailItem *from, int by)
{
    const auto at = std::ranges::find(m_entries, from, &Entry::item);
    if (at == m_entries.end())
        return;
    const qsizetype next = std::clamp<qsizetype>(at - m_entries.begin() + by, 0, m_entries.size() - 1);
    m_entries[next].item->setFocus(Qt::TabFocusReason);
    m_scroll->ensureWidgetVisible(m_entries[next].item);
}

bool Rail::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    auto *item = static_cast<RailItem *>(watched); // filters are installed on the items alone
    const int count = static_cast<int>(m_entries.size());
    switch (static_cast<QKeyEvent *>(event)->key()) {
    case Qt::Key_Up:
        moveFocus(item, -1);
        return true;
    case Qt::Key_Down:
        moveFocus(item, 1);
        return true;
    case Qt::Key_Home:
        moveFocus(item, -count);
        return true;
    case Qt::Key_End:
        moveFocus(item, count);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        item->click();
        return true;
    default:
        return false;
    }
}

void Rail::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.colours().surface);
    painter.fillRect(QRect(width() - 1, 0, 1, height()), m_theme.colours().line);
}

} // namespace qd
