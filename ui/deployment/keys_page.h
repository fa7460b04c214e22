/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/deployment_page.h"

namespace qd {

class Acting;
class ApiKeyDeeds;
class DeedRow;
class FactTable;
class KeyRing;
class PasswordDeeds;
class RotationCard;

/// Keys: what is due and who rotated last, the signing keys as a ring over time with what still needs each, and the
/// clients' API keys.
class KeysPage final : public DeploymentPage
{
    Q_OBJECT

public:
    KeysPage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent);

    void showView(const DeploymentView &view) override;

private:
    void showSeries(TimeRange range) override;
    void setUpSigningKeys();
    void setUpApiKeys();
    /// Null: none is chosen.
    [[nodiscard]] const SigningKey *chosen() const;
    /// Why it cannot be rotated, retired or revoked; empty: it can.
    [[nodiscard]] QString whyNot(QStringView kind, const SigningKey &key) const;
    [[nodiscard]] QString saltThatStays() const;
    void showDeeds();
    void act(int button);

    const Acting *m_acting;
    RotationCard *m_rotation;
    QString m_chosen; ///< a key's id; empty: the one that signs
    FactTable *m_signing;
    KeyRing *m_ring;
    DeedRow *m_deeds;
    FactTable *m_clients;
    ApiKeyDeeds *m_clientDeeds;
    PasswordDeeds *m_passwords;
};

} // namespace qd
