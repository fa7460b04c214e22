/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/engine.h"
#include "actions/registry.h"

#include <QTemporaryDir>

#include <chrono>
#include <memory>

/// What tests of actions that need no store of their own to act have in common.
namespace qd::test {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

inline constexpr auto patience = 20s;

inline Action::Deadline soon()
{
    return std::chrono::steady_clock::now() + patience;
}

inline Wish wishFor(const QString &resource, const std::map<QString, QString> &set = {})
{
    return {.resource = resource, .set = set, .author = u"ada"_s, .reason = u"INC-12"_s};
}

inline std::unique_ptr<Journal> journalIn(const QTemporaryDir &directory)
{
    auto journal = Journal::open({.path = directory.filePath(u"journal.sqlite"_s)}, patience);
    if (!journal)
        qFatal("%s", qPrintable(journal.error().message));
    return std::move(*journal);
}

inline QString said(const Report &report)
{
    QString all = toWord(report.ending) + (report.error ? u": "_s + report.error->message : QString());
    for (const Check &check : report.checks)
        all += u"; %1 %2%3"_s.arg(check.phrase.code, toWord(check.result),
                                  check.error ? u" ("_s + check.error->message + u')' : QString());
    for (const StepReport &step : report.steps)
        all += u"; step "_s + toWord(step.state);
    return all;
}

inline Plan planned(Action &action, const Wish &wish)
{
    auto plan = action.plan(wish, soon());
    if (!plan)
        qFatal("%s", qPrintable(plan.error().message));
    return std::move(*plan);
}

/// What is wrong with `profile` or with its actions, a line each; empty: nothing.
inline QString wrongIn(const QByteArray &profile)
{
    const auto parsed = parseProfile(profile, u"shop.yaml"_s);
    QStringList all;
    for (const Error &error : parsed ? checkActions(*parsed) : parsed.error())
        all.append(error.message);
    return all.join(u'\n');
}

/// A journal and an engine of one's own.
struct Bench
{
    QTemporaryDir directory;
    std::unique_ptr<Journal> journal = journalIn(directory);
    SystemClock clock;
    Engine engine{*journal, clock, {.id = u"ada"_s, .host = u"desk"_s}};
};

} // namespace qd::test
