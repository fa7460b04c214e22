/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/platform_railway/railway.h"

#include <QJsonArray>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
ProgramRequest run(const RailwayOptions &options, QStringList arguments)
{
    arguments << u"--service"_s << options.service;
    if (!options.environment.isEmpty())
        arguments << u"--environment"_s << options.environment;
    return {.program = options.program, .arguments = arguments << u"--json"_s};
}

std::optional<Level> levelOf(const QString &status)
{
    static const std::map<QString, Level> words{
        {u"SUCCESS"_s, Level::Ok},
        {u"SLEEPING"_s, Level::Ok},
        {u"REMOVED"_s, Level::Ok},
        {u"REMOVING"_s, Level::Ok},
        {u"QUEUED"_s, Level::Ok},
        {u"WAITING"_s, Level::Ok},
        {u"INITIALIZING"_s, Level::Ok},
        {u"BUILDING"_s, Level::Ok},
        {u"DEPLOYING"_s, Level::Ok},
        {u"SKIPPED"_s, Level::Ok},
        {u"NEEDS_APPROVAL"_s, Level::Degraded},
        {u"CRASHED"_s, Level::Down},
        {u"FAILED"_s, Level::Down},
    };
    const auto known = words.find(status);
    return known == words.end() ? std::nullopt : std::optional(known->second);
}

void addDeploys(Findings &findings, const QJsonArray &list)
{
    bool isServed = false;
    for (qsizetype i = 0; i < list.size(); ++i) {
        const QJsonValue told = list.at(i);
        const auto at = [&](const QString &field) { return Origin{0, u"/%1/%2"_s.arg(i).arg(field)}; };
        Deploy deploy;
        deploy.id = cleaned(told["id"_L1].toString());
        if (deploy.id.isEmpty())
            continue;
        const QString status = told["status"_L1].toString();
        // The newest that came to serve; those before it are removed in a while.
        const bool serves = !isServed && (status == "SUCCESS"_L1 || status == "SLEEPING"_L1);
        isServed = isServed || serves;
        deploy.status = textAt(status, at(u"status"_s), 60);
        deploy.level = {.value = levelOf(status).value_or(Level::Unknown), .origin = at(u"status"_s)};
        deploy.isLive = {.value = serves ? 1 : 0, .origin = at(u"status"_s)};
        deploy.createdAt = timeAt(told["createdAt"_L1], at(u"createdAt"_s));
        const QJsonValue meta = told["meta"_L1];
        deploy.cause = textAt(deployCause(meta["reason"_L1].toString(), meta["commitHash"_L1].toString(),
                                          meta["commitMessage"_L1].toString(), meta["image"_L1].toString()),
                              at(u"meta"_s));
        findings.facts.append(deploy);
    }
}

Error shapeless(const QString &expected, const RailwayOptions &options)
{
    return {ErrorCode::BadReply, u"expected %1 in JSON from railway; is it version 4.10 or later?"_s.arg(expected),
            options.where()};
}

Result<QJsonArray> listIn(const ProgramTurn &turn, const RailwayOptions &options)
{
    const auto output = outputOf(turn, options.where());
    if (!output)
        return std::unexpected(output.error());
    const QJsonDocument document = QJsonDocument::fromJson(*output);
    if (!document.isArray())
        return std::unexpected(shapeless(u"a list"_s, options));
    return document.array();
}

Result<QJsonObject> variablesIn(const ProgramTurn &turn, const RailwayOptions &options)
{
    const auto output = outputOf(turn, options.where());
    if (!output)
        return std::unexpected(output.error());
    // It has no JSON for none.
    if (output->trimmed().isEmpty() && turn.reply->errors.startsWith("No variables found"))
        return QJsonObject();
    const QJsonDocument document = QJsonDocument::fromJson(*output);
    if (!document.isObject())
        return std::unexpected(shapeless(u"an object"_s, options));
    return document.object();
}

SourceAnswer answerOf(const QList<ProgramTurn> &turns, const RailwayOptions &options)
{
    const auto deploys = listIn(turns.first(), options);
    if (!deploys && turns.size() < 2)
        return {.outcome = std::unexpected(deploys.error()), .exchanges = {}};
    Findings findings;
    SourceAnswer answer{.outcome = Findings(), .exchanges = {}};
    answer.exchanges.append(evidence(turns.first().command, deploys ? QJsonDocument(*deploys).toJson() : QByteArray()));
    if (deploys)
        addDeploys(findings, *deploys);
    else
        findings.refusals.append({QString::fromLatin1(Deploy::kind), deploys.error()});

    const auto all = variablesIn(turns.at(1), options);
    if (!all) {
        if (!deploys)
            return {.outcome = std::unexpected(deploys.error()), .exchanges = {}};
        refuseVariables(findings, options.map, all.error());
        answer.outcome = findings;
        return answer;
    }
    QList<PlatformVariable> variables;
    QJsonObject kept;
    for (auto it = all->begin(); it != all->end() && variables.size() < mostVariables; ++it) {
        const QString value = it->toString();
        kept.insert(it.key(), shownValue(options.map, it.key(), value));
        variables.append({.key = it.key(),
                          .origin = {1, pointerStep(it.key())},
                          .setting = settingOf(options.map, it.key(), value)});
    }
    answer.exchanges.append(shownVariables(turns.at(1).command, QJsonDocument(kept)));
    const std::optional<Error> rest =
        all->size() > variables.size() ? std::optional(tooManyVariables(options.where())) : std::nullopt;
    addVariables(findings, variables, options.map, {1, {}}, options.where(), rest);
    if (rest)
        findings.refusals.append({QString::fromLatin1(Variable::kind) + u"/rest"_s, *rest});
    answer.outcome = findings;
    return answer;
}
} // namespace

QString RailwayOptions::where() const
{
    return environment.isEmpty() ? u"railway service %1"_s.arg(service)
                                 : u"railway service %1, %2"_s.arg(service, environment);
}

std::variant<ProgramRequest, SourceAnswer> askRailway(const QList<ProgramTurn> &turns, const RailwayOptions &options)
{
    if (turns.isEmpty())
        return run(options, {u"deployment"_s, u"list"_s, u"--limit"_s, u"20"_s});
    // Without the program, or in no time left, it need not be asked again.
    if (turns.size() == 1 && turns.first().reply)
        return run(options, {u"variables"_s});
    return answerOf(turns, options);
}

std::expected<RailwayOptions, QList<Error>> railwayOptions(const SourceSpec &spec)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    RailwayOptions options;
    options.program = programIn(reader, options.program);
    if (!reader.has(u"service"))
        static_cast<void>(reader.requiredString(u"service"));
    options.service = argumentIn(reader, u"service");
    options.environment = argumentIn(reader, u"environment");
    options.map = readPlatformMap(reader, &errors);
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return options;
}

std::expected<SourceFactory, QList<Error>> railwayFactory(const SourceSpec &spec, const Profile &)
{
    const auto options = railwayOptions(spec);
    if (!options)
        return std::unexpected(options.error());
    return programSources(spec.deadline, *options, &askRailway);
}

} // namespace qd
