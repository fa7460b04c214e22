/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/verify.h"

#include "actions/desk.h"
#include "cli/output.h"
#include "cli/terminal_text.h"
#include "cli/text_report.h"
#include "words/verify_words.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::cli {
namespace {
constexpr auto patience = 10s;

QJsonObject toJson(const Verified &verified)
{
    return {{u"name"_s, verified.name},
            {u"result"_s, toWord(verified.result)},
            {u"finding"_s, toWord(verified.finding)},
            {u"says"_s, words::finding(verified)},
            {u"command"_s, verified.command.isEmpty() ? QJsonValue() : QJsonValue(verified.command)},
            {u"status"_s, verified.status == 0 ? QJsonValue() : QJsonValue(verified.status)},
            {u"latency_ms"_s, verified.status == 0 ? QJsonValue() : QJsonValue(verified.latency.count())}};
}

void show(const Options &options, const QString &deployment, const QList<Verified> &results)
{
    if (options.json) {
        QJsonArray items;
        for (const Verified &each : results)
            items.append(toJson(each));
        const QJsonObject all{{u"deployment"_s, deployment}, {u"items"_s, items}};
        print(QString::fromUtf8(QJsonDocument(all).toJson(QJsonDocument::Compact)));
        return;
    }
    print(forTerminal(u"%1: %2"_s.arg(deployment, words::summary(results))));
    QList<QStringList> rows;
    for (const Verified &each : results)
        rows.append({words::say(each.result), each.title, words::finding(each)});
    print(alignedTable({u"Result"_s, u"What"_s, u"Found"_s}, rows).chopped(1));
}

/// That it was looked at is told; where it cannot be kept that is said, and changes nothing of what came of it.
void keep(const Options &options, const Profile &profile, const QList<Verified> &results, Instant at)
{
    if (options.readOnly)
        return;
    const auto desk = openDesk({.directory = options.desk, .witness = {}}, patience);
    if (!desk) {
        printError(forTerminal(u"The evidence could not be kept: %1"_s.arg(desk.error().message)));
        return;
    }
    const auto kept = desk->journal->append(evidenceOf(results, profile, at, desk->who.id, desk->who.host), patience);
    if (!kept)
        printError(forTerminal(u"The evidence could not be kept: %1"_s.arg(kept.error().message)));
}
} // namespace

int verifyAll(const Options &options, const Deployments &deployments)
{
    int code = deployments.broken().isEmpty() ? 0 : 1;
    for (const Logbook *logbook : deployments.logbooks()) {
        const auto list = checklistOf(logbook->profile());
        if (!list) {
            printError(textReport(list.error()).chopped(1));
            code = 1;
            continue;
        }
        if (list->isEmpty()) {
            printError(forTerminal(u"%1: its profile lists nothing under 'verify'"_s.arg(logbook->profile().name)));
            continue;
        }
        const auto results = verify(logbook->profile(), *list, {.mayBurst = options.bursts, .view = logbook->view()});
        show(options, logbook->profile().name, results);
        keep(options, logbook->profile(), results, logbook->clock().now());
        const auto summary = summaryOf(results);
        if (summary == Verified::Result::Failed)
            code = 1;
        else if (summary == Verified::Result::Unknown && code == 0)
            code = 3;
    }
    return code;
}

} // namespace qd::cli
