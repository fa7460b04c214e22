/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fuzz/check.h"
#include "sources/http_health/http_health.h"

using namespace Qt::StringLiterals;
using namespace qd;

namespace {

/// The preset's, which has every part that a map can have.
HealthMap presetMap()
{
    const auto profile = parseProfile(
        "quarterdeck: 1\nname: q\nenvironment: e\npreset: quoted\nconnections:\n  http: {url: 'http://127.0.0.1'}\n",
        u"p.yaml"_s);
    test::require(profile.has_value(), "the profile is valid");
    QList<Error> errors;
    for (const SourceSpec &spec : profile->sources) {
        if (spec.id == "health"_L1)
            return readHealthMap(*spec.options.find(u"map"), &errors);
    }
    test::require(false, "the preset has a source 'health'");
    return {};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const HealthMap map = presetMap();
    HttpReply reply;
    reply.status = size % 2 == 0 ? 200 : 503;
    reply.contentType = "application/json";
    reply.body = QByteArray(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    const auto check = [&](const MapOf &mapFor) {
        const auto findings = healthFindings(reply, mapFor, u"http://127.0.0.1/health/full"_s);
        test::require(findings ? !findings->facts.isEmpty() : !findings.error().message.isEmpty(),
                      "there are facts or a reason");
    };
    check([](const QJsonObject &) { return map; });
    using enum HealthShape;
    for (const HealthShape shape : {Actuator, HealthJson, Terminus, AspNet})
        check([&](const QJsonObject &document) { return mapOf(shape, {}, document); });
    return 0;
}
