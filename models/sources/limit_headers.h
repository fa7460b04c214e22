/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/http_source.h"

namespace qd {

/// What a reply's headers tell of the rate limit that the console itself counts against, and `tier` of it: its name,
/// and the window where the headers tell none and the limit is the tier's. The client is "quarterdeck". They come in
/// four dialects: X-RateLimit-* (its reset in seconds since 1970 or from `now`), the drafts of the IETF: RateLimit-*
/// (6), RateLimit: limit=, remaining=, reset= (7) and RateLimit: "NAME";r=;t= (8, one for each policy, whose name is
/// the scope). The newest one counts; what is malformed is ignored; where nothing is left, Retry-After wins over the
/// reset. `exchange` is where limitHeaders() stands in the reading.
[[nodiscard]] QList<RateLimit> headerLimits(const HttpReply &reply, const TierPolicy &tier, Instant now, int exchange);

/// The headers of a reply that headerLimits() reads, a line each, as evidence.
[[nodiscard]] QByteArray limitHeaders(const HttpReply &reply);

/// `understand`, and beside what it finds the limits that the headers tell, as `tier`. Where they tell none, that is
/// refused as "limit/headers".
[[nodiscard]] Understand withHeaderLimits(Understand understand, const TierPolicy &tier, const QString &where);

} // namespace qd
