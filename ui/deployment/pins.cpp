/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/pins.h"

#include <QSettings>
#include <QUrl>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// A name may hold a slash, which would be a group of settings.
QString settingOf(const QString &deployment)
{
    return u"pins/"_s + QString::fromLatin1(QUrl::toPercentEncoding(deployment));
}
} // namespace

Pins::Pins(QSettings &settings, QObject *parent)
    : QObject(parent)
    , m_settings(settings)
{
}

QStringList Pins::of(const QString &deployment) const
{
    return m_settings.value(settingOf(deployment)).toStringList().mid(0, most);
}

void Pins::pin(const QString &deployment, const QString &key)
{
    QStringList keys = of(deployment);
    if (keys.contains(key) || keys.size() >= most)
        return;
    keys.append(key);
    keep(deployment, keys);
}

void Pins::unpin(const QString &deployment, const QString &key)
{
    QStringList keys = of(deployment);
    if (keys.removeAll(key) > 0)
        keep(deployment, keys);
}

void Pins::keep(const QString &deployment, const QStringList &keys)
{
    if (keys.isEmpty())
        m_settings.remove(settingOf(deployment));
    else
        m_settings.setValue(settingOf(deployment), keys);
    Q_EMIT changed();
}

} // namespace qd
