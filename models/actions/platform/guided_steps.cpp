/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/guided_steps.h"

#include "facts/state.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {

QString secretToGive(const Plan &plan)
{
    const auto step = std::ranges::find(plan.steps, u"secret-given"_s, &Phrase::code);
    return step == plan.steps.end() ? QString() : step->arguments.value(0);
}

void ExpectationStep::add(Plan &plan) const
{
    if (!title().isEmpty())
        plan.steps.append({u"expectation-watched"_s, {title(), minutes(m_on.platform.guided.lookFor)}});
}

void ExpectationStep::reset()
{
    m_seen.clear();
    m_last = {};
    m_isLookedAt = false;
}

/// Readings that were taken before say nothing of what was deployed.
void ExpectationStep::look(DeploymentState &state)
{
    const Profile &profile = m_on.platform.profile;
    for (const SourceSpec &source : profile.sources) {
        if (!factKindsOf(source.kind).contains(QString::fromLatin1(Metric::kind)))
            continue;
        const auto factory = sourceFactory(source, profile);
        const auto answer = factory ? m_on.line.poll(source.id, *factory, m_on.soon())
                                    : Result<SourceAnswer>(std::unexpected(factory.error().first()));
        state = fold(std::move(state), {.deployment = profile.name,
                                        .source = source.id,
                                        .takenAt = m_clock.now(),
                                        .outcome = answer ? answer->outcome : std::unexpected(answer.error()),
                                        .exchanges = {}});
    }
    const Instant now = m_clock.now();
    const QList<ExpectationView> all = view(state, profile, now).expectations;
    const auto found = std::ranges::find(all, title(), &ExpectationView::title);
    m_last = found == all.end() ? ExpectationView() : *found;
    m_seen.append({.at = now, .value = m_last.value.has() ? std::optional(*m_last.value) : std::nullopt});
}

Result<QList<std::optional<QByteArray>>> ExpectationStep::print(const Plan &, Deadline)
{
    return QList<std::optional<QByteArray>>();
}

Result<Stand> ExpectationStep::stand(const Plan &, const Phrase &, Deadline)
{
    return m_isLookedAt ? Stand::After : Stand::Before;
}

Result<void> ExpectationStep::perform(const Plan &, const Phrase &, Deadline)
{
    DeploymentState state;
    m_seen.clear();
    const auto end = std::chrono::steady_clock::now() + m_on.platform.guided.lookFor;
    do {
        look(state);
        if (!m_on.line.sleep(std::max<std::chrono::milliseconds>(m_on.platform.pace, 250ms)))
            return failure(ErrorCode::Cancelled, u"stopped while it was watched"_s, m_on.where());
    } while (std::chrono::steady_clock::now() < end);
    look(state);
    m_isLookedAt = true;
    return {};
}

Result<void> ExpectationStep::revert(const Plan &, const Phrase &, Deadline)
{
    m_isLookedAt = false;
    return {};
}

Check ExpectationStep::check() const
{
    const auto number = [](std::optional<double> value) { return value ? QString::number(*value, 'g', 4) : QString(); };
    const QString last = m_seen.isEmpty() ? QString() : number(m_seen.last().value);
    Check check{.phrase = {u"as-expected"_s, {title(), last, m_last.unit, QString::number(m_seen.size())}}};
    if (m_last.status == Status::Ok)
        return check;
    check.result = Check::Result::Warned;
    check.error =
        last.isEmpty()
            ? Error{ErrorCode::NotFound, u"no metric told it, so whether the new secret works is not known"_s,
                    m_on.where()}
            : Error{ErrorCode::BadReply,
                    u"%1%2, and at most %3 are expected: is it the secret that is signed with? To go back, rotate once "
                    "more and type the old one"_s.arg(last, m_last.unit, number(m_last.atMost)),
                    m_on.where()};
    return check;
}

QCborArray ExpectationStep::evidence() const
{
    QCborArray seen;
    for (const Seen &each : m_seen)
        seen.append(QCborArray{qint64{each.at.time_since_epoch() / 1ms},
                               each.value ? QCborValue(*each.value) : QCborValue(nullptr)});
    return {u"expectation"_s, title(), m_last.unit, m_last.atMost ? QCborValue(*m_last.atMost) : QCborValue(nullptr),
            seen};
}

} // namespace qd
