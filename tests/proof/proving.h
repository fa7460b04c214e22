/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "models/actions/bench.h"
#include "proof/shop.h"

#include <QList>
#include <QStringList>

namespace qd::proof {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// How often: `soak` where QUARTERDECK_SOAK is set (by `./dev soak`), else as often as a test can afford.
[[nodiscard]] int times(int test, int soak);

/// What was proved, printed at the end.
class Table
{
public:
    explicit Table(const QStringList &head)
        : m_rows{head}
    {
    }
    void add(const QStringList &row) { m_rows.append(row); }
    void print() const;

private:
    QList<QStringList> m_rows;
};

[[nodiscard]] Profile profileOf(const QByteArray &text);
/// That action of the profile. Ends the test where there is none.
[[nodiscard]] std::unique_ptr<Action> actionOf(const Profile &profile, const QString &id, const Clock &clock);
/// ada's. What is of high risk bob approves whenever she asks. Both have the same keys in every process.
class AdasEngine : public Engine
{
public:
    AdasEngine(Journal &journal, const Clock &clock);
    [[nodiscard]] QList<Check> check(Action &action, const Plan &plan) { return approved(plan).check(action, plan); }
    [[nodiscard]] Report run(Action &action, const Plan &plan) { return approved(plan).run(action, plan); }
    [[nodiscard]] Report resume(Action &action, const Plan &plan) { return approved(plan).resume(action, plan); }
    [[nodiscard]] Report undo(Action &action, const Plan &plan) { return approved(plan).undo(action, plan); }

private:
    [[nodiscard]] Engine &approved(const Plan &plan);
    const Clock &m_clock;
};

/// The plan that the journal began with.
[[nodiscard]] Result<Plan> planBegun(Journal &journal);
[[nodiscard]] bool has(Journal &journal, const QString &kind);

/// What the test's own program does as another process, and as quarterdeck-cli does it: "act PROFILE DEED JOURNAL WAY
/// BOUNDARY" runs, resumes or undoes (`WAY`) a deed with that journal, and is killed at that boundary; without one it
/// prints all that it passes. Nothing: the arguments say something else.
[[nodiscard]] std::optional<int> actAsChild(const QStringList &arguments);

/// One that ran to its end, or to where it was killed.
struct Child
{
    bool wasKilled = false;
    int code = -1;
    QStringList boundaries; ///< that were passed, where it was not killed
    QString said;
};
[[nodiscard]] Child act(const QString &profile, const QString &deed, const QString &journal, const QString &way,
                        const QString &boundary = {});

} // namespace qd::proof

/// A test's main().
#define PROOF_MAIN(Test)                                                                                               \
    int main(int argc, char *argv[])                                                                                   \
    {                                                                                                                  \
        const QCoreApplication app(argc, argv);                                                                        \
        if (const auto code = qd::proof::actAsChild(QCoreApplication::arguments()))                                    \
            return *code;                                                                                              \
        Test test;                                                                                                     \
        return QTest::qExec(&test, argc, argv);                                                                        \
    }
