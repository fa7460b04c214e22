/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "platform.h"

#include <QRandomGenerator>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

constexpr int buildMs = 6000;
constexpr int updateMs = 1500;

/// As platforms make them: lower-case letters and digits.
QString newId(int length)
{
    static constexpr char alphabet[] = "0123456789abcdefghijklmnopqrstuv";
    QString id;
    for (int i = 0; i < length; ++i)
        id += QLatin1Char(alphabet[QRandomGenerator::system()->bounded(32)]);
    return id;
}

QString newCommit()
{
    QString hash;
    for (int i = 0; i < 5; ++i)
        hash += QString::number(QRandomGenerator::system()->generate(), 16).rightJustified(8, u'0');
    return hash;
}

bool isUnderWay(const Platform::Deploy &deploy)
{
    return !deploy.finishedAt.isValid();
}

} // namespace

Platform::Platform(const Variables &variables, Run run, double timeScale)
    : m_run(std::move(run))
    , m_timeScale(timeScale)
    , m_variables(variables)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &Platform::step);
    addPast("Cart keeps its items over a login", 24);
    addPast("Payments carry their order's number", 11);
    addPast("Retry push notifications three times", 3);
    m_deploys.first().state = State::Live;
    m_createdAt = m_deploys.last().createdAt.addSecs(-3600);
    m_startedAt = m_deploys.first().finishedAt;
}

void Platform::set(const QString &key, const QString &value)
{
    m_variables.insert(key, value);
    m_changed.insert(key, QDateTime::currentDateTimeUtc());
}

Result<void> Platform::start(const Variables &variables)
{
    auto done = m_run(variables);
    if (done)
        m_startedAt = QDateTime::currentDateTimeUtc();
    return done;
}

void Platform::addPast(const char *message, int daysAgo)
{
    const QDateTime at = QDateTime::currentDateTimeUtc().addDays(-daysAgo);
    m_deploys.prepend({.id = u"dep-"_s + newId(20),
                       .commit = newCommit(),
                       .message = QString::fromLatin1(message),
                       .cause = Cause::Commit,
                       .state = State::Deactivated,
                       .variables = m_variables,
                       .createdAt = at,
                       .updatedAt = at.addSecs(141),
                       .finishedAt = at.addSecs(140)});
}

const Platform::Deploy *Platform::find(const QString &id) const
{
    const auto it = std::ranges::find(m_deploys, id, &Deploy::id);
    return it == m_deploys.end() ? nullptr : &*it;
}

const Platform::Deploy &Platform::live() const
{
    return *std::ranges::find(m_deploys, State::Live, &Deploy::state);
}

const Platform::Deploy &Platform::deploy()
{
    Deploy deploy = live();
    const auto latest = std::ranges::find(m_deploys, Cause::Commit, &Deploy::cause);
    deploy.commit = latest->commit;
    deploy.message = latest->message;
    deploy.cause = Cause::Request;
    deploy.variables = m_variables;
    return begin(deploy);
}

Result<Platform::Deploy> Platform::rollBack(const QString &id)
{
    const Deploy *to = find(id);
    if (!to)
        return failure(ErrorCode::NotFound, u"no deploy is called so"_s, id);
    if (to->state != State::Live && to->state != State::Deactivated)
        return failure(ErrorCode::BadInput, u"that deploy never was live"_s, id);
    Deploy deploy = *to;
    deploy.cause = Cause::RollBack;
    return begin(deploy);
}

Result<void> Platform::restart()
{
    m_restarts.prepend(QDateTime::currentDateTimeUtc());
    return start(live().variables);
}

const Platform::Deploy &Platform::begin(Deploy deploy)
{
    deploy.id = u"dep-"_s + newId(20);
    deploy.state = State::Queued;
    deploy.createdAt = deploy.updatedAt = QDateTime::currentDateTimeUtc();
    deploy.finishedAt = {};
    m_deploys.prepend(deploy);
    if (!m_timer.isActive())
        step();
    return m_deploys.first();
}

Platform::Deploy *Platform::underWay()
{
    const auto oldest = std::find_if(m_deploys.rbegin(), m_deploys.rend(), isUnderWay);
    return oldest == m_deploys.rend() ? nullptr : &*oldest;
}

void Platform::step()
{
    Deploy *deploy = underWay();
    if (!deploy)
        return;
    int wait = 0;
    if (deploy->state == State::Queued && deploy->cause != Cause::RollBack) {
        deploy->state = State::Building;
        wait = buildMs;
    } else if (deploy->state != State::Updating) {
        deploy->state = State::Updating; // a roll-back takes the build that is there
        wait = updateMs;
    } else {
        finish(*deploy);
    }
    deploy->updatedAt = QDateTime::currentDateTimeUtc();
    m_timer.start(static_cast<int>(wait / m_timeScale));
}

void Platform::finish(Deploy &deploy)
{
    Deploy &before = *std::ranges::find(m_deploys, State::Live, &Deploy::state);
    if (start(deploy.variables)) {
        before.state = State::Deactivated;
        before.updatedAt = QDateTime::currentDateTimeUtc();
        deploy.state = State::Live;
    } else {
        deploy.state = State::Failed;
        if (const auto back = start(before.variables); !back)
            qWarning("the deploy before does not serve either: %s", qPrintable(back.error().message));
    }
    deploy.finishedAt = QDateTime::currentDateTimeUtc();
}

} // namespace qd::sandbox
