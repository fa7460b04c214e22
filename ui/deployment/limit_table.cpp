/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/limit_table.h"

#include "actions/raise_limit/raise_limit.h"
#include "actions/registry.h"
#include "base/redact_text.h"
#include "deployment/deed_row.h"
#include "deployment/deployment_page.h"
#include "deployment/filtered_table.h"
#include "deployment/limit_delegate.h"
#include "deployment/limits_card.h"
#include "deployment/sort_header.h"
#include "deployment/value_label.h"
#include "deployment/worded_model.h"
#include "theme/empty_state.h"
#include "theme/text_label.h"
#include "words/action_words.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QShowEvent>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace qd {

LimitTable::LimitTable(DeploymentPage &page, const Acting *acting, QWidget *parent)
    : Card(page.theme(), parent)
    , m_page(page)
    , m_acting(acting)
    , m_worded(new WordedModel(this))
    , m_filter(new QLineEdit)
    , m_table(new FilteredTable(page.theme(), *m_filter))
    , m_delegate(new LimitDelegate(page.theme(), m_limits, m_table))
    , m_empty(new EmptyState(page.theme()))
    , m_deeds(new DeedRow(page, u"limit-act"_s, {u"limit-unblock"_s, u"limit-raise"_s, u"limit-lower"_s}, nullptr, 2))
    , m_raised(new Label(page.theme()))
    , m_raise(new QWidget)
    , m_raiseTo(new QSpinBox)
    , m_raiseFor(new QComboBox)
{
    setTitle(tr("Counters"));
    m_filter->setObjectName(u"limit-filter"_s);
    m_filter->setPlaceholderText(tr("Filter by tier, client or route"));
    m_filter->setAccessibleName(tr("Filter the counters"));
    m_filter->setMinimumWidth(230);
    addToTitleRow(m_filter);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_filtered.setText(text);
        tellCount(m_page.logbook().view());
    });
    setUpTable();
    auto *body = new QVBoxLayout;
    body->setContentsMargins(0, 4, 0, 0);
    body->addWidget(m_table, 1);
    body->addWidget(m_empty, 1);
    m_raised->setObjectName(u"limit-raised"_s);
    m_raised->setWordWrap(4);
    m_raised->hide();
    body->addWidget(m_raised);
    setUpRaise();
    body->addWidget(m_raise);
    body->addWidget(m_deeds);
    m_empty->hide();
    setBody(body);
}

void LimitTable::showEvent(QShowEvent *event)
{
    if (!event->spontaneous()) {
        m_filtered.sortAgain();
        // What a hidden page held is old, and it is told what is so now before anybody sees it.
        m_isShownAnew = true;
        QMetaObject::invokeMethod(this, [this] { m_isShownAnew = false; }, Qt::QueuedConnection);
    }
    Card::showEvent(event);
}

void LimitTable::setUpTable()
{
    m_filtered.setSourceModel(&m_limits);
    m_worded->setSourceModel(&m_filtered);
    m_worded->setHeader(u"tier"_s, tr("Tier"));
    m_worded->setHeader(u"client"_s, tr("Client"));
    m_worded->setHeader(u"scope"_s, tr("Route"));
    m_worded->setHeader(u"fill"_s, tr("Used"));
    m_worded->setHeader(u"resets_in"_s, tr("Resets in"));
    m_worded->setBar(u"fill"_s);
    m_worded->setBlank(u"client"_s, clientOf({}));
    m_worded->setCountdown(u"resets_in"_s);
    m_table->setObjectName(u"limit-table"_s);
    m_table->setAccessibleName(tr("Rate-limit counters, nearest to full first when they were sorted"));
    m_table->setModel(m_worded);
    m_table->setItemDelegate(m_delegate);
    m_table->setMinimumHeight(theme().px(120));
    for (const auto id : {"used"_L1, "limit"_L1, "window"_L1})
        m_table->hideColumn(m_limits.columnOf(id));
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(m_limits.columnOf("fill"_L1), Qt::DescendingOrder);
    connect(m_table, &FilteredTable::whyRequested, this, &LimitTable::ask);
    connect(m_table, &FilteredTable::resized, this, &LimitTable::fitTable);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex &row) {
        m_chosen = row.isValid() ? m_limits.keyOf(m_filtered.mapToSource(m_worded->mapToSource(row)).row()) : QString();
        showDeed();
    });
    connect(m_deeds, &DeedRow::pressed, this, &LimitTable::act);
    connect(&theme(), &Theme::changed, this, &LimitTable::fitTable);
    fitTable();
}

