/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/hosted_service.h"

namespace qd {

Result<std::optional<Secret>> HostedService::secret(const QString &key, Deadline deadline)
{
    return readSecret(key, deadline);
}

Result<std::optional<Secret>> HostedService::readSecret(const QString &key, Deadline deadline)
{
    auto value = variable(key, deadline);
    if (!value)
        return std::unexpected(value.error());
    if (!*value)
        return std::optional<Secret>();
    Secret secret((*value)->toUtf8());
    (*value)->fill(u'\0');
    return std::optional(std::move(secret));
}

Result<void> HostedService::setSecret(const QString &key, const Secret &value, Deadline deadline)
{
    QString text = QString::fromUtf8(value.reveal());
    auto done = setVariable(key, text, deadline);
    text.fill(u'\0');
    return done;
}

} // namespace qd
