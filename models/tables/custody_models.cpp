/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "tables/custody_models.h"

#include "watch/custody.h"
#include "watch/row_parts.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
template <class F>
Row rowFor(const Told<F> &told)
{
    return {.key = told.fact.name(),
            .cells = {},
            .subject = told.fact.name(),
            .status = told.status,
            .freshness = told.freshness,
            .depth = 0};
}

template <class F, class T>
Cell cellOf(CellUnit unit, const Told<F> &told, const Value<T> &value, std::optional<Status> status = {})
{
    Cell cell = shown(unit, asTold(told.source, value), told.freshness);
    cell.status = status;
    return cell;
}

/// What was concluded from `inputs`: a code that ui says in words.
template <class F>
Cell concluded(const Told<F> &told, const QString &word, Status status, const QString &rule,
               const QList<Because> &inputs)
{
    return {.value = word,
            .unit = CellUnit::Text,
            .known = knownOf(told.freshness, true),
            .status = status,
            .because = Because{.source = told.source, .origin = {}, .formula = word, .rule = rule, .inputs = inputs}};
}

Status statusOf(ApiKeyStanding standing)
{
    switch (standing) {
    case ApiKeyStanding::Expiring:
        return Status::Degraded;
    case ApiKeyStanding::InUse:
        return Status::Ok;
    case ApiKeyStanding::NeverUsed:
    case ApiKeyStanding::Expired:
    case ApiKeyStanding::Revoked:
        return Status::Muted;
    case ApiKeyStanding::Unknown:
        break;
    }
    return Status::Unknown;
}

QString ruleOf(ApiKeyStanding standing)
{
    return standing == ApiKeyStanding::Expiring ? u"expires within %1 days"_s.arg(expiringWithin.count()) : QString();
}

Status statusOf(KeyNeed need)
{
    switch (need) {
    case KeyNeed::Signs:
        return Status::Ok;
    case KeyNeed::Waits:
    case KeyNeed::Tokens:
    case KeyNeed::Nothing:
    case KeyNeed::Retired:
        return Status::Muted;
    case KeyNeed::Unknown:
        break;
    }
    return Status::Unknown;
}

Status statusOf(FlagStanding standing)
{
    switch (standing) {
    case FlagStanding::Live:
        return Status::Ok;
    case FlagStanding::Waiting:
        return Status::Degraded;
    case FlagStanding::Unknown:
        break;
    }
    return Status::Unknown;
}
} // namespace

QList<TableColumn> BackupModel::columns() const
{
    return {{"file"_L1, CellUnit::Text},   {"taken_at"_L1, CellUnit::Moment}, {"size"_L1, CellUnit::Bytes},
            {"format"_L1, CellUnit::Text}, {"location"_L1, CellUnit::Text},   {"trouble"_L1, CellUnit::Text}};
}

QList<Row> BackupModel::rows(const DeploymentView &view) const
{
    QList<Told<Backup>> files = view.backups.rows;
    std::ranges::stable_sort(files, std::ranges::greater{}, [](const auto &row) { return row.fact.takenAt.value; });
    QList<Row> rows;
    for (const Told<Backup> &told : std::as_const(files)) {
        const Backup &backup = told.fact;
        Row row = rowFor(told);
        row.key = backup.location.valueOr({}) + u'\n' + backup.id;
        Cell trouble = cellOf(CellUnit::Text, told, backup.trouble, Status::Degraded);
        if (isGood(backup))
            trouble = concluded(told, u"none"_s, Status::Ok, {}, {because(told.source, backup.size)});
        row.cells = {given(backup.id),
                     cellOf(CellUnit::Moment, told, backup.takenAt),
                     cellOf(CellUnit::Bytes, told, backup.size),
                     cellOf(CellUnit::Text, told, backup.format),
                     cellOf(CellUnit::Text, told, backup.location),
                     trouble};
        rows += row;
    }
    return rows;
}

QList<TableColumn> SigningKeyModel::columns() const
{
    return {{"key"_L1, CellUnit::Text},
            {"state"_L1, CellUnit::KeyState},
            {"need"_L1, CellUnit::Text},
            {"tokens"_L1, CellUnit::Count},
            {"last_token_expiry"_L1, CellUnit::Moment},
            {"created_at"_L1, CellUnit::Moment},
            {"activated_at"_L1, CellUnit::Moment},
            {"retire_after"_L1, CellUnit::Moment},
            {"where"_L1, CellUnit::Text}};
}

