/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/change_lines.h"

#include "cli/json_report.h"
#include "cli/terminal_text.h"
#include "words/words.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace qd::cli {

namespace {

QString compact(const QJsonObject &object)
{
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

QJsonObject stamped(const DeploymentView &view, const QString &type)
{
    return {{u"type"_s, type},
            {u"seen_at"_s, toJson(view.at)},
            {u"deployment"_s, view.name},
            {u"environment"_s, view.environment}};
}

// Numbers in a reason (a hit rate, a countdown) move all the time; what it is about does not.
QString gist(const QList<Reason> &reasons)
{
    QString gist;
    for (const Reason &reason : reasons)
        gist += u"%1:%2:%3;"_s.arg(int(reason.code)).arg(int(reason.status)).arg(reason.subject);
    return gist;
}

} // namespace

QStringList ChangeLines::next(const void *id, const DeploymentView &view)
{
    const bool first = !m_seen.contains(id);
    Seen &seen = m_seen[id];
    QStringList lines;
    if (!first) {
        // Newest first, but by when they happened: what is seen now may be older than what was told before.
        for (const Event &event : view.events) {
            // The status has a line of its own.
            if (event.kind != EventKind::StatusChanged && !seen.events.contains(event))
                lines.prepend(line(view, event));
        }
    }
    const QString reasons = gist(view.reasons);
    if (first || view.status != seen.status || reasons != seen.reasons)
        lines += statusLine(view);
    seen = {.events = view.events, .reasons = reasons, .status = view.status};
    return lines;
}

QString ChangeLines::line(const DeploymentView &view, const Event &event) const
{
    if (m_form == Form::Json) {
        QJsonObject object = toJson(event);
        const QJsonObject stamp = stamped(view, u"event"_s);
        for (auto it = stamp.begin(); it != stamp.end(); ++it)
            object[it.key()] = it.value();
        return compact(object);
    }
    return forTerminal(u"%1  %2  %3"_s.arg(words::clockTime(event.at), view.name, words::sentence(event)));
}

QString ChangeLines::statusLine(const DeploymentView &view) const
{
    if (m_form == Form::Json) {
        QJsonObject object = stamped(view, u"status"_s);
        object[u"status"_s] = toWord(view.status);
        QJsonArray reasons;
        for (const Reason &reason : view.reasons)
            reasons += toJson(reason);
        object[u"reasons"_s] = reasons;
        return compact(object);
    }
    const QString why = words::headline(view);
    return forTerminal(u"%1  %2  %3%4"_s.arg(words::clockTime(view.at), view.name, words::statusLine(view),
                                             why.isEmpty() ? QString() : u": "_s + why));
}

} // namespace qd::cli
