/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "services/service.h"

/// Gas delivery in Taiwan: FastAPI on premises in its document, with a replicated PostgreSQL behind pgBouncer, Redis
/// under Sentinel, four upstreams and API keys in tiers.
namespace qd::sandbox::luckygas {

[[nodiscard]] std::unique_ptr<Service> create(const ServiceConfig &config);
[[nodiscard]] QByteArray schema(const ViewerAccess &viewer);
[[nodiscard]] QByteArray profile(const ProfileFacts &facts);
[[nodiscard]] std::unique_ptr<LoadGenerator> load(quint16 port);
[[nodiscard]] std::unique_ptr<Topology> topology(const TopologyBase &base);
[[nodiscard]] ServiceKind kind();

} // namespace qd::sandbox::luckygas