QList<Row> SigningKeyModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    for (const Told<SigningKey> &told : byLife(view.signingKeys)) {
        const SigningKey &key = told.fact;
        const KeyNeed need = needOf(key);
        Row row = rowFor(told);
        row.cells = {given(key.id),
                     cellOf(CellUnit::KeyState, told, key.state),
                     concluded(told, toWord(need), statusOf(need), {},
                               {because(told.source, key.state), because(told.source, key.tokens)}),
                     cellOf(CellUnit::Count, told, key.tokens),
                     cellOf(CellUnit::Moment, told, key.lastTokenExpiry),
                     cellOf(CellUnit::Moment, told, key.createdAt),
                     cellOf(CellUnit::Moment, told, key.activatedAt),
                     cellOf(CellUnit::Moment, told, key.retireAfter),
                     cellOf(CellUnit::Text, told, key.where)};
        rows += row;
    }
    return rows;
}

QList<TableColumn> ApiKeyModel::columns() const
{
    return {
        {"prefix"_L1, CellUnit::Text},       {"label"_L1, CellUnit::Text},        {"tier"_L1, CellUnit::Text},
        {"role"_L1, CellUnit::Text},         {"standing"_L1, CellUnit::Text},     {"last_used_at"_L1, CellUnit::Moment},
        {"expires_at"_L1, CellUnit::Moment}, {"revoked_at"_L1, CellUnit::Moment}, {"created_at"_L1, CellUnit::Moment}};
}

QList<Row> ApiKeyModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    for (const Told<ApiKey> &told : view.apiKeys.rows) {
        const ApiKey &key = told.fact;
        const ApiKeyStanding standing = standingOf(key, view.at);
        Row row = rowFor(told);
        row.subject = key.prefix.valueOr(key.id);
        row.cells = {key.prefix.has() ? cellOf(CellUnit::Text, told, key.prefix) : given(key.id),
                     cellOf(CellUnit::Text, told, key.label),
                     cellOf(CellUnit::Text, told, key.tier),
                     cellOf(CellUnit::Text, told, key.role),
                     concluded(told, toWord(standing), statusOf(standing), ruleOf(standing),
                               {because(told.source, key.revokedAt), because(told.source, key.expiresAt),
                                because(told.source, key.lastUsedAt)}),
                     cellOf(CellUnit::Moment, told, key.lastUsedAt),
                     cellOf(CellUnit::Moment, told, key.expiresAt),
                     cellOf(CellUnit::Moment, told, key.revokedAt),
                     cellOf(CellUnit::Moment, told, key.createdAt)};
        rows += row;
    }
    return rows;
}

namespace {
/// What the platform or a store holds is live in a service that runs: where the service is silent, nobody can tell.
template <class F>
Cell standingCell(const DeploymentView &view, const Told<F> &told, FlagStanding standing, const QList<Because> &inputs)
{
    const auto isService = [](const SourceView &source) { return source.isService; };
    const auto answers = [](const SourceView &source) {
        return source.isService && source.freshness.kind == Freshness::Kind::Fresh;
    };
    const bool isSilent = std::ranges::any_of(view.sources, isService) && std::ranges::none_of(view.sources, answers);
    if (isSilent && standing == FlagStanding::Live)
        return concluded(told, u"silent"_s, Status::Unknown, u"no source of the service answers"_s, inputs);
    return concluded(told, toWord(standing), statusOf(standing), {}, inputs);
}
} // namespace

QList<TableColumn> FlagModel::columns() const
{
    return {{"flag"_L1, CellUnit::Text},         {"set"_L1, CellUnit::Text},      {"effective"_L1, CellUnit::Text},
            {"standing"_L1, CellUnit::Text},     {"rollout"_L1, CellUnit::Share}, {"updated_by"_L1, CellUnit::Text},
            {"updated_at"_L1, CellUnit::Moment}, {"where"_L1, CellUnit::Text}};
}

