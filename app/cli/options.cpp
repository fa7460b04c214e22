/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/options.h"

#include <QRegularExpression>

#include <map>
#include <optional>

using namespace Qt::StringLiterals;

namespace qd::cli {

namespace {

constexpr auto inPostgres = "postgresql:"_L1;

std::optional<std::chrono::milliseconds> duration(const QString &text)
{
    static const QRegularExpression form(u"^([0-9]{1,6}) ?(ms|s|m|h)?$"_s);
    const QRegularExpressionMatch match = form.match(text);
    if (!match.hasMatch() || match.captured(1).toInt() == 0)
        return {};
    const std::chrono::milliseconds number(match.captured(1).toInt());
    const QString unit = match.captured(2);
    return unit == "ms"_L1  ? number
           : unit == "m"_L1 ? number * 60'000
           : unit == "h"_L1 ? number * 3'600'000
                            : number * 1000;
}

std::expected<Options::Command, QString> auditCommandOf(QStringList &arguments)
{
    const QString word = arguments.isEmpty() ? QString() : arguments.takeFirst();
    if (word == "verify"_L1)
        return Options::Command::AuditVerify;
    if (word == "export"_L1)
        return Options::Command::AuditExport;
    if (word == "tail"_L1)
        return Options::Command::AuditTail;
    if (word == "rotations"_L1)
        return Options::Command::AuditRotations;
    return std::unexpected(u"'audit' needs one of the words verify, export, tail and rotations after it."_s);
}

bool isDeed(Options::Command command)
{
    using enum Options::Command;
    return command == Plan || command == Ask || command == Approve || command == Apply || command == Key ||
           command == Unfinished || command == Resume || command == Undo || command == Settle || command == RevertDue ||
           command == Keep;
}

std::expected<void, QString> checkDeed(const Options &options)
{
    using enum Options::Command;
    if (options.sandbox || options.json || options.count > 0)
        return std::unexpected(u"--sandbox, --json and --count do not belong to this command."_s);
    if (!options.witnessConnection.isEmpty() && options.profiles.isEmpty())
        return std::unexpected(u"--witness postgresql:CONNECTION needs the profile that has it: --profile FILE."_s);
    if (options.command == Key || options.command == Unfinished)
        return {};
    if (options.profiles.size() != 1)
        return std::unexpected(u"Name the deployment's profile: --profile FILE, once."_s);
    if (!options.approval.isEmpty() && options.command != Apply && options.command != Undo)
        return std::unexpected(u"--approval belongs to 'apply' and 'undo'."_s);
    if (!options.secretFile.isEmpty() && options.command != Apply && options.command != Resume)
        return std::unexpected(u"--secret-file belongs to 'apply' and 'resume'."_s);
    if ((options.reveal || !options.revealTo.isEmpty()) && options.command != Apply && options.command != Resume)
        return std::unexpected(u"--reveal and --reveal-to belong to 'apply' and 'resume'."_s);
    if (options.validity != Options().validity && options.command != Approve)
        return std::unexpected(u"--for belongs to 'approve'."_s);
    if (options.revertAfter.count() != 0 && options.command != Plan)
        return std::unexpected(u"--revert-after belongs to 'plan'."_s);
    if (options.command == Settle && options.reason.isEmpty())
        return std::unexpected(u"'settle' needs what was found: --reason TEXT."_s);
    if (options.command == RevertDue)
        return options.words.isEmpty() ? std::expected<void, QString>()
                                       : std::unexpected(u"'revert-due' takes all that is due, and no name."_s);
    if (options.command == Plan && options.words.size() < 2)
        return std::unexpected(u"'plan' needs an action, what it is about, and most often what to set: plan flags "
                               "voice_quotes enabled=true"_s);
    if (options.command != Plan && options.words.size() != 1)
        return std::unexpected(options.command == Apply || options.command == Ask
                                   ? u"This command needs the file of one plan."_s
                                   : u"This command needs the id or the file of one plan."_s);
    return {};
}

bool isAudit(Options::Command command)
{
    using enum Options::Command;
    return command == AuditVerify || command == AuditExport || command == AuditTail || command == AuditRotations;
}

std::expected<Options::Command, QString> commandOf(QStringList &arguments)
{
    const QString word = arguments.isEmpty() ? u"--help"_s : arguments.takeFirst();
    if (word == "--help"_L1 || word == "-h"_L1 || word == "help"_L1)
        return Options::Command::Help;
    if (word == "--version"_L1)
        return Options::Command::Version;
    if (word == "status"_L1)
        return Options::Command::Status;
    if (word == "watch"_L1)
        return Options::Command::Watch;
    if (word == "verify"_L1)
        return Options::Command::Verify;
    if (word == "profile"_L1) {
        if (!arguments.isEmpty() && arguments.takeFirst() == "check"_L1)
            return Options::Command::ProfileCheck;
        return std::unexpected(u"'profile' needs the word 'check' after it."_s);
    }
    if (word == "audit"_L1)
        return auditCommandOf(arguments);
    static const std::map<QString, Options::Command> deeds{
        {u"plan"_s, Options::Command::Plan},       {u"ask"_s, Options::Command::Ask},
        {u"approve"_s, Options::Command::Approve}, {u"apply"_s, Options::Command::Apply},
        {u"key"_s, Options::Command::Key},         {u"unfinished"_s, Options::Command::Unfinished},
        {u"resume"_s, Options::Command::Resume},   {u"undo"_s, Options::Command::Undo},
        {u"settle"_s, Options::Command::Settle},   {u"revert-due"_s, Options::Command::RevertDue},
        {u"keep"_s, Options::Command::Keep}};
    if (const auto deed = deeds.find(word); deed != deeds.end())
        return deed->second;
    return std::unexpected(u"There is no command '%1'; the commands are status, watch, verify, profile check, plan, "
                           u"ask, approve, apply, key, "
                           "unfinished, resume, undo, settle, revert-due, keep and audit."_s.arg(word));
}

// Takes the value of `option` out of `arguments`, where it stands first.
std::expected<QString, QString> valueOf(const QString &option, QStringList &arguments)
{
    if (arguments.isEmpty() || arguments.first().startsWith(u"--"))
        return std::unexpected(u"%1 needs a value after it."_s.arg(option));
    return arguments.takeFirst();
}

bool takesValue(const QString &option)
{
    static const QStringList withValue{u"--profile"_s, u"--timeout"_s,      u"--count"_s,       u"-n"_s,
                                       u"--witness"_s, u"--key"_s,          u"--reason"_s,      u"--out"_s,
                                       u"--confirm"_s, u"--desk"_s,         u"--policy"_s,      u"--approval"_s,
                                       u"--for"_s,     u"--revert-after"_s, u"--secret-file"_s, u"--reveal-to"_s};
    return withValue.contains(option);
}

bool isOption(const QString &word)
{
    return word.startsWith(u"--") || word == "-n"_L1;
}

/// Takes what stands before the command's word out of `arguments`: options, with their values.
QStringList takeLeading(QStringList &arguments)
{
    QStringList leading;
    while (!arguments.isEmpty() && isOption(arguments.first()) && arguments.first() != "--version"_L1) {
        leading += arguments.takeFirst();
        if (takesValue(leading.last()) && !arguments.isEmpty() && !isOption(arguments.first()))
            leading += arguments.takeFirst();
    }
    return leading;
}

std::expected<void, QString> takeOption(const QString &option, QStringList &rest, Options &options)
{
    if (option == "--json"_L1) {
        options.json = true;
        return {};
    }
    if (option == "--read-only"_L1) {
        options.readOnly = true;
        return {};
    }
    if (option == "--bursts"_L1) {
        options.bursts = true;
        return {};
    }
    if (option == "--reveal"_L1) {
        options.reveal = true;
        return {};
    }
    if (option == "--sandbox"_L1) {
        options.sandbox = true;
        return {};
    }
    if (!takesValue(option))
        return std::unexpected(u"There is no option '%1'."_s.arg(option));
    const auto value = valueOf(option, rest);
    if (!value)
        return std::unexpected(value.error());
    if (option == "--profile"_L1) {
        if (isAudit(options.command))
            options.witnessProfile = *value;
        else
            options.profiles += *value;
        return {};
    }
    if (option == "--witness"_L1 && value->startsWith(inPostgres)) {
        options.witnessConnection = value->sliced(inPostgres.size());
        return {};
    }
    static const std::map<QString, QString Options::*> texts{
        {u"--witness"_s, &Options::witness},   {u"--reason"_s, &Options::reason},
        {u"--out"_s, &Options::out},           {u"--confirm"_s, &Options::confirm},
        {u"--desk"_s, &Options::desk},         {u"--policy"_s, &Options::policy},
        {u"--approval"_s, &Options::approval}, {u"--secret-file"_s, &Options::secretFile},
        {u"--reveal-to"_s, &Options::revealTo}};
    if (const auto plain = texts.find(option); plain != texts.end()) {
        options.*plain->second = *value;
        return {};
    }
    if (option == "--key"_L1) {
        options.keys += *value;
        return {};
    }
    if (option == "--timeout"_L1 || option == "--for"_L1) {
        const auto time = duration(*value);
        if (!time)
            return std::unexpected(u"%1 is a duration such as 10s, 500ms or 2m, not '%2'."_s.arg(option, *value));
        (option == "--for"_L1 ? options.validity : options.timeout) = *time;
        return {};
    }
    if (option == "--revert-after"_L1) {
        const auto time = duration(*value);
        if (!time || *time < std::chrono::seconds(1))
            return std::unexpected(u"%1 is a duration such as 30m or 4h, not '%2'."_s.arg(option, *value));
        options.revertAfter = std::chrono::floor<std::chrono::seconds>(*time);
        return {};
    }
    bool ok = false;
    options.count = value->toInt(&ok);
    if (!ok || options.count < 1)
        return std::unexpected(u"%1 is a whole number from 1, not '%2'."_s.arg(option, *value));
    return {};
}

/// Of all that belongs to deeds, 'verify' has a desk alone.
bool onlyDesk(const Options &options)
{
    return !options.reveal && options.revealTo.isEmpty() && options.reason.isEmpty() && options.out.isEmpty() &&
           options.confirm.isEmpty() && options.policy.isEmpty() && options.approval.isEmpty() &&
           options.secretFile.isEmpty() && options.validity == Options().validity && options.revertAfter.count() == 0;
}

std::expected<void, QString> check(const Options &options)
{
    using enum Options::Command;
    const bool watches = options.command == Status || options.command == Watch || options.command == Verify;
    if (watches && options.profiles.isEmpty() && !options.sandbox)
        return std::unexpected(u"Name a profile (--profile FILE), or use --sandbox."_s);
    if (options.command == ProfileCheck && options.profiles.isEmpty())
        return std::unexpected(u"'profile check' needs the name of a file."_s);
    if (options.command == ProfileCheck && (options.sandbox || options.json || options.count > 0))
        return std::unexpected(u"'profile check' takes only names of files."_s);
    if (options.count > 0 && options.command != Watch && options.command != AuditTail)
        return std::unexpected(u"--count belongs to 'watch', -n to 'audit tail'."_s);
    const bool mayNameOne = options.command == AuditRotations && options.profiles.size() == 2;
    if (isAudit(options.command) && options.profiles.size() != 1 && !mayNameOne)
        return std::unexpected(
            options.command == AuditRotations
                ? u"'audit rotations' needs the name of one journal, and may take one deployment's."_s
                : u"'audit' needs the name of one journal."_s);
    if (isAudit(options.command) && options.sandbox)
        return std::unexpected(u"--sandbox does not belong to 'audit'."_s);
    if (isAudit(options.command) && options.witnessProfile.isEmpty() != options.witnessConnection.isEmpty())
        return std::unexpected(u"--witness postgresql:CONNECTION needs the profile that has it: --profile FILE."_s);
    if (isAudit(options.command) && !options.witnessConnection.isEmpty() && options.keys.isEmpty())
        return std::unexpected(
            u"--witness postgresql:CONNECTION holds heads of several journals: name whose count, --key "
            "KEY."_s);
    if (options.json &&
        (options.command == AuditVerify || options.command == AuditTail || options.command == AuditRotations))
        return std::unexpected(u"--json belongs to 'audit export'."_s);
    const bool isTold = options.reveal || !options.revealTo.isEmpty() || !options.reason.isEmpty() ||
                        !options.out.isEmpty() || !options.confirm.isEmpty() || !options.desk.isEmpty() ||
                        !options.policy.isEmpty() || !options.approval.isEmpty() || !options.secretFile.isEmpty() ||
                        options.validity != Options().validity || options.revertAfter.count() != 0;
    if (options.bursts && (options.command != Verify || options.readOnly))
        return std::unexpected(u"--bursts belongs to 'verify', and not to --read-only."_s);
    if (isDeed(options.command))
        return checkDeed(options);
    if (isTold && (options.command != Verify || !onlyDesk(options)))
        return std::unexpected(
            u"--reason, --out, --confirm, --policy, --approval, --for and --desk belong to 'plan', 'apply', 'resume' and 'undo'."_s);
    if ((!options.witness.isEmpty() || !options.witnessConnection.isEmpty() || !options.keys.isEmpty()) &&
        options.command != AuditVerify)
        return std::unexpected(u"--witness and --key belong to 'audit verify'."_s);
    return {};
}

} // namespace

std::expected<Options, QString> parseOptions(const QStringList &arguments)
{
    QStringList rest = arguments;
    if (rest.contains(u"--help"_s))
        return Options{};
    const QStringList leading = takeLeading(rest);
    if (rest.isEmpty() && !leading.isEmpty())
        return std::unexpected(u"There is no command after %1."_s.arg(leading.first()));
    const auto command = commandOf(rest);
    if (!command)
        return std::unexpected(command.error());
    Options options;
    options.command = *command;
    rest = leading + rest;
    while (!rest.isEmpty()) {
        const QString word = rest.takeFirst();
        if (!isOption(word)) {
            (isDeed(options.command) ? options.words : options.profiles) += word;
            continue;
        }
        if (const auto taken = takeOption(word, rest, options); !taken)
            return std::unexpected(taken.error());
    }
    if (const auto checked = check(options); !checked)
        return std::unexpected(checked.error());
    return options;
}

QString helpText()
{
    return uR"(quarterdeck-cli: what Quarterdeck knows of deployments, in a terminal

  quarterdeck-cli status [--json] [--timeout 10s] (--profile FILE... | --sandbox)
      Asks every source once and tells how the deployments are.
  quarterdeck-cli watch [--json] [--count N] [--timeout 10s] (--profile FILE... | --sandbox)
      Prints a line for everything that changes, until Ctrl+C or N lines.
      --json: a JSON object on each line.
  quarterdeck-cli verify [--bursts] [--json] [--desk DIR] (--profile FILE... | --sandbox)
      Looks at what the profile lists under 'verify', as after a deploy, and keeps the evidence in the journal.
      --bursts: also sends requests in a row until the rate limiter refuses; never where that is production.
  quarterdeck-cli profile check FILE...
      Prints everything that is wrong with profiles, as file:line:column: message.
  quarterdeck-cli plan ACTION RESOURCE [NAME=VALUE...] --profile FILE [--reason TEXT] [--out FILE]
                       [--revert-after TIME]
      Says what an action would do, and writes the plan to a file; changes nothing. --revert-after: it is taken back by
      itself so long after it was done (30m, 4h): reverts while a console is open; else at the next start.
      Feature flags: plan flags voice_quotes enabled=true rollout=25
      A client that the rate limiter refuses: plan unblock 10.1.2.3 tier=reads
      Keys of a cache group: plan flush pricing
      Clients' keys: plan rotate-api-key lg_1f2e3d4c, plan retire-api-key lg_1f2e3d4c, plan revoke-api-key lg_1f2e3d4c
      Signing keys: plan rotate-key k2, plan retire-key k1, plan revoke-key k2, plan swap-secret JWT_SECRET
      Passwords of the service: plan rotate-database-password DATABASE_URL, plan rotate-redis-password REDIS_URL
      A secret that somebody else makes: plan rotate-webhook-secret STRIPE_WEBHOOK_SECRET
      pybreaker's breakers: plan breaker stripe state=closed, or state=open for=600
      A variable of the platform: plan variables CACHE_TTL value=300 then=redeploy, or remove=true
      The service on its platform: plan redeploy app, plan restart app, plan roll-back app to=DEPLOY
  quarterdeck-cli apply PLAN --profile FILE [--confirm NAME] [--approval FILE] [--secret-file FILE]
                        [--reveal | --reveal-to FILE]
      Checks the plan against the deployment as it is now, and carries it out, once, with a journal. A secret that the plan
      asks for is typed, and not shown, or read from a file that is yours alone (0600). A key that it makes is kept
      nowhere: --reveal asks whether to print it on this terminal, --reveal-to writes it into a new file.
  quarterdeck-cli ask PLAN --profile FILE
      Puts a plan of high risk up for approval, in the deployment's own table quarterdeck_approvals.
  quarterdeck-cli approve PLAN|ID --profile FILE --confirm NAME [--for TIME] [--out FILE]
      As a second person: shows the plan and signs it, for an hour unless told otherwise (24 h at most). The approval of
      a plan's file goes into a file, that of a plan that was put up by 'ask' beside it. ID: at least the 12 digits that
      are shown of it.
  quarterdeck-cli key
      Prints who acts from here, and their public key, as a line for a policy.
  quarterdeck-cli unfinished
      Lists what was begun from here and never came to its end, and what is to be taken back by itself.
  quarterdeck-cli revert-due --profile FILE
      Takes back what is due in that deployment, with every check; nothing of it asks for a confirmation, as its plan
      said so.
  quarterdeck-cli keep ID --profile FILE [--confirm NAME] [--reason TEXT]
      Lets what is to be taken back by itself stay as it is.
  quarterdeck-cli resume ID --profile FILE [--confirm NAME] [--secret-file FILE] [--reveal | --reveal-to FILE]
  quarterdeck-cli undo ID|PLAN --profile FILE [--confirm NAME] [--approval FILE]
      Brings a plan of the journal to its end, or takes back what was done of it.
  quarterdeck-cli settle ID --profile FILE --reason TEXT [--confirm NAME]
      Brings a plan of the journal to its end that can neither be resumed nor undone, with what you found; touches nothing.
  quarterdeck-cli audit verify FILE [--witness FILE] [--key KEY...] [--witness postgresql:CONNECTION --profile FILE]
      Reads every entry of a journal and says what was changed, deleted, inserted, reordered or cut off; with its
      witness also whether an older or another file was put in its place.
  quarterdeck-cli audit export FILE [--json]
      Prints the whole journal; --json: an object on each line. Verifies it as well.
  quarterdeck-cli audit tail FILE [-n N]
      Prints the last N entries (10).
  quarterdeck-cli audit rotations FILE [DEPLOYMENT] > docs/security-log.md
      Prints what the journal tells of rotated keys and secrets, as Markdown. Verifies it as well.
  quarterdeck-cli --version | --help

  --profile FILE   a deployment's profile; may be given several times
  --sandbox        start quarterdeck-sandbox, use its deployments, stop it at the end
  --timeout TIME   how long to wait for every source to answer once (10s, 500ms, 2m)
  --key KEY        the public key (base64) of an operator who is trusted; may be given several times
  --witness FILE   gets the journal's signed heads, best on another machine; postgresql:CONNECTION: so does the table
                   quarterdeck_witness that this connection of the profile leads to
  --confirm NAME   the deployment's name, for a plan that touches production
  --read-only      nothing may be done: whatever acts, asks or approves is refused
  --policy FILE    who may do what (default: policy.yaml beside the profile, if there is one)
  --desk DIR       where journal and key are kept (default: quarterdeck in the user's own data directory)
  --json           for programs; the shape is documented in app/cli/README.md

Exit codes of status and watch (of several deployments the first that applies):
  2  one is down          1  one is degraded
  3  of one it is not known how it is (no answer, or its profile is broken)
  0  all are healthy
Exit codes of verify: 0 nothing failed, 1 something did, 3 something could not be looked at.
Exit codes of profile check: 0 nothing wrong, 1 something is.
Exit codes of plan, ask, approve, apply, resume, undo, settle, revert-due and keep: 0 done, 1 refused or failed with nothing changed, 2 it needs a person:
what became of it is not known. Of unfinished: 0 nothing is, 2 something is, or is due.
Exit codes of audit: 0 whole, 1 tampered with, 3 it cannot be read. 'tail' does not look whether it is whole.
64: the command line is wrong.
)"_s;
}

} // namespace qd::cli
