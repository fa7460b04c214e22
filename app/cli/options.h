/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QStringList>

#include <chrono>
#include <expected>

namespace qd::cli {

/// What the command line asks for.
struct Options
{
    enum class Command {
        Status,
        Watch,
        Verify,
        ProfileCheck,
        Plan,
        Ask,
        Approve,
        Apply,
        Key,
        Unfinished,
        Resume,
        Undo,
        Settle,
        RevertDue,
        Keep,
        AuditVerify,
        AuditExport,
        AuditTail,
        AuditRotations,
        Help,
        Version
    };
    Command command = Command::Help;
    QStringList profiles;                     ///< files; of 'audit' the journal
    bool sandbox = false;                     ///< start one and watch its deployments
    bool json = false;                        ///< for programs instead of people
    std::chrono::milliseconds timeout{10000}; ///< for every source to answer once
    int count = 0;                            ///< watch ends after so many lines; 0: never. Entries of 'audit tail'
    QString witness;                          ///< a file; empty: none
    QString witnessConnection;                ///< a PostgreSQL connection of the profile; empty: none
    QString witnessProfile;                   ///< of 'audit verify': the profile that has it
    QStringList words;                        ///< of 'plan', 'apply', 'resume' and 'undo': what they are about
    QString reason;                           ///< of 'plan', 'settle' and 'keep'
    std::chrono::seconds revertAfter{0};      ///< of 'plan'; 0: it is not taken back by itself
    QString out;                              ///< of 'plan': where it is written; empty: named by its id
    QString confirm;                          ///< of whatever acts or approves: the name of the deployment
    QString desk;                             ///< directory of journal and key; empty: the user's own
    bool bursts = false;                      ///< of 'verify': requests in a row may be sent
    bool readOnly = false;                    ///< nothing may be done: whatever acts is refused
    QString secretFile;                       ///< of 'apply' and 'resume': the secret that a person gives
    QString approval;                         ///< of 'apply' and 'undo': a file; empty: what the deployment's table has
    std::chrono::milliseconds validity{std::chrono::hours(1)}; ///< of 'approve'
    QString policy;   ///< a file; empty: policy.yaml beside the profile, if it is there
    QStringList keys; ///< public keys whose heads 'audit verify' believes; empty: any

    bool operator==(const Options &) const = default;
};

/// `arguments` without the program's name. The error is a sentence about what is wrong with them.
[[nodiscard]] std::expected<Options, QString> parseOptions(const QStringList &arguments);

/// The text of --help.
[[nodiscard]] QString helpText();

} // namespace qd::cli
