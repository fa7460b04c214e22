/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"
#include "sources/evidence.h"
#include "sources/http_source.h"
#include "sources/prometheus/prometheus.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// The format is chosen by the server (client_golang, client_python: OpenMetrics where it is asked for).
const QByteArray accepted = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// Understands one page after the other.
class Pages
{
public:
    Pages(MetricMap map, QString where, std::chrono::milliseconds interval)
        : m_map(std::move(map))
        , m_where(std::move(where))
        , m_earlier(interval)
    {
    }

    SourceAnswer take(const HttpReply &reply, const QString &command)
    {
        const auto page = read(reply);
        if (!page)
            return {.outcome = std::unexpected(page.error()),
                    .exchanges = {evidence(command, reply.body, Exchange::Format::Text)}};
        const auto now = std::chrono::steady_clock::now();
        PageFacts facts = pageFacts(*page, m_map, m_earlier.earliest(now), m_where);
        m_earlier.add(now, std::move(facts.buckets));
        Exchange exchange = evidence(command, facts.lines, Exchange::Format::Text);
        exchange.truncated = exchange.truncated || facts.lines.size() < reply.body.size();
        return {.outcome = std::move(facts.findings), .exchanges = {exchange}};
    }

private:
    [[nodiscard]] Result<Exposition> read(const HttpReply &reply) const
    {
        if (const auto error = refusedBy(reply, m_where))
            return std::unexpected(*error);
        if (reply.status < 200 || reply.status > 299)
            return failure(reply.status >= 500 ? ErrorCode::ServerError : ErrorCode::BadReply,
                           u"expected a page of metrics, got HTTP %1"_s.arg(reply.status), m_where);
        const auto format = expositionFormat(reply.contentType);
        if (!format)
            return failure(format.error().code, format.error().message, m_where);
        return parseExposition(reply.body, *format, m_where);
    }

    const MetricMap m_map;
    const QString m_where;
    BucketHistory m_earlier;
};

} // namespace

const AllBuckets &BucketHistory::earliest(Time now)
{
    static const AllBuckets none;
    while (!m_pages.empty() && now - m_pages.front().first > m_window)
        m_pages.pop_front();
    return m_pages.empty() ? none : m_pages.front().second;
}

void BucketHistory::add(Time now, AllBuckets buckets)
{
    if (!m_pages.empty() && now - m_pages.back().first < m_window / moments)
        return;
    m_pages.emplace_back(now, std::move(buckets));
    if (m_pages.size() > m_most)
        m_pages.pop_front();
}

std::expected<SourceFactory, QList<Error>> prometheusFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const QString path = reader.string(u"path", u"/metrics"_s);
    if (!path.startsWith(u'/') || path.startsWith("//"_L1) || !QUrl(path, QUrl::StrictMode).isValid())
        reader.error(reader.node(u"path"), u"'path': expected a path such as /metrics"_s);
    const auto connection = connectionOf<HttpConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    const MetricMap map = readMetricMap(reader, spec.options, &errors);
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    HttpRequest request;
    request.url = urlBelow(connection->base, path);
    request.headers = {{"Accept", accepted}};
    request.tls = connection->tls;
    request.deadline = spec.deadline;
    request.maxBytes = ExpositionLimits().bytes;
    return [request, bearer = connection->bearer, map,
            interval = spec.interval](const Wire &wire) -> std::unique_ptr<Source> {
        // Shared: std::function copies what it holds, and the pages of one source are one history.
        const auto pages = std::make_shared<Pages>(map, shown(request.url), interval);
        return httpSource(*wire.http, request, bearer, [pages](const HttpReply &reply, const QString &command) {
            return pages->take(reply, command);
        });
    };
}

} // namespace qd
