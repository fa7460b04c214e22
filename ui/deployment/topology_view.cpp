/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/topology_view.h"

#include "deployment/deployment_page.h"
#include "deployment/topology_box.h"
#include "theme/glyph.h"
#include "theme/text_label.h"

#include <QEvent>
#include <QFontMetrics>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
// At 100 % text.
constexpr int leastBox = 208;
constexpr int mostBox = 300;
constexpr int leastLink = 28;
constexpr int mostLink = 72;
constexpr int laneGap = 24;
constexpr int boxGap = 10;
constexpr int indent = 20;
constexpr int mostTreeBox = 460;
} // namespace

TopologyView::TopologyView(DeploymentPage &page, QWidget *parent)
    : QWidget(parent)
    , m_page(page)
{
    setObjectName(u"topology"_s);
    setAccessibleName(tr("How the stores hang together"));
    setFocusPolicy(Qt::ClickFocus); // no stop of the Tab key itself: its boxes come after it
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    connect(&page.theme(), &Theme::changed, this, [this] {
        updateGeometry();
        arrange();
        update();
    });
}

void TopologyView::setLanes(const QList<TopologyLane> &lanes)
{
    QList<QStringList> build;
    for (const TopologyLane &lane : lanes) {
        build.append({lane.title});
        for (const TopologyNode &node : lane.nodes)
            build.append(TopologyBox::build(node));
    }
    bool isOther = build != m_build;
    m_build = build;
    if (isOther)
        rebuild(lanes);
    for (qsizetype i = 0; i < lanes.size(); ++i) {
        isOther = isOther || m_lanes[i].note->text() != lanes[i].note;
        m_lanes[i].note->setText(lanes[i].note);
        m_lanes[i].note->setTone(lanes[i].isNoteBad ? Tone::Warn : Tone::Muted);
        const bool hasGlyph = lanes[i].isNoteBad && !lanes[i].note.isEmpty();
        isOther = isOther || hasGlyph == m_lanes[i].noteGlyph->isHidden();
        m_lanes[i].noteGlyph->setVisible(hasGlyph);
        for (qsizetype j = 0; j < lanes[i].nodes.size(); ++j) {
            TopologyBox *box = m_lanes[i].boxes[j];
            if (box->node().link != lanes[i].nodes[j].link)
                update();
            box->showNode(lanes[i].nodes[j]);
        }
    }
    if (isOther || planFor(width()).height != m_planned) {
        updateGeometry();
        arrange();
    }
}

void TopologyView::rebuild(const QList<TopologyLane> &lanes)
{
    // A box that stays keeps the focus.
    QList<TopologyBox *> former;
    for (const Lane &lane : std::as_const(m_lanes)) {
        former += lane.boxes;
        lane.title->deleteLater();
        lane.title->hide();
        lane.note->deleteLater();
        lane.note->hide();
        lane.noteGlyph->deleteLater();
        lane.noteGlyph->hide();
    }
    m_lanes.clear();
    QWidget *before = this;
    for (const TopologyLane &lane : lanes) {
        auto *title = new Label(m_page.theme(), TextSize::Caption, true, this);
        title->setTone(Tone::Muted);
        title->setText(lane.title);
        title->show();
        auto *note = new Label(m_page.theme(), TextSize::Caption, false, this);
        note->setObjectName(u"topology-note-"_s + lane.title);
        note->setTone(Tone::Muted);
        note->setWordWrap(3);
        note->show();
        auto *glyph = new GlyphLabel(m_page.theme(), 12, this);
        glyph->setStatus(Status::Degraded);
        glyph->hide();
        Lane made{.title = title, .noteGlyph = glyph, .note = note, .boxes = {}};
        for (const TopologyNode &node : lane.nodes) {
            const QStringList build = TopologyBox::build(node);
            const auto same = std::ranges::find_if(
                former, [&](const TopologyBox *box) { return TopologyBox::build(box->node()) == build; });
            TopologyBox *box = nullptr;
            if (same != former.end()) {
                box = *same;
                former.erase(same);
            } else {
                box = new TopologyBox(m_page, node, this);
                connect(box, &TopologyBox::moveRequested, this, [this, box](int key) { moveFrom(box, key); });
                box->show();
            }
            made.boxes.append(box);
            setTabOrder(before, box);
            before = box;
            for (ValueLabel *value : box->findChildren<ValueLabel *>()) {
                setTabOrder(before, value);
                before = value;
            }
        }
        m_lanes.append(made);
    }
    qDeleteAll(former);
}

QList<TopologyNode::Stage> TopologyView::stagesOf(const QList<Lane> &lanes) const
{
    QList<TopologyNode::Stage> stages;
    for (const Lane &lane : lanes) {
        for (const TopologyBox *box : lane.boxes) {
            if (!stages.contains(box->node().stage))
                stages.append(box->node().stage);
        }
    }
    std::ranges::sort(stages);
    return stages;
}

