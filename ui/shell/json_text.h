/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QString>

namespace qd {

/// A reply laid out for reading, and which part of it was read.
struct MarkedText
{
    QString text;
    qsizetype start = -1; ///< of the part, in characters; -1: not found
    qsizetype length = 0;

    [[nodiscard]] bool found() const { return start >= 0; }
    bool operator==(const MarkedText &) const = default;
};

/// Pure: `json` on indented lines, with the value that `pointer` (RFC 6901) names marked. Members keep their order
/// and numbers their spelling, so that the text is what the deployment said. A reply that ends early is laid out as
/// far as it goes; one that is no JSON at all comes back as it is.
[[nodiscard]] MarkedText markJson(const QByteArray &json, const QString &pointer);

/// Pure: `reply` as it is, with the first line marked that begins with `key` and a separator ("used_memory:…").
[[nodiscard]] MarkedText markLine(const QByteArray &reply, const QString &key);

} // namespace qd
