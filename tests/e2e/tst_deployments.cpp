/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"

#include "history/logbook.h"
#include "sources/source.h"
#include "watch/watcher.h"
#include "wire/postgres.h"

#include <QDateTime>
#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QTest>

#include <libpq-fe.h>

#include <cmath>
#include <map>

using namespace Qt::StringLiterals;
using namespace qd;
using qd::testing::LiveSandbox;

namespace {
/// What the service counts in memory.
class Oracle
{
public:
    explicit Oracle(const QJsonObject &told)
        : m_told(told)
        , m_metrics(told.value("metrics"_L1).toObject())
    {
    }
    [[nodiscard]] QJsonArray limits() const { return m_told.value("limits"_L1).toArray(); }
    [[nodiscard]] QJsonObject breakers() const { return m_told.value("breakers"_L1).toObject(); }
    [[nodiscard]] QStringList names(const QString &of) const { return m_told.value(of).toObject().keys(); }
    /// Values of a label of a metric's series.
    [[nodiscard]] QStringList labels(const QString &metric, const QString &label) const
    {
        QStringList all;
        for (auto it = m_metrics.begin(); it != m_metrics.end(); ++it) {
            if (it.key().startsWith(metric + u'{') && it.key().contains(label + u"=\""_s))
                all.append(it.key().section(label + u"=\""_s, 1).section(u'"', 0, 0));
        }
        all.removeDuplicates();
        return all;
    }
    [[nodiscard]] double metric(const QString &series) const { return m_metrics.value(series).toDouble(-1); }
    /// Of all series of a metric in whose labels `part` stands.
    /// Of the series whose labels contain `part`, and do not contain `without`.
    [[nodiscard]] qint64 sum(const QString &metric, const QString &part = {}, const QString &without = {}) const
    {
        double total = 0;
        for (auto it = m_metrics.begin(); it != m_metrics.end(); ++it) {
            if ((it.key() == metric || it.key().startsWith(metric + u'{')) && it.key().contains(part) &&
                (without.isEmpty() || !it.key().contains(without)))
                total += it->toDouble();
        }
        return std::llround(total);
    }

private:
    QJsonObject m_told;
    QJsonObject m_metrics;
};

struct Differences
{
    QStringList all;
    void expect(const QString &what, const std::optional<qint64> &shown, qint64 own)
    {
        if (shown != own)
            all.append(u"%1: %2, not %3"_s.arg(what, shown ? QString::number(*shown) : u"not measured"_s).arg(own));
    }
    /// The same names, in whatever order.
    void expectNames(const QString &what, QStringList shown, QStringList own)
    {
        shown.sort();
        own.sort();
        if (shown != own)
            all.append(u"%1: %2, not %3"_s.arg(what, shown.join(u' '), own.join(u' ')));
    }
    /// Where there is no `own`, it is not shown either.
    void expectReal(const QString &what, const std::optional<double> &shown, const std::optional<double> &own)
    {
        const auto text = [](const std::optional<double> &value) {
            return value ? QString::number(*value, 'g', 17) : u"not measured"_s;
        };
        if (shown != own)
            all.append(u"%1: %2, not %3"_s.arg(what, text(shown), text(own)));
    }
};

/// An exposition page, read line by line: the number of each series, its labels sorted.
std::map<QString, double> seriesOn(const QByteArray &page)
{
    std::map<QString, double> all;
    for (const QString &line : QString::fromUtf8(page).split(u'\n', Qt::SkipEmptyParts)) {
        if (line.startsWith(u'#'))
            continue;
        const QString name = line.section(u' ', 0, -2);
        const qsizetype brace = name.indexOf(u'{');
        QStringList labels = brace < 0 ? QStringList() : name.mid(brace + 1).chopped(1).split(u',');
        labels.sort();
        all[brace < 0 ? name : name.left(brace) + u'{' + labels.join(u',') + u'}'] = line.section(u' ', -1).toDouble();
    }
    return all;
}

using Buckets = std::map<double, double>; ///< by upper bound

/// Of all the series of a histogram together.
Buckets bucketsOf(const std::map<QString, double> &series, const QString &histogram)
{
    Buckets all;
    for (const auto &[name, count] : series) {
        if (!name.startsWith(histogram + u"_bucket{"_s))
            continue;
        const QString bound = name.section(u"le=\""_s, 1).section(u'"', 0, 0);
        all[bound == "+Inf"_L1 ? INFINITY : bound.toDouble()] += count;
    }
    return all;
}

/// In ms, as PromQL's histogram_quantile tells it of what came between two counts in seconds.
std::optional<double> p95(const Buckets &before, Buckets now)
{
    for (auto &[bound, count] : now)
        count -= before.contains(bound) ? before.at(bound) : 0;
    if (now.empty() || now.rbegin()->second <= 0)
        return std::nullopt;
    const double rank = 0.95 * now.rbegin()->second;
    double from = 0;
    double below = 0;
    for (const auto &[bound, count] : now) {
        if (count >= rank)
            return 1000 * (std::isinf(bound) ? from : from + (bound - from) * (rank - below) / (count - below));
        from = bound;
        below = count;
    }
    return std::nullopt;
}

/// What redis-cli writes of a question, line by line.
QStringList redisByHand(quint16 port, const SecretRef &password, const QStringList &question)
{
    QProcess cli;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"REDISCLI_AUTH"_s, QString::fromUtf8(resolve(password)->reveal()));
    cli.setProcessEnvironment(environment);
    cli.start(u"redis-cli"_s, QStringList{u"-p"_s, QString::number(port)} + question);
    if (!cli.waitForFinished(60'000) || cli.exitCode() != 0)
        qFatal("redis-cli %s: %s", qPrintable(question.join(u' ')), cli.readAllStandardError().constData());
    return QString::fromUtf8(cli.readAllStandardOutput()).remove(u'\r').split(u'\n', Qt::SkipEmptyParts);
}

quint16 masterPort(const RedisConnection &to)
{
    if (to.sentinels.isEmpty())
        return to.port;
    return redisByHand(to.sentinels.first().port, *to.sentinelPassword,
                       {u"SENTINEL"_s, u"GET-MASTER-ADDR-BY-NAME"_s, to.master})
        .value(1)
        .toUShort();
}

QHash<QString, QString> infoByHand(const RedisConnection &to)
{
    QHash<QString, QString> all;
    for (const QString &line : redisByHand(masterPort(to), *to.password, {u"INFO"_s}))
        all.insert(line.section(u':', 0, 0), line.section(u':', 1));
    return all;
}

/// Where a service's documents tell how it is: `*` stands for each member's name.
struct HealthWords
{
    QString url;
    QList<std::pair<QString, QString>> words; ///< path as the console shows it, and place in the document
};

QList<HealthWords> healthOf(const QString &deployment)
{
    if (deployment == "quoted"_L1)
        return {{u"/health"_s, {{u"liveness"_s, u"status"_s}, {u"liveness/database"_s, u"database"_s}}},
                {u"/health/full"_s,
                 {{QString(), u"status"_s},
                  {u"database"_s, u"database/status"_s},
                  {u"cache"_s, u"cache/available"_s},
                  {u"storage"_s, u"storage/status"_s},
                  {u"external/*"_s, u"external/*/status"_s}}}};
    if (deployment == "luckygas"_L1)
        return {{u"/api/v1/health"_s,
                 {{QString(), u"status"_s},
                  {u"database"_s, u"components/database/status"_s},
                  {u"replicas"_s, u"components/replicas/status"_s},
                  {u"redis"_s, u"components/redis/status"_s},
                  {u"external/*"_s, u"components/external_apis/*/status"_s}}}};
    if (deployment == "longmem"_L1)
        return {{u"/health"_s, {{u"liveness"_s, u"status"_s}}},
                {u"/health/detailed"_s, {{QString(), u"status"_s}, {u"*"_s, u"components/*/status"_s}}}};
    if (deployment == "preflight"_L1)
        return {{u"/health"_s, {{u"liveness"_s, u"status"_s}}},
                {u"/ready"_s, {{QString(), u"status"_s}, {u"*"_s, u"services/*/healthy"_s}}},
                {u"/v1/status"_s, {{u"status"_s, u"status"_s}, {u"status/*"_s, u"services/*/healthy"_s}}}};
    return {{u"/api/v1/health"_s, {{u"liveness"_s, u"status"_s}}},
            {u"/api/v1/ready"_s, {{QString(), u"status"_s}, {u"*"_s, u"dependencies/*/status"_s}}}};
}

void addWords(QStringList &words, const QString &path, const QJsonValue &at, const QStringList &steps)
{
    if (steps.isEmpty()) {
        const QString word = at.isBool() ? (at.toBool() ? u"true"_s : u"false"_s) : at.toString(u"-"_s);
        words.append(path + u": "_s + word);
        return;
    }
    if (steps.first() != "*"_L1) {
        addWords(words, path, at[steps.first()], steps.mid(1));
        return;
    }
    const QJsonObject members = at.toObject();
    for (auto it = members.begin(); it != members.end(); ++it)
        addWords(words, QString(path).replace(u'*', it.key()), *it, steps.mid(1));
}

/// What a store answers to whoever asks it by hand with the console's own rights: rows of cells, NULL as "-".
QList<QStringList> byHand(const Profile &profile, const QString &connection, const QByteArray &sql)
{
    const auto *to = profile.connection<PostgresConnection>(connection);
    const auto password = resolve(*to->password);
    const QByteArray text = "host=127.0.0.1 sslmode=disable gssencmode=disable port=" + QByteArray::number(to->port) +
                            " user=" + to->user.toUtf8() + " dbname=" + to->database.toUtf8() +
                            " password=" + password->reveal();
    const std::unique_ptr<PGconn, decltype(&PQfinish)> asked(PQconnectdb(text.constData()), &PQfinish);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(asked.get(), sql.constData()), &PQclear);
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK)
        qFatal("%s: %s", qPrintable(connection), PQerrorMessage(asked.get()));
    QList<QStringList> rows;
    for (int i = 0; i < PQntuples(result.get()); ++i) {
        QStringList row;
        for (int c = 0; c < PQnfields(result.get()); ++c)
            row.append(PQgetisnull(result.get(), i, c) ? u"-"_s : QString::fromUtf8(PQgetvalue(result.get(), i, c)));
        rows.append(row);
    }
    return rows;
}