int TopologyView::leastLaneWidth(qsizetype stages) const
{
    const auto count = static_cast<int>(std::max<qsizetype>(stages, 1));
    return count * m_page.theme().px(leastBox) + (count - 1) * m_page.theme().px(leastLink);
}

/// The title and, beside it or, where that is too long, below it the note; returns their height.
int TopologyView::planHead(Plan &plan, const Lane &lane, QRect room) const
{
    const Theme &theme = m_page.theme();
    const int gap = theme.px(6);
    const QSize title = lane.title->sizeHint();
    plan.places.append({lane.title, {room.topLeft(), QSize(std::min(title.width(), room.width()), title.height())}});
    if (lane.note->text().isEmpty()) {
        plan.places.append({lane.note, QRect()});
        return title.height() + gap;
    }
    // The glyph stands before the note, at its first line.
    const QSize glyph = lane.noteGlyph->isHidden() ? QSize() : lane.noteGlyph->sizeHint();
    const int indent = lane.noteGlyph->isHidden() ? 0 : glyph.width() + theme.px(4);
    const auto placeGlyph = [&](int x, int y) {
        if (indent > 0)
            plan.places.append({lane.noteGlyph, {QPoint(x, y + (title.height() - glyph.height()) / 2), glyph}});
    };
    const int left = title.width() + theme.px(8) + indent;
    if (left + lane.note->sizeHint().width() <= room.width()) {
        plan.places.append(
            {lane.note, {room.left() + left, room.top(), lane.note->sizeHint().width(), title.height()}});
        placeGlyph(room.left() + left - indent, room.top());
        return title.height() + gap;
    }
    const int width = room.width() - indent;
    const int height = lane.note->heightForWidth(width);
    plan.places.append({lane.note, {room.left() + indent, room.top() + title.height(), width, height}});
    placeGlyph(room.left(), room.top() + title.height());
    return title.height() + height + gap;
}

TopologyView::Plan TopologyView::planFor(int width) const
{
    Plan plan;
    const int gap = m_page.theme().px(laneGap);
    int together = -gap;
    for (const Lane &lane : m_lanes)
        together += gap + leastLaneWidth(stagesOf({lane}).size());
    const auto all = stagesOf(m_lanes);
    if (together <= width) {
        // Each lane has a share of the width by how many stages it has.
        qsizetype stages = 0;
        for (const Lane &lane : m_lanes)
            stages += stagesOf({lane}).size();
        const int spare = width - together;
        int left = 0;
        for (const Lane &lane : m_lanes) {
            const auto own = stagesOf({lane});
            const int laneWidth =
                leastLaneWidth(own.size()) + (stages > 0 ? static_cast<int>(spare * own.size() / stages) : 0);
            planLane(plan, lane, {left, 0, laneWidth, 0}, own);
            left += laneWidth + gap;
        }
        return plan;
    }
    plan.isTree = leastLaneWidth(all.size()) > width;
    for (const Lane &lane : m_lanes) {
        const int top = plan.height > 0 ? plan.height + m_page.theme().px(12) : 0;
        if (plan.isTree)
            planTree(plan, lane, {0, top, width, 0});
        else
            planLane(plan, lane, {0, top, width, 0}, all);
    }
    return plan;
}

void TopologyView::planLane(Plan &plan, const Lane &lane, QRect room, const QList<TopologyNode::Stage> &stages) const
{
    const Theme &theme = m_page.theme();
    const auto count = static_cast<int>(stages.size());
    const int least = theme.px(leastLink);
    const int box = std::min(theme.px(mostBox), (room.width() - (count - 1) * least) / std::max(count, 1));
    const int link =
        count > 1 ? std::clamp((room.width() - count * box) / (count - 1), least, theme.px(mostLink)) : least;
    const int top = room.top() + planHead(plan, lane, room);
    const int gap = theme.px(boxGap);
    QList<int> heights(count, -gap);
    for (const TopologyBox *node : lane.boxes)
        heights[stages.indexOf(node->node().stage)] += gap + node->heightFor(box);
    const int tallest = heights.isEmpty() ? 0 : std::max(0, *std::ranges::max_element(heights));
    QList<int> next;
    for (const int height : heights)
        next.append(top + (tallest - height) / 2);
    for (TopologyBox *node : lane.boxes) {
        const auto column = static_cast<int>(stages.indexOf(node->node().stage));
        const int height = node->heightFor(box);
        plan.places.append({node, {room.left() + column * (box + link), next[column], box, height}});
        next[column] += height + gap;
    }
    plan.height = std::max(plan.height, top + tallest);
}

void TopologyView::planTree(Plan &plan, const Lane &lane, QRect room) const
{
    const Theme &theme = m_page.theme();
    int top = room.top() + planHead(plan, lane, room);
    const auto all = stagesOf({lane});
    for (TopologyBox *node : lane.boxes) {
        const int left = static_cast<int>(all.indexOf(node->node().stage)) * theme.px(indent);
        const int width = std::min(theme.px(mostTreeBox), room.width() - left);
        const int height = node->heightFor(width);
        plan.places.append({node, {room.left() + left, top, width, height}});
        top += height + theme.px(boxGap);
    }
    plan.height = top - theme.px(boxGap);
}

