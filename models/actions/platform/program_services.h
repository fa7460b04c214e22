/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/platform/hosted_service.h"
#include "sources/platform_compose/compose.h"
#include "sources/platform_kubernetes/kubernetes.h"
#include "sources/platform_railway/railway.h"

namespace qd {

/// Services on platforms that are used through a program of this machine, which acts as whoever is logged in there.
/// What is set goes through its stdin. `watched` is the source that watches the same service; `line` outlives what is
/// made.

/// Why no service of that kind of platform ("railway") can be deployed anew, restarted or rolled back. Empty: it can.
[[nodiscard]] QString whyCannot(QStringView platform, ServiceDeed deed);

/// Railway's program has no roll-back, does not tell of restarts, and takes no variable away.
[[nodiscard]] std::unique_ptr<HostedService> railwayService(const RailwayOptions &options, const SourceFactory &watched,
                                                            IoLine &line);

/// A Deployment. Variables are set where they lie in a ConfigMap, secrets also in a Secret, and only if nobody wrote
/// there since it was read. A restart is a redeploy.
[[nodiscard]] std::unique_ptr<HostedService> kubernetesService(const KubernetesOptions &options,
                                                               const SourceFactory &watched, IoLine &line);

/// A service of a compose file, perhaps over ssh. Its variables stand in a file that no docker command writes: see
/// ComposeEnvFile. It keeps no deploys to go back to.
[[nodiscard]] std::unique_ptr<HostedService> composeService(const ComposeOptions &options, IoLine &line);

} // namespace qd