template <class T>
QString cell(const Value<T> &value)
{
    if (!value.has())
        return u"-"_s;
    if constexpr (std::is_same_v<T, QString>)
        return *value;
    else if constexpr (std::is_same_v<T, Bytes>)
        return QString::number(value->count);
    else if constexpr (std::is_same_v<T, qint64>)
        return QString::number(*value);
    else
        return QString::number(value->count());
}

/// Where each service keeps what: SERIES with %1 for the name of the row.
struct Where
{
    QString requests;
    QString errors; ///< what stands in the labels of a failed request
    QString probes; ///< and in those of a probe's, which is none
    QString rejected;
    QString rejectedPart;
    QString hits;
    QString misses;
    QString calls;
    QString failed;
    QString refused;
    QString latency; ///< histogram
};

Where whereOf(const QString &deployment)
{
    if (deployment == "luckygas"_L1)
        return {.requests = u"http_requests_total"_s,
                .errors = u"status=\"5"_s,
                .rejected = u"rate_limit_hits_total"_s,
                .rejectedPart = u"tier=\"%1\""_s,
                .hits = u"cache_hits_total{cache=\"%1\"}"_s,
                .misses = u"cache_misses_total{cache=\"%1\"}"_s,
                .calls = u"circuit_breaker_calls_total{name=\"%1\",result=\"success\"}"_s,
                .failed = u"circuit_breaker_calls_total{name=\"%1\",result=\"failure\"}"_s,
                .refused = u"circuit_breaker_calls_total{name=\"%1\",result=\"rejected\"}"_s,
                .latency = u"http_request_duration_seconds"_s};
    if (deployment == "longmem"_L1)
        return {.requests = u"http_requests_total"_s,
                .errors = u"status=\"5"_s,
                .probes = u"path=\"/health"_s,
                .rejected = u"rate_limit_exceeded_total"_s,
                .rejectedPart = u"scope=\"%1\""_s,
                .latency = u"http_request_duration_seconds"_s};
    if (deployment == "preflight"_L1)
        return {.requests = u"request_count_total"_s,
                .errors = u"status=\"5"_s,
                .rejected = u"rate_limit_hits_total"_s,
                .latency = u"request_latency_seconds"_s};
    return {.requests = u"http_request_duration_seconds_count"_s,
            .errors = u"status_code=\"5"_s,
            .rejected = u"http_request_duration_seconds_count"_s,
            .rejectedPart = u"status_code=\"429\""_s,
            .hits = u"cache_requests_total{cache=\"%1\",result=\"hit\"}"_s,
            .misses = u"cache_requests_total{cache=\"%1\",result=\"miss\"}"_s,
            .calls = u"circuit{name=\"%1\",event=\"success\"}"_s,
            .failed = u"circuit{name=\"%1\",event=\"failure\"}"_s,
            .refused = u"circuit{name=\"%1\",event=\"reject\"}"_s,
            .latency = u"http_request_duration_seconds"_s};
}
} // namespace

/// Each deployment's own counts beside what the console knows, on real Redis, PostgreSQL and HTTP.
class TestDeployments : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup();
    void theConsoleKnowsWhatTheServiceCounts_data();
    void theConsoleKnowsWhatTheServiceCounts();
    void whatIsKeptIsAsTheStoresHaveIt_data();
    void whatIsKeptIsAsTheStoresHaveIt();
    void anApiThatAnswersOnlyToKeysTellsTheLimitersMode();
    void withoutRedisTheLimiterIsSaidToDoWhatItDoes_data();
    void withoutRedisTheLimiterIsSaidToDoWhatItDoes();

private:
    void watch(const QString &deployment);
    [[nodiscard]] bool isFresh() const;
    [[nodiscard]] bool isWhole() const;
    [[nodiscard]] QString reasons() const;
    [[nodiscard]] std::optional<BreakerState> stateOf(const QString &breaker) const;
    [[nodiscard]] qint64 rejected(const QString &tier) const;
    [[nodiscard]] QString differences();
    [[nodiscard]] QString storeDifferences() const;
    [[nodiscard]] QString redisDifferences() const;
    [[nodiscard]] QStringList shownWords() const;
    [[nodiscard]] QStringList wordsByHand();
    void waitForNew(const QString &kind);
    void compareHealth();
    void compareFlags();
    void compareDatabase();
    void compareCacheKeys();
    [[nodiscard]] QMap<QString, qint64> cacheKeysByHand() const;
    [[nodiscard]] QStringList sentinelDifferences() const;
    void keepPage();
    [[nodiscard]] std::optional<double> ownP95() const;
    [[nodiscard]] QStringList shownRows() const;
    [[nodiscard]] QStringList storedRows(const QByteArrayList &statements) const;
    [[nodiscard]] bool isBackupOld() const;
    void addNames(const Oracle &oracle, Differences &found) const;
    void addLimits(const Oracle &oracle, Differences &found) const;
    void addBreakers(const Oracle &oracle, const Where &where, Differences &found) const;

    QString m_deployment;
    std::unique_ptr<LiveSandbox> m_sandbox;
    SystemClock m_clock;
    std::unique_ptr<IoThread> m_io;
    std::unique_ptr<Logbook> m_book;
    std::unique_ptr<Watcher> m_watcher;
    QTimer m_tick;
    QNetworkAccessManager m_network;
    QList<std::pair<Instant, Buckets>> m_pages; ///< latencies of the last minute, asked for by hand
};

