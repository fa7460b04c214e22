/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "services/service.h"

/// The long-form memory API: FastAPI under docker compose in its document, with PostgreSQL, Redis and an embedding
/// model in its own process.
namespace qd::sandbox::longmem {

[[nodiscard]] std::unique_ptr<Service> create(const ServiceConfig &config);
[[nodiscard]] QByteArray schema(const ViewerAccess &viewer);
[[nodiscard]] QByteArray profile(const ProfileFacts &facts);
[[nodiscard]] std::unique_ptr<LoadGenerator> load(quint16 port);
[[nodiscard]] ServiceKind kind();

} // namespace qd::sandbox::longmem
