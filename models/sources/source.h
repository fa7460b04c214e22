/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/call.h"
#include "facts/reading.h"
#include "profile/profile.h"

#include <functional>
#include <memory>

namespace qd {

class HttpClient;
class PgPool;

/// What sources talk through; owned by the I/O thread and shared by all deployments.
struct Wire
{
    HttpClient *http = nullptr;
    PgPool *postgres = nullptr;
};

/// One answer, or why there is none; the watcher makes a Reading of it.
struct SourceAnswer
{
    Result<Findings> outcome;
    QList<Exchange> exchanges;
};

/// Talks to one system of one deployment and turns its replies into facts. Lives on the I/O thread. What it learns
/// from a reply is a pure function in its folder, tested over captured replies.
class Source
{
public:
    virtual ~Source() = default;
    /// Asks once. `done` runs once on this thread, unless the call is dropped.
    [[nodiscard]] virtual Call poll(std::function<void(SourceAnswer)> done) = 0;
};

/// Makes a source once its options were understood. Runs on the I/O thread.
using SourceFactory = std::function<std::unique_ptr<Source>(const Wire &)>;

/// Reads `spec.options`, reports what is wrong with them, and returns how to make the source.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> sourceFactory(const SourceSpec &spec, const Profile &profile);

/// The kinds of source there are ("http-health", "prometheus", "redis", "postgresql").
[[nodiscard]] QStringList sourceKinds();

/// The kinds of fact (Fact::kind) that a source of `sourceKind` can say; empty for an unknown one. A view needs it to
/// tell who would know about something that nobody has said.
[[nodiscard]] QStringList factKindsOf(QStringView sourceKind);

/// Everything that is wrong with the sources of a profile; empty if it can be watched.
[[nodiscard]] QList<Error> checkSources(const Profile &profile);

} // namespace qd