void LimitTable::fitTable()
{
    QHeaderView *header = m_table->horizontalHeader();
    header->setStretchLastSection(false);
    const auto width = [&](QLatin1StringView id, int pixels) {
        header->setSectionResizeMode(m_limits.columnOf(id), QHeaderView::Interactive);
        header->resizeSection(m_limits.columnOf(id), theme().px(pixels));
    };
    // The route says least: in a narrow table, and where no counter has one, the clients have its room.
    const bool isNarrow = m_table->width() < theme().px(520);
    m_table->setColumnHidden(m_limits.columnOf("scope"_L1), m_table->width() < theme().px(680) || !m_hasRoutes);
    // Whole, whatever their names are: they tell one counter from another.
    int widest = theme().px(76);
    for (const QString &tier : std::as_const(m_tiers))
        widest = std::max(widest, QFontMetrics(theme().font(TextSize::Body)).horizontalAdvance(words::text(tier)) +
                                      2 * SortHeader::textMargin(theme()) + 2);
    header->setSectionResizeMode(m_limits.columnOf("tier"_L1), QHeaderView::Interactive);
    header->resizeSection(m_limits.columnOf("tier"_L1), std::min(widest, m_table->width() / 3));
    width("fill"_L1, isNarrow ? 150 : 180);
    const int wide = m_table->width() * 3 / 10;
    if (wide > theme().px(180))
        header->resizeSection(m_limits.columnOf("fill"_L1), wide);
    width("resets_in"_L1, isNarrow ? 84 : 100);
    header->setSectionResizeMode(m_limits.columnOf("client"_L1), QHeaderView::Stretch);
    header->setSectionResizeMode(m_limits.columnOf("scope"_L1), QHeaderView::Stretch);
    header->setMinimumSectionSize(theme().px(48));
    m_table->verticalHeader()->setDefaultSectionSize(theme().px(28));
    m_table->setFont(theme().font(TextSize::Body));
}

void LimitTable::showView(const DeploymentView &view)
{
    m_limits.setView(view);
    m_filtered.settle();
    const bool hasRoutes = std::ranges::any_of(view.limits, [](const LimitView &l) { return !l.scope.isEmpty(); });
    QStringList tiers;
    for (const TierView &tier : view.tiers)
        tiers.append(tier.tier);
    if (hasRoutes != m_hasRoutes || tiers != m_tiers) {
        m_hasRoutes = hasRoutes;
        m_tiers = tiers;
        fitTable();
    }
    if (m_deployment != view.status) {
        m_deployment = view.status;
        m_delegate->setDeployment(view.status);
        m_table->viewport()->update();
    }
    if (m_isShownAnew)
        m_filtered.sortAgain();
    tellCount(view);
    tellRaised(view);
    showDeed();
}

void LimitTable::tellRaised(const DeploymentView &view)
{
    constexpr qsizetype most = 5;
    QStringList raised;
    for (const LimitView &limit : view.limits) {
        if (limit.limitUntil.has() && limit.limit.has())
            raised.append(tr("%1 in %2: limit of %3 until %4")
                              .arg(words::text(limit.client), words::text(limit.tier), words::count(*limit.limit),
                                   words::shortTime(*limit.limitUntil, view.at)));
    }
    raised.removeDuplicates();
    if (const qsizetype more = raised.size() - most; more > 0)
        raised = raised.first(most) << tr("and %1 more").arg(words::count(more));
    m_raised->setText(raised.join(u"; "_s));
    m_raised->setVisible(!raised.isEmpty());
}

const LimitView *LimitTable::chosenLimit() const
{
    const QList<LimitView> &limits = m_page.logbook().view().limits;
    const auto found = std::ranges::find_if(limits, [this](const LimitView &limit) {
        return limit.tier + u'|' + limit.client + u'|' + limit.scope == m_chosen;
    });
    return found == limits.end() ? nullptr : &*found;
}

