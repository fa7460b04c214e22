/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/compose_env_file.h"

#include "base/cleaned.h"

#include <QCryptographicHash>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// How the scripts end where they do nothing.
enum Refusal {
    NoTool = 61,
    IsLink,
    IsMissing,
    IsNoFile,
    HasOtherNames,
    MayNot,
    IsOthers,
    IsExported,
    IsBusy,
    NotWritten,
    IsTorn,
    IsChanged,
};

/// $1: the file, $2: the variable. Nothing here is a secret: everybody there can read a program's arguments.
const QString checks = uR"sh(f=$1
no() { echo "$2" >&2; exit "$1"; }
for t in cat chmod chown cut dirname env flock grep id mv rm sha256sum stat sync; do command -v $t >/dev/null || no 61 $t; done
[ -L "$f" ] && no 62
[ -e "$f" ] || no 63
[ -f "$f" ] || no 64
[ "$(stat -c %h -- "$f")" = 1 ] || no 65
d=$(dirname -- "$f")
u=$(id -u)
[ "$u" = 0 ] || [ "$u" = "$(stat -c %u -- "$f")" ] || no 67
[ -r "$f" ] && [ -w "$f" ] && [ -w "$d" ] || no 66
env | grep -q "^$2=" && no 68
)sh"_s;

const QString reading = checks + u"exec cat -- \"$f\"\n"_s;

/// Its stdin: the print of what it shall replace, that of what follows, and the file as it shall be. The directory is
/// locked, which ends with the process; what one that was killed left beside the file is taken away by the next.
const QString writing = checks + uR"sh(exec 9<"$d"
flock -n 9 || no 69
n=$f.quarterdeck
umask 077
rm -f -- "$n" || no 70
IFS= read -r was && IFS= read -r now || no 71
trap 'rm -f -- "$n"' EXIT
trap 'exit 1' HUP INT TERM
set -C
cat >"$n" || no 70
[ "$(sha256sum <"$n" | cut -c1-64)" = "$now" ] || no 71
chown -- "$(stat -c %u:%g -- "$f")" "$n" && chmod -- "$(stat -c %a -- "$f")" "$n" || no 70
sync -- "$n" 2>/dev/null || sync || no 70
[ "$(sha256sum <"$f" | cut -c1-64)" = "$was" ] || no 72
mv -f -- "$n" "$f" || no 70
trap - EXIT
sync -- "$d" 2>/dev/null || sync || :
)sh"_s;

bool isBlank(char c)
{
    return c == ' ' || c == '\t';
}

qsizetype past(const QByteArray &text, qsizetype at, qsizetype end)
{
    while (at < end && isBlank(text[at]))
        ++at;
    return at;
}

/// Where what follows the key begins; -1: the line is not about it.
qsizetype afterKey(const QByteArray &text, qsizetype begin, qsizetype end, const QByteArray &key)
{
    qsizetype at = past(text, begin, end);
    const QByteArrayView word = "export";
    if (QByteArrayView(text).sliced(at, end - at).startsWith(word) && at + word.size() < end &&
        isBlank(text[at + word.size()]))
        at = past(text, at + word.size(), end);
    if (!QByteArrayView(text).sliced(at, end - at).startsWith(key))
        return -1;
    at = past(text, at + key.size(), end);
    return at == end || text[at] == '=' || text[at] == ':' ? at : -1;
}

/// What one line gives, after its '='. Nothing: it may mean several things.
std::optional<EnvValue> valueAt(const QByteArray &text, qsizetype at, qsizetype end)
{
    at = past(text, at, end);
    const auto isOver = [&](qsizetype from) {
        const qsizetype rest = past(text, from, end);
        return rest == end || (text[rest] == '#' && rest > from);
    };
    const char quote = at < end && (text[at] == '\'' || text[at] == '"') ? text[at] : '\0';
    if (quote != '\0') {
        const qsizetype close = text.indexOf(quote, at + 1);
        if (close < 0 || close >= end || !isOver(close + 1))
            return std::nullopt;
        EnvValue found{
            .begin = at, .size = close + 1 - at, .quote = quote, .value = text.sliced(at + 1, close - at - 1)};
        const bool isPlain = !found.value.contains('\\') && (quote == '\'' || !found.value.contains('$'));
        return isPlain ? std::optional(found) : std::nullopt;
    }
    qsizetype stop = at;
    while (stop < end && !isBlank(text[stop]))
        ++stop;
    const QByteArray value = text.sliced(at, stop - at);
    const bool isPlain = std::ranges::none_of(value, [](char c) { return QByteArrayView("'\"\\$`").contains(c); });
    return isPlain && isOver(stop) ? std::optional(EnvValue{.begin = at, .size = stop - at, .value = value})
                                   : std::nullopt;
}

QByteArray printOf(const QByteArray &text)
{
    return QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex();
}
} // namespace

Result<EnvValue> envValueIn(const QByteArray &text, const QString &key)
{
    std::optional<EnvValue> found;
    int lines = 0;
    for (qsizetype begin = 0; begin < text.size();) {
        const qsizetype next = text.indexOf('\n', begin);
        qsizetype end = next < 0 ? text.size() : next;
        const qsizetype line = begin;
        begin = end + 1;
        if (end > line && text[end - 1] == '\r')
            --end;
        const qsizetype after = afterKey(text, line, end, key.toUtf8());
        if (after < 0)
            continue;
        ++lines;
        found = after < end && text[after] == '=' ? valueAt(text, after + 1, end) : std::nullopt;
    }
    if (lines == 0)
        return failure(ErrorCode::NotFound, u"there is no line %1="_s.arg(key));
    if (lines > 1)
        return failure(ErrorCode::Unsupported, u"there are %1 lines of %2: leave one"_s.arg(lines).arg(key));
    if (!found)
        return failure(
            ErrorCode::Unsupported,
            u"the line of %1 may be read in several ways; write it as %1=VALUE, with no escapes and no $"_s.arg(key));
    return *found;
}

