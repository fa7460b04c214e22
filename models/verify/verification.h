/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "audit/journal.h"
#include "verify/checklist.h"
#include "watch/view.h"

#include <atomic>
#include <functional>

namespace qd {

/// What came of one item.
struct Verified
{
    enum class Result {
        Waiting, ///< not looked at yet
        Running,
        Passed,
        Failed,
        Skipped, ///< it is not for here, or nobody agreed to it
        Unknown, ///< it could not be looked at
    };
    /// Why, in codes with what goes into their sentence; ui/words says it.
    enum class Finding {
        None,
        StatusDiffers,   ///< found, expected
        HeaderDiffers,   ///< name, found, expected
        HeaderMissing,   ///< name
        HeaderPresent,   ///< name, found
        MemberDiffers,   ///< pointer, found, expected
        MemberMissing,   ///< pointer
        MemberPresent,   ///< pointer, found
        NoJson,          ///< nothing
        TooSlow,         ///< found, expected, both in ms
        NeverSo,         ///< requests, the last answer's status: a burst without the answer that was expected
        AfterSo,         ///< requests: a burst that had it
        HitRateLow,      ///< groups: "pricing 61 %"
        BreakersOpen,    ///< their names
        SchemaDiffers,   ///< found, expected
        NeedsConsent,    ///< requests
        NotInProduction, ///< nothing
        OtherPlace,      ///< environments
        NotMeasured,     ///< names of those that no reading tells; empty: of none it does
        NoAnswer,        ///< with an error
    };
    QString name;
    QString title;
    Result result = Result::Waiting;
    Finding finding = Finding::None;
    QStringList arguments{};
    std::optional<Error> error{};
    QString command{}; ///< the line that shows the same by hand; empty where it was told by readings
    int status = 0;    ///< of the answer; 0: none
    Millis latency{0};
    QByteArray digest{}; ///< SHA-256 of the answer's body

    bool operator==(const Verified &) const = default;
};

[[nodiscard]] QString toWord(Verified::Result result);   ///< "passed"
[[nodiscard]] QString toWord(Verified::Finding finding); ///< "status-differs"

struct VerifyWish
{
    bool mayBurst = false;                ///< somebody agreed to send more than one request
    std::optional<DeploymentView> view{}; ///< for what readings tell
    std::function<void(const QList<Verified> &)> progress{};
    std::shared_ptr<const std::atomic<bool>> stop{}; ///< true: what is left is not looked at any more
};

/// Looks at every item of `checklist`, one after the other, and waits for each: never on a thread that has something
/// else to do. It asks with the connection 'http' of the profile. Each request has 10 s, a burst one minute.
[[nodiscard]] QList<Verified> verify(const Profile &profile, const Checklist &checklist, const VerifyWish &wish);

/// The evidence, as an entry of the journal: when, by whom, and of each item what it was and what came of it.
[[nodiscard]] Entry evidenceOf(const QList<Verified> &results, const Profile &profile, Instant at,
                               const QString &operatorId, const QString &host);

/// The worst of them: Failed, then Unknown, then Passed; Skipped where none was looked at.
[[nodiscard]] Verified::Result summaryOf(const QList<Verified> &results);

} // namespace qd