void TestDeployments::watch(const QString &deployment)
{
    m_deployment = deployment;
    m_sandbox = std::make_unique<LiveSandbox>(deployment);
    QVERIFY2(m_sandbox->start({u"--time-scale"_s, u"4"_s}), qPrintable(m_sandbox->lastError()));
    const ProfileResult profile = loadWhole(m_sandbox->profile());
    QVERIFY2(profile, profile ? "" : qPrintable(profile.error().first().message));
    m_io = std::make_unique<IoThread>();
    m_book = std::make_unique<Logbook>(*profile, m_clock);
    m_watcher = std::make_unique<Watcher>(*profile, *m_io, m_clock);
    connect(m_watcher.get(), &Watcher::read, m_book.get(), &Logbook::take);
    connect(&m_tick, &QTimer::timeout, m_book.get(), &Logbook::tick);
    m_pages.clear();
    connect(m_watcher.get(), &Watcher::read, this, [this](const Reading &reading) {
        if (reading.source == "metrics"_L1)
            keepPage();
    });
    m_tick.start(200);
    m_watcher->start();
}

void TestDeployments::cleanup()
{
    m_tick.stop();
    m_watcher.reset();
    m_io.reset();
    m_book.reset();
    m_sandbox.reset();
}

/// Asks at about the time at which the console did.
void TestDeployments::keepPage()
{
    QNetworkReply *reply = m_network.get(QNetworkRequest(QUrl(m_sandbox->url(u"/metrics"_s))));
    connect(reply, &QNetworkReply::finished, this, [this, reply] {
        reply->deleteLater();
        if (reply->error() != QNetworkReply::NoError)
            return;
        m_pages.append({m_clock.now(), bucketsOf(seriesOn(reply->readAll()), whereOf(m_deployment).latency)});
        while (m_pages.first().first < m_pages.last().first - std::chrono::minutes(1))
            m_pages.removeFirst();
    });
}

std::optional<double> TestDeployments::ownP95() const
{
    return m_pages.size() < 2 ? std::nullopt : p95(m_pages.first().second, m_pages.last().second);
}

QStringList TestDeployments::shownWords() const
{
    QStringList all;
    for (const HealthView &row : m_book->view().health) {
        if (row.word.has())
            all.append(row.path + u": "_s + *row.word);
    }
    all.sort();
    return all;
}

QStringList TestDeployments::wordsByHand()
{
    QList<std::pair<QByteArray, QByteArray>> headers;
    for (const auto &[name, value] : m_book->profile().connection<HttpConnection>(u"http"_s)->headers) {
        const auto secret = resolve(value);
        headers.append({name, QByteArray(secret->reveal().constData(), secret->reveal().size())}); // it is wiped
    }
    QStringList all;
    for (const HealthWords &document : healthOf(m_deployment)) {
        const QJsonValue told = QJsonDocument::fromJson(m_sandbox->page(document.url, headers)).object();
        for (const auto &[path, place] : document.words)
            addWords(all, path, told, place.split(u'/'));
    }
    all.sort();
    return all;
}

/// Of each source of that kind an answer that was asked for after now.
void TestDeployments::waitForNew(const QString &kind)
{
    const Instant now = m_clock.now();
    const auto isNew = [&](const SourceView &view) {
        const auto source = m_book->state().sources.find(view.id);
        return view.kind != kind ||
               (source != m_book->state().sources.end() && source->second.good &&
                source->second.good->takenAt -
                        std::chrono::duration_cast<std::chrono::milliseconds>(source->second.good->latency) >
                    now);
    };
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::all_of(m_book->view().sources, isNew), 120'000);
    m_book->tick();
}

/// A breaker or a slow machine may change a word between the two: then once more. Each question counts against limits.
void TestDeployments::compareHealth()
{
    QStringList own;
    for (int attempt = 0; attempt < 8; ++attempt) {
        waitForNew(u"http-health"_s);
        own = wordsByHand();
        if (QTest::currentTestFailed() || shownWords() == own)
            break;
    }
    QCOMPARE(shownWords().join(u'\n'), own.join(u'\n'));
}

bool TestDeployments::isFresh() const
{
    return std::ranges::all_of(m_book->view().sources,
                               [](const SourceView &s) { return s.freshness.kind == Freshness::Kind::Fresh; });
}

bool TestDeployments::isWhole() const
{
    return m_book->view().status == Status::Ok && isFresh() &&
           std::ranges::all_of(m_book->view().sources, [](const SourceView &s) {
               // What a platform does not have is told as well.
               return std::ranges::all_of(s.refusals,
                                          [](const Refusal &r) { return r.error.code == ErrorCode::Unsupported; });
           });
}

QString TestDeployments::reasons() const
{
    QStringList all{toWord(m_book->view().status)};
    for (const Reason &reason : m_book->view().reasons)
        all.append(u"%1 %2 %3"_s.arg(static_cast<int>(reason.code)).arg(reason.subject, reason.word));
    for (const SourceView &source : m_book->view().sources) {
        for (const Refusal &refusal : source.refusals)
            all.append(u"%1 %2 %3"_s.arg(source.id, refusal.what, refusal.error.message));
    }
    return all.join(u'\n');
}

std::optional<BreakerState> TestDeployments::stateOf(const QString &breaker) const
{
    for (const BreakerView &row : m_book->view().breakers) {
        if (row.name == breaker)
            return row.state.value;
    }
    return std::nullopt;
}

qint64 TestDeployments::rejected(const QString &tier) const
{
    for (const TierView &row : m_book->view().tiers) {
        if (row.tier == tier)
            return row.rejected.value.value_or(-1);
    }
    return -1;
}

/// Nothing is shown that the service has not, and nothing that it has is lost.
void TestDeployments::addNames(const Oracle &oracle, Differences &found) const
{
    const auto namesOf = [](const auto &rows, auto name) {
        QStringList all;
        for (const auto &row : rows)
            all.append(row.*name);
        return all;
    };
    const DeploymentView &v = m_book->view();
    const bool isLuckygas = m_deployment == "luckygas"_L1;
    found.expectNames(u"breakers"_s, namesOf(v.breakers, &BreakerView::name),
                      isLuckygas ? oracle.labels(u"circuit_breaker_state"_s, u"name"_s) : oracle.names(u"breakers"_s));
    QStringList groups = isLuckygas ? oracle.labels(u"cache_hits_total"_s, u"cache"_s) +
                                          oracle.labels(u"cache_misses_total"_s, u"cache"_s)
                                    : oracle.names(u"cache"_s);
    groups.removeDuplicates();
    found.expectNames(u"caches"_s, namesOf(v.caches, &CacheView::group), groups);
    // What is counted by the hour is refused, and told, with the minute's; preflight's and storefront's have no name.
    QStringList tiers = m_deployment == "longmem"_L1 ? oracle.labels(u"rate_limit_exceeded_total"_s, u"scope"_s)
                        : isLuckygas                 ? oracle.labels(u"rate_limit_hits_total"_s, u"tier"_s)
                                                     : QStringList{u"api"_s};
    if (isLuckygas) {
        for (const QString &tier : QStringList(tiers))
            tiers.append(tier + u" hourly"_s);
    }
    found.expectNames(u"tiers"_s, namesOf(v.tiers, &TierView::tier), tiers);
}