Result<QByteArray> envWord(const QByteArray &value, char quote)
{
    const auto has = [&](QByteArrayView any) {
        return std::ranges::any_of(value,
                                   [&](char c) { return static_cast<unsigned char>(c) < ' ' || any.contains(c); });
    };
    const bool isBare = !value.isEmpty() && std::ranges::all_of(value, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               QByteArrayView("_.,:/+=@%~^-").contains(c);
    });
    if (quote == '"' && !has("\"\\$`"))
        return '"' + value + '"';
    if (quote == '\0' && isBare)
        return value;
    if (!has("'\\"))
        return '\'' + value + '\'';
    return failure(ErrorCode::BadInput, u"it has a character that such a file cannot hold (', \\ or an end of line)"_s);
}

Result<Secret> ComposeEnvFile::value(const QString &key, Deadline deadline)
{
    m_key.clear();
    m_text = {};
    auto text = ran(reading, key, {}, deadline);
    if (!text)
        return std::unexpected(text.error());
    auto found = envValueIn(*text, key);
    if (!found)
        return failure(found.error().code, u"%1: %2"_s.arg(m_options.envFile, found.error().message),
                       m_options.where());
    m_key = key;
    m_text = Secret(std::move(*text));
    return Secret(std::move(found->value));
}

Result<void> ComposeEnvFile::set(const QString &key, const Secret &value, Deadline deadline)
{
    const Secret was = std::exchange(m_text, {});
    if (m_key != key || was.isEmpty())
        return failure(ErrorCode::Internal, u"%1 was not read before"_s.arg(key), m_options.where());
    const auto found = envValueIn(was.reveal(), key);
    const auto word = found ? envWord(value.reveal(), found->quote) : std::unexpected(found.error());
    if (!word)
        return failure(word.error().code, u"%1: %2"_s.arg(key, word.error().message), m_options.where());
    QByteArray text = was.reveal();
    text.replace(found->begin, found->size, *word);
    const QByteArray input = printOf(was.reveal()) + '\n' + printOf(text) + '\n' + text;
    const auto done = ran(writing, key, input, deadline);
    if (done)
        return {};
    Error error = done.error();
    // Without an end of its own it may have done it before.
    if (error.code == ErrorCode::Unavailable && error.where.isEmpty())
        error = {ErrorCode::ServerError, error.message, m_options.where()};
    return std::unexpected(error);
}

Result<QByteArray> ComposeEnvFile::ran(const QString &script, const QString &key, const QByteArray &input,
                                       Deadline deadline) const
{
    ProgramRequest request = composeProgram(m_options, u"sh"_s, {u"-c"_s, script, u"sh"_s, m_options.envFile, key});
    request.input = input;
    const auto reply = m_run(request, deadline);
    if (!reply)
        return failure(reply.error().code, reply.error().message, {});
    if (const auto refused = refusal(*reply, key))
        return std::unexpected(*refused);
    return outputOf({commandLine(request), *reply}, m_options.where());
}

std::optional<Error> ComposeEnvFile::refusal(const ProgramReply &reply, const QString &key) const
{
    const auto no = [&](ErrorCode code, const QString &why) {
        return Error{code, u"%1 %2"_s.arg(m_options.envFile, why), m_options.where()};
    };
    switch (reply.exitCode) {
    case NoTool:
        return Error{ErrorCode::Unsupported,
                     u"there is no program %1 on that machine, and %2 is read and written by it"_s.arg(
                         cleaned(QString::fromUtf8(reply.errors).trimmed(), 20), m_options.envFile),
                     m_options.where()};
    case IsLink:
        return no(ErrorCode::Unsupported, u"is a symbolic link: name the file itself as 'env_file' of the source"_s);
    case IsMissing:
        return no(ErrorCode::NotFound,
                  u"is not there: name the file that %1 stands in as 'env_file' of the source"_s.arg(key));
    case IsNoFile:
        return no(ErrorCode::Unsupported, u"is no plain file"_s);
    case HasOtherNames:
        return no(ErrorCode::Unsupported, u"has a second name (a hard link), which would keep the old one"_s);
    case MayNot:
        return no(ErrorCode::Forbidden, u"cannot be read and written, or nothing beside it, by whoever acts there"_s);
    case IsOthers:
        return no(ErrorCode::Forbidden, u"belongs to another user than acts there, and would become this one's"_s);
    case IsExported:
        return Error{ErrorCode::Unsupported,
                     u"%1 is exported in the environment there, which goes before %2"_s.arg(key, m_options.envFile),
                     m_options.where()};
    case IsBusy:
        return no(ErrorCode::Unavailable, u"is being written by another console; it is as it was"_s);
    case NotWritten:
        return no(ErrorCode::Unavailable, u"could not be written; it is as it was"_s);
    case IsTorn:
        return no(ErrorCode::Unavailable, u"did not arrive whole; it is as it was"_s);
    case IsChanged:
        return no(ErrorCode::BadInput, u"is not as it was read; nothing was changed"_s);
    default:
        return std::nullopt;
    }
}

} // namespace qd
