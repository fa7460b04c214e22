/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/verdict.h"

#include "audit/journal_file.h"
#include "audit/witness.h"

#include <algorithm>
#include <chrono>
#include <ranges>

using namespace std::chrono_literals;

namespace qd {
namespace {

/// Each head covers all before it, so the newest say all that older ones could; each costs 0.1 ms.
constexpr qsizetype signaturesChecked = 2000;

/// A head, and who says so.
struct Mark
{
    Head head;
    bool fromWitness = false;
};

/// Walks along the entries, by number, and notes what does not fit.
class Examiner
{
public:
    Examiner(QList<Mark> marks, const QList<QByteArray> &trustedKeys)
        : m_marks(std::move(marks))
        , m_trustedKeys(trustedKeys)
    {
        std::ranges::stable_sort(m_marks, {}, [](const Mark &mark) { return mark.head.seq; });
        m_verdict.keysChecked = !trustedKeys.isEmpty();
        m_verdict.heads = std::ranges::count(m_marks, false, &Mark::fromWitness);
        checkSigners();
    }

    void take(const Entry &entry)
    {
        ++m_verdict.entries;
        const qint64 expected = m_verdict.lastSeq + 1;
        if (entry.seq > expected)
            note({Damage::Kind::Missing, expected, entry.seq - 1});
        else if (entry.seq < expected || entry.previous != m_hash)
            note({Damage::Kind::Unlinked, entry.seq});
        if (hashOf(entry) != entry.hash)
            note({Damage::Kind::Changed, entry.seq});
        m_verdict.lastSeq = entry.seq;
        m_hash = entry.hash;
        if (!m_verdict.unwitnessedSince)
            m_verdict.unwitnessedSince = entry.at;
        for (; m_next < m_marks.size() && m_marks[m_next].head.seq <= entry.seq; ++m_next) {
            if (m_marks[m_next].head.seq == entry.seq)
                compare(m_marks[m_next]);
        }
    }

    void breakOff() { note({Damage::Kind::Unreadable, m_verdict.lastSeq}); }

    Verdict finish(qint64 counted)
    {
        if (counted > m_verdict.lastSeq)
            note({Damage::Kind::Truncated, m_verdict.lastSeq, counted});
        // Of those behind the last entry the newest says it all.
        for (const bool fromWitness : {false, true}) {
            const auto behind = std::find_if(m_marks.rbegin(), m_marks.rend(), [&](const Mark &mark) {
                return mark.fromWitness == fromWitness && mark.head.seq > m_verdict.lastSeq && believed(mark);
            });
            if (behind != m_marks.rend())
                note({fromWitness ? Damage::Kind::RolledBack : Damage::Kind::HeadWithoutEntry, m_verdict.lastSeq,
                      behind->head.seq});
        }
        return std::move(m_verdict);
    }

private:
    void note(const Damage &damage)
    {
        if (m_verdict.damages.size() < Verdict::maxDamages)
            m_verdict.damages += damage;
    }

    [[nodiscard]] bool trusted(const Mark &mark) const
    {
        return m_trustedKeys.isEmpty() || m_trustedKeys.contains(mark.head.key);
    }
    [[nodiscard]] bool believed(const Mark &mark) const { return trusted(mark) && isGenuine(mark.head); }

    void checkSigners()
    {
        qsizetype checked = 0;
        for (const Mark &mark : m_marks | std::views::reverse) {
            if (!trusted(mark))
                note({mark.fromWitness ? Damage::Kind::WitnessKeyUnknown : Damage::Kind::KeyUnknown, mark.head.seq});
            else if (++checked <= signaturesChecked && !isGenuine(mark.head))
                note({mark.fromWitness ? Damage::Kind::WitnessForged : Damage::Kind::HeadForged, mark.head.seq});
        }
    }

    void compare(const Mark &mark)
    {
        const bool agrees = mark.head.hash == m_hash;
        if (!mark.fromWitness) {
            if (!agrees)
                note({Damage::Kind::HeadContradicted, mark.head.seq});
            return;
        }
        if (m_rewritten)
            return; // and so do all that follow
        if (agrees && trusted(mark)) {
            m_verdict.witnessedSeq = mark.head.seq;
            m_verdict.witnessedAt = mark.head.at;
            m_verdict.unwitnessedSince.reset();
        } else if (!agrees && believed(mark)) {
            m_rewritten = true;
            note({Damage::Kind::Rewritten, m_verdict.witnessedSeq.value_or(0), mark.head.seq});
        }
    }

    QList<Mark> m_marks;
    const QList<QByteArray> m_trustedKeys;
    Verdict m_verdict;
    QByteArray m_hash = beforeFirst(); ///< of the entry before
    qsizetype m_next = 0;              ///< the first mark that was not compared
    bool m_rewritten = false;
};

} // namespace

Result<Verdict> verifyJournal(const QString &path, const QString &witness, const QList<QByteArray> &trustedKeys)
{
    // The witness first: what it holds by then is in the file by then, even while somebody writes both.
    WitnessLines lines;
    if (!witness.isEmpty()) {
        auto read = readWitness(witness);
        if (!read)
            return std::unexpected(read.error());
        lines = std::move(*read);
    }
    return verifyAgainst(path, lines, trustedKeys);
}

Result<Verdict> verifyAgainst(const QString &path, const WitnessLines &lines, const QList<QByteArray> &trustedKeys)
{
    const auto file = JournalFile::open(path, JournalFile::Access::ReadOnly, std::chrono::steady_clock::now() + 5s);
    if (!file)
        return std::unexpected(file.error());
    Verdict verdict;
    const auto examined = (*file)->look([&]() -> Result<void> {
        const auto heads = (*file)->heads();
        if (!heads)
            return std::unexpected(heads.error());
        const auto counted = (*file)->counted();
        if (!counted)
            return std::unexpected(counted.error());
        QList<Mark> marks;
        for (const Head &head : *heads)
            marks += {head, false};
        for (const Head &head : lines.heads)
            marks += {head, true};
        Examiner examiner(std::move(marks), trustedKeys);
        const auto walked = (*file)->eachEntry([&examiner](const Entry &entry) {
            examiner.take(entry);
            return true;
        });
        if (!walked && walked.error().code != ErrorCode::BadReply)
            return walked;
        if (!walked)
            examiner.breakOff();
        verdict = examiner.finish(*counted);
        return {};
    });
    if (!examined)
        return std::unexpected(examined.error());
    verdict.unreadableWitnessLines = lines.unreadable;
    return verdict;
}

} // namespace qd