QString LimitTable::whyNotChosen(const LimitView *limit) const
{
    if (const QString why = whyNot(u"unblock-client", m_page, m_acting); !why.isEmpty())
        return why;
    if (limit == nullptr)
        return tr("Choose a client above to unblock it.");
    if (limit->client.isEmpty())
        return tr("This counter is of all clients together: there is none to unblock.");
    const QList<SourceSpec> &sources = m_page.logbook().profile().sources;
    const auto source = std::ranges::find(sources, limit->used.because.source, &SourceSpec::id);
    if (source == sources.end() || source->kind != "redis"_L1)
        return tr("%1 tells this counter, and it does not lie in Redis: nothing outside the service can take it away.")
            .arg(words::text(limit->used.because.source));
    return {};
}

void LimitTable::setUpRaise()
{
    m_raiseTo->setObjectName(u"limit-raise-to"_s);
    m_raiseTo->setAccessibleName(tr("The limit to raise it to"));
    m_raiseTo->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_raiseFor->setObjectName(u"limit-raise-for"_s);
    m_raiseFor->setAccessibleName(tr("How long the raised limit lasts"));
    for (const int minutes : {15, 60, 240, 1440})
        m_raiseFor->addItem(words::duration(Millis(std::chrono::minutes(minutes))), minutes * 60);
    m_raiseFor->setCurrentIndex(1);
    auto *row = new QHBoxLayout(m_raise);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    const auto add = [&](const QString &text, QWidget *field) {
        auto *label = new Label(theme());
        label->setTone(Tone::Muted);
        label->setText(text);
        row->addWidget(label);
        row->addWidget(field);
    };
    add(tr("Raise its limit to"), m_raiseTo);
    add(tr("for"), m_raiseFor);
    row->addStretch();
    m_raise->hide();
    connect(m_raiseTo, &QSpinBox::valueChanged, this, &LimitTable::showDeed);
    connect(m_raiseFor, &QComboBox::currentIndexChanged, this, &LimitTable::showDeed);
}

const TierPolicy *LimitTable::tierOf(const LimitView &limit) const
{
    const QList<TierPolicy> &tiers = m_page.logbook().profile().tiers;
    const auto tier = std::ranges::find(tiers, limit.tier, &TierPolicy::name);
    return tier == tiers.end() ? nullptr : &*tier;
}

bool LimitTable::isRaised(const LimitView &limit) const
{
    const TierPolicy *tier = tierOf(limit);
    return tier != nullptr && limit.limit.has() && *limit.limit != tier->limit;
}

QString LimitTable::whyNotRaised(const LimitView *limit) const
{
    if (const QString why = whyNotChosen(limit); !why.isEmpty())
        return why;
    const auto offer = raiseOfferOf(m_page.logbook().profile());
    if (!offer && offer.error().code == ErrorCode::Unsupported)
        return tr("Limits of single clients are not kept here, so that none can be raised.");
    if (!offer)
        return tr("No limit can be raised from here: %1.").arg(words::text(offer.error().message));
    if (!offer->tier.isEmpty() && offer->tier != limit->tier)
        return tr("Only limits of %1 can be raised here.").arg(words::text(offer->tier));
    if (limit->client.contains(secretMark))
        return tr("This client is called by what looks like a secret: its limit is set where it is kept.");
    return {};
}

void LimitTable::showRaise(const LimitView *limit, bool mayBeRaised)
{
    m_raise->setVisible(mayBeRaised);
    if (!mayBeRaised || m_raiseOf == m_chosen)
        return;
    m_raiseOf = m_chosen;
    const auto offer = raiseOfferOf(m_page.logbook().profile());
    constexpr qint64 largest = 1'000'000'000;
    const qint64 most = std::min(offer ? offer->most : 0, largest);
    const qint64 now = limit->limit.has() ? *limit->limit : 0;
    const QSignalBlocker quiet(m_raiseTo);
    m_raiseTo->setRange(1, static_cast<int>(most));
    m_raiseTo->setValue(static_cast<int>(std::clamp<qint64>(now * 2, 1, most)));
}

