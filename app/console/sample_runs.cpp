/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "console/sample_runs.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Phase = ActionRun::Phase;

Plan samplePlan(Instant now, Risk risk)
{
    return {.action = u"feature-flag"_s,
            .settings = u"flags"_s,
            .target = {.deployment = u"quoted"_s,
                       .environment = u"production"_s,
                       .system = u"postgresql"_s,
                       .address = u"127.0.0.1:5432"_s,
                       .identity = {}},
            .resource = u"voice_quotes"_s,
            .changes = {{.what = u"enabled"_s, .before = u"true"_s, .after = u"false"_s},
                        {.what = u"rollout"_s, .before = u"50"_s, .after = u"25"_s}},
            .fingerprint = {},
            .steps = {{u"flag-set"_s, {u"voice_quotes"_s}}},
            .undo = {{u"flag-set-back"_s, {u"voice_quotes"_s, u"enabled"_s, u"true"_s}},
                     {u"flag-set-back"_s, {u"voice_quotes"_s, u"rollout"_s, u"50"_s}}},
            .impact = {},
            .risk = risk,
            .author = u"ada"_s,
            .reason = {},
            .madeAt = now};
}

QList<Check> sampleChecks()
{
    QList<Check> checks;
    for (const QString &code : {u"journal-writable"_s, u"plan-not-used"_s, u"target-reached"_s, u"target-proved"_s,
                                u"state-as-planned"_s, u"nobody-else-acts"_s})
        checks.append({.phrase = {code, {}}});
    return checks;
}

Report reportOf(Ending ending, StepReport::State state, const std::optional<Error> &error = {})
{
    return {.ending = ending, .checks = {}, .steps = {{.state = state, .error = error}}, .error = error};
}
} // namespace

QList<SampleRun> sampleRuns(Instant now)
{
    const ActionRun planned{.id = 1,
                            .phase = Phase::Ready,
                            .deployment = u"quoted"_s,
                            .environment = u"production"_s,
                            .settings = u"flags"_s,
                            .wish = {.resource = u"voice_quotes"_s,
                                     .set = {{u"enabled"_s, u"false"_s}, {u"rollout"_s, u"25"_s}},
                                     .author = {},
                                     .reason = {}},
                            .plan = samplePlan(now, Risk::Medium),
                            .checks = sampleChecks()};
    const auto but = [&planned](const auto &change) {
        ActionRun run = planned;
        change(run);
        return run;
    };
    const Error changed{ErrorCode::BadInput, u"voice_quotes is not as the plan found it; make a new plan"_s,
                        u"127.0.0.1:5432"_s};
    const Error forbidden{ErrorCode::Forbidden, u"permission denied for table feature_flags"_s, u"127.0.0.1:5432"_s};
    const Error silent{ErrorCode::Timeout, u"no complete answer before the deadline"_s, u"127.0.0.1:5432"_s};
    return {
        {.name = u"checking"_s, .run = but([](ActionRun &run) {
                                    run.phase = Phase::Checking;
                                    run.checks.clear();
                                })},
        {.name = u"ready"_s, .run = planned},
        {.name = u"typing"_s, .run = planned, .typed = u"quot"_s},
        {.name = u"confirmed"_s, .run = planned, .typed = u"quoted"_s},
        {.name = u"low-risk"_s, .run = but([now](ActionRun &run) {
                                    run.environment = u"staging"_s;
                                    run.plan = samplePlan(now, Risk::Low);
                                    run.plan->target.environment = u"staging"_s;
                                })},
        {.name = u"high-risk"_s,
         .run = but([now](ActionRun &run) {
             run.plan = samplePlan(now, Risk::High);
             run.plan->reason = u"INC-12"_s;
             run.isAsked = true;
             run.checks.append({.phrase = {u"reason-given"_s, {}}});
             run.checks.append(
                 {.phrase = {u"approved"_s, {}},
                  .result = Check::Result::Failed,
                  .error =
                      Error{ErrorCode::Forbidden,
                            u"no second person approved it yet: a person with the role lead approves it on Activity "
                            "or with quarterdeck-cli approve"_s,
                            {}}});
         })},
        {.name = u"no-plan"_s, .run = but([&](ActionRun &run) {
                                   run.phase = Phase::Refused;
                                   run.plan.reset();
                                   run.checks.clear();
                                   run.error = forbidden;
                               })},
        {.name = u"refused"_s,
         .run = but([&](ActionRun &run) {
             run.checks[4].result = Check::Result::Failed;
             run.checks[4].error = changed;
             run.checks[5].result = Check::Result::Warned;
             run.checks[5].error =
                 Error{ErrorCode::Forbidden, u"this role may not make leases: comparing alone guards"_s, {}};
         })},
        {.name = u"running"_s, .run = but([](ActionRun &run) {
                                   run.phase = Phase::Running;
                                   run.report = reportOf(Ending::Refused, StepReport::State::Running);
                               })},
        {.name = u"done"_s, .run = but([](ActionRun &run) {
                                run.phase = Phase::Ended;
                                run.report = reportOf(Ending::Done, StepReport::State::Done);
                                run.checks.append({.phrase = {u"flag-as-expected"_s, {u"voice_quotes"_s}}});
                            })},
        {.name = u"failed"_s, .run = but([&](ActionRun &run) {
                                  run.phase = Phase::Ended;
                                  run.report = reportOf(Ending::Undone, StepReport::State::Failed, forbidden);
                              })},
        {.name = u"needs-a-person"_s, .run = but([&](ActionRun &run) {
                                          run.phase = Phase::Ended;
                                          run.isUnfinished = true;
                                          run.report =
                                              reportOf(Ending::NeedsPerson, StepReport::State::Unknown, silent);
                                      })},
        {.name = u"unfinished"_s,
         .run = but([](ActionRun &run) {
             run.phase = Phase::Earlier;
             run.isUnfinished = true;
             run.checks.clear();
             run.report = reportOf(Ending::NeedsPerson, StepReport::State::Done);
         }),
         .offered = ActionRun::Way::Undo},
        {.name = u"timed"_s, .run = but([](ActionRun &run) { run.plan->revertAfter = std::chrono::minutes(30); })},
        {.name = u"reverting"_s, .run = but([now](ActionRun &run) {
                                     run.phase = Phase::Ended;
                                     run.plan->revertAfter = std::chrono::minutes(30);
                                     run.revertsAt = now + std::chrono::minutes(30);
                                     run.report = reportOf(Ending::Done, StepReport::State::Done);
                                 })},
        {.name = u"stuck"_s,
         .run = but([&](ActionRun &run) {
             run.phase = Phase::Earlier;
             run.isUnfinished = true;
             run.checks.clear();
             run.report = reportOf(Ending::NeedsPerson, StepReport::State::Unknown, changed);
             run.report.error.reset();
         }),
         .offered = ActionRun::Way::Settle},
        {.name = u"review"_s, .run = but([](ActionRun &run) {
                                  run.phase = Phase::Review;
                                  run.plan->reason = u"OPS-311"_s;
                                  run.plan->risk = Risk::High;
                                  run.checks.prepend({.phrase = {u"may-approve"_s, {u"bob"_s}}});
                                  run.asked = AskedPlan{.plan = *run.plan, .who = u"ada"_s};
                              })},
        {.name = u"approved"_s, .run = but([now](ActionRun &run) {
                                    run.phase = Phase::Approved;
                                    run.plan->risk = Risk::High;
                                    run.asked = AskedPlan{.plan = *run.plan, .who = u"ada"_s};
                                    run.approvedUntil = now + std::chrono::hours(1);
                                })},
    };
}

} // namespace qd