/// Counters expire on their own: those that both know are compared.
void TestDeployments::addLimits(const Oracle &oracle, Differences &found) const
{
    const auto takenAt = [&](const QString &source) { return m_book->state().sources.at(source).good->takenAt; };
    const auto spent = [](const QJsonValue &bucket, Instant at) {
        const double since =
            std::chrono::duration<double>(at.time_since_epoch()).count() - bucket["updated_at"_L1].toDouble();
        const double amount = bucket["limit"_L1].toDouble();
        const double tokens = std::min(amount, bucket["tokens"_L1].toDouble() + since * amount / 60);
        return static_cast<qint64>(amount) - static_cast<qint64>(std::floor(tokens));
    };
    QHash<QString, qint64> own;
    const QJsonArray limits = oracle.limits();
    for (const QJsonValue &limit : limits) {
        const qint64 amount = limit["limit"_L1].toInteger();
        const QStringList key = limit["key"_L1].toString().split(u':');
        if (m_deployment == "longmem"_L1) {
            own.insert(u"%1 %2 %3"_s.arg(key.value(2), key.value(1)).arg(amount), spent(limit, takenAt(u"redis"_s)));
            if (key.value(2) == "127.0.0.1"_L1) // the console, as the headers of its own polls tell
                own.insert(u"quarterdeck  %1"_s.arg(amount), spent(limit, takenAt(u"health"_s)));
        } else if (m_deployment == "preflight"_L1) {
            if (key.value(2).toLongLong() == QDateTime::currentSecsSinceEpoch() / 60)
                own.insert(u"%1  %2"_s.arg(key.value(1)).arg(amount), limit["used"_L1].toInteger());
        } else {
            const QString scope = m_deployment == "storefront"_L1 ? QString() : limit["scope"_L1].toString();
            own.insert(u"%1 %2 %3"_s.arg(limit["client"_L1].toString(), scope).arg(amount),
                       limit["used"_L1].toInteger());
        }
    }
    qint64 compared = 0;
    bool isOwnSeen = false;
    for (const LimitView &limit : m_book->view().limits) {
        const QString key = u"%1 %2 %3"_s.arg(limit.client, limit.scope).arg(limit.limit.value.value_or(-1));
        const auto it = own.constFind(key);
        if (it == own.cend())
            continue;
        ++compared;
        isOwnSeen = isOwnSeen || limit.client == "quarterdeck"_L1;
        // A bucket fills between the reading and the moment that it is said to be of.
        const qint64 slack = m_deployment == "longmem"_L1 ? 1 + *limit.limit / 100 : 0;
        if (std::abs(limit.used.value.value_or(-1000) - *it) > slack)
            found.expect(key, limit.used.value, *it);
    }
    constexpr qint64 least = 4;
    if (compared < least)
        found.expect(u"counters of limits compared"_s, compared, least);
    found.expect(u"the console's own limit"_s, isOwnSeen, m_deployment == "longmem"_L1);
}

void TestDeployments::addBreakers(const Oracle &oracle, const Where &where, Differences &found) const
{
    for (const BreakerView &breaker : m_book->view().breakers) {
        const auto own = [&](const QString &series) {
            return std::llround(std::max(0.0, oracle.metric(series.arg(breaker.name))));
        };
        // opossum-prometheus writes nothing of a breaker before its first call.
        const bool isIdle = m_deployment == "storefront"_L1 &&
                            oracle.metric(u"circuit{name=\"%1\",event=\"fire\"}"_s.arg(breaker.name)) < 0;
        if (isIdle ? breaker.calls.has() : breaker.calls.value != own(where.calls) + own(where.failed))
            found.expect(breaker.name + u" calls"_s, breaker.calls.value, own(where.calls) + own(where.failed));
        if (!isIdle) {
            found.expect(breaker.name + u" failed"_s, breaker.failed.value, own(where.failed));
            found.expect(breaker.name + u" refused"_s, breaker.rejected.value, own(where.refused));
        }
        const auto is = [&](const QString &opossum, const QString &python) {
            return oracle.breakers().value(breaker.name).toObject().value(opossum).toBool() ||
                   oracle.metric(u"circuit_breaker_state{circuit_breaker_state=\"%1\",name=\"%2\"}"_s.arg(
                       python, breaker.name)) > 0;
        };
        const BreakerState state = is(u"open"_s, u"open"_s)            ? BreakerState::Open
                                   : is(u"halfOpen"_s, u"half_open"_s) ? BreakerState::HalfOpen
                                                                       : BreakerState::Closed;
        found.expect(breaker.name + u" state"_s, static_cast<int>(breaker.state.value.value_or(BreakerState::Unknown)),
                     static_cast<int>(state));
    }
}

QString TestDeployments::differences()
{
    const Oracle oracle(m_sandbox->oracle());
    const DeploymentView &v = m_book->view();
    const Where where = whereOf(m_deployment);
    Differences found;
    found.expect(u"requests"_s, v.requests.total.value, oracle.sum(where.requests));
    found.expect(u"errors"_s, v.requests.errors.value, oracle.sum(where.requests, where.errors, where.probes));
    for (const TierView &tier : v.tiers) {
        const QString part = where.rejectedPart.contains(u'%') ? where.rejectedPart.arg(tier.tier) : where.rejectedPart;
        if (tier.tier.endsWith(u"hourly"_s)) // told together with the minute's
            found.expect(tier.tier, tier.rejected.has() ? 1 : 0, 0);
        else
            found.expect(u"refused of "_s + tier.tier, tier.rejected.value, oracle.sum(where.rejected, part));
    }
    for (const CacheView &cache : v.caches) {
        found.expect(cache.group + u" has keys"_s, cache.keys.has() ? 1 : 0, 1);
        if (where.hits.isEmpty()) {
            found.expect(cache.group + u" has lookups"_s, cache.hits.has() || cache.misses.has() ? 1 : 0, 0);
            continue;
        }
        // prom-client writes a series from its first event on.
        const auto own = [&](const QString &series) {
            return std::llround(std::max(0.0, oracle.metric(series.arg(cache.group))));
        };
        found.expect(cache.group + u" hits"_s, cache.hits.value, own(where.hits));
        found.expect(cache.group + u" misses"_s, cache.misses.value, own(where.misses));
    }
    const auto page = seriesOn(m_sandbox->page(u"/metrics"_s));
    const auto own = [&](const QString &series) {
        const auto it = page.find(series);
        return it == page.end() ? std::nullopt : std::optional(it->second);
    };
    for (const auto &[source, metric] : factsOf<Metric>(m_book->state())) {
        if (metric.type == "counter"_L1)
            found.expect(metric.name(), std::llround(metric.value.valueOr(-1)),
                         std::llround(oracle.metric(metric.name())));
        const QString labels = metric.name().mid(metric.family.size());
        const bool isDistribution = metric.type == "histogram"_L1 || metric.type == "summary"_L1;
        found.expectReal(metric.name(), metric.value.value, isDistribution ? std::nullopt : own(metric.name()));
        found.expectReal(metric.name() + u" count"_s, metric.count.value, own(metric.family + u"_count"_s + labels));
        found.expectReal(metric.name() + u" sum"_s, metric.sum.value, own(metric.family + u"_sum"_s + labels));
        if (isDistribution && !metric.count.has())
            found.expect(metric.name() + u" has a count"_s, 0, 1);
    }
    addNames(oracle, found);
    addBreakers(oracle, where, found);
    addLimits(oracle, found);
    return found.all.join(u'\n');
}

/// What stands still in INFO while nobody writes, and the replicas that follow.
QString TestDeployments::redisDifferences() const
{
    const auto info = infoByHand(*m_book->profile().connection<RedisConnection>(u"redis"_s));
    const DeploymentView &v = m_book->view();
    if (!v.redis.fact)
        return u"no Redis"_s;
    const RedisServer &redis = *v.redis.fact;
    const auto limit = info.value(u"maxmemory"_s) == "0"_L1 ? u"-"_s : info.value(u"maxmemory"_s);
    QStringList shown{cell(redis.version),        cell(redis.role),         cell(redis.maxMemory),
                      cell(redis.evictionPolicy), cell(redis.evictedTotal), cell(redis.follows)};
    QStringList own{info.value(u"redis_version"_s),    info.value(u"role"_s),         limit,
                    info.value(u"maxmemory_policy"_s), info.value(u"evicted_keys"_s), u"-"_s};
    for (const Told<Replica> &row : v.replicas.rows) {
        if (row.fact.system == "redis"_L1)
            shown.append({row.fact.id, cell(row.fact.address), cell(row.fact.state), cell(row.fact.lag)});
    }
    for (int i = 0; i < info.value(u"connected_slaves"_s).toInt(); ++i) {
        QHash<QString, QString> told;
        for (const QString &part : info.value(u"slave%1"_s.arg(i)).split(u','))
            told.insert(part.section(u'=', 0, 0), part.section(u'=', 1));
        const QString address = told.value(u"ip"_s) + u':' + told.value(u"port"_s);
        own.append(
            {address, address, told.value(u"state"_s),
             QString::number(info.value(u"master_repl_offset"_s).toLongLong() - told.value(u"offset"_s).toLongLong())});
    }
    if (shown.size() != (m_deployment == "luckygas"_L1 ? 10 : 6))
        return u"%1 figures shown"_s.arg(shown.size());
    return shown == own ? QString() : u"shown %1\nown   %2"_s.arg(shown.join(u'|'), own.join(u'|'));
}

