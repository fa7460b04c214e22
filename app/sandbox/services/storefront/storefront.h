/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "services/service.h"

/// The shop's backend: Node and Express on Render in its document, with PostgreSQL (Prisma), Redis and four providers.
namespace qd::sandbox::storefront {

[[nodiscard]] std::unique_ptr<Service> create(const ServiceConfig &config);
[[nodiscard]] QByteArray schema(const ViewerAccess &viewer);
[[nodiscard]] QByteArray profile(const ProfileFacts &facts);
[[nodiscard]] std::unique_ptr<LoadGenerator> load(quint16 port);
/// With what the payment provider signs its webhooks; one for each run of the sandbox.
[[nodiscard]] QByteArray webhookSecret();
/// The header `stripe-signature`: t=SECONDS,v1=HMAC of "SECONDS.BODY", one for each secret that is not empty.
[[nodiscard]] QByteArray webhookSignature(const QByteArray &body, const QByteArrayList &secrets, qint64 seconds);
[[nodiscard]] ServiceKind kind();

} // namespace qd::sandbox::storefront
