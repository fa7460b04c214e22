/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>

/// What platforms answer, with secrets in every place where they occur. Apart from the tests: the moc of Qt 6.4 loses a
/// class in a file with such strings.
namespace qd::test {

/// Stands for the value of every variable that is none of a flag.
inline constexpr const char *secret = "c2hlIHNlbGxzIHNlYSBzaGVsbHM";

/// As api.render.com answers, 2026.
[[nodiscard]] QByteArray renderVariable(const QByteArray &key, const QByteArray &value);
[[nodiscard]] QByteArray renderVariables();
[[nodiscard]] QByteArray renderDeploys();

/// As kubectl 1.32 writes: a Deployment whose container's environment comes from an object of each kind, a key of
/// another, and from what is written out; `updated` of its two pods run that.
[[nodiscard]] QByteArray kubernetesDeployment(const QByteArray &updated = "2");
[[nodiscard]] QByteArray podsAndSets();
/// A Deployment that names one variable twice, and all of "config" with a prefix, and runs a proxy beside it that was
/// started earlier; the cause of revision 4 quotes a variable's value.
[[nodiscard]] QByteArray sidecarDeployment();
[[nodiscard]] QByteArray sidecarPods();
/// Secrets are as our template writes them, without values.
[[nodiscard]] QByteArray otherSecret();
[[nodiscard]] QByteArray changedSecret();
[[nodiscard]] QByteArray changedConfig();
[[nodiscard]] QByteArray oldConfig();
[[nodiscard]] QByteArray forbidden();

/// As docker compose 2 and docker inspect write.
[[nodiscard]] QByteArray composeConfig();
[[nodiscard]] QByteArray inspected(const QByteArray &first, const QByteArray &second);

/// As railway 4 writes.
[[nodiscard]] QByteArray railwayDeploys();
[[nodiscard]] QByteArray railwayVariables();

} // namespace qd::test