void LimitTable::showDeed()
{
    const LimitView *limit = chosenLimit();
    const QString whyNotUnblocked = whyNotChosen(limit);
    const QString whyNot = whyNotRaised(limit);
    const bool isClient = limit != nullptr && !limit->client.isEmpty();
    const bool hasOwn = isClient && whyNot.isEmpty() && isRaised(*limit);
    showRaise(limit, whyNot.isEmpty() && m_limits.rowCount() > 0 && !onlyWatches(m_acting));
    m_deeds->setVisible(m_limits.rowCount() > 0 && !onlyWatches(m_acting));
    const Wish wish{.resource = isClient ? limit->client : QString(), .set = {}, .author = {}, .reason = {}};
    const QString client = words::text(wish.resource);
    m_deeds->show({isClient ? words::deed(u"unblock-client", wish) : tr("Unblock a client"),
                   !isClient          ? tr("Raise a client's limit")
                   : whyNot.isEmpty() ? tr("Raise %1 to %2").arg(client, words::count(m_raiseTo->value()))
                                      : tr("Raise the limit of %1").arg(client),
                   hasOwn ? tr("Take back the limit of %1").arg(client) : QString()},
                  {whyNotUnblocked, whyNot, hasOwn ? QString() : whyNot});
    m_deeds->button(2)->setVisible(hasOwn);
}

void LimitTable::act(int button)
{
    const LimitView *limit = chosenLimit();
    if (limit == nullptr || !(button == 0 ? whyNotChosen(limit) : whyNotRaised(limit)).isEmpty())
        return;
    Wish wish{.resource = limit->client, .set = {{u"tier"_s, limit->tier}}, .author = {}, .reason = {}};
    if (button == 0) {
        if (const auto action = redisActionOf(u"unblock-client", m_page.logbook().profile()))
            Q_EMIT m_page.actionRequested(*action, wish);
        return;
    }
    wish.set = {{u"remove"_s, u"true"_s}};
    if (button == 1)
        wish.set = {{u"limit"_s, QString::number(m_raiseTo->value())},
                    {u"for"_s, QString::number(m_raiseFor->currentData().toInt())}};
    if (const auto offer = raiseOfferOf(m_page.logbook().profile()))
        Q_EMIT m_page.actionRequested(offer->action, wish);
}

void LimitTable::tellCount(const DeploymentView &view)
{
    const int all = m_limits.rowCount();
    const int shown = m_worded->rowCount();
    QStringList note{shown == all ? tr("%n counted", nullptr, all)
                                  : tr("%1 of %2").arg(words::count(shown), words::count(all)),
                     agesOfCounters(view).value(0)};
    note.removeAll(QString());
    setNote(note.join(u", "_s));
    m_table->setVisible(shown > 0);
    m_empty->setVisible(shown == 0);
    if (shown > 0)
        return;
    if (all > 0) {
        m_empty->setState(Status::Unknown, tr("No counter matches"), tr("Clear the filter to see all of them."));
        return;
    }
    const Freshness known = view.tiers.isEmpty() ? Freshness{} : view.tiers.first().freshness;
    if (known.kind == Freshness::Kind::Fresh && !view.limiter.isInRedis())
        m_empty->setState(Status::Unknown, tr("Not counted in Redis"),
                          tr("Which clients are near their limit cannot be told until they are counted there again."));
    else if (known.kind == Freshness::Kind::Fresh)
        m_empty->setState(Status::Ok, tr("Nobody is being counted now"),
                          tr("Counters live as long as their window; they appear with the next request."));
    else
        m_empty->setState(Status::Unknown, words::freshness(known, view.at),
                          tr("Which clients are near their limit cannot be told until their counters can be read."));
}

void LimitTable::ask(const QModelIndex &index)
{
    auto because = index.data(BecauseRole).value<Because>();
    if (!hasEvidence(because))
        return;
    because = withResult(because, index.data().toString());
    const QString column = m_worded->headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString();
    const QString tier = index.siblingAtColumn(m_limits.columnOf("tier"_L1)).data().toString();
    const QString client = index.siblingAtColumn(m_limits.columnOf("client"_L1)).data().toString();
    const QString value =
        index.column() == m_limits.columnOf("fill"_L1) ? usedText(index, m_limits) : index.data().toString();
    Q_EMIT m_page.whyRequested(because, u"%1 · %2, %3: %4"_s.arg(tier, client, column.toLower(), value));
}

} // namespace qd
