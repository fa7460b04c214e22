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
            if (!self)
                return;
            self->m_step.drop();
            self->m_turns.clear();
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

/// What a line means by which programs say that they may not, cannot or know nothing. By its beginning alone: the rest
/// may quote anything.
std::optional<ErrorCode> codeOf(const QString &line)
{
    static const auto begins = [](const QString &form) {
        return QRegularExpression(u"\\A(?:error: )?(?:"_s + form + u')', QRegularExpression::CaseInsensitiveOption);
    };
    static const std::array<std::pair<QRegularExpression, ErrorCode>, 5> forms{{
        {begins(u"(\\S+: )?permission denied \\(|unauthorized|you must be logged in|([a-z ]+: )*invalid_grant"_s),
         ErrorCode::AuthRequired},
        {begins(
             u"error from server \\(forbidden\\)|(got )?permission denied|((open|stat|[a-z]*sh:) .*: )permission denied"_s),
         ErrorCode::Forbidden},
        {begins(u"host key verification failed"_s), ErrorCode::TlsFailure},
        {begins(u"error from server \\(notfound\\)|(open|stat|lstat|chdir) [^:]+: no such file|(error response from "
                "daemon: )?no such|no configuration file|no linked project|(project|service|environment)( "
                "['\"][^'\"]+['\"])? "
                "not found|-?[a-z]*sh: .*not found|zsh:\\d+: command not found"_s),
         ErrorCode::NotFound},
        {begins(u"ssh: |kex_exchange_identification: |connection (closed|reset|timed out|to )|client_loop: |timeout, "
                "server|cannot connect|error during connect|the connection to the server|unable to connect"_s),
         ErrorCode::Unreachable},
    }};
    const auto known = std::ranges::find_if(forms, [&](const auto &form) { return form.first.match(line).hasMatch(); });
    return known == forms.end() ? std::nullopt : std::optional(known->second);
}

/// Of what it wrote, the line that says why: the first one that is no entry of a log.
QString complaintIn(const QStringList &lines)
{
    static const QRegularExpression log(u"\\A(?:[EWI][0-9]{4} |time=\"|WARN\\[|Warning: )"_s);
    const auto line = std::ranges::find_if(lines, [](const QString &each) { return !log.match(each).hasMatch(); });
    return line == lines.end() ? lines.value(0) : *line;
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
    const QStringList lines = QString::fromUtf8(turn.reply->errors).trimmed().split(u'\n');
    QString complaint = complaintIn(lines);
    // Then ssh itself failed; before it says so, the host may greet with whatever it likes.
    if (turn.reply->exitCode == 255 && turn.command.startsWith("ssh "_L1)) {
        const auto known = std::ranges::find_if(lines, [](const QString &line) { return codeOf(line).has_value(); });
        if (known == lines.end())
            return failure(ErrorCode::Unreachable, u"ssh ended with 255 and did not get through"_s, where);
        complaint = *known;
    }
    const QString told = safeText(complaint, 300);
    return failure(codeOf(complaint).value_or(ErrorCode::ServerError),
                   told.isEmpty() ? u"the program ended with %1 and did not say why"_s.arg(turn.reply->exitCode) : told,
                   where);
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
