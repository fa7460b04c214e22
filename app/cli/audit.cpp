/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/audit.h"

#include "actions/pg_witness.h"
#include "audit/journal_file.h"
#include "audit/signing.h"
#include "audit/verdict.h"
#include "cli/json_report.h"
#include "cli/output.h"
#include "cli/terminal_text.h"
#include "sources/source.h"
#include "words/action_words.h"
#include "words/audit_words.h"
#include "words/security_log.h"

#include <QCborArray>
#include <QCborValue>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::cli {

namespace {

constexpr int cannotBeRead = 3;
constexpr int tamperedWith = 1;
constexpr auto patience = 10s;
constexpr int tailLength = 10;
/// As much of a plan's id as tells it from others.
constexpr qsizetype shortId = 12;

int unreadable(const Error &error)
{
    printError(forTerminal(u"%1: %2."_s.arg(error.where, error.message)));
    return cannotBeRead;
}

Result<std::unique_ptr<JournalFile>> opened(const Options &options)
{
    return JournalFile::open(options.profiles.first(), JournalFile::Access::ReadOnly,
                             std::chrono::steady_clock::now() + patience);
}

QString terminalLines(const QStringList &lines)
{
    QStringList safe;
    for (const QString &line : lines)
        safe += forTerminal(line);
    return safe.join(u'\n');
}

} // namespace

int verifyAudit(const Options &options)
{
    QList<QByteArray> keys;
    for (const QString &text : options.keys) {
        auto key = publicKeyFromText(text);
        if (!key)
            return unreadable({key.error().code, key.error().message, u"--key "_s + text});
        keys += *key;
    }
    WitnessLines lines;
    // The witness first: what it holds by then is in the file by then, even while somebody writes both.
    if (!options.witness.isEmpty()) {
        auto read = readWitness(options.witness);
        if (!read)
            return unreadable(read.error());
        lines = std::move(*read);
    }
    if (!options.witnessConnection.isEmpty()) {
        const auto connection = witnessConnection(options.witnessConnection, options.witnessProfile);
        const auto read = connection ? readWitness(*connection, keys, std::chrono::steady_clock::now() + patience)
                                     : std::unexpected(connection.error());
        if (!read)
            return unreadable(read.error());
        lines.heads += read->heads;
        lines.unreadable += read->unreadable;
    }
    const auto verdict = verifyAgainst(options.profiles.first(), lines, keys);
    if (!verdict)
        return unreadable(verdict.error());
    print(terminalLines(words::summary(*verdict)));
    return verdict->whole() ? 0 : tamperedWith;
}

int exportAudit(const Options &options)
{
    const auto file = opened(options);
    if (!file)
        return unreadable(file.error());
    const auto printed = (*file)->eachEntry([&options](const Entry &entry) {
        print(options.json ? auditJson(entry) : auditLine(entry));
        return true;
    });
    const auto verdict = verifyJournal(options.profiles.first());
    if (!verdict)
        return unreadable(verdict.error());
    if (!verdict->whole())
        printError(terminalLines(words::summary(*verdict)));
    if (!printed && verdict->whole())
        return unreadable(printed.error());
    return verdict->whole() ? 0 : tamperedWith;
}

int tailAudit(const Options &options)
{
    const auto file = opened(options);
    if (!file)
        return unreadable(file.error());
    const auto entries = (*file)->entries({.limit = options.count > 0 ? options.count : tailLength, .newest = true});
    if (!entries)
        return unreadable(entries.error());
    for (const Entry &entry : *entries)
        print(auditLine(entry));
    return 0;
}

int rotationsAudit(const Options &options)
{
    const auto log = rotationsIn(options.profiles.first(), options.profiles.value(1));
    if (!log)
        return unreadable(log.error());
    print(terminalLines(words::securityLog(*log, SystemClock().now()).trimmed().split(u'\n')));
    return log->verdict.whole() ? 0 : tamperedWith;
}

namespace {
/// What was begun ("Turn voice_quotes off", "Undo: turn voice_quotes on again"), or what came of it ("done", "failed:
/// no complete answer").
QString toldBy(const Entry &entry)
{
    const QCborArray body = QCborValue::fromCbor(entry.body).toArray();
    if (entry.kind == "start"_L1 || entry.kind == "resume"_L1 || entry.kind == "undo"_L1 || entry.kind == "settle"_L1) {
        const auto plan = planFrom(body.at(0).toByteArray());
        if (!plan)
            return {};
        return entry.kind == "undo"_L1 ? words::deedOfUndo(*plan, body.at(1).toString() == "due"_L1)
                                       : words::deed(*plan);
    }
    if (entry.kind == "approval"_L1) {
        const auto approval = approvalFrom(body.at(1).toString().toLatin1());
        return approval ? u"approved by %1"_s.arg(approval->approver) : QString();
    }
    if (entry.kind == "revert"_L1 && body.at(0).toString() == "due"_L1)
        return u"due %1"_s.arg(toJson(Instant(Instant::duration(body.at(1).toInteger()))));
    if (entry.kind != "revert"_L1 && entry.kind != "outcome"_L1 && entry.kind != "end"_L1 && entry.kind != "halt"_L1)
        return {};
    const QString error = body.at(2).toString();
    return error.isEmpty() ? body.at(0).toString() : u"%1: %2"_s.arg(body.at(0).toString(), error);
}
} // namespace

QString auditLine(const Entry &entry)
{
    QStringList words{QString::number(entry.seq), toJson(entry.at), entry.kind,
                      u"%1@%2"_s.arg(entry.operatorId, entry.host), entry.deployment};
    if (!entry.planId.isEmpty())
        words += u"plan "_s + QString::fromLatin1(entry.planId.toHex().first(shortId));
    if (entry.step >= 0 && entry.kind != "end"_L1)
        words += u"step %1"_s.arg(entry.step + 1);
    if (const QString told = toldBy(entry); !told.isEmpty())
        words += told;
    if (!entry.reason.isEmpty())
        words += entry.reason;
    return forTerminal(words.join(u"  "_s));
}

QString auditJson(const Entry &entry)
{
    QCborParserError error;
    const QCborValue body = QCborValue::fromCbor(entry.body, &error);
    const QJsonObject object{
        {u"seq"_s, entry.seq},
        {u"at"_s, toJson(entry.at)},
        {u"kind"_s, entry.kind},
        {u"operator"_s, entry.operatorId},
        {u"host"_s, entry.host},
        {u"deployment"_s, entry.deployment},
        {u"plan"_s, entry.planId.isEmpty() ? QJsonValue() : QString::fromLatin1(entry.planId.toHex())},
        {u"step"_s, entry.step < 0 ? QJsonValue() : QJsonValue(entry.step)},
        {u"reason"_s, entry.reason},
        {u"evidence"_s, error.error == QCborError::NoError ? body.toJsonValue() : QJsonValue()},
        {u"evidence_cbor"_s, QString::fromLatin1(entry.body.toBase64())},
        {u"previous"_s, QString::fromLatin1(entry.previous.toHex())},
        {u"hash"_s, QString::fromLatin1(entry.hash.toHex())}};
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

} // namespace qd::cli
