/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "verify/verification.h"

#include "base/redact.h"
#include "base/redact_text.h"
#include "profile/environment.h"
#include "sources/evidence.h"
#include "sources/http_source.h"
#include "sources/io_line.h"

#include <QCborArray>
#include <QCborValue>
#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
using Kind = ChecklistItem::Kind;
using Finding = Verified::Finding;
using Outcome = Verified::Result;
constexpr std::chrono::milliseconds requestTime = 10s;
constexpr auto burstTime = 60s;
constexpr qint64 mostBytes = 512 * 1024;

struct Said
{
    Finding finding = Finding::None;
    QStringList arguments;
};

/// One line of what the deployment wrote.
QString shortened(const QString &text)
{
    return safeText(text, 120);
}

QString textOf(const QJsonValue &value)
{
    if (value.isBool())
        return value.toBool() ? u"true"_s : u"false"_s;
    if (value.isDouble())
        return QString::number(value.toDouble(), 'g', 15);
    if (value.isNull())
        return u"null"_s;
    return value.isString() ? value.toString() : u"…"_s;
}

std::optional<QByteArray> headerOf(const HttpReply &reply, const QByteArray &name)
{
    for (const auto &[called, value] : reply.headers) {
        if (called.compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return std::nullopt;
}

/// What was found under `name`, a header's or a pointer, unless that calls it a secret.
QString foundAt(const QString &name, const QString &value)
{
    const bool isSecret = name.endsWith("cookie"_L1, Qt::CaseInsensitive) ||
                          std::ranges::any_of(name.split(u'/'), [](const QString &step) { return namesSecret(step); });
    return isSecret ? secretMark.toString() : shortened(value);
}

std::optional<Said> wrongHeader(const HttpReply &reply, const QByteArray &name, const QString &expected)
{
    const auto value = headerOf(reply, name);
    const QString called = QString::fromLatin1(name);
    if (expected == Expected::none)
        return value ? std::optional(Said{Finding::HeaderPresent, {called, foundAt(called, QString::fromUtf8(*value))}})
                     : std::nullopt;
    if (!value)
        return Said{Finding::HeaderMissing, {called}};
    if (expected != Expected::any && QString::fromUtf8(*value).trimmed() != expected)
        return Said{Finding::HeaderDiffers, {called, foundAt(called, QString::fromUtf8(*value)), expected}};
    return std::nullopt;
}

std::optional<Said> wrongMember(const QJsonValue &document, const QString &pointer, const QString &expected)
{
    const QJsonValue value = valueAt(document, pointer);
    if (expected == Expected::none)
        return value.isUndefined()
                   ? std::nullopt
                   : std::optional(Said{Finding::MemberPresent, {pointer, foundAt(pointer, textOf(value))}});
    if (value.isUndefined())
        return Said{Finding::MemberMissing, {pointer}};
    if (expected != Expected::any && textOf(value) != expected)
        return Said{Finding::MemberDiffers, {pointer, foundAt(pointer, textOf(value)), expected}};
    return std::nullopt;
}

/// What is wrong with an answer; nothing: it is as expected.
std::optional<Said> wrongIn(const HttpReply &reply, const Expected &expected)
{
    if (!expected.statuses.isEmpty() && !expected.statuses.contains(reply.status)) {
        QStringList codes;
        for (const int status : expected.statuses)
            codes.append(QString::number(status));
        return Said{Finding::StatusDiffers, {QString::number(reply.status), codes.join(u", "_s)}};
    }
    for (const auto &[name, value] : expected.headers) {
        if (const auto wrong = wrongHeader(reply, name, value))
            return wrong;
    }
    if (!expected.members.isEmpty()) {
        const QJsonDocument parsed = QJsonDocument::fromJson(reply.body);
        const QJsonValue document = parsed.isArray() ? QJsonValue(parsed.array()) : QJsonValue(parsed.object());
        if (parsed.isNull())
            return Said{Finding::NoJson, {}};
        for (const auto &[pointer, value] : expected.members) {
            if (const auto wrong = wrongMember(document, pointer, value))
                return wrong;
        }
    }
    if (expected.within.count() > 0 && reply.latency > expected.within)
        return Said{Finding::TooSlow,
                    {QString::number(std::llround(reply.latency.count())), QString::number(expected.within.count())}};
    return std::nullopt;
}

class Run
{
public:
    Run(const Profile &profile, const VerifyWish &wish)
        : m_profile(profile)
        , m_wish(wish)
        , m_line(wish.stop)
    {
    }

    void look(const ChecklistItem &item, Verified &verified)
    {
        if (!item.environments.isEmpty() && !item.environments.contains(m_profile.environment, Qt::CaseInsensitive)) {
            skip(verified, Finding::OtherPlace, {item.environments.join(u", "_s)});
            return;
        }
        switch (item.kind) {
        case Kind::Burst:
            if (isProduction(m_profile.environment) && !item.inProduction) {
                skip(verified, Finding::NotInProduction, {});
                return;
            }
            if (!m_wish.mayBurst) {
                skip(verified, Finding::NeedsConsent, {QString::number(item.requests)});
                return;
            }
            [[fallthrough]];
        case Kind::Request:
            ask(item, verified);
            return;
        case Kind::HitRate:
            lookAtHitRates(item, verified);
            return;
        case Kind::Breakers:
            lookAtBreakers(verified);
            return;
        case Kind::SchemaVersion:
            lookAtSchema(item, verified);
            return;
        }
    }

    [[nodiscard]] bool isStopped() const { return m_wish.stop && *m_wish.stop; }

private:
    static void skip(Verified &verified, Finding finding, const QStringList &arguments)
    {
        verified.result = Outcome::Skipped;
        verified.finding = finding;
        verified.arguments = arguments;
    }

    static void judge(Verified &verified, bool isGood, Finding finding, const QStringList &arguments)
    {
        verified.result = isGood ? Outcome::Passed : Outcome::Failed;
        verified.finding = isGood ? Finding::None : finding;
        verified.arguments = isGood ? QStringList() : arguments;
    }

    static void unknown(Verified &verified, Finding finding, const std::optional<Error> &error = {},
                        const QStringList &arguments = {})
    {
        verified.result = Outcome::Unknown;
        verified.finding = finding;
        verified.arguments = arguments;
        verified.error = error;
    }

    /// Of rows of which some are bad, and of some nobody can tell how they are.
    static void judgeRows(Verified &verified, Finding finding, const QStringList &bad, const QStringList &notKnown,
                          bool isAny)
    {
        if (!bad.isEmpty())
            judge(verified, false, finding, {bad.join(u", "_s)});
        else if (!isAny || !notKnown.isEmpty())
            unknown(verified, Finding::NotMeasured, {}, {notKnown.join(u", "_s)});
        else
            judge(verified, true, finding, {});
    }

    void lookAtHitRates(const ChecklistItem &item, Verified &verified) const
    {
        QStringList low;
        QStringList notKnown;
        const auto caches = m_wish.view ? m_wish.view->caches : QList<CacheView>();
        for (const CacheView &cache : caches) {
            const Shown<Share> &rate = cache.hitRate.has() ? cache.hitRate : cache.hitRateTotal;
            if (!rate.has() || cache.freshness.kind != Freshness::Kind::Fresh)
                notKnown.append(cache.group);
            else if (*rate < item.hitRateAtLeast)
                low.append(u"%1 %2 %"_s.arg(cache.group).arg(std::floor(100 * rate->of1)));
        }
        judgeRows(verified, Finding::HitRateLow, low, notKnown, !caches.isEmpty());
    }

    void lookAtBreakers(Verified &verified) const
    {
        QStringList open;
        QStringList notKnown;
        const auto breakers = m_wish.view ? m_wish.view->breakers : QList<BreakerView>();
        for (const BreakerView &breaker : breakers) {
            const BreakerState state = breaker.state.value.value_or(BreakerState::Unknown);
            if (state == BreakerState::Unknown || breaker.freshness.kind != Freshness::Kind::Fresh)
                notKnown.append(breaker.name);
            else if (state != BreakerState::Closed)
                open.append(breaker.name);
        }
        judgeRows(verified, Finding::BreakersOpen, open, notKnown, !breakers.isEmpty());
    }

    void lookAtSchema(const ChecklistItem &item, Verified &verified) const
    {
        const auto &server = m_wish.view ? m_wish.view->database : ServerView<Database>();
        if (!server.fact || !server.fact->schemaVersion.has() || server.freshness.kind != Freshness::Kind::Fresh) {
            unknown(verified, Finding::NotMeasured);
            return;
        }
        const QString found = *server.fact->schemaVersion;
        judge(verified, item.version == Expected::any || found == item.version, Finding::SchemaDiffers,
              {shortened(found), item.version});
    }

    void ask(const ChecklistItem &item, Verified &verified)
    {
        const auto *written = m_profile.connection<HttpConnection>(u"http"_s);
        if (!written) {
            unknown(verified, Finding::NoAnswer,
                    Error{ErrorCode::BadInput, u"the profile has no connection 'http'"_s, m_profile.name});
            return;
        }
        HttpConnection connection = *written;
        if (item.isStranger) {
            connection.bearer.reset();
            connection.headers.clear();
        }
        const HttpRequest request{.url = urlBelow(connection.base, item.path),
                                  .headers = item.headers,
                                  .body = {},
                                  .tls = connection.tls,
                                  .deadline = requestTime,
                                  .maxBytes = mostBytes,
                                  .followsRedirects = false};
        const auto turn = std::make_shared<std::optional<HttpTurn>>(); // written on the line, read once it has answered
        const SourceFactory factory = [=](const Wire &wire) {
            return httpSource(*wire.http, connection, requestTime, shown(request.url),
                              [=](const QList<HttpTurn> &turns) -> std::variant<HttpRequest, SourceAnswer> {
                                  if (turns.isEmpty())
                                      return request;
                                  *turn = turns.first();
                                  return SourceAnswer{.outcome = Findings(), .exchanges = {}};
                              });
        };
        const bool isBurst = item.kind == Kind::Burst;
        const auto end = std::chrono::steady_clock::now() + burstTime;
        for (int asked = 1;; ++asked) {
            turn->reset();
            const auto answer = m_line.poll(item.name, factory, std::chrono::steady_clock::now() + 2 * requestTime);
            if (answer && *turn)
                take(**turn, verified);
            const auto error = errorOf(answer, *turn);
            if (error) {
                unknown(verified, Finding::NoAnswer, error);
                return;
            }
            const std::optional<Said> wrong = wrongIn(*(*turn)->reply, item.expected);
            if (!isBurst) {
                judge(verified, !wrong, wrong.value_or(Said{}).finding, wrong.value_or(Said{}).arguments);
                return;
            }
            if (!wrong) {
                verified.result = Outcome::Passed;
                verified.finding = Finding::AfterSo;
                verified.arguments = QStringList{QString::number(asked)};
                return;
            }
            if (asked >= item.requests || std::chrono::steady_clock::now() > end) {
                judge(verified, false, Finding::NeverSo, {QString::number(asked), QString::number(verified.status)});
                return;
            }
        }
    }

    static void take(const HttpTurn &turn, Verified &verified)
    {
        verified.command = turn.command;
        if (!turn.reply)
            return;
        verified.status = turn.reply->status;
        verified.latency = turn.reply->latency;
        verified.digest = QCryptographicHash::hash(turn.reply->body, QCryptographicHash::Sha256);
    }

    static std::optional<Error> errorOf(const Result<SourceAnswer> &answer, const std::optional<HttpTurn> &turn)
    {
        if (!answer)
            return answer.error();
        if (!answer->outcome) // it could not even be asked
            return answer->outcome.error();
        return turn->reply ? std::nullopt : std::optional(turn->reply.error());
    }

    const Profile &m_profile;
    const VerifyWish &m_wish;
    IoLine m_line;
};
} // namespace

QString toWord(Verified::Result result)
{
    static const std::array words{u"waiting"_s, u"running"_s, u"passed"_s, u"failed"_s, u"skipped"_s, u"unknown"_s};
    return words.at(static_cast<std::size_t>(result));
}

QString toWord(Verified::Finding finding)
{
    static const std::array words{
        u"none"_s,           u"status-differs"_s,    u"header-differs"_s, u"header-missing"_s, u"header-present"_s,
        u"member-differs"_s, u"member-missing"_s,    u"member-present"_s, u"no-json"_s,        u"too-slow"_s,
        u"never-so"_s,       u"after-so"_s,          u"hit-rate-low"_s,   u"breakers-open"_s,  u"schema-differs"_s,
        u"needs-consent"_s,  u"not-in-production"_s, u"other-place"_s,    u"not-measured"_s,   u"no-answer"_s};
    return words.at(static_cast<std::size_t>(finding));
}

QList<Verified> verify(const Profile &profile, const Checklist &checklist, const VerifyWish &wish)
{
    QList<Verified> results;
    for (const ChecklistItem &item : checklist)
        results.append({.name = item.name, .title = item.title});
    const auto tell = [&] {
        if (wish.progress)
            wish.progress(results);
    };
    Run run(profile, wish);
    for (qsizetype i = 0; i < results.size() && !run.isStopped(); ++i) {
        results[i].result = Outcome::Running;
        tell();
        run.look(checklist[i], results[i]);
        tell();
    }
    return results;
}

Entry evidenceOf(const QList<Verified> &results, const Profile &profile, Instant at, const QString &operatorId,
                 const QString &host)
{
    QCborArray body;
    for (const Verified &each : results) {
        QCborArray arguments;
        for (const QString &argument : each.arguments)
            arguments.append(argument);
        body.append(QCborArray{each.name, toWord(each.result), toWord(each.finding), arguments,
                               each.error ? QCborValue(each.error->message) : QCborValue(nullptr), each.command,
                               each.status, each.latency.count(), each.digest});
    }
    return {.at = at,
            .kind = u"check"_s,
            .operatorId = operatorId,
            .host = host,
            .deployment = profile.name,
            .body = QCborValue(body).toCbor()};
}

Verified::Result summaryOf(const QList<Verified> &results)
{
    for (const auto result : {Outcome::Failed, Outcome::Unknown, Outcome::Waiting, Outcome::Passed}) {
        if (std::ranges::find(results, result, &Verified::result) != results.end())
            return result == Outcome::Waiting ? Outcome::Unknown : result;
    }
    return Outcome::Skipped;
}

} // namespace qd