QList<Row> FlagModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    for (const Told<FeatureFlag> &told : view.flags.rows) {
        const FeatureFlag &flag = told.fact;
        const FlagStanding standing = standingOf(flag, view.variables);
        Row row = rowFor(told);
        Cell rollout = cellOf(CellUnit::Share, told, flag.rollout);
        if (flag.rollout.has())
            rollout.value = static_cast<double>(*flag.rollout) / 100;
        QList<Because> inputs{because(told.source, flag.set)};
        if (flag.effective.has())
            inputs.append(because(told.source, flag.effective));
        row.cells = {given(flag.key),
                     cellOf(CellUnit::Text, told, flag.set),
                     cellOf(CellUnit::Text, told, flag.effective),
                     standingCell(view, told, standing, inputs),
                     rollout,
                     cellOf(CellUnit::Text, told, flag.updatedBy),
                     cellOf(CellUnit::Moment, told, flag.updatedAt),
                     cellOf(CellUnit::Text, told, flag.where)};
        const auto said = m_said.constFind(flag.key);
        Cell &stands = row.cells[columnOf("standing"_L1)];
        if (said != m_said.cend() && stands.value != u"silent"_s)
            stands = concluded(told, said->text, statusOf(said->standing), said->rule, inputs);
        rows += row;
    }
    return rows;
}

QList<TableColumn> VariableModel::columns() const
{
    return {{"variable"_L1, CellUnit::Text},
            {"standing"_L1, CellUnit::Text},
            {"updated_at"_L1, CellUnit::Moment},
            {"source"_L1, CellUnit::Text}};
}

QList<Row> VariableModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    for (const Told<Variable> &told : view.variables.rows) {
        const Variable &variable = told.fact;
        const FlagStanding standing = !variable.isLive.has()  ? FlagStanding::Unknown
                                      : *variable.isLive != 0 ? FlagStanding::Live
                                                              : FlagStanding::Waiting;
        Row row = rowFor(told);
        row.cells = {given(variable.key), standingCell(view, told, standing, {because(told.source, variable.isLive)}),
                     cellOf(CellUnit::Moment, told, variable.updatedAt), given(told.source)};
        rows += row;
    }
    return rows;
}

Value<Instant> dateOf(const Deploy &deploy)
{
    return deploy.finishedAt.has() ? deploy.finishedAt : deploy.createdAt;
}

const Told<Deploy> *newestDeploy(const DeploymentView &view)
{
    const auto newest = std::ranges::max_element(view.deploys.rows, {},
                                                 [](const Told<Deploy> &told) { return dateOf(told.fact).value; });
    return newest == view.deploys.rows.end() || !dateOf(newest->fact).has() ? nullptr : &*newest;
}

QList<TableColumn> DeployModel::columns() const
{
    return {{"deploy"_L1, CellUnit::Text},        {"status"_L1, CellUnit::Text}, {"started_at"_L1, CellUnit::Moment},
            {"finished_at"_L1, CellUnit::Moment}, {"cause"_L1, CellUnit::Text},  {"source"_L1, CellUnit::Text}};
}

QList<Row> DeployModel::rows(const DeploymentView &view) const
{
    QList<Told<Deploy>> deploys = view.deploys.rows;
    std::ranges::stable_sort(deploys, std::ranges::greater{},
                             [](const Told<Deploy> &told) { return dateOf(told.fact).value; });
    QList<Row> rows;
    for (const Told<Deploy> &told : std::as_const(deploys)) {
        const Deploy &deploy = told.fact;
        const bool hasFailed = deploy.level.has() && *deploy.level == Level::Down;
        const bool isLive = deploy.isLive.has() && *deploy.isLive != 0;
        Row row = rowFor(told);
        row.key = told.source + u'\n' + deploy.id;
        row.cells = {given(deploy.id),
                     cellOf(CellUnit::Text, told, deploy.status,
                            hasFailed ? Status::Degraded
                            : isLive  ? Status::Ok
                                      : Status::Muted),
                     cellOf(CellUnit::Moment, told, deploy.createdAt),
                     cellOf(CellUnit::Moment, told, deploy.finishedAt),
                     cellOf(CellUnit::Text, told, deploy.cause),
                     given(told.source)};
        rows += row;
    }
    return rows;
}

} // namespace qd
