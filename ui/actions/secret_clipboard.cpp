/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/secret_clipboard.h"

#include <QClipboard>
#include <QCryptographicHash>
#include <QGuiApplication>
#include <QMimeData>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QByteArray printOf(QByteArrayView text)
{
    return QCryptographicHash::hash(text, QCryptographicHash::Sha256);
}
} // namespace

SecretClipboard &SecretClipboard::instance()
{
    static auto *clipboard = new SecretClipboard(QCoreApplication::instance());
    return *clipboard;
}

SecretClipboard::SecretClipboard(QObject *parent)
    : QObject(parent)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &SecretClipboard::clear);
    connect(QCoreApplication::instance(), &QCoreApplication::aboutToQuit, this, &SecretClipboard::clear);
}

void SecretClipboard::put(const Secret &secret, std::chrono::milliseconds lasts)
{
    auto *data = new QMimeData; // the clipboard's
    data->setText(QString::fromLatin1(secret.reveal()));
    data->setData(u"x-kde-passwordManagerHint"_s, "secret");
    m_data = data;
    QGuiApplication::clipboard()->setMimeData(data);
    m_print = printOf(secret.reveal());
    m_timer.start(lasts);
}

void SecretClipboard::clear()
{
    m_timer.stop();
    // Of another program's nothing is read: it may hang, and we with it. Not every platform tells whose it is.
    QClipboard *clipboard = QGuiApplication::clipboard();
    const bool isOurs = clipboard->ownsClipboard() || clipboard->mimeData() == m_data;
    if (!m_print.isEmpty() && isOurs && printOf(clipboard->text().toUtf8()) == m_print)
        clipboard->clear();
    m_data = nullptr;
    m_print.clear();
}

} // namespace qd
