/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "services/service.h"

/// The quote service: FastAPI on Railway in its document, with PostgreSQL, Redis, four upstreams and an object store.
namespace qd::sandbox::quoted {

[[nodiscard]] std::unique_ptr<Service> create(const ServiceConfig &config);
[[nodiscard]] QByteArray schema(const ViewerAccess &viewer);
[[nodiscard]] QByteArray profile(const ProfileFacts &facts);
[[nodiscard]] std::unique_ptr<LoadGenerator> load(quint16 port);
[[nodiscard]] ServiceKind kind();

} // namespace qd::sandbox::quoted
