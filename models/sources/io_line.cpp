/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/io_line.h"

#include "wire/secret_fetch.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {

IoLine::IoLine(Stop stop)
    : m_stop(std::move(stop))
{
    m_thread.setObjectName(u"io-line"_s);
    m_owner.moveToThread(&m_thread);
    m_thread.start();
    QMetaObject::invokeMethod(
        &m_owner,
        [this] {
            m_http = std::make_unique<HttpClient>();
            m_postgres = std::make_unique<PgPool>();
        },
        Qt::BlockingQueuedConnection);
}

IoLine::~IoLine()
{
    QMetaObject::invokeMethod(
        &m_owner,
        [this] {
            m_call.drop();
            m_sources.clear();
            m_postgres.reset();
            m_http.reset();
        },
        Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

Result<SourceAnswer> IoLine::poll(const QString &id, const SourceFactory &factory, Deadline deadline)
{
    return wait<SourceAnswer>(
        [this, id, factory](HttpClient &http, const std::function<void(Result<SourceAnswer>)> &done) {
            std::unique_ptr<Source> &source = m_sources[id];
            if (!source)
                source = factory({.http = &http, .postgres = m_postgres.get()});
            return source->poll([done](const SourceAnswer &answer) { done(answer); });
        },
        deadline);
}

Result<Secret> IoLine::secret(const SecretRef &ref, Deadline deadline)
{
    const auto answer = std::make_shared<Answer<Secret>>();
    fetchSecret(ref, [answer](Result<Secret> secret) { answer->take(std::move(secret)); });
    return taken<Secret>(answer, deadline);
}

bool IoLine::sleep(std::chrono::milliseconds time) const
{
    const auto end = std::chrono::steady_clock::now() + time;
    while (!isStopped() && std::chrono::steady_clock::now() < end)
        QThread::msleep(static_cast<unsigned long>(std::min(time, 100ms).count()));
    return !isStopped();
}

} // namespace qd
