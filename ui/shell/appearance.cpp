/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/appearance.h"

#include <QApplication>
#include <QEvent>
#include <QPainter>
#include <QProxyStyle>
#include <QStyleFactory>
#include <QStyleOptionMenuItem>
#include <QWidget>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Fusion, whose mark of a chosen item in a menu would keep its size however large the text is.
class Style final : public QProxyStyle
{
public:
    Style()
        : QProxyStyle(QStyleFactory::create(u"Fusion"_s))
    {
    }
    void drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                       const QWidget *widget) const override
    {
        if (element != PE_IndicatorMenuCheckMark) {
            QProxyStyle::drawPrimitive(element, option, painter, widget);
            return;
        }
        const auto *item = qstyleoption_cast<const QStyleOptionMenuItem *>(option);
        if (item != nullptr && !item->checked)
            return;
        const QRectF box = option->rect;
        const auto at = [&](double x, double y) {
            return QPointF(box.left() + x * box.width(), box.top() + y * box.height());
        };
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(option->palette.color(QPalette::Text), std::max(box.width() / 8, 1.5), Qt::SolidLine,
                             Qt::RoundCap, Qt::RoundJoin));
        painter->drawPolyline(QPolygonF{at(0.15, 0.55), at(0.4, 0.8), at(0.85, 0.25)});
        painter->restore();
    }
};
} // namespace

QString keyOf(SchemeChoice choice)
{
    switch (choice) {
    case SchemeChoice::Light:
        return u"light"_s;
    case SchemeChoice::Dark:
        return u"dark"_s;
    case SchemeChoice::System:
        break;
    }
    return u"system"_s;
}

std::optional<SchemeChoice> schemeChoice(const QString &key)
{
    for (const SchemeChoice choice : {SchemeChoice::System, SchemeChoice::Light, SchemeChoice::Dark}) {
        if (keyOf(choice) == key)
            return choice;
    }
    return {};
}

Appearance::Appearance(Theme &theme, QObject *parent)
    : QObject(parent)
    , m_theme(theme)
    , m_system(Theme::schemeOf(QApplication::palette()))
{
    // One style everywhere: the sheet is written for it.
    QApplication::setStyle(new Style);
    connect(&theme, &Theme::changed, this, &Appearance::wear);
    qApp->installEventFilter(this);
    wear();
}

void Appearance::choose(SchemeChoice choice)
{
    m_choice = choice;
    if (choice == SchemeChoice::System)
        m_theme.setScheme(m_system);
    else
        m_theme.setScheme(choice == SchemeChoice::Dark ? Scheme::Dark : Scheme::Light);
}

void Appearance::wear()
{
    QApplication::setPalette(m_theme.palette());
    QApplication::setFont(m_theme.font(TextSize::Body));
    qApp->setStyleSheet(m_theme.styleSheet());
    const QWidgetList windows = QApplication::topLevelWidgets();
    for (QWidget *window : windows) {
        for (QWidget *widget : window->findChildren<QWidget *>())
            widget->update();
        window->update();
    }
}

void Appearance::followSystem()
{
    // The system's palette shows only while none of ours is set.
    QApplication::setPalette(QPalette());
    m_system = Theme::schemeOf(QApplication::palette());
    QApplication::setPalette(m_theme.palette());
    if (m_choice == SchemeChoice::System)
        m_theme.setScheme(m_system);
}

bool Appearance::eventFilter(QObject *watched, QEvent *event)
{
    // Sent to every window when the desktop's theme changes.
    if (event->type() == QEvent::ThemeChange && watched->isWidgetType())
        QMetaObject::invokeMethod(this, &Appearance::followSystem, Qt::QueuedConnection);
    return QObject::eventFilter(watched, event);
}

} // namespace qd