/// The keys of each group by SCAN.
QMap<QString, qint64> TestDeployments::cacheKeysByHand() const
{
    const QString pattern = m_deployment == "longmem"_L1      ? u"memory:cache:%1:*"_s
                            : m_deployment == "storefront"_L1 ? u"%1:*"_s
                                                              : u"cache:%1:*"_s;
    const auto *redis = m_book->profile().connection<RedisConnection>(u"redis"_s);
    QMap<QString, qint64> all;
    for (const CacheView &cache : m_book->view().caches)
        all.insert(cache.group, redisByHand(masterPort(*redis), *redis->password,
                                            {u"--scan"_s, u"--pattern"_s, pattern.arg(cache.group)})
                                    .size());
    return all;
}

/// They expire by themselves: while nobody writes any there are no more than before, and no fewer than afterwards.
void TestDeployments::compareCacheKeys()
{
    QStringList different;
    for (int attempt = 0; attempt < 8; ++attempt) {
        const auto most = cacheKeysByHand();
        waitForNew(u"redis"_s);
        if (QTest::currentTestFailed())
            return;
        QMap<QString, qint64> shown;
        for (const CacheView &cache : m_book->view().caches)
            shown.insert(cache.group, cache.keys.value.value_or(0)); // of a group without any, no key tells
        const auto least = cacheKeysByHand();
        different.clear();
        for (auto it = shown.cbegin(); it != shown.cend(); ++it) {
            if (*it > most.value(it.key()) || *it < least.value(it.key()))
                different.append(u"keys of %1: %2, not %3 to %4"_s.arg(it.key())
                                     .arg(*it)
                                     .arg(least.value(it.key()))
                                     .arg(most.value(it.key())));
        }
        if (different.isEmpty() && std::ranges::any_of(most, [](qint64 keys) { return keys > 0; }))
            return;
    }
    QVERIFY2(m_book->view().caches.isEmpty(), qPrintable(different.join(u'\n')));
}

