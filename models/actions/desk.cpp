/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/desk.h"

#include "actions/pg_witness.h"

#include <QCborArray>
#include <QCborValue>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <QSysInfo>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QString userName()
{
    for (const char *variable : {"QUARTERDECK_OPERATOR", "USER", "USERNAME", "LOGNAME"}) {
        if (const QString name = qEnvironmentVariable(variable); !name.isEmpty())
            return name.left(maxNameLength);
    }
    const QString home = QDir::home().dirName(); // a service's environment may name nobody
    return home.isEmpty() ? u"unknown"_s : home.left(maxNameLength);
}

QString directoryOf(const DeskPlace &place)
{
    return place.directory.isEmpty()
               ? QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + u"/quarterdeck"_s
               : place.directory;
}

Result<SigningIdentity> ownKey(const QString &path)
{
    if (QFileInfo::exists(path))
        return SigningIdentity::load(path);
    auto made = SigningIdentity::generate();
    if (!made)
        return made;
    // Two consoles that start at once: the first to write it wins.
    if (const auto saved = made->save(path); !saved)
        return QFileInfo::exists(path) ? SigningIdentity::load(path) : std::unexpected(saved.error());
    return made;
}
} // namespace

QString journalPath(const DeskPlace &place)
{
    return directoryOf(place) + u"/journal.sqlite"_s;
}

Result<Desk> openDesk(const DeskPlace &place, std::chrono::milliseconds deadline)
{
    if (place.readOnly)
        return failure(ErrorCode::Forbidden,
                       u"this console is read-only: it watches, and nothing can be done from it. Start it without "
                       "--read-only to act"_s);
    const QString directory = directoryOf(place);
    if (!QDir().mkpath(directory) ||
        !QFile::setPermissions(directory, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner))
        return failure(ErrorCode::Forbidden,
                       u"the directory of the journal cannot be made; nothing is done without one"_s, directory);
    auto key = ownKey(directory + u"/operator.pem"_s);
    if (!key)
        return std::unexpected(key.error());
    const auto identity = std::make_shared<const SigningIdentity>(std::move(*key));
    auto journal =
        Journal::open({.path = journalPath(place),
                       .witness = place.witness,
                       .secondWitness = place.witnessStore ? witnessIn(*place.witnessStore) : WitnessWriter::Write(),
                       .identity = identity},
                      deadline);
    if (!journal)
        return std::unexpected(journal.error());
    return Desk{.who = {.id = userName(),
                        .host = QSysInfo::machineHostName().left(maxNameLength),
                        .key = identity->publicKey()},
                .journal = std::move(*journal),
                .identity = identity};
}

Result<Approval> approveAt(Desk &desk, const std::optional<Policy> &policy, const Plan &plan, Instant now,
                           std::chrono::milliseconds time, std::chrono::milliseconds deadline)
{
    if (!policy)
        return failure(ErrorCode::NotFound, u"there is no policy, so nobody may approve; write one"_s);
    if (auto refusal = whyNotApprover(*policy, plan, desk.who))
        return std::unexpected(std::move(*refusal));
    const auto approval = approve(plan, desk.who, *desk.identity, now, time);
    if (!approval)
        return approval;
    // Whoever approves can be asked about it, too.
    const auto noted = desk.journal->append(
        {.kind = u"note"_s,
         .operatorId = desk.who.id,
         .host = desk.who.host,
         .deployment = plan.target.deployment,
         .planId = plan.id(),
         .reason = plan.reason,
         .body = QCborValue(QCborArray{u"approved"_s, QString::fromLatin1(toLine(*approval))}).toCbor()},
        deadline);
    return noted ? approval : std::unexpected(noted.error());
}

Result<Plan> plannedIn(Journal &journal, const QByteArray &planId, std::chrono::milliseconds deadline)
{
    const auto entries = journal.entries({.planId = planId}, deadline);
    if (!entries)
        return std::unexpected(entries.error());
    for (const Entry &entry : *entries) {
        if (entry.kind == "start"_L1)
            return planFrom(QCborValue::fromCbor(entry.body).toArray().at(0).toByteArray());
    }
    return failure(ErrorCode::NotFound, u"the journal knows no plan %1"_s.arg(shortId(planId)));
}

} // namespace qd
