/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>
#include <QUrl>

class QJsonDocument;

namespace qd {

/// A URL as it may be shown or logged: no user info, and the values of query items that look like credentials
/// (token, key, secret, password, signature…) replaced by ••••. The only way a QUrl becomes text in this program.
[[nodiscard]] QString shown(const QUrl &url);

/// True for a name (JSON member, header, column, variable) whose value is treated as a credential.
[[nodiscard]] bool namesSecret(QStringView name);

/// `text` as it may be kept as evidence, in time linear in its size: the values below secrets' names, bearer tokens and
/// the password of any URL are replaced by ••••. JSON is walked by its structure (JSON inside its strings too),
/// anything else in one pass over the text; where the end of a secret is in doubt, the rest of the text goes with it.
/// Mask before cutting: half a document is no JSON.
[[nodiscard]] QByteArray masked(const QByteArray &text);
/// What a server told, with •••• for each of `secrets` that it was told itself: as it is, percent-encoded, or with its
/// slashes escaped as JSON may have them. One of less than 8 bytes stays: it could be any word.
[[nodiscard]] QByteArray withoutSecrets(QByteArray text, const QList<QByteArray> &secrets);
/// A document as compact JSON, masked; it is not parsed for that.
[[nodiscard]] QByteArray maskedJson(const QJsonDocument &document);

} // namespace qd
