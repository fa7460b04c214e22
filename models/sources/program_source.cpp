/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/program_source.h"

#include "profile/connections.h"
#include "sources/evidence.h"

#include <QPointer>
#include <QRegularExpression>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using std::chrono::milliseconds;
using std::chrono::steady_clock;

class ProgramSource final : public QObject, public Source
{
public:
    ProgramSource(milliseconds deadline, ProgramDialogue dialogue)
        : m_deadline(deadline)
        , m_dialogue(std::move(dialogue))
    {
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        const auto line = std::make_shared<Call::Line>();
        m_turns.clear();
        m_until = steady_clock::now() + m_deadline;
        goOn(line, std::move(done));
        return Call(line, [self = QPointer(this)] {
            if (self)
                self->m_step.drop();
        });
    }

private:
    using Done = std::function<void(SourceAnswer)>;

    void goOn(const std::shared_ptr<Call::Line> &line, Done done)
    {
        auto next = m_dialogue(m_turns);
        if (const auto *said = std::get_if<SourceAnswer>(&next)) {
            m_turns.clear(); // what the answer leaves out is not kept here either
            Call::deliver(line, this, [done, answer = *said] { done(answer); });
            return;
        }
        ProgramRequest request = std::move(std::get<ProgramRequest>(next));
        request.deadline = std::max(std::chrono::ceil<milliseconds>(m_until - steady_clock::now()), milliseconds(1));
        m_step = runProgram(
            request, [this, line, done = std::move(done), command = commandLine(request)](Result<ProgramReply> reply) {
                m_turns.append({command, std::move(reply)});
                goOn(line, done);
            });
    }

    const milliseconds m_deadline;
    const ProgramDialogue m_dialogue;
    QList<ProgramTurn> m_turns; ///< of this poll
    steady_clock::time_point m_until;
    Call m_step;
};

/// What programs say when they may not, cannot or know nothing; in lower case.
ErrorCode codeOf(const QString &said)
{
    static const std::array<std::pair<const char *, ErrorCode>, 14> words{{
        {"(forbidden)", ErrorCode::Forbidden},
        {"permission denied (publickey", ErrorCode::AuthRequired},
        {"permission denied", ErrorCode::Forbidden},
        {"unauthorized", ErrorCode::AuthRequired},
        {"must be logged in", ErrorCode::AuthRequired},
        {"invalid_grant", ErrorCode::AuthRequired},
        {"host key verification failed", ErrorCode::TlsFailure},
        {"(notfound)", ErrorCode::NotFound},
        {"not found", ErrorCode::NotFound},
        {"no such", ErrorCode::NotFound},
        {"no linked project", ErrorCode::NotFound},
        {"cannot connect", ErrorCode::Unreachable},
        {"connection to the server", ErrorCode::Unreachable},
        {"unable to connect", ErrorCode::Unreachable},
    }};
    const auto known =
        std::ranges::find_if(words, [&](const auto &word) { return said.contains(QLatin1StringView(word.first)); });
    return known == words.end() ? ErrorCode::ServerError : known->second;
}
} // namespace

std::unique_ptr<Source> programSource(milliseconds deadline, ProgramDialogue dialogue)
{
    return std::make_unique<ProgramSource>(deadline, std::move(dialogue));
}

Result<QByteArray> outputOf(const ProgramTurn &turn, const QString &where)
{
    if (!turn.reply)
        return std::unexpected(turn.reply.error());
    if (turn.reply->exitCode == 0)
        return turn.reply->output;
    const QString said = QString::fromUtf8(turn.reply->errors).trimmed();
    const QString first = safeText(said.section(u'\n', 0, 0), 300);
    return failure(
        codeOf(said.toLower()),
        first.isEmpty() ? u"the program ended with %1 and did not say why"_s.arg(turn.reply->exitCode) : first, where);
}

QString programIn(ConfigReader &reader, const QString &otherwise)
{
    const QString written = reader.string(u"program", otherwise);
    return written.contains(u'/') ? besides(reader.node(u"program"), written) : written;
}

QString argumentIn(ConfigReader &reader, QStringView key, const QString &otherwise)
{
    static const QRegularExpression form(
        QRegularExpression::anchoredPattern(u"[A-Za-z0-9_./][A-Za-z0-9_.:/@-]{0,252}"_s));
    const QString written = reader.string(key, otherwise);
    if (written.isEmpty() || form.match(written).hasMatch())
        return written;
    reader.error(reader.node(key), u"'%1': expected a name of letters, digits and . _ - : / @ alone"_s.arg(key));
    return {};
}

} // namespace qd
