/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "exposition/exposition.h"

#include <QRegularExpression>

namespace qd {

/// Which samples of a page are meant, as PromQL writes an instant vector selector: `name{label="value",code=~"5.."}`,
/// with =, !=, =~ and !~ (anchored); a label that a sample lacks is empty.
struct Selector
{
    struct Matcher
    {
        QByteArray label;
        QByteArray value;
        std::optional<QRegularExpression> pattern; ///< instead of `value`
        bool negated = false;
    };
    QString written; ///< as it was parsed
    QByteArray metric;
    QList<Matcher> matchers;

    /// By name alone. A counter is also meant without its "_total": its OpenMetrics page adds it.
    [[nodiscard]] bool names(const Exposition::Family &family, QByteArrayView sample) const;
    /// By labels alone.
    [[nodiscard]] bool matches(const Exposition &page, const Exposition::Sample &sample) const;
    [[nodiscard]] bool matches(const QList<std::pair<QString, QString>> &labels) const;
};

/// Errors: BadInput with the column.
[[nodiscard]] Result<Selector> parseSelector(const QString &text);

} // namespace qd
