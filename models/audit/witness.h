/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "audit/head.h"

#include <QList>

#include <functional>
#include <memory>

namespace qd {

/// What a witness holds.
struct WitnessLines
{
    QList<Head> heads;
    qint64 unreadable = 0; ///< lines that are no head: torn by a crash
};

/// Appends one line and has the disk confirm it. Waits for the disk.
[[nodiscard]] Result<void> appendToWitness(const QString &path, const Head &head);
[[nodiscard]] Result<WitnessLines> readWitness(const QString &path);

/// Copies heads to a witness on a thread of its own, which may hang with the witness's disk and holds up nobody. Only
/// the newest head counts, as it covers all before it; one that could not be written is tried again.
class WitnessWriter
{
public:
    using Write = std::function<Result<void>(const Head &)>;
    /// `write` and, after each attempt, `told` are called on that thread.
    WitnessWriter(Write write, std::function<void(const Head &, const Result<void> &)> told);
    ~WitnessWriter();
    WitnessWriter(const WitnessWriter &) = delete;
    WitnessWriter &operator=(const WitnessWriter &) = delete;

    void put(const Head &head);
    /// Until nothing is waiting to be written; false if the time is up, or it could not be written.
    [[nodiscard]] bool waitUntilWritten(std::chrono::steady_clock::time_point deadline);

private:
    struct Shared;
    static void run(const std::shared_ptr<Shared> &shared);
    std::shared_ptr<Shared> m_shared; // with the thread
};

} // namespace qd