/// What grows by the questions alone lies between the answers before and after the console's.
void TestDeployments::compareDatabase()
{
    const auto own = [this] {
        return byHand(m_book->profile(), u"postgresql"_s,
                      "SELECT xact_commit, pg_database_size(datid), numbackends FROM pg_stat_database WHERE "
                      "datname = current_database()")
            .value(0);
    };
    const auto &shown = m_book->view().database.fact;
    const qint64 before = own().value(0).toLongLong();
    QVERIFY(before > 0);
    QTRY_VERIFY_WITH_TIMEOUT(shown && shown->commitsTotal.valueOr(-1) >= before, 60'000);
    const QStringList now = own();
    QVERIFY2(*shown->commitsTotal <= now.value(0).toLongLong(), qPrintable(now.join(u' ')));
    constexpr qint64 page = 8192;
    QVERIFY2(shown->size.has() && std::abs(shown->size->count - now.value(1).toLongLong()) <= 64 * page,
             qPrintable(cell(shown->size) + u" bytes, not "_s + now.value(1)));
    QVERIFY2(shown->connections.has() && std::abs(*shown->connections - now.value(2).toLongLong()) <= 3,
             qPrintable(cell(shown->connections) + u" connections, not "_s + now.value(2)));
}

/// What the running service goes by: quoted's in per cent of its subjects, the others' as their platform set them.
void TestDeployments::compareFlags()
{
    const QJsonObject own = m_sandbox->oracle()["flags"_L1].toObject();
    QStringList expected;
    QStringList shown;
    for (const auto &row : m_book->view().flags.rows) {
        const FeatureFlag &flag = row.fact;
        if (row.source != "platform"_L1) {
            const QString effective = flag.effective.valueOr(u"-"_s);
            QVERIFY2(effective == "on"_L1 || effective == "off"_L1, qPrintable(flag.key + u' ' + effective));
            shown.append(u"%1 %2"_s.arg(flag.key).arg(effective == "on"_L1 ? flag.rollout.valueOr(100) : 0));
        } else {
            // Nothing was set since the deploy.
            QCOMPARE(flag.effective.valueOr(*flag.set), *flag.set);
            shown.append(flag.key + u' ' + *flag.set);
        }
    }
    for (auto it = own.begin(); it != own.end(); ++it) {
        // Its variable overrides it, and nobody has set that.
        if (it.key() == "RECOMMENDATIONS_CACHE_TTL"_L1)
            expected.append(u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE not set"_s);
        else
            expected.append(it.key() + u' ' +
                            (it->isBool() ? (it->toBool() ? u"on"_s : u"off"_s) : it->toVariant().toString()));
    }
    shown.sort();
    expected.sort();
    QCOMPARE(shown, expected);
    QCOMPARE(shown.isEmpty(), m_book->profile().unavailable.contains(u"flags"_s));
}

/// Each Sentinel's row beside its own answers.
QStringList TestDeployments::sentinelDifferences() const
{
    const auto *redis = m_book->profile().connection<RedisConnection>(u"redis"_s);
    QStringList shown;
    for (const Told<Sentinel> &row : m_book->view().sentinels.rows) {
        const Sentinel &s = row.fact;
        shown.append(QStringList{s.id, s.master, cell(s.masterAddress), cell(s.flags), cell(s.quorum), cell(s.majority),
                                 cell(s.known), cell(s.usable), cell(s.canDecide), cell(s.replicas), cell(s.epoch)}
                         .join(u'|'));
    }
    QStringList own;
    for (const auto &address : redis->sentinels) {
        const QStringList lines =
            redisByHand(address.port, *redis->sentinelPassword, {u"SENTINEL"_s, u"MASTER"_s, redis->master});
        const auto told = [&lines](const QString &field) { return lines.value(lines.indexOf(field) + 1); };
        const QString quorum =
            redisByHand(address.port, *redis->sentinelPassword, {u"SENTINEL"_s, u"CKQUORUM"_s, redis->master}).value(0);
        const int known = told(u"num-other-sentinels"_s).toInt() + 1;
        own.append(QStringList{address.text(), redis->master, told(u"ip"_s) + u':' + told(u"port"_s), told(u"flags"_s),
                               told(u"quorum"_s), QString::number(known / 2 + 1), QString::number(known),
                               quorum.section(u' ', 1, 1), quorum.startsWith(u"OK "_s) ? u"1"_s : u"0"_s,
                               told(u"num-slaves"_s), told(u"config-epoch"_s)}
                       .join(u'|'));
    }
    shown.sort();
    own.sort();
    if (shown == own && !own.isEmpty())
        return {};
    return QStringList{u"Sentinels"_s} + shown + QStringList{u"own"_s} + own;
}

/// What PostgreSQL and pgBouncer say themselves, while nobody asks them for anything else.
QString TestDeployments::storeDifferences() const
{
    const DeploymentView &v = m_book->view();
    const auto ask = [this](const QString &connection, const QByteArray &sql) {
        return byHand(m_book->profile(), connection, sql);
    };
    QStringList found;
    const auto compare = [&found](const QString &what, const QList<QStringList> &shown, const QList<QStringList> &own) {
        if (shown == own)
            return;
        found.append(what);
        for (const auto &[name, rows] : {std::pair(u"shown"_s, shown), std::pair(u"own"_s, own)}) {
            for (const QStringList &row : rows)
                found.append(u"  %1 %2"_s.arg(name, row.join(u'|')));
        }
    };
    for (const ServerView<Database> &server : v.databases) {
        const Database &database = *server.fact;
        compare(database.name(),
                {{cell(database.version), cell(database.maxConnections), cell(database.isStandby),
                  cell(database.wraparoundLimit), cell(database.waiting), cell(database.idleInTransaction),
                  cell(database.deadlocksTotal), cell(database.archivedTotal)}},
                ask(server.source,
                    "SELECT current_setting('server_version'), current_setting('max_connections'), "
                    "pg_is_in_recovery()::int, current_setting('autovacuum_freeze_max_age'), "
                    "(SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'), "
                    "(SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'), deadlocks, NULL "
                    "FROM pg_stat_database WHERE datname = current_database()"));
    }
    QList<QStringList> relations;
    for (const Told<Relation> &row : v.relations.rows)
        relations.append({row.fact.relation, cell(row.fact.size)});
    compare(u"tables"_s, relations,
            ask(u"postgresql"_s,
                "SELECT * FROM (SELECT 'public.' || relname AS name, pg_total_relation_size(oid) AS size "
                "FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
                "ORDER BY size DESC, name LIMIT 20) t ORDER BY name COLLATE \"C\""));
    // What the load wrote stands still now, other than what services and console ask by themselves.
    QList<QStringList> statements;
    QStringList ids;
    for (const Told<Statement> &row : v.statements.rows) {
        if (row.source == "postgresql"_L1 && !row.fact.id.contains(u'/') &&
            row.fact.text.valueOr({}).startsWith(u"INSERT"_s)) {
            statements.append({row.fact.id, cell(row.fact.calls), cell(row.fact.rows)});
            ids.append(row.fact.id);
        }
    }
    if (!ids.isEmpty())
        compare(u"statements"_s, statements,
                ask(u"postgresql"_s,
                    "SELECT queryid, sum(calls), sum(rows) FROM pg_stat_statements WHERE queryid IN (" +
                        ids.join(u',').toLatin1() + ") GROUP BY queryid ORDER BY queryid::text COLLATE \"C\""));
    if (v.statements.rows.isEmpty())
        found.append(u"no statements"_s);
    if (m_deployment != "luckygas"_L1)
        return found.join(u'\n');
    QList<QStringList> replicas;
    for (const Told<Replica> &row : v.replicas.rows) {
        if (row.fact.system == "postgresql"_L1)
            replicas.append(
                {row.fact.id, cell(row.fact.address), cell(row.fact.state), cell(row.fact.sync), cell(row.fact.lag)});
    }
    compare(u"replicas"_s, replicas,
            ask(u"postgresql"_s, "SELECT application_name, host(client_addr) || ':' || client_port, state, sync_state, "
                                 "pg_current_wal_lsn() - replay_lsn FROM pg_stat_replication"));
    QList<QStringList> pools;
    for (const Told<Pool> &row : v.pools.rows)
        pools.append({row.fact.database, row.fact.user, cell(row.fact.clientsActive), cell(row.fact.clientsWaiting),
                      cell(row.fact.serversActive), cell(row.fact.longestWait), cell(row.fact.mode),
                      cell(row.fact.size), cell(row.fact.maxClients), cell(row.fact.isPaused)});
    QList<QStringList> own;
    // 1.18: database, user, cl_active, cl_waiting, …, sv_active (6), …, maxwait (13), maxwait_us, pool_mode.
    for (const QStringList &row : ask(u"pgbouncer"_s, "SHOW POOLS")) {
        if (row[0] != "pgbouncer"_L1)
            own.append({row[0], row[1], row[2], row[3], row[6], row[13], row[15], u"25"_s, u"1000"_s, u"0"_s});
    }
    compare(u"pools"_s, pools, own);
    found += sentinelDifferences();
    return found.join(u'\n');
}

void TestDeployments::theConsoleKnowsWhatTheServiceCounts_data()
{
    QTest::addColumn<QString>("flooded"); // tier
    QTest::addColumn<QString>("fault");   // that opens `breaker`
    QTest::addColumn<QString>("breaker");
    QTest::addColumn<QString>("provoked");     // what to ask for where people rarely need it by themselves
    QTest::addColumn<QStringList>("business"); // metrics
    QTest::addColumn<QStringList>("unavailable");
    QTest::newRow("luckygas") << u"basic"_s << u"sms_api-down"_s << u"sms_api"_s << QString()
                              << QStringList{u"orders_total"_s, u"deliveries_total"_s, u"revenue_twd_total"_s,
                                             u"prediction_latency_seconds"_s, u"order_processing_delay_seconds"_s}
                              << QStringList{u"flags"_s};
    QTest::newRow("longmem") << u"user"_s << QString() << QString() << QString() << QStringList{}
                             << QStringList{u"breakers"_s, u"api_keys"_s, u"business_metrics"_s,
                                            u"replicas"_s, u"pools"_s,    u"sentinels"_s};
    QTest::newRow("preflight") << u"api"_s << QString() << QString() << QString()
                               << QStringList{u"evaluations_total"_s, u"evaluation_latency_seconds"_s}
                               << QStringList{u"breakers"_s, u"cache"_s, u"backups"_s,  u"alerts"_s,
                                              u"replicas"_s, u"pools"_s, u"sentinels"_s};
    QTest::newRow("storefront") << u"api"_s << u"stripe-down"_s << u"stripe"_s << u"/api/v1/payments/sheet"_s
                                << QStringList{u"orders_total"_s, u"push_receipts_total"_s, u"stripe_webhook_total"_s}
                                << QStringList{u"api_keys"_s, u"replicas"_s, u"pools"_s, u"sentinels"_s};
}

void TestDeployments::theConsoleKnowsWhatTheServiceCounts()
{
    QFETCH(QString, flooded);
    QFETCH(QString, fault);
    QFETCH(QString, breaker);
    QFETCH(QString, provoked);
    QFETCH(QStringList, business);
    QFETCH(QStringList, unavailable);
    watch(QString::fromLatin1(QTest::currentDataTag()));
    if (QTest::currentTestFailed())
        return;
    QVERIFY2(QTest::qWaitFor([this] { return isWhole(); }, 60'000), qPrintable(reasons()));
    const DeploymentView &v = m_book->view();
    QCOMPARE(v.database.fact->environment.valueOr({}), m_deployment + u"/production"_s);
    QVERIFY(v.database.fact->schemaVersion.has());
    QVERIFY(v.redis.fact && v.redis.fact->usedMemory.has());
    QCOMPARE(m_book->profile().unavailable, unavailable);
    QCOMPARE(v.breakers.isEmpty(), unavailable.contains(u"breakers"_s));
    QCOMPARE(v.caches.isEmpty(), unavailable.contains(u"cache"_s));

    const auto shownP95 = [&] {
        return v.requests.latencyP95.has() ? std::optional(v.requests.latencyP95->count()) : std::nullopt;
    };
    const auto isP95 = [&] {
        const auto own = ownP95();
        return own && shownP95() && std::abs(*shownP95() - *own) <= *own / 5;
    };
    QVERIFY2(QTest::qWaitFor(isP95, 120'000),
             qPrintable(u"%1 ms, not %2"_s.arg(shownP95().value_or(-1)).arg(ownP95().value_or(-1))));

    QVERIFY2(m_sandbox->fault(u"flood"_s, flooded), qPrintable(m_sandbox->lastError()));
    if (!fault.isEmpty()) {
        QVERIFY2(m_sandbox->fault(fault), qPrintable(m_sandbox->lastError()));
        for (int i = 0; i < 5 && !provoked.isEmpty(); ++i)
            m_sandbox->post(provoked);
        QTRY_VERIFY_WITH_TIMEOUT(stateOf(breaker) == BreakerState::Open, 60'000);
    }
    QTRY_VERIFY_WITH_TIMEOUT(rejected(flooded) > 0, 60'000);
    // Well within a minute: preflight's counters begin and end with it.
    const auto second = [] { return QDateTime::currentSecsSinceEpoch() % 60; };
    QString different;
    const auto agrees = [&] { return (different = differences()).isEmpty(); };
    // A machine that stands still for a while lets windows of limits end between the two counts: then in another
    // minute.
    for (int attempt = 0; attempt < 3; ++attempt) {
        QVERIFY2(m_sandbox->resumeLoad(), qPrintable(m_sandbox->lastError()));
        // A source that just failed would be asked again when the windows of the limits are over.
        QTRY_VERIFY_WITH_TIMEOUT(second() > 10 && second() < 30 && isFresh(), 130'000);
        QVERIFY2(m_sandbox->pauseLoad(), qPrintable(m_sandbox->lastError()));
        if (QTest::qWaitFor(agrees, 25'000))
            break;
        qInfo("%s", qPrintable(different));
    }
    QVERIFY2(different.isEmpty(), qPrintable(different));
    const auto storesAgree = [&] { return (different = storeDifferences()).isEmpty(); };
    QVERIFY2(QTest::qWaitFor(storesAgree, 30'000), qPrintable(different));
    QStringList told;
    for (const auto &[source, metric] : factsOf<Metric>(m_book->state()))
        told.append(metric.family);
    for (const QString &metric : std::as_const(business))
        QVERIFY2(told.contains(metric), qPrintable(metric));
}

/// Keys, API keys and flags as the console knows them, one line each.
QStringList TestDeployments::shownRows() const
{
    const auto time = [](const Value<Instant> &at) {
        return at.has() ? QString::number(std::chrono::floor<std::chrono::seconds>(*at).time_since_epoch().count())
                        : u"-"_s;
    };
    const auto text = [](const Value<QString> &value) { return value.valueOr(u"-"_s); };
    const auto count = [](const Value<qint64> &value) { return value.has() ? QString::number(*value) : u"-"_s; };
    const DeploymentView &v = m_book->view();
    QStringList all;
    for (const auto &row : v.signingKeys.rows) {
        if (row.source == "platform"_L1)
            continue; // tst_platform_live
        const SigningKey &key = row.fact;
        all.append(QStringList{u"key"_s, key.id, toWord(key.state.valueOr(KeyState::Unknown)), time(key.createdAt),
                               time(key.activatedAt), time(key.retireAfter), count(key.tokens),
                               time(key.lastTokenExpiry)}
                       .join(u' '));
    }
    for (const auto &row : v.flags.rows) {
        if (row.source == "platform"_L1)
            continue;
        const FeatureFlag &flag = row.fact;
        all.append(QStringList{u"flag"_s, flag.key, text(flag.set), count(flag.rollout), text(flag.updatedBy),
                               time(flag.updatedAt)}
                       .join(u' '));
    }
    for (const auto &row : v.apiKeys.rows) {
        const ApiKey &key = row.fact;
        // The console itself uses one of them.
        const bool isOwn = text(key.label) == "monitoring"_L1;
        all.append(QStringList{u"api"_s, key.id, text(key.label), text(key.prefix), text(key.tier), text(key.role),
                               time(key.createdAt), isOwn ? u"-"_s : time(key.lastUsedAt), time(key.expiresAt),
                               time(key.revokedAt)}
                       .join(u' '));
    }
    all.sort();
    return all;
}

/// The same, asked of the database by hand.
QStringList TestDeployments::storedRows(const QByteArrayList &statements) const
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    auto database = PgConnection::open(*m_book->profile().connection<PostgresConnection>(u"postgresql"_s), deadline);
    if (!database)
        return {database.error().message};
    QStringList all;
    for (const QByteArray &sql : statements) {
        if (sql.isEmpty())
            continue;
        const auto rows = database->query(sql, {}, deadline);
        if (!rows)
            return {rows.error().message};
        for (const auto &row : rows->rows) {
            QStringList cells;
            for (const auto &cell : row)
                cells.append(QString::fromUtf8(cell.value_or("-")));
            all.append(cells.join(u' '));
        }
    }
    all.sort();
    return all;
}

bool TestDeployments::isBackupOld() const
{
    return std::ranges::any_of(m_book->view().reasons,
                               [](const Reason &reason) { return reason.code == Reason::Code::BackupOld; });
}

void TestDeployments::whatIsKeptIsAsTheStoresHaveIt_data()
{
    QTest::addColumn<QByteArray>("keys");
    QTest::addColumn<QByteArray>("flags");
    QTest::addColumn<QString>("backups"); // QDateTime's format of their names, or of their times' beginning
    QTest::addColumn<int>("hoursAhead");  // of UTC: the names' time
    QTest::addColumn<QString>("format");
    QTest::addColumn<int>("kept");
    QTest::addColumn<QByteArray>("schema");
    const QByteArray alembic = "SELECT version_num FROM alembic_version";
    const auto epoch = [](const QByteArray &column) { return "floor(extract(epoch FROM " + column + "))::bigint"; };
    QTest::newRow("quoted") << "SELECT 'key', kid, state, " + epoch("created_at") + ", " + epoch("activated_at") +
                                   ", " + epoch("retire_after") +
                                   ", (SELECT count(*) FROM sessions s WHERE s.kid = k.kid AND expires_at > now() AND "
                                   "revoked_at IS NULL), (SELECT " +
                                   epoch("max(expires_at)") +
                                   " FROM sessions s WHERE s.kid = k.kid AND expires_at > now() AND revoked_at IS "
                                   "NULL) FROM jwt_keys k"
                            << "SELECT 'flag', key, CASE WHEN enabled THEN 'on' ELSE 'off' END, rollout_percent, "
                               "updated_by, " +
                                   epoch("updated_at") + " FROM feature_flags"
                            << u"'quoted-'yyyyMMdd-HHmmss'.dump'"_s << 0 << u"custom"_s << 14 << alembic;
    QTest::newRow("luckygas") << "SELECT 'api', id, NULL, prefix, tier, role, NULL, " + epoch("last_used_at") + ", " +
                                     epoch("expires_at") + ", " + epoch("revoked_at") + " FROM api_keys"
                              << QByteArray() << u"'luckygas_prod_backup_'yyyyMMdd_HHmmss'.sql.gz'"_s << 8
                              << u"plain, gzip"_s << 7 << alembic;
    QTest::newRow("longmem") << QByteArray() << QByteArray() << u"'longmem-'yyyyMMdd-HHmmss'.dump'"_s << 0
                             << u"custom"_s << 14 << alembic;
    QTest::newRow("preflight") << "SELECT 'api', id, name, prefix, NULL, NULL, " + epoch("created_at") +
                                      ", CASE WHEN name <> 'monitoring' THEN " + epoch("last_used_at") +
                                      " END, NULL, " + epoch("revoked_at") + " FROM api_keys"
                               << QByteArray() << QString() << 0 << QString() << 0 << alembic;
    QTest::newRow("storefront") << QByteArray() << QByteArray() << u"'backup-'yyyy-MM-dd'.sql'"_s << 0 << u"plain"_s
                                << 30 << QByteArray("SELECT max(migration_name) FROM _prisma_migrations");
}

void TestDeployments::whatIsKeptIsAsTheStoresHaveIt()
{
    QFETCH(QByteArray, keys);
    QFETCH(QByteArray, flags);
    QFETCH(QString, backups);
    QFETCH(int, hoursAhead);
    QFETCH(QString, format);
    QFETCH(int, kept);
    QFETCH(QByteArray, schema);
    watch(QString::fromLatin1(QTest::currentDataTag()));
    if (QTest::currentTestFailed())
        return;
    QVERIFY2(QTest::qWaitFor([this] { return isWhole(); }, 60'000), qPrintable(reasons()));
    QVERIFY2(m_sandbox->pauseLoad(), qPrintable(m_sandbox->lastError()));
    QTRY_COMPARE_WITH_TIMEOUT(shownRows(), storedRows({keys, flags}), 60'000);

    const DeploymentView &v = m_book->view();
    QVERIFY(v.database.fact);
    QCOMPARE(cell(v.database.fact->schemaVersion),
             byHand(m_book->profile(), u"postgresql"_s, schema).value(0).value(0));
    QString different;
    QVERIFY2(QTest::qWaitFor([&] { return (different = redisDifferences()).isEmpty(); }, 60'000),
             qPrintable(different));
    compareHealth();
    if (QTest::currentTestFailed())
        return;
    for (const auto compare :
         {&TestDeployments::compareFlags, &TestDeployments::compareCacheKeys, &TestDeployments::compareDatabase}) {
        (this->*compare)();
        if (QTest::currentTestFailed())
            return;
    }
    if (m_deployment == "quoted"_L1) // of the others where their counts are compared
        QVERIFY2(QTest::qWaitFor([&] { return (different = storeDifferences()).isEmpty(); }, 60'000),
                 qPrintable(different));
    QCOMPARE(v.backups.rows.size(), kept);
    if (kept == 0) {
        QVERIFY(m_book->profile().unavailable.contains(u"backups"_s));
        return;
    }
    const QString directory = m_sandbox->description()["deployments"_L1][m_deployment]["backups"_L1].toString();
    QDir there(directory);
    for (const auto &row : v.backups.rows) {
        const Backup &backup = row.fact;
        const QFileInfo file(there.filePath(backup.id));
        QVERIFY2(file.isFile(), qPrintable(file.filePath()));
        QCOMPARE(backup.size.value, Bytes{file.size()});
        QCOMPARE(backup.format.valueOr({}), format);
        QCOMPARE(backup.trouble.valueOr({}), QString());
        QDateTime told = QDateTime::fromString(backup.id, backups).addSecs(-3600LL * hoursAhead);
        told.setTimeSpec(Qt::UTC);
        if (!backups.contains(u"HH"_s))
            told = file.lastModified();
        QCOMPARE(backup.takenAt->time_since_epoch().count(), told.toMSecsSinceEpoch());
    }
    QVERIFY(!isBackupOld());
    QVERIFY2(m_sandbox->fault(u"age-backup"_s), qPrintable(m_sandbox->lastError()));
    QTRY_VERIFY_WITH_TIMEOUT(isBackupOld(), 60'000);
    QVERIFY(v.status == Status::Degraded);
    QCOMPARE(v.backups.rows.size(), kept - 3);
    QVERIFY2(m_sandbox->fault(u"age-backup"_s, {}, false), qPrintable(m_sandbox->lastError()));
    QTRY_VERIFY_WITH_TIMEOUT(!isBackupOld(), 60'000);
}

void TestDeployments::anApiThatAnswersOnlyToKeysTellsTheLimitersMode()
{
    watch(u"preflight"_s);
    if (QTest::currentTestFailed())
        return;
    QVERIFY2(QTest::qWaitFor([this] { return isWhole(); }, 60'000), qPrintable(reasons()));
    QCOMPARE(m_book->view().limiter.mode.value, LimiterMode::Redis);
    QVERIFY2(m_sandbox->fault(u"redis-stop"_s), qPrintable(m_sandbox->lastError()));
    QTRY_VERIFY_WITH_TIMEOUT(m_book->view().limiter.mode.value == LimiterMode::FailingOpen, 60'000);
    const auto &reasons = m_book->view().reasons;
    QTRY_VERIFY_WITH_TIMEOUT(
        std::ranges::any_of(reasons, [](const Reason &r) { return r.code == Reason::Code::LimiterFallback; }), 30'000);
    // The console's own questions are let through as well, so that it grows on.
    const QString failedOpen = u"rate_limit_failed_open_total"_s;
    const auto own = [&] { return Oracle(m_sandbox->oracle()).metric(failedOpen); };
    const auto shown = [&] {
        for (const auto &[source, metric] : factsOf<Metric>(m_book->state())) {
            if (metric.name() == failedOpen)
                return metric.value.valueOr(-1);
        }
        return -1.0;
    };
    QTRY_VERIFY_WITH_TIMEOUT(own() > 0, 60'000);
    const double before = own();
    QTRY_VERIFY2_WITH_TIMEOUT(shown() >= before, qPrintable(u"%1, not %2"_s.arg(shown()).arg(before)), 60'000);
    const double let = shown();
    QVERIFY(let <= own());
    const auto key = resolve(m_book->profile().connection<HttpConnection>(u"http"_s)->headers.first().second);
    QVERIFY(key && key->reveal().size() > 40);
    for (const auto &[id, source] : m_book->state().sources) {
        for (const Exchange &exchange : source.good ? source.good->exchanges : QList<Exchange>())
            QVERIFY2(!(exchange.command.toUtf8() + exchange.reply).contains(key->reveal()),
                     qPrintable(exchange.command));
    }
}

void TestDeployments::withoutRedisTheLimiterIsSaidToDoWhatItDoes_data()
{
    QTest::addColumn<LimiterMode>("with"); // Unknown: nothing tells the console
    QTest::addColumn<LimiterMode>("without");
    QTest::addColumn<QString>("redis"); // path in the health
    QTest::newRow("quoted") << LimiterMode::Redis << LimiterMode::Memory << u"cache"_s;
    QTest::newRow("luckygas") << LimiterMode::Unknown << LimiterMode::Unknown << u"redis"_s;
    QTest::newRow("longmem") << LimiterMode::Redis << LimiterMode::Memory << u"redis"_s;
    QTest::newRow("storefront") << LimiterMode::Unknown << LimiterMode::Unknown << u"redis"_s;
}

void TestDeployments::withoutRedisTheLimiterIsSaidToDoWhatItDoes()
{
    QFETCH(LimiterMode, with);
    QFETCH(LimiterMode, without);
    QFETCH(QString, redis);
    watch(QString::fromLatin1(QTest::currentDataTag()));
    if (QTest::currentTestFailed())
        return;
    QVERIFY2(QTest::qWaitFor([this] { return isWhole(); }, 60'000), qPrintable(reasons()));
    const DeploymentView &v = m_book->view();
    const bool isTold = with != LimiterMode::Unknown;
    const bool refuses = m_deployment == "luckygas"_L1;
    const auto shows = [&](LimiterMode mode) { return isTold ? v.limiter.mode.value == mode : !v.limiter.mode.has(); };
    /// By the service's own account.
    const auto refused = [&] {
        return Oracle(m_sandbox->oracle()).sum(whereOf(m_deployment).requests, u"status=\"503"_s);
    };
    const auto isIn = [&](const QString &place) { return m_sandbox->oracle()["limiter"_L1].toString() == place; };
    const auto levelOfRedis = [&] {
        const auto row = std::ranges::find(v.health, redis, &HealthView::path);
        return row == v.health.end() ? Level::Unknown : row->level.value.value_or(Level::Unknown);
    };
    QVERIFY(shows(with));
    QVERIFY(refuses || isIn(u"redis"_s));
    QCOMPARE(levelOfRedis(), Level::Ok);
    const qint64 before = refuses ? refused() : 0;

    QVERIFY2(m_sandbox->fault(u"redis-stop"_s), qPrintable(m_sandbox->lastError()));
    QTRY_VERIFY_WITH_TIMEOUT(levelOfRedis() == Level::Down, 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(refuses ? refused() > before : isIn(u"memory"_s), 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(shows(without), 60'000);
    const auto isReason = [](const Reason &reason) { return reason.code == Reason::Code::LimiterFallback; };
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::any_of(v.reasons, isReason) == isTold, 60'000);
    // What was counted in Redis is not taken for what is counted now.
    const auto isBelieved = [](const TierView &tier) { return tier.freshness.kind == Freshness::Kind::Fresh; };
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::none_of(v.tiers, isBelieved), 60'000);
    QVERIFY2(m_sandbox->pauseLoad(), qPrintable(m_sandbox->lastError()));
    compareHealth();
    if (QTest::currentTestFailed())
        return;
    if (refuses)
        QTRY_COMPARE_WITH_TIMEOUT(
            v.requests.errors.value,
            Oracle(m_sandbox->oracle())
                .sum(whereOf(m_deployment).requests, whereOf(m_deployment).errors, whereOf(m_deployment).probes),
            60'000);

    QVERIFY2(m_sandbox->fault(u"heal"_s), qPrintable(m_sandbox->lastError()));
    QVERIFY2(m_sandbox->resumeLoad(), qPrintable(m_sandbox->lastError()));
    QTRY_VERIFY_WITH_TIMEOUT(levelOfRedis() == Level::Ok, 120'000);
    QTRY_VERIFY_WITH_TIMEOUT(refuses || isIn(u"redis"_s), 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(shows(with), 60'000);
}

QTEST_GUILESS_MAIN(TestDeployments)
#include "tst_deployments.moc"
