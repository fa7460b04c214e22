/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/service.h"

#include "unix_signals.h"

#include <QCoreApplication>
#include <QThreadPool>
#include <QTimer>

#include <atomic>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

// Most of them only wait for an upstream.
constexpr int workers = 32;
constexpr int healthWorkers = 12; // each may wait two seconds for a database that does not answer

ServiceAnswer answerControl(Service &service, const ServiceRequest &request)
{
    if (request.method == "GET" && request.path == u"/oracle"_s)
        return {.body = service.oracle()};
    if (request.method == "POST" && request.path == u"/fault"_s) {
        const QJsonObject json = request.json();
        const auto done = service.fault(json.value("name"_L1).toString(), json.value("argument"_L1).toString(),
                                        json.value("on"_L1).toBool(true));
        if (!done)
            return {.status = 400, .body = {{u"error"_s, done.error().message}}};
        return {.body = {{u"done"_s, *done}}};
    }
    return {.status = 404, .body = {{u"error"_s, u"no such control"_s}}};
}

} // namespace

int runService(const ServiceKind &kind, const ServiceConfig &config)
{
    const auto service = kind.create(config);
    service->start();
    QThreadPool pool;
    pool.setMaxThreadCount(workers);
    QThreadPool healthPool;
    healthPool.setMaxThreadCount(healthWorkers);

    HttpServer server([&](const ServiceRequest &request, const HttpServer::Respond &respond) {
        (service->isHealthPath(request.path) ? healthPool : pool).start([&service, request, respond] {
            respond(service->answer(request));
        });
    });
    HttpServer control([&](const ServiceRequest &request, const HttpServer::Respond &respond) {
        healthPool.start([&service, request, respond] { respond(answerControl(*service, request)); });
    });
    if (const auto listening = control.listenOnLoopback(config.controlPort); !listening) {
        std::fprintf(stderr, "control: %s\n", qPrintable(listening.error().message));
        return 3;
    }
    if (const auto listening = server.listenOnLoopback(config.port); !listening) {
        std::fprintf(stderr, "%s: %s\n", qPrintable(kind.name), qPrintable(listening.error().message));
        return 3;
    }
    std::atomic<bool> ticking = false;
    QTimer ticker;
    QObject::connect(&ticker, &QTimer::timeout, &ticker, [&] {
        if (!ticking.exchange(true))
            healthPool.start([&] {
                service->tick();
                ticking = false;
            });
    });
    ticker.start(1000);
    const UnixSignals signals_(QCoreApplication::instance());
    const int code = QCoreApplication::exec();
    ticker.stop();
    service->stop();
    pool.waitForDone();
    healthPool.waitForDone();
    return code;
}

} // namespace qd::sandbox
