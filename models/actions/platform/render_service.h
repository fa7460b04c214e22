/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/platform/hosted_service.h"
#include "sources/platform_render/render.h"

namespace qd {

/// A service on Render, through its REST API (api-docs.render.com, v1). Of `options` the connection is the one that
/// acts. `io` outlives it.
[[nodiscard]] std::unique_ptr<HostedService> renderService(RenderOptions options, IoLine &io);

} // namespace qd