void TopologyView::arrange()
{
    const Plan plan = planFor(width());
    m_isTree = plan.isTree;
    m_planned = plan.height;
    for (const Placed &placed : plan.places)
        placed.widget->setGeometry(placed.rect);
    update();
}

QSize TopologyView::sizeHint() const
{
    const int width = leastLaneWidth(stagesOf(m_lanes).size());
    return {width, heightForWidth(width)};
}

// Where that is all there is, the nodes make a tree.
QSize TopologyView::minimumSizeHint() const
{
    return {m_page.theme().px(leastBox) + 2 * m_page.theme().px(indent), m_page.theme().px(leastLink)};
}

int TopologyView::heightForWidth(int width) const
{
    return planFor(width).height;
}

void TopologyView::resizeEvent(QResizeEvent *)
{
    arrange();
}

// A value that needs more room than before.
bool TopologyView::event(QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest && planFor(width()).height != m_planned) {
        updateGeometry();
        arrange();
    }
    return QWidget::event(event);
}

const TopologyBox *TopologyView::boxOf(const QString &key) const
{
    for (const Lane &lane : m_lanes) {
        for (const TopologyBox *box : lane.boxes) {
            if (box->node().key == key)
                return box;
        }
    }
    return nullptr;
}

// The nearest one in that direction; what lies beside the way counts double.
void TopologyView::moveFrom(const TopologyBox *from, int key)
{
    const bool isAcross = key == Qt::Key_Left || key == Qt::Key_Right;
    const int sign = key == Qt::Key_Right || key == Qt::Key_Down ? 1 : -1;
    const QPoint start = from->geometry().center();
    TopologyBox *best = nullptr;
    int least = 0;
    for (const Lane &lane : std::as_const(m_lanes)) {
        for (TopologyBox *box : lane.boxes) {
            const QPoint way = box->geometry().center() - start;
            const int ahead = sign * (isAcross ? way.x() : way.y());
            const int beside = std::abs(isAcross ? way.y() : way.x());
            if (box == from || ahead <= 0)
                continue;
            const int distance = ahead + 2 * beside;
            if (best == nullptr || distance < least) {
                best = box;
                least = distance;
            }
        }
    }
    if (best != nullptr)
        best->setFocus(Qt::OtherFocusReason);
}

void TopologyView::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    for (const Lane &lane : std::as_const(m_lanes)) {
        for (const TopologyBox *box : lane.boxes) {
            if (const TopologyBox *before = boxOf(box->node().behind))
                paintLink(painter, *before, *box);
        }
    }
}

void TopologyView::paintLink(QPainter &painter, const TopologyBox &from, const TopologyBox &to) const
{
    const Theme &theme = m_page.theme();
    const TopologyNode &node = to.node();
    const bool isWatch = from.node().isWatch;
    const bool isOk = node.link == Status::Ok;
    const QColor colour = isOk ? theme.colours().faint : theme.colourOf(node.link);
    const bool isCut = node.shape == TopologyNode::Shape::Gone;
    const bool isSure = !isCut && node.link != Status::Unknown;
    QPen pen(colour, isWatch ? 1.25 : 1.75);
    pen.setStyle(isWatch ? Qt::DotLine : isSure ? Qt::SolidLine : Qt::DashLine);
    pen.setJoinStyle(Qt::RoundJoin);
    const double head = theme.px(6);
    const QRectF a(from.geometry());
    const QRectF b(to.geometry());
    QPainterPath path;
    const QPointF tip(b.left() - 1, b.center().y());
    if (m_isTree) {
        const double x = a.left() + theme.px(indent) / 2.0;
        path.moveTo(x, a.bottom());
        path.lineTo(x, tip.y());
    } else {
        const double x = (a.right() + b.left()) / 2;
        const bool isStraight = std::abs(a.center().y() - tip.y()) < 3;
        path.moveTo(a.right(), isStraight ? tip.y() : a.center().y());
        path.lineTo(x, isStraight ? tip.y() : a.center().y());
        path.lineTo(x, tip.y());
    }
    path.lineTo(tip.x() - (isWatch ? 0 : head), tip.y());
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
    if (isWatch)
        return;
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawPolygon(
        QPolygonF{tip, QPointF(tip.x() - head, tip.y() - head * 0.6), QPointF(tip.x() - head, tip.y() + head * 0.6)});
    if (!isCut || m_isTree)
        return;
    const QPointF middle((a.right() + b.left()) / 2, tip.y());
    const double half = theme.px(4);
    painter.setPen(QPen(colour, 2));
    painter.drawLine(middle + QPointF(-half, -half), middle + QPointF(half, half));
    painter.drawLine(middle + QPointF(-half, half), middle + QPointF(half, -half));
}

} // namespace qd
