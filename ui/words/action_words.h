/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/acting.h"

/// Plans, checks and what came of them, as dialog, terminal and journal say them alike.
namespace qd::words {

/// "Turn voice_quotes off in quoted · production"
[[nodiscard]] QString title(const Plan &plan);
/// "Turn voice_quotes off"
[[nodiscard]] QString deed(const Plan &plan);
[[nodiscard]] QString deed(const Wish &wish);
/// Of an action of `kind`: "Unblock 10.1.2.3"
[[nodiscard]] QString deed(QStringView kind, const Wish &wish);
/// What undoing it does: "Turn voice_quotes on again"; empty: no short sentence says it.
[[nodiscard]] QString undoDeed(const Plan &plan);
/// The same in full: one sentence after the other.
[[nodiscard]] QString undoing(const Plan &plan);
/// "Undo: turn voice_quotes on again", "Undo by itself: …"; in full where no short sentence says it.
[[nodiscard]] QString deedOfUndo(const Plan &plan, bool isByItself = false);
/// What the service's users feel while it is done, or undone; empty: nothing known.
[[nodiscard]] QStringList meanwhile(const Plan &plan, bool isUndo);
/// As the beginning of a sentence: what is a name, or looks like one, keeps its letters.
[[nodiscard]] QString capital(QString text, const QStringList &names);
/// What an error about it may begin with: resource, deployment and the like.
[[nodiscard]] QStringList namesOf(const ActionRun &run);
/// Of a console from which nothing can be done.
[[nodiscard]] QString readOnly();
/// What a check has found: what is wrong alone, where that says it all.
[[nodiscard]] QString finding(const Check &check, const QStringList &names = {});
/// What happened, where, and what to do about it; each on its line. `mayHaveHappened`: it was being done.
[[nodiscard]] QString explainActing(const Error &error, bool mayHaveHappened, const QStringList &names = {});
/// Of whatever of the two there is; of what is being undone deedOfUndo().
[[nodiscard]] QString deed(const ActionRun &run);
/// "quoted · production"
[[nodiscard]] QString place(const ActionRun &run);
/// "voice_quotes", "on", "off"
struct ChangeWords
{
    QString what;
    QString before;
    QString after;
    QString key = {}; ///< as the store names it, where `what` does not
};
[[nodiscard]] ChangeWords wordsOf(const Plan &plan, const Change &change);
/// That it cannot be undone comes first; then what could go wrong, and how it is undone. `isUndo`: it is being undone.
[[nodiscard]] QStringList ifItGoesWrong(const Plan &plan, bool isUndo);
/// "Done", "Undone", "Unfinished since 14:02": how what was begun ended.
[[nodiscard]] QString outcome(const ActionRecord &record);
/// "reverts in 12 min, at 14:02, while a console is open; else at the next start"
[[nodiscard]] QString revertsIn(Instant at, Instant now);
/// What is told of undoing it automatically, "30 min" after it was done, and how it is seen there whether somebody else
/// changed it meanwhile.
[[nodiscard]] QString revertsAfter(std::chrono::seconds time, const Target &target);
/// "on → off, 50 % → 25 %": what it was to change; empty where its plan cannot be read.
[[nodiscard]] QString change(const ActionRecord &record);
/// "Turn voice_quotes off"; of what was taken back "Undo: turn voice_quotes on again".
[[nodiscard]] QString deed(const ActionRecord &record);
/// What a running action does, in a few words: "step 1 of 2: …".
[[nodiscard]] QString progress(const ActionRun &run);

/// "enabled: true → false"
[[nodiscard]] QString sentence(const Change &change);
/// A step, an undoing or a check.
[[nodiscard]] QString sentence(const Phrase &phrase);
/// With what is wrong, and what to do.
[[nodiscard]] QString sentence(const Check &check);
/// "812 live sessions (counted in sessions)", "requests a minute: not measured (no metric tells it)"
[[nodiscard]] QString sentence(const Measure &measure);
[[nodiscard]] QString say(Risk risk);
[[nodiscard]] QString say(Ending ending);
[[nodiscard]] QString say(StepReport::State state);
/// The whole plan for people, a line each. `isUndo`: as it will be done when it is taken back.
[[nodiscard]] QStringList lines(const Plan &plan, bool isUndo = false);

} // namespace qd::words
