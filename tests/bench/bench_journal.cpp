/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
// How long it takes to verify a journal of a million entries, beside reading the same file with Qt's SQLite alone.
#include "audit/journal_file.h"
#include "audit/signing.h"
#include "audit/verdict.h"
#include "audit/witness.h"

#include <QCoreApplication>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QVariant>

#include <benchmark/benchmark.h>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace std::chrono_literals;

namespace {

constexpr qint64 entryCount = 1'000'000;
constexpr qint64 entriesPerAction = 6;

/// Drivers are found through the application.
void needApplication()
{
    static int argc = 1;
    static char name[] = "quarterdeck-bench";
    static char *argv[] = {name, nullptr};
    static const QCoreApplication application(argc, argv);
}

/// Made once: actions of two steps, each with a signed head.
class MillionEntries
{
public:
    MillionEntries()
    {
        needApplication();
        const auto identity = SigningIdentity::generate().value();
        const auto until = std::chrono::steady_clock::now() + 10min;
        auto file = JournalFile::open(path(), JournalFile::Access::Write, until).value();
        const auto written = file->change(until, [&]() -> Result<void> {
            Entry entry;
            entry.previous = beforeFirst();
            for (entry.seq = 1; entry.seq <= entryCount; ++entry.seq) {
                fill(entry);
                entry.hash = hashOf(entry);
                if (auto inserted = file->insert(entry); !inserted)
                    return inserted;
                if (entry.kind == "end"_L1) {
                    if (auto signedOne = file->insert(*signedHead(entry.seq, entry.hash, entry.at, identity));
                        !signedOne)
                        return signedOne;
                }
                entry.previous = entry.hash;
            }
            return {};
        });
        if (!written)
            qFatal("%s", qPrintable(written.error().message));
        const auto heads = file->heads().value();
        for (const Head &head : heads.last(1000)) {
            if (!appendToWitness(witness(), head))
                qFatal("no witness");
        }
    }

    [[nodiscard]] QString path() const { return m_directory.filePath(u"journal"_s); }
    [[nodiscard]] QString witness() const { return m_directory.filePath(u"witness"_s); }

private:
    static void fill(Entry &entry)
    {
        const qint64 action = (entry.seq - 1) / entriesPerAction;
        const qint64 place = (entry.seq - 1) % entriesPerAction;
        entry.at = Instant(1s * entry.seq);
        entry.kind = place == 0 ? u"start"_s : place == 5 ? u"end"_s : place % 2 == 1 ? u"intent"_s : u"outcome"_s;
        entry.operatorId = u"ada@example.com"_s;
        entry.host = u"bridge.example.com"_s;
        entry.deployment = u"quoted"_s;
        entry.planId = QByteArray(24, 'p') + QByteArray::number(action).rightJustified(8, '0');
        entry.step = static_cast<int>(place / 2);
        entry.reason = u"the cache serves an old price list since the deploy of 14:02"_s;
        entry.body = QByteArray(80, 'e');
    }

    QTemporaryDir m_directory;
};

const MillionEntries &million()
{
    static const MillionEntries entries;
    return entries;
}

void verifyAMillionEntries(benchmark::State &run)
{
    const MillionEntries &journal = million();
    for ([[maybe_unused]] auto _ : run) {
        const auto verdict = verifyJournal(journal.path(), journal.witness());
        if (!verdict || !verdict->whole() || verdict->entries != entryCount)
            run.SkipWithError("not whole");
    }
    run.SetItemsProcessed(run.iterations() * entryCount);
}
BENCHMARK(verifyAMillionEntries)->Unit(benchmark::kMillisecond);

void plainScanOfAMillionEntries(benchmark::State &run)
{
    const MillionEntries &journal = million();
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"scan"_s);
        database.setDatabaseName(journal.path());
        database.open();
        for ([[maybe_unused]] auto _ : run) {
            QSqlQuery query(database);
            query.setForwardOnly(true);
            query.exec(u"SELECT * FROM entries ORDER BY seq"_s);
            qint64 bytes = 0;
            while (query.next()) {
                for (int column = 0; column < 12; ++column)
                    bytes += query.value(column).toByteArray().size();
            }
            benchmark::DoNotOptimize(bytes);
        }
    }
    QSqlDatabase::removeDatabase(u"scan"_s);
    run.SetItemsProcessed(run.iterations() * entryCount);
}
BENCHMARK(plainScanOfAMillionEntries)->Unit(benchmark::kMillisecond);

} // namespace
