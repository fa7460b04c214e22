/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "services/service.h"

/// The evaluation API: FastAPI on Kubernetes in its document, with PostgreSQL and Redis. Its backups are the
/// platform's.
namespace qd::sandbox::preflight {

[[nodiscard]] std::unique_ptr<Service> create(const ServiceConfig &config);
[[nodiscard]] QByteArray schema(const ViewerAccess &viewer);
[[nodiscard]] QByteArray profile(const ProfileFacts &facts);
[[nodiscard]] std::unique_ptr<LoadGenerator> load(quint16 port);
[[nodiscard]] ServiceKind kind();

/// A customer of the service, and the key that it was given.
struct Customer
{
    QByteArray name;
    QByteArray key;
    double perMinute; ///< evaluations that it usually asks for
};
/// Made anew by each sandbox: who sends the load, and whose hashes stand in the database.
[[nodiscard]] const QList<Customer> &customers();

} // namespace qd::sandbox::preflight
